//! Connections that belong together, and what is to be found in them.

use std::fmt;
use std::net::SocketAddr;

use super::Shown;
use super::connection::{Connection, merged};
use super::disorder::Disorder;
use super::file::File;
use super::segment::Segment;

/// Connections, and the uploads on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The connections; they may run at the same time.
    pub connections: Vec<Connection>,
    /// What was uploaded.
    pub uploads: Vec<Expected>,
}

impl Conversation {
    /// The segments of all connections, by time.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        merged(self.connections.iter().map(Connection::segments))
    }

    /// The same with disorder among the segments of each connection, drawn anew for each.
    #[must_use]
    pub fn disordered(&self, disorder: Disorder) -> Vec<Segment> {
        let connections = self.connections.iter().zip(0..);
        merged(connections.map(|(connection, index)| {
            let seed = disorder.seed.wrapping_add(index);
            Disorder { seed, ..disorder }.apply(connection.segments())
        }))
    }
}

/// What a capture holds of an upload session, if all segments are there.
#[derive(Clone, PartialEq, Eq)]
pub struct Expected {
    /// The session id, as the server spelled it.
    pub session: Vec<u8>,
    /// The request target.
    pub target: Vec<u8>,
    /// The `Host` of Create-Session.
    pub host: Vec<u8>,
    /// The `Content-Name`.
    pub name: Option<Vec<u8>>,
    /// The value of `User-Agent`.
    pub user_agent: Vec<u8>,
    /// Who uploads, by the connection on which the session was made.
    pub client: SocketAddr,
    /// Where to, by the same connection.
    pub server: SocketAddr,
    /// The user that its credentials name, as they name it.
    pub user: Option<String>,
    /// The whole file, which may be more than what was sent.
    pub file: File,
    /// So many bytes from its beginning were sent, and acknowledged.
    pub acknowledged: u64,
    /// Whether the session was closed.
    pub is_closed: bool,
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected")
            .field("session", &Shown(&self.session))
            .field("target", &Shown(&self.target))
            .field("host", &Shown(&self.host))
            .field("name", &self.name.as_deref().map(Shown))
            .field("user_agent", &Shown(&self.user_agent))
            .field("client", &self.client)
            .field("server", &self.server)
            .field("user", &self.user)
            .field("file", &self.file)
            .field("acknowledged", &self.acknowledged)
            .field("is_closed", &self.is_closed)
            .finish()
    }
}

impl Expected {
    /// The bytes that can be had from the capture.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.file.bytes(0..self.acknowledged)
    }

    /// Whether those are the whole file.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.acknowledged == self.file.length()
    }
}
