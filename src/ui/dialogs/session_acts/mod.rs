//! The sheet of an act on sessions: whom it concerns, what the server counts, and what has to be typed before.

mod fields;

use super::{WindowDialog, send_key};
use crate::data::shown;
use crate::model::session_acts::act::{Target, end_of_id};
use crate::model::session_acts::form::Kind;
use crate::model::session_acts::runner::Pace;
use crate::model::session_acts::sheet::{Hold, Sheet, Typing};
use crate::model::session_acts::{Intent, act::Act};
use crate::model::{Connected, error_text, number};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi, FirstFocus};
use crate::ui::widgets::states;
use egui::{ComboBox, Grid, ScrollArea, TextEdit, Ui};

/// Height of a line of the list of sessions.
const LINE: f32 = 18.0;
/// The paces that are offered.
const PACES: [Pace; 5] =
    [Pace::AllAtOnce, Pace::PerSecond(50), Pace::PerSecond(20), Pace::PerSecond(5), Pace::PerSecond(1)];

/// The dialog of an act on sessions.
#[derive(Default)]
pub(crate) struct SessionActs;

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Act,
}

impl WindowDialog for SessionActs {
    const ID: &'static str = "session-acts";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, sheet)) = cx.connected().and_then(|c| Some((c, c.session_acts.sheet.as_ref()?))) else {
            return;
        };
        let hold = sheet.hold(connected, cx.now());
        let output = Dialog::new(Self::ID, title(sheet)).width(600.0).keeps_text().show(ui, |dialog| {
            dialog.ui.horizontal(|ui| server_ui(ui, connected));
            dialog.ui.add_space(6.0);
            dialog.body(|ui, focus| content_ui(ui, focus, cx, connected, sheet));
            buttons_ui(dialog, cx, sheet, hold.as_ref())
        });
        match output.answer_or(Answer::Cancel) {
            Some(Answer::Act) => cx.send(Intent::Confirm),
            Some(Answer::Cancel) => cx.send(Intent::Cancel),
            None => {}
        }
    }
}

/// The sessions that are meant, in words.
fn whom(sheet: &Sheet) -> String {
    match (sheet.number(), &sheet.sessions[..]) {
        (Some(1), [one]) if !sheet.on_arrival => format!("the session of {}", one.name()),
        (Some(count), _) => number::count_of(count, "session", "sessions"),
        (None, _) => "sessions".to_owned(),
    }
}

fn act_words(sheet: &Sheet, whom: &str) -> String {
    let act = sheet.act().ok();
    let words = match (&act, sheet.form.kind) {
        (Some(act), _) => act.infinitive(whom),
        (None, Kind::Close) => Act::Close.infinitive(whom),
        (None, Kind::Revoke) => Act::Revoke.infinitive(whom),
        (None, Kind::Roles) => format!("change the roles of {whom}"),
        (None, Kind::Properties) => format!("set properties of {whom}"),
        (None, Kind::Conflation) => format!("turn conflation on or off for {whom}"),
        (None, Kind::Subscribe) => format!("subscribe {whom}"),
        (None, Kind::Unsubscribe) => format!("unsubscribe {whom}"),
    };
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn title(sheet: &Sheet) -> String {
    let title = act_words(sheet, &whom(sheet));
    if sheet.undo.is_some() { format!("Undo: {title}") } else { title }
}

fn buttons_ui(dialog: &mut DialogUi<'_>, cx: &Cx<'_>, sheet: &Sheet, hold: Option<&Hold>) -> Option<Answer> {
    let why = hold.map(Hold::sentence);
    let key = send_key(dialog, cx);
    let words = act_words(sheet, &number::count_of(sheet.number().unwrap_or_default(), "session", "sessions"));
    let is_danger = sheet.act().is_ok_and(|act| act.is_grave());
    let act = Button::main(is_danger, words, Answer::Act).key(key).unless(why.as_deref());
    let note = |ui: &mut Ui| {
        if let Some(why) = &why {
            theme::icon(ui, Icon::Info, 13.0, Tokens::of(ui).warn.strong);
            ui.add(egui::Label::new(theme::muted(ui, why)).wrap());
        }
    };
    dialog.buttons(note, &[Button::safe("Cancel", Answer::Cancel), act])
}

fn content_ui(ui: &mut Ui, focus: &mut FirstFocus<'_>, cx: &Cx<'_>, connected: &Connected, sheet: &Sheet) {
    if !counts_ui(ui, cx, sheet) {
        return;
    }
    list_ui(ui, sheet);
    ui.add_space(6.0);
    match &sheet.undo {
        Some((undo, _)) => {
            use crate::model::change::ServerChange as _;
            ui.label(theme::text(undo.undo_text()));
        }
        None => fields::fields_ui(ui, focus, cx, sheet),
    }
    warnings_ui(ui, cx, sheet);
    ways_ui(ui, cx, sheet);
    typed_ui(ui, cx, connected, sheet);
}

/// What the server counts, and how that compares; false while there is nothing to show yet.
fn counts_ui(ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet) -> bool {
    let loading = sheet.listing.loading.or(sheet.count.loading.filter(|_| sheet.number().is_none()));
    if let Some((_, since)) = loading {
        let secs = cx.now().secs_since(since);
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(14.0));
            ui.label(theme::muted(ui, format!("Counting the sessions… {:.0} s", secs.floor())));
        });
        return false;
    }
    let needs_count = sheet.filter.is_some();
    if let Some(error) = sheet.listing.error.as_ref().or(sheet.count.error.as_ref().filter(|_| needs_count)) {
        let words = error_text::call_needing(error, "count the sessions", "VIEW_SESSION");
        let details = (!words.details.is_empty()).then_some(words.details.as_str());
        let failure = states::Failure { what: &words.summary, why: &words.remedy, act: Some("Count again"), details };
        if states::error_banner(ui, failure).act {
            cx.send(Intent::Count);
        }
        return sheet.listing.error.is_none();
    }
    if let Some((counted, at)) = &sheet.count.value {
        let here = sheet.sessions.len() as u64 + u64::from(sheet.own.is_some() && sheet.include_own);
        let (server, at) = (number::grouped(*counted), format::clock(*at));
        let words = match &sheet.filter {
            Some(_) if *counted == here => {
                let verb = if here == 1 { "matches" } else { "match" };
                let sessions = number::count_of(*counted, "session", "sessions");
                format!("{sessions} {verb} at {at}, counted by the server; {} here", number::grouped(here))
            }
            Some(_) => format!(
                "The server counts {server}, this table {}. It may read the filter otherwise; its number counts",
                number::grouped(here)
            ),
            None if *counted < here => {
                format!("{} of these are gone since, by the server's count at {at}", number::grouped(here - counted))
            }
            None => String::new(),
        };
        if !words.is_empty() {
            ui.add(egui::Label::new(theme::text(words)).wrap());
        }
    }
    if let Some(filter) = &sheet.filter {
        ui.add(egui::Label::new(theme::mono(shown(filter))).truncate());
    }
    true
}

fn list_ui(ui: &mut Ui, sheet: &Sheet) {
    let targets = sheet.targets();
    if sheet.on_arrival || targets.is_empty() {
        return;
    }
    let most = LINE * (targets.len().min(6) as f32) + 8.0;
    theme::well(ui).inner_margin(egui::Margin::symmetric(8, 4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt("sessions").max_height(most).auto_shrink([false, true]);
        // No list of its own: it would take a step of Tab. 10,000 lines at most are far from where `f32` is too coarse.
        area.show_viewport(ui, |ui, view| {
            ui.set_height(LINE * targets.len() as f32);
            let first = (view.top() / LINE).max(0.0) as usize;
            let end = ((view.bottom() / LINE).ceil() as usize).min(targets.len());
            ui.add_space(LINE * first as f32);
            for target in targets.get(first..end).unwrap_or_default() {
                target_ui(ui, target, sheet);
            }
        });
    });
}

fn target_ui(ui: &mut Ui, target: &Target, sheet: &Sheet) {
    ui.horizontal(|ui| {
        ui.set_height(LINE);
        let is_own = sheet.own.as_ref().is_some_and(|own| own.session == target.session);
        let name = if is_own { format!("{} (you)", target.name()) } else { target.name().into_owned() };
        ui.add(egui::Label::new(theme::text(name)).truncate());
        ui.label(theme::muted(ui, shown(&target.summary)));
        ui.label(theme::mono(format!("…{}", end_of_id(target.session))));
    });
}

fn warning(ui: &mut Ui, text: impl AsRef<str>) {
    ui.horizontal_wrapped(|ui| {
        theme::icon(ui, Icon::Warning, 13.0, Tokens::of(ui).warn.strong);
        ui.label(theme::text(text.as_ref()));
    });
}

/// What the user has to know before it is sent.
fn warnings_ui(ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet) {
    let (locks, holders) = &sheet.locks;
    if *holders > 0 {
        let names: Vec<String> = locks.iter().take(10).map(|name| shown(name).into()).collect();
        let more = if locks.len() > names.len() { ", …" } else { "" };
        let verb = if *holders == 1 { "holds" } else { "hold" };
        warning(ui, format!("{holders} of them {verb} session locks: {}{more}", names.join(", ")));
    }
    let is_own_meant = sheet.own.is_some() || (sheet.on_arrival && sheet.include_own);
    if is_own_meant && sheet.undo.is_none() {
        let words = match sheet.form.kind {
            _ if !sheet.include_own => "Your own session matches and is left out",
            Kind::Close | Kind::Revoke => "This ends your connection",
            Kind::Roles => "If this takes MODIFY_SESSION from you, you cannot put it back",
            _ => "Your own session is among them",
        };
        warning(ui, words);
        let mut include = sheet.include_own;
        if ui.checkbox(&mut include, theme::text("Include it")).changed() {
            cx.send(Intent::IncludeOwn(include));
        }
    }
    let words = match sheet.form.kind {
        _ if sheet.undo.is_some() => return,
        Kind::Close => {
            let names: std::collections::BTreeSet<&str> =
                sheet.sessions.iter().map(|target| target.principal.as_str()).collect();
            let who = match names.first() {
                Some(name) if names.len() == 1 && !name.is_empty() => shown(name).to_string(),
                _ => "them".to_owned(),
            };
            let pronoun = if who == "them" { "their" } else { "its" };
            format!("They can connect again at once. To keep {who} out, change {pronoun} password or roles first")
        }
        Kind::Revoke => {
            "Ends the session now, reason REVOKED. Needs MODIFY_SESSION and AUTHENTICATE. It cannot be undone"
                .to_owned()
        }
        Kind::Roles => {
            "Removed first, then added. Until the session ends; the authentication store stays as it is".to_owned()
        }
        Kind::Properties => {
            "Of the $ keys only $Country (made upper case), $Language (lower), $Latitude, $Longitude can \
                             be set. Re-authentication drops these"
                .to_owned()
        }
        Kind::Conflation => "The server does not tell how it is now".to_owned(),
        Kind::Subscribe | Kind::Unsubscribe => {
            "Its program gets what it did not ask for. It needs READ_TOPIC, you SELECT_TOPIC".to_owned()
        }
    };
    ui.add_space(4.0);
    ui.add(egui::Label::new(theme::muted(ui, words)).wrap());
}

/// One call each or one call for all, and how fast.
fn ways_ui(ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet) {
    let count = sheet.sessions.len() + usize::from(sheet.own.is_some() && sheet.include_own);
    if sheet.filter.is_some() && sheet.form.kind != Kind::Revoke {
        ui.add_space(6.0);
        let each = format!("These {}, one call each", number::grouped(count as u64));
        for (on_arrival, words) in
            [(false, each.as_str()), (true, "Whoever matches on arrival: one call, only a number back")]
        {
            if ui.radio(sheet.on_arrival == on_arrival, theme::text(words)).clicked() {
                cx.send(Intent::SetOnArrival(on_arrival));
            }
        }
    }
    if count > 1 && !sheet.on_arrival {
        ui.horizontal(|ui| {
            let label = ui.label(theme::text("Pace"));
            let combo = ComboBox::from_id_salt("pace").selected_text(theme::text(sheet.pace.words()));
            let response = combo.show_ui(ui, |ui| {
                for pace in PACES {
                    if ui.selectable_label(sheet.pace == pace, theme::text(pace.words())).clicked() {
                        cx.send(Intent::SetPace(pace));
                    }
                }
            });
            response.response.labelled_by(label.id);
        });
    }
}

fn typed_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, sheet: &Sheet) {
    let (what, server) = sheet.typing(connected.environment);
    let Some(what) = what else { return };
    ui.add_space(8.0);
    Grid::new("typed").num_columns(2).show(ui, |ui| {
        let mut line = |words: String, text: &str, say: fn(String) -> Intent| {
            let label = ui.label(theme::text(words));
            let mut text = text.to_owned();
            let edit = TextEdit::singleline(&mut text).font(egui::TextStyle::Monospace).desired_width(170.0);
            if ui.add(edit).labelled_by(label.id).changed() {
                cx.send(say(text));
            }
            ui.end_row();
        };
        let words = match &what {
            Typing::Number(count) => format!("Type {}", number::grouped(*count)),
            Typing::Principal(name) => format!("Type {}", shown(name)),
        };
        line(words, &sheet.typed, Intent::Type);
        if server {
            line(
                format!("Type the server's name, {}", shown(&connected.name)),
                &sheet.typed_server,
                Intent::TypeServer,
            );
        }
    });
}
