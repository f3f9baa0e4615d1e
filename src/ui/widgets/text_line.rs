//! One line of text painted into a place.

use crate::data::display_text::shown_line;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontId, Rect, Ui, pos2};

/// Characters laid out at most: a cell shows no more.
const MOST_CHARS: usize = 400;

/// Paints one line into a place, shortened at its end if it does not fit; gives back the width it would need.
/// What cannot be seen has a sign, and long texts lose their middle: a cell shows no more.
#[expect(clippy::must_use_candidate, reason = "called to paint")]
pub fn paint_line(ui: &Ui, rect: Rect, content: &str, colour: Color32, font: FontId, right: bool) -> f32 {
    let line = String::from(shown_line(content, MOST_CHARS));
    let width_needed = |galley: &egui::Galley| if galley.elided { rect.width() * 1.5 } else { galley.size().x };
    let mut job = LayoutJob::single_section(line, TextFormat::simple(font, colour));
    job.wrap = TextWrapping::truncate_at_width(rect.width().max(1.0));
    let galley = ui.painter().layout_job(job);
    let x = if right { rect.right() - galley.size().x } else { rect.left() };
    let wide = width_needed(&galley);
    let y = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(x, y), galley, colour);
    wide
}
