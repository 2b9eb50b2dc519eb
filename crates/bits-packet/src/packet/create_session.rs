//! Create-Session and its Ack: [MC-BUP] 2.2.2 and 2.2.3.

use crate::read::Reader;
use crate::{
    AcceptEncoding, Ack, ContentName, Error, FallbackTimeout, Field, Guid, HostId, RequestType,
    SessionId, StatusCode, SupportedProtocols,
};

/// Asks for a session in which to upload one file ([MC-BUP] 2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CreateSession<'a> {
    /// The protocols that the client speaks.
    pub protocols: SupportedProtocols<'a>,
    /// The name of the file at the client. Old clients send it.
    pub content_name: Option<ContentName<'a>>,
}

impl<'a> CreateSession<'a> {
    /// Without a content name.
    #[must_use]
    pub const fn new(protocols: SupportedProtocols<'a>) -> Self {
        CreateSession {
            protocols,
            content_name: None,
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_, 'a, '_>) -> Result<Self, Error> {
        reader.no_body()?;
        Ok(CreateSession {
            protocols: reader.required(Field::SupportedProtocols)?,
            content_name: reader.readable(Field::ContentName)?,
        })
    }
}

/// The session is there ([MC-BUP] 2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CreateSessionAck<'a> {
    /// The protocol that the server has chosen.
    pub protocol: Guid,
    /// The name of the session, which every later packet of it carries.
    pub session_id: SessionId<'a>,
    /// The server that all later packets are to go to, if not this one.
    pub host_id: Option<HostId<'a>>,
    /// When to come back from that server; never if absent.
    pub host_id_fallback_timeout: Option<FallbackTimeout>,
    /// The content codings that the server takes.
    pub accept_encoding: Option<AcceptEncoding<'a>>,
}

impl<'a> CreateSessionAck<'a> {
    /// Without host id and codings.
    #[must_use]
    pub const fn new(protocol: Guid, session_id: SessionId<'a>) -> Self {
        CreateSessionAck {
            protocol,
            session_id,
            host_id: None,
            host_id_fallback_timeout: None,
            accept_encoding: None,
        }
    }

    pub(crate) fn of(ack: &Ack<'a>) -> Option<Self> {
        Some(CreateSessionAck {
            protocol: ack.protocol?,
            session_id: ack.session_id?,
            host_id: ack.host_id,
            // Without a host id there is nothing to fall back from (D-17).
            host_id_fallback_timeout: ack.host_id.and(ack.host_id_fallback_timeout),
            accept_encoding: ack.accept_encoding,
        })
    }
}

impl<'a> From<CreateSessionAck<'a>> for Ack<'a> {
    fn from(ack: CreateSessionAck<'a>) -> Self {
        Ack {
            protocol: Some(ack.protocol),
            session_id: Some(ack.session_id),
            host_id: ack.host_id,
            host_id_fallback_timeout: ack.host_id_fallback_timeout,
            accept_encoding: ack.accept_encoding,
            ..Ack::new(StatusCode::OK, Some(RequestType::CreateSession))
        }
    }
}
