//! Sheets: dialogs that show what a change would do before it is sent.

use super::{apply, conflict, export, remove_topics};
use crate::model::Connected;
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use egui::{RichText, Ui};

/// What the sheets remember about how they look.
#[derive(Default)]
pub struct Sheets {
    apply: apply::ApplySheet,
    remove: remove_topics::RemoveSheet,
    conflict: conflict::ConflictSheet,
    export: export::ExportSheet,
}

impl Sheets {
    /// Draws the sheet that the connection shown has open.
    pub fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        self.apply.ui(ui, cx, connected);
        self.remove.ui(ui, cx, connected);
        self.conflict.ui(ui, cx, connected);
        self.export.ui(ui, cx, connected);
    }
}

/// The room a sheet may take, as width and height of its content.
pub(super) fn room(ui: &Ui, width: f32) -> (f32, f32) {
    let window = ui.ctx().content_rect().size();
    (width.min(window.x - 80.0), window.y - 90.0)
}

/// What is done and on which server: every sheet begins with it.
pub(super) fn title_ui(ui: &mut Ui, connected: &Connected, title: &str) {
    ui.add(egui::Label::new(RichText::new(title).heading()).truncate());
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        server_ui(ui, connected);
    });
}
