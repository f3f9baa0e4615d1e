//! What a user can change on a server: kinds of changes, the one way to send them, and the journal of what was sent.
//!
//! - [`ServerChange`]: what a kind says about itself; `kinds`: the list of them, one file each;
//! - [`Guard`], [`ChangeOutcome`], [`PreparedCall`], `stored_form`: the parts of which kinds are made;
//! - [`changes`]: asked for by a panel, shown in a sheet where the mode wants it; `run`: sent and journaled;
//! - [`conflict`]: compared with what is there when a guard failed; [`journal`]: listed, undone, stored;
//! - [`outside`]: the few calls that change the server and have no entry of their own in the journal;
//! - [`new_topic`], [`remove_topics`]: forms for two of the kinds.

pub mod changes;
pub mod conflict;
mod guard;
pub mod journal;
mod kinds;
pub mod new_topic;
mod outcome;
pub mod outside;
mod prepared_call;
pub mod remove_topics;
pub(in crate::model) mod run;
mod server_change;
pub(in crate::model) mod stored_form;

pub use guard::Guard;
pub use kinds::*;
pub use outcome::{ChangeError, ChangeOutcome, ChangeResult};
pub use prepared_call::{AnswerReader, PreparedCall};
pub use server_change::{CommandWords, Danger, Fact, Preview, ServerChange, Target, TouchedTopics};

use crate::data::TopicSpec;
use bytes::Bytes;
use std::sync::Arc;

/// What is at a topic path at one moment, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The specification; none if there was no topic or it is not known.
    pub spec: Option<Arc<TopicSpec>>,
    /// The value; none if there was none or it is not known.
    pub value: Option<Bytes>,
}

#[cfg(test)]
mod tests;
