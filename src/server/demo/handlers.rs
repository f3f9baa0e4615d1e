//! `Demo/echo`, `Demo/slow`, `Demo/failing`, `Demo/silent`: handlers of requests, one for each thing that can become of
//! a request.

use super::Publish;
use crate::data::ErrorCode;
use crate::server::{ProcessAnswer, ServiceError};
use crate::wire::services::message_value::TypedValue;
use std::time::Duration;

/// How long `Demo/slow` takes.
const SLOW: Duration = Duration::from_secs(3);
/// What `Demo/failing` says.
const REFUSAL: &str = "Demo/failing rejects every request";

/// What a handler does with a request.
pub type Handle = fn(&TypedValue) -> ProcessAnswer<TypedValue>;

const HANDLERS: [(&str, Handle); 4] =
    [("Demo/echo", echo), ("Demo/slow", slow), ("Demo/failing", failing), ("Demo/silent", silent)];

pub(super) fn open(publish: &dyn Publish) {
    for (path, handle) in HANDLERS {
        publish.handle(path, handle);
    }
}

fn echo(request: &TypedValue) -> ProcessAnswer<TypedValue> {
    ProcessAnswer::Now(Ok(request.clone()))
}

fn slow(request: &TypedValue) -> ProcessAnswer<TypedValue> {
    ProcessAnswer::After(SLOW, Ok(request.clone()))
}

fn failing(_: &TypedValue) -> ProcessAnswer<TypedValue> {
    ProcessAnswer::Now(Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, REFUSAL)))
}

fn silent(_: &TypedValue) -> ProcessAnswer<TypedValue> {
    ProcessAnswer::Never
}
