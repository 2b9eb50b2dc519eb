//! bits-packet
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

mod class;
mod deviation;
mod error;
mod escape;
mod field;
mod grammar;
mod head;
mod options;
mod packet;
pub mod presence;
mod read;
mod resolve;
mod slots;
mod tolerance;
mod value;
mod walk;

pub use deviation::{Deviation, Deviations};
pub use error::{Error, ErrorKind};
pub use escape::Escaped;
pub use field::Field;
pub use head::{
    Authority, Body, FieldLine, Fields, Head, HeadScanner, Parsed, RequestHead, RequestLine,
    ResponseHead, Scan, StatusCode, StatusLine, Target, TargetForm, Version, skip_empty_lines,
};
pub use options::Options;
pub use packet::{
    Ack, CancelSession, CancelSessionAck, CloseSession, CloseSessionAck, CreateSession,
    CreateSessionAck, ErrorAck, Fragment, FragmentAck, Message, Notification, NotificationBody,
    NotificationResponse, PacketType, Ping, PingAck, Reading, Request, RequestType,
};
pub use resolve::Resolved;
pub use value::{
    AbsoluteUrl, Codings, ContentLength, ContentName, ContentRange, DataFileName, ErrorContext,
    FallbackTimeout, Guid, HResult, Host, HostId, Protocol, ReceivedContentRange, ReplyUrl,
    SessionId, SupportedProtocols,
};
