//! Messages: requests sent to handlers, sessions and filters with their answers, and requests answered here.

mod answering;
mod builder;
mod confirm;
mod form;
mod history;
mod inbox;
mod requests;
mod responses;
mod value;

use super::inspector::parts::segments;
use super::{Group, Panel, Place};
use crate::model::number;
use crate::ui::commands::{Command, Section, needs_connection, rail};
use crate::ui::cx::Cx;
use crate::ui::theme::Icon;
use crate::ui::widgets::layout::tool_row;
use egui::{Key, Ui};

/// The two views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
    #[default]
    Requests,
    Answering,
}

/// How the panel looks.
#[derive(Default)]
pub struct Messages {
    view: View,
    /// The keyboard goes to the path field.
    wants_focus: bool,
    requests: requests::RequestsView,
    answering: answering::AnsweringView,
}

impl Panel for Messages {
    const ID: &'static str = "messages";
    const TITLE: &'static str = "Messages";
    const ICON: Icon = Icon::Message;
    const GROUP: Group = Group::Session;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = false;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = false;
    const COMMAND: Command = Command::new(Self::ID, Self::TITLE, Section::Panel, super::enter::<Self>)
        .icon(Self::ICON)
        .key(rail(Key::Num3))
        .unless(needs_connection);

    fn entered(&mut self, again: bool) {
        if again {
            self.view = if self.view == View::Requests { View::Answering } else { View::Requests };
        }
        self.wants_focus = true;
    }

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let facts = &connected.answering;
        let answering = match (facts.live(), facts.waiting()) {
            (0, 0) => "Answering".to_owned(),
            (live, 0) => format!("Answering {live}"),
            (live, waiting) => format!("Answering {live} · {} waiting", number::grouped(waiting as u64)),
        };
        let focus = std::mem::take(&mut self.wants_focus);
        tool_row(ui, |ui| {
            segments(ui, &mut self.view, &[(View::Requests, "Requests"), (View::Answering, &answering)]);
            match self.view {
                View::Requests => self.requests.tools_ui(ui, cx, connected),
                View::Answering => self.answering.tools_ui(ui, cx, connected, focus),
            }
        });
        match self.view {
            View::Requests => {
                if let requests::Turn::ToAnswering(path) = self.requests.ui(ui, cx, connected, focus) {
                    cx.send(crate::model::answering::Intent::OpenForm(path));
                    self.view = View::Answering;
                }
            }
            View::Answering => self.answering.ui(ui, cx, connected),
        }
    }
}

/// A remark over the width that is left.
fn note_ui(ui: &mut Ui, words: egui::RichText) -> egui::Response {
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 2));
    frame.show(ui, |ui| ui.add(egui::Label::new(crate::ui::theme::text(words)).wrap())).inner
}
