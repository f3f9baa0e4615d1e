//! The row of buttons at the end of a dialog: acts stand at the right, and Tab visits them as they are read.

use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

/// Draws `left` from the left edge, and `right` so that it ends at the right edge.
///
/// A layout from right to left would give the keyboard the buttons in the wrong order.
pub fn row_ui(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    // An id of the dialog itself: what appears above the row must not take the keyboard from a button.
    let height = ui.spacing().interact_size.y;
    let room = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
    let row = UiBuilder::new().scope_id(ui.layer_id().id.with("acts")).max_rect(room);
    ui.scope_builder(row.layout(Layout::left_to_right(Align::Center)), |ui| {
        let id = ui.scope_id().with("width of acts");
        let width: f32 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        let room = (ui.available_width() - width - ui.spacing().item_spacing.x).max(0.0);
        ui.allocate_ui_with_layout(vec2(room, height), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(room);
            left(ui);
        });
        let found = ui.horizontal(right).response.rect.width();
        if (found - width).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(id, found));
            ui.ctx().request_discard("the width of the acts has changed");
        }
    });
}
