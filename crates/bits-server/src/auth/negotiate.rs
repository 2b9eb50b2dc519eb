//! Negotiate: Kerberos in SPNEGO ([RFC 4559], [RFC 4178]), through the system's GSSAPI.
//!
//! [RFC 4559]: https://www.rfc-editor.org/rfc/rfc4559
//! [RFC 4178]: https://www.rfc-editor.org/rfc/rfc4178

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use libgssapi::context::{CtxFlags, SecurityContext, ServerCtx};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{
    GSS_MECH_KRB5, GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, GSS_NT_KRB5_PRINCIPAL, OidSet,
};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::Verdict;
use super::user::is_visible;

/// How many tokens wait at most.
const PLACES: usize = 64;

/// The greatest length of a user's name, in bytes.
const MAX_PRINCIPAL: usize = 256;

/// The environment variable in which the library looks for a keytab; without it, it takes the system's.
const KEYTAB: &str = "KRB5_KTNAME";

/// Tickets for a service whose key is in a keytab.
///
/// A token is judged in one leg: a context that wants more is refused, as there is no state between requests. So is
/// every mechanism other than Kerberos, NTLM above all, and every anonymous ticket. The user is the principal, as in
/// `alice@EXAMPLE.COM`, and the answer proves the server to the client. A token is good once: the library remembers those of
/// the last minutes on the disk, in what `KRB5RCACHENAME` names or else in its own place.
///
/// The library finds the keytab by the environment alone: see [`Negotiate::start_with_keytab`].
pub struct Negotiate {
    credential: Cred,
    realm: Option<String>,
    places: Semaphore,
    turn: Arc<Semaphore>,
}

/// Why [`Negotiate`] cannot be offered.
#[derive(Debug)]
pub struct NegotiateError {
    service: String,
    why: String,
}

/// What a good token proves.
struct Proof {
    principal: Vec<u8>,
    reply: Option<Vec<u8>>,
}

impl Negotiate {
    /// For tickets of that service: `HTTP` for whatever host the keytab has a key of, or a principal, as in
    /// `HTTP/files.example.com` or `HTTP/files.example.com@EXAMPLE.COM`.
    ///
    /// # Errors
    ///
    /// If the library cannot be had to use such a key: most often because it is not in the keytab, or the keytab is not
    /// readable.
    pub fn new(service: &str) -> Result<Self, NegotiateError> {
        let kind = match service.contains('/') {
            true => GSS_NT_KRB5_PRINCIPAL,
            false => GSS_NT_HOSTBASED_SERVICE,
        };
        let credential = Name::new(service.as_bytes(), Some(kind)).and_then(|name| {
            let mut mechanisms = OidSet::singleton(GSS_MECH_SPNEGO)?;
            mechanisms.add(GSS_MECH_KRB5)?;
            Cred::acquire(Some(&name), None, CredUsage::Accept, Some(&mechanisms))
        });
        match credential {
            Ok(credential) => Ok(Negotiate {
                credential,
                realm: None,
                places: Semaphore::new(PLACES),
                turn: Arc::new(Semaphore::new(1)),
            }),
            // Its text is known to this thread alone.
            Err(error) => Err(NegotiateError {
                service: service.to_owned(),
                why: error.to_string(),
            }),
        }
    }

    /// Takes this realm off the names of its users: `alice@EXAMPLE.COM` is `alice` then, and those of other realms keep
    /// theirs.
    #[must_use]
    pub fn without_realm(self, realm: &str) -> Self {
        Negotiate {
            realm: Some(realm.to_owned()),
            ..self
        }
    }

    /// Makes the library use that keytab: starts this program anew in its own place, with the same arguments, and with
    /// the keytab in its environment. Returns only if it is there already, or on an error.
    ///
    /// To be called first of all: whatever runs is ended, as by `exec`.
    ///
    /// # Errors
    ///
    /// If the keytab cannot be read, or the program not be started.
    pub fn start_with_keytab(keytab: &Path) -> io::Result<()> {
        File::open(keytab)?;
        let mut value = OsString::from("FILE:");
        value.push(std::path::absolute(keytab)?);
        if env::var_os(KEYTAB).is_some_and(|it| it == value) {
            return Ok(());
        }
        let mut arguments = env::args_os();
        let mut command = Command::new(env::current_exe()?);
        if let Some(name) = arguments.next() {
            command.arg0(name);
        }
        Err(command.args(arguments).env(KEYTAB, value).exec())
    }

    /// Judges what follows `Negotiate` in Authorization.
    pub(super) async fn judge(&self, token: &str, peer: IpAddr) -> Verdict {
        let Ok(token) = STANDARD.decode(token) else {
            tracing::warn!(%peer, "a Negotiate token is malformed");
            return Verdict::Refused;
        };
        if token.starts_with(b"NTLMSSP\0") {
            tracing::warn!(%peer, "NTLM is not offered: the client has found no Kerberos ticket for this server");
            return Verdict::Refused;
        }
        let Ok(_place) = self.places.try_acquire() else {
            tracing::warn!(%peer, "too many tokens are to be looked at at once");
            return Verdict::Busy;
        };
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let credential = self.credential.clone();
        let accepted = spawn_blocking(move || {
            let accepted = accept(credential, &token);
            // Not before it is done, even if nobody waits for it any more.
            drop(turn);
            accepted
        });
        let proof = match accepted.await {
            Ok(Ok(proof)) => proof,
            Ok(Err(why)) => {
                tracing::warn!(%peer, why, "a Negotiate token is refused");
                return Verdict::Refused;
            }
            Err(error) => {
                tracing::error!(%error, "a Negotiate token could not be looked at");
                return Verdict::Busy;
            }
        };
        let Some(user) = user(&proof.principal, self.realm.as_deref()) else {
            let principal = proof.principal.escape_ascii();
            tracing::warn!(%peer, %principal, "a principal cannot be a user's name");
            return Verdict::Refused;
        };
        let reply = proof.reply.map(|token| {
            HeaderValue::try_from(format!("Negotiate {}", STANDARD.encode(token)))
                .expect("base64 is good in a field")
        });
        Verdict::Known { user, reply }
    }
}

fn accept(credential: Cred, token: &[u8]) -> Result<Proof, String> {
    let mut context = ServerCtx::new(Some(credential));
    let reply = context.step(token, None).map_err(|it| it.to_string())?;
    if !context.is_complete() {
        return Err("it wants more than one leg".to_owned());
    }
    let known = |it: libgssapi::error::Error| it.to_string();
    if context.mechanism().map_err(known)? != GSS_MECH_KRB5 {
        return Err("it is not Kerberos".to_owned());
    }
    if context
        .flags()
        .map_err(known)?
        .contains(CtxFlags::GSS_C_ANON_FLAG)
    {
        return Err("it is anonymous".to_owned());
    }
    let name = context.source_name().map_err(known)?;
    Ok(Proof {
        principal: name.display_name().map_err(known)?.to_vec(),
        reply: reply.map(|token| token.to_vec()),
    })
}

/// The user of that principal, if it can be told from every other: it is UTF-8, has nothing to be escaped, can be seen,
/// and is not one of those that stand for nobody ([RFC 6111]).
///
/// [RFC 6111]: https://www.rfc-editor.org/rfc/rfc6111
fn user(principal: &[u8], realm: Option<&str>) -> Option<String> {
    let name = str::from_utf8(principal).ok()?;
    let (primary, own) = name.rsplit_once('@')?;
    let is_name = !primary.is_empty()
        && name.len() <= MAX_PRINCIPAL
        && !name.contains('\\')
        && !primary.starts_with(['@', '#'])
        && !primary.starts_with("WELLKNOWN/")
        && is_visible(name);
    let short = realm == Some(own);
    is_name.then(|| if short { primary } else { name }.to_owned())
}

impl fmt::Debug for Negotiate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Negotiate")
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for NegotiateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Kerberos has no key for the service {:?}: {}; put it into a keytab that this user may read, and name the keytab",
            self.service, self.why
        )
    }
}

impl std::error::Error for NegotiateError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_a_user_with_its_realm_unless_that_is_taken_off() {
        let realm = Some("EXAMPLE.COM");
        for (principal, full, short) in [
            ("alice@EXAMPLE.COM", "alice@EXAMPLE.COM", "alice"),
            ("alice@OTHER.ORG", "alice@OTHER.ORG", "alice@OTHER.ORG"),
            (
                "alice@example.com",
                "alice@example.com",
                "alice@example.com",
            ),
            ("PC1$@EXAMPLE.COM", "PC1$@EXAMPLE.COM", "PC1$"),
            ("host/pc1@EXAMPLE.COM", "host/pc1@EXAMPLE.COM", "host/pc1"),
        ] {
            assert_eq!(user(principal.as_bytes(), None).as_deref(), Some(full));
            assert_eq!(user(principal.as_bytes(), realm).as_deref(), Some(short));
        }
    }

    #[test]
    fn a_principal_that_could_be_mistaken_is_no_user() {
        let long = format!("{}@EXAMPLE.COM", "a".repeat(256));
        for principal in [
            &b""[..],
            b"alice",
            b"@EXAMPLE.COM",
            b"@all@EXAMPLE.COM",
            b"al\\@ice@EXAMPLE.COM",
            b"al ice@EXAMPLE.COM",
            b"alice\n@EXAMPLE.COM",
            b"al\xffice@EXAMPLE.COM",
            b"WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS",
            b"WELLKNOWN/ANONYMOUS@EXAMPLE.COM",
            long.as_bytes(),
        ] {
            assert_eq!(user(principal, Some("EXAMPLE.COM")), None, "{principal:?}");
        }
    }
}
