//! The form of many topics at once: a list, then a table with the state of each row.

mod table;

use self::table::{COLUMNS, Col, ImportRows};
use super::WindowDialog;
use super::new_topic::error_ui;
use crate::data::file_format::branch_file::Verdict;
use crate::model::Connected;
use crate::model::error_text;
use crate::model::import::{Form, Intent as Many, Source, Stage, State};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::data_table::{DataTable, TableState};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::layout::within;
use crate::ui::widgets::states;
use egui::{TextEdit, Ui};

const EXAMPLE: &str =
    "path,type,value,REMOVAL\nfx/EURUSD,double,1.0842,when no updates for 10m\nfx/GBPUSD,double,1.27,";

/// The dialog of many topics.
#[derive(Default)]
pub(crate) struct ImportTopics {
    table: TableState<usize, Col>,
}

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Check,
    Apply,
}

fn send(cx: &Cx<'_>, intent: Many) {
    cx.send(intent);
}

impl WindowDialog for ImportTopics {
    const ID: &'static str = "import-topics";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, form)) = cx.connected().and_then(|c| Some((c, c.import.form.as_ref()?))) else {
            return;
        };
        let title = match &form.source {
            None => "New topics from a list".to_owned(),
            Some(source) => format!("Import {}", source.file),
        };
        let window = ui.ctx().content_rect().size();
        let output = Dialog::new(Self::ID, title).width(760.0).keeps_text().show(ui, |dialog| {
            dialog.ui.horizontal(|ui| crate::ui::environment::server_ui(ui, connected));
            dialog.ui.add_space(10.0);
            let height = (window.y - 330.0).clamp(120.0, 420.0);
            if let Some(source) = &form.source {
                prefix_ui(dialog.ui, cx, form, source);
            }
            if form.stage == Stage::Editing && form.source.is_some() {
                problems_ui(dialog.ui, form);
            } else if form.stage == Stage::Editing {
                text_ui(dialog, cx, form, height);
            } else {
                summary_ui(dialog.ui, cx, form);
                table_ui(dialog.ui, &mut self.table, form, height);
                typed_ui(dialog.ui, cx, form);
            }
            buttons_ui(dialog, cx, connected, form)
        });
        // What is being applied is ended by its button, not by Esc.
        let closes = output.closes && form.stage != Stage::Applying;
        if let Some(answer) = output.inner.or(closes.then_some(Answer::Cancel)) {
            send(
                cx,
                match answer {
                    Answer::Cancel => Many::Cancel,
                    Answer::Check => Many::Check,
                    Answer::Apply => Many::Apply,
                },
            );
        }
    }
}

fn text_ui(dialog: &mut DialogUi<'_>, cx: &Cx<'_>, form: &Form, height: f32) {
    let ui = &mut *dialog.ui;
    ui.label(theme::muted(
            ui,
            "Paste a table (CSV or tab-separated) whose first line names the columns, a JSON list of topics, or a file that export wrote. Columns are path, type, value, and topic properties.",
        ));
    ui.add_space(6.0);
    if !form.can_edit() {
        let size = number::size(form.text.len() as u64);
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::text(format!("The list has {size}, which is too long to be edited here.")));
            if ui.button("Begin an empty list").clicked() {
                send(cx, Many::SetText(String::new()));
            }
        });
        return problems_ui(ui, form);
    }
    let mut text = form.text.clone();
    let list = egui::ScrollArea::both().id_salt("list").max_height(height).min_scrolled_height(height).show(ui, |ui| {
        let edit = TextEdit::multiline(&mut text)
            .font(egui::TextStyle::Monospace)
            .hint_text(theme::text(EXAMPLE))
            .desired_rows((height / 18.0) as usize)
            .desired_width(f32::INFINITY);
        let response = ui.add(edit);
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "List of topics");
            info.current_text_value = Some(text.clone());
            info
        });
        if response.changed() {
            send(cx, Many::SetText(text.clone()));
        }
        response
    });
    dialog.first_focus(&list.inner);
    problems_ui(dialog.ui, form);
}

/// Where the topics of a file go.
fn prefix_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form, source: &Source) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(theme::muted(ui, "Put them below"));
        let mut prefix = source.prefix.clone();
        let free = matches!(form.stage, Stage::Editing | Stage::Checked);
        let edit = TextEdit::singleline(&mut prefix)
            .font(egui::TextStyle::Monospace)
            .hint_text("their own paths")
            .desired_width(280.0_f32.min(ui.available_width()));
        if ui.add_enabled(free, edit).labelled_by(label.id).changed() {
            send(cx, Many::SetPrefix(prefix));
        }
        if let Some(wrong) = source.wrong() {
            error_ui(ui, &wrong);
        }
    });
    ui.add_space(8.0);
}

/// Why the text is no list, or why the server could not be asked.
fn problems_ui(ui: &mut Ui, form: &Form) {
    if let Some(error) = &form.error {
        error_ui(ui, error);
    } else if form.source.is_some() && form.failed.is_none() {
        ui.label(theme::muted(ui, "Compare with the server to see what would be done; nothing is changed by that"));
    }
    if let Some(error) = &form.failed {
        let words = error_text::call(error, "look up the topics of the list");
        let details = (!words.details.is_empty()).then_some(words.details.as_str());
        states::error_banner(ui, states::Failure { what: &words.summary, why: &words.remedy, act: None, details });
    }
}

/// How many rows stand where.
fn summary_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form) {
    let tokens = Tokens::of(ui);
    if form.stage == Stage::Reading {
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(14.0));
            ui.label(theme::muted(ui, format!("Reading {}…", number::size(form.bytes() as u64))));
        });
        return;
    }
    if let Stage::Checking(done) = form.stage {
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(14.0));
            let all = number::count_of(form.rows.len() as u64, "topic", "topics");
            ui.label(theme::muted(ui, format!("Comparing {all} with the server… {}", number::grouped(done as u64))));
        });
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        for (word, wanted) in [
            ("to create", (|s| matches!(s, State::Checked(Verdict::Create))) as fn(&State) -> bool),
            ("with another value", |s| matches!(s, State::Checked(Verdict::OtherValue))),
            ("the same", |s| matches!(s, State::Checked(Verdict::Same))),
            ("created", |s| *s == State::Created),
            ("set", |s| *s == State::Set),
            ("with another specification", |s| matches!(s, State::Checked(Verdict::OtherSpec(_)))),
            ("wrong", |s| matches!(s, State::Wrong(_))),
            ("not done", |s| matches!(s, State::Failed(_) | State::Overtaken)),
        ] {
            let count = form.rows.iter().filter(|(_, state)| wanted(state)).count();
            if count > 0 {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 4.0;
                    ui.label(theme::strong(number::grouped(count as u64)));
                    ui.label(theme::text(word).color(tokens.text_muted));
                });
            }
        }
    });
    let others = form.rows.iter().any(|(_, state)| matches!(state, State::Checked(Verdict::OtherValue)));
    if form.stage == Stage::Checked && others {
        let mut sets = form.sets_values;
        if ui.checkbox(&mut sets, "Set the values of topics that have another value").changed() {
            send(cx, Many::SetValues(sets));
        }
    }
    ui.add_space(6.0);
}

fn table_ui(ui: &mut Ui, table: &mut TableState<usize, Col>, form: &Form, height: f32) {
    theme::well(ui).inner_margin(egui::Margin::same(1)).show(ui, |ui| {
        let size = egui::vec2(ui.available_width(), height);
        let (room, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        within(ui, "rows", room, |ui| {
            DataTable::new("import", "Rows of the list", &COLUMNS).show(ui, table, &ImportRows { form });
        });
    });
}

fn typed_ui(ui: &mut Ui, cx: &Cx<'_>, form: &Form) {
    if form.stage != Stage::Checked || !form.asks_number() {
        return;
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let (created, set) = form.planned();
        let label = ui.label(theme::text(format!("Type {} to confirm", number::grouped((created + set) as u64))));
        let mut text = form.typed.clone();
        let edit = TextEdit::singleline(&mut text).font(egui::TextStyle::Monospace).desired_width(150.0);
        if ui.add(edit).labelled_by(label.id).changed() {
            send(cx, Many::Type(text));
        }
    });
}

/// The act and the numbers.
fn act(form: &Form) -> String {
    let topics = |count: usize| number::count_of(count as u64, "topic", "topics");
    match form.planned() {
        (0, 0) => "Create topics".to_owned(),
        (created, 0) => format!("Create {}", topics(created)),
        (0, set) => format!("Set {}", topics(set)),
        (created, set) => format!("Create {}, set {}", topics(created), number::grouped(set as u64)),
    }
}

fn buttons_ui(dialog: &mut DialogUi<'_>, cx: &Cx<'_>, connected: &Connected, form: &Form) -> Option<Answer> {
    let hold = form.hold(connected, cx.now());
    let others = |ui: &mut Ui| {
        match form.stage {
            Stage::Editing | Stage::Checked | Stage::Done if form.source.is_some() => {
                if ui.button("Another file…").clicked() {
                    send(cx, Many::ChooseBranch);
                }
            }
            Stage::Editing => {
                if ui.button("Open file…").clicked() {
                    send(cx, Many::ChooseFile);
                }
            }
            Stage::Applying | Stage::Reading => {}
            _ if form.source.is_some() => {}
            _ => {
                if ui.button("Edit the list").clicked() {
                    send(cx, Many::Edit);
                }
            }
        }
        if let (Some(hold), Stage::Checked) = (hold, &form.stage) {
            ui.add(egui::Label::new(theme::muted(ui, hold)).wrap());
        }
    };
    let word = match form.stage {
        Stage::Applying => "Stop",
        Stage::Done => "Close",
        _ => "Cancel",
    };
    let cancel = Button::safe(word, Answer::Cancel);
    match form.stage {
        Stage::Editing => {
            let placed = form.source.as_ref().is_none_or(|source| source.wrong().is_none() && form.error.is_none());
            let block = match () {
                () if form.is_empty() => Some("There are no topics in the list"),
                () if !connected.is_live() => Some("There is no connection now"),
                () if !placed => Some("The list cannot be used as it is"),
                () => None,
            };
            let check = Button::primary("Compare with the server", Answer::Check).hover("Nothing is changed yet");
            dialog.buttons(others, &[cancel, check.unless(block)])
        }
        Stage::Done => dialog.buttons(others, &[cancel]),
        _ => {
            let apply = Button::primary(act(form), Answer::Apply).unless(hold);
            dialog.buttons(others, &[cancel, apply])
        }
    }
}
