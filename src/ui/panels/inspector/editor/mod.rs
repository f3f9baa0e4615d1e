//! The editor of a value, by the type of the topic.

mod fields;
mod input;
mod tree;

use super::parts;
use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSpec, TopicType};
use crate::model::editor::{self as model, Aim, Draft, Intent, check};
use crate::model::inspector::Liveness;
use crate::model::letter_case::capitalized;
use crate::model::number;
use crate::model::safety::Mode;
use crate::model::{BlockReason, Connected};
use crate::ui::commands::{key_text, tip_of, topic, window};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::hex::{HexState, hex_ui};
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::states;
pub(super) use tree::{Act as PartAct, menu_ui as part_menu_ui};

use crate::ui::widgets::json_tree::JsonTreeState;
use egui::{Align, Layout, Margin, Ui};

/// How the editor looks.
#[derive(Default)]
pub(super) struct EditorView {
    /// The draft that the buffer belongs to.
    subject: Option<(TopicPath, u64, u64)>,
    buffer: String,
    wants_focus: bool,
    timestamp: String,
    hex: HexState,
    fields: fields::FieldsView,
    form: Form,
    tree: tree::TreeView,
    begun: u64,
}

/// How a JSON draft is edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Text,
    Tree,
}

/// The words on the tab: a dot says that something was changed.
pub(super) fn tab_title(draft: &Draft) -> String {
    let word = match draft.aim {
        Aim::Value => "Edit".to_owned(),
        Aim::Append => "Append".to_owned(),
        Aim::EditEvent(sequence) => format!("Edit {sequence}"),
    };
    let changed = draft.aim != Aim::Append && (draft.is_changed() || draft.checked.is_err());
    if changed { format!("{word} •") } else { word }
}

/// The button that opens the editor.
pub(super) fn button_ui(ui: &mut Ui, cx: &Cx<'_>, spec: &TopicSpec) {
    let words = if spec.topic_type == TopicType::TimeSeries { "Append an event" } else { "Edit value" };
    let words = tip_of(ui, cx, &topic::EDIT_VALUE, words);
    let button = ui.add_enabled_ui(model::can_edit(spec), |ui| icon_button(ui, Icon::Edit, &words)).inner;
    if button.on_disabled_hover_text("Values of this type cannot be edited here").clicked() {
        cx.send(Intent::Open);
    }
}

impl EditorView {
    /// Edits a part of a JSON value in a tree that stands as another one does.
    pub(super) fn begin(&mut self, pointer: String, act: PartAct, state: JsonTreeState) {
        self.form = Form::Tree;
        self.tree.begin(pointer, act, Some(state));
    }

    /// Whether the user has asked to edit since this was drawn last.
    pub(super) fn is_asked(&self, path: &TopicPath, draft: &Draft) -> bool {
        let same = self.subject.as_ref().is_some_and(|(old, opened, _)| old == path && *opened == draft.opened);
        !same || self.begun != draft.begun
    }

    /// Draws the editor of the selected topic.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath, draft: &Draft) {
        let subject = (path.clone(), draft.opened, draft.revision);
        let other = self.subject.as_ref().is_none_or(|(old, opened, _)| old != path || *opened != draft.opened);
        if other {
            self.tree.renewed();
        } else if self.begun != draft.begun && self.form == Form::Tree {
            self.tree.begin_at_cursor();
        }
        self.begun = draft.begun;
        if self.subject.as_ref() != Some(&subject) {
            self.wants_focus = other;
            self.subject = Some(subject);
            self.buffer.clone_from(&draft.text);
            self.timestamp.clone_from(&draft.timestamp);
        }
        banners_ui(ui, cx, connected, draft);
        self.tools_ui(ui, cx, draft);
        let foot = 40.0;
        let room = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(room);
        let body = room.with_max_y((room.bottom() - foot).max(room.top()));
        within(ui, "editor body", body, |ui| self.body_ui(ui, cx, draft));
        let foot = room.with_min_y(body.bottom());
        ui.painter().hline(foot.x_range(), foot.top() + 0.5, egui::Stroke::new(1.0, Tokens::of(ui).separator));
        within(ui, "editor foot", foot, |ui| foot_ui(ui, cx, connected, draft));
    }

    fn tools_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, draft: &Draft) {
        let from_file = matches!(draft.data_type, DataType::Binary | DataType::Json | DataType::String);
        if !from_file && draft.aim != Aim::Append {
            return;
        }
        tool_row(ui, |ui| {
            if draft.data_type == DataType::Json {
                let mut form = self.form_of(draft);
                let (before, readable) = (form, draft.checked.is_ok());
                parts::segments(ui, &mut form, &[(Form::Text, "Text"), (Form::Tree, "Tree")]);
                if form != before && (readable || form == Form::Text) {
                    self.form = form;
                }
            }
            if draft.data_type == DataType::Json
                && ui.add_enabled(draft.checked.is_ok(), egui::Button::new("Format")).clicked()
            {
                cx.send(Intent::Format);
            }
            if from_file && ui.button("From file…").clicked() {
                cx.send(Intent::LoadFile);
            }
            if draft.data_type == DataType::Binary
                && let Ok(bytes) = &draft.checked
                && ui.button("Save…").on_hover_text("Save these bytes to a file").clicked()
            {
                cx.send(crate::model::Intent::SaveFile { name: "value.bin".into(), bytes: bytes.clone() });
            }
            if draft.aim == Aim::Append {
                let label = ui.label(theme::muted(ui, "Time of the event"));
                let edit = egui::TextEdit::singleline(&mut self.timestamp)
                    .id(egui::Id::unique("time of the event"))
                    .hint_text("now, by the server's clock")
                    .desired_width(190.0);
                let response = ui.add(edit).labelled_by(label.id);
                if response.on_hover_text("Milliseconds since 1970, or 2026-01-31T12:00:00Z").changed() {
                    cx.send(Intent::SetTimestamp(self.timestamp.clone()));
                }
                if let Err(problem) = check::timestamp(&draft.timestamp) {
                    ui.label(theme::text(problem.reason).color(Tokens::of(ui).error.strong));
                }
            }
        });
    }

    /// A text that is no JSON has no tree.
    fn form_of(&self, draft: &Draft) -> Form {
        if draft.data_type == DataType::Json && draft.checked.is_ok() { self.form } else { Form::Text }
    }

    fn body_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, draft: &Draft) {
        let focus = std::mem::take(&mut self.wants_focus);
        let changed = match (draft.data_type, &draft.file) {
            (_, Some((name, bytes))) => {
                let words = format!("{} from {name}", number::exact_size(bytes.len() as u64));
                ui.horizontal(|ui| {
                    ui.add_space(8.0);
                    ui.label(theme::faint(ui, words));
                });
                drop(hex_ui(ui, "Bytes to be set", bytes, &mut self.hex));
                false
            }
            (DataType::Json, None) if self.form_of(draft) == Form::Tree => {
                self.tree.ui(ui, cx, draft);
                false
            }
            (DataType::Json | DataType::String | DataType::Binary, None) => {
                input::text_ui(ui, draft, &mut self.buffer, focus)
            }
            (DataType::Int64 | DataType::Double, None) => input::number_ui(ui, cx, draft, &mut self.buffer, focus),
            (DataType::RecordV2, None) => self.fields.ui(ui, draft, &mut self.buffer),
        };
        if changed {
            cx.send(Intent::SetText(self.buffer.clone()));
        }
    }
}

/// What happened to the topic under the editor, and what the value cannot hold.
fn banners_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, draft: &Draft) {
    let tokens = Tokens::of(ui);
    let mut banner = |tint, sign, what: &str, why: &str, acts: &[(&str, Intent)]| {
        egui::Frame::new().inner_margin(Margin { left: 8, right: 8, top: 6, bottom: 0 }).show(ui, |ui| {
            states::banner(ui, tint, sign, what, why, |ui| {
                for (word, intent) in acts {
                    if ui.button(theme::text(*word)).clicked() {
                        cx.send(intent.clone());
                    }
                }
            });
        });
    };
    let facts = &connected.inspector;
    if draft.aim == Aim::Value {
        let removed = matches!(
            facts.liveness,
            Liveness::Unsubscribed { reason: Some(crate::data::UnsubscribeReason::Removed), .. }
        );
        let latest = facts.latest.as_ref();
        if removed {
            let why = "What you typed is kept; it cannot be set while there is no topic";
            banner(tokens.warn, Icon::Struck, "The topic was removed", why, &[]);
        } else if latest.map(|l| &l.value) != draft.base.as_ref()
            && let Some(latest) = latest
        {
            let why = format!("at {}", format::clock(latest.at));
            let acts = [("Discard mine", Intent::TakeTheirs), ("Keep mine", Intent::Rebase)];
            banner(tokens.warn, Icon::Warning, "The value changed since you began", &why, &acts);
        }
        if model::base_is_lossy(draft) {
            let why = "JSON text has no byte strings and no NaN: they become texts when you set the value";
            banner(tokens.info, Icon::Info, "Not everything can be kept", why, &[]);
        }
    }
    if let Some((typed, kept)) = draft.rounded.first().filter(|_| draft.checked.is_ok()) {
        let what = format!("{} becomes {kept}", number::middle_cut(typed, 40));
        banner(tokens.warn, Icon::Warning, &what, "64-bit numbers hold no more digits", &[]);
    }
}

/// What the text stands for, and the acts.
fn foot_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, draft: &Draft) {
    let tokens = Tokens::of(ui);
    let bar = ui.max_rect().shrink2(egui::vec2(8.0, 4.0));
    within(ui, "acts", bar, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
            let why = draft.blocked().or(blocked);
            let (word, production) = match draft.aim {
                Aim::Value => ("Apply…", connected.environment == crate::model::connections::Environment::Production),
                Aim::Append => ("Append…", false),
                Aim::EditEvent(_) => ("Edit event…", false),
            };
            let free = connected.safety.mode(cx.now()) == Mode::Free;
            let word = if free && !production { word.trim_end_matches('…') } else { word };
            let apply = ui.add_enabled(why.is_none(), theme::primary_button(ui, word));
            let apply = apply
                .on_hover_text(theme::text(key_text(ui, cx, &window::SEND)))
                .on_disabled_hover_text(theme::text(why.unwrap_or_default()));
            // What stands in front has the key for itself.
            let by_key = !theme::is_behind_dialog(ui.ctx()) && cx.pressed(ui, &window::SEND);
            if apply.clicked() || (by_key && why.is_none()) {
                cx.send(Intent::Apply);
            }
            if draft.aim == Aim::Value && draft.data_type.can_be_unset() {
                let unset = ui.add_enabled(blocked.is_none(), egui::Button::new("Unset…"));
                let unset = unset.on_hover_text("Leave the topic without a value, which is neither empty nor zero");
                if unset.on_disabled_hover_text(theme::text(blocked.unwrap_or_default())).clicked() {
                    cx.send(Intent::Unset);
                }
            }
            if ui.button("Discard").on_hover_text("Forget what was typed").clicked() {
                cx.send(Intent::Discard);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| match &draft.checked {
                Err(problem) => {
                    let placeless = matches!(draft.data_type, DataType::RecordV2 | DataType::Int64 | DataType::Double);
                    let reason = if placeless { problem.reason.clone() } else { problem.located(&draft.text) };
                    let reason = capitalized(&reason);
                    theme::icon(ui, Icon::Error, 13.0, tokens.error.strong);
                    let words = egui::Label::new(theme::text(&reason).color(tokens.error.strong));
                    ui.add(words.truncate()).on_hover_text(theme::text(reason));
                }
                Ok(bytes) => {
                    let mut facts = number::size(bytes.len() as u64);
                    if draft.data_type == DataType::String {
                        let chars = draft.text.chars().count() as u64;
                        facts = format!(
                            "{} · {} as text · {facts} encoded",
                            number::count_of(chars, "character", "characters"),
                            number::size(draft.text.len() as u64)
                        );
                    } else if draft.data_type == DataType::Json {
                        facts = format!("{} as text · {facts} encoded", number::size(draft.text.len() as u64));
                    }
                    ui.add(egui::Label::new(theme::faint(ui, facts)).truncate());
                }
            });
        });
    });
}
