//! What is done without a window: ping, fetch, watch, changes, and branches in files.

pub mod branch;
pub mod change;

use super::cli::{FetchArgs, PingArgs, ServerArgs, WatchArgs};
use crate::client::Engine;
use crate::client::api::{
    Call, CallError, CallId, Command, ConnectOptions, Event, LinkError, LinkId, LinkState, Target, Update,
};
use crate::data::value::{self, Value};
use crate::data::{Secret, TopicPath, TopicSelector, TopicSpec};
use crate::model::error_text;
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::{Fetch, Subscribe, fetch};
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LINK: LinkId = LinkId(1);
/// Topics in one answer of a fetch.
const PAGE: i32 = 1000;

/// Why a command of the command line failed, in one line.
#[derive(Debug)]
pub struct Failed(pub String);

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// An open session, driven by the calling thread.
struct Line {
    engine: Engine,
    events: VecDeque<Event>,
    calls: u64,
    timeout: Duration,
}

fn failed(error: &LinkError) -> Failed {
    let words = error_text::link(error);
    Failed(if words.remedy.is_empty() { words.summary } else { format!("{}. {}", words.summary, words.remedy) })
}

impl Line {
    fn open(server: &ServerArgs, password: Option<Secret>, keep_every_value: bool) -> Result<Self, Failed> {
        let engine = Engine::start(Arc::new(|| {}), None)?;
        let mut line = Self { engine, events: VecDeque::new(), calls: 0, timeout: server.timeout };
        let options = ConnectOptions {
            principal: server.principal.clone(),
            password,
            connect_timeout_secs: u32::try_from(server.timeout.as_secs().max(1)).unwrap_or(u32::MAX),
            ping_interval_millis: 0,
            keep_every_value,
            ..ConnectOptions::to(Target::Url(server.url.to_string()))
        };
        line.engine.open(LINK, options);
        loop {
            match line.next(None)? {
                Some(Event::Link(LinkState::Connected(_))) => return Ok(line),
                Some(_) => {}
                None => return Err(Failed("the connection ended".into())),
            }
        }
    }

    /// The next event; none when the time is up. The end of the session is an error.
    fn next(&mut self, until: Option<Instant>) -> Result<Option<Event>, Failed> {
        loop {
            if let Some(event) = self.events.pop_front() {
                if let Event::Link(LinkState::Closed(cause)) = &event {
                    return Err(failed(cause));
                }
                return Ok(Some(event));
            }
            let events = &mut self.events;
            self.engine.drain(4096, &mut |_, event| events.push_back(event));
            if !self.events.is_empty() {
                continue;
            }
            let left = until.map_or(Duration::from_secs(1), |at| at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(None);
            }
            self.engine.wait(left.min(Duration::from_secs(1)));
        }
    }

    fn call<S: crate::wire::Service>(&mut self, request: &S::Request, what: &str) -> Result<S::Response, Failed> {
        self.asked::<S>(request)?.map_err(|error| Failed(error_text::call(&error, what).summary))
    }

    /// A call whose failure the caller puts in words; the outer error is the end of the session.
    fn asked<S: crate::wire::Service>(
        &mut self,
        request: &S::Request,
    ) -> Result<Result<S::Response, CallError>, Failed> {
        self.calls += 1;
        let id = CallId(self.calls);
        let mut call = Call::new::<S>(id, request);
        call.timeout_secs = u32::try_from(self.timeout.as_secs().max(1)).unwrap_or(u32::MAX);
        self.send(Command::Call(call))?;
        let mut kept = VecDeque::new();
        let answer = loop {
            match self.next(None)? {
                Some(Event::Answer(answer)) if answer.id == id => break answer,
                Some(other) => kept.push_back(other),
                None => {}
            }
        };
        kept.append(&mut self.events);
        self.events = kept;
        Ok(match answer.result {
            Ok(any) => Ok(*any.downcast::<S::Response>().map_err(|_| Failed("the answer has another type".into()))?),
            Err(error) => Err(error),
        })
    }

    fn send(&mut self, command: Command) -> Result<(), Failed> {
        self.engine.send(LINK, command).map_err(|_| Failed("too many calls are waiting".into()))
    }

    /// Ends the session properly.
    fn close(mut self) {
        if self.send(Command::Close).is_ok() {
            let until = Instant::now() + Duration::from_secs(2);
            while matches!(self.next(Some(until)), Ok(Some(_))) {}
        }
    }
}

fn selector(text: &str) -> Result<String, Failed> {
    TopicSelector::parse(text).map(|s| s.expression().to_owned()).map_err(|error| {
        let hint = error.suggestion.map(|s| format!("; did you mean {s}")).unwrap_or_default();
        Failed(format!("{text}: {} (position {}){hint}", error.reason, error.position + 1))
    })
}

/// Measures round trips and prints each, then the percentiles.
///
/// # Errors
/// No session, or an answer did not come.
pub fn ping(args: &PingArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let mut line = Line::open(&args.server, password, false)?;
    let mut times = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 600_000_000, 3)
        .map_err(|error| Failed(error.to_string()))?;
    for number in 1..=args.count {
        line.send(Command::Ping)?;
        let until = Instant::now() + args.server.timeout;
        let micros = loop {
            match line.next(Some(until))? {
                Some(Event::Pinged { micros: Some(micros), .. }) => break micros,
                Some(_) => {}
                None => {
                    return Err(Failed(format!("ping {number}: no answer within {} s", args.server.timeout.as_secs())));
                }
            }
        };
        times.saturating_record(micros);
        if args.server.json {
            writeln!(out, "{}", serde_json::json!({ "ping": number, "micros": micros }))?;
        } else {
            writeln!(out, "{number}: {:.3} ms", micros as f64 / 1000.0)?;
        }
        out.flush()?;
        if number < args.count {
            let until = Instant::now() + Duration::from_millis(200);
            while line.next(Some(until))?.is_some() {}
        }
    }
    let at = |quantile| times.value_at_quantile(quantile);
    if args.server.json {
        let figures = serde_json::json!({
            "count": times.len(), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": times.max()
        });
        writeln!(out, "{figures}")?;
    } else {
        let ms = |micros: u64| micros as f64 / 1000.0;
        writeln!(
            out,
            "{} answers: p50 {:.3} ms, p95 {:.3} ms, p99 {:.3} ms, max {:.3} ms",
            times.len(),
            ms(at(0.5)),
            ms(at(0.95)),
            ms(at(0.99)),
            ms(times.max())
        )?;
    }
    line.close();
    Ok(())
}

/// Fetches everything a selector matches, page by page, and prints it.
///
/// # Errors
/// No session, a bad selector, or the server refuses.
pub fn fetch(args: &FetchArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let selector = selector(&args.selector)?;
    let mut line = Line::open(&args.server, password, false)?;
    let request = fetch::Request { with_sizes: true, ..whole_topics(&selector) };
    fetch_pages(&mut line, &request, |_, response| {
        for topic in &response.results {
            let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
            if args.server.json {
                let properties: serde_json::Map<String, serde_json::Value> =
                    spec.properties.iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
                let mut row = serde_json::json!({
                    "path": topic.path, "type": spec.topic_type.name(), "properties": properties,
                    "size": topic.value.as_ref().map(bytes::Bytes::len),
                });
                row["value"] = topic.value.as_ref().map_or(serde_json::Value::Null, |v| json_of(&spec, v));
                writeln!(out, "{row}")?;
            } else {
                let preview = topic.value.as_ref().map(|v| value::preview(&spec, v, 120)).unwrap_or_default();
                writeln!(out, "{:<11} {}  {preview}", spec.topic_type.name(), topic.path)?;
            }
        }
        Ok(())
    })?;
    out.flush()?;
    line.close();
    Ok(())
}

/// Everything about the topics that a selector matches, in pages that fit into a message.
fn whole_topics(selector: &str) -> fetch::Request {
    fetch::Request {
        limit: PAGE,
        with_values: true,
        with_properties: true,
        max_result_size: 8 << 20,
        ..fetch::Request::of(selector)
    }
}

/// Fetches page by page until the server has no more.
fn fetch_pages(
    line: &mut Line,
    request: &fetch::Request,
    mut each: impl FnMut(&mut Line, &fetch::Response) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let mut request = request.clone();
    loop {
        let response = line.call::<Fetch>(&request, "fetch")?;
        each(line, &response)?;
        match response.results.last() {
            Some(last) if response.has_more => {
                request.from = Some(fetch::Limit { path: last.path.clone(), includes_path: false });
            }
            _ => return Ok(()),
        }
    }
}

/// Subscribes and prints each update.
///
/// # Errors
/// No session, a bad selector, the server refuses, or the session ends.
pub fn watch(args: &WatchArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let selector = selector(&args.selector)?;
    let mut line = Line::open(&args.server, password, !args.stats)?;
    line.call::<Subscribe>(&SelectionRequest { selector, scope: String::new() }, "subscribe")?;
    let mut watch = Watch { specs: HashMap::new(), started: Instant::now(), values: 0, bytes: 0, topics: 0 };
    let mut shown_at = Instant::now();
    let wanted = args.count.unwrap_or(u64::MAX);
    let interrupted = interrupt_flag()?;
    while watch.values < wanted && !interrupted.load(std::sync::atomic::Ordering::Relaxed) {
        let event = line.next(Some(Instant::now() + Duration::from_millis(250)))?;
        match event {
            Some(Event::Subscribed { path, spec }) => {
                if !args.stats {
                    watch.specs.insert(path, spec);
                }
                watch.topics += 1;
            }
            Some(Event::Unsubscribed { path, reason }) => {
                watch.topics = watch.topics.saturating_sub(1);
                watch.specs.remove(&path);
                if !args.stats {
                    unsubscribed(&path, error_text::unsubscribed(reason), args.server.json, out)?;
                }
            }
            Some(Event::Updates(updates)) => {
                for update in &updates {
                    watch.updated(update, args, wanted, out)?;
                }
            }
            Some(Event::ValueLost { path, reason }) => {
                return Err(Failed(format!("a value of {path} could not be used: {reason}")));
            }
            _ => {}
        }
        if args.stats && shown_at.elapsed() >= Duration::from_secs(1) {
            shown_at = Instant::now();
            watch.figures(args.server.json, out)?;
        }
    }
    if args.stats {
        watch.figures(args.server.json, out)?;
    }
    out.flush()?;
    line.close();
    Ok(())
}

struct Watch {
    specs: HashMap<TopicPath, Arc<TopicSpec>>,
    started: Instant,
    values: u64,
    bytes: u64,
    topics: u64,
}

impl Watch {
    fn updated(&mut self, update: &Update, args: &WatchArgs, wanted: u64, out: &mut dyn Write) -> std::io::Result<()> {
        self.bytes += update.line_bytes;
        if args.stats {
            self.values += u64::from(update.count);
            return Ok(());
        }
        let spec = self.specs.get(&update.path).cloned();
        let arrivals: Vec<_> = update.earlier.iter().chain([&update.latest]).collect();
        let missing = u64::from(update.count).saturating_sub(arrivals.len() as u64);
        self.values += missing;
        for arrival in arrivals {
            if self.values >= wanted {
                break;
            }
            self.values += 1;
            let Some(spec) = &spec else { continue };
            if args.server.json {
                let mut row = serde_json::json!({
                    "path": update.path.as_str(), "type": spec.topic_type.name(),
                    "size": arrival.value.len(), "time": arrival.at.millis(),
                    "kind": if arrival.delta_bytes.is_some() { "delta" } else { "value" },
                });
                row["value"] = json_of(spec, &arrival.value);
                if missing > 0 {
                    row["merged"] = missing.into();
                }
                writeln!(out, "{row}")?;
            } else {
                let preview = value::preview(spec, &arrival.value, 160);
                writeln!(out, "{}  {preview}", update.path)?;
            }
        }
        out.flush()
    }

    fn figures(&self, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
        let secs = self.started.elapsed().as_secs_f64().max(0.001);
        let memory = super::platform::memory_peak_bytes();
        let (values, bytes) = (self.values as f64 / secs, self.bytes as f64 / secs);
        if json {
            let row = serde_json::json!({
                "topics": self.topics, "values": self.values, "bytes": self.bytes,
                "values_per_sec": values, "bytes_per_sec": bytes, "peak_memory_bytes": memory,
            });
            writeln!(out, "{row}")?;
        } else {
            let memory =
                memory.map_or_else(String::new, |m| format!(", peak memory {:.1} MiB", m as f64 / 1_048_576.0));
            writeln!(
                out,
                "{} topics, {} values, {values:.0} values/s, {bytes:.0} bytes/s{memory}",
                self.topics, self.values
            )?;
        }
        out.flush()
    }
}

fn unsubscribed(path: &TopicPath, why: &str, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if json {
        writeln!(out, "{}", serde_json::json!({ "path": path.as_str(), "kind": "unsubscribed", "reason": why }))?;
    } else {
        writeln!(out, "{path}  unsubscribed: {why}")?;
    }
    out.flush()
}

/// A value as JSON for machines: numbers and text as such, bytes as hex, an event with its metadata.
fn json_of(spec: &TopicSpec, bytes: &bytes::Bytes) -> serde_json::Value {
    match value::decode_topic(spec, bytes) {
        Ok(value) => json_of_value(&value),
        Err(error) => serde_json::json!({ "undecodable": error.to_string() }),
    }
}

fn json_of_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Binary(bytes) => {
            let mut hex = String::with_capacity(bytes.len() * 2);
            for byte in bytes {
                let _ = write!(hex, "{byte:02x}"); // writing to a string cannot fail
            }
            hex.into()
        }
        Value::Json(json) => serde_json::from_str(&json.to_text()).unwrap_or_else(|_| json.to_text().into()),
        Value::String(text) => text.clone().into(),
        Value::Int64(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::RecordV2(records) => records.0.clone().into(),
        Value::Event(event) => serde_json::json!({
            "sequence": event.metadata.sequence,
            "timestamp": event.metadata.timestamp_millis,
            "author": event.metadata.author,
            "edits": event.original.as_ref().map(|o| o.sequence),
            "value": event.decoded.as_ref().map(json_of_value),
        }),
    }
}

/// Set when the user interrupts; the session is closed properly then.
fn interrupt_flag() -> Result<Arc<std::sync::atomic::AtomicBool>, Failed> {
    let flag = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                set.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        });
    };
    std::thread::Builder::new().name("brownian-signal".into()).spawn(wait)?;
    Ok(flag)
}
