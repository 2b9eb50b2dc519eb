//! Fragment and its Ack: [MC-BUP] 2.2.6 and 2.2.7.

use crate::read::Reader;
use crate::{
    Ack, ContentEncoding, ContentName, ContentRange, Deviation, Error, ErrorKind, Field,
    ReceivedContentRange, ReplyUrl, RequestType, SessionId, StatusCode,
};

/// A piece of the file; its bytes are the body ([MC-BUP] 2.2.6).
///
/// `Content-Length` is always the length of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fragment<'a> {
    /// The session.
    pub session_id: SessionId<'a>,
    /// Which bytes of the file the body is.
    pub range: ContentRange,
    /// The name of the file at the client. Windows sends it with every Fragment.
    pub content_name: Option<ContentName<'a>>,
    /// What the body is coded in: a coding that the server has offered, the same for all Fragments.
    pub content_encoding: Option<ContentEncoding<'a>>,
}

impl<'a> Fragment<'a> {
    /// Without name and coding.
    #[must_use]
    pub const fn new(session_id: SessionId<'a>, range: ContentRange) -> Self {
        Fragment {
            session_id,
            range,
            content_name: None,
            content_encoding: None,
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_, 'a, '_>) -> Result<Self, Error> {
        reader.has(Field::ContentLength)?;
        let fragment = Fragment {
            session_id: reader.required(Field::SessionId)?,
            range: reader.required(Field::ContentRange)?,
            content_name: reader.readable(Field::ContentName)?,
            content_encoding: reader.optional(Field::ContentEncoding)?,
        };
        if reader.slots().content_length() != Some(fragment.range.length()) {
            return Err(reader.blame_value(ErrorKind::LengthMismatch, Field::ContentLength));
        }
        let is_identity = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"identity");
        let mut codings = fragment
            .content_encoding
            .iter()
            .flat_map(ContentEncoding::iter);
        if let Some(identity) = codings.find(is_identity) {
            let error = reader.blame(ErrorKind::InvalidValue, Field::ContentEncoding, identity);
            reader.tolerate(Deviation::IdentityEncoding, error)?;
        }
        Ok(fragment)
    }
}

/// The Fragment is stored ([MC-BUP] 2.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FragmentAck<'a> {
    /// The session. IIS leaves it out.
    pub session_id: Option<SessionId<'a>>,
    /// The offset that the server wants next.
    pub received: ReceivedContentRange,
    /// Where the reply is: with the last Fragment of an upload that has one.
    pub reply_url: Option<ReplyUrl<'a>>,
}

impl<'a> FragmentAck<'a> {
    /// Without reply URL.
    #[must_use]
    pub const fn new(session_id: SessionId<'a>, received: ReceivedContentRange) -> Self {
        FragmentAck {
            session_id: Some(session_id),
            received,
            reply_url: None,
        }
    }

    pub(crate) fn of(ack: &Ack<'a>) -> Option<Self> {
        Some(FragmentAck {
            session_id: ack.session_id,
            received: ack.received?,
            reply_url: ack.reply_url,
        })
    }
}

impl<'a> From<FragmentAck<'a>> for Ack<'a> {
    fn from(ack: FragmentAck<'a>) -> Self {
        Ack {
            session_id: ack.session_id,
            received: Some(ack.received),
            reply_url: ack.reply_url,
            ..Ack::new(StatusCode::OK, Some(RequestType::Fragment))
        }
    }
}
