//! Puts content into the server from this process: topics and values without a session.

use super::Shared;
use super::client_calls::ProcessAnswer;
use super::error::ServiceError;
use super::handlers::SLICE;
use super::series::Series;
use super::turns::REST;
use super::world::{Purge, World, selector as selector_of, topic_path};
use crate::data::{Account, TopicPath, TopicSpec, Value, value};
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::shared::AddOutcome;
use bytes::Bytes;
use std::sync::{Arc, MutexGuard};

/// Cheap to clone and usable from any thread. Nobody is asked for permission.
#[derive(Clone)]
pub struct Publisher {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Publisher")
    }
}

/// Changes made under one lock: many updates cost little more than one.
pub struct Batch<'a> {
    world: MutexGuard<'a, World>,
    now_millis: i64,
}

impl Publisher {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Several changes at once; nobody sees the world between them.
    pub fn batch<R>(&self, changes: impl FnOnce(&mut Batch<'_>) -> R) -> R {
        let mut batch = {
            let world = self.shared.world();
            Batch { now_millis: world.clock.now().wall, world }
        };
        let out = changes(&mut batch);
        batch.world.close_overflowing();
        out
    }

    /// Adds a topic unless an equal one is there.
    ///
    /// # Errors
    /// Path or specification are not valid, or another topic is there.
    pub fn add(&self, path: &str, spec: &TopicSpec) -> Result<AddOutcome, ServiceError> {
        self.batch(|batch| batch.add(path, spec))
    }

    /// Sets a value.
    ///
    /// # Errors
    /// There is no topic at the path.
    pub fn set(&self, path: &str, value: &Value) -> Result<(), ServiceError> {
        let bytes = value::encode(value);
        self.batch(|batch| batch.set_bytes(path, bytes))
    }

    /// Sets a value given as bytes, which must be a value of the topic's type.
    ///
    /// # Errors
    /// There is no topic at the path.
    pub fn set_bytes(&self, path: &str, bytes: impl Into<Bytes>) -> Result<(), ServiceError> {
        self.batch(|batch| batch.set_bytes(path, bytes))
    }

    /// Appends an event to a time series and gives its sequence.
    ///
    /// # Errors
    /// There is no time series at the path.
    pub fn append(&self, path: &str, value: &Value, author: &str) -> Result<i64, ServiceError> {
        let bytes = value::encode(value);
        self.batch(|batch| batch.append_bytes(path, bytes, author))
    }

    /// Handles the requests of sessions to a path and below it, as a session with a handler there would. `handle` is
    /// called while the server does nothing else, so it must not wait.
    ///
    /// # Errors
    /// The path is not valid.
    pub fn handle(
        &self,
        path: &str,
        handle: impl Fn(&TypedValue) -> ProcessAnswer<TypedValue> + Send + Sync + 'static,
    ) -> Result<(), ServiceError> {
        let path = topic_path(path)?;
        self.shared.world().message_handlers.add(&path, Arc::new(handle));
        Ok(())
    }

    /// Removes what a selector selects and tells how many topics that were. Where these are many, others see some of
    /// them gone before the rest; what is made meanwhile stays.
    ///
    /// # Errors
    /// The text is no selector, or one that takes too much work.
    pub fn remove(&self, selector: &str) -> Result<usize, ServiceError> {
        let mut account = Account::request();
        let mut purge = {
            let world = self.shared.world();
            Purge::new(&world, selector_of(selector, &mut account)?)
        };
        loop {
            {
                let mut world = self.shared.world();
                let until = account.spent() + SLICE;
                while account.spent() < until {
                    if !purge.step(&mut world, &mut account, |_, _| true)? {
                        world.close_overflowing();
                        return Ok(purge.count());
                    }
                }
                world.close_overflowing();
            }
            // Others get at the world meanwhile: a lock that is given back and taken at once would stay here.
            std::thread::sleep(REST);
        }
    }
}

impl Batch<'_> {
    /// Adds a topic unless an equal one is there.
    ///
    /// # Errors
    /// Path or specification are not valid, or another topic is there.
    pub fn add(&mut self, path: &str, spec: &TopicSpec) -> Result<AddOutcome, ServiceError> {
        self.world.add(path, spec, None)
    }

    /// Sets a value.
    ///
    /// # Errors
    /// There is no topic at the path.
    pub fn set(&mut self, path: &str, value: &Value) -> Result<(), ServiceError> {
        self.set_bytes(path, value::encode(value))
    }

    /// Sets a value given as bytes, which must be a value of the topic's type.
    ///
    /// # Errors
    /// There is no topic at the path.
    pub fn set_bytes(&mut self, path: &str, bytes: impl Into<Bytes>) -> Result<(), ServiceError> {
        self.world.set(&topic_path(path)?, bytes.into(), "", self.now_millis, false)
    }

    /// Sets the value of a topic whose path is known; the cheapest way.
    ///
    /// # Errors
    /// There is no topic at the path.
    pub fn set_at(&mut self, path: &TopicPath, bytes: impl Into<Bytes>) -> Result<(), ServiceError> {
        self.world.set(path, bytes.into(), "", self.now_millis, false)
    }

    /// Appends an event, given as the bytes of its value, to a time series and gives its sequence.
    ///
    /// # Errors
    /// There is no time series at the path.
    pub fn append_bytes(&mut self, path: &str, bytes: impl Into<Bytes>, author: &str) -> Result<i64, ServiceError> {
        let (path, bytes, now_millis) = (topic_path(path)?, bytes.into(), self.now_millis);
        let change = |series: &mut Series| Ok(series.append(&bytes, author, now_millis));
        self.world.change_series(&path, change).map(|event| event.sequence)
    }

    /// Gives an original event of a time series another value and gives the sequence of the edit.
    ///
    /// # Errors
    /// There is no time series at the path, or no such event in it.
    pub fn edit_bytes(
        &mut self,
        path: &str,
        original: i64,
        bytes: impl Into<Bytes>,
        author: &str,
    ) -> Result<i64, ServiceError> {
        let (path, bytes, now_millis) = (topic_path(path)?, bytes.into(), self.now_millis);
        let change = |series: &mut Series| series.edit(original, &bytes, author, now_millis);
        self.world.change_series(&path, change).map(|event| event.sequence)
    }

    /// Removes what a selector selects and tells how many topics that were.
    ///
    /// # Errors
    /// The text is no selector, or one that takes too much work.
    pub fn remove(&mut self, text: &str) -> Result<usize, ServiceError> {
        let selected = self.world.selected(&selector_of(text, &mut Account::request())?)?;
        Ok(selected.iter().filter(|path| self.world.remove(path)).count())
    }
}
