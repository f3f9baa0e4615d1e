//! How careful the connection shown treats changes: the chooser in the connection bar.

use crate::model::connections::Environment;
use crate::model::safety::Mode;
use crate::model::{Connected, safety};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::environment;
use crate::ui::theme::tokens::{radius, size, text};
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::menu;
use egui::{Role, Sense, Ui, WidgetInfo, vec2};
use std::time::Duration;

/// Minutes and seconds left: “14:59”.
fn countdown(secs: i64) -> String {
    format!("{}:{:02}", secs / 60, secs % 60)
}

/// The words on the button.
fn words(cx: &Cx<'_>, connected: &Connected) -> String {
    let mode = connected.safety.mode(cx.now());
    match connected.safety.lock_secs(cx.now()).filter(|_| mode != Mode::ReadOnly) {
        Some(secs) => format!("{} · locks in {}", mode.name(), countdown(secs)),
        None => mode.name().to_owned(),
    }
}

/// Room that the chooser needs in the bar.
#[must_use]
pub(super) fn width(ui: &Ui, cx: &Cx<'_>) -> f32 {
    let Some(connected) = cx.connected() else { return 0.0 };
    let font = theme::fonts::text(text::BODY);
    ui.painter().layout_no_wrap(theme::line(words(cx, connected)), font, Tokens::of(ui).text).size().x + 42.0
}

/// Draws the chooser.
pub(super) fn chooser_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let Some(connected) = cx.connected() else { return };
    let tokens = Tokens::of(ui);
    let mode = connected.safety.mode(cx.now());
    let production = connected.environment == Environment::Production;
    let unlocked = production && mode != Mode::ReadOnly;
    let words = words(cx, connected);
    let (rect, response) = ui.allocate_exact_size(vec2(width(ui, cx), 28.0), Sense::click());
    let spoken = format!("{words}: {}", mode.help());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, theme::spoken(&spoken)));
    let colours = tokens.environment(environment::colour(connected.environment));
    let (fill, ink) = match () {
        () if unlocked => (colours.fill, colours.on_fill),
        () if response.hovered() => (tokens.hover, tokens.text),
        () => (egui::Color32::TRANSPARENT, tokens.text),
    };
    ui.painter().rect_filled(rect, radius::M, fill);
    let sign = if mode == Mode::ReadOnly { Icon::Lock } else { Icon::Unlock };
    let place = egui::Rect::from_center_size(rect.left_center() + vec2(15.0, 0.0), egui::Vec2::splat(size::ICON));
    theme::icon_at(ui.painter(), place, sign, ink);
    let at = rect.left_center() + vec2(28.0, 0.0);
    let font = theme::fonts::text(text::BODY);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, theme::line(&words), font, ink);
    if response.has_focus() {
        theme::focus_ring(ui, rect, radius::M);
    }
    if unlocked {
        ui.ctx().request_repaint_after(Duration::from_secs(1));
    }
    menu::popup(egui::Popup::menu(&response), |ui| menu_ui(ui, cx, connected, mode));
    response.on_hover_text(theme::text(mode.help()));
}

fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, mode: Mode) {
    ui.set_width(330.0);
    ui.spacing_mut().item_spacing.y = 1.0;
    ui.label(theme::faint(ui, format!("Changes through {}", connected.name)));
    for offered in connected.safety.offered() {
        if ui.radio(offered == mode, theme::strong(offered.name())).clicked() && offered != mode {
            if connected.environment == Environment::Production && offered != Mode::ReadOnly {
                cx.ask_shell(ShellRequest::AskUnlock(offered));
            } else {
                cx.send(safety::Intent::SetMode(offered));
            }
            ui.close();
        }
        ui.horizontal(|ui| {
            ui.add_space(22.0);
            ui.add(egui::Label::new(theme::muted(ui, offered.help())).wrap());
        });
        ui.add_space(4.0);
    }
}
