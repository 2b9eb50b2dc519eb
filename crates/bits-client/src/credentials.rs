//! HTTP authentication ([MC-BUP] 2.1; [RFC 9110] 11).
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// A challenge of a 401: a scheme, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The scheme, in any letter case.
    pub scheme: &'a str,
    /// A token, or the parameters: as they came.
    pub rest: &'a str,
}

impl Challenge<'_> {
    /// Whether it is one of that scheme.
    #[must_use]
    pub const fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }
}

/// Where a request goes, as far as it matters for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer<'a> {
    /// The host, a name or an address.
    pub host: &'a str,
    /// Whether nobody on the way can read what is sent: TLS, or the machine itself.
    pub is_private: bool,
}

/// Why there is no new answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unmet {
    /// The scheme is not among those that are offered.
    NotOffered,
    /// The credentials, which this names, were sent, and refused.
    Rejected(&'static str),
    /// Others could read them on the way.
    Insecure,
    /// There are none for that server; in words, why.
    Missing(String),
}

/// The server has not proved that it is the one that the credentials are for; in words, why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unproved(pub String);

/// A future that may wait for others, without a thread that stands still.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Credentials of one scheme. They answer the challenges of one server, and are asked for every request.
pub trait Credentials: fmt::Debug {
    /// The value of `Authorization` for the next request; `None` as long as the server has not asked. Asked again for a
    /// request that is sent again.
    ///
    /// Resolves to [`Unmet`] if the server has asked, and there is nothing to be sent any more.
    fn authorization<'a>(
        &'a mut self,
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<Option<String>, Unmet>>;

    /// The server has answered 401 with these challenges. On success the next request has an answer to
    /// them.
    ///
    /// Resolves to [`Unmet`] where another request would be refused as this one was.
    fn challenged<'a>(
        &'a mut self,
        challenges: &'a [Challenge<'a>],
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<(), Unmet>>;

    /// What of them is not to be seen, wherever a server may repeat it.
    ///
    /// Nothing unless it is written.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// The request with the last [`authorization`](Credentials::authorization) has an answer that is not 401, with
    /// these values of `WWW-Authenticate`. Where a proof `is_due`, the answer would be believed.
    ///
    /// Does nothing unless it is written, for schemes in which a server proves nothing.
    ///
    /// # Errors
    ///
    /// [`Unproved`], if a proof is due and not there, or one that is there is none.
    fn answered(&mut self, challenges: &[Challenge<'_>], is_due: bool) -> Result<(), Unproved> {
        let _ = (challenges, is_due);
        Ok(())
    }
}

/// User and password, for the scheme Basic ([RFC 7617]).
///
/// They are sent once a server has asked for them, and with every request from then on; over a connection
/// that others can read only where that is allowed.
///
/// [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
pub struct Basic {
    value: String,
    password: String,
    may_be_read: bool,
    is_asked: bool,
}

impl Basic {
    /// `None` if the user holds a colon, which ends it, or either holds a control character.
    #[must_use]
    pub fn new(user: &str, password: &str) -> Option<Self> {
        let is_text = |text: &str| !text.chars().any(char::is_control);
        if user.contains(':') || !is_text(user) || !is_text(password) {
            return None;
        }
        let pair = format!("{user}:{password}");
        Some(Basic {
            value: format!("Basic {}", BASE64_STANDARD.encode(pair)),
            password: password.to_owned(),
            may_be_read: false,
            is_asked: false,
        })
    }

    /// Sends them over any connection, even if others can read it.
    #[must_use]
    pub const fn over_any_connection(mut self) -> Self {
        self.may_be_read = true;
        self
    }
}

impl Credentials for Basic {
    fn authorization<'a>(
        &'a mut self,
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<Option<String>, Unmet>> {
        let may = self.is_asked && (peer.is_private || self.may_be_read);
        Box::pin(ready(Ok(may.then(|| self.value.clone()))))
    }

    fn challenged<'a>(
        &'a mut self,
        challenges: &'a [Challenge<'a>],
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<(), Unmet>> {
        let met = if !challenges.iter().any(|challenge| challenge.is("Basic")) {
            Err(Unmet::NotOffered)
        } else if !peer.is_private && !self.may_be_read {
            Err(Unmet::Insecure)
        } else if self.is_asked {
            Err(Unmet::Rejected("user and password"))
        } else {
            self.is_asked = true;
            Ok(())
        };
        Box::pin(ready(met))
    }

    fn secrets(&self) -> Vec<String> {
        let pair = self.value.trim_start_matches("Basic ");
        vec![pair.to_owned(), self.password.clone()]
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").finish_non_exhaustive()
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmet::NotOffered => {
                f.write_str("the server does not offer the scheme of the credentials")
            }
            Unmet::Rejected(what) => write!(f, "the server has refused {what}"),
            Unmet::Insecure => f.write_str(
                "user and password are not sent where others can read them: use https, or allow it",
            ),
            Unmet::Missing(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server has not proved itself: {}", self.0)
    }
}

impl std::error::Error for Unmet {}

impl std::error::Error for Unproved {}

/// The challenges in a value of `WWW-Authenticate` ([RFC 9110] 11.6.1):
///
/// ```abnf
/// WWW-Authenticate = #challenge
/// challenge        = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
/// ```
///
/// A list in a list: an item that is no `name=value` begins the next challenge.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
pub(crate) fn challenges(value: &str) -> Vec<Challenge<'_>> {
    let mut found: Vec<Challenge<'_>> = Vec::new();
    let mut start = 0;
    for item in items(value) {
        let end = item.as_ptr() as usize - value.as_ptr() as usize + item.len();
        let (word, rest) = item.split_once([' ', '\t']).unwrap_or((item, ""));
        let is_parameter = word.contains('=') || rest.trim_start().starts_with('=');
        match found.last_mut() {
            Some(last) if is_parameter => last.rest = &value[start..end],
            _ => {
                start = end - rest.len();
                found.push(Challenge { scheme: word, rest });
            }
        }
    }
    found
}

/// What stands between commas that are not in quotes, without blanks around it.
fn items(value: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let at_comma = move |char| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && char == '\\' && !was_escaped;
        if char == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        char == ',' && !is_quoted
    };
    value
        .split(at_comma)
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    const PRIVATE: Peer<'_> = Peer {
        host: "h",
        is_private: true,
    };
    const PUBLIC: Peer<'_> = Peer {
        host: "h",
        is_private: false,
    };

    fn basic() -> Basic {
        Basic::new("me", "secret").unwrap()
    }

    /// What is known at once.
    fn now<T>(mut future: BoxFuture<'_, T>) -> T {
        let mut context = Context::from_waker(Waker::noop());
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits"),
        }
    }

    fn authorization(basic: &mut Basic, peer: Peer<'_>) -> Option<String> {
        now(basic.authorization(peer)).unwrap()
    }

    fn challenged(basic: &mut Basic, value: &str, peer: Peer<'_>) -> Result<(), Unmet> {
        now(basic.challenged(&challenges(value), peer))
    }

    #[test]
    fn basic_is_sent_only_after_a_challenge_and_then_always() {
        let mut basic = basic();
        assert_eq!(authorization(&mut basic, PRIVATE), None);
        assert_eq!(challenged(&mut basic, "Basic realm=\"a\"", PRIVATE), Ok(()));
        for _ in 0..2 {
            let value = authorization(&mut basic, PRIVATE);
            assert_eq!(value.as_deref(), Some("Basic bWU6c2VjcmV0"));
        }
        let again = challenged(&mut basic, "basic", PRIVATE);
        assert_eq!(again, Err(Unmet::Rejected("user and password")));
    }

    #[test]
    fn basic_is_not_sent_where_others_can_read_it_unless_allowed() {
        let mut basic = basic();
        assert_eq!(
            challenged(&mut basic, "Basic", PUBLIC),
            Err(Unmet::Insecure)
        );
        assert_eq!(challenged(&mut basic, "Basic", PRIVATE), Ok(()));
        assert_eq!(
            authorization(&mut basic, PUBLIC),
            None,
            "asked for in private"
        );

        let mut basic = self::basic().over_any_connection();
        assert_eq!(challenged(&mut basic, "Basic", PUBLIC), Ok(()));
        assert!(authorization(&mut basic, PUBLIC).is_some());
    }

    #[test]
    fn basic_is_not_sent_to_who_wants_something_else() {
        let challenged = challenged(&mut basic(), "Negotiate, NTLM", PRIVATE);
        assert_eq!(challenged, Err(Unmet::NotOffered));
    }

    #[test]
    fn what_basic_cannot_carry_is_refused() {
        for (user, password) in [("a:b", ""), ("a\n", ""), ("a", "b\0")] {
            assert!(Basic::new(user, password).is_none());
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", basic()).contains("bWU6"));
    }

    #[test]
    fn challenges_of_one_field_are_told_apart() {
        let of = |value| {
            let found = challenges(value).into_iter();
            found
                .map(|found| (found.scheme, found.rest))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(""), []);
        assert_eq!(of("Negotiate"), [("Negotiate", "")]);
        assert_eq!(of("Negotiate abc=="), [("Negotiate", "abc==")]);
        assert_eq!(
            of("Negotiate, Basic realm=\"a, b\\\", Digest\", charset=\"UTF-8\" , NTLM,"),
            [
                ("Negotiate", ""),
                ("Basic", "realm=\"a, b\\\", Digest\", charset=\"UTF-8\""),
                ("NTLM", ""),
            ],
        );
        assert_eq!(
            of("Digest realm = \"x\", qop=auth"),
            [("Digest", "realm = \"x\", qop=auth")]
        );
    }
}
