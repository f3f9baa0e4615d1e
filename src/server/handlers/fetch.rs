//! Reading topics in path order, by pages, without walking through the depths of wide branches.

use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{Properties, TopicPath, path};
use crate::server::topic::Topic;
use crate::server::world::{World, after_branch, branch, selector};
use crate::wire::encode;
use crate::wire::services::fetch::{FetchedTopic, Limit, Request, Response, Size};
use std::collections::{HashMap, VecDeque};
use std::ops::Bound;

/// An answer has at most so many bytes, whatever the client would take.
const MAX_RESULT_BYTES: usize = 64 << 20;

type Found<'a> = (&'a TopicPath, &'a Topic);

/// Answers a fetch.
pub(super) fn fetch(cx: &mut RequestContext<'_>, request: Request) -> Result<Response, ServiceError> {
    let selector = selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    let version = cx.session()?.version;
    let wanted = |(path, topic): Found<'_>| {
        has_type(topic, request.topic_types)
            && selector.selects(path.as_str())
            && cx.may(path.as_str(), PathPermissions::READ_TOPIC)
    };
    let (found, mut has_more) = find(cx.world, &request, selector.prefix(), wanted);

    let max_bytes = usize::try_from(request.max_result_size).unwrap_or(0).min(MAX_RESULT_BYTES);
    let mut page = Page::default();
    let backwards = request.limit < 0;
    let order: Box<dyn Iterator<Item = Found<'_>>> =
        if backwards { Box::new(found.into_iter().rev()) } else { Box::new(found.into_iter()) };
    for found in order {
        if !page.add(found, &request, version, max_bytes) {
            has_more = true;
            break;
        }
    }
    if backwards {
        page.results.reverse();
    }
    Ok(Response { properties: page.properties, results: page.results, has_more })
}

/// The topics of the answer but for its size limit, and whether more would have come.
fn find<'a>(
    world: &'a World,
    request: &Request,
    prefix: &str,
    wanted: impl Fn(Found<'a>) -> bool,
) -> (VecDeque<Found<'a>>, bool) {
    let mut out = VecDeque::new();
    let Some((start, end)) = range(request, prefix) else { return (out, false) };
    let keep = request.limit.unsigned_abs() as usize;
    let depth = usize::try_from(request.deep_branch_depth).unwrap_or(0);
    let branch_limit = usize::try_from(request.deep_branch_limit).unwrap_or(0);
    let mut has_more = false;
    let mut topics = world.topics.range((start, end.clone()));
    let mut current: Option<(&str, usize)> = None;
    while let Some((path, topic)) = topics.next() {
        let deep = first_parts(path.as_str(), depth);
        let before = match (deep, current) {
            (Some(deep), Some((branch, count))) if deep == branch => count,
            _ => 0,
        };
        let mut here = before;
        if before < branch_limit || deep.is_none() {
            if !wanted((path, topic)) {
                continue;
            }
            here += 1;
            out.push_back((path, topic));
            if out.len() > keep {
                has_more = true;
                if request.limit >= 0 {
                    out.pop_back();
                    break;
                }
                out.pop_front();
            }
        }
        current = deep.map(|deep| (deep, here));
        if let Some(deep) = deep.filter(|_| here >= branch_limit) {
            // Nothing more of this branch: go on behind it.
            let Some(next) = after_branch(deep).filter(|next| !deep.is_empty() && is_before(next, &end)) else { break };
            topics = world.topics.range((Bound::Included(next), end.clone()));
        }
    }
    (out, has_more)
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

#[derive(Default)]
struct Page {
    properties: Vec<Properties>,
    places: HashMap<Properties, i32>,
    results: Vec<FetchedTopic>,
    bytes: usize,
}

impl Page {
    /// Adds a topic unless it makes the page too large; the first always fits, or paging would never end.
    fn add(&mut self, (path, topic): Found<'_>, request: &Request, version: u8, max_bytes: usize) -> bool {
        let mut more = 0;
        let known = self.places.get(&topic.spec.properties).copied();
        let place = if request.with_properties { known.unwrap_or(self.properties.len() as i32) } else { 0 };
        let is_new = request.with_properties && known.is_none();
        if is_new {
            more += encode(&topic.spec.properties, version).len();
        }
        let result = FetchedTopic {
            path: path.as_str().to_owned(),
            topic_type: topic.spec.topic_type,
            value: topic.value().filter(|_| request.with_values).cloned(),
            properties_index: place,
            size: if request.with_sizes { size(topic) } else { Size::None },
        };
        more += encode(&result, version).len();
        if self.bytes + more > max_bytes && !self.results.is_empty() {
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
