//! The services the server offers: one table, one file per family.

mod constraint;
mod fetch;
#[cfg(test)]
mod fixture;
mod json_patch;
mod locks;
mod missing_topics;
mod notifications;
mod session;
mod subscriptions;
mod time_series;
mod topic_views;
mod topics;
mod update_streams;
mod updates;

use super::error::ServiceError;
use super::quotas::{self, Quota};
use super::session::Session;
use super::world::World;
use crate::data::ErrorCode;
use crate::data::security::{GlobalPermissions, PathPermissions};
use crate::wire::services::{self, name_of};
use crate::wire::{Service, decode, encode, protocol};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a handler works on: the world, and the session that asks.
pub(super) struct RequestContext<'a> {
    /// Everything.
    pub world: &'a mut World,
    /// Who asks.
    pub key: u64,
    /// The conversation in which it asks.
    pub conversation: i64,
}

type Handler = Box<dyn Fn(&mut RequestContext<'_>, u8, Bytes) -> Result<Option<Bytes>, ServiceError> + Send + Sync>;

/// The services by number.
static TABLE: LazyLock<HashMap<u32, Handler>> = LazyLock::new(|| {
    HashMap::from([
        on::<services::UserPing>(session::ping),
        on::<services::SystemPing>(session::ping),
        on::<services::Subscribe>(subscriptions::subscribe),
        on::<services::Unsubscribe>(subscriptions::unsubscribe),
        on::<services::UnsubscribeAll>(subscriptions::unsubscribe_all),
        on::<services::Fetch>(fetch::fetch),
        on::<services::TopicAdd>(topics::add),
        on::<services::TopicRemove>(topics::remove),
        on::<services::TopicSet>(updates::set),
        on::<services::TopicAddAndSet>(updates::add_and_set),
        on::<services::JsonPatch>(json_patch::apply),
        on::<services::UpdateStreamCreate>(update_streams::create),
        on::<services::UpdateStreamCreateAndSet>(update_streams::create_and_set),
        on::<services::UpdateStreamCheck>(update_streams::check),
        on::<services::UpdateStreamSet>(update_streams::set),
        on::<services::UpdateStreamDelta>(update_streams::delta),
        on::<services::UpdateStreamAdd>(update_streams::add),
        on::<services::UpdateStreamAddAndSet>(update_streams::add_and_set),
        on::<services::TopicControlRegistration>(missing_topics::register),
        on::<services::TopicControlDeregistration>(missing_topics::deregister),
        on::<services::TimeSeriesAppend>(time_series::append),
        on::<services::TimeSeriesTimestampAppend>(time_series::append_at),
        on::<services::TimeSeriesEdit>(time_series::edit),
        on::<services::RangeQuery>(time_series::query),
        on::<services::TopicViewList>(topic_views::list),
        on::<services::TopicViewGet>(topic_views::get),
        on::<services::TopicViewRemove>(topic_views::remove),
        on_held::<services::SessionLockAcquire>(locks::acquire),
        on::<services::SessionLockCancel>(locks::cancel),
        on::<services::SessionLockRelease>(locks::release),
        on::<services::SessionLockGet>(locks::get),
        on::<services::SessionLockList>(locks::list),
        on::<services::TopicUpdate>(updates::update),
        on::<services::TopicWill>(topics::will),
        on_held::<services::ChangePrincipal>(session::change_principal),
        on::<services::NotificationSelect>(notifications::select),
        on::<services::NotificationDeselect>(notifications::deselect),
        on::<services::NotificationEnd>(notifications::end),
    ])
});

/// Services after which other words of the session are kept than before.
const KEEPS: [u32; 12] = [
    services::Subscribe::ID,
    services::Unsubscribe::ID,
    services::UnsubscribeAll::ID,
    services::NotificationSelect::ID,
    services::NotificationDeselect::ID,
    services::NotificationEnd::ID,
    services::TopicControlRegistration::ID,
    services::TopicControlDeregistration::ID,
    services::TopicWill::ID,
    services::SessionLockAcquire::ID,
    services::SessionLockCancel::ID,
    services::SessionLockRelease::ID,
];

fn on<S: Service>(
    handle: fn(&mut RequestContext<'_>, S::Request) -> Result<S::Response, ServiceError>,
) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload| {
        let response = handle(cx, read::<S>(payload, version)?)?;
        if KEEPS.contains(&S::ID) {
            cx.count_kept();
        }
        Ok(Some(encode(&response, version)))
    };
    (S::ID, Box::new(handler))
}

/// What answers a service at once or later.
type Held<S> =
    fn(&mut RequestContext<'_>, <S as Service>::Request) -> Result<Option<<S as Service>::Response>, ServiceError>;

/// The same for a service whose answer may come later.
fn on_held<S: Service>(handle: Held<S>) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload| {
        let response = handle(cx, read::<S>(payload, version)?)?;
        if KEEPS.contains(&S::ID) {
            cx.count_kept();
        }
        Ok(response.map(|response| encode(&response, version)))
    };
    (S::ID, Box::new(handler))
}

fn read<S: Service>(payload: Bytes, version: u8) -> Result<S::Request, ServiceError> {
    decode::<S::Request>(payload, version)
        .map_err(|error| ServiceError::new(ErrorCode::INVALID_DATA, format!("Request cannot be read: {error}")))
}

/// Answers a request of a session; none if the answer comes later.
///
/// # Errors
/// What the service error should say; 104 for a service this server does not offer.
pub(super) fn dispatch(
    world: &mut World,
    key: u64,
    conversation: i64,
    service: u32,
    payload: Bytes,
) -> Result<Option<Bytes>, ServiceError> {
    let version = world.sessions.get(&key).map_or(crate::wire::frame::VERSION, |session| session.version);
    let Some(handler) = TABLE.get(&service) else {
        let text = format!("Service {service} ({}) is not offered by this server", name_of(service));
        if let Some(session) = world.sessions.get_mut(&key)
            && session.is_first_refusal(service)
        {
            tracing::warn!(session = %session.id, "a client at protocol {version} asked in vain: {text}");
        }
        return Err(ServiceError::new(ErrorCode::UNSUPPORTED, text));
    };
    // As an old server would: a service that came later is not there.
    protocol::check(service, version).map_err(|error| ServiceError::new(ErrorCode::UNSUPPORTED, error.to_string()))?;
    handler(&mut RequestContext { world, key, conversation }, version, payload)
}

impl RequestContext<'_> {
    /// The session that asks.
    ///
    /// # Errors
    /// It has ended.
    fn session(&mut self) -> Result<&mut Session, ServiceError> {
        let gone = || ServiceError::new(ErrorCode::SESSION_CLOSED, "The session is closed");
        self.world.sessions.get_mut(&self.key).ok_or_else(gone)
    }

    /// Refuses selections where the session would have more, or more of their text, than it may.
    ///
    /// # Errors
    /// 9003.
    fn require_room_for_selections(&mut self, more: usize, bytes: usize) -> Result<(), ServiceError> {
        let has = self.session()?.selection_count();
        Quota::Selections.require_room(has, more)?;
        self.require_bytes(bytes)
    }

    /// Refuses bytes of a request where the server would keep more of the session than it may.
    ///
    /// # Errors
    /// 9003.
    fn require_bytes(&mut self, bytes: usize) -> Result<(), ServiceError> {
        let locks = self.world.locks.kept_bytes(self.key);
        quotas::require_bytes(self.session()?.kept_bytes() + locks, bytes)
    }

    /// Counts anew what the server keeps of the session's requests.
    fn count_kept(&self) {
        if let Some(session) = self.world.sessions.get(&self.key) {
            session.kept.set(session.kept_bytes() + self.world.locks.kept_bytes(self.key));
        }
    }

    /// Refuses unless the session has the permissions at the path.
    ///
    /// # Errors
    /// 103.
    fn require(&mut self, path: &str, permissions: PathPermissions) -> Result<(), ServiceError> {
        if self.may(path, permissions) {
            return Ok(());
        }
        if let Some(session) = self.world.sessions.get(&self.key) {
            let decision = self.world.security.store.at_path(&session.roles, path);
            tracing::debug!(session = %session.id, path, required = %permissions, ?decision, "access denied");
        }
        Err(ServiceError::access_denied())
    }

    /// Refuses unless the session has the permissions that need no path.
    ///
    /// # Errors
    /// 103.
    fn require_global(&mut self, permissions: GlobalPermissions) -> Result<(), ServiceError> {
        let session = self.world.sessions.get(&self.key);
        let has = session.is_some_and(|session| self.world.security.store.global(&session.roles).contains(permissions));
        if has { Ok(()) } else { Err(ServiceError::access_denied()) }
    }

    /// Whether the session has the permissions at the path.
    fn may(&self, path: &str, permissions: PathPermissions) -> bool {
        let path = crate::data::path::canonical(path);
        self.world
            .sessions
            .get(&self.key)
            .is_some_and(|session| self.world.permissions(session, path).contains(permissions))
    }

    /// Milliseconds since 1970.
    fn now_millis(&self) -> i64 {
        self.world.clock.now().wall
    }

    /// The principal of the session.
    fn principal(&self) -> String {
        self.world.sessions.get(&self.key).map(|session| session.principal.clone()).unwrap_or_default()
    }
}
