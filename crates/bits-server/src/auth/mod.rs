//! Who may ask.

use std::future::{Future, ready};
use std::net::SocketAddr;

use http::HeaderValue;

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
