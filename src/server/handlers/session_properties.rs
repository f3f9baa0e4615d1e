//! Reading and setting properties of sessions.

use super::session_scan::{Act, Acted, OnSelected, no_such_session};
use super::{RequestContext, ServiceError};
use crate::data::{ErrorCode, cost};
use crate::server::properties::{Properties, PropertyKeys, check_change, check_key, check_room, is_fixed};
use crate::server::quotas::ENTRY_BYTES;
use crate::wire::services::session_listing::{CountOrErrors, PropertyList};
use crate::wire::services::{get_session_properties, set_session_properties, set_session_properties_filter};
use std::collections::{BTreeMap, BTreeSet};

/// Properties of a session; none if there is no such session.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn get(
    cx: &mut RequestContext<'_>,
    request: get_session_properties::Request,
) -> Result<Option<PropertyList>, ServiceError> {
    let session = cx.world.session_key(request.session).and_then(|key| cx.world.sessions.get(&key));
    Ok(session.map(|session| PropertyKeys::new(request.keys).of(&session.properties)))
}

/// The fixed properties of the session that asks, but for its roles.
pub(super) fn own(cx: &mut RequestContext<'_>, (): ()) -> Result<Option<PropertyList>, ServiceError> {
    let properties = cx.session()?.properties.iter();
    let fixed = properties.filter(|(key, _)| is_fixed(key) && *key != "$Roles");
    Ok(Some(fixed.map(|(key, value)| (key.clone(), value.clone())).collect()))
}

/// What is to be changed: values by key, or none where a property goes.
pub(super) struct Setting(BTreeMap<String, Option<String>>);

impl Setting {
    /// What requests ask for, of which only a part can be changed. What is to be removed and set is set.
    ///
    /// # Errors
    /// 106 for a key that no property can have, 9003 for a change too large for any session.
    fn new(set: Option<PropertyList>, remove: Option<Vec<String>>) -> Result<Self, ServiceError> {
        let values = set.iter().flatten().flat_map(|(key, value)| [key, value]);
        check_change(values.chain(remove.iter().flatten()).map(String::as_str))?;
        let mut changes = BTreeMap::new();
        for key in remove.into_iter().flatten().filter(|key| !is_fixed(key)) {
            changes.insert(key, None);
        }
        for (key, value) in set.into_iter().flatten() {
            if let Some(value) = stored(&key, value) {
                check_key(&key).map_err(|error| ServiceError::new(ErrorCode::INVALID_DATA, error.to_string()))?;
                changes.insert(key, Some(value));
            }
        }
        Ok(Self(changes))
    }

    /// Changes a session; what was there.
    fn apply(&self, cx: &mut RequestContext<'_>, target: u64) -> Result<Properties, ServiceError> {
        let session = cx.world.sessions.get(&target).ok_or_else(no_such_session)?;
        let before = session.properties.clone();
        cx.account.note(cost::CHANGE + cost::bytes_cost(before.kept_bytes() + self.kept_bytes()));
        check_room(&before, &self.0)?;
        cx.world.change_properties(target, self.0.clone());
        Ok(before)
    }
}

/// A value as it is stored; none for a fixed property that nobody can set.
fn stored(key: &str, value: String) -> Option<String> {
    match key {
        "$Country" => Some(value.to_uppercase()),
        "$Language" => Some(value.to_lowercase()),
        "$Latitude" | "$Longitude" => {
            let is_number = value.trim().parse::<f64>().is_ok_and(f64::is_finite);
            Some(if is_number { value.trim().to_owned() } else { "NaN".to_owned() })
        }
        _ => (!is_fixed(key)).then_some(value),
    }
}

/// Sets properties of a session; what was there, and what is new.
pub(super) fn set(
    cx: &mut RequestContext<'_>,
    request: set_session_properties::Request,
) -> Result<set_session_properties::Response, ServiceError> {
    let target = cx.world.session_key(request.session).ok_or_else(no_such_session)?;
    let before = Setting::new(request.set, request.remove)?.apply(cx, target)?;
    let Some(after) = cx.world.sessions.get(&target).map(|session| session.properties.clone()) else {
        return Err(no_such_session());
    };
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let (mut previous, mut added) = (Vec::new(), Vec::new());
    for key in keys.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
        match before.get(key) {
            Some(old) => previous.push((key.clone(), old.clone())),
            None => added.push(key.clone()),
        }
    }
    Ok(set_session_properties::Response {
        previous: (!previous.is_empty()).then_some(previous),
        added: (!added.is_empty()).then_some(added),
    })
}

impl Act for Setting {
    fn act(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<Acted, ServiceError> {
        self.apply(cx, target).map(|_| Acted::Done)
    }

    fn kept_bytes(&self) -> usize {
        let value = |value: &Option<String>| value.as_ref().map_or(0, String::len);
        self.0.iter().map(|(key, of)| key.len() + value(of) + ENTRY_BYTES).sum()
    }
}

/// Sets properties of the sessions that a filter selects. A session that has no room for them is left as it is.
pub(super) fn set_selected(
    cx: &mut RequestContext<'_>,
    request: set_session_properties_filter::Request,
) -> Result<OnSelected<Setting, CountOrErrors>, ServiceError> {
    let act = Setting::new(request.set, request.remove)?;
    Ok(OnSelected::new(cx, &request.filter, act))
}
