//! The engine of the server, with a store, beside the naive model.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use arbitrary::Unstructured;
use bits_packet::{Ack, Deviation, Guid, Options, Parsed};
use bits_serializer::Draft;
use bits_session::server::{
    Caller, Event as RowEvent, Exchange, Overlap, Policy, State, Transition,
};

use super::model::{Model, Rules, Trouble};
use super::operation::{Event, Operation};
use super::packet::{Packet, Said};
use super::store::MemoryStore;

/// The engine under the rules of a model, and its store.
#[derive(Clone, Debug)]
pub struct Subject {
    policy: Policy,
    store: MemoryStore,
    /// The rows of the table that were followed.
    pub rows: HashSet<&'static Transition>,
}

/// A second of the model.
#[must_use]
pub fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

impl Subject {
    /// As the model begins.
    ///
    /// # Panics
    ///
    /// When the model has sessions already.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        assert!(model.rows.is_empty());
        let mut store = MemoryStore::default();
        store.files.clone_from(&model.files);
        Subject {
            policy: policy(&model.rules),
            store,
            rows: HashSet::new(),
        }
    }

    /// Answers a request.
    ///
    /// # Panics
    ///
    /// When the exchange does not go by its table, or its Ack is none that STRICT accepts.
    pub fn answer(
        &mut self,
        now: u64,
        caller: &Caller,
        packet: &Packet,
        trouble: Trouble,
        name: u128,
    ) -> Said {
        let request = packet.request();
        let now = at(now);
        let id = Guid::new(name);
        let mut exchange = Exchange::new(&self.policy, caller.clone(), &request, now, id);
        self.store.trouble = trouble.map(|(errand, fault, _)| (errand, fault));
        self.store.room = trouble.map_or(0, |(_, _, room)| room);
        self.store
            .conduct(&self.policy, now, &mut exchange, packet.body());
        let ack = exchange.ack();
        reads_strictly(&ack);
        let said = Said::read(&ack);
        self.rows.extend(exchange.transition());
        if let (Some(row), None) = (exchange.transition(), trouble) {
            self.went_by(row, exchange.session().id, &said);
        }
        said
    }

    /// After a row of the table, the session is in the state that the row says.
    fn went_by(&self, row: &Transition, id: Guid, said: &Said) {
        let state = self
            .store
            .session(id)
            .map_or(State::Absent, |session| session.state);
        let is_success = matches!(said.status, 200 | 416) || row.event == RowEvent::Expire;
        let expected = if is_success { row.next } else { row.state };
        assert_eq!(state, expected, "{row:?} {said:?}");
    }

    /// The store ends what has been idle for too long.
    pub fn sweep(&mut self, now: u64) {
        self.store.sweep(&self.policy, at(now));
    }

    /// Sessions and files are those of the model.
    ///
    /// # Panics
    ///
    /// When they are not.
    pub fn check(&self, model: &Model) {
        assert_eq!(self.store.files, model.files);
        let alive = self.store.alive(&self.policy, at(model.now));
        let mut alive: Vec<_> = alive
            .map(|(session, bytes)| {
                let is_published = session.state == State::WaitForClose;
                (
                    session.id.as_u128(),
                    &session.owner,
                    bytes,
                    session.total,
                    is_published,
                    session.touched,
                )
            })
            .collect();
        let mut rows: Vec<_> = model
            .rows
            .iter()
            .map(|row| {
                let data = row.data.as_slice();
                (
                    row.name,
                    &row.owner,
                    data,
                    row.total,
                    row.is_published,
                    at(row.heard),
                )
            })
            .collect();
        alive.sort_by_key(|session| session.0);
        rows.sort_by_key(|row| row.0);
        assert_eq!(alive, rows);
    }
}

fn policy(rules: &Rules) -> Policy {
    let mut policy = Policy::default();
    policy.overlap = match rules.refuses_overlap {
        true => Overlap::Refuse,
        false => Overlap::AcceptNew,
    };
    policy.max_file = rules.max_file;
    policy.max_fragment = rules.max_fragment;
    policy.max_sessions = rules.max_sessions;
    policy.idle_timeout = Duration::from_secs(rules.idle);
    policy.overwrite = rules.overwrites;
    policy.empty_files = rules.empty_files;
    policy
}

/// An Ack of ours is one in which nothing has to be tolerated, but that two have no error code: what a client does
/// about 408 and 413 depends on the status alone (D-38).
fn reads_strictly(ack: &Ack<'_>) {
    let bytes = Draft::ack(ack).to_vec();
    let options = match ack.status().as_u16() {
        408 | 413 => Options::STRICT.allow(Deviation::MissingError),
        _ => Options::STRICT,
    };
    match Ack::parse_with(&bytes, ack.answering(), &options) {
        Ok(Parsed::Complete { value, rest }) => {
            assert_eq!((value.packet(), rest), (Some(ack), &b""[..]));
        }
        other => panic!("{} reads as {other:?}", bytes.escape_ascii()),
    }
}

/// A model, what it has seen, and what it has said last.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The model.
    pub model: Model,
    created: Vec<(u128, Caller)>,
    salt: u8,
    /// What has happened last, what was said, and the name of a session that it could open.
    pub last: Option<(Event, Said, u128)>,
}

impl Seen {
    /// Nothing yet.
    #[must_use]
    pub fn begin(rules: [u8; Rules::LENGTH]) -> Self {
        Seen {
            model: Model::begin(rules),
            created: Vec::new(),
            salt: 0,
            last: None,
        }
    }

    /// Lets something happen to the model.
    pub fn apply(&mut self, operation: &Operation) {
        let event = operation.resolve(&self.model, &self.created, self.salt);
        self.salt = self.salt.wrapping_add(1);
        let count = self.created.len() as u128;
        // Letters in every place, so that spellings differ.
        let name = 0xABCD_EF01_2345_6789_ABCD_EF01_2345_0000 + count * 0x10;
        let said = match &event {
            Event::Pass(seconds) => {
                self.model.pass(*seconds);
                Said::status(0)
            }
            Event::Sweep => Said::status(0),
            Event::Request(caller, packet, trouble) => {
                let said = self.model.answer(caller, packet, *trouble, name);
                if said.is_opened {
                    self.created.push((name, caller.clone()));
                }
                said
            }
        };
        self.last = Some((event, said, name));
    }

    /// Lets the same happen to the engine: it must say the same, and be left with the same.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub fn repeat(&self, subject: &mut Subject) {
        match &self.last {
            Some((Event::Sweep, ..)) => subject.sweep(self.model.now),
            Some((Event::Request(caller, packet, trouble), expected, name)) => {
                let said = subject.answer(self.model.now, caller, packet, *trouble, *name);
                assert_eq!(said, *expected, "{packet:?} of {caller:?}, {trouble:?}");
            }
            Some((Event::Pass(_), ..)) | None => {}
        }
        subject.check(&self.model);
    }
}

/// The bytes are rules and a list of operations, which engine and model must see alike. Gives what was said to
/// each request, and the engine.
///
/// # Panics
///
/// When they do not.
#[must_use]
pub fn run(input: &[u8]) -> (Vec<String>, Subject) {
    let mut u = Unstructured::new(input);
    let mut rules = [0; Rules::LENGTH];
    let _ = u.fill_buffer(&mut rules);
    let mut seen = Seen::begin(rules);
    let mut subject = Subject::new(&seen.model);
    let mut answers = Vec::new();
    while let Ok(operation) = u.arbitrary() {
        seen.apply(&operation);
        seen.repeat(&mut subject);
        if let Some((Event::Request(..), said, _)) = &seen.last {
            answers.push(said.to_string());
        }
    }
    (answers, subject)
}
