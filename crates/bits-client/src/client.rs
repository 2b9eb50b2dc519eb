//! The client: requests to one URL.

use std::fmt;
use std::time::Instant;

use bits_packet::{Ping, Request};
use bits_session::client::{
    self, Connection as Fate, Outcome, Outgoing, Saved, Server, Step, Upload,
};
use tokio::time::sleep_until;
use tokio_rustls::TlsConnector;

use crate::answer::Received;
use crate::connection::{Connection, Endpoint};
use crate::credentials::{Credentials, Unmet};
use crate::exchange::{Limits, Outbound, Trouble, exchange};
use crate::head::{self, Dress};
use crate::pace::Pace;
use crate::{Error, Observer, Options, Pong, Redacted, Source, Url};

/// A client that uploads to one URL, over one connection at a time.
///
/// It runs on tokio, with its time and its network; a runtime of the current thread is enough.
pub struct Client {
    url: Url,
    options: Options,
    tls: Option<TlsConnector>,
    credentials: Option<Box<dyn Credentials + Send>>,
    idle: Option<Connection>,
    pace: Pace,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// How an upload has ended, and what is known beyond the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The outcome.
    pub outcome: Outcome,
    /// What was special about the last answer, in words.
    pub detail: Option<String>,
}

impl Client {
    /// A client for that URL.
    ///
    /// # Errors
    ///
    /// [`Error::Header`] for extra fields that cannot be sent, [`Error::Authorities`] where there is nobody to
    /// trust.
    pub fn new(url: Url, options: Options) -> Result<Self, Error> {
        head::check(&options, &url)?;
        let tls = match url.is_tls() {
            true => Some(crate::tls::connector(options.ca_file.as_deref())?),
            false => None,
        };
        let pace = Pace::new(options.rate);
        Ok(Client {
            url,
            options,
            tls,
            credentials: None,
            idle: None,
            pace,
        })
    }

    /// With credentials for the server of the URL.
    #[must_use]
    pub fn with_credentials(mut self, credentials: impl Credentials + Send + 'static) -> Self {
        self.credentials = Some(Box::new(credentials));
        self
    }

    /// The URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The options.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Does what `upload` says until it ends, or is suspended: then `None`.
    ///
    /// `keep` is given what is to be kept, whenever it has changed. A future that is dropped closes the
    /// connection under its request; `upload` stands where the last answer has put it, and can be run
    /// again.
    ///
    /// # Errors
    ///
    /// What keeps it from going on at all: see [`Error`].
    pub async fn run(
        &mut self,
        upload: &mut Upload,
        source: &mut Source,
        observer: &mut (dyn Observer + Send),
        keep: impl FnMut(&Saved) -> Result<(), Error>,
    ) -> Result<Option<Ended>, Error> {
        self.drive(upload, Some(source), observer, keep).await
    }

    /// Cancels an upload; its file is not needed for that.
    ///
    /// # Errors
    ///
    /// As those of [`Client::run`].
    pub async fn cancel(
        &mut self,
        upload: &mut Upload,
        observer: &mut (dyn Observer + Send),
        keep: impl FnMut(&Saved) -> Result<(), Error>,
    ) -> Result<Option<Ended>, Error> {
        upload.cancel();
        self.drive(upload, None, observer, keep).await
    }

    /// Without a source it sends no Fragment: the upload is cancelled.
    async fn drive(
        &mut self,
        upload: &mut Upload,
        mut source: Option<&mut Source>,
        observer: &mut (dyn Observer + Send),
        mut keep: impl FnMut(&Saved) -> Result<(), Error>,
    ) -> Result<Option<Ended>, Error> {
        let mut detail = None;
        let mut kept = upload.saved().clone();
        loop {
            match upload.poll(Instant::now()) {
                Step::Done(outcome) => return Ok(Some(Ended { outcome, detail })),
                Step::Suspended => return Ok(None),
                Step::Wait(until) => {
                    self.wait(until, upload, detail.as_deref(), observer).await;
                }
                Step::Send(outgoing) => {
                    match &source {
                        Some(source) if !matches!(outgoing.packet, Request::CancelSession(_)) => {
                            source.check()?;
                        }
                        _ => {}
                    }
                    let source = source.as_deref_mut();
                    let exchanged = self.exchange(&outgoing, source, observer).await;
                    let is_host_id = outgoing.server != Server::Origin;
                    detail = self.report(exchanged, is_host_id, upload)?;
                }
                // A request whose answer nobody waits for any more.
                Step::Awaiting => {
                    upload.handle_failure(client::Failure::Interrupted, Instant::now());
                }
            }
            if *upload.saved() != kept {
                kept = upload.saved().clone();
                keep(&kept)?;
                observer.advanced(&kept);
            }
        }
    }

    async fn wait(
        &mut self,
        until: Instant,
        upload: &Upload,
        detail: Option<&str>,
        observer: &mut (dyn Observer + Send),
    ) {
        let delay = until.saturating_duration_since(Instant::now());
        if let Some(problem) = upload.problem() {
            observer.retrying(problem, detail, delay);
        }
        sleep_until(until.into()).await;
    }

    /// Tells the engine what has come of its request, and gives what it does not know.
    fn report(
        &mut self,
        exchanged: Result<(Received, Connection), Trouble>,
        is_host_id: bool,
        upload: &mut Upload,
    ) -> Result<Option<String>, Error> {
        let now = Instant::now();
        let (received, connection) = match exchanged {
            Ok(exchanged) => exchanged,
            Err(Trouble::Failure(failure, detail)) => {
                upload.handle_failure(failure, now);
                return Ok(Some(detail));
            }
            Err(Trouble::Fatal(error)) => return Err(error),
        };
        let mut answer = received.answer();
        let mut detail = received.location().map(|place| format!("it names {place}"));
        match received.status().as_u16() {
            401 => match self.meet(&received, &connection) {
                Ok(()) => answer.has_credentials = true,
                Err(unmet) if is_host_id && !connection.endpoint.is_origin => {
                    let host = &connection.endpoint.host_field;
                    detail = Some(format!("{host}, the server of the host id: {unmet}"));
                }
                Err(unmet) => detail = Some(unmet),
            },
            407 => detail = Some("a proxy wants credentials".to_owned()),
            _ => {}
        }
        let fate = upload.handle_answer(&answer, now);
        if fate == Fate::Keep && received.is_reusable {
            self.idle = Some(connection);
        }
        Ok(detail)
    }

    /// Looks for an answer to a challenge.
    fn meet(&mut self, received: &Received, connection: &Connection) -> Result<(), String> {
        let challenges = received.challenges();
        let offered: Vec<_> = challenges
            .iter()
            .map(|challenge| challenge.scheme)
            .collect();
        let offered = match offered[..] {
            [] => "no scheme".to_owned(),
            _ => offered.join(", "),
        };
        let Some(credentials) = &mut self.credentials else {
            return Err(format!(
                "there are no credentials; the server offers {offered}"
            ));
        };
        if !connection.endpoint.is_origin && !self.options.trust_host_id {
            return Err("credentials are kept for the server of the URL".to_owned());
        }
        let met = credentials.challenged(&challenges, connection.peer());
        met.map_err(|unmet| match unmet {
            Unmet::NotOffered => format!("{unmet}, but {offered}"),
            unmet => unmet.to_string(),
        })
    }

    /// Sends a request and reads its answer; over the connection that is open, if there is one to that
    /// server. One that turns out to be closed costs no failure, but a new one.
    async fn exchange(
        &mut self,
        outgoing: &Outgoing<'_>,
        mut source: Option<&mut Source>,
        observer: &mut (dyn Observer + Send),
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
            let head = self.head(outgoing, source.as_deref(), &connection)?;
            observer.sending(Redacted(&head));
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
            };
            let limits = Limits {
                send: self.options.send_timeout,
                response: self.options.response_timeout,
            };
            match exchange(&mut connection, outbound, limits, observer).await {
                Ok(received) => {
                    for head in &received.heads {
                        observer.received(Redacted(head));
                    }
                    return Ok((received, connection));
                }
                Err(interrupted) => match interrupted.trouble {
                    Trouble::Failure(client::Failure::Broken, _)
                        if was_reused && !interrupted.has_begun => {}
                    trouble => return Err(trouble),
                },
            }
        }
    }

    async fn open(&mut self, endpoint: Endpoint) -> Result<Connection, Trouble> {
        Connection::open(endpoint, self.tls.as_ref(), self.options.connect_timeout).await
    }

    fn head(
        &mut self,
        outgoing: &Outgoing<'_>,
        source: Option<&Source>,
        connection: &Connection,
    ) -> Result<Vec<u8>, Trouble> {
        let is_trusted = connection.endpoint.is_origin || self.options.trust_host_id;
        let has_own = |(name, _): &(String, String)| name.eq_ignore_ascii_case("Authorization");
        let credentials = self.credentials.as_mut().filter(|_| is_trusted);
        let credentials = credentials.filter(|_| !self.options.headers.iter().any(has_own));
        let authorization =
            credentials.and_then(|credentials| credentials.authorization(connection.peer()));
        let dress = Dress {
            target: self.url.target(),
            host: &connection.endpoint.host_field,
            options: &self.options,
            name: source.map(Source::name),
            authorization: authorization.as_deref(),
            is_trusted,
        };
        dress.head(&outgoing.packet).map_err(|error| {
            Trouble::Fatal(Error::Header {
                name: "Host, or another field,".to_owned(),
                reason: error.to_string(),
            })
        })
    }

    /// Asks whether a BITS server is there ([MC-BUP] 2.2.4), with credentials if it asks for them.
    ///
    /// # Errors
    ///
    /// [`PingError`](crate::PingError), where there is no answer.
    pub async fn ping(
        &mut self,
        observer: &mut (dyn Observer + Send),
    ) -> Result<Pong, crate::PingError> {
        let outgoing = Outgoing {
            packet: Request::Ping(Ping),
            server: Server::Origin,
        };
        let mut offered: Vec<String> = Vec::new();
        let mut detail = None;
        for _ in 0..4 {
            let begun = Instant::now();
            let (received, connection) = self.exchange(&outgoing, None, observer).await?;
            let round_trip = begun.elapsed();
            for challenge in received.challenges() {
                offered.push(challenge.scheme.to_owned());
            }
            let pong = Pong::new(&received, round_trip, offered.clone(), detail.take());
            if received.status().as_u16() != 401 {
                return Ok(pong);
            }
            match self.meet(&received, &connection) {
                Ok(()) if received.is_reusable => self.idle = Some(connection),
                Ok(()) => {}
                Err(unmet) => return Ok(pong.with_detail(unmet)),
            }
        }
        Err(crate::PingError::TooManyChallenges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_may_run_on_any_thread() {
        fn may_move<T: Send>(_: &T) {}
        let mut client =
            Client::new("http://127.0.0.1/".parse().unwrap(), Options::default()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut source = Source::open(file.path()).unwrap();
        let mut upload = Upload::new(0, client::Options::default());
        let mut nobody = ();
        may_move(&client.run(&mut upload, &mut source, &mut nobody, |_| Ok(())));
        may_move(&client.ping(&mut nobody));
    }
}
