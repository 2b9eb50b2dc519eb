//! An open session of a folder.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use bits_packet::Guid;
use bits_session::server::{Caller, Fault, Session, State as SessionState};
use rustix::io::Errno;

use super::counts::Class;
use super::directory::{Durability, Shared, absent_is_fine, some};
use super::folder::{Data, Folder, Kind};
use super::listing::remove_session;
use super::names::{DATA, OUT, STATE, folder_of, name_of};
use super::state::{Phase, Slot, State, seconds, time};
use super::{StoreError, Upload};
use crate::Target;

/// So many bytes are written before the room that is left is asked for again.
const ROOM_HOLDS: u64 = 1 << 20;

/// An open session of a [`DirStore`](super::DirStore).
pub struct DirUpload<F: Folder> {
    store: Arc<Shared<F>>,
    user: F,
    id: Guid,
    state_file: F::File,
    state: State,
    data: Option<F::File>,
    /// So many bytes may be written before the room is asked for.
    room: u64,
    /// As what it is counted among the sessions of its user.
    counted: Class,
}

impl<F: Folder> DirUpload<F> {
    /// Opens the session, and mends what a crash has left of it. A state that is not whole was lost before anybody
    /// could count on it.
    pub(super) fn open(
        store: &Arc<Shared<F>>,
        user: F,
        id: Guid,
        caller: &Caller,
    ) -> io::Result<Option<(Session, Self)>> {
        let Some(state_file) = some(user.open(&name_of(id, STATE)))? else {
            return Ok(None);
        };
        let Some(mut state) = State::read(&state_file)? else {
            return Ok(None);
        };
        // Of another's session nothing is mended: its owner may be at it.
        if (&state.owner.user, &state.owner.target) != (&caller.user, &caller.target) {
            return Ok(None);
        }
        if store.has_synced(id, state.kept()) {
            state.trust();
        }
        let data = some(user.open(&name_of(id, DATA)))?;
        let mut upload = DirUpload {
            store: Arc::clone(store),
            user,
            id,
            state_file,
            counted: Class::of_slot(&state.slot),
            state,
            data,
            room: 0,
        };
        upload.mend_publishing()?;
        let received = upload.mend_data()?;
        Ok(Some((session(id, &upload.state, received), upload)))
    }

    /// The session as it would be if it were opened.
    pub(super) fn look(store: &Shared<F>, user: &F, id: Guid) -> io::Result<Option<Session>> {
        let Some(state_file) = some(user.open(&name_of(id, STATE)))? else {
            return Ok(None);
        };
        let Some(state) = State::read(&state_file)? else {
            let what = "its state is damaged";
            return Err(io::Error::new(ErrorKind::InvalidData, what));
        };
        let data = some(user.open(&name_of(id, DATA)))?;
        let received = received(&state.slot, data.as_ref(), &store.epoch)?;
        Ok(Some(session(id, &state, received)))
    }

    /// Finds out how far the file came that was about to be published.
    fn mend_publishing(&mut self) -> io::Result<()> {
        if self.state.slot.phase != Phase::Publishing {
            return Ok(());
        }
        // A name on its way to the destination has not arrived there.
        absent_is_fine(self.user.remove(&name_of(self.id, OUT)))?;
        let place = self.place();
        let has_arrived = match (&self.data, &place) {
            (None, _) => true,
            (Some(data), Ok((folder, name))) => folder.is(name, data)?,
            (Some(_), Err(_)) => false,
        };
        if has_arrived {
            // Where the folder is gone, so is the file, by the hand that has taken it.
            if let Ok((folder, _)) = place {
                folder.sync()?;
            }
            return self.leave_staging();
        }
        self.state.slot.phase = Phase::Receiving;
        self.state.keep(&self.state_file)
    }

    /// Drops what was not kept when the system went down, and counts the bytes that are there.
    fn mend_data(&mut self) -> io::Result<u64> {
        let received = received(&self.state.slot, self.data.as_ref(), &self.store.epoch)?;
        match &self.data {
            Some(data) if data.length()? > received => data.set_length(received)?,
            _ => {}
        }
        Ok(received)
    }

    /// The published file has its name: the one in the staging folder goes.
    fn leave_staging(&mut self) -> io::Result<()> {
        absent_is_fine(self.user.remove(&name_of(self.id, DATA)))?;
        self.data = None;
        self.state.slot.phase = Phase::Published;
        self.note()
    }

    fn place(&self) -> Result<(F, String), Fault> {
        let target = self.state.owner.target.clone();
        let target = Target::of_decoded(target).map_err(|_| Fault::BadName)?;
        let (folder, name) = self.store.place(&target)?;
        Ok((folder, name.to_owned()))
    }

    /// Writes the state so that it may be lost. What it says of the data is true as long as the system stays up.
    fn note(&mut self) -> io::Result<()> {
        self.state.slot.epoch.clone_from(&self.store.epoch);
        self.state.note(&self.state_file)?;
        self.count_as(Class::of_slot(&self.state.slot));
        Ok(())
    }

    /// Writes the state so that it survives.
    fn keep(&mut self) -> io::Result<()> {
        self.state.slot.epoch.clone_from(&self.store.epoch);
        self.state.keep(&self.state_file)?;
        self.store.note_synced(self.id, self.state.kept());
        self.count_as(Class::of_slot(&self.state.slot));
        Ok(())
    }

    fn count_as(&mut self, class: Class) {
        if class != self.counted {
            let folder = folder_of(self.state.owner.user.as_deref());
            self.store.counts.change(&folder, self.counted, class);
            self.counted = class;
        }
    }

    /// Makes the data durable, and if it is the first time, all names that lead to it and to the state.
    fn sync_data(&mut self) -> io::Result<()> {
        if let Some(data) = self.data.take() {
            if let Err(error) = data.sync() {
                self.distrust(&data);
                return Err(error);
            }
            self.data = Some(data);
        }
        if self.state.slot.durable == 0 {
            self.user.sync()?;
            let user = self.state.owner.user.as_deref();
            self.store.keep_folder(&folder_of(user))?;
        }
        Ok(())
    }

    /// Forgets what a sync has failed to write: the next one would not write it either, and succeed. Until the session
    /// is found again, its data is out of reach.
    fn distrust(&mut self, data: &F::File) {
        if data.set_length(self.state.slot.durable).is_err() {
            self.state.slot.epoch.clear();
            // If that fails as well, nothing can be written, so that nothing more will be said to be durable.
            let _ = self.state.note(&self.state_file);
        }
    }

    /// Whether all bytes that are to be told of are there.
    fn has(&self, received: u64) -> io::Result<bool> {
        let length = match &self.data {
            Some(data) => data.length()?,
            None => 0,
        };
        Ok(length >= received)
    }

    /// Leaves the room that is to be left.
    fn take_room(&mut self, length: u64) -> Result<(), StoreError> {
        if self.room < length {
            let fail = |error| StoreError::of_io("ask for the room that is left", error);
            let room = self.user.room().map_err(fail)?;
            let room = room.saturating_sub(self.store.options.keep_free);
            if room < length {
                return Err(StoreError::new(Fault::Full, "write the data"));
            }
            self.room = room.min(length.max(ROOM_HOLDS));
        }
        self.room -= length;
        Ok(())
    }

    /// Gives the file its name at the destination.
    fn put(&self, folder: &F, name: &str, overwrite: bool) -> Result<(), StoreError> {
        let fail = |error: io::Error| match error.kind() {
            ErrorKind::AlreadyExists => StoreError::new(Fault::Exists, "publish the file"),
            ErrorKind::NotFound => StoreError::new(Fault::Gone, "publish the file"),
            _ => StoreError::of_io("publish the file", error),
        };
        let (data, out) = (name_of(self.id, DATA), name_of(self.id, OUT));
        if !overwrite {
            return match self.user.link(&data, folder, name) {
                Err(error) if cannot_link(&error) => self.user.rename_new(&data, folder, name),
                done => done,
            }
            .map_err(fail);
        }
        match folder.kind(name).map_err(fail)? {
            Some(Kind::Folder) => {
                return Err(StoreError::new(Fault::IsDirectory, "publish the file"));
            }
            Some(Kind::Other) => return Err(StoreError::new(Fault::Forbidden, "publish the file")),
            Some(Kind::File) | None => {}
        }
        // A crash may have left one.
        absent_is_fine(self.user.remove(&out)).map_err(fail)?;
        match self.user.link(&data, &self.user, &out) {
            Err(error) if cannot_link(&error) => self.user.rename_over(&data, folder, name),
            Err(error) => Err(error),
            Ok(()) => self.user.rename_over(&out, folder, name),
        }
        .map_err(fail)
    }
}

impl<F: Folder> fmt::Debug for DirUpload<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DirUpload").field(&self.state).finish()
    }
}

impl<F: Folder> Upload for DirUpload<F> {
    fn append(&mut self, at: u64, total: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("write the data", error);
        self.take_room(bytes.len() as u64)?;
        let slot = &mut self.state.slot;
        if slot.total != Some(total) || slot.epoch != self.store.epoch {
            // First, so that every byte that is found later counts.
            slot.total = Some(total);
            self.note().map_err(fail)?;
        }
        let data = match self.data.take() {
            Some(data) => data,
            None => self.user.create(&name_of(self.id, DATA)).map_err(fail)?,
        };
        // Another hand may have cut or lengthened it.
        if data.length().map_err(fail)? != at {
            self.data = Some(data);
            return Err(StoreError::new(
                Fault::Failed,
                "write behind what was received: it is not what it was",
            ));
        }
        let written = data.write_at(bytes, at);
        if written.is_err() {
            // What is there of them is right, but nobody counts it.
            let _ = data.set_length(at);
        }
        self.data = Some(data);
        written.map_err(fail)
    }

    fn settle(&mut self, session: &Session) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("keep the state of a session", error);
        if self.state.slot.phase == Phase::Receiving && !self.has(session.received).map_err(fail)? {
            let attempt = "keep what was received: it is not what it was";
            return Err(StoreError::new(Fault::Failed, attempt));
        }
        let before = self.state.slot.clone();
        self.state.slot.total = session.total;
        self.state.slot.had_bad_fragment = session.had_bad_fragment;
        self.state.slot.touched = seconds(session.touched);
        let slot = &self.state.slot;
        let is_new = slot.phase == Phase::Receiving && slot.durable < session.received;
        if self.store.options.durability == Durability::Fragment {
            if is_new {
                let synced = self.sync_data();
                synced.map_err(|error| StoreError::of_io("make the data durable", error))?;
                self.state.slot.durable = session.received;
                return self.keep().map_err(fail);
            }
            self.state.confirm(&self.state_file).map_err(fail)?;
        }
        match self.state.slot == before {
            true => Ok(()),
            false => self.note().map_err(fail),
        }
    }

    fn publish(&mut self, session: &Session, overwrite: bool) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("publish the file", error);
        let (folder, name) = self
            .place()
            .map_err(|fault| StoreError::new(fault, "open the destination"))?;
        if self.data.is_none() {
            self.data = Some(self.user.create(&name_of(self.id, DATA)).map_err(fail)?);
        }
        let length = match &self.data {
            Some(data) => data.length().map_err(fail)?,
            None => 0,
        };
        if length != session.received {
            let attempt = "publish what was received: it is not what it was";
            return Err(StoreError::new(Fault::Failed, attempt));
        }
        self.sync_data()
            .map_err(|error| StoreError::of_io("make the data durable", error))?;
        self.state.slot.phase = Phase::Publishing;
        self.state.slot.durable = session.received;
        self.state.slot.total = Some(session.received);
        self.state.slot.touched = seconds(session.touched);
        self.keep().map_err(fail)?;
        if let Err(error) = self.put(&folder, &name, overwrite) {
            // So that nothing that happens later looks as if it had been published.
            if error.fault() != Fault::Failed {
                self.state.slot.phase = Phase::Receiving;
                self.keep().map_err(fail)?;
            }
            return Err(error);
        }
        folder.sync().map_err(fail)?;
        self.leave_staging().map_err(fail)
    }

    fn remove(&mut self, _: &Session) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("remove a session", error);
        if remove_session(&self.user, self.id).map_err(fail)? {
            self.count_as(Class::Over);
        }
        Ok(())
    }
}

/// How many bytes of the file are there for sure.
fn received(slot: &Slot, data: Option<&impl Data>, epoch: &str) -> io::Result<u64> {
    if slot.phase == Phase::Published {
        return Ok(slot.durable);
    }
    let length = match data {
        Some(data) => data.length()?,
        None if slot.phase == Phase::Publishing => return Ok(slot.durable),
        None => 0,
    };
    let kept = if slot.epoch == epoch {
        u64::MAX
    } else {
        slot.durable
    };
    Ok(length.min(kept).min(slot.total.unwrap_or(0)))
}

fn session(id: Guid, state: &State, received: u64) -> Session {
    let owner = Caller {
        user: state.owner.user.clone(),
        target: state.owner.target.clone(),
    };
    let mut session = Session::new(id, owner, time(state.slot.touched));
    session.received = received;
    session.total = state.slot.total;
    session.had_bad_fragment = state.slot.had_bad_fragment;
    if state.slot.phase == Phase::Published {
        session.state = SessionState::WaitForClose;
    }
    session
}

/// Whether a file system that has no second names says so.
fn cannot_link(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(
        code,
        Some(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK | Errno::XDEV)
    )
}
