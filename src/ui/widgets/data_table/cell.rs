//! A cell to be painted.

use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{Icon, fonts, icon_at};
use crate::ui::widgets::text_line::paint_line;
use egui::{Align, Color32, FontId, Layout, Rect, Ui, UiBuilder, pos2, vec2};

/// The place of a cell. What is painted into it also says how wide it would like to be, for the double click on the
/// edge of a column that fits its width.
#[derive(Debug)]
pub struct Cell<'a> {
    pub(super) rect: Rect,
    pub(super) right: bool,
    pub(super) wanted: &'a mut f32,
}

impl Cell<'_> {
    /// The place, without its padding.
    #[must_use]
    pub const fn rect(&self) -> Rect {
        self.rect
    }

    /// Points from edge to edge, without the padding.
    #[must_use]
    pub fn width(&self) -> f32 {
        self.rect.width()
    }

    /// Paints text of the body face, cut at its end.
    pub fn text(&mut self, ui: &Ui, content: &str, colour: Color32) {
        self.font(ui, content, colour, fonts::text(text::BODY));
    }

    /// Paints text of the monospaced face, cut at its end.
    pub fn mono(&mut self, ui: &Ui, content: &str, colour: Color32) {
        self.font(ui, content, colour, fonts::mono(text::MONO));
    }

    fn font(&mut self, ui: &Ui, content: &str, colour: Color32, font: FontId) {
        let width = paint_line(ui, self.rect, content, colour, font, self.right);
        self.wants(width + 2.0);
    }

    /// Paints an icon at the left edge; what is painted next begins to its right.
    pub fn icon(&mut self, ui: &Ui, icon: Icon, colour: Color32) {
        let side = 13.0;
        let place = Rect::from_center_size(pos2(self.rect.left() + side / 2.0, self.rect.center().y), vec2(side, side));
        icon_at(&ui.painter().with_clip_rect(self.rect.intersect(ui.clip_rect())), place, icon, colour);
        self.rect.min.x = (self.rect.left() + side + space::XS).min(self.rect.right());
    }

    /// Says how wide content would like to be that was painted by other means.
    pub fn wants(&mut self, width: f32) {
        *self.wanted = self.wanted.max(width + 2.0 * space::XS);
    }

    /// Puts widgets into the cell, clipped to it.
    pub fn widgets<R>(&mut self, ui: &mut Ui, salt: impl egui::AsIdSalt, add: impl FnOnce(&mut Ui) -> R) -> R {
        let align =
            if self.right { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
        let mut child = ui.new_child(UiBuilder::new().id_salt(salt).max_rect(self.rect).layout(align));
        child.shrink_clip_rect(self.rect.expand2(vec2(space::XXS, 0.0)));
        add(&mut child)
    }
}
