//! `brownian remove`: the topics a selector matches, once their number is known.

use super::{CliError, Execute, Output, change, session};
use crate::app::cli::ServerArgs;
use crate::client::blocking::Session;
use crate::data::Secret;
use crate::model::change as kinds;
use crate::wire::services::fetch;
use clap::Args;

/// Paths listed before a removal.
const LISTED: usize = 50;

/// Remove the topics a selector matches, once their number is known
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Remove {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
    /// Remove if exactly so many topics match
    #[arg(long, value_name = "N", conflicts_with_all = ["yes", "dry_run"])]
    pub count: Option<u64>,
    /// Remove however many topics match
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// List what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Execute for Remove {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        !self.dry_run
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let selector = session::selector(&self.selector)?;
        let mut session = session::connect(&self.server, password, false)?;
        let (count, first) = counted(&mut session, &selector)?;
        let topics = words_for(count);
        if self.dry_run {
            dry_removal(self, &selector, count, &first, out)?;
            session.close();
            return Ok(());
        }
        match self.count {
            Some(expected) if expected != count => {
                return Err(CliError::NotDone(format!(
                    "{topics} match {selector}, not {expected}; nothing was removed"
                )));
            }
            None if !self.yes => {
                if self.server.json {
                    out.json(serde_json::json!({ "selector": selector, "matched": count }))?;
                    out.flush()?;
                }
                let way = if count == 0 { String::new() } else { format!("; --count {count} removes them") };
                return Err(CliError::NotDone(format!("{topics} match {selector}{way}")));
            }
            _ => {}
        }
        change::report(&mut session, &kinds::Remove { selector }.into(), self.server.json, out)?;
        session.close();
        Ok(())
    }
}

fn dry_removal(
    args: &Remove,
    selector: &str,
    count: u64,
    first: &[String],
    out: &mut Output<'_>,
) -> std::io::Result<()> {
    if args.server.json {
        let row = serde_json::json!({ "selector": selector, "matched": count, "first": first });
        out.json(row)?;
        return out.flush();
    }
    out.line(format_args!("{} would be removed", words_for(count)))?;
    for path in first {
        out.line(format_args!("  {path}"))?;
    }
    let rest = count.saturating_sub(first.len() as u64);
    if rest > 0 {
        out.line(format_args!("  … and {rest} more"))?;
    }
    out.flush()
}

fn words_for(count: u64) -> String {
    if count == 1 { "1 topic".to_owned() } else { format!("{count} topics") }
}

/// How many topics a selector matches, and the first of their paths.
fn counted(session: &mut Session, selector: &str) -> Result<(u64, Vec<String>), CliError> {
    let (mut count, mut first) = (0, Vec::new());
    let counted = session.fetch_all(fetch::Request::paths(selector), |_, page| {
        count += page.results.len() as u64;
        first.extend(page.results.iter().take(LISTED - first.len()).map(|topic| topic.path.clone()));
        Ok::<(), CliError>(())
    });
    counted.map_err(|error| error.while_doing("count the topics"))?;
    Ok((count, first))
}
