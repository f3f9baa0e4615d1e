//! Appends an event with a given time to a time series.

use super::time_series_append::Response;
use crate::record;
use crate::wire::service::{Effect, Service};
use bytes::Bytes;

record! {
    /// Topic, event value and time.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Name of the event's data type: `json`, `int64`, …
        data_type: String,
        /// Value bytes.
        value: Bytes,
        /// Milliseconds since 1970; not before the latest event's.
        timestamp_millis: i64,
    }
}

/// Appends an event with a given time to a time series.
pub struct TimeSeriesTimestampAppend;

impl Service for TimeSeriesTimestampAppend {
    const ID: u32 = 0xa6;
    const NAME: &'static str = "time-series-timestamp-append";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Response;
}
