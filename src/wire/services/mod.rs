//! The list of services; one file each.

pub mod message_value;
mod names;
pub mod session_listing;
pub mod shared;

use super::codec::{Wire, decode};
use super::protocol::{self, NotAtVersion};
use super::service::{Entry, Inbound, InboundEntry, Service};
use super::writer::Writer;
use bytes::Bytes;

/// Declares the module of each service and the table of all.
macro_rules! services {
    ($($module:ident :: $name:ident,)*) => {
        $(pub mod $module;)*
        $(pub use $module::$name;)*

        /// Every service this program knows.
        pub const ALL: &[Entry] = &[$(Entry { id: $name::ID, name: $name::NAME, effect: $name::EFFECT },)*];

        /// A request that was encoded for [`protocol::NEWEST`], for a session of another version; as it is where the
        /// service is not known here.
        ///
        /// # Errors
        /// That version cannot say it.
        pub fn request_at(service: u32, payload: Bytes, version: u8) -> Result<Bytes, NotAtVersion> {
            match service {
                $($name::ID => at_version::<$name, <$name as Service>::Request>(payload, version),)*
                _ => Ok(payload),
            }
        }

        /// The same for the response to a request of the server.
        ///
        /// # Errors
        /// That version cannot say it.
        pub fn response_at(service: u32, payload: Bytes, version: u8) -> Result<Bytes, NotAtVersion> {
            match service {
                $($name::ID => at_version::<$name, <$name as Service>::Response>(payload, version),)*
                _ => Ok(payload),
            }
        }

        /// Calls the visitor with each service type.
        pub fn visit_all(visitor: &mut impl Visitor) {
            $(visitor.visit::<$name>();)*
        }
    };
}

/// A message of the newest version at another one. What cannot be read stays as it is: the server says what is wrong.
fn at_version<S: Service, T: Wire>(payload: Bytes, version: u8) -> Result<Bytes, NotAtVersion> {
    protocol::check(S::ID, version)?;
    if version == protocol::NEWEST {
        return Ok(payload);
    }
    let Ok(message) = decode::<T>(payload.clone(), protocol::NEWEST) else { return Ok(payload) };
    let mut writer = Writer::new(version);
    message.write(&mut writer);
    match writer.lacking() {
        Some(part) => Err(NotAtVersion { service: S::ID, part, since: part.since(), version }),
        None => Ok(writer.finish()),
    }
}

/// Declares which services are requests that the server sends.
macro_rules! inbound {
    ($($name:ident,)*) => {
        /// Every request of the server that this program understands.
        pub const INBOUND: &[InboundEntry] = &[$(InboundEntry::of::<$name>(),)*];

        /// Calls the visitor with each of them.
        pub fn visit_inbound(visitor: &mut impl InboundVisitor) {
            $(visitor.visit::<$name>();)*
        }
    };
}

/// Does something for every request of the server; used by tests that walk the list.
pub trait InboundVisitor {
    /// Called once for each service.
    fn visit<S: Inbound>(&mut self);
}

/// How a request of the server is decoded and answered; none if it is not understood here.
#[must_use]
pub fn inbound(id: u32) -> Option<&'static InboundEntry> {
    INBOUND.iter().find(|entry| entry.id == id)
}

/// Does something for every service type; used by tests that walk the list.
pub trait Visitor {
    /// Called once for each service.
    fn visit<S: Service>(&mut self);
}

/// The name of a service, for logs.
#[must_use]
pub fn name_of(id: u32) -> &'static str {
    let other = || names::OTHERS.iter().find(|(other, _)| *other == id).map(|(_, name)| *name);
    ALL.iter().find(|entry| entry.id == id).map(|entry| entry.name).or_else(other).unwrap_or("unknown service")
}

services! {
    change_authorisation_roles::ChangeAuthorisationRoles,
    change_authorisation_roles_filter::ChangeAuthorisationRolesFilter,
    change_principal::ChangePrincipal,
    close_client::CloseClient,
    close_client_filter::CloseClientFilter,
    fetch::Fetch,
    filter_response::FilterResponse,
    filter_subscribe::FilterSubscribe,
    filter_unsubscribe::FilterUnsubscribe,
    get_own_session_properties::GetOwnSessionProperties,
    get_selectors::GetSelectors,
    get_session_properties::GetSessionProperties,
    json_patch::JsonPatch,
    list_global_permissions::ListGlobalPermissions,
    list_path_permissions::ListPathPermissions,
    messaging_filter_send::MessagingFilterSend,
    messaging_receiver_client::MessagingReceiverClient,
    messaging_receiver_control_deregistration::MessagingReceiverControlDeregistration,
    messaging_receiver_control_registration::MessagingReceiverControlRegistration,
    messaging_receiver_server::MessagingReceiverServer,
    messaging_send::MessagingSend,
    missing_topic::MissingTopic,
    notification_descendant::NotificationDescendant,
    notification_deselect::NotificationDeselect,
    notification_end::NotificationEnd,
    notification_event::NotificationEvent,
    notification_select::NotificationSelect,
    range_query::RangeQuery,
    re_authenticate::ReAuthenticate,
    revoke_authentication::RevokeAuthentication,
    session_event_deregistration::SessionEventDeregistration,
    session_event_registration::SessionEventRegistration,
    session_fetch::SessionFetch,
    session_lock_acquire::SessionLockAcquire,
    session_lock_cancel::SessionLockCancel,
    session_lock_get::SessionLockGet,
    session_lock_list::SessionLockList,
    session_lock_release::SessionLockRelease,
    session_properties_event::SessionPropertiesEvent,
    session_properties_registration::SessionPropertiesRegistration,
    set_client_conflation::SetClientConflation,
    set_client_conflation_filter::SetClientConflationFilter,
    set_session_properties::SetSessionProperties,
    set_session_properties_filter::SetSessionPropertiesFilter,
    subscribe::Subscribe,
    subscribe_client::SubscribeClient,
    system_ping::SystemPing,
    time_series_append::TimeSeriesAppend,
    time_series_edit::TimeSeriesEdit,
    time_series_timestamp_append::TimeSeriesTimestampAppend,
    topic_add::TopicAdd,
    topic_add_and_set::TopicAddAndSet,
    topic_control_deregistration::TopicControlDeregistration,
    topic_control_registration::TopicControlRegistration,
    topic_remove::TopicRemove,
    topic_set::TopicSet,
    topic_subscribed::TopicSubscribed,
    topic_unsubscribed::TopicUnsubscribed,
    topic_update::TopicUpdate,
    topic_view_create::TopicViewCreate,
    topic_view_get::TopicViewGet,
    topic_view_list::TopicViewList,
    topic_view_remove::TopicViewRemove,
    topic_will::TopicWill,
    unsubscribe::Unsubscribe,
    unsubscribe_all::UnsubscribeAll,
    unsubscribe_all_by_filter::UnsubscribeAllByFilter,
    unsubscribe_all_control::UnsubscribeAllControl,
    unsubscribe_client::UnsubscribeClient,
    update_stream_add::UpdateStreamAdd,
    update_stream_add_and_set::UpdateStreamAddAndSet,
    update_stream_check::UpdateStreamCheck,
    update_stream_create::UpdateStreamCreate,
    update_stream_create_and_set::UpdateStreamCreateAndSet,
    update_stream_delta::UpdateStreamDelta,
    update_stream_set::UpdateStreamSet,
    user_ping::UserPing,
}

inbound! {
    FilterResponse,
    MessagingReceiverClient,
    MessagingSend,
    MissingTopic,
    NotificationDescendant,
    NotificationEvent,
    SessionPropertiesEvent,
    SystemPing,
    TopicSubscribed,
    TopicUnsubscribed,
    UserPing,
}
