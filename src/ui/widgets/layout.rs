//! Parts of a panel: rows of tools, contents that are clipped to their place, a part of fixed height below.

use crate::ui::theme::Tokens;
use crate::ui::theme::tokens::{size, space};
use egui::{Align, Frame, Id, Layout, Margin, Rect, Stroke, Ui, UiBuilder};

/// Draws into a part of the room, clipped to it. The salt names the part, so that it keeps focus and scroll position.
pub fn within<R>(ui: &mut Ui, salt: &str, rect: Rect, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().id_salt(salt).max_rect(rect).layout(Layout::top_down(Align::Min));
    let mut child = ui.new_child(builder);
    child.shrink_clip_rect(rect);
    add(&mut child)
}

/// Takes all the room that is left; the lower part, `below` points high, stays as it is, with a line above it.
#[must_use]
pub fn split_below(ui: &mut Ui, below: f32) -> [Rect; 2] {
    let room = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(room);
    let at = (room.bottom() - below).max(room.top());
    ui.painter().hline(room.x_range(), at + 0.5, Stroke::new(1.0, Tokens::of(ui).separator));
    [room.with_max_y(at), room.with_min_y(at + 1.0)]
}

/// Frames during which what appeared is kept in sight: its size settles in the second one.
const APPEARING_FRAMES: u64 = 2;

/// Scrolls to what was not drawn in the frame before, so that what asks for an answer is in sight.
pub fn scroll_to_new(ui: &Ui, id: Id, rect: Rect) {
    let frame = ui.ctx().cumulative_frame_nr();
    let (first, _) = ui.data_mut(|data| {
        let entry = data.get_temp_mut_or(id, (frame, frame));
        let first = if entry.1 + 1 < frame { frame } else { entry.0 };
        *entry = (first, frame);
        *entry
    });
    if frame < first + APPEARING_FRAMES {
        ui.scroll_to_rect(rect, None);
        ui.ctx().request_repaint();
    }
}

/// A row of tools above the content of a panel or view, with a line below it.
pub fn tool_row(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let frame = Frame::new().inner_margin(Margin::symmetric(8, 4));
    let inner = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.set_min_height(size::HIT);
            add(ui);
        });
    });
    let line = Stroke::new(1.0, Tokens::of(ui).separator);
    ui.painter().hline(ui.max_rect().x_range(), inner.response.rect.bottom() - 0.5, line);
}
