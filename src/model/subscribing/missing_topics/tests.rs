//! Handlers and notifications: registered, told, decided, settled, registered again.

use super::*;
use crate::client::api::{Call, CallId, Command, Event, InboundReply, InboundRequest, SessionEvent};
use crate::data::ErrorCode;
use crate::model::fixture::{ClientModel, NOW, live};
use crate::model::safety;
use crate::wire::services::missing_topic;

fn path(text: &str) -> TopicPath {
    TopicPath::parse(text).expect("a path")
}

impl ClientModel {
    fn missing_topics(&self) -> &MissingTopics {
        &self.model.links[0].missing_topics
    }

    /// With one handler at `mt`.
    fn handling() -> Self {
        let mut client = Self::new();
        client.handle(Intent::Register(path("mt")));
        let call = client.calls_of(TopicControlRegistration::ID).pop().expect("a registration");
        client.answer(&call, Ok(()));
        client
    }

    fn asked(
        &mut self,
        id: i64,
        handler: i64,
        selector: &str,
        session_properties: Vec<(String, String)>,
        until: Option<Timestamp>,
    ) {
        let (selector, server_names) = (selector.into(), vec!["server".into()]);
        let request = Box::new(missing_topic::Request { selector, session_properties, server_names, handler });
        let (id, service) = (RequestId(id), MissingTopic::ID);
        self.apply(Event::Session(SessionEvent::Request(InboundRequest {
            id,
            service,
            request,
            size_bytes: 1,
            at: NOW,
            until,
        })));
    }

    fn told(&mut self, question: i64, selector: &str, until: Option<Timestamp>) {
        let properties = vec![("$SessionId".into(), "s".into()), ("$Principal".into(), "alice".into())];
        let handler = self.missing_topics().handlers[0].id;
        self.asked(question, handler, selector, properties, until);
    }
}

fn answers(commands: &[Command]) -> Vec<(i64, bool)> {
    let answer = |c: &Command| match c {
        Command::Reply(reply) => [false, true]
            .into_iter()
            .find(|proceed| *reply == InboundReply::response::<MissingTopic>(reply.id, proceed))
            .map(|proceed| (reply.id.0, proceed)),
        _ => None,
    };
    commands.iter().filter_map(answer).collect()
}

const LATER: Option<Timestamp> = Some(Timestamp(NOW.0 + 5_000_000));

#[test]
fn a_handler_is_registered_with_a_conversation_of_its_own() {
    let mut client = ClientModel::new();
    for branch in ["mt", "other", "mt"] {
        client.handle(Intent::Register(path(branch)));
    }
    let calls = client.calls_of(TopicControlRegistration::ID);
    let payload = |path: &str, handler| {
        let request = topic_control_registration::Request {
            service: 50,
            control_group: "default".into(),
            path: path.into(),
            handler,
        };
        Call::new::<TopicControlRegistration>(CallId(0), &request).payload
    };
    let payloads: Vec<_> = calls.iter().map(|call| call.payload.clone()).collect();
    assert_eq!(payloads, [payload("mt", 1), payload("other", 2)]);
    assert!(client.missing_topics().handlers.iter().all(|h| h.state == State::Asking));
    client.answer(&calls[0], Ok(()));
    let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: String::new() };
    client.answer::<()>(&calls[1], Err(denied.clone()));
    let states: Vec<&State> = client.missing_topics().handlers.iter().map(|h| &h.state).collect();
    assert_eq!(states, [&State::Live(NOW), &State::Failed(denied)]);
}

/// Makes what a connection reports.
type Events = fn() -> Vec<Event>;

#[test]
fn what_the_server_has_forgotten_is_registered_again_and_said() {
    let recovering = || {
        let (give_up_at, cause) = (NOW, Box::new(crate::client::api::LinkError::Idle));
        Event::Link(LinkState::Recovering { attempt: 1, give_up_at, cause })
    };
    let cases: [(Events, usize); 4] = [
        (|| vec![live(1)], 0),
        (|| vec![live(2)], 1),
        (|| vec![Event::SessionReset, live(1)], 1),
        (|| vec![Event::SessionReset, live(1), live(1)], 1),
    ];
    for (events, registered) in cases {
        let mut client = ClientModel::handling();
        let said = |client: &ClientModel| {
            let all = client.model.notices.list.iter();
            all.filter(|notice| notice.text == "The handler of missing topics is registered again").count()
        };
        client.apply(recovering());
        let what = format!("{:?}", events());
        for event in events() {
            client.apply(event);
        }
        let calls = client.calls_of(TopicControlRegistration::ID);
        assert_eq!((calls.len(), said(&client)), (registered, registered), "{what}");
        for call in calls {
            assert_eq!(client.missing_topics().handlers[0].state, State::Asking);
            client.answer(&call, Ok(()));
        }
        assert_eq!(client.missing_topics().handlers[0].state, State::Live(NOW));
    }
}

#[test]
fn a_registration_that_fails_behind_the_users_back_is_said() {
    let mut client = ClientModel::handling();
    client.apply(live(2));
    let call = client.calls_of(TopicControlRegistration::ID).pop().expect("a registration");
    let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: String::new() };
    client.answer::<()>(&call, Err(denied.clone()));
    let notices = &client.model.notices.list;
    let said = notices.iter().find(|notice| notice.failed.is_some()).expect("a notice");
    assert_eq!(said.text, "register the handler of missing topics at “mt” again");
    assert_eq!(said.failed, Some(ChangeError::Call(denied.clone())));
    assert_eq!(client.missing_topics().handlers[0].state, State::Failed(denied));
}

#[test]
fn read_only_sends_nothing() {
    let mut client = ClientModel::new();
    client.model.handle(safety::Intent::SetMode(safety::Mode::ReadOnly).into(), NOW);
    client.handle(Intent::Register(path("mt")));
    assert!(client.calls_of(TopicControlRegistration::ID).is_empty());
    assert_eq!(client.missing_topics().handlers[0].state, State::Failed(CallError::ReadOnly));
    client.handle(Intent::End(client.missing_topics().handlers[0].id));
    assert!(client.missing_topics().handlers.is_empty(), "what was never registered is just forgotten");
}

#[test]
fn read_only_answers_only_what_the_server_hears_anyway() {
    let mut client = ClientModel::handling();
    client.told(3, ">mt/a", LATER);
    client.told(4, ">mt/b", LATER);
    client.model.handle(safety::Intent::SetMode(safety::Mode::ReadOnly).into(), NOW);
    let _ = client.sent();
    let note = client.missing_topics().notes[0].id;
    client.handle(Intent::Decide { note, proceed: false });
    assert!(answers(&client.sent()).is_empty());
    assert_eq!(
        (client.missing_topics().open(), client.missing_topics().notes[0].outcome),
        (2, Outcome::Open),
        "still to be decided"
    );
    let said = client.model.notices.list.iter().find(|notice| notice.failed.is_some()).expect("a notice");
    assert_eq!(said.text, "answer the question about “>mt/b”");
    assert_eq!(said.failed, Some(ChangeError::Call(CallError::ReadOnly)));
    client.handle(Intent::Decide { note, proceed: true });
    assert_eq!(answers(&client.sent()), [(4, true)]);
    client.told(5, ">mt/c", LATER);
    client.model.links[0].missing_topics.handlers.clear();
    client.asked(6, 1, ">mt/d", vec![], LATER);
    assert_eq!(answers(&client.sent()), [(6, true)], "nobody waits for a handler that is gone");
}

#[test]
fn the_end_is_asked_for_and_taken_back_if_refused() {
    let mut client = ClientModel::handling();
    let id = client.missing_topics().handlers[0].id;
    client.handle(Intent::End(id));
    let call = client.calls_of(TopicControlDeregistration::ID).pop().expect("an end");
    client.answer::<()>(&call, Err(CallError::TimedOut { secs: 10 }));
    assert_eq!(client.missing_topics().handlers[0].state, State::Live(NOW));
    client.handle(Intent::End(id));
    let call = client.calls_of(TopicControlDeregistration::ID).pop().expect("an end");
    client.answer(&call, Ok(()));
    assert!(client.missing_topics().handlers.is_empty());
    assert_eq!(client.model.notices.list.len(), 1);
}

#[test]
fn the_same_again_is_counted_and_decided_together() {
    let mut client = ClientModel::handling();
    client.told(3, ">mt/a", LATER);
    client.told(4, "?mt/b//", LATER);
    client.told(5, ">mt/a", LATER);
    let facts = client.missing_topics();
    let notes: Vec<_> = facts.notes.iter().map(|n| (n.selector.as_str(), n.count, n.is_path)).collect();
    assert_eq!(notes, [(">mt/a", 2, true), ("?mt/b//", 1, false)]);
    let (first, second) = (&facts.notes[0], &facts.notes[1]);
    assert_eq!((first.path.clone(), second.path.clone()), (Some(path("mt/a")), Some(path("mt/b"))));
    assert_eq!((first.session.as_str(), first.principal.as_str()), ("s", "alice"));
    assert_eq!((facts.open(), facts.handlers[0].told), (3, 3));
    let note = first.id;
    let _ = client.sent();
    client.handle(Intent::Decide { note, proceed: false });
    client.handle(Intent::Decide { note, proceed: true });
    assert_eq!(answers(&client.sent()), [(3, false), (5, false)]);
    assert_eq!(client.missing_topics().notes[0].outcome, Outcome::Decided { proceed: false });
    client.handle(Intent::Clear);
    assert_eq!(client.missing_topics().notes.len(), 1, "what is open stays");
}

#[test]
fn what_was_settled_elsewhere_cannot_be_decided() {
    let mut client = ClientModel::handling();
    client.told(3, ">mt/a", LATER);
    client.apply(Event::Session(SessionEvent::AutoAnswered {
        id: RequestId(3),
        service: MissingTopic::ID,
        why: AutoAnswered::TimedOut,
    }));
    let note = &client.missing_topics().notes[0];
    assert_eq!((note.outcome, note.until()), (Outcome::AutoAnswered(AutoAnswered::TimedOut), None));
    let note = note.id;
    client.handle(Intent::Decide { note, proceed: false });
    assert!(answers(&client.sent()).is_empty());
    client.told(4, ">mt/a", None);
    assert_eq!(client.missing_topics().notes[0].outcome, Outcome::AtOnce);
}

#[test]
fn a_question_whose_time_is_over_is_settled_even_if_that_was_not_heard() {
    let mut client = ClientModel::handling();
    client.told(3, ">mt/a", Some(Timestamp(NOW.0)));
    client.told(4, ">mt/b", LATER);
    client.apply(Event::NotificationsDropped { count: 1 });
    let outcomes: Vec<_> = client.missing_topics().notes.iter().map(|note| note.outcome).collect();
    assert_eq!(outcomes, [Outcome::Open, Outcome::AutoAnswered(AutoAnswered::TimedOut)]);
    assert_eq!(client.missing_topics().open(), 1);
}

#[test]
fn a_handler_that_is_gone_lets_everything_proceed() {
    let mut client = ClientModel::handling();
    client.asked(9, 77, ">mt/a", vec![], LATER);
    assert_eq!(answers(&client.sent()), [(9, true)]);
    assert!(client.missing_topics().notes.is_empty());
}

#[test]
fn notes_stay_within_bounds() {
    let mut client = ClientModel::handling();
    for n in 0..=MAX_NOTES {
        client.told(0, &format!(">mt/{n}"), None);
    }
    assert_eq!((client.missing_topics().notes.len(), client.missing_topics().dropped), (MAX_NOTES, 1));
}

#[test]
fn the_topic_that_is_missing_can_be_asked_for() {
    let mut client = ClientModel::handling();
    client.told(3, ">mt/a", LATER);
    client.handle(Intent::Create(client.missing_topics().notes[0].id));
    let form = client.model.links[0].new_topic.form.as_ref().expect("the form for a new topic");
    assert_eq!((form.path.as_str(), form.path_error()), ("mt/a", None));
}
