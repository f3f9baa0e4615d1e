//! The request being made: target, path, payload, wait, and the button that sends it.

use super::super::inspector::editor::{Edits, ValueEditor, facts_ui};
use super::super::inspector::parts::segments;
use super::confirm::ConfirmView;
use crate::data::value::DataType;
use crate::model::connections::Environment;
use crate::model::messages::sentence;
use crate::model::requests::{Intent, Lack, To};
use crate::model::{BlockReason, Connected};
use crate::ui::commands::{key_text, window};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::layout::{tool_row, within};
use egui::{Align, ComboBox, Key, Layout, Modifiers, TextEdit, Ui, WidgetInfo};

/// Height of the row with the button.
const FOOT: f32 = 40.0;
/// The waits that are offered, in milliseconds.
const WAITS: [(u64, &str); 9] = [
    (100, "0.1 s"),
    (1000, "1 s"),
    (2000, "2 s"),
    (5000, "5 s"),
    (10_000, "10 s"),
    (30_000, "30 s"),
    (60_000, "1 min"),
    (300_000, "5 min"),
    (600_000, "10 min"),
];

/// How it looks.
#[derive(Default)]
pub(super) struct BuilderView {
    path: String,
    session: String,
    filter: String,
    wants_focus: bool,
    value: ValueEditor,
    confirm: ConfirmView,
}

impl BuilderView {
    /// Gives the keyboard to the path.
    pub(super) const fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Gives the keyboard to the payload.
    pub(super) const fn focus_value(&mut self) {
        self.value.focus();
    }

    /// Draws it into the room that is left.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.requests;
        let builder = &facts.builder;
        let lack = builder.message().err();
        self.target_ui(ui, cx, connected, lack.as_ref());
        if let Some(words) = lack.as_ref().and_then(|lack| sentence::lack(lack, &builder.path, &builder.filter)) {
            let words = theme::text(words).color(Tokens::of(ui).error.strong);
            super::note_ui(ui, words);
        }
        tool_row(ui, |ui| types_ui(ui, builder.draft.data_type, |data_type| cx.send(Intent::SetType(data_type))));
        let room = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(room);
        let foot = if facts.pending.is_some() { FOOT + super::confirm::HEIGHT } else { FOOT };
        let at = (room.bottom() - foot).max(room.top());
        within(ui, "payload", room.with_max_y(at), |ui| {
            let edits = Edits::of(cx, "Payload", |edit| Intent::Payload(edit).into());
            self.value.ui(ui, &edits, &builder.draft);
        });
        ui.painter().hline(room.x_range(), at + 0.5, egui::Stroke::new(1.0, Tokens::of(ui).separator));
        within(ui, "send", room.with_min_y(at + 1.0), |ui| {
            if facts.pending.is_some() {
                self.confirm.ui(ui, cx, connected);
            }
            Self::foot_ui(ui, cx, connected, lack.as_ref());
        });
    }

    fn target_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, lack: Option<&Lack>) {
        let builder = &connected.requests.builder;
        tool_row(ui, |ui| {
            ui.label(theme::muted(ui, "To"));
            let mut to = builder.to;
            let choices: Vec<(To, &str)> = To::ALL.iter().map(|to| (*to, to.name())).collect();
            segments(ui, &mut to, &choices);
            if to != builder.to {
                cx.send(Intent::SetTo(to));
            }
            if let Some(name) = &builder.saved_as {
                ui.add(egui::Label::new(theme::faint(ui, format!("Saved as {name}"))).truncate());
            }
        });
        let bad_path = matches!(lack, Some(Lack::Path(_)));
        let field =
            Field { label: "Path", name: "Message path", hint: "Message path, for example orders/new", bad: bad_path };
        let output = field.ui(ui, &builder.path, &mut self.path, self.wants_focus);
        self.wants_focus = false;
        if let Some(path) = output.changed {
            cx.send(Intent::SetPath(path));
        }
        if output.left_by_tab && builder.to == To::Handler {
            self.value.focus();
        }
        let output = match builder.to {
            To::Handler => return,
            To::Session => {
                let bad = matches!(lack, Some(Lack::Session));
                let hint = "Session ID: two groups of 16 hex digits";
                let field = Field { label: "Session", name: "Session to ask", hint, bad };
                let output = field.ui(ui, &builder.session, &mut self.session, false);
                if let Some(session) = output.changed.clone() {
                    cx.send(Intent::SetSession(session));
                }
                output
            }
            To::Filter => {
                let bad = matches!(lack, Some(Lack::Filter(_)));
                let hint = "Session filter, for example $Principal is \"max\", or all";
                let field = Field { label: "Filter", name: "Filter of sessions to ask", hint, bad };
                let output = field.ui(ui, &builder.filter, &mut self.filter, false);
                if let Some(filter) = output.changed.clone() {
                    cx.send(Intent::SetFilter(filter));
                }
                output
            }
        };
        if output.left_by_tab {
            self.value.focus();
        }
    }

    fn foot_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, lack: Option<&Lack>) {
        let facts = &connected.requests;
        let builder = &facts.builder;
        let bar = ui.available_rect_before_wrap().shrink2(egui::vec2(8.0, 4.0));
        within(ui, "acts", bar, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let blocked = connected.block_reason(cx.now()).map(|reason| match reason {
                    BlockReason::ReadOnly => "Requests count as changes; unlock the connection first",
                    other => other.sentence(),
                });
                let why = blocked.or_else(|| lack.map(sentence::why_off));
                let production = connected.environment == Environment::Production;
                let words = match (builder.to, production) {
                    (To::Filter, _) => "Send to the filter…".to_owned(),
                    (_, true) => format!("Send to PROD {}", connected.name),
                    (_, false) => "Send".to_owned(),
                };
                let send = ui.add_enabled(why.is_none() && facts.pending.is_none(), theme::primary_button(ui, words));
                let send = send
                    .on_hover_text(theme::text(key_text(ui, cx, &window::SEND)))
                    .on_disabled_hover_text(theme::text(why.unwrap_or("Confirm it above, or cancel")));
                let by_key = !theme::is_behind_dialog(ui.ctx())
                    && facts.pending.is_none()
                    && super::super::with_keyboard(ui.ctx()) == Some(<super::Messages as super::Panel>::ID)
                    && cx.pressed(ui, &window::SEND);
                if send.clicked() || (by_key && why.is_none()) {
                    cx.send(Intent::Send);
                }
                Self::wait_ui(ui, cx, builder.wait_millis());
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    if builder.draft.is_blank() {
                        ui.add(egui::Label::new(theme::faint(ui, why.unwrap_or_default())).truncate());
                    } else if let (true, Some(why)) = (builder.draft.checked.is_ok(), why) {
                        ui.add(egui::Label::new(theme::muted(ui, why)).truncate());
                    } else {
                        facts_ui(ui, &builder.draft);
                    }
                });
            });
        });
    }

    fn wait_ui(ui: &mut Ui, cx: &Cx<'_>, millis: u64) {
        let known = WAITS.iter().find(|(wait, _)| *wait == millis).map(|(_, words)| (*words).to_owned());
        let words = known.unwrap_or_else(|| crate::ui::format::micros(millis * 1000));
        let combo = ComboBox::from_id_salt("wait").width(76.0).selected_text(theme::text(&words));
        let response = combo
            .show_ui(ui, |ui| {
                for (wait, words) in WAITS {
                    if ui.selectable_label(wait == millis, theme::text(words)).clicked() {
                        cx.send(Intent::SetWait(wait));
                    }
                }
            })
            .response;
        response
            .widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, theme::spoken(format!("Wait {words}"))));
        response.on_hover_text("How long this window waits for an answer; how long the server waits is not known");
    }
}

/// The six types of a payload, as a choice.
pub(super) fn types_ui(ui: &mut Ui, now: DataType, set: impl FnOnce(DataType)) {
    const TYPES: [DataType; 6] =
        [DataType::Json, DataType::String, DataType::Int64, DataType::Double, DataType::Binary, DataType::RecordV2];
    let mut chosen = now;
    let choices: Vec<(DataType, &str)> = TYPES.iter().map(|one| (*one, one.topic_type().name())).collect();
    segments(ui, &mut chosen, &choices);
    if chosen != now {
        set(chosen);
    }
}

/// A line with a label and a field.
pub(super) struct Field<'a> {
    pub label: &'a str,
    pub name: &'a str,
    pub hint: &'a str,
    pub bad: bool,
}

/// What came of a field.
pub(super) struct FieldOutput {
    /// The text, if it is another one.
    pub changed: Option<String>,
    /// Tab was pressed in it.
    pub left_by_tab: bool,
    /// Enter was pressed in it.
    pub entered: bool,
}

impl Field<'_> {
    /// Draws it; `buffer` holds what is typed, and follows the fact while the field has not the keyboard.
    pub(super) fn ui(&self, ui: &mut Ui, fact: &str, buffer: &mut String, focus: bool) -> FieldOutput {
        let mut output = FieldOutput { changed: None, left_by_tab: false, entered: false };
        ui.horizontal(|ui| {
            ui.add_space(8.0);
            let (rect, _) = ui.allocate_exact_size(egui::vec2(48.0, 26.0), egui::Sense::hover());
            let font = theme::fonts::text(theme::tokens::text::BODY);
            let colour = Tokens::of(ui).text_muted;
            ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, theme::line(self.label), font, colour);
            let id = egui::Id::unique(self.name);
            let has_focus = ui.memory(|memory| memory.has_focus(id));
            if !has_focus && buffer != fact {
                fact.clone_into(buffer);
            }
            if has_focus {
                output.left_by_tab = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Tab));
            }
            if self.bad {
                let error = Tokens::of(ui).error.strong;
                let widgets = &mut ui.visuals_mut().widgets;
                widgets.inactive.bg_stroke.color = error;
                widgets.hovered.bg_stroke.color = error;
            }
            let edit = TextEdit::singleline(buffer)
                .id(id)
                .font(egui::TextStyle::Monospace)
                .hint_text(theme::text(self.hint))
                .lock_focus(true)
                .desired_width((ui.available_width() - 10.0).max(60.0));
            let response = ui.add(edit);
            let current = buffer.clone();
            let name = self.name;
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(egui::Role::TextInput, true, theme::spoken(name));
                info.current_text_value = Some(current.clone());
                info
            });
            if focus {
                response.request_focus();
            }
            output.entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            output.changed = response.changed().then(|| buffer.clone());
        });
        output
    }
}
