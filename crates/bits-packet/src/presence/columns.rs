//! The presence table turned: for each form the sets of fields that the fast form asks for.

use super::{Form, Outcome, Presence, Row, presence, table};
use crate::packet::RequestType;
use crate::{Deviation, Field};

/// A set of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldSet(u32);

impl FieldSet {
    pub(crate) const NONE: FieldSet = FieldSet(0);

    pub(crate) const fn with(self, field: Field) -> Self {
        FieldSet(self.0 | 1 << field as u8)
    }

    pub(crate) const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    pub(crate) const fn has_all(self, others: FieldSet) -> bool {
        others.0 & !self.0 == 0
    }

    pub(crate) const fn has_any(self, others: FieldSet) -> bool {
        others.0 & self.0 != 0
    }

    pub(crate) const fn and(self, others: FieldSet) -> Self {
        FieldSet(self.0 & others.0)
    }

    pub(crate) const fn without_all(self, others: FieldSet) -> Self {
        FieldSet(self.0 & !others.0)
    }

    pub(crate) fn first(self) -> Option<Field> {
        Field::ALL.get(self.0.trailing_zeros() as usize).copied()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Field> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let field = Field::ALL.get(left.trailing_zeros() as usize)?;
            left &= left.wrapping_sub(1);
            Some(*field)
        })
    }
}

/// What the table says of one form: a set of fields for each answer that the fast form asks for.
pub(crate) struct Column {
    form: Form,
    /// Those that must be there, and those that are missed.
    pub(crate) wanted: FieldSet,
    /// Those that the packet reads if they are there.
    pub(crate) owned: FieldSet,
    /// Those that must not be there, and those that should not.
    pub(crate) refused: FieldSet,
}

impl Column {
    const fn new(form: Form) -> Self {
        let mut column = Column {
            form,
            wanted: FieldSet::NONE,
            owned: FieldSet::NONE,
            refused: FieldSet::NONE,
        };
        let mut fields: &[Field] = &Field::ALL;
        while let [field, others @ ..] = fields {
            match rule_of(*field).presence(form) {
                Presence::Required | Presence::Expected(_) => {
                    column.wanted = column.wanted.with(*field);
                    column.owned = column.owned.with(*field);
                }
                Presence::Optional => column.owned = column.owned.with(*field),
                Presence::Unexpected(_) | Presence::Forbidden => {
                    column.refused = column.refused.with(*field);
                }
                Presence::Unused => {}
            }
            fields = others;
        }
        column
    }

    /// What is tolerated when `field` is missing.
    pub(crate) const fn without(&self, field: Field) -> Option<Deviation> {
        match presence(field, self.form) {
            Presence::Expected(deviation) => Some(deviation),
            _ => None,
        }
    }
}

const fn rule_of(field: Field) -> Row {
    // As in `row`.
    #[allow(clippy::indexing_slicing)]
    table()[field as usize]
}

/// The column of a request.
#[inline(always)]
pub(crate) fn column_of_request(request: RequestType) -> &'static Column {
    static PING: Column = Column::new(Form::Request(RequestType::Ping));
    static CREATE: Column = Column::new(Form::Request(RequestType::CreateSession));
    static FRAGMENT: Column = Column::new(Form::Request(RequestType::Fragment));
    static CLOSE: Column = Column::new(Form::Request(RequestType::CloseSession));
    static CANCEL: Column = Column::new(Form::Request(RequestType::CancelSession));
    match request {
        RequestType::Ping => &PING,
        RequestType::CreateSession => &CREATE,
        RequestType::Fragment => &FRAGMENT,
        RequestType::CloseSession => &CLOSE,
        RequestType::CancelSession => &CANCEL,
    }
}

/// The columns of the Acks with that outcome, the first for those whose request is not known.
const fn columns(outcome: Outcome) -> [Column; 6] {
    [
        Column::new(Form::Ack {
            answering: None,
            outcome,
        }),
        Column::new(Form::Ack {
            answering: Some(RequestType::Ping),
            outcome,
        }),
        Column::new(Form::Ack {
            answering: Some(RequestType::CreateSession),
            outcome,
        }),
        Column::new(Form::Ack {
            answering: Some(RequestType::Fragment),
            outcome,
        }),
        Column::new(Form::Ack {
            answering: Some(RequestType::CloseSession),
            outcome,
        }),
        Column::new(Form::Ack {
            answering: Some(RequestType::CancelSession),
            outcome,
        }),
    ]
}

/// The column of an Ack.
#[inline(always)]
pub(crate) fn column_of_ack(answering: Option<RequestType>, outcome: Outcome) -> &'static Column {
    static SUCCESS: [Column; 6] = columns(Outcome::Success);
    static OUT_OF_SEQUENCE: [Column; 6] = columns(Outcome::OutOfSequence);
    static FAILURE: [Column; 6] = columns(Outcome::Failure);
    let [unknown, ping, create, fragment, close, cancel] = match outcome {
        Outcome::Success => &SUCCESS,
        Outcome::OutOfSequence => &OUT_OF_SEQUENCE,
        Outcome::Failure => &FAILURE,
    };
    match answering {
        None => unknown,
        Some(RequestType::Ping) => ping,
        Some(RequestType::CreateSession) => create,
        Some(RequestType::Fragment) => fragment,
        Some(RequestType::CloseSession) => close,
        Some(RequestType::CancelSession) => cancel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::prelude::rust_2024::*;

    fn set(fields: &[Field]) -> FieldSet {
        let with = |set: FieldSet, field: &Field| set.with(*field);
        fields.iter().fold(FieldSet::NONE, with)
    }

    #[test]
    fn sets_are_what_the_lists_of_their_fields_are() {
        const SOME: [Field; 3] = [Field::ALL[0], Field::ALL[3], Field::ALL[Field::COUNT - 1]];
        for size in 0..=SOME.len() {
            for other in 0..=SOME.len() {
                let (fields, others) = (&SOME[..size], &SOME[other..]);
                let (one, another) = (set(fields), set(others));
                let has = |field: &&Field| others.contains(field);
                let common: Vec<Field> = fields.iter().filter(has).copied().collect();
                let alone: Vec<Field> = fields.iter().filter(|it| !has(it)).copied().collect();
                assert_eq!(one.and(another), set(&common));
                assert_eq!(one.without_all(another), set(&alone));
                assert_eq!(one.has_any(another), !common.is_empty());
                assert_eq!(one.has_all(another), common == others);
            }
            let one = set(&SOME[..size]);
            assert_eq!(one.iter().collect::<Vec<_>>(), SOME[..size]);
            assert_eq!(one.first(), SOME[..size].first().copied());
            // A field that is there is there once.
            assert_eq!(SOME[..size].iter().fold(one, |set, it| set.with(*it)), one);
            for field in Field::ALL {
                assert_eq!(one.contains(field), SOME[..size].contains(&field));
            }
        }
    }

    #[test]
    fn a_column_says_what_the_table_says() {
        let says = |column: &Column, form| {
            for field in Field::ALL {
                let presence = presence(field, form);
                let is_wanted = matches!(presence, Presence::Required | Presence::Expected(_));
                let is_owned = is_wanted || presence == Presence::Optional;
                let is_refused = matches!(presence, Presence::Unexpected(_) | Presence::Forbidden);
                assert_eq!(column.wanted.contains(field), is_wanted, "{field} {form:?}");
                assert_eq!(column.owned.contains(field), is_owned, "{field} {form:?}");
                assert_eq!(
                    column.refused.contains(field),
                    is_refused,
                    "{field} {form:?}"
                );
                let deviation = match presence {
                    Presence::Expected(deviation) => Some(deviation),
                    _ => None,
                };
                assert_eq!(column.without(field), deviation, "{field} {form:?}");
            }
        };
        for form in Form::all() {
            says(&Column::new(form), form);
            match form {
                Form::Request(request) => says(column_of_request(request), form),
                Form::Ack { answering, outcome } => {
                    says(column_of_ack(answering, outcome), form);
                    let place = answering.map_or(0, |request| request as usize + 1);
                    says(&columns(outcome)[place], form);
                }
                Form::Notification | Form::NotificationResponse => {}
            }
        }
    }
}
