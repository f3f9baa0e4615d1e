//! The list of services; one file each.

pub mod shared;

use super::service::{Entry, Inbound, InboundEntry, Service};

/// Declares the module of each service and the table of all.
macro_rules! services {
    ($($module:ident :: $name:ident,)*) => {
        $(pub mod $module;)*
        $(pub use $module::$name;)*

        /// Every service this program knows.
        pub const ALL: &[Entry] = &[$(Entry { id: $name::ID, name: $name::NAME, effect: $name::EFFECT },)*];

        /// Calls the visitor with each service type.
        pub fn visit_all(visitor: &mut impl Visitor) {
            $(visitor.visit::<$name>();)*
        }
    };
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
    ALL.iter().find(|entry| entry.id == id).map_or("unknown service", |entry| entry.name)
}

services! {
    fetch::Fetch,
    json_patch::JsonPatch,
    missing_topic::MissingTopic,
    notification_descendant::NotificationDescendant,
    notification_deselect::NotificationDeselect,
    notification_end::NotificationEnd,
    notification_event::NotificationEvent,
    notification_select::NotificationSelect,
    range_query::RangeQuery,
    session_lock_acquire::SessionLockAcquire,
    session_lock_cancel::SessionLockCancel,
    session_lock_get::SessionLockGet,
    session_lock_list::SessionLockList,
    session_lock_release::SessionLockRelease,
    subscribe::Subscribe,
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
    topic_view_create::TopicViewCreate,
    topic_view_get::TopicViewGet,
    topic_view_list::TopicViewList,
    topic_view_remove::TopicViewRemove,
    unsubscribe::Unsubscribe,
    unsubscribe_all::UnsubscribeAll,
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
    MissingTopic,
    NotificationDescendant,
    NotificationEvent,
    SystemPing,
    TopicSubscribed,
    TopicUnsubscribed,
    UserPing,
}
