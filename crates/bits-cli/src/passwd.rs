//! `bits passwd`: the users of a server.

use std::fmt::Display;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bits_server::auth::{Password, PasswordRecord, UserName, set_password};
use clap::{Args, ValueHint};
use zeroize::Zeroizing;

use crate::text::ERROR;

/// The arguments of `bits passwd`.
#[derive(Args, Debug)]
pub struct PasswdArgs {
    /// The password file; it is made, readable by its owner alone, if it is not there
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The user: up to 64 visible characters, without `:` and `/`; letter case counts
    #[arg(value_name = "USER")]
    pub user: UserName,

    /// Take the user out of the file
    #[arg(long, conflicts_with = "stdin")]
    pub delete: bool,

    /// Read the password from the first line of standard input, instead of asking for it twice
    #[arg(long)]
    pub stdin: bool,
}

/// What is said, and the exit status, when it did not go well.
struct Failure {
    message: String,
    status: u8,
}

impl Failure {
    fn new(message: &dyn Display) -> Self {
        Failure {
            message: message.to_string(),
            status: 2,
        }
    }
}

/// Does what the arguments say, and gives the exit status.
#[must_use]
pub fn passwd(arguments: &PasswdArgs) -> ExitCode {
    match attempt(arguments) {
        Ok(said) => {
            anstream::eprintln!("{said}");
            ExitCode::SUCCESS
        }
        Err(Failure { message, status }) => {
            anstream::eprintln!("{ERROR}error:{ERROR:#} {message}");
            ExitCode::from(status)
        }
    }
}

fn attempt(arguments: &PasswdArgs) -> Result<String, Failure> {
    let PasswdArgs { file, user, .. } = arguments;
    if arguments.delete {
        return match set_password(file, user, None).map_err(|error| Failure::new(&error))? {
            true => Ok(format!("{user} is taken out of {file:?}")),
            false => Err(Failure {
                message: format!("{file:?} has no user {user}"),
                status: 1,
            }),
        };
    }
    // Before anybody types a password in vain.
    check_folder(file)?;
    let password = match arguments.stdin {
        true => from_line(&mut io::stdin().lock())?,
        false => asked_twice(user)?,
    };
    set_password(file, user, Some(&PasswordRecord::new(&password)))
        .map_err(|error| Failure::new(&error))?;
    let advice = match password.is_short() {
        true => format!(
            "\nnote: a short password is soon guessed: {} characters or more are better",
            Password::ADVISED_CHARACTERS
        ),
        false => String::new(),
    };
    Ok(format!("{user} has a new password in {file:?}{advice}"))
}

fn check_folder(file: &Path) -> Result<(), Failure> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let message = format!("there is no folder {folder:?}; make it, or name another file");
            Err(Failure::new(&message))
        }
        _ => Ok(()),
    }
}

fn from_line(input: &mut impl BufRead) -> Result<Password, Failure> {
    let most = Password::MAX_LENGTH + 2;
    let mut line = Zeroizing::new(Vec::with_capacity(most));
    input
        .take(most as u64)
        .read_until(b'\n', &mut line)
        .map_err(|error| Failure::new(&format!("standard input: {error}")))?;
    let text = line.strip_suffix(b"\n").unwrap_or(&line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let text = str::from_utf8(text)
        .map_err(|_| Failure::new(&"standard input: the password is not UTF-8"))?;
    Password::new(text).map_err(|why| Failure::new(&format!("standard input: {why}")))
}

fn asked_twice(user: &UserName) -> Result<Password, Failure> {
    let ask = |prompt: String| {
        let advice = "there is no terminal to ask on; use `--stdin`";
        rpassword::prompt_password(prompt)
            .map(Zeroizing::new)
            .map_err(|error| Failure::new(&format!("{advice} ({error})")))
    };
    let first = ask(format!("Password for {user}: "))?;
    let password = Password::new(&first).map_err(|error| Failure::new(&error))?;
    let second = ask("The same again: ".to_owned())?;
    match first == second {
        true => Ok(password),
        false => Err(Failure::new(
            &"that was not the same; nothing is changed, try again",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(input: &[u8]) -> Result<bool, String> {
        let expected = PasswordRecord::new(&Password::new("correct horse").unwrap());
        from_line(&mut &*input)
            .map(|password| expected.is_of(&password))
            .map_err(|failure| failure.message)
    }

    #[test]
    fn a_password_is_the_first_line_without_its_end() {
        for input in [
            &b"correct horse"[..],
            b"correct horse\n",
            b"correct horse\r\n",
            b"correct horse\nand more\n",
        ] {
            assert_eq!(from(input), Ok(true));
        }
        assert_eq!(from(b"correct horse \n"), Ok(false));
    }

    #[test]
    fn says_why_a_line_is_no_password() {
        let long = [b'a'; 1025];
        for (input, why) in [
            (&b""[..], "the password is empty"),
            (b"\n", "the password is empty"),
            (
                b"a\tb\n",
                "a password holds no control character: it could not be sent to a server",
            ),
            (b"\xff\n", "the password is not UTF-8"),
            (&long, "a password has at most 1024 bytes"),
        ] {
            assert_eq!(from(input), Err(format!("standard input: {why}")));
        }
        assert_eq!(from(&long[1..]), Ok(false));
    }
}
