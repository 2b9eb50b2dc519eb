//! Packets: specifications that own their bytes.

use bits_packet::{
    AbsoluteUrl, AcceptEncoding, Ack, CancelSession, CancelSessionAck, CloseSession,
    CloseSessionAck, ContentEncoding, ContentName, ContentRange, CreateSession, CreateSessionAck,
    DataFileName, ErrorAck, ErrorContext, FallbackTimeout, Fragment, FragmentAck, Guid, HResult,
    HostId, Notification, NotificationBody, NotificationResponse, Ping, PingAck,
    ReceivedContentRange, ReplyUrl, Request, RequestType, SessionId, StatusCode,
    SupportedProtocols,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::values::{
    absolute_url, accepted_codings, boundary_u32, boundary_u64, codings, content_name,
    content_range, data_file_name, guid, host_id, protocols, reply_url, session_id,
};

/// A request, and every value that one may need.
#[derive(Clone, Debug)]
pub struct RequestSpec {
    pub request_type: RequestType,
    pub session_id: Vec<u8>,
    pub protocols: Vec<u8>,
    pub content_name: Option<Vec<u8>>,
    pub range: ContentRange,
    pub content_encoding: Option<Vec<u8>>,
}

impl RequestSpec {
    /// The request.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let session_id = SessionId::new(&self.session_id).expect("a session id");
        let name = self.content_name.as_deref();
        let content_name = name.map(|name| ContentName::new(name).expect("a content name"));
        let codings = self.content_encoding.as_deref();
        match self.request_type {
            RequestType::Ping => Request::Ping(Ping),
            RequestType::CreateSession => Request::CreateSession(CreateSession {
                protocols: SupportedProtocols::new(&self.protocols).expect("protocols"),
                content_name,
            }),
            RequestType::Fragment => Request::Fragment(Fragment {
                session_id,
                range: self.range,
                content_name,
                content_encoding: codings.map(|list| ContentEncoding::new(list).expect("codings")),
            }),
            RequestType::CloseSession => Request::CloseSession(CloseSession {
                session_id,
                content_name,
            }),
            RequestType::CancelSession => Request::CancelSession(CancelSession {
                session_id,
                content_name,
            }),
        }
    }
}

/// Requests of every type.
pub fn request_spec() -> impl Strategy<Value = RequestSpec> {
    (
        select(RequestType::ALL.to_vec()),
        session_id(),
        protocols(),
        option::of(content_name()),
        content_range(),
        option::of(codings()),
    )
        .prop_map(
            |(request_type, session_id, protocols, content_name, range, content_encoding)| {
                RequestSpec {
                    request_type,
                    session_id,
                    protocols,
                    content_name,
                    range,
                    content_encoding,
                }
            },
        )
        .boxed()
}

/// An Ack, and every value that one may need.
#[derive(Clone, Debug)]
pub struct AckSpec {
    pub answering: RequestType,
    /// `None` for a success.
    pub failure: Option<StatusCode>,
    pub session_id: Vec<u8>,
    pub with_session_id: bool,
    pub protocol: Guid,
    pub host_id: Option<Vec<u8>>,
    pub timeout: Option<u32>,
    pub accept_encoding: Option<Vec<u8>>,
    pub received: Option<u64>,
    pub reply_url: Option<Vec<u8>>,
    pub error: Option<(u32, u32)>,
}

impl AckSpec {
    /// The Ack.
    #[must_use]
    pub fn ack(&self) -> Ack<'_> {
        match self.failure {
            Some(status) => self.error_ack(status).answering(self.answering),
            None => self.success(),
        }
    }

    fn session_id(&self) -> SessionId<'_> {
        SessionId::new(&self.session_id).expect("a session id")
    }

    fn error_ack(&self, status: StatusCode) -> ErrorAck<'_> {
        let mut ack = ErrorAck::new(status).expect("a status of failure");
        if let Some((code, context)) = self.error {
            ack = ack.with_error(HResult::new(code), ErrorContext::new(context));
        }
        if self.with_session_id {
            ack = ack.with_session_id(self.session_id());
        }
        match self.received {
            Some(offset) => ack.with_received(ReceivedContentRange::new(offset)),
            None => ack,
        }
    }

    fn success(&self) -> Ack<'_> {
        let session_id = self.with_session_id.then(|| self.session_id());
        let host_id = self.host_id.as_deref();
        let codings = self.accept_encoding.as_deref();
        let reply_url = self.reply_url.as_deref();
        match self.answering {
            RequestType::Ping => PingAck.into(),
            RequestType::CreateSession => CreateSessionAck {
                protocol: self.protocol,
                session_id: self.session_id(),
                host_id: host_id.map(|host| HostId::new(host).expect("a host id")),
                host_id_fallback_timeout: self.timeout.map(FallbackTimeout::new),
                accept_encoding: codings.map(|list| AcceptEncoding::new(list).expect("codings")),
            }
            .into(),
            RequestType::Fragment => FragmentAck {
                session_id,
                received: ReceivedContentRange::new(self.received.unwrap_or_default()),
                reply_url: reply_url.map(|url| ReplyUrl::new(url).expect("a reply URL")),
            }
            .into(),
            RequestType::CloseSession => CloseSessionAck { session_id }.into(),
            RequestType::CancelSession => CancelSessionAck { session_id }.into(),
        }
    }
}

/// Acks to every type of request, successes and failures.
pub fn ack_spec() -> impl Strategy<Value = AckSpec> {
    let failure = prop_oneof![
        Just(StatusCode::RANGE_NOT_SATISFIABLE),
        select(vec![
            0, 99, 204, 304, 400, 403, 404, 409, 500, 501, 599, 600, 999
        ])
        .prop_map(|code| StatusCode::new(code).expect("three digits")),
    ];
    let error = (
        boundary_u32(),
        prop_oneof![select(vec![5, 7]), boundary_u32()],
    );
    let of_session = (
        option::of(host_id()),
        option::of(boundary_u32()),
        option::of(accepted_codings()),
    );
    (
        select(RequestType::ALL.to_vec()),
        option::of(failure),
        (session_id(), any::<bool>()),
        guid(),
        of_session,
        (option::of(boundary_u64()), option::of(reply_url())),
        option::of(error),
    )
        .prop_map(
            |(answering, failure, session, protocol, of_session, of_fragment, error)| {
                let (host_id, timeout, accept_encoding) = of_session;
                AckSpec {
                    answering,
                    failure,
                    session_id: session.0,
                    with_session_id: session.1,
                    protocol,
                    host_id,
                    timeout,
                    accept_encoding,
                    received: of_fragment.0,
                    reply_url: of_fragment.1,
                    error,
                }
            },
        )
        .boxed()
}

/// A notification.
#[derive(Clone, Debug)]
pub struct NotificationSpec {
    pub url: Vec<u8>,
    /// The file, and where the reply goes; `None` by value.
    pub files: Option<(Vec<u8>, Option<Vec<u8>>)>,
    pub length: u64,
}

impl NotificationSpec {
    /// The notification.
    #[must_use]
    pub fn notification(&self) -> Notification<'_> {
        let path = |path| DataFileName::new(path).expect("a path");
        Notification {
            original_request_url: AbsoluteUrl::new(&self.url).expect("a URL"),
            body: match &self.files {
                Some((request, response)) => NotificationBody::ByReference {
                    request: path(request),
                    response: response.as_deref().map(path),
                },
                None => NotificationBody::ByValue(self.length),
            },
        }
    }
}

/// Notifications by reference and by value.
pub fn notification_spec() -> impl Strategy<Value = NotificationSpec> {
    let files = option::of((data_file_name(), option::of(data_file_name())));
    (absolute_url(), files, boundary_u64())
        .prop_map(|(url, files, length)| NotificationSpec { url, files, length })
        .boxed()
}

/// The answer to a notification.
#[derive(Clone, Debug)]
pub struct ResponseSpec {
    pub status: StatusCode,
    pub url: Option<Vec<u8>>,
    pub copy: bool,
    pub length: Option<u64>,
}

impl ResponseSpec {
    /// The response.
    #[must_use]
    pub fn response(&self) -> NotificationResponse<'_> {
        let url = self.url.as_deref();
        let mut response = NotificationResponse::new(self.status).expect("a final status");
        response.static_response_url = url.map(|url| AbsoluteUrl::new(url).expect("a URL"));
        response.copy_file_to_destination = self.copy;
        response.content_length = self.length;
        response
    }
}

/// Answers to notifications.
pub fn response_spec() -> impl Strategy<Value = ResponseSpec> {
    let status = prop_oneof![0..=99u16, 200..=999u16]
        .prop_map(|code| StatusCode::new(code).expect("three digits"));
    (
        status,
        option::of(absolute_url()),
        any::<bool>(),
        option::of(boundary_u64()),
    )
        .prop_map(|(status, url, copy, length)| ResponseSpec {
            status,
            url,
            copy,
            length,
        })
        .boxed()
}

/// Any packet.
#[derive(Clone, Debug)]
pub enum PacketSpec {
    Request(RequestSpec),
    Ack(AckSpec),
    Notification(NotificationSpec),
    Response(ResponseSpec),
}

/// Packets of every kind.
pub fn packet_spec() -> impl Strategy<Value = PacketSpec> {
    prop_oneof![
        request_spec().prop_map(PacketSpec::Request),
        ack_spec().prop_map(PacketSpec::Ack),
        notification_spec().prop_map(PacketSpec::Notification),
        response_spec().prop_map(PacketSpec::Response),
    ]
    .boxed()
}
