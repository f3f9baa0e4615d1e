//! Five short hints above the panels of the demo; each names a real control with its key and does what it does.

use crate::model::connections::Environment;
use crate::model::settings::{Intent, Settings};
use crate::ui::commands::{self, Command, Target, connection, topic, window};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon, Tokens};
use egui::{Frame, Margin, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

/// A hint.
struct Hint {
    /// As the settings remember it.
    id: &'static str,
    /// What can be done, short enough that five stand side by side.
    words: &'static str,
    /// More, on hover.
    more: &'static str,
    /// The control: the one whose key is named.
    command: &'static Command,
}

static HINTS: [Hint; 5] = [
    Hint {
        id: "filter",
        words: "Find a topic",
        more: "Type a part of a path, or a selector such as ?Demo/markets//, into the filter of the topic tree",
        command: &topic::FILTER,
    },
    Hint {
        id: "freeze",
        words: "Hold a value still",
        more: "The inspector shows the topic selected in the tree, live. Freeze it to read; updates are still recorded",
        command: &topic::FREEZE,
    },
    Hint {
        id: "search",
        words: "Go anywhere",
        more: "Topics, panels, connections and commands in one list",
        command: &window::SEARCH,
    },
    Hint {
        id: "connect",
        words: "Your own server",
        more: "This server is a demo inside the program. Connect to one of yours beside it",
        command: &connection::NEW,
    },
    Hint { id: "keys", words: "See every key", more: "The list of all keyboard shortcuts", command: &window::KEYS },
];

fn is_shown(hint: &Hint, settings: &Settings) -> bool {
    !settings.hints_done && !settings.hints_read.contains(hint.id)
}

/// Draws the hints that are not dismissed, if the demo is shown; a click on one does what it names.
pub(super) fn strip_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let settings = &cx.model.settings;
    let demo = cx.connected().is_some_and(|c| c.environment == Environment::Demo);
    if !demo || !HINTS.iter().any(|hint| is_shown(hint, settings)) {
        return;
    }
    let tokens = Tokens::of(ui);
    Frame::new().fill(tokens.info.wash).inner_margin(Margin::symmetric(8, 4)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
            for hint in HINTS.iter().filter(|hint| is_shown(hint, settings)) {
                if hint_ui(ui, cx, hint) {
                    hint.command.run_on(&Target::current(cx));
                }
            }
            let all = ui.add(egui::Button::new(theme::muted(ui, "Dismiss all")).frame_when_inactive(false));
            all.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Dismiss all hints"));
            if all.clicked() {
                cx.send(Intent::DismissHints);
            }
        });
    });
}

/// One hint and the button that dismisses it; true if what it names was asked for.
fn hint_ui(ui: &mut Ui, cx: &Cx<'_>, hint: &Hint) -> bool {
    let tokens = Tokens::of(ui);
    let key = commands::key_text(ui, cx, hint.command);
    let font = theme::fonts::text(theme::tokens::text::BODY);
    let mut job = egui::text::LayoutJob::default();
    let format = |colour| egui::TextFormat::simple(font.clone(), colour);
    job.append(&theme::line(hint.words), 0.0, format(tokens.text));
    job.append(&theme::line(&key), 6.0, format(tokens.text_muted));
    let galley = ui.painter().layout_job(job);
    let size = vec2(galley.size().x + 8.0 + 26.0, 24.0);
    let name = if key.is_empty() { hint.words.to_owned() } else { format!("{} ({key})", hint.words) };
    // One space for both, so that the strip breaks between hints only.
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, theme::spoken(name.clone())));
    let fill = if response.hovered() { tokens.hover } else { tokens.content };
    let radius = theme::tokens::radius::M;
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, tokens.separator), egui::StrokeKind::Inside);
    let at = egui::pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, tokens.text);
    let close = egui::Rect::from_center_size(rect.right_center() - vec2(13.0, 0.0), egui::Vec2::splat(18.0));
    let dismiss = ui.interact(close, response.id.with("dismiss"), Sense::click());
    let name = format!("Dismiss: {}", hint.words);
    dismiss.widget_info(|| WidgetInfo::labeled(Role::Button, true, theme::spoken(&name)));
    if dismiss.hovered() {
        ui.painter().rect_filled(close, theme::tokens::radius::S, tokens.pressed);
    }
    theme::icon_at(ui.painter(), close.shrink(4.0), Icon::Close, tokens.text_muted);
    if response.has_focus() {
        theme::focus_ring(ui, rect, radius);
    }
    if dismiss.has_focus() {
        theme::focus_ring(ui, close, theme::tokens::radius::S);
    }
    if dismiss.on_hover_text(theme::text(name)).clicked() {
        cx.send(Intent::DismissHint(hint.id));
    }
    response.on_hover_text(theme::text(hint.more)).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hint_names_a_control_that_has_a_key() {
        for (at, hint) in HINTS.iter().enumerate() {
            assert!(hint.command.key.is_some(), "{}", hint.id);
            assert!(HINTS[..at].iter().all(|other| other.id != hint.id), "{}", hint.id);
            assert!(hint.words.len() <= 20, "{} is short", hint.words);
        }
    }
}
