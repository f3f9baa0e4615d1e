//! A bar that adds something by its text: a field that is checked while one types, a button, what is wrong below.

use super::layout::tool_row;
use crate::ui::theme::{self, Tokens};
use egui::{Align, Button, Key, Layout, Role, TextEdit, Ui, WidgetInfo};

/// Why a text cannot be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// One sentence, with the place in the text where that helps.
    pub text: String,
    /// A text that would do.
    pub suggestion: Option<String>,
}

impl Problem {
    /// A reason without a suggestion.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), suggestion: None }
    }
}

/// A bar to be drawn.
#[derive(Clone, Debug)]
pub struct AddBar<'a> {
    name: &'a str,
    hint: &'a str,
    button: &'a str,
    beside: f32,
    blocked: Option<&'a str>,
    failed: Option<Problem>,
}

impl<'a> AddBar<'a> {
    /// The name of the field for the screen reader, what stands in it while it is empty, and the words of the button.
    #[must_use]
    pub const fn new(name: &'a str, hint: &'a str, button: &'a str) -> Self {
        Self { name, hint, button, beside: 230.0, blocked: None, failed: None }
    }

    /// Points that the buttons to the right of the field need.
    #[must_use]
    pub const fn beside(mut self, points: f32) -> Self {
        self.beside = points;
        self
    }

    /// Why nothing can be added now, if that is so. Stands below the field and beside the button.
    #[must_use]
    pub const fn blocked(mut self, reason: Option<&'a str>) -> Self {
        self.blocked = reason;
        self
    }

    /// Why the last text could not be added; shown until another one is typed.
    #[must_use]
    pub fn failed(mut self, problem: Option<Problem>) -> Self {
        self.failed = problem;
        self
    }

    /// Draws the bar, with `right` at its right end. Gives back what was made of the text when the user adds it, and
    /// empties the field.
    pub fn show<T>(
        self,
        ui: &mut Ui,
        text: &mut String,
        check: impl FnOnce(&str) -> Result<T, Problem>,
        right: impl FnOnce(&mut Ui),
    ) -> Option<T> {
        let is_empty = text.trim().is_empty();
        let checked = if is_empty { None } else { Some(check(text.trim())) };
        let mut added = None;
        let (checked, problem) = match checked {
            Some(Ok(made)) => (Some(made), None),
            Some(Err(problem)) => (None, Some(problem)),
            None => (None, self.failed.clone()),
        };
        tool_row(ui, |ui| {
            let edit = TextEdit::singleline(text)
                .hint_text(theme::text(self.hint))
                .font(egui::TextStyle::Monospace)
                .desired_width((ui.available_width() - self.beside).clamp(100.0, 420.0));
            let response = ui.add(edit);
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, theme::spoken(self.name)));
            let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            let usable = checked.is_some() && self.blocked.is_none();
            let button = ui.add_enabled(usable, Button::new(theme::text(self.button)));
            let button = button.on_disabled_hover_text(theme::text(self.blocked.unwrap_or("Write what to add first")));
            if (button.clicked() || entered) && usable {
                text.clear();
                added = checked;
                response.request_focus();
            }
            ui.with_layout(Layout::right_to_left(Align::Center), right);
        });
        if let Some(problem) = problem {
            problem_ui(ui, text, problem);
        } else if let Some(reason) = self.blocked {
            line_ui(ui, |ui| {
                ui.label(theme::muted(ui, reason));
            });
        }
        added
    }
}

fn problem_ui(ui: &mut Ui, text: &mut String, problem: Problem) {
    line_ui(ui, |ui| {
        ui.label(theme::text(problem.text).color(Tokens::of(ui).error.strong));
        if let Some(better) = problem.suggestion
            && ui.button(theme::text(format!("Use {better}"))).clicked()
        {
            *text = better;
        }
    });
}

fn line_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.horizontal_wrapped(|ui| {
        ui.add_space(10.0);
        add(ui);
    });
}
