//! Notices at the lower right: short, dismissable, grouped with a count.

use crate::model::error_text;
use crate::model::notices::{Intent, Notice, NoticeAct, Tone};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use egui::{Align2, Area, Frame, Id, Margin, Order, Stroke, Ui, vec2};

/// Draws the notices that are on screen.
pub(super) fn toasts_ui(ui: &Ui, cx: &Cx<'_>) {
    // They would lie over the buttons of a sheet; what failed stays until then.
    if cx.connected().is_some_and(|c| c.changes.sheet.is_some() || c.conflict.sheet.is_some()) {
        return;
    }
    let tokens = Tokens::of(ui);
    let shown: Vec<_> = cx.model.notices.on_screen(cx.now()).cloned().collect();
    if shown.is_empty() {
        return;
    }
    Area::new(Id::unique("notices")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, vec2(-14.0, -38.0)).show(
        ui.ctx(),
        |ui| {
            for notice in shown.iter().rev().take(4).rev() {
                let (icon, tint) = match notice.tone {
                    Tone::Info => (Icon::Info, tokens.info),
                    Tone::Good => (Icon::Ok, tokens.ok),
                    Tone::Warn => (Icon::Warning, tokens.warn),
                    Tone::Bad => (Icon::Error, tokens.error),
                };
                Frame::new()
                    .fill(tokens.raised)
                    .stroke(Stroke::new(1.0, tokens.outline))
                    .corner_radius(theme::tokens::radius::L)
                    .inner_margin(Margin::symmetric(12, 8))
                    .show(ui, |ui| {
                        ui.set_width(340.0);
                        ui.horizontal_top(|ui| {
                            theme::icon(ui, icon, 14.0, tint.strong);
                            ui.vertical(|ui| {
                                ui.set_width(276.0);
                                words_ui(ui, cx, notice);
                            });
                            if icon_button(ui, Icon::Close, &format!("Dismiss: {}", notice.text)).clicked() {
                                cx.send(Intent::Dismiss(notice.id));
                            }
                        });
                    });
                ui.add_space(6.0);
            }
        },
    );
    ui.ctx().request_repaint_after(std::time::Duration::from_secs(1));
}

fn words_ui(ui: &mut Ui, cx: &Cx<'_>, notice: &Notice) {
    let times = if notice.count > 1 { format!(" ({} times)", notice.count) } else { String::new() };
    let entry = notice.act.and_then(|act| match act {
        NoticeAct::Undo(id) | NoticeAct::Compare(id) | NoticeAct::Journal(id) => cx.model.journal.entry(id),
    });
    let failed = notice.failed.as_ref().map(|failed| match entry {
        Some(entry) => entry.content.refused(failed),
        None => error_text::change_failed(&notice.text, failed),
    });
    let (text, act, details) = match &failed {
        Some(words) => (&words.summary, words.remedy.as_str(), &words.details),
        None => (&notice.text, "", &notice.details),
    };
    ui.label(theme::text(format!("{text}{times}")));
    if !act.is_empty() {
        ui.label(theme::muted(ui, act));
    }
    if let Some(act) = notice.act {
        act_ui(ui, cx, notice, act);
    }
    if !details.is_empty() {
        egui::CollapsingHeader::new("Details").id_salt(notice.id).show(ui, |ui| {
            ui.label(theme::mono(details.clone()));
            if ui.small_button("Copy").clicked() {
                cx.send(crate::model::Intent::Copy(details.clone()));
            }
        });
    }
}

/// The button of what can be done about it.
fn act_ui(ui: &mut Ui, cx: &Cx<'_>, notice: &Notice, act: NoticeAct) {
    let (word, hover, intent) = match act {
        NoticeAct::Undo(id) => {
            let undo = cx.model.journal.entry(id).and_then(crate::model::journal::Entry::undo);
            let Some(undo) = undo else { return };
            ("Undo", undo.undo_text(), crate::model::journal::Intent::Undo(id))
        }
        NoticeAct::Compare(id) => {
            let hover = "See mine, theirs and what both began with".to_owned();
            ("Compare", hover, crate::model::journal::Intent::Compare(id))
        }
        NoticeAct::Journal(id) => {
            let hover = "Everything about this change".to_owned();
            ("Show in journal", hover, crate::model::journal::Intent::Select(Some(id)))
        }
    };
    if ui.button(theme::text(word)).on_hover_text(theme::text(hover)).clicked() {
        if matches!(act, NoticeAct::Journal(_)) {
            cx.ask_shell(crate::ui::cx::ShellRequest::ShowPanel("journal"));
        }
        cx.send(intent);
        cx.send(Intent::Dismiss(notice.id));
    }
}
