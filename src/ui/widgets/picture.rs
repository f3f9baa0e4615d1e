//! Pictures in values: which bytes are one, how large it may be, and how it is drawn.
//!
//! Before anything is decoded, the format is known by the first bytes and the size by the header. Decoding is done by
//! the image loaders of `egui_extras` and by the one for SVG that `app` installs, on threads of their own. Of an
//! animation the first frame is shown: all frames together have no bound.

use super::states;
use crate::model::number;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, Tokens};
use egui::load::{SizeHint, TexturePoll};
use egui::{Context, TextureOptions, Ui, vec2};
use std::io::Cursor;
use std::sync::Arc;

/// Larger pictures are not decoded.
const MAX_BYTES: usize = 8 << 20;
/// Larger SVG pictures are not drawn: what drawing costs is not known before.
const MAX_SVG_BYTES: usize = 1 << 20;
/// Points on a side.
const MAX_SIDE: u32 = 4096;
/// How far an SVG picture is looked into for its first element.
const MAX_PROLOGUE: usize = 4096;
/// What the address of an SVG picture begins with, for the loader that draws it.
pub const SVG_URI: &str = "bytes://svg-in-a-value/";

/// A format that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF; its first frame.
    Gif,
    /// WebP; its first frame.
    WebP,
    /// Scalable Vector Graphics, without text and without other pictures.
    Svg,
}

impl Format {
    /// The format of bytes that begin as a picture does.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => begins_as_svg(bytes).then_some(Self::Svg),
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Svg => "SVG",
        }
    }

    /// The ending of a file.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Svg => "svg",
        }
    }

    const fn of_image_crate(self) -> Option<image::ImageFormat> {
        match self {
            Self::Png => Some(image::ImageFormat::Png),
            Self::Jpeg => Some(image::ImageFormat::Jpeg),
            Self::Gif => Some(image::ImageFormat::Gif),
            Self::WebP => Some(image::ImageFormat::WebP),
            Self::Svg => None,
        }
    }
}

/// Whether the first element of a text is `svg`. Declaration, comments and document type may stand before it.
fn begins_as_svg(bytes: &[u8]) -> bool {
    let mut rest = &bytes[..bytes.len().min(MAX_PROLOGUE)];
    rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'!', ..] => b">",
            _ => return rest.starts_with(b"<svg") && !rest.get(4).is_some_and(u8::is_ascii_alphanumeric),
        };
        match rest.windows(end.len()).position(|window| window == end) {
            Some(at) => rest = &rest[at + end.len()..],
            None => return false,
        }
    }
}

/// The size in points by the header; none for SVG, which has no points. Nothing is decoded.
///
/// # Errors
/// It is larger than what is shown, or the header cannot be read.
pub fn check(format: Format, bytes: &[u8]) -> Result<Option<[u32; 2]>, String> {
    let most = if format == Format::Svg { MAX_SVG_BYTES } else { MAX_BYTES };
    if bytes.len() > most {
        let (found, most) = (number::size(bytes.len() as u64), number::size(most as u64));
        return Err(format!("It has {found}; {} pictures of at most {most} are shown", format.name()));
    }
    let Some(image_format) = format.of_image_crate() else { return Ok(None) };
    let reader = image::ImageReader::with_format(Cursor::new(bytes), image_format);
    let (width, height) = reader.into_dimensions().map_err(|error| error.to_string())?;
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(format!("It has {width} × {height} points; pictures of at most {MAX_SIDE} on a side are shown"));
    }
    Ok(Some([width, height]))
}

/// A picture that passed the checks, under the address by which the loaders know it.
struct Accepted {
    uri: String,
    bytes: Arc<[u8]>,
    format: Format,
}

/// Draws the picture in a value. Keeps the decoded one until another value comes.
#[derive(Default)]
pub struct PictureView {
    checked: Option<(u64, Result<Accepted, String>)>,
}

impl PictureView {
    /// Draws it, or gives back why it cannot be shown.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn ui(&mut self, ui: &mut Ui, format: Format, bytes: &[u8], generation: u64) -> Result<(), String> {
        if self.checked.as_ref().is_none_or(|(of, _)| *of != generation) {
            self.forget(ui.ctx());
            let start = if format == Format::Svg { SVG_URI } else { "bytes://picture-in-a-value/" };
            let uri = format!("{start}{:x}/{generation}", ui.scope_id().value());
            let checked = check(format, bytes).map(|_| Accepted { uri, bytes: bytes.into(), format });
            self.checked = Some((generation, checked));
        }
        let Some((_, checked)) = &self.checked else { return Ok(()) };
        let picture = checked.as_ref().map_err(Clone::clone)?;
        ui.ctx().include_bytes(picture.uri.clone(), Arc::clone(&picture.bytes));
        match ui.ctx().try_load_texture(&picture.uri, TextureOptions::LINEAR, SizeHint::default()) {
            Ok(TexturePoll::Ready { texture }) => texture_ui(ui, texture, picture.format),
            Ok(TexturePoll::Pending { .. }) => {
                ui.add_space(space::L);
                ui.vertical_centered(|ui| ui.add(egui::Spinner::new()));
            }
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }

    /// Frees the decoded picture.
    pub fn forget(&mut self, ctx: &Context) {
        if let Some((_, Ok(picture))) = self.checked.take() {
            ctx.forget_image(&picture.uri);
        }
    }
}

fn texture_ui(ui: &mut Ui, texture: egui::load::SizedTexture, format: Format) {
    let size = texture.size;
    let room = ui.available_size() - vec2(2.0 * space::L, 2.0 * space::L + 20.0);
    let scale = (room.x / size.x).min(room.y / size.y).clamp(0.01, 8.0);
    // Enlarged only in whole steps, so that points stay points.
    let scale = if scale >= 1.0 { scale.floor().min(4.0) } else { scale };
    ui.add_space(space::L);
    ui.vertical_centered(|ui| {
        let image = egui::Image::new((texture.id, size * scale)).alt_text("Picture in the value");
        let shown = ui.add(image);
        let edge = egui::Stroke::new(1.0, Tokens::of(ui).separator);
        ui.painter().rect_stroke(shown.rect, 0, edge, egui::StrokeKind::Outside);
        ui.add_space(space::S);
        let zoom = number::percent(f64::from(scale));
        let caption = match format {
            Format::Svg => "SVG; text and pictures in it are not drawn".to_owned(),
            other => format!("{}, {} × {} points, shown at {zoom}", other.name(), size.x, size.y),
        };
        ui.label(theme::faint(ui, caption));
    });
}

/// Says above the bytes why the picture cannot be shown.
pub fn refused_ui(ui: &mut Ui, why: &str) {
    egui::Frame::new().inner_margin(8).show(ui, |ui| {
        let tint = Tokens::of(ui).warn;
        states::banner(ui, tint, Icon::Warning, "The picture cannot be shown", why, |_| ());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(format: image::ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::new(width, height).write_to(&mut bytes, format).expect("memory has room");
        bytes.into_inner()
    }

    #[test]
    fn formats_and_sizes_are_known_by_the_header() {
        for (format, of_crate) in [
            (Format::Png, image::ImageFormat::Png),
            (Format::Jpeg, image::ImageFormat::Jpeg),
            (Format::Gif, image::ImageFormat::Gif),
            (Format::WebP, image::ImageFormat::WebP),
        ] {
            let bytes = encoded(of_crate, 3, 2);
            assert_eq!(Format::of(&bytes), Some(format));
            assert_eq!(check(format, &bytes), Ok(Some([3, 2])), "{format:?}");
            assert!(check(format, &bytes[..8]).is_err(), "{format:?} cut off");
            let wide = check(format, &encoded(of_crate, MAX_SIDE + 1, 1)).expect_err("too wide");
            assert!(wide.contains("4097 × 1 points"), "{wide}");
        }
    }

    #[test]
    fn a_header_that_promises_too_much_is_refused_before_decoding() {
        let mut huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0".to_vec();
        huge.extend([0; 64]);
        assert!(check(Format::Png, &huge).is_err());
        let long = check(Format::Svg, &vec![b' '; MAX_SVG_BYTES + 1]).expect_err("too long");
        assert!(long.contains("SVG pictures of at most 1"), "{long}");
    }

    #[test]
    fn svg_is_known_by_its_first_element() {
        for text in [
            "<svg/>",
            " \n<svg xmlns='x'>",
            "\u{feff}<?xml version='1.0'?><!-- a > b --><!DOCTYPE svg PUBLIC 'x'>\n<svg>",
        ] {
            assert_eq!(Format::of(text.as_bytes()), Some(Format::Svg), "{text}");
        }
        for text in ["", "<svgx>", "<html><svg/>", "text <svg>", "<?xml", "<!-- <svg>"] {
            assert_eq!(Format::of(text.as_bytes()), None, "{text}");
        }
    }
}
