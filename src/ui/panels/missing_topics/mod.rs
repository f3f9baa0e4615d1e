//! Missing topics: handlers of branches, and who selected what is not there.

mod detail;
mod notes;

use super::{Group, Panel, Place};
use crate::model::error_text;
use crate::model::letter_case::capitalized;
use crate::model::link::CallError;
use crate::model::missing_topics::{Handler, Intent, MissingTopics as Facts, Note, State, branch};
use crate::model::number;
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::add_bar::{AddBar, Problem};
use crate::ui::widgets::data_table::{DataTable, TableState, revision_of};
use crate::ui::widgets::layout::within;
use crate::ui::widgets::registered_list::{self, Registered, Stage};
use crate::ui::widgets::split::Split;
use crate::ui::widgets::states;
use egui::Ui;
use notes::{COLUMNS, Col, Notes};
use std::time::Duration;

/// How the panel looks.
#[derive(Default)]
pub struct MissingTopics {
    text: String,
    table: TableState<u64, Col>,
}

impl Panel for MissingTopics {
    const ID: &'static str = "missing-topics";
    const TITLE: &'static str = "Missing topics";
    const ICON: Icon = Icon::Help;
    const GROUP: Group = Group::Session;
    const NEEDS: Option<&'static str> = Some("REGISTER_HANDLER");
    const LIVE: bool = false;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = false;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let facts = &connected.missing_topics;
        self.add_ui(ui, cx, connected);
        if facts.handlers.is_empty() && facts.notes.is_empty() {
            return nothing_ui(ui, connected);
        }
        let live = connected.is_live();
        let handlers = facts.handlers.iter();
        registered_list::list_ui(ui, "handlers", handlers, |ui, h| line(ui, h, live), |ui, h| buttons_ui(ui, cx, h));
        ui.separator();
        if facts.notes.is_empty() {
            return waiting_ui(ui, facts);
        }
        if facts.open() > 0 {
            ui.ctx().request_repaint_after(Duration::from_millis(500));
        }
        if facts.dropped > 0 {
            let text = format!("{} older notifications dropped to stay within bounds", number::grouped(facts.dropped));
            ui.label(theme::faint(ui, text));
        }
        self.notes_ui(ui, cx, facts);
    }
}

impl MissingTopics {
    fn add_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.missing_topics;
        let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
        let bar =
            AddBar::new("Branch to handle missing topics of", "Branch, for example sports/live", "Register handler")
                .beside(250.0)
                .blocked(blocked);
        let check = |text: &str| {
            let path = branch(text).map_err(|error| Problem::new(capitalized(&error.located(text))))?;
            let twice = facts.handlers.iter().any(|handler| handler.path == path);
            if twice { Err(Problem::new("This branch has a handler already")) } else { Ok(path) }
        };
        let added = bar.show(ui, &mut self.text, check, |ui| {
            let decided = facts.notes.iter().any(|note| note.open.is_empty());
            if ui.add_enabled(decided, egui::Button::new("Clear")).clicked() {
                cx.send(Intent::Clear);
            }
        });
        if let Some(path) = added {
            cx.send(Intent::Register(path));
        }
    }

    /// The table, and below it the note that is chosen, or else the one that has to be decided first.
    fn notes_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, facts: &Facts) {
        let chosen = self.table.cursor().and_then(|id| facts.notes.iter().find(|note| note.id == *id));
        let urgent = || facts.notes.iter().filter(|note| note.until().is_some()).min_by_key(|note| note.until());
        let shown = chosen.or_else(urgent);
        let source = Notes { cx, notes: &facts.notes, revision: revision(&facts.notes) };
        let mut table_ui = |ui: &mut Ui| {
            let table = DataTable::new("missing-topics", "Missing topics", &COLUMNS);
            let output = table.show(ui, &mut self.table, &source);
            if let Some(note) = output.opened.and_then(|row| facts.notes.get(row)).filter(|note| note.path.is_some()) {
                cx.send(Intent::Create(note.id));
            }
        };
        let Some(note) = shown else {
            let room = ui.available_rect_before_wrap();
            return within(ui, "notes", room, table_ui);
        };
        let [list, place] = Split::below("missing topics").detail_points(detail::HEIGHT).areas(ui);
        within(ui, "notes", list, &mut table_ui);
        within(ui, "note", place, |ui| detail::detail_ui(ui, cx, note));
    }
}

/// Notes are put at the front, move there when they are told again, and go at the end.
fn revision(notes: &[Note]) -> u64 {
    revision_of(&(notes.len(), notes.first().map(|note| (note.id, note.at)), notes.last().map(|note| note.id)))
}

/// Neither handlers nor notes.
fn nothing_ui(ui: &mut Ui, connected: &Connected) {
    if !connected.is_live() {
        let text = "Handlers belong to a session: connect first, then register one on a branch";
        return format::empty_ui(ui, Icon::Disconnected, "Not connected", text);
    }
    let text = "Register a handler on a branch. Whenever a session selects topics below it that do not exist, you see who \
                asked for what, and can create the topic. The session then gets it without asking again. Needs \
                REGISTER_HANDLER";
    format::empty_ui(ui, Icon::Help, "No missing-topic handlers", text);
}

/// Handlers, but no notes yet.
fn waiting_ui(ui: &mut Ui, facts: &Facts) {
    let states = || facts.handlers.iter().map(|h| &h.state);
    match states().next() {
        Some(State::Failed(error)) if states().all(|state| matches!(state, State::Failed(_))) => {
            if is_denied(error) {
                let what = "This session may not handle missing topics";
                states::permission_ui(ui, what, "REGISTER_HANDLER", "", None);
            } else {
                format::failed_ui(ui, &error_text::call(error, "register the handler"));
            }
        }
        _ if states().any(|state| matches!(state, State::Live(_) | State::Ending)) => {
            let text = "A session that selects topics which do not exist below these branches appears here";
            format::empty_ui(ui, Icon::Ok, "Nothing is missing so far", text);
        }
        _ => format::empty_ui(ui, Icon::Ring, "Asking the server…", "The handler is live once the server confirms it"),
    }
}

fn is_denied(error: &CallError) -> bool {
    matches!(error, CallError::Service { code, .. } if *code == crate::data::ErrorCode::ACCESS_DENIED)
}

fn line<'a>(ui: &Ui, handler: &'a Handler, live: bool) -> Registered<'a> {
    let (state, stage) = match &handler.state {
        _ if !live => ("waits for the session".to_owned(), Stage::Live),
        State::Asking => ("registering…".to_owned(), Stage::Asking),
        State::Live(since) => (format!("live since {}", format::clock(*since)), Stage::Live),
        State::Ending => ("ending…".to_owned(), Stage::Asking),
        State::Failed(error) => (error_text::call(error, "register the handler").summary, Stage::Failed),
    };
    let figures = match handler.told {
        0 => String::new(),
        told => number::count_of(told, "notification", "notifications"),
    };
    Registered { name: handler.path.as_str(), chip: None, state, colour: stage.colour(Tokens::of(ui)), figures }
}

fn buttons_ui(ui: &mut Ui, cx: &Cx<'_>, handler: &Handler) {
    let path = handler.path.as_str();
    if icon_button(ui, Icon::Close, &format!("End the handler of {path}")).clicked() {
        cx.send(Intent::End(handler.id));
    }
    if matches!(handler.state, State::Failed(_))
        && icon_button(ui, Icon::Refresh, &format!("Register {path} again")).clicked()
    {
        cx.send(Intent::Retry(handler.id));
    }
}
