//! What `bits serve` can be told: by flags, by the environment, by a file.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use bits_server::auth::Rule;
use bytesize::ByteSize;
use clap::{Args, ValueEnum, ValueHint};
use serde::{Deserialize, Deserializer, de};

/// The arguments of `bits serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// The folder that files are uploaded to. Sessions are kept in `.bits-sessions` in it, which no URL reaches
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,

    /// A file of TOML with the same options: `max-file = "2GiB"`; flags and the environment go before it
    #[arg(long, value_name = "FILE", env = "BITS_CONFIG", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// What flags and the environment say.
    #[command(flatten)]
    pub options: Options,
}

/// Declares [`Options`], and how two of them become one.
macro_rules! options {
    ($(#[doc = $doc:literal] #[arg($($arg:tt)*)] $name:ident: $type:ty,)*) => {
        /// What can be told in three ways. What is `None` was not told.
        #[derive(Args, Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct Options {
            $(#[doc = $doc] #[arg(long, hide_env_values = true, $($arg)*)] pub $name: Option<$type>,)*

            /// Who may write where; only in a file.
            #[arg(skip)]
            pub rights: Vec<Rule>,
        }

        impl Options {
            /// These, and where they say nothing, `others`.
            #[must_use]
            pub fn or(self, others: Options) -> Options {
                Options {
                    $($name: self.$name.or(others.$name),)*
                    rights: if self.rights.is_empty() { others.rights } else { self.rights },
                }
            }
        }
    };
}

options! {
    /// Where to listen; may be repeated. Default: 127.0.0.1:8080, or any free port if that one is taken
    #[arg(value_name = "ADDRESS:PORT", env = "BITS_LISTEN", value_delimiter = ',', value_parser = address, help_heading = "Connections")]
    listen: Vec<SocketAddr>,
    /// The certificate of the server, and those that it hangs on, in PEM: listens with TLS. Read again on SIGHUP
    #[arg(value_name = "FILE", env = "BITS_TLS_CERTIFICATE", value_hint = ValueHint::FilePath, help_heading = "Connections")]
    tls_certificate: PathBuf,
    /// The key of the certificate, in PEM; may be the same file
    #[arg(value_name = "FILE", env = "BITS_TLS_KEY", value_hint = ValueHint::FilePath, help_heading = "Connections")]
    tls_key: PathBuf,
    /// How many connections are open at once; more wait, and those that do nothing make room [default: 512]
    #[arg(value_name = "COUNT", env = "BITS_MAX_CONNECTIONS", help_heading = "Connections")]
    max_connections: usize,
    /// How many of them from one address [default: no limit]
    #[arg(value_name = "COUNT", env = "BITS_MAX_CONNECTIONS_PER_PEER", help_heading = "Connections")]
    max_connections_per_peer: usize,
    /// The greatest head of a request [default: 64KiB]
    #[arg(value_name = "SIZE", env = "BITS_MAX_HEAD", help_heading = "Connections")]
    max_head: Size,
    /// How long a head may take from its first byte on [default: 30s]
    #[arg(value_name = "TIME", env = "BITS_HEAD_TIMEOUT", help_heading = "Connections")]
    head_timeout: Span,
    /// How long a connection may do nothing between requests [default: 2m]
    #[arg(value_name = "TIME", env = "BITS_IDLE_TIMEOUT", help_heading = "Connections")]
    idle_timeout: Span,
    /// How long no byte of a body may come [default: 1m]
    #[arg(value_name = "TIME", env = "BITS_BODY_TIMEOUT", help_heading = "Connections")]
    body_timeout: Span,
    /// How long a body may take whatever its length [default: 30s],
    #[arg(value_name = "TIME", env = "BITS_BODY_GRACE", help_heading = "Connections")]
    body_grace: Span,
    /// and how many bytes give it a second more; 0: as long as it likes [default: 500B]
    #[arg(value_name = "SIZE", env = "BITS_BODY_RATE", help_heading = "Connections")]
    body_rate: Size,
    /// How much is read of a body that nobody wants, so that its client hears the answer [default: 16MiB]
    #[arg(value_name = "SIZE", env = "BITS_DRAIN", help_heading = "Connections")]
    drain: Size,
    /// How long requests get to end when the server does [default: 30s]
    #[arg(value_name = "TIME", env = "BITS_SHUTDOWN_TIMEOUT", help_heading = "Connections")]
    shutdown_timeout: Span,

    /// Users and their passwords, as `bits passwd` writes them: everybody is asked for a name
    #[arg(value_name = "FILE", env = "BITS_PASSWORDS", value_hint = ValueHint::FilePath, help_heading = "Security")]
    passwords: PathBuf,
    /// What a user is shown who is asked for a password [default: bits]
    #[arg(value_name = "TEXT", env = "BITS_REALM", help_heading = "Security")]
    realm: String,
    /// Take passwords over connections that are not encrypted: everybody on the way can read them
    #[arg(value_name = "BOOL", env = "BITS_ALLOW_BASIC_WITHOUT_TLS", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Security")]
    allow_basic_without_tls: bool,

    /// Offer Negotiate: the keys of the services that Kerberos tickets are taken for
    #[arg(value_name = "FILE", env = "BITS_KEYTAB", value_hint = ValueHint::FilePath, help_heading = "Security")]
    keytab: PathBuf,
    /// The service that tickets are taken for, or its principal: `HTTP/files.example.com` [default: HTTP]
    #[arg(value_name = "TEXT", env = "BITS_KERBEROS_SERVICE", help_heading = "Security")]
    kerberos_service: String,
    /// The realm that is taken off the names of its users
    #[arg(value_name = "TEXT", env = "BITS_KERBEROS_REALM", help_heading = "Security")]
    kerberos_realm: String,

    /// What a power cut may take: `fragment` nothing that was acknowledged, `commit` what was not published yet [default: fragment]
    #[arg(value_name = "WHEN", env = "BITS_DURABILITY", help_heading = "Files")]
    durability: Durability,
    /// Put files over others that are there
    #[arg(value_name = "BOOL", env = "BITS_OVERWRITE", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Files")]
    overwrite: bool,
    /// Take empty files
    #[arg(value_name = "BOOL", env = "BITS_EMPTY_FILES", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Files")]
    empty_files: bool,
    /// The greatest file [default: no limit]
    #[arg(value_name = "SIZE", env = "BITS_MAX_FILE", help_heading = "Files")]
    max_file: Size,
    /// How much of the file system is left free [default: 64MiB]
    #[arg(value_name = "SIZE", env = "BITS_KEEP_FREE", help_heading = "Files")]
    keep_free: Size,

    /// The greatest fragment; clients send smaller ones then [default: no limit]
    #[arg(value_name = "SIZE", env = "BITS_MAX_FRAGMENT", help_heading = "Protocol")]
    max_fragment: Size,
    /// How many sessions a user may have [default: 50]
    #[arg(value_name = "COUNT", env = "BITS_MAX_SESSIONS", help_heading = "Protocol")]
    max_sessions: u32,
    /// How long a session may be idle [default: 14d]
    #[arg(value_name = "TIME", env = "BITS_SESSION_TIMEOUT", help_heading = "Protocol")]
    session_timeout: Span,
    /// What to do with a fragment that begins below the offset that is wanted: take what is new of it, or refuse it as [MC-BUP] says [default: accept]
    #[arg(value_name = "HOW", env = "BITS_OVERLAP", help_heading = "Protocol")]
    overlap: Overlap,
    /// Refuse what departs from the protocol, HTTP/1.0 included
    #[arg(value_name = "BOOL", env = "BITS_STRICT", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Protocol")]
    strict: bool,
    /// Take POST with `X-HTTP-Method-Override: BITS_POST`
    #[arg(value_name = "BOOL", env = "BITS_METHOD_OVERRIDE", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Protocol")]
    method_override: bool,

    /// Answer /healthz and /metrics there, to whoever asks
    #[arg(value_name = "ADDRESS:PORT", env = "BITS_ADMIN", value_parser = address, help_heading = "Operation")]
    admin: SocketAddr,
    /// How to write the log, to standard error [default: text]
    #[arg(value_name = "FORMAT", env = "BITS_LOG_FORMAT", help_heading = "Operation")]
    log_format: LogFormat,
    /// How much to write [default: info]
    #[arg(value_name = "LEVEL", env = "BITS_LOG_LEVEL", help_heading = "Operation")]
    log_level: LogLevel,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let advice = "an address is written in numbers, with a port: 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:80 for all";
    text.parse().map_err(|_| advice)
}

impl Options {
    /// Reads a file of TOML.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = fs::read_to_string(path).map_err(|error| {
            format!("{shown}: {error}; --config names a file of TOML with options")
        })?;
        toml::from_str(&text).map_err(|error| format!("{shown}: {error}"))
    }
}

/// A time such as `14d` or `1h 30m`: from a millisecond to a hundred years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    const MIN: Duration = Duration::from_millis(1);
    const MAX: Duration = Duration::from_secs(100 * 366 * 24 * 3600);
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = humantime::parse_duration(text)
            .map_err(|error| format!("a time is written as 30s or 14d: {error}"))?;
        match (Self::MIN..=Self::MAX).contains(&time) {
            true => Ok(Span(time)),
            false => Err("a time is at least 1ms and at most 100 years".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| de::Error::custom(format!("`{text}`: {error}")))
    }
}

/// A number of bytes such as `8MiB`, `500B` or `4096`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let size = text.parse().map(|ByteSize(bytes)| Size(bytes));
        // The crate takes what is above the greatest number for the greatest.
        size.ok()
            .filter(|Size(bytes)| *bytes < u64::MAX)
            .ok_or("a size is a number of bytes, with a unit or without: 4096, 500KB, 8MiB, 2GiB")
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(i64),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse()
            .map_err(|error| de::Error::custom(format!("`{text}`: {error}")))
    }
}

/// What a power cut may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// Nothing that was acknowledged
    Fragment,
    /// What was not published yet
    Commit,
}

/// What to do with a fragment that begins below the offset that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// Take what is new of it
    Accept,
    /// Answer 416
    Refuse,
}

/// How to write the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// A line to read
    Text,
    /// A JSON object a line
    Json,
}

/// How much to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// What an administrator must look at
    Error,
    /// What clients and the network do wrong too
    Warn,
    /// Every request
    Info,
    /// Connections too
    Debug,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        options: Options,
    }

    fn flags(arguments: &[&str]) -> Options {
        let arguments = ["bits"].iter().chain(arguments);
        Flags::try_parse_from(arguments).unwrap().options
    }

    #[test]
    fn every_flag_is_a_key_of_the_file_and_takes_the_same_text() {
        use clap::CommandFactory;

        let command = Flags::command();
        for argument in command.get_arguments() {
            let name = argument.get_long().unwrap();
            let value = match argument.get_value_names().unwrap()[0].as_str() {
                "ADDRESS:PORT" if name == "listen" => "[\"127.0.0.1:1\"]".to_owned(),
                "ADDRESS:PORT" => "\"127.0.0.1:1\"".to_owned(),
                "FILE" | "TEXT" => "\"x\"".to_owned(),
                "SIZE" => "\"8MiB\"".to_owned(),
                "TIME" => "\"14d\"".to_owned(),
                "COUNT" => "1".to_owned(),
                "BOOL" => "true".to_owned(),
                _ => format!("\"{}\"", argument.get_possible_values()[0].get_name()),
            };
            let text = format!("{name} = {value}");
            assert!(toml::from_str::<Options>(&text).is_ok(), "{text}");
            let variable = format!("BITS_{}", name.replace('-', "_").to_uppercase());
            assert_eq!(argument.get_env().unwrap(), &*variable);
        }
    }

    #[test]
    fn flags_go_before_the_file() {
        let file: Options =
            toml::from_str("max-file = \"1KiB\"\nstrict = true\noverwrite = true").unwrap();
        let options = flags(&["--max-file", "8MiB", "--strict=false"]).or(file);
        assert_eq!(options.max_file, Some(Size(8 << 20)));
        assert_eq!(options.strict, Some(false));
        assert_eq!(options.overwrite, Some(true));
        assert_eq!(options.keep_free, None);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_place() {
        let folder = std::env::temp_dir();
        let path = folder.join(format!("bits-serve-{}.toml", std::process::id()));
        for (text, place, word) in [
            ("max-file = \"1KiB\"\nmax-fiel = 1\n", "line 2", "max-fiel"),
            ("\n\nsession-timeout = \"soon\"\n", "line 3", "soon"),
            ("max-file = -5\n", "line 1", "`-5`: a size is"),
            ("max-file = \"x\"\n", "line 1", "`x`: a size is"),
            (
                "max-file = \"18446744073709551616\"\n",
                "line 1",
                "a size is",
            ),
            (
                "head-timeout = \"200000000000000d\"\n",
                "line 1",
                "100 years",
            ),
            ("head-timeout = \"0s\"\n", "line 1", "at least 1ms"),
            ("[[rights]]\npath = \"/\"\nuser = []\n", "line 3", "user"),
        ] {
            fs::write(&path, text).unwrap();
            let error = Options::read(&path).unwrap_err();
            assert!(error.contains(place) && error.contains(word), "{error}");
            assert!(error.starts_with(&path.display().to_string()), "{error}");
        }
        fs::remove_file(&path).unwrap();
        assert!(Options::read(&path).is_err());
    }
}
