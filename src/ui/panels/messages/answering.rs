//! The view of answering: handlers with their figures, the handler being made, and the inbox.

use super::form::FormView;
use super::inbox::InboxView;
use crate::data::{TopicPath, shown};
use crate::model::answering::{Answering, Asked, Handler, Intent, Scope, Standing};
use crate::model::messages::sentence;
use crate::model::{BlockReason, Connected, number, safety};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::layout::within;
use crate::ui::widgets::registered_list::{self, Registered, Stage};
use crate::ui::widgets::split::Split;
use crate::ui::widgets::states;
use egui::{Key, TextEdit, Ui, WidgetInfo};
use std::time::Duration;

/// Seconds before a server locks at which it is said that handlers are withdrawn.
const WARN_SECS: i64 = 60;
/// From this width on handlers stand beside the inbox.
const WIDE: f32 = 760.0;
/// Below this height the inbox has most of the room.
const LOW: f32 = 480.0;
/// How often what waits is drawn.
const PACE: Duration = Duration::from_millis(250);

/// How it looks.
#[derive(Default)]
pub(super) struct AnsweringView {
    path: String,
    form: FormView,
    inbox: InboxView,
}

impl AnsweringView {
    /// The row of tools, beside the choice of the view.
    pub(super) fn tools_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, focus: bool) {
        let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
        let edit = TextEdit::singleline(&mut self.path)
            .id(egui::Id::unique("path to handle"))
            .font(egui::TextStyle::Monospace)
            .hint_text(theme::text("Path, as in orders/new"))
            .desired_width((ui.available_width() - 124.0).clamp(80.0, 300.0));
        let response = ui.add(edit);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "Path to handle"));
        if focus {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let usable = blocked.is_none() && TopicPath::parse(self.path.trim()).is_ok();
        let button = ui.add_enabled(usable, egui::Button::new("Add handler…"));
        let button = button.on_disabled_hover_text(theme::text(blocked.unwrap_or("Write a message path first")));
        if usable && (button.clicked() || entered) {
            cx.send(Intent::OpenForm(self.path.trim().to_owned()));
            self.path.clear();
            self.form.opened();
        }
    }

    /// Everything below the row of tools.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.answering;
        if facts.asked.iter().any(Asked::is_waiting) || facts.live() > 0 {
            ui.ctx().request_repaint_after(PACE);
        }
        warning_ui(ui, cx, connected);
        if let Err(error) = TopicPath::parse(self.path.trim())
            && !self.path.trim().is_empty()
        {
            let words = theme::text(error.located(self.path.trim())).color(Tokens::of(ui).error.strong);
            super::note_ui(ui, words);
        }
        if facts.form.is_some() {
            return self.form.ui(ui, cx, connected);
        }
        if facts.handlers.is_empty() && facts.asked.is_empty() {
            let text = "Requests come here once you handle a path. Write one above and add a handler: by hand, fixed, \
                        echo, failing or silent. Needs REGISTER_HANDLER, and VIEW_SESSION for properties of the sender";
            return format::empty_ui(ui, Icon::Message, "You handle no path", text);
        }
        let beside = ui.available_width() >= WIDE;
        let low = ui.available_height() < LOW;
        // A request that waits for an answer by hand has all of a small panel, unless the list is wanted.
        if low && !beside && !self.inbox.lists && facts.shown().is_some_and(Asked::is_by_hand) {
            return self.inbox.ui(ui, cx, connected);
        }
        let split = match (beside, low) {
            (true, _) => Split::beside("handlers and inbox").share(0.42),
            (false, false) => Split::below("handlers and inbox").share(0.35),
            (false, true) => Split::below("handlers and inbox").list_points(76.0),
        };
        let [handlers, inbox] = split.areas(ui);
        within(ui, "handlers", handlers, |ui| handlers_ui(ui, cx, connected));
        within(ui, "inbox", inbox, |ui| self.inbox.ui(ui, cx, connected));
    }
}

/// Says that handlers are about to be taken back, or that they were.
fn warning_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let facts = &connected.answering;
    let tokens = Tokens::of(ui);
    let mode = connected.safety.mode(cx.now());
    if let Some(secs) = connected.safety.lock_secs(cx.now()).filter(|secs| *secs <= WARN_SECS)
        && facts.live() > 0
    {
        let handlers = number::count_of(facts.live() as u64, "handler is", "handlers are");
        let words = format!("{handlers} withdrawn in {secs} s");
        states::banner(ui, tokens.warn, Icon::Clock, &words, "the server is read-only again then", |ui| {
            if ui.button("Stay unlocked").clicked() {
                cx.send(safety::Intent::SetMode(mode));
            }
        });
    }
    let absent = facts.handlers.iter().filter(|handler| !handler.is_here()).count() as u64;
    if absent > 0 {
        let words = number::count_of(absent, "handler is not registered", "handlers are not registered");
        let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
        states::banner(ui, tokens.info, Icon::Ring, &words, "", |ui| {
            let button = ui.add_enabled(blocked.is_none(), egui::Button::new("Register all again"));
            if button.on_disabled_hover_text(theme::text(blocked.unwrap_or_default())).clicked() {
                cx.send(Intent::RegisterAll);
            }
        });
    }
}

fn handlers_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let facts = &connected.answering;
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        ui.label(theme::strong("Handlers"));
    });
    let list = facts.handlers.iter();
    registered_list::list_ui(
        ui,
        "message handlers",
        list,
        |ui, handler| line(ui, handler),
        |ui, handler| buttons_ui(ui, cx, connected, handler),
    );
    ui.add_space(4.0);
    this_session_ui(ui, facts);
    let failed = facts.handlers.iter().find_map(|handler| match &handler.standing {
        Standing::Failed(error) => Some(sentence::not_registered(error, handler.path.as_str())),
        _ => None,
    });
    if let Some(words) = failed {
        let text = theme::text(words.text).color(Tokens::of(ui).error.strong);
        super::note_ui(ui, text).on_hover_text(theme::text(words.details));
    }
}

/// What becomes of requests addressed to this session.
fn this_session_ui(ui: &mut Ui, facts: &Answering) {
    let taken = facts.handlers.iter().any(|handler| handler.scope == Scope::ThisSession && handler.is_live());
    let words = match (taken, facts.unhandled) {
        (true, 0) => return,
        (_, 0) => "Requests addressed to this session itself hear at once that nobody takes them".to_owned(),
        (_, unhandled) => {
            let words = number::count_of(unhandled, "request", "requests");
            format!("{words} addressed to this session: nobody took them (109)")
        }
    };
    let words = theme::faint(ui, words);
    super::note_ui(ui, words);
}

fn line<'a>(ui: &Ui, handler: &'a Handler) -> Registered<'a> {
    let (standing, stage) = match &handler.standing {
        Standing::Asking => ("registering…", Stage::Asking),
        Standing::Live(_) => ("", Stage::Live),
        Standing::Failed(_) => ("refused", Stage::Failed),
        Standing::NotRegistered => ("○ not registered in this session", Stage::Waiting),
        Standing::Withdrawn => ("○ withdrawn", Stage::Waiting),
    };
    let scope = if handler.scope == Scope::ThisSession { "to this session, " } else { "" };
    let kind = format!("{scope}{}", handler.words());
    let state = if standing.is_empty() { kind } else { format!("{standing} · {kind}") };
    let mean = handler.mean_micros().map(|micros| format!(" · {}", format::micros(micros))).unwrap_or_default();
    let figures = match handler.asked {
        0 => String::new(),
        asked => format!(
            "{} asked · {} answered · {} failed{mean}",
            number::grouped(asked),
            number::grouped(handler.answered),
            number::grouped(handler.failed)
        ),
    };
    Registered { name: handler.path.as_str(), chip: None, state, colour: stage.colour(Tokens::of(ui)), figures }
}

fn buttons_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, handler: &Handler) {
    let path = shown(handler.path.as_str());
    if icon_button(ui, Icon::Close, &format!("Remove the handler of {path}")).clicked() {
        cx.send(Intent::Remove(handler.id));
    }
    if !handler.is_here() {
        let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
        ui.add_enabled_ui(blocked.is_none(), |ui| {
            let button = icon_button(ui, Icon::Refresh, &format!("Register {path} again"));
            if button.on_disabled_hover_text(theme::text(blocked.unwrap_or_default())).clicked() {
                cx.send(Intent::RegisterAgain(handler.id));
            }
        });
    }
}
