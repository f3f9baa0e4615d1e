//! The window's own dialog for files, where the desktop has none: a path is typed.

use super::WindowDialog;
use crate::model::files::{Intent, PathDialog};
use crate::ui::cx::Cx;
use crate::ui::theme;
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use egui::{Key, TextEdit, Ui};

/// The dialog, with the question that it shows.
#[derive(Default)]
pub(crate) struct FilePath {
    /// A path that was refused gets the keyboard back.
    refused: bool,
}

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Replace,
    Choose,
}

impl WindowDialog for FilePath {
    const ID: &'static str = "file-path";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some(question) = &cx.model.files.dialog else {
            self.refused = false;
            return;
        };
        // Each question is a dialog of its own, so that each gives the keyboard to its field.
        let id = format!("{} {}", Self::ID, question.id);
        let output = Dialog::new(&id, question.title.clone()).width(500.0).keeps_text().show(ui, |dialog| {
            let act = if question.saves { "written to" } else { "read" };
            let why = format!("This desktop offers no dialog for files. Type the path of the file to be {act}.");
            dialog.ui.label(theme::muted(dialog.ui, why));
            dialog.ui.add_space(10.0);
            let entered = self.path_ui(dialog, cx, question);
            if let Some(problem) = &question.problem {
                dialog.problem(problem);
            }
            let word = if question.saves { "Save" } else { "Open" };
            let block = (question.busy || question.path.trim().is_empty()).then_some("Type a path first");
            let choose = Button::primary(word, Answer::Choose).key((String::new(), entered)).unless(block);
            let cancel = Button::safe("Cancel", Answer::Cancel);
            if question.exists {
                dialog.buttons(|_| (), &[cancel, Button::plain("Replace the file", Answer::Replace), choose])
            } else {
                dialog.buttons(|_| (), &[cancel, choose])
            }
        });
        match output.answer_or(Answer::Cancel) {
            Some(Answer::Cancel) => cx.send(Intent::Cancel),
            Some(Answer::Replace) => cx.send(Intent::Replace),
            Some(Answer::Choose) => {
                cx.send(Intent::Choose);
                self.refused = true;
            }
            None => {}
        }
    }
}

impl FilePath {
    /// The field; true if Enter was pressed in it.
    fn path_ui(&mut self, dialog: &mut DialogUi<'_>, cx: &Cx<'_>, question: &PathDialog) -> bool {
        let mut path = question.path.clone();
        let edit = TextEdit::singleline(&mut path)
            .font(egui::TextStyle::Monospace)
            .hint_text("/home/me/file.json")
            .desired_width(f32::INFINITY);
        let response = dialog.ui.add_enabled(!question.busy, edit);
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, !question.busy, "Path");
            info.current_text_value = Some(path.clone());
            info
        });
        dialog.first_focus(&response);
        if self.refused && !question.busy {
            response.request_focus();
            self.refused = false;
        }
        let entered = response.lost_focus() && dialog.ui.input(|i| i.key_pressed(Key::Enter));
        if response.changed() {
            cx.send(Intent::Change(path));
        }
        entered
    }
}
