//! What a long run costs: memory of the client after some minutes and at the end, while values come fast and the line is
//! cut every 20 seconds.
//!
//! The server is in a process of its own. The client is what is behind the window, driven as the window drives it, with
//! subscriptions, a selected topic and the window's layout, without a display. A number after `--` is how many minutes
//! it takes in place of [`MINUTES`].

use brownian::app::event_loop::{FRAME, now};
use brownian::client::Engine;
use brownian::client::api::{ConnectOptions, Event, LinkState, Target, Traffic};
use brownian::data::TopicPath;
use brownian::model::connections::Environment;
use brownian::model::effects::Effect;
use brownian::model::{Model, inspector, subscriptions, topics};
use brownian::server::{Server, ServerConfig};
use brownian::ui::frame::shell::Shell;
use counters::{Account, Counters, Published, SELECTOR};
use proxy::{Cut, Direction, Proxy};
use second_process::{SecondProcess, resident_mib, serve_until_input_ends};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "support/counters.rs"]
mod counters;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/second_process.rs"]
mod second_process;

const MINUTES: f64 = 20.0;
const TOPICS: usize = 2000;
const UPDATES_PER_SEC: u64 = 20_000;
const CUT_EVERY: Duration = Duration::from_secs(20);
/// Memory is first compared after this time, when every history and buffer has had time to fill.
const SETTLED: Duration = Duration::from_mins(2);
const LINE_EVERY: Duration = Duration::from_mins(1);
/// As the window does.
const DRAIN: Duration = Duration::from_millis(5);
const TICK: Duration = Duration::from_millis(100);
/// Time between two layouts of the window. A window draws more often; what it keeps is the same.
const DRAW: Duration = Duration::from_millis(500);
/// Time for the last values.
const AT_THE_END: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--serve") {
        serve();
        return ExitCode::SUCCESS;
    }
    let minutes = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(MINUTES);
    let length = Duration::from_secs_f64(minutes * 60.0);
    let mut server = SecondProcess::start("--serve");
    let proxy = Proxy::start(server.address).expect("a free port");
    let counters = Counters::new(TOPICS);
    let mut client = Client::open(&counters, &proxy);

    println!("{TOPICS} topics, {UPDATES_PER_SEC} updates a second wanted, a cut every {} s", CUT_EVERY.as_secs());
    println!(
        "{:>7} {:>10} {:>10} {:>12} {:>6} {:>11}",
        "minutes", "memory", "accounted", "values", "cuts", "recoveries"
    );
    let (started, mut told, mut cut, mut settled_mib) = (Instant::now(), Instant::now(), Instant::now(), 0);
    let mut random = fastrand::Rng::with_seed(1);
    while started.elapsed() < length && !client.is_closed {
        client.go_on();
        if cut.elapsed() >= CUT_EVERY && client.is_live && !proxy.has_plan() {
            cut = Instant::now();
            let direction = if random.bool() { Direction::ToClient } else { Direction::ToServer };
            proxy.cut([Cut { direction, after_bytes: random.usize(..1000) }]);
        }
        if settled_mib == 0 && started.elapsed() >= SETTLED.min(length / 2) {
            settled_mib = resident_mib("self");
        }
        if told.elapsed() >= LINE_EVERY {
            told = Instant::now();
            client.tell(&proxy, started.elapsed());
        }
    }
    client.tell(&proxy, started.elapsed());
    let (end_mib, server_mib) = (resident_mib("self"), server.resident_mib());
    let published = server.end_input();
    let (updates, seconds) = published.trim().split_once(' ').expect("two numbers");
    let [updates, seconds] = [updates, seconds].map(|text| text.parse::<f64>().expect("a number"));
    let published = Published { updates: updates as u64, seconds };
    client.take_the_last(published);
    client.report(&proxy, published, [settled_mib, end_mib, server_mib])
}

/// The second process: a server, and a publisher until the input ends. Then it says what was published, and serves on
/// while the first process takes the last values and ends it.
fn serve() {
    let server = Server::start(ServerConfig::default()).expect("a server");
    let publishing = Counters::new(TOPICS).publish(server.publisher(), UPDATES_PER_SEC);
    serve_until_input_ends(server.listen(([127, 0, 0, 1], 0).into()).expect("a free port"));
    let Published { updates, seconds } = publishing.stop();
    println!("{updates} {seconds}");
    std::thread::park_timeout(AT_THE_END);
}

/// What is behind the window, and what it has seen.
struct Client {
    engine: Engine,
    model: Model,
    shell: Shell,
    ctx: egui::Context,
    opened: Instant,
    ticked: Instant,
    drawn: Instant,
    account: Account,
    is_live: bool,
    is_closed: bool,
    /// Sessions that began and recoveries.
    connected: u64,
    incomplete: u64,
    traffic: Traffic,
}

impl Client {
    fn open(counters: &Arc<Counters>, proxy: &Proxy) -> Self {
        let ctx = egui::Context::default();
        brownian::ui::theme::fonts::install(&ctx);
        let mut model = Model::default();
        let options = ConnectOptions::to(Target::Url(proxy.url()));
        model.open("soak".into(), "soak".into(), Environment::Test, options);
        let mut client = Self {
            engine: Engine::start(Arc::new(|| {}), None).expect("a runtime"),
            model,
            shell: Shell::default(),
            ctx,
            opened: Instant::now(),
            ticked: Instant::now(),
            drawn: Instant::now(),
            account: Account::new(counters),
            is_live: false,
            is_closed: false,
            connected: 0,
            incomplete: 0,
            traffic: Traffic::default(),
        };
        client.perform();
        while !client.is_live && !client.is_closed {
            client.go_on();
        }
        let selected = TopicPath::parse("counters/00/00007").expect("a path");
        // Every topic by one subscription, some by a second, and one whose history is kept.
        let intents: [brownian::model::Intent; 4] = [
            subscriptions::Intent::Add(SELECTOR.into()).into(),
            subscriptions::Intent::Add("?counters/0[0-4]//".into()).into(),
            topics::Intent::Reveal(selected.clone()).into(),
            inspector::Intent::Select(Some(selected)).into(),
        ];
        for intent in intents {
            client.model.handle(intent, now());
        }
        client.perform();
        client
    }

    /// What the window does in a frame.
    fn go_on(&mut self) {
        let (started, time) = (Instant::now(), now());
        self.model.run_for(self.opened.elapsed());
        let mut more = true;
        while more && started.elapsed() < DRAIN {
            let Self { engine, model, account, is_live, is_closed, connected, incomplete, traffic, .. } = self;
            more = engine.drain(64, &mut |link, event| {
                match &event {
                    Event::Updates(updates) => {
                        for update in updates {
                            account.take(&update.path, &update.latest.value, update.count);
                        }
                    }
                    Event::Link(state) => {
                        *is_live = matches!(state, LinkState::Connected(_));
                        *is_closed |= matches!(state, LinkState::Closed(_));
                        *connected += u64::from(*is_live);
                    }
                    Event::SessionReset => {
                        *incomplete += 1;
                        account.restart();
                    }
                    Event::Traffic(totals) => *traffic = *totals,
                    _ => {}
                }
                model.apply(link, event, time);
            });
        }
        if self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            self.model.tick(time);
            self.model.memory_bytes = Some(resident_mib("self") << 20);
        }
        self.perform();
        if self.drawn.elapsed() >= DRAW {
            self.drawn = Instant::now();
            self.draw();
        }
        if !more && self.engine.wait(Duration::from_millis(50)) {
            std::thread::park_timeout(FRAME);
        }
    }

    fn draw(&mut self) {
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1920.0, 1080.0))),
            time: Some(self.opened.elapsed().as_secs_f64()),
            ..egui::RawInput::default()
        };
        let (model, shell, time) = (&mut self.model, &mut self.shell, now());
        let mut output = self.ctx.run_ui(input, |ui| {
            model.before_draw(time);
            for intent in shell.ui(ui, model) {
                model.handle(intent, time);
            }
        });
        output.textures_delta.clear();
        self.perform();
    }

    fn perform(&mut self) {
        for effect in self.model.take_effects() {
            match effect {
                Effect::Open(link, options) => self.engine.open(link, *options),
                Effect::Send(link, command, _) => self.engine.send(link, command).expect("room for a command"),
                Effect::Work(link, work) => self.model.on_work_done(link, work.run(), now()),
                // Nothing is kept on the disk.
                _ => {}
            }
        }
    }

    fn take_the_last(&mut self, published: Published) {
        let ending = Instant::now();
        while self.account.missing(published) > 0 && ending.elapsed() < AT_THE_END && !self.is_closed {
            self.go_on();
        }
        self.account.lost += self.account.missing(published);
    }

    fn tell(&self, proxy: &Proxy, elapsed: Duration) {
        let accounted = self.model.memory_use().total() as f64 / f64::from(1 << 20);
        println!(
            "{:>7.1} {:>6} MiB {accounted:>6.1} MiB {:>12} {:>6} {:>11}",
            elapsed.as_secs_f64() / 60.0,
            resident_mib("self"),
            self.account.received,
            proxy.cuts(),
            self.connected - 1,
        );
    }

    fn report(&self, proxy: &Proxy, published: Published, [settled_mib, end_mib, server_mib]: [u64; 3]) -> ExitCode {
        let (account, memory) = (&self.account, self.model.memory_use());
        let line = |name: &str, count: u64| println!("{name:52} {count:>10}");
        println!("{:.0} updates a second were reached", published.updates as f64 / published.seconds);
        line("resident memory early, MiB", settled_mib);
        line("resident memory at the end, MiB", end_mib);
        line("resident memory of the server at the end, MiB", server_mib);
        line("accounted: values of topics, KiB", memory.topics as u64 / 1024);
        line("accounted: histories, KiB", memory.histories as u64 / 1024);
        line("values published, some before the subscription", published.updates);
        line("values received", account.received);
        line("of these merged on the way to the window", self.traffic.merged);
        line("cuts", proxy.cuts());
        line("recoveries", self.connected - 1);
        println!("these have to be 0:");
        let bad = [
            ("recoveries called incomplete", self.incomplete),
            ("sessions over", u64::from(self.is_closed)),
            ("values lost", account.lost),
            ("values doubled", account.doubled),
            ("values altered", account.altered),
            ("history values, log lines and notifications dropped", self.traffic.dropped),
        ];
        for (name, count) in bad {
            line(name, count);
        }
        ExitCode::from(u8::from(bad.iter().any(|(_, count)| *count > 0)))
    }
}
