//! A payload or an answer, shown as its type says.

use crate::data::value::{DataType, Value, decode};
use crate::model::link::TypedValue;
use crate::model::number;
use crate::ui::theme;
use crate::ui::widgets::hex::{HexState, hex_ui};
use crate::ui::widgets::text_view::{Colouring, TextState, text_ui};
use crate::ui::widgets::value_text::as_text;
use egui::Ui;

/// How a value looks.
#[derive(Default)]
pub(super) struct ValueView {
    /// What the text below was made of.
    made_of: Option<TypedValue>,
    generation: u64,
    text: Option<(String, Colouring)>,
    state: TextState,
    hex: HexState,
}

/// The type of a value as shown.
pub(super) fn type_name(value: &TypedValue) -> String {
    value.topic_type().map_or_else(|| value.data_type.clone(), |topic_type| topic_type.name().to_owned())
}

/// A value on one line.
pub(super) fn line_of(value: &TypedValue) -> String {
    /// Characters of a line at most.
    const MOST: usize = 200;
    let text = match text_of(value) {
        Some((text, _)) => text,
        None => crate::ui::widgets::hex::digits(&value.content[..value.content.len().min(MOST)]),
    };
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(MOST) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// The whole value as text; none for bytes, and for what cannot be read as its type.
pub(super) fn text_of(value: &TypedValue) -> Option<(String, Colouring)> {
    let data_type = DataType::of_topic_type(value.topic_type()?)?;
    match decode(data_type, &value.content).ok()? {
        Value::Binary(_) => None,
        Value::Json(json) => Some((json.to_pretty_text(), Colouring::Json)),
        Value::String(Some(text)) => Some((text, Colouring::Plain)),
        other => Some((as_text(&other), Colouring::Plain)),
    }
}

impl ValueView {
    /// Draws it into the room that is left.
    pub(super) fn ui(&mut self, ui: &mut Ui, name: &str, value: &TypedValue) {
        if self.made_of.as_ref() != Some(value) {
            self.generation += 1;
            self.text = text_of(value);
            self.made_of = Some(value.clone());
        }
        if let Some((text, colouring)) = &self.text {
            drop(text_ui(ui, name, text, self.generation, *colouring, &mut self.state));
            return;
        }
        if value.topic_type() != Some(crate::data::TopicType::Binary) {
            let words = format!("In a form not known here, shown as bytes: {}", value.data_type);
            ui.label(theme::muted(ui, words));
        }
        if value.content.is_empty() {
            ui.label(theme::muted(ui, number::exact_size(0)));
        } else {
            drop(hex_ui(ui, name, &value.content, &mut self.hex));
        }
    }
}
