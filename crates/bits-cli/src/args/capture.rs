//! The arguments of `bits inspect` and `bits extract`.

use std::net::IpAddr;
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::{Args, ValueEnum, ValueHint};
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The arguments of `bits inspect`.
#[derive(Args, Debug)]
pub struct InspectArgs {
    #[command(flatten)]
    pub(crate) captures: Captures,

    /// Show each packet on a line of its own as it comes, in the place of the sessions
    #[arg(long)]
    pub(crate) packets: bool,

    /// Tell the SHA-256 of files that are whole, and of which nothing was sent again: `bits extract` has those of all
    #[arg(long, conflicts_with = "packets")]
    pub(crate) hash: bool,

    /// Tell the MD5 and the SHA-1 as well, for lists of known files that have no other
    #[arg(long, requires = "hash")]
    pub(crate) legacy_hashes: bool,

    /// How to print: a table to read, or a JSON object a line
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Form,
}

/// The arguments of `bits extract`.
#[derive(Args, Debug)]
pub struct ExtractArgs {
    #[command(flatten)]
    pub(crate) captures: Captures,

    /// The folder that the files and their manifest are written to; it is made if it is not there
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output: PathBuf,

    /// End with status 1 if one of the files is not whole
    #[arg(long)]
    pub(crate) require_complete: bool,

    /// The greatest length of a file: nothing is written beyond it
    #[arg(long, value_name = "SIZE", default_value = "1TiB")]
    pub(crate) max_file: ByteSize,

    /// Tell the MD5 and the SHA-1 in the manifest as well, for lists of known files that have no other
    #[arg(long)]
    pub(crate) legacy_hashes: bool,
}

/// What is read, and which sessions of it are meant.
#[derive(Args, Debug)]
pub(crate) struct Captures {
    /// Captures: pcap or pcapng, also in gzip or zstd; `-` is standard input. Many are read as one, in the order of
    /// time
    #[arg(value_name = "CAPTURE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    /// Only sessions with this host, by name or address, with or without its port; one that moves counts for each of its
    /// hosts
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,

    /// Only sessions of this client: an address or a network, such as 10.1.0.0/16
    #[arg(long, value_name = "ADDRESS", value_parser = network)]
    pub(crate) client: Option<IpNet>,

    /// Only sessions that were active at that time or later: RFC 3339, or a date with or without a time, in UTC
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<u64>,

    /// Take TCP segments whose checksum is wrong, too, where others of their connection have right ones
    #[arg(long)]
    pub(crate) ignore_checksums: bool,
}

impl Captures {
    /// Whether standard input is named more than once: its bytes come once.
    pub(crate) fn is_input_named_again(&self) -> bool {
        let named = self.files.iter().filter(|path| path.as_os_str() == "-");
        named.count() > 1
    }
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A table
    #[default]
    Text,
    /// A JSON object a line
    Json,
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "neither an address nor a network such as 10.1.0.0/16".to_owned())
}

/// In nanoseconds since 1970-01-01 UTC.
fn time(text: &str) -> Result<u64, String> {
    let civil = || {
        let time = text
            .parse::<DateTime>()
            .or_else(|_| text.parse::<Date>().map(DateTime::from))?;
        TimeZone::UTC.to_timestamp(time)
    };
    let time = text.parse::<Timestamp>().or_else(|_| civil());
    let time = time.map_err(|_| "no time such as 2026-11-26T10:00:00Z or 2026-11-26".to_owned())?;
    u64::try_from(time.as_nanosecond()).map_err(|_| "a time before 1970".to_owned())
}

pub(super) const INSPECT_EXAMPLES: &str = "\
Examples:
  bits inspect traffic.pcap                       who sent which file where
  bits inspect --packets traffic.pcapng.gz        every packet with its time
  bits inspect --format json *.pcap | jq .uri     a JSON object a session; many captures as one
  tcpdump -U -i eth0 -w - | bits inspect --packets -          what is on the wire now
  bits inspect --client 10.1.0.0/16 --since 2026-11-26 traffic.pcap

Exit status: 0 a session was found, 1 none was, 2 usage or I/O error.";

pub(super) const EXTRACT_EXAMPLES: &str = "\
Examples:
  bits extract traffic.pcap -o files              write what was uploaded, and files/manifest.jsonl
  bits extract --require-complete -o files *.pcap.zst
  bits extract --host drop.example.net -o files traffic.pcap

A file that is not whole stays NAME.partial: what was seen of it is where it belongs, and the manifest says where its \
holes are. Nothing that is there is overwritten.

Exit status: 0 a file was found, 1 none was, or with --require-complete one is not whole, 2 usage or I/O error.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_times_in_utc_and_with_an_offset() {
        for text in [
            "2026-11-26",
            "2026-11-26T00:00",
            "2026-11-26T00:00:00",
            "2026-11-26 00:00:00",
            "2026-11-26T00:00:00Z",
            "2026-11-26T02:00:00+02:00",
        ] {
            assert_eq!(time(text), Ok(1_795_651_200_000_000_000), "{text}");
        }
        assert!(time("yesterday").is_err());
        assert!(time("1969-01-01").is_err());
    }

    #[test]
    fn takes_addresses_and_networks() {
        assert_eq!(network("10.1.2.3").unwrap().to_string(), "10.1.2.3/32");
        assert!(
            network("fe80::/10")
                .unwrap()
                .contains(&"fe80::1".parse::<IpAddr>().unwrap())
        );
        assert!(network("here").is_err());
    }
}
