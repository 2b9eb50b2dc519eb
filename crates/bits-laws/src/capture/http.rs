//! What else is said over HTTP/1.1 on the connection of an upload, and what is no HTTP at all.

use super::connection::Turn;
use super::upload::answered;

/// An exchange that is no part of an upload. Each has another way to find the end of its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Other {
    /// GET, and an answer with `Content-Length`.
    Get(Vec<u8>),
    /// HEAD: the answer has the length of a body, and no body.
    Head(u64),
    /// A GET with a condition, answered 304 with the length of a body, and no body.
    NotModified(u64),
    /// DELETE, answered 204 without a length.
    NoContent,
    /// GET, and an answer in chunks of these bytes, with an extension and a trailer.
    Chunked(Vec<Vec<u8>>),
    /// GET, answered by 103 first, then 200 with these bytes.
    EarlyHints(Vec<u8>),
    /// POST of these bytes, with `Content-Length`.
    Post(Vec<u8>),
    /// POST in chunks of these bytes.
    PostChunked(Vec<Vec<u8>>),
    /// POST of these bytes after `100 Continue`.
    PostAfterContinue(Vec<u8>),
    /// POST with `Expect: 100-continue`, answered by 417: the body is not sent.
    ExpectationFailed(u64),
    /// GETs sent together, and their answers together.
    Pipelined(Vec<Vec<u8>>),
    /// GET, and an answer of HTTP/1.0 that ends with the connection: the last exchange of one.
    UntilClose(Vec<u8>),
}

impl Other {
    /// Its turns.
    #[must_use]
    pub fn turns(&self, host: &str) -> Vec<Turn> {
        let head = |method: &str, fields: &str| {
            let lines = format!("{method} /other HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
            lines.into_bytes()
        };
        let get = || head("GET", "Accept: */*\r\n");
        let length = |bytes: &[u8]| format!("Content-Length: {}\r\n", bytes.len());
        match self {
            Other::Get(body) => answered(get(), ok(body)),
            Other::Head(bytes) => {
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n");
                answered(head("HEAD", ""), answer)
            }
            Other::NotModified(bytes) => {
                let answer = format!(
                    "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Length: {bytes}\r\n\r\n"
                );
                answered(head("GET", "If-None-Match: \"1\"\r\n"), answer)
            }
            Other::NoContent => answered(head("DELETE", ""), *b"HTTP/1.1 204 No Content\r\n\r\n"),
            Other::Chunked(chunks) => {
                let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
                answer.extend(in_chunks(chunks));
                answered(get(), answer)
            }
            Other::EarlyHints(body) => {
                let hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
                let [mut turns, rest] = [answered(get(), *hints), vec![Turn::server(ok(body))]];
                turns.extend(rest);
                turns
            }
            Other::Post(body) => {
                let request = [head("POST", &length(body)), body.clone()].concat();
                answered(request, ok(b"posted"))
            }
            Other::PostChunked(chunks) => {
                let request = head("POST", "Transfer-Encoding: chunked\r\n");
                answered([request, in_chunks(chunks)].concat(), ok(b""))
            }
            Other::PostAfterContinue(body) => {
                let request = head("POST", &(length(body) + "Expect: 100-continue\r\n"));
                let mut turns = answered(request, *b"HTTP/1.1 100 Continue\r\n\r\n");
                turns.extend(answered(body.clone(), ok(b"posted")));
                turns
            }
            Other::ExpectationFailed(bytes) => {
                let fields = format!("Content-Length: {bytes}\r\nExpect: 100-continue\r\n");
                let answer = b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
                answered(head("POST", &fields), *answer)
            }
            Other::Pipelined(bodies) => {
                let requests: Vec<u8> = bodies.iter().flat_map(|_| get()).collect();
                let answers: Vec<u8> = bodies.iter().flat_map(|body| ok(body)).collect();
                answered(requests, answers)
            }
            Other::UntilClose(body) => {
                let answer = [b"HTTP/1.0 200 OK\r\n\r\n", &body[..]].concat();
                answered(get(), answer)
            }
        }
    }

    /// Whether another exchange may follow on the connection.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(self, Other::UntilClose(_) | Other::ExpectationFailed(_))
    }
}

/// 200 with that body.
fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A chunked body; an empty chunk is left out, as it would be the last.
fn in_chunks(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        body.extend(format!("{:x};note=\"a b\"\r\n", chunk.len()).bytes());
        body.extend(chunk);
        body.extend(b"\r\n");
    }
    body.extend(b"0\r\nX-Sum: 1\r\n\r\n");
    body
}

/// A reply of a server application, or a part of it, and the GET that fetches it.
#[must_use]
pub fn reply(target: &str, host: &str, body: &[u8]) -> Vec<Turn> {
    let request = format!(
        "GET {target} HTTP/1.1\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\
         User-Agent: Microsoft BITS/7.8\r\nHost: {host}\r\nConnection: Keep-Alive\r\n\r\n"
    );
    answered(request, ok(body))
}

/// A tunnel to another server, asked of a proxy, and TLS in it.
#[must_use]
pub fn tunnel(host: &str) -> Vec<Turn> {
    let request = format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n");
    let mut turns = answered(request, *b"HTTP/1.1 200 Connection established\r\n\r\n");
    turns.extend(tls(host));
    turns
}

/// The beginning of TLS: the hellos, and records that nobody can read.
///
/// # Panics
///
/// When the name is longer than 255 bytes.
#[must_use]
pub fn tls(host: &str) -> Vec<Turn> {
    let secret: Vec<u8> = (0..=255_u8)
        .map(|byte| byte.wrapping_mul(167) ^ 0x5A)
        .collect();
    let mut turns = answered(client_hello(host), server_hello());
    turns.extend(answered(record(23, &secret), record(23, &secret[..77])));
    turns
}

/// A TLS ClientHello in its record ([RFC 8446] 4.1.2), with the name of the server.
fn client_hello(host: &str) -> Vec<u8> {
    let name = counted16(&[&[0], &counted16(host.as_bytes())[..]].concat());
    let names = [&[0, 0], &counted16(&name)[..]].concat();
    // supported_versions: 1.3 and 1.2.
    let versions = [0, 43, 0, 5, 4, 3, 4, 3, 3];
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.push(0);
    // Two suites, and no compression.
    hello.extend(counted16(&[0x13, 0x01, 0x13, 0x02]));
    hello.extend([1, 0]);
    hello.extend(counted16(&[&names[..], &versions].concat()));
    handshake(1, &hello)
}

fn server_hello() -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend([9; 32]);
    hello.extend([0, 0x13, 0x01, 0]);
    hello.extend(counted16(&[0, 43, 0, 2, 3, 4]));
    handshake(2, &hello)
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    record(22, &[&[kind, 0], &counted16(body)[..]].concat())
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3], &counted16(body)[..]].concat()
}

/// With its length before it.
fn counted16(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("less than 64 KiB");
    [&length.to_be_bytes(), bytes].concat()
}
