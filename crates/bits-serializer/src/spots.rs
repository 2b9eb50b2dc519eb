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

/// Which spot of an order a place is. The spots are numbered as they are written: 0 is in front of all
/// fields, 2i + 1 before the field i, 2i + 2 behind it, and the one after those is the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spots([u8; PLACES]);

impl Spots {
    pub(crate) const fn of(order: &[Field]) -> Self {
        let end = 2 * order.len() as u8 + 1;
        let mut spots = [end; PLACES];
        spots[PlaceIndex::of(Place::First).0 as usize] = 0;
        let mut index = 0;
        while index < order.len() {
            let spot = 2 * index as u8 + 1;
            spots[PlaceIndex::of(Place::Before(order[index])).0 as usize] = spot;
            spots[PlaceIndex::of(Place::After(order[index])).0 as usize] = spot + 1;
            index += 1;
        }
        Spots(spots)
    }

    #[inline(always)]
    pub(crate) fn spot(&self, place: PlaceIndex) -> u8 {
        self.0.get(usize::from(place.0) % PLACES).copied().unwrap_or_default()
    }
}
