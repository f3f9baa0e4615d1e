//! Tests of policies as rows: there and back, taking rows out, and text and rows in step.

use super::*;
use crate::data::removal_policy::RULES;
use proptest::prelude::*;

fn policy(text: &str) -> RemovalPolicy {
    RemovalPolicy::parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {}", error.position))
}

fn draft(text: &str) -> Draft {
    let mut draft = Draft::default();
    draft.follow(Some(text));
    draft
}

fn text_of(rows: &Rows) -> String {
    rows.text().expect("there are rows")
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_123);

#[test]
fn rows_are_groups_of_and_between_or() {
    let check = |text: &str, ends: &[usize]| {
        let rows = Rows::of(&policy(text)).expect(text);
        let groups = rows.groups();
        assert_eq!(groups.iter().map(|group| group.end).collect::<Vec<_>>(), ends, "{text}");
        let starts = [0].into_iter().chain(ends.iter().copied());
        assert!(groups.iter().map(|group| group.start).eq(starts.take(ends.len())), "{text}");
        assert_eq!(text_of(&rows), text);
    };
    check("when this session closes", &[1]);
    check("when this session closes and no updates for 1h", &[2]);
    check("when no updates for 1h and time after 5 or this session closes", &[2, 3]);
    check("when no updates for 1h or time after 5 and this session closes remove '?a//'", &[1, 3]);
    assert!(Rows::default().groups().is_empty());
    assert_eq!(Rows::default().text(), None);
}

#[test]
fn other_shapes_say_why_they_are_text_only() {
    let check = |text: &str, why| assert_eq!(Rows::of(&policy(text)), Err(why), "{text}");
    check("when (no updates for 1h or time after 5) and this session closes", TextOnly::OrInsideAnd);
    check("when (no updates for 1h and time after 5) and this session closes", TextOnly::Parentheses);
    check("when this session closes or (no updates for 1h or time after 5)", TextOnly::Parentheses);
}

#[test]
fn a_row_that_goes_leaves_the_other_groups_as_they_are() {
    let check = |index: usize, expected: &str| {
        let mut rows =
            Rows::of(&policy("when no updates for 1h or time after 5 and this session closes")).expect("rows");
        rows.take_out(index);
        assert_eq!(text_of(&rows), expected);
    };
    check(0, "when time after 5 and this session closes");
    check(1, "when no updates for 1h or this session closes");
    check(2, "when no updates for 1h or time after 5");
    check(3, "when no updates for 1h or time after 5 and this session closes");
}

#[test]
fn a_condition_is_added_as_the_last_one_is_joined() {
    let mut rows = Rows::default();
    for kind in [ConditionKind::NoUpdates, ConditionKind::SessionCloses] {
        rows.add(kind, NOW);
    }
    assert_eq!(text_of(&rows), "when no updates for 10m and this session closes");
    rows.list[1].join = Join::Or;
    rows.add(ConditionKind::TimeAfter, NOW);
    assert_eq!(
        text_of(&rows),
        "when no updates for 10m or this session closes or time after 'Wed, 15 Nov 2023 22:13:20 GMT'"
    );
    assert!(rows.is_taken(ConditionKind::TimeAfter, None) && !rows.is_taken(ConditionKind::TimeAfter, Some(2)));
    assert!(!rows.is_taken(ConditionKind::SessionCloses, None), "it may stand again");
}

#[test]
fn every_proposal_is_a_policy_of_its_kind() {
    for kind in ConditionKind::ALL {
        let mut rows = Rows::default();
        rows.add(kind, NOW);
        assert_eq!(ConditionKind::of(&policy(&text_of(&rows)).condition), Some(kind));
    }
}

#[test]
fn a_moment_stays_as_it_is_typed() {
    let mut row = ConditionRow::new(Join::Or, ConditionKind::TimeAfter.proposal(NOW));
    assert_eq!(row.moment(), "Wed, 15 Nov 2023 22:13:20 GMT");
    row.type_moment("3 Jun 20");
    assert!(row.error().is_some() && row.moment() == "3 Jun 20");
    let rows = Rows { list: vec![row.clone()], remove: String::new() };
    let error = RemovalPolicy::parse(&text_of(&rows)).expect_err("no moment");
    assert_eq!(error.position, "when time after ".len());
    row.type_moment("3 Jun 2018 11:05:30 GMT");
    assert!(row.error().is_none() && row.moment() == "3 Jun 2018 11:05:30 GMT");
    assert_eq!(row.text(), "time after 'Sun, 03 Jun 2018 11:05:30 GMT'");
    row.type_moment("5");
    assert_eq!(row.text(), "time after 5");
    row.set(Condition::SessionCloses);
    assert_eq!(row.text(), "this session closes");
}

#[test]
fn text_and_rows_stay_in_step() {
    let mut draft = draft("when no updates for 1h or this session closes");
    assert_eq!((draft.rows().list.len(), draft.state()), (2, &DraftState::Together));

    draft.follow(Some("when no updates for 1h or this"));
    assert!(matches!(draft.state(), DraftState::TextWrong(error) if error.position == 30));
    assert_eq!((draft.rows().list.len(), draft.policy()), (2, None), "the rows are what they were");

    draft.follow(Some("when (this session closes or time after 5) and no updates for 1h"));
    assert_eq!(draft.state(), &DraftState::TextOnly(TextOnly::OrInsideAnd));
    assert_eq!(draft.policy().and_then(RemovalPolicy::moment), Some(Timestamp::from_millis(5)));

    draft.follow(None);
    assert_eq!(draft, Draft::default());
}

#[test]
fn a_row_that_is_wrong_stays_as_it_was_typed() {
    let mut draft = draft("when no session has 'Team is \"x\"' remove '?a//'");
    let mut rows = draft.rows().clone();
    let Condition::NoSession { filter, .. } = &mut rows.list[0].condition else { panic!("a session condition") };
    "Team is 'it's".clone_into(filter);
    "?(".clone_into(&mut rows.remove);
    let text = draft.set_rows(rows.clone()).expect("a text");
    assert_eq!(text, r"when no session has 'Team is \'it\'s' remove '?('");
    draft.follow(Some(&text));
    assert_eq!((draft.rows(), draft.state()), (&rows, &DraftState::RowsWrong));
    assert!(rows.list[0].error().is_some() && rows.remove_error().is_some());

    rows.list.clear();
    assert_eq!(draft.set_rows(rows), None);
    assert_eq!(draft.state(), &DraftState::Together);
}

#[test]
fn an_error_marks_the_word_or_the_quoted_text() {
    let check = |text: &str, marked: &str| {
        let error = RemovalPolicy::parse(text).expect_err(text);
        assert_eq!(&text[error.span(text, &RULES)], marked, "{text}");
    };
    check("when no updates for 5w or this session closes", "5w");
    check("when no session has 'Dep \\' x' for 1h", "'Dep \\' x'");
    check("when no session has 'Dep", "'Dep");
    check("when this session closes)", ")");
    check("when subscriptions > 1 for 5m", ">");
    check("when no updates  ", "updates");
    check("", "");
    check("   ", "");
}

fn leaf() -> impl Strategy<Value = Condition> {
    let period = || (0..100_u64, 0..4_usize).prop_map(|(count, unit)| Period { count, unit: PeriodUnit::ALL[unit] });
    let after = || proptest::option::of(period());
    let filter = prop_oneof![Just("Team is 'it\\\\s'"), Just("$Principal eq \"a\""), Just("all")];
    prop_oneof![
        2 => Just(Condition::SessionCloses),
        4 => (any::<bool>(), filter, after(), after()).prop_map(|(local, filter, lasting, after)| {
            Condition::NoSession { local, filter: filter.to_owned(), lasting, after }
        }),
        1 => (period(), after()).prop_map(|(lasting, after)| Condition::NoUpdates { lasting, after }),
        1 => (any::<bool>(), any::<u32>(), period(), after()).prop_map(|(local, fewer_than, lasting, after)| {
            Condition::Subscriptions { local, fewer_than, lasting, after }
        }),
        1 => (0..4_000_000_000_i64, any::<bool>()).prop_map(|(secs, as_date)| {
            Condition::TimeAfter { at: Timestamp::from_millis(secs * 1000), as_date }
        }),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(3, 8, 3, |inner| {
        let several = proptest::collection::vec(inner, 2..4);
        (several, any::<bool>()).prop_map(|(of, any)| if any { Condition::Any(of) } else { Condition::All(of) })
    })
}

/// At most groups of `and` within one `or`.
fn is_flat(condition: &Condition) -> bool {
    let leaf = |one: &Condition| ConditionKind::of(one).is_some();
    let group = |one: &Condition| leaf(one) || matches!(one, Condition::All(of) if of.iter().all(leaf));
    group(condition) || matches!(condition, Condition::Any(of) if of.iter().all(group))
}

proptest! {
    #[test]
    fn what_can_be_shown_comes_back_as_the_same_text(
        condition in condition(), remove in proptest::option::of(prop_oneof![Just("?a//"), Just("*.*'x'"), Just("a/b")])
    ) {
        let remove = remove.map(|text| TopicSelector::parse(text).expect("a selector"));
        let policy = RemovalPolicy { condition, remove };
        match Rows::of(&policy) {
            Ok(rows) => {
                prop_assert!(is_flat(&policy.condition));
                prop_assert_eq!(rows.text(), Some(policy.to_string()));
                prop_assert!(rows.list.iter().all(|row| row.error().is_none()), "{:?}", rows);
                // What stands twice but may not is the parser's to refuse.
                if let Ok(parsed) = RemovalPolicy::parse(&policy.to_string()) {
                    prop_assert_eq!(parsed, policy);
                }
            }
            Err(_) => prop_assert!(!is_flat(&policy.condition)),
        }
    }

    #[test]
    fn an_error_marks_a_part_of_any_text(text in any::<String>(), position in 0..40_usize) {
        let span = SyntaxError::new("", position).span(&text, &RULES);
        prop_assert!(text.get(span).is_some());
    }
}
