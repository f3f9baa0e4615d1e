//! The user's subscriptions: one line for each selector, below them the joined table of topics.

use super::{Group, Panel, Place};
use crate::data::TopicSelector;
use crate::model::error_text;
use crate::model::number;
use crate::model::subscriptions::{Intent, Row, State, Subscription, Subscriptions as Facts};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::badge;
use crate::ui::widgets::rows::{RowFacts, Rows, RowsState, motion};
use crate::ui::widgets::table::paint_line;
use egui::{Align, Align2, Key, Layout, Rect, Sense, TextEdit, Ui, pos2, vec2};

/// A column of the joined table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Path,
    Type,
    Value,
    Size,
    Rate,
    Age,
}

/// Each column with its width; none for those that share the rest, and the width from which on it is shown.
const COLUMNS: [(Column, &str, Option<f32>, f32); 6] = [
    (Column::Path, "Path", None, 0.0),
    (Column::Type, "Type", Some(72.0), 380.0),
    (Column::Value, "Value", None, 0.0),
    (Column::Size, "Size", Some(72.0), 560.0),
    (Column::Rate, "Received", Some(80.0), 300.0),
    (Column::Age, "Age", Some(60.0), 0.0),
];

/// How the panel looks.
#[derive(Default)]
pub struct Subscriptions {
    text: String,
    rows: RowsState,
    selected: Option<String>,
    sort: Option<(Column, bool)>,
    order: Vec<usize>,
    ordered_at: Option<(u64, f64)>,
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
        for subscription in &facts.list {
            line_ui(ui, cx, subscription);
        }
        ui.separator();
        self.table_ui(ui, cx, facts);
    }
}

impl Subscriptions {
    fn add_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts) {
        let tokens = Tokens::of(ui);
        let wrong = if self.text.trim().is_empty() { None } else { TopicSelector::parse(self.text.trim()).err() };
        super::toolbar_ui(ui, |ui| {
            let edit = TextEdit::singleline(&mut self.text)
                .hint_text("Topic selector, for example ?sports//")
                .font(egui::TextStyle::Monospace)
                .desired_width((ui.available_width() - 230.0).clamp(120.0, 420.0));
            let response = ui.add(edit);
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Topic selector to subscribe"));
            let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            let usable = !self.text.trim().is_empty() && wrong.is_none();
            if (ui.add_enabled(usable, egui::Button::new("Subscribe")).clicked() || entered) && usable {
                cx.send(Intent::Add(std::mem::take(&mut self.text)));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if facts.frozen.is_some() {
                    if ui.button("Resume").clicked() {
                        cx.send(Intent::SetFrozen(false));
                    }
                } else if ui.add_enabled(!facts.list.is_empty(), egui::Button::new("Freeze")).clicked() {
                    cx.send(Intent::SetFrozen(true));
                }
            });
        });
        if let Some(at) = facts.frozen {
            ui.horizontal(|ui| {
                ui.add_space(8.0);
                let since = facts.total_updates().saturating_sub(at);
                let text = format!("frozen · {} arrived since", number::grouped(since));
                ui.label(egui::RichText::new(text).color(tokens.info.strong));
            });
        }
        let wrong = wrong.map(|error| (self.text.trim().to_owned(), error));
        if let Some((text, error)) = wrong.or_else(|| facts.error.clone().filter(|_| self.text.is_empty())) {
            ui.horizontal_wrapped(|ui| {
                ui.add_space(10.0);
                ui.label(egui::RichText::new(error.located(&text)).color(tokens.error.strong));
                if let Some(better) = error.suggestion
                    && ui.button(format!("Use {better}")).clicked()
                {
                    self.text = better;
                }
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
        let frozen = std::mem::take(&mut self.frozen);
        let rows: &[Row] = if facts.frozen.is_some() { &frozen } else { &facts.rows };
        if rows.is_empty() {
            nothing_ui(ui, facts);
            self.frozen = frozen;
            return;
        }
        self.arrange(ui, facts, rows);
        self.header_ui(ui);
        if facts.beyond > 0 {
            ui.label(theme::faint(
                ui,
                format!("{} more topics are counted but not listed", number::grouped(facts.beyond)),
            ));
        }
        let order = std::mem::take(&mut self.order);
        let (selected, mut picked) = (self.selected.clone(), None);
        let output = Rows::new("Subscribed topics", order.len()).table().show(ui, &mut self.rows, |ui, row| {
            if let Some(facts) = order.get(row.index).and_then(|at| rows.get(*at)) {
                let chosen = selected.as_deref() == Some(facts.path.as_str());
                let name = format!(
                    "{}, {}, {}",
                    facts.path,
                    facts.spec.topic_type.name(),
                    number::rate(facts.updates_per_sec)
                );
                let response = row.interact(ui, &name, RowFacts { selected: chosen, ..RowFacts::default() });
                row_ui(ui, cx, row.rect, facts);
                if response.clicked() {
                    picked = Some(facts.path.clone());
                }
                context_ui(&response, cx, facts);
            }
        });
        if picked.is_some() {
            output.response.request_focus();
        }
        if output.response.has_focus() {
            let at =
                order.iter().position(|at| rows.get(*at).is_some_and(|r| Some(r.path.as_str()) == selected.as_deref()));
            if let Some(next) = motion(ui, at, order.len(), output.page) {
                self.rows.scroll_to(next, None);
                picked = order.get(next).and_then(|at| rows.get(*at)).map(|r| r.path.clone());
            }
        }
        self.order = order;
        self.frozen = frozen;
        if let Some(path) = picked {
            self.selected = Some(path.as_str().to_owned());
            cx.send(crate::model::inspector::Intent::Select(Some(path)));
        }
    }

    /// Sorts when rows come or go, and once a second for columns that move, but never under the pointer.
    fn arrange(&mut self, ui: &Ui, facts: &Facts, rows: &[Row]) {
        let now = ui.input(|i| i.time);
        let moving = matches!(self.sort, Some((Column::Rate | Column::Age | Column::Size | Column::Value, _)));
        let current = self.ordered_at.is_some_and(|(revision, at)| {
            let resting = !moving || now - at < 1.0 || ui.ui_contains_pointer();
            revision == facts.shape_revision && resting && self.order.len() == rows.len()
        });
        if current {
            return;
        }
        self.ordered_at = Some((facts.shape_revision, now));
        self.order = (0..rows.len()).collect();
        let Some((column, down)) = self.sort else { return };
        match column {
            Column::Path => self.order.sort_by(|a, b| rows[*a].path.cmp(&rows[*b].path)),
            Column::Type => self.order.sort_by_key(|at| rows[*at].spec.topic_type),
            Column::Value | Column::Size => {
                self.order.sort_by_key(|at| rows[*at].latest.as_ref().map_or(0, |l| l.value.len()));
            }
            Column::Rate => self.order.sort_by(|a, b| rows[*a].updates_per_sec.total_cmp(&rows[*b].updates_per_sec)),
            Column::Age => self.order.sort_by_key(|at| std::cmp::Reverse(rows[*at].latest.as_ref().map(|l| l.at))),
        }
        if down {
            self.order.reverse();
        }
    }

    fn header_ui(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::tokens::size::HEADER), Sense::hover());
        ui.painter().rect_filled(rect, 0, tokens.raised);
        for (column, title, cell) in cells(rect) {
            let response = ui.interact(cell, ui.scope_id().with(title), Sense::click());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ColumnHeader, true, title));
            let sorted = self.sort.filter(|(by, _)| *by == column);
            let mark = match sorted {
                Some((_, false)) => " ↑",
                Some((_, true)) => " ↓",
                None => "",
            };
            let colour = if response.hovered() || sorted.is_some() { tokens.text } else { tokens.text_muted };
            let font = theme::fonts::strong(theme::tokens::text::SMALL);
            let (at, align) = anchor(column, cell);
            ui.painter().text(at, align, format!("{title}{mark}"), font, colour);
            if response.clicked() {
                self.sort = match sorted {
                    None => Some((column, false)),
                    Some((_, false)) => Some((column, true)),
                    Some((_, true)) => None,
                };
                self.ordered_at = None;
            }
        }
    }
}

fn cells(rect: Rect) -> impl Iterator<Item = (Column, &'static str, Rect)> {
    let shown = move |needs: f32| rect.width() >= needs;
    let fixed: f32 = COLUMNS.iter().filter(|c| shown(c.3)).filter_map(|c| c.2).sum();
    let shared = (rect.width() - fixed).max(0.0);
    let mut left = rect.left();
    COLUMNS.into_iter().filter(move |c| shown(c.3)).map(move |(column, title, width, _)| {
        let width = width.unwrap_or(shared * if column == Column::Path { 0.46 } else { 0.54 });
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width;
        (column, title, cell.shrink2(vec2(8.0, 0.0)))
    })
}

fn anchor(column: Column, cell: Rect) -> (egui::Pos2, Align2) {
    match column {
        Column::Size | Column::Rate | Column::Age => (cell.right_center(), Align2::RIGHT_CENTER),
        _ => (cell.left_center(), Align2::LEFT_CENTER),
    }
}

fn row_ui(ui: &mut Ui, cx: &Cx<'_>, rect: Rect, row: &Row) {
    let tokens = Tokens::of(ui);
    let strong = if row.ended.is_some() { tokens.text_faint } else { tokens.text };
    let mono = theme::fonts::mono(theme::tokens::text::MONO);
    let body = egui::FontId::proportional(theme::tokens::text::BODY);
    for (column, _, cell) in cells(rect) {
        let right = |text: &str| paint_line(ui, cell, text, tokens.text_muted, body.clone(), true);
        match column {
            Column::Path => {
                // Cut in the middle: siblings differ at the end.
                let fits = (cell.width() / 8.0) as usize;
                let path = number::middle_cut(row.path.as_str(), fits.max(8));
                paint_line(ui, cell, &path, strong, body.clone(), false);
            }
            Column::Type => {
                let painter = ui.painter().with_clip_rect(cell.intersect(ui.clip_rect()));
                badge::paint_type(&painter, tokens, cell.left_center(), row.spec.topic_type);
            }
            Column::Value => {
                let text = match (&row.ended, &row.latest) {
                    (Some((_, why)), _) => error_text::unsubscribed(*why).to_owned(),
                    (None, Some(latest)) => crate::data::value::preview(&row.spec, &latest.value, 160),
                    (None, None) => "no value yet".to_owned(),
                };
                let colour = if row.latest.is_some() { strong } else { tokens.text_faint };
                paint_line(ui, cell, &text, colour, mono.clone(), false);
            }
            Column::Size => {
                if let Some(latest) = &row.latest {
                    right(&number::size(latest.value.len() as u64));
                }
            }
            Column::Rate => {
                let text = if row.updates_per_sec > 0.0 { number::rate(row.updates_per_sec) } else { "–".into() };
                right(&text);
            }
            Column::Age => {
                if let Some(latest) = &row.latest {
                    right(&format::age(cx.now().secs_since(latest.at)));
                }
            }
        }
    }
}

fn context_ui(response: &egui::Response, cx: &Cx<'_>, row: &Row) {
    response.context_menu(|ui| {
        if ui.button("Copy path").clicked() {
            cx.send(crate::model::Intent::Copy(row.path.as_str().to_owned()));
            ui.close();
        }
        if let Some(latest) = &row.latest {
            crate::ui::dialogs::copy_as::value_items_ui(ui, cx, &row.path, &row.spec, &latest.value, latest.at);
        }
        crate::ui::dialogs::copy_as::menu_ui(ui, cx, std::slice::from_ref(&row.path));
        if ui.button("Show in the tree").clicked() {
            cx.send(crate::model::topics::Intent::Reveal(row.path.clone()));
            ui.close();
        }
    });
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

fn line_ui(ui: &mut Ui, cx: &Cx<'_>, subscription: &Subscription) {
    let tokens = Tokens::of(ui);
    let wide = ui.available_width() > 480.0;
    let paint = |ui: &mut Ui, text: egui::RichText, whole: &str| {
        ui.add(egui::Label::new(text).truncate()).on_hover_text(whole);
    };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = subscription.selector.expression();
            if icon_button(ui, Icon::Close, &format!("Remove subscription {name}")).clicked() {
                cx.send(Intent::Remove(subscription.id));
            }
            let paused = subscription.state == State::Paused;
            let (icon, words) = if paused { (Icon::Play, "Resume") } else { (Icon::Pause, "Pause") };
            if icon_button(ui, icon, &format!("{words} subscription {name}")).clicked() {
                cx.send(Intent::SetPaused(subscription.id, !paused));
            }
            if let State::Live(_) = subscription.state {
                let mut figures = format!(
                    "{} · {} received",
                    number::count_of(subscription.matched as u64, "topic", "topics"),
                    number::rate(subscription.updates_per_sec),
                );
                if wide {
                    figures = format!("{figures} · {}", number::byte_rate(subscription.bytes_per_sec));
                }
                ui.label(theme::muted(ui, figures));
            }
            // What is long is cut, so that it never runs into the figures.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add_space(8.0);
                let colour = tokens.series[subscription.id as usize % tokens.series.len()];
                let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                ui.painter().rect_filled(rect, 3, colour);
                let (text, colour) = match &subscription.state {
                    State::Asking => ("asking…".to_owned(), tokens.text_muted),
                    State::Live(since) => (format!("live since {}", format::clock(*since)), tokens.text_faint),
                    State::Paused => ("paused".to_owned(), tokens.warn.strong),
                    State::Failed(error) => (error_text::call(error, "subscribe").summary, tokens.error.strong),
                };
                ui.scope(|ui| {
                    ui.set_max_width(ui.available_width() * 0.6);
                    paint(ui, theme::mono(name), name);
                });
                paint(ui, egui::RichText::new(&text).color(colour).size(theme::tokens::text::SMALL), &text);
            });
        });
    });
}
