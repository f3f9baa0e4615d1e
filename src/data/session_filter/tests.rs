//! Tests of session filters: meaning, text, errors and bounds.

use super::*;
use proptest::prelude::*;

const SESSION: &[(&str, &str)] = &[
    ("$Principal", "alice"),
    ("$Country", "UK"),
    ("$Latitude", "NaN"),
    ("$Roles", "\"CLIENT\",\"operator\""),
    ("Department", "Accounts"),
    ("Text", "xyz\"\\"),
    ("Quote", "O'Brien"),
    ("Empty", ""),
    ("Num", "12"),
];

fn selects(filter: &SessionFilter) -> bool {
    filter.selects(|key| SESSION.iter().find(|(k, _)| *k == key).map(|(_, value)| Cow::Borrowed(*value)))
}

#[test]
fn what_is_selected() {
    for (text, expected) in [
        ("all", true),
        ("ALL", true),
        ("$Principal is 'alice'", true),
        ("$Principal EQ \"alice\"", true),
        ("$Principal is 'Alice'", false),
        ("$principal is 'alice'", false),
        ("$Principal ne 'alice'", false),
        ("Department is \"Accounts\" and $Country ne \"US\"", true),
        ("Department is \"Payroll\" or $Country is \"UK\" and hasRoles [\"operator\"]", true),
        ("(Department is \"Payroll\" or $Country is \"UK\") and hasRoles \"admin\"", false),
        ("not (Department is \"Accounts\" or Department is \"Payroll\")", false),
        ("not Department is \"Payroll\" and $Country is \"UK\"", true),
        ("not not all", true),
        ("hasRoles [\"operator\" \"CLIENT\"]", true),
        ("hasRoles 'operator','CLIENT'", true),
        ("HASROLES[\"operator\", \"ADMINISTRATOR\"]", false),
        ("$Roles eq '\"operator\"'", false),
        ("$Roles eq '\"CLIENT\",\"operator\"'", true),
        ("$Country in 'UK','DE','FR'", true),
        ("$Country in['UK' 'DE']", true),
        ("$Country in ['US', 'CA']", false),
        ("$Country in {\"US\",\"CA\"}", false),
        ("has Department", true),
        ("has $Country", true),
        ("has Grade", false),
        ("has all", false),
        ("Grade is 'x'", false),
        ("Grade ne 'x'", true),
        ("Grade in ['x']", false),
        ("Grade matches '.*'", false),
        ("$Principal matches 'al.*'", true),
        ("$Principal matches 'al'", false),
        ("Text is \"xyz\\\"\\\\\"", true),
        ("Quote is 'O\\'Brien'", true),
        ("Quote is \"O'Brien\"", true),
        ("Num matches '\\d+'", true),
        ("Num matches '\\\\d+'", true),
        ("Empty is ''", true),
        ("$Latitude is 'NaN'", true),
        ("( all )", true),
        ("Department\tis\n'Accounts'", true),
    ] {
        let filter = SessionFilter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(selects(&filter), expected, "{text}");
        let again = SessionFilter::parse(&filter.to_string()).unwrap_or_else(|error| panic!("{filter}: {error}"));
        assert_eq!(selects(&again), expected, "{text} as {filter}");
    }
}

#[test]
fn errors_say_where() {
    for (text, position) in [
        ("", 0),
        (" ", 1),
        ("Department", 10),
        ("Department is Accounts", 14),
        ("Department is 5", 14),
        ("Department = \"x\"", 11),
        ("Department is \"x", 14),
        ("Department is 'x\"", 14),
        ("(all", 0),
        ("all)", 3),
        ("all all", 4),
        ("hasRoles", 8),
        ("hasRoles operator", 9),
        ("has", 3),
        ("and all", 0),
        ("all and", 7),
        ("not", 3),
        ("in ['a']", 0),
        ("$Country in []", 13),
        ("$Country in ['UK'", 17),
        ("$Country in 'UK',", 17),
        ("$Principal matches '('", 19),
        ("is 'x'", 0),
        ("true", 4),
        ("$StartTime exists", 11),
        ("x is 'é' or é", 15),
    ] {
        let error = SessionFilter::parse(text).expect_err(text);
        assert_eq!(error.position, position, "{text}: {error}");
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    assert!(SessionFilter::parse(&format!("{}all{}", "(".repeat(32), ")".repeat(32))).is_ok());
    for deep in ["(".repeat(16_000), "not ".repeat(4_000), format!("has {}", "x".repeat(MAX_LEN))] {
        assert!(SessionFilter::parse(&deep).is_err());
    }
}

#[test]
fn roles_read_back() {
    let text = roles_text(["b\"", "a", "b\""]);
    assert_eq!(text, r#""a","b\"""#);
    assert_eq!(read_roles(&text), BTreeSet::from(["a".to_owned(), "b\"".to_owned()]));
    assert_eq!(read_roles("'x' and \"y"), BTreeSet::from(["x".to_owned()]));
    assert!(read_roles("").is_empty());
}

proptest! {
    #[test]
    fn parsing_never_panics_and_its_text_means_the_same(
        text in prop_oneof![
            any::<String>(),
            "(( |\\(|\\)|not |all|and |or |has |hasRoles |\\$Principal |Num |is |ne |in |matches |'1\\\\.*'|'alice'|\\[|\\]|,)){0,14}",
        ]
    ) {
        match SessionFilter::parse(&text) {
            Ok(filter) => {
                let again = SessionFilter::parse(&filter.to_string());
                prop_assert!(again.is_ok(), "{}", filter);
                prop_assert_eq!(again.map(|again| (selects(&again), again.to_string())), Ok((selects(&filter), filter.to_string())));
            }
            Err(error) => prop_assert!(text.is_char_boundary(error.position)),
        }
    }

    #[test]
    fn a_value_in_quotes_is_that_value(value in any::<String>()) {
        let filter = SessionFilter::parse(&format!("key is {}", quoted(&value))).unwrap();
        prop_assert!(filter.selects(|_| Some(Cow::Borrowed(value.as_str()))));
        let other = format!("{value}.");
        prop_assert!(!filter.selects(|_| Some(Cow::Borrowed(other.as_str()))));
    }
}
