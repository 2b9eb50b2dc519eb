//! Heads of requests.

use bits_packet::{Authority, ContentName, Field, Request, RequestType, Target};
use bits_packet::{
    CancelSession, CloseSession, ContentRange, CreateSession, Fragment, Ping, SessionId,
    SupportedProtocols,
};
use bits_serializer::{Draft, DraftError, ExtraError, ExtraField, Layout, Place};

use crate::{Error, Options, Url};

/// Fields that HTTP uses for the connection, or that this client writes itself.
const OWN: [&str; 11] = [
    "Accept",
    "Connection",
    "Expect",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Upgrade",
    "User-Agent",
    "Via",
    "HTTP2-Settings",
];

/// What a head is made of, beside its packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dress<'a> {
    pub(crate) target: &'a str,
    pub(crate) host: &'a str,
    pub(crate) options: &'a Options,
    /// The name of the file.
    pub(crate) name: Option<&'a [u8]>,
    pub(crate) authorization: Option<&'a str>,
    /// Whether the extra fields are sent: any of them may hold what is secret.
    pub(crate) is_trusted: bool,
}

impl Dress<'_> {
    /// A head as a BITS client of Windows lays it out ([MC-BUP] 4).
    pub(crate) fn head(&self, packet: &Request<'_>) -> Result<Vec<u8>, Unwritable> {
        let packet = named(*packet, self.name);
        let mut extra = vec![
            ExtraField::new(b"Accept", b"*/*", Place::First).map_err(Unwritable::Field)?,
            field(
                "User-Agent",
                &self.options.user_agent,
                Place::Before(Field::Host),
            )?,
        ];
        let headers = self.options.headers.iter().filter(|_| self.is_trusted);
        for (name, value) in headers {
            extra.push(field(name, value, Place::Last)?);
        }
        if let Some(value) = self.authorization {
            extra.push(field("Authorization", value, Place::Last)?);
        }
        extra.push(field("Connection", "Keep-Alive", Place::Last)?);
        let target = Target::new(self.target.as_bytes()).map_err(|_| DraftError::Target);
        let host = Authority::new(self.host.as_bytes()).map_err(|_| DraftError::Host);
        let draft = Draft::request(
            &packet,
            target.map_err(Unwritable::Draft)?,
            host.map_err(Unwritable::Draft)?,
        );
        let draft = draft
            .map_err(Unwritable::Draft)?
            .with_layout(Layout::Windows);
        let draft = draft.with_extra(&extra).map_err(Unwritable::Draft)?;
        Ok(draft.to_vec())
    }
}

/// Why a head cannot be written.
#[derive(Debug)]
pub(crate) enum Unwritable {
    Field(ExtraError),
    Draft(DraftError),
}

fn field<'a>(name: &'a str, value: &'a str, place: Place) -> Result<ExtraField<'a>, Unwritable> {
    ExtraField::new(name.as_bytes(), value.as_bytes(), place).map_err(Unwritable::Field)
}

/// As Windows does, Fragments and Close-Session carry the name of the file (D-9), if it is one that a
/// field can hold.
fn named<'a>(packet: Request<'a>, name: Option<&'a [u8]>) -> Request<'a> {
    let fits = |name: &&[u8]| name.len() <= ContentName::MAX_LENGTH;
    let content_name = name
        .filter(fits)
        .and_then(|name| ContentName::new(name).ok());
    match packet {
        Request::Fragment(packet) => Request::Fragment(Fragment {
            content_name,
            ..packet
        }),
        Request::CloseSession(packet) => Request::CloseSession(CloseSession {
            content_name,
            ..packet
        }),
        packet => packet,
    }
}

/// Checks that the extra fields can stand in every request.
pub(crate) fn check(options: &Options, url: &Url) -> Result<(), Error> {
    let blame = |name: &str, reason: String| Error::Header {
        name: name.to_owned(),
        reason,
    };
    let bare = Options {
        headers: Vec::new(),
        ..options.clone()
    };
    check_all(&bare, url).map_err(|error| blame("User-Agent", error.to_string()))?;
    for (name, value) in &options.headers {
        if let Some(own) = OWN.iter().find(|own| own.eq_ignore_ascii_case(name)) {
            return Err(blame(
                name,
                match *own {
                    "User-Agent" => "it is given by --user-agent".to_owned(),
                    own => format!("{own} is this client's own affair"),
                },
            ));
        }
        let alone = Options {
            headers: vec![(name.clone(), value.clone())],
            ..bare.clone()
        };
        check_all(&alone, url).map_err(|error| blame(name, error.to_string()))?;
    }
    check_all(options, url).map_err(|error| {
        // Behind Accept and User-Agent stand those of the caller.
        let header = match error {
            Unwritable::Draft(DraftError::Extra { index, .. }) => index
                .checked_sub(2)
                .and_then(|index| options.headers.get(index)),
            _ => None,
        };
        blame(header.map_or("Host", |(name, _)| name), error.to_string())
    })
}

/// Writes a head of every kind.
fn check_all(options: &Options, url: &Url) -> Result<(), Unwritable> {
    let dress = Dress {
        target: url.target(),
        host: url.authority(),
        options,
        name: None,
        authorization: None,
        is_trusted: true,
    };
    for request in RequestType::ALL {
        dress.head(&sample(request))?;
    }
    Ok(())
}

/// A packet of that type.
fn sample(request: RequestType) -> Request<'static> {
    let id = SessionId::new(b"x").expect("a letter is an id");
    let range = ContentRange::new(0, 0, 1).expect("the first of one byte");
    match request {
        RequestType::Ping => Request::Ping(Ping),
        RequestType::CreateSession => {
            Request::CreateSession(CreateSession::new(SupportedProtocols::BITS_1_5_UPLOAD))
        }
        RequestType::Fragment => Request::Fragment(Fragment::new(id, range)),
        RequestType::CloseSession => Request::CloseSession(CloseSession::new(id)),
        RequestType::CancelSession => Request::CancelSession(CancelSession::new(id)),
    }
}

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unwritable::Field(error) | Unwritable::Draft(DraftError::Extra { error, .. }) => {
                error.fmt(f)
            }
            Unwritable::Draft(error) => error.fmt(f),
        }
    }
}
