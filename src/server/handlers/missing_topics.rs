//! Handlers of missing topics: registered for branches, asked when a selector selects no topic.

use super::{GlobalPermissions, RequestContext, ServiceError};
use crate::data::{ErrorCode, TopicPath, TopicSelector, path};
use crate::server::client_calls::ClientCallError;
use crate::server::session::SERVER_NAME;
use crate::server::world::World;
use crate::wire::Service;
use crate::wire::services::{MissingTopic, missing_topic, topic_control_deregistration, topic_control_registration};
use std::time::Duration;

/// How long a handler may think.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// Registers the session for a branch.
pub(super) fn register(
    cx: &mut RequestContext<'_>,
    request: topic_control_registration::Request,
) -> Result<(), ServiceError> {
    cx.require_global(GlobalPermissions::REGISTER_HANDLER)?;
    let branch = branch(request.service, &request.path)?;
    let handlers = &mut cx.session()?.missing_topic_handlers;
    if handlers.contains_key(&branch) {
        let text = format!("The session has a handler of missing topics at {branch}");
        return Err(ServiceError::new(ErrorCode::HANDLER_CONFLICT, text));
    }
    handlers.insert(branch, request.handler);
    Ok(())
}

/// Ends a registration; closing it again is no error.
pub(super) fn deregister(
    cx: &mut RequestContext<'_>,
    request: topic_control_deregistration::Request,
) -> Result<(), ServiceError> {
    let branch = branch(request.service, &request.path)?;
    cx.session()?.missing_topic_handlers.remove(&branch);
    Ok(())
}

fn branch(service: i32, path: &str) -> Result<TopicPath, ServiceError> {
    if u32::try_from(service) != Ok(MissingTopic::ID) {
        return Err(ServiceError::new(ErrorCode::UNSUPPORTED, format!("There are no handlers of service {service}")));
    }
    TopicPath::parse(path).map_err(|error| ServiceError::new(ErrorCode::INVALID_PATH, error.located(path)))
}

/// Asks the nearest handler about a selector that selects no topic. Nothing depends on the answer: if the handler adds
/// topics, the session's stored selection subscribes it to them.
pub(super) fn ask(world: &mut World, key: u64, selector: &TopicSelector) {
    let prefix = path::canonical(selector.prefix());
    let Some((handler_key, handler)) = nearest(world, prefix) else { return };
    let Some(session) = world.sessions.get(&key) else { return };
    let request = missing_topic::Request {
        selector: selector.expression().to_owned(),
        session_properties: session.properties.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        server_names: vec![SERVER_NAME.to_owned()],
        handler,
    };
    world.call_client::<MissingTopic>(handler_key, &request, ANSWER_WITHIN, answered);
}

/// What the handler says changes nothing: the selection is stored already.
fn answered(_: &mut World, proceed: Result<bool, ClientCallError>) {
    if let Ok(false) = proceed {
        tracing::debug!("a handler of missing topics would not have its session proceed");
    }
}

/// Session and conversation of the handler with the longest branch that is the path or leads to it; of equals the
/// session that is there longest.
fn nearest(world: &World, path: &str) -> Option<(u64, i64)> {
    let mut level = path;
    while !level.is_empty() {
        if let Ok(branch) = TopicPath::parse(level) {
            let found =
                world.sessions.iter().find_map(|(key, s)| Some((*key, *s.missing_topic_handlers.get(&branch)?)));
            if found.is_some() {
                return found;
            }
        }
        level = level.rfind('/').map_or("", |at| &level[..at]);
    }
    None
}
