//! What sessions may do: permissions, the roles that give them, and the rule that decides at a path.
//!
//! The rules are those of the security store (protocol: server semantics, section 3). A *global* permission is given by
//! any role of the session. A permission *at a path* is decided by the nearest level, from the path up, at which any
//! role of the session has an entry; an isolated path ends the search with nothing, and above the first part the default
//! path permissions of all roles count. One evaluation serves the embedded server, which asks for every action, and
//! whoever explains an answer: [`SecurityStore::at_path`] gives the answer and the rule that decided,
//! [`SecurityStore::trace`] also what came before and after it.

mod evaluate;
mod permission;
mod store;
mod trace;

pub use evaluate::{Decision, EffectiveRoles, Rule};
pub use permission::{GlobalPermission, GlobalPermissions, PathPermission, PathPermissions};
pub use store::{Role, SecurityStore};
pub use trace::{Grant, Level, Trace};

#[cfg(test)]
mod tests;
