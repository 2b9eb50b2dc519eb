//! Sessions without their files.

use crate::http::Peers;
use crate::session::{Files, Findings, Packet, Session};

/// Keeps the sessions that are found, and no byte of their files.
#[derive(Debug, Default)]
pub struct Sessions {
    /// What was found.
    pub sessions: Vec<Session<()>>,
}

impl Files for Sessions {
    type File = ();

    fn write(&mut self, (): &mut (), _: u64, _: &[u8], _: bool) {}

    fn differing(&mut self, (): &mut (), _: u64, _: &[u8]) -> Option<u64> {
        None
    }
}

impl Findings<()> for Sessions {
    fn wants(&self, _: &Peers, _: &[u8]) -> bool {
        true
    }

    fn packet(&mut self, _: &Packet<'_>) {}

    fn create(&mut self, _: &Session<()>, _: bool) -> Option<()> {
        None
    }

    fn session(&mut self, session: Session<()>) {
        self.sessions.push(session);
    }
}
