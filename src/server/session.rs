//! One session: who it is, what it has selected, and the connection it is on, if any.

use super::budget::Charge;
use super::handlers::{Running, Walk};
use super::outbox::{Delivery, Outbox, Queued};
use super::places::Source;
use super::properties::Properties;
use super::quotas::{ENTRY_BYTES, SESSION_BYTES, SUBSCRIPTION_BYTES};
use super::security::Security;
use super::streams::Streams;
use super::topic::Topic;
use super::world::SessionListener;
use crate::data::security::{EffectiveRoles, PathPermissions};
use crate::data::session_filter::roles_text;
use crate::data::{Account, Selections, SessionId, TopicPath, TopicSpec, UnsubscribeReason};
use crate::wire::handshake::{ConnectRequest, Token};
use crate::wire::services::{
    TopicSubscribed, TopicUnsubscribed, re_authenticate, topic_subscribed, topic_unsubscribed,
};
use crate::wire::{Message, Service, encode};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// Conversation ids of one kind that are remembered.
const REMEMBERED_IDS: usize = 1024;
/// The name of this server.
pub(super) const SERVER_NAME: &str = "brownian";
/// The name of the one place where clients connect; that of a server that nobody has configured.
const CONNECTOR: &str = "Client Connector";

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// A `WebSocket` of a client at this address.
    WebSocket(IpAddr),
    /// This process.
    Memory,
}

impl Origin {
    /// What its sessions are counted by.
    pub(super) fn source(self) -> Source {
        match self {
            Self::WebSocket(address) => Source::of(address),
            Self::Memory => Source::Process,
        }
    }
}

/// Clients by what they do wrong over reconnections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientKind {
    /// The official JavaScript client, which sends again wrongly and then counts wrongly; nothing in its messages tells.
    JavaScript,
    /// The official Python client, which never sends again and does not count anew after a loss.
    Python,
    /// Any other: it counts as the protocol says.
    Exact,
}

impl ClientKind {
    /// By the connection request. This program calls itself a JavaScript client, and says its name in `$Environment`.
    pub(super) fn of(request: &ConnectRequest) -> Self {
        let is_this_program =
            request.properties.iter().any(|(key, value)| key == "$Environment" && value.starts_with("RUST_brownian_"));
        match request.client_type.as_str() {
            "WB" | "B" if !is_this_program => Self::JavaScript,
            "PY" => Self::Python,
            _ => Self::Exact,
        }
    }
}

/// How the task that serves a connection learns that it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseSignal {
    /// It goes on.
    Open,
    /// The session has ended: say so and close.
    SessionOver,
    /// Only this connection ends; the session waits for another or has one.
    ConnectionOver,
}

/// The connection under a session.
#[derive(Debug)]
pub(super) struct ConnectionState {
    /// Counts connections; work for an older one is void.
    pub generation: u64,
    /// Whether there is one.
    pub attached: bool,
    /// Messages received since the session began or was reset.
    pub received: i64,
    /// Whether the client has ever sent a message.
    pub has_spoken: bool,
    /// The next reconnection must be answered as lossy.
    pub lossy_next: bool,
    /// Whether a loss has ever been told.
    pub was_lossy: bool,
    /// Uptime in milliseconds of the latest lossless reconnection of a JavaScript client, until its first message is
    /// judged.
    pub recovered_at: Option<u64>,
    /// Whether any lossless reconnection happened, so requests may repeat.
    pub recovered: bool,
    /// Losses told so far: an answer to what the client asked before the latest means nothing to it.
    pub losses: u32,
    /// Conversation of the system ping without an answer.
    pub ping: Option<i64>,
    /// The latest conversation the server began.
    conversation: i64,
    /// Conversations of the client's requests.
    pub requests: RecentIds,
    /// Conversations of the server's calls that the client has answered.
    pub answered: RecentIds,
    closing: watch::Sender<CloseSignal>,
}

impl ConnectionState {
    /// A connection that has just been made, and its close signal.
    pub(super) fn new() -> (Self, watch::Receiver<CloseSignal>) {
        let (closing, receiver) = watch::channel(CloseSignal::Open);
        let connection = Self {
            generation: 1,
            attached: true,
            received: 0,
            has_spoken: false,
            lossy_next: false,
            was_lossy: false,
            recovered_at: None,
            recovered: false,
            losses: 0,
            ping: None,
            conversation: 0,
            requests: RecentIds::default(),
            answered: RecentIds::default(),
            closing,
        };
        (connection, receiver)
    }

    /// Puts a new connection in the place of the old one, which is told to end.
    pub(super) fn replace(&mut self) -> watch::Receiver<CloseSignal> {
        let (closing, receiver) = watch::channel(CloseSignal::Open);
        std::mem::replace(&mut self.closing, closing).send_replace(CloseSignal::ConnectionOver);
        self.generation += 1;
        self.attached = true;
        self.ping = None;
        receiver
    }

    /// Forgets all counts, as a client does that was told of a loss.
    pub(super) fn reset(&mut self) {
        self.received = 0;
        self.lossy_next = false;
        self.was_lossy = true;
        self.losses += 1;
        self.recovered = false;
        self.recovered_at = None;
        self.requests = RecentIds::default();
        self.answered = RecentIds::default();
    }

    /// Tells the connection to end without a word.
    pub(super) fn cut(&self) {
        self.closing.send_replace(CloseSignal::ConnectionOver);
    }

    /// Tells the connection that the session is over.
    pub(super) fn end(&self) {
        self.closing.send_replace(CloseSignal::SessionOver);
    }

    /// A conversation id for a request of the server whose answer somebody waits for: an odd one.
    pub(super) const fn next_conversation(&mut self) -> i64 {
        self.conversation = (self.conversation + 1) | 1;
        self.conversation
    }

    /// A conversation id for a notice that the client answers and nobody waits for: an even one, by which the answer is
    /// known without remembering any.
    pub(super) const fn next_notice(&mut self) -> i64 {
        self.conversation = (self.conversation + 2) & !1;
        self.conversation
    }

    /// Whether a conversation that the server has begun is that of a notice.
    pub(super) const fn is_notice(conversation: i64) -> bool {
        conversation & 1 == 0
    }

    /// Whether the server has ever begun a conversation.
    pub(super) const fn has_begun(&self, conversation: i64) -> bool {
        0 < conversation && conversation <= self.conversation
    }
}

/// The latest conversation ids of one kind, by which a repetition is known.
#[derive(Debug, Default)]
pub(super) struct RecentIds {
    order: VecDeque<i64>,
    known: BTreeSet<i64>,
}

impl RecentIds {
    /// Notes an id; whether it was not known.
    pub(super) fn insert(&mut self, id: i64) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// Whether an id is known.
    pub(super) fn contains(&self, id: i64) -> bool {
        self.known.contains(&id)
    }
}

/// A change of principal that waits.
#[derive(Debug)]
pub(super) struct HeldLogin {
    /// Uptime in milliseconds at which it is looked at.
    pub due: u64,
    /// The conversation in which it is answered.
    pub conversation: i64,
    /// Who the session wants to be.
    pub request: re_authenticate::Request,
}

impl HeldLogin {
    /// Bytes that it takes in memory, about.
    pub(super) fn kept_bytes(&self) -> usize {
        let properties = self.request.properties.iter().map(|(key, value)| key.len() + value.len() + ENTRY_BYTES);
        let properties = properties.sum::<usize>();
        ENTRY_BYTES + self.request.principal.len() + self.request.credentials.size() + properties
    }
}

/// A change of a listener's selections that has come into force and of which the listener has not heard all.
#[derive(Debug)]
pub(super) struct ListenerChange {
    /// The listener.
    pub listener: i64,
    /// What it had selected before.
    pub before: Selections,
    /// The number of the latest topic when it came into force; later ones are told as added.
    pub latest: i32,
    /// How far it has been told.
    pub walk: Walk,
}

impl ListenerChange {
    /// Whether the listener still sees a topic as it did before.
    fn is_untold(&self, path: &TopicPath, number: i32) -> bool {
        number <= self.latest && !self.walk.has_passed(path)
    }
}

/// Services that the log names as asked for in vain by one session.
const MAX_REFUSED_SERVICES: usize = 64;

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its token.
    pub token: Token,
    /// Where its client connected from first.
    pub source: Source,
    /// Protocol version.
    pub version: u8,
    /// How its client behaves over reconnections.
    pub client: ClientKind,
    /// Principal; empty for anonymous.
    pub principal: String,
    /// Roles and all they include.
    pub roles: EffectiveRoles,
    /// The largest message of its client on the connection it has.
    pub max_message_bytes: usize,
    /// How long it outlives its connection.
    pub reconnect_millis: u64,
    /// What waits for it.
    pub outbox: Arc<Outbox>,
    /// What is selected in each scope; none is empty.
    pub scopes: BTreeMap<String, Selections>,
    /// Counts changes of what is selected.
    pub selection_changes: u64,
    /// Topic ids by path.
    pub subscriptions: BTreeMap<TopicPath, i32>,
    /// What each topic-notification listener has selected, by conversation.
    pub listeners: BTreeMap<i64, Selections>,
    /// Who of it hears of sessions, by conversation.
    pub session_listeners: BTreeMap<i64, SessionListener>,
    /// Conversations of its handlers of missing topics by branch.
    pub missing_topic_handlers: BTreeMap<TopicPath, i64>,
    /// Session properties.
    pub properties: Properties,
    /// Branches that are removed when it ends.
    pub removed_with_it: BTreeSet<TopicPath>,
    /// Services that it asked for and that this server does not offer; for the log, which names each once.
    pub refused_services: BTreeSet<u32>,
    /// Changes of its principal that wait because of failures before them.
    pub held_logins: Vec<HeldLogin>,
    /// Requests that go on in slices; the first is worked at.
    pub running: VecDeque<Running>,
    /// The change of a listener that is one of them.
    pub listener_change: Option<ListenerChange>,
    /// Its valid update streams.
    pub streams: Arc<Streams>,
    /// What is kept of its requests.
    pub kept: Charge,
    /// What its subscriptions cost.
    pub subscribed: Charge,
    /// The part of a message that has come over its connection.
    pub incoming: Arc<Charge>,
    /// The latest topic id.
    pub next_topic_id: i32,
    /// Its connection.
    pub connection: ConnectionState,
}

impl Session {
    /// Whether the session asks for the first time for a service that is not offered. The log names 64 at most.
    pub(super) fn is_first_refusal(&mut self, service: u32) -> bool {
        self.refused_services.len() < MAX_REFUSED_SERVICES && self.refused_services.insert(service)
    }

    /// Selections of all scopes and listeners: each is tried for every topic that comes.
    pub(super) fn selection_count(&self) -> usize {
        self.scopes.values().chain(self.listeners.values()).map(Selections::len).sum()
    }

    /// What a listener has selected, as far as it has been told, where the topic at a path has this number.
    pub(super) fn told_selections<'a>(
        &'a self,
        listener: i64,
        selections: &'a Selections,
        path: &TopicPath,
        number: i32,
    ) -> &'a Selections {
        match &self.listener_change {
            Some(change) if change.listener == listener && change.is_untold(path, number) => &change.before,
            _ => selections,
        }
    }

    /// Forgets what it was about to be told, as its client has.
    pub(super) fn forget_requests(&mut self) {
        self.listeners.clear();
        self.listener_change = None;
        self.session_listeners.clear();
        self.missing_topic_handlers.clear();
        self.held_logins.clear();
        // What has changed something goes on, for nobody.
        self.running.retain(Running::is_committed);
        self.running.iter_mut().for_each(Running::discard_answer);
    }

    /// Bytes kept for itself and of its requests.
    pub(super) fn kept_bytes(&self) -> usize {
        let hearing = self.session_listeners.values().map(SessionListener::kept_bytes);
        let selections = |name: usize, of: &Selections| name + ENTRY_BYTES + of.kept_bytes();
        let scopes = self.scopes.iter().map(|(scope, of)| selections(scope.len(), of));
        let listeners = self.listeners.values().map(|of| selections(0, of));
        let paths = self.missing_topic_handlers.keys().chain(&self.removed_with_it);
        let paths = paths.map(|path| path.as_str().len() + ENTRY_BYTES);
        let logins = self.held_logins.iter().map(HeldLogin::kept_bytes);
        let requests = hearing.chain(scopes).chain(listeners).chain(paths).chain(logins).sum::<usize>();
        SESSION_BYTES + self.properties.kept_bytes() + requests
    }

    /// Everything that would be free without the session.
    pub(super) fn all_kept_bytes(&self) -> usize {
        let running = self.running.iter().map(Running::kept_bytes).sum::<usize>();
        self.outbox.kept_bytes()
            + self.kept.bytes()
            + self.subscribed.bytes()
            + self.incoming.bytes()
            + running
            + self.streams.kept_bytes()
    }

    /// Notes what its subscriptions cost now.
    pub(super) fn count_subscriptions(&self) {
        self.subscribed.set(self.subscriptions.len() * SUBSCRIPTION_BYTES);
    }

    /// What the session may do at a path.
    pub(super) fn at_path(&self, security: &Security, path: &str) -> PathPermissions {
        security.store.at_path(&self.roles, path).permissions
    }

    /// Whether the session may see a topic at a path.
    pub(super) fn reads(&self, security: &Security, path: &str, topic: &Topic) -> bool {
        self.at_path(security, path).union(topic.owned_by(&self.principal)).contains(PathPermissions::READ_TOPIC)
    }

    /// The most that it costs to find out what the session wants of a new topic, in units of an account.
    pub(super) fn selection_weight(&self) -> u64 {
        self.scopes.values().chain(self.listeners.values()).map(Selections::weight).sum()
    }

    /// Whether any scope selects the path; one that takes too much to find out does not.
    pub(super) fn selects(&self, path: &str, account: &mut Account) -> bool {
        self.scopes.values().any(|selections| selections.decision(path, account) == Ok(Some(true)))
    }

    /// The message that tells of a subscription.
    pub(super) fn announcement(&self, topic_id: i32, path: &TopicPath, spec: &TopicSpec) -> Message {
        let request = topic_subscribed::Request { topic_id, path: path.as_str().to_owned(), spec: spec.clone() };
        self.notification::<TopicSubscribed>(&request)
    }

    /// Queues the end of a subscription.
    pub(super) fn withdraw(
        &self,
        topic_id: i32,
        path: &TopicPath,
        reason: UnsubscribeReason,
        delivery: Delivery,
    ) -> Queued {
        let message = self.notification::<TopicUnsubscribed>(&topic_unsubscribed::Request { topic_id, reason });
        self.outbox.withdraw(topic_id, path, &message, delivery)
    }

    /// A request that wants no answer.
    pub(super) fn notification<S: Service>(&self, request: &S::Request) -> Message {
        Message::Request { service: S::ID, cid: 0, payload: encode(request, self.version) }
    }
}

/// The fixed properties of a new session.
pub(super) fn fixed_properties(
    id: SessionId,
    request: &ConnectRequest,
    roles: &[String],
    origin: Origin,
    now_millis: i64,
) -> BTreeMap<String, String> {
    let client_type = match request.client_type.as_str() {
        "WB" | "B" => "JAVASCRIPT_BROWSER",
        "PY" => "PYTHON",
        "J" | "WJ" => "JAVA",
        "N" | "WN" => "DOTNET",
        _ => "OTHER",
    };
    let (transport, address) = match origin {
        Origin::WebSocket(address) => ("WEBSOCKET", Some(address.to_canonical().to_string())),
        Origin::Memory => ("OTHER", None),
    };
    let environment = request.properties.iter().find(|(key, _)| key == "$Environment");
    let text = |text: &str| Some(text.to_owned());
    [
        ("$SessionId", Some(id.to_string())),
        ("$Principal", Some(request.principal.clone().unwrap_or_default())),
        ("$Roles", Some(roles_text(roles.iter().map(String::as_str)))),
        ("$ClientType", text(client_type)),
        ("$Transport", text(transport)),
        ("$Connector", text(CONNECTOR)),
        ("$ServerName", text(SERVER_NAME)),
        ("$ClientIP", address),
        ("$StartTime", Some(now_millis.to_string())),
        ("$Country", text("")),
        ("$Language", text("")),
        ("$Latitude", text("NaN")),
        ("$Longitude", text("NaN")),
        ("$Environment", Some(environment.map_or("UNKNOWN", |(_, value)| value).to_owned())),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_properties_say_who_how_and_from_where() {
        let query =
            "ty=PY&v=25&ca=8&r=0&sp=%7B%22%24Environment%22%3A%22PYTHON_x%22%2C%22Own%22%3A%22y%22%7D&username=admin";
        let request = ConnectRequest::from_query(query).unwrap();
        let id = SessionId { server: 1, session: 2 };
        let roles = ["CLIENT".to_owned(), "ADMINISTRATOR".to_owned()];
        let origin = Origin::WebSocket([10, 0, 0, 1].into());
        let all = fixed_properties(id, &request, &roles, origin, 77);
        for (key, value) in [
            ("$SessionId", "0000000000000001-0000000000000002"),
            ("$Principal", "admin"),
            ("$Roles", r#""ADMINISTRATOR","CLIENT""#),
            ("$ClientType", "PYTHON"),
            ("$Transport", "WEBSOCKET"),
            ("$ClientIP", "10.0.0.1"),
            ("$StartTime", "77"),
            ("$Environment", "PYTHON_x"),
            ("$ServerName", SERVER_NAME),
        ] {
            assert_eq!(all.get(key).map(String::as_str), Some(value), "{key}");
        }
        assert!(all.keys().all(|key| key.starts_with('$')), "{all:?}");
        let inside = fixed_properties(id, &request, &roles, Origin::Memory, 77);
        assert_eq!((inside["$Transport"].as_str(), inside.get("$ClientIP")), ("OTHER", None));
    }
}
