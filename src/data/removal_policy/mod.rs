//! The `REMOVAL` policy: parsing and reading back as a sentence.

pub mod rows;

use super::syntax::{Backslash, Cursor, Parsed, Rules, SyntaxError, quoted};
use super::{SessionFilter, Timestamp, TopicSelector};
use std::fmt::{self, Write as _};

/// Parentheses may be nested this deep.
const MAX_DEPTH: usize = 32;
/// How a policy is cut into tokens.
pub const RULES: Rules = Rules {
    is_space: char::is_whitespace,
    symbols: "()<",
    quotes: true,
    backslash: Backslash::BeforeAny,
    comments: "",
};

/// When a topic is removed, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovalPolicy {
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

impl RemovalPolicy {
    /// Parses a policy; keywords may be in any case.
    ///
    /// # Errors
    /// The text is no policy; the error says where and why.
    pub fn parse(text: &str) -> Parsed<Self> {
        let mut parser = Parser { cursor: Cursor::new(text, &RULES), seen: Vec::new() };
        parser.keyword("when", "a removal policy begins with `when`")?;
        let condition = parser.any(0)?;
        let remove = if parser.cursor.keyword("remove") { Some(parser.selector()?) } else { None };
        if parser.cursor.is_at_end() {
            Ok(Self { condition, remove })
        } else if parser.cursor.peek() == Some(')') {
            parser.cursor.fail("this `)` closes nothing")
        } else if remove.is_some() {
            parser.cursor.fail("nothing may follow the selector to remove")
        } else {
            parser.cursor.fail("expected `and`, `or`, `remove` or the end")
        }
    }

    /// What the policy does, in a plain sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut out = match &self.remove {
            None => "Removes this topic when ".to_owned(),
            Some(selector) => format!("Removes everything that {selector} selects when "),
        };
        describe(&self.condition, &mut out, false);
        out.push('.');
        out
    }
}

impl fmt::Display for RemovalPolicy {
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

fn describe(condition: &Condition, out: &mut String, nested: bool) {
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
                describe(inner, out, nested || !any);
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

fn date_text(at: Timestamp) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).ok()
}

/// The documentation's own examples carry a wrong weekday, so it is not checked.
fn parse_date(text: &str) -> Option<Timestamp> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    parser.parse_timestamp(text.trim()).ok().map(|moment| Timestamp::from_millis(moment.as_millisecond()))
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    /// The conditions that a policy may have once only.
    seen: Vec<&'static str>,
}

impl Parser<'_> {
    fn keyword(&mut self, word: &str, reason: &str) -> Parsed {
        if self.cursor.keyword(word) { Ok(()) } else { self.cursor.fail(reason) }
    }

    fn quoted(&mut self, reason: &str) -> Parsed<String> {
        match self.cursor.quoted()? {
            Some(text) => Ok(text),
            None => self.cursor.fail(reason),
        }
    }

    fn any(&mut self, depth: usize) -> Parsed<Condition> {
        let mut of = vec![self.all(depth)?];
        while self.cursor.keyword("or") {
            of.push(self.all(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Condition::Any(of) })
    }

    fn all(&mut self, depth: usize) -> Parsed<Condition> {
        let mut of = vec![self.single(depth)?];
        while self.cursor.keyword("and") {
            of.push(self.single(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Condition::All(of) })
    }

    fn single(&mut self, depth: usize) -> Parsed<Condition> {
        let begin = self.cursor.token_start();
        if self.cursor.symbol('(') {
            if depth >= MAX_DEPTH {
                return Cursor::fail_at(begin, "too many parentheses");
            }
            let inner = self.any(depth + 1)?;
            if self.cursor.symbol(')') {
                return Ok(inner);
            }
            return Cursor::fail_at(begin, "this `(` is not closed, or something unexpected stands inside");
        }
        if self.cursor.keyword("time") {
            self.once("time after", begin)?;
            self.keyword("after", "expected `after`")?;
            return self.moment();
        }
        if self.cursor.keyword("this") {
            self.keyword("session", "expected `session`")?;
            self.keyword("closes", "expected `closes`")?;
            return Ok(Condition::SessionCloses);
        }
        if self.cursor.keyword("no") {
            return self.none(begin);
        }
        let local = self.cursor.keyword("local");
        if self.cursor.keyword("subscriptions") {
            self.once("subscriptions", begin)?;
            return self.subscriptions(local);
        }
        self.cursor.fail(if local {
            "expected `subscriptions`"
        } else {
            "expected a condition: `time after …`, `subscriptions < …`, `no updates …`, `no session has …` or \
             `this session closes`"
        })
    }

    /// What follows `no`, which begins at a byte.
    fn none(&mut self, begin: usize) -> Parsed<Condition> {
        if self.cursor.keyword("updates") {
            self.once("no updates", begin)?;
            let (lasting, after) = (self.lasting()?, self.after()?);
            return Ok(Condition::NoUpdates { lasting, after });
        }
        let local = self.cursor.keyword("local");
        let expected = if local { "expected `session`" } else { "expected `updates`, `session` or `local session`" };
        self.keyword("session", expected)?;
        self.keyword("has", "expected `has` and a session filter in quotes")?;
        let position = self.cursor.token_start();
        let filter = self.quoted("expected a session filter in quotes")?;
        SessionFilter::parse(&filter)
            .map_err(|error| SyntaxError::new(format!("no session filter: {error}"), position))?;
        let lasting = if self.cursor.is_keyword("for") { Some(self.lasting()?) } else { None };
        let after = self.after()?;
        Ok(Condition::NoSession { local, filter, lasting, after })
    }

    fn subscriptions(&mut self, local: bool) -> Parsed<Condition> {
        if !self.cursor.symbol('<') {
            return self.cursor.fail("expected `<` and a number");
        }
        let at = self.cursor.token_start();
        let number = self.cursor.word().and_then(digits).and_then(|n| u32::try_from(n).ok());
        let Some(fewer_than) = number else { return Cursor::fail_at(at, "expected a number") };
        let (lasting, after) = (self.lasting()?, self.after()?);
        Ok(Condition::Subscriptions { local, fewer_than, lasting, after })
    }

    fn once(&mut self, condition: &'static str, position: usize) -> Parsed {
        if self.seen.contains(&condition) {
            return Cursor::fail_at(position, format!("`{condition}` can stand once only"));
        }
        self.seen.push(condition);
        Ok(())
    }

    fn moment(&mut self) -> Parsed<Condition> {
        let position = self.cursor.token_start();
        let date = self.cursor.quoted()?;
        let at = if let Some(date) = &date {
            parse_date(date)
        } else {
            let number = self.cursor.word().and_then(digits).and_then(|n| i64::try_from(n).ok());
            number.map(Timestamp::from_millis)
        };
        match at {
            Some(at) => Ok(Condition::TimeAfter { at, as_date: date.is_some() }),
            None => Cursor::fail_at(
                position,
                "expected milliseconds since 1970, or a date in quotes such as 'Sun, 03 Jun 2018 11:05:30 GMT'",
            ),
        }
    }

    fn lasting(&mut self) -> Parsed<Period> {
        self.keyword("for", "expected `for` and a period such as `10m`")?;
        self.period()
    }

    fn after(&mut self) -> Parsed<Option<Period>> {
        if self.cursor.keyword("after") { self.period().map(Some) } else { Ok(None) }
    }

    fn period(&mut self) -> Parsed<Period> {
        let position = self.cursor.token_start();
        let word = self.cursor.word().unwrap_or_default();
        let unit = PeriodUnit::ALL.into_iter().find(|unit| word.ends_with(unit.letter()));
        let count = unit.and_then(|_| digits(&word[..word.len() - 1]));
        match unit.zip(count) {
            Some((unit, count)) => Ok(Period { count, unit }),
            None => {
                Cursor::fail_at(position, "expected a number with `s`, `m`, `h` or `d` right behind it, such as `10m`")
            }
        }
    }

    fn selector(&mut self) -> Parsed<TopicSelector> {
        let position = self.cursor.token_start();
        let text = self.quoted("expected a topic selector in quotes")?;
        TopicSelector::parse(&text)
            .map_err(|error| SyntaxError::new(format!("no topic selector: {}", error.reason), position))
    }
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
