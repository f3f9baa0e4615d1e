//! The fields of records, named by the schema of the topic.

use crate::data::value::record::{Field, Model, Record, Records, Schema};
use crate::model::editor::Draft;
use crate::ui::theme::{self, Icon, Tokens, fonts, icon_button};
use crate::ui::widgets::layout::tool_row;
use egui::{Margin, ScrollArea, TextEdit, Ui};

/// Fields that are shown at most; values of more are edited elsewhere.
const MOST_FIELDS: usize = 2000;

/// How the fields look.
#[derive(Default)]
pub(super) struct FieldsView {
    /// The text that the schema below was read for.
    schema: Option<(String, Option<Schema>)>,
}

impl FieldsView {
    /// Draws them; true if one was edited, with `buffer` made anew.
    pub(super) fn ui(&mut self, ui: &mut Ui, draft: &Draft, buffer: &mut String) -> bool {
        let text = draft.spec.as_ref().and_then(|s| s.properties.value(crate::data::property::SCHEMA)).unwrap_or("");
        if self.schema.as_ref().is_none_or(|(of, _)| of != text) {
            self.schema = Some((text.to_owned(), draft.schema()));
        }
        let schema = self.schema.as_ref().and_then(|(_, schema)| schema.as_ref());
        let Ok(mut records) = Records::from_bytes(buffer.as_bytes()) else { return false };
        let mut changed = false;
        tool_row(ui, |ui| {
            let variable = schema.and_then(|s| s.records.iter().find(|r| r.occurs.is_variable()));
            if let (Some(schema), Some(record)) = (schema, variable)
                && ui.button(theme::text(format!("Add {}", record.name))).clicked()
            {
                let mut model = Model::of(schema, records.clone());
                if model.add_record().is_ok() {
                    records = model.records().clone();
                    changed = true;
                }
            }
            if schema.is_none() && ui.button("Add field").clicked() {
                match records.0.last_mut() {
                    Some(last) => last.push(String::new()),
                    None => records.0.push(vec![String::new()]),
                }
                changed = true;
            }
            let words = if schema.is_some() { "Fields as the schema names them" } else { "The topic has no schema" };
            ui.label(theme::faint(ui, words));
        });
        ScrollArea::vertical().id_salt("fields").auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(Margin::symmetric(10, 8)).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                changed |= records_ui(ui, schema, &mut records);
            });
        });
        if changed {
            *buffer = String::from_utf8_lossy(&records.to_bytes()).into_owned();
        }
        changed
    }
}

fn records_ui(ui: &mut Ui, schema: Option<&Schema>, records: &mut Records) -> bool {
    let mut changed = false;
    let mut removed = None;
    let mut left = MOST_FIELDS;
    let count = records.0.len();
    for at in 0..count {
        let (kind, occurrence) = schema.and_then(|s| record_at(s, count, at)).unzip();
        let name = kind.map_or_else(|| "Record".to_owned(), |r: &Record| r.name.clone());
        let title = format!("{name}({})", occurrence.unwrap_or(at));
        ui.horizontal(|ui| {
            ui.label(theme::strong(&title));
            let spare = kind.is_some_and(|r| r.occurs.is_variable());
            if spare && icon_button(ui, Icon::Trash, &format!("Remove {title}")).clicked() {
                removed = Some(at);
            }
        });
        let fields = records.0[at].len();
        for place in 0..fields.min(left) {
            let field = kind.and_then(|r| field_at(r, fields, place));
            changed |= field_ui(ui, &title, place, field, &mut records.0[at][place]);
        }
        left = left.saturating_sub(fields);
        ui.add_space(8.0);
    }
    if left == 0 {
        ui.label(theme::faint(ui, format!("Only the first {MOST_FIELDS} fields are shown")));
    }
    if let Some(at) = removed {
        records.0.remove(at);
        changed = true;
    }
    changed
}

fn field_ui(ui: &mut Ui, record: &str, place: usize, field: Option<(&Field, usize)>, content: &mut String) -> bool {
    let tokens = Tokens::of(ui);
    let name = match field {
        Some((field, 0)) if !field.occurs.is_variable() && field.occurs.max == Some(1) => field.name.clone(),
        Some((field, at)) => format!("{}({at})", field.name),
        None => format!("field {place}"),
    };
    let wrong = field.is_some_and(|(field, _)| !field.field_type.accepts(content));
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(130.0, 24.0), egui::Sense::hover());
        let font = fonts::text(theme::tokens::text::BODY);
        let middle = rect.left_center();
        ui.painter().with_clip_rect(rect).text(
            middle,
            egui::Align2::LEFT_CENTER,
            theme::line(&name),
            font,
            tokens.code_key,
        );
        if wrong {
            let widgets = &mut ui.visuals_mut().widgets;
            widgets.inactive.bg_stroke.color = tokens.error.strong;
            widgets.hovered.bg_stroke.color = tokens.error.strong;
        }
        let width = (ui.available_width() - 90.0).max(80.0);
        let id = egui::Id::unique(("field of a record", record, place));
        let edit = TextEdit::singleline(content).id(id).font(egui::TextStyle::Monospace).desired_width(width);
        let response = ui.add(edit);
        let current = content.clone();
        response.widget_info(|| {
            let mut info =
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, theme::spoken(format!("{record}.{name}")));
            info.current_text_value = Some(current.clone());
            info
        });
        // Whoever reads the field as a number stops at what is no part of one.
        let read = field.and_then(|(field, _)| field.field_type.normalise(content)).filter(|_| !wrong);
        if let Some(read) = read.filter(|read| read != content)
            && let Some((field, _)) = field
        {
            ui.label(theme::text(format!("read as {read}")).small().color(tokens.warn.strong))
                .on_hover_text(theme::text(format!("As {} the field is read like this", field.field_type.name())));
        } else if let Some((field, _)) = field {
            let colour = if wrong { tokens.error.strong } else { tokens.text_faint };
            ui.label(theme::text(field.field_type.name()).small().color(colour));
        }
        if content.chars().any(|c| ('\u{1}'..='\u{3}').contains(&c)) {
            content.retain(|c| !('\u{1}'..='\u{3}').contains(&c)); // these delimit fields and records
        }
        response.changed()
    })
    .inner
}

/// The record of the schema that this place belongs to, and its number among its like.
fn record_at(schema: &Schema, count: usize, at: usize) -> Option<(&Record, usize)> {
    let fixed: usize = schema.records.iter().map(|r| r.occurs.min).sum();
    let mut start = 0;
    for record in &schema.records {
        let spare = if record.occurs.is_variable() { count.saturating_sub(fixed) } else { 0 };
        let end = start + record.occurs.min + spare;
        if at < end {
            return Some((record, at - start));
        }
        start = end;
    }
    None
}

/// The field of the record that this place belongs to, and its number among its like.
fn field_at(record: &Record, count: usize, at: usize) -> Option<(&Field, usize)> {
    let fixed: usize = record.fields.iter().map(|f| f.occurs.min).sum();
    let mut start = 0;
    for field in &record.fields {
        let spare = if field.occurs.is_variable() { count.saturating_sub(fixed) } else { 0 };
        let end = start + field.occurs.min + spare;
        if at < end {
            return Some((field, at - start));
        }
        start = end;
    }
    None
}
