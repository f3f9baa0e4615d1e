//! Older official clients, each with what its own API offers, against the same facts as the newest ones; and lines that
//! are cut again and again.

use super::proxy::Proxy;
use super::run::{self, Client, Running, Server};
use super::{alone, trial, watched};
use libtest_mimic::{Failed, Trial};

/// An older Python client.
struct Older {
    /// The second number of its version.
    minor: u8,
    /// The protocol version that it speaks.
    protocol: u8,
    scenarios: &'static [&'static [&'static str]],
}

/// What all of them offer.
pub(crate) const ALL: &[&str] = &[
    "connect",
    "anonymous",
    "wrong-password",
    "ping",
    "unsupported",
    "add",
    "set",
    "remove",
    "selectors",
    "late-topic",
    "values",
    "large-values",
    "guards",
    "removal",
    "owner",
];

/// Came with 6.9.
pub(crate) const SERIES_AND_LOCKS: &[&str] =
    &["locks", "series-changes", "series-queries", "series-authors", "series-subscriptions"];

/// Came with 6.11.
pub(crate) const FETCH: &[&str] = &["fetch"];

/// None of them reconnects, which came with 6.12. There is no 6.7: a package that it needs is not published.
const OLDER: &[Older] = &[
    Older { minor: 8, protocol: 24, scenarios: &[ALL] },
    Older { minor: 9, protocol: 25, scenarios: &[ALL, SERIES_AND_LOCKS] },
    Older { minor: 10, protocol: 25, scenarios: &[ALL, SERIES_AND_LOCKS] },
    Older { minor: 11, protocol: 25, scenarios: &[ALL, SERIES_AND_LOCKS, FETCH] },
];

/// How often the line is cut.
const CUTS: usize = 6;

/// The scenarios of older clients, and those of cut lines and of protocol versions of every client.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for older in OLDER {
        let client = Client::OlderPython(older.minor);
        let missing = client.missing();
        for scenario in older.scenarios.iter().copied().flatten() {
            trials.push(trial(client, missing.as_ref(), scenario, move || alone(client, scenario)));
        }
        trials.push(trial(client, missing.as_ref(), "publish", move || watched(client)));
        trials.push(trial(client, missing.as_ref(), "protocol", move || speaks(client, older.protocol)));
        trials.push(trial(client, missing.as_ref(), "guarded-counters", move || cut(client, "guarded-counters")));
        if let Some(reason) = &missing {
            eprintln!("{} scenarios cannot run: {reason}", client.name());
        }
    }
    for (client, protocol) in [(Client::JavaScript, 29), (Client::Python, 25)] {
        let missing = client.missing();
        trials.push(trial(client, missing.as_ref(), "protocol", move || speaks(client, protocol)));
        trials.push(trial(client, missing.as_ref(), "six-cuts", move || cut(client, "six-cuts")));
    }
    let missing = Client::JavaScript.missing();
    trials.push(trial(Client::JavaScript, missing.as_ref(), "too-old", too_old));
    trials
}

/// The server's log tells the protocol version of a session.
fn speaks(client: Client, protocol: u8) -> Result<(), Failed> {
    let server = Server::start_logging()?;
    Running::scenario(client, "connect", &[&server.url])?.into_end()?;
    let log = server.into_log()?;
    let opened: Vec<_> = log.lines().filter(|line| line.contains("session opened")).collect();
    if opened.len() == 1 && opened[0].contains(&format!("protocol={protocol}")) {
        Ok(())
    } else {
        Err(format!("not one session of protocol {protocol}: {opened:#?}").into())
    }
}

/// The line is cut and restored when the scenario says so, while values go on.
fn cut(client: Client, scenario: &str) -> Result<(), Failed> {
    let server = Server::start()?;
    let proxy = Proxy::start(&server.address()?).map_err(|error| format!("the proxy did not start: {error}"))?;
    let mut running = Running::scenario(client, scenario, &[&proxy.url(), &server.url])?;
    for cut in 1..=CUTS {
        running.until(&format!(r#"{{"step":"cut {cut}"}}"#))?;
        proxy.cut();
        running.until(&format!(r#"{{"step":"restore {cut}"}}"#))?;
        proxy.restore();
    }
    run::compare(client, scenario, &running.into_end()?)
}

/// A client of before protocol 18 is refused, and the log says so in one line.
fn too_old() -> Result<(), Failed> {
    let server = Server::start_logging()?;
    let facts = Running::scenario(Client::JavaScript, "too-old", &[&server.url])?.into_end()?;
    run::compare(Client::JavaScript, "too-old", &facts)?;
    let log = server.into_log()?;
    let told: Vec<_> = log.lines().filter(|line| line.contains("too old")).collect();
    match told[..] {
        [line] if line.ends_with("a client of type WB is too old: it speaks protocol 9, this server 18 to 29") => {
            Ok(())
        }
        _ => Err(format!("not one line about the client: {told:#?}").into()),
    }
}
