//! A password that is asked for once a server wants it.

#[cfg(unix)]
use std::fs::File;
use std::future::{pending, ready};
use std::io;

use bits_client::{Basic, BoxFuture, Challenge, Credentials, Peer, Unmet};
#[cfg(unix)]
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::task::spawn_blocking;

use super::connect::basic;

/// A user whose password is asked for on the terminal, when a server has asked for it and it may be sent there.
#[derive(Debug)]
pub(super) struct Prompt {
    user: String,
    over_any_connection: bool,
    answered: Option<Basic>,
}

impl Prompt {
    pub(super) fn new(user: &str, over_any_connection: bool) -> Self {
        Prompt {
            user: user.to_owned(),
            over_any_connection,
            answered: None,
        }
    }

    fn basic(&self, password: &str) -> Result<Basic, Unmet> {
        let what = "a password must not hold a control character";
        basic(&self.user, password, self.over_any_connection)
            .ok_or_else(|| Unmet::Missing(what.to_owned()))
    }
}

impl Credentials for Prompt {
    fn authorization<'a>(
        &'a mut self,
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<Option<String>, Unmet>> {
        match &mut self.answered {
            Some(basic) => basic.authorization(peer),
            None => Box::pin(ready(Ok(None))),
        }
    }

    fn secrets(&self) -> Vec<String> {
        self.answered.as_ref().map_or(Vec::new(), Basic::secrets)
    }

    fn challenged<'a>(
        &'a mut self,
        challenges: &'a [Challenge<'a>],
        peer: Peer<'a>,
    ) -> BoxFuture<'a, Result<(), Unmet>> {
        Box::pin(async move {
            if let Some(basic) = &mut self.answered {
                return basic.challenged(challenges, peer).await;
            }
            // Whether any password would be sent.
            self.basic("")?.challenged(challenges, peer).await?;
            let mut basic = self.basic(&ask(&self.user).await?)?;
            basic.challenged(challenges, peer).await?;
            self.answered = Some(basic);
            Ok(())
        })
    }
}

/// Dropped before there is an answer, it leaves the terminal as it was.
async fn ask(user: &str) -> Result<String, Unmet> {
    #[cfg(unix)]
    let _terminal = Terminal::keep();
    let prompt = format!("Password of {user}: ");
    let asked = spawn_blocking(|| rpassword::prompt_password(prompt)).await;
    match asked.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(password) => Ok(password),
        // The signal has come as well, and ends the run.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => pending().await,
        Err(error) => Err(Unmet::Missing(format!("there is no password: {error}"))),
    }
}

/// Brings the terminal back to what it was: a process that ends while another thread waits for the password would leave
/// it without echo.
#[cfg(unix)]
struct Terminal(Option<(File, Termios)>);

#[cfg(unix)]
impl Terminal {
    fn keep() -> Self {
        let terminal = File::open("/dev/tty").ok();
        Terminal(terminal.and_then(|terminal| {
            let modes = tcgetattr(&terminal).ok()?;
            Some((terminal, modes))
        }))
    }
}

#[cfg(unix)]
impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some((terminal, modes)) = &self.0 {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(terminal, OptionalActions::Now, modes);
        }
    }
}
