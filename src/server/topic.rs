//! One topic: its specification, value or events, subscribers, and update stream.

use super::budget::{Budget, SharedValue};
use super::error::ServiceError;
use super::outbox::{Conflation, Delivery, Outbox, Priority, Queued};
use super::removal_policy::Removal;
use super::series::Series;
use super::streams::StreamPlace;
use crate::data::security::PathPermissions;
use crate::data::value::record::Schema;
use crate::data::value::{self, DataType, Value, time_series};
use crate::data::{ErrorCode, TopicSpec, TopicType, property};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A subscriber of a topic.
#[derive(Debug)]
pub(super) struct Subscriber {
    /// The session's id for the topic.
    pub topic_id: i32,
    /// Its queue.
    pub outbox: Arc<Outbox>,
}

/// An update stream: only its owner may use it, and only while nobody else updates the topic.
#[derive(Debug)]
pub(super) struct Stream {
    /// Its owner's key.
    pub session: u64,
    /// Counts the streams of the topic.
    pub instance: i32,
    /// What its session keeps for it.
    pub place: StreamPlace,
}

/// A topic of the server.
#[derive(Debug)]
pub(super) struct Topic {
    /// Number of the topic; never used again.
    pub number: i32,
    /// Normalised specification.
    pub spec: TopicSpec,
    /// Who is told about values, by session key.
    pub subscribers: BTreeMap<u64, Subscriber>,
    /// The one valid update stream.
    pub stream: Option<Stream>,
    /// Streams made so far.
    pub streams: i32,
    /// How values travel.
    pub delivery: Delivery,
    /// Type of values, or of events.
    pub data_type: DataType,
    /// The principal that may do everything here but select.
    pub owner: Option<String>,
    /// When the topic goes by itself.
    pub removal: Option<Box<Removal>>,
    /// What values are held to.
    schema: Option<Schema>,
    retains_value: bool,
    /// The current value; of a time series the latest event as it was sent.
    value: Option<SharedValue>,
    /// Where values count that only queues still hold; none while nobody can subscribe.
    pub budget: Option<Arc<Budget>>,
    /// The events of a time series.
    pub series: Option<Series>,
}

/// The normal form of a specification.
///
/// # Errors
/// 9006 with the reason.
pub(super) fn normalised(spec: &TopicSpec) -> Result<TopicSpec, ServiceError> {
    let bad = |reason: String| ServiceError::new(ErrorCode::INVALID_TOPIC_SPECIFICATION, reason);
    let spec = property::normalise(spec, property::check_schema).map_err(|error| bad(error.to_string()))?;
    if DataType::of_topic_type(spec.topic_type).or_else(|| spec.event_type()).is_none() {
        return Err(bad("This topic type cannot be created".to_owned()));
    }
    Ok(spec)
}

impl Topic {
    /// A topic without a value, from a normalised specification.
    pub(super) fn new(number: i32, spec: TopicSpec) -> Self {
        let word = |key: &str| spec.properties.value(key);
        let is = |key: &str| word(key) == Some("true");
        let event_type = spec.event_type();
        let retains_value = event_type.is_some() || !is(property::DONT_RETAIN_VALUE);
        let deltas = spec.topic_type.has_deltas() && retains_value && !is(property::PUBLISH_VALUES_ONLY);
        let conflation = match word(property::CONFLATION) {
            Some("off") => Conflation::Off,
            Some("always") => Conflation::Always,
            Some("unsubscribe") => Conflation::Unsubscribe,
            None if event_type.is_some() => Conflation::Off,
            _ => Conflation::Conflate,
        };
        let schema = word(property::SCHEMA)
            .filter(|_| spec.topic_type == TopicType::RecordV2 && is(property::VALIDATE_VALUES))
            .and_then(|text| Schema::from_text(text).ok());
        let priority = match word(property::PRIORITY) {
            Some("high") => Priority::High,
            Some("low") => Priority::Low,
            _ => Priority::Default,
        };
        let compression = !matches!(word(property::COMPRESSION), Some("off" | "false"));
        let series = event_type.map(|event_type| Series::new(event_type, &spec));
        Self {
            number,
            subscribers: BTreeMap::new(),
            stream: None,
            streams: 0,
            delivery: Delivery { deltas, compression, conflation, priority, tidy: is(property::TIDY_ON_UNSUBSCRIBE) },
            data_type: event_type.or_else(|| DataType::of_topic_type(spec.topic_type)).unwrap_or(DataType::Binary),
            owner: word(property::OWNER).and_then(|text| property::owner_principal(text).ok()),
            removal: None,
            schema,
            retains_value,
            value: None,
            budget: None,
            series,
            spec,
        }
    }

    /// What being the owner gives a principal here.
    pub(super) fn owned_by(&self, principal: &str) -> PathPermissions {
        if self.owner.as_deref() == Some(principal) { PathPermissions::OF_OWNER } else { PathPermissions::NONE }
    }

    /// Whether the server keeps values.
    pub(super) const fn retains_value(&self) -> bool {
        self.retains_value
    }

    /// Whether this is a time series.
    pub(super) const fn is_series(&self) -> bool {
        self.series.is_some()
    }

    /// The current value; for a time series the whole latest event.
    pub(super) fn value(&self) -> Option<&Bytes> {
        match &self.series {
            Some(series) => series.latest().map(|event| &event.encoded),
            None => self.value.as_ref().map(SharedValue::bytes),
        }
    }

    /// The current value; for a time series the value of the latest event.
    pub(super) fn plain_value(&self) -> Option<&Bytes> {
        match &self.series {
            Some(series) => series.latest().map(|event| &event.value),
            None => self.value.as_ref().map(SharedValue::bytes),
        }
    }

    /// Number of events and bytes of all of them; none if this is no time series.
    pub(super) fn events(&self) -> Option<(usize, usize)> {
        self.series.as_ref().map(Series::size)
    }

    /// Checks that bytes are a value of the topic's type: official clients stumble over anything else. The schema of
    /// records counts only where `VALIDATE_VALUES` asks for it.
    ///
    /// # Errors
    /// 106 with the reason.
    pub(super) fn validate(&self, bytes: &Bytes) -> Result<(), ServiceError> {
        let bad = |reason: String| {
            ServiceError::new(ErrorCode::INVALID_DATA, format!("Not a valid {} value: {reason}", self.data_type.name()))
        };
        let read = match &self.series {
            // “No value” has a form of its own in events.
            Some(_) => time_series::decode_event_value(self.data_type, bytes),
            None => value::decode(self.data_type, bytes).map(Some),
        };
        match (read.map_err(|error| bad(error.to_string()))?, &self.schema) {
            (Some(Value::RecordV2(records)), Some(schema)) => schema.validate(&records).map_err(|e| bad(e.to_string())),
            _ => Ok(()),
        }
    }

    /// Sets the value, or appends it to a time series, and queues it for every subscriber. Gives the sessions whose
    /// queue did not take it.
    pub(super) fn set(&mut self, bytes: Bytes, author: &str, now_millis: i64) -> Vec<(u64, Queued)> {
        if let Some(series) = &mut self.series {
            series.append(&bytes, author, now_millis);
            return self.publish_latest();
        }
        let unset = self.data_type.is_unset(&bytes);
        self.publish(bytes, self.retains_value && !unset)
    }

    /// Queues the latest event of a time series for every subscriber. Gives the sessions whose queue did not take it.
    pub(super) fn publish_latest(&mut self) -> Vec<(u64, Queued)> {
        let latest = self.series.as_ref().and_then(Series::latest).map(|event| event.encoded.clone());
        latest.map(|event| self.publish(event, true)).unwrap_or_default()
    }

    fn publish(&mut self, bytes: Bytes, is_kept: bool) -> Vec<(u64, Queued)> {
        let value = SharedValue::new(bytes);
        if let Some(removal) = &mut self.removal {
            removal.updated();
        }
        let mut refused = Vec::new();
        for (session, subscriber) in &self.subscribers {
            match subscriber.outbox.update(subscriber.topic_id, &value, self.delivery) {
                Queued::Waiting => {}
                other => refused.push((*session, other)),
            }
        }
        let former = self.value.take();
        if is_kept {
            self.value = Some(value);
        } else {
            self.supersede(value);
        }
        if let Some(former) = former {
            self.supersede(former);
        }
        refused
    }

    fn supersede(&self, value: SharedValue) {
        if let Some(budget) = &self.budget {
            value.supersede(budget);
        }
    }

    /// An event as queues hold it; the latest one only once.
    fn shared(&self, event: &Bytes) -> SharedValue {
        let latest = self.value.as_ref().filter(|latest| latest.bytes() == event);
        latest.cloned().unwrap_or_else(|| SharedValue::new(event.clone()))
    }

    /// Queues what a new subscriber gets at once.
    pub(super) fn start(&self, topic_id: i32, outbox: &Outbox) -> Queued {
        let delivery = Delivery { conflation: Conflation::Off, ..self.delivery };
        match &self.series {
            None => self.value.as_ref().map_or(Queued::Waiting, |value| outbox.update(topic_id, value, delivery)),
            Some(series) => series
                .first_events(self.delivery.deltas)
                .into_iter()
                .map(|event| outbox.update(topic_id, &self.shared(&event.encoded), delivery))
                .last()
                .unwrap_or(Queued::Waiting),
        }
    }
}

/// What queues still hold of its value counts from now on.
impl Drop for Topic {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.supersede(value);
        }
    }
}
