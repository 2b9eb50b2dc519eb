//! Which credentials answer.

use crate::credentials::{Challenge, Credentials, Peer, Unmet, Unproved};

/// Credentials of several schemes, most preferred first.
#[derive(Debug, Default)]
pub(crate) struct Wallet {
    all: Vec<Box<dyn Credentials + Send>>,
    /// Which ones have answered last; those before them are of no use to the server.
    in_use: usize,
}

impl Wallet {
    pub(crate) fn add(&mut self, credentials: Box<dyn Credentials + Send>) {
        self.all.push(credentials);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What is not to be seen.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        self.all
            .iter()
            .flat_map(|credentials| credentials.secrets())
    }

    /// The value of `Authorization` for the next request.
    pub(crate) async fn authorization(&mut self, peer: Peer<'_>) -> Result<Option<String>, Unmet> {
        match self.all.get_mut(self.in_use) {
            Some(credentials) => credentials.authorization(peer).await,
            None => Ok(None),
        }
    }

    /// Looks for an answer to the challenges of a 401; in words, why there is none.
    pub(crate) async fn meet(
        &mut self,
        challenges: &[Challenge<'_>],
        peer: Peer<'_>,
    ) -> Result<(), String> {
        let mut offered: Vec<&str> = Vec::new();
        for challenge in challenges {
            if !offered.iter().any(|scheme| challenge.is(scheme)) {
                offered.push(challenge.scheme);
            }
        }
        let offered = match offered[..] {
            [] => "no scheme".to_owned(),
            _ => offered.join(", "),
        };
        if self.is_empty() {
            return Err(format!(
                "there are no credentials; the server offers {offered}"
            ));
        }
        let mut reasons = Vec::new();
        for (index, credentials) in self.all.iter_mut().enumerate().skip(self.in_use) {
            match credentials.challenged(challenges, peer).await {
                Ok(()) => {
                    self.in_use = index;
                    return Ok(());
                }
                Err(Unmet::NotOffered) => {}
                Err(unmet) => reasons.push(unmet.to_string()),
            }
        }
        Err(match reasons[..] {
            [] => format!("{}, but {offered}", Unmet::NotOffered),
            _ => reasons.join("; "),
        })
    }

    /// Checks what the answer to a request with an authorization proves.
    pub(crate) fn answered(
        &mut self,
        challenges: &[Challenge<'_>],
        is_due: bool,
    ) -> Result<(), Unproved> {
        match self.all.get_mut(self.in_use) {
            Some(credentials) => credentials.answered(challenges, is_due),
            None => Ok(()),
        }
    }
}
