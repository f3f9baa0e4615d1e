//! The difference of two values: what was removed and what was inserted, as parts, lines or bytes.

mod lines;

use super::hex::{HexState, hex_against_ui};
use super::rows::{RowFacts, Rows, RowsState};
use super::text_line::paint_line;
use super::text_view::{Colouring, TextState, text_ui};
use super::{states, value_text};
use crate::data::TopicSpec;
use crate::data::property::SCHEMA;
use crate::data::value::json_diff::JsonDiff;
use crate::data::value::record::Schema;
use crate::data::value::{self, Value};
use crate::model::number;
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{self, Icon, Tokens, fonts};
use bytes::Bytes;
use egui::{Ui, vec2};
use lines::{Kind, Line};
use std::collections::HashMap;

/// Larger values are not compared.
const MOST_BYTES: usize = 2 << 20;
/// Parts of a difference that are listed.
const MOST_PARTS: usize = 5000;

/// What is shown of one or two values.
enum Made {
    /// One value, as text.
    One(String, Colouring),
    /// Two values, as a list of what differs.
    Listed(Vec<Line>),
    /// Two values, as bytes.
    Sides(Bytes, Bytes, String),
    /// Nothing to show, and why.
    Words(&'static str, String),
}

/// Where the parts of a comparison stand.
#[derive(Default)]
struct Sight {
    rows: RowsState,
    text: TextState,
    left: HexState,
    right: HexState,
}

impl Made {
    fn ui(&self, ui: &mut Ui, generation: u64, sight: &mut Sight) {
        match self {
            Self::One(content, colouring) => {
                text_ui(ui, "Chosen value", content, generation, *colouring, &mut sight.text);
            }
            Self::Listed(lines) => list_ui(ui, lines, &mut sight.rows),
            Self::Sides(old, new, words) => {
                ui.horizontal(|ui| {
                    ui.add_space(space::S);
                    ui.label(theme::faint(ui, words));
                });
                let (left, right) = (&mut sight.left, &mut sight.right);
                ui.columns(2, |sides| {
                    drop(hex_against_ui(&mut sides[0], "Older value", old, new, left));
                    drop(hex_against_ui(&mut sides[1], "Newer value", new, old, right));
                });
            }
            Self::Words(title, body) => {
                states::empty_ui(ui, Icon::Info, title, body, None);
            }
        }
    }
}

/// The difference of two values given as bytes, or one value where there is no other.
#[derive(Default)]
pub struct DiffView {
    made: Option<(Option<Bytes>, Bytes, Made)>,
    generations: u64,
    sight: Sight,
}

impl DiffView {
    /// Compares, unless these are the values of before.
    pub fn set(&mut self, spec: &TopicSpec, old: Option<&Bytes>, new: &Bytes) {
        let same = |(a, b, _): &(Option<Bytes>, Bytes, Made)| a.as_ref() == old && b == new;
        if !self.made.as_ref().is_some_and(same) {
            self.generations += 1;
            self.sight = Sight::default();
            let made = old.map_or_else(|| make_one(spec, new), |old| make_two(spec, old.clone(), new.clone()));
            self.made = Some((old.cloned(), new.clone(), made));
        }
    }

    /// What is shown, as text to be copied; none for bytes.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match &self.made.as_ref()?.2 {
            Made::One(content, _) => Some(content.clone()),
            Made::Listed(lines) => Some(lines::as_text(lines)),
            Made::Sides(..) | Made::Words(..) => None,
        }
    }

    /// Draws it into the room that is left.
    pub fn show(&mut self, ui: &mut Ui) {
        if let Some((_, _, made)) = &self.made {
            made.ui(ui, self.generations, &mut self.sight);
        }
    }

    /// Compares and draws.
    pub fn ui(&mut self, ui: &mut Ui, spec: &TopicSpec, old: Option<&Bytes>, new: &Bytes) {
        self.set(spec, old, new);
        self.show(ui);
    }
}

fn list_ui(ui: &mut Ui, lines: &[Line], rows: &mut RowsState) {
    let tokens = Tokens::of(ui);
    Rows::new("Differences", lines.len()).row_height(19.0).show(ui, rows, |ui, row| {
        let Some(line) = lines.get(row.index) else { return };
        row.interact(ui, &line.spoken(), RowFacts { inert: true, ..RowFacts::default() });
        let (sign, ink, wash) = match line.kind {
            Kind::Removed => ("−", tokens.error.strong, Some(tokens.error.wash)),
            Kind::Inserted => ("+", tokens.ok.strong, Some(tokens.ok.wash)),
            Kind::Same => (" ", tokens.text_muted, None),
            Kind::Note => (" ", tokens.text_faint, None),
        };
        if let Some(wash) = wash {
            ui.painter().rect_filled(row.rect, 0, wash);
        }
        let rect = row.rect.shrink2(vec2(space::S, 0.0));
        let font = fonts::mono(text::MONO);
        paint_line(ui, rect.with_max_x(rect.left() + 12.0), sign, ink, fonts::mono_strong(text::MONO), false);
        let mut left = rect.left() + 16.0;
        if !line.place.is_empty() {
            let most = rect.width() * 0.45;
            let place = rect.with_min_x(left).with_max_x(left + most);
            left += paint_line(ui, place, &line.place, tokens.code_key, font.clone(), false).min(most) + space::M;
        }
        let colour = if line.kind == Kind::Same || line.kind == Kind::Note { ink } else { tokens.text };
        paint_line(ui, rect.with_min_x(left), &line.text, colour, font, false);
    });
}

fn make_one(spec: &TopicSpec, bytes: &Bytes) -> Made {
    if bytes.len() > MOST_BYTES {
        return too_large();
    }
    match value::decode_topic(spec, bytes) {
        Ok(value) => {
            let json = matches!(&value, Value::Json(_))
                || matches!(&value, Value::Event(e) if matches!(e.decoded, Some(Value::Json(_))));
            Made::One(value_text::as_text(&value), if json { Colouring::Json } else { Colouring::Plain })
        }
        Err(error) => Made::Words("This value cannot be read", error.to_string()),
    }
}

fn make_two(spec: &TopicSpec, old: Bytes, new: Bytes) -> Made {
    if old.len().max(new.len()) > MOST_BYTES {
        return too_large();
    }
    match (value::decode_topic(spec, &old), value::decode_topic(spec, &new)) {
        (Ok(a), Ok(b)) => compare(spec, Some(&a), Some(&b)).unwrap_or_else(|| sides(old, new)),
        _ => sides(old, new),
    }
}

fn too_large() -> Made {
    Made::Words("Too large to show here", format!("Values up to {} are compared", number::size(MOST_BYTES as u64)))
}

/// What differs between two values; none if bytes are all there is to compare.
fn compare(spec: &TopicSpec, old: Option<&Value>, new: Option<&Value>) -> Option<Made> {
    let lines = match (old, new) {
        (Some(Value::Event(a)), Some(Value::Event(b))) => {
            return compare(spec, a.decoded.as_ref(), b.decoded.as_ref())
                .or_else(|| Some(sides(a.value.clone(), b.value.clone())));
        }
        (Some(Value::Binary(_)), _) | (_, Some(Value::Binary(_))) => return None,
        (Some(Value::Json(a)), Some(Value::Json(b))) => json_lines(&JsonDiff::new(a, b)),
        (Some(Value::String(Some(a))), Some(Value::String(Some(b)))) => lines::of_texts(a, b),
        (Some(Value::RecordV2(a)), Some(Value::RecordV2(b))) => {
            let schema = spec.properties.value(SCHEMA).and_then(|text| Schema::from_text(text).ok());
            let text = |records| {
                let lines = value_text::record_fields(schema.as_ref(), records);
                let lines: Vec<String> =
                    lines.iter().map(|l| format!("{}.{} = {}", l.record, l.field, l.text)).collect();
                lines.join("\n")
            };
            lines::of_texts(&text(a), &text(b))
        }
        (a, b) => {
            let text = |value: Option<&Value>| match value {
                None | Some(Value::String(None) | Value::Int64(None) | Value::Double(None)) => "no value".to_owned(),
                Some(value) => value_text::as_text(value),
            };
            let mut lines = lines::of_texts(&text(a), &text(b));
            lines.extend(difference(a, b).map(|text| Line::note(format!("difference {text}"))));
            lines
        }
    };
    if lines.is_empty() || lines.iter().all(|line| line.kind == Kind::Same) {
        return Some(Made::Words("No difference", "Both values are the same".to_owned()));
    }
    Some(Made::Listed(lines))
}

fn difference(old: Option<&Value>, new: Option<&Value>) -> Option<String> {
    match (old?, new?) {
        (Value::Int64(Some(a)), Value::Int64(Some(b))) => Some(number::grouped(i128::from(*b) - i128::from(*a))),
        (Value::Double(Some(a)), Value::Double(Some(b))) => (b - a).is_finite().then(|| number::double(b - a)),
        _ => None,
    }
}

fn json_lines(diff: &JsonDiff) -> Vec<Line> {
    let mut inserted: HashMap<_, _> = diff.inserted.iter().collect();
    let place = |pointer: &crate::data::pointer::Pointer| {
        if pointer.is_root() { "(whole value)".to_owned() } else { pointer.to_string() }
    };
    let mut lines = Vec::new();
    for (pointer, value) in diff.removed.iter().take(MOST_PARTS) {
        lines.push(Line { kind: Kind::Removed, place: place(pointer), text: value.to_text() });
        if let Some(value) = inserted.remove(pointer) {
            lines.push(Line { kind: Kind::Inserted, place: place(pointer), text: value.to_text() });
        }
    }
    for (pointer, value) in diff.inserted.iter().take(MOST_PARTS) {
        if inserted.contains_key(pointer) {
            lines.push(Line { kind: Kind::Inserted, place: place(pointer), text: value.to_text() });
        }
    }
    let all = diff.removed.len().max(diff.inserted.len());
    if all > MOST_PARTS {
        lines.push(Line::note(format!("only the first {} parts are listed", number::grouped(MOST_PARTS as u64))));
    }
    lines
}

fn sides(old: Bytes, new: Bytes) -> Made {
    let common = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    if common == old.len() && common == new.len() {
        return Made::Words("No difference", "Both values have the same bytes".to_owned());
    }
    let differing = old.iter().zip(&new).filter(|(a, b)| a != b).count() + old.len().abs_diff(new.len());
    let words = format!(
        "{} place by place, the first at offset {} (0x{common:x})",
        number::count_of(differing as u64, "byte differs", "bytes differ"),
        number::grouped(common as u64)
    );
    Made::Sides(old, new, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;
    use crate::data::value::json::Json;

    fn listed(made: Option<Made>) -> Vec<String> {
        match made {
            Some(Made::Listed(lines)) => lines.iter().map(Line::spoken).collect(),
            Some(Made::Words(title, _)) => vec![title.to_owned()],
            _ => Vec::new(),
        }
    }

    fn json(text: &str) -> Value {
        Value::Json(Json::from_text(text).expect("JSON"))
    }

    #[test]
    fn json_values_differ_by_pointer() {
        let spec = TopicSpec::new(TopicType::Json);
        let made =
            compare(&spec, Some(&json(r#"{"a":1,"b":[1,2],"c":0}"#)), Some(&json(r#"{"a":2,"b":[1,2,3],"c":0}"#)));
        assert_eq!(listed(made), ["removed /a 1", "inserted /a 2", "inserted /b/2 3"]);
        assert_eq!(listed(compare(&spec, Some(&json("1")), Some(&json("1")))), ["No difference"]);
    }

    #[test]
    fn numbers_tell_their_difference() {
        let spec = TopicSpec::new(TopicType::Int64);
        let made = compare(&spec, Some(&Value::Int64(Some(5))), Some(&Value::Int64(Some(-1005))));
        assert_eq!(listed(made), ["removed 5", "inserted -1005", "difference -1,010"]);
        let made = compare(&spec, Some(&Value::Int64(None)), Some(&Value::Int64(Some(1))));
        assert_eq!(listed(made), ["removed no value", "inserted 1"]);
    }

    #[test]
    fn bytes_tell_where_they_differ() {
        let Made::Sides(_, _, words) = sides(Bytes::from_static(b"abcd"), Bytes::from_static(b"abXde")) else {
            panic!("they differ")
        };
        assert!(words.contains("2 bytes differ") && words.contains("offset 2"), "{words}");
    }
}
