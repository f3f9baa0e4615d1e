//! Round trips: four large figures, a line with reconnect marks, a histogram.

use super::{Group, Panel, Place};
use crate::data::Timestamp;
use crate::model::latency::{Intent, Latency as Facts, Window};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::frame::status;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::plot::{Bin, LineChart, Mark, Series, histogram_ui};
use egui::Ui;
use egui_plot::PlotPoint;

/// How the panel looks.
#[derive(Default)]
pub struct Latency {}

impl Panel for Latency {
    const ID: &'static str = "latency";
    const TITLE: &'static str = "Latency";
    const ICON: Icon = Icon::Gauge;
    const GROUP: Group = Group::Activity;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = true;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = true;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let latency = &connected.latency;
        tool_row(ui, |ui| {
            for window in Window::ALL {
                if ui.selectable_label(latency.window == window, theme::text(status::window_words(window))).clicked() {
                    cx.send(Intent::SetWindow(window));
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button(ui, Icon::Trash, "Forget the measurements").clicked() {
                    cx.send(Intent::Clear);
                }
                if icon_button(ui, Icon::Copy, "Copy figures").clicked() {
                    cx.send(crate::model::Intent::Copy(status::figures_text(latency)));
                }
                if ui.add_enabled(connected.is_live(), egui::Button::new("Ping now")).clicked() {
                    cx.send(Intent::PingNow);
                }
            });
        });
        if latency.samples.is_empty() {
            format::empty_ui(
                ui,
                Icon::Info,
                "Waiting for the first ping…",
                "A ping is sent every second while connected",
            );
            return;
        }
        let height = ui.available_height() - 16.0;
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(14, 8));
            frame.show(ui, |ui| body_ui(ui, latency, cx.now(), height));
        });
    }
}

fn body_ui(ui: &mut Ui, latency: &Facts, now: Timestamp, height: f32) {
    let top = ui.cursor().top();
    let tokens = Tokens::of(ui);
    if latency.missed_in_a_row() >= 3 {
        let since = latency.samples.iter().rev().find(|s| s.micros.is_some()).map(|s| format::clock(s.at));
        let text = since.map_or_else(|| "No answer yet".to_owned(), |since| format!("No answer since {since}"));
        ui.label(theme::text(text).color(tokens.error.strong));
    }
    let f = latency.figures;
    let narrow = ui.available_width() < 560.0;
    let size = if narrow { theme::tokens::text::HEADING } else { theme::tokens::text::DISPLAY };
    ui.columns(5, |columns| {
        let figures = [("p50", f.p50), ("p95", f.p95), ("p99", f.p99), ("max", f.max), ("jitter", f.jitter)];
        for (ui, (name, value)) in columns.iter_mut().zip(figures) {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.label(theme::faint(ui, name));
            ui.label(theme::text(format::micros(value)).font(theme::fonts::strong(size)));
        }
    });
    ui.add_space(4.0);
    let answers = number::count_of(f.count as u64, "answer", "answers");
    ui.label(theme::faint(ui, format!("{answers}, {} missed", f.missed)));
    ui.add_space(8.0);
    let used = ui.cursor().top() - top;
    let half = ((height - used - 60.0) / 2.0).max(90.0);
    let ago = |at: Timestamp| -now.secs_since(at);
    // A missed ping is a gap in the line.
    let points: Vec<PlotPoint> = latency
        .in_window(now)
        .map(|s| PlotPoint::new(ago(s.at), s.micros.map_or(f64::NAN, |m| m as f64 / 1000.0)))
        .collect();
    let span = latency.window.secs();
    let marks: Vec<Mark<'_>> = latency
        .reconnects
        .iter()
        .map(|at| Mark { x: ago(*at), name: "connected again" })
        .filter(|mark| mark.x > -span)
        .collect();
    let series = [Series { name: "round trip", points: &points }];
    ui.label(theme::faint(ui, "Round trip in ms, by seconds ago"));
    LineChart::new("Round trips", &series)
        .marks(&marks)
        .x_range(-span..=0.0)
        .from_zero()
        .y_text(|ms| format!("{ms:.2} ms"))
        .x_text(|secs| format!("{secs:.0} s"))
        .height(half)
        .show(ui);
    ui.add_space(6.0);
    ui.label(theme::faint(ui, "Answers by round trip, in steps of a half power of two"));
    let bins = histogram(points.iter().map(|p| p.y).filter(|y| y.is_finite()));
    histogram_ui(ui, "Histogram of round trips", &bins, true, half);
}

/// Counts by half powers of two of a millisecond, without empty buckets at the ends.
fn histogram(millis: impl Iterator<Item = f64>) -> Vec<Bin> {
    const OFFSET: i32 = 20; // 2^-10 ms
    let mut counts = vec![0u64; 60];
    for value in millis {
        let bucket = (value.max(0.001).log2() * 2.0).floor() as i32 + OFFSET;
        counts[bucket.clamp(0, 59) as usize] += 1;
    }
    let Some(first) = counts.iter().position(|c| *c > 0) else { return Vec::new() };
    let last = counts.iter().rposition(|c| *c > 0).unwrap_or(first);
    (first..=last)
        .map(|bucket| {
            let low = 2f64.powf(f64::from(bucket as i32 - OFFSET) / 2.0);
            let name = if low < 10.0 { format!("{low:.2} ms") } else { format!("{low:.0} ms") };
            Bin { name, count: counts[bucket] }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_every_value_once() {
        let buckets = histogram([0.5, 0.51, 3.0, 1000.0].into_iter());
        assert_eq!(buckets.iter().map(|b| b.count).sum::<u64>(), 4);
        assert_eq!(buckets.first().map(|b| b.count), Some(2));
        assert!(histogram(std::iter::empty()).is_empty());
    }
}
