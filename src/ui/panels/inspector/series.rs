//! `TIME_SERIES` topics: the events seen as a table, a chart if they are numbers, and the chosen event's value.

use super::chart::HistoryChart;
use super::parts;
use super::range_query;
use super::shown::{Shown, no_value_ui};
use super::value_cache::Decoded;
use super::views::Views;
use crate::data::value::time_series::{Event, EventMetadata};
use crate::data::value::{self, DataType, Value};
use crate::data::{Timestamp, TopicSpec};
use crate::model::inspector::Inspector as Facts;
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::rows::{RowFacts, motion};
use crate::ui::widgets::table::{Column, Table, TableState};
use egui::Ui;
use std::collections::HashMap;

/// Events read from the history in one frame.
const FRAME_EVENTS: usize = 2000;

/// An event as it is listed.
struct Line {
    number: u64,
    metadata: EventMetadata,
    /// Sequence of the event that this one edits.
    edits: Option<i64>,
}

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
    table: TableState,
    /// Number of the chosen entry; none follows the latest.
    chosen: Option<u64>,
    opened: Option<(u64, TopicSpec, Event)>,
}

impl SeriesView {
    /// Draws the series whose latest event is given.
    #[expect(clippy::too_many_arguments, reason = "what one view needs, each used once")]
    pub fn ui(
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
        parts::tool_row(ui, |ui| {
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
            ui.add(egui::Label::new(theme::faint(ui, words)).truncate()).on_hover_text(hover);
        });
        if numeric && self.form == Form::Chart {
            chart.follow_value();
            chart.ui(ui, facts, &current.spec);
            return;
        }
        let room = ui.available_height();
        let below = (room * 0.5).max((room - 22.0 * (self.lines.len() as f32 + 2.0)).min(room * 0.8));
        // Two views at once: the table above, the chosen event below.
        let [above, below] = parts::split(ui, below);
        let mut chosen = self.chosen;
        parts::within(ui, "events", above, |ui| {
            table_ui(ui, facts, &current.spec, &self.lines, &self.edited, &mut self.table, &mut chosen);
        });
        self.chosen = chosen;
        let follows = self.chosen.is_none();
        let opened = self.open(facts, current, latest);
        parts::within(ui, "event", below, |ui| {
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

fn table_ui(
    ui: &mut Ui,
    facts: &Facts,
    spec: &TopicSpec,
    lines: &[Line],
    edited: &HashMap<i64, i64>,
    table: &mut TableState,
    chosen: &mut Option<u64>,
) {
    let wide = [
        Column::new("Sequence", 82.0).right().fixed_order(),
        Column::new("Timestamp (server)", 166.0).fixed_order(),
        Column::new("Edited", 100.0).fixed_order(),
        Column::new("Author", 90.0).fixed_order(),
        Column::new("Value", 160.0).fixed_order(),
    ];
    // Where there is little room the author is left to the hover text.
    let narrow = [
        Column::new("Seq.", 56.0).right().fixed_order(),
        Column::new("Server time", 96.0).fixed_order(),
        Column::new("Edited", 76.0).fixed_order(),
        Column::new("Value", 100.0).fixed_order(),
    ];
    let roomy = ui.available_width() > 560.0;
    let columns: &[Column<'_>] = if roomy { &wide } else { &narrow };
    let tokens = Tokens::of(ui);
    let mut clicked = None;
    let line_at = |row: usize| lines.len().checked_sub(row + 1).and_then(|at| lines.get(at));
    let output = Table::new("Events of the series", columns, lines.len()).show(ui, table, |ui, row, cells| {
        let Some(line) = line_at(row.index) else { return };
        let Some(entry) = facts.entry(line.number) else { return };
        let text = value::preview(spec, &entry.arrival.value, 200);
        let edit = match (line.edits, edited.get(&line.metadata.sequence)) {
            (Some(original), _) => format!("edit of {}", number::grouped(original)),
            (None, Some(by)) => format!("edited by {}", number::grouped(*by)),
            (None, None) => String::new(),
        };
        let m = &line.metadata;
        let sequence = number::grouped(m.sequence);
        let selected = *chosen == Some(line.number) || (chosen.is_none() && row.index == 0);
        let facts = RowFacts { selected, ..RowFacts::default() };
        let response = row.interact(ui, &format!("Event {sequence}, {edit}, {text}"), facts);
        if response.clicked() {
            clicked = Some(row.index);
        }
        let outdated = line.edits.is_none() && !edit.is_empty();
        let ink = if outdated { tokens.text_faint } else { tokens.text };
        cells.mono(ui, 0, &sequence, ink);
        let at = Timestamp::from_millis(m.timestamp_millis);
        let time = if roomy { parts::date_millis(at) } else { parts::clock_millis(at) };
        cells.text(ui, 1, &time, tokens.text_muted);
        cells.text(ui, 2, &edit, if line.edits.is_some() { tokens.warn.strong } else { tokens.text_faint });
        let author = if m.author.is_empty() { "anonymous" } else { &m.author };
        if roomy {
            cells.text(ui, 3, author, tokens.text_muted);
        }
        cells.mono(ui, columns.len() - 1, &text, ink);
        response.on_hover_text(format!(
            "By {author}\nTimestamp of the server: {}\nReceived here: {}",
            format::moment(Timestamp::from_millis(m.timestamp_millis)),
            format::moment(entry.arrival.at)
        ));
    });
    if clicked.is_some() {
        output.rows.response.request_focus();
    }
    if output.rows.response.has_focus() {
        let at = lines.iter().position(|line| Some(line.number) == *chosen).map_or(0, |at| lines.len() - 1 - at);
        if let Some(next) = motion(ui, Some(at), lines.len(), output.rows.page) {
            table.rows.scroll_to(next, None);
            clicked = Some(next);
        }
    }
    match clicked {
        // The first row is the latest event: choosing it follows what comes.
        Some(0) => *chosen = None,
        Some(row) => *chosen = line_at(row).map(|line| line.number),
        None => {}
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
