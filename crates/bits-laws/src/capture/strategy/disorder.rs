//! Disorder, and damage.

use proptest::prelude::*;
use proptest::sample::select;

use crate::capture::{Disorder, Side};

/// Disorder that takes no byte away and moves segments by less than `window` places.
pub fn disorder(window: usize) -> impl Strategy<Value = Disorder> {
    let chance = || prop_oneof![2 => Just(0), 2 => 0..30_u8, 1 => Just(100)];
    let cuts = (chance(), chance(), chance(), chance(), chance());
    (any::<u64>(), cuts, 0..=window, any::<bool>())
        .prop_map(
            |(seed, (cut, join, overlap, repeat, disagree), window, moves_syn)| Disorder {
                seed,
                cut,
                join,
                overlap,
                repeat,
                window,
                moves_syn,
                disagree,
                ..Disorder::NONE
            },
        )
        .boxed()
}

/// Disorder that may also lose segments, the first ones, or all of one side.
pub fn damage(window: usize) -> impl Strategy<Value = Disorder> {
    let lose = prop_oneof![Just(0), 1..20_u8];
    let skip = prop_oneof![2 => Just(0), 1 => 0..40_usize];
    let only = select(vec![
        None,
        None,
        None,
        Some(Side::Client),
        Some(Side::Server),
    ]);
    (disorder(window), lose, skip, only)
        .prop_map(|(disorder, lose, skip, only)| Disorder {
            lose,
            skip,
            only,
            ..disorder
        })
        .boxed()
}
