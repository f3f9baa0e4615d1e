//! The events of a time series: originals, each with its edits, counted together in one sequence.
//!
//! The retained range counts events of both kinds: an edit makes older events leave as an append does. An original
//! that leaves takes its edits along, since only originals are looked for; such an edit is read by nobody any more,
//! but as long as it is the latest event it stays the topic's value, and it counts until so many came after it.

mod query;
#[cfg(test)]
mod tests;

use super::error::ServiceError;
use crate::data::event_range::EventRange;
use crate::data::value::time_series::{self, EventMetadata};
use crate::data::value::{self, DataType};
use crate::data::{ErrorCode, TopicSpec, property};
use bytes::Bytes;
use std::collections::VecDeque;

/// Events a series keeps at most, whatever its retained range says.
const MOST_EVENTS: i64 = 100_000;
/// Bytes a series keeps at most, but for one event.
const MOST_BYTES: usize = 64 << 20;
/// How far ahead of the server's clock an event may be: times never go back, so all that come later get the same time.
const MOST_MILLIS_AHEAD: i64 = 24 * 60 * 60 * 1000;
/// “No value” as an event's value. The Python client writes no bytes instead, which other clients cannot read.
const UNSET: Bytes = Bytes::from_static(&[value::UNSET]);

/// An event: original, or an edit of one.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// The original that this event edits.
    pub original: Option<EventMetadata>,
    /// The event itself.
    pub metadata: EventMetadata,
    /// Its value alone.
    pub value: Bytes,
    /// The whole event, as subscribers get it.
    pub encoded: Bytes,
}

impl Event {
    fn new(original: Option<EventMetadata>, metadata: EventMetadata, value: &Bytes) -> Self {
        let encoded = Bytes::from(time_series::encode(original.as_ref(), &metadata, value));
        // The value is the end of the event, so it needs no bytes of its own.
        let value = encoded.slice(encoded.len() - value.len()..);
        Self { original, metadata, value, encoded }
    }

    const fn sequence(&self) -> i64 {
        self.metadata.sequence
    }
}

/// An original event and what became of it.
#[derive(Debug)]
struct Original {
    event: Event,
    /// Its edits, oldest first.
    edits: Vec<Event>,
}

impl Original {
    /// The event that gives the current value.
    fn current(&self) -> &Event {
        self.edits.last().unwrap_or(&self.event)
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        std::iter::once(&self.event).chain(&self.edits)
    }
}

/// The events of a time series.
#[derive(Debug)]
pub(super) struct Series {
    event_type: DataType,
    /// By sequence.
    originals: VecDeque<Original>,
    /// The event with the highest sequence. It is never dropped, also if it is an edit whose original is.
    latest: Option<Event>,
    next_sequence: i64,
    /// Events kept, edits among them, and their bytes.
    size: (usize, usize),
    retained: EventRange,
    subscription: Option<EventRange>,
}

impl Series {
    /// An empty series, from a normalised specification.
    pub(super) fn new(event_type: DataType, spec: &TopicSpec) -> Self {
        let range = |key: &str| spec.properties.value(key).and_then(|text| EventRange::parse(text).ok());
        Self {
            event_type,
            originals: VecDeque::new(),
            latest: None,
            next_sequence: 0,
            size: (0, 0),
            retained: range(property::TIME_SERIES_RETAINED_RANGE).unwrap_or(EventRange::DEFAULT_RETAINED),
            subscription: range(property::TIME_SERIES_SUBSCRIPTION_RANGE),
        }
    }

    /// The latest event, original or edit.
    pub(super) const fn latest(&self) -> Option<&Event> {
        self.latest.as_ref()
    }

    /// Number of events kept, edits among them, and bytes of all of them.
    pub(super) const fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Who wrote an original event.
    ///
    /// # Errors
    /// 9002 if there is none, or no longer, or if it is an edit.
    pub(super) fn author_of(&self, sequence: i64) -> Result<&str, ServiceError> {
        self.place_of(sequence).map(|place| &*self.originals[place].event.metadata.author)
    }

    /// Appends an event with the server's time.
    pub(super) fn append(&mut self, value: &Bytes, author: &str, now_millis: i64) -> EventMetadata {
        let metadata = self.next(author, now_millis);
        let event = Event::new(None, metadata.clone(), self.plain(value));
        self.note(&event);
        self.originals.push_back(Original { event, edits: Vec::new() });
        self.drop_old();
        metadata
    }

    /// Appends an event with a time of its own.
    ///
    /// # Errors
    /// 501 if the time is earlier than that of the latest event, as sequence and time go the same way, or more than a
    /// day ahead of the server's.
    pub(super) fn append_at(
        &mut self,
        value: &Bytes,
        author: &str,
        millis: i64,
        now_millis: i64,
    ) -> Result<EventMetadata, ServiceError> {
        if millis > now_millis.saturating_add(MOST_MILLIS_AHEAD) {
            let text = format!("The time {millis} is more than a day ahead of {now_millis}, that of the server");
            return Err(ServiceError::new(ErrorCode::UPDATE_FAILED, text));
        }
        if let Some(latest) = self.latest.as_ref().map(|event| event.metadata.timestamp_millis).filter(|l| *l > millis)
        {
            let text = format!("The time {millis} is earlier than {latest}, that of the latest event");
            return Err(ServiceError::new(ErrorCode::UPDATE_FAILED, text));
        }
        Ok(self.append(value, author, millis))
    }

    /// Gives an original event another value. Where the edit is one event too many, the oldest leaves, which may be the
    /// edited one.
    ///
    /// # Errors
    /// 9002 if there is none, or no longer, or if it is an edit.
    pub(super) fn edit(
        &mut self,
        sequence: i64,
        value: &Bytes,
        author: &str,
        now_millis: i64,
    ) -> Result<EventMetadata, ServiceError> {
        let place = self.place_of(sequence)?;
        let metadata = self.next(author, now_millis);
        let original = self.originals[place].event.metadata.clone();
        let event = Event::new(Some(original), metadata.clone(), self.plain(value));
        self.note(&event);
        self.originals[place].edits.push(event);
        self.drop_old();
        Ok(metadata)
    }

    /// What a new subscriber gets, oldest first: of each original in the subscription range the current event. With
    /// deltas, which need a value to refer to, the last is always the latest event.
    pub(super) fn first_events(&self, deltas: bool) -> Vec<&Event> {
        let count = self.subscription.map_or(0, |range| self.count(&range));
        let first = self.originals.len().saturating_sub(count);
        let mut events: Vec<&Event> = self.originals.range(first..).map(Original::current).collect();
        events.sort_unstable_by_key(|event| event.sequence());
        let has = |latest: &Event| events.last().is_some_and(|last| last.sequence() == latest.sequence());
        let missing = self.latest.as_ref().filter(|latest| deltas && !has(latest));
        events.extend(missing);
        events
    }

    /// Drops what is outside the retained range. Every event has the next sequence number and no earlier time than the
    /// one before, so the range is all from a sequence number and from a time on.
    fn drop_old(&mut self) {
        let limit = self.retained.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX);
        let first_sequence = self.next_sequence - limit.min(MOST_EVENTS);
        let latest = self.latest.as_ref().map_or(i64::MIN, |event| event.metadata.timestamp_millis);
        let span = self.retained.last.map_or(i64::MAX, |last| i64::try_from(last.millis()).unwrap_or(i64::MAX));
        let first_time = latest.saturating_sub(span);
        let size = &mut self.size;
        while let Some(dropped) = self.originals.pop_front_if(|oldest| {
            let too_many_bytes = size.1 > MOST_BYTES && size.0 > 1;
            let Event { metadata, .. } = &oldest.event;
            too_many_bytes || metadata.sequence < first_sequence || metadata.timestamp_millis < first_time
        }) {
            dropped.events().for_each(|event| forget(size, event));
        }
    }

    /// How many of the latest originals are in the subscription range, of which each is sent with its current value:
    /// edits neither count nor make others older.
    fn count(&self, range: &EventRange) -> usize {
        range.selected(self.originals.iter().rev().map(|original| original.event.metadata.timestamp_millis))
    }

    fn place_of(&self, sequence: i64) -> Result<usize, ServiceError> {
        self.originals.binary_search_by_key(&sequence, |original| original.event.sequence()).map_err(|_| {
            ServiceError::new(
                ErrorCode::NO_SUCH_EVENT,
                format!("There is no original event with the sequence {sequence}"),
            )
        })
    }

    /// Metadata of the event to come. Times never go back within a series, whatever the clock does.
    fn next(&mut self, author: &str, millis: i64) -> EventMetadata {
        let latest = self.latest.as_ref().map_or(i64::MIN, |event| event.metadata.timestamp_millis);
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        EventMetadata { sequence, timestamp_millis: millis.max(latest), author: author.to_owned() }
    }

    fn plain<'a>(&self, value: &'a Bytes) -> &'a Bytes {
        static NONE: Bytes = UNSET;
        if self.event_type.can_be_unset() && value.is_empty() { &NONE } else { value }
    }

    fn note(&mut self, event: &Event) {
        self.size.0 += 1;
        self.size.1 += event.encoded.len();
        self.latest = Some(event.clone());
    }
}

const fn forget(size: &mut (usize, usize), event: &Event) {
    size.0 -= 1;
    size.1 -= event.encoded.len();
}
