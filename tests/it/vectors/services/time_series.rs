//! Time series and range queries.

use super::{Part, read};
use brownian::wire::services as s;
use brownian::wire::services::range_query::{self, PointType, QueryType};
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    Some(match id {
        s::TimeSeriesAppend::ID => {
            let request = |r: s::time_series_append::Request| json!({ "path": r.path, "dataType": r.data_type, "value_hex": hex::encode(&r.value) });
            read::<s::TimeSeriesAppend>(part, p, v, request, |r| appended_of(&r))
        }
        s::TimeSeriesEdit::ID => {
            let request = |r: s::time_series_edit::Request| {
                let value = hex::encode(&r.value);
                json!({ "path": r.path, "dataType": r.data_type, "originalSequence": r.original_sequence, "value_hex": value })
            };
            read::<s::TimeSeriesEdit>(part, p, v, request, |r| appended_of(&r))
        }
        s::TimeSeriesTimestampAppend::ID => {
            let request = |r: s::time_series_timestamp_append::Request| {
                let (value, timestamp) = (hex::encode(&r.value), r.timestamp_millis);
                json!({ "path": r.path, "dataType": r.data_type, "value_hex": value, "timestamp": timestamp })
            };
            read::<s::TimeSeriesTimestampAppend>(part, p, v, request, |r| appended_of(&r))
        }
        s::RangeQuery::ID => read::<s::RangeQuery>(part, p, v, |r| range_query_of(&r), |r| range_of(&r)),
        _ => return None,
    })
}

fn appended_of(response: &s::time_series_append::Response) -> Sample {
    json!({ "sequence": response.sequence, "timestamp": response.timestamp_millis, "author": response.author })
}

fn whole_of(number: i64) -> Sample {
    if number.unsigned_abs() < 1 << 53 { number.into() } else { number.to_string().into() }
}

fn range_query_of(request: &range_query::Request) -> Sample {
    let point = |point: range_query::Point| {
        let kind = match point.kind {
            PointType::AbsoluteStart => "ABSOLUTE_START",
            PointType::AbsoluteSequence => "ABSOLUTE_SEQUENCE",
            PointType::AbsoluteTime => "ABSOLUTE_TIME",
            PointType::OffsetSequence => "OFFSET_SEQUENCE",
            PointType::OffsetTime => "OFFSET_TIME",
            PointType::NextCount => "NEXT_COUNT",
            PointType::NextTime => "NEXT_TIME",
            PointType::PreviousCount => "PREVIOUS_COUNT",
            PointType::PreviousTime => "PREVIOUS_TIME",
        };
        json!({ "value": point.value, "type": kind })
    };
    let range = |range: range_query::Range| json!({ "anchor": point(range.anchor), "span": point(range.span) });
    json!({
        "path": request.path,
        "queryType": match request.query_type {
            QueryType::Values => "VALUES",
            QueryType::AllEdits => "ALL_EDITS",
            QueryType::LatestEdits => "LATEST_EDITS",
        },
        "viewRange": range(request.view_range),
        "editRange": range(request.edit_range),
        "limit": whole_of(request.limit),
    })
}

fn range_of(response: &range_query::Response) -> Sample {
    use range_query::Entry;
    let coded = |m: &range_query::CodedMetadata| json!({ "sequence": m.sequence, "timestamp": m.timestamp_millis, "authorCode_hex": hex::encode(&m.author_code) });
    let entry = |entry: &Entry| match entry {
        Entry::Original { metadata, value } => {
            json!({ "kind": "ORIGINAL", "metadata": coded(metadata), "value_hex": hex::encode(value) })
        }
        Entry::Edit { original, metadata, value } => {
            let (original, metadata) = (coded(original), coded(metadata));
            json!({ "kind": "EDIT", "original": original, "metadata": metadata, "value_hex": hex::encode(value) })
        }
        Entry::Offsets { sequence, timestamp_millis } => {
            json!({ "kind": "OFFSETS", "sequence": sequence, "timestamp": timestamp_millis })
        }
        Entry::Author { code, author } => {
            json!({ "kind": "AUTHOR", "code_hex": hex::encode(code), "author": author })
        }
    };
    let plain = |m: &range_query::Metadata| json!({ "sequence": m.sequence, "timestamp": m.timestamp_millis, "author": *m.author });
    let event = |event: &range_query::Event| {
        let mut out = plain(&event.metadata);
        out["value_hex"] = hex::encode(&event.value).into();
        if let Some(original) = &event.original {
            out["original"] = plain(original);
        }
        out
    };
    json!({
        "dataType": response.data_type,
        "selectedCount": response.selected_count,
        "entries": response.entries.iter().map(entry).collect::<Vec<_>>(),
        "decoded": {
            "dataType": response.data_type,
            "selectedCount": response.selected_count,
            "events": response.events().iter().map(event).collect::<Vec<_>>(),
        },
    })
}
