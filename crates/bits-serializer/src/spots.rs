//! Where extra fields stand, as bits.

use bits_packet::Field;

use crate::Place;

/// A set of places, a bit each: whether any extra field stands at a place is one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Spots(u64);

// `Before` in the low half, `After` in the high half, and two bits above the fields.
const _: () = assert!(Field::COUNT <= 30);

impl Spots {
    pub(crate) const NONE: Spots = Spots(0);
    pub(crate) const FIRST: Spots = Spots(1 << 30);
    const LAST: Spots = Spots(1 << 31);

    #[inline(always)]
    pub(crate) const fn of(place: Place) -> Self {
        match place {
            Place::First => Spots::FIRST,
            Place::Before(field) => Spots::before(field),
            Place::After(field) => Spots::after(field),
            Place::Last => Spots::LAST,
        }
    }

    #[inline(always)]
    pub(crate) const fn before(field: Field) -> Self {
        Spots(1 << field as u32)
    }

    #[inline(always)]
    pub(crate) const fn after(field: Field) -> Self {
        Spots(1 << 32 << field as u32)
    }

    /// Those behind all fields of an order: [`Place::Last`], and beside fields that it does not have.
    pub(crate) const fn elsewhere(mut order: &[Field]) -> Self {
        let mut places = Spots::FIRST;
        while let [field, rest @ ..] = order {
            places = places.and(Spots::before(*field)).and(Spots::after(*field));
            order = rest;
        }
        Spots(!places.0)
    }

    #[inline(always)]
    pub(crate) const fn and(self, other: Spots) -> Self {
        Spots(self.0 | other.0)
    }

    /// Whether the sets have a place in common.
    #[inline(always)]
    pub(crate) const fn meets(self, other: Spots) -> bool {
        self.0 & other.0 != 0
    }
}
