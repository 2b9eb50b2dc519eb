//! What one writes first in winnow 1: a head split into a start line and a `Vec` of pairs. No meaning.

use std::hint::black_box;

use bits_laws::traffic::Kind;
use winnow::Result;
use winnow::ascii::{crlf, space0};
use winnow::combinator::{alt, delimited, preceded, repeat, separated_pair, terminated};
use winnow::prelude::*;
use winnow::token::{take, take_while};

use super::{is_name, is_target, is_value};

type Pair<'a> = (&'a [u8], &'a [u8]);

/// Splits the head: see [`Read`](crate::Read).
#[inline(never)]
pub fn read(mut bytes: &[u8], _: Kind) -> bool {
    let head = head(&mut bytes);
    black_box(&head);
    head.is_ok()
}

fn head<'a>(input: &mut &'a [u8]) -> Result<(Pair<'a>, Vec<Pair<'a>>)> {
    (start, terminated(repeat(0.., field), crlf)).parse_next(input)
}

/// Method and target, or status and reason.
fn start<'a>(input: &mut &'a [u8]) -> Result<Pair<'a>> {
    let request = (
        terminated(take_while(1.., is_name), b' '),
        terminated(take_while(1.., is_target), &b" HTTP/1.1\r\n"[..]),
    );
    let response = (
        delimited(&b"HTTP/1.1 "[..], take(3usize), b' '),
        terminated(take_while(0.., is_value), crlf),
    );
    alt((request, response)).parse_next(input)
}

/// The name and the value. A blank behind a value stays in it.
fn field<'a>(input: &mut &'a [u8]) -> Result<Pair<'a>> {
    let value = preceded(space0, take_while(0.., is_value));
    let pair = separated_pair(take_while(1.., is_name), b':', value);
    terminated(pair, crlf).parse_next(input)
}
