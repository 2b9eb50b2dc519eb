//! The command lines of `bits send` and `bits ping`.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

/// The arguments of `bits send`.
#[derive(Args, Debug)]
pub struct SendArgs {
    /// The file to send
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Where it is to be; the name of the file is put behind a URL that ends in `/`
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub url: String,

    /// Cancel the upload of FILE to URL that was begun before, and send nothing
    #[arg(long)]
    pub cancel: bool,

    /// Keep the state of the upload in this file, and not in a folder of the user's own
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub state: Option<PathBuf>,

    /// The greatest length of a fragment; K, M and G are powers of 1,024
    #[arg(long, value_name = "BYTES", default_value = "8M", value_parser = bytes)]
    pub fragment_size: NonZeroU64,

    /// The greatest rate, in bytes a second; K, M and G are powers of 1,024
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub rate: Option<NonZeroU64>,

    /// How many failures in a row are tried again
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub retries: u32,

    /// How long to go on without progress, in seconds, or with m or h; while the server takes bytes, this time stands
    /// still
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = time)]
    pub give_up_after: Duration,

    /// Begin without a Ping, and go on without one
    #[arg(long)]
    pub no_ping: bool,

    /// Let the server of a host id have the credentials and the fields of -H as well
    #[arg(long)]
    pub trust_host_id: bool,

    /// How to speak to the server.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// The arguments of `bits ping`.
#[derive(Args, Debug)]
pub struct PingArgs {
    /// What to ask: a folder or a file of a server
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub url: String,

    /// How to speak to the server.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// How to speak to a server, and how to tell of it.
#[derive(Args, Debug)]
pub struct ConnectArgs {
    /// Prove the user by a Kerberos ticket (see kinit), if the server offers Negotiate; with --user beside it, this
    /// comes first
    #[arg(long)]
    pub negotiate: bool,

    /// The user, if the server asks for one; the password comes from --password-file, from the variable
    /// BITS_PASSWORD, or is then asked for on the terminal
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,

    /// A file whose first line is the password
    #[arg(long, value_name = "FILE", requires = "user", value_hint = ValueHint::FilePath)]
    pub password_file: Option<PathBuf>,

    /// Send user and password even where others can read them: over http to another machine
    #[arg(long, requires = "user")]
    pub insecure_basic: bool,

    /// Another field for every request to the server of the URL; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<(String, String)>,

    /// The value of User-Agent
    #[arg(long, value_name = "TEXT")]
    pub user_agent: Option<String>,

    /// PEM file with the certificates to trust, in place of those of the system
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,

    /// How long a connection may take
    #[arg(long, value_name = "TIME", default_value = "30", value_parser = time)]
    pub connect_timeout: Duration,

    /// How long a request may take without a byte of progress
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = time)]
    pub send_timeout: Duration,

    /// How long an answer may take
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time)]
    pub response_timeout: Duration,

    /// Show heads as they are sent (>) and received (<), without credentials and values of -H; the query of the URL is
    /// shown
    #[arg(short, long)]
    pub verbose: bool,

    /// Tell what happens as JSON on standard output, one object a line
    #[arg(long)]
    pub json: bool,

    /// Tell nothing but errors
    #[arg(short, long, conflicts_with_all = ["verbose", "json"])]
    pub quiet: bool,
}

/// `1*DIGIT [ "K" / "M" / "G" ]`
fn bytes(text: &str) -> Result<NonZeroU64, String> {
    let (digits, factor) = match text.char_indices().last() {
        Some((at, 'K' | 'k')) => (&text[..at], 1 << 10),
        Some((at, 'M' | 'm')) => (&text[..at], 1 << 20),
        Some((at, 'G' | 'g')) => (&text[..at], 1 << 30),
        _ => (text, 1u64),
    };
    let number = digits.parse::<u64>().ok().filter(|_| is_digits(digits));
    number
        .and_then(|number| NonZeroU64::new(number.checked_mul(factor)?))
        .ok_or_else(|| {
            "a number above 0, with K, M or G behind it if need be, as in 512K".to_owned()
        })
}

/// `1*DIGIT [ "s" / "m" / "h" ]`, not nothing.
fn time(text: &str) -> Result<Duration, String> {
    let (digits, factor) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1u64),
    };
    // More than a century is a mistake, and more than a clock can add.
    let seconds = digits.parse::<u64>().ok().filter(|_| is_digits(digits));
    let seconds = seconds.and_then(|seconds| seconds.checked_mul(factor));
    seconds
        .filter(|seconds| (1..=3_153_600_000).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| {
            "a time above 0 in seconds, or with m or h behind it, as in 90 or 2h".to_owned()
        })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `name ":" OWS value OWS`
fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) => Ok((name.to_owned(), value.trim().to_owned())),
        None => Err("a name, a colon and a value, as in 'X-Case: 7'".to_owned()),
    }
}

pub(super) const SEND_EXAMPLES: &str = "\
Run again with the same FILE and URL, an upload goes on where it was interrupted.

Examples:
  bits send report.zip https://upload.example.net/drop/            as /drop/report.zip
  bits send --user me a.img https://upload.example.net/images/b.img
  bits send --negotiate a.img https://upload.example.net/images/   with the ticket of kinit
  bits send --rate 500K --json backup.tar http://127.0.0.1:8080/   for scripts, and gently
  bits send --cancel report.zip https://upload.example.net/drop/   not any more

With --json the last line has \"result\": \"done\", \"cancelled\" or \"error\". An error has \"kind\",
\"message\", \"advice\", \"status\" and \"error_code\" of the answer, and \"exit_code\".
\"done\" with \"empty\": true is of an empty file: the protocol has no packet for one, and the server
may not have made it.

Exit status, which is about the file even if standard output cannot be written to:
  0  done
  2  usage, a local file cannot be read or written, or another run sends FILE to URL already
  3  refused for good by the server
  4  credentials are needed, or were refused
  5  given up: run again later to go on
  6  the file has changed meanwhile
  7  no server of this protocol
  8  interrupted: run again to go on
  9  the server is not trusted: its certificate, its answer to a ticket; or no TLS with it";

pub(super) const PING_EXAMPLES: &str = "\
Examples:
  bits ping https://upload.example.net/drop/
  bits ping --user me -v https://upload.example.net/drop/
  bits ping --negotiate https://upload.example.net/drop/           with the ticket of kinit

Exit status:
  0  a BITS server is there, and lets this user in
  2  usage, a local file cannot be read, or the answer cannot be written to standard output
  3  refused by the server
  4  credentials are needed, or were refused
  5  no answer, or the server has trouble
  7  no server of this protocol
  8  interrupted
  9  the server is not trusted: its certificate, its answer to a ticket; or no TLS with it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_suffixes() {
        let parsed = |text| bytes(text).map(NonZeroU64::get).ok();
        assert_eq!(parsed("1"), Some(1));
        assert_eq!(parsed("512K"), Some(524_288));
        assert_eq!(parsed("8m"), Some(8_388_608));
        assert_eq!(parsed("2G"), Some(2_147_483_648));
        for wrong in [
            "",
            "0",
            "0K",
            "K",
            "-1",
            "+1",
            "1.5M",
            "1T",
            "1é",
            "18446744073709551615K",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_have_suffixes() {
        let parsed = |text| time(text).map(|time| time.as_secs()).ok();
        assert_eq!(parsed("90"), Some(90));
        assert_eq!(parsed("5s"), Some(5));
        assert_eq!(parsed("2m"), Some(120));
        assert_eq!(parsed("1h"), Some(3600));
        for wrong in [
            "",
            "0",
            "h",
            "-1",
            "+1",
            "1d",
            "99999999999999999999",
            "9999999999",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_header_has_a_name_and_a_value() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(header("X-Case: 7 "), pair("X-Case", "7"));
        assert_eq!(header("A:b:c"), pair("A", "b:c"));
        assert!(header("no colon").is_err());
    }
}
