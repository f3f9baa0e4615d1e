//! Everything that the evaluation at a path looks at or passes over, for an explanation of its answer.

use super::evaluate::levels;
use super::{Decision, EffectiveRoles, GlobalPermissions, PathPermissions, Rule, SecurityStore};

/// What one role of the session gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'a, P> {
    /// The way from a role assigned to the session to the role that gives; the last one is that role.
    pub way: Vec<&'a str>,
    /// What it gives; nothing where an entry is explicitly nothing.
    pub permissions: P,
}

impl<P> Grant<'_, P> {
    /// The role that gives.
    #[must_use]
    pub fn role(&self) -> &str {
        self.way.last().copied().unwrap_or_default()
    }

    /// Whether the session has that role through another one.
    #[must_use]
    pub const fn is_included(&self) -> bool {
        self.way.len() > 1
    }
}

/// One level of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level<'a> {
    /// The path or an ancestor of it.
    pub path: &'a str,
    /// Entries of the session's roles at it.
    pub entries: Vec<Grant<'a, PathPermissions>>,
    /// Whether the search ends here where no role of the session has an entry.
    pub isolated: bool,
    /// Whether the search came here; what is not reached has no part in the answer.
    pub reached: bool,
}

/// The evaluation of a path step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace<'a> {
    /// The answer and the rule that decided.
    pub decision: Decision<'a>,
    /// Every level from the path up to its first part.
    pub levels: Vec<Level<'a>>,
    /// Default path permissions of each role of the session that has any; they count if the rule is [`Rule::Default`].
    pub defaults: Vec<Grant<'a, PathPermissions>>,
}

impl<'a> Trace<'a> {
    /// The grants that the deciding rule adds up; none where an isolated path decides.
    #[must_use]
    pub fn deciding(&self) -> &[Grant<'a, PathPermissions>] {
        match self.decision.rule {
            Rule::Entries(path) => {
                self.levels.iter().find(|level| level.path == path).map_or(&[], |level| &level.entries)
            }
            Rule::Isolated(_) => &[],
            Rule::Default => &self.defaults,
        }
    }
}

impl SecurityStore {
    /// The evaluation of [`Self::at_path`] with all it looked at and all it passed over.
    #[must_use]
    pub fn trace<'a>(&'a self, roles: &'a EffectiveRoles, path: &'a str) -> Trace<'a> {
        let decision = self.at_path(roles, path);
        let mut reached = true;
        let level = |path: &'a str| {
            let here = self.entries.get(path);
            let grant = |role| Some(Grant { way: roles.way_to(role), permissions: *here?.get(role)? });
            let level = Level {
                path,
                entries: roles.names().filter_map(grant).collect(),
                isolated: self.isolated.contains(path),
                reached,
            };
            reached &= !matches!(decision.rule, Rule::Entries(end) | Rule::Isolated(end) if end == path);
            level
        };
        let levels = levels(path).map(level).collect();
        let default = |role| {
            let permissions = self.roles.get(role)?.default_path;
            (!permissions.is_empty()).then(|| Grant { way: roles.way_to(role), permissions })
        };
        Trace { decision, levels, defaults: roles.names().filter_map(default).collect() }
    }

    /// The global permissions of each role of the session that has any.
    #[must_use]
    pub fn global_grants<'a>(&'a self, roles: &'a EffectiveRoles) -> Vec<Grant<'a, GlobalPermissions>> {
        let grant = |role| {
            let permissions = self.roles.get(role)?.global;
            (!permissions.is_empty()).then(|| Grant { way: roles.way_to(role), permissions })
        };
        roles.names().filter_map(grant).collect()
    }
}
