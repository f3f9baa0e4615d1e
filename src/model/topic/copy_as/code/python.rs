//! Programs for the Python client.

use super::{Item, Job, PASSWORD_VARIABLE, Page};
use crate::data::property::TIME_SERIES_EVENT_VALUE_TYPE;
use crate::data::value::json::Json;
use crate::data::value::{DataType, Value};
use crate::model::copy_as::Task;
use crate::model::copy_as::literal::{python as text, python_bytes, python_double, python_json};

pub(super) fn page(job: &Job<'_>) -> Page {
    let mut page = Page::default();
    page.line(format!("# {}.", job.purpose()));
    page.line("# Needs the client: pip install diffusion-client");
    page.line(format!("# Run as: python {}.py{}", job.name(), job.password_words()));
    page.line("import asyncio");
    if !job.server.principal.is_empty() {
        page.line("import os");
    }
    page.gap();
    page.line("import diffusion");
    page.line("from diffusion import datatypes");
    if job.has(|item| item.is_series && job.task != Task::Set) {
        page.line("from diffusion.features.timeseries import TimeSeries");
    }
    match job.task {
        Task::Subscribe | Task::Fetch => page.line("from diffusion.features.topics import ValueStreamHandler"),
        Task::Add => page.line("from diffusion.features.topics import TopicAddResponse"),
        Task::Set => {}
    }
    page.gap();
    page.gap();
    if job.subscribes() {
        page.line("async def print_value(*, topic_path, topic_value=None, **_):");
        if job.has(|item| item.is_series) {
            page.line("    event_or_value = getattr(topic_value, \"value\", topic_value)");
            page.line("    print(topic_path, getattr(event_or_value, \"value\", event_or_value), flush=True)");
        } else {
            page.line("    print(topic_path, getattr(topic_value, \"value\", topic_value), flush=True)");
        }
        page.gap();
        page.gap();
    }
    page.line("async def main():");
    page.line("    sessions = diffusion.sessions()");
    if !job.server.principal.is_empty() {
        page.line(format!("    credentials = diffusion.Credentials(os.environ[\"{PASSWORD_VARIABLE}\"])"));
        let principal = text(&job.server.principal);
        page.line(format!("    sessions = sessions.principal({principal}).credentials(credentials)"));
    }
    page.line(format!("    async with sessions.open({}) as session:", text(&job.address.url())));
    for item in job.items {
        match job.task {
            Task::Subscribe | Task::Fetch => subscribe(&mut page, item),
            Task::Set => set(&mut page, item),
            Task::Add => add(&mut page, item),
        }
    }
    if job.subscribes() {
        page.line("        await asyncio.Event().wait()");
    } else if job.task == Task::Set && !job.has(|item| limit(item).is_none()) {
        page.line("        pass");
    }
    page.gap();
    page.gap();
    page.line("asyncio.run(main())");
    page
}

fn data_type(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Binary => "datatypes.BINARY",
        DataType::Json => "datatypes.JSON",
        DataType::String => "datatypes.STRING",
        DataType::Int64 => "datatypes.INT64",
        DataType::Double => "datatypes.DOUBLE",
        DataType::RecordV2 => "datatypes.RECORD_V2",
    }
}

/// What this client cannot do with the topic.
fn limit(item: &Item<'_>) -> Option<&'static str> {
    fn beyond(json: &Json) -> bool {
        match json {
            Json::Int(n) => *n < i128::from(i64::MIN),
            Json::Array(items) => items.iter().any(beyond),
            Json::Object(members) => members.iter().any(|(_, value)| beyond(value)),
            _ => false,
        }
    }
    match &item.value {
        _ if item.data_type == DataType::RecordV2 => Some("This client has no values of the type RECORD_V2"),
        Value::Int64(Some(i64::MIN)) => Some("This client refuses the smallest INT64, -9223372036854775808"),
        Value::Json(json) if beyond(json) => Some("This client cannot write integers below -9223372036854775808"),
        _ => None,
    }
}

fn subscribe(page: &mut Page, item: &Item<'_>) {
    if let Some(limit) = limit(item) {
        page.line(format!("        # {limit}: one of the topics is left out here."));
        return;
    }
    let own = data_type(item.data_type);
    let kind = if item.is_series { format!("TimeSeries.of({own})") } else { own.to_owned() };
    let selector = text(&item.selector);
    page.line(format!("        {} = ValueStreamHandler(data_type={kind}, update=print_value)", item.name("stream")));
    page.line(format!("        session.topics.add_value_stream({selector}, {})", item.name("stream")));
    page.line(format!("        await session.topics.subscribe({selector})"));
}

fn set(page: &mut Page, item: &Item<'_>) {
    if let Some(limit) = limit(item) {
        page.line(format!("        # {limit}: one of the topics is left out here."));
        return;
    }
    let value = match &item.value {
        Value::Binary(bytes) => python_bytes(bytes),
        Value::Json(json) => {
            let value = python_json(json).replace('\n', "\n        ");
            if value.contains('\n') {
                page.line(format!("        {} = {value}", item.name("value")));
                item.name("value")
            } else {
                value
            }
        }
        Value::String(Some(string)) => text(string),
        Value::Int64(Some(n)) => n.to_string(),
        Value::Double(Some(n)) => python_double(*n),
        _ => "None".to_owned(),
    };
    let (path, own) = (text(item.path), data_type(item.data_type));
    if item.is_series {
        page.line(format!("        await session.time_series.append({path}, {value}, {own})"));
        page.line(format!("        print(\"Appended to\", {path})"));
    } else {
        page.line(format!("        await session.topics.set_topic({path}, {value}, {own})"));
        page.line(format!("        print(\"Set\", {path})"));
    }
}

fn add(page: &mut Page, item: &Item<'_>) {
    let own = data_type(item.data_type);
    let kind = if item.is_series { format!("TimeSeries.of({own})") } else { own.to_owned() };
    // The type of the events is said by the type itself.
    let properties = || item.spec.properties.iter().filter(|(key, _)| *key != TIME_SERIES_EVENT_VALUE_TYPE);
    let specification = item.name("specification");
    if properties().next().is_none() {
        page.line(format!("        {specification} = {kind}.with_properties()"));
    } else {
        page.line(format!("        {specification} = {kind}.with_properties(**{{"));
        for (key, value) in properties() {
            page.line(format!("            {}: {},", text(key), text(value)));
        }
        page.line("        })");
    }
    let path = text(item.path);
    page.line(format!("        {} = await session.topics.add_topic({path}, {specification})", item.name("result")));
    let result = item.name("result");
    page.line(format!(
        "        print(\"Added\" if {result} == TopicAddResponse.CREATED else \"Already there:\", {path})"
    ));
}
