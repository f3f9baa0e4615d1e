//! What a range query selects.
//!
//! Every point becomes a place among the events kept, so that sequence numbers, times and counts can be compared with
//! one another: a gap between two events, or the events that lie exactly at the point.

use super::{Event, Original, Series};
use crate::data::ErrorCode;
use crate::server::error::ServiceError;
use crate::wire::services::range_query::{Point, PointType, QueryType, Range, Request};
use std::cmp::Reverse;
use std::ops;

/// Bytes of events answered at once; the latest that fit.
const MOST_ANSWER_BYTES: usize = 8 << 20;
/// Events answered at once; the latest.
const MOST_ANSWER_EVENTS: usize = 10_000;
/// What an event costs in an answer besides its value.
const EVENT_BYTES: usize = 64;

/// What a query selects.
pub(in crate::server) struct Selected<'a> {
    /// How many events there were before any limit.
    pub count: usize,
    /// The events in the order of the answer.
    pub events: Vec<&'a Event>,
}

impl Series {
    /// The events that a query selects.
    ///
    /// # Errors
    /// 106 if the parameters are not possible.
    pub(in crate::server) fn select(&self, request: &Request) -> Result<Selected<'_>, ServiceError> {
        check(request)?;
        let order = EventOrder::new(self, request.query_type == QueryType::Values);
        let viewed = self.originals_in(order.sequences(request.view_range));
        let wanted = order.sequences(request.edit_range);
        let is_wanted = |event: &&Event| wanted.contains(&event.sequence());
        let mut events: Vec<&Event> = Vec::new();
        for original in viewed {
            let edits = original.edits.iter().filter(is_wanted);
            let own = Some(&original.event).filter(is_wanted);
            match request.query_type {
                QueryType::Values => events.extend(edits.last().or(own)),
                QueryType::AllEdits => events.extend(own.into_iter().chain(edits)),
                QueryType::LatestEdits => events.extend(own.into_iter().chain(edits.last())),
            }
        }
        if request.query_type != QueryType::Values {
            events.sort_unstable_by_key(|event| event.sequence());
        }
        let count = events.len();
        keep_latest(&mut events, usize::try_from(request.limit).unwrap_or(usize::MAX));
        Ok(Selected { count, events })
    }

    fn originals_in(&self, sequences: ops::Range<i64>) -> impl Iterator<Item = &Original> {
        let before = |end: i64| self.originals.partition_point(|original| original.event.sequence() < end);
        let start = before(sequences.start);
        self.originals.range(start..before(sequences.end).max(start))
    }
}

fn check(request: &Request) -> Result<(), ServiceError> {
    let bad = |text: &str| Err(ServiceError::new(ErrorCode::INVALID_DATA, text));
    for Range { anchor, span } in [request.view_range, request.edit_range] {
        if !anchor.kind.is_anchor() {
            return bad("A range cannot begin at a point that is relative to its beginning");
        }
        if !span.kind.is_anchor() && span.value < 0 {
            return bad("A range cannot span a negative count or time");
        }
    }
    if request.limit < 0 { bad("The limit is negative") } else { Ok(()) }
}

/// Leaves the events with the highest sequences: so many, and so many bytes.
fn keep_latest(events: &mut Vec<&Event>, limit: usize) {
    let mut latest_first: Vec<(i64, usize)> =
        events.iter().map(|event| (event.sequence(), event.value.len() + EVENT_BYTES)).collect();
    latest_first.sort_unstable_by_key(|(sequence, _)| Reverse(*sequence));
    let mut bytes = 0;
    let kept = latest_first.iter().take(limit.min(MOST_ANSWER_EVENTS)).enumerate().take_while(|(place, (_, size))| {
        bytes += size;
        // One event is always answered, or nobody could ever read it.
        *place == 0 || bytes <= MOST_ANSWER_BYTES
    });
    match kept.last() {
        None => events.clear(),
        Some((_, (oldest, _))) => events.retain(|event| event.sequence() >= *oldest),
    }
}

/// A point among the events: those from `lower` to before `upper` lie exactly there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    lower: usize,
    upper: usize,
}

impl Place {
    const fn gap(at: usize) -> Self {
        Self { lower: at, upper: at }
    }

    const fn on(at: usize) -> Self {
        Self { lower: at, upper: at + 1 }
    }
}

/// All events by sequence, which is also the order of their times.
struct EventOrder<'a> {
    events: Vec<&'a Event>,
    /// Whether edits are passed over when events are counted.
    counts_originals: bool,
}

impl<'a> EventOrder<'a> {
    fn new(series: &'a Series, counts_originals: bool) -> Self {
        let mut events: Vec<&Event> = series.originals.iter().flat_map(Original::events).collect();
        events.sort_unstable_by_key(|event| event.sequence());
        Self { events, counts_originals }
    }

    /// The sequence numbers of a range, both ends of which belong to it.
    fn sequences(&self, range: Range) -> ops::Range<i64> {
        let places = self.places(range);
        match self.events.get(places).unwrap_or_default() {
            [] => 0..0,
            [first, .., last] => first.sequence()..last.sequence() + 1,
            [only] => only.sequence()..only.sequence() + 1,
        }
    }

    fn places(&self, range: Range) -> ops::Range<usize> {
        let anchor = self.place(range.anchor);
        let value = range.span.value;
        match range.span.kind {
            PointType::NextCount => anchor.lower..self.passed(anchor.upper, value),
            PointType::PreviousCount => self.passed_back(anchor.lower, value)..anchor.upper,
            PointType::NextTime => {
                let from = self.time(range.anchor).or_else(|| self.time_at(Some(anchor.lower)));
                let end = from.map_or(anchor.upper, |from| self.at_time(from.saturating_add(value)).upper);
                anchor.lower..end
            }
            PointType::PreviousTime => {
                let from = self.time(range.anchor).or_else(|| self.time_at(anchor.upper.checked_sub(1)));
                let start = from.map_or(anchor.lower, |from| self.at_time(from.saturating_sub(value)).lower);
                start..anchor.upper
            }
            _ => {
                let end = self.place(range.span);
                // The end is before the anchor only if none of its events is at the anchor or after it.
                if end < anchor && end.upper <= anchor.lower {
                    end.lower..anchor.upper
                } else {
                    anchor.lower..end.upper
                }
            }
        }
    }

    /// The place of a point that needs no anchor.
    fn place(&self, point: Point) -> Place {
        let end = self.events.len();
        match point.kind {
            PointType::AbsoluteSequence => self.at(Event::sequence, point.value),
            PointType::AbsoluteTime | PointType::OffsetTime => {
                self.time(point).map_or(Place::gap(0), |time| self.at_time(time))
            }
            PointType::OffsetSequence if point.value <= 0 => Place::gap(end),
            PointType::OffsetSequence => self.counted_back(end, point.value).map_or(Place::gap(0), Place::on),
            _ => Place::gap(0),
        }
    }

    /// The time of a point that is one.
    fn time(&self, point: Point) -> Option<i64> {
        match point.kind {
            PointType::AbsoluteTime => Some(point.value),
            PointType::OffsetTime => {
                self.time_at(self.events.len().checked_sub(1)).map(|time| time.saturating_sub(point.value))
            }
            _ => None,
        }
    }

    fn time_at(&self, place: Option<usize>) -> Option<i64> {
        self.events.get(place?).map(|event| event.metadata.timestamp_millis)
    }

    fn at_time(&self, millis: i64) -> Place {
        self.at(|event| event.metadata.timestamp_millis, millis)
    }

    fn at(&self, key: impl Fn(&Event) -> i64, value: i64) -> Place {
        Place {
            lower: self.events.partition_point(|event| key(event) < value),
            upper: self.events.partition_point(|event| key(event) <= value),
        }
    }

    fn counts(&self, event: &Event) -> bool {
        !self.counts_originals || event.original.is_none()
    }

    /// Behind so many counted events from a place on.
    fn passed(&self, from: usize, count: i64) -> usize {
        let Some(more) = earlier_ones(count) else { return from };
        let mut counted = (from..self.events.len()).filter(|place| self.counts(self.events[*place]));
        counted.nth(more).map_or(self.events.len(), |last| last + 1)
    }

    /// Before so many counted events back from a place.
    fn passed_back(&self, from: usize, count: i64) -> usize {
        if count == 0 { from } else { self.counted_back(from, count).unwrap_or(0) }
    }

    fn counted_back(&self, from: usize, count: i64) -> Option<usize> {
        (0..from).rev().filter(|place| self.counts(self.events[*place])).nth(earlier_ones(count)?)
    }
}

/// How many come before the last of so many; none if there is no last one.
fn earlier_ones(count: i64) -> Option<usize> {
    count.checked_sub(1).filter(|more| *more >= 0).map(|more| usize::try_from(more).unwrap_or(usize::MAX))
}
