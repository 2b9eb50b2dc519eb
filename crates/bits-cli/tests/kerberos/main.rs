//! `bits serve --keytab` and `bits ping|send --negotiate`, with a real key distribution centre.
//!
//! Where there is none, its tests are named, and told to be ignored: so it has a `main` of its own.

#[path = "../../../bits-server/tests/kerberos/realm.rs"]
mod realm;
mod run;

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use realm::{REALM, Realm};
use run::{Impostor, Place, Server};

type Check = fn(&Realm);

macro_rules! checks {
    ($($name:ident,)*) => { [$((stringify!($name), $name as Check)),*] };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = realm::missing();
    if !missing.is_empty() {
        println!(
            "SKIPPED: Kerberos is not tried: {} not found (Debian: krb5-kdc krb5-admin-server krb5-user)",
            missing.join(", ")
        );
    }
    let realm = (missing.is_empty() && !arguments.list).then(|| Arc::new(Realm::start()));
    let checks = checks![
        a_ping_is_challenged_and_its_ticket_accepted,
        a_file_arrives_and_no_fragment_is_challenged,
        without_a_ticket_it_is_said_how_to_get_one,
        a_ticket_for_another_key_is_refused,
        a_user_without_the_right_is_refused,
        a_ticket_comes_before_a_password_and_a_password_where_there_is_none,
        who_cannot_prove_itself_is_not_believed,
    ];
    let trials = checks.into_iter().map(|(name, check)| {
        let realm = realm.clone();
        let trial = move || {
            check(&realm.expect("it is ignored otherwise"));
            Ok(())
        };
        Trial::test(name, trial).with_ignored_flag(!missing.is_empty())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// How many lines begin so.
fn count(text: &str, start: &str) -> usize {
    text.lines().filter(|line| line.starts_with(start)).count()
}

#[track_caller]
fn assert_no_token(text: &str) {
    // How every token of SPNEGO begins, in base64.
    for token in ["Negotiate YI", "Negotiate oY"] {
        assert!(!text.contains(token), "{text}");
    }
}

fn a_ping_is_challenged_and_its_ticket_accepted(realm: &Realm) {
    let place = Place::new(realm);
    let server = Server::start(&place, &["--keytab", &place.keytab("local")]);
    let ping = ["ping", "-v", "--negotiate", &server.url];
    let (status, stdout, stderr) = place.bits(&ping, Some("alice"));
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stdout.contains("status 200, an Ack, "), "{stdout}");
    assert!(stdout.contains(", authentication Negotiate"), "{stdout}");
    assert!(!stdout.contains("Negotiate, Negotiate"), "{stdout}");
    assert_eq!(count(&stderr, "< HTTP/1.1 401 "), 1, "{stderr}");
    assert_eq!(count(&stderr, "> BITS-Packet-Type: Ping"), 2, "{stderr}");
    assert_eq!(
        count(&stderr, "> Authorization: Negotiate (not shown)"),
        1,
        "{stderr}"
    );
    assert!(
        stderr
            .to_ascii_lowercase()
            .contains("< www-authenticate: negotiate (not shown)"),
        "the proof of the server: {stderr}"
    );
    assert_no_token(&stderr);
    let log = server.end();
    assert!(log.contains(&format!("user=\"alice@{REALM}\"")), "{log}");
    assert_no_token(&log);
}

fn a_file_arrives_and_no_fragment_is_challenged(realm: &Realm) {
    let place = Place::new(realm);
    let content: Vec<u8> = (0..5_000_000u32).flat_map(u32::to_le_bytes).collect();
    fs::write(place.path("large.img"), &content).unwrap();
    let server = Server::start(&place, &["--keytab", &place.keytab("local")]);
    let size = ["--fragment-size", "1M"];
    let send = ["send", "-v", "--negotiate", "large.img", &server.url];
    let (status, _, stderr) = place.bits(&[&send[..], &size].concat(), Some("alice"));
    assert_eq!(status, Some(0), "{stderr}");
    assert!(fs::read(place.path("drop/large.img")).unwrap() == content);
    assert_eq!(count(&stderr, "< HTTP/1.1 401 "), 1, "{stderr}");
    assert_eq!(count(&stderr, "> BITS-Packet-Type: Ping"), 2, "{stderr}");
    let fragments = content.len().div_ceil(1 << 20);
    assert_eq!(
        count(&stderr, "> Authorization: Negotiate (not shown)"),
        fragments + 3,
        "one each, for Ping, Create-Session, Fragments and Close-Session: {stderr}"
    );
    assert_no_token(&stderr);
    let log = server.end();
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("packet=\"Fragment\""))
        .collect();
    assert_eq!(lines.len(), fragments, "{log}");
    for line in lines {
        assert!(line.contains("status=200"), "{line}");
    }
}

fn without_a_ticket_it_is_said_how_to_get_one(realm: &Realm) {
    let place = Place::new(realm);
    let server = Server::start(&place, &["--keytab", &place.keytab("local")]);
    for verb in [&["ping"][..], &["send", "report.zip"]] {
        let ticket = [verb, &["--negotiate", &server.url]].concat();
        let (status, _, stderr) = place.bits(&ticket, None);
        assert_eq!(status, Some(4), "{stderr}");
        assert!(
            stderr.contains("there is no Kerberos ticket for the server: "),
            "{stderr}"
        );
        assert!(stderr.contains("; get one with `kinit`"), "{stderr}");
        assert!(!stderr.contains("\\x00"), "{stderr}");
        let nothing = [verb, &[&server.url]].concat();
        let (status, _, stderr) = place.bits(&nothing, Some("alice"));
        assert_eq!(status, Some(4), "{stderr}");
        assert!(
            stderr.contains("there are no credentials; the server offers Negotiate"),
            "{stderr}"
        );
        // There is a ticket, and none for an address.
        let address = server.url.replace("localhost", "127.0.0.1");
        let ticket = [verb, &["--negotiate", &address]].concat();
        let (status, _, stderr) = place.bits(&ticket, Some("alice"));
        assert_eq!(status, Some(4), "{stderr}");
    }
    assert!(!place.path("drop/report.zip").exists());
}

fn a_ticket_for_another_key_is_refused(realm: &Realm) {
    let place = Place::new(realm);
    let server = Server::start(&place, &["--keytab", &place.keytab("other")]);
    for verb in [&["ping"][..], &["send", "report.zip"]] {
        let ticket = [verb, &["-v", "--negotiate", &server.url]].concat();
        let (status, _, stderr) = place.bits(&ticket, Some("alice"));
        assert_eq!(status, Some(4), "{stderr}");
        assert!(
            stderr.contains("the server has refused the Kerberos ticket"),
            "{stderr}"
        );
        assert_eq!(count(&stderr, "< HTTP/1.1 401 "), 2, "{stderr}");
    }
    assert!(!place.path("drop/report.zip").exists());
}

fn a_user_without_the_right_is_refused(realm: &Realm) {
    let place = Place::new(realm);
    let rights = format!("[[rights]]\npath = \"/\"\nusers = [\"alice@{REALM}\"]\n");
    fs::write(place.path("bits.toml"), rights).unwrap();
    let keytab = place.keytab("local");
    let server = Server::start(&place, &["--keytab", &keytab, "--config", "bits.toml"]);
    for verb in [&["ping"][..], &["send", "report.zip"]] {
        let arguments = [verb, &["--negotiate", &server.url]].concat();
        let (status, _, stderr) = place.bits(&arguments, Some("bob"));
        assert_eq!(status, Some(3), "{stderr}");
        assert!(!place.path("drop/report.zip").exists());
    }
    let send = ["send", "--negotiate", "report.zip", &server.url];
    let (status, _, stderr) = place.bits(&send, Some("alice"));
    assert_eq!(status, Some(0), "{stderr}");
    assert!(place.path("drop/report.zip").exists());
}

fn a_ticket_comes_before_a_password_and_a_password_where_there_is_none(realm: &Realm) {
    let place = Place::new(realm);
    fs::write(place.path("password"), "correct horse\n").unwrap();
    place.set_password("carol", "correct horse");
    let keytab = place.keytab("local");
    let server = Server::start(&place, &["--keytab", &keytab, "--passwords", "users"]);
    let user = ["--user", "carol", "--password-file", "password"];
    let ping = [&["ping", "-v", "--negotiate"], &user[..], &[&server.url]].concat();
    for (ticket, sent, not_sent) in [
        (Some("alice"), "Negotiate", "Basic"),
        (None, "Basic", "Negotiate"),
    ] {
        let (status, stdout, stderr) = place.bits(&ping, ticket);
        assert_eq!(status, Some(0), "{stderr}");
        assert!(
            stdout.contains("authentication Negotiate, Basic"),
            "{stdout}"
        );
        let count = |scheme: &str| count(&stderr, &format!("> Authorization: {scheme} "));
        assert_eq!((count(sent), count(not_sent)), (1, 0), "{stderr}");
    }
    let log = server.end();
    let (alice, carol) = (format!("user=\"alice@{REALM}\""), "user=\"carol\"");
    assert!(log.contains(&alice) && log.contains(carol), "{log}");
}

fn who_cannot_prove_itself_is_not_believed(realm: &Realm) {
    let place = Place::new(realm);
    for proof in [
        "",
        "WWW-Authenticate: Negotiate oRQwEqADCgEAoQsGCSqGSIb3EgECAg==\r\n",
    ] {
        let impostor = Impostor::start(proof);
        for verb in [&["ping"][..], &["send", "report.zip"]] {
            let arguments = [verb, &["--negotiate", &impostor.url]].concat();
            let (status, _, stderr) = place.bits(&arguments, Some("alice"));
            assert_eq!(status, Some(9), "{stderr}");
            assert!(
                stderr.contains("the server has not proved itself: "),
                "{stderr}"
            );
        }
    }
}
