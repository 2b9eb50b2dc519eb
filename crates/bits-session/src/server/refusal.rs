//! How a request is refused: digest of [MC-BUP] 2.2.1.2.

use bits_packet::{ErrorAck, ErrorContext, HResult, StatusCode};

use super::Fault;

/// A status, and what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: Option<HResult>,
}

impl Refusal {
    pub(super) const NOT_FOUND: Refusal = Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        HResult::SESSION_NOT_FOUND,
    );
    pub(super) const INVALID: Refusal =
        Refusal::new(StatusCode::BAD_REQUEST, HResult::INVALID_ARGUMENT);
    pub(super) const TOO_LARGE: Refusal =
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, HResult::TOO_LARGE);
    /// Without a code: that of a file that is too large would end the upload (D-20).
    pub(super) const FRAGMENT_TOO_LARGE: Refusal = Refusal::plain(status(413));
    /// ERROR_TOO_MANY_SESS. With a status that a client takes for transient: sessions end.
    pub(super) const TOO_MANY_SESSIONS: Refusal =
        Refusal::new(status(503), HResult::new(0x8007_0045));

    pub(super) const fn new(status: StatusCode, code: HResult) -> Self {
        Refusal {
            status,
            code: Some(code),
        }
    }

    /// Where the status says it all.
    pub(super) const fn plain(status: StatusCode) -> Self {
        Refusal { status, code: None }
    }

    pub(super) fn ack(self) -> ErrorAck<'static> {
        let Some(ack) = ErrorAck::new(self.status) else {
            unreachable!("no refusal has the status of a success");
        };
        match self.code {
            Some(code) => ack.with_error(code, ErrorContext::REMOTE_FILE),
            None => ack,
        }
    }
}

/// What a client is told of a fault of the store.
pub(super) const fn refusal(fault: Fault) -> Refusal {
    match fault {
        Fault::Exists | Fault::Forbidden => {
            Refusal::new(StatusCode::FORBIDDEN, HResult::ACCESS_DENIED)
        }
        Fault::IsDirectory | Fault::BadName => Refusal::INVALID,
        // ERROR_PATH_NOT_FOUND
        Fault::NoParent => Refusal::new(StatusCode::NOT_FOUND, HResult::new(0x8007_0003)),
        Fault::Full => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, HResult::DISK_FULL),
        Fault::TooLarge => Refusal::TOO_LARGE,
        Fault::Gone => Refusal::NOT_FOUND,
        // E_FAIL
        Fault::Failed => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, HResult::new(0x8000_4005)),
    }
}

/// A status that the parsing crate has no name for.
pub(super) const fn status(code: u16) -> StatusCode {
    match StatusCode::new(code) {
        Some(status) => status,
        None => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
