//! The rules of the house that no lint knows: floors, sizes, first lines, lists, threads, channels, colours.
//!
//! Reads the sources as text. Each finding names file, line and the better way. Every check is itself checked
//! against a few lines that break it, so that none goes blind.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A floor, the floors it may name, and the crates and modules it must never name.
struct Floor {
    name: &'static str,
    may_name: &'static [&'static str],
    never_names: &'static [&'static str],
}

/// What a pure floor is free of: a runtime, a window, sockets, files and clocks.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio_tungstenite",
    "egui",
    "eframe",
    "std::net",
    "std::fs",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];
const WINDOW: &[&str] = &["egui", "eframe"];

const FLOORS: &[Floor] = &[
    Floor { name: "data", may_name: &[], never_names: IMPURE },
    Floor { name: "wire", may_name: &["data"], never_names: IMPURE },
    Floor { name: "session", may_name: &["wire", "data"], never_names: IMPURE },
    Floor { name: "client", may_name: &["session", "wire", "data"], never_names: WINDOW },
    Floor { name: "server", may_name: &["wire", "data"], never_names: WINDOW },
    // `wire::Service` is what a typed call is made of, `fx.call::<TopicAdd>(…)`; `wire::service` says what it changes.
    Floor {
        name: "model",
        may_name: &["client::api", "wire::services", "wire::service", "wire::Service", "data"],
        never_names: IMPURE,
    },
    Floor { name: "ui", may_name: &["model", "data"], never_names: &["tokio", "std::net", "std::fs"] },
    Floor { name: "app", may_name: &["data", "wire", "session", "client", "server", "model", "ui"], never_names: &[] },
];

/// Files of `src` that are longer than [`MAX_LINES`], each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];
const MAX_LINES: usize = 600;

/// Files outside `src/ui/theme` that handle colours as numbers, each with its reason.
const COLOUR_FILES: &[(&str, &str)] = &[
    ("src/app/headless.rs", "makes pixels already drawn opaque; chooses no colour"),
    ("src/app/raster/", "turns the interface's triangles into pixels; chooses no colour"),
];

/// Words that have no place in any file, put together here so that this file does not contain them.
const FORBIDDEN: &[&str] = &[concat!("/wo", "rk/"), concat!("../sh", "ared")];

/// Calls that name something unfinished or left over, and what to do instead.
const LEFT_OVER: &[(&str, &str)] = &[
    (concat!("to", "do!("), "finish it"),
    (concat!("unimple", "mented!("), "finish it"),
    (concat!("db", "g!("), "remove it, or log it"),
];

#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    line: usize,
    what: String,
}

/// A source file: its text, and its code with comments and the insides of strings blanked out.
struct Source {
    path: String,
    text: String,
    code: String,
    /// For each line whether it belongs to tests.
    tests: Vec<bool>,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let code = code_of(text);
        let tests = test_lines(path, &code);
        Self { path: path.to_owned(), text: text.to_owned(), code, tests }
    }

    fn floor(&self) -> Option<&'static Floor> {
        let top = self.path.strip_prefix("src/")?.split('/').next()?;
        FLOORS.iter().find(|floor| floor.name == top.trim_end_matches(".rs"))
    }

    /// Lines of code with their numbers from 1, tests left out.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().filter(|(at, _)| !self.tests[*at]).map(|(at, line)| (at + 1, line))
    }

    fn line_of(&self, byte: usize) -> usize {
        self.code[..byte].matches('\n').count() + 1
    }
}

/// Blanks comments and the insides of strings and characters; lines and columns stay.
fn code_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let blank = |out: &mut String, text: &str| {
        out.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
    };
    while let Some(c) = rest.chars().next() {
        let word_before = out.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let length = if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            blank(&mut out, &rest[..length]);
            length
        } else if rest.starts_with("/*") {
            let length = block_comment_length(rest);
            blank(&mut out, &rest[..length]);
            length
        } else if let Some((before, inside)) = string_start(rest).filter(|_| !word_before) {
            out.push_str(&rest[..before]);
            blank(&mut out, &rest[before..before + inside]);
            before + inside
        } else if let Some(length) = character_length(rest) {
            out.push('\'');
            blank(&mut out, &rest[1..length - 1]);
            out.push('\'');
            length
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

fn block_comment_length(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The lengths of a string's opening and of its inside, for plain, byte and raw strings.
fn string_start(text: &str) -> Option<(usize, usize)> {
    let prefix = text.find(|c: char| !"bcr".contains(c)).filter(|at| *at <= 2)?;
    let raw = text[..prefix].contains('r');
    let hashes = text[prefix..].find(|c| c != '#')?;
    let open = prefix + hashes;
    if !text[open..].starts_with('"') || (hashes > 0 && !raw) {
        return None;
    }
    let inside = &text[open + 1..];
    let length = if raw {
        inside.find(&format!("\"{}", "#".repeat(hashes))).unwrap_or(inside.len())
    } else {
        let mut escaped = false;
        inside
            .find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            })
            .unwrap_or(inside.len())
    };
    // The closing quote is taken with the inside, or it would open another string.
    Some((open + 1, (length + 1 + hashes).min(inside.len())))
}

/// The length of a character literal; none for a lifetime.
fn character_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    let length = if first == '\\' {
        let after = inside[1..].chars().next()?.len_utf8() + 1;
        inside[after..].find('\'')? + after
    } else {
        first.len_utf8()
    };
    inside[length..].starts_with('\'').then_some(length + 2)
}

/// Which lines are tests: the whole of a tests file, or the item after `#[cfg(test)]`.
fn test_lines(path: &str, code: &str) -> Vec<bool> {
    let count = code.lines().count();
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.starts_with("tests/") || path.contains("/tests/") || name == "tests.rs" || name.ends_with("_tests.rs") {
        return vec![true; count];
    }
    let mut tests = vec![false; count];
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let mut depth = 0usize;
        let end = code[at..].find(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (c == ';' || c == '}') && depth == 0
        });
        let first = code[..at].matches('\n').count();
        let last = end.map_or(count - 1, |end| first + code[at..at + end].matches('\n').count());
        tests[first..=last].fill(true);
    }
    tests
}

/// Paths that begin with `crate::` or `brownian::`, groups taken apart: `crate::{data::Value, ui}`.
fn crate_paths(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for root in ["crate::", "brownian::"] {
        for (at, _) in source.code.match_indices(root) {
            let is_word = source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if is_word || source.code[..at].ends_with('$') {
                continue;
            }
            let rest = &source.code[at + root.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let mut depth = 0usize;
                let mut start = 0;
                for (offset, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        ',' | '}' if depth == 0 => {
                            let name = group[start..offset].trim_start();
                            let begin = at + root.len() + 1 + offset - name.len();
                            found.push((begin, name.trim_end().to_owned()));
                            start = offset + 1;
                            if c == '}' {
                                break;
                            }
                        }
                        '}' => depth -= 1,
                        _ => {}
                    }
                }
            } else {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
                found.push((at, rest[..end].to_owned()));
            }
        }
    }
    found.into_iter().map(|(at, path)| (source.line_of(at), path)).collect()
}

fn upward_looks(source: &Source) -> Vec<Finding> {
    let Some(floor) = source.floor() else { return Vec::new() };
    let mut findings = Vec::new();
    for (line, path) in crate_paths(source) {
        let top = path.split("::").next().unwrap_or_default();
        let is_floor = FLOORS.iter().any(|floor| floor.name == top);
        let allowed = floor.may_name.iter().any(|allowed| {
            let rest = path.strip_prefix(allowed);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
                // `client` where only `client::api` may be named: a group is looked at once more.
                || path.starts_with(&format!("{top}::{{")) && allowed.starts_with(&format!("{top}::"))
        });
        if is_floor && top != floor.name && !allowed {
            let may = if floor.may_name.is_empty() { "no other floor".into() } else { floor.may_name.join(", ") };
            findings.push(Finding { line, what: format!("{} may name {may}, not {path}", floor.name) });
        }
    }
    for (line, code) in source.lines() {
        for name in floor.never_names {
            let named = code.match_indices(name).any(|(at, _)| {
                let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let ends = !code[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
                // A bare crate name counts as the beginning of a path only.
                let is_path = name.contains("::") || code[at + name.len()..].starts_with([':', ';']);
                !code[..at].ends_with(word) && ends && is_path
            });
            if named {
                findings.push(Finding { line, what: format!("{} never names {name}", floor.name) });
            }
        }
    }
    findings
}

fn size(source: &Source) -> Vec<Finding> {
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

fn first_line(source: &Source) -> Vec<Finding> {
    match source.text.lines().next() {
        Some(line) if line.starts_with("//! ") && line.len() > 8 => Vec::new(),
        _ => vec![Finding { line: 1, what: "begin with `//!` and a sentence saying what the file is".into() }],
    }
}

fn forbidden_code(source: &Source) -> Vec<Finding> {
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

fn left_over(source: &Source) -> Vec<Finding> {
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

fn forbidden_words(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in FORBIDDEN.iter().filter(|word| line.contains(**word)) {
            findings.push(Finding { line: at + 1, what: format!("`{word}` names a place outside the project") });
        }
    }
    findings
}

/// Source files that no module list names are silently not part of the program.
fn unlisted(sources: &[Source]) -> Vec<(String, Finding)> {
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

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder in order, without what tools generate.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder of the project").flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let generated = ["target", "node_modules", "__pycache__", "corpus", "artifacts"].contains(&name.as_str());
        if generated || (name.starts_with('.') && name != ".ci") {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            files(&entry.path(), out);
        } else {
            out.push(entry.path());
        }
    }
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in ["src", "tests"] {
        files(&root().join(folder), &mut paths);
    }
    let sources: Vec<Source> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| Source::new(&relative(path), &fs::read_to_string(path).expect("sources are UTF-8")))
        .collect();
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

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
fn exceptions_name_files_that_exist() {
    for (path, reason) in LONG_FILES.iter().chain(COLOUR_FILES) {
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
}
