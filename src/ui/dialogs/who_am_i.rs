//! Who this session is to its server: principal, properties, roles, permissions.

use super::WindowDialog;
use crate::data::security::{GlobalPermission, GlobalPermissions, PathPermission, PathPermissions};
use crate::data::{session_property, shown};
use crate::model::remote::Remote;
use crate::model::who_am_i::{Changed, Intent};
use crate::model::{Connected, Intent as ModelIntent, error_text};
use crate::ui::commands::{connection, key_text};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog};
use crate::ui::widgets::form::fact;
use egui::Ui;

/// The dialog.
#[derive(Default)]
pub(crate) struct WhoAmI;

#[derive(Clone, Copy)]
enum Answer {
    Close,
    Change,
    CopyAll,
}

/// A fact: its name, its text, and whether that is exact.
type Line = (&'static str, String, bool);

impl WindowDialog for WhoAmI {
    const ID: &'static str = "who-am-i";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected().filter(|connected| connected.who_am_i.is_open) else { return };
        let lines = lines(connected);
        let output = Dialog::new(Self::ID, "Who am I").width(600.0).show(ui, |dialog| {
            dialog.ui.horizontal(|ui| server_ui(ui, connected));
            dialog.ui.add_space(6.0);
            dialog.body(|ui, _| {
                if let Some(changed) = &connected.who_am_i.changed {
                    changed_ui(ui, changed);
                }
                for (name, text, is_exact) in &lines {
                    let text = if *is_exact { theme::mono(shown(text)) } else { theme::text(shown(text)) };
                    fact(ui, name, text);
                }
            });
            let block = connected.read_block_reason().map(crate::model::BlockReason::sentence);
            let change = Button::plain(connection::CHANGE_PRINCIPAL.words, Answer::Change)
                .hover(key_text(dialog.ui, cx, &connection::CHANGE_PRINCIPAL))
                .unless(block);
            let buttons = [Button::safe("Close", Answer::Close), change, Button::plain("Copy all", Answer::CopyAll)];
            dialog.buttons(|_| (), &buttons)
        });
        match output.answer_or(Answer::Close) {
            Some(Answer::Close) => cx.send(Intent::Close),
            Some(Answer::Change) => cx.send(Intent::OpenForm(false)),
            Some(Answer::CopyAll) => {
                let text: Vec<String> = lines.iter().map(|(name, text, _)| format!("{name}\t{text}")).collect();
                cx.send(ModelIntent::Copy(text.join("\n")));
            }
            None => {}
        }
    }
}

/// What the last change of principal brought.
fn changed_ui(ui: &mut Ui, changed: &Changed) {
    let name = if changed.principal.is_empty() { "anonymous".into() } else { String::from(shown(&changed.principal)) };
    let mut words = vec![format!("You are {name} since {}", format::clock(changed.at))];
    if let Some((came, went)) = &changed.roles {
        let came = came.iter().map(|role| format!("+{role}"));
        let roles: Vec<String> = came.chain(went.iter().map(|role| format!("−{role}"))).collect();
        words.push(if roles.is_empty() { "The same roles".to_owned() } else { format!("Roles {}", roles.join(" ")) });
    }
    if changed.topics_ended + changed.topics_came > 0 {
        let ended = crate::model::number::count_of(changed.topics_ended, "topic", "topics");
        words.push(format!("{ended} ended (AUTHORIZATION), {} came", changed.topics_came));
    }
    ui.horizontal_wrapped(|ui| {
        theme::icon(ui, Icon::Live, 12.0, Tokens::of(ui).ok.strong);
        ui.label(theme::text(shown(&words.join(". "))));
    });
    ui.add_space(4.0);
}

/// What is told of a fetched thing that is not there.
fn missing<T>(remote: &Remote<T>) -> String {
    match (&remote.error, &remote.loading) {
        (_, Some(_)) => "…".to_owned(),
        (Some(error), None) => error_text::call(error, "ask for it").summary,
        (None, None) => "not told".to_owned(),
    }
}

fn lines(connected: &Connected) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(session) = &connected.session else { return lines };
    let facts = &connected.who_am_i;
    let name = if session.principal.is_empty() { "anonymous".to_owned() } else { session.principal.clone() };
    lines.push(("Principal", name, false));
    lines.push(("Session ID", session.id.to_string(), true));
    let roles = if connected.sessions_are_hidden() {
        "the server tells them only with VIEW_SESSION; what they allow stands below".to_owned()
    } else {
        match facts.told.ready() {
            Some(told) if told.roles.is_empty() => "none".to_owned(),
            Some(told) => told.roles.iter().cloned().collect::<Vec<_>>().join(", "),
            None => missing(&facts.told),
        }
    };
    lines.push(("Roles", roles, false));
    let address = match (facts.property("$ClientIP"), connected.lacks(0xca)) {
        (Some(address), _) => address.to_owned(),
        (None, Some(_)) => "not told by this server".to_owned(),
        (None, None) => missing(&facts.properties),
    };
    lines.push(("Seen as", address, true));
    if let Some(server) = facts.property("$ServerName") {
        lines.push(("Server", server.to_owned(), false));
    }
    lines.push(("Protocol", format!("{}, {}", session.version, session.transport), false));
    match connected.permissions.global.ready() {
        Some(held) => {
            let (may, may_not): (Vec<GlobalPermission>, Vec<GlobalPermission>) =
                GlobalPermission::ALL.iter().partition(|one| held.contains(GlobalPermissions::from(**one)));
            lines.push(("May", names(&may, GlobalPermission::name), false));
            lines.push(("May not", names(&may_not, GlobalPermission::name), false));
        }
        None => lines.push(("May", missing(&connected.permissions.global), false)),
    }
    if let Some(path) = &facts.path {
        let text = match facts.path_permissions.ready() {
            Some(held) => {
                let (may, may_not): (Vec<PathPermission>, Vec<PathPermission>) =
                    PathPermission::ALL.iter().partition(|one| held.contains(PathPermissions::from(**one)));
                let held = names(&may, PathPermission::name);
                if may_not.is_empty() { held } else { format!("{held}; no {}", names(&may_not, PathPermission::name)) }
            }
            None => missing(&facts.path_permissions),
        };
        lines.push(("At topic", path.as_str().to_owned(), true));
        lines.push(("Permissions there", text, false));
    }
    let fixed = facts.properties.ready().into_iter().flatten();
    let user = facts.told.ready().into_iter().flat_map(|told| &told.user_properties);
    for (key, value) in fixed.chain(user).filter(|(key, _)| !matches!(key.as_str(), "$ClientIP" | "$ServerName")) {
        lines.push(("Property", session_property::assignment(key, value), true));
    }
    lines
}

fn names<T: Copy>(list: &[T], name: fn(T) -> &'static str) -> String {
    if list.is_empty() {
        return "nothing".to_owned();
    }
    list.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ")
}
