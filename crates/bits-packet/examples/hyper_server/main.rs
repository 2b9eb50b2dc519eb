//! BITS uploads answered inside a hyper 1 server, in memory, on loopback.
//!
//! `cargo run -p bits-packet --features http --example hyper_server [PORT]`
//!
//! Stops by itself after 100 requests or 60 seconds, and says what has arrived.

mod service;

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use service::{Bounds, Endpoint};
use tokio::net::TcpListener;

const BOUNDS: Bounds = Bounds {
    requests: 100,
    time: Duration::from_secs(60),
};

fn main() -> io::Result<()> {
    let port = match std::env::args().nth(1) {
        Some(port) => port.parse().map_err(io::Error::other)?,
        None => 0,
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run(port))
}

async fn run(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}/", listener.local_addr()?);
    let endpoint = Endpoint::new(BOUNDS);
    endpoint.serve(listener).await?;
    for (path, file) in endpoint.files() {
        println!("{path}: {} bytes", file.len());
    }
    Ok(())
}
