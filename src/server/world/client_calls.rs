//! Calling services at clients, and bringing their answers to who called.

use super::World;
use crate::server::client_calls::{ClientCallError, Pending};
use crate::server::clock::millis;
use crate::server::session::ConnectionState;
use crate::wire::{Message, Service, decode, encode};
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
        asker: Option<u64>,
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
        if asker.is_some() && !called.outbox.has_room_for_others(payload.len()) {
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
            asked_for: asker.map(|asker| (asker, payload.clone())),
            then: Box::new(move |world, answer| {
                let outcome =
                    answer.and_then(|bytes| decode::<S::Response>(bytes, version).map_err(ClientCallError::BadAnswer));
                world.client_calls.count(&outcome);
                then(world, outcome);
            }),
        };
        match self.client_calls.begin(session, conversation, call) {
            Ok(()) => self.send(session, &Message::Request { service: S::ID, cid: conversation, payload }),
            Err(refused) => self.end_call(refused, Err(ClientCallError::TooMany)),
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

    /// Ends every call on behalf of a session.
    pub(super) fn end_calls_for(&mut self, asker: u64) {
        for call in self.client_calls.end_all_for(asker) {
            self.end_call(call, Err(ClientCallError::SessionEnded));
        }
    }

    /// Ends the calls whose time is over.
    pub(super) fn end_overdue_calls(&mut self, uptime: u64) {
        while let Some(call) = self.client_calls.end_overdue(uptime) {
            let millis = call.timeout_millis;
            self.end_call(call, Err(ClientCallError::TimedOut { millis }));
        }
    }

    fn end_call(&mut self, call: Pending, answer: Result<Bytes, ClientCallError>) {
        if let Err(error) = &answer {
            tracing::debug!(service = call.service, error = ?error.to_string(), "call at a client failed");
        }
        (call.then)(self, answer);
    }
}
