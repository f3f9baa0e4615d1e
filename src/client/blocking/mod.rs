//! A session for programs without a window: each method waits until the server has answered.
//!
//! [`Session`] owns a runtime of its own and one connection. Events that arrive while a call waits are kept and handed
//! out later in their order; they are bounded as in the window: values merge per topic unless
//! [`ConnectOptions::keep_every_value`] is set, and what the queue cannot hold is counted and dropped.
//!
//! ```
//! use brownian::client::api::{ConnectOptions, Target};
//! use brownian::client::blocking::Session;
//! use brownian::data::value::{DataType, Value};
//! use brownian::data::{Secret, TopicSpec, TopicType};
//! use brownian::server::{Server, ServerConfig};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(ServerConfig::default())?; // any Diffusion server will do
//! let address = server.listen(([127, 0, 0, 1], 0).into())?;
//! let mut session = Session::connect(ConnectOptions {
//!     principal: Some("admin".to_owned()),
//!     password: Some(Secret::new("password")),
//!     ..ConnectOptions::to(Target::Url(format!("ws://{address}")))
//! })?;
//! session.add("fx/EURUSD", &TopicSpec::new(TopicType::Double))?;
//! session.set("fx/EURUSD", DataType::Double, &Value::Double(Some(1.0842)))?;
//! session.subscribe("?fx//")?;
//! let update = session.next_value()?;
//! assert_eq!((update.path.as_str(), update.text().as_str()), ("fx/EURUSD", "1.0842"));
//! session.close();
//! # Ok(())
//! # }
//! ```

mod messaging;

pub use messaging::{FilterRequest, ReceivedRequest, RequestHandler, Sender};

use super::api::{
    AnyResponse, CALL_TIMEOUT_SECS, Call, CallError, CallId, Command, ConnectOptions, Event, LinkError, LinkId,
    LinkState, Part, SessionEvent, Update, ValueLoss,
};
use super::{Engine, PipeAcceptor};
use crate::data::value::{DataType, Value, encode, preview};
use crate::data::{SessionId, Timestamp, TopicPath, TopicSpec};
use crate::wire::Service;
use crate::wire::services::fetch::{Bounds, Next, Pages};
use crate::wire::services::shared::{AddOutcome, Constraint, SelectionRequest};
use crate::wire::services::{
    Fetch, Subscribe, TimeSeriesAppend, TopicAdd, TopicSet, Unsubscribe, fetch, time_series_append, topic_add,
    topic_set,
};
use bytes::Bytes;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The one connection of the engine.
const LINK: LinkId = LinkId(1);
/// Events and updates taken from the engine at once.
const BATCH: usize = 4096;
/// Longest single wait for the engine; the deadline is looked at after each.
const WAIT: Duration = Duration::from_secs(1);
/// How long [`Session::close`] waits for the server to end the session.
const CLOSE: Duration = Duration::from_secs(2);

/// Why a session could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The system gave no threads for the runtime.
    #[error("the runtime could not be started: {0}")]
    Start(#[from] std::io::Error),
    /// There is no session, or it has ended: drop it and connect again.
    #[error("{0}")]
    Ended(Box<LinkError>),
    /// One call failed; the session goes on.
    #[error("{service}: {error}")]
    Call {
        /// Name of the service.
        service: &'static str,
        /// Why there is no answer.
        error: CallError,
    },
    /// Too many commands wait already; nothing was sent.
    #[error("too many commands are waiting")]
    Busy,
    /// A value could not be used; the topic is invalid until its next full value, the session goes on.
    #[error("a value of {path} could not be used: {reason}")]
    ValueLost {
        /// The topic.
        path: TopicPath,
        /// Why.
        reason: String,
    },
}

/// One value of a subscribed topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicValue {
    /// The topic.
    pub path: TopicPath,
    /// Its specification.
    pub spec: Arc<TopicSpec>,
    /// When the value arrived here.
    pub at: Timestamp,
    /// The complete value, encoded.
    pub bytes: Bytes,
}

impl TopicValue {
    /// The whole value on one line, as the command line prints it.
    #[must_use]
    pub fn text(&self) -> String {
        preview(&self.spec, &self.bytes, usize::MAX)
    }
}

/// An open session, driven by the calling thread. Dropping it ends it without waiting; [`Session::close`] waits.
#[derive(Debug)]
pub struct Session {
    engine: Engine,
    events: VecDeque<Event>,
    id: SessionId,
    protocol: u8,
    last_call: u64,
    /// Of handlers and of responses to filters, chosen here.
    last_conversation: i64,
    call_timeout_secs: u32,
    ended: Option<Box<LinkError>>,
    /// Specifications of subscribed topics, for [`Session::next_value`].
    specs: HashMap<TopicPath, Arc<TopicSpec>>,
    values: VecDeque<TopicValue>,
}

impl Session {
    /// Opens a session and waits for it, at most as long as the options say.
    ///
    /// # Errors
    /// [`SessionError::Start`], or [`SessionError::Ended`] with the reason why there is no session.
    pub fn connect(options: ConnectOptions) -> Result<Self, SessionError> {
        Self::open(options, None)
    }

    /// The same to the server of this process, where the target is [`Target::Embedded`](super::api::Target::Embedded).
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub fn connect_embedded(options: ConnectOptions, server: PipeAcceptor) -> Result<Self, SessionError> {
        Self::open(options, Some(server))
    }

    fn open(options: ConnectOptions, embedded: Option<PipeAcceptor>) -> Result<Self, SessionError> {
        let mut engine = Engine::start(Arc::new(|| {}), embedded)?;
        engine.open(LINK, options);
        let mut session = Self {
            engine,
            events: VecDeque::new(),
            id: SessionId { server: 0, session: 0 },
            protocol: 0,
            last_call: 0,
            last_conversation: 0,
            call_timeout_secs: CALL_TIMEOUT_SECS,
            ended: None,
            specs: HashMap::new(),
            values: VecDeque::new(),
        };
        loop {
            if let Event::Link(LinkState::Connected(facts)) = session.next_event()? {
                session.id = facts.id;
                session.protocol = facts.version;
                return Ok(session);
            }
        }
    }

    /// The ID of the session.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// The protocol version of the session, from 18 to 29. What it lacks is refused by
    /// [`CallError::NotAtVersion`].
    #[must_use]
    pub const fn protocol(&self) -> u8 {
        self.protocol
    }

    /// Whether the session's version has a part that not all versions have.
    #[must_use]
    pub const fn has(&self, part: Part) -> bool {
        self.protocol >= part.since()
    }

    /// Deadline of the calls that follow; 10 s if never set.
    pub fn set_call_timeout_secs(&mut self, secs: u32) {
        self.call_timeout_secs = secs.max(1);
    }

    /// Calls a service and waits for its answer. Other events stay for later, in their order.
    ///
    /// # Errors
    /// [`SessionError::Call`] with the reason, [`SessionError::Ended`], or [`SessionError::Busy`].
    pub fn call<S: Service>(&mut self, request: &S::Request) -> Result<S::Response, SessionError> {
        let answer = self.answer_to(Call::new::<S>(CallId(0), request))?;
        let response = answer.map_err(|error| SessionError::Call { service: S::NAME, error })?;
        Ok(*response.downcast::<S::Response>().expect("the decoder that travels with a call gives its response"))
    }

    /// Makes a call that is encoded already, under an id and a time limit of this session, and waits for its answer.
    ///
    /// # Errors
    /// [`SessionError::Busy`], or [`SessionError::Ended`]; the inner error is that of the call.
    pub fn answer_to(&mut self, mut call: Call) -> Result<Result<AnyResponse, CallError>, SessionError> {
        self.last_call += 1;
        let id = CallId(self.last_call);
        call.id = id;
        call.timeout_secs = self.call_timeout_secs;
        self.send(Command::Call(call))?;
        let mut others = VecDeque::new();
        let answer = loop {
            match self.next_event() {
                Ok(Event::Answer(answer)) if answer.id == id => break Ok(answer),
                Ok(other) => others.push_back(other),
                Err(error) => break Err(error),
            }
        };
        others.append(&mut self.events);
        self.events = others;
        Ok(answer?.result)
    }

    /// Gives a command that has no answer of its own, such as [`Command::Ping`].
    ///
    /// # Errors
    /// [`SessionError::Busy`], or [`SessionError::Ended`].
    pub fn send(&mut self, command: Command) -> Result<(), SessionError> {
        if let Some(cause) = &self.ended {
            return Err(SessionError::Ended(cause.clone()));
        }
        self.engine.send(LINK, command).map_err(|_| SessionError::Busy)
    }

    /// The next event of any kind.
    ///
    /// # Errors
    /// [`SessionError::Ended`].
    pub fn next_event(&mut self) -> Result<Event, SessionError> {
        loop {
            if let Some(event) = self.next_event_until(Instant::now() + WAIT)? {
                return Ok(event);
            }
        }
    }

    /// The next event of any kind, or none when the time is up.
    ///
    /// # Errors
    /// [`SessionError::Ended`].
    pub fn next_event_timeout(&mut self, timeout: Duration) -> Result<Option<Event>, SessionError> {
        self.next_event_until(Instant::now() + timeout)
    }

    fn next_event_until(&mut self, until: Instant) -> Result<Option<Event>, SessionError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                if let Event::Link(LinkState::Closed(cause)) = &event {
                    self.ended = Some(cause.clone());
                    return Err(SessionError::Ended(cause.clone()));
                }
                return Ok(Some(event));
            }
            if let Some(cause) = &self.ended {
                return Err(SessionError::Ended(cause.clone()));
            }
            let events = &mut self.events;
            self.engine.drain(BATCH, &mut |_, event| events.push_back(event));
            if !self.events.is_empty() {
                continue;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.engine.wait(left.min(WAIT));
        }
    }

    /// Subscribes to the topics that a selector matches, now and later.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn subscribe(&mut self, selector: &str) -> Result<(), SessionError> {
        let request = SelectionRequest { selector: selector.to_owned(), scope: String::new() };
        self.call::<Subscribe>(&request).map(drop)
    }

    /// Ends subscriptions.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn unsubscribe(&mut self, selector: &str) -> Result<(), SessionError> {
        let request = SelectionRequest { selector: selector.to_owned(), scope: String::new() };
        self.call::<Unsubscribe>(&request).map(drop)
    }

    /// The next value of a subscribed topic. All other events are passed over, so a program uses either this or
    /// [`Session::next_event`].
    ///
    /// # Errors
    /// [`SessionError::ValueLost`], after which the session goes on, or [`SessionError::Ended`].
    pub fn next_value(&mut self) -> Result<TopicValue, SessionError> {
        loop {
            if let Some(value) = self.values.pop_front() {
                return Ok(value);
            }
            match self.next_event()? {
                Event::Session(SessionEvent::Subscribed { path, spec }) => _ = self.specs.insert(path, spec),
                Event::Session(SessionEvent::Unsubscribed { path, .. }) => _ = self.specs.remove(&path),
                Event::Updates(updates) => updates.into_iter().for_each(|update| self.take_values(update)),
                Event::Session(SessionEvent::ValueLost { path, reason: ValueLoss::Unusable(reason) }) => {
                    return Err(SessionError::ValueLost { path, reason });
                }
                _ => {}
            }
        }
    }

    fn take_values(&mut self, update: Update) {
        let Some(spec) = self.specs.get(&update.path) else { return };
        for received in update.earlier.into_iter().chain([update.latest]) {
            let (path, spec) = (update.path.clone(), Arc::clone(spec));
            self.values.push_back(TopicValue { path, spec, at: received.at, bytes: received.value });
        }
    }

    /// Fetches everything that a request selects, page by page; [`fetch::Request::limit`] is the size
    /// of a page. `each` is given the session too, for calls between two pages. A server that repeats itself ends it
    /// with [`CallError::Paging`].
    ///
    /// # Errors
    /// As [`Session::call`], or what `each` gives.
    pub fn fetch_all<E: From<SessionError>>(
        &mut self,
        request: fetch::Request,
        mut each: impl FnMut(&mut Self, &fetch::Response) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error| SessionError::Call { service: Fetch::NAME, error: CallError::Paging(error) };
        let mut pages = Pages::of(request, Bounds::HANDED_ON);
        loop {
            let page = self.call::<Fetch>(pages.request())?;
            let next = pages.take(&page).map_err(failed)?;
            each(self, &page)?;
            match next {
                Next::Ask => {}
                Next::Complete => return Ok(()),
                Next::Bound => return Err(failed(pages.too_many()).into()),
            }
        }
    }

    /// Creates a topic; an equal one that is there already is no error.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn add(&mut self, path: &str, spec: &TopicSpec) -> Result<AddOutcome, SessionError> {
        self.call::<TopicAdd>(&topic_add::Request { path: path.to_owned(), spec: spec.clone() })
    }

    /// Sets the value of a topic that is there.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn set(&mut self, path: &str, data_type: DataType, value: &Value) -> Result<(), SessionError> {
        let request = topic_set::Request {
            path: path.to_owned(),
            topic_type: data_type.topic_type(),
            value: encode(value),
            constraint: Constraint::Unconstrained,
        };
        self.call::<TopicSet>(&request).map(drop)
    }

    /// Appends an event to a time series; the server gives it the time.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn append(&mut self, path: &str, event_type: DataType, value: &Value) -> Result<(), SessionError> {
        let request = time_series_append::Request {
            path: path.to_owned(),
            data_type: event_type.name().to_owned(),
            value: encode(value),
        };
        self.call::<TimeSeriesAppend>(&request).map(drop)
    }

    /// Ends the session and waits until it has ended, at most 2 s.
    pub fn close(mut self) {
        if self.send(Command::Close).is_ok() {
            let until = Instant::now() + CLOSE;
            while matches!(self.next_event_until(until), Ok(Some(_))) {}
        }
    }
}
