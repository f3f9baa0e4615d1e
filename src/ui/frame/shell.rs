//! The window's frame: connection bar, rail, dock, status bar, dialogs, notices.

use super::dock::Dock;
use super::{connection_bar, hints, notices, rail, status, welcome};
use crate::model::{self, Intent, Model, settings};
use crate::ui::commands::{self, Keymap, Scope, Target};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::dialogs::Dialogs;
use crate::ui::panels;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::{filter_box, menu};
use egui::{Frame, Ui};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that draws, with what it remembers about how things look.
#[derive(Default)]
pub struct Shell {
    /// The dock of the connection shown.
    pub dock: Dock,
    dialogs: Dialogs,
    /// A panel whose filter wants the keyboard in the next frame.
    focus_filter: Option<&'static str>,
    keys: Arc<Keymap>,
    /// What the user changed when the keys were made.
    keys_of: BTreeMap<String, String>,
    layout_of: Option<String>,
    layout_stored: serde_json::Value,
    themed: Option<(settings::Theme, u32, bool)>,
}

impl Shell {
    /// Draws the whole window; gives back what the user did.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model) -> Vec<Intent> {
        self.apply_theme(ui, &model.settings);
        let (intents, requests) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        if self.keys_of != model.settings.keys {
            self.keys = Arc::new(Keymap::read(&model.settings.keys).0);
            self.keys_of.clone_from(&model.settings.keys);
        }
        let keys = Arc::clone(&self.keys);
        let cx = Cx::new(model, &keys, &intents, &requests);
        self.keep_layout(&cx);
        menu::give_back_keyboard(ui.ctx());
        self.commands(ui, &cx);
        connection_bar::bar_ui(ui, &cx);
        status::not_kept_ui(ui, &cx);
        if cx.connected().is_some() {
            status::bar_ui(ui, &cx);
            rail::rail_ui(ui, &mut self.dock, cx.connected());
            let tokens = Tokens::of(ui);
            egui::CentralPanel::default().frame(Frame::new().fill(tokens.window)).show(ui, |ui| {
                // Says that what the panels show is not live, and what can be done.
                if let Some(connected) = cx.connected() {
                    status::banner_ui(ui, &cx, connected);
                }
                hints::strip_ui(ui, &cx);
                self.dock.ui(ui, &cx);
            });
        } else {
            egui::CentralPanel::default()
                .frame(Frame::new().fill(Tokens::of(ui).window))
                .show(ui, |ui| welcome::page_ui(ui, &cx));
            self.dock.forget_entered();
        }
        if let Some(panel) = self.focus_filter.take() {
            ui.memory_mut(|memory| memory.request_focus(filter_box::id_of(panel)));
        }
        self.dialogs.ui(ui, &cx);
        notices::toasts_ui(ui, &cx);
        for request in requests.take() {
            self.answer(&request, panels::with_keyboard(ui.ctx()));
        }
        intents.take()
    }

    fn answer(&mut self, request: &ShellRequest, keyboard: Option<&str>) {
        match request {
            ShellRequest::ShowPanel(id) => self.dock.show(id),
            ShellRequest::EnterPanel(id) => self.dock.enter(id, keyboard),
            ShellRequest::ResetLayout => self.dock.reset(),
            ShellRequest::FocusFilter(id) => {
                self.dock.show(id);
                self.focus_filter = Some(id);
            }
            ShellRequest::OpenPalette
            | ShellRequest::ToggleKeys
            | ShellRequest::ShowKeptData
            | ShellRequest::AskUnlock(_) => {}
        }
        self.dialogs.request(request);
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

    /// Does the commands whose keys were pressed.
    fn commands(&self, ui: &mut Ui, cx: &Cx<'_>) {
        if self.dialogs.take_all_keys() {
            return;
        }
        let in_text = ui.ctx().text_edit_focused();
        // A dialog on screen is answered first.
        let behind = theme::is_behind_dialog(ui.ctx());
        let works = |scope| match scope {
            Scope::Always => true,
            Scope::Window => !behind,
            Scope::OutsideText => !behind && !in_text,
            Scope::Tree | Scope::Form | Scope::Panel(_) => false, // they look for their keys by themselves
        };
        let panel = panels::with_keyboard(ui.ctx()).map(Scope::Panel);
        let is_of_panel = |command: &&commands::Command| {
            let (Some(panel), Some(key)) = (panel, cx.keys.key(command)) else { return false };
            cx.keys.holder(panel, &key).is_some_and(|holder| holder.scope == panel)
        };
        for command in commands::all().filter(|command| works(command.scope)).filter(|c| !is_of_panel(c)) {
            if cx.pressed(ui, command) {
                command.run_on(&Target::current(cx));
            }
        }
        // A server's URL pasted outside any field offers to connect to it.
        if !behind && ui.ctx().memory(|m| m.focused().is_none()) {
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
}
