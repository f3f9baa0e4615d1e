//! Setting values, with or without adding the topic.

use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{ErrorCode, TopicPath, TopicSpec, TopicType};
use crate::server::topic::Topic;
use crate::server::world::{AddCheck, topic_path};
use crate::wire::services::shared::{AddAndSetRequest, AddOutcome, Constraint};
use crate::wire::services::topic_set;
use crate::wire::services::topic_update::{self, UpdateOutcome};
use bytes::Bytes;

/// Sets the value of a topic.
pub(super) fn set(cx: &mut RequestContext<'_>, request: topic_set::Request) -> Result<(), ServiceError> {
    let path = check(cx, &request.path, request.topic_type, &request.constraint)?;
    set_value(cx, &path, request.value, false)
}

/// Sets the value of a topic, whose type the request does not say. Most failures are outcomes here.
pub(super) fn update(
    cx: &mut RequestContext<'_>,
    request: topic_update::Request,
) -> Result<UpdateOutcome, ServiceError> {
    let topic_update::Request { path, value } = request;
    cx.require(&path, PathPermissions::UPDATE_TOPIC)?;
    let Ok((path, _)) = existing(cx, &path) else { return Ok(UpdateOutcome::NoTopic) };
    Ok(match set_value(cx, &path, value, false) {
        Ok(()) => UpdateOutcome::Done,
        Err(error) if error.code == ErrorCode::INCOMPATIBLE_UPDATE => UpdateOutcome::Incompatible,
        Err(error) if error.code == ErrorCode::INVALID_DATA => UpdateOutcome::Incompatible,
        Err(_) => UpdateOutcome::Failed,
    })
}

/// Adds a topic if it is absent and sets its value, both or neither.
pub(super) fn add_and_set(cx: &mut RequestContext<'_>, request: AddAndSetRequest) -> Result<AddOutcome, ServiceError> {
    let (path, outcome) = add_for(cx, &request.path, &request.spec, &request.constraint, Some(&request.value))?;
    set_value(cx, &path, request.value, false)?;
    Ok(outcome)
}

/// Permission, constraint, existence and type, in this order.
pub(super) fn check(
    cx: &mut RequestContext<'_>,
    path: &str,
    topic_type: TopicType,
    constraint: &Constraint,
) -> Result<TopicPath, ServiceError> {
    cx.require(path, PathPermissions::UPDATE_TOPIC)?;
    super::constraint::check(cx.world, cx.key, path, constraint, cx.account)?;
    let (path, topic) = existing(cx, path)?;
    if topic.data_type.topic_type() != topic_type {
        return Err(incompatible(topic, topic_type));
    }
    Ok(path)
}

/// The topic at a path.
///
/// # Errors
/// 9000.
pub(super) fn existing<'a>(cx: &'a RequestContext<'_>, path: &str) -> Result<(TopicPath, &'a Topic), ServiceError> {
    let absent = || ServiceError::no_such_topic(path);
    let path = TopicPath::parse(path).map_err(|_| absent())?;
    let topic = cx.world.topics.get(&path).ok_or_else(absent)?;
    Ok((path, topic))
}

/// The same for a request that brings a specification: the topic is there afterwards. A value that would be refused
/// prevents its creation.
pub(super) fn add_for(
    cx: &mut RequestContext<'_>,
    path: &str,
    spec: &TopicSpec,
    constraint: &Constraint,
    value: Option<&Bytes>,
) -> Result<(TopicPath, AddOutcome), ServiceError> {
    cx.require(path, PathPermissions::UPDATE_TOPIC)?;
    topic_path(path)?;
    super::constraint::check(cx.world, cx.key, path, constraint, cx.account)?;
    match cx.world.check_add(path, spec)? {
        AddCheck::Exists(path) => Ok((path, AddOutcome::Exists)),
        AddCheck::Absent(path, spec) => {
            cx.require(path.as_str(), PathPermissions::MODIFY_TOPIC)?;
            if let Some(value) = value {
                Topic::new(0, spec.clone()).validate(value)?;
            }
            cx.world.create(path.clone(), spec, Some(cx.key));
            Ok((path, AddOutcome::Created))
        }
    }
}

/// Checks the value and sets it.
pub(super) fn set_value(
    cx: &mut RequestContext<'_>,
    path: &TopicPath,
    value: Bytes,
    by_stream: bool,
) -> Result<(), ServiceError> {
    let topic = cx.world.topics.get(path).ok_or_else(|| ServiceError::no_such_topic(path.as_str()))?;
    topic.validate(&value)?;
    // Who may set values may set large ones.
    cx.account.note(value.len() as u64);
    let author = cx.principal();
    let now_millis = cx.now_millis();
    cx.world.set(path, value, &author, now_millis, by_stream)
}

fn incompatible(topic: &Topic, given: TopicType) -> ServiceError {
    let text = format!("A {} value does not fit a topic of {}", given.name(), topic.data_type.name());
    ServiceError::new(ErrorCode::INCOMPATIBLE_UPDATE, text)
}

#[cfg(test)]
mod tests;
