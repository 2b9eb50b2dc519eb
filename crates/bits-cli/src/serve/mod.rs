//! `bits serve`.

mod limits;
mod log;
pub mod options;

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bits_packet::Deviation;
#[cfg(feature = "negotiate")]
use bits_server::auth::Negotiate;
use bits_server::auth::{AuthGate, Basic, Gate, OpenGate, PasswordFile, Rights};
use bits_server::store::{DirOptions, DirStore, Durability};
use bits_server::{Server, ServerOptions, ServiceOptions, Tls, UploadService};
use bits_session::server::Overlap;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

use self::options::{Options, ServeArgs, Size, Span};
use crate::text::ERROR;

const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
/// How many threads wait for the disk at most. More would hold memory, and not make it faster.
const MAX_BLOCKING_THREADS: usize = 32;

/// Serves until it is told to stop.
pub(crate) fn serve(arguments: ServeArgs) -> ExitCode {
    match try_serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{ERROR}error:{ERROR:#} {error}");
            ExitCode::from(2)
        }
    }
}

fn try_serve(arguments: ServeArgs) -> Result<(), String> {
    let ServeArgs {
        folder,
        config,
        options,
    } = arguments;
    let options = match config {
        Some(path) => options.or(Options::read(&path)?),
        None => options,
    };
    check_limits(&options)?;
    #[cfg(feature = "negotiate")]
    if let Some(keytab) = &options.keytab {
        Negotiate::start_with_keytab(keytab)
            .map_err(|error| format!("{}: {error}", keytab.display()))?;
    }
    log::start(&options);
    let tls = tls(&options)?;
    let gate = gate(&options, tls.is_some())?;
    let store =
        DirStore::open(&folder, dir_options(&options)).map_err(|error| error.to_string())?;
    let sockets = sockets(&options, gate.is_some())?;
    let admin = match options.admin {
        Some(address) => Some(bind(address, "admin")?),
        None => None,
    };
    let service = service_options(&options)?;
    let server = server_options(&options);
    limits::provide_files(server.max_connections);
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .thread_keep_alive(Duration::from_secs(5))
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start threads: {error}"))?;
    let ready = Ready {
        folder: &folder,
        store,
        service,
        server,
        sockets,
        admin,
        tls,
    };
    runtime.block_on(async move {
        match gate {
            None => ready.run(OpenGate, None).await,
            Some((gate, passwords)) => ready.run(gate, passwords).await,
        }
    })
}

/// All that a server needs but its gate.
struct Ready<'a> {
    folder: &'a Path,
    store: DirStore,
    service: ServiceOptions,
    server: ServerOptions,
    sockets: Vec<TcpListener>,
    admin: Option<TcpListener>,
    tls: Option<Arc<Tls>>,
}

impl Ready<'_> {
    async fn run<G: Gate>(
        self,
        gate: G,
        passwords: Option<Arc<PasswordFile>>,
    ) -> Result<(), String> {
        let fail = |error: io::Error| format!("cannot listen: {error}");
        let service = UploadService::new(self.store, gate, self.service);
        let mut server = Server::new(service, self.server);
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let mut urls = Vec::new();
        for socket in self.sockets {
            let address = socket.local_addr().map_err(fail)?;
            urls.push(format!("{scheme}://{address}/"));
            server.listen(socket, self.tls.clone()).map_err(fail)?;
        }
        if let Some(socket) = self.admin {
            server.listen_admin(socket).map_err(fail)?;
        }
        let fail = |error| format!("cannot wait for signals: {error}");
        let stop = stop().map_err(fail)?;
        reload_on_hangup(self.tls, passwords).map_err(fail)?;
        limits::outlive_file_limit().map_err(fail)?;
        info!(folder = ?self.folder, urls = urls.join(" "), "serving");
        // Whoever has started it may have closed its output: it serves all the same.
        let _ = announce(&urls);
        server.run(stop).await;
        info!("ended");
        Ok(())
    }
}

/// Tells where it listens, and how that is tried.
fn announce(urls: &[String]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for url in urls {
        writeln!(stdout, "{url}")?;
    }
    if let Some(url) = urls.first() {
        writeln!(stdout, "Try it: bits send FILE {url}")?;
    }
    stdout.flush()
}

/// Comes back at the first signal to end; a second one ends the process at once.
fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut next = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(async move {
        next().await;
        info!(
            "ending: no new connection is accepted, requests may end; a second signal ends at once"
        );
        tokio::spawn(async move {
            next().await;
            std::process::exit(1);
        });
    })
}

/// Reads certificates and passwords again on SIGHUP. What cannot be read leaves the old ones in use.
fn reload_on_hangup(tls: Option<Arc<Tls>>, passwords: Option<Arc<PasswordFile>>) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if let Some(tls) = &tls {
                told("certificate", tls.reload());
            }
            if let Some(passwords) = &passwords {
                told("passwords", passwords.reload());
            }
        }
    });
    Ok(())
}

fn told<E: Display>(what: &str, read: Result<(), E>) {
    match read {
        Ok(()) => info!(what, "read again"),
        Err(error) => error!(what, %error, "cannot be read again: the old stays in use"),
    }
}

/// Refuses limits under which nothing could be uploaded.
fn check_limits(options: &Options) -> Result<(), String> {
    let limits = [
        ("max-fragment", options.max_fragment == Some(Size(0))),
        ("max-file", options.max_file == Some(Size(0))),
        ("max-sessions", options.max_sessions == Some(0)),
        ("max-connections", options.max_connections == Some(0)),
        (
            "max-connections-per-peer",
            options.max_connections_per_peer == Some(0),
        ),
    ];
    match limits.iter().find(|(_, is_zero)| *is_zero) {
        None => Ok(()),
        Some((flag, _)) => Err(format!(
            "--{flag} 0: nothing could be uploaded; give at least 1"
        )),
    }
}

fn tls(options: &Options) -> Result<Option<Arc<Tls>>, String> {
    match (&options.tls_certificate, &options.tls_key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => match Tls::load(certificate, key) {
            Ok(tls) => Ok(Some(Arc::new(tls))),
            Err(error) => Err(error.to_string()),
        },
        (Some(_), None) => Err("--tls-certificate needs --tls-key beside it".to_owned()),
        (None, Some(_)) => Err("--tls-key needs --tls-certificate beside it".to_owned()),
    }
}

/// Who asks for names, if anybody does, and the passwords that are to be read again.
type Asking = Option<(AuthGate, Option<Arc<PasswordFile>>)>;

fn gate(options: &Options, is_encrypted: bool) -> Result<Asking, String> {
    let rights = Rights::new(options.rights.clone()).map_err(|error| format!("rights: {error}"))?;
    let has_rights = !rights.is_empty();
    let has_kerberos = options.kerberos_service.is_some() || options.kerberos_realm.is_some();
    if has_kerberos && options.keytab.is_none() {
        return Err("--kerberos-service and --kerberos-realm need --keytab beside them".to_owned());
    }
    let gate = with_negotiate(AuthGate::new(rights), options)?;
    match &options.passwords {
        Some(path) => {
            let (basic, file) = basic(path, options, is_encrypted)?;
            Ok(Some((gate.0.with_basic(basic), Some(file))))
        }
        None if options.realm.is_some() => Err(
            "--realm is for those who are asked for a password: name a file with --passwords"
                .to_owned(),
        ),
        None if options.allow_basic_without_tls == Some(true) => Err(
            "--allow-basic-without-tls is for those who have passwords: name a file with --passwords"
                .to_owned(),
        ),
        None if gate.1 => Ok(Some((gate.0, None))),
        None if has_rights => Err("rights need users: name a file with --passwords".to_owned()),
        None => Ok(None),
    }
}

fn basic(
    path: &Path,
    options: &Options,
    is_encrypted: bool,
) -> Result<(Basic, Arc<PasswordFile>), String> {
    let without_tls = options.allow_basic_without_tls.unwrap_or(false);
    let listen = options.listen.as_deref().unwrap_or_default();
    if let Some(address) = listen.iter().find(|address| !address.ip().is_loopback())
        && !is_encrypted
        && !without_tls
    {
        return Err(format!(
            "{address}: passwords would come over connections that are not encrypted; \
             name a certificate with --tls-certificate and --tls-key, listen on loopback behind a proxy with TLS, \
             or say --allow-basic-without-tls"
        ));
    }
    let file = PasswordFile::open(path, false).map_err(|error| error.to_string())?;
    let file = Arc::new(file);
    if file.is_empty() {
        warn!(file = ?path, "nobody has a password: make users with `bits passwd`");
    }
    let realm = options.realm.as_deref().unwrap_or("bits");
    let basic = Basic::new(Arc::clone(&file), realm).map_err(|error| error.to_string())?;
    Ok((basic.allow_without_tls(without_tls), file))
}

/// The gate, and whether it offers Negotiate.
#[cfg(feature = "negotiate")]
fn with_negotiate(gate: AuthGate, options: &Options) -> Result<(AuthGate, bool), String> {
    if options.keytab.is_none() {
        return Ok((gate, false));
    }
    let service = options.kerberos_service.as_deref().unwrap_or("HTTP");
    let mut negotiate = Negotiate::new(service).map_err(|error| error.to_string())?;
    if let Some(realm) = &options.kerberos_realm {
        negotiate = negotiate.without_realm(realm);
    }
    Ok((gate.with_negotiate(negotiate), true))
}

#[cfg(not(feature = "negotiate"))]
fn with_negotiate(gate: AuthGate, options: &Options) -> Result<(AuthGate, bool), String> {
    match options.keytab {
        None => Ok((gate, false)),
        Some(_) => Err(
            "--keytab: this `bits` is built without Kerberos; build it with `--features negotiate`"
                .to_owned(),
        ),
    }
}

fn sockets(options: &Options, asks_for_names: bool) -> Result<Vec<TcpListener>, String> {
    let Some(addresses) = &options.listen else {
        return match TcpListener::bind(DEFAULT_ADDRESS) {
            // Nobody has asked for that port.
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                bind(SocketAddr::new(DEFAULT_ADDRESS.ip(), 0), "listen").map(|socket| vec![socket])
            }
            Err(error) => Err(format!("{DEFAULT_ADDRESS}: {error}")),
            Ok(socket) => Ok(vec![socket]),
        };
    };
    if let Some(address) = addresses.iter().find(|address| !address.ip().is_loopback())
        && !asks_for_names
    {
        return Err(format!(
            "{address}: everybody who reaches this address could upload; ask for names with --passwords FILE \
             (see `bits help passwd`), or listen on loopback: --listen 127.0.0.1:{}",
            address.port()
        ));
    }
    addresses
        .iter()
        .map(|address| bind(*address, "listen"))
        .collect()
}

fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|error| {
        format!("{address}: {error}; give an address of this machine and a free port with --{flag}")
    })
}

fn dir_options(options: &Options) -> DirOptions {
    let mut dir = DirOptions::default();
    set(&mut dir.durability, options.durability.map(durability));
    set(&mut dir.keep_free, options.keep_free.map(bytes));
    dir
}

fn durability(durability: options::Durability) -> Durability {
    match durability {
        options::Durability::Fragment => Durability::Fragment,
        options::Durability::Commit => Durability::Commit,
    }
}

fn service_options(options: &Options) -> Result<ServiceOptions, String> {
    let mut service = ServiceOptions::default();
    let policy = &mut service.policy;
    let overlap = |overlap| match overlap {
        options::Overlap::Accept => Overlap::AcceptNew,
        options::Overlap::Refuse => Overlap::Refuse,
    };
    set(&mut policy.overlap, options.overlap.map(overlap));
    set(&mut policy.max_file, options.max_file.map(bytes));
    set(&mut policy.max_fragment, options.max_fragment.map(bytes));
    set(&mut policy.max_sessions, options.max_sessions);
    set(&mut policy.idle_timeout, options.session_timeout.map(time));
    set(&mut policy.overwrite, options.overwrite);
    set(&mut policy.empty_files, options.empty_files);
    let body = &mut service.body;
    set(&mut body.idle, options.body_timeout.map(time));
    set(&mut body.grace, options.body_grace.map(time));
    set(&mut body.rate, options.body_rate.map(bytes));
    set(&mut body.drain, options.drain.map(bytes));
    if options.strict == Some(true) {
        service.reading = bits_packet::Options::STRICT;
    }
    if options.method_override == Some(true) {
        service.reading = service.reading.allow(Deviation::MethodOverride);
    }
    if let Some(Size(size)) = options.max_head {
        let size = u32::try_from(size)
            .ok()
            .filter(|size| (1024..=1 << 24).contains(size));
        let size = size.ok_or("--max-head must be from 1KiB to 16MiB")?;
        service.reading = service.reading.with_max_head(size);
    }
    Ok(service)
}

fn server_options(options: &Options) -> ServerOptions {
    let mut server = ServerOptions::default();
    set(&mut server.head_timeout, options.head_timeout.map(time));
    set(&mut server.idle_timeout, options.idle_timeout.map(time));
    set(
        &mut server.shutdown_timeout,
        options.shutdown_timeout.map(time),
    );
    set(&mut server.max_connections, options.max_connections);
    server.max_connections_per_peer = options.max_connections_per_peer;
    server
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn bytes(Size(bytes): Size) -> u64 {
    bytes
}

fn time(Span(time): Span) -> Duration {
    time
}
