//! A server that is ready to run.

mod accept;
mod admin;
mod connection;
mod queue;
mod screen;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use accept::{Doors, Visitor};
use connection::serve;
use screen::Timeouts;
pub use tls::{Tls, TlsError};

use crate::auth::Gate;
use crate::service::{Peer, UploadService};
use crate::store::Store;
use crate::waiting::{Waiting, Why};

/// How long nobody is let in after that has failed, as when there are too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How many connections wait to be accepted.
const BACKLOG: i32 = 1024;
/// How long connections get to send their last answers when their bodies were cut.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a [`Server`] treats connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerOptions {
    /// How long a head may take, from its first byte on. Default 30 seconds.
    pub head_timeout: Duration,
    /// How long a connection may do nothing between two requests. Default 2 minutes.
    pub idle_timeout: Duration,
    /// How long a client may take no byte of an answer. Default a minute.
    pub write_timeout: Duration,
    /// How long TLS may take to begin. Default 10 seconds.
    pub handshake_timeout: Duration,
    /// How many connections are open at once; more wait to be accepted. As long as all places are taken, those make room
    /// that do nothing for anybody: whose client sends what nobody wants, then who has asked nothing for longest, then
    /// who is slow to say what he asks. Default 512.
    pub max_connections: usize,
    /// How many of them from one address; more are closed at once. Default: as many as there may be.
    pub max_connections_per_peer: Option<usize>,
    /// How long requests get to end when the server does. Default 30 seconds.
    pub shutdown_timeout: Duration,
    /// How often sessions are looked for that were idle for too long, and after which time first. Default 10 minutes.
    pub sweep_interval: Duration,
    /// How many of them are removed at once. Default 1,000.
    pub sweep_max: usize,
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(60),
            handshake_timeout: Duration::from_secs(10),
            max_connections: 512,
            max_connections_per_peer: None,
            shutdown_timeout: Duration::from_secs(30),
            sweep_interval: Duration::from_secs(600),
            sweep_max: 1000,
        }
    }
}

/// A server for an [`UploadService`].
///
/// Every head is read by bits-packet before hyper sees it. What that refuses hyper never sees: it is answered in its
/// turn, with an Ack if it means to be one of BITS, and the connection closes. So no two readers see two messages in
/// one.
pub struct Server<S, G> {
    service: UploadService<S, G>,
    options: ServerOptions,
    doors: Doors,
    admin: Option<TcpListener>,
}

impl<S: Store, G: Gate> Server<S, G> {
    /// A server that listens nowhere yet.
    #[must_use]
    pub fn new(service: UploadService<S, G>, options: ServerOptions) -> Self {
        let doors = Doors::new(options.max_connections, options.max_connections_per_peer);
        Server {
            service,
            options,
            doors,
            admin: None,
        }
    }

    /// Listens to a socket, with TLS or without. Within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the socket is none that can be waited for.
    pub fn listen(
        &mut self,
        socket: std::net::TcpListener,
        tls: Option<Arc<Tls>>,
    ) -> io::Result<()> {
        self.doors.add(listener(socket)?, tls);
        Ok(())
    }

    /// Answers `/healthz` and `/metrics` on a socket of its own, to whoever asks. Within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the socket is none that can be waited for.
    pub fn listen_admin(&mut self, socket: std::net::TcpListener) -> io::Result<()> {
        self.admin = Some(listener(socket)?);
        Ok(())
    }

    /// Serves until `stop` comes back; then lets requests end, as long as there is time, and cuts the bodies of others.
    /// Every byte that has arrived is kept.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Server {
            service,
            options,
            mut doors,
            admin,
        } = self;
        let (connections, stopping) = (TaskTracker::new(), CancellationToken::new());
        let admin = admin.map(|listener| {
            tokio::spawn(admin::serve(listener, service.clone(), stopping.clone()))
        });
        let sweeper = tokio::spawn(sweep(service.clone(), options.clone(), stopping.clone()));
        tokio::pin!(stop);
        loop {
            let visitor = tokio::select! {
                biased;
                () = &mut stop => break,
                visitor = doors.open() => visitor,
            };
            let (service, options, stopping) = (service.clone(), options.clone(), stopping.clone());
            let waiting = doors.waiting();
            connections
                .spawn(async move { host(visitor, service, &options, waiting, stopping).await });
        }
        // Nobody else is let in.
        drop(doors);
        stopping.cancel();
        connections.close();
        if timeout(options.shutdown_timeout, connections.wait())
            .await
            .is_err()
        {
            warn!("requests do not end: bodies are cut");
        }
        service.shut_down().await;
        if timeout(LAST_WORDS, connections.wait()).await.is_err() {
            warn!("connections do not end: they are dropped");
        }
        // A session that is half removed would be removed at the next start; wait for it all the same.
        let _ = sweeper.await;
        if let Some(admin) = admin {
            admin.abort();
        }
    }
}

impl<S, G> fmt::Debug for Server<S, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("service", &self.service)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn listener(socket: std::net::TcpListener) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    // Who has opened it may have asked for a short queue, as the standard library does.
    let _ = rustix::net::listen(&socket, BACKLOG);
    TcpListener::from_std(socket)
}

/// Serves a visitor until it goes.
async fn host<S: Store, G: Gate>(
    visitor: Visitor,
    service: UploadService<S, G>,
    options: &ServerOptions,
    waiting: Arc<Waiting>,
    stopping: CancellationToken,
) {
    let Visitor {
        stream,
        address,
        tls,
        permit,
    } = visitor;
    let metrics = Arc::clone(service.metrics());
    metrics.connection_opened();
    let timeouts = Timeouts {
        head: options.head_timeout,
        idle: options.idle_timeout,
        write: options.write_timeout,
    };
    let peer = |secure| Peer { address, secure };
    match tls {
        None => serve(stream, peer(false), service, waiting, timeouts, stopping).await,
        Some(tls) => match shake_hands(stream, &tls, options.handshake_timeout, &waiting).await {
            Ok(stream) => serve(stream, peer(true), service, waiting, timeouts, stopping).await,
            Err(error) => {
                metrics.count_error("handshake");
                info!(peer = %address, %error, "TLS does not begin");
            }
        },
    }
    metrics.connection_closed();
    drop(permit);
}

async fn shake_hands(
    stream: tokio::net::TcpStream,
    tls: &Tls,
    time: Duration,
    waiting: &Arc<Waiting>,
) -> io::Result<tokio_rustls::server::TlsStream<tokio::net::TcpStream>> {
    let place = waiting.enter(Why::Head);
    tokio::select! {
        done = tls.acceptor().accept(stream) => done,
        () = tokio::time::sleep(time) => Err(io::ErrorKind::TimedOut.into()),
        () = place.left() => Err(io::Error::other("it makes room for others")),
    }
}

/// Removes sessions that were idle for too long, until the server ends.
async fn sweep<S: Store, G: Gate>(
    service: UploadService<S, G>,
    options: ServerOptions,
    stopping: CancellationToken,
) {
    let mut times = interval(options.sweep_interval.max(Duration::from_secs(1)));
    // At the start they are only counted: until the system has asked for the time, its clock may be anywhere.
    let mut max = 0;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = times.tick() => {}
        }
        let swept = service.sweep(max).await;
        max = options.sweep_max;
        match swept {
            Ok(0) => {}
            Ok(count) => info!(count, "idle sessions were removed"),
            Err(error) => error!(%error, "idle sessions cannot be looked for"),
        }
    }
}
