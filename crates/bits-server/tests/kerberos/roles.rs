//! What the child processes do, and how they are talked to.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use bits_client::{Challenge, Credentials, Peer};
use bits_server::auth::{
    Admission, Asker, AuthGate, Basic, Gate, Negotiate, PasswordFile, Rights, Rule,
};
use http::HeaderValue;
use tracing_subscriber::fmt::MakeWriter;

/// What a child process is to be.
pub(crate) const ROLE: &str = "BITS_KERBEROS_TEST_ROLE";
/// What it is given.
const GIVEN: &str = "BITS_KERBEROS_TEST_GIVEN";

/// Judges each line of standard input as a value of Authorization, and prints what becomes of it; after `why`, prints
/// what was logged last.
pub(crate) fn acceptor() {
    let given = env::var(GIVEN).unwrap();
    let words: Vec<&str> = given.split_whitespace().collect();
    let mut rules = Vec::new();
    let mut gate = None;
    let mut basic = None;
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        match key {
            "keytab" => Negotiate::start_with_keytab(Path::new(value)).unwrap(),
            "service" => match Negotiate::new(value) {
                Ok(negotiate) => gate = Some(negotiate),
                Err(error) => return println!("{error}"),
            },
            "realm" => gate = gate.map(|gate| gate.without_realm(value)),
            "users" => {
                let file = Arc::new(PasswordFile::open(Path::new(value), false).unwrap());
                basic = Some(Basic::new(file, "uploads").unwrap());
            }
            "right" => rules.push(Rule {
                path: "/".to_owned(),
                users: vec![value.to_owned()],
            }),
            other => panic!("there is no {other}"),
        }
    }
    let mut auth = AuthGate::new(Rights::new(rules).unwrap()).with_negotiate(gate.unwrap());
    if let Some(basic) = basic {
        auth = auth.with_basic(basic);
    }
    let runtime = runtime();
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .init();
    println!("ready");
    for line in io::stdin().lines() {
        let line = line.unwrap();
        if line == "why" {
            let log = log.0.lock().unwrap();
            let log = str::from_utf8(&log).unwrap();
            println!("{}", log.lines().last().unwrap_or(""));
            continue;
        }
        let fields = [HeaderValue::try_from(&line).unwrap()];
        let asker = Asker {
            authorization: if line.is_empty() { &[] } else { &fields },
            peer: SocketAddr::from(([192, 0, 2, 1], 50000)),
            secure: true,
            method: "BITS_POST",
            path: Some("/a"),
        };
        let said = match runtime.block_on(auth.admit(asker)) {
            Admission::Granted { user, reply } => {
                let reply = reply.as_ref().map_or("", |it| it.to_str().unwrap());
                format!("granted {} {reply}", user.unwrap())
            }
            Admission::Challenge(fields) => {
                let fields: Vec<_> = fields.iter().map(|it| it.to_str().unwrap()).collect();
                format!("challenge {}", fields.join("; "))
            }
            Admission::Forbidden => "forbidden".to_owned(),
            Admission::Busy => "busy".to_owned(),
        };
        println!("{said}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// Prints a token for the host that is given, and says what it makes of the answer.
pub(crate) fn initiator() {
    let runtime = runtime();
    let host = env::var(GIVEN).unwrap();
    let peer = Peer {
        host: &host,
        is_private: false,
    };
    let mut negotiate = bits_client::Negotiate::new();
    if let Err(error) = runtime.block_on(negotiate.challenged(&challenges("Negotiate"), peer)) {
        return println!("{error}");
    }
    let token = runtime.block_on(negotiate.authorization(peer)).unwrap();
    println!("{}", token.unwrap());
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).unwrap();
    match negotiate.answered(&challenges(answer.trim_end_matches('\n')), true) {
        Ok(()) => println!("proved"),
        Err(error) => println!("{error}"),
    }
}

/// A value of WWW-Authenticate with one challenge at most.
fn challenges(value: &str) -> Vec<Challenge<'_>> {
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    let challenge = Challenge { scheme, rest };
    [challenge]
        .into_iter()
        .filter(|_| !value.is_empty())
        .collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
}

/// A child process that is asked and answers line by line.
pub(crate) struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Talk {
    pub(crate) fn new(mut command: Command, role: &str, given: &str) -> Self {
        let mut child = command
            .env(ROLE, role)
            .env(GIVEN, given)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Talk {
            child,
            input,
            output,
        }
    }

    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end_matches('\n').to_owned()
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
        self.hear()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.input = None;
        self.child.wait().unwrap();
    }
}
