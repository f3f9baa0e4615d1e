//! Update streams: one per topic, valid until anything else updates it.
//!
//! A stream also ends when its session loses `UPDATE_TOPIC`. Nothing here can take it away: roles are given when a session
//! opens, both stores are fixed for the life of the server, and the owner of a topic changes only with the topic, whose
//! removal ends its stream. What comes to change one of these must end streams too.

use super::updates::{add_for, check as check_update, set_value};
use super::{RequestContext, ServiceError};
use crate::data::value::delta;
use crate::data::{ErrorCode, TopicPath};
use crate::server::outbox::Conflation;
use crate::server::quotas::Quota;
use crate::server::topic::Stream;
use crate::wire::services::shared::{AddAndSetRequest, StreamAdded, StreamCreated, StreamId, stream_flags};
use crate::wire::services::{topic_set, update_stream_add, update_stream_create, update_stream_set};
use bytes::Bytes;

/// The largest value a delta may make.
const MAX_VALUE_BYTES: usize = 64 << 20;

/// Makes a stream for a topic that exists.
pub(super) fn create(
    cx: &mut RequestContext<'_>,
    request: update_stream_create::Request,
) -> Result<StreamCreated, ServiceError> {
    let path = check_update(cx, &request.path, request.topic_type, &request.constraint)?;
    start(cx, &path, None)
}

/// Sets a value and makes a stream.
pub(super) fn create_and_set(
    cx: &mut RequestContext<'_>,
    request: topic_set::Request,
) -> Result<StreamCreated, ServiceError> {
    let path = check_update(cx, &request.path, request.topic_type, &request.constraint)?;
    set_value(cx, &path, request.value.clone(), false)?;
    start(cx, &path, Some(request.value))
}

/// Adds a topic if it is absent and makes a stream.
pub(super) fn add(
    cx: &mut RequestContext<'_>,
    request: update_stream_add::Request,
) -> Result<StreamAdded, ServiceError> {
    let (path, outcome) = add_for(cx, &request.path, &request.spec, &request.constraint, None)?;
    let StreamCreated { stream, flags } = start(cx, &path, None)?;
    Ok(StreamAdded { outcome, stream, flags })
}

/// Adds a topic if it is absent, sets its value and makes a stream.
pub(super) fn add_and_set(cx: &mut RequestContext<'_>, request: AddAndSetRequest) -> Result<StreamAdded, ServiceError> {
    let (path, outcome) = add_for(cx, &request.path, &request.spec, &request.constraint, Some(&request.value))?;
    set_value(cx, &path, request.value.clone(), false)?;
    let StreamCreated { stream, flags } = start(cx, &path, Some(request.value))?;
    Ok(StreamAdded { outcome, stream, flags })
}

/// Tells whether a stream is valid.
pub(super) fn check(cx: &mut RequestContext<'_>, stream: StreamId) -> Result<(), ServiceError> {
    find(cx, &stream).map(drop)
}

/// Sets a value through a stream.
pub(super) fn set(cx: &mut RequestContext<'_>, request: update_stream_set::Request) -> Result<(), ServiceError> {
    let path = find(cx, &request.stream)?;
    put(cx, &path, request.value)
}

/// Sets a value through a stream by a delta to the one before.
pub(super) fn delta(cx: &mut RequestContext<'_>, request: update_stream_set::Request) -> Result<(), ServiceError> {
    let path = find(cx, &request.stream)?;
    let base = cx.world.topics.get(&path).and_then(|topic| topic.stream.as_ref()).and_then(|s| s.place.base());
    let base = base.ok_or_else(|| {
        ServiceError::new(ErrorCode::DELTA_WITHOUT_VALUE, "The stream has set no value that the delta could refer to")
    })?;
    let value = delta::apply(&base, &request.value, MAX_VALUE_BYTES)
        .map_err(|error| ServiceError::new(ErrorCode::INVALID_DATA, format!("The delta cannot be applied: {error}")))?;
    put(cx, &path, value.into())
}

/// Makes the one stream of a topic; an older one is invalid from now on.
fn start(cx: &mut RequestContext<'_>, path: &TopicPath, base: Option<Bytes>) -> Result<StreamCreated, ServiceError> {
    let session = cx.key;
    let streams = cx.session()?.streams.clone();
    Quota::UpdateStreams.require_room(streams.count(), 1)?;
    let topic = cx.world.topics.get_mut(path).ok_or_else(|| ServiceError::no_such_topic(path.as_str()))?;
    topic.streams = topic.streams.wrapping_add(1);
    let instance = topic.streams;
    let is_shared = topic.retains_value() && !topic.is_series();
    let place = streams.begin(topic.number, instance, is_shared);
    if let Some(base) = base {
        place.set_base(base);
    }
    topic.stream = Some(Stream { session, instance, place });
    let mut flags = 0;
    if topic.retains_value() {
        flags |= stream_flags::RETAINS_VALUE;
    }
    // Every set of a time series must become an event.
    if topic.delivery.conflation != Conflation::Off && !topic.is_series() {
        flags |= stream_flags::SUPPORTS_CONFLATION;
    }
    let stream = StreamId { topic_id: topic.number, instance_id: instance, partition: 0, generation: 0 };
    Ok(StreamCreated { stream, flags })
}

fn find(cx: &RequestContext<'_>, stream: &StreamId) -> Result<TopicPath, ServiceError> {
    let invalid = |text: &str| ServiceError::new(ErrorCode::INVALID_UPDATE_STREAM, text);
    let path = cx.world.numbers.get(&stream.topic_id).ok_or_else(|| invalid("Topic removed"))?;
    let current = cx.world.topics.get(path).and_then(|topic| topic.stream.as_ref());
    match current {
        Some(current) if current.session == cx.key && current.instance == stream.instance_id => Ok(path.clone()),
        _ => Err(invalid("The update stream is no longer valid")),
    }
}

fn put(cx: &mut RequestContext<'_>, path: &TopicPath, value: Bytes) -> Result<(), ServiceError> {
    set_value(cx, path, value.clone(), true)?;
    if let Some(stream) = cx.world.topics.get(path).and_then(|topic| topic.stream.as_ref()) {
        stream.place.set_base(value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{dispatch, fixture};
    use super::*;
    use crate::data::{TopicSpec, TopicType, property, value};
    use crate::server::handlers::fixture::VERSION;
    use crate::server::world::World;
    use crate::wire::services::shared::Constraint;
    use crate::wire::services::{UpdateStreamAddAndSet, UpdateStreamCreate};
    use crate::wire::{Service, encode};

    fn create_at(world: &mut World, key: u64, path: &str) -> Option<ErrorCode> {
        let request = update_stream_create::Request {
            path: path.to_owned(),
            topic_type: TopicType::String,
            constraint: Constraint::Unconstrained,
        };
        dispatch(world, key, 1, UpdateStreamCreate::ID, encode(&request, VERSION)).err().map(|error| error.code)
    }

    #[test]
    fn the_valid_streams_of_a_session_are_counted_however_they_end() {
        let mut world = fixture::world();
        let (key, other) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "admin"));
        let count = |world: &World| world.sessions[&key].streams.count();
        for path in ["a", "b", "c", "d"] {
            world.add(path, &TopicSpec::new(TopicType::String), None).expect("a topic");
            assert_eq!(create_at(&mut world, key, path), None);
        }
        assert_eq!(create_at(&mut world, key, "a"), None);
        assert_eq!(count(&world), 4, "one for each topic");
        assert_eq!(create_at(&mut world, other, "a"), None);
        let path = |text| TopicPath::parse(text).expect("a path");
        world.set(&path("b"), Bytes::from_static(b"ax"), "", 0, false).expect("set");
        world.remove(&path("c"));
        assert_eq!(count(&world), 1, "taken by another, updated, removed");
        let streams = world.sessions[&key].streams.clone();
        let limit = i32::try_from(Quota::UpdateStreams.limit()).expect("small");
        let counted: Vec<_> = (1..limit).map(|n| streams.begin(-n, 1, false)).collect();
        assert_eq!(create_at(&mut world, key, "b"), Some(ErrorCode::REJECTED_REQUEST));
        drop(counted);
        assert_eq!(create_at(&mut world, key, "b"), None);
    }

    #[test]
    fn what_a_stream_set_last_counts_where_only_the_stream_keeps_it() {
        let mut world = fixture::world();
        let key = fixture::session(&mut world, "admin");
        let kept = |world: &World| (world.sessions[&key].streams.kept_bytes(), world.sessions[&key].all_kept_bytes());
        let before = kept(&world).1;
        let unkept = TopicSpec::new(TopicType::String).with(property::DONT_RETAIN_VALUE, "true");
        for (path, spec) in [("kept", TopicSpec::new(TopicType::String)), ("unkept", unkept)] {
            let value = value::encode(&value::Value::String(Some("x".repeat(5000))));
            let request = AddAndSetRequest { path: path.into(), spec, value, constraint: Constraint::Unconstrained };
            fixture::answer::<UpdateStreamAddAndSet>(&mut world, key, &request).expect("a stream");
        }
        let (bases, all) = kept(&world);
        assert!((5000..5010).contains(&bases) && all - before >= bases, "{bases} {all}");
        assert!(world.budget.used() >= all);
        world.end_session(key, crate::data::CloseReason::CLOSED_BY_CLIENT);
        assert_eq!(world.budget.used(), 0, "though the topic knows the stream as long as nobody else updates it");
        assert!(world.topics.values().all(|topic| topic.stream.is_some()));
    }
}
