//! How the list of sessions stands where that is not simply live: reading, not allowed, fetched, too many, failed.

use crate::data::security::GlobalPermissions;
use crate::model::Connected;
use crate::model::error_text;
use crate::model::number::grouped;
use crate::model::session_list::listen::{Failure, Phase};
use crate::model::session_list::{Intent, MAX_SESSIONS, SessionList};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::states;
use egui::Ui;

/// Why nothing of the list can be shown, in the place of the table; false if it can.
pub(super) fn instead_of_table_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) -> bool {
    let list = &connected.session_list;
    if connected.sessions_are_hidden() {
        let text = "The list of sessions needs VIEW_SESSION, which this session does not have";
        format::empty_ui(ui, Icon::Users, "Sessions are not shown", text);
        return true;
    }
    if !list.rows.is_empty() {
        return false;
    }
    let secs = cx.now().secs_since(list.listening.began());
    match &list.listening.phase {
        _ if list.listening.is_reading() && connected.is_live() => {
            if states::loading_ui(ui, "Reading sessions…", format::seconds(secs), true) {
                cx.send(Intent::Cancel);
            }
            true
        }
        Phase::TooMany => {
            too_many_ui(ui, cx, list);
            true
        }
        Phase::Failed(failure) => {
            let (what, why, details) = failure_words(failure);
            let act = connected.is_live().then_some("Try again");
            let details = (!details.is_empty()).then_some(details.as_str());
            if states::error_ui(ui, states::Failure { what: &what, why: &why, act, details }).act {
                cx.send(Intent::Listen);
            }
            true
        }
        Phase::Stopped => {
            let text = format!("Listening was stopped at {}", format::clock(list.listening.since));
            if states::empty_ui(ui, Icon::Users, "Not listening", &text, Some("Listen again")) {
                cx.send(Intent::Listen);
            }
            true
        }
        Phase::Idle if !connected.is_live() => {
            format::empty_ui(ui, Icon::Users, "No sessions are known", "They are listed once the connection is open");
            true
        }
        _ => {
            format::empty_ui(ui, Icon::Users, "No session is open", "The server counts none");
            true
        }
    }
}

fn failure_words(failure: &Failure) -> (String, String, String) {
    match failure {
        Failure::Call(error) => {
            let words = error_text::call_needing(error, "list the sessions", "VIEW_SESSION");
            (words.summary, words.remedy, words.details)
        }
        Failure::Filter(reports) => {
            let report = |report: &crate::model::session_list::listen::Report| {
                format!("{} (line {}, column {})", report.message, report.line, report.column)
            };
            let why: Vec<String> = reports.iter().map(report).collect();
            ("The server cannot read the filter".to_owned(), why.join("; "), String::new())
        }
    }
}

fn too_many_ui(ui: &mut Ui, cx: &Cx<'_>, list: &SessionList) {
    let total = list.listening.total.map_or_else(String::new, |(total, _)| grouped(total));
    let title = format!("{total} sessions are on this server; this table holds {}", grouped(MAX_SESSIONS as u64));
    let text = "Give a session filter, and only those are listened to";
    let act = if list.filter_text().is_some() { "Listen to these" } else { "Show the newest 1,000" };
    if states::empty_ui(ui, Icon::Users, &title, text, Some(act)) {
        cx.send(list.filter_text().map_or(Intent::FetchNewest, |filter| Intent::ListenTo(filter.to_owned())));
    }
}

/// Lines above the table that say how true it is.
pub(super) fn banners_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let list = &connected.session_list;
    if let Some(since) = connected.stale_since() {
        let since = format!("As of {}", format::clock(since));
        states::stale_banner(ui, &since, &format::link_words(&connected.link, cx.now()));
        return;
    }
    if list.rows.is_empty() || connected.sessions_are_hidden() {
        return;
    }
    let tint = Tokens::of(ui).info;
    let at = format::clock(list.listening.since);
    let button = |ui: &mut Ui, words: &str, intent: Intent| {
        if ui.button(theme::text(words)).clicked() {
            cx.send(intent);
        }
    };
    match &list.listening.phase {
        Phase::Fetched if connected.permissions.lacks(GlobalPermissions::REGISTER_HANDLER) => {
            let why = "A live list needs REGISTER_HANDLER too";
            states::banner(ui, tint, Icon::Ring, &format!("Fetched at {at}, not live"), why, |ui| {
                button(ui, "Fetch again", Intent::Refresh);
            });
        }
        Phase::Fetched => {
            let why = if list.listening.only_newest { "The newest 1,000" } else { "The server did not let it be live" };
            states::banner(ui, tint, Icon::Ring, &format!("Fetched at {at}, not live"), why, |ui| {
                button(ui, "Fetch again", Intent::Refresh);
            });
        }
        Phase::Stopped => {
            let known = list.rows.len() as u64;
            let what = match list.listening.total {
                Some((total, _)) if total > known => format!("Stopped at {} of {}", grouped(known), grouped(total)),
                _ => format!("Stopped at {at}, not live"),
            };
            states::banner(ui, tint, Icon::Ring, &what, "", |ui| button(ui, "Listen again", Intent::Listen));
        }
        Phase::TooMany => {
            let what = format!("This table holds {} sessions, and there are more", grouped(MAX_SESSIONS as u64));
            states::banner(ui, tint, Icon::Warning, &what, "Give a session filter first", |ui| {
                match list.filter_text() {
                    Some(filter) => button(ui, "Listen to these", Intent::ListenTo(filter.to_owned())),
                    None => button(ui, "Show the newest 1,000", Intent::FetchNewest),
                }
            });
        }
        Phase::Failed(failure) => {
            let (what, why, _) = failure_words(failure);
            let what = format!("The live list ended at {at}: {what}");
            states::banner(ui, Tokens::of(ui).error, Icon::Error, &what, &why, |ui| {
                button(ui, "Listen again", Intent::Listen);
            });
        }
        _ if list.listening.is_reading() => {
            let secs = format::seconds(cx.now().secs_since(list.listening.began()));
            if secs >= states::CANCEL_AFTER {
                let known = grouped(list.rows.len() as u64);
                let of = list.listening.total.map(|(total, _)| format!(" of {}", grouped(total))).unwrap_or_default();
                let what = format!("Reading sessions… {known}{of} · {}", format::age(secs.as_secs_f64()));
                states::banner(ui, tint, Icon::Refresh, &what, "", |ui| button(ui, "Cancel", Intent::Cancel));
            }
        }
        _ => {}
    }
    if let Some(filter) = &list.listening.filter {
        let what = "Only sessions that a filter selects are listened to";
        states::banner(ui, tint, Icon::Filter, what, filter, |ui| button(ui, "Listen to all", Intent::Listen));
    }
    if list.rows.properties_left_out > 0 {
        let what = format!("{} properties are not kept", grouped(list.rows.properties_left_out));
        states::banner(ui, tint, Icon::Warning, &what, "There are too many different keys", |_| ());
    }
}
