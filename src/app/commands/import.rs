//! `brownian import`: topics of a file that `brownian export` wrote, to a server.

use super::export::topics_of;
use super::{CliError, Execute, Output, change, session};
use crate::app::cli::{ServerArgs, parsers};
use crate::client::blocking::Session;
use crate::data::file_format::branch_file::{self, FileTopic, Verdict, missing_events, verdict};
use crate::data::spec_diff::Difference;
use crate::data::{DataType, Secret, TopicPath, TopicSelector};
use crate::model::change::{Add, AddAndSet, Append, Change, ChangeError, ChangeOutcome, Guard, Set};
use crate::model::error_text;
use crate::wire::services::fetch;
use crate::wire::services::shared::AddOutcome;
use clap::Args;
use hashbrown::HashMap;
use std::path::PathBuf;

/// Topics looked up in one call before an import.
const LOOK_UP: usize = 100;

/// Create and set the topics of a file that export wrote
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Import {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// A file written by export; - is standard input
    pub file: PathBuf,
    /// Say what would be done to each topic, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Put the topics below this path
    #[arg(long, value_name = "P", value_parser = parsers::topic_path)]
    pub prefix: Option<TopicPath>,
    /// Only create what is absent; leave the topics that are there as they are
    #[arg(long)]
    pub if_no_topic: bool,
}

impl Execute for Import {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        !self.dry_run
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let name = self.file.display();
        let text = String::from_utf8(change::read(&self.file)?).map_err(|error| {
            CliError::Input(format!("{name}: not UTF-8 (at byte {})", error.utf8_error().valid_up_to()))
        })?;
        let mut topics = branch_file::parse(&text).map_err(|error| CliError::Input(format!("{name}: {error}")))?;
        if let Some(prefix) = &self.prefix {
            for topic in &mut topics {
                let path = format!("{}/{}", prefix.as_str(), topic.path.as_str());
                topic.path = TopicPath::parse(&path)
                    .map_err(|error| CliError::Input(format!("{path}: {}", error.located(&path))))?;
            }
        }
        let mut session = session::connect(&self.server, password, false)?;
        let mut tally = Tally::default();
        for part in topics.chunks(LOOK_UP) {
            let there = look_up(&mut session, part)?;
            for topic in part {
                let step = match verdict(topic, there.get(&topic.path)) {
                    Verdict::OtherValue if self.if_no_topic => Verdict::Same,
                    other => other,
                };
                let (state, why) = if self.dry_run {
                    planned(&step)
                } else {
                    act(&mut session, topic, &step, there.get(&topic.path))?
                };
                tally.count(state);
                say(topic, state, &why, self.server.json, out)?;
            }
        }
        out.flush()?;
        session.close();
        tally.sum_up(self, out)
    }
}

/// What became, or would become, of a topic.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Created,
    Set,
    Same,
    Differs,
    Failed,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Created => "create",
            Self::Set => "set",
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Failed => "failed",
        }
    }
}

#[derive(Default)]
struct Tally {
    created: u64,
    set: u64,
    same: u64,
    differs: u64,
    failed: u64,
}

impl Tally {
    fn count(&mut self, state: State) {
        *match state {
            State::Created => &mut self.created,
            State::Set => &mut self.set,
            State::Same => &mut self.same,
            State::Differs => &mut self.differs,
            State::Failed => &mut self.failed,
        } += 1;
    }

    fn sum_up(&self, args: &Import, out: &mut Output<'_>) -> Result<(), CliError> {
        let Self { created, set, same, differs, failed } = self;
        if args.server.json {
            let row = serde_json::json!({
                "dry_run": args.dry_run, "create": created, "set": set, "same": same, "differs": differs, "failed": failed,
            });
            out.json(row)?;
        } else {
            let will = if args.dry_run { "would be " } else { "" };
            out.line(format_args!(
                "{created} {will}created, {set} {will}set, {same} the same, {differs} differ, {failed} failed"
            ))?;
        }
        out.flush()?;
        match differs + failed {
            0 => Ok(()),
            1 => Err(CliError::NotDone("1 topic is not as the file says".into())),
            count => Err(CliError::NotDone(format!("{count} topics are not as the file says"))),
        }
    }
}

fn say(topic: &FileTopic, state: State, why: &str, json: bool, out: &mut Output<'_>) -> std::io::Result<()> {
    if json {
        let mut row = serde_json::json!({ "path": topic.path.as_str(), "state": state.word() });
        if !why.is_empty() {
            row["why"] = why.into();
        }
        out.json(row)
    } else if state == State::Same {
        Ok(())
    } else {
        let gap = if why.is_empty() { "" } else { ": " };
        out.line(format_args!("{:<8} {}{gap}{why}", state.word(), topic.path))
    }
}

fn planned(verdict: &Verdict) -> (State, String) {
    match verdict {
        Verdict::Create => (State::Created, String::new()),
        Verdict::OtherValue => (State::Set, String::new()),
        Verdict::Same => (State::Same, String::new()),
        Verdict::OtherSpec(differences) => {
            let sentences: Vec<String> = differences.iter().map(Difference::sentence).collect();
            (State::Differs, sentences.join("; "))
        }
    }
}

/// The topics of the file that are on the server.
fn look_up(session: &mut Session, part: &[FileTopic]) -> Result<HashMap<TopicPath, FileTopic>, CliError> {
    let members: Vec<TopicSelector> = part.iter().map(|topic| TopicSelector::of_path(topic.path.as_str())).collect();
    let selector = TopicSelector::of_set(&members);
    let mut there = HashMap::new();
    let found = session.fetch_all(fetch::Request::whole(selector.expression()), |_, page| {
        there.extend(topics_of(page)?.into_iter().map(|topic| (topic.path.clone(), topic)));
        Ok::<(), CliError>(())
    });
    found.map_err(|error| error.while_doing("look up the topics of the file"))?;
    Ok(there)
}

/// Does what a topic needs.
fn act(
    session: &mut Session,
    topic: &FileTopic,
    verdict: &Verdict,
    there: Option<&FileTopic>,
) -> Result<(State, String), CliError> {
    let path = topic.path.clone();
    let data_type = DataType::of_topic_type(topic.spec.topic_type);
    let (change, state): (Option<Change>, State) = match (verdict, &topic.value, data_type) {
        (Verdict::Same | Verdict::OtherSpec(_), _, _) => return Ok(planned(verdict)),
        (Verdict::Create, Some(value), Some(_)) => {
            let (spec, value) = (topic.spec.clone(), value.clone());
            (Some(AddAndSet { path, spec, value, guard: Guard::NoTopic }.into()), State::Created)
        }
        (Verdict::Create, _, _) => (Some(Add { path, spec: topic.spec.clone() }.into()), State::Created),
        (Verdict::OtherValue, Some(value), Some(data_type)) => {
            // Somebody may have set it since it was looked up.
            let read = there.and_then(|there| there.value.clone());
            let guard = read.map_or(Guard::NoValue, Guard::StillValue);
            (Some(Set { path, data_type, value: value.clone(), guard }.into()), State::Set)
        }
        (Verdict::OtherValue, _, _) => (None, State::Set),
    };
    if let Some(change) = change {
        match change::run(session, &change)? {
            // Somebody was faster; what is there then is not known to be the same.
            Ok(ChangeOutcome::Added(AddOutcome::Exists)) => {
                return Ok((State::Failed, "somebody else has just added it".into()));
            }
            Ok(_) => {}
            Err(failed) => return Ok((State::Failed, why(&change, &failed))),
        }
    }
    if let Some(event_type) = topic.spec.event_type() {
        for event in missing_events(topic, there) {
            let change = Change::from(Append {
                path: topic.path.clone(),
                event_type,
                value: event.value.clone(),
                timestamp_millis: Some(event.at_millis),
            });
            if let Err(failed) = change::run(session, &change)? {
                return Ok((State::Failed, why(&change, &failed)));
            }
        }
    }
    Ok((state, String::new()))
}

fn why(change: &Change, error: &ChangeError) -> String {
    error_text::change_refused(change, error).summary
}
