//! Adding and removing topics.

use super::scan::Scan;
use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{ErrorCode, TopicPath};
use crate::server::world::{Purge, World, topic_path};
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::topic_will::{self, WillOutcome};
use crate::wire::services::{topic_add, topic_remove};

/// Branches that one session may have removed with it.
const MAX_BRANCHES: usize = 1000;

/// Adds a topic.
pub(super) fn add(cx: &mut RequestContext<'_>, request: topic_add::Request) -> Result<AddOutcome, ServiceError> {
    cx.require(&request.path, PathPermissions::MODIFY_TOPIC)?;
    cx.world.add(&request.path, &request.spec, Some(cx.key))
}

/// Has a branch removed when the session closes, unless another session has one that it would share topics with.
pub(super) fn will(cx: &mut RequestContext<'_>, request: topic_will::Request) -> Result<WillOutcome, ServiceError> {
    cx.require(&request.path, PathPermissions::MODIFY_TOPIC)?;
    let branch = topic_path(&request.path)?;
    let shares = |other: &TopicPath| is_at_or_below(other, &branch) || is_at_or_below(&branch, other);
    let key = cx.key;
    let mut others = cx.world.sessions.iter().filter(|(other, _)| **other != key);
    if others.any(|(_, session)| session.removed_with_it.iter().any(shares)) {
        return Ok(WillOutcome::Conflict);
    }
    cx.require_bytes(branch.as_str().len())?;
    let own = &mut cx.session()?.removed_with_it;
    if own.len() == MAX_BRANCHES && !own.contains(&branch) {
        return Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, format!("A session has at most {MAX_BRANCHES}")));
    }
    own.insert(branch);
    Ok(WillOutcome::Registered)
}

fn is_at_or_below(path: &TopicPath, branch: &TopicPath) -> bool {
    path.as_str().strip_prefix(branch.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Removes the selected topics the session may remove; others stay without an error.
pub(super) fn remove(cx: &mut RequestContext<'_>, request: topic_remove::Request) -> Result<Removing, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    Ok(Removing(Purge::new(cx.world, selector)))
}

/// A removal on its way.
pub(super) struct Removing(Purge);

impl Scan for Removing {
    type Output = i32;

    fn kept_bytes(&self) -> usize {
        self.0.kept_bytes()
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<i32>, ServiceError> {
        let key = cx.key;
        let may = |world: &World, path: &TopicPath| {
            let session = world.sessions.get(&key);
            session.is_some_and(|s| world.permissions(s, path.as_str()).contains(PathPermissions::MODIFY_TOPIC))
        };
        let more = cx.slice(|cx| Ok(self.0.step(cx.world, cx.account, may)?))?;
        Ok((!more).then(|| i32::try_from(self.0.count()).unwrap_or(i32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{dispatch, fixture};
    use super::*;
    use crate::data::{TopicSpec, TopicType};
    use crate::server::handlers::fixture::VERSION;
    use crate::wire::services::topic_update::{self, UpdateOutcome};
    use crate::wire::services::{TopicUpdate, TopicWill};
    use crate::wire::{Service, Wire, decode, encode};

    fn asked<S: Service>(world: &mut World, key: u64, request: &S::Request) -> S::Response
    where
        S::Response: Wire,
    {
        let answer = dispatch(world, key, 1, S::ID, encode(request, VERSION)).expect("an answer");
        decode(answer.expect("at once"), VERSION).expect("a response")
    }

    fn paths(world: &World) -> Vec<&str> {
        world.topics.keys().map(TopicPath::as_str).collect()
    }

    #[test]
    fn a_branch_goes_with_the_session_that_asked_for_it() {
        let mut world = fixture::world();
        for path in ["a", "a/b", "ab", "c"] {
            world.add(path, &TopicSpec::new(TopicType::Json), None).expect("a topic");
        }
        let (first, second) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "admin"));
        let mut will = |key, path: &str| {
            asked::<TopicWill>(&mut world, key, &topic_will::Request { path: path.into(), reserved: 0 })
        };
        assert_eq!(will(first, "a"), WillOutcome::Registered);
        assert_eq!(will(first, "a"), WillOutcome::Registered, "again by the same session");
        assert_eq!([will(second, "a/b"), will(second, "a")], [WillOutcome::Conflict; 2]);
        assert_eq!([will(second, "ab"), will(second, "c/d")], [WillOutcome::Registered; 2]);
        world.end_session(first, crate::data::CloseReason::CLOSED_BY_CLIENT);
        while world.do_chores() {}
        assert_eq!(paths(&world), ["ab", "c"]);
        world.end_session(second, crate::data::CloseReason::CLOSED_BY_CLIENT);
        while world.do_chores() {}
        assert_eq!(paths(&world), ["c"]);
    }

    #[test]
    fn old_updates_set_values_and_say_what_became_of_them() {
        let mut world = fixture::world();
        world.add("a", &TopicSpec::new(TopicType::Int64), None).expect("a topic");
        let key = fixture::session(&mut world, "admin");
        let mut update = |path: &str, value: &'static [u8]| {
            let request = topic_update::Request { path: path.into(), value: value.into() };
            asked::<TopicUpdate>(&mut world, key, &request)
        };
        assert_eq!(update("a", &[7]), UpdateOutcome::Done);
        assert_eq!(update("a", &[0x61, b'x']), UpdateOutcome::Incompatible);
        assert_eq!(update("b", &[7]), UpdateOutcome::NoTopic);
    }
}
