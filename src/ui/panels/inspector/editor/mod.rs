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

/// How the editor of a topic's value looks.
#[derive(Default)]
pub(super) struct EditorView {
    value: ValueEditor,
}

/// How the editor of a value looks, whatever the value is to become.
#[derive(Default)]
pub(in crate::ui::panels) struct ValueEditor {
    /// The draft that the buffer belongs to: of which topic, if of one, which opening and which revision.
    subject: Option<(Option<TopicPath>, u64, u64)>,
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

/// Where the edits of a draft go, and how its field is called.
pub(in crate::ui::panels) struct Edits<'a> {
    cx: &'a Cx<'a>,
    to: fn(Intent) -> crate::model::Intent,
    name: Option<&'static str>,
}

impl<'a> Edits<'a> {
    /// Of the selected topic's value.
    fn of_topic(cx: &'a Cx<'a>) -> Self {
        Self { cx, to: Into::into, name: None }
    }

    /// Of another value, which is called by this name.
    pub(in crate::ui::panels) const fn of(
        cx: &'a Cx<'a>,
        name: &'static str,
        to: fn(Intent) -> crate::model::Intent,
    ) -> Self {
        Self { cx, to, name: Some(name) }
    }

    fn send(&self, intent: Intent) {
        self.cx.send((self.to)(intent));
    }

    /// The name of the field for a value of this type.
    fn field_name(&self, data_type: DataType) -> String {
        let type_name = data_type.topic_type().name();
        match (self.name, data_type) {
            (Some(name), DataType::Binary) => format!("{name} as hexadecimal digits"),
            (Some(name), _) => format!("{name} as {type_name}"),
            (None, DataType::Binary) => "New bytes as hexadecimal digits".to_owned(),
            (None, DataType::String) => "New text".to_owned(),
            (None, _) => format!("New {type_name} value"),
        }
    }
}

impl<'a> std::ops::Deref for Edits<'a> {
    type Target = Cx<'a>;

    fn deref(&self) -> &Cx<'a> {
        self.cx
    }
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
        self.value.form = Form::Tree;
        self.value.tree.begin(pointer, act, Some(state));
    }

    /// Whether the user has asked to edit since this was drawn last.
    pub(super) fn is_asked(&self, path: &TopicPath, draft: &Draft) -> bool {
        let is_subject = |old: &Option<TopicPath>, opened: u64| old.as_ref() == Some(path) && opened == draft.opened;
        let same = self.value.subject.as_ref().is_some_and(|(old, opened, _)| is_subject(old, *opened));
        !same || self.value.begun != draft.begun
    }

    /// Draws the editor of the selected topic.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath, draft: &Draft) {
        let edits = Edits::of_topic(cx);
        self.value.follow(Some(path), draft);
        banners_ui(ui, cx, connected, draft);
        self.value.tools_ui(ui, &edits, draft);
        let foot = 40.0;
        let room = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(room);
        let body = room.with_max_y((room.bottom() - foot).max(room.top()));
        within(ui, "editor body", body, |ui| self.value.body_ui(ui, &edits, draft));
        let foot = room.with_min_y(body.bottom());
        ui.painter().hline(foot.x_range(), foot.top() + 0.5, egui::Stroke::new(1.0, Tokens::of(ui).separator));
        within(ui, "editor foot", foot, |ui| foot_ui(ui, cx, connected, draft));
    }
}

impl ValueEditor {
    /// Draws the editor of a value that is none of a topic, into the room that is left.
    pub(in crate::ui::panels) fn ui(&mut self, ui: &mut Ui, edits: &Edits<'_>, draft: &Draft) {
        let wanted_focus = self.wants_focus;
        self.follow(None, draft);
        self.wants_focus = wanted_focus;
        self.tools_ui(ui, edits, draft);
        self.body_ui(ui, edits, draft);
    }

    /// Gives the keyboard to the field when it is drawn next.
    pub(in crate::ui::panels) const fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Takes up another draft, or a change that did not come from the field.
    fn follow(&mut self, path: Option<&TopicPath>, draft: &Draft) {
        let subject = (path.cloned(), draft.opened, draft.revision);
        let same = |(old, opened, _): &(Option<TopicPath>, u64, u64)| old.as_ref() == path && *opened == draft.opened;
        let other = !self.subject.as_ref().is_some_and(same);
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
    }

    fn tools_ui(&mut self, ui: &mut Ui, cx: &Edits<'_>, draft: &Draft) {
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
                cx.cx.send(crate::model::Intent::SaveFile { name: "value.bin".into(), bytes: bytes.clone() });
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

    fn body_ui(&mut self, ui: &mut Ui, cx: &Edits<'_>, draft: &Draft) {
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
                input::text_ui(ui, cx, draft, &mut self.buffer, focus)
            }
            (DataType::Int64 | DataType::Double, None) => input::number_ui(ui, cx, draft, &mut self.buffer, focus),
            (DataType::RecordV2, None) => self.fields.ui(ui, draft, &mut self.buffer),
        };
        if changed {
            cx.send(Intent::SetText(self.buffer.clone()));
        }
    }
}

/// What the text of a draft stands for: its size, or what is wrong with it.
pub(in crate::ui::panels) fn facts_ui(ui: &mut Ui, draft: &Draft) {
    let tokens = Tokens::of(ui);
    match &draft.checked {
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
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| facts_ui(ui, draft));
        });
    });
}
