//! What happened to the topic since it was selected, newest first.

use crate::data::{TopicSpec, UnsubscribeReason};
use crate::model::error_text;
use crate::model::inspector::{Happening, Inspector as Facts};
use crate::model::link::TopicEvent;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{Icon, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use egui::{Color32, Ui};
use std::borrow::Cow;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Time,
    Event,
}

const COLUMNS: [Column<'_, Col>; 2] =
    [Column::new(Col::Time, "time", "Time", 72.0), Column::new(Col::Event, "event", "Event", 200.0).grow(1.0)];

/// Where the list stands.
#[derive(Default)]
pub(super) struct EventsView {
    /// Rows are named by their place from the oldest.
    table: TableState<usize, Col>,
}

impl EventsView {
    /// Draws the list.
    pub(super) fn ui(&mut self, ui: &mut Ui, _cx: &Cx<'_>, facts: &Facts) {
        if facts.events.is_empty() {
            let text = "Subscriptions, removals, changes of the specification and reconnects are listed here";
            format::empty_ui(ui, Icon::History, "Nothing has happened yet", text);
            return;
        }
        DataTable::new("topic-events", "Events", &COLUMNS).show(ui, &mut self.table, &Events { facts });
    }
}

struct Events<'a> {
    facts: &'a Facts,
}

impl Events<'_> {
    fn place(&self, row: usize) -> usize {
        self.facts.events.len() - 1 - row
    }
}

impl TableSource for Events<'_> {
    type Key = usize;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.facts.events.len()
    }

    fn revision(&self) -> u64 {
        self.facts.events.len() as u64
    }

    fn key(&self, row: usize) -> usize {
        self.place(row)
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let (at, what) = &self.facts.events[self.place(row)];
        match column {
            Col::Time => format::clock(*at).into(),
            Col::Event => words(what).into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        match column {
            Col::Time => format::moment(self.facts.events[self.place(row)].0).into(),
            Col::Event => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Time => SortKey::Int(self.place(row) as i128),
            Col::Event => SortKey::Text(self.text(row, column)),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        match column {
            Col::Time => cell.mono(ui, &text, tokens.text_faint),
            Col::Event => {
                let (sign, colour) = sign(&self.facts.events[self.place(row)].1, tokens);
                cell.icon(ui, sign, colour);
                cell.text(ui, &text, tokens.text);
            }
        }
    }

    fn hover(&self, row: usize) -> Option<String> {
        let (at, what) = &self.facts.events[self.place(row)];
        Some(format!("{}\n{}", format::moment(*at), words(what)))
    }
}

fn sign(what: &Happening, tokens: &Tokens) -> (Icon, Color32) {
    match what {
        Happening::Subscribed(_) => (Icon::Live, tokens.ok.strong),
        Happening::SpecificationChanged(_) => (Icon::Edit, tokens.warn.strong),
        Happening::Unsubscribed(_) => (Icon::Struck, tokens.error.strong),
        Happening::Notified(TopicEvent::Added) => (Icon::Plus, tokens.ok.strong),
        Happening::Notified(TopicEvent::Removed) => (Icon::Trash, tokens.error.strong),
        Happening::Notified(TopicEvent::Selected | TopicEvent::Deselected) => (Icon::Info, tokens.text_muted),
        Happening::ValueLost(_) => (Icon::Error, tokens.error.strong),
        Happening::Reconnected => (Icon::Plug, tokens.info.strong),
    }
}

fn words(what: &Happening) -> String {
    match what {
        Happening::Subscribed(spec) => format!("Subscribed: {}", outline(spec)),
        Happening::SpecificationChanged(spec) => format!("Specification changed: {}", outline(spec)),
        Happening::Unsubscribed(reason) => format!("Unsubscribed: {}", reason_words(*reason)),
        Happening::Notified(TopicEvent::Added) => "The topic was added".to_owned(),
        Happening::Notified(TopicEvent::Removed) => "The topic was removed".to_owned(),
        Happening::Notified(TopicEvent::Selected) => "The topic was there when notifications began".to_owned(),
        Happening::Notified(TopicEvent::Deselected) => "Notifications of the topic ended".to_owned(),
        Happening::ValueLost(reason) => format!("A value could not be used: {reason}"),
        Happening::Reconnected => "Connected again; values may be missing before this".to_owned(),
    }
}

/// Why a subscription ended, with the name of the reason.
pub(super) fn reason_words(reason: Option<UnsubscribeReason>) -> String {
    let name = match reason {
        None => return error_text::unsubscribed(None).to_owned(),
        Some(UnsubscribeReason::Requested) => "REQUESTED",
        Some(UnsubscribeReason::Control) => "CONTROL",
        Some(UnsubscribeReason::Removed) => "REMOVAL",
        Some(UnsubscribeReason::Authorization) => "AUTHORIZATION",
        Some(UnsubscribeReason::Unknown) => "UNKNOWN_UNSUBSCRIBE_REASON",
        Some(UnsubscribeReason::BackPressure) => "BACK_PRESSURE",
        Some(UnsubscribeReason::BranchMappings) => "BRANCH_MAPPINGS",
    };
    format!("{} ({name})", error_text::unsubscribed(reason))
}

/// The type and the properties given, on one line.
fn outline(spec: &TopicSpec) -> String {
    let properties = spec.properties.iter().map(|(key, value)| format!("{key} {value}"));
    let parts: Vec<String> = std::iter::once(spec.topic_type.name().to_owned()).chain(properties).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;
    use std::sync::Arc;

    #[test]
    fn each_event_has_words() {
        let spec = Arc::new(TopicSpec::new(TopicType::Json).with("OWNER", "x"));
        let said = words(&Happening::SpecificationChanged(spec));
        assert!(said.starts_with("Specification changed: ") && said.ends_with(", OWNER x"), "{said}");
        assert!(words(&Happening::ValueLost("bad delta".to_owned())).contains("bad delta"));
        assert!(words(&Happening::Unsubscribed(None)).contains("announced again"));
    }
}
