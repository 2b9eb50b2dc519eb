//! Negotiate: Kerberos in SPNEGO ([RFC 4559], [RFC 4178]), through the system's GSSAPI.
//!
//! [RFC 4559]: https://www.rfc-editor.org/rfc/rfc4559
//! [RFC 4178]: https://www.rfc-editor.org/rfc/rfc4178

use std::fmt;
use std::future::ready;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, OidSet};
use tokio::task::spawn_blocking;

use crate::credentials::{BoxFuture, Challenge, Credentials, Peer, Unmet, Unproved};

/// The scheme.
const NEGOTIATE: &str = "Negotiate";

/// The Kerberos ticket of the user who runs this, for the scheme Negotiate ([RFC 4559]).
///
/// The ticket is the one that `kinit` has got, or is got with the keytab that `KRB5_CLIENT_KTNAME` names. Once a server
/// has asked, every request has a token of its own, for the service `HTTP` at the host of the URL; it is made in one
/// leg, and delegates nothing. An answer that is believed must prove that it comes from that service; so must a refusal
/// that has a token at all. Tokens do not reveal the ticket, and are sent over any connection; they are not bound to
/// it.
///
/// [RFC 4559]: https://www.rfc-editor.org/rfc/rfc4559
#[derive(Default)]
pub struct Negotiate {
    is_asked: bool,
    /// What the last request was sent with, until it is answered.
    sent: Option<Initiator>,
}

impl Negotiate {
    /// Whose ticket it is, is up to Kerberos; whether there is one, is seen when a server asks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Credentials for Negotiate {
    fn authorization<'a>(
        &'a mut self,
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<Option<String>, Unmet>> {
        self.sent = None;
        if !self.is_asked {
            return Box::pin(ready(Ok(None)));
        }
        Box::pin(async move {
            let initiator = initiate(peer.host).await?;
            let value = format!("{NEGOTIATE} {}", BASE64_STANDARD.encode(&initiator.token));
            self.sent = Some(initiator);
            Ok(Some(value))
        })
    }

    fn challenged<'a>(
        &'a mut self,
        challenges: &'a [Challenge<'a>],
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<(), Unmet>> {
        Box::pin(async move {
            if !challenges.iter().any(|challenge| challenge.is(NEGOTIATE)) {
                Err(Unmet::NotOffered)
            } else if self.is_asked {
                Err(Unmet::Rejected("the Kerberos ticket"))
            } else {
                // To see whether there is a ticket; the token itself would be old by the time of a request that waits.
                initiate(peer.host).await?;
                self.is_asked = true;
                Ok(())
            }
        })
    }

    fn answered(&mut self, challenges: &[Challenge<'_>], is_due: bool) -> Result<(), Unproved> {
        let Some(initiator) = self.sent.take() else {
            return Ok(());
        };
        let mut tokens = challenges
            .iter()
            .filter(|challenge| challenge.is(NEGOTIATE) && !challenge.rest.is_empty());
        match tokens.next() {
            Some(challenge) => initiator.check(challenge.rest).map_err(Unproved),
            None if is_due => Err(Unproved("its answer has no token".to_owned())),
            None => Ok(()),
        }
    }
}

/// Without tokens and keys.
impl fmt::Debug for Negotiate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Negotiate").finish_non_exhaustive()
    }
}

/// In a thread that may wait for the servers of the realm.
async fn initiate(host: &str) -> Result<Initiator, Unmet> {
    let host = host.to_owned();
    let initiated = spawn_blocking(move || Initiator::new(&host)).await;
    // It ends in no other way than by a panic.
    let initiated = initiated.unwrap_or_else(|error| Err(error.to_string()));
    initiated.map_err(|why| {
        Unmet::Missing(format!(
            "there is no Kerberos ticket for the server: {why}; get one with `kinit`"
        ))
    })
}

/// Some of the library's texts hold the NUL of C at their end.
fn text(why: Error) -> String {
    why.to_string().replace('\0', "")
}

/// One request's authentication: a token, and the check of what comes back.
struct Initiator {
    context: ClientCtx,
    token: Vec<u8>,
}

impl Initiator {
    /// The text of an error is known to the thread alone that has met it.
    fn new(host: &str) -> Result<Self, String> {
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
        let (context, token) = initiate().map_err(text)?;
        match token {
            Some(token) if !token.is_empty() => Ok(Initiator {
                context,
                token: token.to_vec(),
            }),
            _ => Err("it gives no token".to_owned()),
        }
    }

    /// Whether the token of an answer comes from the service that the ticket is for; in words, why not.
    fn check(mut self, token: &str) -> Result<(), String> {
        let token = BASE64_STANDARD
            .decode(token.trim_matches(' '))
            .map_err(|_| "the token of its answer is malformed".to_owned())?;
        let more = self.context.step(Some(&token), None).map_err(text)?;
        let flags = self.context.flags().map_err(text)?;
        let is_proof = more.is_none()
            && self.context.is_complete()
            && flags.contains(CtxFlags::GSS_C_MUTUAL_FLAG)
            && self.context.mechanism().map_err(text)? == GSS_MECH_KRB5;
        match is_proof {
            true => Ok(()),
            false => Err("the token of its answer is none of Kerberos".to_owned()),
        }
    }
}
