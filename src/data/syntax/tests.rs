//! Tests of the cursor and of places, with the rules of a language that has everything.

use super::*;
use proptest::prelude::*;

/// Lists in brackets, comments, both quotes: the rules of the security scripts.
const SCRIPT: Rules = Rules {
    is_space: char::is_whitespace,
    symbols: "[],",
    quotes: true,
    backslash: Backslash::BeforeQuotes,
    comments: ";#",
};

/// The tokens of a text, each with its place; quoted texts in angle quotes.
fn tokens(text: &str, rules: &'static Rules) -> Parsed<Vec<(String, String)>> {
    let mut cursor = Cursor::new(text, rules);
    let mut out = Vec::new();
    while !cursor.is_at_end() {
        let place = Location::of(text, cursor.position());
        let token = match cursor.quoted()? {
            Some(inner) => format!("«{inner}»"),
            None => match cursor.word() {
                Some(word) => word.to_owned(),
                None => cursor.bump().map(String::from).unwrap_or_default(),
            },
        };
        out.push((token, format!("{}:{}", place.line, place.column)));
    }
    Ok(out)
}

#[test]
fn a_script_is_cut_into_tokens_with_lines_and_columns() {
    let text = "; roles\nset \"A b\" permissions[READ_TOPIC,SELECT_TOPIC]\n\n  isolate path 'é\\'\\d\\\\' # why\nx;y";
    let found = tokens(text, &SCRIPT).expect("tokens");
    let expected = [
        ("set", "2:1"),
        ("«A b»", "2:5"),
        ("permissions", "2:11"),
        ("[", "2:22"),
        ("READ_TOPIC", "2:23"),
        (",", "2:33"),
        ("SELECT_TOPIC", "2:34"),
        ("]", "2:46"),
        ("isolate", "4:3"),
        ("path", "4:11"),
        (r"«é'\d\»", "4:16"),
        ("x;y", "5:1"),
    ];
    assert!(found.iter().map(|(token, place)| (token.as_str(), place.as_str())).eq(expected), "{found:?}");
}

#[test]
fn a_backslash_means_what_the_rules_say() {
    const ANY: Rules = Rules { backslash: Backslash::BeforeAny, ..SCRIPT };
    let read = |text: &str, rules| Cursor::new(text, rules).quoted().expect(text);
    for text in [r#"'\d\'\"\\'"#, r#""\d\'\"\\""#] {
        assert_eq!(read(text, &SCRIPT).as_deref(), Some(r#"\d'"\"#));
        assert_eq!(read(text, &ANY).as_deref(), Some(r#"d'"\"#));
    }
    assert_eq!(read("word", &SCRIPT), None);
    assert_eq!(read("'a'", &Rules::WORDS), None, "without quotes they are letters");
    for open in ["'a", "\"a'", r"'a\'", r"'a\"] {
        let error = Cursor::new(open, &SCRIPT).quoted().expect_err(open);
        assert_eq!((error.position, error.reason.as_str()), (0, "this quoted text does not end"), "{open}");
    }
}

#[test]
fn an_escaped_word_of_a_topic_view_ends_at_the_first_bare_end() {
    let mut cursor = Cursor::new(r"a\ b\<c<path(1\,2),x", &Rules::WORDS);
    assert_eq!(cursor.take_escaped(|c| c == '<' || c.is_whitespace()).as_deref(), Some("a b<c"));
    assert!(cursor.eat('<') && cursor.keyword("path(1\\,2),x") && cursor.is_at_end());
    cursor.rewind(r"a\ b\<c<path(".len());
    assert_eq!(cursor.take_escaped(|c| ",)".contains(c)).as_deref(), Some("1,2"));
    assert_eq!((cursor.peek(), cursor.peek_second()), (Some(')'), Some(',')));
    assert_eq!(Cursor::new("a\\", &Rules::WORDS).take_escaped(char::is_whitespace), None);
}

#[test]
fn keywords_are_whole_words_in_any_case() {
    let mut cursor = Cursor::new(" Isolated isolate[", &SCRIPT);
    assert!(!cursor.keyword("isolate") && cursor.keyword("ISOLATED") && cursor.is_keyword("isolate"));
    assert!(cursor.keyword("isolate") && !cursor.symbol(']') && cursor.symbol('[') && cursor.word().is_none());
}

#[test]
fn a_place_is_counted_in_characters() {
    let error = SyntaxError::new("expected a number", "é = ".len());
    assert_eq!(error.located("é = x"), "expected a number (position 5)");
    assert_eq!(error.clone().within("ab\n".len()).located("ab\né = x"), "expected a number (line 2, column 5)");
    assert_eq!(SyntaxError::new("a path cannot be empty", 0).located(""), "a path cannot be empty");
    assert_eq!(Location::of("é", 1), Location { line: 1, column: 1 }, "inside a character");
    assert_eq!(Location::of("a\nb", 99).to_string(), "line 2, column 2");
    let better = SyntaxError { suggestion: Some("better".into()), ..error };
    assert_eq!(better.within(1).suggestion, None);
}

#[test]
fn what_is_marked_is_a_token() {
    let marked = |text: &'static str, position| &text[SyntaxError::new("", position).span(text, &SCRIPT)];
    assert_eq!(marked("set READ_TOPIC]", 4), "READ_TOPIC");
    assert_eq!(marked("set [x]", 4), "[");
    assert_eq!(marked("set 'a\\' b' x", 4), "'a\\' b'");
    assert_eq!(marked("set 'a b", 4), "'a b");
    assert_eq!(marked("set path  ", 10), "path");
    assert_eq!(marked("", 0), "");
}

proptest! {
    #[test]
    fn quoted_text_reads_back(text in any::<String>()) {
        prop_assert_eq!(Cursor::new(&quoted(&text), &SCRIPT).quoted(), Ok(Some(text.clone())));
        for quote in ['\'', '"'] {
            let written = format!("{quote}{}{quote}", escape(&text));
            prop_assert_eq!(Cursor::new(&written, &SCRIPT).quoted(), Ok(Some(text.clone())));
        }
    }

    #[test]
    fn every_text_comes_to_its_end(text in any::<String>(), position in 0usize..40) {
        match tokens(&text, &SCRIPT) {
            Ok(tokens) => prop_assert!(tokens.iter().all(|(token, _)| !token.is_empty())),
            Err(error) => prop_assert!(text.is_char_boundary(error.position)),
        }
        let span = SyntaxError::new("", position).span(&text, &SCRIPT);
        prop_assert!(text.get(span).is_some());
    }
}
