//! Writes captures of uploads, the same in every run.
//!
//!     cargo run -p bits-laws --example capture -- mc-bup-4.1 OUT.pcap
//!     cargo run -p bits-laws --example capture -- mc-bup-4.2 OUT.pcapng
//!     cargo run -p bits-laws --example capture -- uploads --connections N --open K --file-bytes M OUT.pcap
//!
//! The first two are the conversations of [MC-BUP] 4, the second one seen at two interfaces: what the server
//! says to its own application is seen at the second. `uploads` takes `--mss` (1448), `--fragment-bytes`
//! (1048576) and `--seed` (1), too; it keeps in memory what is open, not what is written.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::process::ExitCode;
use std::{env, error};

use bits_laws::capture::{
    ByteOrder, Clock, Container, Format, Framing, Interface, Link, ManyUploads, Pcap, PcapWriter,
    Section, mc_bup_4_1, mc_bup_4_2,
};

const USAGE: &str = "usage: capture mc-bup-4.1 OUT.pcap
       capture mc-bup-4.2 OUT.pcapng
       capture uploads --connections N --open K --file-bytes M
                       [--mss N] [--fragment-bytes N] [--seed N] OUT.pcap";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["mc-bup-4.1", out] => write(out, &Container::usual().file(&mc_bup_4_1().segments())),
        ["mc-bup-4.2", out] => write(out, &two_interfaces().file(&mc_bup_4_2().segments())),
        ["uploads", ref options @ .., out] => uploads(options, out),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// What the server sees: its network, and itself.
fn two_interfaces() -> Container {
    let interface = Interface {
        framing: Framing::new(Link::ETHERNET),
        clock: Clock {
            resolution: Some(9),
            offset: None,
        },
        snap_length: 0x4_0000,
    };
    Container::new(Format::Pcapng(vec![Section {
        order: ByteOrder::Little,
        interfaces: vec![interface.clone(), interface],
        is_simple: false,
        has_others: false,
    }]))
}

fn write(out: &str, bytes: &[u8]) -> Result<(), Box<dyn error::Error>> {
    fs::write(out, bytes).map_err(|error| format!("{out}: {error}").into())
}

fn uploads(options: &[&str], out: &str) -> Result<(), Box<dyn error::Error>> {
    let mut uploads = ManyUploads {
        connections: 0,
        open: 0,
        file_bytes: 0,
        fragment_bytes: 1 << 20,
        mss: 1448,
        seed: 1,
    };
    for option in options.chunks(2) {
        match *option {
            ["--connections", number] => uploads.connections = number.parse()?,
            ["--open", number] => uploads.open = number.parse()?,
            ["--file-bytes", number] => uploads.file_bytes = number.parse()?,
            ["--fragment-bytes", number] => uploads.fragment_bytes = number.parse()?,
            ["--mss", number] => uploads.mss = number.parse()?,
            ["--seed", number] => uploads.seed = number.parse()?,
            _ => return Err(format!("{option:?} is no option\n{USAGE}").into()),
        }
    }
    if uploads.connections == 0 || uploads.open == 0 || uploads.file_bytes == 0 {
        return Err(format!("--connections, --open and --file-bytes are not 0\n{USAGE}").into());
    }
    let framing = Framing::new(Link::ETHERNET);
    let mut framer = framing.framer();
    let mut writer = writer(&framing, out)?;
    for segment in uploads.segments() {
        for packet in framer.packets(&segment) {
            writer.write(&packet)?;
        }
    }
    writer.finish()?;
    Ok(())
}

fn writer(framing: &Framing, out: &str) -> io::Result<PcapWriter<BufWriter<File>>> {
    let file = File::create(out)
        .map_err(|error| io::Error::new(error.kind(), format!("{out}: {error}")))?;
    PcapWriter::new(Pcap::USUAL, framing.link.number(), BufWriter::new(file))
}
