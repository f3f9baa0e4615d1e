//! The one way from the model to a connection. A read-only connection holds back here what would change its server.
//!
//! [`Effect::Send`] carries a [`GatePass`], which only this file can make; so no feature can send a call or an answer
//! past the check, whatever it pushes.

use super::Connected;
use super::change::outside::OutsideJournal;
use super::change::{ChangeResult, PreparedCall};
use super::effects::{Effect, Effects, Handler, Reply};
use crate::client::api::{
    CALL_TIMEOUT_SECS, Call, CallError, CallId, Command, InboundReply, LinkId, MemoryLimit, RequestId,
};
use crate::data::TopicPath;
use crate::wire::Service;
use crate::wire::service::{self, Inbound, ServiceError};

/// Shows that a command came through the gate.
#[derive(Debug)]
pub struct GatePass(());

/// The connection that the effects of one step go to, and whether it is read-only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gate {
    link: Option<LinkId>,
    read_only: bool,
}

impl Gate {
    /// The gate of a connection; without one nothing is sent.
    pub(super) const fn new(link: Option<LinkId>, read_only: bool) -> Self {
        Self { link, read_only }
    }

    /// The connection.
    #[must_use]
    pub const fn link(&self) -> Option<LinkId> {
        self.link
    }

    /// Whether what would change the server is held back.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Whether something of this effect may be sent.
    const fn lets_pass(self, effect: service::Effect) -> bool {
        !self.read_only || matches!(effect, service::Effect::Reads | service::Effect::OwnSession)
    }
}

/// The command that ends a session; it needs no gate.
#[must_use]
pub(super) const fn close(link: LinkId) -> Effect {
    Effect::Send(link, Command::Close, GatePass(()))
}

/// The command that says how much a connection may hold; it needs no gate.
#[must_use]
pub(super) const fn limit_memory(link: LinkId, limit: MemoryLimit) -> Effect {
    Effect::Send(link, Command::LimitMemory(limit), GatePass(()))
}

/// The command that drops the line as if the network had failed; it needs no gate.
#[must_use]
pub(super) const fn drop_line(link: LinkId) -> Effect {
    Effect::Send(link, Command::DropLine, GatePass(()))
}

impl Effects {
    fn send(&mut self, command: Command) {
        if let Some(link) = self.gate().link {
            self.push(Effect::Send(link, command, GatePass(())));
        }
    }

    /// Gives up waiting for a call; it comes back as [`CallError::Cancelled`].
    pub fn cancel(&mut self, call: CallId) {
        self.send(Command::Cancel(call));
    }

    /// Keeps every value (not only the latest) of these paths, and of no others.
    pub fn keep_history_of(&mut self, paths: Vec<TopicPath>) {
        self.send(Command::KeepHistoryOf(paths));
    }

    /// Measures the round trip now.
    pub fn ping(&mut self) {
        self.send(Command::Ping);
    }

    /// Answers a request of the server with a response.
    ///
    /// # Errors
    /// The connection is read-only and the answer may change the server; nothing is sent. Whoever asked the user shows
    /// it. The request is then answered without a decision, as if nobody had looked.
    pub fn reply<S: Inbound>(&mut self, id: RequestId, response: &S::Response) -> Result<(), CallError> {
        self.answer::<S>(InboundReply::response::<S>(id, response))
    }

    /// Answers a request of the server with a service error.
    ///
    /// # Errors
    /// As [`Self::reply`].
    pub fn refuse<S: Inbound>(&mut self, id: RequestId, error: ServiceError) -> Result<(), CallError> {
        self.answer::<S>(InboundReply::error::<S>(id, error))
    }

    /// Gives now the answer that the server hears when nobody decides, so that it does not wait. A read-only connection
    /// may do so, because the server gets this answer from it in any case.
    pub fn reply_by_default<S: Inbound>(&mut self, id: RequestId) {
        self.send(Command::Reply(InboundReply::fallback::<S>(id)));
    }

    /// Leaves a request without an answer on purpose; a read-only connection gives the answer that the server hears when
    /// nobody decides.
    pub fn abandon<S: Inbound>(&mut self, id: RequestId) {
        if self.gate().lets_pass(S::ANSWER_EFFECT) {
            self.send(Command::Abandon { id, service: S::ID });
        } else {
            self.reply_by_default::<S>(id);
        }
    }

    /// Answers a request that no feature takes.
    pub(super) fn not_offered(&mut self, id: RequestId, service: u32) {
        self.send(Command::Reply(InboundReply::not_offered(id, service)));
    }

    fn answer<S: Inbound>(&mut self, reply: InboundReply) -> Result<(), CallError> {
        if !self.gate().lets_pass(S::ANSWER_EFFECT) && reply != InboundReply::fallback::<S>(reply.id) {
            return Err(CallError::ReadOnly);
        }
        self.send(Command::Reply(reply));
        Ok(())
    }

    /// Calls a service; the answer goes to the named function.
    pub fn call<S: Service>(&mut self, request: &S::Request, then: fn(&mut Connected, &mut Self, Reply<S>)) -> CallId {
        self.call_for::<S, ()>(request, (), move |at, fx, (), reply| then(at, fx, reply))
    }

    /// Calls a service and passes `context` (which branch, which subscription…) along to the function.
    pub fn call_for<S: Service, C: Send + 'static>(
        &mut self,
        request: &S::Request,
        context: C,
        then: impl FnOnce(&mut Connected, &mut Self, C, Reply<S>) + Send + 'static,
    ) -> CallId {
        self.call_timed::<S>(request, move |at, fx, reply, _| then(at, fx, context, reply))
    }

    /// Calls a service; the function receives the reply, and the microseconds from sending to the answer.
    ///
    /// Not compiled for a service that changes the server: such a call is part of a change, see [`crate::model::change`].
    pub fn call_timed<S: Service>(
        &mut self,
        request: &S::Request,
        then: impl FnOnce(&mut Connected, &mut Self, Reply<S>, u64) + Send + 'static,
    ) -> CallId {
        const { assert!(!matches!(S::EFFECT, service::Effect::FromServer), "only the server sends this request") };
        const { assert!(!matches!(S::EFFECT, service::Effect::ChangesServer), "this call is a change") };
        self.pass::<S>(request, then)
    }

    /// Calls a service that changes the server and has no entry of its own in the journal.
    ///
    /// On a read-only connection it ends with [`CallError::ReadOnly`], and nothing is sent.
    pub fn call_outside_journal<S: OutsideJournal>(
        &mut self,
        request: &S::Request,
        then: impl FnOnce(&mut Connected, &mut Self, Reply<S>, u64) + Send + 'static,
    ) -> CallId {
        self.pass::<S>(request, then)
    }

    /// The same with another deadline than that of ordinary calls.
    pub fn call_outside_journal_within<S: OutsideJournal>(
        &mut self,
        timeout_secs: u32,
        request: &S::Request,
        then: impl FnOnce(&mut Connected, &mut Self, Reply<S>, u64) + Send + 'static,
    ) -> CallId {
        self.pass_within::<S>(timeout_secs, request, then)
    }

    /// Makes the call of a change; the function receives what became of it, and the microseconds to the answer.
    ///
    /// On a read-only connection it ends with [`CallError::ReadOnly`], and nothing is sent.
    pub(super) fn call_prepared(
        &mut self,
        prepared: PreparedCall,
        then: impl FnOnce(&mut Connected, &mut Self, ChangeResult, u64) + Send + 'static,
    ) -> CallId {
        let id = self.next_id();
        let (call, reader) = prepared.under(id);
        let handler: Handler = Box::new(move |at, fx, answer| {
            fx.handle_answer_to(answer.id);
            then(at, fx, reader.read(answer.result), answer.micros);
        });
        self.send_call(call, service::Effect::ChangesServer, handler)
    }

    fn pass<S: Service>(
        &mut self,
        request: &S::Request,
        then: impl FnOnce(&mut Connected, &mut Self, Reply<S>, u64) + Send + 'static,
    ) -> CallId {
        self.pass_within::<S>(CALL_TIMEOUT_SECS, request, then)
    }

    fn pass_within<S: Service>(
        &mut self,
        timeout_secs: u32,
        request: &S::Request,
        then: impl FnOnce(&mut Connected, &mut Self, Reply<S>, u64) + Send + 'static,
    ) -> CallId {
        let id = self.next_id();
        let handler: Handler = Box::new(move |at, fx, answer| {
            let reply = answer.result.map(|any| {
                *any.downcast::<S::Response>().expect("the decoder that travels with a call makes its response type")
            });
            fx.handle_answer_to(answer.id);
            then(at, fx, reply, answer.micros);
        });
        self.send_call(Call { timeout_secs, ..Call::new::<S>(id, request) }, S::EFFECT, handler)
    }

    /// Sends a call if one of this effect may pass; otherwise it is answered with [`CallError::ReadOnly`].
    fn send_call(&mut self, call: Call, effect: service::Effect, handler: Handler) -> CallId {
        let id = call.id;
        if self.gate().lets_pass(effect) {
            self.send(Command::Call(call));
        } else {
            self.refused.push(id);
        }
        self.handlers.push((id, handler));
        id
    }
}
