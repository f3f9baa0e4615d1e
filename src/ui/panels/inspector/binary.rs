//! `BINARY` values: bytes and text side by side, the selection as numbers, and a picture if it is one.

use super::parts;
use crate::model::number;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::hex::{self, HexState, hex_ui};
use crate::ui::widgets::layout::{split_below, tool_row, within};
use crate::ui::widgets::picture::{self, Format, PictureView};
use bytes::Bytes;
use egui::{Rect, Ui, vec2};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Picture,
    Bytes,
}

/// How bytes look.
#[derive(Default)]
pub(super) struct BinaryView {
    form: Form,
    hex: HexState,
    picture: PictureView,
}

impl BinaryView {
    /// Another topic is shown. The decoded picture is freed when the next bytes are drawn, where the context is known.
    pub(super) fn forget(&mut self) {
        *self = Self { picture: std::mem::take(&mut self.picture), ..Self::default() };
    }

    /// Draws bytes.
    pub(super) fn ui(&mut self, ui: &mut Ui, bytes: &Bytes, generation: u64) -> Rect {
        let format = Format::of(bytes);
        tool_row(ui, |ui| {
            if format.is_some() {
                parts::segments(ui, &mut self.form, &[(Form::Picture, "Picture"), (Form::Bytes, "Bytes")]);
            }
            ui.label(theme::faint(ui, number::exact_size(bytes.len() as u64)));
            if let Some(kind) = signature(bytes) {
                ui.label(theme::faint(ui, format!("begins like {kind}")));
            }
        });
        let room = ui.available_rect_before_wrap();
        if bytes.is_empty() {
            let text = "The value is binary and has no bytes, which is not “no value yet”";
            crate::ui::format::empty_ui(ui, Icon::Topic, "No bytes", text);
            return room;
        }
        if let Some(format) = format.filter(|_| self.form == Form::Picture) {
            if let Err(why) = self.picture.ui(ui, format, bytes, generation) {
                picture::refused_ui(ui, &why);
                bytes_ui(ui, bytes, &mut self.hex);
            }
        } else {
            self.picture.forget(ui.ctx());
            bytes_ui(ui, bytes, &mut self.hex);
        }
        room
    }
}

/// The bytes, and below them what the selected ones are as numbers.
pub(super) fn bytes_ui(ui: &mut Ui, bytes: &[u8], state: &mut HexState) {
    let selection = state.selection().filter(|range| range.end <= bytes.len());
    let readings = selection.clone().map(|range| hex::readings(&bytes[range]));
    let high =
        if readings.as_ref().is_some_and(|r| !r.is_empty()) && ui.available_height() > 200.0 { 92.0 } else { 24.0 };
    let [above, below] = split_below(ui, high);
    within(ui, "bytes", above, |ui| drop(hex_ui(ui, "Bytes of the value", bytes, state)));
    within(ui, "readings", below, |ui| {
        egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 3)).show(ui, |ui| match (&selection, readings) {
            (Some(range), Some(readings)) => {
                let count = number::count_of(range.len() as u64, "byte", "bytes");
                ui.label(theme::faint(ui, format!("{count} from offset {} (0x{:x})", range.start, range.start)));
                egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| readings_ui(ui, &readings));
            }
            _ => drop(ui.label(theme::faint(ui, "Select bytes to read them as numbers"))),
        });
    });
}

fn readings_ui(ui: &mut Ui, readings: &[(&str, String)]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::XS, space::XXS);
        for (name, value) in readings {
            ui.label(theme::faint(ui, *name));
            ui.add(egui::Label::new(theme::mono(value)).selectable(true));
            ui.add_space(space::S);
        }
    });
}

/// What the first bytes say.
fn signature(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 8] = [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"%PDF-", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "gzip data"),
        (b"\x28\xb5\x2f\xfd", "Zstandard data"),
        (b"BM", "a BMP picture"),
    ];
    KNOWN.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_known() {
        assert_eq!(signature(b"GIF89a"), Some("a GIF picture"));
        assert_eq!(signature(b""), None);
    }
}
