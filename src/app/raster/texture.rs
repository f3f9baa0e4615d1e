//! One texture in memory, and how a point of it is read.

use egui::epaint::{ImageData, ImageDelta};
use egui::{Color32, Pos2, TextureFilter, TextureOptions, TextureWrapMode};

/// The pixels of a texture with the rules for reading between and beyond them.
#[derive(Default)]
pub(super) struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
    options: TextureOptions,
}

impl Texture {
    /// Replaces the whole texture or a part of it; what lies outside is left out.
    pub(super) fn apply(&mut self, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        self.options = delta.options;
        let Some([left, top]) = delta.pos else {
            self.size = image.size;
            self.pixels.clone_from(&image.pixels);
            return;
        };
        let fitting = width.min(self.size[0].saturating_sub(left));
        if fitting == 0 {
            return;
        }
        for row in 0..height.min(self.size[1].saturating_sub(top)) {
            let to = (top + row) * self.size[0] + left;
            let from = row * width;
            self.pixels[to..to + fitting].copy_from_slice(&image.pixels[from..from + fitting]);
        }
    }

    /// The colour at `uv` (0 to 1 over the texture), each part 0 to 255.
    pub(super) fn sample(&self, uv: Pos2) -> [f32; 4] {
        if self.pixels.is_empty() {
            return [255.0; 4];
        }
        let (x, y) = (uv.x * self.size[0] as f32, uv.y * self.size[1] as f32);
        if self.options.magnification == TextureFilter::Nearest {
            return self.texel(x.floor() as i64, y.floor() as i64);
        }
        // Texel centres lie at one half.
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right_share, bottom_share) = (x - left, y - top);
        let (left, top) = (left as i64, top as i64);
        if right_share == 0.0 && bottom_share == 0.0 {
            return self.texel(left, top);
        }
        let mixed = |from: [f32; 4], to: [f32; 4], share: f32| -> [f32; 4] {
            std::array::from_fn(|i| from[i] + (to[i] - from[i]) * share)
        };
        let upper = mixed(self.texel(left, top), self.texel(left + 1, top), right_share);
        let lower = mixed(self.texel(left, top + 1), self.texel(left + 1, top + 1), right_share);
        mixed(upper, lower, bottom_share)
    }

    fn texel(&self, x: i64, y: i64) -> [f32; 4] {
        let (x, y) = (self.wrap(x, self.size[0]), self.wrap(y, self.size[1]));
        self.pixels[y * self.size[0] + x].to_array().map(f32::from)
    }

    /// The texel that stands for place `at` on a side of `length`.
    fn wrap(&self, at: i64, length: usize) -> usize {
        let length = length as i64;
        let at = match self.options.wrap_mode {
            TextureWrapMode::ClampToEdge => at.clamp(0, length - 1),
            TextureWrapMode::Repeat => at.rem_euclid(length),
            TextureWrapMode::MirroredRepeat => {
                let at = at.rem_euclid(2 * length);
                if at < length { at } else { 2 * length - 1 - at }
            }
        };
        at as usize
    }
}
