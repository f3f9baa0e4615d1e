//! Topics as text for other programs: path, value, JSON, CSV, selector, command line, and code that runs.
//!
//! Everything here is a pure function of what is known of the topics; passwords are not among it.

mod code;
pub mod command;
pub mod literal;
mod sheet;
mod text;

pub use code::{Language, PASSWORD_VARIABLE};
pub use sheet::{CopyAs, Intent, MOST_TOPICS, Sheet};
pub use text::as_json;

use crate::client::api::{ConnectOptions, Target};
use crate::data::file_format::csv::Formulas;
use crate::data::server_url;
use crate::data::value::{self, DataType, Value};
use crate::data::{ServerUrl, Timestamp, TopicPath, TopicSelector, TopicSpec, TopicType};
use crate::model::Connected;
use bytes::Bytes;

/// What a topic can be copied as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The path.
    Path,
    /// The value as text.
    Value,
    /// An object with path, type, properties and value.
    Json,
    /// One row: path, type, value, time of receipt.
    CsvRow(Formulas),
    /// A selector of exactly this path.
    Selector,
    /// A command of this program.
    CommandLine,
    /// A complete program.
    Code(Language),
}

impl Form {
    /// Every form in the order of menus.
    pub const ALL: [Self; 12] = [
        Self::Path,
        Self::Value,
        Self::Json,
        Self::CsvRow(Formulas::Disarmed),
        Self::Selector,
        Self::CommandLine,
        Self::Code(Language::JavaScript),
        Self::Code(Language::Python),
        Self::Code(Language::Java),
        Self::Code(Language::DotNet),
        Self::Code(Language::C),
        Self::Code(Language::Rust),
    ];

    /// The word in menus.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Path => "Path",
            Self::Value => "Value",
            Self::Json => "JSON",
            Self::CsvRow(_) => "CSV row",
            Self::Selector => "Selector",
            Self::CommandLine => "Command line",
            Self::Code(language) => language.word(),
        }
    }

    /// What can be chosen to be done; the first is offered first. Empty for what does nothing.
    #[must_use]
    pub const fn tasks(self) -> &'static [Task] {
        match self {
            Self::CommandLine => &[Task::Subscribe, Task::Fetch, Task::Set, Task::Add],
            Self::Code(_) => &[Task::Subscribe, Task::Set, Task::Add],
            _ => &[],
        }
    }
}

/// What a command or a program does with the topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Task {
    /// Print each value.
    #[default]
    Subscribe,
    /// Print the value once.
    Fetch,
    /// Set the value that is here now; of a time series: append it.
    Set,
    /// Create the topic with its specification.
    Add,
}

impl Task {
    /// The word of a choice.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Subscribe => "Subscribe",
            Self::Fetch => "Fetch",
            Self::Set => "Set",
            Self::Add => "Add",
        }
    }
}

/// The server that a command or a program connects to, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its URL, without a password.
    pub url: String,
    /// The principal; empty for anonymous.
    pub principal: String,
}

/// Where `brownian serve --demo` listens: the same topics for programs outside this window.
pub const DEMO_URL: &str = "ws://localhost:8080";

impl Server {
    /// The server of a connection.
    #[must_use]
    pub fn of(options: &ConnectOptions) -> Self {
        let url = match &options.target {
            Target::Url(text) => {
                ServerUrl::parse(text).map_or_else(|_| server_url::without_credentials(text), |url| url.with_scheme())
            }
            Target::Embedded => DEMO_URL.to_owned(),
        };
        Self { url, principal: options.principal.clone().unwrap_or_default() }
    }
}

/// Whether the server of a connection is the one of this process, which takes no connections of other programs.
#[must_use]
pub fn is_embedded(options: &ConnectOptions) -> bool {
    options.target == Target::Embedded
}

/// The variable that commands of this program take the password from.
pub const COMMAND_PASSWORD_VARIABLE: &str = "BROWNIAN_PASSWORD";

/// What is known of one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its path.
    pub path: TopicPath,
    /// Its specification; none if it is not known here.
    pub spec: Option<TopicSpec>,
    /// Its value; none if there is none, or it is not known here.
    pub value: Option<Bytes>,
    /// When the value was received here.
    pub received: Option<Timestamp>,
}

impl Topic {
    /// A topic of which only the path is known.
    #[must_use]
    pub const fn bare(path: TopicPath) -> Self {
        Self { path, spec: None, value: None, received: None }
    }

    /// What a connection knows of a topic: from its subscriptions, or of the selected one from its last fetch.
    #[must_use]
    pub fn known(connected: &Connected, path: &TopicPath) -> Self {
        let mut topic = Self::bare(path.clone());
        if let Some(live) = connected.live.topic(path) {
            topic.spec = Some(TopicSpec::clone(&live.spec));
            topic.value = live.latest.as_ref().map(|latest| latest.value.clone());
            topic.received = live.latest.as_ref().map(|latest| latest.at);
        }
        let inspector = &connected.inspector;
        if inspector.selected.as_ref() == Some(path) {
            topic.spec = topic.spec.or_else(|| inspector.spec.as_deref().cloned());
            if let Some(shown) = inspector.shown().0.filter(|_| topic.value.is_none() || inspector.frozen.is_some()) {
                topic.value = Some(shown.value.clone());
                topic.received = Some(shown.at);
            }
        }
        topic
    }

    /// The selector of exactly this path.
    #[must_use]
    pub fn selector(&self) -> String {
        TopicSelector::of_path(self.path.as_str()).expression().to_owned()
    }

    /// The type of the values: its own, or that of the events of a time series.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        let spec = self.spec.as_ref()?;
        DataType::of_topic_type(spec.topic_type).or_else(|| spec.event_type())
    }

    /// Whether it is a time series.
    #[must_use]
    pub fn is_series(&self) -> bool {
        self.spec.as_ref().is_some_and(|spec| spec.topic_type == TopicType::TimeSeries)
    }

    /// The value decoded: an event for a time series.
    fn decoded(&self) -> Result<Value, Refusal> {
        let (Some(spec), Some(bytes)) = (&self.spec, &self.value) else { return Err(self.no_value()) };
        value::decode_topic(spec, bytes).map_err(|error| Refusal(format!("The value cannot be read: {error}")))
    }

    /// The value that is set or appended, as bytes of [`Topic::data_type`].
    fn plain_value(&self) -> Result<Bytes, Refusal> {
        match self.decoded()? {
            Value::Event(event) => Ok(event.value.clone()),
            _ => self.value.clone().ok_or_else(|| self.no_value()),
        }
    }

    fn no_value(&self) -> Refusal {
        Refusal(format!("No value of {} is known here", self.path))
    }

    fn known_spec(&self) -> Result<&TopicSpec, Refusal> {
        self.spec.as_ref().ok_or_else(|| Refusal(format!("The specification of {} is not known here", self.path)))
    }
}

/// Why a topic cannot be copied in a form: one sentence without full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// The text of topics in a form: one line or part for each of them.
///
/// # Errors
/// One of them has no such text.
pub fn text(form: Form, task: Task, server: &Server, topics: &[Topic]) -> Result<String, Refusal> {
    let each = |of: &dyn Fn(&Topic) -> Result<String, Refusal>, between: &str| {
        let parts = topics.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.join(between))
    };
    match form {
        Form::Path => each(&|topic| Ok(topic.path.as_str().to_owned()), "\n"),
        Form::Value => each(&|topic| Ok(text::value_text(&topic.decoded()?)), "\n"),
        Form::Json => each(&|topic| text::json(topic), "\n"),
        Form::CsvRow(formulas) => each(&|topic| text::csv_row(topic, formulas), "\r\n"),
        Form::Selector => each(&|topic| Ok(topic.selector()), "\n"),
        Form::CommandLine => each(&|topic| command::line(task, server, topic), "\n"),
        Form::Code(language) => code::code(language, task, server, topics),
    }
}

#[cfg(test)]
mod tests;
