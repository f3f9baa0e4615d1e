//! The table of notifications: who selected what is not there, and what became of it.

use crate::data::session_property;
use crate::model::link::AutoAnswered;
use crate::model::missing_topics::{Intent, Note, Outcome};
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
    Count,
    Selector,
    Principal,
    Outcome,
    Session,
    Branch,
}

pub(super) const COLUMNS: [Column<'_, Col>; 7] = [
    Column::new(Col::Time, "time", "Last", 66.0).help("When it was selected last"),
    Column::new(Col::Count, "count", "Times", 48.0).right().help("How often the same session selected it"),
    Column::new(Col::Selector, "selector", "Selector", 170.0).grow(0.6),
    Column::new(Col::Principal, "principal", "Principal", 90.0),
    Column::new(Col::Outcome, "outcome", "Outcome", 150.0).grow(0.4),
    Column::new(Col::Session, "session", "Session", 250.0).from_width(1000.0),
    Column::new(Col::Branch, "branch", "Handler", 100.0).hidden().help("The branch whose handler was asked"),
];

/// The notes of a connection, latest first.
pub(super) struct Notes<'a> {
    pub cx: &'a Cx<'a>,
    pub notes: &'a [Note],
    pub revision: u64,
}

/// A principal, also where there is none.
pub(super) fn who(principal: &str) -> &str {
    if principal.is_empty() { "anonymous" } else { principal }
}

/// What became of a note, or how long it can still be decided.
pub(super) fn outcome(cx: &Cx<'_>, note: &Note) -> String {
    if let Some(until) = note.until() {
        let left = until.secs_since(cx.now()).max(0.0).ceil();
        return format!("{left:.0} s left");
    }
    let text = match note.outcome {
        Outcome::Open => "",
        Outcome::Decided { proceed: true } => "you let it proceed",
        Outcome::Decided { proceed: false } => "you answered “do not proceed”",
        Outcome::AutoAnswered(AutoAnswered::TimedOut) => "proceeded: time was over",
        Outcome::AutoAnswered(AutoAnswered::LineLost) => "proceeded: the line was lost",
        Outcome::AtOnce => "proceeded: too many at once",
    };
    text.to_owned()
}

impl TableSource for Notes<'_> {
    type Key = u64;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.notes.len()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn key(&self, row: usize) -> u64 {
        self.notes[row].id
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let note = &self.notes[row];
        match column {
            Col::Time => format::clock(note.at).into(),
            Col::Count if note.count > 1 => format!("×{}", number::grouped(note.count)).into(),
            Col::Count => "".into(),
            Col::Selector => note.selector.as_str().into(),
            Col::Principal => who(&note.principal).into(),
            Col::Outcome => outcome(self.cx, note).into(),
            Col::Session => note.session.as_str().into(),
            Col::Branch => note.branch.as_str().into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        match column {
            Col::Time => format::moment(self.notes[row].at).into(),
            Col::Count => self.notes[row].count.to_string().into(),
            _ => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Time => SortKey::Int(self.notes[row].at.0.into()),
            Col::Count => SortKey::Int(self.notes[row].count.into()),
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        matches!(column, Col::Time | Col::Count | Col::Outcome)
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        match column {
            Col::Selector | Col::Branch => cell.mono(ui, &text, tokens.text),
            Col::Count => cell.text(ui, &text, tokens.info.strong),
            Col::Time | Col::Session => cell.text(ui, &text, tokens.text_faint),
            Col::Outcome if self.notes[row].until().is_some() => cell.text(ui, &text, tokens.warn.strong),
            Col::Outcome => cell.text(ui, &text, tokens.text_muted),
            Col::Principal => cell.text(ui, &text, tokens.text),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let note = &self.notes[row];
        let outcome = outcome(self.cx, note);
        Some(format!("{} by {}, {outcome}", note.selector, who(&note.principal)))
    }

    fn hover(&self, row: usize) -> Option<String> {
        let note = &self.notes[row];
        let properties: Vec<String> =
            note.properties.iter().map(|(key, value)| session_property::assignment(key, value)).collect();
        Some(format!("{}\nSession {}\n{}", note.selector, note.session, properties.join("\n")))
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        let notes: Vec<&Note> = rows.iter().map(|row| &self.notes[*row]).collect();
        let item = |ui: &mut Ui, can: bool, words: &str| {
            let clicked = ui.add_enabled(can, theme::menu_item(words)).clicked();
            if clicked {
                ui.close();
            }
            clicked
        };
        if let [note] = notes.as_slice()
            && item(ui, note.path.is_some(), "Create topic…")
        {
            self.cx.send(Intent::Create(note.id));
        }
        for (proceed, words) in [(true, "Proceed"), (false, "Do not proceed")] {
            if item(ui, notes.iter().any(|note| note.until().is_some()), words) {
                for note in notes.iter().filter(|note| note.until().is_some()) {
                    self.cx.send(Intent::Decide { note: note.id, proceed });
                }
            }
        }
        ui.separator();
        let copy = |ui: &mut Ui, words: &str, texts: Vec<&str>| {
            if item(ui, !texts.is_empty(), words) {
                self.cx.send(crate::model::Intent::Copy(texts.join("\n")));
            }
        };
        copy(ui, "Copy path", notes.iter().filter_map(|note| Some(note.path.as_ref()?.as_str())).collect());
        copy(ui, "Copy selector", notes.iter().map(|note| note.selector.as_str()).collect());
        copy(ui, "Copy session ID", notes.iter().map(|note| note.session.as_str()).collect());
    }
}
