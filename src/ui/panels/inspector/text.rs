//! `STRING` values: wrapped or not, with invisible characters shown, and a look at what the text may be.

use super::shown::Shown;
use crate::data::display_text::{CharacterContext, is_shown, push_sign};
use crate::data::value::json::Json;
use crate::model::inspector::Inspector as Facts;
use crate::model::number;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::text as sizes;
use crate::ui::theme::{self, Icon, fonts};
use crate::ui::widgets::json_tree::{JsonTreeState, json_tree_ui};
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::picture::{self, Format, PictureView};
use crate::ui::widgets::text_view::{Colouring, TextState, text_ui};
use egui::{Rect, Ui};

/// What a text looks like.
#[derive(Clone, Debug, PartialEq)]
enum Looks {
    Json(Json),
    Svg,
    Xml,
    Number,
    Plain,
}

/// Longer texts are not looked into.
const MOST_LOOKED_AT: usize = 1 << 20;

struct Made {
    generation: u64,
    characters: usize,
    lines: usize,
    longest: usize,
    looks: Looks,
    /// With invisible characters shown; made when asked for.
    visible: Option<String>,
}

/// How texts look.
#[derive(Default)]
pub(super) struct StringView {
    no_wrap: bool,
    show_invisible: bool,
    as_json: bool,
    as_picture: bool,
    made: Option<Made>,
    state: TextState,
    tree: JsonTreeState,
    picture: PictureView,
}

impl StringView {
    /// Another topic is shown.
    pub(super) fn forget(&mut self) {
        *self = Self {
            no_wrap: self.no_wrap,
            show_invisible: self.show_invisible,
            // Freed when the next text is drawn, where the context is known.
            picture: std::mem::take(&mut self.picture),
            ..Self::default()
        };
    }

    /// Draws a text.
    pub(super) fn ui(&mut self, ui: &mut Ui, _cx: &Cx<'_>, _facts: &Facts, shown: Shown<'_>, content: &str) -> Rect {
        if self.made.as_ref().is_none_or(|made| made.generation != shown.generation) {
            self.made = Some(Made {
                generation: shown.generation,
                characters: content.chars().count(),
                lines: content.split('\n').count(),
                longest: content.split('\n').map(|line| line.chars().count()).max().unwrap_or(0),
                looks: looks(content),
                visible: None,
            });
        }
        let Some(made) = &mut self.made else { return Rect::NOTHING };
        let json = matches!(made.looks, Looks::Json(_));
        tool_row(ui, |ui| {
            let mut wrap = !self.no_wrap;
            ui.checkbox(&mut wrap, "Wrap");
            self.no_wrap = !wrap;
            ui.checkbox(&mut self.show_invisible, "Show invisible");
            match made.looks {
                Looks::Json(_) => {
                    let hover = "The text is JSON. This changes only how it is shown";
                    ui.checkbox(&mut self.as_json, "View as JSON").on_hover_text(theme::text(hover));
                }
                Looks::Svg => {
                    let hover = "The text is an SVG picture. This changes only how it is shown";
                    ui.checkbox(&mut self.as_picture, "View as picture").on_hover_text(theme::text(hover));
                }
                Looks::Xml => drop(ui.label(theme::faint(ui, "looks like XML"))),
                Looks::Number => drop(ui.label(theme::faint(ui, "looks like a number"))),
                Looks::Plain => {}
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let counts = format!(
                    "{} · {} · {}",
                    number::count_of(made.characters as u64, "character", "characters"),
                    number::count_of(content.len() as u64, "byte", "bytes"),
                    number::count_of(made.lines as u64, "line", "lines")
                );
                ui.add(egui::Label::new(theme::faint(ui, counts)).truncate());
            });
        });
        let room = ui.available_rect_before_wrap();
        if content.is_empty() {
            format::empty_ui(
                ui,
                Icon::Topic,
                "Empty text",
                "The value is a text of no characters, which is not “no value”",
            );
            return room;
        }
        if self.as_json && json {
            if let Looks::Json(value) = &made.looks {
                json_tree_ui(ui, "Text as JSON", value, shown.generation, &mut self.tree);
            }
            return Rect::NOTHING;
        }
        if self.as_picture && made.looks == Looks::Svg {
            match self.picture.ui(ui, Format::Svg, content.as_bytes(), shown.generation) {
                Ok(()) => return Rect::NOTHING,
                Err(why) => picture::refused_ui(ui, &why),
            }
        } else {
            self.picture.forget(ui.ctx());
        }
        let (text, salt) = if self.show_invisible {
            (made.visible.get_or_insert_with(|| visible(content)).as_str(), 1)
        } else {
            (content, 0)
        };
        let generation = shown.generation * 2 + salt;
        if self.no_wrap {
            let letter = ui.fonts_mut(|f| f.glyph_width(&fonts::mono(sizes::MONO), '0'));
            let wide = (made.longest.min(400) as f32 + 12.0) * letter + 30.0;
            let height = ui.available_height();
            egui::ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
                ui.set_min_size(egui::vec2(wide.max(ui.available_width()), height));
                ui.set_max_height(height);
                text_ui(ui, "Text of the value", text, generation, Colouring::Plain, &mut self.state);
            });
        } else {
            text_ui(ui, "Text of the value", text, generation, Colouring::Plain, &mut self.state);
        }
        room
    }
}

/// What a text looks like. Only what is unmistakable counts.
fn looks(content: &str) -> Looks {
    let text = content.trim();
    if text.len() > MOST_LOOKED_AT {
        return Looks::Plain;
    }
    if text.starts_with(['{', '[']) {
        return Json::from_text(text).map_or(Looks::Plain, Looks::Json);
    }
    if Format::of(text.as_bytes()) == Some(Format::Svg) {
        return Looks::Svg;
    }
    if text.starts_with('<') && text.ends_with('>') && (text.contains("</") || text.contains("/>")) {
        return Looks::Xml;
    }
    let number = text.parse::<f64>().is_ok_and(f64::is_finite) && text.bytes().any(|b| b.is_ascii_digit());
    if number { Looks::Number } else { Looks::Plain }
}

/// The text with spaces, tabs, ends of lines and characters without a picture made visible.
fn visible(content: &str) -> String {
    let mut out = String::with_capacity(content.len() + content.len() / 4);
    for c in content.chars() {
        match c {
            ' ' => out.push('·'),
            '\n' => out.push_str("¶\n"),
            // Alone, also a joiner is shown.
            c if c.is_whitespace() || !is_shown(CharacterContext { before: None, c, after: None }) => {
                push_sign(&mut out, c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unmistakable_is_named() {
        assert!(matches!(looks(" {\"a\": 1} "), Looks::Json(_)));
        assert_eq!(looks("{not json"), Looks::Plain);
        assert_eq!(looks("<a><b/></a>"), Looks::Xml);
        assert_eq!(looks("-12.5"), Looks::Number);
        assert_eq!(looks("inf"), Looks::Plain);
        assert_eq!(looks("12 apples"), Looks::Plain);
        assert_eq!(looks(""), Looks::Plain);
    }

    #[test]
    fn invisible_characters_get_a_picture() {
        assert_eq!(visible("a b\tc\r\nd\u{200b}\u{a0}"), "a·b→c<U+000D>¶\nd<U+200B><U+00A0>");
    }
}
