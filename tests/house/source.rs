//! The sources as the checks read them: text, code without comments and strings, and which lines are tests.

use crate::floors::{FLOORS, Floor};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// From 1.
    pub line: usize,
    /// What is wrong, and the better way.
    pub what: String,
}

/// A source file: its text, and its code with comments and the insides of strings blanked out.
pub(crate) struct Source {
    /// From the root of the project.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// The same, comments and strings blanked out.
    pub code: String,
    /// For each line whether it belongs to tests.
    pub tests: Vec<bool>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = code_of(text);
        let tests = test_lines(path, &code);
        Self { path: path.to_owned(), text: text.to_owned(), code, tests }
    }

    /// The floor that the file belongs to.
    pub(crate) fn floor(&self) -> Option<&'static Floor> {
        let top = self.path.strip_prefix("src/")?.split('/').next()?;
        FLOORS.iter().find(|floor| floor.name == top.trim_end_matches(".rs"))
    }

    /// Lines of code with their numbers from 1, tests left out.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().filter(|(at, _)| !self.tests[*at]).map(|(at, line)| (at + 1, line))
    }

    /// The line of a byte of the code, from 1.
    pub(crate) fn line_of(&self, byte: usize) -> usize {
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

/// The folder of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder in order, without what tools generate.
pub(crate) fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder of the project").flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let generated = name.starts_with("target")
            || ["node_modules", "__pycache__", "corpus", "artifacts"].contains(&name.as_str());
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

/// The path from the root, with slashes.
pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Every Rust file below `src` and `tests`.
pub(crate) fn sources() -> Vec<Source> {
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
