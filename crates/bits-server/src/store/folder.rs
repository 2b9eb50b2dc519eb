//! What the directory store asks of a file system: as little as possible, so that another can be put in its place that
//! forgets whatever was not synced.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, MetadataExt as _, OpenOptions};
use rustix::fs::{Access, AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

/// An open folder. Names are plain: no slash, no dots. No link is followed.
pub trait Folder: Clone + Send + Sync + 'static {
    /// An open file of it.
    type File: Data;

    /// Opens a folder in it.
    fn folder(&self, name: &str) -> io::Result<Self>;
    /// Makes a folder in it, for the owner only.
    fn make_folder(&self, name: &str) -> io::Result<()>;
    /// Opens a file that is there, for reading and writing.
    fn open(&self, name: &str) -> io::Result<Self::File>;
    /// Makes a file that is not there.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    /// Gives a file a second name, which is not there yet.
    fn link(&self, name: &str, to: &Self, new: &str) -> io::Result<()>;
    /// Gives a file another name, which is not there yet.
    fn rename_new(&self, name: &str, to: &Self, new: &str) -> io::Result<()>;
    /// Gives a file another name, and takes that from the file that has it.
    fn rename_over(&self, name: &str, to: &Self, new: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// What has that name.
    fn kind(&self, name: &str) -> io::Result<Option<Kind>>;
    /// Whether that name is one of that file.
    fn is(&self, name: &str, file: &Self::File) -> io::Result<bool>;
    /// Whether the server has the right to put a file into it.
    fn may_write(&self) -> io::Result<bool>;
    /// Whether the other is the same folder, whatever name it was opened by.
    fn is_same(&self, other: &Self) -> io::Result<bool>;
    /// Whether files can be given names in the other as well.
    fn is_on_disk_of(&self, other: &Self) -> io::Result<bool>;
    /// Whether it has no name any more.
    fn is_removed(&self) -> io::Result<bool>;
    /// The names in it. One that is not UTF-8 is not ours.
    fn names(&self) -> io::Result<impl Iterator<Item = io::Result<String>>>;
    /// Makes its names durable.
    fn sync(&self) -> io::Result<()>;
    /// How many bytes there is room for.
    fn room(&self) -> io::Result<u64>;
}

/// An open file.
pub trait Data: Send + 'static {
    /// Reads from the beginning until `bytes` are full or the file ends.
    fn read(&self, bytes: &mut [u8]) -> io::Result<usize>;
    /// Writes all of `bytes` behind the first `at` of the file.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Cuts or lengthens it.
    fn set_length(&self, length: u64) -> io::Result<()>;
    /// How many bytes it has.
    fn length(&self) -> io::Result<u64>;
    /// Makes its bytes and its length durable.
    fn sync(&self) -> io::Result<()>;
}

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link, a device, or anything else.
    Other,
}

/// What is said of a folder that cannot be synced at all.
const CANNOT_SYNC: [Errno; 5] = [
    Errno::ACCESS,
    Errno::INVAL,
    Errno::NOTSUP,
    Errno::OPNOTSUPP,
    Errno::NOSYS,
];

/// A folder of the system.
#[derive(Clone, Debug)]
pub struct SystemFolder(Arc<Dir>);

impl SystemFolder {
    pub(crate) fn new(dir: Dir) -> Self {
        SystemFolder(Arc::new(dir))
    }
}

impl Folder for SystemFolder {
    type File = File;

    fn folder(&self, name: &str) -> io::Result<Self> {
        self.0.open_dir_nofollow(name).map(Self::new)
    }

    fn make_folder(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&*self.0, name, Mode::RWXU)?)
    }

    fn open(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).follow(FollowSymlinks::No);
        Ok(self.0.open_with(name, &options)?.into_std())
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        Ok(self.0.open_with(name, &options)?.into_std())
    }

    fn link(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        self.0.hard_link(name, &to.0, new)
    }

    fn rename_new(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        let (from, to) = (&*self.0, &*to.0);
        Ok(rustix::fs::renameat_with(
            from,
            name,
            to,
            new,
            RenameFlags::NOREPLACE,
        )?)
    }

    fn rename_over(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        self.0.rename(name, &to.0, new)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove_file(name)
    }

    fn kind(&self, name: &str) -> io::Result<Option<Kind>> {
        match self.0.symlink_metadata(name) {
            Ok(data) if data.is_file() => Ok(Some(Kind::File)),
            Ok(data) if data.is_dir() => Ok(Some(Kind::Folder)),
            Ok(_) => Ok(Some(Kind::Other)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is(&self, name: &str, file: &File) -> io::Result<bool> {
        let file = file.metadata()?;
        match self.0.symlink_metadata(name) {
            Ok(data) => Ok((data.dev(), data.ino()) == (file.dev(), file.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn may_write(&self) -> io::Result<bool> {
        let access = Access::WRITE_OK | Access::EXEC_OK;
        match rustix::fs::accessat(&*self.0, ".", access, AtFlags::EACCESS) {
            Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Ok(false),
            // Where the system cannot tell, trying will.
            Ok(()) | Err(Errno::NOSYS) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    fn is_same(&self, other: &Self) -> io::Result<bool> {
        let (one, other) = (self.0.dir_metadata()?, other.0.dir_metadata()?);
        Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
    }

    fn is_on_disk_of(&self, other: &Self) -> io::Result<bool> {
        Ok(self.0.dir_metadata()?.dev() == other.0.dir_metadata()?.dev())
    }

    fn is_removed(&self) -> io::Result<bool> {
        Ok(self.0.dir_metadata()?.nlink() == 0)
    }

    fn names(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let entries = self.0.entries()?;
        Ok(entries.filter_map(|entry| match entry {
            Ok(entry) => entry.file_name().into_string().ok().map(Ok),
            Err(error) => Some(Err(error)),
        }))
    }

    fn sync(&self) -> io::Result<()> {
        // The open folder may be one that can only be walked through.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(&*self.0, ".", flags, Mode::empty());
        match folder.and_then(rustix::fs::fsync) {
            // It may be written to but not read, or its file system syncs no folders: then all of the system is synced,
            // and Linux waits for that.
            Err(error) if CANNOT_SYNC.contains(&error) => {
                rustix::fs::sync();
                Ok(())
            }
            synced => Ok(synced?),
        }
    }

    fn room(&self) -> io::Result<u64> {
        let found = rustix::fs::fstatvfs(&*self.0)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }
}

impl Data for File {
    fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut length = 0;
        while length < bytes.len() {
            match self.read_at(&mut bytes[length..], length as u64)? {
                0 => break,
                count => length += count,
            }
        }
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
