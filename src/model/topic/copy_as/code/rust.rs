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
        page.line("    let mut session = connect(url)?;");
        for item in job.items {
            page.gap();
            if job.task == Task::Add { add(&mut page, item) } else { set(&mut page, item) }
        }
        page.line("    Ok(())");
        page.line("}");
    }
    page.gap();
    connect(&mut page, job);
    page
}

fn uses(page: &mut Page, job: &Job<'_>) {
    let mut uses = vec![
        "brownian::client::api::{ConnectOptions, Target}".to_owned(),
        "brownian::client::blocking::{Session, SessionError}".to_owned(),
        "std::error::Error".to_owned(),
    ];
    if !job.server.principal.is_empty() {
        uses.push("brownian::data::Secret".to_owned());
    }
    match job.task {
        Task::Subscribe | Task::Fetch => {}
        Task::Add => uses.push("brownian::data::{TopicSpec, TopicType}".to_owned()),
        Task::Set => {
            uses.push("brownian::data::value::{DataType, Value}".to_owned());
            if job.has(|item| matches!(&item.value, Value::Json(json) if !json.loses_bytes())) {
                uses.push("brownian::data::value::json::Json".to_owned());
            }
            if job.has(|item| matches!(item.value, Value::RecordV2(_))) {
                uses.push("brownian::data::value::record::Records".to_owned());
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
    page.line("    let mut session = connect(url)?;");
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
        "        session.subscribe(selector)?;
    }
    loop {
        let update = session.next_value()?;
        on_value(update.path.as_str(), &update.text());
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
    page.line(format!("    let {} = {value};", item.name("value")));
    let (data_type, value) = (variant(item.data_type), item.name("value"));
    let (act, past) = if item.is_series { ("append", "Appended to") } else { ("set", "Set") };
    page.line(format!("    session.{act}({}, DataType::{data_type}, &{value})?;", text(item.path)));
    page.line(format!("    println!({});", text(&format!("{past} {}", doubled(item.path)))));
}

/// The text as a part of a format string.
fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
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
    let outcome = item.name("outcome");
    page.line(format!("    let {outcome} = session.add({}, &{specification})?;", text(item.path)));
    page.line(format!("    println!({});", text(&format!("{{{outcome}:?}} {}", doubled(item.path)))));
}

/// The session, as the user connects.
fn connect(page: &mut Page, job: &Job<'_>) {
    page.line("fn connect(url: &str) -> Result<Session, SessionError> {");
    page.line("    Session::connect(ConnectOptions {");
    if !job.server.principal.is_empty() {
        page.line(format!("        principal: Some({}.to_owned()),", text(&job.server.principal)));
        page.line(format!("        password: std::env::var(\"{PASSWORD_VARIABLE}\").ok().map(Secret::new),"));
    }
    if job.subscribes() {
        page.line("        keep_every_value: true,");
    }
    page.line("        ..ConnectOptions::to(Target::Url(url.to_owned()))");
    page.line("    })");
    page.line("}");
}
