//! What can be written at a place of a session filter, and what of it stands there already.

use super::{RESERVED, ROLES, RULES};
use crate::data::syntax::{Cursor, escape};
use std::ops::Range;

/// What a filter expects at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The key of a property, `not`, `has`, `hasRoles`, `all` or `(`.
    Condition,
    /// The key of a property alone.
    Key,
    /// An operator for this key.
    Operator(String),
    /// A value of this key, in quotes.
    Value(String),
    /// `and` or `or`.
    Connective,
}

/// A place of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What can stand there.
    pub expected: Expected,
    /// The bytes that are replaced by it.
    pub range: Range<usize>,
    /// What stands there already, without its quotes.
    pub begun: String,
}

/// Operators that stand after a key.
pub const OPERATORS: &[&str] = &["is", "ne", "in", "matches"];

/// Text in double quotes, as filters are written for people.
#[must_use]
pub fn in_quotes(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

enum State {
    Condition,
    Key,
    Operator(String),
    One(String),
    List(String),
    After,
}

impl State {
    fn expected(&self) -> Expected {
        match self {
            Self::Condition => Expected::Condition,
            Self::Key => Expected::Key,
            Self::Operator(key) => Expected::Operator(key.clone()),
            Self::One(key) | Self::List(key) => Expected::Value(key.clone()),
            Self::After => Expected::Connective,
        }
    }

    fn after_word(self, word: &str) -> Self {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        match self {
            Self::Condition if is("not") => Self::Condition,
            Self::Condition if is("all") => Self::After,
            Self::Condition if is("has") => Self::Key,
            Self::Condition if is("hasRoles") => Self::List(ROLES.to_owned()),
            Self::Condition => Self::Operator(word.to_owned()),
            Self::Operator(key) if is("in") => Self::List(key),
            Self::Operator(key) => Self::One(key),
            Self::List(_) | Self::After if is("and") || is("or") => Self::Condition,
            Self::List(_) if word.ends_with([']', '}']) => Self::After,
            list @ Self::List(_) => list,
            Self::One(_) | Self::Key | Self::After => Self::After,
        }
    }
}

/// The place of a filter at a byte offset, which is moved back to a character boundary.
#[must_use]
pub fn place(text: &str, at: usize) -> Place {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut cursor = Cursor::new(&text[..end], &RULES);
    let mut state = State::Condition;
    loop {
        let start = cursor.token_start();
        if start == end {
            return Place { expected: state.expected(), range: end..end, begun: String::new() };
        }
        if cursor.is_quoted() {
            let Ok(Some(_)) = cursor.quoted() else {
                // It is still being written: what follows up to its end is replaced too.
                let begun = text[start + 1..end].to_owned();
                return Place { expected: state.expected(), range: start..end, begun };
            };
            if matches!(state, State::One(_)) {
                state = State::After;
            }
        } else if cursor.symbol('(') {
            state = State::Condition;
        } else if cursor.symbol(')') {
            state = State::After;
        } else {
            // Brackets and commas of a list stand beside its values without a space.
            let word = cursor.word().unwrap_or_default();
            let word = match &state {
                State::Operator(_)
                    if word.len() > 2 && word.is_char_boundary(2) && word[2..].starts_with(['[', '{']) =>
                {
                    &word[..2]
                }
                _ => word,
            };
            let is_list_sign = matches!(state, State::List(_)) && word.starts_with(['[', '{', ',', ']', '}']);
            if cursor.position() == end && !is_list_sign {
                return Place { expected: state.expected(), range: start..end, begun: word.to_owned() };
            }
            state = state.after_word(word);
        }
    }
}

/// Whether a text is meant as a filter and not as words to be looked for.
#[must_use]
pub fn looks_like_filter(text: &str) -> bool {
    let text = text.trim_start();
    if text.starts_with(['$', '(']) || text.trim_end().eq_ignore_ascii_case("all") {
        return true;
    }
    let mut words = text.split_whitespace();
    let is =
        |word: Option<&str>, all: &[&str]| word.is_some_and(|word| all.iter().any(|k| word.eq_ignore_ascii_case(k)));
    let (first, second) = (words.next(), words.next());
    second.is_some() && is(first, &["not", "has", "hasRoles"])
        || first.is_some_and(|first| first.len() > 8 && first[..].to_ascii_lowercase().starts_with("hasroles["))
        || is(second, &RESERVED[2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_says_what_can_stand_there() {
        let value = |key: &str| Expected::Value(key.to_owned());
        for (text, expected, begun) in [
            ("", Expected::Condition, ""),
            ("$Pri", Expected::Condition, "$Pri"),
            ("$Principal ", Expected::Operator("$Principal".into()), ""),
            ("$Principal i", Expected::Operator("$Principal".into()), "i"),
            ("$Principal is ", value("$Principal"), ""),
            ("$Principal is \"bo", value("$Principal"), "bo"),
            ("$Principal is 'bot7' ", Expected::Connective, ""),
            ("$Principal is 'bot7' a", Expected::Connective, "a"),
            ("$Principal is 'bot7' and ", Expected::Condition, ""),
            ("(tier in [", value("tier"), ""),
            ("(tier in ['gold', ", value("tier"), ""),
            ("tier in ['gold'] ", Expected::Connective, ""),
            ("tier in 'gold' or h", Expected::Condition, "h"),
            ("hasRoles ", value("$Roles"), ""),
            ("not has t", Expected::Key, "t"),
            ("all ", Expected::Connective, ""),
        ] {
            let found = place(text, text.len());
            assert_eq!((&found.expected, found.begun.as_str()), (&expected, begun), "{text}");
        }
        assert_eq!(place("$Pri is 'x'", 4).range, 0..4, "what stands before the cursor");
        assert_eq!(place("ä", 1).range, 0..0);
    }

    #[test]
    fn words_are_told_from_filters() {
        for filter in
            ["$", "(x", "not all", "has tier", "hasRoles ['A']", "hasRoles['A']", "tier is 'gold'", "a IN ['b']", "all"]
        {
            assert!(looks_like_filter(filter), "{filter}");
        }
        for text in ["", "bot7", "not", "has", "this one", "London all", "10.0"] {
            assert!(!looks_like_filter(text), "{text}");
        }
    }
}
