//! Every panel in every state, size and theme: drawn whole, every control named, the words for the state present.

use crate::test_app::{SIZES, Serve, TestApp, closed, picture, recovering, resolving, topics, window};
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

    fn app(self, theme: Theme) -> TestApp {
        match self {
            Self::Connecting => {
                let mut app = TestApp::connecting(theme);
                app.apply(resolving());
                app
            }
            Self::Empty => TestApp::connected(theme, Serve::Answers, Vec::new()),
            Self::Loading | Self::Failed => {
                let serve = if self == Self::Loading { Serve::Silent } else { Serve::Refuses };
                let mut app = TestApp::connected(theme, serve, topics());
                let path = crate::test_app::path_of("fx/EURUSD/quote");
                app.handle(brownian::model::inspector::Intent::Select(Some(path)));
                app.handle(brownian::model::subscriptions::Intent::Add("?fx//".into()));
                let branch = crate::test_app::path_of("fx");
                app.handle(brownian::model::missing_topics::Intent::Register(branch));
                crate::update_streams::fill(&mut app);
                crate::messages::fill(&mut app);
                app.handle(nightly_lock());
                app.handle(brownian::model::session_list::Intent::Listen);
                app.pass(3.0);
                app
            }
            Self::Full | Self::Recovering | Self::Closed => {
                let mut app = TestApp::full(theme);
                crate::missing_topics::fill(&mut app);
                crate::update_streams::fill(&mut app);
                crate::messages::fill(&mut app);
                app.handle(nightly_lock());
                app.handle(brownian::model::session_list::Intent::Listen);
                app
            }
        }
    }

    /// What happens once the window has been seen: values come for the rows in sight, the line is lost.
    fn go_on(self, app: &mut TestApp) {
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
    const fn words(self, panel: &Words) -> List {
        match self {
            Self::Connecting => panel.connecting,
            Self::Empty => panel.empty,
            Self::Loading => panel.loading,
            Self::Failed => panel.failed,
            Self::Full => panel.full,
            Self::Recovering => panel.recovering,
            Self::Closed => panel.closed,
        }
    }
}

/// Asks for a session lock.
fn nightly_lock() -> brownian::model::locks::Intent {
    let scope = brownian::model::link::LockScope::Session;
    brownian::model::locks::Intent::Acquire { name: "jobs/nightly".into(), scope }
}

type List = &'static [&'static str];

/// What a panel must show in each state; at least something.
struct Words {
    connecting: List,
    empty: List,
    loading: List,
    failed: List,
    full: List,
    recovering: List,
    closed: List,
}

impl Words {
    /// For a panel that shows its facts whatever became of the link.
    const fn new(empty: List, loading: List, failed: List, full: List) -> Self {
        Self { connecting: empty, empty, loading, failed, full, recovering: full, closed: full }
    }

    /// The words of a panel; a panel that is not listed here fails.
    fn of(panel: &str) -> Self {
        match panel {
            "topic-tree" => Self {
                connecting: &["Not connected yet"],
                ..Self::new(
                    &["No topics"],
                    &["Fetching structure…"],
                    &["Cannot fetch the topic tree: a permission is missing", "Details"],
                    &["fx, branch", "status, JSON", "quote, JSON, {\"bid\":1.0842"],
                )
            },
            "inspector" => Self::new(
                &["No topic selected"],
                &["Reading the topic…"],
                &["Cannot read “fx/EURUSD/quote”: a permission is missing"],
                &["fx/EURUSD/quote", "bid: 1.0842", "ask: 1.0844"],
            ),
            "specification" => Self::new(
                &["No topic selected"],
                &["Reading the specification…"],
                &["Cannot read “fx/EURUSD/quote”: a permission is missing"],
                &["CONFLATION", "conflate", "Given only"],
            ),
            "subscriptions" => Self::new(
                &["No subscriptions"],
                &["?fx//", "asking…"],
                &["?fx//", "Cannot subscribe: a permission is missing"],
                &["live since ", "3 topics", "fx/EURUSD/quote, JSON"],
            ),
            "missing-topics" => Self {
                connecting: &["Not connected"],
                recovering: &["waits for the session", ">fx/USDJPY/quote", "alice"],
                closed: &["waits for the session", ">fx/USDJPY/quote", "alice"],
                ..Self::new(
                    &["No missing-topic handlers", "Register handler"],
                    &["registering…", "Asking the server…"],
                    &[
                        "Cannot register the handler: a permission is missing",
                        "Needs REGISTER_HANDLER",
                        "Register fx again",
                    ],
                    &["live since ", ">fx/USDJPY/quote", "alice", "Do not proceed"],
                )
            },
            "messages" => {
                let nobody: List = &["Nobody handles “orders/new” or a path above it", "Answering 1"];
                Self {
                    recovering: &["Nobody handles “orders/new” or a path above it", "Requests"],
                    closed: &["Nobody handles “orders/new” or a path above it", "Requests"],
                    ..Self::new(
                        &["Nothing sent yet", "Message path"],
                        &["Waiting: ", "Stop waiting"],
                        &["Cannot send to “orders/new”: you have no SEND_TO_MESSAGE_HANDLER there"],
                        nobody,
                    )
                }
            }
            "locks" => Self {
                closed: &["jobs/nightly", "lost with the session"],
                ..Self::new(
                    &["No session lock is held", "Acquire"],
                    &["jobs/nightly", "waiting"],
                    &["jobs/nightly", "Cannot list the session locks of the server", "Try again"],
                    &["jobs/nightly", "this session", "Release"],
                )
            },
            "sessions" => Self {
                connecting: &["No sessions are known"],
                ..Self::new(
                    &["trader, connected", "Live 1", "Group: none"],
                    &["Reading sessions…", "Cancel"],
                    &["Cannot list the sessions: a permission is missing", "Try again"],
                    &["trader, connected", "Connected 1", "Read as: Text"],
                )
            },
            "update-streams" => Self {
                recovering: &["waits for the line"],
                closed: &["The stream ended with its session"],
                ..Self::new(
                    &["No update streams", "New update stream"],
                    &["fx/GBPUSD/quote, starting…"],
                    &["Cannot stream updates to “fx/GBPUSD/quote”: a permission is missing", "Start again"],
                    &["fx/GBPUSD/quote, running", "Pause", "Values"],
                )
            },
            "latency" => {
                let none: List = &["Waiting for the first ping…"];
                Self::new(none, none, none, &["p50", "jitter", "37 answers, 3 missed"])
            }
            "log" => {
                let none: List = &["No lines at this level"];
                Self::new(none, none, none, &["error no route to fx", "warning the server merged 12 values"])
            }
            "journal" => Self::new(
                &["No changes made"],
                &["fx/GBPUSD/quote", "Running"],
                &["fx/GBPUSD/quote", "a permission is missing"],
                &["fx/GBPUSD/quote"],
            ),
            _ => panic!("no words are given for the panel {panel}"),
        }
    }
}

#[test]
fn every_panel_in_every_state() {
    let mut missing = Vec::new();
    for state in State::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            for size in SIZES {
                let mut harness = window(state.app(theme), size);
                state.go_on(harness.state_mut());
                for panels::PanelFacts { id, title, .. } in panels::LIST {
                    let words = state.words(&Words::of(id));
                    assert!(!words.is_empty(), "{id} has no words for {state:?}");
                    let place = format!("{title}, {state:?}, {theme:?}, {size:?}");
                    // The tabs of all panels together are wider than a small window.
                    harness.state_mut().shell.dock.reset();
                    harness.state_mut().shell.dock.show(id);
                    harness.run_steps(3);
                    for words in state.banner().iter().chain(words) {
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
fn outside(harness: &egui_kittest::Harness<'_, TestApp>, size: [f32; 2]) -> Vec<String> {
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into()).expand(0.5);
    harness
        .query_all_by_role(egui::accesskit::Role::Button)
        .filter(|node| !window.contains_rect(node.rect()))
        .map(|node| format!("{:?} lies outside at {:?}", node.accesskit_node().label(), node.rect()))
        .collect()
}
