//! Which event a packet is.

use bits_packet::{Fragment, Request};

use super::refusal::Refusal;
use super::{Event, Overlap, Policy, Session};

/// The event that a packet of `session` is, and how it is refused if it is [`Event::Invalid`].
pub(super) fn classify(
    policy: &Policy,
    session: &Session,
    request: &Request<'_>,
) -> Result<Event, Refusal> {
    Ok(match request {
        Request::Ping(_) => Event::Ping,
        Request::CreateSession(_) => Event::Create,
        Request::Fragment(fragment) => return fragment_event(policy, session, fragment),
        Request::CloseSession(_) if session.is_whole() => Event::CloseWhole,
        Request::CloseSession(_) if !session.has_begun() && policy.empty_files => Event::CloseEmpty,
        Request::CloseSession(_) => Event::CloseEarly,
        Request::CancelSession(_) => Event::Cancel,
    })
}

/// The table of digest 4.3.
fn fragment_event(
    policy: &Policy,
    session: &Session,
    fragment: &Fragment<'_>,
) -> Result<Event, Refusal> {
    let range = fragment.range;
    let expected = session.received;
    let is_coded = |coding: &[u8]| !coding.eq_ignore_ascii_case(b"identity");
    let codings = fragment.content_encoding;
    if codings.is_some_and(|codings| codings.iter().any(is_coded)) {
        // No coding is offered: what is coded would be stored as it is.
        return Err(Refusal::INVALID);
    }
    if session.total.is_some_and(|total| total != range.total()) {
        return Err(Refusal::INVALID);
    }
    if range.total() > policy.max_file {
        return Err(Refusal::TOO_LARGE);
    }
    if range.length() > policy.max_fragment {
        return Err(Refusal::FRAGMENT_TOO_LARGE);
    }
    let begins_early = range.first() < expected;
    let refuses_overlap = policy.overlap == Overlap::Refuse && begins_early;
    Ok(if session.is_whole() {
        // What repeats the last Fragment has not heard its Ack: it must, whatever the policy is.
        match refuses_overlap && !range.is_last() {
            true => Event::OutOfSequence,
            false => Event::Whole,
        }
    } else if range.first() > expected || refuses_overlap {
        Event::OutOfSequence
    } else if range.end() <= expected {
        Event::Repeat
    } else if range.is_last() {
        Event::Last
    } else {
        Event::InSequence
    })
}
