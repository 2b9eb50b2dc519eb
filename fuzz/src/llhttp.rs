//! llhttp, as the shim in `llhttp_shim.c` shows it.

use std::ffi::{c_char, c_int};

use bits_laws::targets::diff_llhttp::{Kind, Theirs};

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Span {
    offset: usize,
    length: usize,
}

#[repr(C)]
struct Head {
    length: usize,
    error: c_int,
    major: u8,
    minor: u8,
    status: u16,
    target: Span,
    reason: Span,
    content_length: u64,
    has_content_length: u8,
    is_chunked: u8,
    lasts_until_close: u8,
    spans: *mut Span,
    capacity: usize,
    count: usize,
    input: *const c_char,
}

unsafe extern "C" {
    fn bits_llhttp_read(input: *const c_char, length: usize, kind: c_int, head: *mut Head);
}

/// Reads a head; `None` if llhttp does not accept one.
#[must_use]
pub fn read(input: &[u8], kind: Kind) -> Option<Theirs<'_>> {
    // A name and a value for each line, and a few for lines that llhttp gives in pieces.
    let lines = input.iter().filter(|&&byte| byte == b'\n').count();
    let mut spans = vec![Span::default(); 2 * lines + 8];
    let mut head = Head {
        length: 0,
        error: 0,
        major: 0,
        minor: 0,
        status: 0,
        target: Span::default(),
        reason: Span::default(),
        content_length: 0,
        has_content_length: 0,
        is_chunked: 0,
        lasts_until_close: 0,
        spans: spans.as_mut_ptr(),
        capacity: spans.len(),
        count: 0,
        input: input.as_ptr().cast(),
    };
    let kind = match kind {
        Kind::Request => 1,
        Kind::Response => 2,
    };
    // SAFETY: `input` and `spans` live as long as the call, which is told their lengths, and `head` is
    // laid out as the shim declares it.
    unsafe { bits_llhttp_read(input.as_ptr().cast(), input.len(), kind, &raw mut head) };
    if head.length == 0 {
        return None;
    }
    assert!(head.count <= spans.len(), "more fields than lines");
    let text = |span: &Span| &input[span.offset..span.offset + span.length];
    let fields = spans[..head.count].chunks(2);
    Some(Theirs {
        length: head.length,
        version: (head.major, head.minor),
        status: head.status,
        target: text(&head.target),
        reason: text(&head.reason),
        content_length: (head.has_content_length != 0).then_some(head.content_length),
        is_chunked: head.is_chunked != 0,
        lasts_until_close: head.lasts_until_close != 0,
        fields: fields
            .map(|pair| (text(&pair[0]), pair.get(1).map_or(&[][..], text)))
            .collect(),
    })
}
