//! The services the server offers: one table, one file per family.

mod constraint;
mod fetch;
#[cfg(test)]
mod fixture;
mod json_patch;
mod locks;
mod missing_topics;
mod notifications;
mod scan;
mod session;
mod subscriptions;
mod time_series;
mod topic_views;
mod topics;
mod update_streams;
mod updates;

use super::error::ServiceError;
use super::session::{MAX_SELECTION_WEIGHT, MAX_SELECTIONS, Session};
use super::world::{World, selector};
use crate::data::cost::{self, Account};
use crate::data::security::{GlobalPermissions, PathPermissions};
use crate::data::{ErrorCode, TopicSelector, path};
use crate::wire::reader::Reader;
use crate::wire::services::{self, name_of};
use crate::wire::{Service, decode, encode, protocol};
use bytes::Bytes;
use scan::{Job, Scan};
use std::collections::HashMap;
use std::sync::LazyLock;
use tokio::sync::watch;

/// What a handler works on: the world, and the session that asks.
pub(super) struct RequestContext<'a> {
    /// Everything.
    pub world: &'a mut World,
    /// Who asks.
    pub key: u64,
    /// The conversation in which it asks.
    pub conversation: i64,
    /// What the request may still cost.
    pub account: &'a mut Account,
}

/// What a handler came to.
enum Reply {
    /// The answer.
    Now(Bytes),
    /// Somebody else's request brings it later.
    Held,
    /// It comes when a scan is through.
    Scanning(Box<dyn Job>),
}

type Handler = Box<dyn Fn(&mut RequestContext<'_>, u8, Bytes) -> Result<Reply, ServiceError> + Send + Sync>;

/// How far a request has come.
pub(super) enum Progress {
    /// It is done; no payload if the answer comes with another request.
    Done(Result<Option<Bytes>, ServiceError>),
    /// It goes on in the session's next turn: [`go_on`].
    Running,
}

/// A request that goes on after others had their turn. The session's next request waits for it.
pub(super) struct Running {
    service: u32,
    conversation: i64,
    account: Account,
    job: Box<dyn Job>,
    /// Closed when the request is done.
    over: watch::Sender<()>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("conversation", &self.conversation).finish_non_exhaustive()
    }
}

impl Running {
    /// Something that ends when the request is done or its session is.
    pub(super) fn over(&self) -> watch::Receiver<()> {
        self.over.subscribe()
    }
}

/// The services by number.
static TABLE: LazyLock<HashMap<u32, Handler>> = LazyLock::new(|| {
    HashMap::from([
        on::<services::UserPing>(session::ping),
        on::<services::SystemPing>(session::ping),
        on_scan::<services::Subscribe, _>(subscriptions::subscribe),
        on_scan::<services::Unsubscribe, _>(subscriptions::unsubscribe),
        on_scan::<services::UnsubscribeAll, _>(subscriptions::unsubscribe_all),
        on_scan::<services::Fetch, _>(fetch::fetch),
        on_permitted::<services::TopicAdd>(topics::add, PathPermissions::MODIFY_TOPIC),
        on_scan::<services::TopicRemove, _>(topics::remove),
        on_permitted::<services::TopicSet>(updates::set, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::TopicAddAndSet>(updates::add_and_set, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::JsonPatch>(json_patch::apply, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::UpdateStreamCreate>(update_streams::create, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::UpdateStreamCreateAndSet>(
            update_streams::create_and_set,
            PathPermissions::UPDATE_TOPIC,
        ),
        on::<services::UpdateStreamCheck>(update_streams::check),
        on::<services::UpdateStreamSet>(update_streams::set),
        on::<services::UpdateStreamDelta>(update_streams::delta),
        on_permitted::<services::UpdateStreamAdd>(update_streams::add, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::UpdateStreamAddAndSet>(update_streams::add_and_set, PathPermissions::UPDATE_TOPIC),
        on::<services::TopicControlRegistration>(missing_topics::register),
        on::<services::TopicControlDeregistration>(missing_topics::deregister),
        on_permitted::<services::TimeSeriesAppend>(time_series::append, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::TimeSeriesTimestampAppend>(time_series::append_at, PathPermissions::UPDATE_TOPIC),
        on::<services::TimeSeriesEdit>(time_series::edit),
        on::<services::RangeQuery>(time_series::query),
        on::<services::TopicViewList>(topic_views::list),
        on::<services::TopicViewGet>(topic_views::get),
        on::<services::TopicViewRemove>(topic_views::remove),
        on_held::<services::SessionLockAcquire>(locks::acquire),
        on::<services::SessionLockCancel>(locks::cancel),
        on::<services::SessionLockRelease>(locks::release),
        on::<services::SessionLockGet>(locks::get),
        on::<services::SessionLockList>(locks::list),
        on_permitted::<services::TopicUpdate>(updates::update, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::TopicWill>(topics::will, PathPermissions::MODIFY_TOPIC),
        on_scan::<services::ChangePrincipal, _>(session::change_principal),
        on_scan::<services::NotificationSelect, _>(notifications::select),
        on_scan::<services::NotificationDeselect, _>(notifications::deselect),
        on::<services::NotificationEnd>(notifications::end),
    ])
});

fn on<S: Service>(
    handle: fn(&mut RequestContext<'_>, S::Request) -> Result<S::Response, ServiceError>,
) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload| {
        let request = read::<S>(payload, version)?;
        Ok(Reply::Now(encode(&handle(cx, request)?, version)))
    };
    (S::ID, Box::new(handler))
}

/// The same for a request that begins with a path at which a permission is needed: nothing behind the path is read for
/// a session that does not have it.
fn on_permitted<S: Service>(
    handle: fn(&mut RequestContext<'_>, S::Request) -> Result<S::Response, ServiceError>,
    permissions: PathPermissions,
) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload: Bytes| {
        if let Some(path) = first_text(&payload, version) {
            cx.require(&path, permissions)?;
        }
        let request = read::<S>(payload, version)?;
        Ok(Reply::Now(encode(&handle(cx, request)?, version)))
    };
    (S::ID, Box::new(handler))
}

/// The text that a payload begins with, if it does and is not longer than a path may be in either form.
fn first_text(payload: &Bytes, version: u8) -> Option<String> {
    Reader::new(payload.clone(), version).text(path::MAX_BYTES + 2).ok()
}

/// What answers a service at once or later.
type Held<S> =
    fn(&mut RequestContext<'_>, <S as Service>::Request) -> Result<Option<<S as Service>::Response>, ServiceError>;

/// The same for a service whose answer may come later.
fn on_held<S: Service>(handle: Held<S>) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload| {
        let response = handle(cx, read::<S>(payload, version)?)?;
        Ok(response.map_or(Reply::Held, |response| Reply::Now(encode(&response, version))))
    };
    (S::ID, Box::new(handler))
}

/// The same for a service that looks at many topics.
fn on_scan<S: Service, J: Scan<Output = S::Response> + 'static>(
    begin: fn(&mut RequestContext<'_>, S::Request) -> Result<J, ServiceError>,
) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload| {
        let scan = begin(cx, read::<S>(payload, version)?)?;
        Ok(Reply::Scanning(Box::new(scan::Encoded { scan, version })))
    };
    (S::ID, Box::new(handler))
}

fn read<S: Service>(payload: Bytes, version: u8) -> Result<S::Request, ServiceError> {
    decode::<S::Request>(payload, version)
        .map_err(|error| ServiceError::new(ErrorCode::INVALID_DATA, format!("Request cannot be read: {error}")))
}

/// Answers a request of a session, or begins to. The units that it took are added to `spent`.
pub(super) fn begin(
    world: &mut World,
    key: u64,
    conversation: i64,
    service: u32,
    payload: Bytes,
    spent: &mut u64,
) -> Progress {
    let mut account = Account::request();
    account.note(cost::bytes_cost(payload.len()));
    let mut cx = RequestContext { world, key, conversation, account: &mut account };
    let reply = answer(&mut cx, service, payload);
    *spent += account.spent();
    match reply {
        Ok(Reply::Now(payload)) => Progress::Done(Ok(Some(payload))),
        Ok(Reply::Held) => Progress::Done(Ok(None)),
        Ok(Reply::Scanning(job)) => {
            let running = Running { service, conversation, account, job, over: watch::Sender::new(()) };
            step(world, key, running, spent)
        }
        Err(error) => refused(key, service, error),
    }
}

/// Lets the running request of a session go on, with the conversation it is in; none if there is none.
pub(super) fn go_on(world: &mut World, key: u64, spent: &mut u64) -> Option<(i64, Progress)> {
    let running = world.sessions.get_mut(&key)?.running.take()?;
    Some((running.conversation, step(world, key, running, spent)))
}

fn step(world: &mut World, key: u64, mut running: Running, spent: &mut u64) -> Progress {
    let before = running.account.spent();
    let mut cx = RequestContext { world, key, conversation: running.conversation, account: &mut running.account };
    let done = running.job.step(&mut cx);
    *spent += running.account.spent() - before;
    match done {
        Ok(Some(payload)) => Progress::Done(Ok(Some(payload))),
        Err(error) => refused(key, running.service, error),
        Ok(None) => match world.sessions.get_mut(&key) {
            Some(session) => {
                session.running = Some(running);
                Progress::Running
            }
            None => Progress::Done(Ok(None)),
        },
    }
}

fn refused(key: u64, service: u32, error: ServiceError) -> Progress {
    tracing::debug!(session = key, service = name_of(service), error = ?error.to_string(), "refused");
    Progress::Done(Err(error))
}

fn answer(cx: &mut RequestContext<'_>, service: u32, payload: Bytes) -> Result<Reply, ServiceError> {
    let (world, key) = (&mut *cx.world, cx.key);
    let version = world.sessions.get(&key).map_or(crate::wire::frame::VERSION, |session| session.version);
    let Some(handler) = TABLE.get(&service) else {
        let text = format!("Service {service} ({}) is not offered by this server", name_of(service));
        if let Some(session) = world.sessions.get_mut(&key)
            && session.is_first_refusal(service)
        {
            tracing::warn!(session = %session.id, "a client at protocol {version} asked in vain: {text}");
        }
        return Err(ServiceError::new(ErrorCode::UNSUPPORTED, text));
    };
    // As an old server would: a service that came later is not there.
    protocol::check(service, version).map_err(|error| ServiceError::new(ErrorCode::UNSUPPORTED, error.to_string()))?;
    handler(cx, version, payload)
}

/// Answers a request of a session to its end; none if the answer comes later.
///
/// # Errors
/// What the service error should say; 104 for a service this server does not offer.
#[cfg(test)]
pub(super) fn dispatch(
    world: &mut World,
    key: u64,
    conversation: i64,
    service: u32,
    payload: Bytes,
) -> Result<Option<Bytes>, ServiceError> {
    let mut progress = begin(world, key, conversation, service, payload, &mut 0);
    loop {
        match progress {
            Progress::Done(done) => return done,
            Progress::Running => progress = go_on(world, key, &mut 0).expect("it runs").1,
        }
    }
}

impl RequestContext<'_> {
    /// The session that asks.
    ///
    /// # Errors
    /// It has ended.
    fn session(&mut self) -> Result<&mut Session, ServiceError> {
        let gone = || ServiceError::new(ErrorCode::SESSION_CLOSED, "The session is closed");
        self.world.sessions.get_mut(&self.key).ok_or_else(gone)
    }

    /// Reads a selector.
    ///
    /// # Errors
    /// 106 with the reason.
    fn selector(&mut self, text: &str) -> Result<TopicSelector, ServiceError> {
        selector(text, self.account)
    }

    /// Refuses another selection where the session has as many, or as costly ones, as it may.
    ///
    /// # Errors
    /// 9003.
    fn require_room_for_selection(&mut self, selector: &TopicSelector) -> Result<(), ServiceError> {
        let session = self.session()?;
        let rejected = |text: String| Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, text));
        if session.selection_count() >= MAX_SELECTIONS {
            return rejected(format!("A session may have {MAX_SELECTIONS} selections, and this one does"));
        }
        if session.selection_weight() + selector.weight() > MAX_SELECTION_WEIGHT {
            return rejected("The patterns of this session's selections would cost too much for each new topic".into());
        }
        Ok(())
    }

    /// Refuses unless the session has the permissions at the path.
    ///
    /// # Errors
    /// 103; 9005 if the path is longer or deeper than a path may be.
    fn require(&mut self, path: &str, permissions: PathPermissions) -> Result<(), ServiceError> {
        path::check_size(path::canonical(path))
            .map_err(|error| ServiceError::new(ErrorCode::INVALID_TOPIC_PATH, error.to_string()))?;
        if self.may(path, permissions) {
            return Ok(());
        }
        if let Some(session) = self.world.sessions.get(&self.key) {
            let decision = self.world.security.store.at_path(&session.roles, path);
            tracing::debug!(session = %session.id, path, required = %permissions, ?decision, "access denied");
        }
        Err(ServiceError::access_denied())
    }

    /// Refuses unless the session has the permissions that need no path.
    ///
    /// # Errors
    /// 103.
    fn require_global(&mut self, permissions: GlobalPermissions) -> Result<(), ServiceError> {
        let session = self.world.sessions.get(&self.key);
        let has = session.is_some_and(|session| self.world.security.store.global(&session.roles).contains(permissions));
        if has { Ok(()) } else { Err(ServiceError::access_denied()) }
    }

    /// Whether the session has the permissions at the path.
    fn may(&self, path: &str, permissions: PathPermissions) -> bool {
        let path = crate::data::path::canonical(path);
        self.world
            .sessions
            .get(&self.key)
            .is_some_and(|session| self.world.permissions(session, path).contains(permissions))
    }

    /// Milliseconds since 1970.
    fn now_millis(&self) -> i64 {
        self.world.clock.now().wall
    }

    /// The principal of the session.
    fn principal(&self) -> String {
        self.world.sessions.get(&self.key).map(|session| session.principal.clone()).unwrap_or_default()
    }
}
