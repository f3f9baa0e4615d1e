//! Dialogs: one frame, one place for title and buttons, one rule for the keyboard and for closing.
//!
//! ```no_run
//! # use brownian::ui::widgets::dialog::{Button, Dialog};
//! # fn draw(ui: &egui::Ui) {
//! #[derive(Clone, Copy)]
//! enum Answer { Keep, Remove }
//! let output = Dialog::new("remove", "Remove news/headlines").width(430.0).show(ui, |dialog| {
//!     dialog.ui.label("Subscribers will see it go");
//!     let buttons = [Button::safe("Keep it", Answer::Keep), Button::danger("Remove", Answer::Remove)];
//!     dialog.buttons(|_| (), &buttons)
//! });
//! let closes = output.closes || output.inner.is_some();
//! # let _ = closes;
//! # }
//! ```
//!
//! - The keyboard goes to the widget given to [`DialogUi::first_focus`], else to the safe button.
//! - Esc closes; a press beside the dialog too, unless it holds typed text ([`Dialog::keeps_text`]).
//! - Buttons stand in the order of the system, whatever the order in which they are listed.
//! - It is never larger than the window; what may be higher goes into [`DialogUi::body`] and scrolls.

use super::button_row;
use crate::ui::theme::{self, Tokens};
use egui::{Id, Response, Ui};

/// What the window keeps free around a dialog: to the sides, and above and below.
const MARGIN: egui::Vec2 = egui::vec2(80.0, 90.0);
/// Height of the row of buttons with the room above it.
const BUTTONS: f32 = 50.0;

/// A dialog in front of the window.
pub struct Dialog<'a> {
    id: &'a str,
    title: String,
    width: f32,
    height: Option<f32>,
    keeps_text: bool,
    top: Option<f32>,
}

/// What came of drawing a dialog.
pub struct DialogOutput<R> {
    /// What the content gave back.
    pub inner: R,
    /// Whether the user wants it closed without an answer.
    pub closes: bool,
}

impl<A> DialogOutput<Option<A>> {
    /// The answer that was chosen; `closed` if the user closed the dialog without one.
    #[must_use]
    pub fn answer_or(self, closed: A) -> Option<A> {
        self.inner.or(self.closes.then_some(closed))
    }
}

/// What the content of a dialog is drawn with.
pub struct DialogUi<'a> {
    /// Below the title.
    pub ui: &'a mut Ui,
    opening: Opening,
    front: bool,
    bottom: f32,
}

/// How far a dialog is with giving away the keyboard.
#[derive(Clone, Copy, Default)]
struct Opening {
    /// The frame in which it was last drawn.
    frame: u64,
    /// The frame in which it opened.
    opened: u64,
    /// A widget of the content wants the keyboard.
    claimed: bool,
    /// The keyboard has been given away.
    done: bool,
}

/// What pressing a button means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Changes nothing; has the keyboard first.
    Safe,
    /// One of several other answers.
    Plain,
    /// What the dialog is for.
    Primary,
    /// What the dialog is for, and cannot be taken back, or concerns a production server.
    Danger,
}

/// A button of the last row, with the answer that it stands for.
pub struct Button<'a, A> {
    words: String,
    answer: A,
    kind: Kind,
    block: Option<&'a str>,
    hover: String,
    pressed: bool,
}

impl<'a, A> Button<'a, A> {
    fn of(kind: Kind, words: impl Into<String>, answer: A) -> Self {
        Self { words: words.into(), answer, kind, block: None, hover: String::new(), pressed: false }
    }

    /// The answer that changes nothing.
    pub fn safe(words: impl Into<String>, answer: A) -> Self {
        Self::of(Kind::Safe, words, answer).hover("Esc")
    }

    /// One of several other answers.
    pub fn plain(words: impl Into<String>, answer: A) -> Self {
        Self::of(Kind::Plain, words, answer)
    }

    /// What the dialog is for.
    pub fn primary(words: impl Into<String>, answer: A) -> Self {
        Self::of(Kind::Primary, words, answer)
    }

    /// What the dialog is for, when it destroys something or concerns a production server.
    pub fn danger(words: impl Into<String>, answer: A) -> Self {
        Self::of(Kind::Danger, words, answer)
    }

    /// What the dialog is for: [`Self::danger`] or [`Self::primary`].
    pub fn main(danger: bool, words: impl Into<String>, answer: A) -> Self {
        Self::of(if danger { Kind::Danger } else { Kind::Primary }, words, answer)
    }

    /// Off, with this reason on hover, where there is one.
    #[must_use]
    pub const fn unless(mut self, block: Option<&'a str>) -> Self {
        self.block = block;
        self
    }

    /// More about it, on hover.
    #[must_use]
    pub fn hover(mut self, hover: impl Into<String>) -> Self {
        self.hover = hover.into();
        self
    }

    /// With a key, and whether it was pressed in this frame.
    #[must_use]
    pub fn key(mut self, (text, pressed): (String, bool)) -> Self {
        self.hover = text;
        self.pressed = pressed;
        self
    }
}

impl<'a> Dialog<'a> {
    /// A dialog with a title; the id tells it from others.
    #[must_use]
    pub fn new(id: &'a str, title: impl Into<String>) -> Self {
        Self { id, title: title.into(), width: 430.0, height: None, keeps_text: false, top: None }
    }

    /// As wide as this, if the window is.
    #[must_use]
    pub const fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// As high as this, if the window is; by itself as high as its content.
    #[must_use]
    pub const fn height(mut self, height: f32) -> Self {
        self.height = Some(height);
        self
    }

    /// A press beside it does not close it: what was typed would be lost by a slip.
    #[must_use]
    pub const fn keeps_text(mut self) -> Self {
        self.keeps_text = true;
        self
    }

    /// Its upper edge stays so far below the window's while the content changes.
    #[must_use]
    pub const fn top(mut self, top: f32) -> Self {
        self.top = Some(top);
        self
    }

    /// Draws it in front of the window.
    pub fn show<R>(self, ui: &Ui, content: impl FnOnce(&mut DialogUi<'_>) -> R) -> DialogOutput<R> {
        let ctx = ui.ctx().clone();
        let id = Id::unique(self.id);
        let frame = ctx.cumulative_frame_nr();
        let mut opening: Opening = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
        if opening.frame + 1 < frame {
            opening = Opening { opened: frame, ..Opening::default() };
        }
        opening.frame = frame;
        let window = ctx.content_rect().size();
        let mut modal = egui::Modal::new(id).frame(theme::dialog_frame(ui));
        if let Some(top) = self.top {
            let area = egui::Modal::default_area(id);
            modal = modal.area(area.anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, top)));
        }
        let output = modal.show(&ctx, |ui| {
            let front = ctx.memory(egui::Memory::top_modal_layer).is_none_or(|top| top == ui.layer_id());
            ui.set_width(self.width.min(window.x - MARGIN.x));
            let most = window.y - MARGIN.y;
            match self.height {
                Some(height) => ui.set_height(height.min(most)),
                None => ui.set_max_height(most),
            }
            let bottom = ui.cursor().top() + self.height.unwrap_or(most).min(most);
            if !self.title.is_empty() {
                ui.add(egui::Label::new(theme::text(theme::line(self.title)).heading()).truncate());
                ui.add_space(2.0);
            }
            let mut dialog = DialogUi { ui, opening, front, bottom };
            let inner = content(&mut dialog);
            opening = dialog.opening;
            inner
        });
        ctx.data_mut(|data| data.insert_temp(id, opening));
        let closes = output.should_close() && !(self.keeps_text && output.backdrop_response.clicked());
        DialogOutput { closes, inner: output.inner }
    }
}

impl DialogUi<'_> {
    /// Whether no other dialog stands in front of it: only then are keys for it.
    #[must_use]
    pub const fn is_front(&self) -> bool {
        self.front
    }

    /// Gives this widget the keyboard when the dialog opens. The first frame may be drawn several times to measure it, and
    /// what is disabled does not keep the keyboard, so it is offered until a later frame finds it there.
    pub fn first_focus(&mut self, response: &Response) {
        self.opening.claimed = true;
        offer(&mut self.opening, response);
    }

    /// The part that scrolls when the window is too low for it; the row of buttons fits below.
    pub fn body<R>(&mut self, content: impl FnOnce(&mut Ui, &mut FirstFocus<'_>) -> R) -> R {
        let most = (self.bottom - self.ui.cursor().top() - BUTTONS).max(60.0);
        let opening = &mut self.opening;
        // As high as the window allows before it scrolls; by itself it would keep the height it had at first.
        let area = egui::ScrollArea::vertical().max_height(most).min_scrolled_height(most);
        area.show(self.ui, |ui| {
            ui.set_width(ui.available_width() - 10.0); // the bar covers nothing
            content(ui, &mut FirstFocus(opening))
        })
        .inner
    }

    /// The last row: `note` at the left, the buttons at the right. Gives back the answer that was chosen.
    pub fn buttons<A: Copy>(&mut self, note: impl FnOnce(&mut Ui), buttons: &[Button<'_, A>]) -> Option<A> {
        self.ui.add_space(12.0);
        let windows = self.ui.ctx().os() == egui::os::OperatingSystem::Windows;
        let opening = &mut self.opening;
        let mut answer = None;
        button_row::row_ui(self.ui, note, |ui| {
            for button in order(windows, buttons) {
                let response = button_ui(ui, button);
                if button.kind == Kind::Safe && !opening.claimed {
                    offer(opening, &response);
                }
                // Enter alone presses the button that has the keyboard; the key of a button comes before.
                let by_key = button.block.is_none() && button.pressed;
                if by_key || (response.clicked() && answer.is_none()) {
                    answer = Some(button.answer);
                }
            }
        });
        answer
    }

    /// A warning or a reason, small, in its colour, above the buttons.
    pub fn problem(&mut self, text: &str) {
        let tokens = Tokens::of(self.ui);
        self.ui.add_space(4.0);
        self.ui.horizontal_wrapped(|ui| {
            theme::icon(ui, theme::Icon::Error, 13.0, tokens.error.strong);
            ui.label(theme::text(text).color(tokens.error.strong));
        });
    }
}

/// Gives the keyboard to a widget of a dialog that has just opened.
pub struct FirstFocus<'a>(&'a mut Opening);

impl FirstFocus<'_> {
    /// As [`DialogUi::first_focus`].
    pub fn give(&mut self, response: &Response) {
        self.0.claimed = true;
        offer(self.0, response);
    }

    /// Whether the dialog still gives it away: what goes with it, such as the place of the cursor, is done now.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        !self.0.done
    }
}

fn offer(opening: &mut Opening, response: &Response) {
    if !opening.done {
        if response.has_focus() && opening.frame > opening.opened {
            opening.done = true;
        } else {
            response.request_focus();
        }
    }
}

/// As the system wants them: on Windows what the dialog is for comes first, elsewhere it stands at the end.
fn order<'b, 'a, A>(windows: bool, buttons: &'b [Button<'a, A>]) -> Vec<&'b Button<'a, A>> {
    let rank = |button: &Button<'_, A>| match (button.kind, windows) {
        (Kind::Primary | Kind::Danger, true) | (Kind::Plain, false) => 0,
        (Kind::Plain, true) | (Kind::Safe, false) => 1,
        (Kind::Safe, true) | (Kind::Primary | Kind::Danger, false) => 2,
    };
    let mut order: Vec<_> = buttons.iter().collect();
    order.sort_by_key(|button| rank(button));
    order
}

fn button_ui<A>(ui: &mut Ui, button: &Button<'_, A>) -> Response {
    let widget = match button.kind {
        Kind::Safe | Kind::Plain => egui::Button::new(theme::text(button.words.clone())),
        Kind::Primary => theme::primary_button(ui, button.words.clone()),
        Kind::Danger => theme::danger_button(ui, button.words.clone()),
    };
    let mut response = ui.add_enabled(button.block.is_none(), widget);
    if !button.hover.is_empty() {
        response = response.on_hover_text(theme::text(&button.hover));
    }
    response.on_disabled_hover_text(theme::text(button.block.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_stand_in_the_order_of_the_system() {
        let buttons = [Button::primary("Save", 0), Button::safe("Cancel", 1), Button::plain("Replace", 2)];
        let words = |windows| order(windows, &buttons).iter().map(|b| b.words.clone()).collect::<Vec<_>>();
        assert_eq!(words(false), ["Replace", "Cancel", "Save"]);
        assert_eq!(words(true), ["Save", "Replace", "Cancel"]);
    }
}
