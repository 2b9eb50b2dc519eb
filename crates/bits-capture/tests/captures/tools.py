"""What `record` records with: processes that are stopped, tcpdump, clients, and servers."""
import hashlib, os, re, signal, socket, struct, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
# The command, and a folder for what goes away; `record` gives them to itself in a network namespace.
BITS = os.environ.get("BITS_RECORD_COMMAND")
WORK = os.environ.get("BITS_RECORD_WORK")
PROTOCOL = b"{7df0354d-249b-430f-820d-3d2a9bef4931}"
KEPT = {"rows": [], "started": []}


def content(seed, length):
    """Pseudo-random bytes that are the same everywhere and always."""
    blocks = (hashlib.sha256(f"{seed} {at}".encode()).digest() for at in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def printable(value):
    """Bytes as expected.tsv shows them: what is not visible ASCII, and the backslash, as \\xHH."""
    return "".join(chr(b) if 0x21 <= b < 0x7F and b != 0x5C else f"\\x{b:02X}" for b in value)


def row(capture, server, target, session, data, sessions, note="-"):
    """A line of expected.tsv: an upload, or an attempt at one. `data` is None where the file is not whole."""
    target, session = (printable(value.encode("latin-1") if isinstance(value, str) else value) for value in (target, session or "-"))
    size, digest = ("-", "-") if data is None else (str(len(data)), hashlib.sha256(data).hexdigest())
    KEPT["rows"].append([capture, server, target, session, size, digest, str(sessions), note])


# What runs beside: every process and its end.


def start(command, **options):
    process = subprocess.Popen(command, **options)
    KEPT["started"].append(process)
    return process


def stop(process, how=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


class Capture:
    """tcpdump on loopback, while the block runs."""

    def __init__(self, name, *options, filter="tcp"):
        self.path = os.path.join(HERE, name)
        self.command = ["tcpdump", "-Z", "root", "-i", "lo", "-n", "-U", "--immediate-mode", "-B", "8192", *options, "-w", self.path, filter]

    def __enter__(self):
        self.process = start(self.command, stderr=subprocess.PIPE)
        for line in self.process.stderr:
            if b"listening on" in line:
                return self
        sys.exit(f"{self.command} does not listen")

    def __exit__(self, *failed):
        time.sleep(0.4)
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=20)[1].decode()
        if not failed[0] and "\n0 packets dropped by kernel" not in "\n" + said:
            sys.exit(f"{self.path}: {said}")


class Serve:
    """`bits serve`, with a folder of its own."""

    def __init__(self, *options, listen="127.0.0.1:8080"):
        self.folder = tempfile.mkdtemp(prefix="drop-", dir=WORK)
        self.command = [BITS, "serve", self.folder, "--listen", listen, "--durability", "commit", *options]

    def __enter__(self):
        self.process = start(self.command, stdout=subprocess.PIPE, stderr=open(os.path.join(WORK, "log"), "ab"))
        if not self.process.stdout.readline():
            sys.exit(f"{self.command} does not serve")
        return self

    def __exit__(self, *failed):
        stop(self.process)

    def check(self, name, data):
        with open(os.path.join(self.folder, name), "rb") as file:
            if file.read() != data:
                sys.exit(f"{name} arrived as something else")


def local(name, data):
    path = os.path.join(WORK, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def send(path, url, *options, env=None, ends=0):
    """`bits send` to its end: the session ids that it was given."""
    command = [BITS, "send", "--verbose", "--state", path + ".state", *options, path, url]
    said = subprocess.run(command, capture_output=True, timeout=60, env={**os.environ, **(env or {})})
    if said.returncode != ends:
        sys.exit(f"{command}: {said.returncode}: {said.stderr.decode()}")
    return session_ids(said.stderr)


def session_ids(said):
    return list(dict.fromkeys(found.decode() for found in re.findall(rb"(?im)^<.*?bits-session-id: *(\S+)", said)))


def send_and_kill(path, url, seconds, *options):
    """`bits send`, killed on the way."""
    log = path + ".log"
    command = [BITS, "send", "--verbose", "--state", path + ".state", *options, path, url]
    process = start(command, stdout=subprocess.DEVNULL, stderr=open(log, "wb"))
    time.sleep(seconds)
    if process.poll() is not None:
        sys.exit(f"{command} ended before it was killed")
    process.kill()
    process.wait(20)
    with open(log, "rb") as file:
        return session_ids(file.read())


def curl(*arguments):
    said = subprocess.run(["curl", "-sS", "-i", "-m", "20", *arguments], capture_output=True)
    if said.returncode:
        sys.exit(f"curl {arguments}: {said.stderr.decode()}")
    return said.stdout


def packet(kind, *fields):
    arguments = ["-X", "BITS_POST", "-H", f"BITS-Packet-Type: {kind}"]
    for field in fields:
        arguments += ["-H", field]
    return arguments


def by_curl(url, data, cut):
    """An upload in curl commands, in two Fragments: the session id."""
    pieces = [local("piece", data[:cut]), local("piece-2", data[cut:])]
    created = curl(*packet("Create-Session", f"BITS-Supported-Protocols: {PROTOCOL.decode()}", "Content-Length: 0"), url)
    session = re.search(rb"(?i)bits-session-id: *(\S+)", created)[1].decode()
    total = len(data)
    for piece, first, last in ((pieces[0], 0, cut - 1), (pieces[1], cut, total - 1)):
        fields = [f"BITS-Session-Id: {session}", f"Content-Range: bytes {first}-{last}/{total}", "Content-Name: report.bin"]
        curl(*packet("Fragment", *fields), "--data-binary", f"@{piece}", url)
    curl(*packet("Close-Session", f"BITS-Session-Id: {session}", "Content-Length: 0"), url)
    return session


class Raw:
    """A connection that sends any bytes as a target."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def say(self, data, pieces=0):
        """Sends `data`, in pieces of so many bytes, and reads a head."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), pieces or len(data)):
            self.socket.sendall(data[at : at + (pieces or len(data))])
            time.sleep(0.003 if pieces else 0)
        said = b""
        while b"\r\n\r\n" not in said:
            piece = self.socket.recv(65536)
            if not piece:
                break
            said += piece
        return int(said.split(b" ", 2)[1]) if said else 0, said

    def ask(self, target, kind, *fields, body=b"", verb=b"BITS_POST", more=b"", pieces=0):
        head = [verb + b" " + target + b" HTTP/1.1", b"Host: 127.0.0.1", b"BITS-Packet-Type: " + kind, *fields]
        head += [b"Content-Length: %d" % len(body)]
        return self.say(b"\r\n".join(head) + b"\r\n" + more + b"\r\n" + body, pieces)

    def upload(self, target, data, name=None, **how):
        """One file in one Fragment: what Create-Session was answered, the session id, and whether the file is there."""
        named = [b"Content-Name: " + name] if name else []
        status, said = self.ask(target, b"Create-Session", b"BITS-Supported-Protocols: " + PROTOCOL, *named, **how)
        session = re.search(rb"(?i)bits-session-id: *([^\r]*)", said)
        if status not in (200, 201) or not session:
            return status, None, False
        fields = [b"BITS-Session-Id: " + session[1], b"Content-Range: bytes 0-%d/%d" % (len(data) - 1, len(data)), *named]
        taken, _ = self.ask(target, b"Fragment", *fields, body=data, **how)
        self.ask(target, b"Close-Session", fields[0], **how)
        return status, session[1].decode("latin-1"), taken == 200


def acks(port, ids):
    """A server of BITS that takes everything, with these ids, one a Create-Session; one connection, until it ends."""
    listener = socket.create_server(("127.0.0.1", port))
    listener.settimeout(20)

    def run():
        connection, _ = listener.accept()
        connection.settimeout(20)
        left, kept = list(ids), b""
        while True:
            while b"\r\n\r\n" not in kept:
                piece = connection.recv(65536)
                if not piece:
                    return connection.close()
                kept += piece
            head, kept = kept.split(b"\r\n\r\n", 1)
            length = int(re.search(rb"Content-Length: (\d+)", head)[1])
            while len(kept) < length:
                kept += connection.recv(65536)
            kept = kept[length:]
            answer = [b"HTTP/1.1 200 OK", b"BITS-Packet-Type: Ack"]
            if b"BITS-Packet-Type: Create-Session" in head:
                answer += [b"BITS-Protocol: " + PROTOCOL, b"BITS-Session-Id: " + left.pop(0)]
            ranged = re.search(rb"Content-Range: bytes \d+-(\d+)/", head)
            if ranged:
                answer += [b"BITS-Received-Content-Range: %d" % (int(ranged[1]) + 1)]
            connection.sendall(b"\r\n".join(answer) + b"\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return listener, thread


def nginx(block):
    folder = tempfile.mkdtemp(prefix="nginx-", dir=WORK)
    os.makedirs(os.path.join(folder, "www", "list"))
    local(os.path.join(folder, "www", "page.html"), b"<html><body>" + b"An ordinary page. " * 400 + b"</body></html>\n")
    local(os.path.join(folder, "www", "small.txt"), b"a few bytes\n")
    config = local(os.path.join(folder, "nginx.conf"), f"""daemon off; user root; pid {folder}/pid; error_log stderr; events {{}}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; default_type text/plain;
types {{ text/html html; }} server {{ listen 127.0.0.1:80; root {folder}/www; {block} }} }}""".encode())
    process = start(["nginx", "-p", folder, "-c", config], stderr=open(os.path.join(WORK, "log"), "ab"))
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", 80)).close()
            return process
        except OSError:
            time.sleep(0.05)
    sys.exit("nginx does not listen")


PROXY = """proxy_pass http://127.0.0.1:8080; proxy_set_header Host $http_host; proxy_http_version 1.1;
proxy_set_header Connection ""; proxy_request_buffering off; client_max_body_size 0;"""


def without_machine(pcapng):
    """The capture with hardware and operating system blanked in its section header and interfaces."""
    named, block = {0x0A0D0D0A: (24, {2, 3}), 1: (16, {12, 15})}, 0
    while block < len(pcapng):
        kind, length = struct.unpack_from("<II", pcapng, block)
        at, blanked = named.get(kind, (length, {}))
        while at < length - 4:
            code, size = struct.unpack_from("<HH", pcapng, block + at)
            if code in blanked:
                pcapng = pcapng[: block + at + 4] + b"-" * size + pcapng[block + at + 4 + size :]
            at += 4 + (size + 3) // 4 * 4
        block += length
    return pcapng
