//! Every panel in every state, size and theme: drawn whole, every control named, the words for the state present.

use crate::stage::{App, SIZES, Serve, closed, picture, recovering, resolving, stage, topics};
use brownian::model::settings::Theme;
use brownian::ui::panels;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Connecting,
    Empty,
    Loading,
    Failed,
    Full,
    Recovering,
    Closed,
}

impl State {
    const ALL: [Self; 7] =
        [Self::Connecting, Self::Empty, Self::Loading, Self::Failed, Self::Full, Self::Recovering, Self::Closed];

    fn app(self, theme: Theme) -> App {
        match self {
            Self::Connecting => {
                let mut app = App::connecting(theme);
                app.apply(resolving());
                app
            }
            Self::Empty => App::connected(theme, Serve::Answers, Vec::new()),
            Self::Loading | Self::Failed => {
                let serve = if self == Self::Loading { Serve::Silent } else { Serve::Refuses };
                let mut app = App::connected(theme, serve, topics());
                let path = crate::stage::path_of("fx/EURUSD/quote");
                app.handle(brownian::model::inspector::Intent::Select(Some(path)));
                app.handle(brownian::model::subscriptions::Intent::Add("?fx//".into()));
                let branch = crate::stage::path_of("fx");
                app.handle(brownian::model::missing_topics::Intent::Register(branch));
                crate::update_streams::fill(&mut app);
                app.pass(3.0);
                app
            }
            Self::Full | Self::Recovering | Self::Closed => {
                let mut app = App::full(theme);
                crate::missing_topics::fill(&mut app);
                crate::update_streams::fill(&mut app);
                app
            }
        }
    }

    /// What happens once the window has been seen: values come for the rows in sight, the line is lost.
    fn go_on(self, app: &mut App) {
        if matches!(self, Self::Full | Self::Recovering | Self::Closed) {
            app.pass(1.0);
            app.update("fx/EURUSD/quote", r#"{"bid":1.0842,"ask":1.0844,"venue":"EBS"}"#);
        }
        if matches!(self, Self::Recovering | Self::Closed) {
            app.apply(recovering());
            app.pass(2.0);
        }
        if self == Self::Closed {
            app.apply(closed());
        }
    }

    /// Words that must be on screen, whichever panel is shown.
    fn banner(self) -> &'static [&'static str] {
        match self {
            Self::Connecting => &["Connecting: TCP connection…", "Cancel"],
            Self::Recovering => &["As of ", "Reconnecting, try 3", "The line was lost", "Cancel"],
            Self::Closed => &["As of ", "127.0.0.1:8080 refused the connection", "Connect again", "Copy report"],
            _ => &["connected"],
        }
    }

    /// Words that a panel must show.
    fn words(self, panel: &str) -> &'static [&'static str] {
        match (panel, self) {
            ("topic-tree", Self::Connecting) => &["Not connected yet"],
            ("topic-tree", Self::Empty) => &["No topics"],
            ("topic-tree", Self::Loading) => &["Fetching structure…"],
            ("topic-tree", Self::Failed) => &["Cannot fetch the topic tree: a permission is missing", "Details"],
            ("topic-tree", _) => &["fx, branch", "status, JSON", "quote, JSON, {\"bid\":1.0842"],
            ("specification", Self::Connecting | Self::Empty) => &["No topic selected"],
            ("specification", Self::Loading) => &["Reading the specification…"],
            ("specification", Self::Failed) => &["Cannot read “fx/EURUSD/quote”: a permission is missing"],
            ("specification", _) => &["CONFLATION", "conflate", "Given only"],
            ("subscriptions", Self::Connecting | Self::Empty) => &["No subscriptions"],
            ("subscriptions", Self::Loading) => &["?fx//", "asking…"],
            ("subscriptions", Self::Failed) => &["?fx//", "Cannot subscribe: a permission is missing"],
            ("subscriptions", _) => &["live since ", "3 topics", "fx/EURUSD/quote, JSON"],
            ("missing-topics", Self::Connecting) => &["Not connected"],
            ("missing-topics", Self::Empty) => &["No missing-topic handlers", "Register handler"],
            ("missing-topics", Self::Loading) => &["registering…", "Asking the server…"],
            ("missing-topics", Self::Failed) => {
                &["Cannot register the handler: a permission is missing", "Needs REGISTER_HANDLER", "Register fx again"]
            }
            ("missing-topics", Self::Recovering | Self::Closed) => {
                &["waits for the session", ">fx/USDJPY/quote", "alice"]
            }
            ("missing-topics", _) => &["live since ", ">fx/USDJPY/quote", "alice", "Do not proceed"],
            ("update-streams", Self::Connecting | Self::Empty) => &["No update streams", "New update stream"],
            ("update-streams", Self::Loading) => &["fx/EURUSD/quote, starting…"],
            ("update-streams", Self::Failed) => {
                &["Cannot stream updates to “fx/EURUSD/quote”: a permission is missing", "Start again"]
            }
            ("update-streams", Self::Full) => &["fx/EURUSD/quote, running", "Pause", "Values"],
            ("update-streams", Self::Recovering) => &["waits for the line"],
            ("update-streams", Self::Closed) => &["The stream ended with its session"],
            ("latency", Self::Connecting | Self::Empty | Self::Loading | Self::Failed) => {
                &["Waiting for the first ping…"]
            }
            ("latency", _) => &["p50", "jitter", "37 answers, 3 missed"],
            ("log", Self::Connecting | Self::Empty | Self::Loading | Self::Failed) => &["No lines at this level"],
            ("log", _) => &["error no route to fx", "warning the server merged 12 values"],
            _ => &[],
        }
    }
}

#[test]
fn every_panel_in_every_state() {
    let mut missing = Vec::new();
    for state in State::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            for size in SIZES {
                let mut harness = stage(state.app(theme), size);
                state.go_on(harness.state_mut());
                for panels::PanelFacts { id, title, .. } in panels::LIST {
                    let place = format!("{title}, {state:?}, {theme:?}, {size:?}");
                    harness.state_mut().shell.dock.show(id);
                    harness.run_steps(3);
                    for words in state.banner().iter().chain(state.words(id)) {
                        if harness.query_all_by_label_contains(words).next().is_none() {
                            missing.push(format!("{place}: no “{words}”"));
                        }
                    }
                    missing.extend(harness.unnamed_widgets().into_iter().map(|w| format!("{place}: unnamed {w}")));
                    missing.extend(outside(&harness, size).into_iter().map(|w| format!("{place}: {w}")));
                    picture(&mut harness, &format!("{id}-{state:?}-{theme:?}-{}", size[0]));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{} faults:\n{}", missing.len(), missing.join("\n"));
}

/// Buttons that do not lie in the window.
fn outside(harness: &egui_kittest::Harness<'_, App>, size: [f32; 2]) -> Vec<String> {
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into()).expand(0.5);
    harness
        .query_all_by_role(egui::accesskit::Role::Button)
        .filter(|node| !window.contains_rect(node.rect()))
        .map(|node| format!("{:?} lies outside at {:?}", node.accesskit_node().label(), node.rect()))
        .collect()
}
