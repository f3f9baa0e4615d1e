//! The comparison of two values of the history.

use crate::data::TopicSpec;
use crate::model::inspector::{Entry, Inspector as Facts};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, icon_button};
use crate::ui::widgets::diff::DiffView;
use egui::{Align, Layout, Margin, Ui};

/// The comparison and where it stands.
#[derive(Default)]
pub(super) struct CompareView {
    diff: DiffView,
}

impl CompareView {
    /// Draws the chosen entries.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, spec: &TopicSpec) {
        let mut numbers = facts.compared.clone();
        numbers.sort_unstable();
        let entries: Vec<&Entry> = numbers.iter().filter_map(|number| facts.entry(*number)).collect();
        match entries.as_slice() {
            [one] => self.diff.set(spec, None, &one.arrival.value),
            [old, new] => self.diff.set(spec, Some(&old.arrival.value), &new.arrival.value),
            _ => {
                head_ui(ui, cx, &entries, None);
                let title = "These values are no longer kept";
                return format::empty_ui(ui, Icon::Info, title, "The oldest values go first");
            }
        }
        head_ui(ui, cx, &entries, self.diff.text());
        self.diff.show(ui);
    }
}

fn head_ui(ui: &mut Ui, cx: &Cx<'_>, entries: &[&Entry], text: Option<String>) {
    egui::Frame::new().inner_margin(Margin { left: 10, right: 6, top: 2, bottom: 2 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            let told = |entry: &Entry| {
                format!("{} ({})", number::grouped(entry.number), format::clock_millis(entry.arrival.at))
            };
            let (title, rest) = match entries {
                [old, new] => (format!("{} → {}", told(old), told(new)), String::new()),
                [one] => (told(one), "choose a second value to compare".to_owned()),
                _ => ("No longer kept".to_owned(), String::new()),
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(text) = text
                    && icon_button(ui, Icon::Copy, "Copy what is shown below").clicked()
                {
                    cx.send(crate::model::Intent::Copy(text));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.label(theme::strong(title));
                    ui.add(egui::Label::new(theme::faint(ui, rest)).truncate());
                });
            });
        });
    });
}
