//! What property tests draw from: every value, every packet, heads in odd spelling.
//!
//! Packets borrow, so strategies make specifications that own their bytes; a specification lends the
//! packet, built through the public constructors. Strategies are boxed, because a build that is not
//! optimised would keep each of them on the stack, with all those that it is made of.

mod drafts;
mod packets;
mod respelling;
mod values;

pub use drafts::{DraftSpec, ExtraSpec, draft_spec};
pub use packets::{
    AckSpec, NotificationSpec, PacketSpec, RequestSpec, ResponseSpec, ack_spec, notification_spec,
    packet_spec, request_spec, response_spec,
};
pub use respelling::{Respelling, respelling};
pub use values::{
    absolute_url, accepted_codings, boundary_u32, boundary_u64, codings, content_name,
    content_range, data_file_name, guid, host, host_id, protocols, reply_url, session_id, target,
    text,
};
