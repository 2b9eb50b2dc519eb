//! Start lines.

use nom::Parser;

use super::lanes::{PathLike, Printable, QueryLike, run};
use super::leaf::bytewise_run;
use super::{Read, begun, literal, miss, split};
use crate::class::Class;
use crate::head::target::target as any_target;
use crate::head::{RequestLine, StatusCode, StatusLine, Target, TargetForm, Version};

/// `"BITS_POST" SP absolute-path [ "?" query ] SP "HTTP/1.1" CRLF`, nothing in it escaped.
#[inline(always)]
pub(super) fn usual_request_line(input: &[u8]) -> Read<'_, RequestLine<'_>> {
    let (rest, ()) = literal(b"BITS_POST ", input)?;
    let (rest, target) = usual_target(rest)?;
    let (rest, ()) = begun(b" HTTP/1.1\r\n", rest)?;
    let method = input.get(..9).unwrap_or_default();
    Ok((
        rest,
        RequestLine::from_parts(method, target, Version::Http11),
    ))
}

/// `request-line = method SP request-target SP HTTP-version CRLF`, if nothing is wrong with it.
pub(super) fn request_line(input: &[u8]) -> Read<'_, RequestLine<'_>> {
    let (rest, method) = split(input, bytewise_run(Class::TOKEN, input))?;
    let (rest, ()) = literal(b" ", rest)?;
    let (rest, target) = match usual_target(rest) {
        // What behind it is no space is the rest of a target with other characters.
        Ok((rest @ [b' ', ..], target)) => (rest, target),
        _ => other_target(rest)?,
    };
    let (rest, version) = match literal(b" HTTP/1.1\r\n", rest) {
        Ok((rest, ())) => (rest, Version::Http11),
        Err(_) => literal(b" HTTP/1.0\r\n", rest).map(|(rest, ())| (rest, Version::Http10))?,
    };
    match method {
        [] | b"CONNECT" => miss(),
        _ => Ok((rest, RequestLine::from_parts(method, target, version))),
    }
}

/// A path and a query without escapes.
#[inline(always)]
pub(super) fn usual_target(input: &[u8]) -> Read<'_, Target<'_>> {
    let (rest, path) = split(input, run::<PathLike>(input))?;
    let [b'/', ..] = path else {
        return miss();
    };
    match rest {
        [b'?', query @ ..] => {
            let (rest, query) = split(query, run::<QueryLike>(query))?;
            Ok((rest, Target::origin(path, Some(query))))
        }
        _ => Ok((rest, Target::origin(path, None))),
    }
}

/// A target of another form or with other characters, if nothing is wrong with it.
#[cold]
#[inline(never)]
fn other_target(input: &[u8]) -> Read<'_, Target<'_>> {
    match any_target().parse(input) {
        Ok((rest, target)) if is_path(&target) && target.is_uri() => Ok((rest, target)),
        _ => miss(),
    }
}

fn is_path(target: &Target<'_>) -> bool {
    matches!(target.form(), TargetForm::Origin | TargetForm::Absolute)
}

/// `"HTTP/1.1 200 OK" CRLF`
#[inline(always)]
pub(super) fn usual_status_line(input: &[u8]) -> Read<'_, StatusLine<'_>> {
    let (rest, ()) = literal(b"HTTP/1.1 200 OK\r\n", input)?;
    let reason = input.get(13..15).unwrap_or_default();
    Ok((
        rest,
        StatusLine::from_parts(Version::Http11, StatusCode::OK, reason),
    ))
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF`
pub(super) fn status_line(input: &[u8]) -> Read<'_, StatusLine<'_>> {
    let (rest, version) = match literal(b"HTTP/1.1 ", input) {
        Ok((rest, ())) => (rest, Version::Http11),
        Err(_) => literal(b"HTTP/1.0 ", input).map(|(rest, ())| (rest, Version::Http10))?,
    };
    let (rest, digits) = split(rest, 3)?;
    if bytewise_run(Class::DIGIT, digits) != 3 {
        return miss();
    }
    let (rest, ()) = literal(b" ", rest)?;
    let (rest, reason) = split(rest, run::<Printable>(rest))?;
    let (rest, ()) = literal(b"\r\n", rest)?;
    let line = StatusLine::from_parts(version, StatusCode::from_digits(digits), reason);
    Ok((rest, line))
}
