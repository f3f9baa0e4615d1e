//! Names that were made to mislead, or to be too long: what is painted and spoken of them, and what it costs.

use crate::outline::outline;
use crate::test_app::{SIZES, Serve, TestApp, Topic, path_of, window};
use brownian::data::file_format::csv::Formulas;
use brownian::model::settings::Theme;
use brownian::model::{copy_as, inspector, new_topic, remove_topics, subscriptions, topics as tree};
use egui::Shape;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

/// Looks like `account`, like a file that ends in `txt.exe`, like two rows, and like an order to a terminal.
const HOSTILE: [&str; 5] = [
    "a/account",
    "a/acc\u{200b}ount",
    "a/account\u{202e}txt.exe",
    "a/line\nfake\u{2028}row",
    "a/esc\u{1b}[2J\u{9b}x\u{e0041}\u{feff}",
];

/// What may not be painted or spoken in any place of the window.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{202e}' | '\u{2028}' | '\u{1b}' | '\u{9b}' | '\u{e0041}' | '\u{feff}')
}

fn app(paths: &[&str]) -> TestApp {
    let topics = paths.iter().map(|path| Topic::json(path, "1")).collect();
    let mut app = TestApp::connected(Theme::Dark, Serve::Answers, topics);
    app.handle(tree::Intent::Open(path_of("a")));
    app.handle(subscriptions::Intent::Add("?a//".into()));
    app.pass(1.0);
    app
}

/// Every text that the last frame painted.
fn painted(harness: &Harness<'_, TestApp>) -> Vec<String> {
    fn walk(shape: &Shape, out: &mut Vec<String>) {
        match shape {
            Shape::Text(text) => out.push(text.galley.text().to_owned()),
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| walk(shape, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    harness.output().shapes.iter().for_each(|clipped| walk(&clipped.shape, &mut out));
    out
}

#[test]
fn nothing_hidden_is_painted_or_spoken_anywhere() {
    let sheets: [fn(&mut TestApp, &str); 3] = [
        |_, _| {},
        |app, path| app.handle(remove_topics::Intent::OpenPath(path_of(path))),
        |app, path| app.handle(new_topic::Intent::OpenFor(path_of(path))),
    ];
    for path in HOSTILE {
        for (number, open) in sheets.iter().enumerate() {
            let mut app = app(&HOSTILE);
            app.handle(inspector::Intent::Select(Some(path_of(path))));
            open(&mut app, path);
            app.pass(0.5);
            let mut harness = window(app, SIZES[1]);
            harness.run_steps(6);
            let spoken = outline(&harness);
            assert!(spoken.contains("acc<U+200B>ount, JSON"), "{spoken}");
            for text in painted(&harness) {
                assert!(!text.contains(is_hidden), "{path:?}, {number}: painted {text:?}");
                assert!(!text.contains("line\nfake"), "{path:?}, {number}: a row of its own {text:?}");
            }
            for line in spoken.lines() {
                assert!(!line.contains(is_hidden), "{path:?}, {number}: spoken {line:?}");
            }
        }
    }
}

#[test]
fn a_name_of_any_length_is_laid_out_in_few_characters() {
    let long = format!("a/{}", "x".repeat(16_000));
    let mut app = app(&["a/b", &long]);
    app.handle(inspector::Intent::Select(Some(path_of(&long))));
    app.pass(0.5);
    let mut harness = window(app, SIZES[1]);
    harness.run_steps(4);
    let texts = painted(&harness);
    assert!(texts.iter().any(|text| text.contains("…[16000 bytes]…") || text.contains("…[16002 bytes]…")));
    let (longest, all) =
        (texts.iter().map(String::len).max().unwrap_or(0), texts.iter().map(String::len).sum::<usize>());
    assert!(longest < 5_000 && all < 20_000, "the longest text has {longest} bytes, all have {all}");
    assert!(outline(&harness).len() < 40_000);
}

#[test]
fn the_sheet_says_what_becomes_of_formulas_and_lets_the_user_choose() {
    for (disarmed, row) in [(true, "'=x,JSON,1,"), (false, "=x,JSON,1,")] {
        let mut app = TestApp::connected(Theme::Dark, Serve::Answers, vec![Topic::json("=x", "1")]);
        app.handle(copy_as::Intent::Open(vec![path_of("=x")]));
        app.pass(0.5);
        let mut harness = window(app, SIZES[1]);
        harness.get_by_role_and_label(Role::ListItem, "CSV row").click();
        harness.run_steps(4);
        let choice = harness.get_by_role_and_label(Role::CheckBox, Formulas::LABEL);
        if !disarmed {
            choice.click();
            harness.run_steps(4);
        }
        harness.key_press(egui::Key::Enter);
        harness.run_steps(4);
        let copied = harness.state().copied.join("");
        assert!(copied.starts_with(row), "{copied}");
    }
}
