//! Paints egui's output on the processor: for headless screenshots and for the pictures of the tests.
//!
//! No graphics card, driver or display is asked, so the same shapes give the same bytes on every machine. Blending
//! follows egui's own renderers: premultiplied alpha in gamma space. Paint callbacks are left out: they need a
//! graphics interface of their own.

mod texture;
mod triangle;

use egui::epaint::{ClippedPrimitive, Primitive};
use egui::{Color32, TextureId, TexturesDelta};
use hashbrown::HashMap;
use image::RgbaImage;
use texture::Texture;
use triangle::{Clip, triangle};

/// Widest and highest picture painted: a wrong size must give a small picture, not use up the memory.
const MAX_SIDE: u32 = 16_384;

/// The textures egui has announced, and the painter that uses them.
#[derive(Default)]
pub struct Raster {
    textures: HashMap<TextureId, Texture>,
    /// Freed with the last delta: the frame that came with it may still show them.
    freed: Vec<TextureId>,
}

impl Raster {
    /// A painter that knows no texture yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over new, changed and freed textures, and leaves the delta empty: egui panics when one is dropped unapplied.
    pub fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for id in self.freed.drain(..) {
            self.textures.remove(&id);
        }
        for (id, changes) in delta.set.drain() {
            for change in changes {
                self.textures.entry(id).or_default().apply(&change);
            }
        }
        self.freed.extend(delta.free.drain());
    }

    /// How many textures are held.
    #[must_use]
    pub fn texture_count(&self) -> usize {
        self.textures.len()
    }

    /// Paints what one frame put out, over `background`, at the frame's own size and scale.
    #[must_use]
    pub fn render_frame(&self, ctx: &egui::Context, output: &egui::FullOutput, background: Color32) -> RgbaImage {
        let pixels_per_point = output.pixels_per_point;
        let size = ctx.content_rect().size() * pixels_per_point;
        let primitives = ctx.tessellate(output.shapes.clone(), pixels_per_point);
        self.render(&primitives, [size.x.round() as u32, size.y.round() as u32], pixels_per_point, background)
    }

    /// Paints tessellated shapes over `background` into a picture of `size_px` pixels.
    #[must_use]
    pub fn render(
        &self,
        primitives: &[ClippedPrimitive],
        size_px: [u32; 2],
        pixels_per_point: f32,
        background: Color32,
    ) -> RgbaImage {
        let mut canvas = Canvas::new(size_px, background);
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let Some(texture) = self.textures.get(&mesh.texture_id) else { continue };
            let clip = Clip::new(*clip_rect, pixels_per_point, [canvas.width, canvas.height]);
            if clip.is_empty() {
                continue;
            }
            for corners in mesh.indices.chunks_exact(3) {
                let corner = |i: usize| mesh.vertices.get(corners[i] as usize);
                if let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) {
                    triangle(&mut canvas, clip, [a, b, c], texture, pixels_per_point);
                }
            }
        }
        canvas.into_image()
    }
}

/// Pixels in premultiplied gamma-space colours (red, green, blue, alpha), row by row.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 4]>,
}

impl Canvas {
    fn new([width, height]: [u32; 2], background: Color32) -> Self {
        let (width, height) = (width.clamp(1, MAX_SIDE) as usize, height.clamp(1, MAX_SIDE) as usize);
        Self { width, height, pixels: vec![background.to_array(); width * height] }
    }

    /// The pixels `from..to` of row `y`.
    fn span(&mut self, y: usize, from: usize, to: usize) -> &mut [[u8; 4]] {
        let start = y * self.width;
        &mut self.pixels[start + from..start + to]
    }

    /// The finished picture; PNG wants colours without the alpha multiplied in.
    fn into_image(self) -> RgbaImage {
        let mut bytes = Vec::with_capacity(self.pixels.len() * 4);
        for [r, g, b, a] in self.pixels {
            let pixel = if a == u8::MAX {
                [r, g, b, a]
            } else {
                Color32::from_rgba_premultiplied(r, g, b, a).to_srgba_unmultiplied()
            };
            bytes.extend_from_slice(&pixel);
        }
        RgbaImage::from_raw(self.width as u32, self.height as u32, bytes).expect("four bytes were given for each pixel")
    }
}

#[cfg(test)]
mod tests;
