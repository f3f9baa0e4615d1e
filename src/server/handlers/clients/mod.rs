//! Services about other sessions: what is done to one, or to all that a filter selects.

mod acts;
#[cfg(test)]
pub(super) mod fixture;
mod permissions;
mod selections;

use super::{Handler, RequestContext, on, on_scan, session_fetch, session_listeners, session_properties};
use crate::data::security::GlobalPermissions;
use crate::wire::services;

type G = GlobalPermissions;

/// The services by number.
pub(super) fn table() -> Vec<(u32, Handler)> {
    let (views, modifies) = (G::VIEW_SESSION, G::MODIFY_SESSION);
    let listens = views.union(G::REGISTER_HANDLER);
    let sets = views.union(modifies);
    vec![
        permitted(modifies, on_scan::<services::CloseClient, _>(acts::close)),
        permitted(modifies, on_scan::<services::CloseClientFilter, _>(acts::close_selected)),
        permitted(
            modifies.union(G::AUTHENTICATE),
            on_scan::<services::RevokeAuthentication, _>(acts::revoke_authentication),
        ),
        permitted(modifies, on_scan::<services::ChangeAuthorisationRoles, _>(acts::change_roles)),
        permitted(modifies, on_scan::<services::ChangeAuthorisationRolesFilter, _>(acts::change_roles_of_selected)),
        permitted(modifies, on_scan::<services::SetClientConflation, _>(acts::conflate)),
        permitted(modifies, on_scan::<services::SetClientConflationFilter, _>(acts::conflate_selected)),
        permitted(modifies, on_scan::<services::SubscribeClient, _>(selections::subscribe)),
        permitted(modifies, on_scan::<services::UnsubscribeClient, _>(selections::unsubscribe)),
        permitted(modifies, on_scan::<services::FilterSubscribe, _>(selections::subscribe_selected)),
        permitted(modifies, on_scan::<services::FilterUnsubscribe, _>(selections::unsubscribe_selected)),
        permitted(modifies, on_scan::<services::UnsubscribeAllControl, _>(selections::unsubscribe_all)),
        permitted(modifies, on_scan::<services::UnsubscribeAllByFilter, _>(selections::unsubscribe_all_selected)),
        permitted(views, on::<services::GetSelectors>(selections::selectors)),
        permitted(views, on::<services::GetSessionProperties>(session_properties::get)),
        on::<services::GetOwnSessionProperties>(session_properties::own),
        permitted(sets, on::<services::SetSessionProperties>(session_properties::set)),
        permitted(sets, on_scan::<services::SetSessionPropertiesFilter, _>(session_properties::set_selected)),
        permitted(views, on_scan::<services::SessionFetch, _>(session_fetch::fetch)),
        permitted(listens, on::<services::SessionPropertiesRegistration>(session_listeners::register_for_properties)),
        permitted(listens, on::<services::SessionEventRegistration>(session_listeners::register)),
        permitted(listens, on::<services::SessionEventDeregistration>(session_listeners::deregister)),
        on::<services::ListGlobalPermissions>(permissions::global),
        on::<services::ListPathPermissions>(permissions::at_path),
    ]
}

/// The same for a session that has permissions which need no path; nothing is read for any other.
fn permitted(permissions: GlobalPermissions, (service, handler): (u32, Handler)) -> (u32, Handler) {
    let guarded = move |cx: &mut RequestContext<'_>, version, payload| {
        cx.require_global(permissions)?;
        handler(cx, version, payload)
    };
    (service, Box::new(guarded))
}

#[cfg(test)]
mod tests;
