//! What is told while an upload runs.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use bits_client::session::{Problem, Saved};
use bits_client::{Error, Observer, Redacted, Secrets};
use bits_packet::StatusCode;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use super::verdict::Verdict;
use crate::args::ConnectArgs;
use crate::text::ERROR;
use bits_capture::printable::Printable;
use bits_capture::printable::json_line;

/// How often progress is told as JSON.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Tells what happens: on a terminal by a bar, or as JSON, or not at all.
#[derive(Debug)]
pub(super) struct Watch {
    form: Form,
    is_verbose: bool,
    bar: Option<ProgressBar>,
    /// Size and offset for a bar that is shown once bytes are sent: before, a password may be asked for.
    bar_of: Option<(u64, u64)>,
    /// The session that was told of.
    session_id: Option<Vec<u8>>,
    progress_at: Option<Instant>,
    secrets: Secrets,
    /// Why standard output could not be written to.
    unwritten: RefCell<Option<io::Error>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Json,
    Quiet,
}

impl Watch {
    pub(super) fn new(arguments: &ConnectArgs) -> Self {
        let form = match (arguments.json, arguments.quiet) {
            (true, _) => Form::Json,
            (_, true) => Form::Quiet,
            _ => Form::Text,
        };
        Watch {
            form,
            is_verbose: arguments.verbose,
            bar: None,
            bar_of: None,
            session_id: None,
            progress_at: None,
            secrets: Secrets::default(),
            unwritten: RefCell::default(),
        }
    }

    /// Leaves out what the client knows and a server may repeat.
    pub(super) fn hide(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    /// What a server has said, as it may be told.
    pub(super) fn blank(&self, text: &str) -> String {
        self.secrets.blank(text)
    }

    /// The session that the run begins with is nothing new.
    pub(super) fn resume(&mut self, saved: &Saved) {
        self.session_id.clone_from(&saved.session_id);
    }

    /// Shows a bar once bytes are sent, if there is a terminal to show it on.
    pub(super) fn show_bar(&mut self, size: u64, offset: u64) {
        if self.form == Form::Text && io::stderr().is_terminal() {
            self.bar_of = Some((size, offset));
        }
    }

    fn begin_bar(&mut self, size: u64, offset: u64) {
        let template =
            "{wide_bar} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left";
        let bar = ProgressBar::new(size).with_finish(ProgressFinish::AndClear);
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        // What was sent before says nothing about the rate.
        bar.set_position(offset);
        bar.reset_eta();
        self.bar = Some(bar);
    }

    /// An object on standard output, with `--json`.
    pub(super) fn event(&self, event: &impl Serialize) {
        if self.form == Form::Json {
            let mut stdout = io::stdout().lock();
            // What cannot be told is no reason not to send the file.
            self.note(json_line(event, &mut stdout).and_then(|()| stdout.flush()));
        }
    }

    fn note(&self, written: io::Result<()>) {
        match written {
            // Whoever reads has seen enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.unwritten.borrow_mut().get_or_insert(error);
            }
            _ => {}
        }
    }

    /// A line on standard error.
    pub(super) fn remark(&self, text: &str) {
        if self.form == Form::Text {
            self.line(&self.blank(text));
        }
    }

    fn line(&self, text: &str) {
        // What cannot be shown is no reason not to send the file.
        let print = || {
            let _ = writeln!(anstream::stderr(), "{}", Printable(text.as_bytes()));
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn head(&self, sign: char, head: Redacted<'_>) {
        if self.is_verbose {
            for line in head.to_string().lines() {
                self.line(&format!("{sign} {line}"));
            }
            self.line(&sign.to_string());
        }
    }

    /// The last word. Gives why it, or what came before it, could not be written to standard output.
    pub(super) fn conclude(&mut self, verdict: &Verdict) -> Option<io::Error> {
        self.bar = None;
        let verdict = Verdict {
            message: self.blank(&verdict.message),
            ..verdict.clone()
        };
        self.event(&verdict);
        let message = Printable(verdict.message.as_bytes());
        // Of an error, the exit status says it too.
        let _ = match (self.form, verdict.exit_code, verdict.advice) {
            (Form::Json, ..) | (Form::Quiet, 0, _) => Ok(()),
            (_, 0, _) => {
                let mut stdout = anstream::stdout();
                self.note(writeln!(stdout, "{message}").and_then(|()| stdout.flush()));
                Ok(())
            }
            (.., Some(advice)) => {
                writeln!(
                    anstream::stderr(),
                    "{ERROR}error:{ERROR:#} {message}; {advice}"
                )
            }
            (.., None) => writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {message}"),
        };
        self.unwritten.take()
    }
}

impl Observer for Watch {
    fn sending(&mut self, head: Redacted<'_>) {
        self.head('>', head);
    }

    fn received(&mut self, head: Redacted<'_>) {
        self.head('<', head);
    }

    fn sent_bytes(&mut self, offset: u64) {
        if let Some((size, begin)) = self.bar_of.take() {
            self.begin_bar(size, begin);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(offset);
        }
    }

    fn advanced(&mut self, saved: &Saved) {
        if let Some(bar) = &self.bar {
            bar.set_position(saved.offset);
        }
        if saved.session_id != self.session_id {
            match &saved.session_id {
                Some(id) => {
                    let id = self.blank(&Printable(id).to_string());
                    self.event(&json!({ "event": "created", "session_id": id }));
                }
                None => {
                    self.event(&json!({ "event": "session-lost" }));
                    self.remark("the server has lost the session: beginning again");
                }
            }
            self.session_id.clone_from(&saved.session_id);
        }
        let now = Instant::now();
        let is_due = |at: Instant| now.duration_since(at) >= PROGRESS_EVERY;
        if self.progress_at.is_none_or(is_due) {
            self.progress_at = Some(now);
            let (offset, size) = (saved.offset, saved.size);
            self.event(&json!({ "event": "progress", "offset": offset, "size": size }));
        }
    }

    fn retrying(&mut self, problem: &Problem, detail: Option<&str>, delay: Duration) {
        let message = self.blank(&match detail {
            Some(detail) => format!("{problem} ({detail})"),
            None => problem.to_string(),
        });
        // Tenths: the engine has counted from a moment ago.
        let seconds = (delay.as_secs_f64() * 10.0).round() / 10.0;
        self.event(&json!({
            "event": "retry",
            "message": message,
            "status": problem.status.map(StatusCode::as_u16),
            "error_code": problem.error_code.map(|code| code.to_string()),
            "delay": seconds,
        }));
        self.remark(&format!("{message}; again in {seconds} s"));
    }

    fn not_stored(&mut self, error: &Error) {
        let message = error.to_string();
        self.event(&json!({ "event": "not-stored", "message": message }));
        self.remark(&format!(
            "{message}; the upload goes on, but another run may have to begin again"
        ));
    }
}
