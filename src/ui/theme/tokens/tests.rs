//! Measures the contrast of every palette by the formula of WCAG 2.

use super::*;

fn luminance(colour: Color32) -> f64 {
    let channel = |byte: u8| {
        let c = f64::from(byte) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
}

fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn palettes() -> [(&'static str, &'static Tokens); 3] {
    [("light", &LIGHT), ("dark", &DARK), ("high contrast", &HIGH_CONTRAST)]
}

/// Collects all failures, so that one run names every colour to mend.
fn check(pairs: Vec<(String, Color32, Color32)>, floor: f64) {
    let low: Vec<String> = pairs
        .into_iter()
        .filter(|(_, a, b)| contrast(*a, *b) < floor)
        .map(|(name, a, b)| format!("{name}: {:.2}", contrast(a, b)))
        .collect();
    assert!(low.is_empty(), "below {floor}:1\n{}", low.join("\n"));
}

#[test]
fn the_formula_knows_its_ends() {
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
    assert!((contrast(Color32::WHITE, Color32::WHITE) - 1.0).abs() < 0.01);
    assert!((contrast(rgb(0x76_7676), Color32::WHITE) - 4.54).abs() < 0.01);
}

#[test]
fn text_is_readable_on_every_surface() {
    let mut pairs = Vec::new();
    for (palette, t) in palettes() {
        let surfaces = [("window", t.window), ("content", t.content), ("raised", t.raised), ("hover", t.hover)];
        let texts = [
            ("text", t.text),
            ("muted", t.text_muted),
            ("faint", t.text_faint),
            ("accent", t.accent),
            ("ok", t.ok.strong),
            ("warn", t.warn.strong),
            ("error", t.error.strong),
            ("info", t.info.strong),
            ("key", t.code_key),
            ("string", t.code_string),
            ("number", t.code_number),
            ("word", t.code_word),
        ];
        for (surface, under) in surfaces {
            for (text, over) in texts {
                pairs.push((format!("{palette}: {text} on {surface}"), over, under));
            }
            for kind in TopicType::ALL {
                pairs.push((format!("{palette}: {} on {surface}", kind.name()), t.topic_type(kind).strong, under));
            }
        }
        for (name, under) in [("selection", t.selection), ("idle selection", t.selection_idle)] {
            for (text, over) in [("text", t.text), ("muted", t.text_muted), ("faint", t.text_faint)] {
                pairs.push((format!("{palette}: {text} on {name}"), over, under));
            }
        }
        pairs.push((format!("{palette}: text on pressed"), t.text, t.pressed));
        pairs.push((format!("{palette}: selected text"), t.on_selection, t.selection));
        pairs.push((format!("{palette}: text on accent"), t.on_accent, t.accent));
    }
    check(pairs, 4.5);
}

#[test]
fn badges_and_banners_are_readable() {
    let mut pairs = Vec::new();
    for (palette, t) in palettes() {
        for kind in TopicType::ALL {
            let tint = t.topic_type(kind);
            pairs.push((format!("{palette}: badge {}", kind.name()), tint.strong, tint.wash));
        }
        for (name, tint) in [("ok", t.ok), ("warn", t.warn), ("error", t.error), ("info", t.info)] {
            pairs.push((format!("{palette}: {name} on its wash"), tint.strong, tint.wash));
            pairs.push((format!("{palette}: text on the wash of {name}"), t.text, tint.wash));
            pairs.push((format!("{palette}: muted text on the wash of {name}"), t.text_muted, tint.wash));
        }
        for environment in EnvironmentColour::ALL {
            let c = t.environment(environment);
            pairs.push((format!("{palette}: badge {}", environment.word()), c.on_fill, c.fill));
            pairs.push((format!("{palette}: text on the bar of {}", environment.word()), t.text, c.wash));
            pairs.push((format!("{palette}: muted text on the bar of {}", environment.word()), t.text_muted, c.wash));
        }
    }
    check(pairs, 4.5);
}

#[test]
fn focus_and_chart_lines_stand_out() {
    let mut pairs = Vec::new();
    for (palette, t) in palettes() {
        for (surface, under) in
            [("window", t.window), ("content", t.content), ("raised", t.raised), ("selection", t.selection)]
        {
            pairs.push((format!("{palette}: focus on {surface}"), t.focus, under));
        }
        for (number, line) in t.series.into_iter().enumerate() {
            pairs.push((format!("{palette}: line {number}"), line, t.content));
        }
    }
    check(pairs, 3.0);
}

#[test]
fn the_palette_is_told_from_the_style() {
    for (name, tokens) in palettes() {
        let visuals = crate::ui::theme::visuals(tokens);
        assert_eq!(Tokens::of_visuals(&visuals), tokens, "{name}");
    }
}
