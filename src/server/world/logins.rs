//! Logins: whether they are right, how long they wait, and what the log says.

use super::World;
use crate::server::login_failures::TooMany;
use crate::server::places::Source;
use crate::wire::handshake::Credentials;
use crate::wire::services::change_principal;
use crate::wire::{Message, encode};
use std::time::Duration;

/// A principal's name may be long; this much of it is logged.
const LOGGED_CHARACTERS: usize = 64;

/// A change of principal that waits because of failures before it.
pub(in crate::server) struct HeldLogin {
    due: u64,
    pub(super) session: u64,
    conversation: i64,
    request: change_principal::Request,
}

impl World {
    /// How long a login has to wait because of failures before it.
    ///
    /// # Errors
    /// Too many wait already.
    pub(in crate::server) fn login_wait(&mut self, source: Source, principal: &str) -> Result<Duration, TooMany> {
        let now = self.clock.now().uptime;
        self.login_failures.wait(source, principal, now).map(Duration::from_millis)
    }

    /// The roles of who logs in so, or none if it may not; a failure is remembered and logged.
    pub(in crate::server) fn log_in(
        &mut self,
        source: Source,
        principal: &str,
        credentials: &Credentials,
    ) -> Option<Vec<String>> {
        let roles = self.security.authenticate(principal, credentials);
        if roles.is_some() {
            self.login_failures.succeeded(source, principal);
        } else {
            let now = self.clock.now().uptime;
            if self.login_failures.failed(source, principal, now) {
                let principal: String = principal.chars().take(LOGGED_CHARACTERS).collect();
                tracing::warn!(?principal, ?source, "a login failed");
            }
        }
        roles
    }

    /// Keeps a change of principal until its time has come.
    pub(in crate::server) fn hold_login(
        &mut self,
        session: u64,
        conversation: i64,
        request: change_principal::Request,
        wait: Duration,
    ) {
        let due = self.clock.now().uptime.saturating_add(crate::server::clock::millis(wait));
        self.held_logins.push(HeldLogin { due, session, conversation, request });
    }

    /// Changes of principal of a session that wait.
    pub(in crate::server) fn held_logins_of(&self, session: u64) -> usize {
        self.held_logins.iter().filter(|held| held.session == session).count()
    }

    /// Does the changes of principal that have waited long enough, and tells the log of failures not told yet.
    pub(super) fn end_overdue_logins(&mut self, uptime: u64) {
        let (due, waiting) = std::mem::take(&mut self.held_logins).into_iter().partition(|held| held.due <= uptime);
        self.held_logins = waiting;
        for HeldLogin { session: key, conversation: cid, request, .. } in due {
            let Some(session) = self.sessions.get(&key) else { continue };
            let (source, version) = (session.source, session.version);
            let roles = self.log_in(source, &request.principal, &request.credentials);
            let payload = encode(&roles.is_some(), version);
            if let Some(roles) = roles {
                self.change_principal(key, request.principal, &roles);
            }
            self.send(key, &Message::Response { cid, payload });
        }
        if let Some(count) = self.login_failures.take_untold(uptime) {
            tracing::warn!(count, "more logins failed");
        }
    }
}
