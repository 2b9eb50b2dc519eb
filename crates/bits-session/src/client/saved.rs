//! What is kept of an upload, so that it can go on later.

/// All that has to be kept of an upload so that another process can go on with it.
///
/// Made by `Upload::saved`; to be written whenever it has changed, by whoever owns the storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Saved {
    /// The length of the file, in bytes.
    pub size: u64,
    /// How many bytes of it the server has acknowledged.
    pub offset: u64,
    /// The session, if there is one: opaque bytes.
    pub session_id: Option<Vec<u8>>,
    /// `BITS-Host-Id`: the server that the session has moved to, if it has.
    pub host_id: Option<Vec<u8>>,
    /// `BITS-Host-Id-Fallback-Timeout`, in seconds; never if absent.
    pub host_id_fallback_timeout: Option<u32>,
    /// The greatest length of a Fragment that the server has not refused, in bytes, if it has refused one.
    pub fragment_limit: Option<u64>,
}
