//! Programs for the Java client.

use super::{Item, Job, PASSWORD_VARIABLE, Page, list};
use crate::data::value::{DataType, Value};
use crate::model::copy_as::Task;
use crate::model::copy_as::literal::{byte_list, double, java as text};

const CLIENT: &str = "com.pushtechnology.diffusion.client";

pub(super) fn page(job: &Job<'_>) -> Page {
    let mut page = Page::default();
    let class = match job.task {
        Task::Subscribe | Task::Fetch => "Subscribe",
        Task::Set => "SetValue",
        Task::Add => "AddTopic",
    };
    page.line(format!("// {}.", job.purpose()));
    page.line("// Needs the client: diffusion-client.jar of a Diffusion installation");
    page.line(format!("// Run as: java -cp diffusion-client.jar {class}.java{}", job.password_words()));
    for import in imports(job) {
        page.line(format!("import {import};"));
    }
    page.gap();
    page.line(format!("public final class {class} {{"));
    page.line("    public static void main(String[] arguments) throws Exception {");
    page.line("        final Session session = Diffusion.sessions()");
    if !job.server.principal.is_empty() {
        page.line(format!("            .principal({})", text(&job.server.principal)));
        page.line(format!("            .password(System.getenv(\"{PASSWORD_VARIABLE}\"))"));
    }
    page.line(format!("            .open({});", text(&job.address.url())));
    for (feature, name) in features(job) {
        page.line(format!("        final {feature} {name} = session.feature({feature}.class);"));
    }
    job.each(&mut page, [subscribe, set, add]);
    page.gap();
    if job.subscribes() {
        page.line("        Thread.currentThread().join(); // until it is interrupted");
    } else {
        page.line("        session.close();");
    }
    page.line("    }");
    page.line("}");
    page
}

/// The features of the session that are used, with the names of their variables.
fn features(job: &Job<'_>) -> Vec<(&'static str, &'static str)> {
    let mut features = Vec::new();
    if job.subscribes() || (job.task == Task::Set && job.has(|item| !item.is_series)) {
        features.push(("Topics", "topics"));
    }
    if job.task == Task::Set && job.has(|item| item.is_series) {
        features.push(("TimeSeries", "timeSeries"));
    }
    if job.task == Task::Add {
        features.push(("TopicControl", "topicControl"));
    }
    features
}

fn imports(job: &Job<'_>) -> Vec<String> {
    let own = |name: &str| format!("{CLIENT}.{name}");
    let mut imports = vec![own("Diffusion")];
    let used = features(job);
    let has = |name: &str| used.iter().any(|(feature, _)| *feature == name);
    if has("TimeSeries") || (job.subscribes() && job.has(|item| item.is_series)) {
        imports.push(own("features.TimeSeries"));
    }
    if has("Topics") {
        imports.push(own("features.Topics"));
    }
    if job.task == Task::Add {
        imports.push(own("features.control.topics.TopicControl"));
    }
    imports.push(own("session.Session"));
    if job.subscribes() {
        imports.push(own("topics.details.TopicSpecification"));
    }
    if job.task == Task::Add {
        imports.push(own("topics.details.TopicType"));
    } else {
        for (data_type, name) in [
            (DataType::Binary, "binary.Binary"),
            (DataType::Json, "json.JSON"),
            (DataType::RecordV2, "recordv2.RecordV2"),
        ] {
            if job.has(|item| item.data_type == data_type) {
                imports.push(format!("com.pushtechnology.diffusion.datatype.{name}"));
            }
        }
    }
    imports
}

fn class_of(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Binary => "Binary",
        DataType::Json => "JSON",
        DataType::String => "String",
        DataType::Int64 => "Long",
        DataType::Double => "Double",
        DataType::RecordV2 => "RecordV2",
    }
}

fn subscribe(page: &mut Page, item: &Item<'_>) {
    let class = class_of(item.data_type);
    let (method, stream) = if item.is_series {
        ("addTimeSeriesStream", format!("TimeSeries.Event<{class}>"))
    } else {
        ("addStream", class.to_owned())
    };
    let value = if item.is_series { "newValue.value()" } else { "newValue" };
    let shown = match item.data_type {
        DataType::Binary => format!("java.util.Arrays.toString({value}.toByteArray())"),
        DataType::Json => format!("{value}.toJsonString()"),
        DataType::RecordV2 => format!("{value}.asRecords()"),
        DataType::String | DataType::Int64 | DataType::Double => value.to_owned(),
    };
    let selector = text(&item.selector);
    page.line(format!(
        "        topics.{method}({selector}, {class}.class, new Topics.ValueStream.Default<{stream}>() {{"
    ));
    page.line("            @Override");
    page.line("            public void onValue(");
    page.line("                String topicPath,");
    page.line("                TopicSpecification specification,");
    page.line(format!("                {stream} oldValue,"));
    page.line(format!("                {stream} newValue) {{"));
    page.line(format!("                System.out.println(topicPath + \" \" + {shown});"));
    page.line("            }");
    page.line("        });");
    page.line(format!("        topics.subscribe({selector}).join();"));
}

fn set(page: &mut Page, item: &Item<'_>) {
    let class = class_of(item.data_type);
    let bytes = |bytes: &[u8]| {
        let byte = |byte: u8| if byte < 0x80 { format!("0x{byte:02x}") } else { format!("(byte) 0x{byte:02x}") };
        format!("new byte[] {{{}}}", byte_list(bytes, byte))
    };
    let value = match &item.value {
        Value::Binary(binary) => format!("Diffusion.dataTypes().binary().readValue({})", bytes(binary)),
        Value::Json(json) if json.loses_bytes() => {
            page.line("        // JSON text cannot say some part of the value: these are its bytes as CBOR.");
            format!("Diffusion.dataTypes().json().readValue({})", bytes(&item.bytes))
        }
        Value::Json(json) => format!("Diffusion.dataTypes().json().fromJsonString({})", text(&json.to_text())),
        Value::String(Some(string)) => text(string),
        Value::Int64(Some(n)) => format!("{n}L"),
        Value::Double(Some(n)) => double(*n, ["Double.NaN", "Double.POSITIVE_INFINITY", "Double.NEGATIVE_INFINITY"]),
        Value::RecordV2(records) => {
            let mut value = "Diffusion.dataTypes().recordV2().valueBuilder()".to_owned();
            let method = if records.0.len() == 1 { "addFields" } else { "addRecord" };
            for fields in &records.0 {
                value = format!("{value}\n            .{method}({})", list(fields, text));
            }
            format!("{value}\n            .build()")
        }
        _ => "null".to_owned(),
    };
    let path = text(item.path);
    page.line(format!("        final {class} {} = {value};", item.name("value")));
    if item.is_series {
        page.line(format!("        timeSeries.append({path}, {class}.class, {}).join();", item.name("value")));
        page.line(format!("        System.out.println(\"Appended to \" + {path});"));
    } else {
        page.line(format!("        topics.set({path}, {class}.class, {}).join();", item.name("value")));
        page.line(format!("        System.out.println(\"Set \" + {path});"));
    }
}

fn add(page: &mut Page, item: &Item<'_>) {
    let path = text(item.path);
    let result = item.name("result");
    page.line(format!("        final TopicControl.AddTopicResult {result} = topicControl.addTopic("));
    page.line(format!("            {path},"));
    let mut specification =
        format!("            Diffusion.newTopicSpecification(TopicType.{})", item.topic_type().name());
    for (key, value) in item.spec.properties.iter() {
        specification = format!("{specification}\n                .withProperty({}, {})", text(key), text(value));
    }
    page.line(format!("{specification}).join();"));
    page.line(format!("        System.out.println({result} + \" \" + {path});"));
}
