//! The properties of one session, and which of them somebody asks for.

use super::error::ServiceError;
use super::quotas::ENTRY_BYTES;
use crate::data::ErrorCode;
use crate::wire::services::session_listing::PropertyList;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

/// All fixed properties, as a key.
const ALL_FIXED: &str = "*F";
/// All user-defined properties, as a key.
const ALL_USER_DEFINED: &str = "*U";

/// Whether a key is that of a fixed property.
pub(super) fn is_fixed(key: &str) -> bool {
    key.starts_with('$')
}

/// User-defined properties that a session may have.
const MAX_USER_DEFINED: usize = 100;
/// Bytes of all properties of a session: each filter looks at them.
const MAX_BYTES: usize = 64 << 10;
/// Keys and values, or roles, of one change.
const MAX_CHANGES: usize = 1000;
/// Bytes of a key.
const MAX_KEY_BYTES: usize = 256;

/// A key that no user-defined property can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key of a property has 1 to {MAX_KEY_BYTES} bytes and no spaces, line ends, quotes or parentheses")]
pub(super) struct BadKey;

/// Checks the key of a property.
///
/// # Errors
/// No property can have it.
pub(super) fn check_key(key: &str) -> Result<(), BadKey> {
    let is_bad = |c| matches!(c, ' ' | '\t' | '\r' | '\n' | '"' | '\'' | '(' | ')');
    if key.is_empty() || key.len() > MAX_KEY_BYTES || key.contains(is_bad) { Err(BadKey) } else { Ok(()) }
}

/// A session would have more properties than it may, or larger ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a session may have {MAX_USER_DEFINED} user-defined properties, and {MAX_BYTES} bytes of properties with its roles"
)]
pub(super) struct NoRoom;

impl From<NoRoom> for ServiceError {
    fn from(error: NoRoom) -> Self {
        Self::new(ErrorCode::REJECTED_REQUEST, error.to_string())
    }
}

/// Checks whether a change can be meant for any session, since it is tried at many: so many keys, and so many bytes.
///
/// # Errors
/// It is too large.
pub(super) fn check_change<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(), NoRoom> {
    let (mut count, mut bytes) = (0, 0);
    for text in texts {
        count += 1;
        bytes += text.len();
    }
    if count > MAX_CHANGES || bytes > MAX_BYTES { Err(NoRoom) } else { Ok(()) }
}

/// Checks whether properties may be changed so: values by key, or none where a property goes.
///
/// # Errors
/// There would be too many.
pub(super) fn check_room(properties: &Properties, changes: &BTreeMap<String, Option<String>>) -> Result<(), NoRoom> {
    let kept = properties.iter().filter(|(key, _)| !changes.contains_key(*key));
    let set = changes.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
    let (mut count, mut bytes) = (0, 0);
    for (key, value) in kept.chain(set) {
        count += usize::from(!is_fixed(key));
        bytes += key.len() + value.len();
    }
    if count > MAX_USER_DEFINED || bytes > MAX_BYTES { Err(NoRoom) } else { Ok(()) }
}

/// Keys and values. Cheap to copy, so that what was before a change can be compared with what is after it; changed in
/// one way only: [`World::change_properties`](super::world::World::change_properties).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties(Arc<BTreeMap<String, String>>);

impl From<BTreeMap<String, String>> for Properties {
    fn from(map: BTreeMap<String, String>) -> Self {
        Self(Arc::new(map))
    }
}

impl Deref for Properties {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Properties {
    /// The value of a key, as filters ask for it.
    pub(super) fn value(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key).map(Cow::from)
    }

    /// Bytes that they take.
    pub(super) fn kept_bytes(&self) -> usize {
        self.iter().map(|(key, value)| key.len() + value.len() + ENTRY_BYTES).sum()
    }
}

/// The keys that somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PropertyKeys {
    fixed: bool,
    user_defined: bool,
    keys: BTreeSet<String>,
}

impl PropertyKeys {
    /// Every property.
    pub(super) fn all() -> Self {
        Self { fixed: true, user_defined: true, keys: BTreeSet::new() }
    }

    /// By keys as requests have them; what one of the two general keys includes is not kept.
    pub(super) fn new(keys: impl IntoIterator<Item = String>) -> Self {
        let mut out = Self::default();
        for key in keys {
            match key.as_str() {
                ALL_FIXED => out.fixed = true,
                ALL_USER_DEFINED => out.user_defined = true,
                _ => {
                    out.keys.insert(key);
                }
            }
        }
        let (fixed, user_defined) = (out.fixed, out.user_defined);
        out.keys.retain(|key| if is_fixed(key) { !fixed } else { !user_defined });
        out
    }

    /// Whether a key is asked for.
    pub(super) fn contains(&self, key: &str) -> bool {
        self.keys.contains(key) || if is_fixed(key) { self.fixed } else { self.user_defined }
    }

    /// What is asked for and there is, in the order of keys.
    pub(super) fn of(&self, properties: &Properties) -> PropertyList {
        let wanted = properties.iter().filter(|(key, _)| self.contains(key));
        wanted.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Bytes that they take.
    pub(super) fn kept_bytes(&self) -> usize {
        self.keys.iter().map(|key| key.len() + ENTRY_BYTES).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_keys_include_all_of_their_kind() {
        let map = [("$Roles", "r"), ("$Country", "DE"), ("desk", "a"), ("tier", "1")];
        let properties = Properties::from(
            map.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
        );
        for (keys, expected) in [
            (&[][..], &[][..]),
            (&["*F"], &["$Country", "$Roles"]),
            (&["*U", "tier", "$Roles"], &["$Roles", "desk", "tier"]),
            (&["*F", "*U", "x"], &["$Country", "$Roles", "desk", "tier"]),
            (&["x", "$x"], &[]),
        ] {
            let keys = PropertyKeys::new(keys.iter().map(|&key| key.to_owned()));
            let found: Vec<String> = keys.of(&properties).into_iter().map(|(key, _)| key).collect();
            assert_eq!(found, expected, "{keys:?}");
        }
    }
}
