//! One notification: who, what, by which way, and what can be done about it.

use super::notes::{outcome, who};
use crate::data::shown;
use crate::model::missing_topics::{Intent, Note};
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::panels::sessions::links::open_session;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Tokens};
use egui::{Frame, Label, Margin, Role, ScrollArea, Ui, WidgetInfo};

/// Points that it needs to show everything but the properties of the session.
pub(super) const HEIGHT: f32 = 104.0;

/// Draws it into the room that is left.
pub(super) fn detail_ui(ui: &mut Ui, cx: &Cx<'_>, note: &Note) {
    ScrollArea::vertical().id_salt(("note", note.id)).auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.horizontal_wrapped(|ui| acts_ui(ui, cx, note));
            ui.add(Label::new(theme::mono(shown(&note.selector))).selectable(true).wrap());
            ui.horizontal_wrapped(|ui| {
                ui.label(theme::muted(ui, format!("{} · session {}", who(&note.principal), shown(&note.session))));
                if let Ok(id) = note.session.parse()
                    && ui.link("Open session").clicked()
                {
                    open_session(cx, id);
                }
            });
            let way = format!("Handler of {} · last {}", note.branch, format::moment(note.at));
            let way =
                if note.servers.is_empty() { way } else { format!("{way} · by way of {}", note.servers.join(", ")) };
            ui.label(theme::faint(ui, way));
            for (key, value) in &note.properties {
                ui.label(theme::mono(format!("{} = {}", shown(key), shown(value))));
            }
        });
    });
}

/// What can still be done about it, and how long.
fn acts_ui(ui: &mut Ui, cx: &Cx<'_>, note: &Note) {
    let tokens = Tokens::of(ui);
    if note.until().is_some() {
        if ui.button("Proceed").on_hover_text("Answers “yes”; create the topic before, if it is to be there").clicked()
        {
            cx.send(Intent::Decide { note: note.id, proceed: true });
        }
        let refuse = ui.button("Do not proceed").on_hover_text(
            "Answers “no”. Servers of today complete the subscription either way; nobody is told anything by it",
        );
        if refuse.clicked() {
            cx.send(Intent::Decide { note: note.id, proceed: false });
        }
    }
    if let Some(path) = &note.path {
        let button = ui.button("Create topic");
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, theme::spoken(format!("Create topic {path}"))));
        let hint = if note.is_path { "Opens the form for a new topic at" } else { "What is selected begins with" };
        if button.on_hover_text(theme::text(format!("{hint} {path}"))).clicked() {
            cx.send(Intent::Create(note.id));
        }
    }
    let colour = if note.until().is_some() { tokens.warn.strong } else { tokens.text_muted };
    ui.label(theme::text(outcome(cx, note)).color(colour));
    if note.count > 1 {
        ui.label(theme::text(number::count_of(note.count, "time", "times")).color(tokens.info.strong));
    }
}
