//! The command, run in a realm.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::realm::Realm;

const BITS: &str = env!("CARGO_BIN_EXE_bits");

/// A folder of users of a realm, with the file `report.zip`, and `drop` for files that arrive.
pub(crate) struct Place<'a> {
    realm: &'a Realm,
    folder: TempDir,
}

impl<'a> Place<'a> {
    pub(crate) fn new(realm: &'a Realm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("report.zip"), b"0123456789").unwrap();
        fs::create_dir(folder.path().join("drop")).unwrap();
        Place { realm, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn keytab(&self, name: &str) -> String {
        let path = self.realm.path(&format!("{name}.keytab"));
        path.into_os_string().into_string().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.realm.command(BITS);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env_remove("BITS_PASSWORD")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `bits` with a ticket of that user, or with none: exit status, standard output and error.
    pub(crate) fn bits(
        &self,
        arguments: &[&str],
        user: Option<&str>,
    ) -> (Option<i32>, String, String) {
        let cache = match user {
            Some(user) => self.realm.log_in(user),
            None => self.path("no-tickets"),
        };
        let mut command = self.command(arguments);
        let output = command.env("KRB5CCNAME", cache).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    pub(crate) fn set_password(&self, user: &str, password: &str) {
        let mut passwd = self.command(&["passwd", "--stdin", "users", user]);
        let mut child = passwd.stdin(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        assert!(child.wait().unwrap().success());
    }
}

/// `bits serve`, killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// By a name that there is a service of.
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(place: &Place<'_>, arguments: &[&str]) -> Self {
        let all = [&["serve", "drop", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child = place.command(&all).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        if stdout.read_line(&mut line).unwrap() == 0 {
            let mut error = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut error)
                .unwrap();
            child.wait().unwrap();
            panic!("{error}");
        }
        let url = line.trim_end().replace("127.0.0.1", "localhost");
        Server { child, url }
    }

    /// Ends it, and gives its log.
    pub(crate) fn end(mut self) -> String {
        let id = self.child.id().to_string();
        let ended = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(ended.unwrap().success());
        let mut log = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        assert!(self.child.wait().unwrap().success());
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that asks for a ticket, and answers without having its key.
pub(crate) struct Impostor {
    pub(crate) url: String,
    is_over: Arc<AtomicBool>,
}

impl Impostor {
    /// With those fields in every Ack.
    pub(crate) fn start(fields: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&is_over);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if until.load(Ordering::SeqCst) {
                    return;
                }
                answer(&stream.unwrap(), fields);
            }
        });
        Impostor {
            url: format!("http://localhost:{}/", address.port()),
            is_over,
        }
    }
}

/// One request.
fn answer(mut stream: &TcpStream, fields: &str) {
    let limit = Some(Duration::from_secs(30));
    stream.set_read_timeout(limit).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let start = match head.contains("Authorization: Negotiate ") {
        true => format!("HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n{fields}"),
        false => "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\n".to_owned(),
    };
    let rest = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    // A client that has heard enough may be gone.
    let _ = stream.write_all(format!("{start}{rest}").as_bytes());
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let port = self.url.trim_end_matches('/').rsplit_once(':').unwrap().1;
        let _ = TcpStream::connect(("127.0.0.1", port.parse().unwrap()));
    }
}
