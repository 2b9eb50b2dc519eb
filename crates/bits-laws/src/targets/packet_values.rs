//! Every packet that can be built, in every layout.

use arbitrary::{Arbitrary, Result, Unstructured};
use bits_packet::{
    Ack, Authority, Field, Notification, NotificationResponse, Options, Parsed, Request, Target,
    TargetForm,
};
use bits_serializer::{Draft, DraftError, ExtraField, Layout, Place};

use crate::corpus::Outcome;
use crate::laws;
use crate::readings::{Reading, Value};

/// What a head is written from.
#[derive(Clone, Copy, Debug)]
struct Parts<'a> {
    packet: Packet<'a>,
    target: Target<'a>,
    host: Authority<'a>,
    reason: Option<&'a [u8]>,
}

#[derive(Clone, Copy, Debug)]
enum Packet<'a> {
    Request(Request<'a>),
    Ack(Ack<'a>),
    Notification(Notification<'a>),
    NotificationResponse(NotificationResponse<'a>),
}

impl<'a> Arbitrary<'a> for Packet<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=3)? {
            0 => Packet::Request(u.arbitrary()?),
            1 => Packet::Ack(u.arbitrary()?),
            2 => Packet::Notification(u.arbitrary()?),
            _ => Packet::NotificationResponse(u.arbitrary()?),
        })
    }
}

impl<'a> Arbitrary<'a> for Parts<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let packet = u.arbitrary()?;
        let target: Target<'a> = u.arbitrary()?;
        // Now and then one that the target does not name.
        let host = match target.authority() {
            Some(authority) if u.ratio(7, 8)? => authority,
            _ => u.arbitrary()?,
        };
        let reason = if u.ratio(1, 4)? {
            let length = u.int_in_range(0..=20)?.min(u.len());
            Some(u.bytes(length)?)
        } else {
            None
        };
        Ok(Parts {
            packet,
            target,
            host,
            reason,
        })
    }
}

impl<'a> Parts<'a> {
    /// The head about to be written, and the phrase that it has been given; `None` if a packet does not go
    /// to such a target.
    fn draft(&self) -> Option<(Draft<'a>, Option<&'a [u8]>)> {
        let draft = match &self.packet {
            Packet::Request(packet) => Draft::request(packet, self.target, self.host),
            Packet::Notification(packet) => Draft::notification(packet, self.target, self.host),
            Packet::Ack(packet) => Ok(Draft::ack(packet)),
            Packet::NotificationResponse(packet) => Ok(Draft::notification_response(packet)),
        };
        let draft = match draft {
            Ok(draft) => draft,
            Err(error) => {
                assert_eq!(Some(error), self.refusal(), "{self:?}");
                return None;
            }
        };
        let goes_to = matches!(self.packet, Packet::Request(_) | Packet::Notification(_));
        assert!(!goes_to || self.refusal().is_none(), "{self:?}");
        let with_reason = self
            .reason
            .and_then(|reason| Some((draft.with_reason(reason).ok()?, Some(reason))));
        Some(with_reason.unwrap_or((draft, None)))
    }

    /// Why nothing goes to such a target: it is neither a path nor a URL, or one of another host.
    fn refusal(&self) -> Option<DraftError> {
        let host = self.host.as_bytes().to_ascii_lowercase();
        match self.target.form() {
            TargetForm::Authority | TargetForm::Asterisk => Some(DraftError::Target),
            TargetForm::Absolute => {
                let named = self
                    .target
                    .authority()
                    .map(|it| it.as_bytes().to_ascii_lowercase());
                (named != Some(host)).then_some(DraftError::Host)
            }
            TargetForm::Origin => None,
        }
    }

    fn reading(&self) -> Reading {
        match &self.packet {
            Packet::Request(_) => Reading::Request,
            Packet::Ack(ack) => Reading::Ack(ack.answering()),
            Packet::Notification(_) => Reading::Notification,
            Packet::NotificationResponse(_) => Reading::NotificationResponse,
        }
    }

    /// Asserts that what was read is what was written.
    fn check(&self, value: &Value<'_>) {
        match (&self.packet, value) {
            (Packet::Request(packet), Value::Request(message)) => {
                assert_eq!(message.packet(), Some(packet));
            }
            (Packet::Ack(packet), Value::Ack(message)) => {
                assert_eq!(message.packet(), Some(packet));
            }
            (Packet::Notification(packet), Value::Notification(message)) => {
                assert_eq!(message.packet(), Some(packet));
            }
            (Packet::NotificationResponse(packet), Value::NotificationResponse(message)) => {
                assert_eq!(message.packet(), Some(packet));
            }
            _ => panic!("{value:?} is of another kind than {self:?}"),
        }
    }
}

/// Fields that a head may have beside those of its packet.
fn extra<'a>(u: &mut Unstructured<'a>, draft: &Draft<'a>) -> Result<Vec<ExtraField<'a>>> {
    let mut extra = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        let place = match u.int_in_range(0..=3)? {
            0 => Place::First,
            1 => Place::Before(u.arbitrary()?),
            2 => Place::After(u.arbitrary()?),
            _ => Place::Last,
        };
        let name = if u.arbitrary()? {
            u.arbitrary::<Field>()?.name().as_bytes()
        } else {
            let length = u.int_in_range(1..=12)?.min(u.len());
            u.bytes(length)?
        };
        let length = u.int_in_range(0..=40)?.min(u.len());
        let value = u.bytes(length)?;
        extra.extend(ExtraField::new(name, value, place));
        if draft.with_extra(&extra).is_err() {
            extra.pop();
        }
    }
    Ok(extra)
}

/// The bytes are an [`Arbitrary`] packet with all that a head needs besides: it is written in every
/// layout, and reads back as an equal packet.
pub fn packet_values(input: &[u8]) {
    let _ = drafts(input, |parts, written| {
        let bytes = written.draft.to_vec();
        match parts.reading().parse(&bytes, &Options::INTEROP) {
            Ok(Parsed::Complete { value, .. }) => {
                parts.check(&value);
                laws::semantic(parts.reading(), written, &value, &Options::INTEROP);
            }
            other => panic!("{} reads as {other:?}", bytes.escape_ascii()),
        }
    });
}

/// Calls `law` with the head in every layout.
fn drafts(input: &[u8], mut law: impl FnMut(&Parts<'_>, &laws::Written<'_>)) -> Result<()> {
    let mut u = Unstructured::new(input);
    let parts: Parts<'_> = u.arbitrary()?;
    let Some((draft, reason)) = parts.draft() else {
        return Ok(());
    };
    let extra = extra(&mut u, &draft)?;
    for layout in Layout::ALL {
        let draft = draft.with_layout(layout).with_extra(&extra);
        let written = laws::Written {
            draft: draft.expect("fields that the head may have"),
            layout,
            target: parts.target,
            host: parts.host,
            reason,
        };
        law(&parts, &written);
    }
    Ok(())
}

/// What comes of the packet that the bytes are, in the canonical layout.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let mut first = None;
    let _ = drafts(input, |parts, written| {
        first.get_or_insert_with(|| Outcome::of(parts.reading(), &written.draft.to_vec()));
    });
    first.unwrap_or_else(|| Outcome::nothing("packet-values"))
}
