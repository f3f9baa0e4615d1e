//! Stored files as a user's disk may hold them: missing, old, newer, half right, damaged, locked.

use super::{Replacement, Store, Warning};
use crate::model::stored::{Stored, StoredId, Visitor};
use crate::model::{Model, journal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Sample {
    version: u32,
    scale: f32,
    names: Vec<String>,
    items: Vec<Item>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Item {
    name: String,
    port: u16,
}

impl Default for Sample {
    fn default() -> Self {
        Self { version: 2, scale: 1.0, names: Vec::new(), items: Vec::new(), other: Map::new() }
    }
}

struct Disk {
    _folder: tempfile::TempDir,
    path: PathBuf,
    store: Store,
}

fn disk() -> Disk {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Some(folder.path().join("deep/data")));
    let path = folder.path().join("deep/data/sample.json");
    Disk { _folder: folder, path, store }
}

impl Disk {
    fn holding(text: impl AsRef<[u8]>) -> Self {
        let disk = disk();
        fs::create_dir_all(disk.path.parent().unwrap()).unwrap();
        fs::write(&disk.path, text).unwrap();
        disk
    }

    fn load(&self) -> (Sample, Vec<Warning>) {
        self.store.load("sample")
    }

    fn save(&self, sample: &Sample) {
        self.store.save("sample", sample.clone());
        self.store.finish();
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.retain(|name| name != "lock");
        names.sort();
        names
    }
}

fn scaled(scale: f32) -> Sample {
    Sample { scale, ..Sample::default() }
}

#[test]
fn a_missing_file_gives_the_default_and_creates_nothing_but_the_lock() {
    let disk = disk();
    assert_eq!(disk.load(), (Sample::default(), vec![]));
    assert_eq!(disk.files(), Vec::<String>::new());
}

#[test]
fn a_saved_value_comes_back_and_leaves_no_new_file_behind() {
    let disk = disk();
    let sample = Sample { scale: 1.1, names: vec!["ä".to_owned()], ..Sample::default() };
    disk.save(&sample);
    assert_eq!(disk.load(), (sample, vec![]));
    assert_eq!(disk.files(), ["sample.json"]);
}

#[test]
fn unknown_keys_survive_a_rewrite() {
    let disk = Disk::holding(r#"{"version":2,"scale":1.50,"future":{"deep":[1,2.25,"x"]}}"#);
    let (mut sample, warnings) = disk.load();
    assert_eq!(warnings, []);
    assert_eq!(sample.scale, 1.5);
    sample.scale = 2.0;
    disk.save(&sample);
    let text: Value = serde_json::from_slice(&fs::read(&disk.path).unwrap()).unwrap();
    assert_eq!(text["future"], json!({"deep": [1, 2.25, "x"]}));
    assert_eq!(text["scale"], json!(2.0));
}

#[test]
fn a_part_that_does_not_fit_is_left_out_and_named() {
    let disk = Disk::holding(r#"{"names":["a"],"scale":"big","kept":1,"version":-4}"#);
    let (sample, warnings) = disk.load();
    assert_eq!((sample.scale, sample.version), (1.0, 2));
    assert_eq!(sample.names, ["a"]);
    assert_eq!(sample.other["kept"], json!(1));
    let keys: Vec<_> = warnings
        .iter()
        .map(|warning| match warning {
            Warning::Part { key, .. } => key.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(keys, ["scale", "version"]);
}

#[test]
fn one_wrong_part_deep_inside_does_not_cost_the_rest() {
    let disk = Disk::holding(
        r#"{"items":[{"name":"a","port":1},{"name":"b","port":70000},"c",{"name":"d","port":4}],"names":7}"#,
    );
    let (sample, warnings) = disk.load();
    let item = |name: &str, port| Item { name: name.to_owned(), port };
    assert_eq!(sample.items, [item("a", 1), item("b", 0), item("d", 4)]);
    let texts: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[0].contains("\"items/1/port\" (invalid number)"), "{texts:?}");
    assert!(texts[1].contains("\"items/2\"") && texts[2].contains("\"names\""), "{texts:?}");
}

#[test]
fn a_newer_version_is_read_with_a_warning() {
    let disk = Disk::holding(r#"{"version":3,"scale":1.25}"#);
    let (sample, warnings) = disk.load();
    assert_eq!(sample.scale, 1.25);
    assert_eq!(warnings, [Warning::Newer { path: disk.path.clone() }]);
}

#[test]
fn a_damaged_file_is_put_aside_and_the_last_good_one_used() {
    let disk = disk();
    disk.save(&scaled(1.25));
    disk.save(&scaled(1.5));
    fs::write(&disk.path, "{\"scale\": 1.").unwrap();
    let (sample, warnings) = disk.load();
    assert_eq!(sample, scaled(1.25));
    let [Warning::Damaged { kept_as: Some(kept_as), used: Replacement::LastGood, .. }] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    assert_eq!(fs::read(kept_as).unwrap(), b"{\"scale\": 1.");
    assert_eq!(disk.files(), ["sample.json", "sample.json.bak", "sample.json.damaged-1"]);
    assert_eq!(disk.load(), (scaled(1.25), vec![]));

    // The next save must not make the damaged one the last good copy.
    disk.save(&sample);
    fs::write(&disk.path, [0xff, 0xfe]).unwrap();
    disk.save(&scaled(2.0));
    assert_eq!(disk.load(), (scaled(2.0), vec![]));
    assert!(fs::read_to_string(disk.path.with_extension("json.bak")).unwrap().contains("1.25"));
}

#[test]
fn damaged_content_of_any_kind_gives_defaults_and_a_warning() {
    for text in [&b""[..], b"[1,2]", b"null", b"{\"a\":", &[0xff, 0x00], "[".repeat(100_000).as_bytes()] {
        let disk = Disk::holding(text);
        let (sample, warnings) = disk.load();
        assert_eq!(sample, Sample::default());
        assert!(matches!(warnings[..], [Warning::Damaged { used: Replacement::Defaults, .. }]), "{warnings:?}");
        // Put aside once: the second start is quiet.
        assert_eq!(disk.load().1, []);
    }
}

#[test]
fn damaged_files_are_kept_under_numbers_up_to_a_limit() {
    let disk = Disk::holding("x");
    for n in 0..25 {
        fs::write(&disk.path, format!("x{n}")).unwrap();
        let (_, warnings) = disk.load();
        assert!(matches!(warnings[..], [Warning::Damaged { kept_as: Some(_), .. }]));
    }
    assert_eq!(disk.files().len(), 20);
    let last = disk.path.with_extension("json.damaged-20");
    assert_eq!(fs::read_to_string(last).unwrap(), "x24");
}

#[test]
fn a_failed_save_is_told_and_the_program_goes_on() {
    let disk = Disk::holding("{}");
    // A file where the folder should be.
    let store = Store::open(Some(disk.path.clone()));
    store.save("sample", scaled(3.0));
    store.finish();
    let warnings = store.take_warnings();
    assert!(matches!(warnings[..], [Warning::NotWritten { .. }]), "{warnings:?}");
    assert_eq!(store.take_warnings(), []);
}

#[test]
fn of_many_saves_the_last_is_on_disk_when_the_store_is_dropped() {
    let Disk { _folder, path, store } = disk();
    for n in 1..200_u8 {
        store.save("sample", scaled(f32::from(n)));
    }
    drop(store);
    assert!(fs::read_to_string(&path).unwrap().contains("199"));
}

#[test]
fn without_a_folder_nothing_is_kept_and_it_is_said() {
    let Disk { _folder, mut store, .. } = disk();
    store.folder = None;
    store.lock = None;
    store.save("sample", scaled(2.0));
    assert_eq!(store.load::<Sample>("sample"), (Sample::default(), vec![Warning::NoFolder]));
    assert_eq!(store.folder(), None);
}

#[cfg(unix)]
#[test]
fn files_concern_the_user_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let disk = disk();
    disk.save(&scaled(2.0));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&disk.path), 0o600);
    assert_eq!(mode(disk.path.parent().unwrap()), 0o700);
}

#[test]
fn warnings_name_what_happened_and_the_file_last() {
    let path = PathBuf::from("/data/settings.json");
    let text = |warning: Warning| warning.to_string();
    assert_eq!(
        text(Warning::Damaged {
            kept_as: Some("/data/settings.json.damaged-1".into()),
            used: Replacement::LastGood,
            reason: "EOF".to_owned(),
            path: path.clone(),
        }),
        "A stored file is damaged (EOF). The last good copy is used; the damaged file is kept as \
         /data/settings.json.damaged-1: /data/settings.json"
    );
    assert_eq!(
        text(Warning::NotWritten { reason: "disk full".to_owned(), path }),
        "Cannot save (disk full). The former file is still there: /data/settings.json"
    );
}

/// What the version before this one wrote, by the name of its file.
const SAMPLES: &[(&str, &str)] = &[
    ("settings", include_str!("../../../tests/samples/stored/settings.json")),
    ("profiles", include_str!("../../../tests/samples/stored/profiles.json")),
    ("drafts", include_str!("../../../tests/samples/stored/drafts.json")),
    ("messages", include_str!("../../../tests/samples/stored/messages.json")),
];

#[test]
fn what_the_version_before_wrote_is_loaded_whole_and_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(format!("{name}.json"));
    for (name, text) in SAMPLES {
        fs::write(path(name), text).unwrap();
    }
    let store = Store::open(Some(folder.path().into()));
    let mut model = Model::default();
    assert_eq!(store.load_into(&mut model), []);
    assert_eq!(model.settings.modes.len(), 2);
    assert_eq!(model.connections.profiles.list.len(), 2);
    assert_eq!(model.drafts.connections.values().map(Vec::len).sum::<usize>(), 3);
    for (name, _) in SAMPLES {
        fs::remove_file(path(name)).unwrap();
    }
    for id in StoredId::ALL {
        store.save_from(&model, *id);
    }
    store.finish();
    for (name, text) in SAMPLES {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let written = fs::read_to_string(path(name)).unwrap();
        assert!(holds(&read(&written), &read(text)), "{name}: {written}");
    }
}

/// Whether everything of the former value is in the other; keys that are new since then may be there too.
fn holds(value: &Value, former: &Value) -> bool {
    match (value, former) {
        (Value::Object(value), Value::Object(former)) => {
            former.iter().all(|(key, former)| value.get(key).is_some_and(|value| holds(value, former)))
        }
        (Value::Array(value), Value::Array(former)) => {
            value.len() == former.len() && value.iter().zip(former).all(|(value, former)| holds(value, former))
        }
        _ => value == former,
    }
}

#[test]
fn each_stored_thing_has_a_sample_a_name_and_its_version() {
    struct Facts(Vec<(&'static str, u32, Value)>);
    impl Visitor for Facts {
        fn visit<S: Stored>(&mut self) {
            self.0.push((S::NAME, S::VERSION, serde_json::to_value(S::default()).unwrap()));
        }
    }
    let mut facts = Facts(Vec::new());
    for id in StoredId::ALL {
        id.visit(&mut facts);
    }
    for (name, version, default) in facts.0 {
        assert_eq!(default["version"], json!(version), "{name}: its version is what it writes");
        assert!(SAMPLES.iter().any(|(sample, _)| *sample == name), "{name}: add a sample of it");
    }
}

/// A change that was asked for and done, as its two events.
fn events(id: u64, value: usize) -> [journal::Write; 2] {
    use crate::model::change::{ChangeOutcome, Guard, Set, Snapshot};
    let path = crate::data::TopicPath::parse("a").unwrap();
    let value = vec![7; value].into();
    let entry = journal::Entry {
        id: journal::EntryId(id),
        at: crate::data::Timestamp(1),
        link: None,
        server: "s".into(),
        identity: None,
        server_id: None,
        principal: String::new(),
        content: Set { path, data_type: crate::data::DataType::Binary, value, guard: Guard::None }.into(),
        before: Snapshot::default(),
        result: None,
        micros: 0,
        undone_by: None,
        undoes: None,
    };
    [
        journal::Write::Began { entry: Box::new(entry), keep_values: true },
        journal::Write::Ended {
            id: journal::EntryId(id),
            result: Ok(ChangeOutcome::Done),
            micros: 1,
            keep_values: true,
        },
    ]
}

fn change(store: &Store, id: u64, value: usize) {
    for event in events(id, value) {
        store.write_journal(event);
    }
}

fn loaded(folder: &Path) -> (Model, Vec<Warning>) {
    let mut model = Model::default();
    let warnings = Store::open(Some(folder.into())).load_into(&mut model);
    (model, warnings)
}

#[test]
fn one_large_change_costs_no_other_entry() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Some(folder.path().into()));
    for id in 0..50 {
        change(&store, id, 100);
    }
    change(&store, 50, 7 << 20);
    drop(store);
    let (model, warnings) = loaded(folder.path());
    assert_eq!(warnings, []);
    assert_eq!(model.journal.entries.len(), 51);
    assert!(model.journal.entries.iter().all(|entry| entry.result.is_some()));
}

#[test]
fn deleted_entries_are_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Some(folder.path().into()));
    for id in 0..3 {
        change(&store, id, 10);
    }
    store.write_journal(journal::Write::Delete(vec![journal::EntryId(1)]));
    store.finish();
    drop(store);
    let ids = |model: &Model| model.journal.entries.iter().map(|entry| entry.id.0).collect::<Vec<_>>();
    assert_eq!(ids(&loaded(folder.path()).0), [0, 2]);
    let store = Store::open(Some(folder.path().into()));
    store.write_journal(journal::Write::DeleteAll);
    drop(store);
    assert_eq!(ids(&loaded(folder.path()).0), [0_u64; 0]);
}

#[test]
fn what_a_killed_run_did_not_finish_goes_at_the_next_start_of_the_program_that_writes() {
    let folder = tempfile::tempdir().unwrap();
    let unfinished = folder.path().join(".brownian-a1B2c3.new");
    let first = Store::open(Some(folder.path().into()));
    fs::write(&unfinished, "a draft that the user deletes").unwrap();
    drop(Store::open(Some(folder.path().into())));
    assert!(unfinished.exists(), "the first program may be writing it");
    drop(first);
    fs::write(folder.path().join("other.new"), "not this program's").unwrap();
    drop(Store::open(Some(folder.path().into())));
    assert!(!unfinished.exists() && folder.path().join("other.new").exists());
}

#[test]
fn the_journal_of_earlier_versions_is_taken_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let former = folder.path().join("journal.json");
    fs::write(&former, include_str!("../../../tests/samples/stored/journal.json")).unwrap();
    fs::write(folder.path().join("journal.json.bak"), "{}").unwrap();
    for _ in 0..2 {
        let (model, warnings) = loaded(folder.path());
        assert_eq!((model.journal.entries.len(), warnings), (9, vec![]));
        assert!(!former.exists() && !folder.path().join("journal.json.bak").exists());
    }
    // A start that ended between the two steps leaves both.
    fs::write(&former, include_str!("../../../tests/samples/stored/journal.json")).unwrap();
    assert_eq!(loaded(folder.path()).0.journal.entries.len(), 9);
}

#[test]
fn the_second_program_on_a_folder_reads_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(Some(folder.path().into()));
    first.save("settings", crate::model::settings::Settings { scale: 1.5, ..Default::default() });
    change(&first, 1, 10);
    first.finish();

    let second = Store::open(Some(folder.path().into()));
    let mut model = Model::default();
    let warnings = second.load_into(&mut model);
    let path = folder.path().to_owned();
    assert_eq!(warnings, [Warning::InUse { process: Some(std::process::id()), path }]);
    assert!(first.keeps() && !second.keeps());
    assert_eq!((model.settings.scale, model.journal.entries.len()), (1.5, 1));
    model.settings.scale = 3.0;
    for id in StoredId::ALL {
        second.save_from(&model, *id);
    }
    change(&second, 2, 10);
    drop(second);
    drop(first);

    let (model, warnings) = loaded(folder.path());
    assert_eq!((model.settings.scale, model.journal.entries.len(), warnings), (1.5, 1, vec![]));
}
