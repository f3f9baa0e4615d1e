//! `brownian watch`: each update of the topics a selector matches.

use super::json::Row;
use super::{CliError, Execute, Output, session};
use crate::app::cli::ServerArgs;
use crate::app::job::block_on;
use crate::client::api::{Event, SessionEvent, Update, ValueLoss};
use crate::data::{Secret, TopicPath, TopicSpec, value};
use crate::model::error_text;
use clap::Args;
use hashbrown::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Subscribe to a selector and print each update
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Watch {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
    /// Stop after this many updates; without it, when interrupted
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Print numbers of topics, updates and bytes each second in place of the values
    #[arg(long)]
    pub stats: bool,
}

impl Execute for Watch {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        false
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let selector = session::selector(&self.selector)?;
        let mut session = session::connect(&self.server, password, !self.stats)?;
        session.subscribe(&selector)?;
        let mut watch =
            Progress { specs: HashMap::new(), started: Instant::now(), values: 0, bytes: 0, topics: 0, lost: 0 };
        let mut shown_at = Instant::now();
        let wanted = self.count.unwrap_or(u64::MAX);
        let interrupted = interrupt_flag()?;
        while watch.values < wanted && !interrupted.load(Ordering::Relaxed) {
            let event = session.next_event_timeout(Duration::from_millis(250))?;
            match event {
                Some(Event::Session(SessionEvent::Subscribed { path, spec })) => {
                    if !self.stats {
                        watch.specs.insert(path, spec);
                    }
                    watch.topics += 1;
                }
                Some(Event::Session(SessionEvent::Unsubscribed { path, reason })) => {
                    watch.topics = watch.topics.saturating_sub(1);
                    watch.specs.remove(&path);
                    if !self.stats {
                        unsubscribed(&path, error_text::unsubscribed(reason), self.server.json, out)?;
                    }
                }
                Some(Event::Updates(updates)) => {
                    for update in &updates {
                        watch.updated(update, self, wanted, out)?;
                    }
                }
                // What was printed stays true; the next value that is printed is a full one.
                Some(Event::Session(SessionEvent::ValueLost { reason: ValueLoss::MemoryLimit, .. })) => {}
                Some(Event::Session(SessionEvent::ValueLost { path, reason })) => {
                    watch.lost += 1;
                    if !self.stats {
                        value_lost(&path, &reason, self.server.json, out)?;
                    }
                }
                _ => {}
            }
            if self.stats && shown_at.elapsed() >= Duration::from_secs(1) {
                shown_at = Instant::now();
                watch.figures(self.server.json, out)?;
            }
        }
        if self.stats {
            watch.figures(self.server.json, out)?;
        }
        out.flush()?;
        session.close();
        Ok(())
    }
}

/// What was seen so far.
struct Progress {
    specs: HashMap<TopicPath, Arc<TopicSpec>>,
    started: Instant,
    values: u64,
    bytes: u64,
    topics: u64,
    /// Values that could not be used.
    lost: u64,
}

impl Progress {
    fn updated(&mut self, update: &Update, args: &Watch, wanted: u64, out: &mut Output<'_>) -> std::io::Result<()> {
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
                let mut row = Row::of(serde_json::json!({
                    "path": update.path.as_str(), "type": spec.topic_type.name(),
                    "size": arrival.value.len(), "time": arrival.at.millis(),
                    "kind": if arrival.delta_bytes.is_some() { "delta" } else { "value" },
                }));
                row = row.with_value(spec, Some(&arrival.value));
                if missing > 0 {
                    row = row.with("merged", serde_json::json!(missing));
                }
                out.json(row)?;
            } else {
                let preview = value::preview(spec, &arrival.value, 160);
                out.line(format_args!("{}  {preview}", update.path))?;
            }
        }
        out.flush()
    }

    fn figures(&self, json: bool, out: &mut Output<'_>) -> std::io::Result<()> {
        let secs = self.started.elapsed().as_secs_f64().max(0.001);
        let memory = crate::app::platform::memory_peak_bytes();
        let (values, bytes) = (self.values as f64 / secs, self.bytes as f64 / secs);
        if json {
            let row = serde_json::json!({
                "topics": self.topics, "values": self.values, "bytes": self.bytes,
                "lost": self.lost, "values_per_sec": values, "bytes_per_sec": bytes, "peak_memory_bytes": memory,
            });
            out.json(row)?;
        } else {
            let memory =
                memory.map_or_else(String::new, |m| format!(", peak memory {:.1} MiB", m as f64 / 1_048_576.0));
            let lost = if self.lost > 0 { format!(", {} values could not be used", self.lost) } else { String::new() };
            out.line(format_args!(
                "{} topics, {} values, {values:.0} values/s, {bytes:.0} bytes/s{lost}{memory}",
                self.topics, self.values
            ))?;
        }
        out.flush()
    }
}

fn unsubscribed(path: &TopicPath, why: &str, json: bool, out: &mut Output<'_>) -> std::io::Result<()> {
    if json {
        out.json(serde_json::json!({ "path": path.as_str(), "kind": "unsubscribed", "reason": why }))?;
    } else {
        out.line(format_args!("{path}  unsubscribed: {why}"))?;
    }
    out.flush()
}

fn value_lost(path: &TopicPath, reason: &ValueLoss, json: bool, out: &mut Output<'_>) -> std::io::Result<()> {
    if json {
        out.json(serde_json::json!({ "path": path.as_str(), "kind": "lost", "reason": reason.to_string() }))?;
    } else {
        out.line(format_args!("{path}  a value could not be used: {reason}"))?;
    }
    out.flush()
}

/// Set when the user interrupts; the session is closed properly then.
pub(super) fn interrupt_flag() -> Result<Arc<AtomicBool>, CliError> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    std::thread::Builder::new().name("brownian-signal".into()).spawn(move || {
        if let Ok(Ok(())) = block_on(tokio::signal::ctrl_c()) {
            set.store(true, Ordering::Relaxed);
        }
    })?;
    Ok(flag)
}
