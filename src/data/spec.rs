//! Topic types, topic properties and topic specifications.

/// The type of a topic, with its protocol id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum TopicType {
    /// Raw bytes.
    Binary = 14,
    /// A CBOR data item.
    Json = 15,
    /// A series of events.
    TimeSeries = 16,
    /// Text, or no value.
    String = 17,
    /// A 64-bit integer, or no value.
    Int64 = 18,
    /// A 64-bit float, or no value.
    Double = 19,
    /// Delimited records of fields.
    RecordV2 = 20,
    /// A type this client cannot know.
    Unknown = 21,
}

impl TopicType {
    /// Every type in the order of its id.
    pub const ALL: [Self; 8] = [
        Self::Binary,
        Self::Json,
        Self::TimeSeries,
        Self::String,
        Self::Int64,
        Self::Double,
        Self::RecordV2,
        Self::Unknown,
    ];

    /// The byte on the wire.
    #[must_use]
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// From the byte on the wire.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.id() == id)
    }

    /// The Diffusion name, as shown to people: `JSON`, `TIME_SERIES`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "BINARY",
            Self::Json => "JSON",
            Self::TimeSeries => "TIME_SERIES",
            Self::String => "STRING",
            Self::Int64 => "INT64",
            Self::Double => "DOUBLE",
            Self::RecordV2 => "RECORD_V2",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Whether updates may travel as binary deltas.
    #[must_use]
    pub const fn has_deltas(self) -> bool {
        !matches!(self, Self::Int64 | Self::Double | Self::Unknown)
    }
}

/// Topic properties in the order they came; keys are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Properties(Vec<(String, String)>);

impl Properties {
    /// A topic has at most so many properties here; the protocol knows 20 names. Each is looked for among all before it.
    pub const MAX: usize = 256;
    /// Bytes of a key; the longest of the protocol has 31.
    pub const MAX_KEY_BYTES: usize = 1 << 10;
    /// Bytes of a value; schemas are the longest.
    pub const MAX_VALUE_BYTES: usize = 1 << 20;

    /// The value of a property, by its exact key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// Sets a property, keeping the place of an existing one.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key, value)),
        }
    }

    /// All properties in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Properties {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(items: T) -> Self {
        let mut out = Self::default();
        for (key, value) in items {
            out.set(key, value);
        }
        out
    }
}

/// Topic type and topic properties.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicSpec {
    /// The type.
    pub topic_type: TopicType,
    /// The properties as given, defaults not filled in.
    pub properties: Properties,
}

impl TopicSpec {
    /// A specification without properties.
    #[must_use]
    pub fn new(topic_type: TopicType) -> Self {
        Self { topic_type, properties: Properties::default() }
    }

    /// The same with one more property.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.properties.set(key, value);
        self
    }

    /// The data type of a time series' events; none for other topics or if the property is missing or unknown.
    #[must_use]
    pub fn event_type(&self) -> Option<super::DataType> {
        (self.topic_type == TopicType::TimeSeries)
            .then(|| self.properties.value("TIME_SERIES_EVENT_VALUE_TYPE"))
            .flatten()
            .and_then(super::DataType::from_name)
    }
}
