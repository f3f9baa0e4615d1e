//! What a drawn frame costs, without a graphics card: layout and tessellation of the whole window over a million topics,
//! and how many frames an idle window asks for.

use brownian::client::api::{ConnectOptions, Event, LinkState, SessionFacts, Target};
use brownian::data::{SessionId, Timestamp, TopicPath, TopicType};
use brownian::model::Model;
use brownian::model::connections::Environment;
use brownian::ui::frame::shell::Shell;
use std::sync::Arc;
use std::time::Instant;

const BRANCHES: usize = 1000;
const LEAVES: usize = 1000;
const FRAMES: u32 = 300;

fn main() {
    let mut model = Model::default();
    let now = Timestamp::from_millis(1_700_000_000_000);
    let options = ConnectOptions::to(Target::Embedded);
    let id = model.open("bench".into(), "bench".into(), Environment::Test, options);
    let facts = SessionFacts {
        id: SessionId { server: 1, session: 1 },
        principal: "admin".into(),
        version: 29,
        ping_period_millis: 0,
        transport: "in memory",
        certificate: None,
    };
    model.apply(id, Event::Link(LinkState::Connected(Arc::new(facts))), now);
    let started = Instant::now();
    let topics = &mut model.links[0].topics;
    let paths =
        (0..BRANCHES).flat_map(|a| (0..LEAVES).map(move |b| (format!("branch-{a:04}/topic-{b:04}"), TopicType::Json)));
    topics.tree.bulk_insert(paths);
    println!("{} topics in the tree after {:.2} s", topics.tree.topics(), started.elapsed().as_secs_f64());
    for a in 0..BRANCHES {
        if let Some(id) = topics.tree.find(&format!("branch-{a:04}")) {
            topics.tree.set_open(id, true);
        }
    }
    topics.wanted = TopicPath::parse("branch-0500/topic-0500").ok();
    let ctx = egui::Context::default();
    brownian::ui::theme::fonts::install(&ctx);
    let mut shell = Shell::default();
    let mut input = egui::RawInput {
        screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1920.0, 1080.0))),
        ..egui::RawInput::default()
    };
    let mut times = Vec::new();
    let mut idle = 0;
    for frame in 0..FRAMES {
        input.time = Some(f64::from(frame) / 60.0);
        input.events = vec![egui::Event::PointerMoved(egui::pos2(200.0, 400.0 + (frame % 40) as f32))];
        let started = Instant::now();
        let output = ctx.run_ui(input.clone(), |ui| {
            model.before_draw(now);
            for intent in shell.ui(ui, &model) {
                model.handle(intent, now);
            }
        });
        let shapes = ctx.tessellate(output.shapes, output.pixels_per_point);
        times.push(started.elapsed());
        assert!(!shapes.is_empty());
        let mut textures = output.textures_delta;
        textures.clear();
        let _ = model.take_effects();
        if frame >= FRAMES - 100 {
            let soon = output.viewport_output.values().any(|v| v.repaint_delay.as_millis() < 100);
            idle += u32::from(soon);
        }
    }
    times.drain(..30);
    times.sort_unstable();
    let ms = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "a frame of 1920x1080 over {} rows: median {:.2} ms, p95 {:.2} ms (budget 4 ms)",
        model.links[0].topics.tree.rows(),
        ms(0.5),
        ms(0.95)
    );
    println!("of the last 100 frames, with the pointer moving, {idle} asked for another within 100 ms");
}
