//! What an administrator decides.

use std::time::Duration;

/// What to do with a Fragment that begins below the offset that is wanted next (D-19).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// Keep the old bytes and take those that are new, as Microsoft's documentation says. A Fragment without any
    /// is acknowledged.
    #[default]
    AcceptNew,
    /// 416, as the specification says.
    Refuse,
}

/// The rules of an upload endpoint.
///
/// The default is what the server of Windows does, with limits where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Fragments that overlap.
    pub overlap: Overlap,
    /// The greatest file, in bytes (`BITSMaximumUploadSize`). Above it: 500 and BG_E_TOO_LARGE (D-20).
    pub max_file: u64,
    /// The greatest Fragment, in bytes. Above it: 413, upon which a client sends smaller ones.
    pub max_fragment: u64,
    /// How many sessions a user may have (`BITSNumberOfSessionsLimit`). Above it: 503.
    pub max_sessions: u32,
    /// After so long without a packet that succeeds, a session ends (`BITSSessionTimeout`, D-49).
    pub idle_timeout: Duration,
    /// Whether a file may be put over another (`BITSAllowOverwrites`). If not: 403 (D-15).
    pub overwrite: bool,
    /// Whether Close-Session without any Fragment makes an empty file, if nothing is there.
    pub empty_files: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            overlap: Overlap::AcceptNew,
            max_file: u64::MAX,
            max_fragment: u64::MAX,
            max_sessions: 50,
            idle_timeout: Duration::from_secs(1_209_600),
            overwrite: false,
            empty_files: false,
        }
    }
}
