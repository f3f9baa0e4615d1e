//! The list of keys: it shows every command, and gives commands other keys by mouse and by keyboard.

use crate::test_app::{SIZES, TestApp, has_text, picture, window};
use brownian::model::settings::Theme;
use brownian::ui::commands::{self, Keymap, Scope};
use egui::accesskit::Role;
use egui::{Context, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

const ROOM: [f32; 2] = [1024.0, 3400.0];

fn opened(size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut harness = window(TestApp::full(Theme::Light), size);
    harness.key_press(Key::F1);
    harness.run_steps(4);
    harness
}

fn field<'a>(harness: &'a Harness<'_, TestApp>, text: &'a str) -> egui_kittest::Node<'a> {
    harness.get_by_role_and_label(Role::Button, text)
}

/// Chooses a field of the list with the mouse and types a key.
fn give(harness: &mut Harness<'_, TestApp>, text: &str, modifiers: Modifiers, key: Key) {
    field(harness, text).scroll_to_me();
    harness.run_steps(3);
    field(harness, text).click();
    harness.run_steps(3);
    assert!(has_text(harness, "Press the new key of"), "{text}");
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

fn stored(harness: &Harness<'_, TestApp>) -> Vec<(String, String)> {
    harness.state().model.settings.keys.clone().into_iter().collect()
}

#[test]
fn every_command_is_in_the_list_with_its_key() {
    let mut harness = opened(SIZES[0]);
    assert!(harness.get_by_label("Close").is_focused(), "the safe button has the keyboard");
    assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
    let (ctx, keys) = (Context::default(), Keymap::default());
    for command in commands::all() {
        let text = match keys.text(&ctx, command) {
            text if command.fixed_key.is_some() => {
                harness.get_by_role_and_label(Role::Label, command.words).scroll_to_me();
                harness.run_steps(1);
                assert!(has_text(&harness, &text), "{}", command.words);
                continue;
            }
            text if text.is_empty() => format!("Key of {}: none", command.words),
            text => format!("Key of {}: {text}", command.words),
        };
        let _ = field(&harness, &text);
    }
    picture(&mut harness, "keys-changed");
}

#[test]
fn a_key_is_changed_with_the_mouse_and_works_at_once() {
    let mut harness = opened(SIZES[0]);
    give(&mut harness, "Key of Search everything: Ctrl+K", Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    assert_eq!(stored(&harness), [("search".to_owned(), "Ctrl+Shift+P".to_owned())]);
    let _ = field(&harness, "Key of Search everything: Ctrl+Shift+P");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Search everything   Ctrl+Shift+P").is_some(), "the bar names the new key");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::TextInput, "Search everything").is_none());
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    harness.run_steps(3);
    let _ = harness.get_by_role_and_label(Role::TextInput, "Search everything");
}

#[test]
fn a_key_is_changed_by_keyboard_alone() {
    let mut harness = opened(SIZES[0]);
    field(&harness, "Key of Fetch again: F5").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(field(&harness, "Press the new key of Fetch again, or Esc").is_focused());
    // Keys that do something elsewhere are for the list now.
    harness.key_press(Key::F9);
    harness.run_steps(3);
    assert_eq!(stored(&harness), [("fetch-again".to_owned(), "F9".to_owned())]);
    assert!(field(&harness, "Key of Fetch again: F9").is_focused(), "the keyboard stays where it was");
    // Esc while a key is waited for leaves everything as it is, the dialog too.
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    let _ = field(&harness, "Key of Fetch again: F9");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!has_text(&harness, "Keyboard shortcuts"));
}

#[test]
fn keys_that_text_needs_are_refused_with_the_reason() {
    let mut harness = opened(SIZES[0]);
    give(&mut harness, "Key of Filter topics: Ctrl+F", Modifiers::NONE, Key::Q);
    assert!(has_text(&harness, "Q cannot be the key of Filter topics: it is needed to edit text"));
    give(&mut harness, "Key of Filter topics: Ctrl+F", Modifiers::COMMAND, Key::A);
    assert!(has_text(&harness, "Ctrl+A cannot be the key of Filter topics: it is needed to edit text"));
    assert_eq!(stored(&harness), []);
}

#[test]
fn a_clash_is_shown_and_solved_by_a_swap() {
    let mut harness = opened(SIZES[0]);
    give(&mut harness, "Key of Filter topics: Ctrl+F", Modifiers::COMMAND, Key::T);
    assert!(has_text(&harness, "Ctrl+T is the key of New topic…, which would get Ctrl+F instead"));
    picture(&mut harness, "keys-clash");
    assert_eq!(stored(&harness), [], "nothing is changed before the answer");
    harness.get_by_label("Leave the keys as they are").click();
    harness.run_steps(3);
    let _ = field(&harness, "Key of Filter topics: Ctrl+F");
    give(&mut harness, "Key of Filter topics: Ctrl+F", Modifiers::COMMAND, Key::T);
    harness.get_by_label("Give it to Filter topics").click();
    harness.run_steps(3);
    let _ = field(&harness, "Key of Filter topics: Ctrl+T");
    let _ = field(&harness, "Key of New topic…: Ctrl+F");
    harness.get_by_label("Reset all keys").click();
    harness.run_steps(3);
    assert_eq!(stored(&harness), []);
    let _ = field(&harness, "Key of Filter topics: Ctrl+F");
}

#[test]
fn a_key_is_taken_away_and_given_back() {
    let mut harness = opened(SIZES[0]);
    harness.state_mut().model.settings.keys.insert("of-a-later-version".into(), "Ctrl+Q".into());
    harness.get_by_label("Take the key from Freeze or resume the view").click();
    harness.run_steps(3);
    let _ = field(&harness, "Key of Freeze or resume the view: none");
    harness.get_by_label("Give Freeze or resume the view its own key again").click();
    harness.run_steps(3);
    let _ = field(&harness, "Key of Freeze or resume the view: Ctrl+.");
    harness.get_by_label("Reset all keys");
    assert_eq!(stored(&harness), [("of-a-later-version".to_owned(), "Ctrl+Q".to_owned())], "unknown ids survive");
}

#[test]
fn commands_that_wait_in_lists_do_not_work_in_the_whole_window() {
    let mut harness = window(TestApp::full(Theme::Dark), ROOM);
    for command in commands::all().filter(|command| command.scope == Scope::Tree) {
        let Some(key) = command.key else { continue };
        harness.key_press_modifiers(key.modifiers, key.logical_key);
        harness.run_steps(2);
        assert!(harness.state().model.active().expect("shown").remove_topics.sheet.is_none(), "{}", command.id);
    }
}
