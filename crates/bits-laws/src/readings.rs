//! The parsers as one, so that a law is written once.

use bits_packet::{
    Ack, Body, Deviations, Error, Escaped, Fields, Message, Notification, NotificationResponse,
    Options, Parsed, Request, RequestHead, RequestLine, RequestType, ResponseHead, StatusLine,
};

/// A way to read the bytes of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// [`RequestHead::parse_with`]
    RequestHead,
    /// [`ResponseHead::parse_with`]
    ResponseHead,
    /// [`Request::parse_with`]
    Request,
    /// [`Notification::parse_with`]
    Notification,
    /// [`Ack::parse_with`], as the answer to that request.
    Ack(Option<RequestType>),
    /// [`NotificationResponse::parse_with`]
    NotificationResponse,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    RequestHead(RequestHead<'a>),
    ResponseHead(ResponseHead<'a>),
    Request(Message<RequestHead<'a>, Request<'a>>),
    Notification(Message<RequestHead<'a>, Notification<'a>>),
    Ack(Message<ResponseHead<'a>, Ack<'a>>),
    NotificationResponse(Message<ResponseHead<'a>, NotificationResponse<'a>>),
}

impl Reading {
    /// The readings of requests.
    pub const OF_REQUESTS: [Reading; 2] = [Reading::Request, Reading::Notification];

    /// The readings of responses.
    pub const OF_RESPONSES: [Reading; 7] = [
        Reading::Ack(None),
        Reading::Ack(Some(RequestType::Ping)),
        Reading::Ack(Some(RequestType::CreateSession)),
        Reading::Ack(Some(RequestType::Fragment)),
        Reading::Ack(Some(RequestType::CloseSession)),
        Reading::Ack(Some(RequestType::CancelSession)),
        Reading::NotificationResponse,
    ];

    /// The readings of the packet that these bytes may be.
    #[must_use]
    pub fn of_packet(input: &[u8]) -> &'static [Reading] {
        if input.starts_with(b"HTTP/") {
            &Reading::OF_RESPONSES
        } else {
            &Reading::OF_REQUESTS
        }
    }

    /// The reading of the head alone.
    #[must_use]
    pub const fn head(self) -> Reading {
        match self {
            Reading::RequestHead | Reading::Request | Reading::Notification => Reading::RequestHead,
            Reading::ResponseHead | Reading::Ack(_) | Reading::NotificationResponse => {
                Reading::ResponseHead
            }
        }
    }

    /// A short name, for tables.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Reading::RequestHead => "request-head".into(),
            Reading::ResponseHead => "response-head".into(),
            Reading::Request => "request".into(),
            Reading::Notification => "notification".into(),
            Reading::Ack(None) => "ack".into(),
            Reading::Ack(Some(request)) => format!("ack-{}", request.name().to_lowercase()),
            Reading::NotificationResponse => "notification-response".into(),
        }
    }

    /// Reads.
    pub fn parse<'a>(
        self,
        input: &'a [u8],
        options: &Options,
    ) -> Result<Parsed<'a, Value<'a>>, Error> {
        Ok(match self {
            Reading::RequestHead => {
                RequestHead::parse_with(input, options)?.map(Value::RequestHead)
            }
            Reading::ResponseHead => {
                ResponseHead::parse_with(input, options)?.map(Value::ResponseHead)
            }
            Reading::Request => Request::parse_with(input, options)?.map(Value::Request),
            Reading::Notification => {
                Notification::parse_with(input, options)?.map(Value::Notification)
            }
            Reading::Ack(answering) => Ack::parse_with(input, answering, options)?.map(Value::Ack),
            Reading::NotificationResponse => {
                NotificationResponse::parse_with(input, options)?.map(Value::NotificationResponse)
            }
        })
    }
}

/// An input that was read in one way: what the laws are about.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    pub reading: Reading,
    pub input: &'a [u8],
    pub options: Options,
    pub read: Result<Parsed<'a, Value<'a>>, Error>,
}

impl<'a> Trial<'a> {
    /// Reads.
    #[must_use]
    pub fn new(reading: Reading, input: &'a [u8], options: Options) -> Self {
        let read = reading.parse(input, &options);
        Trial {
            reading,
            input,
            options,
            read,
        }
    }

    /// The value, and what stands behind its head.
    #[must_use]
    pub fn accepted(&self) -> Option<(Value<'a>, &'a [u8])> {
        self.read.ok()?.complete()
    }

    /// Why there is no value: an error, or `None` if more is needed.
    #[must_use]
    pub fn refused(&self) -> Option<Option<Error>> {
        match self.read {
            Ok(Parsed::Complete { .. }) => None,
            Ok(Parsed::NeedMore) => Some(None),
            Err(error) => Some(Some(error)),
        }
    }
}

/// A start line of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    Request(RequestLine<'a>),
    Status(StatusLine<'a>),
}

impl<'a> Value<'a> {
    /// The head's bytes.
    #[must_use]
    pub fn head(&self) -> &'a [u8] {
        match self {
            Value::RequestHead(head) => head.as_bytes(),
            Value::ResponseHead(head) => head.as_bytes(),
            Value::Request(message) => message.head().as_bytes(),
            Value::Notification(message) => message.head().as_bytes(),
            Value::Ack(message) => message.head().as_bytes(),
            Value::NotificationResponse(message) => message.head().as_bytes(),
        }
    }

    /// The start line.
    #[must_use]
    pub fn line(&self) -> StartLine<'a> {
        match self {
            Value::RequestHead(head) => StartLine::Request(head.line()),
            Value::ResponseHead(head) => StartLine::Status(head.line()),
            Value::Request(message) => StartLine::Request(message.head().line()),
            Value::Notification(message) => StartLine::Request(message.head().line()),
            Value::Ack(message) => StartLine::Status(message.head().line()),
            Value::NotificationResponse(message) => StartLine::Status(message.head().line()),
        }
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        match self {
            Value::RequestHead(head) => head.fields(),
            Value::ResponseHead(head) => head.fields(),
            Value::Request(message) => message.head().fields(),
            Value::Notification(message) => message.head().fields(),
            Value::Ack(message) => message.head().fields(),
            Value::NotificationResponse(message) => message.head().fields(),
        }
    }

    /// How the body is framed, and the length that the head states.
    #[must_use]
    pub fn framing(&self) -> (Body, Option<u64>) {
        match self {
            Value::RequestHead(head) => (head.body(), head.content_length()),
            Value::ResponseHead(head) => (head.body(), head.content_length()),
            Value::Request(message) => (message.body(), message.content_length()),
            Value::Notification(message) => (message.body(), message.content_length()),
            Value::Ack(message) => (message.body(), message.content_length()),
            Value::NotificationResponse(message) => (message.body(), message.content_length()),
        }
    }

    /// What was tolerated.
    #[must_use]
    pub fn deviations(&self) -> Deviations {
        match self {
            Value::RequestHead(head) => head.deviations(),
            Value::ResponseHead(head) => head.deviations(),
            Value::Request(message) => message.deviations(),
            Value::Notification(message) => message.deviations(),
            Value::Ack(message) => message.deviations(),
            Value::NotificationResponse(message) => message.deviations(),
        }
    }

    /// What was read, in a line: packet, framing, and where each field stands.
    #[must_use]
    pub fn describe(&self) -> String {
        let packet = match self {
            Value::RequestHead(head) => format!("{:?}", head.line()),
            Value::ResponseHead(head) => format!("{:?}", head.line()),
            Value::Request(message) => format!("{:?}", message.packet()),
            Value::Notification(message) => format!("{:?}", message.packet()),
            Value::Ack(message) => format!("{:?}", message.packet()),
            Value::NotificationResponse(message) => format!("{:?}", message.packet()),
        };
        let (body, length) = self.framing();
        let offsets: Vec<usize> = self.fields().map(|line| line.offset()).collect();
        let text = format!("{packet} {body:?} {length:?} {offsets:?}");
        Escaped(text.as_bytes()).to_string()
    }
}
