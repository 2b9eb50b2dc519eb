//! What one writes first in nom 8: a head split into a start line and a `Vec` of pairs. No meaning.

use std::hint::black_box;

use bits_laws::traffic::Kind;
use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_while, take_while1};
use nom::character::complete::{char, crlf, space0};
use nom::multi::many0;
use nom::sequence::{delimited, preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use super::{is_name, is_target, is_value};

type Pair<'a> = (&'a [u8], &'a [u8]);

/// Splits the head: see [`Read`](crate::Read).
#[inline(never)]
pub fn read(bytes: &[u8], _: Kind) -> bool {
    let head = head(bytes);
    black_box(&head);
    head.is_ok()
}

fn head(input: &[u8]) -> IResult<&[u8], (Pair<'_>, Vec<Pair<'_>>)> {
    (start, terminated(many0(field), crlf)).parse(input)
}

/// Method and target, or status and reason.
fn start(input: &[u8]) -> IResult<&[u8], Pair<'_>> {
    let request = (
        terminated(take_while1(is_name), char(' ')),
        terminated(take_while1(is_target), tag(&b" HTTP/1.1\r\n"[..])),
    );
    let response = (
        delimited(tag(&b"HTTP/1.1 "[..]), take(3usize), char(' ')),
        terminated(take_while(is_value), crlf),
    );
    alt((request, response)).parse(input)
}

/// The name and the value. A blank behind a value stays in it.
fn field(input: &[u8]) -> IResult<&[u8], Pair<'_>> {
    let value = preceded(space0, take_while(is_value));
    let pair = separated_pair(take_while1(is_name), char(':'), value);
    terminated(pair, crlf).parse(input)
}
