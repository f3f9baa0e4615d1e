//! The painter against pixels worked out by hand, and against a real frame of egui.

use super::Raster;
use egui::epaint::{ClippedPrimitive, ColorImage, ImageDelta, Mesh, Primitive, Vertex};
use egui::{Color32, Pos2, Rect, TextureId, TextureOptions, TexturesDelta, pos2, vec2};

const WHITE: TextureId = TextureId::Managed(0);
const EVERYWHERE: Rect = Rect::EVERYTHING;

/// A painter with a white texture.
fn raster() -> Raster {
    let mut raster = Raster::new();
    set(&mut raster, WHITE, ColorImage::filled([1, 1], Color32::WHITE), TextureOptions::LINEAR, None);
    raster
}

fn set(raster: &mut Raster, id: TextureId, image: ColorImage, options: TextureOptions, pos: Option<[usize; 2]>) {
    let mut delta = TexturesDelta::default();
    delta.push(id, ImageDelta { image: image.into(), options, pos });
    raster.handle_delta(&mut delta);
    assert!(delta.is_empty());
}

fn corner(pos: Pos2, uv: Pos2, color: Color32) -> Vertex {
    Vertex { pos, uv, color }
}

fn mesh(texture_id: TextureId, clip_rect: Rect, corners: &[Vertex]) -> ClippedPrimitive {
    let indices = (0..corners.len() as u32).collect();
    ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(Mesh { indices, vertices: corners.to_vec(), texture_id }) }
}

fn plain(color: Color32, corners: [(f32, f32); 3]) -> ClippedPrimitive {
    let corners = corners.map(|(x, y)| corner(pos2(x, y), Pos2::ZERO, color));
    mesh(WHITE, EVERYWHERE, &corners)
}

/// A rectangle as two triangles that show the whole of a texture.
fn quad(texture: TextureId, clip: Rect, rect: Rect, color: Color32) -> ClippedPrimitive {
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let at = |x: f32, y: f32| corner(rect.lerp_inside(vec2(x, y)), uv.lerp_inside(vec2(x, y)), color);
    mesh(texture, clip, &[at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0), at(0.0, 1.0), at(1.0, 0.0), at(1.0, 1.0)])
}

/// The red part of each pixel as rows of letters: `.` none, `#` full, else `+`.
fn letters(image: &image::RgbaImage) -> Vec<String> {
    image
        .rows()
        .map(|row| {
            row.map(|p| match p.0[0] {
                0 => '.',
                255 => '#',
                _ => '+',
            })
            .collect()
        })
        .collect()
}

#[test]
fn a_triangle_covers_the_pixels_whose_centres_it_holds() {
    let shape = plain(Color32::RED, [(0.0, 0.0), (4.0, 0.0), (0.0, 4.0)]);
    let image = raster().render(&[shape], [4, 4], 1.0, Color32::BLACK);
    // Centres on the slanted edge belong to the triangle on the other side: it is neither top nor left.
    assert_eq!(letters(&image), ["###.", "##..", "#...", "...."]);
}

#[test]
fn either_turn_of_the_corners_gives_the_same_picture() {
    let one = plain(Color32::RED, [(0.3, 0.1), (7.9, 2.2), (3.1, 7.4)]);
    let other = plain(Color32::RED, [(0.3, 0.1), (3.1, 7.4), (7.9, 2.2)]);
    let raster = raster();
    let paint = |shape| raster.render(&[shape], [8, 8], 1.0, Color32::BLACK);
    let (one, other) = (paint(one), paint(other));
    assert!(letters(&one).concat().contains('#'));
    assert_eq!(one, other);
}

#[test]
fn a_shared_edge_is_painted_once() {
    let half = Color32::from_rgba_premultiplied(100, 0, 0, 0);
    let shape = quad(WHITE, EVERYWHERE, Rect::from_min_max(pos2(0.0, 0.0), pos2(9.0, 5.0)), half);
    let image = raster().render(&[shape], [9, 5], 1.0, Color32::BLACK);
    assert!(image.pixels().all(|pixel| pixel.0 == [100, 0, 0, 255]));
}

#[test]
fn colours_are_blended_premultiplied_in_gamma_space() {
    let half = Color32::from_rgba_premultiplied(128, 0, 0, 128);
    let shape = quad(WHITE, EVERYWHERE, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), half);
    let image = raster().render(&[shape], [1, 1], 1.0, Color32::from_rgb(0, 0, 200));
    // 200 * (1 - 128/255) = 99.6
    assert_eq!(image.get_pixel(0, 0).0, [128, 0, 100, 255]);
}

#[test]
fn colours_change_evenly_between_corners() {
    let corners = [
        corner(pos2(0.0, 0.0), Pos2::ZERO, Color32::BLACK),
        corner(pos2(8.0, 0.0), Pos2::ZERO, Color32::WHITE),
        corner(pos2(0.0, 8.0), Pos2::ZERO, Color32::BLACK),
    ];
    let image = raster().render(&[mesh(WHITE, EVERYWHERE, &corners)], [8, 1], 1.0, Color32::BLACK);
    let reds: Vec<u8> = (0..7).map(|x| image.get_pixel(x, 0).0[0]).collect();
    assert_eq!(reds, [16, 48, 80, 112, 143, 175, 207]);
}

#[test]
fn the_clip_rectangle_is_rounded_to_pixels_at_the_scale() {
    let clip = Rect::from_min_max(pos2(0.7, 0.2), pos2(1.6, 1.0));
    let shape = quad(WHITE, clip, Rect::from_min_max(pos2(-9.0, -9.0), pos2(9.0, 9.0)), Color32::RED);
    let image = raster().render(&[shape], [4, 4], 2.0, Color32::BLACK);
    assert_eq!(letters(&image), [".##.", ".##.", "....", "...."]);
}

#[test]
fn textures_are_read_smoothly_or_by_nearest_texel() {
    let id = TextureId::Managed(7);
    let image = ColorImage::new([2, 1], vec![Color32::BLACK, Color32::WHITE]);
    let shape = quad(id, EVERYWHERE, Rect::from_min_max(pos2(0.0, 0.0), pos2(4.0, 1.0)), Color32::WHITE);
    let reds = |options| {
        let mut raster = raster();
        set(&mut raster, id, image.clone(), options, None);
        let image = raster.render(std::slice::from_ref(&shape), [4, 1], 1.0, Color32::RED);
        (0..4).map(|x| image.get_pixel(x, 0).0[0]).collect::<Vec<u8>>()
    };
    assert_eq!(reds(TextureOptions::NEAREST), [0, 0, 255, 255]);
    assert_eq!(reds(TextureOptions::LINEAR), [0, 64, 191, 255]);
}

#[test]
fn a_part_of_a_texture_can_be_replaced_and_what_lies_outside_is_left_out() {
    let id = TextureId::Managed(7);
    let mut raster = raster();
    set(&mut raster, id, ColorImage::filled([3, 2], Color32::BLACK), TextureOptions::NEAREST, None);
    let patch = ColorImage::filled([2, 2], Color32::WHITE);
    set(&mut raster, id, patch.clone(), TextureOptions::NEAREST, Some([2, 1]));
    set(&mut raster, id, patch, TextureOptions::NEAREST, Some([9, 9]));
    let shape = quad(id, EVERYWHERE, Rect::from_min_max(pos2(0.0, 0.0), pos2(3.0, 2.0)), Color32::WHITE);
    let image = raster.render(&[shape], [3, 2], 1.0, Color32::BLACK);
    assert_eq!(letters(&image), ["...", "..#"]);
}

#[test]
fn a_freed_texture_stays_for_the_frame_that_freed_it() {
    let mut raster = raster();
    let mut delta = TexturesDelta::default();
    delta.free(WHITE);
    raster.handle_delta(&mut delta);
    assert_eq!(raster.texture_count(), 1);
    raster.handle_delta(&mut TexturesDelta::default());
    assert_eq!(raster.texture_count(), 0);
}

#[test]
fn strange_shapes_paint_nothing_and_do_no_harm() {
    let far = 1e30;
    let shapes = [
        plain(Color32::RED, [(0.0, f32::NAN), (4.0, 0.0), (0.0, 4.0)]),
        plain(Color32::RED, [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]),
        plain(Color32::RED, [(f32::INFINITY, 0.0), (4.0, 0.0), (0.0, 4.0)]),
        mesh(TextureId::User(99), EVERYWHERE, &[corner(Pos2::ZERO, Pos2::ZERO, Color32::RED); 3]),
    ];
    let image = raster().render(&shapes, [4, 4], 1.0, Color32::BLACK);
    assert!(image.pixels().all(|pixel| pixel.0 == [0, 0, 0, 255]));

    let huge = plain(Color32::RED, [(-far, -far), (far, -far), (0.0, far)]);
    let image = raster().render(&[huge], [4, 4], 1.0, Color32::BLACK);
    assert_eq!(letters(&image), ["####"; 4]);
    assert_eq!(raster().render(&[], [0, u32::MAX], 1.0, Color32::BLACK).dimensions(), (1, super::MAX_SIDE));
}

#[test]
fn a_frame_of_egui_shows_its_fill_and_its_text() {
    let ctx = egui::Context::default();
    let input = || egui::RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(120.0, 40.0))),
        ..Default::default()
    };
    let fill = Color32::from_rgb(10, 20, 30);
    let mut raster = Raster::new();
    let mut last = None;
    for _ in 0..2 {
        let mut output = ctx.run_ui(input(), |ui| {
            ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, fill);
            ui.painter().text(
                pos2(4.0, 4.0),
                egui::Align2::LEFT_TOP,
                "Brownian",
                egui::FontId::proportional(20.0),
                Color32::WHITE,
            );
        });
        raster.handle_delta(&mut output.textures_delta);
        last = Some(output);
    }
    let image = raster.render_frame(&ctx, &last.expect("a frame was run"), Color32::BLACK);
    assert_eq!(image.dimensions(), (120, 40));
    assert_eq!(image.get_pixel(119, 39).0, [10, 20, 30, 255]);
    let bright = image.pixels().filter(|pixel| pixel.0[0] > 200).count();
    assert!((100..1_000).contains(&bright), "{bright} bright pixels");
}
