//! A field that narrows a list: a magnifying glass, a button that clears, and the place for what is wrong.

use crate::model::letter_case::uncapitalized;
use crate::ui::theme;
use egui::text::CCursor;
use egui::text_edit::TextEditOutput;
use egui::{
    Color32, CornerRadius, EventFilter, Frame, Id, Key, Margin, Response, Shape, Stroke, TextEdit, Ui, pos2, vec2,
};
use std::ops::Range;

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
    mark: Option<Range<usize>>,
    keeps_tab: bool,
    keeps_escape: bool,
}

impl<'a> FilterBox<'a> {
    /// The name is for the screen reader, the hint stands in the empty field.
    #[must_use]
    pub const fn new(name: &'a str, hint: &'a str) -> Self {
        Self { name, hint, error: None, id: None, mono: false, mark: None, keeps_tab: false, keeps_escape: false }
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

    /// The bytes of the text that are wrong get a wavy line; what is wrong with them is said elsewhere.
    #[must_use]
    pub const fn mark(mut self, mark: Option<Range<usize>>) -> Self {
        self.mark = mark;
        self
    }

    /// Tab is for what is open beside the field, Esc for that or for the text; neither moves the keyboard.
    #[must_use]
    pub const fn keeps_keys(mut self, tab: bool, escape: bool) -> Self {
        (self.keeps_tab, self.keeps_escape) = (tab, escape);
        self
    }

    /// Draws the box.
    pub fn show(self, ui: &mut Ui, filter: &mut String) -> FilterOutput {
        let tokens = Tokens::of(ui);
        let id = self.id.unwrap_or_else(|| ui.make_persistent_id(("filter", self.name)));
        let before = filter.clone();
        let focused = ui.memory(|memory| memory.has_focus(id));
        let stroke = match (focused, self.error.is_some() || self.mark.is_some()) {
            (_, true) => Stroke::new(if focused { size::FOCUS } else { 1.0 }, tokens.error.strong),
            (true, false) => Stroke::new(size::FOCUS, tokens.focus),
            (false, false) => Stroke::new(1.0, tokens.outline),
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
                    .event_filter(EventFilter {
                        tab: self.keeps_tab,
                        escape: self.keeps_escape,
                        horizontal_arrows: true,
                        vertical_arrows: true,
                    })
                    .desired_width((ui.available_width() - clear).max(24.0));
                let output = edit.show(ui);
                if let Some(mark) = &self.mark {
                    wavy_line(ui, filter, mark, &output);
                }
                let response = output.response.response;
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

/// Marks bytes of the text that was drawn.
fn wavy_line(ui: &Ui, text: &str, mark: &Range<usize>, output: &TextEditOutput) {
    let x = |byte: usize| {
        let chars = text.get(..byte.min(text.len())).map_or(0, |before| before.chars().count());
        output.galley_pos.x + output.galley.pos_from_cursor(CCursor::new(chars)).left()
    };
    let (left, right) = (x(mark.start), x(mark.end));
    let bottom = output.galley_pos.y + output.galley.rect.bottom() - 1.0;
    let steps = ((right - left) / 2.0).clamp(3.0, 2000.0) as usize;
    let point = |step: usize| pos2(left + step as f32 * 2.0, bottom + if step.is_multiple_of(2) { 0.0 } else { 2.0 });
    let points: Vec<egui::Pos2> = (0..=steps).map(point).collect();
    let painter = ui.painter().with_clip_rect(output.text_clip_rect.expand2(vec2(0.0, 3.0)));
    painter.add(Shape::line(points, Stroke::new(1.0, Tokens::of(ui).error.strong)));
}

/// The id of a panel's filter field, so that a shortcut can give it the focus.
#[must_use]
pub fn id_of(panel: &str) -> Id {
    Id::unique(("filter of panel", panel))
}
