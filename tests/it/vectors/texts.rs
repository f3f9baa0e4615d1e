//! Paths, selectors, removal policies, ranges and specifications against recorded answers.

use crate::vectors::data::{section, text};
use brownian::data::event_range::EventRange;
use brownian::data::removal_policy::RemovalPolicy;
use brownian::data::selector::SelectorKind;
use brownian::data::{TopicPath, TopicSelector, TopicSpec, TopicType, path, property};
use serde_json::Value as Sample;

/// Java's syntax, which is the contract, where JavaScript reports an error.
fn is_java_only(selector: &str) -> bool {
    selector.contains("(?i)")
}

fn strings(sample: &Sample) -> Vec<&str> {
    sample.as_array().map(|items| items.iter().map(|item| item.as_str().expect("text")).collect()).unwrap_or_default()
}

fn selector(text: &str) -> TopicSelector {
    TopicSelector::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn properties(sample: &Sample) -> Vec<(String, String)> {
    let value = |value: &Sample| value.as_str().expect("text").to_owned();
    match sample {
        Sample::Array(pairs) => pairs.iter().map(|pair| (value(&pair[0]), value(&pair[1]))).collect(),
        Sample::Object(map) => map.iter().map(|(key, text)| (key.clone(), value(text))).collect(),
        other => panic!("no properties: {other}"),
    }
}

fn spec(sample: &Sample) -> Option<TopicSpec> {
    let topic_type = TopicType::from_id(u8::try_from(sample["type"].as_u64()?).ok()?)?;
    Some(TopicSpec { topic_type, properties: properties(&sample["properties"]).into_iter().collect() })
}

fn normalise(spec: &TopicSpec) -> Result<TopicSpec, property::SpecError> {
    property::normalise(spec, property::check_schema)
}

#[test]
fn paths_lose_one_slash_at_each_end() {
    for sample in section("path_canonicalise") {
        assert_eq!(path::canonical(text(sample, "path")), text(sample, "canonical"), "{sample}");
    }
    for sample in section("path_selector_paths") {
        let parsed = TopicSelector::parse(text(sample, "expression"));
        assert_eq!(parsed.is_ok(), sample["ok"] == true, "{sample}");
        if let Ok(selector) = parsed {
            assert_eq!(selector.prefix(), text(sample, "path"), "{sample}");
        }
    }
}

#[test]
fn selectors_parse_as_recorded() {
    for sample in section("selector_parse") {
        let given = text(sample, "selector");
        match TopicSelector::parse(given) {
            Ok(selector) => {
                assert!(sample["valid"] == true || is_java_only(given), "{sample}");
                assert_eq!(selector.kind().first_char().to_string(), text(sample, "type"), "{sample}");
                assert_eq!(selector.prefix(), text(sample, "prefix"), "{sample}");
                assert_eq!(selector.expression(), text(sample, "expression"), "{sample}");
            }
            Err(error) => assert_eq!(sample["valid"], false, "{sample}: {error}"),
        }
    }
}

#[test]
fn selectors_select_as_recorded() {
    for sample in section("selector_matches") {
        let selector = selector(text(sample, "selector"));
        for path in strings(&sample["matches"]) {
            assert!(selector.selects(path), "{selector} should select {path}");
        }
        for path in strings(&sample["rejects"]) {
            assert!(!selector.selects(path), "{selector} should not select {path}");
        }
    }
}

#[test]
fn where_clients_differ_whole_texts_decide() {
    let every = ["a", "b", "ab", "abc", "a/b", "a/x", "b/c", "b/x", "abcd/x", "a.b/c", "ab/c"];
    for sample in section("selector_regex_differences") {
        let selector = selector(text(sample, "selector"));
        let selected: Vec<&str> = every.into_iter().filter(|path| selector.selects(path)).collect();
        let expected = match &sample["whole_string_selects"] {
            Sample::Null => vec!["a.b/c"], // quoting: the recorded note says what Java selects
            listed => strings(listed),
        };
        let (mut selected, mut expected) = (selected, expected);
        selected.sort_unstable();
        expected.sort_unstable();
        assert_eq!(selected, expected, "{sample}");
    }
}

#[test]
fn python_alone_misreads_sets_and_descendants() {
    for sample in section("selector_python_differences") {
        let given = text(sample, "selector");
        let selector = selector(given);
        for path in strings(&sample["js_only"]) {
            assert!(selector.selects(path), "{given} should select {path}");
        }
        // Whole-text matching of alternatives is where Python is right; elsewhere what it adds is wrong.
        let python_is_right = given == "?a/(b|bc)";
        for path in strings(&sample["python_only"]) {
            assert_eq!(selector.selects(path), python_is_right, "{given} {path}");
        }
    }
    assert_eq!(selector("#").kind(), SelectorKind::Set);
}

#[test]
fn removal_policies_parse_as_recorded() {
    for sample in section("removal_policies") {
        match RemovalPolicy::parse(text(sample, "text")) {
            Ok(policy) => {
                assert_eq!(sample["valid"], true, "{sample}");
                assert_eq!(RemovalPolicy::parse(&policy.to_string()), Ok(policy), "{sample}");
            }
            Err(error) => assert_eq!(sample["valid"], false, "{sample}: {error}"),
        }
    }
}

#[test]
fn ranges_parse_as_recorded() {
    for sample in section("time_series_ranges") {
        match EventRange::parse(text(sample, "text")) {
            Ok(range) => {
                assert_eq!(sample["valid"], true, "{sample}");
                assert_eq!(range.limit, sample["limit"].as_u64(), "{sample}");
                assert_eq!(
                    range.last.map(brownian::data::event_range::Span::millis),
                    sample["last_ms"].as_u64(),
                    "{sample}"
                );
            }
            Err(error) => assert_eq!(sample["valid"], false, "{sample}: {error}"),
        }
    }
}

#[test]
fn recorded_specifications_are_accepted_and_stored_for_every_client() {
    for sample in section("topic_specifications").iter().chain(section("topic_specifications_python")) {
        let Some(given) = spec(sample) else { panic!("{sample}") };
        match normalise(&given) {
            Ok(stored) => {
                for (key, value) in stored.properties.iter() {
                    assert_eq!(key, key.to_ascii_uppercase());
                    assert!(!matches!(value, "True" | "False"), "{sample}");
                }
                assert!(property::is_same(&stored, &normalise(&stored).expect("normal already")), "{sample}");
            }
            // The one specification without its event type.
            Err(error) => {
                assert_eq!(error.property, property::TIME_SERIES_EVENT_VALUE_TYPE, "{sample}");
                assert!(given.properties.is_empty(), "{sample}");
            }
        }
    }
}

#[test]
fn schemas_of_specifications_are_checked() {
    for sample in section("recordv2_schemas") {
        let spec = TopicSpec::new(TopicType::RecordV2).with(property::SCHEMA, text(sample, "json"));
        assert_eq!(normalise(&spec).is_ok(), sample["valid"] == true, "{sample}");
    }
}

#[test]
fn keys_are_known_ignoring_case() {
    for sample in section("topic_specification_builder") {
        let known = property::Property::find(text(sample, "key")).is_some();
        // The builder also refuses values that are no text, which cannot exist here.
        assert_eq!(known && sample["value"].is_string(), sample["ok"] == true, "{sample}");
    }
}

#[test]
fn what_is_stored_can_be_received_by_python() {
    for sample in section("specification_received_by_python") {
        let accepted = sample["accepted"] == true;
        match spec(sample).map(|given| (normalise(&given), given)) {
            None => assert!(!accepted, "{sample}"),
            Some((Ok(stored), given)) => {
                let as_given = stored.properties.iter().eq(given.properties.iter());
                assert!(accepted || !as_given, "Python would refuse what is stored for {sample}");
            }
            Some((Err(error), _)) => assert!(!accepted, "{sample}: {error}"),
        }
    }
}

#[test]
fn a_topic_path_is_stricter_than_a_path_selector() {
    assert!(TopicSelector::parse("a//").is_ok());
    assert!(TopicPath::parse("a//").is_err());
}
