//! What a BITS server tells its server application: [MC-BUP] 2.2.12 and 2.2.13.

use super::message::{Found, Source, from_bytes, from_fields, from_head};
use crate::head::{
    RequestHead, RequestLine, ResponseHead, StatusCode, StatusLine, Version, old_request,
    old_response,
};
use crate::presence::Form;
use crate::read::Reader;
use crate::{
    AbsoluteUrl, DataFileName, Deviation, Deviations, Error, Field, Message, Options, Parsed,
};

/// A file has arrived ([MC-BUP] 2.2.12): a `POST` of the BITS server to its server application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Notification<'a> {
    /// Where the client has sent the file to.
    pub original_request_url: AbsoluteUrl<'a>,
    /// The file.
    pub body: NotificationBody<'a>,
}

/// How a notification hands over the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotificationBody<'a> {
    /// It says where the file is, and where the reply is to be put. The body is empty.
    ByReference {
        /// The file.
        request: DataFileName<'a>,
        /// Where to put the reply. Only a tolerated notification has none.
        response: Option<DataFileName<'a>>,
    },
    /// The body is the file: so many bytes.
    ByValue(u64),
}

impl<'a> Notification<'a> {
    /// Reads the head of a request and its notification with the default [`Options`].
    ///
    /// A request that is no `POST`, or has no `BITS-Original-Request-URL`, has no packet.
    ///
    /// # Errors
    ///
    /// Those of [`RequestHead::parse`], and what breaks the rules of the notification.
    pub fn parse(input: &'a [u8]) -> Result<Parsed<'a, Message<RequestHead<'a>, Self>>, Error> {
        Self::parse_with(input, &Options::default())
    }

    /// Reads the head of a request and its notification.
    ///
    /// # Errors
    ///
    /// See [`Notification::parse`].
    pub fn parse_with(
        input: &'a [u8],
        options: &Options,
    ) -> Result<Parsed<'a, Message<RequestHead<'a>, Self>>, Error> {
        from_bytes(input, options, Self::read)
    }

    /// Reads the notification of a head that was parsed before.
    ///
    /// # Errors
    ///
    /// What breaks the rules of the notification; see [`Notification::parse`].
    pub fn from_head(
        head: &RequestHead<'a>,
        options: &Options,
    ) -> Result<Message<RequestHead<'a>, Self>, Error> {
        from_head(head, options, Self::read)
    }

    /// Reads the notification from a request line and a list of fields: names and values, in order.
    ///
    /// # Errors
    ///
    /// As [`Notification::parse`]; [`Error::offset`] is the index of the field.
    pub fn from_fields(
        line: RequestLine<'a>,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        options: &Options,
    ) -> Result<Message<RequestLine<'a>, Self>, Error> {
        from_fields(line, fields, options, Self::read)
    }

    fn read(source: &Source<'_, 'a, RequestLine<'a>>) -> Found<Self> {
        let Source {
            line,
            slots,
            options,
        } = source;
        if line.method() != b"POST" || slots.get(Field::OriginalRequestUrl).is_none() {
            return Ok((None, Deviations::NONE));
        }
        let mut reader = Reader::new(slots, options, Form::Notification)?;
        if line.version() == Version::Http10 {
            reader.tolerate(Deviation::Http10, old_request(slots, line))?;
        }
        reader.has(Field::TransferEncoding)?;
        let original_request_url = reader.required(Field::OriginalRequestUrl)?;
        let body = NotificationBody::read(&mut reader)?;
        let notification = Notification {
            original_request_url,
            body,
        };
        Ok((Some(notification), reader.deviations()))
    }

    /// The length of the body in bytes.
    #[must_use]
    pub const fn content_length(&self) -> u64 {
        match self.body {
            NotificationBody::ByReference { .. } => 0,
            NotificationBody::ByValue(length) => length,
        }
    }
}

impl<'a> NotificationBody<'a> {
    fn read(reader: &mut Reader<'_, 'a, '_>) -> Result<Self, Error> {
        let request = reader.spelling(Field::RequestDataFileName, Field::RequestDataEntityName)?;
        let response =
            reader.spelling(Field::ResponseDataFileName, Field::ResponseDataEntityName)?;
        let request = reader.optional(request)?;
        let response = reader.optional(response)?;
        match (request, response) {
            (Some(request), response) => {
                reader.no_body()?;
                if response.is_none() {
                    let error = reader.slots().missing(Field::ResponseDataFileName);
                    reader.tolerate(Deviation::MissingDataFile, error)?;
                }
                Ok(NotificationBody::ByReference { request, response })
            }
            (None, Some(_)) => Err(reader.slots().missing(Field::RequestDataFileName)),
            (None, None) => match reader.slots().content_length() {
                Some(length) => Ok(NotificationBody::ByValue(length)),
                None => Err(reader.slots().missing(Field::ContentLength)),
            },
        }
    }
}

/// What the server application answers ([MC-BUP] 2.2.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotificationResponse<'a> {
    status: StatusCode,
    /// Where a reply is that stands ready, and that the BITS server will not delete.
    pub static_response_url: Option<AbsoluteUrl<'a>>,
    /// Whether the file is to be copied to where the client has sent it:
    /// `BITS-Copy-File-To-Destination = *( field-vchar / SP / HTAB )` is there, whatever it says
    /// ([MC-BUP] 2.2.13.2).
    pub copy_file_to_destination: bool,
    /// The length of the body in bytes. IIS leaves it out (D-29); an answer with status 204 must not have
    /// one ([RFC 9110] 8.6).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
    pub content_length: Option<u64>,
}

impl<'a> NotificationResponse<'a> {
    /// With an empty body, and neither URL nor copy; `None` for the interim 1xx, which answer nothing.
    #[must_use]
    pub fn new(status: StatusCode) -> Option<Self> {
        let response = NotificationResponse {
            status,
            static_response_url: None,
            copy_file_to_destination: false,
            // A status that has no body has no length either ([RFC 9110] 8.6).
            content_length: (!status.has_no_body()).then_some(0),
        };
        (!status.is_informational()).then_some(response)
    }

    /// 200 if it has taken the file. The client is told any other status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Reads the head of a response as that of a server application, with the default [`Options`].
    ///
    /// An interim response (1xx) has no packet: the answer follows it.
    ///
    /// # Errors
    ///
    /// Those of [`ResponseHead::parse`], and what breaks the rules of the response.
    pub fn parse(input: &'a [u8]) -> Result<Parsed<'a, Message<ResponseHead<'a>, Self>>, Error> {
        Self::parse_with(input, &Options::default())
    }

    /// Reads the head of a response as that of a server application.
    ///
    /// # Errors
    ///
    /// See [`NotificationResponse::parse`].
    pub fn parse_with(
        input: &'a [u8],
        options: &Options,
    ) -> Result<Parsed<'a, Message<ResponseHead<'a>, Self>>, Error> {
        from_bytes(input, options, Self::read)
    }

    /// Reads the response of a head that was parsed before.
    ///
    /// # Errors
    ///
    /// What breaks the rules of the response; see [`NotificationResponse::parse`].
    pub fn from_head(
        head: &ResponseHead<'a>,
        options: &Options,
    ) -> Result<Message<ResponseHead<'a>, Self>, Error> {
        from_head(head, options, Self::read)
    }

    /// Reads the response from a status line and a list of fields: names and values, in order.
    ///
    /// # Errors
    ///
    /// As [`NotificationResponse::parse`]; [`Error::offset`] is the index of the field.
    pub fn from_fields(
        line: StatusLine<'a>,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        options: &Options,
    ) -> Result<Message<StatusLine<'a>, Self>, Error> {
        from_fields(line, fields, options, Self::read)
    }

    fn read(source: &Source<'_, 'a, StatusLine<'a>>) -> Found<Self> {
        let Source {
            line,
            slots,
            options,
        } = source;
        // The answer is the final response.
        if line.status().is_informational() {
            return Ok((None, Deviations::NONE));
        }
        let mut reader = Reader::new(slots, options, Form::NotificationResponse)?;
        if line.version() == Version::Http10 {
            reader.tolerate(Deviation::Http10, old_response(slots))?;
        }
        reader.length(line.status())?;
        let response = NotificationResponse {
            status: line.status(),
            static_response_url: reader.readable(Field::StaticResponseUrl)?,
            copy_file_to_destination: reader.has(Field::CopyFileToDestination)?,
            content_length: slots.content_length(),
        };
        Ok((Some(response), reader.deviations()))
    }
}
