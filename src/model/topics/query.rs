//! What a filter of the tree looks for: words in the parts of a path, a selector, kinds of topics.

use super::tree::{Node, Tree};
use crate::data::{Account, Exhausted, TopicSelector, TopicType};

/// More words than this are not looked at.
const MAX_WORDS: usize = 31;
/// Marks the answer for a name as known.
const KNOWN: u32 = 1 << 31;

/// All conditions of a filter; an empty query matches everything.
#[derive(Clone, Debug, Default)]
pub struct Query {
    words: Vec<Word>,
    selector: Option<TopicSelector>,
    types: Vec<TopicType>,
    topics_only: bool,
}

/// One word of the text.
#[derive(Clone, Debug)]
enum Word {
    /// Occurs in a part.
    Part(Needle),
    /// Was written with slashes: the end of a part, whole parts, the start of a part.
    Joined { ends: Needle, between: Vec<Needle>, starts: Needle },
}

/// A text in small letters.
#[derive(Clone, Debug)]
struct Needle(String);

impl Needle {
    fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// Applies a test to the name in small letters; `ascii` is the same test for a name that needs no copy.
    fn test(&self, name: &str, ascii: fn(&[u8], &[u8]) -> bool, any: fn(&str, &str) -> bool) -> bool {
        if name.is_ascii() { ascii(name.as_bytes(), self.0.as_bytes()) } else { any(&name.to_lowercase(), &self.0) }
    }

    fn within(&self, name: &str) -> bool {
        self.test(name, contains, |name, text| name.contains(text))
    }

    fn starts(&self, name: &str) -> bool {
        let ascii = |name: &[u8], text: &[u8]| name.get(..text.len()).is_some_and(|n| n.eq_ignore_ascii_case(text));
        self.test(name, ascii, |name, text| name.starts_with(text))
    }

    fn ends(&self, name: &str) -> bool {
        let ascii = |name: &[u8], text: &[u8]| {
            name.len().checked_sub(text.len()).is_some_and(|at| name[at..].eq_ignore_ascii_case(text))
        };
        self.test(name, ascii, |name, text| name.ends_with(text))
    }

    fn is(&self, name: &str) -> bool {
        self.test(name, <[u8]>::eq_ignore_ascii_case, |name, text| name == text)
    }
}

fn contains(name: &[u8], text: &[u8]) -> bool {
    let Some(&first) = text.first() else { return true };
    let Some(last_start) = name.len().checked_sub(text.len()) else { return false };
    (0..=last_start)
        .any(|at| name[at].to_ascii_lowercase() == first && name[at..at + text.len()].eq_ignore_ascii_case(text))
}

impl Query {
    /// Words, in any order, without regard to case; each has to occur somewhere on the path. A word with `/` looks
    /// across parts: `x/EUR` finds `fx/EURUSD`.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let words = text.split_whitespace().take(MAX_WORDS).map(|word| {
            let parts: Vec<_> = word.split('/').map(Needle::new).collect();
            match parts.as_slice() {
                [ends, between @ .., starts] => {
                    Word::Joined { ends: ends.clone(), between: between.to_vec(), starts: starts.clone() }
                }
                _ => Word::Part(Needle::new(word)),
            }
        });
        Self { words: words.collect(), ..Self::default() }
    }

    /// Topics that the selector selects.
    #[must_use]
    pub fn selector(selector: TopicSelector) -> Self {
        Self { selector: Some(selector), topics_only: true, ..Self::default() }
    }

    /// Also asks for topics, not bare branches. The words may then stand in branches above the topic.
    #[must_use]
    pub fn topics_only(mut self) -> Self {
        self.topics_only = true;
        self
    }

    /// Also asks for topics of these types.
    #[must_use]
    pub fn of_types(mut self, types: impl IntoIterator<Item = TopicType>) -> Self {
        self.types.extend(types);
        self.topics_only()
    }

    /// Whether everything matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.selector.is_none() && !self.topics_only
    }

    /// Whether matching needs the whole path as text.
    pub(super) fn needs_path(&self) -> bool {
        self.selector.is_some()
    }

    /// Whether something at or below the path could be selected.
    pub(super) fn may_select_below(&self, path: &str) -> bool {
        self.selector.as_ref().is_none_or(|s| path.starts_with(s.prefix()) || s.prefix().starts_with(path))
    }

    /// The words that end at this node, as bits; `known` remembers the answers by name.
    pub(super) fn words_at(&self, tree: &Tree, node: &Node, known: &mut Vec<u32>) -> u32 {
        if self.words.is_empty() {
            return 0;
        }
        let slot = node.name as usize;
        if known.len() <= slot {
            known.resize(tree.names.ids().max(slot + 1), 0);
        }
        if known[slot] == 0 {
            let name = tree.names.text(node.name);
            known[slot] = KNOWN
                | self.bits(|word| match word {
                    Word::Part(text) => text.within(name),
                    Word::Joined { starts, .. } => starts.starts(name),
                });
        }
        let bits = known[slot] & !KNOWN;
        if bits == 0 {
            return 0;
        }
        bits & self.bits(|word| match word {
            Word::Part(_) => true,
            Word::Joined { ends, between, .. } => above(tree, node, ends, between),
        })
    }

    fn bits(&self, test: impl Fn(&Word) -> bool) -> u32 {
        self.words.iter().enumerate().filter(|(_, word)| test(word)).fold(0, |bits, (n, _)| bits | 1 << n)
    }

    /// Whether a node matches, given the words at it and those at it or above.
    ///
    /// # Errors
    /// The selector takes more than the account has.
    pub(super) fn matches(
        &self,
        node: &Node,
        at: u32,
        at_or_above: u32,
        path: &str,
        account: &mut Account,
    ) -> Result<bool, Exhausted> {
        let all = (1_u32 << self.words.len()) - 1;
        if at_or_above != all {
            return Ok(false);
        }
        let kind = node.topic_type();
        if self.topics_only {
            if !kind.is_some_and(|kind| self.types.is_empty() || self.types.contains(&kind)) {
                return Ok(false);
            }
            self.selector.as_ref().map_or(Ok(true), |selector| {
                account.visit()?;
                selector.matches(path, account)
            })
        } else {
            // Without this, everything below a matching branch would be a match itself.
            Ok(all == 0 || at != 0)
        }
    }
}

/// Whether the names above the node go on with a joined word, from its end to its start.
fn above(tree: &Tree, node: &Node, ends: &Needle, between: &[Needle]) -> bool {
    let mut parent = node.parent;
    // The root has no name; it is above the first part, so `/fx` finds only what stands at the top.
    for part in between.iter().rev() {
        let Some(node) = tree.nodes.get(parent as usize) else { return false };
        if !part.is(tree.names.text(node.name)) {
            return false;
        }
        parent = node.parent;
    }
    tree.nodes.get(parent as usize).is_some_and(|node| {
        let name = tree.names.text(node.name);
        if ends.0.is_empty() { node.parent == super::tree::NONE } else { ends.ends(name) }
    })
}
