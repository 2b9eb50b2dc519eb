//! An upload of one file that goes on where it has ended.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bits_session::client::{self, Outcome, Saved, SavedError, Upload};
use tokio::time::timeout;

use crate::lock::Lock;
use crate::{
    Client, Ended, Error, Observer, Options, Redacted, Source, Stamp, State, StateFile, Url,
};

/// An upload with a state file: run again, it goes on. As long as there is one, no other can have the same state file.
#[derive(Debug)]
pub struct Job {
    /// The file; none is needed to cancel.
    source: Option<Source>,
    upload: Upload,
    keeper: Keeper,
    start: Start,
    /// The state of what the file was before, unless its session is cancelled.
    outdated: Option<State>,
}

/// Where an upload starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Start {
    /// At the beginning.
    New,
    /// Where it has ended before.
    Resumed {
        /// How many bytes the server has acknowledged.
        offset: u64,
    },
    /// At the beginning: the file has changed since. The session of what it was is cancelled first, if the server lets it.
    FileChanged,
}

/// Keeps the state of an upload.
#[derive(Debug)]
struct Keeper {
    file: StateFile,
    _lock: Lock,
    url: String,
    path: String,
    stamp: Stamp,
    /// What was stored last, and when.
    stored: Option<(Saved, Instant)>,
    /// Whether it was told that something could not be stored.
    has_complained: bool,
}

/// How long an offset may go unstored: a server tells the right one when the upload goes on.
const STORED_EVERY: Duration = Duration::from_secs(1);

/// How much may be sent before it is stored that it was, in bytes: a state says so much more.
const SENT_AHEAD: u64 = 16 << 20;

/// How long a session that nobody needs may take to be cancelled.
const CANCELLED_IN: Duration = Duration::from_secs(30);

/// Is told of heads, and not of a session that is not the upload's.
struct Heads<'a>(&'a mut (dyn Observer + Send));

impl Observer for Heads<'_> {
    fn sending(&mut self, head: Redacted<'_>) {
        self.0.sending(head);
    }

    fn received(&mut self, head: Redacted<'_>) {
        self.0.received(head);
    }
}

impl Job {
    /// An upload of that file to that URL, new or resumed. Without a path the state file is where
    /// [`StateFile::of`] puts it.
    ///
    /// # Errors
    ///
    /// [`Error::File`], [`Error::State`], [`Error::NoHome`], [`Error::InUse`].
    pub fn open(
        file: &Path,
        url: &Url,
        state: Option<PathBuf>,
        options: &Options,
    ) -> Result<Self, Error> {
        let source = Source::open(file)?;
        let stamp = source.stamp();
        let keeper = Keeper::new(file, url, state, stamp)?;
        let mut outdated = None;
        let (saved, start) = match keeper.load()? {
            None => (Saved::new(stamp.size), Start::New),
            Some(state) if state.stamp != stamp => {
                outdated = Some(state);
                (Saved::new(stamp.size), Start::FileChanged)
            }
            Some(State { saved, .. }) if saved.session_id.is_none() => (saved, Start::New),
            Some(State { saved, .. }) => {
                let offset = saved.offset;
                (saved, Start::Resumed { offset })
            }
        };
        let upload =
            Upload::resumed(saved, options.session.clone()).map_err(|error| keeper.blame(error))?;
        Ok(Job {
            source: Some(source),
            upload,
            keeper,
            start,
            outdated,
        })
    }

    /// The upload that a state file tells of, to be cancelled, whatever has become of the file.
    ///
    /// # Errors
    ///
    /// [`Error::NoState`], [`Error::State`], [`Error::NoHome`], [`Error::InUse`].
    pub fn to_cancel(
        file: &Path,
        url: &Url,
        state: Option<PathBuf>,
        options: &Options,
    ) -> Result<Self, Error> {
        let unknown = Stamp {
            size: 0,
            modified: 0,
        };
        let mut keeper = Keeper::new(file, url, state, unknown)?;
        let state = keeper.load()?;
        let state = state.ok_or_else(|| Error::NoState(keeper.file.path().to_owned()))?;
        keeper.stamp = state.stamp;
        let offset = state.saved.offset;
        let upload = Upload::resumed(state.saved, options.session.clone())
            .map_err(|error| keeper.blame(error))?;
        Ok(Job {
            source: None,
            upload,
            keeper,
            start: Start::Resumed { offset },
            outdated: None,
        })
    }

    /// Where it starts.
    #[must_use]
    pub const fn start(&self) -> Start {
        self.start
    }

    /// The length of the file, in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.upload.saved().size
    }

    /// How far it is.
    #[must_use]
    pub const fn saved(&self) -> &Saved {
        self.upload.saved()
    }

    /// Where its state is kept.
    #[must_use]
    pub const fn state_file(&self) -> &StateFile {
        &self.keeper.file
    }

    /// Uploads the file. At its end the state file is gone, if there is nothing to go on with.
    ///
    /// The future may be dropped; [`Job::keep`] then writes the state file.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn run(
        &mut self,
        client: &mut Client,
        observer: &mut (dyn Observer + Send),
    ) -> Result<Ended, Error> {
        self.begin()?;
        self.cancel_outdated(client, observer).await?;
        let Job {
            source,
            upload,
            keeper,
            outdated,
            ..
        } = self;
        let ended = loop {
            let keep = |saved: &Saved, observer: &mut (dyn Observer + Send)| {
                keeper.keep_if_possible(saved, false, observer)
            };
            let ran = match source {
                Some(source) => client.run(upload, source, observer, keep).await,
                None => client.cancel(upload, observer, keep).await,
            };
            match ran {
                Ok(Some(ended)) => break ended,
                Ok(None) => upload.resume(Instant::now()),
                Err(error) => {
                    keeper.keep_if_possible(upload.saved(), true, observer)?;
                    let saved = upload.saved().clone();
                    if matches!(error, Error::FileChanged(_)) && saved.session_id.is_some() {
                        keeper.cancel(saved, client, observer).await?;
                    }
                    return Err(error);
                }
            }
        };
        let is_over = matches!(ended.outcome, Outcome::Complete | Outcome::Cancelled);
        let is_nothing_left = upload.saved().session_id.is_none() && outdated.is_none();
        if is_over || is_nothing_left {
            keeper.remove(observer);
            return Ok(ended);
        }
        keeper.keep_if_possible(upload.saved(), true, observer)?;
        if upload.is_refused_at_end() {
            let saved = upload.saved().clone();
            keeper.cancel(saved, client, observer).await?;
        }
        Ok(ended)
    }

    /// Writes the state file before there is anything to keep: where that fails, no session is opened.
    fn begin(&mut self) -> Result<(), Error> {
        match (&self.outdated, &self.source) {
            (Some(state), _) => self.keeper.file.store(state),
            (None, Some(_)) => self.keeper.store(self.upload.saved()),
            // To cancel, nothing is kept.
            (None, None) => Ok(()),
        }
    }

    /// Cancels the session of what the file was before. If it cannot be cancelled, the state file keeps it until there is
    /// another.
    async fn cancel_outdated(
        &mut self,
        client: &mut Client,
        observer: &mut (dyn Observer + Send),
    ) -> Result<(), Error> {
        if let Some(State { saved, .. }) = self.outdated.clone()
            && self.keeper.cancel(saved, client, observer).await?
        {
            self.outdated = None;
        }
        Ok(())
    }

    /// Writes the state file, if there is something to go on with.
    ///
    /// # Errors
    ///
    /// [`Error::State`].
    pub fn keep(&mut self) -> Result<(), Error> {
        self.keeper.keep(self.upload.saved(), true)
    }
}

impl Keeper {
    fn new(file: &Path, url: &Url, state: Option<PathBuf>, stamp: Stamp) -> Result<Self, Error> {
        let path =
            std::path::absolute(file).map_err(|error| Error::File(file.to_owned(), error))?;
        let url = url.to_string();
        let file = state
            .map(StateFile::at)
            .or_else(|| StateFile::of(&path, &url));
        let file = file.ok_or(Error::NoHome)?;
        Ok(Keeper {
            _lock: Lock::take(file.path())?,
            file,
            url,
            path: path.to_string_lossy().into_owned(),
            stamp,
            stored: None,
            has_complained: false,
        })
    }

    /// What the file holds, which must be about this upload.
    fn load(&self) -> Result<Option<State>, Error> {
        let state = self.file.load()?;
        match state {
            Some(state) if state.url != self.url || state.file != self.path => {
                let what = format!("it belongs to {} on its way to {}", state.file, state.url);
                let what = io::Error::new(io::ErrorKind::AlreadyExists, what);
                Err(Error::State(self.file.path().to_owned(), what))
            }
            state => Ok(state),
        }
    }

    /// Stores what has changed: at once if it is a session or must be, and else now and then.
    fn keep(&mut self, saved: &Saved, at_once: bool) -> Result<(), Error> {
        let is_due = match &self.stored {
            None => true,
            Some((stored, _)) if stored == saved => false,
            Some((stored, when)) => {
                let is_same_session = Saved {
                    offset: saved.offset,
                    sent: saved.sent,
                    ..stored.clone()
                } == *saved;
                let is_known = saved.sent <= stored.sent;
                let is_late = saved.is_whole() || when.elapsed() >= STORED_EVERY;
                at_once || !is_same_session || !is_known || is_late
            }
        };
        if is_due && saved.session_id.is_some() {
            let mut saved = saved.clone();
            // A process that is killed must not have sent more than it says.
            if !at_once {
                let ahead = |sent: u64| sent.saturating_add(SENT_AHEAD).min(saved.size);
                saved.sent = saved.sent.map(ahead);
            }
            self.store(&saved)?;
        } else if saved.session_id.is_none() && self.stored.take().is_some() {
            self.file.remove()?;
        }
        Ok(())
    }

    /// The same, for an upload under way: it goes on without.
    ///
    /// A state that says less than is sent would make a lie of an honest offset when the upload goes on. So it is
    /// emptied where it cannot be renewed; and if not even that can be done, it stays true by an error.
    fn keep_if_possible(
        &mut self,
        saved: &Saved,
        at_once: bool,
        observer: &mut (dyn Observer + Send),
    ) -> Result<(), Error> {
        let Err(error) = self.keep(saved, at_once) else {
            return Ok(());
        };
        let is_true =
            |stored: &Saved| stored.session_id != saved.session_id || stored.sent >= saved.sent;
        if !self
            .stored
            .as_ref()
            .is_some_and(|(stored, _)| is_true(stored))
        {
            self.stored = None;
            if self.file.empty().is_err() && matches!(self.file.load(), Ok(Some(_))) {
                return Err(error);
            }
        }
        self.complain(&error, observer);
        Ok(())
    }

    fn store(&mut self, saved: &Saved) -> Result<(), Error> {
        self.file.store(&State {
            url: self.url.clone(),
            file: self.path.clone(),
            stamp: self.stamp,
            saved: saved.clone(),
        })?;
        self.stored = Some((saved.clone(), Instant::now()));
        Ok(())
    }

    /// Removes the file of an upload that is over, which it is with or without.
    fn remove(&mut self, observer: &mut (dyn Observer + Send)) {
        if let Err(error) = self.file.remove() {
            self.complain(&error, observer);
        }
    }

    fn complain(&mut self, error: &Error, observer: &mut (dyn Observer + Send)) {
        if !std::mem::replace(&mut self.has_complained, true) {
            observer.not_stored(error);
        }
    }

    /// Cancels a session that nobody needs, without a second try: the server forgets it some time. Whether it is gone, and
    /// the state file with it.
    async fn cancel(
        &mut self,
        saved: Saved,
        client: &mut Client,
        observer: &mut (dyn Observer + Send),
    ) -> Result<bool, Error> {
        let once = client::Options {
            max_failures: 0,
            max_invalid: 0,
            max_disk_full: 0,
            ..client.options().session.clone()
        };
        let mut upload = Upload::resumed(saved, once).map_err(|error| self.blame(error))?;
        let mut heads = Heads(observer);
        let cancelled = client.cancel(&mut upload, &mut heads, |_, _| Ok(()));
        match timeout(CANCELLED_IN, cancelled).await {
            Ok(Ok(Some(ended))) if ended.outcome == Outcome::Cancelled => {
                self.file.remove()?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn blame(&self, why: SavedError) -> Error {
        let error = io::Error::new(io::ErrorKind::InvalidData, why);
        Error::State(self.file.path().to_owned(), error)
    }
}
