//! The engine of the server against a naive model, operation by operation. `PROPTEST_CASES` sets how many sequences.

use std::collections::HashSet;

use bits_laws::corpus;
use bits_laws::session::model::Rules;
use bits_laws::session::operation::Operation;
use bits_laws::session::server::{Seen, Subject, run};
use bits_session::server::{TRANSITIONS, Transition};
use proptest::array::{uniform6, uniform8};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

struct Naive;

impl ReferenceStateMachine for Naive {
    type State = Seen;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Seen> {
        const { assert!(Rules::LENGTH == 6) };
        uniform6(any::<u8>()).prop_map(Seen::begin).boxed()
    }

    fn transitions(_: &Seen) -> BoxedStrategy<Operation> {
        const { assert!(Operation::LENGTH == 8) };
        uniform8(any::<u8>())
            .prop_map(|mut bytes| {
                // Most Fragments are short and begin near where they should, most callers are the owners of the
                // newest sessions, and most things go right. One in seven is anything.
                let [kind, caller, name, first, length, total, sent, trouble] = &mut bytes;
                let is_odd = |byte: &mut u8| {
                    let is_odd = *byte >= 220;
                    *byte = byte.wrapping_mul(37);
                    is_odd
                };
                if !is_odd(caller) {
                    *caller &= if *kind % 16 > 2 { 0x20 } else { 0x3F };
                }
                if !is_odd(name) {
                    *name &= 0x33;
                }
                if !is_odd(first) {
                    *first = (*first % 7).wrapping_sub(2);
                }
                if !is_odd(length) {
                    *length %= 12;
                }
                if !is_odd(total) {
                    *total = 0;
                }
                *sent = if is_odd(sent) { *sent % 12 } else { 0 };
                *trouble = if is_odd(trouble) {
                    200 + *trouble % 56
                } else {
                    0
                };
                Operation::of_bytes(bytes)
            })
            .boxed()
    }

    fn apply(mut state: Seen, operation: &Operation) -> Seen {
        state.apply(operation);
        state
    }
}

struct Engine;

impl StateMachineTest for Engine {
    type SystemUnderTest = Subject;
    type Reference = Naive;

    fn init_test(seen: &Seen) -> Subject {
        Subject::new(&seen.model)
    }

    fn apply(mut subject: Subject, seen: &Seen, _: Operation) -> Subject {
        seen.repeat(&mut subject);
        subject
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        // What is drawn depends on what has happened, which no file of seeds can keep.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn the_engine_says_what_the_documents_say(sequential 1..60 => Engine);
}

#[test]
fn the_seeds_follow_every_row_of_the_table() {
    let mut rows: HashSet<&Transition> = HashSet::new();
    for case in corpus::load("session_ops") {
        // Those of the client's engine are odd.
        if let ("seeds", Some((0, life))) = (case.folder(), case.bytes.split_first()) {
            rows.extend(run(life).1.rows);
        }
    }
    for row in TRANSITIONS {
        assert!(rows.contains(row), "{row:?}");
    }
}
