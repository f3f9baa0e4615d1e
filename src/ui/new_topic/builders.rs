//! Builders of the properties that have a language of their own, each with a sentence that reads back what it says.

use crate::data::property::{OWNER, Property, REMOVAL, owner_principal};
use crate::data::range::{Range, Span, SpanUnit};
use crate::data::removal::{Condition, Period, PeriodUnit, Policy, quoted};
use crate::data::{Timestamp, TopicType};
use crate::model::creation::Intent;
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use egui::{DragValue, Response, TextEdit, Ui};

/// A day, for a first proposal of a moment.
const DAY_MILLIS: i64 = 86_400_000;

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

/// The kinds of conditions that can be put together here; others are written as text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Never,
    NoUpdates,
    Subscriptions,
    NoSession,
    SessionCloses,
    TimeAfter,
    Other,
}

impl Kind {
    const OFFERED: [Self; 6] =
        [Self::Never, Self::NoUpdates, Self::Subscriptions, Self::NoSession, Self::SessionCloses, Self::TimeAfter];

    const fn words(self) -> &'static str {
        match self {
            Self::Never => "never by itself",
            Self::NoUpdates => "when it has no updates",
            Self::Subscriptions => "when few sessions subscribe",
            Self::NoSession => "when no session matches",
            Self::SessionCloses => "when this session closes",
            Self::TimeAfter => "at a time",
            Self::Other => "as written below",
        }
    }

    fn of(value: Option<&str>) -> Self {
        let Some(value) = value else { return Self::Never };
        match Policy::parse(value) {
            Ok(Policy { condition, remove: None }) => match condition {
                Condition::NoUpdates { .. } => Self::NoUpdates,
                Condition::Subscriptions { .. } => Self::Subscriptions,
                Condition::NoSession { .. } => Self::NoSession,
                Condition::SessionCloses => Self::SessionCloses,
                Condition::TimeAfter { .. } => Self::TimeAfter,
                Condition::Any(_) | Condition::All(_) => Self::Other,
            },
            _ => Self::Other,
        }
    }

    /// A first condition of this kind.
    fn condition(self, now: Timestamp) -> Option<Condition> {
        let minutes = |count| Period { count, unit: PeriodUnit::Minutes };
        Some(match self {
            Self::Never | Self::Other => return None,
            Self::NoUpdates => Condition::NoUpdates { lasting: minutes(10), after: None },
            Self::Subscriptions => {
                Condition::Subscriptions { local: false, fewer_than: 1, lasting: minutes(10), after: None }
            }
            Self::NoSession => Condition::NoSession {
                local: false,
                filter: "$Principal is \"name\"".to_owned(),
                lasting: Some(minutes(10)),
                after: None,
            },
            Self::SessionCloses => Condition::SessionCloses,
            Self::TimeAfter => {
                // Dates are written with whole seconds.
                let at = Timestamp::from_millis((now.millis() + DAY_MILLIS) / 1000 * 1000);
                Condition::TimeAfter { at, as_date: true }
            }
        })
    }
}

/// When the topic is removed by itself.
pub(super) fn removal_ui(ui: &mut Ui, cx: &Cx<'_>, value: Option<&str>) {
    let kind = Kind::of(value);
    let set = |condition: Condition| {
        let policy = Policy { condition, remove: None };
        cx.send(Intent::SetProperty(REMOVAL, Some(policy.to_string())));
    };
    ui.horizontal_wrapped(|ui| {
        ui.label("Removed");
        let combo = egui::ComboBox::from_id_salt("removal").width(200.0).selected_text(kind.words());
        let chosen = combo.show_ui(ui, |ui| {
            for choice in Kind::OFFERED {
                if ui.selectable_label(kind == choice, choice.words()).clicked() && kind != choice {
                    match choice.condition(cx.now()) {
                        Some(condition) => set(condition),
                        None => cx.send(Intent::SetProperty(REMOVAL, None)),
                    }
                }
            }
        });
        labelled(chosen.response, "When the topic is removed");
        if let Some(Ok(policy)) = value.map(Policy::parse).filter(|_| kind != Kind::Other) {
            condition_ui(ui, policy.condition, set);
        }
    });
    let Some(value) = value else { return };
    let mut text = value.to_owned();
    let edit = TextEdit::singleline(&mut text).font(egui::TextStyle::Monospace).desired_width(f32::INFINITY);
    if named(ui.add(edit), "Removal policy", &text).changed() {
        cx.send(Intent::SetProperty(REMOVAL, (!text.trim().is_empty()).then_some(text)));
    }
    if let Ok(policy) = Policy::parse(value) {
        sentence_ui(ui, &policy.sentence());
    }
}

/// The numbers of a condition.
fn condition_ui(ui: &mut Ui, condition: Condition, set: impl Fn(Condition)) {
    match condition {
        Condition::NoUpdates { lasting, after } => {
            ui.label("for");
            if let Some(lasting) = period_ui(ui, "without updates", lasting) {
                set(Condition::NoUpdates { lasting, after });
            }
        }
        Condition::Subscriptions { local, fewer_than, lasting, after } => {
            ui.label("fewer than");
            let mut few = fewer_than;
            let drag = DragValue::new(&mut few).range(1..=1_000_000);
            let changed = labelled(ui.add(drag), "Fewer subscriptions than").changed();
            ui.label("for");
            let lasting_now = period_ui(ui, "with few subscriptions", lasting);
            if changed || lasting_now.is_some() {
                let lasting = lasting_now.unwrap_or(lasting);
                set(Condition::Subscriptions { local, fewer_than: few, lasting, after });
            }
        }
        Condition::NoSession { local, filter, lasting, after } => {
            let mut text = filter.clone();
            let edit = TextEdit::singleline(&mut text).font(egui::TextStyle::Monospace).desired_width(190.0);
            let changed = named(ui.add(edit), "Session filter", &text).changed();
            ui.label("for");
            let shown = lasting.unwrap_or(Period { count: 0, unit: PeriodUnit::Minutes });
            let lasting_now = period_ui(ui, "without such a session", shown);
            if changed || lasting_now.is_some() {
                let lasting = lasting_now.or(lasting).filter(|period| period.count > 0);
                set(Condition::NoSession { local, filter: text, lasting, after });
            }
        }
        Condition::TimeAfter { .. } | Condition::SessionCloses | Condition::Any(_) | Condition::All(_) => {}
    }
}

/// A number and its unit; the new period if the user changed it.
fn period_ui(ui: &mut Ui, what: &str, period: Period) -> Option<Period> {
    let mut new = period;
    let least = u64::from(period.count > 0);
    labelled(ui.add(DragValue::new(&mut new.count).range(least..=100_000)), &format!("Time {what}"));
    let word = |unit: PeriodUnit, count: u64| format!("{}{}", unit.word(), if count == 1 { "" } else { "s" });
    let combo = egui::ComboBox::from_id_salt(("unit", what)).width(84.0).selected_text(word(new.unit, new.count));
    let response = combo.show_ui(ui, |ui| {
        for unit in PeriodUnit::ALL {
            ui.selectable_value(&mut new.unit, unit, word(unit, new.count));
        }
    });
    labelled(response.response, &format!("Unit of the time {what}"));
    (new != period).then_some(new)
}

/// Which events a time series keeps or sends.
pub(super) fn range_ui(ui: &mut Ui, cx: &Cx<'_>, property: &'static Property, of: TopicType, value: Option<&str>) {
    let parsed = value.map(Range::parse);
    let range = match &parsed {
        Some(Ok(range)) => Some(*range),
        _ => None,
    };
    let send = |range: Range| {
        let none = range.limit.is_none() && range.last.is_none();
        cx.send(Intent::SetProperty(property.key, (!none).then(|| range.to_string())));
    };
    let now = range.unwrap_or(Range { limit: None, last: None });
    ui.horizontal_wrapped(|ui| {
        let mut limited = now.limit.is_some();
        let name = |what: &str| format!("{what} of {}", property.key);
        if labelled(ui.checkbox(&mut limited, "At most"), &name("Number of events")).changed() {
            send(Range { limit: limited.then_some(10), ..now });
        }
        let mut limit = now.limit.unwrap_or(10);
        let drag = DragValue::new(&mut limit).range(1..=u64::MAX);
        if labelled(ui.add_enabled(limited, drag), &name("Most events")).changed() {
            send(Range { limit: Some(limit), ..now });
        }
        ui.label("events");
        ui.add_space(12.0);
        let mut lasting = now.last.is_some();
        if labelled(ui.checkbox(&mut lasting, "of the last"), &name("Age of events")).changed() {
            send(Range { last: lasting.then_some(Span { count: 1, unit: SpanUnit::Hours }), ..now });
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
                    ui.selectable_value(&mut span.unit, unit, word(unit, span.count));
                }
            });
            labelled(response.response, &name("Unit of the age"));
        });
        if span != before {
            send(Range { last: Some(span), ..now });
        }
    });
    match (range, parsed.is_some()) {
        (Some(range), _) => sentence_ui(ui, &format!("{}.", capital(&range.sentence()))),
        (None, true) => {}
        (None, false) => {
            // Where there is no default, the help says what happens.
            if let Some(default) = property.default_for(of).and_then(|text| Range::parse(text).ok()) {
                ui.label(theme::faint(ui, format!("By default {}", default.sentence())));
            }
        }
    }
}

/// What was built, in plain words.
fn sentence_ui(ui: &mut Ui, sentence: &str) {
    let tokens = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::tokens::space::XS;
        theme::icon(ui, Icon::Ok, 12.0, tokens.ok.strong);
        ui.label(egui::RichText::new(sentence).color(tokens.text));
    });
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Gives a field without a label its name.
fn named(response: Response, name: &str, text: &str) -> Response {
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    response
}

/// Gives a control whose name says too little its own.
fn labelled(response: Response, name: &str) -> Response {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}
