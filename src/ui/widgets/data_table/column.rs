//! Columns of a data table, and how their widths are fitted into the room.

use super::TableLayout;

/// No column is narrower than this, in points.
pub(super) const NARROWEST: f32 = 36.0;

/// A column. `C` is how the panel names its columns, usually an enumeration.
#[derive(Clone, Debug, PartialEq)]
pub struct Column<'a, C> {
    /// What the panel calls it.
    pub key: C,
    /// Stored in layouts and the name of the member in JSON copies: never renamed.
    pub id: &'a str,
    /// The text of its head; the first row of copies.
    pub title: &'a str,
    /// Shown while the pointer rests on the head.
    pub help: &'a str,
    width: f32,
    grow: f32,
    from: f32,
    pub(super) right: bool,
    pub(super) sortable: bool,
    hidden: bool,
}

impl<'a, C> Column<'a, C> {
    /// A column of text that can be sorted by; its width is in points.
    #[must_use]
    pub const fn new(key: C, id: &'a str, title: &'a str, width: f32) -> Self {
        Self { key, id, title, help: "", width, grow: 0.0, from: 0.0, right: false, sortable: true, hidden: false }
    }

    /// Takes this share of the room that is left, and gives up to half of its width where there is too little.
    #[must_use]
    pub const fn grow(mut self, share: f32) -> Self {
        self.grow = share;
        self
    }

    /// Contents stand at the right edge, as numbers do.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Cannot be sorted by.
    #[must_use]
    pub const fn unsorted(mut self) -> Self {
        self.sortable = false;
        self
    }

    /// Not shown until the user chooses it.
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Shown only in tables at least so wide, unless the user chooses it.
    #[must_use]
    pub const fn from_width(mut self, points: f32) -> Self {
        self.from = points;
        self
    }

    /// What the column means, shown while the pointer rests on its head.
    #[must_use]
    pub const fn help(mut self, text: &'a str) -> Self {
        self.help = text;
        self
    }

    /// Whether it is shown in a table of this width.
    pub(super) fn is_shown(&self, layout: &TableLayout, room: f32) -> bool {
        layout.columns.get(self.id).copied().unwrap_or(!self.hidden && room >= self.from)
    }
}

/// The widths of the shown columns in a room: what the user set stays, columns that grow take what is left or give
/// way. The sum may be larger than the room; the table then scrolls sideways.
pub(super) fn fit<C>(columns: &[&Column<'_, C>], layout: &TableLayout, room: f32) -> Vec<f32> {
    let own = |column: &Column<'_, C>| layout.widths.get(column.id).copied();
    let mut widths: Vec<f32> = columns.iter().map(|c| own(c).unwrap_or(c.width).max(NARROWEST)).collect();
    let left = room - widths.iter().sum::<f32>();
    let growing = |at: usize| columns[at].grow > 0.0 && own(columns[at]).is_none();
    if left >= 0.0 {
        let shares: f32 = (0..columns.len()).filter(|at| growing(*at)).map(|at| columns[at].grow).sum();
        if shares > 0.0 {
            for at in (0..columns.len()).filter(|at| growing(*at)) {
                widths[at] += left * columns[at].grow / shares;
            }
        } else if let Some(last) = widths.last_mut() {
            *last += left;
        }
    } else {
        let spare: f32 = (0..columns.len()).filter(|at| growing(*at)).map(|at| widths[at] * 0.5).sum();
        let part = if spare > 0.0 { (-left / spare).min(1.0) } else { 0.0 };
        for at in (0..columns.len()).filter(|at| growing(*at)) {
            widths[at] = (widths[at] * (1.0 - 0.5 * part)).max(NARROWEST);
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_columns_take_what_is_left_and_give_way() {
        let columns = [Column::new(0, "a", "A", 100.0).grow(1.0), Column::new(1, "b", "B", 60.0)];
        let columns: Vec<&Column<'_, i32>> = columns.iter().collect();
        let mut layout = TableLayout::default();
        assert_eq!(fit(&columns, &layout, 300.0), [240.0, 60.0]);
        let narrow: Vec<f32> = fit(&columns, &layout, 120.0).into_iter().map(f32::round).collect();
        assert_eq!(narrow, [60.0, 60.0]);
        assert_eq!(fit(&columns, &layout, 50.0), [50.0, 60.0], "then the table scrolls");
        layout.widths.insert("a".to_owned(), 80.0);
        assert_eq!(fit(&columns, &layout, 300.0), [80.0, 220.0], "the last one fills the table");
    }

    #[test]
    fn the_user_decides_what_is_shown() {
        let column = Column::new((), "type", "Type", 60.0).from_width(400.0);
        let mut layout = TableLayout::default();
        assert!(column.is_shown(&layout, 400.0) && !column.is_shown(&layout, 399.0));
        layout.columns.insert("type".to_owned(), true);
        assert!(column.is_shown(&layout, 100.0));
        layout.columns.insert("type".to_owned(), false);
        assert!(!column.is_shown(&layout, 900.0));
    }
}
