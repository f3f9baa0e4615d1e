//! `BINARY` values: bytes and text side by side, the selection as numbers, and a picture if it is one.

use super::parts;
use crate::model::number;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::hex::{self, HexState, hex_ui};
use crate::ui::widgets::states;
use bytes::Bytes;
use egui::{ColorImage, Rect, TextureHandle, TextureOptions, Ui, vec2};
use std::io::Cursor;

/// Pictures with more points than this on a side are not decoded.
const MOST_POINTS: u32 = 4096;
/// Pictures of more bytes are not decoded.
const MOST_BYTES: usize = 8 << 20;
/// Memory for decoding a picture.
const MOST_MEMORY: u64 = 96 << 20;

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
    picture: Option<(u64, Result<TextureHandle, String>)>,
}

/// Whether the bytes begin as a PNG picture does.
pub(super) fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}

impl BinaryView {
    /// Draws bytes.
    pub fn ui(&mut self, ui: &mut Ui, bytes: &Bytes, generation: u64) -> Rect {
        let png = is_png(bytes);
        parts::tool_row(ui, |ui| {
            if png {
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
        } else if png && self.form == Form::Picture {
            self.picture_ui(ui, bytes, generation);
        } else {
            bytes_ui(ui, bytes, &mut self.hex);
        }
        room
    }

    fn picture_ui(&mut self, ui: &mut Ui, bytes: &[u8], generation: u64) {
        if self.picture.as_ref().is_none_or(|(made, _)| *made != generation) {
            let picture =
                decode(bytes).map(|image| ui.ctx().load_texture("picture in a value", image, TextureOptions::LINEAR));
            self.picture = Some((generation, picture));
        }
        match &self.picture {
            Some((_, Ok(texture))) => {
                let size = texture.size_vec2();
                let room = ui.available_size() - vec2(2.0 * space::L, 2.0 * space::L + 20.0);
                let scale = (room.x / size.x).min(room.y / size.y).clamp(0.01, 8.0);
                // Enlarged only in whole steps, so that points stay points.
                let scale = if scale >= 1.0 { scale.floor().min(4.0) } else { scale };
                ui.add_space(space::L);
                ui.vertical_centered(|ui| {
                    let image = egui::Image::new((texture.id(), size * scale)).alt_text("Picture in the value");
                    let shown = ui.add(image);
                    let edge = egui::Stroke::new(1.0, Tokens::of(ui).separator);
                    ui.painter().rect_stroke(shown.rect, 0, edge, egui::StrokeKind::Outside);
                    ui.add_space(space::S);
                    let zoom = number::percent(f64::from(scale));
                    ui.label(theme::faint(ui, format!("{} × {} points, shown at {zoom}", size.x, size.y)));
                });
            }
            Some((_, Err(why))) => {
                egui::Frame::new().inner_margin(8).show(ui, |ui| {
                    let tint = Tokens::of(ui).warn;
                    states::banner(ui, tint, Icon::Warning, "The picture cannot be shown", why, |_| ());
                });
                bytes_ui(ui, bytes, &mut self.hex);
            }
            None => {}
        }
    }
}

/// The bytes, and below them what the selected ones are as numbers.
pub(super) fn bytes_ui(ui: &mut Ui, bytes: &[u8], state: &mut HexState) {
    let selection = state.selection().filter(|range| range.end <= bytes.len());
    let readings = selection.clone().map(|range| hex::readings(&bytes[range]));
    let high =
        if readings.as_ref().is_some_and(|r| !r.is_empty()) && ui.available_height() > 200.0 { 92.0 } else { 24.0 };
    let [above, below] = parts::split(ui, high);
    parts::within(ui, "bytes", above, |ui| drop(hex_ui(ui, "Bytes of the value", bytes, state)));
    parts::within(ui, "readings", below, |ui| {
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

fn decode(bytes: &[u8]) -> Result<ColorImage, String> {
    if bytes.len() > MOST_BYTES {
        return Err(format!("It has more than {}", number::size(MOST_BYTES as u64)));
    }
    let mut reader = image::ImageReader::with_format(Cursor::new(bytes), image::ImageFormat::Png);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MOST_POINTS);
    limits.max_image_height = Some(MOST_POINTS);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let image = reader.decode().map_err(|error| error.to_string())?.into_rgba8();
    let size = [image.width() as usize, image.height() as usize];
    Ok(ColorImage::from_rgba_unmultiplied(size, image.as_raw()))
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
    fn hostile_pictures_give_a_reason() {
        let error = decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").expect_err("cut off");
        assert!(!error.is_empty());
        let mut huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0".to_vec();
        huge.extend([0; 64]);
        assert!(decode(&huge).is_err());
    }

    #[test]
    fn signatures_are_known() {
        assert_eq!(signature(b"GIF89a"), Some("a GIF picture"));
        assert_eq!(signature(b""), None);
    }
}
