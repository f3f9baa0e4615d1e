//! Numbers of the history as lines over time. Each value is read once, a bounded part of them in a frame.

use crate::data::pointer::Pointer;
use crate::data::value::json::Json;
use crate::data::value::{self, Value};
use crate::data::{Timestamp, TopicSpec, shown};
use crate::model::inspector::Inspector as Facts;
use crate::model::number;
use crate::ui::format;
use crate::ui::theme::tokens::{size, space};
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::plot::{LineChart, Series};
use bytes::Bytes;
use egui::{Sense, Ui, vec2};
use egui_plot::PlotPoint;

/// Bytes of values read in one frame.
const FRAME_BYTES: usize = 512 << 10;
/// Lines in one chart.
pub(super) const MOST_LINES: usize = 6;

/// One line: the number itself, or the one at a JSON pointer.
#[derive(Default)]
struct Track {
    pointer: Option<Pointer>,
    name: String,
    points: Vec<PlotPoint>,
    /// For each point the entry it comes from.
    numbers: Vec<u64>,
    read_to: u64,
}

/// The chart of a topic's history.
#[derive(Default)]
pub(super) struct HistoryChart {
    tracks: Vec<Track>,
    /// Draws nothing: only what is to be charted is noted.
    catches: bool,
}

impl HistoryChart {
    /// Stands in where there is no history: draws nothing and notes the number that was asked for.
    pub(super) fn catcher() -> Self {
        Self { tracks: Vec::new(), catches: true }
    }

    /// The pointer of the number that was asked for.
    pub(super) fn caught(&self) -> Option<String> {
        self.tracks.first()?.pointer.as_ref().map(ToString::to_string)
    }

    /// Whether there is something to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Draws the topic's own number from now on.
    pub(super) fn follow_value(&mut self) {
        if self.tracks.is_empty() && !self.catches {
            self.tracks.push(Track { name: "Value".to_owned(), ..Track::default() });
        }
    }

    /// Adds the number at a pointer, if there is room for one more line.
    pub(super) fn add(&mut self, pointer: &str) {
        let Ok(parsed) = pointer.parse::<Pointer>() else { return };
        let known = self.tracks.iter().any(|track| track.pointer.as_ref() == Some(&parsed));
        if !known && self.tracks.len() < MOST_LINES {
            let name = if pointer.is_empty() { "Value".to_owned() } else { pointer.to_owned() };
            self.tracks.push(Track { pointer: Some(parsed), name, ..Track::default() });
        }
    }

    /// Reads what has arrived, as much as a frame has time for; true if there is more.
    fn renew(&mut self, facts: &Facts, spec: &TopicSpec) -> bool {
        let mut budget = FRAME_BYTES;
        let first = facts.history.front().map_or(u64::MAX, |entry| entry.number);
        for track in &mut self.tracks {
            let gone = track.numbers.partition_point(|number| *number < first);
            if gone > 1024 || gone == track.numbers.len() {
                track.points.drain(..gone);
                track.numbers.drain(..gone);
            }
        }
        let last = facts.last_shown();
        let Some(oldest) = self.tracks.iter().map(|track| track.read_to + 1).min() else { return false };
        for number in oldest.max(first)..=last {
            let Some(entry) = facts.entry(number) else { continue };
            if budget == 0 {
                return true;
            }
            budget = budget.saturating_sub(entry.arrival.value.len().max(64));
            let json = if self.tracks.iter().any(|t| t.pointer.is_some() && t.read_to < number) {
                json_of(spec, &entry.arrival.value)
            } else {
                None
            };
            let x = entry.arrival.at.0 as f64 / 1e6;
            for track in self.tracks.iter_mut().filter(|track| track.read_to < number) {
                track.read_to = number;
                let y = match &track.pointer {
                    Some(pointer) => json.as_ref().and_then(|json| pointer.find(json)?.as_f64()),
                    None => value::number(spec, &entry.arrival.value),
                };
                let mut push = |y: f64| {
                    track.points.push(PlotPoint::new(x, y));
                    track.numbers.push(number);
                };
                if entry.gap_before {
                    push(f64::NAN);
                }
                push(y.unwrap_or(f64::NAN));
            }
        }
        false
    }

    /// Draws the chart into the room that is left, with a chip for each line that can be taken away.
    pub(super) fn ui(&mut self, ui: &mut Ui, facts: &Facts, spec: &TopicSpec) {
        if self.catches {
            return;
        }
        if self.renew(facts, spec) {
            ui.ctx().request_repaint();
        }
        let with_chips = self.tracks.iter().any(|track| track.pointer.is_some());
        if with_chips {
            self.chips_ui(ui);
        }
        let points = self.tracks.iter().flat_map(|track| &track.points).filter(|point| point.y.is_finite()).count();
        if points < 2 {
            ui.add_space(space::M);
            ui.vertical_centered(|ui| ui.label(theme::faint(ui, "The chart begins with the second number")));
            return;
        }
        let lines: Vec<Series<'_>> =
            self.tracks.iter().map(|track| Series { name: &track.name, points: &track.points }).collect();
        let clock = |x: f64| format::clock(Timestamp((x * 1e6) as i64));
        egui::Frame::new().inner_margin(egui::Margin { left: 2, right: 10, top: 4, bottom: 2 }).show(ui, |ui| {
            LineChart::new("Chart of the history", &lines).x_text(clock).show(ui);
        });
    }

    fn chips_ui(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        let mut gone = None;
        egui::Frame::new().inner_margin(egui::Margin { left: 8, right: 8, top: 3, bottom: 0 }).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(space::XS, space::XXS);
                for (at, track) in self.tracks.iter().enumerate() {
                    let (rect, _) = ui.allocate_exact_size(vec2(10.0, size::HIT), Sense::hover());
                    let chip = egui::Rect::from_center_size(rect.center(), vec2(10.0, 10.0));
                    ui.painter().rect_filled(chip, 3, tokens.series[at % tokens.series.len()]);
                    ui.label(theme::mono(shown(&number::middle_cut(&track.name, 40))));
                    if icon_button(ui, Icon::Close, &format!("Take {} out of the chart", track.name)).clicked() {
                        gone = Some(at);
                    }
                    ui.add_space(space::S);
                }
                if self.tracks.len() == 1 {
                    ui.label(theme::faint(ui, "Click another number to lay it over"));
                }
            });
        });
        if let Some(at) = gone {
            self.tracks.remove(at);
        }
    }
}

/// The JSON in a value: its own, or that of an event.
fn json_of(spec: &TopicSpec, bytes: &Bytes) -> Option<Json> {
    match value::decode_topic(spec, bytes).ok()? {
        Value::Json(json) => Some(json),
        Value::Event(event) => match event.decoded {
            Some(Value::Json(json)) => Some(json),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{TopicPath, TopicType};
    use crate::model::effects::Effects;
    use crate::model::features::Feature as _;
    use crate::model::inspector::Intent;
    use crate::model::link::Update;
    use crate::model::link::{LinkId, ReceivedValue};
    use crate::model::live::Live;

    fn facts(values: &[(&str, u32)]) -> Facts {
        let mut facts = Facts::default();
        let mut fx = Effects::at(Timestamp::from_millis(0), LinkId(1));
        let path = TopicPath::parse("a").expect("a path");
        facts.apply(Intent::Select(Some(path.clone())), &Live::default(), &mut fx);
        for (at, (text, count)) in values.iter().enumerate() {
            let value = Json::from_text(text).expect("JSON").to_cbor().into();
            let latest = ReceivedValue { at: Timestamp::from_millis(at as i64 * 1000), value, delta_bytes: None };
            let update =
                Update { path: path.clone(), latest, count: *count, line_bytes: 1, earlier: Vec::new(), dropped: 0 };
            facts.updated(&update, &mut fx);
        }
        facts
    }

    fn ys(chart: &HistoryChart, line: usize) -> Vec<String> {
        chart.tracks[line].points.iter().map(|point| point.y.to_string()).collect()
    }

    #[test]
    fn a_gap_in_the_history_is_a_gap_in_the_line() {
        let facts = facts(&[("{\"a\":1}", 1), ("{\"a\":2}", 5), ("{\"b\":3}", 1), ("{\"a\":4.5}", 1)]);
        let mut chart = HistoryChart::default();
        chart.add("/a");
        chart.add("/a");
        chart.add("/b");
        assert!(!chart.renew(&facts, &TopicSpec::new(TopicType::Json)));
        assert_eq!(ys(&chart, 0), ["1", "NaN", "2", "NaN", "4.5"]);
        assert_eq!(ys(&chart, 1), ["NaN", "NaN", "NaN", "3", "NaN"]);
        assert!(!chart.renew(&facts, &TopicSpec::new(TopicType::Json)));
        assert_eq!(chart.tracks[0].points.len(), 5, "nothing is read twice");
        assert_eq!(chart.tracks.len(), 2);
    }

    #[test]
    fn a_cleared_history_empties_the_chart() {
        let mut facts = facts(&[("1", 1), ("2", 1)]);
        let mut chart = HistoryChart::default();
        chart.follow_value();
        chart.renew(&facts, &TopicSpec::new(TopicType::Json));
        assert_eq!(ys(&chart, 0), ["1", "2"]);
        let mut fx = Effects::at(Timestamp::from_millis(0), LinkId(1));
        facts.apply(Intent::ClearHistory, &Live::default(), &mut fx);
        chart.renew(&facts, &TopicSpec::new(TopicType::Json));
        assert!(chart.tracks[0].points.is_empty());
    }
}
