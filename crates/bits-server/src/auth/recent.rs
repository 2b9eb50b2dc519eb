//! Who has shown the right password lately.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Password, UserName, lock};

/// For how long after it was last shown a password need not be checked again.
const KEPT: Duration = Duration::from_secs(300);

/// Of how many users that is known at a time.
const USERS: usize = 1024;

/// Makes marks, which tell passwords apart in this process alone: hashes with a random key that never leaves it.
pub(super) struct Marker(Zeroizing<[u8; 32]>);

/// Stands for a user's password.
pub(super) struct Mark([u8; 32]);

/// The marks of the passwords that were right lately.
#[derive(Default)]
pub(super) struct Recent(Mutex<HashMap<UserName, Shown>>);

struct Shown {
    mark: Mark,
    last: Instant,
}

impl Marker {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key)?;
        Ok(Marker(key))
    }

    pub(super) fn mark(&self, user: &UserName, password: &Password) -> Mark {
        let mac = Blake2sMac256::new_from_slice(&*self.0).expect("a key of 32 bytes is good");
        // No name holds a colon.
        let mac = mac
            .chain_update(user.as_str())
            .chain_update(b":")
            .chain_update(password.as_bytes());
        Mark(mac.finalize().into_bytes().into())
    }
}

impl Recent {
    /// Whether that password was right lately. If so, it stays known for longer.
    pub(super) fn knows(&self, user: &UserName, mark: &Mark) -> bool {
        let now = Instant::now();
        match lock(&self.0).get_mut(user) {
            Some(shown) if now - shown.last < KEPT && shown.mark.0.ct_eq(&mark.0).into() => {
                shown.last = now;
                true
            }
            _ => false,
        }
    }

    /// That password is right.
    pub(super) fn learn(&self, user: &UserName, mark: Mark) {
        let now = Instant::now();
        let mut users = lock(&self.0);
        if users.len() >= USERS && !users.contains_key(user) {
            let oldest = users.iter().min_by_key(|(_, shown)| shown.last);
            let oldest = oldest.map(|(name, _)| name.clone());
            oldest.and_then(|name| users.remove(&name));
        }
        users.insert(user.clone(), Shown { mark, last: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserName {
        name.parse().unwrap()
    }

    fn mark(marker: &Marker, name: &str, password: &str) -> Mark {
        marker.mark(&user(name), &Password::new(password).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn knows_the_right_password_of_the_right_user() {
        let (marker, recent) = (Marker::new().unwrap(), Recent::default());
        recent.learn(&user("alice"), mark(&marker, "alice", "one"));
        let knows = |name, shown_as, password| {
            recent.knows(&user(name), &mark(&marker, shown_as, password))
        };
        assert!(knows("alice", "alice", "one"));
        assert!(!knows("alice", "alice", "two"));
        assert!(!knows("bob", "bob", "one"));
        assert!(!knows("bob", "alice", "one"));
        // Another process makes other marks.
        let other = Marker::new().unwrap();
        assert!(!recent.knows(&user("alice"), &mark(&other, "alice", "one")));
    }

    #[test]
    fn a_mark_is_of_the_pair_and_not_of_the_text() {
        let marker = Marker::new().unwrap();
        let [one, other] = [("a", "b:c"), ("a", "bc")].map(|(a, b)| mark(&marker, a, b).0);
        assert_ne!(one, other);
    }

    #[tokio::test(start_paused = true)]
    async fn forgets_who_has_not_come_for_five_minutes() {
        let (marker, recent) = (Marker::new().unwrap(), Recent::default());
        let knows = || recent.knows(&user("alice"), &mark(&marker, "alice", "one"));
        recent.learn(&user("alice"), mark(&marker, "alice", "one"));
        for _ in 0..3 {
            tokio::time::advance(KEPT - Duration::from_secs(1)).await;
            assert!(knows());
        }
        tokio::time::advance(KEPT).await;
        assert!(!knows());
    }

    #[tokio::test(start_paused = true)]
    async fn holds_a_bounded_number_and_drops_the_oldest() {
        let (marker, recent) = (Marker::new().unwrap(), Recent::default());
        for number in 0..USERS + 10 {
            tokio::time::advance(Duration::from_millis(1)).await;
            let name = format!("user{number}");
            recent.learn(&user(&name), mark(&marker, &name, "one"));
        }
        // One that is there takes nobody's place.
        recent.learn(&user("user1033"), mark(&marker, "user1033", "one"));
        assert_eq!(lock(&recent.0).len(), USERS);
        let knows = |name| recent.knows(&user(name), &mark(&marker, name, "one"));
        assert!(!knows("user9") && knows("user10") && knows("user1033"));
    }
}
