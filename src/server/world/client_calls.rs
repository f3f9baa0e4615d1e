//! Calling services at clients, and bringing their answers to who called.

use super::World;
use crate::server::client_calls::{Asking, Cause, ClientCallError, PROCESS, Pending, ProcessAnswer, Then};
use crate::server::clock::millis;
use crate::server::error::ServiceError;
use crate::server::session::ConnectionState;
use crate::wire::{Message, Service, decode, encode, protocol};
use bytes::Bytes;
use std::time::Duration;

impl World {
    /// Calls a service at the client of a session. `then` is called exactly once: with the response, or with the reason
    /// why there is none. It is called before this returns if nothing can be sent.
    ///
    /// The call stays pending while the session is without a connection. It ends with the session, when the session
    /// is recovered with loss, and at the first tick after its time-out.
    ///
    /// If another session is the cause, it pays for it: so many calls may be pending for an asker, with so many bytes,
    /// and none twice, and they end with it. Nothing is sent for an asker either while much waits for the session that
    /// is asked, so that nobody can end another's session.
    pub(in crate::server) fn call_client<S: Service>(
        &mut self,
        asked_for: Option<Asking>,
        session: u64,
        request: &S::Request,
        timeout: Duration,
        then: impl FnOnce(&mut Self, Result<S::Response, ClientCallError>) + Send + 'static,
    ) {
        let Some(called) = self.sessions.get_mut(&session) else {
            self.client_calls.count::<()>(&Err(ClientCallError::SessionEnded));
            return then(self, Err(ClientCallError::SessionEnded));
        };
        let version = called.version;
        let payload = encode(request, version);
        if asked_for.is_some() && !called.outbox.has_room_for_others(payload.len()) {
            self.client_calls.count::<()>(&Err(ClientCallError::TooMany));
            return then(self, Err(ClientCallError::TooMany));
        }
        let conversation = called.connection.next_conversation();
        let timeout_millis = millis(timeout);
        let call = Pending {
            service: S::NAME,
            bytes: payload.len(),
            timeout_millis,
            due: self.clock.now().uptime.saturating_add(timeout_millis),
            asked_for,
            question: asked_for.filter(|asking| asking.cause == Cause::Question).map(|_| payload.clone()),
            at_due: None,
            then: decoded::<S>(version, then),
        };
        match self.client_calls.begin(session, conversation, call) {
            Ok(()) => self.send(session, &Message::Request { service: S::ID, cid: conversation, payload }),
            Err(refused) => self.end_call(*refused, Err(ClientCallError::TooMany)),
        }
    }

    /// The same at a handler in this process, which is none of a session.
    pub(in crate::server) fn call_process<S: Service>(
        &mut self,
        asked_for: Option<Asking>,
        bytes: usize,
        answer: ProcessAnswer<S::Response>,
        timeout: Duration,
        then: impl FnOnce(&mut Self, Result<S::Response, ClientCallError>) + Send + 'static,
    ) {
        const VERSION: u8 = protocol::NEWEST;
        let outcome = |answer: Result<S::Response, ServiceError>| match answer {
            Ok(response) => Ok(encode(&response, VERSION)),
            Err(ServiceError { code, description }) => Err(ClientCallError::Refused { code, description }),
        };
        let (wait, at_due) = match answer {
            ProcessAnswer::Now(answer) => (Duration::ZERO, Some(outcome(answer))),
            ProcessAnswer::After(wait, answer) if wait < timeout => (wait, Some(outcome(answer))),
            ProcessAnswer::After(..) | ProcessAnswer::Never => (timeout, None),
        };
        let answered_bytes = at_due.as_ref().and_then(|answer| answer.as_ref().ok()).map_or(0, Bytes::len);
        let mut call = Pending {
            service: S::NAME,
            bytes: bytes + answered_bytes,
            timeout_millis: millis(timeout),
            due: self.clock.now().uptime.saturating_add(millis(wait)),
            asked_for,
            question: None,
            at_due,
            then: decoded::<S>(VERSION, then),
        };
        if wait.is_zero()
            && let Some(answer) = call.at_due.take()
        {
            return self.end_call(call, answer);
        }
        let conversation = self.client_calls.next_process_conversation();
        if let Err(refused) = self.client_calls.begin(PROCESS, conversation, call) {
            self.end_call(*refused, Err(ClientCallError::TooMany));
        }
    }

    /// Takes the answer of a client. One to a conversation that has ended is ignored: clients answer some requests
    /// twice, and others after the time-out.
    pub(in crate::server) fn client_answered(
        &mut self,
        session: u64,
        conversation: i64,
        answer: Result<Bytes, ClientCallError>,
    ) {
        let Some(answering) = self.sessions.get_mut(&session) else { return };
        if conversation == 0 {
            return; // the Python client answers what wants no answer
        }
        if ConnectionState::is_notice(conversation) && answering.connection.has_begun(conversation) {
            answering.connection.answered.insert(conversation);
            return;
        }
        if let Some(call) = self.client_calls.end(session, conversation) {
            answering.connection.answered.insert(conversation);
            return self.end_call(call, answer);
        }
        self.client_calls.count_unexpected();
        if answering.connection.has_begun(conversation) {
            tracing::debug!(session = %answering.id, conversation, "answer to a conversation that has ended");
        } else {
            tracing::warn!(session = %answering.id, conversation, "answer to a conversation that was never begun");
        }
    }

    /// Ends every call pending at a session.
    pub(super) fn end_calls_of(&mut self, session: u64, reason: &ClientCallError) {
        for call in self.client_calls.end_all(session) {
            self.end_call(call, Err(reason.clone()));
        }
    }

    /// Ends so many calls on behalf of a session; whether there are more.
    pub(super) fn end_calls_for(&mut self, asker: u64, at_once: usize) -> bool {
        for call in self.client_calls.end_some_for(asker, at_once) {
            self.end_call(call, Err(ClientCallError::SessionEnded));
        }
        self.client_calls.is_asked_for(asker)
    }

    /// Ends the call whose time is over longest; whether there was one.
    pub(super) fn end_overdue_call(&mut self, uptime: u64) -> bool {
        let Some(mut call) = self.client_calls.end_overdue(uptime) else { return false };
        let millis = call.timeout_millis;
        let answer = call.at_due.take().unwrap_or(Err(ClientCallError::TimedOut { millis }));
        self.end_call(call, answer);
        true
    }

    fn end_call(&mut self, call: Pending, answer: Result<Bytes, ClientCallError>) {
        if let Err(error) = &answer {
            tracing::debug!(service = call.service, error = ?error.to_string(), "call at a client failed");
        }
        (call.then)(self, answer);
    }
}

/// What counts and decodes the outcome of a call.
fn decoded<S: Service>(
    version: u8,
    then: impl FnOnce(&mut World, Result<S::Response, ClientCallError>) + Send + 'static,
) -> Then {
    Box::new(move |world, answer| {
        let outcome =
            answer.and_then(|bytes| decode::<S::Response>(bytes, version).map_err(ClientCallError::BadAnswer));
        world.client_calls.count(&outcome);
        then(world, outcome);
    })
}
