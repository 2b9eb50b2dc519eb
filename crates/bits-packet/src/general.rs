//! The general form of the grammar alone, for the law that the fast form agrees with it. Not for use: whatever it
//! says, [`Request::parse_with`] and [`Ack::parse_with`] say sooner.

use crate::{
    Ack, Error, Message, Options, Parsed, Request, RequestHead, RequestType, ResponseHead,
};

/// [`Request::parse_with`] by the general form.
///
/// # Errors
///
/// As there.
pub fn request<'a>(
    input: &'a [u8],
    options: &Options,
) -> Result<Parsed<'a, Message<RequestHead<'a>, Request<'a>>>, Error> {
    Request::parse_general(input, options)
}

/// [`Ack::parse_with`] by the general form.
///
/// # Errors
///
/// As there.
pub fn ack<'a>(
    input: &'a [u8],
    answering: Option<RequestType>,
    options: &Options,
) -> Result<Parsed<'a, Message<ResponseHead<'a>, Ack<'a>>>, Error> {
    Ack::parse_general(input, answering, options)
}

/// [`RequestHead::parse_with`] by the general form.
///
/// # Errors
///
/// As there.
pub fn request_head<'a>(
    input: &'a [u8],
    options: &Options,
) -> Result<Parsed<'a, RequestHead<'a>>, Error> {
    RequestHead::parse_general(input, options)
}

/// [`ResponseHead::parse_with`] by the general form.
///
/// # Errors
///
/// As there.
pub fn response_head<'a>(
    input: &'a [u8],
    options: &Options,
) -> Result<Parsed<'a, ResponseHead<'a>>, Error> {
    ResponseHead::parse_general(input, options)
}
