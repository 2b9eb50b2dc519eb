//! Streams of one direction, as `bits decode` cuts them into messages.

use bits_cli::decode::decode_source;
use bits_cli::json::JsonView;
use bits_cli::stream::{Decoder, Event, Settings};
use bits_cli::text::TextView;
use bits_cli::view::View;
use bits_packet::Body;

use crate::corpus::Outcome;

/// What came of a stream: its messages, and why it was given up if it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// A line each.
    pub messages: Vec<String>,
    /// The bytes of all bodies.
    pub body: Vec<u8>,
    /// The kind of the error, and what it says.
    pub error: Option<(&'static str, String)>,
    /// Where in the stream the next head may begin; not known after chunks, whose sizes are not told.
    end: Option<u64>,
    /// Whether the last head announces that there is no body.
    is_bodiless: bool,
}

impl Told {
    /// Feeds a stream to the decoder in pieces.
    #[must_use]
    pub fn of(input: &[u8], piece: usize, settings: Settings) -> Self {
        let mut decoder = Decoder::new(settings);
        let mut told = Told {
            end: Some(0),
            ..Told::default()
        };
        for mut piece in input.chunks(piece) {
            while let Some(event) = decoder.push(&mut piece) {
                told.take(event);
            }
            assert!(piece.is_empty(), "a piece is not taken whole");
            let limit = settings.options.max_head() as usize + 4;
            assert!(decoder.buffered() <= limit, "more than a head is kept");
        }
        while let Some(event) = decoder.finish() {
            told.take(event);
        }
        assert!(told.end <= Some(input.len() as u64), "more than there is");
        told
    }

    fn take(&mut self, event: Event<'_>) {
        assert_eq!(self.error, None, "a stream is given up once");
        match event {
            Event::Head(head) => {
                // At most two empty lines stand before a head.
                if let Some(end) = self.end {
                    let before = head.offset.checked_sub(end);
                    assert!(
                        matches!(before, Some(0 | 2 | 4)),
                        "{before:?} before a head"
                    );
                }
                let length = head.message.as_bytes().len() as u64;
                let is_chunked = head.message.body() == Body::Chunked;
                self.end = (!is_chunked).then_some(head.offset + length);
                self.messages.push(format!(
                    "{}+{length} {} {:?}",
                    head.offset,
                    head.message.packet_name().unwrap_or("-"),
                    head.message.deviations(),
                ));
                self.is_bodiless = head.message.body() == Body::Length(0);
            }
            Event::Body(piece) => {
                assert!(!self.is_bodiless, "a body where none is announced");
                self.end = self.end.map(|end| end + piece.len() as u64);
                self.body.extend_from_slice(piece);
            }
            Event::End(end) => {
                let last = self.messages.last_mut().expect("a message");
                let whole = if end.whole { "" } else { " cut" };
                *last = format!("{last} body {}{whole}", end.body_bytes);
            }
            Event::Failure(failure) => {
                let text = format!("{}+{} {}", failure.offset, failure.length, failure.fault);
                self.error = Some((failure.fault.kind(), text));
            }
        }
    }
}

/// What comes of a stream.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let describe = |told: &Told| match &told.error {
        Some((kind, _)) => ("refuse", *kind),
        None => ("accept", ""),
    };
    let told = Told::of(input, usize::MAX, Settings::INTEROP);
    let (outcome, kind) = describe(&told);
    let (strict, strict_kind) = describe(&Told::of(input, usize::MAX, Settings::STRICT));
    let mut detail = told.messages.join("; ");
    if let Some((_, error)) = &told.error {
        detail = format!("{detail} | {error}");
    }
    Outcome {
        reading: "stream".to_owned(),
        outcome,
        kind: kind.to_owned(),
        strict: format!("{strict} {strict_kind}").trim_end().to_owned(),
        detail,
    }
}

/// However a stream is cut, the decoder tells the same of it; heads and bodies follow one another; and
/// what is printed of it is safe to print.
pub fn decode_stream(input: &[u8]) {
    let whole = Told::of(input, usize::MAX, Settings::INTEROP);
    for piece in [1, 2 + input.len() % 61] {
        let pieces = Told::of(input, piece, Settings::INTEROP);
        assert_eq!(pieces, whole, "in pieces of {piece}");
    }
    for line in printed(input, &mut JsonView::default()).split_terminator('\n') {
        let is_object = line.starts_with("{\"source\":\"-\",") && line.ends_with('}');
        assert!(is_object && !line.contains(is_unsafe), "{line:?}");
        serde_json::from_str::<serde::de::IgnoredAny>(line).expect("JSON");
    }
    let text = printed(input, &mut TextView::new(Settings::INTEROP));
    // Colours are switched by ESC [ digits m, and by nothing else.
    let mut plain = String::new();
    for piece in text.split("\x1B[") {
        let end = piece
            .find('m')
            .filter(|_| !plain.is_empty())
            .map_or(0, |at| at + 1);
        plain.push_str(&piece[end..]);
        plain.push('\n');
    }
    let shown = plain.replace('\n', "");
    assert!(!shown.contains(is_unsafe), "{shown:?}");
}

/// A control or a mark that changes the direction of text.
fn is_unsafe(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn printed(input: &[u8], view: &mut dyn View) -> String {
    let mut printed = Vec::new();
    let mut flush = |text: &[u8], _| {
        printed.extend_from_slice(text);
        Ok(())
    };
    decode_source("-", input, Settings::INTEROP, view, &mut flush).expect("nothing that fails");
    String::from_utf8(printed).expect("UTF-8")
}
