//! Whole and floating numbers: large, exact, in other forms, with the change since the value before and a chart.

use super::chart::HistoryChart;
use super::parts;
use super::shown::Shown;
use crate::data::Timestamp;
use crate::data::value::{self, Value};
use crate::model::inspector::Inspector as Facts;
use crate::model::number::double_text;
use crate::model::number::{double, grouped, grouped_text};
use crate::ui::format;
use crate::ui::theme;
use crate::ui::theme::tokens::{radius, space, text};
use crate::ui::theme::{Icon, Tokens, fonts, icon_named};
use crate::ui::widgets::highlight;
use egui::{Margin, Rect, Ui};

/// Milliseconds from the year 2000 to 2100: what looks like a date.
const DATES: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Draws an `INT64` value.
pub(super) fn int64_ui(ui: &mut Ui, facts: &Facts, chart: &mut HistoryChart, shown: Shown<'_>, n: i64) -> Rect {
    let change = match before(facts, shown) {
        Some(Value::Int64(Some(old))) => Some(whole_change(old, n)),
        _ => None,
    };
    let mut rows = vec![("Exact", n.to_string()), ("Hexadecimal", format!("0x{:016x}", n.cast_unsigned()))];
    if DATES.contains(&n) {
        rows.push(("If ms since 1970", format::moment(Timestamp::from_millis(n))));
    }
    number_ui(ui, facts, chart, shown, &grouped(n), change, &rows)
}

/// Draws a `DOUBLE` value.
pub(super) fn double_ui(ui: &mut Ui, facts: &Facts, chart: &mut HistoryChart, shown: Shown<'_>, n: f64) -> Rect {
    let change = match before(facts, shown) {
        Some(Value::Double(Some(old))) => float_change(old, n),
        _ => None,
    };
    let mut rows = vec![("Exact", double_text(n))];
    if n.is_finite() {
        rows.push(("Exponent", format!("{n:e}")));
    }
    rows.push(("Bits", format!("0x{:016x}", n.to_bits())));
    let large = if n.is_finite() { grouped_text(&double_text(n)) } else { double(n) };
    number_ui(ui, facts, chart, shown, &large, change, &rows)
}

/// Which way a number went, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    up: bool,
    text: String,
}

impl Change {
    fn is_none(&self) -> bool {
        self.text == "0"
    }
}

fn whole_change(old: i64, new: i64) -> Change {
    let difference = i128::from(new) - i128::from(old);
    Change { up: difference > 0, text: signed(&grouped(difference), difference > 0) }
}

fn float_change(old: f64, new: f64) -> Option<Change> {
    let difference = new - old;
    // The difference of two short decimals has a long tail of noise; 12 digits are what a difference is good for.
    let rounded: f64 = format!("{difference:.11e}").parse().ok()?;
    rounded.is_finite().then(|| Change { up: rounded > 0.0, text: signed(&double(rounded), rounded > 0.0) })
}

fn signed(text: &str, up: bool) -> String {
    match text.strip_prefix('-') {
        Some(rest) => format!("−{rest}"),
        None if up => format!("+{text}"),
        None => text.to_owned(),
    }
}

/// The value before the one shown, if none is missing between them.
fn before(facts: &Facts, shown: Shown<'_>) -> Option<Value> {
    let last = facts.entry(facts.last_shown()).filter(|entry| shown.latest && !entry.gap_before)?;
    let entry = facts.entry(last.number.checked_sub(1)?)?;
    match value::decode_topic(shown.topic, &entry.arrival.value).ok()? {
        Value::Event(event) => event.decoded,
        value => Some(value),
    }
}

fn number_ui(
    ui: &mut Ui,
    facts: &Facts,
    chart: &mut HistoryChart,
    shown: Shown<'_>,
    large: &str,
    change: Option<Change>,
    rows: &[(&str, String)],
) -> Rect {
    let tokens = Tokens::of(ui);
    let frame = egui::Frame::new().inner_margin(Margin { left: 14, right: 10, top: 10, bottom: 8 }).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let most = ui.available_width();
            let font = fonts::mono_strong(text::DISPLAY);
            let wide = ui.painter().layout_no_wrap(theme::line(large), font.clone(), tokens.text).size().x;
            let font = if wide > most { fonts::mono_strong(text::DISPLAY * (most / wide).max(0.55)) } else { font };
            let behind = ui.painter().add(egui::Shape::Noop);
            let label = ui.add(egui::Label::new(theme::text(large).font(font)).selectable(true));
            let moved = change.as_ref().is_some_and(|change| !change.is_none());
            if let Some(wash) = changed_at(ui, shown.generation, moved).and_then(|at| highlight::wash(ui, at)) {
                let mark = egui::Shape::rect_filled(label.rect.expand(2.0), radius::S, wash);
                ui.painter().set(behind, mark);
            }
            if let Some(change) = change {
                let font = fonts::mono(text::BODY);
                let needed = ui.painter().layout_no_wrap(theme::line(&change.text), font, tokens.text).size().x + 34.0;
                if wide + needed > most {
                    ui.end_row();
                }
                change_ui(ui, &change);
            }
        });
        ui.add_space(space::S);
        for (name, text) in rows {
            parts::fact_row(ui, name, text);
        }
    });
    let top = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), top, egui::Stroke::new(1.0, tokens.separator));
    ui.add_space(space::XS);
    chart.follow_value();
    if ui.available_height() > 60.0 {
        chart.ui(ui, facts, shown.topic);
    }
    frame.response.rect
}

/// When the number was seen to change last; a number that is seen first has not changed.
fn changed_at(ui: &Ui, generation: u64, moved: bool) -> Option<f64> {
    let id = ui.scope_id().with("number changed");
    let now = ui.input(|i| i.time);
    ui.data_mut(|data| {
        let (seen, at): &mut (u64, Option<f64>) = data.get_temp_mut_or_default(id);
        // Generations start again with each topic.
        if generation < *seen || *seen == 0 || generation == 1 {
            *at = None;
        } else if generation != *seen {
            *at = moved.then_some(now);
        }
        *seen = generation;
        *at
    })
}

fn change_ui(ui: &mut Ui, change: &Change) {
    let tokens = Tokens::of(ui);
    let same = change.is_none();
    let (sign, colour, word) = match (same, change.up) {
        (true, _) => (Icon::Minus, tokens.text_faint, "Unchanged since the value before"),
        (false, true) => (Icon::ArrowUp, tokens.ok.strong, "Up since the value before"),
        (false, false) => (Icon::ArrowDown, tokens.error.strong, "Down since the value before"),
    };
    icon_named(ui, sign, 14.0, colour, word);
    let words = if same { "unchanged" } else { &change.text };
    ui.label(theme::text(words).font(fonts::mono(text::BODY)).color(colour)).on_hover_text(theme::text(word));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_exact_and_signed() {
        assert_eq!(whole_change(i64::MIN, i64::MAX).text, "+18,446,744,073,709,551,615");
        assert_eq!(whole_change(5, 3), Change { up: false, text: "−2".to_owned() });
        assert_eq!(whole_change(5, 5).text, "0");
        assert_eq!(float_change(1.0842, 1.0843).map(|c| c.text).as_deref(), Some("+0.0001"));
        assert_eq!(float_change(0.3, 0.1).map(|c| c.text).as_deref(), Some("−0.2"));
        assert_eq!(float_change(f64::NAN, 1.0), None);
        assert_eq!(float_change(f64::INFINITY, f64::INFINITY), None);
    }
}
