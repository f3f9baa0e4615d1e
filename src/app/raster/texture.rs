//! One texture in memory, and how a point of it is read.

use egui::epaint::{ImageData, ImageDelta};
use egui::{Color32, TextureFilter, TextureOptions, TextureWrapMode};

const CLEAR: [u8; 4] = [0; 4];

/// The pixels of a texture with the rules for reading between and beyond them.
#[derive(Default)]
pub(super) struct Texture {
    size: [usize; 2],
    /// Premultiplied red, green, blue, alpha.
    pixels: Vec<[u8; 4]>,
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
            self.pixels = image.pixels.iter().map(Color32::to_array).collect();
            return;
        };
        let fitting = width.min(self.size[0].saturating_sub(left));
        if fitting == 0 {
            return;
        }
        for row in 0..height.min(self.size[1].saturating_sub(top)) {
            let to = (top + row) * self.size[0] + left;
            let from = row * width;
            for (texel, new) in self.pixels[to..to + fitting].iter_mut().zip(&image.pixels[from..from + fitting]) {
                *texel = new.to_array();
            }
        }
    }

    /// Width and height in texels.
    pub(super) fn size(&self) -> [f32; 2] {
        [self.size[0] as f32, self.size[1] as f32]
    }

    /// The colour at a place counted in texels, each part 0 to 255; nothing where the texture is wholly transparent.
    pub(super) fn sample(&self, x: f32, y: f32) -> Option<[f32; 4]> {
        if self.pixels.is_empty() {
            return Some([255.0; 4]);
        }
        if self.options.magnification == TextureFilter::Nearest {
            let texel = self.texel(floor(x), floor(y));
            return (texel != CLEAR).then(|| parts(texel));
        }
        // Texel centres lie at one half.
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (floor(x), floor(y));
        let corners = if left >= 0 && top >= 0 && left + 1 < self.size[0] as i64 && top + 1 < self.size[1] as i64 {
            let at = top as usize * self.size[0] + left as usize;
            let below = at + self.size[0];
            [self.pixels[at], self.pixels[at + 1], self.pixels[below], self.pixels[below + 1]]
        } else {
            let (right, bottom) = (left + 1, top + 1);
            [self.texel(left, top), self.texel(right, top), self.texel(left, bottom), self.texel(right, bottom)]
        };
        if corners == [CLEAR; 4] {
            return None;
        }
        let (right_share, bottom_share) = (x - left as f32, y - top as f32);
        let upper = mixed(parts(corners[0]), parts(corners[1]), right_share);
        let lower = mixed(parts(corners[2]), parts(corners[3]), right_share);
        Some(mixed(upper, lower, bottom_share))
    }

    fn texel(&self, x: i64, y: i64) -> [u8; 4] {
        let (x, y) = (self.wrap(x, self.size[0]), self.wrap(y, self.size[1]));
        self.pixels[y * self.size[0] + x]
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

// Written out and without calls into the mathematics library: these run for each pixel, also in unoptimised builds.

fn floor(value: f32) -> i64 {
    let whole = value as i64;
    if whole as f32 > value { whole - 1 } else { whole }
}

fn parts(texel: [u8; 4]) -> [f32; 4] {
    [f32::from(texel[0]), f32::from(texel[1]), f32::from(texel[2]), f32::from(texel[3])]
}

fn mixed(from: [f32; 4], to: [f32; 4], share: f32) -> [f32; 4] {
    [
        from[0] + (to[0] - from[0]) * share,
        from[1] + (to[1] - from[1]) * share,
        from[2] + (to[2] - from[2]) * share,
        from[3] + (to[3] - from[3]) * share,
    ]
}
