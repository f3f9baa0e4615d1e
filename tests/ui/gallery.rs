//! Draws every widget in every theme and uses some of them as a user would.

use brownian::ui::theme::{self, ThemeChoice};
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::gallery_pages::{Gallery, Page, ROWS};
use crate::raster_renderer::RasterRenderer;

const THEMES: [ThemeChoice; 3] = [ThemeChoice::Light, ThemeChoice::Dark, ThemeChoice::HighContrast];

fn harness(page: Page, choice: ThemeChoice, size: [f32; 2]) -> Harness<'static, Gallery> {
    let mut ready = false;
    let mut harness =
        Harness::builder().with_size(size).with_max_steps(30).renderer(RasterRenderer::default()).build_ui_state(
            move |ui, gallery: &mut Gallery| {
                if !ready {
                    theme::fonts::install(ui.ctx());
                    theme::apply(ui.ctx(), choice, 1.0);
                    theme::set_reduced_motion(ui.ctx(), true);
                    ready = true;
                    ui.ctx().request_repaint();
                    return;
                }
                gallery.ui(ui);
            },
            Gallery::new(page),
        );
    harness.run_steps(4);
    harness
}

/// Writes a picture where `GALLERY_PICTURES` names a folder, to be looked at.
fn picture(harness: &mut Harness<'_, Gallery>, name: &str) {
    if let Ok(folder) = std::env::var("GALLERY_PICTURES") {
        let image = harness.render().expect("the painter paints");
        image.save(format!("{folder}/{name}.png")).expect("the folder can be written");
    }
}

#[test]
fn every_page_is_drawn_in_every_theme() {
    for page in Page::ALL {
        for choice in THEMES {
            let mut harness = harness(page, choice, [1360.0, 860.0]);
            let image = harness.render().expect("the painter paints");
            let first = image.get_pixel(0, 0);
            assert!(image.pixels().any(|pixel| pixel != first), "{page:?} in {choice:?} is blank");
            picture(&mut harness, &format!("{page:?}-{choice:?}"));
        }
    }
}

#[test]
fn pages_survive_little_room() {
    for page in Page::ALL {
        let mut harness = harness(page, ThemeChoice::Light, [420.0, 300.0]);
        picture(&mut harness, &format!("{page:?}-narrow"));
    }
}

#[test]
fn controls_have_names_and_states() {
    let harness = harness(Page::Parts, ThemeChoice::Light, [1360.0, 860.0]);
    for name in ["Connect", "Remove…", "Freeze", "Copy path", "Clear filter topics", "Show password", "Load next"] {
        let _ = harness.get_by_role_and_label(Role::Button, name);
    }
    for name in ["Filter topics", "Selector", "URL"] {
        let _ = harness.get_by_role_and_label(Role::TextInput, name);
    }
    let _ = harness.get_by_role_and_label(Role::Image, "Live, conflated");
    let _ = harness.get_by_label("12,400 topics");
}

#[test]
fn buttons_answer_to_the_keyboard() {
    let mut harness = harness(Page::Parts, ThemeChoice::Light, [1360.0, 860.0]);
    harness.get_by_label("Freeze").focus();
    harness.run_steps(2);
    picture(&mut harness, "Parts-focus");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert!(harness.state().paused);
    harness.get_by_label("Open the demo server").click();
    harness.run_steps(2);
    assert_eq!(harness.state().acted, ["demo"]);
}

#[test]
fn the_filter_is_cleared_by_its_button() {
    let mut harness = harness(Page::Parts, ThemeChoice::Light, [1360.0, 860.0]);
    harness.get_by_label("Clear filter topics").click();
    harness.run_steps(3);
    assert_eq!(harness.state().filter, "");
    harness.event(Event::Text("usd".to_owned()));
    harness.run_steps(2);
    assert_eq!(harness.state().filter, "usd");
    picture(&mut harness, "Parts-typing");
}

#[test]
fn a_million_rows_cost_what_is_in_sight() {
    let mut harness = harness(Page::Data, ThemeChoice::Light, [1360.0, 860.0]);
    assert!(harness.state().drawn < 30, "{} rows drawn", harness.state().drawn);
    harness.get_by_label("topic 5").click();
    harness.run_steps(3);
    assert_eq!(harness.state().cursor, Some(5));
    harness.key_press(Key::End);
    harness.run_steps(3);
    assert_eq!(harness.state().cursor, Some(ROWS - 1));
    let last = harness.get_by_label("topic 999999").rect();
    let before = harness.get_by_label("topic 999998").rect();
    assert_eq!(last.top() - before.top(), 22.0, "rows keep their distance at the very end");
    assert!(harness.state().drawn < 30);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(3);
    assert_eq!(harness.state().cursor, Some(ROWS - 2));
    picture(&mut harness, "Data-end");
}

#[test]
fn the_head_of_a_table_sorts() {
    let mut harness = harness(Page::Data, ThemeChoice::Light, [1360.0, 860.0]);
    harness.get_by_role_and_label(Role::ColumnHeader, "Size").click();
    harness.run_steps(2);
    assert_eq!(harness.state().table.sorted_by(), Some(("size", false)));
}

#[test]
fn a_json_tree_opens_by_keyboard() {
    let mut harness = harness(Page::Data, ThemeChoice::Light, [1360.0, 860.0]);
    let before = harness.state().json_state.row_count();
    harness.get_by_role_and_label(Role::TreeItem, "depth: array of 2").click();
    harness.run_steps(2);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(2);
    assert_eq!(harness.state().json_state.cursor(), Some("/depth/0"));
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert_eq!(harness.state().json_state.row_count(), before + 2);
    let _ = harness.get_by_role_and_label(Role::TreeItem, "price: 1.0841");
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert_eq!(harness.state().json_state.cursor(), Some("/depth/0/price"));
}

#[test]
fn bytes_are_selected_by_keyboard() {
    let mut harness = harness(Page::Data, ThemeChoice::Light, [1360.0, 860.0]);
    harness.get_by_role_and_label(Role::List, "Bytes").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    for _ in 0..3 {
        harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
        harness.run_steps(2);
    }
    assert_eq!(harness.state().hex.selection(), Some(1..5));
    picture(&mut harness, "Data-bytes");
}

#[test]
fn charts_are_said_in_words() {
    let harness = harness(Page::Charts, ThemeChoice::Dark, [1000.0, 700.0]);
    let _ = harness.get_by_label_contains("Ping, p50:");
    let _ = harness.get_by_label_contains("Round trips, 6,472 in all, most at 16 ms");
}
