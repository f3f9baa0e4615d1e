//! The window's own dialog for files, where the desktop has none: a path is typed.

use crate::model::files::Intent;
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::button_row;
use crate::ui::widgets::form::asks_to_close;
use egui::{Key, TextEdit, Ui};

/// What the dialog remembers about how it looks.
#[derive(Default)]
pub struct PathDialog {
    /// The question that was given the keyboard.
    focused: Option<u64>,
}

impl PathDialog {
    /// Draws the dialog if the model has one open.
    pub fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some(dialog) = &cx.model.files.dialog else {
            self.focused = None;
            return;
        };
        let id = egui::Id::unique("path dialog");
        let modal = egui::Modal::new(id).frame(theme::dialog_frame(ui)).show(ui.ctx(), |ui| {
            ui.set_width(500.0);
            ui.heading(&dialog.title);
            ui.add_space(4.0);
            let act = if dialog.saves { "written to" } else { "read" };
            let why = format!("This desktop offers no dialog for files. Type the path of the file to be {act}.");
            ui.label(theme::muted(ui, why));
            ui.add_space(10.0);
            let mut path = dialog.path.clone();
            let edit = TextEdit::singleline(&mut path)
                .font(egui::TextStyle::Monospace)
                .hint_text("/home/me/file.json")
                .desired_width(f32::INFINITY);
            let response = ui.add_enabled(!dialog.busy, edit);
            response.widget_info(|| {
                let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, !dialog.busy, "Path");
                info.current_text_value = Some(path.clone());
                info
            });
            // A first pass only measures and a busy field is disabled: neither keeps the keyboard it is given.
            if self.focused != Some(dialog.id) && !dialog.busy {
                if response.has_focus() {
                    self.focused = Some(dialog.id);
                } else {
                    response.request_focus();
                }
            }
            let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            if response.changed() {
                cx.send(Intent::Change(path));
            }
            let tokens = Tokens::of(ui);
            if let Some(problem) = &dialog.problem {
                ui.add_space(4.0);
                ui.horizontal_wrapped(|ui| {
                    theme::icon(ui, Icon::Error, 13.0, tokens.error.strong);
                    ui.label(egui::RichText::new(problem).color(tokens.error.strong));
                });
            }
            ui.add_space(12.0);
            let nothing = |_: &mut Ui| ();
            button_row::row_ui(ui, nothing, |ui| {
                if ui.button("Cancel").on_hover_text("Esc").clicked() {
                    cx.send(Intent::Cancel);
                }
                if dialog.exists && ui.button("Replace the file").clicked() {
                    cx.send(Intent::Replace);
                }
                let word = if dialog.saves { "Save" } else { "Open" };
                let usable = !dialog.busy && !dialog.path.trim().is_empty();
                let chosen = ui.add_enabled(usable, theme::primary_button(ui, word)).clicked();
                if (chosen || entered) && usable {
                    cx.send(Intent::Choose);
                    self.focused = None; // if the path is refused, the keyboard goes back to it
                }
            });
        });
        if asks_to_close(&modal) {
            cx.send(Intent::Cancel);
        }
    }
}
