//! The rows of a JSON tree as it is open now.

use std::collections::HashSet;

use crate::data::value::json::Json;

/// Elements of an array shown together; longer arrays are folded into pages of this many.
pub(super) const PAGE: usize = 1000;
/// Small branches this deep are open by themselves.
const OPEN_DEPTH: usize = 2;
const OPEN_LENGTH: usize = 60;
/// Stands between a pointer and a page number. No JSON pointer of a shown row contains it, because control
/// characters in keys are rare and a clash would only open two branches at once.
const PAGE_MARK: char = '\u{1}';

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Member,
    Element,
    Page,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flat {
    /// JSON pointer; of a page, the pointer of its array and the page number.
    pub pointer: String,
    pub kind: Kind,
    /// Key, index, or the range of a page.
    pub key: String,
    pub depth: usize,
    /// Open or closed; none for a leaf.
    pub open: Option<bool>,
    /// Places within the parents, from the root.
    steps: Vec<u32>,
}

impl Flat {
    /// The value of the row within the whole.
    pub(super) fn node<'v>(&self, root: &'v Json) -> Option<&'v Json> {
        self.steps.iter().try_fold(root, |node, step| child(node, *step as usize))
    }

    /// What a screen reader says.
    pub(super) fn spoken(&self, root: &Json) -> String {
        let value = match self.node(root) {
            _ if self.kind == Kind::Page => String::new(),
            Some(Json::Array(items)) => format!("array of {}", items.len()),
            Some(Json::Object(members)) => format!("object of {}", members.len()),
            Some(Json::String(text)) => text.chars().take(200).collect(),
            Some(Json::Bytes(bytes)) => format!("{} bytes", bytes.len()),
            Some(leaf) => leaf.to_text(),
            None => String::new(),
        };
        match (self.kind, value.is_empty()) {
            (Kind::Root, _) => value,
            (_, true) => self.key.clone(),
            (_, false) => format!("{}: {value}", self.key),
        }
    }
}

fn child(node: &Json, at: usize) -> Option<&Json> {
    match node {
        Json::Array(items) => items.get(at),
        Json::Object(members) => members.get(at).map(|(_, value)| value),
        _ => None,
    }
}

fn length(node: &Json) -> usize {
    match node {
        Json::Array(items) => items.len(),
        Json::Object(members) => members.len(),
        _ => 0,
    }
}

/// Whether a branch is open: small ones near the root by themselves, all others when the user opened them.
fn is_open(pointer: &str, depth: usize, count: usize, toggled: &HashSet<String>) -> bool {
    let by_itself = depth == 0 || depth < OPEN_DEPTH && count <= OPEN_LENGTH;
    by_itself != toggled.contains(pointer)
}

/// All rows of the open branches.
pub(super) fn flatten(root: &Json, toggled: &HashSet<String>) -> Vec<Flat> {
    let mut walk = Walk { toggled, rows: Vec::new(), steps: Vec::new() };
    walk.node(root, String::new(), Kind::Root, String::new(), 0);
    walk.rows
}

struct Walk<'a> {
    toggled: &'a HashSet<String>,
    rows: Vec<Flat>,
    steps: Vec<u32>,
}

impl Walk<'_> {
    fn push(&mut self, pointer: &str, kind: Kind, key: String, depth: usize, open: Option<bool>) {
        self.rows.push(Flat { pointer: pointer.to_owned(), kind, key, depth, open, steps: self.steps.clone() });
    }

    fn node(&mut self, node: &Json, pointer: String, kind: Kind, key: String, depth: usize) {
        let count = length(node);
        if count == 0 {
            self.push(&pointer, kind, key, depth, None);
            return;
        }
        let open = is_open(&pointer, depth, count, self.toggled);
        self.push(&pointer, kind, key, depth, Some(open));
        if !open {
            return;
        }
        if count <= PAGE {
            self.children(node, &pointer, 0, count, depth + 1);
            return;
        }
        for page in 0..count.div_ceil(PAGE) {
            let (start, end) = (page * PAGE, count.min((page + 1) * PAGE));
            let place = format!("{pointer}{PAGE_MARK}{page}");
            // The first page is what one wants to see of a long array.
            let open = (page == 0) != self.toggled.contains(&place);
            self.push(&place, Kind::Page, format!("[{start} … {}]", end - 1), depth + 1, Some(open));
            if open {
                self.children(node, &pointer, start, end, depth + 2);
            }
        }
    }

    fn children(&mut self, node: &Json, pointer: &str, start: usize, end: usize, depth: usize) {
        for at in start..end {
            let Some(value) = child(node, at) else { return };
            let (kind, key) = match node {
                Json::Object(members) => (Kind::Member, members[at].0.clone()),
                _ => (Kind::Element, at.to_string()),
            };
            let place = format!("{pointer}/{}", escaped(&key));
            self.steps.push(at as u32);
            self.node(value, place, kind, key, depth);
            self.steps.pop();
        }
    }
}

/// RFC 6901.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The closed branches and pages that hide a pointer.
pub(super) fn hiding(root: &Json, pointer: &str, toggled: &HashSet<String>) -> Vec<String> {
    let mut closed = Vec::new();
    let mut node = root;
    let mut place = String::new();
    let mut depth = 0;
    for token in pointer.split('/').skip(1) {
        let count = length(node);
        if !is_open(&place, depth, count, toggled) {
            closed.push(place.clone());
        }
        let at = match node {
            Json::Object(members) => members.iter().position(|(key, _)| escaped(key) == token),
            Json::Array(_) => token.parse().ok(),
            _ => None,
        };
        let Some((at, next)) = at.and_then(|at: usize| Some((at, child(node, at)?))) else { break };
        if count > PAGE {
            let page = at / PAGE;
            let page_place = format!("{place}{PAGE_MARK}{page}");
            if (page == 0) == toggled.contains(&page_place) {
                closed.push(page_place);
            }
            depth += 1;
        }
        node = next;
        place = format!("{place}/{token}");
        depth += 1;
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(root: &Json, toggled: &[&str]) -> Vec<String> {
        let toggled = toggled.iter().map(|s| (*s).to_owned()).collect();
        flatten(root, &toggled).into_iter().map(|row| format!("{}{}", " ".repeat(row.depth), row.pointer)).collect()
    }

    fn sample() -> Json {
        Json::Object(vec![
            ("a/b".to_owned(), Json::Array(vec![Json::Int(1), Json::Array(vec![Json::Null])])),
            ("c".to_owned(), Json::Object(Vec::new())),
        ])
    }

    #[test]
    fn open_branches_give_rows_with_pointers() {
        assert_eq!(outline(&sample(), &[]), ["", " /a~1b", "  /a~1b/0", "  /a~1b/1", " /c"]);
        assert_eq!(outline(&sample(), &["/a~1b"]), ["", " /a~1b", " /c"]);
        assert_eq!(outline(&sample(), &["/a~1b/1"])[3..5], ["  /a~1b/1", "   /a~1b/1/0"]);
        assert_eq!(outline(&sample(), &[""]), [""]);
    }

    #[test]
    fn rows_find_their_values() {
        let root = sample();
        let rows = flatten(&root, &HashSet::new());
        assert_eq!(rows[2].node(&root), Some(&Json::Int(1)));
        assert_eq!(rows[2].spoken(&root), "0: 1");
        assert_eq!(rows[1].spoken(&root), "a/b: array of 2");
        assert_eq!(rows[0].node(&root), Some(&root));
    }

    #[test]
    fn long_arrays_are_paged() {
        let root = Json::Array((0..2500).map(Json::Int).collect());
        let rows = flatten(&root, &HashSet::new());
        assert_eq!(rows.len(), 1 + 3 + PAGE);
        assert_eq!(rows[1].key, "[0 … 999]");
        assert_eq!(rows.last().map(|row| row.key.as_str()), Some("[2000 … 2499]"));
    }

    #[test]
    fn what_hides_a_pointer_is_found() {
        let root = Json::Object(vec![("x".to_owned(), Json::Array((0..2500).map(Json::Int).collect()))]);
        let mut toggled = HashSet::new();
        for branch in hiding(&root, "/x/2400", &toggled) {
            toggled.insert(branch);
        }
        assert!(flatten(&root, &toggled).iter().any(|row| row.pointer == "/x/2400"));
        assert!(hiding(&root, "/x/2400", &toggled).is_empty());
        assert!(hiding(&root, "/nowhere", &toggled).is_empty());
    }
}
