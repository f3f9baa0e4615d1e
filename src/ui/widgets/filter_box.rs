//! A field that narrows a list: a magnifying glass, a button that clears, and the place for what is wrong.

use crate::model::letter_case::uncapitalized;
use crate::ui::theme;
use egui::{Color32, CornerRadius, Frame, Id, Key, Margin, Response, Stroke, TextEdit, Ui, vec2};

use crate::ui::theme::tokens::{radius, size, space, text};
use crate::ui::theme::{Icon, Tokens, icon, icon_button};

/// What came of drawing a filter box.
#[derive(Clone, Debug)]
pub struct FilterOutput {
    /// The field.
    pub response: Response,
    /// The text is another than before.
    pub changed: bool,
    /// Enter was pressed: run it, or go to the first hit.
    pub entered: bool,
    /// Arrow down was pressed: go to the list.
    pub left_downwards: bool,
}

/// A filter box over the width that is left.
#[derive(Clone, Debug)]
pub struct FilterBox<'a> {
    name: &'a str,
    hint: &'a str,
    error: Option<&'a str>,
    id: Option<Id>,
    mono: bool,
}

impl<'a> FilterBox<'a> {
    /// The name is for the screen reader, the hint stands in the empty field.
    #[must_use]
    pub const fn new(name: &'a str, hint: &'a str) -> Self {
        Self { name, hint, error: None, id: None, mono: false }
    }

    /// What is wrong with the text; shown beneath.
    #[must_use]
    pub const fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// The id of the field, so that a shortcut can give it the focus.
    #[must_use]
    pub const fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Monospaced: selectors, session filters.
    #[must_use]
    pub const fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// Draws the box.
    pub fn show(self, ui: &mut Ui, filter: &mut String) -> FilterOutput {
        let tokens = Tokens::of(ui);
        let id = self.id.unwrap_or_else(|| ui.make_persistent_id(("filter", self.name)));
        let before = filter.clone();
        let focused = ui.memory(|memory| memory.has_focus(id));
        let stroke = match (focused, self.error) {
            (_, Some(_)) => Stroke::new(if focused { size::FOCUS } else { 1.0 }, tokens.error.strong),
            (true, None) => Stroke::new(size::FOCUS, tokens.focus),
            (false, None) => Stroke::new(1.0, tokens.outline),
        };
        let frame = Frame::new()
            .fill(tokens.content)
            .stroke(Stroke::new(1.0, Color32::TRANSPARENT))
            .corner_radius(CornerRadius::same(radius::M))
            .inner_margin(Margin { left: 7, right: 1, top: 0, bottom: 0 });
        let mut entered = false;
        let mut left_downwards = false;
        let inner = frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                icon(ui, Icon::Search, size::ICON, tokens.text_faint);
                let clear = if filter.is_empty() { 0.0 } else { size::HIT + space::XS };
                let font = if self.mono { egui::TextStyle::Monospace } else { egui::TextStyle::Body };
                let edit = TextEdit::singleline(filter)
                    .id(id)
                    .frame(Frame::NONE)
                    .font(font)
                    .margin(Margin::ZERO)
                    .align(egui::Align2::LEFT_CENTER)
                    .min_size(vec2(0.0, size::HIT - 2.0))
                    .hint_text(theme::text(self.hint).color(tokens.text_faint))
                    .desired_width((ui.available_width() - clear).max(24.0));
                let response = ui.add(edit);
                let name = self.name.to_owned();
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
                if response.has_focus() {
                    left_downwards = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::ArrowDown));
                }
                entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
                if !filter.is_empty()
                    && icon_button(ui, Icon::Close, &format!("Clear {}", uncapitalized(self.name))).clicked()
                {
                    filter.clear();
                    response.request_focus();
                }
                response
            })
            .inner
        });
        ui.painter().rect_stroke(inner.response.rect, CornerRadius::same(radius::M), stroke, egui::StrokeKind::Inside);
        if let Some(error) = self.error {
            ui.add_space(-2.0);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                icon(ui, Icon::Error, size::ICON - 1.0, tokens.error.strong);
                ui.label(theme::text(error).size(text::SMALL).color(tokens.error.strong));
            });
        }
        FilterOutput { response: inner.inner, changed: *filter != before, entered, left_downwards }
    }
}

/// The id of a panel's filter field, so that a shortcut can give it the focus.
#[must_use]
pub fn id_of(panel: &str) -> Id {
    Id::unique(("filter of panel", panel))
}
