//! Writes the seeds of `session_ops`: lists of operations and of answers, written by hand.
//!
//!     cargo run -p bits-laws --example session_seeds -- FOLDER

mod client;
mod operations;
mod server;
mod troubles;

use std::path::Path;
use std::{env, fs, process};

type Seed = (&'static str, Vec<u8>);

fn main() {
    let Some(folder) = env::args().nth(1) else {
        eprintln!("usage: session_seeds FOLDER");
        process::exit(2);
    };
    let seeds: Vec<Seed> = [
        server::fragments(),
        server::ends(),
        server::owners(),
        troubles::limits(),
        troubles::troubles(),
        client::clients(),
    ]
    .concat();
    for (name, bytes) in &seeds {
        let path = Path::new(&folder).join(name);
        if let Err(error) = fs::write(&path, bytes) {
            eprintln!("{}: {error}", path.display());
            process::exit(2);
        }
    }
    println!("{} seeds in {folder}", seeds.len());
}
