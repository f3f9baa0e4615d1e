//! The inbox: requests that came, what became of each, and the answer by hand.

use super::super::inspector::editor::{Edits, ValueEditor};
use super::builder::types_ui;
use super::value::{ValueView, line_of, type_name};
use crate::data::{session_property, shown};
use crate::model::answering::{Asked, Intent, Outcome};
use crate::model::{BlockReason, Connected, number};
use crate::ui::commands::messages as keys;
use crate::ui::commands::{key_text, window};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::split::Split;
use egui::{Align, Layout, ProgressBar, TextEdit, Ui, WidgetInfo};
use std::borrow::Cow;

/// What is sent where no text of a rejection was typed.
const REJECTED: &str = "Rejected by hand";
/// Seconds at which the rest of the time turns amber, and red.
const SHORT_SECS: f64 = 10.0;
const LAST_SECS: f64 = 3.0;

/// Below this height either the list or the request is shown.
const LOW: f32 = 420.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Which {
    #[default]
    All,
    Waiting,
    Answered,
    Failed,
}

impl Which {
    const fn has(self, asked: &Asked) -> bool {
        match self {
            Self::All => true,
            Self::Waiting => asked.is_waiting(),
            Self::Answered => asked.is_answered(),
            Self::Failed => !asked.is_waiting() && !asked.is_answered(),
        }
    }
}

/// How it looks.
#[derive(Default)]
pub(super) struct InboxView {
    which: Which,
    table: TableState<u64, Col>,
    shown: Option<u64>,
    /// Where there is no room for both, the list stands in place of the request.
    pub(super) lists: bool,
    value: ValueView,
    answer: ValueEditor,
    /// The text of a rejection, while it is typed.
    reject: Option<(u64, String)>,
    wants_focus: bool,
}

impl InboxView {
    /// Draws it into the room that is left.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.answering;
        let count = |which: Which| facts.asked.iter().filter(|asked| which.has(asked)).count() as u64;
        let low = ui.available_height() < LOW;
        let (waiting, answered, failed) = (count(Which::Waiting), count(Which::Answered), count(Which::Failed));
        tool_row(ui, |ui| {
            let words = [
                format!("All {}", number::grouped(facts.asked.len() as u64)),
                format!("Waiting {}", number::grouped(waiting)),
                format!("Answered {}", number::grouped(answered)),
                format!("Failed {}", number::grouped(failed)),
            ];
            let choices = [
                (Which::All, words[0].as_str()),
                (Which::Waiting, words[1].as_str()),
                (Which::Answered, words[2].as_str()),
                (Which::Failed, words[3].as_str()),
            ];
            super::segments(ui, &mut self.which, &choices);
            if ui.add_enabled(answered + failed > 0, egui::Button::new("Clear")).clicked() {
                cx.send(Intent::Clear);
            }
            if low {
                ui.checkbox(&mut self.lists, "List");
            }
            if facts.dropped > 0 {
                let words = format!("{} older ones dropped", number::grouped(facts.dropped));
                ui.label(theme::faint(ui, words));
            }
        });
        if facts.asked.is_empty() {
            let text = "Requests to the handlers stand here as they come";
            return format::empty_ui(ui, Icon::Ok, "Nobody has asked yet", text);
        }
        let rows: Vec<&Asked> = facts.asked.iter().rev().filter(|asked| self.which.has(asked)).collect();
        let source = Rows { cx, rows, revision: facts.revision };
        let Some(asked) = facts.shown() else { return };
        if self.shown != Some(asked.id) {
            self.shown = Some(asked.id);
            self.table.select(asked.id);
        }
        if low && !self.lists {
            return self.detail_ui(ui, cx, connected, asked, true);
        }
        if low {
            return self.list_ui(ui, &source);
        }
        let [list, detail] = Split::below("request of the inbox").share(0.42).areas(ui);
        within(ui, "inbox list", list, |ui| self.list_ui(ui, &source));
        within(ui, "inbox detail", detail, |ui| self.detail_ui(ui, cx, connected, asked, false));
    }

    fn list_ui(&mut self, ui: &mut Ui, source: &Rows<'_>) {
        let output = DataTable::new("inbox", "Requests that came", &COLUMNS).show(ui, &mut self.table, source);
        if let Some(row) = output.moved.or(output.clicked) {
            self.shown = Some(source.rows[row].id);
            source.cx.send(Intent::Select(source.rows[row].id));
        }
    }

    fn detail_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, asked: &Asked, low: bool) {
        tool_row(ui, |ui| {
            let sender = asked.sender.as_ref();
            let who = sender.map_or_else(|| "sender not told".to_owned(), who);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if asked.is_by_hand() {
                    countdown_ui(ui, cx, asked);
                } else {
                    ui.label(theme::muted(ui, outcome_words(cx, asked)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(theme::mono(shown(&asked.path))).truncate());
                    ui.add(egui::Label::new(theme::muted(ui, who)).truncate());
                });
            });
        });
        if let Some(sender) = &asked.sender {
            let properties: Vec<String> =
                sender.properties.iter().map(|(key, value)| session_property::assignment(key, value)).collect();
            let facts = format!("session {} · {}", sender.session, properties.join(" · "));
            let words = theme::faint(ui, shown(&facts).to_string());
            super::note_ui(ui, words);
        }
        if !asked.is_by_hand() {
            let words = match &asked.outcome {
                Outcome::Answered(value) => format!("Answered: {}", line_of(value)),
                Outcome::Rejected(text) => format!("Rejected: “{}”", shown(text)),
                _ => String::new(),
            };
            if !words.is_empty() {
                super::note_ui(ui, theme::text(words));
            }
            return self.value.ui(ui, "Request", &asked.value);
        }
        if low {
            ui.horizontal(|ui| {
                ui.add_space(10.0);
                let line = format!("{} {}", type_name(&asked.value), line_of(&asked.value));
                ui.add(egui::Label::new(theme::mono(shown(&line))).truncate());
            });
            return self.answer_ui(ui, cx, connected, asked);
        }
        let [question, answer] = Split::below("question and answer").share(0.4).areas(ui);
        within(ui, "question", question, |ui| self.value.ui(ui, "Request", &asked.value));
        within(ui, "answer", answer, |ui| self.answer_ui(ui, cx, connected, asked));
    }

    fn answer_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, asked: &Asked) {
        let draft = &connected.answering.answer;
        tool_row(ui, |ui| {
            types_ui(ui, draft.data_type, |data_type| cx.send(Intent::AnswerType(data_type)));
        });
        let room = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(room);
        let at = (room.bottom() - 40.0).max(room.top());
        within(ui, "answer value", room.with_max_y(at), |ui| {
            let edits = Edits::of(cx, "Answer", |edit| Intent::Answer(edit).into());
            self.answer.ui(ui, &edits, draft);
        });
        let bar = room.with_min_y(at).shrink2(egui::vec2(8.0, 4.0));
        within(ui, "answer acts", bar, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
                let lack = draft.checked.is_err().then_some("The text is no value of this type yet");
                let why = blocked.or(lack);
                let words = match &draft.checked {
                    Ok(bytes) => format!("Answer {}", number::size(bytes.len() as u64)),
                    Err(_) => "Answer".to_owned(),
                };
                let by_key = |key| !theme::is_behind_dialog(ui.ctx()) && cx.pressed(ui, key);
                let (answers, rejects) = (by_key(&window::SEND), by_key(&keys::REJECT));
                let button = ui.add_enabled(why.is_none(), theme::primary_button(ui, words));
                let button = button
                    .on_hover_text(theme::text(key_text(ui, cx, &window::SEND)))
                    .on_disabled_hover_text(theme::text(why.unwrap_or_default()));
                let rejecting = self.reject.as_ref().is_some_and(|(id, _)| *id == asked.id);
                if button.clicked() || (answers && why.is_none() && !rejecting) {
                    cx.send(Intent::Send(asked.id));
                }
                self.reject_ui(ui, cx, asked, blocked, rejects || (answers && rejecting));
            });
        });
    }

    fn reject_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, asked: &Asked, blocked: Option<&str>, key: bool) {
        let Some((_, text)) = self.reject.as_mut().filter(|(id, _)| *id == asked.id) else {
            let button = ui.add_enabled(blocked.is_none(), egui::Button::new("Reject…"));
            let button = button
                .on_hover_text(theme::text(key_text(ui, cx, &keys::REJECT)))
                .on_disabled_hover_text(theme::text(blocked.unwrap_or_default()));
            if button.clicked() || (key && blocked.is_none()) {
                self.reject = Some((asked.id, REJECTED.to_owned()));
                self.wants_focus = true;
            }
            return;
        };
        let send = ui.add_enabled(!text.trim().is_empty() && blocked.is_none(), theme::danger_button(ui, "Reject"));
        let response = ui.add(TextEdit::singleline(text).desired_width(ui.available_width().clamp(60.0, 260.0)));
        response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "Text of the rejection"));
        if std::mem::take(&mut self.wants_focus) {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let left = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape));
        if (send.clicked() || entered || key) && !text.trim().is_empty() && blocked.is_none() {
            cx.send(Intent::Reject { id: asked.id, text: text.trim().to_owned() });
            self.reject = None;
        } else if left {
            self.reject = None;
        }
    }
}

/// Who asks, in few words.
fn who(sender: &crate::model::answering::Sender) -> String {
    let end = format!("…{:04x}", sender.session.session & 0xffff);
    match sender.property("$Principal") {
        Some("") => format!("anonymous {end}"),
        Some(principal) => format!("{} {end}", shown(principal)),
        None => end,
    }
}

/// How much time is left, as a bar and as a number.
fn countdown_ui(ui: &mut Ui, cx: &Cx<'_>, asked: &Asked) {
    let tokens = Tokens::of(ui);
    let left = asked.until.secs_since(cx.now()).max(0.0);
    let whole = asked.until.secs_since(asked.at).max(0.001);
    let colour = match left {
        left if left < LAST_SECS => tokens.error.strong,
        left if left < SHORT_SECS => tokens.warn.strong,
        _ => tokens.info.strong,
    };
    ui.label(theme::text(format!("{:.0} s left", left.ceil())).color(colour));
    ui.add(ProgressBar::new((left / whole) as f32).desired_width(90.0).desired_height(6.0).fill(colour));
}

/// What became of a request, in few words.
fn outcome_words(cx: &Cx<'_>, asked: &Asked) -> String {
    let took = format::micros(asked.micros());
    match &asked.outcome {
        Outcome::ByHand => format!("{:.0} s left", asked.until.secs_since(cx.now()).max(0.0).ceil()),
        Outcome::Delayed(_) => format!("answers in {}", format::age(asked.until.secs_since(cx.now()).max(0.0))),
        Outcome::Answered(value) => format!("answered {} in {took}", number::size(value.content.len() as u64)),
        Outcome::Rejected(text) => format!("rejected: {}", shown(text)),
        Outcome::Silent => "left without an answer".to_owned(),
        Outcome::Unhandled => "nobody takes it here (109)".to_owned(),
        Outcome::TooLate => format!("too late: rejected at {}", format::clock(asked.ended_at)),
        Outcome::LineLost => "rejected: the line was lost".to_owned(),
        Outcome::SessionGone => "the session that was asked is gone".to_owned(),
        Outcome::ReadOnly => "rejected: the connection is read-only".to_owned(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Time,
    Path,
    Sender,
    Value,
    Outcome,
}

const COLUMNS: [Column<'_, Col>; 5] = [
    Column::new(Col::Time, "time", "Came at", 66.0),
    Column::new(Col::Path, "path", "Path", 110.0).grow(0.3),
    Column::new(Col::Sender, "sender", "Sender", 110.0),
    Column::new(Col::Value, "value", "Request", 110.0).grow(0.4).from_width(520.0),
    Column::new(Col::Outcome, "outcome", "Outcome", 130.0).grow(0.3),
];

struct Rows<'a> {
    cx: &'a Cx<'a>,
    rows: Vec<&'a Asked>,
    revision: u64,
}

impl TableSource for Rows<'_> {
    type Key = u64;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn revision(&self) -> u64 {
        crate::ui::widgets::data_table::revision_of(&(self.revision, self.rows.len()))
    }

    fn key(&self, row: usize) -> u64 {
        self.rows[row].id
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let asked = self.rows[row];
        match column {
            Col::Time => format::clock(asked.at).into(),
            Col::Path => asked.path.as_str().into(),
            Col::Sender => asked.sender.as_ref().map(who).unwrap_or_default().into(),
            Col::Value => format!("{} {}", type_name(&asked.value), line_of(&asked.value)).into(),
            Col::Outcome => outcome_words(self.cx, asked).into(),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Time => SortKey::Int(self.rows[row].at.0.into()),
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        matches!(column, Col::Outcome)
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        let asked = self.rows[row];
        match column {
            Col::Path => cell.mono(ui, &text, tokens.text),
            Col::Outcome if asked.is_waiting() => cell.text(ui, &text, tokens.warn.strong),
            Col::Outcome if asked.is_answered() => cell.text(ui, &text, tokens.ok.strong),
            Col::Outcome => cell.text(ui, &text, tokens.error.strong),
            Col::Time => cell.text(ui, &text, tokens.text_faint),
            _ => cell.text(ui, &text, tokens.text_muted),
        }
    }
}
