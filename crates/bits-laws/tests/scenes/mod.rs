//! What scenes of captures are made of.

use bits_capture::tcp::Limits;
use bits_laws::capture::{Connection, Container, File, Found, Segment, Turn, Upload, read};

/// The session id of [`upload`].
pub(crate) const ID: &str = "{7DF0354D-249B-430F-820D-3D2A9BEF4931}";
/// The length of [`file`], in bytes.
pub(crate) const LENGTH: u64 = 9_000;

pub(crate) fn file() -> File {
    File::Drawn {
        seed: 5,
        length: LENGTH,
    }
}

pub(crate) fn upload() -> Upload {
    Upload::new(ID, "/drop/a.bin", "files.example", file())
}

pub(crate) fn connection(client: &str, server: &str, turns: Vec<Turn>) -> Connection {
    Connection::new(client.parse().unwrap(), server.parse().unwrap(), turns)
}

pub(crate) fn found(segments: &[Segment]) -> Found {
    read(&[Container::usual().file(segments)], Limits::default()).0
}

/// The bytes that were found of the file of a session, with what was not.
pub(crate) fn seen(found: &Found, session: usize) -> Vec<std::ops::Range<u64>> {
    let session = &found.sessions[session];
    let file_found = session.file.clone().unwrap_or_default();
    for range in session.content.seen.as_slice() {
        assert_eq!(
            file_found.bytes(range.clone()),
            Some(file().bytes(range.clone()))
        );
    }
    session.content.seen.as_slice().to_vec()
}
