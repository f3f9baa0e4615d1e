//! The table of the program: columns that sort, widen and hide, a filter, a selection of rows, keys, copies, a menu.
//!
//! A panel keeps a [`TableState`], says what its columns are, and implements [`TableSource`] over the facts that it
//! shows; the table never holds the rows themselves. Only the rows in sight are drawn ([`super::rows`]), at any length.
//!
//! ```text
//! #[derive(Clone, Copy, PartialEq)]
//! enum Col { Name, Owner, Since }
//!
//! const COLUMNS: [Column<'_, Col>; 3] = [
//!     Column::new(Col::Name, "name", "Name", 160.0).grow(1.0),
//!     Column::new(Col::Owner, "owner", "Owner", 140.0).from_width(320.0),
//!     Column::new(Col::Since, "since", "Since", 70.0).right(),
//! ];
//!
//! struct Locks<'a> { cx: &'a Cx<'a>, facts: &'a model::locks::Locks }
//!
//! impl TableSource for Locks<'_> {
//!     type Key = LockName;
//!     type Column = Col;
//!     fn row_count(&self) -> usize { self.facts.list.len() }
//!     fn revision(&self) -> u64 { self.facts.revision }
//!     fn key(&self, row: usize) -> LockName { self.facts.list[row].name.clone() }
//!     fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
//!         let lock = &self.facts.list[row];
//!         match column {
//!             Col::Name => lock.name.as_str().into(),
//!             Col::Owner => lock.owner.as_str().into(),
//!             Col::Since => format::clock(lock.since).into(),
//!         }
//!     }
//!     fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> { … }       // else by the text
//!     fn cell_ui(&self, ui, cell, row, column) { … }                         // else the text in the body face
//!     fn menu_ui(&self, ui, rows) { if ui.button("Release").clicked() { … } } // the copies follow by themselves
//! }
//!
//! let output = DataTable::new("locks", "Session locks", &COLUMNS).show(ui, &mut self.table, &Locks { cx, facts });
//! if let Some(row) = output.moved { cx.send(Intent::Select(…)) }
//! ```
//!
//! # What the user can do
//!
//! | | pointer | keys |
//! |---|---|---|
//! | sort: upwards, downwards, as they come | click on a head | Tab to the head, Enter |
//! | widen a column, fit it | drag its edge, double click | Alt+Left, Alt+Right on the head |
//! | choose columns | button at the end of the head, right click on it | Menu or Shift+F10 on a head |
//! | select, several, a range, all | click, Ctrl+click, Shift+click | arrows, Home, End, Page Up, Page Down; with Shift; Space; Ctrl+A |
//! | open | double click | Enter |
//! | menu of the selected rows, with copies | right click | Menu or Shift+F10 |
//! | copy as text | | Ctrl+C |
//! | scroll sideways | wheel with Shift | Left, Right |
//!
//! A sorted table holds still while the pointer is over it or the keyboard moves in it; see the module `order`.

mod cell;
mod column;
mod copy;
mod draw;
mod head;
mod keys;
mod layout;
mod menu;
mod order;
mod selection;
mod state;
#[cfg(test)]
mod tests;

pub use cell::Cell;
pub use column::Column;
pub use layout::{Order, TableLayout, TableLayouts};
pub use order::SortKey;
pub use state::TableState;

use super::rows;
use crate::ui::theme::Tokens;
use crate::ui::theme::tokens::size;
use egui::{Response, Ui};
use head::Shown;
use order::{Change, Wanted};
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// Seconds for which a table holds still after the keyboard moved in it.
const STILL: f64 = 2.0;

/// The rows of a table, numbered from 0 in the order in which they come.
pub trait TableSource {
    /// Names a row from frame to frame, wherever it stands.
    type Key: Clone + Eq + Hash;
    /// Names a column.
    type Column: Copy + PartialEq;

    /// How many rows there are.
    fn row_count(&self) -> usize;

    /// Another number whenever rows came, went or changed their places.
    fn revision(&self) -> u64;

    /// The key of a row.
    fn key(&self, row: usize) -> Self::Key;

    /// Whether a row has this key; for keys that are costly to make.
    fn is(&self, row: usize, key: &Self::Key) -> bool {
        self.key(row) == *key
    }

    /// What a cell says.
    fn text(&self, row: usize, column: Self::Column) -> Cow<'_, str>;

    /// What a cell says in copies: numbers without separators, texts at full length.
    fn exact(&self, row: usize, column: Self::Column) -> Cow<'_, str> {
        self.text(row, column)
    }

    /// What rows are sorted by.
    fn sort_key(&self, row: usize, column: Self::Column) -> SortKey<'_> {
        SortKey::Text(self.text(row, column))
    }

    /// Sorts in a way that no key can express; false leaves it to [`Self::sort_key`].
    fn sort(&self, _column: Self::Column, _descending: bool, _rows: &mut [u32]) -> bool {
        false
    }

    /// Whether the cells of a column change without another revision: sorted by it, the table is arranged once a second.
    fn is_moving(&self, _column: Self::Column) -> bool {
        false
    }

    /// Paints a cell.
    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Self::Column) {
        cell.text(ui, &self.text(row, column), Tokens::of(ui).text);
    }

    /// The row as a screen reader says it; its cells one after the other if there is nothing better.
    fn name(&self, _row: usize) -> Option<String> {
        None
    }

    /// A row that is no entry but a remark between two of them, as a line across the table.
    fn divider(&self, _row: usize) -> Option<&str> {
        None
    }

    /// Shown while the pointer rests on a row.
    fn hover(&self, _row: usize) -> Option<String> {
        None
    }

    /// Entries of the menu of these rows; what copies them follows.
    fn menu_ui(&self, _ui: &mut Ui, _rows: &[usize]) {}

    /// What Ctrl+C copies of these rows instead of the cells shown.
    fn copied(&self, _rows: &[usize]) -> Option<String> {
        None
    }
}

/// What the user did in a table. Rows are those of the source.
#[derive(Clone, Debug)]
pub struct TableOutput {
    /// The rows as a whole: has the focus, or can be given it.
    pub response: Response,
    /// Places that were drawn.
    pub visible: Range<usize>,
    /// Rows that the filter leaves.
    pub count: usize,
    /// The row that the cursor was put on.
    pub moved: Option<usize>,
    /// The row that was clicked, without Ctrl or Shift.
    pub clicked: Option<usize>,
    /// The row that was opened by Enter or a double click.
    pub opened: Option<usize>,
    /// The row that the cursor was on when Space was pressed.
    pub toggled: Option<usize>,
}

/// A table to be drawn.
#[derive(Clone, Debug)]
pub struct DataTable<'a, C> {
    id: &'a str,
    name: &'a str,
    columns: &'a [Column<'a, C>],
    row_height: f32,
    space_selects: bool,
    stored: bool,
    source_sorts: bool,
    takes_escape: bool,
    keeps_cursor: bool,
}

impl<'a, C: Copy + PartialEq> DataTable<'a, C> {
    /// The id is stored in layouts and never renamed; the name is for the screen reader.
    #[must_use]
    pub const fn new(id: &'a str, name: &'a str, columns: &'a [Column<'a, C>]) -> Self {
        Self {
            id,
            name,
            columns,
            row_height: size::ROW,
            space_selects: true,
            stored: true,
            source_sorts: false,
            takes_escape: false,
            keeps_cursor: false,
        }
    }

    /// Another height of the rows, in points.
    #[must_use]
    pub const fn row_height(mut self, height: f32) -> Self {
        self.row_height = height;
        self
    }

    /// The panel has a use of its own for Space: it is only reported.
    #[must_use]
    pub const fn own_space(mut self) -> Self {
        self.space_selects = false;
        self
    }

    /// What the user changes about the columns is not stored, because they differ from value to value.
    #[must_use]
    pub const fn unstored(mut self) -> Self {
        self.stored = false;
        self
    }

    /// When rows come and go, the row of the cursor keeps its place on the screen, if it is in sight.
    #[must_use]
    pub const fn keeps_cursor_in_place(mut self) -> Self {
        self.keeps_cursor = true;
        self
    }

    /// Esc means something to the panel while the table has the keyboard, which stays in it.
    #[must_use]
    pub const fn takes_escape(mut self, takes: bool) -> Self {
        self.takes_escape = takes;
        self
    }

    /// The rows come in the order that [`TableState::sorted_by`] names: the table takes them as they are, so that the
    /// source decides when they move.
    #[must_use]
    pub const fn sorted_by_source(mut self) -> Self {
        self.source_sorts = true;
        self
    }

    /// Draws the table into the room that is left.
    pub fn show<S>(&self, ui: &mut Ui, state: &mut TableState<S::Key, C>, source: &S) -> TableOutput
    where
        S: TableSource<Column = C>,
    {
        let replaced = if self.stored { layout::replaced(ui.ctx()) } else { 0 };
        let read = || if self.stored { layout::read(ui.ctx(), self.id) } else { TableLayout::default() };
        let own = state.layout.take().filter(|(of, _)| *of == replaced);
        let mut layout = own.map_or_else(read, |(_, layout)| layout);
        let shown = self.shown(ui, state, &layout);
        let mut wanted: Vec<f32> = shown.columns.iter().map(|c| title_width(c.title)).collect();
        if state.wanted.len() == wanted.len() {
            wanted.clone_from(&state.wanted);
        }
        if self.head_ui(ui, &mut layout, state.initial.as_ref(), &shown, &wanted) {
            if self.stored {
                layout::write(ui.ctx(), self.id, &layout);
            }
            ui.ctx().request_repaint();
        }
        state.layout = Some((replaced, layout));
        self.arrange(ui, state, source, &shown);
        let room = ui.available_rect_before_wrap();
        let output = self.rows_ui(ui, state, source, &shown);
        if output.count == 0 && !state.filter.trim().is_empty() {
            draw::no_match_ui(ui, room, &mut state.filter);
        }
        output
    }

    /// The columns shown and their edges, shifted by what the table is scrolled sideways.
    fn shown<K>(&self, ui: &Ui, state: &mut TableState<K, C>, layout: &TableLayout) -> Shown<'_, 'a, C> {
        let room = ui.available_rect_before_wrap();
        let width = (room.width() - size::SCROLL_BAR).max(0.0);
        let mut columns: Vec<&Column<'a, C>> = self.columns.iter().filter(|c| c.is_shown(layout, width)).collect();
        if columns.is_empty() {
            columns.extend(self.columns.first());
        }
        let widths = column::fit(&columns, layout, width);
        if ui.rect_contains_pointer(room) {
            state.left -= ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.x));
        }
        state.left = state.left.clamp(0.0, (widths.iter().sum::<f32>() - width).max(0.0));
        let mut x = room.left() - state.left;
        let edges = widths
            .iter()
            .map(|width| {
                x += width;
                (x - width, x)
            })
            .collect();
        Shown { columns, edges }
    }

    fn arrange<S>(&self, ui: &Ui, state: &mut TableState<S::Key, C>, source: &S, shown: &Shown<'_, '_, C>)
    where
        S: TableSource<Column = C>,
    {
        let sort = state.sorted_by().filter(|_| !self.source_sorts).and_then(|(id, descending)| {
            let column = self.columns.iter().find(|column| column.id == id && column.sortable)?;
            Some((column.key, descending))
        });
        let filter = state.filter.trim().to_owned();
        let columns = if filter.is_empty() { Vec::new() } else { shown.columns.iter().map(|c| c.key).collect() };
        let now = ui.input(|input| input.time);
        let still = state.under_pointer || now - state.moved_at < STILL;
        match state.arranged.renew(source, &Wanted { sort, filter, columns }, still, now) {
            Change::None => {}
            Change::Asked => {
                state.rows.top = 0.0;
                state.reveal = state.selection.cursor().is_some();
            }
            Change::Rows => {
                keys::forget_gone(state, source);
                let cursor = state.cursor_at.take().filter(|_| self.keeps_cursor);
                // What is in sight stays where it is, unless that is the top.
                let first = state.first.clone().filter(|_| state.rows.top > 0.0);
                if let Some((key, place)) = cursor.or(first)
                    && let Some(now_at) = state.arranged.place_of(source, &key, place)
                {
                    state.rows.top += (now_at as f64 - place as f64) * f64::from(self.row_height);
                }
            }
        }
        if std::mem::take(&mut state.reveal)
            && let Some(key) = state.selection.cursor()
            && let Some(place) = state.arranged.place_of(source, key, state.selection.hint)
        {
            state.selection.hint = place;
            state.rows.scroll_to(place, None);
        }
    }
}

/// A revision for rows that count none: another number when what they are made of is another thing.
#[must_use]
pub fn revision_of(facts: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    facts.hash(&mut hasher);
    hasher.finish()
}

/// The width that a head would like, before anything is laid out.
fn title_width(title: &str) -> f32 {
    title.chars().count() as f32 * 7.5 + 28.0
}
