//! Who watches an upload.

use std::time::Duration;

use bits_session::client::{Problem, Saved};

use crate::{Error, Redacted};

/// Is told what happens. Every method does nothing unless it is written.
pub trait Observer {
    /// A head is about to be sent.
    fn sending(&mut self, head: Redacted<'_>) {
        let _ = head;
    }

    /// A head has come, or in its place what is none, or ends too early: its first 4 KiB.
    fn received(&mut self, head: Redacted<'_>) {
        let _ = head;
    }

    /// The bytes of the file before `offset` have been sent, and are not acknowledged yet.
    fn sent_bytes(&mut self, offset: u64) {
        let _ = offset;
    }

    /// There is a session, or the server has acknowledged more or less of the file than before.
    fn advanced(&mut self, saved: &Saved) {
        let _ = saved;
    }

    /// A request has failed, and is sent again after `delay`. `detail` says more, if more is known.
    fn retrying(&mut self, problem: &Problem, detail: Option<&str>, delay: Duration) {
        let _ = (problem, detail, delay);
    }

    /// The state of the upload cannot be stored. The upload goes on, and this is told once.
    fn not_stored(&mut self, error: &Error) {
        let _ = error;
    }
}

/// Nobody watches.
impl Observer for () {}
