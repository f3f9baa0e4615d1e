//! A JSON value as a tree: only the rows in sight are drawn, long arrays are folded into pages.

mod field;
mod flat;
mod marks;

use std::collections::HashSet;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, Key, Modifiers, Rect, Ui, pos2, vec2};

pub use self::field::{Editing, Ending, Field, FieldPart};
use self::flat::{Flat, Kind};
use super::rows::{Row, RowFacts, Rows, RowsOutput, RowsState};
use crate::data::display_text::{MAX_NAME_CHARS, shown_line};
use crate::data::value::json::Json;
use crate::ui::theme::tokens::{size, space, text};
use crate::ui::theme::{Icon, Tokens, fonts, icon_at};

/// Where a JSON tree stands. Open branches are kept by pointer, so they survive a new value.
#[derive(Clone, Debug, Default)]
pub struct JsonTreeState {
    /// The rows.
    pub rows: RowsState,
    /// Branches that are not as they would be by themselves.
    toggled: HashSet<String>,
    cursor: Option<String>,
    flat: Vec<Flat>,
    made_for: Option<u64>,
    marks: marks::Marks,
}

impl JsonTreeState {
    /// The JSON pointer of the chosen row; the empty text is the whole value.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Chooses the row of a pointer, opening what hides it.
    pub fn reveal(&mut self, value: &Json, pointer: &str) {
        for branch in flat::hiding(value, pointer, &self.toggled) {
            if !self.toggled.remove(&branch) {
                self.toggled.insert(branch);
            }
        }
        self.cursor = Some(pointer.to_owned());
        self.flat = flat::flatten(value, &self.toggled);
        if let Some(row) = self.row_of(pointer) {
            self.rows.scroll_to(row, None);
        }
    }

    /// Chooses the row of a pointer that is in sight already.
    pub fn choose(&mut self, pointer: &str) {
        self.cursor = Some(pointer.to_owned());
    }

    /// Rows of the tree as it is open now.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.flat.len()
    }

    fn row_of(&self, pointer: &str) -> Option<usize> {
        self.flat.iter().position(|row| row.pointer == pointer)
    }

    fn toggle(&mut self, pointer: &str) {
        if !self.toggled.remove(pointer) {
            self.toggled.insert(pointer.to_owned());
        }
        self.made_for = None;
    }
}

/// What came of drawing a JSON tree.
#[derive(Clone, Debug)]
pub struct JsonTreeOutput {
    /// The rows.
    pub rows: RowsOutput,
    /// Another row was chosen.
    pub cursor_moved: bool,
    /// The pointer of a number or other leaf that was double-clicked or entered.
    pub opened: Option<String>,
    /// A row was right-clicked: its pointer, for a menu on `rows.response`.
    pub menu_for: Option<String>,
    /// The field at the place of a part came to its end; the field itself stays until it is taken away.
    pub field_ended: Option<Ending>,
}

/// Draws a value into the space that is left. `generation` changes whenever the value does.
pub fn json_tree_ui(
    ui: &mut Ui,
    name: &str,
    value: &Json,
    generation: u64,
    state: &mut JsonTreeState,
) -> JsonTreeOutput {
    tree_ui(ui, name, value, generation, state, None)
}

/// The same for a value that is being edited: marks, and a field at the place of one part.
pub fn json_tree_edit_ui(
    ui: &mut Ui,
    name: &str,
    value: &Json,
    generation: u64,
    state: &mut JsonTreeState,
    editing: &mut Editing<'_>,
) -> JsonTreeOutput {
    tree_ui(ui, name, value, generation, state, Some(editing))
}

fn tree_ui(
    ui: &mut Ui,
    name: &str,
    value: &Json,
    generation: u64,
    state: &mut JsonTreeState,
    mut editing: Option<&mut Editing<'_>>,
) -> JsonTreeOutput {
    if state.made_for != Some(generation) {
        state.flat = flat::flatten(value, &state.toggled);
        state.made_for = Some(generation);
        state.marks.note(&state.flat, value, ui.input(|i| i.time));
    }
    let tokens = Tokens::of(ui);
    let flat = std::mem::take(&mut state.flat);
    let mut clicked = None;
    let mut toggled = None;
    let mut opened = None;
    let mut menu_for = None;
    let mut field_ended = None;
    let cursor = state.cursor.clone();
    let marks = &state.marks;
    let list = Rows::new(name, flat.len()).tree().row_height(20.0);
    let rows = list.show(ui, &mut state.rows, |ui, row| {
        let line = &flat[row.index];
        let facts = RowFacts {
            selected: cursor.as_deref() == Some(line.pointer.as_str()),
            level: Some(line.depth + 1),
            expanded: line.open,
            inert: false,
        };
        let mark = editing.as_ref().and_then(|e| e.marks.get(&line.pointer)).copied();
        let mut spoken = line.spoken(value);
        if let Some(mark) = mark {
            spoken = format!("{spoken}, {}", field::words(mark));
        }
        let response = row.interact(ui, &spoken, facts);
        let arrow_right = row.rect.left() + space::XS + line.depth as f32 * size::INDENT + 16.0;
        if let Some(mark) = mark {
            field::mark_ui(ui, row.rect, mark);
        } else if editing.is_some() {
            // What was just typed needs no wash: it has its mark.
        } else if let Some(wash) = marks.changed_at(&line.pointer).and_then(|at| super::highlight::wash(ui, at)) {
            ui.painter().rect_filled(row.rect, 0, wash);
        }
        if response.clicked() {
            clicked = Some(row.index);
            let on_arrow = response.interact_pointer_pos().is_some_and(|at| at.x <= arrow_right);
            if line.open.is_some() && on_arrow {
                toggled = Some(row.index);
            }
        }
        if response.double_clicked() {
            if line.open.is_some() { toggled = Some(row.index) } else { opened = Some(row.index) }
        }
        if response.secondary_clicked() {
            clicked = Some(row.index);
            menu_for = Some(row.index);
        }
        let field = editing.as_mut().and_then(|e| e.field.as_mut()).filter(|field| field.pointer == line.pointer);
        let end = line_ui(ui, &row, line, value, tokens, field.as_ref().map(|field| field.part));
        if let Some(field) = field {
            let wide = (row.rect.right() - end - space::S).max(40.0);
            let place = Rect::from_min_size(pos2(end, row.rect.top()), vec2(wide.min(420.0), row.rect.height()));
            field_ended = field::field_ui(ui, place, field);
        }
    });
    state.flat = flat;
    let pointer_of = |state: &JsonTreeState, at: usize| state.flat[at].pointer.clone();
    if clicked.is_some() || field_ended.is_some() {
        rows.response.request_focus();
    }
    // The key that ended the field is not one for the list.
    if rows.response.has_focus() && field_ended.is_none() {
        keys(ui, value, state, rows.page, &mut clicked, &mut toggled, &mut opened);
    }
    let mut cursor_moved = false;
    if let Some(at) = clicked {
        let pointer = pointer_of(state, at);
        cursor_moved = state.cursor.as_ref() != Some(&pointer);
        state.cursor = Some(pointer);
    }
    let output = JsonTreeOutput {
        cursor_moved,
        opened: opened.map(|at| pointer_of(state, at)),
        menu_for: menu_for.map(|at| pointer_of(state, at)),
        field_ended,
        rows,
    };
    if let Some(at) = toggled {
        let pointer = pointer_of(state, at);
        state.toggle(&pointer);
        ui.ctx().request_repaint();
    }
    output
}

fn keys(
    ui: &Ui,
    value: &Json,
    state: &mut JsonTreeState,
    page: usize,
    clicked: &mut Option<usize>,
    toggled: &mut Option<usize>,
    opened: &mut Option<usize>,
) {
    let at = state.cursor.as_deref().and_then(|pointer| state.row_of(pointer));
    if let Some(to) = super::rows::motion(ui, at, state.flat.len(), page) {
        *clicked = Some(to);
        state.rows.scroll_to(to, None);
    }
    let Some(at) = at else { return };
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let open = state.flat[at].open;
    if pressed(Key::ArrowRight) {
        match open {
            Some(false) => *toggled = Some(at),
            Some(true) if at + 1 < state.flat.len() => *clicked = Some(at + 1),
            _ => {}
        }
    }
    if pressed(Key::ArrowLeft) {
        if open == Some(true) {
            *toggled = Some(at);
        } else if let Some(parent) = (0..at).rev().find(|row| state.flat[*row].depth < state.flat[at].depth) {
            *clicked = Some(parent);
            state.rows.scroll_to(parent, None);
        }
    }
    if pressed(Key::Enter) {
        if open.is_some() { *toggled = Some(at) } else { *opened = Some(at) }
    }
    let copied = ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy)));
    if copied && let Some(node) = state.flat[at].node(value) {
        ui.ctx().copy_text(copy_text(node));
        ui.input_mut(|input| input.events.retain(|event| !matches!(event, egui::Event::Copy)));
    }
}

/// What "Copy" gives for a value: a text without its quotes, all else as JSON.
#[must_use]
pub fn copy_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(_) | Json::Object(_) => value.to_pretty_text(),
        _ => value.to_text(),
    }
}

/// Paints a row but for the part that a field stands for; gives back where that part begins.
fn line_ui(ui: &Ui, row: &Row, line: &Flat, value: &Json, tokens: &Tokens, without: Option<FieldPart>) -> f32 {
    let mut x = row.rect.left() + space::XS + line.depth as f32 * size::INDENT;
    let middle = row.rect.center().y;
    let painter = ui.painter();
    for level in 1..=line.depth {
        let guide = row.rect.left() + space::XS + (level as f32 - 0.5) * size::INDENT;
        painter.vline(guide, row.rect.y_range(), egui::Stroke::new(1.0, tokens.separator));
    }
    if let Some(open) = line.open {
        let arrow = Rect::from_center_size(pos2(x + 6.0, middle), vec2(12.0, 12.0));
        icon_at(painter, arrow, if open { Icon::ChevronDown } else { Icon::ChevronRight }, tokens.text_muted);
    }
    x += 16.0;
    if without == Some(FieldPart::Key) {
        return x;
    }
    let mut job = LayoutJob::default();
    let mut add = |content: &str, colour: Color32| {
        job.append(content, 0.0, TextFormat::simple(fonts::mono(text::MONO), colour));
    };
    match line.kind {
        Kind::Root => {}
        Kind::Member => {
            add(&visible(&line.key), tokens.code_key);
            add(": ", tokens.text_faint);
        }
        Kind::Element | Kind::Page => {
            add(&line.key, tokens.text_faint);
            add(if line.kind == Kind::Page { "" } else { ": " }, tokens.text_faint);
        }
    }
    if let Some(node) = line.node(value).filter(|_| line.kind != Kind::Page && without.is_none()) {
        let (content, colour) = leaf(node, tokens);
        add(&content, colour);
    }
    job.wrap = TextWrapping::truncate_at_width((row.rect.right() - x - space::S).max(1.0));
    job.break_on_newline = false;
    let galley = painter.layout_job(job);
    let end = x + galley.size().x;
    painter.galley(pos2(x, middle - galley.size().y / 2.0), galley, tokens.text);
    end
}

/// One line for a value and its colour; branches tell their size.
fn leaf(node: &Json, tokens: &Tokens) -> (String, Color32) {
    match node {
        Json::Null => ("null".to_owned(), tokens.code_word),
        Json::Bool(value) => (value.to_string(), tokens.code_word),
        Json::Int(_) | Json::Float(_) => (node.to_text(), tokens.code_number),
        Json::String(content) => (format!("\"{}\"", visible(&cut(content))), tokens.code_string),
        Json::Bytes(bytes) => {
            (format!("{} (binary)", crate::model::number::size(bytes.len() as u64)), tokens.text_muted)
        }
        Json::Array(items) => (format!("[{}]", crate::model::number::grouped(items.len() as u64)), tokens.text_faint),
        Json::Object(members) => {
            (format!("{{{}}}", crate::model::number::grouped(members.len() as u64)), tokens.text_faint)
        }
    }
}

/// More does not fit into a row and would be laid out in vain.
fn cut(content: &str) -> String {
    const MOST_CHARS: usize = 300;
    match content.char_indices().nth(MOST_CHARS) {
        Some((at, _)) => format!("{}…", &content[..at]),
        None => content.to_owned(),
    }
}

/// Controls as JSON writes them, and signs for what else cannot be seen.
fn visible(content: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().collect() } else { String::from(c) };
    shown_line(&content.chars().map(escaped).collect::<String>(), MAX_NAME_CHARS).into()
}
