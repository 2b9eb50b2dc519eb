//! Laws about bytes: total, lossless, frame.

use bits_packet::{Ack, Escaped, Field, Host, Parsed, Request};

use crate::readings::{StartLine, Trial, Value};

/// Any bytes: no panic and no hang; the head and the rest are the input; every slice lies inside the
/// input, where it is said to lie.
pub fn total(trial: &Trial<'_>) {
    let input = trial.input;
    let limit = trial.options.max_head() as usize;
    match trial.read {
        Ok(Parsed::Complete { value, rest }) => {
            let head = value.head();
            assert!(head.len() <= limit, "a head above the limit");
            assert_eq!(head.len() + rest.len(), input.len(), "not all of the input");
            assert_eq!(place(input, head), Some(0), "not the start of the input");
            assert_eq!(place(input, rest), Some(head.len()), "not the input's rest");
            parts_lie_in(head, &value);
            assert!(!format!("{value:?}").is_empty());
        }
        Ok(Parsed::NeedMore) => {
            assert!(input.len() < limit, "more is wanted than the limit allows");
        }
        Err(error) => {
            assert!(
                error.offset() <= input.len().min(limit),
                "an error behind the input"
            );
            assert!(
                error.section().is_some(),
                "an error without a section: {error}"
            );
            assert!(error.to_string().contains("(at "), "{error}");
        }
    }
}

/// Everything borrowed lies in the head, and every line where it is said to.
fn parts_lie_in(head: &[u8], value: &Value<'_>) {
    for slice in slices(value) {
        let text = Escaped(slice);
        assert!(place(head, slice).is_some(), "{text:?} lies elsewhere");
    }
    for line in value.fields() {
        let at = place(head, line.name());
        assert_eq!(at, Some(line.offset()), "a line's offset");
        assert_eq!(line.field(), Field::from_name(line.name()));
    }
}

/// An accepted head, written again from its parts, is its input byte for byte.
pub fn lossless(trial: &Trial<'_>) {
    let Some((value, rest)) = trial.accepted() else {
        return;
    };
    let input = trial.input;
    let mut again = Vec::with_capacity(input.len());
    match value.line() {
        StartLine::Request(line) => {
            again.extend_from_slice(line.method());
            again.push(b' ');
            again.extend(line.target().pieces().concat());
            again.push(b' ');
            again.extend_from_slice(line.version().as_str().as_bytes());
        }
        StartLine::Status(line) => {
            again.extend_from_slice(line.version().as_str().as_bytes());
            again.push(b' ');
            again.extend(line.status().digits());
            again.push(b' ');
            again.extend_from_slice(line.reason());
        }
    }
    again.extend_from_slice(b"\r\n");
    again.extend_from_slice(value.fields().as_bytes());
    again.extend_from_slice(b"\r\n");
    again.extend_from_slice(rest);
    assert_eq!(Escaped(&again), Escaped(input), "not the same bytes");
}

/// The value never depends on the bytes after the head.
pub fn frame(trial: &Trial<'_>) {
    let Some((value, _)) = trial.accepted() else {
        return;
    };
    let head = value.head();
    let tails: [&[u8]; 4] = [b"", b"\r\n\r\n", b" folded: line\r\n\r\n\0\xFF", head];
    let mut longer = Vec::with_capacity(2 * head.len() + 32);
    for tail in tails {
        longer.clear();
        longer.extend_from_slice(head);
        longer.extend_from_slice(tail);
        match trial.reading.parse(&longer, &trial.options) {
            Ok(Parsed::Complete { value: again, rest }) => {
                assert_eq!(
                    (again, rest),
                    (value, tail),
                    "the bytes after the head count"
                );
            }
            other => panic!("the bytes after the head made of it: {other:?}"),
        }
    }
}

/// Everything that a value borrows, but what is empty.
fn slices<'a>(value: &Value<'a>) -> Vec<&'a [u8]> {
    let mut slices = borrowed(value);
    for line in value.fields() {
        slices.extend([line.name(), line.value()]);
    }
    slices.retain(|slice| !slice.is_empty());
    slices
}

/// What a value borrows: its head, the field block as a whole, the pieces of the start line, the packet's values.
pub(super) fn borrowed<'a>(value: &Value<'a>) -> Vec<&'a [u8]> {
    let mut slices = Vec::with_capacity(16);
    slices.extend([value.head(), value.fields().as_bytes()]);
    match value.line() {
        StartLine::Request(line) => {
            let target = line.target();
            slices.extend([line.method(), target.scheme(), target.path()]);
            slices.extend(target.query());
            let authority = target.authority();
            slices.extend(authority.map(|authority| authority.as_bytes()));
            slices.extend(authority.map(|authority| authority.host()));
        }
        StartLine::Status(line) => slices.push(line.reason()),
    }
    match value {
        Value::Request(message) => {
            if let Some(request) = message.packet() {
                push_request(&mut slices, request);
            }
        }
        Value::Ack(message) => {
            if let Some(ack) = message.packet() {
                push_ack(&mut slices, ack);
            }
        }
        _ => {}
    }
    slices
}

fn push_request<'a>(slices: &mut Vec<&'a [u8]>, request: &Request<'a>) {
    slices.extend(request.session_id().map(|id| id.as_bytes()));
    let name = match request {
        Request::CreateSession(create) => {
            slices.extend(create.protocols.iter().map(|item| item.as_bytes()));
            create.content_name
        }
        Request::Fragment(fragment) => {
            let codings = fragment.content_encoding;
            slices.extend(codings.map(|codings| codings.as_bytes()));
            fragment.content_name
        }
        Request::CloseSession(close) => close.content_name,
        Request::CancelSession(cancel) => cancel.content_name,
        Request::Ping(_) => None,
    };
    slices.extend(name.map(|name| name.as_bytes()));
}

fn push_ack<'a>(slices: &mut Vec<&'a [u8]>, ack: &Ack<'a>) {
    let values = [
        ack.session_id().map(|id| id.as_bytes()),
        ack.host_id().map(|host| host.as_bytes()),
        ack.reply_url().map(|url| url.as_bytes()),
        ack.accept_encoding().map(|codings| codings.as_bytes()),
    ];
    slices.extend(values.into_iter().flatten());
    if let Some(Host::Name(name)) = ack.host_id().map(|host| host.host()) {
        slices.push(name.as_bytes());
    }
}

/// Where `inner` lies in `outer`, if it does.
pub(super) fn place(outer: &[u8], inner: &[u8]) -> Option<usize> {
    let at = (inner.as_ptr() as usize).checked_sub(outer.as_ptr() as usize)?;
    (at + inner.len() <= outer.len()).then_some(at)
}
