//! The menu of settings: theme, scale, profiles to and from files, layout, keys.

use crate::model::program::memory;
use crate::model::settings;
use crate::ui::commands::{Target, connection, item_ui, window};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, icon_button};
use crate::ui::widgets::menu;
use egui::Ui;

/// Draws the button with its menu.
pub(super) fn menu_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let response = icon_button(ui, Icon::Settings, "Settings").on_hover_text("Settings");
    menu::popup(egui::Popup::menu(&response), |ui| {
        ui.set_min_width(200.0);
        ui.label(theme::faint(ui, "Theme"));
        let now = cx.model.settings.theme;
        for (choice, word) in [
            (settings::Theme::System, "Follow the system"),
            (settings::Theme::Light, "Light"),
            (settings::Theme::Dark, "Dark"),
            (settings::Theme::HighContrast, "High contrast"),
        ] {
            if ui.radio(now == choice, theme::text(word)).clicked() {
                cx.send(settings::Intent::SetTheme(choice));
            }
        }
        ui.separator();
        let mut reduce = cx.model.settings.reduce_motion;
        if ui.checkbox(&mut reduce, "Reduce motion").changed() {
            cx.send(settings::Intent::SetReduceMotion(reduce));
        }
        ui.horizontal(|ui| {
            ui.label(theme::text(format!("Scale {:.0} %", cx.model.settings.scale * 100.0)));
            if ui.small_button("Smaller").clicked() {
                cx.send(settings::Intent::SetScale(cx.model.settings.scale - 0.1));
            }
            if ui.small_button("Larger").clicked() {
                cx.send(settings::Intent::SetScale(cx.model.settings.scale + 0.1));
            }
        });
        ui.horizontal(|ui| {
            let label = ui.label("Memory limit").id;
            let mut mib = cx.model.settings.memory_mib;
            let field = egui::DragValue::new(&mut mib).range(memory::CHOICES_MIB).suffix(" MiB").speed(16);
            let response = ui.add(field).labelled_by(label);
            let help =
                "For values of topics, histories and the journal. When it is reached, the oldest history goes first";
            if response.on_hover_text(theme::text(help)).changed() {
                cx.send(settings::Intent::SetMemory(mib));
            }
        });
        ui.separator();
        let on = Target::current(cx);
        for command in [&connection::IMPORT_PROFILES, &connection::EXPORT_PROFILES] {
            item_ui(ui, &on, command, None);
        }
        ui.separator();
        for command in [&window::RESET_LAYOUT, &window::KEPT_DATA, &window::KEYS] {
            item_ui(ui, &on, command, None);
        }
    });
}
