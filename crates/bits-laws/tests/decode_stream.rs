//! The replay of whole streams: what `bits decode` makes of each, however it is cut.

use bits_cli::stream::{Decoder, Event, Settings};
use bits_laws::corpus::{Case, check_rows, load};

const TARGET: &str = "decode_stream";

/// What came of a stream: its messages, and why it was given up if it was.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    messages: Vec<String>,
    body: Vec<u8>,
    error: Option<(&'static str, String)>,
}

impl Told {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Head(head) => self.messages.push(format!(
                "{}+{} {} {:?}",
                head.offset,
                head.message.as_bytes().len(),
                head.message.packet_name().unwrap_or("-"),
                head.message.deviations(),
            )),
            Event::Body(piece) => self.body.extend_from_slice(piece),
            Event::End(end) => {
                let last = self.messages.last_mut().expect("a message");
                let whole = if end.whole { "" } else { " cut" };
                *last = format!("{last} body {}{whole}", end.body_bytes);
            }
            Event::Failure(failure) => {
                assert_eq!(self.error, None, "a stream is given up once");
                let text = format!("{}+{} {}", failure.offset, failure.length, failure.fault);
                self.error = Some((failure.fault.kind(), text));
            }
        }
    }
}

fn read(input: &[u8], piece: usize, settings: Settings) -> Told {
    let mut decoder = Decoder::new(settings);
    let mut told = Told::default();
    for mut piece in input.chunks(piece) {
        while let Some(event) = decoder.push(&mut piece) {
            told.take(event);
        }
        let limit = settings.options.max_head() as usize + 4;
        assert!(decoder.buffered() <= limit, "more than a head is kept");
    }
    while let Some(event) = decoder.finish() {
        told.take(event);
    }
    told
}

fn row(case: &Case) -> String {
    let describe = |told: &Told| match &told.error {
        Some((kind, _)) => ("refuse", *kind),
        None => ("accept", ""),
    };
    let told = read(&case.bytes, usize::MAX, Settings::INTEROP);
    let (outcome, kind) = describe(&told);
    let strict = read(&case.bytes, usize::MAX, Settings::STRICT);
    let (strict_outcome, strict_kind) = describe(&strict);
    let mut detail = told.messages.join("; ");
    if let Some((_, error)) = told.error {
        detail = format!("{detail} | {error}");
    }
    let strict = format!("{strict_outcome} {strict_kind}");
    [
        &case.file,
        "stream",
        outcome,
        kind,
        strict.trim_end(),
        &detail,
    ]
    .join("\t")
}

#[test]
fn every_stream_has_the_outcome_that_is_committed() {
    let mut rows = vec!["file\treading\toutcome\tkind\tstrict\tdetail".to_owned()];
    rows.extend(load(TARGET).iter().map(row));
    check_rows(TARGET, &rows);
}

#[test]
fn seeds_are_read_to_their_end_and_negatives_are_given_up() {
    for case in load(TARGET) {
        let told = read(&case.bytes, usize::MAX, Settings::INTEROP);
        assert_eq!(
            told.error.is_some(),
            case.folder() == "negative",
            "{}: {told:?}",
            case.file
        );
    }
}

#[test]
fn every_stream_reads_the_same_in_pieces() {
    for case in load(TARGET) {
        let whole = read(&case.bytes, usize::MAX, Settings::INTEROP);
        for piece in [1, 2, 3, 7, 61, 1460] {
            let pieces = read(&case.bytes, piece, Settings::INTEROP);
            assert_eq!(pieces, whole, "{} in pieces of {piece}", case.file);
        }
    }
}
