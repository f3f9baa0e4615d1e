//! Pieces that several views of the inspector are put together from.

use crate::ui::theme::tokens::{radius, size, space, text};
use crate::ui::theme::{self, Tokens, fonts};
use crate::ui::widgets::layout::within;
use egui::{Align, CornerRadius, Layout, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

/// The tabs of the panel, with room for buttons at the right end.
pub(in crate::ui::panels) fn tab_strip<T: Copy + PartialEq>(
    ui: &mut Ui,
    current: &mut T,
    titles: &[(T, String)],
    right: impl FnOnce(&mut Ui),
) {
    let tokens = Tokens::of(ui);
    let room = ui.available_rect_before_wrap();
    let bar = Rect::from_min_size(room.min, vec2(room.width(), 30.0));
    ui.painter().rect_filled(bar, CornerRadius::ZERO, if tokens.dark { tokens.raised } else { tokens.window });
    ui.advance_cursor_after_rect(bar);
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, tokens.separator));
    within(ui, "tabs", bar.shrink2(vec2(4.0, 0.0)), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XXS;
            right(ui);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                for (tab, title) in titles {
                    if tab_ui(ui, title, *tab == *current).clicked() {
                        *current = *tab;
                    }
                }
            });
        });
    });
}

fn tab_ui(ui: &mut Ui, title: &str, active: bool) -> Response {
    let tokens = Tokens::of(ui);
    let font = if active { fonts::strong(text::BODY) } else { fonts::text(text::BODY) };
    let colour = if active { tokens.text } else { tokens.text_muted };
    let galley = ui.painter().layout_no_wrap(theme::line(title), font, colour);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 20.0, 30.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, theme::spoken(title)));
    if response.hovered() && !active {
        ui.painter().rect_filled(rect.shrink(2.0), radius::M, tokens.hover);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
    if active {
        let line = Rect::from_min_max(rect.left_bottom() - vec2(-6.0, 2.5), rect.right_bottom() - vec2(6.0, 0.0));
        ui.painter().rect_filled(line, 1, tokens.accent);
    }
    if response.has_focus() {
        theme::focus_ring(ui, rect.shrink(1.0), radius::M);
    }
    response
}

/// A choice of few, side by side.
pub(in crate::ui::panels) fn segments<T: Copy + PartialEq>(ui: &mut Ui, current: &mut T, choices: &[(T, &str)]) {
    let tokens = Tokens::of(ui);
    let font = fonts::text(text::SMALL + 0.5);
    let widths: Vec<f32> = choices
        .iter()
        .map(|(_, word)| ui.painter().layout_no_wrap(theme::line(word), font.clone(), tokens.text).size().x + 18.0)
        .collect();
    let (whole, _) = ui.allocate_exact_size(vec2(widths.iter().sum(), size::HIT), Sense::hover());
    ui.painter().rect_filled(whole, radius::M, tokens.hover);
    let mut left = whole.left();
    for ((choice, word), width) in choices.iter().zip(widths) {
        let rect = Rect::from_min_size(egui::pos2(left, whole.top()), vec2(width, whole.height()));
        left += width;
        let response = ui.interact(rect, ui.scope_id().with(("segment", *word)), Sense::click());
        let active = *choice == *current;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, active, theme::spoken(*word)));
        if active {
            let inner = rect.shrink(2.0);
            ui.painter().rect_filled(inner, radius::M - 1, tokens.content);
            ui.painter().rect_stroke(inner, radius::M - 1, Stroke::new(1.0, tokens.outline), egui::StrokeKind::Inside);
        }
        let colour = if active || response.hovered() { tokens.text } else { tokens.text_muted };
        ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, theme::line(*word), font.clone(), colour);
        if response.has_focus() {
            theme::focus_ring(ui, rect, radius::M);
        }
        if response.clicked() {
            *current = *choice;
        }
    }
}

/// One line of a fact: its name, faint, and its text, which can be selected and copied.
pub(super) fn fact_row(ui: &mut Ui, name: &str, value: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let (rect, _) = ui.allocate_exact_size(vec2(112.0, 20.0), Sense::hover());
        let tokens = Tokens::of(ui);
        let font = fonts::text(text::BODY);
        ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, theme::line(name), font, tokens.text_faint);
        let label = egui::Label::new(theme::mono(value)).selectable(true).truncate();
        let response = ui.add(label);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, theme::spoken(format!("{name}: {value}"))));
    });
}
