//! Things that the user registered with the server, one line for each: name, where it stands, figures, buttons.

use crate::data::shown;
use crate::ui::theme::tokens::text;
use crate::ui::theme::{self, Tokens};
use egui::{Align, Color32, Label, Layout, ScrollArea, Sense, Ui, vec2};

/// Height of a line, in points.
const LINE: f32 = 26.0;

/// A line.
#[derive(Clone, Debug)]
pub struct Registered<'a> {
    /// What was registered, as the user wrote it.
    pub name: &'a str,
    /// The colour by which it is found elsewhere.
    pub chip: Option<Color32>,
    /// Where it stands: "asking…", "live since 14:03:22".
    pub state: String,
    /// The colour of that.
    pub colour: Color32,
    /// What it brought so far; stands at the right.
    pub figures: String,
}

/// Draws the lines, with `buttons` at the right end of each, the rightmost first. Where there are many, they scroll:
/// what they brought stands below and needs the room.
pub fn list_ui<'a, T: 'a>(
    ui: &mut Ui,
    name: &str,
    items: impl ExactSizeIterator<Item = T>,
    line: impl Fn(&Ui, &T) -> Registered<'a>,
    buttons: impl Fn(&mut Ui, &T),
) {
    let most = (ui.available_height() * 0.4).max(LINE * 2.0);
    ScrollArea::vertical().id_salt(name).max_height(most).auto_shrink([false, true]).show(ui, |ui| {
        for item in items {
            let made = line(ui, &item);
            line_ui(ui, &made, |ui| buttons(ui, &item));
        }
    });
}

fn line_ui(ui: &mut Ui, line: &Registered<'_>, buttons: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(4.0);
            buttons(ui);
            if !line.figures.is_empty() {
                ui.label(theme::muted(ui, &line.figures));
            }
            // What is long is cut, so that it never runs into the figures.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add_space(8.0);
                if let Some(colour) = line.chip {
                    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                    ui.painter().rect_filled(rect, 3, colour);
                }
                ui.scope(|ui| {
                    ui.set_max_width(ui.available_width() * 0.6);
                    ui.add(Label::new(theme::mono(shown(line.name))).truncate())
                        .on_hover_text(theme::text(shown(line.name)));
                });
                let state = theme::text(&line.state).color(line.colour).size(text::SMALL);
                ui.add(Label::new(theme::text(state)).truncate()).on_hover_text(theme::text(&line.state));
            });
        });
    });
}

/// The colour of something under way, something that waits, something that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The request is on its way.
    Asking,
    /// It is as it should be.
    Live,
    /// The user or the line holds it back.
    Waiting,
    /// The server refused it.
    Failed,
}

impl Stage {
    /// Its colour.
    #[must_use]
    pub fn colour(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::Asking => tokens.text_muted,
            Self::Live => tokens.text_faint,
            Self::Waiting => tokens.warn.strong,
            Self::Failed => tokens.error.strong,
        }
    }
}
