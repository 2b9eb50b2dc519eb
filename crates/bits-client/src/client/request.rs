//! How a client sends a request: over which connection, and with whose credentials.

use bits_packet::Request;
use bits_session::client::{Failure, Outgoing};

use crate::answer::Received;
use crate::connection::{Connection, Endpoint};
use crate::exchange::{Flow, Limits, Outbound, Trouble, exchange};
use crate::head::Dress;
use crate::{Client, Error, Observer, Redacted, Secrets, Source};

impl Client {
    /// Sends a request and reads its answer; over the connection that is open, if there is one to that
    /// server. One that turns out to be closed costs no failure, but a new one.
    pub(super) async fn exchange(
        &mut self,
        outgoing: &Outgoing<'_>,
        mut source: Option<&mut Source>,
        observer: &mut (dyn Observer + Send),
        flow: &mut Flow,
    ) -> Result<(Received, Connection), Trouble> {
        let endpoint = Endpoint::of(&self.url, &outgoing.server);
        let mut idle = self.idle.take().filter(|idle| idle.endpoint == endpoint);
        if let Some(connection) = &mut idle
            && !connection.is_quiet().await
        {
            idle = None;
        }
        loop {
            let mut connection = match idle.take() {
                Some(connection) => connection,
                None => self.open(endpoint.clone()).await?,
            };
            let was_reused = std::mem::replace(&mut connection.is_reused, true);
            let authorization = self.authorization(&connection).await?;
            let head = self.head(
                outgoing,
                source.as_deref(),
                &connection,
                authorization.as_deref(),
            )?;
            self.secrets.authorize(authorization.as_deref());
            observer.sending(Redacted::new(&head).without(&self.secrets));
            let body = match outgoing.packet {
                Request::Fragment(fragment) => {
                    source.as_deref_mut().map(|source| (source, fragment.range))
                }
                _ => None,
            };
            let outbound = Outbound {
                request: outgoing.packet.request_type(),
                head: &head,
                body,
                pace: &mut self.pace,
                flow,
            };
            let limits = Limits {
                send: self.options.send_timeout,
                response: self.options.response_timeout,
            };
            match exchange(&mut connection, outbound, limits, observer).await {
                Ok(received) => {
                    for head in &received.heads {
                        observer.received(Redacted::new(head).without(&self.secrets));
                    }
                    if authorization.is_some() {
                        self.check(&received, &connection)?;
                    }
                    return Ok((received, connection));
                }
                Err(interrupted) => {
                    show_rest(&connection.received, &self.secrets, observer);
                    match interrupted.trouble {
                        Trouble::Failure(Failure::Broken, _)
                            if was_reused && !interrupted.has_begun => {}
                        trouble => return Err(trouble),
                    }
                }
            }
        }
    }

    async fn open(&mut self, endpoint: Endpoint) -> Result<Connection, Trouble> {
        Connection::open(endpoint, self.tls.as_ref(), self.options.connect_timeout).await
    }

    /// Whether a server may have what only that of the URL is to have.
    pub(super) const fn is_trusted(&self, connection: &Connection) -> bool {
        connection.endpoint.is_origin || self.options.trust_host_id
    }

    /// Whether the caller has given a field `Authorization`, which takes the place of all credentials.
    pub(super) fn has_own_authorization(&self) -> bool {
        let mut headers = self.options.headers.iter();
        headers.any(|(name, _)| name.eq_ignore_ascii_case("Authorization"))
    }

    /// The value of `Authorization` for a request, if it is to have one.
    async fn authorization(&mut self, connection: &Connection) -> Result<Option<String>, Trouble> {
        if !self.is_trusted(connection) || self.has_own_authorization() {
            return Ok(None);
        }
        let authorization = self.wallet.authorization(connection.peer()).await;
        authorization.map_err(|unmet| {
            Trouble::Fatal(Error::Credentials {
                server: connection.endpoint.host_field.clone(),
                reason: unmet.to_string(),
            })
        })
    }

    /// Checks that the answer comes from the server that the credentials are for.
    fn check(&mut self, received: &Received, connection: &Connection) -> Result<(), Trouble> {
        if received.status().as_u16() == 401 {
            return Ok(());
        }
        let checked = self
            .wallet
            .answered(&received.challenges(), received.is_believed());
        checked.map_err(|unproved| {
            Trouble::Fatal(Error::Unproved {
                server: connection.endpoint.host_field.clone(),
                reason: unproved.to_string(),
            })
        })
    }

    fn head(
        &self,
        outgoing: &Outgoing<'_>,
        source: Option<&Source>,
        connection: &Connection,
        authorization: Option<&str>,
    ) -> Result<Vec<u8>, Trouble> {
        let dress = Dress {
            target: self.url.target(),
            host: &connection.endpoint.host_field,
            options: &self.options,
            name: source.map(Source::name),
            authorization,
            is_trusted: self.is_trusted(connection),
        };
        dress.head(&outgoing.packet).map_err(|error| {
            Trouble::Fatal(Error::Header {
                name: "Host, or another field,".to_owned(),
                reason: error.to_string(),
            })
        })
    }
}

/// How much is shown of what is no head, in bytes.
const MOST_SHOWN: usize = 4096;

/// Shows what has come and is no head, or not the whole of one.
fn show_rest(received: &[u8], secrets: &Secrets, observer: &mut (dyn Observer + Send)) {
    match received.get(..MOST_SHOWN) {
        Some(begin) if begin.len() < received.len() => {
            let rest = received.len() - begin.len();
            let shown = [begin, format!("\r\n({rest} bytes more)").as_bytes()].concat();
            observer.received(Redacted::new(&shown).without(secrets));
        }
        _ if received.is_empty() => {}
        _ => observer.received(Redacted::new(received).without(secrets)),
    }
}
