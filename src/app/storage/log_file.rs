//! A file of lines that only grows, and is put aside when it is large: the journal.
//!
//! A line is on the disk before the next is written, so whatever ends the program costs at most the line under way. The
//! files are `NAME.log`, then `NAME.1.log` with what was before it, and so on. Each begins with a line that says how many
//! entries were lost to the limits before it.

use super::atomic_file;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A file of more bytes gets no further line.
const ROTATE_BYTES: u64 = 4 << 20;
/// Files kept besides the one that grows.
const OLDER_FILES: u32 = 8;
/// A larger file is not ours: one line more than the limit fits.
const LARGEST_BYTES: u64 = 64 << 20;
/// The key of the first line of a file.
const HEAD: &str = "journal";
/// Version of the lines.
const VERSION: u32 = 2;

/// What was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lines {
    /// The lines, oldest first.
    pub lines: Vec<Value>,
    /// Entries that were lost to the limits.
    pub dropped: u64,
    /// Lines that cannot be understood; they stay in the file.
    pub unreadable: u64,
    /// Files that the system does not give, with the reason.
    pub refused: Vec<(PathBuf, String)>,
}

/// The files of one name.
#[derive(Debug)]
pub(super) struct LogFile {
    folder: PathBuf,
    name: String,
    /// What is counted when a file is lost to the limits.
    is_entry: fn(&Value) -> bool,
    rotate_bytes: u64,
}

impl LogFile {
    pub(super) fn new(folder: &Path, name: &str, is_entry: fn(&Value) -> bool) -> Self {
        Self { folder: folder.to_owned(), name: name.to_owned(), is_entry, rotate_bytes: ROTATE_BYTES }
    }

    /// The file with this number; the one that grows is 0.
    fn path(&self, number: u32) -> PathBuf {
        match number {
            0 => self.folder.join(format!("{}.log", self.name)),
            _ => self.folder.join(format!("{}.{number}.log", self.name)),
        }
    }

    /// The file that is to grow once the others have moved.
    fn next_path(&self) -> PathBuf {
        self.folder.join(format!("{}.next.log", self.name))
    }

    /// The lowest number from 1 on that no file has.
    fn free_number(&self) -> Option<u32> {
        (1..=OLDER_FILES).find(|number| !self.path(*number).exists())
    }

    /// Every line that can be understood.
    pub(super) fn read(&self) -> Lines {
        let mut all = Lines::default();
        for number in (0..=OLDER_FILES).rev() {
            let path = self.path(number);
            match text_of(&path) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                        match serde_json::from_slice::<Value>(line) {
                            Ok(value) => match value.get(HEAD) {
                                Some(head) => all.dropped = all.dropped.max(dropped_of(head)),
                                None => all.lines.push(value),
                            },
                            Err(_) => all.unreadable += 1,
                        }
                    }
                }
                Err(error) => all.refused.push((path, error.to_string())),
            }
        }
        if self.free_number().is_some() || !self.path(0).exists() {
            // Of a move that was interrupted after the last file had gone.
            all.dropped = all.dropped.max(dropped_in(&self.next_path()));
        }
        all
    }

    /// Adds lines and waits until the disk has them.
    pub(super) fn append(&self, lines: &[Vec<u8>]) -> io::Result<()> {
        atomic_file::create_folder(&self.folder)?;
        if fs::metadata(self.path(0)).is_ok_and(|facts| facts.len() >= self.rotate_bytes) {
            self.begin_next()?;
        }
        self.put_aside()?;
        let mut file = atomic_file::append_private(&self.path(0))?;
        let mut text = Vec::new();
        match ends_with_line(&mut file)? {
            None => text.extend(head(0)),
            Some(true) => {}
            // A line that the end of the program cut off.
            Some(false) => text.push(b'\n'),
        }
        for line in lines {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        file.write_all(&text)?;
        file.sync_data()
    }

    /// Begins the file that grows with these lines, all or none of them.
    pub(super) fn begin(&self, lines: &[Value], dropped: u64) -> io::Result<()> {
        atomic_file::create_folder(&self.folder)?;
        let mut text = head(dropped);
        for line in lines {
            text.extend(line.to_string().into_bytes());
            text.push(b'\n');
        }
        atomic_file::replace(&self.path(0), &text)
    }

    /// Writes the beginning of the next file, with the count of entries that are lost by then.
    fn begin_next(&self) -> io::Result<()> {
        if self.next_path().exists() {
            return Ok(());
        }
        let lost = match text_of(&self.path(OLDER_FILES)) {
            Ok(Some(text)) if self.free_number().is_none() => text
                .split(|byte| *byte == b'\n')
                .filter_map(|line| serde_json::from_slice(line).ok())
                .filter(|line| (self.is_entry)(line))
                .count() as u64,
            _ => 0,
        };
        atomic_file::replace(&self.next_path(), &head(dropped_in(&self.path(0)) + lost))
    }

    /// Puts the file that grows aside if the next one is there. Whatever interrupts it, the next call goes on: files move
    /// up to the first number that is free, so that none moves twice and none goes that the count does not hold.
    fn put_aside(&self) -> io::Result<()> {
        if !self.next_path().exists() {
            return Ok(());
        }
        if self.path(0).exists() {
            for number in (0..self.free_number().unwrap_or(OLDER_FILES)).rev() {
                fs::rename(self.path(number), self.path(number + 1))?;
            }
        }
        fs::rename(self.next_path(), self.path(0))
    }

    /// Takes lines out of every file for good. A file without lines goes.
    pub(super) fn remove(&self, unwanted: impl Fn(&Value) -> bool) -> io::Result<()> {
        for number in 0..=OLDER_FILES {
            let path = self.path(number);
            let Some(text) = text_of(&path)? else { continue };
            let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
            let is_head = |line: &Value| line.get(HEAD).is_some();
            let stays = |line: &&[u8]| match serde_json::from_slice::<Value>(line) {
                Ok(value) => is_head(&value) || !unwanted(&value),
                // Nobody knows what is in it: it goes only when everything goes.
                Err(_) => !unwanted(&Value::Null),
            };
            let kept: Vec<&[u8]> = lines.iter().copied().filter(stays).collect();
            if kept.len() == lines.len() {
                continue;
            }
            let is_empty = kept.iter().all(|line| serde_json::from_slice(line).is_ok_and(|line| is_head(&line)));
            if is_empty && number > 0 {
                fs::remove_file(&path)?;
            } else {
                let mut text = kept.join(&b'\n');
                text.push(b'\n');
                atomic_file::replace(&path, &text)?;
            }
        }
        Ok(())
    }
}

fn head(dropped: u64) -> Vec<u8> {
    let mut line = json!({ HEAD: { "version": VERSION, "dropped": dropped } }).to_string().into_bytes();
    line.push(b'\n');
    line
}

/// The count in the first line of a file; 0 if there is none.
fn dropped_in(path: &Path) -> u64 {
    let text = text_of(path).ok().flatten().unwrap_or_default();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<Value>(first).ok().and_then(|line| line.get(HEAD).map(dropped_of)).unwrap_or_default()
}

fn dropped_of(head: &Value) -> u64 {
    head.get("dropped").and_then(Value::as_u64).unwrap_or_default()
}

/// The content; none if there is no file.
fn text_of(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    file.take(LARGEST_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
    }
    Ok(Some(text))
}

/// Whether the last line is complete; none for an empty file.
fn ends_with_line(file: &mut File) -> io::Result<Option<bool>> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(None);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(Some(last == *b"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(folder: &Path, rotate_bytes: u64) -> LogFile {
        LogFile { rotate_bytes, ..LogFile::new(folder, "journal", |line| line.get("entry").is_some()) }
    }

    fn line(number: u64) -> Vec<u8> {
        json!({ "entry": number }).to_string().into_bytes()
    }

    fn numbers(lines: &Lines) -> Vec<u64> {
        lines.lines.iter().filter_map(|line| line["entry"].as_u64()).collect()
    }

    #[test]
    fn lines_come_back_in_order_over_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), 100);
        assert_eq!(log.read(), Lines::default());
        for number in 0..20 {
            log.append(&[line(number)]).unwrap();
        }
        assert_eq!(numbers(&log.read()), (0..20).collect::<Vec<_>>());
        assert!(folder.path().join("journal.2.log").exists());
    }

    #[test]
    fn what_the_limit_takes_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), 60);
        for number in 0..200 {
            log.append(&[line(number)]).unwrap();
        }
        let read = log.read();
        let kept = numbers(&read);
        assert_eq!(kept.last(), Some(&199));
        assert_eq!(read.dropped + kept.len() as u64, 200, "{kept:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 9);
    }

    #[test]
    fn a_move_that_was_interrupted_goes_on_and_loses_nothing_more() {
        for moves in 0..=u64::from(OLDER_FILES) + 1 {
            let folder = tempfile::tempdir().unwrap();
            let log = log(folder.path(), 60);
            let mut total = 0;
            while log.read().dropped == 0 || fs::metadata(log.path(0)).unwrap().len() < 60 {
                log.append(&[line(total)]).unwrap();
                total += 1;
            }
            log.begin_next().unwrap();
            for number in (0..=OLDER_FILES).rev().skip(1).take(moves as usize) {
                fs::rename(log.path(number), log.path(number + 1)).unwrap();
            }
            let check = |total: u64| {
                let read = log.read();
                let numbers = numbers(&read);
                assert_eq!(numbers, (read.dropped..total).collect::<Vec<_>>(), "after {moves} moves");
            };
            check(total);
            for _ in 0..30 {
                log.append(&[line(total)]).unwrap();
                total += 1;
                check(total);
            }
        }
    }

    #[test]
    fn a_line_that_was_cut_off_costs_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), ROTATE_BYTES);
        log.append(&[line(0), line(1)]).unwrap();
        let path = folder.path().join("journal.log");
        let whole = fs::read(&path).unwrap();
        let first_line = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in first_line..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            log.append(&[line(2)]).unwrap();
            let read = log.read();
            assert_eq!(numbers(&read).last(), Some(&2), "cut at {cut}");
            let complete = whole[..cut].split(|byte| *byte == b'\n').count() - 2;
            assert!(numbers(&read).len() > complete, "cut at {cut}: {read:?}");
        }
    }

    #[test]
    fn what_is_deleted_is_in_no_file_and_the_rest_is() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), 60);
        for number in 0..12 {
            log.append(&[line(number)]).unwrap();
        }
        fs::write(folder.path().join("journal.8.log"), "not JSON\n").unwrap();
        log.remove(|line| line["entry"].as_u64().is_some_and(|number| number % 2 == 0)).unwrap();
        assert_eq!((numbers(&log.read()), log.read().unreadable), (vec![1, 3, 5, 7, 9, 11], 1));
        log.remove(|_| true).unwrap();
        assert_eq!(log.read(), Lines::default());
        log.append(&[line(7)]).unwrap();
        assert_eq!(numbers(&log.read()), [7]);
    }

    #[cfg(unix)]
    #[test]
    fn the_files_concern_the_user_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder.path().join("data"), ROTATE_BYTES);
        log.append(&[line(0)]).unwrap();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("data/journal.log"), mode("data")), (0o600, 0o700));
    }
}
