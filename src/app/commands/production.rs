//! The guard of production servers on the command line: what the window starts read-only, a command changes only when it
//! is told so.

use super::CliError;
use crate::app::cli::ServerArgs;
use crate::data::{ServerUrl, shown};
use crate::model::connections::{Environment, Profiles};
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

/// The stored profiles are no larger.
const MAX_BYTES: u64 = 64 << 20;

/// Refuses a change of a server that a stored profile says is production, unless `--yes-production` is given.
pub(super) fn check(server: &ServerArgs) -> Result<(), CliError> {
    if server.yes_production {
        return Ok(());
    }
    let same_place = |url: &ServerUrl| url.host() == server.url.host() && url.port() == server.url.port();
    let stored = profiles(server.data_dir.clone())
        .list
        .into_iter()
        .find(|profile| profile.environment == Environment::Production && profile.url.server().is_some_and(same_place));
    match stored {
        None => Ok(()),
        Some(profile) => Err(CliError::NotDone(format!(
            "“{}” is a production server; nothing was done. --yes-production does it all the same",
            shown(&profile.title())
        ))),
    }
}

/// The stored profiles. They are only looked at: whatever is wrong with the file is told and mended by the window.
fn profiles(data_dir: Option<PathBuf>) -> Profiles {
    let usual = || directories::ProjectDirs::from("", "", "brownian").map(|folders| folders.data_dir().to_owned());
    let Some(folder) = data_dir.or_else(usual) else { return Profiles::default() };
    let mut text = Vec::new();
    let read = File::open(folder.join("profiles.json")).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut text));
    match read.map_err(|error| error.to_string()).and_then(|_| read_list(&text)) {
        Ok(profiles) => profiles,
        Err(why) => {
            tracing::debug!("no stored profiles are looked at: {why}");
            Profiles::default()
        }
    }
}

/// Each profile by itself, so that one that cannot be read hides no other.
fn read_list(text: &[u8]) -> Result<Profiles, String> {
    let root: serde_json::Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let list = root.get("list").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let list = list.into_iter().filter_map(|profile| serde_json::from_value(profile).ok()).collect();
    Ok(Profiles { list, ..Profiles::default() })
}
