//! Whether a server is there.

use std::borrow::Cow;
use std::time::{Duration, Instant};
use std::{error, fmt};

use bits_packet::presence::Outcome;
use bits_packet::{HResult, Ping, Request, StatusCode};
use bits_session::client::{Failure, Outgoing, Server};

use crate::answer::Received;
use crate::exchange::{Flow, Trouble};
use crate::{Client, Error, Observer};

/// The answer to a Ping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pong {
    /// The status.
    pub status: StatusCode,
    /// Whether it is an Ack, and so comes from a BITS server.
    pub is_ack: bool,
    /// Whether it is the Ack of a success: 200 or 201.
    pub is_success: bool,
    /// `BITS-Error-Code`; that of a success means nothing (D-38).
    pub error_code: Option<HResult>,
    /// From the first byte of the request to the last one of the answer's head, on the connection that was
    /// used; opening that connection included, if it had to be opened.
    pub round_trip: Duration,
    /// The schemes of authentication that were offered, in order, each once.
    pub offered: Vec<String>,
    /// The value of `Server`.
    pub server: Option<String>,
    /// Why there was no answer to a challenge, or where a redirect leads to.
    pub detail: Option<String>,
}

/// Why a Ping has no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum PingError {
    /// There was none; in words, why.
    Failure(Failure, String),
    /// The Ping could not be sent.
    Local(Error),
    /// The server asks for credentials for ever.
    TooManyChallenges,
}

impl Client {
    /// Asks whether a BITS server is there ([MC-BUP] 2.2.4), with credentials if it asks for them.
    ///
    /// # Errors
    ///
    /// [`PingError`](PingError), where there is no answer.
    pub async fn ping(&mut self, observer: &mut (dyn Observer + Send)) -> Result<Pong, PingError> {
        let outgoing = Outgoing {
            packet: Request::Ping(Ping),
            server: Server::Origin,
        };
        let mut offered: Vec<String> = Vec::new();
        let mut detail = None;
        for _ in 0..4 {
            let begun = Instant::now();
            let (received, connection) = self
                .exchange(&outgoing, None, observer, &mut Flow::default())
                .await?;
            let round_trip = begun.elapsed();
            let is_challenge = received.status().as_u16() == 401;
            for challenge in received.challenges() {
                let scheme = challenge.scheme;
                if is_challenge && !offered.iter().any(|it| it.eq_ignore_ascii_case(scheme)) {
                    offered.push(scheme.to_owned());
                }
            }
            let pong = Pong::new(&received, round_trip, offered.clone(), detail.take());
            if !is_challenge {
                return Ok(pong);
            }
            match self.meet(&received, &connection).await {
                Ok(()) if received.is_reusable => self.idle = Some(connection),
                Ok(()) => {}
                Err(unmet) => return Ok(pong.with_detail(unmet)),
            }
        }
        Err(PingError::TooManyChallenges)
    }
}

impl Pong {
    fn new(
        received: &Received,
        round_trip: Duration,
        offered: Vec<String>,
        detail: Option<String>,
    ) -> Self {
        let ack = received.answer().ack;
        let is_success = ack.is_some_and(|ack| ack.outcome() == Outcome::Success);
        let location = received.location().map(|place| format!("it names {place}"));
        Pong {
            status: received.status(),
            is_ack: ack.is_some(),
            is_success,
            error_code: ack.and_then(|ack| ack.error_code()).filter(|_| !is_success),
            round_trip,
            offered,
            server: received.server().map(Cow::into_owned),
            detail: detail.or(location),
        }
    }

    fn with_detail(mut self, detail: String) -> Self {
        self.detail = Some(detail);
        self
    }
}

impl From<Trouble> for PingError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Failure(failure, detail) => PingError::Failure(failure, detail),
            Trouble::Fatal(error) => PingError::Local(error),
        }
    }
}

impl fmt::Display for PingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PingError::Failure(failure, detail) => write!(f, "{failure}: {detail}"),
            PingError::Local(error) => error.fmt(f),
            PingError::TooManyChallenges => f.write_str("the server asks for credentials for ever"),
        }
    }
}

impl error::Error for PingError {}
