//! Requests and Acks as plain values.

use bits_packet::{
    Ack, CancelSession, CloseSession, ContentEncoding, ContentRange, CreateSession, ErrorContext,
    Fragment, Guid, HResult, Ping, ReceivedContentRange, Request, SessionId, SupportedProtocols,
};

/// A request with its body, or what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Ping.
    Ping,
    /// Create-Session.
    Create {
        /// The value of `BITS-Supported-Protocols`.
        protocols: &'static str,
    },
    /// Fragment.
    Fragment {
        /// The session id as the client spells it.
        id: Vec<u8>,
        /// The first position.
        first: u64,
        /// The last position.
        last: u64,
        /// The length of the file.
        total: u64,
        /// The value of `Content-Encoding`.
        coding: Option<&'static str>,
        /// What came of the body.
        body: Vec<u8>,
    },
    /// Close-Session.
    Close {
        /// The session id as the client spells it.
        id: Vec<u8>,
    },
    /// Cancel-Session.
    Cancel {
        /// The session id as the client spells it.
        id: Vec<u8>,
    },
}

impl Packet {
    /// The packet as it would be read.
    ///
    /// # Panics
    ///
    /// When there is no such packet.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let session = |id| SessionId::new(id).expect("a session id");
        match self {
            Packet::Ping => Request::Ping(Ping),
            Packet::Create { protocols } => {
                let protocols = SupportedProtocols::new(protocols.as_bytes()).expect("a list");
                Request::CreateSession(CreateSession::new(protocols))
            }
            Packet::Fragment {
                id,
                first,
                last,
                total,
                coding,
                ..
            } => {
                let range = ContentRange::new(*first, *last, *total).expect("a range");
                let coding = coding.map(|coding| ContentEncoding::new(coding.as_bytes()));
                Request::Fragment(Fragment {
                    content_encoding: coding.map(|coding| coding.expect("a coding")),
                    ..Fragment::new(session(id), range)
                })
            }
            Packet::Close { id } => Request::CloseSession(CloseSession::new(session(id))),
            Packet::Cancel { id } => Request::CancelSession(CancelSession::new(session(id))),
        }
    }

    /// What came of its body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match self {
            Packet::Fragment { body, .. } => body,
            _ => &[],
        }
    }
}

/// What an Ack says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// `BITS-Error-Code` and `BITS-Error-Context`.
    pub error: Option<(u32, u32)>,
    /// `BITS-Session-Id`.
    pub id: Option<Vec<u8>>,
    /// `BITS-Received-Content-Range`.
    pub offset: Option<u64>,
    /// Whether the protocol is named, and the codings.
    pub is_opened: bool,
}

impl Said {
    /// That status, and nothing else.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Said {
            status,
            error: None,
            id: None,
            offset: None,
            is_opened: false,
        }
    }

    /// That status, and an error of the server.
    #[must_use]
    pub const fn error(status: u16, code: u32) -> Self {
        let mut said = Self::status(status);
        said.error = Some((code, 5));
        said
    }

    /// With a session id.
    #[must_use]
    pub fn of(mut self, id: &[u8]) -> Self {
        self.id = Some(id.to_vec());
        self
    }

    /// With an offset.
    #[must_use]
    pub const fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// What an Ack says. What no server of ours ever says must not be there.
    ///
    /// # Panics
    ///
    /// When it is.
    #[must_use]
    pub fn read(ack: &Ack<'_>) -> Self {
        assert_eq!(ack.host_id(), None);
        assert_eq!(ack.reply_url(), None);
        let code = ack.error_code().map(HResult::code);
        let context = ack.error_context().map(ErrorContext::value);
        assert_eq!(code.is_some(), context.is_some(), "{ack:?}");
        let protocol = ack.protocol();
        assert!(protocol.is_none_or(|protocol| protocol == Guid::BITS_1_5_UPLOAD));
        let codings = ack.accept_encoding().map(|codings| codings.as_bytes());
        assert!(codings.is_none_or(|codings| codings.eq_ignore_ascii_case(b"identity")));
        assert_eq!(protocol.is_some(), codings.is_some(), "{ack:?}");
        Said {
            status: ack.status().as_u16(),
            error: code.zip(context),
            id: ack.session_id().map(|id| id.as_bytes().to_vec()),
            offset: ack
                .received_content_range()
                .map(ReceivedContentRange::next_offset),
            is_opened: protocol.is_some(),
        }
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some((code, _)) = self.error {
            write!(f, " {code:08X}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " @{offset}")?;
        }
        Ok(())
    }
}
