//! Protocol versions on the command line, and in the test of a connection.

use super::command_line::CommandLine;
use brownian::client::Engine;
use brownian::client::api::{ConnectOptions, LinkError, Step, StepReport, Target};
use brownian::data::Secret;
use brownian::server::{Server, ServerConfig};
use brownian::wire::protocol;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// Only so that a hang ends as a failure.
const LONGEST: Duration = Duration::from_secs(30);

at_every_version!(a_version_is_found_or_asked_for);

fn a_version_is_found_or_asked_for(version: u8) {
    // The newest of both is found where none is asked for, and the one asked for is taken.
    for asked in [None, Some(version)] {
        let command_line = CommandLine::admitting(version..=version, asked);
        command_line.run(&["set", "URL", "a", "1", "--add", "--type", "int64"]);
        assert_eq!(command_line.values("?.*//"), ["a 1"]);
    }
    let other = if version == protocol::NEWEST { 24 } else { version + 1 };
    let why = CommandLine::admitting(version..=version, Some(other)).fails(&["fetch", "URL", "?.*//"]);
    assert!(why.contains("protocol"), "{why}");
}

/// Steps of the test of a connection to a server that admits these versions.
fn tested(admitted: RangeInclusive<u8>, asked: Option<u8>) -> Vec<StepReport> {
    let server =
        Server::start(ServerConfig { protocol: admitted, ..ServerConfig::default() }).expect("a server starts");
    let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let engine = Engine::start(Arc::new(|| {}), None).expect("threads");
    let options = ConnectOptions {
        principal: Some("admin".into()),
        password: Some(Secret::new("password")),
        protocol: asked,
        ..ConnectOptions::to(Target::Url(format!("ws://{address}")))
    };
    let reports = engine.test_connection(options);
    std::iter::from_fn(|| reports.recv_timeout(LONGEST).ok()).collect()
}

fn versions(reports: &[StepReport]) -> Vec<(u8, bool)> {
    reports.iter().filter_map(|report| report.offered).collect()
}

#[test]
fn the_test_of_a_connection_tells_the_versions_that_are_refused() {
    let only_25 = tested(25..=25, None);
    assert_eq!(versions(&only_25), [(29, false), (25, true)]);
    let authenticated = only_25.last().expect("reports");
    assert!(authenticated.step == Step::Authentication && authenticated.outcome.is_ok(), "{authenticated:?}");

    let only_18 = tested(18..=18, None);
    let refused = protocol::OFFERED.into_iter().filter(|version| *version != 18).map(|version| (version, false));
    assert_eq!(versions(&only_18), refused.chain([(18, true)]).collect::<Vec<_>>());

    let none = tested(18..=18, Some(25));
    let end = none.last().expect("reports");
    assert!(matches!(end.outcome, Err(LinkError::Protocol { asked: 25, .. })), "{none:?}");
}
