//! Heads, as an onlooker reads them.
//!
//! What `bits-packet` takes is taken as it says. What it refuses may still have been taken by the peer that it was sent
//! to: it is read again, loosely, and each value that can be told is told, along with the error. Only where the end of a
//! message would be in doubt, nothing is made of a head.

use bits_packet::{
    Ack, Body, Deviations, Error, ErrorContext, ErrorKind, Fields, HResult, Message, Parsed,
    ReceivedContentRange, Request, RequestHead, RequestType, ResponseHead,
};

use super::OPTIONS;
use super::loose::{Part, loose, loose_body, part, split_line};

/// The fields of a head.
#[derive(Clone, Copy, Debug)]
enum Lines<'a> {
    Strict(Fields<'a>),
    /// Lines that are not known to be right.
    Loose(&'a [u8]),
}

impl<'a> Lines<'a> {
    /// The value of the first field of that name, which is compared in any letter case.
    fn get(self, name: &[u8]) -> Option<&'a [u8]> {
        match self {
            Lines::Strict(fields) => fields.get(name),
            Lines::Loose(lines) => loose(lines)
                .find(|(it, _)| it.eq_ignore_ascii_case(name))
                .map(|it| it.1),
        }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// Ping
    Ping,
    /// Create-Session
    Create,
    /// Fragment
    Fragment {
        /// The session.
        id: &'a [u8],
        /// Which bytes of the file the body is.
        range: Part,
    },
    /// Close-Session
    Close {
        /// The session.
        id: &'a [u8],
    },
    /// Cancel-Session
    Cancel {
        /// The session.
        id: &'a [u8],
    },
}

impl<'a> Asked<'a> {
    /// The type of the packet.
    #[must_use]
    pub const fn request_type(&self) -> RequestType {
        match self {
            Asked::Ping => RequestType::Ping,
            Asked::Create => RequestType::CreateSession,
            Asked::Fragment { .. } => RequestType::Fragment,
            Asked::Close { .. } => RequestType::CloseSession,
            Asked::Cancel { .. } => RequestType::CancelSession,
        }
    }

    /// The session that it names.
    #[must_use]
    pub const fn session_id(&self) -> Option<&'a [u8]> {
        match self {
            Asked::Ping | Asked::Create => None,
            Asked::Fragment { id, .. } | Asked::Close { id } | Asked::Cancel { id } => Some(id),
        }
    }

    fn of(packet: &Request<'a>) -> Self {
        match packet {
            Request::Ping(_) => Asked::Ping,
            Request::CreateSession(_) => Asked::Create,
            Request::Fragment(fragment) => Asked::Fragment {
                id: fragment.session_id.as_bytes(),
                range: fragment.range.into(),
            },
            Request::CloseSession(close) => Asked::Close {
                id: close.session_id.as_bytes(),
            },
            Request::CancelSession(cancel) => Asked::Cancel {
                id: cancel.session_id.as_bytes(),
            },
        }
    }

    /// What fields say that are no valid packet.
    fn of_fields(lines: Lines<'a>) -> Option<Self> {
        let name = lines.get(b"bits-packet-type")?;
        let is = |it: &RequestType| it.name().as_bytes().eq_ignore_ascii_case(name);
        let id = lines.get(b"bits-session-id").filter(|id| !id.is_empty());
        Some(match RequestType::ALL.into_iter().find(is)? {
            RequestType::Ping => Asked::Ping,
            RequestType::CreateSession => Asked::Create,
            RequestType::Fragment => Asked::Fragment {
                id: id?,
                range: part(lines.get(b"content-range")?)?,
            },
            RequestType::CloseSession => Asked::Close { id: id? },
            RequestType::CancelSession => Asked::Cancel { id: id? },
        })
    }
}

/// The head of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestRead<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The target, as it was sent.
    pub target: &'a [u8],
    /// The packet; `None` for HTTP that is not BITS, and for a packet of which nothing can be made.
    pub asked: Option<Asked<'a>>,
    /// Whether it is a request of BITS.
    pub is_bits: bool,
    /// How its body is framed.
    pub body: Body,
    /// What is wrong with it.
    pub error: Option<Error>,
    /// What was tolerated.
    pub deviations: Deviations,
    host: Option<&'a [u8]>,
    lines: Lines<'a>,
}

impl<'a> RequestRead<'a> {
    /// Reads a head that is whole.
    ///
    /// # Errors
    ///
    /// Where it is no head of HTTP/1, or its end or that of its message cannot be told.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let error = match Request::parse_with(bytes, &OPTIONS) {
            Ok(Parsed::Complete { value, .. }) => return Ok(Self::of(&value)),
            // What the scanner takes for an end is none to the parser: lines that end with LF alone.
            Ok(Parsed::NeedMore) => cut_off(bytes),
            Err(error) => error,
        };
        if let Ok(Parsed::Complete { value: head, .. }) = RequestHead::parse_with(bytes, &OPTIONS) {
            let (read, body) = (Self::of_head(&head), head.body());
            let is_leg = error.kind() == ErrorKind::LengthMismatch
                && body == Body::Length(0)
                && read.shakes_hands();
            return Ok(RequestRead {
                error: (!is_leg).then_some(error),
                asked: Asked::of_fields(read.lines),
                is_bits: true,
                body,
                ..read
            });
        }
        Self::loosely(bytes, error).ok_or(error)
    }

    fn of(message: &Message<RequestHead<'a>, Request<'a>>) -> Self {
        RequestRead {
            asked: message.packet().map(Asked::of),
            is_bits: message.packet().is_some(),
            deviations: message.deviations(),
            ..Self::of_head(message.head())
        }
    }

    fn of_head(head: &RequestHead<'a>) -> Self {
        let line = head.line();
        RequestRead {
            method: line.method(),
            target: target_of(head),
            asked: None,
            is_bits: false,
            body: head.body(),
            error: None,
            deviations: head.deviations(),
            host: head.authority().map(|authority| authority.as_bytes()),
            lines: Lines::Strict(head.fields()),
        }
    }

    fn loosely(bytes: &'a [u8], error: Error) -> Option<Self> {
        let (line, rest) = split_line(bytes)?;
        let space = line.iter().position(|byte| *byte == b' ')?;
        let last = line.iter().rposition(|byte| *byte == b' ')?;
        let target = line.get(space + 1..last)?;
        if !line[last + 1..].starts_with(b"HTTP/1.") || target.is_empty() {
            return None;
        }
        let lines = Lines::Loose(rest);
        let method = &line[..space];
        let is_bits =
            method == b"BITS_POST" || lines.get(b"x-http-method-override") == Some(b"BITS_POST");
        Some(RequestRead {
            method,
            target,
            asked: is_bits.then(|| Asked::of_fields(lines)).flatten(),
            is_bits,
            body: loose_body(rest, Body::Length(0))?,
            error: Some(error),
            deviations: Deviations::NONE,
            host: lines.get(b"host"),
            lines,
        })
    }

    /// Whether it is a leg of NTLM or Negotiate, which leave the body out until the server has said who it takes them for.
    fn shakes_hands(&self) -> bool {
        let value = self.field(b"authorization");
        let value = value.or_else(|| self.field(b"proxy-authorization"));
        let mut words = value.unwrap_or_default().split(|byte| *byte == b' ');
        let scheme = words.next().unwrap_or_default();
        [&b"ntlm"[..], b"negotiate"]
            .iter()
            .any(|it| scheme.eq_ignore_ascii_case(it))
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn field(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.lines.get(name)
    }

    /// The host that it is for: that of the target, or else the value of `Host`. Empty if there is none.
    #[must_use]
    pub fn host(&self) -> &'a [u8] {
        self.host.unwrap_or_default()
    }
}

/// What an Ack says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AckRead<'a> {
    /// `BITS-Session-Id`
    pub session_id: Option<&'a [u8]>,
    /// `BITS-Received-Content-Range`
    pub received: Option<u64>,
    /// `BITS-Host-Id`
    pub host_id: Option<&'a [u8]>,
    /// `BITS-Reply-URL`
    pub reply_url: Option<&'a [u8]>,
    /// `BITS-Error-Code`
    pub error_code: Option<HResult>,
    /// `BITS-Error-Context`
    pub error_context: Option<ErrorContext>,
}

impl<'a> AckRead<'a> {
    fn of(ack: &Ack<'a>) -> Self {
        AckRead {
            session_id: ack.session_id().map(|id| id.as_bytes()),
            received: ack
                .received_content_range()
                .map(ReceivedContentRange::next_offset),
            host_id: ack.host_id().map(|id| id.as_bytes()),
            reply_url: ack.reply_url().map(|url| url.as_bytes()),
            error_code: ack.error_code(),
            error_context: ack.error_context(),
        }
    }

    /// What fields say that are no valid Ack; `None` if they do not claim to be one.
    fn of_fields(lines: Lines<'a>) -> Option<Self> {
        lines
            .get(b"bits-packet-type")
            .filter(|name| name.eq_ignore_ascii_case(b"ack"))?;
        let code = lines
            .get(b"bits-error-code")
            .or_else(|| lines.get(b"bits-error"));
        let received = lines.get(b"bits-received-content-range");
        Some(AckRead {
            session_id: lines.get(b"bits-session-id").filter(|id| !id.is_empty()),
            received: received
                .and_then(|value| ReceivedContentRange::parse(value).ok())
                .map(ReceivedContentRange::next_offset),
            host_id: lines.get(b"bits-host-id"),
            reply_url: lines.get(b"bits-reply-url"),
            error_code: code.and_then(|code| HResult::parse(code).ok()),
            error_context: lines
                .get(b"bits-error-context")
                .and_then(|context| ErrorContext::parse(context).ok()),
        })
    }
}

/// The head of a response.
#[derive(Clone, Copy, Debug)]
pub struct ResponseRead<'a> {
    /// The status.
    pub status: u16,
    /// The Ack; `None` for HTTP that is none.
    pub ack: Option<AckRead<'a>>,
    /// How its body is framed, if it has one.
    pub body: Body,
    /// The value of `Content-Length`.
    pub content_length: Option<u64>,
    /// What is wrong with it.
    pub error: Option<Error>,
    /// What was tolerated.
    pub deviations: Deviations,
    lines: Lines<'a>,
}

impl<'a> ResponseRead<'a> {
    /// Reads a head that is whole, as the answer to a request.
    ///
    /// # Errors
    ///
    /// Where it is no head of HTTP/1, or its end or that of its message cannot be told.
    pub fn read(bytes: &'a [u8], answering: Option<RequestType>) -> Result<Self, Error> {
        let error = match Ack::parse_with(bytes, answering, &OPTIONS) {
            Ok(Parsed::Complete { value, .. }) => {
                return Ok(ResponseRead {
                    ack: value.packet().map(AckRead::of),
                    deviations: value.deviations(),
                    ..Self::of_head(value.head())
                });
            }
            Ok(Parsed::NeedMore) => cut_off(bytes),
            Err(error) => error,
        };
        if let Ok(Parsed::Complete { value: head, .. }) = ResponseHead::parse_with(bytes, &OPTIONS)
        {
            let read = Self::of_head(&head);
            return Ok(ResponseRead {
                error: Some(error),
                ack: AckRead::of_fields(read.lines),
                ..read
            });
        }
        Self::loosely(bytes, error).ok_or(error)
    }

    fn of_head(head: &ResponseHead<'a>) -> Self {
        let status = head.line().status();
        ResponseRead {
            status: status.as_u16(),
            ack: None,
            body: if status.has_no_body() {
                Body::Length(0)
            } else {
                head.body()
            },
            content_length: head.content_length(),
            error: None,
            deviations: head.deviations(),
            lines: Lines::Strict(head.fields()),
        }
    }

    fn loosely(bytes: &'a [u8], error: Error) -> Option<Self> {
        let (line, rest) = split_line(bytes)?;
        let line = line.strip_prefix(b"HTTP/1.")?;
        let digits = line.get(2..5)?;
        let status = str::from_utf8(digits).ok()?.parse().ok()?;
        let has_no_body = matches!(status, 100..=199 | 204 | 304);
        let body = if has_no_body {
            Body::Length(0)
        } else {
            loose_body(rest, Body::UntilClose)?
        };
        let content_length = match body {
            Body::Length(length) if !has_no_body => Some(length),
            _ => None,
        };
        let lines = Lines::Loose(rest);
        Some(ResponseRead {
            status,
            ack: AckRead::of_fields(lines),
            body,
            content_length,
            error: Some(error),
            deviations: Deviations::NONE,
            lines,
        })
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn field(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.lines.get(name)
    }

    /// Whether it is interim (1xx).
    #[must_use]
    pub const fn is_informational(&self) -> bool {
        matches!(self.status, 100..=199)
    }

    /// Whether it asks for a name and password.
    #[must_use]
    pub const fn is_challenge(&self) -> bool {
        matches!(self.status, 401 | 407)
    }

    /// Whether it is an Ack that reports success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.ack.is_some() && matches!(self.status, 200 | 201)
    }
}

/// The target, which stands between the first and the last space of the line.
fn target_of<'a>(head: &RequestHead<'a>) -> &'a [u8] {
    let method = head.line().method().len();
    let bytes = head.as_bytes();
    let target = head.line().target();
    let length: usize = target.pieces().iter().map(|piece| piece.len()).sum();
    let end = method + 1 + length;
    bytes.get(method + 1..end).unwrap_or_default()
}

/// A head that breaks off: what the scanner takes for an end is none to the parser.
fn cut_off(bytes: &[u8]) -> Error {
    Error::truncated(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(head: &str) -> RequestRead<'_> {
        RequestRead::read(head.as_bytes()).unwrap()
    }

    #[test]
    fn a_packet_that_peers_may_have_taken_is_read_though_it_is_malformed() {
        let read = request(
            "BITS_POST /a\x1B[2J HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\n\
             BITS-Session-Id: a b\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\n",
        );
        assert_eq!(read.target, b"/a\x1B[2J");
        assert_eq!(read.host(), b"h");
        assert!(read.error.is_some() && read.is_bits);
        let range = Part {
            first: 0,
            end: 5,
            total: Some(10),
        };
        assert_eq!(read.asked, Some(Asked::Fragment { id: b"a b", range }));
        assert_eq!(read.body, Body::Length(5));
    }

    #[test]
    fn a_fragment_without_its_body_is_malformed_but_in_a_handshake() {
        for (authorization, is_leg) in [
            ("NTLM TlRMTVNTUAABAAAA", true),
            ("negotiate TlRMTVNTUAABAAAA", true),
            ("Basic YTpi", false),
        ] {
            let head = format!(
                "BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\n\
                 BITS-Session-Id: 1\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 0\r\n\
                 Authorization: {authorization}\r\n\r\n"
            );
            let read = request(&head);
            assert_eq!(read.error.is_none(), is_leg, "{authorization}");
            assert!(matches!(read.asked, Some(Asked::Fragment { .. })));
        }
    }

    #[test]
    fn a_fragment_in_chunks_is_read_as_one() {
        let read = request(
            "BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: 1\r\n\
             Content-Range: bytes 0-4/10\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        assert_eq!(read.body, Body::Chunked);
        assert!(matches!(read.asked, Some(Asked::Fragment { .. })));
    }

    #[test]
    fn nothing_is_made_of_a_head_whose_message_may_end_in_two_places() {
        for fields in [
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: +5\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Content-Length: 99999999999999999999\r\n",
        ] {
            let head = format!(
                "BITS_POST /\x01 HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Ping\r\n{fields}\r\n"
            );
            assert!(RequestRead::read(head.as_bytes()).is_err(), "{fields}");
        }
    }

    #[test]
    fn a_file_that_is_sent_in_the_place_of_an_ack_is_no_success() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        let read = ResponseRead::read(head, Some(RequestType::Fragment)).unwrap();
        assert!(!read.is_success());
        assert_eq!(read.body, Body::Length(3));
    }

    #[test]
    fn an_ack_is_read_though_it_is_malformed() {
        let head = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: ACK\r\nBITS-Session-Id: a b\r\nContent-Length: 0\r\n\
            BITS-Protocol: none\r\n\r\n";
        let read = ResponseRead::read(head, Some(RequestType::CreateSession)).unwrap();
        assert!(read.is_success() && read.error.is_some());
        assert_eq!(read.ack.and_then(|ack| ack.session_id), Some(&b"a b"[..]));
    }
}
