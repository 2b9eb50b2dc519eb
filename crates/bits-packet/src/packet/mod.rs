//! Packets: what a head means.

mod ack;
mod cancel_session;
mod close_session;
mod create_session;
mod error_ack;
mod fragment;
mod message;
mod notification;
mod ping;
mod request;
mod types;

pub use ack::{Ack, Reading};
pub use cancel_session::{CancelSession, CancelSessionAck};
pub use close_session::{CloseSession, CloseSessionAck};
pub use create_session::{CreateSession, CreateSessionAck};
pub use error_ack::ErrorAck;
pub use fragment::{Fragment, FragmentAck};
pub use message::Message;
pub use notification::{Notification, NotificationBody, NotificationResponse};
pub use ping::{Ping, PingAck};
pub use request::Request;
pub use types::{PacketType, RequestType};
