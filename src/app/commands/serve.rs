//! `brownian serve`: the small server of this process.

use super::{CliError, Execute, Output, complain};
use crate::app::cli::{ServerArgs, parsers};
use crate::app::embedded_server::{DEMO_RATE, start_demo};
use crate::app::job::block_on;
use crate::app::principals::PrincipalArgs;
use crate::data::Secret;
use crate::server::{Server, ServerConfig};
use clap::Args;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// Run a small server in this process, until it is interrupted
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Serve {
    /// Address to listen at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// Port to listen at; 0 takes a free one and prints it
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Protocol versions of the clients that are admitted, as an old server would: A-B, or one number
    #[arg(long, value_name = "A-B", value_parser = protocol_range)]
    pub protocol: Option<ProtocolRange>,
    /// Origin of a web page that may connect, scheme and host, besides pages of this machine; may be repeated
    #[arg(long, value_name = "SCHEME://HOST")]
    pub allow_origin: Vec<String>,
    /// Who may log in.
    #[command(flatten)]
    pub who: PrincipalArgs,
    /// Fill it with moving demo topics, handlers of requests and sessions that come and go
    #[arg(long)]
    pub demo: bool,
    /// Updates a second of the demo topics
    #[arg(long, value_name = "N", requires = "demo", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
}

impl Execute for Serve {
    fn server(&self) -> Option<&ServerArgs> {
        None
    }

    fn changes_server(&self) -> bool {
        false
    }

    fn run(&self, _password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let mut config = ServerConfig::default();
        if let Some(ProtocolRange(range)) = &self.protocol {
            config.protocol = range.clone();
        }
        config.allowed_origins.clone_from(&self.allow_origin);
        let is_loopback = self.bind.to_canonical().is_loopback();
        let logins = self.who.logins(is_loopback, &mut std::io::stdin().lock())?;
        config.security = logins.security;
        logins.warnings.iter().for_each(complain);
        let server = Server::start(config)?;
        let wanted = SocketAddr::new(self.bind, self.port);
        let address =
            server.listen(wanted).map_err(|error| CliError::NotDone(format!("cannot listen at {wanted}: {error}")))?;
        let rate = self.rate.map_or(DEMO_RATE, f64::from);
        let demo = if self.demo { Some(start_demo(&server, rate)?) } else { None };
        for line in logins.passwords {
            out.line(format_args!("{line}"))?;
        }
        out.line(format_args!("Listening on ws://{address}/diffusion"))?;
        out.flush()?;
        block_on(until_asked_to_end())??;
        drop(demo);
        server.stop();
        Ok(())
    }
}

/// Protocol versions that a server admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolRange(RangeInclusive<u8>);

/// Reads `A-B` or one number, within what is spoken.
fn protocol_range(text: &str) -> Result<ProtocolRange, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = parsers::protocol(first)?..=parsers::protocol(last)?;
    if range.is_empty() { Err("the first version is above the last one".into()) } else { Ok(ProtocolRange(range)) }
}

/// Waits until the process is interrupted or asked to end.
async fn until_asked_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut end = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = end.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
