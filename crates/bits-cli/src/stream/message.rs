//! A message of a stream, and how it is read.

use bits_packet::{
    Ack, Body, Deviation, Deviations, Error, Fields, Options, Parsed, Request, RequestHead,
    RequestType, ResponseHead,
};

/// How messages are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What is tolerated, and the greatest length of a head.
    pub options: Options,
    /// The request that the responses of the stream answer, if it is known.
    pub answering: Option<RequestType>,
}

impl Settings {
    /// Takes what real peers send, the `POST` dialect of OneDrive included.
    pub const INTEROP: Settings = Settings {
        options: Options::INTEROP.allow(Deviation::MethodOverride),
        answering: None,
    };

    /// Takes what the documents allow.
    pub const STRICT: Settings = Settings {
        options: Options::STRICT,
        answering: None,
    };

    /// The same for responses that answer `request`.
    #[must_use]
    pub const fn answering(mut self, request: Option<RequestType>) -> Self {
        self.answering = request;
        self
    }
}

/// What was read of a message: its head and its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A request, BITS or not.
    Request(bits_packet::Message<RequestHead<'a>, Request<'a>>),
    /// A response, BITS or not.
    Response(bits_packet::Message<ResponseHead<'a>, Ack<'a>>),
}

impl<'a> Message<'a> {
    /// Reads a head; whether it is a request or a response is told by its first five bytes.
    ///
    /// # Errors
    ///
    /// Those of [`Request::parse_with`] and [`Ack::parse_with`].
    pub fn parse(bytes: &'a [u8], settings: &Settings) -> Result<Parsed<'a, Self>, Error> {
        Ok(if is_response(bytes) {
            Ack::parse_with(bytes, settings.answering, &settings.options)?.map(Message::Response)
        } else {
            Request::parse_with(bytes, &settings.options)?.map(Message::Request)
        })
    }

    /// The head as it came.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Message::Request(request) => request.head().as_bytes(),
            Message::Response(response) => response.head().as_bytes(),
        }
    }

    /// Its fields, in order.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        match self {
            Message::Request(request) => request.head().fields(),
            Message::Response(response) => response.head().fields(),
        }
    }

    /// How its body is framed.
    #[must_use]
    pub fn body(&self) -> Body {
        match self {
            Message::Request(request) => request.body(),
            Message::Response(response) => response.body(),
        }
    }

    /// The value of its `Content-Length`, in bytes.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        match self {
            Message::Request(request) => request.content_length(),
            Message::Response(response) => response.content_length(),
        }
    }

    /// What was tolerated.
    #[must_use]
    pub fn deviations(&self) -> Deviations {
        match self {
            Message::Request(request) => request.deviations(),
            Message::Response(response) => response.deviations(),
        }
    }

    /// The name of its packet; `None` for HTTP that is not BITS.
    #[must_use]
    pub fn packet_name(&self) -> Option<&'static str> {
        match self {
            Message::Request(request) => request.packet().map(|it| it.request_type().name()),
            Message::Response(response) => response.packet().map(|_| "Ack"),
        }
    }
}

const START_OF_RESPONSE: &[u8] = b"HTTP/";

/// Whether a head that begins like this is that of a response.
fn is_response(head: &[u8]) -> bool {
    head.starts_with(START_OF_RESPONSE)
}

/// The same of a head that may end before it is told.
pub(super) fn may_be_response(head: &[u8]) -> bool {
    is_response(head) || (!head.is_empty() && START_OF_RESPONSE.starts_with(head))
}
