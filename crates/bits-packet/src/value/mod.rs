//! The values of the protocol's fields: a type each, with one checked constructor.
//!
//! A constructor reads what the wire can hold: with the tolerance of the default options.

mod encoding;
mod error_code;
mod guid;
mod host_id;
mod name;
mod number;
mod protocols;
mod range;
mod session_id;
mod url;

pub use encoding::{AcceptEncoding, ContentEncoding};
pub use error_code::{ErrorContext, HResult};
pub use guid::Guid;
pub use host_id::{Host, HostId};
pub use name::{ContentName, DataFileName};
pub use number::{ContentLength, FallbackTimeout, ReceivedContentRange};
pub use protocols::{Protocol, Protocols, SupportedProtocols};
pub use range::ContentRange;
pub use session_id::SessionId;
pub use url::{AbsoluteUrl, ReplyUrl};

use crate::grammar::Fault;
use crate::tolerance::Tolerance;
use crate::{Error, ErrorKind, Field, Options};

/// A value as it stands in a field, without the white space around it.
pub(crate) trait Value<'a>: Sized {
    /// Reads it, and notes what was tolerated.
    fn read(value: &'a [u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault>;
}

/// Reads a value by itself, with the default options: what a field can hold, a value can.
pub(crate) fn read_value<'a, T: Value<'a>>(field: Field, value: &'a [u8]) -> Result<T, Error> {
    let options = Options::default();
    let read = if value.len() > options.max_value() as usize {
        Err(Fault::of_value(ErrorKind::ValueTooLong, value))
    } else {
        T::read(value, &mut Tolerance::new(&options))
    };
    read.map_err(|fault| Error::of_value(field, value, fault))
}
