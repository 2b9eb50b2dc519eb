//! All layers together: frames to sessions.

use crate::file::Frame;
use crate::http::{Http, HttpTotals};
use crate::link::{Dissector, LinkTotals};
use crate::session::{Files, Findings, SessionTotals, Tracker};
use crate::tcp::{Limits, Table, TcpTotals};

/// What was counted, layer by layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Frames and IP.
    pub link: LinkTotals,
    /// TCP.
    pub tcp: TcpTotals,
    /// HTTP.
    pub http: HttpTotals,
    /// BITS.
    pub session: SessionTotals,
}

/// Reads frames, and finds sessions.
///
/// ```
/// use bits_capture::{Analysis, file::CaptureFile, tcp::Limits, inspect::Sessions};
///
/// # let capture = include_bytes!("../tests/captures/mc-bup-4.1.pcap");
/// let mut file = CaptureFile::new(&capture[..])?;
/// let mut analysis = Analysis::new(Limits::default(), Sessions::default());
/// while file.advance().is_some() {
///     if let Some(frame) = file.frame() {
///         analysis.frame(&frame);
///     }
/// }
/// let (found, totals) = analysis.finish();
/// assert_eq!(totals.session.sessions, 1);
/// assert_eq!(found.sessions[0].target, b"/upload/2000mb-rfc2119.txt");
/// assert!(found.sessions[0].content.is_whole());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Analysis<O: Files + Findings<O::File>> {
    dissector: Dissector,
    table: Table<Http<Tracker<O>>>,
    http: Http<Tracker<O>>,
}

impl<O: Files + Findings<O::File>> Analysis<O> {
    /// Nothing is known yet. What is found goes to `findings`.
    pub fn new(limits: Limits, findings: O) -> Self {
        Analysis {
            dissector: Dissector::default(),
            table: Table::new(limits),
            http: Http::new(Tracker::new(findings)),
        }
    }

    /// Takes segments whatever their checksums are.
    pub const fn ignore_checksums(&mut self) {
        self.dissector.ignores_checksums = true;
    }

    /// The next frame.
    pub fn frame(&mut self, frame: &Frame<'_>) {
        if let Some(segment) = self.dissector.segment(frame) {
            self.table.segment(&segment, &mut self.http);
        }
    }

    /// How many bytes of TCP streams wait, with what it costs to keep them.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.table.buffered()
    }

    /// What is done with what is found.
    pub fn findings_mut(&mut self) -> &mut O {
        &mut self.http.observer.findings
    }

    /// The capture is over: tells what is left.
    pub fn finish(mut self) -> (O, Totals) {
        self.table.finish_all(&mut self.http);
        self.http.observer.finish();
        let totals = Totals {
            link: self.dissector.totals(),
            tcp: self.table.totals(),
            http: self.http.totals(),
            session: self.http.observer.totals(),
        };
        (self.http.observer.findings, totals)
    }
}
