//! Requests between sessions from end to end: this program's client asks and answers at the embedded server, over a
//! socket and in memory.

use super::stage::Stage;
use brownian::client::api::{CallError, Command, Event, InboundReply, InboundRequest, LinkId, RequestId, SessionEvent};
use brownian::data::{ErrorCode, SessionId, TopicType};
use brownian::wire::services::message_value::TypedValue;
use brownian::wire::services::session_listing::Selected;
use brownian::wire::services::{
    FilterResponse, MessagingFilterSend, MessagingReceiverClient, MessagingReceiverControlDeregistration,
    MessagingReceiverControlRegistration, MessagingReceiverServer, MessagingSend, filter_response,
    messaging_filter_send, messaging_receiver_client, messaging_receiver_control_deregistration,
    messaging_receiver_control_registration, messaging_receiver_server, messaging_send,
};
use brownian::wire::{Service, ServiceError};
use std::collections::BTreeMap;

fn value(text: &str) -> TypedValue {
    TypedValue::new(TopicType::Binary, text.as_bytes().to_vec().into())
}

fn text(of: &TypedValue) -> &str {
    std::str::from_utf8(&of.content).expect("a text")
}

fn code<T>(outcome: Result<T, CallError>) -> Result<T, i32> {
    outcome.map_err(|error| match error {
        CallError::Service { code: ErrorCode(code), .. } => code,
        other => panic!("{other:?}"),
    })
}

impl Stage {
    fn handle(&mut self, link: LinkId, path: &str, keys: &[&str]) -> Result<(), i32> {
        let request = messaging_receiver_control_registration::Request {
            service: MessagingReceiverClient::ID as i32,
            control_group: "default".into(),
            path: path.into(),
            property_keys: keys.iter().map(|&key| key.into()).collect(),
            handler: 41,
        };
        code(self.call::<MessagingReceiverControlRegistration>(link, &request))
    }

    fn withdraw(&mut self, link: LinkId, path: &str) {
        let request = messaging_receiver_control_deregistration::Request {
            service: MessagingReceiverClient::ID as i32,
            control_group: "default".into(),
            path: path.into(),
            property_keys: Vec::new(),
        };
        self.call::<MessagingReceiverControlDeregistration>(link, &request).expect("ended");
    }

    /// The next request of a service that comes to a connection.
    fn asked<S: Service>(&mut self, link: LinkId) -> (RequestId, S::Request) {
        self.until(link, |event| match event {
            Event::Session(SessionEvent::Request(InboundRequest { id, request, service, .. })) if *service == S::ID => {
                Some((*id, request.downcast_ref::<S::Request>().expect("its type").clone()))
            }
            _ => None,
        })
    }

    fn reply(&mut self, link: LinkId, reply: InboundReply) {
        self.engine.send(link, Command::Reply(reply)).expect("room for a command");
    }

    fn send(&mut self, link: LinkId, path: &str, what: &str) -> Result<TypedValue, i32> {
        let request = messaging_send::Request { path: path.into(), value: value(what) };
        code(self.call::<MessagingSend>(link, &request))
    }
}

at_every_version!(
    a_handler_hears_who_asks_and_its_answer_comes_back,
    requests_to_one_session_come_in_order,
    a_request_by_filter_brings_one_answer_for_each_session,
);

fn a_handler_hears_who_asks_and_its_answer_comes_back(version: u8) {
    for in_memory in [false, true] {
        let mut stage = Stage::at(version);
        let handler = stage.connect("admin", in_memory);
        let sender = stage.connect("client", !in_memory);
        assert_eq!(stage.handle(sender, "m", &[]), Err(ErrorCode::ACCESS_DENIED.0));
        assert_eq!(stage.handle(handler, "m", &["$Principal", "*U"]), Ok(()));
        assert_eq!(stage.handle(handler, "m", &[]), Err(ErrorCode::HANDLER_CONFLICT.0));
        let request = messaging_send::Request { path: "m/below".into(), value: value("a question") };
        let call = stage.begin::<MessagingSend>(sender, &request);
        let (id, asked): (_, messaging_receiver_client::Request) = stage.asked::<MessagingReceiverClient>(handler);
        assert_eq!((asked.handler, asked.path.as_str(), text(&asked.value)), (41, "m/below", "a question"));
        assert_eq!(asked.properties, [("$Principal".to_owned(), "client".to_owned())]);
        stage.reply(handler, InboundReply::response::<MessagingReceiverClient>(id, &value("an answer")));
        assert_eq!(code(stage.end::<MessagingSend>(sender, call)), Ok(value("an answer")));
        let call = stage.begin::<MessagingSend>(sender, &request);
        let (id, _) = stage.asked::<MessagingReceiverClient>(handler);
        let refusal = ServiceError::new(ErrorCode::REJECTED_REQUEST, "not today");
        stage.reply(handler, InboundReply::error::<MessagingReceiverClient>(id, refusal));
        match stage.end::<MessagingSend>(sender, call) {
            Err(CallError::Service { code: ErrorCode::REJECTED_REQUEST, description, .. }) => {
                assert_eq!(description, "not today");
            }
            other => panic!("{other:?}"),
        }
        stage.withdraw(handler, "m");
        stage.withdraw(handler, "m");
        assert_eq!(stage.send(sender, "m", "x"), Err(ErrorCode::UNHANDLED_MESSAGE.0));
    }
}

/// The id of a connection's session, as a handler hears it.
fn session_of(stage: &mut Stage, handler: LinkId, link: LinkId) -> SessionId {
    let request = messaging_send::Request { path: "who".into(), value: value("") };
    let call = stage.begin::<MessagingSend>(link, &request);
    let (id, asked) = stage.asked::<MessagingReceiverClient>(handler);
    stage.reply(handler, InboundReply::response::<MessagingReceiverClient>(id, &value("")));
    stage.end::<MessagingSend>(link, call).expect("an answer");
    asked.sender
}

fn requests_to_one_session_come_in_order(version: u8) {
    let mut stage = Stage::at(version);
    let sender = stage.connect("admin", false);
    let target = stage.connect("client", true);
    stage.handle(sender, "who", &[]).expect("registered");
    let session = session_of(&mut stage, sender, target);
    let request = |n: i32| {
        let value = value(&n.to_string());
        messaging_receiver_server::Request { session, path: "/you".into(), value }
    };
    let calls: Vec<_> = (0..50).map(|n| stage.begin::<MessagingReceiverServer>(sender, &request(n))).collect();
    let asked: Vec<_> = calls.iter().map(|_| stage.asked::<MessagingSend>(target)).collect();
    for (n, (_, request)) in asked.iter().enumerate() {
        assert_eq!((request.path.as_str(), text(&request.value)), ("/you", n.to_string().as_str()));
    }
    for (id, request) in asked.into_iter().rev() {
        stage.reply(target, InboundReply::response::<MessagingSend>(id, &request.value));
    }
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(code(stage.end::<MessagingReceiverServer>(sender, call)), Ok(value(&n.to_string())));
    }
    let nobody = SessionId { session: session.session + 1000, ..session };
    let request = messaging_receiver_server::Request { session: nobody, ..request(0) };
    assert_eq!(code(stage.call::<MessagingReceiverServer>(sender, &request)), Err(ErrorCode::NO_SUCH_SESSION.0));
    // Who is asked goes without an answer.
    let call = stage.begin::<MessagingReceiverServer>(
        sender,
        &messaging_receiver_server::Request { session, path: "you".into(), value: value("x") },
    );
    stage.asked::<MessagingSend>(target);
    stage.engine.send(target, Command::Close).expect("room for a command");
    assert_eq!(code(stage.end::<MessagingReceiverServer>(sender, call)), Err(ErrorCode::NO_SUCH_SESSION.0));
}

fn a_request_by_filter_brings_one_answer_for_each_session(version: u8) {
    let mut stage = Stage::at(version);
    let sender = stage.connect("admin", true);
    let targets = [stage.connect("client", false), stage.connect("client", true)];
    stage.handle(sender, "who", &[]).expect("registered");
    let ids = targets.map(|target| session_of(&mut stage, sender, target));
    let request = |filter: &str| messaging_filter_send::Request {
        responses: 7,
        filter: filter.into(),
        path: "p".into(),
        value: value("all of you"),
    };
    let selected = stage.call::<MessagingFilterSend>(sender, &request("$Principal is 'client'")).expect("a number");
    assert_eq!(selected, Selected::Sessions(2));
    let (id, asked) = stage.asked::<MessagingSend>(targets[1]);
    assert_eq!((asked.path.as_str(), text(&asked.value)), ("p", "all of you"));
    stage.reply(targets[1], InboundReply::response::<MessagingSend>(id, &value("second")));
    let (id, _) = stage.asked::<MessagingSend>(targets[0]);
    let refusal = ServiceError::new(ErrorCode::UNHANDLED_MESSAGE, "no stream");
    stage.reply(targets[0], InboundReply::error::<MessagingSend>(id, refusal.clone()));
    let heard: BTreeMap<_, _> = (0..2)
        .map(|_| {
            let (_, response) = stage.asked::<FilterResponse>(sender);
            assert_eq!(response.responses, 7);
            (response.session, response.outcome)
        })
        .collect();
    let expected = [
        (ids[0], filter_response::Outcome::Failed(refusal)),
        (ids[1], filter_response::Outcome::Answered(value("second"))),
    ];
    assert_eq!(heard, BTreeMap::from(expected));
    match stage.call::<MessagingFilterSend>(sender, &request("$Principal is")).expect("reports") {
        Selected::BadFilter(reports) => assert_eq!((reports[0].line, reports[0].column), (1, 14)),
        other @ Selected::Sessions(_) => panic!("{other:?}"),
    }
}
