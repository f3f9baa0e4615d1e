//! Loaders of pictures for the window: that of `egui_extras` for points, and one of our own for SVG.

mod svg;

use super::job::{Job, Progress};
use crate::ui::widgets::picture::SVG_URI;
use egui::load::{BytesPoll, ImageLoadResult, ImageLoader, ImagePoll, LoadError, SizeHint};
use egui::{ColorImage, Context};
use hashbrown::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Stack for drawing SVG: 32 KiB, twice what was measured in a debug build, for each mark that a picture may have.
const SVG_STACK_BYTES: usize = svg::MAX_MARKS * (32 << 10);

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

/// Draws SVG pictures on a thread of their own. The loader of `egui_extras` draws while the window waits, reads files
/// that a picture names, and has no bound for stack and memory; so this one stands in its place.
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
        let wake = super::event_loop::waker_of(ctx);
        let job =
            Job::start_with_stack("brownian-svg", SVG_STACK_BYTES, &wake, move || svg::draw(&bytes).map(Arc::new))
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
