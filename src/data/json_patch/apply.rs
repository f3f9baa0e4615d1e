//! JSON patches, read and applied.
//!
//! What strangers send is bounded: operations, depth, how much copies may add, and what all of it costs.

use crate::data::cost::{self, Account, Exhausted};
use crate::data::pointer::{Pointer, Segment};
use crate::data::value::json::Json;

/// Operations that a patch may have.
const MAX_OPERATIONS: usize = 10_000;
/// How deep an operation may make the value.
const MAX_DEPTH: usize = 128;
/// Bytes that copies may add to the value: each can double it.
const MAX_COPIED: usize = 16 << 20;

#[derive(Debug)]
enum Operation {
    Add(Pointer, Json),
    Remove(Pointer),
    Replace(Pointer, Json),
    Move(Pointer, Pointer),
    Copy(Pointer, Pointer),
    Test(Pointer, Json),
}

/// A patch that has been read.
#[derive(Debug)]
pub struct Patch(Vec<Operation>);

impl Patch {
    /// Reads a patch.
    ///
    /// # Errors
    /// The text is no patch; the error says which operation is wrong, from 0, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse(text).map(Self)
    }

    /// Performs the operations; the place of the first that fails, after which the value is of no use.
    ///
    /// # Errors
    /// They take more than the account has; the value is of no use either.
    pub fn apply(self, value: &mut Json, account: &mut Account) -> Result<Option<usize>, Exhausted> {
        failing(value, self.0, account)
    }
}

/// Performs the operations; the place of the first that fails.
fn failing(value: &mut Json, operations: Vec<Operation>, account: &mut Account) -> Result<Option<usize>, Exhausted> {
    let mut work = Work { account, copied: 0, exhausted: false };
    let failed = operations.into_iter().position(|operation| work.perform(value, operation).is_none());
    if work.exhausted { Err(Exhausted) } else { Ok(failed) }
}

fn parse(text: &str) -> Result<Vec<Operation>, String> {
    let Json::Array(items) = Json::from_text(text).map_err(|error| error.located(text))? else {
        return Err("A JSON patch is an array".to_owned());
    };
    if items.len() > MAX_OPERATIONS {
        return Err(format!("A JSON patch has at most {MAX_OPERATIONS} operations"));
    }
    items.iter().enumerate().map(|(at, item)| operation(item).map_err(|e| format!("Operation {at}: {e}"))).collect()
}

fn operation(item: &Json) -> Result<Operation, String> {
    let text = |key: &str| match item.member(key) {
        Some(Json::String(text)) => Ok(text.as_str()),
        _ => Err(format!("it needs text as “{key}”")),
    };
    let pointer = |key: &str| text(key)?.parse::<Pointer>().map_err(|error| error.to_string());
    let value = || item.member("value").cloned().ok_or_else(|| "it needs a “value”".to_owned());
    let path = pointer("path")?;
    Ok(match text("op")? {
        "add" => Operation::Add(path, value()?),
        "remove" => Operation::Remove(path),
        "replace" => Operation::Replace(path, value()?),
        "move" => Operation::Move(pointer("from")?, path),
        "copy" => Operation::Copy(pointer("from")?, path),
        "test" => Operation::Test(path, value()?),
        other => return Err(format!("“{other}” is no operation")),
    })
}

/// The operations of a patch on their way: what they cost, and what copies have added.
struct Work<'a> {
    account: &'a mut Account,
    copied: usize,
    exhausted: bool,
}

impl Work<'_> {
    /// Performs an operation; none if it fails, or if the account is empty.
    fn perform(&mut self, root: &mut Json, operation: Operation) -> Option<()> {
        self.charge(cost::PART)?;
        match operation {
            Operation::Add(path, value) => self.add(root, &path, value),
            Operation::Remove(path) => self.remove(root, &path).map(drop),
            Operation::Replace(path, value) => {
                let value = self.fitting(&path, value)?;
                *self.find(root, path.segments())? = value;
                Some(())
            }
            Operation::Move(from, path) if from == path => self.find(root, from.segments()).map(drop),
            Operation::Move(from, path) if path.starts_with(&from) => None,
            Operation::Move(from, path) => {
                let value = self.remove(root, &from)?;
                self.add(root, &path, value)
            }
            Operation::Copy(from, path) => {
                let value = &*self.find(root, from.segments())?;
                self.walk(value)?;
                self.copied = self.copied.saturating_add(value.to_cbor().len());
                if self.copied > MAX_COPIED {
                    return None;
                }
                let value = value.clone();
                self.add(root, &path, value)
            }
            Operation::Test(path, value) => {
                let found = &*self.find(root, path.segments())?;
                self.walk(found)?;
                self.walk(&value)?;
                (found.to_cbor() == value.to_cbor()).then_some(())
            }
        }
    }

    fn charge(&mut self, units: u64) -> Option<()> {
        self.exhausted |= self.account.charge(units).is_err();
        (!self.exhausted).then_some(())
    }

    /// Charges for a walk through a whole value.
    fn walk(&mut self, value: &Json) -> Option<()> {
        self.exhausted |= value.charge(self.account).is_err();
        (!self.exhausted).then_some(())
    }

    /// The value, unless it would make the whole too deep at this place.
    fn fitting(&mut self, path: &Pointer, value: Json) -> Option<Json> {
        self.walk(&value)?;
        (path.segments().len() + value.depth() <= MAX_DEPTH).then_some(value)
    }

    fn find<'v>(&mut self, root: &'v mut Json, segments: &[Segment]) -> Option<&'v mut Json> {
        segments.iter().try_fold(root, |value, segment| match (value, segment) {
            (Json::Array(items), Segment::Index(index)) => items.get_mut(*index as usize),
            (Json::Object(members), segment) => {
                self.look_through(members)?;
                let at = place_of(members, &key_text(segment))?;
                Some(&mut members[at].1)
            }
            _ => None,
        })
    }

    /// Charges for looking for a member.
    fn look_through(&mut self, members: &[(String, Json)]) -> Option<()> {
        self.charge(1 + members.len() as u64)
    }

    /// Charges for moving the items behind a place in an array.
    fn shift(&mut self, behind: usize) -> Option<()> {
        self.charge(cost::bytes_cost(behind * size_of::<Json>()))
    }

    fn add(&mut self, root: &mut Json, path: &Pointer, value: Json) -> Option<()> {
        let value = self.fitting(path, value)?;
        let Some((last, parents)) = path.segments().split_last() else {
            *root = value;
            return Some(());
        };
        match (self.find(root, parents)?, last) {
            (Json::Array(items), Segment::Index(index)) if *index as usize <= items.len() => {
                self.shift(items.len() - *index as usize)?;
                items.insert(*index as usize, value);
            }
            (Json::Array(items), Segment::Key(key)) if key == "-" => items.push(value),
            (Json::Object(members), segment) => {
                let key = key_text(segment);
                self.look_through(members)?;
                match place_of(members, &key) {
                    Some(at) => members[at].1 = value,
                    None => members.push((key, value)),
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn remove(&mut self, root: &mut Json, path: &Pointer) -> Option<Json> {
        let (last, parents) = path.segments().split_last()?;
        match (self.find(root, parents)?, last) {
            (Json::Array(items), Segment::Index(index)) if (*index as usize) < items.len() => {
                self.shift(items.len() - *index as usize)?;
                Some(items.remove(*index as usize))
            }
            (Json::Object(members), segment) => {
                self.look_through(members)?;
                let at = place_of(members, &key_text(segment))?;
                self.shift(members.len() - at)?;
                Some(members.remove(at).1)
            }
            _ => None,
        }
    }
}

fn place_of(members: &[(String, Json)], key: &str) -> Option<usize> {
    members.iter().position(|(k, _)| k == key)
}

fn key_text(segment: &Segment) -> String {
    match segment {
        Segment::Index(index) => index.to_string(),
        Segment::Key(key) => key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(root: &mut Json, patch: &str) -> Option<usize> {
        super::failing(root, parse(patch).unwrap(), &mut Account::request()).expect("cheap")
    }

    #[test]
    fn the_size_of_what_is_touched_counts_for_every_operation() {
        let large = format!(r#"{{"a":[{}1],"b":[]}}"#, "1,".repeat(20_000));
        let there_and_back = r#"{"op":"move","from":"/a","path":"/c"},{"op":"move","from":"/c","path":"/a"}"#;
        for (operation, times) in [
            (there_and_back, 5000),
            (r#"{"op":"copy","from":"/a","path":"/b"}"#, 100),
            (r#"{"op":"test","path":"/a","value":[]}"#, 100),
            (r#"{"op":"add","path":"/a/0","value":0}"#, 5000),
        ] {
            let mut root = Json::from_text(&large).unwrap();
            let patch = parse(&format!("[{}]", vec![operation; times].join(","))).unwrap();
            let mut account = Account::request();
            let applied = super::failing(&mut root, patch, &mut account);
            let first_fails = operation.contains("test");
            assert_eq!(applied, if first_fails { Ok(Some(0)) } else { Err(Exhausted) }, "{operation}");
            assert!(account.spent() <= cost::REQUEST);
        }
        let mut root = Json::from_text(&large).unwrap();
        let small = vec![r#"{"op":"add","path":"/b/-","value":0}"#; 3000].join(",");
        assert_eq!(failing(&mut root, &format!("[{small}]")), None, "many small ones are not costly");
    }

    fn check(value: &str, patch: &str, expected: Result<&str, usize>) {
        let mut root = Json::from_text(value).unwrap();
        let failed = failing(&mut root, patch);
        let text = root.to_text();
        assert_eq!(failed.map_or(Ok(text.as_str()), Err), expected, "{patch}");
    }

    #[test]
    fn operations() {
        check(r#"{"a":1}"#, r#"[{"op":"add","path":"/b","value":[2]}]"#, Ok(r#"{"a":1,"b":[2]}"#));
        check("[1,2]", r#"[{"op":"add","path":"/1","value":9},{"op":"add","path":"/-","value":3}]"#, Ok("[1,9,2,3]"));
        check("[1,2]", r#"[{"op":"add","path":"/3","value":9}]"#, Err(0));
        check(r#"{"a":1,"b":2}"#, r#"[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]"#, Err(1));
        check(r#"{"a":1}"#, r#"[{"op":"replace","path":"","value":null}]"#, Ok("null"));
        check(r#"{"a":{"b":1}}"#, r#"[{"op":"move","from":"/a/b","path":"/c"}]"#, Ok(r#"{"a":{},"c":1}"#));
        check(r#"{"a":{"b":1}}"#, r#"[{"op":"move","from":"/a","path":"/a/b"}]"#, Err(0));
        check(r#"{"1":[7]}"#, r#"[{"op":"copy","from":"/1/0","path":"/x"}]"#, Ok(r#"{"1":[7],"x":7}"#));
        check(r#"{"a":1}"#, r#"[{"op":"test","path":"/a","value":1}]"#, Ok(r#"{"a":1}"#));
        check(r#"{"a":1}"#, r#"[{"op":"test","path":"/a","value":1.0}]"#, Err(0));
        check(r#"{"a":1}"#, r#"[{"op":"test","path":"/a","value":2}]"#, Err(0));
        check(r#"{"a":1}"#, r#"[{"op":"test","path":"/b","value":null}]"#, Err(0));
    }

    #[test]
    fn every_failure_has_its_place() {
        let fine = r#"{"op":"test","path":"/a","value":[1,2]}"#;
        for failing in [
            r#"{"op":"add","path":"/b/c","value":1}"#,
            r#"{"op":"add","path":"/a/3","value":1}"#,
            r#"{"op":"add","path":"/a/01","value":1}"#,
            r#"{"op":"add","path":"/a/x","value":1}"#,
            r#"{"op":"add","path":"/n/x","value":1}"#,
            r#"{"op":"remove","path":""}"#,
            r#"{"op":"remove","path":"/b"}"#,
            r#"{"op":"remove","path":"/a/2"}"#,
            r#"{"op":"remove","path":"/a/-"}"#,
            r#"{"op":"replace","path":"/b","value":1}"#,
            r#"{"op":"replace","path":"/a/-","value":1}"#,
            r#"{"op":"replace","path":"/a/2","value":1}"#,
            r#"{"op":"move","from":"/b","path":"/c"}"#,
            r#"{"op":"move","from":"/a","path":"/a/0"}"#,
            r#"{"op":"move","from":"/a","path":"/b/c"}"#,
            r#"{"op":"move","from":"/b","path":"/b"}"#,
            r#"{"op":"copy","from":"/a/2","path":"/c"}"#,
            r#"{"op":"copy","from":"/a","path":"/n/x"}"#,
            r#"{"op":"test","path":"/a/-","value":2}"#,
            r#"{"op":"test","path":"/a","value":[2,1]}"#,
            r#"{"op":"test","path":"/o","value":{"y":2,"x":1}}"#,
            r#"{"op":"test","path":"/n","value":1.0}"#,
            r#"{"op":"test","path":"/n","value":"1"}"#,
        ] {
            let value = r#"{"a":[1,2],"n":1,"o":{"x":1,"y":2}}"#;
            let mut root = Json::from_text(value).unwrap();
            let patch = format!("[{fine},{failing},{fine}]");
            assert_eq!(self::failing(&mut root, &patch), Some(1), "{failing}");
        }
    }

    #[test]
    fn a_value_cannot_be_blown_up() {
        let patch = |operation: &str, times: usize| format!("[{}]", vec![operation; times].join(","));
        let doubling = patch(r#"{"op":"copy","from":"/a","path":"/a/-"}"#, 60);
        let mut root = Json::from_text(r#"{"a":["some text"]}"#).unwrap();
        let mut much = Account::of(1 << 40);
        let failed = super::failing(&mut root, parse(&doubling).unwrap(), &mut much).unwrap();
        assert!(failed.is_some_and(|at| at > 10));
        let deepening = patch(r#"{"op":"copy","from":"","path":"/a"}"#, 1000);
        let mut root = Json::from_text("{}").unwrap();
        assert_eq!(failing(&mut root, &deepening), Some(MAX_DEPTH - 1));
        assert!(parse(&patch(r#"{"op":"remove","path":""}"#, MAX_OPERATIONS + 1)).is_err());
    }

    #[test]
    fn what_is_no_patch() {
        for text in [
            "",
            "{}",
            "[1]",
            r#"[{"op":"add","path":"/a"}]"#,
            r#"[{"op":"jump","path":""}]"#,
            r#"[{"op":"remove","path":"a"}]"#,
            r#"[{"path":"/a"}]"#,
            r#"[{"op":"REMOVE","path":"/a"}]"#,
            r#"[{"op":"test","path":"/a","value":1},{"op":"copy","path":"/a"}]"#,
            r#"[{"op":"move","from":1,"path":"/a"}]"#,
            r#"[{"op":"remove","path":null}]"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
