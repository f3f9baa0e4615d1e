//! What happened to the topic since it was selected, newest first.

use crate::data::{TopicSpec, UnsubscribeReason};
use crate::model::error_text;
use crate::model::inspector::{Happening, Inspector as Facts};
use crate::model::link::TopicEvent;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{Icon, Tokens, fonts, icon_at};
use crate::ui::widgets::rows::{RowFacts, Rows, RowsState, motion};
use crate::ui::widgets::table::paint_line;
use egui::{Color32, Rect, Ui, pos2, vec2};

/// Where the list stands.
#[derive(Default)]
pub(super) struct EventsView {
    rows: RowsState,
    cursor: Option<usize>,
}

impl EventsView {
    /// Draws the list.
    pub fn ui(&mut self, ui: &mut Ui, _cx: &Cx<'_>, facts: &Facts) {
        if facts.events.is_empty() {
            let text = "Subscriptions, removals, changes of the specification and reconnects are listed here";
            format::empty_ui(ui, Icon::History, "Nothing has happened yet", text);
            return;
        }
        let tokens = Tokens::of(ui);
        let total = facts.events.len();
        let (mut clicked, cursor) = (None, self.cursor);
        let event_at = |row: usize| total.checked_sub(row + 1).and_then(|at| facts.events.get(at));
        let output = Rows::new("Events", total).show(ui, &mut self.rows, |ui, row| {
            let Some((at, what)) = event_at(row.index) else { return };
            let (sign, colour, words) = told(what, tokens);
            let name = format!("{}, {words}", format::clock(*at));
            let facts = RowFacts { selected: cursor == Some(row.index), ..RowFacts::default() };
            let response = row.interact(ui, &name, facts);
            if response.clicked() {
                clicked = Some(row.index);
            }
            let rect = row.rect.shrink2(vec2(space::S, 0.0));
            let font = fonts::mono(text::SMALL);
            paint_line(ui, rect.with_max_x(rect.left() + 64.0), &format::clock(*at), tokens.text_faint, font, false);
            let spot = Rect::from_center_size(pos2(rect.left() + 76.0, rect.center().y), vec2(13.0, 13.0));
            icon_at(ui.painter(), spot, sign, colour);
            paint_line(ui, rect.with_min_x(rect.left() + 92.0), &words, tokens.text, fonts::text(text::BODY), false);
            response.on_hover_text(format!("{}\n{words}", format::moment(*at)));
        });
        if clicked.is_some() {
            output.response.request_focus();
        }
        if output.response.has_focus() {
            if let Some(next) = motion(ui, cursor, total, output.page) {
                self.rows.scroll_to(next, None);
                clicked = Some(next);
            }
            let copy = ui.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Copy)));
            if let Some((at, what)) = cursor.and_then(event_at).filter(|_| copy) {
                ui.ctx().copy_text(format!("{}\t{}", format::moment(*at), told(what, tokens).2));
            }
        }
        self.cursor = clicked.or(self.cursor);
    }
}

fn told(what: &Happening, tokens: &Tokens) -> (Icon, Color32, String) {
    match what {
        Happening::Subscribed(spec) => (Icon::Live, tokens.ok.strong, format!("Subscribed: {}", outline(spec))),
        Happening::SpecificationChanged(spec) => {
            (Icon::Edit, tokens.warn.strong, format!("Specification changed: {}", outline(spec)))
        }
        Happening::Unsubscribed(reason) => {
            (Icon::Struck, tokens.error.strong, format!("Unsubscribed: {}", reason_words(*reason)))
        }
        Happening::Notified(TopicEvent::Added) => (Icon::Plus, tokens.ok.strong, "The topic was added".to_owned()),
        Happening::Notified(TopicEvent::Removed) => {
            (Icon::Trash, tokens.error.strong, "The topic was removed".to_owned())
        }
        Happening::Notified(TopicEvent::Selected) => {
            (Icon::Info, tokens.text_muted, "The topic was there when notifications began".to_owned())
        }
        Happening::Notified(TopicEvent::Deselected) => {
            (Icon::Info, tokens.text_muted, "Notifications of the topic ended".to_owned())
        }
        Happening::ValueLost(reason) => {
            (Icon::Error, tokens.error.strong, format!("A value could not be used: {reason}"))
        }
        Happening::Reconnected => {
            (Icon::Plug, tokens.info.strong, "Connected again; values may be missing before this".to_owned())
        }
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
    use crate::ui::theme::tokens::LIGHT;
    use std::sync::Arc;

    #[test]
    fn each_event_is_told_in_words() {
        let spec = Arc::new(TopicSpec::new(TopicType::Json).with("OWNER", "x"));
        let said = told(&Happening::SpecificationChanged(spec), &LIGHT).2;
        assert!(said.starts_with("Specification changed: ") && said.ends_with(", OWNER x"), "{said}");
        assert!(told(&Happening::ValueLost("bad delta".to_owned()), &LIGHT).2.contains("bad delta"));
        assert!(told(&Happening::Unsubscribed(None), &LIGHT).2.contains("announced again"));
    }
}
