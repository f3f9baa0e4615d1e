//! Menus: by keyboard as by mouse. The keyboard belongs to an open menu and goes back to where it was.

use crate::ui::theme;
use egui::{Context, FocusDirection, Id, Key, LayerId, Popup, Response, TextWrapMode, Ui};

/// A menu that opens below or at something.
pub fn popup(popup: Popup<'_>, add: impl FnOnce(&mut Ui)) {
    popup.show(|ui| content(ui, add));
}

/// The menu of a widget for the secondary button.
pub fn context(response: &Response, add: impl FnOnce(&mut Ui)) {
    response.context_menu(|ui| content(ui, add));
}

/// An entry that opens another menu.
pub fn sub_menu(ui: &mut Ui, words: &str, add: impl FnOnce(&mut Ui)) -> Response {
    ui.menu_button(theme::text(words), |ui| content(ui, add)).response
}

/// What is known of an open menu, by its layer.
#[derive(Clone, Copy)]
struct Open {
    /// What had the keyboard before.
    former: Option<Id>,
    /// The last frame in which it was drawn.
    frame: u64,
    /// Whether its first entry is still to get the keyboard.
    wants_first: bool,
}

/// A menu that has just been closed by the keyboard or by a choice.
#[derive(Clone, Copy)]
struct Closed {
    former: Id,
    frame: u64,
}

fn closed_id() -> Id {
    Id::unique("closed menu")
}

/// Gives the keyboard back after a menu, unless something else has it by then. Called once a frame before the panels.
pub fn give_back_keyboard(ctx: &Context) {
    let frame = ctx.cumulative_frame_nr();
    let Some(closed) = ctx.data(|data| data.get_temp::<Closed>(closed_id())) else { return };
    // Until the end of the frame after the last with the menu, only the menu can have it.
    if frame < closed.frame + 2 {
        ctx.request_repaint();
        return;
    }
    ctx.data_mut(|data| data.remove::<Closed>(closed_id()));
    ctx.memory_mut(|memory| {
        if memory.focused().is_none() {
            memory.request_focus(closed.former);
        }
    });
}

/// Draws the entries of a menu: none is wrapped, Up and Down go from one to the next, Enter chooses.
fn content(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
    let former = take_keyboard(ui.ctx(), ui.layer_id());
    add(ui);
    if let Some(former) = former
        && (ui.will_parent_close() || ui.input(|input| input.key_pressed(Key::Escape)))
    {
        let frame = ui.ctx().cumulative_frame_nr();
        ui.data_mut(|data| data.insert_temp(closed_id(), Closed { former, frame }));
        ui.ctx().request_repaint();
    }
}

/// Keeps the keyboard in the menu while it is open; gives back what had it before.
fn take_keyboard(ctx: &Context, layer: LayerId) -> Option<Id> {
    let frame = ctx.cumulative_frame_nr();
    let (by_pointer, arrow) = ctx.input(|input| {
        (input.pointer.any_click(), input.key_pressed(Key::ArrowDown) || input.key_pressed(Key::ArrowUp))
    });
    ctx.memory_mut(|memory| {
        memory.set_modal_layer(layer);
        let id = Id::unique(("menu", layer));
        let open = memory.data.get_temp::<Open>(id).filter(|open| open.frame + 1 >= frame);
        let former = open.map_or_else(|| memory.focused(), |open| open.former);
        let had_focus = open.is_some() && memory.focused().is_some();
        let wants_first = !had_focus && open.map_or(!by_pointer, |open| open.wants_first);
        memory.data.insert_temp(id, Open { former, frame, wants_first });
        if open.is_none()
            && let Some(former) = former
        {
            memory.surrender_focus(former);
        }
        // Opened by a key, it is at its first entry, as soon as nothing below can take the keyboard; opened by the mouse,
        // only once an arrow is pressed.
        if wants_first && open.is_some() || arrow && memory.focused().is_none() {
            memory.move_focus(FocusDirection::Next);
        }
        former
    })
}
