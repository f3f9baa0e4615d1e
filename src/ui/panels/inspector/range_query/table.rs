//! The events that a query found, as a table; edits stand beside their originals when sorted by what they edit.

use crate::data::file_format::csv::Formulas;
use crate::data::value::{self, DataType};
use crate::data::{Timestamp, TopicSpec};
use crate::model::editor;
use crate::model::number;
use crate::model::range_query::{Event, Found, Intent, export, form::Form};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::panels::inspector::series::{author, fitting_time};
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use egui::Ui;
use std::borrow::Cow;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Sequence,
    Timestamp,
    Edited,
    Author,
    Value,
}

const COLUMNS: [Column<'_, Col>; 5] = [
    Column::new(Col::Sequence, "sequence", "Sequence", 82.0).right(),
    Column::new(Col::Timestamp, "timestamp", "Server time", 168.0).grow(0.2).help("Timestamp given by the server"),
    Column::new(Col::Edited, "edited", "Edited", 100.0),
    // Where there is little room the author is left to the hover text.
    Column::new(Col::Author, "author", "Author", 90.0).from_width(560.0),
    Column::new(Col::Value, "value", "Value", 130.0).grow(0.8),
];

/// How the table stands. Rows are named by their place in the answer.
pub(super) struct EventTable {
    state: TableState<usize, Col>,
    serial: Option<u64>,
}

impl Default for EventTable {
    fn default() -> Self {
        Self { state: TableState::sorted("sequence", true), serial: None }
    }
}

impl EventTable {
    /// Draws the table; gives back the place in the answer of the event chosen, which is the first one at first.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        found: &Found,
        spec: &TopicSpec,
        form: &Form,
        formulas: Formulas,
    ) -> Option<usize> {
        if self.serial != Some(found.serial) {
            self.state.restart();
            self.serial = Some(found.serial);
        }
        let grouped = matches!(self.state.sorted_by(), Some(("edited", _)));
        let source = Events { cx, found, spec, form, formulas, grouped };
        DataTable::new("range-query", "Events found", &COLUMNS).show(ui, &mut self.state, &source);
        if self.state.cursor().is_none()
            && let Some(first) = self.state.shown_row(0)
        {
            self.state.mark(first);
            ui.ctx().request_repaint();
        }
        self.state.cursor().copied()
    }
}

struct Events<'a> {
    cx: &'a Cx<'a>,
    found: &'a Found,
    spec: &'a TopicSpec,
    form: &'a Form,
    formulas: Formulas,
    /// Each original is followed by its edits.
    grouped: bool,
}

impl Events<'_> {
    fn event(&self, row: usize) -> &Event {
        &self.found.events[row]
    }
}

impl TableSource for Events<'_> {
    type Key = usize;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.found.events.len()
    }

    fn revision(&self) -> u64 {
        self.found.serial
    }

    fn key(&self, row: usize) -> usize {
        row
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let event = self.event(row);
        let m = &event.metadata;
        match column {
            Col::Sequence if self.grouped && event.original.is_some() => {
                format!("↳ {}", number::grouped(m.sequence)).into()
            }
            Col::Sequence => number::grouped(m.sequence).into(),
            Col::Timestamp => format::date_millis(Timestamp::from_millis(m.timestamp_millis)).into(),
            Col::Edited => edit_words(self.found, event).into(),
            Col::Author => author(&m.author).into(),
            Col::Value => preview(self.spec, event).into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        let event = self.event(row);
        match column {
            Col::Sequence => event.metadata.sequence.to_string().into(),
            Col::Timestamp => format::moment(Timestamp::from_millis(event.metadata.timestamp_millis)).into(),
            Col::Value => export::value_text(self.found.data_type, &event.value).into(),
            Col::Edited | Col::Author => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        let event = self.event(row);
        match column {
            Col::Sequence | Col::Edited => SortKey::Int(event.metadata.sequence.into()),
            Col::Timestamp => SortKey::Int(event.metadata.timestamp_millis.into()),
            Col::Author => SortKey::from(&*event.metadata.author),
            Col::Value if matches!(self.found.data_type, Some(DataType::Int64 | DataType::Double)) => {
                value::number(self.spec, &event.value).map_or(SortKey::Missing, SortKey::Number)
            }
            Col::Value => SortKey::Text(self.text(row, column)),
        }
    }

    fn sort(&self, column: Col, descending: bool, rows: &mut [u32]) -> bool {
        if column != Col::Edited {
            return false;
        }
        // What was edited comes first either way, each original with its edits below it.
        let sign = if descending { -1 } else { 1 };
        rows.sort_by_key(|row| {
            let event = self.event(*row as usize);
            let original = event.of_original().sequence;
            (!self.found.edited.contains_key(&original), sign * original, event.metadata.sequence)
        });
        true
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let event = self.event(row);
        let text = self.text(row, column);
        let outdated = event.original.is_none() && self.found.edited.contains_key(&event.metadata.sequence);
        let ink = if outdated { tokens.text_faint } else { tokens.text };
        match column {
            Col::Sequence | Col::Value => cell.mono(ui, &text, ink),
            Col::Timestamp => {
                let at = Timestamp::from_millis(event.metadata.timestamp_millis);
                cell.text(ui, &fitting_time(at, cell.width()), tokens.text_muted);
            }
            Col::Edited if event.original.is_some() => cell.text(ui, &text, tokens.warn.strong),
            Col::Edited => cell.text(ui, &text, tokens.text_faint),
            Col::Author => cell.text(ui, &text, tokens.text_muted),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let event = self.event(row);
        let sequence = number::grouped(event.metadata.sequence);
        Some(format!("Event {sequence}, {}, {}", edit_words(self.found, event), preview(self.spec, event)))
    }

    fn hover(&self, row: usize) -> Option<String> {
        let event = self.event(row);
        let time = |millis: i64| format::moment(Timestamp::from_millis(millis));
        let m = &event.metadata;
        let text = format!("By {}\n{}", author(&m.author), time(m.timestamp_millis));
        Some(match &event.original {
            None => text,
            Some(original) => format!(
                "{text}\nOriginal event {} by {}\n{}",
                number::grouped(original.sequence),
                author(&original.author),
                time(original.timestamp_millis)
            ),
        })
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        let item = |ui: &mut Ui, words: &str| {
            let clicked = ui.add(theme::menu_item(words)).clicked();
            if clicked {
                ui.close();
            }
            clicked
        };
        let copy = |text: String| self.cx.send(crate::model::Intent::Copy(text));
        if let [row] = rows {
            let event = self.event(*row);
            if item(ui, "Edit event…") {
                self.cx.send(edit_intent(event));
            }
            if item(ui, "Copy value") {
                copy(export::value_text(self.found.data_type, &event.value));
            }
            if item(ui, "Begin the range here") {
                self.cx.send(Intent::SetForm(self.form.beginning_at(event)));
            }
        }
        if item(ui, if rows.len() == 1 { "Copy CSV row" } else { "Copy CSV rows" }) {
            copy(self.csv(rows));
        }
    }

    fn copied(&self, rows: &[usize]) -> Option<String> {
        Some(self.csv(rows))
    }
}

impl Events<'_> {
    /// Rows of CSV with every fact of an event, as they are saved to files.
    fn csv(&self, rows: &[usize]) -> String {
        let rows: Vec<String> =
            rows.iter().map(|row| export::csv_row(self.found.data_type, self.event(*row), self.formulas)).collect();
        rows.join("\r\n")
    }
}

fn preview(spec: &TopicSpec, event: &Event) -> String {
    // The Python client writes “no value” as zero bytes.
    if event.value.is_empty() { "no value".to_owned() } else { value::preview(spec, &event.value, 200) }
}

/// What an event edits, or by which it was edited as far as the answer tells.
pub(super) fn edit_words(found: &Found, event: &Event) -> String {
    match (&event.original, found.edited.get(&event.metadata.sequence)) {
        (Some(original), _) => format!("edit of {}", number::grouped(original.sequence)),
        (None, Some(by)) => format!("edited by {}", number::grouped(*by)),
        (None, None) => String::new(),
    }
}

/// Opens the editor for an event; an edit of an edit belongs to the original.
pub(super) fn edit_intent(event: &Event) -> editor::Intent {
    editor::Intent::OpenEvent { sequence: event.of_original().sequence, value: event.value.clone() }
}
