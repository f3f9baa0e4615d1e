//! The content of a security store as plain data.

use super::{GlobalPermissions, PathPermissions};
use std::collections::{BTreeMap, BTreeSet};

/// What a role gives wherever nothing nearer is assigned, and which roles it includes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Permissions without a path.
    pub global: GlobalPermissions,
    /// Permissions at paths where no entry and no isolated path comes first.
    pub default_path: PathPermissions,
    /// Roles whose permissions it also gives. A role that the store does not have gives nothing.
    pub includes: Vec<String>,
}

/// The security store: default roles of sessions, roles, entries at paths, isolated paths.
///
/// Paths have no slash at their ends. An entry without permissions is *explicitly nothing*: it hides what would be
/// inherited, which no entry does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityStore {
    /// Roles of sessions without a principal.
    pub anonymous_roles: Vec<String>,
    /// Roles of sessions with a principal.
    pub named_roles: Vec<String>,
    /// Roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Entries: by path, then by role.
    pub entries: BTreeMap<String, BTreeMap<String, PathPermissions>>,
    /// Paths at which, and below which, nothing is inherited from above.
    pub isolated: BTreeSet<String>,
}

impl SecurityStore {
    /// Assigns exactly these permissions to a role at a path.
    pub fn set_entry(&mut self, path: &str, role: &str, permissions: PathPermissions) {
        let path = crate::data::path::canonical(path).to_owned();
        self.entries.entry(path).or_default().insert(role.to_owned(), permissions);
    }
}
