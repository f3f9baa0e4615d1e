//! Requests between sessions: to the handler of a path and to one session. Values and answers pass unchanged.

use super::session_scan::no_such_session;
use super::{GlobalPermissions, PathPermissions, RequestContext, ServiceError};
use crate::data::{ErrorCode, SessionId, TopicPath, cost};
use crate::server::client_calls::{Asking, Cause, ClientCallError};
use crate::server::message_handlers::{Conflict, Who};
use crate::server::properties::PropertyKeys;
use crate::server::quotas::Quota;
use crate::server::world::World;
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::{
    MessagingReceiverClient, MessagingSend, messaging_receiver_client, messaging_receiver_control_deregistration,
    messaging_receiver_control_registration, messaging_receiver_server, messaging_send,
};
use crate::wire::{Message, Service, encode};
use std::time::Duration;

/// How long a session may think about a request. Both official clients leave some requests without an answer.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Who waits for an answer: nobody any more once the session has ended, or its client was told of a loss.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    key: u64,
    losses: u32,
    conversation: i64,
}

impl Sender {
    /// The session whose request is answered.
    ///
    /// # Errors
    /// It has ended.
    pub(super) fn of(cx: &mut RequestContext<'_>) -> Result<Self, ServiceError> {
        let losses = cx.session()?.connection.losses;
        Ok(Self { key: cx.key, losses, conversation: cx.conversation })
    }

    /// The protocol version that it is answered at, while it waits.
    pub(super) fn version(self, world: &World) -> Option<u8> {
        let session = world.sessions.get(&self.key)?;
        (session.connection.losses == self.losses).then_some(session.version)
    }

    /// Sends it a message, if it waits.
    pub(super) fn send(self, world: &mut World, message: impl FnOnce(u8) -> Message) {
        if let Some(version) = self.version(world) {
            world.send(self.key, &message(version));
        }
    }

    fn answer(self, world: &mut World, answer: Result<TypedValue, ServiceError>) {
        let cid = self.conversation;
        if cid != 0 {
            self.send(world, |version| match answer {
                Ok(value) => Message::Response { cid, payload: encode(&value, version) },
                Err(ServiceError { code, description }) => Message::Error { cid, description, code },
            });
        }
    }

    const fn asking(self, cause: Cause) -> Asking {
        Asking { asker: self.key, cause }
    }
}

/// Hands a request to a handler of its path. The answer is that of the handler.
pub(super) fn send(
    cx: &mut RequestContext<'_>,
    request: messaging_send::Request,
) -> Result<Option<TypedValue>, ServiceError> {
    let path = message_path(&request.path)?;
    let sender = Sender::of(cx)?;
    cx.account.note(path.parts().count() as u64 * cost::PART);
    let World { message_handlers, sessions, .. } = &mut *cx.world;
    let is_connected = |key: u64| sessions.get(&key).is_some_and(|session| session.connection.attached);
    let Some(who) = message_handlers.choose(&path, is_connected) else {
        let text = format!("Nobody handles requests at {path} or at a path above it");
        return Err(ServiceError::new(ErrorCode::UNHANDLED_MESSAGE, text));
    };
    let gone = || ServiceError::new(ErrorCode::UNHANDLED_MESSAGE, "The handler has ended before it answered");
    let asking = Some(sender.asking(Cause::Message));
    let answered = move |world: &mut World, outcome: Result<TypedValue, ClientCallError>| {
        sender.answer(world, outcome.map_err(|error| failure(error, gone)));
    };
    match who {
        Who::Session { key, conversation, wanted } => {
            let session = cx.session()?;
            let (sender, properties) = (session.id, wanted.of(&session.properties));
            let request = messaging_receiver_client::Request {
                handler: conversation,
                sender,
                path: request.path,
                properties,
                value: request.value,
            };
            cx.world.call_client::<MessagingReceiverClient>(asking, key, &request, ANSWER_WITHIN, answered);
        }
        Who::Process(handler) => {
            let bytes = request.value.content.len();
            let answer = handler(&request.value);
            cx.world.call_process::<MessagingReceiverClient>(asking, bytes, answer, ANSWER_WITHIN, answered);
        }
    }
    Ok(None)
}

/// Hands a request to one session. The answer is that of the session.
pub(super) fn send_to_session(
    cx: &mut RequestContext<'_>,
    request: messaging_receiver_server::Request,
) -> Result<Option<TypedValue>, ServiceError> {
    cx.require(&request.path, PathPermissions::SEND_TO_SESSION)?;
    message_path(&request.path)?;
    let sender = Sender::of(cx)?;
    let id = request.session;
    cx.world.session_key(id).ok_or_else(no_such_session)?;
    let delivered = messaging_send::Request { path: request.path, value: request.value };
    let asking = sender.asking(Cause::Message);
    ask_session(cx.world, asking, id, &delivered, move |world, answer| sender.answer(world, answer));
    Ok(None)
}

/// Delivers a request to a session; `then` is called once with what it answers.
pub(super) fn ask_session(
    world: &mut World,
    asking: Asking,
    id: SessionId,
    request: &messaging_send::Request,
    then: impl FnOnce(&mut World, Result<TypedValue, ServiceError>) + Send + 'static,
) {
    world.call_client::<MessagingSend>(Some(asking), id.session, request, ANSWER_WITHIN, move |world, outcome| {
        let gone = || ServiceError::new(ErrorCode::NO_SUCH_SESSION, format!("Session {id} has ended"));
        then(world, outcome.map_err(|error| failure(error, gone)));
    });
}

/// What a sender hears instead of an answer; what a session refuses is passed on as it is.
fn failure(error: ClientCallError, gone: impl FnOnce() -> ServiceError) -> ServiceError {
    match error {
        ClientCallError::Refused { code, description } => ServiceError::new(code, description),
        ClientCallError::TimedOut { millis } => {
            let text = format!("No answer came within {} s", millis / 1000);
            ServiceError::new(ErrorCode::REQUEST_TIME_OUT, text)
        }
        ClientCallError::SessionEnded => gone(),
        ClientCallError::Discarded => {
            let text = "The session was recovered with loss, and its answer is lost";
            ServiceError::new(ErrorCode::COMMUNICATION_FAILURE, text)
        }
        ClientCallError::TooMany => {
            let text = "Too many requests, or too large ones, wait for an answer; try again later";
            ServiceError::new(ErrorCode::REJECTED_REQUEST, text)
        }
        ClientCallError::BadAnswer(error) => {
            ServiceError::new(ErrorCode::COMMUNICATION_FAILURE, format!("The answer cannot be read: {error}"))
        }
    }
}

/// Registers the session as a handler of a path and of what is below it.
pub(super) fn register(
    cx: &mut RequestContext<'_>,
    request: messaging_receiver_control_registration::Request,
) -> Result<(), ServiceError> {
    cx.require_global(GlobalPermissions::REGISTER_HANDLER)?;
    if !request.property_keys.is_empty() {
        cx.require_global(GlobalPermissions::VIEW_SESSION)?;
    }
    let wanted = PropertyKeys::new(request.property_keys);
    let path = handled_path(request.service, &request.path)?;
    let registered = cx.session()?.missing_topic_handlers.len() + cx.world.message_handlers.count(cx.key);
    Quota::Handlers.require_room(registered, 1)?;
    cx.require_bytes(path.as_str().len() + wanted.kept_bytes())?;
    cx.world.message_handlers.register(cx.key, &path, request.handler, wanted).map_err(|Conflict| {
        ServiceError::new(ErrorCode::HANDLER_CONFLICT, format!("The session has a handler of requests at {path}"))
    })
}

/// Ends a registration. That it has ended already is no error: the JavaScript client ends each twice.
pub(super) fn deregister(
    cx: &mut RequestContext<'_>,
    request: messaging_receiver_control_deregistration::Request,
) -> Result<(), ServiceError> {
    let path = handled_path(request.service, &request.path)?;
    cx.world.message_handlers.deregister(cx.key, &path);
    Ok(())
}

fn handled_path(service: i32, path: &str) -> Result<TopicPath, ServiceError> {
    if u32::try_from(service) == Ok(MessagingReceiverClient::ID) {
        message_path(path)
    } else {
        Err(ServiceError::new(ErrorCode::UNSUPPORTED, format!("There are no handlers of service {service}")))
    }
}

/// Checks the path of a request.
///
/// # Errors
/// 202 with the reason.
pub(super) fn message_path(path: &str) -> Result<TopicPath, ServiceError> {
    TopicPath::parse(path).map_err(|error| ServiceError::new(ErrorCode::INVALID_PATH, error.located(path)))
}

#[cfg(test)]
mod tests;
