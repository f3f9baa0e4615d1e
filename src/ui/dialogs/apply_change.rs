//! The sheet of one change: what will be sent, how it differs from what is there, and what must still be true.

use super::{WindowDialog, send_key};
use crate::data::TopicSpec;
use crate::data::value::DataType;
use crate::model::Connected;
use crate::model::change::{Change, Guard};
use crate::model::changes::{Intent, Sheet};
use crate::model::connections::Environment;
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::format;
use crate::ui::panels::inspector::compare::DiffView;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::states;
use bytes::Bytes;
use egui::Ui;

/// How the dialog looks.
#[derive(Default)]
pub struct ApplyChange {
    diff: DiffView,
    /// The proposal that the facts below were made for.
    made_for: Option<(crate::data::Timestamp, Bytes)>,
    patch: Option<String>,
}

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Send,
}

impl WindowDialog for ApplyChange {
    const ID: &'static str = "apply-change";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, sheet)) = cx.connected().and_then(|c| Some((c, c.changes.sheet.as_ref()?))) else {
            *self = Self::default();
            return;
        };
        let dialog = Dialog::new(Self::ID, title(&sheet.proposal.change)).width(680.0);
        let output = dialog.show(ui, |dialog| self.content_ui(dialog, cx, connected, sheet));
        match output.answer_or(Answer::Cancel) {
            Some(Answer::Send) => cx.send(Intent::Send),
            Some(Answer::Cancel) => cx.send(Intent::Cancel),
            None => {}
        }
    }
}

impl ApplyChange {
    fn content_ui(
        &mut self,
        dialog: &mut DialogUi<'_>,
        cx: &Cx<'_>,
        connected: &Connected,
        sheet: &Sheet,
    ) -> Option<Answer> {
        let change = &sheet.proposal.change;
        let ui = &mut *dialog.ui;
        ui.horizontal(|ui| server_ui(ui, connected));
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
        let production = connected.environment == Environment::Production;
        let block = (!connected.is_live()).then_some("There is no connection now");
        let send = Button::main(production, act(change), Answer::Send).key(send_key(dialog, cx)).unless(block);
        let server = |ui: &mut Ui| {
            if production {
                server_ui(ui, connected);
            }
        };
        dialog.buttons(server, &[Button::safe("Cancel", Answer::Cancel), send])
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
