//! Sessions seen and changed by another session, both of this program: over a socket and the machine's own protocol.

use brownian::client::api::{ConnectOptions, Event, SessionEvent, Target};
use brownian::client::blocking::{Session, SessionError};
use brownian::data::{CloseReason, Secret, SessionId, TopicPath, TopicSpec, TopicType, UnsubscribeReason};
use brownian::server::{Exchange, Server, ServerConfig};
use brownian::wire::frame::VERSION;
use brownian::wire::handshake::ConnectRequest;
use brownian::wire::services::session_fetch::Response;
use brownian::wire::services::session_listing::{CountOrErrors, OneSession};
use brownian::wire::services::session_properties_event::{self, PropertyChange, SessionChange, Update};
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::services::{
    ChangeAuthorisationRoles, CloseClientFilter, GetOwnSessionProperties, ListGlobalPermissions, ReAuthenticate,
    RevokeAuthentication, SessionEventRegistration, SessionFetch, SetSessionProperties, SubscribeClient,
    change_authorisation_roles, close_client_filter, re_authenticate, session_event_registration, session_fetch,
    set_session_properties, subscribe_client,
};
use brownian::wire::{Message, Service as _, decode, encode};
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

const LISTENER: i64 = 77;
/// Only so that a hang ends as a failure.
const LONGEST: Duration = Duration::from_mins(1);

struct Sessions {
    server: Server,
    url: String,
}

impl Sessions {
    fn new(config: ServerConfig) -> Self {
        let server = Server::start(config).expect("a server starts");
        let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        Self { server, url: format!("ws://{address}") }
    }

    fn connect(&self, principal: &str, properties: &[(&str, &str)]) -> Session {
        let options = ConnectOptions {
            principal: Some(principal.to_owned()),
            password: Some(Secret::new("password")),
            properties: properties.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect(),
            ..ConnectOptions::to(Target::Url(self.url.clone()))
        };
        Session::connect(options).expect("a session")
    }
}

/// The id of a session, from itself.
fn id_of(session: &mut Session) -> SessionId {
    let own = session.call::<GetOwnSessionProperties>(&()).expect("an answer").expect("properties");
    let (_, id) = own.into_iter().find(|(key, _)| key == "$SessionId").expect("an id");
    id.parse().expect("an id")
}

/// A session that hears of the sessions of clients.
struct Listener {
    session: Session,
    events: VecDeque<(SessionId, SessionChange)>,
}

impl Listener {
    fn new(mut session: Session, keys: &[&str]) -> Self {
        let request = session_event_registration::Request {
            cluster_aware: true,
            filter: Some("$Principal is 'client'".to_owned()),
            keys: Some(keys.iter().map(|&key| key.to_owned()).collect()),
            start_time: None,
            listener: LISTENER,
        };
        assert_eq!(session.call::<SessionEventRegistration>(&request).expect("an answer"), []);
        Self { session, events: VecDeque::new() }
    }

    fn next(&mut self) -> (SessionId, SessionChange) {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            let event = self.session.next_event_timeout(LONGEST).expect("the session goes on").expect("in time");
            if let Event::Session(SessionEvent::Request(request)) = event {
                let events = request.request.downcast::<session_properties_event::Request>().expect("of this service");
                assert_eq!(events.listener, LISTENER);
                self.events.extend(events.events);
            }
        }
    }
}

#[test]
fn a_session_is_seen_changed_and_closed() {
    let sessions = Sessions::new(ServerConfig::default());
    sessions.server.publisher().batch(|batch| {
        batch.add("a/1", &TopicSpec::new(TopicType::String)).expect("a topic");
    });
    let mut target = sessions.connect("client", &[("desk", "fx"), ("unknown", "x")]);
    let id = id_of(&mut target);
    let mut listener = Listener::new(sessions.connect("admin", &[]), &["*U", "$Roles"]);
    let roles = ("$Roles".to_owned(), "\"CLIENT\"".to_owned());
    let desk = ("desk".to_owned(), "fx".to_owned());
    assert_eq!(listener.next(), (id, SessionChange::Opened(vec![roles, desk])));
    let set =
        set_session_properties::Request { session: id, set: Some(vec![("desk".into(), "rates".into())]), remove: None };
    let answer = listener.session.call::<SetSessionProperties>(&set).expect("an answer");
    assert_eq!(answer.previous, Some(vec![("desk".to_owned(), "fx".to_owned())]));
    let (_, SessionChange::Updated { update: Update::Properties, changes }) = listener.next() else {
        panic!("an update")
    };
    assert_eq!(changes[1].1, PropertyChange::Changed { old: "fx".into(), new: "rates".into() });
    let selection = SelectionRequest { selector: ">a/1".into(), scope: String::new() };
    let subscribe = subscribe_client::Request { session: id, selection };
    listener.session.call::<SubscribeClient>(&subscribe).expect("an answer");
    let reason = loop {
        match target.next_event_timeout(LONGEST).expect("the session goes on").expect("in time") {
            Event::Session(SessionEvent::Subscribed { path, .. }) => {
                assert_eq!(path, TopicPath::parse("a/1").expect("a path"));
                let request =
                    change_authorisation_roles::Request { session: id, remove: vec!["CLIENT".into()], add: vec![] };
                listener.session.call::<ChangeAuthorisationRoles>(&request).expect("an answer");
            }
            Event::Session(SessionEvent::Unsubscribed { reason, .. }) => break reason,
            _ => {}
        }
    };
    assert_eq!(reason, Some(UnsubscribeReason::Authorization));
    assert_eq!(target.call::<ListGlobalPermissions>(&()).expect("an answer"), [0_u8; 0]);
    let close = close_client_filter::Request { filter: "desk is 'rates'".into() };
    let closed = listener.session.call::<CloseClientFilter>(&close).expect("an answer");
    assert_eq!(closed, CountOrErrors { count: 1, errors: vec![] });
    loop {
        match target.next_event_timeout(LONGEST) {
            Err(SessionError::Ended(_)) => break,
            other => assert!(matches!(other, Ok(Some(_))), "{other:?}"),
        }
    }
    let (_, change) = loop {
        let next = listener.next();
        if !matches!(next.1, SessionChange::Updated { .. }) {
            break next;
        }
    };
    let SessionChange::Closed { reason, properties } = change else { panic!("{change:?}") };
    assert_eq!(reason, CloseReason::CLOSED_BY_CONTROLLER);
    assert_eq!(properties, [("$Roles".to_owned(), String::new()), ("desk".to_owned(), "rates".to_owned())]);
}

#[test]
fn a_lost_line_is_told_and_the_listener_survives_its_own() {
    let sessions = Sessions::new(ServerConfig::default());
    let mut target = sessions.connect("client", &[]);
    let id = id_of(&mut target);
    let mut listener = Listener::new(sessions.connect("admin", &[]), &[]);
    assert_eq!(listener.next(), (id, SessionChange::Opened(vec![])));
    // Both lines are cut; both sessions come back without loss.
    sessions.server.drop_connections();
    let mut updates = Vec::new();
    while updates.len() < 2 {
        let (of, change) = listener.next();
        let SessionChange::Updated { update, changes } = change else { panic!("{change:?}") };
        assert_eq!((of, changes), (id, vec![]));
        updates.push(update);
    }
    assert_eq!(updates, [Update::Disconnected, Update::Reconnected]);
    target.close();
    let closed = SessionChange::Closed { reason: CloseReason::CLOSED_BY_CLIENT, properties: vec![] };
    assert_eq!(listener.next(), (id, closed));
}

#[test]
fn another_principal_and_a_revoked_one() {
    let sessions = Sessions::new(ServerConfig::default());
    let mut target = sessions.connect("client", &[]);
    let id = id_of(&mut target);
    let mut listener = Listener::new(sessions.connect("control", &[]), &["*U"]);
    assert_eq!(listener.next(), (id, SessionChange::Opened(vec![])));
    let again = re_authenticate::Request {
        principal: "client".into(),
        credentials: brownian::wire::handshake::Credentials::Password(Secret::new("password")),
        properties: vec![("tier".into(), "gold".into()), ("tier2".into(), "gold".into())],
    };
    assert!(target.call::<ReAuthenticate>(&again).expect("an answer"));
    let added = vec![("tier".to_owned(), PropertyChange::Added("gold".into()))];
    assert_eq!(listener.next(), (id, SessionChange::Updated { update: Update::Properties, changes: added }));
    let request = session_fetch::Request {
        filter: "has tier".into(),
        keys: Some(vec!["$ClientType".into(), "$ClientIP".into(), "$Transport".into()]),
        from: None,
        to: None,
        limit: Some(-1),
        maximum_result_size: 1 << 20,
        requires_start_time: true,
    };
    let Response::Found { sessions: found, total_selected: 1 } =
        listener.session.call::<SessionFetch>(&request).expect("an answer")
    else {
        panic!("one session")
    };
    let values: Vec<&str> = found[0].properties.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!((values, found[0].start_time.is_some()), (vec!["127.0.0.1", "JAVASCRIPT_BROWSER", "WEBSOCKET"], true));
    listener.session.call::<RevokeAuthentication>(&OneSession { session: id }).expect("an answer");
    let properties = vec![("tier".to_owned(), "gold".to_owned())];
    assert_eq!(listener.next(), (id, SessionChange::Closed { reason: CloseReason::REVOKED, properties }));
}

#[test]
fn each_end_has_its_reason() {
    let mut server = Exchange::new(ServerConfig::default(), 0);
    let connect = |server: &mut Exchange, reconnect_millis: u32| {
        let parameters =
            format!("ty=WJ&v=29&ca=8&r={reconnect_millis}&sp=%7B%7D&username=admin&password=AQhwYXNzd29yZA%3D%3D");
        let request = ConnectRequest::from_query(&parameters).expect("parameters");
        server.connect(&request).expect("a session").connection
    };
    let listener = connect(&mut server, 0);
    let request = session_event_registration::Request {
        cluster_aware: true,
        filter: None,
        keys: None,
        start_time: Some(0),
        listener: LISTENER,
    };
    let payload = encode(&request, VERSION);
    server.receive(listener, Message::Request { service: SessionEventRegistration::ID, cid: 1, payload }.encode());
    let told = |server: &mut Exchange| {
        let mut told = Vec::new();
        for message in server.take(listener) {
            let Ok(Message::Request { payload, .. }) = Message::decode(message, 1 << 20) else { continue };
            let request: session_properties_event::Request = decode(payload, VERSION).expect("events");
            told.extend(request.events.into_iter().filter_map(|(_, change)| match change {
                SessionChange::Opened(_) => None,
                SessionChange::Updated { update, .. } => Some(format!("{update:?}")),
                SessionChange::Closed { reason, .. } => Some(reason.to_string()),
            }));
        }
        told.join(" ")
    };
    for (message, reason) in [
        (Message::CloseRequest.encode(), "CLOSED_BY_CLIENT"),
        (Message::Abort.encode(), "ABORTED"),
        (Bytes::from_static(&[0xff, 1]), "INVALID_INBOUND_MESSAGE"),
        (Bytes::from_static(&[4, 0, 0, 0, 1]), "INVALID_INBOUND_MESSAGE"),
    ] {
        let connection = connect(&mut server, 60_000);
        assert!(!server.receive(connection, message));
        assert_eq!(told(&mut server), reason);
    }
    let connection = connect(&mut server, 0);
    server.lose(connection);
    assert_eq!(told(&mut server), "CONNECTION_LOST");
    let connection = connect(&mut server, 60_000);
    server.receive(connection, Bytes::from_static(&[0, 56, 1]));
    server.lose(connection);
    server.advance(Duration::from_secs(61));
    assert_eq!(told(&mut server), "Disconnected CONNECTION_LOST");
    assert_eq!(server.session_count(), 1);
}
