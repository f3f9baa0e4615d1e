//! Branches of topics to files and back.

use super::super::cli::{ExportArgs, ImportArgs};
use super::change::read;
use super::{Failed, Line, fetch_pages, selector, whole_topics};
use crate::data::branch_file::{self, FileTopic, Verdict, missing_events, verdict};
use crate::data::spec_diff::Difference;
use crate::data::{Secret, TopicPath, TopicSelector, TopicSpec};
use crate::model::change::{self, Change, ChangeOutcome, Guard};
use crate::model::error_text;
use crate::model::export::pages::{Pages, TooLarge};
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::{Fetch, RangeQuery, fetch};
use hashbrown::HashMap;
use std::io::Write;

/// Topics looked up in one call before an import.
const LOOK_UP: usize = 100;

/// Writes the topics a selector matches to a file or to `out`, page by page.
///
/// # Errors
/// No session, a bad selector, the server refuses, or the file cannot be written.
pub fn export(args: &ExportArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let selector = selector(&args.selector)?;
    let mut line = Line::open(&args.server, password, false)?;
    let Some(target) = &args.output else {
        export_to(&mut line, &selector, out)?;
        line.close();
        return Ok(());
    };
    let wrong = |error: std::io::Error| Failed(format!("{}: {error}", target.display()));
    // A new name first, so that a file that is there is replaced whole or not at all.
    let mut part = target.clone().into_os_string();
    part.push(".part");
    let file = std::fs::File::create(&part).map_err(wrong)?;
    let mut file = std::io::BufWriter::new(file);
    let result = export_to(&mut line, &selector, &mut file).and_then(|count| {
        file.into_inner().map_err(|error| wrong(error.into_error()))?.sync_all().map_err(wrong)?;
        std::fs::rename(&part, target).map_err(wrong)?;
        Ok(count)
    });
    let count = match result {
        Ok(count) => count,
        Err(failed) => {
            let _ = std::fs::remove_file(&part); // the failure itself matters more
            return Err(failed);
        }
    };
    if args.server.json {
        let row = serde_json::json!({ "file": target.display().to_string(), "outcome": "exported", "count": count });
        writeln!(out, "{row}")?;
    } else {
        writeln!(out, "{count} topics in {}", target.display())?;
    }
    out.flush()?;
    line.close();
    Ok(())
}

fn export_to(line: &mut Line, selector: &str, out: &mut dyn Write) -> Result<u64, Failed> {
    write!(out, "{}", branch_file::head(selector))?;
    let mut count = 0u64;
    fetch_pages(line, &whole_topics(selector), |line, response| {
        for mut topic in topics_of(response)? {
            read_events(line, &mut topic)?;
            write!(out, "{}\n{}", if count == 0 { "" } else { "," }, branch_file::line(&topic))?;
            count += 1;
        }
        Ok(())
    })?;
    write!(out, "{}", branch_file::TAIL)?;
    out.flush()?;
    Ok(count)
}

/// Replaces the latest event of a time series by all that the server keeps.
fn read_events(line: &mut Line, topic: &mut FileTopic) -> Result<(), Failed> {
    if topic.spec.event_type().is_none() {
        return Ok(());
    }
    let mut pages = Pages::of(topic.path.as_str());
    let mut events = Vec::new();
    while let Some(request) = pages.request() {
        let response = line.call::<RangeQuery>(&request, &format!("read the events of “{}”", topic.path))?;
        let more = pages.take(&response);
        events.extend(more.map_err(|TooLarge| Failed(format!("{}: an event is too large to be sent", topic.path)))?);
    }
    topic.events = events;
    Ok(())
}

fn topics_of(response: &fetch::Response) -> Result<Vec<FileTopic>, Failed> {
    response
        .results
        .iter()
        .map(|topic| {
            let path = TopicPath::parse(&topic.path).map_err(|error| Failed(format!("{}: {error}", topic.path)))?;
            let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
            Ok(branch_file::topic(path, &spec, topic.value.as_ref()))
        })
        .collect()
}

/// Creates and sets the topics of a file; what has another specification is left alone and named.
///
/// # Errors
/// No session, no such file, the server refuses, or a topic could not be brought to what the file says.
pub fn import(args: &ImportArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let name = args.file.display();
    let text = String::from_utf8(read(&args.file)?)
        .map_err(|error| Failed(format!("{name}: not UTF-8 (at byte {})", error.utf8_error().valid_up_to())))?;
    let mut topics = branch_file::parse(&text).map_err(|error| Failed(format!("{name}: {error}")))?;
    if let Some(prefix) = &args.prefix {
        for topic in &mut topics {
            let path = format!("{prefix}/{}", topic.path);
            topic.path = TopicPath::parse(&path).map_err(|error| Failed(format!("{path}: {error}")))?;
        }
    }
    let mut line = Line::open(&args.server, password, false)?;
    let mut tally = Tally::default();
    for part in topics.chunks(LOOK_UP) {
        let there = look_up(&mut line, part)?;
        for topic in part {
            let step = match verdict(topic, there.get(&topic.path)) {
                Verdict::OtherValue if args.if_no_topic => Verdict::Same,
                other => other,
            };
            let (state, why) =
                if args.dry_run { planned(&step) } else { act(&mut line, topic, &step, there.get(&topic.path))? };
            tally.count(state);
            say(topic, state, &why, args.server.json, out)?;
        }
    }
    out.flush()?;
    line.close();
    tally.sum_up(args, out)
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

    fn sum_up(&self, args: &ImportArgs, out: &mut dyn Write) -> Result<(), Failed> {
        let Self { created, set, same, differs, failed } = self;
        if args.server.json {
            let row = serde_json::json!({
                "dry_run": args.dry_run, "create": created, "set": set, "same": same, "differs": differs, "failed": failed,
            });
            writeln!(out, "{row}")?;
        } else {
            let will = if args.dry_run { "would be " } else { "" };
            writeln!(
                out,
                "{created} {will}created, {set} {will}set, {same} the same, {differs} differ, {failed} failed"
            )?;
        }
        out.flush()?;
        match differs + failed {
            0 => Ok(()),
            1 => Err(Failed("1 topic is not as the file says".into())),
            count => Err(Failed(format!("{count} topics are not as the file says"))),
        }
    }
}

fn say(topic: &FileTopic, state: State, why: &str, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if json {
        let mut row = serde_json::json!({ "path": topic.path.as_str(), "state": state.word() });
        if !why.is_empty() {
            row["why"] = why.into();
        }
        writeln!(out, "{row}")
    } else if state == State::Same {
        Ok(())
    } else {
        let gap = if why.is_empty() { "" } else { ": " };
        writeln!(out, "{:<8} {}{gap}{why}", state.word(), topic.path)
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
fn look_up(line: &mut Line, part: &[FileTopic]) -> Result<HashMap<TopicPath, FileTopic>, Failed> {
    let members: Vec<TopicSelector> = part.iter().map(|topic| TopicSelector::of_path(topic.path.as_str())).collect();
    let selector = TopicSelector::of_set(&members);
    let mut there = HashMap::new();
    let mut from = None;
    loop {
        let request = fetch::Request {
            from,
            with_values: true,
            with_properties: true,
            max_result_size: 8 << 20,
            ..fetch::Request::of(selector.expression())
        };
        let response = line.call::<Fetch>(&request, "look up the topics of the file")?;
        there.extend(topics_of(&response)?.into_iter().map(|topic| (topic.path.clone(), topic)));
        match response.results.last() {
            Some(last) if response.has_more => {
                from = Some(fetch::Limit { path: last.path.clone(), includes_path: false });
            }
            _ => return Ok(there),
        }
    }
}

/// Does what a topic needs.
fn act(
    line: &mut Line,
    topic: &FileTopic,
    verdict: &Verdict,
    there: Option<&FileTopic>,
) -> Result<(State, String), Failed> {
    let path = topic.path.clone();
    let data_type = crate::data::DataType::of_topic_type(topic.spec.topic_type);
    let (change, state) = match (verdict, &topic.value, data_type) {
        (Verdict::Same | Verdict::OtherSpec(_), _, _) => return Ok(planned(verdict)),
        (Verdict::Create, Some(value), Some(_)) => {
            let (spec, value) = (topic.spec.clone(), value.clone());
            (Some(Change::AddAndSet { path, spec, value, guard: Guard::NoTopic }), State::Created)
        }
        (Verdict::Create, _, _) => (Some(Change::Add { path, spec: topic.spec.clone() }), State::Created),
        (Verdict::OtherValue, Some(value), Some(data_type)) => {
            (Some(Change::Set { path, data_type, value: value.clone(), guard: Guard::None }), State::Set)
        }
        (Verdict::OtherValue, _, _) => (None, State::Set),
    };
    if let Some(change) = change {
        match line.change(&change)? {
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
            let change = Change::Append {
                path: topic.path.clone(),
                event_type,
                value: event.value.clone(),
                timestamp_millis: Some(event.at_millis),
            };
            if let Err(failed) = line.change(&change)? {
                return Ok((State::Failed, why(&change, &failed)));
            }
        }
    }
    Ok((state, String::new()))
}

fn why(change: &Change, failed: &change::ChangeError) -> String {
    match failed {
        change::ChangeError::Call(error) | change::ChangeError::Stream { error, .. } => {
            error_text::call(error, &change.infinitive()).summary
        }
        change::ChangeError::Operation { index } => format!("operation {} of the patch failed", index + 1),
    }
}
