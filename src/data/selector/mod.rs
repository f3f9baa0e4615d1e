//! Topic selectors: parsing, canonical expression, prefix and matching.
//!
//! Matching is always against the whole part or the whole path, as the server does it. The official clients route
//! their streams a little differently in corner cases; this follows the server.

mod kind;
mod selections;

pub use kind::{Descendants, SelectorKind};
pub use selections::Selections;

use super::cost::{self, Account, Exhausted};
use super::path::{MAX_PARTS, TopicPath, canonical, check_size};
use super::pattern::Pattern;
use super::syntax::{Parsed, SyntaxError};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

/// Stands between the members of a set.
const SEPARATOR: &str = "////";
/// The first characters that the protocol keeps for later.
const RESERVED: [char; 4] = ['$', '%', '&', '<'];
/// Characters with a meaning in regular expressions.
const META: &str = "*.+?^${}()[]\\|";
/// Bytes of a pattern with all its parts.
const MAX_PATTERN_BYTES: usize = 64 << 10;
/// Selects every topic; suggested for an empty text.
const EVERYTHING: &str = "?.*//";

/// A parsed topic selector. Cloning is cheap.
#[derive(Clone)]
pub struct TopicSelector(Arc<Inner>);

struct Inner {
    kind: SelectorKind,
    /// The expression, and behind it the prefix if that is not a part of it already: servers keep many selectors.
    text: Box<str>,
    expression_len: usize,
    prefix: Range<usize>,
    matcher: Matcher,
    weight: u64,
}

enum Matcher {
    /// The prefix is the path.
    Literal(Descendants),
    Split {
        parts: Vec<Pattern>,
        descendants: Descendants,
    },
    Full {
        pattern: Pattern,
        descendants: Descendants,
    },
    Set(Vec<TopicSelector>),
}

impl Matcher {
    fn weight(&self, prefix: &str) -> u64 {
        match self {
            Self::Literal(_) => cost::bytes_cost(prefix.len()),
            Self::Split { parts, .. } => parts.iter().map(Pattern::weight).sum(),
            Self::Full { pattern, .. } => pattern.weight(),
            Self::Set(members) => members.iter().map(TopicSelector::weight).sum(),
        }
    }
}

impl TopicSelector {
    /// Parses a selector expression; a bare path is a path selector.
    ///
    /// # Errors
    /// The text is no selector; the error says where and why.
    pub fn parse(text: &str) -> Parsed<Self> {
        Self::parse_within(text, &mut Account::request()).map_err(|mut error| {
            error.suggestion = suggestion(text, &mut Account::request());
            error
        })
    }

    /// The same as a part of the work that an account is for, without a suggestion.
    ///
    /// # Errors
    /// The text is no selector, or takes more than the account has.
    pub fn parse_within(text: &str, account: &mut Account) -> Parsed<Self> {
        parse(text, account)
    }

    /// The canonical expression, as it is sent.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.0.text[..self.0.expression_len]
    }

    /// The kind of expression.
    #[must_use]
    pub fn kind(&self) -> SelectorKind {
        self.0.kind
    }

    /// The longest literal path that every selected topic starts with; may be empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0.text[self.0.prefix.clone()]
    }

    /// Bytes that it takes in memory, about.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        let matcher = match &self.0.matcher {
            Matcher::Literal(_) => 0,
            Matcher::Split { parts, .. } => parts.iter().map(Pattern::kept_bytes).sum(),
            Matcher::Full { pattern, .. } => pattern.kept_bytes(),
            Matcher::Set(members) => members.iter().map(Self::kept_bytes).sum(),
        };
        size_of::<Inner>() + self.0.text.len() + matcher
    }

    fn new(kind: SelectorKind, mut text: String, prefix: &str, matcher: Matcher) -> Self {
        let expression_len = text.len();
        let at = text.find(prefix).unwrap_or_else(|| {
            text.push_str(prefix);
            expression_len
        });
        let weight = cost::COMPARE + matcher.weight(prefix);
        let prefix = at..at + prefix.len();
        Self(Arc::new(Inner { kind, text: text.into(), expression_len, prefix, matcher, weight }))
    }

    /// The members of a set, flattened; none for other kinds.
    #[must_use]
    pub fn members(&self) -> &[Self] {
        match &self.0.matcher {
            Matcher::Set(members) => members,
            _ => &[],
        }
    }

    /// Whether the canonical path is selected; false also if one request may not cost what that takes.
    #[must_use]
    pub fn selects(&self, path: &str) -> bool {
        self.matches(path, &mut Account::request()).unwrap_or(false)
    }

    /// Whether the canonical path is selected.
    ///
    /// # Errors
    /// That takes more than the account has.
    pub fn matches(&self, path: &str, account: &mut Account) -> Result<bool, Exhausted> {
        let path = canonical(path);
        account.charge(cost::COMPARE)?;
        let Some(rest) = path.strip_prefix(self.prefix()) else { return Ok(false) };
        match &self.0.matcher {
            Matcher::Literal(descendants) => {
                account.charge_bytes(self.prefix().len())?;
                Ok(match rest {
                    "" => *descendants != Descendants::Below,
                    rest => *descendants != Descendants::MatchOnly && rest.starts_with('/'),
                })
            }
            Matcher::Split { parts, descendants } => split_matches(parts, *descendants, path, account),
            Matcher::Full { pattern, descendants } => match descendants {
                Descendants::MatchOnly => pattern.matches(path, account),
                Descendants::Below => pattern.is_below(path, account),
                Descendants::MatchAndBelow => Ok(pattern.matches(path, account)? || pattern.is_below(path, account)?),
            },
            Matcher::Set(members) => {
                for member in members {
                    if member.matches(path, account)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// The most that deciding about a path of usual length costs, in units of an account.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.0.weight
    }

    /// The pattern that was probably meant by a path with the characters of a pattern, such as `fx/*/bid`; none for
    /// everything else. Such a path is legal, so this is advice and no error.
    #[must_use]
    pub fn probably_meant(&self) -> Option<String> {
        let text = &self.expression()[1..];
        if self.kind() != SelectorKind::Path || !text.contains(['*', '+', '[', '#']) {
            return None;
        }
        let corrected = match text.strip_suffix("/#") {
            Some(branch) => format!("?{}//", correct_wildcards(branch)),
            None => format!("?{}", correct_wildcards(text)),
        };
        parse(&corrected, &mut Account::request()).is_ok().then_some(corrected)
    }

    /// The selector of exactly this path.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let matcher = Matcher::Literal(Descendants::MatchOnly);
        Self::new(SelectorKind::Path, String::from(">") + path, canonical(path), matcher)
    }

    /// A split-path selector for a literal path with a descendant qualifier; the empty path is the root.
    #[must_use]
    pub fn of_branch(path: &str, descendants: Descendants) -> Self {
        let path = canonical(path);
        if path.is_empty() {
            // The root is no topic: on its own it selects nothing, and everything else lies below it.
            let text = if descendants == Descendants::MatchOnly { "#" } else { EVERYTHING };
            return parse(text, &mut Account::request()).expect("both are selectors");
        }
        let mut expression = String::from("?");
        for c in path.chars() {
            if META.contains(c) {
                expression.push('\\');
            }
            expression.push(c);
        }
        expression.push_str(descendants.suffix());
        Self::new(SelectorKind::SplitPath, expression, path, Matcher::Literal(descendants))
    }

    /// A set of selectors; one member stays as it is.
    #[must_use]
    pub fn of_set(members: &[Self]) -> Self {
        match members {
            [one] => one.clone(),
            members => Self::set(members.to_vec()),
        }
    }

    fn set(members: Vec<Self>) -> Self {
        let members: Vec<Self> = members
            .into_iter()
            .flat_map(|member| match &member.0.matcher {
                Matcher::Set(inner) => inner.clone(),
                _ => vec![member],
            })
            .collect();
        let expressions: Vec<&str> = members.iter().map(Self::expression).collect();
        let expression = format!("#{}", expressions.join(SEPARATOR));
        let prefix = common_prefix(&members);
        Self::new(SelectorKind::Set, expression, &prefix, Matcher::Set(members))
    }
}

impl fmt::Debug for TopicSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TopicSelector").field(&self.expression()).finish()
    }
}

impl fmt::Display for TopicSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expression())
    }
}

/// Selectors are equal when their canonical expressions are.
impl PartialEq for TopicSelector {
    fn eq(&self, other: &Self) -> bool {
        self.expression() == other.expression()
    }
}

impl Eq for TopicSelector {}

impl Hash for TopicSelector {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expression().hash(state);
    }
}

impl From<&TopicPath> for TopicSelector {
    fn from(path: &TopicPath) -> Self {
        Self::of_path(path.as_str())
    }
}

fn split_matches(
    parts: &[Pattern],
    descendants: Descendants,
    path: &str,
    account: &mut Account,
) -> Result<bool, Exhausted> {
    let mut segments = path.split('/');
    for part in parts {
        match segments.next() {
            Some(segment) if part.matches(segment, account)? => {}
            _ => return Ok(false),
        }
    }
    Ok(match segments.next() {
        None => descendants != Descendants::Below,
        Some(_) => descendants != Descendants::MatchOnly,
    })
}

fn common_prefix(members: &[TopicSelector]) -> String {
    let mut common: Option<Vec<&str>> = None;
    for member in members {
        let parts = member.prefix().split('/');
        common = Some(match common {
            None => parts.collect(),
            Some(common) => common.into_iter().zip(parts).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
        });
    }
    common.unwrap_or_default().join("/")
}

fn parse(text: &str, account: &mut Account) -> Parsed<TopicSelector> {
    account.charge(cost::PART).map_err(too_much)?;
    // The members of a set are charged for when their turn comes.
    let read = if text.starts_with('#') { text.len() } else { text.len() * cost::BYTES };
    account.charge_bytes(read).map_err(too_much)?;
    match text.chars().next() {
        None => Err(SyntaxError::new("a selector cannot be empty", 0)),
        Some('>') => parse_path(&text[1..], 1),
        Some('?') => parse_pattern(SelectorKind::SplitPath, &text[1..], account),
        Some('*') => parse_pattern(SelectorKind::FullPath, &text[1..], account),
        Some('#') => parse_set(text, account),
        Some(c) if RESERVED.contains(&c) => {
            Err(SyntaxError::new(format!("a selector cannot begin with `{c}`; a path that does is written `>{c}…`"), 0))
        }
        Some(_) => parse_path(text, 0),
    }
}

fn parse_path(remainder: &str, offset: usize) -> Parsed<TopicSelector> {
    let path = canonical(remainder);
    if path.is_empty() {
        return Err(SyntaxError::new("a path needs at least one part", offset));
    }
    if let Some(at) = path.find("//") {
        let dropped = usize::from(remainder.starts_with('/'));
        return Err(SyntaxError::new("a path has no empty parts", offset + dropped + at + 1));
    }
    check_size(path).map_err(|error| error.within(offset))?;
    Ok(TopicSelector::of_path(remainder))
}

fn parse_pattern(kind: SelectorKind, remainder: &str, account: &mut Account) -> Parsed<TopicSelector> {
    let (rest, descendants) = Descendants::split(remainder);
    let base = canonical(rest);
    let offset = 1 + usize::from(rest.starts_with('/')); // of the base in the text as given
    check_pattern_size(base).map_err(|error| error.within(offset))?;
    let prefix = prefix_of(base);
    check_size(&prefix).map_err(|error| error.within(offset))?;
    let matcher = if !prefix.is_empty() && prefix == base {
        Matcher::Literal(descendants)
    } else if kind == SelectorKind::SplitPath {
        let mut parts = Vec::new();
        let mut at = offset;
        for part in base.split('/') {
            if part.is_empty() {
                return Err(SyntaxError::new("a split-path pattern has no empty parts", at));
            }
            account.charge(cost::PART).map_err(too_much)?;
            parts.push(Pattern::parse(part, false, account).map_err(|error| error.within(at))?);
            at += part.len() + 1;
        }
        Matcher::Split { parts, descendants }
    } else {
        if base.is_empty() {
            return Err(SyntaxError::new("a full-path pattern cannot be empty", offset));
        }
        let pattern = Pattern::parse(base, descendants != Descendants::MatchOnly, account)
            .map_err(|error| error.within(offset))?;
        Matcher::Full { pattern, descendants }
    };
    let expression = format!("{}{remainder}", kind.first_char());
    Ok(TopicSelector::new(kind, expression, &prefix, matcher))
}

/// Checks what would be costly to find out later.
fn check_pattern_size(base: &str) -> Parsed {
    if base.len() > MAX_PATTERN_BYTES {
        return Err(SyntaxError::new(format!("a pattern has at most {MAX_PATTERN_BYTES} bytes"), 0));
    }
    match base.match_indices('/').nth(MAX_PARTS - 1) {
        Some((at, _)) => Err(SyntaxError::new(format!("a pattern has at most {MAX_PARTS} parts, as a path has"), at)),
        None => Ok(()),
    }
}

fn parse_set(text: &str, account: &mut Account) -> Parsed<TopicSelector> {
    let mut members = Vec::new();
    for (at, member) in split_members(text, 1) {
        account.charge(cost::PART).map_err(too_much)?;
        // A set inside a set can have one member only, as the outer set was split at every separator: what it
        // says is what stands behind its `#`. Stripping instead of descending keeps the stack flat.
        let bare = member.trim_start_matches('#');
        if member.is_empty() {
            if text.len() > 1 {
                return Err(SyntaxError::new("a member of the set is empty", at));
            }
        } else if !bare.is_empty() {
            let at = at + member.len() - bare.len();
            members.push(parse(bare, account).map_err(|error| error.within(at))?);
        }
    }
    Ok(TopicSelector::set(members))
}

/// The members of a set from a byte on, with their positions. Where more than four slashes run together, the last
/// four separate. Each is looked for when it is asked for.
fn split_members(text: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut start = Some(from);
    std::iter::from_fn(move || {
        let begin = start?;
        let Some(slash) = text[begin..].find(SEPARATOR) else {
            start = None;
            return Some((begin, &text[begin..]));
        };
        let first = begin + slash;
        let next = first + text.as_bytes()[first..].iter().take_while(|b| **b == b'/').count();
        start = Some(next);
        Some((begin, &text[begin..next - SEPARATOR.len()]))
    })
}

/// The literal path that everything the pattern matches begins with.
fn prefix_of(base: &str) -> String {
    let mut out = String::new();
    let mut segment = String::new();
    let mut quoted = false;
    let mut chars = base.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\\', Some('E')) if quoted => {
                chars.next();
                quoted = false;
            }
            ('\\', Some(_)) if quoted => segment.push(c),
            ('\\', Some('Q')) => {
                chars.next();
                quoted = true;
            }
            ('\\', Some(next)) if !next.is_ascii_alphabetic() => {
                chars.next();
                segment.push(next);
            }
            ('\\', Some(_)) => {
                segment.clear();
                break;
            }
            ('/', _) => {
                out.push_str(&segment);
                segment = String::from("/");
            }
            (c, _) if quoted || !META.contains(c) => segment.push(c),
            _ => {
                segment.clear();
                break;
            }
        }
    }
    out.push_str(&segment);
    canonical(&out).to_owned()
}

/// A selector that was perhaps meant by a text that is none.
fn suggestion(text: &str, account: &mut Account) -> Option<String> {
    let candidates = match text.chars().next() {
        None => vec![EVERYTHING.to_owned()],
        Some(c) if RESERVED.contains(&c) => vec![format!(">{text}")],
        Some('#') => {
            let members: Vec<String> = split_members(text, 1)
                .map(|(_, member)| member)
                .filter(|member| !member.is_empty())
                .map(|member| {
                    if parse(member, account).is_ok() {
                        Some(member.to_owned())
                    } else {
                        suggestion_for_one(member, account)
                    }
                })
                .collect::<Option<_>>()?;
            vec![format!("#{}", members.join(SEPARATOR))]
        }
        Some(_) => suggestion_for_one(text, account).into_iter().collect(),
    };
    candidates.into_iter().find(|candidate| parse(candidate, account).is_ok())
}

fn suggestion_for_one(text: &str, account: &mut Account) -> Option<String> {
    let (kind, rest) = match text.chars().next()? {
        '?' => ("?", &text[1..]),
        '*' => ("*", &text[1..]),
        '>' => (">", &text[1..]),
        '#' => return None,
        c if RESERVED.contains(&c) => (">", text),
        _ => ("", text),
    };
    if matches!(kind, ">" | "") {
        let joined: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        return Some(format!("{kind}{}", joined.join("/"))).filter(|text| parse(text, account).is_ok());
    }
    let (base, descendants) = Descendants::split(rest);
    if canonical(base).is_empty() {
        return Some(format!("{kind}.*//"));
    }
    // `[^/]` is cut in two by the slash; one part has none anyway.
    let without_class = if kind == "?" { base.replace("[^/]", ".") } else { base.to_owned() };
    let joined: Vec<&str> = without_class.split('/').filter(|part| !part.is_empty()).collect();
    let joined = joined.join("/");
    let branch = joined.strip_suffix("/**").map(|branch| format!("{kind}{}//", correct_wildcards(branch)));
    if let Some(branch) = branch.filter(|text| parse(text, account).is_ok()) {
        return Some(branch);
    }
    let escaped: String =
        joined.chars().flat_map(|c| "()[]{}".contains(c).then_some('\\').into_iter().chain([c])).collect();
    [joined.clone(), correct_wildcards(&joined), escaped.clone(), correct_wildcards(&escaped)]
        .into_iter()
        .map(|base| format!("{kind}{base}{}", descendants.suffix()))
        .find(|text| parse(text, account).is_ok())
}

/// Turns the wildcards of a shell into regular expressions: `*` at the beginning of a part or after a letter.
fn correct_wildcards(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    let mut previous = '/';
    while let Some(c) = chars.next() {
        match c {
            '*' if !matches!(previous, '.' | ']' | ')' | '\\' | '}') => {
                while chars.next_if_eq(&'*').is_some() {}
                out.push_str(".*");
            }
            '?' | '+' if previous == '/' => {
                out.push('.');
                out.push_str(if c == '+' { "+" } else { "" });
            }
            c => out.push(c),
        }
        previous = c;
    }
    out
}

fn too_much(exhausted: Exhausted) -> SyntaxError {
    SyntaxError::new(exhausted.to_string(), 0)
}

#[cfg(test)]
mod tests;
