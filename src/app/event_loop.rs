//! The program in its window: facts, background and drawing wired together.
//!
//! `logic` takes in what the connections report and performs effects, also while the window is hidden; `draw` shows the
//! model and collects what the user did.

use super::effect_runner::EffectRunner;
use crate::client::Engine;
use crate::client::PipeAcceptor;
use crate::client::api::{Event, LinkId, SessionEvent, Waker};
use crate::data::Timestamp;
use crate::model::{Intent, Model};
use crate::ui::frame::shell::Shell;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events are taken in for at most so long in one frame.
const DRAIN: Duration = Duration::from_millis(5);
/// Events taken between two looks at the clock.
const DRAIN_STEP: usize = 64;
/// The model lets time pass this often when other news came.
const TICK: Duration = Duration::from_millis(100);
/// When a feature of the model has something to do it is given the time at once, but at most this often.
const DUE_TICK: Duration = Duration::from_millis(40);
/// And this often while nothing does but news came or the user did something within the last [`STIRRED`].
const IDLE_TICK: Duration = Duration::from_secs(1);
/// And this often otherwise: only ages of things that rest, and totals of the line, are to be drawn anew.
const QUIET_TICK: Duration = Duration::from_secs(5);
/// For so long after the last news the window is not quiet.
const STIRRED: Duration = Duration::from_secs(8);
/// Repaints for data come at most this often.
pub const FRAME: Duration = Duration::from_millis(16);

/// The whole program, without the window around it.
pub struct App {
    /// The facts.
    pub model: Model,
    /// What draws.
    pub shell: Shell,
    engine: Engine,
    effects: EffectRunner,
    ticked: Option<Instant>,
    stirred: Instant,
    measured: Option<Instant>,
    started: Instant,
}

/// The time now, as the floors without clocks want it.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

impl App {
    /// Starts the background. `embedded` takes connections to the server of this process.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(waker: Waker, embedded: Option<PipeAcceptor>, effects: EffectRunner) -> std::io::Result<Self> {
        crate::ui::format::set_time_zone(jiff::tz::TimeZone::system());
        let mut model = Model::default();
        model.now = now();
        effects.load(&mut model);
        Ok(Self {
            model,
            shell: Shell::default(),
            engine: Engine::start(waker, embedded)?,
            effects,
            ticked: None,
            stirred: Instant::now(),
            measured: None,
            started: Instant::now(),
        })
    }

    /// Takes in events for a bounded time, lets time pass and performs effects. Gives back how soon it wants to be
    /// called again without news from outside; none if it can rest.
    pub fn logic(&mut self) -> Option<Duration> {
        let started = Instant::now();
        let time = now();
        self.model.run_for(self.started.elapsed());
        let mut more = true;
        while more && started.elapsed() < DRAIN {
            let (model, stirred) = (&mut self.model, &mut self.stirred);
            more = self.engine.drain(DRAIN_STEP, &mut |link, event| {
                // Answers come to what the program asks by itself too; round trips and totals come all the time.
                if !matches!(
                    event,
                    Event::Session(SessionEvent::Pinged { .. }) | Event::Traffic(_) | Event::Answer(_) | Event::Log(_)
                ) {
                    *stirred = started;
                }
                model.apply(link, event, time);
            });
        }
        self.effects.poll(&mut self.model, time);
        let open = !self.model.links.is_empty();
        let due = self.model.next_due();
        let least = if due.is_some_and(|due| due <= time) { DUE_TICK } else { TICK };
        if open && self.ticked.is_none_or(|at| at.elapsed() >= least) {
            self.ticked = Some(Instant::now());
            self.model.tick(time);
        }
        if self.measured.is_none_or(|at| at.elapsed() >= Duration::from_secs(2)) {
            self.measured = Some(Instant::now());
            self.model.memory_bytes = super::platform::memory_in_use_bytes();
        }
        self.perform();
        if more {
            return Some(Duration::ZERO);
        }
        let usual = match () {
            () if self.stirred.elapsed() < STIRRED || self.shell.dock.shows_live() => IDLE_TICK,
            () => QUIET_TICK,
        };
        let due = self.model.next_due().map(|due| Duration::from_micros(due.micros_since(now())).max(DUE_TICK));
        open.then_some(due.map_or(usual, |due| due.min(usual)))
    }

    /// Draws the window and handles what the user did.
    pub fn draw(&mut self, ui: &mut egui::Ui) {
        if ui.input(|i| !i.events.is_empty()) {
            self.stirred = Instant::now();
        }
        self.model.run_for(self.started.elapsed());
        if self.model.before_draw(now()) {
            ui.ctx().request_repaint_after(FRAME);
        }
        for intent in self.shell.ui(ui, &self.model) {
            self.handle(intent);
        }
        if !ui.input(|i| i.pointer.any_down())
            && let Some(intent) = self.shell.changed_layout()
        {
            self.handle(intent);
        }
        self.perform();
        self.effects.copy_to(ui.ctx());
    }

    /// Handles an intent, as if the user had done it.
    pub fn handle(&mut self, intent: Intent) {
        self.model.run_for(self.started.elapsed());
        self.model.handle(intent, now());
    }

    /// Opens a connection to the embedded server.
    pub fn open_demo(&mut self) {
        self.handle(crate::model::connections::Intent::OpenDemo.into());
        self.perform();
    }

    /// Opens the connection dialog with this profile, for a password that is not known.
    pub fn ask_to_connect(&mut self, profile: crate::model::connections::Profile) {
        self.handle(crate::model::connections::Intent::NewWithUrl(profile.url.as_str().to_owned()).into());
        let profile = match &self.model.connections.form {
            Some(form) => crate::model::connections::Profile { key: form.profile.key.clone(), ..profile },
            None => profile,
        };
        self.handle(crate::model::connections::Intent::Change(Box::new(profile)).into());
    }

    /// The link shown.
    #[must_use]
    pub fn active(&self) -> Option<LinkId> {
        self.model.active
    }

    fn perform(&mut self) {
        loop {
            let effects = self.model.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.effects.perform(effect, &mut self.engine, &mut self.model);
            }
        }
    }

    /// Writes what must not be lost; called once at the end.
    pub fn finish(&mut self) {
        if let Some(intent) = self.shell.changed_layout() {
            self.handle(intent);
        }
        self.perform();
        self.effects.finish();
    }
}

/// A waker that asks the window for a frame soon, merging bursts.
#[must_use]
pub fn waker_of(ctx: &egui::Context) -> Waker {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint_after(FRAME))
}
