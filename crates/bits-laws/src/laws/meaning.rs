//! Laws about meaning: semantic, canonical, source, strict-in-interop.

use std::fmt::Debug;

use bits_packet::presence::{Form, Presence, presence};
use bits_packet::{
    Ack, Authority, Body, Deviations, Error, Field, FieldLine, Fields, Message, Notification,
    NotificationResponse, Options, Parsed, Request,
};
use bits_serializer::{BufferTooSmall, Draft, ExtraField, Layout, Place};

use crate::laws::LENIENT;
use crate::readings::{Reading, StartLine, Trial, Value};

/// What a draft writes reads back as an equal packet with nothing left over, its length is what was
/// counted, and a buffer that is too small is told so.
pub fn semantic(reading: Reading, draft: &Draft<'_>, packet: &Value<'_>, options: &Options) {
    let bytes = draft.to_vec();
    assert_eq!(bytes.len(), draft.length(), "the length that was counted");
    let mut buffer = vec![0xAA; bytes.len() + 3];
    assert_eq!(
        draft.write(&mut buffer).map(|head| head.to_vec()),
        Ok(bytes.clone())
    );
    assert_eq!(buffer[bytes.len()..], [0xAA; 3], "written behind the head");
    for available in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        let small = BufferTooSmall {
            needed: bytes.len(),
            available,
        };
        assert_eq!(draft.write(&mut buffer[..available]), Err(small));
    }
    match reading.parse(&bytes, options) {
        Ok(Parsed::Complete { value, rest: [] }) => {
            assert_same_packet(&value, packet);
            let read: Vec<_> = extra_of(&value, draft.form()).collect();
            let places = draft.extra().iter().map(ExtraField::place);
            for place in places {
                let written = draft.extra().iter().filter(|field| field.place() == place);
                let written: Vec<_> = written.map(|it| (it.name(), it.value())).collect();
                assert!(
                    in_order(&written, &read),
                    "{place:?}: {written:?} in {read:?}"
                );
            }
            assert_eq!(read.len(), draft.extra().len(), "extra fields");
        }
        other => panic!("{:?} reads back as {other:?}", bits_packet::Escaped(&bytes)),
    }
}

/// The fields that the packet does not own.
fn extra_of<'a>(value: &Value<'a>, form: Form) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let lines = value.fields().filter(move |line| is_extra(line, form));
    lines.map(|line| (line.name(), line.value()))
}

/// Whether `some` stand in `all`, in the same order.
fn in_order<T: PartialEq>(some: &[T], all: &[T]) -> bool {
    let mut all = all.iter();
    some.iter().all(|one| all.any(|other| one == other))
}

/// `serialize(parse(x))` is a fixed point of both, in every layout and under all `options` that read the
/// input alike.
pub fn canonical(trial: &Trial<'_>, options: &[Options]) {
    let Some((value, _)) = trial.accepted() else {
        return;
    };
    for layout in Layout::ALL {
        let Some(written) = redraft(&value, layout, Place::Last) else {
            return;
        };
        let mut reads = options
            .iter()
            .map(|options| trial.reading.parse(&written, options));
        let Some(Ok(Parsed::Complete {
            value: again,
            rest: [],
        })) = reads.next()
        else {
            panic!("{:?} does not read back", bits_packet::Escaped(&written));
        };
        assert_same_packet(&again, &value);
        assert!(unknown(&again).eq(unknown(&value)), "{layout:?}");
        let twice = redraft(&again, layout, Place::Last);
        assert_eq!(twice.as_ref(), Some(&written), "{layout:?}");
        for read in reads {
            let other = read.map(|read| read.complete().map(|(value, _)| value));
            assert_eq!(other, Ok(Some(again)), "{layout:?}");
        }
    }
}

/// The fields that the protocol does not know.
fn unknown<'a>(value: &Value<'a>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let lines = value.fields().filter(|line| line.field().is_none());
    lines.map(|line| (line.name(), line.value()))
}

/// The head written again from its packet in `layout`, with the fields that the packet does not own
/// at `place`; `None` if it has no packet.
#[must_use]
pub fn redraft(value: &Value<'_>, layout: Layout, place: Place) -> Option<Vec<u8>> {
    let host = || Authority::new(value.fields().get(b"Host")?).ok();
    let draft = match (value, value.line()) {
        (Value::Request(message), StartLine::Request(line)) => {
            Draft::request(message.packet()?, line.target(), host()?).ok()?
        }
        (Value::Notification(message), StartLine::Request(line)) => {
            Draft::notification(message.packet()?, line.target(), host()?).ok()?
        }
        (Value::Ack(message), StartLine::Status(line)) => Draft::ack(message.packet()?)
            .with_reason(line.reason())
            .ok()?,
        // A coded body is framed by whoever codes it; the packet knows lengths only.
        (Value::NotificationResponse(_), _)
            if value.fields().get(b"Transfer-Encoding").is_some() =>
        {
            return None;
        }
        (Value::NotificationResponse(message), StartLine::Status(line)) => {
            Draft::notification_response(message.packet()?)
                .with_reason(line.reason())
                .ok()?
        }
        _ => return None,
    };
    let mut lines: Vec<FieldLine<'_>> = Vec::new();
    for line in value.fields().filter(|line| is_extra(line, draft.form())) {
        let is_again =
            |before: &FieldLine<'_>| line.field().is_some() && before.field() == line.field();
        if !lines.iter().any(is_again) {
            lines.push(line);
        }
    }
    let extra: Vec<ExtraField<'_>> = lines
        .iter()
        .map(|line| {
            ExtraField::new(line.name(), line.value(), place).expect("a field that was read")
        })
        .collect();
    let draft = draft.with_layout(layout).with_extra(&extra);
    Some(draft.expect("fields that the packet does not own").to_vec())
}

/// Whether a field line is beside the packet's own, and may be written so.
fn is_extra(line: &FieldLine<'_>, form: Form) -> bool {
    let by_itself = match form {
        Form::Ack { outcome, .. } => Form::Ack {
            answering: None,
            outcome,
        },
        form => form,
    };
    let is_unused = |field| {
        let forms = [form, by_itself];
        forms
            .iter()
            .all(|form| presence(field, *form) == Presence::Unused)
    };
    line.field().is_none_or(|field| {
        is_unused(field) && !matches!(field, Field::MethodOverride | Field::PacketType)
    })
}

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

/// Equal by meaning: the packet alone.
fn assert_same_packet(one: &Value<'_>, other: &Value<'_>) {
    match (one, other) {
        (Value::Request(one), Value::Request(other)) => {
            assert_eq!(one.packet(), other.packet());
            // Equal protocols may be spelled in another letter case; these are not.
            assert!(protocols(one.packet()).eq(protocols(other.packet())));
        }
        (Value::Notification(one), Value::Notification(other)) => {
            assert_eq!(one.packet(), other.packet());
        }
        (Value::Ack(one), Value::Ack(other)) => assert_eq!(one.packet(), other.packet()),
        (Value::NotificationResponse(one), Value::NotificationResponse(other)) => {
            assert_eq!(one.packet(), other.packet());
        }
        _ => panic!("{one:?} and {other:?} are of different kinds"),
    }
}

fn protocols<'a>(packet: Option<&Request<'a>>) -> impl Iterator<Item = &'a [u8]> {
    let list = packet.and_then(|packet| match packet {
        Request::CreateSession(create) => Some(create.protocols),
        _ => None,
    });
    let items = list.into_iter().flat_map(|list| list.iter());
    items.map(|item| item.as_bytes())
}
