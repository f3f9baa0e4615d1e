//! A table over the windowed list: columns that can be widened, heads that sort in three steps.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Color32, CornerRadius, CursorIcon, FontId, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::rows::{Row, Rows, RowsOutput, RowsState};
use crate::ui::theme::tokens::{self, size, space, text};
use crate::ui::theme::{self, Icon, Tokens, fonts, icon_at};

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column<'a> {
    /// The words of its head.
    pub title: &'a str,
    /// Width at first, in points. The last column takes what is left.
    pub width: f32,
    /// Numbers stand at the right edge.
    pub right: bool,
    /// A click on the head sorts.
    pub sortable: bool,
}

impl<'a> Column<'a> {
    /// A sortable column of text.
    #[must_use]
    pub const fn new(title: &'a str, width: f32) -> Self {
        Self { title, width, right: false, sortable: true }
    }

    /// Contents at the right edge.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Cannot be sorted by.
    #[must_use]
    pub const fn fixed_order(mut self) -> Self {
        self.sortable = false;
        self
    }
}

/// The order of a table; none is the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Which column.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// The order after another click on the head of a column: upwards, downwards, arrival.
    #[must_use]
    pub fn next(current: Option<Self>, column: usize) -> Option<Self> {
        match current {
            Some(sort) if sort.column == column && sort.descending => None,
            Some(sort) if sort.column == column => Some(Self { column, descending: true }),
            _ => Some(Self { column, descending: false }),
        }
    }
}

/// Where a table stands: scroll, widths, order. Kept by the panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableState {
    /// The rows.
    pub rows: RowsState,
    /// The order asked for.
    pub sort: Option<Sort>,
    widths: Vec<f32>,
    /// Points the columns are shifted to the left.
    left: f32,
    /// Widths the contents in sight would like, for the double click that fits.
    wanted: Vec<f32>,
}

impl TableState {
    /// A table that begins in this order.
    #[must_use]
    pub fn sorted(sort: Sort) -> Self {
        Self { sort: Some(sort), ..Self::default() }
    }
}

/// What came of drawing a table.
#[derive(Clone, Debug)]
pub struct TableOutput {
    /// The rows.
    pub rows: RowsOutput,
    /// The head, for a menu that chooses columns.
    pub header: Response,
    /// The order was changed by the user.
    pub sort_changed: bool,
}

/// The cells of one row.
#[derive(Debug)]
pub struct Cells<'a> {
    row: Rect,
    edges: &'a [(f32, f32)],
    right: &'a [bool],
    wanted: &'a mut [f32],
}

impl Cells<'_> {
    /// The place of a cell, without its padding.
    #[must_use]
    pub fn rect(&self, column: usize) -> Rect {
        let (left, right) = self.edges[column];
        Rect::from_min_max(
            pos2(left + space::XS, self.row.top()),
            pos2((right - space::XS).max(left), self.row.bottom()),
        )
    }

    /// Paints text of the body face.
    pub fn text(&mut self, ui: &Ui, column: usize, content: &str, colour: Color32) {
        self.font(ui, column, content, colour, fonts::text(text::BODY));
    }

    /// Paints text of the monospaced face.
    pub fn mono(&mut self, ui: &Ui, column: usize, content: &str, colour: Color32) {
        self.font(ui, column, content, colour, fonts::mono(text::MONO));
    }

    fn font(&mut self, ui: &Ui, column: usize, content: &str, colour: Color32, font: FontId) {
        let rect = self.rect(column);
        let painted = paint_line(ui, rect, content, colour, font, self.right[column]);
        self.wanted[column] = self.wanted[column].max(painted + 2.0 * space::XS + 2.0);
    }

    /// Says how wide the content of a cell would like to be that was painted by other means.
    pub fn wants(&mut self, column: usize, width: f32) {
        self.wanted[column] = self.wanted[column].max(width + 2.0 * space::XS);
    }
}

/// Paints one line into a place, shortened at its end if it does not fit; gives back the width it would need.
/// Only the beginning of long texts is laid out: a cell shows no more.
#[expect(clippy::must_use_candidate, reason = "called to paint")]
pub fn paint_line(ui: &Ui, rect: Rect, content: &str, colour: Color32, font: FontId, right: bool) -> f32 {
    const MOST_CHARS: usize = 400;
    let end = content.char_indices().nth(MOST_CHARS).map_or(content.len(), |(at, _)| at);
    let line: String = content[..end].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let width_needed = |galley: &egui::Galley| if galley.elided { rect.width() * 1.5 } else { galley.size().x };
    let mut job = LayoutJob::single_section(line, TextFormat::simple(font, colour));
    job.wrap = TextWrapping::truncate_at_width(rect.width().max(1.0));
    let galley = ui.painter().layout_job(job);
    let x = if right { rect.right() - galley.size().x } else { rect.left() };
    let wide = width_needed(&galley);
    let y = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(x, y), galley, colour);
    wide
}

/// A table to be drawn.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    name: &'a str,
    columns: &'a [Column<'a>],
    total: usize,
    row_height: f32,
}

const NARROWEST: f32 = 36.0;
const GRIP: f32 = 5.0;

impl<'a> Table<'a> {
    /// A table of so many rows.
    #[must_use]
    pub const fn new(name: &'a str, columns: &'a [Column<'a>], total: usize) -> Self {
        Self { name, columns, total, row_height: size::ROW }
    }

    /// Another height of the rows.
    #[must_use]
    pub const fn row_height(mut self, height: f32) -> Self {
        self.row_height = height;
        self
    }

    /// Draws head and rows into the space that is left. `draw` calls [`Row::interact`], then paints its cells.
    pub fn show(
        self,
        ui: &mut Ui,
        state: &mut TableState,
        mut draw: impl FnMut(&mut Ui, Row, &mut Cells<'_>),
    ) -> TableOutput {
        if state.widths.len() != self.columns.len() {
            state.widths = self.columns.iter().map(|column| column.width).collect();
            state.wanted = vec![0.0; self.columns.len()];
        }
        let room = ui.available_rect_before_wrap();
        let over = state.widths.iter().sum::<f32>() - (room.width() - size::SCROLL_BAR);
        if ui.rect_contains_pointer(room) {
            state.left -= ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.x));
        }
        state.left = state.left.clamp(0.0, over.max(0.0));
        let edges = edges(&state.widths, room.x_range().min - state.left, room.right());
        let (header, sort_changed) = self.header(ui, state, &edges);
        let right: Vec<bool> = self.columns.iter().map(|column| column.right).collect();
        let mut wanted: Vec<f32> =
            self.columns.iter().map(|column| column.title.chars().count() as f32 * 7.5 + 28.0).collect();
        let rows = Rows::new(self.name, self.total).table().row_height(self.row_height).show(
            ui,
            &mut state.rows,
            |ui, row| {
                let mut cells = Cells { row: row.rect, edges: &edges, right: &right, wanted: &mut wanted };
                draw(ui, row, &mut cells);
            },
        );
        state.wanted = wanted;
        TableOutput { rows, header, sort_changed }
    }

    fn header(&self, ui: &mut Ui, state: &mut TableState, edges: &[(f32, f32)]) -> (Response, bool) {
        let tokens = Tokens::of(ui);
        let room = ui.available_rect_before_wrap();
        let bar = Rect::from_min_size(room.min, vec2(room.width(), size::HEADER));
        let response = ui.interact(bar, ui.make_persistent_id(("head", self.name)), Sense::hover());
        ui.advance_cursor_after_rect(bar.with_max_y(bar.bottom() - ui.spacing().item_spacing.y));
        let clip = ui.clip_rect();
        ui.set_clip_rect(clip.intersect(bar));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, if tokens.dark { tokens.raised } else { tokens.window });
        let mut changed = false;
        for (at, column) in self.columns.iter().enumerate() {
            let (left, right) = edges[at];
            let place = Rect::from_min_max(pos2(left, bar.top()), pos2(right, bar.bottom()));
            changed |= self.head_cell(ui, state, at, column, place);
        }
        for (at, (_, right)) in edges.iter().enumerate().take(edges.len().saturating_sub(1)) {
            self.grip(ui, state, at, *right, bar);
        }
        ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, tokens.separator));
        ui.set_clip_rect(clip);
        (response, changed)
    }

    fn head_cell(&self, ui: &Ui, state: &mut TableState, at: usize, column: &Column<'_>, place: Rect) -> bool {
        let tokens = Tokens::of(ui);
        let sense = if column.sortable { Sense::click() } else { Sense::hover() };
        let response = ui.interact(place, ui.make_persistent_id(("head", self.name, at)), sense);
        let sorted = state.sort.filter(|sort| sort.column == at);
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, enabled, column.title));
        if let Some(sort) = sorted {
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_sort_direction(if sort.descending {
                    egui::accesskit::SortDirection::Descending
                } else {
                    egui::accesskit::SortDirection::Ascending
                });
            });
        }
        if column.sortable && response.hovered() {
            ui.painter().rect_filled(place, CornerRadius::ZERO, tokens.hover);
        }
        let mut inner = place.shrink2(vec2(space::XS, 0.0));
        if let Some(sort) = sorted {
            let sign = Rect::from_center_size(pos2(inner.right() - 5.0, inner.center().y), vec2(10.0, 10.0));
            let icon = if sort.descending { Icon::ArrowDown } else { Icon::ArrowUp };
            icon_at(ui.painter(), sign, icon, tokens.accent);
            inner.max.x -= 14.0;
        }
        let colour = if sorted.is_some() { tokens.text } else { tokens.text_muted };
        paint_line(ui, inner, column.title, colour, fonts::strong(text::SMALL), column.right);
        if response.has_focus() {
            theme::focus_ring(ui, place, tokens::radius::S);
        }
        let clicked = response.clicked();
        if clicked {
            state.sort = Sort::next(state.sort, at);
        }
        clicked
    }

    fn grip(&self, ui: &Ui, state: &mut TableState, at: usize, x: f32, bar: Rect) {
        let tokens = Tokens::of(ui);
        let place = Rect::from_min_max(pos2(x - GRIP, bar.top()), pos2(x + GRIP, bar.bottom()));
        let response = ui
            .interact(place, ui.make_persistent_id(("grip", self.name, at)), Sense::CLICK | Sense::DRAG)
            .on_hover_cursor(CursorIcon::ResizeColumn);
        let title = self.columns[at].title;
        response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, format!("Width of {title}")));
        if response.dragged() {
            state.widths[at] = (state.widths[at] + response.drag_delta().x).max(NARROWEST);
        }
        if response.double_clicked() {
            state.widths[at] = state.wanted[at].clamp(NARROWEST, 600.0);
        }
        let active = response.hovered() || response.dragged();
        let line = if active { Stroke::new(2.0, tokens.accent) } else { Stroke::new(1.0, tokens.separator) };
        let inset = if active { 0.0 } else { 5.0 };
        ui.painter().vline(x, bar.top() + inset..=bar.bottom() - inset, line);
    }
}

/// Left and right edge of each column; the last one reaches at least to the end of the room.
fn edges(widths: &[f32], start: f32, end: f32) -> Vec<(f32, f32)> {
    let mut x = start;
    let mut edges: Vec<(f32, f32)> = Vec::with_capacity(widths.len());
    for width in widths {
        edges.push((x, x + width));
        x += width;
    }
    if let Some(last) = edges.last_mut() {
        last.1 = last.1.max(end - size::SCROLL_BAR);
    }
    edges
}

/// The part of a list that is on screen, said for people: "rows 41 to 80 of 12,400".
#[must_use]
pub fn range_text(visible: &Range<usize>, total: usize) -> String {
    use crate::model::number::grouped;
    if visible.is_empty() {
        return format!("{} rows", grouped(total as u64));
    }
    let (first, last) = (grouped(visible.start as u64 + 1), grouped(visible.end as u64));
    format!("rows {first} to {last} of {}", grouped(total as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_sorts_in_three_steps() {
        let first = Sort::next(None, 2);
        assert_eq!(first, Some(Sort { column: 2, descending: false }));
        let second = Sort::next(first, 2);
        assert_eq!(second, Some(Sort { column: 2, descending: true }));
        assert_eq!(Sort::next(second, 2), None);
        assert_eq!(Sort::next(second, 0), Some(Sort { column: 0, descending: false }));
    }

    #[test]
    fn the_last_column_takes_what_is_left() {
        assert_eq!(edges(&[100.0, 50.0], 10.0, 400.0), [(10.0, 110.0), (110.0, 390.0)]);
        assert_eq!(edges(&[100.0, 500.0], 0.0, 400.0), [(0.0, 100.0), (100.0, 600.0)]);
    }

    #[test]
    fn the_part_in_sight_is_said() {
        assert_eq!(range_text(&(40..80), 12_400), "rows 41 to 80 of 12,400");
        assert_eq!(range_text(&(0..0), 0), "0 rows");
    }
}
