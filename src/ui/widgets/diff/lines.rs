//! Two texts compared line by line.

use similar::{Algorithm, DiffOp};

/// Texts that differ in more lines than this, both together, are taken as replaced whole: the time for what is more
/// grows with the square.
const MOST_LINES: usize = 8_000;
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
    pub(super) fn note(text: String) -> Self {
        Self { kind: Kind::Note, place: String::new(), text }
    }

    fn of(kind: Kind, text: &str) -> Self {
        Self { kind, place: String::new(), text: text.to_owned() }
    }

    /// What a screen reader says.
    pub(super) fn spoken(&self) -> String {
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
    let mut lines = Vec::new();
    let mut shown = 0;
    for group in similar::group_diff_ops(operations(&a, &b), CONTEXT) {
        for operation in group {
            fold(&mut lines, operation.old_range().start.saturating_sub(shown));
            shown = operation.old_range().end;
            if let DiffOp::Equal { old_index, len, .. } = operation {
                lines.extend(a[old_index..old_index + len].iter().map(|text| Line::of(Kind::Same, text)));
            } else {
                lines.extend(a[operation.old_range()].iter().map(|text| Line::of(Kind::Removed, text)));
                lines.extend(b[operation.new_range()].iter().map(|text| Line::of(Kind::Inserted, text)));
            }
        }
    }
    fold(&mut lines, a.len() - shown);
    lines
}

fn operations(a: &[&str], b: &[&str]) -> Vec<DiffOp> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_len, new_len) = (a.len() - head - tail, b.len() - head - tail);
    if old_len + new_len <= MOST_LINES {
        return similar::capture_diff_slices(Algorithm::Myers, a, b);
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let middle = DiffOp::Replace { old_index: head, old_len, new_index: head, new_len };
    let operations = [equal(0, 0, head), middle, equal(a.len() - tail, b.len() - tail, tail)];
    operations.into_iter().filter(|operation| !matches!(operation, DiffOp::Equal { len: 0, .. })).collect()
}

/// Long runs of equal lines are told by their number.
fn fold(lines: &mut Vec<Line>, hidden: usize) {
    if hidden > 0 {
        lines.push(Line::note(format!("… {hidden} equal lines")));
    }
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
        for count in [3000, MOST_LINES] {
            let text = |word: &str| format!("same\n{}\nsame", vec![word; count].join("\n"));
            let lines = of_texts(&text("a"), &text("b"));
            let of = |kind| lines.iter().filter(|line| line.kind == kind).count();
            assert_eq!((of(Kind::Same), of(Kind::Removed), of(Kind::Inserted)), (2, count, count));
        }
        assert_eq!(as_text(&of_texts("a", "b")), "- a\n+ b\n");
    }
}
