//! Heads as they may be shown.

use std::fmt;

use bits_packet::Escaped;

use crate::Secrets;
use crate::credentials::{Challenge, challenges};
use crate::secrets::HIDDEN;

/// Displays a head line by line, control characters escaped, and without what is secret: the values of fields whose
/// names hold `auth`, `cookie`, `key`, `pass`, `secret` or `token`, but for a known scheme of `Authorization`; and what
/// follows the scheme in a challenge that carries a token. Of a [`Client`](crate::Client), neither the values of its
/// extra fields nor what it else knows that is [secret](Secrets). The query of a URL is shown.
///
/// ```
/// use bits_client::Redacted;
///
/// let head = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic bWU6c2VjcmV0\r\n\r\n";
/// assert_eq!(
///     Redacted::new(head).to_string(),
///     "GET / HTTP/1.1\nHost: a\nAuthorization: Basic (not shown)\n",
/// );
/// ```
#[derive(Clone, Copy)]
pub struct Redacted<'a> {
    bytes: &'a [u8],
    secrets: Option<&'a Secrets>,
}

/// Schemes of authentication that are shown.
const SCHEMES: [&str; 5] = ["Basic", "Bearer", "Digest", "Negotiate", "NTLM"];

/// What stands in the names of fields whose values may be secret.
const SECRETIVE: [&str; 6] = ["auth", "cookie", "key", "pass", "secret", "token"];

impl<'a> Redacted<'a> {
    /// Those bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Redacted {
            bytes,
            secrets: None,
        }
    }

    /// Without those secrets either.
    #[must_use]
    pub(crate) const fn without(mut self, secrets: &'a Secrets) -> Self {
        self.secrets = Some(secrets);
        self
    }

    fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        // Of what is no head, a bare CR may end a line as well.
        for line in self.bytes.split(|byte| b"\r\n".contains(byte)) {
            if line.is_empty() {
                continue;
            }
            // In no head, but it may go on with a secret in what is none.
            if matches!(line, [b' ' | b'\t', ..]) {
                writeln!(f, " {HIDDEN}")?;
                continue;
            }
            match line.iter().position(|&byte| byte == b':') {
                Some(colon) => {
                    let (name, value) = line.split_at(colon);
                    show(f, name)?;
                    if self.secrets.is_some_and(|secrets| secrets.is_field(name)) {
                        write!(f, ": {HIDDEN}")?;
                    } else {
                        value_of(f, name, &value[1..])?;
                    }
                }
                None => show(f, line)?,
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        match self.secrets {
            Some(secrets) => f.write_str(&secrets.blank(&text)),
            None => f.write_str(&text),
        }
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

fn value_of(f: &mut impl fmt::Write, name: &[u8], value: &[u8]) -> fmt::Result {
    let is = |names: &[&str]| {
        names
            .iter()
            .any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
    };
    let value = value.trim_ascii();
    let scheme_end = value.iter().position(|&byte| byte == b' ');
    f.write_str(": ")?;
    if is(&["Authorization", "Proxy-Authorization"]) {
        // What is no scheme may be a part of the secret.
        let scheme = scheme_end.map(|end| &value[..end]).filter(|scheme| {
            let mut known = SCHEMES.iter();
            known.any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()))
        });
        if let Some(scheme) = scheme {
            show(f, scheme)?;
            f.write_str(" ")?;
        }
        f.write_str(HIDDEN)
    } else if is(&[
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Authentication-Info",
    ]) {
        challenges_of(f, value)
    } else if may_be_secret(name) {
        f.write_str(HIDDEN)
    } else {
        show(f, value)
    }
}

fn may_be_secret(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETIVE.iter().any(|word| {
        let mut parts = name.windows(word.len());
        parts.any(|part| part == word.as_bytes())
    })
}

/// As they came, unless there is a token among them.
fn challenges_of(f: &mut impl fmt::Write, value: &[u8]) -> fmt::Result {
    let Ok(text) = str::from_utf8(value) else {
        return f.write_str(HIDDEN);
    };
    let found = challenges(text);
    let has_token = |challenge: &Challenge<'_>| {
        let mut schemes = ["Negotiate", "NTLM", "Kerberos"].iter();
        !challenge.rest.is_empty() && schemes.any(|scheme| challenge.is(scheme))
    };
    if !found.iter().any(has_token) {
        return show(f, value);
    }
    for (index, challenge) in found.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        show(f, challenge.scheme.as_bytes())?;
        match challenge {
            challenge if has_token(challenge) => write!(f, " {HIDDEN}")?,
            Challenge { rest: "", .. } => {}
            challenge => {
                f.write_str(" ")?;
                show(f, challenge.rest.as_bytes())?;
            }
        }
    }
    Ok(())
}

/// Controls and what is not UTF-8 as escapes.
fn show(f: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    for char in Escaped(bytes).to_string().chars() {
        if char.is_control() {
            write!(f, "{}", char.escape_default())?;
        } else {
            write!(f, "{char}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown_in_any_letter_case() {
        for line in [
            "authorization: Bearer sesame",
            "AUTHORIZATION: sesame",
            "Authorization:sesame",
            "Authorization: sesame behind it",
            "X-Api-Key: sesame",
            "x-amz-security-TOKEN: sesame",
            "Client-Secret: sesame",
            "X-Auth: sesame",
            "PASSWORD: sesame",
            "Proxy-Authorization: Basic sesame",
            "cookie: a=sesame",
            "Set-Cookie: a=sesame; Path=/",
            "WWW-Authenticate: Negotiate sesame==",
            "www-authenticate: NTLM sesame",
            "WWW-Authenticate: Basic realm=\"a, b\", Negotiate sesame==, Digest qop=auth",
            "WWW-Authenticate:  negotiate  sesame",
            "WWW-Authenticate: Negotiate\tsesame",
            "WWW-Authenticate: Negotiate sesame\u{ff}",
        ] {
            let bytes: Vec<u8> = line
                .chars()
                .map(|char| u8::try_from(char).unwrap())
                .collect();
            let shown = Redacted::new(&bytes).to_string();
            assert!(!shown.contains("sesame"), "{shown}");
            assert!(shown.contains(HIDDEN), "{shown}");
        }
    }

    #[test]
    fn secrets_are_not_shown_in_what_is_no_head() {
        for text in [
            "Set-Cookie : sesame",
            "Set-Cookie: a;\r\n b=sesame",
            "Set-Cookie: a;\n\tb=sesame",
            "A: b\rSet-Cookie: sesame",
            "\0Authorization: Basic sesame",
            "{\"access_token\": \"sesame\"}",
        ] {
            let shown = Redacted::new(text.as_bytes()).to_string();
            assert!(!shown.contains("sesame"), "{shown}");
        }
    }

    #[test]
    fn what_stands_beside_a_token_is_shown() {
        let line =
            b"WWW-Authenticate: Negotiate a==, Basic realm=\"a, b\", charset=\"UTF-8\", NTLM";
        assert_eq!(
            Redacted::new(line).to_string(),
            "WWW-Authenticate: Negotiate (not shown), Basic realm=\"a, b\", charset=\"UTF-8\", NTLM\n"
        );
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for line in [
            "WWW-Authenticate: Basic realm=\"drop\"",
            "WWW-Authenticate: Negotiate",
            "Host: a:80",
            "no field",
        ] {
            assert_eq!(
                Redacted::new(line.as_bytes()).to_string(),
                format!("{line}\n")
            );
        }
    }

    #[test]
    fn controls_and_bytes_that_are_no_text_are_escaped() {
        let shown = Redacted::new(b"A: \x1B[2J\xFF\xC2\x9B").to_string();
        assert_eq!(shown, "A: \\u{1b}[2J\\xFF\\u{9b}\n");
    }
}
