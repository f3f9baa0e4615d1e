//! Removal policies at work: when the condition of a topic comes true.
//!
//! A pure function of the moments it is given. Between two looks a topic only notes that it was updated or how many
//! subscriptions it had at most, so a period is never counted short, and long by one look at most.

use super::clock::Moment;
use crate::data::removal_policy::{Condition, Period, RemovalPolicy};
use crate::data::security::{EffectiveRoles, PathPermissions, SecurityStore};
use crate::data::{SessionFilter, TopicSelector};

/// Who created a topic, and what they may remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Creator {
    /// The program around the server, which may do everything and never closes.
    Server,
    /// A session, with what it was when it created the topic.
    Session {
        /// Its key.
        key: u64,
        /// Its principal.
        principal: String,
        /// Its roles and all they include.
        roles: EffectiveRoles,
    },
}

impl Creator {
    /// Whether a topic may be removed in the creator's name.
    pub(super) fn may_remove(&self, store: &SecurityStore, path: &str, owner: Option<&str>) -> bool {
        match self {
            Self::Server => true,
            Self::Session { principal, roles, .. } => {
                owner == Some(principal)
                    || store.at_path(roles, path).permissions.contains(PathPermissions::MODIFY_TOPIC)
            }
        }
    }
}

/// What a policy asks about sessions.
pub(super) trait Sessions {
    /// Whether the session of a key is there.
    fn is_open(&self, key: u64) -> bool;
    /// Whether any session matches.
    fn any(&self, filter: &SessionFilter) -> bool;
}

/// The policy of one topic, and what it has seen so far.
#[derive(Debug)]
pub(super) struct Removal {
    /// Who created the topic.
    pub creator: Creator,
    /// What is removed; the topic itself if there is none.
    pub remove: Option<TopicSelector>,
    condition: Watched,
    /// The first look at the topic.
    born: Option<u64>,
    updated: bool,
    most_subscriptions: usize,
    /// Whether the condition held at the look before.
    held: bool,
}

/// A condition with its memory.
#[derive(Debug)]
enum Watched {
    Any(Vec<Self>),
    All(Vec<Self>),
    /// `time after … and …`: ages and periods of the others count from when the gate opens.
    Behind {
        gate: i64,
        opened: Option<u64>,
        inner: Vec<Self>,
    },
    TimeAfter(i64),
    Subscriptions {
        fewer_than: usize,
        lasting: u64,
        after: u64,
        since: Option<u64>,
    },
    NoUpdates {
        lasting: u64,
        after: u64,
        since: Option<u64>,
    },
    NoSession {
        filter: SessionFilter,
        lasting: u64,
        after: u64,
        since: Option<u64>,
    },
    SessionCloses,
}

/// What the conditions of one look share.
#[derive(Clone, Copy)]
struct Look<'a> {
    now: Moment,
    /// From when on ages count.
    born: u64,
    updated: bool,
    subscriptions: usize,
    most_subscriptions: usize,
    creator: &'a Creator,
    sessions: &'a dyn Sessions,
}

impl Removal {
    /// A policy that has seen nothing yet; none if its text or a filter in it cannot be read.
    pub(super) fn new(text: &str, creator: Creator) -> Option<Self> {
        let RemovalPolicy { condition, remove } = RemovalPolicy::parse(text).ok()?;
        let condition = Watched::new(&condition)?;
        Some(Self { creator, remove, condition, born: None, updated: false, most_subscriptions: 0, held: false })
    }

    /// Notes an update.
    pub(super) const fn updated(&mut self) {
        self.updated = true;
    }

    /// Notes how many subscriptions there are.
    pub(super) fn subscribed(&mut self, subscriptions: usize) {
        self.most_subscriptions = self.most_subscriptions.max(subscriptions);
    }

    /// Whether the condition holds now and did not before: a policy whose selector spares its own topic fires once, and
    /// again only after its condition was false in between.
    pub(super) fn comes_true(&mut self, now: Moment, subscriptions: usize, sessions: &dyn Sessions) -> bool {
        let holds = self.holds(now, subscriptions, sessions);
        !std::mem::replace(&mut self.held, holds) && holds
    }

    fn holds(&mut self, now: Moment, subscriptions: usize, sessions: &dyn Sessions) -> bool {
        let most = std::mem::replace(&mut self.most_subscriptions, subscriptions);
        let look = Look {
            now,
            born: *self.born.get_or_insert(now.uptime),
            updated: std::mem::take(&mut self.updated),
            subscriptions,
            most_subscriptions: most.max(subscriptions),
            creator: &self.creator,
            sessions,
        };
        self.condition.holds(look)
    }
}

impl Watched {
    fn new(condition: &Condition) -> Option<Self> {
        let millis = |period: &Option<Period>| period.map_or(0, Period::millis);
        let every = |of: &[Condition]| of.iter().map(Self::new).collect::<Option<Vec<_>>>();
        Some(match condition {
            Condition::Any(of) => Self::Any(every(of)?),
            Condition::All(of) => {
                let mut inner = every(of)?;
                match inner.iter().position(|inner| matches!(inner, Self::TimeAfter(_))).map(|at| inner.remove(at)) {
                    Some(Self::TimeAfter(gate)) => Self::Behind { gate, opened: None, inner },
                    _ => Self::All(inner),
                }
            }
            Condition::TimeAfter { at, .. } => Self::TimeAfter(at.millis()),
            Condition::Subscriptions { fewer_than, lasting, after, .. } => Self::Subscriptions {
                fewer_than: *fewer_than as usize,
                lasting: lasting.millis(),
                after: millis(after),
                since: None,
            },
            Condition::NoUpdates { lasting, after } => {
                Self::NoUpdates { lasting: lasting.millis(), after: millis(after), since: None }
            }
            Condition::NoSession { filter, lasting, after, .. } => Self::NoSession {
                filter: SessionFilter::parse(filter).ok()?,
                lasting: millis(lasting),
                after: millis(after),
                since: None,
            },
            Condition::SessionCloses => Self::SessionCloses,
        })
    }

    /// Every condition is looked at, whatever the others say: their periods go on.
    fn holds(&mut self, look: Look<'_>) -> bool {
        match self {
            Self::Any(of) => of.iter_mut().fold(false, |any, inner| inner.holds(look) | any),
            Self::All(of) => of.iter_mut().fold(true, |all, inner| inner.holds(look) & all),
            Self::Behind { gate, opened, inner } => {
                if look.now.wall <= *gate {
                    return false;
                }
                let born = *opened.get_or_insert(look.now.uptime);
                let look = Look { born, ..look };
                inner.iter_mut().fold(true, |all, inner| inner.holds(look) & all)
            }
            Self::TimeAfter(at) => look.now.wall > *at,
            Self::Subscriptions { fewer_than, lasting, after, since } => {
                if look.most_subscriptions >= *fewer_than {
                    *since = None;
                }
                look.lasts(since, look.subscriptions < *fewer_than, *lasting) && look.is_older_than(*after)
            }
            Self::NoUpdates { lasting, after, since } => {
                if look.updated {
                    *since = None;
                }
                look.lasts(since, true, *lasting) && look.is_older_than(*after)
            }
            // Here the period counts evaluations, and there is none before the age is reached.
            Self::NoSession { filter, lasting, after, since } => {
                let nobody = look.is_older_than(*after) && !look.sessions.any(filter);
                look.lasts(since, nobody, *lasting)
            }
            Self::SessionCloses => match look.creator {
                Creator::Session { key, .. } => !look.sessions.is_open(*key),
                Creator::Server => false,
            },
        }
    }
}

impl Look<'_> {
    fn lasts(&self, since: &mut Option<u64>, now: bool, lasting: u64) -> bool {
        *since = now.then(|| since.unwrap_or(self.now.uptime));
        since.is_some_and(|since| self.now.uptime.saturating_sub(since) >= lasting)
    }

    const fn is_older_than(&self, age: u64) -> bool {
        self.now.uptime.saturating_sub(self.born) >= age
    }
}

#[cfg(test)]
mod tests;
