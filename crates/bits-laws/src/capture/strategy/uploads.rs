//! An upload, and what happens to it.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::capture::http::Other;
use crate::capture::{Credentials, Dialect, File, Turn, Upload, http};
use crate::strategy::{content_name, host, session_id, target};

/// How an upload ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Close-Session.
    Closed,
    /// Cancel-Session.
    Cancelled,
    /// It does not.
    Left,
}

/// An upload, and what happens to it.
#[derive(Clone, Debug)]
pub struct UploadSpec {
    /// The upload.
    pub upload: Upload,
    /// The length of a Fragment in bytes.
    pub fragment: u64,
    /// Whether there is a Ping first.
    pub has_ping: bool,
    /// Who uploads; asked for at the first request.
    pub credentials: Option<Credentials>,
    /// Whether a Fragment's body waits for `100 Continue`.
    pub waits: bool,
    /// A Fragment that comes out of sequence first, and one that is sent again.
    pub out_of_step: Option<(Index, Index)>,
    /// A Fragment in which the connection breaks; it is sent again on another.
    pub breaks: Option<Index>,
    /// What is fetched as the reply.
    pub reply: Option<Vec<u8>>,
    /// Fragments are sent to this one only.
    pub stops: Option<Index>,
    /// The server forgets the session then, and the file is uploaded whole in another one of that id.
    pub again: Option<Vec<u8>>,
    /// How it, or that other one, ends.
    pub finish: Finish,
    /// What is said between.
    pub others: Vec<(Index, Other)>,
}

impl UploadSpec {
    /// How many bytes are sent and acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        let length = self.upload.file.length();
        length.min(self.sent() * self.fragment)
    }

    /// How many Fragments are sent.
    fn sent(&self) -> u64 {
        let count = self.upload.file.length().div_ceil(self.fragment);
        self.stops.map_or(count, |stop| at(&stop, count))
    }

    /// The upload in the other session, if there is one.
    #[must_use]
    pub fn other(&self) -> Option<Upload> {
        // Of an empty file the server need not have a session.
        let session = self
            .again
            .clone()
            .filter(|_| self.upload.file.length() > 0)?;
        Some(Upload {
            session,
            ..self.later()
        })
    }

    /// The upload with what later requests say of the user.
    fn later(&self) -> Upload {
        let mut upload = self.upload.clone();
        upload.authorization = self.credentials.as_ref().and_then(Credentials::later);
        upload
    }

    /// The turns of each connection.
    #[must_use]
    pub fn turns(&self) -> Vec<Vec<Turn>> {
        let (upload, length) = (self.later(), self.upload.file.length());
        let mut exchanges: Vec<Vec<Turn>> = Vec::new();
        let mut credentials = self.credentials.as_ref();
        if self.has_ping {
            exchanges.push(match credentials.take() {
                Some(asked) => asked.turns(&self.upload, Upload::ping_request, &upload.ping_ack()),
                None => upload.ping(),
            });
        }
        exchanges.push(match credentials.take() {
            Some(asked) => asked.turns(&self.upload, Upload::create_request, &upload.create_ack()),
            None => upload.create(),
        });
        let sent = self.sent();
        let breaks = self.breaks.map(|index| at(&index, sent));
        let out_of_step = self
            .out_of_step
            .map(|(one, other)| (at(&one, sent), at(&other, sent)));
        let mut connections = Vec::new();
        for index in 0..sent {
            let start = index * self.fragment;
            let range = start..length.min(start + self.fragment);
            if breaks == Some(index) {
                // In the middle of a Fragment, which is sent again.
                let mut broken = upload.fragment_request(range.clone());
                broken.truncate(broken.len() * 2 / 3);
                exchanges.push(vec![Turn::client(broken)]);
                connections.push(std::mem::take(&mut exchanges));
                exchanges.push(upload.ping_again());
            }
            if let Some((early, _)) = out_of_step.filter(|&(early, _)| early == index) {
                // As far on as there is room for.
                let far = length.min(range.end + early + 1);
                if range.end < far {
                    exchanges.push(upload.fragment_out_of_sequence(range.end..far, start));
                }
            }
            exchanges.push(if self.waits {
                upload.fragment_after_continue(range.clone())
            } else {
                upload.fragment(range.clone())
            });
            if out_of_step.is_some_and(|(_, again)| again == index) {
                exchanges.push(upload.fragment_out_of_sequence(range.clone(), range.end));
            }
        }
        if let (Some(reply), true) = (&self.reply, sent > 0) {
            exchanges.push(http::reply("/reply.bin", "reply.example", reply));
        }
        let other = self.other();
        if let Some(other) = &other {
            let start = sent.min(length.div_ceil(self.fragment) - 1) * self.fragment;
            let range = start..length.min(start + self.fragment);
            exchanges.push(upload.fragment_of_lost_session(range));
            exchanges.extend([other.create(), other.fragment(0..length)]);
        }
        let last = other.as_ref().unwrap_or(&upload);
        match self.finish {
            Finish::Closed => exchanges.push(last.close()),
            Finish::Cancelled => exchanges.push(last.cancel()),
            Finish::Left => (),
        }
        for (index, other) in self.others.iter().filter(|(_, other)| !other.is_last()) {
            let place = index.index(exchanges.len() + 1);
            exchanges.insert(place, other.turns("other.example"));
        }
        let final_one = self.others.iter().find(|(_, other)| other.is_last());
        exchanges.extend(final_one.map(|(_, other)| other.turns("other.example")));
        connections.push(exchanges);
        let turns = connections.into_iter().map(|exchanges| exchanges.concat());
        turns.collect()
    }
}

/// A number below `end`, or 0.
fn at(index: &Index, end: u64) -> u64 {
    let end = usize::try_from(end).expect("a few Fragments");
    if end == 0 { 0 } else { index.index(end) as u64 }
}

/// Any file of less than 8 KiB: drawn bytes, or a text that looks like the messages around it.
pub fn file() -> impl Strategy<Value = File> {
    let drawn = (any::<u64>(), 0..8192_u64);
    let text = select(vec![
        &b"BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n"
            [..],
        b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 9999\r\n\r\n",
        b"0\r\n\r\n",
        b"\r\n",
        b"\0",
    ]);
    prop_oneof![
        3 => drawn.prop_map(|(seed, length)| File::Drawn { seed, length }),
        1 => (text, 1..40_usize).prop_map(|(text, times)| File::Bytes(text.repeat(times))),
    ]
    .boxed()
}

/// An exchange between those of an upload.
pub fn other() -> impl Strategy<Value = Other> {
    let body = || file().prop_map(|file| file.to_vec());
    let bodies = || vec(body(), 0..4);
    prop_oneof![
        body().prop_map(Other::Get),
        any::<u64>().prop_map(Other::Head),
        any::<u64>().prop_map(Other::NotModified),
        Just(Other::NoContent),
        bodies().prop_map(Other::Chunked),
        body().prop_map(Other::EarlyHints),
        body().prop_map(Other::Post),
        bodies().prop_map(Other::PostChunked),
        body().prop_map(Other::PostAfterContinue),
        (1..u64::MAX).prop_map(Other::ExpectationFailed),
        vec(body(), 1..4).prop_map(Other::Pipelined),
        body().prop_map(Other::UntilClose),
    ]
    .boxed()
}

/// A target that hurts who makes a path of it, or any other.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let long = [b"/".to_vec(), b"long".repeat(500)].concat();
    let hurting = select(vec![
        b"/../../../etc/passwd".to_vec(),
        b"/a%2F..%2F..%2Fb".to_vec(),
        b"/a/%00.bin".to_vec(),
        b"/C:%5CWindows%5Cwin.ini".to_vec(),
        b"/%1b[31mred%1b[0m".to_vec(),
        b"/%e2%80%aetxt.exe".to_vec(),
        b"/\xFF\xFE.bin".to_vec(),
        b"/CON".to_vec(),
        b"/.".to_vec(),
        b"/..".to_vec(),
        b"/dir/".to_vec(),
        b"/-rf".to_vec(),
        long,
    ]);
    let any = target().prop_filter("a path", |target| target.starts_with(b"/"));
    prop_oneof![hurting, any].boxed()
}

fn credentials() -> impl Strategy<Value = Credentials> {
    let name = || "[a-z\u{e4}\u{4e2d}]{1,12}";
    prop_oneof![
        ("[a-z]{1,8}", "[ -~]{0,12}")
            .prop_map(|(user, password)| Credentials::Basic { user, password }),
        (name(), name()).prop_map(|(domain, user)| Credentials::Ntlm { domain, user }),
        (name(), name()).prop_map(|(domain, user)| Credentials::Negotiate { domain, user }),
    ]
}

fn upload() -> impl Strategy<Value = Upload> {
    let agent = select(vec![
        "Microsoft BITS/7.8",
        "Microsoft BITS/6.7",
        "curl/8.5.0",
    ]);
    let dialect = select(vec![
        Dialect::Windows,
        Dialect::Canonical,
        Dialect::MethodOverride,
    ]);
    let host_id = select(vec![
        "FRANKCAO8",
        "192.0.2.17",
        "2001:db8::7",
        "[2001:db8::7]",
    ]);
    let host_id = option::of(host_id.prop_map(|host| host.as_bytes().to_vec()));
    let name = option::of(content_name());
    (
        session_id(),
        path(),
        host(),
        name,
        agent,
        file(),
        dialect,
        host_id,
    )
        .prop_map(
            |(session, target, host, name, agent, file, dialect, host_id)| Upload {
                session,
                target,
                host,
                name,
                user_agent: agent.into(),
                file,
                dialect,
                host_id,
                reply_url: None,
                authorization: None,
            },
        )
        .boxed()
}

/// Any upload, with anything that may happen to it.
pub fn upload_spec() -> impl Strategy<Value = UploadSpec> {
    let happens = (
        option::of(credentials()),
        option::weighted(0.3, any::<(Index, Index)>()),
        option::weighted(0.3, any::<Index>()),
        option::weighted(0.2, any::<Index>()),
        option::weighted(0.2, file().prop_map(|file| file.to_vec())),
        option::weighted(0.2, session_id()),
    );
    let finish = prop_oneof![
        4 => Just(Finish::Closed),
        1 => Just(Finish::Cancelled),
        1 => Just(Finish::Left),
    ];
    let others = vec((any::<Index>(), other()), 0..3);
    (
        upload(),
        200..5000_u64,
        any::<(bool, bool)>(),
        happens,
        finish,
        others,
    )
        .prop_map(
            |(mut upload, fragment, (has_ping, waits), happens, finish, others)| {
                let (credentials, out_of_step, breaks, stops, reply, again) = happens;
                upload.reply_url = reply
                    .as_ref()
                    .map(|_| b"http://reply.example/reply.bin".to_vec());
                UploadSpec {
                    upload,
                    fragment,
                    has_ping,
                    credentials,
                    waits,
                    out_of_step,
                    breaks,
                    reply,
                    stops,
                    again,
                    finish,
                    others,
                }
            },
        )
        .boxed()
}
