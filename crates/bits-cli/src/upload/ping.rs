//! `bits ping`.

use std::io;
use std::process::ExitCode;

use bits_client::session::Failure;
use bits_client::{Client, PingError, Pong};
use serde_json::json;

use super::signals::{INTERRUPTED, first_interruption, unless};
use super::verdict::Verdict;
use super::watch::Watch;
use super::{block_on, connect};
use crate::args::PingArgs;
use bits_capture::printable::Printable;

/// Runs `bits ping`, and gives its exit status.
pub(crate) fn ping(arguments: &PingArgs) -> io::Result<ExitCode> {
    let mut watch = Watch::new(&arguments.connect);
    let has_own = |(name, _): &(String, String)| name.eq_ignore_ascii_case("Authorization");
    let has_credentials = arguments.connect.user.is_some()
        || arguments.connect.negotiate
        || arguments.connect.headers.iter().any(has_own);
    let client = connect::url(&arguments.url).and_then(|url| {
        connect::client(
            url,
            &arguments.connect,
            connect::options(&arguments.connect),
        )
    });
    let verdict = match client {
        Ok(mut client) => {
            watch.hide(client.secrets());
            let interruption = first_interruption()?;
            match block_on(unless(interruption, client.ping(&mut watch)))? {
                Some(pong) => verdict(&client, pong, &watch, has_credentials),
                None => Verdict::bad(("interrupted", INTERRUPTED), "interrupted".to_owned(), None),
            }
        }
        Err(verdict) => verdict,
    };
    match watch.conclude(&verdict) {
        // The answer is all that a Ping is for.
        Some(error) if verdict.exit_code == 0 => Err(error),
        _ => Ok(ExitCode::from(verdict.exit_code)),
    }
}

/// What to do about a 401, if there were credentials.
const REFUSED: &str = "give credentials that the server accepts";

/// What to do about what is no server of this protocol.
const NOT_BITS: &str = "check the URL: it must lie in a directory that takes BITS uploads";

fn verdict(
    client: &Client,
    pong: Result<Pong, PingError>,
    watch: &Watch,
    has_credentials: bool,
) -> Verdict {
    let pong = match pong {
        Ok(pong) => pong,
        Err(PingError::Local(error)) => return Verdict::of_error(&error),
        Err(error @ PingError::TooManyChallenges) => {
            return Verdict::bad(("credentials", 4), error.to_string(), Some(REFUSED));
        }
        // As bits send has it.
        Err(error @ PingError::Failure(Failure::InvalidAnswer, _)) => {
            return Verdict::bad(("not-bits", 7), error.to_string(), Some(NOT_BITS));
        }
        Err(error) => {
            let advice = "check the URL, and whether the server runs";
            return Verdict::bad(("no-answer", 5), error.to_string(), Some(advice));
        }
    };
    let status = pong.status.as_u16();
    watch.event(&json!({
        "event": "answer",
        "status": status,
        "is_ack": pong.is_ack,
        "round_trip": pong.round_trip.as_secs_f64(),
        "authentication": pong.offered.iter().map(|it| watch.blank(it)).collect::<Vec<_>>(),
        "server": pong.server.as_deref().map(|it| watch.blank(it)),
    }));
    let message = describe(client, &pong);
    let (kind, advice) = match status {
        _ if pong.is_success => return Verdict::good("done", message),
        401 if has_credentials => (("credentials", 4), REFUSED),
        401 => (
            ("credentials", 4),
            "give a user by --user, or use a Kerberos ticket by --negotiate",
        ),
        407 => (
            ("credentials", 4),
            "a proxy wants credentials: use a way around it",
        ),
        300..=399 => (
            ("refused", 3),
            "redirects are not followed: use the URL that the answer names",
        ),
        // What bits send sends again.
        408 | 425 | 429 | 500 | 502..=504 | 506.. => (
            ("unavailable", 5),
            "try again later, or ask its administrator",
        ),
        403 => (("refused", 3), "get the right to use that URL"),
        400.. if pong.is_ack => (("refused", 3), "ask the administrator of the server"),
        _ => (("not-bits", 7), NOT_BITS),
    };
    Verdict {
        status: Some(status),
        error_code: pong.error_code.map(|code| code.to_string()),
        ..Verdict::bad(kind, message, Some(advice))
    }
}

fn describe(client: &Client, pong: &Pong) -> String {
    let what = if pong.is_ack { "an Ack" } else { "no Ack" };
    let millis = pong.round_trip.as_secs_f64() * 1000.0;
    let mut text = format!(
        "{}: status {}, {what}, {millis:.1} ms",
        client.url(),
        pong.status
    );
    if let Some(code) = pong.error_code {
        text += &format!(", code {code}");
    }
    match &pong.offered[..] {
        [] => text += ", no authentication asked for",
        offered => text += &format!(", authentication {}", offered.join(", ")),
    }
    if let Some(server) = &pong.server {
        text += &format!(", server {}", Printable(server.as_bytes()));
    }
    if let Some(detail) = &pong.detail {
        text += &format!(" ({detail})");
    }
    text
}
