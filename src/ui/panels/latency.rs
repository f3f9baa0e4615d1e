//! Round trips: four large figures, a line with reconnect marks, a histogram.

use super::Panel;
use crate::data::Timestamp;
use crate::model::latency::{Intent, Window};
use crate::ui::cx::Cx;
use crate::ui::say;
use crate::ui::status;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::number;
use egui::Ui;
use egui_plot::{Bar, BarChart, Line, Plot, PlotPoints, VLine};

/// How the panel looks.
#[derive(Default)]
pub struct Latency {}

impl Panel for Latency {
    const ID: &'static str = "latency";
    const TITLE: &'static str = "Latency";

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let latency = &connected.latency;
        super::toolbar_ui(ui, |ui| {
            for window in Window::ALL {
                if ui.selectable_label(latency.window == window, status::window_words(window)).clicked() {
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
            say::empty_ui(ui, Icon::Info, "Waiting for the first ping…", "A ping is sent every second while connected");
            return;
        }
        let tokens = Tokens::of(ui);
        if latency.missed_in_a_row() >= 3 {
            let since = latency.samples.iter().rev().find(|s| s.micros.is_some()).map(|s| say::clock(s.at));
            let text = since.map_or_else(|| "No answer yet".to_owned(), |since| format!("No answer since {since}"));
            ui.label(egui::RichText::new(text).color(tokens.error.strong));
        }
        let f = latency.figures;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 28.0;
            for (name, value) in [("p50", f.p50), ("p95", f.p95), ("p99", f.p99), ("max", f.max)] {
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    ui.label(theme::faint(ui, name));
                    ui.label(
                        egui::RichText::new(say::micros(value))
                            .font(theme::fonts::strong(theme::tokens::text::DISPLAY)),
                    );
                });
            }
            ui.vertical(|ui| {
                ui.label(theme::faint(ui, format!("jitter {}", say::micros(f.jitter))));
                let counts = format!("{} answers, {} missed", number::grouped(f.count as u64), f.missed);
                ui.label(theme::faint(ui, counts));
            });
        });
        ui.add_space(6.0);
        let now = cx.now();
        let half = ((ui.available_height() - 30.0) / 2.0).max(90.0);
        let ago = |at: Timestamp| -now.secs_since(at);
        let points: Vec<[f64; 2]> =
            latency.in_window(now).filter_map(|s| Some([ago(s.at), s.micros? as f64 / 1000.0])).collect();
        let buckets = histogram(points.iter().map(|p| p[1]));
        ui.label(theme::faint(ui, "Round trip in ms over the last seconds"));
        Plot::new("latency-line")
            .height(half)
            .include_x(-latency.window.secs())
            .include_x(0.0)
            .include_y(0.0)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .show_grid([false, true])
            .show(ui, |plot| {
                for reconnect in &latency.reconnects {
                    if ago(*reconnect) > -latency.window.secs() {
                        plot.vline(VLine::new("reconnected", ago(*reconnect)).color(tokens.warn.strong));
                    }
                }
                plot.line(Line::new("round trip", PlotPoints::from(points)).color(tokens.accent).width(1.5));
            });
        ui.label(theme::faint(ui, "Answers by round trip in ms, in steps of a half power of two"));
        let bars: Vec<Bar> = buckets
            .iter()
            .enumerate()
            .map(|(at, (name, count))| Bar::new(at as f64, *count as f64).width(0.9).name(name))
            .collect();
        let names: Vec<String> = buckets.iter().map(|b| b.0.clone()).collect();
        Plot::new("latency-histogram")
            .height((ui.available_height() - 4.0).max(80.0))
            .include_y(0.0)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .show_grid([false, true])
            .x_axis_formatter(move |mark, _| {
                let at = mark.value.round();
                if at < 0.0 || (mark.value - at).abs() > 0.01 {
                    return String::new();
                }
                names.get(at as usize).cloned().unwrap_or_default()
            })
            .show(ui, |plot| plot.bar_chart(BarChart::new("answers", bars).color(tokens.accent)));
    }
}

/// Counts by half powers of two of a millisecond, without empty buckets at the ends.
fn histogram(millis: impl Iterator<Item = f64>) -> Vec<(String, u64)> {
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
            (if low < 10.0 { format!("{low:.2}") } else { format!("{low:.0}") }, counts[bucket])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_every_value_once() {
        let buckets = histogram([0.5, 0.51, 3.0, 1000.0].into_iter());
        assert_eq!(buckets.iter().map(|b| b.1).sum::<u64>(), 4);
        assert_eq!(buckets.first().map(|b| b.1), Some(2));
        assert!(histogram(std::iter::empty()).is_empty());
    }
}
