//! `BITS-Error-Code` and `BITS-Error-Context`: [MC-BUP] 2.2.1.2.

use core::fmt;
use core::str::FromStr;

use nom::branch::alt;
use nom::combinator::{map, opt, recognize};
use nom::sequence::pair;

use super::{Value, read_value};
use crate::grammar::{Fault, hex_number, literal_no_case, whole};
use crate::tolerance::Tolerance;
use crate::{Deviation, Error, ErrorKind, Field};

/// What went wrong, as an HRESULT ([MC-BUP] 2.2.1.2; D-53):
///
/// ```abnf
/// BITS-Error-Code = "0x" 1*8HEXDIG                  ; written with 8 upper-case digits
///                 / [ "0x" / "x" ] 1*8HEXDIG [ "L" ]  ; tolerated
/// ```
///
/// Any 32-bit value: vendors may use their own with bit 0x20000000 set ([MC-BUP] 1.8).
///
/// ```
/// use bits_packet::HResult;
/// assert_eq!(HResult::parse(b"0x8020001F")?, HResult::SESSION_NOT_FOUND);
/// assert_eq!(HResult::SESSION_NOT_FOUND.name(), Some("BG_E_SESSION_NOT_FOUND"));
/// # Ok::<(), bits_packet::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HResult(u32);

impl HResult {
    /// No error: what [MC-BUP] 2.2.1.2 lists beside status 416.
    pub const S_OK: HResult = HResult(0);
    /// `E_INVALIDARG`: the request is invalid.
    pub const INVALID_ARGUMENT: HResult = HResult(0x8007_0057);
    /// `E_ACCESSDENIED`: no permission, the file exists, or uploads are not enabled.
    pub const ACCESS_DENIED: HResult = HResult(0x8007_0005);
    /// `BG_E_SESSION_NOT_FOUND`
    pub const SESSION_NOT_FOUND: HResult = HResult(0x8020_001F);
    /// `BG_E_TOO_LARGE`: above the greatest size that the server takes (D-20).
    pub const TOO_LARGE: HResult = HResult(0x8020_0020);
    /// `BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH`: no common protocol.
    pub const PROTOCOL_MISMATCH: HResult = HResult(0x8020_0022);
    /// `BG_E_SERVER_EXECUTE_ENABLE`: the directory may run scripts (D-50).
    pub const SERVER_EXECUTE_ENABLE: HResult = HResult(0x8020_0023);
    /// `ERROR_DISK_FULL` as an HRESULT (D-21).
    pub const DISK_FULL: HResult = HResult(0x8007_0070);
    /// What [MC-BUP] prints for a full disk and for a notification that timed out (D-21).
    pub const PRINTED_DISK_FULL: HResult = HResult(0x8007_0112);

    /// Any 32-bit code.
    #[must_use]
    pub const fn new(code: u32) -> Self {
        HResult(code)
    }

    /// Reads `"0x" 1*8HEXDIG`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit, or
    /// [`ErrorKind::OutOfRange`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        read_value(Field::ErrorCode, value)
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The name in Microsoft's headers, if this crate knows the code.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::S_OK => "S_OK",
            Self::INVALID_ARGUMENT => "E_INVALIDARG",
            Self::ACCESS_DENIED => "E_ACCESSDENIED",
            Self::SESSION_NOT_FOUND => "BG_E_SESSION_NOT_FOUND",
            Self::TOO_LARGE => "BG_E_TOO_LARGE",
            Self::PROTOCOL_MISMATCH => "BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH",
            Self::SERVER_EXECUTE_ENABLE => "BG_E_SERVER_EXECUTE_ENABLE",
            Self::DISK_FULL => "ERROR_DISK_FULL",
            Self::PRINTED_DISK_FULL => "ERROR_DISK_FULL (as [MC-BUP] prints it) or time-out",
            _ => return None,
        })
    }

    /// Whether a vendor has made the code: the customer bit is set ([MC-BUP] 1.8).
    #[must_use]
    pub const fn is_customer(self) -> bool {
        self.0 & 0x2000_0000 != 0
    }
}

/// Who met the error ([MC-BUP] 2.2.1.2):
///
/// ```abnf
/// BITS-Error-Context = "0x5" / "0x7"
///                    / [ "0x" / "x" ] 1*8HEXDIG [ "L" ]  ; tolerated
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorContext(u32);

impl ErrorContext {
    /// 0x5, `BG_ERROR_CONTEXT_REMOTE_FILE`: the BITS server.
    pub const REMOTE_FILE: ErrorContext = ErrorContext(5);
    /// 0x7, `BG_ERROR_CONTEXT_REMOTE_APPLICATION`: the server application.
    pub const REMOTE_APPLICATION: ErrorContext = ErrorContext(7);

    /// Any 32-bit value; 5 and 7 are the ones that may be on the wire.
    #[must_use]
    pub const fn new(context: u32) -> Self {
        ErrorContext(context)
    }

    /// Reads `"0x5" / "0x7"`, with leading zeros if there are any.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit, or
    /// [`ErrorKind::OutOfRange`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        read_value(Field::ErrorContext, value)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The name in Microsoft's headers, for the two that may be on the wire.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::REMOTE_FILE => Some("BG_ERROR_CONTEXT_REMOTE_FILE"),
            Self::REMOTE_APPLICATION => Some("BG_ERROR_CONTEXT_REMOTE_APPLICATION"),
            _ => None,
        }
    }
}

/// `[ "0x" / "x" ] 1*8HEXDIG [ "L" ]`; anything but `"0x" 1*8HEXDIG` is noted.
fn hex32(value: &[u8], tolerance: &mut Tolerance<'_>) -> Result<u32, Fault> {
    let prefix = alt((literal_no_case(b"0x"), literal_no_case(b"x")));
    let number = map(
        pair(recognize(opt(prefix)), hex_number()),
        |(prefix, number)| (prefix.len(), number),
    );
    let suffix = recognize(opt(literal_no_case(b"L")));
    let ((prefix, number), suffix) = whole(value, (number, suffix))?;
    let digits = value
        .len()
        .saturating_sub(prefix)
        .saturating_sub(suffix.len());
    // First what nothing tolerates: an error for want of a deviation is one that the deviation would mend.
    let number = u32::try_from(number)
        .ok()
        .filter(|_| digits <= 8)
        .ok_or(Fault::of_value(ErrorKind::OutOfRange, value))?;
    if prefix != 2 {
        tolerance.tolerate(
            Deviation::ErrorSpelling,
            Fault::of_value(ErrorKind::InvalidValue, value),
        )?;
    }
    if !suffix.is_empty() {
        tolerance.tolerate(
            Deviation::ErrorSpelling,
            Fault::of_value(ErrorKind::InvalidValue, suffix),
        )?;
    }
    Ok(number)
}

impl Value<'_> for HResult {
    fn read(value: &[u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        hex32(value, tolerance).map(HResult)
    }
}

impl Value<'_> for ErrorContext {
    fn read(value: &[u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        let context = ErrorContext(hex32(value, tolerance)?);
        if context.name().is_none() {
            tolerance.tolerate(
                Deviation::ErrorContextValue,
                Fault::of_value(ErrorKind::InvalidValue, value),
            )?;
        }
        Ok(context)
    }
}

impl FromStr for HResult {
    type Err = Error;

    fn from_str(value: &str) -> Result<Self, Error> {
        Self::parse(value.as_bytes())
    }
}

impl FromStr for ErrorContext {
    type Err = Error;

    fn from_str(value: &str) -> Result<Self, Error> {
        Self::parse(value.as_bytes())
    }
}

impl fmt::Display for HResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for HResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HResult({self})")
    }
}

impl fmt::Display for ErrorContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:X}", self.0)
    }
}

impl fmt::Debug for ErrorContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorContext({self})")
    }
}
