//! The sheet of a removal: what would go, how much it is, and what has to be typed before.

use super::WindowDialog;
use crate::data::shown;
use crate::model::Connected;
use crate::model::error_text;
use crate::model::number;
use crate::model::remove_topics::{Count, Hold, Intent, Scope, Sheet, Target};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::states;
use egui::{TextEdit, Ui};

/// The dialog of a removal.
#[derive(Default)]
pub(crate) struct RemoveTopics;

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Remove,
}

impl WindowDialog for RemoveTopics {
    const ID: &'static str = "remove-topics";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, sheet)) = cx.connected().and_then(|c| Some((c, c.remove_topics.sheet.as_ref()?))) else {
            return;
        };
        let output = Dialog::new(Self::ID, title(sheet)).width(560.0).show(ui, |dialog| {
            let ui = &mut *dialog.ui;
            ui.horizontal(|ui| server_ui(ui, connected));
            ui.add_space(8.0);
            scope_ui(ui, cx, sheet);
            found_ui(ui, cx, sheet);
            typed_ui(ui, cx, connected, sheet);
            buttons_ui(dialog, cx, connected, sheet)
        });
        match output.answer_or(Answer::Cancel) {
            Some(Answer::Remove) => cx.send(Intent::Remove),
            Some(Answer::Cancel) => cx.send(Intent::Cancel),
            None => {}
        }
    }
}

fn buttons_ui(dialog: &mut DialogUi<'_>, cx: &Cx<'_>, connected: &Connected, sheet: &Sheet) -> Option<Answer> {
    let hold = sheet.hold(connected, cx.now());
    let why = |ui: &mut Ui| {
        // What is off without anything to type says why; the fields say it themselves.
        if let Some(hold @ Hold::Blocked(_)) = hold {
            theme::icon(ui, Icon::Info, 13.0, Tokens::of(ui).warn.strong);
            ui.add(egui::Label::new(theme::muted(ui, hold.sentence())).wrap());
        } else if connected.environment == crate::model::connections::Environment::Production {
            server_ui(ui, connected);
        }
    };
    let remove = Button::danger(act(sheet), Answer::Remove).unless(hold.map(Hold::sentence));
    dialog.buttons(why, &[Button::safe("Cancel", Answer::Cancel), remove])
}

fn title(sheet: &Sheet) -> String {
    match &sheet.target {
        Target::Path { path, .. } => format!("Remove {path}"),
        Target::Checked { topics, branches, .. } => format!("Remove {}", rows_words(*topics, *branches)),
        Target::Selector(selector) => format!("Remove what {selector} selects"),
    }
}

/// What is checked in the tree, counted.
pub(in crate::ui) fn rows_words(topics: usize, branches: usize) -> String {
    let topic_words = number::count_of(topics as u64, "checked topic", "checked topics");
    match (topics, branches) {
        (_, 0) => topic_words,
        (0, _) => number::count_of(branches as u64, "checked branch", "checked branches"),
        _ => format!("{topic_words} and {}", number::count_of(branches as u64, "branch", "branches")),
    }
}

/// The act and the number.
fn act(sheet: &Sheet) -> String {
    match sheet.count.ready().map(|count| count.topics) {
        Some(count @ 1..) => format!("Remove {}", number::count_of(count, "topic", "topics")),
        _ => "Remove".to_owned(),
    }
}

fn scope_ui(ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet) {
    let Target::Path { scope, is_branch: true, .. } = &sheet.target else { return };
    for (choice, words) in [
        (Scope::Branch, "This path and everything below it"),
        (Scope::Below, "Everything below this path"),
        (Scope::Topic, "The topic at this path only"),
    ] {
        if ui.radio(*scope == choice, theme::text(words)).clicked() && *scope != choice {
            cx.send(Intent::SetScope(choice));
        }
    }
    ui.add_space(8.0);
}

fn found_ui(ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet) {
    if let Some((_, since)) = sheet.count.loading {
        let secs = cx.now().secs_since(since);
        let so_far = number::count_of(sheet.so_far.topics, "topic", "topics");
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(14.0));
            ui.label(theme::muted(ui, format!("Counting… {so_far}, {:.0} s", secs.floor())));
        });
        return;
    }
    if let Some(error) = &sheet.count.error {
        let words = error_text::call(error, "count the topics");
        let details = (!words.details.is_empty()).then_some(words.details.as_str());
        let failure = states::Failure { what: &words.summary, why: &words.remedy, act: Some("Count again"), details };
        if states::error_banner(ui, failure).act {
            cx.send(Intent::Count);
        }
        return;
    }
    let Some(count) = sheet.count.ready() else { return };
    if count.topics == 0 {
        ui.label("There is no such topic, or this session may not see it");
        return;
    }
    if let Target::Checked { topics, branches: 0, .. } = &sheet.target
        && (*topics as u64) > count.topics
    {
        let gone = number::count_of(*topics as u64 - count.topics, "checked topic is", "checked topics are");
        ui.label(theme::muted(ui, format!("{gone} no longer there")));
    }
    let at = sheet.count.value.as_ref().map(|(_, at)| format::clock(*at)).unwrap_or_default();
    let found = number::count_of(count.topics, "topic", "topics");
    let verb = if count.topics == 1 { "matches" } else { "match" };
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::strong(found));
        match &sheet.target {
            // A selector of a thousand paths says less than their list.
            Target::Checked { branches: 0, .. } => {
                ui.label(theme::muted(ui, format!("at {at}; only these are removed")));
            }
            Target::Checked { .. } => {
                ui.label(theme::muted(ui, format!("at {at}; of a branch, everything below it")));
            }
            target => {
                ui.label(theme::muted(ui, format!("{verb} at {at}:")));
                ui.add(egui::Label::new(theme::mono(shown(&target.selector()))).truncate());
            }
        }
    });
    list_ui(ui, sheet, count);
    views_ui(ui, sheet, count);
    let back = match (sheet.target.is_one(), &count.before.value) {
        (true, Some(_)) => "Undo puts it back with its specification and value. Subscribers will see it go",
        (true, None) => "Undo puts it back with its specification. Subscribers will see it go",
        (false, _) => {
            "This cannot be undone here. Topics that this session may not see or modify stay; reference topics go only \
             with their source or topic view"
        }
    };
    let tokens = Tokens::of(ui);
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        let (icon, colour) =
            if sheet.target.is_one() { (Icon::Info, tokens.text_muted) } else { (Icon::Warning, tokens.warn.strong) };
        theme::icon(ui, icon, 13.0, colour);
        ui.label(theme::muted(ui, back));
    });
}

/// Names the topic views that may have made some of the topics listed.
fn views_ui(ui: &mut Ui, sheet: &Sheet, count: &Count) {
    let mut names: Vec<&str> = count.first.iter().filter_map(|path| sheet.view_of(path)).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let some = count.first.iter().filter(|path| sheet.view_of(path).is_some()).count() as u64;
    let (topics, views) = (
        number::count_of(some, "topic listed may be", "topics listed may be"),
        names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", "),
    );
    let why = format!("made by topic view {views}. Reference topics cannot be removed; change the view or the source");
    ui.add_space(4.0);
    states::banner(ui, Tokens::of(ui).info, Icon::Info, &topics, &why, |_| ());
}

fn list_ui(ui: &mut Ui, sheet: &Sheet, count: &Count) {
    if count.topics <= 1 {
        return;
    }
    let most = (ui.available_height() - 210.0).clamp(72.0, 220.0);
    theme::well(ui).inner_margin(egui::Margin::symmetric(8, 4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        egui::ScrollArea::vertical().max_height(most).min_scrolled_height(most).auto_shrink([false, true]).show(
            ui,
            |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for path in &count.first {
                    match sheet.view_of(path) {
                        None => drop(ui.add(egui::Label::new(theme::mono(shown(path))).truncate())),
                        Some(view) => drop(ui.horizontal(|ui| {
                            ui.label(theme::faint(ui, format!("of view “{view}”")));
                            ui.add(egui::Label::new(theme::mono(shown(path))).truncate());
                        })),
                    }
                }
                let rest = count.topics.saturating_sub(count.first.len() as u64);
                if rest > 0 {
                    ui.label(theme::faint(ui, format!("… and {} more", number::grouped(rest))));
                }
            },
        );
    });
}

fn typed_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, sheet: &Sheet) {
    let Some(count) = sheet.count.ready().filter(|_| sheet.count.loading.is_none() && sheet.asks_number()) else {
        return;
    };
    ui.add_space(10.0);
    let mut line = |words: String, text: &str, say: fn(String) -> Intent| {
        ui.horizontal(|ui| {
            let label = ui.label(theme::text(words));
            let mut text = text.to_owned();
            let edit = TextEdit::singleline(&mut text).font(egui::TextStyle::Monospace).desired_width(150.0);
            if ui.add(edit).labelled_by(label.id).changed() {
                cx.send(say(text));
            }
        });
    };
    line(format!("Type {} to confirm", number::grouped(count.topics)), &sheet.typed, Intent::Type);
    if sheet.asks_server(connected.environment) {
        line(format!("Type the server's name, {}", connected.name), &sheet.typed_server, Intent::TypeServer);
    }
}
