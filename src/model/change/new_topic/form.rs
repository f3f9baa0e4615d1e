//! The form of a topic: what is typed, what is wrong with it, and what becomes of a value that is there.

use crate::client::api::CallId;
use crate::data::property::{Property, SpecError, check_schema, normalise};
use crate::data::spec_diff::{Difference, differences};
use crate::data::value::{self, DataType, parse_input};
use crate::data::{Timestamp, TopicPath, TopicSpec, TopicType};
use crate::model::change::{ChangeError, Snapshot};
use crate::model::letter_case::capitalized;
use crate::model::remote::Remote;
use crate::model::{BlockReason, Connected};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the form is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new topic.
    New,
    /// A new topic with the specification of this one.
    Like(TopicPath),
    /// Another specification for this topic.
    Change(TopicPath),
}

/// What stands in the way of a new topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// What is there.
    pub there: Snapshot,
    /// How it differs from what is wanted; empty if the specification is the same.
    pub differences: Vec<Difference>,
}

/// The open form.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is for.
    pub purpose: Purpose,
    /// The path as typed.
    pub path: String,
    /// The type.
    pub topic_type: TopicType,
    /// Properties that are set, as typed, by their keys.
    pub properties: BTreeMap<&'static str, String>,
    /// Whether the topic gets a first value.
    pub with_value: bool,
    /// The first value as typed.
    pub value: String,
    /// The topic that is copied or changed; none once read if there is no such topic.
    pub source: Remote<Option<Snapshot>>,
    /// What stands in the way.
    pub conflict: Option<Conflict>,
    /// Why the last attempt failed.
    pub failed: Option<ChangeError>,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// Names this opening; answers for another one are ignored.
    pub(super) opening: CallId,
}

/// Why the button is off, where no field says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The connection takes no change now.
    Blocked(BlockReason),
    /// The topic is being read, or an answer is waited for.
    Busy,
    /// The topic to be changed could not be read.
    Unread,
    /// A field is not right.
    Field,
    /// Nothing would change.
    Same,
}

impl Hold {
    /// The reason for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Blocked(reason) => reason.sentence(),
            Self::Busy => "An answer of the server is waited for",
            Self::Unread => "The topic could not be read",
            Self::Field => "A field is not right yet",
            Self::Same => "The specification is the same as before",
        }
    }
}

/// What becomes of the value when a specification is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// There is none.
    Nothing,
    /// The new type accepts it.
    Value,
    /// The new type does not accept it.
    Lost,
    /// The events of a time series cannot be taken over.
    EventsLost,
}

impl Form {
    pub(super) fn new(purpose: Purpose, path: String, opening: CallId) -> Self {
        Self {
            purpose,
            path,
            topic_type: TopicType::Json,
            properties: BTreeMap::new(),
            with_value: false,
            value: String::new(),
            source: Remote::default(),
            conflict: None,
            failed: None,
            busy: false,
            opening,
        }
    }

    /// What is wrong with the path; none also while nothing is typed.
    #[must_use]
    pub fn path_error(&self) -> Option<String> {
        if self.path.is_empty() {
            return None;
        }
        if self.path.ends_with('/') {
            return Some("Type the name of the topic after the “/”".to_owned());
        }
        TopicPath::parse(&self.path).err().map(|error| capitalized(&error.located(&self.path)))
    }

    /// What is wrong with a property.
    #[must_use]
    pub fn property_error(&self, property: &'static Property) -> Option<String> {
        match self.properties.get(property.key) {
            Some(value) => property.normalise(self.topic_type, value, check_schema).err().map(|error| error.reason),
            None if property.is_required(self.topic_type) => Some("Choose one; a time series needs it".to_owned()),
            None => None,
        }
    }

    /// The data type of a first value; none where the topic cannot have one by itself.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        DataType::of_topic_type(self.topic_type)
    }

    /// The first value, if one is wanted.
    ///
    /// # Errors
    /// The text is no value of the type.
    pub fn first_value(&self) -> Result<Option<Bytes>, String> {
        match self.data_type() {
            Some(data_type) if self.with_value => {
                parse_input::from_text(data_type, &self.value).map(|value| Some(value::encode(&value)))
            }
            _ => Ok(None),
        }
    }

    /// The specification that the form says.
    ///
    /// # Errors
    /// A property is missing or not allowed.
    pub fn spec(&self) -> Result<TopicSpec, SpecError> {
        let has_effect = |key: &str| Property::find(key).is_some_and(|p| p.has_effect(self.topic_type));
        let properties = self.properties.iter().filter(|(key, _)| has_effect(key));
        let spec = TopicSpec {
            topic_type: self.topic_type,
            properties: properties.map(|(key, value)| (*key, value.as_str())).collect(),
        };
        normalise(&spec, check_schema)
    }

    /// The topic that is copied or changed, once it is read.
    fn source_topic(&self) -> Option<(&TopicSpec, Option<&Bytes>)> {
        let there = self.source.ready()?.as_ref()?;
        Some((there.spec.as_deref()?, there.value.as_ref()))
    }

    /// What becomes of the value of the topic whose specification is changed.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let Some((spec, value)) = self.source_topic() else { return Kept::Nothing };
        match value {
            _ if spec.topic_type == TopicType::TimeSeries => Kept::EventsLost,
            None => Kept::Nothing,
            Some(value) if self.accepts(spec.topic_type, value) => Kept::Value,
            Some(_) => Kept::Lost,
        }
    }

    fn accepts(&self, from: TopicType, value: &Bytes) -> bool {
        let Some(to) = self.data_type() else { return false };
        match to {
            _ if from == self.topic_type => true,
            // Any bytes would do for these, but they would not mean the same.
            DataType::Binary | DataType::RecordV2 => false,
            _ => !matches!(from, TopicType::Binary | TopicType::RecordV2) && value::decode(to, value).is_ok(),
        }
    }

    /// Why it cannot be done now; none if it can.
    #[must_use]
    pub fn hold(&self, at: &Connected, now: Timestamp) -> Option<Hold> {
        if let Some(reason) = at.block_reason(now) {
            return Some(Hold::Blocked(reason));
        }
        if self.busy || self.source.loading.is_some() {
            return Some(Hold::Busy);
        }
        if TopicPath::parse(&self.path).is_err() || self.path_error().is_some() {
            return Some(Hold::Field);
        }
        let (Ok(spec), Ok(_)) = (self.spec(), self.first_value()) else { return Some(Hold::Field) };
        if let Purpose::Change(_) = self.purpose {
            let Some((former, _)) = self.source_topic() else { return Some(Hold::Unread) };
            if differences(&spec, former).is_empty() {
                return Some(Hold::Same);
            }
        }
        None
    }
}
