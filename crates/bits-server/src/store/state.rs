//! The file in which the state of a session is kept.
//!
//! Four parts, each a line of JSON behind its CRC-32: three slots of 512 bytes, and behind them what never changes. The
//! newest slot that is whole counts. What must survive a crash is written over the older of the first two, and synced:
//! whatever a crash leaves of it, the other is whole. What may be lost is written over the third.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bits_packet::Guid;
use bits_session::server::Caller;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::folder::Data;

/// Bytes of a slot: what a disk writes at once.
const SLOT: usize = 512;
const SLOTS: usize = 3;
const VOLATILE: usize = 2;
/// More than a target and a user can take, with every character escaped.
const MAX_LENGTH: usize = SLOTS * SLOT + 32 * 1024;

/// Where a session stands, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Receiving,
    /// The file is whole, and about to get its name.
    Publishing,
    Published,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slot {
    /// The greater is the newer.
    pub(crate) sequence: u64,
    pub(crate) phase: Phase,
    /// So many bytes are there, whatever happened since.
    pub(crate) durable: u64,
    pub(crate) total: Option<u64>,
    /// Whether a Fragment came that could not be read.
    pub(crate) had_bad_fragment: bool,
    /// Seconds since 1970.
    pub(crate) touched: u64,
    /// As long as this has not changed, nothing that was written is lost, durable or not.
    pub(crate) epoch: String,
}

/// What never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Owner {
    pub(crate) version: u32,
    pub(crate) session: String,
    pub(crate) user: Option<String>,
    pub(crate) target: String,
    pub(crate) created: u64,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Owner {
    const VERSION: u32 = 1;

    pub(crate) fn new(session: Guid, caller: &Caller, created: SystemTime) -> Self {
        Owner {
            version: Self::VERSION,
            session: session.to_string(),
            user: caller.user.clone(),
            target: caller.target.clone(),
            created: seconds(created),
        }
    }
}

/// A slot, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) slot: Slot,
    pub(crate) owner: Owner,
    /// The newer of the first two slots.
    kept: Slot,
    /// Which of them is the older, and may be overwritten.
    free: usize,
    /// Whether the other one is known to be durable.
    is_synced: bool,
}

impl State {
    pub(crate) fn new(slot: Slot, owner: Owner) -> Self {
        State {
            kept: slot.clone(),
            slot,
            owner,
            free: 1,
            is_synced: false,
        }
    }

    /// The number of what was written last to survive.
    pub(crate) const fn kept(&self) -> u64 {
        self.kept.sequence
    }

    /// Takes what was written last to survive for durable.
    pub(crate) const fn trust(&mut self) {
        self.is_synced = true;
    }

    /// Writes all of it into an empty file.
    pub(crate) fn write_new(&self, file: &impl Data) -> io::Result<()> {
        let mut bytes = vec![b' '; SLOTS * SLOT];
        let line = line(&self.slot)?;
        bytes[..line.len()].copy_from_slice(&line);
        bytes.extend(self::line(&self.owner)?);
        file.write_at(&bytes, 0)
    }

    /// Writes the slot so that it may be lost.
    pub(crate) fn note(&mut self, file: &impl Data) -> io::Result<()> {
        self.slot.sequence += 1;
        write(file, &self.slot, VOLATILE)
    }

    /// Writes the slot so that it survives.
    pub(crate) fn keep(&mut self, file: &impl Data) -> io::Result<()> {
        self.confirm(file)?;
        self.slot.sequence += 1;
        self.is_synced = false;
        write(file, &self.slot, self.free)?;
        self.free = 1 - self.free;
        self.kept = self.slot.clone();
        file.sync()?;
        self.is_synced = true;
        Ok(())
    }

    /// Makes sure that what was written to survive does: who has read it from a file does not know.
    ///
    /// It is written once more: what an earlier sync has failed to write, another would not.
    pub(crate) fn confirm(&mut self, file: &impl Data) -> io::Result<()> {
        if !self.is_synced {
            write(file, &self.kept, 1 - self.free)?;
            file.write_at(&line(&self.owner)?, (SLOTS * SLOT) as u64)?;
            file.sync()?;
            self.is_synced = true;
        }
        Ok(())
    }

    /// What was written last and is whole; `None` if a crash came before all of it was there.
    pub(crate) fn read(file: &impl Data) -> io::Result<Option<Self>> {
        let mut bytes = vec![0; MAX_LENGTH];
        let length = file.read(&mut bytes)?;
        let Some((slots, owner)) = bytes[..length].split_at_checked(SLOTS * SLOT) else {
            return Ok(None);
        };
        let slots: Vec<Option<Slot>> = slots.chunks(SLOT).map(parse).collect();
        let newest = |slots: &[Option<Slot>]| {
            let slots = slots.iter().flatten();
            slots.max_by_key(|slot| slot.sequence).cloned()
        };
        if parse::<Version>(owner).is_some_and(|found| found.version != Owner::VERSION) {
            let text = "a session of another version of this server";
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        let owner = parse::<Owner>(owner);
        let sequence = |at: usize| slots[at].as_ref().map(|slot| slot.sequence);
        Ok(newest(&slots).zip(owner).map(|(slot, owner)| State {
            // The third tells as much, should both be damaged.
            kept: newest(&slots[..VOLATILE]).unwrap_or_else(|| slot.clone()),
            free: usize::from(sequence(0) > sequence(1)),
            is_synced: false,
            slot,
            owner,
        }))
    }
}

fn write(file: &impl Data, slot: &Slot, index: usize) -> io::Result<()> {
    let mut bytes = line(slot)?;
    bytes.resize(SLOT, b' ');
    file.write_at(&bytes, (index * SLOT) as u64)
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let json = serde_json::to_string(value)?;
    Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())).into_bytes())
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let (sum, json) = line.split_at_checked(9)?;
    let is_whole = format!("{:08x} ", crc32fast::hash(json)).as_bytes() == sum;
    is_whole
        .then(|| serde_json::from_slice(json).ok())
        .flatten()
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

pub(crate) fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(UNIX_EPOCH)
}
