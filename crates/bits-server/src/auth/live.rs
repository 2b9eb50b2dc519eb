//! A password file that is read anew when it is changed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::PasswordFileError;
use super::file::{Fingerprint, read};
use super::lock;
use super::passwords::Passwords;
use super::recent::Recent;

/// How often a file is looked at, at most.
const LOOK: Duration = Duration::from_secs(1);

/// The users of a password file, as they are now: it is looked at when it is asked for, at most once a second, and read
/// anew when its time, length, mode or place on the disk has changed. A new file that is wrong is logged, and the old
/// users stay.
///
/// ```text
/// file    = *( line LF )
/// line    = "" / "#" comment / user ":" record
/// user    = a UserName, not repeated
/// record  = a PasswordRecord
/// ```
///
/// Nothing else is passed over: no space before or behind. A line may end in CR LF.
pub struct PasswordFile {
    path: PathBuf,
    loose: bool,
    /// Never held while the disk is read.
    state: Mutex<State>,
    /// Held while the disk is read: what was last read, whether or not it could be used.
    seen: Mutex<Option<Fingerprint>>,
}

struct State {
    users: Arc<Users>,
    looked: Instant,
}

/// The users of one reading of a file, and who of them was checked lately: that ends with it.
pub(super) struct Users {
    pub(super) passwords: Passwords,
    pub(super) recent: Recent,
}

impl PasswordFile {
    /// Reads the file. Unless `loose`, one that others may read or write, or its group may write, is refused.
    ///
    /// # Errors
    ///
    /// If it cannot be used.
    pub fn open(path: &Path, loose: bool) -> Result<Self, PasswordFileError> {
        // Before it is read: what is changed in between is found by the next look.
        let seen = Fingerprint::of(path);
        let users = Users::new(read(path, loose)?);
        let looked = Instant::now();
        Ok(PasswordFile {
            path: path.to_owned(),
            loose,
            state: Mutex::new(State { users, looked }),
            seen: Mutex::new(seen),
        })
    }

    /// Reads the file anew, and forgets who was checked lately.
    ///
    /// # Errors
    ///
    /// If it cannot be used: then the old users stay.
    pub fn reload(&self) -> Result<(), PasswordFileError> {
        self.read_anew(&mut lock(&self.seen), Fingerprint::of(&self.path))
    }

    /// How many users there are now.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.state).users.passwords.len()
    }

    /// Whether there is no user now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The users, if they are known without a look at the disk.
    pub(super) fn known(&self) -> Option<Arc<Users>> {
        let state = lock(&self.state);
        (state.looked.elapsed() < LOOK).then(|| Arc::clone(&state.users))
    }

    /// The users, after a look at the disk if it is time: that may block.
    pub(super) fn look(&self) -> Arc<Users> {
        let is_time = {
            let mut state = lock(&self.state);
            let is_time = state.looked.elapsed() >= LOOK;
            if is_time {
                state.looked = Instant::now();
            }
            is_time
        };
        if is_time {
            let mut seen = lock(&self.seen);
            let now = Fingerprint::of(&self.path);
            if now != *seen {
                match self.read_anew(&mut seen, now) {
                    Ok(()) => tracing::info!(
                        users = self.len(),
                        "the password file was changed and has been read anew"
                    ),
                    Err(error) => tracing::error!(
                        %error,
                        "the password file was changed and cannot be used; its old users stay"
                    ),
                }
            }
        }
        self.last()
    }

    /// The users, as they were last known.
    pub(super) fn last(&self) -> Arc<Users> {
        Arc::clone(&lock(&self.state).users)
    }

    fn read_anew(
        &self,
        seen: &mut Option<Fingerprint>,
        now: Option<Fingerprint>,
    ) -> Result<(), PasswordFileError> {
        *seen = now;
        let users = Users::new(read(&self.path, self.loose)?);
        lock(&self.state).users = users;
        Ok(())
    }
}

impl Users {
    fn new(passwords: Passwords) -> Arc<Self> {
        Arc::new(Users {
            passwords,
            recent: Recent::default(),
        })
    }
}

impl fmt::Debug for PasswordFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::super::passwords::tests::cheap;
    use super::*;

    fn folder() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        write(&path, "");
        (folder, path)
    }

    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    async fn a_second() {
        tokio::time::advance(LOOK).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_noticed_within_a_second_and_not_before() {
        let (_folder, path) = folder();
        let file = PasswordFile::open(&path, false).unwrap();
        write(&path, &format!("alice:{}\n", cheap("one")));
        assert!(file.known().is_some_and(|users| users.passwords.len() == 0));
        assert!(file.look().passwords.len() == 0);
        a_second().await;
        assert!(file.known().is_none());
        assert_eq!(file.look().passwords.len(), 1);
        assert_eq!(file.known().unwrap().passwords.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_not_changed_is_not_read_again() {
        let (_folder, path) = folder();
        let file = PasswordFile::open(&path, false).unwrap();
        let users = file.look();
        a_second().await;
        assert!(Arc::ptr_eq(&users, &file.look()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_old_users_stay_when_the_new_file_is_wrong_or_gone() {
        let (_folder, path) = folder();
        let good = format!("alice:{}\n", cheap("one"));
        write(&path, &good);
        let file = PasswordFile::open(&path, false).unwrap();
        let users = file.look();
        write(&path, "alice\n");
        a_second().await;
        assert!(Arc::ptr_eq(&users, &file.look()));
        assert!(file.reload().is_err());
        fs::remove_file(&path).unwrap();
        a_second().await;
        assert!(Arc::ptr_eq(&users, &file.look()));
        write(&path, &good.replace("alice", "bob"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        a_second().await;
        assert!(Arc::ptr_eq(&users, &file.look()));
        // Its mode alone is mended.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        a_second().await;
        assert!(file.look().passwords.contains(&"bob".parse().unwrap()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reload_reads_at_once() {
        let (_folder, path) = folder();
        let file = PasswordFile::open(&path, false).unwrap();
        assert!(file.is_empty());
        write(&path, &format!("alice:{}\n", cheap("one")));
        file.reload().unwrap();
        assert!(file.len() == 1 && !file.is_empty());
    }
}
