//! Who may ask.
//!
//! A [`Gate`] is asked for every request, before its body is read. [`OpenGate`] asks nobody; [`AuthGate`] asks for a
//! name, by [`Basic`] and, with the feature `negotiate`, by Kerberos (`Negotiate`), and looks at the [`Rights`] of who
//! has one. Authentication is for one request: nothing is remembered for a connection, so that requests of several
//! users may come over one, as they do from proxies.
//!
//! # Why there is no NTLM
//!
//! NTLM authenticates a connection and not a request: behind a proxy that shares connections, one user's requests would
//! pass as another's. It takes several legs, so that there would have to be such a state. It does not say to which
//! server its proof was meant, and can be relayed. To check it, a server needs a domain controller and the protocol to
//! talk to it; no published library does that for HTTP. Clients of a domain use Negotiate, which is Kerberos here and
//! needs one leg; others use Basic over TLS. A Negotiate token that holds NTLM is refused.

mod basic;
mod file;
mod gate;
mod live;
#[cfg(feature = "negotiate")]
mod negotiate;
mod passwords;
mod recent;
mod rights;
mod secret;
mod throttle;
mod user;

use std::future::{Future, ready};
use std::net::SocketAddr;

use http::HeaderValue;

pub use basic::{Basic, BasicError};
pub use file::{MAX_PASSWORD_FILE, PasswordFileError, set_password};
pub use gate::AuthGate;
pub use live::PasswordFile;
#[cfg(feature = "negotiate")]
pub use negotiate::{Negotiate, NegotiateError};
pub use rights::{BadRule, Rights, Rule};
pub use secret::{BadPassword, BadPasswordRecord, Password, PasswordRecord};
pub use user::{BadUserName, UserName};

use gate::{Verdict, lock};

/// What is known of a request when it is asked whether it is admitted: before its body is read.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "it holds credentials")]
pub struct Asker<'a> {
    /// All values of Authorization, in their order.
    pub authorization: &'a [HeaderValue],
    /// The other end of the connection: a proxy, if there is one in front.
    pub peer: SocketAddr,
    /// Whether the connection to the peer is encrypted.
    pub secure: bool,
    /// As it stands in the request line.
    pub method: &'a str,
    /// The canonical text of the target: decoded, one slash between its segments and one before the first, no dots.
    /// `None` if the request names no file that there could be: then it is refused once it is admitted, unless it is
    /// a Ping or OPTIONS, for which the target does not matter.
    pub path: Option<&'a str>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It goes on.
    Granted {
        /// Who asks; `None` where nobody is asked for a name. Sessions belong to it.
        user: Option<String>,
        /// WWW-Authenticate of the answer, whatever the answer is: the last word of a mechanism that proves the
        /// server as well.
        reply: Option<HeaderValue>,
    },
    /// 401, with a WWW-Authenticate for each.
    Challenge(Vec<HeaderValue>),
    /// 403: it is known who asks, and that he may not.
    Forbidden,
    /// 503: too many ask at once; it may be tried again soon.
    Busy,
}

/// Says who may ask. Asked for every request: nothing is remembered for a connection.
pub trait Gate: Send + Sync + 'static {
    /// Whether a request may go on. May take its time, but must not block the thread.
    fn admit(&self, asker: Asker<'_>) -> impl Future<Output = Admission> + Send;
}

/// Asks nobody for a name. For loopback, or behind something that asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenGate;

impl Gate for OpenGate {
    fn admit(&self, _: Asker<'_>) -> impl Future<Output = Admission> + Send {
        ready(Admission::Granted {
            user: None,
            reply: None,
        })
    }
}

#[cfg(test)]
mod tests;
