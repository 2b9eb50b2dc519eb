//! How a run has ended, and its exit status.

use bits_client::session::{Failed, Outcome, Reason};
use bits_client::{Ended, Error};
use bits_packet::StatusCode;
use serde::Serialize;

/// What a run comes to. As JSON it is the last line of `--json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    pub(super) result: &'static str,
    /// What kind of error it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    /// Of an empty file: nobody has said that the server has made one.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) empty: bool,
    pub(super) message: String,
    pub(super) advice: Option<&'static str>,
    /// The status and the error code of the answer.
    pub(super) status: Option<u16>,
    pub(super) error_code: Option<String>,
    pub(super) exit_code: u8,
}

impl Verdict {
    pub(super) fn good(result: &'static str, message: String) -> Self {
        Verdict {
            result,
            kind: None,
            empty: false,
            message,
            advice: None,
            status: None,
            error_code: None,
            exit_code: 0,
        }
    }

    pub(super) fn bad(
        (kind, exit_code): (&'static str, u8),
        message: String,
        advice: Option<&'static str>,
    ) -> Self {
        Verdict {
            result: "error",
            kind: Some(kind),
            empty: false,
            message,
            advice,
            status: None,
            error_code: None,
            exit_code,
        }
    }

    pub(super) fn of_error(error: &Error) -> Self {
        let kind = match error {
            Error::FileChanged(_) => ("file-changed", 6),
            Error::Certificate { .. } => ("certificate", 9),
            Error::Tls { .. } => ("tls", 9),
            Error::Unproved { .. } => ("unproved", 9),
            Error::Credentials { .. } => ("credentials", 4),
            Error::InUse { .. } => ("in-use", 2),
            Error::File(..) => ("file", 2),
            Error::State(..) | Error::NoState(_) | Error::NoHome => ("state", 2),
            _ => ("usage", 2),
        };
        Self::bad(kind, error.to_string(), Some(error.advice()))
    }

    pub(super) fn of_failure(failed: &Failed, detail: Option<&str>) -> Self {
        let message = match detail {
            Some(detail) => format!("{failed} ({detail})"),
            None => failed.to_string(),
        };
        let problem = &failed.problem;
        Verdict {
            status: problem.status.map(StatusCode::as_u16),
            error_code: problem.error_code.map(|code| code.to_string()),
            ..Self::bad(kind(failed.reason), message, Some(failed.advice()))
        }
    }

    pub(super) fn of_end(ended: &Ended, done: impl FnOnce() -> String) -> Self {
        match &ended.outcome {
            Outcome::Complete => Self::good("done", done()),
            Outcome::Cancelled => Self::good("cancelled", "the upload is cancelled".to_owned()),
            Outcome::Failed(failed) => Self::of_failure(failed, ended.detail.as_deref()),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The kind of an error in words, and its exit status.
pub(super) const fn kind(reason: Reason) -> (&'static str, u8) {
    match reason {
        Reason::Refused => ("refused", 3),
        Reason::Credentials => ("credentials", 4),
        Reason::NoProgress => ("no-progress", 5),
        Reason::NotBits => ("not-bits", 7),
        _ => ("gave-up", 5),
    }
}
