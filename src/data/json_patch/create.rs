//! JSON patches made from two values.

use crate::data::pointer::{Pointer, Segment};
use crate::data::value::json::Json;
use crate::data::value::json_diff::JsonDiff;
use std::collections::HashSet;

/// A patch that turns the old value into the new one, as JSON text on one line; none if nothing differs.
///
/// Members of an object may end up in another order.
#[must_use]
pub fn between(old: &Json, new: &Json) -> Option<String> {
    let diff = JsonDiff::new(old, new);
    if diff.is_empty() {
        return None;
    }
    // Below an array the same pointer may mean two places, as elements before it come and go.
    let stable = |pointer: &Pointer| !pointer.segments().iter().any(|s| matches!(s, Segment::Index(_)));
    let inserted: HashSet<&Pointer> = diff.inserted.iter().map(|(pointer, _)| pointer).collect();
    let removed: HashSet<&Pointer> = diff.removed.iter().map(|(pointer, _)| pointer).collect();
    let replaced = |pointer: &Pointer| stable(pointer) && inserted.contains(pointer) && removed.contains(pointer);
    let mut operations = Vec::new();
    // From the last to the first, so that the places of those still to be removed stay what they are.
    let gone: Vec<&Pointer> = diff.removed.iter().map(|(pointer, _)| pointer).filter(|p| !replaced(p)).collect();
    operations.extend(gone.into_iter().rev().map(|pointer| operation("remove", pointer, None)));
    for (pointer, value) in diff.inserted.iter() {
        let name = if replaced(pointer) { "replace" } else { "add" };
        operations.push(operation(name, pointer, Some(value)));
    }
    Some(Json::Array(operations).to_text())
}

fn operation(name: &str, pointer: &Pointer, value: Option<&Json>) -> Json {
    let mut members =
        vec![("op".to_owned(), Json::String(name.to_owned())), ("path".to_owned(), Json::String(pointer.to_string()))];
    members.extend(value.map(|value| ("value".to_owned(), value.clone())));
    Json::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(old: &str, new: &str) -> String {
        let json = |text| Json::from_text(text).expect("JSON");
        between(&json(old), &json(new)).unwrap_or_default()
    }

    #[test]
    fn members_are_replaced_added_and_removed() {
        assert_eq!(patch(r#"{"a":1}"#, r#"{"a":1}"#), "");
        assert_eq!(patch(r#"{"a":1,"b":2}"#, r#"{"a":3,"b":2}"#), r#"[{"op":"replace","path":"/a","value":3}]"#);
        assert_eq!(
            patch(r#"{"a":1,"b":2}"#, r#"{"b":2,"c/d":[]}"#),
            r#"[{"op":"remove","path":"/a"},{"op":"add","path":"/c~1d","value":[]}]"#
        );
        assert_eq!(patch("1", "[]"), r#"[{"op":"replace","path":"","value":[]}]"#);
    }

    #[test]
    fn elements_go_from_the_last_and_come_from_the_first() {
        assert_eq!(
            patch("[1,2,3,4]", "[2,4,5,6]"),
            concat!(
                r#"[{"op":"remove","path":"/2"},{"op":"remove","path":"/0"},"#,
                r#"{"op":"add","path":"/2","value":5},{"op":"add","path":"/3","value":6}]"#
            )
        );
    }
}
