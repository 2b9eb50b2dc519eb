//! Connections to servers.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bits_packet::{Host, HostId};
use bits_session::client::{Failure, Server};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::exchange::Trouble;
use crate::{Peer, Url, tls};

/// A server, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) is_tls: bool,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of `Host`.
    pub(crate) host_field: String,
    /// Whether it is the server of the URL.
    pub(crate) is_origin: bool,
}

impl Endpoint {
    /// That of the URL.
    pub(crate) fn origin(url: &Url) -> Self {
        let host = url.host();
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        Endpoint {
            is_tls: url.is_tls(),
            host: bare.unwrap_or(host).to_owned(),
            port: url.port(),
            host_field: url.authority().to_owned(),
            is_origin: true,
        }
    }

    /// The host id takes the place of the host in the URL: scheme and port stay, unless it has a port
    /// itself (D-47).
    fn of_host_id(url: &Url, host_id: &HostId<'_>) -> Self {
        let host = host_id.host();
        let given_port = host_id.port().or(url.given_port());
        let port = given_port.unwrap_or(url.port());
        let text = host.to_string();
        let host_field = given_port.map_or(text.clone(), |port| format!("{text}:{port}"));
        let bare = match host {
            Host::Ipv6(address) => address.to_string(),
            _ => text,
        };
        let origin = Endpoint::origin(url);
        Endpoint {
            is_tls: url.is_tls(),
            is_origin: origin.host.eq_ignore_ascii_case(&bare) && origin.port == port,
            host: bare,
            port,
            host_field,
        }
    }

    pub(crate) fn of(url: &Url, server: &Server<'_>) -> Self {
        match server {
            Server::Origin => Self::origin(url),
            Server::HostId(host_id) => Self::of_host_id(url, host_id),
        }
    }
}

/// A stream of bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// A connection, with what has arrived over it and is not read yet.
pub(crate) struct Connection {
    pub(crate) endpoint: Endpoint,
    pub(crate) reader: ReadHalf<Box<dyn Stream>>,
    pub(crate) writer: WriteHalf<Box<dyn Stream>>,
    pub(crate) received: Vec<u8>,
    /// Whether an exchange went over it before.
    pub(crate) is_reused: bool,
    is_private: bool,
}

impl Connection {
    /// Opens a connection within that time.
    pub(crate) async fn open(
        endpoint: Endpoint,
        tls: Option<&TlsConnector>,
        limit: Duration,
    ) -> Result<Self, Trouble> {
        match timeout(limit, Self::try_open(&endpoint, tls)).await {
            Ok(Ok((stream, is_private))) => {
                let (reader, writer) = tokio::io::split(stream);
                Ok(Connection {
                    endpoint,
                    reader,
                    writer,
                    received: Vec::new(),
                    is_reused: false,
                    is_private,
                })
            }
            Ok(Err(error)) => Err(blame(&endpoint, &error)),
            Err(_) => {
                let detail = format!("{}: no connection in {limit:?}", endpoint.host_field);
                Err(Trouble::Failure(Failure::Connect, detail))
            }
        }
    }

    async fn try_open(
        endpoint: &Endpoint,
        tls: Option<&TlsConnector>,
    ) -> io::Result<(Box<dyn Stream>, bool)> {
        let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
        // Heads are small, and wait for nothing that comes behind them.
        stream.set_nodelay(true)?;
        let is_own_machine = stream.peer_addr()?.ip().to_canonical().is_loopback();
        let Some(tls) = tls.filter(|_| endpoint.is_tls) else {
            return Ok((Box::new(stream), is_own_machine));
        };
        let name = ServerName::try_from(endpoint.host.clone())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok((Box::new(tls.connect(name, stream).await?), true))
    }

    /// Whom credentials would be sent to.
    pub(crate) fn peer(&self) -> Peer<'_> {
        Peer {
            host: &self.endpoint.host,
            is_private: self.is_private,
        }
    }

    /// Whether another request can be sent: its other end has neither closed it nor said anything
    /// without being asked.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let read = poll_fn(|context| {
            let poll = Pin::new(&mut self.reader).poll_read(context, &mut buffer);
            Poll::Ready(poll.is_pending())
        });
        self.received.is_empty() && read.await
    }
}

fn blame(endpoint: &Endpoint, error: &io::Error) -> Trouble {
    let server = &endpoint.host_field;
    // A host id is no choice of the user's, and may be left.
    match tls::fault(server, error, true).filter(|_| endpoint.is_origin) {
        Some(error) => Trouble::Fatal(error),
        None => Trouble::Failure(Failure::Connect, format!("{server}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(url: &str, host_id: &[u8]) -> Endpoint {
        let host_id = HostId::new(host_id).unwrap();
        Endpoint::of(&url.parse().unwrap(), &Server::HostId(host_id))
    }

    #[test]
    fn a_host_id_takes_the_place_of_the_host_and_the_port_stays() {
        for (url, host_id, host, port, field) in [
            (
                "http://a/x",
                &b"FRANKCAO8"[..],
                "FRANKCAO8",
                80,
                "FRANKCAO8",
            ),
            ("https://a/x", b"10.0.0.1", "10.0.0.1", 443, "10.0.0.1"),
            ("http://a:8080/x", b"b", "b", 8080, "b:8080"),
            ("http://a:8080/x", b"b:90", "b", 90, "b:90"),
            ("http://a/x", b"::1", "::1", 80, "[::1]"),
            ("http://a:8080/x", b"[::1]", "::1", 8080, "[::1]:8080"),
        ] {
            let endpoint = moved(url, host_id);
            assert_eq!(endpoint.host, host, "{url}");
            assert_eq!(endpoint.port, port, "{url}");
            assert_eq!(endpoint.host_field, field, "{url}");
            assert_eq!(endpoint.is_tls, url.starts_with("https"));
            assert!(!endpoint.is_origin, "{url}");
        }
    }

    #[test]
    fn only_host_and_port_make_another_server() {
        assert!(moved("http://a/x", b"A").is_origin);
        assert!(moved("http://a:80/x", b"a:80").is_origin);
        assert!(moved("http://[::1]:8/x", b"0:0::1").is_origin);
        assert!(!moved("http://a/x", b"a:81").is_origin);
        assert!(!moved("http://a/x", b"a.").is_origin);
    }
}
