//! Fills one triangle: which pixels it covers, with what colour, and how that is blended.
//!
//! Corners are rounded to 1/256 pixel and the edges computed in whole numbers, so two triangles that share an edge
//! neither overlap nor leave a gap (the top-left rule of graphics interfaces), on every machine alike.

use super::Canvas;
use super::texture::Texture;
use egui::Rect;
use egui::epaint::Vertex;

/// Steps per pixel.
const ONE: i64 = 256;
/// Corners beyond this are moved in: products of two differences must fit into `i64`.
const FURTHEST_PX: f32 = 1_048_576.0;

/// The pixels that may be painted: left, top, right (excluded), bottom (excluded).
#[derive(Clone, Copy)]
pub(super) struct Clip {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Clip {
    /// The clip rectangle in whole pixels, cut to the picture.
    pub(super) fn new(rect: Rect, pixels_per_point: f32, [width, height]: [usize; 2]) -> Self {
        let side = |points: f32, length: usize| ((points * pixels_per_point).round() as i64).clamp(0, length as i64);
        Self {
            left: side(rect.min.x, width),
            top: side(rect.min.y, height),
            right: side(rect.max.x, width),
            bottom: side(rect.max.y, height),
        }
    }

    /// Whether nothing can be painted.
    pub(super) fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }
}

/// One edge: `value` is positive inside, and changes evenly with x and y.
#[derive(Clone, Copy)]
struct Edge {
    step_x: i64,
    step_y: i64,
    at_origin: i64,
    /// Least value that counts as inside: 0 on top and left edges, else 1, so that a shared edge belongs to one side.
    least: i64,
}

impl Edge {
    fn new([ax, ay]: [i64; 2], [bx, by]: [i64; 2]) -> Self {
        let (dx, dy) = (bx - ax, by - ay);
        let top_left = dy < 0 || (dy == 0 && dx > 0);
        // At the centre of pixel (0, 0).
        let at_origin = dx * (ONE / 2 - ay) - dy * (ONE / 2 - ax);
        Self { step_x: -dy * ONE, step_y: dx * ONE, at_origin, least: i64::from(!top_left) }
    }

    fn at(self, x: i64, y: i64) -> i64 {
        self.at_origin + x * self.step_x + y * self.step_y
    }

    /// Narrows `from..to` to the pixels of row `y` on the inner side.
    fn narrow(self, y: i64, from: &mut i64, to: &mut i64) {
        let short = self.least - self.at(0, y);
        match self.step_x {
            0 if short > 0 => *to = *from,
            0 => {}
            step if step > 0 => *from = (*from).max(-(-short).div_euclid(step)),
            step => *to = (*to).min((-short).div_euclid(-step) + 1),
        }
    }
}

/// Paints one triangle; the corners may come in either turn, as egui has no fixed one.
pub(super) fn triangle(canvas: &mut Canvas, clip: Clip, corners: [&Vertex; 3], texture: &Texture, scale: f32) {
    let [a, mut b, mut c] = corners;
    if corners.iter().any(|v| !v.pos.is_finite()) {
        return;
    }
    let fixed = |v: &Vertex| {
        [v.pos.x, v.pos.y].map(|p| ((p * scale).clamp(-FURTHEST_PX, FURTHEST_PX) * ONE as f32).round() as i64)
    };
    let (pa, mut pb, mut pc) = (fixed(a), fixed(b), fixed(c));
    let mut area = (pb[0] - pa[0]) * (pc[1] - pa[1]) - (pb[1] - pa[1]) * (pc[0] - pa[0]);
    if area == 0 {
        return;
    }
    if area < 0 {
        (b, c, pb, pc, area) = (c, b, pc, pb, -area);
    }
    let [low_x, high_x] = [pa[0].min(pb[0]).min(pc[0]), pa[0].max(pb[0]).max(pc[0])];
    let [low_y, high_y] = [pa[1].min(pb[1]).min(pc[1]), pa[1].max(pb[1]).max(pc[1])];
    let (left, right) = (clip.left.max(low_x.div_euclid(ONE)), clip.right.min(high_x.div_euclid(ONE) + 1));
    let (top, bottom) = (clip.top.max(low_y.div_euclid(ONE)), clip.bottom.min(high_y.div_euclid(ONE) + 1));

    let edges = [Edge::new(pb, pc), Edge::new(pc, pa), Edge::new(pa, pb)];
    let paint = Paint::new([a, b, c], texture, area);
    for y in top..bottom {
        let (mut from, mut to) = (left, right);
        for edge in edges {
            edge.narrow(y, &mut from, &mut to);
        }
        if from < to {
            let span = canvas.span(y as usize, from as usize, to as usize);
            match paint {
                Paint::Even(colour) => fill(span, colour),
                Paint::Varied(ref varied) => varied.paint(span, edges, from, y),
            }
        }
    }
}

/// Where the colour of a pixel comes from.
enum Paint<'a> {
    /// The same everywhere; most of a window.
    Even([f32; 4]),
    /// Differs from pixel to pixel.
    Varied(Varied<'a>),
}

struct Varied<'a> {
    colour: Source,
    texel: Texel<'a>,
    area_inverse: f32,
}

/// The colour of the corners, 0 to 1.
enum Source {
    /// One for all (letters).
    Same([f32; 4]),
    /// Mixed (soft edges of shapes).
    Mixed([[f32; 4]; 3]),
}

/// What of the texture is shown.
enum Texel<'a> {
    /// All corners point at the same texel (soft edges of shapes).
    Same([f32; 4]),
    /// A part, by the places of the corners in texels (letters, pictures).
    Part(&'a Texture, [[f32; 2]; 3]),
}

impl<'a> Paint<'a> {
    fn new(corners: [&Vertex; 3], texture: &'a Texture, area: i64) -> Self {
        let [a, b, c] = corners;
        let [width, height] = texture.size();
        let places = corners.map(|corner| [corner.uv.x * width, corner.uv.y * height]);
        let texel = if a.uv == b.uv && a.uv == c.uv {
            Texel::Same(texture.sample(places[0][0], places[0][1]).unwrap_or_default())
        } else {
            Texel::Part(texture, places)
        };
        let colours = corners.map(|corner| corner.color.to_array().map(|part| f32::from(part) / 255.0));
        let same = a.color == b.color && a.color == c.color;
        match texel {
            Texel::Same(texel) if same => Self::Even(product(colours[0], texel)),
            texel => Self::Varied(Varied {
                colour: if same { Source::Same(colours[0]) } else { Source::Mixed(colours) },
                texel,
                area_inverse: 1.0 / area as f32,
            }),
        }
    }
}

impl Varied<'_> {
    /// Paints a part of row `y` that begins at pixel `from`.
    fn paint(&self, span: &mut [[u8; 4]], edges: [Edge; 3], from: i64, y: i64) {
        let mut values = edges.map(|edge| edge.at(from, y));
        for pixel in span {
            let share = [
                values[0] as f32 * self.area_inverse,
                values[1] as f32 * self.area_inverse,
                values[2] as f32 * self.area_inverse,
            ];
            values[0] += edges[0].step_x;
            values[1] += edges[1].step_x;
            values[2] += edges[2].step_x;
            let texel = match &self.texel {
                Texel::Same(texel) => *texel,
                Texel::Part(texture, at) => {
                    let across = at[0][0] * share[0] + at[1][0] * share[1] + at[2][0] * share[2];
                    let down = at[0][1] * share[0] + at[1][1] * share[1] + at[2][1] * share[2];
                    let Some(texel) = texture.sample(across, down) else { continue };
                    texel
                }
            };
            let colour = match &self.colour {
                Source::Same(colour) => *colour,
                Source::Mixed(colours) => mix(colours, share),
            };
            blend(pixel, product(colour, texel));
        }
    }
}

// Written out and without calls into the mathematics library: these run for each pixel, also in unoptimised builds.

/// The colour between three corners.
fn mix([p, q, r]: &[[f32; 4]; 3], share: [f32; 3]) -> [f32; 4] {
    [
        p[0] * share[0] + q[0] * share[1] + r[0] * share[2],
        p[1] * share[0] + q[1] * share[1] + r[1] * share[2],
        p[2] * share[0] + q[2] * share[1] + r[2] * share[2],
        p[3] * share[0] + q[3] * share[1] + r[3] * share[2],
    ]
}

/// Colour (0 to 1) times texel (0 to 255).
fn product(colour: [f32; 4], texel: [f32; 4]) -> [f32; 4] {
    [colour[0] * texel[0], colour[1] * texel[1], colour[2] * texel[2], colour[3] * texel[3]]
}

fn fill(span: &mut [[u8; 4]], colour: [f32; 4]) {
    if colour[3] >= 255.0 {
        span.fill(colour.map(to_byte));
    } else if colour.iter().any(|part| *part > 0.0) {
        for pixel in span {
            blend(pixel, colour);
        }
    }
}

/// Premultiplied "over". Colour without alpha adds light, as egui's additive colours want.
fn blend(pixel: &mut [u8; 4], colour: [f32; 4]) {
    let rest = 1.0 - colour[3] / 255.0;
    let under = *pixel;
    *pixel = [
        to_byte(colour[0] + f32::from(under[0]) * rest),
        to_byte(colour[1] + f32::from(under[1]) * rest),
        to_byte(colour[2] + f32::from(under[2]) * rest),
        to_byte(colour[3] + f32::from(under[3]) * rest),
    ];
}

/// The nearest byte; the conversion stops at 0 and 255.
fn to_byte(part: f32) -> u8 {
    (part + 0.5) as u8
}
