//! Short messages in the lower right corner that go away by themselves, unless somebody reads them.

use egui::{Align2, Area, CornerRadius, Frame, Id, Layout, Margin, Order, RichText, Shadow, Stroke, Ui, vec2};

use crate::ui::theme::tokens::{radius, size, space};
use crate::ui::theme::{self, Icon, Tint, Tokens, icon, icon_button};

/// What a message is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ToastKind {
    /// Something was done.
    Done,
    /// Worth knowing.
    #[default]
    Info,
    /// Look at this.
    Warning,
    /// This failed. Stays until it is closed.
    Error,
}

impl ToastKind {
    const fn tint(self, tokens: &Tokens) -> Tint {
        match self {
            Self::Done => tokens.ok,
            Self::Info => tokens.info,
            Self::Warning => tokens.warn,
            Self::Error => tokens.error,
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Done => Icon::Ok,
            Self::Info => Icon::Info,
            Self::Warning => Icon::Warning,
            Self::Error => Icon::Error,
        }
    }
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Toast {
    /// What it is about.
    pub kind: ToastKind,
    /// What happened, on what.
    pub text: String,
    /// Second line: the reason, the time taken.
    pub detail: String,
    /// A button, for example "Undo".
    pub act: Option<String>,
    /// How often it came; more than one is written behind the text.
    pub count: u32,
    left_secs: f32,
    number: u64,
}

/// The messages on screen.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    next: u64,
}

const MOST: usize = 4;
const SECS: f32 = 6.0;
const SECS_WITH_ACT: f32 = 12.0;

impl Toasts {
    /// Shows a message and gives its number. The same text again only counts up.
    pub fn push(
        &mut self,
        kind: ToastKind,
        text: impl Into<String>,
        detail: impl Into<String>,
        act: Option<String>,
    ) -> u64 {
        let (text, detail) = (text.into(), detail.into());
        let left_secs = if act.is_some() { SECS_WITH_ACT } else { SECS };
        if act.is_none()
            && let Some(same) = self.shown.iter_mut().find(|toast| toast.kind == kind && toast.text == text)
        {
            same.count += 1;
            same.detail = detail;
            same.left_secs = left_secs;
            return same.number;
        }
        let number = self.next;
        self.next += 1;
        self.shown.push(Toast { kind, text, detail, act, count: 1, left_secs, number });
        if self.shown.len() > MOST {
            // Failures are the last to be pushed out.
            let oldest = self.shown.iter().position(|toast| toast.kind != ToastKind::Error).unwrap_or(0);
            self.shown.remove(oldest);
        }
        number
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }

    /// Draws them over everything; gives back the number of the message whose button was pressed.
    pub fn show(&mut self, ui: &mut Ui) -> Option<u64> {
        if self.shown.is_empty() {
            return None;
        }
        let mut chosen = None;
        let mut closed = None;
        let area = Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-space::M, -space::XL - space::S))
            .interactable(true);
        let response = area
            .show(ui.ctx(), |ui| {
                ui.set_width(340.0);
                for toast in &self.shown {
                    match toast_ui(ui, toast) {
                        Some(Answer::Act) => chosen = Some(toast.number),
                        Some(Answer::Close) => closed = Some(toast.number),
                        None => {}
                    }
                }
            })
            .response;
        let reading = ui.rect_contains_pointer(response.rect) || response.contains_pointer();
        self.shown.retain(|toast| Some(toast.number) != closed && Some(toast.number) != chosen);
        if !reading {
            self.pass(ui.input(|input| input.stable_dt));
        }
        if let Some(next) = self
            .shown
            .iter()
            .filter(|toast| toast.kind != ToastKind::Error)
            .map(|toast| toast.left_secs)
            .reduce(f32::min)
        {
            ui.ctx().request_repaint_after_secs(next.clamp(0.05, SECS_WITH_ACT));
        }
        chosen
    }

    /// Lets time go by: what has been read long enough leaves.
    pub fn pass(&mut self, secs: f32) {
        for toast in &mut self.shown {
            toast.left_secs -= secs;
        }
        self.shown.retain(|toast| toast.kind == ToastKind::Error || toast.left_secs > 0.0);
    }
}

enum Answer {
    Act,
    Close,
}

fn toast_ui(ui: &mut Ui, toast: &Toast) -> Option<Answer> {
    let tokens = Tokens::of(ui);
    let tint = toast.kind.tint(tokens);
    let mut answer = None;
    let frame = Frame::new()
        .fill(if tokens.dark { tokens.raised } else { tokens.content })
        .stroke(Stroke::new(1.0, tokens.outline))
        .corner_radius(CornerRadius::same(radius::L))
        .shadow(Shadow { offset: [0, 3], blur: 12, spread: 0, color: tokens.shadow })
        .inner_margin(Margin::symmetric(10, 7));
    frame.show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(egui::Align::Min), |ui| {
            if icon_button(ui, Icon::Close, "Close message").clicked() {
                answer = Some(Answer::Close);
            }
            if let Some(act) = &toast.act
                && ui.button(act).clicked()
            {
                answer = Some(Answer::Act);
            }
            ui.with_layout(Layout::left_to_right(egui::Align::Min), |ui| {
                icon(ui, toast.kind.icon(), size::ICON + 2.0, tint.strong);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    let text = if toast.count > 1 {
                        format!("{} ({}×)", toast.text, toast.count)
                    } else {
                        toast.text.clone()
                    };
                    ui.add(egui::Label::new(theme::strong(text)).wrap());
                    if !toast.detail.is_empty() {
                        let detail = RichText::new(&toast.detail).color(tokens.text_muted);
                        ui.add(egui::Label::new(detail).wrap());
                    }
                });
            });
        });
    });
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_message_is_counted() {
        let mut toasts = Toasts::default();
        let first = toasts.push(ToastKind::Warning, "Slow", "1 s", None);
        let second = toasts.push(ToastKind::Warning, "Slow", "2 s", None);
        assert_eq!(first, second);
        assert_eq!(toasts.shown().len(), 1);
        assert_eq!((toasts.shown()[0].count, toasts.shown()[0].detail.as_str()), (2, "2 s"));
    }

    #[test]
    fn messages_leave_but_failures_stay() {
        let mut toasts = Toasts::default();
        toasts.push(ToastKind::Done, "Set", "", None);
        toasts.push(ToastKind::Error, "Failed", "", None);
        toasts.push(ToastKind::Done, "Removed", "", Some("Undo".to_owned()));
        toasts.pass(SECS + 0.1);
        let left: Vec<&str> = toasts.shown().iter().map(|toast| toast.text.as_str()).collect();
        assert_eq!(left, ["Failed", "Removed"]);
    }

    #[test]
    fn there_are_never_too_many() {
        let mut toasts = Toasts::default();
        toasts.push(ToastKind::Error, "Failed", "", None);
        for number in 0..10 {
            toasts.push(ToastKind::Info, format!("Message {number}"), "", None);
        }
        assert_eq!(toasts.shown().len(), MOST);
        assert_eq!(toasts.shown()[0].text, "Failed");
    }
}
