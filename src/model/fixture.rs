//! For tests of the model: one connection with a live session, the commands it sends, answers made up by the test.

use crate::client::api::{
    Answer, AnyResponse, Call, CallError, Command, ConnectOptions, Event, LinkId, LinkState, SessionFacts, Target,
};
use crate::data::{SessionId, Timestamp};
use crate::model::connections::Environment;
use crate::model::effects::Effect;
use crate::model::{Intent, Model};
use bytes::Bytes;
use std::sync::Arc;

/// The newest protocol version.
const VERSION: u8 = 29;
/// The time at which everything happens.
pub(in crate::model) const NOW: Timestamp = Timestamp(1_000_000_000);

/// The facts of the session with this number, at the newest protocol version.
pub(in crate::model) fn session_facts(session: u64) -> SessionFacts {
    SessionFacts {
        id: SessionId { server: 1, session },
        principal: "admin".into(),
        version: VERSION,
        ping_period_millis: 0,
        transport: "in memory",
        certificate: None,
    }
}

/// The connection has this session now.
pub(in crate::model) fn live(session: u64) -> Event {
    Event::Link(LinkState::Connected(Arc::new(session_facts(session))))
}

/// The model with one connection. What else a test needs of it stands in an `impl` of its own.
pub(in crate::model) struct ClientModel {
    /// All facts.
    pub model: Model,
    /// The connection.
    pub link: LinkId,
    /// Files that were saved: name and content.
    pub saved: Vec<(String, Bytes)>,
}

impl ClientModel {
    /// With a live session, whose first calls are not told.
    pub(in crate::model) fn new() -> Self {
        let mut model = Model { now: NOW, ..Model::default() };
        let link = model.open("x".into(), "x".into(), Environment::Test, ConnectOptions::to(Target::Embedded));
        let mut client = Self { model, link, saved: Vec::new() };
        client.apply(live(1));
        client.sent();
        client
    }

    /// Something comes from the connection.
    pub(in crate::model) fn apply(&mut self, event: Event) {
        self.model.apply(self.link, event, NOW);
    }

    /// The user does something.
    pub(in crate::model) fn handle(&mut self, intent: impl Into<Intent>) {
        self.model.handle(intent.into(), NOW);
    }

    /// What was sent since the last look. Work for other threads is done at once.
    pub(in crate::model) fn sent(&mut self) -> Vec<Command> {
        let mut sent = Vec::new();
        loop {
            let effects = self.model.take_effects();
            if effects.is_empty() {
                return sent;
            }
            for effect in effects {
                match effect {
                    Effect::Send(_, command, _) => sent.push(command),
                    Effect::SaveFile { name, bytes } => self.saved.push((name, bytes)),
                    Effect::Work(link, work) => self.model.on_work_done(link, work.run(), NOW),
                    _ => {}
                }
            }
        }
    }

    /// The calls that were made since the last look.
    pub(in crate::model) fn calls(&mut self) -> Vec<Call> {
        let calls = self.sent().into_iter();
        calls.filter_map(|command| if let Command::Call(call) = command { Some(call) } else { None }).collect()
    }

    /// The calls of a service that were made since the last look.
    pub(in crate::model) fn calls_of(&mut self, service: u32) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|call| call.service == service);
        calls
    }

    /// The first call of a service since the last look.
    #[track_caller]
    pub(in crate::model) fn call_of(&mut self, service: u32) -> Call {
        let mut calls = self.calls_of(service);
        assert!(!calls.is_empty(), "service {service} is not called");
        calls.remove(0)
    }

    /// The server answers a call.
    pub(in crate::model) fn answer<T: Send + 'static>(&mut self, call: &Call, result: Result<T, CallError>) {
        self.answer_any(call, result.map(|response| Box::new(response) as AnyResponse));
    }

    /// [`Self::answer`] with an answer in its box.
    pub(in crate::model) fn answer_any(&mut self, call: &Call, result: Result<AnyResponse, CallError>) {
        self.apply(Event::Answer(Answer { id: call.id, result, micros: 1 }));
    }
}
