//! What keeps a client from trying at all, or from going on.

use std::path::PathBuf;
use std::{error, fmt, io};

use crate::UrlError;

/// Why an upload cannot begin or go on, whatever the server says.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The URL is none to upload to.
    Url(UrlError),
    /// An extra field cannot be sent.
    Header {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The file cannot be read.
    File(PathBuf, io::Error),
    /// The file has changed since the upload began (BG_E_LOCAL_FILE_CHANGED).
    FileChanged(PathBuf),
    /// What is to be kept of the upload cannot be read or written.
    State(PathBuf, io::Error),
    /// There is no folder to keep the state of the upload in, and no file is named for it.
    NoHome,
    /// Another run has that state file: it sends the same file to the same URL.
    InUse {
        /// The state file.
        state: PathBuf,
        /// The number of its process, if it is known.
        process: Option<u32>,
    },
    /// There is no upload to cancel.
    NoState(PathBuf),
    /// The certificates to trust cannot be read.
    Authorities(String),
    /// The server's certificate is not trusted.
    Certificate {
        /// The server.
        server: String,
        /// Why.
        reason: String,
        /// What to do about that.
        advice: &'static str,
    },
    /// No TLS with the server, and no waiting makes it: it speaks another protocol, or wants a client certificate.
    Tls {
        /// The server.
        server: String,
        /// Why.
        reason: String,
        /// What to do about that.
        advice: &'static str,
    },
    /// There are no credentials any more for a server that has asked for them.
    Credentials {
        /// The server.
        server: String,
        /// Why.
        reason: String,
    },
    /// An answer is not believed: the server has not proved that it is the one that the credentials are for.
    Unproved {
        /// The server.
        server: String,
        /// Why.
        reason: String,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Error::Url(_) | Error::Header { .. } => "correct the command line",
            Error::File(..) => "name a file that can be read",
            Error::FileChanged(_) => {
                "send it again once nobody writes to it: it is then sent from its beginning"
            }
            Error::State(_, error) => match error.kind() {
                io::ErrorKind::InvalidData => {
                    "remove it to begin again, or name another one by --state"
                }
                io::ErrorKind::AlreadyExists
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::NotADirectory => "name another file by --state",
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make room for it, or name another file by --state"
                }
                _ => "make the file and its folder writable, or name another file by --state",
            },
            Error::NoHome => "set HOME, or name a file by --state",
            Error::InUse { .. } => "wait for it, or end it: what it has sent is not sent again",
            Error::NoState(_) => "give the same FILE and URL as when the upload began",
            Error::Authorities(_) => "name a PEM file with certificates by --ca-file",
            Error::Certificate { advice, .. } | Error::Tls { advice, .. } => advice,
            Error::Credentials { .. } => "then run it again to go on",
            Error::Unproved { .. } => {
                "another server may have answered in its place, or something on the way takes its proof out of answers \
                 (WWW-Authenticate): use https, and ask its administrator"
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Url(error) => error.fmt(f),
            Error::Header { name, reason } => {
                write!(f, "the field {name} cannot be sent: {reason}")
            }
            Error::File(path, error) => write!(f, "{}: {error}", path.display()),
            Error::FileChanged(path) => {
                write!(f, "{} has changed while it was sent", path.display())
            }
            Error::State(path, error) => {
                write!(f, "the state of the upload, {}: {error}", path.display())
            }
            Error::NoHome => {
                f.write_str("there is no home folder to keep the state of the upload in")
            }
            Error::InUse { state, process } => {
                f.write_str("this upload is under way already, in ")?;
                match process {
                    Some(process) => write!(f, "process {process}")?,
                    None => f.write_str("another process")?,
                }
                write!(f, " ({} is locked)", state.display())
            }
            Error::NoState(path) => {
                write!(
                    f,
                    "no upload is to be cancelled: there is no {}",
                    path.display()
                )
            }
            Error::Authorities(reason) => write!(f, "certificates to trust: {reason}"),
            Error::Certificate { server, reason, .. } => {
                write!(f, "the certificate of {server} is not trusted: {reason}")
            }
            Error::Tls { server, reason, .. } => {
                write!(f, "no TLS with {server}: {reason}")
            }
            Error::Credentials { server, reason } | Error::Unproved { server, reason } => {
                write!(f, "{server}: {reason}")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Error::Url(error) => Some(error),
            Error::File(_, error) | Error::State(_, error) => Some(error),
            _ => None,
        }
    }
}

impl From<UrlError> for Error {
    fn from(error: UrlError) -> Self {
        Error::Url(error)
    }
}
