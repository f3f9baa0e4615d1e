//! What can be done to a session: the acts, their words, and the calls that do them.

use super::report::{Done, Report};
use crate::client::api::CallError;
use crate::data::session_filter::read_roles;
use crate::data::{ErrorCode, SessionId, shown};
use crate::model::change::{ChangeError, ChangeOutcome, ChangeResult, PreparedCall, stored_form};
use crate::wire::services::session_listing::{ErrorReport, OneSession, Selected};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::{
    ChangeAuthorisationRoles, ChangeAuthorisationRolesFilter, CloseClient, CloseClientFilter, FilterSubscribe,
    FilterUnsubscribe, RevokeAuthentication, SetClientConflation, SetClientConflationFilter, SetSessionProperties,
    SetSessionPropertiesFilter, SubscribeClient, UnsubscribeAllByFilter, UnsubscribeAllControl, UnsubscribeClient,
    change_authorisation_roles, change_authorisation_roles_filter, close_client_filter, filter_subscribe,
    set_client_conflation, set_client_conflation_filter, set_session_properties, set_session_properties_filter,
    subscribe_client, unsubscribe_all_by_filter, unsubscribe_all_control,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Something that is done to sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// End them.
    Close,
    /// End them because who they are no longer counts.
    Revoke,
    /// Take roles away, then give others.
    Roles {
        /// Given.
        add: Vec<String>,
        /// Taken away, first.
        remove: Vec<String>,
    },
    /// Set and remove properties.
    Properties {
        /// Keys and values.
        set: Vec<(String, String)>,
        /// Keys.
        remove: Vec<String>,
    },
    /// Turn the conflation of their queues on or off.
    Conflation {
        /// On.
        on: bool,
    },
    /// Subscribe them to topics.
    Subscribe {
        /// Topic selector.
        selector: String,
        /// Scope; empty for the default one.
        scope: String,
    },
    /// Unsubscribe them from topics.
    Unsubscribe {
        /// Topic selector.
        selector: String,
        /// Scope; none for all scopes.
        scope: Option<String>,
    },
}

/// A session to which something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its ID.
    #[serde(with = "stored_form::session_id")]
    pub session: SessionId,
    /// Its principal; empty for anonymous.
    #[serde(default)]
    pub principal: String,
    /// Address and kind of client, as far as they are known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Its roles when they were last seen; none if they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// What is done to this session alone, where that differs from what is done to the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Box<Act>>,
}

impl Target {
    /// A session with these properties, as far as they are known.
    pub fn new<'a>(session: SessionId, property: impl Fn(&str) -> Option<Cow<'a, str>>) -> Self {
        let text = |key| property(key).unwrap_or_default();
        let parts = [text("$ClientIP"), text("$ClientType")];
        let known: Vec<&str> = parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect();
        Self {
            session,
            principal: text("$Principal").into_owned(),
            summary: known.join("  "),
            roles: property("$Roles").map(|text| read_roles(&text).into_iter().collect()),
            own: None,
        }
    }

    /// Its principal for people.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        if self.principal.is_empty() { Cow::Borrowed("anonymous") } else { Cow::Owned(shown(&self.principal).into()) }
    }

    /// What has to be typed to confirm an act on this session alone: its principal, or the end of its ID.
    #[must_use]
    pub fn to_type(&self) -> String {
        if self.principal.is_empty() { end_of_id(self.session) } else { self.principal.clone() }
    }

    /// Bytes of its texts.
    pub(in crate::model) fn size_bytes(&self) -> usize {
        let roles: usize = self.roles.iter().flatten().map(String::len).sum();
        size_of::<Self>() + self.principal.len() + self.summary.len() + roles
    }
}

/// The last four digits of a session ID, by which a session is told from others in a list.
#[must_use]
pub fn end_of_id(session: SessionId) -> String {
    format!("{:04x}", session.session & 0xffff)
}

/// What a fixed property must be called to be set by another session.
pub const SETTABLE: [&str; 4] = ["$Country", "$Language", "$Latitude", "$Longitude"];

impl Act {
    /// Whether it ends the sessions.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::Close | Self::Revoke)
    }

    /// Whether it takes away what cannot simply be put back, so that something is typed for a single session too.
    #[must_use]
    pub const fn is_grave(&self) -> bool {
        matches!(self, Self::Close | Self::Revoke | Self::Roles { .. })
    }

    /// The act in the infinitive for these sessions: “close 14 sessions”.
    #[must_use]
    pub fn infinitive(&self, whom: &str) -> String {
        match self {
            Self::Close => format!("close {whom}"),
            Self::Revoke => format!("revoke {whom}"),
            Self::Roles { .. } => format!("change the roles of {whom}"),
            Self::Properties { .. } => format!("set properties of {whom}"),
            Self::Conflation { on } => format!("turn conflation {} for {whom}", on_off(*on)),
            Self::Subscribe { .. } => format!("subscribe {whom}"),
            Self::Unsubscribe { .. } => format!("unsubscribe {whom}"),
        }
    }

    /// The act while it is under way: “Closing 14 sessions”.
    #[must_use]
    pub fn under_way(&self, whom: &str) -> String {
        match self {
            Self::Close => format!("Closing {whom}"),
            Self::Revoke => format!("Revoking {whom}"),
            Self::Roles { .. } => format!("Changing the roles of {whom}"),
            Self::Properties { .. } => format!("Setting properties of {whom}"),
            Self::Conflation { on } => format!("Turning conflation {} for {whom}", on_off(*on)),
            Self::Subscribe { .. } => format!("Subscribing {whom}"),
            Self::Unsubscribe { .. } => format!("Unsubscribing {whom}"),
        }
    }

    /// The act when it is done: “Closed 14 sessions”.
    #[must_use]
    pub fn done(&self, whom: &str) -> String {
        match self {
            Self::Close => format!("Closed {whom}"),
            Self::Revoke => format!("Revoked {whom}"),
            Self::Roles { .. } => format!("Changed the roles of {whom}"),
            Self::Properties { .. } => format!("Set properties of {whom}"),
            Self::Conflation { on } => format!("Turned conflation {} for {whom}", on_off(*on)),
            Self::Subscribe { .. } => format!("Subscribed {whom}"),
            Self::Unsubscribe { .. } => format!("Unsubscribed {whom}"),
        }
    }

    /// What a session is after it: “11 of 14 closed”, and the outcome in machine-readable output.
    #[must_use]
    pub const fn participle(&self) -> &'static str {
        match self {
            Self::Close => "closed",
            Self::Revoke => "revoked",
            Self::Roles { .. } | Self::Properties { .. } | Self::Conflation { .. } => "changed",
            Self::Subscribe { .. } => "subscribed",
            Self::Unsubscribe { .. } => "unsubscribed",
        }
    }

    /// What exactly is done, as named facts.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let pairs = |of: &[(String, String)]| {
            of.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
        };
        let facts = match self {
            Self::Close | Self::Revoke | Self::Conflation { .. } => Vec::new(),
            Self::Roles { add, remove } => vec![("Takes away", remove.join(", ")), ("Adds", add.join(", "))],
            Self::Properties { set, remove } => vec![("Sets", pairs(set)), ("Removes", remove.join(", "))],
            Self::Subscribe { selector, scope } => vec![("Selector", selector.clone()), ("Scope", scope.clone())],
            Self::Unsubscribe { selector, scope } => {
                let scope = scope.clone().unwrap_or_else(|| "all scopes".to_owned());
                vec![("Selector", selector.clone()), ("Scope", scope)]
            }
        };
        facts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }

    /// The call that does it to one session.
    #[must_use]
    pub fn call(&self, target: &Target) -> PreparedCall {
        let session = target.session;
        let name = (session, target.principal.clone());
        let done = move |done| Ok(ChangeOutcome::Sessions(Box::new(Report::of_one(name.0, name.1, done))));
        let plainly = |()| Done::default();
        match target.own.as_deref().unwrap_or(self) {
            Self::Close => PreparedCall::new::<CloseClient>(&OneSession { session }, move |()| done(plainly(()))),
            Self::Revoke => {
                PreparedCall::new::<RevokeAuthentication>(&OneSession { session }, move |()| done(plainly(())))
            }
            Self::Roles { add, remove } => {
                let request = change_authorisation_roles::Request { session, remove: remove.clone(), add: add.clone() };
                PreparedCall::new::<ChangeAuthorisationRoles>(&request, move |()| done(plainly(())))
            }
            Self::Properties { set, remove } => {
                let request = set_session_properties::Request { session, set: some(set), remove: some(remove) };
                PreparedCall::new::<SetSessionProperties>(&request, move |changed| {
                    let (previous, added) = (changed.previous.unwrap_or_default(), changed.added.unwrap_or_default());
                    done(Done { previous, added })
                })
            }
            Self::Conflation { on } => {
                let request = set_client_conflation::Request { session, conflate: *on };
                PreparedCall::new::<SetClientConflation>(&request, move |()| done(plainly(())))
            }
            Self::Subscribe { selector, scope } => {
                let request = subscribe_client::Request { session, selection: selection(selector, scope) };
                PreparedCall::new::<SubscribeClient>(&request, move |()| done(plainly(())))
            }
            Self::Unsubscribe { selector, scope: Some(scope) } => {
                let request = subscribe_client::Request { session, selection: selection(selector, scope) };
                PreparedCall::new::<UnsubscribeClient>(&request, move |()| done(plainly(())))
            }
            Self::Unsubscribe { selector, scope: None } => {
                let request = unsubscribe_all_control::Request { selector: selector.clone(), session };
                PreparedCall::new::<UnsubscribeAllControl>(&request, move |()| done(plainly(())))
            }
        }
    }

    /// The call that does it to whoever a filter selects when it arrives; none where no service does.
    #[must_use]
    pub fn filter_call(&self, filter: &str) -> Option<PreparedCall> {
        let filter = filter.to_owned();
        Some(match self {
            Self::Revoke => return None,
            Self::Close => {
                let request = close_client_filter::Request { filter };
                PreparedCall::new::<CloseClientFilter>(&request, |answer| selected(answer.into()))
            }
            Self::Roles { add, remove } => {
                let (remove, add) = (remove.clone(), add.clone());
                let request = change_authorisation_roles_filter::Request { filter, remove, add };
                PreparedCall::new::<ChangeAuthorisationRolesFilter>(&request, |answer| selected(answer.into()))
            }
            Self::Properties { set, remove } => {
                let request = set_session_properties_filter::Request { filter, set: some(set), remove: some(remove) };
                PreparedCall::new::<SetSessionPropertiesFilter>(&request, |answer| selected(answer.into()))
            }
            Self::Conflation { on } => {
                let request = set_client_conflation_filter::Request { filter, conflate: *on };
                PreparedCall::new::<SetClientConflationFilter>(&request, |answer| selected(answer.into()))
            }
            Self::Subscribe { selector, scope } => {
                let request = filter_subscribe::Request { filter, selection: selection(selector, scope) };
                PreparedCall::new::<FilterSubscribe>(&request, selected)
            }
            Self::Unsubscribe { selector, scope: Some(scope) } => {
                let request = filter_subscribe::Request { filter, selection: selection(selector, scope) };
                PreparedCall::new::<FilterUnsubscribe>(&request, selected)
            }
            Self::Unsubscribe { selector, scope: None } => {
                let request = unsubscribe_all_by_filter::Request { selector: selector.clone(), filter };
                PreparedCall::new::<UnsubscribeAllByFilter>(&request, selected)
            }
        })
    }
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// An empty part is sent as absent.
fn some<T: Clone>(list: &[T]) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.to_vec())
}

fn selection(selector: &str, scope: &str) -> SelectionRequest {
    SelectionRequest { selector: selector.to_owned(), scope: scope.to_owned() }
}

fn selected(answer: Selected) -> ChangeResult {
    match answer {
        Selected::Sessions(count) => {
            let count = u64::try_from(count).unwrap_or_default();
            Ok(ChangeOutcome::Sessions(Box::new(Report { asked: count, done: count, ..Report::default() })))
        }
        Selected::BadFilter(errors) => Err(ChangeError::Call(bad_filter(&errors))),
    }
}

/// What a server found wrong with a filter, as the failure of the call.
#[must_use]
pub fn bad_filter(errors: &[ErrorReport]) -> CallError {
    let said: Vec<String> = errors
        .iter()
        .map(|report| {
            let ErrorReport { message, line, column } = report;
            if *line > 0 { format!("{message}, at line {line}, column {column}") } else { message.clone() }
        })
        .collect();
    CallError::Service { code: ErrorCode::INVALID_DATA, description: said.join("; ") }
}
