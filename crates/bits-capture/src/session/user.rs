//! The name of a user in `Authorization`, where it stands there in the clear. Passwords are never looked at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Who has sent a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// The name; with its domain as `DOMAIN\name` where one is given.
    pub name: String,
    /// The scheme of authentication: `Basic`, `NTLM`, `Negotiate` or `Digest`.
    pub scheme: &'static str,
}

impl User {
    /// Reads the value of `Authorization` or `Proxy-Authorization`. `None` if it names nobody: Kerberos
    /// encrypts the name, and the first message of NTLM has none.
    #[must_use]
    pub fn of(authorization: &[u8]) -> Option<User> {
        let (scheme, rest) = split_at_blank(authorization);
        if scheme.eq_ignore_ascii_case(b"basic") {
            let decoded = decode(rest)?;
            // Without a colon it is no name and password, and may be a secret.
            let colon = memchr::memchr(b':', &decoded)?;
            let name = &decoded[..colon];
            return User::new(&bits_packet::Escaped(name).to_cow(), "Basic");
        }
        if scheme.eq_ignore_ascii_case(b"ntlm") {
            return User::new(&ntlm(&decode(rest)?)?, "NTLM");
        }
        if scheme.eq_ignore_ascii_case(b"negotiate") {
            return User::new(&ntlm(&decode(rest)?)?, "Negotiate");
        }
        if scheme.eq_ignore_ascii_case(b"digest") {
            return User::new(&digest(rest)?, "Digest");
        }
        None
    }

    /// Whether it holds for all that follows on the connection, as NTLM and Negotiate do; other schemes name who sends each
    /// request.
    pub(super) fn is_of_connection(&self) -> bool {
        matches!(self.scheme, "NTLM" | "Negotiate")
    }

    fn new(name: &str, scheme: &'static str) -> Option<User> {
        let name: String = name.chars().take(256).collect();
        (!name.is_empty()).then_some(User { name, scheme })
    }
}

fn split_at_blank(value: &[u8]) -> (&[u8], &[u8]) {
    let end = value
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t'))
        .unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    (scheme, rest.trim_ascii())
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The user of an AUTHENTICATE_MESSAGE of NTLM ([MS-NLMP] 2.2.1.3), bare or inside SPNEGO.
fn ntlm(token: &[u8]) -> Option<String> {
    let start = memchr::memmem::find(token, b"NTLMSSP\0")?;
    let message = &token[start..];
    let number = |at: usize| {
        let bytes = message.get(at..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    if number(8)? != 3 {
        return None;
    }
    let is_unicode = number(60)? & 1 != 0;
    let text = |at: usize| {
        let length = usize::from(u16::from_le_bytes(*message.get(at..)?.first_chunk::<2>()?));
        let from = number(at + 4)? as usize;
        let bytes = message.get(from..from.checked_add(length)?)?;
        Some(if is_unicode {
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|char| char.unwrap_or('\u{FFFD}'))
                .collect()
        } else {
            bits_packet::Escaped(bytes).to_string()
        })
    };
    let (domain, name): (String, String) = (text(28)?, text(36)?);
    match (&domain[..], &name[..]) {
        (_, "") => None,
        ("", _) => Some(name),
        _ => Some(format!("{domain}\\{name}")),
    }
}

/// `username="..."` of Digest ([RFC 7616] 3.4).
fn digest(parameters: &[u8]) -> Option<String> {
    let mut rest = parameters;
    loop {
        rest = rest.trim_ascii_start();
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (
            rest[..equals].trim_ascii(),
            rest[equals + 1..].trim_ascii_start(),
        );
        let (value, after) = match value.strip_prefix(b"\"") {
            Some(quoted) => quoted_string(quoted)?,
            None => {
                let end = value
                    .iter()
                    .position(|byte| *byte == b',')
                    .unwrap_or(value.len());
                (value[..end].to_vec(), &value[end..])
            }
        };
        if name.eq_ignore_ascii_case(b"username") {
            return Some(bits_packet::Escaped(&value).to_string());
        }
        rest = after.trim_ascii_start().strip_prefix(b",")?;
    }
}

/// What stands before the closing quote, and what follows it.
fn quoted_string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((value, &text[at + 1..])),
            b'\\' => value.push(*bytes.next()?.1),
            _ => value.push(*byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &[u8]) -> Vec<u8> {
        [b"Basic ", STANDARD.encode(text).as_bytes()].concat()
    }

    fn authenticate(domain: &str, name: &str) -> Vec<u8> {
        let wide = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>()
        };
        let (domain, name) = (wide(domain), wide(name));
        let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
        let field = |length: usize, at: usize| {
            let length = u16::try_from(length).unwrap().to_le_bytes();
            [
                &length[..],
                &length,
                &u32::try_from(at).unwrap().to_le_bytes(),
            ]
            .concat()
        };
        message.extend(field(0, 64));
        message.extend(field(0, 64));
        message.extend(field(domain.len(), 64));
        message.extend(field(name.len(), 64 + domain.len()));
        message.extend(field(0, 64));
        message.extend(field(0, 64));
        message.extend(1u32.to_le_bytes());
        message.extend(domain);
        message.extend(name);
        message
    }

    fn name(authorization: &[u8]) -> Option<(String, &'static str)> {
        User::of(authorization).map(|user| (user.name, user.scheme))
    }

    #[test]
    fn the_name_of_basic_is_what_stands_before_the_colon() {
        assert_eq!(
            name(&basic(b"alice:secret:more")),
            Some(("alice".into(), "Basic"))
        );
        assert_eq!(name(&basic(b"\xFF:x")), Some(("\\xFF".into(), "Basic")));
        assert_eq!(name(&basic(b":secret")), None);
        assert_eq!(name(&basic(b"secret")), None);
        assert_eq!(name(b"Basic !!!"), None);
        assert_eq!(name(b"Basic"), None);
    }

    #[test]
    fn the_name_of_ntlm_stands_in_its_third_message_alone() {
        let third = STANDARD.encode(authenticate("CORP", "bob"));
        let expected = Some(("CORP\\bob".to_owned(), "NTLM"));
        assert_eq!(name(format!("NTLM {third}").as_bytes()), expected);
        let wrapped = [&b"\xA1\x82\x01"[..], &authenticate("", "bob")].concat();
        let wrapped = format!("Negotiate {}", STANDARD.encode(wrapped));
        assert_eq!(
            name(wrapped.as_bytes()),
            Some(("bob".to_owned(), "Negotiate"))
        );
        let first = STANDARD.encode(b"NTLMSSP\0\x01\0\0\0\0\0\0\0");
        assert_eq!(name(format!("NTLM {first}").as_bytes()), None);
    }

    #[test]
    fn a_third_message_that_is_cut_anywhere_names_nobody_and_harms_nobody() {
        let whole = authenticate("CORP", "bob");
        for end in 0..whole.len() {
            let cut = STANDARD.encode(&whole[..end]);
            assert_eq!(name(format!("NTLM {cut}").as_bytes()), None, "{end}");
        }
    }

    #[test]
    fn the_name_of_digest_is_a_parameter() {
        let value = br#"Digest realm="a, username=b", nc=1, username="c\"d", uri="/""#;
        assert_eq!(name(value), Some(("c\"d".to_owned(), "Digest")));
        assert_eq!(name(br#"Digest username="c"#), None);
    }

    #[test]
    fn kerberos_and_tokens_name_nobody() {
        assert_eq!(name(b"Negotiate YIIB"), None);
        assert_eq!(name(b"Bearer abc"), None);
    }
}
