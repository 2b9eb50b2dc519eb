//! The command line.

mod capture;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "client")]
mod upload;

use std::path::PathBuf;

use bits_packet::RequestType;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::stream::Settings;
pub(crate) use capture::{Captures, Form};
use capture::{EXTRACT_EXAMPLES, INSPECT_EXAMPLES};
pub use capture::{ExtractArgs, InspectArgs};
#[cfg(feature = "server")]
use server::{PASSWD_EXAMPLES, SERVE_EXAMPLES, SESSIONS_EXAMPLES};
#[cfg(feature = "server")]
pub use server::{PasswdArgs, ServeArgs, SessionsVerb};
#[cfg(feature = "client")]
pub use upload::{ConnectArgs, PingArgs, SendArgs};
#[cfg(feature = "client")]
use upload::{PING_EXAMPLES, SEND_EXAMPLES};

/// Decodes the BITS upload protocol ([MC-BUP], BITS_POST), and speaks it.
#[derive(Debug, Parser)]
#[command(name = "bits", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit status: 0 all good, 1 nothing found or something malformed, \
    2 usage or I/O error; from 3 on see the help of the verb."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Decode streams of HTTP messages into BITS packets
    ///
    /// Reads byte streams of one direction: heads with their bodies, one after another. Requests and
    /// responses, BITS or not, are told apart by themselves. Decoding of an input stops at its first
    /// malformed message.
    ///
    /// A stream of responses does not know the requests that it answers, so that answers to HEAD cannot be
    /// framed: they have no body, but what follows one is taken for the body that its head announces.
    #[command(after_help = DECODE_EXAMPLES)]
    Decode(DecodeArgs),
    /// Show who has sent which file where, from captures
    ///
    /// Reads network captures, and follows the uploads in them across connections. What is to be known beside them is
    /// told on standard error: TLS that cannot be read, holes, and whatever was passed over.
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
    /// Get the files that were uploaded out of captures
    ///
    /// Writes the files of all uploads, and the replies to them, into a folder, with a manifest that says where each
    /// comes from, what its SHA-256 is, and what is missing of it.
    #[command(after_help = EXTRACT_EXAMPLES)]
    Extract(ExtractArgs),
    /// Take uploads into a folder
    ///
    /// Prints its URL, and serves until it is told to stop (SIGTERM, SIGINT): then requests may end. Without
    /// `--passwords` it listens on loopback only.
    #[cfg(feature = "server")]
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Box<ServeArgs>),
    /// Send a file to a BITS server
    ///
    /// Uploads FILE to URL, in fragments, and goes on after failures. What is sent before a run ends is not
    /// sent again by the next one.
    #[cfg(feature = "client")]
    #[command(after_help = SEND_EXAMPLES)]
    Send(SendArgs),
    /// Ask whether a BITS server is there
    ///
    /// Tells the status of its answer, the authentication that it offers, and how long it took.
    #[cfg(feature = "client")]
    #[command(after_help = PING_EXAMPLES)]
    Ping(PingArgs),
    /// Show the sessions of a folder that is uploaded to, or end some
    #[cfg(feature = "server")]
    #[command(after_help = SESSIONS_EXAMPLES)]
    Sessions {
        /// What to do
        #[command(subcommand)]
        verb: SessionsVerb,
    },
    /// Set the password of a user of a server, or take the user out
    ///
    /// What is kept is an argon2id hash of the password, a line a user; comments and empty lines stay. The file is
    /// replaced at once: a server that reads it notices within a second.
    #[cfg(feature = "server")]
    #[command(after_help = PASSWD_EXAMPLES)]
    Passwd(PasswdArgs),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, of all or of one verb
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// The verb
        verb: Option<String>,
    },
}

/// The arguments of `bits decode`.
#[derive(Args, Debug)]
pub struct DecodeArgs {
    /// Files, folders (walked in sorted order), or `-` for standard input, which is also read when
    /// nothing is named and it is no terminal
    #[arg(value_name = "FILE|DIR|-", value_hint = ValueHint::AnyPath)]
    pub inputs: Vec<PathBuf>,

    /// Refuse what departs from the protocol, even where real peers do so
    #[arg(long)]
    pub strict: bool,

    /// The request that the responses answer: an Ack does not say
    #[arg(long, value_name = "PACKET", ignore_case = true, value_parser = request_type())]
    pub answering: Option<RequestType>,

    /// How to print: a tree to read, or a JSON object a line
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A tree with byte offsets
    #[default]
    Text,
    /// A JSON object a line
    Json,
}

impl DecodeArgs {
    /// How messages are to be read.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let settings = if self.strict {
            Settings::STRICT
        } else {
            Settings::INTEROP
        };
        settings.answering(self.answering)
    }

    /// What to read: what is named, or standard input if it is no terminal. `None` if there is
    /// nothing to read.
    #[must_use]
    pub fn inputs(&self, stdin_is_terminal: bool) -> Option<Vec<PathBuf>> {
        match &self.inputs[..] {
            [] if stdin_is_terminal => None,
            [] => Some(vec![PathBuf::from("-")]),
            named => Some(named.to_vec()),
        }
    }
}

fn request_type() -> impl TypedValueParser<Value = RequestType> {
    PossibleValuesParser::new(RequestType::ALL.map(RequestType::name)).try_map(|name| {
        RequestType::ALL
            .into_iter()
            .find(|request| request.name().eq_ignore_ascii_case(&name))
            .ok_or("no request")
    })
}

const DECODE_EXAMPLES: &str = "\
Examples:
  bits decode upload.http                      show a stream as a tree
  bits decode --format json streams/           a JSON object for each message of a folder
  nc -l 8080 | bits decode                     decode what a client sends, as it comes
  bits decode --answering fragment acks.http   check answers as those to Fragments
  bits decode --strict requests.http           find every departure from the protocol

Exit status: 0 all good, 1 nothing found or something malformed, 2 usage or I/O error.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  bits completions bash > /usr/share/bash-completion/completions/bits
  bits completions fish > ~/.config/fish/completions/bits.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  bits man > /usr/local/share/man/man1/bits.1
  bits man decode > /usr/local/share/man/man1/bits-decode.1";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn decode(arguments: &[&str]) -> DecodeArgs {
        let arguments = ["bits", "decode"].iter().chain(arguments);
        match Cli::try_parse_from(arguments).unwrap().verb {
            Verb::Decode(arguments) => arguments,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn reads_what_is_named() {
        let arguments = decode(&["b", "-", "a"]);
        let named = ["b", "-", "a"].map(PathBuf::from).to_vec();
        assert_eq!(arguments.inputs(true), Some(named.clone()));
        assert_eq!(arguments.inputs(false), Some(named));
    }

    #[test]
    fn reads_standard_input_only_when_it_is_no_terminal() {
        let arguments = decode(&[]);
        assert_eq!(arguments.inputs(false), Some(vec![PathBuf::from("-")]));
        assert_eq!(arguments.inputs(true), None);
    }

    #[test]
    fn takes_names_of_requests_in_any_letter_case() {
        for request in RequestType::ALL {
            for name in [request.name().to_owned(), request.name().to_lowercase()] {
                let settings = decode(&["--answering", &name]).settings();
                assert_eq!(settings, Settings::INTEROP.answering(Some(request)));
            }
        }
        assert!(Cli::try_parse_from(["bits", "decode", "--answering", "Ack"]).is_err());
    }

    #[test]
    fn strict_tolerates_nothing() {
        assert_eq!(decode(&["--strict"]).settings(), Settings::STRICT);
        assert_eq!(decode(&[]).settings(), Settings::INTEROP);
    }
}
