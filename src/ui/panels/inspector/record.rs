//! `RECORD_V2` values: a table of records and fields, named by the schema if the topic has one.

use super::binary::bytes_ui;
use super::parts;
use super::shown::Shown;
use crate::data::property::SCHEMA;
use crate::data::value::record::{Records, Schema};
use crate::model::number;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use crate::ui::widgets::hex::HexState;
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::value_text::{self, FieldLine};
use egui::{Rect, Ui};
use std::borrow::Cow;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Fields,
    Bytes,
}

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Record,
    Field,
    Type,
    Value,
}

const COLUMNS: [Column<'_, Col>; 4] = [
    Column::new(Col::Record, "record", "Record", 110.0).grow(0.2),
    Column::new(Col::Field, "field", "Field", 110.0).grow(0.2),
    Column::new(Col::Type, "type", "Type", 96.0),
    Column::new(Col::Value, "value", "Value", 110.0).grow(0.6),
];

/// How records look.
#[derive(Default)]
pub(super) struct RecordView {
    form: Form,
    made: Option<(u64, Vec<FieldLine>, Option<String>)>,
    table: TableState<usize, Col>,
    hex: HexState,
}

impl RecordView {
    /// Draws records.
    pub(super) fn ui(&mut self, ui: &mut Ui, shown: Shown<'_>, records: &Records) -> Rect {
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
            self.made = Some((shown.generation, value_text::record_fields(schema.as_ref(), records), doubt));
        }
        let Some((_, lines, doubt)) = &self.made else { return Rect::NOTHING };
        tool_row(ui, |ui| {
            parts::segments(ui, &mut self.form, &[(Form::Fields, "Fields"), (Form::Bytes, "Bytes")]);
            let counts = format!(
                "{} · {}",
                number::count_of(records.0.len() as u64, "record", "records"),
                number::count_of(lines.len() as u64, "field", "fields")
            );
            ui.label(theme::faint(ui, counts));
            if let Some(doubt) = doubt {
                theme::icon(ui, Icon::Warning, 13.0, Tokens::of(ui).warn.strong);
                let words = theme::text(doubt).color(Tokens::of(ui).warn.strong);
                ui.add(egui::Label::new(theme::text(words)).truncate());
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
        // The record is named once where its fields follow each other.
        let grouped = self.table.sorted_by().is_none() && self.table.filter.is_empty();
        let source = Fields { lines, generation: shown.generation, grouped };
        DataTable::new("record-fields", "Fields", &COLUMNS).show(ui, &mut self.table, &source);
        room
    }
}

struct Fields<'a> {
    lines: &'a [FieldLine],
    generation: u64,
    grouped: bool,
}

impl TableSource for Fields<'_> {
    type Key = usize;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.lines.len()
    }

    fn revision(&self) -> u64 {
        self.generation
    }

    fn key(&self, row: usize) -> usize {
        row
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let line = &self.lines[row];
        match column {
            Col::Record => line.record.as_str().into(),
            Col::Field => line.field.as_str().into(),
            Col::Type => line.kind.as_str().into(),
            Col::Value => line.text.as_str().into(),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        let line = &self.lines[row];
        match column {
            // In the order of the schema, not of the alphabet.
            Col::Record => SortKey::Int(row as i128),
            Col::Value => line.text.parse().map_or_else(|_| line.text.as_str().into(), SortKey::Number),
            Col::Field | Col::Type => SortKey::Text(self.text(row, column)),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let line = &self.lines[row];
        match column {
            Col::Record => {
                let named = self.grouped && row > 0 && self.lines[row - 1].record == line.record;
                cell.text(ui, if named { "" } else { &line.record }, tokens.text);
            }
            Col::Field => cell.text(ui, &line.field, tokens.code_key),
            Col::Type => cell.text(ui, &line.kind, tokens.text_faint),
            Col::Value => cell.mono(ui, &line.text, tokens.text),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let line = &self.lines[row];
        Some(format!("{} {}: {}", line.record, line.field, line.text))
    }

    fn copied(&self, rows: &[usize]) -> Option<String> {
        let texts: Vec<&str> = rows.iter().map(|row| self.lines[*row].text.as_str()).collect();
        Some(texts.join("\n"))
    }
}
