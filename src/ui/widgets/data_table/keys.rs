//! What clicks and keys do to the selection of a table.

use super::head::menu_key;
use super::{TableSource, TableState, rows};
use egui::{Key, Modifiers, Ui};
use hashbrown::HashSet;

/// Points that an arrow scrolls sideways.
const SIDEWAYS: f32 = 40.0;

/// What keys did. Rows are those of the source.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pressed {
    pub moved: Option<usize>,
    pub opened: Option<usize>,
    pub toggled: Option<usize>,
    pub copies: bool,
    pub opens_menu: bool,
}

/// A click on the row at a place.
pub(super) fn click<S: TableSource>(
    state: &mut TableState<S::Key, S::Column>,
    source: &S,
    place: usize,
    modifiers: Modifiers,
) {
    let Some(row) = state.arranged.row(place) else { return };
    if modifiers.shift {
        extend(state, source, place);
    } else if modifiers.command {
        state.selection.toggle(source.key(row));
    } else {
        state.selection.only(source.key(row));
    }
    state.selection.hint = place;
}

/// A menu belongs to the rows that are selected, if it is opened on one of them, else to that row alone. True if that
/// was another selection.
pub(super) fn select_for_menu<S: TableSource>(
    state: &mut TableState<S::Key, S::Column>,
    source: &S,
    place: usize,
) -> bool {
    let Some(key) = state.arranged.row(place).map(|row| source.key(row)) else { return false };
    let other = !state.selection.contains(&key);
    if other {
        state.selection.only(key);
        state.selection.hint = place;
    }
    other
}

/// From the fixed end of the range to a place.
fn extend<S: TableSource>(state: &mut TableState<S::Key, S::Column>, source: &S, place: usize) {
    let Some(cursor) = state.arranged.row(place).map(|row| source.key(row)) else { return };
    let fixed = state.selection.anchor().and_then(|key| state.arranged.place_of(source, key, state.selection.hint));
    let Some(fixed) = fixed else { return state.selection.only(cursor) };
    let (first, last) = (fixed.min(place), fixed.max(place));
    let rows = (first..=last).filter_map(|place| state.arranged.row(place));
    let keys: Vec<S::Key> = rows.filter(|row| source.divider(*row).is_none()).map(|row| source.key(row)).collect();
    state.selection.range(keys.into_iter(), cursor);
}

/// Answers to the keys of a table that has the focus, and takes them.
pub(super) fn pressed<S: TableSource>(
    ui: &Ui,
    state: &mut TableState<S::Key, S::Column>,
    source: &S,
    page: usize,
    space_selects: bool,
) -> Pressed {
    let mut done = Pressed::default();
    let key = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let count = state.arranged.len();
    let shift = ui.input(|input| input.modifiers.shift);
    let cursor = state.selection.cursor();
    let at = cursor.and_then(|key| state.arranged.place_of(source, key, state.selection.hint));
    if let Some(next) = rows::motion(ui, at, count, page).and_then(|next| entry(state, source, at, next)) {
        state.moved_at = ui.input(|input| input.time);
        if shift {
            extend(state, source, next);
        } else if let Some(row) = state.arranged.row(next) {
            state.selection.only(source.key(row));
        }
        state.selection.hint = next;
        state.rows.scroll_to(next, None);
        done.moved = state.arranged.row(next);
    }
    let on = at.and_then(|at| state.arranged.row(at));
    if key(Modifiers::NONE, Key::Space) {
        done.toggled = on;
        if let Some(row) = on.filter(|_| space_selects) {
            state.selection.toggle(source.key(row));
        }
    }
    if key(Modifiers::NONE, Key::Enter) {
        done.opened = on;
    }
    if key(Modifiers::COMMAND, Key::A) {
        select_all(state, source);
    }
    if key(Modifiers::NONE, Key::ArrowRight) {
        state.left += SIDEWAYS;
    }
    if key(Modifiers::NONE, Key::ArrowLeft) {
        state.left -= SIDEWAYS;
    }
    // Several rows become one again; else the key belongs to what is around the table.
    if state.selection.len() > 1
        && key(Modifiers::NONE, Key::Escape)
        && let Some(key) = state.selection.cursor().cloned()
    {
        state.selection.only(key);
    }
    done.copies = ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy)));
    done.opens_menu = menu_key(ui) && !selected_rows(state, source).is_empty();
    done
}

/// Selects every row that the filter leaves.
pub(super) fn select_all<S: TableSource>(state: &mut TableState<S::Key, S::Column>, source: &S) {
    let rows = state.arranged.rows().filter(|row| source.divider(*row).is_none());
    let keys: Vec<S::Key> = rows.map(|row| source.key(row)).collect();
    state.selection.all(keys.into_iter());
}

/// The next place that is no divider, in the direction of the movement.
fn entry<S: TableSource>(
    state: &TableState<S::Key, S::Column>,
    source: &S,
    at: Option<usize>,
    next: usize,
) -> Option<usize> {
    let is_entry = |place: &usize| state.arranged.row(*place).is_some_and(|row| source.divider(row).is_none());
    if at.is_none_or(|at| next >= at) {
        (next..state.arranged.len()).find(is_entry)
    } else {
        (0..=next).rev().find(is_entry)
    }
}

/// The rows that are selected and shown, in the order shown.
pub(super) fn selected_rows<S: TableSource>(state: &TableState<S::Key, S::Column>, source: &S) -> Vec<usize> {
    if state.selection.len() == 1
        && let Some(key) = state.selection.keys().next()
    {
        let place = state.arranged.place_of(source, key, state.selection.hint);
        return place.and_then(|place| state.arranged.row(place)).into_iter().collect();
    }
    if state.selection.len() == 0 {
        return Vec::new();
    }
    let count = source.row_count();
    let rows = state.arranged.rows().filter(|row| *row < count);
    rows.filter(|row| state.selection.contains(&source.key(*row))).collect()
}

/// Forgets selected rows that are no longer there.
pub(super) fn forget_gone<S: TableSource>(state: &mut TableState<S::Key, S::Column>, source: &S) {
    if state.selection.len() == 0 && state.selection.cursor().is_none() {
        return;
    }
    let mut there: HashSet<S::Key> = HashSet::new();
    for row in 0..source.row_count() {
        let key = source.key(row);
        if state.selection.contains(&key)
            || state.selection.cursor() == Some(&key)
            || state.selection.anchor() == Some(&key)
        {
            there.insert(key);
        }
    }
    state.selection.retain(|key| there.contains(key));
}
