//! Several uploads, each on its connections.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::uploads::{Finish, UploadSpec, upload_spec};
use crate::capture::{
    Connection, Conversation, Credentials, Ending, Expected, Opening, Side, Turn, http, merged,
};

/// How the connections of an upload look.
#[derive(Clone, Debug)]
struct Look {
    is_ipv6: bool,
    /// The initial sequence numbers, others for each connection.
    numbers: (u32, u32),
    opening: Opening,
    ending: Ending,
    mss: u16,
    /// Whether the next connection has the addresses and ports of the one before.
    reuses: bool,
    delay: u64,
}

impl Look {
    /// The connections of the upload that stands at that place in its conversation.
    fn connections(&self, index: u16, turns: Vec<Vec<Turn>>) -> Vec<Connection> {
        let mut connections: Vec<Connection> = Vec::new();
        for (turns, at) in turns.into_iter().zip(0_u16..) {
            let port = 50_000 + index * 16 + if self.reuses { 0 } else { at };
            let host = |last: u16| -> IpAddr {
                if self.is_ipv6 {
                    Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, index, last).into()
                } else {
                    let last = u8::try_from(last & 0xFF).unwrap_or_default();
                    Ipv4Addr::new(192, 0, 2, last).into()
                }
            };
            let client = SocketAddr::new(host(10 + index), port);
            let mut connection = Connection::new(client, SocketAddr::new(host(1), 80), turns);
            let step = u32::from(at).wrapping_mul(0x1234_5679);
            connection.client_isn = self.numbers.0.wrapping_add(step);
            connection.server_isn = self.numbers.1.wrapping_sub(step);
            connection.mss = self.mss;
            connection.ending = self.ending;
            connection.opening = self.opening;
            connection.start += self.delay;
            if let Some(before) = connections.last_mut() {
                // A connection that breaks: it is reset, or never heard of again.
                if before.ending == Ending::Fin(Side::Client) {
                    before.ending = Ending::Reset(Side::Server);
                }
                let last = merged([before.segments()])
                    .last()
                    .map(|segment| segment.time);
                connection.start = last.unwrap_or_default() + 1_000_000_000;
                // A pair of addresses is another connection when it is opened again.
                if self.reuses {
                    connection.opening = Opening::Handshake;
                }
            }
            connections.push(connection);
        }
        connections
    }
}

fn look() -> impl Strategy<Value = Look> {
    // Half of them are about to begin again at 0.
    let number = || prop_oneof![any::<u32>(), (0..6000_u32).prop_map(|less| u32::MAX - less)];
    let opening = prop_oneof![3 => Just(Opening::Handshake), 1 => Just(Opening::Before)];
    let ending = select(vec![
        Ending::Fin(Side::Client),
        Ending::Fin(Side::Server),
        Ending::Reset(Side::Client),
        Ending::Reset(Side::Server),
        Ending::Open,
    ]);
    let mss = prop_oneof![select(vec![536, 1448, 1460, 8960]), 40..600_u16];
    let delay = 0..5_000_000_u64;
    let numbers = (number(), number());
    (any::<(bool, bool)>(), numbers, opening, ending, mss, delay)
        .prop_map(
            |((is_ipv6, reuses), numbers, opening, ending, mss, delay)| Look {
                is_ipv6,
                numbers,
                opening,
                ending,
                mss,
                reuses,
                delay,
            },
        )
        .boxed()
}

/// One to three uploads at once, and perhaps a connection that nobody can read.
///
/// No two sessions of a conversation have the same id, whatever the case of its letters, with braces or without.
pub fn conversation() -> impl Strategy<Value = Conversation> {
    (vec((upload_spec(), look()), 1..=3), any::<bool>())
        .prop_map(|(mut specs, has_tls)| {
            let mut conversation = Conversation {
                connections: Vec::new(),
                uploads: Vec::new(),
            };
            let mut taken: Vec<Vec<u8>> = Vec::new();
            let mut other_than_before = |session: &mut Vec<u8>| {
                if taken
                    .iter()
                    .any(|taken: &Vec<u8>| bare(taken).eq_ignore_ascii_case(bare(session)))
                {
                    *session = format!("session-{}", taken.len()).into_bytes();
                }
                taken.push(session.clone());
            };
            for (index, (spec, look)) in (0_u16..).zip(&mut specs) {
                other_than_before(&mut spec.upload.session);
                spec.again.as_mut().map(&mut other_than_before);
                let connections = look.connections(index, spec.turns());
                conversation.uploads.extend(expected(spec, &connections));
                conversation.connections.extend(connections);
            }
            if has_tls {
                let address = |last, port| SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), port));
                let turns = http::tls("secret.example");
                let connection = Connection::new(address(99, 50_999), address(1, 443), turns);
                conversation.connections.push(connection);
            }
            conversation
        })
        .boxed()
}

fn bare(id: &[u8]) -> &[u8] {
    let bare = id.strip_prefix(b"{").and_then(|id| id.strip_suffix(b"}"));
    bare.unwrap_or(id)
}

/// The session, and the one in which the file is uploaded again.
fn expected(spec: &UploadSpec, connections: &[Connection]) -> Vec<Expected> {
    let upload = &spec.upload;
    let user = spec
        .credentials
        .as_ref()
        .map(|credentials| match credentials {
            Credentials::Basic { user, .. } => user.clone(),
            Credentials::Ntlm { domain, user } | Credentials::Negotiate { domain, user } => {
                format!("{domain}\\{user}")
            }
        });
    let other = spec.other();
    let first = Expected {
        session: upload.session.clone(),
        target: upload.target.clone(),
        host: upload.host.clone(),
        name: upload.name.clone(),
        user_agent: upload.user_agent.clone(),
        client: connections[0].client,
        server: connections[0].server,
        user,
        file: upload.file.clone(),
        acknowledged: spec.acknowledged(),
        is_closed: spec.finish == Finish::Closed && other.is_none(),
    };
    let again = other
        .zip(connections.last())
        .map(|(other, connection)| Expected {
            session: other.session,
            client: connection.client,
            acknowledged: upload.file.length(),
            is_closed: spec.finish == Finish::Closed,
            ..first.clone()
        });
    [first].into_iter().chain(again).collect()
}
