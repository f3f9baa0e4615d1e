//! All events of a time series, page by page: what to ask next, and what an answer gives.
//!
//! A server that has more than it sends at once leaves out the oldest events. Pages are therefore asked from the start
//! by count, and made smaller until an answer is whole.

use super::{Event, NO_LIMIT, Point, PointType, Range, Request, Response};

/// Events asked for in one call at first.
const PAGE: i64 = 5_000;

/// Bytes of the events of one series: no series holds as much, but a broken server could send without end.
const MAX_BYTES: u64 = 1 << 30;
/// What an event costs besides its value.
const EVENT_BYTES: u64 = 100;

/// Why the events of a series cannot all be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventPagingError {
    /// One event alone is more than the server sends.
    #[error("an event is too large to be sent")]
    TooLarge,
    /// There is more than 1 GiB of them.
    #[error("there is more than 1 GiB of events")]
    TooMany,
}

/// Where the reading of a series stands.
#[derive(Clone, Debug)]
pub struct EventPages {
    path: String,
    /// Sequence of the last original read.
    last: Option<i64>,
    size: i64,
    done: bool,
    /// Bytes of all events so far, with what each costs besides its value.
    bytes: u64,
}

impl EventPages {
    /// From the first event of a topic on.
    #[must_use]
    pub fn of(path: &str) -> Self {
        Self { path: path.to_owned(), last: None, size: PAGE, done: false, bytes: 0 }
    }

    /// What to ask next; none if everything is read.
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        if self.done {
            return None;
        }
        let anchor = match self.last.and_then(|last| last.checked_add(1)) {
            None => Point::new(PointType::AbsoluteStart, 0),
            Some(next) => Point::new(PointType::AbsoluteSequence, next),
        };
        let view_range = Range { anchor, span: Point::new(PointType::NextCount, self.size) };
        Some(Request { view_range, limit: NO_LIMIT, ..Request::of(self.path.as_str()) })
    }

    /// Takes an answer: each original event with the value that counts now, oldest first.
    ///
    /// # Errors
    /// A single event is not sent whole, so the rest cannot be reached; or there is no end of them.
    pub fn take(&mut self, response: &Response) -> Result<Vec<Event>, EventPagingError> {
        if !response.is_complete() {
            if self.size == 1 {
                self.done = true;
                return Err(EventPagingError::TooLarge);
            }
            self.size = (self.size / 4).max(1);
            return Ok(Vec::new());
        }
        let last = self.last;
        let events: Vec<_> = response
            .events()
            .into_iter()
            .filter(|event| last.is_none_or(|last| event.of_original().sequence > last))
            .collect();
        // A page of no news is the last one, whatever a server makes of the range.
        self.done = events.is_empty();
        self.bytes += events.iter().map(|event| event.value.len() as u64 + EVENT_BYTES).sum::<u64>();
        if self.bytes > MAX_BYTES {
            self.done = true;
            return Err(EventPagingError::TooMany);
        }
        self.last = events.iter().map(|event| event.of_original().sequence).max().or(last);
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::services::range_query::{AuthorNames, Metadata};
    use bytes::Bytes;

    fn event(sequence: i64, original: Option<i64>) -> Event {
        let metadata = |sequence| Metadata { sequence, timestamp_millis: sequence * 10, author: "a".into() };
        Event {
            original: original.map(metadata),
            metadata: metadata(sequence),
            value: Bytes::from(vec![u8::try_from(sequence).expect("small")]),
        }
    }

    fn answer(selected: i64, events: &[Event]) -> Response {
        Response::of("int64", selected, events, AuthorNames::Plain)
    }

    #[test]
    fn pages_follow_each_other_without_repeats_and_keep_the_time_of_the_original() {
        let mut pages = EventPages::of("a");
        let first = pages.request().expect("the first page");
        assert_eq!(first.view_range.anchor.kind, PointType::AbsoluteStart);
        let got = pages.take(&answer(2, &[event(9, Some(0)), event(1, None)])).expect("whole");
        assert_eq!(
            got.iter().map(|e| (e.of_original().timestamp_millis, e.value[0])).collect::<Vec<_>>(),
            [(0, 9), (10, 1)]
        );
        let second = pages.request().expect("there may be more");
        assert_eq!(second.view_range.anchor, Point::new(PointType::AbsoluteSequence, 2));
        let got = pages.take(&answer(2, &[event(1, None), event(3, None)])).expect("whole");
        assert_eq!(got.len(), 1, "what is known is not taken twice");
        assert_eq!(pages.take(&answer(0, &[])), Ok(vec![]));
        assert_eq!(pages.request(), None);
    }

    #[test]
    fn an_answer_that_was_cut_is_asked_for_in_smaller_pages_and_never_without_end() {
        let mut pages = EventPages::of("a");
        let mut sizes = Vec::new();
        let failed = loop {
            let request = pages.request().expect("not done");
            sizes.push(request.view_range.span.value);
            assert_eq!(request.view_range.anchor.kind, PointType::AbsoluteStart);
            if let Err(failed) = pages.take(&answer(sizes.len() as i64 + 5, &[event(7, None)])) {
                break failed;
            }
        };
        assert_eq!((failed, pages.request()), (EventPagingError::TooLarge, None));
        assert_eq!(sizes, [5000, 1250, 312, 78, 19, 4, 1]);
    }

    #[test]
    fn a_series_without_end_is_given_up() {
        let mut pages = EventPages::of("a");
        let value = Bytes::from(vec![0; 64 << 20]);
        let mut sequence = 0;
        let failed = loop {
            assert!(pages.request().is_some());
            let metadata = Metadata { sequence, timestamp_millis: 0, author: "a".into() };
            let event = Event { original: None, metadata, value: value.clone() };
            if let Err(failed) = pages.take(&answer(1, &[event])) {
                break failed;
            }
            sequence += 1;
        };
        assert_eq!((failed, pages.request(), sequence), (EventPagingError::TooMany, None, 15));
    }
}
