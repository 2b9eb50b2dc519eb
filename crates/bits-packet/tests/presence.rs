//! The presence table: its rendering in the docs, and the names and sets beside it.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use bits_packet::presence::{Form, Outcome, PRESENCE, Presence, Row, presence};
use bits_packet::{Deviation, ErrorKind, Field, Options, RequestType};

const INTRODUCTION: &str = "\
<!-- Written by tests/presence.rs: BLESS=1 cargo test -p bits-packet --test presence -->

**P** Ping, **C** Create-Session, **F** Fragment, **S** Close-Session, **X** Cancel-Session; of Acks
the packet that they answer, and **?** where that is not known. *All* is every one of them.

* **required**: refused without it; *expected*: so too, unless the deviation is tolerated;
* optional: may be there;
* *unexpected*: refused with it, unless the deviation is tolerated; **forbidden**: refused with it;
* a dash, or a packet that is not named: of no use there, kept and ignored.

";

/// The letter of a packet.
fn letter(request: Option<RequestType>) -> char {
    match request {
        Some(RequestType::Ping) => 'P',
        Some(RequestType::CreateSession) => 'C',
        Some(RequestType::Fragment) => 'F',
        Some(RequestType::CloseSession) => 'S',
        Some(RequestType::CancelSession) => 'X',
        None => '?',
    }
}

fn word(presence: Presence) -> Option<&'static str> {
    match presence {
        Presence::Required => Some("**required**"),
        Presence::Expected(_) => Some("*expected*"),
        Presence::Optional => Some("optional"),
        Presence::Unexpected(_) => Some("*unexpected*"),
        Presence::Forbidden => Some("**forbidden**"),
        Presence::Unused => None,
        other => panic!("the table has no word for {other:?}"),
    }
}

/// What a row says about forms that differ in their packet alone.
fn cell_of_packets(row: &Row, forms: &[(char, Form)]) -> String {
    let mut said: Vec<(&str, String)> = Vec::new();
    for (letter, form) in forms {
        let Some(word) = word(row.presence(*form)) else {
            continue;
        };
        match said.iter_mut().find(|(of, _)| *of == word) {
            Some((_, letters)) => letters.push(*letter),
            None => said.push((word, letter.to_string())),
        }
    }
    let texts = said.into_iter().map(|(word, letters)| {
        if letters.len() == forms.len() {
            format!("all {word}")
        } else {
            format!("{letters} {word}")
        }
    });
    or_dash(texts.collect::<Vec<_>>().join(", "))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "–".into() } else { text }
}

fn requests() -> Vec<(char, Form)> {
    RequestType::ALL
        .map(|request| (letter(Some(request)), Form::Request(request)))
        .to_vec()
}

fn acks(outcome: Outcome) -> Vec<(char, Form)> {
    let known = RequestType::ALL.map(Some);
    known
        .into_iter()
        .chain([None])
        .map(|answering| (letter(answering), Form::Ack { answering, outcome }))
        .collect()
}

/// The deviations that a row names.
fn deviations(row: &Row) -> String {
    let names: BTreeSet<&str> = Form::all()
        .filter_map(|form| match row.presence(form) {
            Presence::Expected(deviation) | Presence::Unexpected(deviation) => {
                Some(deviation.name())
            }
            _ => None,
        })
        .collect();
    let names = names.iter().map(|name| format!("`{name}`"));
    or_dash(names.collect::<Vec<_>>().join(", "))
}

fn render() -> String {
    let mut text = INTRODUCTION.to_owned();
    text += "| Field | Section | Requests | Acks: 200, 201 | Acks: 416 | Acks: other status \
        | Notification | its response | Deviations |\n|---|---|---|---|---|---|---|---|---|\n";
    for row in &PRESENCE {
        let by_itself = |form| or_dash(word(row.presence(form)).map_or(String::new(), Into::into));
        let cells = [
            format!("`{}`", row.field),
            row.section.replace('[', r"\[").replace(']', r"\]"),
            cell_of_packets(row, &requests()),
            cell_of_packets(row, &acks(Outcome::Success)),
            cell_of_packets(row, &acks(Outcome::OutOfSequence)),
            cell_of_packets(row, &acks(Outcome::Failure)),
            by_itself(Form::Notification),
            by_itself(Form::NotificationResponse),
            deviations(row),
        ];
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

#[test]
fn is_rendered_in_the_docs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/presence.md");
    let expected = render();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &expected).expect("src/presence.md can be written");
    }
    let written = std::fs::read_to_string(&path).expect("src/presence.md can be read");
    assert!(
        written == expected,
        "src/presence.md is not what the table says: set BLESS=1 to write it anew"
    );
}

#[test]
fn has_a_row_for_each_field_in_order() {
    let fields: Vec<Field> = PRESENCE.iter().map(|row| row.field).collect();
    assert_eq!(fields, Field::ALL);
    for field in Field::ALL {
        assert_eq!(field.row().field, field);
        assert_eq!(field.section(), field.row().section);
        for form in Form::all() {
            assert_eq!(presence(field, form), field.row().presence(form));
        }
    }
}

#[test]
fn has_25_forms() {
    let forms: HashSet<Form> = Form::all().collect();
    assert_eq!(forms.len(), 25);
    assert_eq!(Form::all().count(), 25);
}

/// Whether `name` is lower-case words and numbers with single hyphens between them.
fn is_kebab_case(name: &str) -> bool {
    let is_word = |word: &str| {
        let is_lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !word.is_empty() && word.bytes().all(is_lower)
    };
    name.split('-').all(is_word)
}

/// How many variants the source of an enum has: the lines of its declaration that are a name and a
/// comma.
fn variants_in(source: &str, declaration: &str) -> usize {
    let (_, body) = source.split_once(declaration).expect("it is declared");
    let (body, _) = body.split_once("\n}").expect("it ends");
    let is_variant = |line: &&str| {
        let name = line.trim().strip_suffix(',');
        name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    body.lines().filter(is_variant).count()
}

fn assert_distinct(names: &[&str]) {
    let distinct: HashSet<&&str> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
}

#[test]
fn names_every_field_once_and_knows_it_in_any_case() {
    let source = include_str!("../src/field.rs");
    assert_eq!(variants_in(source, "pub enum Field {"), Field::COUNT);
    assert_distinct(&Field::ALL.map(Field::name));
    for field in Field::ALL {
        let name = field.name();
        let swapped: String = name
            .chars()
            .map(|c| match c.is_ascii_lowercase() {
                true => c.to_ascii_uppercase(),
                false => c.to_ascii_lowercase(),
            })
            .collect();
        let spellings = [
            name.to_owned(),
            name.to_ascii_lowercase(),
            name.to_ascii_uppercase(),
            swapped,
        ];
        for spelling in spellings {
            assert_eq!(Field::from_name(spelling.as_bytes()), Some(field));
        }
        let longer = format!("{name}s");
        assert_eq!(Field::from_name(longer.as_bytes()), None);
        assert_eq!(Field::from_name(&name.as_bytes()[1..]), None);
        assert_eq!(field.to_string(), name);
    }
    // Misprints of the documents (D-4, D-43, D-48).
    for misprint in [
        "BITS-Package-Type",
        "BITS-HostId-Fallback-Timeout",
        "BITS-Supported-Protocol",
    ] {
        assert_eq!(Field::from_name(misprint.as_bytes()), None);
    }
}

#[test]
fn names_every_deviation_once() {
    let source = include_str!("../src/deviation/mod.rs");
    let declared = variants_in(source, "pub enum Deviation {");
    assert_eq!(declared, Deviation::ALL.len());
    assert_distinct(&Deviation::ALL.map(Deviation::name));
    for (index, deviation) in Deviation::ALL.into_iter().enumerate() {
        assert_eq!(deviation as usize, index);
        assert!(is_kebab_case(deviation.name()), "{deviation}");
        assert!(deviation.section().starts_with('['), "{deviation}");
        assert!(!deviation.explanation().is_empty(), "{deviation}");
        assert_eq!(Deviation::from_name(deviation.name()), Some(deviation));
        let tolerated = deviation != Deviation::MethodOverride;
        assert_eq!(Options::INTEROP.tolerates(deviation), tolerated);
        assert!(!Options::STRICT.tolerates(deviation));
    }
    assert_eq!(Deviation::from_name("http-1-1"), None);
}

#[test]
fn names_every_kind_of_error_once() {
    let source = include_str!("../src/error.rs");
    let declared = variants_in(source, "pub enum ErrorKind {");
    assert_eq!(declared, ErrorKind::ALL.len());
    assert_distinct(&ErrorKind::ALL.map(ErrorKind::name));
    for (index, kind) in ErrorKind::ALL.into_iter().enumerate() {
        assert_eq!(kind as usize, index);
        assert!(is_kebab_case(kind.name()), "{kind}");
    }
}
