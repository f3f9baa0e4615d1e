//! The first letter of a sentence: errors and names are written in lower case and shown where a sentence begins.

/// The text with a capital first letter.
#[must_use]
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// The text with a small first letter, for the middle of a sentence.
#[must_use]
pub fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
