//! SVG pictures, drawn and refused; hostile ones on the stack that they are drawn on.

use super::*;
use crate::app::job::Job;
use crate::app::picture_loader::SVG_STACK_BYTES;
use std::sync::Arc;

fn svg(attributes: &str, inside: &str) -> Result<ColorImage, String> {
    draw(format!("<svg xmlns='http://www.w3.org/2000/svg' {attributes}>{inside}</svg>").as_bytes())
}

/// Draws on the thread of the loader; a stack that is too small ends the test program.
fn on_its_stack(inside: String) -> Result<ColorImage, String> {
    let wake = Arc::new(|| {}) as _;
    let job = Job::start_with_stack("test-svg", SVG_STACK_BYTES, &wake, move || svg("width='4' height='4'", &inside));
    job.expect("a thread").wait().expect("no panic")
}

#[test]
fn a_picture_is_as_large_as_fits_however_small_it_is() {
    let image = svg("width='4' height='2'", "<rect width='4' height='2' fill='#0000ff'/>").expect("a picture");
    assert_eq!(image.size, [512, 256]);
    assert_eq!(image.pixels[512 * 128 + 256].to_array(), [0, 0, 255, 255]);
}

#[test]
fn what_is_not_a_picture_gives_a_reason() {
    assert!(svg("width='1e9' height='1'", "").is_err(), "no row of points is left");
    assert!(draw(b"<svg").is_err());
    assert!(draw(b"").is_err());
}

#[test]
fn nesting_is_bounded_before_anything_is_read() {
    let nested = |depth: usize| format!("{}{}", "<g opacity='.9'>".repeat(depth), "</g>".repeat(depth));
    assert!(on_its_stack(nested(1_900)).is_err(), "the library allows 1,024");
    assert!(on_its_stack("<g>".repeat(3_900)).is_err());
    assert!(on_its_stack(nested(100_000)).expect_err("too many").contains("signs"));
    let drawn = |depth: usize| {
        format!("{}<rect width='4' height='4'/>{}", "<g opacity='.9'>".repeat(depth), "</g>".repeat(depth))
    };
    assert!(on_its_stack(drawn(100)).expect_err("too deep").contains("layers inside each other"));
    assert!(on_its_stack(drawn(5)).is_ok());
}

#[test]
fn chains_of_references_end() {
    let chain = |count: usize, link: &dyn Fn(usize) -> String, last: &str| {
        let links: String = (0..count).map(link).collect();
        on_its_stack(links + last)
    };
    let last = "<rect width='4' height='4' mask='url(#a0)'/>";
    let single = |at: usize| format!("<mask id='a{at}' mask='url(#a{})'><rect width='4' height='4'/></mask>", at + 1);
    assert!(chain(5, &single, last).is_ok());
    assert!(chain(100, &single, last).expect_err("too long").contains("refer"));
    // Each refers twice to the next.
    let twice = |at: usize| {
        let rect = format!("<rect width='4' height='4' fill='white' mask='url(#a{})'/>", at + 1);
        format!("<mask id='a{at}'>{rect}{rect}</mask>")
    };
    assert!(chain(9, &twice, last).expect_err("too deep").contains("layers"));
    assert!(chain(3, &twice, last).is_ok_and(|image| image.size == [512, 512]));
    assert!(chain(40, &twice, last).expect_err("too long").contains("refer"));
    let used = |at: usize| format!("<g id='a{at}'>{}</g>", format!("<use href='#a{}'/>", at + 1).repeat(3));
    let last = "<g id='a10'><path d='M0 0h4v4'/></g><use href='#a0'/>";
    assert!(chain(10, &used, last).is_err(), "59,049 copies");
    let rules = "<style>.m { mask: url(#a) }</style><mask id='a'><rect class='m'/></mask>";
    assert!(on_its_stack(rules.to_owned()).expect_err("any number").contains("refer"));
}

#[test]
fn what_multiplies_without_a_trace_is_refused() {
    for (inside, why) in [
        ("<pattern id='p' width='9e9' height='9e9'/><rect fill='url(#p)'/>", "patterns"),
        ("<filter id='f'><feGaussianBlur stdDeviation='9000'/></filter>", "filters"),
        ("<marker id='m'/>", "markers"),
        ("<g mas&#107;='url(#a)'/>", "entities"),
        ("&e;", "entities"),
    ] {
        let refused = on_its_stack(inside.to_owned()).expect_err(inside);
        assert!(refused.contains(why), "{inside}: {refused}");
    }
    let harmless =
        "<rect style='marker:none;fill:#00f;color-interpolation-filters:linearRGB' width='4' height='4'/>&amp;";
    assert!(on_its_stack(harmless.to_owned()).is_ok());
}

#[test]
fn files_are_not_read() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("red.svg");
    let red =
        "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'><rect width='4' height='4' fill='red'/></svg>";
    std::fs::write(&file, red).expect("the folder can be written");
    let inside = format!("<image width='4' height='4' href='{}'/>", file.display());
    let image = svg("width='4' height='4'", &inside).expect("a picture");
    assert!(image.pixels.iter().all(|pixel| pixel.a() == 0), "the other file was drawn");
}
