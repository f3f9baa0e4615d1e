//! Bytes as hexadecimal digits and text, with offsets; only the rows in sight are laid out.

use std::fmt::Write as _;
use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CornerRadius, Event, Key, Modifiers, Rect, Stroke, Ui, pos2, vec2};

use super::rows::{Row, RowFacts, Rows, RowsOutput, RowsState};
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{Tokens, fonts};

const ROW_HEIGHT: f32 = 18.0;

/// Where a hex view stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HexState {
    /// The rows.
    pub rows: RowsState,
    /// Where the selection began and where it is now, both inclusive.
    selected: Option<(usize, usize)>,
}

impl HexState {
    /// The selected bytes.
    #[must_use]
    pub fn selection(&self) -> Option<Range<usize>> {
        self.selected.map(|(a, b)| a.min(b)..a.max(b) + 1)
    }

    /// Selects bytes and brings them into sight.
    pub fn select(&mut self, range: Range<usize>, per_row: usize) {
        if !range.is_empty() {
            self.selected = Some((range.start, range.end - 1));
            self.rows.scroll_to(range.start / per_row.max(1), None);
        }
    }
}

/// What came of drawing a hex view.
#[derive(Clone, Debug)]
pub struct HexOutput {
    /// The rows.
    pub rows: RowsOutput,
    /// Bytes in one row: 16, or 8 where there is little room.
    pub per_row: usize,
}

/// Where the parts of a row stand, in points from its left edge.
struct Columns {
    digit: f32,
    per_row: usize,
}

impl Columns {
    const OFFSET_DIGITS: usize = 8;

    fn byte(&self, column: usize) -> f32 {
        // A wider gap after eight bytes lets the eye count.
        let gaps = usize::from(column >= 8);
        space::S + self.digit * (Self::OFFSET_DIGITS + 2 + column * 3 + gaps) as f32
    }

    fn text(&self, column: usize) -> f32 {
        self.byte(self.per_row) + self.digit * (1 + column) as f32
    }

    fn width(digit: f32, per_row: usize) -> f32 {
        Self { digit, per_row }.text(per_row) + space::S
    }

    /// The byte of a row under a place.
    fn column_at(&self, x: f32) -> Option<usize> {
        (0..self.per_row).find(|column| {
            let byte = self.byte(*column);
            let letter = self.text(*column);
            (byte - self.digit / 2.0..byte + self.digit * 2.5).contains(&x)
                || (letter..letter + self.digit).contains(&x)
        })
    }
}

/// Draws bytes into the space that is left.
pub fn hex_ui(ui: &mut Ui, name: &str, bytes: &[u8], state: &mut HexState) -> HexOutput {
    list_ui(ui, name, bytes, None, state)
}

/// Draws bytes into the space that is left, and marks those that differ from the byte at their place in `other`.
pub fn hex_against_ui(ui: &mut Ui, name: &str, bytes: &[u8], other: &[u8], state: &mut HexState) -> HexOutput {
    list_ui(ui, name, bytes, Some(other), state)
}

fn list_ui(ui: &mut Ui, name: &str, bytes: &[u8], other: Option<&[u8]>, state: &mut HexState) -> HexOutput {
    let font = fonts::mono(text::MONO);
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let per_row = if Columns::width(digit, 16) <= ui.available_width() - 12.0 { 16 } else { 8 };
    let columns = Columns { digit, per_row };
    if state.selected.is_some_and(|(a, b)| a.max(b) >= bytes.len()) {
        state.selected = None;
    }
    let selection = state.selection().unwrap_or(0..0);
    let mut hit = None;
    let pointer = ui.input(|input| input.pointer.interact_pos());
    let total = bytes.len().div_ceil(per_row);
    let list = Rows::new(name, total).row_height(ROW_HEIGHT).drag();
    let rows = list.show(ui, &mut state.rows, |ui, row| {
        let start = row.index * per_row;
        let part = &bytes[start..bytes.len().min(start + per_row)];
        row.interact(ui, &spoken(start, part), RowFacts { inert: true, ..RowFacts::default() });
        if let Some(pointer) = pointer.filter(|pointer| row.rect.contains(*pointer)) {
            hit = columns.column_at(pointer.x - row.rect.left()).filter(|c| *c < part.len()).map(|c| start + c);
        }
        if let Some(other) = other {
            differences_ui(ui, &row, &columns, part, other.get(start..).unwrap_or_default());
        }
        row_ui(ui, &row, &columns, start, part, &selection);
    });
    if let Some(at) = hit {
        if rows.response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_pressed()) {
            let from = state.selected.filter(|_| ui.input(|i| i.modifiers.shift)).map_or(at, |(a, _)| a);
            state.selected = Some((from, at));
            rows.response.request_focus();
        } else if rows.response.dragged()
            && let Some((_, end)) = &mut state.selected
        {
            *end = at;
        }
    }
    if rows.response.has_focus() {
        keys(ui, bytes, state, per_row, rows.page);
    }
    HexOutput { rows, per_row }
}

fn keys(ui: &Ui, bytes: &[u8], state: &mut HexState, per_row: usize, page: usize) {
    let copy = ui.input_mut(|input| {
        let asked = input.events.iter().any(|event| matches!(event, Event::Copy));
        input.events.retain(|event| !asked || !matches!(event, Event::Copy));
        asked
    });
    if copy && let Some(range) = state.selection() {
        ui.ctx().copy_text(digits(&bytes[range]));
    }
    let Some(last) = bytes.len().checked_sub(1) else { return };
    let at = state.selected.map_or(0, |(_, b)| b);
    for shift in [true, false] {
        // Shift first: keys without modifiers are also matched while Shift is held.
        let held = if shift { Modifiers::SHIFT } else { Modifiers::NONE };
        let pressed = |key| ui.input_mut(|input| input.consume_key(held, key));
        let to = if pressed(Key::ArrowRight) {
            at + 1
        } else if pressed(Key::ArrowLeft) {
            at.saturating_sub(1)
        } else if pressed(Key::ArrowDown) {
            at + per_row
        } else if pressed(Key::ArrowUp) {
            at.checked_sub(per_row).unwrap_or(at)
        } else if pressed(Key::PageDown) {
            at + per_row * page
        } else if pressed(Key::PageUp) {
            at.saturating_sub(per_row * page)
        } else if pressed(Key::Home) {
            0
        } else if pressed(Key::End) {
            last
        } else {
            continue;
        }
        .min(last);
        let from = if shift { state.selected.map_or(to, |(a, _)| a) } else { to };
        state.selected = Some((from, to));
        state.rows.scroll_to(to / per_row, None);
    }
}

/// A wash and a line beneath each byte that is not the one of the other value.
fn differences_ui(ui: &Ui, row: &Row, columns: &Columns, part: &[u8], other: &[u8]) {
    let tint = Tokens::of(ui).warn;
    let left = row.rect.left();
    for (column, byte) in part.iter().enumerate() {
        if other.get(column) != Some(byte) {
            for (x, digits) in [(columns.byte(column), 2.0), (columns.text(column), 1.0)] {
                let x = left + x;
                let rect =
                    Rect::from_x_y_ranges(x..=x + columns.digit * digits, row.rect.y_range()).shrink2(vec2(0.0, 1.0));
                ui.painter().rect_filled(rect, CornerRadius::ZERO, tint.wash);
                ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, tint.strong));
            }
        }
    }
}

fn row_ui(ui: &Ui, row: &Row, columns: &Columns, start: usize, part: &[u8], selection: &Range<usize>) {
    let tokens = Tokens::of(ui);
    let painter = ui.painter();
    let left = row.rect.left();
    let mark = |x: f32, width: f32| {
        let rect = Rect::from_x_y_ranges(x..=x + width, row.rect.y_range());
        painter.rect_filled(rect, CornerRadius::ZERO, tokens.selection);
    };
    for column in 0..part.len() {
        if selection.contains(&(start + column)) {
            let x = left + columns.byte(column);
            let last = column + 1 == part.len() || !selection.contains(&(start + column + 1));
            let end = if last { x + columns.digit * 2.0 } else { left + columns.byte(column + 1) };
            mark(x, end - x);
            mark(left + columns.text(column), columns.digit);
        }
    }
    let y = row.rect.top() + 1.0;
    let font = fonts::mono(text::MONO);
    let plain = |job: &mut LayoutJob, content: &str, colour: Color32| {
        job.append(content, 0.0, TextFormat::simple(font.clone(), colour));
    };
    let mut job = LayoutJob::default();
    plain(&mut job, &format!("{start:08x}"), tokens.text_faint);
    painter.galley(pos2(left + space::S, y), painter.layout_job(job), tokens.text);
    for half in [0..8, 8..16] {
        let mut job = LayoutJob::default();
        for column in half.clone().take_while(|column| *column < part.len()) {
            plain(&mut job, &format!("{:02x} ", part[column]), ink(tokens, part[column]));
        }
        if !job.is_empty() {
            painter.galley(pos2(left + columns.byte(half.start), y), painter.layout_job(job), tokens.text);
        }
    }
    let mut job = LayoutJob::default();
    for byte in part {
        plain(&mut job, letter(*byte).encode_utf8(&mut [0; 4]), ink(tokens, *byte));
    }
    painter.galley(pos2(left + columns.text(0), y), painter.layout_job(job), tokens.text);
}

const fn ink(tokens: &Tokens, byte: u8) -> Color32 {
    match byte {
        0 => tokens.text_faint,
        0x20..=0x7e => tokens.text,
        _ => tokens.code_number,
    }
}

const fn letter(byte: u8) -> char {
    if matches!(byte, 0x20..=0x7e) { byte as char } else { '·' }
}

fn spoken(start: usize, part: &[u8]) -> String {
    let letters: String = part.iter().map(|byte| letter(*byte)).collect();
    format!("{start:08x} {} {letters}", digits(part))
}

/// Bytes as pairs of digits with spaces.
#[must_use]
pub fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What the bytes at the start of a selection would be as numbers: name and value, little endian first.
#[must_use]
pub fn readings(bytes: &[u8]) -> Vec<(&'static str, String)> {
    fn head<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
        bytes.first_chunk::<N>().copied()
    }
    let mut found = Vec::new();
    let mut add = |name, value: Option<String>| found.extend(value.map(|value| (name, value)));
    add("int8", head::<1>(bytes).map(|b| i8::from_le_bytes(b).to_string()));
    add("uint8", head::<1>(bytes).map(|b| b[0].to_string()));
    add("int16 LE", head::<2>(bytes).map(|b| i16::from_le_bytes(b).to_string()));
    add("int16 BE", head::<2>(bytes).map(|b| i16::from_be_bytes(b).to_string()));
    add("int32 LE", head::<4>(bytes).map(|b| i32::from_le_bytes(b).to_string()));
    add("int32 BE", head::<4>(bytes).map(|b| i32::from_be_bytes(b).to_string()));
    add("float LE", head::<4>(bytes).map(|b| f32::from_le_bytes(b).to_string()));
    add("float BE", head::<4>(bytes).map(|b| f32::from_be_bytes(b).to_string()));
    add("int64 LE", head::<8>(bytes).map(|b| i64::from_le_bytes(b).to_string()));
    add("int64 BE", head::<8>(bytes).map(|b| i64::from_be_bytes(b).to_string()));
    add("double LE", head::<8>(bytes).map(|b| f64::from_le_bytes(b).to_string()));
    add("double BE", head::<8>(bytes).map(|b| f64::from_be_bytes(b).to_string()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_numbers() {
        let readings = readings(&[0xff, 0x00, 0x00, 0x01]);
        let names: Vec<&str> = readings.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["int8", "uint8", "int16 LE", "int16 BE", "int32 LE", "int32 BE", "float LE", "float BE"]);
        assert_eq!(readings[0].1, "-1");
        assert_eq!(readings[2].1, "255");
        assert_eq!(readings[5].1, "-16777215");
        assert!(super::readings(&[]).is_empty());
    }

    #[test]
    fn a_place_names_its_byte() {
        let columns = Columns { digit: 7.0, per_row: 16 };
        for column in 0..16 {
            assert_eq!(columns.column_at(columns.byte(column) + 3.0), Some(column));
            assert_eq!(columns.column_at(columns.text(column) + 3.0), Some(column));
        }
        assert_eq!(columns.column_at(0.0), None);
    }

    #[test]
    fn a_selection_has_no_direction() {
        let mut state = HexState { selected: Some((9, 4)), ..HexState::default() };
        assert_eq!(state.selection(), Some(4..10));
        state.select(3..5, 16);
        assert_eq!(state.selection(), Some(3..5));
        state.select(7..7, 16);
        assert_eq!(state.selection(), Some(3..5));
    }
}
