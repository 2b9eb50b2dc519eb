//! A naive upload server: what the documents say, in as few words as possible.
//!
//! It follows the tables about states ([MC-BUP] 3.2.1.4, 3.2.5), the order of Fragments (D-19), partial Fragments,
//! Close and Cancel (D-24, D-25, D-27), in another shape than the engine: no steps, no table of transitions. Where the
//! documents leave it open (statuses of limits and short bodies, which rule weighs more, that the first Fragment fixes
//! the total whatever becomes of it), it says what [`Policy`](bits_session::server::Policy), [`Fault`] and the engine
//! say, and can only show that they keep to it. Sessions are rows in a list, and end in the second in which their time
//! is up.
//!
//! [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup

use std::collections::BTreeMap;

use bits_session::server::{Caller, Fault};

use super::packet::{Packet, Said};
use super::store::Errand;

/// What an administrator decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether a Fragment that begins too early is refused.
    pub refuses_overlap: bool,
    /// The greatest file, in bytes.
    pub max_file: u64,
    /// The greatest Fragment, in bytes.
    pub max_fragment: u64,
    /// How many sessions a user may have.
    pub max_sessions: u32,
    /// How long a session may be idle, in seconds.
    pub idle: u64,
    /// Whether a file may be put over another.
    pub overwrites: bool,
    /// Whether there may be empty files.
    pub empty_files: bool,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: u128,
    /// Whose it is.
    pub owner: Caller,
    /// What it has received.
    pub data: Vec<u8>,
    /// How long the file is said to be.
    pub total: Option<u64>,
    /// Whether the file is at its destination.
    pub is_published: bool,
    /// When it was heard of last, in seconds.
    pub heard: u64,
}

/// The server.
#[derive(Clone, Debug)]
pub struct Model {
    /// What it goes by.
    pub rules: Rules,
    /// Its sessions.
    pub rows: Vec<Row>,
    /// What was published.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The time, in seconds.
    pub now: u64,
}

/// What goes wrong in the store while a request is answered, and how many bytes it takes before.
pub type Trouble = Option<(Errand, Fault, usize)>;

const NOT_FOUND: Said = Said::error(500, 0x8020_001F);
const INVALID: Said = Said::error(400, 0x8007_0057);

fn said_of(fault: Fault) -> Said {
    match fault {
        Fault::Full => Said::error(500, 0x8007_0070),
        Fault::Gone => NOT_FOUND,
        Fault::IsDirectory | Fault::BadName => INVALID,
        Fault::NoParent => Said::error(404, 0x8007_0003),
        Fault::Exists | Fault::Forbidden => Said::error(403, 0x8007_0005),
        _ => Said::error(500, 0x8000_4005),
    }
}

/// How a session is named on the wire.
#[must_use]
pub fn spelled(name: u128) -> String {
    let digits = format!("{name:032X}");
    let (a, b, c, d, e) = (
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    );
    format!("{{{a}-{b}-{c}-{d}-{e}}}")
}

impl Model {
    /// A server without sessions and files.
    #[must_use]
    pub const fn new(rules: Rules) -> Self {
        Model {
            rules,
            rows: Vec::new(),
            files: BTreeMap::new(),
            now: 0,
        }
    }

    /// Time goes on.
    pub fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        let (now, idle) = (self.now, self.rules.idle);
        self.rows.retain(|row| now - row.heard < idle);
    }

    /// Answers a request. A new session is named `name`.
    pub fn answer(
        &mut self,
        caller: &Caller,
        packet: &Packet,
        trouble: Trouble,
        name: u128,
    ) -> Said {
        let fails = |errand| match trouble {
            Some((at, fault, _)) if at == errand => Some(fault),
            _ => None,
        };
        let id = match packet {
            Packet::Ping => return Said::status(200),
            Packet::Create { protocols } => return self.create(caller, protocols, fails, name),
            Packet::Fragment { id, .. } | Packet::Close { id } | Packet::Cancel { id } => id,
        };
        let spelling = id.to_ascii_uppercase();
        let is_guid = |text: &[u8]| text.len() == 38 && text[0] == b'{';
        if let (true, Some(fault)) = (is_guid(&spelling), fails(Errand::Find)) {
            return said_of(fault);
        }
        let found = self
            .rows
            .iter()
            .position(|row| spelled(row.name).as_bytes() == spelling && row.owner == *caller);
        let Some(index) = found else {
            return NOT_FOUND;
        };
        let said = match packet {
            Packet::Fragment { .. } => self.fragment(index, packet, trouble, fails),
            Packet::Close { .. } => self.close(index, fails),
            _ => self.end(index, fails),
        };
        match said == NOT_FOUND || said.error == NOT_FOUND.error {
            true => NOT_FOUND,
            false => said.of(id),
        }
    }

    fn create(
        &mut self,
        caller: &Caller,
        protocols: &str,
        fails: impl Fn(Errand) -> Option<Fault>,
        name: u128,
    ) -> Said {
        let ours = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
        if !protocols
            .split([' ', ','])
            .any(|it| it.eq_ignore_ascii_case(ours))
        {
            return INVALID;
        }
        if let Some(fault) = fails(Errand::Survey) {
            return said_of(fault);
        }
        let target = &caller.target;
        if target.ends_with('/') {
            return said_of(Fault::IsDirectory);
        }
        if target.starts_with("/missing/") {
            return said_of(Fault::NoParent);
        }
        if self.files.contains_key(target) && !self.rules.overwrites {
            return said_of(Fault::Exists);
        }
        let of_user = self.rows.iter().filter(|row| row.owner.user == caller.user);
        if of_user.count() >= self.rules.max_sessions as usize {
            return Said::error(503, 0x8007_0045);
        }
        if let Some(fault) = fails(Errand::Create) {
            return said_of(fault);
        }
        self.rows.push(Row {
            name,
            owner: caller.clone(),
            data: Vec::new(),
            total: None,
            is_published: false,
            heard: self.now,
        });
        Said {
            is_opened: true,
            ..Said::status(200).of(spelled(name).as_bytes())
        }
    }

    fn fragment(
        &mut self,
        index: usize,
        packet: &Packet,
        trouble: Trouble,
        fails: impl Fn(Errand) -> Option<Fault>,
    ) -> Said {
        let Packet::Fragment {
            first,
            last,
            total,
            coding,
            body,
            ..
        } = packet
        else {
            unreachable!("it is a Fragment");
        };
        let (first, last, total) = (*first, *last, *total);
        // What does not become durable has not happened.
        let mut row = self.rows[index].clone();
        let agreed = *row.total.get_or_insert(total);
        let expected = match row.is_published {
            true => agreed,
            false => row.data.len() as u64,
        };
        let is_coded = coding.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        let begins_early = first < expected;
        let mut publishes = false;
        let said = if is_coded || total != agreed {
            INVALID
        } else if total > self.rules.max_file {
            Said::error(500, 0x8020_0020)
        } else if last - first >= self.rules.max_fragment {
            Said::status(413)
        } else if first > expected {
            Said::status(416)
        } else if expected == total && (last + 1 == total || !self.rules.refuses_overlap) {
            // Nothing is missing: the client has not heard the Ack, or it could not be given.
            publishes = !row.is_published;
            row.heard = self.now;
            Said::status(200)
        } else if begins_early && self.rules.refuses_overlap {
            Said::status(416)
        } else if last < expected {
            row.heard = self.now;
            Said::status(200)
        } else {
            let old = usize::try_from(expected - first).expect("in memory");
            let new = body.get(old..).unwrap_or_default();
            let fault = fails(Errand::Receive);
            let room = trouble.map_or(0, |(_, _, room)| room);
            let taken = fault.map_or(new, |_| &new[..new.len().min(room)]);
            row.data.extend_from_slice(taken);
            if !taken.is_empty() {
                row.heard = self.now;
            }
            match fault {
                Some(fault) => said_of(fault),
                None if (taken.len() as u64) <= last - expected => Said::status(408),
                None => {
                    publishes = last + 1 == total;
                    Said::status(200)
                }
            }
        };
        let mut said = said;
        if publishes {
            match self.publish(&mut row, &fails) {
                Ok(()) => {
                    self.rows[index] = row;
                    return said.at(total);
                }
                Err(fault) => said = said_of(fault),
            }
        }
        if let Some(fault) = fails(Errand::Settle) {
            // The offset is not told: it may not last.
            return match said.status {
                200 | 416 => said_of(fault),
                _ => said,
            };
        }
        let offset = match row.is_published {
            true => agreed,
            false => row.data.len() as u64,
        };
        self.rows[index] = row;
        said.at(offset)
    }

    fn publish(
        &mut self,
        row: &mut Row,
        fails: impl Fn(Errand) -> Option<Fault>,
    ) -> Result<(), Fault> {
        if let Some(fault) = fails(Errand::Publish) {
            return Err(fault);
        }
        let target = &row.owner.target;
        let may_overwrite = self.rules.overwrites && !row.data.is_empty();
        if self.files.contains_key(target) && !may_overwrite {
            return Err(Fault::Exists);
        }
        row.total = Some(row.data.len() as u64);
        self.files
            .insert(target.clone(), std::mem::take(&mut row.data));
        row.is_published = true;
        Ok(())
    }

    fn close(&mut self, index: usize, fails: impl Fn(Errand) -> Option<Fault>) -> Said {
        let mut row = self.rows[index].clone();
        let is_whole = row.total == Some(row.data.len() as u64);
        let is_empty = row.total.is_none() && self.rules.empty_files;
        if !row.is_published && (is_whole || is_empty) {
            if let Err(fault) = self.publish(&mut row, &fails) {
                return said_of(fault);
            }
            self.rows[index] = row;
        }
        self.end(index, fails)
    }

    /// Forgets a session. What is published stays, and what the client is told of it too.
    fn end(&mut self, index: usize, fails: impl Fn(Errand) -> Option<Fault>) -> Said {
        match fails(Errand::Remove) {
            Some(fault) if !self.rows[index].is_published => return said_of(fault),
            Some(_) => {}
            None => drop(self.rows.remove(index)),
        }
        Said::status(200)
    }
}
