//! Values and packets from a fuzzer's bytes, by the public constructors alone: what comes out is
//! legal, whatever goes in.
//!
//! A value that borrows takes the longest legal prefix of a piece of the fuzzer's bytes, so that what
//! a fuzzer finds out about spelling is not lost; a common value stands in where there is none.
//! Numbers are drawn to the edges of their ranges.

mod packets;

use ::arbitrary::{Arbitrary, Error::IncorrectFormat, Result, Unstructured};

use crate::{
    AbsoluteUrl, AcceptEncoding, Authority, ContentEncoding, ContentLength, ContentName,
    ContentRange, DataFileName, Deviation, Deviations, Error, ErrorContext, FallbackTimeout, Field,
    Guid, HResult, HostId, Options, PacketType, ReceivedContentRange, ReplyUrl, RequestLine,
    RequestType, SessionId, StatusCode, StatusLine, SupportedProtocols, Target, Version,
};

/// A number, every other time one where something may go wrong.
fn number(u: &mut Unstructured<'_>) -> Result<u64> {
    const EDGES: [u64; 9] = [
        0,
        1,
        2,
        i32::MAX as u64,
        u32::MAX as u64,
        u32::MAX as u64 + 1,
        i64::MAX as u64,
        u64::MAX - 1,
        u64::MAX,
    ];
    if u.arbitrary()? {
        u.choose(&EDGES).copied()
    } else {
        u.arbitrary()
    }
}

/// A number of 32 bits, every other time one at an edge.
fn number32(u: &mut Unstructured<'_>) -> Result<u32> {
    let number = number(u)?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The longest legal prefix of a piece of `u`, as `read` sees it, and otherwise one of `common`.
fn text<'a, T>(
    u: &mut Unstructured<'a>,
    common: &[&'static [u8]],
    read: impl Fn(&'a [u8]) -> core::result::Result<T, Error>,
) -> Result<T> {
    // Now and then one that is longer than any value may be.
    let longest = if u.ratio(1u8, 16u8)? { 5000 } else { 80 };
    let length = u.int_in_range(0..=longest)?.min(u.len());
    let mut piece = u.bytes(length)?;
    while !piece.is_empty() {
        let error = match read(piece) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        // A value that is wrong from the start on, or as a whole, may be right if it is shorter.
        let right = match error.offset() {
            0 => piece.len() / 2,
            offset => offset.min(piece.len().saturating_sub(1)),
        };
        piece = piece.get(..right).unwrap_or_default();
    }
    read(u.choose(common)?).map_err(|_| IncorrectFormat)
}

// Values

impl<'a> Arbitrary<'a> for Guid {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.ratio(1u8, 4u8)? {
            Ok(Guid::BITS_1_5_UPLOAD)
        } else {
            u.arbitrary().map(Guid::new)
        }
    }
}

impl<'a> Arbitrary<'a> for SessionId<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 4] = [
            b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
            b"3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            b"-1",
            b"0",
        ];
        text(u, &common, SessionId::new)
    }
}

impl<'a> Arbitrary<'a> for ContentName<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 3] = [b"report.zip", b"../a b", b"caf\xE9"];
        text(u, &common, ContentName::new)
    }
}

impl<'a> Arbitrary<'a> for DataFileName<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 2] = [br"C:\bits\requestfile.bin", b"/srv/bits/requestfile.bin"];
        text(u, &common, DataFileName::new)
    }
}

impl<'a> Arbitrary<'a> for HostId<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 6] = [
            b"FRANKCAO8",
            b"node7.example.net",
            b"192.0.2.7",
            b"2001:db8::7",
            b"[2001:db8::7]:8080",
            b"node7:80",
        ];
        text(u, &common, HostId::new)
    }
}

impl<'a> Arbitrary<'a> for AcceptEncoding<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 3] = [b"identity", b"gzip;q=0.5, *;Q=0", b"gzip , Identity"];
        text(u, &common, AcceptEncoding::new)
    }
}

impl<'a> Arbitrary<'a> for ContentEncoding<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 3] = [b"identity", b"gzip", b"gzip , Identity"];
        text(u, &common, ContentEncoding::new)
    }
}

impl<'a> Arbitrary<'a> for SupportedProtocols<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 3] = [
            b"{7df0354d-249b-430f-820d-3d2a9bef4931}",
            b"{7DF0354D-249B-430F-820D-3D2A9BEF4931} {00000000-0000-0000-0000-000000000000}",
            b"none,,\t{7df0354d-249b-430f-820d-3d2a9bef4931}",
        ];
        text(u, &common, SupportedProtocols::new)
    }
}

impl<'a> Arbitrary<'a> for AbsoluteUrl<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 4] = [
            b"http://frankcao8/upload-ref-isapi-WebFarm/2100mb-rfc2119.txt",
            b"https://[2001:db8::7]:8443/a%20b/../{c}?d=e?f",
            b"http://example.net",
            b"x-odd+1.0://example.net/a",
        ];
        text(u, &common, AbsoluteUrl::new)
    }
}

impl<'a> Arbitrary<'a> for ReplyUrl<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 3] = [
            br"BITS-Sessions\Replies\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\responsefile.bin",
            b"http://example.net/replies/1",
            b"../../..//a?b",
        ];
        text(u, &common, ReplyUrl::new)
    }
}

impl<'a> Arbitrary<'a> for ContentLength {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        number(u).map(ContentLength::new)
    }
}

impl<'a> Arbitrary<'a> for ReceivedContentRange {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        number(u).map(ReceivedContentRange::new)
    }
}

impl<'a> Arbitrary<'a> for FallbackTimeout {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        number32(u).map(FallbackTimeout::new)
    }
}

impl<'a> Arbitrary<'a> for ContentRange {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let total = number(u)?.max(1);
        let last = number(u)?.min(total.saturating_sub(1));
        let first = number(u)?.min(last);
        ContentRange::new(first, last, total).map_err(|_| IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for HResult {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        const KNOWN: [HResult; 4] = [
            HResult::INVALID_ARGUMENT,
            HResult::SESSION_NOT_FOUND,
            HResult::TOO_LARGE,
            HResult::new(0x2000_0000),
        ];
        if u.arbitrary()? {
            u.choose(&KNOWN).copied()
        } else {
            number32(u).map(HResult::new)
        }
    }
}

impl<'a> Arbitrary<'a> for ErrorContext {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        const KNOWN: [ErrorContext; 2] =
            [ErrorContext::REMOTE_FILE, ErrorContext::REMOTE_APPLICATION];
        if u.arbitrary()? {
            u.choose(&KNOWN).copied()
        } else {
            number32(u).map(ErrorContext::new)
        }
    }
}

// Parts of heads

impl<'a> Arbitrary<'a> for Authority<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 4] = [b"example.net", b"192.0.2.7:65535", b"[::1]:80", b"a%2Eb:"];
        text(u, &common, Authority::new)
    }
}

impl<'a> Arbitrary<'a> for Target<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let common: [&[u8]; 5] = [
            b"/drop/report.zip?ACCOUNT=1",
            br"/a\{b}",
            b"http://example.net:8080/drop",
            b"example.net:443",
            b"*",
        ];
        text(u, &common, Target::new)
    }
}

impl<'a> Arbitrary<'a> for RequestLine<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (target, version) = u.arbitrary()?;
        let common: [&[u8]; 4] = [RequestLine::BITS_POST, b"POST", b"OPTIONS", b"CONNECT"];
        text(u, &common, |method| {
            RequestLine::new(method, target, version)
        })
    }
}

impl<'a> Arbitrary<'a> for StatusLine<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (version, status) = u.arbitrary()?;
        text(u, &[b"", b"OK"], |reason| {
            StatusLine::new(version, status, reason)
        })
    }
}

impl<'a> Arbitrary<'a> for StatusCode {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        const EDGES: [u16; 14] = [
            0, 99, 100, 199, 200, 201, 204, 304, 401, 416, 500, 599, 600, 999,
        ];
        let code = if u.arbitrary()? {
            *u.choose(&EDGES)?
        } else {
            u.int_in_range(0..=999)?
        };
        StatusCode::new(code).ok_or(IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for Version {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let version = [Version::Http11, Version::Http10];
        u.choose(&version).copied()
    }
}

// Closed sets, and what is made of them

impl<'a> Arbitrary<'a> for PacketType {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&PacketType::ALL).copied()
    }
}

impl<'a> Arbitrary<'a> for RequestType {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&RequestType::ALL).copied()
    }
}

impl<'a> Arbitrary<'a> for Field {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&Field::ALL).copied()
    }
}

impl<'a> Arbitrary<'a> for Deviation {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&Deviation::ALL).copied()
    }
}

impl<'a> Arbitrary<'a> for Deviations {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut bits: u64 = u.arbitrary()?;
        let is_in = |_: &Deviation| {
            let bit = bits & 1;
            bits >>= 1;
            bit == 1
        };
        Ok(Deviation::ALL.into_iter().filter(is_in).collect())
    }
}

impl<'a> Arbitrary<'a> for Options {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let start = *u.choose(&[Options::INTEROP, Options::STRICT])?;
        let changed: Deviations = u.arbitrary()?;
        let options = changed.iter().fold(start, |options, deviation| {
            if options.tolerates(deviation) {
                options.refuse(deviation)
            } else {
                options.allow(deviation)
            }
        });
        if u.ratio(3u8, 4u8)? {
            return Ok(options);
        }
        Ok(options
            .with_max_head(number32(u)?)
            .with_max_value(number32(u)?)
            .with_max_protocols(number32(u)?))
    }
}
