//! The box above the sessions: its text is read as words or as a session filter, and evaluated here.

use super::rows::{KeyId, Rows, Session};
use crate::data::session_filter::completion::{self, Expected, in_quotes};
use crate::data::session_property as property;
use crate::data::{Account, Exhausted, SessionFilter, SessionId, SyntaxError, Timestamp};
use hashbrown::HashSet;
use std::sync::Arc;

/// Values and keys offered at most.
const MAX_OFFERED: usize = 50;

/// How the text of the box is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Words, each of which is in one of the columns shown.
    #[default]
    Text,
    /// A session filter.
    Filter,
}

impl Reading {
    /// The word that the box shows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Filter => "Filter",
        }
    }
}

/// What chooses sessions.
#[derive(Clone, Debug, Default)]
pub enum Matcher {
    /// Every one.
    #[default]
    All,
    /// Those that have each of these words, in lower case, in a column.
    Words(Vec<String>),
    /// Those that a filter selects.
    Filter(Arc<SessionFilter>),
    /// Those that the server chose when it was asked.
    Listed(Arc<HashSet<SessionId>>),
}

impl Matcher {
    /// Whether a session is chosen; words are looked for in `columns` and in the session ID.
    ///
    /// # Errors
    /// That takes more than the account has.
    pub fn chooses(
        &self,
        rows: &Rows,
        session: &Session,
        columns: &[KeyId],
        account: &mut Account,
    ) -> Result<bool, Exhausted> {
        Ok(match self {
            Self::All => true,
            Self::Filter(filter) => return rows.selects(filter, session, account),
            Self::Listed(sessions) => sessions.contains(&session.id),
            Self::Words(words) => words.iter().all(|word| {
                let in_column = |key: &KeyId| session.get(*key).is_some_and(|value| contains(value, word));
                columns.iter().any(in_column) || is_in_id(session, word) || is_anonymous(rows, session, word)
            }),
        })
    }
}

/// Most words are no part of a session ID, which is not written for them.
fn is_in_id(session: &Session, word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') && session.id.to_string().contains(word)
}

/// A session without a principal is shown as “anonymous”, and found so.
fn is_anonymous(rows: &Rows, session: &Session, word: &str) -> bool {
    rows.value(session, property::PRINCIPAL).is_some_and(|name| name.is_empty()) && "anonymous".contains(word)
}

/// Whether a text contains a word that is in lower case, in any case.
fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() && word.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        let Some(first) = word.first() else { return true };
        let Some(last) = text.len().checked_sub(word.len()) else { return false };
        let (lower, upper) = (*first, first.to_ascii_uppercase());
        let mut begins = text[..=last].iter().enumerate().filter(|(_, byte)| **byte == lower || **byte == upper);
        return begins.any(|(at, _)| text[at..at + word.len()].eq_ignore_ascii_case(word));
    }
    text.to_lowercase().contains(word)
}

/// The text of the box and what it means. A text that cannot be read leaves the last good meaning.
#[derive(Clone, Debug, Default)]
pub struct FilterText {
    /// As typed.
    text: String,
    /// How the user wants it read; none as it looks.
    chosen: Option<Reading>,
    matcher: Matcher,
    error: Option<SyntaxError>,
    /// Why only the server can work it out.
    for_server: Option<SyntaxError>,
    /// When the server worked it out last.
    listed_at: Option<Timestamp>,
    revision: u64,
}

impl FilterText {
    /// As typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it is read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let looks = if completion::looks_like_filter(&self.text) { Reading::Filter } else { Reading::Text };
        self.chosen.unwrap_or(looks)
    }

    /// What it means, or meant last.
    #[must_use]
    pub const fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// Why it cannot be read.
    #[must_use]
    pub const fn error(&self) -> Option<&SyntaxError> {
        self.error.as_ref()
    }

    /// Why it is a filter that only the server can work out, such as a pattern that cannot be run here; none if it is
    /// worked out here.
    #[must_use]
    pub const fn for_server(&self) -> Option<&SyntaxError> {
        self.for_server.as_ref()
    }

    /// When the server worked it out last; none if it is worked out here.
    #[must_use]
    pub const fn listed_at(&self) -> Option<Timestamp> {
        self.listed_at
    }

    /// The server has chosen these sessions for a text.
    pub(super) fn list(&mut self, text: &str, sessions: HashSet<SessionId>, now: Timestamp) {
        if self.as_filter() == Some(text) {
            self.matcher = Matcher::Listed(Arc::new(sessions));
            self.listed_at = Some(now);
            self.revision += 1;
        }
    }

    /// The server cannot read a text either.
    pub(super) fn refuse(&mut self, text: &str, reason: String) {
        if self.as_filter() == Some(text) {
            self.error = Some(SyntaxError::new(reason, 0));
            self.for_server = None;
        }
    }

    /// Another number whenever the meaning is another.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The session filter that it is, as typed; none while it is words or cannot be read.
    #[must_use]
    pub fn as_filter(&self) -> Option<&str> {
        let good = self.error.is_none() && self.reading() == Reading::Filter;
        Some(self.text.trim()).filter(|text| good && !text.is_empty())
    }

    /// Another text.
    pub fn set(&mut self, text: String) {
        if text.trim().is_empty() {
            self.chosen = None;
        }
        self.text = text;
        self.read();
    }

    /// Reads the text in another way.
    pub fn read_as(&mut self, reading: Reading) {
        self.chosen = Some(reading);
        self.read();
    }

    fn read(&mut self) {
        self.error = None;
        self.for_server = None;
        self.listed_at = None;
        self.revision += 1;
        let text = self.text.trim();
        self.matcher = if text.is_empty() {
            Matcher::All
        } else if self.reading() == Reading::Text {
            Matcher::Words(text.split_whitespace().map(str::to_lowercase).collect())
        } else {
            match SessionFilter::parse(&self.text) {
                Ok(filter) => Matcher::Filter(Arc::new(filter)),
                Err(error) if SessionFilter::is_well_formed(&self.text) => {
                    self.for_server = Some(error);
                    return;
                }
                Err(error) => {
                    self.error = Some(with_suggestion(&self.text, error));
                    return;
                }
            }
        };
    }

    /// What is odd about a filter that can be read: it asks for a property that no session here has.
    #[must_use]
    pub fn warning(&self, rows: &Rows) -> Option<String> {
        let Matcher::Filter(filter) = &self.matcher else { return None };
        if rows.is_empty() || self.error.is_some() {
            return None;
        }
        let is_known = |key: &str| rows.keys().any(|(_, known, _)| &**known == key);
        let odd = filter.keys().into_iter().find(|key| !is_known(key))?;
        let meant = property::KNOWN.iter().find(|(known, _)| known[1..].eq_ignore_ascii_case(odd));
        let meant = meant.map(|(known, _)| format!(". Did you mean `{known}`?")).unwrap_or_default();
        Some(format!("No session here has `{odd}`{meant}"))
    }
}

/// An error with a corrected text, if quotes are all that is missing.
fn with_suggestion(text: &str, error: SyntaxError) -> SyntaxError {
    let rest = &text[error.position.min(text.len())..];
    let end = rest.find([' ', '\t', '(', ')', '\'', '"']).unwrap_or(rest.len());
    let word = &rest[..end];
    if word.is_empty() {
        return error;
    }
    let corrected = format!("{}{}{}", &text[..error.position], in_quotes(word), &rest[end..]);
    if SessionFilter::parse(&corrected).is_err() {
        return error;
    }
    SyntaxError { reason: format!("`{word}` needs quotes"), position: error.position, suggestion: Some(corrected) }
}

/// Something that can be written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is, as shown.
    pub text: String,
    /// What is written.
    pub written: String,
    /// Sessions that have it.
    pub sessions: Option<u32>,
}

/// What can be written at a place of a filter, most frequent first, and the bytes that it replaces.
#[must_use]
pub fn offers(rows: &Rows, text: &str, cursor: usize) -> (std::ops::Range<usize>, Vec<Offer>) {
    let place = completion::place(text, cursor);
    let begun = place.begun.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&begun) && text != place.begun;
    let word = |text: &str| Offer { text: text.to_owned(), written: format!("{text} "), sessions: None };
    let keys = || {
        let mut keys: Vec<(&Arc<str>, u32)> = rows.keys().map(|(_, key, sessions)| (key, sessions)).collect();
        keys.retain(|(key, _)| fits(key));
        keys.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let offer = |(key, sessions): (&Arc<str>, u32)| Offer { sessions: Some(sessions), ..word(key) };
        keys.into_iter().map(offer).collect::<Vec<_>>()
    };
    let words = |all: &[&str]| all.iter().filter(|text| fits(text)).map(|text| word(text)).collect::<Vec<_>>();
    let mut offers = match &place.expected {
        Expected::Condition => {
            let mut offers = keys();
            offers.extend(words(&["not", "has", "hasRoles", "all"]));
            offers
        }
        Expected::Key => keys(),
        Expected::Operator(_) => words(completion::OPERATORS),
        Expected::Connective => words(&["and", "or"]),
        Expected::Value(key) => {
            let values = match rows.key_id(key) {
                Some(id) if key == property::ROLES => super::groups::role_counts(rows, id),
                Some(id) => rows.values(id, usize::MAX),
                None => Vec::new(),
            };
            let offer = |(value, sessions): (Arc<str>, u32)| Offer {
                text: in_quotes(&value),
                written: format!("{} ", in_quotes(&value)),
                sessions: Some(sessions),
            };
            values.into_iter().filter(|(value, _)| fits(value)).take(MAX_OFFERED).map(offer).collect()
        }
    };
    offers.truncate(MAX_OFFERED);
    (place.range, offers)
}

/// A filter for one value, or for all others.
#[must_use]
pub fn of_value(key: &str, value: Option<&str>, but: bool) -> String {
    match (value, but) {
        (Some(value), false) => format!("{key} is {}", in_quotes(value)),
        (Some(value), true) => format!("{key} ne {}", in_quotes(value)),
        (None, false) => format!("not has {key}"),
        (None, true) => format!("has {key}"),
    }
}
