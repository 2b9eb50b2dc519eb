//! The presence table, walked whole: every field on every form, there and not there.

use bits_laws::readings::{Reading, Value};
use bits_packet::presence::{Form, Outcome, Presence, presence};
use bits_packet::{Error, ErrorKind, Field, Options, Parsed, RequestType};

/// A value that the field may have on that form.
fn sample(field: Field, form: Form) -> &'static str {
    match field {
        Field::PacketType => match form {
            Form::Request(request) => request.name(),
            _ => "Ack",
        },
        Field::ContentLength if form == Form::Request(RequestType::Fragment) => "1",
        Field::ContentLength => "0",
        Field::ContentRange => "bytes 0-0/1",
        Field::Host | Field::HostId => "example.net",
        Field::TransferEncoding => "chunked",
        Field::SupportedProtocols | Field::Protocol => "{7df0354d-249b-430f-820d-3d2a9bef4931}",
        Field::HostIdFallbackTimeout | Field::ReceivedContentRange => "86400",
        Field::ErrorCode | Field::Error => "0x80070057",
        Field::ErrorContext => "0x5",
        Field::ReplyUrl | Field::OriginalRequestUrl | Field::StaticResponseUrl => "http://a/b",
        Field::ContentEncoding | Field::AcceptEncoding => "gzip",
        _ => "x",
    }
}

/// What nothing reads.
const UNREADABLE: &str = "{\\ \u{e4} ,;";

/// The fields that a careful sender puts on that form.
fn complete(form: Form) -> Vec<(Field, &'static str)> {
    Field::ALL
        .into_iter()
        .filter(|&field| {
            matches!(
                presence(field, form),
                Presence::Required | Presence::Expected(_)
            )
        })
        .map(|field| (field, sample(field, form)))
        .collect()
}

fn head(form: Form, fields: &[(Field, &str)]) -> Vec<u8> {
    let start = match form {
        Form::Request(_) => "BITS_POST /x HTTP/1.1".to_owned(),
        Form::Notification => "POST /x HTTP/1.1".to_owned(),
        Form::NotificationResponse => "HTTP/1.1 200 OK".to_owned(),
        Form::Ack { outcome, .. } => match outcome {
            Outcome::Success => "HTTP/1.1 200 OK".to_owned(),
            Outcome::OutOfSequence => "HTTP/1.1 416 Out Of Sequence".to_owned(),
            Outcome::Failure => "HTTP/1.1 400 Bad Request".to_owned(),
        },
    };
    let lines = fields
        .iter()
        .map(|(field, value)| format!("{field}: {value}\r\n"));
    format!("{start}\r\n{}\r\n", lines.collect::<String>()).into_bytes()
}

fn reading(form: Form) -> Reading {
    match form {
        Form::Request(_) => Reading::Request,
        Form::Ack { answering, .. } => Reading::Ack(answering),
        Form::Notification => Reading::Notification,
        Form::NotificationResponse => Reading::NotificationResponse,
    }
}

fn read<'a>(form: Form, head: &'a [u8], options: &Options) -> Result<Value<'a>, Error> {
    match reading(form).parse(head, options)? {
        Parsed::Complete { value, rest: [] } => Ok(value),
        other => panic!("{other:?}"),
    }
}

fn packet(value: &Value<'_>) -> String {
    match value {
        Value::Request(message) => format!("{:?}", message.packet()),
        Value::Ack(message) => format!("{:?}", message.packet()),
        Value::Notification(message) => format!("{:?}", message.packet()),
        Value::NotificationResponse(message) => format!("{:?}", message.packet()),
        _ => panic!("{value:?} is a bare head"),
    }
}

/// `fields` without `field`.
fn without(fields: &[(Field, &'static str)], field: Field) -> Vec<(Field, &'static str)> {
    fields
        .iter()
        .copied()
        .filter(|(other, _)| *other != field)
        .collect()
}

/// The complete form with `field` on it, with what the field cannot be there without and without what
/// it excludes.
fn with(form: Form, field: Field, value: &'static str) -> Vec<(Field, &'static str)> {
    let mut fields = without(&complete(form), field);
    let (excluded, companion) = match field {
        Field::TransferEncoding => (Some(Field::ContentLength), None),
        Field::Error => (Some(Field::ErrorCode), None),
        Field::ErrorContext => (None, Some(Field::ErrorCode)),
        Field::HostIdFallbackTimeout => (None, Some(Field::HostId)),
        Field::RequestDataFileName | Field::RequestDataEntityName => {
            (None, Some(Field::ResponseDataFileName))
        }
        Field::ResponseDataFileName | Field::ResponseDataEntityName => {
            (None, Some(Field::RequestDataFileName))
        }
        _ => (None, None),
    };
    if let Some(excluded) = excluded {
        fields = without(&fields, excluded);
    }
    if let Some(companion) = companion.filter(|&field| presence(field, form) != Presence::Unused) {
        fields = without(&fields, companion);
        fields.push((companion, sample(companion, form)));
    }
    fields.push((field, value));
    fields
}

fn assert_accepted(form: Form, fields: &[(Field, &str)], about: &str) {
    let head = head(form, fields);
    let value = read(form, &head, &Options::STRICT);
    let value = value.unwrap_or_else(|error| panic!("{form:?} {about}: {error}"));
    assert!(value.deviations().is_empty(), "{form:?} {about}");
    assert_ne!(packet(&value), "None", "{form:?} {about}");
}

fn assert_refused(
    form: Form,
    fields: &[(Field, &str)],
    options: &Options,
    expected: (ErrorKind, Field),
) {
    let head = head(form, fields);
    let error = read(form, &head, options).expect_err("refused");
    assert_eq!(
        (error.kind(), error.field()),
        (expected.0, Some(expected.1)),
        "{form:?}"
    );
    let is_response = matches!(form, Form::Ack { .. } | Form::NotificationResponse);
    assert_eq!(
        error.status_hint().is_none(),
        is_response,
        "{form:?} {error}"
    );
}

fn assert_deviates(form: Form, fields: &[(Field, &str)], deviation: bits_packet::Deviation) {
    let head = head(form, fields);
    let value = read(form, &head, &Options::INTEROP);
    let value = value.unwrap_or_else(|error| panic!("{form:?} {deviation}: {error}"));
    assert!(
        value.deviations().contains(deviation),
        "{form:?} {deviation}"
    );
    let options = Options::INTEROP.refuse(deviation);
    assert!(
        read(form, &head, &options).is_err(),
        "{form:?} without {deviation}"
    );
}

/// Whether a message without the field is one of another kind, and no error.
fn makes_the_packet(form: Form, field: Field) -> bool {
    match form {
        Form::Ack { answering, .. } => answering.is_none() && field == Field::PacketType,
        Form::Notification => field == Field::OriginalRequestUrl,
        _ => false,
    }
}

fn check(field: Field, form: Form) {
    let mut missing = without(&complete(form), field);
    if (form, field) == (Form::Notification, Field::ContentLength) {
        // By value the length cannot be told otherwise; by reference there is no body.
        missing.push((Field::RequestDataFileName, "x"));
        missing.push((Field::ResponseDataFileName, "y"));
    }
    let present = with(form, field, sample(field, form));
    let about = format!("with {field}");
    match presence(field, form) {
        Presence::Required if makes_the_packet(form, field) => {
            let head = head(form, &missing);
            let value = read(form, &head, &Options::STRICT).expect("ordinary HTTP");
            assert_eq!(packet(&value), "None", "{form:?} without {field}");
        }
        Presence::Required => {
            assert_accepted(form, &present, &about);
            for options in [Options::STRICT, Options::INTEROP] {
                assert_refused(form, &missing, &options, (ErrorKind::Missing, field));
            }
        }
        Presence::Expected(deviation) => {
            assert_accepted(form, &present, &about);
            assert_refused(
                form,
                &missing,
                &Options::STRICT,
                (ErrorKind::Missing, field),
            );
            assert_deviates(form, &missing, deviation);
        }
        Presence::Optional => {
            assert_accepted(form, &present, &about);
            assert_accepted(form, &missing, "without what is optional");
        }
        Presence::Unexpected(deviation) => {
            assert_accepted(form, &missing, "without what is unexpected");
            // The companion may be the one that is met first.
            let head = head(form, &present);
            let error = read(form, &head, &Options::STRICT).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Unexpected, "{form:?} {about}");
            assert_deviates(form, &present, deviation);
        }
        Presence::Forbidden => {
            assert_accepted(form, &missing, "without what is forbidden");
            for options in [Options::STRICT, Options::INTEROP] {
                assert_refused(form, &present, &options, (ErrorKind::Unexpected, field));
            }
        }
        Presence::Unused => {
            let plain = head(form, &missing);
            let plain = read(form, &plain, &Options::STRICT).expect("accepted");
            let unused = with(form, field, UNREADABLE);
            assert_accepted(form, &unused, &about);
            let unused = head(form, &unused);
            let unused = read(form, &unused, &Options::STRICT).expect("accepted");
            assert_eq!(packet(&unused), packet(&plain), "{form:?} {about}");
            let kept = unused.fields().get(field.name().as_bytes());
            assert_eq!(kept, Some(UNREADABLE.as_bytes()), "{form:?} {about}");
        }
        other => panic!("{other:?} is no presence that this test knows"),
    }
}

#[test]
fn every_field_on_every_form_follows_the_table() {
    let mut cells = 0;
    for form in Form::all() {
        for field in Field::ALL {
            check(field, form);
            cells += 1;
        }
    }
    assert_eq!(cells, 25 * 26);
}
