//! Update streams: values that go to a topic again and again, by hand or at a rate.

mod detail;
mod form;
mod status_text;
mod table;

use super::{Group, Panel, Place};
use crate::data::TopicPath;
use crate::model::Connected;
use crate::model::number;
use crate::model::update_streams::{Intent, MAX_STREAMS, Stream};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::theme::tokens::size;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::data_table::{DataTable, TableSource, TableState, revision_of};
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::split::Split;
use crate::ui::widgets::states;
use egui::{Align, Layout, ScrollArea, Ui};
use std::time::Duration;
use table::{COLUMNS, Col, StreamList};

/// Rows shown at once where the list stands above.
const MOST_LINES: usize = 4;
/// Width from which on the list stands to the left.
const WIDE: f32 = 700.0;
/// Width of the list there.
const LIST: f32 = 280.0;

/// How the panel looks.
#[derive(Default)]
pub struct UpdateStreams {
    table: TableState<u64, Col>,
}

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
        tool_row(ui, |ui| {
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
        self.table.follow(chosen.map(|stream| &stream.id));
        let split = if ui.available_width() >= WIDE {
            Split::beside("update streams").list_points(LIST)
        } else {
            let rows = facts.list.len().min(MOST_LINES) as f32;
            Split::below("update streams").list_points(size::HEADER + size::ROW * rows)
        };
        let [list, detail] = split.areas(ui);
        within(ui, "streams", list, |ui| {
            let revision = revision_of(&facts.list.iter().map(|stream| stream.id).collect::<Vec<_>>());
            let source = StreamList { cx, connected, revision };
            let table = DataTable::new("update-streams", "Update streams", &COLUMNS);
            let output = table.show(ui, &mut self.table, &source);
            if let Some(row) = output.moved {
                cx.send(Intent::Select(source.key(row)));
            }
        });
        within(ui, "stream", detail, |ui| chosen_ui(ui, cx, connected, chosen));
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
