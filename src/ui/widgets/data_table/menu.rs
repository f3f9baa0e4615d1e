//! The menu of the selected rows.

use super::copy::Form;
use super::{TableSource, TableState, keys};
use crate::model::number;
use crate::ui::theme;
use egui::{Popup, Response, SetOpenCommand};

/// Shows the menu while it is open; gives back the form in which the rows are to be copied.
pub(super) fn show<S: TableSource>(
    state: &mut TableState<S::Key, S::Column>,
    source: &S,
    list: &Response,
    opens: bool,
) -> Option<Form> {
    let mut copies = None;
    let menu = Popup::menu(list).open_memory(opens.then_some(SetOpenCommand::Bool(true))).at_position(state.menu_at);
    let mut all = false;
    crate::ui::widgets::menu::popup(menu, |ui| {
        let rows = keys::selected_rows(state, source);
        source.menu_ui(ui, &rows);
        if ui.min_rect().height() > 1.0 {
            ui.separator();
        }
        let what = if rows.len() > 1 {
            format!("{} ", number::count_of(rows.len() as u64, "row", "rows"))
        } else {
            String::new()
        };
        let ctrl_c = ui.ctx().format_shortcut(&egui::KeyboardShortcut::new(egui::Modifiers::COMMAND, egui::Key::C));
        let ctrl_a = ui.ctx().format_shortcut(&egui::KeyboardShortcut::new(egui::Modifiers::COMMAND, egui::Key::A));
        for (words, form) in [
            (format!("Copy {what}as text   {ctrl_c}"), Form::Text),
            (format!("Copy {what}as CSV"), Form::Csv),
            (format!("Copy {what}as JSON"), Form::Json),
        ] {
            if ui.add(theme::menu_item(&words)).clicked() {
                copies = Some(form);
                ui.close();
            }
        }
        if ui.add(theme::menu_item(&format!("Select all   {ctrl_a}"))).clicked() {
            all = true;
            ui.close();
        }
    });
    if all {
        keys::select_all(state, source);
    }
    copies
}
