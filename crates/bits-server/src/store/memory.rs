//! A store for tests: in memory, with faults on demand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bits_packet::Guid;
use bits_session::server::{Caller, Fault, Session, State, Survey};

use super::{Store, StoreError, Upload, Visitor};
use crate::Target;

/// Its clones share what they keep.
#[derive(Clone, Default)]
pub(crate) struct MemoryStore(Arc<Mutex<Inner>>);

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) sessions: HashMap<Guid, (Session, Vec<u8>)>,
    pub(crate) files: HashMap<String, Vec<u8>>,
    /// What goes wrong: the name of the step, and how.
    pub(crate) fails: Option<(&'static str, Fault)>,
    /// Whether the next step panics.
    pub(crate) panics: bool,
}

impl MemoryStore {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.lock().files.get(path).cloned()
    }

    /// Makes every session older.
    pub(crate) fn age(&self) {
        for (session, _) in self.lock().sessions.values_mut() {
            session.touched = SystemTime::UNIX_EPOCH;
        }
    }

    fn may(&self, step: &'static str) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = self.lock();
        assert!(!inner.panics, "as was asked for");
        match inner.fails {
            Some((fails, fault)) if fails == step => Err(StoreError::new(fault, step)),
            _ => Ok(inner),
        }
    }
}

pub(crate) struct MemoryUpload(MemoryStore, Guid);

impl Store for MemoryStore {
    type Upload = MemoryUpload;

    fn find(&self, id: Guid, _: &Caller) -> Result<Option<(Session, MemoryUpload)>, StoreError> {
        let inner = self.may("find")?;
        let session = inner.sessions.get(&id).map(|(session, _)| session.clone());
        Ok(session.map(|session| (session, MemoryUpload(self.clone(), id))))
    }

    fn survey(&self, caller: &Caller, _: u32) -> Survey {
        let inner = self.lock();
        let of_user = |(session, _): &&(Session, Vec<u8>)| session.owner.user == caller.user;
        Survey {
            sessions: u32::try_from(inner.sessions.values().filter(of_user).count()).unwrap(),
            destination: match &caller.target {
                target if target.ends_with('/') => Err(Fault::IsDirectory),
                target if inner.files.contains_key(target) => Err(Fault::Exists),
                _ => Ok(()),
            },
        }
    }

    fn exists(&self, target: &Target) -> Result<bool, StoreError> {
        let inner = self.may("exists")?;
        Ok(target.is_folder() || inner.files.contains_key(&target.to_string()))
    }

    fn check(&self) -> Result<(), StoreError> {
        self.may("check").map(drop)
    }

    fn create(&self, session: &Session) -> Result<(), StoreError> {
        let mut inner = self.may("create")?;
        inner
            .sessions
            .insert(session.id, (session.clone(), Vec::new()));
        Ok(())
    }

    fn visit(&self, visit: &mut Visitor<'_>) -> Result<(), StoreError> {
        let sessions: Vec<_> = self.may("visit")?.sessions.values().cloned().collect();
        let _ = sessions.into_iter().all(|(session, _)| visit(Ok(session)));
        Ok(())
    }
}

impl MemoryUpload {
    fn with<T>(
        &self,
        step: &'static str,
        work: impl FnOnce(&mut Session, &mut Vec<u8>) -> T,
    ) -> Result<T, StoreError> {
        let mut inner = self.0.may(step)?;
        let Some((session, bytes)) = inner.sessions.get_mut(&self.1) else {
            return Err(StoreError::new(Fault::Gone, step));
        };
        Ok(work(session, bytes))
    }
}

impl Upload for MemoryUpload {
    fn append(&mut self, at: u64, _: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.with("append", |_, file| {
            assert_eq!(at, file.len() as u64, "at the end");
            file.extend_from_slice(bytes);
        })
    }

    fn settle(&mut self, session: &Session) -> Result<(), StoreError> {
        self.with("settle", |kept, file| {
            if session.state == State::Receive {
                assert_eq!(session.received, file.len() as u64, "what is told is there");
            }
            *kept = session.clone();
        })
    }

    fn publish(&mut self, session: &Session, overwrite: bool) -> Result<(), StoreError> {
        let bytes = self.with("publish", |_, file| std::mem::take(file))?;
        let mut inner = self.0.lock();
        let target = session.owner.target.clone();
        if !overwrite && inner.files.contains_key(&target) {
            return Err(StoreError::new(Fault::Exists, "publish"));
        }
        inner.files.insert(target, bytes);
        drop(inner);
        self.with("publish", |kept, _| {
            *kept = Session {
                state: State::WaitForClose,
                ..session.clone()
            };
        })
    }

    fn remove(&mut self, session: &Session) -> Result<(), StoreError> {
        self.0.may("remove")?.sessions.remove(&session.id);
        Ok(())
    }
}
