//! Primitives, messages, connection requests and responses against bytes of the official clients and real servers.

use crate::vectors::services::{Part, value_of, written_back};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use brownian::data::{ErrorCode, Properties, Secret, SessionId};
use brownian::wire::frame::VERSION;
use brownian::wire::handshake::{
    Acceptance, ConnectRequest, ConnectResponse, Credentials, Rejection, Resume, Token, parse_properties,
};
use brownian::wire::{Message, Wire, decode, encode, services};
use bytes::Bytes;
use serde_json::{Value as Sample, json};
use std::fmt::Debug;
use std::sync::LazyLock;

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../samples/session.json")).expect("the samples are a JSON array")
});

/// The bytes of every message and connection response.
pub(crate) fn bytes_of_messages() -> Vec<Bytes> {
    let groups = [Group::Message, Group::OldMessage, Group::Response];
    groups.into_iter().flat_map(group).map(|sample| hex_of(sample, "hex")).collect()
}

/// What a sample is about; decides which test reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Primitive,
    Credentials,
    PasswordText,
    PropertiesText,
    Message,
    OldMessage,
    Request,
    Response,
    PollBody,
    /// A header line that only a transport reads.
    HeaderLine,
    Exchange,
}

fn group_of(sample: &Sample) -> Group {
    let meaning = &sample["meaning"];
    match meaning["type"].as_str() {
        Some("credentials") => return Group::Credentials,
        Some("password parameter text") => return Group::PasswordText,
        Some("session properties text") => return Group::PropertiesText,
        Some(_) => return Group::Primitive,
        None => {}
    }
    if let Some(message) = meaning["message"].as_str() {
        let is_old = message.contains("(old") || message.starts_with("legacy");
        return if is_old { Group::OldMessage } else { Group::Message };
    }
    let has = |key: &str| meaning.get(key).is_some();
    match () {
        () if has("exchange") => Group::Exchange,
        () if has("method") => Group::Request,
        () if has("frames_hex") => Group::PollBody,
        () if has("header") => Group::HeaderLine,
        () if has("code") || has("rejected_by_parser") => Group::Response,
        () => panic!("no test reads {sample}"),
    }
}

/// The samples of a group; an empty group would test nothing.
fn group(group: Group) -> Vec<&'static Sample> {
    let samples: Vec<_> = SAMPLES.iter().filter(|sample| group_of(sample) == group).collect();
    assert!(!samples.is_empty(), "{group:?} has no samples");
    samples
}

fn text<'a>(sample: &'a Sample, key: &str) -> &'a str {
    sample[key].as_str().unwrap_or_else(|| panic!("no text {key} in {sample}"))
}

fn hex_of(sample: &Sample, key: &str) -> Bytes {
    hex::decode(text(sample, key)).expect("hex").into()
}

fn number<T: TryFrom<i64, Error: Debug>>(sample: &Sample) -> T {
    let number = sample.as_i64().or_else(|| sample.as_str()?.parse().ok());
    number.unwrap_or_else(|| panic!("no number: {sample}")).try_into().expect("in range")
}

fn is_by_javascript(sample: &Sample) -> bool {
    text(sample, "origin").starts_with("official JS client")
}

/// Version under which the payloads of a message are read; the captures are older than 25, with the same layouts.
fn version_of(sample: &Sample) -> u8 {
    let meaning = &sample["meaning"];
    let is_old = meaning.get("protocol").is_some() || text(sample, "name").contains("protocol 25");
    if is_old { 25 } else { VERSION }
}

#[test]
fn every_sample_is_read_by_a_test() {
    let groups: Vec<Group> = SAMPLES.iter().map(group_of).collect();
    assert!(groups.len() > 200, "only {} samples", groups.len());
    assert_eq!(groups.iter().filter(|group| **group == Group::HeaderLine).count(), 1);
}

/// Bytes give the value, the value gives the bytes, and no cut is taken for a value.
fn assert_form<T: Wire + Debug + PartialEq>(sample: &Sample, value: &T) {
    let bytes = hex_of(sample, "hex");
    assert_eq!(decode::<T>(bytes.clone(), VERSION).as_ref(), Ok(value), "{sample}");
    assert_eq!(hex::encode(encode(value, VERSION)), text(sample, "hex"), "{sample}");
    for end in 0..bytes.len() {
        assert!(decode::<T>(bytes.slice(..end), VERSION).is_err(), "{sample} cut to {end}");
    }
}

type Report = (String, (i32, i32));

fn report_of(sample: &Sample) -> Report {
    (text(sample, "message").to_owned(), (number(&sample["line"]), number(&sample["column"])))
}

fn reports_of(sample: &Sample) -> Vec<Report> {
    sample["errors"].as_array().expect("errors").iter().map(report_of).collect()
}

#[test]
fn primitives_are_read_and_written() {
    for sample in group(Group::Primitive) {
        let meaning = &sample["meaning"];
        let value = &meaning["value"];
        let string = |value: &Sample| value.as_str().expect("text").to_owned();
        match text(meaning, "type") {
            "int32" => assert_form::<i32>(sample, &number(value)),
            "int64" => assert_form::<i64>(sample, &number(value)),
            "byte" => assert_form::<u8>(sample, &(number::<i64>(value) as u8)),
            "boolean" => assert_form(sample, &value.as_bool().expect("boolean")),
            "string" => assert_form(sample, &string(value)),
            "bytes" => assert_form(sample, &hex_of(meaning, "value_hex")),
            "optional<string>" => assert_form(sample, &value.as_str().map(str::to_owned)),
            "list<string>" => {
                assert_form(sample, &value.as_array().expect("list").iter().map(string).collect::<Vec<_>>());
            }
            "map<string,string>" => {
                let members = value.as_object().expect("map");
                assert_form(sample, &members.iter().map(|(k, v)| (k, string(v))).collect::<Properties>());
            }
            "enum-bitset64" => {
                let bits = value.as_array().expect("list").iter().map(|bit| 1 << number::<u32>(bit));
                assert_form::<i64>(sample, &bits.sum());
            }
            "session-id" => {
                let id: SessionId = text(meaning, "value").parse().expect("a session id");
                assert_form(sample, &id);
                assert_eq!(id.to_string(), text(meaning, "value"));
            }
            "error-report" => assert_form(sample, &report_of(meaning)),
            "error-report-list" => assert_form(sample, &reports_of(meaning)),
            "count-or-parser-errors" => {
                assert_form(sample, &(number::<i32>(&meaning["count"]), reports_of(meaning)));
            }
            "error-reason" => {
                let code = ErrorCode(number(&meaning["code"]));
                assert_form(sample, &(code, text(meaning, "description").to_owned()));
            }
            other => panic!("no test reads {other}"),
        }
    }
}

/// An empty password counts as none.
fn credentials_of(meaning: &Sample) -> Credentials {
    let password = meaning["password"].as_str().or_else(|| meaning["text"].as_str());
    match (meaning["kind"].as_i64(), password) {
        (Some(1), Some(password)) if !password.is_empty() => Credentials::Password(Secret::new(password)),
        (Some(2), _) => Credentials::Custom(hex_of(meaning, "bytes_hex")),
        _ => Credentials::None,
    }
}

#[test]
fn credentials_are_read_and_written() {
    for sample in group(Group::Credentials) {
        let (bytes, credentials) = (hex_of(sample, "hex"), credentials_of(&sample["meaning"]));
        let parameter = BASE64.encode(&bytes);
        assert_eq!(Credentials::from_parameter(&parameter).as_ref(), Ok(&credentials), "{sample}");
        if bytes[..] != [1, 0] {
            assert_eq!(credentials.to_parameter(), parameter, "{sample}");
        }
        for end in 1..bytes.len() {
            assert!(Credentials::from_parameter(&BASE64.encode(&bytes[..end])).is_err() || bytes[0] == 0, "{sample}");
        }
    }
    assert!(Credentials::from_parameter("not base64").is_err());
    assert!(Credentials::from_parameter(&BASE64.encode([3, 0])).is_err(), "an unknown kind");
}

#[test]
fn texts_of_the_password_parameter_are_read_and_written() {
    for sample in group(Group::PasswordText) {
        let meaning = &sample["meaning"];
        let parameter = text(meaning, "text");
        assert_eq!(hex_of(sample, "hex"), parameter);
        let read = Credentials::from_parameter(parameter).unwrap_or_else(|e| panic!("{e}: {sample}"));
        if meaning.get("kind").is_some() {
            assert_eq!(read, credentials_of(meaning), "{sample}");
        } else {
            assert_eq!(read == Credentials::None, parameter.is_empty(), "{sample}");
        }
        if read != Credentials::None {
            assert_eq!(read.to_parameter(), parameter, "{sample}");
        }
    }
}

fn properties_of(sample: &Sample) -> Vec<(String, String)> {
    let members = sample.as_object().into_iter().flatten();
    members.map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned())).collect()
}

#[test]
fn proposed_session_properties_are_read() {
    for sample in group(Group::PropertiesText) {
        let meaning = &sample["meaning"];
        assert_eq!(hex_of(sample, "hex"), text(meaning, "text"));
        assert_eq!(parse_properties(text(meaning, "text")), Ok(properties_of(&meaning["properties"])), "{sample}");
    }
}

/// The envelope says what the sample says, and the payload is that of its service.
fn assert_message(sample: &Sample, message: &Message) {
    let meaning = &sample["meaning"];
    let cid = || number::<i64>(&meaning["cid"]);
    match (text(meaning, "message"), message) {
        ("SERVICE_REQUEST", Message::Request { service, cid: id, payload }) => {
            assert_eq!((*service, *id), (number::<u32>(&meaning["service"]), cid()), "{sample}");
            if let Some(expected) = meaning.get("payload_hex") {
                assert_eq!(expected, &json!(hex::encode(payload)));
            }
            if meaning["payload"] == "" {
                assert!(payload.is_empty(), "{sample}");
            }
            if services::ALL.iter().any(|entry| entry.id == *service) {
                assert_payload(sample, *service, payload);
            }
        }
        ("SERVICE_RESPONSE", Message::Response { cid: id, payload }) => {
            assert_eq!(*id, cid(), "{sample}");
            assert!(payload.is_empty() || meaning["payload"].is_object(), "{sample}");
        }
        ("SERVICE_ERROR", Message::Error { cid: id, description, code }) => {
            let expected = (cid(), text(meaning, "description"), number::<i32>(&meaning["code"]));
            assert_eq!((*id, description.as_str(), code.0), expected, "{sample}");
            assert!(code.name().is_some() && code.meaning().is_some(), "{sample}");
            if let (true, Some(name)) = (is_by_javascript(sample), meaning["reason_name"].as_str()) {
                assert_eq!(code.name(), Some(name), "{sample}");
            }
        }
        ("TOPIC_VALUE", Message::TopicValue { topic_id, value: body })
        | ("TOPIC_DELTA", Message::TopicDelta { topic_id, delta: body }) => {
            assert_eq!(*topic_id, number::<i32>(&meaning["topic_id"]), "{sample}");
            assert_eq!(hex::encode(body), text(meaning, "body"), "{sample}");
        }
        ("ABORT_NOTIFICATION", Message::Abort) | ("CLOSE_REQUEST", Message::CloseRequest) => {}
        _ => panic!("{message:?} for {sample}"),
    }
}

fn assert_payload(sample: &Sample, service: u32, payload: &Bytes) {
    let (meaning, version) = (&sample["meaning"], version_of(sample));
    let written = written_back(service, version, Part::Request, payload);
    assert_eq!(written.as_ref(), Ok(payload), "{sample}");
    if payload.is_empty() {
        return;
    }
    let value = value_of(service, Part::Request, payload.clone(), version).expect("read above");
    let given = if meaning["payload"].is_object() { &meaning["payload"] } else { meaning };
    let spec = &value["specification"];
    let said = [
        ("selector", &value["selector"]),
        ("scope", &value["scope"]),
        ("path", &value["path"]),
        ("topic_id", &value["topicId"]),
        ("properties", &spec["properties"]),
    ];
    let mut compared = 0;
    for (key, value) in said.into_iter().filter(|(key, _)| given.get(key).is_some()) {
        assert_eq!(&given[key], value, "{key} of {sample}");
        compared += 1;
    }
    let named = [&value["listener"], &value["handlerConversation"]].into_iter().find_map(Sample::as_i64);
    if let Some(named) = named.filter(|_| given.get("handler_cid").is_some()) {
        assert_eq!(number::<i64>(&given["handler_cid"]), named, "{sample}");
        compared += 1;
    }
    assert!(compared > 0, "nothing to compare in {sample}");
}

/// What is written for a message is less than what may be read: no unused flags, and compression is a choice.
fn is_written_otherwise(sample: &Sample) -> bool {
    let first = hex_of(sample, "hex")[0];
    first & 0xc0 != 0
}

#[test]
fn messages_are_read_and_written() {
    for sample in group(Group::Message) {
        let bytes = hex_of(sample, "hex");
        let message = Message::decode(bytes.clone(), 1 << 20).unwrap_or_else(|e| panic!("{e}: {sample}"));
        assert_message(sample, &message);
        if !is_written_otherwise(sample) {
            assert_eq!(message.encode(), bytes, "{sample}");
        }
        for written in [message.encode(), message.encode_compressed()] {
            assert_eq!(Message::decode(written, 1 << 20).as_ref(), Ok(&message), "{sample}");
        }
        assert!(Message::decode(bytes.clone(), bytes.len() - 1).is_err(), "larger than the limit: {sample}");
    }
}

#[test]
fn messages_of_protocols_before_25_are_refused() {
    for sample in group(Group::OldMessage) {
        let read = Message::decode(hex_of(sample, "hex"), 1 << 20);
        assert!(read.is_err(), "{sample} gave {read:?}");
    }
}

/// Request line and headers of a recorded request, and what follows them.
struct Head {
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Head {
    fn of(sample: &Sample) -> Self {
        let request = String::from_utf8(hex_of(sample, "hex").into()).expect("UTF-8");
        let (head, body) = request.split_once("\r\n\r\n").expect("a blank line");
        let mut lines = head.split("\r\n");
        let first = lines.next().expect("a request line");
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').expect("a header");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        let target = first.split(' ').nth(1).expect("a target").to_owned();
        Self { target, headers: headers.collect(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

fn resume_of(parameters: &Sample) -> Option<Resume> {
    Some(Resume {
        token: Token(parameters["c"].as_str()?.as_bytes().try_into().expect("24 characters")),
        client_sequence: number(&parameters["cs"]),
        server_sequence: number(&parameters["ss"]),
    })
}

fn request_of(meaning: &Sample) -> ConnectRequest {
    let parameters = &meaning["parameters"];
    ConnectRequest {
        version: number(&parameters["v"]),
        client_type: text(parameters, "ty").to_owned(),
        capabilities: number(&parameters["ca"]),
        reconnect_millis: number(&parameters["r"]),
        properties: properties_of(&meaning["session_properties"]),
        principal: parameters["username"].as_str().filter(|name| !name.is_empty()).map(str::to_owned),
        credentials: credentials_of(&meaning["credentials"]),
        resume: resume_of(parameters),
    }
}

#[test]
fn connection_requests_are_read_and_written() {
    let mut written_alike = 0;
    for sample in group(Group::Request) {
        let (meaning, head) = (&sample["meaning"], Head::of(sample));
        if meaning["parameters"].get("ty").is_none() {
            // Polls and sends name a session; they are no connection requests.
            assert!(ConnectRequest::from_headers(|name| head.header(name)).is_err(), "{sample}");
            continue;
        }
        let request = request_of(meaning);
        let query = head.target.split_once('?').map(|(_, query)| query);
        let read = match query {
            Some(query) => ConnectRequest::from_query(query),
            None => ConnectRequest::from_headers(|name| head.header(name)),
        };
        assert_eq!(read.as_ref(), Ok(&request), "{sample}");
        assert_eq!(ConnectRequest::from_query(&request.to_query()).as_ref(), Ok(&request), "{sample}");
        if let Some(query) = query.filter(|query| is_by_javascript(sample) && !query.contains("username=&")) {
            assert_eq!(request.to_query(), query, "{sample}");
            written_alike += 1;
        }
    }
    assert_eq!(written_alike, 4, "queries of the JavaScript client");
}

fn assert_accepted(sample: &Sample, response: &ConnectResponse) {
    let meaning = &sample["meaning"];
    let ConnectResponse::Accepted { version, acceptance, session, token, ping_period_millis } = response else {
        panic!("{response:?} for {sample}");
    };
    let size = || number(&meaning["maximum_message_size"]);
    let expected = match meaning["code"].as_i64() {
        Some(100) => Acceptance::New { max_message_size: size() },
        Some(105) => Acceptance::Recovered { sequence: number(&meaning["recovery_sequence"]) },
        Some(106) => Acceptance::Lossy { max_message_size: size() },
        other => panic!("{other:?} accepts nothing"),
    };
    assert_eq!(*acceptance, expected, "{sample}");
    assert_eq!(*version, number::<u8>(&meaning["protocol"]), "{sample}");
    assert_eq!(session.to_string(), text(meaning, "session_id"));
    assert_eq!(token.as_str(), text(meaning, "token"));
    assert_eq!(*ping_period_millis, number::<i64>(&meaning["ping_period_ms"]));
}

#[test]
fn connection_responses_are_read_and_written() {
    for sample in group(Group::Response) {
        let (meaning, bytes) = (&sample["meaning"], hex_of(sample, "hex"));
        let read = ConnectResponse::decode(bytes.clone());
        if bytes.len() == 55 {
            let response = read.unwrap_or_else(|e| panic!("{e}: {sample}"));
            assert_accepted(sample, &response);
            assert_eq!(response.encode(), bytes, "{sample}");
            for end in 0..bytes.len() {
                assert!(ConnectResponse::decode(bytes.slice(..end)).is_err(), "{sample} cut to {end}");
            }
        } else if bytes[0] != 0x23 || [100, 105, 106].contains(&bytes[2]) {
            // Not the sign, or an acceptance without its fields, as protocols before 25 send it.
            assert!(read.is_err(), "{sample} gave {read:?}");
        } else {
            let response = ConnectResponse::Rejected { version: bytes[1], rejection: Rejection(bytes[2]) };
            assert_eq!(read.as_ref(), Ok(&response), "{sample}");
            assert_eq!(response.encode(), bytes, "{sample}");
            let is_named = meaning.get("name").is_some();
            assert!(!is_named || Rejection(bytes[2]).meaning().is_some(), "{sample} has no meaning");
        }
    }
}

/// The messages in frames of long polling: four bytes of length, which leaves out a message's first byte, its type.
fn polled(text: &str) -> Vec<Bytes> {
    let mut rest = BASE64.decode(text).expect("base64");
    let mut out = Vec::new();
    while !rest.is_empty() {
        let size = u32::from_be_bytes(rest[..4].try_into().expect("four bytes")) as usize;
        let tail = rest.split_off(5 + size);
        out.push(Bytes::copy_from_slice(&rest[4..]));
        rest = tail;
    }
    out
}

#[test]
fn messages_in_frames_of_long_polling_are_read() {
    let bodies = group(Group::PollBody).into_iter().map(|sample| {
        assert_eq!(hex_of(sample, "hex"), text(&sample["meaning"], "text"));
        (text(&sample["meaning"], "text").to_owned(), &sample["meaning"]["messages_hex"])
    });
    let sends = group(Group::Request)
        .into_iter()
        .filter_map(|sample| Some((Head::of(sample).body, sample["meaning"].get("body_messages_hex")?)));
    let mut seen = 0;
    for (body, expected) in bodies.chain(sends) {
        let messages = polled(&body);
        assert_eq!(&json!(messages.iter().map(hex::encode).collect::<Vec<_>>()), expected);
        for bytes in messages {
            let message = Message::decode(bytes.clone(), 1 << 20).unwrap_or_else(|e| panic!("{e}: {body}"));
            assert_eq!(message.encode(), bytes);
            seen += 1;
        }
    }
    assert!(seen >= 3, "only {seen} messages");
}

#[test]
fn exchanges_are_read_step_by_step() {
    for sample in group(Group::Exchange) {
        for step in sample["meaning"]["exchange"].as_array().expect("steps") {
            if let Some(parameters) = step.get("connect") {
                let request = ConnectRequest::from_headers(|name| parameters[name].as_str().map(str::to_owned));
                let request = request.unwrap_or_else(|e| panic!("{e}: {step}"));
                assert_eq!(request.version, number::<u8>(&parameters["v"]));
                assert_eq!(request.resume, resume_of(parameters), "{step}");
            }
            if step.get("hex").is_none() {
                continue;
            }
            let bytes = hex_of(step, "hex");
            let written = if bytes[0] == 0x23 {
                assert_eq!(step["d"], "S");
                ConnectResponse::decode(bytes.clone()).unwrap_or_else(|e| panic!("{e}: {step}")).encode()
            } else {
                Message::decode(bytes.clone(), 1 << 20).unwrap_or_else(|e| panic!("{e}: {step}")).encode()
            };
            assert_eq!(written, bytes, "{step}");
        }
    }
}
