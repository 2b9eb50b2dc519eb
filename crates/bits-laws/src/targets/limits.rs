//! What is too long, too many or too large.

use bits_packet::{ErrorKind, Field, FieldLine, Options, Parsed, Request};

use crate::corpus::Outcome;
use crate::laws;
use crate::readings::{Reading, Trial, Value};

/// Limits, two bytes each with the lower one first (0 stands for the default), and a head behind them.
#[must_use]
pub fn split(input: &[u8]) -> Option<(Options, &[u8])> {
    let (limits, head) = input.split_first_chunk::<6>()?;
    let [
        head_low,
        head_high,
        value_low,
        value_high,
        items_low,
        items_high,
    ] = *limits;
    let limit = |low, high, default| match u16::from_le_bytes([low, high]) {
        0 => default,
        limit => u32::from(limit),
    };
    let options = Options::INTEROP;
    let options = options
        .with_max_head(limit(head_low, head_high, options.max_head()))
        .with_max_value(limit(value_low, value_high, options.max_value()))
        .with_max_protocols(limit(items_low, items_high, options.max_protocols()));
    Some((options, head))
}

/// Puts limits and a head together; 0 stands for the default.
#[must_use]
pub fn join(max_head: u16, max_value: u16, max_protocols: u16, head: &[u8]) -> Vec<u8> {
    let limits = [max_head, max_value, max_protocols].map(u16::to_le_bytes);
    [&limits.concat(), head].concat()
}

/// What comes of a head under its limits.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let Some((options, head)) = split(input) else {
        return Outcome::nothing("limits");
    };
    let reading = Reading::of_packet(head)[0];
    Outcome::under(&options, reading, head)
}

/// What exceeds a limit gets the error of the limit, unless another error stands before; and what keeps to
/// it reads as with any other limit. That work grows with the length and not faster, `.ci/linear` counts.
pub fn limits(input: &[u8]) {
    let Some((options, head)) = split(input) else {
        return;
    };
    let reading = Reading::of_packet(head)[0];
    let limited = Trial::new(reading, head, options);
    size_of_head(&limited);
    sizes_of_values(&limited);
    if let Some((value, _)) = limited.accepted() {
        items_of_lists(&limited, &value);
    }
    let pieces = 1 + head.len() / 64;
    let cuts: Vec<usize> = (pieces..head.len()).step_by(pieces).collect();
    laws::chunks(reading, head, &cuts, &options);
}

fn size_of_head(limited: &Trial<'_>) {
    let limit = limited.options.max_head() as usize;
    let largest = limited.options.with_max_head(u32::MAX);
    let unlimited = Trial::new(limited.reading, limited.input, largest);
    let window = &limited.input[..limit.min(limited.input.len())];
    match (unlimited.read, limited.read) {
        // Within the limit there is no difference.
        (Ok(Parsed::Complete { value, .. }), limited) if value.head().len() <= limit => {
            assert_eq!(
                Ok(Parsed::Complete {
                    value,
                    rest: rest_of(&unlimited)
                }),
                limited
            );
        }
        (Err(error), Err(limited)) if limited.kind() != ErrorKind::HeadTooLarge => {
            assert_eq!(error, limited);
        }
        (_, Err(error)) if window.len() == limit => {
            assert_eq!(error.kind(), ErrorKind::HeadTooLarge, "{error}");
            assert_eq!(error.offset(), limit, "{error}");
            // What makes a start line too long is its target (RFC 9112 3).
            let is_target = !window.windows(2).any(|pair| pair == b"\r\n");
            let status = if is_target { 414 } else { 431 };
            let expected = (!limited.input.starts_with(b"HTTP/")).then_some(status);
            assert_eq!(error.status_hint(), expected, "{error}");
        }
        (Ok(Parsed::NeedMore), Ok(Parsed::NeedMore)) => assert!(window.len() < limit),
        (unlimited, limited) => panic!("{unlimited:?}, and with the limit {limited:?}"),
    }
}

fn rest_of<'a>(trial: &Trial<'a>) -> &'a [u8] {
    trial.accepted().map_or(&[], |(_, rest)| rest)
}

fn sizes_of_values(limited: &Trial<'_>) {
    let limit = limited.options.max_value() as usize;
    let largest = limited.options.with_max_value(u32::MAX);
    let unlimited = Trial::new(limited.reading, limited.input, largest);
    let Some((value, _)) = unlimited.accepted() else {
        return;
    };
    let has_packet = match value {
        Value::Request(message) => message.packet().is_some(),
        Value::Ack(message) => message.packet().is_some(),
        _ => false,
    };
    // Of the fields that the protocol knows, an override that long overrides nothing.
    let is_too_long = |line: &FieldLine<'_>| {
        let is_limited = |field| field != Field::MethodOverride;
        line.value().len() > limit && line.field().is_some_and(is_limited)
    };
    match value.fields().find(is_too_long).filter(|_| has_packet) {
        Some(line) => {
            let error = limited.refused().flatten().expect("a value is too long");
            let told = (error.kind(), error.field());
            assert_eq!(told, (ErrorKind::ValueTooLong, line.field()));
        }
        None => assert_eq!(limited.read, unlimited.read),
    }
}

fn items_of_lists(limited: &Trial<'_>, value: &Value<'_>) {
    let Value::Request(message) = value else {
        return;
    };
    let Some(Request::CreateSession(create)) = message.packet() else {
        return;
    };
    let most = limited.options.max_protocols() as usize;
    assert!(create.protocols.iter().count() <= most, "too many items");
    let options = limited.options.with_max_protocols(u32::MAX);
    let all = Trial::new(limited.reading, limited.input, options).accepted();
    if let Some((Value::Request(message), _)) = all
        && let Some(Request::CreateSession(unlimited)) = message.packet()
    {
        assert!(
            create
                .protocols
                .iter()
                .eq(unlimited.protocols.iter().take(most))
        );
    }
}
