//! The chunked body: [RFC 9112] 7.1.
//!
//! ```abnf
//! chunked-body    = *chunk last-chunk trailer-section CRLF
//! chunk           = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//! chunk-size      = 1*HEXDIG
//! last-chunk      = 1*"0" [ chunk-ext ] CRLF
//! chunk-ext       = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
//! trailer-section = *( field-line CRLF )
//! ```
//!
//! Nothing is tolerated beside the grammar, as the end of the message hangs on it. Extensions and
//! trailers are checked and ignored. A size that 64 bits cannot hold is wrong: nobody has so much to
//! send, and a reader that keeps fewer bits of it would find the next chunk elsewhere.

use super::{Step, take};

/// What is wrong with a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkFault {
    /// A size is not hexadecimal digits, followed by an extension or CRLF.
    Size,
    /// A size that 64 bits cannot hold. The first digit too many is the wrong byte.
    SizeTooLarge,
    /// An extension that does not follow the grammar.
    Extension,
    /// A CR or LF is missing where a line or the data of a chunk ends.
    LineEnd,
    /// A trailer that is no field line.
    Trailer,
    /// A line with the size, or the trailers together, are longer than a head may be.
    TooLong,
}

impl ChunkFault {
    /// What is wrong, as a clause.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Size => "the size of a chunk must be hexadecimal digits, followed by CRLF or `;`",
            Self::SizeTooLarge => "the size of a chunk must be below 2^64",
            Self::Extension => "a chunk extension must be a name, or a name, `=` and a value",
            Self::LineEnd => "CR and LF must follow the data of a chunk, and every line around it",
            Self::Trailer => "a trailer must be a name, a colon and a value",
            Self::TooLong => "the lines between the data of chunks are longer than the limit",
        }
    }
}

/// How many of the last bytes that have passed are kept, to show where a body goes wrong.
pub const KEPT: usize = 57;

/// A chunked body that is being read.
#[derive(Debug)]
pub struct Chunks {
    place: Place,
    last_bytes: LastBytes,
    /// The size of the chunk, or what is left of its data.
    size: u64,
    /// How many bytes of a line with a size, or of the trailers, have passed.
    passed: u32,
    limit: u32,
}

/// The last bytes that have passed: sizes, line ends and data alike.
#[derive(Debug)]
struct LastBytes {
    bytes: [u8; KEPT],
    length: usize,
}

/// What is expected next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Size,
    MoreSize,
    BeforeSemicolon,
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Value,
    Quoted,
    Escaped,
    AfterQuoted,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerLf,
    LastLf,
    End,
}

impl Chunks {
    /// `limit` bounds every line with a size, and the trailers together, in bytes.
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        Chunks {
            place: Place::Size,
            last_bytes: LastBytes {
                bytes: [0; KEPT],
                length: 0,
            },
            size: 0,
            passed: 0,
            limit,
        }
    }

    /// The last bytes that have passed, at most [`KEPT`].
    #[must_use]
    pub fn last_bytes(&self) -> &[u8] {
        &self.last_bytes.bytes[..self.last_bytes.length]
    }

    /// Takes what it can of `input`, and says what it is.
    pub fn step<'x>(&mut self, input: &mut &'x [u8]) -> Step<'x> {
        let received = *input;
        let step = self.advance(input);
        let passed = received.len() - input.len();
        self.last_bytes.pass(&received[..passed]);
        step
    }

    fn advance<'x>(&mut self, input: &mut &'x [u8]) -> Step<'x> {
        loop {
            if self.place == Place::End {
                return Step::End;
            }
            let Some((&byte, rest)) = input.split_first() else {
                return Step::NeedMore;
            };
            if self.place == Place::Data {
                let data = take(input, self.size);
                self.size -= data.len() as u64;
                if self.size == 0 {
                    self.place = Place::DataCr;
                }
                return Step::Data(data);
            }
            if let Err(fault) = self.pass(byte) {
                return Step::Wrong(fault);
            }
            *input = rest;
        }
    }

    /// Passes over a byte that is not data.
    fn pass(&mut self, byte: u8) -> Result<(), ChunkFault> {
        let mut place = self.place.after(byte)?;
        if self.passed == self.limit {
            return Err(ChunkFault::TooLong);
        }
        self.passed += 1;
        match (self.place, place) {
            (Place::Size | Place::MoreSize, Place::MoreSize) => {
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                let size = self
                    .size
                    .checked_mul(16)
                    .and_then(|it| it.checked_add(digit));
                self.size = size.ok_or(ChunkFault::SizeTooLarge)?;
            }
            (Place::SizeLf | Place::DataLf, _) => {
                self.passed = 0;
                if place == Place::Data && self.size == 0 {
                    place = Place::Trailer;
                }
            }
            _ => {}
        }
        self.place = place;
        Ok(())
    }
}

impl LastBytes {
    fn pass(&mut self, passed: &[u8]) {
        let last = &passed[passed.len().saturating_sub(KEPT)..];
        let before = self.length.min(KEPT - last.len());
        self.bytes.copy_within(self.length - before..self.length, 0);
        self.length = before + last.len();
        self.bytes[before..self.length].copy_from_slice(last);
    }
}

impl Place {
    /// What is expected after `byte`.
    fn after(self, byte: u8) -> Result<Place, ChunkFault> {
        Ok(match (self, byte) {
            (Place::Size | Place::MoreSize, _) if byte.is_ascii_hexdigit() => Place::MoreSize,
            (Place::MoreSize | Place::Name | Place::Value | Place::AfterQuoted, b'\r') => {
                Place::SizeLf
            }
            (
                Place::MoreSize
                | Place::BeforeSemicolon
                | Place::Name
                | Place::AfterName
                | Place::Value
                | Place::AfterQuoted,
                b';',
            ) => Place::BeforeName,
            (
                Place::MoreSize | Place::BeforeSemicolon | Place::Value | Place::AfterQuoted,
                b' ' | b'\t',
            ) => Place::BeforeSemicolon,
            (Place::BeforeName | Place::BeforeValue, b' ' | b'\t') => self,
            (Place::BeforeName | Place::Name, _) if is_tchar(byte) => Place::Name,
            (Place::Name | Place::AfterName, b' ' | b'\t') => Place::AfterName,
            (Place::Name | Place::AfterName, b'=') => Place::BeforeValue,
            (Place::BeforeValue | Place::Value, _) if is_tchar(byte) => Place::Value,
            (Place::BeforeValue, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::AfterQuoted,
            (Place::Quoted, b'\\') => Place::Escaped,
            (Place::Quoted | Place::Escaped, _) if is_text(byte) => Place::Quoted,

            (Place::SizeLf, b'\n') => Place::Data,
            (Place::DataCr, b'\r') => Place::DataLf,
            (Place::DataLf, b'\n') => Place::Size,

            (Place::Trailer, b'\r') => Place::LastLf,
            (Place::Trailer | Place::TrailerName, _) if is_tchar(byte) => Place::TrailerName,
            (Place::TrailerName, b':') => Place::TrailerValue,
            (Place::TrailerValue, b'\r') => Place::TrailerLf,
            (Place::TrailerValue, _) if is_text(byte) => Place::TrailerValue,
            (Place::TrailerLf, b'\n') => Place::Trailer,
            (Place::LastLf, b'\n') => Place::End,
            _ => return Err(self.blame(byte)),
        })
    }

    /// What is wrong with `byte` here.
    fn blame(self, byte: u8) -> ChunkFault {
        match self {
            _ if byte == b'\n' => ChunkFault::LineEnd,
            Place::Size | Place::MoreSize => ChunkFault::Size,
            Place::Trailer | Place::TrailerName | Place::TrailerValue => ChunkFault::Trailer,
            Place::BeforeSemicolon
            | Place::BeforeName
            | Place::Name
            | Place::AfterName
            | Place::BeforeValue
            | Place::Value
            | Place::Quoted
            | Place::Escaped
            | Place::AfterQuoted => ChunkFault::Extension,
            _ => ChunkFault::LineEnd,
        }
    }
}

/// `tchar` ([RFC 9110] 5.6.2)
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// HTAB, SP, VCHAR and obs-text: what values and quoted strings are made of ([RFC 9110] 5.5)
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7F)
}
