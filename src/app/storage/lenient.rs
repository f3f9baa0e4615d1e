//! Turns a stored object into a value, leaving out what does not fit, key by key.

use super::Warning;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use std::path::Path;

/// The key that holds the version of the form.
const VERSION: &str = "version";

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
    // Something does not fit: take over one key after the other and keep those that do.
    let mut accepted = defaults;
    for (key, value) in stored {
        let before = accepted.insert(key.clone(), value);
        if let Err(problem) = serde_json::from_value::<T>(Value::Object(accepted.clone())) {
            warnings.push(Warning::Part { key: key.clone(), reason: problem.to_string(), path: path.to_owned() });
            match before {
                Some(default) => accepted.insert(key, default),
                None => accepted.shift_remove(&key),
            };
        }
    }
    serde_json::from_value(Value::Object(accepted)).unwrap_or_default()
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
