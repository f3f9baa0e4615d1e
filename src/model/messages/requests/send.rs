//! Sending: to a handler or one session at once, to the sessions of a filter after it was said how many they are.

use super::{Message, State, Target};
use crate::client::api::CallError;
use crate::data::Timestamp;
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::model::notices::{NewNotice, Tone};
use crate::model::number;
use crate::wire::services::session_listing::{ErrorReport, Selected};
use crate::wire::services::{
    MessagingFilterSend, MessagingReceiverServer, MessagingSend, SessionFetch, messaging_filter_send,
    messaging_receiver_server, messaging_send, session_fetch,
};

/// Seconds after its own wait for which a late answer is still taken.
const LATE_SECS: u64 = 900;
/// Bytes that the answer to the count may have; it holds one session without properties.
const COUNT_BYTES: i32 = 64 << 10;

/// How many sessions a filter selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Count {
    /// The server is being asked.
    Asking,
    /// So many, counted by the server at this moment.
    Sessions(u64, Timestamp),
    /// The server cannot read the filter.
    BadFilter(Vec<ErrorReport>),
    /// It is not known, for this reason.
    Unknown(CallError),
    /// The server's version cannot count.
    NotOffered,
}

/// A request to several sessions that is to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The request.
    pub message: Message,
    /// How many it would ask.
    pub count: Count,
}

impl Pending {
    /// Whether it can be sent: it asks somebody, as far as that is known.
    #[must_use]
    pub const fn can_be_sent(&self) -> bool {
        match &self.count {
            Count::Sessions(count, _) => *count > 0,
            Count::Unknown(_) | Count::NotOffered => true,
            Count::Asking | Count::BadFilter(_) => false,
        }
    }
}

/// Sends what the builder holds, if it lacks nothing.
pub(super) fn send(at: &mut Connected, fx: &mut Effects) {
    let Ok(message) = at.requests.builder.message() else { return };
    at.requests.builder.is_unsent = false;
    ask(at, message, fx);
}

/// Sends an entry's request once more.
pub(super) fn resend(at: &mut Connected, id: u64, fx: &mut Effects) {
    let Some(message) = at.requests.entry(id).map(|entry| entry.message.clone()) else { return };
    if message.value().is_none() {
        let size = number::size(message.payload.size() as u64);
        return fx.notice(NewNotice::new(Tone::Info, format!("{size}, not kept; choose the file again")));
    }
    ask(at, message, fx);
}

fn ask(at: &mut Connected, message: Message, fx: &mut Effects) {
    let Target::Filter(filter) = &message.target else { return deliver(at, message, fx) };
    let offered = fx.offers::<SessionFetch>();
    let request = session_fetch::Request {
        filter: filter.clone(),
        keys: Some(Vec::new()),
        from: None,
        to: None,
        limit: Some(1),
        maximum_result_size: COUNT_BYTES,
        requires_start_time: false,
    };
    let count = if offered { Count::Asking } else { Count::NotOffered };
    at.requests.pending = Some(Pending { message, count });
    if offered {
        fx.call::<SessionFetch>(&request, on_counted);
    }
}

fn on_counted(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionFetch>) {
    let Some(pending) = at.requests.pending.as_mut().filter(|pending| pending.count == Count::Asking) else { return };
    pending.count = match reply {
        Ok(session_fetch::Response::Found { total_selected, .. }) => {
            Count::Sessions(u64::try_from(total_selected).unwrap_or(0), fx.now)
        }
        Ok(session_fetch::Response::BadFilter(errors)) => Count::BadFilter(errors),
        Err(error) => Count::Unknown(error),
    };
}

/// Sends what was confirmed.
pub(super) fn confirm(at: &mut Connected, fx: &mut Effects) {
    if at.requests.pending.as_ref().is_some_and(Pending::can_be_sent)
        && let Some(pending) = at.requests.pending.take()
    {
        deliver(at, pending.message, fx);
    }
}

fn deliver(at: &mut Connected, mut message: Message, fx: &mut Effects) {
    if at.block_reason(fx.now).is_some() {
        return; // the button is off and says why
    }
    let Some(value) = message.value() else { return };
    if !at.requests.make_room(fx) {
        let text = format!("{} requests wait for answers already; stop waiting for one first", super::MAX_OPEN);
        return fx.notice(NewNotice::new(Tone::Info, text));
    }
    message.principal = at.session.as_ref().map(|session| session.principal.clone()).unwrap_or_default();
    let secs = u32::try_from(message.wait_millis / 1000 + LATE_SECS).unwrap_or(u32::MAX);
    let (target, path) = (message.target.clone(), message.path.clone());
    let id = at.requests.push(fx.now, message, State::Waiting);
    at.requests.selected = Some(id);
    let call = match target {
        Target::Handler => {
            let request = messaging_send::Request { path, value };
            fx.call_outside_journal_within::<MessagingSend>(secs, &request, move |at, _, reply, micros| {
                at.requests.take_answer(id, micros, reply.map(State::Answered));
            })
        }
        Target::Session(session) => {
            let request = messaging_receiver_server::Request { session, path, value };
            fx.call_outside_journal_within::<MessagingReceiverServer>(secs, &request, move |at, _, reply, micros| {
                at.requests.take_answer(id, micros, reply.map(State::Answered));
            })
        }
        Target::Filter(filter) => {
            let responses = i64::try_from(id).unwrap_or(i64::MAX);
            let request = messaging_filter_send::Request { responses, filter, path, value };
            fx.call_outside_journal_within::<MessagingFilterSend>(secs, &request, move |at, _, reply, micros| {
                let state = reply.map(|selected| match selected {
                    Selected::Sessions(count) => {
                        State::Asked { sessions: u64::try_from(count).unwrap_or(0), ended: None }
                    }
                    Selected::BadFilter(errors) => State::BadFilter(errors),
                });
                at.requests.take_answer(id, micros, state);
            })
        }
    };
    if let Some(entry) = at.requests.entry_mut(id) {
        entry.call = Some(call);
    }
}
