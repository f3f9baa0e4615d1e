//! Selects and deselects in their order, by which the protocol says what a scope or a listener wants.
//!
//! For each path the latest entry that selects it decides; a path without one is not wanted. The list is kept short:
//! an entry that would change nothing is not added, and one that can decide nothing any more is dropped. So entries
//! come and go with what they select, however often a client repeats itself.

use super::{Descendants, EVERYTHING, Matcher, TopicSelector};
use crate::data::cost::{self, Account, Exhausted};

/// An ordered list of selects and deselects.
#[derive(Clone, Debug, Default)]
pub struct Selections {
    /// The first is a select: a deselect before all selects takes nothing back.
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    wanted: bool,
    selector: TopicSelector,
}

impl Selections {
    /// From now on what the selector selects is wanted.
    ///
    /// # Errors
    /// Comparing it with what is there takes more than the account has; nothing has changed then.
    pub fn select(&mut self, selector: &TopicSelector, account: &mut Account) -> Result<(), Exhausted> {
        self.put(true, selector, account)
    }

    /// From now on what the selector selects is not wanted, whichever selector selected it.
    ///
    /// # Errors
    /// As [`Selections::select`].
    pub fn deselect(&mut self, selector: &TopicSelector, account: &mut Account) -> Result<(), Exhausted> {
        self.put(false, selector, account)
    }

    /// Whether the path is wanted; false also if one request may not cost what that takes.
    #[must_use]
    pub fn selects(&self, path: &str) -> bool {
        self.decision(path, &mut Account::request()) == Ok(Some(true))
    }

    /// What the latest entry about the path says: wanted or not; none if no entry is about it.
    ///
    /// # Errors
    /// That takes more than the account has.
    pub fn decision(&self, path: &str, account: &mut Account) -> Result<Option<bool>, Exhausted> {
        for entry in self.entries.iter().rev() {
            if entry.selector.matches(path, account)? {
                return Ok(Some(entry.wanted));
            }
        }
        Ok(None)
    }

    /// How many entries are kept.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries in their order: whether what each selects is wanted.
    pub fn entries(&self) -> impl Iterator<Item = (bool, &TopicSelector)> {
        self.entries.iter().map(|entry| (entry.wanted, &entry.selector))
    }

    /// Bytes that they take in memory, about.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.entries.iter().map(|entry| size_of::<Entry>() + entry.selector.kept_bytes()).sum()
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The most that deciding about a path of usual length costs, in units of an account.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.entries.iter().map(|entry| entry.selector.weight()).sum()
    }

    fn put(&mut self, wanted: bool, selector: &TopicSelector, account: &mut Account) -> Result<(), Exhausted> {
        if !would_change(self.entries.iter(), wanted, selector, account)? {
            return Ok(());
        }
        let mut stays = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            stays.push(!selector.covers(&entry.selector, account)?);
        }
        let remaining = self.entries.iter().zip(&stays).filter(|(_, stays)| **stays).map(|(entry, _)| entry);
        // What is dropped may have been all that the new entry is against.
        let is_added = would_change(remaining, wanted, selector, account)?;
        let mut stays = stays.into_iter();
        self.entries.retain(|_| stays.next().unwrap_or(true));
        if is_added {
            self.entries.push(Entry { wanted, selector: selector.clone() });
        }
        let first = self.entries.iter().position(|entry| entry.wanted).unwrap_or(self.entries.len());
        self.entries.drain(..first);
        Ok(())
    }
}

/// False if everything that the selector selects is wanted, or not, already.
fn would_change<'a>(
    entries: impl DoubleEndedIterator<Item = &'a Entry>,
    wanted: bool,
    selector: &TopicSelector,
    account: &mut Account,
) -> Result<bool, Exhausted> {
    for entry in entries.rev() {
        if entry.wanted != wanted {
            if entry.selector.may_meet(selector, account)? {
                return Ok(true);
            }
        } else if entry.selector.covers(selector, account)? {
            return Ok(false);
        }
    }
    Ok(wanted)
}

impl TopicSelector {
    /// Whether this selects everything that another selects; false also where their forms do not tell.
    fn covers(&self, other: &Self, account: &mut Account) -> Result<bool, Exhausted> {
        account.charge(cost::COMPARE)?;
        if self.expression().len() == other.expression().len() {
            account.charge_bytes(self.expression().len())?;
        }
        if self == other || self.expression() == EVERYTHING {
            return Ok(true);
        }
        Ok(match (&self.0.matcher, &other.0.matcher) {
            (_, Matcher::Set(members)) => {
                for member in members {
                    if !self.covers(member, account)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Matcher::Set(members), _) => {
                for member in members {
                    if member.covers(other, account)? {
                        return Ok(true);
                    }
                }
                false
            }
            (_, Matcher::Literal(Descendants::MatchOnly)) => self.matches(other.prefix(), account)?,
            (Matcher::Literal(how), Matcher::Literal(descendants)) => {
                let (mine, path) = (self.prefix(), other.prefix());
                match how {
                    Descendants::MatchOnly => false,
                    Descendants::Below => is_below(path, mine) || path == mine && how == descendants,
                    Descendants::MatchAndBelow => is_below(path, mine) || path == mine,
                }
            }
            _ => false,
        })
    }

    /// Whether another may select what this selects, or what lies below it; false only where that cannot be.
    fn may_meet(&self, other: &Self, account: &mut Account) -> Result<bool, Exhausted> {
        account.charge(cost::COMPARE)?;
        let (mine, theirs) = (self.prefix(), other.prefix());
        if mine != theirs && !is_below(mine, theirs) && !is_below(theirs, mine) {
            return Ok(false);
        }
        match &other.0.matcher {
            Matcher::Set(members) => {
                for member in members {
                    if self.may_meet(member, account)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Matcher::Literal(Descendants::MatchOnly) => {
                for end in theirs.match_indices('/').map(|(at, _)| at).chain([theirs.len()]) {
                    if self.matches(&theirs[..end], account)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Ok(true),
        }
    }
}

/// Whether a path lies below another; all lie below the empty one.
fn is_below(path: &str, branch: &str) -> bool {
    branch.is_empty() || path.strip_prefix(branch).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn selector(text: &str) -> TopicSelector {
        TopicSelector::parse(text).expect("a selector")
    }

    fn select(list: &mut Selections, selector: &TopicSelector) {
        list.select(selector, &mut Account::request()).expect("cheap");
    }

    fn deselect(list: &mut Selections, selector: &TopicSelector) {
        list.deselect(selector, &mut Account::request()).expect("cheap");
    }

    fn decision(list: &Selections, path: &str) -> Option<bool> {
        list.decision(path, &mut Account::request()).expect("cheap")
    }

    /// A list from words, `+` for a select and `-` for a deselect.
    fn list(words: &str) -> Selections {
        let mut list = Selections::default();
        for word in words.split_whitespace() {
            match word.strip_prefix('+') {
                Some(text) => select(&mut list, &selector(text)),
                None => deselect(&mut list, &selector(&word[1..])),
            }
        }
        list
    }

    fn shown(list: &Selections) -> String {
        let one = |entry: &Entry| format!("{}{}", if entry.wanted { '+' } else { '-' }, entry.selector);
        list.entries.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_latest_entry_decides() {
        let list = list("+?a// -?a/b// +>a/b/c");
        for (path, expected) in [
            ("a", Some(true)),
            ("a/x", Some(true)),
            ("a/b", Some(false)),
            ("a/b/x", Some(false)),
            ("a/b/c", Some(true)),
            ("b", None),
        ] {
            assert_eq!(decision(&list, path), expected, "{path}");
            assert_eq!(list.selects(path), expected == Some(true), "{path}");
        }
    }

    #[test]
    fn what_decides_nothing_is_dropped() {
        for (words, kept) in [
            ("+>a +>a", "+>a"),
            ("+>a +>b +>a", "+>a +>b"),
            ("+>a ->a", ""),
            ("->a", ""),
            ("->a +>a", "+>a"),
            ("+?a// +>a/b", "+?a//"),
            ("+>a/b +?a//", "+?a//"),
            ("+?a/b// +?a//", "+?a//"),
            ("+?a/b/ +?a/", "+?a/"),
            ("+?a// +?a/", "+?a//"),
            ("+?a/ +?a//", "+?a//"),
            ("+?a/ +>a", "+?a/ +>a"),
            ("+?a// ->a/b", "+?a// ->a/b"),
            ("+?a// ->a/b +>a/b", "+?a//"),
            ("+?a// ->a/b ->a/b", "+?a// ->a/b"),
            ("+?a// ->a/b +?a//", "+?a//"),
            ("+?a// ->ab", "+?a//"),
            ("+?a// +>b ->b", "+?a//"),
            ("+?a// -*.*z +>b", "+?a// -*.*z +>b"),
            ("+?a// -*.*z -?a//", ""),
            ("+>a +*b.* +?c.// -?.*//", ""),
            ("+#>a////>b +>a", "+#>a////>b"),
            ("+>a +>b +#>a////>b", "+#>a////>b"),
            ("+#>a////>b ->a", "+#>a////>b ->a"),
            // The topic below is shown to listeners because of its parent, so the deselect says something.
            ("+>a ->a/b", "+>a ->a/b"),
            ("+>a ->a/b +>a", "+>a ->a/b"),
        ] {
            assert_eq!(shown(&list(words)), kept, "{words}");
        }
    }

    #[test]
    fn branches_that_come_and_go_leave_nothing_behind() {
        let mut all = list("+?fx// +*.*/status");
        for n in 0..1000 {
            let branch = selector(&format!("?a/{n}//"));
            select(&mut all, &branch);
            deselect(&mut all, &branch);
            let path = selector(&format!(">b/{n}"));
            select(&mut all, &path);
            deselect(&mut all, &path);
        }
        // A pattern may match anywhere, so deselected branches have to be remembered; single paths can be asked.
        assert_eq!(all.entries.len(), 2 + 1000);
        let mut all = list("+?fx//");
        for n in 0..1000 {
            let branch = selector(&format!("?a/{n}//"));
            select(&mut all, &branch);
            deselect(&mut all, &branch);
        }
        assert_eq!(shown(&all), "+?fx//");
    }

    const SELECTORS: [&str; 22] = [
        ">a",
        ">a/b",
        ">a/b/c",
        ">b",
        "?a",
        "?a/",
        "?a//",
        "?a/b/",
        "?a/b//",
        "?.*//",
        "?.*",
        "?a/.//",
        "?a/./",
        "*.*b",
        "*a/.*",
        "*a//",
        "*.*b/",
        "#>a////>b",
        "#?a//////>b/c",
        "#?a/b//////*.*c",
        "#",
        "#>a/b////?a//",
    ];
    const PATHS: [&str; 12] = ["a", "b", "c", "a/b", "a/c", "b/c", "a/b/c", "a/b/d", "a/c/b", "b/a/b", "a/b/c/d", "ab"];

    proptest! {
        #[test]
        fn it_agrees_with_the_whole_history(
            steps in proptest::collection::vec((any::<bool>(), proptest::sample::select(&SELECTORS[..])), 0..40)
        ) {
            let mut list = Selections::default();
            let mut history: Vec<(bool, TopicSelector)> = Vec::new();
            for (wanted, text) in steps {
                let selector = selector(text);
                if wanted { select(&mut list, &selector) } else { deselect(&mut list, &selector) }
                history.push((wanted, selector));
                for path in PATHS {
                    let latest = history.iter().rev().find(|(_, selector)| selector.selects(path));
                    prop_assert_eq!(list.selects(path), latest.is_some_and(|(wanted, _)| *wanted), "{} {}", path, shown(&list));
                    let decision = decision(&list, path);
                    prop_assert!(decision.is_none() || decision == latest.map(|(wanted, _)| *wanted));
                }
                let expressions: std::collections::HashSet<_> = list.entries.iter().map(|e| e.selector.expression()).collect();
                prop_assert_eq!(expressions.len(), list.entries.len(), "no selector is kept twice");
                prop_assert!(list.entries.first().is_none_or(|entry| entry.wanted));
            }
        }

        #[test]
        fn one_covers_another_only_if_it_selects_as_much(
            (one, other) in (proptest::sample::select(&SELECTORS[..]), proptest::sample::select(&SELECTORS[..]))
        ) {
            let (one, other) = (selector(one), selector(other));
            let account = &mut Account::request();
            let (covers, may_meet) = (one.covers(&other, account) == Ok(true), one.may_meet(&other, account) == Ok(true));
            for path in PATHS {
                prop_assert!(!covers || !other.selects(path) || one.selects(path), "{one} {other} {path}");
                prop_assert!(may_meet || !one.selects(path) || !other.selects(path), "{one} {other} {path}");
            }
        }
    }
}
