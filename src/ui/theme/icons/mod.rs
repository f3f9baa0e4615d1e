//! Icons as shapes: no font decides how they look, and each can be painted at any size in any colour.
//!
//! Every icon is a list of marks on a field of 16 by 16, drawn with one stroke, so that they look like one family.

use egui::epaint::PathShape;
use egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::tokens::{self, Tokens};

mod shapes;

/// The icons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Icon {
    /// Closed branch.
    ChevronRight,
    /// Open branch, drop-down.
    ChevronDown,
    /// Ascending, fold.
    ChevronUp,
    /// Back.
    ChevronLeft,
    /// Folder: a branch.
    Folder,
    /// A path that has children but no topic.
    Branch,
    /// A topic.
    Topic,
    /// A reference topic: made by a topic view.
    Reference,
    /// Favourite, not set.
    Star,
    /// Favourite, set.
    StarFilled,
    /// Pin to the watch list.
    Pin,
    /// Search, filter box.
    Search,
    /// Narrow a list.
    Filter,
    /// Close, clear.
    Close,
    /// Add.
    Plus,
    /// Take away.
    Minus,
    /// Done, chosen.
    Check,
    /// Freeze the view.
    Pause,
    /// Resume, run.
    Play,
    /// Stop.
    Stop,
    /// Fetch again.
    Refresh,
    /// Undo.
    Undo,
    /// Copy to the clipboard.
    Copy,
    /// Save, download.
    Save,
    /// Edit.
    Edit,
    /// Remove.
    Trash,
    /// Warning.
    Warning,
    /// Error.
    Error,
    /// Information.
    Info,
    /// All is well.
    Ok,
    /// Read-only.
    Lock,
    /// May be changed.
    Unlock,
    /// Live subscription: filled dot.
    Live,
    /// Fetched, not live: ring.
    Ring,
    /// Live, some updates merged: half-filled dot.
    Half,
    /// Unsubscribed by the server: struck ring.
    Struck,
    /// Disconnected: dashed ring with a flash.
    Disconnected,
    /// Shortened for view.
    Scissors,
    /// Chart.
    Chart,
    /// Settings.
    Settings,
    /// Light theme.
    Sun,
    /// Dark theme.
    Moon,
    /// Server.
    Server,
    /// Connection.
    Plug,
    /// List, subscriptions.
    List,
    /// Table.
    Table,
    /// Latency, time.
    Clock,
    /// Log.
    Log,
    /// Message.
    Message,
    /// Authentication.
    Key,
    /// Security.
    Shield,
    /// Sessions.
    Users,
    /// One principal.
    User,
    /// Topic views, show.
    View,
    /// Session trees, tree.
    Tree,
    /// Metrics.
    Gauge,
    /// Update streams.
    Pulse,
    /// Journal, history.
    History,
    /// Notifications.
    Bell,
    /// More acts.
    More,
    /// Opens elsewhere.
    External,
    /// Sort or value went up.
    ArrowUp,
    /// Sort or value went down.
    ArrowDown,
    /// Help.
    Help,
}

impl Icon {
    /// Every icon.
    pub const ALL: [Self; 64] = [
        Self::ChevronRight,
        Self::ChevronDown,
        Self::ChevronUp,
        Self::ChevronLeft,
        Self::Folder,
        Self::Branch,
        Self::Topic,
        Self::Reference,
        Self::Star,
        Self::StarFilled,
        Self::Pin,
        Self::Search,
        Self::Filter,
        Self::Close,
        Self::Plus,
        Self::Minus,
        Self::Check,
        Self::Pause,
        Self::Play,
        Self::Stop,
        Self::Refresh,
        Self::Undo,
        Self::Copy,
        Self::Save,
        Self::Edit,
        Self::Trash,
        Self::Warning,
        Self::Error,
        Self::Info,
        Self::Ok,
        Self::Lock,
        Self::Unlock,
        Self::Live,
        Self::Ring,
        Self::Half,
        Self::Struck,
        Self::Disconnected,
        Self::Scissors,
        Self::Chart,
        Self::Settings,
        Self::Sun,
        Self::Moon,
        Self::Server,
        Self::Plug,
        Self::List,
        Self::Table,
        Self::Clock,
        Self::Log,
        Self::Message,
        Self::Key,
        Self::Shield,
        Self::Users,
        Self::User,
        Self::View,
        Self::Tree,
        Self::Gauge,
        Self::Pulse,
        Self::History,
        Self::Bell,
        Self::More,
        Self::External,
        Self::ArrowUp,
        Self::ArrowDown,
        Self::Help,
    ];
}

/// One mark of an icon, in units of a sixteenth.
#[derive(Clone, Copy, Debug)]
enum Mark {
    /// Open line through points.
    Line(&'static [(f32, f32)]),
    /// Closed line.
    Loop(&'static [(f32, f32)]),
    /// Filled convex polygon.
    Fill(&'static [(f32, f32)]),
    /// Circle: centre and radius.
    Ring(f32, f32, f32),
    /// Filled circle.
    Disc(f32, f32, f32),
    /// Arc: centre, radius, start and end in degrees, clockwise from three o'clock.
    Arc(f32, f32, f32, f32, f32),
    /// Filled sector of a circle, at most half a turn.
    Sector(f32, f32, f32, f32, f32),
    /// Rounded rectangle: left, top, right, bottom, radius.
    Frame(f32, f32, f32, f32, f32),
    /// Filled rounded rectangle.
    Block(f32, f32, f32, f32, f32),
}

/// Paints an icon in the middle of a rectangle, as large as the rectangle allows.
pub fn icon_at(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
    let side = rect.width().min(rect.height());
    let unit = side / 16.0;
    let corner = rect.center() - Vec2::splat(side / 2.0);
    let at = |(x, y): (f32, f32)| corner + vec2(x * unit, y * unit);
    let stroke = Stroke::new((1.45 * unit).max(1.0), colour);
    let line = |points: Vec<Pos2>| PathShape::line(points, stroke);
    for mark in shapes::marks(icon) {
        match *mark {
            Mark::Line(points) => {
                // Round ends: without them short strokes look cut off at small sizes.
                for end in [points.first(), points.last()].into_iter().flatten() {
                    painter.circle_filled(at(*end), stroke.width / 2.0, colour);
                }
                painter.add(line(points.iter().copied().map(at).collect()));
            }
            Mark::Loop(points) => {
                painter.add(PathShape::closed_line(points.iter().copied().map(at).collect(), stroke));
            }
            Mark::Fill(points) => {
                let points = points.iter().copied().map(at).collect();
                painter.add(PathShape::convex_polygon(points, colour, Stroke::NONE));
            }
            Mark::Ring(x, y, r) => {
                painter.circle_stroke(at((x, y)), r * unit, stroke);
            }
            Mark::Disc(x, y, r) => {
                painter.circle_filled(at((x, y)), r * unit, colour);
            }
            Mark::Arc(x, y, r, from, to) => {
                painter.add(line(arc(at((x, y)), r * unit, from, to)));
            }
            Mark::Sector(x, y, r, from, to) => {
                painter.add(PathShape::convex_polygon(arc(at((x, y)), r * unit, from, to), colour, Stroke::NONE));
            }
            Mark::Frame(x0, y0, x1, y1, r) => {
                let rect = Rect::from_min_max(at((x0, y0)), at((x1, y1)));
                painter.rect_stroke(rect, CornerRadius::same((r * unit).round() as u8), stroke, StrokeKind::Middle);
            }
            Mark::Block(x0, y0, x1, y1, r) => {
                let rect = Rect::from_min_max(at((x0, y0)), at((x1, y1)));
                painter.rect_filled(rect, CornerRadius::same((r * unit).round() as u8), colour);
            }
        }
    }
}

fn arc(centre: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    let steps = (((to - from).abs() / 15.0).ceil() as usize).max(2);
    (0..=steps)
        .map(|step| {
            let angle = (from + (to - from) * step as f32 / steps as f32).to_radians();
            pos2(centre.x + radius * angle.cos(), centre.y + radius * angle.sin())
        })
        .collect()
}

/// Puts an icon into the layout. It carries no meaning of its own for a screen reader: its word stands beside it.
pub fn icon(ui: &mut Ui, icon: Icon, size: f32, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    if ui.is_rect_visible(rect) {
        icon_at(ui.painter(), rect, icon, colour);
    }
    response
}

/// An icon that stands alone and therefore says its meaning: on hover and to the screen reader.
pub fn icon_named(ui: &mut Ui, which: Icon, size: f32, colour: Color32, name: &str) -> Response {
    let response = icon(ui, which, size, colour);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, super::spoken(name)));
    response.on_hover_text(super::text(name))
}

/// A quiet button with only an icon: 24 points, its name on hover and for the screen reader.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    icon_toggle(ui, icon, name, None)
}

/// An icon button that can be on: `Some(true)` paints it chosen and says so to the screen reader.
pub fn icon_toggle(ui: &mut Ui, icon: Icon, name: &str, on: Option<bool>) -> Response {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(tokens::size::HIT), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| match on {
        Some(on) => WidgetInfo::selected(Role::Button, enabled, on, super::spoken(name)),
        None => WidgetInfo::labeled(Role::Button, enabled, super::spoken(name)),
    });
    if ui.is_rect_visible(rect) {
        let fill = if response.is_pointer_button_down_on() {
            tokens.pressed
        } else if on == Some(true) {
            tokens.selection
        } else if response.hovered() && enabled {
            tokens.hover
        } else {
            Color32::TRANSPARENT
        };
        ui.painter().rect_filled(rect, CornerRadius::same(tokens::radius::M), fill);
        let colour = match (on, response.hovered()) {
            (Some(true), _) => tokens.on_selection,
            (_, true) => tokens.text,
            _ => tokens.text_muted,
        };
        let inner = Rect::from_center_size(rect.center(), Vec2::splat(tokens::size::ICON));
        icon_at(ui.painter(), inner, icon, colour);
        if response.has_focus() {
            super::focus_ring(ui, rect, tokens::radius::M);
        }
    }
    response.on_hover_text(super::text(name)).on_disabled_hover_text(super::text(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_has_marks_inside_its_field() {
        for icon in Icon::ALL {
            let marks = shapes::marks(icon);
            assert!(!marks.is_empty(), "{icon:?}");
            for mark in marks {
                let points: Vec<(f32, f32)> = match *mark {
                    Mark::Line(p) | Mark::Loop(p) | Mark::Fill(p) => p.to_vec(),
                    Mark::Ring(x, y, r) | Mark::Disc(x, y, r) => vec![(x - r, y - r), (x + r, y + r)],
                    Mark::Arc(x, y, r, from, to) | Mark::Sector(x, y, r, from, to) => {
                        arc(pos2(x, y), r, from, to).into_iter().map(|p| (p.x, p.y)).collect()
                    }
                    Mark::Frame(x0, y0, x1, y1, _) | Mark::Block(x0, y0, x1, y1, _) => vec![(x0, y0), (x1, y1)],
                };
                for (x, y) in points {
                    assert!((0.5..=15.5).contains(&x) && (0.5..=15.5).contains(&y), "{icon:?}: {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn the_list_of_icons_has_no_repetition() {
        let unique: std::collections::HashSet<Icon> = Icon::ALL.into_iter().collect();
        assert_eq!(unique.len(), Icon::ALL.len());
    }
}
