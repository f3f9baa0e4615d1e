//! `RECORD_V2` values: a table of records and fields, named by the schema if the topic has one.

use super::binary::bytes_ui;
use super::parts;
use super::shown::Shown;
use crate::data::property::SCHEMA;
use crate::data::value::record::{FieldType, Occurs, Records, Schema};
use crate::model::number;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::hex::HexState;
use crate::ui::widgets::rows::{RowFacts, motion};
use crate::ui::widgets::table::{Column, Table, TableState};
use egui::{Rect, Ui};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Fields,
    Bytes,
}

/// A field as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// `Order(0)`.
    pub record: String,
    /// `price`, `leg(2)`.
    pub field: String,
    /// `INTEGER`; empty without a schema.
    pub kind: String,
    /// Its text.
    pub text: String,
}

/// How records look.
#[derive(Default)]
pub(super) struct RecordView {
    form: Form,
    made: Option<(u64, Vec<Line>, Option<String>)>,
    table: TableState,
    cursor: Option<usize>,
    hex: HexState,
}

impl RecordView {
    /// Draws records.
    pub fn ui(&mut self, ui: &mut Ui, shown: Shown<'_>, records: &Records) -> Rect {
        if self.made.as_ref().is_none_or(|(generation, ..)| *generation != shown.generation) {
            let text = shown.spec.properties.value(SCHEMA);
            let schema = text.map(Schema::from_text);
            let (schema, doubt) = match schema {
                None => (None, None),
                Some(Ok(schema)) => {
                    let doubt = schema.validate(records).err().map(|e| format!("Does not fit the schema: {e}"));
                    (Some(schema), doubt)
                }
                Some(Err(error)) => (None, Some(format!("The schema cannot be read: {error}"))),
            };
            self.made = Some((shown.generation, lines(schema.as_ref(), records), doubt));
        }
        let Some((_, lines, doubt)) = &self.made else { return Rect::NOTHING };
        parts::tool_row(ui, |ui| {
            parts::segments(ui, &mut self.form, &[(Form::Fields, "Fields"), (Form::Bytes, "Bytes")]);
            let counts = format!(
                "{} · {}",
                number::count_of(records.0.len() as u64, "record", "records"),
                number::count_of(lines.len() as u64, "field", "fields")
            );
            ui.label(theme::faint(ui, counts));
            if let Some(doubt) = doubt {
                theme::icon(ui, Icon::Warning, 13.0, Tokens::of(ui).warn.strong);
                let words = egui::RichText::new(doubt).color(Tokens::of(ui).warn.strong);
                ui.add(egui::Label::new(words).truncate());
            }
        });
        let room = ui.available_rect_before_wrap();
        if self.form == Form::Bytes {
            bytes_ui(ui, shown.bytes, &mut self.hex);
            return room;
        }
        if lines.is_empty() {
            format::empty_ui(ui, Icon::Table, "No fields", "The value has no records, or only records without fields");
            return room;
        }
        let roomy = ui.available_width() > 520.0;
        let (names, kinds) = if roomy { (130.0, 100.0) } else { (84.0, 92.0) };
        let columns = [
            Column::new("Record", names).fixed_order(),
            Column::new("Field", names).fixed_order(),
            Column::new("Type", kinds).fixed_order(),
            Column::new("Value", 90.0).fixed_order(),
        ];
        let (mut clicked, cursor) = (None, self.cursor);
        let tokens = Tokens::of(ui);
        let output = Table::new("Fields", &columns, lines.len()).show(ui, &mut self.table, |ui, row, cells| {
            let line = &lines[row.index];
            let name = format!("{} {}: {}", line.record, line.field, line.text);
            let facts = RowFacts { selected: cursor == Some(row.index), ..RowFacts::default() };
            if row.interact(ui, &name, facts).clicked() {
                clicked = Some(row.index);
            }
            let first = row.index == 0 || lines[row.index - 1].record != line.record;
            cells.text(ui, 0, if first { &line.record } else { "" }, tokens.text);
            cells.text(ui, 1, &line.field, tokens.code_key);
            cells.text(ui, 2, &line.kind, tokens.text_faint);
            cells.mono(ui, 3, &line.text, tokens.text);
        });
        if clicked.is_some() {
            output.rows.response.request_focus();
        }
        if output.rows.response.has_focus() {
            if let Some(next) = motion(ui, cursor, lines.len(), output.rows.page) {
                self.table.rows.scroll_to(next, None);
                clicked = Some(next);
            }
            let copy = ui.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Copy)));
            if let Some(line) = cursor.and_then(|at| lines.get(at)).filter(|_| copy) {
                ui.ctx().copy_text(line.text.clone());
            }
        }
        self.cursor = clicked.or(self.cursor);
        room
    }
}

/// Every field of every record with its names.
pub(super) fn lines(schema: Option<&Schema>, records: &Records) -> Vec<Line> {
    let mut lines = Vec::new();
    for (place, fields) in records.0.iter().enumerate() {
        let definition = schema.and_then(|s| named(&s.records, |r| r.occurs, place));
        let record = match definition {
            Some((record, at)) => indexed(&record.name, record.occurs, at),
            None => format!("record {place}"),
        };
        for (at, text) in fields.iter().enumerate() {
            let field = definition.and_then(|(record, _)| named(&record.fields, |f| f.occurs, at));
            let (field, kind) = match field {
                Some((field, at)) => (indexed(&field.name, field.occurs, at), kind(field.field_type)),
                None => (format!("field {at}"), String::new()),
            };
            lines.push(Line { record: record.clone(), field, kind, text: text.clone() });
        }
    }
    lines
}

fn indexed(name: &str, occurs: Occurs, at: usize) -> String {
    if occurs.max == Some(1) { name.to_owned() } else { format!("{name}({at})") }
}

fn kind(field_type: FieldType) -> String {
    match field_type {
        FieldType::String => "STRING".to_owned(),
        FieldType::Integer => "INTEGER".to_owned(),
        FieldType::Decimal { scale } => format!("DECIMAL({scale})"),
    }
}

/// The item that a place belongs to, and its own place among those of the same item. What is beyond all belongs to
/// none.
fn named<T>(items: &[T], occurs: impl Fn(&T) -> Occurs, place: usize) -> Option<(&T, usize)> {
    let mut start = 0usize;
    for item in items {
        let most = occurs(item).max;
        if most.is_none_or(|most| place - start < most) {
            return Some((item, place - start));
        }
        start = start.saturating_add(most.unwrap_or_default());
        if start > place {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &[&[&str]]) -> Records {
        Records(text.iter().map(|fields| fields.iter().map(|f| (*f).to_owned()).collect()).collect())
    }

    #[test]
    fn fields_are_named_by_the_schema() {
        let schema = Schema::from_text(
            r#"{"records":[{"name":"Head","fields":[{"name":"id","type":"INTEGER"}]},
               {"name":"Leg","min":0,"max":-1,"fields":[{"name":"n"},{"name":"price","type":"DECIMAL","min":1,"max":3}]}]}"#,
        )
        .expect("a schema");
        let lines = lines(Some(&schema), &records(&[&["7"], &["a", "1.00", "2.00"], &["b", "3.00", "4", "5", "6"]]));
        let said: Vec<String> = lines.iter().map(|l| format!("{} {} {}", l.record, l.field, l.kind)).collect();
        assert_eq!(said[0], "Head id INTEGER");
        assert_eq!(said[1], "Leg(0) n STRING");
        assert_eq!(said[3], "Leg(0) price(1) DECIMAL(2)");
        assert_eq!(said.last().map(String::as_str), Some("Leg(1) field 4 "));
    }

    #[test]
    fn without_a_schema_places_are_numbers() {
        let lines = lines(None, &records(&[&["x", "y"]]));
        assert_eq!((lines[1].record.as_str(), lines[1].field.as_str()), ("record 0", "field 1"));
    }
}
