//! What authentication logs. Alone in its process: what is logged elsewhere would decide what is logged here.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bits_server::auth::{
    Asker, AuthGate, Basic, Gate, Password, PasswordFile, PasswordRecord, Rights, Rule,
    set_password,
};
use http::HeaderValue;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
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

fn pair(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

async fn ask(gate: &AuthGate, fields: &[&str], secure: bool) {
    let authorization: Vec<HeaderValue> = fields
        .iter()
        .map(|it| HeaderValue::from_str(it).unwrap())
        .collect();
    let asker = Asker {
        authorization: &authorization,
        peer: SocketAddr::from(([192, 0, 2, 1], 50000)),
        secure,
        method: "BITS_POST",
        path: Some("/\u{1b}[2J\n"),
    };
    gate.admit(asker).await;
}

#[tokio::test(start_paused = true)]
async fn the_log_says_why_and_never_tells_a_credential() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    let record = PasswordRecord::new(&Password::new("letmein1").unwrap());
    set_password(&path, &"alice".parse().unwrap(), Some(&record)).unwrap();
    let file = PasswordFile::open(&path, false).unwrap();
    let rule = Rule {
        path: "/drop/".to_owned(),
        users: vec!["alice".to_owned()],
    };
    let gate = AuthGate::new(Rights::new([rule]).unwrap())
        .with_basic(Basic::new(Arc::new(file), "uploads").unwrap());

    ask(&gate, &[], true).await;
    assert!(
        log.0.lock().unwrap().is_empty(),
        "to be asked is nothing to tell"
    );

    let (wrong, right) = (pair("alice", "hunter2"), pair("alice", "letmein1"));
    let swapped = pair("hunter2", "alice");
    for (fields, secure) in [
        (&[&*wrong][..], true),
        (&[&swapped], true),
        (&[&wrong], false),
        (&["Bearer hunter2"], true),
        (&["hunter2"], true),
        (&["Basic hunter2"], true),
        (&["NTLM hunter2"], true),
        (&[&swapped, &swapped], true),
        (&[&right], true),
    ] {
        ask(&gate, fields, secure).await;
    }

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for said in [
        "wrong password",
        "user=\"alice\"",
        "user=\"(unknown)\"",
        "neither encrypted nor from loopback",
        "a scheme that is not offered",
        "NTLM is not offered",
        "malformed",
        "repeated",
        "no right to write there",
        r#"path="/\u{1b}[2J\n""#,
    ] {
        assert!(text.contains(said), "{said} is not in:\n{text}");
    }
    let encoded = [&wrong, &swapped, &right].map(|it| it.strip_prefix("Basic ").unwrap());
    for secret in ["hunter2", "letmein1", &record.to_string()]
        .iter()
        .chain(&encoded)
    {
        assert!(!text.contains(secret), "{secret} is in:\n{text}");
    }
    assert!(!format!("{gate:?}").contains("argon2id"));
}
