//! Programs for the JavaScript client, run by Node.js.

use super::{Item, Job, PASSWORD_VARIABLE, Page, list};
use crate::data::value::{DataType, Value};
use crate::model::copy_as::literal::{double, javascript as text, javascript_carries, javascript_json};
use crate::model::copy_as::text::hex;

pub(super) fn page(job: &Job<'_>) -> Page {
    let mut page = Page::default();
    page.line(format!("// {}.", job.purpose()));
    page.line("// Needs the client: npm install diffusion");
    page.line(format!("// Run as: node {}.mjs{}", job.name(), job.password_words()));
    page.line("import diffusion from 'diffusion';");
    page.gap();
    connect(&mut page, job);
    job.each(&mut page, [subscribe, set, add]);
    if !job.subscribes() {
        page.gap();
        page.line("session.closeSession();");
    }
    page
}

fn connect(page: &mut Page, job: &Job<'_>) {
    let address = &job.address;
    page.line("const session = await diffusion.connect({");
    page.line(format!("    host: {},", text(&address.host)));
    page.line(format!("    port: {},", address.port));
    page.line(format!("    secure: {},", address.secure));
    if let Some(path) = &address.path {
        page.line(format!("    path: {},", text(path)));
    }
    if !job.server.principal.is_empty() {
        page.line(format!("    principal: {},", text(&job.server.principal)));
        page.line(format!("    credentials: process.env.{PASSWORD_VARIABLE},"));
    }
    page.line("});");
}

fn data_type(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Binary => "diffusion.datatypes.binary()",
        DataType::Json => "diffusion.datatypes.json()",
        DataType::String => "diffusion.datatypes.string()",
        DataType::Int64 => "diffusion.datatypes.int64()",
        DataType::Double => "diffusion.datatypes.double()",
        DataType::RecordV2 => "diffusion.datatypes.recordv2()",
    }
}

fn subscribe(page: &mut Page, item: &Item<'_>) {
    let own = data_type(item.data_type);
    let (stream, name) = if item.is_series {
        (format!("diffusion.datatypes.timeseries({own})"), "event")
    } else {
        (own.to_owned(), "value")
    };
    let value = if item.is_series { "event.value" } else { "value" };
    let shown = match item.data_type {
        DataType::Binary => format!("{value}.get().toString('hex')"),
        DataType::Json => format!("JSON.stringify({value}.get())"),
        DataType::RecordV2 => format!("JSON.stringify({value}.asRecords())"),
        DataType::String => value.to_owned(),
        DataType::Int64 | DataType::Double => format!("String({value})"),
    };
    let selector = text(&item.selector);
    page.line(format!("session.addStream({selector}, {stream}).on({{"));
    page.line(format!("    value: (path, specification, {name}) => console.log(`${{path}} ${{{shown}}}`),"));
    page.line("});");
    page.line(format!("await session.select({selector});"));
}

fn set(page: &mut Page, item: &Item<'_>) {
    let own = data_type(item.data_type);
    let path = text(item.path);
    let value = match &item.value {
        Value::Binary(bytes) => format!("Buffer.from('{}', 'hex')", hex(bytes)),
        Value::Json(json) if javascript_carries(json) => {
            let value = javascript_json(json);
            if value.contains('\n') {
                page.line(format!("const {} = {value};", item.name("value")));
                item.name("value")
            } else {
                value
            }
        }
        Value::Json(_) => {
            page.line("// This client has no literal for some part of the value: these are its bytes as CBOR.");
            format!("{own}.readValue(Buffer.from('{}', 'hex'))", hex(&item.bytes))
        }
        Value::String(Some(string)) => text(string),
        Value::Int64(Some(n)) if n.unsigned_abs() < 1 << 53 => n.to_string(),
        Value::Int64(Some(n)) => format!("'{n}'"), // a number of this language would not hold it
        Value::Double(Some(n)) => double(*n, ["NaN", "Infinity", "-Infinity"]),
        Value::RecordV2(records) => {
            let name = item.name("records");
            page.line(format!("const {name} = {own}.valueBuilder();"));
            for fields in &records.0 {
                page.line(format!("{name}.addRecord([{}]);", list(fields, text)));
            }
            format!("{name}.build()")
        }
        _ => "null".to_owned(),
    };
    if item.is_series {
        page.line(format!("await session.timeseries.append({path}, {value}, {own});"));
        page.line(format!("console.log('Appended to', {path});"));
    } else {
        page.line(format!("await session.topicUpdate.set({path}, {own}, {value});"));
        page.line(format!("console.log('Set', {path});"));
    }
}

fn add(page: &mut Page, item: &Item<'_>) {
    let path = text(item.path);
    let kind = format!("diffusion.topics.TopicType.{}", item.topic_type().name());
    if item.spec.properties.is_empty() {
        page.line(format!("const {} = new diffusion.topics.TopicSpecification({kind});", item.name("specification")));
    } else {
        page.line(format!("const {} = new diffusion.topics.TopicSpecification({kind}, {{", item.name("specification")));
        for (key, value) in item.spec.properties.iter() {
            page.line(format!("    {}: {},", text(key), text(value)));
        }
        page.line("});");
    }
    page.line(format!(
        "const {} = await session.topics.add({path}, {});",
        item.name("result"),
        item.name("specification")
    ));
    page.line(format!("console.log({}.added ? 'Added' : 'Already there:', {path});", item.name("result")));
}
