//! A long text in lines; only the lines in sight are laid out, and very long lines are broken at a fixed width.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CornerRadius, Event, Rect, Ui, pos2};

use super::rows::{RowFacts, Rows, RowsOutput, RowsState};
use crate::data::display_text::{CharacterContext, is_shown, push_sign};
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{Tokens, fonts};

const ROW_HEIGHT: f32 = 18.0;

/// How a text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colouring {
    /// Not at all.
    #[default]
    Plain,
    /// As JSON text.
    Json,
}

/// A row on screen: a line of the text or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    start: usize,
    end: usize,
    /// From 1; 0 for a row that goes on with the line before.
    line: usize,
    /// The row begins inside a JSON string.
    in_string: bool,
}

/// Where a text view stands, and the index of its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextState {
    /// The rows.
    pub rows: RowsState,
    pieces: Vec<Piece>,
    /// The generation and the width in characters the index was made for.
    made_for: Option<(u64, usize)>,
    selected: Option<(usize, usize)>,
}

impl TextState {
    /// Rows on screen the text has at its present width.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.pieces.len()
    }

    /// Brings a place of the text into sight.
    pub fn scroll_to_offset(&mut self, offset: usize) {
        let row = self.pieces.partition_point(|piece| piece.start <= offset).saturating_sub(1);
        self.selected = Some((row, row));
        self.rows.scroll_to(row, Some(egui::Align::Center));
    }

    fn selection(&self) -> Option<Range<usize>> {
        self.selected.map(|(a, b)| a.min(b)..a.max(b) + 1)
    }

    /// The selected part of the text, whole rows.
    #[must_use]
    pub fn selected_text<'t>(&self, content: &'t str) -> Option<&'t str> {
        let range = self.selection()?;
        let first = self.pieces.get(range.start)?;
        let last = self.pieces.get(range.end - 1)?;
        content.get(first.start..last.end)
    }

    fn index(&mut self, generation: u64, content: &str, columns: usize) {
        if self.made_for == Some((generation, columns)) {
            return;
        }
        self.pieces = pieces(content, columns);
        self.made_for = Some((generation, columns));
        self.selected = None;
    }
}

/// Draws a text into the space that is left. `generation` changes whenever the text does.
pub fn text_ui(
    ui: &mut Ui,
    name: &str,
    content: &str,
    generation: u64,
    colouring: Colouring,
    state: &mut TextState,
) -> RowsOutput {
    let tokens = Tokens::of(ui);
    let font = fonts::mono(text::MONO);
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let number_digits = state.pieces.last().map_or(1, |_| 1 + content.len().max(1).ilog10() as usize / 2).max(3);
    let gutter = space::S + letter * number_digits as f32 + space::S;
    let columns = (((ui.available_width() - gutter - 14.0) / letter).floor() as usize).clamp(16, 400);
    state.index(generation, content, columns);
    let selection = state.selection().unwrap_or(0..0);
    let pointer = ui.input(|input| input.pointer.interact_pos());
    let mut hit = None;
    let pieces = std::mem::take(&mut state.pieces);
    let list = Rows::new(name, pieces.len()).row_height(ROW_HEIGHT).drag();
    let output = list.show(ui, &mut state.rows, |ui, row| {
        let piece = pieces[row.index];
        let line = content.get(piece.start..piece.end).unwrap_or_default();
        row.interact(ui, line, RowFacts { inert: true, ..RowFacts::default() });
        if pointer.is_some_and(|pointer| row.rect.contains(pointer)) {
            hit = Some(row.index);
        }
        let painter = ui.painter();
        let left = row.rect.left() + gutter;
        if selection.contains(&row.index) {
            let rect = Rect::from_min_max(pos2(left - space::XS, row.rect.top()), row.rect.max);
            painter.rect_filled(rect, CornerRadius::ZERO, tokens.selection);
        }
        let y = row.rect.top() + 1.0;
        if piece.line > 0 {
            let galley = painter.layout_no_wrap(piece.line.to_string(), fonts::mono(text::SMALL), tokens.text_faint);
            painter.galley(pos2(left - space::S - galley.size().x, y + 1.0), galley, tokens.text_faint);
        }
        let job = match colouring {
            Colouring::Plain => plain(line, tokens),
            Colouring::Json => json(line, piece.in_string, tokens),
        };
        painter.galley(pos2(left, y), painter.layout_job(job), tokens.text);
    });
    state.pieces = pieces;
    if let Some(row) = hit {
        if output.response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_pressed()) {
            let from = state.selected.filter(|_| ui.input(|i| i.modifiers.shift)).map_or(row, |(a, _)| a);
            state.selected = Some((from, row));
            output.response.request_focus();
        } else if output.response.dragged()
            && let Some((_, end)) = &mut state.selected
        {
            *end = row;
        }
    }
    if output.response.has_focus() {
        keys(ui, content, state, output.page);
    }
    output
}

fn keys(ui: &Ui, content: &str, state: &mut TextState, page: usize) {
    if ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Copy)))
        && let Some(selected) = state.selected_text(content)
    {
        ui.ctx().copy_text(selected.to_owned());
        ui.input_mut(|input| input.events.retain(|event| !matches!(event, Event::Copy)));
    }
    let cursor = state.selected.map(|(_, row)| row);
    if let Some(row) = super::rows::motion(ui, cursor, state.pieces.len(), page) {
        state.selected = Some((row, row));
        state.rows.scroll_to(row, None);
    }
}

/// Cuts a text into rows of at most so many characters, at ends of lines first.
fn pieces(content: &str, columns: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut line_start = 0;
    for (number, line) in content.split('\n').enumerate() {
        let mut line_number = number + 1;
        let shown = line.strip_suffix('\r').unwrap_or(line);
        let mut start = 0;
        let mut in_string = false;
        loop {
            let rest = &shown[start..];
            let length = rest.char_indices().nth(columns).map_or(rest.len(), |(at, _)| at);
            pieces.push(Piece {
                start: line_start + start,
                end: line_start + start + length,
                line: line_number,
                in_string,
            });
            if length == rest.len() {
                break;
            }
            in_string = ends_in_string(&rest[..length], in_string);
            start += length;
            line_number = 0;
        }
        line_start += line.len() + 1;
    }
    pieces
}

fn ends_in_string(part: &str, mut in_string: bool) -> bool {
    let mut escaped = false;
    for byte in part.bytes() {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b'\\' if in_string && !escaped => {
                escaped = true;
                continue;
            }
            _ => {}
        }
        escaped = false;
    }
    in_string
}

/// What cannot be seen has a sign of its own, in another colour.
fn append(job: &mut LayoutJob, part: &str, colour: Color32, faint: Color32) {
    let format = |colour| TextFormat::simple(fonts::mono(text::MONO), colour);
    let mut before = None;
    let mut sign = String::new();
    let mut rest = part;
    while let Some(first) = rest.chars().next() {
        let mut chars = rest.char_indices().peekable();
        let mut shown = 0;
        while let Some((at, c)) = chars.next() {
            if !is_shown(CharacterContext { before, c, after: chars.peek().map(|next| next.1) }) {
                break;
            }
            before = Some(c);
            shown = at + c.len_utf8();
        }
        if shown > 0 {
            job.append(&rest[..shown], 0.0, format(colour));
        } else if first == '\t' {
            job.append("    ", 0.0, format(faint));
        } else {
            sign.clear();
            push_sign(&mut sign, first);
            job.append(&sign, 0.0, format(faint));
        }
        if shown == 0 {
            before = Some(first);
            shown = first.len_utf8();
        }
        rest = &rest[shown..];
    }
}

fn plain(line: &str, tokens: &Tokens) -> LayoutJob {
    let mut job = LayoutJob::default();
    append(&mut job, line, tokens.text, tokens.text_faint);
    unwrapped(job)
}

/// Colours a part of JSON text. A string is a key if a colon follows it within the row.
fn json(line: &str, in_string: bool, tokens: &Tokens) -> LayoutJob {
    let mut job = LayoutJob::default();
    json_parts(line, in_string, tokens, |part, colour| append(&mut job, part, colour, tokens.text_faint));
    unwrapped(job)
}

/// The layout of text in an editor: coloured, and each character in its place.
#[must_use]
pub fn editing_job(content: &str, colouring: Colouring, tokens: &Tokens, wrap_width: f32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut add = |part: &str, colour| {
        job.append(part, 0.0, TextFormat::simple(fonts::mono(text::MONO), colour));
    };
    match colouring {
        Colouring::Plain => add(content, tokens.text),
        Colouring::Json => {
            for line in content.split_inclusive('\n') {
                json_parts(line, false, tokens, &mut add);
            }
        }
    }
    job.wrap.max_width = wrap_width;
    job
}

fn json_parts(line: &str, mut in_string: bool, tokens: &Tokens, mut add: impl FnMut(&str, Color32)) {
    let mut rest = line;
    while !rest.is_empty() {
        let (length, colour) = if in_string || rest.starts_with('"') {
            let (length, closed) = string_end(rest, in_string);
            in_string = !closed;
            let key = closed && rest[length..].trim_start().starts_with(':');
            (length, if key { tokens.code_key } else { tokens.code_string })
        } else {
            let first = rest.as_bytes()[0];
            let same = |test: fn(&char) -> bool| rest.chars().take_while(test).map(char::len_utf8).sum::<usize>();
            if first.is_ascii_digit() || first == b'-' {
                (same(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)), tokens.code_number)
            } else if first.is_ascii_alphabetic() {
                (same(char::is_ascii_alphabetic), tokens.code_word)
            } else {
                let length = same(|c| *c != '"' && *c != '-' && !c.is_ascii_alphanumeric());
                (length, tokens.text_muted)
            }
        };
        let (part, next) = rest.split_at(length.max(1).min(rest.len()));
        add(part, colour);
        rest = next;
    }
}

/// Where a string ends, and whether it ends in this row.
fn string_end(rest: &str, inside: bool) -> (usize, bool) {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(usize::from(!inside)) {
        match byte {
            b'"' if !escaped => return (at + 1, true),
            b'\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    (rest.len(), false)
}

fn unwrapped(mut job: LayoutJob) -> LayoutJob {
    job.wrap.max_width = f32::INFINITY;
    job.break_on_newline = false;
    job
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::tokens::LIGHT;

    fn cut(content: &str, columns: usize) -> Vec<(&str, usize)> {
        pieces(content, columns).into_iter().map(|p| (&content[p.start..p.end], p.line)).collect()
    }

    #[test]
    fn lines_are_cut_at_ends_and_at_the_width() {
        assert_eq!(cut("", 4), [("", 1)]);
        assert_eq!(cut("ab\r\ncdefgh\n", 4), [("ab", 1), ("cdef", 2), ("gh", 0), ("", 3)]);
        assert_eq!(cut("äöüä", 2), [("äö", 1), ("üä", 0)]);
    }

    #[test]
    fn a_row_knows_that_it_begins_inside_a_string() {
        let rows = pieces(r#"["a\"bcdef", 1]"#, 5);
        let inside: Vec<bool> = rows.iter().map(|row| row.in_string).collect();
        assert_eq!(inside, [false, true, true]);
    }

    fn coloured(line: &str, in_string: bool) -> Vec<(String, Color32)> {
        let job = json(line, in_string, &LIGHT);
        let mut parts = Vec::new();
        for section in &job.sections {
            let range = section.byte_range.start.0..section.byte_range.end.0;
            parts.push((job.text[range].trim().to_owned(), section.format.color));
        }
        parts.retain(|(part, _)| !part.is_empty());
        parts
    }

    #[test]
    fn json_is_coloured_by_kind() {
        let parts = coloured(r#""bid": -1.5e3, "x\"": "y", true]"#, false);
        let expect = [
            ("\"bid\"", LIGHT.code_key),
            (":", LIGHT.text_muted),
            ("-1.5e3", LIGHT.code_number),
            (",", LIGHT.text_muted),
            ("\"x\\\"\"", LIGHT.code_key),
            (":", LIGHT.text_muted),
            ("\"y\"", LIGHT.code_string),
            (",", LIGHT.text_muted),
            ("true", LIGHT.code_word),
            ("]", LIGHT.text_muted),
        ];
        assert_eq!(parts, expect.map(|(part, colour)| (part.to_owned(), colour)));
        assert_eq!(coloured("tail\": 1", true)[0], ("tail\"".to_owned(), LIGHT.code_key));
    }

    #[test]
    fn an_editor_shows_each_character() {
        for content in ["{\n\t\"a\": \u{1}1}\n", "", "é\"\n\"ü"] {
            for colouring in [Colouring::Plain, Colouring::Json] {
                assert_eq!(editing_job(content, colouring, &LIGHT, 100.0).text, content);
            }
        }
    }

    #[test]
    fn any_text_is_coloured_whole() {
        for line in ["é\"ü", "{\u{1}\"", "--", "\\\"", "日本語 1", "\"open"] {
            let job = json(line, false, &LIGHT);
            assert_eq!(job.text.replace("<U+0001>", "\u{1}"), line);
        }
    }
}
