//! Filters that the user keeps under names, for each profile.

use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::settings;
use serde::{Deserialize, Serialize};

/// Filters kept for one profile.
pub const MAX_SAVED: usize = 100;
/// Characters of a name.
const MAX_NAME: usize = 100;

/// A kept filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedFilter {
    /// What the user calls it.
    pub name: String,
    /// The text of the box.
    pub text: String,
}

/// Keeps the text of the box; one of the same name is replaced.
pub(super) fn save(at: &mut Connected, name: &str, fx: &mut Effects) {
    let name: String = name.trim().chars().take(MAX_NAME).collect();
    let list = &mut at.session_list;
    let text = list.filter.text().trim().to_owned();
    if name.is_empty() || text.is_empty() {
        return;
    }
    list.saved.retain(|saved| saved.name != name);
    list.saved.insert(0, SavedFilter { name, text });
    list.saved.truncate(MAX_SAVED);
    keep(at, fx);
}

/// Forgets a kept filter.
pub(super) fn forget(at: &mut Connected, name: &str, fx: &mut Effects) {
    at.session_list.saved.retain(|saved| saved.name != name);
    keep(at, fx);
}

fn keep(at: &Connected, fx: &mut Effects) {
    fx.change_settings(settings::Intent::KeepSessionFilters(at.key.clone(), at.session_list.saved.clone()));
}
