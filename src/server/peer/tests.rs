//! Connections without sockets.

use super::*;
use crate::data::Secret;
use crate::server::budget::Charge;
use crate::server::places::Source;
use crate::server::turns::Turns;
use crate::server::world::World;
use crate::server::{ServerConfig, clock::Clock};
use crate::wire::handshake::Credentials;
use std::sync::Mutex;
use tokio::sync::mpsc;

/// A reader that breaks as a fault in a handler would.
struct Faulty;

impl Line for (Faulty, mpsc::Sender<Bytes>) {
    type Reader = Faulty;
    type Writer = mpsc::Sender<Bytes>;

    async fn open(self, _: usize, _: Option<Arc<Charge>>) -> (Self::Reader, Self::Writer) {
        self
    }
}

impl MessageReader for Faulty {
    async fn next(&mut self) -> Received {
        panic!("a fault");
    }
}

fn shared() -> Arc<Shared> {
    let config = ServerConfig::default();
    let world = World::of(&config, Clock::manual(0));
    Arc::new(Shared { world: Mutex::new(world), config, turns: Turns::default() })
}

#[tokio::test]
async fn a_session_whose_task_panics_gives_up_its_place_in_time() {
    let shared = shared();
    let request = ConnectRequest::from_query("ty=WB&v=29&ca=10&r=60000&sp=%7B%7D").expect("parameters");
    let (writer, _reader) = mpsc::channel(8);
    let task = tokio::spawn(serve(shared.clone(), request, Origin::Memory, (Faulty, writer)));
    assert!(task.await.expect_err("it ends so").is_panic());
    assert_eq!(shared.world().sessions.len(), 1, "the client may come back");
    let mut world = shared.world();
    world.clock.advance(Duration::from_mins(1));
    world.tick();
    assert_eq!(world.sessions.len(), 0);
}

fn log_in(shared: &Arc<Shared>, from: u8, password: &str) -> (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
    let credentials = Credentials::Password(Secret::new(password));
    let request = ConnectRequest::from_query("ty=WB&v=29&ca=10&r=60000&sp=%7B%7D").expect("parameters");
    let request = ConnectRequest { principal: Some("admin".to_owned()), credentials, ..request };
    let (outgoing, responses) = mpsc::channel(8);
    let (requests, incoming) = mpsc::channel(8);
    let origin = Origin::WebSocket([192, 0, 2, from].into());
    tokio::spawn(serve(shared.clone(), request, origin, (incoming, outgoing)));
    (requests, responses)
}

#[tokio::test]
async fn a_login_after_failures_waits_and_holds_nobody_else_up() {
    let shared = shared();
    for _ in 0..3 {
        shared.world().login_failures.failed(Source::of([192, 0, 2, 1].into()), "somebody", 0);
    }
    let (_waiting, mut waiting) = log_in(&shared, 1, "password");
    let (_other, mut other) = log_in(&shared, 2, "password");
    assert_eq!(other.recv().await.expect("a response")[2], 100);
    assert!(waiting.try_recv().is_err(), "it has not been looked at");
    assert_eq!(waiting.recv().await.expect("a response")[2], 100);
}

#[test]
fn without_descriptors_the_address_with_most_sessions_gives_one_up() {
    let shared = shared();
    let mut world = shared.world();
    let mut open = |from: u8, principal: &str| {
        let request = ConnectRequest::from_query("ty=WB&v=29&ca=10&r=60000&sp=%7B%7D").expect("parameters");
        let credentials = Credentials::Password(Secret::new("password"));
        let request = ConnectRequest { principal: Some(principal.to_owned()), credentials, ..request };
        let origin = Origin::WebSocket([192, 0, 2, from].into());
        world.admit(&request, origin, &shared.config).unwrap_or_else(|_| panic!("not admitted")).session
    };
    let other = open(2, "");
    let [admin, spoken, silent] = [open(1, "admin"), open(1, ""), open(1, "")];
    world.sessions.get_mut(&spoken).expect("open").connection.has_spoken = true;
    let mut ended = Vec::new();
    for _ in 0..5 {
        let before: Vec<u64> = world.sessions.keys().copied().collect();
        world.end_for_descriptor();
        ended.extend(before.into_iter().filter(|key| !world.sessions.contains_key(key)));
    }
    assert_eq!(ended[0], silent);
    assert!(world.sessions.keys().eq([&admin]), "only named principals are left: {ended:?} {other}");
}
