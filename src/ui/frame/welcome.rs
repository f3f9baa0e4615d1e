//! The first page: what can be opened, with the stored profiles.

use crate::data::shown;
use crate::model::connections::{Intent, Profile};
use crate::ui::cx::Cx;
use crate::ui::environment;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use egui::{Align, Frame, Layout, Margin, Sense, Stroke, Ui, vec2};

/// Draws the page.
pub(super) fn page_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let width = 560.0_f32.min(ui.available_width() - 48.0);
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space((ui.available_height() * 0.16).clamp(24.0, 150.0));
        ui.vertical_centered(|ui| {
            ui.set_max_width(width);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.horizontal(|ui| {
                    let texture = mark(ui);
                    ui.add(egui::Image::new((texture.id(), vec2(52.0, 52.0))).alt_text("Brownian"));
                    ui.vertical(|ui| {
                        ui.label(theme::text("Brownian").font(theme::fonts::strong(theme::tokens::text::DISPLAY)));
                        ui.label(theme::muted(ui, "See and manage the topics of a Diffusion server, live"));
                    });
                });
                ui.add_space(28.0);
                ui.horizontal(|ui| {
                    let demo = ui.add_sized(vec2(180.0, 34.0), theme::primary_button(ui, "Open the demo server"));
                    if demo.on_hover_text("An embedded server with live data; nothing to install, no network").clicked()
                    {
                        cx.send(Intent::OpenDemo);
                    }
                    if ui.add_sized(vec2(180.0, 34.0), egui::Button::new("Connect to a server…")).clicked() {
                        cx.send(Intent::New);
                    }
                    let import = ui.add_sized(vec2(160.0, 34.0), egui::Button::new("Import profiles…"));
                    if import.on_hover_text("Adds the servers of a file that Export profiles wrote").clicked() {
                        cx.send(Intent::Import);
                    }
                });
                ui.add_space(24.0);
                let profiles = &cx.model.connections.profiles.list;
                ui.horizontal(|ui| {
                    ui.label(theme::strong("Servers"));
                    if !profiles.is_empty() {
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            let export = ui.button(theme::muted(ui, "Export profiles…"));
                            if export.on_hover_text("Writes these servers to a file, without passwords").clicked() {
                                cx.send(Intent::Export);
                            }
                        });
                    }
                });
                ui.add_space(4.0);
                if profiles.is_empty() {
                    ui.label(theme::muted(ui, "No servers yet. Open the demo, or add one with Connect to a server"));
                }
                for profile in profiles {
                    profile_ui(ui, cx, profile);
                }
            });
        });
        ui.add_space(24.0);
    });
}

/// The program's mark as a texture, decoded once for a window.
fn mark(ui: &Ui) -> egui::TextureHandle {
    let id = egui::Id::unique("program mark");
    if let Some(texture) = ui.data(|data| data.get_temp::<egui::TextureHandle>(id)) {
        return texture;
    }
    let png = include_bytes!("../../../assets/icon-128.png");
    let picture =
        image::load_from_memory_with_format(png, image::ImageFormat::Png).map(image::DynamicImage::into_rgba8);
    let pixels = match &picture {
        Ok(rgba) => egui::ColorImage::from_rgba_unmultiplied([rgba.width() as usize, rgba.height() as usize], rgba),
        Err(_) => egui::ColorImage::default(),
    };
    let texture = ui.ctx().load_texture("program mark", pixels, egui::TextureOptions::LINEAR);
    ui.data_mut(|data| data.insert_temp(id, texture.clone()));
    texture
}

fn profile_ui(ui: &mut Ui, cx: &Cx<'_>, profile: &Profile) {
    let tokens = Tokens::of(ui);
    let colours = tokens.environment(environment::colour(profile.environment));
    // The row is laid below its buttons, which would not be clicked otherwise.
    let below = egui::UiBuilder::new().id_salt(&profile.key).sense(Sense::click());
    let row = ui
        .scope_builder(below, |ui| {
            Frame::new()
                .fill(tokens.content)
                .stroke(Stroke::new(1.0, tokens.separator))
                .corner_radius(theme::tokens::radius::M)
                .inner_margin(Margin::symmetric(12, 8))
                .show(ui, |ui| {
                    ui.set_min_width(ui.available_width());
                    ui.horizontal(|ui| {
                        let (rect, _) = ui.allocate_exact_size(vec2(4.0, 30.0), Sense::hover());
                        ui.painter().rect_filled(rect, 2, colours.fill);
                        ui.vertical(|ui| {
                            ui.spacing_mut().item_spacing.y = 1.0;
                            ui.label(theme::strong(profile.title()));
                            let who = if profile.principal.is_empty() { "anonymous" } else { &profile.principal };
                            let line =
                                format!("{} · {} · {who}", profile.environment.name(), shown(profile.url.as_str()));
                            ui.label(theme::faint(ui, line));
                        });
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            if icon_button(ui, Icon::Settings, &format!("Edit {}", profile.title())).clicked() {
                                cx.send(Intent::Edit(profile.key.clone()));
                            }
                            let connect = ui.button("Connect");
                            let name = format!("Connect to {}", profile.title());
                            connect.widget_info(|| {
                                egui::WidgetInfo::labeled(egui::Role::Button, true, theme::spoken(&name))
                            });
                            if connect.clicked() {
                                cx.send(Intent::ConnectStored(profile.key.clone()));
                            }
                        });
                    });
                });
        })
        .response;
    row.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::ListItem, true, theme::spoken(format!("Server {}", profile.title())))
    });
    if row.double_clicked() {
        cx.send(Intent::ConnectStored(profile.key.clone()));
    }
    ui.add_space(4.0);
}
