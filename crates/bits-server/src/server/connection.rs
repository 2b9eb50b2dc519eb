//! One connection.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower_service::Service;
use tracing::{debug, warn};

use super::queue::{Queue, Refusal, Verdict};
use super::screen::{MAX_FIELDS, Screen, Timeouts};
use crate::auth::Gate;
use crate::service::{Answer, Peer, UploadService, close, plain};
use crate::store::Store;
use crate::waiting::{Waiting, Why};

/// How much hyper reads at once.
const BUFFER: usize = 128 * 1024;
/// How much is read of what nobody wants after the last answer of a connection, so that the client hears it,
const LINGER: usize = 16 * 1024 * 1024;
/// and for how long.
const LINGER_TIME: Duration = Duration::from_secs(5);

/// Serves a connection to its end.
pub(super) async fn serve<S: Store, G: Gate, T: AsyncRead + AsyncWrite + Unpin>(
    io: T,
    peer: Peer,
    service: UploadService<S, G>,
    waiting: Arc<Waiting>,
    timeouts: Timeouts,
    stopping: CancellationToken,
) {
    let queue = Arc::new(Queue::default());
    let reading = service.options().reading;
    let screen = Screen::new(
        io,
        Arc::clone(&queue),
        Arc::clone(&waiting),
        reading,
        timeouts,
    );
    let answering = Answering {
        service,
        queue: Arc::clone(&queue),
        waiting: Arc::clone(&waiting),
        peer,
    };
    let max_head = usize::try_from(reading.max_head()).unwrap_or(usize::MAX);
    let mut connection = http1::Builder::new()
        // Where a client ends its half behind a request, it waits for the answer. And no head is read as long as a
        // request is not answered: the screen takes a connection on which it waits for a head for idle.
        .half_close(true)
        // The screen has its own timer.
        .header_read_timeout(None)
        .max_buf_size(BUFFER.max(max_head.saturating_mul(2)))
        .max_headers(MAX_FIELDS)
        .title_case_headers(true)
        .serve_connection(
            TokioIo::new(screen),
            service_fn(move |request| answering.clone().answer(request)),
        );
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended,
            () = stopping.cancelled(), if !queue.is_closing() => {
                queue.close();
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    if let Err(error) = ended {
        debug!(peer = %peer.address, %error, "a connection ends");
    }
    let (io, is_unread) = connection.into_parts().io.into_inner().into_inner();
    let place = waiting.enter(Why::Unwanted);
    tokio::select! {
        () = part(io, is_unread) => {}
        () = place.left() => {}
    }
}

/// Closes a connection. If the client is still sending, it would not hear the last answer: what it sends is read for a
/// while.
async fn part<T: AsyncRead + AsyncWrite + Unpin>(mut io: T, is_unread: bool) {
    let linger = async {
        if io.shutdown().await.is_err() || !is_unread {
            return;
        }
        let (mut piece, mut count) = (vec![0; 16 * 1024], 0);
        while count < LINGER {
            match io.read(&mut piece).await {
                Ok(length @ 1..) => count += length,
                _ => return,
            }
        }
    };
    // Whether the client has gone or sends on: that is its own affair.
    let _ = timeout(LINGER_TIME, linger).await;
}

struct Answering<S, G> {
    service: UploadService<S, G>,
    queue: Arc<Queue>,
    waiting: Arc<Waiting>,
    peer: Peer,
}

impl<S, G> Clone for Answering<S, G> {
    fn clone(&self) -> Self {
        Answering {
            service: self.service.clone(),
            queue: Arc::clone(&self.queue),
            waiting: Arc::clone(&self.waiting),
            peer: self.peer,
        }
    }
}

impl<S: Store, G: Gate> Answering<S, G> {
    fn answer(
        mut self,
        mut request: http::Request<Incoming>,
    ) -> Pin<Box<impl Future<Output = Result<Answer, Infallible>> + use<S, G>>> {
        Box::pin(async move {
            match self.queue.pop() {
                Some(Verdict::Accepted) => {
                    request.extensions_mut().insert(self.peer);
                    request.extensions_mut().insert(self.waiting);
                    self.service.call(request).await
                }
                Some(Verdict::Refused(refusal)) => Ok(self.refuse(refusal).await),
                None => {
                    // hyper has seen more heads than the screen: they read the connection in two ways.
                    let mut answer = plain(500);
                    close(&mut answer);
                    Ok(answer)
                }
            }
        })
    }

    async fn refuse(&self, refusal: Refusal) -> Answer {
        let (answer, reason) = (refusal.answer(), refusal.reason);
        let status = answer.status().as_u16();
        let metrics = self.service.metrics();
        metrics.count_error(reason.name());
        warn!(peer = %self.peer.address, reason = %reason, status, "head refused");
        let (packet, answer) = match refusal.named {
            None => ("none", answer),
            Some(mut named) => {
                named.extensions.insert(self.peer);
                self.service.answer_to_refused(*named, answer).await
            }
        };
        metrics.count_request(packet, answer.status().as_u16());
        answer
    }
}
