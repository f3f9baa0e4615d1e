//! Listing sessions by filter and time of start.

use super::scan::Scan;
use super::session_scan::{SessionWalk, read_filter};
use super::{RequestContext, ServiceError};
use crate::data::cost;
use crate::server::properties::PropertyKeys;
use crate::server::session::Session;
use crate::wire::encode;
use crate::wire::services::session_fetch::{FetchedSession, Request, Response};
use crate::wire::services::session_listing::ErrorReport;
use std::collections::VecDeque;

/// An answer has at most so many bytes, whatever the client would take: it is made and sent in one piece.
const MAX_RESULT_BYTES: usize = 8 << 20;
/// Bytes of an answer that are not those of a session.
const FRAME_BYTES: usize = 16;

/// Answers a listing.
pub(super) fn fetch(cx: &mut RequestContext<'_>, request: Request) -> Result<Fetching, ServiceError> {
    let version = cx.session()?.version;
    let (walk, bad_filter) = match read_filter(&request.filter, cx.account) {
        Ok(filter) => (Some(SessionWalk::new(filter)), Vec::new()),
        Err(reports) => (None, reports),
    };
    let bytes_left = usize::try_from(request.maximum_result_size).unwrap_or(0).min(MAX_RESULT_BYTES);
    Ok(Fetching {
        keys: request.keys.map_or_else(PropertyKeys::all, PropertyKeys::new),
        times: (request.from.unwrap_or(i64::MIN), request.to.unwrap_or(i64::MAX)),
        limit: request.limit.unwrap_or(i32::MAX),
        has_start_time: request.requires_start_time,
        version,
        bad_filter,
        walk,
        found: VecDeque::new(),
        total: 0,
        sessions: Vec::new(),
        bytes: 0,
        bytes_left: bytes_left.saturating_sub(FRAME_BYTES),
    })
}

/// A listing on its way: first the sessions are found, then they are described, those first that are wanted most.
pub(super) struct Fetching {
    keys: PropertyKeys,
    times: (i64, i64),
    limit: i32,
    has_start_time: bool,
    version: u8,
    bad_filter: Vec<ErrorReport>,
    walk: Option<SessionWalk>,
    /// Starts and keys, in the order in which they are described.
    found: VecDeque<(i64, u64)>,
    total: i32,
    sessions: Vec<FetchedSession>,
    bytes: usize,
    bytes_left: usize,
}

/// When a session began, in milliseconds since 1970.
fn start_of(session: &Session) -> i64 {
    session.properties.get("$StartTime").and_then(|text| text.parse().ok()).unwrap_or(0)
}

impl Fetching {
    /// Looks at the next sessions.
    fn find(&mut self, cx: &mut RequestContext<'_>) -> Result<bool, ServiceError> {
        let Some(walk) = &mut self.walk else { return Ok(false) };
        let (from, to) = self.times;
        if let Some(keys) = walk.next(cx.world, cx.account)? {
            let starts = keys.iter().filter_map(|key| Some((start_of(cx.world.sessions.get(key)?), *key)));
            self.found.extend(starts.filter(|(start, _)| (from..=to).contains(start)));
            return Ok(true);
        }
        self.walk = None;
        self.total = i32::try_from(self.found.len()).unwrap_or(i32::MAX);
        let sorted = self.found.make_contiguous();
        sorted.sort_unstable();
        if self.limit < 0 {
            sorted.reverse();
        }
        self.found.truncate(self.limit.unsigned_abs() as usize);
        Ok(true)
    }

    /// Describes the next session.
    fn describe(&mut self, cx: &mut RequestContext<'_>) -> bool {
        let Some((start, key)) = self.found.pop_front() else { return false };
        cx.account.note(cost::VISIT);
        let Some(session) = cx.world.sessions.get(&key) else {
            self.total -= 1;
            return true;
        };
        let properties = self.keys.of(&session.properties);
        let described = FetchedSession { start_time: self.has_start_time.then_some(start), properties };
        let bytes = encode(&described, self.version).len();
        cx.account.note(cost::bytes_cost(bytes));
        if bytes > self.bytes_left {
            self.found.clear();
            return false;
        }
        self.bytes_left -= bytes;
        self.bytes += bytes;
        self.sessions.push(described);
        true
    }
}

impl Scan for Fetching {
    type Output = Response;

    fn kept_bytes(&self) -> usize {
        let walk = self.walk.as_ref().map_or(0, SessionWalk::kept_bytes);
        self.keys.kept_bytes() + walk + self.found.len() * size_of::<(i64, u64)>() + self.bytes
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<Response>, ServiceError> {
        if !self.bad_filter.is_empty() {
            return Ok(Some(Response::BadFilter(std::mem::take(&mut self.bad_filter))));
        }
        let more = cx.slice(|cx| Ok(self.find(cx)? || self.describe(cx)))?;
        if more {
            return Ok(None);
        }
        let mut sessions = std::mem::take(&mut self.sessions);
        if self.limit < 0 {
            sessions.reverse();
        }
        Ok(Some(Response::Found { sessions, total_selected: self.total }))
    }
}
