//! The content of a change, as the sheet shows it before and the journal after.

use super::theme;
use super::widgets::diff::DiffView;
use super::widgets::form::fact;
use crate::data::{TopicSpec, shown};
use crate::model::change::Preview;
use crate::model::number;
use egui::{Label, ScrollArea, Ui};

/// Characters of a text that are shown.
const MOST_TEXT: usize = 20_000;

/// Draws the content into the room that is left; `diff` keeps where values stand from frame to frame.
pub(super) fn preview_ui(ui: &mut Ui, diff: &mut DiffView, preview: &Preview) {
    match preview {
        Preview::Value { spec, old, new } => diff.ui(ui, spec, old.as_ref(), new),
        Preview::Spec(spec) => spec_ui(ui, spec),
        Preview::Text(text) => {
            ScrollArea::vertical().id_salt("text").show(ui, |ui| {
                ui.add(Label::new(theme::mono(number::middle_cut(text, MOST_TEXT))).wrap());
            });
        }
        Preview::Facts(facts) => {
            for each in facts {
                let text = if each.is_value { theme::mono(&each.text) } else { theme::text(&each.text) };
                fact(ui, &each.name, text);
            }
        }
    }
}

fn spec_ui(ui: &mut Ui, spec: &TopicSpec) {
    ui.label(theme::mono(spec.topic_type.name()));
    for (key, value) in spec.properties.iter() {
        ui.label(theme::mono(format!("{} {}", shown(key), shown(value))));
    }
}
