//! Requests, responses and errors of services against bytes that the official clients wrote and read.

use brownian::data::{Properties, TopicSpec, TopicType, UnsubscribeReason};
use brownian::wire::frame::{VERSION, VERSION_PYTHON};
use brownian::wire::services::range_query::{self, PointType, QueryType};
use brownian::wire::services::shared::{
    AddAndSetRequest, AddOutcome, Comparison, Constraint, ConstraintType, Operator, SelectionRequest, StreamAdded,
    StreamCreated, StreamId, TopicEvent, stream_flags,
};
use brownian::wire::services::{self, Visitor, fetch, visit_all};
use brownian::wire::{DecodeError, Message, Service, Wire, decode, encode};
use bytes::Bytes;
use serde_json::{Value as Sample, json};
use std::sync::LazyLock;

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../samples/topic-services.json")).expect("the samples are a JSON array")
});

/// Which of a service's two forms a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Request,
    Response,
}

fn text<'a>(sample: &'a Sample, key: &str) -> &'a str {
    sample[key].as_str().unwrap_or_else(|| panic!("no text {key} in {sample}"))
}

fn bytes_of(sample: &Sample) -> Bytes {
    hex::decode(text(sample, "hex")).expect("hex").into()
}

fn id_of(sample: &Sample) -> u32 {
    sample["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_else(|| panic!("no id in {sample}"))
}

fn version_of(sample: &Sample) -> u8 {
    let version = sample["protocol"].as_u64().and_then(|v| u8::try_from(v).ok()).expect("a version");
    assert!([VERSION, VERSION_PYTHON].contains(&version), "{sample}");
    version
}

fn part_of(sample: &Sample) -> Option<Part> {
    match text(sample, "kind") {
        "request" => Some(Part::Request),
        "response" => Some(Part::Response),
        "error" => None,
        other => panic!("no kind {other}"),
    }
}

fn is_known(id: u32) -> bool {
    services::ALL.iter().any(|entry| entry.id == id)
}

/// Service, version, part and bytes of each sample that this program has types for.
pub(crate) fn payloads() -> impl Iterator<Item = (u32, u8, Part, Bytes)> {
    let known = SAMPLES.iter().filter(|sample| is_known(id_of(sample)));
    known.filter_map(|sample| Some((id_of(sample), version_of(sample), part_of(sample)?, bytes_of(sample))))
}

/// Reads a payload as a part of a service and writes it back.
pub(crate) fn written_back(id: u32, version: u8, part: Part, payload: &Bytes) -> Result<Bytes, DecodeError> {
    struct Pass<'a>(u32, u8, Part, &'a Bytes, Option<Result<Bytes, DecodeError>>);
    impl Visitor for Pass<'_> {
        fn visit<S: Service>(&mut self) {
            if self.0 == S::ID {
                self.4 = Some(match self.2 {
                    Part::Request => pass::<S::Request>(self.3, self.1),
                    Part::Response => pass::<S::Response>(self.3, self.1),
                });
            }
        }
    }
    fn pass<T: Wire>(payload: &Bytes, version: u8) -> Result<Bytes, DecodeError> {
        decode::<T>(payload.clone(), version).map(|value| encode(&value, version))
    }
    let mut pass = Pass(id, version, part, payload, None);
    visit_all(&mut pass);
    pass.4.unwrap_or_else(|| panic!("no service {id}"))
}

fn spec_of(spec: &TopicSpec) -> Sample {
    json!({ "type": spec.topic_type.name(), "properties": properties_of(&spec.properties) })
}

fn properties_of(properties: &Properties) -> Sample {
    properties
        .iter()
        .map(|(key, value)| (key.to_owned(), Sample::from(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn selection_of(request: &SelectionRequest, version: u8) -> Sample {
    let mut out = json!({ "selector": request.selector });
    if version >= 29 {
        out["scope"] = request.scope.as_str().into();
    }
    out
}

fn outcome_of(outcome: AddOutcome) -> Sample {
    match outcome {
        AddOutcome::Created => "CREATED",
        AddOutcome::Exists => "EXISTS",
    }
    .into()
}

fn event_of(event: TopicEvent) -> Sample {
    match event {
        TopicEvent::Added => "ADDED",
        TopicEvent::Selected => "SELECTED",
        TopicEvent::Removed => "REMOVED",
        TopicEvent::Deselected => "DESELECTED",
    }
    .into()
}

fn reason_of(reason: UnsubscribeReason) -> Sample {
    match reason {
        UnsubscribeReason::Requested => "REQUESTED",
        UnsubscribeReason::Control => "CONTROL",
        UnsubscribeReason::Removed => "REMOVED",
        UnsubscribeReason::Authorization => "AUTHORIZATION",
        other => panic!("no sample has {other:?}"),
    }
    .into()
}

fn comparison_of(comparison: &Comparison, version: u8, mut out: Sample) -> Sample {
    if version >= 26 {
        out["operator"] = match comparison.operator {
            Operator::Is => "IS",
            Operator::Eq => "EQ",
            Operator::Ne => "NE",
            Operator::Gt => "GT",
            Operator::Ge => "GE",
            Operator::Lt => "LT",
            Operator::Le => "LE",
        }
        .into();
        out["valueType"] = match comparison.value_type {
            ConstraintType::Null => "NULL",
            ConstraintType::String => "STRING",
            ConstraintType::Int64 => "INT64",
            ConstraintType::Double => "DOUBLE",
            ConstraintType::Binary => "BINARY",
            ConstraintType::Json => "JSON",
            ConstraintType::RecordV2 => "RECORD_V2",
            ConstraintType::Boolean => "BOOLEAN",
        }
        .into();
    }
    out["value_hex"] = hex::encode(&comparison.value).into();
    out
}

fn constraint_of(constraint: &Constraint, version: u8) -> Sample {
    let part = |constraint| constraint_of(constraint, version);
    match constraint {
        Constraint::Unconstrained => json!({ "type": "UNCONSTRAINED" }),
        Constraint::And(parts) if version < 27 => {
            json!({ "type": "CONJUNCTION", "constraints": parts.iter().map(part).collect::<Vec<_>>() })
        }
        Constraint::And(parts) => {
            let [left, right] = &parts[..] else { panic!("not two sides: {parts:?}") };
            json!({ "type": "CONJUNCTION", "left": part(left), "right": part(right) })
        }
        Constraint::Or(left, right) => json!({ "type": "DISJUNCTION", "left": part(left), "right": part(right) }),
        Constraint::Value(comparison) => comparison_of(comparison, version, json!({ "type": "TOPIC_VALUE" })),
        Constraint::NoValue => json!({ "type": "NO_VALUE" }),
        Constraint::Locked { name, sequence } => json!({ "type": "LOCKED", "name": name, "sequence": sequence }),
        Constraint::NoTopic => json!({ "type": "NO_TOPIC" }),
        Constraint::PartialJson { with, without } => {
            let with = with.iter().map(|(at, value)| comparison_of(value, version, json!({ "pointer": at })));
            json!({ "type": "PARTIAL_JSON", "with": with.collect::<Vec<_>>(), "without": without })
        }
    }
}

fn stream_of(stream: &StreamId) -> Sample {
    json!({
        "topicId": stream.topic_id,
        "instanceId": stream.instance_id,
        "partition": stream.partition,
        "generation": stream.generation,
    })
}

fn created_of(stream: &StreamId, flags: u8) -> Sample {
    json!({
        "streamId": stream_of(stream),
        "retainsValue": flags & stream_flags::RETAINS_VALUE != 0,
        "supportsConflation": flags & stream_flags::SUPPORTS_CONFLATION != 0,
    })
}

fn stream_created_of(response: &StreamCreated) -> Sample {
    created_of(&response.stream, response.flags)
}

fn stream_added_of(response: &StreamAdded) -> Sample {
    let mut out = created_of(&response.stream, response.flags);
    out["result"] = outcome_of(response.outcome);
    out
}

fn add_and_set_of(request: &AddAndSetRequest, version: u8) -> Sample {
    json!({
        "path": request.path,
        "specification": spec_of(&request.spec),
        "value_hex": hex::encode(&request.value),
        "constraint": constraint_of(&request.constraint, version),
    })
}

fn set_of(request: &services::topic_set::Request, version: u8) -> Sample {
    json!({
        "path": request.path,
        "topicType": request.topic_type.name(),
        "value_hex": hex::encode(&request.value),
        "constraint": constraint_of(&request.constraint, version),
    })
}

fn fetch_of(request: &fetch::Request, version: u8) -> Sample {
    let types = TopicType::ALL.into_iter().filter(|t| request.topic_types & 1 << t.id() != 0);
    let limit = |limit: &fetch::Limit| json!({ "path": limit.path, "includesPath": limit.includes_path });
    let mut out = json!({
        "selector": request.selector,
        "from": request.from.as_ref().map(limit),
        "to": request.to.as_ref().map(limit),
        "topicTypes": types.map(TopicType::name).collect::<Vec<_>>(),
        "withValues": request.with_values,
        "withProperties": request.with_properties,
        "limit": request.limit,
        "maximumResultSize": request.max_result_size,
        "deepBranchDepth": request.deep_branch_depth,
        "deepBranchLimit": request.deep_branch_limit,
        "withUnpublishedDelayedTopics": request.with_unpublished_delayed_topics,
    });
    if version >= 28 {
        out["withSizes"] = request.with_sizes.into();
    }
    out
}

fn fetched_of(response: &fetch::Response, version: u8) -> Sample {
    let result = |topic: &fetch::FetchedTopic| {
        let mut out = json!({
            "path": topic.path,
            "type": topic.topic_type.name(),
            "value_hex": topic.value.as_ref().map(hex::encode),
            "propertiesIndex": topic.properties_index,
        });
        if version >= 28 {
            out["size"] = match topic.size {
                fetch::Size::None => Sample::Null,
                fetch::Size::Value(size) => json!({ "kind": "SIMPLE", "valueSize": size }),
                fetch::Size::Series { last_event, events, total } => json!({
                    "kind": "TIME_SERIES",
                    "lastEventSize": last_event,
                    "eventCount": events,
                    "totalSize": total,
                }),
            };
        }
        out
    };
    json!({
        "properties": response.properties.iter().map(properties_of).collect::<Vec<_>>(),
        "results": response.results.iter().map(result).collect::<Vec<_>>(),
        "hasMore": response.has_more,
    })
}

fn appended_of(response: &services::time_series_append::Response) -> Sample {
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

/// What a payload says, in the notation of the samples.
fn said<S: Service>(
    part: Part,
    payload: Bytes,
    version: u8,
    request: impl FnOnce(S::Request) -> Sample,
    response: impl FnOnce(S::Response) -> Sample,
) -> Result<Sample, DecodeError> {
    match part {
        Part::Request => decode(payload, version).map(request),
        Part::Response => decode(payload, version).map(response),
    }
}

fn void((): ()) -> Sample {
    json!({})
}

fn view_of(view: services::topic_view_create::TopicView) -> Sample {
    json!({ "name": view.name, "specification": view.specification, "roles": view.roles })
}

pub(crate) fn value_of(id: u32, part: Part, payload: Bytes, v: u8) -> Result<Sample, DecodeError> {
    use services as s;
    let (p, result) = (payload, |outcome| json!({ "result": outcome_of(outcome) }));
    match id {
        3 => said::<s::Subscribe>(part, p, v, |r| selection_of(&r, v), void),
        4 => said::<s::Unsubscribe>(part, p, v, |r| selection_of(&r, v), void),
        20 => {
            let request = |r: s::topic_control_registration::Request| json!({ "serviceId": r.service, "controlGroup": r.control_group, "path": r.path, "conversationId": r.handler });
            said::<s::TopicControlRegistration>(part, p, v, request, void)
        }
        21 => {
            let request = |r: s::topic_control_deregistration::Request| json!({ "serviceId": r.service, "controlGroup": r.control_group, "path": r.path });
            said::<s::TopicControlDeregistration>(part, p, v, request, void)
        }
        42 => {
            let request =
                |r: s::topic_unsubscribed::Request| json!({ "topicId": r.topic_id, "reason": reason_of(r.reason) });
            said::<s::TopicUnsubscribed>(part, p, v, request, void)
        }
        50 => {
            let request = |r: s::missing_topic::Request| {
                let properties: serde_json::Map<_, _> =
                    r.session_properties.into_iter().map(|(key, value)| (key, Sample::from(value))).collect();
                json!({
                    "selector": r.selector,
                    "sessionProperties": properties,
                    "serverNames": r.server_names,
                    "conversationId": r.handler,
                })
            };
            said::<s::MissingTopic>(part, p, v, request, |proceed| json!({ "proceed": proceed }))
        }
        83 => {
            let response = |count| json!({ "removedCount": count });
            said::<s::TopicRemove>(part, p, v, |r| json!({ "selector": r.selector }), response)
        }
        87 => {
            let request = |r: s::topic_subscribed::Request| json!({ "topicId": r.topic_id, "path": r.path, "specification": spec_of(&r.spec) });
            said::<s::TopicSubscribed>(part, p, v, request, void)
        }
        138 => {
            let request =
                |r: s::topic_view_create::Request| json!({ "name": r.name, "specification": r.specification });
            let report =
                |r: s::topic_view_create::Report| json!({ "message": r.message, "line": r.line, "column": r.column });
            let response = |r| match r {
                s::topic_view_create::Response::Created(view) => json!({ "view": view_of(view) }),
                s::topic_view_create::Response::Refused(reports) => {
                    json!({ "errors": reports.into_iter().map(report).collect::<Vec<_>>() })
                }
            };
            said::<s::TopicViewCreate>(part, p, v, request, response)
        }
        139 => said::<s::TopicViewRemove>(part, p, v, |r| json!({ "name": r.name }), void),
        141 => {
            let response = |views: Vec<_>| json!({ "views": views.into_iter().map(view_of).collect::<Vec<_>>() });
            said::<s::TopicViewList>(part, p, v, void, response)
        }
        182 => {
            let response = |view: Option<_>| json!({ "view": view.map(view_of) });
            said::<s::TopicViewGet>(part, p, v, |r| json!({ "name": r.name }), response)
        }
        91 => said::<s::NotificationEnd>(part, p, v, |listener| json!({ "conversationId": listener }), void),
        92 => {
            let request = |r: s::notification_event::Request| {
                let (event, spec) = (event_of(r.event), spec_of(&r.spec));
                json!({ "conversationId": r.listener, "path": r.path, "event": event, "specification": spec })
            };
            said::<s::NotificationEvent>(part, p, v, request, void)
        }
        93 => {
            let request = |r: s::notification_descendant::Request| json!({ "conversationId": r.listener, "path": r.path, "event": event_of(r.event) });
            said::<s::NotificationDescendant>(part, p, v, request, void)
        }
        94 | 95 => {
            let request =
                |r: s::notification_select::Request| json!({ "conversationId": r.listener, "selector": r.selector });
            if id == 94 {
                said::<s::NotificationSelect>(part, p, v, request, void)
            } else {
                said::<s::NotificationDeselect>(part, p, v, request, void)
            }
        }
        84 => said::<s::RangeQuery>(part, p, v, |r| range_query_of(&r), |r| range_of(&r)),
        99 => {
            let request = |r: s::time_series_append::Request| json!({ "path": r.path, "dataType": r.data_type, "value_hex": hex::encode(&r.value) });
            said::<s::TimeSeriesAppend>(part, p, v, request, |r| appended_of(&r))
        }
        100 => {
            let request = |r: s::time_series_edit::Request| {
                let value = hex::encode(&r.value);
                json!({ "path": r.path, "dataType": r.data_type, "originalSequence": r.original_sequence, "value_hex": value })
            };
            said::<s::TimeSeriesEdit>(part, p, v, request, |r| appended_of(&r))
        }
        112 => {
            let request = |r: s::topic_add::Request| json!({ "path": r.path, "specification": spec_of(&r.spec) });
            said::<s::TopicAdd>(part, p, v, request, result)
        }
        117 => said::<s::Fetch>(part, p, v, |r| fetch_of(&r, v), |r| fetched_of(&r, v)),
        118 => said::<s::TopicSet>(part, p, v, |r| set_of(&r, v), void),
        122 => said::<s::TopicAddAndSet>(part, p, v, |r| add_and_set_of(&r, v), result),
        125 => {
            let request = |r: s::update_stream_create::Request| {
                let constraint = constraint_of(&r.constraint, v);
                json!({ "path": r.path, "topicType": r.topic_type.name(), "constraint": constraint })
            };
            said::<s::UpdateStreamCreate>(part, p, v, request, |r| stream_created_of(&r))
        }
        126 => said::<s::UpdateStreamCreateAndSet>(part, p, v, |r| set_of(&r, v), |r| stream_created_of(&r)),
        127 => said::<s::UpdateStreamCheck>(part, p, v, |r| json!({ "streamId": stream_of(&r) }), void),
        128 | 129 => {
            let request = |key: &'static str| move |r: s::update_stream_set::Request| json!({ "streamId": stream_of(&r.stream), key: hex::encode(&r.value) });
            if id == 128 {
                said::<s::UpdateStreamSet>(part, p, v, request("value_hex"), void)
            } else {
                said::<s::UpdateStreamDelta>(part, p, v, request("delta_hex"), void)
            }
        }
        130 => {
            let request = |r: s::update_stream_add::Request| {
                let constraint = constraint_of(&r.constraint, v);
                json!({ "path": r.path, "specification": spec_of(&r.spec), "constraint": constraint })
            };
            said::<s::UpdateStreamAdd>(part, p, v, request, |r| stream_added_of(&r))
        }
        131 => said::<s::UpdateStreamAddAndSet>(part, p, v, |r| add_and_set_of(&r, v), |r| stream_added_of(&r)),
        151 => {
            let request = |r: s::json_patch::Request| json!({ "path": r.path, "patch": r.patch, "constraint": constraint_of(&r.constraint, v) });
            said::<s::JsonPatch>(part, p, v, request, |index| json!({ "failedOperation": index }))
        }
        166 => {
            let request = |r: s::time_series_timestamp_append::Request| {
                let (value, timestamp) = (hex::encode(&r.value), r.timestamp_millis);
                json!({ "path": r.path, "dataType": r.data_type, "value_hex": value, "timestamp": timestamp })
            };
            said::<s::TimeSeriesTimestampAppend>(part, p, v, request, |r| appended_of(&r))
        }
        199 => said::<s::UnsubscribeAll>(part, p, v, |r| json!({ "selector": r.selector }), void),
        _ => panic!("{} has samples but its values are not compared", services::name_of(id)),
    }
}

#[test]
fn every_service_with_samples_is_known() {
    let unknown = |sample: &&Sample| !is_known(id_of(sample));
    let mut missing: Vec<&str> = SAMPLES.iter().filter(unknown).map(|sample| text(sample, "service")).collect();
    missing.dedup();
    assert!(missing.is_empty(), "{missing:?} have samples and no types");
    let pings = [services::SystemPing::ID, services::UserPing::ID];
    // Locks have samples and tests of their own, in `lock_vectors`.
    let locks = [
        services::SessionLockAcquire::ID,
        services::SessionLockCancel::ID,
        services::SessionLockRelease::ID,
        services::SessionLockGet::ID,
        services::SessionLockList::ID,
    ];
    for entry in services::ALL.iter().filter(|entry| !pings.contains(&entry.id) && !locks.contains(&entry.id)) {
        assert!(SAMPLES.iter().any(|sample| id_of(sample) == entry.id), "{} has no sample", entry.name);
    }
}

#[test]
fn payloads_are_read_as_the_values_they_stand_for() {
    let mut seen = 0;
    for sample in SAMPLES.iter().filter(|sample| is_known(id_of(sample))) {
        let Some(part) = part_of(sample) else { continue };
        let read = value_of(id_of(sample), part, bytes_of(sample), version_of(sample));
        assert_eq!(read.as_ref(), Ok(&sample["value"]), "{sample}");
        seen += 1;
    }
    assert_eq!(seen, 138);
}

#[test]
fn payloads_are_written_byte_for_byte_like_the_official_clients() {
    assert_eq!(payloads().count(), 138);
    for (id, version, part, payload) in payloads() {
        let written = written_back(id, version, part, &payload);
        assert_eq!(written.as_ref().map(hex::encode), Ok(hex::encode(&payload)), "{} {part:?}", services::name_of(id));
    }
}

#[test]
fn payloads_cut_anywhere_are_refused() {
    for (id, version, part, payload) in payloads() {
        for end in 0..payload.len() {
            let read = written_back(id, version, part, &payload.slice(..end));
            assert!(read.is_err(), "{} {part:?} {} to {end}", services::name_of(id), hex::encode(&payload));
        }
    }
}

#[test]
fn bytes_after_the_last_field_are_ignored() {
    for (id, version, part, payload) in payloads() {
        let longer: Bytes = [&payload[..], b"\xff\x00more"].concat().into();
        assert_eq!(written_back(id, version, part, &longer), Ok(payload), "{} {part:?}", services::name_of(id));
    }
}

#[test]
fn errors_are_read_and_written() {
    let mut seen = 0;
    for sample in SAMPLES.iter().filter(|sample| part_of(sample).is_none()) {
        let bytes: Bytes = [b"\x07\x2a", &bytes_of(sample)[..]].concat().into();
        let message = Message::decode(bytes.clone(), usize::MAX).unwrap_or_else(|e| panic!("{e}: {sample}"));
        let Message::Error { cid, description, code } = &message else { panic!("{message:?}") };
        assert_eq!(*cid, 0x2a);
        assert_eq!(json!({ "message": description, "code": code.0 }), sample["value"]);
        assert!(code.name().is_some(), "{sample}");
        assert_eq!(message.encode(), bytes, "{sample}");
        seen += 1;
    }
    assert_eq!(seen, 30);
}
