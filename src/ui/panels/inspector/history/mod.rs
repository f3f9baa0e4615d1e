//! The history of the topic: its values newest first, where some may be missing, and the comparison of two.

mod rows;

use super::compare::CompareView;
use crate::data::TopicSpec;
use crate::model;
use crate::model::inspector::{Entry, HISTORY_ENTRIES, Inspector as Facts, Intent};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, icon_button};
use crate::ui::widgets::data_table::{DataTable, TableState, revision_of};
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::split::Split;
use egui::{Align, Layout, Ui};
use rows::{COLUMNS, Col, HistoryRows, Line, whole_text};

/// Where the list stands.
#[derive(Default)]
pub(super) struct HistoryView {
    table: TableState<Line, Col>,
    lines: Vec<Line>,
    made: Option<(u64, u64)>,
    compare: CompareView,
}

impl HistoryView {
    /// Draws the list, and below it the comparison.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts) {
        let Some(spec) = facts.spec.as_deref() else { return };
        if facts.history.is_empty() {
            let text = "Every value that arrives while the topic is selected is kept here";
            format::empty_ui(ui, Icon::History, "No values yet", text);
            return;
        }
        self.arrange(facts);
        self.tools_ui(ui, cx, facts, spec);
        let room = ui.available_height();
        if facts.compared.is_empty() {
            // In a part of the same name as below, so that it stays the same list and keeps the focus.
            let all = ui.available_rect_before_wrap();
            within(ui, "values", all, |ui| self.list_ui(ui, cx, facts, spec));
            return;
        }
        let mut compare = std::mem::take(&mut self.compare);
        let detail = (room * 0.5).clamp(90.0, 420.0).min(room * 0.75);
        let [above, below] = Split::below("history").detail_points(detail).areas(ui);
        within(ui, "values", above, |ui| self.list_ui(ui, cx, facts, spec));
        within(ui, "comparison", below, |ui| compare.ui(ui, cx, facts, spec));
        self.compare = compare;
    }

    /// Lists the entries anew if there are other ones.
    fn arrange(&mut self, facts: &Facts) {
        let first = facts.history.front().map_or(0, |entry| entry.number);
        let last = facts.last_shown();
        if self.made == Some((first, last)) {
            return;
        }
        self.made = Some((first, last));
        self.lines.clear();
        for entry in facts.history.iter().rev().filter(|entry| entry.number <= last) {
            self.lines.push(Line::Entry(entry.number));
            if entry.gap_before && (entry.number > first || facts.history_trimmed == 0) {
                self.lines.push(Line::Gap(entry.number));
            }
        }
    }

    /// The value that the keyboard is on.
    fn chosen<'a>(&self, facts: &'a Facts) -> Option<&'a Entry> {
        match self.table.cursor()? {
            Line::Entry(number) => facts.entry(*number),
            Line::Gap(_) => None,
        }
    }

    fn tools_ui(&self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, spec: &TopicSpec) {
        tool_row(ui, |ui| {
            let shown: Vec<u64> = self
                .lines
                .iter()
                .filter_map(|line| if let Line::Entry(number) = line { Some(*number) } else { None })
                .take(2)
                .collect();
            if facts.compared.is_empty() {
                let two = ui.add_enabled(shown.len() == 2, egui::Button::new("Compare the last two"));
                if two.on_hover_text("Or click two values in the list").clicked() {
                    for number in shown.into_iter().rev() {
                        cx.send(Intent::Compare(number));
                    }
                }
            } else if ui.button("Close comparison").clicked() {
                cx.send(Intent::CompareNone);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XXS;
                if icon_button(ui, Icon::Trash, "Clear history").clicked() {
                    cx.send(Intent::ClearHistory);
                }
                let entry = self.chosen(facts);
                let copy = ui.add_enabled_ui(entry.is_some(), |ui| icon_button(ui, Icon::Copy, "Copy chosen value"));
                if let Some(entry) = entry.filter(|_| copy.inner.clicked()) {
                    cx.send(model::Intent::Copy(whole_text(spec, entry)));
                }
                ui.add_space(space::S);
                let (words, hover) = kept_words(facts);
                ui.add(egui::Label::new(theme::faint(ui, words)).truncate()).on_hover_text(theme::text(hover));
            });
        });
    }

    fn list_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, spec: &TopicSpec) {
        let source = HistoryRows { cx, facts, spec, lines: &self.lines, revision: revision_of(&self.made) };
        let output = DataTable::new("history", "History", &COLUMNS).own_space().show(ui, &mut self.table, &source);
        // A double click compares and no longer compares; Enter and Space do it once.
        let by_key = output.opened.filter(|_| output.clicked.is_none()).or(output.toggled);
        if let Some(Line::Entry(number)) = output.clicked.or(by_key).and_then(|row| self.lines.get(row)) {
            cx.send(Intent::Compare(*number));
        }
    }
}

/// How much is kept, and what is not.
fn kept_words(facts: &Facts) -> (String, String) {
    let mut words = number::size(facts.history_bytes as u64);
    let bytes = number::size(facts.history_limit_bytes() as u64);
    let limits = format!("{} values or {bytes}", number::grouped(HISTORY_ENTRIES as u64));
    let mut hover = format!("Kept while the topic is selected, at most {limits}");
    if facts.history_trimmed > 0
        && let Some(oldest) = facts.history.front()
    {
        words = format!("older than {} dropped to stay within {limits}", format::clock(oldest.arrival.at));
        hover = format!("{hover}. {} dropped", number::count_of(facts.history_trimmed, "value", "values"));
    }
    let merged = facts.history_dropped.saturating_sub(facts.history_trimmed);
    if merged > 0 {
        words = format!("{words} · {} merged on arrival", number::grouped(merged));
    }
    (words, hover)
}
