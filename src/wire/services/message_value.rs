//! A value of a request or an answer between sessions.

use crate::data::TopicType;
use crate::record;
use bytes::Bytes;

record! {
    /// A value with the name of its type. Servers pass both on unchanged, so a peer may send any name.
    pub struct TypedValue {
        /// Name of the data type: `json`, `string`, `int64`, `double`, `binary` or `record_v2`, in any letter case.
        data_type: String,
        /// The bytes that a topic of that type would have.
        content: Bytes,
    }
}

impl Eq for TypedValue {}

impl TypedValue {
    /// A value of a type that topics have.
    #[must_use]
    pub fn new(topic_type: TopicType, content: Bytes) -> Self {
        Self { data_type: topic_type.name().to_ascii_lowercase(), content }
    }

    /// The type, where it is one of the six that have values.
    #[must_use]
    pub fn topic_type(&self) -> Option<TopicType> {
        const TYPES: [TopicType; 6] = [
            TopicType::Json,
            TopicType::String,
            TopicType::Int64,
            TopicType::Double,
            TopicType::Binary,
            TopicType::RecordV2,
        ];
        TYPES.into_iter().find(|one| one.name().eq_ignore_ascii_case(&self.data_type))
    }
}
