//! Text on its way to the screen: the only place where characters are given to egui.
//!
//! Whatever a text is made of (a topic's name, a principal, the words of a server), it is drawn with signs for what
//! cannot be seen and in a bounded length, see [`crate::data::display_text`]. Ends of lines stay where a text may
//! have several. What is copied is never taken from here.

use super::{EnvironmentColour, Tokens, fonts, tokens};
use crate::data::display_text::{MAX_NAME_CHARS, Shown, shown_in_row, shown_line, shown_text};
use egui::RichText;
use std::borrow::Cow;

/// What can be drawn.
pub trait ScreenText {
    /// It, fit to be drawn.
    fn drawn(self) -> RichText;
}

impl ScreenText for &str {
    fn drawn(self) -> RichText {
        RichText::new(shown_text(self).to_cow())
    }
}

/// Was made here.
impl ScreenText for RichText {
    fn drawn(self) -> RichText {
        self
    }
}

macro_rules! as_str {
    ($($type:ty),*) => {
        $(impl ScreenText for $type {
            fn drawn(self) -> RichText {
                (&*self as &str).drawn()
            }
        })*
    };
}

as_str!(String, &String, Cow<'_, str>, &Cow<'_, str>);

impl ScreenText for &&str {
    fn drawn(self) -> RichText {
        (*self).drawn()
    }
}

impl ScreenText for Shown<'_> {
    fn drawn(self) -> RichText {
        RichText::new(self.to_cow())
    }
}

/// Text in the face and colour of its place.
#[must_use]
pub fn text(text: impl ScreenText) -> RichText {
    text.drawn()
}

/// Text in the bold face at body size.
#[must_use]
pub fn strong(text: impl ScreenText) -> RichText {
    text.drawn().font(fonts::strong(tokens::text::BODY))
}

/// Text in the monospaced face: paths, values, names of the protocol.
#[must_use]
pub fn mono(text: impl ScreenText) -> RichText {
    text.drawn().font(fonts::mono(tokens::text::MONO))
}

/// Second text at body size.
#[must_use]
pub fn muted(ui: &egui::Ui, text: impl ScreenText) -> RichText {
    text.drawn().color(Tokens::of(ui).text_muted)
}

/// Third text, small.
#[must_use]
pub fn faint(ui: &egui::Ui, text: impl ScreenText) -> RichText {
    text.drawn().size(tokens::text::SMALL).color(Tokens::of(ui).text_faint)
}

/// A name in a row, to be laid out or painted.
#[must_use]
pub fn row_name(name: &str) -> String {
    shown_in_row(name).into()
}

/// One line to be laid out or painted.
#[must_use]
pub fn line(text: impl AsRef<str>) -> String {
    shown_line(text.as_ref(), MAX_NAME_CHARS).into()
}

/// What a screen reader says.
#[must_use]
pub fn spoken(text: impl AsRef<str>) -> String {
    shown_text(text.as_ref()).into()
}

/// A button in the colour of the accent, for the act a dialog or an empty state is about.
pub fn primary_button(ui: &egui::Ui, text: impl ScreenText) -> egui::Button<'static> {
    let tokens = Tokens::of(ui);
    egui::Button::new(strong(text).color(tokens.on_accent)).fill(tokens.accent)
}

/// A line of a menu; a key that three spaces set off from the words stands at the right edge.
pub fn menu_item(words: &str) -> egui::Button<'static> {
    match words.split_once("   ") {
        Some((words, key)) => egui::Button::new(text(words)).shortcut_text(text(key)),
        None => egui::Button::new(text(words)),
    }
}

/// A button that says that its act destroys something.
pub fn danger_button(ui: &egui::Ui, text: impl ScreenText) -> egui::Button<'static> {
    let colours = Tokens::of(ui).environment(EnvironmentColour::Production);
    egui::Button::new(strong(text).color(colours.on_fill)).fill(colours.fill)
}
