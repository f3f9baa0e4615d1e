//! The numbers of the events that a query found, over time or sequence. What was edited away is a line of its own.

use crate::data::pointer::Pointer;
use crate::data::value::json::Json;
use crate::data::value::{self, DataType};
use crate::data::{Timestamp, TopicSpec};
use crate::model::number;
use crate::model::range_query::{Event, Found};
use crate::ui::format;
use crate::ui::panels::inspector::parts;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::plot::{LineChart, Series};
use egui::{ComboBox, Ui};
use egui_plot::PlotPoint;
use std::collections::BTreeMap;

/// Bytes of values read in one frame.
const FRAME_BYTES: usize = 512 << 10;
/// Numbers of a JSON value that are offered.
const MOST_POINTERS: usize = 40;

/// What the chart runs along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Axis {
    #[default]
    Time,
    Sequence,
}

/// The number of an original event and of its latest edit.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    millis: i64,
    original: Option<f64>,
    latest: Option<f64>,
    latest_sequence: i64,
}

/// The chart of an answer.
#[derive(Default)]
pub(super) struct EventChart {
    axis: Axis,
    /// The number inside JSON that is drawn; none until one is known.
    pointer: Option<String>,
    pointers: Vec<String>,
    /// The answer and the pointer that were read, and how far.
    read: Option<(u64, Option<String>)>,
    read_to: usize,
    pairs: BTreeMap<i64, Pair>,
    lines: Option<(Axis, [Vec<PlotPoint>; 2])>,
}

impl EventChart {
    /// Draws the number at this pointer from now on.
    pub(super) fn follow(&mut self, pointer: String) {
        self.pointer = Some(pointer);
    }

    /// Whether an answer of this type may hold numbers.
    pub(super) fn can_show(data_type: Option<DataType>) -> bool {
        matches!(data_type, Some(DataType::Int64 | DataType::Double | DataType::Json))
    }

    /// Draws the chart into the room that is left.
    pub(super) fn ui(&mut self, ui: &mut Ui, found: &Found, spec: &TopicSpec) {
        if self.renew(found, spec) {
            ui.ctx().request_repaint();
        }
        tool_row(ui, |ui| {
            parts::segments(ui, &mut self.axis, &[(Axis::Time, "Over time"), (Axis::Sequence, "Over sequence")]);
            if found.data_type == Some(DataType::Json) {
                self.pointer_ui(ui);
            }
        });
        let axis = self.axis;
        if self.lines.as_ref().is_none_or(|(made_for, _)| *made_for != axis) {
            self.lines = Some((axis, lines(&self.pairs, axis)));
        }
        let Some((_, [latest, original])) = &self.lines else { return };
        let finite = latest.iter().filter(|point| point.y.is_finite()).count();
        if finite == 0 {
            let text = match (&self.pointer, found.data_type) {
                (None, Some(DataType::Json)) => "The latest event has no number at any place",
                _ => "No event of this answer is a number",
            };
            format::empty_ui(ui, Icon::Chart, "Nothing to chart", text);
            return;
        }
        let mut series = vec![Series { name: "Latest values", points: latest }];
        if original.iter().any(|point| point.y.is_finite()) {
            series.push(Series { name: "Before they were edited", points: original });
        }
        let x_text = |x: f64| match axis {
            Axis::Time => format::clock(Timestamp((x * 1e6) as i64)),
            Axis::Sequence => number::grouped(x.round() as i64),
        };
        egui::Frame::new().inner_margin(egui::Margin { left: 2, right: 10, top: 4, bottom: 2 }).show(ui, |ui| {
            LineChart::new("Chart of the events found", &series).x_text(x_text).show(ui);
        });
    }

    fn pointer_ui(&mut self, ui: &mut Ui) {
        let label = ui.label(theme::muted(ui, "Number"));
        let shown = self.pointer.clone().unwrap_or_else(|| "none".to_owned());
        ui.spacing_mut().item_spacing.x = space::XS;
        let combo = ComboBox::from_id_salt("number in the events")
            .width(150.0)
            .selected_text(theme::mono(number::middle_cut(&shown, 40)));
        let response = combo.show_ui(ui, |ui| {
            for pointer in &self.pointers {
                let words = if pointer.is_empty() { "the whole value" } else { pointer };
                if ui.selectable_label(self.pointer.as_ref() == Some(pointer), theme::mono(words)).clicked() {
                    self.pointer = Some(pointer.clone());
                }
            }
        });
        response.response.labelled_by(label.id);
    }

    /// Reads what was not read yet, as much as a frame has time for; true if there is more.
    fn renew(&mut self, found: &Found, spec: &TopicSpec) -> bool {
        let is_json = found.data_type == Some(DataType::Json);
        if self.read.as_ref().is_none_or(|(serial, _)| *serial != found.serial) {
            self.pointers = if is_json { pointers(found) } else { Vec::new() };
            if self.pointer.is_none() {
                self.pointer = self.pointers.first().cloned();
            }
        }
        let wanted = (found.serial, self.pointer.clone());
        if self.read.as_ref() != Some(&wanted) {
            self.read = Some(wanted);
            self.read_to = 0;
            self.pairs.clear();
        }
        let pointer = self.pointer.as_ref().and_then(|pointer| pointer.parse::<Pointer>().ok());
        let mut budget = FRAME_BYTES;
        while let Some(event) = found.events.get(self.read_to) {
            if budget == 0 {
                return true;
            }
            budget = budget.saturating_sub(event.value.len().max(64));
            let number = if is_json {
                pointer.as_ref().and_then(|pointer| pointer.find(&Json::from_cbor(&event.value).ok()?)?.as_f64())
            } else {
                value::number(spec, &event.value)
            };
            self.take(event, number);
            self.read_to += 1;
            self.lines = None;
        }
        false
    }

    fn take(&mut self, event: &Event, number: Option<f64>) {
        let original = event.of_original();
        let pair = self.pairs.entry(original.sequence).or_default();
        pair.millis = original.timestamp_millis;
        let is_original = event.original.is_none();
        if is_original {
            pair.original = number;
        }
        if pair.latest.is_none() || event.metadata.sequence >= pair.latest_sequence {
            pair.latest = number;
            pair.latest_sequence = event.metadata.sequence;
        }
    }
}

/// The latest values; and where an edit stands for an original now, that original with its neighbours, so that the two
/// lines part there and nowhere else.
fn lines(pairs: &BTreeMap<i64, Pair>, axis: Axis) -> [Vec<PlotPoint>; 2] {
    let at = |sequence: i64, pair: &Pair| match axis {
        Axis::Time => pair.millis as f64 / 1e3,
        Axis::Sequence => sequence as f64,
    };
    let y = |number: Option<f64>| number.unwrap_or(f64::NAN);
    let all: Vec<(&i64, &Pair)> = pairs.iter().collect();
    let latest = all.iter().map(|(sequence, pair)| PlotPoint::new(at(**sequence, pair), y(pair.latest))).collect();
    let edited = |place: usize| {
        let entry = all.get(place);
        entry.is_some_and(|(sequence, pair)| pair.latest_sequence != **sequence && pair.original.is_some())
    };
    let mut before: Vec<PlotPoint> = Vec::new();
    for (place, (sequence, pair)) in all.iter().enumerate() {
        let x = at(**sequence, pair);
        if edited(place) {
            before.push(PlotPoint::new(x, y(pair.original)));
        } else if edited(place + 1) || place.checked_sub(1).is_some_and(edited) {
            before.push(PlotPoint::new(x, y(pair.latest)));
        } else if before.last().is_some_and(|last| last.y.is_finite()) {
            before.push(PlotPoint::new(x, f64::NAN));
        }
    }
    [latest, before]
}

/// The places of numbers in the latest event that is JSON.
fn pointers(found: &Found) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(json) = found.events.iter().rev().take(20).find_map(|event| Json::from_cbor(&event.value).ok()) {
        collect(&json, &Pointer::ROOT, 0, &mut out);
    }
    out
}

fn collect(json: &Json, at: &Pointer, depth: usize, out: &mut Vec<String>) {
    if out.len() >= MOST_POINTERS || depth > 4 {
        return;
    }
    match json {
        Json::Int(_) | Json::Float(_) => out.push(at.to_string()),
        Json::Array(items) => {
            for (place, item) in items.iter().take(MOST_POINTERS).enumerate() {
                collect(item, &at.index(place), depth + 1, out);
            }
        }
        Json::Object(members) => {
            for (key, item) in members {
                collect(item, &at.key(key.as_str()), depth + 1, out);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_part_only_where_something_was_edited() {
        let pair = |original, latest, latest_sequence| Pair { millis: 5000, original, latest, latest_sequence };
        let mut pairs: BTreeMap<i64, Pair> =
            (0..7).map(|n| (n * 2, pair(Some(n as f64), Some(n as f64), n * 2))).collect();
        pairs.insert(4, pair(Some(99.0), Some(2.0), 5));
        pairs.insert(12, pair(None, Some(6.0), 13));
        let [latest, before] = lines(&pairs, Axis::Sequence);
        let ys = |line: &[PlotPoint]| line.iter().map(|p| (p.x, p.y.to_string())).collect::<Vec<_>>();
        assert_eq!(latest.iter().map(|p| p.y).collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(
            ys(&before),
            [(2.0, "1".into()), (4.0, "99".into()), (6.0, "3".into()), (8.0, "NaN".into())],
            "the original of 12 is not known"
        );
        pairs.remove(&4);
        assert!(lines(&pairs, Axis::Time)[1].is_empty());
    }

    #[test]
    fn numbers_inside_json_are_offered_within_bounds() {
        let json = Json::from_text(r#"{"a":1,"b":{"c~/d":2.5,"e":"x"},"f":[3]}"#).expect("JSON");
        let mut out = Vec::new();
        collect(&json, &Pointer::ROOT, 0, &mut out);
        assert_eq!(out, ["/a", "/b/c~0~1d", "/f/0"]);
        let many = Json::Object((0..500).map(|n| (format!("k{n}"), Json::Int(n))).collect());
        let mut out = Vec::new();
        collect(&many, &Pointer::ROOT, 0, &mut out);
        assert_eq!(out.len(), MOST_POINTERS);
    }
}
