//! Programs for the .NET client, in C#.

use super::{Item, Job, PASSWORD_VARIABLE, Page, list};
use crate::data::value::{DataType, Value};
use crate::model::copy_as::Task;
use crate::model::copy_as::literal::{byte_list, csharp as text, double};

pub(super) fn page(job: &Job<'_>) -> Page {
    let mut page = Page::default();
    page.line(format!("// {}.", job.purpose()));
    page.line("// Needs the client: dotnet add package Diffusion.Client");
    page.line(format!("// Run as Program.cs of a console project: dotnet run{}", job.password_words()));
    for using in usings(job) {
        page.line(format!("using {using};"));
    }
    page.gap();
    page.line("var session = Diffusion.Sessions");
    if !job.server.principal.is_empty() {
        page.line(format!("    .Principal({})", text(&job.server.principal)));
        let password = format!("Environment.GetEnvironmentVariable(\"{PASSWORD_VARIABLE}\")");
        page.line(format!("    .Credentials(Diffusion.Credentials.Password({password}))"));
    }
    page.line(format!("    .Open({});", text(&job.address.url())));
    job.each(&mut page, [subscribe, set, add]);
    page.gap();
    if job.subscribes() {
        page.line("await Task.Delay(Timeout.Infinite);");
        page.gap();
        printer(&mut page);
    } else {
        page.line("session.Close();");
    }
    page
}

fn usings(job: &Job<'_>) -> Vec<String> {
    let own = |name: &str| format!("PushTechnology.ClientInterface.{name}");
    let mut usings = vec!["System".to_owned(), "System.Collections.Generic".to_owned()];
    if job.subscribes() {
        usings.extend(["System.Linq", "System.Threading", "System.Threading.Tasks"].map(str::to_owned));
        usings.push(own("Client.Callbacks"));
    }
    usings.push(own("Client.Factories"));
    usings.push(own("Client.Features"));
    if job.has(|item| item.is_series) && job.task != Task::Add {
        usings.push(own("Client.Features.TimeSeries"));
    }
    if job.subscribes() {
        usings.push(own("Client.Features.Topics"));
    }
    if job.task == Task::Add {
        usings.push(own("Client.Features.Control.Topics"));
        usings.push(own("Client.Topics"));
    }
    if job.task != Task::Set {
        usings.push(own("Client.Topics.Details"));
    }
    if job.task != Task::Add {
        for (data_type, name) in
            [(DataType::Binary, "Data.Binary"), (DataType::Json, "Data.JSON"), (DataType::RecordV2, "Data.Record")]
        {
            if job.has(|item| item.data_type == data_type) {
                usings.push(own(name));
            }
        }
    }
    usings
}

fn class_of(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Binary => "IBinary",
        DataType::Json => "IJSON",
        DataType::String => "string",
        DataType::Int64 => "long?",
        DataType::Double => "double?",
        DataType::RecordV2 => "IRecordV2",
    }
}

fn subscribe(page: &mut Page, item: &Item<'_>) {
    let class = class_of(item.data_type);
    let value = if item.is_series { "value.Value" } else { "value" };
    let shown = match item.data_type {
        DataType::Binary => format!("BitConverter.ToString({value}.ToByteArray())"),
        DataType::Json => format!("{value}.ToJSONString()"),
        DataType::RecordV2 => {
            format!("string.Join(\"; \", {value}.AsRecords().Select(fields => string.Join(\", \", fields)))")
        }
        DataType::String | DataType::Int64 | DataType::Double => format!("$\"{{{value}}}\""),
    };
    let selector = text(&item.selector);
    if item.is_series {
        let stream = format!("new Printer<IEvent<{class}>>(value => {shown})");
        page.line(format!("session.Topics.AddTimeSeriesStream<{class}>({selector}, {stream});"));
    } else {
        page.line(format!("session.Topics.AddStream({selector}, new Printer<{class}>(value => {shown}));"));
    }
    page.line(format!("await session.Topics.SubscribeAsync({selector});"));
}

/// The stream that prints.
fn printer(page: &mut Page) {
    page.line(
        "\
sealed class Printer<T> : IValueStream<T>
{
    private readonly Func<T, string> show;

    public Printer(Func<T, string> show) => this.show = show;

    public void OnValue(string topicPath, ITopicSpecification specification, T oldValue, T newValue)
        => Console.WriteLine($\"{topicPath} {show(newValue)}\");

    public void OnSubscription(string topicPath, ITopicSpecification specification) { }

    public void OnUnsubscription(string topicPath, ITopicSpecification specification, TopicUnsubscribeReason reason)
        => Console.Error.WriteLine($\"{topicPath} is no longer subscribed: {reason}\");

    public void OnClose() { }

    public void OnError(ErrorReason errorReason) => Console.Error.WriteLine(errorReason);
}",
    );
}

fn set(page: &mut Page, item: &Item<'_>) {
    let class = class_of(item.data_type);
    let bytes = |bytes: &[u8]| {
        format!("new byte[] {{ {} }}", byte_list(bytes, |byte| format!("0x{byte:02x}"))).replace("{  }", "{ }")
    };
    let value = match &item.value {
        Value::Binary(binary) => format!("Diffusion.DataTypes.Binary.ReadValue({})", bytes(binary)),
        Value::Json(json) if json.loses_bytes() => {
            page.line("// JSON text cannot say some part of the value: these are its bytes as CBOR.");
            format!("Diffusion.DataTypes.JSON.ReadValue({})", bytes(&item.bytes))
        }
        Value::Json(json) => format!("Diffusion.DataTypes.JSON.FromJSONString({})", text(&json.to_text())),
        Value::String(Some(string)) => text(string),
        Value::Int64(Some(n)) => format!("{n}L"),
        Value::Double(Some(n)) => double(*n, ["double.NaN", "double.PositiveInfinity", "double.NegativeInfinity"]),
        Value::RecordV2(records) => {
            let builder = item.name("builder");
            page.line(format!("var {builder} = Diffusion.DataTypes.RecordV2.CreateValueBuilder();"));
            let method = if records.0.len() == 1 { "AddFields" } else { "AddRecord" };
            for fields in &records.0 {
                page.line(format!("{builder}.{method}(new List<string> {{ {} }});", list(fields, text)));
            }
            format!("{builder}.Build()")
        }
        _ => "null".to_owned(),
    };
    let path = text(item.path);
    if item.is_series {
        page.line(format!("await session.TimeSeries.AppendAsync<{class}>({path}, {value});"));
        page.line(format!("Console.WriteLine(\"Appended to \" + {path});"));
    } else {
        page.line(format!("await session.TopicUpdate.SetAsync<{class}>({path}, {value});"));
        page.line(format!("Console.WriteLine(\"Set \" + {path});"));
    }
}

fn add(page: &mut Page, item: &Item<'_>) {
    let (path, specification, result) = (text(item.path), item.name("specification"), item.name("result"));
    let made = format!("session.TopicControl.NewSpecification(TopicType.{})", item.topic_type().name());
    if item.spec.properties.is_empty() {
        page.line(format!("var {specification} = {made};"));
    } else {
        page.line(format!("var {specification} = {made}"));
        page.line("    .WithProperties(new Dictionary<string, string>");
        page.line("    {");
        for (key, value) in item.spec.properties.iter() {
            page.line(format!("        {{ {}, {} }},", text(key), text(value)));
        }
        page.line("    });");
    }
    page.line(format!("var {result} = await session.TopicControl.AddTopicAsync({path}, {specification});"));
    let words = format!("{result} == AddTopicResult.CREATED ? \"Added \" : \"Already there: \"");
    page.line(format!("Console.WriteLine(({words}) + {path});"));
}
