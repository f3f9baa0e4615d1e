//! Logins: whether they are right, how long they wait, and what the log says.

use super::World;
use crate::server::handlers;
use crate::server::login_failures::TooMany;
use crate::server::places::Source;
use crate::wire::handshake::Credentials;
use std::time::Duration;

/// A principal's name may be long; this much of it is logged.
const LOGGED_CHARACTERS: usize = 64;

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

    /// Does the changes of principal that have waited long enough, and tells the log of failures not told yet.
    pub(super) fn end_overdue_logins(&mut self, uptime: u64) {
        let mut due = Vec::new();
        for (key, session) in &mut self.sessions {
            for held in session.held_logins.extract_if(.., |held| held.due <= uptime) {
                due.push((*key, held));
            }
        }
        for (key, held) in due {
            handlers::change_principal(self, key, held);
        }
        if let Some(count) = self.login_failures.take_untold(uptime) {
            tracing::warn!(count, "more logins failed");
        }
    }
}
