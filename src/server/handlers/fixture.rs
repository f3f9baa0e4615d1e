//! A world with sessions for the tests of handlers, without a connection.

use super::{RequestContext, ServiceError, dispatch};
use crate::data::{Account, Secret};
use crate::server::ServerConfig;
use crate::server::clock::Clock;
use crate::server::security::Security;
use crate::server::session::Origin;
use crate::server::world::World;
use crate::wire::handshake::{ConnectRequest, Credentials};
use crate::wire::services::Subscribe;
use crate::wire::services::shared::SelectionRequest;
use crate::wire::{Message, Service, decode, encode};

/// Version of every session here.
pub(super) const VERSION: u8 = crate::wire::frame::VERSION;

/// The standard stores and no topic.
pub(super) fn world() -> World {
    World::new(Security::standard(), 1 << 63, Clock::manual(0))
}

/// A session of a principal of the standard store, or an anonymous one, in this process.
pub(super) fn session(world: &mut World, principal: &str) -> u64 {
    let request = ConnectRequest {
        version: VERSION,
        client_type: "WB".to_owned(),
        capabilities: 10,
        reconnect_millis: 60_000,
        properties: Vec::new(),
        principal: Some(principal.to_owned()),
        credentials: Credentials::Password(Secret::new("password")),
        resume: None,
    };
    world.admit(&request, Origin::Memory, &ServerConfig::default()).unwrap_or_else(|_| panic!("not admitted")).session
}

/// What waits for a session.
pub(super) fn taken(world: &World, key: u64) -> Vec<Message> {
    let waiting = world.sessions[&key].outbox.take(1, 1000, 1 << 20).expect("the session has its first connection");
    waiting.into_iter().map(|message| Message::decode(message, 1 << 20).expect("a message")).collect()
}

/// Selects in the default scope.
pub(super) fn subscribe(world: &mut World, key: u64, selector: &str) {
    let request = SelectionRequest { selector: selector.to_owned(), scope: String::new() };
    dispatch(world, key, 1, Subscribe::ID, encode(&request, VERSION)).expect("an answer");
}

/// Calls a handler by itself, with a full account.
pub(super) fn handled<T>(world: &mut World, key: u64, handle: impl FnOnce(&mut RequestContext<'_>) -> T) -> T {
    handle(&mut RequestContext { world, key, conversation: 1, account: &mut Account::request() })
}

/// The answer to a request, worked at to its end.
pub(super) fn answer<S: Service>(
    world: &mut World,
    key: u64,
    request: &S::Request,
) -> Result<S::Response, ServiceError> {
    let payload = dispatch(world, key, 1, S::ID, encode(request, VERSION))?;
    Ok(decode(payload.expect("at once"), VERSION).expect("a response"))
}
