//! The mark of a change: a wash that fades away, or nothing where the user wants no movement.

use crate::ui::theme::{self, Tokens};
use egui::{Color32, Ui};
use std::time::Duration;

/// How long a mark is seen.
const SECS: f64 = 0.6;
/// Pause between two pictures of it; so slow a fade needs no more.
const FRAME: Duration = Duration::from_millis(50);

/// The wash behind what changed at a time of [`egui::InputState::time`]; none once it has faded.
#[must_use]
pub fn wash(ui: &Ui, changed_at: f64) -> Option<Color32> {
    if theme::motion_is_reduced(ui.ctx()) {
        return None;
    }
    let left = left(ui.input(|i| i.time) - changed_at)?;
    ui.ctx().request_repaint_after(FRAME);
    Some(Tokens::of(ui).info.wash.gamma_multiply(left))
}

/// The part of the mark that is left so many seconds after the change.
fn left(secs: f64) -> Option<f32> {
    let left = 1.0 - secs / SECS;
    (left > 0.0).then_some(left.min(1.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_fades_and_ends() {
        assert_eq!(left(0.0), Some(1.0));
        assert!(left(0.3).is_some_and(|left| (left - 0.5).abs() < 1e-6));
        assert_eq!(left(SECS), None);
        assert_eq!(left(-1.0), Some(1.0), "a clock that went back");
    }
}
