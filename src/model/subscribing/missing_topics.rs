//! Handlers of missing topics: on which branches this session is told that somebody selected what is not there, and
//! what it was told.

use crate::client::api::{AutoAnswered, CallError, LinkState, RequestId};
use crate::data::selector::SelectorKind;
use crate::data::syntax::Parsed;
use crate::data::{Account, Timestamp, TopicPath, TopicSelector, shown};
use crate::model::Connected;
use crate::model::change::ChangeError;
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::inbound::ServerRequest;
use crate::model::new_topic;
use crate::model::notices::{NewNotice, Tone};
use crate::wire::Service;
use crate::wire::services::missing_topic::CONTROL_GROUP;
use crate::wire::services::{
    MissingTopic, TopicControlDeregistration, TopicControlRegistration, topic_control_deregistration,
    topic_control_registration,
};

/// Notifications kept at most.
pub const MAX_NOTES: usize = 500;

/// Where a handler stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The registration is on its way.
    Asking,
    /// Registered since then.
    Live(Timestamp),
    /// The end is on its way.
    Ending,
    /// The server said no, or nothing was sent.
    Failed(CallError),
}

/// A handler of one branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Its conversation, chosen here.
    pub id: i64,
    /// The branch.
    pub path: TopicPath,
    /// Where it stands.
    pub state: State,
    /// Notifications so far.
    pub told: u64,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not decided yet.
    Open,
    /// The user decided.
    Decided {
        /// What.
        proceed: bool,
    },
    /// Answered with “proceed” without being decided.
    AutoAnswered(AutoAnswered),
    /// Answered with “proceed” at once because too many were open.
    AtOnce,
}

/// What the server told of one selector and one session; the same again counts up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Names it.
    pub id: u64,
    /// When it was told last.
    pub at: Timestamp,
    /// Selector expression.
    pub selector: String,
    /// The path selected, or where all selected paths begin; none for a selector without such a beginning.
    pub path: Option<TopicPath>,
    /// Whether the selector means exactly that path.
    pub is_path: bool,
    /// Branch of the handler.
    pub branch: TopicPath,
    /// Session that selected.
    pub session: String,
    /// Its principal; empty for anonymous.
    pub principal: String,
    /// All its properties, as told.
    pub properties: Vec<(String, String)>,
    /// Servers on the way.
    pub servers: Vec<String>,
    /// How often.
    pub count: u64,
    /// Questions that can still be decided, and until when.
    pub open: Vec<(RequestId, Timestamp)>,
    /// What became of the latest question.
    pub outcome: Outcome,
}

impl Note {
    /// Until when the oldest open question can be decided.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.open.iter().map(|(_, until)| *until).min()
    }
}

/// Handlers of missing topics of one connection.
#[derive(Debug, Default)]
pub struct MissingTopics {
    /// In the order they were made.
    pub handlers: Vec<Handler>,
    /// Latest first.
    pub notes: Vec<Note>,
    /// Notes that were dropped to stay within bounds.
    pub dropped: u64,
    next_handler: i64,
    next_note: u64,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Handle this branch.
    Register(TopicPath),
    /// Try a handler that failed again.
    Retry(i64),
    /// End a handler.
    End(i64),
    /// Decide every open question of a note.
    Decide {
        /// The note.
        note: u64,
        /// Whether the server is to proceed.
        proceed: bool,
    },
    /// Open the form for a new topic at the path of a note.
    Create(u64),
    /// Forget the notes that are decided.
    Clear,
}

/// Why this text is no branch for a handler; none if it is one.
///
/// # Errors
/// It is no topic path.
pub fn branch(text: &str) -> Parsed<TopicPath> {
    TopicPath::parse(text.trim())
}

impl Feature for MissingTopics {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Create(note) => {
                let found = at.missing_topics.notes.iter().find(|n| n.id == note);
                if let Some(path) = found.and_then(|note| note.path.clone()) {
                    at.handle(new_topic::Intent::OpenWith(None), fx);
                    at.handle(new_topic::Intent::SetPath(path.as_str().to_owned()), fx);
                }
            }
            Intent::End(id) if matches!(at.link, LinkState::Closed(_)) => at.missing_topics.forget(id),
            other => at.missing_topics.apply(other, fx),
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if !same_session {
            at.missing_topics.register_again(fx);
        }
    }

    fn notifications_dropped(at: &mut Connected, fx: &mut Effects) {
        at.missing_topics.answer_overdue(fx.now);
    }
}

/// A session selected what is missing below a branch with a handler.
pub(in crate::model) fn on_request(at: &mut Connected, fx: &mut Effects, received: ServerRequest<MissingTopic>) {
    at.missing_topics.missing(received, fx);
}

/// A question was answered without being decided.
pub(in crate::model) fn on_auto_answered(at: &mut Connected, _fx: &mut Effects, id: RequestId, why: AutoAnswered) {
    at.missing_topics.auto_answer(|(open, _)| *open == id, why);
}

impl MissingTopics {
    fn apply(&mut self, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Register(path) => {
                if self.handlers.iter().any(|h| h.path == path) {
                    return;
                }
                self.next_handler += 1;
                let id = self.next_handler;
                self.handlers.push(Handler { id, path, state: State::Asking, told: 0 });
                self.register(id, fx, Asked::ByUser);
            }
            Intent::Retry(id) => self.register(id, fx, Asked::ByUser),
            Intent::End(id) => {
                let Some(handler) = self.handlers.iter_mut().find(|h| h.id == id) else { return };
                if matches!(handler.state, State::Failed(_)) {
                    return self.forget(id);
                }
                let before = std::mem::replace(&mut handler.state, State::Ending);
                let request = topic_control_deregistration::Request {
                    service: SERVICE,
                    control_group: CONTROL_GROUP.into(),
                    path: handler.path.as_str().to_owned(),
                };
                fx.call_outside_journal::<TopicControlDeregistration>(&request, move |at, fx, reply, _| {
                    on_ended(at, fx, (id, before), reply);
                });
            }
            Intent::Decide { note, proceed } => {
                let Some(note) = self.notes.iter_mut().find(|n| n.id == note) else { return };
                let mut refused = None;
                note.open.retain(|(id, _)| match fx.reply::<MissingTopic>(*id, &proceed) {
                    Ok(()) => {
                        note.outcome = Outcome::Decided { proceed };
                        false
                    }
                    Err(error) => {
                        refused = Some(error);
                        true
                    }
                });
                if let Some(error) = refused {
                    let text = format!("answer the question about “{}”", shown(&note.selector));
                    fx.notice(NewNotice { failed: Some(ChangeError::Call(error)), ..NewNotice::new(Tone::Bad, text) });
                }
            }
            Intent::Clear => self.notes.retain(|note| !note.open.is_empty()),
            Intent::Create(_) => {}
        }
    }

    /// Registers the handlers of a session that the server knows no more.
    fn register_again(&mut self, fx: &mut Effects) {
        self.handlers.retain(|h| h.state != State::Ending);
        let ids: Vec<i64> = self.handlers.iter().map(|h| h.id).collect();
        for id in &ids {
            self.register(*id, fx, Asked::Again);
        }
        let text = match ids.len() {
            0 => return,
            1 => "The handler of missing topics is registered again".to_owned(),
            count => format!("{count} handlers of missing topics are registered again"),
        };
        fx.notice(NewNotice::new(Tone::Info, text));
    }

    /// A session selected what is missing below a branch with a handler.
    fn missing(&mut self, received: ServerRequest<MissingTopic>, fx: &mut Effects) {
        let ServerRequest { id, request: missing, at, until } = received;
        let Some(handler) = self.handlers.iter_mut().find(|h| h.id == missing.handler) else {
            // Ended here, not yet there: nobody is to wait for it.
            if until.is_some() {
                fx.reply_by_default::<MissingTopic>(id);
            }
            return;
        };
        handler.told += 1;
        let branch = handler.path.clone();
        let property = |key: &str| {
            let found = missing.session_properties.iter().find(|(k, _)| k == key);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let (session, principal) = (property("$SessionId"), property("$Principal"));
        let same = |n: &Note| n.selector == missing.selector && n.session == session && n.branch == branch;
        let mut note = match self.notes.iter().position(same) {
            Some(at) => self.notes.remove(at),
            None => self.note(&missing.selector, branch, session, principal),
        };
        note.at = at;
        note.count += 1;
        note.properties = missing.session_properties;
        note.servers = missing.server_names;
        note.outcome = match until {
            Some(until) => {
                note.open.push((id, until));
                Outcome::Open
            }
            None => Outcome::AtOnce,
        };
        self.notes.insert(0, note);
        if self.notes.len() > MAX_NOTES {
            self.notes.pop();
            self.dropped += 1;
        }
    }

    /// News of automatic answers may have been dropped: a question whose time is over has been answered so.
    fn answer_overdue(&mut self, now: Timestamp) {
        self.auto_answer(|(_, until)| *until <= now, AutoAnswered::TimedOut);
    }

    fn auto_answer(&mut self, is_answered: impl Fn(&(RequestId, Timestamp)) -> bool, why: AutoAnswered) {
        for note in &mut self.notes {
            let count = note.open.len();
            note.open.retain(|question| !is_answered(question));
            if note.open.len() < count && note.open.is_empty() {
                note.outcome = Outcome::AutoAnswered(why);
            }
        }
    }

    /// Questions that wait for a decision.
    #[must_use]
    pub fn open(&self) -> usize {
        self.notes.iter().map(|note| note.open.len()).sum()
    }

    fn note(&mut self, selector: &str, branch: TopicPath, session: String, principal: String) -> Note {
        self.next_note += 1;
        let parsed = TopicSelector::parse_within(selector, &mut Account::request()).ok();
        Note {
            id: self.next_note,
            at: Timestamp::default(),
            selector: selector.to_owned(),
            path: parsed.as_ref().and_then(|s| TopicPath::parse(s.prefix()).ok()),
            is_path: parsed.is_some_and(|s| s.kind() == SelectorKind::Path),
            branch,
            session,
            principal,
            properties: Vec::new(),
            servers: Vec::new(),
            count: 0,
            open: Vec::new(),
            outcome: Outcome::Open,
        }
    }

    fn register(&mut self, id: i64, fx: &mut Effects, asked: Asked) {
        let Some(handler) = self.handlers.iter_mut().find(|h| h.id == id) else { return };
        handler.state = State::Asking;
        let request = topic_control_registration::Request {
            service: SERVICE,
            control_group: CONTROL_GROUP.into(),
            path: handler.path.as_str().to_owned(),
            handler: id,
        };
        fx.call_outside_journal::<TopicControlRegistration>(&request, move |at, fx, reply, _| {
            on_registered(at, fx, (id, asked), reply);
        });
    }

    fn forget(&mut self, id: i64) {
        self.handlers.retain(|h| h.id != id);
    }
}

/// The service by which the server asks.
const SERVICE: i32 = MissingTopic::ID as i32;

/// Who wants a registration, and so where its failure is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The user, who looks at the panel.
    ByUser,
    /// Nobody just now: the server had forgotten.
    Again,
}

fn on_registered(
    at: &mut Connected,
    fx: &mut Effects,
    (id, asked): (i64, Asked),
    reply: Reply<TopicControlRegistration>,
) {
    let asking = |h: &&mut Handler| h.id == id && h.state == State::Asking;
    let Some(handler) = at.missing_topics.handlers.iter_mut().find(asking) else { return };
    handler.state = match reply {
        Ok(()) => State::Live(fx.now),
        Err(error) => {
            if asked == Asked::Again {
                let text = format!("register the handler of missing topics at “{}” again", handler.path);
                let failed = Some(ChangeError::Call(error.clone()));
                fx.notice(NewNotice { failed, ..NewNotice::new(Tone::Bad, text) });
            }
            State::Failed(error)
        }
    };
}

fn on_ended(
    at: &mut Connected,
    fx: &mut Effects,
    (id, before): (i64, State),
    reply: Reply<TopicControlDeregistration>,
) {
    let all = &mut at.missing_topics;
    match reply {
        Ok(()) => all.forget(id),
        Err(error) => {
            let Some(handler) = all.handlers.iter_mut().find(|h| h.id == id) else { return };
            handler.state = before;
            let text = format!("end the handler of missing topics at “{}”", handler.path);
            fx.notice(NewNotice { failed: Some(ChangeError::Call(error)), ..NewNotice::new(Tone::Bad, text) });
        }
    }
}

#[cfg(test)]
mod tests;
