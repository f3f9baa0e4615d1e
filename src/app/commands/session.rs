//! The session of a command, as its arguments ask for it, and what several commands ask of it.

use super::CliError;
use super::output::complain;
use crate::app::cli::ServerArgs;
use crate::client::api::{ConnectOptions, Target};
use crate::client::blocking::Session;
use crate::data::{Secret, TopicPath, TopicSelector, TopicSpec, shown};
use crate::wire::Service;
use crate::wire::services::{Fetch, fetch};
use bytes::Bytes;

/// Opens the session; its calls have the time-out of the arguments, in whole seconds.
pub(super) fn connect(
    server: &ServerArgs,
    password: Option<Secret>,
    keep_every_value: bool,
) -> Result<Session, CliError> {
    let secs = u32::try_from(server.timeout.as_secs().max(1)).unwrap_or(u32::MAX);
    let options = ConnectOptions {
        principal: server.principal.clone(),
        password,
        connect_timeout_secs: secs,
        ping_interval_millis: 0,
        keep_every_value,
        protocol: server.protocol,
        trusted_certificate: server.trust_certificate,
        ..ConnectOptions::to(Target::Url(server.url.as_str().to_owned()))
    };
    if let Some(host) = options.readable_on_the_way_to() {
        complain(format_args!(
            "principal and password travel readable to {}; use wss:// if it offers TLS",
            shown(&host)
        ));
    }
    let mut session = Session::connect(options)?;
    session.set_call_timeout_secs(secs);
    Ok(session)
}

/// A call whose failure reads “Cannot `infinitive`”.
pub(super) fn call<S: Service>(
    session: &mut Session,
    request: &S::Request,
    infinitive: &str,
) -> Result<S::Response, CliError> {
    session.call::<S>(request).map_err(|error| CliError::from(error).while_doing(infinitive))
}

/// The selector as the server takes it.
pub(super) fn selector(text: &str) -> Result<String, CliError> {
    TopicSelector::parse(text).map(|s| s.expression().to_owned()).map_err(|error| {
        let hint = error.suggestion.as_ref().map(|s| format!("; did you mean {s}")).unwrap_or_default();
        CliError::Input(format!("{text}: {}{hint}", error.located(text)))
    })
}

/// The specification of the topic at a path, and its value if asked for; none if there is no topic.
pub(super) fn topic_at(
    session: &mut Session,
    path: &TopicPath,
    with_values: bool,
) -> Result<Option<(TopicSpec, Option<Bytes>)>, CliError> {
    let request = fetch::Request {
        limit: 1,
        with_values,
        with_properties: true,
        ..fetch::Request::of(format!(">{}", path.as_str()))
    };
    let response = call::<Fetch>(session, &request, &format!("fetch “{path}”"))?;
    Ok(response.results.first().map(|topic| {
        let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
        (spec, topic.value.clone())
    }))
}

/// The specification of the topic at a path.
pub(super) fn spec_at(session: &mut Session, path: &TopicPath) -> Result<Option<TopicSpec>, CliError> {
    Ok(topic_at(session, path, false)?.map(|(spec, _)| spec))
}
