//! The user's subscriptions: one line for each selector, below them the joined table of topics.

mod topics;

use super::{Group, Panel, Place};
use crate::data::{SyntaxError, TopicPath, TopicSelector};
use crate::model::error_text;
use crate::model::number;
use crate::model::subscriptions::{Intent, Row, State, Subscription, Subscriptions as Facts};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::add_bar::{AddBar, Problem};
use crate::ui::widgets::data_table::{DataTable, TableState};
use crate::ui::widgets::filter_box;
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::registered_list::{self, Registered, Stage};
use egui::{Align, Layout, Ui};
use topics::{COLUMNS, Col, Topics};

/// How the panel looks.
#[derive(Default)]
pub struct Subscriptions {
    text: String,
    table: TableState<TopicPath, Col>,
    frozen: Vec<Row>,
    frozen_since: Option<u64>,
}

impl Panel for Subscriptions {
    const ID: &'static str = "subscriptions";
    const TITLE: &'static str = "Subscriptions";
    const ICON: Icon = Icon::Bell;
    const GROUP: Group = Group::Topics;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = false;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = true;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let facts = &connected.subscriptions;
        self.add_ui(ui, cx, facts);
        if facts.list.is_empty() {
            let example = "Subscribe with a topic selector, for example ?Demo/markets//";
            format::empty_ui(ui, Icon::Info, "No subscriptions", example);
            return;
        }
        registered_list::list_ui(
            ui,
            "subscriptions",
            facts.list.iter(),
            |ui, s| line(ui, s),
            |ui, s| buttons_ui(ui, cx, s),
        );
        ui.separator();
        self.table_ui(ui, cx, facts);
    }
}

impl Subscriptions {
    fn add_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts) {
        let problem =
            |text: &str, error: SyntaxError| Problem { text: error.located(text), suggestion: error.suggestion };
        let bar = AddBar::new("Topic selector to subscribe", "Topic selector, for example ?sports//", "Subscribe")
            .failed(facts.error.clone().map(|(text, error)| problem(&text, error)));
        let check =
            |text: &str| TopicSelector::parse(text).map(|_| text.to_owned()).map_err(|error| problem(text, error));
        let added = bar.show(ui, &mut self.text, check, |ui| {
            if facts.frozen.is_some() {
                if ui.button("Resume").clicked() {
                    cx.send(Intent::SetFrozen(false));
                }
            } else if ui.add_enabled(!facts.list.is_empty(), egui::Button::new("Freeze")).clicked() {
                cx.send(Intent::SetFrozen(true));
            }
        });
        if let Some(text) = added {
            cx.send(Intent::Add(text));
        }
        if let Some(at) = facts.frozen {
            ui.horizontal(|ui| {
                ui.add_space(8.0);
                let since = facts.total_updates().saturating_sub(at);
                let text = format!("frozen · {} arrived since", number::grouped(since));
                ui.label(theme::text(text).color(Tokens::of(ui).info.strong));
            });
        }
    }

    fn table_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts) {
        if facts.frozen.is_none() {
            self.frozen.clear();
        } else if self.frozen_since != facts.frozen {
            self.frozen.clone_from(&facts.rows);
        }
        self.frozen_since = facts.frozen;
        let rows: &[Row] = if facts.frozen.is_some() { &self.frozen } else { &facts.rows };
        if rows.is_empty() {
            return nothing_ui(ui, facts);
        }
        let table = &mut self.table;
        tool_row(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(words) = summary(table, rows) {
                    ui.label(theme::muted(ui, words));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let id = filter_box::id_of(Self::ID);
                    table.filter_ui(ui, "Filter subscribed topics", "Filter by path, type or value", id);
                });
            });
        });
        if facts.beyond > 0 {
            ui.label(theme::faint(
                ui,
                format!("{} more topics are counted but not listed", number::grouped(facts.beyond)),
            ));
        }
        // Frozen rows have a revision of their own for each freezing.
        let revision = facts.frozen.map_or(facts.shape_revision, |at| at | 1 << 63);
        let source = Topics { cx, facts, rows, revision };
        let output = DataTable::new("subscribed-topics", "Subscribed topics", &COLUMNS).show(ui, table, &source);
        if let Some(row) = output.moved.and_then(|row| rows.get(row)) {
            cx.send(crate::model::inspector::Intent::Select(Some(row.path.clone())));
        }
    }
}

/// How many rows are selected, and what they receive together; nothing for a single one.
fn summary(table: &TableState<TopicPath, Col>, rows: &[Row]) -> Option<String> {
    if table.selected_count() < 2 {
        return None;
    }
    let selected = rows.iter().filter(|row| table.is_selected(&row.path));
    let (count, sum) = selected.fold((0u64, 0.0), |(count, sum), row| (count + 1, sum + row.updates_per_sec));
    Some(format!("{} selected · {} received", number::count_of(count, "topic", "topics"), number::rate(sum)))
}

/// Why the joined table is empty.
fn nothing_ui(ui: &mut Ui, facts: &Facts) {
    let states = || facts.list.iter().map(|s| &s.state);
    if let Some(State::Failed(error)) = states().next()
        && states().all(|state| matches!(state, State::Failed(_)))
    {
        format::failed_ui(ui, &error_text::call(error, "subscribe"));
    } else if states().all(|state| *state == State::Paused) {
        format::empty_ui(ui, Icon::Pause, "Paused", "Resume a subscription to receive its topics");
    } else if states().any(|state| *state == State::Asking) {
        format::empty_ui(ui, Icon::Ring, "Asking the server…", "Topics appear here as the server announces them");
    } else {
        let text = "Topics appear here as the server announces them. Topics your session may not read are never listed";
        format::empty_ui(ui, Icon::Info, "No topic matches", text);
    }
}

fn line<'a>(ui: &Ui, subscription: &'a Subscription) -> Registered<'a> {
    let tokens = Tokens::of(ui);
    let (state, stage) = match &subscription.state {
        State::Asking => ("asking…".to_owned(), Stage::Asking),
        State::Live(since) => (format!("live since {}", format::clock(*since)), Stage::Live),
        State::Paused => ("paused".to_owned(), Stage::Waiting),
        State::Failed(error) => (error_text::call(error, "subscribe").summary, Stage::Failed),
    };
    let mut figures = String::new();
    if let State::Live(_) = subscription.state {
        figures = format!(
            "{} · {} received",
            number::count_of(subscription.matched as u64, "topic", "topics"),
            number::rate(subscription.updates_per_sec),
        );
        if ui.available_width() > 480.0 {
            figures = format!("{figures} · {}", number::byte_rate(subscription.bytes_per_sec));
        }
    }
    let chip = tokens.series[subscription.id as usize % tokens.series.len()];
    let name = subscription.selector.expression();
    Registered { name, chip: Some(chip), state, colour: stage.colour(tokens), figures }
}

fn buttons_ui(ui: &mut Ui, cx: &Cx<'_>, subscription: &Subscription) {
    let name = subscription.selector.expression();
    if icon_button(ui, Icon::Close, &format!("Remove subscription {name}")).clicked() {
        cx.send(Intent::Remove(subscription.id));
    }
    let paused = subscription.state == State::Paused;
    let (icon, words) = if paused { (Icon::Play, "Resume") } else { (Icon::Pause, "Pause") };
    if icon_button(ui, icon, &format!("{words} subscription {name}")).clicked() {
        cx.send(Intent::SetPaused(subscription.id, !paused));
    }
}
