//! Sessions: what happens to a server, or to a client, one thing after another.

use bits_session::client::Outcome as End;

use crate::corpus::Outcome;
use crate::session::{hostile, server};

/// Whose engine an input is for: its first byte, even or odd.
const SERVER: u8 = 0;

/// After the first byte: rules and operations, to which the server's engine says what a naive model says
/// ([`server::run`]); or options and answers, by which the client's engine comes to an end without a false claim
/// ([`hostile::run`]).
pub fn session_ops(input: &[u8]) {
    let _ = run(input);
}

fn run(input: &[u8]) -> Option<(&'static str, String, String)> {
    let (engine, rest) = input.split_first()?;
    Some(if engine % 2 == SERVER {
        let (answers, _) = server::run(rest);
        ("server", String::new(), answers.join("; "))
    } else {
        let (requests, end) = hostile::run(rest);
        let end = match end {
            End::Complete => "complete".to_owned(),
            End::Cancelled => "cancelled".to_owned(),
            End::Failed(failed) => format!("{:?}", failed.reason),
        };
        ("client", end, shown(&requests))
    })
}

/// Each request by its letter, with how often it stands in a row.
fn shown(requests: &[bits_packet::RequestType]) -> String {
    let rows = requests.chunk_by(|one, other| one == other);
    let rows = rows.map(|row| match row.len() {
        1 => row[0].name().to_owned(),
        count => format!("{} x{count}", row[0].name()),
    });
    rows.collect::<Vec<_>>().join("; ")
}

/// What comes of the input: what a server says to each request, or what a client sends, and how it ends.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    match run(input) {
        Some((engine, kind, detail)) => Outcome {
            reading: engine.to_owned(),
            outcome: "kept",
            kind,
            strict: String::new(),
            detail,
        },
        None => Outcome::nothing("session-ops"),
    }
}
