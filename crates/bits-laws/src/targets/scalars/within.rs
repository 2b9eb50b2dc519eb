//! Values within a head: what is told of one that is tolerated.

use bits_packet::{Body, Deviation, Options, Parsed, RequestType};

use crate::readings::{Reading, Value};

/// A head with a place for a value.
pub(super) struct Place {
    reading: Reading,
    before: &'static str,
    /// The rest of the head, but for an empty line.
    behind: &'static str,
}

const fn request(before: &'static str, behind: &'static str) -> Place {
    Place {
        reading: Reading::Request,
        before,
        behind,
    }
}

const fn ack(request: RequestType, before: &'static str, behind: &'static str) -> Place {
    Place {
        reading: Reading::Ack(Some(request)),
        before,
        behind,
    }
}

pub(super) const TARGET: Place = request(
    "BITS_POST ",
    " HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Ping\r\nContent-Length: 0\r\n",
);
pub(super) const PROTOCOLS: Place = request(
    "BITS_POST / HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Create-Session\r\n\
     Content-Length: 0\r\nBITS-Supported-Protocols: ",
    "\r\n",
);
pub(super) const SESSION_ID: Place = request(
    "BITS_POST / HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Cancel-Session\r\n\
     Content-Length: 0\r\nBITS-Session-Id: ",
    "\r\n",
);
pub(super) const CONTENT_NAME: Place = request(
    "BITS_POST / HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Close-Session\r\n\
     Content-Length: 0\r\nBITS-Session-Id: 1\r\nContent-Name: ",
    "\r\n",
);
pub(super) const CONTENT_ENCODING: Place = request(
    "BITS_POST / HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: 1\r\n\
     Content-Length: 1\r\nContent-Range: bytes 0-0/1\r\nContent-Encoding: ",
    "\r\n",
);
/// Its length follows.
pub(super) const CONTENT_RANGE: Place = request(
    "BITS_POST / HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: 1\r\n\
     Content-Range: ",
    "",
);
pub(super) const HOST_ID: Place = ack(
    RequestType::CreateSession,
    "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: 1\r\nContent-Length: 0\r\n\
     BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\nBITS-Host-Id: ",
    "\r\n",
);
pub(super) const REPLY_URL: Place = ack(
    RequestType::Fragment,
    "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: 1\r\nContent-Length: 0\r\n\
     BITS-Received-Content-Range: 1\r\nBITS-Reply-URL: ",
    "\r\n",
);
pub(super) const ERROR_CODE: Place = ack(
    RequestType::Ping,
    "HTTP/1.1 500 No\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\
     BITS-Error-Context: 0x5\r\nBITS-Error-Code: ",
    "\r\n",
);
pub(super) const ERROR_CONTEXT: Place = ack(
    RequestType::Ping,
    "HTTP/1.1 500 No\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\
     BITS-Error-Code: 0x1\r\nBITS-Error-Context: ",
    "\r\n",
);
/// A notification.
pub(super) const ORIGINAL_URL: Place = Place {
    reading: Reading::Notification,
    before: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nBITS-Original-Request-URL: ",
    behind: "\r\n",
};

impl Place {
    /// The value is accepted there, and just these deviations are told.
    pub(super) fn tells(&self, value: &[u8], expected: &[(Deviation, bool)]) {
        self.tells_with(value, "", expected);
    }

    /// The same with more lines behind it.
    pub(super) fn tells_with(&self, value: &[u8], lines: &str, expected: &[(Deviation, bool)]) {
        let behind = [self.behind, lines, "\r\n"].concat();
        let head = [self.before.as_bytes(), value, behind.as_bytes()].concat();
        match self.reading.parse(&head, &Options::INTEROP) {
            Ok(Parsed::Complete { value, rest: [] }) => {
                let expected: Vec<Deviation> = expected
                    .iter()
                    .filter_map(|(deviation, is_met)| is_met.then_some(*deviation))
                    .collect();
                let told: Vec<Deviation> = value.deviations().iter().collect();
                assert_eq!(told, expected, "{}", head.escape_ascii());
            }
            other => panic!("{}: {other:?}", head.escape_ascii()),
        }
    }
}

impl Place {
    /// Which byte of the value STRICT blames; `None` if it accepts the value there.
    pub(super) fn blamed(&self, value: &[u8]) -> Option<usize> {
        let behind = [self.behind, "\r\n"].concat();
        let head = [self.before.as_bytes(), value, behind.as_bytes()].concat();
        let error = self.reading.parse(&head, &Options::STRICT).err()?;
        error.offset().checked_sub(self.before.len())
    }
}

/// How a head with that `Transfer-Encoding` frames its body; `None` if it is refused.
pub(super) fn framed(of_response: bool, value: &[u8]) -> Option<Body> {
    let (reading, line) = if of_response {
        (Reading::ResponseHead, "HTTP/1.1 200 OK")
    } else {
        (Reading::RequestHead, "POST / HTTP/1.1\r\nHost: h")
    };
    let before = [line, "\r\nTransfer-Encoding: "].concat();
    let head = [before.as_bytes(), value, b"\r\n\r\n"].concat();
    let value: Value<'_> = reading.parse(&head, &Options::INTEROP).ok()?.complete()?.0;
    Some(value.framing().0)
}
