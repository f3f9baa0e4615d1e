//! The comparison after a guard has failed: what I wanted, what is there now, and what both began with.

use super::WindowDialog;
use crate::data::TopicSpec;
use crate::model::conflict::{Intent, Sheet};
use crate::model::error_text;
use crate::model::{BlockReason, Connected};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::format;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi};
use crate::ui::widgets::diff::DiffView;
use crate::ui::widgets::states;
use bytes::Bytes;
use egui::Ui;

/// How the dialog looks.
#[derive(Default)]
pub(crate) struct ResolveConflict {
    mine: DiffView,
    theirs: DiffView,
    across: DiffView,
}

impl WindowDialog for ResolveConflict {
    const ID: &'static str = "resolve-conflict";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, conflict)) = cx.connected().and_then(|c| Some((c, c.conflict.sheet.as_ref()?))) else {
            *self = Self::default();
            return;
        };
        let title = format!("{} was changed by somebody else", conflict.change.target());
        let output = Dialog::new(Self::ID, title).width(940.0).show(ui, |dialog| {
            dialog.ui.horizontal(|ui| server_ui(ui, connected));
            dialog.ui.add_space(6.0);
            self.content_ui(dialog, cx, connected, conflict)
        });
        if let Some(intent) = output.answer_or(Answer::Close) {
            cx.send(match intent {
                Answer::Close => Intent::Close,
                Answer::Again => Intent::Again,
                Answer::TakeTheirs => Intent::TakeTheirs,
                Answer::EditMine => Intent::EditMine,
                Answer::SendMine => Intent::SendMine,
            });
        }
    }
}

#[derive(Clone, Copy)]
enum Answer {
    Close,
    Again,
    TakeTheirs,
    EditMine,
    SendMine,
}

impl ResolveConflict {
    fn content_ui(
        &mut self,
        dialog: &mut DialogUi<'_>,
        cx: &Cx<'_>,
        connected: &Connected,
        conflict: &Sheet,
    ) -> Option<Answer> {
        let later = || Button::safe("Decide later", Answer::Close).hover("The draft is kept (Esc)");
        let ui = &mut *dialog.ui;
        let theirs = &conflict.theirs;
        let Some((found, at)) = &theirs.value else {
            ui.allocate_ui(egui::vec2(ui.available_width(), 160.0), |ui| {
                if let Some(error) = &theirs.error {
                    format::failed_ui(ui, &error_text::call(error, "read the value that is there now"));
                } else {
                    let secs = theirs.loading.map_or(0.0, |(_, since)| cx.now().secs_since(since));
                    format::loading_ui(ui, "Reading the value that is there now…", secs);
                }
            });
            let again = Button::primary("Try again", Answer::Again);
            return match theirs.error {
                Some(_) => dialog.buttons(|_| (), &[later(), again]),
                None => dialog.buttons(|_| (), &[later()]),
            };
        };
        if found.is_none() {
            let why = "Your draft is kept; it cannot be set while there is no topic";
            states::banner(ui, Tokens::of(ui).warn, theme::Icon::Struck, "The topic is gone", why, |_| ());
        }
        let spec = conflict.spec();
        let base = conflict.before.value.as_ref();
        let now = found.as_ref().and_then(|found| found.value.as_ref());
        let height = ((ui.available_height() - 130.0) / 2.0).clamp(80.0, 170.0);
        ui.columns(2, |sides| {
            let what = "Mine: what I changed since I saw it";
            side_ui(&mut sides[0], what, height, &mut self.mine, &spec, base, conflict.mine.as_ref());
            let what = format!("Theirs: what is there since, read at {}", format::clock(*at));
            side_ui(&mut sides[1], &what, height, &mut self.theirs, &spec, base, now);
        });
        ui.add_space(6.0);
        let what = "If I send mine over theirs";
        side_ui(ui, what, height, &mut self.across, &spec, now, conflict.mine.as_ref());
        let gone = found.is_none().then_some("There is no topic to set");
        let block = gone.or_else(|| connected.block_reason(cx.now()).map(BlockReason::sentence));
        let hover = "Only if theirs is still the value that is shown here";
        let no_draft = conflict.mine.is_none().then_some("There is no value of mine to edit");
        let buttons = [
            later(),
            Button::plain("Take theirs", Answer::TakeTheirs).hover("Change nothing and forget mine"),
            Button::plain("Edit mine", Answer::EditMine).unless(no_draft),
            Button::danger("Send mine over theirs", Answer::SendMine).hover(hover).unless(block),
        ];
        dialog.buttons(|_| (), &buttons)
    }
}

fn side_ui(
    ui: &mut Ui,
    what: &str,
    height: f32,
    view: &mut DiffView,
    spec: &TopicSpec,
    old: Option<&Bytes>,
    new: Option<&Bytes>,
) {
    ui.add(egui::Label::new(theme::strong(what)).truncate());
    theme::well(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_height(height);
        ui.push_id(what, |ui| match new {
            Some(new) => view.ui(ui, spec, old, new),
            None => format::empty_ui(ui, theme::Icon::Ring, "No value", "There is nothing to compare"),
        });
    });
}
