//! The whole window over a model, with a small scripted server behind it and a clock that stands still.

use brownian::client::api::{
    Answer, AnyResponse, Call, CallError, Command, ConnectOptions, Event, Level, LinkError, LinkId, LinkState, LogLine,
    ReceivedValue, SessionFacts, Step, Target, Traffic, Update,
};
use brownian::data::value::json::Json;
use brownian::data::{
    ErrorCode, SessionId, Timestamp, TopicPath, TopicSelector, TopicSpec, TopicType, UnsubscribeReason,
};
use brownian::model::connections::Environment;
use brownian::model::effects::Effect;
use brownian::model::settings::Theme;
use brownian::model::{Intent, Model};
use brownian::ui::frame::shell::Shell;
use brownian::ui::theme;
use brownian::wire::decode;
use brownian::wire::frame::VERSION;
use brownian::wire::service::Service;
use brownian::wire::services::shared::{
    AddAndSetRequest, AddOutcome, Comparison, Constraint, SelectionRequest, StreamCreated, StreamId, stream_flags,
};
use brownian::wire::services::topic_view_create::TopicView;
use brownian::wire::services::{
    Fetch, RangeQuery, Subscribe, TopicAdd, TopicAddAndSet, TopicRemove, TopicSet, TopicViewList, UpdateStreamCreate,
    UpdateStreamCreateAndSet, fetch, range_query, topic_add, topic_remove, topic_set,
};
use bytes::Bytes;
use egui_kittest::Harness;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::raster_renderer::RasterRenderer;

/// Noon of 1 January 2026, UTC.
pub const NOON: Timestamp = Timestamp(1_767_268_800_000_000);
/// The smallest and the usual window.
pub const SIZES: [[f32; 2]; 2] = [[1024.0, 640.0], [1920.0, 1080.0]];

/// How the scripted server treats calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Serve {
    /// Answers at once.
    #[default]
    Answers,
    /// Never answers.
    Silent,
    /// Says that a permission is missing.
    Refuses,
}

/// A topic of the scripted server.
pub struct Topic {
    path: String,
    spec: Arc<TopicSpec>,
    value: Bytes,
}

impl Topic {
    /// A JSON topic.
    pub fn json(path: &str, text: &str) -> Self {
        let value = Json::from_text(text).expect("the sample is JSON").to_cbor().into();
        Self { path: path.to_owned(), spec: Arc::new(TopicSpec::new(TopicType::Json)), value }
    }

    /// A topic of any type.
    pub fn of(path: &str, topic_type: TopicType, value: &[u8]) -> Self {
        let value = Bytes::copy_from_slice(value);
        Self { path: path.to_owned(), spec: Arc::new(TopicSpec::new(topic_type)), value }
    }

    /// Its path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same with a topic property.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.spec = Arc::new(TopicSpec::clone(&self.spec).with(key, value));
        self
    }
}

/// Topics of every kind of place: at the root, deep below, with odd names.
pub fn topics() -> Vec<Topic> {
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

/// The program without window, network and clock.
#[derive(Default)]
pub struct App {
    pub model: Model,
    pub shell: Shell,
    pub serve: Serve,
    pub topics: Vec<Topic>,
    /// Everything the user did, in the order it was said.
    pub intents: Vec<Intent>,
    /// Every call sent.
    pub calls: Vec<Call>,
    /// Everything copied.
    pub copied: Vec<String>,
    /// Everything saved to files, with the names suggested.
    pub saved: Vec<(String, Bytes)>,
    /// What range queries are answered.
    pub events: Option<range_query::Response>,
    /// The topic views of the server.
    pub views: Vec<TopicView>,
    announced: BTreeSet<(LinkId, String)>,
    ready: bool,
}

impl App {
    /// Without any connection.
    pub fn new(theme: Theme) -> Self {
        let mut app = Self::default();
        app.model.now = NOON;
        app.model.settings.theme = theme;
        app.model.settings.reduce_motion = true;
        app.model.memory_bytes = Some(148 << 20);
        app
    }

    /// With a connection that is still opening.
    pub fn connecting(theme: Theme) -> Self {
        let mut app = Self::new(theme);
        app.open("Trading test", Environment::Test);
        app
    }

    /// With a live session of a server that has these topics.
    pub fn connected(theme: Theme, serve: Serve, topics: Vec<Topic>) -> Self {
        let mut app = Self::connecting(theme);
        app.serve = serve;
        app.topics = topics;
        app.apply(live());
        app
    }

    /// With topics opened, selected and subscribed, pings and log lines.
    pub fn full(theme: Theme) -> Self {
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
            app.apply(Event::Pinged { at, micros: (n % 13 != 5).then_some(350 + n * 17 % 400) });
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

    pub fn open(&mut self, name: &str, environment: Environment) -> LinkId {
        let options = ConnectOptions::to(Target::Url("ws://localhost:8080".into()));
        self.model.open(name.to_owned(), name.to_lowercase(), environment, options)
    }

    pub fn link(&self) -> LinkId {
        self.model.active.expect("a connection is shown")
    }

    pub fn apply(&mut self, event: Event) {
        let (link, now) = (self.link(), self.model.now);
        self.model.apply(link, event, now);
        self.settle();
    }

    pub fn handle(&mut self, intent: impl Into<Intent>) {
        let now = self.model.now;
        self.model.handle(intent.into(), now);
        self.settle();
    }

    pub fn log(&mut self, level: Level, text: &str) {
        let line = LogLine { at: self.model.now, level, text: text.to_owned() };
        self.apply(Event::Log(line));
    }

    /// Lets time pass in steps of a quarter second.
    pub fn pass(&mut self, secs: f64) {
        for _ in 0..(secs * 4.0).ceil() as usize {
            let now = Timestamp(self.model.now.0 + 250_000);
            self.model.tick(now);
            self.settle();
        }
    }

    /// A topic gets a new value.
    pub fn update(&mut self, path: &str, text: &str) {
        let value = Bytes::from(Json::from_text(text).expect("JSON").to_cbor());
        let latest = ReceivedValue { at: self.model.now, value, delta_bytes: Some(9) };
        let path = path_of(path);
        self.apply(Event::Updates(vec![Update { path, latest, count: 1, line_bytes: 9, earlier: vec![], dropped: 0 }]));
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

    fn settle(&mut self) {
        loop {
            let effects = self.model.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Send(link, Command::Call(call), _) => self.answer(link, call),
                    Effect::Copy(text) => self.copied.push(text),
                    Effect::SaveFile { name, bytes } => self.saved.push((name, bytes)),
                    Effect::Work(link, work) => {
                        let now = self.model.now;
                        self.model.on_work_done(link, work.run(), now);
                    }
                    _ => {}
                }
            }
        }
    }

    fn answer(&mut self, link: LinkId, call: Call) {
        let result = match self.serve {
            Serve::Answers if call.service == TopicSet::ID => match self.set(&call) {
                Ok(update) => {
                    let now = self.model.now;
                    self.model.apply(link, Event::Updates(vec![update]), now);
                    Ok(Box::new(()) as AnyResponse)
                }
                Err(error) => Err(error),
            },
            Serve::Answers if call.service == TopicRemove::ID => Ok(self.remove(link, &call)),
            Serve::Answers if call.service == TopicAdd::ID => {
                let request: topic_add::Request = decode(call.payload.clone(), VERSION).expect("well formed");
                self.add(&request.path, request.spec, Bytes::new())
            }
            Serve::Answers if call.service == TopicAddAndSet::ID => {
                let request: AddAndSetRequest = decode(call.payload.clone(), VERSION).expect("well formed");
                self.add(&request.path, request.spec, request.value)
            }
            Serve::Answers => Ok(self.response(&call)),
            Serve::Silent => return self.calls.push(call),
            Serve::Refuses => Err(CallError::Service {
                code: ErrorCode::ACCESS_DENIED,
                description: "no SELECT_TOPIC at the root".into(),
            }),
        };
        let now = self.model.now;
        self.model.apply(link, Event::Answer(Answer { id: call.id, result, micros: 800 }), now);
        if self.serve == Serve::Answers && call.service == Subscribe::ID {
            self.announce(link, &call);
        }
        self.calls.push(call);
    }

    fn response(&self, call: &Call) -> AnyResponse {
        if call.service == RangeQuery::ID {
            return Box::new(self.events.clone().expect("the test gives the answer"));
        }
        if call.service == TopicViewList::ID {
            return Box::new(self.views.clone());
        }
        if [UpdateStreamCreate::ID, UpdateStreamCreateAndSet::ID].contains(&call.service) {
            let stream = StreamId { topic_id: 1, instance_id: 1, partition: 0, generation: 0 };
            return Box::new(StreamCreated { stream, flags: stream_flags::RETAINS_VALUE });
        }
        if call.service != Fetch::ID {
            return Box::new(());
        }
        let request: fetch::Request = decode(call.payload.clone(), VERSION).expect("the request is well formed");
        let selector = TopicSelector::parse(&request.selector).expect("the selector is well formed");
        let from = request.from.as_ref().map(|limit| limit.path.as_str());
        let mut response = fetch::Response { properties: vec![], results: vec![], has_more: false };
        let mut branch = (String::new(), 0);
        for topic in self.topics.iter().filter(|t| selector.selects(&t.path)) {
            if from.is_some_and(|from| topic.path.as_str() <= from) {
                continue;
            }
            let depth = usize::try_from(request.deep_branch_depth).unwrap_or(usize::MAX);
            let head: Vec<&str> = topic.path.split('/').take(depth).collect();
            let head = head.join("/");
            branch = if branch.0 == head { (head, branch.1 + 1) } else { (head, 1) };
            if branch.1 > request.deep_branch_limit {
                continue;
            }
            if response.results.len() as i64 == i64::from(request.limit) {
                response.has_more = true;
                break;
            }
            response.properties.push(topic.spec.properties.clone());
            response.results.push(fetch::FetchedTopic {
                path: topic.path.clone(),
                topic_type: topic.spec.topic_type,
                value: request.with_values.then(|| topic.value.clone()),
                properties_index: response.properties.len() as i32 - 1,
                size: fetch::Size::None,
            });
        }
        Box::new(response)
    }

    /// Sets a value if the constraint allows it.
    fn set(&mut self, call: &Call) -> Result<Update, CallError> {
        let request: topic_set::Request = decode(call.payload.clone(), VERSION).expect("the request is well formed");
        let topic = self.topics.iter_mut().find(|t| t.path == request.path).expect("a topic of the sample");
        let still = Constraint::Value(Comparison::is(topic.value.clone()));
        if request.constraint != Constraint::Unconstrained && request.constraint != still {
            let description = "the constraint does not hold".to_owned();
            return Err(CallError::Service { code: ErrorCode::UNSATISFIED_CONSTRAINT, description });
        }
        topic.value = request.value.clone();
        let latest = ReceivedValue { at: self.model.now, value: request.value, delta_bytes: None };
        let path = path_of(&request.path);
        Ok(Update { path, latest, count: 1, line_bytes: 9, earlier: vec![], dropped: 0 })
    }

    fn remove(&mut self, link: LinkId, call: &Call) -> AnyResponse {
        let request: topic_remove::Request = decode(call.payload.clone(), VERSION).expect("well formed");
        let selector = TopicSelector::parse(&request.selector).expect("the selector is well formed");
        let (gone, kept): (Vec<_>, Vec<_>) = self.topics.drain(..).partition(|t| selector.selects(&t.path));
        self.topics = kept;
        let now = self.model.now;
        for topic in gone.iter().filter(|t| self.announced.remove(&(link, t.path.clone()))) {
            let event = Event::Unsubscribed { path: path_of(&topic.path), reason: Some(UnsubscribeReason::Removed) };
            self.model.apply(link, event, now);
        }
        Box::new(i32::try_from(gone.len()).expect("few topics"))
    }

    fn add(&mut self, path: &str, spec: TopicSpec, value: Bytes) -> Result<AnyResponse, CallError> {
        if let Some(topic) = self.topics.iter().find(|t| t.path == path) {
            if *topic.spec == spec {
                return Ok(Box::new(AddOutcome::Exists));
            }
            let description = "Topic exists with a different specification".to_owned();
            return Err(CallError::Service { code: ErrorCode::TOPIC_EXISTS_MISMATCH, description });
        }
        self.topics.push(Topic { path: path.to_owned(), spec: Arc::new(spec), value });
        self.topics.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Box::new(AddOutcome::Created))
    }

    /// The specification of a topic of the server; none if there is no such topic.
    pub fn spec_of(&self, path: &str) -> Option<&TopicSpec> {
        self.topics.iter().find(|t| t.path == path).map(|t| &*t.spec)
    }

    /// Somebody else sets a value.
    pub fn set_by_another(&mut self, path: &str, text: &str) {
        let value = Bytes::from(Json::from_text(text).expect("JSON").to_cbor());
        self.topics.iter_mut().find(|t| t.path == path).expect("a topic of the sample").value = value;
        self.update(path, text);
    }

    fn announce(&mut self, link: LinkId, call: &Call) {
        let request: SelectionRequest = decode(call.payload.clone(), VERSION).expect("well formed");
        let selector = TopicSelector::parse(&request.selector).expect("the selector is well formed");
        let now = self.model.now;
        for topic in self.topics.iter().filter(|t| selector.selects(&t.path)) {
            if !self.announced.insert((link, topic.path.clone())) {
                continue;
            }
            let path = path_of(&topic.path);
            self.model.apply(link, Event::Subscribed { path: path.clone(), spec: topic.spec.clone() }, now);
            let latest = ReceivedValue { at: now, value: topic.value.clone(), delta_bytes: None };
            let update = Update { path, latest, count: 1, line_bytes: 40, earlier: vec![], dropped: 0 };
            self.model.apply(link, Event::Updates(vec![update]), now);
        }
    }
}

/// A valid path.
pub fn path_of(text: &str) -> TopicPath {
    TopicPath::parse(text).expect("a topic path")
}

/// The session is open.
pub fn live() -> Event {
    Event::Link(LinkState::Connected(Arc::new(SessionFacts {
        id: SessionId { server: 0x1f2e_3d4c, session: 7 },
        principal: "trader".into(),
        version: VERSION,
        ping_period_millis: 60_000,
        transport: "WebSocket",
        certificate: None,
    })))
}

/// The line is lost.
pub fn recovering() -> Event {
    Event::Link(LinkState::Recovering {
        attempt: 3,
        give_up_at: Timestamp(NOON.0 + 60_000_000),
        cause: Box::new(LinkError::LineLost("connection reset by peer".into())),
    })
}

/// The session cannot be had again.
pub fn closed() -> Event {
    let cause = LinkError::Refused { address: "127.0.0.1:8080".into(), cause: "os error 111".into() };
    Event::Link(LinkState::Closed(Box::new(cause)))
}

/// The name is being looked up.
pub fn resolving() -> Event {
    Event::Link(LinkState::Connecting(Step::Tcp))
}

/// The window, drawn a few times so that it has come to rest.
pub fn stage(app: App, size: [f32; 2]) -> Harness<'static, App> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(30)
        .renderer(RasterRenderer::default())
        .build_ui_state(|ui, app: &mut App| app.frame(ui), app);
    harness.run_steps(5);
    harness
}

/// Writes a picture where `WINDOW_PICTURES` names a folder, to be looked at.
pub fn picture(harness: &mut Harness<'_, App>, name: &str) {
    if let Ok(folder) = std::env::var("WINDOW_PICTURES") {
        let image = harness.render().expect("the painter paints");
        image.save(format!("{folder}/{name}.png")).expect("the folder can be written");
    }
}
