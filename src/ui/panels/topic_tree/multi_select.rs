//! Rows checked in the tree: their box, the bar below the rows, and what is done with them all.

use crate::model::Connected;
use crate::model::number;
use crate::model::topics::{Topics, multi_select};
use crate::ui::commands::{Command, Target, item_ui, key_text, tip, topic};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens, icon_at, icon_button};
use egui::{Align, CornerRadius, Layout, Rect, Response, Stroke, StrokeKind, Ui, pos2, vec2};

/// Points to the left of a row that belong to its box.
pub(super) const GUTTER: f32 = 20.0;
/// Height of the bar.
pub(super) const BAR: f32 = 34.0;
/// In a narrower tree the lesser acts of the bar are icons.
const NARROW: f32 = 400.0;

/// The box of a row: shown while the pointer is on the row, and always while anything is checked.
/// True when it was clicked.
pub(super) fn box_ui(ui: &Ui, row: &Response, rect: Rect, checked: bool, any: bool) -> bool {
    let tokens = Tokens::of(ui);
    let lane = Rect::from_min_size(rect.min, vec2(GUTTER + 2.0, rect.height()));
    let response = ui.interact(lane, row.id.with("check"), egui::Sense::click());
    if !(checked || any || ui.rect_contains_pointer(rect)) {
        return response.clicked();
    }
    let square = Rect::from_center_size(pos2(rect.left() + 12.0, rect.center().y), vec2(13.0, 13.0));
    let corner = CornerRadius::same(3);
    if checked {
        ui.painter().rect_filled(square, corner, tokens.accent);
        icon_at(ui.painter(), square.shrink(2.0), Icon::Check, tokens.on_accent);
    } else {
        let colour = if response.hovered() { tokens.outline_hover } else { tokens.outline };
        ui.painter().rect_stroke(square, corner, Stroke::new(1.0, colour), StrokeKind::Inside);
    }
    response.clicked()
}

/// How much is checked, as a sentence part.
fn count_words(topics: usize, branches: usize) -> String {
    format!("{} checked", topic::rows_text(topics, branches))
}

/// What else is to be said of the checked rows.
fn remark(checks: &multi_select::Checks) -> Option<String> {
    if checks.left_out() > 0 {
        return Some(format!(
            "{} left out: {} rows can be checked at once; a selector takes more",
            number::grouped(checks.left_out() as u64),
            number::grouped(multi_select::MOST as u64)
        ));
    }
    (checks.gone() > 0).then(|| format!("{} removed since", number::grouped(checks.gone() as u64)))
}

/// The bar below the rows; nothing while nothing is checked.
pub(super) fn bar_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let topics = &connected.topics;
    let checks = &topics.checks;
    let tokens = Tokens::of(ui);
    let whole = ui.available_rect_before_wrap();
    let rect = Rect::from_min_size(whole.min, vec2(whole.width(), BAR));
    ui.advance_cursor_after_rect(rect);
    ui.painter().rect_filled(rect, CornerRadius::ZERO, tokens.raised);
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, tokens.separator));
    let mut bar = ui.new_child(
        egui::UiBuilder::new().max_rect(rect.shrink2(vec2(8.0, 4.0))).layout(Layout::right_to_left(Align::Center)),
    );
    bar.spacing_mut().item_spacing.x = 4.0;
    let narrow = rect.width() < NARROW;
    let on = checked(cx);
    let clear = tip(ui, &on, &topic::CLEAR_CHECKS);
    if icon_button(&mut bar, Icon::Close, topic::CLEAR_CHECKS.words).on_hover_text(theme::text(clear)).clicked() {
        topic::CLEAR_CHECKS.run_on(&on);
    }
    let mut lesser = |icon, words: &str, command: &Command| {
        let button = if narrow { icon_button(&mut bar, icon, words) } else { bar.button(theme::text(words)) };
        if button.on_hover_text(theme::text(tip(ui, &on, command))).clicked() {
            command.run_on(&on);
        }
    };
    lesser(Icon::Copy, "Copy paths", &topic::COPY_PATH);
    lesser(Icon::Live, "Subscribe", &topic::SUBSCRIBE_CHECKED);
    let block = topic::read_only(&on);
    let remove = bar.add_enabled(block.is_none(), egui::Button::new("Remove…"));
    let key = key_text(ui, cx, &topic::REMOVE);
    if remove.on_disabled_hover_text(theme::text(block.unwrap_or_default())).on_hover_text(theme::text(key)).clicked() {
        topic::REMOVE.run_on(&on);
    }
    bar.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add(egui::Label::new(theme::strong(count_words(checks.topics(), checks.branches()))).truncate());
        if let Some(remark) = remark(checks) {
            ui.add(egui::Label::new(theme::muted(ui, &remark)).truncate()).on_hover_text(theme::text(remark));
        }
    });
}

/// All rows that are checked.
fn checked<'a>(cx: &'a Cx<'a>) -> Target<'a> {
    Target { cx, path: None, checked: true }
}

/// The menu of a row that is one of several checked ones: what is done with all of them.
pub(super) fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, topics: &Topics) {
    let checks = &topics.checks;
    let on = checked(cx);
    ui.label(theme::muted(ui, count_words(checks.topics(), checks.branches())));
    for command in [&topic::COPY_PATH, &topic::SUBSCRIBE_CHECKED, &topic::CLEAR_CHECKS] {
        item_ui(ui, &on, command, None);
    }
    crate::ui::dialogs::copy_as::menu_ui(ui, cx, &on.paths());
    ui.separator();
    item_ui(ui, &on, &topic::REMOVE, topic::read_only(&on));
}
