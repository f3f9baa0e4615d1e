//! Opens the window: which graphics interface is tried first, what is tried next, and what is said when none works.
//!
//! Measured without a graphics card, OpenGL draws several times faster than wgpu on Linux; on Windows and macOS wgpu
//! works where OpenGL is missing. Both are compiled in, and the second is tried in the same process.

use super::platform::{self, Session, StartProblem};
use std::fmt;

/// Ties the window to its desktop file and icon.
pub(super) const APP_ID: &str = "brownian";
const ICON_PNG: &[u8] = include_bytes!("../../assets/icon-256.png");
const TITLE: &str = "Brownian";
/// Below this the bars no longer fit.
const LEAST_SIZE: [f32; 2] = [480.0, 320.0];
const USUAL_SIZE: [f32; 2] = [1_280.0, 800.0];

/// Graphics interface to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Renderer {
    /// The better one for the system, then the other
    #[default]
    Auto,
    /// OpenGL only
    Glow,
    /// Vulkan, Metal, Direct3D or OpenGL through wgpu only
    Wgpu,
}

impl Renderer {
    fn order(self, linux: bool) -> &'static [eframe::Renderer] {
        use eframe::Renderer::{Glow, Wgpu};
        match self {
            Self::Auto if linux => &[Glow, Wgpu],
            Self::Auto => &[Wgpu, Glow],
            Self::Glow => &[Glow],
            Self::Wgpu => &[Wgpu],
        }
    }
}

/// How the window is to look when it opens.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// Width and height in points; a usual size if not given.
    pub size: Option<[f32; 2]>,
    /// Fill the screen.
    pub maximized: bool,
}

/// Why there is no window.
#[derive(Debug)]
pub(super) enum WindowError {
    /// No display, or missing libraries; found before anything was tried.
    Start(StartProblem),
    /// The desktop refused.
    Desktop(String),
    /// No graphics interface works; each with its reason.
    Graphics(Vec<(eframe::Renderer, String)>),
    /// The program could not set itself up in the window.
    Setup(String),
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(problem) => write!(f, "cannot open a window: {problem}"),
            Self::Desktop(reason) => write!(f, "cannot open a window: {reason}"),
            Self::Graphics(tried) => {
                f.write_str("cannot draw: no graphics interface works")?;
                for (renderer, reason) in tried {
                    write!(f, "; {renderer}: {reason}")?;
                }
                if cfg!(target_os = "linux") {
                    f.write_str("; on Debian or Ubuntu try: apt-get install libegl1 libgl1-mesa-dri")?;
                }
                Ok(())
            }
            Self::Setup(reason) => write!(f, "cannot set up the window: {reason}"),
        }
    }
}

impl std::error::Error for WindowError {}

/// What follows from a failed try.
#[derive(Debug)]
enum Failure {
    /// The other graphics interface may work.
    TryNext(String),
    /// Another try would only hide the cause: the event loop exists once in a process.
    GiveUp(WindowError),
}

impl From<eframe::Error> for Failure {
    fn from(error: eframe::Error) -> Self {
        let text = match &error {
            // The whole form of the template would follow, which says nothing to a user.
            eframe::Error::NoGlutinConfigs(_, reason) => format!("no way to draw with OpenGL was found ({reason})"),
            error => readable(&error.to_string()),
        };
        match error {
            eframe::Error::AppCreation(_) => Self::GiveUp(WindowError::Setup(text)),
            eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => Self::GiveUp(WindowError::Desktop(text)),
            eframe::Error::Glutin(_)
            | eframe::Error::NoGlutinConfigs(..)
            | eframe::Error::OpenGL(_)
            | eframe::Error::Wgpu(_) => Self::TryNext(text),
        }
    }
}

/// One line, without the place in somebody's source that the window crate puts before its errors.
fn readable(text: &str) -> String {
    let text =
        text.split_once("os error at ").and_then(|(_, rest)| rest.split_once(": ")).map_or(text, |(_, rest)| rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Opens the window and returns when it is closed.
///
/// `make` builds the program; it may be called once for each graphics interface tried.
///
/// # Errors
/// Says why there is no window. Nothing was shown then, so the caller may go on without one.
pub(super) fn run(
    options: &Options,
    renderer: Renderer,
    make: impl Fn(&eframe::CreationContext<'_>) -> Box<dyn eframe::App>,
) -> Result<(), WindowError> {
    let session = platform::check().map_err(WindowError::Start)?;
    try_each(renderer.order(cfg!(target_os = "linux")), |renderer| {
        let native = native_options(options, session, renderer);
        eframe::run_native(TITLE, native, Box::new(|cc| Ok(make(cc)))).map_err(Failure::from)
    })
}

fn try_each(
    order: &[eframe::Renderer],
    mut open: impl FnMut(eframe::Renderer) -> Result<(), Failure>,
) -> Result<(), WindowError> {
    let mut tried = Vec::new();
    for renderer in order {
        match open(*renderer) {
            Ok(()) => return Ok(()),
            Err(Failure::TryNext(reason)) => {
                tracing::warn!("{renderer} cannot be used: {reason}");
                tried.push((*renderer, reason));
            }
            Err(Failure::GiveUp(error)) => return Err(error),
        }
    }
    Err(WindowError::Graphics(tried))
}

fn native_options(options: &Options, session: Session, renderer: eframe::Renderer) -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id(APP_ID)
        .with_icon(icon())
        .with_inner_size(options.size.unwrap_or(USUAL_SIZE))
        .with_min_inner_size(LEAST_SIZE)
        .with_maximized(options.maximized);
    let mut native = eframe::NativeOptions {
        viewport,
        renderer,
        // A quarter of the drawing time without a graphics card; the colours are flat anyway.
        dithering: false,
        ..Default::default()
    };
    if session == (Session::X11 { forced: true }) {
        #[cfg(target_os = "linux")]
        {
            native.event_loop_builder = Some(Box::new(|builder| {
                winit::platform::x11::EventLoopBuilderExtX11::with_x11(builder);
            }));
        }
    }
    native
}

/// The picture of the window.
fn icon() -> egui::IconData {
    let image = image::load_from_memory(ICON_PNG).expect("the icon in the program is a sound picture").into_rgba8();
    egui::IconData { width: image.width(), height: image.height(), rgba: image.into_raw() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::Renderer::{Glow, Wgpu};

    #[test]
    fn the_order_depends_on_the_system_and_a_named_renderer_stands_alone() {
        assert_eq!(Renderer::Auto.order(true), [Glow, Wgpu]);
        assert_eq!(Renderer::Auto.order(false), [Wgpu, Glow]);
        assert_eq!(Renderer::Glow.order(false), [Glow]);
        assert_eq!(Renderer::Wgpu.order(true), [Wgpu]);
    }

    #[test]
    fn the_second_renderer_is_tried_when_the_first_fails() {
        let mut tried = Vec::new();
        let result = try_each(&[Glow, Wgpu], |renderer| {
            tried.push(renderer);
            if renderer == Glow { Err(Failure::TryNext("no driver".to_owned())) } else { Ok(()) }
        });
        assert!(result.is_ok());
        assert_eq!(tried, [Glow, Wgpu]);
    }

    #[test]
    fn a_window_that_was_closed_is_not_opened_again() {
        let mut count = 0;
        let result = try_each(&[Glow, Wgpu], |_| {
            count += 1;
            Ok(())
        });
        assert!(result.is_ok());
        assert_eq!(count, 1);
    }

    #[test]
    fn a_refusal_of_the_desktop_is_reported_at_once() {
        let mut count = 0;
        let result = try_each(&[Glow, Wgpu], |_| {
            count += 1;
            Err(Failure::GiveUp(WindowError::Desktop("no compositor".to_owned())))
        });
        assert_eq!(result.unwrap_err().to_string(), "cannot open a window: no compositor");
        assert_eq!(count, 1);
    }

    #[test]
    fn when_all_fail_each_reason_is_named() {
        let result = try_each(&[Glow, Wgpu], |renderer| Err(Failure::TryNext(format!("{renderer} is broken"))));
        let text = result.unwrap_err().to_string();
        assert!(text.contains("glow is broken") && text.contains("wgpu is broken"), "{text}");
        assert!(!text.contains('\n'), "errors are one line: {text}");
    }

    #[test]
    fn errors_of_the_setup_are_not_hidden_by_another_try() {
        let failure = Failure::from(eframe::Error::AppCreation("no font".into()));
        assert!(matches!(failure, Failure::GiveUp(WindowError::Setup(_))), "{failure:?}");
    }

    #[test]
    fn errors_of_the_window_crate_are_cut_to_what_they_say() {
        let text = "winit EventLoopError: os error at /x/y/mod.rs:788: Failed to open\n connection to X server: no";
        assert_eq!(readable(text), "Failed to open connection to X server: no");
        assert_eq!(readable("WGPU error:  none"), "WGPU error: none");
    }

    #[test]
    fn the_window_names_itself_and_asks_for_x11_only_where_needed() {
        let options = |session| native_options(&Options::default(), session, Glow);
        let native = options(Session::X11 { forced: true });
        assert_eq!(native.viewport.app_id.as_deref(), Some(APP_ID));
        assert!(!native.dithering);
        assert_eq!(native.event_loop_builder.is_some(), cfg!(target_os = "linux"));
        assert!(options(Session::X11 { forced: false }).event_loop_builder.is_none());
        assert!(options(Session::Wayland).event_loop_builder.is_none());
    }

    #[test]
    fn the_icon_is_a_square_picture_with_something_in_it() {
        let icon = icon();
        assert_eq!((icon.width, icon.height), (256, 256));
        assert_eq!(icon.rgba.len(), 256 * 256 * 4);
        let middle = (128 * 256 + 128) * 4;
        assert_eq!(icon.rgba[middle + 3], 255);
    }
}
