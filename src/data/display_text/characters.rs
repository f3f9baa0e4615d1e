//! Which characters people can see, and which have to be shown by their number.

/// A character and its neighbours in the text.
#[derive(Clone, Copy, Debug)]
pub struct CharacterContext {
    /// The one before; none at the beginning.
    pub before: Option<char>,
    /// The character itself.
    pub c: char,
    /// The one after; none at the end.
    pub after: Option<char>,
}

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const COMBINING_ENCLOSING_KEYCAP: char = '\u{20e3}';

/// Whether the character can be drawn as it is: it has a picture or is a usual space, it leaves the order of others
/// alone, and a terminal takes it for text.
#[must_use]
pub fn is_shown(CharacterContext { before, c, after }: CharacterContext) -> bool {
    match c {
        ' '..='~' => true,
        ZERO_WIDTH_JOINER => {
            let in_emoji = before.is_some_and(|c| is_emoji(c) || is_emoji_part(c)) && after.is_some_and(is_emoji);
            in_emoji || joins(before, after)
        }
        ZERO_WIDTH_NON_JOINER => joins(before, after),
        // Text or emoji presentation; a digit with it is shown only as the keycap that it makes.
        '\u{fe0e}' | '\u{fe0f}' => match before {
            Some('0'..='9' | '#' | '*') => after == Some(COMBINING_ENCLOSING_KEYCAP),
            before => before.is_some_and(is_emoji),
        },
        // Forms of Mongolian letters.
        '\u{180b}'..='\u{180f}' => before.is_some_and(|c| ('\u{1820}'..='\u{18aa}').contains(&c)),
        c => !has_no_picture(c),
    }
}

/// Whether [`is_shown`] looks at the character after this one.
pub(super) const fn depends_on_next(c: char) -> bool {
    matches!(c, ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER | '\u{fe0e}' | '\u{fe0f}')
}

/// Characters that draw nothing or a blank other than a space, that act on what is around them, or that mean something
/// only by agreement.
const fn has_no_picture(c: char) -> bool {
    let number = c as u32;
    // The last two of each plane are no characters.
    number & 0xfffe == 0xfffe
        || matches!(number,
            // Controls: C0, DELETE, C1.
            0x00..=0x1f | 0x7f..=0x9f
            // Soft hyphen, grapheme joiner, Arabic letter mark.
            | 0xad | 0x34f | 0x61c
            // Fillers and inherent vowels that draw nothing; the blank of Braille.
            | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x2800 | 0x3164 | 0xffa0
            // Zero width, marks of direction, separators, embeddings, isolates, invisible operators.
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
            // Variation selectors, byte order mark, annotations and unassigned specials.
            | 0xfe00..=0xfe0f | 0xfeff | 0xfff0..=0xfffb
            // Format controls of hieroglyphs, shorthand and music.
            | 0x13430..=0x1343f | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
            // Tags and further variation selectors.
            | 0xe0000..=0xe0fff
            // Private use, and what will never be a character.
            | 0xe000..=0xf8ff | 0xf0000..=0x0010_ffff | 0xfdd0..=0xfdef
        )
}

/// Characters that have an emoji picture, as whole blocks.
const fn is_emoji(c: char) -> bool {
    matches!(c as u32,
        0xa9 | 0xae | 0x203c | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x21ff | 0x2300..=0x23ff | 0x24c2
        | 0x25a0..=0x27bf | 0x2900..=0x297f | 0x2b00..=0x2bff | 0x3030 | 0x303d | 0x3297 | 0x3299
        | 0x1f000..=0x1faff)
}

/// What may stand between an emoji and its joiner.
const fn is_emoji_part(c: char) -> bool {
    matches!(c, '\u{fe0f}' | COMBINING_ENCLOSING_KEYCAP)
}

/// Between two letters of scripts in which a joiner changes what is drawn.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(is_of_joining_script) && after.is_some_and(is_of_joining_script)
}

/// Arabic, Syriac, N'Ko, Mandaic; the scripts of India and Sri Lanka; Myanmar, Khmer, Mongolian; Arabic forms.
const fn is_of_joining_script(c: char) -> bool {
    matches!(c as u32,
        0x620..=0x6ff | 0x700..=0x77f | 0x7c0..=0x7ff | 0x840..=0x8ff | 0x900..=0xdff | 0x1000..=0x109f
        | 0x1780..=0x17d3 | 0x1820..=0x18aa | 0xfb50..=0xfdcf | 0xfdf0..=0xfdff | 0xfe70..=0xfefc)
}
