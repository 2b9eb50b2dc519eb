//! A head and its packet.

use crate::head::{Body, Frame, Head, StartLine, read_head};
use crate::slots::Slots;
use crate::{Deviations, Error, Options, Parsed};

/// What was read of a message: its head, its packet if it has one, and what was tolerated.
///
/// `H` is a [`RequestHead`](crate::RequestHead) or [`ResponseHead`](crate::ResponseHead) if it was
/// read from bytes, and a [`RequestLine`](crate::RequestLine) or
/// [`StatusLine`](crate::StatusLine) if from a list of fields. `P` is the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Message<H, P> {
    head: H,
    packet: Option<P>,
    body: Body,
    content_length: Option<u64>,
    deviations: Deviations,
}

impl<H, P> Message<H, P> {
    pub(crate) const fn new(
        head: H,
        packet: Option<P>,
        body: Body,
        content_length: Option<u64>,
        deviations: Deviations,
    ) -> Self {
        Message {
            head,
            packet,
            body,
            content_length,
            deviations,
        }
    }

    /// The head, or the start line of a list of fields. Every field of a head is reachable through
    /// it, those that the packet has taken and those that it has no use for.
    pub const fn head(&self) -> &H {
        &self.head
    }

    /// The packet; `None` for HTTP that is not BITS.
    pub const fn packet(&self) -> Option<&P> {
        self.packet.as_ref()
    }

    /// How the body is framed.
    #[must_use]
    pub const fn body(&self) -> Body {
        self.body
    }

    /// The value of `Content-Length`, in bytes.
    #[must_use]
    pub const fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// What was tolerated, in the head and in the packet.
    #[must_use]
    pub const fn deviations(&self) -> Deviations {
        self.deviations
    }
}

/// What a packet is read from.
pub(crate) struct Source<'s, 'a, L> {
    pub(crate) line: &'s L,
    pub(crate) slots: &'s Slots<'a>,
    pub(crate) options: &'s Options,
}

/// The packet, if there is one, and what was tolerated in it.
pub(crate) type Found<P> = Result<(Option<P>, Deviations), Error>;

/// A message whose packet is read by `packet`, from bytes.
pub(crate) fn from_bytes<'a, L: StartLine<'a>, P>(
    input: &'a [u8],
    options: &Options,
    packet: impl FnOnce(&Source<'_, 'a, L>) -> Found<P>,
) -> Result<Parsed<'a, Message<Head<'a, L>, P>>, Error> {
    let Parsed::Complete { value: read, rest } = read_head(input, options)? else {
        return Ok(Parsed::NeedMore);
    };
    let value = message(
        read.head,
        read.head.line(),
        &read.slots,
        read.frame,
        options,
        packet,
    )?;
    Ok(Parsed::Complete { value, rest })
}

/// A message whose packet is read by `packet`, from a head that was parsed before.
pub(crate) fn from_head<'a, L: StartLine<'a>, P>(
    head: &Head<'a, L>,
    options: &Options,
    packet: impl FnOnce(&Source<'_, 'a, L>) -> Found<P>,
) -> Result<Message<Head<'a, L>, P>, Error> {
    let slots = Slots::from_fields(head.fields(), head.as_bytes(), options).map_err(L::blame)?;
    let line = head.line();
    let frame = line.frame(&slots, options).map_err(L::blame)?;
    message(*head, line, &slots, frame, options, packet)
}

/// A message whose packet is read by `packet`, from a start line and a list of fields.
pub(crate) fn from_fields<'a, L: StartLine<'a>, P>(
    line: L,
    fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    options: &Options,
    packet: impl FnOnce(&Source<'_, 'a, L>) -> Found<P>,
) -> Result<Message<L, P>, Error> {
    let slots = Slots::from_list(fields, options).map_err(L::blame)?;
    let frame = line.frame(&slots, options).map_err(L::blame)?;
    message(line, line, &slots, frame, options, packet)
}

fn message<'a, H, L: StartLine<'a>, P>(
    head: H,
    line: L,
    slots: &Slots<'a>,
    frame: Frame,
    options: &Options,
    packet: impl FnOnce(&Source<'_, 'a, L>) -> Found<P>,
) -> Result<Message<H, P>, Error> {
    let source = Source {
        line: &line,
        slots,
        options,
    };
    let (packet, deviations) = packet(&source).map_err(L::blame)?;
    Ok(Message {
        head,
        packet,
        body: frame.body,
        content_length: frame.content_length,
        deviations: frame.deviations.union(deviations),
    })
}
