//! A store in memory, and how an exchange is conducted with it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use bits_packet::Guid;
use bits_session::server::{
    Caller, Exchange, Fault, Policy, Receive, Session, State, Step, Survey,
};

/// What a store is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To find a session.
    Find,
    /// To look at a destination.
    Survey,
    /// To keep a new session.
    Create,
    /// To take bytes.
    Receive,
    /// To settle a session.
    Settle,
    /// To publish a file.
    Publish,
    /// To forget a session.
    Remove,
}

/// Every [`Errand`].
pub const ERRANDS: [Errand; 7] = [
    Errand::Find,
    Errand::Survey,
    Errand::Create,
    Errand::Receive,
    Errand::Settle,
    Errand::Publish,
    Errand::Remove,
];

/// Keeps sessions and files as long as it lives. What was not settled is forgotten at the next look, as a crash
/// would have it.
///
/// It panics when it is asked for what no server may do: to publish a part of a file, to leave a hole, to write
/// over what was acknowledged, to settle what is not there.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    /// Sessions as they were settled, with the bytes that came for them.
    sessions: BTreeMap<Guid, (Session, Vec<u8>)>,
    /// Published files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What goes wrong, as long as it is there.
    pub trouble: Option<(Errand, Fault)>,
    /// How many bytes are taken before [`Errand::Receive`] goes wrong.
    pub room: usize,
}

impl MemoryStore {
    /// The session of that name, as it was settled.
    #[must_use]
    pub fn session(&self, id: Guid) -> Option<&Session> {
        self.sessions.get(&id).map(|(session, _)| session)
    }

    /// Every session that has not been idle for too long, with what is settled of its bytes.
    pub fn alive<'s>(
        &'s self,
        policy: &'s Policy,
        now: SystemTime,
    ) -> impl Iterator<Item = (&'s Session, &'s [u8])> {
        let sessions = self.sessions.values();
        let alive = sessions.filter(move |(session, _)| !session.is_expired(policy, now));
        alive.map(|(session, bytes)| (session, settled(session, bytes)))
    }

    /// Ends what has been idle for too long.
    pub fn sweep(&mut self, policy: &Policy, now: SystemTime) {
        self.sessions
            .retain(|_, (session, _)| !session.is_expired(policy, now));
    }

    /// Does all that the exchange asks for, and gives the number of steps. `body` is what came of the request's.
    ///
    /// # Panics
    ///
    /// When the exchange does not end, or asks for what no server may do.
    pub fn conduct(
        &mut self,
        policy: &Policy,
        now: SystemTime,
        exchange: &mut Exchange<'_>,
        body: &[u8],
    ) -> usize {
        for steps in 0..8 {
            if self.step(policy, now, exchange, body) {
                return steps;
            }
        }
        panic!("{exchange:?} does not end");
    }

    /// Does one thing that the exchange asks for; `true` if there is nothing more.
    ///
    /// # Panics
    ///
    /// When no server may do it.
    pub fn step(
        &mut self,
        policy: &Policy,
        now: SystemTime,
        exchange: &mut Exchange<'_>,
        body: &[u8],
    ) -> bool {
        match exchange.poll() {
            Step::Find(id) => match self.fails(Errand::Find) {
                Err(fault) => exchange.handle_unknown(fault),
                Ok(()) => exchange.handle_found(self.find(id)),
            },
            Step::Survey(caller) => {
                let survey = self.survey(policy, now, caller);
                match self.fails(Errand::Survey) {
                    Err(fault) => exchange.handle_unknown(fault),
                    Ok(()) => exchange.handle_survey(survey),
                }
            }
            Step::Create(session) => {
                let done = self.create(session);
                exchange.handle_done(done);
            }
            Step::Receive(receive) => {
                let (count, fault) = self.receive(receive, body);
                exchange.handle_received(count, fault);
            }
            Step::Settle(session) => {
                let done = self.settle(session);
                exchange.handle_done(done);
            }
            Step::Publish { session, overwrite } => {
                let done = self.publish(session, overwrite);
                exchange.handle_done(done);
            }
            Step::Remove(session) => {
                let done = self.fails(Errand::Remove);
                if done.is_ok() {
                    let removed = self.sessions.remove(&session.id);
                    assert!(removed.is_some(), "{session:?} is not there to be removed");
                }
                exchange.handle_done(done);
            }
            Step::Answer => return true,
        }
        false
    }

    fn find(&mut self, id: Guid) -> Option<Session> {
        let (session, bytes) = self.sessions.get_mut(&id)?;
        let settled = settled(session, bytes).len();
        bytes.truncate(settled);
        Some(session.clone())
    }

    fn fails(&self, errand: Errand) -> Result<(), Fault> {
        match self.trouble {
            Some((at, fault)) if at == errand => Err(fault),
            _ => Ok(()),
        }
    }

    /// A name that ends with a slash is a folder, and `/missing/` is not there.
    fn survey(&self, policy: &Policy, now: SystemTime, caller: &Caller) -> Survey {
        let of_user = |(session, _): &(&Session, &[u8])| session.owner.user == caller.user;
        let sessions = self.alive(policy, now).filter(of_user).count();
        let target = &caller.target;
        Survey {
            sessions: u32::try_from(sessions).expect("few sessions"),
            destination: if target.ends_with('/') {
                Err(Fault::IsDirectory)
            } else if target.starts_with("/missing/") {
                Err(Fault::NoParent)
            } else if self.files.contains_key(target) {
                Err(Fault::Exists)
            } else {
                Ok(())
            },
        }
    }

    fn create(&mut self, session: &Session) -> Result<(), Fault> {
        self.fails(Errand::Create)?;
        let new = (session.clone(), Vec::new());
        let old = self.sessions.insert(session.id, new);
        assert_eq!(old, None, "two sessions of one name");
        Ok(())
    }

    fn receive(&mut self, receive: Receive, body: &[u8]) -> (u64, Option<Fault>) {
        let fault = self.fails(Errand::Receive).err();
        let room = fault.map_or(usize::MAX, |_| self.room);
        let (session, bytes) = self.sessions.get_mut(&receive.id).expect("it was found");
        assert_eq!(receive.at, session.received, "{receive:?}: not at the end");
        assert!(receive.length > 0, "{receive:?}: nothing to receive");
        let end = receive.at.checked_add(receive.length);
        assert!(
            end.is_some_and(|end| end <= receive.total),
            "{receive:?}: behind the end"
        );
        let skip = usize::try_from(receive.skip).unwrap_or(usize::MAX);
        let length = usize::try_from(receive.length).unwrap_or(usize::MAX);
        let new = body.get(skip..).unwrap_or_default();
        let taken = &new[..new.len().min(length).min(room)];
        bytes.extend_from_slice(taken);
        (taken.len() as u64, fault)
    }

    fn settle(&mut self, session: &Session) -> Result<(), Fault> {
        self.fails(Errand::Settle)?;
        let (kept, bytes) = self.sessions.get_mut(&session.id).expect("it was found");
        // What was published is no longer with its session.
        assert!(
            session.state == State::WaitForClose || session.received <= bytes.len() as u64,
            "{session:?}: not all of that is there"
        );
        assert!(session.received >= kept.received, "{session:?} goes back");
        assert_eq!(
            (&session.owner, session.state),
            (&kept.owner, kept.state),
            "only publishing changes the state, and nothing the owner"
        );
        *kept = session.clone();
        Ok(())
    }

    fn publish(&mut self, session: &Session, overwrite: bool) -> Result<(), Fault> {
        self.fails(Errand::Publish)?;
        let (kept, bytes) = self.sessions.get_mut(&session.id).expect("it was found");
        assert_eq!(kept.state, State::Receive, "{session:?} is published twice");
        assert_eq!(
            bytes.len() as u64,
            session.received,
            "{session:?}: not what is there"
        );
        assert_eq!(
            session.total.unwrap_or(0),
            session.received,
            "{session:?}: a part is published"
        );
        let target = &session.owner.target;
        let exists = self.files.contains_key(target);
        if exists && !overwrite {
            return Err(Fault::Exists);
        }
        assert!(
            !exists || !bytes.is_empty(),
            "{session:?}: an empty file over another"
        );
        self.files.insert(target.clone(), std::mem::take(bytes));
        *kept = Session {
            state: State::WaitForClose,
            ..session.clone()
        };
        Ok(())
    }
}

/// The part of the bytes that was settled. What was published is no longer with its session.
fn settled<'b>(session: &Session, bytes: &'b [u8]) -> &'b [u8] {
    let end = usize::try_from(session.received).unwrap_or(usize::MAX);
    bytes.get(..end).unwrap_or_default()
}
