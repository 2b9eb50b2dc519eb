//! Ping and its Ack: [MC-BUP] 2.2.4 and 2.2.5.

use crate::read::Reader;
use crate::{Ack, Error, StatusCode};

/// Opens a connection, and lets it authenticate before data moves ([MC-BUP] 2.2.4).
///
/// Names no session; a session id on it is of no use (D-7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ping;

impl Ping {
    pub(crate) fn read(reader: &mut Reader<'_, '_, '_>) -> Result<Self, Error> {
        reader.no_body()?;
        Ok(Ping)
    }
}

/// The server is there ([MC-BUP] 2.2.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PingAck;

impl From<PingAck> for Ack<'_> {
    fn from(_: PingAck) -> Self {
        Ack::new(StatusCode::OK, Some(crate::RequestType::Ping))
    }
}
