//! The form of a stream: topic, source of values, rate, recovery. What cannot be changed now is shown as it is.

use crate::data::{DataType, TopicType, shown};
use crate::model::letter_case::capitalized;
use crate::model::number;
use crate::model::update_streams::config::{Config, Field, Source};
use crate::model::update_streams::file_source::FileSource;
use crate::model::update_streams::{Act, Intent, Stream};
use crate::ui::cx::Cx;
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::form::{self, fact, group_heading};
use egui::{Response, Role, Ui, WidgetInfo};

/// Draws the form.
pub(super) fn form_ui(ui: &mut Ui, cx: &Cx<'_>, stream: &Stream) {
    let config = &stream.config;
    if stream.can_move() {
        group_heading(ui, "Topic");
        topic_ui(ui, cx, stream);
    } else if stream.is_active() {
        fact(ui, "Topic", theme::mono(format!("{}, {}", shown(stream.path()), type_words(config))));
    }
    if stream.can_tune() {
        group_heading(ui, "Values");
        values_ui(ui, cx, stream);
    } else if stream.is_active() && config.source != Source::Hand {
        fact(ui, "Sends", capitalized(&config.sentence(stream.lines.as_ref())));
        if config.source == Source::Lines
            && let Some(lines) = &stream.lines
        {
            let (taken, all) = (number::grouped(lines.taken() as u64), number::grouped(lines.len() as u64));
            fact(ui, "Line", format!("{taken} of {all}"));
        }
    }
    if stream.can_move() {
        group_heading(ui, "Cluster");
        recovery_ui(ui, cx, stream);
    }
}

fn type_words(config: &Config) -> String {
    match config.topic_type {
        TopicType::TimeSeries => format!("TIME_SERIES of {}", config.event_type.topic_type().name()),
        other => other.name().to_owned(),
    }
}

fn topic_ui(ui: &mut Ui, cx: &Cx<'_>, stream: &Stream) {
    let config = &stream.config;
    let send = |act: Act| cx.send(Intent::Act(stream.id, act));
    field_ui(ui, cx, stream, Field::Path, "Path", "For example fx/EURUSD", true);
    if config.known.is_some() {
        form::Field::new("Type").hint("As the topic has it").show(ui, |ui| ui.label(theme::text(type_words(config))));
    } else {
        form::Field::new("Type").show(ui, |ui| {
            let combo = egui::ComboBox::from_id_salt(("type", stream.id)).selected_text(config.topic_type.name());
            let response = combo.show_ui(ui, |ui| {
                for choice in crate::ui::dialogs::new_topic::TYPES {
                    if ui.selectable_label(config.topic_type == choice, theme::text(choice.name())).clicked() {
                        send(Act::SetType(choice));
                    }
                }
            });
            named(response.response, "Type of the topic")
        });
        if config.topic_type == TopicType::TimeSeries {
            form::Field::new("Events").show(ui, |ui| {
                let name = config.event_type.topic_type().name();
                let combo = egui::ComboBox::from_id_salt(("events", stream.id)).selected_text(name);
                let response = combo.show_ui(ui, |ui| {
                    for choice in DataType::ALL {
                        let words = choice.topic_type().name();
                        if ui.selectable_label(config.event_type == choice, theme::text(words)).clicked() {
                            send(Act::SetEventType(choice));
                        }
                    }
                });
                named(response.response, "Type of the events")
            });
        }
    }
    let mut creates = config.creates;
    if ui.checkbox(&mut creates, "Create the topic if it is absent").changed() {
        send(Act::SetCreates(creates));
    }
}

fn values_ui(ui: &mut Ui, cx: &Cx<'_>, stream: &Stream) {
    let config = &stream.config;
    let send = |act: Act| cx.send(Intent::Act(stream.id, act));
    form::Field::new("Source").show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for source in Source::ALL {
                let fits = !(source.is_numeric() && config.data_type() == DataType::Binary);
                let label = egui::Button::selectable(config.source == source, theme::text(source.name()));
                let response = ui.add_enabled(fits, label);
                let response = response.on_disabled_hover_text("Numbers do not become BINARY values");
                if response.clicked() && config.source != source {
                    send(Act::SetSource(source));
                }
            }
        })
        .response
    });
    if config.source == Source::Lines {
        lines_ui(ui, cx, stream);
    }
    if config.source == Source::Hand {
        ui.label(theme::muted(ui, "You write each value and send it once the stream is started"));
    }
    for field in config.fields() {
        let (label, hint) = words(field, config.data_type());
        field_ui(ui, cx, stream, field, label, hint, field == Field::Template);
    }
}

/// Label and hint of a field.
const fn words(field: Field, data_type: DataType) -> (&'static str, &'static str) {
    match field {
        Field::Path => ("Path", ""),
        Field::Start | Field::WalkStart => ("First number", ""),
        Field::Step => ("Step", "Added each time"),
        Field::Centre => ("Centre", ""),
        Field::Amplitude => ("Amplitude", "How far up and down"),
        Field::Period => ("Period", "Seconds until it begins again"),
        Field::WalkStep => ("Largest step", "Up or down each time"),
        Field::Seed => ("Seed", "The same seed gives the same walk"),
        Field::Decimals => ("Decimals", "Digits after the point"),
        Field::Template => match data_type {
            DataType::Json => ("JSON", "${value} becomes the number, for example {\"bid\":${value}}"),
            DataType::RecordV2 => ("Record", "${value} becomes the number; as JSON: [[\"field\",\"${value}\"]]"),
            _ => ("Text", "${value} becomes the number"),
        },
        Field::Rate => ("Rate", "Updates a second, from 0.1 to 1,000"),
        Field::Interval => ("Wait", "Milliseconds before each attempt"),
        Field::Attempts => ("Attempts", "Before the stream is given up"),
    }
}

fn lines_ui(ui: &mut Ui, cx: &Cx<'_>, stream: &Stream) {
    let tokens = Tokens::of(ui);
    let send = |act: Act| cx.send(Intent::Act(stream.id, act));
    let file = stream.lines.as_ref().map(|lines| lines.file.as_str());
    form::Field::new("File").error(stream.problem.as_deref()).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            let button = ui.button("Choose file…");
            if button.on_hover_text("Text with one value a line; at most 4 MiB").clicked() {
                send(Act::ChooseFile);
            }
            match file {
                Some(file) => ui.label(theme::mono(number::middle_cut(file, 40))),
                None => ui.label(theme::muted(ui, "One value a line; empty lines are left out")),
            };
        })
        .response
    });
    if let Some(lines) = &stream.lines {
        let good = number::count_of(lines.len() as u64, "value", "values");
        ui.label(theme::muted(ui, format!("{good}, next is {}", number::grouped(lines.taken() as u64 + 1))));
        bad_lines_ui(ui, lines, stream.config.data_type(), tokens);
    }
    let mut repeats = stream.config.repeats;
    if ui.checkbox(&mut repeats, "Begin again after the last line").changed() {
        send(Act::SetRepeats(repeats));
    }
}

/// Lines that stand for no value, with their numbers.
fn bad_lines_ui(ui: &mut Ui, lines: &FileSource, data_type: DataType, tokens: &Tokens) {
    if lines.bad_count == 0 {
        return;
    }
    let count = number::count_of(lines.bad_count as u64, "line is", "lines are");
    let title = format!("{count} no {} value and left out", data_type.topic_type().name());
    ui.label(theme::text(title).color(tokens.warn.strong).size(text::SMALL));
    for (line, why) in lines.bad.iter().take(5) {
        ui.label(theme::faint(ui, format!("Line {}: {why}", number::grouped(*line as u64))));
    }
    if lines.bad_count > 5 {
        ui.label(theme::faint(ui, format!("and {} more", number::grouped(lines.bad_count as u64 - 5))));
    }
}

fn recovery_ui(ui: &mut Ui, cx: &Cx<'_>, stream: &Stream) {
    let mut recovers = stream.config.recovers;
    let words = "Make the stream anew if the cluster cannot route it";
    let response = ui.checkbox(&mut recovers, theme::text(words));
    if response.on_hover_text("On CLUSTER_ROUTING; values without an answer are sent again in order").changed() {
        cx.send(Intent::Act(stream.id, Act::SetRecovers(recovers)));
    }
    if recovers {
        for field in [Field::Interval, Field::Attempts] {
            let (label, hint) = self::words(field, stream.config.data_type());
            field_ui(ui, cx, stream, field, label, hint, false);
        }
    }
}

fn field_ui(ui: &mut Ui, cx: &Cx<'_>, stream: &Stream, field: Field, label: &str, hint: &str, mono: bool) {
    let mut content = stream.config.text(field).to_owned();
    let untouched = field == Field::Path && content.is_empty();
    let problem = stream.config.problem(field).filter(|_| !untouched);
    let hint = if field == Field::Path && !content.is_empty() { "" } else { hint };
    let form = form::Field::new(label).hint(hint).error(problem.as_deref());
    let response = ui
        .push_id((stream.id, field as usize), |ui| {
            ui.set_max_width(ui.available_width().min(560.0));
            if mono { form.mono(ui, &mut content) } else { form.text(ui, &mut content) }
        })
        .inner;
    if response.changed() {
        cx.send(Intent::Act(stream.id, Act::Type(field, content)));
    }
    ui.add_space(space::XXS);
}

fn named(response: Response, name: &str) -> Response {
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, theme::spoken(name)));
    response
}
