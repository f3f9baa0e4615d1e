//! Starts what the command line asks for: the window, a picture of it, the server, or a command of the terminal.

use super::app::{FRAME, Program, waker_of};
use super::cli::{self, Cli, Command, ServeArgs, Theme, WindowArgs};
use super::commands::{self, Failed};
use super::effect_runner::Performer;
use super::headless::{self, Scene};
use super::secrets::OsKeyring;
use super::storage::Store;
use super::window::{self, WindowError};
use crate::client::PipeAcceptor;
use crate::data::{Secret, TopicPath};
use crate::model::connections::{Environment, Profile};
use crate::model::{Intent, inspector, settings, topics};
use crate::server::demo::{self, DemoHandle};
use crate::server::{Server, ServerConfig};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Where the picture of a start without a display goes.
const DEMO_PICTURE: &str = "demo-screenshot.png";
/// Updates a second of the demo.
const DEMO_RATE: f64 = 1_000.0;

/// Does what was asked and says how it ended.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    super::logging::start();
    let result = match cli.command {
        None => open_window(cli.window),
        Some(Command::Serve(args)) => serve(&args),
        Some(Command::Ping(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::ping(&args, password, out))
        }
        Some(Command::Fetch(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::fetch(&args, password, out))
        }
        Some(Command::Watch(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::watch(&args, password, out))
        }
        Some(Command::Set(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::change::set(&args, password, out))
        }
        Some(Command::Add(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::change::add(&args, password, out))
        }
        Some(Command::Remove(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::change::remove(&args, password, out))
        }
        Some(Command::Append(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::change::append(&args, password, out))
        }
        Some(Command::Export(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::branch::export(&args, password, out))
        }
        Some(Command::Import(args)) => {
            with_password(args.server.password_stdin, |password, out| commands::branch::import(&args, password, out))
        }
    };
    match result {
        Ok(()) => ExitCode::from(cli::DONE),
        Err(Failed(why)) => {
            eprintln!("brownian: {}", why.replace('\n', " "));
            ExitCode::from(cli::FAILED)
        }
    }
}

fn password(from_input: bool) -> Result<Option<Secret>, Failed> {
    let variable = std::env::var(cli::PASSWORD_VARIABLE).ok();
    Ok(cli::password(from_input, &mut std::io::stdin().lock(), variable)?)
}

fn with_password(
    from_input: bool,
    act: impl FnOnce(Option<Secret>, &mut dyn std::io::Write) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let password = password(from_input)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    act(password, &mut out)
}

fn serve(args: &ServeArgs) -> Result<(), Failed> {
    let server = Server::start(ServerConfig::default())?;
    let wanted = std::net::SocketAddr::new(args.bind, args.port);
    let address = server.listen(wanted).map_err(|e| Failed(format!("cannot listen at {wanted}: {e}")))?;
    let rate = args.rate.map_or(DEMO_RATE, f64::from);
    let demo = if args.demo { Some(demo_of(&server, rate)?) } else { None };
    println!("Listening on ws://{address}/diffusion");
    std::io::Write::flush(&mut std::io::stdout())?;
    wait_for_end()?;
    drop(demo);
    server.stop();
    Ok(())
}

/// Fills a server with topics that move.
fn demo_of(server: &Server, updates_per_sec: f64) -> std::io::Result<DemoHandle> {
    let seed = u64::try_from(super::app::now().0).unwrap_or(1);
    demo::start(Arc::new(server.publisher()), seed, updates_per_sec)
}

/// Waits until the program is interrupted or told to end.
fn wait_for_end() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut end = signal(SignalKind::terminate())?;
            tokio::select! {
                result = tokio::signal::ctrl_c() => result,
                _ = end.recv() => Ok(()),
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    })
}

/// The embedded server, started when something connects to it first.
fn embedded() -> PipeAcceptor {
    let server: std::sync::OnceLock<Option<(Server, Option<DemoHandle>)>> = std::sync::OnceLock::new();
    Arc::new(move |request, end| {
        let started = server.get_or_init(|| {
            let server = Server::start(ServerConfig::default()).ok()?;
            let demo = demo_of(&server, DEMO_RATE).ok();
            Some((server, demo))
        });
        if let Some((server, _)) = started {
            server.accept(request, end.incoming, end.outgoing);
        }
    })
}

/// What to do once the program runs.
#[derive(Clone, Default)]
struct Wishes {
    demo: bool,
    connect: Option<(String, Option<String>, Option<Secret>)>,
    panel: Option<String>,
    select: Option<TopicPath>,
    theme: Option<Theme>,
}

impl Wishes {
    fn apply(&self, program: &mut Program) {
        if let Some(theme) = self.theme {
            let theme = match theme {
                Theme::Light => settings::Theme::Light,
                Theme::Dark => settings::Theme::Dark,
            };
            program.model.settings.theme = theme;
        }
        if self.demo {
            program.open_demo();
        }
        if let Some((url, principal, password)) = &self.connect {
            let mut profile = Profile::new(String::new());
            profile.url.clone_from(url);
            profile.principal = principal.clone().unwrap_or_default();
            profile.environment = Environment::suggest("", url);
            let stored = program.model.connections.profiles.list.iter().find(|p| {
                p.keep_password
                    && p.url.trim_end_matches('/') == url.trim_end_matches('/')
                    && Some(&p.principal) == principal.as_ref()
            });
            if let (Some(stored), None) = (stored.map(|p| p.key.clone()), password) {
                program.handle(crate::model::connections::Intent::ConnectStored(stored).into());
            } else if principal.is_some() && password.is_none() {
                program.ask_to_connect(profile);
            } else {
                let options = profile.options(password.clone());
                program.model.open(host_of(url), url.clone(), profile.environment, options);
            }
        }
        if let Some(path) = &self.select {
            program.handle(topics::Intent::Reveal(path.clone()).into());
            program.handle(Intent::Inspector(inspector::Intent::Select(Some(path.clone()))));
        }
    }

    /// Panels are shown when the layout of the connection is there.
    fn apply_to_shell(&self, program: &mut Program) {
        if let Some(panel) = &self.panel {
            program.shell.dock.show(panel);
        }
    }
}

fn host_of(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_else(|| url.to_owned())
}

fn open_window(args: WindowArgs) -> Result<(), Failed> {
    if let Some(panel) = &args.panel
        && !crate::ui::panels::LIST.iter().any(|known| known.id == panel)
    {
        let known: Vec<&str> = crate::ui::panels::LIST.iter().map(|panel| panel.id).collect();
        return Err(Failed(format!("there is no panel “{panel}”; the panels are {}", known.join(", "))));
    }
    let select = match &args.select {
        None => None,
        Some(text) => Some(TopicPath::parse(text).map_err(|e| Failed(format!("{text}: {e}")))?),
    };
    let connect = match &args.connect {
        None => None,
        Some(url) => Some((url.to_string(), args.principal.clone(), password(args.password_stdin)?)),
    };
    let wishes = Wishes { demo: args.demo, connect, panel: args.panel.clone(), select, theme: args.theme };
    if args.headless {
        return headless_run(&args, &wishes, args.screenshot.as_deref());
    }
    match windowed(&args, &wishes) {
        Ok(()) => Ok(()),
        Err(error) if args.screenshot.is_some() || args.demo => {
            let why = error.to_string();
            println!("{why}");
            let packages = super::platform::packages_for_a_window();
            if !packages.is_empty() && !why.contains("apt-get install") {
                println!("For a window on Debian or Ubuntu: apt-get install {}", packages.join(" "));
            }
            let picture = args.screenshot.clone().unwrap_or_else(|| PathBuf::from(DEMO_PICTURE));
            println!("Running the same interface without a window for {:.0} s instead", args.after.as_secs_f64());
            headless_run(&args, &wishes, Some(&picture))
        }
        Err(error) => Err(Failed(error.to_string())),
    }
}

fn start_program(waker: crate::client::api::Waker, args: &WindowArgs, ephemeral: bool) -> Result<Program, Failed> {
    // A picture neither depends on the user's settings nor changes them.
    let nowhere = || std::env::temp_dir().join(format!("brownian-picture-{}", std::process::id()));
    let folder = args.data_dir.clone().or_else(|| ephemeral.then(nowhere));
    let store = Store::open(folder);
    let wake = Arc::clone(&waker);
    let performer = Performer::new(store, Box::new(OsKeyring::start(move || wake())), Arc::clone(&waker));
    Ok(Program::start(waker, Some(embedded()), performer)?)
}

/// The program as eframe runs it.
struct Window {
    program: Program,
    wishes: Option<Wishes>,
    picture: Option<(PathBuf, Instant)>,
    asked: bool,
    started: Option<Instant>,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if let Some(again) = self.program.logic() {
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
                        Some(Ok(())) => println!("{}", path.display()),
                        Some(Err(error)) => eprintln!("brownian: the picture could not be written: {error}"),
                        None => eprintln!("brownian: the picture has no pixels"),
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
        self.program.draw(ui);
        if let Some(wishes) = self.wishes.take() {
            wishes.apply_to_shell(&mut self.program);
            ui.ctx().request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.picture.is_none() {
            self.program.finish();
        }
    }
}

fn windowed(args: &WindowArgs, wishes: &Wishes) -> Result<(), WindowError> {
    let started = Instant::now();
    let options = window::Options { size: args.size.map(|[w, h]| [w as f32, h as f32]), maximized: false };
    let failed = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&failed);
    window::run(&options, args.renderer, move |cc| {
        crate::ui::theme::fonts::install(&cc.egui_ctx);
        match start_program(waker_of(&cc.egui_ctx), args, args.screenshot.is_some()) {
            Ok(mut program) => {
                wishes.apply(&mut program);
                let picture = args.screenshot.clone().map(|path| (path, Instant::now() + args.after));
                Box::new(Window {
                    program,
                    wishes: Some(wishes.clone()),
                    picture,
                    asked: false,
                    started: Some(started),
                })
            }
            Err(Failed(why)) => {
                flag.store(true, Ordering::Relaxed);
                Box::new(Broken(why))
            }
        }
    })
}

/// Shown when the background could not be started.
struct Broken(String);

impl eframe::App for Broken {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        ui.centered_and_justified(|ui| ui.label(&self.0));
    }
}

fn headless_run(args: &WindowArgs, wishes: &Wishes, picture: Option<&Path>) -> Result<(), Failed> {
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
    let mut wishes = wishes.clone();
    wishes.theme.get_or_insert(Theme::Dark);
    // The context exists only once the run has begun; until then waking does nothing.
    let wake: Arc<std::sync::OnceLock<egui::Context>> = Arc::default();
    let target = Arc::clone(&wake);
    let waker: crate::client::api::Waker = Arc::new(move || {
        if let Some(ctx) = target.get() {
            ctx.request_repaint_after(FRAME);
        }
    });
    let mut program = start_program(waker, args, true)?;
    wishes.apply(&mut program);
    let mut shown = false;
    let shot = headless::run(
        &scene,
        |ctx| {
            crate::ui::theme::fonts::install(ctx);
            let _ = wake.set(ctx.clone());
        },
        |ui| {
            if let Some(again) = program.logic() {
                ui.ctx().request_repaint_after(again.max(FRAME));
            }
            program.draw(ui);
            if !shown {
                shown = true;
                wishes.apply_to_shell(&mut program);
            }
        },
    );
    if let Some(picture) = picture {
        shot.image.save(picture).map_err(|e| Failed(format!("{}: {e}", picture.display())))?;
        println!("{}", picture.display());
    }
    if let Some(connected) = program.model.active() {
        let traffic = connected.traffic;
        println!(
            "{} topics in the tree (those below branches never opened are not counted), {} values received, {} bytes, ping p50 {:.3} ms, {} frames, {:.2} ms of drawing a frame",
            connected.topics.known(),
            traffic.values_in,
            traffic.bytes_in,
            connected.latency.figures.p50 as f64 / 1000.0,
            shot.frames,
            shot.drawing.as_secs_f64() * 1000.0 / f64::from(shot.frames.max(1)),
        );
    }
    Ok(())
}
