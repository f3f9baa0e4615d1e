//! Notices at the lower right: short, dismissable, grouped with a count.

use super::cx::Cx;
use super::theme::{self, Icon, Tokens, icon_button};
use crate::model::notices::{Intent, Tone};
use egui::{Align2, Area, Frame, Id, Margin, Order, Stroke, Ui, vec2};

/// Draws the notices that are on screen.
pub fn toasts_ui(ui: &Ui, cx: &Cx<'_>) {
    let tokens = Tokens::of(ui);
    let shown: Vec<_> = cx.model.notices.on_screen(cx.now()).cloned().collect();
    if shown.is_empty() {
        return;
    }
    Area::new(Id::unique("notices")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, vec2(-14.0, -38.0)).show(
        ui.ctx(),
        |ui| {
            for notice in shown.iter().rev().take(4).rev() {
                let (icon, tint) = match notice.tone {
                    Tone::Info => (Icon::Info, tokens.info),
                    Tone::Good => (Icon::Ok, tokens.ok),
                    Tone::Warn => (Icon::Warning, tokens.warn),
                    Tone::Bad => (Icon::Error, tokens.error),
                };
                Frame::new()
                    .fill(tokens.raised)
                    .stroke(Stroke::new(1.0, tokens.outline))
                    .corner_radius(theme::tokens::radius::L)
                    .inner_margin(Margin::symmetric(12, 8))
                    .show(ui, |ui| {
                        ui.set_width(340.0);
                        ui.horizontal_top(|ui| {
                            theme::icon(ui, icon, 14.0, tint.strong);
                            ui.vertical(|ui| {
                                ui.set_width(276.0);
                                let times =
                                    if notice.count > 1 { format!(" ({} times)", notice.count) } else { String::new() };
                                ui.label(format!("{}{times}", notice.text));
                                if !notice.details.is_empty() {
                                    ui.collapsing("Details", |ui| {
                                        ui.label(theme::mono(notice.details.clone()));
                                        if ui.small_button("Copy").clicked() {
                                            cx.send(crate::model::Intent::Copy(notice.details.clone()));
                                        }
                                    });
                                }
                            });
                            if icon_button(ui, Icon::Close, &format!("Dismiss: {}", notice.text)).clicked() {
                                cx.send(Intent::Dismiss(notice.id));
                            }
                        });
                    });
                ui.add_space(6.0);
            }
        },
    );
    ui.ctx().request_repaint_after(std::time::Duration::from_secs(1));
}
