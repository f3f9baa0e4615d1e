//! Time series: appending, editing, and range queries.

use super::updates::existing;
use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::value::DataType;
use crate::data::value::time_series::EventMetadata;
use crate::data::{ErrorCode, TopicPath, cost};
use crate::server::series::{Event, Series};
use crate::server::session::ClientKind;
use crate::server::topic::Topic;
use crate::server::world::no_series;
use crate::wire::services::range_query::AuthorNames;
use crate::wire::services::range_query::Metadata;
use crate::wire::services::time_series_append::Response as Added;
use crate::wire::services::{range_query, time_series_append, time_series_edit, time_series_timestamp_append};
use bytes::Bytes;

/// Appends an event with the server's time.
pub(super) fn append(cx: &mut RequestContext<'_>, request: time_series_append::Request) -> Result<Added, ServiceError> {
    cx.require(&request.path, PathPermissions::UPDATE_TOPIC)?;
    let path = check(cx, &request.path, &request.data_type, &request.value)?;
    let author = cx.principal();
    let now_millis = cx.now_millis();
    cx.world.change_series(&path, |series| Ok(series.append(&request.value, &author, now_millis))).map(added)
}

/// Appends an event with a time of its own.
pub(super) fn append_at(
    cx: &mut RequestContext<'_>,
    request: time_series_timestamp_append::Request,
) -> Result<Added, ServiceError> {
    cx.require(&request.path, PathPermissions::UPDATE_TOPIC)?;
    let path = check(cx, &request.path, &request.data_type, &request.value)?;
    let (author, now_millis) = (cx.principal(), cx.now_millis());
    let change = |series: &mut Series| series.append_at(&request.value, &author, request.timestamp_millis, now_millis);
    cx.world.change_series(&path, change).map(added)
}

/// Gives an original event another value.
pub(super) fn edit(cx: &mut RequestContext<'_>, request: time_series_edit::Request) -> Result<Added, ServiceError> {
    let sequence = request.original_sequence;
    let may_edit_all = cx.may(&request.path, PathPermissions::EDIT_TIME_SERIES_EVENTS);
    if !may_edit_all {
        cx.require(&request.path, PathPermissions::EDIT_OWN_TIME_SERIES_EVENTS)?;
    }
    let author = cx.principal();
    let (_, topic) = existing(cx, &request.path)?;
    // Two sessions without a name are not known to be the same somebody.
    let is_own = series_of(topic, &request.path)?.author_of(sequence).map(|of| of == author && !author.is_empty());
    if !may_edit_all && is_own == Ok(false) {
        return Err(ServiceError::access_denied());
    }
    let path = check(cx, &request.path, &request.data_type, &request.value)?;
    let now_millis = cx.now_millis();
    let change = |series: &mut Series| series.edit(sequence, &request.value, &author, now_millis);
    cx.world.change_series(&path, change).map(added)
}

/// Answers with the events that a query selects.
pub(super) fn query(
    cx: &mut RequestContext<'_>,
    request: range_query::Request,
) -> Result<range_query::Response, ServiceError> {
    let names = if cx.session()?.client == ClientKind::Python { AuthorNames::Cbor } else { AuthorNames::Plain };
    cx.require(&request.path, PathPermissions::READ_TOPIC)?;
    if request.is_about_edits() {
        cx.require(&request.path, PathPermissions::QUERY_OBSOLETE_TIME_SERIES_EVENTS)?;
    }
    let (_, topic) = existing(cx, &request.path)?;
    let series = series_of(topic, &request.path)?;
    let selected = series.select(&request)?;
    // Both are bounded by the series and the answer, so they are counted and not refused.
    let walked = series.size().0 as u64 * cost::COMPARE;
    let answer: u64 = selected.events.iter().map(|event| cost::PART + cost::bytes_cost(event.value.len())).sum();
    let events: Vec<range_query::Event> = selected.events.into_iter().map(answered).collect();
    let count = i64::try_from(selected.count).unwrap_or(i64::MAX);
    let response = range_query::Response::of(topic.data_type.name(), count, &events, names);
    cx.account.note(walked + answer);
    Ok(response)
}

/// Existence, kind of topic, type and value, in this order.
fn check(cx: &RequestContext<'_>, path: &str, data_type: &str, value: &Bytes) -> Result<TopicPath, ServiceError> {
    let (found, topic) = existing(cx, path)?;
    series_of(topic, path)?;
    if DataType::from_name(data_type) != Some(topic.data_type) {
        let text = format!("An event of type {data_type} does not fit a time series of {}", topic.data_type.name());
        return Err(ServiceError::new(ErrorCode::INCOMPATIBLE_UPDATE, text));
    }
    topic.validate(value)?;
    Ok(found)
}

fn series_of<'a>(topic: &'a Topic, path: &str) -> Result<&'a Series, ServiceError> {
    topic.series.as_ref().ok_or_else(|| no_series(path))
}

fn added(metadata: EventMetadata) -> Added {
    let EventMetadata { sequence, timestamp_millis, author } = metadata;
    Added { sequence, timestamp_millis, author }
}

fn answered(event: &Event) -> range_query::Event {
    let plain = |metadata: &EventMetadata| Metadata {
        sequence: metadata.sequence,
        timestamp_millis: metadata.timestamp_millis,
        author: metadata.author.as_str().into(),
    };
    range_query::Event {
        original: event.original.as_ref().map(plain),
        metadata: plain(&event.metadata),
        value: event.value.clone(),
    }
}

#[cfg(test)]
mod tests;
