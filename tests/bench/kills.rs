//! What a start of the program finds after the one before was killed at any moment: nothing less than what was on the disk
//! when it was last said to be.
//!
//! A second process writes settings, profiles, drafts and the journal through the program's own storage as fast as it
//! can, with a number that grows in each, and says each number when everything of it is written. It is killed, and this
//! process loads the folder as a start does; then the next one goes on in the same folder. Three kinds of work: all
//! files, the journal while its file is put aside at every change, and entries and drafts that are deleted. A number
//! after `--` makes as many kills of each in place of [`Kind::kills`], and names of kinds leave out the others.

use brownian::app::storage::{Store, Warning};
use brownian::data::{DataType, Timestamp, TopicPath};
use brownian::model::change::{ChangeOutcome, Guard, Set, Snapshot};
use brownian::model::connections::Profile;
use brownian::model::editor::stored::{Drafts, StoredDraft};
use brownian::model::journal::{Entry, EntryId, Write as Event};
use brownian::model::stored::StoredId;
use brownian::model::{Model, journal};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

/// A process lives at most so long; its start is a part of that.
const LONGEST_LIFE: Duration = Duration::from_millis(600);
/// The file of the journal that grows is put aside when it has so many bytes.
const ROTATE_BYTES: usize = 4 << 20;
/// The key under which settings and drafts are kept.
const KEY: &str = "bench";

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Every file is written for each number.
    Everything,
    /// Each number is an entry of the journal in a file of its own.
    Rotation,
    /// Entries and drafts of earlier numbers are deleted.
    Deletion,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Everything, Self::Rotation, Self::Deletion];

    const fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Rotation => "rotation",
            Self::Deletion => "deletion",
        }
    }

    const fn kills(self) -> usize {
        match self {
            Self::Everything => 200,
            Self::Rotation | Self::Deletion => 300,
        }
    }

    /// Every so many numbers the file of the journal is filled, so that the next entry begins another.
    const fn fills_every(self) -> Option<u64> {
        match self {
            Self::Everything => None,
            Self::Rotation => Some(1),
            Self::Deletion => Some(7),
        }
    }
}

/// A name, and where it is counted.
type Figure = (&'static str, fn(&Tally) -> u64);

/// What was found, and what must not have been.
#[derive(Default)]
struct Tally {
    kills: u64,
    /// Numbers that were said to be written.
    complete: u64,
    torn_lines: u64,
    less: u64,
    gaps: u64,
    miscounted: u64,
    undeleted: u64,
    warnings: u64,
    damaged: u64,
    left_behind: u64,
    failed: u64,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, folder, name, number] = words.as_slice()
        && word == "--write"
    {
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).expect("a kind of work");
        write(Path::new(folder), kind, number.parse().expect("a number"));
    }
    let kills = words.iter().find_map(|word| word.parse().ok());
    let named = |kind: &Kind| words.iter().any(|word| word == kind.name());
    let any_named = Kind::ALL.iter().any(named);
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| named(kind) || !any_named).collect();
    let tallies: Vec<Tally> = kinds.iter().map(|kind| measure(*kind, kills.unwrap_or_else(|| kind.kills()))).collect();
    let columns = |texts: Vec<String>| texts.iter().fold(String::new(), |line, text| format!("{line}{text:>11}"));
    let line = |name: &str, count: fn(&Tally) -> u64| {
        println!("{name:52} {}", columns(tallies.iter().map(|tally| count(tally).to_string()).collect()));
    };
    println!("{:52} {}", "", columns(kinds.iter().map(|kind| kind.name().to_owned()).collect()));
    line("kills", |tally| tally.kills);
    line("numbers written", |tally| tally.complete);
    line("lines of the journal that a kill cut off", |tally| tally.torn_lines);
    println!("these have to be 0:");
    let bad: [Figure; 8] = [
        ("starts that found less than was written", |tally| tally.less),
        ("entries missing among others", |tally| tally.gaps),
        ("starts with a wrong count of older entries", |tally| tally.miscounted),
        ("deleted entries and drafts still in a file", |tally| tally.undeleted),
        ("warnings, but for lines cut off", |tally| tally.warnings),
        ("damaged files put aside", |tally| tally.damaged),
        ("unfinished files left after a start", |tally| tally.left_behind),
        ("writes that failed", |tally| tally.failed),
    ];
    for (name, count) in bad {
        line(name, count);
    }
    ExitCode::from(u8::from(tallies.iter().any(|tally| bad.iter().any(|(_, count)| count(tally) > 0))))
}

/// The second process: writes number after number, from the one after this.
fn write(folder: &Path, kind: Kind, mut number: u64) -> ! {
    let store = Store::open(Some(folder.into()));
    let mut model = Model::default();
    if kind != Kind::Rotation {
        // Journals of that kind are long: reading them would take most of the time.
        let _ = store.load_into(&mut model);
    }
    if kind == Kind::Deletion {
        // The process before may have been killed within this.
        delete(&store, &model, number);
    }
    loop {
        number += 1;
        for event in entry(number, if number.is_multiple_of(16) { 300_000 } else { 100 }) {
            store.write_journal(event);
        }
        if kind != Kind::Rotation {
            set(&mut model, number);
            for id in StoredId::ALL {
                store.save_from(&model, *id);
            }
        }
        if kind == Kind::Deletion {
            delete(&store, &model, number);
        }
        store.finish();
        let failed = store.take_warnings();
        println!("{number} {}", failed.len());
        if kind.fills_every().is_some_and(|every| number.is_multiple_of(every)) {
            fill(folder);
        }
    }
}

/// Puts the number into what is stored, among as much as a user may have.
fn set(model: &mut Model, number: u64) {
    model.settings.favourites.insert(KEY.into(), vec![number.to_string(); 200]);
    model.connections.profiles.list = (0..20)
        .map(|_| {
            let mut profile = Profile::new(String::new());
            profile.name = number.to_string();
            profile
        })
        .collect();
    let draft = serde_json::json!({ "path": "a", "text": format!("draft-{number}-") });
    let draft: StoredDraft = serde_json::from_value(draft).expect("a draft");
    model.drafts.connections.insert(KEY.into(), vec![draft]);
}

/// A change that was asked for and done.
fn entry(number: u64, value_bytes: usize) -> [Event; 2] {
    let path = TopicPath::parse("a").expect("a path");
    let value = vec![7; value_bytes].into();
    let id = EntryId(number);
    let entry = Entry {
        id,
        at: Timestamp(1),
        link: None,
        server: format!("entry-{number}-"),
        identity: None,
        server_id: None,
        principal: String::new(),
        content: Set { path, data_type: DataType::Binary, value, guard: Guard::None }.into(),
        before: Snapshot::default(),
        result: None,
        micros: 0,
        undone_by: None,
        undoes: None,
    };
    let began = Event::Began { entry: Box::new(entry), keep_values: true };
    [began, Event::Ended { id, result: Ok(ChangeOutcome::Done), micros: 1, keep_values: true }]
}

/// Numbers after which everything is deleted.
const ALL_EVERY: u64 = 50;
/// Every second entry is deleted so many numbers later.
const LATER: u64 = 5;

/// What is deleted with a number.
fn delete(store: &Store, model: &Model, number: u64) {
    if number.is_multiple_of(ALL_EVERY) {
        store.write_journal(journal::Write::DeleteAll);
    } else if number > LATER && number % 2 == 1 {
        store.write_journal(journal::Write::Delete(vec![EntryId(number - LATER)]));
    }
    if number.is_multiple_of(2) {
        store.erase_from(model, StoredId::Drafts);
    }
}

/// Whether an entry is deleted once this number is written.
const fn is_deleted(entry: u64, number: u64) -> bool {
    entry <= number - number % ALL_EVERY || (entry.is_multiple_of(2) && entry + LATER <= number)
}

/// Makes the file of the journal so long that it gets no further line, by one that is no entry.
fn fill(folder: &Path) {
    let mut file = fs::OpenOptions::new().append(true).open(folder.join("journal.log")).expect("it is there");
    let line = format!("{{\"filler\":\"{}\"}}\n", "x".repeat(ROTATE_BYTES));
    file.write_all(line.as_bytes()).expect("the disk takes it");
}

/// Kills as many processes of a kind.
fn measure(kind: Kind, kills: usize) -> Tally {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = fastrand::Rng::with_seed(1);
    let mut tally = Tally::default();
    // What was said to be written, where the next process goes on, the most that any may have begun, and numbers that
    // were begun and then left.
    let (mut complete, mut number, mut begun, mut left) = (0, 0, 0, BTreeSet::new());
    for _ in 0..kills {
        let mut child = Command::new(std::env::current_exe().expect("the path of this program"))
            .arg("--write")
            .arg(folder.path())
            .args([kind.name(), &number.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a second process");
        std::thread::park_timeout(LONGEST_LIFE.mul_f64(random.f64()));
        complete = killed(&mut child, complete, &mut tally);
        tally.kills += 1;
        begun = begun.max(complete.max(number) + 1);
        let written = complete..=begun;
        number = check(kind, folder.path(), written, &left, &mut tally);
        left.extend((number > complete).then_some(number));
    }
    tally.complete = complete;
    tally
}

/// Kills a process; the last number that it wrote.
fn killed(child: &mut Child, before: u64, tally: &mut Tally) -> u64 {
    let output = child.stdout.take().expect("its output");
    child.kill().expect("it is killed");
    child.wait().expect("it has ended");
    let mut number = before;
    for line in BufReader::new(output).lines() {
        // A line that was cut off was not said.
        let line = line.expect("text");
        let Some((complete, failed)) = line.split_once(' ') else { continue };
        if let (Ok(complete), Ok(failed)) = (complete.parse(), failed.parse::<u64>()) {
            number = complete;
            tally.failed += failed;
        }
    }
    number
}

/// Starts as the program does, and compares with the number that was written and those that may have been begun; the
/// number to go on from.
fn check(kind: Kind, folder: &Path, written: RangeInclusive<u64>, left: &BTreeSet<u64>, tally: &mut Tally) -> u64 {
    let complete = *written.start();
    let store = Store::open(Some(folder.into()));
    let mut model = Model::default();
    let warnings = store.load_into(&mut model);
    drop(store);
    let mut now_unreadable = 0;
    for warning in warnings {
        if let Warning::JournalLines { count } = warning {
            now_unreadable = count;
        } else {
            eprintln!("{}: {warning}", kind.name());
            tally.warnings += 1;
        }
    }
    // A kill cuts off the line under way at most; what was cut off stays in the file until that goes.
    tally.warnings += u64::from(now_unreadable > tally.torn_lines + 1);
    tally.torn_lines = now_unreadable;

    let entries = &model.journal.entries;
    let ids: Vec<u64> = entries.iter().map(|entry| entry.id.0).collect();
    let last = ids.last().copied().unwrap_or_default();
    let has_ended = |id: u64| entries.iter().any(|entry| entry.id.0 == id && entry.result.is_some());
    let is_less = match kind {
        Kind::Everything => last < complete || !has_ended(complete) || numbers(&model).iter().any(|n| *n < complete),
        Kind::Rotation => last < complete || !has_ended(complete),
        // What a number that was begun deletes may be gone.
        Kind::Deletion => {
            let stays = |id: &u64| !left.contains(id) && !written.clone().any(|number| is_deleted(*id, number));
            !(1..=complete).rev().take(100).filter(stays).all(has_ended)
                || numbers(&model).iter().any(|n| *n < complete)
        }
    } && complete > 0;
    if is_less {
        eprintln!("{}: {complete} was written; entries {ids:?}, {:?}", kind.name(), numbers(&model));
    }
    tally.less += u64::from(is_less);
    if kind != Kind::Deletion {
        tally.gaps += ids.windows(2).map(|pair| pair[1] - pair[0] - 1).sum::<u64>();
        let is_miscounted = model.journal.older + ids.len() as u64 != last;
        if is_miscounted {
            eprintln!("{}: {} older entries and {ids:?}", kind.name(), model.journal.older);
        }
        tally.miscounted += u64::from(is_miscounted);
    }

    for file in fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file")) {
        let name = file.file_name().to_string_lossy().into_owned();
        tally.damaged += u64::from(name.contains(".damaged-"));
        tally.left_behind += u64::from(name.starts_with(".brownian-"));
        if kind == Kind::Deletion {
            let text = fs::read(file.path()).expect("a file of this user");
            let entries = found(&text, b"entry-").filter(|id| is_deleted(*id, complete)).count();
            let erased = |number: &u64| number.is_multiple_of(2) && !left.contains(number);
            let oldest_draft = (0..=complete).rev().find(erased).unwrap_or_default();
            let drafts = found(&text, b"draft-").filter(|draft| *draft < oldest_draft).count();
            if entries + drafts > 0 {
                eprintln!("deletion: {entries} entries and {drafts} drafts in {name} after {complete}");
            }
            tally.undeleted += (entries + drafts) as u64;
        }
    }
    last.max(complete)
}

/// The numbers in settings, profiles and drafts.
fn numbers(model: &Model) -> [u64; 3] {
    let favourite = model.settings.favourites.get(KEY).and_then(|paths| paths.first()?.parse().ok());
    let profile = model.connections.profiles.list.first().and_then(|profile| profile.name.parse().ok());
    let draft = draft_text(&model.drafts).and_then(|text| found(text.as_bytes(), b"draft-").next());
    [favourite, profile, draft].map(Option::unwrap_or_default)
}

fn draft_text(drafts: &Drafts) -> Option<String> {
    serde_json::to_string(drafts.connections.get(KEY)?.first()?).ok()
}

/// The numbers that stand between this word and a hyphen.
fn found<'a>(text: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = u64> + 'a {
    let places = (0..text.len().saturating_sub(word.len())).filter(move |at| text[*at..].starts_with(word));
    places.filter_map(move |at| {
        let rest = &text[at + word.len()..];
        let digits = &rest[..rest.iter().position(|byte| *byte == b'-')?];
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}
