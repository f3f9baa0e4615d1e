//! Fields for text, digits and numbers, with the place of an error marked.

use super::Edits;
use crate::data::value::DataType;
use crate::model::editor::{Draft, Intent};
use crate::model::number;
use crate::ui::theme::{self, Icon, Tokens, fonts, icon_button};
use crate::ui::widgets::text_view::{Colouring, editing_job};
use egui::text::{CCursor, CCursorRange};
use egui::{Key, Margin, Modifiers, ScrollArea, TextBuffer, TextEdit, Ui, vec2};

/// A text of many lines; true if it was edited.
pub(super) fn text_ui(ui: &mut Ui, cx: &Edits<'_>, draft: &Draft, buffer: &mut String, focus: bool) -> bool {
    let tokens = Tokens::of(ui);
    let colouring = if draft.data_type == DataType::Json { Colouring::Json } else { Colouring::Plain };
    let name = cx.field_name(draft.data_type);
    let mut layouter = |ui: &Ui, content: &dyn TextBuffer, wrap: f32| {
        let job = editing_job(content.as_str(), colouring, Tokens::of(ui), wrap);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    ScrollArea::vertical()
        .id_salt("text editor")
        .auto_shrink(false)
        .show(ui, |ui| {
            let rows = (ui.available_height() / 18.0).max(3.0) as usize;
            // A name of its own: what appears above the field while somebody types must not take the keyboard away.
            let output = TextEdit::multiline(buffer)
                .id(egui::Id::unique(&name))
                .code_editor()
                .frame(egui::Frame::new().inner_margin(Margin::symmetric(10, 6)))
                .desired_width(f32::INFINITY)
                .desired_rows(rows)
                .hint_text(theme::text(if draft.data_type == DataType::Binary { "00 ff …" } else { "" }))
                .layouter(&mut layouter)
                .show(ui);
            let response = &output.response.response;
            let current = buffer.clone();
            response.widget_info(|| {
                let mut info = egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, theme::spoken(&name));
                info.current_text_value = Some(current.clone());
                info
            });
            if focus {
                response.request_focus();
            }
            if let Err(problem) = &draft.checked
                && !draft.text.is_empty()
            {
                let place = draft.text.get(..problem.position).map_or(0, |before| before.chars().count());
                let at = output.galley.pos_from_cursor(CCursor::new(place)).translate(output.galley_pos.to_vec2());
                let line = at.with_min_x(output.text_clip_rect.left()).with_max_x(output.text_clip_rect.right());
                ui.painter().rect_filled(line, 0, tokens.error.wash.gamma_multiply(0.4));
                let mark = at.with_max_x(at.left() + 8.0);
                let stroke = egui::Stroke::new(2.0, tokens.error.strong);
                ui.painter().hline(mark.x_range(), mark.bottom(), stroke);
            }
            response.changed()
        })
        .inner
}

/// A number on one line; true if it was edited.
pub(super) fn number_ui(ui: &mut Ui, cx: &Edits<'_>, draft: &Draft, buffer: &mut String, focus: bool) -> bool {
    let tokens = Tokens::of(ui);
    let whole = draft.data_type == DataType::Int64;
    let name = cx.field_name(draft.data_type);
    let mut changed = false;
    egui::Frame::new().inner_margin(Margin::symmetric(12, 12)).show(ui, |ui| {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - if whole { 70.0 } else { 0.0 }).min(340.0);
            let error = draft.checked.is_err();
            let mut output = ui
                .scope(|ui| {
                    if error {
                        let widgets = &mut ui.visuals_mut().widgets;
                        for state in [&mut widgets.inactive, &mut widgets.hovered] {
                            state.bg_stroke.color = tokens.error.strong;
                        }
                        ui.visuals_mut().selection.stroke.color = tokens.error.strong;
                    }
                    TextEdit::singleline(buffer)
                        .id(egui::Id::unique(&name))
                        .font(fonts::mono(18.0))
                        .margin(vec2(10.0, 7.0))
                        .hint_text(theme::text(if whole { "0" } else { "0.0, NaN, Infinity" }))
                        .desired_width(width)
                        .show(ui)
                })
                .inner;
            let response = output.response.response.clone();
            let current = buffer.clone();
            response.widget_info(|| {
                let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, theme::spoken(&name));
                info.current_text_value = Some(current.clone());
                info
            });
            if focus {
                response.request_focus();
                // Typing replaces the number, as in a field that is reached with Tab.
                let all = CCursorRange::two(CCursor::new(0), CCursor::new(buffer.chars().count()));
                output.state.cursor.set_char_range(Some(all));
                output.state.store(ui.ctx(), response.id);
            }
            changed = response.changed();
            if whole {
                let keys = |key| response.has_focus() && ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
                let (up, down) = (keys(Key::ArrowUp), keys(Key::ArrowDown));
                if icon_button(ui, Icon::Minus, "One less").clicked() || down {
                    cx.send(Intent::Step(-1));
                }
                if icon_button(ui, Icon::Plus, "One more").clicked() || up {
                    cx.send(Intent::Step(1));
                }
            }
        });
        ui.add_space(6.0);
        let words = match (&draft.checked, whole) {
            (Ok(_), true) => draft.text.trim().parse::<i64>().map(number::grouped).unwrap_or_default(),
            (Ok(_), false) => draft.text.trim().parse::<f64>().map(|n| format!("{n:e}")).unwrap_or_default(),
            (Err(_), true) => "A whole number of 64 bits".to_owned(),
            (Err(_), false) => "A decimal number such as 1.5 or 2e-3, NaN or Infinity".to_owned(),
        };
        ui.label(theme::muted(ui, words));
        if let Err(problem) = &draft.checked
            && !draft.text.is_empty()
        {
            ui.label(theme::text(&problem.reason).color(tokens.error.strong));
        }
    });
    changed
}
