//! One run at a time for one state file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

use tempfile::NamedTempFile;

use crate::Error;
use crate::state::{create_private, folder_of};

/// The right to a state file, until it is dropped or the process ends, however it does.
///
/// It is a lock on a file beside the state file, which is replaced whenever it is written. That file holds the number
/// of the process, and is never written once it is there: it comes with its lock and its content.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    path: PathBuf,
}

/// How often the file of another run may come and go while it is looked at.
const TRIES: usize = 100;

impl Lock {
    /// Takes it for that state file.
    pub(crate) fn take(state: &Path) -> Result<Self, Error> {
        let path = Self::path_of(state);
        match Self::try_take(&path) {
            Ok(Ok(file)) => Ok(Lock { _file: file, path }),
            Ok(Err(process)) => Err(Error::InUse {
                state: state.to_owned(),
                process,
            }),
            Err(error) => Err(Error::State(path, error)),
        }
    }

    /// Where it is, beside the state file.
    pub(crate) fn path_of(state: &Path) -> PathBuf {
        let mut path = state.as_os_str().to_owned();
        path.push(".lock");
        path.into()
    }

    /// The locked file, or the process that has it, if it is known.
    fn try_take(path: &Path) -> io::Result<Result<File, Option<u32>>> {
        let folder = folder_of(path);
        create_private(folder)?;
        for _ in 0..TRIES {
            let mut file = NamedTempFile::new_in(folder)?;
            write!(file, "{}", process::id())?;
            file.as_file().try_lock()?;
            match file.persist_noclobber(path) {
                Ok(file) => return Ok(Ok(file)),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.error),
            }
            // It is that of a run that is there, or was ended before it could take it away.
            let other = match open(path) {
                Ok(other) => other,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            match other.try_lock() {
                Ok(()) if !is_ours(&other)? => {
                    let what = "it is not this program's, and in the way of its lock";
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
                }
                // Nobody else takes away what is locked, so that it is not another one by now.
                Ok(()) if is_at(&other, path) => fs::remove_file(path)?,
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Err(holder(&other))),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::other("it comes and goes"))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What stays is taken away by the next run.
        let _ = fs::remove_file(&self.path);
    }
}

/// Opens what can be opened without waiting for anybody.
fn open(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file: remove it"));
    }
    File::open(path)
}

/// Whether that is still what is found at the path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: io::Result<fs::Metadata>| metadata.ok().map(|it| (it.dev(), it.ino()));
    id(file.metadata()) == id(fs::symlink_metadata(path))
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// Whether it names a process, or nothing, as a machine may leave it that has lost its power.
fn is_ours(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.len() == 0 || holder(file).is_some())
}

/// The process that the file names, and nothing else.
fn holder(file: &File) -> Option<u32> {
    let mut text = String::new();
    // On some systems what is locked cannot be read.
    file.take(16).read_to_string(&mut text).ok()?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_use(state: &Path) -> Option<u32> {
        match Lock::take(state) {
            Err(Error::InUse { process, .. }) => process,
            other => panic!("{other:?}"),
        }
    }

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn one_run_has_it_until_it_ends_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("new/state");
        for _ in 0..2 {
            let lock = Lock::take(&state).unwrap();
            assert_eq!(in_use(&state), Some(process::id()));
            assert_eq!(count(&folder.path().join("new")), 1);
            let _other = Lock::take(&folder.path().join("new/other")).unwrap();
            drop(lock);
        }
        assert_eq!(count(&folder.path().join("new")), 0);
    }

    #[test]
    fn what_a_run_has_left_that_was_killed_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        fs::write(folder.path().join("state.lock"), "1").unwrap();
        let lock = Lock::take(&state).unwrap();
        assert_eq!(in_use(&state), Some(process::id()));
        drop(lock);
        assert_eq!(count(folder.path()), 0);
    }

    #[test]
    fn of_many_at_once_one_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        // Left behind: all of them want to take it away.
        fs::write(folder.path().join("state.lock"), "1").unwrap();
        let held = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        if let Ok(lock) = Lock::take(&state) {
                            use std::sync::atomic::Ordering::SeqCst;
                            assert_eq!(held.fetch_add(1, SeqCst), 0, "two have it");
                            std::thread::yield_now();
                            held.fetch_sub(1, SeqCst);
                            drop(lock);
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn a_file_that_is_no_lock_is_not_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("state.lock");
        for text in ["precious", "1 and more", "12345678901234567"] {
            fs::write(&other, text).unwrap();
            let taken = Lock::take(&folder.path().join("state"));
            assert!(matches!(taken, Err(Error::State(..))), "{taken:?}");
            assert_eq!(fs::read_to_string(&other).unwrap(), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("precious");
        fs::write(&other, "precious").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join("state.lock")).unwrap();
        let taken = Lock::take(&folder.path().join("state"));
        assert!(matches!(taken, Err(Error::State(..))), "{taken:?}");
        assert_eq!(fs::read_to_string(other).unwrap(), "precious");
    }
}
