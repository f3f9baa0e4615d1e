//! Who this session is to its server: principal, properties, roles and permissions; and how it becomes somebody else.
//!
//! A change of principal concerns this session alone, so a read-only connection may make it. The journal has an entry
//! of it without the password.

use crate::client::api::{CallError, CallId, Credentials, SessionFacts};
use crate::data::security::PathPermissions;
use crate::data::session_filter::read_roles;
use crate::data::{ErrorCode, Secret, SessionId, Timestamp, TopicPath, UnsubscribeReason};
use crate::model::change::{ChangeError, ChangeOutcome, Snapshot, run};
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::journal::{Content, EntryId, NotKept, Step, Summary};
use crate::model::notices::{NewNotice, Tone};
use crate::model::remote::Remote;
use crate::model::{Connected, permissions};
use crate::wire::services::session_listing::PropertyList;
use crate::wire::services::{
    ChangePrincipal, GetOwnSessionProperties, GetSessionProperties, ListPathPermissions, ReAuthenticate,
    change_principal, get_session_properties, list_path_permissions, re_authenticate,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Topics that come and go so long after a change of principal are told of it.
const COUNTED_SECS: f64 = 5.0;
/// Bytes of a principal or a password that are sent at most.
pub const MAX_TEXT: usize = 64 << 10;

/// The form of a change of principal.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Principal; empty for anonymous.
    pub principal: String,
    /// Password.
    pub password: Secret,
    /// Whether it is the same principal, whose session would expire.
    pub is_renewal: bool,
    /// Why the last attempt failed.
    pub failure: Option<Failure>,
    /// The attempt under way.
    pub asking: Option<CallId>,
}

/// Why the principal is still the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server did not accept this one.
    NotAccepted(String),
    /// The call failed.
    Call(CallError),
}

/// What a change of principal brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Who the session is now.
    pub principal: String,
    /// Since when.
    pub at: Timestamp,
    /// Roles that came and roles that went; none where they are not told.
    pub roles: Option<(Vec<String>, Vec<String>)>,
    /// Topics that ended since, because `READ_TOPIC` was lost.
    pub topics_ended: u64,
    /// Topics that came since.
    pub topics_came: u64,
}

/// What the server tells of the own session only to who may view sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Its roles.
    pub roles: BTreeSet<String>,
    /// Its user-defined properties.
    pub user_properties: PropertyList,
}

/// Who the session of one connection is.
#[derive(Debug, Default)]
pub struct WhoAmI {
    /// Whether the card is on screen.
    pub is_open: bool,
    /// The form of a change of principal, while it is on screen.
    pub form: Option<Form>,
    /// Its fixed properties.
    pub properties: Remote<PropertyList>,
    /// Its roles and user-defined properties.
    pub told: Remote<Told>,
    /// The topic for which permissions were asked.
    pub path: Option<TopicPath>,
    /// What it may do there.
    pub path_permissions: Remote<PathPermissions>,
    /// When the session ends unless it authenticates again.
    pub expires_at: Option<Timestamp>,
    /// The last change of principal.
    pub changed: Option<Changed>,
    /// Which session has another principal than it began with, and which.
    other: Option<(SessionId, String)>,
    roles_before: Option<BTreeSet<String>>,
}

/// What the user can do.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Show the card, and ask the server.
    Open,
    /// Ask the server again.
    Ask,
    /// Hide the card.
    Close,
    /// Open the form: as somebody else, or (true) as the same principal again.
    OpenForm(bool),
    /// The principal as typed.
    Type(String),
    /// The password as typed.
    TypePassword(Secret),
    /// Do it.
    Change,
    /// Close the form.
    Cancel,
}

impl WhoAmI {
    /// The value of a fixed property of the own session, if it was told.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<&str> {
        let list = self.properties.ready()?;
        list.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }

    fn ask_properties(&mut self, fx: &mut Effects) {
        if fx.offers::<GetOwnSessionProperties>() {
            self.properties.begin(fx.call::<GetOwnSessionProperties>(&(), on_properties), fx.now);
        }
    }
}

impl Feature for WhoAmI {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Open => {
                at.who_am_i.is_open = true;
                ask(at, fx);
            }
            Intent::Ask => ask(at, fx),
            Intent::Close => at.who_am_i.is_open = false,
            Intent::OpenForm(is_renewal) => {
                let principal = at.session.as_ref().filter(|_| is_renewal).map(|session| session.principal.clone());
                let principal = principal.unwrap_or_default();
                at.who_am_i.form = Some(Form { principal, is_renewal, ..Form::default() });
                at.who_am_i.is_open = false;
                ask_told(at, fx);
            }
            Intent::Type(principal) => edit(at, |form| form.principal = principal),
            Intent::TypePassword(password) => edit(at, |form| form.password = password),
            Intent::Change => change(at, fx),
            Intent::Cancel => at.who_am_i.form = None,
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        let Some(session) = at.session.clone() else { return };
        let facts = &mut at.who_am_i;
        match &facts.other {
            // The facts of the line tell the principal that the session began with.
            Some((id, principal)) if *id == session.id => at.session = Some(named(&session, principal)),
            _ => facts.other = None,
        }
        if !same_session {
            facts.changed = None;
            facts.expires_at = None;
            facts.ask_properties(fx);
        }
    }

    fn subscribed(&mut self, _path: &TopicPath, _spec: &Arc<crate::data::TopicSpec>, fx: &mut Effects) {
        if let Some(changed) = self.changed.as_mut().filter(|changed| fx.now.secs_since(changed.at) <= COUNTED_SECS) {
            changed.topics_came += 1;
        }
    }

    fn unsubscribed(&mut self, _path: &TopicPath, reason: Option<UnsubscribeReason>, fx: &mut Effects) {
        if let Some(changed) = self.changed.as_mut().filter(|changed| fx.now.secs_since(changed.at) <= COUNTED_SECS)
            && reason == Some(UnsubscribeReason::Authorization)
        {
            changed.topics_ended += 1;
        }
    }
}

fn edit(at: &mut Connected, change: impl FnOnce(&mut Form)) {
    if let Some(form) = at.who_am_i.form.as_mut().filter(|form| form.asking.is_none()) {
        change(form);
    }
}

fn named(session: &SessionFacts, principal: &str) -> Arc<SessionFacts> {
    Arc::new(SessionFacts { principal: principal.to_owned(), ..session.clone() })
}

fn ask(at: &mut Connected, fx: &mut Effects) {
    if !at.is_live() {
        return;
    }
    at.who_am_i.ask_properties(fx);
    ask_told(at, fx);
    permissions::Permissions::handle(at, permissions::Intent::Refresh, fx);
    let path = at.inspector.selected.clone();
    let facts = &mut at.who_am_i;
    facts.path_permissions = Remote::default();
    facts.path = path.filter(|_| fx.offers::<ListPathPermissions>());
    if let Some(path) = &facts.path {
        let request = list_path_permissions::Request { path: path.as_str().to_owned() };
        let call = fx.call::<ListPathPermissions>(&request, on_path_permissions);
        facts.path_permissions.begin(call, fx.now);
    }
}

/// Asks for roles and user-defined properties, unless it is known that the server would refuse.
fn ask_told(at: &mut Connected, fx: &mut Effects) {
    let Some(session) = at.session.as_ref().filter(|_| at.is_live() && !at.sessions_are_hidden()) else { return };
    let request =
        get_session_properties::Request { session: session.id, keys: vec!["$Roles".to_owned(), "*U".to_owned()] };
    let call = fx.call::<GetSessionProperties>(&request, on_told);
    at.who_am_i.told.begin(call, fx.now);
}

fn on_properties(at: &mut Connected, fx: &mut Effects, reply: Reply<GetOwnSessionProperties>) {
    let facts = &mut at.who_am_i;
    if facts.properties.finish(reply.map(Option::unwrap_or_default), fx) && facts.properties.error.is_none() {
        let millis = facts.property("$ExpiryTime").and_then(|text| text.trim().parse().ok());
        facts.expires_at = millis.map(Timestamp::from_millis);
    }
}

fn on_told(at: &mut Connected, fx: &mut Effects, reply: Reply<GetSessionProperties>) {
    let told = reply.map(|properties| {
        let (fixed, user): (PropertyList, PropertyList) =
            properties.unwrap_or_default().into_iter().partition(|(key, _)| key.starts_with('$'));
        let roles = fixed.iter().find(|(key, _)| key == "$Roles").map(|(_, text)| read_roles(text));
        Told { roles: roles.unwrap_or_default(), user_properties: user }
    });
    let facts = &mut at.who_am_i;
    if !facts.told.finish(told, fx) || facts.told.error.is_some() {
        return;
    }
    if let (Some(before), Some(changed), Some(now)) =
        (facts.roles_before.take(), facts.changed.as_mut(), facts.told.ready())
    {
        let came = now.roles.difference(&before).cloned().collect();
        let went = before.difference(&now.roles).cloned().collect();
        changed.roles = Some((came, went));
    }
}

fn on_path_permissions(at: &mut Connected, fx: &mut Effects, reply: Reply<ListPathPermissions>) {
    // Numbers that are not known stand for permissions that this program asks for nowhere.
    let held = |numbers: Vec<u8>| {
        let known = numbers.into_iter().filter_map(crate::data::security::PathPermission::of_number);
        known.map(PathPermissions::from).collect()
    };
    at.who_am_i.path_permissions.finish(reply.map(held), fx);
}

fn change(at: &mut Connected, fx: &mut Effects) {
    let known = at.who_am_i.told.ready().map(|told| told.user_properties.clone()).unwrap_or_default();
    let is_live = at.is_live();
    let Some(form) = at.who_am_i.form.as_mut().filter(|form| is_live && form.asking.is_none()) else { return };
    let principal = form.principal.clone();
    if principal.len() > MAX_TEXT || form.password.expose().len() > MAX_TEXT {
        form.failure = Some(Failure::Call(CallError::TooLarge {
            bytes: principal.len().max(form.password.expose().len()),
            most: MAX_TEXT,
        }));
        return;
    }
    let credentials =
        if form.password.is_empty() { Credentials::None } else { Credentials::Password(form.password.clone()) };
    form.failure = None;
    let verb = if form.is_renewal { "Authenticate again" } else { "Change principal" };
    let name = if principal.is_empty() { "anonymous" } else { &principal };
    let summary = Summary {
        verb: verb.to_owned(),
        title: if form.is_renewal {
            format!("Authenticate again as {name}")
        } else {
            format!("Change principal to {name}")
        },
        infinitive: if form.is_renewal {
            format!("authenticate again as {name}")
        } else {
            format!("change the principal to {name}")
        },
        target: principal.clone(),
        is_path: false,
        facts: Vec::new(),
        why: NotKept::Secret,
    };
    let entry = run::begin_entry_of(at, Content::Summary(Box::new(summary)), Snapshot::default(), None, fx);
    let wanted = principal.clone();
    let done = move |at: &mut Connected, fx: &mut Effects, reply: Result<bool, CallError>, micros: u64| {
        on_changed(at, fx, (entry, wanted), reply, micros);
    };
    let call = if fx.offers::<ReAuthenticate>() {
        let request = re_authenticate::Request { principal, credentials, properties: known };
        fx.call_timed::<ReAuthenticate>(&request, done)
    } else {
        let request = change_principal::Request { principal, credentials };
        fx.call_timed::<ChangePrincipal>(&request, done)
    };
    if let Some(form) = &mut at.who_am_i.form {
        form.asking = Some(call);
    }
}

fn on_changed(
    at: &mut Connected,
    fx: &mut Effects,
    (entry, principal): (EntryId, String),
    reply: Result<bool, CallError>,
    micros: u64,
) {
    let is_accepted = matches!(reply, Ok(true));
    let failure = match reply {
        Ok(true) => None,
        Ok(false) | Err(CallError::Service { code: ErrorCode::ACCESS_DENIED, .. }) => {
            Some(Failure::NotAccepted(principal.clone()))
        }
        Err(error) => Some(Failure::Call(error)),
    };
    let result = match &failure {
        None => Ok(ChangeOutcome::Done),
        Some(Failure::NotAccepted(_)) => Err(ChangeError::NotAccepted),
        Some(Failure::Call(error)) => Err(ChangeError::Call(error.clone())),
    };
    fx.journal(Step::Ended { id: entry, result, micros });
    let was = at.who_am_i.form.as_ref().is_some_and(|form| fx.is_answer_to(form.asking));
    if !is_accepted {
        if let Some(form) = at.who_am_i.form.as_mut().filter(|_| was) {
            form.asking = None;
            form.failure = failure;
        }
        return;
    }
    if was {
        at.who_am_i.form = None;
    }
    if let Some(session) = at.session.clone() {
        at.session = Some(named(&session, &principal));
        at.who_am_i.other = Some((session.id, principal.clone()));
    }
    let facts = &mut at.who_am_i;
    facts.roles_before = facts.told.ready().map(|told| told.roles.clone());
    let name = if principal.is_empty() { "anonymous".to_owned() } else { principal.clone() };
    facts.changed = Some(Changed { principal, at: fx.now, roles: None, topics_ended: 0, topics_came: 0 });
    facts.is_open = true;
    fx.notice(NewNotice::new(Tone::Good, format!("{}: you are {name} now", crate::data::shown(&at.name))));
    // What the former principal could see is asked anew, if this one may see it.
    at.permissions.global = Remote::default();
    ask(at, fx);
}

#[cfg(test)]
mod tests;
