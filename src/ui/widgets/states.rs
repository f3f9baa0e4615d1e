//! What stands in a panel that has nothing to show yet, cannot show it, or may not: never a blank.

use std::time::Duration;

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, CornerRadius, Frame, Layout, Margin, Rect, Response, Ui, UiBuilder, pos2, vec2};

use crate::model::number;
use crate::ui::theme::tokens::{radius, size, space, text};
use crate::ui::theme::{self, Icon, Tint, Tokens, fonts, icon, icon_button};

const TEXT_WIDTH: f32 = 440.0;
/// Waiting is not shown before this.
pub const QUIET_FOR: Duration = Duration::from_millis(300);
/// From here on a text with the time and a way out is shown.
pub const CANCEL_AFTER: Duration = Duration::from_secs(2);

/// Why it is empty, and the next act. Gives back whether the act was chosen.
pub fn empty_ui(ui: &mut Ui, sign: Icon, title: &str, body: &str, act: Option<&str>) -> bool {
    middle(ui, |ui| {
        icon(ui, sign, 30.0, Tokens::of(ui).text_faint);
        heading(ui, title);
        paragraph(ui, body);
        act.is_some_and(|act| {
            ui.add_space(space::XS);
            ui.add(theme::primary_button(ui, act)).clicked()
        })
    })
}

/// Something is under way for `elapsed`. Gives back whether it should be cancelled.
///
/// Nothing is drawn for the first 300 ms, so that quick answers do not flicker; the way out comes after 2 s.
pub fn loading_ui(ui: &mut Ui, work: &str, elapsed: Duration, can_cancel: bool) -> bool {
    if elapsed < QUIET_FOR {
        return false;
    }
    progress_line(ui, elapsed);
    if elapsed < CANCEL_AFTER {
        return false;
    }
    middle(ui, |ui| {
        let tokens = Tokens::of(ui);
        ui.label(theme::text(work).color(tokens.text_muted));
        ui.label(theme::faint(ui, number::duration(Duration::from_secs(elapsed.as_secs()))));
        can_cancel && ui.button("Cancel").clicked()
    })
}

/// A thin line along the upper edge that says that something is under way, above content that stays.
pub fn progress_line(ui: &mut Ui, elapsed: Duration) {
    let tokens = Tokens::of(ui);
    let rect = ui.available_rect_before_wrap();
    let lane = Rect::from_min_size(rect.min, vec2(rect.width(), 2.0));
    let painter = ui.painter();
    if theme::motion_is_reduced(ui.ctx()) {
        painter.rect_filled(lane, CornerRadius::ZERO, tokens.accent);
        return;
    }
    let phase = (elapsed.as_secs_f32() * 0.7).fract();
    let long = lane.width() * 0.28;
    let left = lane.left() - long + (lane.width() + long) * phase;
    let part = Rect::from_min_max(
        pos2(left.max(lane.left()), lane.top()),
        pos2((left + long).min(lane.right()), lane.bottom()),
    );
    painter.rect_filled(lane, CornerRadius::ZERO, tokens.separator);
    painter.rect_filled(part, CornerRadius::ZERO, tokens.accent);
}

/// A failure in the words of the product: what failed, why, what can be done, and the folded rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failure<'a> {
    /// "Cannot update `fx/EURUSD`."
    pub what: &'a str,
    /// "Your roles (CLIENT) have no `UPDATE_TOPIC` at `fx`."
    pub why: &'a str,
    /// The button that does something about it.
    pub act: Option<&'a str>,
    /// Codes and details, folded and copyable.
    pub details: Option<&'a str>,
}

/// What the user chose at a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureChoice {
    /// The act.
    pub act: bool,
    /// The details were copied.
    pub copied: bool,
}

/// A failure in the middle of a panel.
pub fn error_ui(ui: &mut Ui, failure: Failure<'_>) -> FailureChoice {
    middle(ui, |ui| {
        icon(ui, Icon::Error, 28.0, Tokens::of(ui).error.strong);
        heading(ui, failure.what);
        paragraph(ui, failure.why);
        let mut choice = FailureChoice::default();
        if let Some(act) = failure.act {
            ui.add_space(space::XS);
            choice.act = ui.button(theme::text(act)).clicked();
        }
        if let Some(details) = failure.details {
            choice.copied = details_ui(ui, details);
        }
        choice
    })
}

/// A failure as a banner above content that stays.
pub fn error_banner(ui: &mut Ui, failure: Failure<'_>) -> FailureChoice {
    let tokens = Tokens::of(ui);
    let mut choice = FailureChoice::default();
    banner(ui, tokens.error, Icon::Error, failure.what, failure.why, |ui| {
        if let Some(act) = failure.act {
            choice.act = ui.button(theme::text(act)).clicked();
        }
    });
    if let Some(details) = failure.details {
        choice.copied = details_ui(ui, details);
    }
    choice
}

fn details_ui(ui: &mut Ui, details: &str) -> bool {
    let mut copied = false;
    let width = ui.available_width().min(TEXT_WIDTH);
    let title = theme::text("Details").color(Tokens::of(ui).text_muted);
    egui::CollapsingHeader::new(title).id_salt("failure-details").show(ui, |ui| {
        ui.set_width(width);
        ui.horizontal_top(|ui| {
            ui.add(egui::Label::new(theme::mono(details)).selectable(true).wrap());
            if icon_button(ui, Icon::Copy, "Copy details").clicked() {
                ui.ctx().copy_text(details.to_owned());
                copied = true;
            }
        });
    });
    copied
}

/// The panel needs a permission the session has not. `place` is the path, empty for a global permission.
pub fn permission_ui(ui: &mut Ui, what: &str, permission: &str, place: &str, why: Option<&str>) -> bool {
    middle(ui, |ui| {
        let tokens = Tokens::of(ui);
        icon(ui, Icon::Lock, 28.0, tokens.text_faint);
        heading(ui, what);
        // One label: only that is centred as a whole.
        let mut job = LayoutJob::default();
        let mut add =
            |words: &str, font, colour| job.append(&theme::line(words), 0.0, TextFormat::simple(font, colour));
        add("Needs ", fonts::text(text::BODY), tokens.text_muted);
        add(permission, fonts::mono_strong(text::MONO), tokens.text);
        if !place.is_empty() {
            add(" at ", fonts::text(text::BODY), tokens.text_muted);
            add(place, fonts::mono(text::MONO), tokens.text);
        }
        ui.label(job);
        paragraph(ui, "Ask an administrator, or connect as another principal");
        why.is_some_and(|why| ui.button(theme::text(why)).clicked())
    })
}

/// Says since when the content below is not live: "As of 14:03:22. Reconnecting, try 3".
pub fn stale_banner(ui: &mut Ui, since: &str, state: &str) {
    let tint = Tokens::of(ui).warn;
    banner(ui, tint, Icon::Disconnected, since, state, |_| ());
}

/// A line across the panel with a sign, a statement, its reason and room for buttons on the right.
pub fn banner<R>(
    ui: &mut Ui,
    tint: Tint,
    sign: Icon,
    what: &str,
    why: &str,
    buttons: impl FnOnce(&mut Ui) -> R,
) -> (Response, R) {
    let tokens = Tokens::of(ui);
    let frame = Frame::new()
        .fill(tint.wash)
        .corner_radius(CornerRadius::same(radius::M))
        .inner_margin(Margin::symmetric(10, 5));
    let frame = if tokens.high_contrast { frame.stroke(egui::Stroke::new(1.0, tint.strong)) } else { frame };
    let inner = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            icon(ui, sign, size::ICON + 1.0, tint.strong);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let result = buttons(ui);
                ui.with_layout(Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
                    ui.label(theme::strong(what).color(tokens.text));
                    if !why.is_empty() {
                        ui.label(theme::text(why).color(tokens.text_muted));
                    }
                });
                result
            })
            .inner
        })
        .inner
    });
    (inner.response, inner.inner)
}

/// Draws content that is no longer live: greyed by 30 %, and out of reach unless `usable`.
pub fn greyed<R>(ui: &mut Ui, stale: bool, content: impl FnOnce(&mut Ui) -> R) -> R {
    if !stale {
        return content(ui);
    }
    ui.scope(|ui| {
        ui.multiply_opacity(0.7);
        content(ui)
    })
    .inner
}

fn heading(ui: &mut Ui, title: &str) {
    ui.add_space(space::XS);
    ui.add(egui::Label::new(theme::text(title).font(fonts::strong(15.0))).wrap());
}

fn paragraph(ui: &mut Ui, body: &str) {
    if !body.is_empty() {
        ui.add(egui::Label::new(theme::text(body).color(Tokens::of(ui).text_muted)).wrap());
    }
}

/// Sets its content in the upper middle: the eye looks a little above the middle.
fn middle<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let room = ui.available_rect_before_wrap();
    let width = (room.width() - 2.0 * space::L).clamp(80.0, TEXT_WIDTH);
    let above = if room.height().is_finite() { (room.height() * 0.3 - 50.0).clamp(space::M, 160.0) } else { space::XL };
    let rect = Rect::from_min_max(
        pos2(room.center().x - width / 2.0, room.top() + above),
        pos2(room.center().x + width / 2.0, room.bottom().max(room.top() + above)),
    );
    let builder = UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Center));
    let inner = ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        content(ui)
    });
    inner.inner
}
