//! Builders of the properties that have a language of their own, each with a sentence that reads back what it says.

use crate::data::TopicType;
use crate::data::event_range::{EventRange, Span, SpanUnit};
use crate::data::property::{OWNER, Property, owner_principal};
use crate::data::removal_policy::{Period, PeriodUnit};
use crate::data::syntax::quoted;
use crate::model::letter_case::capitalized;
use crate::model::new_topic::Intent;
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use egui::{DragValue, Response, TextEdit, Ui};

/// The name of the principal that owns the topic.
pub(super) fn owner_ui(ui: &mut Ui, cx: &Cx<'_>, value: Option<&str>) {
    let principal = value.map_or(Ok(String::new()), owner_principal);
    let mut text = principal.clone().unwrap_or_else(|_| value.unwrap_or_default().to_owned());
    ui.horizontal(|ui| {
        ui.label("Principal");
        let edit = TextEdit::singleline(&mut text).hint_text("nobody").desired_width(220.0);
        let response = named(ui.add(edit), "Principal that owns the topic", &text);
        if response.changed() {
            let value = (!text.is_empty()).then(|| format!("$Principal is {}", quoted(&text)));
            cx.send(Intent::SetProperty(OWNER, value));
        }
    });
    if let (Ok(name), true) = (principal, value.is_some()) {
        sentence_ui(ui, &format!("“{name}” may read, update, modify and remove this topic, whatever its roles say."));
    }
}

/// A number and its unit; the new period if the user changed it.
pub(super) fn period_ui(ui: &mut Ui, what: &str, period: Period) -> Option<Period> {
    let mut new = period;
    let least = u64::from(period.count > 0);
    labelled(ui.add(DragValue::new(&mut new.count).range(least..=u64::MAX)), &format!("Time {what}"));
    let word = |unit: PeriodUnit, count: u64| format!("{}{}", unit.word(), if count == 1 { "" } else { "s" });
    let combo = egui::ComboBox::from_id_salt(("unit", what)).width(84.0).selected_text(word(new.unit, new.count));
    let response = combo.show_ui(ui, |ui| {
        for unit in PeriodUnit::ALL {
            ui.selectable_value(&mut new.unit, unit, theme::text(word(unit, new.count)));
        }
    });
    labelled(response.response, &format!("Unit of the time {what}"));
    (new != period).then_some(new)
}

/// Which events a time series keeps or sends.
pub(super) fn range_ui(ui: &mut Ui, cx: &Cx<'_>, property: &'static Property, of: TopicType, value: Option<&str>) {
    let parsed = value.map(EventRange::parse);
    let range = match &parsed {
        Some(Ok(range)) => Some(*range),
        _ => None,
    };
    let send = |range: EventRange| {
        let none = range.limit.is_none() && range.last.is_none();
        cx.send(Intent::SetProperty(property.key, (!none).then(|| range.to_string())));
    };
    let now = range.unwrap_or(EventRange { limit: None, last: None });
    ui.horizontal_wrapped(|ui| {
        let mut limited = now.limit.is_some();
        let name = |what: &str| format!("{what} of {}", property.key);
        if labelled(ui.checkbox(&mut limited, "At most"), &name("Number of events")).changed() {
            send(EventRange { limit: limited.then_some(10), ..now });
        }
        let mut limit = now.limit.unwrap_or(10);
        let drag = DragValue::new(&mut limit).range(1..=u64::MAX);
        if labelled(ui.add_enabled(limited, drag), &name("Most events")).changed() {
            send(EventRange { limit: Some(limit), ..now });
        }
        ui.label("events");
        ui.add_space(12.0);
        let mut lasting = now.last.is_some();
        if labelled(ui.checkbox(&mut lasting, "of the last"), &name("Age of events")).changed() {
            send(EventRange { last: lasting.then_some(Span { count: 1, unit: SpanUnit::Hours }), ..now });
        }
        let mut span = now.last.unwrap_or(Span { count: 1, unit: SpanUnit::Hours });
        let before = span;
        let drag = DragValue::new(&mut span.count).range(1..=1_000_000);
        labelled(ui.add_enabled(lasting, drag), &name("Largest age"));
        // Minutes are read but not documented, so they are not offered.
        let units = [SpanUnit::Millis, SpanUnit::Seconds, SpanUnit::Hours];
        let word = |unit: SpanUnit, count: u64| {
            let one = match unit {
                SpanUnit::Millis => "millisecond",
                SpanUnit::Seconds => "second",
                SpanUnit::Minutes => "minute",
                SpanUnit::Hours => "hour",
            };
            format!("{one}{}", if count == 1 { "" } else { "s" })
        };
        ui.add_enabled_ui(lasting, |ui| {
            let combo = egui::ComboBox::from_id_salt(("span", property.key)).width(110.0);
            let response = combo.selected_text(word(span.unit, span.count)).show_ui(ui, |ui| {
                for unit in units {
                    ui.selectable_value(&mut span.unit, unit, theme::text(word(unit, span.count)));
                }
            });
            labelled(response.response, &name("Unit of the age"));
        });
        if span != before {
            send(EventRange { last: Some(span), ..now });
        }
    });
    match (range, parsed.is_some()) {
        (Some(range), _) => sentence_ui(ui, &format!("{}.", capitalized(&range.sentence()))),
        (None, true) => {}
        (None, false) => {
            // Where there is no default, the help says what happens.
            if let Some(default) = property.default_for(of).and_then(|text| EventRange::parse(text).ok()) {
                ui.label(theme::faint(ui, format!("By default {}", default.sentence())));
            }
        }
    }
}

/// What was built, in plain words.
pub(super) fn sentence_ui(ui: &mut Ui, sentence: &str) {
    let tokens = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::tokens::space::XS;
        theme::icon(ui, Icon::Ok, 12.0, tokens.ok.strong);
        ui.label(theme::text(sentence).color(tokens.text));
    });
}

/// Gives a field without a label its name.
pub(super) fn named(response: Response, name: &str, text: &str) -> Response {
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, theme::spoken(name));
        info.current_text_value = Some(text.to_owned());
        info
    });
    response
}

/// Gives a control whose name says too little its own.
pub(super) fn labelled(response: Response, name: &str) -> Response {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}
