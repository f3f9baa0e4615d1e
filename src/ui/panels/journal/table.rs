//! The entries of the journal as a table.

use super::{outcome, principal};
use crate::model::journal::{Entry, EntryId, Intent};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, SortKey, TableSource};
use egui::Ui;
use std::borrow::Cow;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    Time,
    Result,
    Act,
    Target,
    Before,
    After,
    Server,
    Took,
    Principal,
}

pub(super) const COLUMNS: [Column<'_, Col>; 9] = [
    Column::new(Col::Time, "time", "Time", 66.0),
    Column::new(Col::Result, "result", "Result", 86.0),
    Column::new(Col::Act, "act", "Act", 70.0),
    Column::new(Col::Target, "target", "Target", 190.0).grow(0.4),
    Column::new(Col::Before, "before", "Before", 130.0).grow(0.3),
    Column::new(Col::After, "after", "After", 130.0).grow(0.3),
    Column::new(Col::Server, "server", "Server", 90.0).from_width(560.0),
    Column::new(Col::Took, "took", "Took", 70.0).right().from_width(560.0).help("From sending to the answer"),
    Column::new(Col::Principal, "principal", "Principal", 90.0).hidden(),
];

/// Entries, newest first.
pub(super) struct Entries<'a> {
    pub cx: &'a Cx<'a>,
    pub entries: &'a [&'a Entry],
    pub revision: u64,
}

impl TableSource for Entries<'_> {
    type Key = EntryId;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.entries.len()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn key(&self, row: usize) -> EntryId {
        self.entries[row].id
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let entry = self.entries[row];
        match column {
            Col::Time => format::clock(entry.at).into(),
            Col::Result => outcome(entry).0.into(),
            Col::Act => entry.content.verb().into(),
            Col::Target => number::middle_cut(entry.content.target(), 60).into(),
            Col::Before => entry.before_text().into(),
            Col::After => entry.after_text().into(),
            Col::Server => entry.server.as_str().into(),
            Col::Took if entry.result.is_some() => format::micros(entry.micros).into(),
            Col::Took => "".into(),
            Col::Principal => principal(entry).into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        let entry = self.entries[row];
        match column {
            Col::Time => format::moment(entry.at).into(),
            Col::Target => entry.content.target().into(),
            _ => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        let entry = self.entries[row];
        match column {
            Col::Time => SortKey::Int(entry.at.0.into()),
            Col::Target => entry.content.target().into(),
            Col::Took if entry.result.is_some() => SortKey::Int(entry.micros.into()),
            Col::Took => SortKey::Missing,
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        matches!(column, Col::Result | Col::After | Col::Took)
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        match column {
            Col::Time | Col::Took => cell.text(ui, &text, tokens.text_faint),
            Col::Result => cell.text(ui, &text, outcome(self.entries[row]).1(tokens)),
            Col::Act | Col::Target => cell.text(ui, &text, tokens.text),
            Col::Before => cell.mono(ui, &text, tokens.text_muted),
            Col::After => cell.mono(ui, &text, tokens.text),
            Col::Server | Col::Principal => cell.text(ui, &text, tokens.text_muted),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let entry = self.entries[row];
        let content = &entry.content;
        let result = outcome(entry).0;
        Some(format!("{} {} {}, {result}", format::clock(entry.at), content.verb(), content.target()))
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        let words = if rows.len() == 1 {
            "Delete from the journal".to_owned()
        } else {
            format!("Delete {} changes from the journal", rows.len())
        };
        if ui.add(theme::menu_item(&words)).clicked() {
            self.cx.send(Intent::Delete(rows.iter().map(|row| self.entries[*row].id).collect()));
            ui.close();
        }
    }

    fn hover(&self, row: usize) -> Option<String> {
        let entry = self.entries[row];
        Some(format!("{} as {}", format::moment(entry.at), principal(entry)))
    }
}
