//! The comparison after a guard has failed: what I wanted, what is there now, and what both began with.

use super::sheets::{room, title_ui};
use crate::data::TopicSpec;
use crate::model::conflict::{Intent, Sheet};
use crate::model::error_text;
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::diff::DiffView;
use crate::ui::widgets::{button_row, states};
use bytes::Bytes;
use egui::Ui;

/// How the comparison looks.
#[derive(Default)]
pub(super) struct ConflictSheet {
    mine: DiffView,
    theirs: DiffView,
    across: DiffView,
    shown: bool,
}

impl ConflictSheet {
    /// Draws it if it is open.
    pub fn ui(&mut self, ui: &Ui, cx: &Cx<'_>, connected: &Connected) {
        let Some(conflict) = &connected.conflict.sheet else {
            *self = Self::default();
            return;
        };
        let id = egui::Id::unique("conflict sheet");
        let modal = egui::Modal::new(id).frame(theme::dialog_frame(ui)).show(ui.ctx(), |ui| {
            let (width, height) = room(ui, 940.0);
            ui.set_width(width);
            ui.set_max_height(height);
            let path = conflict.change.target();
            title_ui(ui, connected, &format!("{path} was changed by somebody else"));
            ui.add_space(6.0);
            self.content_ui(ui, cx, connected, conflict);
        });
        self.shown = true;
        if modal.should_close() {
            cx.send(Intent::Close);
        }
    }

    fn content_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, conflict: &Sheet) {
        let theirs = &conflict.theirs;
        let Some((found, at)) = &theirs.value else {
            ui.allocate_ui(egui::vec2(ui.available_width(), 160.0), |ui| {
                if let Some(error) = &theirs.error {
                    format::failed_ui(ui, &error_text::call(error, "read the value that is there now"));
                } else {
                    let secs = theirs.loading.map_or(0.0, |(_, since)| cx.now().secs_since(since));
                    format::loading_ui(ui, "Reading the value that is there now…", secs);
                }
            });
            let close = |ui: &mut Ui| self.close_ui(ui, cx);
            button_row::row_ui(ui, close, |ui| {
                if theirs.error.is_some() && ui.button("Try again").clicked() {
                    cx.send(Intent::Again);
                }
            });
            return;
        };
        if found.is_none() {
            let why = "Your draft is kept; it cannot be set while there is no topic";
            states::banner(ui, Tokens::of(ui).warn, theme::Icon::Struck, "The topic is gone", why, |_| ());
        }
        let spec = conflict.spec();
        let base = conflict.before.value.as_ref();
        let now = found.as_ref().and_then(|found| found.value.as_ref());
        let height = ((ui.available_height() - 130.0) / 2.0).clamp(80.0, 170.0);
        ui.columns(2, |sides| {
            let what = "Mine: what I changed since I saw it";
            side_ui(&mut sides[0], what, height, &mut self.mine, &spec, base, conflict.mine.as_ref());
            let what = format!("Theirs: what is there since, read at {}", format::clock(*at));
            side_ui(&mut sides[1], &what, height, &mut self.theirs, &spec, base, now);
        });
        ui.add_space(6.0);
        let what = "If I send mine over theirs";
        side_ui(ui, what, height, &mut self.across, &spec, now, conflict.mine.as_ref());
        ui.add_space(10.0);
        let gone = found.is_none().then_some("There is no topic to set");
        self.acts_ui(ui, cx, conflict, gone.or_else(|| connected.block_reason(cx.now()).map(BlockReason::sentence)));
    }

    fn acts_ui(&self, ui: &mut Ui, cx: &Cx<'_>, conflict: &Sheet, blocked: Option<&str>) {
        let close = |ui: &mut Ui| self.close_ui(ui, cx);
        button_row::row_ui(ui, close, |ui| {
            if ui.button("Take theirs").on_hover_text("Change nothing and forget mine").clicked() {
                cx.send(Intent::TakeTheirs);
            }
            let editable = conflict.mine.is_some();
            if ui.add_enabled(editable, egui::Button::new("Edit mine")).clicked() {
                cx.send(Intent::EditMine);
            }
            let send = ui.add_enabled(blocked.is_none(), theme::danger_button(ui, "Send mine over theirs"));
            let hover = "Only if theirs is still the value that is shown here";
            if send.on_hover_text(hover).on_disabled_hover_text(blocked.unwrap_or_default()).clicked() {
                cx.send(Intent::SendMine);
            }
        });
    }

    fn close_ui(&self, ui: &mut Ui, cx: &Cx<'_>) {
        let close = ui.button("Decide later").on_hover_text("The draft is kept (Esc)");
        if !self.shown {
            close.request_focus(); // the safe one
        }
        if close.clicked() {
            cx.send(Intent::Close);
        }
    }
}

fn side_ui(
    ui: &mut Ui,
    what: &str,
    height: f32,
    view: &mut DiffView,
    spec: &TopicSpec,
    old: Option<&Bytes>,
    new: Option<&Bytes>,
) {
    ui.add(egui::Label::new(theme::strong(what)).truncate());
    theme::well(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_height(height);
        ui.push_id(what, |ui| match new {
            Some(new) => view.ui(ui, spec, old, new),
            None => format::empty_ui(ui, theme::Icon::Ring, "No value", "There is nothing to compare"),
        });
    });
}
