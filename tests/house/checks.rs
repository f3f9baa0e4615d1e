//! Checks of one file at a time, and of the lists of modules.

use crate::source::{Finding, Source};

/// Files of `src` that are longer than [`MAX_LINES`], each with its reason.
pub(crate) const LONG_FILES: &[(&str, &str)] = &[];
/// Lines of a file of `src`.
pub(crate) const MAX_LINES: usize = 600;

/// Files outside `src/ui/theme` that handle colours as numbers, each with its reason.
pub(crate) const COLOUR_FILES: &[(&str, &str)] = &[
    ("src/app/headless.rs", "makes pixels already drawn opaque; chooses no colour"),
    ("src/app/raster/", "turns the interface's triangles into pixels; chooses no colour"),
];

/// Words that have no place in any file, put together here so that this file does not contain them.
pub(crate) const FORBIDDEN: &[&str] = &[concat!("/wo", "rk/"), concat!("../sh", "ared")];

/// Calls that name something unfinished or left over, and what to do instead.
pub(crate) const LEFT_OVER: &[(&str, &str)] = &[
    (concat!("to", "do!("), "finish it"),
    (concat!("unimple", "mented!("), "finish it"),
    (concat!("db", "g!("), "remove it, or log it"),
];

/// Files that are too long, and exceptions that no longer are.
pub(crate) fn size(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let excepted = LONG_FILES.iter().any(|(path, _)| *path == source.path);
    match (lines > MAX_LINES, excepted) {
        (true, false) => {
            let what = format!("{lines} lines; look for the second responsibility, the limit is {MAX_LINES}");
            vec![Finding { line: MAX_LINES + 1, what }]
        }
        (false, true) => vec![Finding { line: 1, what: "short enough now: take it off LONG_FILES".into() }],
        _ => Vec::new(),
    }
}

/// Files that do not say what they are.
pub(crate) fn first_line(source: &Source) -> Vec<Finding> {
    match source.text.lines().next() {
        Some(line) if line.starts_with("//! ") && line.len() > 8 => Vec::new(),
        _ => vec![Finding { line: 1, what: "begin with `//!` and a sentence saying what the file is".into() }],
    }
}

/// Unbounded channels, unnamed threads, `unwrap`, colours that are no tokens, tables beside the one of the program.
pub(crate) fn forbidden_code(source: &Source) -> Vec<Finding> {
    let in_theme =
        source.path.starts_with("src/ui/theme") || COLOUR_FILES.iter().any(|(p, _)| source.path.starts_with(p));
    let mut findings = Vec::new();
    let mut find = |line: usize, what: &str| findings.push(Finding { line, what: what.to_owned() });
    for (line, code) in source.lines() {
        let compact: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if ["unbounded_channel", "mpsc::unbounded", "channel::unbounded"].iter().any(|name| compact.contains(name))
            || compact.contains("channel()")
            || (compact.contains("channel::<") && compact.contains(">()"))
        {
            find(line, "an unbounded channel: bound it and say what happens when it is full");
        }
        if compact.contains("thread::spawn(") {
            find(line, "an unnamed thread: use std::thread::Builder::new().name(…)");
        }
        // In `f32` rows jump past 16.7 million points, and every table sorts, selects and copies alike.
        if source.path.starts_with("src/ui/") && compact.contains(".show_rows(") {
            find(line, "a list of egui: use widgets::rows, or widgets::data_table where it has columns");
        }
        let in_kit = source.path.starts_with("src/ui/widgets/data_table/");
        if !in_kit && (compact.contains(").table()") || compact.contains("Role::ColumnHeader")) {
            find(line, "a second table: use widgets::data_table");
        }
        // A line end in what a peer says would begin a line of its own.
        let logs_raw = |name: &str| compact.contains("tracing::") && compact.contains(name);
        if source.path.starts_with("src/server/") && ["%error", "%path", "%text"].into_iter().any(logs_raw) {
            find(line, "a peer's words in a log as they are: write them with `?`");
        }
        let is_menu = compact.contains(".context_menu(")
            || compact.contains(".menu_button(")
            || (compact.contains("Popup::menu(") && compact.contains(".show("));
        if is_menu && source.path.starts_with("src/ui/") && source.path != "src/ui/widgets/menu.rs" {
            find(line, "a menu that does not take the keyboard: use widgets::menu");
        }
        if compact.contains(".unwrap()") {
            find(line, "unwrap(): handle it, or `expect` the invariant");
        }
        let colour = compact.match_indices("Color32::").any(|(at, name)| {
            let rest = &compact[at + name.len()..];
            let transparent = rest.starts_with("TRANSPARENT") || rest.starts_with("PLACEHOLDER");
            rest.starts_with("from_") || (rest.starts_with(|c: char| c.is_ascii_uppercase()) && !transparent)
        });
        if !in_theme && (colour || compact.contains("Rgba::from_") || compact.contains("hex_color!")) {
            find(line, "a colour outside src/ui/theme: give it a token");
        }
    }
    for (at, _) in source.code.match_indices("thread::Builder::new()") {
        let line = source.line_of(at);
        let next = source.code[at + "thread::Builder::new()".len()..].trim_start();
        if !next.starts_with(".name(") && !source.tests[line - 1] {
            find(line, "an unnamed thread: `.name(…)` comes right behind Builder::new()");
        }
    }
    for (at, line) in source.text.lines().enumerate().filter(|(at, _)| !source.tests[*at]) {
        let hex_colour = line.match_indices("\"#").any(|(at, _)| {
            let digits = line[at + 2..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(0);
            matches!(digits, 6 | 8) && line[at + 2 + digits..].starts_with('"')
        });
        if hex_colour && !in_theme && source.path.starts_with("src/") {
            find(at + 1, "a colour outside src/ui/theme: give it a token");
        }
    }
    findings
}

/// What is unfinished, ignored without a need, or slept over.
pub(crate) fn left_over(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in source.code.lines().enumerate() {
        for (call, instead) in LEFT_OVER {
            if line.contains(call) {
                findings.push(Finding { line: at + 1, what: format!("{call}: {instead}") });
            }
        }
        let needs_something = source.text.lines().nth(at).is_some_and(|text| text.contains("#[ignore = \"needs "));
        if line.contains("#[ignore") && !needs_something {
            let what =
                "only a test that needs more than a compiler is ignored: `needs …`; packaging/test-all.sh runs it";
            findings.push(Finding { line: at + 1, what: what.into() });
        }
        if line.contains("thread::sleep(") && source.tests[at] {
            findings.push(Finding { line: at + 1, what: "a test waits for what it tests, it does not sleep".into() });
        }
    }
    findings
}

/// Places outside the project.
pub(crate) fn forbidden_words(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in FORBIDDEN.iter().filter(|word| line.contains(**word)) {
            findings.push(Finding { line: at + 1, what: format!("`{word}` names a place outside the project") });
        }
    }
    findings
}

/// Source files that no module list names are silently not part of the program.
pub(crate) fn unlisted(sources: &[Source]) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("src/")) {
        let Some(module) = source.path.strip_suffix("/mod.rs").or_else(|| source.path.strip_suffix(".rs")) else {
            continue;
        };
        let Some((folder, name)) = module.rsplit_once('/').filter(|(_, name)| !matches!(*name, "main" | "lib")) else {
            continue;
        };
        let parents = [format!("{folder}/mod.rs"), format!("{folder}.rs"), format!("{folder}/lib.rs")];
        let listed = sources.iter().filter(|parent| parents.contains(&parent.path)).any(|parent| {
            parent.code.match_indices(name).any(|(at, _)| {
                let rest = &parent.code[at + name.len()..];
                let starts = !parent.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                starts && (rest.starts_with(';') || rest.starts_with("::"))
            })
        }) || sources.iter().any(|other| {
            // `#[path = "…"]` in a neighbour.
            other.path.starts_with(folder) && other.text.contains(&format!("path = \"{name}.rs\""))
        });
        if !listed {
            let what = format!("no list of modules in {folder} names `{name}`");
            findings.push((source.path.clone(), Finding { line: 1, what }));
        }
    }
    findings
}
