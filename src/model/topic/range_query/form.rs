//! The form of a range query as it is typed: what each end counts, and why a field cannot be used.

use super::Event;
use crate::model::editor::check;
use crate::wire::services::range_query::{Point, PointType, QueryType, Range, Request};

/// Events asked for unless the user says otherwise.
pub const USUAL_LIMIT: i64 = 1000;
/// Events asked for at most.
pub const MOST_EVENTS: i64 = 100_000;

/// What has to be typed for an end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing.
    None,
    /// A sequence number.
    Sequence,
    /// A number of events.
    Count,
    /// A moment.
    Time,
    /// A span of time.
    Duration,
}

/// An end of a range: where it is, and the text that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What is counted, and from where.
    pub kind: PointType,
    /// The number, moment or span as typed.
    pub text: String,
}

/// Where a range can begin, in the order they are offered.
pub const BEGINNINGS: [PointType; 5] = [
    PointType::AbsoluteStart,
    PointType::AbsoluteSequence,
    PointType::AbsoluteTime,
    PointType::OffsetSequence,
    PointType::OffsetTime,
];

/// Where a range can end; [`PointType::OffsetSequence`] without text is the end of the series.
pub const ENDS: [PointType; 9] = [
    PointType::OffsetSequence,
    PointType::AbsoluteSequence,
    PointType::AbsoluteTime,
    PointType::NextCount,
    PointType::NextTime,
    PointType::PreviousCount,
    PointType::PreviousTime,
    PointType::OffsetTime,
    PointType::AbsoluteStart,
];

/// What has to be typed for an end of this kind.
#[must_use]
pub const fn input(kind: PointType) -> Input {
    match kind {
        PointType::AbsoluteStart => Input::None,
        PointType::AbsoluteSequence => Input::Sequence,
        PointType::AbsoluteTime => Input::Time,
        PointType::OffsetSequence | PointType::NextCount | PointType::PreviousCount => Input::Count,
        PointType::OffsetTime | PointType::NextTime | PointType::PreviousTime => Input::Duration,
    }
}

impl End {
    const fn of(kind: PointType) -> Self {
        Self { kind, text: String::new() }
    }

    /// The point, or why the text is none.
    ///
    /// # Errors
    /// The text does not fit.
    pub fn point(&self) -> Result<Point, String> {
        let text = self.text.trim();
        let value = match input(self.kind) {
            Input::None => 0,
            Input::Sequence => whole(text, "Type a sequence number, from 0")?,
            Input::Count if text.is_empty() && self.kind == PointType::OffsetSequence => 0,
            Input::Count => whole(text, COUNT)?,
            Input::Time => check::timestamp(text)
                .map_err(|problem| problem.reason)?
                .ok_or("Write milliseconds since 1970, or a moment such as 2026-01-31T12:00:00Z")?,
            Input::Duration => duration_millis(text)?,
        };
        Ok(Point::new(self.kind, value))
    }
}

/// A range as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeForm {
    /// Where it begins.
    pub from: End,
    /// Where it ends.
    pub to: End,
}

impl Default for RangeForm {
    fn default() -> Self {
        Self { from: End::of(PointType::AbsoluteStart), to: End::of(PointType::OffsetSequence) }
    }
}

impl RangeForm {
    /// The last so many events.
    #[must_use]
    pub fn last(count: u32) -> Self {
        let from = End { kind: PointType::OffsetSequence, text: count.to_string() };
        Self { from, ..Self::default() }
    }

    /// Whether it is everything there is.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.range() == Ok(Range::ALL)
    }

    fn range(&self) -> Result<Range, String> {
        Ok(Range { anchor: self.beginning()?, span: self.to.point()? })
    }

    /// The point where it begins: nothing typed is no number here, other than at the end of the series.
    fn beginning(&self) -> Result<Point, String> {
        match self.from.kind {
            PointType::OffsetSequence => whole(self.from.text.trim(), COUNT).map(|n| Point::new(self.from.kind, n)),
            _ => self.from.point(),
        }
    }
}

/// What to type for a number of events.
const COUNT: &str = "Type a number of events";

/// A field of the form that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Where the range of original events begins.
    From,
    /// Where it ends.
    To,
    /// Where the range of edits begins.
    EditFrom,
    /// Where it ends.
    EditTo,
    /// The most events.
    Limit,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 5] = [Self::From, Self::To, Self::EditFrom, Self::EditTo, Self::Limit];
}

/// The whole form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The latest view, or with edits.
    pub view: QueryType,
    /// Which original events.
    pub range: RangeForm,
    /// Which of their events may be answered.
    pub edit_range: RangeForm,
    /// The most events.
    pub limit: String,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            view: QueryType::Values,
            range: RangeForm::default(),
            edit_range: RangeForm::default(),
            limit: USUAL_LIMIT.to_string(),
        }
    }
}

impl Form {
    /// Why a field cannot be used; none if it can.
    #[must_use]
    pub fn wrong(&self, field: Field) -> Option<String> {
        match field {
            Field::From => self.range.beginning().err(),
            Field::To => self.range.to.point().err(),
            Field::EditFrom => self.edit_range.beginning().err(),
            Field::EditTo => self.edit_range.to.point().err(),
            Field::Limit => self.limit_value().err(),
        }
    }

    /// The most events.
    ///
    /// # Errors
    /// The text is no such number.
    pub fn limit_value(&self) -> Result<i64, String> {
        let text = self.limit.replace(',', "");
        match whole(text.trim(), "Type the most events wanted")? {
            0 => Err("At least 1".into()),
            limit if limit > MOST_EVENTS => Err(format!("At most {MOST_EVENTS} at once")),
            limit => Ok(limit),
        }
    }

    /// What to ask of a topic; none while a field is wrong.
    #[must_use]
    pub fn request(&self, path: &str) -> Option<Request> {
        Some(Request {
            path: path.to_owned(),
            query_type: self.view,
            view_range: self.range.range().ok()?,
            edit_range: self.edit_range.range().ok()?,
            limit: self.limit_value().ok()?,
        })
    }

    /// The form with the range beginning at an event.
    #[must_use]
    pub fn beginning_at(&self, event: &Event) -> Self {
        let sequence = event.of_original().sequence;
        let from = End { kind: PointType::AbsoluteSequence, text: sequence.to_string() };
        Self { range: RangeForm { from, ..self.range.clone() }, ..self.clone() }
    }
}

fn whole(text: &str, ask: &str) -> Result<i64, String> {
    if text.is_empty() {
        return Err(ask.to_owned());
    }
    if let Some(wrong) = text.chars().find(|c| !c.is_ascii_digit()) {
        return Err(format!("“{wrong}” is no digit"));
    }
    text.parse().map_err(|_| format!("At most {}", i64::MAX))
}

/// Units of time and their milliseconds.
const UNITS: [(&str, i64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Milliseconds of spans such as `90s` or `1h 30m`.
fn duration_millis(text: &str) -> Result<i64, String> {
    let example = || "Type a time with its unit: 500ms, 30s, 5m, 2h, 1d".to_owned();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(example());
    }
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let number: i64 = number.parse().map_err(|_| example())?;
        let known = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let (_, millis) = known.ok_or_else(|| match unit {
            "" => "The unit is missing: ms, s, m, h or d".to_owned(),
            _ => format!("“{unit}” is no unit: ms, s, m, h or d"),
        })?;
        sum = sum.saturating_add(number.saturating_mul(*millis));
        rest = after.trim_start();
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(kind: PointType, text: &str) -> End {
        End { kind, text: text.to_owned() }
    }

    #[test]
    fn each_end_is_checked_as_typed() {
        for (kind, text, expected) in [
            (PointType::AbsoluteStart, "whatever", Ok(0)),
            (PointType::AbsoluteSequence, " 42 ", Ok(42)),
            (PointType::AbsoluteSequence, "", Err("Type a sequence number")),
            (PointType::AbsoluteSequence, "-1", Err("“-” is no digit")),
            (PointType::AbsoluteSequence, "9223372036854775808", Err("At most")),
            (PointType::AbsoluteTime, "1970-01-01T00:00:01Z", Ok(1000)),
            (PointType::AbsoluteTime, "1500", Ok(1500)),
            (PointType::AbsoluteTime, "", Err("moment such as")),
            (PointType::AbsoluteTime, "noon", Err("moment such as")),
            (PointType::NextCount, "10", Ok(10)),
            (PointType::OffsetTime, "1h 30m", Ok(5_400_000)),
            (PointType::OffsetTime, "500 ms", Ok(500)),
            (PointType::OffsetTime, "5", Err("The unit is missing")),
            (PointType::OffsetTime, "5 weeks", Err("“weeks” is no unit")),
            (PointType::OffsetTime, "ms", Err("Type a time")),
            (PointType::PreviousTime, "99999999999999999999d", Err("Type a time")),
        ] {
            let got = end(kind, text).point();
            match expected {
                Ok(value) => assert_eq!(got, Ok(Point::new(kind, value)), "{text}"),
                Err(part) => assert!(got.clone().is_err_and(|why| why.contains(part)), "{text}: {got:?}"),
            }
        }
    }

    #[test]
    fn nothing_is_asked_while_a_field_is_wrong() {
        let form = Form::default();
        let request = form.request("a").expect("the first form is valid");
        assert_eq!((request.view_range, request.limit, request.is_about_edits()), (Range::ALL, 1000, false));
        for (limit, part) in [("", "most events"), ("0", "At least"), ("100001", "At most"), ("1k", "“k”")] {
            let form = Form { limit: limit.into(), ..form.clone() };
            assert!(form.wrong(Field::Limit).is_some_and(|why| why.contains(part)), "{limit}");
            assert_eq!(form.request("a"), None);
        }
        assert_eq!(Form { limit: "10,000".into(), ..form.clone() }.limit_value(), Ok(10_000));
        let mut wrong = form.clone();
        wrong.range.from = end(PointType::OffsetSequence, "");
        assert_eq!(wrong.wrong(Field::From).as_deref(), Some("Type a number of events"));
        assert_eq!(wrong.request("a"), None);
        wrong.range = RangeForm::last(5);
        assert_eq!(Field::ALL.map(|field| wrong.wrong(field)), [const { None }; 5]);
        let anchor = wrong.request("a").expect("valid").view_range.anchor;
        assert_eq!(anchor, Point::new(PointType::OffsetSequence, 5));
        assert!(form.range.is_everything() && !wrong.range.is_everything());
    }

    #[test]
    fn every_kind_offered_is_one_that_the_protocol_allows() {
        assert!(BEGINNINGS.iter().all(|kind| kind.is_anchor()));
        assert!(ENDS.iter().all(|kind| input(*kind) != Input::None || *kind == PointType::AbsoluteStart));
    }
}
