//! The calls that change the server and have no entry of their own in the journal, each with its reason.
//!
//! [`crate::model::effects::Effects::call`] refuses to be compiled for a service that changes the server. Such a
//! service is either called by a kind of change, or listed here.

use crate::wire::Service;
use crate::wire::services::{
    MessagingFilterSend, MessagingReceiverControlDeregistration, MessagingReceiverControlRegistration,
    MessagingReceiverServer, MessagingSend, TopicControlDeregistration, TopicControlRegistration, TopicUpdate,
    TopicWill, UpdateStreamAdd, UpdateStreamAddAndSet, UpdateStreamCheck, UpdateStreamCreate, UpdateStreamCreateAndSet,
    UpdateStreamDelta, UpdateStreamSet,
};

/// A service that changes the server and may be called outside the journal.
pub trait OutsideJournal: Service {
    /// Why its calls have no entry.
    const REASON: &'static str;
}

macro_rules! outside_journal {
    ($($reason:literal: $($service:ident,)*;)*) => {
        $($(impl OutsideJournal for $service {
            const REASON: &'static str = $reason;
        })*)*

        /// Id and reason of each.
        pub const ALL: &[(u32, &str)] = &[$($(($service::ID, $reason),)*)*];
    };
}

outside_journal! {
    "one entry stands for the whole stream":
        UpdateStreamAdd, UpdateStreamAddAndSet, UpdateStreamCheck, UpdateStreamCreate, UpdateStreamCreateAndSet,
        UpdateStreamDelta, UpdateStreamSet,;
    "only old clients call it, and this program never does":
        TopicUpdate, TopicWill,;
    "a handler is state of this session, is listed while it lasts, and ends with the session":
        TopicControlDeregistration, TopicControlRegistration, MessagingReceiverControlDeregistration,
        MessagingReceiverControlRegistration,;
    "a request is in the history of the message console, with its answer":
        MessagingFilterSend, MessagingReceiverServer, MessagingSend,;
}
