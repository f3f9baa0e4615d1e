//! Requests between sessions: sending one to a path, a session or a filter, and answering those that come.

use super::{Session, SessionError};
use crate::client::api::{
    Call, CallError, CallId, Command, Event, InboundReply, InboundRequest, RequestId, SessionEvent,
};
use crate::data::{ErrorCode, SessionId, Timestamp};
use crate::wire::services::filter_response::{self, Outcome};
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::session_listing::{ErrorReport, PropertyList, Selected};
use crate::wire::services::{
    FilterResponse, MessagingFilterSend, MessagingReceiverClient, MessagingReceiverControlDeregistration,
    MessagingReceiverControlRegistration, MessagingReceiverServer, MessagingSend, messaging_filter_send,
    messaging_receiver_client, messaging_receiver_control_deregistration, messaging_receiver_control_registration,
    messaging_receiver_server, messaging_send,
};
use crate::wire::{Service, ServiceError};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Control group of handlers.
const CONTROL_GROUP: &str = "default";

/// What became of a request to all sessions that a filter selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterRequest {
    /// The filter selects so many sessions, each of which was asked.
    Asked {
        /// Sessions.
        sessions: u32,
        /// Of them answered with a value.
        answered: u32,
        /// Of them failed.
        failed: u32,
    },
    /// The server cannot read the filter; nobody was asked.
    BadFilter(Vec<ErrorReport>),
}

/// The registration of this session as the handler of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHandler {
    path: String,
    property_keys: Vec<String>,
    id: i64,
}

impl RequestHandler {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Who sent a request to this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The session.
    pub session: SessionId,
    /// Those of its properties that the handler asked for.
    pub properties: PropertyList,
}

/// A request that waits for the answer of this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// Message path.
    pub path: String,
    /// What is asked.
    pub value: TypedValue,
    /// Who asks, if it came by the handler of a path; a request addressed to this session does not tell it.
    pub sender: Option<Sender>,
    /// Until when it can be answered; then the sender hears that it was not.
    pub until: Timestamp,
    id: RequestId,
}

impl Session {
    /// Sends a request to the handler of a path and waits for its answer.
    ///
    /// # Errors
    /// As [`Session::call`]. The code of [`CallError::Service`] tells why there is no answer:
    /// [`ErrorCode::UNHANDLED_MESSAGE`] where nobody handles the path, [`ErrorCode::REJECTED_REQUEST`] with the
    /// handler's text, [`ErrorCode::REQUEST_TIME_OUT`] where the server gave up, [`ErrorCode::SESSION_CLOSED`] where the
    /// handler is gone, [`ErrorCode::INCOMPATIBLE_DATATYPE`] where it takes another type.
    pub fn request(&mut self, path: &str, value: &TypedValue) -> Result<TypedValue, SessionError> {
        self.call::<MessagingSend>(&messaging_send::Request { path: path.to_owned(), value: value.clone() })
    }

    /// Sends a request to one session and waits for its answer.
    ///
    /// # Errors
    /// As [`Session::request`], and [`ErrorCode::NO_SUCH_SESSION`].
    pub fn request_session(
        &mut self,
        session: SessionId,
        path: &str,
        value: &TypedValue,
    ) -> Result<TypedValue, SessionError> {
        let request = messaging_receiver_server::Request { session, path: path.to_owned(), value: value.clone() };
        self.call::<MessagingReceiverServer>(&request)
    }

    /// Sends a request to every session that a filter selects, and gives each answer or failure to `each` as it comes,
    /// until all have come or the time is over. Other events stay for later, in their order.
    ///
    /// # Errors
    /// As [`Session::call`], or what `each` gives.
    pub fn request_filter<E: From<SessionError>>(
        &mut self,
        filter: &str,
        path: &str,
        value: &TypedValue,
        within: Duration,
        mut each: impl FnMut(SessionId, &Outcome) -> Result<(), E>,
    ) -> Result<FilterRequest, E> {
        self.last_conversation += 1;
        let responses = self.last_conversation;
        let request = messaging_filter_send::Request {
            responses,
            filter: filter.to_owned(),
            path: path.to_owned(),
            value: value.clone(),
        };
        self.last_call += 1;
        let id = CallId(self.last_call);
        let until = Instant::now() + within;
        let mut call = Call::new::<MessagingFilterSend>(id, &request);
        call.timeout_secs = self.call_timeout_secs;
        self.send(Command::Call(call))?;
        let (mut sessions, mut answered, mut failed) = (None, 0_u32, 0_u32);
        let mut others = VecDeque::new();
        let ended = loop {
            if sessions.is_some_and(|sessions| answered.saturating_add(failed) >= sessions) {
                break Ok(FilterRequest::Asked { sessions: answered.saturating_add(failed), answered, failed });
            }
            match self.next_event_until(until) {
                Ok(None) => {
                    break if let Some(sessions) = sessions {
                        Ok(FilterRequest::Asked { sessions, answered, failed })
                    } else {
                        let error = CallError::TimedOut { secs: u32::try_from(within.as_secs()).unwrap_or(u32::MAX) };
                        Err(SessionError::Call { service: MessagingFilterSend::NAME, error }.into())
                    };
                }
                Ok(Some(Event::Answer(answer))) if answer.id == id => match answer.result {
                    Ok(any) => match *any.downcast::<Selected>().expect("the decoder travels with the call") {
                        Selected::Sessions(count) => sessions = Some(u32::try_from(count).unwrap_or(0)),
                        Selected::BadFilter(errors) => break Ok(FilterRequest::BadFilter(errors)),
                    },
                    Err(error) => break Err(SessionError::Call { service: MessagingFilterSend::NAME, error }.into()),
                },
                Ok(Some(event)) => match response_to(&event, responses) {
                    Some(response) => {
                        match &response.outcome {
                            Outcome::Answered(_) => answered += 1,
                            Outcome::Failed(_) => failed += 1,
                        }
                        if let Err(error) = each(response.session, &response.outcome) {
                            break Err(error);
                        }
                    }
                    None => others.push_back(event),
                },
                Err(error) => break Err(error.into()),
            }
        };
        others.append(&mut self.events);
        self.events = others;
        ended
    }

    /// Registers this session as the handler of a path and all below it. Requests then come by
    /// [`Session::next_request`]. `property_keys` names the properties of senders that are wanted, `*F` and `*U` for all
    /// of a kind; they need `VIEW_SESSION`.
    ///
    /// ```
    /// # use brownian::client::api::{ConnectOptions, Target};
    /// # use brownian::client::blocking::Session;
    /// # use brownian::data::Secret;
    /// # use brownian::server::{Server, ServerConfig};
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let address = server.listen(([127, 0, 0, 1], 0).into())?;
    /// # let options = ConnectOptions {
    /// #     principal: Some("admin".to_owned()),
    /// #     password: Some(Secret::new("password")),
    /// #     ..ConnectOptions::to(Target::Url(format!("ws://{address}")))
    /// # };
    /// # let serve = |session: &mut Session| -> Result<(), Box<dyn std::error::Error>> {
    /// let handler = session.handle_requests("orders/new", &["$Principal"])?;
    /// while let Some(request) = session.next_request(Duration::from_secs(1))? {
    ///     session.respond(&request, Ok(request.value.clone()))?; // says what it was told
    /// }
    /// session.end_handler(&handler)?;
    /// # Ok(()) };
    /// # let _ = (serve, Session::connect(options)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Session::call`]; [`ErrorCode::HANDLER_CONFLICT`] if this session handles the path already.
    pub fn handle_requests(&mut self, path: &str, property_keys: &[&str]) -> Result<RequestHandler, SessionError> {
        self.last_conversation += 1;
        let handler = RequestHandler {
            path: path.to_owned(),
            property_keys: property_keys.iter().map(|key| (*key).to_owned()).collect(),
            id: self.last_conversation,
        };
        self.call::<MessagingReceiverControlRegistration>(&messaging_receiver_control_registration::Request {
            service: MessagingReceiverClient::ID as i32,
            control_group: CONTROL_GROUP.to_owned(),
            path: handler.path.clone(),
            property_keys: handler.property_keys.clone(),
            handler: handler.id,
        })?;
        Ok(handler)
    }

    /// Takes a handler back.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn end_handler(&mut self, handler: &RequestHandler) -> Result<(), SessionError> {
        self.call::<MessagingReceiverControlDeregistration>(&messaging_receiver_control_deregistration::Request {
            service: MessagingReceiverClient::ID as i32,
            control_group: CONTROL_GROUP.to_owned(),
            path: handler.path.clone(),
            property_keys: handler.property_keys.clone(),
        })
    }

    /// The next request for a handler of this session or for the session itself, or none when the time is up. All other
    /// events are passed over, so a program uses either this or [`Session::next_event`].
    ///
    /// # Errors
    /// [`SessionError::Ended`].
    pub fn next_request(&mut self, timeout: Duration) -> Result<Option<ReceivedRequest>, SessionError> {
        let until = Instant::now() + timeout;
        while let Some(event) = self.next_event_until(until)? {
            if let Event::Session(SessionEvent::Request(request)) = event
                && let Some(received) = received(request)
            {
                return Ok(Some(received));
            }
        }
        Ok(None)
    }

    /// Answers a request, with a value or with a reason. Nothing happens if its time is over.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn respond(
        &mut self,
        request: &ReceivedRequest,
        answer: Result<TypedValue, ServiceError>,
    ) -> Result<(), SessionError> {
        let id = request.id;
        self.send(Command::Reply(match (&request.sender, answer) {
            (Some(_), Ok(value)) => InboundReply::response::<MessagingReceiverClient>(id, &value),
            (Some(_), Err(error)) => InboundReply::error::<MessagingReceiverClient>(id, error),
            (None, Ok(value)) => InboundReply::response::<MessagingSend>(id, &value),
            (None, Err(error)) => InboundReply::error::<MessagingSend>(id, error),
        }))
    }

    /// Rejects a request with a text.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn reject(&mut self, request: &ReceivedRequest, text: &str) -> Result<(), SessionError> {
        self.respond(request, Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, text)))
    }

    /// Leaves a request without an answer: the sender waits until its own limit or the server's.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn abandon(&mut self, request: &ReceivedRequest) -> Result<(), SessionError> {
        let service = if request.sender.is_some() { MessagingReceiverClient::ID } else { MessagingSend::ID };
        self.send(Command::Abandon { id: request.id, service })
    }
}

/// The response in this event, if it belongs to this conversation.
fn response_to(event: &Event, conversation: i64) -> Option<filter_response::Request> {
    let Event::Session(SessionEvent::Request(InboundRequest { service: FilterResponse::ID, request, .. })) = event
    else {
        return None;
    };
    let response = request.downcast_ref::<filter_response::Request>()?;
    (response.responses == conversation).then(|| response.clone())
}

/// A request that waits for an answer of this session; none for what only says something, and for other services.
fn received(inbound: InboundRequest) -> Option<ReceivedRequest> {
    let (id, until) = (inbound.id, inbound.until?);
    match inbound.service {
        MessagingReceiverClient::ID => {
            let request = *inbound.request.downcast::<messaging_receiver_client::Request>().ok()?;
            let sender = Some(Sender { session: request.sender, properties: request.properties });
            Some(ReceivedRequest { path: request.path, value: request.value, sender, until, id })
        }
        MessagingSend::ID => {
            let request = *inbound.request.downcast::<messaging_send::Request>().ok()?;
            Some(ReceivedRequest { path: request.path, value: request.value, sender: None, until, id })
        }
        _ => None,
    }
}
