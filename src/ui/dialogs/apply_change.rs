//! The sheet of one change: what will be sent, how it differs from what is there, and what must still be true.

use super::{WindowDialog, send_key};
use crate::model::change::{Change, Guard, Preview};
use crate::model::changes::{Intent, Proposal, Sheet};
use crate::model::connections::Environment;
use crate::model::number;
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::format;
use crate::ui::preview::preview_ui;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::diff::DiffView;
use crate::ui::widgets::states;
use egui::Ui;

/// How the dialog looks.
#[derive(Default)]
pub(crate) struct ApplyChange {
    diff: DiffView,
    /// The proposal that the facts below were made for.
    made_for: Option<(crate::data::Timestamp, Change)>,
    smaller: Option<Change>,
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
        let dialog = Dialog::new(Self::ID, title(&sheet.proposal)).width(680.0);
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
        if let Some(warning) = &sheet.proposal.warning {
            states::banner(ui, Tokens::of(ui).warn, Icon::Warning, warning, "", |_| ());
            ui.add_space(8.0);
        }
        moved_on_ui(ui, connected, sheet);
        let whole = sheet.whole();
        let is_made = self.made_for.as_ref().is_some_and(|(at, of)| *at == sheet.opened_at && of == whole);
        if !is_made {
            self.made_for = Some((sheet.opened_at, whole.clone()));
            self.smaller = sheet.smaller();
        }
        self.preview_ui(ui, &sheet.proposal, &whole.preview(&sheet.proposal.before, None));
        self.smaller_ui(ui, cx, sheet);
        if let Some(guard) = change.guard() {
            guard_ui(ui, cx, sheet, guard);
        }
        let production = connected.environment == Environment::Production;
        let block = connected.block_reason(cx.now()).map(BlockReason::sentence);
        let send = Button::main(production, change.button(), Answer::Send).key(send_key(dialog, cx)).unless(block);
        let server = |ui: &mut Ui| {
            if production {
                server_ui(ui, connected);
            }
        };
        dialog.buttons(server, &[Button::safe("Cancel", Answer::Cancel), send])
    }

    fn preview_ui(&mut self, ui: &mut Ui, proposal: &Proposal, preview: &Preview) {
        if let Preview::Value { old, new, .. } = preview {
            let size = number::size(new.len() as u64);
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
        }
        let height = (ui.available_height() - 190.0).clamp(90.0, 200.0);
        theme::well(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            match preview {
                Preview::Value { .. } => ui.set_height(height),
                _ => ui.set_max_height(height),
            }
            preview_ui(ui, &mut self.diff, preview);
        });
        ui.add_space(8.0);
    }

    /// Offers the smaller change that does the same, such as a patch of the changed parts.
    fn smaller_ui(&self, ui: &mut Ui, cx: &Cx<'_>, sheet: &Sheet) {
        let Some(smaller) = &self.smaller else { return };
        let Preview::Text(text) = smaller.preview(&sheet.proposal.before, None) else { return };
        let mut wanted = sheet.whole.is_some();
        let size = number::size(text.len() as u64);
        let words = format!("Send a patch of the changed parts ({size}) instead of the whole value");
        if ui.checkbox(&mut wanted, theme::text(words)).changed() {
            cx.send(Intent::SetSmaller(wanted));
        }
        if sheet.whole.is_some() {
            egui::ScrollArea::vertical().id_salt("patch").max_height(54.0).show(ui, |ui| {
                ui.add(egui::Label::new(theme::mono(number::middle_cut(&text, 2000))).wrap());
            });
        }
        ui.add_space(4.0);
    }
}

/// The title; an undo says so.
fn title(proposal: &Proposal) -> String {
    let title = proposal.change.title();
    if proposal.undoes.is_some() { format!("Undo: {title}") } else { title }
}

/// Says that the value has changed since the one that is compared here.
fn moved_on_ui(ui: &mut Ui, connected: &Connected, sheet: &Sheet) {
    let facts = &connected.inspector;
    if facts.selected.as_ref() != sheet.proposal.change.path() {
        return;
    }
    let (Some(latest), Some(before)) = (&facts.latest, &sheet.proposal.before.value) else { return };
    if facts.spec.as_deref().is_some_and(|s| s.event_type().is_some()) || latest.value == *before {
        return;
    }
    let at = format::clock(latest.at);
    let why = match sheet.proposal.change.guard() {
        Some(Guard::None) => format!("at {at}. Without a guard that value is lost"),
        _ => format!("at {at}. With this guard nothing will be changed"),
    };
    states::banner(ui, Tokens::of(ui).warn, Icon::Warning, "The value has changed since you saw it", &why, |_| ());
    ui.add_space(8.0);
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
        if ui.radio(chosen, theme::text(words)).clicked() && !chosen {
            cx.send(Intent::SetGuard(choice));
        }
    }
}
