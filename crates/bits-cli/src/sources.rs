//! Where bytes come from: files, folders, standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bits_packet::Escaped;

/// A source of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input: `-`.
    Stdin,
    /// A file, as given or as walked.
    File(PathBuf),
}

impl Source {
    /// What it is called: `-`, or its path, of which bytes that are not UTF-8 are shown as `\xHH`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Source::Stdin => "-".to_owned(),
            Source::File(path) => path_name(path),
        }
    }

    /// Opens it, and says how long it is if that is known.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(&self) -> io::Result<(Box<dyn Read>, Option<u64>)> {
        match self {
            Source::Stdin => Ok((Box::new(io::stdin().lock()), None)),
            Source::File(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                let length = metadata.is_file().then_some(metadata.len());
                Ok((Box::new(file), length))
            }
        }
    }
}

/// A path, or what is below it, that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// The path.
    pub path: PathBuf,
    /// Why not.
    pub error: io::Error,
}

/// What a source of that name is called in front of people.
pub(crate) fn title(name: &str) -> &str {
    match name {
        "-" => "standard input",
        path => path,
    }
}

/// A path as text: bytes that are not UTF-8 as `\xHH`.
pub(crate) fn path_name(path: &Path) -> String {
    Escaped(path.as_os_str().as_encoded_bytes()).to_string()
}

/// The sources that an argument stands for: `-`, a file, or all files below a folder.
///
/// The entries of a folder come in the order of the bytes of their names, a folder with all that is
/// below it in the place of its name. Links to files are followed, links to folders are not, and what
/// is neither file nor folder (pipes, sockets, devices) is passed over.
///
/// What cannot be read takes the place of what would be there.
#[must_use]
pub fn sources(argument: &Path) -> Vec<Result<Source, Unreadable>> {
    if argument.as_os_str() == "-" {
        return vec![Ok(Source::Stdin)];
    }
    if !argument.is_dir() {
        return vec![Ok(Source::File(argument.to_owned()))];
    }
    let mut found = Vec::new();
    walk(argument, &mut found);
    found
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn walk(folder: &Path, found: &mut Vec<Result<Source, Unreadable>>) {
    let unreadable = |path: &Path, error| {
        let path = path.to_owned();
        Err(Unreadable { path, error })
    };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return found.push(unreadable(folder, error)),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // The one is the entry itself, the other what a link leads to.
        match (entry.file_type(), fs::metadata(&path)) {
            (Ok(itself), _) if itself.is_dir() => walk(&path, found),
            (_, Ok(target)) if target.is_file() => found.push(Ok(Source::File(path))),
            (_, Ok(_)) => {}
            (Ok(itself), Err(error)) if itself.is_symlink() && is_missing(&error) => {
                let error = io::Error::other("the link leads nowhere; mend it or remove it");
                found.push(unreadable(&path, error));
            }
            (_, Err(error)) => found.push(unreadable(&path, error)),
        }
    }
}
