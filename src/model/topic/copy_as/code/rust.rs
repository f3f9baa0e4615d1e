//! Programs in Rust: no official client exists, so they use this program's own library.

use super::{Item, Job, PASSWORD_VARIABLE, Page, list};
use crate::data::TopicSpec;
use crate::data::value::{DataType, Value};
use crate::model::copy_as::Task;
use crate::model::copy_as::literal::{double, rust as text};
use std::fmt::Write as _;

pub(super) fn page(job: &Job<'_>) -> Page {
    let mut page = Page::default();
    page.line(format!("// {}.", job.purpose()));
    page.line("//");
    page.line(
        "// There is no official client for Rust: this uses the library of Brownian, as a dependency with its path:",
    );
    page.line(format!("// cargo add --path brownian; cargo run{}", job.password_words()));
    page.gap();
    uses(&mut page, job);
    page.gap();
    page.line("/// Connects to the server that the program was made for.");
    page.line("pub fn main() -> Result<(), Box<dyn Error>> {");
    let url = text(&job.server.url);
    if job.subscribes() {
        page.line(format!("    subscribe({url}, |path, value| println!(\"{{path}} {{value}}\"))"));
        page.line("}");
        page.gap();
        subscribe(&mut page, job);
    } else {
        page.line(format!("    run({url})"));
        page.line("}");
        page.gap();
        page.line("/// Does it on a server.");
        page.line("pub fn run(url: &str) -> Result<(), Box<dyn Error>> {");
        page.line("    let mut session = Session::open(url)?;");
        for item in job.items {
            page.gap();
            if job.task == Task::Add { add(&mut page, item) } else { set(&mut page, item) }
        }
        page.line("    Ok(())");
        page.line("}");
    }
    page.gap();
    session(&mut page, job);
    page
}

fn uses(page: &mut Page, job: &Job<'_>) {
    let mut uses = vec![
        "brownian::client::Engine".to_owned(),
        "brownian::client::api::{Call, CallId, Command, ConnectOptions, Event, LinkId, LinkState, Target}".to_owned(),
        "brownian::wire::Service".to_owned(),
        "std::collections::VecDeque".to_owned(),
        "std::error::Error".to_owned(),
        "std::sync::Arc".to_owned(),
        "std::time::Duration".to_owned(),
    ];
    if !job.server.principal.is_empty() {
        uses.push("brownian::data::Secret".to_owned());
    }
    match job.task {
        Task::Subscribe | Task::Fetch => {
            uses.push("brownian::data::value::preview".to_owned());
            uses.push("brownian::wire::services::Subscribe".to_owned());
            uses.push("brownian::wire::services::shared::SelectionRequest".to_owned());
            uses.push("std::collections::HashMap".to_owned());
        }
        Task::Add => {
            uses.push("brownian::data::{TopicSpec, TopicType}".to_owned());
            uses.push("brownian::wire::services::{TopicAdd, topic_add}".to_owned());
        }
        Task::Set => {
            uses.push("brownian::data::value::{Value, encode}".to_owned());
            if job.has(|item| matches!(&item.value, Value::Json(json) if !json.loses_bytes())) {
                uses.push("brownian::data::value::json::Json".to_owned());
            }
            if job.has(|item| matches!(item.value, Value::RecordV2(_))) {
                uses.push("brownian::data::value::record::Records".to_owned());
            }
            if job.has(|item| !item.is_series) {
                uses.push("brownian::data::TopicType".to_owned());
                uses.push("brownian::wire::services::shared::Constraint".to_owned());
                uses.push("brownian::wire::services::{TopicSet, topic_set}".to_owned());
            }
            if job.has(|item| item.is_series) {
                uses.push("brownian::wire::services::{TimeSeriesAppend, time_series_append}".to_owned());
            }
        }
    }
    // A list in braces goes after the names beside it, as formatters sort.
    uses.sort_by_key(|name| name.split("::").map(|part| (part.starts_with('{'), part.to_owned())).collect::<Vec<_>>());
    for name in uses {
        page.line(format!("use {name};"));
    }
}

fn subscribe(page: &mut Page, job: &Job<'_>) {
    let selectors: Vec<String> = job.items.iter().map(|item| item.selector.clone()).collect();
    page.line("/// Hands each path with its value as text to `on_value`, until the session ends.");
    page.line("pub fn subscribe(url: &str, mut on_value: impl FnMut(&str, &str)) -> Result<(), Box<dyn Error>> {");
    page.line("    let mut session = Session::open(url)?;");
    let line = format!("    for selector in [{}] {{", list(&selectors, text));
    if line.chars().count() <= 120 {
        page.line(line);
    } else {
        page.line("    for selector in [");
        for selector in &selectors {
            page.line(format!("        {},", text(selector)));
        }
        page.line("    ] {");
    }
    page.line(
        "        let request = SelectionRequest { selector: selector.to_owned(), scope: String::new() };
        session.call::<Subscribe>(&request)?;
    }
    let mut specifications = HashMap::new();
    loop {
        match session.next()? {
            Event::Subscribed { path, spec } => _ = specifications.insert(path, spec),
            Event::Updates(updates) => {
                for update in updates {
                    let Some(specification) = specifications.get(&update.path) else { continue };
                    for arrival in update.earlier.iter().chain([&update.latest]) {
                        on_value(update.path.as_str(), &preview(specification, &arrival.value, usize::MAX));
                    }
                }
            }
            _ => {}
        }
    }
}",
    );
}

fn variant(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Binary => "Binary",
        DataType::Json => "Json",
        DataType::String => "String",
        DataType::Int64 => "Int64",
        DataType::Double => "Double",
        DataType::RecordV2 => "RecordV2",
    }
}

fn set(page: &mut Page, item: &Item<'_>) {
    let bytes = |bytes: &[u8]| {
        let escaped = bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "\\x{byte:02x}");
            text
        });
        format!("b\"{escaped}\"")
    };
    let value = match &item.value {
        Value::Json(json) if !json.loses_bytes() => format!("Value::Json(Json::from_text({})?)", text(&json.to_text())),
        Value::Json(_) => {
            page.line("    // JSON text cannot say some part of the value: these are its bytes as CBOR.");
            format!("Value::Binary({}[..].into())", bytes(&item.bytes))
        }
        Value::Binary(binary) => format!("Value::Binary({}[..].into())", bytes(binary)),
        Value::String(Some(string)) => format!("Value::String(Some({}.to_owned()))", text(string)),
        Value::Int64(Some(n)) => format!("Value::Int64(Some({n}))"),
        Value::Double(Some(n)) => {
            format!("Value::Double(Some({}))", double(*n, ["f64::NAN", "f64::INFINITY", "f64::NEG_INFINITY"]))
        }
        Value::RecordV2(records) => {
            let name = item.name("records");
            page.line(format!("    let mut {name} = Records::default();"));
            for fields in &records.0 {
                if fields.is_empty() {
                    page.line(format!("    {name}.0.push(Vec::new());"));
                } else {
                    page.line(format!("    {name}.0.push([{}].map(str::to_owned).to_vec());", list(fields, text)));
                }
            }
            format!("Value::RecordV2({name})")
        }
        _ => format!("Value::{}(None)", variant(item.data_type)),
    };
    let request = item.name("request");
    page.line(format!("    let {} = {value};", item.name("value")));
    if item.is_series {
        page.line(format!("    let {request} = time_series_append::Request {{"));
        page.line(format!("        path: {}.to_owned(),", text(item.path)));
        page.line(format!("        data_type: \"{}\".to_owned(),", item.data_type.name()));
        page.line(format!("        value: encode(&{}),", item.name("value")));
        page.line("    };");
        page.line(format!("    session.call::<TimeSeriesAppend>(&{request})?;"));
        page.line(format!("    println!(\"Appended to {{}}\", {request}.path);"));
    } else {
        page.line(format!("    let {request} = topic_set::Request {{"));
        page.line(format!("        path: {}.to_owned(),", text(item.path)));
        page.line(format!("        topic_type: TopicType::{},", variant(item.data_type)));
        page.line(format!("        value: encode(&{}),", item.name("value")));
        page.line("        constraint: Constraint::Unconstrained,");
        page.line("    };");
        page.line(format!("    session.call::<TopicSet>(&{request})?;"));
        page.line(format!("    println!(\"Set {{}}\", {request}.path);"));
    }
}

fn add(page: &mut Page, item: &Item<'_>) {
    let specification = item.name("specification");
    let kind = if item.is_series { "TimeSeries" } else { variant(item.data_type) };
    let TopicSpec { properties, .. } = item.spec;
    let with: Vec<String> =
        properties.iter().map(|(key, value)| format!(".with({}, {})", text(key), text(value))).collect();
    match &with[..] {
        [] => page.line(format!("    let {specification} = TopicSpec::new(TopicType::{kind});")),
        [one] if one.chars().count() < 60 => {
            page.line(format!("    let {specification} = TopicSpec::new(TopicType::{kind}){one};"));
        }
        all => {
            page.line(format!("    let {specification} = TopicSpec::new(TopicType::{kind})"));
            let last = all.len() - 1;
            for (at, one) in all.iter().enumerate() {
                page.line(format!("        {one}{}", if at == last { ";" } else { "" }));
            }
        }
    }
    let request = item.name("request");
    page.line(format!("    let {request} = topic_add::Request {{"));
    page.line(format!("        path: {}.to_owned(),", text(item.path)));
    page.line(format!("        spec: {specification},"));
    page.line("    };");
    page.line(format!("    let {} = session.call::<TopicAdd>(&{request})?;", item.name("outcome")));
    page.line(format!("    println!(\"{{:?}} {{}}\", {}, {request}.path);", item.name("outcome")));
}

/// The session: what the library leaves to its users.
fn session(page: &mut Page, job: &Job<'_>) {
    page.line(
        "\
/// An open session.
struct Session {
    engine: Engine,
    events: VecDeque<Event>,
    calls: u64,
}

const LINK: LinkId = LinkId(1);

impl Session {
    fn open(url: &str) -> Result<Self, Box<dyn Error>> {
        let engine = Engine::start(Arc::new(|| {}), None)?;
        let mut session = Self { engine, events: VecDeque::new(), calls: 0 };
        let options = ConnectOptions {",
    );
    if !job.server.principal.is_empty() {
        page.line(format!("            principal: Some({}.to_owned()),", text(&job.server.principal)));
        page.line(format!("            password: std::env::var(\"{PASSWORD_VARIABLE}\").ok().map(Secret::new),"));
    }
    page.line(
        "            keep_every_value: true,
            ..ConnectOptions::to(Target::Url(url.to_owned()))
        };
        session.engine.open(LINK, options);
        while !matches!(session.next()?, Event::Link(LinkState::Connected(_))) {}
        Ok(session)
    }

    /// The next event; the end of the session is an error.
    fn next(&mut self) -> Result<Event, Box<dyn Error>> {
        loop {
            match self.events.pop_front() {
                Some(Event::Link(LinkState::Closed(cause))) => return Err(format!(\"{cause:?}\").into()),
                Some(event) => return Ok(event),
                None => {
                    let events = &mut self.events;
                    self.engine.drain(4096, &mut |_, event| events.push_back(event));
                    if self.events.is_empty() {
                        self.engine.wait(Duration::from_secs(1));
                    }
                }
            }
        }
    }

    /// Calls a service and waits for its answer; other events stay for later.
    fn call<S: Service>(&mut self, request: &S::Request) -> Result<S::Response, Box<dyn Error>> {
        self.calls += 1;
        let id = CallId(self.calls);
        self.engine.send(LINK, Command::Call(Call::new::<S>(id, request))).map_err(|_| \"too many calls wait\")?;
        let mut others = VecDeque::new();
        let answer = loop {
            match self.next()? {
                Event::Answer(answer) if answer.id == id => break answer,
                other => others.push_back(other),
            }
        };
        others.append(&mut self.events);
        self.events = others;
        let response = answer.result.map_err(|error| format!(\"{error:?}\"))?;
        Ok(*response.downcast::<S::Response>().map_err(|_| \"an answer of another type\")?)
    }
}",
    );
}
