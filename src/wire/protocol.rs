//! Protocol versions: which are spoken, in which order they are tried, and what each of them lacks.
//!
//! One table, [`TABLE`], says for every service which part of it exists from which version on (protocol/1 section 2,
//! protocol/2 section 2, protocol/5 section 15). Readers and writers of messages ask it by [`Reader::has`] and
//! [`Writer::has`], so that no number of a version stands anywhere else. What is not in the table is the same at all
//! versions.
//!
//! [`Reader::has`]: super::reader::Reader::has
//! [`Writer::has`]: super::writer::Writer::has

use super::services::{
    Fetch, FilterSubscribe, FilterUnsubscribe, GetOwnSessionProperties, GetSelectors, JsonPatch, MissingTopic,
    ReAuthenticate, RevokeAuthentication, SessionEventDeregistration, SessionEventRegistration, SessionLockGet,
    SessionLockList, Subscribe, SubscribeClient, TimeSeriesTimestampAppend, TopicAddAndSet, TopicSet,
    TopicUnsubscribed, Unsubscribe, UnsubscribeAll, UnsubscribeAllByFilter, UnsubscribeAllControl, UnsubscribeClient,
    UpdateStreamAdd, UpdateStreamAddAndSet, UpdateStreamCreate, UpdateStreamCreateAndSet,
};
use super::{Service, services};
use std::fmt;
use std::ops::RangeInclusive;

/// The newest version, of servers and clients 6.12.
pub const NEWEST: u8 = 29;
/// The oldest version, of servers and clients 6.5. Older ones have other message types.
pub const OLDEST: u8 = 18;
/// The versions that are spoken.
pub const SPOKEN: RangeInclusive<u8> = OLDEST..=NEWEST;
/// The versions that a client offers, one after the other, until the server takes one. No client with a version
/// between 25 and 29 is known, so servers of these take 25 too.
pub const OFFERED: [u8; 9] = [29, 25, 24, 23, 22, 21, 20, 19, 18];

/// A part of a service that not all versions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The service itself.
    Itself,
    /// Selections have a scope. Without it the client keeps scopes by itself (`session::scopes`).
    Scopes,
    /// Sizes of values in the results of a fetch.
    Sizes,
    /// Comparisons in an update constraint have an operator and a type of value; without it they mean “the same bytes”.
    Operators,
    /// An update constraint can be satisfied by one of two sides; a conjunction has two sides instead of a list.
    Disjunction,
    /// A missing topic comes with properties of the session and names of servers; without it with the session's id.
    SelectingSession,
    /// The reason for an unsubscription that session tree branch mappings changed.
    BranchMappings,
    /// A new update stream comes with what it can do.
    StreamFlags,
}

impl Part {
    /// What it is called in a sentence about what a server lacks.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Itself => "this service",
            Self::Scopes => "scopes of selections",
            Self::Sizes => "sizes of fetched values",
            Self::Operators => "comparisons other than equality in a guard",
            Self::Disjunction => "alternatives in a guard",
            Self::SelectingSession => "properties of the selecting session",
            Self::BranchMappings => "branch mappings as a reason",
            Self::StreamFlags => "the abilities of an update stream",
        }
    }

    /// The version from which it exists, wherever it occurs; for [`Self::Itself`] see [`since`].
    #[must_use]
    pub const fn since(self) -> u8 {
        match self {
            Self::Itself => OLDEST,
            Self::StreamFlags => 19,
            Self::BranchMappings => 22,
            Self::SelectingSession => 23,
            Self::Operators => 26,
            Self::Disjunction => 27,
            Self::Sizes => 28,
            Self::Scopes => NEWEST,
        }
    }
}

/// A row of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Id of the service.
    pub service: u32,
    /// Which part of it.
    pub part: Part,
    /// The first version that has it.
    pub since: u8,
}

const fn whole<S: Service>(since: u8) -> Row {
    Row { service: S::ID, part: Part::Itself, since }
}

const fn part<S: Service>(part: Part) -> Row {
    Row { service: S::ID, part, since: part.since() }
}

/// What came after [`OLDEST`].
pub const TABLE: &[Row] = &[
    whole::<TimeSeriesTimestampAppend>(19),
    whole::<SessionLockGet>(29),
    whole::<SessionLockList>(29),
    whole::<UnsubscribeAll>(29),
    whole::<SessionEventRegistration>(28),
    whole::<SessionEventDeregistration>(28),
    whole::<GetSelectors>(29),
    whole::<UnsubscribeAllByFilter>(29),
    whole::<UnsubscribeAllControl>(29),
    whole::<GetOwnSessionProperties>(29),
    whole::<ReAuthenticate>(29),
    whole::<RevokeAuthentication>(29),
    part::<SubscribeClient>(Part::Scopes),
    part::<UnsubscribeClient>(Part::Scopes),
    part::<FilterSubscribe>(Part::Scopes),
    part::<FilterUnsubscribe>(Part::Scopes),
    part::<Subscribe>(Part::Scopes),
    part::<Unsubscribe>(Part::Scopes),
    part::<Fetch>(Part::Sizes),
    part::<TopicSet>(Part::Operators),
    part::<TopicSet>(Part::Disjunction),
    part::<TopicAddAndSet>(Part::Operators),
    part::<TopicAddAndSet>(Part::Disjunction),
    part::<JsonPatch>(Part::Operators),
    part::<JsonPatch>(Part::Disjunction),
    part::<UpdateStreamCreate>(Part::Operators),
    part::<UpdateStreamCreate>(Part::Disjunction),
    part::<UpdateStreamCreate>(Part::StreamFlags),
    part::<UpdateStreamCreateAndSet>(Part::Operators),
    part::<UpdateStreamCreateAndSet>(Part::Disjunction),
    part::<UpdateStreamCreateAndSet>(Part::StreamFlags),
    part::<UpdateStreamAdd>(Part::Operators),
    part::<UpdateStreamAdd>(Part::Disjunction),
    part::<UpdateStreamAdd>(Part::StreamFlags),
    part::<UpdateStreamAddAndSet>(Part::Operators),
    part::<UpdateStreamAddAndSet>(Part::Disjunction),
    part::<UpdateStreamAddAndSet>(Part::StreamFlags),
    part::<MissingTopic>(Part::SelectingSession),
    part::<TopicUnsubscribed>(Part::BranchMappings),
];

/// The first version that has a service.
#[must_use]
pub fn since(service: u32) -> u8 {
    TABLE.iter().find(|row| row.service == service && row.part == Part::Itself).map_or(OLDEST, |row| row.since)
}

/// A request cannot be said at the session's version; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAtVersion {
    /// Id of the service.
    pub service: u32,
    /// What is missing.
    pub part: Part,
    /// The first version that has it.
    pub since: u8,
    /// The session's version.
    pub version: u8,
}

impl NotAtVersion {
    /// What is needed, for a sentence that names the act: “it needs protocol 29, the server speaks 25”.
    #[must_use]
    pub fn reason(&self) -> String {
        let Self { part, since, version, .. } = self;
        let words = if *part == Part::Itself { "it needs".to_owned() } else { format!("{} need", part.words()) };
        format!("{words} protocol {since}, the server speaks {version}")
    }
}

impl fmt::Display for NotAtVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, since, version, .. } = self;
        match part {
            Part::Itself => f.write_str(services::name_of(self.service))?,
            part => f.write_str(part.words())?,
        }
        write!(f, ": needs protocol {since}, the server speaks {version}")
    }
}

impl std::error::Error for NotAtVersion {}

/// Whether a service can be called in a session of this version.
///
/// # Errors
/// It came later.
pub fn check(service: u32, version: u8) -> Result<(), NotAtVersion> {
    let since = since(service);
    if since <= version { Ok(()) } else { Err(NotAtVersion { service, part: Part::Itself, since, version }) }
}

#[cfg(test)]
mod tests;
