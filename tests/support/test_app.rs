//! The whole window over a model and a server in the test's own thread, with a clock that stands until it is moved.

use crate::raster_renderer::RasterRenderer;
use crate::test_server::{PRINCIPAL, TestServer};
use brownian::client::api::{
    Answer, AnyResponse, Call, CallError, Command, ConnectOptions, Event, Level, LinkError, LinkId, LinkState, LogLine,
    SessionEvent, SessionFacts, Step, Target, Traffic,
};
use brownian::data::value::json::Json;
use brownian::data::{ErrorCode, SessionId, Timestamp, TopicPath, TopicSpec, TopicType};
use brownian::model::connections::Environment;
use brownian::model::effects::Effect;
use brownian::model::settings::Theme;
use brownian::model::{Intent, Model};
use brownian::ui::frame::shell::Shell;
use brownian::ui::theme;
use brownian::wire::Service;
use brownian::wire::frame::VERSION;
use bytes::Bytes;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Noon of 1 January 2026, UTC.
pub(crate) const NOON: Timestamp = Timestamp(1_767_268_800_000_000);
/// The smallest and the usual window.
pub(crate) const SIZES: [[f32; 2]; 2] = [[1024.0, 640.0], [1920.0, 1080.0]];

/// How calls are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Serve {
    /// The server answers, at once.
    #[default]
    Answers,
    /// Nobody ever answers.
    Silent,
    /// Every call is refused, as if a permission were missing.
    Refuses,
}

/// A topic of the server.
pub(crate) struct Topic {
    path: String,
    spec: TopicSpec,
    value: Bytes,
}

impl Topic {
    /// A JSON topic.
    pub(crate) fn json(path: &str, text: &str) -> Self {
        let value = Json::from_text(text).expect("the sample is JSON").to_cbor().into();
        Self { path: path.to_owned(), spec: TopicSpec::new(TopicType::Json), value }
    }

    /// A topic of any type; a time series has one event, of this value.
    pub(crate) fn of(path: &str, topic_type: TopicType, value: &[u8]) -> Self {
        let value = Bytes::copy_from_slice(value);
        Self { path: path.to_owned(), spec: TopicSpec::new(topic_type), value }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The same with a topic property.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.spec = self.spec.with(key, value);
        self
    }
}

/// Topics of every kind of place: at the root, deep below, with odd names.
pub(crate) fn topics() -> Vec<Topic> {
    let mut out = vec![
        Topic::json("fx/EURUSD/quote", r#"{"bid":1.0841,"ask":1.0843,"venue":"EBS"}"#)
            .with("CONFLATION", "conflate")
            .with("REMOVAL", "when no session has \"$Principal is 'feed'\" for 10m"),
        Topic::json("fx/EURUSD/depth", "[1,2,3]"),
        Topic::json("fx/GBPUSD/quote", r#"{"bid":1.27,"ask":1.2702}"#),
        Topic::json("news/headlines", "\"Markets are calm\""),
        Topic::json("news/Überblick mit einem recht langen Namen", "\"ä\""),
        Topic::json("status", "true"),
    ];
    out.extend((1..=30).map(|n| Topic::json(&format!("sensors/room {n}/temperature"), &format!("{}", 18 + n % 5))));
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Answers in the server's place, given anew for each call.
type Canned = Box<dyn Fn() -> AnyResponse>;

/// The program without window, network and clock.
pub(crate) struct TestApp {
    pub model: Model,
    pub shell: Shell,
    pub serve: Serve,
    pub server: TestServer,
    /// Everything the user did, in order.
    pub intents: Vec<Intent>,
    /// Every call sent.
    pub calls: Vec<Call>,
    /// Everything copied.
    pub copied: Vec<String>,
    /// Everything saved to files, with the names suggested.
    pub saved: Vec<(String, Bytes)>,
    canned: BTreeMap<u32, Canned>,
    ready: bool,
}

impl TestApp {
    /// Without any connection.
    pub(crate) fn new(theme: Theme) -> Self {
        let mut model = Model::default();
        model.now = NOON;
        model.memory_bytes = Some(148 << 20);
        model.settings.theme = theme;
        model.settings.reduce_motion = true;
        Self {
            model,
            shell: Shell::default(),
            serve: Serve::Answers,
            server: TestServer::new(NOON, None),
            intents: Vec::new(),
            calls: Vec::new(),
            copied: Vec::new(),
            saved: Vec::new(),
            canned: BTreeMap::new(),
            ready: false,
        }
    }

    /// With a connection that is still opening.
    pub(crate) fn connecting(theme: Theme) -> Self {
        let mut app = Self::new(theme);
        app.open("Trading test", Environment::Test);
        app
    }

    /// With a live session of a server that has these topics.
    pub(crate) fn connected(theme: Theme, serve: Serve, topics: Vec<Topic>) -> Self {
        let mut app = Self::connecting(theme);
        app.serve = serve;
        app.add(topics);
        app.apply(live());
        app
    }

    /// With topics opened, selected and subscribed, pings and log lines.
    pub(crate) fn full(theme: Theme) -> Self {
        use brownian::model::{inspector, subscriptions, topics as tree};
        let mut app = Self::connected(theme, Serve::Answers, topics());
        for path in ["fx", "fx/EURUSD", "news"] {
            app.handle(tree::Intent::Open(path_of(path)));
        }
        app.handle(tree::Intent::ToggleFavourite(path_of("news/headlines")));
        app.handle(inspector::Intent::Select(Some(path_of("fx/EURUSD/quote"))));
        app.handle(subscriptions::Intent::Add("?fx//".into()));
        app.handle(subscriptions::Intent::Add(">status".into()));
        app.pass(1.0);
        for n in 0..40u64 {
            let at = app.model.now;
            app.apply(Event::Session(SessionEvent::Pinged { at, micros: (n % 13 != 5).then_some(350 + n * 17 % 400) }));
            app.pass(0.5);
        }
        for (level, text) in [
            (Level::Debug, "system ping answered"),
            (Level::Info, "session opened"),
            (Level::Warn, "the server merged 12 values"),
            (Level::Error, "no route to fx"),
        ] {
            app.log(level, text);
        }
        let traffic = Traffic { values_in: 900, messages_out: 12, ..Traffic::default() };
        app.apply(Event::Traffic(Traffic::default()));
        app.pass(1.0);
        app.apply(Event::Traffic(traffic));
        app
    }

    /// The server has these topics from now on.
    pub(crate) fn add(&mut self, topics: Vec<Topic>) {
        for Topic { path, spec, value } in topics {
            let publisher = self.server.publisher();
            publisher.add(&path, &spec).expect("the sample is a topic");
            if !value.is_empty() {
                publisher.set_bytes(&path, value).expect("the topic is there");
            }
        }
        self.settle();
    }

    /// A service is answered so from now on, whatever the server would say.
    pub(crate) fn answer<S: Service>(&mut self, response: S::Response)
    where
        S::Response: Clone,
    {
        self.canned.insert(S::ID, Box::new(move || Box::new(response.clone())));
    }

    pub(crate) fn open(&mut self, name: &str, environment: Environment) -> LinkId {
        let options = ConnectOptions::to(Target::Url("ws://localhost:8080".into()));
        self.model.open(name.to_owned(), name.to_lowercase(), environment, options)
    }

    pub(crate) fn link(&self) -> LinkId {
        self.model.active.expect("a connection is shown")
    }

    pub(crate) fn apply(&mut self, event: Event) {
        let (link, now) = (self.link(), self.model.now);
        self.model.apply(link, event, now);
        self.settle();
    }

    pub(crate) fn handle(&mut self, intent: impl Into<Intent>) {
        let now = self.model.now;
        self.model.handle(intent.into(), now);
        self.settle();
    }

    pub(crate) fn log(&mut self, level: Level, text: &str) {
        let line = LogLine { at: self.model.now, level, text: text.to_owned() };
        self.apply(Event::Log(line));
    }

    /// Lets time pass in steps of a quarter second.
    pub(crate) fn pass(&mut self, secs: f64) {
        for _ in 0..(secs * 4.0).ceil() as usize {
            let now = Timestamp(self.model.now.0 + 250_000);
            self.server.advance(Duration::from_millis(250));
            self.model.tick(now);
            self.settle();
        }
    }

    /// A topic gets a new value from somebody else.
    pub(crate) fn update(&mut self, path: &str, text: &str) {
        let value = Json::from_text(text).expect("JSON").to_cbor();
        self.server.publisher().set_bytes(path, value).expect("a topic of the server");
        self.settle();
    }

    /// The specification of a topic of the server; none if there is no such topic.
    pub(crate) fn spec_of(&self, path: &str) -> Option<TopicSpec> {
        self.server.exchange.spec_of(path)
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        if !self.ready {
            theme::fonts::install(ui.ctx());
            self.ready = true;
            ui.ctx().request_repaint();
            return;
        }
        self.model.before_draw(self.model.now);
        let intents = self.shell.ui(ui, &self.model);
        for intent in intents {
            self.intents.push(intent.clone());
            self.handle(intent);
        }
    }

    /// Does what the model asks for and lets the server answer, until all is quiet.
    fn settle(&mut self) {
        loop {
            let effects = self.model.take_effects();
            let events = self.server.poll();
            if effects.is_empty() && events.is_empty() {
                return;
            }
            for (link, event) in events {
                let now = self.model.now;
                self.model.apply(link, event, now);
            }
            for effect in effects {
                self.run(effect);
            }
        }
    }

    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Send(link, Command::Call(call), _) => self.call(link, call),
            Effect::Send(link, command, _) => self.server.command(link, command),
            Effect::Copy(text) => self.copied.push(text),
            Effect::SaveFile { name, bytes } => self.saved.push((name, bytes)),
            Effect::Work(link, work) => {
                let now = self.model.now;
                self.model.on_work_done(link, work.run(), now);
            }
            _ => {}
        }
    }

    fn call(&mut self, link: LinkId, call: Call) {
        self.calls.push(call.clone());
        let result = match self.serve {
            Serve::Silent => return,
            Serve::Refuses => Err(CallError::Service {
                code: ErrorCode::ACCESS_DENIED,
                description: "no SELECT_TOPIC at the root".into(),
            }),
            Serve::Answers => match self.canned.get(&call.service) {
                Some(answer) => Ok(answer()),
                None => return self.server.command(link, Command::Call(call)),
            },
        };
        let now = self.model.now;
        self.model.apply(link, Event::Answer(Answer { id: call.id, result, micros: 800 }), now);
    }
}

/// A valid path.
pub(crate) fn path_of(text: &str) -> TopicPath {
    TopicPath::parse(text).expect("a topic path")
}

/// The session is open.
pub(crate) fn live() -> Event {
    Event::Link(LinkState::Connected(Arc::new(SessionFacts {
        id: SessionId { server: 0x1f2e_3d4c, session: 7 },
        principal: PRINCIPAL.into(),
        version: VERSION,
        ping_period_millis: 60_000,
        transport: "WebSocket",
        certificate: None,
    })))
}

/// The line is lost.
pub(crate) fn recovering() -> Event {
    Event::Link(LinkState::Recovering {
        attempt: 3,
        give_up_at: Timestamp(NOON.0 + 60_000_000),
        cause: Box::new(LinkError::LineLost("connection reset by peer".into())),
    })
}

/// The session cannot be had again.
pub(crate) fn closed() -> Event {
    let cause = LinkError::Refused { address: "127.0.0.1:8080".into(), cause: "os error 111".into() };
    Event::Link(LinkState::Closed(Box::new(cause)))
}

/// The name is being looked up.
pub(crate) fn resolving() -> Event {
    Event::Link(LinkState::Connecting(Step::Tcp))
}

/// The window, drawn a few times so that it has come to rest.
pub(crate) fn window(app: TestApp, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(30)
        .renderer(RasterRenderer::default())
        .build_ui_state(|ui, app: &mut TestApp| app.frame(ui), app);
    harness.run_steps(5);
    harness
}

/// Writes a picture where `WINDOW_PICTURES` names a folder, to be looked at.
pub(crate) fn picture(harness: &mut Harness<'_, TestApp>, name: &str) {
    if let Ok(folder) = std::env::var("WINDOW_PICTURES") {
        let image = harness.render().expect("the painter paints");
        image.save(format!("{folder}/{name}.png")).expect("the folder can be written");
    }
}

/// Whether a text is on screen, alone or within another.
pub(crate) fn has_text<A>(harness: &Harness<'_, A>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}
