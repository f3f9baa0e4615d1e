//! The form of a new topic, and of another specification for one that is there.

mod builders;
mod removal_policy;

use super::{WindowDialog, send_key};
use crate::data::property::{self, Allowed, Property};
use crate::data::{DataType, TopicType, shown};
use crate::model::error_text;
use crate::model::new_topic::{Conflict, Form, Hold, Intent, Kept, Purpose};
use crate::model::number;
use crate::model::{BlockReason, Connected};
use crate::ui::commands::{Target, topic};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi, FirstFocus};
use crate::ui::widgets::form::Field;
use crate::ui::widgets::states;
use egui::{Align, Id, Layout, TextEdit, Ui};

/// The groups of properties in the order in which they are offered.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Time series",
        &[
            property::TIME_SERIES_EVENT_VALUE_TYPE,
            property::TIME_SERIES_RETAINED_RANGE,
            property::TIME_SERIES_SUBSCRIPTION_RANGE,
        ],
    ),
    ("Retention", &[property::DONT_RETAIN_VALUE, property::PERSISTENT, property::SCHEMA, property::VALIDATE_VALUES]),
    (
        "Delivery",
        &[
            property::COMPRESSION,
            property::CONFLATION,
            property::PRIORITY,
            property::PUBLISH_VALUES_ONLY,
            property::TIDY_ON_UNSUBSCRIBE,
        ],
    ),
    ("Lifetime", &[property::REMOVAL, property::OWNER]),
];

/// The types in the order in which they are offered.
pub(in crate::ui) const TYPES: [TopicType; 7] = [
    TopicType::Json,
    TopicType::String,
    TopicType::Int64,
    TopicType::Double,
    TopicType::Binary,
    TopicType::RecordV2,
    TopicType::TimeSeries,
];

/// What the form remembers about how it looks.
#[derive(Default)]
pub(crate) struct NewTopic {
    removal: removal_policy::Builder,
}

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Create,
}

impl WindowDialog for NewTopic {
    const ID: &'static str = "new-topic";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, form)) = cx.connected().and_then(|c| Some((c, c.new_topic.form.as_ref()?))) else {
            return;
        };
        let output = Dialog::new(Self::ID, title(form)).width(700.0).keeps_text().show(ui, |dialog| {
            dialog.ui.horizontal(|ui| crate::ui::environment::server_ui(ui, connected));
            dialog.ui.add_space(10.0);
            dialog.body(|ui, first| self.form_ui(ui, cx, form, first));
            buttons_ui(dialog, cx, connected, form)
        });
        match output.answer_or(Answer::Cancel) {
            Some(Answer::Create) => cx.send(Intent::Create),
            Some(Answer::Cancel) => cx.send(Intent::Cancel),
            None => {}
        }
    }
}

impl NewTopic {
    fn form_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, form: &Form, first: &mut FirstFocus<'_>) {
        source_ui(ui, cx, form);
        if let Some(conflict) = &form.conflict {
            conflict_ui(ui, cx, form, conflict);
        }
        if let Some(failed) = &form.failed {
            failed_ui(ui, form, failed);
        }
        if let Purpose::Change(_) = form.purpose {
            change_ui(ui, form);
        } else {
            let mut path = form.path.clone();
            let error = form.path_error();
            // A path that is only begun is no mistake yet.
            let begun = path.is_empty() || path.ends_with('/') && !path.ends_with("//");
            let (hint, error) = match &error {
                Some(error) if begun => (error.as_str(), None),
                error => ("Parts are joined by “/”; upper and lower case differ", error.as_deref()),
            };
            let response = Field::new("Path").hint(hint).error(error).mono(ui, &mut path);
            if first.is_pending() {
                cursor_to_end(ui, response.id, &path);
            }
            first.give(&response);
            if response.changed() {
                cx.send(Intent::SetPath(path));
            }
            ui.add_space(4.0);
        }
        type_ui(ui, cx, form);
        for (title, keys) in GROUPS {
            group_ui(ui, cx, form, title, keys, &mut self.removal);
        }
        if !matches!(form.purpose, Purpose::Change(_)) {
            value_ui(ui, cx, form);
        }
    }
}

fn cursor_to_end(ui: &Ui, id: Id, text: &str) {
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let end = egui::text::CCursor::new(text.chars().count());
    state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
    state.store(ui.ctx(), id);
}

fn title(form: &Form) -> String {
    match &form.purpose {
        Purpose::New => "New topic".to_owned(),
        Purpose::Like(path) => format!("New topic like {}", shown(path.name())),
        Purpose::Change(path) => format!("Change the specification of {}", shown(path.name())),
    }
}

/// How the topic that is copied or changed is being read.
fn source_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form) {
    let tokens = Tokens::of(ui);
    let what = match &form.purpose {
        Purpose::New => return,
        Purpose::Like(path) | Purpose::Change(path) => format!("read “{path}”"),
    };
    if let Some((_, since)) = form.source.loading {
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(14.0));
            let secs = cx.now().secs_since(since).floor();
            ui.label(theme::muted(ui, format!("Reading its specification… {secs:.0} s")));
        });
    } else if let Some(error) = &form.source.error {
        let words = error_text::call(error, &what);
        let details = (!words.details.is_empty()).then_some(words.details.as_str());
        states::error_banner(ui, states::Failure { what: &words.summary, why: &words.remedy, act: None, details });
    } else if form.source.ready().is_some_and(Option::is_none) {
        let why = "This session may not see it, or it was removed";
        states::banner(ui, tokens.warn, Icon::Warning, "There is no topic at this path", why, |_| ());
    } else {
        return;
    }
    ui.add_space(8.0);
}

/// What a change of a specification means.
fn change_ui(ui: &mut Ui, form: &Form) {
    let tokens = Tokens::of(ui);
    ui.add(egui::Label::new(theme::mono(shown(&form.path))).wrap());
    ui.add_space(6.0);
    let value = match form.kept() {
        Kept::Nothing => "It has no value to keep",
        Kept::Value => "Its value is kept",
        Kept::Lost => "Its value is lost: the new type does not accept it",
        Kept::EventsLost => "All its events are lost",
    };
    let tint = if matches!(form.kept(), Kept::Lost | Kept::EventsLost) { tokens.warn } else { tokens.info };
    let icon = if matches!(form.kept(), Kept::Lost | Kept::EventsLost) { Icon::Warning } else { Icon::Info };
    let why = format!(
        "{value}. Subscribers see an unsubscription, then the new topic. If the server refuses the new specification, the old topic is put back"
    );
    states::banner(ui, tint, icon, "The topic is removed and added again", &why, |_| ());
    ui.add_space(8.0);
}

fn conflict_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form, conflict: &Conflict) {
    let tokens = Tokens::of(ui);
    let (title, why) = if conflict.differences.is_empty() {
        ("exists with this specification", "Nothing was changed")
    } else {
        ("exists with another specification", "Nothing was changed")
    };
    let title = format!("{} {title}", form.path);
    states::banner(ui, tokens.warn, Icon::Warning, &title, why, |_| ());
    ui.add_space(4.0);
    if !conflict.differences.is_empty() {
        egui::Grid::new("differences").num_columns(3).spacing([18.0, 4.0]).striped(true).show(ui, |ui| {
            for head in ["Difference", "There", "Mine"] {
                ui.label(theme::faint(ui, head));
            }
            ui.end_row();
            for difference in &conflict.differences {
                let side = |ui: &mut Ui, text: &Option<String>| match text {
                    Some(text) => ui.label(theme::mono(number::middle_cut(text, 34))).on_hover_text(theme::text(text)),
                    None => ui.label(theme::faint(ui, "not set")),
                };
                ui.label(theme::text(&difference.what));
                side(ui, &difference.there);
                side(ui, &difference.wanted);
                ui.end_row();
            }
        });
        ui.add_space(4.0);
    }
    ui.horizontal(|ui| {
        if ui.button("Use existing").clicked() {
            cx.send(Intent::UseExisting);
        }
        if ui.button("Edit mine").clicked() {
            cx.send(Intent::EditMine);
        }
    });
    ui.add_space(10.0);
}

fn failed_ui(ui: &mut Ui, form: &Form, failed: &crate::model::change::ChangeError) {
    let act = match form.purpose {
        Purpose::Change(_) => format!("change the specification of “{}”", form.path),
        _ => format!("add “{}”", form.path),
    };
    let words = error_text::change_failed(&act, failed);
    let details = (!words.details.is_empty()).then_some(words.details.as_str());
    states::error_banner(ui, states::Failure { what: &words.summary, why: &words.remedy, act: None, details });
    ui.add_space(8.0);
}

fn type_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form) {
    let hint = type_hint(form.topic_type);
    Field::new("Type").hint(hint).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for topic_type in TYPES {
                let chosen = form.topic_type == topic_type;
                if ui.selectable_label(chosen, theme::text(topic_type.name())).clicked() && !chosen {
                    cx.send(Intent::SetType(topic_type));
                }
            }
        })
        .response
    });
}

const fn type_hint(topic_type: TopicType) -> &'static str {
    match topic_type {
        TopicType::Json => "Any JSON; updates travel as the changed parts",
        TopicType::String => "Text, or no value",
        TopicType::Int64 => "A whole number of 64 bits, or no value",
        TopicType::Double => "A floating-point number of 64 bits, or no value",
        TopicType::Binary => "Any bytes",
        TopicType::RecordV2 => "Records of text fields, with a schema if you give one",
        TopicType::TimeSeries => "Events with sequence, time and author",
        TopicType::Unknown => "",
    }
}

fn group_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form, title: &str, keys: &[&str], removal: &mut removal_policy::Builder) {
    let of_type = |key: &&str| Property::find(key).filter(|p| p.has_effect(form.topic_type));
    let properties: Vec<&'static Property> = keys.iter().filter_map(of_type).collect();
    if properties.is_empty() {
        return;
    }
    let set = properties.iter().filter(|p| form.properties.contains_key(p.key)).count();
    let wrong = properties.iter().any(|p| form.property_error(p).is_some());
    let words = if set == 0 { title.to_owned() } else { format!("{title} · {set} set") };
    ui.add_space(4.0);
    let open = title == "Time series" || set > 0;
    egui::CollapsingHeader::new(theme::strong(words))
        .id_salt((title, form.topic_type == TopicType::TimeSeries, form.source.value.is_some()))
        .default_open(open)
        .open(wrong.then_some(true))
        .show(ui, |ui| {
            for property in properties {
                property_ui(ui, cx, form, property, removal);
                ui.add_space(4.0);
            }
        });
}

fn property_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    form: &Form,
    property: &'static Property,
    removal: &mut removal_policy::Builder,
) {
    let tokens = Tokens::of(ui);
    let value = form.properties.get(property.key);
    let error = form.property_error(property);
    let name_colour = if value.is_some() { tokens.text } else { tokens.text_muted };
    let label =
        |ui: &mut Ui| ui.label(theme::mono(property.key).color(name_colour)).on_hover_text(theme::text(property.help));
    match property.allowed {
        Allowed::Boolean | Allowed::Choice(_) => {
            ui.horizontal(|ui| {
                let label = label(ui);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    choice_ui(ui, cx, form, property).labelled_by(label.id);
                });
            });
        }
        Allowed::Owner => {
            label(ui);
            builders::owner_ui(ui, cx, value.map(String::as_str));
        }
        Allowed::Removal => {
            label(ui);
            removal.ui(ui, cx, &form.path, value.map(String::as_str), error.as_deref());
        }
        Allowed::Range => {
            label(ui);
            builders::range_ui(ui, cx, property, form.topic_type, value.map(String::as_str));
        }
        Allowed::Schema => {
            let label = label(ui);
            let mut text = value.cloned().unwrap_or_default();
            let edit = TextEdit::multiline(&mut text)
                .font(egui::TextStyle::Monospace)
                .hint_text("{\"records\":[…]}")
                .desired_rows(3)
                .desired_width(f32::INFINITY);
            if ui.add(edit).labelled_by(label.id).changed() {
                cx.send(Intent::SetProperty(property.key, (!text.trim().is_empty()).then_some(text)));
            }
        }
    }
    match error {
        // The builder says it at the place.
        Some(_) if property.allowed == Allowed::Removal => {}
        Some(error) => error_ui(ui, &error),
        None => {
            ui.label(theme::faint(ui, property.help));
        }
    }
}

/// What is wrong, at its place.
pub(super) fn error_ui(ui: &mut Ui, error: &str) {
    let tokens = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::tokens::space::XS;
        theme::icon(ui, Icon::Error, 12.0, tokens.error.strong);
        ui.label(theme::text(error).size(theme::tokens::text::SMALL).color(tokens.error.strong));
    });
}

fn choice_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form, property: &'static Property) -> egui::Response {
    let value = form.properties.get(property.key);
    let default = property.default_for(form.topic_type);
    let not_set = default.map_or_else(|| "Choose".to_owned(), |default| format!("{default} (default)"));
    egui::ComboBox::from_id_salt(property.key)
        .width(180.0)
        .selected_text(value.cloned().unwrap_or_else(|| not_set.clone()))
        .show_ui(ui, |ui| {
            if default.is_some() && ui.selectable_label(value.is_none(), theme::text(not_set)).clicked() {
                cx.send(Intent::SetProperty(property.key, None));
            }
            for choice in property.choices(form.topic_type) {
                if ui.selectable_label(value.is_some_and(|v| v == choice), theme::text(*choice)).clicked() {
                    cx.send(Intent::SetProperty(property.key, Some((*choice).to_owned())));
                }
            }
        })
        .response
}

fn value_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form) {
    let Some(data_type) = form.data_type() else { return };
    ui.add_space(8.0);
    let mut with_value = form.with_value;
    if ui.checkbox(&mut with_value, "Set a first value").changed() {
        cx.send(Intent::SetWithValue(with_value));
    }
    if !form.with_value {
        return;
    }
    let mut text = form.value.clone();
    let rows = if matches!(data_type, DataType::Int64 | DataType::Double) { 1 } else { 4 };
    let edit = TextEdit::multiline(&mut text)
        .font(egui::TextStyle::Monospace)
        .hint_text(theme::text(value_hint(data_type)))
        .desired_rows(rows)
        .desired_width(f32::INFINITY);
    let response = ui.add(edit);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "First value");
        info.current_text_value = Some(text.clone());
        info
    });
    if response.changed() {
        cx.send(Intent::SetValue(text.clone()));
    }
    match form.first_value() {
        Err(error) if !form.value.is_empty() => error_ui(ui, &error),
        Ok(Some(bytes)) => {
            ui.label(theme::faint(ui, format!("{} encoded", number::size(bytes.len() as u64))));
        }
        _ => {}
    }
}

const fn value_hint(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Json => "{\"bid\": 1.0842}",
        DataType::String => "Text",
        DataType::Int64 => "42",
        DataType::Double => "1.0842",
        DataType::Binary => "hex:cafe or base64:yv4=",
        DataType::RecordV2 => "[[\"field\", \"field\"]]",
    }
}

fn buttons_ui(dialog: &mut DialogUi<'_>, cx: &Cx<'_>, connected: &Connected, form: &Form) -> Option<Answer> {
    let hold = form.hold(connected, cx.now());
    let act = if matches!(form.purpose, Purpose::Change(_)) { "Remove and add again" } else { "Create topic" };
    let why = |ui: &mut Ui| {
        if let Some(hold @ (Hold::Blocked(_) | Hold::Same)) = hold {
            theme::icon(ui, Icon::Info, 13.0, Tokens::of(ui).text_muted);
            ui.add(egui::Label::new(theme::muted(ui, hold.sentence())).wrap());
        }
        if form.purpose == Purpose::New && !form.busy && hold != Some(Hold::Blocked(BlockReason::ReadOnly)) {
            let many = ui.button("From a list…").on_hover_text("Create many topics from CSV or JSON");
            if many.clicked() {
                cx.send(Intent::Cancel);
                topic::FROM_LIST.run_on(&Target::current(cx));
            }
        }
        if form.busy {
            ui.add(egui::Spinner::new().size(14.0));
            ui.label(theme::muted(ui, "Waiting for the server…"));
        }
    };
    let dangerous = matches!(form.purpose, Purpose::Change(_));
    let create =
        Button::main(dangerous, act, Answer::Create).key(send_key(dialog, cx)).unless(hold.map(Hold::sentence));
    dialog.buttons(why, &[Button::safe("Cancel", Answer::Cancel), create])
}
