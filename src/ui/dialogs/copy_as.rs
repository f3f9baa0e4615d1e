//! Topics as text for other programs: the sub-menu of rows, and the sheet that shows each form before it is copied.

use super::WindowDialog;
use crate::data::file_format::csv::Formulas;
use crate::data::{Timestamp, TopicPath, TopicSpec};
use crate::model::copy_as::{self, Form, Intent, Server, Sheet, Task, Topic};
use crate::model::error_text;
use crate::model::number;
use crate::model::{self, Connected};
use crate::ui::commands::{self, topic};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::{radius, size, text};
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::menu;
use crate::ui::widgets::text_view::{Colouring, TextState, text_ui};
use bytes::Bytes;
use egui::{Align, Key, Layout, Modifiers, Sense, Ui, vec2};

/// The sub-menu “Copy as” for a context menu; it acts on all these topics.
pub(crate) fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, paths: &[TopicPath]) {
    menu::sub_menu(ui, "Copy as", |ui| items_ui(ui, cx, paths));
}

/// The items of “Copy as”, for a menu of their own.
pub(crate) fn items_ui(ui: &mut Ui, cx: &Cx<'_>, paths: &[TopicPath]) {
    ui.set_min_width(150.0);
    for form in Form::ALL {
        if form == FIRST_CODE {
            ui.separator();
        }
        if ui.button(theme::text(form.word())).clicked() {
            cx.send(Intent::Copy { form, task: Task::default(), paths: paths.to_vec() });
            ui.close();
        }
    }
    ui.separator();
    if ui.add(theme::menu_item(&commands::with_key("More…", &commands::key_text(ui, cx, &topic::COPY_AS)))).clicked()
    {
        cx.send(Intent::Open(paths.to_vec()));
        ui.close();
    }
}

/// The first of the forms that are programs; a line stands before it.
const FIRST_CODE: Form = Form::Code(copy_as::Language::JavaScript);

/// The items for one value of a topic, such as one of its history.
pub(crate) fn value_items_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    path: &TopicPath,
    spec: &TopicSpec,
    value: &Bytes,
    at: Timestamp,
) {
    let Some(connected) = cx.connected() else { return };
    for (form, words) in [
        (Form::Value, "Copy value"),
        (Form::Json, "Copy as JSON"),
        (Form::CsvRow(Formulas::Disarmed), "Copy as CSV row"),
    ] {
        if ui.button(theme::text(words)).clicked() {
            let topic =
                Topic { path: path.clone(), spec: Some(spec.clone()), value: Some(value.clone()), received: Some(at) };
            match copy_as::text(form, Task::default(), &Server::of(&connected.options), &[topic]) {
                Ok(text) => cx.send(model::Intent::Copy(text)),
                // Bytes that are no value are at least bytes.
                Err(_) => cx.send(model::Intent::Copy(crate::ui::widgets::hex::digits(value))),
            }
            ui.close();
        }
    }
}

/// What the text was made from: the opening, whether it waits for an answer, the form and the task.
type MadeFor = (u64, bool, Form, Task);

/// How the sheet looks. Form and task stay for the next time.
pub(crate) struct CopyAs {
    form: Form,
    task: Task,
    formulas: Formulas,
    made_for: Option<MadeFor>,
    made: Result<String, String>,
    generation: u64,
    view: TextState,
}

impl Default for CopyAs {
    fn default() -> Self {
        Self {
            form: FIRST_CODE,
            task: Task::default(),
            formulas: Formulas::default(),
            made_for: None,
            made: Ok(String::new()),
            generation: 0,
            view: TextState::default(),
        }
    }
}

#[derive(Clone, Copy)]
enum Answer {
    Close,
    Copy,
}

impl WindowDialog for CopyAs {
    const ID: &'static str = "copy-as";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, sheet)) = cx.connected().and_then(|c| Some((c, c.copy_as.sheet.as_ref()?))) else {
            self.made_for = None;
            return;
        };
        let output = Dialog::new(Self::ID, "").width(860.0).height(560.0).show(ui, |dialog| {
            let ui = &mut *dialog.ui;
            self.keys(ui);
            self.renew(connected, sheet);
            head_ui(ui, sheet);
            ui.add_space(8.0);
            let room = ui.available_height() - size::HIT - 16.0;
            ui.horizontal_top(|ui| {
                let list = vec2(132.0, room);
                ui.allocate_ui_with_layout(list, Layout::top_down(Align::Min), |ui| {
                    ui.set_min_size(list);
                    self.forms_ui(ui);
                });
                ui.add_space(8.0);
                ui.vertical(|ui| {
                    ui.set_height(room);
                    self.tasks_ui(ui);
                    self.preview_ui(ui, cx, sheet);
                });
            });
            self.buttons_ui(dialog, connected)
        });
        let answer = output.answer_or(Answer::Close);
        if let (Some(Answer::Copy), Ok(made)) = (answer, &self.made) {
            cx.send(model::Intent::Copy(made.clone()));
        }
        if answer.is_some() {
            cx.send(Intent::Close);
        }
    }
}

/// The choice of what becomes of formulas where one writes CSV.
pub(crate) fn formulas_ui(ui: &mut Ui, formulas: &mut Formulas) {
    let mut disarmed = *formulas == Formulas::Disarmed;
    if ui.checkbox(&mut disarmed, theme::text(Formulas::LABEL)).on_hover_text(theme::text(Formulas::HELP)).changed() {
        *formulas = Formulas::disarmed(disarmed);
    }
}

impl CopyAs {
    fn keys(&mut self, ui: &Ui) {
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let step = |at: usize, count: usize| {
            if pressed(Key::ArrowDown) {
                (at + 1) % count
            } else if pressed(Key::ArrowUp) {
                (at + count - 1) % count
            } else {
                at
            }
        };
        let at = Form::ALL.iter().position(|form| *form == self.form).unwrap_or(0);
        self.form = Form::ALL[step(at, Form::ALL.len())];
        let tasks = self.form.tasks();
        if let Some(at) = tasks.iter().position(|task| *task == self.task()) {
            if pressed(Key::ArrowRight) {
                self.task = tasks[(at + 1) % tasks.len()];
            } else if pressed(Key::ArrowLeft) {
                self.task = tasks[(at + tasks.len() - 1) % tasks.len()];
            }
        }
    }

    /// The task chosen, or the first that the form has.
    fn task(&self) -> Task {
        let tasks = self.form.tasks();
        if tasks.contains(&self.task) { self.task } else { tasks.first().copied().unwrap_or_default() }
    }

    /// Makes the text anew if it would be another one.
    fn renew(&mut self, connected: &Connected, sheet: &Sheet) {
        let form = match self.form {
            Form::CsvRow(_) => Form::CsvRow(self.formulas),
            form => form,
        };
        let wanted = (sheet.id, sheet.asked.loading.is_some(), form, self.task());
        if self.made_for == Some(wanted) {
            return;
        }
        self.made_for = Some(wanted);
        self.generation += 1;
        self.view = TextState::default();
        self.made = copy_as::text(form, self.task(), &Server::of(&connected.options), &sheet.topics)
            .map_err(|refusal| refusal.0);
    }

    fn forms_ui(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        for form in Form::ALL {
            if form == FIRST_CODE {
                ui.add_space(6.0);
                ui.add(egui::Label::new(theme::faint(ui, "Code")).selectable(false));
                ui.add_space(2.0);
            }
            let chosen = form == self.form;
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 25.0), Sense::click());
            response.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::ListItem, true, chosen, theme::spoken(form.word()))
            });
            if chosen || response.hovered() {
                let fill = if chosen { tokens.selection } else { tokens.hover };
                ui.painter().rect_filled(rect, radius::S, fill);
            }
            if response.has_focus() {
                theme::focus_ring(ui, rect, radius::S);
            }
            let font = egui::FontId::proportional(text::BODY);
            let at = rect.left_center() + vec2(8.0, 0.0);
            ui.painter().text(at, egui::Align2::LEFT_CENTER, theme::line(form.word()), font, tokens.text);
            if response.clicked() {
                self.form = form;
            }
        }
    }

    fn tasks_ui(&mut self, ui: &mut Ui) {
        if matches!(self.form, Form::CsvRow(_)) {
            formulas_ui(ui, &mut self.formulas);
            ui.add_space(4.0);
        }
        let tasks = self.form.tasks();
        if tasks.is_empty() {
            return;
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for task in tasks {
                let response = ui.selectable_label(*task == self.task(), theme::text(task.word()));
                if response.on_hover_text("← →").clicked() {
                    self.task = *task;
                }
            }
        });
        ui.add_space(4.0);
    }

    fn preview_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet) {
        theme::well(ui).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            if let Some((_, since)) = sheet.asked.loading
                && self.made.is_err()
            {
                format::loading_ui(ui, "Fetching what is not known here…", cx.now().secs_since(since));
                return;
            }
            match &self.made {
                Ok(made) => {
                    let colouring = if self.form == Form::Json { Colouring::Json } else { Colouring::Plain };
                    text_ui(ui, "Preview", made, self.generation, colouring, &mut self.view);
                }
                Err(refusal) => {
                    let failed =
                        sheet.asked.error.as_ref().map(|error| error_text::call(error, "fetch the topics").summary);
                    let body = failed.map_or_else(String::new, |why| why + ".");
                    format::empty_ui(ui, Icon::Info, refusal, &body);
                }
            }
        });
    }

    fn buttons_ui(&self, dialog: &mut DialogUi<'_>, connected: &Connected) -> Option<Answer> {
        let note = |ui: &mut Ui| {
            if let Some(note) = self.note(connected) {
                theme::icon(ui, Icon::Info, 13.0, Tokens::of(ui).text_muted);
                ui.add(egui::Label::new(theme::muted(ui, &note)).truncate()).on_hover_text(theme::text(note));
            }
        };
        // Enter copies from wherever the keyboard is: copying is safe, and what this dialog is opened for.
        let entered = dialog.is_front() && dialog.ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Enter));
        let block = self.made.is_err().then_some("There is nothing to copy");
        let copy = Button::primary("Copy", Answer::Copy).key(("Enter".to_owned(), entered)).unless(block);
        dialog.buttons(note, &[Button::safe("Close", Answer::Close), copy])
    }

    /// What is worth knowing before it is pasted.
    fn note(&self, connected: &Connected) -> Option<String> {
        let connects = matches!(self.form, Form::CommandLine | Form::Code(_));
        if connects && copy_as::is_embedded(&connected.options) {
            return Some(
                "For the server of: brownian serve --demo. The one in this window takes no connections".into(),
            );
        }
        let variable = match self.form {
            Form::CommandLine => copy_as::COMMAND_PASSWORD_VARIABLE,
            Form::Code(_) => copy_as::PASSWORD_VARIABLE,
            _ => return None,
        };
        let named = connected.options.principal.as_deref().is_some_and(|principal| !principal.is_empty());
        named.then(|| format!("The password is not in it: {variable} in the environment holds it"))
    }
}

/// What is copied.
fn head_ui(ui: &mut Ui, sheet: &Sheet) {
    ui.horizontal(|ui| {
        ui.label(theme::text("Copy as").heading());
        ui.add_space(6.0);
        match &sheet.topics[..] {
            [one] => {
                ui.add(egui::Label::new(theme::mono(one.path.shown())).truncate())
                    .on_hover_text(theme::text(one.path.shown()));
            }
            several => {
                let mut words = number::count_of(several.len() as u64, "topic", "topics");
                if sheet.left_out > 0 {
                    let left_out = number::grouped(sheet.left_out as u64);
                    words = format!("the first {words}; {left_out} more are left out, export takes them all");
                }
                ui.label(theme::muted(ui, words));
            }
        }
    });
}
