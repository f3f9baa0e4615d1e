//! Unsubscribes another session in all its scopes (protocol/6 section 4).

use crate::data::SessionId;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::reader::Reader;
use crate::wire::service::{Effect, Service};
use crate::wire::writer::Writer;

/// From which topics, and whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Selector expression.
    pub selector: String,
    /// The session.
    pub session: SessionId,
}

/// The declared layout has a byte 1 before the session; the JavaScript client leaves it out. Both are read, that which
/// uses all bytes first; the plain form is written.
impl Wire for Request {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let selector = r.field("selector")?;
        r.expect_field("session");
        let session = |r: &mut Reader| SessionId::read(r);
        let optional = |r: &mut Reader| match r.u8()? {
            1 => SessionId::read(r),
            other => Err(r.error(Problem::Unknown(i64::from(other)))),
        };
        let session = r.first_complete(&[&session, &optional])?;
        Ok(Self { selector, session })
    }

    fn write(&self, w: &mut Writer) {
        self.selector.write(w);
        self.session.write(w);
    }
}

/// Unsubscribes another session in all its scopes.
pub struct UnsubscribeAllControl;

impl Service for UnsubscribeAllControl {
    const ID: u32 = 0xc9;
    const NAME: &'static str = "unsubscribe-all-control";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
