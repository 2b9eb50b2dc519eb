//! Sessions that were idle for too long.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use bits_session::server::Session;
use tracing::{info, warn};

use super::UploadService;
use super::conduct::blocking;
use super::lanes::{Key, Kind};
use super::shown;
use crate::auth::Gate;
use crate::store::{Store, StoreError, Upload};

/// After so many sessions that were looked at, whoever asks for the disk goes first.
const PAUSE_AFTER: usize = 32;
const PAUSE: Duration = Duration::from_millis(5);

/// How long a session that somebody is busy with is waited for: it is not idle.
const PATIENCE: Duration = Duration::from_millis(100);

impl<S: Store, G: Gate> UploadService<S, G> {
    /// Counts the sessions, and removes those that were idle for too long, at most `max` of them; says how many it has
    /// removed. Requests go on meanwhile.
    ///
    /// # Errors
    ///
    /// If the sessions cannot be listed.
    pub async fn sweep(&self, max: usize) -> Result<usize, StoreError> {
        let (shared, now) = (&self.0, SystemTime::now());
        let (store, policy) = (Arc::clone(&shared.store), shared.options.policy.clone());
        let cut = shared.cut.clone();
        let (count, expired) = blocking(move || {
            let (mut count, mut expired) = (0, Vec::new());
            let mut visited = 0_usize;
            store.visit(&mut |session| {
                visited += 1;
                if visited.is_multiple_of(PAUSE_AFTER) {
                    sleep(PAUSE);
                }
                if cut.is_cancelled() {
                    return false;
                }
                let session = match session {
                    Ok(session) => session,
                    Err(error) => {
                        warn!(%error, "a session is left alone");
                        return true;
                    }
                };
                count += 1;
                if expired.len() < max && session.is_expired(&policy, now) {
                    expired.push(session);
                }
                true
            })?;
            Ok((count, expired))
        })
        .await?;
        shared.metrics.set_sessions(count);
        let mut removed = 0;
        for session in expired {
            let id = session.id;
            match self.expire(session).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => warn!(session = %id, %error, "an idle session stays"),
            }
        }
        Ok(removed)
    }

    async fn expire(&self, session: Session) -> Result<bool, StoreError> {
        let Session { id, owner, .. } = session;
        let shared = Arc::clone(&self.0);
        let lanes = &self.0.lanes;
        let Some(_turn) = lanes
            .enter(Key::Session(id, owner.clone()), Kind::Sweeper, PATIENCE)
            .await
        else {
            return Ok(false);
        };
        let (store, policy) = (Arc::clone(&shared.store), shared.options.policy.clone());
        let removed = blocking(move || {
            // It may have been used meanwhile.
            let Some((session, mut upload)) = store.find(id, &owner)? else {
                return Ok(None);
            };
            if !session.is_expired(&policy, SystemTime::now()) {
                return Ok(None);
            }
            upload.remove(&session)?;
            Ok(Some(session))
        })
        .await?;
        let Some(session) = removed else {
            return Ok(false);
        };
        shared.metrics.session_ended();
        shared.metrics.count_expired();
        let (user, path) = shown(&session.owner);
        info!(
            session = %id,
            user,
            path,
            offset = session.received,
            "expired"
        );
        Ok(true)
    }
}
