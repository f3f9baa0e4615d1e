//! A small field at the place of a part of a JSON tree, and the marks of parts that were changed.

use crate::model::editor::parts::Mark;
use crate::ui::theme;
use crate::ui::theme::tokens::text;
use crate::ui::theme::{Tokens, fonts};
use egui::text::{CCursor, CCursorRange};
use egui::{Key, Rect, TextEdit, Ui, vec2};
use std::collections::HashMap;

/// What of a row is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPart {
    /// The value, as JSON text.
    Value,
    /// The key of a member, without quotes.
    Key,
}

/// A part being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which part.
    pub pointer: String,
    /// What of it.
    pub part: FieldPart,
    /// As typed.
    pub text: String,
    /// Why it cannot be taken.
    pub problem: Option<String>,
    first: String,
    wants_focus: bool,
}

impl Field {
    /// A field that begins with a text and asks for the keyboard.
    #[must_use]
    pub fn new(pointer: String, part: FieldPart, text: String) -> Self {
        Self { pointer, part, first: text.clone(), text, problem: None, wants_focus: true }
    }

    /// Whether anything else was typed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.text != self.first
    }

    /// Goes on after a refusal.
    pub fn refuse(&mut self, why: String) {
        self.problem = Some(why);
        self.wants_focus = true;
    }
}

/// How a field ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With Enter, or because the pointer went elsewhere.
    Taken,
    /// With Esc.
    Cancelled,
}

/// What makes a tree one that can be edited.
pub struct Editing<'a> {
    /// Parts that differ from what there was.
    pub marks: &'a HashMap<String, Mark>,
    /// The part being edited.
    pub field: &'a mut Option<Field>,
}

/// Draws the field; tells when it ends.
pub(super) fn field_ui(ui: &mut Ui, rect: Rect, field: &mut Field) -> Option<Ending> {
    let tokens = Tokens::of(ui);
    let name = match field.part {
        FieldPart::Value => format!("New value of {}", field.pointer),
        FieldPart::Key => format!("New key of {}", field.pointer),
    };
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt("part field"));
    if field.problem.is_some() {
        child.visuals_mut().selection.stroke.color = tokens.error.strong;
    }
    child.visuals_mut().extreme_bg_color = tokens.content;
    let mut output = TextEdit::singleline(&mut field.text)
        .font(fonts::mono(text::MONO))
        .margin(vec2(4.0, 0.0))
        .align(egui::Align2::LEFT_CENTER)
        .min_size(vec2(0.0, rect.height()))
        .desired_width(rect.width() - 8.0)
        .show(&mut child);
    let response = output.response.response.clone();
    let current = field.text.clone();
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, theme::spoken(&name));
        info.current_text_value = Some(current.clone());
        info
    });
    if std::mem::take(&mut field.wants_focus) {
        response.request_focus();
        // Inside the quotes of a text: what is typed replaces the words, not their quotes.
        let length = field.text.chars().count();
        let quoted = field.part == FieldPart::Value && length > 1 && field.text.starts_with('"');
        let (start, end) = if quoted { (1, length - 1) } else { (0, length) };
        output.state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(start), CCursor::new(end))));
        output.state.store(ui.ctx(), response.id);
        return None;
    }
    if !response.lost_focus() {
        return None;
    }
    let cancelled = ui.input(|i| i.key_pressed(Key::Escape));
    Some(if cancelled { Ending::Cancelled } else { Ending::Taken })
}

/// The mark of a row in words, for a screen reader.
pub(super) const fn words(mark: Mark) -> &'static str {
    match mark {
        Mark::Changed => "changed",
        Mark::Added => "added",
        Mark::Shorter => "parts taken out",
    }
}

/// Draws the mark at the left edge of a row.
pub(super) fn mark_ui(ui: &Ui, row: Rect, mark: Mark) {
    let tokens = Tokens::of(ui);
    let tint = match mark {
        Mark::Changed => tokens.warn,
        Mark::Added => tokens.ok,
        Mark::Shorter => tokens.error,
    };
    ui.painter().rect_filled(row, 0, tint.wash.gamma_multiply(0.6));
    ui.painter().rect_filled(row.with_max_x(row.left() + 3.0), 0, tint.strong);
}
