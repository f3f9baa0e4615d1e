//! Gives an event of a time series another value, as an edit event; the original stays.

use super::time_series_append::Response;
use crate::record;
use crate::wire::service::{Effect, Service};
use bytes::Bytes;

record! {
    /// Topic, original event and new value.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Name of the event's data type: `json`, `int64`, …
        data_type: String,
        /// Sequence of the original event.
        original_sequence: i64,
        /// Value bytes.
        value: Bytes,
    }
}

/// Gives an event of a time series another value, as an edit event; the original stays.
pub struct TimeSeriesEdit;

impl Service for TimeSeriesEdit {
    const ID: u32 = 0x64;
    const NAME: &'static str = "time-series-edit";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Response;
}
