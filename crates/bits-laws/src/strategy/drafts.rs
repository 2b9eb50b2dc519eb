//! Heads about to be written: a packet, its start line, and fields beside it.

use bits_packet::{Authority, Field, Target};
use bits_serializer::{Draft, ExtraField, Layout, Place};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::packets::{PacketSpec, packet_spec};
use super::values::{host, target, text};
use crate::laws::Written;
use crate::readings::{Reading, Value};

/// A head about to be written.
#[derive(Clone, Debug)]
pub struct DraftSpec {
    pub packet: PacketSpec,
    pub target: Vec<u8>,
    pub host: Vec<u8>,
    pub reason: Option<Vec<u8>>,
    pub layout: Layout,
    pub extra: Vec<ExtraSpec>,
}

/// A field beside the packet's own.
#[derive(Clone, Debug)]
pub struct ExtraSpec {
    pub name: Vec<u8>,
    pub value: Vec<u8>,
    pub place: Place,
}

impl DraftSpec {
    /// The extra fields that the head may have.
    #[must_use]
    pub fn extra(&self) -> Vec<ExtraField<'_>> {
        let mut extra = Vec::new();
        for spec in &self.extra {
            extra.push(ExtraField::new(&spec.name, &spec.value, spec.place).expect("a field"));
            if self.draft(&[]).with_extra(&extra).is_err() {
                extra.pop();
            }
        }
        extra
    }

    /// The draft, with `extra`.
    #[must_use]
    pub fn draft<'a>(&'a self, extra: &'a [ExtraField<'a>]) -> Draft<'a> {
        self.written(extra).draft
    }

    /// The draft, with `extra`, and what it was made of.
    #[must_use]
    pub fn written<'a>(&'a self, extra: &'a [ExtraField<'a>]) -> Written<'a> {
        let target = Target::new(&self.target).expect("a target");
        let host = Authority::new(&self.host).expect("a host");
        let host = target.authority().unwrap_or(host);
        let draft = match &self.packet {
            PacketSpec::Request(spec) => Draft::request(&spec.request(), target, host),
            PacketSpec::Ack(spec) => Ok(Draft::ack(&spec.ack())),
            PacketSpec::Notification(spec) => {
                Draft::notification(&spec.notification(), target, host)
            }
            PacketSpec::Response(spec) => Ok(Draft::notification_response(&spec.response())),
        };
        let draft = draft.expect("a path or a URL").with_layout(self.layout);
        let draft = match &self.reason {
            Some(reason) => draft.with_reason(reason).expect("text"),
            None => draft,
        };
        let draft = draft.with_extra(extra);
        Written {
            draft: draft.expect("fields that the head may have"),
            layout: self.layout,
            target,
            host,
            reason: self.reason.as_deref(),
        }
    }

    /// Asserts that what was read is the packet that was written.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub fn check_packet(&self, value: &Value<'_>) {
        match (&self.packet, value) {
            (PacketSpec::Request(spec), Value::Request(message)) => {
                assert_eq!(message.packet(), Some(&spec.request()));
            }
            (PacketSpec::Ack(spec), Value::Ack(message)) => {
                assert_eq!(message.packet(), Some(&spec.ack()));
            }
            (PacketSpec::Notification(spec), Value::Notification(message)) => {
                assert_eq!(message.packet(), Some(&spec.notification()));
            }
            (PacketSpec::Response(spec), Value::NotificationResponse(message)) => {
                assert_eq!(message.packet(), Some(&spec.response()));
            }
            _ => panic!("{value:?} is of another kind than {:?}", self.packet),
        }
    }

    /// How the head reads.
    #[must_use]
    pub fn reading(&self) -> Reading {
        match &self.packet {
            PacketSpec::Request(_) => Reading::Request,
            PacketSpec::Ack(spec) => Reading::Ack(Some(spec.answering)),
            PacketSpec::Notification(_) => Reading::Notification,
            PacketSpec::Response(_) => Reading::NotificationResponse,
        }
    }
}

/// Where an extra field may be asked for.
fn place() -> impl Strategy<Value = Place> {
    let field = || select(Field::ALL.to_vec());
    prop_oneof![
        Just(Place::First),
        field().prop_map(Place::Before),
        field().prop_map(Place::After),
        Just(Place::Last),
    ]
    .boxed()
}

/// A field that is usual, of the protocol, or unknown.
fn extra_spec() -> impl Strategy<Value = ExtraSpec> {
    let usual = select(vec![
        ("Accept", "*/*"),
        ("User-Agent", "Microsoft BITS/7.8"),
        ("Connection", "Keep-Alive"),
        ("Date", "Mon, 23 Nov 2026 10:00:00 GMT"),
        ("Server", "Microsoft-IIS/6.0"),
        ("Pragma", "no-cache"),
    ])
    .prop_map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    let of_protocol = (select(Field::ALL.to_vec()), text(0..=20))
        .prop_map(|(field, value)| (field.name().as_bytes().to_vec(), value));
    let unknown = ("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,30}", text(0..=60))
        .prop_map(|(name, value)| (name.into_bytes(), value));
    (
        prop_oneof![3 => usual, 2 => of_protocol, 3 => unknown],
        place(),
    )
        .prop_map(|((name, value), place)| ExtraSpec { name, value, place })
        .boxed()
}

/// Drafts of every packet in every layout.
pub fn draft_spec() -> impl Strategy<Value = DraftSpec> {
    (
        packet_spec(),
        target(),
        host(),
        proptest::option::of(text(0..=20)),
        select(Layout::ALL.to_vec()),
        vec(extra_spec(), 0..=4),
    )
        .prop_map(|(packet, target, host, reason, layout, extra)| DraftSpec {
            packet,
            target,
            host,
            reason,
            layout,
            extra,
        })
        .boxed()
}
