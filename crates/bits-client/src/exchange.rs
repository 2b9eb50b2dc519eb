//! One request and its answer ([RFC 9112]).
//!
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use bits_packet::{ContentRange, RequestType};
use bits_session::client::Failure;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::answer::{self, Received};
use crate::connection::Connection;
use crate::pace::Pace;
use crate::{Error, Observer, Source, tls};

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It may be sent again.
    Failure(Failure, String),
    /// It must not be.
    Fatal(Error),
}

/// Trouble, and whether the server had begun to answer.
#[derive(Debug)]
pub(crate) struct Interrupted {
    pub(crate) trouble: Trouble,
    pub(crate) has_begun: bool,
}

/// How long an exchange may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) send: Duration,
    pub(crate) response: Duration,
}

/// How long to wait for what is not needed: what a server may have said before it closed the connection under a
/// request, and the body behind an answer.
const REMAINDER: Duration = Duration::from_secs(5);

/// What the other end has taken of the body of a Fragment, on whatever try.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flow {
    /// In bytes, at most.
    pub(crate) bytes: u64,
    /// How long, until it took no more.
    pub(crate) time: Duration,
}

/// What is to be sent.
pub(crate) struct Outbound<'a> {
    pub(crate) request: RequestType,
    pub(crate) head: &'a [u8],
    /// The body of a Fragment.
    pub(crate) body: Option<(&'a mut Source, ContentRange)>,
    pub(crate) pace: &'a mut Pace,
    pub(crate) flow: &'a mut Flow,
}

/// Sends a request and reads the answer. An answer that comes before the request is sent ends the
/// request.
pub(crate) async fn exchange(
    connection: &mut Connection,
    outbound: Outbound<'_>,
    limits: Limits,
    observer: &mut (dyn Observer + Send),
) -> Result<Received, Interrupted> {
    let request = outbound.request;
    let Connection {
        endpoint,
        reader,
        writer,
        received,
        ..
    } = connection;
    let (sent, answered) = {
        let mut receive = pin!(answer::receive(reader, received, request));
        let mut send = pin!(send(writer, outbound, limits.send, observer));
        // Writing first: what is sent entirely is not given up for its answer.
        let first = tokio::select! {
            biased;
            sent = &mut send => Ok(sent),
            answered = &mut receive => Err(answered),
        };
        match first {
            Err(answered) => (false, Ok(answered)),
            Ok(Ok(())) => (true, timeout(limits.response, receive).await),
            Ok(Err(SendError::Source(error))) => {
                return Err(Interrupted {
                    trouble: Trouble::Fatal(error),
                    has_begun: true,
                });
            }
            Ok(Err(SendError::TimedOut)) => {
                let detail = format!("not a byte could be sent in {:?}", limits.send);
                return Err(Interrupted {
                    trouble: Trouble::Failure(Failure::TimedOut, detail),
                    has_begun: false,
                });
            }
            Ok(Err(SendError::Io(error))) => {
                let last_words = timeout(REMAINDER.min(limits.response), receive).await;
                match last_words {
                    Ok(Ok(answer)) => (false, Ok(Ok(answer))),
                    // Why the connection was closed.
                    Ok(Err(answer::ReceiveError::Io(last))) if last.get_ref().is_some() => {
                        (false, Ok(Err(answer::ReceiveError::Io(last))))
                    }
                    _ => (false, Ok(Err(answer::ReceiveError::Io(error)))),
                }
            }
        }
    };
    let has_begun = !received.is_empty();
    let fail = |failure, detail| Interrupted {
        trouble: Trouble::Failure(failure, detail),
        has_begun,
    };
    match answered {
        Ok(Ok(mut answer)) => {
            let is_open = sent && answer.keeps_connection();
            answer.is_reusable = is_open
                && timeout(
                    REMAINDER.min(limits.response),
                    answer.pass_over_body(reader, received),
                )
                .await
                .unwrap_or(false);
            Ok(answer)
        }
        Ok(Err(answer::ReceiveError::Io(error))) => {
            // A server may look for a client certificate once the connection is there.
            let fault = tls::fault(&endpoint.host_field, &error, false);
            match fault.filter(|_| endpoint.is_origin) {
                Some(error) => Err(Interrupted {
                    trouble: Trouble::Fatal(error),
                    has_begun,
                }),
                None => Err(fail(Failure::Broken, error.to_string())),
            }
        }
        Ok(Err(answer::ReceiveError::Invalid(detail))) => Err(fail(Failure::InvalidAnswer, detail)),
        Ok(Err(answer::ReceiveError::InvalidHostId(detail))) => {
            let failure = match request {
                RequestType::CreateSession => Failure::InvalidHostId,
                _ => Failure::InvalidAnswer,
            };
            Err(fail(failure, detail))
        }
        Err(_) => {
            let detail = format!("no answer in {:?}", limits.response);
            Err(fail(Failure::TimedOut, detail))
        }
    }
}

enum SendError {
    Io(io::Error),
    TimedOut,
    Source(Error),
}

async fn send(
    writer: &mut (impl AsyncWrite + Unpin),
    outbound: Outbound<'_>,
    limit: Duration,
    observer: &mut (dyn Observer + Send),
) -> Result<(), SendError> {
    write(writer, outbound.head, limit, |_| {}).await?;
    if let Some((source, range)) = outbound.body {
        let mut piece = vec![0; outbound.pace.piece()];
        let mut offset = range.first();
        let (flow, start) = (outbound.flow, Instant::now());
        let before = flow.time;
        while offset < range.end() {
            let left = range.end() - offset;
            let length = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
            let piece = &mut piece[..length];
            source.read(offset, piece).map_err(SendError::Source)?;
            outbound.pace.pass(length).await;
            // What has come of another file before is not published as long as this piece is missing.
            if length as u64 == left {
                source.check().map_err(SendError::Source)?;
            }
            let begun = offset - range.first();
            let count = |length: usize| {
                flow.bytes = flow.bytes.max(begun + length as u64);
                flow.time = before + start.elapsed();
            };
            write(writer, piece, limit, count).await?;
            offset += length as u64;
            observer.sent_bytes(offset);
            // A peer that takes bytes as fast as they come would never let an answer be looked for.
            yield_now().await;
        }
    }
    match timeout(limit, writer.flush()).await {
        Ok(flushed) => flushed.map_err(SendError::Io),
        Err(_) => Err(SendError::TimedOut),
    }
}

/// Writes all of it, and waits for every part no longer than `limit`. `count` is told how much is written.
async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    limit: Duration,
    mut count: impl FnMut(usize),
) -> Result<(), SendError> {
    let mut done = 0;
    while done < bytes.len() {
        match timeout(limit, writer.write(&bytes[done..])).await {
            Ok(Ok(0)) => return Err(SendError::Io(io::ErrorKind::WriteZero.into())),
            Ok(Ok(written)) => {
                done += written;
                count(done);
            }
            Ok(Err(error)) => return Err(SendError::Io(error)),
            Err(_) => return Err(SendError::TimedOut),
        }
    }
    Ok(())
}
