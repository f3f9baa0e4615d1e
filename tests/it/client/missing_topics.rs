//! Missing topics from end to end: this program's client handles them at the embedded server, over a socket and in
//! memory.

use brownian::client::api::{
    Answer, AutoAnswered, Call, CallError, CallId, Command, ConnectOptions, Event, InboundReply, InboundRequest,
    LinkId, LinkState, RequestId, SessionEvent, Target,
};
use brownian::client::{Engine, PipeEnd};
use brownian::data::{ErrorCode, Secret, TopicSpec, TopicType};
use brownian::server::{Server, ServerConfig};
use brownian::wire::Service;
use brownian::wire::handshake::ConnectRequest;
use brownian::wire::services::shared::{AddAndSetRequest, Constraint, SelectionRequest};
use brownian::wire::services::{
    Fetch, MissingTopic, Subscribe, TopicAddAndSet, TopicControlDeregistration, TopicControlRegistration, fetch,
    missing_topic, topic_control_deregistration, topic_control_registration,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Only so that a hang ends as a failure.
const LONGEST: Duration = Duration::from_secs(30);

struct Stage {
    engine: Engine,
    url: String,
    seen: VecDeque<(LinkId, Event)>,
    calls: u64,
    links: u32,
    _server: Arc<Server>,
}

impl Stage {
    fn new() -> Self {
        let server = Arc::new(Server::start(ServerConfig::default()).expect("a server"));
        let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let inside = Arc::clone(&server);
        let accept = move |request: ConnectRequest, end: PipeEnd| inside.accept(request, end.incoming, end.outgoing);
        let engine = Engine::start(Arc::new(|| {}), Some(Arc::new(accept))).expect("threads");
        let url = format!("ws://{address}");
        Self { engine, url, seen: VecDeque::new(), calls: 0, links: 0, _server: server }
    }

    fn connect(&mut self, principal: &str, in_memory: bool) -> LinkId {
        self.connect_deciding(principal, in_memory, 5000)
    }

    fn connect_deciding(&mut self, principal: &str, in_memory: bool, decide_millis: u32) -> LinkId {
        self.links += 1;
        let id = LinkId(self.links);
        let target = if in_memory { Target::Embedded } else { Target::Url(self.url.clone()) };
        let options = ConnectOptions {
            principal: Some(principal.into()),
            password: Some(Secret::new("password")),
            ping_interval_millis: 0,
            decide_millis: Some(decide_millis),
            ..ConnectOptions::to(target)
        };
        self.engine.open(id, options);
        self.until(id, |event| matches!(event, Event::Link(LinkState::Connected(_))).then_some(()));
        id
    }

    /// The next thing of a connection that is looked for; what does not fit is passed over.
    fn until<T>(&mut self, link: LinkId, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let at = self.seen.iter().position(|(id, event)| *id == link && fits(event).is_some());
            if let Some((_, event)) = at.and_then(|at| self.seen.remove(at)) {
                return fits(&event).expect("it fitted before");
            }
            let seen = &mut self.seen;
            let before = seen.len();
            self.engine.drain(1000, &mut |id, event| seen.push_back((id, event)));
            if self.seen.len() == before {
                assert!(self.engine.wait(LONGEST), "nothing came for {link:?}, only {:?}", self.seen);
            }
        }
    }

    fn call<S: Service>(&mut self, link: LinkId, request: &S::Request) -> Result<S::Response, CallError> {
        self.calls += 1;
        let id = CallId(self.calls);
        self.engine.send(link, Command::Call(Call::new::<S>(id, request))).expect("room for a command");
        let mut found = None;
        self.until(link, |event| match event {
            Event::Answer(Answer { id: of, result, .. }) if *of == id => {
                let response = |any: &Box<dyn std::any::Any + Send>| any.downcast_ref::<S::Response>().cloned();
                found = Some(result.as_ref().map(|any| response(any).expect("its response")).map_err(Clone::clone));
                Some(())
            }
            _ => None,
        });
        found.expect("an answer")
    }

    fn register(&mut self, link: LinkId, path: &str, handler: i64) -> Result<(), i32> {
        let request = topic_control_registration::Request {
            service: MissingTopic::ID as i32,
            control_group: "default".into(),
            path: path.into(),
            handler,
        };
        self.call::<TopicControlRegistration>(link, &request).map_err(code)
    }

    fn deregister(&mut self, link: LinkId, path: &str) {
        let request = topic_control_deregistration::Request {
            service: MissingTopic::ID as i32,
            control_group: "default".into(),
            path: path.into(),
        };
        self.call::<TopicControlDeregistration>(link, &request).expect("ended");
    }

    fn subscribe(&mut self, link: LinkId, selector: &str) {
        let request = SelectionRequest { selector: selector.into(), scope: String::new() };
        self.call::<Subscribe>(link, &request).expect("subscribed");
    }

    fn missing(&mut self, link: LinkId) -> (RequestId, missing_topic::Request) {
        self.until(link, |event| match event {
            Event::Session(SessionEvent::Request(InboundRequest {
                id, request, service: MissingTopic::ID, ..
            })) => Some((*id, request.downcast_ref::<missing_topic::Request>().expect("its type").clone())),
            _ => None,
        })
    }

    fn respond(&mut self, link: LinkId, id: RequestId, proceed: bool) {
        let reply = InboundReply::response::<MissingTopic>(id, &proceed);
        self.engine.send(link, Command::Reply(reply)).expect("room for a command");
    }

    fn add(&mut self, link: LinkId, path: &str) {
        let request = AddAndSetRequest {
            path: path.into(),
            spec: TopicSpec::new(TopicType::Int64),
            value: vec![7].into(),
            constraint: Constraint::Unconstrained,
        };
        self.call::<TopicAddAndSet>(link, &request).expect("added");
    }

    /// Whether the handler has been told of nothing: what it was told comes before the answer to a later call.
    fn is_untold(&mut self, link: LinkId) -> bool {
        self.call::<Fetch>(link, &fetch::Request::of("?none//")).expect("an answer");
        !self.seen.iter().any(|(id, event)| *id == link && matches!(event, Event::Session(SessionEvent::Request(_))))
    }
}

fn code(error: CallError) -> i32 {
    match error {
        CallError::Service { code: ErrorCode(code), .. } => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_handler_creates_what_another_session_misses() {
    for in_memory in [false, true] {
        let mut stage = Stage::new();
        let handler = stage.connect("admin", in_memory);
        let reader = stage.connect("client", !in_memory);
        assert_eq!(stage.register(handler, "mt", 41), Ok(()));
        stage.subscribe(reader, ">mt/a");
        let (id, missing) = stage.missing(handler);
        assert_eq!((missing.handler, missing.selector.as_str()), (41, ">mt/a"));
        assert_eq!(missing.server_names, ["brownian"]);
        let property = |key: &str| missing.session_properties.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        assert_eq!(property("$Principal"), Some("client"));
        assert_eq!(property("$Roles"), Some("\"CLIENT\""));
        assert_eq!(property("$Transport"), Some(if in_memory { "WEBSOCKET" } else { "OTHER" }));
        assert_eq!(property("$SessionId").map(str::len), Some(33));
        stage.add(handler, "mt/a");
        stage.respond(handler, id, true);
        stage.until(reader, |event| match event {
            Event::Updates(updates) => {
                updates.iter().any(|u| u.path.as_str() == "mt/a" && u.latest.value[..] == [7]).then_some(())
            }
            _ => None,
        });
        // It is there now: nobody is asked again.
        stage.subscribe(reader, "?mt//");
        assert!(stage.is_untold(handler));
    }
}

#[test]
fn a_refusal_changes_nothing() {
    let mut stage = Stage::new();
    let handler = stage.connect("control", false);
    let reader = stage.connect("client", true);
    assert_eq!(stage.register(handler, "mt", 1), Ok(()));
    stage.subscribe(reader, ">mt/a");
    let (id, _) = stage.missing(handler);
    stage.respond(handler, id, false);
    stage.add(handler, "mt/a");
    stage.until(reader, |event| {
        matches!(event, Event::Session(SessionEvent::Subscribed { path, .. }) if path.as_str() == "mt/a").then_some(())
    });
}

#[test]
fn what_nobody_decides_is_answered_and_reported() {
    let mut stage = Stage::new();
    let handler = stage.connect_deciding("admin", true, 1);
    assert_eq!(stage.register(handler, "mt", 1), Ok(()));
    stage.subscribe(handler, ">mt/a");
    let (asked, _) = stage.missing(handler);
    let why = stage.until(handler, |event| match event {
        Event::Session(SessionEvent::AutoAnswered { id, service: MissingTopic::ID, why }) if *id == asked => Some(*why),
        _ => None,
    });
    assert_eq!(why, AutoAnswered::TimedOut);
}

#[test]
fn the_nearest_branch_decides_who_is_asked() {
    let mut stage = Stage::new();
    let far = stage.connect("admin", true);
    let near = stage.connect("admin", false);
    let reader = stage.connect("client", false);
    assert_eq!(stage.register(far, "a", 1), Ok(()));
    assert_eq!(stage.register(near, "a/b", 2), Ok(()));
    assert_eq!(stage.register(near, "a", 3), Ok(()), "another session may handle the same branch");
    for (selector, expected) in
        [(">a/b/c", (near, 2)), (">a/b", (near, 2)), ("?a/b/.*//", (near, 2)), (">a/bc", (far, 1)), ("?a/.*", (far, 1))]
    {
        stage.subscribe(reader, selector);
        let (_, missing) = stage.missing(expected.0);
        assert_eq!((missing.handler, missing.selector.as_str()), (expected.1, selector));
    }
    for selector in [">b", "?.*/b//", ">ab"] {
        stage.subscribe(reader, selector);
        assert!(stage.is_untold(far) && stage.is_untold(near), "{selector}");
    }
    // Ended by hand, and with the session.
    stage.deregister(near, "a/b");
    stage.subscribe(reader, ">a/b/d");
    assert_eq!(stage.missing(far).1.handler, 1);
    stage.engine.send(far, Command::Close).expect("room for a command");
    stage.until(far, |event| matches!(event, Event::Link(LinkState::Closed(_))).then_some(()));
    stage.subscribe(reader, ">a/b/e");
    assert_eq!(stage.missing(near).1.handler, 3);
}

#[test]
fn registrations_that_are_refused() {
    let mut stage = Stage::new();
    let plain = stage.connect("client", false);
    let handler = stage.connect("control", true);
    assert_eq!(stage.register(plain, "mt", 1), Err(ErrorCode::ACCESS_DENIED.0));
    assert_eq!(stage.register(handler, "mt", 1), Ok(()));
    assert_eq!(stage.register(handler, "/mt", 2), Err(ErrorCode::HANDLER_CONFLICT.0));
    assert_eq!(stage.register(handler, "mt//x", 2), Err(ErrorCode::INVALID_PATH.0));
    stage.deregister(handler, "mt");
    stage.deregister(handler, "mt");
    assert_eq!(stage.register(handler, "mt", 3), Ok(()));
}
