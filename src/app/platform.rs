//! What the machine offers: the kind of desktop session, the system libraries a window needs, memory in use.
//!
//! Some missing libraries make the window code panic instead of answering with an error. So they are looked for first,
//! and what is missing is named by its Debian package.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a window can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    /// The system has one kind of window only (Windows, macOS).
    Native,
    /// An X server.
    X11 {
        /// The environment also names a Wayland socket, which cannot be used; window code would try it first and fail,
        /// so X11 must be asked for.
        forced: bool,
    },
    /// A Wayland compositor.
    Wayland,
}

/// Why no window can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StartProblem {
    /// Neither an X server nor a Wayland compositor is named by the environment.
    NoDisplay {
        /// `WAYLAND_DISPLAY` is set, but its socket is not there.
        stale_wayland: bool,
    },
    /// Libraries cannot be loaded.
    MissingLibraries {
        /// Debian packages that hold them.
        packages: Vec<&'static str>,
    },
}

impl fmt::Display for StartProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDisplay { stale_wayland: false } => {
                f.write_str("no display: neither DISPLAY nor WAYLAND_DISPLAY is set")
            }
            Self::NoDisplay { stale_wayland: true } => {
                f.write_str("no display: WAYLAND_DISPLAY is set but its socket does not exist, and DISPLAY is not set")
            }
            Self::MissingLibraries { packages } => {
                write!(f, "system libraries are missing; on Debian or Ubuntu: apt-get install {}", packages.join(" "))
            }
        }
    }
}

impl std::error::Error for StartProblem {}

/// A library by its file name, and the Debian package that holds it.
type Library = (&'static str, &'static str);

const X11: &[Library] = &[
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
];
const WAYLAND: &[Library] = &[
    ("libwayland-client.so.0", "libwayland-client0"),
    ("libwayland-egl.so.1", "libwayland-egl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
];
/// One of these is enough to draw.
const GRAPHICS: &[&str] = &["libEGL.so.1", "libGL.so.1", "libvulkan.so.1"];
const GRAPHICS_PACKAGES: &[&str] = &["libegl1", "libgl1-mesa-dri"];

/// Finds the session of this process and checks the libraries it needs.
///
/// # Errors
/// Says what is missing, when a window cannot be opened.
pub(super) fn check() -> Result<Session, StartProblem> {
    if !cfg!(target_os = "linux") {
        return Ok(Session::Native);
    }
    check_with(&Environment::of_process(), Path::exists, loads)
}

/// Debian packages that a window under X11 needs and that are not there; for machines without a display.
#[must_use]
pub(super) fn packages_for_a_window() -> Vec<&'static str> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let mut packages: Vec<&'static str> =
        X11.iter().filter(|(file, _)| !loads(file)).map(|(_, package)| *package).collect();
    if !GRAPHICS.iter().any(|file| loads(file)) {
        packages.extend(GRAPHICS_PACKAGES);
    }
    packages
}

/// The variables that decide where a window opens.
#[derive(Clone, Debug, Default)]
struct Environment {
    display: Option<OsString>,
    wayland_display: Option<OsString>,
    wayland_socket: Option<OsString>,
    runtime_dir: Option<PathBuf>,
}

impl Environment {
    fn of_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            display: variable("DISPLAY"),
            wayland_display: variable("WAYLAND_DISPLAY"),
            wayland_socket: variable("WAYLAND_SOCKET"),
            runtime_dir: variable("XDG_RUNTIME_DIR").map(PathBuf::from),
        }
    }

    /// Whether a compositor listens; a name without a socket is left over from a session that ended.
    fn wayland(&self, exists: impl Fn(&Path) -> bool) -> bool {
        if self.wayland_socket.is_some() {
            return true; // an open file handed down by the parent
        }
        let Some(name) = self.wayland_display.as_deref().map(Path::new) else { return false };
        let socket = match &self.runtime_dir {
            _ if name.is_absolute() => name.to_owned(),
            Some(runtime_dir) => runtime_dir.join(name),
            None => return false,
        };
        exists(&socket)
    }
}

fn check_with(
    environment: &Environment,
    exists: impl Fn(&Path) -> bool,
    loads: impl Fn(&str) -> bool,
) -> Result<Session, StartProblem> {
    let missing = |list: &[Library]| -> Vec<&'static str> {
        list.iter().filter(|(file, _)| !loads(file)).map(|(_, package)| *package).collect()
    };
    let wayland = environment.wayland(exists);
    let stale_wayland = environment.wayland_display.is_some() && !wayland;
    let (session, mut packages) = match (wayland, environment.display.is_some()) {
        (false, false) => return Err(StartProblem::NoDisplay { stale_wayland }),
        (false, true) => (Session::X11 { forced: stale_wayland }, missing(X11)),
        (true, false) => (Session::Wayland, missing(WAYLAND)),
        (true, true) => {
            let packages = missing(WAYLAND);
            // A desktop of both kinds: without the one's libraries the other serves.
            if !packages.is_empty() && missing(X11).is_empty() {
                (Session::X11 { forced: true }, Vec::new())
            } else {
                (Session::Wayland, packages)
            }
        }
    };
    if !GRAPHICS.iter().any(|file| loads(file)) {
        packages.extend(GRAPHICS_PACKAGES);
    }
    if packages.is_empty() { Ok(session) } else { Err(StartProblem::MissingLibraries { packages }) }
}

/// Whether the system can load the library.
pub(super) fn loads(file: &str) -> bool {
    #[expect(unsafe_code, reason = "loading runs the initialisers of well-known system libraries, as the window would")]
    let library = unsafe { libloading::Library::new(file) };
    library.is_ok()
}

/// Bytes of memory this process holds (resident set), where the system tells.
#[must_use]
pub(super) fn memory_in_use_bytes() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    resident_bytes(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The most memory this process has held so far, in bytes; none where the system does not say.
#[must_use]
pub(super) fn memory_peak_bytes() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    kibibytes_of(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// The `VmRSS` line of a process status, in bytes.
fn resident_bytes(status: &str) -> Option<u64> {
    kibibytes_of(status, "VmRSS:")
}

fn kibibytes_of(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: fn(&str) -> bool = |_| true;

    fn environment(display: Option<&str>, wayland_display: Option<&str>) -> Environment {
        Environment {
            display: display.map(Into::into),
            wayland_display: wayland_display.map(Into::into),
            wayland_socket: None,
            runtime_dir: Some("/run/user/1000".into()),
        }
    }

    fn socket(path: &Path) -> bool {
        path == Path::new("/run/user/1000/wayland-0")
    }

    #[test]
    fn the_session_follows_the_environment() {
        let check = |display, wayland| check_with(&environment(display, wayland), socket, ALL);
        assert_eq!(check(None, None), Err(StartProblem::NoDisplay { stale_wayland: false }));
        assert_eq!(check(None, Some("wayland-9")), Err(StartProblem::NoDisplay { stale_wayland: true }));
        assert_eq!(check(Some(":0"), None), Ok(Session::X11 { forced: false }));
        assert_eq!(check(Some(":0"), Some("wayland-9")), Ok(Session::X11 { forced: true }));
        assert_eq!(check(None, Some("wayland-0")), Ok(Session::Wayland));
        assert_eq!(check(Some(":0"), Some("/run/user/1000/wayland-0")), Ok(Session::Wayland));
    }

    #[test]
    fn a_wayland_name_needs_a_folder_unless_the_socket_was_handed_down() {
        let mut environment = environment(None, Some("wayland-0"));
        environment.runtime_dir = None;
        assert!(check_with(&environment, socket, ALL).is_err());
        environment.wayland_socket = Some("7".into());
        assert_eq!(check_with(&environment, socket, ALL), Ok(Session::Wayland));
    }

    #[test]
    fn missing_libraries_are_named_by_package() {
        let x11 = environment(Some(":0"), None);
        let problem = check_with(&x11, socket, |file| file != "libXi.so.6").unwrap_err();
        assert_eq!(problem, StartProblem::MissingLibraries { packages: vec!["libxi6"] });
        assert!(problem.to_string().ends_with("apt-get install libxi6"));
        let Err(StartProblem::MissingLibraries { packages }) = check_with(&x11, socket, |_| false) else {
            panic!("nothing can be loaded");
        };
        assert_eq!(packages.len(), X11.len() + GRAPHICS_PACKAGES.len());
    }

    #[test]
    fn one_graphics_library_is_enough() {
        let x11 = environment(Some(":0"), None);
        let only = |kept: &'static str| move |file: &str| file == kept || !GRAPHICS.contains(&file);
        assert!(check_with(&x11, socket, only("libvulkan.so.1")).is_ok());
        assert!(check_with(&x11, socket, only("none")).is_err());
    }

    #[test]
    fn x11_serves_where_wayland_lacks_libraries() {
        let both = environment(Some(":0"), Some("wayland-0"));
        let check = |absent: &'static str| check_with(&both, socket, move |file| !file.contains(absent));
        assert_eq!(check("wayland"), Ok(Session::X11 { forced: true }));
        let both_missing = check_with(&both, socket, |file| GRAPHICS.contains(&file));
        let Err(StartProblem::MissingLibraries { packages }) = both_missing else { panic!("libraries are missing") };
        assert!(packages.contains(&"libwayland-client0"));
    }

    #[test]
    fn a_library_that_does_not_exist_does_not_load() {
        assert!(!loads("libbrownian-does-not-exist.so.99"));
    }

    #[test]
    fn memory_is_read_from_the_status_of_the_process() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n"), Some(2_048 * 1_024));
        assert_eq!(resident_bytes("VmRSS:\t2048 MB"), None);
        assert_eq!(resident_bytes("VmRSS:\tmany kB"), None);
        assert_eq!(resident_bytes(""), None);
        assert_eq!(memory_in_use_bytes().is_some(), cfg!(target_os = "linux"));
    }
}
