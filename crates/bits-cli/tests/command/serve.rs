//! `bits serve` and `bits sessions`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::common::{Run, bits_in, scratch};

/// Ends a test that hangs.
const HANGS: Duration = Duration::from_secs(30);

/// A server that is killed when the test ends.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    address: String,
    lines: Vec<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bits"));
    command
        .arg("serve")
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Server {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::of(command(folder, arguments))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines() {
                let line = line.unwrap();
                let is_last = line.starts_with("Try it");
                if sender.send(line).is_err() || is_last {
                    return;
                }
            }
        });
        let mut lines = Vec::new();
        while lines
            .last()
            .is_none_or(|line: &String| !line.starts_with("Try it"))
        {
            match receiver.recv_timeout(HANGS) {
                Ok(line) => lines.push(line),
                Err(_) => {
                    let mut error = String::new();
                    let _ = child.kill();
                    child
                        .stderr
                        .take()
                        .unwrap()
                        .read_to_string(&mut error)
                        .unwrap();
                    panic!("{error}");
                }
            }
        }
        let url = lines[0].clone();
        let (_, address) = url.split_once("://").unwrap();
        let address = address.trim_end_matches('/').to_owned();
        Server {
            child,
            url,
            address,
            lines,
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Ends it, and gives its status and its log.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (self.child.wait().unwrap().code(), log)
    }

    /// The answer to a request, after which the connection closes.
    fn ask(&self, head: &str, body: &str) -> String {
        ask(
            &self.address,
            &format!("{head}Connection: close\r\n\r\n{body}"),
        )
    }

    fn packet(&self, kind: &str, path: &str, fields: &str) -> String {
        let head = format!(
            "BITS_POST {path} HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: {kind}\r\n{fields}Content-Length: 0\r\n"
        );
        self.ask(&head, "")
    }

    pub(crate) fn create(&self, path: &str) -> String {
        let protocol = "BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n";
        self.packet("Create-Session", path, protocol)
    }
}

fn ask(address: &str, request: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(HANGS)).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn assert_status(answer: &str, status: u16) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{answer}"
    );
}

pub(crate) fn session_of(answer: &str) -> String {
    let line = answer
        .lines()
        .find_map(|line| line.strip_prefix("BITS-Session-Id: "));
    line.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Runs a server that does not start.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let Run {
        status,
        stdout,
        stderr,
    } = bits_in(folder, &[&["serve"], arguments].concat(), b"");
    assert_eq!((status, stdout.as_str()), (Some(2), ""), "{stderr}");
    stderr
}

const FREE: [&str; 2] = ["--listen", "127.0.0.1:0"];

#[test]
fn serves_with_no_other_flag_and_says_where() {
    let folder = scratch("serve-plain");
    // Whoever has the port: then any other is taken.
    let _port = TcpListener::bind("127.0.0.1:8080");
    let server = Server::start(&folder, &["."]);
    assert!(
        server.url.starts_with("http://127.0.0.1:"),
        "{}",
        server.url
    );
    assert_ne!(server.address, "127.0.0.1:8080");
    assert_eq!(
        server.lines[1],
        format!("Try it: bits send FILE {}", server.url)
    );
    assert_status(&server.packet("Ping", "/a", ""), 200);
    let created = server.create("/a.txt");
    assert_status(&created, 200);
    let id = session_of(&created);
    let fragment = format!(
        "BITS_POST /a.txt HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: {id}\r\n\
         Content-Range: bytes 0-4/5\r\nContent-Length: 5\r\n"
    );
    assert_status(&server.ask(&fragment, "hello"), 200);
    assert_status(
        &server.packet(
            "Close-Session",
            "/a.txt",
            &format!("BITS-Session-Id: {id}\r\n"),
        ),
        200,
    );
    assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"hello");
    let (status, log) = server.end();
    assert_eq!(status, Some(0));
    assert!(log.contains("packet=\"Fragment\""), "{log}");
    assert!(log.contains(&format!("session=\"{id}\"")), "{log}");
    assert!(
        log.contains("path=\"/a.txt\"") && log.contains("offset=5"),
        "{log}"
    );
}

#[test]
fn text_of_the_wire_cannot_forge_a_line_of_the_log() {
    let folder = scratch("serve-log");
    for format in ["text", "json"] {
        let server = Server::start(&folder, &[".", FREE[0], FREE[1], "--log-format", format]);
        assert_status(
            &server.create("/a%0A2026-01-01T00:00:00Z%20INFO%20forged%1B%5B31m"),
            400,
        );
        let request = "BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Close-Session\r\n\
            BITS-Session-Id: \u{9b}31m\u{202e}x\r\nContent-Length: 0\r\n";
        assert_status(&server.ask(request, ""), 500);
        let (_, log) = server.end();
        assert!(
            log.lines().all(|line| !line.starts_with("2026-01-01")),
            "{log}"
        );
        let is_control = |c: char| matches!(c, '\u{202e}') || c.is_control() && c != '\n';
        assert!(!log.contains(is_control), "{log:?}");
        assert!(log.lines().count() <= 6, "{log}");
        if format == "json" {
            for line in log.lines() {
                assert!(line.starts_with('{') && line.ends_with('}'), "{log}");
            }
        }
    }
}

#[test]
fn the_environment_goes_before_the_file_and_a_flag_before_both() {
    let folder = scratch("serve-config");
    fs::create_dir(folder.join("drop")).unwrap();
    fs::write(
        folder.join("bits.toml"),
        "listen = [\"127.0.0.1:0\"]\nmax-sessions = 1\nempty-files = true\nlog-level = \"error\"\n",
    )
    .unwrap();
    let count = |server: &Server| {
        (0..6)
            .take_while(|at| server.create(&format!("/{at}")).contains("200 OK"))
            .count()
    };
    let base = ["drop", "--config", "bits.toml"];
    for (variable, flag, expected) in [
        (None, None, 1),
        (Some("2"), None, 2),
        (Some("2"), Some("3"), 3),
    ] {
        let cancelled = bits_in(&folder, &["sessions", "cancel", "--all", "drop"], b"");
        assert_ne!(cancelled.status, None);
        let mut command = command(&folder, &base);
        if let Some(value) = variable {
            command.env("BITS_MAX_SESSIONS", value);
        }
        if let Some(value) = flag {
            command.args(["--max-sessions", value]);
        }
        let server = Server::of(command);
        assert_eq!(count(&server), expected);
        assert_eq!(server.end(), (Some(0), String::new()));
    }
}

#[cfg(not(feature = "negotiate"))]
#[test]
fn a_keytab_needs_a_build_with_kerberos() {
    let folder = scratch("serve-keytab");
    let said = refused(&folder, &[".", "--keytab", "http.keytab"]);
    assert!(
        said.contains("build it with `--features negotiate`"),
        "{said}"
    );
}

#[cfg(feature = "negotiate")]
#[test]
fn a_keytab_that_cannot_be_used_is_refused() {
    let folder = scratch("serve-keytab");
    let said = refused(&folder, &[".", "--keytab", "http.keytab"]);
    assert!(
        said.contains("http.keytab: No such file or directory"),
        "{said}"
    );
    fs::write(folder.join("http.keytab"), "").unwrap();
    let said = refused(&folder, &[".", "--keytab", "http.keytab"]);
    assert!(
        said.contains("Kerberos has no key for the service \"HTTP\""),
        "{said}"
    );
}

#[test]
fn what_cannot_be_served_is_refused_with_what_to_do() {
    let folder = scratch("serve-refused");
    fs::create_dir(folder.join("drop")).unwrap();
    fs::write(folder.join("bad.toml"), "\nmax-fiel = 1\n").unwrap();
    fs::write(
        folder.join("rights.toml"),
        "[[rights]]\npath = \"/\"\nusers = [\"@all\"]\n",
    )
    .unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let made = bits_in(
        &folder,
        &["passwd", "--stdin", "users", "alice"],
        b"a long password\n",
    );
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let cases: &[(&[&str], &[&str])] = &[
        (&["nowhere"], &["nowhere", "make it first"]),
        (&["drop", "--realm", "x"], &["--realm", "--passwords"]),
        (
            &["drop", "--kerberos-service", "HTTP"],
            &["--kerberos-service", "--keytab"],
        ),
        (
            &["drop", "--listen", "localhost:0"],
            &["localhost:0", "127.0.0.1:8080"],
        ),
        (
            &["drop", "--max-connections", "0"],
            &["--max-connections 0"],
        ),
        (&["drop", "--max-fragment", "0"], &["--max-fragment 0"]),
        (&["drop", "--max-sessions", "0"], &["--max-sessions 0"]),
        (
            &["drop", "--idle-timeout", "0s"],
            &["--idle-timeout", "at least 1ms"],
        ),
        (
            &["drop", "--head-timeout", "200000000000000d"],
            &["--head-timeout", "100 years"],
        ),
        (&["drop", "--max-head", "x"], &["--max-head", "8MiB"]),
        (
            &["drop", "--allow-basic-without-tls"],
            &["--allow-basic-without-tls", "--passwords"],
        ),
        (&["drop", "--passwords", "drop"], &["drop", "name a file"]),
        (
            &["drop", "--config", "none.toml"],
            &["none.toml", "--config"],
        ),
        (
            &["drop", "--listen", "0.0.0.0:0"],
            &["0.0.0.0:0", "--passwords", "loopback"],
        ),
        (&["drop", "--listen", "[::]:0"], &["[::]:0", "--passwords"]),
        (
            &["drop", "--listen", "0.0.0.0:0", "--passwords", "users"],
            &[
                "not encrypted",
                "--tls-certificate",
                "--allow-basic-without-tls",
            ],
        ),
        (&["drop", "--listen", &taken], &[&taken, "free port"]),
        (
            &["drop", "--config", "bad.toml"],
            &["bad.toml", "line 2", "max-fiel"],
        ),
        (
            &["drop", "--config", "rights.toml"],
            &["rights", "--passwords"],
        ),
        (&["drop", "--tls-key", "key.pem"], &["--tls-certificate"]),
        (
            &[
                "drop",
                "--tls-key",
                "key.pem",
                "--tls-certificate",
                "no.pem",
            ],
            &["no.pem"],
        ),
        (&["drop", "--max-file", "lots"], &["lots"]),
        (&["drop", "--max-head", "10B"], &["--max-head"]),
    ];
    for (arguments, words) in cases {
        let error = refused(&folder, arguments);
        for word in *words {
            assert!(error.contains(word), "{arguments:?} lacks {word}: {error}");
        }
    }
}

#[test]
fn users_are_asked_for_names_and_rights_hold() {
    let folder = scratch("serve-users");
    fs::create_dir(folder.join("drop")).unwrap();
    for user in ["alice", "bob"] {
        let made = bits_in(
            &folder,
            &["passwd", "--stdin", "users", user],
            b"a long password\n",
        );
        assert_eq!(made.status, Some(0), "{}", made.stderr);
    }
    fs::write(
        folder.join("bits.toml"),
        "listen = [\"127.0.0.1:0\"]\npasswords = \"users\"\n[[rights]]\npath = \"/a\"\nusers = [\"alice\"]\n",
    )
    .unwrap();
    let server = Server::start(&folder, &["drop", "--config", "bits.toml"]);
    let challenged = server.create("/a");
    assert_status(&challenged, 401);
    assert!(
        challenged.contains("Www-Authenticate: Basic realm=\"bits\""),
        "{challenged}"
    );
    let create = |authorization: &str| {
        let fields = format!(
            "BITS-Supported-Protocols: {{7df0354d-249b-430f-820d-3d2a9bef4931}}\r\nAuthorization: Basic {authorization}\r\n"
        );
        server.packet("Create-Session", "/a", &fields)
    };
    // alice:a long password, bob:a long password
    assert_status(&create("YWxpY2U6YSBsb25nIHBhc3N3b3Jk"), 200);
    assert_status(&create("Ym9iOmEgbG9uZyBwYXNzd29yZA=="), 403);
    let listed = bits_in(&folder, &["sessions", "list", "--json", "drop"], b"");
    assert!(
        listed.stdout.contains("\"user\":\"alice\""),
        "{}",
        listed.stdout
    );
    let (status, log) = server.end();
    assert_eq!(status, Some(0));
    assert!(
        !log.contains("YWxpY2U6") && !log.contains("a long password"),
        "{log}"
    );
}

#[test]
fn an_administrator_has_an_address_of_his_own() {
    let folder = scratch("serve-admin");
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let server = Server::start(&folder, &[".", FREE[0], FREE[1], "--admin", &free]);
    assert_status(&server.packet("Ping", "/", ""), 200);
    let get = |path: &str| {
        ask(
            &free,
            &format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        )
    };
    assert!(get("/healthz").ends_with("\r\n\r\nok\n"));
    let metrics = get("/metrics");
    assert!(
        metrics.contains("bits_requests_total{packet=\"Ping\",status=\"200\"} 1\n"),
        "{metrics}"
    );
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = scratch("serve-signals");
    let mut server = Server::start(&folder, &[".", FREE[0], FREE[1]]);
    let id = session_of(&server.create("/a"));
    let mut hanging = TcpStream::connect(&server.address).unwrap();
    let begun = format!(
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: {id}\r\n\
         Content-Range: bytes 0-4/5\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    );
    hanging.write_all(begun.as_bytes()).unwrap();
    // It is under way, and no connection that may simply be closed.
    let mut asked = [0; 25];
    hanging.set_read_timeout(Some(HANGS)).unwrap();
    hanging.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    hanging.write_all(b"hel").unwrap();
    let mut log = BufReader::new(server.child.stderr.take().unwrap()).lines();
    server.signal("INT");
    while !log.next().unwrap().unwrap().contains("ending") {}
    server.signal("INT");
    assert_eq!(server.child.wait().unwrap().code(), Some(1));
}

#[test]
fn what_turns_a_line_around_is_shown_as_what_it_is() {
    for format in ["text", "json"] {
        let folder = scratch(&format!("serve-legible-{format}"));
        let server = Server::start(&folder, &[".", FREE[0], FREE[1], "--log-format", format]);
        assert_status(&server.create("/%E2%80%AEgpj.exe"), 200);
        assert_status(&server.create("/%E2%80%A8/.."), 400);
        let mut shown = server.end().1;
        for arguments in [
            &["sessions", "list", "."][..],
            &["sessions", "list", "--json", "."],
        ] {
            let listed = bits_in(&folder, arguments, b"");
            assert!(listed.stdout.contains("gpj.exe"), "{}", listed.stdout);
            shown += &listed.stdout;
        }
        assert!(!shown.contains(['\u{202e}', '\u{2028}']), "{shown}");
        assert!(shown.matches("202e").count() >= 3, "{shown}");
    }
}

#[test]
fn sessions_are_listed_and_ended_beside_the_server() {
    let folder = scratch("serve-sessions");
    let sessions = |arguments: &[&str]| bits_in(&folder, &[&["sessions"], arguments].concat(), b"");
    let none = sessions(&["list", "."]);
    assert_eq!(
        none.status,
        Some(2),
        "no server was ever there: {}",
        none.stderr
    );
    let server = Server::start(&folder, &[".", FREE[0], FREE[1]]);
    assert_eq!(sessions(&["list", "."]).status, Some(1));
    let ids: Vec<_> = ["/a", "/b%20c"]
        .iter()
        .map(|path| session_of(&server.create(path)))
        .collect();
    let listed = sessions(&["list", "."]);
    assert_eq!(listed.status, Some(0));
    assert_eq!(listed.stdout.lines().count(), 2);
    for (id, path) in ids.iter().zip(["/a", "/b c"]) {
        let line = listed
            .stdout
            .lines()
            .find(|line| line.starts_with(id.as_str()))
            .unwrap();
        assert!(
            line.contains("receiving") && line.contains("0/?") && line.ends_with(path),
            "{line}"
        );
    }
    let listed = sessions(&["list", "--json", "."]);
    let line = listed
        .stdout
        .lines()
        .find(|line| line.contains(&ids[0]))
        .unwrap();
    let expected = format!(
        "{{\"id\":\"{}\",\"user\":null,\"target\":\"/a\",\"received\":0,\"total\":null,\"state\":\"receiving\",\"idle_since\":\"",
        ids[0]
    );
    assert!(line.starts_with(&expected), "{line}");

    let bare = ids[0].trim_matches(['{', '}']).to_lowercase();
    assert_eq!(
        sessions(&["cancel", ".", &bare]).stdout,
        format!("{}\n", ids[0])
    );
    let again = sessions(&["cancel", ".", &bare]);
    assert_eq!((again.status, again.stdout.as_str()), (Some(1), ""));
    let gone = server.packet(
        "Close-Session",
        "/a",
        &format!("BITS-Session-Id: {}\r\n", ids[0]),
    );
    assert_status(&gone, 500);
    assert_eq!(
        sessions(&["cancel", ".", "--user", "nobody"]).status,
        Some(1)
    );
    assert_eq!(
        sessions(&["cancel", ".", "--all"]).stdout,
        format!("{}\n", ids[1])
    );
    assert_eq!(sessions(&["list", "."]).status, Some(1));
    assert_eq!(sessions(&["cancel", ".", "no-id"]).status, Some(2));
    assert_eq!(sessions(&["cancel", "."]).status, Some(2));
}
