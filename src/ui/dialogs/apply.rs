//! The sheet of one change: what will be sent, how it differs from what is there, and what must still be true.

use super::sheets::{room, title_ui};
use crate::data::TopicSpec;
use crate::data::value::DataType;
use crate::model::Connected;
use crate::model::change::{Change, Guard};
use crate::model::changes::{Intent, Sheet};
use crate::model::connections::Environment;
use crate::model::number;
use crate::ui::commands::{key_text, window};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::format;
use crate::ui::panels::inspector::compare::DiffView;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::{button_row, states};
use bytes::Bytes;
use egui::Ui;

/// How the sheet looks.
#[derive(Default)]
pub(super) struct ApplySheet {
    diff: DiffView,
    /// The proposal that the facts below were made for.
    made_for: Option<(crate::data::Timestamp, Bytes)>,
    patch: Option<String>,
    shown: bool,
}

impl ApplySheet {
    /// Draws it if it is open.
    pub fn ui(&mut self, ui: &Ui, cx: &Cx<'_>, connected: &Connected) {
        let Some(sheet) = &connected.changes.sheet else {
            *self = Self::default();
            return;
        };
        let id = egui::Id::unique("apply sheet");
        let modal = egui::Modal::new(id).frame(theme::dialog_frame(ui)).show(ui.ctx(), |ui| {
            let (width, height) = room(ui, 680.0);
            ui.set_width(width);
            ui.set_max_height(height);
            self.content_ui(ui, cx, connected, sheet);
        });
        self.shown = true;
        if modal.should_close() {
            cx.send(Intent::Cancel);
        }
    }

    fn content_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, sheet: &Sheet) {
        let change = &sheet.proposal.change;
        title_ui(ui, connected, &title(change));
        ui.add_space(8.0);
        moved_on_ui(ui, connected, sheet);
        if let Some(value) = change.value().or(sheet.whole.as_ref()) {
            let made_for = (sheet.opened_at, value.clone());
            if self.made_for.as_ref() != Some(&made_for) {
                self.made_for = Some(made_for);
                self.patch = sheet.patch();
            }
            self.value_ui(ui, sheet, value);
        }
        patch_ui(ui, cx, sheet, self.patch.as_deref());
        if let Some(guard) = guard_of(change) {
            guard_ui(ui, cx, sheet, guard);
        }
        ui.add_space(12.0);
        self.buttons_ui(ui, cx, connected, change);
    }

    fn value_ui(&mut self, ui: &mut Ui, sheet: &Sheet, value: &Bytes) {
        let proposal = &sheet.proposal;
        let old = proposal.before.value.as_ref().filter(|_| !matches!(proposal.change, Change::Append { .. }));
        let size = number::size(value.len() as u64);
        let words = match old {
            Some(old) => format!(
                "Difference to the value seen at {} · {} → {size}",
                format::clock(proposal.seen_at),
                number::size(old.len() as u64)
            ),
            None => format!("New value · {size}"),
        };
        ui.label(theme::faint(ui, words));
        ui.add_space(2.0);
        let spec = spec_of(sheet);
        let height = (ui.available_height() - 190.0).clamp(90.0, 200.0);
        theme::well(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_height(height);
            self.diff.ui(ui, &spec, old, value);
        });
        ui.add_space(8.0);
    }

    fn buttons_ui(&self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, change: &Change) {
        let act = act(change);
        let production = connected.environment == Environment::Production;
        let server = |ui: &mut Ui| {
            if production {
                server_ui(ui, connected);
            }
        };
        button_row::row_ui(ui, server, |ui| {
            let cancel = ui.button("Cancel").on_hover_text("Esc");
            if !self.shown {
                cancel.request_focus(); // the safe one
            }
            let button = if production { theme::danger_button(ui, &act) } else { theme::primary_button(ui, &act) };
            let send = ui.add_enabled(connected.is_live(), button);
            let send = send
                .on_hover_text(key_text(ui, cx, &window::SEND))
                .on_disabled_hover_text("There is no connection now");
            // Enter alone presses the button that has the keyboard, so the key that sends is looked at first.
            if (connected.is_live() && cx.pressed(ui, &window::SEND)) || send.clicked() {
                cx.send(Intent::Send);
            } else if cancel.clicked() {
                cx.send(Intent::Cancel);
            }
        });
    }
}

/// Says that the value has changed since the one that is compared here.
fn moved_on_ui(ui: &mut Ui, connected: &Connected, sheet: &Sheet) {
    let facts = &connected.inspector;
    if facts.selected.as_ref() != sheet.proposal.change.path() || matches!(sheet.proposal.change, Change::Append { .. })
    {
        return;
    }
    let (Some(latest), Some(before)) = (&facts.latest, &sheet.proposal.before.value) else { return };
    if facts.spec.as_deref().is_some_and(|s| s.event_type().is_some()) || latest.value == *before {
        return;
    }
    let at = format::clock(latest.at);
    let why = match guard_of(&sheet.proposal.change) {
        Some(Guard::None) => format!("at {at}. Without a guard that value is lost"),
        _ => format!("at {at}. With this guard nothing will be changed"),
    };
    states::banner(ui, Tokens::of(ui).warn, Icon::Warning, "The value has changed since you saw it", &why, |_| ());
    ui.add_space(8.0);
}

fn patch_ui(ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet, patch: Option<&str>) {
    let change = &sheet.proposal.change;
    let patched = matches!(change, Change::Patch { .. });
    let Some(patch) = patch.filter(|_| !patched || sheet.whole.is_some()) else { return };
    let mut wanted = patched;
    let size = number::size(patch.len() as u64);
    let words = format!("Send a patch of the changed parts ({size}) instead of the whole value");
    if ui.checkbox(&mut wanted, words).changed() {
        cx.send(Intent::SetPatched(wanted));
    }
    if patched {
        egui::ScrollArea::vertical().id_salt("patch").max_height(54.0).show(ui, |ui| {
            ui.add(egui::Label::new(theme::mono(number::middle_cut(patch, 2000))).wrap());
        });
    }
    ui.add_space(4.0);
}

fn guard_ui(ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet, guard: &Guard) {
    let before = &sheet.proposal.before;
    ui.label(theme::strong("Apply"));
    let choices = [
        before.value.clone().map(|value| (Guard::StillValue(value), "only if the value is still the one I saw")),
        Some((Guard::NoValue, "only if the topic has no value")),
        Some((Guard::None, "without a guard: replace whatever is there")),
    ];
    for (choice, words) in choices.into_iter().flatten() {
        let chosen = std::mem::discriminant(guard) == std::mem::discriminant(&choice);
        if ui.radio(chosen, words).clicked() && !chosen {
            cx.send(Intent::SetGuard(choice));
        }
    }
}

fn guard_of(change: &Change) -> Option<&Guard> {
    match change {
        Change::Set { guard, .. }
        | Change::Patch { guard, .. }
        | Change::AddAndSet { guard, .. }
        | Change::Stream { guard, .. } => Some(guard),
        Change::Add { .. } | Change::Remove { .. } | Change::Append { .. } | Change::EditEvent { .. } => None,
    }
}

/// How the values of the sheet are read.
fn spec_of(sheet: &Sheet) -> TopicSpec {
    let data_type = match &sheet.proposal.change {
        Change::Set { data_type, .. } | Change::Stream { data_type, .. } => *data_type,
        Change::Append { event_type, .. } | Change::EditEvent { event_type, .. } => *event_type,
        Change::AddAndSet { spec, .. } | Change::Add { spec, .. } => return spec.clone(),
        Change::Patch { .. } | Change::Remove { .. } => DataType::Json,
    };
    // The topic's own specification carries the schema of records.
    let own = sheet.proposal.before.spec.as_ref().filter(|spec| spec.topic_type == data_type.topic_type());
    own.map_or_else(|| TopicSpec::new(data_type.topic_type()), |spec| TopicSpec::clone(spec))
}

fn title(change: &Change) -> String {
    match change {
        Change::Remove { selector } => format!("Remove {selector}"),
        Change::Append { path, .. } => format!("Append to {path}"),
        Change::EditEvent { path, sequence, .. } => format!("Edit event {sequence} of {path}"),
        other => format!("{} {}", other.verb(), other.target()),
    }
}

/// The act as the button says it.
fn act(change: &Change) -> String {
    match change {
        Change::Set { value, data_type, .. } if data_type.is_unset(value) => "Unset value".into(),
        Change::Set { .. } => "Set value".into(),
        Change::Patch { .. } => "Send patch".into(),
        Change::Add { .. } => "Create topic".into(),
        Change::AddAndSet { .. } => "Create topic and set value".into(),
        Change::Remove { selector } => format!("Remove {selector}"),
        Change::Append { .. } => "Append event".into(),
        Change::EditEvent { sequence, .. } => format!("Edit event {sequence}"),
        Change::Stream { .. } => "Start stream".into(),
    }
}
