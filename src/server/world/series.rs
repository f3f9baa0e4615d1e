//! Changing time series.

use super::World;
use crate::data::value::time_series::EventMetadata;
use crate::data::{ErrorCode, TopicPath};
use crate::server::error::ServiceError;
use crate::server::series::Series;

impl World {
    /// Adds an event to a series, tells its subscribers, and ends the topic's update stream.
    ///
    /// # Errors
    /// 9000 or 9001, or why the change is not possible.
    pub(in crate::server) fn change_series(
        &mut self,
        path: &TopicPath,
        change: impl FnOnce(&mut Series) -> Result<EventMetadata, ServiceError>,
    ) -> Result<EventMetadata, ServiceError> {
        let topic = self.topics.get_mut(path).ok_or_else(|| ServiceError::no_such_topic(path.as_str()))?;
        let metadata = change(topic.series.as_mut().ok_or_else(|| no_series(path.as_str()))?)?;
        topic.stream = None;
        let refused = topic.publish_latest();
        self.handle_refused(path, refused);
        Ok(metadata)
    }
}

/// 9001 for a topic of another type.
pub(in crate::server) fn no_series(path: &str) -> ServiceError {
    ServiceError::new(ErrorCode::NOT_A_TIME_SERIES_TOPIC, format!("The topic at {path} is not a time series"))
}
