//! The gate that asks for names.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderValue;

#[cfg(feature = "negotiate")]
use super::Negotiate;
use super::{Admission, Asker, Basic, Gate, Rights, UserName};

/// Asks for a name, by the schemes that it was given, and looks at the [`Rights`] of who has one.
///
/// | Asked | Answered |
/// | --- | --- |
/// | without credentials, with ones that are wrong, of another scheme, or with several | 401, with a challenge for each scheme: Negotiate first, then Basic |
/// | with a password that came neither over TLS nor from loopback, unless that is allowed | 403: what was sent must not be sent again |
/// | the same without credentials, when nothing but Basic is there to be offered | 403 |
/// | with good credentials, for a path that the user may not write to | 403 |
/// | when too many ask at once | 503 |
///
/// Without a scheme, nobody gets in.
#[derive(Debug, Default)]
pub struct AuthGate {
    rights: Rights,
    pub(super) basic: Option<Basic>,
    #[cfg(feature = "negotiate")]
    negotiate: Option<Negotiate>,
}

/// What a scheme makes of credentials.
pub(super) enum Verdict {
    /// They are good.
    Known {
        user: String,
        reply: Option<HeaderValue>,
    },
    /// They are not.
    Refused,
    /// It cannot be said now.
    Busy,
}

impl Verdict {
    pub(super) fn known(user: &UserName) -> Self {
        Verdict::Known {
            user: user.to_string(),
            reply: None,
        }
    }
}

impl AuthGate {
    /// Without a scheme yet.
    #[must_use]
    pub fn new(rights: Rights) -> Self {
        AuthGate {
            rights,
            ..AuthGate::default()
        }
    }

    /// Offers Basic.
    #[must_use]
    pub fn with_basic(self, basic: Basic) -> Self {
        AuthGate {
            basic: Some(basic),
            ..self
        }
    }

    /// Offers Negotiate.
    #[cfg(feature = "negotiate")]
    #[must_use]
    pub fn with_negotiate(self, negotiate: Negotiate) -> Self {
        AuthGate {
            negotiate: Some(negotiate),
            ..self
        }
    }

    /// What is offered on such a connection.
    fn challenge(&self, peer: SocketAddr, secure: bool) -> Admission {
        let mut challenges = Vec::new();
        #[cfg(feature = "negotiate")]
        if self.negotiate.is_some() {
            challenges.push(HeaderValue::from_static("Negotiate"));
        }
        if let Some(basic) = &self.basic
            && basic.may_travel(peer.ip(), secure)
        {
            challenges.push(basic.challenge().clone());
        }
        if challenges.is_empty() {
            tracing::warn!(
                %peer,
                "nobody can be asked for a password here: the connection is neither encrypted nor from loopback"
            );
            return Admission::Forbidden;
        }
        Admission::Challenge(challenges)
    }

    async fn judge(&self, asker: &Asker<'_>) -> Result<(String, Option<HeaderValue>), Admission> {
        let challenge = || self.challenge(asker.peer, asker.secure);
        let credentials = match asker.authorization {
            [] => return Err(challenge()),
            [credentials] => credentials.to_str().unwrap_or(""),
            _ => {
                tracing::warn!(peer = %asker.peer, "Authorization is repeated");
                return Err(challenge());
            }
        };
        let (scheme, credentials) = credentials.split_once(' ').unwrap_or((credentials, ""));
        let credentials = credentials.trim_start_matches(' ');
        let verdict = if let Some(basic) = &self.basic
            && scheme.eq_ignore_ascii_case("Basic")
        {
            if !basic.may_travel(asker.peer.ip(), asker.secure) {
                tracing::warn!(
                    peer = %asker.peer,
                    "a password came over a connection that is neither encrypted nor from loopback, where others may \
                     have read it: it was not looked at, and should be changed"
                );
                return Err(Admission::Forbidden);
            }
            basic.judge(credentials, asker.peer.ip()).await
        } else {
            self.negotiated(scheme, credentials, asker.peer).await
        };
        match verdict {
            Verdict::Known { user, reply } => Ok((user, reply)),
            Verdict::Refused => Err(challenge()),
            Verdict::Busy => Err(Admission::Busy),
        }
    }

    #[cfg(feature = "negotiate")]
    async fn negotiated(&self, scheme: &str, token: &str, peer: SocketAddr) -> Verdict {
        match &self.negotiate {
            Some(negotiate) if scheme.eq_ignore_ascii_case("Negotiate") => {
                negotiate.judge(token, peer.ip()).await
            }
            _ => unknown(scheme, peer),
        }
    }

    #[cfg(not(feature = "negotiate"))]
    fn negotiated(
        &self,
        scheme: &str,
        _: &str,
        peer: SocketAddr,
    ) -> impl Future<Output = Verdict> + use<> {
        std::future::ready(unknown(scheme, peer))
    }
}

fn unknown(scheme: &str, peer: SocketAddr) -> Verdict {
    // The name alone may be a secret in the wrong place, except where it is known not to be.
    let what = match scheme.eq_ignore_ascii_case("NTLM") {
        true => "NTLM is not offered: Negotiate (Kerberos) or Basic over TLS is to be used",
        false => "credentials are of a scheme that is not offered",
    };
    tracing::warn!(%peer, "{what}");
    Verdict::Refused
}

impl Gate for AuthGate {
    async fn admit(&self, asker: Asker<'_>) -> Admission {
        let (user, reply) = match self.judge(&asker).await {
            Ok(known) => known,
            Err(admission) => return admission,
        };
        match asker.path {
            Some(path) if !self.rights.allow(&user, path) => {
                tracing::warn!(peer = %asker.peer, user, path = ?path, "no right to write there");
                Admission::Forbidden
            }
            _ => Admission::Granted {
                user: Some(user),
                reply,
            },
        }
    }
}

/// What is kept by these locks is never half done when somebody panics.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
