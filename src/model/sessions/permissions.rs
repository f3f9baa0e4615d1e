//! What this session may do without a path, as the server says it (protocol/6 section 6, service 143).
//!
//! Asked once after connecting and whenever the principal or the roles of this session change, so that nothing is
//! asked of the server that it is known to refuse. While it is not known, everything is tried.

use crate::data::security::{GlobalPermission, GlobalPermissions};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::remote::Remote;
use crate::wire::services::ListGlobalPermissions;

/// Permissions of this session.
#[derive(Debug, Default)]
pub struct Permissions {
    /// Those that need no path. A failure leaves them unknown.
    pub global: Remote<GlobalPermissions>,
}

/// What the user, or another feature, can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Ask the server again.
    Refresh,
}

impl Permissions {
    /// Which of these permissions this session is known to lack; none while that is not known.
    #[must_use]
    pub fn missing(&self, needed: GlobalPermissions) -> GlobalPermissions {
        let Some(held) = self.global.ready() else { return GlobalPermissions::NONE };
        needed.iter().map(GlobalPermissions::from).filter(|one| !held.contains(*one)).collect()
    }

    /// Whether this session is known to lack one of these permissions.
    #[must_use]
    pub fn lacks(&self, needed: GlobalPermissions) -> bool {
        !self.missing(needed).is_empty()
    }

    /// Whether the server is being asked for the first time in this session.
    #[must_use]
    pub const fn is_awaited(&self) -> bool {
        self.global.value.is_none() && self.global.loading.is_some()
    }

    fn ask(&mut self, fx: &mut Effects) {
        if fx.offers::<ListGlobalPermissions>() {
            self.global.begin(fx.call::<ListGlobalPermissions>(&(), on_permissions), fx.now);
        }
    }
}

impl Feature for Permissions {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Refresh => at.permissions.ask(fx),
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if !same_session {
            at.permissions = Self::default();
        }
        if at.permissions.global.value.is_none() {
            at.permissions.ask(fx);
        }
    }
}

fn on_permissions(at: &mut Connected, fx: &mut Effects, reply: Reply<ListGlobalPermissions>) {
    // Numbers that are not known stand for permissions that this program asks for nowhere.
    let held = |numbers: Vec<u8>| {
        let known = numbers.into_iter().filter_map(GlobalPermission::of_number);
        known.map(GlobalPermissions::from).collect()
    };
    at.permissions.global.finish(reply.map(held), fx);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::CallError;
    use crate::model::fixture::{ClientModel, live};
    use crate::wire::Service as _;

    #[test]
    fn permissions_are_asked_once_in_a_session_and_unknown_ones_are_not_missing() {
        let mut client = ClientModel::new();
        client.apply(live(2));
        let call = client.call_of(ListGlobalPermissions::ID);
        let needed = GlobalPermissions::VIEW_SESSION.union(GlobalPermissions::REGISTER_HANDLER);
        assert!(client.model.links[0].permissions.is_awaited());
        assert!(!client.model.links[0].permissions.lacks(needed), "not known yet");
        client.answer::<Vec<u8>>(&call, Ok(vec![1, 200]));
        let missing = client.model.links[0].permissions.missing(needed);
        assert_eq!(missing, GlobalPermissions::REGISTER_HANDLER);
        client.apply(live(2));
        assert!(client.calls_of(ListGlobalPermissions::ID).is_empty(), "the same session came back");
        client.apply(live(3));
        let call = client.call_of(ListGlobalPermissions::ID);
        client.answer::<Vec<u8>>(&call, Err(CallError::NotConnected));
        let permissions = &client.model.links[0].permissions;
        assert!(!permissions.lacks(needed) && !permissions.is_awaited(), "a failure leaves them unknown");
    }
}
