//! The dialogs: each shows what the model has open, or remembers by itself that it is.

mod apply;
mod conflict;
pub(super) mod connect;
pub(super) mod copy_as;
mod export;
pub(super) mod keys;
pub(super) mod new_topic;
pub(super) mod palette;
pub(super) mod path_dialog;
mod remove_topics;
pub(super) mod sheets;
