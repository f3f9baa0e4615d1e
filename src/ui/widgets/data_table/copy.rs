//! Rows of a table as text: with tabs for pasting into a spreadsheet, as CSV, as JSON.

use super::{Column, TableSource};
use crate::data::file_format::csv::{self, Formulas};
use serde_json::{Map, Value};

/// A form in which rows are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Cells between tabs, one line for each row, without heads.
    Text,
    /// By RFC 4180, with heads; nothing in it is run as a formula by a spreadsheet.
    Csv,
    /// An array of objects; members are named by the ids of the columns.
    Json,
}

/// The rows in this form, with the given columns.
pub(super) fn rows_as<S: TableSource>(
    form: Form,
    source: &S,
    columns: &[&Column<'_, S::Column>],
    rows: &[usize],
) -> String {
    match form {
        Form::Text => {
            let line = |row: &usize| {
                let cells: Vec<String> = columns.iter().map(|c| flat(&source.exact(*row, c.key))).collect();
                cells.join("\t")
            };
            rows.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Form::Csv => {
            let mut text = csv::row(columns.iter().map(|column| column.title), Formulas::Disarmed) + "\r\n";
            for row in rows {
                let cells: Vec<_> = columns.iter().map(|c| source.exact(*row, c.key)).collect();
                text += &csv::row(cells.iter().map(AsRef::as_ref), Formulas::Disarmed);
                text += "\r\n";
            }
            text
        }
        Form::Json => {
            let object = |row: &usize| {
                let member = |c: &&Column<'_, S::Column>| {
                    let text = source.exact(*row, c.key).into_owned();
                    (c.id.to_owned(), number(c.right, &text).unwrap_or(Value::String(text)))
                };
                Value::Object(columns.iter().map(member).collect::<Map<_, _>>())
            };
            serde_json::to_string_pretty(&rows.iter().map(object).collect::<Vec<_>>()).unwrap_or_default()
        }
    }
}

/// Cells of one line may hold neither tabs nor line breaks.
fn flat(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A number of a column of numbers stays a number.
fn number(is_number: bool, text: &str) -> Option<Value> {
    if !is_number {
        return None;
    }
    serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number)
}
