//! Two texts compared line by line.

/// Tables of more cells than this are not made: the middle is then taken as replaced whole.
const MOST_CELLS: usize = 1_000_000;
/// Longer runs of equal lines are folded, but for this many at each end.
const CONTEXT: usize = 3;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Same,
    Removed,
    Inserted,
    Note,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub kind: Kind,
    /// Where, for parts of a value; empty for lines of text.
    pub place: String,
    pub text: String,
}

impl Line {
    /// A remark.
    pub fn note(text: String) -> Self {
        Self { kind: Kind::Note, place: String::new(), text }
    }

    fn of(kind: Kind, text: &str) -> Self {
        Self { kind, place: String::new(), text: text.to_owned() }
    }

    /// What a screen reader says.
    pub fn spoken(&self) -> String {
        let kind = match self.kind {
            Kind::Removed => "removed ",
            Kind::Inserted => "inserted ",
            Kind::Same | Kind::Note => "",
        };
        let gap = if self.place.is_empty() { "" } else { " " };
        format!("{kind}{}{gap}{}", self.place, self.text)
    }
}

/// A difference as plain text, as it is copied.
pub(super) fn as_text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(match line.kind {
            Kind::Removed => "- ",
            Kind::Inserted => "+ ",
            Kind::Same => "  ",
            Kind::Note => "# ",
        });
        if !line.place.is_empty() {
            text.push_str(&line.place);
            text.push(' ');
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

/// The lines of two texts: those removed, those inserted, and some of the equal ones around them. Empty if the texts
/// are the same.
pub(super) fn of_texts(old: &str, new: &str) -> Vec<Line> {
    if old == new {
        return Vec::new();
    }
    let a: Vec<&str> = old.split('\n').collect();
    let b: Vec<&str> = new.split('\n').collect();
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<Line> = a[..head].iter().map(|text| Line::of(Kind::Same, text)).collect();
    middle(&a[head..a.len() - tail], &b[head..b.len() - tail], &mut lines);
    lines.extend(a[a.len() - tail..].iter().map(|text| Line::of(Kind::Same, text)));
    folded(lines)
}

/// By the longest common subsequence.
fn middle(a: &[&str], b: &[&str], lines: &mut Vec<Line>) {
    let width = b.len() + 1;
    let cells = (a.len() + 1).saturating_mul(width);
    let (mut i, mut j) = (0, 0);
    if cells <= MOST_CELLS {
        let mut longest = vec![0u32; cells];
        for i in (0..a.len()).rev() {
            for j in (0..b.len()).rev() {
                longest[i * width + j] = if a[i] == b[j] {
                    longest[(i + 1) * width + j + 1] + 1
                } else {
                    longest[(i + 1) * width + j].max(longest[i * width + j + 1])
                };
            }
        }
        while i < a.len() && j < b.len() {
            if a[i] == b[j] {
                lines.push(Line::of(Kind::Same, a[i]));
                (i, j) = (i + 1, j + 1);
            } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
                lines.push(Line::of(Kind::Removed, a[i]));
                i += 1;
            } else {
                lines.push(Line::of(Kind::Inserted, b[j]));
                j += 1;
            }
        }
    }
    lines.extend(a[i..].iter().map(|text| Line::of(Kind::Removed, text)));
    lines.extend(b[j..].iter().map(|text| Line::of(Kind::Inserted, text)));
}

/// Long runs of equal lines are told by their number.
fn folded(lines: Vec<Line>) -> Vec<Line> {
    let count = lines.len();
    let changed: Vec<usize> = (0..count).filter(|at| lines[*at].kind != Kind::Same).collect();
    let near = |at: usize| {
        let next = changed.partition_point(|c| *c < at);
        let after = changed.get(next).is_some_and(|c| c - at <= CONTEXT);
        let before = next.checked_sub(1).and_then(|n| changed.get(n)).is_some_and(|c| at - c <= CONTEXT);
        after || before
    };
    let mut out = Vec::new();
    let mut hidden = 0usize;
    for (at, line) in lines.into_iter().enumerate() {
        if line.kind != Kind::Same || near(at) {
            if hidden > 0 {
                out.push(Line::note(format!("… {hidden} equal lines")));
                hidden = 0;
            }
            out.push(line);
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        out.push(Line::note(format!("… {hidden} equal lines")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(old: &str, new: &str) -> Vec<String> {
        of_texts(old, new).iter().map(Line::spoken).collect()
    }

    #[test]
    fn lines_are_removed_and_inserted() {
        assert!(said("a", "a").is_empty());
        assert_eq!(said("a\nb\nc", "a\nx\nc"), ["a", "removed b", "inserted x", "c"]);
        assert_eq!(said("a\nc", "a\nb\nc"), ["a", "inserted b", "c"]);
        assert_eq!(said("x\na\ny\nb", "a\nb\nz"), ["removed x", "a", "removed y", "b", "inserted z"]);
    }

    #[test]
    fn long_equal_runs_are_folded() {
        let old: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        let mut new = old.clone();
        new[25] = "changed".to_owned();
        let said = said(&old.join("\n"), &new.join("\n"));
        assert_eq!(said.first().map(String::as_str), Some("… 22 equal lines"));
        assert_eq!(said.last().map(String::as_str), Some("… 21 equal lines"));
        assert_eq!(said.len(), 2 + 3 + 2 + 3);
    }

    #[test]
    fn texts_without_anything_in_common_are_replaced_whole() {
        let old = vec!["a"; 3000].join("\n");
        let new = vec!["b"; 3000].join("\n");
        assert_eq!(of_texts(&old, &new).len(), 6000);
        assert_eq!(as_text(&of_texts("a", "b")), "- a\n+ b\n");
    }
}
