//! Turns a stored object into a value, leaving out the parts that do not fit.

use super::Warning;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use std::path::Path;

/// The key that holds the version of the form.
const VERSION: &str = "version";
/// Parts named to the user; more would help nobody.
const MOST_PARTS: usize = 20;

/// The value in `stored`; keys that cannot be used are reported and stand at their default.
pub(super) fn value<T>(stored: Map<String, Value>, path: &Path, warnings: &mut Vec<Warning>) -> T
where
    T: Default + DeserializeOwned + Serialize,
{
    let stored: Map<_, _> = stored.into_iter().map(|(key, value)| (key, plain_numbers(value))).collect();
    let Ok(Value::Object(defaults)) = serde_json::to_value(T::default()) else { return T::default() };
    let version = |object: &Map<String, Value>| object.get(VERSION).and_then(Value::as_u64);
    if version(&stored).is_some_and(|stored| version(&defaults).is_some_and(|known| stored > known)) {
        warnings.push(Warning::Newer { path: path.to_owned() });
    }
    if let Ok(value) = serde_json::from_value(Value::Object(stored.clone())) {
        return value;
    }
    // Something does not fit: take over one part after the other and keep those that do.
    let mut pruning = Pruning {
        root: Value::Object(defaults),
        fits: |root: &Value| serde_json::from_value::<T>(root.clone()).map(drop).map_err(|problem| problem.to_string()),
        left_out: Vec::new(),
    };
    pruning.take_over("", Value::Object(stored));
    let parts = pruning.left_out.into_iter();
    warnings.extend(parts.map(|(key, reason)| Warning::Part { key, reason, path: path.to_owned() }));
    serde_json::from_value(pruning.root).unwrap_or_default()
}

/// A value that fits at every moment, and what could not become part of it.
struct Pruning<F> {
    root: Value,
    fits: F,
    /// Where (as `profiles/2/port`) and why.
    left_out: Vec<(String, String)>,
}

impl<F: Fn(&Value) -> Result<(), String>> Pruning<F> {
    /// Puts the children of `source` into the container at the JSON pointer `at`.
    fn take_over(&mut self, at: &str, source: Value) {
        match source {
            Value::Object(children) => {
                for (key, child) in children {
                    self.take_over_child(at, Some(key), child);
                }
            }
            Value::Array(children) => {
                for child in children {
                    self.take_over_child(at, None, child);
                }
            }
            _ => {}
        }
    }

    fn take_over_child(&mut self, at: &str, key: Option<String>, child: Value) {
        let former = key.as_ref().and_then(|key| self.root.pointer(at)?.get(key).cloned());
        let place = self.put(at, key.as_deref(), child.clone());
        let Err(reason) = (self.fits)(&self.root) else { return };
        // A container may be right but for a part of it.
        let empty = match &child {
            Value::Object(children) if !children.is_empty() => Some(Value::Object(Map::new())),
            Value::Array(children) if !children.is_empty() => Some(Value::Array(Vec::new())),
            _ => None,
        };
        if let (Some(empty), Some(slot)) = (empty, self.root.pointer_mut(&place)) {
            *slot = empty;
            if (self.fits)(&self.root).is_ok() {
                self.take_over(&place, child);
                return;
            }
        }
        match (self.root.pointer_mut(at), key, former) {
            (Some(Value::Object(object)), Some(key), Some(former)) => drop(object.insert(key, former)),
            (Some(Value::Object(object)), Some(key), None) => drop(object.shift_remove(&key)),
            (Some(Value::Array(items)), ..) => drop(items.pop()),
            _ => {}
        }
        if self.left_out.len() < MOST_PARTS {
            self.left_out.push((place.trim_start_matches('/').to_owned(), reason));
        }
    }

    /// Inserts or appends; answers where the child now is.
    fn put(&mut self, at: &str, key: Option<&str>, child: Value) -> String {
        match (self.root.pointer_mut(at), key) {
            (Some(Value::Object(object)), Some(key)) => {
                object.insert(key.to_owned(), child);
                format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            (Some(Value::Array(items)), None) => {
                items.push(child);
                format!("{at}/{}", items.len() - 1)
            }
            _ => at.to_owned(),
        }
    }
}

/// Writes fractions in their shortest form: the exact text of a number, which the program keeps for values of topics,
/// cannot be read into a field beside a `flatten` map.
fn plain_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            number.as_f64().and_then(Number::from_f64).map_or(Value::Number(number), Value::Number)
        }
        Value::Array(items) => items.into_iter().map(plain_numbers).collect(),
        Value::Object(object) => {
            object.into_iter().map(|(key, value)| (key, plain_numbers(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
