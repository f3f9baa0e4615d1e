//! Texts that others wrote reach the screen and the terminal only through the functions that show what cannot be seen.

use crate::source::{Finding, Source};

/// Files below `src/ui` that lay text out themselves, each with what makes its text fit to be drawn.
pub(crate) const LAYOUT_FILES: &[(&str, &str)] = &[
    ("src/ui/theme/", "the functions that all others use"),
    (
        "src/ui/widgets/text_view.rs",
        "values: `append` gives each character that cannot be seen a sign in another colour",
    ),
    ("src/ui/widgets/json_tree/mod.rs", "values: `visible` does it with the escapes of JSON"),
    ("src/ui/widgets/text_line.rs", "cells: `shown_line` of what fits into one"),
    ("src/ui/widgets/hex.rs", "digits and printable ASCII, made from bytes"),
];

/// The files that write to the standard streams, each with its reason.
pub(crate) const PRINTING_FILES: &[(&str, &str)] = &[("src/app/commands/output.rs", "the writer that all others use")];

/// A call of egui that draws or speaks a text: its name, which argument is the text, and how many arguments it has.
struct Call {
    name: &'static str,
    text: usize,
    count: usize,
}

const fn call(name: &'static str, text: usize, count: usize) -> Call {
    Call { name, text, count }
}

const CALLS: &[Call] = &[
    call(".label(", 0, 1),
    call(".button(", 0, 1),
    call(".small_button(", 0, 1),
    call(".heading(", 0, 1),
    call(".monospace(", 0, 1),
    call(".on_hover_text(", 0, 1),
    call(".on_disabled_hover_text(", 0, 1),
    call(".selectable_label(", 1, 2),
    call(".checkbox(", 1, 2),
    call(".radio(", 1, 2),
    call(".selectable_value(", 2, 3),
    call(".radio_value(", 2, 3),
    call(".hint_text(", 0, 1),
    call("Button::new(", 0, 1),
    call("Button::selectable(", 1, 2),
    call("Label::new(", 0, 1),
    call("WidgetInfo::labeled(", 2, 3),
    call("WidgetInfo::selected(", 3, 4),
    call(".layout_no_wrap(", 0, 3),
    call("LayoutJob::single_section(", 0, 2),
    call("LayoutJob::simple_singleline(", 0, 3),
    call(".append(", 0, 3),
    call(".text(", 2, 5),
];

/// What names are called where they come from a server or a file; as they are, they may hold ends of lines.
const NAMES: &[&str] = &["path", "selector", "principal", "session", "lock", "author", "as_str()"];

/// Texts given to egui as they are, and names given to the theme as they are.
pub(crate) fn raw_drawing(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("src/ui/") || LAYOUT_FILES.iter().any(|(path, _)| source.path.starts_with(path)) {
        return Vec::new();
    }
    let code = source.code.as_str();
    let mut findings = Vec::new();
    let mut find = |at: usize, what: String| {
        let line = source.line_of(at);
        if !source.tests[line - 1] {
            findings.push(Finding { line, what });
        }
    };
    for (at, _) in code.match_indices("RichText::new(") {
        find(at, "text given to egui: make it with theme::text and its siblings".to_owned());
    }
    for each in CALLS {
        for (at, _) in code.match_indices(each.name) {
            let longer = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if longer && !each.name.starts_with('.') {
                continue;
            }
            let arguments = arguments(&code[at + each.name.len()..]);
            let Some(text) = arguments.get(each.text).filter(|_| arguments.len() == each.count) else { continue };
            if !is_fit(text) {
                find(at, format!("`{}…)` draws `{text}` as it is: theme::text(…), line(…) or spoken(…)", each.name));
            }
        }
    }
    for name in ["text", "mono", "muted", "faint", "strong", "line", "spoken"] {
        let name = format!("theme::{name}(");
        for (at, _) in code.match_indices(&name) {
            let Some(text) = arguments(&code[at + name.len()..]).pop() else { continue };
            let last = text.trim_end_matches(".clone()").trim_end_matches(".trim()");
            let last = last.rsplit(['.', '&', ' ']).next().unwrap_or_default();
            if NAMES.contains(&last) {
                find(at, format!("`{text}` is a name: give it as shown({text})"));
            }
        }
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// A literal, what the theme made, or a layout whose parts were looked at where they were appended.
fn is_fit(text: &str) -> bool {
    let text = text.trim_start_matches('&');
    text.starts_with('"') || text == "job" || ["theme::", "crate::ui::theme::"].iter().any(|p| text.starts_with(p))
}

/// The arguments of a call, from behind its opening bracket.
fn arguments(code: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0usize, 0, Vec::new());
    let mut closure = false;
    for (at, c) in code.char_indices() {
        match c {
            '|' if closure || code[start..at].trim().is_empty() || code[start..at].trim() == "move" => {
                closure = !closure;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                found.push(code[start..at].trim());
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 && !closure => {
                found.push(code[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|argument| !argument.is_empty());
    found
}

/// What is printed past the writer of the command line.
pub(crate) fn raw_printing(source: &Source) -> Vec<Finding> {
    if PRINTING_FILES.iter().any(|(path, _)| source.path == *path) {
        return Vec::new();
    }
    let prints = |code: &str| {
        let called = |name: &str| {
            code.match_indices(name).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        ["println!(", "print!(", "eprintln!(", "eprint!(", "stdout()", "stderr()"].into_iter().any(called)
    };
    let what = "printed as it is: use app::commands::output, which shows what would act on a terminal";
    source.lines().filter(|(_, code)| prints(code)).map(|(line, _)| Finding { line, what: what.to_owned() }).collect()
}

/// Paths that are sent, stored or compared in the form that people are shown.
pub(crate) fn shown_as_exact(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().enumerate().filter(|(at, _)| !source.tests[*at]);
    let wrong = |line: &str| {
        let selector = line.match_indices("\">{").chain(line.match_indices("\"?{")).any(|(at, _)| {
            let inside = line[at + 3..].split('}').next().unwrap_or_default();
            inside.rsplit('.').next().is_some_and(|last| matches!(last, "path" | "prefix" | "branch"))
        });
        selector || line.contains("path.to_string()") || line.contains("path().to_string()")
    };
    let what = "the shown form of a path: as_str() is the exact one, shown() the one for people";
    lines.filter(|(_, line)| wrong(line)).map(|(at, _)| Finding { line: at + 1, what: what.to_owned() }).collect()
}
