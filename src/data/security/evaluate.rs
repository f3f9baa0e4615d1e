//! The evaluation of a security store for the roles of a session.

use super::{GlobalPermissions, PathPermissions, SecurityStore};
use crate::data::path::canonical;
use std::collections::{BTreeMap, VecDeque};

/// The roles of a session and all they include, each with the way by which the session has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveRoles {
    /// The role that includes each one; none for a role assigned to the session itself.
    included_by: BTreeMap<String, Option<String>>,
}

impl EffectiveRoles {
    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.included_by.keys().map(String::as_str)
    }

    /// Whether a role is among them.
    #[must_use]
    pub fn contains(&self, role: &str) -> bool {
        self.included_by.contains_key(role)
    }

    /// The shortest way from a role assigned to the session to this one, both included. Of length 1 for a role that is
    /// assigned itself, empty for a role that the session does not have.
    #[must_use]
    pub fn way_to(&self, role: &str) -> Vec<&str> {
        let mut way = Vec::new();
        let mut next = self.included_by.get_key_value(role);
        while let Some((name, includer)) = next {
            way.push(name.as_str());
            next = includer.as_ref().and_then(|includer| self.included_by.get_key_value(includer));
        }
        way.reverse();
        way
    }
}

/// The rule that decides about the permissions at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule<'p> {
    /// Roles of the session have entries at this path, which is the nearest one with any.
    Entries(&'p str),
    /// This path is isolated, and no role of the session has an entry at it or nearer.
    Isolated(&'p str),
    /// Neither comes first: the default path permissions count.
    Default,
}

/// The permissions at a path, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'p> {
    /// What the session may do at the path, as far as its roles say; the owner of a topic may do more.
    pub permissions: PathPermissions,
    /// The rule that decided.
    pub rule: Rule<'p>,
}

/// A path and its ancestors, nearest first; none for the empty path.
pub(super) fn levels(path: &str) -> impl Iterator<Item = &str> {
    let path = canonical(path);
    std::iter::successors(Some(path), |level| level.rfind('/').map(|at| &level[..at])).filter(|level| !level.is_empty())
}

impl SecurityStore {
    /// The roles given and all they include. Circles of roles, which no store should have, end where they close.
    pub fn effective_roles<'a>(&self, assigned: impl IntoIterator<Item = &'a str>) -> EffectiveRoles {
        let mut included_by: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut waiting: VecDeque<(String, Option<String>)> =
            assigned.into_iter().map(|role| (role.to_owned(), None)).collect();
        // First in, first out: roles that are assigned come first, then what one inclusion away is.
        while let Some((role, includer)) = waiting.pop_front() {
            if included_by.contains_key(&role) {
                continue;
            }
            let included = self.roles.get(&role).into_iter().flat_map(|known| &known.includes);
            waiting.extend(included.map(|inner| (inner.clone(), Some(role.clone()))));
            included_by.insert(role, includer);
        }
        EffectiveRoles { included_by }
    }

    /// What a session may do without a path.
    #[must_use]
    pub fn global(&self, roles: &EffectiveRoles) -> GlobalPermissions {
        roles.names().filter_map(|role| self.roles.get(role)).map(|role| role.global).collect()
    }

    /// What a session may do at one path or another, as far as its roles say.
    #[must_use]
    pub fn anywhere(&self, roles: &EffectiveRoles) -> PathPermissions {
        let defaults = roles.names().filter_map(|role| self.roles.get(role)).map(|role| role.default_path);
        let entries = self.entries.values().flatten().filter(|(role, _)| roles.contains(role));
        defaults.chain(entries.map(|(_, permissions)| *permissions)).collect()
    }

    /// What a session may do at a path, and the rule that decides. Looks up each part of the path once and allocates
    /// nothing: a server asks for every topic it sends.
    #[must_use]
    pub fn at_path<'p>(&self, roles: &EffectiveRoles, path: &'p str) -> Decision<'p> {
        for level in levels(path) {
            if let Some(entries) = self.entries.get(level) {
                let mut here = roles.names().filter_map(|role| entries.get(role)).copied().peekable();
                if here.peek().is_some() {
                    return Decision { permissions: here.collect(), rule: Rule::Entries(level) };
                }
            }
            if self.isolated.contains(level) {
                return Decision { permissions: PathPermissions::NONE, rule: Rule::Isolated(level) };
            }
        }
        let defaults = roles.names().filter_map(|role| self.roles.get(role)).map(|role| role.default_path);
        Decision { permissions: defaults.collect(), rule: Rule::Default }
    }
}
