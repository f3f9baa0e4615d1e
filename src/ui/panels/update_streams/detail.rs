//! One stream: what can be done with it, what it has done, the value sent by hand, and its form.

use super::{form, status_text};
use crate::data::value::preview;
use crate::data::{TopicSpec, shown};
use crate::model::error_text;
use crate::model::letter_case::capitalized;
use crate::model::number;
use crate::model::safety::Mode;
use crate::model::update_streams::config::{Field, GuardChoice, Source};
use crate::model::update_streams::{Act, End, Intent, Question, Stage, Stream};
use crate::model::{BlockReason, Connected};
use crate::ui::commands::{key_text, window};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{self, Icon, Tokens, icon, icon_button};
use crate::ui::widgets::form::fact;
use crate::ui::widgets::layout;
use crate::ui::widgets::plot::sparkline_ui;
use crate::ui::widgets::states;
use egui::{Align, Layout, Role, TextEdit, Ui, WidgetInfo, vec2};

/// Draws the stream that is chosen.
pub(super) fn detail_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, stream: &Stream) {
    ui.spacing_mut().item_spacing.y = space::XS;
    acts_ui(ui, cx, connected, stream);
    if let Stage::Ended(end) = &stream.stage
        && let Some(words) = status_text::failure(end, stream.path())
    {
        failed_ui(ui, cx, connected, stream, end, &words);
    }
    if let Some(question) = &stream.question {
        question_ui(ui, cx, connected, stream, question);
    }
    if stream.counts.sent > 0 || stream.is_active() {
        ui.scope(|ui| counts_ui(ui, stream));
    }
    if stream.is_active() && stream.stage != Stage::Stopping {
        hand_ui(ui, cx, connected, stream);
    }
    ui.add_space(space::XXS);
    if matches!(stream.stage, Stage::Ended(_)) && stream.counts.acknowledged > 0 {
        // What it did comes first; how it was set up is looked at by who wants to change it.
        let title = theme::text("What it sends").color(Tokens::of(ui).text_muted);
        egui::CollapsingHeader::new(title).id_salt(("config", stream.id)).show_unindented(ui, |ui| {
            form::form_ui(ui, cx, stream);
        });
    } else {
        form::form_ui(ui, cx, stream);
    }
}

/// Why nothing can be sent now; none if it can.
fn blocked(cx: &Cx<'_>, connected: &Connected) -> Option<&'static str> {
    connected.block_reason(cx.now()).map(BlockReason::sentence)
}

/// How it stands, and what can be done.
fn acts_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, stream: &Stream) {
    let tokens = Tokens::of(ui);
    let send = |act: Act| cx.send(Intent::Act(stream.id, act));
    let blocked = blocked(cx, connected);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Trash, "Remove this stream").clicked() {
                send(Act::Remove);
            }
            ui.with_layout(Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
                let act = |ui: &mut Ui, button: egui::Button<'static>, why: Option<&str>, act: Act| {
                    let response = ui.add_enabled(why.is_none(), button);
                    if response.on_disabled_hover_text(theme::text(why.unwrap_or_default())).clicked() {
                        send(act);
                    }
                };
                match &stream.stage {
                    Stage::Ready | Stage::Ended(_) if stream.question.is_none() => {
                        let again = matches!(stream.stage, Stage::Ended(_));
                        let words = match (again, connected.safety.mode(cx.now())) {
                            (false, Mode::Confirm) => "Start…",
                            (false, _) => "Start",
                            (true, Mode::Confirm) => "Start again…",
                            (true, _) => "Start again",
                        };
                        let why = blocked.or(stream.incomplete());
                        act(ui, theme::primary_button(ui, words), why, Act::Start);
                        if again && stream.config.source != Source::Hand {
                            act(ui, egui::Button::new("From the beginning"), None, Act::Rewind);
                        }
                        if let Some(why) = why {
                            ui.label(theme::muted(ui, why));
                        }
                    }
                    Stage::Running => {
                        act(ui, egui::Button::new("Pause"), None, Act::Pause);
                        act(ui, egui::Button::new("Stop"), None, Act::Stop);
                    }
                    Stage::Paused(_) => {
                        let why = blocked.or(stream.incomplete());
                        act(ui, theme::primary_button(ui, "Resume"), why, Act::Resume);
                        if stream.config.source != Source::Hand {
                            act(ui, egui::Button::new("Send next value"), why, Act::Next);
                            act(ui, egui::Button::new("From the beginning"), None, Act::Rewind);
                        }
                        act(ui, egui::Button::new("Stop"), None, Act::Stop);
                    }
                    Stage::ByHand => {
                        act(ui, egui::Button::new("Check stream"), blocked, Act::Validate);
                        act(ui, egui::Button::new("Stop"), None, Act::Stop);
                    }
                    Stage::Ready | Stage::Ended(_) | Stage::Stopping => {}
                }
                let said = status_text::stage(stream, connected, cx.now());
                let colour = said.colour(tokens);
                icon(ui, said.icon, 12.0, colour);
                ui.label(theme::text(&said.text).color(colour));
            });
        });
    });
}

fn failed_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    connected: &Connected,
    stream: &Stream,
    end: &End,
    words: &error_text::ErrorText,
) {
    let details = (!words.details.is_empty()).then_some(words.details.as_str());
    let can_start = blocked(cx, connected).is_none() && stream.incomplete().is_none();
    // The button above does the same; this one stands where the text says it.
    let act = (matches!(end, End::Failed(_)) && can_start && ui.available_width() > 420.0).then_some("Try again");
    let failure = states::Failure { what: &words.summary, why: &words.remedy, act, details };
    if states::error_banner(ui, failure).act {
        cx.send(Intent::Act(stream.id, Act::Start));
    }
}

/// What is asked before it starts.
fn question_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, stream: &Stream, question: &Question) {
    let tokens = Tokens::of(ui);
    let send = |act: Act| cx.send(Intent::Act(stream.id, act));
    let path = stream.config.text(Field::Path).trim();
    let by_hand = stream.config.source == Source::Hand;
    let until = match stream.config.source {
        Source::Lines if !stream.config.repeats => "until the last line",
        _ => "until stopped",
    };
    let sentence = stream.config.sentence(stream.lines.as_ref());
    let well = theme::well(ui).inner_margin(egui::Margin::symmetric(12, 10));
    let shown = well.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 5.0;
        ui.label(theme::strong(format!("Set {} to {sentence}, {until}?", shown(path))));
        let series = if stream.config.topic_type == crate::data::TopicType::TimeSeries {
            "Each value becomes an event. "
        } else {
            ""
        };
        let once = if by_hand {
            "Each value goes without another question"
        } else {
            "The guard is checked once, at the start"
        };
        ui.label(theme::muted(ui, format!("{series}On {}. {once}", connected.name)));
        if let Some(lines) =
            stream.lines.as_ref().filter(|lines| stream.config.source == Source::Lines && lines.bad_count > 0)
        {
            let bad = number::count_of(lines.bad_count as u64, "line is", "lines are");
            ui.label(theme::text(format!("{bad} no value and left out")).color(tokens.warn.strong));
        }
        let twin = connected
            .update_streams
            .list
            .iter()
            .any(|other| other.id != stream.id && other.is_active() && other.path() == path);
        if twin {
            let text = "Your other stream of this topic becomes invalid: a topic has one stream";
            ui.label(theme::text(text).color(tokens.warn.strong));
        }
        let guard = |ui: &mut Ui, choice: GuardChoice, words: String, why: Option<&str>| {
            let radio = ui.add_enabled(why.is_none(), egui::RadioButton::new(question.guard == choice, words));
            if radio.on_disabled_hover_text(theme::text(why.unwrap_or_default())).clicked() {
                send(Act::SetGuard(choice));
            }
        };
        let seen = question.seen.as_ref().map(|value| {
            let spec = TopicSpec::new(stream.config.data_type().topic_type());
            format!("Only if the value is still the one I saw: {}", preview(&spec, value, 40))
        });
        guard(ui, GuardChoice::None, "Whatever is there".to_owned(), None);
        let unseen = seen.is_none().then_some("Select the topic first, so that its value is known here");
        let words = seen.unwrap_or_else(|| "Only if the value is still the one I saw".to_owned());
        guard(ui, GuardChoice::StillSeen, words, unseen);
        let nothing = if stream.config.creates { "Only if there is no topic" } else { "Only if there is no value" };
        guard(ui, GuardChoice::Nothing, nothing.to_owned(), None);
        ui.add_space(space::XXS);
        ui.horizontal(|ui| {
            let cancel = ui.button("Cancel");
            // The safe button is the one that the keyboard is at.
            if ui.memory(|memory| memory.focused().is_none()) {
                cancel.request_focus();
            }
            if cancel.clicked() {
                send(Act::Cancel);
            }
            let words = if by_hand { "Start stream" } else { "Start sending" };
            let why = blocked(cx, connected);
            let start = ui.add_enabled(why.is_none(), theme::primary_button(ui, words));
            if start.on_disabled_hover_text(theme::text(why.unwrap_or_default())).clicked() {
                send(Act::Confirm);
            }
        });
    });
    layout::scroll_to_new(ui, ui.scope_id().with(("question", stream.id)), shown.response.rect);
}

/// What it has done.
fn counts_ui(ui: &mut Ui, stream: &Stream) {
    let tokens = Tokens::of(ui);
    let counts = &stream.counts;
    if stream.numbers.len() > 1 {
        let values: Vec<f64> = stream.numbers.iter().copied().collect();
        let name = format!("The last {} numbers sent", values.len());
        theme::well(ui).show(ui, |ui| {
            sparkline_ui(ui, &name, &values, vec2(ui.available_width(), 44.0)).on_hover_text(theme::text(&name));
        });
    }
    let grouped = |n: u64| number::grouped(n);
    ui.spacing_mut().interact_size.y = 20.0;
    ui.spacing_mut().item_spacing.y = 2.0;
    let waiting = match stream.unanswered() {
        0 => String::new(),
        count => format!(", {} waiting", grouped(count as u64)),
    };
    let done = format!("{} sent, {} acknowledged{waiting}", grouped(counts.sent), grouped(counts.acknowledged));
    fact(ui, "Values", done);
    if counts.skipped > 0 {
        fact(ui, "Left out", theme::text(grouped(counts.skipped)).color(tokens.warn.strong)).on_hover_text(
            "Updates that were due while the window had no time, or too many had no answer; never made up for",
        );
    }
    if counts.merged > 0 {
        fact(ui, "Merged", grouped(counts.merged)).on_hover_text("Waiting values that a later one took the place of");
    }
    if counts.failed > 0 {
        fact(ui, "Failed", theme::text(grouped(counts.failed)).color(tokens.error.strong))
            .on_hover_text("Values that were not set, or of which nobody knows");
    }
    if let Some(rate) = stream.measured_per_sec() {
        fact(ui, "Rate", format!("{} acknowledged", number::rate(rate)));
    }
    if let Some(micros) = stream.last_micros {
        fact(ui, "Last round trip", format::micros(micros));
    }
    if counts.deltas > 0 {
        let share = number::percent(counts.carried_bytes as f64 / counts.value_bytes.max(1) as f64);
        let carried = number::size(counts.carried_bytes);
        let whole = number::size(counts.value_bytes);
        fact(ui, "Carried", format!("{carried} for values of {whole} ({share})"))
            .on_hover_text(theme::text(format!("{} of the values went as deltas", grouped(counts.deltas))));
    }
    if let Some(last) = &stream.last {
        let spec = TopicSpec::new(stream.data_type().topic_type());
        fact(ui, "Last value", theme::mono(preview(&spec, last, 120)))
            .on_hover_text(theme::text(format!("Sent at {}", format::moment(stream.last_at))));
    }
    if let Some(problem) = &stream.problem {
        ui.label(theme::text(format!("Left out: {problem}")).color(tokens.warn.strong).size(text::SMALL));
    }
}

/// The value that is sent by hand.
fn hand_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, stream: &Stream) {
    let tokens = Tokens::of(ui);
    let send = |act: Act| cx.send(Intent::Act(stream.id, act));
    let value = stream.hand_value();
    let wrong = value.as_ref().err().filter(|_| !stream.hand.is_empty());
    let why = blocked(cx, connected).or_else(|| value.is_err().then_some("Write a value of the topic's type first"));
    let id = ui.scope_id().with(("hand", stream.id));
    // Before the field sees it, which would begin a new line.
    let focused = ui.memory(|memory| memory.has_focus(id));
    let entered = focused && cx.pressed(ui, &window::SEND);
    let mut content = stream.hand.clone();
    ui.add_space(space::XXS);
    ui.horizontal_top(|ui| {
        let width = (ui.available_width() - 70.0).max(80.0);
        let hint = format!("A value of type {} to send by hand", stream.config.data_type().topic_type().name());
        let edit = ui
            .scope(|ui| {
                if wrong.is_some() {
                    let widgets = &mut ui.visuals_mut().widgets;
                    for state in [&mut widgets.inactive, &mut widgets.hovered] {
                        state.bg_stroke.color = tokens.error.strong;
                    }
                }
                let edit = TextEdit::multiline(&mut content).id(id).code_editor().desired_rows(1).desired_width(width);
                ui.add(edit.hint_text(theme::text(hint)))
            })
            .inner;
        let spoken = content.clone();
        edit.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::MultilineTextInput, true, "Value to send by hand");
            info.current_text_value = Some(spoken.clone());
            info
        });
        if edit.changed() {
            send(Act::SetHand(content));
        }
        let button = ui.add_enabled(why.is_none(), egui::Button::new("Send"));
        let button = button
            .on_hover_text(theme::text(key_text(ui, cx, &window::SEND)))
            .on_disabled_hover_text(theme::text(why.unwrap_or_default()));
        if (button.clicked() || entered) && why.is_none() {
            send(Act::Send);
        }
    });
    if let Some(wrong) = wrong {
        ui.label(theme::text(capitalized(wrong)).color(tokens.error.strong).size(text::SMALL));
    }
}
