//! Sessions that come and go, lose their connections and recover, and answer requests at `terminals/version`. To a
//! controller they are sessions like any other; who is closed comes back later as a new one.

use super::cast::{Answers, CAST, Character, Secs};
use super::pace::Every;
use super::random::Random;
use super::words::json;
use super::{Moment, Publish};
use crate::data::TopicType;
use crate::data::value::json::Json;
use crate::server::{LocalClient, LocalSession, Silence};
use crate::wire::frame::VERSION;
use crate::wire::handshake::{CAP_UNIFIED, ConnectRequest, Credentials};
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::session_lock_acquire::{self, LockScope};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::{SessionLockAcquire, Subscribe};
use std::time::Duration;

/// Where the sessions are asked.
const PATH: &str = "terminals/version";
/// Between two looks at what they were asked.
const LOOK: Duration = Duration::from_millis(100);
/// How long the server waits for a session whose connection is lost.
const RECONNECT_MILLIS: u64 = 15_000;
/// How long somebody is away whose session was ended by others.
const AWAY_AFTER_END: Secs = (20.0, 40.0);

enum Phase {
    Away,
    There(LocalSession),
    Lost { session: LocalSession, recovers: bool },
}

struct Player {
    character: &'static Character,
    phase: Phase,
    /// When the phase ends, as time since the start.
    until: Duration,
}

pub(super) struct Clients {
    players: Vec<Player>,
    random: Random,
    look: Every,
}

impl Clients {
    pub(super) fn new(seed: u64) -> Self {
        let player = |character| Player { character, phase: Phase::Away, until: Duration::ZERO };
        Self { players: CAST.iter().map(player).collect(), random: Random::new(seed, 4000), look: Every::new(LOOK) }
    }

    /// Everybody comes.
    pub(super) fn open(&mut self, at: Moment, publish: &dyn Publish) {
        for player in &mut self.players {
            player.come(at, publish, &mut self.random);
            // They are in the middle of their stay, so that they do not all go at once.
            let (_, longest) = player.character.conduct.stays;
            player.until = at.elapsed + within((0.0, longest), &mut self.random);
        }
    }

    /// Everybody answers; while the demo moves, some come or go.
    pub(super) fn step(&mut self, at: Moment, is_moving: bool, publish: &dyn Publish) {
        if !self.look.is_due(at.elapsed) {
            return;
        }
        for player in &mut self.players {
            player.listen(at, &mut self.random);
            if is_moving && player.until <= at.elapsed {
                player.move_on(at, publish, &mut self.random);
            }
        }
    }
}

fn within((from, to): Secs, random: &mut Random) -> Duration {
    Duration::from_secs_f64(random.between(from, to))
}

impl Player {
    fn come(&mut self, at: Moment, publish: &dyn Publish, random: &mut Random) {
        let Some(mut session) = publish.open_session(&self.character.client()) else {
            self.until = at.elapsed + within(self.character.conduct.away, random);
            return;
        };
        for (scope, selector) in self.character.selections {
            let request = SelectionRequest { selector: (*selector).to_owned(), scope: (*scope).to_owned() };
            session.call::<Subscribe>(&request);
        }
        if let Some(lock) = self.character.lock {
            let request =
                session_lock_acquire::Request { name: lock.to_owned(), request: 1, scope: LockScope::Session };
            session.call::<SessionLockAcquire>(&request);
        }
        self.phase = Phase::There(session);
        self.until = at.elapsed + within(self.character.conduct.stays, random);
    }

    fn listen(&mut self, at: Moment, random: &mut Random) {
        let Phase::There(session) = &mut self.phase else { return };
        match session.take() {
            Ok(asked) => {
                for request in asked {
                    match self.character.answers {
                        Answers::Version(version) if request.path == PATH => {
                            let version = json(Json::String(version.to_owned()));
                            let value = TypedValue::new(TopicType::Json, version);
                            session.answer(request.conversation, Ok(&value));
                        }
                        Answers::Never if request.path == PATH => {}
                        _ => session.refuse(&request),
                    }
                }
            }
            Err(Silence::ConnectionLost) => self.lost(true, at, random),
            Err(Silence::Ended) => drop(self.go(AWAY_AFTER_END, at, random)),
        }
    }

    /// The phase is over.
    fn move_on(&mut self, at: Moment, publish: &dyn Publish, random: &mut Random) {
        let conduct = &self.character.conduct;
        match &mut self.phase {
            Phase::Away => self.come(at, publish, random),
            Phase::There(session) if random.chance(conduct.loses) => {
                session.lose();
                let recovers = random.chance(conduct.recovers);
                self.lost(recovers, at, random);
            }
            Phase::There(_) => {
                if let Phase::There(session) = self.go(conduct.away, at, random) {
                    session.close();
                }
            }
            Phase::Lost { session, recovers: true } => {
                if session.recover() {
                    self.stay(at, random);
                } else {
                    self.go(AWAY_AFTER_END, at, random);
                }
            }
            Phase::Lost { session, recovers: false } => {
                if session.is_there() {
                    self.until = at.elapsed + Duration::from_secs(1);
                } else {
                    self.go(conduct.away, at, random);
                }
            }
        }
    }

    fn lost(&mut self, recovers: bool, at: Moment, random: &mut Random) {
        if let Phase::There(session) = std::mem::replace(&mut self.phase, Phase::Away) {
            self.phase = Phase::Lost { session, recovers };
        }
        self.until = at.elapsed + within(self.character.conduct.lost, random);
    }

    fn stay(&mut self, at: Moment, random: &mut Random) {
        if let Phase::Lost { session, .. } = std::mem::replace(&mut self.phase, Phase::Away) {
            self.phase = Phase::There(session);
        }
        self.until = at.elapsed + within(self.character.conduct.stays, random);
    }

    fn go(&mut self, away: Secs, at: Moment, random: &mut Random) -> Phase {
        self.until = at.elapsed + within(away, random);
        std::mem::replace(&mut self.phase, Phase::Away)
    }
}

impl Character {
    fn client(&self) -> LocalClient {
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let properties =
            [("$Country", self.country), ("$Language", self.language), ("desk", self.desk), ("tier", self.tier)];
        LocalClient {
            request: ConnectRequest {
                version: VERSION,
                client_type: self.client_type.to_owned(),
                capabilities: CAP_UNIFIED,
                reconnect_millis: RECONNECT_MILLIS,
                properties: vec![owned(("$Environment", self.environment))],
                principal: Some(self.principal.to_owned()),
                credentials: Credentials::None,
                resume: None,
            },
            roles: self.roles.iter().map(|&role| role.to_owned()).collect(),
            address: self.address.into(),
            properties: properties.map(owned).into(),
        }
    }
}

#[cfg(test)]
mod tests;
