//! Handlers and notifications: registered, told, decided, settled, registered again.

use super::*;
use crate::client::api::{
    Answer, AnyResponse, Call, CallId, Command, ConnectOptions, Event, InboundReply, InboundRequest, LinkId,
    SessionEvent, SessionFacts, Target,
};
use crate::data::{ErrorCode, SessionId};
use crate::model::connections::Environment;
use crate::model::effects::Effect;
use crate::model::{Model, safety};
use crate::wire::services::missing_topic;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_000_000_000);

struct Stage {
    model: Model,
    link: LinkId,
}

fn path(text: &str) -> TopicPath {
    TopicPath::parse(text).expect("a path")
}

fn live(session: u64) -> Event {
    Event::Link(LinkState::Connected(Arc::new(SessionFacts {
        id: SessionId { server: 1, session },
        principal: "admin".into(),
        version: 29,
        ping_period_millis: 0,
        transport: "in memory",
        certificate: None,
    })))
}

impl Stage {
    fn new() -> Self {
        let mut model = Model { now: NOW, ..Model::default() };
        let options = ConnectOptions::to(Target::Embedded);
        let link = model.open("x".into(), "x".into(), Environment::Test, options);
        let mut stage = Self { model, link };
        stage.apply(live(1));
        let _ = stage.sent();
        stage
    }

    fn apply(&mut self, event: Event) {
        self.model.apply(self.link, event, NOW);
    }

    fn handle(&mut self, intent: Intent) {
        self.model.handle(intent.into(), NOW);
    }

    fn facts(&self) -> &MissingTopics {
        &self.model.links[0].missing_topics
    }

    fn sent(&mut self) -> Vec<Command> {
        let effects = self.model.take_effects().into_iter();
        effects.filter_map(|e| if let Effect::Send(_, command, _) = e { Some(command) } else { None }).collect()
    }

    fn calls(&mut self, service: u32) -> Vec<Call> {
        let calls = self.sent().into_iter().filter_map(|c| if let Command::Call(call) = c { Some(call) } else { None });
        calls.filter(|call| call.service == service).collect()
    }

    fn answer(&mut self, call: &Call, result: Result<(), CallError>) {
        let result = result.map(|()| Box::new(()) as AnyResponse);
        self.apply(Event::Answer(Answer { id: call.id, result, micros: 1 }));
    }

    /// With one handler at `mt`.
    fn handling() -> Self {
        let mut stage = Self::new();
        stage.handle(Intent::Register(path("mt")));
        let call = stage.calls(TopicControlRegistration::ID).pop().expect("a registration");
        stage.answer(&call, Ok(()));
        stage
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
        let handler = self.facts().handlers[0].id;
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
    let mut stage = Stage::new();
    for branch in ["mt", "other", "mt"] {
        stage.handle(Intent::Register(path(branch)));
    }
    let calls = stage.calls(TopicControlRegistration::ID);
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
    assert!(stage.facts().handlers.iter().all(|h| h.state == State::Asking));
    stage.answer(&calls[0], Ok(()));
    let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: String::new() };
    stage.answer(&calls[1], Err(denied.clone()));
    let states: Vec<&State> = stage.facts().handlers.iter().map(|h| &h.state).collect();
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
        let mut stage = Stage::handling();
        let said = |stage: &Stage| {
            let all = stage.model.notices.list.iter();
            all.filter(|notice| notice.text == "The handler of missing topics is registered again").count()
        };
        stage.apply(recovering());
        let what = format!("{:?}", events());
        for event in events() {
            stage.apply(event);
        }
        let calls = stage.calls(TopicControlRegistration::ID);
        assert_eq!((calls.len(), said(&stage)), (registered, registered), "{what}");
        for call in calls {
            assert_eq!(stage.facts().handlers[0].state, State::Asking);
            stage.answer(&call, Ok(()));
        }
        assert_eq!(stage.facts().handlers[0].state, State::Live(NOW));
    }
}

#[test]
fn a_registration_that_fails_behind_the_users_back_is_said() {
    let mut stage = Stage::handling();
    stage.apply(live(2));
    let call = stage.calls(TopicControlRegistration::ID).pop().expect("a registration");
    let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: String::new() };
    stage.answer(&call, Err(denied.clone()));
    let notices = &stage.model.notices.list;
    let said = notices.iter().find(|notice| notice.failed.is_some()).expect("a notice");
    assert_eq!(said.text, "register the handler of missing topics at “mt” again");
    assert_eq!(said.failed, Some(ChangeError::Call(denied.clone())));
    assert_eq!(stage.facts().handlers[0].state, State::Failed(denied));
}

#[test]
fn read_only_sends_nothing() {
    let mut stage = Stage::new();
    stage.model.handle(safety::Intent::SetMode(safety::Mode::ReadOnly).into(), NOW);
    stage.handle(Intent::Register(path("mt")));
    assert!(stage.calls(TopicControlRegistration::ID).is_empty());
    assert_eq!(stage.facts().handlers[0].state, State::Failed(CallError::ReadOnly));
    stage.handle(Intent::End(stage.facts().handlers[0].id));
    assert!(stage.facts().handlers.is_empty(), "what was never registered is just forgotten");
}

#[test]
fn read_only_answers_only_what_the_server_hears_anyway() {
    let mut stage = Stage::handling();
    stage.told(3, ">mt/a", LATER);
    stage.told(4, ">mt/b", LATER);
    stage.model.handle(safety::Intent::SetMode(safety::Mode::ReadOnly).into(), NOW);
    let _ = stage.sent();
    let note = stage.facts().notes[0].id;
    stage.handle(Intent::Decide { note, proceed: false });
    assert!(answers(&stage.sent()).is_empty());
    assert_eq!((stage.facts().open(), stage.facts().notes[0].outcome), (2, Outcome::Open), "still to be decided");
    let said = stage.model.notices.list.iter().find(|notice| notice.failed.is_some()).expect("a notice");
    assert_eq!(said.text, "answer the question about “>mt/b”");
    assert_eq!(said.failed, Some(ChangeError::Call(CallError::ReadOnly)));
    stage.handle(Intent::Decide { note, proceed: true });
    assert_eq!(answers(&stage.sent()), [(4, true)]);
    stage.told(5, ">mt/c", LATER);
    stage.model.links[0].missing_topics.handlers.clear();
    stage.asked(6, 1, ">mt/d", vec![], LATER);
    assert_eq!(answers(&stage.sent()), [(6, true)], "nobody waits for a handler that is gone");
}

#[test]
fn the_end_is_asked_for_and_taken_back_if_refused() {
    let mut stage = Stage::handling();
    let id = stage.facts().handlers[0].id;
    stage.handle(Intent::End(id));
    let call = stage.calls(TopicControlDeregistration::ID).pop().expect("an end");
    stage.answer(&call, Err(CallError::TimedOut { secs: 10 }));
    assert_eq!(stage.facts().handlers[0].state, State::Live(NOW));
    stage.handle(Intent::End(id));
    let call = stage.calls(TopicControlDeregistration::ID).pop().expect("an end");
    stage.answer(&call, Ok(()));
    assert!(stage.facts().handlers.is_empty());
    assert_eq!(stage.model.notices.list.len(), 1);
}

#[test]
fn the_same_again_is_counted_and_decided_together() {
    let mut stage = Stage::handling();
    stage.told(3, ">mt/a", LATER);
    stage.told(4, "?mt/b//", LATER);
    stage.told(5, ">mt/a", LATER);
    let facts = stage.facts();
    let notes: Vec<_> = facts.notes.iter().map(|n| (n.selector.as_str(), n.count, n.is_path)).collect();
    assert_eq!(notes, [(">mt/a", 2, true), ("?mt/b//", 1, false)]);
    let (first, second) = (&facts.notes[0], &facts.notes[1]);
    assert_eq!((first.path.clone(), second.path.clone()), (Some(path("mt/a")), Some(path("mt/b"))));
    assert_eq!((first.session.as_str(), first.principal.as_str()), ("s", "alice"));
    assert_eq!((facts.open(), facts.handlers[0].told), (3, 3));
    let note = first.id;
    let _ = stage.sent();
    stage.handle(Intent::Decide { note, proceed: false });
    stage.handle(Intent::Decide { note, proceed: true });
    assert_eq!(answers(&stage.sent()), [(3, false), (5, false)]);
    assert_eq!(stage.facts().notes[0].outcome, Outcome::Decided { proceed: false });
    stage.handle(Intent::Clear);
    assert_eq!(stage.facts().notes.len(), 1, "what is open stays");
}

#[test]
fn what_was_settled_elsewhere_cannot_be_decided() {
    let mut stage = Stage::handling();
    stage.told(3, ">mt/a", LATER);
    stage.apply(Event::Session(SessionEvent::AutoAnswered {
        id: RequestId(3),
        service: MissingTopic::ID,
        why: AutoAnswered::TimedOut,
    }));
    let note = &stage.facts().notes[0];
    assert_eq!((note.outcome, note.until()), (Outcome::AutoAnswered(AutoAnswered::TimedOut), None));
    let note = note.id;
    stage.handle(Intent::Decide { note, proceed: false });
    assert!(answers(&stage.sent()).is_empty());
    stage.told(4, ">mt/a", None);
    assert_eq!(stage.facts().notes[0].outcome, Outcome::AtOnce);
}

#[test]
fn a_question_whose_time_is_over_is_settled_even_if_that_was_not_heard() {
    let mut stage = Stage::handling();
    stage.told(3, ">mt/a", Some(Timestamp(NOW.0)));
    stage.told(4, ">mt/b", LATER);
    stage.apply(Event::NotificationsDropped { count: 1 });
    let outcomes: Vec<_> = stage.facts().notes.iter().map(|note| note.outcome).collect();
    assert_eq!(outcomes, [Outcome::Open, Outcome::AutoAnswered(AutoAnswered::TimedOut)]);
    assert_eq!(stage.facts().open(), 1);
}

#[test]
fn a_handler_that_is_gone_lets_everything_proceed() {
    let mut stage = Stage::handling();
    stage.asked(9, 77, ">mt/a", vec![], LATER);
    assert_eq!(answers(&stage.sent()), [(9, true)]);
    assert!(stage.facts().notes.is_empty());
}

#[test]
fn notes_stay_within_bounds() {
    let mut stage = Stage::handling();
    for n in 0..=MAX_NOTES {
        stage.told(0, &format!(">mt/{n}"), None);
    }
    assert_eq!((stage.facts().notes.len(), stage.facts().dropped), (MAX_NOTES, 1));
}

#[test]
fn the_topic_that_is_missing_can_be_asked_for() {
    let mut stage = Stage::handling();
    stage.told(3, ">mt/a", LATER);
    stage.handle(Intent::Create(stage.facts().notes[0].id));
    let form = stage.model.links[0].new_topic.form.as_ref().expect("the form for a new topic");
    assert_eq!((form.path.as_str(), form.path_error()), ("mt/a", None));
}
