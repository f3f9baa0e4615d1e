//! Sessions that look after other sessions, for tests.

use crate::data::{CloseReason, SessionId};
use crate::server::ServerConfig;
use crate::server::handlers::fixture::{self, VERSION};
use crate::server::handlers::{ServiceError, dispatch, go_on};
use crate::server::peer::Outcome;
use crate::server::session::Origin;
use crate::server::world::World;
use crate::wire::handshake::{ConnectRequest, Credentials, Resume};
use crate::wire::services::session_properties_event::{self, PropertyChange, SessionChange};
use crate::wire::services::{SessionEventRegistration, SessionPropertiesEvent, session_event_registration};
use crate::wire::{Message, Service, decode, encode};

/// A world, a session of an administrator and some of a client.
pub(in crate::server) struct Controlling {
    /// All.
    pub world: World,
    /// The administrator.
    pub admin: u64,
}

impl Controlling {
    /// Without clients.
    pub(in crate::server) fn new() -> Self {
        let mut world = fixture::world();
        let admin = fixture::session(&mut world, "admin");
        Self { world, admin }
    }

    /// A session of a principal.
    pub(in crate::server) fn open(&mut self, principal: &str) -> u64 {
        fixture::session(&mut self.world, principal)
    }

    /// Its id.
    pub(in crate::server) fn id(&self, key: u64) -> SessionId {
        SessionId { server: self.world.server_id, session: key }
    }

    /// An answer to the administrator; all that goes on after it has been done too.
    pub(in crate::server) fn ask<S: Service>(&mut self, request: &S::Request) -> Result<S::Response, ServiceError> {
        self.ask_as::<S>(self.admin, request)
    }

    /// An answer to any session.
    pub(in crate::server) fn ask_as<S: Service>(
        &mut self,
        key: u64,
        request: &S::Request,
    ) -> Result<S::Response, ServiceError> {
        let payload = dispatch(&mut self.world, key, 1, S::ID, encode(request, VERSION))?;
        self.work();
        Ok(decode(payload.expect("at once"), VERSION).expect("a response"))
    }

    /// Does what was begun, and what nobody waits for.
    pub(in crate::server) fn work(&mut self) {
        while let Some(key) = self.world.started.pop() {
            while go_on(&mut self.world, key, &mut 0).is_some() {}
        }
        while self.world.do_chores() {}
    }

    /// Has the administrator listen; what was wrong with the filter.
    pub(in crate::server) fn listen(&mut self, listener: i64, filter: Option<&str>, keys: &[&str]) -> usize {
        let request = session_event_registration::Request {
            cluster_aware: true,
            filter: filter.map(str::to_owned),
            keys: Some(keys.iter().map(|&key| key.to_owned()).collect()),
            start_time: Some(0),
            listener,
        };
        self.ask::<SessionEventRegistration>(&request).expect("an answer").len()
    }

    /// Cuts a connection.
    pub(in crate::server) fn lose(&mut self, key: u64) {
        let generation = self.world.sessions[&key].connection.generation;
        self.world.detach(key, generation, Outcome::Lost(CloseReason::CONNECTION_LOST));
    }

    /// Makes another connection for a session, with or without loss.
    pub(in crate::server) fn reconnect(&mut self, key: u64, is_lossy: bool) {
        let session = &self.world.sessions[&key];
        let (server_sequence, _) = session.outbox.sent_and_oldest();
        let resume = Resume {
            token: session.token.clone(),
            client_sequence: session.connection.received + 1,
            server_sequence: server_sequence + i64::from(is_lossy),
        };
        let request = ConnectRequest {
            version: VERSION,
            client_type: "WJ".to_owned(),
            capabilities: 10,
            reconnect_millis: 60_000,
            properties: Vec::new(),
            principal: None,
            credentials: Credentials::None,
            resume: Some(resume),
        };
        let admitted = self.world.admit(&request, Origin::Memory, &ServerConfig::default());
        assert_eq!(admitted.unwrap_or_else(|_| panic!("not admitted")).session, key);
    }

    /// What waits for a session.
    pub(in crate::server) fn taken(&self, key: u64) -> Vec<Message> {
        let session = &self.world.sessions[&key];
        let mut out = Vec::new();
        loop {
            let waiting = session.outbox.take(session.connection.generation, 1000, 1 << 20).expect("its connection");
            if waiting.is_empty() {
                return out;
            }
            out.extend(waiting.into_iter().map(|message| Message::decode(message, 1 << 20).expect("a message")));
        }
    }

    /// What a session has heard of sessions, in words, and how many messages that were.
    pub(in crate::server) fn heard(&self, key: u64) -> (Vec<String>, usize) {
        let mut messages = 0;
        let mut heard = Vec::new();
        for message in self.taken(key) {
            let Message::Request { service: SessionPropertiesEvent::ID, cid, payload } = message else { continue };
            assert_ne!(cid, 0, "clients answer it");
            messages += 1;
            let request: session_properties_event::Request = decode(payload, VERSION).expect("events");
            let listener = request.listener;
            heard.extend(request.events.into_iter().map(|(id, change)| in_words(listener, id, change)));
        }
        (heard, messages)
    }
}

fn in_words(listener: i64, id: SessionId, change: SessionChange) -> String {
    let list = |of: &[(String, String)]| {
        let parts: Vec<String> = of.iter().map(|(key, value)| format!(" {key}={value}")).collect();
        parts.concat()
    };
    let who = format!("{listener}: {}", id.session);
    match change {
        SessionChange::Opened(properties) => format!("{who} opened{}", list(&properties)),
        SessionChange::Closed { reason, properties } => format!("{who} closed {reason}{}", list(&properties)),
        SessionChange::Updated { update, changes } => {
            let changes = changes.iter().map(|(key, change)| match change {
                PropertyChange::Added(value) => format!(" +{key}={value}"),
                PropertyChange::Changed { old, new } => format!(" {key}={old}>{new}"),
                PropertyChange::Removed(old) => format!(" -{key}={old}"),
                PropertyChange::Same(value) => format!(" {key}={value}"),
            });
            format!("{who} {update:?}{}", changes.collect::<String>())
        }
    }
}
