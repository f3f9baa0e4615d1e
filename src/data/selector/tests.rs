//! Tests of selectors beyond the recorded vectors.

use super::*;
use proptest::prelude::*;

fn selector(text: &str) -> TopicSelector {
    TopicSelector::parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {}", error.position))
}

fn error(text: &str) -> SyntaxError {
    TopicSelector::parse(text).expect_err(text)
}

#[test]
fn java_syntax_matches_whole_parts() {
    let check = |text: &str, yes: &[&str], no: &[&str]| {
        let selector = selector(text);
        for path in yes {
            assert!(selector.selects(path), "{text} should select {path}");
        }
        for path in no {
            assert!(!selector.selects(path), "{text} should not select {path}");
        }
    };
    check(r"?\Qa.b\E/c", &["a.b/c"], &["axb/c", "a.b"]);
    check(r"*\Qa.b/c\E", &["a.b/c"], &["axb/c"]);
    check("?(?i)fx/.*", &["fx/a", "FX/b"], &["fy/a"]);
    check("?(?i)é", &["é"], &["É"]);
    check("?(?iu)é", &["é", "É"], &["e"]);
    check("?(?i)[a-c]x", &["Bx", "bX"], &["dx", "ſx"]);
    check("?(?i:a)b", &["ab", "Ab"], &["AB"]);
    check(r"?\w+", &["abc_1"], &["é"]);
    check(r"?\d+", &["12"], &["١٢"]);
    check(r"?(a|b)\1", &["aa", "bb"], &["ab"]);
    check(r"?(?<x>a|b)\k<x>", &["aa", "bb"], &["ab"]);
    check("?(?!x).*", &["ab", ""], &["xb"]);
    check("?.*(?<=s)", &["cats"], &["cat"]);
    check("?a*+b", &["aab"], &["aa"]);
    check("?a*+a", &[], &["aa"]);
    check("?[a-d&&[^b]]", &["a", "d"], &["b", "e"]);
    check("?[a[x-z]]", &["a", "y"], &["b"]);
    check("?[]a]", &["]", "a"], &["b"]);
    check("?[a-]", &["-", "a"], &["b"]);
    check("?a{2,3}", &["aa", "aaa"], &["a", "aaaa"]);
    check(r"?\p{Upper}\p{Lower}+", &["Ab"], &["ab", "AB"]);
    check(r"?\p{IsGreek}+", &["αβγ"], &["abc"]);
    check(r"?\u00e9\x41\x{1F600}", &["éA😀"], &["eA"]);
    check("?a$|b", &["a", "b"], &["ab"]);
    check(r"*.*\bfx\b.*", &["a/fx/b"], &["afx"]);
    check("*a$/", &["a/b"], &["a", "b/a"]);
    check("*a.*+/", &["ab/c"], &["ab"]);
    check("?(?x) a # comment", &["a"], &["a # comment"]);
    check("*a|b/", &["a/x", "b/x"], &["a", "b"]);
}

#[test]
fn errors_say_where_and_what_was_meant() {
    let check = |text: &str, position: usize, suggestion: Option<&str>| {
        let error = error(text);
        assert_eq!((error.position, error.suggestion.as_deref()), (position, suggestion), "{text}: {error}");
    };
    check("?fx/*/bid", 4, Some("?fx/.*/bid"));
    check("?fx/**", 4, Some("?fx//"));
    check("?*", 1, Some("?.*"));
    check("?x/[^/]+", 3, Some("?x/.+"));
    check("?(", 1, Some(r"?\("));
    check("?a)", 2, Some(r"?a\)"));
    check("", 0, Some("?.*//"));
    check("?", 1, Some("?.*//"));
    check("%a", 0, Some(">%a"));
    check("a//b", 2, Some("a/b"));
    check("?.*//b", 4, Some("?.*/b"));
    check("/", 0, None);
    check("#a////", 6, Some("#a"));
    check("#?*////b", 2, Some("#?.*////b"));
    check("##$a", 2, None);
    check(r"?é\y", 3, None);
    check("?a{3,2}", 2, Some(r"?a\{3,2\}"));
}

#[test]
fn a_path_that_looks_like_a_pattern_is_advised_about() {
    assert_eq!(selector("fx/*/bid").probably_meant().as_deref(), Some("?fx/.*/bid"));
    assert_eq!(selector("fx/+/bid").probably_meant().as_deref(), Some("?fx/.+/bid"));
    assert_eq!(selector("fx/#").probably_meant().as_deref(), Some("?fx//"));
    assert_eq!(selector("fx/bid").probably_meant(), None);
    assert_eq!(selector("?fx/.*").probably_meant(), None);
}

#[test]
fn branches_are_literal_whatever_their_characters() {
    let branch = TopicSelector::of_branch("a.b/c*[1]", Descendants::MatchAndBelow);
    assert_eq!(branch.expression(), r"?a\.b/c\*\[1\]//");
    assert!(branch.selects("a.b/c*[1]") && branch.selects("a.b/c*[1]/d") && !branch.selects("axb/c*[1]"));
    let below = TopicSelector::of_branch("a", Descendants::Below);
    assert_eq!(below.expression(), "?a/");
    assert!(!below.selects("a") && below.selects("a/b") && !below.selects("ab"));
    assert_eq!(TopicSelector::of_branch("", Descendants::Below).expression(), "?.*//");
    assert!(!TopicSelector::of_branch("", Descendants::MatchOnly).selects("a"));
}

#[test]
fn sets_are_flat_and_one_member_stays_alone() {
    let (a, b) = (selector("a"), selector("?b//"));
    assert_eq!(TopicSelector::of_set(std::slice::from_ref(&b)), b);
    let set = TopicSelector::of_set(&[b, a.clone()]);
    assert_eq!(set.expression(), "#?b//////>a");
    assert_eq!(TopicSelector::of_set(&[set.clone(), a]).expression(), "#?b//////>a////>a");
    assert_eq!(selector(set.expression()), set);
    assert_eq!(TopicSelector::of_set(&[]).expression(), "#");
    assert_eq!(selector("###?a////b").expression(), "#?a////>b");
    assert_eq!(selector("#a/b/c////a/b/d").prefix(), "a/b");
}

#[test]
fn hostile_patterns_are_refused_or_given_up() {
    assert!(TopicSelector::parse(&format!("?{}a", "(".repeat(5000))).is_err());
    assert!(TopicSelector::parse(&format!("?{}a{}", "(".repeat(500), ")".repeat(500))).is_err());
    assert!(TopicSelector::parse(&format!("?{}", "[".repeat(3000))).is_err());
    assert!(TopicSelector::parse(r"?((a{1000}){1000}){1000}").is_err());
    assert!(TopicSelector::parse(&format!("?.*{}", "a".repeat(10_000))).is_err());
    assert_eq!(selector(&"#".repeat(100_000)).expression(), "#");
    // Exponential for a backtracking engine: ends, as “not selected”.
    assert!(!selector(r"?(?:a|a)*(?=b)(a)\1").selects(&"a".repeat(40)));
}

#[test]
fn reading_and_matching_take_no_more_than_the_account_has() {
    let members = |count: usize| format!("#{}", (0..count).map(|n| format!(">{n}")).collect::<Vec<_>>().join("////"));
    for (text, fits) in [
        (members(1000), true),
        (members(30_000), false),
        (format!("?{}", [".*"; 100].join("/")), true),
        (format!("?{}", vec![".*"; 45_000].join("/")), false),
        (format!("?{}", vec!["a+b"; 1000].join("/")), false),
    ] {
        let mut account = Account::request();
        let parsed = TopicSelector::parse_within(&text, &mut account);
        assert_eq!(parsed.is_ok(), fits, "{}", &text[..10]);
        assert!(account.spent() <= cost::REQUEST);
        if let Ok(selector) = parsed {
            let mut few = Account::of(50);
            let path = vec!["9999"; 100].join("/");
            assert_eq!(selector.matches(&path, &mut few), Err(Exhausted), "{}", &text[..10]);
            assert!(selector.matches(&path, &mut Account::request()).is_ok());
        }
    }
    for text in [format!(">{}", vec!["x"; 513].join("/")), format!("?{}/.*", vec!["x"; 513].join("/"))] {
        assert!(TopicSelector::parse(&text).is_err(), "longer than a path may be");
    }
}

#[test]
fn selections_are_compared_within_the_account_and_change_wholly_or_not() {
    let mut all = Selections::default();
    for n in 0..200 {
        all.select(&selector(&format!("*(?!x).*{n}")), &mut Account::request()).expect("room");
    }
    let path = selector(&format!(">{}", vec!["1"; 100].join("/")));
    let mut few = Account::of(1000);
    assert_eq!(all.select(&path, &mut few), Err(Exhausted));
    assert_eq!((all.len(), all.decision("7", &mut Account::of(10))), (200, Err(Exhausted)));
    assert!(all.weight() > 200 * 500);
}

fn arbitrary_selector() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r"[?*>#]{0,2}([ab.*+?^$(){}\[\]\\|/&QEdwpPk<>:=!iux0-9,-]|////|//|\\Q|\\E|é){0,24}",
        "#?([?*>]?[ab]{1,2}(/[ab.*]{1,2}){0,2}/{0,2}////){0,3}[?*>]?[ab]",
    ]
}

proptest! {
    #[test]
    fn parsing_never_panics_and_its_canonical_form_is_stable(text in arbitrary_selector(), path in "[ab./é]{0,8}") {
        match TopicSelector::parse(&text) {
            Ok(first) => {
                let again = selector(first.expression());
                prop_assert_eq!(first.expression(), again.expression());
                prop_assert_eq!(first.kind(), again.kind());
                prop_assert_eq!(first.prefix(), again.prefix());
                prop_assert_eq!(first.selects(&path), again.selects(&path));
                let _ = first.probably_meant();
            }
            Err(error) => {
                prop_assert!(error.position <= text.len());
                prop_assert!(text.is_char_boundary(error.position));
                if let Some(better) = error.suggestion {
                    prop_assert!(TopicSelector::parse(&better).is_ok(), "{} -> {}", text, better);
                }
            }
        }
    }

    #[test]
    fn what_is_selected_begins_with_the_prefix(text in arbitrary_selector(), path in "[ab./]{1,6}") {
        if let Ok(selector) = TopicSelector::parse(&text)
            && selector.selects(&path)
        {
            prop_assert!(canonical(&path).starts_with(selector.prefix()));
        }
    }

    #[test]
    fn a_branch_selector_reads_back_as_what_it_selects(
        path in r"[ab.*+?^$(){}\[\]\\|é -]{1,4}(/[ab.*(\\]{1,3}){0,2}",
        below in "[ab]{1,2}",
    ) {
        let branch = TopicSelector::of_branch(&path, Descendants::MatchAndBelow);
        let parsed = selector(branch.expression());
        prop_assert_eq!(branch.prefix(), parsed.prefix());
        for candidate in [path.clone(), format!("{path}/{below}"), format!("{path}{below}"), below] {
            prop_assert_eq!(branch.selects(&candidate), parsed.selects(&candidate), "{}", candidate);
        }
    }
}

#[test]
fn the_text_of_a_selector_is_kept_once() {
    let long = "x".repeat(3000);
    let parsed = |text: String| TopicSelector::parse(&text).expect("a selector");
    for (selector, copies) in [
        (parsed(format!(">{long}")), 1),
        (parsed(format!(">/{long}/")), 1),
        (parsed(format!("?{long}//")), 1),
        // What is escaped in the expression is no part of it.
        (TopicSelector::of_branch(&format!("a.b/{long}"), Descendants::Below), 2),
    ] {
        let again = parsed(selector.expression().to_owned());
        assert_eq!((again.expression(), again.prefix()), (selector.expression(), selector.prefix()));
        assert!(selector.prefix().ends_with(&long));
        assert!(selector.kept_bytes() < copies * (long.len() + 300), "{}", selector.kept_bytes());
    }
}
