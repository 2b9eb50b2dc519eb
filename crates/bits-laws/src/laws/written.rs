//! Laws about what is written: semantic, canonical.

use bits_packet::presence::{Form, Presence, presence};
use bits_packet::{
    Authority, Escaped, Field, FieldLine, Options, Parsed, Request, RequestLine, Target, Version,
};
use bits_serializer::{BufferTooSmall, Draft, ExtraField, Layout, Place};

use crate::readings::{Reading, StartLine, Trial, Value};

/// A head about to be written, and what it was made of beside its packet.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    pub draft: Draft<'a>,
    pub layout: Layout,
    /// Where a request goes. A response has no use for it.
    pub target: Target<'a>,
    /// The server of a request.
    pub host: Authority<'a>,
    /// The phrase of a response, if it is not the usual one.
    pub reason: Option<&'a [u8]>,
}

/// What a draft writes reads back as an equal packet behind the same start line, its lines in the order of
/// the layout with the fields beside them where they were asked for, and nothing left over. Its length is
/// what was counted, and a buffer that is too small is told so.
pub fn semantic(reading: Reading, written: &Written<'_>, packet: &Value<'_>, options: &Options) {
    let draft = written.draft;
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
            written.check_line(&value);
            written.check_lines(&value);
        }
        other => panic!("{:?} reads back as {other:?}", Escaped(&bytes)),
    }
}

type Pair<'a> = (&'a [u8], &'a [u8]);

impl Written<'_> {
    /// The start line and the Host that were asked for.
    fn check_line(&self, value: &Value<'_>) {
        match value.line() {
            StartLine::Request(line) => {
                let method = match self.draft.form() {
                    Form::Notification => &b"POST"[..],
                    _ => RequestLine::BITS_POST,
                };
                assert_eq!(line.method(), method);
                assert_eq!(
                    line.target().pieces().concat(),
                    self.target.pieces().concat()
                );
                assert_eq!(line.version(), Version::Http11);
                assert_eq!(value.fields().get(b"Host"), Some(self.host.as_bytes()));
            }
            StartLine::Status(line) => {
                let usual = line.status().reason().as_bytes();
                assert_eq!(line.reason(), self.reason.unwrap_or(usual));
                assert_eq!(line.version(), Version::Http11);
            }
        }
    }

    /// The packet's own lines in the order and spelling of the layout, and the others where they were
    /// asked for, in the order in which they were given.
    fn check_lines(&self, value: &Value<'_>) {
        let form = self.draft.form();
        let order = self.layout.order(form);
        let position = |field| order.iter().position(|&other| other == field);
        let mut expected: Vec<(Option<(usize, u8)>, Pair<'_>)> = Vec::new();
        for line in value.fields().filter(|line| !is_extra(line, form)) {
            let field = line.field().expect("a field of the packet");
            let at = position(field).expect("a field of the layout");
            let name = self.layout.name(field).as_bytes();
            expected.push((Some((at + 1, 1)), (name, line.value())));
        }
        for field in self.draft.extra() {
            let rank = match field.place() {
                Place::First => Some((0, 0)),
                Place::Before(field) => position(field).map(|at| (at + 1, 0)),
                Place::After(field) => position(field).map(|at| (at + 1, 2)),
                _ => None,
            };
            expected.push((rank, (field.name(), field.value())));
        }
        // A stable sort; what has no rank is behind all others.
        expected.sort_by_key(|(rank, _)| (rank.is_none(), *rank));
        let expected: Vec<_> = expected.into_iter().map(|(_, pair)| pair).collect();
        let read: Vec<_> = value
            .fields()
            .map(|line| (line.name(), line.value()))
            .collect();
        assert_eq!(shown(&read), shown(&expected), "{:?}", self.layout);
    }
}

fn shown(lines: &[Pair<'_>]) -> Vec<String> {
    let show = |(name, value): &Pair<'_>| format!("{}: {}", Escaped(name), Escaped(value));
    lines.iter().map(show).collect()
}

/// A head that was accepted, written anew with one space behind each colon and none behind a value, reads
/// as what it was: start line, fields, framing, deviations. What is written of that is the same.
pub fn canonical_head(trial: &Trial<'_>) {
    let Some((value, _)) = trial.accepted() else {
        return;
    };
    let written = plain(&value);
    if written.len() > trial.options.max_head() as usize {
        return;
    }
    match trial.reading.parse(&written, &trial.options) {
        Ok(Parsed::Complete {
            value: again,
            rest: [],
        }) => {
            assert_eq!(again.line(), value.line());
            let lines = |value: &Value<'_>| -> Vec<_> {
                let lines = value.fields().map(|line| (line.name(), line.value()));
                lines
                    .map(|(name, value)| (name.to_vec(), value.to_vec()))
                    .collect()
            };
            assert_eq!(lines(&again), lines(&value));
            assert_eq!(again.framing(), value.framing());
            assert_eq!(again.deviations(), value.deviations());
            assert_eq!(Escaped(&plain(&again)), Escaped(&written), "no fixed point");
        }
        other => panic!("{:?} reads back as {other:?}", Escaped(&written)),
    }
}

/// The lines of a head with no blank that says nothing.
fn plain(value: &Value<'_>) -> Vec<u8> {
    let mut head = match value.line() {
        StartLine::Request(line) => {
            let target = line.target().pieces().concat();
            [
                line.method(),
                b" ",
                &target,
                b" ",
                line.version().as_str().as_bytes(),
            ]
            .concat()
        }
        StartLine::Status(line) => {
            let version = line.version().as_str().as_bytes();
            [version, b" ", &line.status().digits(), b" ", line.reason()].concat()
        }
    };
    for line in value.fields() {
        head.extend([&b"\r\n"[..], line.name(), b": ", line.value()].concat());
    }
    head.extend_from_slice(b"\r\n\r\n");
    head
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
            panic!("{:?} does not read back", Escaped(&written));
        };
        assert_same_packet(&again, &value);
        assert_same_line(again.line(), value.line());
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

/// The same target or the same phrase. Version and method may be others: an override is not written again.
fn assert_same_line(one: StartLine<'_>, other: StartLine<'_>) {
    let text = |line| match line {
        StartLine::Request(line) => line.target().pieces().concat(),
        StartLine::Status(line) => line.reason().to_vec(),
    };
    assert_eq!(Escaped(&text(one)), Escaped(&text(other)));
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
