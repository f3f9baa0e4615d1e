//! Fields with their labels in one column, a hint beneath, and what is wrong beside the place.

use egui::{Align, Layout, Response, RichText, TextEdit, Ui, vec2};

use crate::ui::theme;
use crate::ui::theme::tokens::{size, space, text};
use crate::ui::theme::{Icon, Tokens, fonts, icon, icon_toggle};

const LABEL_WIDTH: f32 = 132.0;

/// One field of a form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field<'a> {
    /// Its label, in sentence case, without a colon.
    pub label: &'a str,
    /// A help line beneath.
    pub hint: &'a str,
    /// What is wrong with the content; replaces the hint.
    pub error: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// A field with a label only.
    #[must_use]
    pub const fn new(label: &'a str) -> Self {
        Self { label, hint: "", error: None }
    }

    /// With a help line.
    #[must_use]
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// With what is wrong.
    #[must_use]
    pub const fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// Draws the label and, to its right, the control that `control` adds. The control takes the label as its name.
    pub fn show(self, ui: &mut Ui, control: impl FnOnce(&mut Ui) -> Response) -> Response {
        let tokens = Tokens::of(ui);
        let wide = ui.available_width() > 320.0;
        let layout = if wide { Layout::left_to_right(Align::Min) } else { Layout::top_down(Align::Min) };
        let room = vec2(ui.available_width(), 0.0);
        ui.allocate_ui_with_layout(room, layout, |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let label = if wide {
                let label_layout = Layout::left_to_right(Align::Center);
                ui.allocate_ui_with_layout(vec2(LABEL_WIDTH, size::HIT), label_layout, |ui| {
                    ui.set_width(LABEL_WIDTH);
                    ui.label(theme::text(self.label).color(tokens.text_muted))
                })
                .inner
            } else {
                ui.label(theme::text(self.label).color(tokens.text_muted))
            };
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                let response = ui
                    .scope(|ui| {
                        if self.error.is_some() {
                            let widgets = &mut ui.visuals_mut().widgets;
                            for state in [&mut widgets.inactive, &mut widgets.hovered] {
                                state.bg_stroke.color = tokens.error.strong;
                            }
                        }
                        control(ui)
                    })
                    .inner
                    .labelled_by(label.id);
                note(ui, self.hint, self.error);
                response
            })
            .inner
        })
        .inner
    }

    /// A line of text over the width that is left.
    pub fn text(self, ui: &mut Ui, value: &mut String) -> Response {
        self.show(ui, |ui| ui.add(TextEdit::singleline(value).desired_width(f32::INFINITY)))
    }

    /// A line of monospaced text: paths, URLs, selectors.
    pub fn mono(self, ui: &mut Ui, value: &mut String) -> Response {
        let edit = TextEdit::singleline(value).font(egui::TextStyle::Monospace).desired_width(f32::INFINITY);
        self.show(ui, |ui| ui.add(edit))
    }

    /// A password; the eye shows it while it is on. `shown` is kept by the caller, so that a form can drop it.
    pub fn password(self, ui: &mut Ui, value: &mut String, shown: &mut bool) -> Response {
        self.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                let width = (ui.available_width() - size::HIT - space::XS).max(40.0);
                let edit = TextEdit::singleline(value).password(!*shown).desired_width(width);
                let response = ui.add(edit);
                let name = if *shown { "Hide password" } else { "Show password" };
                if icon_toggle(ui, Icon::View, name, Some(*shown)).clicked() {
                    *shown = !*shown;
                }
                response
            })
            .inner
        })
    }
}

/// A heading between groups of fields.
pub fn group_heading(ui: &mut Ui, title: &str) {
    ui.add_space(space::S);
    ui.label(theme::text(title).font(fonts::strong(text::BODY)));
    ui.add_space(space::XXS);
}

/// A name and a value side by side, for facts that cannot be changed. The value can be selected.
pub fn fact(ui: &mut Ui, label: &str, value: impl Into<RichText>) -> Response {
    let tokens = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(20.0);
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(vec2(LABEL_WIDTH, 20.0), layout, |ui| {
            ui.set_width(LABEL_WIDTH);
            ui.add(egui::Label::new(theme::text(label).color(tokens.text_muted)).truncate());
        });
        ui.add(egui::Label::new(theme::text(value.into())).selectable(true).wrap())
    })
    .inner
}

fn note(ui: &mut Ui, hint: &str, error: Option<&str>) {
    let tokens = Tokens::of(ui);
    if let Some(error) = error {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            icon(ui, Icon::Error, 12.0, tokens.error.strong);
            ui.label(theme::text(error).size(text::SMALL).color(tokens.error.strong));
        });
    } else if !hint.is_empty() {
        ui.label(theme::text(hint).size(text::SMALL).color(tokens.text_faint));
    }
}
