//! Begins or ends listening to sessions, as before 6.11 (protocol/6 section 4.1).

use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::reader::Reader;
use crate::wire::service::{Effect, Service};
use crate::wire::writer::Writer;

/// Which properties, and who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Keys of the properties that are told, `*F` and `*U` for all of a kind; none to end listening.
    pub keys: Option<Vec<String>>,
    /// Conversation id of the listener.
    pub listener: i64,
}

impl Wire for Request {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        r.expect_field("alternative");
        let keys = match r.u8()? {
            0 => Some(r.field("keys")?),
            1 => None,
            other => return Err(r.error(Problem::Unknown(i64::from(other)))),
        };
        Ok(Self { keys, listener: r.field("listener")? })
    }

    fn write(&self, w: &mut Writer) {
        match &self.keys {
            Some(keys) => {
                w.u8(0);
                keys.write(w);
            }
            None => w.u8(1),
        }
        self.listener.write(w);
    }
}

/// Begins or ends listening to the sessions of this server.
pub struct SessionPropertiesRegistration;

impl Service for SessionPropertiesRegistration {
    const ID: u32 = 0x51;
    const NAME: &'static str = "session-properties-registration";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = ();
}
