//! What the user changed about tables: widths, shown columns and order. Stored with the layout of the window.

use egui::{Context, Id};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The order of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As the rows come.
    Arrival,
    /// By a column.
    By {
        /// Its id.
        column: String,
        /// Largest first.
        descending: bool,
    },
}

/// What the user changed about one table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableLayout {
    /// Widths in points by the id of the column; those not set by hand are missing.
    pub widths: BTreeMap<String, f32>,
    /// Columns shown or hidden by hand.
    pub columns: BTreeMap<String, bool>,
    /// The order, if the user chose one.
    pub order: Option<Order>,
}

/// The layouts of all tables by the id of the table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TableLayouts(BTreeMap<String, TableLayout>);

/// The layouts as the window keeps them, and how often they were replaced as a whole.
#[derive(Clone, Default)]
struct Kept {
    layouts: TableLayouts,
    replaced: u64,
}

fn with<R>(ctx: &Context, work: impl FnOnce(&mut Kept) -> R) -> R {
    ctx.data_mut(|data| work(data.get_temp_mut_or_default(Id::unique("layouts of tables"))))
}

impl TableLayouts {
    /// The layouts of this window.
    #[must_use]
    pub fn of(ctx: &Context) -> Self {
        with(ctx, |kept| kept.layouts.clone())
    }

    /// Uses these from now on, also for tables that were drawn before.
    pub fn apply(self, ctx: &Context) {
        with(ctx, |kept| {
            kept.layouts = self;
            kept.replaced += 1;
        });
    }

    /// Whether nothing was changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How often the layouts were replaced as a whole: a table reads its own again when that changed.
pub(super) fn replaced(ctx: &Context) -> u64 {
    with(ctx, |kept| kept.replaced)
}

/// The layout of one table.
pub(super) fn read(ctx: &Context, table: &str) -> TableLayout {
    with(ctx, |kept| kept.layouts.0.get(table).cloned()).unwrap_or_default()
}

/// Keeps the layout of one table.
pub(super) fn write(ctx: &Context, table: &str, layout: &TableLayout) {
    with(ctx, |kept| {
        if *layout == TableLayout::default() {
            kept.layouts.0.remove(table);
        } else {
            kept.layouts.0.insert(table.to_owned(), layout.clone());
        }
    });
}
