//! The form of a range query: one line that says what is asked, unfolding to its fields.

use crate::model::number;
use crate::model::range_query::form::{BEGINNINGS, ENDS, End, Field, Form, Input, RangeForm, input};
use crate::model::range_query::{Intent, PointType, QueryType};
use crate::ui::cx::Cx;
use crate::ui::panels::inspector::parts;
use crate::ui::panels::inspector::range_query::day::day_ui;
use crate::ui::theme::tokens::{size, space, text};
use crate::ui::theme::{self, Icon, Tokens, icon, icon_button};
use crate::ui::widgets::layout::tool_row;
use egui::{Align, ComboBox, Layout, TextEdit, Ui, vec2};

const LABEL: f32 = 84.0;
const KIND: f32 = 176.0;
const FIELD: f32 = 190.0;

/// What the line of the form needs to know.
pub(super) struct Standing {
    /// Why nothing can be asked now.
    pub blocked: Option<&'static str>,
    /// Seconds since the question, while its answer is waited for.
    pub waiting: Option<f64>,
}

/// Draws the form and sends what was done with it.
pub(super) fn form_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form, unfolded: &mut bool, standing: &Standing) {
    line_ui(ui, cx, form, unfolded, standing);
    if !*unfolded {
        return;
    }
    let mut new = form.clone();
    egui::Frame::new().inner_margin(egui::Margin { left: 12, right: 10, top: 6, bottom: 8 }).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        labelled(ui, "Show", |ui, _| {
            let views = [
                (QueryType::Values, "Latest view"),
                (QueryType::LatestEdits, "Latest edits"),
                (QueryType::AllEdits, "All edits"),
            ];
            parts::segments(ui, &mut new.view, &views);
        });
        end_ui(ui, cx, form, Field::From, &mut new.range.from);
        end_ui(ui, cx, form, Field::To, &mut new.range.to);
        // Edits can be narrowed in the latest view as well, but nobody begins there.
        if new.view != QueryType::Values || !new.edit_range.is_everything() {
            end_ui(ui, cx, form, Field::EditFrom, &mut new.edit_range.from);
            end_ui(ui, cx, form, Field::EditTo, &mut new.edit_range.to);
        }
        labelled(ui, "At most", |ui, label| {
            field_ui(ui, label, &mut new.limit, "1,000", form.wrong(Field::Limit).as_deref(), 90.0);
            ui.label(theme::muted(ui, "events, the newest"));
            wrong_ui(ui, form.wrong(Field::Limit).as_deref());
        });
    });
    let line = egui::Stroke::new(1.0, Tokens::of(ui).separator);
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top() - 0.5, line);
    if new != *form {
        cx.send(Intent::SetForm(new));
    }
}

/// Whether every field can be used as it is.
pub(super) fn is_valid(form: &Form) -> bool {
    Field::ALL.iter().all(|field| form.wrong(*field).is_none())
}

/// The folded form: what is asked, and the button that asks.
fn line_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form, unfolded: &mut bool, standing: &Standing) {
    let is_valid = is_valid(form);
    tool_row(ui, |ui| {
        let (sign, name) =
            if *unfolded { (Icon::ChevronDown, "Fold the query") } else { (Icon::ChevronRight, "Unfold the query") };
        if icon_button(ui, sign, name).clicked() {
            *unfolded = !*unfolded;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(secs) = standing.waiting {
                if ui.button("Cancel").clicked() {
                    cx.send(Intent::Cancel);
                }
                if secs >= 2.0 {
                    ui.label(theme::muted(ui, format!("{secs:.0} s")));
                }
            } else {
                let blocked = if is_valid { standing.blocked } else { Some("A field cannot be used as it is") };
                let run = ui.add_enabled(blocked.is_none(), theme::primary_button(ui, "Run query"));
                let run = run.on_disabled_hover_text(theme::text(blocked.unwrap_or_default()));
                if run.on_hover_text("Ask the server for these events").clicked() {
                    cx.send(Intent::Run);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let said = sentence(form);
                ui.add(egui::Label::new(theme::muted(ui, &said)).truncate()).on_hover_text(theme::text(said));
            });
        });
    });
}

fn end_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form, field: Field, end: &mut End) {
    let (name, kinds): (_, &[PointType]) = match field {
        Field::From => ("From", &BEGINNINGS),
        Field::To => ("To", &ENDS),
        Field::EditFrom => ("Edits from", &BEGINNINGS),
        Field::EditTo | Field::Limit => ("Edits to", &ENDS),
    };
    let is_end = matches!(field, Field::To | Field::EditTo);
    labelled(ui, name, |ui, label| {
        let combo =
            ComboBox::from_id_salt(("end of a range", name)).width(KIND).selected_text(kind_words(end.kind, is_end));
        let response = combo
            .show_ui(ui, |ui| {
                for kind in kinds {
                    if ui.selectable_label(*kind == end.kind, theme::text(kind_words(*kind, is_end))).clicked()
                        && *kind != end.kind
                    {
                        *end = End { kind: *kind, text: String::new() };
                    }
                }
            })
            .response;
        response.labelled_by(label.id);
        if input(end.kind) == Input::None {
            return;
        }
        let wrong = form.wrong(field);
        field_ui(ui, label, &mut end.text, hint(end.kind, is_end), wrong.as_deref(), FIELD);
        if input(end.kind) == Input::Time {
            day_ui(ui, name, &mut end.text, cx.now());
        }
        wrong_ui(ui, wrong.as_deref());
    });
}

fn labelled(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui, &egui::Response)) {
    ui.horizontal_wrapped(|ui| {
        ui.set_min_height(size::HIT);
        let layout = Layout::left_to_right(Align::Center);
        let label = ui.allocate_ui_with_layout(vec2(LABEL, size::HIT), layout, |ui| {
            ui.set_width(LABEL);
            ui.label(theme::muted(ui, name))
        });
        add(ui, &label.inner);
    });
}

fn field_ui(ui: &mut Ui, label: &egui::Response, value: &mut String, hint: &str, wrong: Option<&str>, width: f32) {
    ui.scope(|ui| {
        if wrong.is_some() {
            let colour = Tokens::of(ui).error.strong;
            let widgets = &mut ui.visuals_mut().widgets;
            for state in [&mut widgets.inactive, &mut widgets.hovered] {
                state.bg_stroke.color = colour;
            }
        }
        let width = width.min(ui.available_width().max(60.0));
        let edit = TextEdit::singleline(value)
            .font(egui::TextStyle::Monospace)
            .hint_text(theme::text(hint))
            .desired_width(width);
        ui.add(edit).labelled_by(label.id);
    });
}

fn wrong_ui(ui: &mut Ui, wrong: Option<&str>) {
    if let Some(wrong) = wrong {
        let colour = Tokens::of(ui).error.strong;
        ui.spacing_mut().item_spacing.x = space::XS;
        icon(ui, Icon::Error, 12.0, colour);
        ui.label(theme::text(wrong).size(text::SMALL).color(colour));
    }
}

const fn kind_words(kind: PointType, is_end: bool) -> &'static str {
    match kind {
        PointType::AbsoluteStart => "Start of the series",
        PointType::AbsoluteSequence => "Sequence",
        PointType::AbsoluteTime => "Time",
        PointType::OffsetSequence if is_end => "End of the series",
        PointType::OffsetSequence => "Last events",
        PointType::OffsetTime if is_end => "Time before the last event",
        PointType::OffsetTime => "Last span of time",
        PointType::NextCount => "Next events",
        PointType::NextTime => "Next span of time",
        PointType::PreviousCount => "Previous events",
        PointType::PreviousTime => "Previous span of time",
    }
}

fn hint(kind: PointType, is_end: bool) -> &'static str {
    match input(kind) {
        Input::None => "",
        Input::Sequence => "for example 120",
        Input::Count if is_end && matches!(kind, PointType::OffsetSequence) => "minus events",
        Input::Count => "for example 100",
        Input::Time => "2026-01-31T12:00:00Z",
        Input::Duration => "30s, 5m, 2h, 1d",
    }
}

/// The form in one sentence.
pub(super) fn sentence(form: &Form) -> String {
    let view = match form.view {
        QueryType::Values => "Latest view",
        QueryType::LatestEdits => "Events with their latest edits",
        QueryType::AllEdits => "Events with all edits",
    };
    let mut said = format!("{view}, {}", range_words(&form.range));
    if !form.edit_range.is_everything() {
        said = format!("{said}; edits {}", range_words(&form.edit_range));
    }
    match form.limit_value() {
        Ok(limit) => format!("{said}, at most {}", number::grouped(limit)),
        Err(_) => said,
    }
}

fn range_words(range: &RangeForm) -> String {
    if range.is_everything() {
        return "from start to end".to_owned();
    }
    format!("{} {}", end_words(&range.from, false), end_words(&range.to, true))
}

fn end_words(end: &End, is_end: bool) -> String {
    let text = match end.text.trim() {
        "" => "…",
        text => text,
    };
    match (end.kind, is_end) {
        (PointType::AbsoluteStart, false) => "from start".to_owned(),
        (PointType::AbsoluteStart, true) => "back to the start".to_owned(),
        (PointType::AbsoluteSequence, false) => format!("from sequence {text}"),
        (PointType::AbsoluteSequence, true) => format!("to sequence {text}"),
        (PointType::AbsoluteTime, false) => format!("from {text}"),
        (PointType::AbsoluteTime, true) => format!("to {text}"),
        (PointType::OffsetSequence, false) => format!("from the last {text} events"),
        (PointType::OffsetSequence, true) if matches!(end.text.trim(), "" | "0") => "to end".to_owned(),
        (PointType::OffsetSequence, true) => format!("to {text} events before the end"),
        (PointType::OffsetTime, false) => format!("from the last {text}"),
        (PointType::OffsetTime, true) => format!("to {text} before the last event"),
        (PointType::NextCount, _) => format!("and the next {text} events"),
        (PointType::NextTime, _) => format!("and the next {text}"),
        (PointType::PreviousCount, _) => format!("and the {text} events before"),
        (PointType::PreviousTime, _) => format!("and the {text} before"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folded_form_says_what_is_asked() {
        assert_eq!(sentence(&Form::default()), "Latest view, from start to end, at most 1,000");
        let mut form = Form { view: QueryType::AllEdits, range: RangeForm::last(50), ..Form::default() };
        assert_eq!(sentence(&form), "Events with all edits, from the last 50 events to end, at most 1,000");
        form.edit_range.from = End { kind: PointType::AbsoluteSequence, text: "400".into() };
        form.range.to = End { kind: PointType::NextTime, text: String::new() };
        form.limit = "x".into();
        assert_eq!(
            sentence(&form),
            "Events with all edits, from the last 50 events and the next …; edits from sequence 400 to end"
        );
    }
}
