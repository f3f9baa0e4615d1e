//! Rows checked in the tree: their box, the bar below the rows, and what is done with them all.

use crate::model::number;
use crate::model::topics::{Intent, Topics, multi_select};
use crate::model::{Connected, remove_topics, subscriptions};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens, icon_at, icon_button};
use egui::{Align, CornerRadius, Layout, Rect, Response, Stroke, StrokeKind, Ui, pos2, vec2};

/// Points to the left of a row that belong to its box.
pub(super) const GUTTER: f32 = 20.0;
/// Height of the bar.
pub(super) const BAR: f32 = 34.0;
/// In a narrower tree the lesser acts of the bar are icons.
const NARROW: f32 = 400.0;

/// What can be done with the checked rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Remove,
    Subscribe,
    Copy,
    Clear,
}

/// Does it to all rows that are checked.
pub(super) fn act(cx: &Cx<'_>, topics: &Topics, act: Act) {
    match act {
        Act::Remove => cx.send(remove_topics::Intent::OpenChecked),
        Act::Subscribe => {
            if let Some(selector) = topics.checked_selector() {
                cx.send(subscriptions::Intent::Add(selector.expression().to_owned()));
            }
        }
        Act::Copy => cx.send(crate::model::Intent::Copy(paths(topics))),
        Act::Clear => cx.send(Intent::Check(multi_select::Act::Clear)),
    }
}

/// The checked paths, one in each line.
fn paths(topics: &Topics) -> String {
    let paths: Vec<&str> = topics.checks.paths().map(crate::data::TopicPath::as_str).collect();
    paths.join("\n")
}

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
    let topic_words = number::count_of(topics as u64, "topic", "topics");
    let branch_words = number::count_of(branches as u64, "branch", "branches");
    match (topics, branches) {
        (_, 0) => format!("{topic_words} checked"),
        (0, _) => format!("{branch_words} checked"),
        _ => format!("{topic_words}, {branch_words} checked"),
    }
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
pub(super) fn bar_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, writable: bool) {
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
    let mut chosen = None;
    if icon_button(&mut bar, Icon::Close, "Clear checks").on_hover_text("Clear (Esc)").clicked() {
        chosen = Some(Act::Clear);
    }
    let lesser = |ui: &mut Ui, icon, words: &str| {
        if narrow { icon_button(ui, icon, words).on_hover_text(words) } else { ui.button(words) }
    };
    if lesser(&mut bar, Icon::Copy, "Copy paths").clicked() {
        chosen = Some(Act::Copy);
    }
    if lesser(&mut bar, Icon::Live, "Subscribe").clicked() {
        chosen = Some(Act::Subscribe);
    }
    let remove = bar.add_enabled(writable, egui::Button::new("Remove…"));
    if remove.on_disabled_hover_text(super::READ_ONLY).on_hover_text("Del").clicked() {
        chosen = Some(Act::Remove);
    }
    bar.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add(egui::Label::new(theme::strong(count_words(checks.topics(), checks.branches()))).truncate());
        if let Some(remark) = remark(checks) {
            ui.add(egui::Label::new(theme::muted(ui, &remark)).truncate()).on_hover_text(remark);
        }
    });
    if let Some(chosen) = chosen {
        act(cx, topics, chosen);
    }
}

/// The menu of a row that is one of several checked ones: what is done with all of them.
pub(super) fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, topics: &Topics, writable: bool) -> Option<Act> {
    let checks = &topics.checks;
    let mut chosen = None;
    let words = count_words(checks.topics(), checks.branches());
    ui.label(theme::muted(ui, words));
    let rows = number::count_of(checks.len() as u64, "path", "paths");
    for (words, act) in [
        (format!("Copy {rows}   Ctrl+C"), Act::Copy),
        (format!("Subscribe to {}", if checks.len() == 1 { "it" } else { "all of them" }), Act::Subscribe),
        ("Clear checks   Esc".to_owned(), Act::Clear),
    ] {
        if ui.add(theme::menu_item(&words)).clicked() {
            chosen = Some(act);
            ui.close();
        }
    }
    crate::ui::dialogs::copy_as::menu_ui(ui, cx, &checks.paths().cloned().collect::<Vec<_>>());
    ui.separator();
    let remove = ui.add_enabled(writable, theme::menu_item(&format!("Remove {}…   Del", removal_words(checks))));
    if remove.on_disabled_hover_text(super::READ_ONLY).clicked() {
        chosen = Some(Act::Remove);
        ui.close();
    }
    chosen
}

fn removal_words(checks: &multi_select::Checks) -> String {
    let words = count_words(checks.topics(), checks.branches());
    words.strip_suffix(" checked").unwrap_or(&words).to_owned()
}
