//! Requests between sessions: each official client and this program's own client as who answers, and each as who asks.

use super::run::{self, Client, Running, Server};
use super::{alone, over_a_cut, trial};
use brownian::client::api::{
    CallError, Command, ConnectOptions, Event, InboundReply, InboundRequest, RequestId, SessionEvent, Target,
};
use brownian::client::blocking::{Session, SessionError};

use brownian::data::value::{self, DataType};
use brownian::data::{ErrorCode, Secret, TopicType, Value};
use brownian::wire::services::message_value::TypedValue;
use brownian::wire::services::session_listing::Selected;
use brownian::wire::services::{
    FilterResponse, MessagingFilterSend, MessagingReceiverClient, MessagingReceiverControlRegistration, MessagingSend,
    filter_response, messaging_filter_send, messaging_receiver_client, messaging_receiver_control_registration,
    messaging_send,
};
use brownian::wire::{Service, ServiceError};
use libtest_mimic::{Failed, Trial};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const BOTH: [Client; 2] = [Client::JavaScript, Client::Python];

/// Between two looks whether a session that answers is still wanted.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for client in BOTH {
        let missing = client.missing();
        let own = if client == Client::JavaScript { "messages" } else { "messages-of-this-client" };
        trials.push(trial(client, missing.as_ref(), own, move || alone(client, own)));
        for other in BOTH {
            let missing = missing.clone().or_else(|| other.missing());
            let name = format!("messages-to-{}", other.name());
            trials.push(trial(client, missing.as_ref(), &name, move || between(other, client)));
        }
        trials.push(trial(client, missing.as_ref(), "messages-to-us", move || to_us(client)));
        trials.push(trial(client, missing.as_ref(), "messages-from-us", move || from_us(client)));
    }
    let missing = Client::JavaScript.missing();
    let name = "messages-over-a-cut";
    trials.push(trial(Client::JavaScript, missing.as_ref(), name, move || over_a_cut(Client::JavaScript, name, name)));
    trials
}

fn between(handler: Client, sender: Client) -> Result<(), Failed> {
    let server = Server::start()?;
    let mut handling = Running::scenario(handler, "messages-handled", &[&server.url])?;
    handling.until(r#"{"step":"ready"}"#)?;
    let asked = Running::scenario(sender, "messages-asked", &[&server.url])?.into_end()?;
    handling.go_ahead()?;
    run::compare(sender, "messages-asked", &asked)?;
    run::compare(handler, "messages-handled", &handling.into_end()?)
}

fn connect(server: &Server, principal: &str) -> Result<Session, Failed> {
    let options = ConnectOptions {
        principal: Some(principal.into()),
        password: Some(Secret::new("password")),
        ..ConnectOptions::to(Target::Url(server.url.clone()))
    };
    Ok(Session::connect(options)?)
}

fn text_value(text: &str) -> TypedValue {
    TypedValue::new(TopicType::String, value::encode(&Value::String(Some(text.to_owned()))))
}

fn text_of(of: &TypedValue) -> Result<String, Failed> {
    match (of.topic_type(), value::decode(DataType::String, &of.content)?) {
        (Some(TopicType::String), Value::String(Some(text))) => Ok(text),
        other => Err(format!("not a text: {other:?}").into()),
    }
}

fn register(session: &mut Session, path: &str, keys: &[&str], handler: i64) -> Result<(), Failed> {
    let request = messaging_receiver_control_registration::Request {
        service: MessagingReceiverClient::ID as i32,
        control_group: "default".into(),
        path: path.into(),
        property_keys: keys.iter().map(|&key| key.into()).collect(),
        handler,
    };
    Ok(session.call::<MessagingReceiverControlRegistration>(&request)?)
}

/// A thread that answers what comes to a session until it is told to end; what it was asked.
fn answering(
    mut session: Session,
    wanted: Arc<AtomicBool>,
    answer: fn(RequestId, InboundRequest) -> Result<(InboundReply, String), Failed>,
) -> JoinHandle<Result<Vec<String>, Failed>> {
    thread::spawn(move || {
        let mut asked = Vec::new();
        while wanted.load(Ordering::Acquire) {
            if let Some(Event::Session(SessionEvent::Request(request))) = session.next_event_timeout(LOOK)? {
                let (reply, fact) = answer(request.id, request)?;
                session.send(Command::Reply(reply))?;
                asked.push(fact);
            }
        }
        Ok(asked)
    })
}

fn handled(id: RequestId, request: InboundRequest) -> Result<(InboundReply, String), Failed> {
    let asked: &messaging_receiver_client::Request = request.request.downcast_ref().ok_or("a request to a handler")?;
    if asked.handler == 2 {
        let refusal = ServiceError::new(ErrorCode::REJECTED_REQUEST, "not today");
        return Ok((InboundReply::error::<MessagingReceiverClient>(id, refusal), "rejected".to_owned()));
    }
    let text = text_of(&asked.value)?;
    let fact = format!("{} {text} {:?}", asked.path, asked.properties);
    Ok((InboundReply::response::<MessagingReceiverClient>(id, &text_value(&format!("heard {text}"))), fact))
}

fn addressed(id: RequestId, request: InboundRequest) -> Result<(InboundReply, String), Failed> {
    let asked: &messaging_send::Request = request.request.downcast_ref().ok_or("a request to a session")?;
    let text = text_of(&asked.value)?;
    let reply = InboundReply::response::<MessagingSend>(id, &text_value(&format!("you said {text}")));
    Ok((reply, format!("{} {text}", asked.path)))
}

/// This program's client answers.
fn to_us(sender: Client) -> Result<(), Failed> {
    let server = Server::start()?;
    let mut handler = connect(&server, "admin")?;
    register(&mut handler, "m/text", &["$Principal"], 1)?;
    register(&mut handler, "m/reject", &[], 2)?;
    let wanted = Arc::new(AtomicBool::new(true));
    let handler = answering(handler, wanted.clone(), handled);
    let target = answering(connect(&server, "operator")?, wanted.clone(), addressed);
    let asked = Running::scenario(sender, "messages-asked", &[&server.url]).and_then(Running::into_end);
    wanted.store(false, Ordering::Release);
    let ended = |thread: JoinHandle<Result<Vec<String>, Failed>>| thread.join().map_err(|_| "it panicked")?;
    let (handler, target) = (ended(handler)?, ended(target)?);
    run::compare(sender, "messages-asked", &asked?)?;
    let told = r#"[("$Principal", "admin")]"#;
    let expected = [format!("m/text a question {told}"), format!("m/text ä € 𝄞 {told}"), "rejected".to_owned()];
    if handler == expected && target == ["m/you hello"] {
        Ok(())
    } else {
        Err(format!("{handler:?} {target:?}").into())
    }
}

/// This program's client asks.
fn from_us(handler: Client) -> Result<(), Failed> {
    let server = Server::start()?;
    let mut handling = Running::scenario(handler, "messages-handled", &[&server.url])?;
    handling.until(r#"{"step":"ready"}"#)?;
    let mut session = connect(&server, "admin")?;
    let mut ask = |path: &str, text: &str| -> Result<String, Failed> {
        let request = messaging_send::Request { path: path.into(), value: text_value(text) };
        match session.call::<MessagingSend>(&request) {
            Ok(answer) => text_of(&answer),
            Err(SessionError::Call { error: CallError::Service { code, .. }, .. }) => Ok(code.0.to_string()),
            Err(error) => Err(error.into()),
        }
    };
    let mut heard = vec![ask("m/text", "a question")?, ask("m/text", "ä € 𝄞")?];
    heard.extend([ask("m/reject", "x")?, ask("m/nobody", "x")?]);
    let request = messaging_filter_send::Request {
        responses: 55,
        filter: "$Principal is 'operator'".into(),
        path: "m/you".into(),
        value: text_value("hello"),
    };
    let Selected::Sessions(1) = session.call::<MessagingFilterSend>(&request)? else {
        return Err("one session is selected".into());
    };
    let response = loop {
        if let Event::Session(SessionEvent::Request(InboundRequest { service: FilterResponse::ID, request, .. })) =
            session.next_event()?
        {
            break request;
        }
    };
    let response: &filter_response::Request = response.downcast_ref().ok_or("a response of a session")?;
    match &response.outcome {
        filter_response::Outcome::Answered(answer) if response.responses == 55 => heard.push(text_of(answer)?),
        other => return Err(format!("{other:?}").into()),
    }
    session.close();
    handling.go_ahead()?;
    run::compare(handler, "messages-handled", &handling.into_end()?)?;
    let expected = ["heard a question", "heard ä € 𝄞", "9003", "109", "you said hello"];
    if heard == expected { Ok(()) } else { Err(format!("{heard:?}").into()) }
}
