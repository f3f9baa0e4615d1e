//! The log of the line's events, with a level and a filter.

use super::{Group, Panel, Place};
use crate::model::link::Level;
use crate::model::log::Intent;
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::filter_box::FilterBox;
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::rows::{RowFacts, Rows, RowsState};
use egui::{Align, Align2, Ui, vec2};

/// How the log looks.
pub struct Log {
    level: Level,
    filter: String,
    follow: bool,
    rows: RowsState,
    seen: usize,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::Info, filter: String::new(), follow: true, rows: RowsState::default(), seen: 0 }
    }
}

impl Panel for Log {
    const ID: &'static str = "log";
    const TITLE: &'static str = "Log";
    const ICON: Icon = Icon::Log;
    const GROUP: Group = Group::Activity;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = false;
    const PLACE: Place = Place::Bottom;
    const OPEN_AT_FIRST: bool = true;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let log = &connected.log;
        tool_row(ui, |ui| {
            for (level, word) in
                [(Level::Debug, "Debug"), (Level::Info, "Info"), (Level::Warn, "Warnings"), (Level::Error, "Errors")]
            {
                if ui.selectable_label(self.level == level, theme::text(word)).clicked() {
                    self.level = level;
                }
            }
            ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Trash, "Clear the log").clicked() {
                    cx.send(Intent::Clear);
                }
                ui.checkbox(&mut self.follow, "Follow");
                let size = vec2(ui.available_width().min(240.0), 24.0);
                ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(Align::Center), |ui| {
                    FilterBox::new("Filter the log", "Filter").show(ui, &mut self.filter);
                });
            });
        });
        let lines: Vec<_> = log.matching(self.level, &self.filter).collect();
        if lines.is_empty() {
            format::empty_ui(
                ui,
                Icon::Info,
                "No lines at this level",
                "Lines about the connection appear here as they happen",
            );
            return;
        }
        if log.dropped > 0 {
            let text = format!("{} older lines dropped to stay within bounds", number::grouped(log.dropped));
            ui.label(theme::faint(ui, text));
        }
        if self.follow && lines.len() != self.seen {
            self.rows.scroll_to(lines.len() - 1, Some(Align::Max));
        }
        self.seen = lines.len();
        Rows::new("Log lines", lines.len()).show(ui, &mut self.rows, |ui, row| {
            let line = lines[row.index];
            let tokens = Tokens::of(ui);
            let (word, colour) = match line.level {
                Level::Debug => ("debug", tokens.text_faint),
                Level::Info => ("info", tokens.text_muted),
                Level::Warn => ("warning", tokens.warn.strong),
                Level::Error => ("error", tokens.error.strong),
            };
            let time = format::clock(line.at);
            let response = row.interact(
                ui,
                &format!("{time} {word} {}", line.text),
                RowFacts { inert: true, ..RowFacts::default() },
            );
            let painter = ui.painter().with_clip_rect(row.rect.intersect(ui.clip_rect()));
            let mono = theme::fonts::mono(theme::tokens::text::MONO);
            let body = egui::FontId::proportional(theme::tokens::text::BODY);
            let at = row.rect.left_center();
            painter.text(at + vec2(10.0, 0.0), Align2::LEFT_CENTER, theme::line(time), mono, tokens.text_faint);
            painter.text(at + vec2(90.0, 0.0), Align2::LEFT_CENTER, theme::line(word), body.clone(), colour);
            painter.text(at + vec2(150.0, 0.0), Align2::LEFT_CENTER, theme::line(&line.text), body, tokens.text);
            response.on_hover_text(theme::text(&line.text));
        });
    }
}
