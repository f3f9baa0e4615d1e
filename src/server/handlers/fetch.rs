//! Reading topics in path order, by pages, without walking through the depths of wide branches.

use super::scan::{SLICE, Scan};
use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{Account, Properties, TopicPath, TopicSelector, cost, path};
use crate::server::topic::Topic;
use crate::server::world::{World, after_branch, branch};
use crate::wire::encode;
use crate::wire::services::fetch::{FetchedTopic, Limit, MAX_RESULTS, Request, Response, Size};
use std::collections::{HashMap, VecDeque};
use std::ops::Bound;

/// An answer has at most so many bytes, whatever the client would take: it is made and sent in one piece.
const MAX_RESULT_BYTES: usize = 8 << 20;

type Found<'a> = (&'a TopicPath, &'a Topic);

/// Answers a fetch.
pub(super) fn fetch(cx: &mut RequestContext<'_>, request: Request) -> Result<Fetching, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    let version = cx.session()?.version;
    let max_bytes = usize::try_from(request.max_result_size).unwrap_or(0).min(MAX_RESULT_BYTES);
    let page = Page { version, max_bytes, ..Page::default() };
    let rest = range(&request, selector.prefix());
    Ok(Fetching { selector, rest, branch: None, last: VecDeque::new(), has_more: false, page, request })
}

/// A fetch on its way.
pub(super) struct Fetching {
    request: Request,
    selector: TopicSelector,
    /// What is still to be looked at; none at the end.
    rest: Option<(Bound<TopicPath>, Bound<TopicPath>)>,
    /// The deep branch it is in, and how many topics of it were found.
    branch: Option<(String, usize)>,
    /// The last topics found, where these are what is wanted.
    last: VecDeque<TopicPath>,
    has_more: bool,
    page: Page,
}

impl Scan for Fetching {
    type Output = Response;

    fn kept_bytes(&self) -> usize {
        self.selector.kept_bytes() + self.page.bytes + self.last.len() * size_of::<TopicPath>()
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<Response>, ServiceError> {
        let more = cx.slice(|cx| {
            if self.rest.is_some() {
                self.look(cx)?;
                return Ok(true);
            }
            // Only with a limit from the end: the latest first, until the answer is full.
            let Some(path) = self.last.pop_back() else { return Ok(false) };
            cx.account.charge(cost::VISIT)?;
            let Some(topic) = cx.world.topics.get(&path) else { return Ok(true) };
            if !self.page.add((&path, topic), &self.request, cx.account) {
                self.has_more = true;
                self.last.clear();
            }
            Ok(true)
        })?;
        if more {
            return Ok(None);
        }
        let page = std::mem::take(&mut self.page);
        let mut results = page.results;
        if self.request.limit < 0 {
            results.reverse();
        }
        Ok(Some(Response { properties: page.properties, results, has_more: self.has_more }))
    }
}

impl Fetching {
    /// Looks at the next topics.
    fn look(&mut self, cx: &mut RequestContext<'_>) -> Result<(), ServiceError> {
        let Some((start, end)) = self.rest.take() else { return Ok(()) };
        let until = cx.account.spent() + SLICE;
        let keep = (self.request.limit.unsigned_abs() as usize).min(MAX_RESULTS);
        let depth = usize::try_from(self.request.deep_branch_depth).unwrap_or(0);
        let branch_limit = usize::try_from(self.request.deep_branch_limit).unwrap_or(0);
        let mut topics = cx.world.topics.range((start.clone(), end.clone()));
        let mut next = start;
        while cx.account.spent() < until {
            let Some((path, topic)) = topics.next() else { return Ok(()) };
            cx.account.visit()?;
            next = Bound::Excluded(path.clone());
            let deep = first_parts(path.as_str(), depth);
            let before = match (deep, &self.branch) {
                (Some(deep), Some((branch, count))) if deep == branch => *count,
                _ => 0,
            };
            let mut here = before;
            if before < branch_limit || deep.is_none() {
                let is_wanted = has_type(topic, self.request.topic_types)
                    && self.selector.matches(path.as_str(), cx.account)?
                    && may_read(cx.world, cx.key, path.as_str());
                if !is_wanted {
                    continue;
                }
                here += 1;
                if self.request.limit < 0 {
                    self.last.push_back(path.clone());
                    if self.last.len() > keep {
                        self.has_more = true;
                        self.last.pop_front();
                    }
                } else if self.page.results.len() == keep || !self.page.add((path, topic), &self.request, cx.account) {
                    self.has_more = true;
                    return Ok(());
                }
            }
            self.branch = deep.map(|deep| (deep.to_owned(), here));
            if let Some(deep) = deep.filter(|_| here >= branch_limit) {
                // Nothing more of this branch: go on behind it.
                let after = after_branch(deep).filter(|next| !deep.is_empty() && is_before(next, &end));
                let Some(after) = after else { return Ok(()) };
                next = Bound::Included(after);
                topics = cx.world.topics.range((next.clone(), end.clone()));
            }
        }
        let is_possible = match (value(&next), value(&end)) {
            (Some(next), Some(last)) => next < last,
            _ => true,
        };
        self.rest = is_possible.then_some((next, end));
        Ok(())
    }
}

fn may_read(world: &World, key: u64, path: &str) -> bool {
    let session = world.sessions.get(&key);
    session.is_some_and(|session| world.permissions(session, path).contains(PathPermissions::READ_TOPIC))
}

fn has_type(topic: &Topic, mask: i64) -> bool {
    let bit = |id: u8| mask & (1 << id) != 0;
    bit(topic.spec.topic_type.id()) || (topic.is_series() && bit(topic.data_type.topic_type().id()))
}

/// The first parts of a path that has that many.
fn first_parts(path: &str, count: usize) -> Option<&str> {
    if count == 0 {
        return Some("");
    }
    match path.match_indices('/').nth(count - 1) {
        Some((at, _)) => Some(&path[..at]),
        None => (path.split('/').take(count).count() == count).then_some(path),
    }
}

/// The part of the path order to look at; none if it is empty.
fn range(request: &Request, prefix: &str) -> Option<(Bound<TopicPath>, Bound<TopicPath>)> {
    let limit = |limit: &Option<Limit>| {
        let limit = limit.as_ref()?;
        let path = TopicPath::parse(&limit.path).ok()?;
        Some(if limit.includes_path { Bound::Included(path) } else { Bound::Excluded(path) })
    };
    let (mut start, mut end) = branch(path::canonical(prefix));
    if let Some(from) = limit(&request.from)
        && value(&from) >= value(&start)
    {
        start = from;
    }
    if let Some(to) = limit(&request.to)
        && value(&end).is_none_or(|end| value(&to).is_some_and(|to| to < end))
    {
        end = to;
    }
    let possible = match (value(&start), value(&end)) {
        (Some(first), Some(last)) if first == last => {
            matches!((&start, &end), (Bound::Included(_), Bound::Included(_)))
        }
        (Some(first), Some(last)) => first < last,
        _ => true,
    };
    possible.then_some((start, end))
}

fn value(bound: &Bound<TopicPath>) -> Option<&TopicPath> {
    match bound {
        Bound::Included(path) | Bound::Excluded(path) => Some(path),
        Bound::Unbounded => None,
    }
}

fn is_before(path: &TopicPath, end: &Bound<TopicPath>) -> bool {
    match end {
        Bound::Included(end) => path <= end,
        Bound::Excluded(end) => path < end,
        Bound::Unbounded => true,
    }
}

/// The topics of the answer.
#[derive(Default)]
struct Page {
    version: u8,
    max_bytes: usize,
    properties: Vec<Properties>,
    places: HashMap<Properties, i32>,
    results: Vec<FetchedTopic>,
    bytes: usize,
}

impl Page {
    /// Adds a topic unless it makes the page too large; the first always fits, or paging would never end.
    fn add(&mut self, (path, topic): Found<'_>, request: &Request, account: &mut Account) -> bool {
        let mut more = 0;
        let known = self.places.get(&topic.spec.properties).copied();
        let place = if request.with_properties { known.unwrap_or(self.properties.len() as i32) } else { 0 };
        let is_new = request.with_properties && known.is_none();
        if is_new {
            more += encode(&topic.spec.properties, self.version).len();
        }
        let mut result = FetchedTopic {
            path: path.as_str().to_owned(),
            topic_type: topic.spec.topic_type,
            value: None,
            properties_index: place,
            size: if request.with_sizes { size(topic) } else { Size::None },
        };
        more += encode(&result, self.version).len();
        if let Some(value) = topic.value().filter(|_| request.with_values) {
            // A value is as long as its bytes and the number that says so.
            more += encode(&(value.len() as i64), self.version).len() + value.len();
            result.value = Some(value.clone());
        }
        // The answer is bounded in bytes, so this is counted and not refused.
        account.note(cost::CHANGE + cost::bytes_cost(more));
        if self.bytes + more > self.max_bytes && !self.results.is_empty() {
            return false;
        }
        self.bytes += more;
        if is_new {
            self.places.insert(topic.spec.properties.clone(), place);
            self.properties.push(topic.spec.properties.clone());
        }
        self.results.push(result);
        true
    }
}

fn size(topic: &Topic) -> Size {
    let small = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX);
    let latest = topic.value().map_or(0, bytes::Bytes::len);
    match topic.events() {
        Some((events, total)) => Size::Series { last_event: small(latest), events: small(events), total: total as i64 },
        // Size 0 would be read as one value of no bytes.
        None if topic.value().is_none() => Size::None,
        None => Size::Value(small(latest)),
    }
}

#[cfg(test)]
mod tests;
