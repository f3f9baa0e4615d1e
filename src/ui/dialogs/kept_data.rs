//! What the program keeps on this computer: how much, where, how to keep less, and how to delete it.

use super::WindowDialog;
use crate::model::connections::Environment;
use crate::model::{self, journal, number, settings};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::states;
use egui::{Align, Layout, Ui};

/// Whether it is open, and what is about to be deleted.
#[derive(Default)]
pub(crate) struct KeptData {
    open: bool,
    asked: Option<Deleted>,
}

/// What can be deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deleted {
    Journal,
    Drafts,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Close,
    Keep,
    Delete(Deleted),
}

impl WindowDialog for KeptData {
    const ID: &'static str = "kept-data";

    fn request(&mut self, request: &ShellRequest) {
        if *request == ShellRequest::ShowKeptData {
            *self = Self { open: true, asked: None };
        }
    }

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        if !self.open {
            return;
        }
        let dialog = Dialog::new(Self::ID, "Data kept on this computer".to_owned()).width(560.0);
        let output = dialog.show(ui, |dialog| self.content_ui(dialog, cx));
        match output.answer_or(Answer::Close) {
            Some(Answer::Close) => *self = Self::default(),
            Some(Answer::Keep) => self.asked = None,
            Some(Answer::Delete(what)) => {
                self.asked = None;
                match what {
                    Deleted::Journal => cx.send(journal::Intent::DeleteAll),
                    Deleted::Drafts => cx.send(model::Intent::DeleteDrafts),
                }
            }
            None => {}
        }
    }
}

impl KeptData {
    fn content_ui(&mut self, dialog: &mut DialogUi<'_>, cx: &Cx<'_>) -> Option<Answer> {
        let ui = &mut *dialog.ui;
        let what = "Values are kept in clear";
        let why = "The journal and drafts hold values of topics as they are; whoever reads your files reads them";
        states::banner(ui, Tokens::of(ui).info, Icon::Info, what, why, |_| ());
        ui.add_space(8.0);
        let entries = cx.model.journal.entries.len() as u64 + cx.model.journal.older;
        let size = number::size(cx.model.journal.memory_bytes() as u64);
        let journal = format!("{}, {size} of values", number::count_of(entries, "change", "changes"));
        self.row_ui(ui, "Journal", &journal, entries > 0, Deleted::Journal);
        let drafts = cx.model.draft_count() as u64;
        self.row_ui(ui, "Drafts", &number::count_of(drafts, "draft", "drafts"), drafts > 0, Deleted::Drafts);
        ui.add_space(8.0);
        ui.label(theme::strong("Keep values of topics of these servers"));
        ui.horizontal(|ui| {
            for environment in Environment::ALL {
                let mut keeps = cx.model.settings.keeps_values(environment);
                if ui.checkbox(&mut keeps, theme::text(environment.name())).changed() {
                    cx.send(settings::Intent::KeepValues(environment, keeps));
                }
            }
        });
        let off = "Where it is off, the journal keeps act, target, time and size of each change, and drafts end with \
                   the tab. Values that were kept before stay until they are deleted.";
        ui.add(egui::Label::new(theme::muted(ui, off)).wrap());
        let folder = cx.model.data_folder.as_ref().map(|folder| format!("Folder: {folder}"));
        if let Some(place) = cx.model.not_kept.clone().or(folder) {
            ui.add_space(6.0);
            ui.add(egui::Label::new(theme::faint(ui, place)).wrap());
        }
        let Some(asked) = self.asked else {
            return dialog.buttons(|_| (), &[Button::safe("Close", Answer::Close)]);
        };
        let (words, act) = match asked {
            Deleted::Journal => (
                "Changes that are deleted cannot be undone, compared or repeated any more.",
                format!("Delete {} for good", number::count_of(entries, "change", "changes")),
            ),
            Deleted::Drafts => (
                "What was typed and not sent is lost, in open editors too.",
                format!("Delete {} for good", number::count_of(drafts, "draft", "drafts")),
            ),
        };
        dialog.ui.add_space(4.0);
        dialog.ui.add(egui::Label::new(theme::strong(words)).wrap());
        let buttons = [Button::safe("Keep them", Answer::Keep), Button::danger(act, Answer::Delete(asked))];
        dialog.buttons(|_| (), &buttons)
    }

    fn row_ui(&mut self, ui: &mut Ui, name: &str, amount: &str, any: bool, what: Deleted) {
        ui.horizontal(|ui| {
            ui.allocate_ui_with_layout(egui::vec2(64.0, 22.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(64.0);
                ui.label(theme::strong(name));
            });
            ui.label(theme::text(amount));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let words = format!("Delete all {}…", name.to_lowercase().replace("journal", "changes"));
                if ui.add_enabled(any, egui::Button::new(theme::text(words))).clicked() {
                    self.asked = Some(what);
                }
            });
        });
    }
}
