//! A head and its packet.

use crate::Deviations;
use crate::head::{Body, Frame};

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
        frame: Frame,
        deviations: Deviations,
    ) -> Self {
        Message {
            head,
            packet,
            body: frame.body,
            content_length: frame.content_length,
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
