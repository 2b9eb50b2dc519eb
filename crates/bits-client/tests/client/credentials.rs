//! Who is told user and password.

use std::future::ready;

use bits_client::session::{Outcome, Reason};
use bits_client::{
    Basic, BoxFuture, Challenge, Client, Credentials, Ended, Error, Peer, PingError, Unmet,
    Unproved,
};

use crate::common::*;

const CHALLENGE: &str =
    "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=\"drop, x\"\r\n";

/// A server that lets in whoever sends that `Authorization`.
fn guarded(accepted: &'static str) -> (Server, Store) {
    Server::storing(
        move |request, answer| match request.field("Authorization") {
            Some(value) if value == accepted => answer,
            _ => plain(401, CHALLENGE),
        },
    )
}

fn client(server: &Server, password: &str) -> Client {
    let mut options = options();
    options.session.ping_first = true;
    let client = Client::new(server.url("/a"), options).unwrap();
    client.with_credentials(Basic::new("me", password).unwrap())
}

#[test]
fn a_password_is_sent_after_a_challenge_and_with_every_request_from_then_on() {
    let (server, store) = guarded("Basic bWU6c2VjcmV0");
    let (ended, notes) = upload(&mut client(&server, "secret"), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    let sent: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.field("Authorization").is_some())
        .collect();
    assert_eq!(sent, [false, true, true, true, true]);
    assert_eq!(
        server.packets()[..2],
        ["Ping", "Ping"],
        "no data moves before"
    );
    assert_eq!(server.connections(), 1);
    assert!(notes.retries.is_empty());
    assert!(
        !notes.heads.contains("bWU6") && notes.heads.contains("Authorization: Basic (not shown)")
    );
}

#[test]
fn a_server_that_does_not_ask_is_told_nothing() {
    let (server, _) = Server::storing(|_, answer| answer);
    let (ended, _) = upload(&mut client(&server, "secret"), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| seen.field("Authorization").is_none())
    );
}

#[test]
fn a_wrong_password_is_sent_once() {
    let (server, _) = guarded("Basic bWU6c2VjcmV0");
    let (ended, _) = upload(&mut client(&server, "wrong"), b"hello!");
    let ended = ended.unwrap();
    assert_eq!(failed(&ended).reason, Reason::Credentials);
    assert_eq!(
        ended.detail.unwrap(),
        "the server has refused user and password"
    );
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn without_credentials_it_is_said_what_is_offered() {
    let (server, _) = guarded("none");
    let (ended, _) = send(server.url("/a"), options(), b"x");
    assert_eq!(failed(&ended).reason, Reason::Credentials);
    let detail = ended.detail.unwrap();
    assert_eq!(
        detail,
        "there are no credentials; the server offers Negotiate, Basic"
    );
}

#[test]
fn a_scheme_that_is_not_offered_is_not_used() {
    let (server, _) =
        Server::storing(|_, _| plain(401, "WWW-Authenticate: Digest realm=\"x\"\r\n"));
    let (ended, _) = upload(&mut client(&server, "secret"), b"x");
    let ended = ended.unwrap();
    let detail = ended.detail.unwrap();
    assert!(detail.ends_with("but Digest"), "{detail}");
    assert_eq!(server.seen().len(), 1);
    assert!(server.seen()[0].field("Authorization").is_none());
}

#[test]
fn a_proxy_that_asks_is_told_nothing() {
    let (server, _) =
        Server::storing(|_, _| plain(407, "Proxy-Authenticate: Basic realm=\"x\"\r\n"));
    let (ended, _) = upload(&mut client(&server, "secret"), b"x");
    let ended = ended.unwrap();
    assert!(
        failed(&ended)
            .advice()
            .starts_with("a proxy wants credentials")
    );
    assert_eq!(ended.detail.as_deref(), Some("a proxy wants credentials"));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_ping_tells_what_is_offered_and_whether_one_is_let_in() {
    let (server, _) = guarded("Basic bWU6c2VjcmV0");
    let pong = block_on(client(&server, "secret").ping(&mut ())).unwrap();
    assert_eq!((pong.status.as_u16(), pong.is_ack), (200, true));
    assert_eq!(pong.offered, ["Negotiate", "Basic"]);
    let pong = block_on(client(&server, "wrong").ping(&mut ())).unwrap();
    assert_eq!((pong.status.as_u16(), pong.is_ack), (401, false));
    assert!(pong.detail.is_some());
}

#[test]
fn a_field_that_the_caller_gives_takes_the_place_of_a_password() {
    let (server, store) = guarded("Bearer sesame");
    let mut options = options();
    options.headers = vec![("Authorization".to_owned(), "Bearer sesame".to_owned())];
    let client = Client::new(server.url("/a"), options).unwrap();
    let mut client = client.with_credentials(Basic::new("me", "secret").unwrap());
    let (ended, _) = upload(&mut client, b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
}

#[test]
fn the_first_credentials_that_the_server_offers_are_used() {
    let (server, _) = guarded("Basic bWU6c2VjcmV0");
    let basic = |password| Basic::new("me", password).unwrap();
    let client = || Client::new(server.url("/a"), options()).unwrap();
    let used = |mut client: Client, accepted| {
        let before = server.seen().len();
        let (ended, _) = upload(&mut client, b"hello!");
        let is_in = ended.unwrap().outcome == Outcome::Complete;
        assert_eq!(is_in, accepted);
        let seen = server.seen().split_off(before);
        let sent = |at: usize| seen[at].field("Authorization").map(str::to_owned);
        [sent(0), sent(1), seen.get(2).and_then(|_| sent(2))]
    };
    let (secret, wrong) = ("Basic bWU6c2VjcmV0", "Basic bWU6d3Jvbmc=");
    let some = |value: &str| Some(value.to_owned());

    // The server does not offer it.
    let both = client().with_credentials(Token::default());
    let both = both.with_credentials(basic("secret"));
    assert_eq!(used(both, true), [None, some(secret), some(secret)]);
    let both = client().with_credentials(basic("secret"));
    let both = both.with_credentials(Token::default());
    assert_eq!(used(both, true), [None, some(secret), some(secret)]);
    // The server refuses it: the next ones.
    let both = client().with_credentials(basic("wrong"));
    let both = both.with_credentials(basic("secret"));
    assert_eq!(used(both, true), [None, some(wrong), some(secret)]);
    let both = client().with_credentials(basic("wrong"));
    let both = both.with_credentials(Token::default());
    assert_eq!(used(both, false), [None, some(wrong), None]);
}

/// A scheme in which the server proves itself by the word `good`.
#[derive(Debug, Default)]
struct Token {
    is_asked: bool,
    is_spent: bool,
}

impl Credentials for Token {
    fn authorization<'a>(
        &'a mut self,
        _: Peer<'a>,
    ) -> BoxFuture<'a, Result<Option<String>, Unmet>> {
        let missing = Unmet::Missing("it has run out".to_owned());
        Box::pin(ready(match self.is_spent {
            true => Err(missing),
            false => Ok(self.is_asked.then(|| "Token mine".to_owned())),
        }))
    }

    fn challenged<'a>(
        &'a mut self,
        challenges: &'a [Challenge<'a>],
        _: Peer<'a>,
    ) -> BoxFuture<'a, Result<(), Unmet>> {
        let is_offered = challenges.iter().any(|challenge| challenge.is("Token"));
        self.is_asked |= is_offered;
        Box::pin(ready(is_offered.then_some(()).ok_or(Unmet::NotOffered)))
    }

    fn answered(&mut self, challenges: &[Challenge<'_>], is_due: bool) -> Result<(), Unproved> {
        let proof = challenges.iter().find(|challenge| challenge.is("Token"));
        match proof.map(|proof| proof.rest) {
            Some("good") => Ok(()),
            Some("last") => {
                self.is_spent = true;
                Ok(())
            }
            None if !is_due => Ok(()),
            other => Err(Unproved(format!("{other:?}"))),
        }
    }
}

fn with_proof(answer: &str, proof: &str) -> String {
    answer.replacen(
        "\r\n",
        &format!("\r\nWWW-Authenticate: Token {proof}\r\n"),
        1,
    )
}

/// What comes of a file of 6 bytes at a server that proves itself, except where `answer` makes another answer of it,
/// and how many requests it has seen.
fn proving(
    answer: impl Fn(&Request, String) -> Option<String> + Send + Sync + 'static,
) -> (Result<Ended, Error>, Vec<String>) {
    let (server, _) = Server::storing(move |request, right| {
        if request.field("Authorization").is_none() {
            return plain(401, "WWW-Authenticate: Token\r\n");
        }
        answer(request, right.clone()).unwrap_or_else(|| with_proof(&right, "good"))
    });
    let mut options = options();
    options.session.fragment_size = 4;
    options.session.max_failures = 1;
    let client = Client::new(server.url("/a"), options).unwrap();
    let (ended, _) = upload(&mut client.with_credentials(Token::default()), b"hello!");
    (ended, server.packets())
}

#[test]
fn a_server_that_proves_itself_is_believed() {
    let (ended, packets) = proving(|_, _| None);
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(packets.len(), 5);
}

#[test]
fn an_answer_without_the_proof_that_is_due_is_not_believed() {
    for packet in ["Create-Session", "Fragment", "Close-Session"] {
        for proof in [None, Some("forged")] {
            let (ended, packets) = proving(move |request, right| {
                let is_it = request.packet() == packet;
                is_it.then(|| proof.map_or(right.clone(), |proof| with_proof(&right, proof)))
            });
            match ended {
                Err(Error::Unproved { reason, .. }) => {
                    assert!(reason.starts_with("the server has not proved itself: "));
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(packets.last().unwrap(), packet);
        }
    }
    // An offset, and that a session is gone, which after the last byte would be an end.
    let (ended, _) =
        proving(|request, _| (request.packet() == "Fragment").then(|| received(416, 6)));
    assert!(matches!(ended, Err(Error::Unproved { .. })), "{ended:?}");
    let (ended, _) = proving(|request, _| {
        let is_it = request.packet() == "Close-Session";
        is_it.then(|| ack(500, "BITS-Error-Code: 0x8020001F\r\n"))
    });
    assert!(matches!(ended, Err(Error::Unproved { .. })), "{ended:?}");
}

#[test]
fn a_refusal_needs_no_proof_but_no_forged_one() {
    for refusal in [ack(403, ""), plain(403, ""), plain(503, ""), ack(503, "")] {
        let forged = with_proof(&refusal, "forged");
        let (ended, _) = proving(move |_, _| Some(refusal.clone()));
        failed(&ended.unwrap());
        let (ended, packets) = proving(move |_, _| Some(forged.clone()));
        assert!(matches!(ended, Err(Error::Unproved { .. })), "{ended:?}");
        assert_eq!(packets.len(), 2);
    }
}

#[test]
fn credentials_that_run_out_end_the_upload_before_a_fragment_is_sent_in_vain() {
    let (ended, packets) = proving(|request, right| {
        let is_first = request.packet() == "Fragment";
        is_first.then(|| with_proof(&right, "last"))
    });
    match ended {
        Err(Error::Credentials { reason, .. }) => assert_eq!(reason, "it has run out"),
        other => panic!("{other:?}"),
    }
    assert_eq!(packets.last().unwrap(), "Fragment");
    assert_eq!(packets.len(), 3);
}

#[test]
fn a_ping_is_not_believed_without_the_proof_that_is_due() {
    for (proof, is_believed) in [("good", true), ("forged", false)] {
        let (server, _) =
            Server::storing(move |request, right| match request.field("Authorization") {
                None => plain(401, "WWW-Authenticate: Token\r\n"),
                Some(_) => with_proof(&right, proof),
            });
        let client = Client::new(server.url("/a"), options()).unwrap();
        let mut client = client.with_credentials(Token::default());
        match block_on(client.ping(&mut ())) {
            Ok(pong) => assert!(is_believed && pong.is_ack && pong.offered == ["Token"]),
            Err(PingError::Local(Error::Unproved { .. })) => assert!(!is_believed),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_challenge_is_read_whatever_bytes_its_realm_has() {
    let store = Store::default();
    let server = Server::new(move |peer| {
        while let Some(request) = peer.next() {
            if request.field("Authorization").is_some() {
                peer.send(store.answer(&request));
            } else {
                let head = b"HTTP/1.1 401 X\r\nContent-Length: 0\r\nWWW-Authenticate: Basic realm=\"caf\xE9\"\r\n\r\n";
                peer.send(head);
            }
        }
    });
    let client = Client::new(server.url("/a"), options()).unwrap();
    let mut client = client.with_credentials(Basic::new("me", "secret").unwrap());
    let (ended, _) = upload(&mut client, b"x");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
}

#[test]
fn a_field_of_the_callers_that_is_refused_is_not_told_as_no_credentials() {
    let (server, _) = guarded("Bearer right");
    let mut options = options();
    options.headers = vec![("authorization".to_owned(), "Bearer wrong".to_owned())];
    let client = Client::new(server.url("/a"), options).unwrap();
    let mut client = client.with_credentials(Basic::new("me", "secret").unwrap());
    let (ended, _) = upload(&mut client, b"x");
    let ended = ended.unwrap();
    assert_eq!(failed(&ended).reason, Reason::Credentials);
    let refused = "the server has refused the field Authorization that was given";
    assert_eq!(ended.detail.as_deref(), Some(refused));
    assert_eq!(server.seen().len(), 1);
    let pong = block_on(client.ping(&mut ())).unwrap();
    assert_eq!(pong.detail.as_deref(), Some(refused));
}
