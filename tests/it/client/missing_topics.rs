//! Missing topics from end to end: this program's client handles them at the embedded server, over a socket and in
//! memory.

use super::stage::Stage;
use brownian::client::api::{
    AutoAnswered, CallError, Command, Event, InboundReply, InboundRequest, LinkId, LinkState, RequestId, SessionEvent,
};
use brownian::data::{ErrorCode, TopicSpec, TopicType};
use brownian::wire::Service;
use brownian::wire::services::shared::{AddAndSetRequest, Constraint, SelectionRequest};
use brownian::wire::services::{
    Fetch, MissingTopic, Subscribe, TopicAddAndSet, TopicControlDeregistration, TopicControlRegistration, fetch,
    missing_topic, topic_control_deregistration, topic_control_registration,
};

impl Stage {
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

at_every_version!(
    a_handler_creates_what_another_session_misses,
    a_refusal_changes_nothing,
    what_nobody_decides_is_answered_and_reported,
    the_nearest_branch_decides_who_is_asked,
    registrations_that_are_refused,
);

fn a_handler_creates_what_another_session_misses(version: u8) {
    for in_memory in [false, true] {
        let mut stage = Stage::at(version);
        let handler = stage.connect("admin", in_memory);
        let reader = stage.connect("client", !in_memory);
        assert_eq!(stage.register(handler, "mt", 41), Ok(()));
        stage.subscribe(reader, ">mt/a");
        let (id, missing) = stage.missing(handler);
        assert_eq!((missing.handler, missing.selector.as_str()), (41, ">mt/a"));
        let property = |key: &str| missing.session_properties.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        assert_eq!(property("$SessionId").map(str::len), Some(33));
        if version < 23 {
            assert_eq!((missing.session_properties.len(), &missing.server_names[..]), (1, &[][..]));
        } else {
            assert_eq!(missing.server_names, ["brownian"]);
            assert_eq!(property("$Principal"), Some("client"));
            assert_eq!(property("$Roles"), Some("\"CLIENT\""));
            assert_eq!(property("$Transport"), Some(if in_memory { "WEBSOCKET" } else { "OTHER" }));
        }
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

fn a_refusal_changes_nothing(version: u8) {
    let mut stage = Stage::at(version);
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

fn what_nobody_decides_is_answered_and_reported(version: u8) {
    let mut stage = Stage::at(version);
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

fn the_nearest_branch_decides_who_is_asked(version: u8) {
    let mut stage = Stage::at(version);
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

fn registrations_that_are_refused(version: u8) {
    let mut stage = Stage::at(version);
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
