//! Names of files made from topic paths and titles, as every file system takes them.

/// Letters and digits of any language, `.`, `_` and `-` stay; everything else becomes `-`. At most `max_chars`
/// characters, never hidden (no dot at the beginning) and never empty.
#[must_use]
pub fn safe(text: &str, max_chars: usize) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let name: String = text.trim_start_matches('.').chars().take(max_chars).map(safe).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn names_are_those_every_file_system_takes() {
        for (text, name) in [
            ("a/b c", "a-b-c"),
            ("../x", "-x"),
            ("..", "file"),
            ("", "file"),
            ("é:1.json", "é-1.json"),
            ("abcdefghijk", "abcdefgh"),
        ] {
            assert_eq!(safe(text, 8), name, "{text}");
        }
    }
}
