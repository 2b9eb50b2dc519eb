//! The packets.

use ::arbitrary::{Arbitrary, Error, Result, Unstructured};

use super::number;
use crate::{
    Ack, CancelSession, CancelSessionAck, CloseSession, CloseSessionAck, CreateSession,
    CreateSessionAck, ErrorAck, Fragment, FragmentAck, Notification, NotificationBody,
    NotificationResponse, Ping, PingAck, Request, RequestType, StatusCode,
};

impl<'a> Arbitrary<'a> for Ping {
    fn arbitrary(_: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Ping)
    }
}

impl<'a> Arbitrary<'a> for CreateSession<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(CreateSession {
            protocols: u.arbitrary()?,
            content_name: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for Fragment<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Fragment {
            session_id: u.arbitrary()?,
            range: u.arbitrary()?,
            content_name: u.arbitrary()?,
            content_encoding: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for CloseSession<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(CloseSession {
            session_id: u.arbitrary()?,
            content_name: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for CancelSession<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(CancelSession {
            session_id: u.arbitrary()?,
            content_name: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for Request<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.arbitrary()? {
            RequestType::Ping => Request::Ping(u.arbitrary()?),
            RequestType::CreateSession => Request::CreateSession(u.arbitrary()?),
            RequestType::Fragment => Request::Fragment(u.arbitrary()?),
            RequestType::CloseSession => Request::CloseSession(u.arbitrary()?),
            RequestType::CancelSession => Request::CancelSession(u.arbitrary()?),
        })
    }
}

impl<'a> Arbitrary<'a> for PingAck {
    fn arbitrary(_: &mut Unstructured<'a>) -> Result<Self> {
        Ok(PingAck)
    }
}

impl<'a> Arbitrary<'a> for CreateSessionAck<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(CreateSessionAck {
            protocol: u.arbitrary()?,
            session_id: u.arbitrary()?,
            host_id: u.arbitrary()?,
            host_id_fallback_timeout: u.arbitrary()?,
            accept_encoding: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for FragmentAck<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(FragmentAck {
            session_id: u.arbitrary()?,
            received: u.arbitrary()?,
            reply_url: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for CloseSessionAck<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(CloseSessionAck {
            session_id: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for CancelSessionAck<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(CancelSessionAck {
            session_id: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for ErrorAck<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let status = u.arbitrary()?;
        let mut ack = match ErrorAck::new(status) {
            Some(ack) => ack,
            None => ErrorAck::out_of_sequence(u.arbitrary()?, u.arbitrary()?),
        };
        if u.arbitrary()? {
            ack = ack.with_error(u.arbitrary()?, u.arbitrary()?);
        }
        if u.arbitrary()? {
            ack = ack.with_session_id(u.arbitrary()?);
        }
        if u.arbitrary()? {
            ack = ack.with_received(u.arbitrary()?);
        }
        Ok(ack)
    }
}

impl<'a> Arbitrary<'a> for Ack<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let answering = u.arbitrary()?;
        if u.arbitrary()? {
            return u
                .arbitrary()
                .map(|error: ErrorAck<'a>| error.answering(answering));
        }
        Ok(match answering {
            RequestType::Ping => PingAck::arbitrary(u)?.into(),
            RequestType::CreateSession => CreateSessionAck::arbitrary(u)?.into(),
            RequestType::Fragment => FragmentAck::arbitrary(u)?.into(),
            RequestType::CloseSession => CloseSessionAck::arbitrary(u)?.into(),
            RequestType::CancelSession => CancelSessionAck::arbitrary(u)?.into(),
        })
    }
}

impl<'a> Arbitrary<'a> for Notification<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Notification {
            original_request_url: u.arbitrary()?,
            body: u.arbitrary()?,
        })
    }
}

impl<'a> Arbitrary<'a> for NotificationBody<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(if u.arbitrary()? {
            NotificationBody::ByReference {
                request: u.arbitrary()?,
                response: u.arbitrary()?,
            }
        } else {
            NotificationBody::ByValue(number(u)?)
        })
    }
}

impl<'a> Arbitrary<'a> for NotificationResponse<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut response = NotificationResponse::new(u.arbitrary()?)
            .or(NotificationResponse::new(StatusCode::OK))
            .ok_or(Error::IncorrectFormat)?;
        response.static_response_url = u.arbitrary()?;
        response.copy_file_to_destination = u.arbitrary()?;
        response.content_length = if u.arbitrary()? {
            Some(number(u)?)
        } else {
            None
        };
        Ok(response)
    }
}
