//! `bits sessions`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use bits_packet::Guid;
use bits_server::store::{DirStore, Store, StoreError, Upload};
use bits_session::server::{Session, State};
use clap::{Args, Subcommand, ValueHint};
use humantime::format_rfc3339_seconds;
use serde::Serialize;

use crate::text::ERROR;
use bits_capture::printable::Printable;
use bits_capture::printable::json_line;

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub enum SessionsVerb {
    /// Show the sessions of a folder, the longest idle first
    List(ListArgs),
    /// End sessions: what they have received is removed, files that were published stay
    Cancel(CancelArgs),
}

/// The arguments of `bits sessions list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// The folder that files are uploaded to
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,

    /// Print a JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `bits sessions cancel`.
#[derive(Args, Debug)]
pub struct CancelArgs {
    /// The folder that files are uploaded to
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,

    /// The ids of sessions, as `bits sessions list` shows them, with or without braces
    #[arg(value_name = "ID", value_parser = id, required_unless_present_any = ["all", "user"])]
    pub ids: Vec<Guid>,

    /// All sessions
    #[arg(long, conflicts_with_all = ["ids", "user"])]
    pub all: bool,

    /// All sessions of a user
    #[arg(long, value_name = "NAME", conflicts_with = "ids")]
    pub user: Option<String>,
}

fn id(text: &str) -> Result<Guid, &'static str> {
    let braced = match text.starts_with('{') {
        true => text.to_owned(),
        false => format!("{{{text}}}"),
    };
    Guid::parse(braced.as_bytes()).map_err(|_| "no session id: see `bits sessions list`")
}

/// Does it.
pub(crate) fn sessions(verb: &SessionsVerb) -> io::Result<ExitCode> {
    let (folder, is_about_all) = match verb {
        SessionsVerb::List(arguments) => (&arguments.folder, true),
        SessionsVerb::Cancel(arguments) => (&arguments.folder, arguments.ids.is_empty()),
    };
    let (store, sessions, unread) = match all(folder) {
        Ok(all) => all,
        Err(error) => {
            anstream::eprintln!("{ERROR}error:{ERROR:#} {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let unread = if is_about_all { unread } else { Vec::new() };
    for error in &unread {
        let advice = match error.is_damage() {
            true => format!(
                "; `bits sessions cancel {} ID` removes it",
                folder.display()
            ),
            false => String::new(),
        };
        anstream::eprintln!("{ERROR}error:{ERROR:#} {error}{advice}");
    }
    let status = match verb {
        SessionsVerb::List(arguments) => list(&sessions, arguments.json),
        SessionsVerb::Cancel(arguments) => cancel(&store, &sessions, arguments),
    }?;
    Ok(if unread.is_empty() {
        status
    } else {
        ExitCode::from(2)
    })
}

/// All sessions, the longest idle first, and why others could not be read.
fn all(folder: &Path) -> Result<(DirStore, Vec<Session>, Vec<StoreError>), String> {
    let store = DirStore::look(folder).map_err(|error| error.to_string())?;
    let (mut sessions, mut unread) = (Vec::new(), Vec::new());
    let visited = store.visit(&mut |session| {
        match session {
            Ok(session) => sessions.push(session),
            Err(error) => unread.push(error),
        }
        true
    });
    visited.map_err(|error| format!("{}: {error}", folder.display()))?;
    sessions.sort_by_key(|session| (session.touched, session.id.as_u128()));
    Ok((store, sessions, unread))
}

/// A session as it is printed.
#[derive(Serialize)]
struct Record<'a> {
    id: String,
    user: Option<&'a str>,
    target: &'a str,
    received: u64,
    total: Option<u64>,
    state: &'static str,
    idle_since: String,
}

impl<'a> From<&'a Session> for Record<'a> {
    fn from(session: &'a Session) -> Self {
        Record {
            id: session.id.to_string().to_uppercase(),
            user: session.owner.user.as_deref(),
            target: &session.owner.target,
            received: session.received,
            total: session.total,
            state: match session.state {
                State::WaitForClose => "published",
                _ => "receiving",
            },
            // A clock that is out of its range.
            idle_since: format_rfc3339_seconds(session.touched.max(SystemTime::UNIX_EPOCH))
                .to_string(),
        }
    }
}

/// Exit status 1: there is none.
fn list(sessions: &[Session], json: bool) -> io::Result<ExitCode> {
    let mut stdout = io::stdout().lock();
    for session in sessions {
        let record = Record::from(session);
        if json {
            json_line(&record, &mut stdout)?;
            continue;
        }
        let total = record
            .total
            .map_or_else(|| "?".to_owned(), |total| total.to_string());
        writeln!(
            stdout,
            "{}  {:9}  {}/{total}  idle since {}  {}  {}",
            record.id,
            record.state,
            record.received,
            record.idle_since,
            Printable(record.user.unwrap_or("-").as_bytes()),
            Printable(record.target.as_bytes()),
        )?;
    }
    stdout.flush()?;
    Ok(ExitCode::from(u8::from(sessions.is_empty())))
}

/// Exit status 1: there was none, or one that was named was not there.
fn cancel(store: &DirStore, sessions: &[Session], arguments: &CancelArgs) -> io::Result<ExitCode> {
    let is_meant = |session: &&Session| {
        arguments.all
            || arguments.ids.contains(&session.id)
            || (arguments.user.is_some() && arguments.user == session.owner.user)
    };
    let meant: Vec<_> = sessions.iter().filter(is_meant).collect();
    let mut status = u8::from(meant.is_empty() && arguments.ids.is_empty());
    if let Some(user) = arguments.user.as_ref().filter(|_| meant.is_empty()) {
        let user = Printable(user.as_bytes());
        anstream::eprintln!("{user}: there is no session of that user");
    }
    let mut stdout = io::stdout().lock();
    for id in &arguments.ids {
        if meant.iter().any(|session| session.id == *id) {
            continue;
        }
        match store.discard(*id) {
            Ok(true) => writeln!(stdout, "{}", id.to_string().to_uppercase())?,
            Ok(false) => {
                anstream::eprintln!("{id}: there is no such session");
                status = status.max(1);
            }
            Err(error) => {
                anstream::eprintln!("{ERROR}error:{ERROR:#} {error}");
                status = 2;
            }
        }
    }
    for session in meant {
        let record = Record::from(session);
        let removed = store
            .find(session.id, &session.owner)
            .and_then(|found| match found {
                Some((session, mut upload)) => upload.remove(&session),
                // It has ended meanwhile.
                None => Ok(()),
            });
        match removed {
            Ok(()) => writeln!(stdout, "{}", record.id)?,
            Err(error) => {
                anstream::eprintln!("{ERROR}error:{ERROR:#} {}: {error}", record.id);
                status = 2;
            }
        }
    }
    stdout.flush()?;
    Ok(ExitCode::from(status))
}
