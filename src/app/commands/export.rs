//! `brownian export`: specifications and values of topics to a file, with all events of time series.

use super::{CliError, Execute, Output, session};
use crate::app::cli::ServerArgs;
use crate::app::new_file::NewFile;
use crate::client::blocking::Session;
use crate::data::file_format::branch_file::{self, FileTopic};
use crate::data::{Secret, TopicPath, TopicSpec};
use crate::model::export;
use crate::wire::services::range_query::EventPages;
use crate::wire::services::{RangeQuery, fetch};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Write specifications and values of the topics a selector matches to a file, with all events of time series
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Export {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
    /// Write to this file in place of standard output
    #[arg(long, value_name = "F")]
    pub output: Option<PathBuf>,
}

impl Execute for Export {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        false
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let selector = session::selector(&self.selector)?;
        let mut session = session::connect(&self.server, password, false)?;
        let Some(target) = &self.output else {
            export_to(&mut session, &selector, out.exact())?;
            session.close();
            return Ok(());
        };
        let wrong = |error: std::io::Error| CliError::file(target, error);
        let mut file = std::io::BufWriter::new(NewFile::create(target).map_err(wrong)?);
        let count = export_to(&mut session, &selector, &mut file)?;
        file.into_inner().map_err(|error| wrong(error.into_error()))?.replace().map_err(wrong)?;
        if self.server.json {
            let row =
                serde_json::json!({ "file": target.display().to_string(), "outcome": "exported", "count": count });
            out.json(row)?;
        } else {
            out.line(format_args!("{count} topics in {}", target.display()))?;
        }
        out.flush()?;
        session.close();
        Ok(())
    }
}

fn export_to(session: &mut Session, selector: &str, out: &mut dyn Write) -> Result<u64, CliError> {
    write!(out, "{}", branch_file::head(selector))?;
    let mut count = 0u64;
    session.fetch_all(fetch::Request::whole(selector), |session, response| {
        for mut topic in topics_of(response)? {
            read_events(session, &mut topic)?;
            write!(out, "{}\n{}", if count == 0 { "" } else { "," }, branch_file::line(&topic))?;
            count += 1;
        }
        Ok::<(), CliError>(())
    })?;
    write!(out, "{}", branch_file::TAIL)?;
    out.flush()?;
    Ok(count)
}

/// Replaces the latest event of a time series by all that the server keeps.
fn read_events(session: &mut Session, topic: &mut FileTopic) -> Result<(), CliError> {
    if topic.spec.event_type().is_none() {
        return Ok(());
    }
    let mut pages = EventPages::of(topic.path.as_str());
    let mut events = Vec::new();
    while let Some(request) = pages.request() {
        let response = session::call::<RangeQuery>(session, &request, &format!("read the events of “{}”", topic.path))?;
        let more = pages.take(&response);
        let more = more.map_err(|why| CliError::NotDone(format!("{}: {why}", topic.path)));
        events.extend(more?.into_iter().map(export::file_event));
    }
    topic.events = events;
    Ok(())
}

/// The topics of a page as they stand in a file.
pub(super) fn topics_of(response: &fetch::Response) -> Result<Vec<FileTopic>, CliError> {
    response
        .results
        .iter()
        .map(|topic| {
            let path = TopicPath::parse(&topic.path)
                .map_err(|error| CliError::NotDone(format!("{}: {}", topic.path, error.located(&topic.path))))?;
            let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
            Ok(branch_file::topic(path, &spec, topic.value.as_ref()))
        })
        .collect()
}
