//! An array of objects as a table: one row for each element, one column for each key.

use crate::data::value::json::Json;
use crate::ui::theme::Tokens;
use crate::ui::widgets::json_tree::copy_text;
use crate::ui::widgets::rows::{RowFacts, motion};
use crate::ui::widgets::table::{Column, Table, TableState};
use egui::{Color32, Ui};
use std::cmp::Ordering;

/// Columns at most; further keys are in the tree.
const MOST_COLUMNS: usize = 40;
/// Elements whose keys make the columns.
const LOOKED_AT: usize = 1000;

/// Whether a value is worth a table.
pub(super) fn is_tabular(json: &Json) -> bool {
    matches!(json, Json::Array(items) if !items.is_empty()
        && items.iter().take(LOOKED_AT).all(|item| matches!(item, Json::Object(members) if !members.is_empty())))
}

/// Where the table stands.
#[derive(Default)]
pub(super) struct Grid {
    table: TableState,
    keys: Vec<String>,
    made: Option<u64>,
    order: Vec<usize>,
    cursor: Option<usize>,
}

impl Grid {
    /// Draws the array.
    pub fn ui(&mut self, ui: &mut Ui, json: &Json, generation: u64) {
        let Json::Array(items) = json else { return };
        let resting = ui.ui_contains_pointer() && self.order.len() == items.len();
        if self.made != Some(generation) {
            self.keys = keys(items);
            if !resting {
                self.arrange(items);
            }
            self.made = Some(generation);
        }
        let mut columns = vec![Column::new("#", 52.0).right()];
        columns.extend(self.keys.iter().map(|key| Column::new(key, 110.0)));
        let tokens = Tokens::of(ui);
        let (order, keys, cursor) = (std::mem::take(&mut self.order), &self.keys, self.cursor);
        let mut clicked = None;
        let output = Table::new("Elements", &columns, order.len()).show(ui, &mut self.table, |ui, row, cells| {
            let Some(at) = order.get(row.index).copied() else { return };
            let Some(item) = items.get(at) else { return };
            let spoken: Vec<String> = keys
                .iter()
                .map(|key| format!("{key} {}", item.member(key).map(cell_text).unwrap_or_default()))
                .collect();
            let facts = RowFacts { selected: cursor == Some(at), ..RowFacts::default() };
            if row.interact(ui, &format!("{at}, {}", spoken.join(", ")), facts).clicked() {
                clicked = Some(at);
            }
            cells.text(ui, 0, &at.to_string(), tokens.text_faint);
            for (column, key) in keys.iter().enumerate() {
                if let Some(value) = item.member(key) {
                    cells.mono(ui, column + 1, &cell_text(value), ink(tokens, value));
                }
            }
        });
        if clicked.is_some() {
            output.rows.response.request_focus();
        }
        if output.rows.response.has_focus() {
            let at = order.iter().position(|at| Some(*at) == cursor);
            if let Some(next) = motion(ui, at, order.len(), output.rows.page) {
                self.table.rows.scroll_to(next, None);
                clicked = order.get(next).copied();
            }
            let copy = ui.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Copy)));
            if let Some(item) = cursor.and_then(|at| items.get(at)).filter(|_| copy) {
                ui.ctx().copy_text(item.to_text());
            }
        }
        self.order = order;
        self.cursor = clicked.or(self.cursor);
        if output.sort_changed {
            self.arrange(items);
        }
    }

    fn arrange(&mut self, items: &[Json]) {
        self.order = (0..items.len()).collect();
        let Some(sort) = self.table.sort else { return };
        if let Some(key) = sort.column.checked_sub(1).and_then(|at| self.keys.get(at)) {
            self.order.sort_by(|a, b| compare(items[*a].member(key), items[*b].member(key)));
        }
        if sort.descending {
            self.order.reverse();
        }
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

/// Numbers by size, all else by text; what is missing comes first.
fn compare(a: Option<&Json>, b: Option<&Json>) -> Ordering {
    match (a, b) {
        (Some(Json::Int(a)), Some(Json::Int(b))) => a.cmp(b),
        (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => copy_text(a).cmp(&copy_text(b)),
        },
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
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
        let Ok(Json::Array(items)) = Json::from_text(r#"[{"a":10},{"a":9},{"b":1},{"a":"x"}]"#) else {
            panic!("an array")
        };
        let mut grid = Grid { keys: keys(&items), ..Grid::default() };
        assert_eq!(grid.keys, ["a", "b"]);
        grid.table.sort = Some(crate::ui::widgets::table::Sort { column: 1, descending: false });
        grid.arrange(&items);
        assert_eq!(grid.order, [2, 1, 0, 3]);
    }
}
