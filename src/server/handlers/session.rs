//! Services about the session itself.

use super::scan::{Scan, Walk};
use super::{RequestContext, ServiceError};
use crate::data::{ErrorCode, UnsubscribeReason, cost};
use crate::server::clock::millis;
use crate::server::login_failures::TooMany;
use crate::server::quotas::Quota;
use crate::server::session::HeldLogin;
use crate::wire::services::{change_principal, re_authenticate};

/// Answers a ping.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn ping(_: &mut RequestContext<'_>, (): ()) -> Result<(), ServiceError> {
    Ok(())
}

/// Gives the session another principal with its roles; false, and nothing changes, if it is not who it says. After
/// failures that is done later.
pub(super) fn change_principal(
    cx: &mut RequestContext<'_>,
    request: change_principal::Request,
) -> Result<Option<Evaluating>, ServiceError> {
    let change_principal::Request { principal, credentials } = request;
    re_authenticate(cx, re_authenticate::Request { principal, credentials, properties: Vec::new() })
}

/// The same with user-defined properties, of which those that the server trusts take the place of all that there are.
pub(super) fn re_authenticate(
    cx: &mut RequestContext<'_>,
    request: re_authenticate::Request,
) -> Result<Option<Evaluating>, ServiceError> {
    let session = cx.session()?;
    let (source, waiting) = (session.source, session.held_logins.len() + session.running.len());
    Quota::PendingQueries.require_room(waiting, 1)?;
    let wait = cx.world.login_wait(source, &request.principal).map_err(|TooMany| {
        ServiceError::new(
            ErrorCode::REJECTED_REQUEST,
            "Too many logins of this address wait after failures; try again later",
        )
    })?;
    if wait.is_zero() {
        return Ok(Some(log_in(cx, request)));
    }
    let due = cx.world.clock.now().uptime.saturating_add(millis(wait));
    let held = HeldLogin { due, conversation: cx.conversation, request };
    cx.require_bytes(held.kept_bytes())?;
    cx.session()?.held_logins.push(held);
    Ok(None)
}

/// Does it now.
pub(super) fn log_in(cx: &mut RequestContext<'_>, request: re_authenticate::Request) -> Evaluating {
    let source = cx.world.sessions.get(&cx.key).map(|session| session.source);
    let roles = source.and_then(|source| cx.world.log_in(source, &request.principal, &request.credentials));
    if let Some(roles) = &roles {
        cx.world.change_principal(cx.key, request.principal, roles, request.properties);
        cx.commit();
    }
    Evaluating(roles.map(|_| Reevaluation::new()))
}

/// A change of the principal on its way.
pub(super) struct Evaluating(Option<Reevaluation>);

impl Scan for Evaluating {
    type Output = bool;

    fn kept_bytes(&self) -> usize {
        0
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<bool>, ServiceError> {
        let Some(evaluating) = &mut self.0 else { return Ok(Some(false)) };
        let key = cx.key;
        let more = cx.slice(|cx| evaluating.go_on(cx, key))?;
        Ok((!more).then_some(true))
    }
}

/// Finding out anew what a session may read. What it may not read any more is unsubscribed first; then what it selects
/// and may read now is subscribed.
pub(super) struct Reevaluation {
    subscribed: Option<Walk>,
    topics: Option<Walk>,
}

impl Reevaluation {
    /// Of every topic.
    pub(super) fn new() -> Self {
        Self { subscribed: Some(Walk::everything()), topics: Some(Walk::everything()) }
    }

    /// Does a little of it for a session; whether there is more.
    pub(super) fn go_on(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<bool, ServiceError> {
        let Some(session) = cx.world.sessions.get(&target) else { return Ok(false) };
        let found = if let Some(walk) = &mut self.subscribed {
            let found = walk.next(&session.subscriptions, cx.account, |_, _, _| Ok(true))?;
            if found.is_none() {
                self.subscribed = None;
                return Ok(true);
            }
            found
        } else if let Some(walk) = self.topics.as_mut().filter(|_| !session.scopes.is_empty()) {
            walk.next(&cx.world.topics, cx.account, |path, _, account| Ok(session.selects(path.as_str(), account)))?
        } else {
            None
        };
        let Some(found) = found else { return Ok(false) };
        for path in found {
            cx.account.note(cost::CHANGE);
            cx.world.evaluate(target, &path, UnsubscribeReason::Authorization);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, VERSION};
    use super::super::{PathPermissions, Progress, dispatch, go_on};
    use super::Quota;
    use crate::data::{Secret, TopicSpec, TopicType, UnsubscribeReason};
    use crate::server::ServerConfig;
    use crate::server::session::Origin;
    use crate::server::world::World;
    use crate::wire::handshake::Credentials;
    use crate::wire::services::{
        ChangePrincipal, TopicSubscribed, TopicUnsubscribed, change_principal, topic_subscribed, topic_unsubscribed,
    };
    use crate::wire::{Message, Service as _, decode, encode};
    use std::time::Duration;

    /// Whether it was accepted, and which topics came and went.
    fn change(world: &mut World, key: u64, principal: &str, password: &str) -> (bool, Vec<String>) {
        let credentials = Credentials::Password(Secret::new(password));
        let request = change_principal::Request { principal: principal.to_owned(), credentials };
        let answer = dispatch(world, key, 1, ChangePrincipal::ID, encode(&request, VERSION)).expect("an answer");
        let accepted = decode(answer.expect("at once"), VERSION).expect("a bool");
        let told = fixture::taken(world, key).into_iter().filter_map(|message| match message {
            Message::Request { service: TopicSubscribed::ID, payload, .. } => {
                let notice: topic_subscribed::Request = decode(payload, VERSION).expect("a notice");
                Some(format!("+{}", notice.path))
            }
            Message::Request { service: TopicUnsubscribed::ID, payload, .. } => {
                let notice: topic_unsubscribed::Request = decode(payload, VERSION).expect("a notice");
                assert_eq!(notice.reason, UnsubscribeReason::Authorization);
                Some(format!("-{}", notice.topic_id))
            }
            _ => None,
        });
        (accepted, told.collect())
    }

    #[test]
    fn another_principal_sees_what_its_roles_may_read() {
        let mut world = fixture::world();
        let readable = PathPermissions::READ_TOPIC.union(PathPermissions::SELECT_TOPIC);
        world.security.store.isolated.insert("secret".into());
        world.security.store.set_entry("secret", "ADMINISTRATOR", readable);
        for path in ["open/a", "secret/a"] {
            world.add(path, &TopicSpec::new(TopicType::Json), None).expect("a topic");
        }
        let key = fixture::session(&mut world, "client");
        fixture::subscribe(&mut world, key, "?.*//");
        fixture::taken(&world, key);
        assert_eq!(change(&mut world, key, "admin", "wrong"), (false, vec![]));
        assert_eq!(world.sessions[&key].principal, "client");
        assert_eq!(change(&mut world, key, "admin", "password"), (true, vec!["+secret/a".to_owned()]));
        let session = &world.sessions[&key];
        assert_eq!((session.principal.as_str(), session.properties["$Principal"].as_str()), ("admin", "admin"));
        assert!(session.properties["$Roles"].contains("ADMINISTRATOR"));
        assert_eq!(change(&mut world, key, "client", "password"), (true, vec!["-2".to_owned()]));
    }

    #[test]
    fn a_change_that_waits_after_a_failure_is_done_in_slices_when_its_time_has_come() {
        let mut world = fixture::world();
        let readable = PathPermissions::READ_TOPIC.union(PathPermissions::SELECT_TOPIC);
        world.security.store.isolated.insert("secret".into());
        world.security.store.set_entry("secret", "ADMINISTRATOR", readable);
        for n in 0..3000 {
            world.add(&format!("secret/{n}"), &TopicSpec::new(TopicType::Json), None).expect("a topic");
        }
        let query = "ty=WB&v=29&ca=10&r=60000&sp=%7B%7D";
        let request = crate::wire::handshake::ConnectRequest::from_query(query).expect("parameters");
        let origin = Origin::WebSocket([192, 0, 2, 1].into());
        let admitted = world.admit(&request, origin, &ServerConfig::default());
        let key = admitted.unwrap_or_else(|_| panic!("not admitted")).session;
        fixture::subscribe(&mut world, key, "?.*//");
        let ask = |world: &mut World, password: &str| {
            let credentials = Credentials::Password(Secret::new(password));
            let request = change_principal::Request { principal: "admin".to_owned(), credentials };
            dispatch(world, key, 1, ChangePrincipal::ID, encode(&request, VERSION)).map_err(|error| error.code)
        };
        assert_eq!(ask(&mut world, "wrong"), Ok(Some(encode(&false, VERSION))));
        let before = world.sessions[&key].kept.bytes();
        let limit = Quota::PendingQueries.limit();
        let held = (0..200).take_while(|_| ask(&mut world, "password") == Ok(None)).count();
        let session = &world.sessions[&key];
        assert!((1..=limit).contains(&held) && session.held_logins.len() == held, "{held}");
        assert!(session.kept.bytes() > before, "they are kept");
        assert!(session.principal.is_empty() && session.running.is_empty());
        world.started.clear();
        world.clock.advance(Duration::from_mins(1));
        world.tick();
        assert_eq!(std::mem::take(&mut world.started), [key], "somebody has to work at them");
        let (mut slices, mut answers) = (0, 0);
        while let Some((conversation, progress)) = go_on(&mut world, key, &mut 0) {
            slices += 1;
            if let Progress::Done(answer) = progress {
                assert_eq!((conversation, answer.ok().flatten()), (1, Some(encode(&true, VERSION))));
                answers += 1;
            }
        }
        assert!(slices > 10 && answers == held, "{slices}");
        let session = &world.sessions[&key];
        assert_eq!((session.principal.as_str(), session.subscriptions.len()), ("admin", 3000));
    }
}
