//! Requests that look at many topics, in slices between which others have their turn.
//!
//! A scan knows the last path it looked at and goes on behind it, whatever came or went meanwhile. What changes the
//! server has two parts: first everything is looked at that could cost more than the account has, without effect; then
//! it is done to its end.

use super::{RequestContext, ServiceError};
use crate::data::selector::SelectorKind;
use crate::data::{Account, Exhausted, TopicPath, TopicSelector, cost, path};
use crate::server::world::{after_branch, branch};
use crate::wire::codec::Wire;
use crate::wire::encode;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Units of a slice; the topic that exceeds them is the last.
pub(in crate::server) const SLICE: u64 = 50_000;
/// Topics that are looked at between two looks at what the slice has cost.
const CHUNK: usize = 64;

/// A request that goes on after others had their turn.
pub(super) trait Job: Send {
    /// Does the next slice; the answer if that was the last.
    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<Bytes>, ServiceError>;
    /// Bytes of the request that it keeps.
    fn kept_bytes(&self) -> usize;
}

/// The same before its answer is encoded.
pub(super) trait Scan: Send {
    /// What is answered.
    type Output: Wire;
    /// Does the next slice; the answer if that was the last.
    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<Self::Output>, ServiceError>;
    /// Bytes of the request that it keeps.
    fn kept_bytes(&self) -> usize;
}

/// A scan and the protocol version of who waits for its answer.
pub(super) struct Encoded<S> {
    /// The scan.
    pub scan: S,
    /// The version.
    pub version: u8,
}

impl<S: Scan> Job for Encoded<S> {
    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<Bytes>, ServiceError> {
        Ok(self.scan.step(cx)?.map(|output| encode(&output, self.version)))
    }

    fn kept_bytes(&self) -> usize {
        self.scan.kept_bytes()
    }
}

/// A walk through the paths of a map that a selector may select.
#[derive(Clone, Debug)]
pub(in crate::server) struct Walk {
    next: Bound<TopicPath>,
    end: Bound<TopicPath>,
    /// For the listeners of a single path: what lies below a path that was met is jumped over.
    jumps: bool,
    is_through: bool,
}

impl Walk {
    /// Through everything.
    pub(in crate::server) fn everything() -> Self {
        Self { next: Bound::Unbounded, end: Bound::Unbounded, jumps: false, is_through: false }
    }

    /// Through what a selector may select.
    pub(in crate::server) fn of(selector: &TopicSelector) -> Self {
        let prefix = path::canonical(selector.prefix());
        let (next, end) = match TopicPath::parse(prefix) {
            Ok(path) if selector.kind() == SelectorKind::Path => (Bound::Included(path.clone()), Bound::Included(path)),
            _ => branch(prefix),
        };
        Self { next, end, jumps: false, is_through: false }
    }

    /// Through what a listener with a selector may be shown: for a single path also the first topics below it.
    pub(in crate::server) fn of_listener(selector: &TopicSelector) -> Self {
        let (next, end) = branch(path::canonical(selector.prefix()));
        Self { next, end, jumps: selector.kind() == SelectorKind::Path, is_through: false }
    }

    /// The next paths, of which `wanted` says whether they are; none when everything was looked at.
    pub(in crate::server) fn next<V>(
        &mut self,
        map: &BTreeMap<TopicPath, V>,
        account: &mut Account,
        mut wanted: impl FnMut(&TopicPath, &V, &mut Account) -> Result<bool, Exhausted>,
    ) -> Result<Option<Vec<TopicPath>>, Exhausted> {
        if self.is_through {
            return Ok(None);
        }
        let mut found = Vec::new();
        let until = account.spent() + SLICE;
        let first = (self.next.clone(), self.end.clone());
        let mut paths = map.range(first);
        for _ in 0..CHUNK {
            let Some((path, value)) = paths.next() else {
                self.is_through = true;
                break;
            };
            account.visit()?;
            if wanted(path, value, account)? {
                found.push(path.clone());
            }
            self.next = Bound::Excluded(path.clone());
            if self.jumps && !self.is_first(path) {
                match after_branch(path.as_str()).filter(|next| self.is_before_end(next)) {
                    Some(next) => {
                        self.next = Bound::Included(next);
                        paths = map.range((self.next.clone(), self.end.clone()));
                    }
                    None => self.is_through = true,
                }
            }
            if self.is_through || account.spent() >= until {
                break;
            }
        }
        self.is_through |= !self.is_possible();
        Ok(Some(found))
    }

    /// Whether it has come to a path, or past it.
    pub(in crate::server) fn has_passed(&self, path: &TopicPath) -> bool {
        self.is_through
            || match &self.next {
                Bound::Included(next) => path < next,
                Bound::Excluded(last) => path <= last,
                Bound::Unbounded => false,
            }
    }

    /// Whether a path is the one that everything else in the walk lies below.
    fn is_first(&self, path: &TopicPath) -> bool {
        matches!(&self.end, Bound::Excluded(end) if after_branch(path.as_str()).as_ref() == Some(end))
    }

    fn is_before_end(&self, path: &TopicPath) -> bool {
        match &self.end {
            Bound::Excluded(end) => path < end,
            Bound::Included(end) => path <= end,
            Bound::Unbounded => true,
        }
    }

    /// Whether anything can come: a range that begins at its end is refused by the map.
    fn is_possible(&self) -> bool {
        match (&self.next, &self.end) {
            (Bound::Excluded(next), Bound::Excluded(end) | Bound::Included(end)) => next < end,
            _ => true,
        }
    }
}

/// Whether deciding about a topic may cost more than a scan adds for it, so that the account may become empty.
pub(in crate::server) fn may_cost_more(weight: u64) -> bool {
    weight + cost::VISIT > cost::TOPIC
}

impl RequestContext<'_> {
    /// Does slices of a scan until one slice is full: `turn` does a little and says whether there is more.
    pub(super) fn slice(
        &mut self,
        mut turn: impl FnMut(&mut Self) -> Result<bool, ServiceError>,
    ) -> Result<bool, ServiceError> {
        let until = self.account.spent() + SLICE;
        while self.account.spent() < until {
            let more = turn(self);
            let told = self.world.take_telling_cost();
            self.account.note(told);
            if !more? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
