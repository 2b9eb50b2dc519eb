//! What exchanges are told to.

use std::net::SocketAddr;

use bits_packet::Error;

use super::{RequestRead, ResponseRead};
use crate::tcp::HalfTotals;

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peers {
    /// Who asks.
    pub client: SocketAddr,
    /// Who answers.
    pub server: SocketAddr,
    /// When the connection was first seen, in nanoseconds since 1970-01-01 UTC.
    pub since: u64,
}

/// What happened to the body of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPart<'a> {
    /// The next bytes.
    Data(&'a [u8]),
    /// The next so many bytes are missing.
    Missing(u64),
    /// It is over.
    End {
        /// Whether that was all of it, missing bytes included.
        is_whole: bool,
    },
}

/// What is made of exchanges.
pub trait Observer {
    /// What is remembered of an exchange.
    type Exchange: std::fmt::Debug;
    /// What is remembered of a connection.
    type Connection: std::fmt::Debug;

    /// A connection on which HTTP is spoken.
    fn connection(&mut self, peers: &Peers) -> Self::Connection;

    /// A request begins.
    fn request(
        &mut self,
        connection: &mut Self::Connection,
        time: u64,
        request: &RequestRead<'_>,
    ) -> Self::Exchange;

    /// The body of a request.
    fn request_body(&mut self, exchange: &mut Self::Exchange, time: u64, part: BodyPart<'_>);

    /// A response begins: to `exchange`, if its request was seen. Interim responses (1xx) come, too.
    fn response(
        &mut self,
        connection: &mut Self::Connection,
        exchange: Option<&mut Self::Exchange>,
        time: u64,
        response: &ResponseRead<'_>,
    );

    /// The body of the last final response of the exchange.
    fn response_body(&mut self, exchange: &mut Self::Exchange, time: u64, part: BodyPart<'_>);

    /// What was taken for the request of an exchange was a part of a body.
    fn revoke(&mut self, connection: &mut Self::Connection, exchange: Self::Exchange, time: u64);

    /// An exchange is over: answered, or never to be.
    fn over(&mut self, exchange: Self::Exchange, time: u64);

    /// A head is no HTTP, and what follows cannot be framed.
    fn malformed(&mut self, connection: &mut Self::Connection, time: u64, error: Error);

    /// A connection is over.
    fn close(&mut self, connection: Self::Connection, totals: [HalfTotals; 2], time: u64);
}
