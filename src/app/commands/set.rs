//! `brownian set`: the value of a topic, or a patch of it.

use super::change::{self, Input};
use super::{CliError, Execute, Output, session};
use crate::app::cli::{ServerArgs, parsers};
use crate::data::value::DataType;
use crate::data::value::json::Json;
use crate::data::{Secret, TopicPath, TopicSpec, TopicType};
use crate::model::change::{self as kinds, AddAndSet, Change, Guard, Patch};
use clap::Args;
use std::path::PathBuf;

/// Set the value of a topic, and create it if asked to
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Set {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic path, as in fx/EURUSD
    #[arg(value_parser = parsers::topic_path)]
    pub path: TopicPath,
    /// The value in the words of its type.
    #[arg(
        value_name = "VALUE",
        required_unless_present = "file",
        allow_negative_numbers = true,
        help = "The value: JSON text, a number, text, bytes as hex:cafe or base64:yv4=, records as [[\"a\",\"b\"]]"
    )]
    pub value: Option<String>,
    /// Read the value from this file; - is standard input. Of a BINARY topic it is the bytes themselves
    #[arg(long, value_name = "F", conflicts_with = "value")]
    pub file: Option<PathBuf>,
    /// The topic type; the server is asked if it is not given
    #[arg(long = "type", value_name = "T", value_parser = parsers::topic_type)]
    pub topic_type: Option<TopicType>,
    /// Create the topic if there is none; needs --type
    #[arg(long, requires = "topic_type", conflicts_with = "patch")]
    pub add: bool,
    /// A topic property of the new topic, as in REMOVAL='when no updates for 10m'; may be repeated
    #[arg(long = "property", value_name = "K=V", requires = "add", value_parser = parsers::property)]
    pub properties: Vec<(String, String)>,
    /// Only if the topic has this value now
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["if_no_value", "if_no_topic"], allow_negative_numbers = true)]
    pub if_value: Option<String>,
    /// Only if the topic has no value now
    #[arg(long, conflicts_with = "if_no_topic")]
    pub if_no_value: bool,
    /// Only if there is no topic now
    #[arg(long, requires = "add")]
    pub if_no_topic: bool,
    /// The value is an RFC 6902 patch for a JSON topic
    #[arg(long)]
    pub patch: bool,
}

impl Execute for Set {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        true
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let input = match (&self.value, &self.file) {
            (Some(text), _) => Input::Text(text.clone()),
            (None, Some(file)) => Input::Bytes(change::read(file)?),
            (None, None) => return Err(CliError::Input("there is no value".into())),
        };
        let wanted = match self.topic_type {
            Some(topic_type) => Some(change::checked(&parsers::spec(topic_type, &self.properties))?),
            None => None,
        };
        let mut session = session::connect(&self.server, password, false)?;
        let path = self.path.clone();
        let spec = match &wanted {
            Some(spec) => spec.clone(),
            None => session::spec_at(&mut session, &path)?.ok_or_else(|| {
                CliError::NotDone(format!(
                    "there is no topic at “{path}”, or it cannot be read; --add --type T creates one"
                ))
            })?,
        };
        let data_type = data_type_of(&spec, &path)?;
        let guard = match &self.if_value {
            Some(text) => Guard::StillValue(Input::Text(text.clone()).value(data_type)?),
            None if self.if_no_value => Guard::NoValue,
            None if self.if_no_topic => Guard::NoTopic,
            None => Guard::None,
        };
        let change = if self.patch {
            if data_type != DataType::Json {
                return Err(CliError::Input(format!(
                    "“{path}” is {}; only JSON topics can be patched",
                    spec.topic_type.name()
                )));
            }
            let patch = input.text()?;
            if let Err(error) = Json::from_text(&patch) {
                return Err(CliError::Input(format!("the patch is no JSON: {}", error.located(&patch))));
            }
            Change::from(Patch { path, patch, guard })
        } else if self.add {
            AddAndSet { path, spec, value: input.value(data_type)?, guard }.into()
        } else {
            kinds::Set { path, data_type, value: input.value(data_type)?, guard }.into()
        };
        change::report(&mut session, &change, self.server.json, out)?;
        session.close();
        Ok(())
    }
}

fn data_type_of(spec: &TopicSpec, path: &TopicPath) -> Result<DataType, CliError> {
    DataType::of_topic_type(spec.topic_type).ok_or_else(|| {
        CliError::Input(match spec.topic_type {
            TopicType::TimeSeries => format!("“{path}” is TIME_SERIES; use append"),
            other => format!("values of {} topics cannot be set", other.name()),
        })
    })
}
