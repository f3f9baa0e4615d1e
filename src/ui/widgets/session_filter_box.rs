//! The box for session filters: says how its text is read, marks what is wrong, and offers what can be written.

use super::choice_popup::list_frame;
use super::filter_box::{FilterBox, FilterOutput};
use crate::data::SessionFilter;
use crate::model::number;
use crate::model::session_list::filter::{FilterText, Offer, Reading};
use crate::ui::theme::tokens::{radius, size, space, text};
use crate::ui::theme::{self, Tokens};
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{
    Align2, Id, Key, Modifiers, Popup, PopupCloseBehavior, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2,
};
use std::ops::Range;

/// Offers in sight at once.
const IN_SIGHT: f32 = 9.0;
const WIDTH: f32 = 340.0;

/// How the box looks.
#[derive(Default)]
pub struct SessionFilterBox {
    /// As typed; the meaning is a fact of the model.
    pub draft: String,
    /// The offer that was moved to, if one was.
    at: Option<usize>,
    /// The text for which the user closed the offers.
    closed_for: Option<String>,
    /// Offers were open in the last frame.
    open: bool,
}

/// What the user did.
#[derive(Debug)]
pub struct BoxOutput {
    /// The field.
    pub field: FilterOutput,
    /// The text is to be read so.
    pub read_as: Option<Reading>,
}

impl SessionFilterBox {
    /// Draws what the text is read as, and the field over the width that is left. `offers` says what can be written at
    /// a place of the text, and which bytes that replaces. Text only, if `filter` says that it is read so.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        id: Id,
        filter: &FilterText,
        hint: &str,
        offers: impl Fn(&str, usize) -> (Range<usize>, Vec<Offer>),
    ) -> BoxOutput {
        let reading = filter.reading();
        let words = format!("Read as: {}", reading.name());
        let toggle = ui.button(theme::text(reading.name()));
        let spoken = words.clone();
        ui.ctx().accesskit_node_builder(toggle.id, |node| node.set_label(spoken));
        let other = if reading == Reading::Text { Reading::Filter } else { Reading::Text };
        let help = match reading {
            Reading::Text => "Words that are looked for in the columns shown. Click to read it as a session filter",
            Reading::Filter => "A session filter. Click to look for its words in the columns shown",
        };
        let read_as = toggle.on_hover_text(theme::text(help)).clicked().then_some(other);
        let focused = ui.memory(|memory| memory.has_focus(id));
        let mut take = None;
        if focused && self.open {
            let key = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            if key(Key::ArrowDown) {
                self.at = Some(self.at.map_or(0, |at| at + 1));
            }
            if key(Key::ArrowUp) {
                self.at = self.at.and_then(|at| at.checked_sub(1));
            }
            if key(Key::Escape) {
                self.closed_for = Some(self.draft.clone());
            }
            if key(Key::Tab) || self.at.is_some() && key(Key::Enter) {
                take = Some(self.at.unwrap_or(0));
            }
        }
        let mark = filter.error().map(|error| SessionFilter::span(error, &self.draft));
        let mark = mark.filter(|_| filter.text() == self.draft);
        let field = FilterBox::new("Filter sessions", hint)
            .id(id)
            .mark(mark)
            .keeps_keys(self.open, self.open || !self.draft.is_empty())
            .show(ui, &mut self.draft);
        self.open = false;
        if field.response.has_focus() && reading == Reading::Filter && self.closed_for.as_ref() != Some(&self.draft) {
            self.offers_ui(ui, &field.response, take, &offers);
        }
        if field.changed {
            self.at = None;
            self.closed_for = None;
        }
        let changed = field.changed || filter.text() != self.draft;
        BoxOutput { field: FilterOutput { changed, ..field }, read_as }
    }

    fn offers_ui(
        &mut self,
        ui: &Ui,
        field: &Response,
        mut take: Option<usize>,
        offers: &impl Fn(&str, usize) -> (Range<usize>, Vec<Offer>),
    ) {
        let state = TextEditState::load(ui.ctx(), field.id);
        let cursor = state.as_ref().and_then(|state| state.cursor.char_range());
        let cursor = cursor.map_or(self.draft.len(), |range| byte_of(&self.draft, range.primary.index.into()));
        let (range, list) = offers(&self.draft, cursor);
        if list.is_empty() {
            self.at = None;
            return;
        }
        self.open = true;
        self.at = self.at.map(|at| at.min(list.len() - 1));
        let at = self.at;
        let popup = Popup::from_response(field)
            .id(field.id.with("offers"))
            .open(true)
            .width(WIDTH)
            .frame(list_frame(ui))
            .close_behavior(PopupCloseBehavior::IgnoreClicks);
        popup.show(|ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().max_height(size::ROW * IN_SIGHT).show(ui, |ui| {
                for (place, offer) in list.iter().enumerate() {
                    let row = offer_ui(ui, offer, at == Some(place));
                    if at == Some(place) {
                        row.scroll_to_me(None);
                    }
                    if row.clicked() {
                        take = Some(place);
                    }
                }
            });
        });
        let Some(offer) = take.and_then(|place| list.get(place)) else { return };
        let end = range.start + offer.written.len();
        self.draft.replace_range(range, &offer.written);
        self.at = None;
        let chars = self.draft[..end.min(self.draft.len())].chars().count();
        let mut state = state.unwrap_or_default();
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(chars))));
        state.store(ui.ctx(), field.id);
        field.request_focus();
        ui.ctx().request_repaint();
    }
}

/// The byte at which a character begins.
fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(byte, _)| byte)
}

fn offer_ui(ui: &mut Ui, offer: &Offer, selected: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    let sessions = offer.sessions.map(number::grouped).unwrap_or_default();
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListItem, true, selected, theme::spoken(format!("{} {sessions}", offer.text)))
    });
    let tokens = Tokens::of(ui);
    if selected || response.hovered() {
        let fill = if selected { tokens.selection } else { tokens.hover };
        ui.painter().rect_filled(rect, radius::S, fill);
    }
    let note = ui.painter().text(
        rect.right_center() - vec2(space::S, 0.0),
        Align2::RIGHT_CENTER,
        theme::line(sessions),
        theme::fonts::text(text::SMALL),
        tokens.text_faint,
    );
    let place = rect.shrink2(vec2(space::S, 0.0)).with_max_x(note.left() - space::S);
    super::text_line::paint_line(ui, place, &offer.text, tokens.text, theme::fonts::mono(text::MONO), false);
    response
}
