//! Slows down those who guess passwords.
//!
//! Every attempt counts as failed from its start, for its user and its peer; one that succeeds is taken back. So
//! attempts at the same time slow each other down, and to hang up is of no use. The more there were, the longer an
//! attempt waits before it is looked at: the first few not at all, in the end [`LONGEST`]. The count halves every
//! minute.
//!
//! A flood must not lock anybody out:
//!
//! * No attempt waits longer than [`LONGEST`], and the password of a user who was checked lately is not checked again, so
//!   that it does not come here at all.
//! * Who comes from where the user has come from before does not wait for what others have tried under that name.
//! * Attempts that wait take places, of which there is a bounded number: one peer has few, and those that have to
//!   wait cannot take them all.
//! * Peers are proxies sometimes, and then say nothing about who asks: loopback addresses and those that are named as
//!   proxies are not counted.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::{UserName, lock};

/// How long an attempt waits at most.
pub(super) const LONGEST: Duration = Duration::from_secs(5);

/// How many attempts may fail before the next has to wait.
const FREE: u32 = 3;
/// How long it then waits; each further one twice as long.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// What is counted at most, so that a flood is forgotten within minutes of its end.
const MOST: u32 = 16;
/// In what time half of it is forgotten.
const HALVING: Duration = Duration::from_secs(60);

/// How many attempts are under way at most.
const PLACES: usize = 64;
/// How many of them those may take that have to wait.
const SLOWED_PLACES: usize = 48;
/// How many one peer may take.
const PEER_PLACES: usize = 8;

/// How many users, and how many peers, are remembered.
const REMEMBERED: usize = 4096;

/// Counts attempts.
pub(super) struct Throttle {
    hasher: RandomState,
    uncounted: Vec<IpAddr>,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    /// By hashes of names, with a random key: what is tried as a name may be a password.
    users: HashMap<u64, Tally>,
    peers: HashMap<IpAddr, Tally>,
    /// Users and the peers that they have come from, with the time of it.
    familiar: HashMap<(u64, IpAddr), Instant>,
    under_way: HashMap<Option<IpAddr>, usize>,
    slowed: usize,
}

#[derive(Clone, Copy)]
struct Tally {
    failures: u32,
    since: Instant,
}

/// An attempt that is under way, until it is dropped.
pub(super) struct Attempt<'a> {
    throttle: &'a Throttle,
    user: u64,
    /// `None` if it is not counted.
    peer: Option<IpAddr>,
    delay: Duration,
}

impl Throttle {
    pub(super) fn new(proxies: impl IntoIterator<Item = IpAddr>) -> Self {
        Throttle {
            hasher: RandomState::new(),
            uncounted: proxies.into_iter().map(|it| it.to_canonical()).collect(),
            counts: Mutex::default(),
        }
    }

    /// A number that stands for the user, in this process alone.
    pub(super) fn seed(&self, user: &UserName) -> u64 {
        self.hasher.hash_one(user)
    }

    /// An attempt begins; `None` if there are too many.
    pub(super) fn begin(&self, user: &UserName, peer: IpAddr) -> Option<Attempt<'_>> {
        let now = Instant::now();
        let user = self.seed(user);
        let peer = self.peer(peer);
        let mut counts = lock(&self.counts);
        let is_familiar = peer.is_some_and(|peer| counts.familiar.contains_key(&(user, peer)));
        let of_peer = peer.map_or(0, |peer| failures(&counts.peers, &peer, now));
        let of_user = match is_familiar {
            true => 0,
            false => failures(&counts.users, &user, now),
        };
        let delay = delay(of_peer.max(of_user));
        let all: usize = counts.under_way.values().sum();
        let own = counts.under_way.get(&peer).copied().unwrap_or(0);
        if all >= PLACES
            || peer.is_some() && own >= PEER_PLACES
            || !delay.is_zero() && counts.slowed >= SLOWED_PLACES
        {
            return None;
        }
        *counts.under_way.entry(peer).or_insert(0) += 1;
        counts.slowed += usize::from(!delay.is_zero());
        count(&mut counts.users, user, now);
        if let Some(peer) = peer {
            count(&mut counts.peers, peer, now);
        }
        drop(counts);
        Some(Attempt {
            throttle: self,
            user,
            peer,
            delay,
        })
    }

    /// What is counted as one peer: all of a network of IPv6 that one customer has.
    fn peer(&self, address: IpAddr) -> Option<IpAddr> {
        let address = address.to_canonical();
        if address.is_loopback() || self.uncounted.contains(&address) {
            return None;
        }
        Some(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() & !u128::from(u64::MAX)).into(),
        })
    }
}

impl Attempt<'_> {
    /// How long to wait before it is looked at.
    pub(super) fn delay(&self) -> Duration {
        self.delay
    }

    /// The password was right.
    pub(super) fn succeeded(self) {
        let now = Instant::now();
        let mut counts = lock(&self.throttle.counts);
        take_back(&mut counts.users, &self.user);
        if let Some(peer) = self.peer {
            take_back(&mut counts.peers, &peer);
            make_room(&mut counts.familiar, &(self.user, peer), |last| *last);
            counts.familiar.insert((self.user, peer), now);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut counts = lock(&self.throttle.counts);
        counts.slowed -= usize::from(!self.delay.is_zero());
        if let Some(own) = counts.under_way.get_mut(&self.peer) {
            *own -= 1;
            if *own == 0 {
                counts.under_way.remove(&self.peer);
            }
        }
    }
}

fn delay(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => FIRST_DELAY.saturating_mul(1 << more.min(MOST)).min(LONGEST),
    }
}

impl Tally {
    /// What is left of it by now.
    fn at(self, now: Instant) -> Tally {
        let halvings = (now - self.since).as_secs() / HALVING.as_secs();
        let halvings = u32::try_from(halvings).unwrap_or(u32::MAX);
        Tally {
            failures: self.failures.checked_shr(halvings).unwrap_or(0),
            since: self.since + HALVING.saturating_mul(halvings),
        }
    }
}

fn failures<K: Hash + Eq>(tallies: &HashMap<K, Tally>, key: &K, now: Instant) -> u32 {
    tallies.get(key).map_or(0, |tally| tally.at(now).failures)
}

fn count<K: Hash + Eq + Clone>(tallies: &mut HashMap<K, Tally>, key: K, now: Instant) {
    make_room(tallies, &key, |tally| (tally.at(now).failures, tally.since));
    let blank = Tally {
        failures: 0,
        since: now,
    };
    let tally = tallies.entry(key).or_insert(blank);
    *tally = match tally.at(now) {
        Tally { failures: 0, .. } => blank,
        left => left,
    };
    tally.failures = (tally.failures + 1).min(MOST);
}

fn take_back<K: Hash + Eq>(tallies: &mut HashMap<K, Tally>, key: &K) {
    if let Some(tally) = tallies.get_mut(key) {
        tally.failures = tally.failures.saturating_sub(1);
    }
}

/// Drops what weighs least, if there is no room for the key.
fn make_room<K: Hash + Eq + Clone, V, W: Ord>(
    entries: &mut HashMap<K, V>,
    key: &K,
    weight: impl Fn(&V) -> W,
) {
    if entries.len() >= REMEMBERED && !entries.contains_key(key) {
        let lightest = entries.iter().min_by_key(|(_, value)| weight(value));
        let lightest = lightest.map(|(key, _)| key.clone());
        lightest.and_then(|key| entries.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserName {
        name.parse().unwrap()
    }

    fn v4(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn throttle() -> Throttle {
        Throttle::new([v4(200)])
    }

    impl Throttle {
        /// The delay of an attempt that fails.
        fn fails(&self, name: &str, peer: IpAddr) -> Duration {
            self.begin(&user(name), peer).unwrap().delay()
        }

        /// The delay of an attempt that succeeds.
        fn succeeds(&self, name: &str, peer: IpAddr) -> Duration {
            let attempt = self.begin(&user(name), peer).unwrap();
            let delay = attempt.delay();
            attempt.succeeded();
            delay
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_delay_grows_with_failures_and_has_an_end() {
        let throttle = throttle();
        let delays = [(); 12].map(|()| throttle.fails("alice", v4(1)).as_millis());
        let expected = [0, 0, 0, 250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000];
        assert_eq!(delays, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_is_slowed_down_wherever_the_attempts_come_from() {
        let throttle = throttle();
        for peer in 1..=5 {
            throttle.fails("alice", v4(peer));
        }
        assert!(throttle.fails("alice", v4(6)) >= Duration::from_secs(1));
        assert_eq!(throttle.fails("bob", v4(6)), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_is_slowed_down_whatever_names_it_tries() {
        let throttle = throttle();
        for number in 0..5 {
            throttle.fails(&format!("user{number}"), v4(1));
        }
        assert!(throttle.fails("user9", v4(1)) >= Duration::from_secs(1));
        assert_eq!(throttle.fails("user9", v4(2)), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_from_where_the_user_has_come_from_does_not_wait_for_what_others_try() {
        let throttle = throttle();
        throttle.succeeds("alice", v4(1));
        for _ in 0..20 {
            throttle.fails("alice", v4(66));
        }
        assert_eq!(throttle.succeeds("alice", v4(1)), Duration::ZERO);
        assert_eq!(throttle.succeeds("alice", v4(2)), LONGEST);
        assert_eq!(throttle.succeeds("alice", v4(2)), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_succeeds_is_never_slowed_down() {
        let throttle = throttle();
        for _ in 0..100 {
            assert_eq!(throttle.succeeds("alice", v4(1)), Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_does_not_wash_failures_away() {
        let throttle = throttle();
        for _ in 0..20 {
            throttle.fails("alice", v4(66));
            throttle.succeeds("mallory", v4(66));
        }
        assert_eq!(throttle.fails("bob", v4(66)), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_forgotten_within_minutes() {
        let throttle = throttle();
        for _ in 0..1000 {
            throttle.fails("alice", v4(66));
        }
        let mut delays = Vec::new();
        for peer in 1..=4 {
            tokio::time::advance(HALVING).await;
            delays.push(throttle.succeeds("alice", v4(peer)).as_millis());
        }
        assert_eq!(delays, [5000, 500, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_at_the_same_time_slow_each_other_down() {
        let throttle = throttle();
        let attempts: Vec<_> = (1..=6)
            .map(|peer| throttle.begin(&user("alice"), v4(peer)).unwrap())
            .collect();
        assert_eq!(attempts[5].delay(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn one_peer_cannot_take_all_places() {
        let throttle = throttle();
        let flood: Vec<_> = (0..PLACES)
            .map_while(|_| throttle.begin(&user("alice"), v4(66)))
            .collect();
        assert_eq!(flood.len(), PEER_PLACES);
        assert!(throttle.begin(&user("alice"), v4(1)).is_some());
        drop(flood);
        assert!(throttle.begin(&user("alice"), v4(66)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_for_one_user_leaves_places_for_others() {
        let throttle = throttle();
        let flood: Vec<_> = (0..=255)
            .filter_map(|peer| throttle.begin(&user("alice"), v4(peer)))
            .collect();
        assert_eq!(flood.len(), SLOWED_PLACES + FREE as usize);
        assert!(
            throttle
                .begin(&user("alice"), [198, 51, 100, 1].into())
                .is_none()
        );
        let other = throttle.begin(&user("bob"), [198, 51, 100, 1].into());
        assert_eq!(other.unwrap().delay(), Duration::ZERO);
        drop(flood);
        assert!(lock(&throttle.counts).under_way.is_empty());
        assert_eq!(lock(&throttle.counts).slowed, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn proxies_are_not_counted() {
        let throttle = throttle();
        for proxy in [
            v4(200),
            [127, 0, 0, 1].into(),
            "::ffff:127.0.0.1".parse().unwrap(),
        ] {
            for number in 0..20 {
                throttle.fails(&format!("user{number}"), proxy);
            }
            assert_eq!(throttle.fails("alice", proxy), Duration::ZERO);
        }
        assert!(throttle.fails("user0", v4(200)) > Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_of_ipv6_is_one_peer_and_a_mapped_address_is_what_it_maps() {
        let throttle = throttle();
        for number in 0..20_u8 {
            let peer = format!("2001:db8:0:1::{number}").parse().unwrap();
            throttle.fails(&format!("user{number}"), peer);
            throttle.fails(
                &format!("other{number}"),
                "::ffff:192.0.2.1".parse().unwrap(),
            );
        }
        assert_eq!(
            throttle.fails("alice", "2001:db8:0:1:f::".parse().unwrap()),
            LONGEST
        );
        assert_eq!(
            throttle.fails("bob", "2001:db8:0:2::".parse().unwrap()),
            Duration::ZERO
        );
        assert_eq!(throttle.fails("carol", v4(1)), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded_and_the_worst_stay() {
        let throttle = throttle();
        for _ in 0..10 {
            throttle.fails("alice", v4(66));
        }
        for number in 0..u32::try_from(REMEMBERED).unwrap() + 100 {
            let peer = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
            throttle.fails(&format!("user{number}"), peer);
            throttle.succeeds("bob", peer);
        }
        let counts = lock(&throttle.counts);
        let sizes = [
            counts.users.len(),
            counts.peers.len(),
            counts.familiar.len(),
        ];
        assert_eq!(sizes, [REMEMBERED; 3]);
        drop(counts);
        assert_eq!(throttle.fails("alice", v4(66)), LONGEST);
    }
}
