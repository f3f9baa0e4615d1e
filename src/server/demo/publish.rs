//! The embedded server as the place the demo content goes to.

use super::{Handle, Publish};
use crate::data::TopicSpec;
use crate::server::{LocalClient, LocalSession, Publisher, ServiceError};
use bytes::Bytes;
use std::sync::Arc;

/// Who the events of the demo's time series are by.
const AUTHOR: &str = "demo";
/// Who edits them.
const CORRECTOR: &str = "quality control";

impl Publish for Publisher {
    fn add(&self, path: &str, spec: &TopicSpec) {
        noted("add", path, Self::add(self, path, spec));
    }

    fn set_batch(&self, updates: &[(Arc<str>, Bytes)]) {
        self.batch(|batch| {
            for (path, value) in updates {
                noted("set", path, batch.set_bytes(path, value.clone()));
            }
        });
    }

    fn append(&self, path: &str, value: Bytes) -> Option<i64> {
        noted("append", path, self.batch(|batch| batch.append_bytes(path, value, AUTHOR)))
    }

    fn edit(&self, path: &str, original: i64, value: Bytes) {
        noted("edit", path, self.batch(|batch| batch.edit_bytes(path, original, value, CORRECTOR)));
    }

    fn remove(&self, selector: &str) {
        noted("remove", selector, Self::remove(self, selector));
    }

    fn handle(&self, path: &str, handle: Handle) {
        noted("handle", path, Self::handle(self, path, handle));
    }

    fn open_session(&self, client: &LocalClient) -> Option<LocalSession> {
        Self::open_session(self, client)
    }
}

/// A topic that a user removed, or replaced by another, is the user's business: the demo goes on without it.
fn noted<T>(what: &str, whose: &str, outcome: Result<T, ServiceError>) -> Option<T> {
    outcome.map_err(|error| tracing::trace!(what, whose, ?error, "the demo content was refused")).ok()
}
