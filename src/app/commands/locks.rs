//! `brownian locks`: who holds which session lock, and one lock held while the command runs.

use super::{CliError, Execute, Output, session};
use crate::app::cli::ServerArgs;
use crate::client::api::{CallId, Command, Event};
use crate::client::blocking::Session;
use crate::data::Secret;
use crate::model::change::{Change, ChangeOutcome, LockAcquire, LockRelease};
use crate::wire::services::session_lock_acquire::LockScope;
use crate::wire::services::session_lock_get::{self, LockDetails};
use crate::wire::services::{SessionLockGet, SessionLockList};
use clap::{Args, ValueEnum};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often an interruption is looked for.
const LOOK: Duration = Duration::from_millis(250);

/// When a held lock is released without being asked to
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// When the session closes
    Session,
    /// As soon as the connection is lost
    Connection,
}

/// List the session locks of a server, look one up, or hold one while this command runs
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Locks {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Name of one lock; all held locks without it
    pub name: Option<String>,
    /// Acquire the lock and hold it until this command is interrupted
    #[arg(long, requires = "name")]
    pub hold: bool,
    /// When the held lock is released without being asked to
    #[arg(long, value_enum, default_value_t = Scope::Session, requires = "hold")]
    pub scope: Scope,
    /// Seconds to wait for a lock that another session holds; without it, until interrupted
    #[arg(long, value_name = "SECS", requires = "hold")]
    pub wait: Option<u32>,
    /// Release the lock after so many seconds
    #[arg(long = "for", value_name = "SECS", requires = "hold")]
    pub hold_secs: Option<u32>,
}

impl Execute for Locks {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        self.hold
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let mut session = session::connect(&self.server, password, false)?;
        match &self.name {
            Some(name) if self.hold => self.hold(&mut session, name, out)?,
            Some(name) => {
                let request = session_lock_get::Request { name: name.clone() };
                let infinitive = format!("look up the session lock “{name}”");
                let lock = session::call::<SessionLockGet>(&mut session, &request, &infinitive)
                    .map_err(|error| error.needing("VIEW_SERVER"))?;
                self.print(name, lock.as_ref(), out)?;
            }
            None => {
                let locks = session::call::<SessionLockList>(&mut session, &(), "list the session locks")
                    .map_err(|error| error.needing("VIEW_SERVER"))?;
                for (name, lock) in &locks {
                    self.print(name, Some(lock), out)?;
                }
            }
        }
        out.flush()?;
        session.close();
        Ok(())
    }
}

impl Locks {
    fn print(&self, name: &str, lock: Option<&LockDetails>, out: &mut Output<'_>) -> std::io::Result<()> {
        if self.server.json {
            let mut row = serde_json::json!({ "lock": name, "held": lock.is_some() });
            if let Some(lock) = lock {
                row["session"] = lock.session.to_string().into();
                row["server"] = lock.server_name.as_str().into();
                row["sequence"] = lock.sequence.into();
            }
            out.json(row)
        } else if let Some(lock) = lock {
            out.line(format_args!(
                "{name}  held by {} on {}, sequence {}",
                lock.session, lock.server_name, lock.sequence
            ))
        } else {
            out.line(format_args!("{name}  not held"))
        }
    }

    fn hold(&self, session: &mut Session, name: &str, out: &mut Output<'_>) -> Result<(), CliError> {
        let scope = match self.scope {
            Scope::Session => LockScope::Session,
            Scope::Connection => LockScope::Connection,
        };
        let interrupted = super::watch::interrupt_flag()?;
        let is_interrupted = || interrupted.load(Ordering::Relaxed);
        let acquire = Change::from(LockAcquire { name: name.to_owned(), request: 0, scope });
        let (call, answer) = acquire.prepared().under(CallId(u64::MAX));
        session.send(Command::Call(call))?;
        let waits_until = self.wait.map(|secs| Instant::now() + Duration::from_secs(secs.into()));
        let answered = loop {
            if let Some(Event::Answer(given)) = session.next_event_timeout(LOOK)? {
                break given.result;
            }
            // The session ends with this command, and with the session the wait.
            if is_interrupted() {
                return Ok(());
            }
            if waits_until.is_some_and(|until| until <= Instant::now()) {
                let secs = self.wait.unwrap_or(0);
                return Err(CliError::NotDone(format!("“{name}” was not free within {secs} s")));
            }
        };
        let outcome = answer.read(answered).map_err(|error| CliError::Change(Box::new(acquire.clone()), error))?;
        let ChangeOutcome::LockGranted { sequence, scope } = outcome else { return Ok(()) };
        self.say(&acquire, &outcome, out)?;
        let held_until = self.hold_secs.map(|secs| Instant::now() + Duration::from_secs(secs.into()));
        while !is_interrupted() && held_until.is_none_or(|until| Instant::now() < until) {
            session.next_event_timeout(LOOK)?;
        }
        let release = Change::from(LockRelease { name: name.to_owned(), sequence, scope });
        super::change::report(session, &release, self.server.json, out)
    }

    fn say(&self, change: &Change, outcome: &ChangeOutcome, out: &mut Output<'_>) -> std::io::Result<()> {
        if self.server.json {
            out.json(change.outcome_json(outcome))?;
        } else {
            out.line(change.done_text(outcome))?;
        }
        out.flush()
    }
}
