//! The conversations that [MC-BUP] 4 prints, heads byte for byte.
//!
//! What their bodies were is not printed: pseudo-random bytes of the same lengths stand for them.

use std::net::{Ipv4Addr, SocketAddr};

use super::connection::{Connection, Ending, Side, Turn};
use super::conversation::{Conversation, Expected};
use super::file::File;
use super::upload::answered;

/// A message head of the corpus.
macro_rules! head {
    ($name:literal) => {
        &include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../corpus/packet/seeds/mc-bup-",
            $name,
            ".http"
        ))[..]
    };
}

const SECOND: u64 = 1_000_000_000;
/// 18 June 2007, 21:00:00 UTC.
const HOUR: u64 = 1_182_200_400 * SECOND;

/// The upload of [MC-BUP] 4.1: Create-Session, Fragment, Ping and Close-Session on one connection.
#[must_use]
pub fn mc_bup_4_1() -> Conversation {
    let file = File::Drawn {
        seed: 41,
        length: 4892,
    };
    let fragment = [head!("4.1-03-fragment"), &file.to_vec()].concat();
    let turns = [
        answered(
            head!("4.1-01-create-session"),
            head!("4.1-02-create-session-ack"),
        ),
        late(answered(fragment, head!("4.1-04-fragment-ack")), 5 * SECOND),
        late(
            answered(head!("4.1-05-ping"), head!("4.1-06-ping-ack")),
            SECOND,
        ),
        answered(
            head!("4.1-07-close-session"),
            head!("4.1-08-close-session-ack"),
        ),
    ];
    let mut connection = Connection::new(client(1042), server(80), turns.concat());
    connection.start = HOUR + 116 * SECOND;
    let upload = expected(
        "{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}",
        "/upload/2000mb-rfc2119.txt",
        client(1042),
        file,
    );
    Conversation {
        connections: vec![connection],
        uploads: vec![upload],
    }
}

/// The upload with a reply of [MC-BUP] 4.2, on three connections: that of the upload, on which a host id moves
/// it; that on which the server tells its application, before it acknowledges the Fragment; that on which the
/// client fetches the reply, of which all bytes but the last 263 are asked for.
#[must_use]
pub fn mc_bup_4_2() -> Conversation {
    let file = File::Drawn {
        seed: 42,
        length: 4892,
    };
    let reply = File::Drawn {
        seed: 43,
        length: 10_240,
    };
    let fragment = [head!("4.2-05-fragment"), &file.to_vec()].concat();
    let turns = [
        answered(
            head!("4.2-01-create-session"),
            head!("4.2-02-create-session-ack"),
        ),
        answered(head!("4.2-03-ping"), head!("4.2-04-ping-ack")),
        late(answered(fragment, head!("4.2-08-fragment-ack")), 4 * SECOND),
        late(
            answered(
                head!("4.2-11-close-session"),
                head!("4.2-12-close-session-ack"),
            ),
            6 * SECOND,
        ),
    ];
    let start = HOUR + 717 * SECOND;
    let mut upload = Connection::new(client(1050), server(80), turns.concat());
    upload.start = start;

    let turns = answered(
        head!("4.2-06-notification"),
        head!("4.2-07-notification-response"),
    );
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut notification = Connection::new(local(1053), local(80), turns);
    notification.start = start + 3 * SECOND;
    notification.client_isn = 7_000;
    // "Connection: close"
    notification.ending = Ending::Fin(Side::Server);

    let answer = [head!("4.2-10-reply-206"), &reply.bytes(0..9977)].concat();
    let turns = answered(head!("4.2-09-reply-get"), answer);
    let mut fetching = Connection::new(client(1054), server(80), turns);
    fetching.start = start + 9 * SECOND;
    fetching.client_isn = 9_000;

    let expected = expected(
        "{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}",
        "/upload-ref-isapi-WebFarm/2100mb-rfc2119.txt",
        client(1050),
        file,
    );
    Conversation {
        connections: vec![upload, notification, fetching],
        uploads: vec![expected],
    }
}

fn client(port: u16) -> SocketAddr {
    (Ipv4Addr::new(192, 0, 2, 25), port).into()
}

fn server(port: u16) -> SocketAddr {
    (Ipv4Addr::new(192, 0, 2, 8), port).into()
}

/// The answer comes that late.
fn late(mut turns: Vec<Turn>, pause: u64) -> Vec<Turn> {
    if let Some(answer) = turns.last_mut() {
        answer.pause = pause;
    }
    turns
}

fn expected(session: &str, target: &str, client: SocketAddr, file: File) -> Expected {
    Expected {
        session: session.into(),
        target: target.into(),
        host: b"frankcao8".to_vec(),
        name: Some(b"rfc2119.txt".to_vec()),
        user_agent: b"Microsoft BITS/6.7".to_vec(),
        client,
        server: server(80),
        user: None,
        acknowledged: file.length(),
        file,
        is_closed: true,
    }
}
