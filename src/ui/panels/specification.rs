//! The specification of the selected topic: its type and every property, defaults greyed, with a help line each.

use super::{Group, Panel, Place};
use crate::data::property::{OWNER, PROPERTIES, owner_principal};
use crate::data::{TopicSpec, shown};
use crate::model::error_text;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::panels::sessions::links::show_sessions_of;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::badge;
use crate::ui::widgets::layout::tool_row;
use egui::{Ui, vec2};

/// How the panel looks.
#[derive(Default)]
pub struct Specification {
    only_given: bool,
}

impl Panel for Specification {
    const ID: &'static str = "specification";
    const TITLE: &'static str = "Specification";
    const ICON: Icon = Icon::Info;
    const GROUP: Group = Group::Topics;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = false;
    const PLACE: Place = Place::Right;
    const OPEN_AT_FIRST: bool = true;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let inspector = &connected.inspector;
        let Some(path) = &inspector.selected else {
            format::empty_ui(
                ui,
                Icon::Info,
                "No topic selected",
                "Select a topic in the tree to see its specification",
            );
            return;
        };
        let Some(spec) = &inspector.spec else {
            if let Some(error) = &inspector.found.error {
                let words = error_text::call(error, &format!("read “{path}”"));
                format::failed_ui(ui, &words);
            } else if let Some((_, since)) = inspector.found.loading {
                format::loading_ui(ui, "Reading the specification…", cx.now().secs_since(since));
            } else if inspector.found.value.is_none() {
                // Nothing was asked yet, so nothing is known to be missing.
                if !connected.is_live() {
                    let text = "It is read as soon as the session is open";
                    format::empty_ui(ui, Icon::Info, "Specification not known", text);
                }
            } else {
                let text = "There is no topic at this path, only topics below it";
                format::empty_ui(ui, Icon::Info, "No specification", text);
            }
            return;
        };
        tool_row(ui, |ui| {
            // Where there is little room the inspector's header says the type.
            if ui.available_width() > 230.0 {
                badge::type_badge(ui, spec.topic_type);
            }
            ui.checkbox(&mut self.only_given, "Given only");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button(ui, Icon::Copy, "Copy the specification as JSON").clicked() {
                    cx.send(crate::model::Intent::Copy(as_json(spec)));
                }
            });
        });
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 4)).show(ui, |ui| {
                self.properties_ui(ui, cx, spec);
            });
        });
    }
}

impl Specification {
    fn properties_ui(&self, ui: &mut Ui, cx: &Cx<'_>, spec: &TopicSpec) {
        let mut count = 0;
        for property in &PROPERTIES {
            let given = spec.properties.value(property.key);
            if given.is_none() && (self.only_given || !property.has_effect(spec.topic_type)) {
                continue;
            }
            let default = property.default_for(spec.topic_type).unwrap_or("none");
            row_ui(ui, property.key, given, default, property.help, property.has_effect(spec.topic_type));
            let owner = given.filter(|_| property.key == OWNER).and_then(|text| owner_principal(text).ok());
            if let Some(owner) = owner
                && ui.link(theme::text(format!("Open sessions of {}", shown(&owner)))).clicked()
            {
                show_sessions_of(cx, &owner);
            }
            count += 1;
        }
        for (key, value) in spec.properties.iter().filter(|(key, _)| !PROPERTIES.iter().any(|p| p.key == *key)) {
            row_ui(ui, key, Some(value), "", "Internal to the server; read only", true);
            count += 1;
        }
        if count == 0 {
            ui.label(theme::muted(ui, "Every property has its default"));
        }
    }
}

fn row_ui(ui: &mut Ui, key: &str, given: Option<&str>, default: &str, help: &str, has_effect: bool) {
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let key_colour = if given.is_some() { tokens.text } else { tokens.text_faint };
    let key = theme::mono(shown(key)).color(key_colour);
    let value = match given {
        Some(value) => theme::text(shown(value)).font(theme::fonts::mono_strong(theme::tokens::text::MONO)),
        None => theme::text(format!("{default} (default)")).color(tokens.text_faint),
    };
    let width = |text: &egui::RichText| {
        let mode = Some(egui::TextWrapMode::Extend);
        egui::WidgetText::from(text.clone()).into_galley(ui, mode, f32::INFINITY, egui::TextStyle::Body).size().x
    };
    // A value that does not fit beside its key goes below it, whole, rather than broken in the middle.
    if width(&key) + width(&value) + ui.spacing().item_spacing.x < ui.available_width() {
        ui.horizontal(|ui| {
            ui.label(theme::text(key));
            ui.label(theme::text(value));
        });
    } else {
        ui.label(theme::text(key));
        ui.label(theme::text(value));
    }
    let help = if has_effect { help.to_owned() } else { format!("{help}. It has no effect on this type") };
    ui.label(theme::faint(ui, help));
    ui.add_space(3.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, 0, tokens.separator);
    ui.add_space(4.0);
}

fn as_json(spec: &TopicSpec) -> String {
    let properties: serde_json::Map<String, serde_json::Value> =
        spec.properties.iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
    serde_json::json!({ "type": spec.topic_type.name(), "properties": properties }).to_string()
}
