//! A naive server.

use bits_packet::HResult;

/// Keeps one file, and takes the new part of what overlaps ([MC-BUP] 3.2.5.2.6; D-19). Written without a look at any
/// real server.
#[derive(Default)]
pub(super) struct NaiveServer {
    /// The session, by its number, and how much of the file it has.
    pub(super) session: Option<(u32, Vec<u8>)>,
    /// How many sessions there were.
    sessions: u32,
    /// The file, once it is whole.
    pub(super) published: Option<Vec<u8>>,
    /// A session whose file is published, and which waits for its Close-Session.
    pub(super) waiting: Option<u32>,
}

/// A request as it is on the wire.
#[derive(Clone, Debug)]
pub(super) enum Packet {
    Ping,
    Create,
    Fragment {
        id: Vec<u8>,
        first: u64,
        total: u64,
        body: Vec<u8>,
    },
    Close(Vec<u8>),
    Cancel(Vec<u8>),
}

/// An answer as it is on the wire.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Pong,
    Created(Vec<u8>),
    Offset(u16, Vec<u8>, u64),
    Ended(Vec<u8>),
    Error(u16, HResult),
}

fn name(number: u32) -> Vec<u8> {
    format!("session-{number}").into_bytes()
}

impl NaiveServer {
    pub(super) fn answer(&mut self, packet: &Packet) -> Reply {
        let lost = Reply::Error(500, HResult::SESSION_NOT_FOUND);
        match packet {
            Packet::Ping => Reply::Pong,
            Packet::Create => {
                self.sessions += 1;
                self.session = Some((self.sessions, Vec::new()));
                Reply::Created(name(self.sessions))
            }
            Packet::Fragment {
                id,
                first,
                total,
                body,
            } => {
                if self.waiting.map(name).as_ref() == Some(id) {
                    return Reply::Offset(200, id.clone(), *total);
                }
                let Some((number, data)) = &mut self.session else {
                    return lost;
                };
                if name(*number) != *id {
                    return lost;
                }
                let expected = data.len() as u64;
                if *first > expected {
                    return Reply::Offset(416, id.clone(), expected);
                }
                let old = usize::try_from(expected - first).unwrap().min(body.len());
                data.extend_from_slice(&body[old..]);
                let offset = data.len() as u64;
                if offset == *total {
                    self.published = Some(std::mem::take(data));
                    self.waiting = Some(*number);
                    self.session = None;
                }
                Reply::Offset(200, id.clone(), offset)
            }
            Packet::Close(id) | Packet::Cancel(id) => {
                let open = self.session.as_ref().map(|(number, _)| name(*number));
                if open.as_ref() == Some(id) {
                    self.session = None; // what is not whole is dropped (D-25)
                } else if self.waiting.map(name).as_ref() == Some(id) {
                    self.waiting = None;
                } else {
                    return lost;
                }
                Reply::Ended(id.clone())
            }
        }
    }
}
