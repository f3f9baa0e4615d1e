//! The server tells a listener what became of sessions (protocol/6 section 4.1; one-way).

use super::session_listing::PropertyList;
use crate::byte_enum;
use crate::data::{CloseReason, SessionId};
use crate::record;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::reader::Reader;
use crate::wire::service::{Answering, Effect, Inbound, Service};
use crate::wire::writer::Writer;

byte_enum! {
    /// Why a session is told again.
    pub enum Update {
        /// Its properties have changed.
        Properties = 0,
        /// Its client is back.
        Reconnected = 1,
        /// Another server of the cluster goes on with it.
        FailedOver = 2,
        /// Its connection is lost; it may come back.
        Disconnected = 3,
    }
}

/// What became of a property that the listener asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyChange {
    /// It is new.
    Added(String),
    /// It has another value than before.
    Changed {
        /// Before.
        old: String,
        /// Now.
        new: String,
    },
    /// It is gone; its last value.
    Removed(String),
    /// It is as before.
    Same(String),
}

impl PropertyChange {
    /// The value that the property has now.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Added(value) | Self::Changed { new: value, .. } | Self::Same(value) => Some(value),
            Self::Removed(_) => None,
        }
    }
}

impl Wire for PropertyChange {
    const MIN_SIZE: usize = 2;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        r.expect_field("property change");
        Ok(match r.u8()? {
            1 => Self::Added(r.field("value")?),
            2 => Self::Changed { old: r.field("old value")?, new: r.field("value")? },
            3 => Self::Removed(r.field("old value")?),
            4 => Self::Same(r.field("value")?),
            other => return Err(r.error(Problem::Unknown(i64::from(other)))),
        })
    }

    fn write(&self, w: &mut Writer) {
        let (tag, first) = match self {
            Self::Added(value) => (1, value),
            Self::Changed { old, .. } => (2, old),
            Self::Removed(old) => (3, old),
            Self::Same(value) => (4, value),
        };
        w.u8(tag);
        first.write(w);
        if let Self::Changed { new, .. } = self {
            new.write(w);
        }
    }
}

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// It is there: opened, or open when the listener came.
    Opened(PropertyList),
    /// Something is different.
    Updated {
        /// What.
        update: Update,
        /// Every property that the listener asked for, changed or not.
        changes: Vec<(String, PropertyChange)>,
    },
    /// It has ended.
    Closed {
        /// Why.
        reason: CloseReason,
        /// Its last properties.
        properties: PropertyList,
    },
}

impl Wire for SessionChange {
    const MIN_SIZE: usize = 2;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        r.expect_field("session event");
        Ok(match r.u8()? {
            0 => Self::Opened(r.field("properties")?),
            1 => Self::Updated { update: r.field("update")?, changes: r.field("changes")? },
            2 => Self::Closed { reason: r.field("close reason")?, properties: r.field("properties")? },
            other => return Err(r.error(Problem::Unknown(i64::from(other)))),
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Opened(properties) => {
                w.u8(0);
                properties.write(w);
            }
            Self::Updated { update, changes } => {
                w.u8(1);
                update.write(w);
                changes.write(w);
            }
            Self::Closed { reason, properties } => {
                w.u8(2);
                reason.write(w);
                properties.write(w);
            }
        }
    }
}

record! {
    /// Whom, and what happened, in order.
    pub struct Request {
        /// Conversation id of the listener.
        listener: i64,
        /// Session and what became of it.
        events: Vec<(SessionId, SessionChange)>,
    }
}

/// The server tells a listener what became of sessions, in order (one-way).
pub struct SessionPropertiesEvent;

impl Service for SessionPropertiesEvent {
    const ID: u32 = 0x52;
    const NAME: &'static str = "session-properties-event";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = ();
}

impl Inbound for SessionPropertiesEvent {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
