//! Bodies of HTTP/1 messages, cut out of a stream ([RFC 9112] 6 and 7).
//!
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

mod chunked;

pub use chunked::{ChunkFault, Chunks, KEPT};

use bits_packet::Body;

/// How a body is framed, and how much of it is still to come.
#[derive(Debug)]
pub enum Framing {
    /// So many bytes.
    Length {
        /// How many of them are still to come.
        left: u64,
    },
    /// Chunks.
    Chunked(Chunks),
    /// All that comes.
    UntilClose,
}

/// What comes next in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'x> {
    /// All of the input is taken.
    NeedMore,
    /// Data, never empty.
    Data(&'x [u8]),
    /// The body is over.
    End,
    /// The first byte that is left is wrong.
    Wrong(ChunkFault),
}

impl Framing {
    /// The start of a body. `limit` bounds each line between the data of chunks, in bytes.
    #[must_use]
    pub const fn new(body: Body, limit: u32) -> Self {
        match body {
            Body::Length(left) => Framing::Length { left },
            Body::Chunked => Framing::Chunked(Chunks::new(limit)),
            _ => Framing::UntilClose,
        }
    }

    /// Whether the end of the input is the end of the body.
    pub fn is_over_at_end(&mut self) -> bool {
        matches!(self, Framing::UntilClose) || matches!(self.step(&mut &[][..]), Step::End)
    }

    /// The last bytes of chunks that have passed; of another body none, as no byte of it can be wrong.
    #[must_use]
    pub fn last_bytes(&self) -> &[u8] {
        match self {
            Framing::Chunked(chunks) => chunks.last_bytes(),
            Framing::Length { .. } | Framing::UntilClose => &[],
        }
    }

    /// Takes what it can of `input`, and says what it is.
    pub fn step<'x>(&mut self, input: &mut &'x [u8]) -> Step<'x> {
        let wanted = match self {
            Framing::Length { left: 0 } => return Step::End,
            Framing::Length { left } => *left,
            Framing::UntilClose => u64::MAX,
            Framing::Chunked(chunks) => return chunks.step(input),
        };
        let data = take(input, wanted);
        if let Framing::Length { left } = self {
            *left -= data.len() as u64;
        }
        if data.is_empty() {
            Step::NeedMore
        } else {
            Step::Data(data)
        }
    }
}

/// Takes at most `wanted` bytes off the front of `input`.
pub(crate) fn take<'x>(input: &mut &'x [u8], wanted: u64) -> &'x [u8] {
    let length = usize::try_from(wanted).map_or(input.len(), |wanted| wanted.min(input.len()));
    let (taken, rest) = input.split_at(length);
    *input = rest;
    taken
}
