//! Byte classes of the grammar, as one table that every rule looks into.

/// A set of bytes, one bit of [`TABLE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class(u16);

impl Class {
    /// `tchar` of [RFC 9110] 5.6.2.
    pub(crate) const TOKEN: Class = Class(1);
    /// What a field value or a reason phrase may hold: HTAB, SP, VCHAR, obs-text.
    pub(crate) const TEXT: Class = Class(1 << 1);
    /// `field-vchar`: VCHAR and obs-text.
    pub(crate) const VISIBLE: Class = Class(1 << 2);
    /// `pchar` and `/` of [RFC 3986] 3.3; the `%` of an escape is checked by the rule.
    pub(crate) const PATH: Class = Class(1 << 3);
    /// `reg-name` of [RFC 3986] 3.2.2 without escapes.
    pub(crate) const REG_NAME: Class = Class(1 << 4);
    pub(crate) const DIGIT: Class = Class(1 << 5);
    pub(crate) const HEX: Class = Class(1 << 6);
    /// SP and HTAB.
    pub(crate) const BLANK: Class = Class(1 << 7);
    /// `field-vchar` without `?`, where a path ends.
    pub(crate) const BEFORE_QUERY: Class = Class(1 << 8);
    /// What a `scheme` is made of ([RFC 3986] 3.1).
    pub(crate) const SCHEME: Class = Class(1 << 9);
    /// What an IPv6 address is made of ([RFC 3986] 3.2.2).
    pub(crate) const ADDRESS: Class = Class(1 << 11);
    /// What an item of a protocol list is made of: VCHAR without the comma.
    pub(crate) const ITEM: Class = Class(1 << 10);

    #[inline]
    pub(crate) fn has(self, byte: u8) -> bool {
        TABLE
            .get(usize::from(byte))
            .is_some_and(|set| set & self.0 != 0)
    }

    pub(crate) fn has_all(self, bytes: &[u8]) -> bool {
        bytes.iter().all(|&byte| self.has(byte))
    }
}

static TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0u8;
    loop {
        // A constant index into a constant table: out of bounds would not compile.
        #[allow(clippy::indexing_slicing)]
        {
            table[byte as usize] = classes_of(byte);
        }
        let Some(next) = byte.checked_add(1) else {
            return table;
        };
        byte = next;
    }
}

const fn classes_of(byte: u8) -> u16 {
    let alnum = byte.is_ascii_alphanumeric();
    let unreserved = alnum || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let sub_delim = matches!(
        byte,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
    );
    let tchar = alnum
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        );
    let visible = byte.is_ascii_graphic() || byte >= 0x80;
    let blank = matches!(byte, b' ' | b'\t');
    let mut classes: &[(Class, bool)] = &[
        (Class::TOKEN, tchar),
        (Class::TEXT, visible || blank),
        (Class::VISIBLE, visible),
        (
            Class::PATH,
            unreserved || sub_delim || matches!(byte, b':' | b'@' | b'/'),
        ),
        (Class::REG_NAME, unreserved || sub_delim),
        (Class::DIGIT, byte.is_ascii_digit()),
        (Class::HEX, byte.is_ascii_hexdigit()),
        (Class::BLANK, blank),
        (Class::BEFORE_QUERY, visible && byte != b'?'),
        (Class::SCHEME, alnum || matches!(byte, b'+' | b'-' | b'.')),
        (
            Class::ADDRESS,
            byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'),
        ),
        (Class::ITEM, byte.is_ascii_graphic() && byte != b','),
    ];
    let mut set = 0;
    while let [(class, is_in), others @ ..] = classes {
        if *is_in {
            set |= class.0;
        }
        classes = others;
    }
    set
}

/// `value` without the optional white space (OWS, [RFC 9110] 5.6.3) around it.
pub(crate) fn trim_blanks(value: &[u8]) -> &[u8] {
    let mut value = value;
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_the_classes_of_every_byte() {
        assert_eq!(table(), TABLE);
        let count = |class: Class| (0..=u8::MAX).filter(|&byte| class.has(byte)).count();
        let counts = [
            (Class::TOKEN, 77),
            (Class::TEXT, 94 + 128 + 2),
            (Class::VISIBLE, 94 + 128),
            (Class::PATH, 66 + 11 + 3),
            (Class::REG_NAME, 66 + 11),
            (Class::DIGIT, 10),
            (Class::HEX, 22),
            (Class::BLANK, 2),
            (Class::BEFORE_QUERY, 93 + 128),
            (Class::SCHEME, 62 + 3),
            (Class::ADDRESS, 22 + 2),
            (Class::ITEM, 93),
        ];
        for (class, expected) in counts {
            assert_eq!(count(class), expected, "{class:?}");
        }
    }
}
