//! What must still be true when a change arrives at the server.

use super::stored_form::base64_bytes;
use crate::data::value::DataType;
use crate::model::copy_as::command::argument;
use crate::wire::services::shared::{Comparison, Constraint};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What must still be true when a change arrives at the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Nothing.
    #[default]
    None,
    /// The topic still has this value, byte for byte.
    StillValue(#[serde(with = "base64_bytes")] Bytes),
    /// The topic exists and has no value.
    NoValue,
    /// There is no topic at the path.
    NoTopic,
}

impl Guard {
    /// The update constraint that says so.
    #[must_use]
    pub fn constraint(&self) -> Constraint {
        match self {
            Self::None => Constraint::Unconstrained,
            Self::StillValue(bytes) => Constraint::Value(Comparison::is(bytes.clone())),
            Self::NoValue => Constraint::NoValue,
            Self::NoTopic => Constraint::NoTopic,
        }
    }

    /// The condition in words, for a sheet or the journal.
    #[must_use]
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::None => "no guard",
            Self::StillValue(_) => "only if the value is still the one I saw",
            Self::NoValue => "only if the topic has no value",
            Self::NoTopic => "only if there is no topic",
        }
    }

    /// What stands against it when it was not met.
    #[must_use]
    pub const fn unmet(&self) -> &'static str {
        match self {
            Self::None | Self::StillValue(_) => "the value is no longer the one you saw",
            Self::NoValue => "the topic has a value now, or is gone",
            Self::NoTopic => "there is a topic now",
        }
    }

    /// The options of the command line that say so; none where no option does.
    pub(super) fn options(&self, data_type: DataType) -> Option<Vec<String>> {
        Some(match self {
            Self::None => Vec::new(),
            Self::StillValue(value) => vec![format!("--if-value={}", argument(data_type, value)?)],
            Self::NoValue => vec!["--if-no-value".to_owned()],
            Self::NoTopic => vec!["--if-no-topic".to_owned()],
        })
    }
}
