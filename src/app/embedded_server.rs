//! The server of this process, with demo data that moves.

use super::event_loop::now;
use crate::client::PipeAcceptor;
use crate::server::demo::{self, DemoHandle};
use crate::server::{Server, ServerConfig};
use std::sync::{Arc, OnceLock};

/// Updates a second of the demo, unless asked for otherwise.
pub(super) const DEMO_RATE: f64 = 1_000.0;

/// Fills a server with topics that move, until the handle is dropped.
pub(super) fn start_demo(server: &Server, updates_per_sec: f64) -> std::io::Result<DemoHandle> {
    let seed = u64::try_from(now().0).unwrap_or(1);
    demo::start(Arc::new(server.publisher()), seed, updates_per_sec)
}

/// Takes connections to the embedded server, which is started by the first of them.
pub(super) fn acceptor() -> PipeAcceptor {
    let server: OnceLock<Option<(Server, Option<DemoHandle>)>> = OnceLock::new();
    Arc::new(move |request, end| {
        let started = server.get_or_init(|| {
            let config = ServerConfig { security: demo::security(), ..ServerConfig::default() };
            let server = Server::start(config).ok()?;
            let demo = start_demo(&server, DEMO_RATE).ok();
            Some((server, demo))
        });
        if let Some((server, _)) = started {
            server.accept(request, end.incoming, end.outgoing);
        }
    })
}
