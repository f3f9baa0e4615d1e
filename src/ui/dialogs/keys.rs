//! The list of keys: every command with its key, and giving another one.

use super::WindowDialog;
use crate::model::settings;
use crate::ui::commands::keymap::{self, Keymap};
use crate::ui::commands::{self, Command, Section};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::filter_box::FilterBox;
use egui::{Event, Key, KeyboardShortcut, Modifiers, Ui};

/// Keys of lists, which no command has and nobody can change.
const LISTS: &[(&str, &str)] = &[
    ("Move in a list or tree", "↑ ↓ Home End PgUp PgDn"),
    ("Check the rows in between", "Shift+↑ ↓"),
    ("Filter the tree", "any letter"),
    ("Next and former part of the window", "Tab Shift+Tab"),
];

/// What the list remembers about how it looks.
#[derive(Default)]
pub(crate) struct KeysList {
    shown: bool,
    filter: String,
    /// The command whose new key is waited for.
    recording: Option<&'static Command>,
    /// What is to be said about the key typed last.
    remark: Option<Remark>,
}

/// What is to be said about a key.
enum Remark {
    /// It cannot be taken.
    Refused(&'static Command, KeyboardShortcut, &'static str),
    /// Another command has it.
    Taken { command: &'static Command, key: KeyboardShortcut, holder: &'static Command },
}

#[derive(Clone, Copy)]
enum Answer {
    Close,
    ResetAll,
}

impl WindowDialog for KeysList {
    const ID: &'static str = "keys";

    fn request(&mut self, request: &ShellRequest) {
        if *request == ShellRequest::ToggleKeys {
            *self = Self { shown: !self.shown, ..Self::default() };
        }
    }

    fn takes_all_keys(&self) -> bool {
        self.shown && self.recording.is_some()
    }

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        if !self.shown {
            return;
        }
        let output = Dialog::new(Self::ID, "Keyboard shortcuts").width(560.0).height(520.0).show(ui, |dialog| {
            self.record(dialog.ui, cx);
            FilterBox::new("Filter commands", "Command or key").show(dialog.ui, &mut self.filter);
            dialog.ui.add_space(6.0);
            let below = dialog.ui.available_height() - if self.remark.is_some() { 116.0 } else { 50.0 };
            egui::ScrollArea::vertical().max_height(below).min_scrolled_height(below).auto_shrink(false).show(
                dialog.ui,
                |ui| {
                    for section in Section::ALL {
                        self.section_ui(ui, cx, section);
                    }
                    self.lists_ui(ui);
                },
            );
            self.remark_ui(dialog.ui, cx);
            buttons_ui(dialog, cx)
        });
        if let Some(Answer::ResetAll) = output.inner {
            self.remark = None;
            let known = commands::all().map(|command| (command.id, None)).collect();
            cx.send(settings::Intent::SetKeys(known));
        }
        if output.closes || matches!(output.inner, Some(Answer::Close)) {
            *self = Self::default();
        }
    }
}

impl KeysList {
    /// Takes the key that is waited for. Esc leaves the command as it is.
    fn record(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some(command) = self.recording else { return };
        let pressed = ui.input_mut(|input| {
            let fresh = |event: &&Event| !matches!(event, Event::Key { repeat: true, .. });
            let found = input.events.iter().filter(fresh).filter_map(keymap::event_key).find(|key| !is_modifier(*key));
            let typed = |event: &Event| keymap::event_key(event).is_some() || matches!(event, Event::Text(_));
            input.events.retain(|event| !typed(event));
            found
        });
        let Some(key) = pressed else { return };
        self.recording = None;
        if key != KeyboardShortcut::new(Modifiers::NONE, Key::Escape) {
            self.give(cx, command, key);
        }
    }

    /// Gives a command a key, if it can have it and nobody else has it.
    fn give(&mut self, cx: &Cx<'_>, command: &'static Command, key: KeyboardShortcut) {
        self.remark = None;
        if let Some(reason) = keymap::refusal(command.scope, &key) {
            self.remark = Some(Remark::Refused(command, key, reason));
        } else if let Some(holder) = cx.keys.holder(command.scope, &key).filter(|holder| holder.id != command.id) {
            self.remark = Some(Remark::Taken { command, key, holder });
        } else {
            cx.send(settings::Intent::SetKeys(vec![(command.id, setting(command, Some(key)))]));
        }
    }

    fn section_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, section: Section) {
        let shown = |command: &&'static Command| {
            command.section == section && self.matches(command.words, &cx.keys.text(ui.ctx(), command))
        };
        let rows: Vec<&'static Command> = commands::all().filter(shown).collect();
        if rows.is_empty() {
            return;
        }
        ui.add_space(4.0);
        ui.label(theme::faint(ui, section.name()));
        for command in rows {
            ui.horizontal(|ui| {
                words_ui(ui, command.words);
                match command.fixed_key {
                    Some(fixed) => drop(ui.label(theme::mono(fixed))),
                    None => self.key_ui(ui, cx, command),
                }
            });
        }
    }

    /// The key of a command, which can be changed.
    fn key_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, command: &'static Command) {
        let waits = self.recording.is_some_and(|recording| recording.id == command.id);
        let key = cx.keys.text(ui.ctx(), command);
        let words = match (waits, key.is_empty()) {
            (true, _) => theme::text("Press a key…"),
            (false, true) => theme::faint(ui, "none"),
            (false, false) => theme::mono(&key),
        };
        let field =
            ui.add_sized([150.0, ui.spacing().interact_size.y], egui::Button::new(theme::text(words)).selected(waits));
        let spoken = match (waits, key.is_empty()) {
            (true, _) => format!("Press the new key of {}, or Esc", command.words),
            (false, true) => format!("Key of {}: none", command.words),
            (false, false) => format!("Key of {}: {key}", command.words),
        };
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, theme::spoken(&spoken)));
        if waits {
            let all = egui::EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(field.id, all));
            if field.lost_focus() {
                self.recording = None;
            }
        } else if field.on_hover_text("Press to give it another key").clicked() {
            self.recording = Some(command);
            self.remark = None;
        }
        if !key.is_empty() && icon_button(ui, Icon::Close, &format!("Take the key from {}", command.words)).clicked() {
            self.remark = None;
            cx.send(settings::Intent::SetKeys(vec![(command.id, setting(command, None))]));
        }
        if cx.keys.key(command) != command.key
            && icon_button(ui, Icon::Undo, &format!("Give {} its own key again", command.words)).clicked()
        {
            match command.key {
                Some(own) => self.give(cx, command, own),
                None => cx.send(settings::Intent::SetKeys(vec![(command.id, None)])),
            }
        }
    }

    fn lists_ui(&self, ui: &mut Ui) {
        let rows: Vec<_> = LISTS.iter().filter(|(words, key)| self.matches(words, key)).collect();
        if rows.is_empty() {
            return;
        }
        ui.add_space(4.0);
        ui.label(theme::faint(ui, "In lists"));
        for (words, key) in rows {
            ui.horizontal(|ui| {
                words_ui(ui, words);
                ui.label(theme::mono(*key));
            });
        }
    }

    fn matches(&self, words: &str, key: &str) -> bool {
        let wanted = self.filter.to_lowercase();
        words.to_lowercase().contains(&wanted) || key.to_lowercase().contains(&wanted)
    }

    /// What is to be said about the key typed last, and what can be done about it.
    fn remark_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let tokens = Tokens::of(ui);
        let Some(remark) = &self.remark else { return };
        ui.add_space(6.0);
        let text = |key: &KeyboardShortcut| keymap::written(ui.ctx(), key);
        match remark {
            Remark::Refused(command, key, reason) => {
                let text = format!("{} cannot be the key of {}: {reason}", text(key), command.words);
                ui.horizontal_wrapped(|ui| {
                    theme::icon(ui, Icon::Error, 13.0, tokens.error.strong);
                    ui.label(theme::text(text).color(tokens.error.strong));
                });
            }
            &Remark::Taken { command, key, holder } => {
                let former = former_key(cx.keys, command, holder);
                let rest = former.map_or_else(
                    || "which would then have none".to_owned(),
                    |former| format!("which would get {} instead", text(&former)),
                );
                let sentence = format!("{} is the key of {}, {rest}", text(&key), holder.words);
                ui.horizontal_wrapped(|ui| {
                    theme::icon(ui, Icon::Warning, 13.0, tokens.warn.strong);
                    ui.label(theme::text(sentence));
                });
                ui.horizontal(|ui| {
                    if ui.button(theme::text(format!("Give it to {}", command.words))).clicked() {
                        cx.send(settings::Intent::SetKeys(vec![
                            (command.id, setting(command, Some(key))),
                            (holder.id, setting(holder, former)),
                        ]));
                        self.remark = None;
                    }
                    if ui.button("Leave the keys as they are").clicked() {
                        self.remark = None;
                    }
                });
            }
        }
    }
}

fn buttons_ui(dialog: &mut DialogUi<'_>, cx: &Cx<'_>) -> Option<Answer> {
    let changed = commands::all().any(|command| cx.model.settings.keys.contains_key(command.id));
    let block = (!changed).then_some("Every command has its own key");
    let buttons =
        [Button::safe("Close", Answer::Close), Button::plain("Reset all keys", Answer::ResetAll).unless(block)];
    dialog.buttons(|_| (), &buttons)
}

fn words_ui(ui: &mut Ui, words: &str) {
    let room = egui::vec2(270.0, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(room, egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_min_width(room.x);
        ui.add(egui::Label::new(theme::text(words)).truncate());
    });
}

/// What the settings keep so that a command has this key: nothing where it is its own.
fn setting(command: &Command, key: Option<KeyboardShortcut>) -> Option<String> {
    (command.key != key).then(|| key.map(|key| keymap::stored(&key)).unwrap_or_default())
}

/// The key that `holder` gets for the one it gives to `command`: the key that becomes free, if it can have it.
fn former_key(keys: &Keymap, command: &Command, holder: &Command) -> Option<KeyboardShortcut> {
    let free = keys.key(command)?;
    let usable = keymap::refusal(holder.scope, &free).is_none();
    let single = keys.holder(holder.scope, &free).is_none_or(|other| other.id == command.id);
    (usable && single).then_some(free)
}

/// Keys that only change what others mean.
fn is_modifier(key: KeyboardShortcut) -> bool {
    matches!(
        key.logical_key,
        Key::ShiftLeft
            | Key::ShiftRight
            | Key::ControlLeft
            | Key::ControlRight
            | Key::AltLeft
            | Key::AltRight
            | Key::SuperLeft
            | Key::SuperRight
            | Key::CapsLock
            | Key::NumLock
            | Key::ScrollLock
            | Key::Fn
    )
}
