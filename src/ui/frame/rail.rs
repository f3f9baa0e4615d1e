//! The rail at the left edge: a button for each panel.

use super::dock::Dock;
use crate::ui::panels;
use crate::ui::theme::{self, Icon, Tokens};
use egui::{Frame, Margin, Panel as Side, Sense, Ui, vec2};

/// Draws the rail.
pub(super) fn rail_ui(ui: &mut Ui, dock: &mut Dock) {
    let tokens = Tokens::of(ui);
    let frame = Frame::new().fill(tokens.window).inner_margin(Margin::symmetric(4, 6));
    Side::left("rail").frame(frame).exact_size(44.0).resizable(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (id, title) in panels::LIST {
            let active = dock.is_active(id);
            let (rect, response) = ui.allocate_exact_size(vec2(36.0, 34.0), Sense::click());
            response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, active, *title));
            if active || response.hovered() {
                let fill = if active { tokens.selection } else { tokens.hover };
                ui.painter().rect_filled(rect, theme::tokens::radius::M, fill);
            }
            if response.has_focus() {
                theme::focus_ring(ui, rect, theme::tokens::radius::M);
            }
            let colour = if active { tokens.accent } else { tokens.text_muted };
            theme::icon_at(
                ui.painter(),
                egui::Rect::from_center_size(rect.center(), egui::Vec2::splat(18.0)),
                rail_icon(id),
                colour,
            );
            if response.on_hover_text(*title).clicked() {
                dock.show(id);
            }
        }
    });
}

fn rail_icon(id: &str) -> Icon {
    match id {
        "topic-tree" => Icon::Tree,
        "inspector" => Icon::View,
        "specification" => Icon::Info,
        "subscriptions" => Icon::Bell,
        "update-streams" => Icon::Pulse,
        "missing-topics" => Icon::Help,
        "latency" => Icon::Gauge,
        "journal" => Icon::History,
        _ => Icon::Log,
    }
}
