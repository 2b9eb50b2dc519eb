//! HTTP authentication around the packets ([MC-BUP] 2.1): a request is refused until it says who asks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::connection::Turn;
use super::upload::{Upload, answered};

/// Who asks to be let in, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Basic.
    Basic {
        /// The name.
        user: String,
        /// What must be shown nowhere.
        password: String,
    },
    /// NTLM: three messages, under the name `NTLM`.
    Ntlm {
        /// The domain of the user.
        domain: String,
        /// The name.
        user: String,
    },
    /// The same messages under the name `Negotiate`.
    Negotiate {
        /// The domain of the user.
        domain: String,
        /// The name.
        user: String,
    },
}

impl Credentials {
    /// A request of an upload that is refused until it has the right authorization, then answered.
    ///
    /// `request` makes the request of an upload that has the authorization. Its body, if there is one, comes
    /// every time.
    #[must_use]
    pub fn turns(
        &self,
        upload: &Upload,
        request: impl Fn(&Upload) -> Vec<u8>,
        answer: &[u8],
    ) -> Vec<Turn> {
        let steps = self.steps();
        let last = steps.len() - 1;
        let mut turns = Vec::new();
        for (index, (authorization, challenge)) in steps.into_iter().enumerate() {
            let mut upload = upload.clone();
            upload.authorization = authorization;
            let answer = if index == last {
                answer.to_vec()
            } else {
                refusal(&challenge)
            };
            turns.extend(answered(request(&upload), answer));
        }
        turns
    }

    /// What later requests say: Basic says it again, the others have let the connection in.
    #[must_use]
    pub fn later(&self) -> Option<Vec<u8>> {
        match self {
            Credentials::Basic { .. } => self.steps().pop().and_then(|(last, _)| last),
            Credentials::Ntlm { .. } | Credentials::Negotiate { .. } => None,
        }
    }

    /// Each request's `Authorization`, and the challenge in its refusal.
    fn steps(&self) -> Vec<(Option<Vec<u8>>, String)> {
        match self {
            Credentials::Basic { user, password } => {
                let said = STANDARD.encode(format!("{user}:{password}"));
                let said = format!("Basic {said}").into_bytes();
                vec![
                    (None, "Basic realm=\"files\"".to_owned()),
                    (Some(said), String::new()),
                ]
            }
            Credentials::Ntlm { domain, user } => ntlm("NTLM", domain, user),
            Credentials::Negotiate { domain, user } => ntlm("Negotiate", domain, user),
        }
    }
}

fn refusal(challenge: &str) -> Vec<u8> {
    let body = "<h1>401 - Unauthorized</h1>";
    let length = body.len();
    let head = format!(
        "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\nWWW-Authenticate: {challenge}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    head.into_bytes()
}

fn ntlm(scheme: &str, domain: &str, user: &str) -> Vec<(Option<Vec<u8>>, String)> {
    let said = |message: &[u8]| format!("{scheme} {}", STANDARD.encode(message));
    vec![
        (None, scheme.to_owned()),
        (Some(said(&negotiate()).into_bytes()), said(&challenge())),
        (
            Some(said(&authenticate(domain, user)).into_bytes()),
            String::new(),
        ),
    ]
}

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// Unicode, NTLM, and that a target may be asked for.
const FLAGS: u32 = 0x0000_0205;

/// NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.1) without domain and workstation.
fn negotiate() -> Vec<u8> {
    let mut message = SIGNATURE.to_vec();
    message.extend(1_u32.to_le_bytes());
    message.extend(FLAGS.to_le_bytes());
    message.extend([0; 16]);
    message
}

/// CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2) without target.
fn challenge() -> Vec<u8> {
    let mut message = SIGNATURE.to_vec();
    message.extend(2_u32.to_le_bytes());
    message.extend(place(0, 56));
    message.extend(FLAGS.to_le_bytes());
    message.extend(*b"\x01\x23\x45\x67\x89\xAB\xCD\xEF");
    message.extend([0; 8]);
    message.extend(place(0, 56));
    message.extend([0; 8]);
    message
}

/// AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3), its names in UTF-16.
fn authenticate(domain: &str, user: &str) -> Vec<u8> {
    const HEAD: usize = 64;
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let answer = vec![0x42; 24];
    // In the order of their places: both answers, domain, user, workstation, session key.
    let values = [
        answer.clone(),
        answer,
        utf16(domain),
        utf16(user),
        utf16("DESK"),
        Vec::new(),
    ];
    let mut message = SIGNATURE.to_vec();
    message.extend(3_u32.to_le_bytes());
    let mut at = HEAD;
    for value in &values {
        message.extend(place(value.len(), at));
        at += value.len();
    }
    message.extend(FLAGS.to_le_bytes());
    message.extend(values.concat());
    message
}

/// Length, room and offset of a value.
fn place(length: usize, offset: usize) -> Vec<u8> {
    let length = u16::try_from(length).expect("a name of less than 64 KiB");
    let offset = u32::try_from(offset).expect("names of less than 64 KiB");
    let mut place = [length.to_le_bytes(), length.to_le_bytes()].concat();
    place.extend(offset.to_le_bytes());
    place
}
