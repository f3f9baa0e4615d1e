//! A removal policy as rows of conditions joined by `and` and `or`, to be edited one by one.

use super::{Condition, Period, PeriodUnit, RemovalPolicy, date_text, digits, parse_date};
use crate::data::syntax::{SyntaxError, quoted};
use crate::data::{SessionFilter, Timestamp, TopicSelector};
use std::fmt::Write as _;
use std::ops::Range;

/// A day, for a first proposal of a moment.
const DAY_MILLIS: i64 = 86_400_000;

/// The word between two rows; `and` binds tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Both must hold.
    And,
    /// One is enough.
    Or,
}

impl Join {
    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

/// The kinds of conditions that a row can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionKind {
    /// No update for a while.
    NoUpdates,
    /// Few subscriptions for a while.
    Subscriptions,
    /// No session matches a filter.
    NoSession,
    /// The creating session closes.
    SessionCloses,
    /// A moment has passed.
    TimeAfter,
}

impl ConditionKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::NoUpdates, Self::Subscriptions, Self::NoSession, Self::SessionCloses, Self::TimeAfter];

    /// The kind of a condition; none of one that has others in it.
    #[must_use]
    pub const fn of(condition: &Condition) -> Option<Self> {
        Some(match condition {
            Condition::NoUpdates { .. } => Self::NoUpdates,
            Condition::Subscriptions { .. } => Self::Subscriptions,
            Condition::NoSession { .. } => Self::NoSession,
            Condition::SessionCloses => Self::SessionCloses,
            Condition::TimeAfter { .. } => Self::TimeAfter,
            Condition::Any(_) | Condition::All(_) => return None,
        })
    }

    /// Whether a policy may have one condition of this kind only.
    #[must_use]
    pub const fn stands_once(self) -> bool {
        matches!(self, Self::NoUpdates | Self::Subscriptions | Self::TimeAfter)
    }

    /// A first condition of this kind.
    #[must_use]
    pub fn proposal(self, now: Timestamp) -> Condition {
        let minutes = |count| Period { count, unit: PeriodUnit::Minutes };
        match self {
            Self::NoUpdates => Condition::NoUpdates { lasting: minutes(10), after: None },
            Self::Subscriptions => {
                Condition::Subscriptions { local: false, fewer_than: 1, lasting: minutes(10), after: None }
            }
            Self::NoSession => Condition::NoSession {
                local: false,
                filter: "$Principal is \"name\"".to_owned(),
                lasting: Some(minutes(10)),
                after: None,
            },
            Self::SessionCloses => Condition::SessionCloses,
            Self::TimeAfter => time_in(DAY_MILLIS, now),
        }
    }
}

/// The condition that so many milliseconds from now have passed.
#[must_use]
pub const fn time_in(millis: i64, now: Timestamp) -> Condition {
    // Dates are written with whole seconds.
    let at = Timestamp::from_millis(now.millis().saturating_add(millis).div_euclid(1000) * 1000);
    Condition::TimeAfter { at, as_date: true }
}

/// One condition and how it is joined to the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionRow {
    /// The word before; of no meaning in the first row.
    pub join: Join,
    /// The condition, without others in it.
    pub condition: Condition,
    /// The moment as it was typed, right or wrong, where that is not how it would be written.
    typed: Option<String>,
}

impl ConditionRow {
    /// A row of one condition.
    #[must_use]
    pub const fn new(join: Join, condition: Condition) -> Self {
        Self { join, condition, typed: None }
    }

    /// Puts another condition into the row.
    pub fn set(&mut self, condition: Condition) {
        (self.condition, self.typed) = (condition, None);
    }

    /// The moment as its field shows it; empty where the row has none.
    #[must_use]
    pub fn moment(&self) -> String {
        match (&self.typed, &self.condition) {
            (Some(typed), _) => typed.clone(),
            (None, Condition::TimeAfter { at, as_date }) => {
                date_text(*at).filter(|_| *as_date).unwrap_or_else(|| at.millis().to_string())
            }
            _ => String::new(),
        }
    }

    /// Takes a moment as typed, also if it is none yet.
    pub fn type_moment(&mut self, text: &str) {
        if let Some(condition) = moment_of(text) {
            self.condition = condition;
        }
        self.typed = Some(text.to_owned());
    }

    /// What is wrong with the row by itself.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match (&self.typed, &self.condition) {
            (Some(typed), _) if moment_of(typed).is_none() => {
                Some("A date such as Sun, 03 Jun 2018 11:05:30 GMT, or milliseconds since 1970".to_owned())
            }
            (_, Condition::NoSession { filter, .. }) => {
                SessionFilter::parse(filter).err().map(|error| format!("No session filter: {}", error.located(filter)))
            }
            _ => None,
        }
    }

    fn text(&self) -> String {
        match &self.typed {
            Some(typed) if moment_of(typed).is_none() => format!("time after {}", quoted(typed)),
            _ => self.condition.to_string(),
        }
    }
}

fn moment_of(text: &str) -> Option<Condition> {
    let text = text.trim();
    let millis = digits(text).and_then(|n| i64::try_from(n).ok()).map(Timestamp::from_millis);
    let at = millis.or_else(|| parse_date(text))?;
    Some(Condition::TimeAfter { at, as_date: millis.is_none() })
}

/// Why a policy cannot be shown as rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextOnly {
    /// Rows have no parentheses.
    #[error("an “or” stands inside an “and”")]
    OrInsideAnd,
    /// The same without them could be shown.
    #[error("it has parentheses that do not change its meaning")]
    Parentheses,
}

/// A policy as rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The conditions in their order.
    pub list: Vec<ConditionRow>,
    /// The selector of what is removed, as typed; empty for the topic itself.
    pub remove: String,
}

impl Rows {
    /// The rows of a policy.
    ///
    /// # Errors
    /// Its conditions are nested in another way.
    pub fn of(policy: &RemovalPolicy) -> Result<Self, TextOnly> {
        let groups = match &policy.condition {
            Condition::Any(groups) => &groups[..],
            one => std::slice::from_ref(one),
        };
        let mut list = Vec::new();
        for group in groups {
            let conditions = match group {
                Condition::All(conditions) => &conditions[..],
                Condition::Any(_) => return Err(TextOnly::Parentheses),
                one => std::slice::from_ref(one),
            };
            for (index, condition) in conditions.iter().enumerate() {
                match condition {
                    Condition::Any(_) => return Err(TextOnly::OrInsideAnd),
                    Condition::All(_) => return Err(TextOnly::Parentheses),
                    one => list.push(ConditionRow::new(if index == 0 { Join::Or } else { Join::And }, one.clone())),
                }
            }
        }
        let remove = policy.remove.as_ref().map_or_else(String::new, |selector| selector.expression().to_owned());
        Ok(Self { list, remove })
    }

    /// The policy as text, also if a row is wrong; none without rows.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let (first, rest) = self.list.split_first()?;
        let mut text = format!("when {}", first.text());
        for row in rest {
            let _ = write!(text, " {} {}", row.join.word(), row.text());
        }
        if !self.remove.is_empty() {
            let _ = write!(text, " remove {}", quoted(&self.remove));
        }
        Some(text)
    }

    /// The rows that `and` joins, group by group; `or` stands between the groups.
    #[must_use]
    pub fn groups(&self) -> Vec<Range<usize>> {
        let starts = |index: &usize| *index == 0 || self.list[*index].join == Join::Or;
        let starts: Vec<usize> = (0..self.list.len()).filter(starts).collect();
        let ends = starts.iter().skip(1).copied().chain([self.list.len()]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// Adds a condition of a kind, joined as the last one is.
    pub fn add(&mut self, kind: ConditionKind, now: Timestamp) {
        let join = self.list.last().filter(|_| self.list.len() > 1).map_or(Join::And, |row| row.join);
        self.list.push(ConditionRow::new(join, kind.proposal(now)));
    }

    /// Takes a row out; what followed it in its group stays in the group's place.
    pub fn take_out(&mut self, index: usize) {
        if index >= self.list.len() {
            return;
        }
        let gone = self.list.remove(index);
        if let Some(next) = self.list.get_mut(index)
            && next.join == Join::And
        {
            next.join = gone.join;
        }
    }

    /// Whether a row other than `except` has a kind that may stand once only.
    #[must_use]
    pub fn is_taken(&self, kind: ConditionKind, except: Option<usize>) -> bool {
        let has = |(index, row): (usize, &ConditionRow)| {
            Some(index) != except && ConditionKind::of(&row.condition) == Some(kind)
        };
        kind.stands_once() && self.list.iter().enumerate().any(has)
    }

    /// What is wrong with the selector.
    #[must_use]
    pub fn remove_error(&self) -> Option<String> {
        if self.remove.is_empty() {
            return None;
        }
        TopicSelector::parse(&self.remove)
            .err()
            .map(|error| format!("No topic selector: {}", error.located(&self.remove)))
    }
}

/// How the rows and the text of a draft relate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DraftState {
    /// Rows and text are the same policy.
    #[default]
    Together,
    /// The rows have something wrong in them, and so has the text that they made.
    RowsWrong,
    /// The text is no policy; the rows are those of the last text that was one.
    TextWrong(SyntaxError),
    /// The text is a policy that rows cannot show.
    TextOnly(TextOnly),
}

/// A policy that is edited as rows and as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    text: Option<String>,
    policy: Option<RemovalPolicy>,
    rows: Rows,
    state: DraftState,
}

impl Draft {
    /// Takes the text as it is now. What the rows made themselves changes nothing in them.
    pub fn follow(&mut self, text: Option<&str>) {
        if self.text.as_deref() == text {
            return;
        }
        self.text = text.map(str::to_owned);
        let Some(text) = text else {
            *self = Self::default();
            return;
        };
        match RemovalPolicy::parse(text) {
            Ok(policy) => {
                match Rows::of(&policy) {
                    Ok(rows) => (self.rows, self.state) = (rows, DraftState::Together),
                    Err(why) => self.state = DraftState::TextOnly(why),
                }
                self.policy = Some(policy);
            }
            Err(error) => (self.policy, self.state) = (None, DraftState::TextWrong(error)),
        }
    }

    /// Takes other rows, and returns the text that they make.
    pub fn set_rows(&mut self, rows: Rows) -> Option<String> {
        self.rows = rows;
        self.text = self.rows.text();
        self.policy = self.text.as_deref().and_then(|text| RemovalPolicy::parse(text).ok());
        self.state =
            if self.text.is_some() && self.policy.is_none() { DraftState::RowsWrong } else { DraftState::Together };
        self.text.clone()
    }

    /// The rows, or what they were when they could be shown last.
    #[must_use]
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How rows and text relate.
    #[must_use]
    pub const fn state(&self) -> &DraftState {
        &self.state
    }

    /// The policy, if the text is one.
    #[must_use]
    pub const fn policy(&self) -> Option<&RemovalPolicy> {
        self.policy.as_ref()
    }
}

impl RemovalPolicy {
    /// The moment of its time condition; there is one at most.
    #[must_use]
    pub fn moment(&self) -> Option<Timestamp> {
        fn of(condition: &Condition) -> Option<Timestamp> {
            match condition {
                Condition::TimeAfter { at, .. } => Some(*at),
                Condition::Any(inner) | Condition::All(inner) => inner.iter().find_map(of),
                _ => None,
            }
        }
        of(&self.condition)
    }
}

#[cfg(test)]
mod tests;
