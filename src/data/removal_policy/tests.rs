//! Tests of removal policies: text, meaning, sentence and errors.

use super::*;
use proptest::prelude::*;

fn policy(text: &str) -> RemovalPolicy {
    RemovalPolicy::parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {}", error.position))
}

#[test]
fn and_binds_tighter_than_or() {
    let Condition::Any(of) = policy("when no updates for 1h or time after 5 and this session closes").condition else {
        panic!("an `or` at the top");
    };
    assert!(matches!(&of[..], [Condition::NoUpdates { .. }, Condition::All(inner)] if inner.len() == 2));
}

#[test]
fn reads_back_as_text_and_as_a_sentence() {
    let check = |text: &str, display: &str, sentence: &str| {
        let policy = policy(text);
        assert_eq!(policy.to_string(), display);
        assert_eq!(policy.sentence(), sentence);
        assert_eq!(RemovalPolicy::parse(display).as_ref(), Ok(&policy));
    };
    check(
        "WHEN Time After \"Tue, 3 Jun 2018 11:05:30 GMT\" and (subscriptions<2 for 10m after 1h or no updates for 20m)",
        "when time after 'Sun, 03 Jun 2018 11:05:30 GMT' and (subscriptions < 2 for 10m after 1h or no updates for 20m)",
        "Removes this topic when it is later than Sun, 03 Jun 2018 11:05:30 GMT and either it has had fewer than 2 \
         subscriptions for 10 minutes (checked from 1 hour after its creation on) or it has had no update for 20 \
         minutes.",
    );
    check(
        "when this session closes or local subscriptions < 1 for 1d remove \"?temp//\"",
        "when this session closes or local subscriptions < 1 for 1d remove '?temp//'",
        "Removes everything that ?temp// selects when the session that created it closes, or when it has had no local \
         subscription for 1 day.",
    );
    check(
        r#"when no session has "$Principal is \"Alice\"" for 5s"#,
        r#"when no session has '$Principal is "Alice"' for 5s"#,
        r#"Removes this topic when no session has matched $Principal is "Alice" for 5 seconds."#,
    );
    check(
        r"when no local session has 'Team is \'it\\s\''",
        r"when no local session has 'Team is \'it\\s\''",
        r"Removes this topic when no local session matches Team is 'it\s'.",
    );
    check(
        "when time after 1518780068112",
        "when time after 1518780068112",
        "Removes this topic when it is later than Fri, 16 Feb 2018 11:21:08 GMT.",
    );
}

#[test]
fn errors_say_where() {
    let check = |text: &str, position: usize| {
        let error = RemovalPolicy::parse(text).expect_err(text);
        assert_eq!(error.position, position, "{text}: {error}");
    };
    check("", 0);
    check("when", 4);
    check("when no updates for 5w", 20);
    check("when subscriptions > 1 for 5m", 19);
    check("when (no updates for 1h", 5);
    check("when no updates for 1h)", 22);
    check("when no updates for 1h or no updates for 2h", 26);
    check("when no session has '$Principal", 20);
    check("when no session has 'Department'", 20);
    check("when this session closes remove temp", 32);
    check("when this session closes remove '?('", 32);
    check("when no updates for 1h remove 'a' remove 'b'", 34);
    check("when time after 99999999999999999999", 16);
    assert!(RemovalPolicy::parse(&format!("when {}", "(".repeat(100_000))).is_err());
}

#[test]
fn periods_are_milliseconds() {
    for (unit, millis) in PeriodUnit::ALL.into_iter().zip([2000, 120_000, 7_200_000, 172_800_000]) {
        assert_eq!(Period { count: 2, unit }.millis(), millis);
    }
    assert_eq!(Period { count: u64::MAX, unit: PeriodUnit::Days }.millis(), u64::MAX);
}

proptest! {
    #[test]
    fn parsing_never_panics_and_its_text_is_stable(
        text in prop_oneof![
            any::<String>(),
            "when( (no|updates|for|5m|1h|after|time|or|and|\\(|\\)|subscriptions|<|3|this|session|closes|has|'a\\\\\"b'|remove|local)){0,16}",
        ]
    ) {
        match RemovalPolicy::parse(&text) {
            Ok(policy) => prop_assert_eq!(RemovalPolicy::parse(&policy.to_string()), Ok(policy)),
            Err(error) => prop_assert!(text.is_char_boundary(error.position)),
        }
    }
}
