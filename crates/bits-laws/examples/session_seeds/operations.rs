//! Operations under names that lists of them read well with.

use bits_laws::session::model::Rules;
use bits_laws::session::operation::{Kind, Operation};

/// Switches, and a choice of four for each limit: see [`Rules::of_bytes`].
pub(crate) const RULES: [u8; Rules::LENGTH] = [0; Rules::LENGTH];
pub(crate) const REFUSE_OVERLAP: [u8; Rules::LENGTH] = [1, 0, 0, 0, 0, 0];
pub(crate) const OVERWRITE: [u8; Rules::LENGTH] = [2, 0, 0, 0, 0, 1];
pub(crate) const EXISTS: [u8; Rules::LENGTH] = [0, 0, 0, 0, 0, 1];
pub(crate) const EMPTY: [u8; Rules::LENGTH] = [4, 0, 0, 0, 0, 0];

pub(crate) const PING: Operation = Operation::new(Kind::Ping);
pub(crate) const CREATE: Operation = Operation::new(Kind::Create);
pub(crate) const CLOSE: Operation = Operation::new(Kind::Close);
pub(crate) const CANCEL: Operation = Operation::new(Kind::Cancel);
pub(crate) const SWEEP: Operation = Operation::new(Kind::Sweep);
/// Everything that is missing, of 20 bytes.
pub(crate) const REST: Operation = Operation::new(Kind::Fragment);
/// The last three bytes again, when all are there.
pub(crate) const LAST: Operation = Operation {
    first: (-3i8).cast_unsigned(),
    ..REST
};

/// So many bytes, from where they are wanted.
pub(crate) const fn next(length: u8) -> Operation {
    Operation { length, ..REST }
}

/// So many bytes, from so many behind or before what is wanted.
pub(crate) const fn from(first: i8, length: u8) -> Operation {
    Operation {
        first: first.cast_unsigned(),
        length,
        ..REST
    }
}

/// 10 and 1,000 seconds are the idle times of rules.
pub(crate) const fn pass(nth: u8) -> Operation {
    Operation {
        length: nth,
        ..Operation::new(Kind::Pass)
    }
}

pub(crate) const fn by(operation: Operation, user: u8, target: u8) -> Operation {
    Operation {
        caller: user | target << 2,
        ..operation
    }
}

/// With protocols or a coding, of four.
pub(crate) const fn with(operation: Operation, nth: u8) -> Operation {
    Operation {
        caller: nth << 5,
        ..operation
    }
}

pub(crate) const fn of(operation: Operation, total: u8) -> Operation {
    Operation { total, ..operation }
}

/// Only so many bytes of the body come.
pub(crate) const fn short(operation: Operation, sent: u8) -> Operation {
    Operation {
        sent: sent + 1,
        ..operation
    }
}

pub(crate) const FIND: u8 = 0;
pub(crate) const SURVEY: u8 = 1;
pub(crate) const OPEN: u8 = 2;
pub(crate) const RECEIVE: u8 = 3;
pub(crate) const SETTLE: u8 = 4;
pub(crate) const PUBLISH: u8 = 5;
pub(crate) const REMOVE: u8 = 6;
pub(crate) const FULL: u8 = 5;
pub(crate) const GONE: u8 = 6;
pub(crate) const FAILED: u8 = 7;

/// The store fails at an errand, and takes three bytes before.
pub(crate) const fn fails(operation: Operation, errand: u8, fault: u8) -> Operation {
    Operation {
        trouble: 200 + errand * 8 + fault,
        sent: 3,
        ..operation
    }
}

pub(crate) const fn named(operation: Operation, name: u8) -> Operation {
    Operation { name, ..operation }
}

pub(crate) fn server(rules: [u8; Rules::LENGTH], operations: &[Operation]) -> Vec<u8> {
    let operations = operations.iter().flat_map(|it| it.to_bytes());
    [0].into_iter().chain(rules).chain(operations).collect()
}
