//! One JSON object a line.

use std::io::{self, Write};

use bits_capture::printable::json_line;

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
                json_line(&record, out)
            }
            None => Ok(()),
        }
    }

    fn failure(&mut self, failure: &Failure<'_>, out: &mut dyn Write) -> io::Result<()> {
        json_line(&ErrorRecord::new(&self.source, failure), out)
    }

    fn close(&mut self, _: &Tally, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
