//! The paths of the reference topics that a topic view makes, as far as its path template gives them.

/// Where a topic view makes reference topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The text that every path begins with; empty if paths may begin with anything.
    pub prefix: String,
    /// Whether the path is just that text.
    pub is_whole: bool,
}

impl Places {
    /// Whether a topic of this path may have been made by the view.
    #[must_use]
    pub fn may_hold(&self, path: &str) -> bool {
        if self.is_whole { path == self.prefix } else { path.starts_with(&self.prefix) }
    }
}

/// The places named by `map SELECTOR [from SERVER] to TEMPLATE …`: the template up to its first directive. None if the
/// text does not begin like that.
#[must_use]
pub fn places(specification: &str) -> Option<Places> {
    let mut words = Words { rest: specification };
    if words.next()?.prefix != "map" {
        return None;
    }
    words.next()?;
    let mut word = words.next()?.prefix;
    if word == "from" {
        words.next()?;
        word = words.next()?.prefix;
    }
    if word != "to" {
        return None;
    }
    words.next()
}

/// Words of a specification up to their first directive: parted by white space, quoted as a whole or with `\` before
/// what stands for itself.
struct Words<'a> {
    rest: &'a str,
}

impl Iterator for Words<'_> {
    type Item = Places;

    fn next(&mut self) -> Option<Places> {
        self.rest = self.rest.trim_start();
        let mut chars = self.rest.char_indices().peekable();
        let quote = chars.next_if(|(_, c)| ['"', '\''].contains(c)).map(|(_, c)| c);
        let mut word = Places { prefix: String::new(), is_whole: true };
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            let ends = quote.map_or_else(|| c.is_whitespace(), |quote| c == quote);
            if ends {
                end = at + c.len_utf8();
                break;
            }
            let c = if c == '\\' { chars.next()?.1 } else { c };
            word.is_whole &= c != '<' || self.rest.as_bytes().get(at) == Some(&b'\\');
            if word.is_whole {
                word.prefix.push(c);
            }
        }
        let found = end > 0;
        self.rest = &self.rest[end..];
        found.then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(specification: &str) -> Option<(String, bool)> {
        places(specification).map(|places| (places.prefix, places.is_whole))
    }

    #[test]
    fn the_template_is_found_up_to_its_first_directive() {
        for (specification, prefix, is_whole) in [
            ("map ?a// to b/<path(1)>", "b/", false),
            ("map a to b", "b", true),
            ("map ?a// from 'one server' to b/c<scalar(/x)>/d delay by 1 second", "b/c", false),
            ("map 'a to x' to \"b c\"", "b c", true),
            ("map a\\ to\\ x to b\\ c", "b c", true),
            ("map a\n  to b\\<c", "b<c", true),
            ("map a to <expand()>", "", false),
            ("map a to b type JSON", "b", true),
        ] {
            assert_eq!(of(specification), Some((prefix.to_owned(), is_whole)), "{specification}");
        }
        for wrong in ["", "map", "map a", "map a to", "map a from s b", "drop a to b", "map a to b\\"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn paths_are_told_apart_by_what_they_begin_with() {
        let below = places("map ?a// to b/<path(1)>").expect("a view");
        assert!(below.may_hold("b/x") && !below.may_hold("b") && !below.may_hold("c/x"));
        let one = places("map a to b").expect("a view");
        assert!(one.may_hold("b") && !one.may_hold("b/x"));
    }
}
