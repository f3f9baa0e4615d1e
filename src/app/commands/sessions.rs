//! `brownian sessions`: the sessions of a server, listed, counted, grouped, or listened to.

use super::json::Row;
use super::{CliError, Execute, Output, session};
use crate::app::cli::{ServerArgs, parsers};
use crate::client::api::{Event, SessionEvent};
use crate::client::blocking::Session;
use crate::data::session_filter::read_roles;
use crate::data::session_property as property;
use crate::data::value::json::Json;
use crate::data::{Secret, SessionId};
use crate::wire::protocol;
use crate::wire::service::Service as _;
use crate::wire::services::session_fetch::{self, FetchedSession, Response};
use crate::wire::services::session_listing::{ErrorReport, PropertyList};
use crate::wire::services::session_properties_event::{self, SessionChange, Update};
use crate::wire::services::{
    SessionEventRegistration, SessionFetch, SessionPropertiesEvent, SessionPropertiesRegistration,
    session_event_registration, session_properties_registration,
};
use clap::Args;
use hashbrown::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Sessions of one page.
const PAGE: i32 = 1000;
/// Bytes that a page may have.
const PAGE_BYTES: i32 = 16 << 20;
/// How often an interruption is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// What is printed of a session unless the user says what.
const USUAL: &str = "$Principal,$Roles,$ClientType,$ClientIP";

/// List the sessions of a server, or print what becomes of them
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Sessions {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Session filter, as in '$Country is "UK" and tier ne "gold"'; all sessions without it
    #[arg(value_parser = parsers::session_filter)]
    pub filter: Option<String>,
    /// Session properties to print, joined by commas
    #[arg(long, value_name = "KEYS", default_value = USUAL)]
    pub columns: String,
    /// Print how many sessions have each value of this property
    #[arg(long, value_name = "KEY", conflicts_with_all = ["number", "watch"])]
    pub group_by: Option<String>,
    /// Print only how many there are
    #[arg(long, conflicts_with = "watch")]
    pub number: bool,
    /// Only so many, those that began first
    #[arg(long, value_name = "N", conflicts_with_all = ["last", "number", "watch"], value_parser = clap::value_parser!(i32).range(1..))]
    pub first: Option<i32>,
    /// Only so many, those that began last
    #[arg(long, value_name = "N", conflicts_with_all = ["number", "watch"], value_parser = clap::value_parser!(i32).range(1..))]
    pub last: Option<i32>,
    /// Listen, and print each session that is open, is opened, changes or closes
    #[arg(long)]
    pub watch: bool,
    /// Stop after so many lines; without it, when interrupted
    #[arg(long, value_name = "N", requires = "watch", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
}

impl Execute for Sessions {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        false
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let mut session = session::connect(&self.server, password, false)?;
        if self.watch {
            self.watch(&mut session, out)?;
        } else if self.number {
            let (_, total) = self.page(&mut session, Some(Vec::new()), None, 1)?;
            if self.server.json {
                out.json(serde_json::json!({ "sessions": total }))?;
            } else {
                out.line(total)?;
            }
        } else {
            let sessions = self.fetch(&mut session)?;
            match &self.group_by {
                Some(key) => self.print_groups(&sessions, key, out)?,
                None => {
                    for fetched in &sessions {
                        self.print(fetched, out)?;
                    }
                }
            }
        }
        out.flush()?;
        session.close();
        Ok(())
    }
}

impl Sessions {
    fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.split(',').map(str::trim).filter(|key| !key.is_empty())
    }

    /// The properties to be told: all of them for programs.
    fn keys(&self) -> Vec<String> {
        if self.server.json {
            return vec![property::ALL_FIXED.to_owned(), property::ALL_USER.to_owned()];
        }
        let columns = self.group_by.as_deref().into_iter().chain(self.columns().filter(|_| self.group_by.is_none()));
        let mut keys: Vec<String> = columns.map(str::to_owned).collect();
        for key in [property::SESSION_ID, property::START_TIME] {
            if !keys.iter().any(|known| known == key) {
                keys.push(key.to_owned());
            }
        }
        keys
    }

    fn page(
        &self,
        session: &mut Session,
        keys: Option<Vec<String>>,
        from: Option<i64>,
        limit: i32,
    ) -> Result<(Vec<FetchedSession>, i32), CliError> {
        let request = session_fetch::Request {
            filter: self.filter.clone().unwrap_or_else(|| "all".to_owned()),
            requires_start_time: keys.as_ref().is_none_or(|keys| !keys.is_empty()),
            keys,
            from,
            to: None,
            limit: Some(limit),
            maximum_result_size: PAGE_BYTES,
        };
        let response = session::call::<SessionFetch>(session, &request, "list the sessions")
            .map_err(|error| error.needing("VIEW_SESSION"))?;
        match response {
            Response::Found { sessions, total_selected } => Ok((sessions, total_selected)),
            Response::BadFilter(reports) => Err(bad_filter(&reports)),
        }
    }

    /// All sessions that are asked for, in the order in which they began.
    fn fetch(&self, session: &mut Session) -> Result<Vec<FetchedSession>, CliError> {
        if let Some(last) = self.last {
            return Ok(self.page(session, Some(self.keys()), None, -last)?.0);
        }
        let wanted = self.first.map_or(usize::MAX, |first| usize::try_from(first).unwrap_or(usize::MAX));
        let (mut all, mut seen, mut from) = (Vec::new(), HashSet::new(), None);
        loop {
            let limit = wanted.saturating_sub(all.len()).saturating_add(1).min(PAGE as usize);
            let (page, total) = self.page(session, Some(self.keys()), from, i32::try_from(limit).unwrap_or(PAGE))?;
            let has_more = usize::try_from(total).is_ok_and(|total| total > page.len());
            let (before, latest) = (all.len(), page.iter().filter_map(|fetched| fetched.start_time).max());
            // Pages overlap by those that began in the same millisecond.
            all.extend(page.into_iter().filter(|fetched| id_of(&fetched.properties).is_some_and(|id| seen.insert(id))));
            let next = if all.len() > before { latest } else { latest.map(|latest| latest + 1) };
            if !has_more || all.len() >= wanted || next.is_none() || (next <= from && all.len() == before) {
                all.truncate(wanted);
                return Ok(all);
            }
            from = next;
        }
    }

    fn print(&self, fetched: &FetchedSession, out: &mut Output<'_>) -> std::io::Result<()> {
        let properties = &fetched.properties;
        let started = fetched.start_time.or_else(|| value_of(properties, property::START_TIME)?.parse().ok());
        let id = value_of(properties, property::SESSION_ID).unwrap_or_default();
        if self.server.json {
            let row = Row::of(serde_json::json!({ "session": id, "time": started }));
            return out.json(row.with("properties", properties_json(properties)));
        }
        let time = started.map_or_else(|| "-".to_owned(), utc);
        out.line(format_args!("{time}  {id}{}", self.values(properties)))
    }

    /// The wanted values, each after two spaces.
    fn values(&self, properties: &PropertyList) -> String {
        let mut text = String::new();
        for key in self.columns() {
            text.push_str("  ");
            text.push_str(&shown_value(key, value_of(properties, key)));
        }
        text
    }

    fn print_groups(&self, sessions: &[FetchedSession], key: &str, out: &mut Output<'_>) -> std::io::Result<()> {
        let mut counts: HashMap<Option<&str>, usize> = HashMap::new();
        for fetched in sessions {
            *counts.entry(value_of(&fetched.properties, key)).or_default() += 1;
        }
        let mut counts: Vec<(Option<&str>, usize)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        for (value, count) in counts {
            if self.server.json {
                out.json(serde_json::json!({ "key": key, "value": value, "sessions": count }))?;
            } else {
                out.line(format_args!("{count}  {}", shown_value(key, value)))?;
            }
        }
        Ok(())
    }

    /// Registers a listener, the older one where the session's protocol has no other.
    fn listen(&self, session: &mut Session) -> Result<(), CliError> {
        let keys = Some(vec![property::ALL_FIXED.to_owned(), property::ALL_USER.to_owned()]);
        let (infinitive, permission) = ("listen to the sessions", "VIEW_SESSION and REGISTER_HANDLER");
        let is_new = protocol::check(SessionEventRegistration::ID, session.protocol()).is_ok();
        if is_new || self.filter.is_some() {
            let request = session_event_registration::Request {
                cluster_aware: true,
                filter: self.filter.clone(),
                keys,
                start_time: Some(0),
                listener: 1,
            };
            let reports = session::call::<SessionEventRegistration>(session, &request, infinitive)
                .map_err(|error| error.needing(permission))?;
            return if reports.is_empty() { Ok(()) } else { Err(bad_filter(&reports)) };
        }
        let request = session_properties_registration::Request { keys, listener: 1 };
        session::call::<SessionPropertiesRegistration>(session, &request, infinitive)
            .map_err(|error| error.needing(permission))
    }

    fn watch(&self, session: &mut Session, out: &mut Output<'_>) -> Result<(), CliError> {
        let interrupted = super::watch::interrupt_flag()?;
        self.listen(session)?;
        let mut left = self.count.unwrap_or(u64::MAX);
        while left > 0 && !interrupted.load(Ordering::Relaxed) {
            let event = session.next_event_timeout(LOOK)?;
            let Some(Event::Session(SessionEvent::Request(request))) = event else { continue };
            if request.service != SessionPropertiesEvent::ID {
                continue;
            }
            let at = request.at.millis();
            let told = request.request.downcast::<session_properties_event::Request>();
            let told = told.expect("the decoder of a service makes its request type");
            for (id, change) in told.events {
                if left == 0 {
                    break;
                }
                self.print_event(id, change, at, out)?;
                left -= 1;
            }
            out.flush()?;
        }
        Ok(())
    }

    fn print_event(&self, id: SessionId, change: SessionChange, at: i64, out: &mut Output<'_>) -> std::io::Result<()> {
        let (event, reason, properties) = match change {
            SessionChange::Opened(properties) => ("opened", None, properties),
            SessionChange::Closed { reason, properties } => ("closed", Some(reason), properties),
            SessionChange::Updated { update, changes } => {
                let event = match update {
                    Update::Properties => "updated",
                    Update::Reconnected => "reconnected",
                    Update::FailedOver => "failed-over",
                    Update::Disconnected => "disconnected",
                };
                let now = changes.into_iter().filter_map(|(key, change)| Some((key, change.value()?.to_owned())));
                (event, None, now.collect())
            }
        };
        if self.server.json {
            let mut row = Row::of(serde_json::json!({ "event": event, "session": id.to_string(), "time": at }));
            if let Some(reason) = reason {
                row = row.with("reason", Json::String(reason.to_string()));
            }
            return out.json(row.with("properties", properties_json(&properties)));
        }
        let reason = reason.map(|reason| format!("  {reason}")).unwrap_or_default();
        out.line(format_args!("{}  {id}  {event}{reason}{}", utc(at), self.values(&properties)))
    }
}

/// Milliseconds since 1970 as a time in UTC, to the second.
fn utc(millis: i64) -> String {
    match jiff::Timestamp::from_second(millis.div_euclid(1000)) {
        Ok(at) => at.to_string(),
        Err(_) => format!("{millis} ms since 1970"),
    }
}

fn value_of<'a>(properties: &'a PropertyList, key: &str) -> Option<&'a str> {
    properties.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}

fn id_of(properties: &PropertyList) -> Option<SessionId> {
    value_of(properties, property::SESSION_ID)?.parse().ok()
}

/// A value for people: roles without quotes, a sign for what is missing, and a word for an empty principal.
fn shown_value(key: &str, value: Option<&str>) -> String {
    match (key, value) {
        (_, None) => "-".to_owned(),
        (property::PRINCIPAL, Some("")) => "anonymous".to_owned(),
        (property::ROLES, Some(text)) => {
            let roles: Vec<String> = read_roles(text).into_iter().collect();
            if roles.is_empty() { "-".to_owned() } else { roles.join(",") }
        }
        (_, Some("")) => "\"\"".to_owned(),
        (_, Some(text)) => text.to_owned(),
    }
}

fn properties_json(properties: &PropertyList) -> Json {
    Json::Object(properties.iter().map(|(key, value)| (key.clone(), Json::String(value.clone()))).collect())
}

/// What the server finds wrong with the filter.
fn bad_filter(reports: &[ErrorReport]) -> CliError {
    let report = |report: &ErrorReport| format!("{} (line {}, column {})", report.message, report.line, report.column);
    let all: Vec<String> = reports.iter().map(report).collect();
    CliError::Input(format!("the server cannot read the filter: {}", all.join("; ")))
}
