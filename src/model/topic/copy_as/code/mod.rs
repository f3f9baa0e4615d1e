//! Complete programs for the official clients, and for Rust, which has none, for this program's own library.
//!
//! A path or a value stands in a program only as a literal, never in a comment: it could end the comment. The password
//! comes from the environment. What a client cannot do is said in a comment where the call would be.

mod c;
mod dotnet;
mod java;
mod javascript;
mod python;
mod rust;

use super::{Refusal, Server, Task, Topic};
use crate::data::value::{self, DataType, Value};
use crate::data::{ServerUrl, TopicSpec, TopicType, shown};
use bytes::Bytes;

/// A language that programs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// JavaScript for Node.js, npm package `diffusion`.
    JavaScript,
    /// Python, package `diffusion-client`.
    Python,
    /// Java.
    Java,
    /// C# for .NET.
    DotNet,
    /// C.
    C,
    /// Rust with this program's own library.
    Rust,
}

impl Language {
    /// Every language in the order of menus.
    pub const ALL: [Self; 6] = [Self::JavaScript, Self::Python, Self::Java, Self::DotNet, Self::C, Self::Rust];

    /// The word in menus.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Java => "Java",
            Self::DotNet => ".NET (C#)",
            Self::C => "C",
            Self::Rust => "Rust",
        }
    }
}

/// The variable that programs take the password from.
pub const PASSWORD_VARIABLE: &str = "DIFFUSION_PASSWORD";
/// Longer values do not belong into a source; compilers have limits too.
const MAX_VALUE_BYTES: usize = 32 << 10;
const DEFAULT_PATH: &str = "/diffusion";

/// A topic with everything that the task needs.
struct Item<'a> {
    /// Its place among the topics, from 0.
    at: usize,
    path: &'a str,
    selector: String,
    spec: &'a TopicSpec,
    /// Its own type, or that of its events.
    data_type: DataType,
    is_series: bool,
    /// The value to be set.
    value: Value,
    /// The same as bytes of its type.
    bytes: Bytes,
}

/// The program of a language that does a task with topics.
///
/// # Errors
/// One of them is not known well enough.
pub(super) fn code(language: Language, task: Task, server: &Server, topics: &[Topic]) -> Result<String, Refusal> {
    let items = topics.iter().enumerate().map(|(at, topic)| item(at, task, topic)).collect::<Result<Vec<_>, _>>()?;
    let job = Job { task, server, address: Address::of(server)?, items: &items };
    let page = match language {
        Language::JavaScript => javascript::page(&job),
        Language::Python => python::page(&job),
        Language::Java => java::page(&job),
        Language::DotNet => dotnet::page(&job),
        Language::C => c::page(&job),
        Language::Rust => rust::page(&job),
    };
    Ok(page.text)
}

fn item(at: usize, task: Task, topic: &Topic) -> Result<Item<'_>, Refusal> {
    let spec = topic.known_spec()?;
    let data_type =
        topic.data_type().ok_or_else(|| Refusal(format!("The type of {} is not known here", topic.path)))?;
    let (mut decoded, mut bytes) = (Value::Binary(Bytes::new()), Bytes::new());
    if task == Task::Set {
        bytes = topic.plain_value()?;
        decoded = value::decode(data_type, &bytes)
            .map_err(|error| Refusal(format!("The value of {} cannot be read: {error}", topic.path)))?;
        if bytes.len() > MAX_VALUE_BYTES {
            let why = format!("The value of {} is too large for a program ({} bytes)", topic.path, bytes.len());
            return Err(Refusal(why));
        }
    }
    Ok(Item {
        at,
        path: topic.path.as_str(),
        selector: topic.selector(),
        spec,
        data_type,
        is_series: topic.is_series(),
        value: decoded,
        bytes,
    })
}

/// What a program is written about.
struct Job<'a> {
    task: Task,
    server: &'a Server,
    address: Address,
    items: &'a [Item<'a>],
}

/// Writes what is done with one topic.
type Act = fn(&mut Page, &Item<'_>);

impl Job<'_> {
    /// Writes what is done with each topic, parted by empty lines.
    fn each(&self, page: &mut Page, [subscribe, set, add]: [Act; 3]) {
        for item in self.items {
            page.gap();
            match self.task {
                Task::Subscribe | Task::Fetch => subscribe(page, item),
                Task::Set => set(page, item),
                Task::Add => add(page, item),
            }
        }
    }

    /// What the program does, in one sentence without full stop.
    fn purpose(&self) -> String {
        let one = self.items.len() == 1;
        let topics = if one { "the topic".to_owned() } else { format!("{} topics", self.items.len()) };
        match self.task {
            Task::Subscribe | Task::Fetch => format!("Prints each value of {topics} until it is interrupted"),
            Task::Set if self.items.iter().all(|item| item.is_series) => format!("Appends an event to {topics}"),
            Task::Set => format!("Sets the value of {topics}"),
            Task::Add => format!("Adds {topics}, if there is no such topic yet"),
        }
    }

    /// The name of the program.
    const fn name(&self) -> &'static str {
        match self.task {
            Task::Subscribe | Task::Fetch => "subscribe",
            Task::Set => "set",
            Task::Add => "add",
        }
    }

    /// What to put before the command that runs the program.
    fn password_words(&self) -> String {
        if self.server.principal.is_empty() {
            String::new()
        } else {
            format!(", with the password in {PASSWORD_VARIABLE}")
        }
    }

    fn subscribes(&self) -> bool {
        matches!(self.task, Task::Subscribe | Task::Fetch)
    }

    /// Whether a topic of this kind is among them.
    fn has(&self, wanted: impl Fn(&Item<'_>) -> bool) -> bool {
        self.items.iter().any(wanted)
    }
}

/// The parts of the server's URL.
struct Address {
    secure: bool,
    host: String,
    port: u16,
    /// None for the usual one.
    path: Option<String>,
}

impl Address {
    fn of(server: &Server) -> Result<Self, Refusal> {
        let bad = || Refusal(format!("{} is no URL of a server", shown(&server.url)));
        let url = ServerUrl::parse(&server.url).map_err(|_| bad())?;
        let path = Some(url.path()).filter(|path| *path != DEFAULT_PATH).map(str::to_owned);
        Ok(Self { secure: url.is_tls(), host: url.host_in_url(), port: url.port(), path })
    }

    /// The URL without the path that clients add themselves.
    fn url(&self) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        format!("{scheme}://{}:{}{}", self.host, self.port, self.path.as_deref().unwrap_or_default())
    }
}

impl Item<'_> {
    /// Whether the value is “no value”.
    fn is_unset(&self) -> bool {
        matches!(self.value, Value::String(None) | Value::Int64(None) | Value::Double(None))
    }

    /// A name that belongs to this topic alone.
    fn name(&self, word: &str) -> String {
        if self.at == 0 { word.to_owned() } else { format!("{word}{}", self.at + 1) }
    }

    /// The type of the topic.
    fn topic_type(&self) -> TopicType {
        self.spec.topic_type
    }
}

/// A program as it is written, line by line.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// Adds a line, or several.
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Adds an empty line.
    fn gap(&mut self) {
        self.text.push('\n');
    }
}

/// Texts as literals, one after the other.
fn list(texts: &[String], literal: fn(&str) -> String) -> String {
    texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", ")
}
