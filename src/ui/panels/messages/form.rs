//! The form of a new handler.

use super::super::inspector::editor::{Edits, ValueEditor};
use super::super::inspector::parts::segments;
use super::builder::types_ui;
use crate::data::shown;
use crate::model::answering::{Form, Intent, Kind, Lack, Scope};
use crate::model::connections::Environment;
use crate::model::letter_case::capitalized;
use crate::model::{BlockReason, Connected};
use crate::ui::commands::{key_text, window};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::layout::{split_below, within};
use egui::{Align, DragValue, Key, Layout, Margin, Modifiers, ScrollArea, TextEdit, Ui, WidgetInfo};

/// How it looks.
#[derive(Default)]
pub(super) struct FormView {
    value: ValueEditor,
    /// On production the server's name is typed.
    typed: String,
    wants_focus: bool,
}

impl FormView {
    /// The form was opened just now.
    pub(super) fn opened(&mut self) {
        self.typed.clear();
        self.wants_focus = true;
    }

    /// Draws it into the room that is left.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let Some(form) = &connected.answering.form else { return };
        let [body, foot] = split_below(ui, 40.0);
        within(ui, "handler", body, |ui| {
            ScrollArea::vertical().id_salt("handler").auto_shrink(false).show(ui, |ui| {
                egui::Frame::new().inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
                    let mut changed = form.clone();
                    if self.fields_ui(ui, cx, connected, &mut changed) {
                        cx.send(Intent::SetForm(Box::new(changed)));
                    }
                });
            });
        });
        within(ui, "handler foot", foot, |ui| self.foot_ui(ui, cx, connected, form));
    }

    /// Draws the fields; true if one was changed.
    fn fields_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, form: &mut Form) -> bool {
        let before = (form.scope, form.kind, form.delay_millis, form.jitter_millis, form.by_hand_secs);
        let (text, keys) = (form.text.clone(), form.keys.clone());
        let path = shown(form.path.trim()).to_string();
        ui.label(theme::strong(format!("Handler of “{path}”")));
        let words = match form.scope {
            Scope::Path => format!(
                "Handles “{path}” and all below it, unless someone handles a longer path. Requests that another session \
                 answers today may come here; the server does not tell who else handles it."
            ),
            Scope::ThisSession => {
                format!("Takes requests that other sessions address to this one at exactly “{path}”.")
            }
        };
        ui.add(egui::Label::new(theme::muted(ui, words)).wrap());
        ui.horizontal(|ui| {
            ui.label(theme::muted(ui, "Takes"));
            segments(
                ui,
                &mut form.scope,
                &[(Scope::Path, "Requests to the path"), (Scope::ThisSession, "Requests to this session")],
            );
        });
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::muted(ui, "Answers"));
            let kinds: Vec<(Kind, &str)> = Kind::ALL.iter().map(|kind| (*kind, kind.name())).collect();
            segments(ui, &mut form.kind, &kinds);
        });
        match form.kind {
            Kind::ByHand => {
                ui.horizontal(|ui| {
                    ui.label(theme::muted(ui, "Time by hand"));
                    ui.add(DragValue::new(&mut form.by_hand_secs).range(1..=55).suffix(" s"));
                });
                ui.label(theme::faint(ui, "Then the sender hears that there was no answer by hand"));
            }
            Kind::Never => {
                let words = "The sender waits until its own limit or the server's";
                ui.label(theme::muted(ui, words));
            }
            Kind::Fixed | Kind::Echo | Kind::Fail => {
                ui.horizontal(|ui| {
                    ui.label(theme::muted(ui, "After"));
                    ui.add(DragValue::new(&mut form.delay_millis).range(0..=50_000).suffix(" ms"));
                    ui.label(theme::muted(ui, "±"));
                    let most = form.delay_millis;
                    ui.add(DragValue::new(&mut form.jitter_millis).range(0..=most).suffix(" ms"));
                });
            }
        }
        if form.kind == Kind::Fail {
            ui.horizontal(|ui| {
                ui.label(theme::muted(ui, "Text"));
                let response = ui.add(TextEdit::singleline(&mut form.text).desired_width(320.0));
                response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "Text to fail with"));
            });
        }
        if form.scope == Scope::Path {
            ui.horizontal(|ui| {
                ui.label(theme::muted(ui, "Properties of the sender"));
                let response = ui.add(TextEdit::singleline(&mut form.keys).desired_width(260.0));
                response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "Properties wanted"));
                response.on_hover_text(
                    "Keys separated by commas; *F for all fixed ones, *U for all of the user's. \
                                        They need VIEW_SESSION",
                );
            });
        }
        if connected.environment == Environment::Production {
            ui.horizontal(|ui| {
                ui.label(theme::muted(ui, format!("Type the server's name, {}", shown(&connected.name))));
                let response = ui.add(TextEdit::singleline(&mut self.typed).desired_width(160.0));
                response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "Name of the server"));
            });
        }
        if form.kind == Kind::Fixed {
            ui.horizontal(|ui| {
                ui.label(theme::muted(ui, "Answer"));
                types_ui(ui, form.draft.data_type, |data_type| cx.send(Intent::FormType(data_type)));
            });
            ui.allocate_ui(egui::vec2(ui.available_width(), 180.0), |ui| {
                ui.set_min_height(180.0);
                let edits = Edits::of(cx, "Fixed answer", |edit| Intent::FormValue(edit).into());
                self.value.ui(ui, &edits, &form.draft);
            });
        }
        let after = (form.scope, form.kind, form.delay_millis, form.jitter_millis, form.by_hand_secs);
        before != after || text != form.text || keys != form.keys
    }

    fn foot_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, form: &Form) {
        let bar = ui.available_rect_before_wrap().shrink2(egui::vec2(8.0, 4.0));
        within(ui, "acts", bar, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let why = why_off(cx, connected, form, &self.typed);
                let button = ui.add_enabled(why.is_none(), theme::primary_button(ui, "Register"));
                let button = button
                    .on_hover_text(theme::text(key_text(ui, cx, &window::SEND)))
                    .on_disabled_hover_text(theme::text(why.clone().unwrap_or_default()));
                let by_key = !theme::is_behind_dialog(ui.ctx()) && cx.pressed(ui, &window::SEND);
                if std::mem::take(&mut self.wants_focus) {
                    button.request_focus();
                }
                if button.clicked() || (by_key && why.is_none()) {
                    cx.send(Intent::Register);
                }
                let escape = !theme::is_behind_dialog(ui.ctx())
                    && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
                if ui.button("Cancel").clicked() || escape {
                    cx.send(Intent::CloseForm);
                }
                if let Some(why) = why {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let colour = Tokens::of(ui).text_muted;
                        ui.add(egui::Label::new(theme::text(why).color(colour)).truncate());
                    });
                }
            });
        });
    }
}

/// Why the handler cannot be registered now.
fn why_off(cx: &Cx<'_>, connected: &Connected, form: &Form, typed: &str) -> Option<String> {
    if let Some(reason) = connected.block_reason(cx.now()) {
        return Some(BlockReason::sentence(reason).to_owned());
    }
    let path = match form.checked() {
        Ok(path) => path,
        Err(Lack::NoPath) => return Some("Write a message path first".to_owned()),
        Err(Lack::Path(error)) => return Some(capitalized(&error.located(&form.path))),
        Err(Lack::Value) => return Some("The fixed answer is no value of its type yet".to_owned()),
        Err(Lack::Text) => return Some("Write the text to fail with".to_owned()),
    };
    if connected.answering.has(form.scope, path.as_str()) {
        return Some(format!("This session already handles “{path}”"));
    }
    if connected.environment == Environment::Production && typed.trim() != connected.name {
        return Some("Type the server's name first".to_owned());
    }
    None
}
