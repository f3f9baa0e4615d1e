//! What is asked before a request goes to every session of a filter: how many they are, and, where that is many or on
//! production, that the user types it.

use crate::model::Connected;
use crate::model::connections::Environment;
use crate::model::messages::sentence;
use crate::model::number;
use crate::model::requests::{Count, Intent};
use crate::ui::commands::window;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::states;
use egui::{Align, Frame, Layout, Margin, TextEdit, Ui, WidgetInfo};

/// More sessions than this have their number typed.
const MOST_UNTYPED: u64 = 100;

/// Points that it needs.
pub(super) const HEIGHT: f32 = 72.0;

/// How it looks.
#[derive(Default)]
pub(super) struct ConfirmView {
    typed: String,
    /// What was typed belongs to this count.
    of: Option<Count>,
}

/// What has to be typed; none if nothing.
fn wanted(connected: &Connected, count: &Count) -> Option<String> {
    let production = connected.environment == Environment::Production;
    match count {
        Count::Sessions(sessions, _) if *sessions > MOST_UNTYPED => Some(sessions.to_string()),
        Count::Sessions(sessions, _) if *sessions > 0 && production => Some(connected.name.clone()),
        Count::Unknown(_) | Count::NotOffered => Some(connected.name.clone()),
        Count::Sessions(..) | Count::Asking | Count::BadFilter(_) => None,
    }
}

impl ConfirmView {
    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let Some(pending) = &connected.requests.pending else { return };
        if self.of.as_ref() != Some(&pending.count) {
            self.typed.clear();
            self.of = Some(pending.count.clone());
        }
        let words = sentence::count(&pending.count, format::clock);
        let wanted = wanted(connected, &pending.count);
        let tokens = Tokens::of(ui);
        let bad = matches!(pending.count, Count::BadFilter(_));
        Frame::new().inner_margin(Margin::symmetric(8, 4)).show(ui, |ui| {
            let tint = if bad { tokens.error } else { tokens.info };
            states::banner(ui, tint, Icon::Users, &words, "", |_| ());
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let can = pending.can_be_sent();
                    let typed = wanted.as_ref().is_none_or(|wanted| self.typed.trim() == wanted);
                    let sends = match pending.count {
                        Count::Sessions(sessions, _) => format!("Send to {}", number::grouped(sessions)),
                        _ => "Send".to_owned(),
                    };
                    if can {
                        let why = wanted.as_ref().map_or_else(String::new, |wanted| format!("Type {wanted} first"));
                        let button = ui.add_enabled(typed, theme::primary_button(ui, sends));
                        let by_key = !theme::is_behind_dialog(ui.ctx()) && cx.pressed(ui, &window::SEND);
                        if button.on_disabled_hover_text(theme::text(why)).clicked() || (by_key && typed) {
                            cx.send(Intent::Confirm);
                        }
                    }
                    if ui.button("Cancel").clicked() {
                        cx.send(Intent::Cancel);
                    }
                    if let (Some(wanted), true) = (&wanted, can) {
                        let edit = TextEdit::singleline(&mut self.typed).desired_width(110.0);
                        let response = ui.add(edit);
                        let name = format!("Type {wanted}");
                        response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, theme::spoken(&name)));
                        ui.label(theme::muted(ui, name));
                    }
                });
            });
        });
    }
}
