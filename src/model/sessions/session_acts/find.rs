//! Which sessions a filter selects, counted or listed by the server.

use super::act::{Target, bad_filter};
use crate::client::api::CallError;
use crate::data::SessionId;
use crate::data::syntax::quoted;
use crate::wire::services::session_fetch::{FetchedSession, Request, Response};
use std::borrow::Cow;
use std::collections::HashSet;

/// Sessions that are listed at most.
pub const MOST: usize = 20_000;
/// Sessions of one answer.
const PAGE: i32 = 1000;
/// Bytes of one answer.
const MAX_RESULT_BYTES: i32 = 4 << 20;
/// What is told of each session.
const KEYS: [&str; 5] = ["$SessionId", "$Principal", "$ClientIP", "$ClientType", "$Roles"];

/// The request for the number of sessions alone.
#[must_use]
pub fn count_request(filter: String) -> Request {
    Request {
        filter,
        keys: Some(Vec::new()),
        from: None,
        to: None,
        limit: Some(1),
        maximum_result_size: MAX_RESULT_BYTES,
        requires_start_time: false,
    }
}

/// The number in the answer to [`count_request`].
///
/// # Errors
/// The server cannot read the filter.
pub fn count(response: &Response) -> Result<u64, CallError> {
    match response {
        Response::Found { total_selected, .. } => Ok(u64::try_from(*total_selected).unwrap_or_default()),
        Response::BadFilter(errors) => Err(bad_filter(errors)),
    }
}

/// The same filter without this session.
#[must_use]
pub fn without(filter: &str, session: SessionId) -> String {
    format!("({filter}) and not $SessionId is {}", quoted(&session.to_string()))
}

/// The filter that selects these sessions.
#[must_use]
pub fn these(sessions: &[Target]) -> String {
    let ids: Vec<String> = sessions.iter().map(|target| quoted(&target.session.to_string())).collect();
    format!("$SessionId in [{}]", ids.join(", "))
}

/// Lists the sessions that a filter selects, page by page in the order of their start.
#[derive(Clone, Debug)]
pub struct Find {
    filter: String,
    /// Those found so far.
    pub targets: Vec<Target>,
    seen: HashSet<SessionId>,
    from: Option<i64>,
}

impl Find {
    /// Nothing found yet.
    #[must_use]
    pub fn new(filter: String) -> Self {
        Self { filter, targets: Vec::new(), seen: HashSet::new(), from: None }
    }

    /// The request for the next page.
    #[must_use]
    pub fn request(&self) -> Request {
        Request {
            filter: self.filter.clone(),
            keys: Some(KEYS.map(str::to_owned).to_vec()),
            from: self.from,
            to: None,
            limit: Some(PAGE),
            maximum_result_size: MAX_RESULT_BYTES,
            requires_start_time: true,
        }
    }

    /// Takes in a page; true if there may be another one. A page that brings nothing new is the last, so that a server
    /// that repeats itself ends it.
    ///
    /// # Errors
    /// The server cannot read the filter.
    pub fn take(&mut self, response: Response) -> Result<bool, CallError> {
        let sessions = match response {
            Response::Found { sessions, .. } => sessions,
            Response::BadFilter(errors) => return Err(bad_filter(&errors)),
        };
        let before = self.targets.len();
        let is_full = sessions.len() >= PAGE as usize;
        for FetchedSession { start_time, properties } in sessions {
            let property =
                |key: &str| properties.iter().find(|(k, _)| k == key).map(|(_, v)| Cow::Borrowed(v.as_str()));
            let Some(id) = property("$SessionId").and_then(|text| text.parse().ok()) else { continue };
            if self.seen.insert(id) && self.targets.len() < MOST {
                self.targets.push(Target::new(id, property));
            }
            self.from = start_time.or(self.from);
        }
        Ok(is_full && self.targets.len() > before && self.targets.len() < MOST)
    }
}
