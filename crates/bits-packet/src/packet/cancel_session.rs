//! Cancel-Session and its Ack: [MC-BUP] 2.2.10 and 2.2.11.

use crate::read::Reader;
use crate::{Ack, ContentName, Error, Field, RequestType, SessionId, StatusCode};

/// Ends a session at any time, and drops what it has sent ([MC-BUP] 2.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CancelSession<'a> {
    /// The session.
    pub session_id: SessionId<'a>,
    /// The name of the file at the client. Of no use; Windows sends it with Close-Session.
    pub content_name: Option<ContentName<'a>>,
}

impl<'a> CancelSession<'a> {
    /// Without a content name.
    #[must_use]
    pub const fn new(session_id: SessionId<'a>) -> Self {
        CancelSession {
            session_id,
            content_name: None,
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_, 'a, '_>) -> Result<Self, Error> {
        reader.no_body()?;
        Ok(CancelSession {
            session_id: reader.required(Field::SessionId)?,
            content_name: reader.readable(Field::ContentName)?,
        })
    }
}

/// The session is over, and nothing is left of it ([MC-BUP] 2.2.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CancelSessionAck<'a> {
    /// The session. IIS leaves it out.
    pub session_id: Option<SessionId<'a>>,
}

impl<'a> CancelSessionAck<'a> {
    /// For that session.
    #[must_use]
    pub const fn new(session_id: SessionId<'a>) -> Self {
        CancelSessionAck {
            session_id: Some(session_id),
        }
    }

    pub(crate) const fn of(ack: &Ack<'a>) -> Self {
        CancelSessionAck {
            session_id: ack.session_id,
        }
    }
}

impl<'a> From<CancelSessionAck<'a>> for Ack<'a> {
    fn from(ack: CancelSessionAck<'a>) -> Self {
        Ack {
            session_id: ack.session_id,
            ..Ack::new(StatusCode::OK, Some(RequestType::CancelSession))
        }
    }
}
