//! The events of a time series that were seen, as a table, newest first.

use crate::data::value::time_series::EventMetadata;
use crate::data::value::{self};
use crate::data::{Timestamp, TopicSpec};
use crate::model::inspector::Inspector as Facts;
use crate::model::number;
use crate::ui::format;
use crate::ui::theme::Tokens;
use crate::ui::widgets::data_table::{Cell, Column, SortKey, TableSource};
use egui::Ui;
use std::borrow::Cow;
use std::collections::HashMap;

/// An event as it is listed.
pub(super) struct Line {
    pub number: u64,
    pub metadata: EventMetadata,
    /// Sequence of the event that this one edits.
    pub edits: Option<i64>,
}

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    Sequence,
    Timestamp,
    Edited,
    Author,
    Value,
    Received,
}

pub(super) const COLUMNS: [Column<'_, Col>; 6] = [
    Column::new(Col::Sequence, "sequence", "Sequence", 76.0).right(),
    Column::new(Col::Timestamp, "timestamp", "Server time", 168.0).grow(0.2).help("Timestamp given by the server"),
    Column::new(Col::Edited, "edited", "Edited", 96.0),
    // Where there is little room the author is left to the hover text.
    Column::new(Col::Author, "author", "Author", 90.0).from_width(560.0),
    Column::new(Col::Value, "value", "Value", 130.0).grow(0.8),
    Column::new(Col::Received, "received", "Received", 104.0).hidden().help("When it was received here"),
];

/// The rows.
pub(super) struct SeriesRows<'a> {
    pub facts: &'a Facts,
    pub spec: &'a TopicSpec,
    /// Oldest first.
    pub lines: &'a [Line],
    /// For each event edited, the sequence of the edit that counts.
    pub edited: &'a HashMap<i64, i64>,
}

/// Who wrote an event, also where nobody is named.
pub(in super::super) fn author(name: &str) -> &str {
    if name.is_empty() { "anonymous" } else { name }
}

/// A time as it fits: with the date where there is room for it.
pub(in super::super) fn fitting_time(at: Timestamp, width: f32) -> String {
    if width > 140.0 { format::date_millis(at) } else { format::clock_millis(at) }
}

impl SeriesRows<'_> {
    fn line(&self, row: usize) -> &Line {
        &self.lines[self.lines.len() - 1 - row]
    }

    fn value(&self, line: &Line, most: usize) -> String {
        self.facts.entry(line.number).map_or_else(String::new, |e| value::preview(self.spec, &e.arrival.value, most))
    }
}

impl TableSource for SeriesRows<'_> {
    type Key = u64;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.lines.len()
    }

    fn revision(&self) -> u64 {
        self.lines.last().map_or(0, |line| line.number)
    }

    fn key(&self, row: usize) -> u64 {
        self.line(row).number
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let line = self.line(row);
        match column {
            Col::Sequence => number::grouped(line.metadata.sequence).into(),
            Col::Timestamp => format::date_millis(Timestamp::from_millis(line.metadata.timestamp_millis)).into(),
            Col::Edited => match (line.edits, self.edited.get(&line.metadata.sequence)) {
                (Some(original), _) => format!("edit of {}", number::grouped(original)).into(),
                (None, Some(by)) => format!("edited by {}", number::grouped(*by)).into(),
                (None, None) => "".into(),
            },
            Col::Author => author(&line.metadata.author).into(),
            Col::Value => self.value(line, 200).into(),
            Col::Received => {
                self.facts.entry(line.number).map(|e| format::clock_millis(e.arrival.at)).unwrap_or_default().into()
            }
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        let line = self.line(row);
        match column {
            Col::Sequence => line.metadata.sequence.to_string().into(),
            Col::Timestamp => format::moment(Timestamp::from_millis(line.metadata.timestamp_millis)).into(),
            Col::Value => self.value(line, 64 << 10).into(),
            Col::Received => {
                self.facts.entry(line.number).map(|e| format::moment(e.arrival.at)).unwrap_or_default().into()
            }
            Col::Edited | Col::Author => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        let line = self.line(row);
        match column {
            Col::Sequence => SortKey::Int(line.metadata.sequence.into()),
            Col::Timestamp => SortKey::Int(line.metadata.timestamp_millis.into()),
            Col::Edited => line.edits.map_or(SortKey::Missing, |original| SortKey::Int(original.into())),
            Col::Received => SortKey::Int(line.number.into()),
            Col::Value => self
                .facts
                .entry(line.number)
                .and_then(|e| value::number(self.spec, &e.arrival.value))
                .map_or_else(|| SortKey::Text(self.text(row, column)), SortKey::Number),
            Col::Author => author(&line.metadata.author).into(),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let line = self.line(row);
        let text = self.text(row, column);
        let outdated = line.edits.is_none() && self.edited.contains_key(&line.metadata.sequence);
        let ink = if outdated { tokens.text_faint } else { tokens.text };
        match column {
            Col::Sequence | Col::Value => cell.mono(ui, &text, ink),
            Col::Timestamp => {
                let at = Timestamp::from_millis(line.metadata.timestamp_millis);
                cell.text(ui, &fitting_time(at, cell.width()), tokens.text_muted);
            }
            Col::Edited if line.edits.is_some() => cell.text(ui, &text, tokens.warn.strong),
            Col::Edited => cell.text(ui, &text, tokens.text_faint),
            Col::Author | Col::Received => cell.text(ui, &text, tokens.text_muted),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let text = |column| self.text(row, column);
        Some(format!("Event {}, {}, {}", text(Col::Sequence), text(Col::Edited), text(Col::Value)))
    }

    fn hover(&self, row: usize) -> Option<String> {
        let line = self.line(row);
        let received = self.facts.entry(line.number)?.arrival.at;
        Some(format!(
            "By {}\nTimestamp of the server: {}\nReceived here: {}",
            author(&line.metadata.author),
            format::moment(Timestamp::from_millis(line.metadata.timestamp_millis)),
            format::moment(received)
        ))
    }
}
