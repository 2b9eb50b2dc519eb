//! The committed corpus, and what is expected of every file in it.
//!
//! `corpus/<target>/{seeds,negative,min,crashes}/…` hold inputs, `corpus/<target>/golden.tsv` a row
//! for each of them and each way to read it. Whatever else stands in a target's folder is the
//! fuzzer's, and not looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bits_packet::{Error, Options, Parsed};

use crate::laws::LENIENT;
use crate::readings::{Reading, Value};
use crate::targets::Target;

/// The folders of a target that are committed.
pub const FOLDERS: [&str; 4] = ["seeds", "negative", "min", "crashes"];

/// A committed input.
#[derive(Clone, Debug)]
pub struct Case {
    /// `folder/name`
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Case {
    /// The folder that it stands in.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.file.split('/').next().unwrap_or_default()
    }

    /// Whether bytes are many: laws that try every byte leave such a file out, and say so.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.bytes.len() > 8 * 1024
    }
}

/// The folder of a target.
#[must_use]
pub fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../corpus")
        .join(target)
}

/// Every committed input of a target, sorted by name.
///
/// # Panics
///
/// When there is none, or one cannot be read: a replay of nothing proves nothing.
#[must_use]
pub fn load(target: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for sub in FOLDERS {
        let path = folder(target).join(sub);
        let Ok(entries) = fs::read_dir(&path) else {
            continue;
        };
        for entry in entries {
            let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = entry
                .file_name()
                .into_string()
                .expect("file names are ASCII");
            let bytes = fs::read(entry.path())
                .unwrap_or_else(|error| panic!("{}: {error}", entry.path().display()));
            cases.push(Case {
                file: format!("{sub}/{name}"),
                bytes,
            });
        }
    }
    assert!(
        !cases.is_empty(),
        "{} holds no input",
        folder(target).display()
    );
    cases.sort_by(|one, other| one.file.cmp(&other.file));
    cases
}

/// The ways in which a target of whole heads reads an input.
///
/// # Panics
///
/// When it is another target.
#[must_use]
pub fn readings(target: &str, input: &[u8]) -> Vec<Reading> {
    match target {
        "request_head" => vec![Reading::RequestHead],
        "response_head" => vec![Reading::ResponseHead],
        "packet" => Reading::of_packet(input).to_vec(),
        _ => panic!("{target} reads no whole heads"),
    }
}

/// What came of an input: a row of `golden.tsv` without its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it was read.
    pub reading: String,
    /// `accept`, `refuse` or `need-more` with the default options.
    pub outcome: &'static str,
    /// The kind of the error, or the deviations.
    pub kind: String,
    /// The same with nothing tolerated.
    pub strict: String,
    /// The value, or where the error is and what it says.
    pub detail: String,
}

impl Outcome {
    /// Of an input that is too short to mean anything to its target, or means something else in each version.
    #[must_use]
    pub fn nothing(reading: &str) -> Self {
        Outcome {
            reading: reading.to_owned(),
            outcome: "nothing",
            kind: String::new(),
            strict: String::new(),
            detail: String::new(),
        }
    }

    /// Reads an input under these options alone.
    #[must_use]
    pub fn under(options: &Options, reading: Reading, input: &[u8]) -> Self {
        let (outcome, kind, detail) = describe(reading.parse(input, options));
        Outcome {
            reading: reading.name(),
            outcome,
            kind,
            strict: String::new(),
            detail,
        }
    }

    /// Reads an input.
    #[must_use]
    pub fn of(reading: Reading, input: &[u8]) -> Self {
        let (outcome, kind, detail) = describe(reading.parse(input, &Options::INTEROP));
        let (strict, strict_kind, strict_detail) = describe(reading.parse(input, &Options::STRICT));
        let (lenient, lenient_kind, lenient_detail) = describe(reading.parse(input, &LENIENT));
        let mut detail = detail;
        if strict == "refuse" && (outcome, &kind) != (strict, &strict_kind) {
            detail = format!("{detail} | strict: {strict_detail}");
        }
        if (outcome, &kind) != (lenient, &lenient_kind) {
            detail =
                format!("{detail} | method-override: {lenient} {lenient_kind} {lenient_detail}");
        }
        Outcome {
            reading: reading.name(),
            outcome,
            kind,
            strict: format!("{strict} {strict_kind}").trim_end().to_owned(),
            detail,
        }
    }

    /// The row of a file.
    #[must_use]
    pub fn row(&self, file: &str) -> String {
        [
            file,
            &self.reading,
            self.outcome,
            &self.kind,
            &self.strict,
            &self.detail,
        ]
        .join("\t")
    }
}

fn describe(read: Result<Parsed<'_, Value<'_>>, Error>) -> (&'static str, String, String) {
    match read {
        Ok(Parsed::Complete { value, rest }) => {
            let deviations: Vec<&str> = value
                .deviations()
                .iter()
                .map(bits_packet::Deviation::name)
                .collect();
            let detail = format!("{} rest {}", value.describe(), rest.len());
            ("accept", deviations.join(","), detail)
        }
        Ok(Parsed::NeedMore) => ("need-more", String::new(), String::new()),
        Err(error) => {
            let hint = error
                .status_hint()
                .map_or("-".into(), |status| status.to_string());
            (
                "refuse",
                error.kind().name().into(),
                format!("{hint} {error}"),
            )
        }
    }
}

const HEADER: &str = "file\treading\toutcome\tkind\tstrict\tdetail";

/// Compares every committed input of a target with its rows in `golden.tsv`.
///
/// With `BLESS=1` in the environment the rows are written instead.
///
/// # Panics
///
/// On the first difference: a row that is missing, one too many, or one that says something else.
pub fn replay(target: &Target) {
    let mut rows = vec![HEADER.to_owned()];
    for case in load(target.name) {
        let outcomes = (target.outcomes)(&case.bytes);
        rows.extend(outcomes.iter().map(|outcome| outcome.row(&case.file)));
    }
    check_rows(target.name, &rows);
}

fn check_rows(target: &str, rows: &[String]) {
    let path = folder(target).join("golden.tsv");
    if env::var_os("BLESS").is_some_and(|value| value == "1") {
        let text = rows.join("\n") + "\n";
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        eprintln!("{}: {} rows written", path.display(), rows.len() - 1);
        return;
    }
    let golden = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; BLESS=1 makes it", path.display()));
    let key = |row: &str| row.splitn(3, '\t').take(2).collect::<Vec<_>>().join("\t");
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    for row in golden.lines() {
        let twice = expected.insert(key(row), row);
        assert_eq!(twice, None, "{}: a row twice", path.display());
    }
    for row in rows {
        match expected.get(&key(row)) {
            Some(expected) => assert_eq!(row, expected, "{}", path.display()),
            None => panic!("{}: no row for {}", path.display(), key(row)),
        }
        expected.remove(&key(row));
    }
    let left: Vec<&String> = expected.keys().collect();
    assert!(
        left.is_empty(),
        "{}: rows without a file: {left:?}",
        path.display()
    );
}
