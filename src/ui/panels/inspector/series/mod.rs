//! `TIME_SERIES` topics: the events seen as a table, a chart if they are numbers, and the chosen event's value.

mod rows;

use super::chart::HistoryChart;
use super::parts;
use super::range_query;
use super::shown::{Shown, no_value_ui};
use super::value_cache::Decoded;
use super::views::Views;
use crate::data::value::time_series::Event;
use crate::data::value::{self, DataType, Value};
use crate::data::{Timestamp, TopicSpec};
use crate::model::inspector::Inspector as Facts;
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme;
use crate::ui::theme::tokens::space;
use crate::ui::widgets::data_table::{DataTable, TableSource, TableState};
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::split::Split;
use egui::Ui;
use rows::{COLUMNS, Col, Line, SeriesRows};
pub(super) use rows::{author, fitting_time};
use std::collections::HashMap;

/// Events read from the history in one frame.
const FRAME_EVENTS: usize = 2000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Table,
    Chart,
}

/// How a time series looks.
#[derive(Default)]
pub(super) struct SeriesView {
    form: Form,
    lines: Vec<Line>,
    /// For each event edited, the sequence of the edit that counts.
    edited: HashMap<i64, i64>,
    read_to: u64,
    table: TableState<u64, Col>,
    /// Number of the chosen entry; none follows the latest.
    chosen: Option<u64>,
    opened: Option<(u64, TopicSpec, Event)>,
}

impl SeriesView {
    /// Draws the series whose latest event is given.
    #[expect(clippy::too_many_arguments, reason = "what one view needs, each used once")]
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        facts: &Facts,
        chart: &mut HistoryChart,
        views: &mut Views,
        current: &Decoded,
        latest: &Event,
    ) {
        if self.renew(facts, &current.spec) {
            ui.ctx().request_repaint();
        }
        let numeric = matches!(current.spec.event_type(), Some(DataType::Int64 | DataType::Double));
        tool_row(ui, |ui| {
            range_query::switch_ui(ui, cx, false);
            if numeric {
                parts::segments(ui, &mut self.form, &[(Form::Table, "Table"), (Form::Chart, "Chart")]);
            }
            let edits = self.lines.iter().filter(|line| line.edits.is_some()).count() as u64;
            let seen = number::count_of(self.lines.len() as u64, "event", "events");
            let words = match edits {
                0 => format!("{seen} seen here"),
                _ => format!("{seen} seen here, {} among them", number::count_of(edits, "edit", "edits")),
            };
            let hover = "Events that arrived since the topic was selected. The server may keep more";
            ui.add(egui::Label::new(theme::faint(ui, words)).truncate()).on_hover_text(theme::text(hover));
        });
        if numeric && self.form == Form::Chart {
            chart.follow_value();
            chart.ui(ui, facts, &current.spec);
            return;
        }
        let room = ui.available_height();
        let below = (room * 0.5).max((room - 22.0 * (self.lines.len() as f32 + 2.0)).min(room * 0.8));
        // Two views at once: the table above, the chosen event below.
        let [above, below] = Split::below("series").detail_points(below).areas(ui);
        within(ui, "events", above, |ui| self.table_ui(ui, facts, &current.spec));
        let follows = self.chosen.is_none();
        let opened = self.open(facts, current, latest);
        within(ui, "event", below, |ui| {
            event_ui(ui, cx, facts, chart, views, &current.spec, follows, opened);
        });
    }

    /// Reads events that came since; true if there are more.
    fn renew(&mut self, facts: &Facts, spec: &TopicSpec) -> bool {
        let first = facts.history.front().map_or(u64::MAX, |entry| entry.number);
        let gone = self.lines.partition_point(|line| line.number < first);
        self.lines.drain(..gone);
        let last = facts.last_shown();
        let begin = (self.read_to + 1).max(first);
        for number in begin..=last {
            if number - begin >= FRAME_EVENTS as u64 {
                return true;
            }
            self.read_to = number;
            let Some(entry) = facts.entry(number) else { continue };
            if let Ok(Value::Event(event)) = value::decode_topic(spec, &entry.arrival.value) {
                let edits = event.original.as_ref().map(|original| original.sequence);
                if let Some(original) = edits {
                    self.edited.insert(original, event.metadata.sequence);
                }
                self.lines.push(Line { number, metadata: event.metadata, edits });
            }
        }
        false
    }

    fn table_ui(&mut self, ui: &mut Ui, facts: &Facts, spec: &TopicSpec) {
        // Without a choice the latest is shown, without scrolling to it.
        if let Some(latest) = self.lines.last().filter(|_| self.chosen.is_none()) {
            self.table.mark(latest.number);
        }
        let source = SeriesRows { facts, spec, lines: &self.lines, edited: &self.edited };
        let output = DataTable::new("series", "Events of the series", &COLUMNS).show(ui, &mut self.table, &source);
        match output.moved {
            // The first row is the latest event: choosing it follows what comes.
            Some(0) => self.chosen = None,
            Some(row) => self.chosen = Some(source.key(row)),
            None => {}
        }
    }

    /// The event whose value is shown, with a generation of its own.
    fn open<'a>(
        &'a mut self,
        facts: &Facts,
        current: &'a Decoded,
        latest: &'a Event,
    ) -> (u64, &'a TopicSpec, &'a Event) {
        let inner = |number: u64, event: Event| {
            let of = current.spec.event_type().map_or(crate::data::TopicType::Unknown, DataType::topic_type);
            Some((number, TopicSpec { topic_type: of, properties: current.spec.properties.clone() }, event))
        };
        // Generations of the value itself count up from 1; those of chosen events must not meet them.
        let key = self.chosen.map_or(current.generation, |number| number | 1 << 62);
        if self.opened.as_ref().is_none_or(|(made, ..)| *made != key) {
            let entry = self.chosen.and_then(|number| facts.entry(number));
            let event = entry.map(|entry| value::decode_topic(&current.spec, &entry.arrival.value));
            self.opened = if let Some(Ok(Value::Event(event))) = event {
                inner(key, *event)
            } else {
                self.chosen = None;
                inner(current.generation, latest.clone())
            };
        }
        match &self.opened {
            Some((generation, spec, event)) => (*generation, spec, event),
            None => (current.generation, &current.spec, latest),
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "what one view needs, each used once")]
fn event_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    facts: &Facts,
    chart: &mut HistoryChart,
    views: &mut Views,
    topic: &TopicSpec,
    latest: bool,
    (generation, spec, event): (u64, &TopicSpec, &Event),
) {
    egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 8, top: 4, bottom: 2 }).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(theme::strong(format!("Event {}", number::grouped(event.metadata.sequence))));
            if let Some(original) = &event.original {
                ui.label(theme::muted(ui, format!("edit of {}", number::grouped(original.sequence))));
            }
            ui.label(theme::faint(ui, format::moment(Timestamp::from_millis(event.metadata.timestamp_millis))));
            let edit = ui.small_button("Edit…");
            if edit.on_hover_text("Give this event another value; the original stays").clicked() {
                // An edit of an edit belongs to the original event.
                let sequence = event.original.as_ref().map_or(event.metadata.sequence, |o| o.sequence);
                let value = event.value.clone();
                cx.send(crate::model::editor::Intent::OpenEvent { sequence, value });
            }
        });
    });
    match &event.decoded {
        Some(value) if ui.available_height() > 30.0 => {
            let shown = Shown { generation, spec, topic, latest, bytes: &event.value, value };
            views.ui(ui, cx, facts, chart, shown);
        }
        Some(_) => {}
        None => no_value_ui(ui),
    }
}
