//! Requests that came: answered by the handler's rule, or by hand while there is time; and what became of each.

use super::form::Kind;
use super::handler::{Handler, Scope};
use super::{Answering, MAX_ASKED, MAX_BY_HAND, MAX_BYTES};
use crate::client::api::{AutoAnswered, CallError, RequestId};
use crate::data::{ErrorCode, SessionId, Timestamp};
use crate::model::change::ChangeError;
use crate::model::effects::Effects;
use crate::model::inbound::ServerRequest;
use crate::model::notices::{NewNotice, Tone};
use crate::wire::service::ServiceError;
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::session_listing::PropertyList;
use crate::wire::services::{MessagingReceiverClient, MessagingSend};

/// What senders hear whose handler was taken back.
pub(super) const WITHDRAWN: &str = "Handler withdrawn";
/// What senders hear when too many requests wait.
const BUSY: &str = "Busy: too many requests wait already";
/// Milliseconds between the moment by which an answer is given here and the one at which the session gives up.
const MARGIN_MILLIS: i64 = 250;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The session.
    pub session: SessionId,
    /// Those of its properties that the handler wants.
    pub properties: PropertyList,
}

impl Sender {
    /// A property, if it was told.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<&str> {
        self.properties.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The user answers it.
    ByHand,
    /// It is answered so once its delay is over.
    Delayed(Result<TypedValue, String>),
    /// Answered with this value.
    Answered(TypedValue),
    /// Rejected with this text.
    Rejected(String),
    /// Left without an answer on purpose.
    Silent,
    /// Nobody handles it here: this code was sent.
    Unhandled,
    /// The session answered that nobody did, because the time was over.
    TooLate,
    /// The line was lost; the sender hears that nobody answered.
    LineLost,
    /// The session that was asked is gone.
    SessionGone,
    /// The connection is read-only, so the sender hears that nobody answered.
    ReadOnly,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Names it.
    pub id: u64,
    /// The handler that took it; none for one to this session that nobody took.
    pub handler: Option<i64>,
    /// Message path.
    pub path: String,
    /// Who asks; not told for a request to this session.
    pub sender: Option<Sender>,
    /// What is asked.
    pub value: TypedValue,
    /// When it came.
    pub at: Timestamp,
    /// Until when it waits, for an answer by hand or for the end of its delay.
    pub until: Timestamp,
    /// Where it stands.
    pub outcome: Outcome,
    /// When it came to stand there.
    pub ended_at: Timestamp,
    request: RequestId,
}

impl Asked {
    /// Whether it waits for an answer by hand.
    #[must_use]
    pub const fn is_by_hand(&self) -> bool {
        matches!(self.outcome, Outcome::ByHand)
    }

    /// Whether it is not answered yet.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.outcome, Outcome::ByHand | Outcome::Delayed(_))
    }

    /// Whether the sender got a value.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        matches!(self.outcome, Outcome::Answered(_))
    }

    /// When something is to be done about it.
    #[must_use]
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.is_waiting().then_some(self.until)
    }

    /// Microseconds from its arrival to its end.
    #[must_use]
    pub fn micros(&self) -> u64 {
        self.ended_at.micros_since(self.at)
    }

    fn weight(&self) -> usize {
        let answer = match &self.outcome {
            Outcome::Answered(value) | Outcome::Delayed(Ok(value)) => value.content.len(),
            _ => 0,
        };
        let of = |sender: &Sender| sender.properties.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        self.path.len() + self.value.content.len() + answer + self.sender.as_ref().map_or(0, of)
    }

    /// Sends the answer through the read-only gate.
    fn reply(&self, answer: Result<TypedValue, ServiceError>, fx: &mut Effects) -> Result<(), CallError> {
        let id = self.request;
        match (&self.sender, answer) {
            (Some(_), Ok(value)) => fx.reply::<MessagingReceiverClient>(id, &value),
            (Some(_), Err(error)) => fx.refuse::<MessagingReceiverClient>(id, error),
            (None, Ok(value)) => fx.reply::<MessagingSend>(id, &value),
            (None, Err(error)) => fx.refuse::<MessagingSend>(id, error),
        }
    }

    fn reply_by_default(&self, fx: &mut Effects) {
        match self.sender {
            Some(_) => fx.reply_by_default::<MessagingReceiverClient>(self.request),
            None => fx.reply_by_default::<MessagingSend>(self.request),
        }
    }

    fn abandon(&self, fx: &mut Effects) {
        match self.sender {
            Some(_) => fx.abandon::<MessagingReceiverClient>(self.request),
            None => fx.abandon::<MessagingSend>(self.request),
        }
    }
}

impl Answering {
    /// A request came by the server to a handler.
    pub(super) fn take_for_handler(&mut self, received: ServerRequest<MessagingReceiverClient>, fx: &mut Effects) {
        let ServerRequest { id, request, at, until } = received;
        let handler = self.handlers.iter().find(|handler| handler.id == request.handler && handler.is_here()).cloned();
        let sender = Some(Sender { session: request.sender, properties: request.properties });
        let asked = self.asked(id, request.path, sender, request.value, at);
        self.take(asked, handler.as_ref(), until, fx);
    }

    /// Another session has asked this one.
    pub(super) fn take_for_session(&mut self, received: ServerRequest<MessagingSend>, fx: &mut Effects) {
        let ServerRequest { id, request, at, until } = received;
        let takes = |handler: &&Handler| {
            handler.scope == Scope::ThisSession && handler.is_live() && handler.path.as_str() == request.path
        };
        let handler = self.handlers.iter().find(takes).cloned();
        let asked = self.asked(id, request.path, None, request.value, at);
        self.take(asked, handler.as_ref(), until, fx);
    }

    fn asked(
        &mut self,
        request: RequestId,
        path: String,
        sender: Option<Sender>,
        value: TypedValue,
        at: Timestamp,
    ) -> Asked {
        self.next_asked += 1;
        let (id, outcome) = (self.next_asked, Outcome::ByHand);
        Asked { id, handler: None, path, sender, value, at, until: at, outcome, ended_at: at, request }
    }

    fn take(&mut self, mut asked: Asked, handler: Option<&Handler>, until: Option<Timestamp>, fx: &mut Effects) {
        asked.handler = handler.map(|handler| handler.id);
        if let Some(handler) = asked.handler.and_then(|id| self.handlers.iter_mut().find(|h| h.id == id)) {
            handler.asked += 1;
        }
        let Some(until) = until else {
            // The session has answered it already, because too many wait.
            asked.outcome = Outcome::TooLate;
            return self.keep(asked);
        };
        let Some(handler) = handler else {
            let error = ServiceError::new(ErrorCode::UNHANDLED_MESSAGE, format!("No handler for {}", asked.path));
            asked.outcome = Outcome::Unhandled;
            self.unhandled += 1;
            if asked.reply(Err(error), fx).is_err() {
                asked.reply_by_default(fx);
                asked.outcome = Outcome::ReadOnly;
            }
            return self.keep(asked);
        };
        let given_up = Timestamp(until.0 - MARGIN_MILLIS * 1000);
        let planned = match handler.kind {
            Kind::ByHand if self.waiting() >= MAX_BY_HAND => Err(BUSY.to_owned()),
            Kind::ByHand => {
                let limit = Timestamp(asked.at.0 + i64::from(handler.by_hand_secs) * 1_000_000);
                asked.until = limit.min(given_up);
                return self.keep(asked);
            }
            Kind::Never => {
                asked.abandon(fx);
                asked.outcome = Outcome::Silent;
                return self.keep(asked);
            }
            Kind::Fixed => handler.value.clone().ok_or_else(|| "There is no fixed answer".to_owned()),
            Kind::Echo => Ok(asked.value.clone()),
            Kind::Fail => Err(handler.text.clone()),
        };
        asked.until = Timestamp(asked.at.0 + handler.delay_micros(asked.id)).min(given_up);
        asked.outcome = Outcome::Delayed(planned);
        if asked.until <= fx.now {
            self.finish(&mut asked, fx);
        }
        self.keep(asked);
    }

    /// Lists a request, and drops the oldest finished ones while there are too many.
    fn keep(&mut self, asked: Asked) {
        self.revision += 1;
        self.asked.push_back(asked);
        let mut weight: usize = self.asked.iter().map(Asked::weight).sum();
        while self.asked.len() > MAX_ASKED || weight > MAX_BYTES {
            let Some(oldest) = self.asked.iter().position(|asked| !asked.is_waiting()) else { return };
            weight -= self.asked.remove(oldest).map_or(0, |asked| asked.weight());
            self.dropped += 1;
        }
    }

    /// Gives the answer that a delayed request was to get.
    fn finish(&mut self, asked: &mut Asked, fx: &mut Effects) {
        let Outcome::Delayed(planned) = asked.outcome.clone() else { return };
        if self.settle(asked, planned, fx).is_err() {
            asked.reply_by_default(fx);
            asked.outcome = Outcome::ReadOnly;
        }
    }

    /// Answers a request, and counts it for its handler.
    fn settle(
        &mut self,
        asked: &mut Asked,
        answer: Result<TypedValue, String>,
        fx: &mut Effects,
    ) -> Result<(), CallError> {
        let error = |text: &String| ServiceError::new(ErrorCode::REJECTED_REQUEST, text.clone());
        asked.reply(answer.clone().map_err(|text| error(&text)), fx)?;
        asked.ended_at = fx.now;
        let handler = asked.handler.and_then(|id| self.handlers.iter_mut().find(|handler| handler.id == id));
        asked.outcome = match answer {
            Ok(value) => {
                if let Some(handler) = handler {
                    handler.answered += 1;
                    handler.answer_micros += asked.micros();
                }
                Outcome::Answered(value)
            }
            Err(text) => {
                if let Some(handler) = handler {
                    handler.failed += 1;
                }
                Outcome::Rejected(text)
            }
        };
        self.revision += 1;
        Ok(())
    }

    /// Does this with the requests for which it holds, one after the other.
    fn each(&mut self, which: impl Fn(&Asked) -> bool, mut act: impl FnMut(&mut Self, &mut Asked)) {
        for place in 0..self.asked.len() {
            if which(&self.asked[place]) {
                let mut asked = self.asked[place].clone();
                act(self, &mut asked);
                self.asked[place] = asked;
                self.revision += 1;
            }
        }
    }

    /// Answers what is due: delayed answers, and rejections of what nobody answered by hand.
    pub(super) fn pass_time(&mut self, fx: &mut Effects) {
        let now = fx.now;
        self.each(
            |asked| asked.is_waiting() && asked.until <= now,
            |all, asked| {
                if asked.is_by_hand() {
                    let secs = asked.until.micros_since(asked.at).div_ceil(1_000_000);
                    asked.outcome = Outcome::Delayed(Err(format!("No answer by hand within {secs} s")));
                }
                all.finish(asked, fx);
            },
        );
    }

    /// Answers a request with the value being written.
    pub(super) fn answer_by_hand(&mut self, id: u64, fx: &mut Effects) {
        let Ok(bytes) = self.answer.checked.clone() else { return };
        let value = TypedValue::new(self.answer.data_type.topic_type(), bytes);
        self.decide(id, Ok(value), fx);
    }

    pub(super) fn reject_by_hand(&mut self, id: u64, text: &str, fx: &mut Effects) {
        self.decide(id, Err(text.trim().to_owned()), fx);
    }

    fn decide(&mut self, id: u64, answer: Result<TypedValue, String>, fx: &mut Effects) {
        let mut refused = None;
        self.each(
            |asked| asked.id == id && asked.is_by_hand(),
            |all, asked| {
                refused = all.settle(asked, answer.clone(), fx).err();
            },
        );
        if let Some(error) = refused {
            let failed = Some(ChangeError::Call(error));
            fx.notice(NewNotice { failed, ..NewNotice::new(Tone::Bad, "answer the request") });
        } else {
            self.selected = self.selected.filter(|selected| *selected != id);
        }
    }

    /// Rejects everything that waits at a handler.
    pub(super) fn reject_of(&mut self, handler: i64, text: &str, fx: &mut Effects) {
        self.each(
            |asked| asked.handler == Some(handler) && asked.is_waiting(),
            |all, asked| {
                asked.outcome = Outcome::Delayed(Err(text.to_owned()));
                all.finish(asked, fx);
            },
        );
    }

    /// The session answered a request because nobody did.
    pub(super) fn auto_answered(&mut self, id: RequestId, why: AutoAnswered, now: Timestamp) {
        let outcome = match why {
            AutoAnswered::TimedOut => Outcome::TooLate,
            AutoAnswered::LineLost => Outcome::LineLost,
        };
        self.end(|asked| asked.request == id, &outcome, now);
    }

    /// News of automatic answers may have been dropped: what is long overdue has been answered so.
    pub(super) fn end_overdue(&mut self, now: Timestamp) {
        let late = |asked: &Asked| asked.until.0 + MARGIN_MILLIS * 1000 <= now.0;
        self.end(late, &Outcome::TooLate, now);
    }

    /// The session that was asked is gone.
    pub(super) fn lose_waiting(&mut self, now: Timestamp) {
        self.end(|_| true, &Outcome::SessionGone, now);
    }

    fn end(&mut self, which: impl Fn(&Asked) -> bool, outcome: &Outcome, now: Timestamp) {
        self.each(
            |asked| asked.is_waiting() && which(asked),
            |_, asked| {
                asked.outcome = outcome.clone();
                asked.ended_at = now;
            },
        );
    }
}
