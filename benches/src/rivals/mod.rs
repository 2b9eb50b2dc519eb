//! What else reads heads. Each is what its title says and no more; see the table in `README.md` for
//! what each leaves out.

pub mod header_map;
pub mod nom;
pub mod tokens;
pub mod tuned;
pub mod user;
pub mod winnow;

use bits_laws::traffic::Kind;

use crate::{Read, ours};

/// The competitors that read bytes, and bits-packet last, by the names that they have in tables.
pub const READERS: [(&str, Read); 6] = [
    ("httparse", tokens::read),
    ("+typed user", user::read),
    ("+typed tuned", tuned::read),
    ("naive nom", nom::read),
    ("naive winnow", winnow::read),
    ("bits", ours::read),
];

/// Whether a byte may stand in the name of a field.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether a byte may stand in the value of a field.
fn is_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= 0x20 && byte != 0x7F)
}

/// Whether a byte may stand in a target.
fn is_target(byte: u8) -> bool {
    byte > 0x20 && byte < 0x7F
}

const fn is_request(kind: Kind) -> bool {
    matches!(kind, Kind::Request(_))
}
