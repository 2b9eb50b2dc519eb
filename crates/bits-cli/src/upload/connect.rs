//! A client from the command line.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::{env, fs};

#[cfg(feature = "negotiate")]
use bits_client::Negotiate;
use bits_client::{Basic, Client, Error, Options, Url};

use super::prompt::Prompt;
use super::verdict::Verdict;
use crate::args::ConnectArgs;

/// The name of the variable with the password.
const PASSWORD: &str = "BITS_PASSWORD";

/// A client for that URL.
pub(super) fn client(
    url: Url,
    arguments: &ConnectArgs,
    options: Options,
) -> Result<Client, Verdict> {
    let mut client = Client::new(url, options).map_err(|error| Verdict::of_error(&error))?;
    if arguments.negotiate {
        client = with_negotiate(client)?;
    }
    if let Some(user) = &arguments.user {
        let password = password(arguments.password_file.as_deref())?;
        let known = password.as_deref().unwrap_or_default();
        let basic = basic(user, known, arguments.insecure_basic).ok_or_else(|| {
            usage(
                "a user must not hold a colon, and neither it nor the password a control character",
                "give others",
            )
        })?;
        client = match password {
            Some(_) => client.with_credentials(basic),
            None => client.with_credentials(Prompt::new(user, arguments.insecure_basic)),
        };
    }
    Ok(client)
}

/// `None` if they cannot be sent.
pub(super) fn basic(user: &str, password: &str, over_any_connection: bool) -> Option<Basic> {
    let basic = Basic::new(user, password)?;
    Some(match over_any_connection {
        true => basic.over_any_connection(),
        false => basic,
    })
}

#[cfg(feature = "negotiate")]
#[expect(clippy::unnecessary_wraps, reason = "without Kerberos it fails")]
fn with_negotiate(client: Client) -> Result<Client, Verdict> {
    Ok(client.with_credentials(Negotiate::new()))
}

#[cfg(not(feature = "negotiate"))]
fn with_negotiate(_: Client) -> Result<Client, Verdict> {
    Err(usage(
        "--negotiate: this `bits` is built without Kerberos",
        "build it with `--features negotiate`",
    ))
}

/// What `bits send` and `bits ping` have in common.
pub(super) fn options(arguments: &ConnectArgs) -> Options {
    let defaults = Options::default();
    Options {
        connect_timeout: arguments.connect_timeout,
        send_timeout: arguments.send_timeout,
        response_timeout: arguments.response_timeout,
        user_agent: arguments
            .user_agent
            .clone()
            .unwrap_or(defaults.user_agent.clone()),
        headers: arguments.headers.clone(),
        ca_file: arguments.ca_file.clone(),
        ..defaults
    }
}

pub(super) fn url(text: &str) -> Result<Url, Verdict> {
    text.parse()
        .map_err(|error| Verdict::of_error(&Error::Url(error)))
}

pub(super) fn usage(message: &str, advice: &'static str) -> Verdict {
    Verdict::bad(("usage", 2), message.to_owned(), Some(advice))
}

/// `None` if it is to be asked for.
fn password(file: Option<&Path>) -> Result<Option<String>, Verdict> {
    if let Some(path) = file {
        let text = fs::read(path)
            .map_err(|error| Verdict::of_error(&Error::File(path.to_owned(), error)))?;
        let text = String::from_utf8(text).map_err(|_| {
            let what = format!("{}: the password is no UTF-8", path.display());
            usage(&what, "store it as UTF-8")
        })?;
        // Some editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        return Ok(Some(text.lines().next().unwrap_or_default().to_owned()));
    }
    match env::var(PASSWORD) {
        Ok(password) => Ok(Some(password)),
        Err(env::VarError::NotUnicode(_)) => Err(usage(
            "the variable BITS_PASSWORD is no text",
            "give the password as UTF-8",
        )),
        Err(env::VarError::NotPresent) if io::stdin().is_terminal() => Ok(None),
        Err(env::VarError::NotPresent) => Err(usage(
            "there is no password, and no terminal to ask for it",
            "name a file by --password-file, or set BITS_PASSWORD",
        )),
    }
}
