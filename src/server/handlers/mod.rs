//! The services the server offers: one table, one file per family.

mod clients;
mod constraint;
mod fetch;
mod filter_send;
#[cfg(test)]
mod fixture;
mod json_patch;
mod locks;
mod messaging;
mod missing_topics;
mod notifications;
mod scan;
mod session;
mod session_fetch;
mod session_listeners;
mod session_properties;
mod session_scan;
mod subscriptions;
mod time_series;
mod topic_views;
mod topics;
mod update_streams;
mod updates;

use super::budget::Charge;
use super::error::ServiceError;
use super::quotas::{self, MAX_SELECTION_WEIGHT, Quota};
use super::session::{HeldLogin, Session};
use super::world::{World, selector};
use crate::data::cost::{self, Account};
use crate::data::security::{GlobalPermissions, PathPermissions};
use crate::data::{ErrorCode, Selections, TopicSelector, path};
use crate::wire::codec::Wire;
use crate::wire::reader::Reader;
use crate::wire::services::{self, name_of};
use crate::wire::{Message, Service, decode, encode, protocol};
use bytes::Bytes;
use scan::{Job, Scan};
pub(super) use scan::{SLICE, Walk, may_cost_more};
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
    /// What the job keeps.
    kept: Charge,
    /// Closed when the request is done.
    over: watch::Sender<()>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("conversation", &self.conversation).finish_non_exhaustive()
    }
}

impl Running {
    fn new(world: &World, service: u32, conversation: i64, account: Account, job: Box<dyn Job>) -> Self {
        let kept = Charge::new(&world.budget);
        kept.set(job.kept_bytes());
        Self { service, conversation, account, job, kept, over: watch::Sender::new(()) }
    }

    /// Nobody waits for the answer any more.
    pub(super) const fn discard_answer(&mut self) {
        self.conversation = 0;
    }

    /// Whether it has changed something, so that it has to be done to its end.
    pub(super) const fn is_committed(&self) -> bool {
        self.account.is_committed()
    }

    /// Bytes that the job keeps.
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept.bytes()
    }

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
        on_held_permitted::<services::MessagingSend>(messaging::send, PathPermissions::SEND_TO_MESSAGE_HANDLER),
        on_held::<services::MessagingReceiverServer>(messaging::send_to_session),
        on_scan::<services::MessagingFilterSend, _>(filter_send::send),
        on::<services::MessagingReceiverControlRegistration>(messaging::register),
        on::<services::MessagingReceiverControlDeregistration>(messaging::deregister),
        on_permitted::<services::TopicUpdate>(updates::update, PathPermissions::UPDATE_TOPIC),
        on_permitted::<services::TopicWill>(topics::will, PathPermissions::MODIFY_TOPIC),
        on_held_scan::<services::ChangePrincipal, _>(session::change_principal),
        on_scan::<services::NotificationSelect, _>(notifications::select),
        on_scan::<services::NotificationDeselect, _>(notifications::deselect),
        on::<services::NotificationEnd>(notifications::end),
        on_held_scan::<services::ReAuthenticate, _>(session::re_authenticate),
    ])
    .into_iter()
    .chain(clients::table())
    .collect()
});

/// Services after which other words of the session are kept than before; scans count them when they commit.
const KEEPS: [u32; 14] = [
    services::ChangePrincipal::ID,
    services::ReAuthenticate::ID,
    services::MessagingReceiverControlRegistration::ID,
    services::MessagingReceiverControlDeregistration::ID,
    services::SessionPropertiesRegistration::ID,
    services::SessionEventRegistration::ID,
    services::SessionEventDeregistration::ID,
    services::NotificationEnd::ID,
    services::TopicControlRegistration::ID,
    services::TopicControlDeregistration::ID,
    services::TopicWill::ID,
    services::SessionLockAcquire::ID,
    services::SessionLockCancel::ID,
    services::SessionLockRelease::ID,
];

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
        let request = read_permitted::<S>(cx, payload, version, permissions)?;
        Ok(Reply::Now(encode(&handle(cx, request)?, version)))
    };
    (S::ID, Box::new(handler))
}

fn read_permitted<S: Service>(
    cx: &mut RequestContext<'_>,
    payload: Bytes,
    version: u8,
    permissions: PathPermissions,
) -> Result<S::Request, ServiceError> {
    if let Some(path) = first_text(&payload, version) {
        cx.require(&path, permissions)?;
    }
    read::<S>(payload, version)
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

/// Both.
fn on_held_permitted<S: Service>(handle: Held<S>, permissions: PathPermissions) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload| {
        let request = read_permitted::<S>(cx, payload, version, permissions)?;
        let response = handle(cx, request)?;
        Ok(response.map_or(Reply::Held, |response| Reply::Now(encode(&response, version))))
    };
    (S::ID, Box::new(handler))
}

/// The same for a service that looks at many topics, perhaps later.
fn on_held_scan<S: Service, J: Scan<Output = S::Response> + 'static>(
    begin: fn(&mut RequestContext<'_>, S::Request) -> Result<Option<J>, ServiceError>,
) -> (u32, Handler) {
    let handler = move |cx: &mut RequestContext<'_>, version, payload| {
        let scan = begin(cx, read::<S>(payload, version)?)?;
        Ok(scan.map_or(Reply::Held, |scan| Reply::Scanning(Box::new(scan::Encoded { scan, version }))))
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
    world.take_telling_cost();
    let mut cx = RequestContext { world, key, conversation, account: &mut account };
    let reply = answer(&mut cx, service, payload);
    if reply.is_ok() && KEEPS.contains(&service) {
        cx.count_kept();
    }
    let told = cx.world.take_telling_cost();
    cx.account.note(told);
    *spent += account.spent();
    match reply {
        Ok(Reply::Now(payload)) => Progress::Done(Ok(Some(payload))),
        Ok(Reply::Held) => Progress::Done(Ok(None)),
        Ok(Reply::Scanning(job)) => {
            let mut running = Running::new(world, service, conversation, account, job);
            if let Some(done) = step(world, key, &mut running, spent) {
                return Progress::Done(done);
            }
            world.run(key, running);
            Progress::Running
        }
        Err(error) => refused(key, service, error),
    }
}

/// Lets the first running request of a session go on, with the conversation it is in; none if there is none.
pub(super) fn go_on(world: &mut World, key: u64, spent: &mut u64) -> Option<(i64, Progress)> {
    let mut running = world.sessions.get_mut(&key)?.running.pop_front()?;
    let done = step(world, key, &mut running, spent);
    let conversation = running.conversation;
    let progress = match (done, world.sessions.get_mut(&key)) {
        (Some(done), _) => Progress::Done(done),
        (None, None) => Progress::Done(Ok(None)),
        (None, Some(session)) => {
            session.running.push_front(running);
            Progress::Running
        }
    };
    Some((conversation, progress))
}

/// Does the next slice; what is answered if that was the last.
fn step(
    world: &mut World,
    key: u64,
    running: &mut Running,
    spent: &mut u64,
) -> Option<Result<Option<Bytes>, ServiceError>> {
    let before = running.account.spent();
    let mut cx = RequestContext { world, key, conversation: running.conversation, account: &mut running.account };
    let done = running.job.step(&mut cx);
    let is_answered = cx.conversation != running.conversation;
    running.conversation = cx.conversation;
    *spent += running.account.spent() - before;
    match done {
        Ok(Some(_)) if is_answered => Some(Ok(None)),
        Ok(Some(payload)) => Some(Ok(Some(payload))),
        Ok(None) => {
            running.kept.set(running.job.kept_bytes());
            None
        }
        Err(error) => {
            note_refusal(key, running.service, &error);
            Some(Err(error))
        }
    }
}

/// Announces the subscriptions of a session anew with their values, before anything else that it has asked for.
pub(super) fn announce_again(world: &mut World, key: u64) {
    let service = services::TopicSubscribed::ID;
    let Some(session) = world.sessions.get_mut(&key) else { return };
    // What was announced to the connection before is announced again.
    session.running.retain(|running| running.service != service);
    let job = Box::new(scan::Encoded {
        scan: subscriptions::Announcing::new(session.next_topic_id),
        version: session.version,
    });
    let mut account = Account::request();
    account.commit();
    let running = Running::new(world, service, 0, account, job);
    world.run_first(key, running);
}

/// Changes the principal of a session as it has asked to, with the next slices of its work.
pub(super) fn change_principal(world: &mut World, key: u64, held: HeldLogin) {
    let Some(version) = world.sessions.get(&key).map(|session| session.version) else { return };
    let mut account = Account::request();
    let HeldLogin { conversation, request, .. } = held;
    let scan = session::log_in(&mut RequestContext { world, key, conversation, account: &mut account }, request);
    let job = Box::new(scan::Encoded { scan, version });
    let running = Running::new(world, services::ChangePrincipal::ID, conversation, account, job);
    world.run(key, running);
}

fn refused(key: u64, service: u32, error: ServiceError) -> Progress {
    note_refusal(key, service, &error);
    Progress::Done(Err(error))
}

fn note_refusal(key: u64, service: u32, error: &ServiceError) {
    tracing::debug!(session = key, service = name_of(service), error = ?error.to_string(), "refused");
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

    /// Refuses a change of a session's selections, each as it was and as it would be, where the session would have more of them
    /// than it may, or costlier ones, or more of their text. `names` are bytes of what they are kept under.
    ///
    /// # Errors
    /// 9003.
    fn require_room_for_selections(
        &mut self,
        target: u64,
        changes: &[(&Selections, &Selections)],
        names: usize,
    ) -> Result<(), ServiceError> {
        let Some(session) = self.world.sessions.get(&target) else { return Ok(()) };
        let more = |of: fn(&Selections) -> usize| {
            let (before, after) = changes.iter().fold((0, 0), |sum, (old, new)| (sum.0 + of(old), sum.1 + of(new)));
            after.saturating_sub(before)
        };
        let count = more(Selections::len);
        if count > 0 {
            Quota::Selections.require_room(session.selection_count(), count)?;
        }
        let weight = more(|selections| usize::try_from(selections.weight()).unwrap_or(usize::MAX)) as u64;
        if weight > 0 && session.selection_weight() + weight > MAX_SELECTION_WEIGHT {
            let text = "The patterns of this session's selections would cost too much for each new topic";
            return Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, text));
        }
        let bytes = more(Selections::kept_bytes);
        if bytes > 0 { self.require_bytes_of(target, bytes + names) } else { Ok(()) }
    }

    /// Refuses bytes of a request where the server would keep more of the session than it may.
    ///
    /// # Errors
    /// 9003.
    fn require_bytes(&mut self, bytes: usize) -> Result<(), ServiceError> {
        self.require_bytes_of(self.key, bytes)
    }

    /// The same of any session.
    fn require_bytes_of(&self, target: u64, bytes: usize) -> Result<(), ServiceError> {
        let Some(session) = self.world.sessions.get(&target) else { return Ok(()) };
        quotas::require_bytes(session.kept_bytes() + self.world.kept_in_tables(target), bytes)
    }

    /// Counts anew what the server keeps of the session's requests.
    fn count_kept(&self) {
        self.world.count_kept(self.key);
    }

    /// Answers before the request is done; what it comes to is not answered any more.
    fn answer_now(&mut self, response: &impl Wire) {
        let cid = std::mem::take(&mut self.conversation);
        self.commit();
        if let Some(session) = self.world.sessions.get(&self.key).filter(|_| cid != 0) {
            let message = Message::Response { cid, payload: encode(response, session.version) };
            self.world.send(self.key, &message);
        }
    }

    /// A scan has stored what it changes: from here on it is done to its end.
    fn commit(&mut self) {
        self.account.commit();
        self.count_kept();
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
