//! How the list of sessions comes about: one listener (service 189, or 81 before 6.11) as long as the panel has a tab;
//! where it may not listen, or there are too many, pages of service 168.
//!
//! Asked in this order: how many there are (168 with one row and no property), then the listener. Nothing is asked by
//! redraws, filters, orders or groups.

use super::events::close;
use super::rows::{Put, State};
use super::{MAX_BYTES, MAX_SESSIONS, SessionList};
use crate::client::api::{CallError, CallId};
use crate::data::security::GlobalPermissions;
use crate::data::session_property as property;
use crate::data::{ErrorCode, SessionId, Timestamp};
use crate::model::Connected;
use crate::model::change::ChangeError;
use crate::model::effects::{Effects, Reply};
use crate::model::notices::{NewNotice, Tone};
use crate::model::permissions;
use crate::wire::services::session_fetch::{self, Response};
pub use crate::wire::services::session_listing::ErrorReport as Report;
use crate::wire::services::session_listing::{ErrorReport, PropertyList};
use crate::wire::services::{
    SessionEventDeregistration, SessionEventRegistration, SessionFetch, SessionPropertiesRegistration,
    session_event_deregistration, session_event_registration, session_properties_registration,
};

/// Sessions of one page, and those fetched as the newest.
pub const PAGE: i32 = 1000;
/// Bytes that a page may have.
pub(super) const PAGE_BYTES: i32 = 16 << 20;
/// Seconds without an event after which all sessions that were there are taken to be told.
const QUIET_SECS: f64 = 2.0;
/// Seconds between two beginnings that nobody asked for.
const AGAIN_SECS: f64 = 10.0;

/// Where the list stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nobody looks at it, or this session may not see it.
    #[default]
    Idle,
    /// It is not known yet what this session may do.
    AwaitsPermissions,
    /// The server is asked how many there are.
    Counting,
    /// The listener is being registered.
    Registering,
    /// The listener is registered.
    Live,
    /// Pages are being fetched.
    Fetching,
    /// It was fetched, and is not live.
    Fetched,
    /// The user ended it.
    Stopped,
    /// There are more than the table holds.
    TooMany,
    /// It could not be had.
    Failed(Failure),
}

/// Why the list could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The call failed.
    Call(CallError),
    /// The server cannot read the filter.
    Filter(Vec<ErrorReport>),
}

/// How the list comes about.
#[derive(Debug, Default)]
pub struct Listening {
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Sessions as the server counted them, and when.
    pub total: Option<(u64, Timestamp)>,
    /// When the user asked for that count last, so that it is told.
    pub compared: bool,
    /// Only sessions that this filter selects are told; none for all.
    pub filter: Option<String>,
    /// Whether only those that began last were fetched.
    pub only_newest: bool,
    /// The call that is waited for.
    call: Option<CallId>,
    /// Conversation of the listener, counted by this connection.
    pub(super) listener: i64,
    /// Those that were there are being told: how many were, and when the latest came.
    pub(super) initial: Option<(usize, Timestamp)>,
    /// When it is begun again.
    again_at: Option<Timestamp>,
    began: Timestamp,
}

impl Listening {
    /// Whether the sessions that were there are still being told or fetched.
    #[must_use]
    pub const fn is_reading(&self) -> bool {
        self.initial.is_some()
            || matches!(self.phase, Phase::AwaitsPermissions | Phase::Counting | Phase::Registering | Phase::Fetching)
    }

    /// When it was begun last.
    #[must_use]
    pub const fn began(&self) -> Timestamp {
        self.began
    }

    /// Whether changes are told as they come.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live)
    }

    /// When something is to be done though nothing comes.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let quiet = self.initial.map(|(_, at)| Timestamp(at.0 + (QUIET_SECS * 1e6) as i64));
        quiet.into_iter().chain(self.again_at).min()
    }

    pub(super) fn ended(&mut self, now: Timestamp) {
        self.call = None;
        self.initial = None;
        self.again_at = None;
        self.since = now;
    }

    pub(super) fn enter(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.since = now;
    }

    const fn is_wanted(&self) -> bool {
        !matches!(self.phase, Phase::Idle | Phase::Stopped)
    }
}

/// Begins, with or without a filter.
pub(super) fn begin(at: &mut Connected, filter: Option<String>, fx: &mut Effects) {
    if !at.is_live() {
        return;
    }
    at.session_list.listening.only_newest = false;
    deregister(at, fx);
    let hidden = at.sessions_are_hidden();
    let list = &mut at.session_list;
    // With another filter other sessions are told.
    if list.listening.filter != filter || list.listening.phase == Phase::TooMany {
        list.rows.clear();
        list.checked.clear();
        list.revision += 1;
    }
    list.rows.unconfirm_all();
    let listening = &mut list.listening;
    listening.filter = filter;
    listening.initial = None;
    listening.again_at = None;
    listening.compared = false;
    listening.began = fx.now;
    if hidden {
        listening.enter(Phase::Idle, fx.now);
    } else if at.permissions.is_awaited() {
        listening.enter(Phase::AwaitsPermissions, fx.now);
    } else {
        count(at, fx);
    }
}

/// Events were dropped: begins once more, but not again and again where the first events are too many.
pub(super) fn after_loss(at: &mut Connected, fx: &mut Effects) {
    let listening = &mut at.session_list.listening;
    let soonest = Timestamp(listening.began.0 + (AGAIN_SECS * 1e6) as i64);
    if soonest <= fx.now {
        again(at, fx);
    } else if listening.is_wanted() {
        listening.again_at = Some(soonest);
    }
}

/// Begins once more, because the server has forgotten the listener.
pub(super) fn again(at: &mut Connected, fx: &mut Effects) {
    let listening = &mut at.session_list.listening;
    if !listening.is_wanted() || matches!(listening.phase, Phase::TooMany | Phase::Failed(_)) {
        return;
    }
    let (filter, only_newest) = (listening.filter.clone(), listening.only_newest);
    if only_newest { fetch_newest(at, fx) } else { begin(at, filter, fx) }
}

/// Compares with the server's own count; what is not live is read again.
pub(super) fn refresh(at: &mut Connected, fx: &mut Effects) {
    let listening = &mut at.session_list.listening;
    if !listening.is_live() {
        let filter = listening.filter.clone();
        return if listening.only_newest { fetch_newest(at, fx) } else { begin(at, filter, fx) };
    }
    if fx.offers::<SessionFetch>() {
        let request = count_request(listening.filter.as_deref());
        fx.call::<SessionFetch>(&request, on_compared);
    }
}

/// Ends listening; what is known stays.
pub(super) fn stop(at: &mut Connected, fx: &mut Effects) {
    deregister(at, fx);
    let listening = &mut at.session_list.listening;
    if let Some(call) = listening.call.take() {
        fx.cancel(call);
    }
    listening.initial = None;
    listening.again_at = None;
    if listening.is_wanted() {
        listening.enter(Phase::Stopped, fx.now);
    }
}

/// Ends listening as if nobody had ever asked.
pub(super) fn leave(at: &mut Connected, fx: &mut Effects) {
    stop(at, fx);
    at.session_list.listening.enter(Phase::Idle, fx.now);
}

/// Gives up reading.
pub(super) fn cancel(at: &mut Connected, fx: &mut Effects) {
    if at.session_list.listening.is_reading() {
        stop(at, fx);
    }
}

/// Fetches those that began last.
pub(super) fn fetch_newest(at: &mut Connected, fx: &mut Effects) {
    if !at.is_live() || !fx.offers::<SessionFetch>() {
        return;
    }
    deregister(at, fx);
    at.session_list.rows.unconfirm_all();
    at.session_list.listening.only_newest = true;
    at.session_list.listening.began = fx.now;
    fetch(at, None, fx);
}

pub(super) fn tick(at: &mut Connected, fx: &mut Effects) {
    let (hidden, live) = (at.sessions_are_hidden(), at.is_live());
    let listening = &mut at.session_list.listening;
    if listening.phase == Phase::AwaitsPermissions && !at.permissions.is_awaited() && live {
        if hidden {
            listening.enter(Phase::Idle, fx.now);
        } else {
            count(at, fx);
        }
        return;
    }
    if hidden && listening.is_live() {
        // The permission was taken away: the server tells nothing any more.
        listening.initial = None;
        listening.enter(Phase::Idle, fx.now);
        return;
    }
    if listening.again_at.is_some_and(|at| at <= fx.now) {
        listening.again_at = None;
        return again(at, fx);
    }
    if listening.initial.is_some_and(|(_, latest)| fx.now.secs_since(latest) >= QUIET_SECS) {
        complete(at, fx);
    }
}

fn count_request(filter: Option<&str>) -> session_fetch::Request {
    session_fetch::Request {
        filter: filter.unwrap_or("all").to_owned(),
        keys: Some(Vec::new()),
        from: None,
        to: None,
        limit: Some(1),
        maximum_result_size: PAGE_BYTES,
        requires_start_time: false,
    }
}

fn count(at: &mut Connected, fx: &mut Effects) {
    let listening = &mut at.session_list.listening;
    if !fx.offers::<SessionFetch>() {
        return register(at, fx);
    }
    let request = count_request(listening.filter.as_deref());
    listening.call = Some(fx.call::<SessionFetch>(&request, on_counted));
    listening.enter(Phase::Counting, fx.now);
}

fn on_counted(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionFetch>) {
    let listening = &mut at.session_list.listening;
    if listening.phase != Phase::Counting || !fx.is_answer_to(listening.call) {
        return;
    }
    listening.call = None;
    match reply {
        Ok(Response::Found { total_selected, .. }) => {
            let total = u64::try_from(total_selected).unwrap_or(0);
            listening.total = Some((total, fx.now));
            if total > MAX_SESSIONS as u64 {
                listening.enter(Phase::TooMany, fx.now);
            } else {
                proceed(at, fx);
            }
        }
        Ok(Response::BadFilter(errors)) => listening.enter(Phase::Failed(Failure::Filter(errors)), fx.now),
        Err(CallError::Service { code: ErrorCode::COMMUNICATION_FAILURE | ErrorCode::UNSUPPORTED, .. }) => {
            // The server cannot say; the listener tells all of them.
            listening.total = None;
            proceed(at, fx);
        }
        Err(error) => fail(at, error, fx),
    }
}

fn on_compared(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionFetch>) {
    if let Ok(Response::Found { total_selected, .. }) = reply {
        at.session_list.listening.total = Some((u64::try_from(total_selected).unwrap_or(0), fx.now));
        at.session_list.listening.compared = true;
    }
}

/// Asks which sessions the filter in the box selects, because it cannot be worked out here.
pub(super) fn ask_server(at: &mut Connected, fx: &mut Effects) {
    let Some(text) = at.session_list.filter_text().map(str::to_owned) else { return };
    if !at.is_live() || !fx.offers::<SessionFetch>() || at.sessions_are_hidden() {
        return;
    }
    let request = session_fetch::Request {
        keys: Some(vec![property::SESSION_ID.to_owned()]),
        limit: i32::try_from(MAX_SESSIONS).ok(),
        ..count_request(Some(&text))
    };
    fx.call_for::<SessionFetch, _>(&request, text, on_chosen);
}

fn on_chosen(at: &mut Connected, fx: &mut Effects, text: String, reply: Reply<SessionFetch>) {
    let filter = &mut at.session_list.filter;
    match reply {
        Ok(Response::Found { sessions, .. }) => {
            let ids = sessions.iter().flat_map(|session| &session.properties);
            let ids = ids.filter(|(key, _)| key == property::SESSION_ID).filter_map(|(_, id)| id.parse().ok());
            filter.list(&text, ids.collect(), fx.now);
        }
        Ok(Response::BadFilter(reports)) => {
            let reasons: Vec<String> = reports.into_iter().map(|report| report.message).collect();
            filter.refuse(&text, reasons.join("; "));
        }
        Err(error) => {
            let failed = Some(ChangeError::Call(error));
            let text = "ask the server which sessions the filter selects";
            fx.notice(NewNotice { failed, ..NewNotice::new(Tone::Bad, text) });
        }
    }
}

fn proceed(at: &mut Connected, fx: &mut Effects) {
    if at.permissions.lacks(GlobalPermissions::REGISTER_HANDLER) { fetch(at, None, fx) } else { register(at, fx) }
}

/// Which properties are told.
fn all_keys() -> Vec<String> {
    vec![property::ALL_FIXED.to_owned(), property::ALL_USER.to_owned()]
}

fn register(at: &mut Connected, fx: &mut Effects) {
    let listening = &mut at.session_list.listening;
    listening.listener += 1;
    let listener = listening.listener;
    if fx.offers::<SessionEventRegistration>() {
        let request = session_event_registration::Request {
            cluster_aware: true,
            filter: listening.filter.clone(),
            keys: Some(all_keys()),
            start_time: Some(0),
            listener,
        };
        listening.call = Some(fx.call::<SessionEventRegistration>(&request, on_registered));
    } else if fx.offers::<SessionPropertiesRegistration>() && listening.filter.is_none() {
        let request = session_properties_registration::Request { keys: Some(all_keys()), listener };
        let then = |at: &mut Connected, fx: &mut Effects, reply: Reply<SessionPropertiesRegistration>| {
            registered(at, fx, reply.map(|()| Vec::new()));
        };
        listening.call = Some(fx.call::<SessionPropertiesRegistration>(&request, then));
    } else {
        return fetch(at, None, fx);
    }
    let expected = listening.total.map_or(usize::MAX, |(total, _)| usize::try_from(total).unwrap_or(usize::MAX));
    listening.initial = Some((expected, fx.now));
    listening.enter(Phase::Registering, fx.now);
}

fn on_registered(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionEventRegistration>) {
    registered(at, fx, reply);
}

fn registered(at: &mut Connected, fx: &mut Effects, reply: Result<Vec<ErrorReport>, CallError>) {
    let listening = &mut at.session_list.listening;
    if listening.phase != Phase::Registering || !fx.is_answer_to(listening.call) {
        return;
    }
    listening.call = None;
    match reply {
        Ok(errors) if errors.is_empty() => {
            if let Some((_, latest)) = &mut listening.initial {
                *latest = fx.now;
            }
            listening.enter(Phase::Live, fx.now);
        }
        Ok(errors) => {
            listening.initial = None;
            listening.enter(Phase::Failed(Failure::Filter(errors)), fx.now);
        }
        Err(CallError::Service { code: ErrorCode::ACCESS_DENIED, .. }) => {
            // The permission to listen is another than the one to look.
            listening.initial = None;
            fetch(at, None, fx);
        }
        Err(error) => fail(at, error, fx),
    }
}

fn fail(at: &mut Connected, error: CallError, fx: &mut Effects) {
    let is_denied = matches!(error, CallError::Service { code: ErrorCode::ACCESS_DENIED, .. });
    at.session_list.listening.initial = None;
    at.session_list.listening.enter(Phase::Failed(Failure::Call(error)), fx.now);
    if is_denied {
        at.handle(permissions::Intent::Refresh, fx);
    }
}

/// Ends the listener that may be registered.
pub(super) fn deregister(at: &mut Connected, fx: &mut Effects) {
    let listening = &mut at.session_list.listening;
    if !matches!(listening.phase, Phase::Live | Phase::Registering) || !at.is_live() {
        return;
    }
    let listener = at.session_list.listening.listener;
    if fx.offers::<SessionEventDeregistration>() {
        let request = session_event_deregistration::Request { listener };
        fx.call::<SessionEventDeregistration>(&request, |_, _, _| ());
    } else {
        let request = session_properties_registration::Request { keys: None, listener };
        fx.call::<SessionPropertiesRegistration>(&request, |_, _, _| ());
    }
}

/// Fetches a page of those that began then or later.
fn fetch(at: &mut Connected, from: Option<i64>, fx: &mut Effects) {
    let listening = &mut at.session_list.listening;
    if !fx.offers::<SessionFetch>() {
        let error = CallError::Service { code: ErrorCode::UNSUPPORTED, description: String::new() };
        return fail(at, error, fx);
    }
    let request = session_fetch::Request {
        keys: Some(all_keys()),
        from,
        limit: Some(if listening.only_newest { -PAGE } else { PAGE }),
        requires_start_time: true,
        ..count_request(listening.filter.as_deref())
    };
    listening.call = Some(fx.call_for::<SessionFetch, _>(&request, from, on_page));
    if listening.phase != Phase::Fetching {
        listening.enter(Phase::Fetching, fx.now);
    }
}

fn on_page(at: &mut Connected, fx: &mut Effects, from: Option<i64>, reply: Reply<SessionFetch>) {
    let list = &mut at.session_list;
    if list.listening.phase != Phase::Fetching || !fx.is_answer_to(list.listening.call) {
        return;
    }
    list.listening.call = None;
    let (sessions, total) = match reply {
        Ok(Response::Found { sessions, total_selected }) => (sessions, total_selected),
        Ok(Response::BadFilter(errors)) => {
            return list.listening.enter(Phase::Failed(Failure::Filter(errors)), fx.now);
        }
        Err(error) => return fail(at, error, fx),
    };
    let has_more = i64::from(total) > sessions.len() as i64 && !list.listening.only_newest;
    if from.is_none() {
        list.listening.total = Some((u64::try_from(total).unwrap_or(0), fx.now));
    }
    let (mut latest, mut came) = (from, 0);
    for fetched in sessions {
        latest = latest.max(fetched.start_time);
        let mut properties = fetched.properties;
        let has = |properties: &PropertyList, key: &str| properties.iter().position(|(known, _)| known == key);
        if let (Some(start), None) = (fetched.start_time, has(&properties, property::START_TIME)) {
            properties.push((property::START_TIME.to_owned(), start.to_string()));
        }
        let id = has(&properties, property::SESSION_ID).and_then(|at| properties[at].1.parse::<SessionId>().ok());
        let Some(id) = id else { continue };
        if list.rows.put(id, &properties, fx.now) == Put::New {
            came += 1;
        }
        list.rows.change(id, |row| {
            row.state = State::Unknown;
            row.is_unconfirmed = false;
        });
        if is_full(list) {
            break;
        }
    }
    list.revision += 1;
    if is_full(list) {
        return list.listening.enter(Phase::TooMany, fx.now);
    }
    // All of a page may have begun in the same millisecond as the first of it.
    let next = if came > 0 || latest > from { latest } else { latest.map(|latest| latest + 1) };
    if has_more && next.is_some() && next.zip(from).is_none_or(|(next, from)| next > from || came > 0) {
        return fetch(at, next, fx);
    }
    drop_unconfirmed(at, fx.now);
    at.session_list.listening.enter(Phase::Fetched, fx.now);
}

pub(super) fn is_full(list: &SessionList) -> bool {
    list.rows.len() > MAX_SESSIONS || list.rows.bytes() > MAX_BYTES
}

/// All that were there are told: what was not is gone, and nobody knows why.
pub(super) fn complete(at: &mut Connected, fx: &Effects) {
    at.session_list.listening.initial = None;
    drop_unconfirmed(at, fx.now);
}

fn drop_unconfirmed(at: &mut Connected, now: Timestamp) {
    for id in at.session_list.rows.unconfirmed() {
        close(&mut at.session_list, id, now, None);
    }
}
