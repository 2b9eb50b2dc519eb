//! Sessions that are asked for by a host.

use bits_capture::Analysis;
use bits_capture::file::CaptureFile;
use bits_capture::http::Peers;
use bits_capture::session::{Files, Findings, Packet, Session};
use bits_capture::tcp::Limits;
use bits_laws::capture::{Connection, Container, merged};

use super::scenes::{LENGTH, upload};
use super::{HERE, SECOND, SERVER, later};

/// What is found of sessions with a host or server.
struct Asked {
    wanted: &'static str,
    sessions: Vec<Session<()>>,
    /// How many bytes of each file were seen when it was created.
    before: Vec<u64>,
}

impl Files for Asked {
    type File = ();

    fn write(&mut self, (): &mut (), _: u64, _: &[u8], _: bool) {}

    fn differing(&mut self, (): &mut (), _: u64, _: &[u8]) -> Option<u64> {
        None
    }
}

impl Findings<()> for Asked {
    fn wants(&self, peers: &Peers, host: &[u8]) -> bool {
        host == self.wanted.as_bytes() || peers.server.to_string() == self.wanted
    }

    fn packet(&mut self, _: &Packet<'_>) {}

    fn create(&mut self, session: &Session<()>, _: bool) -> Option<()> {
        self.before.push(session.content.seen.length());
        Some(())
    }

    fn session(&mut self, session: Session<()>) {
        self.sessions.push(session);
    }
}

const NODE: &str = "198.51.100.7:80";

/// What is found of a session that moves, where its two connections begin then, in nanoseconds.
fn asked_for(wanted: &'static str, [here, there]: [u64; 2]) -> Asked {
    let mut upload = upload();
    upload.host_id = Some(b"node7.example".to_vec());
    let first = [upload.create(), upload.fragment(0..4_000)].concat();
    let node = [upload.fragment(4_000..LENGTH), upload.close()].concat();
    let connections = [
        later(here, HERE, SERVER, first),
        later(there, "192.0.2.1:5001", NODE, node),
    ];
    let segments = merged(connections.iter().map(Connection::segments));
    let capture = Container::usual().file(&segments);
    let asked = Asked {
        wanted,
        sessions: Vec::new(),
        before: Vec::new(),
    };
    let mut analysis = Analysis::new(Limits::default(), asked);
    let mut file = CaptureFile::new(&capture[..]).unwrap();
    while file.advance().is_some() {
        analysis.frame(&file.frame().unwrap());
    }
    let (asked, totals) = analysis.finish();
    assert_eq!(totals.session.sessions, 1);
    asked
}

#[test]
fn a_session_is_one_of_every_host_that_it_comes_to() {
    for (wanted, before, in_disorder) in [
        ("files.example", Some(0), Some(5_000)),
        (SERVER, Some(0), Some(5_000)),
        // It is told with the answer to Create-Session.
        ("node7.example", Some(0), Some(0)),
        (NODE, Some(4_000), Some(0)),
        ("elsewhere", None, None),
    ] {
        for (times, before) in [([0, SECOND], before), ([SECOND, 0], in_disorder)] {
            let asked = asked_for(wanted, times);
            let before: Vec<u64> = before.into_iter().collect();
            assert_eq!(asked.before, before, "{wanted}");
            assert_eq!(asked.sessions.len(), before.len(), "{wanted}");
        }
    }
}
