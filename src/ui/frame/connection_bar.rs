//! The bar at the top: tabs of the connections, search, the safety mode, settings.

use super::{line_safety, safety_mode, settings_menu, status};
use crate::model::{self, Intent};
use crate::ui::commands::{self, Target, connection, window};
use crate::ui::cx::Cx;
use crate::ui::environment;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::menu;
use egui::{Frame, Margin, Panel as Side, Sense, Ui, vec2};

/// Tabs of the connections, search, settings.
pub(super) fn bar_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let tokens = Tokens::of(ui);
    let production = cx.connected().is_some_and(|c| c.environment == model::connections::Environment::Production);
    let fill = if production { tokens.environment(theme::EnvironmentColour::Production).wash } else { tokens.window };
    let frame = Frame::new().fill(fill).inner_margin(Margin::symmetric(8, 4));
    Side::top("connections").frame(frame).exact_size(38.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let on = Target::current(cx);
            let key = commands::key_text(ui, cx, &window::SEARCH);
            let search = theme::muted(ui, commands::with_key(window::SEARCH.words, &key));
            let galley = egui::WidgetText::from(search.clone()).into_galley(
                ui,
                Some(egui::TextWrapMode::Extend),
                f32::INFINITY,
                egui::TextStyle::Button,
            );
            let padding = ui.spacing().button_padding.x * 2.0;
            let gap = ui.spacing().item_spacing.x;
            // Plus, search and settings keep their room however many tabs there are.
            let kept = galley.size().x
                + padding
                + 2.0 * theme::tokens::size::HIT
                + 6.0 * gap
                + safety_mode::width(ui, cx)
                + line_safety::width(ui, cx);
            tabs_ui(ui, cx, (ui.available_width() - kept).max(90.0));
            let new = icon_button(ui, Icon::Plus, "New connection");
            if new.on_hover_text(theme::text(commands::tip(ui, &on, &connection::NEW))).clicked() {
                connection::NEW.run_on(&on);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                settings_menu::menu_ui(ui, cx);
                if ui.button(theme::text(search)).clicked() {
                    window::SEARCH.run_on(&on);
                }
                safety_mode::chooser_ui(ui, cx);
                line_safety::sign_ui(ui, cx);
            });
        });
    });
}

const TAB_WIDTH: std::ops::RangeInclusive<f32> = 124.0..=260.0;
/// Room in a tab for the sign of its state and the button that closes it.
const TAB_SIGNS: f32 = 62.0;

/// Tabs shrink to fit; when even the smallest do not, they scroll.
fn tabs_ui(ui: &mut Ui, cx: &Cx<'_>, room: f32) {
    let links = &cx.model.links;
    let gap = ui.spacing().item_spacing.x;
    let wanted: Vec<f32> = links
        .iter()
        .map(|c| {
            let name = ui.painter().layout_no_wrap(theme::line(&c.name), tab_font(), Tokens::of(ui).text);
            (name.size().x + TAB_SIGNS).clamp(*TAB_WIDTH.start(), *TAB_WIDTH.end())
        })
        .collect();
    let cap = fair_cap(&wanted, room - gap * links.len() as f32).max(*TAB_WIDTH.start());
    // What was last shown is brought into sight once, so that scrolling by hand is left alone.
    let shown = (cx.model.active, links.len(), room.to_bits());
    let id = ui.scope_id().with("tab in sight");
    let moved = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(id), shown)) != shown;
    ui.scope(|ui| {
        ui.style_mut().always_scroll_the_only_direction = true;
        egui::ScrollArea::horizontal()
            .max_width(room)
            .scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden)
            .show(ui, |ui| {
                ui.horizontal_centered(|ui| {
                    for (connected, wanted) in links.iter().zip(wanted) {
                        let response = tab_ui(ui, cx, connected, wanted.min(cap));
                        if moved && cx.model.active == Some(connected.id) {
                            response.scroll_to_me(None);
                        }
                    }
                });
            });
    });
}

fn tab_font() -> egui::FontId {
    egui::FontId::proportional(theme::tokens::text::BODY)
}

/// The largest width at which all of these fit into the room when no one is wider than it.
fn fair_cap(wanted: &[f32], room: f32) -> f32 {
    let mut sorted = wanted.to_vec();
    sorted.sort_by(f32::total_cmp);
    let mut left = room;
    for (at, width) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - at) as f32;
        if *width > share {
            return share;
        }
        left -= width;
    }
    f32::INFINITY
}

fn tab_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &model::Connected, width: f32) -> egui::Response {
    let tokens = Tokens::of(ui);
    let active = cx.model.active == Some(connected.id);
    let environment = environment::colour(connected.environment);
    let colours = tokens.environment(environment);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 30.0), Sense::click());
    let (state_icon, state_colour, state_words) = status::link_sign(tokens, &connected.link);
    let name = format!("{}, {}, {state_words}", connected.name, environment.word());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, active, theme::spoken(&name)));
    let fill = if active {
        tokens.content
    } else if response.hovered() {
        tokens.hover
    } else {
        egui::Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, theme::tokens::radius::M, fill);
    let edge = egui::Rect::from_min_size(rect.min, vec2(rect.width(), theme::tokens::size::TAB_EDGE));
    ui.painter().rect_filled(edge, 1, colours.fill);
    if response.has_focus() {
        theme::focus_ring(ui, rect, theme::tokens::radius::M);
    }
    let sign = egui::Rect::from_center_size(rect.left_center() + vec2(16.0, 1.0), egui::Vec2::splat(12.0));
    theme::icon_at(ui.painter(), sign, state_icon, state_colour);
    let mut job = egui::text::LayoutJob::simple_singleline(theme::line(&connected.name), tab_font(), tokens.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width - TAB_SIGNS + 6.0);
    let galley = ui.painter().layout_job(job);
    let text_rect = egui::Rect::from_min_max(rect.min + vec2(28.0, 0.0), rect.max - vec2(28.0, 0.0));
    ui.painter().with_clip_rect(text_rect).galley(
        egui::pos2(text_rect.left(), rect.center().y - galley.size().y / 2.0 + 1.0),
        galley,
        tokens.text,
    );
    let close_rect = egui::Rect::from_center_size(rect.right_center() + vec2(-15.0, 1.0), egui::Vec2::splat(20.0));
    let close = ui.interact(close_rect, response.id.with("close"), Sense::click());
    close.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, theme::spoken(format!("Close {}", connected.name)))
    });
    if close.hovered() {
        ui.painter().rect_filled(close_rect, theme::tokens::radius::S, tokens.pressed);
    }
    theme::icon_at(ui.painter(), close_rect.shrink(5.0), Icon::Close, tokens.text_faint);
    let response =
        response.on_hover_text(theme::text(format!("{} ({})\n{state_words}", connected.name, environment.word())));
    if active {
        menu::context(&response, |ui| {
            let on = Target::current(cx);
            for command in [&connection::WHO_AM_I, &connection::CHANGE_PRINCIPAL, &connection::CLOSE] {
                commands::item_ui(ui, &on, command, None);
            }
        });
    }
    if close.clicked() {
        cx.send(Intent::CloseLink(connected.id));
    } else if response.clicked() {
        cx.send(Intent::Activate(connected.id));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_tabs_give_way_before_narrow_ones() {
        assert!(fair_cap(&[100.0, 200.0], 300.0).is_infinite());
        assert!((fair_cap(&[100.0, 200.0, 260.0], 400.0) - 150.0).abs() < 0.01);
        assert!((fair_cap(&[200.0, 200.0], 300.0) - 150.0).abs() < 0.01);
    }
}
