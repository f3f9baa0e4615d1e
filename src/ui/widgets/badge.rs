//! Small labelled marks: the type of a topic, the environment of a connection, a count.

use egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::data::spec::TopicType;
use crate::model::number;
use crate::ui::theme;
use crate::ui::theme::tokens::{self, radius, space};
use crate::ui::theme::{EnvironmentColour, Icon, Tint, Tokens, fonts, icon_at};

const HEIGHT: f32 = 17.0;
/// Room for four letters.
const TYPE_WIDTH: f32 = 34.0;

/// Short names, so that a column of badges stays narrow. The full name is what screen readers and hover texts say.
#[must_use]
pub const fn short_type(topic_type: TopicType) -> &'static str {
    match topic_type {
        TopicType::Binary => "BIN",
        TopicType::Json => "JSON",
        TopicType::TimeSeries => "TS",
        TopicType::String => "STR",
        TopicType::Int64 => "INT",
        TopicType::Double => "DBL",
        TopicType::RecordV2 => "REC",
        TopicType::Unknown => "?",
    }
}

/// The full name of a topic type on its colour.
pub fn type_badge(ui: &mut Ui, topic_type: TopicType) -> Response {
    let tint = Tokens::of(ui).topic_type(topic_type);
    badge(ui, topic_type.name(), topic_type.name(), tint.strong, tint.wash)
}

/// Paints the short type badge of a row at a place; gives back the room it took, the same for every type, so that
/// what follows stands in one line.
#[expect(clippy::must_use_candidate, reason = "called to paint")]
pub fn paint_type(painter: &Painter, tokens: &Tokens, left_middle: Pos2, topic_type: TopicType) -> Rect {
    let tint = tokens.topic_type(topic_type);
    paint(painter, left_middle, short_type(topic_type), tint.strong, tint.wash, fonts::mono_strong(10.0), TYPE_WIDTH)
}

/// The word of an environment on its colour.
pub fn environment_badge(ui: &mut Ui, environment: EnvironmentColour) -> Response {
    let colours = Tokens::of(ui).environment(environment);
    badge(ui, environment.word(), environment.word(), colours.on_fill, colours.fill)
}

/// A count in a quiet pill; `what` says of what, for hover and screen reader: `3 warnings`.
pub fn count_badge(ui: &mut Ui, count: u64, what: &str) -> Response {
    let tokens = Tokens::of(ui);
    let name = format!("{} {what}", number::grouped(count));
    let response = badge(ui, &number::grouped(count), &name, tokens.text_muted, tokens.pressed);
    response.on_hover_text(theme::text(name))
}

/// A word on a wash of a meaning: ok, warn, error, info.
pub fn word_badge(ui: &mut Ui, word: &str, tint: Tint) -> Response {
    badge(ui, word, word, tint.strong, tint.wash)
}

/// How fresh the thing shown is. Drawn as a sign, said as words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Live subscription.
    Live,
    /// Fetched once.
    Fetched,
    /// Live, but some updates were merged.
    Conflated,
    /// Unsubscribed by the server.
    Unsubscribed,
    /// The line is down.
    Disconnected,
    /// Shortened for view.
    Shortened,
}

impl Freshness {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Live, Self::Fetched, Self::Conflated, Self::Unsubscribed, Self::Disconnected, Self::Shortened];

    /// The word for the screen reader and for hover texts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Fetched => "Fetched, not live",
            Self::Conflated => "Live, conflated",
            Self::Unsubscribed => "Unsubscribed by the server",
            Self::Disconnected => "Disconnected",
            Self::Shortened => "Shortened",
        }
    }

    /// The sign.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::Live => Icon::Live,
            Self::Fetched => Icon::Ring,
            Self::Conflated => Icon::Half,
            Self::Unsubscribed => Icon::Struck,
            Self::Disconnected => Icon::Disconnected,
            Self::Shortened => Icon::Scissors,
        }
    }

    /// The colour of the sign.
    #[must_use]
    pub const fn colour(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::Live => tokens.ok.strong,
            Self::Fetched | Self::Shortened => tokens.text_faint,
            Self::Conflated => tokens.warn.strong,
            Self::Unsubscribed | Self::Disconnected => tokens.error.strong,
        }
    }
}

/// The sign of freshness; `detail` is the whole hover text, for example "Live since 14:02".
pub fn freshness_sign(ui: &mut Ui, freshness: Freshness, detail: &str) -> Response {
    let colour = freshness.colour(Tokens::of(ui));
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(tokens::size::ICON), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, theme::spoken(freshness.word())));
    icon_at(ui.painter(), rect, freshness.icon(), colour);
    if detail.is_empty() {
        response.on_hover_text(theme::text(freshness.word()))
    } else {
        response.on_hover_text(theme::text(detail))
    }
}

fn badge(ui: &mut Ui, text: &str, name: &str, ink: Color32, fill: Color32) -> Response {
    let font = fonts::strong(11.0);
    let galley = ui.painter().layout_no_wrap(theme::line(text), font.clone(), ink);
    let size = vec2(galley.size().x + 2.0 * 6.0, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, theme::spoken(name)));
    if ui.is_rect_visible(rect) {
        paint(ui.painter(), rect.left_center(), text, ink, fill, font, 0.0);
    }
    response
}

fn paint(
    painter: &Painter,
    left_middle: Pos2,
    text: &str,
    ink: Color32,
    fill: Color32,
    font: FontId,
    narrowest: f32,
) -> Rect {
    let galley = painter.layout_no_wrap(theme::line(text), font, ink);
    let size = vec2((galley.size().x + 2.0 * (space::XS + 1.0)).max(narrowest), HEIGHT);
    let rect = Rect::from_min_size(pos2(left_middle.x, left_middle.y - HEIGHT / 2.0), size);
    painter.rect_filled(rect, CornerRadius::same(radius::S), fill);
    painter.galley(Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min, galley, ink);
    rect
}
