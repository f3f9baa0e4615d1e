//! The environment of a server as it is shown everywhere: its colour, its word, and the server's name with both.

use super::theme::{self, EnvironmentColour, Tokens};
use crate::model::Connected;
use crate::model::connections::Environment;
use egui::Ui;

/// The colour of an environment.
pub(super) const fn colour(environment: Environment) -> EnvironmentColour {
    match environment {
        Environment::Development => EnvironmentColour::Development,
        Environment::Test => EnvironmentColour::Test,
        Environment::Production => EnvironmentColour::Production,
        Environment::Demo => EnvironmentColour::Demo,
    }
}

/// The name of the server with the word and colour of its environment.
pub(super) fn server_ui(ui: &mut Ui, connected: &Connected) {
    let environment = colour(connected.environment);
    let colours = Tokens::of(ui).environment(environment);
    egui::Frame::new()
        .fill(colours.fill)
        .corner_radius(theme::tokens::radius::S)
        .inner_margin(egui::Margin::symmetric(6, 1))
        .show(ui, |ui| {
            let word = theme::text(environment.word()).size(theme::tokens::text::SMALL).color(colours.on_fill);
            ui.add(egui::Label::new(theme::text(word)).selectable(false));
        });
    ui.add(egui::Label::new(theme::muted(ui, &connected.name)).truncate());
}
