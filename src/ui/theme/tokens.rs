//! Every colour and size of the window, in one place.
//!
//! A colour is named for what it says, not for how it looks. Text colours reach 4.5:1 on every surface they may
//! stand on, focus and signs 3:1; the tests of this file measure both for each palette.

use egui::{Color32, Ui};

use crate::data::spec::TopicType;

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// A strong colour for text and icons, and the pale wash that may lie under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tint {
    /// Text and icons; readable on the wash and on every surface.
    pub strong: Color32,
    /// Background of a badge or banner.
    pub wash: Color32,
}

const fn tint(strong: u32, wash: u32) -> Tint {
    Tint { strong: rgb(strong), wash: rgb(wash) }
}

/// The environment of a connection, as its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentColour {
    /// Grey-blue.
    Development,
    /// Amber.
    Test,
    /// Red.
    Production,
    /// Teal: the embedded demo server.
    Demo,
}

impl EnvironmentColour {
    /// Every environment.
    pub const ALL: [Self; 4] = [Self::Development, Self::Test, Self::Production, Self::Demo];

    /// The word that always stands beside the colour.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Development => "Development",
            Self::Test => "Test",
            Self::Production => "Production",
            Self::Demo => "Demo",
        }
    }
}

/// The colours of an environment: a filled bar or badge, the text on it, and a wash for a whole bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvironmentColours {
    /// Filled badge, top edge of a tab.
    pub fill: Color32,
    /// Text on `fill`.
    pub on_fill: Color32,
    /// Pale background of a whole bar; ordinary text is readable on it.
    pub wash: Color32,
}

const fn environment(fill: u32, on_fill: u32, wash: u32) -> EnvironmentColours {
    EnvironmentColours { fill: rgb(fill), on_fill: rgb(on_fill), wash: rgb(wash) }
}

/// One palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Light text on dark surfaces.
    pub dark: bool,
    /// Made for low vision: pure black, pure white, no washes for meaning alone.
    pub high_contrast: bool,
    /// Surface 1: bars, docks, the window behind panels.
    pub window: Color32,
    /// Surface 2: the content of panels, fields.
    pub content: Color32,
    /// Surface 3: menus, popups, headers of tables, buttons at rest.
    pub raised: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// While pressed.
    pub pressed: Color32,
    /// Main text.
    pub text: Color32,
    /// Second text: captions, values of lesser weight.
    pub text_muted: Color32,
    /// Third text: units, ages, hints; still readable.
    pub text_faint: Color32,
    /// Thin lines between parts.
    pub separator: Color32,
    /// Edge of fields and buttons.
    pub outline: Color32,
    /// Edge of fields and buttons under the pointer.
    pub outline_hover: Color32,
    /// Links, active marks, the default button.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Background of what is selected.
    pub selection: Color32,
    /// Text and icons of what is selected.
    pub on_selection: Color32,
    /// Background of what is selected while its list has no focus.
    pub selection_idle: Color32,
    /// The focus ring.
    pub focus: Color32,
    /// All is well.
    pub ok: Tint,
    /// Look at this.
    pub warn: Tint,
    /// This failed.
    pub error: Tint,
    /// Worth knowing.
    pub info: Tint,
    /// Development, Test, Production, Demo.
    environments: [EnvironmentColours; 4],
    /// In the order of `TopicType::ALL`.
    types: [Tint; 8],
    /// JSON keys and field names.
    pub code_key: Color32,
    /// JSON text.
    pub code_string: Color32,
    /// Numbers.
    pub code_number: Color32,
    /// `true`, `false`, `null` and clauses.
    pub code_word: Color32,
    /// Lines of charts, told apart also by order and legend.
    pub series: [Color32; 6],
    /// Shadow under menus and windows.
    pub shadow: Color32,
}

/// Dark text on light surfaces.
pub static LIGHT: Tokens = Tokens {
    dark: false,
    high_contrast: false,
    window: rgb(0xf3_f4f6),
    content: rgb(0xff_ffff),
    raised: rgb(0xf9_fafb),
    hover: rgb(0xe9_ecf0),
    pressed: rgb(0xdd_e2e8),
    text: rgb(0x1a_1e25),
    text_muted: rgb(0x47_4f5c),
    text_faint: rgb(0x5d_6673),
    separator: rgb(0xdf_e2e7),
    outline: rgb(0xc9_ced6),
    outline_hover: rgb(0x9a_a3b0),
    accent: rgb(0x1f_5fc4),
    on_accent: rgb(0xff_ffff),
    selection: rgb(0xd5_e4fb),
    on_selection: rgb(0x0d_3f8c),
    selection_idle: rgb(0xe4_e8ee),
    focus: rgb(0x1f_5fc4),
    ok: tint(0x1a_6b3c, 0xe2_f4e8),
    warn: tint(0x8a_4b00, 0xfd_f0d9),
    error: tint(0xb3_1d28, 0xfd_e7e8),
    info: tint(0x1b_5a9c, 0xe3_effb),
    environments: [
        environment(0x4d_6580, 0xff_ffff, 0xe8_edf3),
        environment(0xf0_ad2e, 0x2b_1c00, 0xfd_f1d8),
        environment(0xb8_1f2a, 0xff_ffff, 0xfb_dfe0),
        environment(0x0b_7a70, 0xff_ffff, 0xdc_f3f0),
    ],
    types: [
        tint(0x57_5249, 0xee_ebe4),
        tint(0x1b_5a9c, 0xe3_effb),
        tint(0x6f_3aa8, 0xf1_e8fb),
        tint(0x1a_6b3c, 0xe2_f4e8),
        tint(0x8a_4b00, 0xfd_f0d9),
        tint(0x9c_3a17, 0xfc_eae2),
        tint(0x0c_6770, 0xdf_f3f4),
        tint(0x55_5c68, 0xeb_edf1),
    ],
    code_key: rgb(0x1b_5a9c),
    code_string: rgb(0x1a_6b3c),
    code_number: rgb(0x97_4200),
    code_word: rgb(0x7a_2fa3),
    series: [rgb(0x1f_5fc4), rgb(0xc2_5a00), rgb(0x0b_7a70), rgb(0x8b_3fb5), rgb(0xb8_1f2a), rgb(0x5b_6b1e)],
    shadow: Color32::from_black_alpha(40),
};

/// Light text on dark surfaces.
pub static DARK: Tokens = Tokens {
    dark: true,
    high_contrast: false,
    window: rgb(0x1d_2025),
    content: rgb(0x16_181c),
    raised: rgb(0x26_2a31),
    hover: rgb(0x2c_3139),
    pressed: rgb(0x36_3c46),
    text: rgb(0xe3_e6eb),
    text_muted: rgb(0xb4_bbc6),
    text_faint: rgb(0x97_a0ae),
    separator: rgb(0x2e_323a),
    outline: rgb(0x40_4650),
    outline_hover: rgb(0x6b_7483),
    accent: rgb(0x6a_a8ff),
    on_accent: rgb(0x0a_1a33),
    selection: rgb(0x1c_365e),
    on_selection: rgb(0xcf_e2ff),
    selection_idle: rgb(0x2b_3039),
    focus: rgb(0x6a_a8ff),
    ok: tint(0x6f_d08f, 0x17_2d20),
    warn: tint(0xf0_b95a, 0x33_2710),
    error: tint(0xff_8d8d, 0x3a_1b1e),
    info: tint(0x86_bcff, 0x17_2a44),
    environments: [
        environment(0x5a_7390, 0xff_ffff, 0x22_2b36),
        environment(0xf0_b040, 0x2b_1c00, 0x33_2811),
        environment(0xc6_2b36, 0xff_ffff, 0x45_181d),
        environment(0x12_847a, 0xff_ffff, 0x10_302d),
    ],
    types: [
        tint(0xc9_bfae, 0x2e_2b26),
        tint(0x86_bcff, 0x17_2a44),
        tint(0xcb_a6f5, 0x2d_2140),
        tint(0x6f_d08f, 0x17_2d20),
        tint(0xf0_b95a, 0x33_2710),
        tint(0xff_a585, 0x3a_2119),
        tint(0x6a_ccd4, 0x12_2f33),
        tint(0xb4_bbc6, 0x2b_2f37),
    ],
    code_key: rgb(0x86_bcff),
    code_string: rgb(0x8f_d6a4),
    code_number: rgb(0xf2_b57a),
    code_word: rgb(0xcb_a6f5),
    series: [rgb(0x6a_a8ff), rgb(0xf2_a65a), rgb(0x4f_c7b9), rgb(0xcb_a6f5), rgb(0xff_8d8d), rgb(0xb9_cc6a)],
    shadow: Color32::from_black_alpha(110),
};

/// For low vision: white and strong colours on black, visible edges everywhere.
pub static HIGH_CONTRAST: Tokens = Tokens {
    dark: true,
    high_contrast: true,
    window: rgb(0x00_0000),
    content: rgb(0x00_0000),
    raised: rgb(0x0d_0d0d),
    hover: rgb(0x2a_2a2a),
    pressed: rgb(0x3a_3a3a),
    text: rgb(0xff_ffff),
    text_muted: rgb(0xf0_f0f0),
    text_faint: rgb(0xdc_dcdc),
    separator: rgb(0x8a_8a8a),
    outline: rgb(0xd0_d0d0),
    outline_hover: rgb(0xff_ffff),
    accent: rgb(0x5c_d6ff),
    on_accent: rgb(0x00_0000),
    selection: rgb(0x00_4a8f),
    on_selection: rgb(0xff_ffff),
    selection_idle: rgb(0x33_3333),
    focus: rgb(0xff_e14d),
    ok: tint(0x6d_ff98, 0x00_1f0a),
    warn: tint(0xff_d24a, 0x26_1b00),
    error: tint(0xff_9c9c, 0x33_0006),
    info: tint(0x8f_d3ff, 0x00_1a33),
    environments: [
        environment(0xb9_d2f0, 0x00_0000, 0x0f_1b2a),
        environment(0xff_c234, 0x00_0000, 0x26_1b00),
        environment(0xff_7a7a, 0x00_0000, 0x3d_0008),
        environment(0x4d_e6d6, 0x00_0000, 0x00_2421),
    ],
    types: [
        tint(0xf2_e6d0, 0x1f_1b14),
        tint(0x8f_d3ff, 0x00_1a33),
        tint(0xdd_bfff, 0x1f_0f33),
        tint(0x6d_ff98, 0x00_1f0a),
        tint(0xff_d24a, 0x26_1b00),
        tint(0xff_b59c, 0x2b_1008),
        tint(0x7c_f0fa, 0x00_2326),
        tint(0xe6_e6e6, 0x1c_1c1c),
    ],
    code_key: rgb(0x8f_d3ff),
    code_string: rgb(0x8d_ffae),
    code_number: rgb(0xff_c98a),
    code_word: rgb(0xdd_bfff),
    series: [rgb(0x5c_d6ff), rgb(0xff_c234), rgb(0x6d_ff98), rgb(0xdd_bfff), rgb(0xff_9c9c), rgb(0xff_ff8a)],
    shadow: Color32::from_black_alpha(200),
};

impl Tokens {
    /// The palette in force. Told from the style itself, so that it costs no lock and follows a style set for one
    /// part of the window.
    #[must_use]
    pub fn of(ui: &Ui) -> &'static Self {
        Self::of_visuals(ui.visuals())
    }

    /// The palette that made these visuals.
    #[must_use]
    pub fn of_visuals(visuals: &egui::Visuals) -> &'static Self {
        if visuals.panel_fill == HIGH_CONTRAST.window {
            &HIGH_CONTRAST
        } else if visuals.dark_mode {
            &DARK
        } else {
            &LIGHT
        }
    }

    /// The colours of an environment.
    #[must_use]
    pub const fn environment(&self, environment: EnvironmentColour) -> EnvironmentColours {
        self.environments[environment as usize]
    }

    /// The colours of a topic type's badge.
    #[must_use]
    pub fn topic_type(&self, topic_type: TopicType) -> Tint {
        let at = TopicType::ALL.iter().position(|t| *t == topic_type).unwrap_or(TopicType::ALL.len() - 1);
        self.types[at]
    }
}

/// Distances in points.
pub mod space {
    /// Between a sign and its word.
    pub const XXS: f32 = 2.0;
    /// Inside a badge, between icon buttons.
    pub const XS: f32 = 4.0;
    /// Between controls.
    pub const S: f32 = 8.0;
    /// Between groups, padding of panels.
    pub const M: f32 = 12.0;
    /// Padding of dialogs.
    pub const L: f32 = 16.0;
    /// Around an empty state.
    pub const XL: f32 = 24.0;
}

/// Corner radii in points.
pub mod radius {
    /// Badges, small marks.
    pub const S: u8 = 3;
    /// Buttons, fields.
    pub const M: u8 = 5;
    /// Menus, windows, banners.
    pub const L: u8 = 8;
}

/// Heights and widths in points.
pub mod size {
    /// A row of a tree or list.
    pub const ROW: f32 = 22.0;
    /// A row with room for a finger or two lines.
    pub const ROW_TALL: f32 = 30.0;
    /// Smallest area that takes a click, also the height of buttons and fields.
    pub const HIT: f32 = 24.0;
    /// The head of a table.
    pub const HEADER: f32 = 24.0;
    /// An icon beside text.
    pub const ICON: f32 = 14.0;
    /// One level of a tree.
    pub const INDENT: f32 = 14.0;
    /// Width of the focus ring.
    pub const FOCUS: f32 = 2.0;
    /// Width of a scroll bar's lane.
    pub const SCROLL_BAR: f32 = 10.0;
    /// Coloured top edge of a connection's tab.
    pub const TAB_EDGE: f32 = 3.0;
}

/// Text sizes in points.
pub mod text {
    /// Badges, captions.
    pub const SMALL: f32 = 11.5;
    /// Everything else.
    pub const BODY: f32 = 13.0;
    /// Values, paths.
    pub const MONO: f32 = 12.5;
    /// Titles of dialogs and empty states.
    pub const HEADING: f32 = 17.0;
    /// The four large numbers of the latency panel.
    pub const DISPLAY: f32 = 26.0;
}

#[cfg(test)]
mod tests;
