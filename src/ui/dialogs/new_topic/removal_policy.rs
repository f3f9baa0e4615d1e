//! The builder of a removal policy: a row per condition, what is removed, and the same as text and as a sentence.

use super::builders::{labelled, named, period_ui, sentence_ui};
use super::error_ui;
use crate::data::SyntaxError;
use crate::data::TopicPath;
use crate::data::property::REMOVAL;
use crate::data::removal_policy::rows::{ConditionKind, ConditionRow, Draft, DraftState, Join, Rows, time_in};
use crate::data::removal_policy::{Condition, Period, PeriodUnit, RULES};
use crate::data::{Timestamp, TopicSelector};
use crate::model::letter_case::capitalized;
use crate::model::new_topic::Intent;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::menu;
use egui::text::CCursor;
use egui::{Align, DragValue, Layout, TextEdit, Ui, vec2};

/// Room for the joining words at the left of the rows.
const JOIN_WIDTH: f32 = 66.0;

/// Moments that are offered, as seconds from now.
const LATER: [(&str, i64); 4] =
    [("In an hour", 3600), ("In a day", 86_400), ("In a week", 604_800), ("In 30 days", 2_592_000)];

/// What the builder remembers: the rows, also while they or the text are wrong.
#[derive(Default)]
pub(super) struct Builder {
    draft: Draft,
}

impl Builder {
    /// Draws the rows, the text and the sentence; `error` is what is wrong with the text.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, path: &str, value: Option<&str>, error: Option<&str>) {
        self.draft.follow(value);
        let mut rows = self.draft.rows().clone();
        match self.draft.state() {
            DraftState::TextOnly(why) => {
                note_ui(ui, &format!("This policy is shown as text only: {why}"));
            }
            DraftState::TextWrong(_) => {
                // What was readable last; it comes back to life with the text.
                ui.add_enabled_ui(false, |ui| rows_ui(ui, cx.now(), path, &mut rows, "Removed as written below"));
            }
            DraftState::Together | DraftState::RowsWrong => {
                rows_ui(ui, cx.now(), path, &mut rows, "Never removed by itself");
                if &rows != self.draft.rows() {
                    cx.send(Intent::SetProperty(REMOVAL, self.draft.set_rows(rows)));
                }
            }
        }
        let value = value.unwrap_or_default();
        text_ui(ui, cx, value, self.draft.state());
        if let Some(policy) = self.draft.policy() {
            sentence_ui(ui, &policy.sentence());
            if let Some(at) = policy.moment() {
                moment_ui(ui, cx.now(), at);
            }
        }
        match (self.draft.state(), error) {
            (DraftState::TextWrong(error), _) => {
                error_ui(ui, &capitalized(&error.located(value)));
                if !self.draft.rows().list.is_empty() {
                    ui.label(theme::faint(ui, "The rows show what could be read last"));
                }
            }
            // The rows say it at the place.
            (DraftState::RowsWrong, _) | (_, None) => {}
            (_, Some(error)) => error_ui(ui, error),
        }
    }
}

/// The rows, group by group, and what goes with them; `none` is said where there are none.
fn rows_ui(ui: &mut Ui, now: Timestamp, path: &str, rows: &mut Rows, none: &str) {
    ui.spacing_mut().item_spacing.y = 5.0;
    if rows.list.is_empty() {
        ui.horizontal(|ui| {
            ui.label(theme::text(none));
            add_ui(ui, now, rows);
        });
        return;
    }
    let mut gone = None;
    for group in rows.groups() {
        theme::well(ui).inner_margin(egui::Margin::symmetric(8, 5)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            for index in group {
                let out = row_ui(ui, now, rows, index);
                gone = gone.or(out.then_some(index));
            }
        });
    }
    ui.horizontal(|ui| add_ui(ui, now, rows));
    remove_ui(ui, path, rows);
    if let Some(gone) = gone {
        rows.take_out(gone);
    }
}

/// The button that adds a condition of a kind.
fn add_ui(ui: &mut Ui, now: Timestamp, rows: &mut Rows) {
    menu::sub_menu(ui, "Add condition", |ui| {
        for kind in ConditionKind::ALL {
            let free = !rows.is_taken(kind, None);
            let button = ui.add_enabled(free, egui::Button::new(theme::text(words(kind))));
            if button.on_disabled_hover_text("A policy can have this once only").clicked() {
                rows.add(kind, now);
            }
        }
    });
}

const fn words(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::NoUpdates => "it has no updates",
        ConditionKind::Subscriptions => "few sessions subscribe",
        ConditionKind::NoSession => "no session matches",
        ConditionKind::SessionCloses => "this session closes",
        ConditionKind::TimeAfter => "a time has come",
    }
}

/// The word between a row and the one before.
fn join_ui(ui: &mut Ui, index: usize, rows: &mut Rows) {
    let join = &mut rows.list[index].join;
    let name = format!("Word before condition {}", index + 1);
    let combo = egui::ComboBox::from_id_salt(("join", index)).width(JOIN_WIDTH - 2.0).selected_text(join.word());
    let response = combo.show_ui(ui, |ui| {
        for (choice, words) in [(Join::And, "and: both must hold"), (Join::Or, "or: one is enough")] {
            ui.selectable_value(join, choice, theme::text(words));
        }
    });
    labelled(response.response, &name);
}

/// One condition with the word before it; true if it is to be taken out.
fn row_ui(ui: &mut Ui, now: Timestamp, rows: &mut Rows, index: usize) -> bool {
    let mut out = false;
    ui.push_id(("condition", index), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            ui.set_max_height(26.0);
            out = icon_button(ui, Icon::Close, &format!("Take out condition {}", index + 1)).clicked();
            more_ui(ui, &mut rows.list[index], index);
            ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                let left_to_right = Layout::left_to_right(Align::Center);
                ui.allocate_ui_with_layout(vec2(JOIN_WIDTH, 24.0), left_to_right, |ui| {
                    ui.set_width(JOIN_WIDTH);
                    if index == 0 {
                        ui.label(theme::muted(ui, "when"));
                    } else {
                        join_ui(ui, index, rows);
                    }
                });
                ui.vertical(|ui| {
                    ui.horizontal(|ui| {
                        kind_ui(ui, now, rows, index);
                        condition_ui(ui, now, &mut rows.list[index], index);
                    });
                    extras_ui(ui, &mut rows.list[index], index);
                    if let Some(error) = rows.list[index].error() {
                        error_ui(ui, &error);
                    }
                });
            });
        });
    });
    out
}

fn kind_ui(ui: &mut Ui, now: Timestamp, rows: &mut Rows, index: usize) {
    let Some(kind) = ConditionKind::of(&rows.list[index].condition) else { return };
    let combo = egui::ComboBox::from_id_salt("kind").width(186.0).selected_text(words(kind));
    let response = combo.show_ui(ui, |ui| {
        for choice in ConditionKind::ALL {
            let free = !rows.is_taken(choice, Some(index));
            let item = ui.add_enabled(free, egui::Button::selectable(choice == kind, theme::text(words(choice))));
            if item.on_disabled_hover_text("A policy can have this once only").clicked() && choice != kind {
                rows.list[index].set(choice.proposal(now));
            }
        }
    });
    labelled(response.response, &format!("Condition {}", index + 1));
}

/// The numbers of a condition.
fn condition_ui(ui: &mut Ui, now: Timestamp, row: &mut ConditionRow, index: usize) {
    let of = format!("of condition {}", index + 1);
    match &mut row.condition {
        Condition::NoUpdates { lasting, .. } => lasting_ui(ui, lasting, &of),
        Condition::Subscriptions { fewer_than, lasting, .. } => {
            ui.label("fewer than");
            let least = (*fewer_than).min(1);
            labelled(ui.add(DragValue::new(fewer_than).range(least..=u32::MAX)), &format!("Subscriptions {of}"));
            lasting_ui(ui, lasting, &of);
        }
        Condition::NoSession { filter, .. } => {
            let edit = field(filter, ("removal filter", index)).desired_width(f32::INFINITY);
            named(ui.add(edit), &format!("Session filter {of}"), filter);
        }
        Condition::TimeAfter { .. } => {
            let mut text = row.moment();
            let edit = field(&mut text, ("removal moment", index)).desired_width(246.0);
            if named(ui.add(edit), &format!("Moment {of}"), &text).changed() {
                row.type_moment(&text);
            }
            let button = menu::sub_menu(ui, "Later", |ui| {
                for (words, secs) in LATER {
                    if ui.button(theme::text(words)).clicked() {
                        row.set(time_in(secs * 1000, now));
                    }
                }
            });
            labelled(button, &format!("Set the moment {of}"));
        }
        Condition::SessionCloses | Condition::Any(_) | Condition::All(_) => {}
    }
}

/// What a condition has besides, below its numbers.
fn extras_ui(ui: &mut Ui, row: &mut ConditionRow, index: usize) {
    let (local, lasting, after) = extras(&mut row.condition);
    if let Some(Some(lasting)) = lasting {
        ui.horizontal(|ui| lasting_ui(ui, lasting, &format!("of condition {}", index + 1)));
    }
    if let Some(Some(after)) = after {
        ui.horizontal(|ui| {
            ui.label(theme::muted(ui, "checked only from an age of the topic of"));
            let what = format!("before condition {} is checked", index + 1);
            if let Some(new) = period_ui(ui, &what, *after) {
                *after = new;
            }
        });
    }
    if local.is_some_and(|local| *local) {
        ui.label(theme::muted(ui, "only sessions of this server or cluster count"));
    }
}

/// A field whose id does not change with what is shown above it, so that it keeps the keyboard.
fn field(text: &mut String, id: impl std::hash::Hash + std::fmt::Debug) -> TextEdit<'_> {
    TextEdit::singleline(text).id(egui::Id::unique(id)).font(egui::TextStyle::Monospace)
}

fn lasting_ui(ui: &mut Ui, lasting: &mut Period, of: &str) {
    ui.label("for");
    if let Some(new) = period_ui(ui, of, *lasting) {
        *lasting = new;
    }
}

type Extras<'a> = (Option<&'a mut bool>, Option<&'a mut Option<Period>>, Option<&'a mut Option<Period>>);

/// What a condition may have besides: local only, a period that may be left out, and an age before.
const fn extras(condition: &mut Condition) -> Extras<'_> {
    match condition {
        Condition::NoUpdates { after, .. } => (None, None, Some(after)),
        Condition::Subscriptions { local, after, .. } => (Some(local), None, Some(after)),
        Condition::NoSession { local, lasting, after, .. } => (Some(local), Some(lasting), Some(after)),
        Condition::SessionCloses | Condition::TimeAfter { .. } | Condition::Any(_) | Condition::All(_) => {
            (None, None, None)
        }
    }
}

/// The menu of what is seldom needed.
fn more_ui(ui: &mut Ui, row: &mut ConditionRow, index: usize) {
    let (local, lasting, after) = extras(&mut row.condition);
    if after.is_none() {
        return;
    }
    let button = icon_button(ui, Icon::More, &format!("More of condition {}", index + 1));
    let popup = egui::Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    menu::popup(popup, |ui| {
        let minutes = |count| Period { count, unit: PeriodUnit::Minutes };
        let mut period = |period: &mut Option<Period>, words: &str, first: Period| {
            let mut on = period.is_some();
            if ui.checkbox(&mut on, theme::text(words)).changed() {
                *period = on.then_some(first);
            }
        };
        if let Some(lasting) = lasting {
            period(lasting, "It must last for a while", minutes(10));
        }
        if let Some(after) = after {
            period(after, "Checked only from an age of the topic on", Period { count: 1, unit: PeriodUnit::Hours });
        }
        if let Some(local) = local {
            ui.checkbox(local, "Only sessions of this server or cluster count");
        }
    });
}

/// What is removed, if not the topic itself.
fn remove_ui(ui: &mut Ui, path: &str, rows: &mut Rows) {
    let error = rows.remove_error();
    ui.horizontal(|ui| {
        ui.label("Remove instead");
        if error.is_some() {
            let colour = Tokens::of(ui).error.strong;
            let widgets = &mut ui.visuals_mut().widgets;
            for state in [&mut widgets.inactive, &mut widgets.hovered] {
                state.bg_stroke.color = colour;
            }
        }
        let edit = field(&mut rows.remove, "removal selector")
            .hint_text("this topic; or a selector such as ?branch//")
            .desired_width(f32::INFINITY);
        named(ui.add(edit), "Remove instead the topics that match", &rows.remove);
    });
    if let Some(error) = error {
        error_ui(ui, &error);
    } else if let (Ok(selector), Ok(path)) = (TopicSelector::parse(&rows.remove), TopicPath::parse(path))
        && !selector.selects(path.as_str())
    {
        note_ui(ui, "The selector does not match this topic, so the topic itself stays");
    }
}

/// The policy as text, with the place of an error marked.
fn text_ui(ui: &mut Ui, cx: &Cx<'_>, value: &str, state: &DraftState) {
    let tokens = Tokens::of(ui);
    let mut text = value.to_owned();
    let edit = field(&mut text, "removal text").hint_text("when …").desired_width(f32::INFINITY);
    let output = edit.show(ui);
    if let (DraftState::TextWrong(error), true) = (state, text == value) {
        mark(ui, &output, value, error, tokens.error.strong);
    }
    if named(output.response.response, "Removal policy", &text).changed() {
        cx.send(Intent::SetProperty(REMOVAL, (!text.trim().is_empty()).then_some(text)));
    }
}

/// Draws a line below the wrong part of the text.
fn mark(ui: &Ui, output: &egui::text_edit::TextEditOutput, text: &str, error: &SyntaxError, colour: egui::Color32) {
    let span = error.span(text, &RULES);
    let place = |byte: usize| {
        let chars = text.get(..byte).map_or(0, |before| before.chars().count());
        output.galley.pos_from_cursor(CCursor::new(chars)).translate(output.galley_pos.to_vec2())
    };
    let (from, to) = (place(span.start), place(span.end));
    let line = from.left()..=to.left().max(from.left() + 6.0);
    let painter = ui.painter().with_clip_rect(output.text_clip_rect.expand(2.0));
    painter.hline(egui::Rangef::new(*line.start(), *line.end()), from.bottom(), egui::Stroke::new(2.0, colour));
}

/// When a moment comes, in the user's time.
fn moment_ui(ui: &mut Ui, now: Timestamp, at: Timestamp) {
    let local = format::moment_short(at);
    if at > now {
        // Whole minutes, rounded up: a day that has just begun to run is a day.
        let secs = at.secs_since(now);
        let secs = if secs > 60.0 { (secs / 60.0).ceil() * 60.0 } else { secs };
        let words = format!("The time comes in {}: {local}", format::age(secs));
        ui.label(theme::faint(ui, words));
    } else {
        let words = format!("That time passed {} ago: {local}", format::age(now.secs_since(at)));
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = theme::tokens::space::XS;
            theme::icon(ui, Icon::Warning, 12.0, Tokens::of(ui).warn.strong);
            ui.label(theme::muted(ui, words));
        });
    }
}

fn note_ui(ui: &mut Ui, words: &str) {
    let tokens = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::tokens::space::XS;
        theme::icon(ui, Icon::Info, 12.0, tokens.text_muted);
        ui.label(theme::muted(ui, words));
    });
}
