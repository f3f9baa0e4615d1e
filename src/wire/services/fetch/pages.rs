//! Fetching everything that a selector matches, page by page: what to ask next, and when to stop.
//!
//! Pure: whoever sends the requests gives the answers to [`Pages::take`]. Each page begins after the last path of the
//! one before; a server that does not go forward ends the fetch with an error and not with a loop.

use super::{Limit, Request, Response};
use std::cmp::Ordering;

/// Bytes of one page, so that an answer with values fits into a message.
pub const PAGE_BYTES: i32 = 8 << 20;
/// Topics of one page where values are wanted.
pub const PAGE_OF_VALUES: i32 = 1_000;
/// Topics of one page where paths are enough.
pub const PAGE_OF_PATHS: i32 = 10_000;

/// Where a fetch stops by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Topics.
    pub topics: u64,
    /// Bytes of values and paths.
    pub bytes: u64,
    /// Pages.
    pub pages: u32,
}

impl Bounds {
    /// For pages that are handed on and not held: only what a broken server could send without end is bounded.
    pub const HANDED_ON: Self = Self { topics: u64::MAX, bytes: u64::MAX, pages: 1_000_000 };
}

/// What comes after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next page is to be asked for.
    Ask,
    /// There is no more.
    Complete,
    /// There is more, but a bound is reached.
    Bound,
}

/// Why no further page can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PagingError {
    /// A page does not begin after the last path of the page before.
    #[error("the server repeats itself: after “{after}” it sent “{sent}”")]
    Repeats {
        /// The last path before.
        after: String,
        /// The path that should have come after it.
        sent: String,
    },
    /// The server says that there is more, and sends nothing of it.
    #[error("the server says that there is more, and sends nothing")]
    NothingSent,
    /// There is more than is fetched at once.
    #[error("there are more than {topics} topics, which are not fetched at once")]
    TooMany {
        /// Topics fetched.
        topics: u64,
    },
}

/// Where the fetch stands.
#[derive(Clone, Debug)]
pub struct Pages {
    request: Request,
    page: i32,
    bounds: Bounds,
    topics: u64,
    bytes: u64,
    pages: u32,
    orders: Orders,
}

impl Pages {
    /// From the first topic on. The limit of the request is the size of a page.
    #[must_use]
    pub fn of(request: Request, bounds: Bounds) -> Self {
        let page = request.limit;
        let mut pages = Self { request, page, bounds, topics: 0, bytes: 0, pages: 0, orders: Orders::ALL };
        pages.limit_page();
        pages
    }

    /// What to ask next.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Topics received so far.
    #[must_use]
    pub const fn topics(&self) -> u64 {
        self.topics
    }

    /// The error of a fetch that must be complete and has reached a bound.
    #[must_use]
    pub const fn too_many(&self) -> PagingError {
        PagingError::TooMany { topics: self.topics }
    }

    /// The last path received, after which the next page begins; none before the first.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.request.from.as_ref().map(|from| from.path.as_str())
    }

    /// Lets a fetch that has reached a bound go on for as much again.
    pub fn go_on(&mut self) {
        (self.topics, self.bytes, self.pages) = (0, 0, 0);
        self.limit_page();
    }

    /// Counts a page, and says what comes next.
    ///
    /// # Errors
    /// The server does not go forward. What the page holds must not be used where topics are counted.
    pub fn take(&mut self, response: &Response) -> Result<Next, PagingError> {
        let (Some(first), Some(last)) = (response.results.first(), response.results.last()) else {
            return if response.has_more { Err(PagingError::NothingSent) } else { Ok(Next::Complete) };
        };
        if let Some(from) = &self.request.from
            && !self.orders.go_forward(&from.path, &first.path)
        {
            return Err(PagingError::Repeats { after: from.path.clone(), sent: first.path.clone() });
        }
        if first.path != last.path && !self.orders.go_forward(&first.path, &last.path) {
            return Err(PagingError::Repeats { after: first.path.clone(), sent: last.path.clone() });
        }
        let held = |topic: &super::FetchedTopic| topic.path.len() + topic.value.as_ref().map_or(0, bytes::Bytes::len);
        self.topics += response.results.len() as u64;
        self.bytes += response.results.iter().map(held).sum::<usize>() as u64;
        self.pages += 1;
        if !response.has_more {
            return Ok(Next::Complete);
        }
        self.request.from = Some(Limit { path: last.path.clone(), includes_path: false });
        let Bounds { topics, bytes, pages } = self.bounds;
        if self.topics >= topics || self.bytes >= bytes || self.pages >= pages {
            return Ok(Next::Bound);
        }
        self.limit_page();
        Ok(Next::Ask)
    }

    /// The last page is no larger than what is left of the bound.
    fn limit_page(&mut self) {
        let left = self.bounds.topics.saturating_sub(self.topics);
        self.request.limit = self.page.min(i32::try_from(left).unwrap_or(i32::MAX));
    }
}

/// The orders of paths that a server's pages agree with. Which one a server uses is not specified: whole texts or part
/// by part, by code points or by UTF-16 units.
#[derive(Clone, Copy, Debug)]
struct Orders([bool; 4]);

impl Orders {
    const ALL: Self = Self([true; 4]);

    /// Takes in that one path was sent before another; false if that goes forward in no order any more.
    fn go_forward(&mut self, before: &str, after: &str) -> bool {
        let orders: [fn(&str, &str) -> Ordering; 4] = [
            |a, b| a.cmp(b),
            |a, b| a.split('/').cmp(b.split('/')),
            |a, b| a.encode_utf16().cmp(b.encode_utf16()),
            |a, b| {
                let mut parts = a.split('/').zip(b.split('/'));
                let unequal =
                    parts.find_map(|(a, b)| Some(a.encode_utf16().cmp(b.encode_utf16())).filter(|o| o.is_ne()));
                unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
            },
        ];
        for (agrees, order) in self.0.iter_mut().zip(orders) {
            *agrees = *agrees && order(before, after).is_lt();
        }
        self.0.contains(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;
    use crate::wire::services::fetch::{FetchedTopic, Size};

    fn page(paths: &[&str], has_more: bool) -> Response {
        let topic = |path: &&str| FetchedTopic {
            path: (*path).into(),
            topic_type: TopicType::Json,
            value: Some(bytes::Bytes::from_static(&[0; 10])),
            properties_index: 0,
            size: Size::None,
        };
        Response { properties: vec![], results: paths.iter().map(topic).collect(), has_more }
    }

    fn pages(limit: i32, bounds: Bounds) -> Pages {
        Pages::of(Request { limit, ..Request::of("?a//") }, bounds)
    }

    #[test]
    fn each_page_begins_after_the_last_path() {
        let mut pages = pages(2, Bounds::HANDED_ON);
        assert_eq!(pages.request().from, None);
        assert_eq!(pages.take(&page(&["a", "b"], true)), Ok(Next::Ask));
        assert_eq!(pages.request().from, Some(Limit { path: "b".into(), includes_path: false }));
        assert_eq!(pages.take(&page(&["c"], false)), Ok(Next::Complete));
        assert_eq!(pages.topics(), 3);
    }

    #[test]
    fn a_server_that_does_not_go_forward_ends_the_fetch() {
        let repeats = |after: &str, sent: &str| Err(PagingError::Repeats { after: after.into(), sent: sent.into() });
        for (second, expected) in [
            (page(&["b", "c"], true), repeats("b", "b")),
            (page(&["a", "c"], true), repeats("b", "a")),
            (page(&["c", "a"], true), repeats("c", "a")),
            (page(&[], true), Err(PagingError::NothingSent)),
        ] {
            let mut pages = pages(2, Bounds::HANDED_ON);
            assert_eq!(pages.take(&page(&["a", "b"], true)), Ok(Next::Ask));
            assert_eq!(pages.take(&second), expected);
        }
    }

    #[test]
    fn any_order_of_paths_goes_forward_as_long_as_it_is_one() {
        // As whole texts `a-b` comes before `a/b`; part by part it comes after; U+FF5E and U+1F600 differ in UTF-16.
        for order in [["a-b", "a/b", "a/c"], ["a/b", "a/c", "a-b"], ["a/\u{1f600}", "a/\u{ff5e}", "b"]] {
            let mut pages = pages(1, Bounds::HANDED_ON);
            for path in order {
                assert_eq!(pages.take(&page(&[path], true)), Ok(Next::Ask), "{order:?} at {path}");
            }
        }
        let mut both = pages(1, Bounds::HANDED_ON);
        assert_eq!(both.take(&page(&["a-b"], true)), Ok(Next::Ask));
        assert_eq!(both.take(&page(&["a/b"], true)), Ok(Next::Ask));
        assert!(both.take(&page(&["a-b"], true)).is_err(), "there and back is a loop in every order");
    }

    #[test]
    fn bounds_end_it_and_it_can_go_on() {
        let by = |bounds| pages(2, bounds);
        let most = Bounds::HANDED_ON;
        let mut topics = by(Bounds { topics: 3, ..most });
        assert_eq!((topics.request().limit, topics.take(&page(&["a", "b"], true))), (2, Ok(Next::Ask)));
        assert_eq!((topics.request().limit, topics.take(&page(&["c"], true))), (1, Ok(Next::Bound)));
        topics.go_on();
        assert_eq!((topics.last(), topics.request().limit), (Some("c"), 2));
        assert_eq!(by(Bounds { bytes: 20, ..most }).take(&page(&["a", "b"], true)), Ok(Next::Bound));
        assert_eq!(by(Bounds { pages: 1, ..most }).take(&page(&["a", "b"], true)), Ok(Next::Bound));
        assert_eq!(by(Bounds { pages: 1, ..most }).take(&page(&["a", "b"], false)), Ok(Next::Complete));
    }
}
