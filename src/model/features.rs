//! What a feature of a connection is, and the macro behind the list of them.
//!
//! A feature is a type that holds its facts, with the intents it understands and the reducers that keep the facts
//! true. To add one, write a file `model/<feature>.rs` with
//!
//! - the facts, `pub struct <Feature>` with [`Default`];
//! - `pub enum Intent`, what the user can do with it;
//! - `impl Feature for <Feature>`: `handle` always, and the other methods where the feature takes part: the life of the
//!   session (`opened`, `connected`, `ended`, `closing`), time (`tick`, `next_due`), and the events of topics;
//!
//! and one line `<feature>::<Feature>,` in `features! { … }` of `model/mod.rs`. The line declares the module, adds the
//! field `<feature>` to [`Connected`] and the variant `<Feature>` with its `From` to [`super::FeatureIntent`], routes
//! intents, and includes the feature in every loop. Where the module lives in a folder that has other code too, the
//! line ends with `in <folder>`, and the folder's `mod.rs` declares the module.
//!
//! The calls are static and the methods that a feature leaves out are empty, so that an update of a topic costs what
//! the interested features do with it and nothing else.

use super::Connected;
use super::change::Change;
use super::connections::Environment;
use super::editor::stored::StoredDraft;
use super::effects::Effects;
use super::messages::stored::StoredMessages;
use super::settings::Settings;
use crate::client::api::{LinkError, Update};
use crate::data::{Timestamp, TopicPath, TopicSpec, UnsubscribeReason};
use crate::wire::services::shared::TopicEvent;
use std::sync::Arc;

/// What is known of a connection before it is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Key of the connection's stored things.
    pub key: &'a str,
    /// Kind of server.
    pub environment: Environment,
    /// The settings.
    pub settings: &'a Settings,
    /// Drafts that an earlier connection with the same key left.
    pub drafts: &'a [StoredDraft],
    /// Saved requests and handlers of the connection.
    pub messages: &'a StoredMessages,
}

/// One feature of a connection: its facts, and what keeps them true.
///
/// The order of calls: `opened` once, then `connected` whenever a session begins or comes back, `ended` when the
/// session is gone for good, and `closing` before the connection is dropped by the user. Topic events come between
/// `connected` and `ended` only.
pub trait Feature: Default {
    /// What the user can do with it.
    type Intent;

    /// Handles what the user did.
    fn handle(at: &mut Connected, intent: Self::Intent, fx: &mut Effects);

    /// The connection is about to be opened: takes up what was stored for it.
    fn opened(&mut self, _opening: &Opening<'_>) {}

    /// The session is live. Unless `same_session`, the server knows nothing of what was registered before: the session
    /// is new, or was recovered with loss.
    fn connected(_at: &mut Connected, _same_session: bool, _fx: &mut Effects) {}

    /// The session has ended; no call is answered any more.
    fn ended(_at: &mut Connected, _cause: &LinkError, _fx: &mut Effects) {}

    /// The user closes the connection. What is sent now is sent before the end.
    fn closing(_at: &mut Connected, _fx: &mut Effects) {}

    /// Time has passed. Called a few times a second while something is open, and when [`Feature::next_due`] says so.
    fn tick(_at: &mut Connected, _fx: &mut Effects) {}

    /// When `tick` has something to do next; none if it only renews figures. Asked only while the session is live.
    fn next_due(_at: &Connected, _now: Timestamp) -> Option<Timestamp> {
        None
    }

    /// The connection is drawn next: renews what is worth renewing only when somebody looks. True if there is more to
    /// do in the next frame.
    fn before_draw(_at: &mut Connected, _now: Timestamp) -> bool {
        false
    }

    /// Notifications were dropped because the window did not keep up: what they told has to be asked for.
    fn notifications_dropped(_at: &mut Connected, _fx: &mut Effects) {}

    /// A change that was sent on this connection is done.
    fn change_done(&mut self, _change: &Change, _fx: &mut Effects) {}

    /// A topic is subscribed now.
    fn subscribed(&mut self, _path: &TopicPath, _spec: &Arc<TopicSpec>, _fx: &mut Effects) {}

    /// A topic is no longer subscribed.
    fn unsubscribed(&mut self, _path: &TopicPath, _reason: Option<UnsubscribeReason>, _fx: &mut Effects) {}

    /// A topic changed. Called for each update of each subscribed topic.
    fn updated(&mut self, _update: &Update, _fx: &mut Effects) {}

    /// A value could not be used.
    fn value_lost(&mut self, _path: &TopicPath, _reason: &str, _fx: &mut Effects) {}

    /// A topic notification came for a listener.
    fn notified(&mut self, _notification: &Notification<'_>, _fx: &mut Effects) {}
}

/// What a listener was told of a topic.
#[derive(Clone, Copy, Debug)]
pub struct Notification<'a> {
    /// The listener, by the id that its feature gave it.
    pub listener: i64,
    /// The topic.
    pub path: &'a TopicPath,
    /// What happened to it.
    pub event: TopicEvent,
    /// Its specification, if the listener asked for it.
    pub spec: Option<&'a TopicSpec>,
}

/// Declares the features of a connection; see the module.
macro_rules! features {
    (@module $module:ident) => { pub mod $module; };
    (@module $module:ident $room:ident) => { pub use $room::$module; };
    ($($module:ident :: $Feature:ident $(in $room:ident)?,)*) => {
        $(features!(@module $module $($room)?);)*

        /// What the user can do with the connection shown, by feature; this union only routes.
        #[derive(Clone, Debug)]
        pub enum FeatureIntent {
            $(
                #[doc = concat!("For [`", stringify!($module), "`].")]
                $Feature($module::Intent),
            )*
        }

        $(
            impl From<$module::Intent> for FeatureIntent {
                fn from(intent: $module::Intent) -> Self { Self::$Feature(intent) }
            }

            impl From<$module::Intent> for Intent {
                fn from(intent: $module::Intent) -> Self { Self::Feature(FeatureIntent::$Feature(intent)) }
            }
        )*

        /// One open connection and everything known through it: the link, then the facts of each feature.
        pub struct Connected {
            /// Names the link.
            pub id: LinkId,
            /// Name shown on its tab.
            pub name: String,
            /// Key of its stored things (favourites, mode, layout, drafts).
            pub key: String,
            /// Kind of server.
            pub environment: Environment,
            /// How it was opened; for “connect again”.
            pub options: ConnectOptions,
            /// Where the link stands.
            pub link: LinkState,
            /// When the link came to stand there.
            pub link_since: Timestamp,
            /// The session, also while recovering and after the end.
            pub session: Option<Arc<SessionFacts>>,
            /// Totals of the line.
            pub traffic: Traffic,
            /// Every subscribed topic with its latest value.
            pub live: live::Live,
            $(
                #[doc = concat!("Facts of [`", stringify!($module), "`].")]
                pub $module: $module::$Feature,
            )*
            /// What it knows of the memory that it may hold.
            pub memory: ConnectionMemory,
            /// Totals of the last seconds, newest last.
            traffic_history: VecDeque<(Timestamp, Traffic)>,
            /// Takes the answers of calls under way.
            waiting: HashMap<CallId, Handler>,
            /// Whether the session that comes back is to be treated as a new one.
            session_reset: bool,
        }

        impl Connected {
            /// A link that is about to open, with what was stored for it.
            fn opening(id: LinkId, name: String, options: ConnectOptions, now: Timestamp, opening: &Opening<'_>) -> Self {
                let mut connected = Self {
                    id,
                    name,
                    key: opening.key.to_owned(),
                    environment: opening.environment,
                    options,
                    link: LinkState::Connecting(Step::Resolve),
                    link_since: now,
                    session: None,
                    traffic: Traffic::default(),
                    live: live::Live::default(),
                    $($module: $module::$Feature::default(),)*
                    memory: ConnectionMemory::default(),
                    traffic_history: VecDeque::new(),
                    waiting: HashMap::new(),
                    session_reset: false,
                };
                $(connected.$module.opened(opening);)*
                connected
            }

            /// Handles what the user did.
            pub fn handle(&mut self, intent: impl Into<FeatureIntent>, fx: &mut Effects) {
                match intent.into() {
                    $(FeatureIntent::$Feature(intent) => <$module::$Feature as Feature>::handle(self, intent, fx),)*
                }
            }

            fn each_connected(&mut self, same_session: bool, fx: &mut Effects) {
                $(<$module::$Feature as Feature>::connected(self, same_session, fx);)*
            }

            fn each_ended(&mut self, cause: &LinkError, fx: &mut Effects) {
                $(<$module::$Feature as Feature>::ended(self, cause, fx);)*
            }

            fn each_closing(&mut self, fx: &mut Effects) {
                $(<$module::$Feature as Feature>::closing(self, fx);)*
            }

            fn each_tick(&mut self, fx: &mut Effects) {
                $(<$module::$Feature as Feature>::tick(self, fx);)*
            }

            fn each_next_due(&self, now: Timestamp) -> Option<Timestamp> {
                [$(<$module::$Feature as Feature>::next_due(self, now),)*].into_iter().flatten().min()
            }

            fn each_before_draw(&mut self, now: Timestamp) -> bool {
                let mut more = false;
                $(more |= <$module::$Feature as Feature>::before_draw(self, now);)*
                more
            }

            fn each_notifications_dropped(&mut self, fx: &mut Effects) {
                $(<$module::$Feature as Feature>::notifications_dropped(self, fx);)*
            }

            fn each_change_done(&mut self, change: &change::Change, fx: &mut Effects) {
                $(self.$module.change_done(change, fx);)*
            }

            fn each_subscribed(&mut self, path: &TopicPath, spec: &Arc<TopicSpec>, fx: &mut Effects) {
                $(self.$module.subscribed(path, spec, fx);)*
            }

            fn each_unsubscribed(&mut self, path: &TopicPath, reason: Option<UnsubscribeReason>, fx: &mut Effects) {
                $(self.$module.unsubscribed(path, reason, fx);)*
            }

            fn each_updated(&mut self, update: &Update, fx: &mut Effects) {
                $(self.$module.updated(update, fx);)*
            }

            fn each_value_lost(&mut self, path: &TopicPath, reason: &str, fx: &mut Effects) {
                $(self.$module.value_lost(path, reason, fx);)*
            }

            fn each_notified(&mut self, notification: &Notification<'_>, fx: &mut Effects) {
                $(self.$module.notified(notification, fx);)*
            }
        }
    };
}
