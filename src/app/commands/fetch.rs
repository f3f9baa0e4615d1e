//! `brownian fetch`: the topics a selector matches, with their values.

use super::{CliError, Execute, json, session};
use crate::app::cli::ServerArgs;
use crate::data::{Secret, TopicSpec, value};
use crate::wire::services::fetch;
use clap::Args;
use std::io::Write;

/// Print the topics a selector matches, with their values
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Fetch {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
}

impl Execute for Fetch {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn run(&self, password: Option<Secret>, out: &mut dyn Write) -> Result<(), CliError> {
        let selector = session::selector(&self.selector)?;
        let mut session = session::connect(&self.server, password, false)?;
        let request = fetch::Request::whole(selector);
        session.fetch_all(request, |_, response| {
            for topic in &response.results {
                let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
                if self.server.json {
                    let properties: serde_json::Map<String, serde_json::Value> =
                        spec.properties.iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
                    let mut row = serde_json::json!({
                        "path": topic.path, "type": spec.topic_type.name(), "properties": properties,
                        "size": topic.value.as_ref().map(bytes::Bytes::len),
                    });
                    row["value"] = topic.value.as_ref().map_or(serde_json::Value::Null, |v| json::of_topic(&spec, v));
                    writeln!(out, "{row}")?;
                } else {
                    let preview = topic.value.as_ref().map(|v| value::preview(&spec, v, 120)).unwrap_or_default();
                    writeln!(out, "{:<11} {}  {preview}", spec.topic_type.name(), topic.path)?;
                }
            }
            Ok::<(), CliError>(())
        })?;
        out.flush()?;
        session.close();
        Ok(())
    }
}
