//! The floors: which may name which, and what each must never name.

use crate::source::{Finding, Source};

/// A floor, the floors it may name, and the crates and modules it must never name.
pub(crate) struct Floor {
    /// Its folder in `src`.
    pub name: &'static str,
    /// Paths from the root of the crate.
    pub may_name: &'static [&'static str],
    /// Crates, and paths that read the outer world.
    pub never_names: &'static [&'static str],
}

/// What a pure floor is free of: a runtime, a window, sockets, files and clocks.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio_tungstenite",
    "egui",
    "eframe",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
];
/// What drawing is free of: whatever waits, and what depends on the machine.
const DRAWING: &[&str] = &[
    "tokio",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
];
const WINDOW: &[&str] = &["egui", "eframe"];

/// From the lowest to the highest.
pub(crate) const FLOORS: &[Floor] = &[
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
    Floor { name: "ui", may_name: &["model", "data"], never_names: DRAWING },
    Floor { name: "app", may_name: &["data", "wire", "session", "client", "server", "model", "ui"], never_names: &[] },
];

/// A path of the code that names a floor or something below it, and the line where it stands.
struct Named {
    line: usize,
    path: String,
}

/// Every path that begins at the root of the crate: by `crate::` or `brownian::`, or by as many `super::` as lead
/// there. Groups are taken apart: `crate::{data::Value, ui}`.
fn crate_paths(source: &Source) -> Vec<Named> {
    let mut found = Vec::new();
    let depth = module_depth(&source.path);
    for (at, root) in path_starts(&source.code) {
        let begins = match root {
            "super::" => {
                let chain = &source.code[at..];
                let supers = chain.len() - chain.trim_start_matches("super::").len();
                (supers / "super::".len() >= depth).then_some(supers)
            }
            root => Some(root.len()),
        };
        if let Some(skip) = begins {
            unfold(source, at + skip, "", &mut found);
        }
    }
    found
}

/// Modules between the file and the root: 1 for `src/model/mod.rs`, 2 for `src/model/x.rs` and `src/model/x/mod.rs`.
fn module_depth(path: &str) -> usize {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let inside = inside.strip_suffix("/mod.rs").or_else(|| inside.strip_suffix(".rs")).unwrap_or(inside);
    inside.split('/').count()
}

/// Where a path begins with one of the words that can lead to the root; of a chain of `super::` the first.
fn path_starts(code: &str) -> Vec<(usize, &'static str)> {
    let mut starts = Vec::new();
    for root in ["crate::", "brownian::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let goes_on = code[..at].ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c));
            if !goes_on {
                starts.push((at, root));
            }
        }
    }
    starts
}

/// Takes a path or a group of paths apart; gives back how many bytes it has.
fn unfold(source: &Source, at: usize, before: &str, found: &mut Vec<Named>) -> usize {
    let rest = &source.code[at..];
    let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
    let path = format!("{before}{}", &rest[..name]);
    let is_group = rest[name..].starts_with('{') && (path.is_empty() || path.ends_with("::"));
    if !is_group {
        if !path.is_empty() {
            found.push(Named { line: source.line_of(at), path });
        }
        return name;
    }
    let mut inside = name + 1;
    while inside < rest.len() {
        let c = rest[inside..].chars().next().unwrap_or('}');
        if c == '}' {
            return inside + 1;
        }
        let member = if c.is_alphanumeric() || c == '_' { unfold(source, at + inside, &path, found) } else { 0 };
        inside += member.max(c.len_utf8());
    }
    inside
}

/// What is imported from outside the crate, groups taken apart: `std::{fs, net::TcpStream}`.
fn imports(source: &Source) -> Vec<Named> {
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices("use ") {
        let begins = at == 0 || source.code[..at].ends_with(char::is_whitespace);
        let path = source.code[at + "use ".len()..].trim_start().trim_start_matches("::");
        if begins {
            unfold(source, source.code.len() - path.len(), "", &mut found);
        }
    }
    found
}

/// Names of floors above, and of what the floor is free of.
pub(crate) fn upward_looks(source: &Source) -> Vec<Finding> {
    let Some(floor) = source.floor() else { return Vec::new() };
    let mut findings = Vec::new();
    for Named { line, path } in crate_paths(source) {
        let top = path.split("::").next().unwrap_or_default();
        let is_floor = FLOORS.iter().any(|floor| floor.name == top);
        let allowed = floor
            .may_name
            .iter()
            .any(|allowed| path.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")));
        if is_floor && top != floor.name && !allowed {
            let may = if floor.may_name.is_empty() { "no other floor".into() } else { floor.may_name.join(", ") };
            findings.push(Finding { line, what: format!("{} may name {may}, not {path}", floor.name) });
        }
    }
    let is_test = |line: usize| source.tests.get(line - 1).is_some_and(|test| *test);
    let mut never = |line: usize, name: &str| {
        let finding = Finding { line, what: format!("{} never names {name}", floor.name) };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    for (line, code) in source.lines() {
        for name in floor.never_names {
            if code.match_indices(name).any(|(at, _)| is_named(code, at, name)) {
                never(line, name);
            }
        }
    }
    for Named { line, path } in imports(source).into_iter().filter(|named| !is_test(named.line)) {
        for name in floor.never_names {
            if path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")) {
                never(line, name);
            }
        }
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// Whether the match is the whole name and not a part of another.
fn is_named(code: &str, at: usize, name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let is_path = name.contains("::");
    let after = &code[at + name.len()..];
    // A bare name is a crate: it begins a path, and nothing stands before it. `Timestamp::now` may have its crate before it.
    let begins = !code[..at].ends_with(|c: char| letter(c) || (c == ':' && !is_path));
    begins && !after.starts_with(letter) && (is_path || after.starts_with([':', ';']))
}
