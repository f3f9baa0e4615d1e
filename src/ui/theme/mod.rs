//! How the window looks; the only place that names a colour, a typeface or a size.

pub mod fonts;
pub mod icons;
pub mod tokens;
pub mod words;

use std::sync::Arc;

use egui::style::{ScrollStyle, Selection, TextCursorStyle, WidgetVisuals, Widgets};
use egui::{
    Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, ThemePreference,
    Visuals, vec2,
};

pub use icons::{Icon, icon, icon_at, icon_button, icon_named, icon_toggle};
pub use tokens::{EnvironmentColour, Tint, Tokens};
pub use words::{danger_button, faint, line, menu_item, mono, muted, primary_button, row_name, spoken, strong, text};

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThemeChoice {
    /// Dark text on light surfaces.
    Light,
    /// Light text on dark surfaces.
    Dark,
    /// White and strong colours on black, visible edges.
    HighContrast,
    /// As the desktop says.
    #[default]
    System,
}

impl ThemeChoice {
    /// Every choice, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::HighContrast];

    /// The word in menus.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Dark => "Dark",
            Self::HighContrast => "High contrast",
            Self::System => "Follow the system",
        }
    }
}

/// The smallest scale of the window.
pub const MIN_SCALE: f32 = 0.75;
/// The largest scale of the window.
pub const MAX_SCALE: f32 = 3.0;

/// Sets the look of the whole window. May be called at any time; the next frame shows it.
pub fn apply(ctx: &Context, choice: ThemeChoice, scale: f32) {
    let (light, dark) = match choice {
        ThemeChoice::HighContrast => (&tokens::HIGH_CONTRAST, &tokens::HIGH_CONTRAST),
        _ => (&tokens::LIGHT, &tokens::DARK),
    };
    ctx.set_style_of(Theme::Light, style(light));
    ctx.set_style_of(Theme::Dark, style(dark));
    ctx.set_theme(match choice {
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark | ThemeChoice::HighContrast => ThemePreference::Dark,
        ThemeChoice::System => ThemePreference::System,
    });
    ctx.set_zoom_factor(scale.clamp(MIN_SCALE, MAX_SCALE));
}

/// Turns all movement off or on again: fades, sliding scroll, highlights. Call it after [`apply`].
pub fn set_reduced_motion(ctx: &Context, reduced: bool) {
    ctx.all_styles_mut(|style| {
        style.animation_time = if reduced { 0.0 } else { ANIMATION_SECS };
        style.scroll_animation =
            if reduced { egui::style::ScrollAnimation::none() } else { egui::style::ScrollAnimation::default() };
    });
}

/// Whether movement is turned off.
#[must_use]
pub fn motion_is_reduced(ctx: &Context) -> bool {
    ctx.global_style().animation_time == 0.0
}

const ANIMATION_SECS: f32 = 0.08;

/// The style of one palette.
#[must_use]
pub fn style(tokens: &Tokens) -> Style {
    let mut style = Style {
        text_styles: [
            (TextStyle::Small, FontId::new(tokens::text::SMALL, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(tokens::text::BODY, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(tokens::text::BODY, FontFamily::Proportional)),
            (TextStyle::Monospace, FontId::new(tokens::text::MONO, FontFamily::Monospace)),
            (TextStyle::Heading, fonts::strong(tokens::text::HEADING)),
        ]
        .into(),
        visuals: visuals(tokens),
        animation_time: ANIMATION_SECS,
        ..Style::default()
    };
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(tokens::space::S, 6.0);
    spacing.button_padding = vec2(10.0, 3.0);
    spacing.interact_size = vec2(tokens::size::HIT, tokens::size::HIT);
    spacing.indent = tokens::size::INDENT;
    spacing.window_margin = Margin::same(tokens::space::L as i8);
    spacing.menu_margin = Margin::same(tokens::space::XS as i8);
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 8.0;
    spacing.icon_spacing = 6.0;
    spacing.tooltip_width = 380.0;
    spacing.combo_width = 120.0;
    spacing.scroll = ScrollStyle { bar_width: 8.0, ..ScrollStyle::thin() };
    let interaction = &mut style.interaction;
    interaction.selectable_labels = false;
    interaction.tooltip_delay = 0.5;
    interaction.show_tooltips_only_when_still = true;
    style
}

/// The colours of one palette in the words of egui.
#[must_use]
pub fn visuals(tokens: &Tokens) -> Visuals {
    let corner_radius = CornerRadius::same(tokens::radius::M);
    let widget = |fill, stroke: Stroke, text| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: stroke,
        corner_radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let line = |colour| Stroke::new(1.0, colour);
    let base = if tokens.dark { Visuals::dark() } else { Visuals::light() };
    Visuals {
        widgets: Widgets {
            noninteractive: widget(tokens.window, line(tokens.separator), tokens.text),
            inactive: widget(
                if tokens.dark { tokens.raised } else { tokens.content },
                line(tokens.outline),
                tokens.text,
            ),
            hovered: widget(tokens.hover, line(tokens.outline_hover), tokens.text),
            // egui has one look for "pressed" and "has the focus"; the ring serves both.
            active: widget(tokens.pressed, Stroke::new(tokens::size::FOCUS, tokens.focus), tokens.text),
            open: widget(tokens.pressed, line(tokens.outline_hover), tokens.text),
        },
        selection: Selection {
            bg_fill: tokens.selection,
            // Also the ring of a text field that has the focus.
            stroke: Stroke::new(tokens::size::FOCUS, tokens.on_selection),
        },
        weak_text_color: Some(tokens.text_faint),
        hyperlink_color: tokens.accent,
        faint_bg_color: if tokens.dark { tokens.window } else { tokens.raised },
        extreme_bg_color: tokens.content,
        text_edit_bg_color: Some(tokens.content),
        code_bg_color: tokens.hover,
        warn_fg_color: tokens.warn.strong,
        error_fg_color: tokens.error.strong,
        window_corner_radius: CornerRadius::same(tokens::radius::L),
        window_shadow: Shadow { offset: [0, 8], blur: 28, spread: 0, color: tokens.shadow },
        window_fill: if tokens.dark { tokens.raised } else { tokens.content },
        window_stroke: line(if tokens.dark { tokens.outline } else { tokens.separator }),
        menu_corner_radius: CornerRadius::same(tokens::radius::L),
        panel_fill: tokens.window,
        popup_shadow: Shadow { offset: [0, 4], blur: 14, spread: 0, color: tokens.shadow },
        text_cursor: TextCursorStyle { stroke: Stroke::new(1.5, tokens.accent), ..TextCursorStyle::default() },
        indent_has_left_vline: false,
        slider_trailing_fill: true,
        disabled_alpha: 0.55,
        ..base
    }
}

/// Whether a dialog stands in front of the window: keys that act on the window then wait.
#[must_use]
pub fn is_behind_dialog(ctx: &egui::Context) -> bool {
    ctx.memory(|memory| memory.top_modal_layer().is_some())
}

/// The frame of a dialog: as a popup, with room around its content.
pub fn dialog_frame(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::popup(ui.style()).inner_margin(Margin::same(tokens::space::XL as i8))
}

/// The frame of a list or a difference within a dialog.
pub fn well(ui: &egui::Ui) -> egui::Frame {
    let tokens = Tokens::of(ui);
    egui::Frame::new()
        .fill(tokens.content)
        .stroke(Stroke::new(1.0, tokens.separator))
        .corner_radius(tokens::radius::M)
        .inner_margin(Margin::same(4))
}

/// Paints the focus ring inside a rectangle.
pub fn focus_ring(ui: &egui::Ui, rect: egui::Rect, corner_radius: u8) {
    let stroke = Stroke::new(tokens::size::FOCUS, Tokens::of(ui).focus);
    ui.painter().rect_stroke(rect, CornerRadius::same(corner_radius), stroke, egui::StrokeKind::Inside);
}

/// Sets the style of one part of the window to another palette, for example a preview.
pub fn set_palette(ui: &mut egui::Ui, tokens: &Tokens) {
    ui.set_style(Arc::new(style(tokens)));
}
