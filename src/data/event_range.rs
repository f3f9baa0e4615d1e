//! Time-series ranges: `limit 15 last 10s`.

use super::syntax::{Cursor, Parsed, Rules, SyntaxError};
use std::fmt;

/// Words between ASCII white space.
const RULES: Rules = Rules { is_space: |c| c.is_ascii_whitespace(), ..Rules::WORDS };

/// Which events a time series keeps or sends: the latest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventRange {
    /// At most so many events.
    pub limit: Option<u64>,
    /// No events older than this before the latest one.
    pub last: Option<Span>,
}

/// A span of time as it is written: `10s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// How many of the unit.
    pub count: u64,
    /// The unit.
    pub unit: SpanUnit,
}

/// The unit of a [`Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanUnit {
    /// `ms`
    Millis,
    /// `s`
    Seconds,
    /// `m`; not documented, read as a courtesy.
    Minutes,
    /// `h`
    Hours,
}

impl SpanUnit {
    /// Every unit, shortest first.
    pub const ALL: [Self; 4] = [Self::Millis, Self::Seconds, Self::Minutes, Self::Hours];

    /// The letters behind the number.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Millis => "ms",
            Self::Seconds => "s",
            Self::Minutes => "m",
            Self::Hours => "h",
        }
    }

    const fn millis(self) -> u64 {
        match self {
            Self::Millis => 1,
            Self::Seconds => 1000,
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
        }
    }
}

impl Span {
    /// The span in milliseconds, saturating.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.count.saturating_mul(self.unit.millis())
    }
}

impl EventRange {
    /// What a time series retains without the property.
    pub const DEFAULT_RETAINED: Self = Self { limit: Some(10), last: None };

    /// Parses a range; words and units may be in any case.
    ///
    /// # Errors
    /// The text is no range; the error says where and why.
    pub fn parse(text: &str) -> Parsed<Self> {
        let mut cursor = Cursor::new(text, &RULES);
        if cursor.is_at_end() {
            return Err(SyntaxError::new("a range needs `limit` with a number or `last` with a time", 0));
        }
        let mut range = Self { limit: None, last: None };
        while !cursor.is_at_end() {
            let start = cursor.position();
            if cursor.keyword("limit") {
                if range.limit.is_some() {
                    return Cursor::fail_at(start, "`limit` can stand once only");
                }
                range.limit = Some(count(&mut cursor)?);
            } else if cursor.keyword("last") {
                if range.last.is_some() {
                    return Cursor::fail_at(start, "`last` can stand once only");
                }
                range.last = Some(span(&mut cursor)?);
            } else {
                return cursor.fail("expected `limit` or `last`");
            }
        }
        Ok(range)
    }

    /// How many of the latest events are in the range, from their times in milliseconds, latest first.
    pub fn selected(&self, times_latest_first: impl IntoIterator<Item = i64>) -> usize {
        let limit = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut oldest = None;
        times_latest_first
            .into_iter()
            .take(limit)
            .take_while(|time| {
                let oldest = *oldest.get_or_insert_with(|| {
                    let span = self.last.map_or(i64::MAX, |last| i64::try_from(last.millis()).unwrap_or(i64::MAX));
                    time.saturating_sub(span)
                });
                *time >= oldest
            })
            .count()
    }

    /// The range in plain words: `the latest 10 events`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let events =
            |count: u64| if count == 1 { "the latest event".into() } else { format!("the latest {count} events") };
        match (self.limit, self.last) {
            (Some(limit), None) => events(limit),
            (None, Some(last)) => format!("the events of the last {last} up to the latest one"),
            (Some(limit), Some(last)) => format!("{}, as far as they are of the last {last}", events(limit)),
            (None, None) => "all events".into(),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.symbol())
    }
}

impl fmt::Display for EventRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.limit.map(|limit| format!("limit {limit}")), self.last.map(|last| format!("last {last}"))];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

/// The number after `limit`.
fn count(cursor: &mut Cursor<'_>) -> Parsed<u64> {
    match whole(cursor.peek_word()) {
        Some(count @ 1..) => {
            cursor.word();
            Ok(count)
        }
        _ => cursor.fail("expected a whole number, at least 1, after `limit`"),
    }
}

/// The number and unit after `last`; a space between them is accepted.
fn span(cursor: &mut Cursor<'_>) -> Parsed<Span> {
    let start = cursor.token_start();
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    let end = cursor.position();
    let symbol = cursor.word().unwrap_or_default();
    let unit = SpanUnit::ALL.into_iter().find(|unit| unit.symbol().eq_ignore_ascii_case(symbol));
    match (whole(digits), unit) {
        (Some(count @ 1..), Some(unit)) => Ok(Span { count, unit }),
        (Some(1..), None) => Cursor::fail_at(end, "expected a unit: `ms`, `s` or `h`"),
        _ => Cursor::fail_at(start, "expected a whole number with a unit, such as `10s`, after `last`"),
    }
}

fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_say_where() {
        for (text, position) in [
            ("", 0),
            ("limit", 5),
            ("limit 0", 6),
            ("limit 1 limit 2", 8),
            ("last 10d", 7),
            ("last 10", 7),
            ("limit 5, last 10s", 6),
            ("first 5", 0),
            ("last 1 x", 6),
        ] {
            assert_eq!(EventRange::parse(text).expect_err(text).position, position, "{text}");
        }
    }

    #[test]
    fn reads_back() {
        let range = EventRange::parse("LAST 10 S limit 5").unwrap();
        assert_eq!(range.to_string(), "limit 5 last 10s");
        assert_eq!(range.sentence(), "the latest 5 events, as far as they are of the last 10s");
        assert_eq!(EventRange::DEFAULT_RETAINED.sentence(), "the latest 10 events");
    }

    #[test]
    fn the_smaller_of_both_counts() {
        let times = [1000, 900, 500, 100];
        assert_eq!(EventRange::parse("limit 3").unwrap().selected(times), 3);
        assert_eq!(EventRange::parse("last 100ms").unwrap().selected(times), 2);
        assert_eq!(EventRange::parse("limit 1 last 1h").unwrap().selected(times), 1);
        assert_eq!(EventRange::parse("limit 9 last 500ms").unwrap().selected(times), 3);
        assert_eq!(EventRange::DEFAULT_RETAINED.selected([]), 0);
        assert_eq!(EventRange::parse("last 1ms").unwrap().selected([i64::MIN, i64::MIN]), 2);
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_its_text_is_stable(
            text in prop_oneof![any::<String>(), " ?(limit|last|LAST)? ?[0-9]{0,20} ?(ms|s|h|m|é)? ?(limit [1-9])?"]
        ) {
            match EventRange::parse(&text) {
                Ok(range) => prop_assert_eq!(EventRange::parse(&range.to_string()), Ok(range)),
                Err(error) => prop_assert!(text.is_char_boundary(error.position)),
            }
        }
    }
}
