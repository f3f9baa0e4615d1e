//! The window's frame: connection bar, rail, dock, status bar, dialogs, notices.

use super::cx::{Command, Cx};
use super::dock::Dock;
use super::panels;
use super::shortcuts::{self, Act, SHORTCUTS, ctrl};
use super::theme::{self, Icon, Tokens, icon_button};
use super::{connect, copy_as, hints, new_topic, notices, palette, path_dialog, safety_mode, sheets, status, welcome};
use crate::model::{self, Intent, Model, settings};
use egui::{Frame, Key, Margin, Panel as Side, Sense, Ui, vec2};
use std::cell::RefCell;

/// Everything that draws, with what it remembers about how things look.
#[derive(Default)]
pub struct Shell {
    /// The dock of the connection shown.
    pub dock: Dock,
    dialog: connect::Dialog,
    palette: palette::Palette,
    path_dialog: path_dialog::PathDialog,
    sheets: sheets::Sheets,
    copy_sheet: copy_as::CopySheet,
    new_topic: new_topic::NewTopic,
    mode: safety_mode::ModeChooser,
    keys_shown: bool,
    layout_of: Option<String>,
    layout_stored: serde_json::Value,
    themed: Option<(settings::Theme, u32, bool)>,
}

impl Shell {
    /// Draws the whole window; gives back what the user did.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model) -> Vec<Intent> {
        self.apply_theme(ui, &model.settings);
        let (intents, commands) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let cx = Cx::new(model, &intents, &commands);
        self.keep_layout(&cx);
        self.shortcuts(ui, &cx);
        connection_bar_ui(ui, &cx, &mut self.mode);
        if cx.connected().is_some() {
            status::bar_ui(ui, &cx);
            self.rail_ui(ui);
            let tokens = Tokens::of(ui);
            egui::CentralPanel::default().frame(Frame::new().fill(tokens.window)).show(ui, |ui| {
                link_banner_ui(ui, &cx);
                if let Some(act) = hints::strip_ui(ui, &cx) {
                    self.act(act, &cx);
                }
                self.dock.ui(ui, &cx);
            });
        } else {
            egui::CentralPanel::default()
                .frame(Frame::new().fill(Tokens::of(ui).window))
                .show(ui, |ui| welcome::page_ui(ui, &cx));
        }
        self.dialog.ui(ui, &cx);
        self.palette.ui(ui, &cx);
        self.new_topic.ui(ui, &cx);
        self.sheets.ui(ui, &cx);
        self.copy_sheet.ui(ui, &cx);
        self.mode.question_ui(ui, &cx);
        self.path_dialog.ui(ui, &cx);
        shortcuts::list_ui(ui, &mut self.keys_shown);
        notices::toasts_ui(ui, &cx);
        for command in commands.take() {
            self.run(command);
        }
        intents.take()
    }

    fn run(&mut self, command: Command) {
        match command {
            Command::ShowPanel(id) => self.dock.show(id),
            Command::ResetLayout => self.dock.reset(),
            Command::OpenPalette => self.palette.open(),
            Command::FocusFilter(id) => {
                self.dock.show(id);
                self.palette.focus_filter = Some(id);
            }
            Command::ShowKeys => self.keys_shown = true,
        }
    }

    fn apply_theme(&mut self, ui: &Ui, settings: &settings::Settings) {
        let wanted = (settings.theme, settings.scale.to_bits(), settings.reduce_motion);
        if self.themed != Some(wanted) {
            self.themed = Some(wanted);
            let choice = match settings.theme {
                settings::Theme::System => theme::ThemeChoice::System,
                settings::Theme::Light => theme::ThemeChoice::Light,
                settings::Theme::Dark => theme::ThemeChoice::Dark,
                settings::Theme::HighContrast => theme::ThemeChoice::HighContrast,
            };
            theme::apply(ui.ctx(), choice, settings.scale);
            theme::set_reduced_motion(ui.ctx(), settings.reduce_motion);
        }
    }

    /// Restores the layout of another connection, and stores this one's when it has changed and no button is down.
    fn keep_layout(&mut self, cx: &Cx<'_>) {
        let Some(key) = cx.connected().map(|c| c.key.clone()) else { return };
        if self.layout_of.as_ref() != Some(&key) {
            match cx.model.settings.layouts.get(&key) {
                Some(layout) if self.dock.restore(layout) => {}
                _ => self.dock.reset(),
            }
            self.layout_stored = self.dock.layout();
            self.layout_of = Some(key);
        }
    }

    /// Tells the model when the user has rearranged the dock; called now and then, not every frame.
    pub fn changed_layout(&mut self) -> Option<Intent> {
        let key = self.layout_of.clone()?;
        let layout = self.dock.layout();
        (layout != self.layout_stored).then(|| {
            self.layout_stored = layout.clone();
            settings::Intent::KeepLayout(key, layout).into()
        })
    }

    fn shortcuts(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        // Undo belongs to the text while one is edited.
        let in_text = ui.ctx().text_edit_focused();
        // A dialog on screen is answered first.
        let behind = theme::is_behind_dialog(ui.ctx());
        let waits = |act| (act == Act::Undo && in_text) || (behind && !matches!(act, Act::Scale(_) | Act::Keys));
        for shortcut in SHORTCUTS.iter().filter(|s| !waits(s.act)) {
            if ui.input_mut(|i| i.consume_shortcut(&shortcut.key)) {
                self.act(shortcut.act, cx);
            }
        }
        if behind {
            return;
        }
        for (number, key) in
            [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9]
                .iter()
                .enumerate()
        {
            if ui.input_mut(|i| i.consume_shortcut(&ctrl(*key)))
                && let Some(connected) = cx.model.links.get(number)
            {
                cx.send(Intent::Activate(connected.id));
            }
        }
        // A server's URL pasted outside any field offers to connect to it.
        if ui.ctx().memory(|m| m.focused().is_none()) {
            let pasted = ui.input(|i| {
                i.events.iter().find_map(|e| match e {
                    egui::Event::Paste(text) => Some(text.trim().to_owned()),
                    _ => None,
                })
            });
            if let Some(url) = pasted.filter(|t| t.starts_with("ws://") || t.starts_with("wss://")) {
                cx.send(model::connections::Intent::NewWithUrl(url));
            }
        }
    }

    fn act(&mut self, act: Act, cx: &Cx<'_>) {
        match act {
            Act::NewConnection => cx.send(model::connections::Intent::New),
            Act::CloseTab => {
                if let Some(connected) = cx.connected() {
                    cx.send(Intent::CloseLink(connected.id));
                }
            }
            Act::Palette => self.palette.open(),
            Act::Show(id) => self.dock.show(id),
            Act::Filter => self.run(Command::FocusFilter("topic-tree")),
            Act::Freeze => {
                if let Some(connected) = cx.connected() {
                    cx.send(model::inspector::Intent::SetFrozen(connected.inspector.frozen.is_none()));
                }
            }
            Act::Refresh => cx.send(model::inspector::Intent::Refresh),
            Act::Edit => {
                self.dock.show("inspector");
                cx.send(model::editor::Intent::Open);
            }
            Act::CopyAs => copy_as::open(cx),
            Act::Undo => cx.send(Intent::UndoLast),
            Act::NewTopic => new_topic::open(cx),
            Act::NewTopicLike => new_topic::open_like(cx),
            Act::Keys => self.keys_shown = !self.keys_shown,
            Act::Scale(step) => {
                let scale = if step == 0 { 1.0 } else { cx.model.settings.scale + 0.1 * f32::from(step) };
                cx.send(settings::Intent::SetScale(scale));
            }
        }
    }

    fn rail_ui(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        let frame = Frame::new().fill(tokens.window).inner_margin(Margin::symmetric(4, 6));
        Side::left("rail").frame(frame).exact_size(44.0).resizable(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (id, title) in panels::LIST {
                let active = self.dock.is_active(id);
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
                    self.dock.show(id);
                }
            }
        });
    }
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

/// Tabs of the connections, search, settings.
fn connection_bar_ui(ui: &mut Ui, cx: &Cx<'_>, mode: &mut safety_mode::ModeChooser) {
    let tokens = Tokens::of(ui);
    let production = cx.connected().is_some_and(|c| c.environment == model::connections::Environment::Production);
    let fill = if production { tokens.environment(theme::EnvironmentColour::Production).wash } else { tokens.window };
    let frame = Frame::new().fill(fill).inner_margin(Margin::symmetric(8, 4));
    Side::top("connections").frame(frame).exact_size(38.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let search = theme::muted(ui, "Search everything   Ctrl+K");
            let galley = egui::WidgetText::from(search.clone()).into_galley(
                ui,
                Some(egui::TextWrapMode::Extend),
                f32::INFINITY,
                egui::TextStyle::Button,
            );
            let padding = ui.spacing().button_padding.x * 2.0;
            let gap = ui.spacing().item_spacing.x;
            // Plus, search and settings keep their room however many tabs there are.
            let kept =
                galley.size().x + padding + 2.0 * theme::tokens::size::HIT + 5.0 * gap + safety_mode::width(ui, cx);
            tabs_ui(ui, cx, (ui.available_width() - kept).max(90.0));
            if icon_button(ui, Icon::Plus, "New connection").on_hover_text("New connection (Ctrl+N)").clicked() {
                cx.send(model::connections::Intent::New);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                settings_menu_ui(ui, cx);
                if ui.button(search).clicked() {
                    cx.command(Command::OpenPalette);
                }
                mode.ui(ui, cx);
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
            let name = ui.painter().layout_no_wrap(c.name.clone(), tab_font(), Tokens::of(ui).text);
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
    let environment = environment_colour(connected.environment);
    let colours = tokens.environment(environment);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 30.0), Sense::click());
    let (state_icon, state_colour, state_words) = status::link_sign(tokens, &connected.link);
    let name = format!("{}, {}, {state_words}", connected.name, environment.word());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, active, &name));
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
    let mut job = egui::text::LayoutJob::simple_singleline(connected.name.clone(), tab_font(), tokens.text);
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
    close.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Close {}", connected.name)));
    if close.hovered() {
        ui.painter().rect_filled(close_rect, theme::tokens::radius::S, tokens.pressed);
    }
    theme::icon_at(ui.painter(), close_rect.shrink(5.0), Icon::Close, tokens.text_faint);
    let response = response.on_hover_text(format!("{} ({})\n{state_words}", connected.name, environment.word()));
    if close.clicked() {
        cx.send(Intent::CloseLink(connected.id));
    } else if response.clicked() {
        cx.send(Intent::Activate(connected.id));
    }
    response
}

/// The colour of an environment.
#[must_use]
pub const fn environment_colour(environment: model::connections::Environment) -> theme::EnvironmentColour {
    match environment {
        model::connections::Environment::Development => theme::EnvironmentColour::Development,
        model::connections::Environment::Test => theme::EnvironmentColour::Test,
        model::connections::Environment::Production => theme::EnvironmentColour::Production,
        model::connections::Environment::Demo => theme::EnvironmentColour::Demo,
    }
}

fn settings_menu_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let response = icon_button(ui, Icon::Settings, "Settings").on_hover_text("Settings");
    egui::Popup::menu(&response).show(|ui| {
        ui.set_min_width(200.0);
        ui.label(theme::faint(ui, "Theme"));
        let now = cx.model.settings.theme;
        for (choice, word) in [
            (settings::Theme::System, "Follow the system"),
            (settings::Theme::Light, "Light"),
            (settings::Theme::Dark, "Dark"),
            (settings::Theme::HighContrast, "High contrast"),
        ] {
            if ui.radio(now == choice, word).clicked() {
                cx.send(settings::Intent::SetTheme(choice));
            }
        }
        ui.separator();
        let mut reduce = cx.model.settings.reduce_motion;
        if ui.checkbox(&mut reduce, "Reduce motion").changed() {
            cx.send(settings::Intent::SetReduceMotion(reduce));
        }
        ui.horizontal(|ui| {
            ui.label(format!("Scale {:.0} %", cx.model.settings.scale * 100.0));
            if ui.small_button("Smaller").clicked() {
                cx.send(settings::Intent::SetScale(cx.model.settings.scale - 0.1));
            }
            if ui.small_button("Larger").clicked() {
                cx.send(settings::Intent::SetScale(cx.model.settings.scale + 0.1));
            }
        });
        ui.separator();
        profiles_menu_ui(ui, cx);
        ui.separator();
        if ui.button("Reset layout").clicked() {
            cx.command(Command::ResetLayout);
            ui.close();
        }
        if ui.button("Keyboard shortcuts (F1)").clicked() {
            cx.command(Command::ShowKeys);
            ui.close();
        }
    });
}

/// Profiles to and from files.
fn profiles_menu_ui(ui: &mut Ui, cx: &Cx<'_>) {
    if ui.button("Import profiles…").clicked() {
        cx.send(model::connections::Intent::Import);
        ui.close();
    }
    let any = !cx.model.connections.profiles.list.is_empty();
    let export = ui.add_enabled(any, egui::Button::new("Export profiles…"));
    if export.on_hover_text("Without passwords").on_disabled_hover_text("No profiles yet").clicked() {
        cx.send(model::connections::Intent::Export);
        ui.close();
    }
}

/// Says, above the panels, that what they show is not live and what can be done.
fn link_banner_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let Some(connected) = cx.connected() else { return };
    status::banner_ui(ui, cx, connected);
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
