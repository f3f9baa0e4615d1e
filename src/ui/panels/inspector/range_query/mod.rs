//! What the server keeps of a time series: the form of a range query, and the events found as table, chart and value.

mod chart;
mod day;
mod form;
mod table;

use super::chart::HistoryChart;
use super::parts;
use super::shown::{Shown, no_value_ui};
use super::views::Views;
use crate::data::file_format::csv::Formulas;
use crate::data::value::time_series::decode_event_value;
use crate::data::value::{Value, ValueError};
use crate::data::{DataType, Timestamp, TopicPath, TopicSpec};
use crate::model::error_text;
use crate::model::inspector::Inspector as Facts;
use crate::model::link::CallError;
use crate::model::number;
use crate::model::range_query::form::{Form as Asked, MOST_EVENTS};
use crate::model::range_query::{Event, Found, Intent, QueryType, TopicQuery, export, missing_permission};
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::dialogs::copy_as::formulas_ui;
use crate::ui::format;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::menu;
use crate::ui::widgets::split::Split;
use crate::ui::widgets::states;
use egui::Ui;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Table,
    Chart,
}

/// The event whose value is shown: answer and place in it, and its value decoded.
struct Opened {
    serial: u64,
    at: usize,
    value: Result<Option<Value>, ValueError>,
}

/// How the query of a topic looks.
#[derive(Default)]
pub(super) struct QueryView {
    form: Form,
    /// Whether the fields are shown; until the user says so, they are until something was found.
    unfolded: Option<bool>,
    table: table::EventTable,
    chart: chart::EventChart,
    opened: Option<Opened>,
    formulas: Formulas,
}

/// The switch between what arrives and what the server keeps.
pub(super) fn switch_ui(ui: &mut Ui, cx: &Cx<'_>, in_front: bool) {
    let mut chosen = in_front;
    parts::segments(ui, &mut chosen, &[(false, "Live events"), (true, "Query")]);
    if chosen != in_front {
        cx.send(Intent::SetFront(chosen));
    }
}

impl QueryView {
    /// Draws the query of a topic.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        at: &Connected,
        views: &mut Views,
        query: &TopicQuery,
        topic: &TopicSpec,
    ) {
        let found = query.result.ready();
        tool_row(ui, |ui| self.tools_ui(ui, cx, found));
        let mut unfolded = self.unfolded.unwrap_or(found.is_none());
        let before = unfolded;
        let waiting = query.result.loading.map(|(_, since)| cx.now().secs_since(since));
        let blocked = at.read_block_reason().map(BlockReason::sentence);
        form::form_ui(ui, cx, &query.form, &mut unfolded, &form::Standing { blocked, waiting });
        if unfolded != before {
            self.unfolded = Some(unfolded);
        }
        if let Some(secs) = waiting {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(250));
            if found.is_some() && format::seconds(secs) >= states::QUIET_FOR {
                states::progress_line(ui, format::seconds(secs));
            }
        }
        match (found, waiting, &query.result.error) {
            (None, Some(secs), _) => {
                if states::loading_ui(ui, "Asking for the events…", format::seconds(secs), true) {
                    cx.send(Intent::Cancel);
                }
            }
            (None, None, Some(error)) if ui.available_height() < 190.0 => banner_of_failure(ui, cx, query, error),
            (None, None, Some(error)) => failed_ui(ui, cx, query, error),
            (None, None, None) => {
                let text = "Live events are those that arrived since the topic was selected. \
                            A query asks the server for what it keeps, with edits if you like";
                let act = (blocked.is_none() && form::is_valid(&query.form)).then_some("Run this query");
                let title = "Nothing asked yet";
                if ui.available_height() < 190.0 {
                    format::empty_ui(ui, Icon::Clock, title, text); // there is the button above
                } else if states::empty_ui(ui, Icon::Clock, title, text, act) {
                    cx.send(Intent::Run);
                }
            }
            (Some(found), _, error) => {
                if let Some(error) = error.as_ref().filter(|_| waiting.is_none()) {
                    banner_of_failure(ui, cx, query, error);
                }
                self.found_ui(ui, cx, query, found, views, topic);
            }
        }
    }

    fn tools_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, found: Option<&Found>) {
        switch_ui(ui, cx, true);
        let Some(found) = found.filter(|found| !found.events.is_empty()) else { return };
        if chart::EventChart::can_show(found.data_type) {
            parts::segments(ui, &mut self.form, &[(Form::Table, "Table"), (Form::Chart, "Chart")]);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let save = icon_button(ui, Icon::Save, "Save the events found");
            menu::popup(egui::Popup::menu(&save), |ui| {
                for (words, format) in
                    [("Save as CSV…", export::Format::Csv(self.formulas)), ("Save as JSON…", export::Format::Json)]
                {
                    if ui.button(theme::text(words)).clicked() {
                        cx.send(Intent::Save(format));
                        ui.close();
                    }
                }
                ui.separator();
                formulas_ui(ui, &mut self.formulas);
            });
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let edits = found.events.iter().filter(|event| event.original.is_some()).count() as u64;
                let count = number::count_of(found.events.len() as u64, "event", "events");
                let said = match edits {
                    0 => count,
                    _ => format!("{count}, {}", number::count_of(edits, "edit", "edits")),
                };
                ui.add(egui::Label::new(theme::faint(ui, said)).truncate());
            });
        });
    }

    fn found_ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        query: &TopicQuery,
        found: &Found,
        views: &mut Views,
        topic: &TopicSpec,
    ) {
        if found.events.is_empty() {
            let text = "The server keeps no event there. Choose a wider range, or wait for the next event";
            format::empty_ui(ui, Icon::Clock, "No events in this range", text);
            return;
        }
        if !found.is_complete() {
            incomplete_ui(ui, cx, found, &query.form);
        }
        let spec = found.event_spec(topic);
        if self.form == Form::Chart && chart::EventChart::can_show(found.data_type) {
            self.chart.ui(ui, found, &spec);
            return;
        }
        let room = ui.available_height();
        let wanted = 22.0 * (found.events.len() as f32 + 2.0);
        let numeric = matches!(found.data_type, Some(DataType::Int64 | DataType::Double));
        // A number is whole in its row: below it only what can be done with the event has to have room.
        let least = if numeric && room < 320.0 { 60.0 } else { room * 0.42 };
        let detail = least.max((room - wanted).min(room * 0.8));
        let [above, below] = Split::below("range query").detail_points(detail).areas(ui);
        let (table, formulas) = (&mut self.table, self.formulas);
        let chosen = within(ui, "events found", above, |ui| table.ui(ui, cx, found, &spec, &query.form, formulas));
        if let Some((at, event)) = chosen.and_then(|at| Some((at, found.events.get(at)?))) {
            within(ui, "event found", below, |ui| {
                self.event_ui(ui, cx, found, views, &spec, topic, (at, event));
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what one view needs, each used once")]
    fn event_ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        found: &Found,
        views: &mut Views,
        spec: &TopicSpec,
        topic: &TopicSpec,
        (at, event): (usize, &Event),
    ) {
        event_head_ui(ui, cx, found, event, self.formulas);
        if ui.available_height() < 30.0 {
            return;
        }
        let opened = match &mut self.opened {
            Some(opened) if opened.serial == found.serial && opened.at == at => opened,
            other => other.insert(Opened {
                serial: found.serial,
                at,
                value: decode_event_value(
                    DataType::of_topic_type(spec.topic_type).unwrap_or(DataType::Binary),
                    &event.value,
                ),
            }),
        };
        match &opened.value {
            Ok(Some(value)) => {
                // Its history is not that of the live topic, so the views are given none.
                let (facts, mut chart) = (Facts::default(), HistoryChart::catcher());
                let generation = 1 << 61 | found.serial << 24 | at as u64;
                let shown = Shown { generation, spec, topic, latest: false, bytes: &event.value, value };
                views.ui(ui, cx, &facts, &mut chart, shown);
                if let Some(pointer) = chart.caught() {
                    self.chart.follow(pointer);
                    self.form = Form::Chart;
                }
            }
            Ok(None) => no_value_ui(ui),
            Err(error) => {
                let what = format!("This is no value of type {}", spec.topic_type.name());
                format::empty_ui(ui, Icon::Error, &what, &error.to_string());
            }
        }
    }
}

/// Which event it is, and what can be done with it.
fn event_head_ui(ui: &mut Ui, cx: &Cx<'_>, found: &Found, event: &Event, formulas: Formulas) {
    egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 8, top: 4, bottom: 2 }).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(theme::strong(format!("Event {}", number::grouped(event.metadata.sequence))));
            let edit = table::edit_words(found, event);
            if !edit.is_empty() {
                ui.label(theme::muted(ui, edit));
            }
            ui.label(theme::faint(ui, format::moment(Timestamp::from_millis(event.metadata.timestamp_millis))));
            let edit = ui.small_button("Edit event…");
            if edit.on_hover_text("Give this event another value; the original stays").clicked() {
                cx.send(table::edit_intent(event));
            }
            if ui.small_button("Copy event value").clicked() {
                cx.send(crate::model::Intent::Copy(export::value_text(found.data_type, &event.value)));
            }
            if ui.small_button("Copy CSV row").on_hover_text(theme::text(export::CSV_HEAD.replace(',', ", "))).clicked()
            {
                cx.send(crate::model::Intent::Copy(export::csv_row(found.data_type, event, formulas)));
            }
        });
    });
}

/// The server selected more than is here.
fn incomplete_ui(ui: &mut Ui, cx: &Cx<'_>, found: &Found, form: &Asked) {
    let shown = found.events.len() as u64;
    let what = format!(
        "Not complete: the newest {} of {} are shown",
        number::grouped(shown),
        number::count_of(found.selected, "event", "events")
    );
    let by_limit = i64::try_from(shown).is_ok_and(|shown| shown >= found.request.limit);
    let (why, more) = match by_limit {
        true if found.request.limit < MOST_EVENTS => {
            ("The form asks for no more", Some(found.selected.min(MOST_EVENTS.unsigned_abs())))
        }
        true => ("This is the most that is asked for at once; narrow the range for the others", None),
        false => ("The server sends no more at once; narrow the range for the others", None),
    };
    let tint = Tokens::of(ui).warn;
    egui::Frame::new().inner_margin(egui::Margin { left: 8, right: 8, top: 4, bottom: 4 }).show(ui, |ui| {
        states::banner(ui, tint, Icon::Scissors, &what, why, |ui| {
            let Some(more) = more else { return };
            if ui.button(theme::text(format!("Ask for {}", number::grouped(more)))).clicked() {
                cx.send(Intent::SetForm(Asked { limit: more.to_string(), ..form.clone() }));
                cx.send(Intent::Run);
            }
        });
    });
}

/// Why nothing was found, in the middle of the view.
fn failed_ui(ui: &mut Ui, cx: &Cx<'_>, query: &TopicQuery, error: &CallError) {
    let denied = query.failed.as_ref().and_then(|request| missing_permission(error, request));
    if let Some(permission) = denied {
        let about_edits = permission != "READ_TOPIC";
        let what = if about_edits { "Cannot read what was edited" } else { "Cannot read the events" };
        let act = about_edits.then_some("Ask for the latest view");
        if states::permission_ui(ui, what, permission, query.path.as_str(), act) {
            cx.send(Intent::RunLatest);
        }
        return;
    }
    let said = failure_words(&query.path, error);
    let details = (!said.details.is_empty()).then_some(said.details.as_str());
    let failure = states::Failure { what: &said.summary, why: &said.remedy, act: Some("Try again"), details };
    if states::error_ui(ui, failure).act {
        cx.send(Intent::Run);
    }
}

/// Why the latest query failed, above what an earlier one found.
fn banner_of_failure(ui: &mut Ui, cx: &Cx<'_>, query: &TopicQuery, error: &CallError) {
    let denied = query.failed.as_ref().and_then(|request| missing_permission(error, request));
    let mut said = failure_words(&query.path, error);
    let mut act = "Try again";
    let mut intent = Intent::Run;
    if let Some(permission) = denied {
        said.summary = format!("Needs {permission} at {}", query.path);
        said.remedy = "Ask an administrator. Below is what was found before".into();
        if query.failed.as_ref().is_some_and(|request| request.query_type != QueryType::Values) {
            (act, intent) = ("Ask for the latest view", Intent::RunLatest);
        }
    }
    egui::Frame::new().inner_margin(egui::Margin { left: 8, right: 8, top: 4, bottom: 4 }).show(ui, |ui| {
        let failure = states::Failure { what: &said.summary, why: &said.remedy, act: Some(act), details: None };
        if states::error_banner(ui, failure).act {
            cx.send(intent);
        }
    });
}

fn failure_words(path: &TopicPath, error: &CallError) -> error_text::ErrorText {
    let mut said = error_text::call(error, &format!("query the events of “{path}”"));
    if let CallError::TimedOut { secs } = error {
        // Nothing can have been changed by asking.
        said.summary = format!("Cannot query the events of “{path}”: no answer within {secs} s");
        said.remedy = "Ask for fewer events, or try again.".into();
    }
    said
}
