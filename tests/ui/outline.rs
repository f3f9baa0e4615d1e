//! Pictures and outlines of the window that are kept as files and compared; `UPDATE_SNAPSHOTS=1` writes them anew.

use crate::test_app::TestApp;
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use std::fmt::Write as _;
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name)
}

fn updating() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}

/// The window as a screen reader finds it: role, name, value; indented as it is nested.
pub(crate) fn outline(harness: &Harness<'_, TestApp>) -> String {
    fn walk(node: &egui_kittest::Node<'_>, depth: usize, out: &mut String) {
        let inner = node.accesskit_node();
        let role = inner.role();
        let label = inner.label().unwrap_or_default();
        let value = inner.value().unwrap_or_default();
        let plain = matches!(role, egui::accesskit::Role::GenericContainer | egui::accesskit::Role::Unknown);
        let silent = plain && label.is_empty() && value.is_empty();
        if !silent {
            let _ = write!(out, "{:indent$}{role:?}", "", indent = depth * 2);
            for (sign, text) in [(" ", &label), (" = ", &value)] {
                if !text.is_empty() {
                    let _ = write!(out, "{sign}{}", without_times(text));
                }
            }
            out.push('\n');
        }
        for child in node.children() {
            walk(&child, depth + usize::from(!silent), out);
        }
    }
    let mut out = String::new();
    walk(&harness.root(), 0, &mut out);
    out
}

/// Wall-clock times depend on the zone of the machine.
fn without_times(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_time = |at: usize| {
        letters.get(at..at + 8).is_some_and(|part| {
            part.iter().enumerate().all(|(n, c)| if n % 3 == 2 { *c == ':' } else { c.is_ascii_digit() })
        })
    };
    let (mut out, mut at) = (String::new(), 0);
    while at < letters.len() {
        if is_time(at) {
            out.push_str("hh:mm:ss");
            at += 8;
        } else {
            out.push(letters[at]);
            at += 1;
        }
    }
    out
}

/// Compares a text with the one kept.
pub(crate) fn same_text(name: &str, text: &str) {
    let file = file(name);
    if updating() {
        std::fs::create_dir_all(file.parent().expect("in a folder")).expect("a folder");
        std::fs::write(&file, text).expect("the snapshot is written");
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    for (number, (kept, now)) in kept.lines().zip(text.lines()).enumerate() {
        assert_eq!(kept, now, "line {} of {name} differs; UPDATE_SNAPSHOTS=1 writes it anew", number + 1);
    }
    assert_eq!(kept.lines().count(), text.lines().count(), "{name} has another length");
}

/// Compares a picture with the one kept: at most one pixel in a thousand may differ visibly.
pub(crate) fn same_picture(harness: &mut Harness<'_, TestApp>, name: &str) {
    let image = harness.render().expect("the painter paints");
    let file = file(name);
    if updating() {
        std::fs::create_dir_all(file.parent().expect("in a folder")).expect("a folder");
        image.save(&file).expect("the snapshot is written");
        return;
    }
    let kept = image::open(&file).expect("the snapshot is there").to_rgba8();
    assert_eq!(kept.dimensions(), image.dimensions(), "{name} has another size");
    let differs = |a: &image::Rgba<u8>, b: &image::Rgba<u8>| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 24);
    let count = kept.pixels().zip(image.pixels()).filter(|(a, b)| differs(a, b)).count();
    let most = kept.pixels().len() / 1000;
    assert!(count <= most, "{count} pixels of {name} differ; UPDATE_SNAPSHOTS=1 writes it anew");
}
