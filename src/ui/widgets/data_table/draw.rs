//! Draws the rows of a data table and answers to what the user does in them.

use super::head::Shown;
use super::{Cell, DataTable, TableOutput, TableSource, TableState, copy, keys, menu, title_width};
use crate::ui::theme;
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{Icon, Tokens, fonts};
use crate::ui::widgets::rows::{Row, RowFacts, Rows, RowsOutput};
use crate::ui::widgets::states;
use egui::{Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2};

impl<C: Copy + PartialEq> DataTable<'_, C> {
    pub(super) fn rows_ui<S>(
        &self,
        ui: &mut Ui,
        state: &mut TableState<S::Key, C>,
        source: &S,
        shown: &Shown<'_, '_, C>,
    ) -> TableOutput
    where
        S: TableSource<Column = C>,
    {
        let mut wanted: Vec<f32> = shown.columns.iter().map(|c| title_width(c.title)).collect();
        let id = ui.make_persistent_id(("rows of table", self.id));
        let mut rows_state = std::mem::take(&mut state.rows);
        let mut drawn = Drawn::default();
        let list = Rows::new(self.name, state.arranged.len()).table().row_height(self.row_height).id(id);
        let list = list.takes_escape(self.takes_escape || state.selection.len() > 1);
        let output = list.show(ui, &mut rows_state, |ui, row| {
            let Some(at) = state.arranged.row(row.index).filter(|at| *at < source.row_count()) else { return };
            if let Some(words) = source.divider(at) {
                return divider_ui(ui, &row, words);
            }
            let key = source.key(at);
            let selected = state.selection.contains(&key);
            let response = row_ui(ui, &row, source, at, selected, shown, &mut wanted);
            if state.selection.cursor() == Some(&key) {
                drawn.cursor = Some(row.rect);
                drawn.cursor_place = Some(row.index);
                if row.is_focused() && (!selected || state.selection.len() > 1) {
                    let ring = Stroke::new(1.0, Tokens::of(ui).focus);
                    ui.painter().rect_stroke(row.rect, 0, ring, StrokeKind::Inside);
                }
            }
            drawn.note(&response, row.index);
            if response.hovered()
                && let Some(text) = source.hover(at)
            {
                response.on_hover_text(theme::text(text));
            }
        });
        state.rows = rows_state;
        state.wanted = wanted;
        state.under_pointer = ui.rect_contains_pointer(output.response.rect);
        let first = output.visible.start;
        state.first = state.arranged.row(first).filter(|at| *at < source.row_count()).map(|at| (source.key(at), first));
        state.cursor_at = drawn.cursor_place.and_then(|place| Some((state.selection.cursor()?.clone(), place)));
        self.react(ui, state, source, shown, &output, &drawn)
    }

    fn react<S>(
        &self,
        ui: &Ui,
        state: &mut TableState<S::Key, C>,
        source: &S,
        shown: &Shown<'_, '_, C>,
        output: &RowsOutput,
        drawn: &Drawn,
    ) -> TableOutput
    where
        S: TableSource<Column = C>,
    {
        let row_at = |state: &TableState<S::Key, C>, place: Option<usize>| place.and_then(|p| state.arranged.row(p));
        let mut done = TableOutput {
            response: output.response.clone(),
            visible: output.visible.clone(),
            count: state.arranged.len(),
            moved: None,
            clicked: None,
            opened: row_at(state, drawn.opened),
            toggled: None,
        };
        if let Some(place) = drawn.clicked {
            output.response.request_focus();
            let modifiers = ui.input(|input| input.modifiers);
            keys::click(state, source, place, modifiers);
            done.moved = row_at(state, Some(place));
            done.clicked = done.moved.filter(|_| !modifiers.shift && !modifiers.command);
        }
        if let Some(place) = drawn.menu {
            output.response.request_focus();
            if keys::select_for_menu(state, source, place) {
                done.moved = row_at(state, Some(place));
            }
        }
        let mut copies = None;
        let mut opens_menu = drawn.menu.is_some();
        if output.response.has_focus() {
            let pressed = keys::pressed(ui, state, source, output.page, self.space_selects);
            done.moved = pressed.moved.or(done.moved);
            done.opened = pressed.opened.or(done.opened);
            done.toggled = pressed.toggled;
            if pressed.copies {
                copies = Some(copy::Form::Text);
            }
            opens_menu |= pressed.opens_menu;
            if pressed.opens_menu {
                state.menu_at = drawn.cursor.map_or(output.response.rect.left_top(), |row| row.left_bottom());
            }
        }
        if let (Some(_), Some(at)) = (drawn.menu, ui.input(|input| input.pointer.interact_pos())) {
            state.menu_at = at;
        }
        // What the panel shows of the row may take room from the table.
        state.reveal |= done.moved.is_some();
        copies = menu::show(state, source, &output.response, opens_menu).or(copies);
        if let Some(form) = copies {
            let rows = keys::selected_rows(state, source);
            if !rows.is_empty() {
                let own = if form == copy::Form::Text { source.copied(&rows) } else { None };
                let text = own.unwrap_or_else(|| copy::rows_as(form, source, &shown.columns, &rows));
                ui.ctx().copy_text(text);
            }
        }
        done
    }
}

/// What happened to the rows that were drawn, by their places.
#[derive(Default)]
struct Drawn {
    clicked: Option<usize>,
    opened: Option<usize>,
    menu: Option<usize>,
    /// Where the row of the cursor is.
    cursor: Option<Rect>,
    cursor_place: Option<usize>,
}

impl Drawn {
    fn note(&mut self, response: &Response, place: usize) {
        if response.clicked() {
            self.clicked = Some(place);
        }
        if response.double_clicked() {
            self.opened = Some(place);
        }
        if response.secondary_clicked() {
            self.menu = Some(place);
        }
    }
}

fn row_ui<S: TableSource>(
    ui: &mut Ui,
    row: &Row,
    source: &S,
    at: usize,
    selected: bool,
    shown: &Shown<'_, '_, S::Column>,
    wanted: &mut [f32],
) -> Response {
    let spoken = || {
        source.name(at).unwrap_or_else(|| {
            let texts = shown.columns.iter().map(|column| source.text(at, column.key));
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        })
    };
    let response = row.interact_named(ui, RowFacts { selected, ..RowFacts::default() }, spoken);
    let clip = ui.clip_rect();
    let place = |(left, right): (f32, f32)| {
        Rect::from_min_max(
            pos2(left + space::XS, row.rect.top()),
            pos2((right - space::XS).max(left + space::XS), row.rect.bottom()),
        )
    };
    for (number, column) in shown.columns.iter().enumerate() {
        let rect = place(shown.edges[number]);
        if rect.right() >= clip.left() && rect.left() <= clip.right() {
            let mut cell = Cell { rect, right: column.right, wanted: &mut wanted[number] };
            source.cell_ui(ui, &mut cell, at, column.key);
        }
    }
    // Only where a screen reader or a test asks for them.
    if ui.ctx().has_accesskit_node(response.id) {
        let builder = UiBuilder::new().id_salt(("cells", row.index)).max_rect(row.rect);
        let cells = ui.new_child(builder.accessibility_parent(response.id));
        for (number, column) in shown.columns.iter().enumerate() {
            let text = source.text(at, column.key);
            if !text.is_empty() {
                let rect = place(shown.edges[number]);
                let cell = cells.interact(rect, response.id.with(("cell", column.id)), Sense::hover());
                cell.widget_info(|| WidgetInfo::labeled(Role::Cell, true, theme::spoken(text.as_ref())));
            }
        }
    }
    response
}

/// A remark between two rows.
fn divider_ui(ui: &mut Ui, row: &Row, words: &str) {
    let colour = Tokens::of(ui).warn.strong;
    row.interact(ui, words, RowFacts { inert: true, ..RowFacts::default() });
    let galley = ui.painter().layout_no_wrap(theme::line(words), fonts::text(text::SMALL), colour);
    let middle = row.rect.center();
    let half = galley.size().x / 2.0 + space::S;
    for (from, to) in [(row.rect.left() + 10.0, middle.x - half), (middle.x + half, row.rect.right() - 10.0)] {
        let points = [pos2(from, middle.y), pos2(to, middle.y)];
        ui.painter().extend(egui::Shape::dashed_line(&points, Stroke::new(1.0, colour), 5.0, 4.0));
    }
    ui.painter().galley(middle - galley.size() / 2.0, galley, colour);
}

pub(super) fn no_match_ui(ui: &mut Ui, room: Rect, filter: &mut String) {
    let body = "The filter looks for its words in the columns shown";
    let mut child = ui.new_child(UiBuilder::new().id_salt("no match").max_rect(room));
    child.shrink_clip_rect(room);
    if states::empty_ui(&mut child, Icon::Search, "No row contains these words", body, Some("Clear the filter")) {
        filter.clear();
    }
}
