//! One row of the topic tree: name, type, value, age and rate, with its menu.

use super::{Act, Line, multi_select};
use crate::data::display_text::shown_in_row;
use crate::data::{TopicPath, TopicType};
use crate::model::Connected;
use crate::model::error_text;
use crate::model::number;
use crate::model::topics::{Exploration, RowFacts as Facts};
use crate::ui::commands::{Target, item_ui, topic};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::{self as sizes, text};
use crate::ui::theme::{self, Icon, Tokens, icon_at};
use crate::ui::widgets::badge::{self, Freshness};
use crate::ui::widgets::menu;
use crate::ui::widgets::rows::{Row, RowFacts};
use egui::accesskit::Toggled;
use egui::{Align2, FontId, Rect, Response, Ui, pos2, vec2};

#[expect(clippy::too_many_arguments, reason = "the parts of one row, each used once")]
pub(super) fn row_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    connected: &Connected,
    row: &Row,
    line: &Line,
    selected: bool,
    filtered: bool,
    acts: &mut Vec<Act>,
) {
    let topics = &connected.topics;
    let tree = &topics.tree;
    let tokens = Tokens::of(ui);
    let topic_type = tree.topic_type(line.node);
    let Ok(path) = TopicPath::parse(&line.path) else { return };
    let facts = topics.facts.get(&path);
    let depth = tree.depth(line.node);
    let can_open = tree.can_open(line.node);
    let open = filtered || tree.is_open(line.node);
    let name = tree.name(line.node);
    let spoken = spoken(name, topic_type.map(TopicType::name), facts);
    let response = row.interact(
        ui,
        &spoken,
        RowFacts { selected, level: Some(depth + 1), expanded: can_open.then_some(open), inert: false },
    );
    let rect = row.rect;
    let checks = &topics.checks;
    let is_checked = checks.contains(&path);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_toggled(if is_checked { Toggled::True } else { Toggled::False });
    });
    let box_clicked = multi_select::box_ui(ui, &response, rect, is_checked, !checks.is_empty());
    let mut x = rect.left() + multi_select::GUTTER + 2.0 + depth as f32 * sizes::size::INDENT;
    let middle = rect.center().y;
    let expander = Rect::from_center_size(pos2(x + 7.0, middle), vec2(16.0, 22.0));
    if can_open && !filtered {
        let sign = if open { Icon::ChevronDown } else { Icon::ChevronRight };
        icon_at(ui.painter(), Rect::from_center_size(expander.center(), vec2(10.0, 10.0)), sign, tokens.text_muted);
        let id = response.id.with("expander");
        if ui.interact(expander, id, egui::Sense::click()).clicked() {
            acts.push(Act::Toggle(path.clone(), !open));
        }
    }
    x += 18.0;
    if tree.is_favourite(line.node) {
        icon_at(
            ui.painter(),
            Rect::from_center_size(pos2(x + 6.0, middle), vec2(11.0, 11.0)),
            Icon::StarFilled,
            tokens.warn.strong,
        );
        x += 16.0;
    }
    let struck = tree.is_struck(line.node);
    let right = paint_right(ui, cx, connected, rect, line, facts);
    let matched = topics.filtered().is_none_or(|f| f.is_match(line.node));
    paint_name(ui, rect, x, right, name, topic_type.is_some(), struck, matched);
    let name_end = name_width(rect, x).min(right);
    if let (Some(topic_type), true) = (topic_type, right - name_end > 40.0) {
        let badge = badge::paint_type(
            &ui.painter().with_clip_rect(clip(ui, rect, name_end, right)),
            tokens,
            pos2(name_end, middle),
            topic_type,
        );
        if let Some(facts) = facts {
            paint_preview(ui, rect, badge.right() + 8.0, right, facts);
        }
    }
    let modifiers = ui.input(|i| i.modifiers);
    let clicked = response.clicked();
    if (box_clicked || clicked) && modifiers.shift {
        acts.push(Act::Extend(path.clone()));
    } else if box_clicked || clicked && modifiers.command {
        acts.push(Act::Check(path.clone()));
    } else if response.double_clicked() {
        acts.push(if can_open { Act::Toggle(path.clone(), !open) } else { Act::Edit(path.clone()) });
    } else if clicked {
        acts.push(Act::Select(path.clone()));
    }
    menu_ui(&response, cx, connected, &path, acts);
    if response.hovered() {
        response.on_hover_ui(|ui| hover_ui(ui, cx, &path, facts));
    }
}

/// Where the columns after the name begin.
fn name_width(rect: Rect, x: f32) -> f32 {
    (rect.left() + rect.width() * 0.40).max(x + 100.0)
}

fn clip(ui: &Ui, rect: Rect, from: f32, to: f32) -> Rect {
    Rect::from_min_max(pos2(from, rect.top()), pos2(to.max(from), rect.bottom())).intersect(ui.clip_rect())
}

#[expect(clippy::too_many_arguments, reason = "the parts of one cell, each used once")]
fn paint_name(ui: &Ui, rect: Rect, x: f32, right: f32, name: &str, topic: bool, struck: bool, matched: bool) {
    let tokens = Tokens::of(ui);
    let colour = match (topic, matched, struck) {
        (_, _, true) | (_, false, _) => tokens.text_faint,
        (true, ..) => tokens.text,
        (false, ..) => tokens.text_muted,
    };
    let end = if topic { name_width(rect, x) - 8.0 } else { right };
    let mut job = egui::text::LayoutJob::single_section(
        theme::row_name(name),
        egui::TextFormat {
            font_id: FontId::proportional(text::BODY),
            color: colour,
            italics: !topic,
            strikethrough: if struck { egui::Stroke::new(1.0, colour) } else { egui::Stroke::NONE },
            ..egui::TextFormat::default()
        },
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width((end - x).max(20.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(x, rect.center().y - galley.size().y / 2.0);
    ui.painter().with_clip_rect(clip(ui, rect, x, end)).galley(at, galley, colour);
}

fn paint_preview(ui: &Ui, rect: Rect, from: f32, to: f32, facts: &Facts) {
    let tokens = Tokens::of(ui);
    let (preview, colour) = match facts.ended {
        Some(reason) => (error_text::unsubscribed(Some(reason)), tokens.error.strong),
        None if facts.lost => ("the last value could not be used", tokens.error.strong),
        None => (facts.preview.as_str(), tokens.text_muted),
    };
    if to - from < 24.0 {
        return;
    }
    let mut job =
        egui::text::LayoutJob::simple_singleline(theme::line(preview), theme::fonts::mono(text::MONO), colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(to - from);
    let galley = ui.painter().layout_job(job);
    let at = pos2(from, rect.center().y - galley.size().y / 2.0);
    ui.painter().with_clip_rect(clip(ui, rect, from, to)).galley(at, galley, colour);
}

/// Age, rate and state sign, or the count of topics below; gives back where they begin.
fn paint_right(ui: &Ui, cx: &Cx<'_>, connected: &Connected, rect: Rect, line: &Line, facts: Option<&Facts>) -> f32 {
    let tokens = Tokens::of(ui);
    let tree = &connected.topics.tree;
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let font = FontId::proportional(text::SMALL);
    let mut right = rect.right() - 8.0;
    let below = tree.topics_below(line.node);
    if tree.can_open(line.node) {
        let partial = !matches!(tree.exploration(line.node), Exploration::Complete);
        let branch = connected.topics.explore.branches.get(&line.path);
        let text = match branch {
            Some(b) if b.pages.loading.is_some() => "…".to_owned(),
            Some(b) if b.pages.error.is_some() => "failed".to_owned(),
            _ if below == 0 => String::new(),
            _ => format!("{}{}", number::grouped(below as u64), if partial { "+" } else { "" }),
        };
        let drawn = painter.text(
            pos2(right, rect.center().y),
            Align2::RIGHT_CENTER,
            theme::line(text),
            font.clone(),
            tokens.text_faint,
        );
        right = drawn.left() - 8.0;
    }
    let Some(facts) = facts.filter(|_| rect.width() > 300.0) else { return right };
    let age = if facts.at.0 > 0 { format::age(cx.now().secs_since(facts.at)) } else { String::new() };
    if rect.width() > 460.0 {
        painter.text(
            pos2(right, rect.center().y),
            Align2::RIGHT_CENTER,
            theme::line(age),
            font.clone(),
            tokens.text_faint,
        );
        right -= 52.0;
    }
    if facts.updates_per_sec > 0.0 {
        let rate = number::rate(facts.updates_per_sec);
        painter.text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, theme::line(rate), font, tokens.text_muted);
    }
    right -= 52.0;
    let freshness = freshness(connected, facts);
    let sign = Rect::from_center_size(pos2(right, rect.center().y), vec2(9.0, 9.0));
    icon_at(&painter, sign, freshness.icon(), freshness.colour(tokens));
    right - 14.0
}

fn freshness(connected: &Connected, facts: &Facts) -> Freshness {
    if !connected.is_live() {
        Freshness::Disconnected
    } else if facts.ended.is_some() {
        Freshness::Unsubscribed
    } else if facts.live {
        Freshness::Live
    } else {
        Freshness::Fetched
    }
}

fn spoken(name: &str, topic_type: Option<&str>, facts: Option<&Facts>) -> String {
    let name = shown_in_row(name);
    match (topic_type, facts) {
        (None, _) => format!("{name}, branch"),
        (Some(kind), Some(facts)) if !facts.preview.is_empty() => {
            format!("{name}, {kind}, {}", number::middle_cut(&facts.preview, 60))
        }
        (Some(kind), _) => format!("{name}, {kind}"),
    }
}

fn hover_ui(ui: &mut Ui, cx: &Cx<'_>, path: &TopicPath, facts: Option<&Facts>) {
    ui.label(theme::mono(path.shown()));
    if let Some(facts) = facts {
        if facts.at.0 > 0 {
            let age = format::age(cx.now().secs_since(facts.at));
            let merged = if facts.merged { ", the latest of several merged here" } else { "" };
            ui.label(theme::text(format!("Last update {age} ago{merged}")));
        }
        ui.label(theme::text(format!(
            "{} received, {}",
            number::count_of(facts.updates, "update", "updates"),
            number::exact_size(facts.size_bytes as u64)
        )));
    }
}

/// The menu of the row.
fn menu_ui(response: &Response, cx: &Cx<'_>, connected: &Connected, path: &TopicPath, acts: &mut Vec<Act>) {
    menu::context(response, |ui| {
        let topics = &connected.topics;
        if topics.checks.contains(path) {
            multi_select::menu_ui(ui, cx, topics);
            return;
        }
        let on = Target::path(cx, path);
        let node = topics.tree.find(path.as_str());
        if node.is_some_and(|node| topics.tree.can_open(node)) {
            for command in [&topic::OPEN, &topic::OPEN_ALL, &topic::LOAD] {
                item_ui(ui, &on, command, None);
            }
        }
        item_ui(ui, &on, &topic::COPY_PATH, None);
        item_ui(ui, &on, &topic::COPY_SELECTOR, None);
        crate::ui::dialogs::copy_as::menu_ui(ui, cx, std::slice::from_ref(path));
        item_ui(ui, &on, &topic::EXPORT, None);
        item_ui(ui, &on, &topic::FAVOURITE, None);
        if item_ui(ui, &on, &topic::CHECK, None) {
            acts.push(Act::GoTo(path.clone()));
        }
        ui.separator();
        let block = topic::read_only(&on);
        item_ui(ui, &on, &topic::NEW, block);
        if node.is_some_and(|node| topics.tree.topic_type(node).is_some()) {
            if item_ui(ui, &on, &topic::EDIT_VALUE, block) {
                acts.push(Act::GoTo(path.clone()));
            }
            item_ui(ui, &on, &topic::NEW_LIKE, block);
            item_ui(ui, &on, &topic::CHANGE_SPECIFICATION, block);
            crate::ui::panels::update_streams::menu_item_ui(ui, cx, path);
        }
        item_ui(ui, &on, &topic::REMOVE, block);
    });
}
