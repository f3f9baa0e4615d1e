//! Topics as text for other programs: the sub-menu of rows, and the sheet that shows each form before it is copied.

use super::cx::Cx;
use crate::data::TopicPath;
use crate::model::copy_as::{Form, Intent, Task};
use egui::Ui;

/// The sub-menu “Copy as” for a context menu; it acts on all these topics.
pub fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, paths: &[TopicPath]) {
    ui.menu_button("Copy as", |ui| items_ui(ui, cx, paths));
}

/// The items of “Copy as”, for a menu of their own.
pub fn items_ui(ui: &mut Ui, cx: &Cx<'_>, paths: &[TopicPath]) {
    ui.set_min_width(150.0);
    for form in Form::ALL {
        if ui.button(form.word()).clicked() {
            cx.send(Intent::Copy { form, task: Task::default(), paths: paths.to_vec() });
            ui.close();
        }
    }
}
