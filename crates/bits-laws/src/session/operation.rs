//! What happens to a server, as eight bytes: for the fuzzer, for property tests, and to be written by hand.

use arbitrary::{Arbitrary, Result, Unstructured};
use bits_session::server::{Caller, Fault};

use super::model::{Model, Row, Rules, Trouble, spelled};
use super::packet::Packet;
use super::store::ERRANDS;

/// Every fault that is tried.
pub const FAULTS: [Fault; 8] = [
    Fault::Exists,
    Fault::IsDirectory,
    Fault::NoParent,
    Fault::BadName,
    Fault::Forbidden,
    Fault::Full,
    Fault::Gone,
    Fault::Failed,
];

const PROTOCOLS: [&str; 4] = [
    "{7df0354d-249b-430f-820d-3d2a9bef4931}",
    "{7DF0354D-249B-430F-820D-3D2A9BEF4931}",
    "{00000000-0000-0000-0000-000000000001} {7df0354d-249b-430f-820d-3d2a9bef4931}",
    "{00000000-0000-0000-0000-000000000001}",
];
const CODINGS: [Option<&str>; 4] = [None, None, Some("Identity"), Some("gzip")];
const TARGETS: [&str; 5] = ["/a", "/b", "/c", "/folder/", "/missing/a"];
const SECONDS: [u64; 8] = [1, 5, 9, 10, 11, 999, 1000, 2_000_000];

/// Of what kind an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ping.
    Ping = 0,
    /// Create-Session.
    Create = 1,
    /// Fragment.
    Fragment = 3,
    /// Close-Session.
    Close = 10,
    /// Cancel-Session.
    Cancel = 12,
    /// Time goes on.
    Pass = 13,
    /// The store ends what has been idle for too long.
    Sweep = 15,
}

/// Something that happens, said in terms of what has happened before. Its fields are the bytes of its form on file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Of 16, each kind has so many: Ping 1, Create 2, Fragment 7, Close 2, Cancel 1, Pass 2, Sweep 1.
    pub kind: u8,
    /// Bits 0 and 1: the user, 0 for that of the session. Bits 2 to 4: the target, 0 for that of the session. Bits 5
    /// and 6: protocols or coding.
    pub caller: u8,
    /// The lower half: which session, the newest first; from 12 on, one that is not there. Bits 4 and 5: how it is
    /// spelled.
    pub name: u8,
    /// Where a Fragment begins: so many bytes behind what is wanted, as a signed number up to 100; others are far out.
    pub first: u8,
    /// The length of a Fragment, in bytes; 0 goes to the end of the file. How much time passes.
    pub length: u8,
    /// The length of the file, in bytes; 0 as before.
    pub total: u8,
    /// How much of the body comes: 0 for all, else one byte less. With trouble, how much of it the store takes.
    pub sent: u8,
    /// What goes wrong in the store: from 200 on, one of seven errands and of eight faults.
    pub trouble: u8,
}

/// An operation, once it is known upon what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// So many seconds pass.
    Pass(u64),
    /// The store ends what has been idle for too long.
    Sweep,
    /// A request.
    Request(Caller, Packet, Trouble),
}

impl Operation {
    /// How many bytes it has on file.
    pub const LENGTH: usize = 8;

    /// An operation of that kind, upon the newest session, as its owner, with nothing odd.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        let mut operation = Self::of_bytes([0; Self::LENGTH]);
        operation.kind = kind as u8;
        operation
    }

    /// What the bytes on file say.
    #[must_use]
    pub const fn of_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        let [kind, caller, name, first, length, total, sent, trouble] = bytes;
        Operation {
            kind,
            caller,
            name,
            first,
            length,
            total,
            sent,
            trouble,
        }
    }

    /// The bytes on file.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LENGTH] {
        [
            self.kind,
            self.caller,
            self.name,
            self.first,
            self.length,
            self.total,
            self.sent,
            self.trouble,
        ]
    }

    /// What it is, after all that the model has seen. `created` are the sessions that there ever were, `salt` tells the
    /// bytes of two Fragments apart.
    #[must_use]
    pub fn resolve(&self, model: &Model, created: &[(u128, Caller)], salt: u8) -> Event {
        let nth = usize::from(self.name % 16);
        let session = match created.len() {
            0 => None,
            _ if nth >= 12 => None,
            count => Some(&created[count - 1 - nth % count]),
        };
        let caller = self.caller_of(session.map(|(_, owner)| owner));
        let row = session.and_then(|(name, _)| model.rows.iter().find(|row| row.name == *name));
        let newest = created.last().map_or(1, |(name, _)| *name);
        let id = self.spell(session.map(|(name, _)| *name), newest);
        let packet = match self.kind % 16 {
            0 => Packet::Ping,
            1 | 2 => Packet::Create {
                protocols: PROTOCOLS[usize::from(self.caller >> 5 & 3)],
            },
            3..=9 => self.fragment(id, row, &model.rules, salt),
            10 | 11 => Packet::Close { id },
            12 => Packet::Cancel { id },
            13 | 14 => return Event::Pass(SECONDS[usize::from(self.length % 8)]),
            _ => return Event::Sweep,
        };
        Event::Request(caller, packet, self.trouble())
    }

    fn caller_of(&self, owner: Option<&Caller>) -> Caller {
        let owner = owner.filter(|_| !matches!(self.kind % 16, 1 | 2));
        let user = match self.caller & 3 {
            0 => owner.and_then(|owner| owner.user.clone()),
            1 => None,
            2 => Some("ann".to_owned()),
            _ => Some("bob".to_owned()),
        };
        let target = match usize::from(self.caller >> 2 & 7) {
            nth @ 1..=5 => TARGETS[nth - 1].to_owned(),
            _ => owner.map_or_else(|| TARGETS[0].to_owned(), |owner| owner.target.clone()),
        };
        Caller { user, target }
    }

    fn spell(&self, name: Option<u128>, newest: u128) -> Vec<u8> {
        let name = match (name, self.name % 16) {
            (Some(name), _) => spelled(name),
            (None, 13) => "opaque".to_owned(),
            (None, 14) => spelled(newest).trim_matches(['{', '}']).to_owned(),
            (None, 15) => spelled(newest ^ 1),
            (None, _) => spelled(0x2A),
        };
        match self.name >> 4 & 3 {
            1 => name.to_ascii_lowercase(),
            2 => name.replace('A', "a").replace('C', "c"),
            _ => name,
        }
        .into_bytes()
    }

    fn fragment(&self, id: Vec<u8>, row: Option<&Row>, rules: &Rules, salt: u8) -> Packet {
        let agreed = row.and_then(|row| row.total).unwrap_or(20);
        let expected = match row {
            Some(row) if row.is_published => agreed,
            Some(row) => row.data.len() as u64,
            None => 0,
        };
        let total = match self.total {
            0 => agreed,
            length @ 1..=200 => length.into(),
            201 => rules.max_file,
            202 => rules.max_file.saturating_add(1),
            203 => u64::MAX,
            _ => agreed.saturating_add(1),
        };
        let total = total.max(1);
        let first = match self.first.cast_signed() {
            by @ -100..=100 => expected.saturating_add_signed(by.into()),
            101 => 0,
            102 => total - 1,
            _ => total / 2,
        };
        let first = first.min(total - 1);
        let length = match self.length {
            0 => total,
            length => length.into(),
        };
        let last = first.saturating_add(length - 1).min(total - 1);
        let whole = last - first + 1;
        let sent = match self.sent {
            // Nobody has memory for the rest of the greatest files.
            0 => whole.min(300),
            _ if self.trouble().is_some() => whole.min(300),
            sent => whole.min(u64::from(sent) - 1),
        };
        let body = (0..sent).map(|at| byte_at(first.wrapping_add(at), salt));
        Packet::Fragment {
            id,
            first,
            last,
            total,
            coding: CODINGS[usize::from(self.caller >> 5 & 3)],
            body: body.collect(),
        }
    }

    fn trouble(&self) -> Trouble {
        let nth = usize::from(self.trouble.checked_sub(200)?);
        Some((ERRANDS[nth / 8], FAULTS[nth % 8], self.sent.into()))
    }
}

/// What stands at a position of a file: something else in each Fragment, so that it shows which one was taken.
fn byte_at(position: u64, salt: u8) -> u8 {
    let [low, ..] = position.to_le_bytes();
    low.wrapping_add(salt.wrapping_mul(31))
}

impl<'a> Arbitrary<'a> for Operation {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut bytes = [0; Self::LENGTH];
        bytes.copy_from_slice(u.bytes(Self::LENGTH)?);
        Ok(Self::of_bytes(bytes))
    }
}

impl Rules {
    /// How many bytes they have on file.
    pub const LENGTH: usize = 6;

    /// What the bytes on file say: switches, and a choice of four for each limit. The last byte is of
    /// [`Model::begin`].
    #[must_use]
    pub fn of_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        let [switches, file, fragment, sessions, idle, _] = bytes.map(usize::from);
        Rules {
            refuses_overlap: switches & 1 != 0,
            overwrites: switches & 2 != 0,
            empty_files: switches & 4 != 0,
            max_file: [u64::MAX, 30, 10, 1][file % 4],
            max_fragment: [u64::MAX, 8, 1, 100][fragment % 4],
            max_sessions: [50, 1, 2, 0][sessions % 4],
            idle: [1000, 10, 1, 1_209_600][idle % 4],
        }
    }
}

impl Model {
    /// A server as the bytes on file say: its rules, and which files are there.
    #[must_use]
    pub fn begin(bytes: [u8; Rules::LENGTH]) -> Self {
        let mut model = Self::new(Rules::of_bytes(bytes));
        for (nth, target) in TARGETS.iter().take(3).enumerate() {
            if bytes[5] >> nth & 1 != 0 {
                let file = format!("what was at {target}").into_bytes();
                model.files.insert((*target).to_owned(), file);
            }
        }
        model
    }
}
