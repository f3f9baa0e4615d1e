//! Session locks: who holds which, and those that this session acquires, waits for and releases by hand.

use super::{Group, Panel, Place};
use crate::data::SessionId;
use crate::model::error_text;
use crate::model::link::LockScope;
use crate::model::locks::{HeldLock, Intent, Locks as Facts, Loss, OwnLock, OwnState};
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::panels::sessions::links::open_session;
use crate::ui::theme;
use crate::ui::theme::{Icon, Tokens, icon_button};
use crate::ui::widgets::add_bar::{AddBar, Problem};
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::{filter_box, states};
use egui::{Align, Button, Layout, Ui};
use std::borrow::Cow;
use std::time::Duration;

/// The server tells of no change, so the list is read again while it is in sight.
const READ_EVERY: Duration = Duration::from_secs(5);

/// How the panel looks.
#[derive(Default)]
pub struct Locks {
    text: String,
    until_connection_lost: bool,
    table: TableState<String, Col>,
}

impl Panel for Locks {
    const ID: &'static str = "locks";
    const TITLE: &'static str = "Locks";
    const ICON: Icon = Icon::Lock;
    const GROUP: Group = Group::Session;
    const NEEDS: Option<&'static str> = Some("VIEW_SERVER");
    const LIVE: bool = true;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = false;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let facts = &connected.locks;
        let list = &facts.list;
        let lacks = facts.list_lacks(connected);
        if lacks.is_none() && connected.is_live() && list.is_due(READ_EVERY, cx.now()) {
            cx.send(Intent::Refresh);
        }
        self.acquire_ui(ui, cx, connected);
        let source = Rows::of(cx, connected);
        if let Some(error) = &list.error {
            let words = error_text::call_needing(error, "list the session locks of the server", "VIEW_SERVER");
            let details = (!words.details.is_empty()).then_some(words.details.as_str());
            let act = Some("Try again");
            let failure = states::Failure { what: &words.summary, why: &words.remedy, act, details };
            if states::error_banner(ui, failure).act {
                cx.send(Intent::Refresh);
            }
        }
        if let (Some(lacks), true) = (&lacks, source.rows.is_empty()) {
            let text = format!("Reading who holds which lock {lacks}. Locks can still be acquired here");
            return format::empty_ui(ui, Icon::Lock, "The list of locks is not available", &text);
        }
        if source.rows.is_empty() {
            return match &list.loading {
                Some((_, since)) if list.value.is_none() => {
                    format::loading_ui(ui, "Reading the session locks…", cx.now().secs_since(*since));
                }
                _ if list.error.is_some() => {}
                _ => {
                    let text = "A session acquires a lock by name, so that only one of several programs goes on";
                    format::empty_ui(ui, Icon::Lock, "No session lock is held", text);
                }
            };
        }
        self.tools_ui(ui, cx, connected, &source);
        DataTable::new("locks", "Session locks", &COLUMNS).show(ui, &mut self.table, &source);
    }
}

impl Locks {
    fn acquire_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let facts = &connected.locks;
        let blocked = connected.block_reason(cx.now()).map(BlockReason::sentence);
        let bar = AddBar::new("Name of a session lock to acquire", "Lock name, a path: jobs/nightly", "Acquire")
            .beside(200.0)
            .blocked(blocked);
        let check = |text: &str| facts.check(text).map_err(|error| Problem::new(error.to_string()));
        let added = bar.show(ui, &mut self.text, check, |ui| {
            let lacks = facts.list_lacks(connected);
            ui.add_enabled_ui(lacks.is_none(), |ui| {
                let why = lacks.map(|lacks| format!("Reading who holds which lock {lacks}"));
                let refresh = icon_button(ui, Icon::Refresh, "Read the locks again");
                if refresh.on_disabled_hover_text(theme::text(why.unwrap_or_default())).clicked() {
                    cx.send(Intent::Refresh);
                }
            });
        });
        tool_row(ui, |ui| {
            ui.checkbox(&mut self.until_connection_lost, "Release when the connection is lost")
                .on_hover_text("Otherwise it is held over a lost connection, until the session closes");
        });
        if let Some(name) = added {
            let scope = if self.until_connection_lost { LockScope::Connection } else { LockScope::Session };
            cx.send(Intent::Acquire { name, scope });
        }
    }

    /// The filter, and what can be done with the selected rows.
    fn tools_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, source: &Rows<'_>) {
        let table = &mut self.table;
        let selected: Vec<usize> =
            (0..source.rows.len()).filter(|row| table.is_selected(&source.rows[*row].name.to_owned())).collect();
        tool_row(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for act in Act::ALL.iter().rev() {
                    let requests = source.requests(&selected, *act);
                    let blocked = act.sends().then(|| connected.block_reason(cx.now())).flatten();
                    let button = ui
                        .add_enabled(!requests.is_empty() && blocked.is_none(), Button::new(theme::text(act.words())));
                    let reason =
                        blocked.map_or_else(|| act.nothing().to_owned(), |reason| reason.sentence().to_owned());
                    if button.on_disabled_hover_text(theme::text(reason)).clicked() {
                        act.send(cx, requests);
                    }
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    table.filter_ui(
                        ui,
                        "Filter locks",
                        "Filter by name, state or session",
                        filter_box::id_of(Self::ID),
                    );
                });
            });
        });
    }
}

/// What can be done with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Release,
    Cancel,
    Dismiss,
}

impl Act {
    const ALL: [Self; 3] = [Self::Release, Self::Cancel, Self::Dismiss];

    const fn words(self) -> &'static str {
        match self {
            Self::Release => "Release",
            Self::Cancel => "Stop waiting",
            Self::Dismiss => "Dismiss",
        }
    }

    /// Why it is off while nothing selected fits.
    const fn nothing(self) -> &'static str {
        match self {
            Self::Release => "Select a lock that this session holds",
            Self::Cancel => "Select a lock that this session waits for",
            Self::Dismiss => "Select a lock that was lost or not granted",
        }
    }

    /// Whether the server must be reached and may be changed.
    const fn sends(self) -> bool {
        matches!(self, Self::Release)
    }

    const fn fits(self, state: &OwnState) -> bool {
        match self {
            Self::Release => matches!(state, OwnState::Held { .. }),
            Self::Cancel => matches!(state, OwnState::Waiting),
            Self::Dismiss => matches!(state, OwnState::Lost(_) | OwnState::Failed(_)),
        }
    }

    fn send(self, cx: &Cx<'_>, requests: Vec<i64>) {
        match self {
            Self::Release => requests.into_iter().for_each(|request| cx.send(Intent::Release(request))),
            Self::Cancel => requests.into_iter().for_each(|request| cx.send(Intent::Cancel(request))),
            Self::Dismiss => cx.send(Intent::Dismiss(requests)),
        }
    }
}

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Name,
    State,
    Owner,
    Server,
    Sequence,
    Scope,
    Since,
}

const COLUMNS: [Column<'_, Col>; 7] = [
    Column::new(Col::Name, "name", "Lock", 150.0).grow(0.5),
    Column::new(Col::State, "state", "State", 130.0).grow(0.3),
    Column::new(Col::Owner, "owner", "Held by", 150.0).grow(0.2),
    Column::new(Col::Sequence, "sequence", "Sequence", 80.0).right().help("Each grant of any lock has a larger one"),
    Column::new(Col::Since, "since", "Since", 104.0).right().help("Since when this session waits for it or holds it"),
    Column::new(Col::Scope, "scope", "Released", 150.0).from_width(760.0).help("When it is released by itself"),
    Column::new(Col::Server, "server", "Server", 110.0)
        .hidden()
        .help("Server that the holding session is connected to"),
];

/// One lock: held by some session, asked for by this one, or both.
struct Row<'a> {
    name: &'a str,
    own: Option<&'a OwnLock>,
    held: Option<&'a HeldLock>,
}

struct Rows<'a> {
    cx: &'a Cx<'a>,
    facts: &'a Facts,
    session: Option<SessionId>,
    is_writable: bool,
    rows: Vec<Row<'a>>,
}

impl<'a> Rows<'a> {
    fn of(cx: &'a Cx<'a>, connected: &'a Connected) -> Self {
        let facts = &connected.locks;
        let held = facts.list.ready().map(Vec::as_slice).unwrap_or_default();
        let mut rows: Vec<Row<'a>> =
            facts.own.iter().map(|own| Row { name: &own.name, own: Some(own), held: None }).collect();
        let own_rows: hashbrown::HashMap<&str, usize> =
            facts.own.iter().enumerate().map(|(at, own)| (own.name.as_str(), at)).collect();
        for lock in held {
            match own_rows.get(lock.name.as_str()) {
                Some(at) => rows[*at].held = Some(lock),
                None => rows.push(Row { name: &lock.name, own: None, held: Some(lock) }),
            }
        }
        let session = connected.session.as_ref().map(|session| session.id);
        Self { cx, facts, session, is_writable: connected.block_reason(cx.now()).is_none(), rows }
    }

    fn requests(&self, rows: &[usize], act: Act) -> Vec<i64> {
        let own = rows.iter().filter_map(|row| self.rows.get(*row)?.own);
        own.filter(|own| act.fits(&own.state)).map(|own| own.request).collect()
    }
}

impl TableSource for Rows<'_> {
    type Key = String;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn revision(&self) -> u64 {
        self.facts.revision
    }

    fn key(&self, row: usize) -> String {
        self.rows[row].name.to_owned()
    }

    fn is(&self, row: usize, key: &String) -> bool {
        self.rows[row].name == key
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let Row { name, own, held } = &self.rows[row];
        match column {
            Col::Name => (*name).into(),
            Col::State => own.map_or_else(|| "held".into(), |own| state_text(&own.state)),
            Col::Owner => match (own.map(|own| &own.state), held) {
                (Some(OwnState::Held { .. } | OwnState::Releasing { .. }), _) => "this session".into(),
                // The list is older than the loss.
                (Some(OwnState::Lost(_)), Some(held)) if Some(held.session) == self.session => "".into(),
                (_, Some(held)) if Some(held.session) == self.session => "this session".into(),
                (_, Some(held)) => held.session.to_string().into(),
                (_, None) => "".into(),
            },
            Col::Server => held.map(|held| held.server.as_str()).unwrap_or_default().into(),
            Col::Sequence => match (own.map(|own| &own.state), held) {
                (Some(OwnState::Held { sequence } | OwnState::Releasing { sequence }), _) => {
                    sequence.to_string().into()
                }
                (_, held) => held.map(|held| held.sequence.to_string()).unwrap_or_default().into(),
            },
            Col::Scope => own.map(|own| own.scope.words()).unwrap_or_default().into(),
            Col::Since => own.map(|own| format::age(self.cx.now().secs_since(own.since))).unwrap_or_default().into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        match (column, self.rows[row].own) {
            (Col::Since, Some(own)) => format::moment(own.since).into(),
            _ => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Sequence => self.text(row, column).parse().map_or(SortKey::Missing, SortKey::Int),
            Col::Since => self.rows[row].own.map_or(SortKey::Missing, |own| SortKey::Int(-i128::from(own.since.0))),
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let colour = match (column, self.rows[row].own.map(|own| &own.state)) {
            (Col::State, Some(OwnState::Held { .. })) => tokens.ok.strong,
            (Col::State, Some(OwnState::Waiting | OwnState::Cancelling | OwnState::Releasing { .. })) => {
                tokens.info.strong
            }
            (Col::State, Some(OwnState::Lost(_) | OwnState::Failed(_))) => tokens.error.strong,
            (Col::Name, _) => tokens.text,
            _ => tokens.text_muted,
        };
        cell.text(ui, &self.text(row, column), colour);
    }

    fn hover(&self, row: usize) -> Option<String> {
        match &self.rows[row].own?.state {
            OwnState::Failed(error) => {
                let words = error_text::call_needing(error, "acquire the lock", "ACQUIRE_LOCK");
                Some(format!("{}. {}", words.summary, words.remedy))
            }
            _ => None,
        }
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        for act in Act::ALL {
            let requests = self.requests(rows, act);
            let enabled = !requests.is_empty() && (self.is_writable || !act.sends());
            if ui.add_enabled(enabled, Button::new(theme::text(act.words()))).clicked() {
                act.send(self.cx, requests);
                ui.close();
            }
        }
        if let [row] = rows
            && let Some(held) = self.rows[*row].held
            && ui.button("Open session").clicked()
        {
            open_session(self.cx, held.session);
            ui.close();
        }
        if let [row] = rows
            && self.rows[*row].own.is_none_or(|own| !own.is_active())
        {
            let name = self.rows[*row].name.to_owned();
            if ui.add_enabled(self.is_writable, Button::new("Acquire when it is free")).clicked() {
                self.cx.send(Intent::Acquire { name, scope: LockScope::Session });
                ui.close();
            }
        }
    }
}

fn state_text(state: &OwnState) -> Cow<'static, str> {
    match state {
        OwnState::Waiting => "waiting".into(),
        OwnState::Cancelling => "stopping the wait…".into(),
        OwnState::Held { .. } => "held".into(),
        OwnState::Releasing { .. } => "releasing…".into(),
        OwnState::Lost(Loss::Connection) => "lost with the connection".into(),
        OwnState::Lost(Loss::SessionReset) => "lost, the session is a new one".into(),
        OwnState::Lost(Loss::SessionEnded) => "lost with the session".into(),
        OwnState::Lost(Loss::NotHeld) => "was not held any more".into(),
        OwnState::Failed(error) => error_text::call_needing(error, "acquire the lock", "ACQUIRE_LOCK").summary.into(),
    }
}
