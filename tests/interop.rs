//! The official JavaScript and Python clients, as independent judges of the embedded server and of this
//! program's own client: each scenario prints facts as JSON lines, which must be exactly those in
//! `tests/interop/expected`.
//!
//! `interop/versions.rs` does the same with older clients.
//!
//! Node, Python or the pinned packages may be missing: the scenarios are then reported as ignored, with the
//! reason on standard error. With `BROWNIAN_NEEDS=all` in the environment, which `packaging/test-all.sh` sets
//! after it has installed them, a missing client is a failure.

#[path = "interop/copied.rs"]
mod copied;
#[path = "support/driven.rs"]
mod driven;
#[path = "interop/messaging.rs"]
mod messaging;
#[path = "interop/proxy.rs"]
mod proxy;
#[path = "interop/run.rs"]
mod run;
#[path = "interop/versions.rs"]
mod versions;

use brownian::client::Engine;
use brownian::client::api::{ConnectOptions, Target};
use brownian::data::{Secret, TopicPath, TopicType};
use brownian::model::update_streams::config::Field;
use brownian::model::update_streams::{Act, Intent};
use libtest_mimic::{Arguments, Failed, Trial};
use run::{Client, Running, Server};
use std::sync::Arc;

/// Scenarios that both clients run, with the same facts: those that older clients have too, by when they came.
const BOTH: [&[&str]; 3] = [versions::ALL, versions::SERIES_AND_LOCKS, versions::FETCH];

/// Scenarios about what only the JavaScript client offers.
const JAVASCRIPT: &[&str] = &[
    "add-missing-property",
    "topic-views",
    "smallest-int64",
    "patch",
    "fetch-sizes",
    "update-streams",
    "update-stream-ends",
    "update-stream-burst",
    "recoverable-stream",
    "guards-combined",
    "listed-locks",
    "patch-places",
    "notifications",
    "series-all-edits",
    "missing-topics",
    "session-properties",
    "session-selections",
    "session-roles",
    "session-ends",
    "session-principal",
];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for client in [Client::JavaScript, Client::Python] {
        let missing = client.missing();
        let own = if client == Client::JavaScript { JAVASCRIPT } else { &[] };
        for scenario in BOTH.into_iter().flatten().chain(own) {
            trials.push(trial(client, missing.as_ref(), scenario, move || alone(client, scenario)));
        }
        trials.push(trial(client, missing.as_ref(), "reconnect", move || reconnect(client)));
        trials.push(trial(client, missing.as_ref(), "publish", move || watched(client)));
        if client == Client::JavaScript {
            trials.push(trial(client, missing.as_ref(), "watched-stream", streamed));
        }
        trials.push(trial(client, missing.as_ref(), "copied-programs", move || copied::programs(client)));
        trials.push(trial(client, missing.as_ref(), "copied-literals", move || copied::literals(client)));
        if client == Client::Python {
            // Handler and listener are of the other client.
            let missing = missing.clone().or_else(|| Client::JavaScript.missing());
            trials.push(trial(client, missing.as_ref(), "missing-topics", missed_by_others));
            trials.push(trial(client, missing.as_ref(), "session-events", heard_of_by_others));
        }
        if let Some(reason) = &missing {
            eprintln!("{} scenarios cannot run: {reason}", client.name());
        }
    }
    trials.append(&mut messaging::trials());
    trials.append(&mut versions::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(
    client: Client,
    missing: Option<&String>,
    scenario: &str,
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let name = format!("{}::{scenario}", client.name());
    let Some(reason) = missing.cloned() else { return Trial::test(name, test) };
    let needed = std::env::var_os("BROWNIAN_NEEDS").is_some_and(|needs| needs == "all");
    Trial::test(name, move || Err(reason.into())).with_ignored_flag(!needed)
}

/// A scenario that needs nothing but a server.
fn alone(client: Client, scenario: &str) -> Result<(), Failed> {
    let server = Server::start()?;
    let facts = Running::scenario(client, scenario, &[&server.url])?.into_end()?;
    run::compare(client, scenario, &facts)
}

/// The line is cut while the client is subscribed, values change, the line comes back.
fn reconnect(client: Client) -> Result<(), Failed> {
    over_a_cut(client, "reconnect", &format!("reconnect-{}", client.name()))
}

/// The line is cut when the scenario is ready, and restored when it has done what is to be done meanwhile.
fn over_a_cut(client: Client, scenario: &str, expected: &str) -> Result<(), Failed> {
    let server = Server::start()?;
    let proxy = proxy::Proxy::start(&server.address()?).map_err(|error| format!("the proxy did not start: {error}"))?;
    let mut running = Running::scenario(client, scenario, &[&proxy.url(), &server.url])?;
    running.until(r#"{"step":"ready"}"#)?;
    proxy.cut();
    running.until(r#"{"step":"published"}"#)?;
    proxy.restore();
    let facts = running.into_end()?;
    run::compare(client, expected, &facts)
}

/// The official client publishes, `brownian watch` must print exactly these values in this order.
fn watched(client: Client) -> Result<(), Failed> {
    let server = Server::start()?;
    let mut publisher = Running::scenario(client, "publish", &[&server.url])?;
    publisher.until(r#"{"step":"ready"}"#)?;
    let mut watch = Running::brownian(&["watch", &server.url, "?publish/", "--count", "9", "--json"])?;
    watch.count(3)?;
    publisher.go_ahead()?;
    let published = publisher.into_end()?;
    let seen = watch.into_end()?;
    if published.last().is_none_or(|fact| fact != r#"{"step":"published"}"#) {
        return Err(format!("the publisher did not get to its end: {published:#?}").into());
    }
    run::compare_watched(&seen)
}

/// This program's stream runs a counter through a template; the JavaScript client must see exactly its values.
fn streamed() -> Result<(), Failed> {
    let server = Server::start()?;
    let mut watcher = Running::scenario(Client::JavaScript, "watched-stream", &[&server.url])?;
    watcher.until(r#"{"step":"ready"}"#)?;
    let engine = Engine::start(Arc::new(|| {}), None).map_err(|error| format!("no threads: {error}"))?;
    let options = ConnectOptions {
        principal: Some("admin".into()),
        password: Some(Secret::new("password")),
        ..ConnectOptions::to(Target::Url(server.url.clone()))
    };
    let mut driven = driven::Driven::connect(engine, options);
    driven.handle(Intent::Add(TopicPath::parse("watched/json").ok()));
    let template = r#"{"a":"what stays the same is not sent again","n":${value},"t":"number ${value}"}"#;
    for act in [
        Act::SetType(TopicType::Json),
        Act::Type(Field::Start, "-2.0".into()),
        Act::Type(Field::Step, "0.5".into()),
        Act::Type(Field::Rate, "10".into()),
        Act::Type(Field::Template, template.into()),
        Act::Start,
    ] {
        driven.act(act);
    }
    driven.until_answered();
    for _ in 0..24 {
        driven.tick(100);
        driven.until_answered();
    }
    let counts = driven.stream().counts;
    if (counts.acknowledged, counts.deltas) != (25, 24) {
        return Err(format!("not every value was set, or not as a delta: {counts:?}").into());
    }
    run::compare(Client::JavaScript, "watched-stream", &watcher.into_end()?)
}

/// The JavaScript client creates what the Python client, and then this program, miss.
fn missed_by_others() -> Result<(), Failed> {
    let server = Server::start()?;
    let mut handler = Running::scenario(Client::JavaScript, "missing-topics-for-others", &[&server.url])?;
    handler.until(r#"{"step":"ready"}"#)?;
    let reader = Running::scenario(Client::Python, "missing-topics-of-this-client", &[&server.url])?.into_end()?;
    let arguments = ["watch", &server.url, ">mt/own", "--count", "1", "--json"];
    let watched = Running::brownian(&arguments)?.into_end()?;
    handler.go_ahead()?;
    let told = handler.into_end()?;
    run::compare(Client::Python, "missing-topics-of-others", &reader)?;
    run::compare(Client::JavaScript, "missing-topics-for-others", &told)?;
    match &watched[..] {
        [line] if line.contains("made mt/own") => Ok(()),
        _ => Err(format!("brownian watch printed {watched:#?}").into()),
    }
}

/// The JavaScript client hears of a session of the Python client.
fn heard_of_by_others() -> Result<(), Failed> {
    let server = Server::start()?;
    let mut listener = Running::scenario(Client::JavaScript, "session-of-another-client", &[&server.url])?;
    listener.until(r#"{"step":"ready"}"#)?;
    let facts = Running::scenario(Client::Python, "connect", &[&server.url])?.into_end()?;
    run::compare(Client::Python, "connect", &facts)?;
    listener.go_ahead()?;
    run::compare(Client::JavaScript, "session-of-another-client", &listener.into_end()?)
}
