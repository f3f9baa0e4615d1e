//! The value by its type: chooses the view, and shows what cannot be opened.

use super::chart::HistoryChart;
use super::editor::PartAct;
use super::shown::Shown;
use super::value_cache::{Content, Decoded, LARGE_BYTES};
use super::views::Views;
use super::{parts, range_query, series};
use crate::data::value::Value;
use crate::data::{TopicPath, TopicSpec, TopicType};
use crate::model::Connected;
use crate::model::inspector::Inspector as Facts;
use crate::model::number as figures;
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::hex::{HexState, hex_ui};
use crate::ui::widgets::json_tree::JsonTreeState;
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::states;
use crate::ui::widgets::text_view::{Colouring, TextState, text_ui};
use egui::{Rect, Ui};

/// Bytes of a large value that are shown without opening it.
const PREVIEW_BYTES: usize = 64 << 10;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum RawForm {
    #[default]
    Text,
    Hex,
}

/// The tab with the value.
#[derive(Default)]
pub(super) struct ValueView {
    views: Views,
    chart: HistoryChart,
    series: series::SeriesView,
    query: range_query::QueryView,
    form: RawForm,
    raw_text: Option<(u64, String)>,
    text: TextState,
    hex: HexState,
    /// Where a double click edits the value; set by each drawing.
    editable: Option<Rect>,
}

impl ValueView {
    /// The part of a JSON value that the user wants to edit, and how the tree stands.
    pub(super) fn take_wish(&mut self) -> Option<(String, PartAct, JsonTreeState)> {
        self.views.json.take_wish()
    }

    /// The part of a JSON value at which the keyboard was last.
    pub(super) fn take_place(&mut self) -> Option<(String, PartAct, JsonTreeState)> {
        self.views.json.take_place()
    }

    /// Whether the value was double-clicked where that edits it.
    pub(super) fn double_clicked(&self, ui: &Ui) -> bool {
        let twice = ui.input(|i| i.pointer.button_double_clicked(egui::PointerButton::Primary));
        twice && self.editable.is_some_and(|rect| ui.rect_contains_pointer(rect))
    }

    /// Another topic is shown.
    pub(super) fn forget(&mut self) {
        let mut views = std::mem::take(&mut self.views);
        views.forget();
        *self = Self { views, form: self.form, ..Self::default() };
    }

    /// Draws the query of a time series if it is in front of what arrives; else the switch to it, where the view of
    /// the live events does not draw it. True if there is nothing else to draw.
    pub(super) fn query_ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        connected: &Connected,
        path: &TopicPath,
        current: Option<&Decoded>,
    ) -> bool {
        let series = |spec: &&std::sync::Arc<TopicSpec>| spec.topic_type == TopicType::TimeSeries;
        let Some(topic) = connected.inspector.spec.as_ref().filter(series) else { return false };
        if let Some(query) = connected.range_query.of(path).filter(|query| query.in_front) {
            self.query.ui(ui, cx, connected, &mut self.views, query, topic);
            return true;
        }
        if !current.is_some_and(|current| matches!(current.content, Content::Value(Value::Event(_)))) {
            tool_row(ui, |ui| range_query::switch_ui(ui, cx, false));
        }
        false
    }

    /// Draws it; true if a large value shall be opened.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, path: &TopicPath, current: &Decoded) -> bool {
        self.editable = None;
        match &current.content {
            Content::Value(Value::Event(event)) => {
                self.series.ui(ui, cx, facts, &mut self.chart, &mut self.views, current, event);
                false
            }
            Content::Value(value) => {
                let shown = Shown {
                    generation: current.generation,
                    spec: &current.spec,
                    topic: &current.spec,
                    latest: true,
                    bytes: &current.arrival.value,
                    value,
                };
                self.editable = Some(self.views.ui(ui, cx, facts, &mut self.chart, shown));
                false
            }
            Content::Unreadable(error) => {
                let what = format!("This is no value of type {}", current.spec.topic_type.name());
                egui::Frame::new().inner_margin(8).show(ui, |ui| {
                    let tint = Tokens::of(ui).error;
                    let act = states::banner(ui, tint, Icon::Error, &what, &error.to_string(), |ui| {
                        ui.button("Show where").clicked()
                    });
                    if act.1 {
                        self.form = RawForm::Hex;
                        self.hex.select(error.offset..error.offset + 1, 16);
                    }
                });
                self.raw_ui(ui, path, current, current.arrival.value.len());
                false
            }
            Content::Large => {
                let size = current.arrival.value.len();
                let what = format!("{} is too large to open at once", figures::size(size as u64));
                let why = format!(
                    "The first {} of {} are shown",
                    figures::size(PREVIEW_BYTES as u64),
                    figures::exact_size(size as u64)
                );
                let mut open = false;
                egui::Frame::new().inner_margin(8).show(ui, |ui| {
                    let tint = Tokens::of(ui).info;
                    open = states::banner(ui, tint, Icon::Scissors, &what, &why, |ui| {
                        let limit = figures::size(LARGE_BYTES as u64);
                        let hover =
                            format!("Values of this topic above {limit} are decoded and shown whole from now on");
                        ui.button("Open all").on_hover_text(theme::text(hover)).clicked()
                    })
                    .1;
                });
                self.raw_ui(ui, path, current, PREVIEW_BYTES);
                open
            }
        }
    }

    /// The first bytes, whatever they mean.
    fn raw_ui(&mut self, ui: &mut Ui, path: &TopicPath, current: &Decoded, most: usize) {
        let bytes = &current.arrival.value[..current.arrival.value.len().min(most).min(LARGE_BYTES)];
        tool_row(ui, |ui| {
            parts::segments(ui, &mut self.form, &[(RawForm::Text, "Text"), (RawForm::Hex, "Hex")]);
            ui.label(theme::faint(ui, format!("Bytes of {path} as they arrived")));
        });
        match self.form {
            RawForm::Hex => drop(hex_ui(ui, "Bytes of the value", bytes, &mut self.hex)),
            RawForm::Text => {
                if self.raw_text.as_ref().is_none_or(|(generation, _)| *generation != current.generation) {
                    self.raw_text = Some((current.generation, String::from_utf8_lossy(bytes).into_owned()));
                }
                if let Some((generation, text)) = &self.raw_text {
                    text_ui(ui, "Bytes of the value as text", text, *generation, Colouring::Plain, &mut self.text);
                }
            }
        }
    }
}
