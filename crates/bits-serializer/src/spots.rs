//! Where the extra fields of a head stand in the order of its fields.

use bits_packet::Field;

use crate::Place;

/// A place as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlaceIndex(u8);

/// More than there are places, which are the first, the last, and two beside each field.
const PLACES: usize = 64;

const _: () = assert!(2 + 2 * Field::COUNT <= PLACES);

impl PlaceIndex {
    pub(crate) const fn of(place: Place) -> Self {
        PlaceIndex(match place {
            Place::First => 0,
            Place::Last => 1,
            Place::Before(field) => beside(field),
            Place::After(field) => beside(field) | 1,
        })
    }
}

const fn beside(field: Field) -> u8 {
    (field as u8 + 1) << 1
}

/// Which spot of an order each place is. Spots are numbered as they are written: 0 is in front of all
/// fields, 2i + 1 before the field i, 2i + 2 behind it; one more than the last is the end, for all places
/// that the order does not have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spots([u8; PLACES]);

impl Spots {
    /// Greater than any spot.
    pub(crate) const NONE: u8 = u8::MAX;

    #[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // at compile time
    pub(crate) const fn new(order: &[Field]) -> Self {
        let end = 2 * order.len() as u8 + 1;
        let mut spots = [end; PLACES];
        spots[PlaceIndex::of(Place::First).0 as usize] = 0;
        let mut i = 0;
        while i < order.len() {
            let before = 2 * i as u8 + 1;
            spots[PlaceIndex::of(Place::Before(order[i])).0 as usize] = before;
            spots[PlaceIndex::of(Place::After(order[i])).0 as usize] = before + 1;
            i += 1;
        }
        Spots(spots)
    }

    #[inline(always)]
    pub(crate) fn of(&self, place: PlaceIndex) -> u8 {
        let index = usize::from(place.0) % PLACES;
        self.0.get(index).copied().unwrap_or_default()
    }
}
