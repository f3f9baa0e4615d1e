//! Where a table stands from frame to frame; kept by the panel.

use super::layout::{Order, TableLayout};
use super::order::Arranged;
use super::selection::Selection;
use crate::ui::widgets::filter_box::{FilterBox, FilterOutput};
use crate::ui::widgets::rows::RowsState;
use egui::{Id, Pos2, Ui};
use std::hash::Hash;

/// The state of a table whose rows have keys `K` and whose columns are named by `C`.
pub struct TableState<K, C> {
    /// Words that rows must contain; shown by [`Self::filter_ui`].
    pub filter: String,
    /// What the user changed, and which of the window's layouts it was read from.
    pub(super) layout: Option<(u64, TableLayout)>,
    pub(super) initial: Option<Order>,
    pub(super) rows: RowsState,
    /// Points the columns are shifted to the left.
    pub(super) left: f32,
    pub(super) selection: Selection<K>,
    pub(super) arranged: Arranged<K, C>,
    /// Widths that the contents in sight would like, by column.
    pub(super) wanted: Vec<f32>,
    /// The first row in sight and its place, to hold it there.
    pub(super) first: Option<(K, usize)>,
    /// The row of the cursor and its place, if it was in sight.
    pub(super) cursor_at: Option<(K, usize)>,
    /// When the keyboard moved in the table, in seconds of the window.
    pub(super) moved_at: f64,
    /// The pointer was over the rows.
    pub(super) under_pointer: bool,
    /// Where the menu of the rows opens, and whether it is shown.
    pub(super) menu_at: Pos2,
    /// The row to bring into sight.
    pub(super) reveal: bool,
}

impl<K, C> Default for TableState<K, C> {
    fn default() -> Self {
        Self {
            filter: String::new(),
            layout: None,
            initial: None,
            rows: RowsState::default(),
            left: 0.0,
            selection: Selection::default(),
            arranged: Arranged::default(),
            wanted: Vec::new(),
            first: None,
            cursor_at: None,
            moved_at: f64::NEG_INFINITY,
            under_pointer: false,
            menu_at: Pos2::ZERO,
            reveal: false,
        }
    }
}

impl<K: Clone + Eq + Hash, C: Copy + PartialEq> TableState<K, C> {
    /// A table that is sorted by a column until the user chooses another order.
    #[must_use]
    pub fn sorted(column: &str, descending: bool) -> Self {
        Self { initial: Some(Order::By { column: column.to_owned(), descending }), ..Self::default() }
    }

    /// The row that the keyboard is on.
    #[must_use]
    pub fn cursor(&self) -> Option<&K> {
        self.selection.cursor()
    }

    /// Whether a row is selected.
    #[must_use]
    pub fn is_selected(&self, key: &K) -> bool {
        self.selection.contains(key)
    }

    /// The selected rows, in no order.
    pub fn selected(&self) -> impl Iterator<Item = &K> {
        self.selection.keys()
    }

    /// How many rows are selected.
    #[must_use]
    pub fn selected_count(&self) -> usize {
        self.selection.len()
    }

    /// Selects a row alone and brings it into sight.
    pub fn select(&mut self, key: K) {
        self.selection.only(key);
        self.reveal = true;
    }

    /// Selects a row alone and leaves what is in sight as it is.
    pub fn mark(&mut self, key: K) {
        if self.selection.cursor() != Some(&key) {
            self.selection.only(key);
        }
    }

    /// The row of the source that is shown at a place, as of the latest drawing.
    #[must_use]
    pub fn shown_row(&self, place: usize) -> Option<usize> {
        self.arranged.row(place)
    }

    /// Follows a selection that is a fact of the model: where it is another row than the cursor's, that is selected.
    pub fn follow(&mut self, key: Option<&K>) {
        match key {
            Some(key) if self.selection.cursor() != Some(key) => self.select(key.clone()),
            Some(_) => {}
            None => {
                if self.selection.cursor().is_some() {
                    self.selection.clear();
                }
            }
        }
    }

    /// Forgets which rows are selected, and begins at the top.
    pub fn restart(&mut self) {
        self.selection.clear();
        self.rows = RowsState::default();
        self.first = None;
    }

    /// The column that the rows are sorted by, as the user chose or as at first; none in the order of arrival.
    #[must_use]
    pub fn sorted_by(&self) -> Option<(&str, bool)> {
        match self.layout.as_ref().and_then(|(_, layout)| layout.order.as_ref()).or(self.initial.as_ref()) {
            Some(Order::By { column, descending }) => Some((column, *descending)),
            Some(Order::Arrival) | None => None,
        }
    }

    /// The field that narrows the rows to those that contain every word of it, in any of the columns shown.
    pub fn filter_ui(&mut self, ui: &mut Ui, name: &str, hint: &str, id: Id) -> FilterOutput {
        FilterBox::new(name, hint).id(id).show(ui, &mut self.filter)
    }
}
