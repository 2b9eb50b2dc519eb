//! What an administrator asks.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::auth::Gate;
use crate::service::UploadService;
use crate::store::Store;

const MAX_CONNECTIONS: usize = 16;
/// How long a head may take.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long a connection may last.
const TIME: Duration = Duration::from_secs(60);
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `/healthz` and `/metrics` for ever.
pub(super) async fn serve<S: Store, G: Gate>(
    listener: TcpListener,
    service: UploadService<S, G>,
    stopping: CancellationToken,
) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "cannot accept a connection of an administrator");
                tokio::time::sleep(super::ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (service, stopping) = (service.clone(), stopping.clone());
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let (service, stopping) = (service.clone(), stopping.clone());
                async move { Ok::<_, Infallible>(answer(&request, &service, &stopping).await) }
            });
            let mut builder = http1::Builder::new();
            // Few connections are open at once: none is held by one that says nothing.
            builder
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .keep_alive(false)
                .max_buf_size(16 * 1024);
            let connection = builder.serve_connection(TokioIo::new(stream), answer);
            // Whoever asks has gone, or stays too long.
            let _ = timeout(TIME, connection).await;
            drop(permit);
        });
    }
}

async fn answer<S: Store, G: Gate, B>(
    request: &Request<B>,
    service: &UploadService<S, G>,
    stopping: &CancellationToken,
) -> Response<Full<Bytes>> {
    const PLAIN: &str = "text/plain; charset=utf-8";
    let (status, text, kind) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => {
            let (status, text) = match service.check().await {
                _ if stopping.is_cancelled() => {
                    (StatusCode::SERVICE_UNAVAILABLE, "ending\n".to_owned())
                }
                Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
                Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
            };
            (status, text, PLAIN)
        }
        (&Method::GET | &Method::HEAD, "/metrics") => {
            (StatusCode::OK, service.metrics().to_text(), TEXT)
        }
        (_, "/healthz" | "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, String::new(), PLAIN),
        _ => (
            StatusCode::NOT_FOUND,
            "there are /healthz and /metrics\n".to_owned(),
            PLAIN,
        ),
    };
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    let kind = http::HeaderValue::from_static(kind);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}
