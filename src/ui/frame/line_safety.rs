//! How far the line of the connection shown can be trusted, where that is not as usual: a sign in the connection bar.

use crate::model::Connected;
use crate::model::link::LinkState;
use crate::ui::cx::Cx;
use crate::ui::theme::tokens::{size, text};
use crate::ui::theme::{self, Icon, Tokens};
use egui::{Color32, Role, Sense, Ui, WidgetInfo, vec2};

/// What the sign says.
struct Sign {
    icon: Icon,
    colour: Color32,
    words: &'static str,
    help: String,
    copied: Option<String>,
}

/// Nothing where an authority vouches for an encrypted line, or the line stays within this computer.
fn sign(tokens: &Tokens, connected: &Connected) -> Option<Sign> {
    if let Some(host) = connected.options.readable_on_the_way_to() {
        return Some(Sign {
            icon: Icon::Warning,
            colour: tokens.warn.strong,
            words: "Not encrypted",
            help: format!("Principal, password and every value travel readable to {host}. Use wss:// if it offers TLS"),
            copied: None,
        });
    }
    let LinkState::Connected(session) = &connected.link else { return None };
    let certificate = session.certificate.as_ref().filter(|certificate| certificate.by_user)?;
    Some(Sign {
        icon: Icon::Shield,
        colour: tokens.info.strong,
        words: "Certificate trusted by you",
        help: format!(
            "No authority vouches for it; this one certificate is trusted for this connection\n{}\n{} days left\n\
             SHA-256 {}\nClick to copy the SHA-256",
            certificate.subject,
            certificate.days_left,
            certificate.sha256.fingerprint()
        ),
        copied: Some(certificate.sha256.fingerprint()),
    })
}

/// Room that the sign needs in the bar.
#[must_use]
pub(super) fn width(ui: &Ui, cx: &Cx<'_>) -> f32 {
    let tokens = Tokens::of(ui);
    let Some(sign) = cx.connected().and_then(|connected| sign(tokens, connected)) else { return 0.0 };
    let font = theme::fonts::text(text::BODY);
    ui.painter().layout_no_wrap(theme::line(sign.words), font, tokens.text).size().x + 42.0
}

/// Draws the sign.
pub(super) fn sign_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let tokens = Tokens::of(ui);
    let Some(sign) = cx.connected().and_then(|connected| sign(tokens, connected)) else { return };
    let sense = if sign.copied.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(width(ui, cx), 28.0), sense);
    let role = if sign.copied.is_some() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, theme::spoken(format!("{}: {}", sign.words, sign.help))));
    if response.hovered() && sign.copied.is_some() {
        ui.painter().rect_filled(rect, theme::tokens::radius::M, tokens.hover);
    }
    let place = egui::Rect::from_center_size(rect.left_center() + vec2(15.0, 0.0), egui::Vec2::splat(size::ICON));
    theme::icon_at(ui.painter(), place, sign.icon, sign.colour);
    let at = rect.left_center() + vec2(28.0, 0.0);
    let font = theme::fonts::text(text::BODY);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, theme::line(sign.words), font, sign.colour);
    if response.has_focus() {
        theme::focus_ring(ui, rect, theme::tokens::radius::M);
    }
    if response.on_hover_text(theme::text(&sign.help)).clicked()
        && let Some(text) = sign.copied
    {
        cx.send(crate::model::Intent::Copy(text));
    }
}
