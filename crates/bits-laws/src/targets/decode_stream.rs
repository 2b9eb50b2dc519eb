//! Streams of one direction, as `bits decode` cuts them into messages.

use std::ops::Range;

use bits_cli::decode::decode_source;
use bits_cli::json::JsonView;
use bits_cli::stream::{Decoder, Event, Settings};
use bits_cli::text::TextView;
use bits_cli::view::View;
use bits_packet::{Body, Escaped};

use super::reference::{self, BodyEnd, heads::Head};
use crate::corpus::Outcome;

/// What came of a stream: its messages, and why it was given up if it was.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// In the order of the stream.
    pub messages: Vec<ToldMessage>,
    pub error: Option<ToldError>,
}

/// A message of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct ToldMessage {
    /// Place, packet, deviations and the body's end, in a line.
    pub text: String,
    /// Where in the stream its head stands.
    pub head: Range<usize>,
    pub framing: Body,
    pub body: Vec<u8>,
    /// Whether all of its body came; not known while it has not ended.
    pub whole: Option<bool>,
}

/// Why a stream was given up.
#[derive(Debug, PartialEq, Eq)]
pub struct ToldError {
    pub kind: &'static str,
    pub text: String,
    /// Where in the stream the first byte behind it stands.
    pub end: usize,
}

impl Told {
    /// Feeds a stream to the decoder in pieces.
    #[must_use]
    pub fn of(input: &[u8], piece: usize, settings: Settings) -> Self {
        let mut decoder = Decoder::new(settings);
        let mut told = Told::default();
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
        told
    }

    fn take(&mut self, event: Event<'_>) {
        assert_eq!(self.error, None, "a stream is given up once");
        match event {
            Event::Head(head) => {
                let offset = usize::try_from(head.offset).expect("in the input");
                let length = head.message.as_bytes().len();
                self.messages.push(ToldMessage {
                    text: format!(
                        "{offset}+{length} {} {:?}",
                        head.message.packet_name().unwrap_or("-"),
                        head.message.deviations(),
                    ),
                    head: offset..offset + length,
                    framing: head.message.body(),
                    body: Vec::new(),
                    whole: None,
                });
            }
            Event::Body(piece) => {
                assert!(!piece.is_empty(), "an empty piece of a body");
                self.last().body.extend_from_slice(piece);
            }
            Event::End(end) => {
                let last = self.last();
                assert_eq!(
                    end.body_bytes,
                    last.body.len() as u64,
                    "the bytes of a body"
                );
                let cut = if end.whole { "" } else { " cut" };
                last.text += &format!(" body {}{cut}", end.body_bytes);
                last.whole = Some(end.whole);
            }
            Event::Failure(failure) => {
                let end = usize::try_from(failure.offset + failure.length);
                self.error = Some(ToldError {
                    kind: failure.fault.kind(),
                    text: format!("{}+{} {}", failure.offset, failure.length, failure.fault),
                    end: end.expect("in the input"),
                });
            }
        }
    }

    fn last(&mut self) -> &mut ToldMessage {
        let last = self.messages.last_mut().expect("a message");
        assert_eq!(last.whole, None, "a message ends once");
        last
    }

    /// Heads follow bodies with at most two empty lines between them; each body is what a slow reference
    /// takes for it; and whatever is left was given up for a reason.
    fn check(&self, input: &[u8]) {
        let mut at = 0;
        let mut is_open = true;
        for message in &self.messages {
            assert!(is_open, "a message behind one that does not end");
            let between = &input[at..message.head.start];
            assert!(
                [&b""[..], b"\r\n", b"\r\n\r\n"].contains(&between),
                "{between:?}"
            );
            // The decoder knows the dialect of OneDrive.
            let framing = Head::of(&input[message.head.clone()]).framing(true);
            let framing = framing.map(|(body, _)| body);
            assert_eq!(framing, Ok(message.framing), "{}", message.text);
            let body = reference::body(&input[message.head.end..], message.framing);
            assert_eq!(
                Escaped(&message.body),
                Escaped(&body.data),
                "{}",
                message.text
            );
            at = message.head.end;
            match (body.end, message.whole) {
                (BodyEnd::Whole(length), Some(true)) => at += length,
                (BodyEnd::Cut, Some(false)) => {
                    assert_eq!(self.error, None, "{}", message.text);
                    is_open = false;
                }
                (BodyEnd::Wrong(place), Some(false)) => {
                    let error = self.error.as_ref().expect("an error");
                    assert_eq!(error.kind, "chunked-body");
                    assert!((place.start + at..place.end + at).contains(&(error.end - 1)));
                    is_open = false;
                }
                // A line that has not ended may be wrong already.
                (BodyEnd::OpenLine(start), Some(false)) => {
                    let end = self.error.as_ref().map_or(input.len(), |error| error.end);
                    assert!(
                        (start + at..=input.len()).contains(&end),
                        "{}",
                        message.text
                    );
                    is_open = false;
                }
                (end, whole) => panic!("{end:?} and {whole:?}: {}", message.text),
            }
        }
        if is_open && self.error.is_none() {
            let rest = &input[at..];
            assert!([&b""[..], b"\r\n", b"\r\n\r\n"].contains(&rest), "{rest:?}");
        }
        let end = self.error.as_ref().map_or(0, |error| error.end);
        assert!(end <= input.len(), "more than there is");
    }
}

/// What comes of a stream.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let describe = |told: &Told| match &told.error {
        Some(error) => ("refuse", error.kind),
        None => ("accept", ""),
    };
    let told = Told::of(input, usize::MAX, Settings::INTEROP);
    let (outcome, kind) = describe(&told);
    let (strict, strict_kind) = describe(&Told::of(input, usize::MAX, Settings::STRICT));
    let messages: Vec<&str> = told.messages.iter().map(|it| &*it.text).collect();
    let mut detail = messages.join("; ");
    if let Some(error) = &told.error {
        detail = format!("{detail} | {}", error.text);
    }
    Outcome {
        reading: "stream".to_owned(),
        outcome,
        kind: kind.to_owned(),
        strict: format!("{strict} {strict_kind}").trim_end().to_owned(),
        detail,
    }
}

/// However a stream is cut, the decoder tells the same of it; heads and bodies follow one another, and
/// bodies are what a slow reference takes for them; what is printed of it is safe to print.
pub fn decode_stream(input: &[u8]) {
    let whole = Told::of(input, usize::MAX, Settings::INTEROP);
    whole.check(input);
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
