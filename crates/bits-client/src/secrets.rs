//! What is not shown.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is shown in the place of a secret.
pub(crate) const HIDDEN: &str = "(not shown)";

/// What is shorter occurs by itself. In bytes.
const SHORTEST: usize = 4;
/// Of the value of an extra field, which may be no secret: `http`, `prod`.
const SHORTEST_VALUE: usize = 8;

/// What a client knows that is not to be seen where its answers are told: what its credentials are made of, and the
/// values of its extra fields. A server may repeat it anywhere. What has less than 4 bytes, and less than 8 in an extra
/// field, is hidden in its field alone.
///
/// A clone knows what the first one knows.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// The names of fields.
    fields: Vec<String>,
    /// The longest first: one may be a part of another.
    values: Vec<String>,
    /// Of the last request.
    token: Option<String>,
}

impl Secrets {
    /// The text with something else in the place of every secret.
    #[must_use]
    pub fn blank(&self, text: &str) -> String {
        let known = self.known();
        let values = known.token.iter().chain(&known.values);
        values.fold(text.to_owned(), |text, value| text.replace(value, HIDDEN))
    }

    pub(crate) fn add(&self, values: impl IntoIterator<Item = String>) {
        let mut known = self.known();
        for value in values {
            if value.len() >= SHORTEST && !known.values.contains(&value) {
                known.values.push(value);
            }
        }
        let longest_first = |value: &String| std::cmp::Reverse(value.len());
        known.values.sort_by_key(longest_first);
    }

    /// A field whose values are not shown, whoever sends them.
    pub(crate) fn add_field(&self, name: &str, value: &str) {
        self.known().fields.push(name.to_owned());
        let token = value.split_once(' ').map(|(_, token)| token.trim());
        let values = [Some(value), token].into_iter().flatten();
        let values = values.filter(|value| value.len() >= SHORTEST_VALUE);
        self.add(values.map(str::to_owned));
    }

    /// The value of `Authorization` of the request that is about to be sent.
    pub(crate) fn authorize(&self, value: Option<&str>) {
        let token = value.and_then(|value| value.split_once(' '));
        let token = token.map(|(_, token)| token.to_owned());
        self.known().token = token.filter(|token| token.len() >= SHORTEST);
    }

    pub(crate) fn is_field(&self, name: &[u8]) -> bool {
        let mut fields = self.known().fields.clone().into_iter();
        fields.any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_blanked_wherever_it_occurs() {
        let secrets = Secrets::default();
        let clone = secrets.clone();
        secrets.add(["sesame", "open sesame", "abc"].map(str::to_owned));
        secrets.add_field("Authorization", "Bearer token-68");
        secrets.add_field("X-Environment", "prod");
        secrets.authorize(Some("Negotiate ticket"));
        assert_eq!(
            clone.blank("open sesame,sesame token-68 tickets abc prod"),
            "(not shown),(not shown) (not shown) (not shown)s abc prod"
        );
        secrets.authorize(None);
        assert_eq!(clone.blank("ticket"), "ticket");
        assert!(clone.is_field(b"authorization") && !clone.is_field(b"Host"));
        assert_eq!(format!("{clone:?}"), "Secrets { .. }");
    }
}
