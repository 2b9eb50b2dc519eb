//! The engine of the server, sentence by sentence.

mod ends;
mod faults;
mod fragments;
mod limits;
mod owners;
mod rows;
mod steps;

use std::time::{Duration, SystemTime};

use bits_laws::session::packet::{Packet, Said};
use bits_laws::session::store::{Errand, MemoryStore};
use bits_packet::{Ack, Guid, RequestType, SessionId, StatusCode};
use bits_serializer::Draft;
use bits_session::server::{
    Caller, Event, Exchange, Fault, Overlap, Policy, Session, State, Transition,
};

const PROTOCOL: &str = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
const INVALID: u32 = 0x8007_0057;
const ACCESS_DENIED: u32 = 0x8007_0005;
const NOT_FOUND: u32 = 0x8020_001F;

/// A server with a store, one client, and a clock.
struct Bench {
    policy: Policy,
    store: MemoryStore,
    caller: Caller,
    second: u64,
    names: u128,
    /// The row that the last request has followed.
    row: Option<&'static Transition>,
    /// The last Ack as it is on the wire.
    bytes: Vec<u8>,
}

fn caller(user: Option<&str>, target: &str) -> Caller {
    Caller {
        user: user.map(str::to_owned),
        target: target.to_owned(),
    }
}

fn policy(set: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::default();
    set(&mut policy);
    policy
}

/// The name of the nth session.
fn name(nth: u128) -> Guid {
    Guid::new(0xABCD_EF01_2345_6789_ABCD_EF01_2345_6700 + nth)
}

fn id(nth: u128) -> Vec<u8> {
    name(nth).to_upper().to_vec()
}

fn create() -> Packet {
    Packet::Create {
        protocols: PROTOCOL,
    }
}

/// The bytes of the file of which so many come, in a Fragment of the first session.
fn fragment(first: u64, last: u64, total: u64) -> Packet {
    let byte = |at| u8::try_from(at % 251).unwrap();
    Packet::Fragment {
        id: id(1),
        first,
        last,
        total,
        coding: None,
        body: (first..=last).map(byte).collect(),
    }
}

fn close() -> Packet {
    Packet::Close { id: id(1) }
}

fn cancel() -> Packet {
    Packet::Cancel { id: id(1) }
}

/// The Ack of a Fragment of the first session.
fn told(status: u16, offset: u64) -> Said {
    Said::status(status).of(&id(1)).at(offset)
}

fn not_found() -> Said {
    Said::error(500, NOT_FOUND)
}

impl Bench {
    fn new(policy: Policy) -> Self {
        Bench {
            policy,
            store: MemoryStore::default(),
            caller: caller(Some("ann"), "/a"),
            second: 0,
            names: 0,
            row: None,
            bytes: Vec::new(),
        }
    }

    /// With a session.
    fn opened(policy: Policy) -> Self {
        let mut bench = Self::new(policy);
        bench.ask(&create());
        assert!(bench.session().is_some());
        bench
    }

    /// With a session that has received so much of ten bytes.
    fn at(policy: Policy, received: u64) -> Self {
        let mut bench = Self::opened(policy);
        let said = bench.ask(&fragment(0, received - 1, 10));
        assert_eq!(said, told(200, received));
        bench
    }

    fn ask(&mut self, packet: &Packet) -> Said {
        let caller = self.caller.clone();
        self.ask_as(&caller, packet)
    }

    fn ask_as(&mut self, caller: &Caller, packet: &Packet) -> Said {
        let request = packet.request();
        let (policy, now) = (self.policy.clone(), self.now());
        let new_id = name(self.names + 1);
        let exchange = Exchange::new(&policy, caller.clone(), &request, now, new_id);
        self.conduct(exchange, packet.body())
    }

    /// A Fragment of the first session that breaks a rule which is answered by that status.
    fn ask_badly_as(&mut self, caller: &Caller, status: u16) -> Said {
        self.ask_badly_of(RequestType::Fragment, caller, status)
    }

    fn ask_badly_of(&mut self, kind: RequestType, caller: &Caller, status: u16) -> Said {
        let (policy, now, id) = (self.policy.clone(), self.now(), id(1));
        let id = SessionId::new(&id).unwrap();
        let status = StatusCode::new(status).unwrap();
        let exchange = Exchange::of_bad_packet(&policy, caller.clone(), kind, id, status, now);
        self.conduct(exchange, b"")
    }

    fn conduct(&mut self, mut exchange: Exchange<'_>, body: &[u8]) -> Said {
        let (policy, now) = (self.policy.clone(), self.now());
        self.store.conduct(&policy, now, &mut exchange, body);
        let ack: Ack<'_> = exchange.ack();
        self.bytes = Draft::ack(&ack).to_vec();
        self.row = exchange.transition();
        let said = Said::read(&ack);
        if said.is_opened {
            self.names += 1;
        }
        said
    }

    /// While the store fails at an errand.
    fn ask_in_trouble(&mut self, packet: &Packet, errand: Errand, fault: Fault) -> Said {
        self.store.trouble = Some((errand, fault));
        let said = self.ask(packet);
        self.store.trouble = None;
        said
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + self.second)
    }

    /// The first session.
    fn session(&self) -> Option<&Session> {
        self.store.session(name(1))
    }

    fn state(&self) -> State {
        self.session()
            .map_or(State::Absent, |session| session.state)
    }

    fn received(&self) -> Option<u64> {
        self.session().map(|session| session.received)
    }

    fn event(&self) -> Option<Event> {
        self.row.map(|row| row.event)
    }

    fn file(&self) -> Option<&[u8]> {
        self.store.files.get("/a").map(Vec::as_slice)
    }
}

fn refusing() -> Policy {
    policy(|policy| policy.overlap = Overlap::Refuse)
}
