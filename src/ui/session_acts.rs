//! Acts on sessions where sessions are shown: the bar of buttons, the menu, and the line that tells the outcome.

use crate::data::security::GlobalPermissions;
use crate::data::shown;
use crate::model::session_acts::find;
use crate::model::session_acts::form::Kind;
use crate::model::session_acts::runner::Stop;
use crate::model::session_acts::sheet::Chosen;
use crate::model::session_acts::{Intent, Run};
use crate::model::{BlockReason, Connected, number, requests};
use crate::ui::commands::{key_text, sessions};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::format;
use crate::ui::panels::Panel as _;
use crate::ui::panels::messages::Messages;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::menu;
use egui::{Align, Button, Layout, Ui};

/// The acts in the order in which they are offered, with their words.
const ACTS: [(Kind, &str); 7] = [
    (Kind::Roles, "Roles…"),
    (Kind::Properties, "Properties…"),
    (Kind::Conflation, "Conflation…"),
    (Kind::Subscribe, "Subscribe…"),
    (Kind::Unsubscribe, "Unsubscribe…"),
    (Kind::Revoke, "Revoke…"),
    (Kind::Close, "Close…"),
];
/// Acts that have a button of their own in the bar; the others are in its menu.
const IN_BAR: usize = 2;

/// Why nothing can be done to sessions, whoever is chosen; none if it can. A read-only connection opens the sheets.
#[must_use]
pub fn block(connected: &Connected) -> Option<&'static str> {
    if connected.permissions.lacks(GlobalPermissions::MODIFY_SESSION) {
        return Some("Needs MODIFY_SESSION");
    }
    connected.read_block_reason().map(BlockReason::sentence)
}

/// Puts the sessions into the builder of the message console and shows it: one by its ID, several by a filter.
pub fn request(cx: &Cx<'_>, chosen: Chosen) {
    let target = match (chosen.filter, &chosen.sessions[..]) {
        (Some(filter), _) => requests::Target::Filter(filter),
        (None, []) => return,
        (None, [one]) => requests::Target::Session(one.session),
        (None, several) => requests::Target::Filter(find::these(several)),
    };
    cx.send(requests::Intent::Open { target });
    cx.ask_shell(ShellRequest::ShowPanel(Messages::ID));
}

/// The bar of buttons for so many sessions; `chosen` tells which, when a button was pressed.
pub fn bar_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, count: usize, chosen: impl Fn() -> Chosen) {
    let nobody = (count == 0).then_some("Check or select a session first");
    let why = block(connected).or(nobody);
    let act_ui = |ui: &mut Ui, words: String, kind: Kind| {
        let button = ui.add_enabled(why.is_none(), Button::new(theme::text(words)));
        if button.on_disabled_hover_text(theme::text(why.unwrap_or_default())).clicked() {
            cx.send(Intent::Open(kind, chosen()));
        }
    };
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let close =
            if count > 1 { format!("Close {}…", number::grouped(count as u64)) } else { "Close…".to_owned() };
        act_ui(ui, close, Kind::Close);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            for (kind, words) in &ACTS[..IN_BAR] {
                act_ui(ui, (*words).to_owned(), *kind);
            }
            let why = connected.read_block_reason().map(BlockReason::sentence).or(nobody);
            let button = ui.add_enabled(why.is_none(), Button::new(theme::text("Request…")));
            let button = button.on_disabled_hover_text(theme::text(why.unwrap_or_default()));
            if button.on_hover_text(theme::text(key_text(ui, cx, &sessions::REQUEST))).clicked() {
                request(cx, chosen());
            }
            ui.add_enabled_ui(why.is_none(), |ui| {
                let more = ui.button(theme::text("More"));
                let popup = egui::Popup::menu(&more);
                menu::popup(popup, |ui| items_ui(ui, cx, &ACTS[IN_BAR..], &chosen));
            });
        });
    });
}

/// The items of a menu, one for each act.
pub fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, chosen: impl Fn() -> Chosen) {
    let why = block(connected);
    ui.add_enabled_ui(why.is_none(), |ui| items_ui(ui, cx, &ACTS, &chosen))
        .response
        .on_disabled_hover_text(theme::text(why.unwrap_or_default()));
}

fn items_ui(ui: &mut Ui, cx: &Cx<'_>, acts: &[(Kind, &str)], chosen: &impl Fn() -> Chosen) {
    for (kind, words) in acts {
        if ui.add(theme::menu_item(words)).clicked() {
            cx.send(Intent::Open(*kind, chosen()));
            ui.close();
        }
    }
}

/// Whether there is an outcome to be told.
#[must_use]
pub const fn has_outcome(connected: &Connected) -> bool {
    connected.session_acts.run.is_some()
}

/// The line that tells how far the act is, or what became of it.
pub fn outcome_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let Some(run) = &connected.session_acts.run else { return };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if run.runner.ended.is_none() {
                if ui.button(theme::text("Stop")).clicked() {
                    cx.send(Intent::Stop);
                }
            } else {
                if theme::icon_button(ui, Icon::Close, "Dismiss the outcome").clicked() {
                    cx.send(Intent::Dismiss);
                }
                let rest = run.runner.report.refused + run.runner.report.unknown + run.runner.report.not_asked();
                if rest > 0 && run.runner.on_arrival.is_none() {
                    let words = if run.runner.stopped.is_some() {
                        "Try the rest".to_owned()
                    } else {
                        format!("Try {} again", number::grouped(rest))
                    };
                    if ui.button(theme::text(words)).clicked() {
                        cx.send(Intent::TryRest);
                    }
                }
            }
            if !run.runner.report.lines.is_empty() && ui.button(theme::text("Show")).clicked() {
                cx.send(Intent::Show(true));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let is_good = run.runner.ended.is_some() && run.runner.report.is_complete();
                let tokens = Tokens::of(ui);
                let (sign, colour) = match run.runner.ended {
                    None => (Icon::Ring, tokens.info.strong),
                    Some(_) if is_good => (Icon::Live, tokens.ok.strong),
                    Some(_) => (Icon::Warning, tokens.warn.strong),
                };
                theme::icon(ui, sign, 12.0, colour);
                ui.add(
                    egui::Label::new(theme::text(outcome_words(run, run.runner.micros(cx.now()) as f64 / 1e6)))
                        .truncate(),
                );
            });
        });
    });
}

/// The outcome in words.
fn outcome_words(run: &Run, secs: f64) -> String {
    let (runner, report) = (&run.runner, &run.runner.report);
    let done = runner.act.participle();
    let count = number::count_of(report.asked, "session", "sessions");
    if runner.ended.is_none() && runner.stopped.is_none() {
        let under_way = runner.act.under_way(&count);
        let so_far = crate::model::session_acts::report::Report { asked: 0, ..report.counts() };
        return format!("{under_way}… {} · {secs:.1} s", so_far.words(done));
    }
    if let Some(filter) = &runner.on_arrival {
        return match &runner.failure {
            None => format!(
                "The server {} {}: {}",
                done,
                number::count_of(report.done, "session", "sessions"),
                shown(filter)
            ),
            Some(_) => format!("The server refused: {}", shown(filter)),
        };
    }
    let Some((why, at)) = &runner.stopped else {
        return report.words(&format!("of {} {done}", number::grouped(report.asked)));
    };
    let answered = report.asked - report.not_asked();
    let head = format!("Stopped after {} of {}", number::grouped(answered), number::grouped(report.asked));
    let at = format::clock(*at);
    let why = match why {
        Stop::User => String::new(),
        Stop::Denied => format!(": MODIFY_SESSION is missing since {at}"),
        Stop::ConnectionLost => format!(": connection lost at {at}"),
        Stop::ReadOnly => format!(": the connection became read-only at {at}"),
    };
    format!("{head}{why}. {}", report.words(done))
}
