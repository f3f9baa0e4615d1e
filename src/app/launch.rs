//! Starts what the command line asks for: the window, a picture of it, the server, or a command of the terminal.

use super::cli::{self, Cli, Theme, WindowArgs};
use super::commands::{CliError, Command, Execute as _, Output, complain, complain_at_length, say, standard_output};
use super::effect_runner::EffectRunner;
use super::embedded_server;
use super::event_loop::{App, FRAME, waker_of};
use super::headless::{self, Scene};
use super::secrets::OsKeyring;
use super::storage::Store;
use super::window::{self, WindowError};
use crate::client::api::Waker;
use crate::data::{Secret, ServerUrl, TopicPath, server_url};
use crate::model::connections::Profile;
use crate::model::{inspector, settings, topics};
use clap::Parser as _;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where the picture of a start without a display goes.
const DEMO_PICTURE: &str = "demo-screenshot.png";

/// Does what the arguments ask for and gives the exit code. `variable` is the password that was in the environment.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>, variable: Option<Secret>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(problem) => return not_understood(&problem),
    };
    super::logging::start();
    let result = match cli.command {
        None => open_window(&cli.window, variable),
        Some(command) => run_command(&command, variable),
    };
    match result {
        Ok(()) => ExitCode::from(cli::DONE),
        Err(error) => {
            complain(error);
            ExitCode::from(cli::FAILED)
        }
    }
}

/// Help and version go where they were asked for; an error tells nothing of a password that was among the arguments.
fn not_understood(problem: &clap::Error) -> ExitCode {
    if problem.use_stderr() {
        complain_at_length(&server_url::without_credentials(&problem.to_string()));
        return ExitCode::from(cli::USAGE);
    }
    let _ = problem.print(); // the reader is gone
    ExitCode::from(cli::DONE)
}

fn run_command(command: &Command, variable: Option<Secret>) -> Result<(), CliError> {
    let password = match command.server() {
        Some(server) => password(server.password_stdin, variable)?,
        None => None,
    };
    let mut out = standard_output();
    let result = command.run(password, &mut Output::new(&mut out));
    match result {
        // Whoever read the output has seen enough, as in `brownian fetch … | head`. A change may be half done.
        Err(error) if error.is_broken_pipe() && !command.changes_server() => {
            // What is buffered has no reader either.
            let (_out, _unread) = out.into_parts();
            Ok(())
        }
        other => other,
    }
}

fn password(from_input: bool, variable: Option<Secret>) -> Result<Option<Secret>, CliError> {
    let input = std::io::stdin();
    if from_input && input.is_terminal() {
        return Ok(Some(cli::typed_password()?));
    }
    Ok(cli::password(from_input, &mut input.lock(), variable)?)
}

/// What to do once the program runs.
#[derive(Clone, Default)]
struct StartupOptions {
    demo: bool,
    connect: Option<(ServerUrl, Option<String>, Option<Secret>)>,
    panel: Option<String>,
    select: Option<TopicPath>,
    theme: Option<Theme>,
}

impl StartupOptions {
    fn apply(&self, app: &mut App) {
        if let Some(theme) = self.theme {
            let theme = match theme {
                Theme::Light => settings::Theme::Light,
                Theme::Dark => settings::Theme::Dark,
            };
            app.model.settings.theme = theme;
        }
        if self.demo {
            app.open_demo();
        }
        if let Some((url, principal, password)) = &self.connect {
            let mut profile = Profile::new(String::new());
            profile.url = url.clone().into();
            profile.principal = principal.clone().unwrap_or_default();
            profile.environment = profile.suggested_environment();
            let stored = app.model.connections.profiles.list.iter().find(|p| {
                p.keep_password
                    && p.url.server().is_some_and(|server| server.is_same_server(url))
                    && Some(&p.principal) == principal.as_ref()
            });
            if let (Some(stored), None) = (stored.map(|p| p.key.clone()), password) {
                app.handle(crate::model::connections::Intent::ConnectStored(stored).into());
            } else if principal.is_some() && password.is_none() {
                app.ask_to_connect(profile);
            } else {
                let options = profile.options(password.clone(), app.model.now);
                app.model.open(url.host(), url.as_str().to_owned(), profile.environment, options);
            }
        }
        if let Some(path) = &self.select {
            app.handle(topics::Intent::Reveal(path.clone()).into());
            app.handle(inspector::Intent::Select(Some(path.clone())).into());
        }
    }

    /// Panels are shown when the layout of the connection is there.
    fn apply_to_shell(&self, app: &mut App) {
        if let Some(panel) = &self.panel {
            app.shell.dock.show(panel);
        }
    }
}

fn open_window(args: &WindowArgs, variable: Option<Secret>) -> Result<(), CliError> {
    if let Some(panel) = &args.panel
        && !crate::ui::panels::LIST.iter().any(|known| known.id == panel)
    {
        let known: Vec<&str> = crate::ui::panels::LIST.iter().map(|panel| panel.id).collect();
        return Err(CliError::Input(format!("there is no panel “{panel}”; the panels are {}", known.join(", "))));
    }
    let select = match &args.select {
        None => None,
        Some(text) => {
            Some(TopicPath::parse(text).map_err(|e| CliError::Input(format!("{text}: {}", e.located(text))))?)
        }
    };
    let connect = match &args.connect {
        None => None,
        Some(url) => Some((url.clone(), args.principal.clone(), password(args.password_stdin, variable)?)),
    };
    let options = StartupOptions { demo: args.demo, connect, panel: args.panel.clone(), select, theme: args.theme };
    if args.headless {
        return headless_run(args, &options, args.screenshot.as_deref());
    }
    match windowed(args, &options) {
        Ok(()) => Ok(()),
        Err(StartupError::Window(error)) if args.screenshot.is_some() || args.demo => {
            let why = error.to_string();
            say(&why);
            let packages = super::platform::packages_for_a_window();
            if !packages.is_empty() && !why.contains("apt-get install") {
                say(format_args!("For a window on Debian or Ubuntu: apt-get install {}", packages.join(" ")));
            }
            let picture = args.screenshot.clone().unwrap_or_else(|| PathBuf::from(DEMO_PICTURE));
            let secs = args.after.as_secs_f64();
            say(format_args!("Running the same interface without a window for {secs:.0} s instead"));
            headless_run(args, &options, Some(&picture))
        }
        Err(error) => Err(CliError::NotDone(error.to_string())),
    }
}

/// The app, and the folder that goes when the app does, where it has one of its own.
fn start_app(waker: Waker, args: &WindowArgs, ephemeral: bool) -> Result<(App, Option<TempDir>), CliError> {
    // A picture neither depends on the user's settings nor changes them. Nobody else can have laid anything into a
    // folder that is made for it.
    let nowhere = match (&args.data_dir, ephemeral) {
        (None, true) => Some(tempfile::Builder::new().prefix("brownian-picture-").tempdir()?),
        _ => None,
    };
    let folder = args.data_dir.clone().or_else(|| nowhere.as_ref().map(|folder| folder.path().to_owned()));
    let store = Store::open(folder);
    let wake = Arc::clone(&waker);
    let effect_runner = EffectRunner::new(store, Box::new(OsKeyring::start(move || wake())), Arc::clone(&waker));
    Ok((App::start(waker, Some(embedded_server::acceptor()), effect_runner)?, nowhere))
}

/// The app as eframe runs it.
struct Window {
    app: App,
    _folder: Option<TempDir>,
    options: Option<StartupOptions>,
    picture: Option<(PathBuf, Instant)>,
    asked: bool,
    started: Option<Instant>,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if let Some(again) = self.app.logic() {
            ctx.request_repaint_after(again.max(FRAME));
        }
        if let Some((path, at)) = &self.picture {
            let left = at.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                ctx.request_repaint_after(left);
            } else if !self.asked {
                self.asked = true;
                let (path, ctx2) = (path.clone(), ctx.clone());
                ctx.request_screenshot(move |image| {
                    let [width, height] = image.size;
                    let bytes: Vec<u8> = image.pixels.iter().flat_map(egui::Color32::to_array).collect();
                    let result = image::RgbaImage::from_raw(width as u32, height as u32, bytes).map(|i| i.save(&path));
                    match result {
                        Some(Ok(())) => say(path.display()),
                        Some(Err(error)) => complain(format_args!("the picture could not be written: {error}")),
                        None => complain("the picture has no pixels"),
                    }
                    ctx2.send_viewport_cmd(egui::ViewportCommand::Close);
                });
                ctx.request_repaint();
            }
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if let Some(started) = self.started.take() {
            tracing::info!("first frame {} ms after the start", started.elapsed().as_millis());
        }
        self.app.draw(ui);
        if let Some(options) = self.options.take() {
            options.apply_to_shell(&mut self.app);
            ui.ctx().request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.picture.is_none() {
            self.app.finish();
        }
    }
}

/// Why the program did not run in a window.
#[derive(Debug, thiserror::Error)]
enum StartupError {
    /// There is no window.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The window came up, but its background could not be started.
    #[error("{0}")]
    Background(String),
}

fn windowed(args: &WindowArgs, options: &StartupOptions) -> Result<(), StartupError> {
    let started = Instant::now();
    let shape = window::Options { size: args.size.map(|[w, h]| [w as f32, h as f32]), maximized: false };
    let failed: Arc<OnceLock<String>> = Arc::default();
    let failure = Arc::clone(&failed);
    window::run(&shape, args.renderer, move |cc| {
        crate::ui::theme::fonts::install(&cc.egui_ctx);
        super::picture_loader::install(&cc.egui_ctx);
        match start_app(waker_of(&cc.egui_ctx), args, args.screenshot.is_some()) {
            Ok((mut app, folder)) => {
                options.apply(&mut app);
                let picture = args.screenshot.clone().map(|path| (path, Instant::now() + args.after));
                let options = Some(options.clone());
                Box::new(Window { app, _folder: folder, options, picture, asked: false, started: Some(started) })
            }
            Err(error) => {
                let why = failure.get_or_init(|| error.to_string()).clone();
                Box::new(FailedWindow(why))
            }
        }
    })?;
    failed.get().map_or(Ok(()), |why| Err(StartupError::Background(why.clone())))
}

/// Shown when the background could not be started.
struct FailedWindow(String);

impl eframe::App for FailedWindow {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        ui.centered_and_justified(|ui| ui.label(&self.0));
    }
}

fn headless_run(args: &WindowArgs, options: &StartupOptions, picture: Option<&Path>) -> Result<(), CliError> {
    let theme = match args.theme {
        Some(Theme::Light) => egui::ThemePreference::Light,
        _ => egui::ThemePreference::Dark,
    };
    let scene = Scene {
        size_px: args.size.unwrap_or([1440, 900]),
        theme,
        duration: args.after.max(Duration::from_millis(500)),
        ..Scene::default()
    };
    let mut options = options.clone();
    options.theme.get_or_insert(Theme::Dark);
    // The context exists only once the run has begun; until then waking does nothing.
    let wake: Arc<OnceLock<egui::Context>> = Arc::default();
    let target = Arc::clone(&wake);
    let waker: Waker = Arc::new(move || {
        if let Some(ctx) = target.get() {
            ctx.request_repaint_after(FRAME);
        }
    });
    let (mut app, _folder) = start_app(waker, args, true)?;
    options.apply(&mut app);
    let mut shown = false;
    let shot = headless::run(
        &scene,
        |ctx| {
            crate::ui::theme::fonts::install(ctx);
            super::picture_loader::install(ctx);
            let _ = wake.set(ctx.clone());
        },
        |ui| {
            if let Some(again) = app.logic() {
                ui.ctx().request_repaint_after(again.max(FRAME));
            }
            app.draw(ui);
            if !shown {
                shown = true;
                options.apply_to_shell(&mut app);
            }
        },
    );
    if let Some(picture) = picture {
        shot.image.save(picture).map_err(|e| CliError::NotDone(format!("{}: {e}", picture.display())))?;
        say(picture.display());
    }
    if let Some(connected) = app.model.active() {
        let traffic = connected.traffic;
        say(format_args!(
            "{} topics in the tree (those below branches never opened are not counted), {} values received, {} bytes, ping p50 {:.3} ms, {} frames, {:.2} ms of drawing a frame",
            connected.topics.known(),
            traffic.values_in,
            traffic.bytes_in,
            connected.latency.figures.p50 as f64 / 1000.0,
            shot.frames,
            shot.drawing.as_secs_f64() * 1000.0 / f64::from(shot.frames.max(1)),
        ));
    }
    Ok(())
}
