//! A password file on disk.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::passwords::{BadLine, Passwords, edited};
use super::{PasswordRecord, UserName};

/// The greatest length of a password file, in bytes: some 30,000 users.
pub const MAX_PASSWORD_FILE: u64 = 4 << 20;

/// Rights that nobody but the owner and readers of the group should have.
const LOOSE: u32 = 0o027;

/// Why a password file cannot be used.
#[derive(Debug)]
pub struct PasswordFileError {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Io(&'static str, io::Error),
    NoFile,
    Loose(u32),
    TooLong,
    Encoding,
    Line(BadLine),
}

/// By what a file that was changed is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    changed: (i64, i64),
    length: u64,
    device: u64,
    inode: u64,
    mode: u32,
}

impl Fingerprint {
    fn new(metadata: &Metadata) -> Self {
        Fingerprint {
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            length: metadata.len(),
            device: metadata.dev(),
            inode: metadata.ino(),
            mode: metadata.mode(),
        }
    }

    /// Of the file of that path, if it can be seen.
    pub(super) fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|it| Fingerprint::new(&it))
    }
}

/// Reads a password file. Unless `loose`, it must not be readable or writable by others, nor writable by its group.
pub(super) fn read(path: &Path, loose: bool) -> Result<Passwords, PasswordFileError> {
    let (text, metadata) = text(path).map_err(|why| why.of(path))?;
    let mode = metadata.permissions().mode();
    if mode & LOOSE != 0 && !loose {
        return Err(Why::Loose(mode & 0o777).of(path));
    }
    Passwords::parse(&text).map_err(|it| Why::Line(it).of(path))
}

fn text(path: &Path) -> Result<(String, Metadata), Why> {
    let attempt = |it| Why::Io("read it", it);
    // Before it is opened: a pipe would be waited for.
    if !fs::metadata(path).map_err(attempt)?.is_file() {
        return Err(Why::NoFile);
    }
    let file = File::open(path).map_err(attempt)?;
    let metadata = file.metadata().map_err(attempt)?;
    let mut bytes = Vec::new();
    file.take(MAX_PASSWORD_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(attempt)?;
    if bytes.len() as u64 > MAX_PASSWORD_FILE {
        return Err(Why::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| Why::Encoding)?;
    Ok((text, metadata))
}

/// Gives the user of a password file that record, or takes the user out if there is none. Says whether the file was
/// changed: it is not when who is to be taken out is not there.
///
/// A file that is not there is made, with mode 0600. One that is keeps its owner, its group, all other lines, and its
/// mode less what others and the group should not be allowed. It is replaced at once and durably: whoever reads it
/// finds the old text or the new one, after a crash too. Two edits at a time wait for each other.
///
/// # Errors
///
/// If the file is not of the form of one, or cannot be read or written. It is as it was then.
pub fn set_password(
    path: &Path,
    user: &UserName,
    record: Option<&PasswordRecord>,
) -> Result<bool, PasswordFileError> {
    let set = || {
        // What is named may be a link: the file is replaced, not the link.
        let path = match fs::canonicalize(path) {
            Err(it) if it.kind() == io::ErrorKind::NotFound => path.to_owned(),
            it => it.map_err(|it| Why::Io("find it", it))?,
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let lock = File::open(folder).map_err(|it| Why::Io("open its folder", it))?;
        lock.lock().map_err(|it| Why::Io("lock its folder", it))?;
        let (text, metadata) = match text(&path) {
            Ok((text, metadata)) => (text, Some(metadata)),
            Err(Why::Io(_, it)) if it.kind() == io::ErrorKind::NotFound => (String::new(), None),
            Err(why) => return Err(why),
        };
        Passwords::parse(&text).map_err(Why::Line)?;
        let Some(text) = edited(&text, user, record) else {
            return Ok(false);
        };
        replace(&path, folder, &text, metadata.as_ref()).map_err(|it| Why::Io("write it", it))?;
        lock.sync_all()
            .map_err(|it| Why::Io("write its folder", it))?;
        Ok(true)
    };
    set().map_err(|why| why.of(path))
}

fn replace(path: &Path, folder: &Path, text: &str, old: Option<&Metadata>) -> io::Result<()> {
    // Made with mode 0600.
    let mut new = NamedTempFile::new_in(folder)?;
    if let Some(old) = old {
        let made = new.as_file().metadata()?;
        if (made.uid(), made.gid()) != (old.uid(), old.gid()) {
            fchown(new.as_file(), Some(old.uid()), Some(old.gid()))?;
        }
        let mode = old.mode() & 0o777 & !LOOSE | 0o600;
        new.as_file()
            .set_permissions(fs::Permissions::from_mode(mode))?;
    }
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}

impl Why {
    fn of(self, path: &Path) -> PasswordFileError {
        PasswordFileError {
            path: path.to_owned(),
            why: self,
        }
    }
}

impl fmt::Display for PasswordFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "password file {:?}", self.path)?;
        match &self.why {
            Why::Io(attempt, source) => {
                write!(f, ": cannot {attempt}: {source}")?;
                match source.kind() {
                    io::ErrorKind::NotFound => f.write_str("; `bits passwd` makes one"),
                    _ => Ok(()),
                }
            }
            Why::NoFile => f.write_str(" is a folder, a pipe or a device; name a file"),
            Why::Loose(mode) => write!(
                f,
                " has mode {mode:04o}: others may read it, or the group may write it; \
                 `chmod 600` it (640 if a group is to read it)"
            ),
            Why::TooLong => write!(f, " is longer than {MAX_PASSWORD_FILE} bytes; name another"),
            Why::Encoding => f.write_str(" is not UTF-8; convert it"),
            Why::Line(line) => write!(f, ", {line}"),
        }
    }
}

impl std::error::Error for PasswordFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Io(_, source) => Some(source),
            Why::Line(line) => Some(line),
            Why::NoFile | Why::Loose(_) | Why::TooLong | Why::Encoding => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::passwords::tests::cheap;
    use super::*;

    fn record(password: &str) -> PasswordRecord {
        PasswordRecord::parse(&cheap(password)).unwrap()
    }

    fn user(name: &str) -> UserName {
        name.parse().unwrap()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_is_made_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        assert!(set_password(&path, &user("alice"), Some(&record("one"))).unwrap());
        assert_eq!(mode(&path), 0o600);
        assert!(read(&path, false).unwrap().contains(&user("alice")));
        // Nothing else is left in the folder.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_left_as_it_is_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, 0o600.into(), 0).unwrap();
        for path in [&*pipe, folder.path(), Path::new("/dev/null")] {
            let before = fs::metadata(path).unwrap().mode();
            for error in [
                set_password(path, &user("alice"), Some(&record("one"))).unwrap_err(),
                read(path, true).unwrap_err(),
            ] {
                assert!(error.to_string().contains("name a file"), "{error}");
            }
            assert_eq!(fs::metadata(path).unwrap().mode(), before);
        }
    }

    #[test]
    fn an_edit_changes_one_line_and_keeps_owner_and_group() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, format!("# ours\nbob:{}\n", cheap("two"))).unwrap();
        chmod(&path, 0o640);
        let before = fs::read_to_string(&path).unwrap();
        let alice = record("one");
        set_password(&path, &user("alice"), Some(&alice)).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(after, format!("{before}alice:{alice}\n"));
        assert_eq!(mode(&path), 0o640);
        assert!(set_password(&path, &user("alice"), None).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
        assert!(!set_password(&path, &user("alice"), None).unwrap());
    }

    #[test]
    fn a_server_with_a_user_of_its_own_can_still_read_a_file_that_root_has_edited() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, "").unwrap();
        // Only root may give files away; for others there is only their own to keep.
        let given = std::os::unix::fs::chown(&path, Some(1), Some(2)).is_ok();
        let owner = |path: &Path| fs::metadata(path).map(|it| (it.uid(), it.gid())).unwrap();
        let before = owner(&path);
        set_password(&path, &user("alice"), Some(&record("one"))).unwrap();
        assert_eq!(owner(&path), before);
        assert!(!given || before == (1, 2));
    }

    #[test]
    fn an_edit_closes_what_was_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, "").unwrap();
        chmod(&path, 0o666);
        set_password(&path, &user("alice"), Some(&record("one"))).unwrap();
        assert_eq!(mode(&path), 0o640);
    }

    #[test]
    fn an_edit_leaves_a_link_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("real")).unwrap();
        let real = folder.path().join("real/users");
        fs::write(&real, "# ours\n").unwrap();
        let link = folder.path().join("users");
        symlink("real/users", &link).unwrap();
        set_password(&link, &user("alice"), Some(&record("one"))).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("alice:"));
    }

    #[test]
    fn what_cannot_be_read_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        for (name, said) in [
            ("no/users", "cannot open its folder: "),
            ("", "name a file"),
        ] {
            let path = folder.path().join(name);
            let error = set_password(&path, &user("bob"), Some(&record("one"))).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        let link = folder.path().join("link");
        symlink("link", &link).unwrap();
        let error = set_password(&link, &user("bob"), Some(&record("one"))).unwrap_err();
        assert!(error.to_string().contains("cannot find it: "), "{error}");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_file_that_is_wrong_is_not_edited() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, "alice\n").unwrap();
        let error = set_password(&path, &user("bob"), Some(&record("one"))).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("users\", line 1: there is no colon; "),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "alice\n");
    }

    #[test]
    fn edits_at_the_same_time_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        let record = record("one");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (path, record) = (&path, &record);
                scope.spawn(move || {
                    set_password(path, &user(&format!("user{number}")), Some(record)).unwrap();
                });
            }
        });
        assert_eq!(read(&path, false).unwrap().len(), 8);
    }

    #[test]
    fn refuses_a_file_that_others_may_read_or_write_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, "").unwrap();
        for mode in [0o644, 0o602, 0o601, 0o660, 0o620] {
            chmod(&path, mode);
            let error = read(&path, false).unwrap_err().to_string();
            let said =
                format!("has mode {mode:04o}: others may read it, or the group may write it; ");
            assert!(error.contains(&said), "{error}");
            assert!(read(&path, true).is_ok());
        }
        for mode in [0o600, 0o640, 0o400, 0o440] {
            chmod(&path, mode);
            assert!(read(&path, false).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        let said = |path: &Path| read(path, true).unwrap_err().to_string();
        assert!(said(&path).ends_with("(os error 2); `bits passwd` makes one"));
        fs::write(&path, b"\xff").unwrap();
        assert!(said(&path).ends_with(" is not UTF-8; convert it"));
        fs::write(&path, "#".repeat(4 << 20)).unwrap();
        assert!(read(&path, true).is_ok());
        fs::write(&path, "#".repeat((4 << 20) + 1)).unwrap();
        assert!(said(&path).ends_with(" is longer than 4194304 bytes; name another"));
        assert!(said(&folder.path().join("none")).contains(": cannot read it: "));
    }
}
