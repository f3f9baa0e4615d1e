//! A JSON draft as a tree: parts are edited where they stand.

use super::Edits;
use crate::data::pointer::Pointer;
use crate::data::value::json::Json;
use crate::data::value::{self, DataType, Value};
use crate::model;
use crate::model::editor::parts::{self, Mark, PartEdit};
use crate::model::editor::{Draft, Intent};
use crate::ui::commands::{self, topic};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::json_tree::{Editing, Ending, Field, FieldPart, JsonTreeState, copy_text, json_tree_edit_ui};
use crate::ui::widgets::layout::{split_below, within};
use crate::ui::widgets::menu;
use egui::{Key, Modifiers, Response, Ui};
use std::collections::HashMap;

/// What the user wants to do with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Act {
    Edit,
    Rename,
    Add,
    Remove,
}

/// Generations of drafts are no generations of values, whose tree may be taken over.
const DRAFTS: u64 = 1 << 40;

/// How the tree looks.
#[derive(Default)]
pub(super) struct TreeView {
    state: JsonTreeState,
    text: String,
    json: Option<Json>,
    generation: u64,
    base: Option<(u64, Option<Json>)>,
    marks: HashMap<String, Mark>,
    field: Option<Field>,
    /// To be begun as soon as the draft has the part.
    pending: Option<(String, Act)>,
    /// A new part whose key or value is being typed: Esc takes it away again.
    fresh: Option<String>,
    menu_for: Option<String>,
}

impl TreeView {
    /// Another draft is shown; what is to begin in it stays.
    pub(super) fn renewed(&mut self) {
        let pending = self.pending.take();
        let state = if pending.is_some() { std::mem::take(&mut self.state) } else { JsonTreeState::default() };
        *self = Self { generation: self.generation, pending, state, ..Self::default() };
    }

    /// Begins with a part, in a tree that stands as another one does.
    pub(super) fn begin(&mut self, pointer: String, act: Act, state: Option<JsonTreeState>) {
        if let Some(state) = state {
            self.state = state;
        }
        self.pending = Some((pointer, act));
    }

    /// The user asked to edit, without saying what: the chosen part.
    pub(super) fn begin_at_cursor(&mut self) {
        if let Some(pointer) = self.state.cursor().filter(|_| self.field.is_none()) {
            self.pending = Some((pointer.to_owned(), Act::Edit));
        }
    }

    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Edits<'_>, draft: &Draft) {
        self.renew(draft);
        let Some(json) = self.json.take() else { return };
        if let Some((pointer, act)) = self.pending.take() {
            self.act(cx, draft, &json, &pointer, act);
        }
        let [above, below] = split_below(ui, 27.0);
        within(ui, "draft tree", above, |ui| self.tree_ui(ui, cx, draft, &json));
        within(ui, "draft part", below, |ui| self.part_ui(ui, cx));
        self.json = Some(json);
    }

    fn renew(&mut self, draft: &Draft) {
        if self.base.as_ref().is_none_or(|(opened, _)| *opened != draft.opened) {
            let base = draft.base.as_ref().and_then(|base| match value::decode(DataType::Json, base) {
                Ok(Value::Json(json)) => Some(json),
                _ => None,
            });
            self.base = Some((draft.opened, base));
            self.json = None;
        }
        if self.json.is_some() && self.text == draft.text {
            return;
        }
        self.text.clone_from(&draft.text);
        self.generation += 1;
        self.json = Json::from_text(&self.text).ok();
        self.marks = match (&self.base, &self.json) {
            (Some((_, Some(base))), Some(json)) => parts::marks(base, json),
            _ => HashMap::new(),
        };
    }

    fn tree_ui(&mut self, ui: &mut Ui, cx: &Edits<'_>, draft: &Draft, json: &Json) {
        let mut editing = Editing { marks: &self.marks, field: &mut self.field };
        let name = "Draft as a tree";
        let output = json_tree_edit_ui(ui, name, json, DRAFTS + self.generation, &mut self.state, &mut editing);
        if let Some(field) = &mut self.field
            && field.part == FieldPart::Value
            && output.field_ended.is_none()
        {
            field.problem = parts::check_value(&field.text).err().map(|problem| problem.reason);
        }
        if let Some(ending) = output.field_ended {
            self.ended(cx, draft, ending);
        }
        if let Some(pointer) = output.opened {
            self.act(cx, draft, json, &pointer, Act::Edit);
        }
        if output.rows.response.has_focus()
            && let Some(pointer) = self.state.cursor().map(str::to_owned)
            && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Delete))
        {
            self.act(cx, draft, json, &pointer, Act::Remove);
        }
        if output.menu_for.is_some() {
            self.menu_for.clone_from(&output.menu_for);
        }
        if let Some(pointer) = self.menu_for.clone()
            && let Some(act) =
                menu_ui((&output.rows.response, output.menu_for.is_some()), cx, json, &pointer, true, |_| {})
        {
            self.act(cx, draft, json, &pointer, act);
        }
    }

    fn act(&mut self, cx: &Edits<'_>, draft: &Draft, json: &Json, pointer: &str, act: Act) {
        let Some(node) = find(json, pointer) else { return };
        let full = matches!(node, Json::Array(items) if !items.is_empty())
            || matches!(node, Json::Object(members) if !members.is_empty());
        match act {
            Act::Edit if full => {}
            Act::Edit => {
                let text = parts::text_of(&draft.text, pointer).unwrap_or_default().to_owned();
                self.state.reveal(json, pointer);
                self.field = Some(Field::new(pointer.to_owned(), FieldPart::Value, text));
            }
            Act::Rename => {
                let key = pointer.parse::<Pointer>().ok().and_then(|p| p.segments().last().map(key_text));
                if let Some(key) = key {
                    self.state.reveal(json, pointer);
                    self.field = Some(Field::new(pointer.to_owned(), FieldPart::Key, key));
                }
            }
            Act::Add => {
                let text = "null".to_owned();
                match node {
                    Json::Array(items) => {
                        cx.send(Intent::Part(PartEdit::AddElement { pointer: pointer.to_owned(), text }));
                        self.added(format!("{pointer}/{}", items.len()), Act::Edit);
                    }
                    Json::Object(members) => {
                        let free = |key: &String| !members.iter().any(|(there, _)| there == key);
                        let names = std::iter::once("key".to_owned()).chain((2..).map(|n| format!("key {n}")));
                        let Some(key) = names.take(members.len() + 2).find(free) else { return };
                        self.added(format!("{pointer}/{key}"), Act::Rename);
                        cx.send(Intent::Part(PartEdit::AddMember { pointer: pointer.to_owned(), key, text }));
                    }
                    _ => {}
                }
            }
            Act::Remove if pointer.is_empty() => {}
            Act::Remove => {
                cx.send(Intent::Part(PartEdit::Remove { pointer: pointer.to_owned() }));
                self.field = None;
            }
        }
    }

    fn added(&mut self, pointer: String, act: Act) {
        self.fresh = Some(pointer.clone());
        self.pending = Some((pointer, act));
    }

    fn ended(&mut self, cx: &Edits<'_>, draft: &Draft, ending: Ending) {
        let Some(mut field) = self.field.take() else { return };
        let fresh = self.fresh.take();
        if ending == Ending::Cancelled {
            if let Some(pointer) = fresh {
                cx.send(Intent::Part(PartEdit::Remove { pointer }));
            }
            return;
        }
        let pointer = field.pointer.clone();
        let edit = match field.part {
            FieldPart::Value => PartEdit::Set { pointer: pointer.clone(), text: field.text.clone() },
            FieldPart::Key => PartEdit::Rename { pointer: pointer.clone(), key: field.text.clone() },
        };
        match parts::apply(&draft.text, &edit) {
            Err(why) => {
                field.refuse(why);
                self.field = Some(field);
                self.fresh = fresh;
                return;
            }
            Ok(_) if field.is_changed() => cx.send(Intent::Part(edit)),
            Ok(_) => {}
        }
        if field.part == FieldPart::Key {
            let parent = pointer.rfind('/').map_or("", |slash| &pointer[..slash]);
            let key = field.text.replace('~', "~0").replace('/', "~1");
            let renamed = format!("{parent}/{key}");
            self.state.choose(&renamed);
            if fresh.is_some() {
                self.added(renamed, Act::Edit);
            }
        }
    }

    /// What is wrong with the field, or what can be done.
    fn part_ui(&self, ui: &mut Ui, cx: &Cx<'_>) {
        egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 4)).show(ui, |ui| {
            ui.horizontal(|ui| {
                let tokens = Tokens::of(ui);
                if let Some(why) = self.field.as_ref().and_then(|field| field.problem.as_ref()) {
                    theme::icon(ui, Icon::Error, 13.0, tokens.error.strong);
                    ui.add(egui::Label::new(theme::text(why).color(tokens.error.strong)).truncate());
                    return;
                }
                let key = commands::key_text(ui, cx, &topic::EDIT_VALUE);
                let edit = if key.is_empty() { "Double click".to_owned() } else { format!("Double click or {key}") };
                let edit = format!("{edit} edits a value; right click renames, adds and removes");
                let hint = match self.field.as_ref().map(|field| field.part) {
                    Some(FieldPart::Value) => "JSON: a text in quotes, a number, true, false, null, {} or []",
                    Some(FieldPart::Key) => "The key, without quotes",
                    None => edit.as_str(),
                };
                ui.add(egui::Label::new(theme::faint(ui, hint)).truncate());
            });
        });
    }
}

/// The menu of a part: what can be done with it, then what else the view offers.
pub(in super::super) fn menu_ui(
    (response, opens): (&Response, bool),
    cx: &Cx<'_>,
    json: &Json,
    pointer: &str,
    editable: bool,
    more: impl FnOnce(&mut Ui),
) -> Option<Act> {
    let node = find(json, pointer)?;
    let mut chosen = None;
    // The list answers for its rows, of which one was clicked.
    let opened = opens.then_some(egui::SetOpenCommand::Bool(true));
    menu::popup(egui::Popup::menu(response).open_memory(opened).at_pointer_fixed(), |ui| {
        let item = |ui: &mut Ui, words: &str| {
            let clicked = ui.add(theme::menu_item(words)).clicked();
            if clicked {
                ui.close();
            }
            clicked
        };
        let branch = match node {
            Json::Array(items) => !items.is_empty(),
            Json::Object(members) => !members.is_empty(),
            _ => false,
        };
        let add = match node {
            Json::Array(_) => Some("Add element"),
            Json::Object(_) => Some("Add key…"),
            _ => None,
        };
        let parent = pointer.parse::<Pointer>().ok().and_then(|p| p.parent());
        let is_member = parent.is_some_and(|parent| matches!(parent.find(json), Some(Json::Object(_))));
        let edit = commands::with_key("Edit value", &commands::key_text(ui, cx, &topic::EDIT_VALUE));
        for (words, act, offered) in [
            (edit.as_str(), Act::Edit, !branch),
            ("Rename key…", Act::Rename, is_member),
            (add.unwrap_or_default(), Act::Add, add.is_some()),
            ("Take out   Del", Act::Remove, !pointer.is_empty()),
        ] {
            if editable && offered && item(ui, words) {
                chosen = Some(act);
            }
        }
        if editable {
            ui.separator();
        }
        if item(ui, "Copy pointer") {
            cx.send(model::Intent::Copy(pointer.to_owned()));
        }
        if item(ui, "Copy value") {
            cx.send(model::Intent::Copy(copy_text(node)));
        }
        more(ui);
    });
    chosen
}

fn find<'j>(json: &'j Json, pointer: &str) -> Option<&'j Json> {
    pointer.parse::<Pointer>().ok()?.find(json)
}

/// The key that a step of a pointer names.
fn key_text(segment: &crate::data::pointer::Segment) -> String {
    match segment {
        crate::data::pointer::Segment::Index(index) => index.to_string(),
        crate::data::pointer::Segment::Key(key) => key.clone(),
    }
}
