//! Parsers of arguments, each with a reason that says what was expected.

use super::PASSWORD_VARIABLE;
use crate::client::api::protocol;
use crate::data::property::{PROPERTIES, Property};
use crate::data::server_url::{ServerUrl, ServerUrlError};
use crate::data::{SessionFilter, SessionId, Sha256, Timestamp, TopicPath, TopicSpec, TopicType};
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use std::ffi::OsStr;
use std::time::Duration;

/// Reads the URL of a server. Its errors do not repeat the text, as those of other parsers do: it may hold a password.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) struct ServerUrlParser;

impl TypedValueParser for ServerUrlParser {
    type Value = ServerUrl;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<ServerUrl, clap::Error> {
        let fail = |why: &str| command.clone().error(ErrorKind::ValueValidation, why);
        let text = value.to_str().ok_or_else(|| fail("the URL of the server is not UTF-8"))?;
        if !text.contains("://") {
            return Err(fail("the URL has no scheme; expected ws://host:port or wss://host"));
        }
        ServerUrl::parse(text).map_err(|why| {
            let more = match why {
                ServerUrlError::Credentials => {
                    format!("use --principal, and {PASSWORD_VARIABLE} or --password-stdin for the password")
                }
                ServerUrlError::Query => "leave it out".to_owned(),
                _ => "expected ws://host:port or wss://host".to_owned(),
            };
            fail(&format!("{why}; {more}"))
        })
    }
}

pub(in crate::app) fn protocol(text: &str) -> Result<u8, String> {
    let version = text.trim().parse().ok().filter(|version| protocol::SPOKEN.contains(version));
    let (oldest, newest) = (protocol::OLDEST, protocol::NEWEST);
    version.ok_or_else(|| format!("expected a protocol version from {oldest} to {newest}"))
}

pub(in crate::app) fn size(text: &str) -> Result<[u32; 2], String> {
    let side = |text: &str| text.trim().parse::<u32>().ok().filter(|side| (64..=16_384).contains(side));
    let sides = text.split_once(['x', 'X', '×']).and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "expected width x height in pixels from 64 to 16384, as in 1440x900".to_owned())
}

pub(in crate::app) fn seconds_from_zero(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected seconds from 0 to 86400, as in 2.5".to_owned())
}

pub(in crate::app) fn seconds_above_zero(text: &str) -> Result<Duration, String> {
    seconds_from_zero(text)
        .ok()
        .filter(|duration| *duration >= Duration::from_millis(1))
        .ok_or_else(|| "expected seconds from 0.001 to 86400, as in 2.5".to_owned())
}

pub(in crate::app) fn sha256(text: &str) -> Result<Sha256, String> {
    Sha256::parse(text).ok_or_else(|| "expected 64 hexadecimal digits, with or without colons".to_owned())
}

pub(in crate::app) fn topic_path(text: &str) -> Result<TopicPath, String> {
    TopicPath::parse(text).map_err(|error| error.located(text))
}

pub(in crate::app) fn topic_type(text: &str) -> Result<TopicType, String> {
    let offered = || TopicType::ALL.into_iter().filter(|t| *t != TopicType::Unknown);
    offered().find(|t| t.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
        let names: Vec<&str> = offered().map(TopicType::name).collect();
        format!("the topic types are {}", names.join(", "))
    })
}

pub(in crate::app) fn property(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, as in PRIORITY=high")?;
    let property = Property::find(key.trim()).ok_or_else(|| {
        let keys: Vec<&str> = PROPERTIES.iter().map(|p| p.key).collect();
        format!("the topic properties are {}", keys.join(", "))
    })?;
    Ok((property.key.to_owned(), value.to_owned()))
}

pub(in crate::app) fn session_id(text: &str) -> Result<SessionId, String> {
    text.parse().map_err(|error: crate::data::session::SessionIdError| error.to_string())
}

/// The filter as it was written, which is what the server reads; its errors say where they are.
pub(in crate::app) fn session_filter(text: &str) -> Result<String, String> {
    SessionFilter::parse(text).map(|_| text.to_owned()).map_err(|error| error.located(text))
}

pub(in crate::app) fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, as in tier=gold")?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(in crate::app) fn timestamp(text: &str) -> Result<Timestamp, String> {
    if let Ok(millis) = text.parse::<i64>() {
        let fits = millis.checked_mul(1000).is_some();
        return fits.then(|| Timestamp::from_millis(millis)).ok_or_else(|| "this time is too far away".to_owned());
    }
    text.parse::<jiff::Timestamp>()
        .map(|at| Timestamp::from_millis(at.as_millisecond()))
        .map_err(|_| "expected milliseconds since 1970, or a time as in 2026-03-01T14:02:07Z".to_owned())
}

/// A specification from the words of the command line.
#[must_use]
pub fn spec(topic_type: TopicType, properties: &[(String, String)]) -> TopicSpec {
    TopicSpec { topic_type, properties: properties.iter().cloned().collect() }
}
