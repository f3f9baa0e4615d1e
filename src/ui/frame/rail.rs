//! The rail at the left edge: a button for each panel, in groups.

use super::dock::Dock;
use crate::data::security::GlobalPermission;
use crate::model::Connected;
use crate::ui::panels::{self, PanelFacts};
use crate::ui::theme::{self, Tokens};
use egui::{Frame, Margin, Panel as Side, ScrollArea, Sense, Ui, vec2};

/// Height of a button where there is room, and where there is little.
const HEIGHT: std::ops::RangeInclusive<f32> = 26.0..=34.0;
/// Room between two buttons.
const GAP: f32 = 2.0;
/// Room between two groups, with the line in its middle.
const GROUP_GAP: f32 = 7.0;

/// Draws the rail.
pub(super) fn rail_ui(ui: &mut Ui, dock: &mut Dock, connected: Option<&Connected>) {
    let tokens = Tokens::of(ui);
    let frame = Frame::new().fill(tokens.window).inner_margin(Margin::symmetric(4, 6));
    Side::left("rail").frame(frame).exact_size(44.0).resizable(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GAP;
        let mut list: Vec<&'static PanelFacts> = panels::LIST.iter().collect();
        list.sort_by_key(|panel| panel.group);
        let groups = list.chunk_by(|a, b| a.group == b.group).count();
        let height = button_height(ui.available_height(), list.len(), groups);
        // In a window that is too low even for the smallest buttons the rail scrolls.
        ScrollArea::vertical().scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden).show(
            ui,
            |ui| {
                let mut group = None;
                for panel in list {
                    if group.is_some_and(|group| group != panel.group) {
                        let (rect, _) = ui.allocate_exact_size(vec2(36.0, GROUP_GAP), Sense::hover());
                        let stroke = egui::Stroke::new(1.0, tokens.separator);
                        ui.painter().hline(rect.shrink2(vec2(6.0, 0.0)).x_range(), rect.center().y, stroke);
                    }
                    group = Some(panel.group);
                    button_ui(ui, dock, panel, height, connected.and_then(|at| missing(at, panel)));
                }
            },
        );
    });
}

/// So high that all buttons fit, within limits.
fn button_height(room: f32, buttons: usize, groups: usize) -> f32 {
    let gaps = groups.saturating_sub(1) as f32 * (GROUP_GAP + GAP) + buttons as f32 * GAP;
    ((room - gaps) / buttons.max(1) as f32).floor().clamp(*HEIGHT.start(), *HEIGHT.end())
}

/// The permission that the panel needs and this session is known to lack.
fn missing(connected: &Connected, panel: &PanelFacts) -> Option<&'static str> {
    let needed = panel.needs?;
    let permission = GlobalPermission::ALL.iter().copied().find(|one| one.name() == needed)?;
    connected.permissions.lacks(permission.into()).then_some(needed)
}

fn button_ui(ui: &mut Ui, dock: &mut Dock, panel: &PanelFacts, height: f32, missing: Option<&str>) {
    let tokens = Tokens::of(ui);
    let active = dock.is_active(panel.id);
    let (rect, response) = ui.allocate_exact_size(vec2(36.0, height), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, active, theme::spoken(panel.title)));
    if active || response.hovered() {
        let fill = if active { tokens.selection } else { tokens.hover };
        ui.painter().rect_filled(rect, theme::tokens::radius::M, fill);
    }
    if response.has_focus() {
        theme::focus_ring(ui, rect, theme::tokens::radius::M);
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
    }
    let colour = match (active, missing) {
        (true, _) => tokens.accent,
        (false, None) => tokens.text_muted,
        (false, Some(_)) => tokens.text_faint.gamma_multiply(0.6),
    };
    let place = egui::Rect::from_center_size(rect.center(), egui::Vec2::splat(18.0));
    theme::icon_at(ui.painter(), place, panel.icon, colour);
    let hover = panel.needs.map_or_else(
        || panel.title.to_owned(),
        |permission| match missing {
            None => format!("{}\nNeeds the permission {permission}", panel.title),
            Some(_) => format!("{}\nNeeds {permission}, which this session does not have", panel.title),
        },
    );
    if response.on_hover_text(theme::text(hover)).clicked() {
        dock.show(panel.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventeen_panels_fit_into_a_small_window() {
        // 1024 x 640 without the bars above and below and the margins.
        let room = 640.0 - 38.0 - 26.0 - 12.0;
        let height = button_height(room, 17, 3);
        assert!(HEIGHT.contains(&height) && height > *HEIGHT.start());
        assert!(17.0 * (height + GAP) + 2.0 * (GROUP_GAP + GAP) <= room);
        assert!((button_height(room, 9, 3) - HEIGHT.end()).abs() < 0.1);
        assert!((button_height(100.0, 17, 3) - HEIGHT.start()).abs() < 0.1);
    }
}
