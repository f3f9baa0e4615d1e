//! The sheet of an act before it begins: whom it concerns, what the server counts, and what has to be typed, in
//! proportion to the act.

use super::act::{Act, Target};
use super::find::{self, Find};
use super::form::Form;
use super::runner::Pace;
use crate::client::api::CallId;
use crate::data::{SessionId, Timestamp};
use crate::model::change::SessionAct;
use crate::model::connections::Environment;
use crate::model::journal::EntryId;
use crate::model::number;
use crate::model::remote::Remote;
use crate::model::{BlockReason, Connected};

/// More sessions than this, and the number has to be typed for every act.
pub const TYPED_ABOVE: u64 = 100;
/// More listed sessions than this are not counted by their IDs, so that the filter stays short.
pub const COUNTED_BY_ID: usize = 100;

/// Whom an act is meant for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The sessions, where they are known.
    pub sessions: Vec<Target>,
    /// The filter by which they were chosen; without sessions the server lists them.
    pub filter: Option<String>,
}

/// The open sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What the user writes.
    pub form: Form,
    /// The change that takes another one back; nothing is written then.
    pub undo: Option<(SessionAct, EntryId)>,
    /// The sessions, without the own one.
    pub sessions: Vec<Target>,
    /// The own session, if it was chosen too.
    pub own: Option<Target>,
    /// Whether the own session is meant too.
    pub include_own: bool,
    /// The filter by which they were chosen.
    pub filter: Option<String>,
    /// Whether whoever matches on arrival is meant, by one call that brings back a number only.
    pub on_arrival: bool,
    /// How fast sessions follow each other.
    pub pace: Pace,
    /// What the server counts.
    pub count: Remote<u64>,
    /// The list that the server gives, where the sessions were not known.
    pub listing: Remote<()>,
    /// Names of the session locks that some of them hold, and how many of them hold any.
    pub locks: (Vec<String>, usize),
    /// The number or the principal as typed.
    pub typed: String,
    /// The server's name as typed.
    pub typed_server: String,
    /// When it opened; the list no longer changes.
    pub opened_at: Timestamp,
    pub(super) own_id: Option<SessionId>,
    pub(super) find: Option<Find>,
    pub(super) locks_asked: Option<CallId>,
}

/// What has to be typed before the act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typing {
    /// The number of sessions.
    Number(u64),
    /// The principal of the session, or the end of its ID.
    Principal(String),
}

/// Why the button is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The connection takes no change now.
    Blocked(BlockReason),
    /// Another act is under way.
    Running,
    /// The form is no act yet, in a sentence.
    Form(String),
    /// No service does it by filter.
    NotByFilter,
    /// The sessions are being listed or counted.
    Counting,
    /// They could not be listed or counted.
    NotCounted,
    /// Nobody is meant.
    Nothing(String),
    /// Something is not typed.
    Typing(Typing),
    /// The name of the server is not typed.
    Server(String),
}

impl Hold {
    /// The reason for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Blocked(reason) => reason.sentence().to_owned(),
            Self::Running => "Another act on sessions is under way".to_owned(),
            Self::Form(why) => why.clone(),
            Self::NotByFilter => "No service does this by filter; choose one call each".to_owned(),
            Self::Counting => "The sessions are being counted".to_owned(),
            Self::NotCounted => "The sessions could not be counted".to_owned(),
            Self::Nothing(act) => format!("There is nothing to {act}"),
            Self::Typing(Typing::Number(count)) => format!("Type {} first", number::grouped(*count)),
            Self::Typing(Typing::Principal(name)) => format!("Type {} first", crate::data::shown(name)),
            Self::Server(name) => format!("Type the server's name, {}, first", crate::data::shown(name)),
        }
    }
}

impl Sheet {
    /// A sheet for these sessions; the own session is left out.
    #[must_use]
    pub fn new(form: Form, chosen: Chosen, own: Option<SessionId>, now: Timestamp) -> Self {
        let Chosen { mut sessions, filter } = chosen;
        let own_at = sessions.iter().position(|target| Some(target.session) == own);
        let own_target = own_at.map(|at| sessions.remove(at));
        let find = filter.as_ref().filter(|_| sessions.is_empty() && own_target.is_none()).cloned().map(Find::new);
        Self {
            form,
            undo: None,
            pace: Pace::of(sessions.len()),
            sessions,
            own: own_target,
            include_own: false,
            filter,
            on_arrival: false,
            count: Remote::default(),
            listing: Remote::default(),
            locks: (Vec::new(), 0),
            typed: String::new(),
            typed_server: String::new(),
            opened_at: now,
            own_id: own,
            find,
            locks_asked: None,
        }
    }

    /// The act as it is written.
    ///
    /// # Errors
    /// Why it is none, in a sentence.
    pub fn act(&self) -> Result<Act, String> {
        match &self.undo {
            Some((undo, _)) => Ok(undo.does.clone()),
            None => self.form.act(),
        }
    }

    /// Takes up what the server listed.
    pub(super) fn listed(&mut self, mut sessions: Vec<Target>) {
        let own = self.own_id;
        let own_at = sessions.iter().position(|target| Some(target.session) == own);
        self.own = own_at.map(|at| sessions.remove(at));
        self.pace = Pace::of(sessions.len());
        self.sessions = sessions;
    }

    /// The sessions that are meant, in the order in which they are asked for: the own one comes last.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        self.sessions.iter().chain(self.own.as_ref().filter(|_| self.include_own)).cloned().collect()
    }

    /// How many sessions are meant, as far as it is known.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        if self.on_arrival {
            return self.count.ready().copied();
        }
        Some(self.sessions.len() as u64 + u64::from(self.own.is_some() && self.include_own))
    }

    /// The filter with or without the own session.
    #[must_use]
    pub fn filter_meant(&self) -> Option<String> {
        let filter = self.filter.as_ref()?;
        Some(match self.own_id {
            Some(own) if !self.include_own => find::without(filter, own),
            _ => filter.clone(),
        })
    }

    /// The filter for the server's count; none where nothing is counted.
    pub(super) fn filter_to_count(&self) -> Option<String> {
        self.filter_meant().or_else(|| {
            let targets = self.targets();
            (!targets.is_empty() && targets.len() <= COUNTED_BY_ID).then(|| find::these(&targets))
        })
    }

    /// What has to be typed, and whether the server's name has to be typed too.
    #[must_use]
    pub fn typing(&self, environment: Environment) -> (Option<Typing>, bool) {
        let Some(count) = self.number().filter(|count| *count > 0) else { return (None, false) };
        let is_grave = self.act().is_ok_and(|act| act.is_grave());
        let what = if self.on_arrival || count > TYPED_ABOVE || (is_grave && count > 1) {
            Some(Typing::Number(count))
        } else if is_grave {
            self.targets().first().map(|target| Typing::Principal(target.to_type()))
        } else {
            None
        };
        let server = what.is_some() && environment == Environment::Production;
        (what, server)
    }

    /// Why it cannot be done now; none if it can.
    #[must_use]
    pub fn hold(&self, at: &Connected, now: Timestamp) -> Option<Hold> {
        if let Some(reason) = at.block_reason(now) {
            return Some(Hold::Blocked(reason));
        }
        if at.session_acts.is_running() {
            return Some(Hold::Running);
        }
        if self.listing.loading.is_some() || self.count.loading.is_some() {
            return Some(Hold::Counting);
        }
        // Sessions that are listed need no count: each has an outcome of its own.
        let is_listed = self.filter.is_none() && !self.on_arrival;
        if self.listing.error.is_some() || (self.count.error.is_some() && !is_listed) {
            return Some(Hold::NotCounted);
        }
        let act = match self.act() {
            Ok(act) => act,
            Err(why) => return Some(Hold::Form(why)),
        };
        if self.on_arrival && act.filter_call("all").is_none() {
            return Some(Hold::NotByFilter);
        }
        match self.number() {
            None => return Some(Hold::NotCounted),
            Some(0) => return Some(Hold::Nothing(act_word(&act).to_owned())),
            Some(_) => {}
        }
        let (what, server) = self.typing(at.environment);
        let is_typed = match &what {
            None => true,
            Some(Typing::Number(count)) => {
                let digits: String = self.typed.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
                digits.parse() == Ok(*count)
            }
            Some(Typing::Principal(name)) => self.typed.trim() == name.trim(),
        };
        match what {
            Some(what) if !is_typed => Some(Hold::Typing(what)),
            _ if server && self.typed_server.trim() != at.name.trim() => Some(Hold::Server(at.name.clone())),
            _ => None,
        }
    }

    /// The change that is sent.
    #[must_use]
    pub(super) fn change(&self) -> Option<SessionAct> {
        let act = self.act().ok()?;
        if self.on_arrival {
            return Some(SessionAct::on_arrival(act, self.filter_meant()?));
        }
        if let Some((undo, _)) = &self.undo {
            return Some(SessionAct { sessions: self.targets(), ..undo.clone() });
        }
        Some(SessionAct::each(act, self.targets(), self.filter.clone()))
    }
}

/// The act in one word, after “There is nothing to”.
const fn act_word(act: &Act) -> &'static str {
    match act {
        Act::Close => "close",
        Act::Revoke => "revoke",
        Act::Roles { .. } | Act::Properties { .. } | Act::Conflation { .. } => "change",
        Act::Subscribe { .. } => "subscribe",
        Act::Unsubscribe { .. } => "unsubscribe",
    }
}
