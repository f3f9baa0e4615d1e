//! A list and what is chosen in it: side by side or one above the other, divided where the user likes.

use crate::ui::theme::{self, Tokens};
use egui::{CursorIcon, Id, Key, Modifiers, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Neither part becomes smaller than this, in points, as long as the room allows.
const LEAST: f32 = 60.0;
/// Points that an arrow moves the divider.
const STEP: f32 = 16.0;
/// Half of the width in which the divider is caught.
const GRIP: f32 = 4.0;

#[derive(Clone, Copy, Debug)]
enum First {
    Share(f32),
    List(f32),
    Detail(f32),
}

/// A room to be divided into two parts.
#[derive(Clone, Copy, Debug)]
pub struct Split<'a> {
    id: &'a str,
    beside: bool,
    first: First,
}

impl<'a> Split<'a> {
    /// The detail stands to the right of the list.
    #[must_use]
    pub const fn beside(id: &'a str) -> Self {
        Self { id, beside: true, first: First::Share(0.5) }
    }

    /// The detail stands below the list.
    #[must_use]
    pub const fn below(id: &'a str) -> Self {
        Self { id, beside: false, first: First::Share(0.5) }
    }

    /// The part of the room that the list takes until the user moves the divider.
    #[must_use]
    pub const fn share(mut self, list: f32) -> Self {
        self.first = First::Share(list);
        self
    }

    /// The points that the list takes until the user moves the divider.
    #[must_use]
    pub const fn list_points(mut self, points: f32) -> Self {
        self.first = First::List(points);
        self
    }

    /// The points that the detail takes until the user moves the divider.
    #[must_use]
    pub const fn detail_points(mut self, points: f32) -> Self {
        self.first = First::Detail(points);
        self
    }

    /// Takes all the room that is left; gives back the places of list and detail, to be drawn into by
    /// [`super::layout::within`].
    #[must_use]
    pub fn areas(self, ui: &mut Ui) -> [Rect; 2] {
        let room = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(room);
        let id = ui.make_persistent_id(("split", self.id, self.beside));
        let extent = if self.beside { room.width() } else { room.height() };
        let wished = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(match self.first {
            First::Share(share) => extent * share,
            First::List(points) => points,
            First::Detail(points) => extent - points,
        });
        let least = LEAST.min(extent / 2.0);
        let at = wished.clamp(least, (extent - least).max(least)).round();
        if let Some(moved) = self.divider(ui, id, room, at) {
            ui.data_mut(|data| data.insert_temp(id, moved.clamp(least, (extent - least).max(least))));
            ui.ctx().request_repaint();
        }
        if self.beside {
            let x = room.left() + at;
            [room.with_max_x(x), room.with_min_x(x + 1.0)]
        } else {
            let y = room.top() + at;
            [room.with_max_y(y), room.with_min_y(y + 1.0)]
        }
    }

    /// Draws the divider; gives back where the user moved it.
    fn divider(&self, ui: &Ui, id: Id, room: Rect, at: f32) -> Option<f32> {
        let (lane, cursor) = if self.beside {
            let middle = pos2(room.left() + at, room.center().y);
            (Rect::from_center_size(middle, vec2(2.0 * GRIP, room.height())), CursorIcon::ResizeHorizontal)
        } else {
            let middle = pos2(room.center().x, room.top() + at);
            (Rect::from_center_size(middle, vec2(room.width(), 2.0 * GRIP)), CursorIcon::ResizeVertical)
        };
        let response = ui.interact(lane, id, Sense::click_and_drag()).on_hover_cursor(cursor);
        response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Size of the list"));
        let tokens = Tokens::of(ui);
        let active = response.hovered() || response.dragged();
        let stroke = if active { Stroke::new(2.0, tokens.accent) } else { Stroke::new(1.0, tokens.separator) };
        if self.beside {
            ui.painter().vline(room.left() + at + 0.5, room.y_range(), stroke);
        } else {
            ui.painter().hline(room.x_range(), room.top() + at + 0.5, stroke);
        }
        if response.has_focus() {
            theme::focus_ring(ui, lane.intersect(room), 0);
            let (less, more) =
                if self.beside { (Key::ArrowLeft, Key::ArrowRight) } else { (Key::ArrowUp, Key::ArrowDown) };
            ui.memory_mut(|memory| {
                let filter = egui::EventFilter {
                    tab: false,
                    horizontal_arrows: self.beside,
                    vertical_arrows: !self.beside,
                    escape: false,
                };
                memory.set_focus_lock_filter(id, filter);
            });
            let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            if pressed(less) {
                return Some(at - STEP);
            }
            if pressed(more) {
                return Some(at + STEP);
            }
        }
        let moved = if self.beside { response.drag_delta().x } else { response.drag_delta().y };
        (response.dragged() && moved.abs() > 0.0).then_some(at + moved)
    }
}
