//! Texts joined when the crate is compiled.

/// One array of some texts, as a reference to a constant.
macro_rules! literal {
    ($($text:expr),+ $(,)?) => {{
        const LITERAL: [u8; 0 $(+ $text.len())+] = $crate::literal::join(&[$($text),+]);
        &LITERAL
    }};
}

pub(crate) use literal;

/// The texts one after another; `N` is the sum of their lengths.
pub(crate) const fn join<const N: usize>(mut texts: &[&str]) -> [u8; N] {
    let mut joined = [0; N];
    let mut free: &mut [u8] = &mut joined;
    while let [text, others @ ..] = texts {
        let (place, rest) = free.split_at_mut(text.len());
        copy(text.as_bytes(), place);
        (free, texts) = (rest, others);
    }
    assert!(free.is_empty(), "N is the sum of the lengths");
    joined
}

/// `copy_from_slice`, which is `const` only from Rust 1.87 on.
const fn copy(mut from: &[u8], mut to: &mut [u8]) {
    while let ([byte, from_left @ ..], Some((place, to_left))) = (from, to.split_first_mut()) {
        *place = *byte;
        (from, to) = (from_left, to_left);
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn texts_are_joined_in_order() {
        assert_eq!(literal!("a", "", "bc", ": "), b"abc: ");
        assert_eq!(join::<3>(&["x", "yz"]), *b"xyz");
    }

    #[test]
    #[should_panic = "sum of the lengths"]
    fn nothing_is_left_between_the_texts_and_the_end() {
        join::<4>(&["x", "yz"]);
    }
}
