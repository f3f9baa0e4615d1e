//! A list that opens beneath a button: typed letters narrow it, arrows move in it, Enter chooses.

use crate::ui::theme::tokens::{radius, size, space, text};
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use egui::{
    Align2, Frame, Id, Key, Modifiers, Popup, PopupCloseBehavior, Response, Role, ScrollArea, Sense, TextEdit, Ui,
    WidgetInfo, vec2,
};

/// Rows in sight at once.
const IN_SIGHT: usize = 10;
const WIDTH: f32 = 280.0;

/// Something that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What it is.
    pub text: String,
    /// Stands at the right edge: a number, where it comes from.
    pub note: String,
    /// It can be taken from the list.
    pub removable: bool,
}

/// The list and what was typed into it.
#[derive(Default)]
pub struct ChoicePopup {
    open: bool,
    typed: String,
    at: usize,
    /// What had the keyboard before it opened.
    former: Option<Id>,
    fresh: bool,
}

/// What the user did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Chose this one.
    Take(usize),
    /// Takes this one from the list.
    Remove(usize),
}

impl ChoicePopup {
    /// Opens it at the next drawing, or closes it.
    pub fn toggle(&mut self, ui: &Ui) {
        self.open = !self.open;
        if self.open {
            self.typed.clear();
            self.at = 0;
            self.fresh = true;
            self.former = ui.memory(egui::Memory::focused);
        }
    }

    /// Draws it, if it is open, beneath this.
    pub fn show(&mut self, ui: &Ui, anchor: &Response, name: &str, empty: &str, choices: &[Choice]) -> Option<Chosen> {
        if !self.open {
            return None;
        }
        let mut chosen = None;
        let mut closes = false;
        let popup = Popup::from_response(anchor)
            .id(anchor.id.with("choices"))
            .open(true)
            .width(WIDTH)
            .close_behavior(PopupCloseBehavior::IgnoreClicks);
        let inner = popup.show(|ui| {
            ui.set_width(WIDTH);
            let key = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            let (up, down, enter, escape) = (key(Key::ArrowUp), key(Key::ArrowDown), key(Key::Enter), key(Key::Escape));
            let before = self.typed.clone();
            let edit = TextEdit::singleline(&mut self.typed).desired_width(WIDTH - 16.0).hint_text("Type to narrow");
            let field = ui.add(edit);
            let label = name.to_owned();
            ui.ctx().accesskit_node_builder(field.id, |node| node.set_label(label));
            if std::mem::take(&mut self.fresh) {
                field.request_focus();
            }
            let words = self.typed.to_lowercase();
            let found: Vec<usize> = (0..choices.len())
                .filter(|at| words.split_whitespace().all(|word| choices[*at].text.to_lowercase().contains(word)))
                .collect();
            if self.typed != before {
                self.at = 0;
            }
            if up {
                self.at = self.at.saturating_sub(1);
            }
            if down {
                self.at += 1;
            }
            self.at = self.at.min(found.len().saturating_sub(1));
            ui.add_space(space::XS);
            let room = size::ROW * IN_SIGHT as f32;
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().max_height(room).show(ui, |ui| {
                for (place, at) in found.iter().enumerate() {
                    let row = row_ui(ui, &choices[*at], place == self.at);
                    if place == self.at && (up || down) {
                        row.response.scroll_to_me(None);
                    }
                    if row.removed {
                        chosen = Some(Chosen::Remove(*at));
                    } else if row.response.clicked() || enter && place == self.at {
                        chosen = Some(Chosen::Take(*at));
                        closes = true;
                    }
                }
            });
            if found.is_empty() {
                ui.label(theme::muted(ui, if choices.is_empty() { empty } else { "Nothing has these letters" }));
            }
            closes |= escape;
        });
        let clicked_beside = inner.is_some_and(|inner| inner.response.clicked_elsewhere()) && !anchor.clicked();
        if closes || clicked_beside {
            self.open = false;
            if let Some(former) = self.former.filter(|_| closes) {
                ui.memory_mut(|memory| memory.request_focus(former));
            }
        }
        chosen
    }
}

struct RowOutput {
    response: Response,
    removed: bool,
}

fn row_ui(ui: &mut Ui, choice: &Choice, selected: bool) -> RowOutput {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, theme::spoken(&choice.text)));
    let tokens = Tokens::of(ui);
    if selected || response.hovered() {
        let fill = if selected { tokens.selection } else { tokens.hover };
        ui.painter().rect_filled(rect, radius::S, fill);
    }
    let note_right = if choice.removable { size::HIT + space::XS } else { space::S };
    let note = ui.painter().text(
        rect.right_center() - vec2(note_right, 0.0),
        Align2::RIGHT_CENTER,
        theme::line(&choice.note),
        theme::fonts::text(text::SMALL),
        tokens.text_faint,
    );
    let place = rect.shrink2(vec2(space::S, 0.0)).with_max_x(note.left() - space::S);
    super::text_line::paint_line(ui, place, &choice.text, tokens.text, theme::fonts::text(text::BODY), false);
    let mut removed = false;
    if choice.removable {
        let place = rect.with_min_x(rect.right() - size::HIT);
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt(&choice.text).max_rect(place));
        removed = icon_button(&mut child, Icon::Close, &format!("Remove {}", choice.text)).clicked();
    }
    RowOutput { response, removed }
}

/// The frame of lists that open beneath a field.
pub(super) fn list_frame(ui: &Ui) -> Frame {
    Frame::popup(ui.style())
}
