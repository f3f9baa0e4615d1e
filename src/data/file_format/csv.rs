//! Comma-separated values (RFC 4180): the one writer of the program, and a reader that gives the line of each row.

use std::borrow::Cow;

/// What becomes of a text that a spreadsheet would run as a formula: one that begins with `=`, `+`, `-`, `@`, a tab or a
/// carriage return, and is no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Formulas {
    /// It gets an apostrophe in front, which spreadsheets do not show; [`read`] takes it away again.
    #[default]
    Disarmed,
    /// It is written as it is.
    Kept,
}

impl Formulas {
    /// How the choice is called where one writes CSV.
    pub const LABEL: &'static str = "Apostrophe before formulas";
    /// Why one would want it.
    pub const HELP: &'static str = "A text that begins with = + - or @ gets an apostrophe in front, so that a spreadsheet \
        does not run what others wrote. Numbers stay as they are";

    /// From whether the choice is on.
    #[must_use]
    pub const fn disarmed(disarmed: bool) -> Self {
        if disarmed { Self::Disarmed } else { Self::Kept }
    }
}

/// Whether a spreadsheet would run the text, or take away its first apostrophe. Texts with apostrophes before a formula
/// count too, so that one apostrophe can be taken from all of them.
fn is_formula(text: &str) -> bool {
    let formula = text.trim_start_matches('\'');
    let begins = formula.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let is_number = formula.len() == text.len()
        && formula.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
        && formula.parse::<f64>().is_ok();
    begins && !is_number
}

/// One row, without the end of the line. A cell with a comma, a quote, an end of line or space at its ends stands in
/// quotes; other readers may drop that space otherwise.
#[must_use]
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>, formulas: Formulas) -> String {
    let mut out = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let cell = if formulas == Formulas::Disarmed && is_formula(cell) {
            Cow::Owned(format!("'{cell}"))
        } else {
            Cow::Borrowed(cell)
        };
        let has_outer_space = cell.trim().len() < cell.len();
        if has_outer_space || cell.contains([',', '"', '\r', '\n']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out
}

/// A row that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Its cells as they are, without their quotes.
    pub cells: Vec<String>,
}

/// A quoted cell is not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The quote that begins in line {line} is not closed")]
pub struct OpenQuote {
    /// The line of the row in which it begins, from 1.
    pub line: usize,
}

/// The last row that is put behind every text: where it does not come back, a quote before it is open.
const END: &str = "\n\u{1}";

/// Reads rows of cells parted by a character; rows may be of different lengths, and rows of nothing but white space are
/// left out. Spaces before a quoted cell are allowed. The apostrophe of [`Formulas::Disarmed`] is taken away.
///
/// # Errors
/// A quote is not closed.
pub fn read(text: &str, separator: char) -> Result<Vec<Row>, OpenQuote> {
    let text = format!("{}{END}", without_space_before_quotes(text, separator));
    let delimiter = u8::try_from(separator).unwrap_or(b',');
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut lines = Lines { text: &text, byte: 0, line: 1 };
    let mut rows: Vec<Row> = reader
        .records()
        // The text is UTF-8 and rows may have any length, so that nothing is left that could be wrong.
        .filter_map(Result::ok)
        .map(|record| {
            let begin = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX));
            Row { line: lines.at(begin), cells: record.iter().map(without_apostrophe).collect() }
        })
        .collect();
    match rows.pop() {
        Some(last) if last.cells == [END.trim_start()] => {}
        open => return Err(OpenQuote { line: open.map_or(1, |row| row.line) }),
    }
    rows.retain(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(rows)
}

fn without_apostrophe(cell: &str) -> String {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell).to_owned()
}

/// Counts lines up to ascending places of a text.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the first character from a byte on that ends no line.
    #[expect(clippy::naive_bytecount, reason = "a list of topics is short, and read once")]
    fn at(&mut self, byte: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut until = byte.clamp(self.byte, bytes.len());
        until += bytes[until..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.line += bytes[self.byte..until].iter().filter(|byte| **byte == b'\n').count();
        self.byte = until;
        self.line
    }
}

/// Takes spaces away between a separator or the beginning of a line and a quote, where they are not inside quotes.
fn without_space_before_quotes(text: &str, separator: char) -> Cow<'_, str> {
    if !text.contains(" \"") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('"').enumerate().peekable();
    while let Some((at, part)) = parts.next() {
        let is_last = parts.peek().is_none();
        // Every second part is inside quotes; a doubled quote has an empty part between.
        let bare = part.trim_end_matches(' ');
        let begins_cell = bare.ends_with([separator, '\n', '\r']) || bare.is_empty() && at == 0;
        out.push_str(if at.is_multiple_of(2) && begins_cell && !is_last { bare } else { part });
        if !is_last {
            out.push('"');
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(text: &str, separator: char) -> Vec<(usize, Vec<String>)> {
        read(text, separator).expect(text).into_iter().map(|row| (row.line, row.cells)).collect()
    }

    #[test]
    fn rows_know_their_line() {
        let text = "a,b\r\n\r\n \"x\n\"\"y\"\",\", \"z\"\n  ,\t\n\nlast, {\"k\" : 1}";
        let expected = [(1, vec!["a", "b"]), (3, vec!["x\n\"y\",", "z"]), (7, vec!["last", " {\"k\" : 1}"])];
        let found = cells(text, ',');
        assert!(found.iter().map(|(line, cells)| (*line, cells.iter().map(String::as_str).collect())).eq(expected));
        assert_eq!(cells("a;\"b, c\"", ';'), [(1, vec!["a".to_owned(), "b, c".to_owned()])]);
        assert!(cells("", ',').is_empty());
        assert_eq!(read("a\n\nb,\"c\nd", ','), Err(OpenQuote { line: 3 }));
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let cells = ["a b", "x,y", "say \"no\"", "two\nlines", " outer", ""];
        assert_eq!(row(cells, Formulas::Disarmed), "a b,\"x,y\",\"say \"\"no\"\"\",\"two\nlines\",\" outer\",");
    }

    #[test]
    fn a_spreadsheet_runs_nothing_and_numbers_stay_numbers() {
        let cells = [
            "=HYPERLINK(\"x\")",
            "@SUM(1+1)",
            "-1+cmd|' /C calc'!A0",
            "+x",
            "\tx",
            "-inf",
            "-1.5e-3",
            "+7",
            "'=x",
            "a=b",
        ];
        let expected = "\"'=HYPERLINK(\"\"x\"\")\",'@SUM(1+1),'-1+cmd|' /C calc'!A0,'+x,'\tx,'-inf,-1.5e-3,+7,''=x,a=b";
        assert_eq!(row(cells, Formulas::Disarmed), expected);
        assert_eq!(row(["=x", " y"], Formulas::Kept), "=x,\" y\"");
        let read_back = read(expected, ',').expect("rows");
        assert_eq!(read_back[0].cells, cells);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(table in proptest::collection::vec(proptest::collection::vec("[ab,\" \r\né='1-]{0,6}", 2..4), 1..4)) {
            let text = table.iter().map(|cells| row(cells.iter().map(String::as_str), Formulas::Disarmed)).collect::<Vec<_>>().join("\r\n");
            let filled = table.into_iter().filter(|cells| cells.iter().any(|cell| !cell.trim().is_empty()));
            prop_assert_eq!(cells(&text, ',').into_iter().map(|(_, cells)| cells).collect::<Vec<_>>(), filled.collect::<Vec<_>>());
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a,;\t\" \r\n\u{1}]{0,30}") {
            let _ = (read(&text, ','), read(&text, ';'));
        }
    }
}
