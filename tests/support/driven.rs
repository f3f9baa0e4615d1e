//! The model of the window with a real client behind it, without window and wall clock: time passes when it is told to.

use brownian::client::Engine;
use brownian::client::api::{ConnectOptions, Event, LinkId};
use brownian::data::Timestamp;
use brownian::model::connections::Environment;
use brownian::model::effects::Effect;
use brownian::model::update_streams::{Act, Intent, Stream};
use brownian::model::{self, Model, safety};
use std::time::Duration;

/// Only so that a hang ends as a failure.
const LONGEST: Duration = Duration::from_secs(30);

/// A model and the client that its effects go to.
pub(crate) struct Driven {
    /// The client.
    pub engine: Engine,
    /// The model.
    pub model: Model,
    /// Events of other connections of the client.
    pub others: Vec<(LinkId, Event)>,
    link: LinkId,
}

impl Driven {
    /// Connects, and sends changes without a question.
    pub(crate) fn connect(engine: Engine, options: ConnectOptions) -> Self {
        let mut model = Model::default();
        model.now = Timestamp(1_700_000_000_000_000);
        let link = model.open("x".into(), "x".into(), Environment::Development, options);
        let mut driven = Self { engine, model, others: Vec::new(), link };
        driven.settle();
        driven.until(|driven| driven.model.links[0].is_live());
        driven.handle(safety::Intent::SetMode(safety::Mode::Free));
        driven
    }

    fn settle(&mut self) {
        for effect in self.model.take_effects() {
            match effect {
                Effect::Open(link, options) => self.engine.open(link, *options),
                Effect::Send(link, command, _) => self.engine.send(link, command).expect("room for a command"),
                _ => {}
            }
        }
    }

    /// What the user does.
    pub(crate) fn handle(&mut self, intent: impl Into<model::Intent>) {
        let now = self.model.now;
        self.model.handle(intent.into(), now);
        self.settle();
    }

    /// What the user does with the one stream.
    pub(crate) fn act(&mut self, act: Act) {
        let id = self.stream().id;
        self.handle(Intent::Act(id, act));
    }

    /// Lets time pass at once.
    pub(crate) fn tick(&mut self, millis: i64) {
        let now = Timestamp(self.model.now.0 + millis * 1000);
        self.model.tick(now);
        self.settle();
    }

    /// The one stream.
    pub(crate) fn stream(&self) -> &Stream {
        &self.model.links[0].update_streams.list[0]
    }

    /// Takes in what comes until it is enough.
    pub(crate) fn until(&mut self, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            let mut came = Vec::new();
            self.engine.drain(1000, &mut |link, event| came.push((link, event)));
            if came.is_empty() {
                assert!(self.engine.wait(LONGEST), "nothing more came");
            }
            let now = self.model.now;
            for (link, event) in came {
                if link == self.link {
                    self.model.apply(link, event, now);
                } else {
                    self.others.push((link, event));
                }
            }
            self.settle();
        }
    }

    /// Until every value sent has its answer, or the stream is over.
    pub(crate) fn until_answered(&mut self) {
        self.until(|driven| {
            let stream = driven.stream();
            !stream.is_active() || stream.unanswered() == 0
        });
    }
}
