//! Finds keys, values and pointers in a JSON value.

use crate::data::value::json::Json;
use crate::model::number::grouped;

/// Parts of a value that are looked at.
const MOST_LOOKED_AT: usize = 300_000;
/// Matches that are listed.
const MOST_MATCHES: usize = 5000;

/// The search and what it found.
#[derive(Default)]
pub(super) struct Search {
    /// As typed.
    pub text: String,
    made: Option<(u64, String)>,
    matches: Vec<String>,
    more: bool,
    at: usize,
}

impl Search {
    /// Whether something is searched for.
    pub(super) fn is_on(&self) -> bool {
        !self.text.trim().is_empty()
    }

    /// Searches again if text or value have changed; the pointer to go to if the text has.
    pub(super) fn renew(&mut self, json: &Json, generation: u64) -> Option<String> {
        let typed = self.made.as_ref().is_none_or(|(_, text)| *text != self.text);
        let current = self.made.as_ref().is_some_and(|(made, _)| *made == generation);
        if !typed && (current || !self.is_on()) {
            return None;
        }
        let before = self.matches.get(self.at).cloned();
        self.made = Some((generation, self.text.clone()));
        let mut finder = Finder::new(self.text.trim());
        if self.is_on() {
            finder.look(json, &mut String::new(), None);
        }
        self.matches = finder.matches;
        self.more = finder.left == 0 || self.matches.len() == MOST_MATCHES;
        let kept = before.and_then(|old| self.matches.iter().position(|m| *m == old));
        self.at = if typed { 0 } else { kept.unwrap_or(0) };
        if typed { self.matches.first().cloned() } else { None }
    }

    /// Goes to another match.
    pub(super) fn step(&mut self, by: isize) -> Option<String> {
        let count = self.matches.len();
        if count == 0 {
            return None;
        }
        self.at = (self.at as isize + by).rem_euclid(count as isize) as usize;
        self.matches.get(self.at).cloned()
    }

    /// “3 of 12”.
    pub(super) fn words(&self) -> String {
        if self.matches.is_empty() {
            return "no match".to_owned();
        }
        let more = if self.more { "+" } else { "" };
        format!("{} of {}{more}", grouped(self.at as u64 + 1), grouped(self.matches.len() as u64))
    }
}

struct Finder {
    needle: String,
    pointers: bool,
    matches: Vec<String>,
    left: usize,
}

impl Finder {
    fn new(text: &str) -> Self {
        let needle = text.to_lowercase();
        Self { pointers: needle.starts_with('/'), needle, matches: Vec::new(), left: MOST_LOOKED_AT }
    }

    fn look(&mut self, json: &Json, pointer: &mut String, key: Option<&str>) {
        if self.left == 0 || self.matches.len() == MOST_MATCHES {
            return;
        }
        self.left -= 1;
        if self.fits(json, pointer, key) {
            self.matches.push(pointer.clone());
        }
        let length = pointer.len();
        match json {
            Json::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&at.to_string());
                    self.look(item, pointer, None);
                    pointer.truncate(length);
                }
            }
            Json::Object(members) => {
                for (name, value) in members {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    self.look(value, pointer, Some(name));
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn fits(&self, json: &Json, pointer: &str, key: Option<&str>) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.needle);
        if self.pointers && has(pointer) {
            return true;
        }
        key.is_some_and(has)
            || match json {
                Json::Array(_) | Json::Object(_) | Json::Bytes(_) => false,
                Json::String(text) => has(text),
                leaf => has(&leaf.to_text()),
            }
    }
}

/// Where the part at a pointer begins in the pretty text of a value.
pub(super) fn offset_of(json: &Json, pointer: &str, text: &str) -> Option<usize> {
    let mut lines = 0;
    let line = line_of(json, pointer, &mut lines)?;
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    starts.nth(line)
}

/// The line a part begins on: each member and element begins one, each list that is not empty ends on one.
fn line_of(json: &Json, pointer: &str, line: &mut usize) -> Option<usize> {
    if pointer.is_empty() {
        return Some(*line);
    }
    let rest = pointer.strip_prefix('/')?;
    let (token, rest) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
    let wanted = token.replace("~1", "/").replace("~0", "~");
    match json {
        Json::Array(items) => {
            let place: usize = wanted.parse().ok()?;
            for item in items.iter().take(place) {
                *line += lines_in(item);
            }
            *line += 1;
            line_of(items.get(place)?, rest, line)
        }
        Json::Object(members) => {
            let place = members.iter().position(|(key, _)| *key == wanted)?;
            for (_, value) in members.iter().take(place) {
                *line += lines_in(value);
            }
            *line += 1;
            line_of(&members[place].1, rest, line)
        }
        _ => None,
    }
}

fn lines_in(json: &Json) -> usize {
    match json {
        Json::Array(items) if !items.is_empty() => 2 + items.iter().map(lines_in).sum::<usize>(),
        Json::Object(members) if !members.is_empty() => 2 + members.iter().map(|(_, v)| lines_in(v)).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Json {
        Json::from_text(r#"{"bid":1.08,"legs":[{"Id":"x/1"},{"Id":"bid"}],"e":[],"a/b":{"c":1081}}"#).expect("JSON")
    }

    fn found(text: &str) -> Vec<String> {
        let mut search = Search { text: text.to_owned(), ..Search::default() };
        search.renew(&sample(), 1);
        search.matches
    }

    #[test]
    fn keys_values_and_pointers_are_found() {
        assert_eq!(found("BID"), ["/bid", "/legs/1/Id"]);
        assert_eq!(found("1.08"), ["/bid"]);
        assert_eq!(found("108"), ["/a~1b/c"]);
        assert_eq!(found("/legs/1"), ["/legs/1", "/legs/1/Id"]);
        assert_eq!(found("x/1"), ["/legs/0/Id"]);
        assert!(found("nowhere").is_empty() && found(" ").is_empty());
    }

    #[test]
    fn a_new_value_keeps_the_place() {
        let mut search = Search { text: "id".to_owned(), ..Search::default() };
        assert_eq!(search.renew(&sample(), 1).as_deref(), Some("/bid"));
        assert_eq!(search.step(-1).as_deref(), Some("/legs/1/Id"));
        assert_eq!(search.renew(&sample(), 2), None);
        assert_eq!(search.words(), "3 of 3");
        assert_eq!(search.step(1).as_deref(), Some("/bid"));
    }

    #[test]
    fn a_pointer_finds_its_line_in_the_text() {
        let json = sample();
        let text = json.to_pretty_text();
        for (pointer, line) in [
            ("/bid", "\"bid\": 1.08,"),
            ("/legs", "\"legs\": ["),
            ("/legs/1/Id", "\"Id\": \"bid\""),
            ("/e", "\"e\": [],"),
            ("/a~1b/c", "\"c\": 1081"),
        ] {
            let offset = offset_of(&json, pointer, &text).expect(pointer);
            assert!(text[offset..].trim_start().starts_with(line), "{pointer}: {}", &text[offset..]);
        }
        assert_eq!(offset_of(&json, "/nowhere", &text), None);
    }
}
