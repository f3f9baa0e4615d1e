//! The view of requests: history, builder and response, side by side where there is room.

use super::builder::BuilderView;
use super::history::{HistoryTable, HistoryView};
use super::responses::ResponseView;
use crate::model::Connected;
use crate::model::requests::{Entry, Intent, State};
use crate::ui::commands::messages as keys;
use crate::ui::commands::tip_of;
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, icon_button};
use crate::ui::widgets::layout::within;
use crate::ui::widgets::menu;
use crate::ui::widgets::split::Split;
use egui::{Align, Key, Layout, Modifiers, TextEdit, Ui};
use std::time::Duration;

/// From this width on history, builder and response stand side by side.
const WIDE: f32 = 1100.0;
/// Below this height the response stands beside the builder, not below it.
const LOW: f32 = 320.0;
/// Below this height most of it goes to the builder.
const SHORT: f32 = 440.0;
/// How often what is waited for is drawn.
const PACE: Duration = Duration::from_millis(250);

/// Where the panel is to turn.
pub(super) enum Turn {
    /// Nowhere.
    Stay,
    /// To the handler being made for this path.
    ToAnswering(String),
}

/// How it looks.
#[derive(Default)]
pub(super) struct RequestsView {
    history: HistoryView,
    builder: BuilderView,
    response: ResponseView,
    /// The history stands in place of the builder, where there is no room for both.
    shows_list: bool,
    /// Name under which the request is to be saved, while it is typed.
    name: Option<String>,
    wants_name: bool,
}

impl RequestsView {
    /// The row of tools, beside the choice of the view.
    pub(super) fn tools_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.requests;
        if cx.pressed(ui, &keys::HISTORY) {
            self.shows_list = !self.shows_list;
        }
        if cx.pressed(ui, &keys::SAVE) {
            self.begin_saving(facts.builder.saved_as.as_deref(), &facts.builder.path);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.max_rect().width() + 200.0 < WIDE {
                let words = tip_of(ui, cx, &keys::HISTORY, "History");
                if ui.selectable_label(self.shows_list, "History").on_hover_text(theme::text(words)).clicked() {
                    self.shows_list = !self.shows_list;
                }
            }
            if self.name.is_some() {
                self.name_ui(ui, cx);
                return;
            }
            let words = tip_of(ui, cx, &keys::SAVE, "Save the request");
            if icon_button(ui, Icon::Star, &words).clicked() {
                self.begin_saving(facts.builder.saved_as.as_deref(), &facts.builder.path);
            }
            let saved = facts.saved.len();
            ui.add_enabled_ui(saved > 0, |ui| {
                let button = ui.button(theme::text(format!("Saved {saved}")));
                menu::popup(egui::Popup::menu(&button), |ui| saved_ui(ui, cx, connected));
                button.on_disabled_hover_text(theme::text(
                    "Nothing saved yet. Ctrl+S keeps the request in the builder. Saved requests are files on this \
                     computer, in clear",
                ));
            });
        });
    }

    fn begin_saving(&mut self, saved_as: Option<&str>, path: &str) {
        self.name = Some(saved_as.unwrap_or(path).to_owned());
        self.wants_name = true;
    }

    fn name_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(name) = &mut self.name else { return };
        let mut done = false;
        if ui.button("Cancel").clicked() {
            done = true;
        }
        let save = ui.add_enabled(!name.trim().is_empty(), egui::Button::new("Save")).clicked();
        let edit = TextEdit::singleline(name).hint_text("Name").desired_width(160.0);
        let response = ui.add(edit);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Name of the saved request"));
        if std::mem::take(&mut self.wants_name) {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            done = true;
        }
        if (entered || save) && !name.trim().is_empty() {
            cx.send(Intent::Save(name.trim().to_owned()));
            done = true;
        }
        if done {
            self.name = None;
        }
    }

    /// Everything below the row of tools.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, focus: bool) -> Turn {
        let facts = &connected.requests;
        if facts.entries.iter().any(Entry::is_waiting) {
            ui.ctx().request_repaint_after(PACE);
        }
        if focus {
            self.builder.focus();
        }
        let wide = ui.available_width() >= WIDE;
        let low = ui.available_height() < LOW;
        if wide {
            let [list, rest] = Split::beside("requests and history").list_points(340.0).areas(ui);
            within(ui, "history", list, |ui| self.history_ui(ui, cx, connected));
            return within(ui, "request and response", rest, |ui| self.both_ui(ui, cx, connected, true));
        }
        if self.shows_list {
            let [list, rest] = Split::beside("history and response").share(0.5).areas(ui);
            within(ui, "history", list, |ui| self.history_ui(ui, cx, connected));
            return within(ui, "response", rest, |ui| self.response_ui(ui, cx, connected));
        }
        self.both_ui(ui, cx, connected, low)
    }

    fn both_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, beside: bool) -> Turn {
        // The editor needs its lines where the panel is not high.
        let share = if ui.available_height() < SHORT { 0.6 } else { 0.56 };
        let split = if beside {
            Split::beside("request and response").share(0.5)
        } else {
            Split::below("request and response").share(share)
        };
        let [builder, response] = split.areas(ui);
        within(ui, "builder", builder, |ui| self.builder.ui(ui, cx, connected));
        within(ui, "response", response, |ui| self.response_ui(ui, cx, connected))
    }

    fn response_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) -> Turn {
        let facts = &connected.requests;
        let Some(entry) = facts.shown() else {
            let text = "Choose a path, a session, or a filter, and send a payload; the answer stands here";
            crate::ui::format::empty_ui(ui, Icon::Message, "Nothing sent yet", text);
            return Turn::Stay;
        };
        if entry.is_waiting() && !theme::is_behind_dialog(ui.ctx()) {
            let in_text = ui.ctx().text_edit_focused();
            if !in_text && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                cx.send(Intent::StopWaiting(entry.id));
            }
        }
        self.response.ui(ui, cx, connected, entry)
    }

    fn history_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.requests;
        let table = HistoryTable { cx, facts };
        self.history.ui(ui, &table);
        let chosen = self.history.chosen(facts);
        if chosen.is_empty() {
            return;
        }
        if let [id] = chosen[..] {
            let can_send = connected.block_reason(cx.now()).is_none();
            if cx.pressed(ui, &keys::EDIT_AGAIN) {
                cx.send(Intent::EditAgain(id));
                self.builder.focus_value();
                self.shows_list = false;
            }
            if cx.pressed(ui, &keys::RESEND) && can_send {
                cx.send(Intent::Resend(id));
            }
        }
        if self.history.has_focus() && cx.pressed(ui, &keys::REMOVE) {
            cx.send(Intent::Remove(chosen));
        }
    }
}

/// The saved requests, one line each.
fn saved_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    for (index, saved) in connected.requests.saved.iter().enumerate() {
        ui.horizontal(|ui| {
            if ui.add(theme::menu_item(&format!("{} · {}", saved.name, saved.path))).clicked() {
                cx.send(Intent::UseSaved(index));
                ui.close();
            }
            if icon_button(ui, Icon::Trash, &format!("Delete {}", saved.name)).clicked() {
                cx.send(Intent::DeleteSaved(index));
                ui.close();
            }
        });
    }
    ui.label(theme::faint(ui, "Kept on this computer, in clear"));
}

/// Where a request stands, in few words.
pub(super) fn state_words(entry: &crate::model::requests::Entry, now: crate::data::Timestamp) -> String {
    use crate::model::requests::Ending;
    use crate::ui::format;
    let took = format::micros(entry.micros);
    match &entry.state {
        State::Unsent => "unsent".to_owned(),
        State::Waiting => format!("waiting, {}", format::age(now.secs_since(entry.at))),
        State::Answered(_) => match entry.late_micros(entry.micros) {
            Some(late) => format!("answered {} late", format::micros(late)),
            None => format!("answered in {took}"),
        },
        State::NoAnswer(Ending::TimedOut) => format!("no answer in {took}"),
        State::NoAnswer(Ending::Stopped) => "stopped waiting".to_owned(),
        State::NoAnswer(Ending::Lost) => "connection lost".to_owned(),
        State::Failed(error) => format!("failed: {}", super::responses::code_name(error)),
        State::BadFilter(_) => "bad filter".to_owned(),
        State::Asked { sessions, .. } => {
            let answered = entry.responses.answered;
            let failed = match entry.responses.failed {
                0 => String::new(),
                failed => format!(", {} failed", crate::model::number::grouped(failed)),
            };
            format!(
                "{} of {} answered{failed}",
                crate::model::number::grouped(answered),
                crate::model::number::grouped(*sessions)
            )
        }
    }
}
