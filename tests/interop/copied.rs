//! What is copied as JavaScript and as Python, run by the official clients: it adds topics, sets their values and
//! prints them; and its literals mean what they are made from.

#[path = "../support/copied_topics.rs"]
mod copied_topics;

use super::run::{Client, Running, Server, folder};
use brownian::data::value::json::Json;
use brownian::data::value::{self, DataType, Value};
use brownian::model::copy_as::{self, Form, Language, Task, Topic, literal};
use libtest_mimic::Failed;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::path::PathBuf;

/// A folder in which Node.js finds the client; it goes with this value.
struct Desk {
    folder: tempfile::TempDir,
    client: Client,
}

impl Desk {
    fn new(client: Client) -> Result<Self, Failed> {
        Ok(Self { folder: tempfile::Builder::new().prefix("copied-").tempdir_in(folder())?, client })
    }

    fn write(&self, name: &str, code: &str) -> Result<PathBuf, Failed> {
        let ending = if self.client == Client::JavaScript { "mjs" } else { "py" };
        let file = self.folder.path().join(format!("{name}.{ending}"));
        std::fs::write(&file, code)?;
        Ok(file)
    }

    fn program(&self, server: &Server, task: Task, topics: &[Topic]) -> Result<Running, Failed> {
        let language = if self.client == Client::JavaScript { Language::JavaScript } else { Language::Python };
        let place = copy_as::Server { url: server.url.clone(), principal: "admin".into() };
        let code = copy_as::text(Form::Code(language), task, &place, topics).map_err(|refusal| refusal.0)?;
        Running::program(self.client, &self.write(task.word(), &code)?)
    }
}

/// What the Python client can set; the JavaScript client can set everything.
fn can_be_set(client: Client, topic: &Topic) -> bool {
    let least = topic.path.as_str() == "copied/int64/least";
    client == Client::JavaScript || !(least || topic.data_type() == Some(DataType::RecordV2))
}

/// As `brownian fetch --json` prints values; of an event its value.
fn as_fetched(value: &Value) -> serde_json::Value {
    match value {
        Value::Binary(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat().into(),
        Value::Json(json) => serde_json::from_str(&json.to_text()).expect("JSON"),
        Value::String(text) => text.clone().into(),
        Value::Int64(n) => (*n).into(),
        Value::Double(Some(n)) if n.is_nan() => "NaN".into(),
        Value::Double(Some(n)) if n.is_infinite() => if *n > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        Value::Double(n) => (*n).into(),
        Value::RecordV2(records) => records.0.clone().into(),
        Value::Event(event) => event.decoded.as_ref().map(as_fetched).into(),
    }
}

/// Adds, sets and prints, each by a program that was copied.
pub(crate) fn programs(client: Client) -> Result<(), Failed> {
    let (server, desk, topics) = (Server::start()?, Desk::new(client)?, copied_topics::all());
    let added = desk.program(&server, Task::Add, &topics)?.into_end()?;
    if added.iter().filter(|line| line.starts_with("Added ")).count() != topics.len() {
        return Err(format!("not every topic was added: {added:#?}").into());
    }
    let again = desk.program(&server, Task::Add, &topics[..1])?.into_end()?;
    if again != ["Already there: copied/json"] {
        return Err(format!("added twice: {again:#?}").into());
    }
    desk.program(&server, Task::Set, &topics)?.into_end()?;
    let rows = Running::brownian(&["fetch", &server.url, "?copied//", "--json"])?.into_end()?;
    let rows: Vec<serde_json::Value> = rows.iter().map(|row| serde_json::from_str(row)).collect::<Result<_, _>>()?;
    for topic in &topics {
        let path = topic.path.as_str();
        let row = rows.iter().find(|row| row["path"] == path).ok_or_else(|| format!("{path} is not there"))?;
        let spec = topic.spec.as_ref().ok_or("known")?;
        let properties: serde_json::Map<_, _> = spec.properties.iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
        let properties = serde_json::Value::Object(properties);
        let fetched = if topic.is_series() { &row["value"]["value"] } else { &row["value"] };
        let wanted = if can_be_set(client, topic) {
            as_fetched(&value::decode_topic(spec, topic.value.as_ref().ok_or("known")?)?)
        } else {
            serde_json::Value::Null
        };
        if row["type"] != spec.topic_type.name() || row["properties"] != properties || *fetched != wanted {
            return Err(format!("{path} is not what was copied: {row}, wanted {wanted}").into());
        }
    }
    printed(client, desk.program(&server, Task::Subscribe, &topics)?)
}

/// Reads until the program has printed what it must, in any order.
fn printed(client: Client, mut running: Running) -> Result<(), Failed> {
    let odd = "copied/it's \"x\" \\ \\u000a ??/ */ $HOME `id` %s {0} ü €/\u{202e}q";
    let both = ["copied/int64 9007199254740993", "copied/double -0.5", "copied/series 2.25", odd];
    let own: &[&str] = match client {
        Client::JavaScript => &[
            r#"copied/json {"n":1,"f":1.5,"list":[true,false,null],"":{"a b":"it's \"q\" \\ ü\n"}}"#,
            "copied/int64/least -9223372036854775808",
            "copied/double/nan NaN",
            "copied/double/endless Infinity",
            "copied/binary 007f80ff",
            r#"copied/record [["a'\"\\","ü"],["c"]]"#,
        ],
        Client::Python | Client::OlderPython(_) => &[
            r#"copied/json {'n': 1, 'f': 1.5, 'list': [True, False, None], '': {'a b': 'it\'s "q" \\ ü\n'}}"#,
            "copied/json/bytes [b'\\x01\\x02', -inf, 1e-09]",
            "copied/double/nan nan",
            "copied/binary b'\\x00\\x7f\\x80\\xff'",
        ],
    };
    for wanted in both.iter().chain(own) {
        running.has(wanted)?;
    }
    Ok(())
}

/// Strings and JSON as literals, read by the language itself and given back as JSON.
pub(crate) fn literals(client: Client) -> Result<(), Failed> {
    let mut runner = TestRunner::deterministic();
    let mut texts: Vec<String> = (0..=0x3000).filter_map(char::from_u32).map(String::from).collect();
    for strategy in ["\\PC*", "[\\\\'\"\u{0}-\u{20}$`{}]{0,12}", "(?s).{0,20}"] {
        let tree = proptest::string::string_regex(strategy).map_err(|error| error.to_string())?;
        for _ in 0..200 {
            texts.push(tree.new_tree(&mut runner).map_err(|error| error.to_string())?.current());
        }
    }
    let json = Json::Object(texts.iter().map(|text| (text.clone(), Json::String(text.clone()))).collect());
    let numbers = r#"[0,-1,9007199254740991,-9007199254740991,0.1,-2.5e-3,1.5e15,true,false,null,"",[],{}]"#;
    let numbers = Json::from_text(numbers).map_err(|error| error.to_string())?;
    let whole = Json::Array(vec![Json::Array(texts.into_iter().map(Json::String).collect()), json, numbers]);
    let code = match client {
        Client::JavaScript => format!("console.log(JSON.stringify({}));\n", literal::javascript_json(&whole)),
        Client::Python | Client::OlderPython(_) => {
            format!("import json\nprint(json.dumps({}))\n", literal::python_json(&whole))
        }
    };
    let desk = Desk::new(client)?;
    let lines = Running::program(client, &desk.write("literals", &code)?)?.into_end()?;
    let [line] = &lines[..] else { return Err(format!("{} lines", lines.len()).into()) };
    let number = |text: &str| text.parse::<f64>().ok();
    let same = match (serde_json::from_str(line)?, serde_json::from_str(&whole.to_text())?) {
        (serde_json::Value::Array(seen), serde_json::Value::Array(wanted)) => {
            let figures = |value: &serde_json::Value| {
                value.as_array().into_iter().flatten().map(|v| number(&v.to_string())).collect::<Vec<_>>()
            };
            seen.len() == 3 && seen[..2] == wanted[..2] && figures(&seen[2]) == figures(&wanted[2])
        }
        _ => false,
    };
    if same { Ok(()) } else { Err("a literal means something else than what it was made from".into()) }
}
