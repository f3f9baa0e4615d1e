//! SVG pictures as points, with bounds for all that a hostile one could use up: stack, memory, time.
//!
//! The libraries recurse along nesting and references, draw what is referred to once for each reference, so that a
//! chain of double ones costs two to the power of its length, and make a layer of up to 25 times the picture for each
//! group that needs one. A picture is therefore looked at as text before it is read, and as a tree before it is drawn.
//! What can multiply without a trace in the text is refused: entities, filters, patterns, markers.

use egui::ColorImage;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Group, ImageHrefResolver, Node, Options, Tree};

/// Points of the longer side of the drawn picture.
const SIDE: f32 = 512.0;
/// Signs that can begin an element. No recursion of the libraries goes deeper than that.
pub(super) const MAX_MARKS: usize = 4_000;
/// Words that a reference which draws something needs. Four to a double link of a chain, so 1,024 times at worst.
const MAX_REFERENCES: usize = 40;
/// Layers that exist at the same time: at worst 25 MB each.
const MAX_LAYERS: usize = 12;
/// Nodes that are drawn, each as often as it is referred to.
const MAX_VISITS: usize = 20_000;

/// Draws a picture as large as fits into a square of [`SIDE`]. What it refers to is not read.
pub(super) fn draw(bytes: &[u8]) -> Result<ColorImage, String> {
    look_at_text(bytes)?;
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_data(bytes, &options).map_err(|error| error.to_string())?;
    let layers = Survey::default().layers_of(tree.root())?;
    if layers > MAX_LAYERS {
        return Err(format!("It has {layers} layers inside each other; SVG of at most {MAX_LAYERS} is drawn"));
    }
    let size = tree.size();
    let scale = SIDE / size.width().max(size.height());
    let (width, height) = ((size.width() * scale).round(), (size.height() * scale).round());
    let mut points = Pixmap::new(width as u32, height as u32).ok_or("One side of it is too short for the other")?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut points.as_mut());
    Ok(ColorImage::from_rgba_premultiplied([width as usize, height as usize], points.data()))
}

/// Refuses what would multiply while it is read.
fn look_at_text(bytes: &[u8]) -> Result<(), String> {
    let mut text = std::str::from_utf8(bytes).map_err(|_| "It is not UTF-8")?.to_ascii_lowercase();
    let marks = text.matches('<').count();
    if marks > MAX_MARKS {
        return Err(format!("It has {marks} signs that can begin an element; SVG of at most {MAX_MARKS} is drawn"));
    }
    let plain = |rest: &str| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|name| rest.starts_with(name));
    if text.split('&').skip(1).any(|rest| !plain(rest)) {
        return Err("It has entities or numbers of characters, which are not read".to_owned());
    }
    // Said by many editors of every element, and without effect.
    for words in ["color-interpolation-filters", "filter:none", "marker:none"] {
        text = text.replace(words, "");
    }
    if ["filter", "pattern", "marker"].iter().any(|word| text.contains(word)) {
        return Err("It has filters, patterns or markers, which are not drawn".to_owned());
    }
    let references: usize = ["mask", "clip", "use", "symbol", "\\"].iter().map(|word| text.matches(word).count()).sum();
    // One rule of a style sheet gives a reference to any number of elements.
    let has_rules = text.contains("<style") || text.contains(":style");
    if references > MAX_REFERENCES || (has_rules && references > 0) {
        return Err("Its parts refer to each other more often than is drawn".to_owned());
    }
    Ok(())
}

/// Counts what drawing would do.
#[derive(Default)]
struct Survey {
    visits: usize,
}

impl Survey {
    /// Layers that exist at the same time while the group is drawn.
    fn layers_of(&mut self, group: &Group) -> Result<usize, String> {
        let mut below = 0;
        for node in group.children() {
            self.visits += 1;
            if self.visits > MAX_VISITS {
                return Err(format!("It draws more than {MAX_VISITS} things"));
            }
            match node {
                Node::Group(group) => below = below.max(self.layers_of(group)?),
                Node::Path(_) | Node::Image(_) | Node::Text(_) => {}
            }
        }
        let mut clip = group.clip_path();
        let mut mask = group.mask();
        let mut chain = 0;
        while let Some(part) = clip {
            chain += 1;
            below = below.max(chain + self.layers_of(part.root())?);
            clip = part.clip_path();
        }
        chain = 0;
        while let Some(part) = mask {
            chain += 1;
            below = below.max(chain + self.layers_of(part.root())?);
            mask = part.mask();
        }
        Ok(1 + below)
    }
}

#[cfg(test)]
mod tests;
