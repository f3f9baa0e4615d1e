//! The rules of the house that no lint knows: floors, sizes, first lines, lists, threads, channels, colours, dependencies.
//!
//! Reads the sources as text. Each finding names file, line and the better way. Every check is itself checked
//! against a few lines that break it, so that none goes blind.

mod checks;
mod dependencies;
mod floors;
mod shown;
mod source;

use checks::{
    COLOUR_FILES, FORBIDDEN, LEFT_OVER, LONG_FILES, MAX_LINES, first_line, forbidden_code, forbidden_words, left_over,
    size, unlisted,
};
use dependencies::{duplicates, unused};
use floors::upward_looks;
use shown::{LAYOUT_FILES, PRINTING_FILES, raw_drawing, raw_printing, shown_as_exact};
use source::{Finding, Source, files, relative, root, sources};
use std::fmt::Write as _;
use std::fs;

/// Fails with every finding on a line of its own.
fn report(findings: impl IntoIterator<Item = (String, Finding)>) {
    let mut out = String::new();
    for (path, Finding { line, what }) in findings {
        let _ = write!(out, "\n{path}:{line}: {what}");
    }
    assert!(out.is_empty(), "{out}");
}

fn check(applies: impl Fn(&Source) -> bool, look: impl Fn(&Source) -> Vec<Finding>) {
    let sources = sources();
    let found = sources.iter().filter(|source| applies(source));
    report(found.flat_map(|source| look(source).into_iter().map(|finding| (source.path.clone(), finding))));
}

fn in_src(source: &Source) -> bool {
    source.path.starts_with("src/")
}

#[test]
fn no_floor_looks_upward() {
    check(in_src, upward_looks);
}

#[test]
fn files_stay_short() {
    check(in_src, size);
}

#[test]
fn every_file_says_what_it_is() {
    check(|_| true, first_line);
}

#[test]
fn channels_are_bounded_threads_named_colours_tokens_and_nothing_unwrapped() {
    check(in_src, forbidden_code);
}

#[test]
fn what_others_wrote_is_drawn_and_printed_with_signs_for_what_cannot_be_seen() {
    check(in_src, raw_drawing);
    check(in_src, raw_printing);
    check(in_src, shown_as_exact);
}

#[test]
fn nothing_is_left_unfinished_or_slept_over() {
    check(|_| true, left_over);
}

#[test]
fn every_source_file_is_on_a_list() {
    report(unlisted(&sources()));
}

#[test]
fn no_file_names_a_place_outside_the_project() {
    let mut paths = Vec::new();
    files(root(), &mut paths);
    let found = paths.iter().filter_map(|path| Some((relative(path), fs::read_to_string(path).ok()?)));
    report(found.flat_map(|(path, text)| forbidden_words(&text).into_iter().map(move |f| (path.clone(), f))));
}

#[test]
fn every_dependency_is_named() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    report(unused(&manifest, &sources()).into_iter().map(|finding| ("Cargo.toml".to_owned(), finding)));
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect("a file of the project");
    let found = duplicates(&read("Cargo.lock"), &read("deny.toml"));
    report(found.into_iter().map(|finding| ("deny.toml".to_owned(), finding)));
}

/// What stands in backticks and has a slash in it, placeholders and commands left out.
fn named_paths(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(at, line)| line.split('`').skip(1).step_by(2).map(move |code| (at + 1, code)))
        .filter(|(_, code)| code.contains('/') && !code.contains(['<', ' ', '…', ':']) && !code.starts_with('/'))
}

#[test]
fn the_guide_names_what_exists() {
    let guide = fs::read_to_string(root().join("packaging/CONTRIBUTING.md")).expect("a guide");
    let gone = named_paths(&guide).filter(|(_, path)| !root().join(path).exists());
    report(gone.map(|(line, path)| {
        ("packaging/CONTRIBUTING.md".to_owned(), Finding { line, what: format!("there is no {path}") })
    }));
}

#[test]
fn exceptions_name_files_that_exist() {
    for (path, reason) in LONG_FILES.iter().chain(COLOUR_FILES).chain(LAYOUT_FILES).chain(PRINTING_FILES) {
        assert!(root().join(path).exists(), "{path} is gone: take it off the list");
        assert!(!reason.is_empty(), "{path}: an exception has a reason");
    }
}

#[test]
fn the_checks_see() {
    let lines = |path: &str, text: &str, look: &dyn Fn(&Source) -> Vec<Finding>| -> Vec<usize> {
        look(&Source::new(path, text)).into_iter().map(|finding| finding.line).collect()
    };
    let up = |path, text| lines(path, text, &upward_looks);
    assert_eq!(up("src/data/x.rs", "use crate::wire::Reader;\nuse crate::data::Value;"), [1]);
    assert_eq!(
        up("src/data/x.rs", "// crate::ui\nlet s = \"crate::ui\";\nuse crate::{\n    data::A,\n    ui::B,\n};"),
        [5]
    );
    assert_eq!(up("src/model/x.rs", "use crate::client::api::Call;\nuse crate::client::engine::Engine;"), [2]);
    assert_eq!(up("src/session/x.rs", "use std::time::Duration;\nuse tokio::time;\nlet now = Instant::now();"), [2, 3]);
    assert_eq!(up("src/app/x.rs", "use crate::server::Server;"), [0usize; 0]);
    // As many `super` as lead to the root, alone and in a group.
    assert_eq!(
        up("src/model/x.rs", "use super::super::ui::cx;\nuse super::ui;\nuse super::super::{data, app};"),
        [1, 3]
    );
    assert_eq!(up("src/model/a/mod.rs", "super::super::ui::f();\nsuper::server::f();"), [1]);
    // A crate before the type, and what is imported in a group.
    assert_eq!(up("src/data/x.rs", "jiff::Timestamp::now();\nuse std::{fmt, fs::File};\nuse std::fmt;"), [1, 2]);
    assert_eq!(up("src/wire/x.rs", "std::env::var(a);\nstd::process::id();\nstd::thread::current();"), [1, 2, 3]);
    assert_eq!(up("src/ui/x.rs", "let zone = jiff::tz::TimeZone::system();\nstd::time::Instant::now();"), [1, 2]);
    assert_eq!(up("src/model/x.rs", "#[cfg(test)]\nmod tests {\n    use std::{fs, env};\n}"), [0usize; 0]);

    let code = |text| lines("src/client/x.rs", text, &forbidden_code);
    assert_eq!(
        code("let a = x.unwrap();\n#[cfg(test)]\nmod tests {\n    fn f() { x.unwrap(); }\n}\nx.unwrap();"),
        [1, 6]
    );
    assert_eq!(
        code("let (a, b) = mpsc::channel();\nlet c = mpsc::channel(5);\nlet d = mpsc::unbounded_channel();"),
        [1, 3]
    );
    assert_eq!(
        code("std::thread::spawn(f);\nthread::Builder::new()\n    .name(n);\nthread::Builder::new().spawn(f)"),
        [1, 4]
    );
    assert_eq!(
        code("Color32::RED;\nColor32::TRANSPARENT;\nColor32::from_rgb(1, 2, 3);\nlet c = \"#ff00aa\";"),
        [1, 3, 4]
    );
    assert_eq!(lines("src/ui/theme/tokens.rs", "Color32::RED", &forbidden_code), [0usize; 0]);
    assert_eq!(
        code("let c = '\"'; x.unwrap();\nlet s = r#\"x.unwrap()\"#; fn f<'a>(x: &'a str) { x.unwrap() }"),
        [1, 2]
    );

    let list = "ScrollArea::vertical().show_rows(ui, 20.0, 5, f);\nRows::new(\"x\", 5).table().show(ui, state, f);";
    assert_eq!(lines("src/ui/panels/x.rs", list, &forbidden_code), [1, 2]);
    assert_eq!(lines("src/ui/widgets/data_table/x.rs", list, &forbidden_code), [1]);

    let log = "tracing::debug!(session = key, %error, \"refused\");\ntracing::debug!(?error, \"refused\");";
    assert_eq!(lines("src/server/x.rs", log, &forbidden_code), [1]);

    let menu = "response.context_menu(|ui| f(ui));\nmenu::popup(egui::Popup::menu(&button), |ui| f(ui));";
    assert_eq!(lines("src/ui/panels/x.rs", menu, &forbidden_code), [1]);

    let drawn = "ui.label(name);\nui.label(\"Name\");\nui.label(theme::text(name));\nRichText::new(\"x\");\n\
        ui.add(egui::Label::new(format!(\"{name}\")));\nui.selectable_label(a == b, word).on_hover_text(theme::text(x));\n\
        ui.painter().text(at, side, content, font, colour);\ncell.text(ui, content, colour);\n\
        theme::mono(&note.selector);\ntheme::mono(shown(&note.selector));\ntheme::faint(ui, path.as_str());";
    assert_eq!(lines("src/ui/panels/x.rs", drawn, &raw_drawing), [1, 4, 5, 6, 7, 9, 11]);
    assert_eq!(lines("src/ui/theme/x.rs", drawn, &raw_drawing), [0usize; 0]);
    let printed = "println!(\"{path}\");\nlet s = \"println!(\";\nstd::io::stderr().lock();\nmy_print!(x);";
    assert_eq!(lines("src/app/x.rs", printed, &raw_printing), [1, 3]);
    let exact =
        "of(format!(\">{path}\"));\nformat!(\"at {path}\");\nself.path.to_string();\nformat!(\"?{}//\", a.as_str());";
    assert_eq!(lines("src/model/x.rs", exact, &shown_as_exact), [1, 3]);

    assert_eq!(lines("src/x.rs", "use std::fmt;", &first_line), [1]);
    assert_eq!(lines("src/x.rs", &"\n".repeat(MAX_LINES + 1), &size), [MAX_LINES + 1]);
    assert_eq!(lines("tests/x.rs", "\nstd::thread::sleep(d);", &left_over), [2]);
    assert_eq!(lines("src/x.rs", &format!("{})", LEFT_OVER[0].0), &left_over), [1]);
    let ignored = "#[ignore = \"needs a display\"]\n#[ignore]\n#[ignore = \"flaky\"]";
    assert_eq!(lines("tests/x.rs", ignored, &left_over), [2, 3]);
    assert_eq!(forbidden_words(&format!("a\n{}main", FORBIDDEN[0])).len(), 1);
    let module = |path: &str, text: &str| Source::new(path, text);
    let tree = [
        module("src/lib.rs", "pub mod a;"),
        module("src/a/mod.rs", "list! { b::B, }\n// c;"),
        module("src/a/b.rs", ""),
        module("src/a/c.rs", ""),
    ];
    assert_eq!(unlisted(&tree).into_iter().map(|(path, _)| path).collect::<Vec<_>>(), ["src/a/c.rs"]);

    let manifest =
        "[dependencies]\na-b = \"1\"\nc = { version = \"1\" }\n# d = \"1\"\n[dev-dependencies]\ne = \"1\"\nc2 = \"1\"";
    let named = [
        module("src/x.rs", "use a_b::A; // c::B\nlet x = xc::y();\n#[cfg(test)]\nmod tests { use c::B; }"),
        module("tests/y.rs", "e::f();"),
    ];
    assert_eq!(unused(manifest, &named).into_iter().map(|finding| finding.line).collect::<Vec<_>>(), [3, 7]);
    let lock = "[[package]]\nname = \"a\"\nversion = \"0.9.1\"\n[[package]]\nname = \"a\"\nversion = \"0.10.0\"\n";
    let skips = |text: &str| duplicates(lock, text).into_iter().map(|finding| finding.line).collect::<Vec<_>>();
    assert_eq!(skips(""), [1]);
    assert_eq!(skips("    { crate = \"a@0.9.1\", reason = \"b wants it\" },"), [0usize; 0]);
    assert_eq!(skips("{ crate = \"a@0.9.1\", reason = \"\" },\n{ crate = \"a@0.10.0\", reason = \"x\" },"), [1, 2]);

    let guide = "`src/lib.rs` and `x::y`\n`src/<name>.rs`, `cargo run a/b`, `src/gone.rs`, `//!`";
    assert_eq!(named_paths(guide).collect::<Vec<_>>(), [(1, "src/lib.rs"), (2, "src/gone.rs")]);
}
