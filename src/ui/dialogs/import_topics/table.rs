//! The rows of a list of topics: what each would do, and what became of it.

use crate::data::file_format::branch_file::Verdict;
use crate::data::file_format::topic_list::Row;
use crate::data::spec_diff::Difference;
use crate::data::value;
use crate::model::error_text;
use crate::model::import::{Form, State};
use crate::model::number;
use crate::ui::theme::{Icon, Tint, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, SortKey, TableSource, revision_of};
use egui::Ui;
use std::borrow::Cow;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    Place,
    Path,
    Type,
    Value,
    State,
}

pub(super) const COLUMNS: [Column<'_, Col>; 5] = [
    Column::new(Col::Place, "place", "Row", 52.0).right().help("The line of the list, or the number in the file"),
    Column::new(Col::Path, "path", "Path", 150.0).grow(0.35),
    Column::new(Col::Type, "type", "Type", 92.0),
    Column::new(Col::Value, "value", "Value", 80.0).grow(0.2),
    Column::new(Col::State, "state", "State", 170.0).grow(0.45),
];

/// The rows of the form.
pub(super) struct ImportRows<'a> {
    pub form: &'a Form,
}

impl ImportRows<'_> {
    fn row(&self, row: usize) -> &Row {
        &self.form.rows[row].0
    }

    fn state(&self, row: usize) -> (Icon, fn(&Tokens) -> Tint, String) {
        let (of, state) = &self.form.rows[row];
        let sets = self.form.sets_values;
        match (state, &of.topic) {
            (State::Checked(Verdict::OtherValue), Ok(topic)) if sets && topic.spec.event_type().is_some() => {
                (Icon::Edit, |tokens| tokens.info, "is there; newer events would be appended".to_owned())
            }
            (State::Checked(Verdict::OtherValue), _) if sets => {
                (Icon::Edit, |tokens| tokens.info, "is there; its value would be set".to_owned())
            }
            _ => state_words(state),
        }
    }
}

impl TableSource for ImportRows<'_> {
    type Key = usize;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.form.rows.len()
    }

    fn revision(&self) -> u64 {
        let path = |row: Option<&(Row, State)>| row.map(|(row, _)| row.path.clone());
        revision_of(&(self.form.rows.len(), path(self.form.rows.first()), path(self.form.rows.last())))
    }

    fn key(&self, row: usize) -> usize {
        row
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let of = self.row(row);
        match (column, &of.topic) {
            (Col::Place, _) => of.place.to_string().into(),
            (Col::Path, _) => of.path.as_str().into(),
            (Col::State, _) => self.state(row).2.into(),
            (Col::Type | Col::Value, Err(_)) => "".into(),
            (Col::Type, Ok(topic)) => topic.spec.topic_type.name().into(),
            (Col::Value, Ok(topic)) => match &topic.value {
                Some(bytes) => value::preview(&topic.spec, bytes, 60).into(),
                None if topic.events.is_empty() => "".into(),
                None => number::count_of(topic.events.len() as u64, "event", "events").into(),
            },
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Place => SortKey::Int(row as i128),
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        column == Col::State
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        match column {
            Col::Place | Col::Type => cell.text(ui, &text, tokens.text_faint),
            Col::Path => cell.mono(ui, &text, tokens.text),
            Col::Value => cell.mono(ui, &text, tokens.text_muted),
            Col::State => {
                let (icon, tint, words) = self.state(row);
                cell.icon(ui, icon, tint(tokens).strong);
                cell.text(ui, &words, tokens.text);
            }
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        Some(format!("Row {}, {}, {}", self.row(row).place, self.row(row).path, self.state(row).2))
    }

    fn hover(&self, row: usize) -> Option<String> {
        Some(format!("{}\n{}", self.row(row).path, self.state(row).2))
    }
}

fn state_words(state: &State) -> (Icon, fn(&Tokens) -> Tint, String) {
    match state {
        State::Wrong(why) => (Icon::Error, |tokens| tokens.error, why.clone()),
        State::Unchecked => (Icon::Info, |tokens| tokens.info, "not compared yet".to_owned()),
        State::Checked(Verdict::Create) => (Icon::Plus, |tokens| tokens.info, "create".to_owned()),
        State::Checked(Verdict::Same) => (Icon::Ok, |tokens| tokens.ok, "is there, the same".to_owned()),
        State::Checked(Verdict::OtherValue) => {
            (Icon::Warning, |tokens| tokens.warn, "is there with another value".to_owned())
        }
        State::Checked(Verdict::OtherSpec(differences)) => {
            let list: Vec<String> = differences.iter().map(Difference::sentence).collect();
            (Icon::Warning, |tokens| tokens.warn, format!("another specification: {}", list.join("; ")))
        }
        State::Working => (Icon::Refresh, |tokens| tokens.info, "waiting for the server".to_owned()),
        State::Appending(done, all) => {
            let words =
                format!("appending events, {} of {}", number::grouped(*done as u64), number::grouped(*all as u64));
            (Icon::Refresh, |tokens| tokens.info, words)
        }
        State::Created => (Icon::Ok, |tokens| tokens.ok, "created".to_owned()),
        State::Set => (Icon::Ok, |tokens| tokens.ok, "set".to_owned()),
        State::Failed(failed) => {
            (Icon::Error, |tokens| tokens.error, error_text::change_failed("do this", failed).summary)
        }
        State::Overtaken => (Icon::Warning, |tokens| tokens.warn, "somebody else has just created it".to_owned()),
    }
}
