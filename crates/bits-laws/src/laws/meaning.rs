//! Laws about meaning: source, strict-in-interop.

use std::fmt::Debug;

use bits_packet::{
    Ack, Body, Deviations, Error, Fields, Message, Notification, NotificationResponse, Options,
    Parsed, Request,
};

use crate::laws::LENIENT;
use crate::readings::{Reading, Trial, Value};

/// A packet from a head that was read before, and one from the same fields given as a list, are the
/// packet from the bytes. Neither tolerates more than its options, however the head was read; and a list
/// is refused at the first item that is no field, or that frames the message anew.
pub fn source(trial: &Trial<'_>) {
    let head = |options| Trial::new(trial.reading.head(), trial.input, options).accepted();
    let own = head(trial.options);
    let head = own.or_else(|| head(LENIENT)).map(|(head, _)| head);
    match (head, trial.reading) {
        (Some(Value::RequestHead(head)), Reading::Request) => {
            let from_list = |list: Vec<_>| Request::from_fields(head.line(), list, &trial.options);
            let again = Request::from_head(&head, &trial.options);
            check_sources(trial, head.fields(), again, Value::Request, from_list);
        }
        (Some(Value::RequestHead(head)), Reading::Notification) => {
            let from_list =
                |list: Vec<_>| Notification::from_fields(head.line(), list, &trial.options);
            let again = Notification::from_head(&head, &trial.options);
            check_sources(trial, head.fields(), again, Value::Notification, from_list);
        }
        (Some(Value::ResponseHead(head)), Reading::Ack(answering)) => {
            let from_list =
                |list: Vec<_>| Ack::from_fields(head.line(), list, answering, &trial.options);
            let again = Ack::from_head(&head, answering, &trial.options);
            check_sources(trial, head.fields(), again, Value::Ack, from_list);
        }
        (Some(Value::ResponseHead(head)), Reading::NotificationResponse) => {
            let from_list =
                |list: Vec<_>| NotificationResponse::from_fields(head.line(), list, &trial.options);
            let again = NotificationResponse::from_head(&head, &trial.options);
            let value = Value::NotificationResponse;
            check_sources(trial, head.fields(), again, value, from_list);
        }
        _ => {}
    }
}

type Pair<'a> = (&'a [u8], &'a [u8]);

fn check_sources<'a, H, L, P: Copy + PartialEq + Debug>(
    trial: &Trial<'a>,
    fields: Fields<'a>,
    from_head: Result<Message<H, P>, Error>,
    value: impl FnOnce(Message<H, P>) -> Value<'a>,
    from_list: impl Fn(Vec<Pair<'a>>) -> Result<Message<L, P>, Error>,
) {
    let items: Vec<Pair<'a>> = fields.map(|line| (line.name(), line.value())).collect();
    let list = from_list(items.clone());
    let told = [
        from_head.as_ref().map(Message::deviations),
        list.as_ref().map(Message::deviations),
    ];
    for deviation in told.into_iter().flatten().flatten() {
        assert!(trial.options.tolerates(deviation), "{deviation}");
    }
    let head = Trial::new(trial.reading.head(), trial.input, trial.options);
    if head.accepted().is_some() {
        assert_same_source(trial.read, from_head, value, &list);
    }
    for wrong in [
        (&b"a b"[..], &b"c"[..]),
        (b"a", b"b\rc"),
        (b"content-length", b"x"),
    ] {
        let refused = from_list([&items[..], &[wrong]].concat()).err();
        let at = refused.map(|error| error.offset());
        assert_eq!(at, Some(items.len()), "{wrong:?}");
    }
}

/// From a head as from bytes, errors and all; from a list the same packet, framing and deviations, or
/// an error that differs only in where it is.
fn assert_same_source<'a, H, L, P: Copy + PartialEq + Debug>(
    bytes: Result<Parsed<'a, Value<'a>>, Error>,
    head: Result<Message<H, P>, Error>,
    value: impl FnOnce(Message<H, P>) -> Value<'a>,
    list: &Result<Message<L, P>, Error>,
) {
    match (&head, list) {
        (Ok(head), Ok(list)) => assert_eq!(parts(head), parts(list), "head and list"),
        (Err(head), Err(list)) => {
            let shape = |error: &Error| (error.kind(), error.field(), error.status_hint());
            assert_eq!(shape(head), shape(list), "head and list");
        }
        (head, list) => panic!(
            "head: {:?}; list: {:?}",
            head.as_ref().map(parts),
            list.as_ref().map(parts)
        ),
    }
    let bytes = bytes.map(|read| read.complete().expect("a whole head").0);
    assert_eq!(head.map(value), bytes, "head and bytes");
}

/// What a message says beside its start line and fields.
fn parts<H, P: Copy>(message: &Message<H, P>) -> (Option<P>, Body, Option<u64>, Deviations) {
    (
        message.packet().copied(),
        message.body(),
        message.content_length(),
        message.deviations(),
    )
}

/// What STRICT accepts, INTEROP accepts with the same value and no deviation; what STRICT alone refuses,
/// it refuses for a deviation that INTEROP tells; and STRICT with just the deviations that were met accepts too.
pub fn strict_in_interop(interop: &Trial<'_>, strict: &Trial<'_>) {
    let (reading, input) = (interop.reading, interop.input);
    let (interop, strict) = (interop.read, strict.read);
    match (&strict, &interop) {
        (Ok(strict), interop) => assert_eq!(interop.as_ref(), Ok(strict)),
        (Err(error), Ok(Parsed::Complete { value, .. })) => {
            let deviation = error.deviation().expect("STRICT refuses what deviates");
            assert!(value.deviations().contains(deviation), "{error}");
            let just_those = value
                .deviations()
                .iter()
                .fold(Options::STRICT, |options, deviation| {
                    options.allow(deviation)
                });
            assert_eq!(
                reading.parse(input, &just_those),
                interop,
                "the deviations do not suffice"
            );
            for deviation in value.deviations() {
                // Refused, or another value: a number that is not tolerated may count as absent.
                let without = reading.parse(input, &just_those.refuse(deviation));
                assert_ne!(without, interop, "{deviation} makes no difference");
            }
        }
        (Err(_), Ok(Parsed::NeedMore)) => {}
        (Err(_), Err(_)) => {}
    }
    if let Ok(Parsed::Complete { value, .. }) = strict {
        assert!(
            value.deviations().is_empty(),
            "STRICT has tolerated something"
        );
    }
}
