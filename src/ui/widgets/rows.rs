//! A windowed list that is exact at any length: only the rows in sight are drawn.
//!
//! The scroll position is kept in `f64`: in `f32`, as a `ScrollArea` has it, positions past 16.7 million points
//! (700 thousand rows) move in steps of two and rows jump. The keyboard belongs to the panel; [`motion`] helps.

use std::ops::Range;

use egui::{
    Align, Color32, CornerRadius, EventFilter, Id, Key, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};

use crate::ui::theme::{self, Tokens, tokens};

/// Where a list stands. Kept by the panel from frame to frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowsState {
    /// Points from the top of the first row to the top of the view.
    pub top: f64,
    wanted: Option<(usize, Option<Align>)>,
    /// From the pointer to the top of the scroll bar's handle, while it is dragged.
    grip: Option<f32>,
}

impl RowsState {
    /// Brings a row into sight at the next drawing: with `None` by the shortest way, else at that edge.
    pub const fn scroll_to(&mut self, index: usize, align: Option<Align>) {
        self.wanted = Some((index, align));
    }
}

/// A row in sight.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// From 0, in the whole list.
    pub index: usize,
    /// Where to paint.
    pub rect: Rect,
    /// Rows of the whole list.
    pub total: usize,
    /// The role a screen reader is told.
    role: Role,
    list: Id,
    focused: bool,
}

/// What a row tells about itself beside its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowFacts {
    /// The row is selected.
    pub selected: bool,
    /// Depth in a tree, from 1.
    pub level: Option<usize>,
    /// Open or closed, if it can be.
    pub expanded: Option<bool>,
    /// The row stays at full strength though nothing can be done with it.
    pub inert: bool,
}

impl Row {
    /// Whether the list has the focus of the keyboard.
    #[must_use]
    pub const fn is_focused(&self) -> bool {
        self.focused
    }

    /// Makes the row answer to the pointer, tells the screen reader about it and paints its background.
    /// Contents are painted after this call.
    pub fn interact(&self, ui: &mut Ui, name: &str, facts: RowFacts) -> Response {
        self.interact_named(ui, facts, || name.to_owned())
    }

    /// As [`Self::interact`], with a name that is made only if somebody asks for it.
    pub fn interact_named(&self, ui: &mut Ui, facts: RowFacts, name: impl Fn() -> String) -> Response {
        // Not focusable: Tab goes to the list as a whole.
        let sense = if facts.inert { Sense::hover() } else { Sense::CLICK };
        let id = self.list.with(("row", self.index));
        let response = ui.interact(self.rect, id, sense);
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::selected(self.role, enabled, facts.selected, theme::spoken(name())));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_selected(facts.selected);
            node.set_position_in_set(self.index + 1);
            node.set_size_of_set(self.total);
            if let Some(level) = facts.level {
                node.set_level(level);
            }
            if let Some(expanded) = facts.expanded {
                node.set_expanded(expanded);
            }
        });
        let tokens = Tokens::of(ui);
        let fill = match (facts.selected, response.hovered()) {
            (true, _) if self.focused => tokens.selection,
            (true, _) => tokens.selection_idle,
            (false, true) if !facts.inert => tokens.hover,
            _ => Color32::TRANSPARENT,
        };
        if fill != Color32::TRANSPARENT {
            ui.painter().rect_filled(self.rect, CornerRadius::ZERO, fill);
        }
        response
    }
}

/// What came of drawing a list.
#[derive(Clone, Debug)]
pub struct RowsOutput {
    /// The list itself: has the focus, was clicked beside the rows. Ask it for the focus when a row is clicked.
    pub response: Response,
    /// The rows that were drawn.
    pub visible: Range<usize>,
    /// Rows that fit into the view whole; at least one.
    pub page: usize,
}

/// A list to be drawn.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    name: &'a str,
    total: usize,
    row_height: f32,
    role: Role,
    row_role: Role,
    salt: Option<Id>,
    sense: Sense,
    takes_escape: bool,
}

impl<'a> Rows<'a> {
    /// A list of so many rows; the name is for the screen reader.
    #[must_use]
    pub fn new(name: &'a str, total: usize) -> Self {
        Self {
            name,
            total,
            row_height: tokens::size::ROW,
            role: Role::List,
            row_role: Role::ListItem,
            salt: None,
            sense: Sense::click(),
            takes_escape: false,
        }
    }

    /// Another height of the rows.
    #[must_use]
    pub const fn row_height(mut self, height: f32) -> Self {
        self.row_height = height;
        self
    }

    /// The rows form a tree.
    #[must_use]
    pub const fn tree(mut self) -> Self {
        self.role = Role::Tree;
        self.row_role = Role::TreeItem;
        self
    }

    /// The rows belong to a table.
    #[must_use]
    pub const fn table(mut self) -> Self {
        self.role = Role::Table;
        self.row_role = Role::Row;
        self
    }

    /// Esc is for the list while it has the keyboard, instead of taking the keyboard away.
    #[must_use]
    pub const fn takes_escape(mut self, takes_escape: bool) -> Self {
        self.takes_escape = takes_escape;
        self
    }

    /// The list itself takes drags, to select across inert rows.
    #[must_use]
    pub fn drag(mut self) -> Self {
        self.sense = Sense::click_and_drag();
        self
    }

    /// An id that does not depend on the place of the list.
    #[must_use]
    pub const fn id(mut self, id: Id) -> Self {
        self.salt = Some(id);
        self
    }

    /// Draws the rows in sight into the space that is left. `draw` paints one row at its place.
    pub fn show(self, ui: &mut Ui, state: &mut RowsState, mut draw: impl FnMut(&mut Ui, Row)) -> RowsOutput {
        let id = self.salt.unwrap_or_else(|| ui.make_persistent_id(("rows", self.name)));
        let rect = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(rect);
        let response = ui.interact(rect, id, self.sense);
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(self.role, enabled, theme::spoken(self.name)));
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        let focused = response.has_focus();
        if focused {
            let filter =
                EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: self.takes_escape };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        }

        let height = f64::from(self.row_height);
        let view = f64::from(rect.height());
        let max = (self.total as f64 * height - view).max(0.0);
        self.apply_wish(state, view);
        if ui.rect_contains_pointer(rect) {
            // Taken, not read: else the panel around the list scrolls as well.
            state.top -= f64::from(ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y)));
        }
        state.top = state.top.clamp(0.0, max);
        let mut body = rect;
        if max > 0.0 {
            body.max.x -= tokens::size::SCROLL_BAR;
            let lane = Rect::from_min_max(pos2(body.max.x, rect.top()), rect.max);
            self.scroll_bar(ui, id, lane, state, max, view);
        }

        let first = (state.top / height).floor();
        let mut y = rect.top() + (first * height - state.top) as f32;
        let first = first as usize;
        let mut index = first;
        let mut child =
            ui.new_child(UiBuilder::new().id_salt(id).max_rect(body).accessibility_parent(id).layout(*ui.layout()));
        child.shrink_clip_rect(body);
        while y < rect.bottom() && index < self.total {
            let row = Row {
                index,
                rect: Rect::from_min_size(pos2(body.left(), y), vec2(body.width(), self.row_height)),
                total: self.total,
                role: self.row_role,
                list: id,
                focused,
            };
            draw(&mut child, row);
            y += self.row_height;
            index += 1;
        }
        if focused {
            theme::focus_ring(ui, rect, 0);
        }
        RowsOutput { response, visible: first..index, page: ((view / height).floor() as usize).max(1) }
    }

    fn apply_wish(&self, state: &mut RowsState, view: f64) {
        let Some((index, align)) = state.wanted.take() else { return };
        let height = f64::from(self.row_height);
        let top = index.min(self.total.saturating_sub(1)) as f64 * height;
        let low = top + height - view;
        state.top = match align {
            Some(Align::Min) => top,
            Some(Align::Center) => f64::midpoint(top, low),
            Some(Align::Max) => low,
            None if state.top > top => top,
            None if state.top < low => low,
            None => state.top,
        };
    }

    fn scroll_bar(&self, ui: &Ui, list: Id, lane: Rect, state: &mut RowsState, max: f64, view: f64) {
        let id = list.with("bar");
        let response = ui.interact(lane, id, Sense::CLICK | Sense::DRAG);
        response
            .widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, theme::spoken(format!("Scroll {}", self.name))));
        let long = (f64::from(lane.height()) * view / (max + view)).max(24.0).min(f64::from(lane.height())) as f32;
        let travel = (lane.height() - long).max(1.0);
        let handle_top = lane.top() + travel * (state.top / max) as f32;
        if let Some(pointer) = response.interact_pointer_pos() {
            let grip = *state.grip.get_or_insert_with(|| {
                let inside = pointer.y - handle_top;
                if (0.0..=long).contains(&inside) { inside } else { long / 2.0 }
            });
            if response.dragged() || response.is_pointer_button_down_on() {
                state.top = (max * f64::from((pointer.y - grip - lane.top()) / travel)).clamp(0.0, max);
            }
        } else {
            state.grip = None;
        }
        let tokens = Tokens::of(ui);
        let active = response.hovered() || state.grip.is_some();
        let thick = if active { 7.0 } else { 5.0 };
        let top = lane.top() + travel * (state.top / max) as f32;
        let handle =
            Rect::from_center_size(pos2(lane.center().x, top + long / 2.0), vec2(thick, (long - 4.0).max(8.0)));
        let colour = if active { tokens.outline_hover } else { tokens.outline };
        ui.painter().rect_filled(handle, CornerRadius::same(4), colour);
    }
}

/// Where the keyboard moves the cursor of a list that has the focus: arrows, Home, End, Page Up, Page Down.
/// Keys it answers to are taken; `None` if there was none.
#[must_use]
pub fn motion(ui: &Ui, cursor: Option<usize>, total: usize, page: usize) -> Option<usize> {
    if total == 0 {
        return None;
    }
    let last = total - 1;
    let at = cursor.unwrap_or(0).min(last);
    let bare = egui::Modifiers::NONE;
    let pressed = |key| ui.input_mut(|input| input.consume_key(bare, key));
    if pressed(Key::ArrowDown) {
        Some(cursor.map_or(0, |_| (at + 1).min(last)))
    } else if pressed(Key::ArrowUp) {
        Some(cursor.map_or(last, |_| at.saturating_sub(1)))
    } else if pressed(Key::PageDown) {
        Some((at + page).min(last))
    } else if pressed(Key::PageUp) {
        Some(at.saturating_sub(page))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(last)
    } else {
        None
    }
}
