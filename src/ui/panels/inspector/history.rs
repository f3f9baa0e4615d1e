//! The history of the topic: its values newest first, where some may be missing, and the comparison of two.

use super::compare::CompareView;
use super::parts;
use crate::data::TopicSpec;
use crate::data::value;
use crate::model;
use crate::model::inspector::{Entry, HISTORY_BYTES, HISTORY_ENTRIES, Inspector as Facts, Intent};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::{radius, size, space, text};
use crate::ui::theme::{self, Icon, Tokens, fonts, icon_at, icon_button};
use crate::ui::widgets::rows::{Row, RowFacts, motion};
use crate::ui::widgets::table::{Cells, Column, Table, TableState, paint_line};
use egui::{Align, Key, Layout, Modifiers, Rect, Stroke, StrokeKind, Ui, vec2};

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Entry(u64),
    /// Values may be missing between the row above and the row below.
    Gap,
}

/// Where the list stands.
#[derive(Default)]
pub(super) struct HistoryView {
    table: TableState,
    lines: Vec<Line>,
    made: Option<(u64, u64)>,
    cursor: Option<u64>,
    compare: CompareView,
}

impl HistoryView {
    /// Draws the list, and below it the comparison.
    pub fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts) {
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
            parts::within(ui, "values", all, |ui| self.list_ui(ui, cx, facts, spec));
            return;
        }
        let mut compare = std::mem::take(&mut self.compare);
        let [above, below] = parts::split(ui, (room * 0.5).clamp(90.0, 420.0).min(room * 0.75));
        parts::within(ui, "values", above, |ui| self.list_ui(ui, cx, facts, spec));
        parts::within(ui, "comparison", below, |ui| compare.ui(ui, cx, facts, spec));
        self.compare = compare;
    }

    /// Lists the entries anew if there are other ones; what is in sight stays where it is unless that is the top.
    fn arrange(&mut self, facts: &Facts) {
        let first = facts.history.front().map_or(0, |entry| entry.number);
        let last = facts.last_shown();
        if self.made == Some((first, last)) {
            return;
        }
        let rows_above = |lines: &[Line], number: Option<u64>| {
            lines.iter().position(|line| matches!((line, number), (Line::Entry(n), Some(to)) if *n <= to))
        };
        let newest = self.made.map(|(_, last)| last);
        self.made = Some((first, last));
        self.lines.clear();
        for entry in facts.history.iter().rev().filter(|entry| entry.number <= last) {
            self.lines.push(Line::Entry(entry.number));
            if entry.gap_before && (entry.number > first || facts.history_trimmed == 0) {
                self.lines.push(Line::Gap);
            }
        }
        if self.table.rows.top > 0.0
            && let Some(added) = rows_above(&self.lines, newest)
        {
            self.table.rows.top += added as f64 * f64::from(size::ROW);
        }
    }

    fn tools_ui(&self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, spec: &TopicSpec) {
        parts::tool_row(ui, |ui| {
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
                let entry = self.cursor.and_then(|number| facts.entry(number));
                let copy = ui.add_enabled_ui(entry.is_some(), |ui| icon_button(ui, Icon::Copy, "Copy chosen value"));
                if let Some(entry) = entry.filter(|_| copy.inner.clicked()) {
                    copy_entry(cx, spec, entry);
                }
                ui.add_space(space::S);
                let (words, hover) = kept_words(facts);
                ui.add(egui::Label::new(theme::faint(ui, words)).truncate()).on_hover_text(hover);
            });
        });
    }

    fn list_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, spec: &TopicSpec) {
        let wide = [
            Column::new("", 28.0).fixed_order(),
            Column::new("No.", 62.0).right().fixed_order(),
            Column::new("Received", 100.0).fixed_order(),
            Column::new("Size", 70.0).right().fixed_order(),
            Column::new("Change", 82.0).fixed_order(),
            Column::new("Value", 200.0).fixed_order(),
        ];
        // Where there is little room, size and change are left to the hover text.
        let narrow = [
            Column::new("", 28.0).fixed_order(),
            Column::new("No.", 48.0).right().fixed_order(),
            Column::new("Received", 98.0).fixed_order(),
            Column::new("Value", 120.0).fixed_order(),
        ];
        let roomy = ui.available_width() > 560.0;
        let columns: &[Column<'_>] = if roomy { &wide } else { &narrow };
        let lines = std::mem::take(&mut self.lines);
        let (mut clicked, cursor) = (None, self.cursor);
        let output =
            Table::new("History", columns, lines.len()).show(ui, &mut self.table, |ui, row, cells| {
                match lines.get(row.index) {
                    Some(Line::Entry(number)) => {
                        if let Some(entry) = facts.entry(*number)
                            && entry_ui(ui, cx, row, cells, facts, spec, entry, roomy, cursor == Some(*number))
                        {
                            clicked = Some(*number);
                        }
                    }
                    Some(Line::Gap) => gap_ui(ui, &row),
                    None => {}
                }
            });
        let mut toggled = clicked;
        let response = &output.rows.response;
        if clicked.is_some() {
            response.request_focus();
        }
        if response.has_focus() {
            let at = lines.iter().position(|line| matches!(line, Line::Entry(n) if Some(*n) == cursor));
            if let Some(mut next) = motion(ui, at, lines.len(), output.rows.page) {
                if lines.get(next) == Some(&Line::Gap) {
                    next = if at.is_none_or(|at| next > at) { next + 1 } else { next.saturating_sub(1) };
                }
                if let Some(Line::Entry(number)) = lines.get(next) {
                    self.table.rows.scroll_to(next, None);
                    clicked = Some(*number);
                }
            }
            let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
            if pressed(Key::Space) || pressed(Key::Enter) {
                toggled = cursor;
            }
            let copy = ui.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Copy)));
            if let Some(entry) = cursor.and_then(|number| facts.entry(number)).filter(|_| copy) {
                copy_entry(cx, spec, entry);
            }
        }
        self.lines = lines;
        self.cursor = clicked.or(self.cursor);
        if let Some(number) = toggled {
            cx.send(Intent::Compare(number));
        }
    }
}

fn copy_entry(cx: &Cx<'_>, spec: &TopicSpec, entry: &Entry) {
    let text = match value::decode_topic(spec, &entry.arrival.value) {
        Ok(value) => super::value_cache::as_text(&value),
        Err(_) => crate::ui::widgets::hex::digits(&entry.arrival.value),
    };
    cx.send(model::Intent::Copy(text));
}

/// How much is kept, and what is not.
fn kept_words(facts: &Facts) -> (String, String) {
    let mut words = number::size(facts.history_bytes as u64);
    let limits =
        format!("{} values or {}", number::grouped(HISTORY_ENTRIES as u64), number::size(HISTORY_BYTES as u64));
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

#[expect(clippy::too_many_arguments, reason = "the parts of one row, each used once")]
fn entry_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    row: Row,
    cells: &mut Cells<'_>,
    facts: &Facts,
    spec: &TopicSpec,
    entry: &Entry,
    roomy: bool,
    chosen: bool,
) -> bool {
    let tokens = Tokens::of(ui);
    let compared = facts.compared.contains(&entry.number);
    let arrival = &entry.arrival;
    let preview = value::preview(spec, &arrival.value, 240);
    let change = match arrival.delta_bytes {
        Some(bytes) => format!("delta {}", number::size(u64::from(bytes))),
        None => "value".to_owned(),
    };
    let state = if compared { ", compared" } else { "" };
    let name = format!("{}, {}, {preview}{state}", number::grouped(entry.number), format::clock(arrival.at));
    let response = row.interact(ui, &name, RowFacts { selected: chosen || compared, ..RowFacts::default() });
    let spot = Rect::from_center_size(cells.rect(0).center(), vec2(13.0, 13.0));
    if compared {
        ui.painter().rect_filled(spot, radius::S, tokens.accent);
        icon_at(ui.painter(), spot.shrink(1.5), Icon::Check, tokens.on_accent);
    } else {
        let edge = Stroke::new(1.0, tokens.outline_hover);
        ui.painter().rect_stroke(spot, radius::S, edge, StrokeKind::Inside);
    }
    cells.text(ui, 1, &number::grouped(entry.number), tokens.text_faint);
    cells.text(ui, 2, &parts::clock_millis(arrival.at), tokens.text_muted);
    if roomy {
        cells.text(ui, 3, &number::size(arrival.value.len() as u64), tokens.text_muted);
        cells.text(ui, 4, &change, tokens.text_faint);
    }
    cells.mono(ui, if roomy { 5 } else { 3 }, &preview, tokens.text);
    let clicked = response.clicked();
    if let Some(path) = &facts.selected {
        response.context_menu(|ui| {
            crate::ui::dialogs::copy_as::value_items_ui(ui, cx, path, spec, &arrival.value, arrival.at);
        });
    }
    response.on_hover_text(format!(
        "Received here at {}\n{}, {}",
        format::moment(arrival.at),
        number::exact_size(arrival.value.len() as u64),
        if arrival.delta_bytes.is_some() { "as a delta" } else { "as a whole value" },
    ));
    clicked
}

fn gap_ui(ui: &mut Ui, row: &Row) {
    let tokens = Tokens::of(ui);
    let words = "values may be missing here";
    row.interact(ui, words, RowFacts { inert: true, ..RowFacts::default() });
    let font = fonts::text(text::SMALL);
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font.clone(), tokens.warn.strong);
    let middle = row.rect.center();
    let half = galley.size().x / 2.0 + space::S;
    for line in [
        Rect::from_x_y_ranges(row.rect.left() + 10.0..=middle.x - half, middle.y..=middle.y),
        Rect::from_x_y_ranges(middle.x + half..=row.rect.right() - 10.0, middle.y..=middle.y),
    ] {
        let points = [line.left_center(), line.right_center()];
        ui.painter().extend(egui::Shape::dashed_line(&points, Stroke::new(1.0, tokens.warn.strong), 5.0, 4.0));
    }
    let place = Rect::from_center_size(middle, vec2(galley.size().x + 2.0, row.rect.height()));
    paint_line(ui, place, words, tokens.warn.strong, font, false);
}
