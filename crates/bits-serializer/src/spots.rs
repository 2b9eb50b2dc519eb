//! Where the extra fields of a head stand in the order of its fields.

use bits_packet::Field;

use crate::Place;

/// A place as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlaceIndex(u8);

/// At least as many as there are places: the first, the last, and two beside each field.
const PLACES: usize = 64;

const _: () = assert!(2 + 2 * Field::COUNT <= PLACES);
const _: () = assert!(Spots::END < Spots::NONE);

impl PlaceIndex {
    pub(crate) const fn of(place: Place) -> Self {
        PlaceIndex(match place {
            Place::First => 0,
            Place::Last => 1,
            Place::Before(field) => before(field),
            Place::After(field) => before(field).wrapping_add(1),
        })
    }
}

const fn before(field: Field) -> u8 {
    (field as u8).wrapping_add(1).wrapping_mul(2)
}

/// Which spot of an order each place is. Spots are numbered as they are written: 0 is in front of all
/// fields, 2i + 1 before the field i, 2i + 2 behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spots([u8; PLACES]);

impl Spots {
    /// Behind all fields: the last place, and all that the order does not have.
    pub(crate) const END: u8 = u8::MAX - 1;

    /// Behind every spot.
    pub(crate) const NONE: u8 = u8::MAX;

    #[allow(clippy::indexing_slicing)] // while the crate is compiled
    pub(crate) const fn new(mut order: &[Field]) -> Self {
        let mut spots = [Spots::END; PLACES];
        spots[PlaceIndex::of(Place::First).0 as usize] = 0;
        let mut spot = 1u8;
        while let [field, rest @ ..] = order {
            spots[PlaceIndex::of(Place::Before(*field)).0 as usize] = spot;
            spots[PlaceIndex::of(Place::After(*field)).0 as usize] = spot.wrapping_add(1);
            (order, spot) = (rest, spot.wrapping_add(2));
        }
        Spots(spots)
    }

    #[inline(always)]
    #[allow(clippy::indexing_slicing)] // the remainder is in bounds, and spares the check
    pub(crate) const fn of(&self, place: PlaceIndex) -> u8 {
        self.0[place.0 as usize % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_own_number() {
        let beside = Field::ALL.into_iter();
        let beside = beside.flat_map(|field| [Place::Before(field), Place::After(field)]);
        let mut seen = [false; PLACES];
        for place in beside.chain([Place::First, Place::Last]) {
            let seen = &mut seen[usize::from(PlaceIndex::of(place).0)];
            assert!(!*seen, "{place:?}");
            *seen = true;
        }
    }

    #[test]
    fn spots_are_numbered_as_they_are_written() {
        let spots = Spots::new(&[Field::Host, Field::PacketType]);
        for (place, spot) in [
            (Place::First, 0),
            (Place::Before(Field::Host), 1),
            (Place::After(Field::Host), 2),
            (Place::Before(Field::PacketType), 3),
            (Place::After(Field::PacketType), 4),
            (Place::Before(Field::ContentName), Spots::END),
            (Place::After(Field::MethodOverride), Spots::END),
            (Place::Last, Spots::END),
        ] {
            assert_eq!(spots.of(PlaceIndex::of(place)), spot, "{place:?}");
        }
    }
}
