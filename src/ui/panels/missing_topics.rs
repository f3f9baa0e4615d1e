//! Missing topics: handlers of branches, and who selected what is not there.

use super::{Group, Panel, Place};
use crate::model::error_text;
use crate::model::letter_case::capitalized;
use crate::model::link::{AutoAnswered, CallError};
use crate::model::missing_topics::{Handler, Intent, MissingTopics as Facts, Note, Outcome, State, branch};
use crate::model::number;
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::states;
use egui::{Align, Key, Layout, RichText, ScrollArea, TextEdit, Ui};
use std::time::Duration;

/// Height of a note of two lines, with what can be done to their right.
const NOTE: f32 = 48.0;
/// Height of a note where that stands below them.
const NARROW_NOTE: f32 = 76.0;
/// Width from which on both stand side by side.
const WIDE: f32 = 640.0;

/// How the panel looks.
#[derive(Default)]
pub struct MissingTopics {
    text: String,
}

impl Panel for MissingTopics {
    const ID: &'static str = "missing-topics";
    const TITLE: &'static str = "Missing topics";
    const ICON: Icon = Icon::Help;
    const GROUP: Group = Group::Session;
    const NEEDS: Option<&'static str> = Some("REGISTER_HANDLER");
    const LIVE: bool = false;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = false;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let facts = &connected.missing_topics;
        self.add_ui(ui, cx, connected);
        if facts.handlers.is_empty() && facts.notes.is_empty() {
            return nothing_ui(ui, connected);
        }
        for handler in &facts.handlers {
            handler_ui(ui, cx, handler, connected.is_live());
        }
        ui.separator();
        if facts.notes.is_empty() {
            return waiting_ui(ui, facts);
        }
        if facts.open() > 0 {
            ui.ctx().request_repaint_after(Duration::from_millis(500));
        }
        if facts.dropped > 0 {
            let text = format!("{} older notifications dropped to stay within bounds", number::grouped(facts.dropped));
            ui.label(theme::faint(ui, text));
        }
        let height = if ui.available_width() < WIDE { NARROW_NOTE } else { NOTE };
        ScrollArea::vertical().auto_shrink(false).show_rows(ui, height, facts.notes.len(), |ui, range| {
            for note in facts.notes.get(range).into_iter().flatten() {
                note_ui(ui, cx, note, height);
            }
        });
    }
}

impl MissingTopics {
    fn add_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.missing_topics;
        let tokens = Tokens::of(ui);
        let path = branch(&self.text);
        let twice = path.as_ref().is_ok_and(|path| facts.handlers.iter().any(|h| h.path == *path));
        let wrong = match &path {
            _ if self.text.trim().is_empty() => None,
            Ok(_) if twice => Some("This branch has a handler already".to_owned()),
            Ok(_) => None,
            Err(error) => Some(capitalized(&error.located(self.text.trim()))),
        };
        let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
        super::toolbar_ui(ui, |ui| {
            let edit = TextEdit::singleline(&mut self.text)
                .hint_text("Branch, for example sports/live")
                .font(egui::TextStyle::Monospace)
                .desired_width((ui.available_width() - 250.0).clamp(100.0, 420.0));
            let response = ui.add(edit);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Branch to handle missing topics of")
            });
            let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            let usable = path.is_ok() && wrong.is_none() && blocked.is_none();
            let button = ui.add_enabled(usable, egui::Button::new("Register handler"));
            let button = button.on_disabled_hover_text(blocked.unwrap_or("Enter the path of a branch first"));
            if (button.clicked() || entered)
                && usable
                && let Ok(path) = path
            {
                cx.send(Intent::Register(path));
                self.text.clear();
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let decided = facts.notes.iter().any(|note| note.open.is_empty());
                if ui.add_enabled(decided, egui::Button::new("Clear")).clicked() {
                    cx.send(Intent::Clear);
                }
            });
        });
        if let Some(wrong) = wrong {
            line(ui, RichText::new(wrong).color(tokens.error.strong));
        } else if let Some(blocked) = blocked {
            line(ui, theme::muted(ui, blocked));
        }
    }
}

fn line(ui: &mut Ui, text: RichText) {
    ui.horizontal_wrapped(|ui| {
        ui.add_space(10.0);
        ui.label(text);
    });
}

/// Neither handlers nor notes.
fn nothing_ui(ui: &mut Ui, connected: &Connected) {
    if !connected.is_live() {
        let text = "Handlers belong to a session: connect first, then register one on a branch";
        return format::empty_ui(ui, Icon::Disconnected, "Not connected", text);
    }
    let text = "Register a handler on a branch. Whenever a session selects topics below it that do not exist, you see who \
                asked for what, and can create the topic. The session then gets it without asking again. Needs \
                REGISTER_HANDLER";
    format::empty_ui(ui, Icon::Help, "No missing-topic handlers", text);
}

/// Handlers, but no notes yet.
fn waiting_ui(ui: &mut Ui, facts: &Facts) {
    let states = || facts.handlers.iter().map(|h| &h.state);
    match states().next() {
        Some(State::Failed(error)) if states().all(|state| matches!(state, State::Failed(_))) => {
            if is_denied(error) {
                let what = "This session may not handle missing topics";
                states::permission_ui(ui, what, "REGISTER_HANDLER", "", None);
            } else {
                format::failed_ui(ui, &error_text::call(error, "register the handler"));
            }
        }
        _ if states().any(|state| matches!(state, State::Live(_) | State::Ending)) => {
            let text = "A session that selects topics which do not exist below these branches appears here";
            format::empty_ui(ui, Icon::Ok, "Nothing is missing so far", text);
        }
        _ => format::empty_ui(ui, Icon::Ring, "Asking the server…", "The handler is live once the server confirms it"),
    }
}

fn is_denied(error: &CallError) -> bool {
    matches!(error, CallError::Service { code, .. } if *code == crate::data::ErrorCode::ACCESS_DENIED)
}

fn handler_ui(ui: &mut Ui, cx: &Cx<'_>, handler: &Handler, live: bool) {
    let tokens = Tokens::of(ui);
    let path = handler.path.as_str();
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, &format!("End the handler of {path}")).clicked() {
                cx.send(Intent::End(handler.id));
            }
            if matches!(handler.state, State::Failed(_))
                && icon_button(ui, Icon::Refresh, &format!("Register {path} again")).clicked()
            {
                cx.send(Intent::Retry(handler.id));
            }
            if handler.told > 0 {
                ui.label(theme::muted(ui, number::count_of(handler.told, "notification", "notifications")));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add_space(8.0);
                let (text, colour) = match &handler.state {
                    _ if !live => ("waits for the session".to_owned(), tokens.text_faint),
                    State::Asking => ("registering…".to_owned(), tokens.text_muted),
                    State::Live(since) => (format!("live since {}", format::clock(*since)), tokens.text_faint),
                    State::Ending => ("ending…".to_owned(), tokens.text_muted),
                    State::Failed(error) => {
                        (error_text::call(error, "register the handler").summary, tokens.error.strong)
                    }
                };
                ui.scope(|ui| {
                    ui.set_max_width(ui.available_width() * 0.6);
                    ui.add(egui::Label::new(theme::mono(path)).truncate()).on_hover_text(path);
                });
                let small = RichText::new(&text).color(colour).size(theme::tokens::text::SMALL);
                ui.add(egui::Label::new(small).truncate()).on_hover_text(&text);
            });
        });
    });
}

fn note_ui(ui: &mut Ui, cx: &Cx<'_>, note: &Note, height: f32) {
    let size = egui::vec2(ui.available_width(), height);
    ui.push_id(note.id, |ui| {
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(size);
            ui.set_max_size(size);
            if height > NOTE {
                text_ui(ui, cx, note);
                ui.horizontal(|ui| {
                    ui.add_space(8.0);
                    acts_ui(ui, cx, note);
                });
            } else {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add_space(8.0);
                    acts_ui(ui, cx, note);
                    ui.with_layout(Layout::top_down(Align::Min), |ui| text_ui(ui, cx, note));
                });
            }
        });
    });
}

/// When, how often, what; and who.
fn text_ui(ui: &mut Ui, cx: &Cx<'_>, note: &Note) {
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        ui.label(theme::faint(ui, format::clock(note.at)));
        if note.count > 1 {
            let times = format!("×{}", number::grouped(note.count));
            let hint = number::count_of(note.count, "time", "times");
            ui.label(RichText::new(times).color(tokens.info.strong)).on_hover_text(hint);
        }
        let label = egui::Label::new(theme::mono(&note.selector)).truncate().sense(egui::Sense::click());
        let response = ui.add(label).on_hover_text(&note.selector);
        response.context_menu(|ui| menu_ui(ui, cx, note));
    });
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        let text = format!("{} · session {}", who(&note.principal), note.session);
        let label = egui::Label::new(theme::muted(ui, text)).truncate();
        ui.add(label).on_hover_ui(|ui| facts_ui(ui, note));
    });
}

/// What can still be done about it, and how long.
fn acts_ui(ui: &mut Ui, cx: &Cx<'_>, note: &Note) {
    let tokens = Tokens::of(ui);
    if let Some(path) = &note.path {
        let button = ui.button("Create topic");
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Create topic {path}")));
        let hint = if note.is_path { "Opens the form for a new topic at" } else { "What is selected begins with" };
        if button.on_hover_text(format!("{hint} {path}")).clicked() {
            cx.send(Intent::Create(note.id));
        }
    }
    let Some(until) = note.until() else {
        ui.label(RichText::new(outcome(note.outcome)).color(tokens.text_muted).size(theme::tokens::text::SMALL));
        return;
    };
    let refuse = ui.button("Do not proceed").on_hover_text(
        "Answers “no”. Servers of today complete the subscription either way; nobody is told anything by it",
    );
    if refuse.clicked() {
        cx.send(Intent::Decide { note: note.id, proceed: false });
    }
    if ui.button("Proceed").on_hover_text("Answers “yes”; create the topic before, if it is to be there").clicked()
    {
        cx.send(Intent::Decide { note: note.id, proceed: true });
    }
    let left = until.secs_since(cx.now()).max(0.0).ceil();
    ui.label(RichText::new(format!("{left:.0} s left")).color(tokens.warn.strong).size(theme::tokens::text::SMALL));
}

fn who(principal: &str) -> &str {
    if principal.is_empty() { "anonymous" } else { principal }
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "",
        Outcome::Decided { proceed: true } => "you let it proceed",
        Outcome::Decided { proceed: false } => "you answered “do not proceed”",
        Outcome::AutoAnswered(AutoAnswered::TimedOut) => "proceeded: time was over",
        Outcome::AutoAnswered(AutoAnswered::LineLost) => "proceeded: the line was lost",
        Outcome::AtOnce => "proceeded: too many at once",
    }
}

fn facts_ui(ui: &mut Ui, note: &Note) {
    ui.label(theme::muted(ui, format!("Handler of {} · last {}", note.branch, format::moment(note.at))));
    ui.label(theme::muted(ui, format!("By way of {}", note.servers.join(", "))));
    for (key, value) in &note.properties {
        ui.label(theme::mono(format!("{key} = {value}")));
    }
}

fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, note: &Note) {
    let copy = |ui: &mut Ui, words: &str, text: &str| {
        if ui.button(words).clicked() {
            cx.send(crate::model::Intent::Copy(text.to_owned()));
            ui.close();
        }
    };
    if let Some(path) = &note.path {
        copy(ui, "Copy path", path.as_str());
    }
    copy(ui, "Copy selector", &note.selector);
    copy(ui, "Copy session ID", &note.session);
}
