//! Charts: lines with gaps, a band, marks, histograms, and lines small enough for a table cell.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use egui::{Color32, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{
    Bar, BarChart, Corner, FilledArea, HoverPosition, Legend, Line, LineStyle, Plot, PlotPoint, PlotPoints, VLine,
};

use crate::model::number;
use crate::ui::theme;
use crate::ui::theme::Tokens;

/// One line of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Points in the order of x. A y that is not a number is a gap: there the line is broken.
    pub points: &'a [PlotPoint],
}

/// The area between two lines, for example p5 to p95.
#[derive(Clone, Copy, Debug)]
pub struct Band<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Places from left to right.
    pub xs: &'a [f64],
    /// Lower line.
    pub low: &'a [f64],
    /// Upper line.
    pub high: &'a [f64],
}

/// A vertical mark: a reconnect, a stall.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Where.
    pub x: f64,
    /// What happened.
    pub name: &'a str,
}

/// A line chart to be drawn.
pub struct LineChart<'a> {
    name: &'a str,
    series: &'a [Series<'a>],
    band: Option<Band<'a>>,
    marks: &'a [Mark<'a>],
    height: Option<f32>,
    x_text: Box<dyn Fn(f64) -> String + 'a>,
    y_text: Box<dyn Fn(f64) -> String + 'a>,
    x_range: Option<RangeInclusive<f64>>,
    from_zero: bool,
}

impl<'a> LineChart<'a> {
    /// A chart of lines; the name is for the screen reader.
    #[must_use]
    pub fn new(name: &'a str, series: &'a [Series<'a>]) -> Self {
        Self {
            name,
            series,
            band: None,
            marks: &[],
            height: None,
            x_text: Box::new(axis_number),
            y_text: Box::new(axis_number),
            x_range: None,
            from_zero: false,
        }
    }

    /// With an area behind the lines.
    #[must_use]
    pub const fn band(mut self, band: Band<'a>) -> Self {
        self.band = Some(band);
        self
    }

    /// With vertical marks.
    #[must_use]
    pub const fn marks(mut self, marks: &'a [Mark<'a>]) -> Self {
        self.marks = marks;
        self
    }

    /// As high as this instead of the room that is left.
    #[must_use]
    pub const fn height(mut self, height: f32) -> Self {
        self.height = Some(height);
        self
    }

    /// How places on the x axis are written.
    #[must_use]
    pub fn x_text(mut self, text: impl Fn(f64) -> String + 'a) -> Self {
        self.x_text = Box::new(text);
        self
    }

    /// How values are written, with their unit.
    #[must_use]
    pub fn y_text(mut self, text: impl Fn(f64) -> String + 'a) -> Self {
        self.y_text = Box::new(text);
        self
    }

    /// Shows this part of the x axis, whatever the points are: for charts that move with time.
    #[must_use]
    pub const fn x_range(mut self, range: RangeInclusive<f64>) -> Self {
        self.x_range = Some(range);
        self
    }

    /// The y axis begins at nought.
    #[must_use]
    pub const fn from_zero(mut self) -> Self {
        self.from_zero = true;
        self
    }

    /// Draws the chart.
    pub fn show(self, ui: &mut Ui) -> Response {
        let tokens = Tokens::of(ui);
        let spoken = self.spoken();
        let x_text = &self.x_text;
        let y_text = &self.y_text;
        let mut plot = frame(self.name, tokens)
            .height(self.height.unwrap_or_else(|| ui.available_height().max(60.0)))
            .x_axis_formatter(|mark, _| x_text(mark.value))
            .y_axis_formatter(|mark, _| y_text(mark.value))
            .label_formatter(|hover| match hover {
                HoverPosition::NearDataPoint { plot_name, position, .. } => {
                    Some(format!("{plot_name}\n{}\n{}", y_text(position.y), x_text(position.x)))
                }
                HoverPosition::Elsewhere { .. } => None,
            });
        if self.series.len() > 1 || self.band.is_some() {
            plot = plot.legend(Legend::default().position(Corner::LeftTop).follow_insertion_order(true));
        }
        if self.from_zero {
            plot = plot.include_y(0.0);
        }
        if let Some(range) = &self.x_range {
            plot = plot.include_x(*range.start()).include_x(*range.end());
        }
        let response = plot
            .show(ui, |plot| {
                if let Some(band) = &self.band {
                    let length = band.xs.len().min(band.low.len()).min(band.high.len());
                    let area =
                        FilledArea::new(band.name, &band.xs[..length], &band.low[..length], &band.high[..length])
                            .fill_color(tokens.series[0].gamma_multiply(0.16))
                            .allow_hover(false);
                    plot.add(area);
                }
                for mark in self.marks {
                    let line = VLine::new(mark.name, mark.x)
                        .stroke(Stroke::new(1.0, tokens.warn.strong))
                        .style(LineStyle::dashed_dense());
                    plot.vline(line);
                }
                let pixel = plot.transform().dvalue_dpos()[0].abs();
                for (at, series) in self.series.iter().enumerate() {
                    let colour = tokens.series[at % tokens.series.len()];
                    for run in runs(series.points) {
                        if let [alone] = run {
                            let dot = egui_plot::Points::new(series.name, PlotPoints::Owned(vec![*alone]));
                            plot.points(dot.radius(2.0).color(colour));
                        } else {
                            let (points, bars) = match thinned(run, pixel) {
                                Some(thinned) => (PlotPoints::Owned(thinned.line), thinned.bars),
                                None => (PlotPoints::Borrowed(run), Vec::new()),
                            };
                            plot.line(Line::new(series.name, points).color(colour).width(1.6));
                            for ends in bars {
                                let bar = Line::new(series.name, PlotPoints::Owned(ends.to_vec()));
                                plot.line(bar.color(colour).width(1.6));
                            }
                        }
                    }
                }
            })
            .response;
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, theme::spoken(&spoken)));
        response
    }

    /// The chart in words: its name and the last value of each line.
    fn spoken(&self) -> String {
        let mut text = self.name.to_owned();
        for series in self.series {
            let last = series.points.iter().rev().find(|point| point.y.is_finite());
            let last = last.map_or_else(|| "no value".to_owned(), |point| (self.y_text)(point.y));
            let _ = write!(text, ", {}: {last}", series.name);
        }
        text
    }
}

fn frame<'a>(name: &str, tokens: &Tokens) -> Plot<'a> {
    Plot::new(name.to_owned())
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_background(false)
        .show_crosshair(false)
        .grid_color(tokens.separator)
        .grid_fade(1.0)
        .set_margin_fraction(vec2(0.0, 0.08))
        .y_axis_min_width(44.0)
}

/// A line with one point in each column of pixels, and how far the values of a column reach.
struct Thinned {
    line: Vec<PlotPoint>,
    bars: Vec<[PlotPoint; 2]>,
}

/// Where several points share a column of pixels: its last value for the line, and a bar from its lowest to its highest.
/// A line that turns back within a pixel would be drawn as a wedge. None if every point has a column of its own.
fn thinned(run: &[PlotPoint], pixel: f64) -> Option<Thinned> {
    let pixel = if pixel.is_finite() { pixel } else { 0.0 };
    if run.windows(2).all(|pair| pair[1].x - pair[0].x > pixel) {
        return None;
    }
    let mut thinned = Thinned { line: Vec::new(), bars: Vec::new() };
    let mut rest = run;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|point| point.x - first.x <= pixel).count().max(1);
        let (column, after) = rest.split_at(count);
        rest = after;
        let (low, high) = column.iter().fold((first.y, first.y), |(low, high), p| (low.min(p.y), high.max(p.y)));
        if high > low {
            thinned.bars.push([PlotPoint::new(first.x, low), PlotPoint::new(first.x, high)]);
        }
        thinned.line.push(PlotPoint::new(first.x, column[count - 1].y));
    }
    Some(thinned)
}

/// A number for an axis: without the digits that only say how floats are kept.
fn axis_number(value: f64) -> String {
    number::double(format!("{value:.9}").parse().unwrap_or(value))
}

/// The stretches without gaps.
fn runs(points: &[PlotPoint]) -> impl Iterator<Item = &[PlotPoint]> {
    points.split(|point| !point.y.is_finite() || !point.x.is_finite()).filter(|run| !run.is_empty())
}

/// One bar of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// "2 ms to 4 ms".
    pub name: String,
    /// How many.
    pub count: u64,
}

/// Draws a histogram; the bars stand side by side whatever their width in values is, heights in log scale if asked.
pub fn histogram_ui(ui: &mut Ui, name: &str, bins: &[Bin], log_scale: bool, height: f32) -> Response {
    let tokens = Tokens::of(ui);
    let scaled = move |count: u64| if log_scale { (1.0 + count as f64).log10() } else { count as f64 };
    // Lines stand at whole powers of ten; that they are one count too high there cannot be seen.
    let unscaled = move |y: f64| if log_scale && y > 0.0 { 10f64.powf(y) } else { y };
    let bars = bins
        .iter()
        .enumerate()
        .map(|(at, bin)| {
            Bar::new(at as f64, scaled(bin.count))
                .width(0.86)
                .fill(tokens.series[0])
                .stroke(Stroke::NONE)
                .name(&bin.name)
        })
        .collect();
    let counts: Vec<(String, u64)> = bins.iter().map(|bin| (bin.name.clone(), bin.count)).collect();
    let chart = BarChart::new(name, bars).color(tokens.series[0]).element_formatter(Box::new(move |bar, _| {
        let at = bar.argument.round() as usize;
        counts.get(at).map_or_else(String::new, |(name, count)| format!("{name}\n{}", number::grouped(*count)))
    }));
    let label = |at: f64| {
        let near = at.round();
        if (at - near).abs() > 0.01 || near < 0.0 {
            return String::new();
        }
        bins.get(near as usize).map_or_else(String::new, |bin| bin.name.clone())
    };
    let response = frame(name, tokens)
        .height(height)
        .include_y(0.0)
        .allow_drag(false)
        .allow_zoom(false)
        .show_grid([false, true])
        .set_margin_fraction(vec2(0.01, 0.06))
        .x_axis_formatter(move |mark, _| label(mark.value))
        .y_axis_formatter(move |mark, _| number::grouped(unscaled(mark.value).round() as i64))
        .show(ui, |plot| plot.bar_chart(chart))
        .response;
    let total: u64 = bins.iter().map(|bin| bin.count).sum();
    let most = bins.iter().max_by_key(|bin| bin.count);
    let spoken = most.map_or_else(
        || format!("{name}, empty"),
        |most| format!("{name}, {} in all, most at {}", number::grouped(total), most.name),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, theme::spoken(&spoken)));
    response
}

/// A line without axes, for a cell of a table. Gaps are gaps; the last value ends in a dot.
pub fn sparkline_ui(ui: &mut Ui, name: &str, values: &[f64], size: egui::Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, theme::spoken(name)));
    let tokens = Tokens::of(ui);
    paint_sparkline(ui.painter(), rect, values, tokens.series[0]);
    response
}

/// Paints such a line into a place.
pub fn paint_sparkline(painter: &egui::Painter, rect: Rect, values: &[f64], colour: Color32) {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (Some(low), Some(high)) = (finite().reduce(f64::min), finite().reduce(f64::max)) else { return };
    let inner = rect.shrink2(vec2(2.0, 3.0));
    let step = inner.width() / (values.len().max(2) - 1) as f32;
    let at = |place: usize, value: f64| {
        let share = if high > low { ((value - low) / (high - low)) as f32 } else { 0.5 };
        pos2(inner.left() + step * place as f32, inner.bottom() - inner.height() * share)
    };
    let mut run = Vec::new();
    for (place, value) in values.iter().enumerate() {
        if value.is_finite() {
            run.push(at(place, *value));
        } else {
            painter.line(std::mem::take(&mut run), Stroke::new(1.3, colour));
        }
    }
    if let Some(end) = run.last() {
        painter.circle_filled(*end, 1.8, colour);
    }
    painter.line(run, Stroke::new(1.3, colour));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(ys: &[f64]) -> Vec<PlotPoint> {
        ys.iter().enumerate().map(|(x, y)| PlotPoint::new(x as f64, *y)).collect()
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let points = points(&[1.0, 2.0, f64::NAN, f64::NAN, 3.0, f64::INFINITY]);
        let lengths: Vec<usize> = runs(&points).map(<[PlotPoint]>::len).collect();
        assert_eq!(lengths, [2, 1]);
    }

    #[test]
    fn what_shares_a_pixel_becomes_a_bar() {
        let at = |x: f64, y: f64| PlotPoint::new(x, y);
        assert!(thinned(&points(&[1.0, 5.0, 2.0]), 0.5).is_none());
        let dense = [at(0.0, 1.0), at(0.1, 9.0), at(0.2, 3.0), at(60.0, 4.0), at(60.1, -2.0), at(90.0, 0.0)];
        let found = thinned(&dense, 0.5).expect("columns are shared");
        let plain = |points: &[PlotPoint]| points.iter().map(|p| (p.x, p.y)).collect::<Vec<_>>();
        assert_eq!(plain(&found.line), [(0.0, 3.0), (60.0, -2.0), (90.0, 0.0)]);
        assert_eq!(plain(&found.bars.concat()), [(0.0, 1.0), (0.0, 9.0), (60.0, -2.0), (60.0, 4.0)]);
        assert_eq!(plain(&thinned(&[at(1.0, 1.0), at(1.0, 2.0)], 0.0).expect("one x").line), [(1.0, 2.0)]);
    }

    #[test]
    fn a_chart_is_said_in_words() {
        let points = points(&[1.0, 2.5, f64::NAN]);
        let series = [Series { name: "p50", points: &points }, Series { name: "p95", points: &[] }];
        let chart = LineChart::new("Ping", &series).y_text(|y| format!("{y} ms"));
        assert_eq!(chart.spoken(), "Ping, p50: 2.5 ms, p95: no value");
    }
}
