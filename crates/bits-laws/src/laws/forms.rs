//! The law that the fast form of the grammar is the general form.

use bits_packet::{Error, Options, Parsed, general};

use super::OPTIONS;
use super::bytes::{borrowed, place};
use crate::readings::{Reading, Trial, Value};

/// The limits of values at which the fast form changes its ways, around the longest value that it does not measure,
/// and the smallest; beside them the greatest length of a session id.
const MAX_VALUES: [u32; 7] = [0, 1, 37, 79, 80, 81, 100];

/// Whatever the bytes are, the fast form says what the general form says: the same value and rest, deviations, error,
/// or "need more"; and what is borrowed lies in the same place. True of what has one form alone.
pub fn fast_is_general(reading: Reading, input: &[u8], options: &Options) {
    let trial = Trial::new(reading, input, *options);
    let Some(general) = by_general_form(reading, input, options) else {
        return;
    };
    assert_eq!(trial.read, general, "{reading:?}, {options:?}");
    let (Ok(Parsed::Complete { value, rest }), Ok(Parsed::Complete { value: same, .. })) =
        (trial.read, general)
    else {
        return;
    };
    // What is equal byte for byte may still be the bytes of another line.
    let places = |value| {
        borrowed(value)
            .into_iter()
            .map(|slice| (slice.as_ptr(), slice.len()))
    };
    assert!(
        places(&value).eq(places(&same)),
        "in other places: {value:?}"
    );
    assert_eq!(place(input, rest), Some(value.head().len()), "another rest");
}

/// Reads by the general form, where there are two.
fn by_general_form<'a>(
    reading: Reading,
    input: &'a [u8],
    options: &Options,
) -> Option<Result<Parsed<'a, Value<'a>>, Error>> {
    match reading {
        Reading::Request => {
            let read = general::request(input, options);
            Some(read.map(|parsed| parsed.map(Value::Request)))
        }
        Reading::Ack(answering) => {
            let read = general::ack(input, answering, options);
            Some(read.map(|parsed| parsed.map(Value::Ack)))
        }
        Reading::RequestHead => {
            let read = general::request_head(input, options);
            Some(read.map(|parsed| parsed.map(Value::RequestHead)))
        }
        Reading::ResponseHead => {
            let read = general::response_head(input, options);
            Some(read.map(|parsed| parsed.map(Value::ResponseHead)))
        }
        Reading::Notification | Reading::NotificationResponse => None,
    }
}

/// The law for every way to read an input, under every options and limits that the forms might differ in; for the
/// beginnings of what is accepted, and for what is longer than that.
pub fn both_forms(input: &[u8]) {
    let acks = || Reading::OF_RESPONSES.into_iter();
    let heads = [Reading::RequestHead, Reading::ResponseHead];
    for reading in acks().chain(heads).chain([Reading::Request]) {
        for options in OPTIONS {
            fast_is_general(reading, input, &options);
        }
    }
    let first = Reading::of_packet(input)[0];
    let Some((value, _)) = Trial::new(first, input, Options::INTEROP).accepted() else {
        return;
    };
    let head = value.head();
    for options in OPTIONS
        .into_iter()
        .flat_map(|options| odd_limits(options, head))
    {
        fast_is_general(first, input, &options);
    }
    for end in ends(head) {
        fast_is_general(first, &head[..end], &Options::INTEROP);
        let cut = first.parse(&head[..end], &Options::INTEROP);
        assert_eq!(cut, Ok(Parsed::NeedMore), "the first {end} bytes");
    }
    let tails: [&[u8]; 4] = [b"\r\n", b" folded: line\r\n\r\n", b"\0\xFF", head];
    for tail in tails {
        let longer = [head, tail].concat();
        fast_is_general(first, &longer, &Options::INTEROP);
        assert!(
            Trial::new(first, &longer, Options::INTEROP)
                .accepted()
                .is_some(),
            "{tail:?}"
        );
    }
}

/// Options with one limit that is odd for this head.
pub fn odd_limits(options: Options, head: &[u8]) -> impl Iterator<Item = Options> {
    let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
    let lengths = [
        0,
        1,
        length.saturating_sub(1),
        length,
        length.saturating_add(1),
        u32::MAX,
    ];
    let heads = lengths
        .into_iter()
        .map(move |length| options.with_max_head(length));
    let values = MAX_VALUES.into_iter().chain([u32::MAX]);
    let values = values.map(move |length| options.with_max_value(length));
    let items = [0, 1, 2, u32::MAX].into_iter();
    heads
        .chain(values)
        .chain(items.map(move |items| options.with_max_protocols(items)))
}

/// Where to cut a head: everywhere, if it is no longer than most are, and else around the ends of its lines.
fn ends(head: &[u8]) -> impl Iterator<Item = usize> {
    let is_short = head.len() <= 1024;
    (0..head.len())
        .filter(move |&end| is_short || head[..end].iter().rev().take(3).any(|&byte| byte == b'\n'))
}
