//! bits-serializer, by the API that everybody has.

use std::sync::LazyLock;

use bits_laws::traffic::{Head, Kind};
use bits_packet::{Ack, Authority, Field, Request, Target};
use bits_serializer::{Draft, ExtraField, Layout, Place};

static OF_REQUESTS: LazyLock<[ExtraField<'static>; 3]> = LazyLock::new(|| {
    let before_host = Place::Before(Field::Host);
    [
        extra("Accept", "*/*", Place::First),
        extra("User-Agent", "Microsoft BITS/7.8", before_host),
        extra("Connection", "Keep-Alive", Place::Last),
    ]
});

static OF_ACKS: LazyLock<[ExtraField<'static>; 1]> =
    LazyLock::new(|| [extra("Server", "Microsoft-IIS/10.0", Place::First)]);

fn extra(name: &'static str, value: &'static str, place: Place) -> ExtraField<'static> {
    ExtraField::new(name.as_bytes(), value.as_bytes(), place).expect("a field")
}

/// A packet, and what its head needs besides.
#[derive(Clone, Copy, Debug)]
pub enum Packet {
    /// A request to a target of a host.
    Request(
        Request<'static>,
        Target<'static>,
        Authority<'static>,
        &'static [ExtraField<'static>],
    ),
    /// An Ack.
    Ack(Ack<'static>, &'static [ExtraField<'static>]),
}

impl Packet {
    /// What a head says; if it is not `alone` with the fields beside the packet.
    ///
    /// # Panics
    ///
    /// When it is none of the ten.
    pub fn of(head: &'static Head, alone: bool) -> Self {
        const TEN: &str = "one of the ten";
        match head.kind {
            Kind::Request(_) => {
                let parsed = Request::parse(&head.bytes).expect(TEN);
                let (message, _) = parsed.complete().expect(TEN);
                let packet = *message.packet().expect(TEN);
                let target = message.head().line().target();
                let host = message.head().authority().expect(TEN);
                Packet::Request(
                    packet,
                    target,
                    host,
                    if alone { &[] } else { &*OF_REQUESTS },
                )
            }
            Kind::Ack(answering) => {
                let parsed = Ack::parse(&head.bytes, Some(answering)).expect(TEN);
                let (message, _) = parsed.complete().expect(TEN);
                Packet::Ack(
                    *message.packet().expect(TEN),
                    if alone { &[] } else { &*OF_ACKS },
                )
            }
        }
    }

    /// The head about to be written; checks the target, the host and each of the other fields.
    ///
    /// # Panics
    ///
    /// When one of them is refused.
    #[inline(always)]
    pub fn draft(&self) -> Draft<'static> {
        match self {
            Packet::Request(request, target, host, extra) => {
                Draft::request(request, *target, *host)
                    .expect("a path")
                    .with_layout(Layout::Windows)
                    .with_extra(extra)
                    .expect("fields that are not the packet's")
            }
            Packet::Ack(ack, extra) => Draft::ack(ack)
                .with_layout(Layout::Iis)
                .with_extra(extra)
                .expect("fields that are not the packet's"),
        }
    }
}

/// Writes a draft into a slice.
#[inline(never)]
pub fn write<'b>(draft: &Draft<'_>, buffer: &'b mut [u8]) -> &'b [u8] {
    draft.write(buffer).expect("a large buffer")
}

/// Makes a draft of a packet, and writes it into a slice.
#[inline(never)]
pub fn draft_and_write<'b>(packet: &Packet, buffer: &'b mut [u8]) -> &'b [u8] {
    packet.draft().write(buffer).expect("a large buffer")
}

/// Appends a draft to a `Vec`.
#[inline(never)]
pub fn append(draft: &Draft<'_>, out: &mut Vec<u8>) {
    let Ok(()) = draft.emit(out);
}
