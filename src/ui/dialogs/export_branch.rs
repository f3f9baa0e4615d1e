//! The sheet of an export: which topics, how much they are, what is left out, then the file.

use super::WindowDialog;
use crate::data::shown;
use crate::model::error_text;
use crate::model::export::{Gathered, Intent, MAX_BYTES, MAX_TOPICS, Sheet, Stage, Why};
use crate::model::number;
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::form::Field;
use crate::ui::widgets::{badge, states};
use egui::Ui;

/// The dialog of an export.
#[derive(Default)]
pub(crate) struct ExportBranch;

impl WindowDialog for ExportBranch {
    const ID: &'static str = "export-branch";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, export)) = cx.connected().and_then(|c| Some((c, c.export.sheet.as_ref()?))) else {
            return;
        };
        let dialog = Dialog::new(Self::ID, "Export a branch").width(600.0);
        let output = dialog.show(ui, |dialog| {
            dialog.ui.horizontal(|ui| server_ui(ui, connected));
            dialog.ui.add_space(10.0);
            selector_ui(dialog, cx, export);
            match export.stage {
                Stage::Asking => asking_ui(dialog.ui, cx, export),
                Stage::Fetching(since) => fetching_ui(dialog.ui, export, cx.now().secs_since(since)),
                Stage::Ready => gathered_ui(dialog.ui, &export.gathered),
            }
            buttons_ui(dialog, connected, export)
        });
        let fetching = matches!(export.stage, Stage::Fetching(_));
        if let Some(answer) = output.inner.or((output.closes && !fetching).then_some(Answer::Close)) {
            cx.send(match answer {
                Answer::Close => Intent::Close,
                Answer::Fetch => Intent::Fetch,
                Answer::Stop => Intent::Stop,
                Answer::Save => Intent::Save,
                Answer::Edit => Intent::Edit,
            });
        }
    }
}

#[derive(Clone, Copy)]
enum Answer {
    Close,
    Fetch,
    Stop,
    Save,
    Edit,
}

fn selector_ui(dialog: &mut DialogUi<'_>, cx: &Cx<'_>, export: &Sheet) {
    if export.stage != Stage::Asking {
        dialog.ui.add(egui::Label::new(theme::mono(shown(export.selector.trim()))).truncate());
        dialog.ui.add_space(6.0);
        return;
    }
    let wrong = export.wrong();
    let hint = "Specifications, values and all events of the topics it matches go to the file";
    let mut selector = export.selector.clone();
    let response = Field::new("Topic selector").hint(hint).error(wrong.as_deref()).mono(dialog.ui, &mut selector);
    dialog.first_focus(&response);
    if response.changed() {
        cx.send(Intent::SetSelector(selector));
    }
    if response.lost_focus() && dialog.ui.input(|i| i.key_pressed(egui::Key::Enter)) {
        cx.send(Intent::Fetch);
    }
}

fn asking_ui(ui: &mut Ui, cx: &Cx<'_>, export: &Sheet) {
    let Some(error) = &export.failed else { return };
    ui.add_space(6.0);
    let said = error_text::call(error, &format!("fetch the topics of {}", export.selector.trim()));
    let details = (!said.details.is_empty()).then_some(said.details.as_str());
    let failure = states::Failure { what: &said.summary, why: &said.remedy, act: Some("Try again"), details };
    if states::error_banner(ui, failure).act {
        cx.send(Intent::Fetch);
    }
}

fn fetching_ui(ui: &mut Ui, export: &Sheet, secs: f64) {
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(250));
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(14.0));
        let so_far = number::count_of(export.gathered.topics as u64, "topic", "topics");
        let size = number::size(export.gathered.bytes() as u64);
        ui.label(theme::muted(ui, format!("Fetching… {so_far}, {size}, {:.0} s", secs.floor())));
    });
    if let Some(path) = export.reading() {
        let words = format!("Reading the events of {}", number::middle_cut(path.as_str(), 60));
        ui.label(theme::faint(ui, words));
    }
}

fn gathered_ui(ui: &mut Ui, gathered: &Gathered) {
    if gathered.topics == 0 {
        ui.label("There is no such topic, or this session may not see it");
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.label(theme::strong(number::count_of(gathered.topics as u64, "topic", "topics")));
        if gathered.events > 0 {
            ui.label(theme::strong(number::count_of(gathered.events, "event", "events")));
        }
        let bytes = gathered.bytes() as u64;
        ui.label(theme::muted(ui, number::size(bytes))).on_hover_text(theme::text(number::exact_size(bytes)));
        for (of, count) in &gathered.by_type {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                badge::type_badge(ui, *of);
                ui.label(theme::muted(ui, number::grouped(*count)));
            });
        }
    });
    ui.add_space(6.0);
    let most = (ui.available_height() - 200.0).clamp(72.0, 200.0);
    list_ui(ui, "first paths", most, |ui| {
        for path in &gathered.first {
            ui.add(egui::Label::new(theme::mono(shown(path))).truncate());
        }
        let rest = gathered.topics.saturating_sub(gathered.first.len());
        if rest > 0 {
            ui.label(theme::faint(ui, format!("… and {} more", number::grouped(rest as u64))));
        }
    });
    let tint = Tokens::of(ui).warn;
    if gathered.is_cut {
        ui.add_space(6.0);
        let why = format!(
            "A file may have {} topics and {}. Narrow the selector for the others",
            number::grouped(MAX_TOPICS as u64),
            number::size(MAX_BYTES as u64)
        );
        states::banner(ui, tint, Icon::Scissors, "There are more topics than these", &why, |_| ());
    }
    if gathered.left_out_count > 0 {
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            theme::icon(ui, Icon::Info, 13.0, tint.strong);
            let of = number::count_of(gathered.left_out_count, "topic", "topics");
            ui.label(theme::text(format!("Something is left out of {of}")));
        });
        list_ui(ui, "left out", 84.0, |ui| {
            for (path, why) in &gathered.left_out {
                let line = format!("{path}: {}", why_words(why));
                ui.add(egui::Label::new(theme::text(&line)).truncate()).on_hover_text(theme::text(line));
            }
        });
    }
}

fn list_ui(ui: &mut Ui, salt: &str, most: f32, add: impl FnOnce(&mut Ui)) {
    theme::well(ui).inner_margin(egui::Margin::symmetric(8, 4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let area = egui::ScrollArea::vertical()
            .id_salt(salt)
            .max_height(most)
            .min_scrolled_height(most)
            .auto_shrink([false, true]);
        area.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            add(ui);
        });
    });
}

fn why_words(why: &Why) -> String {
    match why {
        Why::UnknownType => "its type is not known here, so it is left out".to_owned(),
        Why::NoValue => "it keeps no value now, only its specification goes along".to_owned(),
        Why::Events(error) => {
            format!("{}, only its specification goes along", error_text::call(error, "read its events").summary)
        }
        Why::LargeEvent => "an event is larger than the server sends, only its specification goes along".to_owned(),
        Why::ManyEvents => {
            format!("its events are more than {}, only its specification goes along", number::size(MAX_BYTES as u64))
        }
    }
}

fn buttons_ui(dialog: &mut DialogUi<'_>, connected: &Connected, export: &Sheet) -> Option<Answer> {
    let cancel = Button::safe("Cancel", Answer::Close);
    match export.stage {
        Stage::Asking => {
            let wrong = export.wrong().is_some().then_some("The selector cannot be used as it is");
            let block = connected.read_block_reason().map(BlockReason::sentence).or(wrong);
            let fetch =
                Button::primary("Fetch and preview", Answer::Fetch).hover("Nothing is written yet").unless(block);
            dialog.buttons(|_| (), &[cancel, fetch])
        }
        Stage::Fetching(_) => dialog.buttons(|_| (), &[Button::safe("Stop", Answer::Stop).hover("")]),
        Stage::Ready => {
            let some = export.gathered.topics > 0;
            let topics = number::count_of(export.gathered.topics as u64, "topic", "topics");
            let words = if some { format!("Save {topics}…") } else { "Save…".to_owned() };
            let save = Button::primary(words, Answer::Save).unless((!some).then_some("There is nothing to save"));
            dialog.buttons(|_| (), &[Button::plain("Change the selector", Answer::Edit), cancel, save])
        }
    }
}
