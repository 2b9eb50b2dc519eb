//! The command as users run it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Ends a test that hangs.
const HANGS: Duration = Duration::from_secs(120);

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `bits` in `folder`, with `input` as its standard input.
pub(crate) fn bits_in(folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let pid = child.id().to_string();
    let (ended, end) = mpsc::channel::<()>();
    let output = thread::scope(|scope| {
        // A command that stops reading closes the pipe: that is its own affair.
        scope.spawn(move || stdin.write_all(input));
        scope.spawn(move || {
            // One that should have ended, as a server that was to be refused, fails its test.
            if end.recv_timeout(HANGS) == Err(RecvTimeoutError::Timeout) {
                let _ = Command::new("kill").arg(pid).status();
            }
        });
        let output = child.wait_with_output().unwrap();
        drop(ended);
        output
    });
    Run {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `bits` with `input` as its standard input.
pub(crate) fn bits(arguments: &[&str], input: &[u8]) -> Run {
    bits_in(Path::new("."), arguments, input)
}

/// An empty folder of that name.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The 20 heads of [MC-BUP] section 4 that the corpus holds, with their names, in order.
pub(crate) fn heads() -> Vec<(String, Vec<u8>)> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/packet/seeds");
    let mut heads: Vec<_> = fs::read_dir(seeds)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.starts_with("mc-bup-4."))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect();
    heads.sort();
    assert_eq!(heads.len(), 20);
    heads
}

/// One direction of a conversation of [MC-BUP] section 4: the heads of those numbers, each with the
/// body that it announces.
pub(crate) fn stream(section: &str, numbers: &[usize]) -> Vec<u8> {
    let heads = heads();
    let mut stream = Vec::new();
    for number in numbers {
        let start = format!("mc-bup-{section}-{number:02}-");
        let (_, head) = heads
            .iter()
            .find(|(name, _)| name.starts_with(&start))
            .unwrap();
        stream.extend_from_slice(head);
        stream.resize(stream.len() + announced(head), b'B');
    }
    stream
}

fn announced(head: &[u8]) -> usize {
    let head = str::from_utf8(head).unwrap();
    head.lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .map_or(0, |length| length.parse().unwrap())
}

/// Checks `actual` against the file of that name in `data`, or writes that file if the
/// environment says `BLESS=1`.
#[track_caller]
pub(crate) fn assert_golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/command/data")
        .join(name);
    if std::env::var_os("BLESS").is_some_and(|it| it == "1") {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(actual, expected, "{name}");
}
