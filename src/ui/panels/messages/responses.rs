//! What became of the request that is shown: its answer, why there is none, or the responses of sessions as they come.

use super::history::target_words;
use super::requests::Turn;
use super::value::{ValueView, line_of, text_of, type_name};
use crate::data::{SessionId, shown};
use crate::model::messages::sentence::{self, Act, Sentence};
use crate::model::requests::{Entry, Group, Intent, Response, State};
use crate::model::{self, Connected, link::CallError, link::FilterOutcome, number};
use crate::ui::commands::messages as keys;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::split::Split;
use crate::ui::widgets::states;
use egui::{Align, Frame, Layout, Margin, ProgressBar, Ui};
use std::borrow::Cow;

/// Which responses are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Which {
    #[default]
    All,
    Answered,
    Failed,
}

/// How it looks.
#[derive(Default)]
pub(super) struct ResponseView {
    value: ValueView,
    which: Which,
    groups: bool,
    table: TableState<u64, Col>,
    group_table: TableState<u64, GroupCol>,
    made: Option<(u64, u64, Vec<Group>)>,
}

/// The name of a failure, for a narrow column.
pub(super) fn code_name(error: &CallError) -> Cow<'static, str> {
    match error {
        CallError::Service { code, .. } => match code.name() {
            Some(name) => name.into(),
            None => code.0.to_string().into(),
        },
        CallError::TooLarge { .. } => "too large".into(),
        CallError::BadAnswer(_) => "answer not readable".into(),
        CallError::ReadOnly => "read-only".into(),
        _ => "not sent".into(),
    }
}

impl ResponseView {
    /// Draws it into the room that is left.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, entry: &Entry) -> Turn {
        let mut turn = Turn::Stay;
        tool_row(ui, |ui| head_ui(ui, cx, entry));
        if let Some(words) = sentence::of(entry) {
            Self::sentence_ui(ui, cx, connected, entry, &words, &mut turn);
        }
        match &entry.state {
            State::Answered(value) => {
                let name = type_name(value);
                let other = value.topic_type() != Some(entry.message.data_type.topic_type());
                let words = if other { format!("Answered with {name}") } else { name };
                ui.horizontal(|ui| {
                    ui.add_space(10.0);
                    ui.label(theme::muted(ui, words));
                    if ui.small_button("Copy value").clicked() {
                        let text = text_of(value)
                            .map_or_else(|| crate::ui::widgets::hex::digits(&value.content), |(text, _)| text);
                        cx.send(model::Intent::Copy(text));
                    }
                });
                self.value.ui(ui, "Answer", value);
            }
            State::Waiting => waiting_ui(ui, cx, entry),
            State::Asked { .. } => self.filter_ui(ui, cx, entry),
            State::Unsent => format::empty_ui(ui, Icon::Edit, "Unsent", "It was typed and not sent"),
            State::NoAnswer(_) | State::Failed(_) | State::BadFilter(_) => {}
        }
        turn
    }

    fn sentence_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, entry: &Entry, words: &Sentence, turn: &mut Turn) {
        Frame::new().inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
            let tokens = Tokens::of(ui);
            ui.horizontal_wrapped(|ui| {
                theme::icon(ui, Icon::Warning, 14.0, tokens.warn.strong);
                ui.add(egui::Label::new(theme::strong(&words.text)).selectable(true).wrap());
            });
            if !words.details.is_empty() {
                ui.add(egui::Label::new(theme::faint(ui, &words.details)).selectable(true).wrap());
            }
            ui.horizontal_wrapped(|ui| {
                let blocked = connected.block_reason(cx.now());
                for act in &words.acts {
                    let sends = matches!(act, Act::SendAgain | Act::AnswerHere);
                    let enabled = !sends || blocked.is_none();
                    let button = ui.add_enabled(enabled, egui::Button::new(theme::text(act.words())));
                    let why = blocked.map(model::BlockReason::sentence).unwrap_or_default();
                    if !button.on_disabled_hover_text(theme::text(why)).clicked() {
                        continue;
                    }
                    match act {
                        Act::SendAgain => cx.send(Intent::Resend(entry.id)),
                        Act::WaitOn => cx.send(Intent::WaitOn(entry.id)),
                        Act::CopyText => {
                            let text = match &entry.state {
                                State::Failed(CallError::Service { description, .. }) => description.clone(),
                                _ => words.text.clone(),
                            };
                            cx.send(model::Intent::Copy(text));
                        }
                        Act::AnswerHere => *turn = Turn::ToAnswering(entry.message.path.clone()),
                    }
                }
            });
        });
    }

    fn filter_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, entry: &Entry) {
        if cx.pressed(ui, &keys::GROUP) {
            self.groups = !self.groups;
        }
        let responses = &entry.responses;
        tool_row(ui, |ui| {
            let grouped = number::grouped;
            let words = [
                format!("All {}", grouped(responses.count())),
                format!("Answered {}", grouped(responses.answered)),
                format!("Failed {}", grouped(responses.failed)),
            ];
            let choices = [
                (Which::All, words[0].as_str()),
                (Which::Answered, words[1].as_str()),
                (Which::Failed, words[2].as_str()),
            ];
            super::segments(ui, &mut self.which, &choices);
            ui.checkbox(&mut self.groups, "Group same");
            if responses.not_kept > 0 {
                let words = format!("{} counted only", grouped(responses.not_kept));
                ui.label(theme::muted(ui, words));
            }
        });
        if responses.count() == 0 {
            if entry.is_waiting() {
                waiting_ui(ui, cx, entry);
            }
            return;
        }
        if self.groups {
            return self.groups_ui(ui, entry);
        }
        let rows: Vec<usize> = (0..responses.rows.len()).filter(|row| self.which.has(&responses.rows[*row])).collect();
        let source = Rows { entry, rows };
        let chosen = self.table.cursor().and_then(|key| responses.rows.get(usize::try_from(*key).ok()?));
        let table = DataTable::new("responses", "Responses", &COLUMNS);
        let Some(response) = chosen.cloned() else {
            table.show(ui, &mut self.table, &source);
            return;
        };
        let [list, detail] = Split::below("response").share(0.6).areas(ui);
        within(ui, "responses", list, |ui| drop(table.show(ui, &mut self.table, &source)));
        within(ui, "response", detail, |ui| self.outcome_ui(ui, entry, &response));
    }

    fn outcome_ui(&mut self, ui: &mut Ui, entry: &Entry, response: &Response) {
        match &response.outcome {
            FilterOutcome::Answered(value) => {
                ui.horizontal(|ui| {
                    ui.add_space(10.0);
                    let words = format!("{} · {}", response.session, type_name(value));
                    ui.label(theme::muted(ui, words));
                });
                self.value.ui(ui, "Answer of the session", value);
            }
            FilterOutcome::Failed(error) => {
                let target = model::requests::Target::Session(response.session);
                let name = entry.message.data_type.topic_type().name();
                let words = sentence::refused(error, &target, &entry.message.path, name);
                Frame::new().inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
                    ui.add(egui::Label::new(theme::strong(&words.text)).selectable(true).wrap());
                    ui.add(egui::Label::new(theme::faint(ui, &words.details)).selectable(true).wrap());
                });
            }
        }
    }

    fn groups_ui(&mut self, ui: &mut Ui, entry: &Entry) {
        let stamp = (entry.id, entry.responses.count());
        if self.made.as_ref().is_none_or(|(id, count, _)| (*id, *count) != stamp) {
            self.made = Some((stamp.0, stamp.1, entry.groups()));
        }
        let Some((_, revision, groups)) = &self.made else { return };
        let groups: Vec<&Group> = groups.iter().filter(|group| self.which.has_outcome(&group.outcome)).collect();
        let source = Groups { groups, revision: *revision };
        DataTable::new("response-groups", "Groups of responses", &GROUP_COLUMNS).show(
            ui,
            &mut self.group_table,
            &source,
        );
    }
}

impl Which {
    const fn has_outcome(self, outcome: &FilterOutcome) -> bool {
        match self {
            Self::All => true,
            Self::Answered => matches!(outcome, FilterOutcome::Answered(_)),
            Self::Failed => matches!(outcome, FilterOutcome::Failed(_)),
        }
    }

    const fn has(self, response: &Response) -> bool {
        self.has_outcome(&response.outcome)
    }
}

/// What was sent to whom, how it stands, both sizes, and the time taken.
fn head_ui(ui: &mut Ui, cx: &Cx<'_>, entry: &Entry) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if entry.is_open() && ui.button(theme::text(if entry.is_waiting() { "Stop waiting" } else { "Stop" })).clicked()
        {
            cx.send(Intent::StopWaiting(entry.id));
        }
        let mut facts = Vec::new();
        if let State::Asked { sessions, .. } = entry.state {
            let grouped = number::grouped;
            facts.push(format!("{} asked", grouped(sessions)));
            facts.push(format!("{} answered", grouped(entry.responses.answered)));
            facts.push(format!("{} failed", grouped(entry.responses.failed)));
            if entry.to_come() > 0 {
                facts.push(format!("{} to come", grouped(entry.to_come())));
            }
        }
        let sent = number::size(entry.message.payload.size() as u64);
        match &entry.state {
            State::Answered(value) => {
                facts.push(format!("{sent} sent, {} answered", number::size(value.content.len() as u64)));
                facts.push(format::micros(entry.micros));
                if let Some(late) = entry.late_micros(entry.micros) {
                    facts.push(format!("{} late", format::micros(late)));
                }
            }
            _ => facts.push(format!("{sent} sent")),
        }
        ui.label(theme::muted(ui, facts.join(" · ")));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(theme::mono(shown(&entry.message.path))).truncate());
            let to = target_words(&entry.message.target);
            ui.add(
                egui::Label::new(theme::faint(ui, format!("{} · {}", format::clock(entry.at), shown(&to)))).truncate(),
            );
        });
    });
}

/// How much of the wait is over.
fn waiting_ui(ui: &mut Ui, cx: &Cx<'_>, entry: &Entry) {
    let elapsed = cx.now().secs_since(entry.at);
    let whole = entry.wait_until().secs_since(entry.at).max(0.001);
    Frame::new().inner_margin(Margin::symmetric(10, 10)).show(ui, |ui| {
        let words = format!("Waiting: {} of {}", format::age(elapsed), format::age(whole));
        ui.label(theme::text(&words));
        ui.add(
            ProgressBar::new((elapsed / whole) as f32)
                .desired_height(6.0)
                .desired_width(ui.available_width().min(420.0)),
        );
        states::progress_line(ui, format::seconds(elapsed));
    });
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Session,
    Outcome,
    Value,
    Size,
    Took,
}

const COLUMNS: [Column<'_, Col>; 5] = [
    Column::new(Col::Session, "session", "Session", 260.0),
    Column::new(Col::Outcome, "outcome", "Outcome", 140.0),
    Column::new(Col::Value, "value", "Answer", 120.0).grow(1.0),
    Column::new(Col::Size, "size", "Size", 60.0).right().from_width(520.0),
    Column::new(Col::Took, "took", "Took", 90.0).right(),
];

struct Rows<'a> {
    entry: &'a Entry,
    rows: Vec<usize>,
}

impl Rows<'_> {
    fn response(&self, row: usize) -> &Response {
        &self.entry.responses.rows[self.rows[row]]
    }
}

fn outcome_words(outcome: &FilterOutcome) -> Cow<'static, str> {
    match outcome {
        FilterOutcome::Answered(_) => "answered".into(),
        FilterOutcome::Failed(error) => match error.code.name() {
            Some(name) => name.into(),
            None => format!("failed with {}", error.code.0).into(),
        },
    }
}

fn outcome_text(outcome: &FilterOutcome) -> String {
    match outcome {
        FilterOutcome::Answered(value) => line_of(value),
        FilterOutcome::Failed(error) => error.description.clone(),
    }
}

impl TableSource for Rows<'_> {
    type Key = u64;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn revision(&self) -> u64 {
        crate::ui::widgets::data_table::revision_of(&(self.entry.id, self.rows.len()))
    }

    fn key(&self, row: usize) -> u64 {
        self.rows[row] as u64
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let response = self.response(row);
        match column {
            Col::Session => response.session.to_string().into(),
            Col::Outcome => outcome_words(&response.outcome),
            Col::Value => outcome_text(&response.outcome).into(),
            Col::Size => match &response.outcome {
                FilterOutcome::Answered(value) => number::size(value.content.len() as u64).into(),
                FilterOutcome::Failed(_) => "".into(),
            },
            Col::Took => match self.entry.late_micros(response.micros) {
                Some(late) => format!("{} late", format::micros(late)).into(),
                None => format::micros(response.micros).into(),
            },
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Took => SortKey::Int(self.response(row).micros.into()),
            Col::Size => match &self.response(row).outcome {
                FilterOutcome::Answered(value) => SortKey::Int(value.content.len() as i128),
                FilterOutcome::Failed(_) => SortKey::Missing,
            },
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        let failed = matches!(self.response(row).outcome, FilterOutcome::Failed(_));
        match column {
            Col::Value if !failed => cell.mono(ui, &text, tokens.text),
            Col::Outcome if failed => cell.text(ui, &text, tokens.error.strong),
            Col::Outcome => cell.text(ui, &text, tokens.ok.strong),
            Col::Session => cell.mono(ui, &text, tokens.text_muted),
            _ => cell.text(ui, &text, tokens.text_muted),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GroupCol {
    Count,
    Value,
    Sessions,
}

const GROUP_COLUMNS: [Column<'_, GroupCol>; 3] = [
    Column::new(GroupCol::Count, "count", "Sessions", 70.0).right(),
    Column::new(GroupCol::Value, "value", "Answer", 160.0).grow(0.6),
    Column::new(GroupCol::Sessions, "sessions", "Who", 160.0).grow(0.4),
];

struct Groups<'a> {
    groups: Vec<&'a Group>,
    revision: u64,
}

/// The ends of the IDs, which differ.
fn ends(sessions: &[SessionId], most: usize) -> String {
    let mut ends: Vec<String> =
        sessions.iter().take(most).map(|session| format!("…{:04x}", session.session & 0xffff)).collect();
    if sessions.len() > most {
        ends.push("…".to_owned());
    }
    ends.join(", ")
}

impl TableSource for Groups<'_> {
    type Key = u64;
    type Column = GroupCol;

    fn row_count(&self) -> usize {
        self.groups.len()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn key(&self, row: usize) -> u64 {
        row as u64
    }

    fn text(&self, row: usize, column: GroupCol) -> Cow<'_, str> {
        let group = self.groups[row];
        match column {
            GroupCol::Count => format!("{} ×", number::grouped(group.sessions.len() as u64)).into(),
            GroupCol::Value => match &group.outcome {
                FilterOutcome::Answered(value) => line_of(value).into(),
                failed @ FilterOutcome::Failed(_) => format!("failed: {}", outcome_words(failed)).into(),
            },
            GroupCol::Sessions => ends(&group.sessions, 20).into(),
        }
    }

    fn exact(&self, row: usize, column: GroupCol) -> Cow<'_, str> {
        let group = self.groups[row];
        match column {
            GroupCol::Count => group.sessions.len().to_string().into(),
            GroupCol::Sessions => group.sessions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ").into(),
            GroupCol::Value => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: GroupCol) -> SortKey<'_> {
        match column {
            GroupCol::Count => SortKey::Int(self.groups[row].sessions.len() as i128),
            _ => SortKey::Text(self.text(row, column)),
        }
    }
}
