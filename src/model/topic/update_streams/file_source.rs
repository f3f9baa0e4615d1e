//! Lines of a file as values, one after the other; lines that stand for no value are left out and told.

use crate::data::value::parse_input::from_text;
use crate::data::value::{DataType, encode};
use bytes::Bytes;

/// A larger file is refused.
pub const MAX_BYTES: u64 = 4 << 20;
/// Lines that are told, at most; the others are counted.
const MAX_TOLD: usize = 20;

/// The lines of a file, and which is next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSource {
    /// Name of the file.
    pub file: String,
    /// Lines that stand for no value: their number, from 1, and why. The first few.
    pub bad: Vec<(usize, String)>,
    /// How many there are of them.
    pub bad_count: usize,
    text: String,
    /// Where the good lines are.
    good: Vec<std::ops::Range<usize>>,
    next: usize,
}

impl FileSource {
    /// Reads the lines of a file as values of a type. Empty lines are left out.
    ///
    /// # Errors
    /// The file is no text, in words.
    pub fn read(file: &str, bytes: &[u8], data_type: DataType) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| format!("{file} is not UTF-8 (at byte {})", error.valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Self { file: file.to_owned(), text: text.to_owned(), ..Self::default() };
        lines.check(data_type);
        Ok(lines)
    }

    /// Looks again which lines stand for values, of another type now. Begins again.
    pub fn check(&mut self, data_type: DataType) {
        self.bad.clear();
        self.bad_count = 0;
        self.good.clear();
        self.next = 0;
        let mut start = 0;
        for (number, whole) in self.text.split_inclusive('\n').enumerate() {
            let line = whole.trim_end_matches(['\n', '\r']);
            let range = start..start + line.len();
            start += whole.len();
            if line.trim().is_empty() {
                continue;
            }
            match from_text(data_type, line) {
                Ok(_) => self.good.push(range),
                Err(why) => {
                    self.bad_count += 1;
                    if self.bad.len() < MAX_TOLD {
                        self.bad.push((number + 1, why));
                    }
                }
            }
        }
    }

    /// The value of the next line, the first again after the last if `repeats`; none at the end.
    pub fn next(&mut self, data_type: DataType, repeats: bool) -> Option<Bytes> {
        if self.next >= self.good.len() && repeats {
            self.next = 0;
        }
        let line = &self.text[self.good.get(self.next)?.clone()];
        self.next += 1;
        from_text(data_type, line).ok().map(|value| encode(&value))
    }

    /// How many lines stand for values.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.good.len()
    }

    /// Whether no line stands for a value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.good.is_empty()
    }

    /// How many of them were taken since the first.
    #[must_use]
    pub const fn taken(&self) -> usize {
        self.next
    }

    /// Begins again with the first line.
    pub const fn rewind(&mut self) {
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::value::{Value, decode};

    #[test]
    fn bad_lines_are_told_with_their_number_and_left_out() {
        let mut lines =
            FileSource::read("n.txt", b"\xef\xbb\xbf1\r\n\r\ntwo\n3\n4.5\n5", DataType::Int64).expect("text");
        assert_eq!(lines.bad.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 5]);
        assert!(lines.bad[0].1.contains("two"));
        let values: Vec<Value> = std::iter::from_fn(|| lines.next(DataType::Int64, false))
            .map(|bytes| decode(DataType::Int64, &bytes).expect("a number"))
            .collect();
        assert_eq!(values, [1, 3, 5].map(|n| Value::Int64(Some(n))));
        lines.check(DataType::Double);
        assert_eq!((lines.bad_count, lines.len(), lines.taken()), (1, 4, 0));
    }

    #[test]
    fn lines_repeat_only_if_they_are_to() {
        let mut lines = FileSource::read("n.txt", b"cafe\nbabe\n", DataType::Binary).expect("text");
        let mut next = |repeats| lines.next(DataType::Binary, repeats).map(|bytes| bytes.to_vec());
        assert_eq!(next(false), Some(vec![0xca, 0xfe]));
        assert_eq!(next(false), Some(vec![0xba, 0xbe]));
        assert_eq!(next(false), None);
        assert_eq!(next(true), Some(vec![0xca, 0xfe]));
        assert_eq!(FileSource::default().next(DataType::Binary, true), None);
        assert!(FileSource::read("x", &[b'a', 0xff], DataType::String).is_err_and(|why| why.contains("byte 1")));
    }

    #[test]
    fn many_bad_lines_are_counted() {
        let text = "x\n".repeat(1000);
        let lines = FileSource::read("n.txt", text.as_bytes(), DataType::Double).expect("text");
        assert_eq!((lines.bad_count, lines.bad.len(), lines.is_empty()), (1000, MAX_TOLD, true));
    }
}
