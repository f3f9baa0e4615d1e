//! The views of values by type.

use super::chart::HistoryChart;
use super::shown::{Shown, no_value_ui};
use super::{binary, json, number, record, text};
use crate::data::value::Value;
use crate::model::inspector::Inspector as Facts;
use crate::ui::cx::Cx;
use egui::{Rect, Ui};

/// How values of each type look.
#[derive(Default)]
pub(super) struct Views {
    /// Also asked for the part of a JSON value that the user wants to edit.
    pub json: json::JsonView,
    text: text::StringView,
    binary: binary::BinaryView,
    record: record::RecordView,
}

impl Views {
    /// Draws a value that is no event of a time series; gives back where a double click edits it.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        facts: &Facts,
        chart: &mut HistoryChart,
        shown: Shown<'_>,
    ) -> Rect {
        match shown.value {
            Value::Json(json) => self.json.ui(ui, cx, facts, chart, shown, json),
            Value::String(Some(content)) => self.text.ui(ui, cx, facts, shown, content),
            Value::Binary(bytes) => self.binary.ui(ui, bytes, shown.generation),
            Value::RecordV2(records) => self.record.ui(ui, shown, records),
            Value::Int64(Some(n)) => number::int64_ui(ui, facts, chart, shown, *n),
            Value::Double(Some(n)) => number::double_ui(ui, facts, chart, shown, *n),
            Value::String(None) | Value::Int64(None) | Value::Double(None) | Value::Event(_) => {
                let room = ui.available_rect_before_wrap();
                no_value_ui(ui);
                room
            }
        }
    }

    pub(super) fn forget(&mut self) {
        self.json.forget();
        self.text.forget();
        self.binary.forget();
        self.record = record::RecordView::default();
    }
}
