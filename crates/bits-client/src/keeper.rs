//! Keeps the state of an upload while it runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, io};

use bits_session::client::{self, Outcome, Saved, SavedError, Upload};
use tokio::time::timeout;

use crate::lock::Lock;
use crate::{Client, Error, Observer, Redacted, Stamp, State, StateFile, Url};

/// Keeps the state of an upload.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) file: StateFile,
    _lock: Lock,
    url: String,
    path: String,
    pub(crate) stamp: Stamp,
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

/// The path of a file without links; it may be gone, and then its folder counts.
fn one_spelling(file: &Path) -> io::Result<PathBuf> {
    if let Ok(path) = fs::canonicalize(file) {
        return Ok(path);
    }
    let path = std::path::absolute(file)?;
    Ok(
        match (path.parent().map(fs::canonicalize), path.file_name()) {
            (Some(Ok(folder)), Some(name)) => folder.join(name),
            _ => path,
        },
    )
}

impl Keeper {
    pub(crate) fn new(
        file: &Path,
        url: &Url,
        state: Option<PathBuf>,
        stamp: Stamp,
    ) -> Result<Self, Error> {
        let path = one_spelling(file).map_err(|error| Error::File(file.to_owned(), error))?;
        let url = url.to_string();
        let file = state
            .map(StateFile::at)
            .or_else(|| StateFile::of(&path, &url));
        let file = file.ok_or(Error::NoHome)?;
        // Before anything is made or taken away.
        file.exists()?;
        for ours in [file.path().to_owned(), Lock::path_of(file.path())] {
            if fs::canonicalize(&ours).is_ok_and(|ours| ours == path) {
                let what = io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "it is the file that is to be sent",
                );
                return Err(Error::State(ours, what));
            }
        }
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
    pub(crate) fn load(&self) -> Result<Option<State>, Error> {
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
    pub(crate) fn keep(&mut self, saved: &Saved, at_once: bool) -> Result<(), Error> {
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
    pub(crate) fn keep_if_possible(
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

    pub(crate) fn store(&mut self, saved: &Saved) -> Result<(), Error> {
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
    pub(crate) fn remove(&mut self, observer: &mut (dyn Observer + Send)) {
        if let Err(error) = self.file.remove() {
            self.complain(&error, observer);
        }
    }

    fn complain(&mut self, error: &Error, observer: &mut (dyn Observer + Send)) {
        if !std::mem::replace(&mut self.has_complained, true) {
            observer.not_stored(error);
        }
    }

    /// Cancels a session that nobody needs, without a second try: the server forgets it some time. Whether it is gone,
    /// and the state file with it.
    pub(crate) async fn cancel(
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
        let upload = Upload::resumed(saved, once).map_err(|error| self.blame(error))?;
        let mut upload = upload.with_time(Instant::now(), SystemTime::now());
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

    pub(crate) fn blame(&self, why: SavedError) -> Error {
        let error = io::Error::new(io::ErrorKind::InvalidData, why);
        Error::State(self.file.path().to_owned(), error)
    }
}
