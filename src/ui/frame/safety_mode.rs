//! How careful the connection shown treats changes: a chooser in the connection bar, and the question before a
//! production server is unlocked.

use crate::model::connections::Environment;
use crate::model::safety::{IDLE_SECS, Mode, UNLOCK_SECS};
use crate::model::{Connected, safety};
use crate::ui::cx::Cx;
use crate::ui::environment;
use crate::ui::theme::tokens::{radius, size, text};
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::button_row;
use egui::{RichText, Role, Sense, Ui, WidgetInfo, vec2};
use std::time::Duration;

/// What the chooser remembers.
#[derive(Default)]
pub struct ModeChooser {
    /// The mode that a production server would be unlocked to.
    asked: Option<Mode>,
    question_shown: bool,
}

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
pub fn width(ui: &Ui, cx: &Cx<'_>) -> f32 {
    let Some(connected) = cx.connected() else { return 0.0 };
    let font = theme::fonts::text(text::BODY);
    ui.painter().layout_no_wrap(words(cx, connected), font, Tokens::of(ui).text).size().x + 42.0
}

impl ModeChooser {
    /// Draws the chooser.
    pub fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let tokens = Tokens::of(ui);
        let mode = connected.safety.mode(cx.now());
        let production = connected.environment == Environment::Production;
        let unlocked = production && mode != Mode::ReadOnly;
        let words = words(cx, connected);
        let (rect, response) = ui.allocate_exact_size(vec2(width(ui, cx), 28.0), Sense::click());
        let spoken = format!("{words}: {}", mode.help());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
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
        ui.painter().text(at, egui::Align2::LEFT_CENTER, &words, font, ink);
        if response.has_focus() {
            theme::focus_ring(ui, rect, radius::M);
        }
        if unlocked {
            ui.ctx().request_repaint_after(Duration::from_secs(1));
        }
        egui::Popup::menu(&response).show(|ui| self.menu_ui(ui, cx, connected, mode));
        response.on_hover_text(mode.help());
    }

    fn menu_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, mode: Mode) {
        ui.set_width(330.0);
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.label(theme::faint(ui, format!("Changes through {}", connected.name)));
        for offered in connected.safety.offered() {
            if ui.radio(offered == mode, theme::strong(offered.name())).clicked() && offered != mode {
                if connected.environment == Environment::Production && offered != Mode::ReadOnly {
                    self.asked = Some(offered);
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

    /// Draws the question before a production server is unlocked.
    pub fn question_ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let (Some(mode), Some(connected)) = (self.asked, cx.connected()) else {
            self.asked = None;
            self.question_shown = false;
            return;
        };
        let id = egui::Id::unique("unlock question");
        let modal = egui::Modal::new(id).frame(theme::dialog_frame(ui)).show(ui.ctx(), |ui| {
            ui.set_width(430.0);
            ui.label(RichText::new(format!("Unlock {}?", connected.name)).heading());
            ui.add_space(6.0);
            let (whole, idle) = (UNLOCK_SECS / 60, IDLE_SECS / 60);
            let text = format!(
                "{} is a production server. It can be changed for {whole} minutes, and is read-only again after \
                 {idle} minutes without a touch or when the line is lost.",
                connected.name
            );
            ui.label(text);
            ui.add_space(4.0);
            ui.label(theme::muted(ui, format!("{}.", mode.help())));
            ui.add_space(12.0);
            let mut answer = None;
            let nothing = |_: &mut Ui| ();
            button_row::row_ui(ui, nothing, |ui| {
                let keep = ui.button("Keep read-only");
                if !self.question_shown {
                    keep.request_focus(); // the safe one
                }
                if keep.clicked() {
                    answer = Some(false);
                }
                let act = format!("Unlock {} for {whole} minutes", connected.name);
                if ui.add(theme::danger_button(ui, act)).clicked() {
                    answer = Some(true);
                }
            });
            answer
        });
        self.question_shown = true;
        if modal.inner == Some(true) {
            cx.send(safety::Intent::SetMode(mode));
        }
        if modal.inner.is_some() || modal.should_close() {
            self.asked = None;
        }
    }
}
