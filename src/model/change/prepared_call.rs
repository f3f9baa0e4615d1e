//! The call that does a change, ready to be sent by the window or the command line: all but its id.

use super::{ChangeError, ChangeResult};
use crate::client::api::{AnyResponse, Call, CallError, CallId};
use crate::wire::{Service, service};
use std::fmt;

/// An encoded request of a service that changes the server, and what its response means for the change.
pub struct PreparedCall {
    call: Call,
    read: Box<dyn FnOnce(AnyResponse) -> ChangeResult + Send>,
}

impl PreparedCall {
    /// A call of service `S`; `read` says what its response means for the change.
    #[must_use]
    pub fn new<S: Service>(
        request: &S::Request,
        read: impl FnOnce(S::Response) -> ChangeResult + Send + 'static,
    ) -> Self {
        const { assert!(matches!(S::EFFECT, service::Effect::ChangesServer), "a change calls what changes the server") };
        let read = move |any: AnyResponse| {
            read(*any.downcast().expect("the decoder that travels with a call makes its response type"))
        };
        Self { call: Call::new::<S>(CallId(0), request), read: Box::new(read) }
    }

    /// The same call, whose answer may take any time.
    #[must_use]
    pub const fn without_time_limit(mut self) -> Self {
        self.call.timeout_secs = 0;
        self
    }

    /// Id of the service that it calls.
    #[must_use]
    pub const fn service(&self) -> u32 {
        self.call.service
    }

    /// The call under this id, and what takes its answer.
    #[must_use]
    pub fn under(self, id: CallId) -> (Call, AnswerReader) {
        (Call { id, ..self.call }, AnswerReader(self.read))
    }
}

impl fmt::Debug for PreparedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedCall({} {} bytes)", self.call.name, self.call.payload.len())
    }
}

/// Turns the answer of a prepared call into what became of the change.
pub struct AnswerReader(Box<dyn FnOnce(AnyResponse) -> ChangeResult + Send>);

impl AnswerReader {
    /// What became of the change.
    ///
    /// # Errors
    /// The call failed, or its response says that nothing was changed.
    pub fn read(self, answer: Result<AnyResponse, CallError>) -> ChangeResult {
        answer.map_err(ChangeError::Call).and_then(self.0)
    }
}
