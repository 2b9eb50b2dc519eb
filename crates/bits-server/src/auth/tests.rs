//! What becomes of requests at an [`AuthGate`].

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use tempfile::TempDir;
use tokio::time::Instant;

use super::passwords::tests::cheap;
use super::{Admission, Asker, AuthGate, Basic, BasicError, Gate, PasswordFile, Rights, Rule};

const CHALLENGE: &str = r#"Basic realm="uploads", charset="UTF-8""#;
const LOOPBACK: &str = "127.0.0.1:50000";
const AWAY: &str = "192.0.2.1:50000";

/// A gate for alice, whose password is "one", and bob, whose is "two".
struct Fixture {
    gate: AuthGate,
    path: PathBuf,
    _folder: TempDir,
}

fn basic(path: &std::path::Path) -> Basic {
    let file = PasswordFile::open(path, false).unwrap();
    Basic::new(Arc::new(file), "uploads").unwrap()
}

fn fixture(change: impl FnOnce(Basic) -> Basic, rules: &[(&str, &[&str])]) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    let text = format!("alice:{}\nbob:{}\n", cheap("one"), cheap("two"));
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let rules = rules.iter().map(|(path, users)| Rule {
        path: (*path).to_owned(),
        users: users.iter().map(|&user| user.to_owned()).collect(),
    });
    let gate = AuthGate::new(Rights::new(rules).unwrap()).with_basic(change(basic(&path)));
    Fixture {
        gate,
        path,
        _folder: folder,
    }
}

fn plain() -> Fixture {
    fixture(|basic| basic, &[])
}

fn pair(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn granted(user: &str) -> Admission {
    Admission::Granted {
        user: Some(user.to_owned()),
        reply: None,
    }
}

fn challenged() -> Admission {
    Admission::Challenge(vec![HeaderValue::from_static(CHALLENGE)])
}

impl Fixture {
    async fn ask(
        &self,
        fields: &[&str],
        peer: &str,
        secure: bool,
        path: Option<&str>,
    ) -> Admission {
        let authorization: Vec<HeaderValue> = fields
            .iter()
            .map(|it| HeaderValue::from_str(it).unwrap())
            .collect();
        let peer: SocketAddr = peer.parse().unwrap();
        let asker = Asker {
            authorization: &authorization,
            peer,
            secure,
            method: "BITS_POST",
            path,
        };
        self.gate.admit(asker).await
    }

    async fn tls(&self, fields: &[&str]) -> Admission {
        self.ask(fields, AWAY, true, Some("/a")).await
    }

    async fn log_in(&self, user: &str, password: &str) -> Admission {
        self.tls(&[&pair(user, password)]).await
    }
}

#[tokio::test(start_paused = true)]
async fn who_shows_nothing_is_challenged() {
    assert_eq!(plain().tls(&[]).await, challenged());
}

#[tokio::test(start_paused = true)]
async fn who_shows_the_right_password_gets_in() {
    let fixture = plain();
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
    assert_eq!(fixture.log_in("bob", "two").await, granted("bob"));
    // The scheme's letter case does not count, and there may be more than one space.
    let field = pair("alice", "one").replace("Basic ", "bASIC   ");
    assert_eq!(fixture.tls(&[&field]).await, granted("alice"));
}

#[tokio::test(start_paused = true)]
async fn who_shows_anything_else_is_challenged() {
    let fixture = plain();
    let good = pair("alice", "one");
    for (user, password) in [
        ("alice", "two"),
        ("alice", "One"),
        ("Alice", "one"),
        ("carol", "one"),
    ] {
        assert_eq!(
            fixture.log_in(user, password).await,
            challenged(),
            "{user} {password}"
        );
    }
    for fields in [
        &[""][..],
        &["Basic"],
        &["Basic "],
        &["Basic !"],
        &["NTLM TlRMTVNTUAABAAAA"],
        &["Bearer abc"],
        &[&good.replace("Basic", "Basi")],
        &[&good.replace(' ', "\t")],
        &[&format!("{good} x")],
        &[&good, &good],
    ] {
        assert_eq!(fixture.tls(fields).await, challenged(), "{fields:?}");
    }
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
}

#[tokio::test(start_paused = true)]
async fn a_password_is_taken_over_tls_and_from_loopback() {
    let fixture = plain();
    let field = pair("alice", "one");
    for (peer, secure) in [
        (AWAY, true),
        (LOOPBACK, true),
        (LOOPBACK, false),
        ("[::1]:1", false),
        ("[::ffff:127.0.0.1]:1", false),
    ] {
        let admission = fixture.ask(&[&field], peer, secure, Some("/a")).await;
        assert_eq!(admission, granted("alice"), "{peer} {secure}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_in_the_clear_is_neither_asked_for_nor_looked_at() {
    let fixture = plain();
    for fields in [
        &[][..],
        &[&*pair("alice", "one")],
        &[&pair("alice", "two")],
        &["Bearer x"],
    ] {
        let admission = fixture.ask(fields, AWAY, false, Some("/a")).await;
        assert_eq!(admission, Admission::Forbidden, "{fields:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_in_the_clear_is_taken_where_that_is_allowed() {
    let fixture = fixture(|basic| basic.allow_without_tls(true), &[]);
    assert_eq!(
        fixture.ask(&[], AWAY, false, Some("/a")).await,
        challenged()
    );
    let admission = fixture
        .ask(&[&pair("alice", "one")], AWAY, false, Some("/a"))
        .await;
    assert_eq!(admission, granted("alice"));
}

#[tokio::test(start_paused = true)]
async fn without_a_scheme_nobody_gets_in() {
    let fixture = Fixture {
        gate: AuthGate::new(Rights::default()),
        ..plain()
    };
    assert_eq!(fixture.tls(&[]).await, Admission::Forbidden);
    assert_eq!(fixture.log_in("alice", "one").await, Admission::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn who_asks_is_asked_before_rights_are_looked_at() {
    let fixture = fixture(|basic| basic, &[("/drop/", &["alice"])]);
    let ask = async |fields: &[&str], path| fixture.ask(fields, AWAY, true, path).await;
    let (alice, bob) = (pair("alice", "one"), pair("bob", "two"));
    assert_eq!(ask(&[], Some("/drop/a")).await, challenged());
    assert_eq!(ask(&[], Some("/other")).await, challenged());
    assert_eq!(ask(&[&alice], Some("/drop/a")).await, granted("alice"));
    assert_eq!(ask(&[&alice], Some("/other")).await, Admission::Forbidden);
    assert_eq!(ask(&[&bob], Some("/drop/a")).await, Admission::Forbidden);
    // The server refuses it, or does not need it.
    assert_eq!(ask(&[&bob], None).await, granted("bob"));
}

#[tokio::test(start_paused = true)]
async fn every_request_is_judged_by_itself() {
    let fixture = plain();
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
    assert_eq!(fixture.tls(&[]).await, challenged());
    assert_eq!(fixture.log_in("bob", "two").await, granted("bob"));
    assert_eq!(fixture.log_in("alice", "two").await, challenged());
}

#[tokio::test(start_paused = true)]
async fn failures_make_the_next_wait_and_a_password_shown_lately_does_not() {
    let fixture = plain();
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
    for guess in 0..12 {
        assert_eq!(
            fixture.log_in("alice", &format!("guess{guess}")).await,
            challenged()
        );
    }
    let start = Instant::now();
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(fixture.log_in("bob", "two").await, granted("bob"));
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_proxy_is_not_charged_with_what_comes_through_it() {
    let proxy = AWAY.parse::<SocketAddr>().unwrap().ip();
    for (proxies, delay) in [(vec![], 5), (vec![proxy], 0)] {
        let fixture = fixture(|basic| basic.with_proxies(proxies), &[]);
        for guess in 0..12 {
            assert_eq!(
                fixture.log_in(&format!("user{guess}"), "guess").await,
                challenged()
            );
        }
        let start = Instant::now();
        assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
        assert_eq!(start.elapsed(), Duration::from_secs(delay));
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_gets_busy_and_locks_nobody_out() {
    let fixture = Arc::new(plain());
    let flood: Vec<_> = (0..100)
        .map(|guess| {
            let fixture = Arc::clone(&fixture);
            let field = pair("alice", &format!("guess{guess}"));
            let peer = format!("198.51.100.{}:1", guess % 50);
            tokio::spawn(async move { fixture.ask(&[&field], &peer, true, Some("/a")).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(fixture.log_in("bob", "two").await, granted("bob"));
    let mut busy = 0;
    for guess in flood {
        match guess.await.unwrap() {
            Admission::Busy => busy += 1,
            other => assert_eq!(other, challenged()),
        }
    }
    assert!(busy > 0);
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
}

#[tokio::test(start_paused = true)]
async fn one_password_is_checked_at_a_time() {
    let fixture = Arc::new(plain());
    let turn = Arc::clone(&fixture.gate.basic.as_ref().unwrap().turn);
    let other = Arc::clone(&turn).lock_owned().await;
    let check = {
        let fixture = Arc::clone(&fixture);
        tokio::spawn(async move { fixture.log_in("alice", "one").await })
    };
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!check.is_finished());
    drop(other);
    assert_eq!(check.await.unwrap(), granted("alice"));
    assert!(turn.try_lock().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_changed_file_ends_what_was_known() {
    let fixture = plain();
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
    fs::write(&fixture.path, format!("alice:{}\n", cheap("new"))).unwrap();
    assert_eq!(fixture.log_in("alice", "one").await, granted("alice"));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(fixture.log_in("alice", "one").await, challenged());
    assert_eq!(fixture.log_in("alice", "new").await, granted("alice"));
    assert_eq!(fixture.log_in("bob", "two").await, challenged());
}

#[test]
fn a_realm_is_quoted_and_is_plain_text() {
    let fixture = plain();
    let file = Arc::new(PasswordFile::open(&fixture.path, false).unwrap());
    let basic = Basic::new(Arc::clone(&file), r#"a "b" \c"#).unwrap();
    assert_eq!(
        basic.challenge(),
        r#"Basic realm="a \"b\" \\c", charset="UTF-8""#
    );
    for realm in ["a\nb", "a\0", "\u{e9}"] {
        let refused = Basic::new(Arc::clone(&file), realm);
        assert!(matches!(refused, Err(BasicError::Realm)), "{realm:?}");
    }
}
