//! Each documented example of ranges, what is kept, and what new subscribers get.

use super::*;
use crate::data::TopicType;
use crate::data::value::{self, Value};
use crate::wire::services::range_query::{Point, PointType, QueryType, Range as Span, Request};
use PointType::{
    AbsoluteSequence, AbsoluteStart, AbsoluteTime, NextCount, NextTime, OffsetSequence, OffsetTime, PreviousCount,
    PreviousTime,
};
use proptest::prelude::{Strategy, any, prop_oneof, proptest};

fn text(sequence: i64) -> Bytes {
    value::encode(&Value::String(Some(format!("value {sequence}"))))
}

/// A series from words: `o@5` is an original at time 5, `e2@7` an edit of event 2 at time 7.
fn series_with(properties: &[(&str, &str)], script: &str) -> Series {
    let spec =
        properties.iter().fold(TopicSpec::new(TopicType::TimeSeries), |spec, (key, value)| spec.with(key, *value));
    let mut series = Series::new(DataType::String, &spec);
    for word in script.split_whitespace() {
        let (what, time) = word.split_once('@').unwrap();
        let (value, time) = (text(series.next_sequence), time.parse().unwrap());
        match what.strip_prefix('e') {
            Some(original) => drop(series.edit(original.parse().unwrap(), &value, "editor", time).unwrap()),
            None => drop(series.append(&value, "author", time)),
        }
    }
    series
}

fn series(script: &str) -> Series {
    series_with(&[(property::TIME_SERIES_RETAINED_RANGE, "limit 1000")], script)
}

/// Sequences of events, an edit with that of its original: `5>2`.
fn shown<'a>(events: impl IntoIterator<Item = &'a Event>) -> String {
    let one = |event: &Event| match &event.original {
        None => event.sequence().to_string(),
        Some(original) => format!("{}>{}", event.sequence(), original.sequence),
    };
    events.into_iter().map(one).collect::<Vec<_>>().join(" ")
}

fn span(anchor: (PointType, i64), span: (PointType, i64)) -> Span {
    Span { anchor: Point::new(anchor.0, anchor.1), span: Point::new(span.0, span.1) }
}

fn query(query_type: QueryType) -> Request {
    Request { query_type, ..Request::of("a") }
}

#[track_caller]
fn check(series: &Series, request: &Request, expected: &str) {
    let selected = series.select(request).unwrap();
    assert_eq!(shown(selected.events), expected, "{request:?}");
}

const START: (PointType, i64) = (AbsoluteStart, 0);
const END: (PointType, i64) = (OffsetSequence, 0);

/// Ten originals, one each second from 0.
fn ten() -> Series {
    series(&(0..10).map(|second| format!("o@{second}000")).collect::<Vec<_>>().join(" "))
}

#[test]
fn ranges_of_values() {
    let series = ten();
    let all = "0 1 2 3 4 5 6 7 8 9";
    for (anchor, end, expected) in [
        (START, END, all),
        (START, START, ""),
        ((AbsoluteSequence, 0), START, "0"),
        (START, (AbsoluteSequence, 0), "0"),
        (START, (NextCount, 100), all),
        (START, (NextCount, 3), "0 1 2"),
        (START, (NextCount, 0), ""),
        ((AbsoluteSequence, 5), (NextCount, 1), "5 6"),
        ((AbsoluteSequence, 5), (NextCount, 0), "5"),
        ((AbsoluteSequence, 5), (PreviousCount, 2), "3 4 5"),
        (END, (PreviousCount, 2), "8 9"),
        (END, (PreviousCount, 100), all),
        (END, (NextCount, 2), ""),
        (START, (OffsetSequence, 1), all),
        (START, (OffsetSequence, 2), "0 1 2 3 4 5 6 7 8"),
        ((OffsetSequence, 1), END, "9"),
        ((OffsetSequence, 3), END, "7 8 9"),
        ((OffsetSequence, 100), END, all),
        ((OffsetSequence, 10), (NextCount, 5), "0 1 2 3 4 5"),
        ((AbsoluteSequence, 4), (AbsoluteSequence, 7), "4 5 6 7"),
        ((AbsoluteSequence, 7), (AbsoluteSequence, 4), "4 5 6 7"),
        ((AbsoluteSequence, 7), (AbsoluteSequence, 7), "7"),
        ((AbsoluteSequence, -5), (AbsoluteSequence, 1), "0 1"),
        ((AbsoluteSequence, 20), (AbsoluteSequence, 8), "8 9"),
        ((AbsoluteSequence, 20), (AbsoluteSequence, 30), ""),
        ((AbsoluteSequence, i64::MIN), (AbsoluteSequence, i64::MAX), all),
        ((AbsoluteTime, 2500), (AbsoluteTime, 5000), "3 4 5"),
        ((AbsoluteTime, 5000), (AbsoluteTime, 2500), "3 4 5"),
        ((AbsoluteTime, 2500), (AbsoluteTime, 2600), ""),
        ((AbsoluteTime, 8000), END, "8 9"),
        ((OffsetTime, 2000), (OffsetTime, 1000), "7 8"),
        ((OffsetTime, i64::MAX), (OffsetTime, i64::MIN), all),
        ((AbsoluteTime, 2500), (NextTime, 1000), "3"),
        ((AbsoluteSequence, 3), (NextTime, 2000), "3 4 5"),
        ((AbsoluteSequence, 3), (NextTime, i64::MAX), "3 4 5 6 7 8 9"),
        (START, (NextTime, 1000), "0 1"),
        (END, (NextTime, 1000), ""),
        ((AbsoluteSequence, 5), (PreviousTime, 1500), "4 5"),
        (END, (PreviousTime, 1000), "8 9"),
        (START, (PreviousTime, 1000), ""),
        ((AbsoluteTime, 5500), (PreviousTime, 1500), "4 5"),
        ((AbsoluteSequence, 3), (OffsetTime, 4000), "3 4 5"),
    ] {
        check(&series, &Request { view_range: span(anchor, end), ..query(QueryType::Values) }, expected);
    }
}

#[test]
fn ranges_of_nothing() {
    let empty = series("");
    for kind in PointType::ALL.iter().filter(|kind| kind.is_anchor()) {
        for end in PointType::ALL {
            let view_range = span((*kind, 1), (*end, 1));
            check(&empty, &Request { view_range, edit_range: view_range, ..query(QueryType::AllEdits) }, "");
        }
    }
}

#[test]
fn events_of_one_moment() {
    let series = series("o@5 o@5 o@5 o@9");
    for (anchor, end, expected) in [
        ((AbsoluteTime, 5), (AbsoluteTime, 5), "0 1 2"),
        ((AbsoluteSequence, 1), (AbsoluteTime, 5), "1 2"),
        ((AbsoluteTime, 5), (AbsoluteSequence, 1), "0 1"),
        ((AbsoluteSequence, 1), (NextTime, 0), "1 2"),
        ((AbsoluteSequence, 1), (PreviousTime, 0), "0 1"),
        ((AbsoluteTime, 5), (NextCount, 1), "0 1 2 3"),
    ] {
        check(&series, &Request { view_range: span(anchor, end), ..query(QueryType::Values) }, expected);
    }
}

/// 0, 1, 2, 5 are originals; 0 is edited twice, 2 once.
fn edited() -> Series {
    series("o@0 o@10 o@20 e0@30 e2@40 o@50 e0@60")
}

#[test]
fn values_are_the_latest_edits() {
    let series = edited();
    let values = |view_range, edit_range| Request { view_range, edit_range, ..query(QueryType::Values) };
    for (view, edit, expected) in [
        (Span::ALL, Span::ALL, "6>0 1 4>2 5"),
        (span((AbsoluteSequence, 1), (AbsoluteSequence, 2)), Span::ALL, "1 4>2"),
        // Only originals count.
        (span((OffsetSequence, 2), END), Span::ALL, "4>2 5"),
        (span((AbsoluteSequence, 2), (NextCount, 1)), Span::ALL, "4>2 5"),
        (span((AbsoluteSequence, 5), (PreviousCount, 2)), Span::ALL, "1 4>2 5"),
        // An edit is a place as well.
        (span((AbsoluteSequence, 3), (NextCount, 1)), Span::ALL, "5"),
        (span((AbsoluteSequence, 3), (AbsoluteSequence, 4)), Span::ALL, ""),
        // What is outside the edit range might never have been.
        (Span::ALL, span((AbsoluteSequence, 3), (AbsoluteSequence, 4)), "3>0 4>2"),
        (Span::ALL, span(START, (AbsoluteSequence, 3)), "3>0 1 2"),
        (Span::ALL, span(START, (AbsoluteTime, 25)), "0 1 2"),
        (Span::ALL, span(START, START), ""),
    ] {
        check(&series, &values(view, edit), expected);
    }
}

#[test]
fn edits_of_what_is_viewed() {
    let series = edited();
    let first_two = span((AbsoluteSequence, 0), (AbsoluteSequence, 1));
    let from_three = span((AbsoluteSequence, 3), END);
    for (query_type, view, edit, expected) in [
        (QueryType::AllEdits, Span::ALL, Span::ALL, "0 1 2 3>0 4>2 5 6>0"),
        (QueryType::AllEdits, first_two, Span::ALL, "0 1 3>0 6>0"),
        (QueryType::AllEdits, first_two, from_three, "3>0 6>0"),
        // Events of any kind count; of the last two one is an original.
        (QueryType::AllEdits, span((OffsetSequence, 2), END), Span::ALL, "5"),
        (QueryType::AllEdits, Span::ALL, span((OffsetSequence, 2), END), "5 6>0"),
        (QueryType::LatestEdits, Span::ALL, Span::ALL, "0 1 2 4>2 5 6>0"),
        (QueryType::LatestEdits, first_two, Span::ALL, "0 1 6>0"),
        (QueryType::LatestEdits, Span::ALL, span(START, (AbsoluteSequence, 5)), "0 1 2 3>0 4>2 5"),
        (QueryType::LatestEdits, Span::ALL, from_three, "4>2 5 6>0"),
    ] {
        check(&series, &Request { view_range: view, edit_range: edit, ..query(query_type) }, expected);
    }
}

/// Edits of originals 100 to 150 with sequences from 400 on: their originals are outside the edit range.
#[test]
fn late_edits_of_early_events() {
    let originals = (0..300).map(|n| format!("o@{n} "));
    let edits = (300..500).map(|n| format!("e{}@{n} ", n - 300));
    let series = series(&originals.chain(edits).collect::<String>());
    let request = Request {
        view_range: span((AbsoluteSequence, 100), (AbsoluteSequence, 150)),
        edit_range: span((AbsoluteSequence, 400), END),
        ..query(QueryType::AllEdits)
    };
    let expected: Vec<String> = (400..=450).map(|n| format!("{n}>{}", n - 300)).collect();
    check(&series, &request, &expected.join(" "));
}

#[test]
fn limits_leave_the_latest() {
    let series = edited();
    for (query_type, limit, expected, count) in [
        (QueryType::Values, 2, "6>0 5", 4),
        (QueryType::Values, 3, "6>0 4>2 5", 4),
        (QueryType::Values, 4, "6>0 1 4>2 5", 4),
        (QueryType::Values, 0, "", 4),
        (QueryType::AllEdits, 2, "5 6>0", 7),
        (QueryType::LatestEdits, 3, "4>2 5 6>0", 6),
        (QueryType::LatestEdits, i64::MAX, "0 1 2 4>2 5 6>0", 6),
    ] {
        let selected = series.select(&Request { limit, ..query(query_type) }).unwrap();
        assert_eq!((shown(selected.events).as_str(), selected.count), (expected, count), "{query_type:?} {limit}");
    }
}

#[test]
fn answers_have_a_size() {
    let mut series = series("");
    let large: Bytes = value::encode(&Value::String(Some("x".repeat(20 << 20))));
    for second in 0..3 {
        series.append(&large, "", second);
    }
    let selected = series.select(&query(QueryType::Values)).unwrap();
    assert_eq!((shown(selected.events).as_str(), selected.count), ("2", 3));
}

#[test]
fn impossible_parameters() {
    let refused = |request: Request| series("o@0").select(&request).map(drop).unwrap_err().code;
    for range in [span((NextCount, 1), END), span((PreviousTime, 1), END), span(START, (NextCount, -1))] {
        assert_eq!(refused(Request { view_range: range, ..query(QueryType::Values) }), ErrorCode::INVALID_DATA);
        assert_eq!(refused(Request { edit_range: range, ..query(QueryType::AllEdits) }), ErrorCode::INVALID_DATA);
    }
    assert_eq!(refused(Request { limit: -1, ..query(QueryType::Values) }), ErrorCode::INVALID_DATA);
}

proptest! {
    /// Between two sequences, or two times, in either order.
    #[test]
    fn absolute_ranges_are_what_lies_between(
        times in proptest::collection::vec(0_i64..40, 0..20),
        (from, to) in (-3_i64..45, -3_i64..45),
        by_time: bool,
    ) {
        let mut times = times;
        times.sort_unstable();
        let series = series(&times.iter().map(|time| format!("o@{time}")).collect::<Vec<_>>().join(" "));
        let kind = if by_time { AbsoluteTime } else { AbsoluteSequence };
        let request = Request { view_range: span((kind, from), (kind, to)), ..query(QueryType::Values) };
        let between = |sequence: usize| {
            let at = if by_time { times[sequence] } else { sequence as i64 };
            (from.min(to)..=from.max(to)).contains(&at)
        };
        let expected: Vec<_> = (0..times.len()).filter(|n| between(*n)).map(|n| n.to_string()).collect();
        check(&series, &request, &expected.join(" "));
    }

    /// Whatever is asked, there is an answer or a refusal.
    #[test]
    fn no_query_does_harm(
        points in proptest::array::uniform4((proptest::sample::select(PointType::ALL), prop_oneof![-9_i64..90, any::<i64>()])),
        query_type in proptest::sample::select(QueryType::ALL),
        limit in (-1_i64..9).prop_map(|limit| if limit == 8 { i64::MAX } else { limit }),
    ) {
        let series = edited();
        let [a, b, c, d] = points;
        let request = Request { view_range: span(a, b), edit_range: span(c, d), limit, ..query(query_type) };
        if let Ok(selected) = series.select(&request) {
            assert!(selected.events.len() <= selected.count.min(limit as usize));
        }
    }
}

fn bytes_of(series: &Series) -> usize {
    series.originals.iter().flat_map(Original::events).map(|event| event.encoded.len()).sum()
}

fn with_retained(range: &str, script: &str) -> Series {
    series_with(&[(property::TIME_SERIES_RETAINED_RANGE, range)], script)
}

#[test]
fn edits_count_towards_the_limit() {
    // The vendor's example: 25 appends, 15 kept, one edit. Which event is edited makes no difference.
    for (edited, values) in
        [(20, "11 12 13 14 15 16 17 18 19 25>20 21 22 23 24"), (10, "11 12 13 14 15 16 17 18 19 20 21 22 23 24")]
    {
        let series = with_retained("limit 15", &format!("{}e{edited}@1", "o@0 ".repeat(25)));
        check(&series, &query(QueryType::Values), values);
        assert_eq!(series.originals.len(), 14);
    }
    let mut series = with_retained("limit 3", "o@0 o@0 o@0 e1@0");
    check(&series, &query(QueryType::AllEdits), "1 2 3>1");
    series.append(&text(4), "", 0);
    check(&series, &query(QueryType::AllEdits), "2 4");
    series.append(&text(5), "", 0);
    // The edit whose original has left is still one of the three latest events.
    check(&series, &query(QueryType::AllEdits), "4 5");
    series.append(&text(6), "", 0);
    check(&series, &query(QueryType::AllEdits), "4 5 6");
    assert_eq!(series.size(), (3, bytes_of(&series)));
}

#[test]
fn originals_go_with_their_edits() {
    let mut series = with_retained("limit 4", "o@0 e0@1 e0@2 o@3");
    check(&series, &query(QueryType::AllEdits), "0 1>0 2>0 3");
    series.append(&text(4), "", 4);
    check(&series, &query(QueryType::AllEdits), "3 4");
    assert_eq!(series.size(), (2, bytes_of(&series)));
    let gone = series.edit(0, &text(5), "", 5).unwrap_err();
    assert_eq!(gone.code, ErrorCode::NO_SUCH_EVENT);
    assert_eq!(series.edit(3, &text(5), "", 5).unwrap().sequence, 5);
    let of_an_edit = series.edit(5, &text(6), "", 6).unwrap_err();
    assert_eq!(of_an_edit.code, ErrorCode::NO_SUCH_EVENT);
}

/// An edit of the oldest event of a full series: the event leaves, the edit remains the value of the topic.
#[test]
fn an_edit_may_outlive_its_original() {
    let mut series = with_retained("limit 2", "o@0 o@1 e0@2");
    for query_type in [QueryType::Values, QueryType::AllEdits, QueryType::LatestEdits] {
        check(&series, &query(query_type), "1");
    }
    assert_eq!(series.latest().map(|event| shown([event])), Some("2>0".to_owned()));
    assert_eq!(shown(series.first_events(true)), "2>0");
    assert_eq!(shown(series.first_events(false)), "");
    assert_eq!(series.size(), (1, bytes_of(&series)));
    assert_eq!(series.edit(0, &text(3), "", 3).unwrap_err().code, ErrorCode::NO_SUCH_EVENT);
    assert_eq!(series.append(&text(3), "", 0).timestamp_millis, 2, "no event is before the edit");
    check(&series, &query(QueryType::Values), "3");
    let alone = with_retained("limit 1", "o@0 e0@1");
    check(&alone, &query(QueryType::Values), "");
    assert_eq!((shown(alone.latest()), alone.size()), ("1>0".to_owned(), (0, 0)));
}

#[test]
fn a_span_of_time_is_kept() {
    let last = |range| with_retained(range, "o@0 o@500 o@1500 e2@2000 o@2001");
    check(&last("last 1s"), &query(QueryType::AllEdits), "2 3>2 4");
    check(&last("last 2s"), &query(QueryType::AllEdits), "1 2 3>2 4");
    check(&last("last 9s"), &query(QueryType::Values), "0 1 3>2 4");
    check(&last("last 9s limit 3"), &query(QueryType::AllEdits), "2 3>2 4");
    check(&series_with(&[], &"o@0 ".repeat(12)), &query(QueryType::Values), "2 3 4 5 6 7 8 9 10 11");
    // The latest event may be an edit; what is old beside it goes.
    check(&with_retained("last 1s", "o@0 o@500 e1@1500"), &query(QueryType::AllEdits), "1 2>1");
    check(&with_retained("last 1s", "o@0 o@500 e0@1501"), &query(QueryType::AllEdits), "");
}

#[test]
fn events_of_both_kinds_are_bounded() {
    let mut series = with_retained("last 1h", "o@0 o@0");
    for _ in 0..MOST_EVENTS {
        series.edit(1, &text(0), "", 1).unwrap();
        if series.originals.len() == 1 {
            break;
        }
    }
    assert_eq!(series.size().0, MOST_EVENTS as usize);
    assert_eq!(series.size().1, bytes_of(&series));
    series.edit(1, &text(0), "", 1).unwrap();
    assert_eq!(series.size(), (0, 0));
    assert_eq!(series.latest().map(Event::sequence), Some(MOST_EVENTS + 1));
}

proptest! {
    /// What is kept are the latest events, of which those show whose original is among them.
    #[test]
    fn what_is_kept_is_the_latest(
        steps in proptest::collection::vec((0_i64..30, proptest::option::of(0_usize..30)), 1..60),
        limit in 1_i64..12,
        span in proptest::option::of(1_i64..60),
    ) {
        let range = span.map_or_else(|| format!("limit {limit}"), |span| format!("limit {limit} last {span}ms"));
        let mut series = with_retained(&range, "");
        // Sequence, time, original.
        let mut all: Vec<(i64, i64, i64)> = Vec::new();
        let mut time = 0;
        for (step, edited) in steps {
            time += step;
            let original = edited.and_then(|at| series.originals.get(at)).map(|original| original.event.sequence());
            let sequence = match original {
                Some(original) => series.edit(original, &text(0), "", time).unwrap().sequence,
                None => series.append(&text(0), "", time).sequence,
            };
            all.push((sequence, time, original.unwrap_or(sequence)));
            let kept: Vec<_> = all
                .iter()
                .filter(|(at, when, _)| *at > sequence - limit && span.is_none_or(|span| *when >= time - span))
                .collect();
            let expected: Vec<i64> = kept
                .iter()
                .filter(|(_, _, original)| kept.iter().any(|(at, _, _)| at == original))
                .map(|(at, _, _)| *at)
                .collect();
            let selected = series.select(&query(QueryType::AllEdits)).unwrap();
            let sequences: Vec<i64> = selected.events.iter().map(|event| event.sequence()).collect();
            assert_eq!(sequences, expected);
            assert_eq!(series.size(), (expected.len(), bytes_of(&series)));
            assert_eq!(series.latest().map(Event::sequence), Some(sequence));
        }
    }
}

#[test]
fn times_never_go_back() {
    let mut series = series("o@100");
    assert_eq!(series.append(&text(1), "", 50).timestamp_millis, 100);
    let refused = series.append_at(&text(2), "", 99, 0).unwrap_err();
    assert_eq!(refused.code, ErrorCode::UPDATE_FAILED);
    assert_eq!(series.append_at(&text(2), "", 100, 0).unwrap().sequence, 2, "a refusal uses up no number");
    assert_eq!(series.append_at(&text(3), "", 500, 0).unwrap().timestamp_millis, 500);
    assert_eq!(series.edit(0, &text(4), "", 200).unwrap().timestamp_millis, 500);
}

#[test]
fn a_time_far_ahead_is_refused_and_blocks_nothing() {
    let mut series = series("o@100");
    for millis in [i64::MAX, MOST_MILLIS_AHEAD + 101] {
        assert_eq!(series.append_at(&text(2), "", millis, 100).unwrap_err().code, ErrorCode::UPDATE_FAILED);
    }
    assert_eq!(series.append(&text(2), "", 200).timestamp_millis, 200);
    assert_eq!(series.append_at(&text(2), "", MOST_MILLIS_AHEAD, 200).unwrap().sequence, 2, "a clock that is ahead");
}

#[test]
fn a_series_is_bounded_in_bytes_too() {
    let mut series = series("");
    let large: Bytes = value::encode(&Value::String(Some("x".repeat(20 << 20))));
    for second in 0..5 {
        series.append(&large, "", second);
        assert!(series.size().1 <= MOST_BYTES);
    }
    assert_eq!(series.size().0, 3, "the oldest leave");
    for second in 5..8 {
        series.edit(4, &large, "", second).unwrap();
    }
    assert_eq!((series.size().0, series.latest().unwrap().sequence()), (0, 7), "edits leave with their original");
    assert_eq!(series.edit(4, &large, "", 9).unwrap_err().code, ErrorCode::NO_SUCH_EVENT);
}

#[test]
fn new_subscribers_get_the_subscription_range() {
    let first = |range: &str, script: &str, deltas| {
        let properties: &[_] = &[(property::TIME_SERIES_SUBSCRIPTION_RANGE, range)];
        shown(series_with(if range.is_empty() { &[] } else { properties }, script).first_events(deltas))
    };
    let script = "o@0 o@1 o@2 e0@3 e2@4 o@5 e0@6";
    assert_eq!(first("", script, true), "6>0");
    assert_eq!(first("", script, false), "");
    assert_eq!(first("limit 9", script, true), "1 4>2 5 6>0");
    assert_eq!(first("limit 2", script, true), "4>2 5 6>0", "the latest event is always the last");
    assert_eq!(first("limit 2", script, false), "4>2 5");
    assert_eq!(first("last 3ms", script, true), "4>2 5 6>0");
    assert_eq!(first("limit 2", "", true), "");
}

#[test]
fn no_value_is_written_as_all_clients_read_it() {
    let mut series = series("");
    series.append(&Bytes::new(), "", 0);
    series.edit(0, &Bytes::new(), "", 0).unwrap();
    assert!(series.originals[0].events().all(|event| *event.value == [value::UNSET]));
    let mut bytes = Series::new(DataType::Binary, &TopicSpec::new(TopicType::TimeSeries));
    bytes.append(&Bytes::new(), "", 0);
    assert_eq!(bytes.latest().map(|event| event.value.len()), Some(0));
}

#[test]
fn events_hold_their_value_once() {
    let series = series("o@0 e0@1");
    let event = series.latest().unwrap();
    assert_eq!(event.value, text(1));
    assert_eq!(event.encoded.slice(event.encoded.len() - event.value.len()..).as_ptr(), event.value.as_ptr());
}
