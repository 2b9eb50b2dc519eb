//! Basic authentication ([RFC 7617]).
//!
//! [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::live::Users;
use super::recent::Marker;
use super::secret::Workspace;
use super::throttle::Throttle;
use super::{Password, PasswordFile, UserName, Verdict};

/// Names and passwords, against a [`PasswordFile`].
///
/// One password is checked at a time, in memory that is kept, so that checks need the memory of one. What was right is
/// known for five minutes after it was last shown, or until the file is changed; failures make the next attempts of the
/// same peer, or for the same user, wait for up to five seconds. A user that there is not costs as much as one that
/// there is.
pub struct Basic {
    file: Arc<PasswordFile>,
    challenge: HeaderValue,
    marker: Marker,
    throttle: Throttle,
    /// Whoever checks a password has it.
    pub(super) turn: Arc<Mutex<Workspace>>,
    everywhere: bool,
}

/// Why [`Basic`] cannot be offered.
#[derive(Debug)]
#[non_exhaustive]
pub enum BasicError {
    /// The realm holds something else than printable ASCII.
    Realm,
    /// The system has no random bytes.
    Random(getrandom::Error),
}

impl Basic {
    /// Of the users of that file. Clients show the realm to whoever is to type a password, and keep passwords by it.
    ///
    /// # Errors
    ///
    /// If it cannot be offered.
    pub fn new(file: Arc<PasswordFile>, realm: &str) -> Result<Self, BasicError> {
        let is_text = realm.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let realm = realm.replace('\\', r"\\").replace('"', "\\\"");
        let challenge = HeaderValue::try_from(format!(r#"Basic realm="{realm}", charset="UTF-8""#));
        Ok(Basic {
            file,
            challenge: challenge
                .ok()
                .filter(|_| is_text)
                .ok_or(BasicError::Realm)?,
            marker: Marker::new().map_err(BasicError::Random)?,
            throttle: Throttle::new([]),
            turn: Arc::default(),
            everywhere: false,
        })
    }

    /// Takes passwords that come neither over TLS nor from loopback too: whoever is on the way can read them.
    #[must_use]
    pub fn allow_without_tls(self, allow: bool) -> Self {
        Basic {
            everywhere: allow,
            ..self
        }
    }

    /// Names peers that are proxies: failures are not laid to their charge. Those on loopback need not be named.
    #[must_use]
    pub fn with_proxies(self, proxies: impl IntoIterator<Item = IpAddr>) -> Self {
        Basic {
            throttle: Throttle::new(proxies),
            ..self
        }
    }

    /// Whether a password may be sent on such a connection.
    pub(super) fn may_travel(&self, peer: IpAddr, secure: bool) -> bool {
        secure || self.everywhere || peer.to_canonical().is_loopback()
    }

    pub(super) fn challenge(&self) -> &HeaderValue {
        &self.challenge
    }

    /// Judges what follows `Basic` in Authorization.
    pub(super) async fn judge(&self, credentials: &str, peer: IpAddr) -> Verdict {
        let Some((user, password)) = read(credentials) else {
            tracing::warn!(%peer, "Basic credentials are malformed");
            return Verdict::Refused;
        };
        let mark = self.marker.mark(&user, &password);
        if self.users().await.recent.knows(&user, &mark) {
            return Verdict::known(&user);
        }
        let Some(attempt) = self.throttle.begin(&user, peer) else {
            tracing::warn!(%peer, "too many passwords are to be checked at once");
            return Verdict::Busy;
        };
        sleep(attempt.delay()).await;
        let mut workspace = Arc::clone(&self.turn).lock_owned().await;
        // That was a while: another request may have shown the same password, or the file may be another.
        let users = self.users().await;
        if users.recent.knows(&user, &mark) {
            attempt.succeeded();
            return Verdict::known(&user);
        }
        let is_user = users.passwords.contains(&user);
        let check = {
            let (users, user) = (Arc::clone(&users), user.clone());
            let seed = self.throttle.seed(&user);
            move || {
                // The turn of the next begins when this is done, even if nobody waits for it any more.
                users
                    .passwords
                    .check(&user, &password, seed, &mut workspace)
            }
        };
        match spawn_blocking(check).await {
            Ok(true) => {
                users.recent.learn(&user, mark);
                attempt.succeeded();
                Verdict::known(&user)
            }
            Ok(false) => {
                // A name that is none may be a password in the wrong place.
                let user = if is_user { user.as_str() } else { "(unknown)" };
                tracing::warn!(%peer, user, "wrong password");
                Verdict::Refused
            }
            Err(error) => {
                tracing::error!(%error, "a password could not be checked");
                Verdict::Busy
            }
        }
    }

    async fn users(&self) -> Arc<Users> {
        if let Some(users) = self.file.known() {
            return users;
        }
        let file = Arc::clone(&self.file);
        match spawn_blocking(move || file.look()).await {
            Ok(users) => users,
            // The runtime is ending, or the look has panicked: what was known is still known.
            Err(_) => self.file.last(),
        }
    }
}

/// Reads Basic credentials: base64 in its one canonical form, of UTF-8; the name ends at the first colon.
fn read(credentials: &str) -> Option<(UserName, Password)> {
    let bytes = Zeroizing::new(STANDARD.decode(credentials).ok()?);
    let (user, password) = str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((user.parse().ok()?, Password::new(password).ok()?))
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic")
            .field("file", &self.file)
            .field("challenge", &self.challenge)
            .field("everywhere", &self.everywhere)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for BasicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BasicError::Realm => f.write_str("a realm is printable ASCII; name another"),
            BasicError::Random(source) => write!(f, "the system has no random bytes: {source}"),
        }
    }
}

impl std::error::Error for BasicError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BasicError::Realm => None,
            BasicError::Random(source) => Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(text: &[u8]) -> Option<String> {
        let (user, password) = read(&STANDARD.encode(text))?;
        let password = String::from_utf8(password.as_bytes().to_vec()).unwrap();
        Some(format!("{user} {password}"))
    }

    #[test]
    fn the_name_ends_at_the_first_colon() {
        assert_eq!(pair(b"Aladdin:open sesame").unwrap(), "Aladdin open sesame");
        assert_eq!(pair(b"a:b:c:").unwrap(), "a b:c:");
        // The example of RFC 7617 2.1.
        assert_eq!(pair("test:123\u{a3}".as_bytes()).unwrap(), "test 123\u{a3}");
    }

    #[test]
    fn refuses_pairs_that_are_none() {
        for text in [
            &b""[..],
            b"a",
            b":b",
            b"a:",
            b":",
            b"a:b\n",
            b"a\0:b",
            b"a b:c",
            b"a:\xa3",
        ] {
            assert_eq!(pair(text), None, "{text:?}");
        }
    }

    #[test]
    fn refuses_base64_that_is_not_canonical() {
        assert!(read("YTpiYg==").is_some());
        for text in [
            "YTpiYg",
            "YTpiYg=",
            "YTpiYh==",
            " YTpiYg==",
            "YTpi Yg==",
            "YTpiYg==,",
            "a:bb",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
