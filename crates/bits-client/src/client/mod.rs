//! The client: requests to one URL.

mod ping;
mod request;

use std::fmt;
use std::time::Instant;

use bits_packet::Request;
use bits_session::client::{self, Connection as Fate, Outcome, Saved, Server, Step, Upload};
use tokio::time::sleep_until;
use tokio_rustls::TlsConnector;

use crate::answer::Received;
use crate::connection::Connection;
use crate::credentials::Credentials;
use crate::exchange::{Flow, Trouble};
use crate::head;
use crate::pace::Pace;
use crate::wallet::Wallet;
use crate::{Error, Observer, Options, Secrets, Source, Url};

pub use ping::{PingError, Pong};

/// A client that uploads to one URL, over one connection at a time.
///
/// It runs on tokio, with its time and its network; a runtime of the current thread is enough.
pub struct Client {
    url: Url,
    options: Options,
    tls: Option<TlsConnector>,
    wallet: Wallet,
    secrets: Secrets,
    idle: Option<Connection>,
    pace: Pace,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url)
            .field("credentials", &self.wallet)
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
        let secrets = Secrets::default();
        for (name, value) in &options.headers {
            secrets.add_field(name, value);
        }
        Ok(Client {
            url,
            options,
            tls,
            wallet: Wallet::default(),
            secrets,
            idle: None,
            pace,
        })
    }

    /// With credentials for the server of the URL, behind those that it already has: the first ones whose scheme the
    /// server offers are used, and if it refuses them, the next.
    #[must_use]
    pub fn with_credentials(mut self, credentials: impl Credentials + Send + 'static) -> Self {
        self.secrets.add(credentials.secrets());
        self.wallet.add(Box::new(credentials));
        self
    }

    /// The URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// What is not to be seen where its answers are told.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    /// The options.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Does what `upload` says until it ends, or is suspended: then `None`.
    ///
    /// `keep` is given what is to be kept, whenever it has changed; its error ends the run. A future that is dropped closes the
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
        keep: impl FnMut(&Saved, &mut (dyn Observer + Send)) -> Result<(), Error>,
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
        keep: impl FnMut(&Saved, &mut (dyn Observer + Send)) -> Result<(), Error>,
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
        mut keep: impl FnMut(&Saved, &mut (dyn Observer + Send)) -> Result<(), Error>,
    ) -> Result<Option<Ended>, Error> {
        let mut detail = None;
        let mut kept = upload.saved().clone();
        // The time at which something happened, so that a wait is seen as one, however short it is.
        let mut now = Instant::now();
        loop {
            match upload.poll(now) {
                Step::Done(outcome) => return Ok(Some(Ended { outcome, detail })),
                Step::Suspended => return Ok(None),
                Step::Wait(until) => {
                    self.wait(until, upload, detail.as_deref(), observer).await;
                    now = Instant::now();
                }
                Step::Send(outgoing) => {
                    match &source {
                        Some(source) if !matches!(outgoing.packet, Request::CancelSession(_)) => {
                            source.check()?;
                        }
                        _ => {}
                    }
                    // A process that is killed must not have sent more than is kept.
                    if let Request::Fragment(fragment) = outgoing.packet
                        && kept.sent.is_some_and(|sent| sent < fragment.range.end())
                    {
                        kept.sent = Some(fragment.range.end());
                        keep(&kept, observer)?;
                    }
                    let source = source.as_deref_mut();
                    let mut flow = Flow::default();
                    let exchanged = self.exchange(&outgoing, source, observer, &mut flow).await;
                    let is_host_id = outgoing.server != Server::Origin;
                    upload.sent_only(flow.bytes);
                    upload.flowed(flow.time);
                    now = Instant::now();
                    detail = self.report(exchanged, is_host_id, upload, now).await?;
                }
                // A request whose answer nobody waits for any more.
                Step::Awaiting => {
                    now = Instant::now();
                    upload.handle_failure(client::Failure::Interrupted, now);
                }
            }
            let saved = upload.saved();
            if *saved != kept {
                let has_advanced =
                    (&saved.session_id, saved.offset) != (&kept.session_id, kept.offset);
                kept = saved.clone();
                keep(&kept, observer)?;
                if has_advanced {
                    observer.advanced(&kept);
                }
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
    async fn report(
        &mut self,
        exchanged: Result<(Received, Connection), Trouble>,
        is_host_id: bool,
        upload: &mut Upload,
        now: Instant,
    ) -> Result<Option<String>, Error> {
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
            401 => match self.meet(&received, &connection).await {
                Ok(()) => answer.has_credentials = true,
                Err(unmet) => detail = Some(unmet),
            },
            407 => detail = Some("a proxy wants credentials".to_owned()),
            _ => {}
        }
        if is_host_id && !connection.endpoint.is_origin && received.status().as_u16() >= 300 {
            let host = &connection.endpoint.host_field;
            let more = detail.map_or(String::new(), |detail| format!(": {detail}"));
            detail = Some(format!("{host}, the server of the host id{more}"));
        }
        let fate = upload.handle_answer(&answer, now);
        if fate == Fate::Keep && received.is_reusable {
            self.idle = Some(connection);
        }
        Ok(detail)
    }

    /// Looks for an answer to a challenge.
    async fn meet(&mut self, received: &Received, connection: &Connection) -> Result<(), String> {
        if !self.is_trusted(connection) && !self.wallet.is_empty() {
            return Err("credentials are kept for the server of the URL".to_owned());
        }
        if self.has_own_authorization() && self.is_trusted(connection) {
            return Err("the server has refused the field Authorization that was given".to_owned());
        }
        let challenges = received.challenges();
        let met = self.wallet.meet(&challenges, connection.peer()).await;
        self.secrets.add(self.wallet.secrets());
        met
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
        may_move(&client.run(&mut upload, &mut source, &mut nobody, |_, _| Ok(())));
        may_move(&client.ping(&mut nobody));
    }
}
