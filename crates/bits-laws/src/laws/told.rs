//! A law about what is told of a head beside its bytes.

use bits_packet::Deviation;

use crate::readings::Trial;
use crate::targets::reference::heads;

/// Framing, deviations and packet are what a slow reference says, written from the specification; a packet
/// is refused where that refuses it. The options are [`Options::INTEROP`](bits_packet::Options::INTEROP), or
/// [`LENIENT`](super::LENIENT).
pub fn told(trial: &Trial<'_>) {
    let with_override = trial.options.tolerates(Deviation::MethodOverride);
    if let Some((value, _)) = trial.accepted() {
        heads::check(trial.reading, with_override, value.head(), Some(&value));
    } else if let Some((head, _)) =
        Trial::new(trial.reading.head(), trial.input, trial.options).accepted()
    {
        heads::check(trial.reading, with_override, head.head(), None);
    }
}
