//! `brownian fetch`: the topics a selector matches, with their values.

use super::json::Row;
use super::{CliError, Execute, Output, session};
use crate::app::cli::ServerArgs;
use crate::data::value::json::Json;
use crate::data::{Secret, TopicSpec, shown, value};
use crate::wire::services::fetch;
use clap::Args;

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

    fn changes_server(&self) -> bool {
        false
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let selector = session::selector(&self.selector)?;
        let mut session = session::connect(&self.server, password, false)?;
        let request = fetch::Request::whole(selector);
        session.fetch_all(request, |_, response| {
            for topic in &response.results {
                let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
                if self.server.json {
                    let properties =
                        spec.properties.iter().map(|(k, v)| (k.to_owned(), Json::String(v.to_owned()))).collect();
                    let row = Row::of(serde_json::json!({ "path": topic.path, "type": spec.topic_type.name() }))
                        .with("properties", Json::Object(properties))
                        .with("size", serde_json::json!(topic.value.as_ref().map(bytes::Bytes::len)))
                        .with_value(&spec, topic.value.as_ref());
                    out.json(row)?;
                } else {
                    let preview = topic.value.as_ref().map(|v| value::preview(&spec, v, 120)).unwrap_or_default();
                    out.line(format_args!("{:<11} {}  {preview}", spec.topic_type.name(), shown(&topic.path)))?;
                }
            }
            Ok::<(), CliError>(())
        })?;
        out.flush()?;
        session.close();
        Ok(())
    }
}
