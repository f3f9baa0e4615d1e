//! The head of the inspector: path, type, how true the value is, sizes, times and the acts on the topic.

use super::value_cache::{Content, Decoded};
use crate::data::property::{CONFLATION, Property, TIME_SERIES_EVENT_VALUE_TYPE};
use crate::data::{TopicPath, TopicSpec, TopicType, shown};
use crate::model::inspector::{Inspector as Facts, Intent, Liveness};
use crate::model::number;
use crate::model::{self, Connected, topics};
use crate::ui::commands::{Target, tip, topic};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::{size, space, text};
use crate::ui::theme::{self, Icon, Tokens, icon_button, icon_toggle};
use crate::ui::widgets::badge::{self, Freshness};
use crate::ui::widgets::menu;
use crate::ui::widgets::picture::Format;
use egui::{Align, Layout, Margin, Response, Role, Ui, WidgetInfo};

/// Siblings listed in the menu of a part of the path.
const MOST_SIBLINGS: usize = 40;

/// Draws the head.
pub(super) fn header_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath, current: Option<&Decoded>) {
    let facts = &connected.inspector;
    let margin = Margin { left: 10, right: 6, top: 6, bottom: 6 };
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::XXS;
            let wide = (ui.available_width() - 4.0 * (size::HIT + space::XXS)).max(60.0);
            let wrapped = Layout::left_to_right(Align::Center).with_main_wrap(true);
            ui.allocate_ui_with_layout(egui::vec2(wide, size::HIT), wrapped, |ui| {
                ui.spacing_mut().item_spacing = egui::vec2(1.0, 1.0);
                ui.set_min_size(egui::vec2(wide, size::HIT));
                breadcrumb_ui(ui, cx, connected, path);
            });
            acts_ui(ui, cx, connected, path);
        });
        if facts.spec.is_none() && current.is_none() {
            return;
        }
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(14.0, 3.0);
            if let Some(spec) = &facts.spec {
                type_ui(ui, spec);
                freshness_ui(ui, cx, connected);
            }
            if let Some(current) = current {
                facts_ui(ui, cx, facts, current);
            }
        });
    });
}

/// The buttons at the right end.
fn acts_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath) {
    let facts = &connected.inspector;
    let copy = icon_button(ui, Icon::Copy, "Copy path");
    if copy.clicked() {
        cx.send(model::Intent::Copy(path.as_str().to_owned()));
    }
    menu::context(&copy, |ui| crate::ui::dialogs::copy_as::items_ui(ui, cx, std::slice::from_ref(path)));
    let favourite = connected.topics.favourites.contains(path);
    let sign = if favourite { Icon::StarFilled } else { Icon::Star };
    let on = Target::path(cx, path);
    if icon_toggle(ui, sign, &tip(ui, &on, &topic::FAVOURITE), Some(favourite)).clicked() {
        topic::FAVOURITE.run_on(&on);
    }
    let words = tip(ui, &on, &topic::FETCH);
    let reload = ui.add_enabled_ui(connected.is_live(), |ui| icon_button(ui, Icon::Refresh, &words)).inner;
    if reload.clicked() {
        topic::FETCH.run_on(&on);
    }
    let frozen = facts.frozen.is_some();
    let sign = if frozen { Icon::Play } else { Icon::Pause };
    if icon_toggle(ui, sign, &tip(ui, &on, &topic::FREEZE), Some(frozen)).clicked() {
        topic::FREEZE.run_on(&on);
    }
}

/// The parts of the path, each a way to go there.
fn breadcrumb_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath) {
    let tokens = Tokens::of(ui);
    let mut end = 0;
    let whole = path.as_str();
    for part in path.parts() {
        let start = if end == 0 { 0 } else { end + 1 };
        end = start + part.len();
        let last = end == whole.len();
        if start > 0 {
            ui.label(theme::text("/").color(tokens.text_faint));
        }
        let (font, colour) = if last {
            (theme::fonts::strong(15.0), tokens.text)
        } else {
            (theme::fonts::text(text::BODY), tokens.text_muted)
        };
        let button =
            egui::Button::new(theme::text(theme::row_name(part)).font(font).color(colour)).frame_when_inactive(false);
        let response = ui.scope(|ui| {
            ui.spacing_mut().button_padding = egui::vec2(3.0, 1.0);
            ui.add(button)
        });
        let response = response.inner;
        let above = &whole[..end];
        response
            .widget_info(|| WidgetInfo::labeled(Role::Link, true, theme::spoken(format!("Go to {}", shown(above)))));
        if response.clicked() {
            go_to(cx, above);
        }
        siblings_menu(&response, cx, connected, above);
        response.on_hover_text(theme::text(shown(above)));
    }
}

fn go_to(cx: &Cx<'_>, path: &str) {
    if let Ok(path) = TopicPath::parse(path) {
        cx.send(topics::Intent::Reveal(path.clone()));
        cx.send(Intent::Select(Some(path)));
    }
}

fn siblings_menu(response: &Response, cx: &Cx<'_>, connected: &Connected, path: &str) {
    menu::context(response, |ui| {
        if ui.button("Copy path to here").clicked() {
            cx.send(model::Intent::Copy(path.to_owned()));
            ui.close();
        }
        let tree = &connected.topics.tree;
        let Some(parent) = tree.find(path).and_then(|node| tree.parent(node)) else { return };
        ui.separator();
        let count = tree.child_count(parent);
        let title = if count > MOST_SIBLINGS { "The first paths beside it" } else { "Paths beside it" };
        ui.label(theme::faint(ui, title));
        for sibling in tree.children(parent).take(MOST_SIBLINGS) {
            let mut full = String::new();
            tree.path_of(sibling, &mut full);
            let name = theme::row_name(tree.name(sibling));
            if ui.selectable_label(full == path, theme::text(name)).clicked() {
                go_to(cx, &full);
                ui.close();
            }
        }
    });
}

fn type_ui(ui: &mut Ui, spec: &TopicSpec) {
    badge::type_badge(ui, spec.topic_type);
    if spec.topic_type == TopicType::TimeSeries {
        match spec.event_type() {
            Some(of) => badge::type_badge(ui, of.topic_type()).on_hover_text("The type of its events"),
            None => ui.label(theme::muted(ui, spec.properties.value(TIME_SERIES_EVENT_VALUE_TYPE).unwrap_or("?"))),
        };
    }
}

/// How true what is shown is.
pub(super) fn freshness(connected: &Connected) -> Freshness {
    let facts = &connected.inspector;
    match &facts.liveness {
        _ if !connected.is_live() => Freshness::Disconnected,
        Liveness::Live { .. } => Freshness::Live,
        Liveness::Unsubscribed { .. } => Freshness::Unsubscribed,
        Liveness::Lost { .. } | Liveness::Resting => Freshness::Fetched,
    }
}

fn freshness_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let facts = &connected.inspector;
    let sign = freshness(connected);
    let arrived = facts.shown().0.map(|arrival| arrival.at);
    let age = arrived.map(|at| format::age(cx.now().secs_since(at)));
    let (short, detail) = match (&facts.liveness, sign) {
        (_, Freshness::Disconnected) => {
            let since = connected.stale_since().map(format::clock).unwrap_or_default();
            (format!("As of {since}"), format!("As of {since}. {}", format::link_words(&connected.link, cx.now())))
        }
        (Liveness::Live { since }, _) => {
            let last = age.as_ref().map(|age| format!(" Last update {age} ago.")).unwrap_or_default();
            let merged = merged_words(facts.spec.as_deref());
            ("Live".to_owned(), format!("Live since {}.{last}{merged}", format::clock(*since)))
        }
        (Liveness::Unsubscribed { reason, at }, _) => {
            let why = super::events::reason_words(*reason);
            ("Not live".to_owned(), format!("Unsubscribed at {}: {why}", format::clock(*at)))
        }
        (Liveness::Lost { reason }, _) => {
            ("Not live".to_owned(), format!("{reason}. The next whole value is waited for"))
        }
        (Liveness::Resting, _) => {
            let at = facts.found.value.as_ref().map(|(_, at)| format::clock(*at));
            let detail = at.map_or("Not live".to_owned(), |at| format!("Fetched at {at}. Not live"));
            ("Fetched".to_owned(), detail)
        }
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.horizontal(|ui| {
            badge::freshness_sign(ui, sign, &detail);
            ui.label(theme::text(short).color(sign.colour(Tokens::of(ui)))).on_hover_text(theme::text(&detail));
        });
    });
    if let Some(frozen) = &facts.frozen {
        let waiting = facts.updates.saturating_sub(frozen.updates);
        let words = format!("Frozen at {} · {} arrived since", format::clock(frozen.at), number::grouped(waiting));
        ui.label(theme::text(words).color(Tokens::of(ui).info.strong));
    }
}

/// Whether the server may merge updates; whether it did cannot be known here.
fn merged_words(spec: Option<&TopicSpec>) -> &'static str {
    let Some(spec) = spec else { return "" };
    let given = spec.properties.value(CONFLATION);
    let default = Property::find(CONFLATION).and_then(|p| p.default_for(spec.topic_type));
    match given.or(default) {
        Some("off" | "unsubscribe") => " Every update is delivered.",
        Some("always") => " The server may merge updates (CONFLATION is always).",
        _ => " Updates may be conflated: the server merges them while this session's queue is long.",
    }
}

/// Sizes, time and count of the value on screen.
fn facts_ui(ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, current: &Decoded) {
    let arrival = &current.arrival;
    let bytes = arrival.value.len() as u64;
    let (short, exact) = match current.text_bytes {
        Some(as_text) => (
            format!("{} as text · {} encoded", number::size(as_text as u64), number::size(bytes)),
            format!("{} as text, {} encoded", number::exact_size(as_text as u64), number::exact_size(bytes)),
        ),
        None => (number::size(bytes), number::exact_size(bytes)),
    };
    fact(ui, short, exact);
    let age = format::age(cx.now().secs_since(arrival.at));
    let received = format!("received {}", format::clock(arrival.at));
    fact(ui, received, format!("Received here at {}, {age} ago (time of this computer)", format::moment(arrival.at)));
    let kind = match arrival.delta_bytes {
        Some(delta) => format!("delta of {}", number::size(u64::from(delta))),
        None => "value".to_owned(),
    };
    let how = match arrival.delta_bytes {
        Some(delta) => format!("Came as a delta of {}", number::exact_size(u64::from(delta))),
        None => "Came as a whole value, not as a delta".to_owned(),
    };
    fact(ui, kind, how);
    let updates = facts.frozen.as_ref().map_or(facts.updates, |frozen| frozen.updates);
    let counted = number::count_of(updates, "update", "updates");
    fact(ui, counted, "Received since the topic was selected, merged ones included".to_owned());
    let rate = format!("{} received", number::rate(facts.updates_per_sec(cx.now())));
    fact(ui, rate, "Updates a second that arrived here, over the last 5 s".to_owned());
}

fn fact(ui: &mut Ui, words: String, hover: String) {
    // Each goes to the next line whole.
    ui.add(egui::Label::new(theme::muted(ui, words)).extend()).on_hover_text(theme::text(hover));
}

/// What can be done with the value itself; the rightmost first.
pub(super) fn value_acts_ui(ui: &mut Ui, cx: &Cx<'_>, path: &TopicPath, current: &Decoded) {
    if icon_button(ui, Icon::Save, "Save value to a file").clicked() {
        let name = format!("{}.{}", model::file_name::safe(path.name(), 80), extension(current));
        let bytes = match &current.content {
            Content::Value(crate::data::value::Value::Json(json)) => json.to_pretty_text().into_bytes().into(),
            Content::Value(crate::data::value::Value::String(Some(text))) => text.clone().into_bytes().into(),
            _ => current.arrival.value.clone(),
        };
        cx.send(model::Intent::SaveFile { name, bytes });
    }
    let copy = icon_button(ui, Icon::Copy, "Copy value");
    menu::popup(egui::Popup::menu(&copy), |ui| {
        ui.set_min_width(170.0);
        let value = match &current.content {
            Content::Value(value) => Some(value),
            _ => None,
        };
        let mut item = |words: &str, enabled: bool, text: &dyn Fn() -> String| {
            if ui.add_enabled(enabled, egui::Button::new(theme::text(words))).clicked() {
                cx.send(model::Intent::Copy(text()));
                ui.close();
            }
        };
        item("Copy as text", value.is_some(), &|| {
            value.map(crate::ui::widgets::value_text::as_text).unwrap_or_default()
        });
        item("Copy as JSON", value.is_some(), &|| {
            value.map(|v| crate::model::copy_as::as_json(v).to_text()).unwrap_or_default()
        });
        let few = current.arrival.value.len() <= 1 << 20;
        item("Copy bytes as hex", few, &|| crate::ui::widgets::hex::digits(&current.arrival.value));
        crate::ui::dialogs::copy_as::menu_ui(ui, cx, std::slice::from_ref(path));
    });
}

fn extension(current: &Decoded) -> &'static str {
    use crate::data::value::Value;
    match &current.content {
        Content::Value(Value::Json(_)) => "json",
        Content::Value(Value::String(Some(_))) => "txt",
        Content::Value(Value::Binary(bytes)) => Format::of(bytes).map_or("bin", Format::ending),
        _ => "bin",
    }
}
