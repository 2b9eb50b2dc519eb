//! The BITS heads of [MC-BUP] 4, byte for byte, and the fields of packets, put together by hand.

// Every test binary uses a part of this.
#![allow(dead_code)]

use std::fmt::Display;

use bits_packet::{
    Ack, ContentEncoding, ContentName, Field, Notification, NotificationBody, NotificationResponse,
    Request, RequestType, SessionId,
};

/// The requests of [MC-BUP] 4.1, then those of 4.2, in order.
pub(crate) const REQUESTS: [(RequestType, &[u8]); 8] = [
    (
        RequestType::CreateSession,
        b"BITS_POST /upload/2000mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Create-Session\r\n\
          BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n\
          Content-Name: rfc2119.txt\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: frankcao8\r\n\
          Content-Length: 0\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
    (
        RequestType::Fragment,
        b"BITS_POST /upload/2000mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Fragment\r\n\
          BITS-Session-Id: {A0FF5911-4144-45B3-BF27-27AFC8EC8A67}\r\n\
          Content-Name: rfc2119.txt\r\n\
          Content-Range: bytes 0-4891/4892\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: frankcao8\r\n\
          Content-Length: 4892\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
    (
        RequestType::Ping,
        b"BITS_POST /upload/2000mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Ping\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: frankcao8\r\n\
          Content-Length: 0\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
    (
        RequestType::CloseSession,
        b"BITS_POST /upload/2000mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Close-Session\r\n\
          BITS-Session-Id: {A0FF5911-4144-45B3-BF27-27AFC8EC8A67}\r\n\
          Content-Name: rfc2119.txt\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: frankcao8\r\n\
          Content-Length: 0\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
    (
        RequestType::CreateSession,
        b"BITS_POST /upload-ref-isapi-WebFarm/2100mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Create-Session\r\n\
          BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n\
          Content-Name: rfc2119.txt\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: frankcao8\r\n\
          Content-Length: 0\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
    (
        RequestType::Ping,
        b"BITS_POST /upload-ref-isapi-WebFarm/2100mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Ping\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: FRANKCAO8\r\n\
          Content-Length: 0\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
    (
        RequestType::Fragment,
        b"BITS_POST /upload-ref-isapi-WebFarm/2100mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Fragment\r\n\
          BITS-Session-Id: {C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\r\n\
          Content-Name: rfc2119.txt\r\n\
          Content-Range: bytes 0-4891/4892\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: FRANKCAO8\r\n\
          Content-Length: 4892\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
    (
        RequestType::CloseSession,
        b"BITS_POST /upload-ref-isapi-WebFarm/2100mb-rfc2119.txt HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Packet-Type: Close-Session\r\n\
          BITS-Session-Id: {C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\r\n\
          Content-Name: rfc2119.txt\r\n\
          User-Agent: Microsoft BITS/6.7\r\n\
          Host: FRANKCAO8\r\n\
          Content-Length: 0\r\n\
          Connection: Keep-Alive\r\n\r\n",
    ),
];

/// Their Acks: the answers, in order.
pub(crate) const ACKS: [(RequestType, &[u8]); 8] = [
    (RequestType::CreateSession, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:01:56 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n\
          BITS-Session-Id: {A0FF5911-4144-45B3-BF27-27AFC8EC8A67}\r\n\
          Content-Length: 0\r\n\
          Accept-encoding: identity\r\n\r\n"),
    (RequestType::Fragment, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:02:01 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          Content-Length: 0\r\n\
          BITS-Received-Content-Range: 4892\r\n\r\n"),
    (RequestType::Ping, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:02:02 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          Content-Length: 0\r\n\r\n"),
    (RequestType::CloseSession, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:02:02 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          Content-Length: 0\r\n\r\n"),
    (RequestType::CreateSession, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:11:57 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n\
          BITS-Session-Id: {C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\r\n\
          BITS-Host-Id: FRANKCAO8\r\n\
          BITS-Host-Id-Fallback-Timeout: 110\r\n\
          Content-Length: 0\r\n\
          Accept-encoding: identity\r\n\r\n"),
    (RequestType::Ping, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:11:57 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          Content-Length: 0\r\n\r\n"),
    (RequestType::Fragment, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:12:01 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          Content-Length: 0\r\n\
          BITS-Received-Content-Range: 4892\r\n\
          BITS-Reply-URL: BITS-Sessions\\Replies\\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\\responsefile.bin\r\n\r\n"),
    (RequestType::CloseSession, b"HTTP/1.1 200 OK\r\n\
          Date: Mon, 18 Jun 2007 21:12:07 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Pragma: no-cache\r\n\
          BITS-Packet-Type: Ack\r\n\
          Content-Length: 0\r\n\r\n"),
];

/// The notification of [MC-BUP] 4.2.
pub(crate) const NOTIFICATION: &[u8] = b"POST /bitsasp/test.REPLY HTTP/1.1\r\n\
          Accept: */*\r\n\
          BITS-Original-Request-URL: http://frankcao8/upload-ref-isapi-WebFarm/2100mb-rfc2119.txt\r\n\
          BITS-Request-DataFile-Name: C:\\bits\\web\\upload-ref-isapi-WebFarm\\BITS-Sessions\\Requests\\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\\requestfile.bin\r\n\
          BITS-Response-DataFile-Name: C:\\bits\\web\\upload-ref-isapi-WebFarm\\BITS-Sessions\\Replies\\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\\responsefile.bin\r\n\
          User-Agent: BITSExts 1.5\r\n\
          Host: frankcao8\r\n\
          Content-Length: 0\r\n\
          Connection: Keep-Alive\r\n\r\n";

/// The answer to it.
pub(crate) const NOTIFICATION_RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\n\
          Connection: close\r\n\
          Date: Mon, 18 Jun 2007 21:12:01 GMT\r\n\
          Server: Microsoft-IIS/6.0\r\n\
          Content-type: text/html\r\n\r\n";

/// Fields as a packet would be sent with.
#[derive(Default)]
pub(crate) struct List(Vec<(&'static str, Vec<u8>)>);

impl List {
    /// Names and values, as `from_fields` takes them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let Self(fields) = self;
        fields
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_slice()))
    }

    fn put(&mut self, field: Field, value: Option<&[u8]>) {
        let named = value.map(|value| (field.name(), value.to_vec()));
        self.0.extend(named);
    }

    fn put_text(&mut self, field: Field, value: Option<impl Display>) {
        let text = value.map(|value| value.to_string());
        self.put(field, text.as_deref().map(str::as_bytes));
    }
}

/// The fields of a request, `Host` among them.
pub(crate) fn fields_of_request(request: &Request<'_>) -> List {
    let mut list = List::default();
    list.put(Field::Host, Some(b"upload.example.net"));
    list.put_text(Field::PacketType, Some(request.request_type()));
    list.put_text(Field::ContentLength, Some(request.content_length()));
    let session_id = request.session_id();
    list.put(
        Field::SessionId,
        session_id.as_ref().map(SessionId::as_bytes),
    );
    let content_name = match request {
        Request::Ping(_) => None,
        Request::CreateSession(create) => {
            let items: Vec<&[u8]> = create
                .protocols
                .iter()
                .map(|item| item.as_bytes())
                .collect();
            list.put(Field::SupportedProtocols, Some(&items.join(&b' ')));
            create.content_name
        }
        Request::Fragment(fragment) => {
            list.put_text(Field::ContentRange, Some(fragment.range));
            let encoding = fragment.content_encoding;
            list.put(
                Field::ContentEncoding,
                encoding.as_ref().map(ContentEncoding::as_bytes),
            );
            fragment.content_name
        }
        Request::CloseSession(close) => close.content_name,
        Request::CancelSession(cancel) => cancel.content_name,
    };
    list.put(
        Field::ContentName,
        content_name.as_ref().map(ContentName::as_bytes),
    );
    list
}

/// The fields of an Ack.
pub(crate) fn fields_of_ack(ack: &Ack<'_>) -> List {
    let mut list = List::default();
    list.put(Field::PacketType, Some(b"Ack"));
    list.put(Field::ContentLength, Some(b"0"));
    list.put_text(Field::Protocol, ack.protocol());
    list.put(Field::SessionId, ack.session_id().map(|id| id.as_bytes()));
    list.put(Field::HostId, ack.host_id().map(|id| id.as_bytes()));
    list.put_text(Field::HostIdFallbackTimeout, ack.host_id_fallback_timeout());
    list.put(
        Field::AcceptEncoding,
        ack.accept_encoding().map(|codings| codings.as_bytes()),
    );
    list.put_text(Field::ReceivedContentRange, ack.received_content_range());
    list.put(Field::ReplyUrl, ack.reply_url().map(|url| url.as_bytes()));
    list.put_text(Field::ErrorCode, ack.error_code());
    list.put_text(Field::ErrorContext, ack.error_context());
    list
}

/// The fields of a notification, `Host` among them.
pub(crate) fn fields_of_notification(notification: &Notification<'_>) -> List {
    let mut list = List::default();
    list.put(Field::Host, Some(b"app.example.net"));
    list.put_text(Field::ContentLength, Some(notification.content_length()));
    list.put(
        Field::OriginalRequestUrl,
        Some(notification.original_request_url.as_bytes()),
    );
    if let NotificationBody::ByReference { request, response } = notification.body {
        list.put(Field::RequestDataFileName, Some(request.as_bytes()));
        list.put(
            Field::ResponseDataFileName,
            response.map(|name| name.as_bytes()),
        );
    }
    list
}

/// The fields of the answer to a notification.
pub(crate) fn fields_of_notification_response(response: &NotificationResponse<'_>) -> List {
    let mut list = List::default();
    list.put_text(Field::ContentLength, response.content_length);
    list.put(
        Field::StaticResponseUrl,
        response.static_response_url.map(|url| url.as_bytes()),
    );
    let copy = response.copy_file_to_destination.then_some(&b"1"[..]);
    list.put(Field::CopyFileToDestination, copy);
    list
}
