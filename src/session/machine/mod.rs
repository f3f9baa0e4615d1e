//! The session's state machine: opening, messages, timeouts, lost lines, and what is to be sent.

mod answers;
mod check;
mod memory;
mod versions;

use super::calls::{Calls, Request};
use super::event::{CallFailure, Event, Failure, InboundRequest, Opened, RequestId, SessionEvent};
use super::inbound::InboundRequests;
use super::keepalive::{Keepalive, Pings, after};
use super::offer::Offer;
use super::recovery::Recovery;
use super::scopes::Scopes;
use super::topics::Topics;
use super::unsent::Unsent;
use crate::data::{ErrorCode, Timestamp};
use crate::wire::handshake::{Acceptance, CAP_UNIFIED, CAP_ZLIB, ConnectRequest, Credentials, Rejection, Token};
use crate::wire::service::InboundEntry;
use crate::wire::services::{self, SystemPing, TopicSubscribed, TopicUnsubscribed, UserPing, name_of};
use crate::wire::{DecodeError, Message, Service, ServiceError, decode};
use bytes::Bytes;
use std::collections::VecDeque;
use versions::read_response;

/// How long the server may take to end a session that the client closes.
pub(super) const CLOSE_GRACE_MILLIS: i64 = 1000;
/// Client type: one that servers know; there is none for programs of one's own.
const CLIENT_TYPE: &str = "WB";
/// First byte of a connection response.
const RESPONSE_SIGN: u8 = 0x23;

/// What a session is opened with.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// Principal; none or empty is anonymous.
    pub principal: Option<String>,
    /// Credentials.
    pub credentials: Credentials,
    /// Proposed session properties.
    pub properties: Vec<(String, String)>,
    /// How long the session should outlive a lost line; 0 for not at all.
    pub reconnect_millis: u64,
    /// Whether topic messages may be compressed.
    pub compression: bool,
    /// Largest message or value accepted.
    pub max_message_bytes: usize,
    /// Milliseconds between measured round trips; 0 for only when asked.
    pub ping_interval_millis: u32,
    /// Milliseconds that a request of the server waits for a decision, whatever its service; none for the time that the
    /// service gives.
    pub decide_millis: Option<u32>,
    /// The only protocol version to offer; none for all that are spoken.
    pub protocol: Option<u8>,
    /// The protocol version to offer first, where none is given; none for the newest.
    pub first_protocol: Option<u8>,
}

/// Where the session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The first connection response is waited for.
    Opening,
    /// Messages flow.
    Live,
    /// The line is lost; another is waited for.
    Recovering {
        /// When the session is given up.
        give_up_at: Timestamp,
    },
    /// The client has asked to end it.
    Closing {
        /// When the answer is no longer waited for.
        deadline: Timestamp,
    },
    /// Over.
    Ended(Failure),
}

/// Totals since the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages received.
    pub messages_in: u64,
    /// Messages handed out for sending.
    pub messages_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes handed out for sending.
    pub bytes_out: u64,
    /// Topic values and deltas received.
    pub values_in: u64,
}

/// The protocol of one session. It does no input or output and knows no clock; its owner calls four families of methods:
///
/// - **Facts:** [`state`](Self::state), [`counters`](Self::counters), [`calls_waiting`](Self::calls_waiting),
///   [`topics_subscribed`](Self::topics_subscribed).
/// - **Handlers** of what happens to the line: [`handle_open`](Self::handle_open) takes the first message of a new line,
///   [`handle_bytes`](Self::handle_bytes) each later one, [`handle_line_lost`](Self::handle_line_lost) its end, and
///   [`handle_timeout`](Self::handle_timeout) the passing of time.
/// - **Requests** of the user: [`call`](Self::call), [`cancel`](Self::cancel), [`reply`](Self::reply),
///   [`ping`](Self::ping), [`close`](Self::close), [`fail`](Self::fail).
/// - **Polls:** [`may_receive`](Self::may_receive) says whether to read on, [`poll_transmit`](Self::poll_transmit) gives the messages to send,
///   [`poll_event`](Self::poll_event) what to report, [`poll_timeout`](Self::poll_timeout) when
///   [`handle_timeout`](Self::handle_timeout) wants to be called.
///
/// For each line: send [`connect_request`](Self::connect_request), then call `handle_open` with the answer. After any
/// handler or request, poll events and transmissions until none is left, look at the state, and ask for the next
/// timeout; its answer changes with every call. When the state is [`State::Recovering`], open another line and begin
/// again; when it is [`State::Ended`], send what is left to transmit and drop the machine.
#[derive(Debug)]
pub struct Machine {
    config: SessionConfig,
    state: State,
    offer: Offer,
    token: Option<Token>,
    calls: Calls,
    scopes: Scopes,
    inbound: InboundRequests,
    abandoned: u64,
    topics: Topics,
    recovery: Recovery,
    keepalive: Keepalive,
    pings: Pings,
    transmit: Unsent,
    events: VecDeque<Event>,
    /// Bytes of values among the events.
    event_bytes: usize,
    /// The session that the token belongs to, and the largest message that its server takes.
    opened: Option<Opened>,
    /// When a line in doubt counts as lost.
    checked_by: Option<Timestamp>,
    counters: Counters,
}

impl Machine {
    /// A session that is not open yet.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        let pings = Pings::every(config.ping_interval_millis);
        let inbound = InboundRequests::new(config.decide_millis);
        let offer = Offer::new(config.protocol, config.first_protocol);
        Self {
            config,
            state: State::Opening,
            offer,
            token: None,
            calls: Calls::default(),
            scopes: Scopes::default(),
            inbound,
            abandoned: 0,
            topics: Topics::default(),
            recovery: Recovery::default(),
            keepalive: Keepalive::default(),
            pings,
            transmit: Unsent::default(),
            events: VecDeque::new(),
            event_bytes: 0,
            opened: None,
            checked_by: None,
            counters: Counters::default(),
        }
    }

    /// What to say on a new line: to open the session, or to go on with it.
    #[must_use]
    pub fn connect_request(&self) -> ConnectRequest {
        let mut properties = self.config.properties.clone();
        if !properties.iter().any(|(key, _)| key == "$Environment") {
            properties.push(("$Environment".into(), concat!("RUST_brownian_", env!("CARGO_PKG_VERSION")).into()));
        }
        ConnectRequest {
            version: self.offer.version(),
            client_type: CLIENT_TYPE.into(),
            capabilities: if self.config.compression { CAP_UNIFIED | CAP_ZLIB } else { CAP_UNIFIED },
            reconnect_millis: self.config.reconnect_millis,
            properties,
            principal: self.config.principal.clone(),
            credentials: self.config.credentials.clone(),
            resume: self.token.clone().map(|token| self.recovery.resume(token)),
        }
    }

    /// The protocol version of the session; before it is open, the one that is offered.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.offer.version()
    }

    /// The line ended before the server answered: whether another protocol version is offered on the next one. Servers
    /// close the line on a version that they do not know.
    pub fn offer_next(&mut self) -> bool {
        self.state == State::Opening && self.offer.next(None)
    }

    /// Where the session stands.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Totals since the session began.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// How many calls wait for an answer.
    #[must_use]
    pub fn calls_waiting(&self) -> usize {
        self.calls.len()
    }

    /// How many topics are subscribed.
    #[must_use]
    pub fn topics_subscribed(&self) -> usize {
        self.topics.len()
    }

    /// Takes the first message of a new line.
    ///
    /// # Errors
    /// The line cannot carry the session. If the state is then still [`State::Recovering`] or [`State::Opening`],
    /// another line may.
    pub fn handle_open(&mut self, bytes: Bytes, now: Timestamp) -> Result<(), Failure> {
        let recovering = matches!(self.state, State::Recovering { .. });
        if !recovering && self.state != State::Opening {
            return Ok(());
        }
        match read_response(bytes, &self.offer, recovering) {
            Ok((opened, token, acceptance)) => {
                self.offer.agree(opened.version);
                let outcome = match self.judge(&opened, acceptance) {
                    Acceptance::New { .. } => {
                        if recovering {
                            self.forget(now);
                        }
                        self.events.push_back(Event::Opened(opened));
                        Ok(())
                    }
                    Acceptance::Recovered { sequence } if recovering => match self.recovery.replay(i64::from(sequence))
                    {
                        Some(messages) => {
                            self.transmit.extend(messages);
                            self.events.push_back(Event::Recovered { complete: true });
                            Ok(())
                        }
                        None => Err(Failure::LostMessages),
                    },
                    Acceptance::Lossy { .. } if recovering => {
                        self.forget(now);
                        self.events.push_back(Event::Recovered { complete: false });
                        Ok(())
                    }
                    Acceptance::Recovered { .. } | Acceptance::Lossy { .. } => {
                        Err(Failure::NotDiffusion("it goes on with a session that was never opened".into()))
                    }
                };
                if let Err(cause) = outcome {
                    self.end(cause.clone(), now);
                    return Err(cause);
                }
                self.token = Some(token);
                self.state = State::Live;
                for (id, entry) in self.inbound.take_owed() {
                    self.answer(id, (entry.fallback)(self.version()));
                }
                self.keepalive.start(opened.ping_period_millis, now);
                self.pings.start(now);
                Ok(())
            }
            // A server that is starting up may know the session in a moment.
            Err(Failure::Rejected(Rejection::NOT_READY)) if recovering => Err(Failure::Rejected(Rejection::NOT_READY)),
            // While a server restarts, a proxy before it may answer anything.
            Err(cause @ Failure::NotDiffusion(_)) if recovering => Err(cause),
            Err(cause @ Failure::Protocol { answered, .. }) if !recovering && self.offer.next(answered) => Err(cause),
            Err(cause) => {
                let cause = if recovering { cause } else { self.offer.conclude(cause) };
                self.end(cause.clone(), now);
                Err(cause)
            }
        }
    }

    /// Takes a message.
    pub fn handle_bytes(&mut self, bytes: Bytes, now: Timestamp) {
        if !self.has_line() {
            return;
        }
        let line_bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.recovery.note_received();
        self.counters.messages_in += 1;
        self.counters.bytes_in += u64::from(line_bytes);
        let max_size = self.config.max_message_bytes;
        let message = match Message::decode(bytes, max_size) {
            Ok(message) => message,
            Err(error) => return self.fail(Failure::BadMessage(error), now),
        };
        let events = &mut self.events;
        match message {
            Message::TopicValue { topic_id, value } => {
                self.counters.values_in += 1;
                let mut emit = memory::counting(events, &mut self.event_bytes);
                self.topics.value(topic_id, value, line_bytes, now, &mut emit);
            }
            Message::TopicDelta { topic_id, delta } => {
                self.counters.values_in += 1;
                let mut emit = memory::counting(events, &mut self.event_bytes);
                self.topics.delta(topic_id, &delta, max_size, line_bytes, now, &mut emit);
            }
            Message::Request { service, cid, payload } => self.serve(service, cid, payload, now),
            Message::Response { cid, payload } => match self.pings.answer(cid, now) {
                Some(micros) => {
                    events.push_back(Event::Session(SessionEvent::Pinged { at: now, micros: Some(micros) }));
                    self.note_answered(now);
                }
                None => events.extend(self.calls.answer(cid, payload, self.offer.version(), now)),
            },
            Message::Error { cid, description, code } => {
                if self.pings.answer(cid, now).is_some() {
                    events.push_back(Event::Session(SessionEvent::Pinged { at: now, micros: None }));
                    self.note_answered(now);
                } else {
                    events.extend(self.calls.fail(cid, code, description, now));
                }
            }
            Message::Abort | Message::CloseRequest => {
                let closing = matches!(self.state, State::Closing { .. });
                self.end(if closing { Failure::ClosedByClient } else { Failure::ClosedByServer }, now);
            }
        }
    }

    /// The line is gone.
    pub fn handle_line_lost(&mut self, now: Timestamp) {
        self.lose_line(Failure::LineLost, now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(event) = self.calls.time_out(now) {
            self.events.push_back(event);
        }
        let events = &mut self.events;
        let next = || self.inbound.time_out(now, &mut |event| events.push_back(event));
        let overdue: Vec<_> = std::iter::from_fn(next).collect();
        for (id, entry) in overdue {
            self.answer(id, (entry.fallback)(self.version()));
        }
        match self.state {
            State::Closing { deadline } if deadline <= now => self.end(Failure::ClosedByClient, now),
            State::Recovering { give_up_at } if give_up_at <= now => {
                let secs = u32::try_from(self.config.reconnect_millis / 1000).unwrap_or(u32::MAX);
                self.end(Failure::RecoveryFailed { secs }, now);
            }
            State::Live => {
                if self.keepalive.deadline().is_some_and(|at| at <= now) {
                    self.lose_line(Failure::Idle, now);
                } else if let Some(cause) = self.is_unconfirmed(now) {
                    self.lose_line(cause, now);
                } else if self.pings.deadline().is_some_and(|at| at <= now) {
                    self.ping(now);
                }
            }
            _ => {}
        }
    }

    /// Sends a call; its end is reported in any case.
    pub fn call(&mut self, request: &Request, now: Timestamp) {
        let refusal = match &self.state {
            State::Live if self.calls.has_room() => match self.at_session_version(request, now) {
                Ok(Some(payload)) if payload.len() > self.largest_payload() => {
                    CallFailure::TooLarge { bytes: payload.len(), most: self.largest_payload() }
                }
                Ok(Some(payload)) => {
                    let cid = self.calls.begin(request, now);
                    self.send(&Message::Request { service: request.service, cid, payload });
                    return;
                }
                Ok(None) => return,
                Err(error) => CallFailure::NotAtVersion(error),
            },
            State::Live => CallFailure::Busy,
            State::Ended(cause) => CallFailure::Ended(cause.clone()),
            _ => CallFailure::NotConnected,
        };
        self.events.push_back(Event::Answer { call: request.call, result: Err(refusal), micros: 0 });
    }

    /// Gives up waiting for a call; nothing happens if it has ended.
    pub fn cancel(&mut self, call: u64, now: Timestamp) {
        self.events.extend(self.calls.cancel(call, now));
    }

    /// Ends the session: at once if there is no line, else when the server confirms or the grace is over.
    pub fn close(&mut self, now: Timestamp) {
        match self.state {
            State::Live => {
                self.send(&Message::CloseRequest);
                self.state = State::Closing { deadline: after(now, CLOSE_GRACE_MILLIS) };
            }
            State::Opening | State::Recovering { .. } => self.end(Failure::ClosedByClient, now),
            State::Closing { .. } | State::Ended(_) => {}
        }
    }

    /// Ends the session because of something only the line could see, telling the server so.
    pub fn fail(&mut self, cause: Failure, now: Timestamp) {
        let tell = self.has_line();
        self.end(cause, now);
        if tell {
            self.transmit.push(Message::CloseRequest.encode());
        }
    }

    /// Whether a message is to be sent.
    #[must_use]
    pub fn has_transmit(&self) -> bool {
        !self.transmit.is_empty()
    }

    /// The next message to send.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        let message = self.transmit.pop()?;
        self.counters.messages_out += 1;
        self.counters.bytes_out += message.len() as u64;
        Some(message)
    }

    /// The next event to report.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.event_bytes -= memory::value_bytes(&event);
        Some(event)
    }

    /// When [`Self::handle_timeout`] wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let own = match self.state {
            State::Closing { deadline } => Some(deadline),
            State::Recovering { give_up_at } => Some(give_up_at),
            State::Live => {
                [self.keepalive.deadline(), self.pings.deadline(), self.checked_by].into_iter().flatten().min()
            }
            State::Opening | State::Ended(_) => None,
        };
        [own, self.calls.deadline(), self.inbound.deadline()].into_iter().flatten().min()
    }

    const fn has_line(&self) -> bool {
        matches!(self.state, State::Live | State::Closing { .. })
    }

    fn send(&mut self, message: &Message) {
        let bytes = message.encode();
        self.recovery.note_sent(&bytes);
        self.transmit.push(bytes);
    }

    fn answer(&mut self, id: RequestId, answer: Result<Bytes, ServiceError>) {
        if id.0 == 0 || matches!(self.state, State::Closing { .. }) {
            return;
        }
        let cid = id.0;
        self.send(&match answer {
            Ok(payload) => Message::Response { cid, payload },
            Err(ServiceError { code, description }) => Message::Error { cid, description, code },
        });
    }

    /// A request of the server. What it wants answered is answered exactly once.
    fn serve(&mut self, service: u32, cid: i64, payload: Bytes, now: Timestamp) {
        let (id, version) = (RequestId(cid), self.version());
        let events = &mut self.events;
        let mut emit = |event| events.push_back(event);
        let done = match service {
            SystemPing::ID => {
                self.keepalive.note_ping(now);
                Ok(())
            }
            UserPing::ID => Ok(()),
            TopicSubscribed::ID => decode(payload, version).map(|notice| self.topics.subscribed(notice, &mut emit)),
            TopicUnsubscribed::ID => {
                decode(payload, version).map(|notice| self.topics.unsubscribed(&notice, &mut emit))
            }
            _ => {
                if let Some(entry) = services::inbound(service) {
                    return self.pass_on(entry, id, payload, now);
                }
                let name = name_of(service);
                emit(Event::ProtocolWarning(format!("the server asked for {name} ({service}), which is not offered")));
                return self.answer(id, Err(ServiceError::not_offered(service)));
            }
        };
        match done {
            Ok(()) => self.answer(id, Ok(Bytes::new())),
            Err(error) => self.refuse_unreadable(service, id, &error),
        }
    }

    /// A request for somebody outside the session, who decides the answer unless it is given at once.
    fn pass_on(&mut self, entry: &'static InboundEntry, id: RequestId, payload: Bytes, now: Timestamp) {
        if self.inbound.is_open(id) {
            return; // sent twice
        }
        let size_bytes = payload.len();
        let request = match (entry.decoder)(payload, self.version()) {
            Ok(request) => request,
            Err(error) => return self.refuse_unreadable(entry.id, id, &error),
        };
        let events = &mut self.events;
        let until = match id {
            RequestId(0) => None,
            id => self.inbound.begin(id, entry, size_bytes, now, &mut |event| events.push_back(event)),
        };
        let service = entry.id;
        self.events.push_back(Event::Session(SessionEvent::Request(InboundRequest {
            id,
            service,
            request,
            size_bytes,
            at: now,
            until,
        })));
        if until.is_none() {
            self.answer(id, (entry.fallback)(self.version()));
        }
    }

    fn refuse_unreadable(&mut self, service: u32, id: RequestId, error: &DecodeError) {
        let text = format!("a {} message was ignored: {error}", name_of(service));
        self.events.push_back(Event::ProtocolWarning(text));
        self.answer(id, Err(ServiceError::new(ErrorCode::INVALID_DATA, error.to_string())));
    }

    fn lose_line(&mut self, cause: Failure, now: Timestamp) {
        match self.state {
            State::Closing { .. } => self.end(Failure::ClosedByClient, now),
            State::Live if self.config.reconnect_millis > 0 => {
                let millis = i64::try_from(self.config.reconnect_millis).unwrap_or(i64::MAX);
                let give_up_at = after(now, millis);
                self.suspend(now);
                self.state = State::Recovering { give_up_at };
                self.events.push_back(Event::Suspended { cause, give_up_at });
            }
            State::Live | State::Opening => self.end(cause, now),
            State::Recovering { .. } | State::Ended(_) => {}
        }
    }

    /// Stops what needs a line. Messages not sent yet have their numbers and are kept for sending again.
    fn suspend(&mut self, now: Timestamp) {
        self.transmit.clear();
        self.keepalive.stop();
        self.checked_by = None;
        let events = &mut self.events;
        self.inbound.suspend(&mut |event| events.push_back(event));
        if self.pings.stop() {
            self.events.push_back(Event::Session(SessionEvent::Pinged { at: now, micros: None }));
        }
    }

    /// Gives up everything the server no longer knows.
    fn forget(&mut self, now: Timestamp) {
        self.recovery.reset();
        self.inbound.take_owed();
        self.events.extend(self.calls.end_all(&Failure::LostMessages, now));
        self.scopes.clear();
        let paths = self.topics.take_all();
        self.events
            .extend(paths.into_iter().map(|path| Event::Session(SessionEvent::Unsubscribed { path, reason: None })));
    }

    fn end(&mut self, cause: Failure, now: Timestamp) {
        if matches!(self.state, State::Ended(_)) {
            return;
        }
        self.suspend(now);
        self.events.extend(self.calls.end_all(&cause, now));
        self.topics.take_all();
        self.state = State::Ended(cause.clone());
        self.events.push_back(Event::Ended(cause));
    }
}

#[cfg(test)]
mod tests;
