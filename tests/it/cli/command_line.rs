//! The command line against an embedded server.

use brownian::app::cli::Cli;
use brownian::app::commands::{Execute, Output};
use brownian::client::api::{ConnectOptions, Target};
use brownian::client::blocking::Session;
use brownian::data::Secret;
use brownian::server::{Server, ServerConfig};
use brownian::wire::protocol;
use clap::Parser;
use std::ops::RangeInclusive;

/// The embedded server and the command line, run as a user runs it, as `admin` unless said otherwise.
pub(super) struct CommandLine {
    _server: Server,
    url: String,
    protocol: Option<String>,
}

impl CommandLine {
    /// The protocol version is fixed.
    pub(super) fn at(version: u8) -> Self {
        Self::admitting(protocol::SPOKEN, Some(version))
    }

    /// The server speaks these versions, the client one of them or what it finds.
    pub(super) fn admitting(versions: RangeInclusive<u8>, protocol: Option<u8>) -> Self {
        let server =
            Server::start(ServerConfig { protocol: versions, ..ServerConfig::default() }).expect("a server starts");
        let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let protocol = protocol.map(|version| version.to_string());
        Self { _server: server, url: format!("ws://{address}"), protocol }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    /// A session as `admin`, for what no command does.
    pub(super) fn session(&self) -> Session {
        let options = ConnectOptions {
            principal: Some("admin".into()),
            password: Some(Secret::new("password")),
            ..ConnectOptions::to(Target::Url(self.url.clone()))
        };
        Session::connect(options).expect("a session")
    }

    /// Runs a command line in which `URL` stands for the server.
    fn try_run(&self, words: &[&str], principal: &str) -> Result<String, String> {
        let words = words.iter().map(|word| if *word == "URL" { self.url.as_str() } else { word });
        let words = std::iter::once("brownian").chain(words).chain(["--principal", principal]);
        let version = self.protocol.as_deref().map(|version| ["--protocol", version]);
        let words = words.chain(version.into_iter().flatten());
        let cli = Cli::try_parse_from(words).expect("a command line");
        let mut out = Vec::new();
        let command = cli.command.expect("a command");
        let result = command.run(Some(Secret::new("password")), &mut Output::new(&mut out));
        let text = String::from_utf8(out).expect("UTF-8");
        match result {
            Ok(()) => Ok(text),
            Err(why) => Err(format!("{text}{why}")),
        }
    }

    pub(super) fn run(&self, words: &[&str]) -> String {
        self.try_run(words, "admin").unwrap_or_else(|why| panic!("{words:?}: {why}"))
    }

    pub(super) fn fails(&self, words: &[&str]) -> String {
        self.fails_as("admin", words)
    }

    pub(super) fn fails_as(&self, principal: &str, words: &[&str]) -> String {
        match self.try_run(words, principal) {
            Ok(text) => panic!("{words:?} did not fail: {text}"),
            Err(why) => why,
        }
    }

    pub(super) fn values(&self, selector: &str) -> Vec<String> {
        let rows = self.run(&["fetch", "URL", selector, "--json"]);
        rows.lines()
            .map(|row| {
                let row: serde_json::Value = serde_json::from_str(row).expect("JSON");
                format!("{} {}", row["path"].as_str().expect("a path"), row["value"])
            })
            .collect()
    }
}
