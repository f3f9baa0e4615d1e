//! The system's dialogs for files, and the signal to show an own one where there are none.
//!
//! The dialog crate answers "nothing chosen" both when the user cancels and when the desktop offers no dialog at all. So
//! the desktop is asked first, and an answer that came faster than any user could give it counts as "not there".

use super::platform;
use std::ffi::OsString;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// No user closes a dialog that fast; a missing portal answers within 10 ms.
const FASTEST_USER: Duration = Duration::from_millis(300);
/// What the portal's service file is called, in the folder `dbus-1/services` of the data folders.
const PORTAL: &str = "dbus-1/services/org.freedesktop.portal.Desktop.service";

/// What is to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// A file that exists.
    Open,
    /// A place to write to, with a name to begin with.
    Save {
        /// The file name proposed.
        name: String,
    },
}

/// The question to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// Title of the dialog.
    pub title: String,
    /// Kind of files, with endings without dots; all files if empty.
    pub kinds: Vec<(String, Vec<String>)>,
    /// Open or save.
    pub choice: Choice,
}

/// How the question ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The user chose a file.
    Path(PathBuf),
    /// The user chose none.
    Cancelled,
    /// The desktop has no dialog: show the own one, where a path is typed.
    Unavailable,
}

/// Whether the desktop has dialogs for files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileDialogs {
    /// It seems so; [`ask`] finds out.
    System,
    /// Surely not: show the own dialog at once.
    TypePath,
}

/// Looks what the desktop offers; reads a few folders, so not for the window's thread while it draws.
#[must_use]
pub(super) fn available() -> FileDialogs {
    if !cfg!(target_os = "linux") {
        return FileDialogs::System;
    }
    Desktop::of_process().offers(Path::exists, platform::loads)
}

/// Shows the system's dialog. Await it anywhere; on macOS call this function itself on the window's thread.
pub(super) fn ask(question: Question) -> impl Future<Output = Answer> + Send {
    let mut dialog = rfd::AsyncFileDialog::new().set_title(question.title);
    for (name, endings) in &question.kinds {
        dialog = dialog.add_filter(name, endings);
    }
    let begun = Instant::now();
    let shown: std::pin::Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> = match question.choice {
        Choice::Open => Box::pin(dialog.pick_file()),
        Choice::Save { name } => Box::pin(dialog.set_file_name(name).save_file()),
    };
    async move { answer(shown.await.map(|file| file.path().to_owned()), begun.elapsed()) }
}

fn answer(chosen: Option<PathBuf>, took: Duration) -> Answer {
    match chosen {
        Some(path) => Answer::Path(path),
        None if took < FASTEST_USER => Answer::Unavailable,
        None => Answer::Cancelled,
    }
}

/// What decides whether a portal or the program zenity can be reached.
#[derive(Clone, Debug, Default)]
struct Desktop {
    display: bool,
    bus_address: Option<OsString>,
    runtime_dir: Option<PathBuf>,
    data_folders: Vec<PathBuf>,
    program_folders: Vec<PathBuf>,
}

impl Desktop {
    fn of_process() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let folders = |list: OsString| std::env::split_paths(&list).collect::<Vec<_>>();
        let mut data_folders =
            folders(variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into()));
        let own = variable("XDG_DATA_HOME").map(PathBuf::from);
        data_folders.extend(own.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".local/share"))));
        Self {
            display: variable("DISPLAY").is_some() || variable("WAYLAND_DISPLAY").is_some(),
            bus_address: variable("DBUS_SESSION_BUS_ADDRESS"),
            runtime_dir: variable("XDG_RUNTIME_DIR").map(PathBuf::from),
            data_folders,
            program_folders: variable("PATH").map(folders).unwrap_or_default(),
        }
    }

    fn offers(&self, exists: impl Fn(&Path) -> bool, loads: impl Fn(&str) -> bool) -> FileDialogs {
        let bus = self.bus_address.is_some() || self.runtime_dir.as_ref().is_some_and(|dir| exists(&dir.join("bus")));
        let portal =
            bus && self.data_folders.iter().any(|folder| exists(&folder.join(PORTAL))) && loads("libdbus-1.so.3");
        let zenity = self.display && self.program_folders.iter().any(|folder| exists(&folder.join("zenity")));
        if portal || zenity { FileDialogs::System } else { FileDialogs::TypePath }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desktop() -> Desktop {
        Desktop {
            display: true,
            bus_address: None,
            runtime_dir: Some("/run/user/1".into()),
            data_folders: vec!["/a/share".into(), "/b/share".into()],
            program_folders: vec!["/a/bin".into(), "/b/bin".into()],
        }
    }

    fn offers(desktop: &Desktop, files: &[&str]) -> FileDialogs {
        desktop.offers(|path| files.iter().any(|file| path == Path::new(file)), |library| library == "libdbus-1.so.3")
    }

    const BUS: &str = "/run/user/1/bus";
    const SERVICE: &str = "/b/share/dbus-1/services/org.freedesktop.portal.Desktop.service";

    #[test]
    fn a_portal_needs_a_bus_its_service_and_the_library() {
        let mut desktop = desktop();
        assert_eq!(offers(&desktop, &[BUS, SERVICE]), FileDialogs::System);
        assert_eq!(offers(&desktop, &[SERVICE]), FileDialogs::TypePath);
        assert_eq!(offers(&desktop, &[BUS]), FileDialogs::TypePath);
        assert_eq!(desktop.offers(|_| true, |_| false), FileDialogs::System, "zenity is there");
        desktop.program_folders.clear();
        assert_eq!(desktop.offers(|_| true, |_| false), FileDialogs::TypePath);
        desktop.bus_address = Some("unix:path=/tmp/bus".into());
        assert_eq!(offers(&desktop, &[SERVICE]), FileDialogs::System);
    }

    #[test]
    fn zenity_needs_a_display() {
        let mut desktop = desktop();
        assert_eq!(offers(&desktop, &["/b/bin/zenity"]), FileDialogs::System);
        desktop.display = false;
        assert_eq!(offers(&desktop, &["/b/bin/zenity"]), FileDialogs::TypePath);
    }

    #[test]
    fn no_choice_counts_as_cancelled_only_if_a_user_had_the_time() {
        let slow = Duration::from_secs(2);
        assert_eq!(answer(Some("/a".into()), Duration::ZERO), Answer::Path("/a".into()));
        assert_eq!(answer(None, Duration::from_millis(8)), Answer::Unavailable);
        assert_eq!(answer(None, slow), Answer::Cancelled);
    }
}
