//! `brownian ping`: round trips to a server, each and as percentiles.

use super::{CliError, Execute, Output, session};
use crate::app::cli::ServerArgs;
use crate::client::api::{Command, Event, SessionEvent};
use crate::data::Secret;
use clap::Args;
use std::time::{Duration, Instant};

/// Between an answer and the next ping.
const PAUSE: Duration = Duration::from_millis(200);

/// Measure the round trip to a server
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Ping {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Round trips to measure
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
}

impl Execute for Ping {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        false
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let mut session = session::connect(&self.server, password, false)?;
        let mut times = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 600_000_000, 3)
            .expect("bounds and digits that a histogram can have");
        for number in 1..=self.count {
            session.send(Command::Ping)?;
            let until = Instant::now() + self.server.timeout;
            let micros = loop {
                match session.next_event_timeout(until.saturating_duration_since(Instant::now()))? {
                    Some(Event::Session(SessionEvent::Pinged { micros: Some(micros), .. })) => break micros,
                    Some(_) => {}
                    None => {
                        let secs = self.server.timeout.as_secs();
                        return Err(CliError::NotDone(format!("ping {number}: no answer within {secs} s")));
                    }
                }
            };
            times.saturating_record(micros);
            if self.server.json {
                out.json(serde_json::json!({ "ping": number, "micros": micros }))?;
            } else {
                out.line(format_args!("{number}: {:.3} ms", micros as f64 / 1000.0))?;
            }
            out.flush()?;
            if number < self.count {
                let until = Instant::now() + PAUSE;
                while session.next_event_timeout(until.saturating_duration_since(Instant::now()))?.is_some() {}
            }
        }
        let at = |quantile| times.value_at_quantile(quantile);
        if self.server.json {
            let figures = serde_json::json!({
                "count": times.len(), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": times.max()
            });
            out.json(figures)?;
        } else {
            let ms = |micros: u64| micros as f64 / 1000.0;
            out.line(format_args!(
                "{} answers: p50 {:.3} ms, p95 {:.3} ms, p99 {:.3} ms, max {:.3} ms",
                times.len(),
                ms(at(0.5)),
                ms(at(0.95)),
                ms(at(0.99)),
                ms(times.max())
            ))?;
        }
        session.close();
        Ok(())
    }
}
