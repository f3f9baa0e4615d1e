//! How parts of a change look in stored journals: paths and types by name, values in base64.
//!
//! Each module is named in a `#[serde(with = …)]` of the kinds. Versions of this program read each other's journals, so
//! none of these forms may change.

use crate::data::value::DataType;
use crate::data::{SessionId, TopicPath, TopicSpec, TopicType};
use crate::wire::services::session_lock_acquire::LockScope;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A topic path as text.
pub(super) mod path {
    use super::{Deserialize as _, Deserializer, Serializer, TopicPath};
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(path: &TopicPath, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(path.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TopicPath, D::Error> {
        TopicPath::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// A session ID as text.
pub(in crate::model) mod session_id {
    use super::{Deserialize as _, Deserializer, Serializer, SessionId};
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(id: &SessionId, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SessionId, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A data type by its name.
pub(super) mod data_type {
    use super::{DataType, Deserialize as _, Deserializer, Serializer};
    use serde::de::Error as _;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is that of serde")]
    pub(crate) fn serialize<S: Serializer>(data_type: &DataType, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(data_type.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DataType, D::Error> {
        let name = String::deserialize(from)?;
        DataType::from_name(&name).ok_or_else(|| D::Error::custom(format!("unknown data type “{name}”")))
    }
}

/// The scope of a session lock by its name.
pub(in crate::model) mod lock_scope {
    use super::{Deserialize as _, Deserializer, LockScope, Serializer};
    use serde::de::Error as _;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
    pub(crate) fn serialize<S: Serializer>(scope: &LockScope, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(scope.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<LockScope, D::Error> {
        let name = String::deserialize(from)?;
        let scope = LockScope::ALL.iter().find(|scope| scope.name() == name);
        scope.copied().ok_or_else(|| D::Error::custom(format!("unknown scope of a lock “{name}”")))
    }
}

/// Bytes in base64.
pub(in crate::model) mod base64_bytes {
    use super::{Bytes, Deserialize as _, Deserializer, Serializer, bytes_from, text_of};

    pub(crate) fn serialize<S: Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text_of(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        bytes_from(&String::deserialize(from)?)
    }
}

/// Bytes in base64, or nothing.
pub(in crate::model) mod optional_bytes {
    use super::{Bytes, Deserialize as _, Deserializer, Serialize as _, Serializer, bytes_from, text_of};

    #[expect(clippy::ref_option, reason = "the signature is that of serde")]
    pub(crate) fn serialize<S: Serializer>(bytes: &Option<Bytes>, to: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(text_of).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Bytes>, D::Error> {
        Option::<String>::deserialize(from)?.map(|text| bytes_from(&text)).transpose()
    }
}

/// A topic specification.
pub(in crate::model) mod spec {
    use super::{Deserialize as _, Deserializer, Serialize as _, Serializer, StoredSpec, TopicSpec};

    pub(crate) fn serialize<S: Serializer>(spec: &TopicSpec, to: S) -> Result<S::Ok, S::Error> {
        StoredSpec::of(spec).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TopicSpec, D::Error> {
        StoredSpec::deserialize(from)?.spec()
    }
}

/// A topic specification, or nothing.
pub(in crate::model) mod optional_spec {
    use super::{Deserialize as _, Deserializer, Serialize as _, Serializer, StoredSpec, TopicSpec};
    use std::sync::Arc;

    #[expect(clippy::ref_option, reason = "the signature is that of serde")]
    pub(crate) fn serialize<S: Serializer>(spec: &Option<Arc<TopicSpec>>, to: S) -> Result<S::Ok, S::Error> {
        spec.as_deref().map(StoredSpec::of).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<TopicSpec>>, D::Error> {
        let stored = Option::<StoredSpec>::deserialize(from)?;
        stored.map(|stored| stored.spec().map(Arc::new)).transpose()
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredSpec {
    topic_type: String,
    properties: Vec<(String, String)>,
}

impl StoredSpec {
    fn of(spec: &TopicSpec) -> Self {
        let properties = spec.properties.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { topic_type: spec.topic_type.name().to_owned(), properties }
    }

    fn spec<E: serde::de::Error>(self) -> Result<TopicSpec, E> {
        let topic_type = (0..=u8::MAX).filter_map(TopicType::from_id).find(|t| t.name() == self.topic_type);
        let topic_type = topic_type.ok_or_else(|| E::custom(format!("unknown topic type “{}”", self.topic_type)))?;
        Ok(TopicSpec { topic_type, properties: self.properties.into_iter().collect() })
    }
}

fn text_of(bytes: &Bytes) -> String {
    BASE64.encode(bytes)
}

fn bytes_from<E: serde::de::Error>(text: &str) -> Result<Bytes, E> {
    BASE64.decode(text).map(Bytes::from).map_err(E::custom)
}
