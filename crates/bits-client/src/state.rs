//! The state file: what is kept of an upload between two runs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{env, fs};

use bits_session::client::Saved;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{Error, Stamp};

/// What a state file holds: no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where the file goes.
    pub url: String,
    /// The file, absolute.
    pub file: String,
    /// What the file was when the upload began.
    pub stamp: Stamp,
    /// How far the upload is.
    pub saved: Saved,
}

/// As JSON. Ids are opaque bytes: each is written as the character of that number.
#[derive(Deserialize, Serialize)]
struct Record {
    version: u32,
    url: String,
    file: String,
    size: u64,
    modified: String,
    offset: u64,
    /// Not there in states of the first version.
    #[serde(default)]
    sent: Option<u64>,
    session_id: Option<String>,
    host_id: Option<String>,
    host_id_fallback_timeout: Option<u32>,
    /// In seconds since 1970.
    #[serde(default)]
    host_id_failing_since: Option<u64>,
    fragment_limit: Option<u64>,
    #[serde(default)]
    is_close_refused: bool,
}

const VERSION: u32 = 1;

/// Where the state of one upload is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFile {
    path: PathBuf,
}

impl StateFile {
    /// At that path.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        StateFile { path }
    }

    /// Where it is if nobody says: in `$XDG_STATE_HOME/bits`, or else in `~/.local/state/bits`
    /// (`%LOCALAPPDATA%\bits` on Windows), named by a hash of file and URL. `None` without a home.
    #[must_use]
    pub fn of(file: &Path, url: &str) -> Option<Self> {
        let mut hash = Sha256::new();
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(url);
        let digits: String = hash.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = home()?.join("bits").join(format!("{digits}.json"));
        Some(StateFile { path })
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; `None` if it is not there, or empty.
    ///
    /// # Errors
    ///
    /// [`Error::State`], also for a file that is no state of an upload.
    pub fn load(&self) -> Result<Option<State>, Error> {
        if !self.exists()? {
            return Ok(None);
        }
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.blame(error)),
        };
        // As a machine may leave it that has lost its power.
        if text.is_empty() {
            return Ok(None);
        }
        let record: Option<Record> = serde_json::from_slice(&text).ok();
        let state = record.and_then(Record::state).ok_or_else(|| {
            let what = "it is no state of an upload that this version knows";
            self.blame(io::Error::new(io::ErrorKind::InvalidData, what))
        })?;
        Ok(Some(state))
    }

    /// Writes it: whole or not at all, and readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`Error::State`].
    pub fn store(&self, state: &State) -> Result<(), Error> {
        self.exists()?;
        self.try_store(state).map_err(|error| self.blame(error))
    }

    fn try_store(&self, state: &State) -> io::Result<()> {
        let folder = folder_of(&self.path);
        create_private(folder)?;
        // A temporary file is its owner's alone: mode 0600.
        let mut file = NamedTempFile::new_in(folder)?;
        let mut text = serde_json::to_vec_pretty(&Record::of(state))?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        sync(folder)
    }

    /// Empties it where it stands, if it is there: it then is none. This needs no room on the disk and no right to the
    /// folder.
    pub(crate) fn empty(&self) -> io::Result<()> {
        self.exists().map_err(io::Error::other)?;
        match fs::File::options()
            .write(true)
            .truncate(true)
            .open(&self.path)
        {
            Ok(file) => file.sync_all(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes it, if it is there.
    ///
    /// # Errors
    ///
    /// [`Error::State`].
    pub fn remove(&self) -> Result<(), Error> {
        self.exists()?;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.blame(error)),
            _ => Ok(()),
        }
    }

    /// Whether it is there.
    ///
    /// # Errors
    ///
    /// [`Error::State`] where something else is: a folder, or a pipe, at which one waits for others, or a device.
    pub(crate) fn exists(&self) -> Result<bool, Error> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => Ok(true),
            Ok(_) => {
                let what = "it is no regular file, which alone may hold a state";
                Err(self.blame(io::Error::new(io::ErrorKind::AlreadyExists, what)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.blame(error)),
        }
    }

    fn blame(&self, error: io::Error) -> Error {
        Error::State(self.path.clone(), error)
    }
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn home() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    if cfg!(windows) {
        return absolute("LOCALAPPDATA");
    }
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))
}

pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The name of a new file is on the disk only once its folder is.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Since 1970; what is before is 0.
fn seconds(time: SystemTime) -> u64 {
    let passed = time.duration_since(SystemTime::UNIX_EPOCH);
    passed.unwrap_or_default().as_secs()
}

fn time(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

impl Record {
    fn of(state: &State) -> Self {
        let text = |id: &Option<Vec<u8>>| {
            let id = id.as_deref()?;
            Some(id.iter().map(|&byte| char::from(byte)).collect())
        };
        let saved = &state.saved;
        Record {
            version: VERSION,
            url: state.url.clone(),
            file: state.file.clone(),
            size: state.stamp.size,
            modified: state.stamp.modified.to_string(),
            offset: saved.offset,
            sent: saved.sent,
            session_id: text(&saved.session_id),
            host_id: text(&saved.host_id),
            host_id_fallback_timeout: saved.host_id_fallback_timeout,
            host_id_failing_since: saved.host_id_failing_since.map(seconds),
            fragment_limit: saved.fragment_limit,
            is_close_refused: saved.is_close_refused,
        }
    }

    fn state(self) -> Option<State> {
        let bytes = |text: Option<String>| match text {
            Some(text) => {
                let bytes = text.chars().map(|char| u8::try_from(char).ok());
                bytes.collect::<Option<Vec<u8>>>().map(Some)
            }
            None => Some(None),
        };
        if self.version != VERSION {
            return None;
        }
        Some(State {
            url: self.url,
            file: self.file,
            stamp: Stamp {
                size: self.size,
                modified: self.modified.parse().ok()?,
            },
            saved: Saved {
                size: self.size,
                offset: self.offset,
                sent: self.sent,
                session_id: bytes(self.session_id)?,
                host_id: bytes(self.host_id)?,
                host_id_fallback_timeout: self.host_id_fallback_timeout,
                host_id_failing_since: self.host_id_failing_since.and_then(time),
                fragment_limit: self.fragment_limit,
                is_close_refused: self.is_close_refused,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            url: "http://h/a".to_owned(),
            file: "/a".to_owned(),
            stamp: Stamp {
                size: 10,
                modified: u128::MAX,
            },
            saved: Saved {
                size: 10,
                offset: 5,
                sent: Some(6),
                session_id: Some(b"a\xFF\"".to_vec()),
                host_id: Some(b"other".to_vec()),
                host_id_fallback_timeout: Some(7),
                host_id_failing_since: time(1_000_000),
                fragment_limit: Some(6000),
                is_close_refused: true,
            },
        }
    }

    #[test]
    fn what_is_stored_is_loaded_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("new/folder/state"));
        assert_eq!(file.load().unwrap(), None);
        for offset in [5, 6] {
            let mut state = state();
            state.saved.offset = offset;
            file.store(&state).unwrap();
            assert_eq!(file.load().unwrap(), Some(state));
        }
        let left: Vec<_> = fs::read_dir(file.path().parent().unwrap())
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1, "temporary files are left: {left:?}");
        file.remove().unwrap();
        file.remove().unwrap();
        assert_eq!(file.load().unwrap(), None);
    }

    #[test]
    fn a_state_that_does_not_say_what_was_sent_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("state"));
        file.store(&state()).unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        fs::write(file.path(), text.replace("  \"sent\": 6,\n", "")).unwrap();
        assert_eq!(file.load().unwrap().unwrap().saved.sent, None);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("folder/state"));
        file.store(&state()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(file.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("state"));
        file.store(&state()).unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        for wrong in [
            "damaged".to_owned(),
            text.replace("\"version\": 1", "\"version\": 2"),
            text.replace("other", "\u{100}"),
            text.replace("\"offset\": 5", "\"offset\": -5"),
        ] {
            assert_ne!(wrong, text);
            fs::write(file.path(), &wrong).unwrap();
            let refused = file.load().unwrap_err();
            assert!(matches!(refused, Error::State(..)), "{wrong}");
            assert!(refused.advice().starts_with("remove it to begin again"));
        }
        fs::write(file.path(), "").unwrap();
        assert_eq!(file.load().unwrap(), None);
    }

    #[test]
    fn a_state_that_is_emptied_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("state"));
        file.empty().unwrap();
        assert!(!file.path().exists());
        file.store(&state()).unwrap();
        file.empty().unwrap();
        assert_eq!(file.load().unwrap(), None);
    }

    #[test]
    fn another_file_or_url_has_another_name() {
        let path = |file: &str, url| StateFile::of(Path::new(file), url);
        assert_ne!(path("/a", "http://h/"), path("/b", "http://h/"));
        assert_ne!(path("/a", "http://h/"), path("/a", "http://h/a"));
        assert_eq!(path("/a", "http://h/"), path("/a", "http://h/"));
    }
}
