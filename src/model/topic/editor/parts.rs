//! Parts of a JSON draft edited in place: its text is changed where the part stands and nowhere else.
//!
//! The text, not the value: numbers keep the digits and everything keeps the layout that was typed.

use crate::data::pointer::Pointer;
use crate::data::syntax::Parsed;
use crate::data::value::json::Json;
use crate::data::value::json_diff::JsonDiff;
use std::collections::HashMap;
use std::ops::Range;

/// A change of one part; parts are named by JSON pointers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartEdit {
    /// Another value, as JSON text.
    Set {
        /// Which part.
        pointer: String,
        /// Its text.
        text: String,
    },
    /// Another key for a member.
    Rename {
        /// Which member.
        pointer: String,
        /// Its key.
        key: String,
    },
    /// One member more, at the end of an object.
    AddMember {
        /// Which object.
        pointer: String,
        /// Its key.
        key: String,
        /// Its value as JSON text.
        text: String,
    },
    /// One element more, at the end of an array.
    AddElement {
        /// Which array.
        pointer: String,
        /// Its value as JSON text.
        text: String,
    },
    /// Take a member or an element away.
    Remove {
        /// Which.
        pointer: String,
    },
}

/// How a part of a draft differs from the value it began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It has another value.
    Changed,
    /// It is new.
    Added,
    /// Something was taken out of it.
    Shorter,
}

/// Whether a text is one JSON value.
///
/// # Errors
/// It is none, with the place.
pub fn check_value(text: &str) -> Parsed {
    super::check::check(crate::data::value::DataType::Json, text, None).map(|_| ())
}

/// The text after a change.
///
/// # Errors
/// The change cannot be made, in words.
pub fn apply(text: &str, edit: &PartEdit) -> Result<String, String> {
    let at = |pointer: &str| find(text, pointer).ok_or_else(|| "This part is no longer there".to_owned());
    let value = |text: &str| check_value(text).map_err(|problem| problem.reason).map(|()| text.trim().to_owned());
    let mut out = text.to_owned();
    match edit {
        PartEdit::Set { pointer, text } => out.replace_range(at(pointer)?.value, &value(text)?),
        PartEdit::Rename { pointer, key } => {
            let place = at(pointer)?;
            let Some(old) = place.key else { return Err("Only a member has a key".into()) };
            let parent = pointer.rfind('/').map_or("", |slash| &pointer[..slash]);
            if unquoted(&text[old.clone()]).as_ref() != Some(key) {
                is_free(text, parent, key)?;
            }
            out.replace_range(old, &quoted(key));
        }
        PartEdit::AddMember { pointer, key, text: new } => {
            is_free(text, pointer, key)?;
            insert(&mut out, &at(pointer)?.value, &format!("{}: {}", quoted(key), value(new)?))?;
        }
        PartEdit::AddElement { pointer, text: new } => insert(&mut out, &at(pointer)?.value, &value(new)?)?,
        PartEdit::Remove { pointer } => {
            let place = at(pointer)?;
            if pointer.is_empty() {
                return Err("The whole value cannot be taken away".into());
            }
            out.replace_range(
                with_comma(text, place.key.map_or(place.value.start, |key| key.start)..place.value.end),
                "",
            );
        }
    }
    Ok(out)
}

/// The text of a part as it was typed; none if there is no such part.
#[must_use]
pub fn text_of<'t>(text: &'t str, pointer: &str) -> Option<&'t str> {
    find(text, pointer).map(|place| &text[place.value])
}

/// How the parts of a value differ from those of another; parts that were taken away mark what they were in.
#[must_use]
pub fn marks(base: &Json, now: &Json) -> HashMap<String, Mark> {
    let diff = JsonDiff::new(base, now);
    let mut marks = HashMap::new();
    for (pointer, _) in diff.inserted.iter() {
        let changed = diff.removed.part(pointer).is_some();
        marks.insert(pointer.to_string(), if changed { Mark::Changed } else { Mark::Added });
    }
    for (pointer, _) in diff.removed.iter() {
        if diff.inserted.part(pointer).is_none()
            && let Some(parent) = pointer.parent()
        {
            marks.entry(parent.to_string()).or_insert(Mark::Shorter);
        }
    }
    marks
}

fn is_free(text: &str, object: &str, key: &str) -> Result<(), String> {
    let json = Json::from_text(text).map_err(|error| error.reason)?;
    let found = object.parse::<Pointer>().ok().and_then(|pointer| pointer.find(&json).cloned());
    match found {
        Some(Json::Object(members)) if members.iter().any(|(there, _)| there == key) => {
            Err(format!("There is a key “{key}” already"))
        }
        _ => Ok(()),
    }
}

fn quoted(key: &str) -> String {
    Json::String(key.to_owned()).to_text()
}

fn unquoted(text: &str) -> Option<String> {
    match Json::from_text(text) {
        Ok(Json::String(text)) => Some(text),
        _ => None,
    }
}

/// Puts a child at the end of a container, laid out as the one before it.
fn insert(out: &mut String, container: &Range<usize>, child: &str) -> Result<(), String> {
    let inside = &out[container.clone()];
    if !inside.starts_with(['{', '[']) {
        return Err("Only objects and arrays take new parts".into());
    }
    let body = inside[1..inside.len() - 1].trim_end();
    let end = container.start + 1 + body.len();
    let lined = inside.contains('\n');
    let child = if body.trim().is_empty() {
        child.to_owned()
    } else if lined {
        format!(",\n{}{child}", indent(out, container.start + 1 + leading(body)))
    } else {
        format!(", {child}")
    };
    out.insert_str(end, &child);
    Ok(())
}

fn leading(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The spaces that the line of a place begins with.
fn indent(text: &str, place: usize) -> String {
    let line = &text[text[..place].rfind('\n').map_or(0, |at| at + 1)..];
    line.chars().take_while(|c| *c == ' ' || *c == '\t').collect()
}

/// A child with the comma that goes with it, and the space around that.
fn with_comma(text: &str, child: Range<usize>) -> Range<usize> {
    let before = text[..child.start].trim_end().len();
    let after = child.end + leading(&text[child.end..]);
    if text[..before].ends_with(',') {
        before - 1..child.end
    } else if text[after..].starts_with(',') {
        child.start..after + 1 + leading(&text[after + 1..])
    } else {
        // The only child: its container is left empty.
        before..after
    }
}

/// Where a part stands in a text.
struct Place {
    value: Range<usize>,
    key: Option<Range<usize>>,
}

/// Finds a part of a text that is JSON.
fn find(text: &str, pointer: &str) -> Option<Place> {
    let mut scan = Scan { text: text.as_bytes(), at: 0 };
    scan.space();
    let mut place = Place { value: scan.at..scan.value()?, key: None };
    for token in pointer.split('/').skip(1) {
        let wanted = token.replace("~1", "/").replace("~0", "~");
        place = child(text, place.value.start, &wanted)?;
    }
    Some(place)
}

fn child(text: &str, container: usize, wanted: &str) -> Option<Place> {
    let mut scan = Scan { text: text.as_bytes(), at: container };
    let object = match scan.peek()? {
        b'{' => true,
        b'[' => false,
        _ => return None,
    };
    scan.at += 1;
    let mut index = 0_usize;
    loop {
        scan.space();
        if matches!(scan.peek()?, b'}' | b']') {
            return None;
        }
        let mut key = None;
        let mut is_wanted = !object && wanted.parse() == Ok(index);
        if object {
            let start = scan.at;
            let end = scan.value()?;
            is_wanted = unquoted(&text[start..end]).as_deref() == Some(wanted);
            key = Some(start..end);
            scan.space();
            scan.at += 1; // the colon
            scan.space();
        }
        let start = scan.at;
        let end = scan.value()?;
        if is_wanted {
            return Some(Place { value: start..end, key });
        }
        scan.space();
        if scan.peek()? == b',' {
            scan.at += 1;
        }
        index += 1;
    }
}

/// Steps through text that is known to be JSON.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Steps over a value; gives back where it ends.
    fn value(&mut self) -> Option<usize> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                b if b.is_ascii_whitespace() => self.at += 1,
                _ => {
                    while self.peek().is_some_and(|b| !b.is_ascii_whitespace() && !b",:]}".contains(&b)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(self.at);
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "{\n  \"bid\": 1.10,\n  \"a/b\": [1, {\"x\": \"]\\\"\"}, 3],\n  \"big\": 12345678901234567890\n}";

    fn set(pointer: &str, text: &str) -> PartEdit {
        PartEdit::Set { pointer: pointer.into(), text: text.into() }
    }

    #[test]
    fn only_the_part_is_written_anew() {
        for (edit, was, is) in [
            (set("/bid", " 1.20 "), "1.10", "1.20"),
            (set("/a~1b/1/x", "null"), "\"]\\\"\"", "null"),
            (set("/a~1b/2", "[]"), "3", "[]"),
            (set("/big", "0.30"), "12345678901234567890", "0.30"),
            (PartEdit::Rename { pointer: "/bid".into(), key: "a\"k".into() }, "\"bid\"", "\"a\\\"k\""),
        ] {
            assert_eq!(apply(TEXT, &edit), Ok(TEXT.replacen(was, is, 1)), "{edit:?}");
        }
        assert_eq!(apply(" 5 ", &set("", "6")), Ok(" 6 ".into()));
    }

    #[test]
    fn children_come_and_go_with_their_comma() {
        let member = |pointer: &str, key: &str| PartEdit::AddMember {
            pointer: pointer.into(),
            key: key.into(),
            text: "1".into(),
        };
        let element = |pointer: &str| PartEdit::AddElement { pointer: pointer.into(), text: "9".into() };
        let remove = |pointer: &str| PartEdit::Remove { pointer: pointer.into() };
        for (text, edit, wanted) in [
            ("{}", member("", "k"), "{\"k\": 1}"),
            ("{\n  \"a\": 2\n}", member("", "k"), "{\n  \"a\": 2,\n  \"k\": 1\n}"),
            ("{\"a\":{\"b\":2}}", member("/a", "k"), "{\"a\":{\"b\":2, \"k\": 1}}"),
            ("[ ]", element(""), "[9 ]"),
            ("[1,2]", element(""), "[1,2, 9]"),
            ("[1, 2, 3]", remove("/0"), "[2, 3]"),
            ("[1, 2, 3]", remove("/1"), "[1, 3]"),
            ("[1, 2, 3]", remove("/2"), "[1, 2]"),
            ("{ \"a\": 1 }", remove("/a"), "{}"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}", remove("/a"), "{\n  \"b\": 2\n}"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}", remove("/b"), "{\n  \"a\": 1\n}"),
        ] {
            assert_eq!(apply(text, &edit).as_deref(), Ok(wanted), "{edit:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_reason() {
        for (edit, reason) in [
            (set("/bid", "1.2.3"), ""),
            (set("/nowhere", "1"), "no longer there"),
            (PartEdit::Rename { pointer: "/bid".into(), key: "big".into() }, "“big” already"),
            (PartEdit::AddMember { pointer: String::new(), key: "bid".into(), text: "1".into() }, "“bid” already"),
            (PartEdit::AddElement { pointer: "/bid".into(), text: "1".into() }, "Only objects and arrays"),
            (PartEdit::Remove { pointer: String::new() }, "whole value"),
            (PartEdit::Rename { pointer: "/a~1b/0".into(), key: "k".into() }, "Only a member"),
        ] {
            let refused = apply(TEXT, &edit).expect_err("refused");
            assert!(refused.contains(reason), "{edit:?}: {refused}");
        }
    }

    #[test]
    fn parts_that_differ_are_marked() {
        let json = |text: &str| Json::from_text(text).expect("JSON");
        let base = json(r#"{"a":1,"b":{"x":1,"y":2},"c":[1,2,3]}"#);
        let now = json(r#"{"a":2,"b":{"x":1},"c":[1,3],"d":null}"#);
        let marks = marks(&base, &now);
        let mut marks: Vec<(&str, Mark)> = marks.iter().map(|(pointer, mark)| (pointer.as_str(), *mark)).collect();
        marks.sort_unstable_by_key(|(pointer, _)| *pointer);
        let wanted = [("/a", Mark::Changed), ("/b", Mark::Shorter), ("/c", Mark::Shorter), ("/d", Mark::Added)];
        assert_eq!(marks, wanted);
    }
}
