//! Files of sessions, written into a folder while the capture is read.
//!
//! * A file is written as `NAME.partial`, each byte where it belongs, and gets its name when it is whole and the
//!   session is over. What stays `.partial` is not whole, in the capture or as it could be written: where its holes are stands in the manifest, and nothing is
//!   written there. A hole in front of the last byte that was seen reads as zeros, as the file system has it.
//! * Nothing outside the folder is touched, no link is followed, and nothing that is there is overwritten: names are
//!   made of letters, digits, `.`, `-` and `_` alone, and each is created anew.
//! * `manifest.jsonl` has a line for the run, one for each session, one for each capture, and one for the end. A file that it
//!   cannot tell of, as the disk is full, stays `.partial` too.

mod manifest;
mod name;
mod pool;

pub use manifest::Manifest;

use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::hash::{Hasher, Hashes, Hashing};
use crate::record::FileFacts;
use crate::session::{Content, Files, Session};
use name::{name_of, reply_name_of};
use pool::Pool;

/// The name of the manifest.
pub const MANIFEST: &str = "manifest.jsonl";

/// What a file is called that is not whole.
const PARTIAL: &str = ".partial";

/// How many names are tried for a file.
const MAX_NAMES: u32 = 10_000;

/// A folder that files are written to.
#[derive(Debug)]
pub struct Folder {
    dir: Dir,
    pool: Pool,
    /// The greatest offset that is written, in bytes.
    limit: u64,
    legacy_hashes: bool,
    next: u64,
    /// Names whose files are not whole yet, or were.
    written: u64,
}

/// A file that is being written.
#[derive(Debug)]
pub struct Extracted {
    key: u64,
    name: String,
    partial: String,
    error: Option<String>,
    /// Whether there is more of it than may be written.
    is_above_limit: bool,
}

impl Folder {
    /// Makes the folder, if it is not there, and its manifest. No byte is written beyond `limit` of a file.
    /// `legacy_hashes` are MD5 and SHA-1, beside SHA-256.
    ///
    /// # Errors
    ///
    /// Those of the operating system; [`io::ErrorKind::AlreadyExists`] if there is a manifest.
    pub fn create(path: &Path, limit: u64, legacy_hashes: bool) -> io::Result<(Self, Manifest)> {
        std::fs::create_dir_all(path)?;
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        let manifest = dir.open_with(MANIFEST, OpenOptions::new().write(true).create_new(true))?;
        let folder = Folder {
            dir,
            pool: Pool::new(legacy_hashes),
            limit,
            legacy_hashes,
            next: 0,
            written: 0,
        };
        Ok((folder, Manifest::new(manifest.into_std())))
    }

    /// How many files were created.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// Begins the file of a session, or that of its reply. It is created when its first byte comes.
    pub fn begin<F>(&mut self, session: &Session<F>, is_reply: bool) -> Extracted {
        self.next += 1;
        let content = match &session.reply {
            Some(reply) if is_reply => &reply.content,
            _ => &session.content,
        };
        let error = (!content.seen.is_empty()).then(|| {
            "bytes that were sent before, to another host, are not written: leave out --host"
                .to_owned()
        });
        let name = if is_reply {
            reply_name_of(session)
        } else {
            name_of(session)
        };
        Extracted {
            key: self.next,
            name,
            partial: String::new(),
            error,
            is_above_limit: false,
        }
    }

    /// Ends a file: gives it its name if it is whole.
    pub fn end(&mut self, mut file: Extracted, content: &Content) -> FileFacts {
        let mut digest = self.pool.end(file.key).unwrap_or_else(|error| {
            file.error.get_or_insert_with(|| error.to_string());
            None
        });
        if file.is_above_limit {
            let limit = self.limit;
            file.error.get_or_insert_with(|| {
                format!("bytes beyond offset {limit} are not written: see --max-file")
            });
        }
        let is_whole = content.is_whole() && file.error.is_none();
        // An empty file has no first byte.
        if file.partial.is_empty() && file.error.is_none() && is_whole {
            let created = self
                .create_anew(&mut file)
                .and_then(|()| self.pool.end(file.key));
            digest = created.unwrap_or_else(|error| {
                file.error = Some(error.to_string());
                None
            });
        }
        let mut facts = FileFacts {
            extracted: Some(file.partial.clone()).filter(|name| !name.is_empty()),
            file_error: file.error.clone(),
            ..FileFacts::default()
        };
        if !is_whole || facts.extracted.is_none() {
            return facts;
        }
        match self.hashes(&file, digest, content.seen.end()) {
            Ok(hashes) => facts.hashes = hashes,
            Err(error) => {
                facts.file_error = Some(error.to_string());
                return facts;
            }
        }
        match self.publish(&file) {
            Ok(name) => facts.extracted = Some(name),
            Err(error) => facts.file_error = Some(format!("it keeps its name: {error}")),
        }
        facts
    }

    /// Takes the name of a file away again, which cannot be told in the manifest.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn unname(&self, facts: &FileFacts) -> io::Result<()> {
        match &facts.extracted {
            Some(name) if !name.ends_with(PARTIAL) => {
                self.rename(name, &format!("{name}{PARTIAL}"))
            }
            _ => Ok(()),
        }
    }

    /// Takes away a file that nobody asks for after all.
    pub fn discard(&mut self, file: &Extracted) {
        // What could not be written to it is of no interest any more.
        let _ = self.pool.end(file.key);
        if !file.partial.is_empty() {
            // It was created by this run, and is nobody else's.
            let _ = self.dir.remove_file(&file.partial);
        }
    }

    /// The hashes of a file that is whole: known already if it has come in order.
    fn hashes(
        &mut self,
        file: &Extracted,
        digest: Option<(u64, Hashing)>,
        length: u64,
    ) -> io::Result<Hashes> {
        if let Some((hashed, digest)) = digest
            && hashed == length
        {
            return Ok(digest.finish());
        }
        let mut stored = self.open(&file.partial, &reading())?;
        let mut digest = Hasher::new(self.legacy_hashes);
        io::copy(&mut stored, &mut digest)?;
        Ok(digest.finish())
    }

    /// Gives a file its name, or the first free one like it.
    fn publish(&self, file: &Extracted) -> io::Result<String> {
        for number in 1..MAX_NAMES {
            let name = numbered(&file.name, number);
            match self.rename(&file.partial, &name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                renamed => return renamed.map(|()| name),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives a file another name, if there is no such file.
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        match self.dir.hard_link(from, &self.dir, to) {
            Ok(()) => self.dir.remove_file(from),
            Err(error)
                if error.kind() != io::ErrorKind::AlreadyExists
                    && !self.dir.try_exists(to).unwrap_or(true) =>
            {
                // A file system without hard links: nobody else writes here.
                self.dir.rename(from, &self.dir, to)
            }
            Err(error) => Err(error),
        }
    }

    fn create_anew(&mut self, file: &mut Extracted) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        for number in 1..MAX_NAMES {
            let name = format!("{}{PARTIAL}", numbered(&file.name, number));
            match self.open(&name, &options) {
                Ok(created) => {
                    file.partial = name;
                    self.written += 1;
                    self.pool.put(file.key, created);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn put(&mut self, file: &mut Extracted, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let room = usize::try_from(self.limit.saturating_sub(offset)).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(room)];
        if bytes.is_empty() {
            return Ok(());
        }
        self.opened(file)?;
        self.pool.write_at(file.key, offset, bytes)
    }

    /// Opens a file; others are closed for it if the system allows no more.
    fn open(&mut self, name: &str, options: &OpenOptions) -> io::Result<cap_std::fs::File> {
        /// EMFILE
        const TOO_MANY: i32 = 24;
        loop {
            match self.dir.open_with(name, options) {
                Err(error) if error.raw_os_error() == Some(TOO_MANY) && self.pool.shrink() => {}
                opened => return opened,
            }
        }
    }

    fn opened(&mut self, file: &mut Extracted) -> io::Result<()> {
        if file.partial.is_empty() {
            self.create_anew(file)?;
        } else if !self.pool.holds(file.key) {
            let mut options = reading();
            options.write(true);
            let opened = self.open(&file.partial, &options)?;
            self.pool.put(file.key, opened);
        }
        Ok(())
    }
}

impl Files for Folder {
    type File = Extracted;

    fn write(&mut self, file: &mut Extracted, offset: u64, bytes: &[u8], _is_fresh: bool) {
        if file.error.is_some() {
            return;
        }
        let end = offset.saturating_add(bytes.len() as u64);
        file.is_above_limit |= end > self.limit;
        if let Err(error) = self.put(file, offset, bytes) {
            file.error = Some(error.to_string());
        }
    }

    fn differing(&mut self, file: &mut Extracted, offset: u64, bytes: &[u8]) -> Option<u64> {
        if file.error.is_some() {
            return None;
        }
        let stored = self
            .opened(file)
            .and_then(|()| self.pool.read_at(file.key, offset, bytes.len()))
            .ok()?;
        Some(
            stored
                .iter()
                .zip(bytes)
                .filter(|(one, other)| one != other)
                .count() as u64,
        )
    }
}

/// How a file that was created here is opened again: not through a link that somebody has put there.
fn reading() -> OpenOptions {
    use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _};
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    options
}

/// `name` for the first, and then `name-2` and so on, in front of the extension.
fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{number}.{extension}"),
        None => format!("{name}-{number}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::Peers;

    fn session() -> Session<()> {
        let ends = ([192, 0, 2, 1], 80).into();
        let peers = Peers {
            client: ends,
            server: ends,
            since: 0,
        };
        Session::new(0, peers, b"/a", b"h")
    }

    /// Ends a file of which all was seen.
    fn end(folder: &mut Folder, file: Extracted, length: usize) -> FileFacts {
        let mut content = Content::default();
        content.total = Some(length as u64);
        content.seen.insert(0..length as u64);
        folder.end(file, &content)
    }

    fn hashes(bytes: &[u8]) -> Hashes {
        let mut hasher = Hasher::new(false);
        hasher.update(bytes);
        hasher.finish()
    }

    #[test]
    fn a_file_whose_first_bytes_were_passed_over_is_not_written() {
        let output = tempfile::tempdir().unwrap();
        let (mut folder, _manifest) = Folder::create(output.path(), u64::MAX, false).unwrap();
        let mut session = session();
        session.content.seen.insert(0..4);
        session.content.seen.insert(4..8);
        session.content.total = Some(8);
        let mut file = folder.begin(&session, false);
        folder.write(&mut file, 4, b"more", true);
        let facts = folder.end(file, &session.content);
        assert_eq!((facts.extracted, facts.hashes.sha256), (None, None));
        assert!(facts.file_error.unwrap().contains("--host"));
        assert_eq!(folder.written(), 0);
    }

    #[test]
    fn more_files_are_written_at_a_time_than_are_open_or_gathered() {
        const FILES: usize = 2_100;
        const PIECE: usize = 12_000;
        let output = tempfile::tempdir().unwrap();
        let (mut folder, _manifest) = Folder::create(output.path(), u64::MAX, false).unwrap();
        let pattern: Vec<u8> = (0..=250).cycle().take(FILES + 3 * PIECE).collect();
        let content = |file: usize| &pattern[file..file + 3 * PIECE];
        let files = (0..FILES).map(|_| folder.begin(&session(), false));
        let mut files: Vec<_> = files.collect();
        for start in [0, PIECE, 2 * PIECE] {
            for (number, file) in files.iter_mut().enumerate() {
                let bytes = &content(number)[start..start + PIECE];
                folder.write(file, start as u64, bytes, true);
                if number % 64 == 0 {
                    folder.pool.check(PIECE);
                }
            }
        }
        for (number, file) in files.into_iter().enumerate() {
            let facts = end(&mut folder, file, 3 * PIECE);
            assert_eq!(facts.hashes, hashes(content(number)));
            let name = facts.extracted.unwrap();
            let stored = std::fs::read(output.path().join(name)).unwrap();
            assert!(stored == content(number), "file {number}");
        }
    }

    proptest! {
        #[test]
        fn a_file_is_what_was_written_last(
            pieces in prop::collection::vec((0..3usize, 1..90_000usize, 0..8u8, any::<u8>()), 1..60),
        ) {
            let output = tempfile::tempdir().unwrap();
            let (mut folder, _manifest) = Folder::create(output.path(), u64::MAX, false).unwrap();
            let mut files = [(); 3].map(|()| (folder.begin(&session(), false), Vec::<u8>::new()));
            for (number, length, back, byte) in pieces {
                let (file, model) = &mut files[number];
                let bytes: Vec<u8> = (byte..=255).chain(0..=250).cycle().take(length).collect();
                // Most come in order.
                let offset = match back {
                    0 => model.len() / 2,
                    1 => model.len().saturating_sub(length),
                    _ => model.len(),
                };
                let end = model.len().min(offset + length);
                let again = &bytes[..end - offset];
                if back < 4 && !again.is_empty() {
                    let other = model[offset..end].iter().zip(again).filter(|(a, b)| a != b);
                    let differing = folder.differing(file, offset as u64, again);
                    prop_assert_eq!(differing, Some(other.count() as u64));
                }
                folder.write(file, offset as u64, &bytes, again.is_empty());
                folder.pool.check(90_000);
                let rest = model.split_off(offset);
                model.extend(&bytes);
                model.extend(rest.get(length..).unwrap_or_default());
            }
            for (file, model) in files {
                let facts = end(&mut folder, file, model.len());
                prop_assert_eq!(&facts.file_error, &None);
                prop_assert_eq!(facts.hashes, hashes(&model));
                let stored = std::fs::read(output.path().join(facts.extracted.unwrap())).unwrap();
                prop_assert!(stored == model);
            }
        }
    }
}
