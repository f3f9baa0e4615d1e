//! The sheet of an export: which topics, how much they are, what is left out, then the file.

use super::sheets::{room, title_ui};
use crate::model::error_text;
use crate::model::export::{Gathered, Intent, MAX_BYTES, MAX_TOPICS, Sheet, Stage, Why};
use crate::model::number;
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::form::Field;
use crate::ui::widgets::{badge, states};
use egui::{Align, Layout, Ui};

/// How the sheet looks.
#[derive(Default)]
pub(super) struct ExportSheet {
    shown: bool,
}

impl ExportSheet {
    /// Draws it if it is open.
    pub fn ui(&mut self, ui: &Ui, cx: &Cx<'_>, connected: &Connected) {
        let Some(export) = &connected.export.sheet else {
            self.shown = false;
            return;
        };
        let id = egui::Id::unique("export sheet");
        let modal = egui::Modal::new(id).frame(theme::dialog_frame(ui)).show(ui.ctx(), |ui| {
            let (width, height) = room(ui, 600.0);
            ui.set_width(width);
            ui.set_max_height(height);
            title_ui(ui, connected, "Export a branch");
            ui.add_space(10.0);
            self.selector_ui(ui, cx, export);
            match export.stage {
                Stage::Asking => asking_ui(ui, cx, export),
                Stage::Fetching(since) => fetching_ui(ui, export, cx.now().secs_since(since)),
                Stage::Ready => gathered_ui(ui, &export.gathered),
            }
            ui.add_space(12.0);
            buttons_ui(ui, cx, connected, export);
        });
        self.shown = true;
        if modal.should_close() && !matches!(export.stage, Stage::Fetching(_)) {
            cx.send(Intent::Close);
        }
    }

    fn selector_ui(&self, ui: &mut Ui, cx: &Cx<'_>, export: &Sheet) {
        if export.stage != Stage::Asking {
            ui.add(egui::Label::new(theme::mono(export.selector.trim())).truncate());
            ui.add_space(6.0);
            return;
        }
        let wrong = export.wrong();
        let hint = "Specifications, values and all events of the topics it matches go to the file";
        let mut selector = export.selector.clone();
        let response = Field::new("Topic selector").hint(hint).error(wrong.as_deref()).mono(ui, &mut selector);
        if !self.shown {
            response.request_focus();
        }
        if response.changed() {
            cx.send(Intent::SetSelector(selector));
        }
        if response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter)) {
            cx.send(Intent::Fetch);
        }
    }
}

fn asking_ui(ui: &mut Ui, cx: &Cx<'_>, export: &Sheet) {
    let Some(error) = &export.failed else { return };
    ui.add_space(6.0);
    let said = error_text::call(error, &format!("fetch the topics of {}", export.selector.trim()));
    let details = (!said.details.is_empty()).then_some(said.details.as_str());
    let failure = states::Failure { what: &said.summary, why: &said.remedy, act: Some("Try again"), details };
    if states::error_banner(ui, failure).act {
        cx.send(Intent::Fetch);
    }
}

fn fetching_ui(ui: &mut Ui, export: &Sheet, secs: f64) {
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(250));
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(14.0));
        let so_far = number::count_of(export.gathered.topics as u64, "topic", "topics");
        let size = number::size(export.gathered.bytes() as u64);
        ui.label(theme::muted(ui, format!("Fetching… {so_far}, {size}, {:.0} s", secs.floor())));
    });
    if let Some(path) = export.reading() {
        let words = format!("Reading the events of {}", number::middle_cut(path.as_str(), 60));
        ui.label(theme::faint(ui, words));
    }
}

fn gathered_ui(ui: &mut Ui, gathered: &Gathered) {
    if gathered.topics == 0 {
        ui.label("There is no such topic, or this session may not see it");
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.label(theme::strong(number::count_of(gathered.topics as u64, "topic", "topics")));
        if gathered.events > 0 {
            ui.label(theme::strong(number::count_of(gathered.events, "event", "events")));
        }
        let bytes = gathered.bytes() as u64;
        ui.label(theme::muted(ui, number::size(bytes))).on_hover_text(number::exact_size(bytes));
        for (of, count) in &gathered.by_type {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                badge::type_badge(ui, *of);
                ui.label(theme::muted(ui, number::grouped(*count)));
            });
        }
    });
    ui.add_space(6.0);
    let most = (ui.available_height() - 200.0).clamp(72.0, 200.0);
    list_ui(ui, "first paths", most, |ui| {
        for path in &gathered.first {
            ui.add(egui::Label::new(theme::mono(path)).truncate());
        }
        let rest = gathered.topics.saturating_sub(gathered.first.len());
        if rest > 0 {
            ui.label(theme::faint(ui, format!("… and {} more", number::grouped(rest as u64))));
        }
    });
    let tint = Tokens::of(ui).warn;
    if gathered.is_cut {
        ui.add_space(6.0);
        let why = format!(
            "A file may have {} topics and {}. Narrow the selector for the others",
            number::grouped(MAX_TOPICS as u64),
            number::size(MAX_BYTES as u64)
        );
        states::banner(ui, tint, Icon::Scissors, "There are more topics than these", &why, |_| ());
    }
    if gathered.left_out_count > 0 {
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            theme::icon(ui, Icon::Info, 13.0, tint.strong);
            let of = number::count_of(gathered.left_out_count, "topic", "topics");
            ui.label(format!("Something is left out of {of}"));
        });
        list_ui(ui, "left out", 84.0, |ui| {
            for (path, why) in &gathered.left_out {
                let line = format!("{path}: {}", why_words(why));
                ui.add(egui::Label::new(&line).truncate()).on_hover_text(line);
            }
        });
    }
}

fn list_ui(ui: &mut Ui, salt: &str, most: f32, add: impl FnOnce(&mut Ui)) {
    theme::well(ui).inner_margin(egui::Margin::symmetric(8, 4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let area = egui::ScrollArea::vertical()
            .id_salt(salt)
            .max_height(most)
            .min_scrolled_height(most)
            .auto_shrink([false, true]);
        area.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            add(ui);
        });
    });
}

fn why_words(why: &Why) -> String {
    match why {
        Why::UnknownType => "its type is not known here, so it is left out".to_owned(),
        Why::NoValue => "it keeps no value now, only its specification goes along".to_owned(),
        Why::Events(error) => {
            format!("{}, only its specification goes along", error_text::call(error, "read its events").summary)
        }
        Why::LargeEvent => "an event is larger than the server sends, only its specification goes along".to_owned(),
        Why::ManyEvents => {
            format!("its events are more than {}, only its specification goes along", number::size(MAX_BYTES as u64))
        }
    }
}

fn buttons_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, export: &Sheet) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| match export.stage {
            Stage::Asking => {
                let wrong = export.wrong().is_some().then_some("The selector cannot be used as it is");
                let blocked = connected.read_block_reason().map(BlockReason::sentence).or(wrong);
                let fetch = ui.add_enabled(blocked.is_none(), theme::primary_button(ui, "Fetch and preview"));
                let fetch = fetch.on_disabled_hover_text(blocked.unwrap_or_default());
                if fetch.on_hover_text("Nothing is written yet").clicked() {
                    cx.send(Intent::Fetch);
                }
                if ui.button("Cancel").clicked() {
                    cx.send(Intent::Close);
                }
            }
            Stage::Fetching(_) => {
                if ui.button("Stop").clicked() {
                    cx.send(Intent::Stop);
                }
            }
            Stage::Ready => {
                let some = export.gathered.topics > 0;
                let topics = number::count_of(export.gathered.topics as u64, "topic", "topics");
                let words = if some { format!("Save {topics}…") } else { "Save…".to_owned() };
                if ui.add_enabled(some, theme::primary_button(ui, words)).clicked() {
                    cx.send(Intent::Save);
                }
                if ui.button("Cancel").clicked() {
                    cx.send(Intent::Close);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    if ui.button("Change the selector").clicked() {
                        cx.send(Intent::Edit);
                    }
                });
            }
        });
    });
}
