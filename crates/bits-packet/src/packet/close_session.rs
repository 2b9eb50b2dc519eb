//! Close-Session and its Ack: [MC-BUP] 2.2.8 and 2.2.9.

use crate::read::Reader;
use crate::{Ack, ContentName, Error, Field, RequestType, SessionId, StatusCode};

/// Ends a session whose file is whole; its reply goes with it ([MC-BUP] 2.2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseSession<'a> {
    /// The session.
    pub session_id: SessionId<'a>,
    /// The name of the file at the client. Of no use; Windows sends it with Close-Session.
    pub content_name: Option<ContentName<'a>>,
}

impl<'a> CloseSession<'a> {
    /// Without a content name.
    #[must_use]
    pub const fn new(session_id: SessionId<'a>) -> Self {
        CloseSession {
            session_id,
            content_name: None,
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_, 'a, '_>) -> Result<Self, Error> {
        reader.no_body()?;
        Ok(CloseSession {
            session_id: reader.required(Field::SessionId)?,
            content_name: reader.readable(Field::ContentName)?,
        })
    }
}

/// The session is over, and its file is where it was sent to ([MC-BUP] 2.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseSessionAck<'a> {
    /// The session. IIS leaves it out.
    pub session_id: Option<SessionId<'a>>,
}

impl<'a> CloseSessionAck<'a> {
    /// For that session.
    #[must_use]
    pub const fn new(session_id: SessionId<'a>) -> Self {
        CloseSessionAck {
            session_id: Some(session_id),
        }
    }

    pub(crate) const fn of(ack: &Ack<'a>) -> Self {
        CloseSessionAck {
            session_id: ack.session_id,
        }
    }
}

impl<'a> From<CloseSessionAck<'a>> for Ack<'a> {
    fn from(ack: CloseSessionAck<'a>) -> Self {
        Ack {
            session_id: ack.session_id,
            ..Ack::new(StatusCode::OK, Some(RequestType::CloseSession))
        }
    }
}
