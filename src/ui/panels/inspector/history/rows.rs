//! The values of the history as a table, newest first, with a line where values may be missing.

use crate::data::TopicSpec;
use crate::data::value;
use crate::model::inspector::{Entry, Inspector as Facts};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::radius;
use crate::ui::theme::{Icon, Tokens, icon_at};
use crate::ui::widgets::data_table::{Cell, Column, SortKey, TableSource};
use egui::{Rect, Stroke, StrokeKind, Ui, vec2};
use std::borrow::Cow;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Line {
    /// The value with this number.
    Entry(u64),
    /// Values may be missing before the value with this number.
    Gap(u64),
}

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    Compared,
    Number,
    Received,
    Size,
    Change,
    Value,
}

pub(super) const COLUMNS: [Column<'_, Col>; 6] = [
    Column::new(Col::Compared, "compared", "", 36.0).unsorted().help("Compared below"),
    Column::new(Col::Number, "number", "No.", 62.0).right(),
    Column::new(Col::Received, "received", "Received", 104.0).help("When it was received here"),
    // Where there is little room, size and change are left to the hover text.
    Column::new(Col::Size, "size", "Size", 70.0).right().from_width(560.0),
    Column::new(Col::Change, "change", "Change", 82.0)
        .from_width(560.0)
        .help("Whether a delta or the whole value came"),
    Column::new(Col::Value, "value", "Value", 160.0).grow(1.0),
];

/// The rows.
pub(super) struct HistoryRows<'a> {
    pub cx: &'a Cx<'a>,
    pub facts: &'a Facts,
    pub spec: &'a TopicSpec,
    pub lines: &'a [Line],
    pub revision: u64,
}

impl HistoryRows<'_> {
    fn entry(&self, row: usize) -> Option<&Entry> {
        match self.lines.get(row)? {
            Line::Entry(number) => self.facts.entry(*number),
            Line::Gap(_) => None,
        }
    }

    fn is_compared(&self, entry: &Entry) -> bool {
        self.facts.compared.contains(&entry.number)
    }
}

/// A value at full length, as it is copied.
pub(super) fn whole_text(spec: &TopicSpec, entry: &Entry) -> String {
    match value::decode_topic(spec, &entry.arrival.value) {
        Ok(value) => crate::ui::widgets::value_text::as_text(&value),
        Err(_) => crate::ui::widgets::hex::digits(&entry.arrival.value),
    }
}

impl TableSource for HistoryRows<'_> {
    type Key = Line;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.lines.len()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn key(&self, row: usize) -> Line {
        self.lines[row]
    }

    fn divider(&self, row: usize) -> Option<&str> {
        matches!(self.lines.get(row), Some(Line::Gap(_))).then_some("values may be missing here")
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let Some(entry) = self.entry(row) else { return "".into() };
        let arrival = &entry.arrival;
        match column {
            Col::Compared if self.is_compared(entry) => "compared".into(),
            Col::Compared => "".into(),
            Col::Number => number::grouped(entry.number).into(),
            Col::Received => format::clock_millis(arrival.at).into(),
            Col::Size => number::size(arrival.value.len() as u64).into(),
            Col::Change => match arrival.delta_bytes {
                Some(bytes) => format!("delta {}", number::size(u64::from(bytes))).into(),
                None => "value".into(),
            },
            Col::Value => value::preview(self.spec, &arrival.value, 240).into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        let Some(entry) = self.entry(row) else { return "".into() };
        match column {
            Col::Number => entry.number.to_string().into(),
            Col::Received => format::moment(entry.arrival.at).into(),
            Col::Size => entry.arrival.value.len().to_string().into(),
            Col::Value => whole_text(self.spec, entry).into(),
            Col::Compared | Col::Change => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        let Some(entry) = self.entry(row) else { return SortKey::Missing };
        let arrival = &entry.arrival;
        match column {
            Col::Number => SortKey::Int(entry.number.into()),
            Col::Received => SortKey::Int(arrival.at.0.into()),
            Col::Size => SortKey::Int(arrival.value.len() as i128),
            Col::Change => arrival.delta_bytes.map_or(SortKey::Missing, |bytes| SortKey::Int(bytes.into())),
            Col::Value => value::number(self.spec, &arrival.value)
                .map_or_else(|| SortKey::Text(self.text(row, column)), SortKey::Number),
            Col::Compared => SortKey::Missing,
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let Some(entry) = self.entry(row) else { return };
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        match column {
            Col::Compared => {
                let spot = Rect::from_center_size(cell.rect().center(), vec2(13.0, 13.0));
                if self.is_compared(entry) {
                    ui.painter().rect_filled(spot, radius::S, tokens.accent);
                    icon_at(ui.painter(), spot.shrink(1.5), Icon::Check, tokens.on_accent);
                } else {
                    let edge = Stroke::new(1.0, tokens.outline_hover);
                    ui.painter().rect_stroke(spot, radius::S, edge, StrokeKind::Inside);
                }
            }
            Col::Number | Col::Change => cell.text(ui, &text, tokens.text_faint),
            Col::Received | Col::Size => cell.text(ui, &text, tokens.text_muted),
            Col::Value => cell.mono(ui, &text, tokens.text),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let entry = self.entry(row)?;
        let state = if self.is_compared(entry) { ", compared" } else { "" };
        let preview = self.text(row, Col::Value);
        Some(format!("{}, {}, {preview}{state}", number::grouped(entry.number), format::clock(entry.arrival.at)))
    }

    fn hover(&self, row: usize) -> Option<String> {
        let arrival = &self.entry(row)?.arrival;
        Some(format!(
            "Received here at {}\n{}, {}",
            format::moment(arrival.at),
            number::exact_size(arrival.value.len() as u64),
            if arrival.delta_bytes.is_some() { "as a delta" } else { "as a whole value" },
        ))
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        if let [row] = rows
            && let (Some(path), Some(entry)) = (&self.facts.selected, self.entry(*row))
        {
            let arrival = &entry.arrival;
            crate::ui::dialogs::copy_as::value_items_ui(ui, self.cx, path, self.spec, &arrival.value, arrival.at);
        }
    }

    fn copied(&self, rows: &[usize]) -> Option<String> {
        let texts: Vec<String> =
            rows.iter().filter_map(|row| self.entry(*row)).map(|entry| whole_text(self.spec, entry)).collect();
        Some(texts.join("\n"))
    }
}
