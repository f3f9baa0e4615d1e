//! Update streams: values that go to a topic again and again, by hand or at a rate.

mod detail;
mod form;
mod status_text;

use super::{Group, Panel, Place};
use crate::data::TopicPath;
use crate::model::Connected;
use crate::model::number;
use crate::model::update_streams::config::Field;
use crate::model::update_streams::{Intent, MAX_STREAMS, Stream};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::theme::tokens::{radius, text};
use crate::ui::theme::{self, Icon, Tokens, icon_at};
use crate::ui::widgets::plot::paint_sparkline;
use crate::ui::widgets::states;
use crate::ui::widgets::table::paint_line;
use egui::{Align, Layout, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use std::time::Duration;

/// Height of a line of the list.
const LINE: f32 = 30.0;
/// Lines shown at once where the list stands above.
const MOST_LINES: usize = 4;
/// Width from which on the list stands to the left.
const WIDE: f32 = 700.0;
/// Width of the list there.
const LIST: f32 = 260.0;

/// How the panel looks; everything else is a fact.
#[derive(Default)]
pub struct UpdateStreams {}

impl Panel for UpdateStreams {
    const ID: &'static str = "update-streams";
    const TITLE: &'static str = "Update streams";
    const ICON: Icon = Icon::Pulse;
    const GROUP: Group = Group::Session;
    const NEEDS: Option<&'static str> = Some("UPDATE_TOPIC");
    const LIVE: bool = false;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = false;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let facts = &connected.update_streams;
        if facts.list.is_empty() {
            return nothing_ui(ui, cx, connected);
        }
        super::toolbar_ui(ui, |ui| {
            let room = facts.list.len() < MAX_STREAMS;
            let button = ui.add_enabled(room, egui::Button::new("New update stream"));
            if button.on_disabled_hover_text("A connection has at most 50 update streams").clicked() {
                add(cx, connected);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(theme::muted(ui, summary(facts)));
            });
        });
        if facts.list.iter().any(|stream| stream.recovering().is_some()) {
            ui.ctx().request_repaint_after(Duration::from_millis(500));
        }
        let chosen = facts.list.iter().find(|stream| Some(stream.id) == facts.selected);
        if ui.available_width() >= WIDE {
            let gap = ui.spacing().item_spacing.x;
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let height = ui.available_height();
                ui.allocate_ui_with_layout(vec2(LIST, height), Layout::top_down(Align::Min), |ui| {
                    ui.set_min_size(vec2(LIST, height));
                    list_ui(ui, cx, connected, height);
                });
                let x = ui.cursor().left();
                let stroke = egui::Stroke::new(1.0, Tokens::of(ui).separator);
                ui.painter().vline(x, ui.max_rect().y_range(), stroke);
                ui.add_space(1.0);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.x = gap;
                    chosen_ui(ui, cx, connected, chosen);
                });
            });
        } else {
            list_ui(ui, cx, connected, LINE * facts.list.len().min(MOST_LINES) as f32);
            let rect = ui.max_rect();
            let stroke = egui::Stroke::new(1.0, Tokens::of(ui).separator);
            ui.painter().hline(rect.x_range(), ui.cursor().top(), stroke);
            ui.add_space(1.0);
            chosen_ui(ui, cx, connected, chosen);
        }
    }
}

/// The entry of a topic's menu that makes a stream for it.
pub(in crate::ui) fn menu_item_ui(ui: &mut Ui, cx: &Cx<'_>, path: &TopicPath) {
    if ui.button("Update stream…").clicked() {
        cx.send(Intent::Add(Some(path.clone())));
        cx.ask_shell(ShellRequest::ShowPanel(UpdateStreams::ID));
        ui.close();
    }
}

/// A new stream for the topic that is selected.
fn add(cx: &Cx<'_>, connected: &Connected) {
    cx.send(Intent::Add(connected.inspector.selected.clone()));
}

fn nothing_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let title = "No update streams";
    let body = "Repeat updates of a topic: a counter, a sine, a random walk or the lines of a file, at a rate you choose, \
                or value by value by hand. You see what the server acknowledged and what it refused";
    let act = "New update stream";
    let clicked = if ui.available_height() < 190.0 {
        let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 6));
        let inner = frame.show(ui, |ui| {
            ui.label(theme::strong(title));
            ui.label(theme::muted(ui, body));
            ui.add(theme::primary_button(ui, act)).clicked()
        });
        inner.inner
    } else {
        states::empty_ui(ui, Icon::Pulse, title, body, Some(act))
    };
    if clicked {
        add(cx, connected);
    }
}

fn summary(facts: &crate::model::update_streams::UpdateStreams) -> String {
    let count = number::count_of(facts.list.len() as u64, "stream", "streams");
    match facts.active() {
        0 => count,
        active => format!("{count}, {active} started"),
    }
}

fn list_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, height: f32) {
    let facts = &connected.update_streams;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("streams").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            for stream in &facts.list {
                line_ui(ui, cx, connected, stream, facts.selected == Some(stream.id));
            }
        });
    });
}

/// One stream: how it stands, its topic, what it sent.
fn line_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, stream: &Stream, selected: bool) {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    let said = status_text::stage(stream, connected, cx.now());
    let path = path_words(stream);
    let spoken = format!("{path}, {}", said.text);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &spoken));
    let fill = match () {
        () if selected => tokens.selection_idle,
        () if response.hovered() => tokens.hover,
        () => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect.shrink2(vec2(4.0, 1.0)), radius::S, fill);
    if response.has_focus() {
        theme::focus_ring(ui, rect.shrink2(vec2(4.0, 1.0)), radius::S);
    }
    let colour = said.colour(tokens);
    let sign = Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), vec2(12.0, 12.0));
    icon_at(ui.painter(), sign, said.icon, colour);
    let mut right = rect.right() - 10.0;
    if rect.width() > 240.0 && stream.numbers.len() > 1 {
        let values: Vec<f64> = stream.numbers.iter().copied().collect();
        let place = Rect::from_min_max(pos2(right - 56.0, rect.top() + 4.0), pos2(right, rect.bottom() - 4.0));
        paint_sparkline(ui.painter(), place, &values, tokens.series[0]);
        right -= 64.0;
    }
    let middle = rect.left() + 30.0;
    let words = Rect::from_min_max(pos2(right - 112.0, rect.top()), pos2(right, rect.bottom()));
    if rect.width() > 330.0 {
        paint_line(ui, words, &said.text, colour, theme::fonts::text(text::SMALL), true);
        right -= 118.0;
    }
    let name = Rect::from_min_max(pos2(middle, rect.top()), pos2(right, rect.bottom()));
    let ink = if stream.config.text(Field::Path).is_empty() { tokens.text_faint } else { tokens.text };
    paint_line(ui, name, &path, ink, theme::fonts::mono(text::MONO), false);
    if response.clicked() {
        cx.send(Intent::Select(stream.id));
    }
    response.on_hover_text(spoken);
}

fn path_words(stream: &Stream) -> String {
    let path = stream.config.text(Field::Path).trim();
    if path.is_empty() { "no topic yet".to_owned() } else { path.to_owned() }
}

fn chosen_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, chosen: Option<&Stream>) {
    let Some(stream) = chosen else {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.add_space(12.0);
            ui.label(theme::muted(ui, "Choose a stream"));
        });
        return;
    };
    states::greyed(ui, connected.stale_since().is_some(), |ui| {
        ScrollArea::vertical().id_salt(("stream", stream.id)).auto_shrink(false).show(ui, |ui| {
            let margin = egui::Margin { left: 12, right: 14, top: 8, bottom: 12 };
            egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                detail::detail_ui(ui, cx, connected, stream);
            });
        });
    });
}
