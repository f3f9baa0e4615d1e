//! Keys: no two commands share one, what the user changes is kept, what cannot be used is reported.

use super::super::{bare, connection, ctrl, ctrl_shift, topic, window};
use super::*;

fn changed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(id, key)| ((*id).to_owned(), (*key).to_owned())).collect()
}

#[test]
fn no_two_commands_share_a_key() {
    let keyed: Vec<_> = all().filter(|command| command.key.is_some()).collect();
    for (at, one) in keyed.iter().enumerate() {
        for other in &keyed[at + 1..] {
            assert!(one.key != other.key || !one.scope.meets(other.scope), "{} and {}", one.words, other.words);
        }
    }
    // So every one of them has its own key in the map.
    let map = Keymap::default();
    for command in keyed {
        assert_eq!(map.key(command), command.key, "{}", command.id);
    }
}

#[test]
fn every_default_could_be_chosen_by_the_user_and_survives_being_stored() {
    for command in all() {
        let Some(key) = command.key else { continue };
        assert_eq!(refusal(command.scope, &key), None, "{}", command.id);
        assert_eq!(parse(&stored(&key)), Some(key), "{}", command.id);
    }
}

#[test]
fn a_key_of_the_user_takes_the_place_of_a_default() {
    let (map, problems) = Keymap::read(&changed(&[("new-connection", "Ctrl+K"), ("freeze", ""), ("gone", "Ctrl+Q")]));
    assert_eq!(problems, []);
    assert_eq!(map.key(&connection::NEW), Some(ctrl(Key::K)));
    assert_eq!(map.key(&window::SEARCH), None, "its default is taken");
    assert_eq!(map.key(&topic::FREEZE), None, "it was taken away");
    assert_eq!(map.key(&topic::FETCH), Some(bare(Key::F5)));
}

#[test]
fn what_cannot_be_used_is_reported_and_leaves_the_default() {
    let (map, problems) = Keymap::read(&changed(&[
        ("fetch-again", "Hyper+Q"),
        ("copy-as", "Ctrl+Ctrl+P"),
        ("edit-value", "E"),
        ("filter-topics", "Ctrl+V"),
        ("new-topic", "Ctrl+Shift+F9"),
        ("new-topic-like", "Ctrl+Shift+F9"),
    ]));
    assert_eq!(map.key(&topic::FETCH), topic::FETCH.key);
    assert_eq!(map.key(&topic::COPY_AS), topic::COPY_AS.key);
    assert_eq!(map.key(&topic::EDIT_VALUE), topic::EDIT_VALUE.key);
    assert_eq!(map.key(&topic::FILTER), topic::FILTER.key);
    assert_eq!(map.key(&topic::NEW), Some(ctrl_shift(Key::F9)));
    assert_eq!(map.key(&topic::NEW_LIKE), None);
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "“Ctrl+V” cannot be the key of “Filter topics”: it is needed to edit text",
            "“Ctrl+Shift+F9” is the key of “New topic…” already, so “New topic like this…” has none",
            "“E” cannot be the key of “Edit value…”: it is needed to edit text; hold Ctrl, or use a function key",
            "“Ctrl+Ctrl+P” is not a key, so “Copy as…” keeps its own",
            "“Hyper+Q” is not a key, so “Fetch again” keeps its own",
        ]
    );
}

#[test]
fn keys_that_text_needs_are_refused() {
    for key in ["A", "Shift+B", "Space", "Enter", "Backspace", "Ctrl+C", "Ctrl+Z", "Ctrl+Delete", "Alt+F", "Ctrl+Alt+Q"]
    {
        let key = parse(key).expect("a key");
        assert!(refusal(Scope::Window, &key).is_some(), "{key:?}");
    }
    for key in ["Tab", "Ctrl+Tab", "Escape", "Ctrl+Left", "Home", "Shift+PageUp"] {
        let key = parse(key).expect("a key");
        for scope in [Scope::Window, Scope::Tree, Scope::Form, Scope::Always, Scope::OutsideText] {
            assert!(refusal(scope, &key).is_some(), "{key:?} in {scope:?}");
        }
    }
    for key in ["F7", "Shift+F7", "Alt+F7", "Ctrl+Q", "Ctrl+Shift+V", "Ctrl+."] {
        assert_eq!(refusal(Scope::Window, &parse(key).expect("a key")), None, "{key}");
    }
    for key in ["Delete", "Backspace", "Ctrl+C", "Ctrl+Delete"] {
        assert_eq!(refusal(Scope::Tree, &parse(key).expect("a key")), None, "{key}");
    }
}

#[test]
fn shift_counts_but_not_for_signs() {
    let press = |modifiers, key| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    let shifted = Modifiers::COMMAND | Modifiers::SHIFT;
    let mut events = vec![press(shifted, Key::T), press(shifted, Key::Plus), Event::Copy];
    assert!(!take(&mut events, ctrl(Key::T)));
    assert!(take(&mut events, ctrl(Key::Plus)));
    assert!(take(&mut events, ctrl_shift(Key::T)));
    assert!(take(&mut events, ctrl(Key::C)), "the system makes an event of its own of it");
    assert!(events.is_empty());
}

#[test]
fn keys_are_written_as_the_system_writes_them() {
    let ctx = Context::default();
    // Fonts are there from the first frame on.
    ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
    for (os, texts) in [
        (egui::os::OperatingSystem::Nix, ["Ctrl+Shift+C", "Ctrl+.", "Ctrl+Plus", "Del"]),
        (egui::os::OperatingSystem::Mac, ["Shift+Cmd+C", "Cmd+.", "Cmd+Plus", "Del"]),
    ] {
        ctx.set_os(os);
        let keys = [ctrl_shift(Key::C), ctrl(Key::Period), ctrl(Key::Plus), bare(Key::Delete)];
        for (key, text) in keys.iter().zip(texts) {
            assert_eq!(written(&ctx, key), text);
        }
    }
}
