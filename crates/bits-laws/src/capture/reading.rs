//! What `bits-capture` makes of captures, and the laws that hold for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bits_capture::file::{CaptureFiles, Input, Source};
use bits_capture::http::Peers;
use bits_capture::printable::without_passwords;
use bits_capture::record::{FileFacts, SessionRecord};
use bits_capture::session::{Files, Findings, Packet, Session, State};
use bits_capture::tcp::Limits;
use bits_capture::{Analysis, Totals};

use super::Expected;

/// The bytes of a file, each where it belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept(BTreeMap<u64, u8>);

/// How many bytes of a file are kept.
const MAX_KEPT: usize = 1 << 20;

impl Kept {
    /// The bytes of a range, if all are there.
    #[must_use]
    pub fn bytes(&self, range: std::ops::Range<u64>) -> Option<Vec<u8>> {
        range.map(|at| self.0.get(&at).copied()).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.len()
    }
}

/// The sessions that were found, with their files in memory.
#[derive(Debug, Default)]
pub struct Found {
    /// The sessions, in the order in which they were told.
    pub sessions: Vec<Session<Kept>>,
    /// How many packets were seen.
    pub packets: u64,
}

impl Files for Found {
    type File = Kept;

    fn write(&mut self, file: &mut Kept, offset: u64, bytes: &[u8], is_fresh: bool) {
        for (byte, at) in bytes.iter().zip(offset..) {
            let before = (file.0.len() < MAX_KEPT).then(|| file.0.insert(at, *byte));
            assert!(
                !is_fresh || before.flatten().is_none(),
                "byte {at} is said to be fresh, and is not"
            );
        }
    }

    fn differing(&mut self, file: &mut Kept, offset: u64, bytes: &[u8]) -> Option<u64> {
        let there = bytes
            .iter()
            .zip(offset..)
            .map(|(byte, at)| (file.0.get(&at), byte));
        Some(
            there
                .filter(|(before, byte)| before.is_some_and(|before| before != *byte))
                .count() as u64,
        )
    }
}

impl Findings<Kept> for Found {
    fn wants(&self, _: &Peers, _: &[u8]) -> bool {
        true
    }

    fn packet(&mut self, _: &Packet<'_>) {
        self.packets += 1;
    }

    fn create(&mut self, _: &Session<Kept>, _: bool) -> Option<Kept> {
        Some(Kept::default())
    }

    fn session(&mut self, session: Session<Kept>) {
        consistent(&session);
        self.sessions.push(session);
    }
}

/// What holds for any session, whatever the capture.
fn consistent(session: &Session<Kept>) {
    let content = &session.content;
    assert!(session.times.0 <= session.times.1);
    for range in content.settled.as_slice() {
        let inside: Vec<_> = content.seen.within(range.clone()).collect();
        assert_eq!(
            inside,
            std::slice::from_ref(range),
            "what is acknowledged was seen"
        );
    }
    if let Some(total) = content.total {
        assert!(
            content.seen.end() <= total,
            "{} of {total}",
            content.seen.end()
        );
        let holes: u64 = content
            .holes()
            .iter()
            .map(|hole| hole.end - hole.start)
            .sum();
        assert_eq!(content.seen.length() + holes, total);
        assert_eq!(content.is_whole(), holes == 0);
    }
    if let Some(file) = &session.file
        && content.seen.length() < MAX_KEPT as u64
    {
        assert_eq!(
            file.length() as u64,
            content.seen.length(),
            "what was seen is what was written"
        );
    }
    // It can be told.
    let record = SessionRecord::new(session, FileFacts::default(), FileFacts::default());
    let told = serde_json::to_value(&record).expect("a record is an object");
    let told = told.as_object().expect("a record is an object");
    let schema = keys();
    assert!(told.keys().all(|key| schema.contains(key)));
    assert_eq!(told.len(), schema.len(), "a key of the schema is not told");
}

/// The keys that the schema of sessions has.
fn keys() -> &'static BTreeSet<String> {
    static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let schema = include_str!("../../../bits-capture/schema/session.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).expect("a schema");
        let properties = schema["$defs"]["session"]["properties"]
            .as_object()
            .expect("properties");
        properties.keys().cloned().collect()
    });
    &KEYS
}

/// What is found in captures that are read together.
///
/// # Panics
///
/// When one is no capture.
#[must_use]
pub fn read(files: &[Vec<u8>], limits: Limits) -> (Found, Totals) {
    let (found, totals, captures) = analysed(files, limits);
    for report in captures.reports() {
        assert!(report.error.is_none(), "{report:?}");
    }
    (found, totals)
}

/// The same of bytes that may be no capture.
#[must_use]
pub fn analysed(files: &[Vec<u8>], limits: Limits) -> (Found, Totals, CaptureFiles) {
    let sources = files.iter().enumerate().map(|(index, bytes)| Source {
        input: Input::Bytes {
            name: index.to_string(),
            bytes: bytes[..].into(),
        },
        wants_digest: false,
    });
    let mut captures = CaptureFiles::open(sources.collect());
    let mut analysis = Analysis::new(limits, Found::default());
    while let Some((_, frame)) = captures.next_frame() {
        analysis.frame(&frame);
    }
    let (found, totals) = analysis.finish();
    (found, totals, captures)
}

/// Every upload comes out whole, and nothing else is claimed.
///
/// # Panics
///
/// When that does not hold.
pub fn whole(found: &Found, expected: &[Expected]) {
    let sessions = found.sessions.iter().map(|session| session.id.clone());
    let mut sessions: Vec<_> = sessions.collect();
    let mut wanted: Vec<_> = expected
        .iter()
        .map(|upload| Some(upload.session.clone()))
        .collect();
    sessions.sort();
    wanted.sort();
    assert_eq!(sessions, wanted);
    for upload in expected {
        let session = of(found, upload);
        // A path may begin like the URL of a user with a password.
        assert_eq!(session.target, *without_passwords(&upload.target));
        assert!(
            session.host.eq_ignore_ascii_case(&upload.host),
            "{session:?}"
        );
        assert_eq!(session.content_name, upload.name);
        assert_eq!(session.peers.client, upload.client);
        assert_eq!(session.peers.server, upload.server);
        assert_eq!(session.user_agent.as_ref(), Some(&upload.user_agent));
        // Where a connection is authenticated, a session that is made anew on another one need not be.
        if let Some(user) = &session.user {
            assert_eq!(Some(&user.name), upload.user.as_ref());
        }
        assert_eq!(
            session.state == State::Closed,
            upload.is_closed,
            "{session:?}"
        );
        // What was sent is there, though it was refused. Nothing tells an empty file from a session in which nothing
        // was sent.
        assert!(session.content.is_whole() || !upload.is_whole() || upload.acknowledged == 0);
        let file = session.file.clone().unwrap_or_default();
        assert_eq!(file.bytes(0..upload.acknowledged), Some(upload.bytes()));
        assert_eq!(session.content.conflicting, 0);
    }
    within(found, expected);
}

/// Whatever is claimed of an upload is of it, though the capture is damaged: no byte is wrong, and no session is
/// made up.
///
/// # Panics
///
/// When that does not hold.
pub fn within(found: &Found, expected: &[Expected]) {
    for session in &found.sessions {
        let Some(id) = &session.id else {
            // Its Create-Session is all that is known of it.
            assert!(session.content.seen.is_empty());
            continue;
        };
        let upload = expected.iter().find(|upload| upload.session == *id);
        let upload = upload.unwrap_or_else(|| panic!("made up: {session:?}"));
        let file = session.file.clone().unwrap_or_default();
        for range in session.content.seen.as_slice() {
            let bytes = file.bytes(range.clone()).expect("what was seen");
            let right = upload.file.bytes(range.clone());
            let wrong = bytes
                .iter()
                .zip(&right)
                .position(|(one, other)| one != other);
            assert_eq!(wrong, None, "a wrong byte behind the start of {range:?}");
        }
    }
}

fn of<'a>(found: &'a Found, upload: &Expected) -> &'a Session<Kept> {
    let is_it = |session: &&Session<Kept>| session.id.as_ref() == Some(&upload.session);
    found
        .sessions
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("{upload:?}"))
}
