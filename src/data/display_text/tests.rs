//! What is shown of names and texts that were made to mislead, and that ordinary text is left alone.

use super::*;

fn name(text: &str) -> String {
    shown(text).to_string()
}

#[test]
fn names_that_look_alike_are_told_apart() {
    let names = [
        "account",
        "acc\u{200b}ount",
        "account\u{202e}txt.exe",
        "acco\u{ad}unt",
        "account\u{fe0f}",
        "account\u{e0041}",
        "\u{feff}account",
        "account ",
        " account",
        "acc\u{a0}ount",
        "acc ount",
        "acc\u{2009}ount",
        "account\u{200d}",
        "acc\u{200d}ount",
        "acc\u{3164}ount",
        "acc\u{e000}ount",
    ];
    let all: std::collections::BTreeSet<String> = names.iter().map(|text| name(text)).collect();
    assert_eq!(all.len(), names.len(), "{all:#?}");
    assert_eq!(name(names[1]), "acc<U+200B>ount");
    assert_eq!(name(names[2]), "account<U+202E>txt.exe");
    assert_eq!(name(names[7]), "account<U+0020>");
    assert_eq!(name("a b"), "a b");
}

#[test]
fn nothing_that_acts_on_a_terminal_or_on_the_order_of_text_gets_through() {
    let controls = (0..0x20).chain(0x7f..0xa0).chain([0x61c, 0x200e, 0x200f, 0x2028, 0x2029]);
    for number in controls.chain(0x202a..=0x202e).chain(0x2066..=0x2069).chain(0xe0000..0xe0080) {
        let c = char::from_u32(number).expect("a character");
        for text in [format!("{c}"), format!("a{c}b"), format!("a{c}")] {
            assert!(!name(&text).contains(c), "{number:x}");
            assert!(!shown_line(&text, 99).to_string().contains(c), "{number:x}");
            assert_eq!(shown_text(&text).to_string().contains(c), c == '\n', "{number:x}");
        }
    }
    assert_eq!(name("a\u{1b}[2J\r\nb\tc"), "a<U+001B>[2J<U+000D>¶b→c");
}

#[test]
fn ordinary_text_of_any_script_stays_readable() {
    let texts = [
        "fx/EURUSD",
        "Zürich/Straße",
        "価格/東京　都",
        "العربية/سعر",
        "עברית/מחיר",
        "می\u{200c}خواهم",
        "क\u{94d}\u{200d}ष",
        "👩\u{200d}👩\u{200d}👧",
        "🏳\u{fe0f}\u{200d}🌈",
        "👍🏽",
        "1\u{fe0f}\u{20e3}",
        "❤\u{fe0f}",
        "e\u{301}",
        "ไทย",
    ];
    for text in texts {
        assert_eq!(name(text), text);
        assert_eq!(streamed(text), text);
    }
    assert_eq!(name("a\u{200d}👧"), "a<U+200D>👧");
    assert_eq!(name("1\u{fe0f}"), "1<U+FE0F>");
}

fn streamed(text: &str) -> String {
    let (mut out, mut stream) = (String::new(), StreamedText::default());
    text.chars().for_each(|c| stream.push(&mut out, c));
    stream.end(&mut out);
    out
}

#[test]
fn characters_that_come_one_by_one_are_shown_the_same() {
    for text in
        ["", "a\u{200d}", "\u{200d}\u{200d}b", "👩\u{200d}a", "👩\u{200d}\u{fe0f}👧", "a\u{200c}\u{1b}\n\u{202e}"]
    {
        assert_eq!(streamed(text), shown_line(text, 99).to_string(), "{text:?}");
    }
}

#[test]
fn showing_twice_changes_nothing() {
    let long = "\u{200b}".repeat(5000);
    for text in ["a\u{200b}b\n", " a", "👩\u{200d}", &long, "a…[12 bytes]…b"] {
        let once = name(text);
        assert_eq!(name(&once), once);
        assert!(once.chars().count() <= MAX_NAME_CHARS);
    }
}

#[test]
fn long_names_keep_both_ends_and_say_how_long_they_are() {
    let name = format!("begin{}end", "x".repeat(8 << 20));
    let short = shown_in_row(&name).to_string();
    assert_eq!(short.chars().count(), MAX_ROW_CHARS);
    assert!(short.starts_with("beginx") && short.ends_with("xend") && short.contains("…[8388616 bytes]…"), "{short}");
    assert_eq!(shown(&name).to_string().chars().count(), MAX_NAME_CHARS);
    let exact = "ä".repeat(MAX_NAME_CHARS);
    assert_eq!(shown(&exact).to_string(), exact);
    let wide = "ä".repeat(MAX_NAME_CHARS + 1);
    assert!(shown(&wide).to_string().contains("…[2050 bytes]…"));
    // A width pads by characters.
    assert_eq!(format!("{:<4}|", shown("a\nb")), "a¶b |");
}
