//! The question before a production server is unlocked.

use super::WindowDialog;
use crate::model::safety::{IDLE_SECS, Intent, Mode, UNLOCK_SECS};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::theme;
use crate::ui::widgets::dialog::{Button, Dialog};
use egui::Ui;

/// The mode that a production server would be unlocked to, while the question is shown.
#[derive(Default)]
pub(crate) struct Unlock {
    mode: Option<Mode>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Keep,
    Unlock,
}

impl WindowDialog for Unlock {
    const ID: &'static str = "unlock";

    fn request(&mut self, request: &ShellRequest) {
        if let ShellRequest::AskUnlock(mode) = request {
            self.mode = Some(*mode);
        }
    }

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let (Some(mode), Some(connected)) = (self.mode, cx.connected()) else {
            self.mode = None;
            return;
        };
        let (whole, idle) = (UNLOCK_SECS / 60, IDLE_SECS / 60);
        let output = Dialog::new(Self::ID, format!("Unlock {}?", connected.name)).show(ui, |dialog| {
            dialog.ui.add_space(4.0);
            dialog.ui.label(theme::text(format!(
                "{} is a production server. It can be changed for {whole} minutes, and is read-only again after \
                 {idle} minutes without a touch or when the line is lost.",
                connected.name
            )));
            dialog.ui.add_space(4.0);
            dialog.ui.label(theme::muted(dialog.ui, format!("{}.", mode.help())));
            let act = format!("Unlock {} for {whole} minutes", connected.name);
            dialog.buttons(|_| (), &[Button::safe("Keep read-only", Answer::Keep), Button::danger(act, Answer::Unlock)])
        });
        let answer = output.answer_or(Answer::Keep);
        if answer == Some(Answer::Unlock) {
            cx.send(Intent::SetMode(mode));
        }
        if answer.is_some() {
            self.mode = None;
        }
    }
}
