//! Decisions about requests of the server: answered, or left without an answer on purpose.

use super::{Machine, RequestId};
use crate::data::ErrorCode;
use crate::wire::{ServiceError, services};
use bytes::Bytes;

impl Machine {
    /// Answers a request of the server with an encoded response or an error; nothing happens if it is answered already.
    pub fn reply(&mut self, id: RequestId, service: u32, answer: Result<Bytes, ServiceError>) {
        if self.inbound.take(id, service) {
            let version = self.version();
            let answer = answer.and_then(|payload| {
                let at_version = services::response_at(service, payload, version);
                at_version.map_err(|error| ServiceError::new(ErrorCode::UNSUPPORTED, error.to_string()))
            });
            self.answer(id, answer);
        }
    }

    /// Drops a request of the server without an answer: who asked waits until its own limit or the server's. Nothing of
    /// the request is kept, so nothing bounds how many are dropped.
    pub fn abandon(&mut self, id: RequestId, service: u32) {
        if self.inbound.take(id, service) {
            self.abandoned += 1;
        }
    }

    /// How many requests of the server were left without an answer on purpose.
    #[must_use]
    pub const fn abandoned(&self) -> u64 {
        self.abandoned
    }
}
