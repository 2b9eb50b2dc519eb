//! One JSON object a line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::printable::split_at_hidden;
use crate::record::{ErrorRecord, MessageRecord};
use crate::stream::{End, Failure, Head};
use crate::view::{Tally, View};

/// Prints a [`MessageRecord`] for each message that is over, and an [`ErrorRecord`] for an error.
#[derive(Debug, Default)]
pub struct JsonView {
    source: String,
    /// The message whose body is being passed over.
    open: Option<MessageRecord>,
}

impl View for JsonView {
    fn open(&mut self, source: &str, _: &mut dyn Write) -> io::Result<()> {
        source.clone_into(&mut self.source);
        Ok(())
    }

    fn head(&mut self, head: &Head<'_>, _: &mut dyn Write) -> io::Result<()> {
        self.open = Some(MessageRecord::new(&self.source, head));
        Ok(())
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        match self.open.take() {
            Some(mut record) => {
                record.body_bytes = end.body_bytes;
                record.body_whole = end.whole;
                line(&record, out)
            }
            None => Ok(()),
        }
    }

    fn failure(&mut self, failure: &Failure<'_>, out: &mut dyn Write) -> io::Result<()> {
        line(&ErrorRecord::new(&self.source, failure), out)
    }

    fn close(&mut self, _: &Tally, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Prints an object, and nothing that a terminal would act upon.
pub(crate) fn line(record: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    record.serialize(&mut Serializer::with_formatter(&mut *out, Visible))?;
    out.write_all(b"\n")
}

/// Writes every character that a terminal might act upon as `\uHHHH`, which means the same.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((shown, hidden, after)) = split_at_hidden(rest) {
            out.write_all(shown.as_bytes())?;
            for unit in hidden.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        line(&text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn leaves_plain_text_alone() {
        assert_eq!(json("größe \\ \"x\" 📦"), "\"größe \\\\ \\\"x\\\" 📦\"\n");
    }

    #[test]
    fn escapes_what_a_terminal_acts_upon_without_changing_its_meaning() {
        let text = "a\t\u{1B}b\u{9B}2Jc\u{202E}d\u{E0041}e\u{7F}";
        let printed = json(text);
        assert_eq!(
            printed,
            "\"a\\t\\u001bb\\u009b2Jc\\u202ed\\udb40\\udc41e\\u007f\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), text);
    }
}
