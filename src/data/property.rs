//! Topic properties: key, allowed values and effect of each, and the normal form that a server stores.

use super::event_range::EventRange;
use super::removal_policy::RemovalPolicy;
use super::syntax::{Cursor, Parsed, Rules};
use super::value::record::Schema;
use super::{DataType, TopicSpec, TopicType};

/// How hard topic messages are compressed.
pub const COMPRESSION: &str = "COMPRESSION";
/// How updates merge in a backlog.
pub const CONFLATION: &str = "CONFLATION";
/// Whether the server keeps no value.
pub const DONT_RETAIN_VALUE: &str = "DONT_RETAIN_VALUE";
/// Who may read and change the topic beside its creator.
pub const OWNER: &str = "OWNER";
/// Whether the topic outlives the server.
pub const PERSISTENT: &str = "PERSISTENT";
/// Order of delivery from a backlog.
pub const PRIORITY: &str = "PRIORITY";
/// Whether subscribers get no deltas.
pub const PUBLISH_VALUES_ONLY: &str = "PUBLISH_VALUES_ONLY";
/// When the topic is removed by itself.
pub const REMOVAL: &str = "REMOVAL";
/// The schema of `RECORD_V2` values.
pub const SCHEMA: &str = "SCHEMA";
/// Whether queued updates are dropped on unsubscription.
pub const TIDY_ON_UNSUBSCRIBE: &str = "TIDY_ON_UNSUBSCRIBE";
/// The data type of a time series' events.
pub const TIME_SERIES_EVENT_VALUE_TYPE: &str = "TIME_SERIES_EVENT_VALUE_TYPE";
/// Which events a time series keeps.
pub const TIME_SERIES_RETAINED_RANGE: &str = "TIME_SERIES_RETAINED_RANGE";
/// Which events a new subscriber gets.
pub const TIME_SERIES_SUBSCRIPTION_RANGE: &str = "TIME_SERIES_SUBSCRIPTION_RANGE";
/// Whether the server checks each value.
pub const VALIDATE_VALUES: &str = "VALIDATE_VALUES";

/// What the value of a property may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `$Principal is "name"`.
    Owner,
    /// A removal policy.
    Removal,
    /// A `RECORD_V2` schema as JSON.
    Schema,
    /// A time-series range.
    Range,
}

/// One of the topic properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// The key, in upper case.
    pub key: &'static str,
    /// One line for people.
    pub help: &'static str,
    /// What its value may be.
    pub allowed: Allowed,
    default: Option<&'static str>,
    effect: &'static [TopicType],
}

const EVERY: &[TopicType] = &[
    TopicType::Binary,
    TopicType::Json,
    TopicType::TimeSeries,
    TopicType::String,
    TopicType::Int64,
    TopicType::Double,
    TopicType::RecordV2,
];
const NOT_NUMBERS: &[TopicType] =
    &[TopicType::Binary, TopicType::Json, TopicType::TimeSeries, TopicType::String, TopicType::RecordV2];
const NOT_SERIES: &[TopicType] =
    &[TopicType::Binary, TopicType::Json, TopicType::String, TopicType::Int64, TopicType::Double, TopicType::RecordV2];
const SERIES: &[TopicType] = &[TopicType::TimeSeries];
const CONFLATIONS: &[&str] = &["off", "conflate", "unsubscribe", "always"];
const SERIES_CONFLATIONS: &[&str] = &["off", "unsubscribe"];
const EVENT_TYPES: &[&str] = &["json", "binary", "string", "int64", "double", "record_v2"];

/// Every topic property in the order of the alphabet.
pub const PROPERTIES: [Property; 14] = [
    Property {
        key: COMPRESSION,
        help: "How hard messages of this topic are compressed on the line",
        allowed: Allowed::Choice(&["off", "low", "medium", "high"]),
        default: Some("low"),
        effect: NOT_NUMBERS,
    },
    Property {
        key: CONFLATION,
        help: "What happens to updates when a session's queue grows: merged, kept, or the session is unsubscribed",
        allowed: Allowed::Choice(CONFLATIONS),
        default: Some("conflate"),
        effect: EVERY,
    },
    Property {
        key: DONT_RETAIN_VALUE,
        help: "The server keeps no value: new subscribers and fetches get none, and there are no deltas",
        allowed: Allowed::Boolean,
        default: Some("false"),
        effect: NOT_SERIES,
    },
    Property {
        key: OWNER,
        help: "A principal that may read, modify and update the topic, written $Principal is \"name\"",
        allowed: Allowed::Owner,
        default: None,
        effect: EVERY,
    },
    Property {
        key: PERSISTENT,
        help: "The topic is restored after a restart of a server with persistence",
        allowed: Allowed::Boolean,
        default: Some("true"),
        effect: EVERY,
    },
    Property {
        key: PRIORITY,
        help: "Whether updates overtake those of other topics in a backlog",
        allowed: Allowed::Choice(&["low", "default", "high"]),
        default: Some("default"),
        effect: EVERY,
    },
    Property {
        key: PUBLISH_VALUES_ONLY,
        help: "Subscribers always get whole values, never deltas",
        allowed: Allowed::Boolean,
        default: Some("false"),
        effect: NOT_NUMBERS,
    },
    Property {
        key: REMOVAL,
        help: "When the server removes the topic by itself, such as: when no updates for 10m",
        allowed: Allowed::Removal,
        default: None,
        effect: EVERY,
    },
    Property {
        key: SCHEMA,
        help: "The records and fields that values have, as JSON",
        allowed: Allowed::Schema,
        default: None,
        effect: &[TopicType::RecordV2],
    },
    Property {
        key: TIDY_ON_UNSUBSCRIBE,
        help: "Updates still queued are dropped when a session is unsubscribed",
        allowed: Allowed::Boolean,
        default: Some("false"),
        effect: EVERY,
    },
    Property {
        key: TIME_SERIES_EVENT_VALUE_TYPE,
        help: "The data type of the events; a time series needs it",
        allowed: Allowed::Choice(EVENT_TYPES),
        default: None,
        effect: SERIES,
    },
    Property {
        key: TIME_SERIES_RETAINED_RANGE,
        help: "Which events the server keeps, such as: limit 100 last 1h",
        allowed: Allowed::Range,
        default: Some("limit 10"),
        effect: SERIES,
    },
    Property {
        key: TIME_SERIES_SUBSCRIPTION_RANGE,
        help: "Which events a new subscriber gets; the latest one if nothing is said",
        allowed: Allowed::Range,
        default: None,
        effect: SERIES,
    },
    Property {
        key: VALIDATE_VALUES,
        help: "The server checks each value against the data type and the schema",
        allowed: Allowed::Boolean,
        default: Some("false"),
        effect: EVERY,
    },
];

impl Property {
    /// The property of a key, ignoring case.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        PROPERTIES.iter().find(|property| property.key.eq_ignore_ascii_case(key))
    }

    /// Whether it does anything for topics of a type.
    #[must_use]
    pub fn has_effect(&self, topic_type: TopicType) -> bool {
        self.effect.contains(&topic_type)
    }

    /// Whether a topic of that type cannot be without it.
    #[must_use]
    pub fn is_required(&self, topic_type: TopicType) -> bool {
        self.key == TIME_SERIES_EVENT_VALUE_TYPE && topic_type == TopicType::TimeSeries
    }

    /// The value that applies where a topic of that type does not have the property; none if there is none.
    #[must_use]
    pub fn default_for(&self, topic_type: TopicType) -> Option<&'static str> {
        if self.key == CONFLATION && topic_type == TopicType::TimeSeries { Some("off") } else { self.default }
    }

    /// The words to choose from for a topic of that type; none where any text may stand.
    #[must_use]
    pub fn choices(&self, topic_type: TopicType) -> &'static [&'static str] {
        match self.allowed {
            Allowed::Choice(_) if self.key == CONFLATION && topic_type == TopicType::TimeSeries => SERIES_CONFLATIONS,
            Allowed::Choice(words) => words,
            Allowed::Boolean => &["false", "true"],
            Allowed::Owner | Allowed::Removal | Allowed::Schema | Allowed::Range => &[],
        }
    }

    /// The normal form of a value for a topic of that type, or why it is none.
    ///
    /// # Errors
    /// The property has an effect on the type and the value is not allowed.
    pub fn normalise(
        &self,
        topic_type: TopicType,
        value: &str,
        check_schema: impl FnOnce(&str) -> Result<(), String>,
    ) -> Result<String, SpecError> {
        let fail = |reason: String| SpecError { property: self.key.to_owned(), reason };
        match self.allowed {
            Allowed::Boolean | Allowed::Choice(_) => {
                let lower = value.to_ascii_lowercase();
                // COMPRESSION was a boolean once and official clients still send one.
                let is_old_compression = self.key == COMPRESSION && matches!(lower.as_str(), "true" | "false");
                let words = self.choices(topic_type);
                if is_old_compression || words.contains(&lower.as_str()) {
                    Ok(lower)
                } else if self.key == VALIDATE_VALUES {
                    Ok("false".to_owned()) // the protocol reads anything else as false here
                } else {
                    let reason = format!("`{value}` is no value of {}; use {}", self.key, words.join(", "));
                    Err(fail(reason))
                }
            }
            _ if !self.has_effect(topic_type) => Ok(value.to_owned()),
            Allowed::Owner => {
                owner_principal(value).map(|_| value.to_owned()).map_err(|error| fail(error.located(value)))
            }
            Allowed::Removal => RemovalPolicy::parse(value)
                .map(|_| value.to_owned())
                .map_err(|error| fail(format!("{REMOVAL}: {}", error.located(value)))),
            Allowed::Range => EventRange::parse(value)
                .map(|_| value.to_owned())
                .map_err(|error| fail(format!("{}: {}", self.key, error.located(value)))),
            Allowed::Schema => {
                check_schema(value).map(|()| value.to_owned()).map_err(|reason| fail(format!("{SCHEMA}: {reason}")))
            }
        }
    }
}

/// Why a specification is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SpecError {
    /// The key of the property at fault.
    pub property: String,
    /// What is wrong, as a sentence without full stop.
    pub reason: String,
}

/// The form in which a server stores a specification: keys in upper case, booleans and enumerated values in lower
/// case, nothing that official clients cannot receive.
///
/// # Errors
/// A property is missing or has a value that is not allowed.
pub fn normalise(spec: &TopicSpec, check_schema: impl Fn(&str) -> Result<(), String>) -> Result<TopicSpec, SpecError> {
    let mut out = TopicSpec::new(spec.topic_type);
    for (key, value) in spec.properties.iter() {
        let Some(property) = Property::find(key) else {
            out.properties.set(key.to_ascii_uppercase(), value); // unknown keys are harmless to both clients
            continue;
        };
        let has_effect = property.has_effect(spec.topic_type);
        if property.key == DONT_RETAIN_VALUE && !has_effect {
            continue; // a JavaScript subscriber that sees it on a time series fails on every delta
        }
        match property.normalise(spec.topic_type, value, &check_schema) {
            Ok(value) => out.properties.set(property.key, value),
            Err(error) if has_effect => return Err(error),
            // Ignored by the protocol, but official clients stumble over the announcement.
            Err(_) => {}
        }
    }
    if let Some(missing) =
        PROPERTIES.iter().find(|p| p.is_required(spec.topic_type) && out.properties.value(p.key).is_none())
    {
        // The wording of a real server.
        let reason = format!("Missing mandatory property {}", missing.key);
        return Err(SpecError { property: missing.key.to_owned(), reason });
    }
    Ok(out)
}

/// Whether a text is a `RECORD_V2` schema; for [`normalise`] where nothing else is to be checked.
///
/// # Errors
/// It is none; the error says why.
pub fn check_schema(text: &str) -> Result<(), String> {
    Schema::from_text(text).map(|_| ()).map_err(|error| error.to_string())
}

/// Whether two normalised specifications are the same: the order of properties does not count.
#[must_use]
pub fn is_same(a: &TopicSpec, b: &TopicSpec) -> bool {
    a.topic_type == b.topic_type
        && a.properties.len() == b.properties.len()
        && a.properties.iter().all(|(key, value)| {
            let other = b.properties.value(key);
            other.is_some_and(|other| unified(key, other) == unified(key, value))
        })
}

/// One word for what the old booleans of `COMPRESSION` mean.
fn unified<'a>(key: &str, value: &'a str) -> &'a str {
    match value {
        "true" if key == COMPRESSION => "medium",
        "false" if key == COMPRESSION => "off",
        value => value,
    }
}

/// Two words and a quoted text, in which a backslash makes whatever follows literal.
const OWNER_RULES: Rules = Rules { quotes: true, ..Rules::WORDS };

/// The principal in an `OWNER` property.
///
/// # Errors
/// The text is not of the form `$Principal is "name"`; the error says why.
pub fn owner_principal(text: &str) -> Parsed<String> {
    const FORM: &str = "OWNER is written $Principal is \"name\"";
    let mut cursor = Cursor::new(text, &OWNER_RULES);
    let start = cursor.token_start();
    if cursor.word() != Some("$Principal") {
        return Cursor::fail_at(start, FORM);
    }
    if !cursor.keyword("is") {
        return cursor.fail(FORM);
    }
    let start = cursor.token_start();
    match cursor.quoted()? {
        None => cursor.fail(FORM),
        Some(name) if name.is_empty() => Cursor::fail_at(start, "the name in OWNER is empty"),
        Some(_) if !cursor.is_at_end() => cursor.fail("nothing may follow the name in OWNER"),
        Some(name) => Ok(name),
    }
}

/// The data types that events may have, in the order in which they are offered.
pub fn event_types() -> impl Iterator<Item = DataType> {
    EVENT_TYPES.iter().filter_map(|name| DataType::from_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(spec: &TopicSpec) -> Result<TopicSpec, SpecError> {
        normalise(spec, check_schema)
    }

    #[test]
    fn the_table_is_sorted_and_its_defaults_are_allowed() {
        assert!(PROPERTIES.windows(2).all(|pair| pair[0].key < pair[1].key));
        for property in PROPERTIES {
            for topic_type in TopicType::ALL {
                if let Some(default) = property.default_for(topic_type) {
                    assert_eq!(property.normalise(topic_type, default, |_| Ok(())).as_deref(), Ok(default));
                }
            }
        }
        assert_eq!(event_types().count(), DataType::ALL.len());
    }

    #[test]
    fn what_python_sends_becomes_what_javascript_reads() {
        let sent = TopicSpec::new(TopicType::Json)
            .with("dont_retain_value", "True")
            .with("COMPRESSION", "True")
            .with("CONFLATION", "OFF")
            .with("PRIORITY", "High")
            .with("_view", "x");
        let stored = TopicSpec::new(TopicType::Json)
            .with("DONT_RETAIN_VALUE", "true")
            .with("COMPRESSION", "true")
            .with("CONFLATION", "off")
            .with("PRIORITY", "high")
            .with("_VIEW", "x");
        assert_eq!(normal(&sent).as_ref(), Ok(&stored));
        assert_eq!(normal(&stored).as_ref(), Ok(&stored));
    }

    #[test]
    fn a_time_series_has_rules_of_its_own() {
        let bare = TopicSpec::new(TopicType::TimeSeries);
        assert_eq!(normal(&bare).unwrap_err().to_string(), "Missing mandatory property TIME_SERIES_EVENT_VALUE_TYPE");
        let series = bare.with("TIME_SERIES_EVENT_VALUE_TYPE", "JSON");
        let stored = normal(&series.clone().with("DONT_RETAIN_VALUE", "true")).unwrap();
        assert_eq!(stored, TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", "json"));
        for conflation in ["always", "conflate"] {
            assert_eq!(normal(&series.clone().with("CONFLATION", conflation)).unwrap_err().property, "CONFLATION");
        }
        assert!(normal(&series.clone().with("CONFLATION", "Unsubscribe")).is_ok());
        assert!(normal(&series.clone().with("TIME_SERIES_RETAINED_RANGE", "limit 0")).is_err());
        assert!(normal(&series.with("TIME_SERIES_EVENT_VALUE_TYPE", "recordv2")).is_err());
    }

    #[test]
    fn values_that_matter_are_checked_and_others_ignored() {
        let json = TopicSpec::new(TopicType::Json);
        for (key, value) in
            [("REMOVAL", "when never"), ("OWNER", "control"), ("PRIORITY", "urgent"), ("PUBLISH_VALUES_ONLY", "maybe")]
        {
            assert_eq!(normal(&json.clone().with(key, value)).unwrap_err().property, key);
        }
        let ignored = json.clone().with("SCHEMA", "no").with("TIME_SERIES_RETAINED_RANGE", "no");
        assert_eq!(normal(&ignored).as_ref(), Ok(&ignored));
        assert_eq!(normal(&json.clone().with("TIME_SERIES_EVENT_VALUE_TYPE", "x")).as_ref(), Ok(&json));
        let odd = json.clone().with("VALIDATE_VALUES", "perhaps");
        assert_eq!(normal(&odd).unwrap(), json.with("VALIDATE_VALUES", "false"));
        let record = TopicSpec::new(TopicType::RecordV2).with("SCHEMA", "{");
        assert_eq!(normal(&record).unwrap_err().property, "SCHEMA");
    }

    #[test]
    fn sameness_ignores_order_and_old_words() {
        let a = TopicSpec::new(TopicType::Json).with("PRIORITY", "high").with("COMPRESSION", "true");
        let b = TopicSpec::new(TopicType::Json).with("COMPRESSION", "medium").with("PRIORITY", "high");
        assert!(is_same(&a, &b) && is_same(&b, &a));
        assert!(!is_same(&a, &b.clone().with("PERSISTENT", "true")));
        assert!(!is_same(&TopicSpec::new(TopicType::Json), &TopicSpec::new(TopicType::String)));
    }

    #[test]
    fn owners() {
        assert_eq!(owner_principal("$Principal is 'control'").as_deref(), Ok("control"));
        assert_eq!(owner_principal(r#" $Principal  is "a\"\\b" "#).as_deref(), Ok(r#"a"\b"#));
        for text in
            ["", "control", "$Principal", "$Principal is", "$Principal is x", "$Principal is ''", "$Principalis 'a'"]
        {
            assert!(owner_principal(text).is_err(), "{text}");
        }
        assert!(owner_principal("$Principal is 'a").is_err());
        assert!(owner_principal("$Principal is 'a' or 'b'").is_err());
    }

    proptest! {
        #[test]
        fn normalising_never_panics_and_twice_is_once(
            id in 14u8..=21,
            at in 0usize..14,
            value in prop_oneof![
                any::<String>(),
                "(TRUE|False|off|Always|UNSUBSCRIBE|json|limit 3|when this session closes|\\$Principal is 'x')",
            ],
            owner in any::<String>(),
        ) {
            let _ = owner_principal(&owner);
            let spec = TopicSpec::new(TopicType::from_id(id).unwrap())
                .with("TIME_SERIES_EVENT_VALUE_TYPE", "Json")
                .with(PROPERTIES[at].key, value);
            if let Ok(once) = normal(&spec) {
                prop_assert_eq!(normal(&once), Ok(once));
            }
        }
    }
}
