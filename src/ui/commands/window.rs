//! Commands on the window itself.

use super::{Command, Scope, Section, Target, bare, commands, ctrl};
use crate::model::journal;
use crate::model::settings::{self, Theme};
use crate::ui::cx::ShellRequest;
use crate::ui::theme::Icon;
use egui::Key;

commands! {
    /// Opens the palette.
    SEARCH = Command::new("search", "Search everything", Section::Window, |on| {
        on.cx.ask_shell(ShellRequest::OpenPalette);
    }).key(ctrl(Key::K)).icon(Icon::Search).not_in_palette();
    /// Shows the list of keys, or hides it.
    KEYS = Command::new("keys", "Keyboard shortcuts", Section::Window, |on| {
        on.cx.ask_shell(ShellRequest::ToggleKeys);
    }).key(bare(Key::F1)).icon(Icon::Help).scope(Scope::Always);
    /// Takes back the latest change of the connection shown.
    UNDO = Command::new("undo", "Undo the last change of the server", Section::Window, |on| {
        on.cx.send(journal::Intent::UndoLast);
    }).key(ctrl(Key::Z)).scope(Scope::OutsideText).unless(super::needs_connection);
    /// Sends what the editor or the dialog with the keyboard holds; each of them asks for this key by itself.
    SEND = Command::new("send", "Send what is edited", Section::Window, |_| ())
        .key(ctrl(Key::Enter))
        .scope(Scope::Form)
        .not_in_palette();
    /// A larger scale.
    LARGER = Command::new("larger", "Larger", Section::Window, |on| scale(on, 0.1))
        .key(ctrl(Key::Plus))
        .scope(Scope::Always);
    /// A smaller scale.
    SMALLER = Command::new("smaller", "Smaller", Section::Window, |on| scale(on, -0.1))
        .key(ctrl(Key::Minus))
        .scope(Scope::Always);
    /// The scale of the first start.
    NORMAL_SIZE = Command::new("normal-size", "Normal size", Section::Window, |on| {
        on.cx.send(settings::Intent::SetScale(1.0));
    }).key(ctrl(Key::Num0)).scope(Scope::Always);
    /// The theme of the desktop.
    THEME_SYSTEM = Command::new("theme-system", "Follow the theme of the system", Section::Window, |on| {
        on.cx.send(settings::Intent::SetTheme(Theme::System));
    });
    /// The light theme.
    THEME_LIGHT = Command::new("theme-light", "Light theme", Section::Window, |on| {
        on.cx.send(settings::Intent::SetTheme(Theme::Light));
    });
    /// The dark theme.
    THEME_DARK = Command::new("theme-dark", "Dark theme", Section::Window, |on| {
        on.cx.send(settings::Intent::SetTheme(Theme::Dark));
    });
    /// The theme with the strongest contrast.
    THEME_HIGH_CONTRAST = Command::new("theme-high-contrast", "High contrast theme", Section::Window, |on| {
        on.cx.send(settings::Intent::SetTheme(Theme::HighContrast));
    });
    /// Shows what is kept on this computer, and deletes it.
    KEPT_DATA = Command::new("kept-data", "Data kept on this computer…", Section::Window, |on| {
        on.cx.ask_shell(ShellRequest::ShowKeptData);
    });
    /// Puts the dock back to its first layout.
    RESET_LAYOUT = Command::new("reset-layout", "Reset layout", Section::Window, |on| {
        on.cx.ask_shell(ShellRequest::ResetLayout);
    }).unless(super::needs_connection);
}

fn scale(on: &Target<'_>, step: f32) {
    on.cx.send(settings::Intent::SetScale(on.cx.model.settings.scale + step));
}
