//! The window's frame: connection bar, rail, dock, status bar, dialogs, notices.

use super::dock::Dock;
use super::shortcuts::{self, Act, SHORTCUTS, ctrl};
use super::{connection_bar, hints, notices, rail, safety_mode, status, welcome};
use crate::model::{self, Intent, Model, settings};
use crate::ui::cx::{Command, Cx};
use crate::ui::dialogs::{connect, copy_as, new_topic, palette, path_dialog, sheets};
use crate::ui::theme::{self, Tokens};
use egui::{Frame, Key, Ui};
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
        connection_bar::bar_ui(ui, &cx, &mut self.mode);
        if cx.connected().is_some() {
            status::bar_ui(ui, &cx);
            rail::rail_ui(ui, &mut self.dock);
            let tokens = Tokens::of(ui);
            egui::CentralPanel::default().frame(Frame::new().fill(tokens.window)).show(ui, |ui| {
                // Says that what the panels show is not live, and what can be done.
                if let Some(connected) = cx.connected() {
                    status::banner_ui(ui, &cx, connected);
                }
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
}
