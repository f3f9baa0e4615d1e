//! How careful a connection is: read-only, confirm or free.
//!
//! The gate itself is in `effects`: a call of a service that changes the server is not sent while the mode here is
//! read-only, whatever a panel asks for. What needs a question first is decided in `changes`.

use crate::data::{Timestamp, shown};
use crate::model::connections::Environment;
use crate::model::effects::Effects;
use crate::model::features::{Feature, Opening};
use crate::model::notices::{NewNotice, Tone};
use crate::model::{Connected, answering, settings};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An unlocked production server is read-only again after so long.
pub const UNLOCK_SECS: i64 = 15 * 60;
/// And after so long without anything done by the user.
pub const IDLE_SECS: i64 = 5 * 60;

/// How a connection treats changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing that changes the server is sent.
    ReadOnly,
    /// Each change is shown before it is sent.
    #[default]
    Confirm,
    /// A change of one value is sent at once; only what is dangerous is asked for.
    Free,
}

impl Mode {
    /// The word on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "Read-only",
            Self::Confirm => "Confirm",
            Self::Free => "Free",
        }
    }

    /// What it means, in one sentence.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::ReadOnly => "Nothing that changes the server is sent",
            Self::Confirm => "Each change is shown before it is sent",
            Self::Free => "A change of one value is sent at once; removals and changes of many topics still ask",
        }
    }
}

/// The mode of a connection, with the clock of an unlocked production server.
#[derive(Clone, Debug)]
pub struct Safety {
    environment: Environment,
    chosen: Mode,
    unlocked_at: Option<Moment>,
    touched: Moment,
    uptime: Duration,
}

/// A moment by both clocks. The wall's can be set back, and the other stands still while the computer sleeps; of a
/// period the longer of both counts, so that neither keeps a server unlocked.
#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    wall: Timestamp,
    uptime: Duration,
}

impl Moment {
    fn secs_since(self, earlier: Self) -> i64 {
        let uptime = self.uptime.saturating_sub(earlier.uptime).as_secs();
        let wall = self.wall.secs_since(earlier.wall) as i64;
        wall.max(i64::try_from(uptime).unwrap_or(i64::MAX))
    }
}

/// What the user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Treat changes in this way; kept for the next connection to the same server.
    SetMode(Mode),
}

impl Default for Safety {
    fn default() -> Self {
        Self::new(Environment::default(), None)
    }
}

impl Feature for Safety {
    type Intent = Intent;

    fn handle(at: &mut Connected, Intent::SetMode(mode): Intent, fx: &mut Effects) {
        if mode == Mode::ReadOnly {
            answering::before_read_only(at, fx);
        }
        if at.safety.choose(mode, fx.now) {
            fx.change_settings(settings::Intent::KeepMode(at.key.clone(), mode));
        }
    }

    fn opened(&mut self, opening: &Opening<'_>) {
        *self = Self::new(opening.environment, opening.settings.modes.get(opening.key).copied());
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        if at.safety.lock_overdue(fx.now) {
            fx.notice(NewNotice::new(Tone::Info, format!("{} is read-only again", shown(&at.name))));
        }
    }
}

impl Safety {
    /// How a connection starts: as chosen last if that is allowed there; production always read-only.
    #[must_use]
    pub fn new(environment: Environment, stored: Option<Mode>) -> Self {
        let default = if environment == Environment::Production { Mode::ReadOnly } else { Mode::Confirm };
        let chosen = stored.filter(|mode| Self::is_offered(environment, *mode)).unwrap_or(default);
        let chosen = if environment == Environment::Production { Mode::ReadOnly } else { chosen };
        Self { environment, chosen, unlocked_at: None, touched: Moment::default(), uptime: Duration::ZERO }
    }

    /// How long the program has run by a clock that cannot be set; told before anything else in a step.
    pub(in crate::model) const fn run_for(&mut self, uptime: Duration) {
        self.uptime = uptime;
    }

    const fn at(&self, wall: Timestamp) -> Moment {
        Moment { wall, uptime: self.uptime }
    }

    fn is_offered(environment: Environment, mode: Mode) -> bool {
        mode != Mode::Free || matches!(environment, Environment::Development | Environment::Demo)
    }

    /// The modes that can be chosen for this environment.
    pub fn offered(&self) -> impl Iterator<Item = Mode> {
        let environment = self.environment;
        [Mode::ReadOnly, Mode::Confirm, Mode::Free].into_iter().filter(move |mode| Self::is_offered(environment, *mode))
    }

    /// The mode now.
    #[must_use]
    pub fn mode(&self, now: Timestamp) -> Mode {
        if self.environment == Environment::Production && self.chosen != Mode::ReadOnly && self.lock_secs(now).is_none()
        {
            return Mode::ReadOnly;
        }
        self.chosen
    }

    /// Seconds until an unlocked production server locks again; none where nothing is counted.
    #[must_use]
    pub fn lock_secs(&self, now: Timestamp) -> Option<i64> {
        let unlocked = self.unlocked_at?;
        let now = self.at(now);
        let left = UNLOCK_SECS.saturating_sub(now.secs_since(unlocked));
        let idle = IDLE_SECS.saturating_sub(now.secs_since(self.touched));
        let left = left.min(idle);
        (left > 0).then_some(left)
    }

    /// Chooses a mode; production is unlocked for [`UNLOCK_SECS`]. False if it is not offered here.
    pub fn choose(&mut self, mode: Mode, now: Timestamp) -> bool {
        if !Self::is_offered(self.environment, mode) {
            return false;
        }
        self.chosen = mode;
        let now = self.at(now);
        self.touched = now;
        self.unlocked_at = (self.environment == Environment::Production && mode != Mode::ReadOnly).then_some(now);
        true
    }

    /// Locks a production server; other environments keep their mode.
    pub fn lock(&mut self) {
        if self.environment == Environment::Production {
            self.chosen = Mode::ReadOnly;
            self.unlocked_at = None;
        }
    }

    /// The user did something.
    pub fn touch(&mut self, now: Timestamp) {
        self.touched = self.at(now);
    }

    /// Locks a production server whose time is over; true if it was not locked yet.
    fn lock_overdue(&mut self, now: Timestamp) -> bool {
        let over = self.unlocked_at.is_some() && self.lock_secs(now).is_none();
        if over {
            self.lock();
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    #[test]
    fn production_starts_read_only_and_locks_again() {
        let mut safety = Safety::new(Environment::Production, Some(Mode::Confirm));
        assert_eq!(safety.mode(at(0)), Mode::ReadOnly);
        assert!(!safety.choose(Mode::Free, at(0)));
        assert!(safety.choose(Mode::Confirm, at(0)));
        for n in 0..14 {
            safety.touch(at(n * 60));
            assert!(!safety.lock_overdue(at(n * 60)));
        }
        assert_eq!(safety.mode(at(14 * 60)), Mode::Confirm);
        safety.touch(at(15 * 60));
        assert_eq!(safety.mode(at(15 * 60)), Mode::ReadOnly, "even before time was let pass");
        assert!(safety.lock_overdue(at(15 * 60)));
        assert_eq!(safety.mode(at(15 * 60)), Mode::ReadOnly);
    }

    #[test]
    fn an_idle_production_server_locks_sooner() {
        let mut safety = Safety::new(Environment::Production, None);
        safety.choose(Mode::Confirm, at(0));
        assert_eq!(safety.lock_secs(at(10)), Some(IDLE_SECS - 10));
        assert!(safety.lock_overdue(at(IDLE_SECS)));
    }

    #[test]
    fn no_clock_keeps_a_server_unlocked() {
        for (wall, uptime) in [(-3600, IDLE_SECS), (0, IDLE_SECS), (IDLE_SECS, 0), (3600, 1)] {
            let mut safety = Safety::new(Environment::Production, None);
            let start = 100_000;
            safety.run_for(Duration::from_secs(50));
            safety.choose(Mode::Confirm, at(start));
            safety.run_for(Duration::from_secs(50 + uptime.unsigned_abs()));
            assert_eq!(safety.mode(at(start + wall)), Mode::ReadOnly, "wall {wall}, uptime {uptime}");
            assert!(safety.lock_overdue(at(start + wall)));
        }
    }

    #[test]
    fn other_environments_keep_what_was_chosen() {
        let mut test = Safety::new(Environment::Test, Some(Mode::Free));
        assert_eq!(test.mode(at(0)), Mode::Confirm, "free is for development alone");
        test.choose(Mode::ReadOnly, at(0));
        test.lock();
        assert_eq!(test.mode(at(1 << 20)), Mode::ReadOnly);
        let free = Safety::new(Environment::Development, Some(Mode::Free));
        assert_eq!(free.mode(at(1 << 20)), Mode::Free);
    }
}
