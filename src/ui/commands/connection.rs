//! Commands on servers and sessions.

use super::{Command, Scope, Section, Target, commands, ctrl, ctrl_shift, needs_connection};
use crate::model::connections;
use crate::model::link::LinkState;
use crate::model::who_am_i;
use crate::model::{BlockReason, Intent};
use crate::ui::theme::Icon;
use egui::Key;

commands! {
    /// Opens the connection dialog.
    NEW = Command::new("new-connection", "New connection…", Section::Connection, |on| {
        on.cx.send(connections::Intent::New);
    }).key(ctrl(Key::N)).icon(Icon::Plus);
    /// Ends the connection shown.
    CLOSE = Command::new("close-connection", "Close connection", Section::Connection, |on| {
        if let Some(connected) = on.connected() {
            on.cx.send(Intent::CloseLink(connected.id));
        }
    }).key(ctrl(Key::W)).unless(needs_connection);
    /// Opens a session again after the former one ended.
    RECONNECT = Command::new("reconnect", "Connect again", Section::Connection, |on| {
        if let Some(connected) = on.connected() {
            on.cx.send(Intent::Reconnect(connected.id));
        }
    }).unless(|on| match on.connected().map(|connected| &connected.link) {
        None => Some("No connection is shown"),
        Some(LinkState::Closed(_)) => None,
        Some(_) => Some("This connection is open"),
    });
    /// Shows who the session is and what it may do.
    WHO_AM_I = Command::new("who-am-i", "Who am I", Section::Connection, |on| {
        on.cx.send(who_am_i::Intent::Open);
    }).key(ctrl(Key::I)).icon(Icon::Info).unless(no_session);
    /// Opens the form in which the session becomes somebody else.
    CHANGE_PRINCIPAL = Command::new("change-principal", "Change principal…", Section::Connection, |on| {
        on.cx.send(who_am_i::Intent::OpenForm(false));
    }).key(ctrl_shift(Key::I)).unless(no_session);
    /// Opens a connection to the embedded server.
    OPEN_DEMO = Command::new("open-demo", "Open the demo server", Section::Connection, |on| {
        on.cx.send(connections::Intent::OpenDemo);
    });
    /// Takes profiles from a file.
    IMPORT_PROFILES = Command::new("import-profiles", "Import profiles…", Section::Connection, |on| {
        on.cx.send(connections::Intent::Import);
    });
    /// Writes the profiles to a file.
    EXPORT_PROFILES = Command::new("export-profiles", "Export profiles…", Section::Connection, |on| {
        on.cx.send(connections::Intent::Export);
    }).unless(|on| on.cx.model.connections.profiles.list.is_empty().then_some("No profiles yet"));
    /// Shows the first connection.
    SHOW_1 = nth("connection-1", "Go to connection 1", Key::Num1, show::<0>);
    /// Shows the second connection.
    SHOW_2 = nth("connection-2", "Go to connection 2", Key::Num2, show::<1>);
    /// Shows the third connection.
    SHOW_3 = nth("connection-3", "Go to connection 3", Key::Num3, show::<2>);
    /// Shows the fourth connection.
    SHOW_4 = nth("connection-4", "Go to connection 4", Key::Num4, show::<3>);
    /// Shows the fifth connection.
    SHOW_5 = nth("connection-5", "Go to connection 5", Key::Num5, show::<4>);
    /// Shows the sixth connection.
    SHOW_6 = nth("connection-6", "Go to connection 6", Key::Num6, show::<5>);
    /// Shows the seventh connection.
    SHOW_7 = nth("connection-7", "Go to connection 7", Key::Num7, show::<6>);
    /// Shows the eighth connection.
    SHOW_8 = nth("connection-8", "Go to connection 8", Key::Num8, show::<7>);
    /// Shows the ninth connection.
    SHOW_9 = nth("connection-9", "Go to connection 9", Key::Num9, show::<8>);
}

fn no_session(on: &Target<'_>) -> Option<&'static str> {
    match on.connected() {
        None => Some("No connection is shown"),
        Some(connected) => connected.read_block_reason().map(BlockReason::sentence),
    }
}

/// The palette lists the connections by name, so it does not offer these.
const fn nth(id: &'static str, words: &'static str, key: Key, run: fn(&Target<'_>)) -> Command {
    Command::new(id, words, Section::Connection, run).key(ctrl(key)).scope(Scope::Window).not_in_palette()
}

fn show<const NUMBER: usize>(on: &Target<'_>) {
    if let Some(connected) = on.cx.model.links.get(NUMBER) {
        on.cx.send(Intent::Activate(connected.id));
    }
}
