//! An upload of one file that goes on where it has ended.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use bits_session::client::{Outcome, Saved, Upload};

use crate::keeper::Keeper;
use crate::{Client, Ended, Error, Observer, Options, Source, Stamp, State, StateFile, Url};

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
    /// At the beginning: the file has changed since. The session of what it was is cancelled first, if the server lets
    /// it.
    FileChanged,
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
        let upload = resumed(saved, options, &keeper)?;
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
        let upload = resumed(state.saved, options, &keeper)?;
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

    /// Cancels the session of what the file was before. If it cannot be cancelled, the state file keeps it until there
    /// is another.
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

fn resumed(saved: Saved, options: &Options, keeper: &Keeper) -> Result<Upload, Error> {
    let upload = Upload::resumed(saved, options.session.clone());
    let upload = upload.map_err(|error| keeper.blame(error))?;
    Ok(upload.with_time(Instant::now(), SystemTime::now()))
}
