//! The topic tree: filter, favourites, and the rows in sight with their live values.

mod multi_select;
mod row;

use super::{Group, Panel, Place};
use crate::data::TopicPath;
use crate::data::display_text::shown_in_row;
use crate::model::error_text;
use crate::model::number;
use crate::model::topics::{Filtered, Intent, NodeId, Order, Topics, multi_select as model_checks};
use crate::model::{Connected, inspector, remove_topics};
use crate::ui::commands::{Target, tip, topic};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button, icon_toggle};
use crate::ui::widgets::filter_box::{self, FilterBox};
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::rows::{Rows, RowsState, motion};
use egui::{Align, Key, Modifiers, Rect, Ui, vec2};

/// How the tree looks.
#[derive(Default)]
pub struct TopicTree {
    rows: RowsState,
    cursor: Option<TopicPath>,
    filter: String,
    in_sight: Vec<TopicPath>,
    scrolled_to: Option<TopicPath>,
    /// Where a range of checked rows begins, while its other end moves.
    anchor: Option<TopicPath>,
}

/// What one row of the list stands for.
struct Line {
    node: NodeId,
    path: String,
}

impl Panel for TopicTree {
    const ID: &'static str = "topic-tree";
    const TITLE: &'static str = "Topics";
    const ICON: Icon = Icon::Tree;
    const GROUP: Group = Group::Topics;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = false;
    const PLACE: Place = Place::Left;
    const OPEN_AT_FIRST: bool = true;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        self.toolbar(ui, cx, connected);
        favourites_ui(ui, cx, connected);
        let topics = &connected.topics;
        self.follow(topics);
        let total = total_rows(topics);
        let root = topics.explore.branches.get("");
        if total == 0 {
            nothing_ui(ui, cx, connected);
            return;
        }
        if let Some((_, since)) = root.and_then(|b| b.pages.loading)
            && cx.now().secs_since(since) > 0.3
        {
            crate::ui::widgets::states::progress_line(ui, format::seconds(cx.now().secs_since(since)));
        }
        let mut in_sight = Vec::new();
        let mut acts = Vec::new();
        let (cursor, filtered) = (self.cursor.clone(), topics.filtered().is_some());
        let bottom = bottom_text(topics);
        let checks_bar = if topics.checks.is_empty() { 0.0 } else { multi_select::BAR };
        let space = if bottom.is_some() { 26.0 } else { 0.0 } + checks_bar;
        let area = Rect::from_min_max(
            ui.available_rect_before_wrap().min,
            ui.available_rect_before_wrap().max - vec2(0.0, space),
        );
        let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(area));
        let output = Rows::new("Topic tree", total).tree().show(&mut inner, &mut self.rows, |ui, row| {
            let Some(line) = line_at(topics, row.index) else { return };
            let selected = cursor.as_ref().is_some_and(|c| c.as_str() == line.path);
            if topics.tree.topic_type(line.node).is_some()
                && let Ok(path) = TopicPath::parse(&line.path)
            {
                in_sight.push(path);
            }
            row::row_ui(ui, cx, connected, &row, &line, selected, filtered, &mut acts);
        });
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.advance_cursor_after_rect(area);
        if let Some((text, act)) = bottom {
            bottom_ui(ui, cx, &text, act);
        }
        if !topics.checks.is_empty() {
            multi_select::bar_ui(ui, cx, connected);
        }
        if in_sight != self.in_sight {
            self.in_sight.clone_from(&in_sight);
            cx.send(Intent::InSight(in_sight));
        }
        for act in acts {
            if output_focus(&act) {
                output.response.request_focus();
            }
            self.act(cx, act);
        }
        if output.response.has_focus() {
            self.hold_escape(ui, cx, topics, output.response.id);
            self.keys(ui, cx, topics, total, output.page);
        }
    }
}

enum Act {
    Select(TopicPath),
    /// Check the row, or no longer.
    Check(TopicPath),
    /// Check the rows from where the range began.
    Extend(TopicPath),
    /// Move to the row of something that was done by its menu.
    GoTo(TopicPath),
    Edit(TopicPath),
    Toggle(TopicPath, bool),
}

fn output_focus(act: &Act) -> bool {
    matches!(act, Act::Select(_) | Act::Check(_) | Act::GoTo(_) | Act::Extend(_) | Act::Toggle(..))
}

fn total_rows(topics: &Topics) -> usize {
    topics.filtered().map_or_else(|| topics.tree.rows(), Filtered::rows)
}

fn line_at(topics: &Topics, row: usize) -> Option<Line> {
    let node = topics.node_at_row(row)?;
    let mut path = String::new();
    topics.tree.path_of(node, &mut path);
    Some(Line { node, path })
}

impl TopicTree {
    fn toolbar(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let topics = &connected.topics;
        tool_row(ui, |ui| {
            ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                let on = Target { checked: false, ..Target::current(cx) };
                let new = icon_button(ui, Icon::Plus, "New topic");
                if new.on_hover_text(theme::text(tip(ui, &on, &topic::NEW))).clicked() {
                    topic::NEW.run_on(&on);
                }
                for (sign, command) in [(Icon::Refresh, &topic::LOAD_TREE), (Icon::Minus, &topic::CLOSE_ALL)] {
                    if icon_button(ui, sign, command.words).clicked() {
                        command.run_on(&on);
                    }
                }
                let natural = topics.tree.order() == Order::Natural;
                let words = if natural {
                    "Sorted with numbers by value; click for byte order"
                } else {
                    "Sorted by bytes; click for number order"
                };
                if icon_toggle(ui, Icon::List, words, Some(natural)).clicked() {
                    cx.send(Intent::SetOrder(if natural { Order::Bytes } else { Order::Natural }));
                }
                let words = if topics.values_on {
                    "Values of rows in sight are live; click for names only"
                } else {
                    "Names only; click for live values of rows in sight"
                };
                if icon_toggle(ui, Icon::Live, words, Some(topics.values_on)).clicked() {
                    cx.send(Intent::SetValuesOn(!topics.values_on));
                }
                ui.vertical(|ui| {
                    let error = topics.filter.error.as_ref().map(|error| error.located(topics.filter.text.trim()));
                    let output = FilterBox::new("Filter topics", "Filter, or a topic selector: ?fx//")
                        .id(filter_box::id_of(Self::ID))
                        .error(error.as_deref())
                        .show(ui, &mut self.filter);
                    if output.response.has_focus() && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
                        self.filter.clear();
                    }
                    if self.filter != topics.filter.text {
                        cx.send(Intent::SetFilter(self.filter.clone()));
                        self.rows.top = 0.0;
                    }
                });
            });
        });
        let filter = &topics.filter;
        if let Some(better) = filter.error.as_ref().and_then(|e| e.suggestion.clone()) {
            ui.horizontal(|ui| {
                ui.add_space(8.0);
                ui.label(theme::muted(ui, "Did you mean"));
                if ui.button(theme::mono(better.clone())).clicked() {
                    self.filter = better;
                }
            });
        }
        if !filter.text.is_empty() && filter.error.is_none() {
            scope_ui(ui, cx, connected);
        }
    }

    /// Follows a path that something else asked for.
    fn follow(&mut self, topics: &Topics) {
        if topics.wanted != self.scrolled_to
            && let Some(path) = &topics.wanted
            && let Some(row) = topics.tree.find(path.as_str()).and_then(|id| topics.row_of(id))
        {
            self.rows.scroll_to(row, Some(Align::Center));
            self.cursor = Some(path.clone());
            self.filter.clear();
            self.scrolled_to.clone_from(&topics.wanted);
        }
    }

    fn act(&mut self, cx: &Cx<'_>, act: Act) {
        match act {
            Act::Select(path) | Act::GoTo(path) => {
                self.anchor = None;
                self.go_to(cx, path);
            }
            Act::Check(path) => {
                self.anchor = None;
                cx.send(Intent::Check(model_checks::Act::Toggle(path.clone())));
                self.go_to(cx, path);
            }
            Act::Extend(path) => {
                let from = self.anchor.take().or_else(|| self.cursor.clone()).unwrap_or_else(|| path.clone());
                self.anchor = Some(from.clone());
                cx.send(Intent::Check(model_checks::Act::Range { from, to: path.clone() }));
                self.go_to(cx, path);
            }
            Act::Edit(path) => {
                self.anchor = None;
                self.cursor = Some(path.clone());
                topic::EDIT_VALUE.run_on(&Target::path(cx, &path));
            }
            Act::Toggle(path, open) => cx.send(if open { Intent::Open(path) } else { Intent::Close(path) }),
        }
    }

    fn go_to(&mut self, cx: &Cx<'_>, path: TopicPath) {
        self.cursor = Some(path.clone());
        cx.send(inspector::Intent::Select(Some(path)));
    }

    /// Esc clears the filter, then the checks; only when neither is there does it leave the tree.
    fn hold_escape(&mut self, ui: &Ui, cx: &Cx<'_>, topics: &Topics, list: egui::Id) {
        if self.filter.is_empty() && topics.checks.is_empty() {
            return;
        }
        let held = egui::EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(list, held));
        if ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
            if self.filter.is_empty() {
                self.anchor = None;
                cx.send(Intent::Check(model_checks::Act::Clear));
            } else {
                self.filter.clear();
            }
        }
    }

    fn keys(&mut self, ui: &Ui, cx: &Cx<'_>, topics: &Topics, total: usize, page: usize) {
        let node = self.cursor.as_ref().and_then(|c| topics.tree.find(c.as_str()));
        let at = node.and_then(|id| topics.row_of(id));
        let extends = ui.input(|i| i.modifiers.shift);
        let mut go = motion(ui, at, total, page);
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let on =
            Target { cx, path: self.cursor.clone().filter(|_| node.is_some()), checked: !topics.checks.is_empty() };
        if cx.pressed(ui, &topic::COPY_PATH) {
            topic::COPY_PATH.run_on(&on);
        }
        if cx.keys.pressed_once(ui, &topic::REMOVE) {
            topic::REMOVE.run_on(&on);
        }
        if let (Some(id), Some(path)) = (node, self.cursor.clone()) {
            let (can_open, open) = (topics.tree.can_open(id), topics.tree.is_open(id));
            if pressed(Key::ArrowRight) && can_open {
                if open {
                    go = at.map(|row| row + 1).filter(|row| *row < total);
                } else {
                    cx.send(Intent::Open(path.clone()));
                }
            } else if pressed(Key::ArrowLeft) {
                if open && can_open {
                    cx.send(Intent::Close(path.clone()));
                } else {
                    go = topics.tree.parent(id).and_then(|parent| topics.row_of(parent));
                }
            } else if pressed(Key::Enter) {
                cx.ask_shell(crate::ui::cx::ShellRequest::ShowPanel("inspector"));
            }
            if ui.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Text(t) if t == "*"))) {
                topic::OPEN_ALL.run_on(&on);
            }
            if pressed(Key::Space) {
                self.act(cx, Act::Check(path));
            }
        }
        if let Some(row) = go
            && let Some(line) = line_at(topics, row)
            && let Ok(path) = TopicPath::parse(&line.path)
        {
            self.rows.scroll_to(row, None);
            self.act(cx, if extends { Act::Extend(path) } else { Act::Select(path) });
        }
        // Letters typed while the tree has the focus start its filter.
        let typed: String = ui.input(|i| {
            let texts =
                i.events.iter().filter_map(|e| if let egui::Event::Text(t) = e { Some(t.as_str()) } else { None });
            texts.filter(|t| *t != "*" && *t != " ").collect()
        });
        if !typed.is_empty() {
            self.filter.push_str(&typed);
            let id = filter_box::id_of(Self::ID);
            ui.memory_mut(|m| m.request_focus(id));
            let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
            let end = egui::text::CCursor::new(self.filter.chars().count());
            state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
            state.store(ui.ctx(), id);
        }
    }
}

/// What the filter looks at, and the way to ask the server.
fn scope_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let topics = &connected.topics;
    ui.horizontal_wrapped(|ui| {
        ui.add_space(8.0);
        let known = number::grouped(topics.known() as u64);
        let text = match topics.filtered() {
            _ if topics.filtering() => format!("Looking through {known} topics known…"),
            Some(filtered) => format!("{} of {known} topics known", number::grouped(filtered.matches() as u64)),
            None => String::new(),
        };
        ui.label(theme::faint(ui, text));
        let asked = &topics.filter.asked;
        if let Some((_, since)) = asked.loading {
            ui.label(theme::faint(ui, format!("asking the server… {:.0} s", cx.now().secs_since(since))));
        } else if let Some(error) = &asked.error {
            let words = error_text::call(error, "fetch what the filter selects");
            ui.label(theme::text(words.summary).color(Tokens::of(ui).error.strong))
                .on_hover_text(theme::text(words.details));
        } else if let Some(count) = asked.ready() {
            ui.label(theme::faint(
                ui,
                format!("the server answered with {}", number::count_of(*count as u64, "topic", "topics")),
            ));
        }
        if asked.loading.is_none()
            && ui.add_enabled(connected.is_live(), egui::Button::new("Ask the server").small()).clicked()
        {
            cx.send(Intent::AskServer);
        }
        if topics.filter.text.starts_with(['?', '*', '>', '#'])
            && ui.add_enabled(connected.is_live(), egui::Button::new("Remove…").small()).clicked()
        {
            cx.send(remove_topics::Intent::OpenSelector(topics.filter.text.clone()));
        }
    });
}

fn nothing_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let topics = &connected.topics;
    if !topics.filter.text.is_empty() {
        let title =
            format!("No topic matches {} among {} known", topics.filter.text, number::grouped(topics.known() as u64));
        let body = "Ask the server to look further. Topics your session may not select or read are never listed";
        format::empty_ui(ui, Icon::Search, &title, body);
        return;
    }
    match connected.topics.explore.branches.get("") {
        Some(root) if root.pages.loading.is_some() => {
            let since = root.pages.loading.map_or(0.0, |(_, at)| cx.now().secs_since(at));
            format::loading_ui(ui, "Fetching structure…", since);
        }
        Some(root) if root.pages.error.is_some() => {
            if let Some(error) = &root.pages.error {
                format::failed_ui(ui, &error_text::call(error, "fetch the topic tree"));
            }
        }
        Some(_) => format::empty_ui(ui, Icon::Tree, "No topics", "The server has no topics that this session may see"),
        None => format::empty_ui(ui, Icon::Tree, "Not connected yet", "Topics appear here when the session is open"),
    }
}

fn favourites_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    if connected.topics.favourites.is_empty() {
        return;
    }
    let tokens = Tokens::of(ui);
    egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 4)).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            theme::icon(ui, Icon::StarFilled, 12.0, tokens.warn.strong);
            for path in connected.topics.favourites.iter().take(20) {
                let short = number::middle_cut(path.as_str(), 28);
                if ui.small_button(theme::text(theme::line(short))).on_hover_text(theme::text(path.shown())).clicked() {
                    cx.send(Intent::Reveal(path.clone()));
                    cx.send(inspector::Intent::Select(Some(path.clone())));
                }
            }
        });
    });
}

/// What stands below the rows: the cut of a branch that has more, or what failed.
fn bottom_text(topics: &Topics) -> Option<(String, Intent)> {
    topics
        .explore
        .branches
        .iter()
        .filter(|(path, b)| {
            (path.is_empty() || topics.tree.find(path).is_some_and(|id| topics.tree.is_open(id)))
                && b.pages.loading.is_none()
                && b.more_after().is_some()
        })
        .map(|(path, _)| {
            let shown = topics.tree.find(path).map_or(0, |id| topics.tree.child_count(id));
            let name = shown_in_row(if path.is_empty() { "the root" } else { path });
            (format!("{name}: first {} of more", number::grouped(shown as u64)), Intent::LoadMore(path.clone()))
        })
        .min_by(|a, b| a.0.cmp(&b.0))
}

fn bottom_ui(ui: &mut Ui, cx: &Cx<'_>, text: &str, act: Intent) {
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        ui.label(theme::muted(ui, text));
        if ui.small_button("Load next").clicked() {
            cx.send(act);
        }
    });
}
