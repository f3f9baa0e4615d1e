//! Loaders of pictures for the window: those of `egui_extras`, and one for SVG that is bounded and reads nothing else.

use super::job::{Job, Progress};
use crate::ui::widgets::picture::SVG_URI;
use egui::load::{BytesPoll, ImageLoadResult, ImageLoader, ImagePoll, LoadError, SizeHint};
use egui::{ColorImage, Context};
use hashbrown::HashMap;
use resvg::usvg::{ImageHrefResolver, Options};
use std::sync::{Arc, Mutex, PoisonError};

/// Points of the longer side of a drawn SVG picture.
const SVG_SIDE: u32 = 1024;

/// Installs the loaders. More than once is no harm.
pub fn install(ctx: &Context) {
    egui_extras::install_image_loaders(ctx);
    if !ctx.is_loader_installed(SvgLoader::ID) {
        ctx.add_image_loader(Arc::new(SvgLoader::default()));
    }
}

type Drawn = Result<Arc<ColorImage>, String>;

enum Entry {
    Drawing(Job<Drawn>),
    Ended(Drawn),
}

/// Draws SVG pictures on a thread of their own. The loader of `egui_extras` draws while the window waits, and reads
/// files that a picture names; this one does neither.
#[derive(Default)]
struct SvgLoader {
    entries: Mutex<HashMap<String, Entry>>,
}

impl SvgLoader {
    const ID: &'static str = egui::generate_loader_id!(SvgLoader);
}

impl ImageLoader for SvgLoader {
    fn id(&self) -> &str {
        Self::ID
    }

    fn load(&self, ctx: &Context, uri: &str, _size: SizeHint) -> ImageLoadResult {
        if !uri.starts_with(SVG_URI) {
            return Err(LoadError::NotSupported);
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(uri) {
            if let Entry::Drawing(job) = entry {
                *entry = match job.poll() {
                    Progress::Running => return Ok(ImagePoll::Pending { size: None }),
                    Progress::Done(drawn) => Entry::Ended(drawn),
                    Progress::Lost => Entry::Ended(Err("Drawing it failed".to_owned())),
                };
            }
            return match entry {
                Entry::Ended(Ok(image)) => Ok(ImagePoll::Ready { image: Arc::clone(image) }),
                Entry::Ended(Err(why)) => Err(LoadError::Loading(why.clone())),
                Entry::Drawing(_) => Ok(ImagePoll::Pending { size: None }),
            };
        }
        let bytes = match ctx.try_load_bytes(uri)? {
            BytesPoll::Ready { bytes, .. } => bytes,
            BytesPoll::Pending { size } => return Ok(ImagePoll::Pending { size }),
        };
        let job = Job::start("brownian-svg", &super::event_loop::waker_of(ctx), move || draw(&bytes))
            .map_err(|error| LoadError::Loading(error.to_string()))?;
        entries.insert(uri.to_owned(), Entry::Drawing(job));
        Ok(ImagePoll::Pending { size: None })
    }

    fn forget(&self, uri: &str) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }

    fn forget_all(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn byte_size(&self) -> usize {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let pixels = |entry: &Entry| match entry {
            Entry::Ended(Ok(image)) => image.pixels.len() * size_of::<egui::Color32>(),
            _ => 0,
        };
        entries.values().map(pixels).sum()
    }

    fn has_pending(&self) -> bool {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.values().any(|entry| matches!(entry, Entry::Drawing(_)))
    }
}

/// Draws an SVG picture into a square of [`SVG_SIDE`], as large as fits. What it refers to is not read.
fn draw(bytes: &[u8]) -> Drawn {
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let size = SizeHint::Size { width: SVG_SIDE, height: SVG_SIDE, maintain_aspect_ratio: true };
    egui_extras::image::load_svg_bytes_with_size(bytes, size, &options).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(attributes: &str, inside: &str) -> Drawn {
        draw(format!("<svg xmlns='http://www.w3.org/2000/svg' {attributes}>{inside}</svg>").as_bytes())
    }

    #[test]
    fn a_picture_is_as_large_as_fits_however_small_it_is() {
        let image = svg("width='4' height='2'", "<rect width='4' height='2' fill='#0000ff'/>").expect("a picture");
        assert_eq!(image.size, [1024, 512]);
        assert_eq!(image.pixels[1024 * 256 + 512].to_array(), [0, 0, 255, 255]);
    }

    #[test]
    fn what_is_not_a_picture_gives_a_reason() {
        assert!(svg("width='1e9' height='1'", "").is_err(), "no row of points is left");
        assert!(draw(b"<svg").is_err());
        assert!(draw(b"").is_err());
        let entities = "<!DOCTYPE s [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>";
        assert!(draw(format!("{entities}<svg>&b;").as_bytes()).is_err());
    }

    #[test]
    fn deep_nesting_ends_on_the_small_stack_of_a_thread() {
        for depth in [1_000, 100_000] {
            let inside = format!("{}{}", "<g opacity='.9'>".repeat(depth), "</g>".repeat(depth));
            let job = Job::start("test-svg", &(Arc::new(|| {}) as _), move || svg("width='4' height='4'", &inside));
            assert!(job.expect("a thread").wait().is_some(), "{depth}");
        }
    }

    #[test]
    fn files_are_not_read() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("red.svg");
        let red = "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'><rect width='4' height='4' fill='red'/></svg>";
        std::fs::write(&file, red).expect("the folder can be written");
        let inside = format!("<image width='4' height='4' href='{}'/>", file.display());
        let image = svg("width='4' height='4'", &inside).expect("a picture");
        assert!(image.pixels.iter().all(|pixel| pixel.a() == 0), "the other file was drawn");
    }
}
