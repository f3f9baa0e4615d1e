//! Handlers of missing topics: registered for branches, asked when a selector selects no topic.

use super::{GlobalPermissions, RequestContext, ServiceError};
use crate::data::{ErrorCode, TopicPath, TopicSelector, path};
use crate::server::client_calls::{Asking, Cause, ClientCallError};
use crate::server::quotas::Quota;
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
    let registered = cx.session()?.missing_topic_handlers.len();
    Quota::Handlers.require_room(registered, 1)?;
    cx.require_bytes(branch.as_str().len())?;
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
    let asking = Asking { asker: key, cause: Cause::Question };
    world.call_client::<MissingTopic>(Some(asking), handler_key, &request, ANSWER_WITHIN, answered);
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
    let leads_to =
        |branch: &str| path.strip_prefix(branch).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let handlers = world.sessions.iter().flat_map(|(key, session)| {
        session.missing_topic_handlers.iter().map(move |(branch, handler)| (branch.as_str(), *key, *handler))
    });
    let leading = handlers.filter(|(branch, ..)| leads_to(branch));
    let nearest = leading.max_by_key(|(branch, key, _)| (branch.len(), std::cmp::Reverse(*key)));
    nearest.map(|(_, key, handler)| (key, handler))
}

#[cfg(test)]
mod tests {
    use super::super::{dispatch, fixture};
    use super::*;
    use crate::server::handlers::fixture::VERSION;
    use crate::wire::services::shared::SelectionRequest;
    use crate::wire::services::{TopicControlRegistration, Unsubscribe};
    use crate::wire::{Message, decode, encode};

    fn register_at(world: &mut World, key: u64, path: &str, handler: i64) {
        let service = i32::try_from(MissingTopic::ID).expect("small");
        let control_group = missing_topic::CONTROL_GROUP.to_owned();
        let request = topic_control_registration::Request { service, control_group, path: path.to_owned(), handler };
        dispatch(world, key, 1, TopicControlRegistration::ID, encode(&request, VERSION)).expect("an answer");
    }

    /// The handlers of a session that were asked.
    fn asked(world: &World, key: u64) -> Vec<i64> {
        let handler = |message| match message {
            Message::Request { service: MissingTopic::ID, payload, .. } => {
                Some(decode::<missing_topic::Request>(payload, VERSION).expect("a request").handler)
            }
            _ => None,
        };
        fixture::taken(world, key).into_iter().filter_map(handler).collect()
    }

    #[test]
    fn the_handler_of_the_longest_branch_is_asked_and_of_equals_the_first() {
        let mut world = fixture::world();
        let (first, second) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "control"));
        register_at(&mut world, first, "a", 1);
        register_at(&mut world, second, "a/b", 2);
        register_at(&mut world, first, "a/b", 3);
        register_at(&mut world, second, "a", 4);
        for (selector, wanted) in [
            (">a/b/c".to_owned(), [vec![3], vec![]]),
            (">a/bc".to_owned(), [vec![1], vec![]]),
            (">ab".to_owned(), [vec![], vec![]]),
            // Each part of so long a path was once looked up on its own.
            (format!(">a/b/{}", "x/".repeat(500)), [vec![3], vec![]]),
        ] {
            let key = fixture::session(&mut world, "admin");
            fixture::subscribe(&mut world, key, &selector);
            assert_eq!([asked(&world, first), asked(&world, second)], wanted, "{}", &selector[..4]);
        }
    }

    /// Waiting bytes and pending calls at a handler after an anonymous session has subscribed so.
    fn load_of(selectors: impl IntoIterator<Item = String>) -> (usize, usize) {
        let mut world = fixture::world();
        let handler = fixture::session(&mut world, "admin");
        register_at(&mut world, handler, "a", 1);
        let asker = fixture::session(&mut world, "");
        for selector in selectors {
            fixture::subscribe(&mut world, asker, &selector);
            fixture::answer::<Unsubscribe>(
                &mut world,
                asker,
                &SelectionRequest { selector: "?.*//".to_owned(), scope: String::new() },
            )
            .expect("taken back");
            world.close_overflowing();
        }
        let load = (world.sessions[&handler].outbox.bytes(), world.client_calls.counts().pending);
        world.end_session(asker, crate::data::CloseReason::CLOSED_BY_CLIENT);
        while world.do_chores() {}
        assert!(world.client_calls.is_empty(), "nobody waits for the answers any more");
        load
    }

    #[test]
    fn an_asker_has_so_many_questions_open_and_none_twice() {
        assert_eq!(load_of((0..100).map(|n| format!(">a/{n}"))).1, 32);
        // Each is a selection of its own at its time: the deselect makes the next one new.
        let mut world = fixture::world();
        let (handler, asker) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, ""));
        register_at(&mut world, handler, "a", 1);
        for _ in 0..10 {
            fixture::subscribe(&mut world, asker, ">a/b");
        }
        assert_eq!(asked(&world, handler), [1]);
        let other = fixture::session(&mut world, "");
        fixture::subscribe(&mut world, other, ">a/b");
        assert_eq!(asked(&world, handler), [1], "another asker is another question");
    }

    #[test]
    fn an_asker_cannot_fill_the_queue_of_a_handler() {
        let long = "x".repeat(15_000);
        let selector = |n: i32| format!("#{}", [0; 8].map(|_| format!(">a/{n}/{long}")).join("////"));
        let (bytes, pending) = load_of((0..100).map(selector));
        assert!(bytes < 2 << 20 && (1..32).contains(&pending), "{bytes} {pending}");
        // Nor can many askers together, one after the other.
        let mut world = fixture::world();
        let handler = fixture::session(&mut world, "admin");
        register_at(&mut world, handler, "a", 1);
        for n in 0..1000 {
            let asker = fixture::session(&mut world, "");
            fixture::subscribe(&mut world, asker, &selector(n));
            world.end_session(asker, crate::data::CloseReason::CLOSED_BY_CLIENT);
            world.close_overflowing();
        }
        assert!(world.sessions[&handler].outbox.bytes() <= 16 << 20);
    }

    #[test]
    fn a_session_has_so_many_handlers() {
        let mut world = fixture::world();
        let key = fixture::session(&mut world, "admin");
        for n in 0..Quota::Handlers.limit() {
            register_at(&mut world, key, &format!("a/{n}"), 1);
        }
        let service = i32::try_from(MissingTopic::ID).expect("small");
        let control_group = missing_topic::CONTROL_GROUP.to_owned();
        let request = topic_control_registration::Request { service, control_group, path: "b".to_owned(), handler: 1 };
        let refused = dispatch(&mut world, key, 1, TopicControlRegistration::ID, encode(&request, VERSION));
        assert_eq!(refused.map_err(|error| error.code), Err(ErrorCode::REJECTED_REQUEST));
    }
}
