//! How an upload ends.

use std::fmt;

use bits_packet::{ErrorContext, HResult, RequestType, StatusCode};

use super::Failure;

/// How an upload has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The server has the whole file.
    Complete,
    /// The session is gone, as asked for.
    Cancelled,
    /// The upload has failed.
    Failed(Failed),
}

/// Why an upload has failed. Displayed, it says what has happened; [`Failed::advice`], what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failed {
    /// What kind of failure it is.
    pub reason: Reason,
    /// What was answered last.
    pub problem: Problem,
}

/// What was answered to a request that did not get its Ack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The request.
    pub request: RequestType,
    /// What there was in the place of an answer, or what is wrong with it.
    pub failure: Option<Failure>,
    /// The status of the answer, if there was one.
    pub status: Option<StatusCode>,
    /// Whether that answer was an Ack.
    pub is_ack: bool,
    /// Whether the request went to the server of a host id.
    pub is_at_host_id: bool,
    /// Its `BITS-Error-Code`.
    pub error_code: Option<HResult>,
    /// Its `BITS-Error-Context`.
    pub error_context: Option<ErrorContext>,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The server refuses for good: sent again, the request would be refused again.
    Refused,
    /// Credentials are missing, or were refused.
    Credentials,
    /// Too many failures in a row.
    GaveUp,
    /// No progress for too long, whatever the failures.
    Stalled,
    /// The server answers, but the offset does not advance, or the session gets lost, again and again.
    NoProgress,
    /// The other end has never sent an Ack, and does not speak the protocol.
    NotBits,
}

impl Failed {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        let status = self.problem.status.map(StatusCode::as_u16);
        match self.reason {
            Reason::Credentials if status == Some(407) => {
                "a proxy wants credentials: use a way around it, this client has none for proxies"
            }
            Reason::Credentials if self.problem.is_at_host_id => {
                "the server of the host id wants credentials: give some that it accepts, and --trust-host-id if it may \
                 have them, or cancel the upload (--cancel)"
            }
            Reason::Credentials => "give credentials that the server accepts",
            Reason::Refused | Reason::NotBits
                if self.problem.is_at_host_id && !self.problem.is_ack =>
            {
                "the server that the session has moved to (its host id) is at fault, or what stands before it: run it \
                 again later to ask the server of the URL, or cancel the upload (--cancel), and tell its administrator"
            }
            _ if is_ping_unknown(&self.problem) => {
                "what is there takes no Ping: try --no-ping; if that does not help, check the URL, which must lie in a \
                 directory that takes BITS uploads"
            }
            Reason::GaveUp | Reason::Stalled => match (self.problem.failure, status) {
                (Some(Failure::InvalidAnswer), _) => {
                    "what answers does not keep to the protocol: check the URL, and what stands between; what the \
                     server has acknowledged stays there"
                }
                (_, Some(_)) if self.problem.is_ack => {
                    "try again when the server has less trouble: what it has acknowledged stays there"
                }
                (_, Some(_)) => {
                    "what answers is no BITS server, but perhaps one before it that cannot reach it: try again later, \
                     or check the URL; what the server has acknowledged stays there"
                }
                _ => {
                    "try again when the server can be reached: what it has acknowledged stays there"
                }
            },
            Reason::NoProgress => {
                "ask the administrator of the server: its answers contradict one another"
            }
            Reason::NotBits => {
                "check the URL: it must lie in a directory that takes BITS uploads, and what stands \
                 between must let the method BITS_POST through"
            }
            Reason::Refused => refusal(&self.problem),
        }
    }
}

/// A method that is not known, or only not for this packet.
fn is_ping_unknown(problem: &Problem) -> bool {
    let is_unknown = problem.status.map(StatusCode::as_u16) == Some(405);
    problem.request == RequestType::Ping && is_unknown && !problem.is_ack
}

fn refusal(problem: &Problem) -> &'static str {
    if problem.failure == Some(Failure::InvalidHostId) {
        return "ask the administrator of the server: it sends the session to a host that is none (BITS-Host-Id)";
    }
    match problem.request {
        RequestType::CloseSession => {
            return "the server has acknowledged every byte, but does not end the session: look whether \
                    the file is there; if it is not, cancel the upload (--cancel) and send it again";
        }
        RequestType::CancelSession => {
            return "the server keeps the session until it has been idle for too long";
        }
        _ => {}
    }
    match (problem.status.map(StatusCode::as_u16), problem.error_code) {
        (_, Some(HResult::TOO_LARGE)) => {
            "the file is larger than the server takes: ask for a higher limit"
        }
        (_, Some(HResult::PROTOCOL_MISMATCH)) => {
            "the server speaks another version of the protocol"
        }
        (Some(300..=399), _) => "redirects are not followed: use the URL that the answer names",
        (Some(400), _) => {
            "the server takes the request for invalid: check that the URL names a file"
        }
        (Some(403 | 409), _) => {
            "the destination exists and may not be overwritten, perhaps as an earlier run has sent it, or \
             this user may not write there: choose another name, or get the right"
        }
        (Some(404), _) => {
            "the folder does not exist, uploads are not enabled there, or the file is larger than the \
             server takes"
        }
        (Some(413), _) if problem.request == RequestType::Fragment => {
            "even the smallest fragment is too large for the server, or for a proxy"
        }
        (Some(413), _) => {
            "the request itself is too large for the server, or for a proxy, or the file will be: leave out fields of \
             -H, or ask for a higher limit"
        }
        (Some(501), _) => "uploads are not enabled there: choose another directory",
        _ => "do not send it again as it is; ask the administrator of the server",
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.reason {
            Reason::Refused => "refused for good",
            Reason::Credentials => "credentials are missing or refused",
            Reason::GaveUp => "given up after too many failures",
            Reason::Stalled => "given up, as there was no progress for too long",
            Reason::NoProgress => "no progress",
            Reason::NotBits => "no server of this protocol",
        };
        write!(f, "{what}: {}", self.problem)
    }
}

impl std::error::Error for Failed {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.is_at_host_id {
            " at the host id"
        } else {
            ""
        };
        write!(f, "{}{place}: ", self.request.name())?;
        if let Some(failure) = self.failure {
            write!(f, "{failure}")?;
        }
        if let Some(status) = self.status {
            let before = if self.failure.is_some() { ", " } else { "" };
            write!(f, "{before}status {status}")?;
        }
        if let Some(code) = self.error_code {
            write!(f, ", code {code}")?;
            if let Some(name) = code.name() {
                write!(f, " ({name})")?;
            }
        }
        match self.error_context {
            Some(ErrorContext::REMOTE_APPLICATION) => {
                f.write_str(", met by the server application")
            }
            Some(ErrorContext::REMOTE_FILE) | None => Ok(()),
            Some(context) => write!(f, ", context {context}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Connect => "no connection",
            Failure::Broken => "the connection ended before the answer did",
            Failure::TimedOut => "timed out",
            Failure::InvalidAnswer => "the answer is no valid Ack",
            Failure::InvalidHostId => "the session is at a host that is none",
            Failure::Interrupted => "interrupted",
        })
    }
}
