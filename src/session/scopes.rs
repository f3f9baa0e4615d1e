//! Scopes of selections for servers that know none (before protocol 29): what each scope selects is kept here, and a
//! deselection in one scope takes from the server only what no other scope selects.
//!
//! The server then keeps one list for all scopes. A deselection there would take a topic from every scope, so what other
//! scopes may share with it is selected again. A topic that both select is unsubscribed and subscribed within one round
//! trip; where it is known beforehand that nothing would change, nothing is sent.

use crate::data::selector::SelectorKind;
use crate::data::{Account, TopicSelector, cost};
use std::collections::BTreeMap;

/// Selectors that one scope keeps; the oldest is forgotten beyond that.
const MAX_SELECTORS: usize = 10_000;

/// What is to be sent, in this order: selector expressions to deselect, then those to select again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// To deselect.
    pub deselect: Vec<String>,
    /// To select again, because the deselections may have taken it from another scope.
    pub select: Vec<String>,
}

/// A selector that a scope selects.
#[derive(Clone, Debug)]
struct Selected {
    expression: String,
    /// None where it cannot be read here; the server may.
    selector: Option<TopicSelector>,
}

impl Selected {
    fn new(expression: &str) -> Self {
        let selector = TopicSelector::parse_within(expression, &mut Account::request()).ok();
        Self { expression: expression.to_owned(), selector }
    }

    /// Whether it is known to select everything that the other one selects; false also where finding out takes too much.
    fn covers(&self, other: &Self, account: &mut Account) -> bool {
        if account.charge(cost::COMPARE).and_then(|()| account.charge_bytes(self.expression.len())).is_err() {
            return false;
        }
        if self.expression == other.expression || self.expression == EVERYTHING {
            return true;
        }
        match (&self.selector, &other.selector) {
            (Some(own), Some(other)) => path_of(other).is_some_and(|path| own.matches(path, account) == Ok(true)),
            _ => false,
        }
    }

    /// Whether both may select the same topic; true also where finding out takes too much.
    fn may_share(&self, other: &Self, account: &mut Account) -> bool {
        if account.charge(cost::COMPARE).is_err() {
            return true;
        }
        let (Some(own), Some(other)) = (&self.selector, &other.selector) else { return true };
        if let Some(path) = path_of(own) {
            return other.matches(path, account) != Ok(false);
        }
        if let Some(path) = path_of(other) {
            return own.matches(path, account) != Ok(false);
        }
        is_below(own.prefix(), other.prefix()) || is_below(other.prefix(), own.prefix())
    }
}

/// The path of a selector that selects exactly one.
fn path_of(selector: &TopicSelector) -> Option<&str> {
    (selector.kind() == SelectorKind::Path).then(|| selector.prefix())
}

/// Selects every topic.
const EVERYTHING: &str = "?.*//";

/// Whether a path is a branch or below it; everything is below the empty path.
fn is_below(path: &str, branch: &str) -> bool {
    branch.is_empty() || path.strip_prefix(branch).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What every scope of a session selects.
#[derive(Clone, Debug, Default)]
pub(super) struct Scopes {
    scopes: BTreeMap<String, Vec<Selected>>,
}

impl Scopes {
    /// Notes a selection, which is sent as it is.
    pub(super) fn select(&mut self, scope: &str, expression: &str) {
        let list = self.scopes.entry(scope.to_owned()).or_default();
        list.retain(|selected| selected.expression != expression);
        if list.len() == MAX_SELECTORS {
            list.remove(0);
        }
        list.push(Selected::new(expression));
    }

    /// Notes a deselection in a scope, or in all of them, and says what is to be sent for it.
    pub(super) fn deselect(&mut self, scope: Option<&str>, expression: &str) -> Changes {
        let asked = Selected::new(expression);
        // Where it is empty, more is selected again than is needed.
        let account = &mut Account::request();
        let Some(scope) = scope else {
            for list in self.scopes.values_mut() {
                list.retain(|selected| !asked.covers(selected, account));
            }
            self.scopes.retain(|_, list| !list.is_empty());
            return Changes { deselect: vec![asked.expression], select: Vec::new() };
        };
        let mut ended = Vec::new();
        if let Some(list) = self.scopes.get_mut(scope) {
            ended.extend(list.extract_if(.., |selected| asked.covers(selected, account)));
            // It takes a part from what the scope still selects.
            if list.iter().any(|selected| selected.may_share(&asked, account)) {
                ended = vec![asked];
            }
            if list.is_empty() {
                self.scopes.remove(scope);
            }
        }
        let others = || self.scopes.iter().filter(|(name, _)| *name != scope).flat_map(|(_, list)| list);
        ended.retain(|ended| !others().any(|other| other.covers(ended, account)));
        let mut again = |other: &&Selected| ended.iter().any(|ended| ended.may_share(other, account));
        let select = others().filter(|other| again(other)).map(|other| other.expression.clone()).collect();
        Changes { deselect: ended.into_iter().map(|ended| ended.expression).collect(), select }
    }

    /// The server has forgotten every selection.
    pub(super) fn clear(&mut self) {
        self.scopes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(deselect: &[&str], select: &[&str]) -> Changes {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Changes { deselect: owned(deselect), select: owned(select) }
    }

    #[test]
    fn the_last_scope_takes_its_selection_from_the_server() {
        let mut scopes = Scopes::default();
        scopes.select("a", "?fx//");
        assert_eq!(scopes.deselect(Some("a"), EVERYTHING), changes(&["?fx//"], &[]));
        assert_eq!(scopes.deselect(Some("a"), EVERYTHING), changes(&[], &[]), "it selects nothing any more");
        assert_eq!(scopes.deselect(Some("b"), "?fx//"), changes(&[], &[]), "it never selected anything");
    }

    #[test]
    fn what_another_scope_selects_too_stays() {
        let mut scopes = Scopes::default();
        scopes.select("inspector", ">fx/a");
        scopes.select("table", "?fx//");
        assert_eq!(scopes.deselect(Some("inspector"), EVERYTHING), changes(&[], &[]), "the table selects it too");
        scopes.select("inspector", ">fx/a");
        assert_eq!(scopes.deselect(Some("table"), "?fx//"), changes(&["?fx//"], &[">fx/a"]));
        scopes.select("other", ">fx/a");
        assert_eq!(scopes.deselect(Some("inspector"), ">fx/a"), changes(&[], &[]));
        assert_eq!(scopes.deselect(Some("other"), ">fx/a"), changes(&[">fx/a"], &[]));
    }

    #[test]
    fn branches_apart_are_left_alone() {
        let mut scopes = Scopes::default();
        for (scope, selector) in [("1", "?fx//"), ("2", "?news//"), ("3", "*.*x"), ("4", "?f//"), ("5", ">fx")] {
            scopes.select(scope, selector);
        }
        assert_eq!(scopes.deselect(Some("1"), "?fx//"), changes(&["?fx//"], &["*.*x", ">fx"]));
    }

    #[test]
    fn a_part_taken_from_a_branch_is_deselected_as_it_was_asked() {
        let mut scopes = Scopes::default();
        scopes.select("1", "?fx//");
        scopes.select("2", "?fx/a/");
        assert_eq!(scopes.deselect(Some("1"), "?fx/a//"), changes(&["?fx/a//"], &["?fx/a/"]));
    }

    #[test]
    fn all_scopes_are_left_at_once() {
        let mut scopes = Scopes::default();
        scopes.select("1", "?fx//");
        scopes.select("2", "?fx//");
        scopes.select("2", "?news//");
        assert_eq!(scopes.deselect(None, "?fx//"), changes(&["?fx//"], &[]));
        assert_eq!(scopes.deselect(Some("2"), EVERYTHING), changes(&["?news//"], &[]));
    }

    #[test]
    fn what_takes_too_much_to_compare_is_selected_again() {
        let mut scopes = Scopes::default();
        for n in 0..100 {
            scopes.select("1", &format!("*(?!x)(((a|b)*)*)*{n}"));
        }
        scopes.select("2", ">abababababababababababababababababababab");
        let Changes { deselect, select } = scopes.deselect(Some("2"), ">abababababababababababababababababababab");
        assert_eq!((deselect.len(), select.len()), (1, 100));
    }

    #[test]
    fn a_selector_that_is_not_understood_here_may_share_everything() {
        let mut scopes = Scopes::default();
        scopes.select("1", "?(?<name>x)//");
        scopes.select("2", "?[");
        let Changes { deselect, select } = scopes.deselect(Some("2"), "?[");
        assert_eq!((deselect.len(), select.len()), (1, 1));
    }
}
