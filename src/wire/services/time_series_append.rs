//! Appends an event to a time series, with the server's time.

use crate::record;
use crate::wire::service::{Effect, Service};
use bytes::Bytes;

record! {
    /// Topic and event value.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Name of the event's data type: `json`, `int64`, …
        data_type: String,
        /// Value bytes.
        value: Bytes,
    }
}

record! {
    /// Metadata of the new event.
    pub struct Response {
        /// Its sequence number.
        sequence: i64,
        /// Its time in milliseconds since 1970.
        timestamp_millis: i64,
        /// Its author; empty for an anonymous session.
        author: String,
    }
}

/// Appends an event to a time series, with the server's time.
pub struct TimeSeriesAppend;

impl Service for TimeSeriesAppend {
    const ID: u32 = 0x63;
    const NAME: &'static str = "time-series-append";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Response;
}
