//! The bundled typefaces and the order in which they are asked for a character.

use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily, FontId};

/// The name of the bold text face among the font families.
pub const STRONG: &str = "strong";
/// The name of the bold monospaced face among the font families.
pub const MONO_STRONG: &str = "mono-strong";

const TEXT: (&str, &[u8]) = ("Inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf"));
const TEXT_STRONG: (&str, &[u8]) = ("Inter SemiBold", include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"));
const MONO: (&str, &[u8]) = ("JetBrains Mono", include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf"));
const MONO_BOLD: (&str, &[u8]) =
    ("JetBrains Mono Bold", include_bytes!("../../../assets/fonts/JetBrainsMono-Bold.ttf"));

/// The families: ours first, then the monospaced face for signs the text face lacks, then what egui brings
/// (symbols and emoji). Fonts of the system, asked for other scripts, come after all of these.
#[must_use]
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [TEXT, TEXT_STRONG, MONO, MONO_BOLD] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let behind: Vec<String> = {
        let of = |family: &FontFamily| fonts.families.get(family).cloned().unwrap_or_default();
        let mut all = of(&FontFamily::Proportional);
        for name in of(&FontFamily::Monospace) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        all
    };
    let order = |faces: [&str; 2]| faces.into_iter().map(str::to_owned).chain(behind.iter().cloned()).collect();
    fonts.families.insert(FontFamily::Proportional, order([TEXT.0, MONO.0]));
    fonts.families.insert(FontFamily::Monospace, order([MONO.0, TEXT.0]));
    fonts.families.insert(FontFamily::Name(STRONG.into()), order([TEXT_STRONG.0, MONO_BOLD.0]));
    fonts.families.insert(FontFamily::Name(MONO_STRONG.into()), order([MONO_BOLD.0, TEXT_STRONG.0]));
    fonts
}

/// Gives the fonts to a window. They take effect at its next frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}

/// The text face.
#[must_use]
pub const fn text(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// The bold text face.
#[must_use]
pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(STRONG.into()))
}

/// The monospaced face, for values and paths.
#[must_use]
pub const fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// The bold monospaced face.
#[must_use]
pub fn mono_strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MONO_STRONG.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_the_characters_of_our_texts() {
        let mut fonts = egui::epaint::text::Fonts::new(egui::epaint::text::TextOptions::default(), definitions());
        let sample = "AZaz09 0O1lI äöüß éñ Ωλ Жя …·–—×≤≥±→←↑↓•✓€µ°½ \u{a0}";
        for font in [text(13.0), strong(13.0), mono(13.0), mono_strong(13.0)] {
            let missing: Vec<char> = sample.chars().filter(|c| !fonts.has_glyph(&font, *c)).collect();
            assert!(missing.is_empty(), "{font:?} lacks {missing:?}");
        }
    }

    #[test]
    fn the_monospaced_face_keeps_its_width() {
        let mut fonts = egui::epaint::text::Fonts::new(egui::epaint::text::TextOptions::default(), definitions());
        let mut view = fonts.with_pixels_per_point(1.0);
        let wide = view.glyph_width(&mono(12.5), 'W');
        for c in "il1.0Oé→─".chars() {
            assert!((view.glyph_width(&mono(12.5), c) - wide).abs() < 0.01, "{c}");
        }
    }
}
