//! The `REMOVAL` policy: parsing and reading back as a sentence.

pub mod rows;

use super::{SessionFilter, Timestamp, TopicSelector};
use std::fmt::{self, Write as _};

/// Parentheses may be nested this deep.
const MAX_DEPTH: usize = 32;

/// When a topic is removed, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Removes as soon as this holds.
    pub condition: Condition,
    /// What is removed; the topic itself if there is none.
    pub remove: Option<TopicSelector>,
}

/// A condition of a removal policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// At least one of these holds.
    Any(Vec<Self>),
    /// All of these hold.
    All(Vec<Self>),
    /// The moment has passed.
    TimeAfter {
        /// The moment.
        at: Timestamp,
        /// It was written as a date, not as milliseconds.
        as_date: bool,
    },
    /// The topic has had few subscriptions for a while.
    Subscriptions {
        /// Only sessions of this server or cluster count.
        local: bool,
        /// How many are enough to keep the topic.
        fewer_than: u32,
        /// How long it must have been so.
        lasting: Period,
        /// Not evaluated before this age of the topic.
        after: Option<Period>,
    },
    /// The topic has had no update for a while.
    NoUpdates {
        /// How long it must have been so.
        lasting: Period,
        /// Not evaluated before this age of the topic.
        after: Option<Period>,
    },
    /// No session matches a filter.
    NoSession {
        /// Only sessions of this server or cluster count.
        local: bool,
        /// The session filter, as text.
        filter: String,
        /// How long it must have been so.
        lasting: Option<Period>,
        /// Not evaluated before this age of the topic.
        after: Option<Period>,
    },
    /// The session that created the topic has closed.
    SessionCloses,
}

/// A span of time as it is written: `20m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// How many of the unit.
    pub count: u64,
    /// The unit.
    pub unit: PeriodUnit,
}

/// The unit of a [`Period`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodUnit {
    /// `s`
    Seconds,
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
}

impl PeriodUnit {
    /// Every unit, shortest first.
    pub const ALL: [Self; 4] = [Self::Seconds, Self::Minutes, Self::Hours, Self::Days];

    /// The letter behind the number.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Seconds => 's',
            Self::Minutes => 'm',
            Self::Hours => 'h',
            Self::Days => 'd',
        }
    }

    /// The word for one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Seconds => "second",
            Self::Minutes => "minute",
            Self::Hours => "hour",
            Self::Days => "day",
        }
    }

    const fn millis(self) -> u64 {
        match self {
            Self::Seconds => 1000,
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
            Self::Days => 86_400_000,
        }
    }
}

impl Period {
    /// The span in milliseconds, saturating.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.count.saturating_mul(self.unit.millis())
    }

    /// In words: `20 minutes`.
    #[must_use]
    pub fn words(self) -> String {
        format!("{} {}{}", self.count, self.unit.word(), if self.count == 1 { "" } else { "s" })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.letter())
    }
}

/// Why a text is no removal policy, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct PolicyError {
    /// What is wrong, as a sentence without full stop.
    pub reason: String,
    /// Byte position in the text.
    pub position: usize,
}

impl Policy {
    /// Parses a policy; keywords may be in any case.
    ///
    /// # Errors
    /// The text is no policy; the error says where and why.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.len(), seen: Vec::new() };
        parser.keyword("when", "a removal policy begins with `when`")?;
        let condition = parser.any(0)?;
        let remove = if parser.eat("remove") { Some(parser.selector()?) } else { None };
        match parser.tokens.get(parser.at) {
            None => Ok(Self { condition, remove }),
            Some(token) if token.kind == Kind::Symbol(')') => parser.fail("this `)` closes nothing"),
            Some(_) if remove.is_some() => parser.fail("nothing may follow the selector to remove"),
            Some(_) => parser.fail("expected `and`, `or`, `remove` or the end"),
        }
    }

    /// What the policy does, in a plain sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut out = match &self.remove {
            None => "Removes this topic when ".to_owned(),
            Some(selector) => format!("Removes everything that {selector} selects when "),
        };
        say(&self.condition, &mut out, false);
        out.push('.');
        out
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "when {}", self.condition)?;
        match &self.remove {
            Some(selector) => write!(f, " remove {}", quoted(selector.expression())),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans = |f: &mut fmt::Formatter<'_>, lasting: Option<Period>, after: Option<Period>| {
            if let Some(lasting) = lasting {
                write!(f, " for {lasting}")?;
            }
            after.map_or(Ok(()), |after| write!(f, " after {after}"))
        };
        let scope = |local: bool| if local { "local " } else { "" };
        match self {
            Self::Any(of) => list(f, of, " or ", |inner| matches!(inner, Self::Any(_))),
            Self::All(of) => list(f, of, " and ", |inner| matches!(inner, Self::Any(_) | Self::All(_))),
            Self::TimeAfter { at, as_date } => match date_text(*at).filter(|_| *as_date) {
                Some(date) => write!(f, "time after '{date}'"),
                None => write!(f, "time after {}", at.millis()),
            },
            Self::Subscriptions { local, fewer_than, lasting, after } => {
                write!(f, "{}subscriptions < {fewer_than}", scope(*local))?;
                spans(f, Some(*lasting), *after)
            }
            Self::NoUpdates { lasting, after } => {
                f.write_str("no updates")?;
                spans(f, Some(*lasting), *after)
            }
            Self::NoSession { local, filter, lasting, after } => {
                write!(f, "no {}session has {}", scope(*local), quoted(filter))?;
                spans(f, *lasting, *after)
            }
            Self::SessionCloses => f.write_str("this session closes"),
        }
    }
}

fn list(
    f: &mut fmt::Formatter<'_>,
    of: &[Condition],
    between: &str,
    needs_parentheses: impl Fn(&Condition) -> bool,
) -> fmt::Result {
    for (index, inner) in of.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        if needs_parentheses(inner) {
            write!(f, "({inner})")?;
        } else {
            write!(f, "{inner}")?;
        }
    }
    Ok(())
}

fn say(condition: &Condition, out: &mut String, nested: bool) {
    let local = |local: bool| if local { "local " } else { "" };
    let mut spans = (None, None);
    match condition {
        Condition::Any(of) | Condition::All(of) => {
            let any = matches!(condition, Condition::Any(_));
            let (before, between) = match (any, nested) {
                (true, true) => ("either ", " or "),
                (true, false) => ("", ", or when "),
                (false, _) => ("", " and "),
            };
            out.push_str(before);
            for (index, inner) in of.iter().enumerate() {
                if index > 0 {
                    out.push_str(between);
                }
                say(inner, out, nested || !any);
            }
        }
        Condition::TimeAfter { at, .. } => {
            let moment = date_text(*at).unwrap_or_else(|| format!("{} ms after 1970", at.millis()));
            let _ = write!(out, "it is later than {moment}");
        }
        Condition::Subscriptions { local: only_local, fewer_than, lasting, after } => {
            let _ = match fewer_than {
                1 => write!(out, "it has had no {}subscription", local(*only_local)),
                n => write!(out, "it has had fewer than {n} {}subscriptions", local(*only_local)),
            };
            spans = (Some(*lasting), *after);
        }
        Condition::NoUpdates { lasting, after } => {
            out.push_str("it has had no update");
            spans = (Some(*lasting), *after);
        }
        Condition::NoSession { local: only_local, filter, lasting, after } => {
            let verb = if lasting.is_some() { "has matched" } else { "matches" };
            let _ = write!(out, "no {}session {verb} {filter}", local(*only_local));
            spans = (*lasting, *after);
        }
        Condition::SessionCloses => out.push_str("the session that created it closes"),
    }
    if let Some(lasting) = spans.0 {
        let _ = write!(out, " for {}", lasting.words());
    }
    if let Some(after) = spans.1 {
        let _ = write!(out, " (checked from {} after its creation on)", after.words());
    }
}

/// Text between quotes, escaped where it must be.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.contains(['\'', '\\']) { format!("'{}'", escape(text)) } else { format!("'{text}'") }
}

/// Puts a backslash before every quote and backslash, for text inside quoted text.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\'' | '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn date_text(at: Timestamp) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).ok()
}

/// The documentation's own examples carry a wrong weekday, so it is not checked.
fn parse_date(text: &str) -> Option<Timestamp> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    parser.parse_timestamp(text.trim()).ok().map(|moment| Timestamp::from_millis(moment.as_millisecond()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Word(String),
    Quoted(String),
    Symbol(char),
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    position: usize,
}

fn tokens(text: &str) -> Result<Vec<Token>, PolicyError> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((position, c)) = chars.next() {
        let kind = match c {
            c if c.is_whitespace() => continue,
            '(' | ')' | '<' => Kind::Symbol(c),
            '\'' | '"' => {
                let mut inner = String::new();
                loop {
                    match chars.next() {
                        Some((_, end)) if end == c => break,
                        Some((_, '\\')) => inner.extend(chars.next().map(|(_, escaped)| escaped)),
                        Some((_, other)) => inner.push(other),
                        None => {
                            let reason = "this quoted text does not end".to_owned();
                            return Err(PolicyError { reason, position });
                        }
                    }
                }
                Kind::Quoted(inner)
            }
            first => {
                let mut word = String::from(first);
                while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_whitespace() && !"()<'\"".contains(*c)) {
                    word.push(c);
                }
                Kind::Word(word)
            }
        };
        tokens.push(Token { kind, position });
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
    /// The conditions that a policy may have once only.
    seen: Vec<&'static str>,
}

type Parsed<T> = Result<T, PolicyError>;

impl Parser {
    fn position(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |token| token.position)
    }

    fn fail<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        Err(PolicyError { reason: reason.into(), position: self.position() })
    }

    fn is(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token { kind: Kind::Word(found), .. }) if found.eq_ignore_ascii_case(word))
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    fn keyword(&mut self, word: &str, reason: &str) -> Parsed<()> {
        if self.eat(word) { Ok(()) } else { self.fail(reason) }
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(token) if token.kind == Kind::Symbol(symbol));
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some(Token { kind: Kind::Word(word), .. }) => {
                self.at += 1;
                Some(word.clone())
            }
            _ => None,
        }
    }

    fn quoted(&mut self, reason: &str) -> Parsed<String> {
        match self.tokens.get(self.at) {
            Some(Token { kind: Kind::Quoted(text), .. }) => {
                self.at += 1;
                Ok(text.clone())
            }
            _ => self.fail(reason),
        }
    }

    fn any(&mut self, depth: usize) -> Parsed<Condition> {
        let mut of = vec![self.all(depth)?];
        while self.eat("or") {
            of.push(self.all(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Condition::Any(of) })
    }

    fn all(&mut self, depth: usize) -> Parsed<Condition> {
        let mut of = vec![self.single(depth)?];
        while self.eat("and") {
            of.push(self.single(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Condition::All(of) })
    }

    fn single(&mut self, depth: usize) -> Parsed<Condition> {
        let begin = self.position();
        if self.symbol('(') {
            if depth >= MAX_DEPTH {
                return Err(PolicyError { reason: "too many parentheses".into(), position: begin });
            }
            let inner = self.any(depth + 1)?;
            if self.symbol(')') {
                return Ok(inner);
            }
            let reason = "this `(` is not closed, or something unexpected stands inside".to_owned();
            return Err(PolicyError { reason, position: begin });
        }
        if self.eat("time") {
            self.once("time after", begin)?;
            self.keyword("after", "expected `after`")?;
            return self.moment();
        }
        if self.eat("this") {
            self.keyword("session", "expected `session`")?;
            self.keyword("closes", "expected `closes`")?;
            return Ok(Condition::SessionCloses);
        }
        if self.eat("no") {
            if self.eat("updates") {
                self.once("no updates", begin)?;
                let (lasting, after) = (self.lasting()?, self.after()?);
                return Ok(Condition::NoUpdates { lasting, after });
            }
            let local = self.eat("local");
            let expected =
                if local { "expected `session`" } else { "expected `updates`, `session` or `local session`" };
            self.keyword("session", expected)?;
            self.keyword("has", "expected `has` and a session filter in quotes")?;
            let position = self.position();
            let filter = self.quoted("expected a session filter in quotes")?;
            SessionFilter::parse(&filter)
                .map_err(|error| PolicyError { reason: format!("no session filter: {error}"), position })?;
            let lasting = if self.is("for") { Some(self.lasting()?) } else { None };
            let after = self.after()?;
            return Ok(Condition::NoSession { local, filter, lasting, after });
        }
        let local = self.eat("local");
        if self.eat("subscriptions") {
            self.once("subscriptions", begin)?;
            if !self.symbol('<') {
                return self.fail("expected `<` and a number");
            }
            let at = self.position();
            let Some(fewer_than) = self.word().and_then(|word| digits(&word)).and_then(|n| u32::try_from(n).ok())
            else {
                return Err(PolicyError { reason: "expected a number".into(), position: at });
            };
            let (lasting, after) = (self.lasting()?, self.after()?);
            return Ok(Condition::Subscriptions { local, fewer_than, lasting, after });
        }
        self.fail(if local {
            "expected `subscriptions`"
        } else {
            "expected a condition: `time after …`, `subscriptions < …`, `no updates …`, `no session has …` or \
             `this session closes`"
        })
    }

    fn once(&mut self, condition: &'static str, position: usize) -> Parsed<()> {
        if self.seen.contains(&condition) {
            return Err(PolicyError { reason: format!("`{condition}` can stand once only"), position });
        }
        self.seen.push(condition);
        Ok(())
    }

    fn moment(&mut self) -> Parsed<Condition> {
        let position = self.position();
        let token = self.tokens.get(self.at).map(|token| token.kind.clone());
        self.at += 1;
        let at = match &token {
            Some(Kind::Word(word)) => digits(word).and_then(|n| i64::try_from(n).ok()).map(Timestamp::from_millis),
            Some(Kind::Quoted(text)) => parse_date(text),
            _ => None,
        };
        let at = at.ok_or_else(|| PolicyError {
            reason: "expected milliseconds since 1970, or a date in quotes such as 'Sun, 03 Jun 2018 11:05:30 GMT'"
                .into(),
            position,
        })?;
        Ok(Condition::TimeAfter { at, as_date: matches!(token, Some(Kind::Quoted(_))) })
    }

    fn lasting(&mut self) -> Parsed<Period> {
        self.keyword("for", "expected `for` and a period such as `10m`")?;
        self.period()
    }

    fn after(&mut self) -> Parsed<Option<Period>> {
        if self.eat("after") { self.period().map(Some) } else { Ok(None) }
    }

    fn period(&mut self) -> Parsed<Period> {
        let position = self.position();
        let word = self.word().unwrap_or_default();
        let unit = PeriodUnit::ALL.into_iter().find(|unit| word.ends_with(unit.letter()));
        let count = unit.and_then(|_| digits(&word[..word.len() - 1]));
        let (unit, count) = unit.zip(count).ok_or_else(|| PolicyError {
            reason: "expected a number with `s`, `m`, `h` or `d` right behind it, such as `10m`".into(),
            position,
        })?;
        Ok(Period { count, unit })
    }

    fn selector(&mut self) -> Parsed<TopicSelector> {
        let position = self.position();
        let text = self.quoted("expected a topic selector in quotes")?;
        TopicSelector::parse(&text)
            .map_err(|error| PolicyError { reason: format!("no topic selector: {}", error.reason), position })
    }
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
