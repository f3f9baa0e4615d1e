//! Settings of the program: small, versioned, readable with any missing or unknown part.

use crate::model::Model;
use crate::model::connections::Environment;
use crate::model::program::memory;
use crate::model::stored::Stored;
use serde::{Deserialize, Serialize};

/// Which theme to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// Dark with the strongest contrast.
    HighContrast,
}

/// The stored settings; unknown keys survive a rewrite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Version of the form.
    pub version: u32,
    /// Theme.
    pub theme: Theme,
    /// Zoom, 0.75 to 3.
    pub scale: f32,
    /// No fades.
    pub reduce_motion: bool,
    /// Memory for values, histories and the journal, in MiB.
    pub memory_mib: u32,
    /// Favourite paths, by connection key.
    pub favourites: std::collections::BTreeMap<String, Vec<String>>,
    /// How careful changes are treated, by connection key.
    pub modes: std::collections::BTreeMap<String, crate::model::safety::Mode>,
    /// Whether the hints of the demo were dismissed all at once.
    pub hints_done: bool,
    /// Hints of the demo dismissed one by one.
    pub hints_read: std::collections::BTreeSet<String>,
    /// Environments of servers whose values are kept neither in the journal nor in drafts on the disk.
    pub values_not_kept: std::collections::BTreeSet<Environment>,
    /// Dock layouts by connection key, as the dock stores them.
    pub layouts: std::collections::BTreeMap<String, serde_json::Value>,
    /// Filters of sessions that the user keeps, by connection key.
    pub session_filters: std::collections::BTreeMap<String, Vec<crate::model::session_list::saved::SavedFilter>>,
    /// Keys that the user gave to commands, by command id; the window says how a key is written.
    pub keys: std::collections::BTreeMap<String, String>,
    /// Keys of other versions.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            theme: Theme::System,
            scale: 1.0,
            reduce_motion: false,
            memory_mib: memory::DEFAULT_MIB,
            favourites: std::collections::BTreeMap::new(),
            modes: std::collections::BTreeMap::new(),
            hints_done: false,
            hints_read: std::collections::BTreeSet::new(),
            values_not_kept: std::collections::BTreeSet::new(),
            layouts: std::collections::BTreeMap::new(),
            session_filters: std::collections::BTreeMap::new(),
            keys: std::collections::BTreeMap::new(),
            other: serde_json::Map::new(),
        }
    }
}

impl Stored for Settings {
    const NAME: &'static str = "settings";
    const VERSION: u32 = 1;

    fn of(model: &Model) -> Self {
        model.settings.clone()
    }

    fn restore(self, model: &mut Model) {
        model.settings = self;
    }
}

/// What the user can change.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Another theme.
    SetTheme(Theme),
    /// Another zoom.
    SetScale(f32),
    /// Fades on or off.
    SetReduceMotion(bool),
    /// All hints are read.
    DismissHints,
    /// One hint is read.
    DismissHint(&'static str),
    /// Other favourites of the connection with this key.
    KeepFavourites(String, Vec<String>),
    /// Another mode of the connection with this key.
    KeepMode(String, crate::model::safety::Mode),
    /// Values of servers of this environment are kept on the disk, or not.
    KeepValues(Environment, bool),
    /// Another memory limit, in MiB.
    SetMemory(u32),
    /// The dock changed; kept for the active connection's key, or the empty key.
    KeepLayout(String, serde_json::Value),
    /// Other kept filters of sessions of the connection with this key.
    KeepSessionFilters(String, Vec<crate::model::session_list::saved::SavedFilter>),
    /// Commands have these keys now, or again their own where there is none; other commands keep theirs.
    SetKeys(Vec<(&'static str, Option<String>)>),
}

impl Settings {
    /// The memory limit in bytes, within what can be chosen.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let mib = self.memory_mib.clamp(*memory::CHOICES_MIB.start(), *memory::CHOICES_MIB.end());
        usize::try_from(u64::from(mib) << 20).unwrap_or(usize::MAX)
    }

    /// Whether values of servers of this environment may be written to the disk.
    #[must_use]
    pub fn keeps_values(&self, environment: Environment) -> bool {
        !self.values_not_kept.contains(&environment)
    }

    /// Handles what the user did; true if the settings must be written.
    pub fn handle(&mut self, intent: Intent) -> bool {
        let before = self.clone();
        match intent {
            Intent::SetTheme(theme) => self.theme = theme,
            Intent::SetScale(scale) => self.scale = if scale.is_finite() { scale.clamp(0.75, 3.0) } else { 1.0 },
            Intent::SetReduceMotion(on) => self.reduce_motion = on,
            Intent::DismissHints => self.hints_done = true,
            Intent::DismissHint(id) => {
                self.hints_read.insert(id.to_owned());
            }
            Intent::KeepFavourites(key, paths) => {
                self.favourites.insert(key, paths);
            }
            Intent::KeepMode(key, mode) => {
                self.modes.insert(key, mode);
            }
            Intent::KeepValues(environment, true) => drop(self.values_not_kept.remove(&environment)),
            Intent::KeepValues(environment, false) => drop(self.values_not_kept.insert(environment)),
            Intent::SetMemory(mib) => {
                self.memory_mib = mib.clamp(*memory::CHOICES_MIB.start(), *memory::CHOICES_MIB.end());
            }
            Intent::KeepLayout(key, layout) => {
                self.layouts.insert(key, layout);
            }
            Intent::KeepSessionFilters(key, filters) => {
                self.session_filters.insert(key, filters);
            }
            Intent::SetKeys(changes) => {
                for (command, key) in changes {
                    match key {
                        Some(key) => drop(self.keys.insert(command.to_owned(), key)),
                        None => drop(self.keys.remove(command)),
                    }
                }
            }
        }
        *self != before
    }
}
