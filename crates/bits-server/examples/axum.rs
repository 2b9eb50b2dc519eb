//! Uploads beneath `/upload`, and what was uploaded beneath `/files`, in one axum server on loopback.
//!
//! ```sh
//! cargo run -p bits-server --example axum -- FOLDER
//! bits send FILE http://127.0.0.1:3000/upload/
//! curl http://127.0.0.1:3000/files/FILE
//! ```

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::{ConnectInfo, Path as Captured, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use bits_server::auth::OpenGate;
use bits_server::store::{DirOptions, DirStore};
use bits_server::{Peer, ServiceOptions, Target, UploadService};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name a folder")?;
    let folder = PathBuf::from(folder);
    let store = DirStore::open(&folder, DirOptions::default())?;
    let uploads = UploadService::new(store, OpenGate, ServiceOptions::default());
    let app = Router::new()
        .route("/files/{name}", get(file))
        .with_state(folder)
        .nest_service("/upload", uploads.clone())
        .layer(from_fn(peer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/upload/", listener.local_addr()?);
    axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async {
        // Without a handler for it, only the process can be ended.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    uploads.shut_down().await;
    Ok(())
}

/// Tells the service who is at the other end.
async fn peer(
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let secure = false;
    request.extensions_mut().insert(Peer { address, secure });
    next.run(request).await
}

async fn file(
    State(folder): State<PathBuf>,
    Captured(name): Captured<String>,
) -> Result<Vec<u8>, StatusCode> {
    // The same rules as for uploads: no name leads out of the folder.
    let target = Target::of_decoded(format!("/{name}")).map_err(|_| StatusCode::NOT_FOUND)?;
    let path = target
        .names()
        .fold(folder, |path: PathBuf, name| path.join(Path::new(name)));
    tokio::fs::read(path)
        .await
        .map_err(|_| StatusCode::NOT_FOUND)
}
