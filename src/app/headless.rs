//! Runs the interface without a window and gives back one picture: for `--headless`, and for machines without a display.
//!
//! The same drawing function as in the window is driven, with a real clock, and only as often as it asks to be painted:
//! what is measured and seen here is what a window would do.

use super::raster::Raster;
use egui::{Color32, Rect, ThemePreference, ViewportCommand, ViewportId, vec2};
use image::RgbaImage;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Shortest time between two frames: 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// Frames run even when no time is given: egui measures in the first and places in the next.
const LEAST_FRAMES: u32 = 3;
/// Side of the largest texture; holds the font atlas at any scale the program offers.
const MAX_TEXTURE_SIDE: usize = 8_192;
/// Scales outside this would give pictures nobody can read or hold.
const SCALES: std::ops::RangeInclusive<f32> = 0.25..=8.0;

/// What the picture is to look like, and how long the interface lives before it is taken.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// Pixels per point: 2.0 as on a dense display.
    pub scale: f32,
    /// Light, dark, or what egui takes for the system's.
    pub theme: ThemePreference,
    /// How long to run before the picture is taken.
    pub duration: Duration,
}

impl Default for Scene {
    fn default() -> Self {
        Self { size_px: [1_440, 900], scale: 1.0, theme: ThemePreference::Dark, duration: Duration::from_secs(3) }
    }
}

/// The picture of the last frame, and how the run went.
#[derive(Debug)]
pub(super) struct Shot {
    /// The last frame, painted.
    pub image: RgbaImage,
    /// Frames run.
    pub frames: u32,
    /// Time spent in drawing code, without waiting and painting.
    pub drawing: Duration,
}

/// Runs `ui` for the time of the scene, or until it closes the window, and paints the last frame.
///
/// `setup` gets the context before the first frame: fonts, style, and a place to keep the handle that wakes the window.
pub(super) fn run(scene: &Scene, setup: impl FnOnce(&egui::Context), ui: impl FnMut(&mut egui::Ui)) -> Shot {
    drive(scene, &mut RealClock(Instant::now()), setup, ui)
}

/// Time as the run sees it; tests jump instead of waiting.
trait Clock {
    /// Time since the start.
    fn now(&self) -> Duration;
    /// Waits until somebody asks for a frame, at most `longest`.
    fn wait<'a>(&mut self, asked: &Condvar, held: Held<'a>, longest: Duration) -> Held<'a>;
}

type Held<'a> = MutexGuard<'a, Option<Duration>>;

struct RealClock(Instant);

impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait<'a>(&mut self, asked: &Condvar, held: Held<'a>, longest: Duration) -> Held<'a> {
        asked.wait_timeout(held, longest).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The shortest delay asked for since the last frame, from whatever thread.
#[derive(Default)]
struct Wake {
    delay: Mutex<Option<Duration>>,
    asked: Condvar,
}

impl Wake {
    fn ask(&self, delay: Duration) {
        let mut held = self.delay.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(delay, |earlier| earlier.min(delay)));
        self.asked.notify_one();
    }

    /// Forgets what was asked: the frame about to be run answers it.
    fn clear(&self) {
        *self.delay.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits until the next frame is due: as asked, not before `earliest`, not after `end`.
    fn park(&self, clock: &mut impl Clock, earliest: Duration, end: Duration) {
        let mut due = end;
        let mut held = self.delay.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = clock.now();
            if let Some(delay) = held.take() {
                due = due.min(now.saturating_add(delay));
            }
            let target = due.max(earliest).min(end);
            if now >= target {
                return;
            }
            held = clock.wait(&self.asked, held, target.saturating_sub(now));
        }
    }
}

fn drive(
    scene: &Scene,
    clock: &mut impl Clock,
    setup: impl FnOnce(&egui::Context),
    mut ui: impl FnMut(&mut egui::Ui),
) -> Shot {
    let ctx = egui::Context::default();
    ctx.set_theme(scene.theme);
    setup(&ctx);
    let wake = Arc::new(Wake::default());
    let woken = Arc::clone(&wake);
    ctx.set_request_repaint_callback(move |info| {
        if info.viewport_id == ViewportId::ROOT {
            woken.ask(info.delay);
        }
    });

    let mut raster = Raster::new();
    let (mut frames, mut drawing) = (0, Duration::ZERO);
    loop {
        let begun = clock.now();
        wake.clear();
        let mut output = ctx.run_ui(input(scene, begun), &mut ui);
        drawing += clock.now().saturating_sub(begun);
        frames += 1;
        raster.handle_delta(&mut output.textures_delta);
        let closed = output
            .viewport_output
            .get(&ViewportId::ROOT)
            .is_some_and(|root| root.commands.iter().any(|command| matches!(command, ViewportCommand::Close)));
        let over = begun >= scene.duration || closed;
        if over && frames >= LEAST_FRAMES {
            let background = ctx.global_style().visuals.panel_fill;
            let image = raster.render_frame(&ctx, &output, opaque(background));
            return Shot { image, frames, drawing };
        }
        if !over {
            wake.park(clock, begun + FRAME, scene.duration);
        }
    }
}

fn input(scene: &Scene, now: Duration) -> egui::RawInput {
    let scale = if scale_fits(scene.scale) { scene.scale } else { 1.0 };
    let [width, height] = scene.size_px.map(|side| side.max(1) as f32 / scale);
    let mut input = egui::RawInput {
        screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, vec2(width, height))),
        max_texture_side: Some(MAX_TEXTURE_SIDE),
        time: Some(now.as_secs_f64()),
        predicted_dt: FRAME.as_secs_f32(),
        focused: true,
        ..Default::default()
    };
    if let Some(root) = input.viewports.get_mut(&ViewportId::ROOT) {
        root.native_pixels_per_point = Some(scale);
        root.focused = Some(true);
    }
    input
}

fn scale_fits(scale: f32) -> bool {
    SCALES.contains(&scale)
}

fn opaque(color: Color32) -> Color32 {
    let [r, g, b, _] = color.to_array();
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Time that passes only by waiting.
    #[derive(Default)]
    struct JumpingClock(Duration);

    impl Clock for JumpingClock {
        fn now(&self) -> Duration {
            self.0
        }

        fn wait<'a>(&mut self, _asked: &Condvar, held: Held<'a>, longest: Duration) -> Held<'a> {
            self.0 += longest;
            held
        }
    }

    fn scene(seconds: f32) -> Scene {
        Scene { size_px: [80, 40], duration: Duration::from_secs_f32(seconds), ..Scene::default() }
    }

    fn times(seconds: f32, mut ui: impl FnMut(&mut egui::Ui)) -> (Vec<f64>, Shot) {
        let mut times = Vec::new();
        let shot = drive(
            &scene(seconds),
            &mut JumpingClock::default(),
            |_| {},
            |root| {
                // egui may run a frame in several passes.
                let now = root.input(|i| i.time);
                if times.last() != Some(&now) {
                    times.push(now);
                }
                ui(root);
            },
        );
        (times, shot)
    }

    #[test]
    fn a_quiet_interface_is_drawn_a_few_times_only() {
        let (times, shot) = times(60.0, |ui| {
            ui.label("quiet");
        });
        assert_eq!(times.last(), Some(&60.0));
        assert!(shot.frames < 10, "{} frames", shot.frames);
    }

    #[test]
    fn a_busy_interface_is_drawn_thirty_times_a_second() {
        let (times, shot) = times(1.0, |ui| ui.ctx().request_repaint());
        assert_eq!(times.last(), Some(&1.0));
        assert!((30..=32).contains(&shot.frames), "{} frames", shot.frames);
    }

    #[test]
    fn a_delay_that_was_asked_for_is_kept() {
        let (times, _) = times(10.0, |ui| ui.ctx().request_repaint_after(Duration::from_secs(2)));
        // 0 and a few settling frames, then each two seconds.
        let late = times.iter().filter(|time| **time > 1.0).count();
        assert!((4..=5).contains(&late), "{times:?}");
    }

    #[test]
    fn no_time_at_all_still_gives_a_settled_picture() {
        let shot = run(
            &scene(0.0),
            |_| {},
            |ui| {
                ui.painter().rect_filled(Rect::from_min_size(egui::Pos2::ZERO, vec2(200.0, 200.0)), 0.0, Color32::RED);
            },
        );
        assert_eq!(shot.frames, LEAST_FRAMES);
        assert_eq!(shot.image.dimensions(), (80, 40));
        assert_eq!(shot.image.get_pixel(79, 39).0, [255, 0, 0, 255]);
    }

    #[test]
    fn closing_the_window_ends_the_run() {
        let (times, _) = times(1_000.0, |ui| ui.ctx().send_viewport_cmd(ViewportCommand::Close));
        assert!(times.last().is_some_and(|last| *last < 1.0), "{times:?}");
    }

    #[test]
    fn the_picture_has_the_size_and_scale_asked_for() {
        let mut scene = scene(0.0);
        scene.scale = 2.0;
        let mut seen = egui::Vec2::ZERO;
        let shot = run(&scene, |_| {}, |ui| seen = ui.ctx().content_rect().size());
        assert_eq!(seen, vec2(40.0, 20.0));
        assert_eq!(shot.image.dimensions(), (80, 40));
        scene.scale = f32::NAN;
        assert_eq!(run(&scene, |_| {}, |_| {}).image.dimensions(), (80, 40));
    }

    #[test]
    fn the_theme_is_applied() {
        let mut brightness = Vec::new();
        for theme in [ThemePreference::Light, ThemePreference::Dark] {
            let shot = run(&Scene { theme, ..scene(0.0) }, |_| {}, |_| {});
            brightness.push(shot.image.get_pixel(0, 0).0[0]);
        }
        assert!(brightness[0] > 200 && brightness[1] < 60, "{brightness:?}");
    }

    /// A clock whose waits are long enough for a wake-up, and which notes those that end without one.
    struct Watched {
        inner: RealClock,
        in_vain: bool,
    }

    impl Clock for Watched {
        fn now(&self) -> Duration {
            if self.in_vain { Duration::MAX } else { self.inner.now() }
        }

        fn wait<'a>(&mut self, asked: &Condvar, held: Held<'a>, longest: Duration) -> Held<'a> {
            // Only so that a hang ends as a failure.
            let patience = longest.min(Duration::from_secs(30));
            let (held, waited) = asked.wait_timeout(held, patience).unwrap_or_else(PoisonError::into_inner);
            self.in_vain = waited.timed_out();
            held
        }
    }

    #[test]
    fn another_thread_can_wake_the_interface() {
        let wake = Wake::default();
        let mut clock = Watched { inner: RealClock(Instant::now()), in_vain: false };
        std::thread::scope(|scope| {
            scope.spawn(|| wake.ask(Duration::ZERO));
            wake.park(&mut clock, Duration::ZERO, Duration::from_hours(1));
        });
        assert!(!clock.in_vain, "nobody woke the interface");
    }
}
