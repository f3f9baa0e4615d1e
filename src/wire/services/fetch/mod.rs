//! Reads topics without subscribing.

mod pages;

pub use pages::{Bounds, Next, PAGE_BYTES, PAGE_OF_PATHS, PAGE_OF_VALUES, Pages, PagingError};

use crate::data::{Properties, TopicType};
use crate::record;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::protocol::Part;
use crate::wire::reader::Reader;
use crate::wire::service::{Effect, Service};
use crate::wire::writer::Writer;
use bytes::Bytes;

/// Reads topics without subscribing.
pub struct Fetch;

impl Service for Fetch {
    const ID: u32 = 0x75;
    const NAME: &'static str = "fetch";
    const EFFECT: Effect = Effect::Reads;
    type Request = Request;
    type Response = Response;
}

record! {
    /// One end of a range of paths.
    pub struct Limit {
        /// The path.
        path: String,
        /// Whether the path itself belongs to the range.
        includes_path: bool,
    }
}

/// What to fetch. Start from [`Request::of`].
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Selector expression.
    pub selector: String,
    /// Start of the range of paths.
    pub from: Option<Limit>,
    /// End of the range of paths.
    pub to: Option<Limit>,
    /// Bit set of topic type ids.
    pub topic_types: i64,
    /// Whether values are wanted.
    pub with_values: bool,
    /// Whether topic properties are wanted.
    pub with_properties: bool,
    /// At most so many from the start; negative: from the end.
    pub limit: i32,
    /// Bytes.
    pub max_result_size: i32,
    /// Parts of a path that make a deep branch.
    pub deep_branch_depth: i32,
    /// Topics wanted of each deep branch.
    pub deep_branch_limit: i32,
    /// Whether unpublished delayed reference topics are wanted.
    pub with_unpublished_delayed_topics: bool,
    /// Whether sizes are wanted (protocol 28 and later).
    pub with_sizes: bool,
}

/// Topics of one answer; there may be more to fetch.
pub const MAX_RESULTS: usize = 100_000;
/// Every topic type a fetch can ask for.
pub const ALL_TYPES: i64 = 0x1f_c000;

impl Request {
    /// Paths and types of everything selected.
    #[must_use]
    pub fn of(selector: impl Into<String>) -> Self {
        Self {
            selector: selector.into(),
            from: None,
            to: None,
            topic_types: ALL_TYPES,
            with_values: false,
            with_properties: false,
            limit: i32::MAX,
            max_result_size: i32::MAX,
            deep_branch_depth: i32::MAX,
            deep_branch_limit: i32::MAX,
            with_unpublished_delayed_topics: false,
            with_sizes: false,
        }
    }

    /// Paths and types of everything selected, in pages.
    #[must_use]
    pub fn paths(selector: impl Into<String>) -> Self {
        Self { limit: PAGE_OF_PATHS, ..Self::of(selector) }
    }

    /// Everything about the topics selected, in pages that fit into a message.
    #[must_use]
    pub fn whole(selector: impl Into<String>) -> Self {
        Self {
            limit: PAGE_OF_VALUES,
            max_result_size: PAGE_BYTES,
            with_values: true,
            with_properties: true,
            ..Self::of(selector)
        }
    }
}

impl Wire for Request {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(Self {
            selector: r.field("selector")?,
            from: r.field("from")?,
            to: r.field("to")?,
            topic_types: r.field("topic types")?,
            with_values: r.field("with values")?,
            with_properties: r.field("with properties")?,
            limit: r.field("limit")?,
            max_result_size: r.field("maximum result size")?,
            deep_branch_depth: r.field("deep branch depth")?,
            deep_branch_limit: r.field("deep branch limit")?,
            with_unpublished_delayed_topics: r.field("with unpublished delayed topics")?,
            with_sizes: if r.has(Part::Sizes) { r.field("with sizes")? } else { false },
        })
    }

    fn write(&self, w: &mut Writer) {
        self.selector.write(w);
        self.from.write(w);
        self.to.write(w);
        self.topic_types.write(w);
        self.with_values.write(w);
        self.with_properties.write(w);
        self.limit.write(w);
        self.max_result_size.write(w);
        self.deep_branch_depth.write(w);
        self.deep_branch_limit.write(w);
        self.with_unpublished_delayed_topics.write(w);
        if w.has(Part::Sizes) {
            self.with_sizes.write(w);
        } else if self.with_sizes {
            w.needs(Part::Sizes);
        }
    }
}

/// Sizes of a fetched topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Not asked for, or there is no value.
    None,
    /// Bytes of the value.
    Value(i32),
    /// Of a time series.
    Series {
        /// Bytes of the last event.
        last_event: i32,
        /// Number of events.
        events: i32,
        /// Bytes of all events.
        total: i64,
    },
}

impl Wire for Size {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(match r.u8()? {
            0 => Self::None,
            1 => Self::Value(r.i32()?),
            2 => Self::Series { last_event: r.i32()?, events: r.i32()?, total: r.i64()? },
            other => return Err(r.error(Problem::Unknown(i64::from(other)))),
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::None => w.u8(0),
            Self::Value(size) => {
                w.u8(1);
                w.i32(*size);
            }
            Self::Series { last_event, events, total } => {
                w.u8(2);
                w.i32(*last_event);
                w.i32(*events);
                w.i64(*total);
            }
        }
    }
}

/// A fetched topic.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedTopic {
    /// Topic path.
    pub path: String,
    /// Topic type.
    pub topic_type: TopicType,
    /// Value bytes; for a time series its last event.
    pub value: Option<Bytes>,
    /// Place in [`Response::properties`].
    pub properties_index: i32,
    /// Sizes.
    pub size: Size,
}

impl Wire for FetchedTopic {
    const MIN_SIZE: usize = 4;
    const MAX_ITEMS: usize = MAX_RESULTS;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(Self {
            path: r.field("path")?,
            topic_type: r.field("topic type")?,
            value: r.field("value")?,
            properties_index: r.field("properties index")?,
            size: if r.has(Part::Sizes) { r.field("size")? } else { Size::None },
        })
    }
    fn write(&self, w: &mut Writer) {
        self.path.write(w);
        self.topic_type.write(w);
        self.value.write(w);
        self.properties_index.write(w);
        if w.has(Part::Sizes) {
            self.size.write(w);
        }
    }
}

record! {
    /// What was found, in path order.
    pub struct Response {
        /// The distinct property maps.
        properties: Vec<Properties>,
        /// The topics.
        results: Vec<FetchedTopic>,
        /// Whether limits left something out.
        has_more: bool,
    }
}

impl Response {
    /// The properties of a result; empty if none were asked for.
    #[must_use]
    pub fn properties_of(&self, topic: &FetchedTopic) -> Properties {
        usize::try_from(topic.properties_index).ok().and_then(|i| self.properties.get(i)).cloned().unwrap_or_default()
    }
}
