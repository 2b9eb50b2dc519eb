//! Negotiate, with a real key distribution centre.
//!
//! Kerberos finds its files by the environment, which a process with threads cannot change: servers and clients are
//! child processes, which run this program in another role. So it has a `main` of its own, and names its tests there.

mod realm;
mod roles;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bits_server::auth::{Password, PasswordRecord, set_password};
use libtest_mimic::{Arguments, Trial};

use realm::{REALM, Realm};
use roles::{ROLE, Talk, acceptor, initiator};

type Check = fn(&Realm);

macro_rules! checks {
    ($($name:ident,)*) => { [$((stringify!($name), $name as Check)),*] };
}

fn checks() -> impl Iterator<Item = (&'static str, Check)> {
    checks![
        who_shows_nothing_is_challenged_with_negotiate_first,
        a_ticket_proves_the_user_and_the_answer_the_server,
        the_realm_is_taken_off_where_that_is_asked_for,
        every_request_needs_its_own_token,
        a_ticket_for_another_service_is_refused,
        a_ticket_for_another_host_is_refused,
        a_service_without_a_host_takes_every_host_of_the_keytab,
        what_is_no_token_is_refused,
        ntlm_is_refused_bare_and_inside,
        more_than_one_leg_is_refused,
        rights_are_of_principals,
        the_client_does_not_believe_an_answer_without_proof,
        without_a_ticket_or_a_key_it_is_said_what_to_do,
        a_keytab_is_named_by_starting_anew,
    ]
    .into_iter()
}

fn main() -> ExitCode {
    match env::var(ROLE).as_deref() {
        Ok("acceptor") => acceptor(),
        Ok("initiator") => initiator(),
        Ok(other) => panic!("there is no role {other}"),
        Err(_) => return tests(),
    }
    ExitCode::SUCCESS
}

fn tests() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = realm::missing();
    if !missing.is_empty() {
        println!(
            "SKIPPED: Kerberos is not tried: {} not found (Debian: krb5-kdc krb5-admin-server krb5-user)",
            missing.join(", ")
        );
    }
    let realm = (missing.is_empty() && !arguments.list).then(|| Arc::new(Realm::start()));
    let trials = checks().map(|(name, check)| {
        let realm = realm.clone();
        let trial = move || {
            check(&realm.expect("it is ignored otherwise"));
            Ok(())
        };
        Trial::test(name, trial).with_ignored_flag(!missing.is_empty())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A server in the realm. The keytab of its services is in its environment.
fn server(realm: &Realm, given: &str) -> Talk {
    let mut command = realm.command(env::current_exe().unwrap());
    command.env("KRB5_KTNAME", realm.path("service.keytab"));
    let mut server = Talk::new(command, "acceptor", given);
    assert_eq!(server.hear(), "ready");
    server
}

/// A client in the realm, with that user's ticket, and its token for that host.
fn client(realm: &Realm, user: &str, host: &str) -> (Talk, String) {
    let mut command = realm.command(env::current_exe().unwrap());
    command.env("KRB5CCNAME", realm.log_in(user));
    let mut client = Talk::new(command, "initiator", host);
    let token = client.hear();
    assert!(token.starts_with("Negotiate YI"), "{token}");
    (client, token)
}

const SERVICE: &str = "service=HTTP/files.test";

fn who_shows_nothing_is_challenged_with_negotiate_first(realm: &Realm) {
    assert_eq!(server(realm, SERVICE).ask(""), "challenge Negotiate");
    let users = realm.path("users");
    let record = PasswordRecord::new(&Password::new("correct horse").unwrap());
    set_password(&users, &"alice".parse().unwrap(), Some(&record)).unwrap();
    let mut server = server(realm, &format!("{SERVICE} users={}", users.display()));
    let both = r#"challenge Negotiate; Basic realm="uploads", charset="UTF-8""#;
    assert_eq!(server.ask(""), both);
    assert_eq!(server.ask("Negotiate"), both);
    let pair = format!("Basic {}", STANDARD.encode("alice:correct horse"));
    assert_eq!(server.ask(&pair), "granted alice ");
    let (_client, token) = client(realm, "bob", "files.test");
    assert!(
        server
            .ask(&token)
            .starts_with(&format!("granted bob@{REALM} Negotiate "))
    );
}

fn a_ticket_proves_the_user_and_the_answer_the_server(realm: &Realm) {
    let mut server = server(realm, SERVICE);
    for user in ["alice", "bob"] {
        let (mut client, token) = client(realm, user, "files.test");
        let said = server.ask(&token);
        let reply = said.strip_prefix(&format!("granted {user}@{REALM} "));
        let reply = reply.unwrap_or_else(|| panic!("{said}"));
        assert_eq!(client.ask(reply), "proved");
    }
}

fn the_realm_is_taken_off_where_that_is_asked_for(realm: &Realm) {
    let (_client, token) = client(realm, "alice", "files.test");
    let mut server = server(realm, &format!("{SERVICE} realm={REALM}"));
    let said = server.ask(&token);
    assert!(said.starts_with("granted alice Negotiate "), "{said}");
}

fn every_request_needs_its_own_token(realm: &Realm) {
    let (_client, token) = client(realm, "alice", "files.test");
    let mut server = server(realm, SERVICE);
    assert!(server.ask(&token).starts_with("granted "));
    assert_refused(&mut server, &token, "Request is a replay");
    // Nothing is remembered of who was there before.
    assert_eq!(server.ask(""), "challenge Negotiate");
    // Another process knows that it was used.
    let mut other = self::server(realm, SERVICE);
    assert_refused(&mut other, &token, "Request is a replay");
}

fn a_ticket_for_another_service_is_refused(realm: &Realm) {
    // Though the keytab has the keys of both.
    let (_client, token) = client(realm, "alice", "files.test");
    let mut ftp = server(realm, "service=ftp/files.test");
    assert_eq!(ftp.ask(&token), "challenge Negotiate");
    assert!(server(realm, SERVICE).ask(&token).starts_with("granted "));
}

fn a_ticket_for_another_host_is_refused(realm: &Realm) {
    let mut server = server(realm, SERVICE);
    for host in ["other.test", "files2.test"] {
        let (_client, token) = client(realm, "alice", host);
        assert_eq!(server.ask(&token), "challenge Negotiate", "{host}");
    }
}

fn a_service_without_a_host_takes_every_host_of_the_keytab(realm: &Realm) {
    let mut http = server(realm, "service=HTTP");
    for (host, is_good) in [
        ("files.test", true),
        ("files2.test", true),
        ("other.test", false),
    ] {
        let (_client, token) = client(realm, "alice", host);
        assert_eq!(http.ask(&token).starts_with("granted "), is_good, "{host}");
    }
    let (_client, token) = client(realm, "alice", "files.test");
    assert_eq!(
        server(realm, "service=ftp").ask(&token),
        "challenge Negotiate"
    );
}

fn what_is_no_token_is_refused(realm: &Realm) {
    let (_client, good) = client(realm, "alice", "files.test");
    let bytes = STANDARD
        .decode(good.strip_prefix("Negotiate ").unwrap())
        .unwrap();
    let mut server = server(realm, SERVICE);
    let mut ask = |bytes: &[u8]| server.ask(&format!("Negotiate {}", STANDARD.encode(bytes)));
    for length in [0, 1, 2, 10, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(ask(&bytes[..length]), "challenge Negotiate", "{length}");
    }
    // Within what is encrypted.
    for at in [bytes.len() - 20, bytes.len() / 2] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_eq!(ask(&changed), "challenge Negotiate", "{at}");
    }
    assert_eq!(ask(b"garbage"), "challenge Negotiate");
    assert_eq!(ask(&[0x60; 4000]), "challenge Negotiate");
    for field in [
        "Negotiate !",
        "Negotiate YII",
        "Negotiate  ",
        "Kerberos YII=",
    ] {
        assert_eq!(server.ask(field), "challenge Negotiate", "{field}");
    }
    assert!(
        server.ask(&good).starts_with("granted "),
        "it was good all the time"
    );
}

fn ntlm_is_refused_bare_and_inside(realm: &Realm) {
    let mut server = server(realm, SERVICE);
    let ntlm = b"NTLMSSP\0\x01\0\0\0\x07\x82\x08\xa2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let ntlm_id: &[u8] = b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
    let krb5_id: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
    let why = "NTLM is not offered: the client has found no Kerberos ticket for this server";
    let field = format!("Negotiate {}", STANDARD.encode(ntlm));
    assert_refused(&mut server, &field, why);
    let field = format!("NTLM {}", STANDARD.encode(ntlm));
    assert_refused(
        &mut server,
        &field,
        "NTLM is not offered: Negotiate (Kerberos)",
    );
    // What clients offer that have no ticket, or have one and begin with NTLM.
    for (mechanisms, why) in [
        (&[ntlm_id][..], "a Negotiate token is refused"),
        (&[ntlm_id, krb5_id], "it wants more than one leg"),
        (&[krb5_id, ntlm_id], "a Negotiate token is refused"),
    ] {
        let token = STANDARD.encode(initial(mechanisms, Some(ntlm)));
        assert_refused(&mut server, &format!("Negotiate {token}"), why);
    }
}

fn more_than_one_leg_is_refused(realm: &Realm) {
    let mut server = server(realm, SERVICE);
    let krb5_id: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
    let field = format!("Negotiate {}", STANDARD.encode(initial(&[krb5_id], None)));
    assert_refused(&mut server, &field, "it wants more than one leg");
}

#[track_caller]
fn assert_refused(server: &mut Talk, field: &str, why: &str) {
    assert_eq!(server.ask(field), "challenge Negotiate", "{field}");
    let said = server.ask("why");
    assert!(said.contains(why), "{field}: {said}");
}

/// NegTokenInit of RFC 4178 4.2.1, within the frame of RFC 2743 3.1.
fn initial(mechanisms: &[&[u8]], token: Option<&[u8]>) -> Vec<u8> {
    fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        assert!(length < 128);
        [&[tag, length], content].concat()
    }
    let mut fields = tagged(0xa0, &tagged(0x30, &mechanisms.concat()));
    if let Some(token) = token {
        fields.extend(tagged(0xa2, &tagged(0x04, token)));
    }
    let spnego = b"\x06\x06\x2b\x06\x01\x05\x05\x02";
    tagged(
        0x60,
        &[&spnego[..], &tagged(0xa0, &tagged(0x30, &fields))].concat(),
    )
}

fn rights_are_of_principals(realm: &Realm) {
    let mut server = server(realm, &format!("{SERVICE} right=alice@{REALM}"));
    let (_client, token) = client(realm, "alice", "files.test");
    assert!(server.ask(&token).starts_with("granted "));
    let (_client, token) = client(realm, "bob", "files.test");
    assert_eq!(server.ask(&token), "forbidden");
}

fn the_client_does_not_believe_an_answer_without_proof(realm: &Realm) {
    let mut server = server(realm, SERVICE);
    let mut other = String::new();
    for answer in [
        "",
        "Negotiate",
        "Basic realm=\"a\"",
        "Negotiate !",
        "Negotiate YII=",
        "another's",
    ] {
        let (mut client, token) = client(realm, "alice", "files.test");
        let answer = if answer == "another's" {
            &other
        } else {
            answer
        };
        let said = client.ask(answer);
        assert!(
            said.starts_with("the server has not proved itself: "),
            "{answer}: {said}"
        );
        let said = server.ask(&token);
        other = said
            .rsplit_once("Negotiate ")
            .map(|(_, token)| format!("Negotiate {token}"))
            .unwrap();
    }
}

fn without_a_ticket_or_a_key_it_is_said_what_to_do(realm: &Realm) {
    let program = env::current_exe().unwrap();
    let mut command = realm.command(&program);
    command.env("KRB5CCNAME", realm.path("nobody"));
    let said = Talk::new(command, "initiator", "files.test").hear();
    assert!(
        said.starts_with("there is no Kerberos ticket for the server: "),
        "{said}"
    );
    assert!(said.ends_with("; get one with `kinit`"), "{said}");
    for (keytab, service) in [
        ("nothing.keytab", "HTTP/files.test"),
        ("service.keytab", "HTTP/other.test"),
    ] {
        let mut command = realm.command(&program);
        command.env("KRB5_KTNAME", realm.path(keytab));
        let said = Talk::new(command, "acceptor", &format!("service={service}")).hear();
        let start = format!("Kerberos has no key for the service {service:?}: ");
        assert!(said.starts_with(&start), "{said}");
    }
}

fn a_keytab_is_named_by_starting_anew(realm: &Realm) {
    let command = realm.command(env::current_exe().unwrap());
    let keytab = realm.path("service.keytab");
    let given = format!("keytab={} {SERVICE}", keytab.display());
    let mut server = Talk::new(command, "acceptor", &given);
    assert_eq!(server.hear(), "ready");
    let (_client, token) = client(realm, "alice", "files.test");
    assert!(server.ask(&token).starts_with("granted "));
}
