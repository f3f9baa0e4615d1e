//! The properties of one session, and which of them somebody asks for.

use super::quotas::ENTRY_BYTES;
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

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        !self.fixed && !self.user_defined && self.keys.is_empty()
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
