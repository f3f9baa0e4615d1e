//! The head of a data table: titles that sort in three steps, edges that set widths, the button that chooses columns.

use super::column::NARROWEST;
use super::layout::{Order, TableLayout};
use super::{Column, DataTable};
use crate::ui::theme::tokens::{radius, size, space, text};
use crate::ui::theme::{self, Icon, Tokens, fonts, icon_at};
use crate::ui::widgets::text_line::paint_line;
use egui::{
    CornerRadius, CursorIcon, Key, Modifiers, Popup, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

/// Half of the width in which an edge is caught.
const GRIP: f32 = 5.0;
/// Points by which a key changes a width.
const STEP: f32 = 8.0;
const WIDEST: f32 = 900.0;

/// The shown columns of a table and where they stand.
pub(super) struct Shown<'a, 'c, C> {
    pub columns: Vec<&'a Column<'c, C>>,
    /// Left and right edge of each.
    pub edges: Vec<(f32, f32)>,
}

impl<C: Copy + PartialEq> DataTable<'_, C> {
    /// Draws the head; `wanted` are the widths that the contents in sight would like. True if the user changed the
    /// layout.
    pub(super) fn head_ui(
        &self,
        ui: &mut Ui,
        layout: &mut TableLayout,
        initial: Option<&Order>,
        shown: &Shown<'_, '_, C>,
        wanted: &[f32],
    ) -> bool {
        let tokens = Tokens::of(ui);
        let before = layout.clone();
        let room = ui.available_rect_before_wrap();
        let bar = Rect::from_min_size(room.min, vec2(room.width(), size::HEADER));
        let response = ui.interact(bar, ui.make_persistent_id(("head", self.id)), Sense::hover());
        ui.advance_cursor_after_rect(bar.with_max_y(bar.bottom() - ui.spacing().item_spacing.y));
        let clip = ui.clip_rect();
        let titles = bar.with_max_x(bar.right() - size::HIT);
        ui.set_clip_rect(clip.intersect(titles));
        ui.painter().with_clip_rect(clip).rect_filled(
            bar,
            CornerRadius::ZERO,
            if tokens.dark { tokens.raised } else { tokens.window },
        );
        let mut menu = response.secondary_clicked();
        for (column, (left, right)) in shown.columns.iter().zip(&shown.edges) {
            let place = Rect::from_min_max(pos2(*left, bar.top()), pos2(*right, bar.bottom()));
            let cell = self.title_ui(ui, layout, initial, column, place, titles.right());
            menu |= cell.secondary_clicked() || cell.has_focus() && menu_key(ui);
            if cell.has_focus() {
                width_by_key(ui, layout, column.id, right - left);
            }
        }
        for (at, (left, right)) in shown.edges.iter().enumerate() {
            let last = at + 1 == shown.edges.len();
            if !last || *right < titles.right() - GRIP {
                self.edge_ui(ui, layout, shown.columns[at], (*left, *right), wanted[at], bar);
            }
        }
        ui.set_clip_rect(clip);
        ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, tokens.separator));
        self.chooser_ui(ui, layout, shown, wanted, bar.with_min_x(titles.right()), menu);
        *layout != before
    }

    /// One title; nothing of it is drawn right of `end`, where the chooser is.
    fn title_ui(
        &self,
        ui: &Ui,
        layout: &mut TableLayout,
        initial: Option<&Order>,
        column: &Column<'_, C>,
        place: Rect,
        end: f32,
    ) -> Response {
        let tokens = Tokens::of(ui);
        let sense = if column.sortable { Sense::click() } else { Sense::hover() };
        let response = ui.interact(place, ui.make_persistent_id(("title", self.id, column.id)), sense);
        let sorted = match layout.order.as_ref().or(initial) {
            Some(Order::By { column: by, descending }) if by == column.id => Some(*descending),
            _ => None,
        };
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, enabled, theme::spoken(column.title)));
        if let Some(descending) = sorted {
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_sort_direction(if descending {
                    egui::accesskit::SortDirection::Descending
                } else {
                    egui::accesskit::SortDirection::Ascending
                });
            });
        }
        if column.sortable && response.hovered() {
            ui.painter().rect_filled(place, CornerRadius::ZERO, tokens.hover);
        }
        let mut inner = place.with_max_x(place.right().min(end)).shrink2(vec2(space::XS, 0.0));
        if let Some(descending) = sorted {
            let sign = Rect::from_center_size(pos2(inner.right() - 5.0, inner.center().y), vec2(10.0, 10.0));
            icon_at(ui.painter(), sign, if descending { Icon::ArrowDown } else { Icon::ArrowUp }, tokens.accent);
            inner.max.x -= 14.0;
        }
        let colour = if sorted.is_some() { tokens.text } else { tokens.text_muted };
        paint_line(ui, inner, column.title, colour, fonts::strong(text::SMALL), column.right);
        if response.has_focus() {
            theme::focus_ring(ui, place, radius::S);
        }
        if response.clicked() {
            layout.order = Some(next_order(sorted, column.id));
        }
        if column.help.is_empty() { response } else { response.on_hover_text(theme::text(column.help)) }
    }

    fn edge_ui(
        &self,
        ui: &Ui,
        layout: &mut TableLayout,
        column: &Column<'_, C>,
        (left, right): (f32, f32),
        wanted: f32,
        bar: Rect,
    ) {
        let tokens = Tokens::of(ui);
        let place = Rect::from_min_max(pos2(right - GRIP, bar.top()), pos2(right + GRIP, bar.bottom()));
        // Not focusable: a head that has the focus changes its width by keys.
        let sense = Sense::CLICK | Sense::DRAG;
        let response = ui
            .interact(place, ui.make_persistent_id(("edge", self.id, column.id)), sense)
            .on_hover_cursor(CursorIcon::ResizeColumn);
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Splitter, true, theme::spoken(format!("Width of {}", column.title)))
        });
        if response.dragged() {
            set_width(layout, column.id, right - left + response.drag_delta().x);
        }
        if response.double_clicked() {
            set_width(layout, column.id, wanted.min(600.0));
        }
        let active = response.hovered() || response.dragged();
        let line = if active { Stroke::new(2.0, tokens.accent) } else { Stroke::new(1.0, tokens.separator) };
        let inset = if active { 0.0 } else { 5.0 };
        ui.painter().vline(right, bar.top() + inset..=bar.bottom() - inset, line);
    }

    /// The button at the end of the head, and the menu that it opens.
    fn chooser_ui(
        &self,
        ui: &Ui,
        layout: &mut TableLayout,
        shown: &Shown<'_, '_, C>,
        wanted: &[f32],
        place: Rect,
        open: bool,
    ) {
        let tokens = Tokens::of(ui);
        let response = ui.interact(place, ui.make_persistent_id(("columns", self.id)), Sense::click());
        let enabled = ui.is_enabled();
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Button, enabled, theme::spoken(format!("Columns of {}", self.name)))
        });
        let fill = if response.hovered() { tokens.hover } else { egui::Color32::TRANSPARENT };
        ui.painter().rect_filled(place.shrink(1.0), radius::S, fill);
        let sign = Rect::from_center_size(place.center(), vec2(12.0, 12.0));
        icon_at(ui.painter(), sign, Icon::Table, if response.hovered() { tokens.text } else { tokens.text_faint });
        if response.has_focus() {
            theme::focus_ring(ui, place.shrink(1.0), radius::S);
        }
        let opens = open || response.clicked();
        let command = opens.then_some(egui::SetOpenCommand::Toggle);
        let popup =
            Popup::menu(&response).open_memory(command).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
        crate::ui::widgets::menu::popup(popup, |ui| self.choices_ui(ui, layout, shown, wanted));
        response.on_hover_text("Choose columns");
    }

    fn choices_ui(&self, ui: &mut Ui, layout: &mut TableLayout, shown: &Shown<'_, '_, C>, wanted: &[f32]) {
        ui.set_min_width(150.0);
        for column in self.columns {
            let was = shown.columns.iter().any(|c| c.id == column.id);
            let mut is = was;
            let title = if column.title.is_empty() { column.id } else { column.title };
            // A table without columns says nothing.
            let can = !was || shown.columns.len() > 1;
            if ui.add_enabled(can, egui::Checkbox::new(&mut is, title)).changed() {
                layout.columns.insert(column.id.to_owned(), is);
            }
        }
        ui.separator();
        if ui.add(theme::menu_item("Fit widths to contents")).clicked() {
            for (column, wanted) in shown.columns.iter().zip(wanted) {
                set_width(layout, column.id, wanted.min(600.0));
            }
            ui.close();
        }
        if ui.add(theme::menu_item("Columns as at first")).clicked() {
            *layout = TableLayout::default();
            ui.close();
        }
    }
}

/// The order after another click on a head: upwards, downwards, as the rows come.
fn next_order(sorted: Option<bool>, column: &str) -> Order {
    match sorted {
        None => Order::By { column: column.to_owned(), descending: false },
        Some(false) => Order::By { column: column.to_owned(), descending: true },
        Some(true) => Order::Arrival,
    }
}

fn set_width(layout: &mut TableLayout, id: &str, width: f32) {
    layout.widths.insert(id.to_owned(), width.clamp(NARROWEST, WIDEST));
}

/// Alt and an arrow change the width of the column whose head has the focus.
fn width_by_key(ui: &Ui, layout: &mut TableLayout, id: &str, width: f32) {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::ALT, key));
    if pressed(Key::ArrowRight) {
        set_width(layout, id, width + STEP);
    }
    if pressed(Key::ArrowLeft) {
        set_width(layout, id, width - STEP);
    }
}

/// The keys that open a menu where the keyboard is.
pub(super) fn menu_key(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Menu) || input.consume_key(Modifiers::SHIFT, Key::F10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_sorts_in_three_steps() {
        let up = Order::By { column: "a".to_owned(), descending: false };
        let down = Order::By { column: "a".to_owned(), descending: true };
        assert_eq!(next_order(None, "a"), up);
        assert_eq!(next_order(Some(false), "a"), down);
        assert_eq!(next_order(Some(true), "a"), Order::Arrival);
    }
}
