//! The client's half of Negotiate ([RFC 4559]): Kerberos, through the system's GSSAPI.
//!
//! [RFC 4559]: https://www.rfc-editor.org/rfc/rfc4559

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, OidSet};

/// One request's authentication to a server: a token to send, and the check of what comes back.
///
/// A token is good for one request: each needs another. The ticket is that of the user who runs this (`kinit`), or is got
/// with the keytab that `KRB5_CLIENT_KTNAME` names. May block while it asks the realm's servers.
pub struct Initiator {
    context: ClientCtx,
    token: String,
}

/// Why the user cannot be proved to the server, or the server has not proved itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegotiateError {
    /// There is no ticket for the server. Kerberos says why.
    NoTicket(String),
    /// The answer holds no token, or one that is malformed.
    NoProof,
    /// The token of the answer proves nothing. Kerberos says why.
    Forged(String),
}

impl Initiator {
    /// For a request to that host: the name in the URL, without its port.
    ///
    /// # Errors
    ///
    /// [`NegotiateError::NoTicket`].
    pub fn new(host: &str) -> Result<Self, NegotiateError> {
        let initiate = || {
            let name = format!("HTTP@{host}");
            let name = Name::new(name.as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE))?;
            // Of SPNEGO, which chooses among what there are credentials for.
            let mechanisms = OidSet::singleton(GSS_MECH_SPNEGO)?;
            let credential = Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms))?;
            let flags = CtxFlags::GSS_C_MUTUAL_FLAG;
            let mut context = ClientCtx::new(Some(credential), name, flags, Some(GSS_MECH_SPNEGO));
            let token = context.step(None, None)?;
            Ok((context, token))
        };
        let none = |why: Error| NegotiateError::NoTicket(why.to_string());
        let (context, token) = initiate().map_err(none)?;
        match token {
            Some(token) if !token.is_empty() => Ok(Initiator {
                context,
                token: format!("Negotiate {}", STANDARD.encode(&*token)),
            }),
            _ => Err(NegotiateError::NoTicket("it gives no token".to_owned())),
        }
    }

    /// The value of Authorization. A secret until the server has seen it.
    #[must_use]
    pub fn authorization(&self) -> &str {
        &self.token
    }

    /// Checks WWW-Authenticate of the answer, which is to be other than 401: whether it was the server that the ticket is for.
    ///
    /// # Errors
    ///
    /// If it was not, or cannot be said.
    pub fn check(mut self, www_authenticate: Option<&str>) -> Result<(), NegotiateError> {
        let (scheme, token) = www_authenticate
            .and_then(|value| value.split_once(' '))
            .ok_or(NegotiateError::NoProof)?;
        if !scheme.eq_ignore_ascii_case("Negotiate") {
            return Err(NegotiateError::NoProof);
        }
        let token = STANDARD
            .decode(token.trim_matches(' '))
            .map_err(|_| NegotiateError::NoProof)?;
        let forged = |why: Error| NegotiateError::Forged(why.to_string());
        let more = self.context.step(Some(&token), None).map_err(forged)?;
        let flags = self.context.flags().map_err(forged)?;
        let is_proof = more.is_none()
            && self.context.is_complete()
            && flags.contains(CtxFlags::GSS_C_MUTUAL_FLAG)
            && self.context.mechanism().map_err(forged)? == GSS_MECH_KRB5;
        match is_proof {
            true => Ok(()),
            false => Err(NegotiateError::Forged(
                "it is no answer of Kerberos".to_owned(),
            )),
        }
    }
}

/// Without the token and the keys.
impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator").finish_non_exhaustive()
    }
}

impl fmt::Display for NegotiateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NegotiateError::NoTicket(why) => {
                write!(
                    f,
                    "there is no Kerberos ticket for the server: {why}; get one with `kinit`"
                )
            }
            NegotiateError::NoProof => f.write_str("the server has not proved itself"),
            NegotiateError::Forged(why) => write!(f, "the server has not proved itself: {why}"),
        }
    }
}

impl std::error::Error for NegotiateError {}
