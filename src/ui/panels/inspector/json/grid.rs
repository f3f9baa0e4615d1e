//! An array of objects as a table: one row for each element, one column for each key.

use crate::data::value::json::Json;
use crate::ui::theme::Tokens;
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use egui::{Color32, Ui};
use std::borrow::Cow;

/// Columns at most; further keys are in the tree.
const MOST_COLUMNS: usize = 40;
/// Elements whose keys make the columns.
const LOOKED_AT: usize = 1000;

/// Whether a value is worth a table.
pub(super) fn is_tabular(json: &Json) -> bool {
    matches!(json, Json::Array(items) if !items.is_empty()
        && items.iter().take(LOOKED_AT).all(|item| matches!(item, Json::Object(members) if !members.is_empty())))
}

/// A column: the place in the array, or the member with this number in [`Grid::keys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Place,
    Member(usize),
}

/// Where the table stands. Rows are named by their place in the array.
#[derive(Default)]
pub(super) struct Grid {
    table: TableState<usize, Col>,
    keys: Vec<String>,
    made: Option<u64>,
}

impl Grid {
    /// Draws the array.
    pub(super) fn ui(&mut self, ui: &mut Ui, json: &Json, generation: u64) {
        let Json::Array(items) = json else { return };
        if self.made != Some(generation) {
            self.keys = keys(items);
            self.made = Some(generation);
        }
        let mut columns = vec![Column::new(Col::Place, "#place", "#", 52.0).right()];
        columns.extend(self.keys.iter().enumerate().map(|(at, key)| Column::new(Col::Member(at), key, key, 110.0)));
        let source = Elements { items, keys: &self.keys, generation };
        // The columns are those of one value: they are not worth storing.
        DataTable::new("json-elements", "Elements", &columns).unstored().show(ui, &mut self.table, &source);
    }
}

struct Elements<'a> {
    items: &'a [Json],
    keys: &'a [String],
    generation: u64,
}

impl Elements<'_> {
    fn value(&self, row: usize, column: Col) -> Option<&Json> {
        match column {
            Col::Place => None,
            Col::Member(at) => self.items[row].member(self.keys.get(at)?),
        }
    }
}

impl TableSource for Elements<'_> {
    type Key = usize;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.items.len()
    }

    fn revision(&self) -> u64 {
        self.generation
    }

    fn key(&self, row: usize) -> usize {
        row
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        match column {
            Col::Place => row.to_string().into(),
            Col::Member(_) => self.value(row, column).map(cell_text).unwrap_or_default().into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        match self.value(row, column) {
            Some(Json::String(text)) => text.as_str().into(),
            Some(value) => value.to_text().into(),
            None => self.text(row, column),
        }
    }

    /// Numbers by size, all else by text; what is missing comes first.
    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match (column, self.value(row, column)) {
            (Col::Place, _) => SortKey::Int(row as i128),
            (_, None) => SortKey::Missing,
            (_, Some(Json::Int(number))) => SortKey::Int(*number),
            (_, Some(Json::Float(number))) => SortKey::Number(*number),
            (_, Some(value)) => SortKey::Text(cell_text(value).into()),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        match self.value(row, column) {
            Some(value) => cell.mono(ui, &cell_text(value), ink(tokens, value)),
            None => cell.text(ui, &self.text(row, column), tokens.text_faint),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let member = |(at, key): (usize, &String)| format!("{key} {}", self.text(row, Col::Member(at)));
        let spoken: Vec<String> = self.keys.iter().enumerate().map(member).collect();
        Some(format!("{row}, {}", spoken.join(", ")))
    }

    fn copied(&self, rows: &[usize]) -> Option<String> {
        let texts: Vec<String> = rows.iter().map(|row| self.items[*row].to_text()).collect();
        Some(texts.join("\n"))
    }
}

fn keys(items: &[Json]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for item in items.iter().take(LOOKED_AT) {
        let Json::Object(members) = item else { continue };
        for (key, _) in members {
            if keys.len() < MOST_COLUMNS && !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    keys
}

fn cell_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.chars().take(200).collect(),
        Json::Array(items) => format!("[{}]", items.len()),
        Json::Object(members) => format!("{{{}}}", members.len()),
        Json::Bytes(bytes) => format!("{} bytes", bytes.len()),
        leaf => leaf.to_text(),
    }
}

fn ink(tokens: &Tokens, value: &Json) -> Color32 {
    match value {
        Json::Int(_) | Json::Float(_) => tokens.code_number,
        Json::Bool(_) | Json::Null => tokens.code_word,
        Json::String(_) => tokens.text,
        _ => tokens.text_faint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arrays_of_objects_are_tables() {
        let tabular = |text: &str| is_tabular(&Json::from_text(text).expect("JSON"));
        assert!(tabular(r#"[{"a":1},{"b":2}]"#));
        assert!(!tabular("[]") && !tabular("[1]") && !tabular("{}") && !tabular("[{}]"));
    }

    #[test]
    fn numbers_are_sorted_by_size() {
        let Ok(Json::Array(items)) = Json::from_text(r#"[{"a":10},{"a":9.5},{"b":1},{"a":"x"}]"#) else {
            panic!("an array")
        };
        let keys = keys(&items);
        assert_eq!(keys, ["a", "b"]);
        let source = Elements { items: &items, keys: &keys, generation: 1 };
        let by: Vec<SortKey<'_>> = (0..4).map(|row| source.sort_key(row, Col::Member(0))).collect();
        let expected = [SortKey::Int(10), SortKey::Number(9.5), SortKey::Missing, SortKey::Text("x".into())];
        assert_eq!(by, expected);
    }
}
