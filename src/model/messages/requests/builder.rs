//! The request being made: whom it asks, at which path, with what, and how long its answer is waited for.

use super::{Intent, MAX_SAVED, Message, Payload, Requests, Target};
use crate::data::session_filter::SessionFilter;
use crate::data::syntax::SyntaxError;
use crate::data::value::DataType;
use crate::data::{SessionId, TopicPath};
use crate::model::effects::{Effect, Effects};
use crate::model::notices::{NewNotice, Tone};
use crate::model::stored::StoredId;
use crate::model::topic::editor::Draft;
use serde::{Deserialize, Serialize};

/// How long an answer is waited for at least and at most, in milliseconds.
pub(super) const WAIT_MILLIS: std::ops::RangeInclusive<u64> = 100..=600_000;

/// Kind of target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum To {
    /// The handler of the path.
    #[default]
    Handler,
    /// One session.
    Session,
    /// Every session that a filter selects.
    Filter,
}

impl To {
    /// Each, in the order shown.
    pub const ALL: [Self; 3] = [Self::Handler, Self::Session, Self::Filter];

    /// The word on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handler => "Handler",
            Self::Session => "Session",
            Self::Filter => "Filter",
        }
    }

    /// How long an answer is waited for unless the user says otherwise, in milliseconds.
    #[must_use]
    pub const fn usual_wait_millis(self) -> u64 {
        match self {
            Self::Handler | Self::Session => 10_000,
            Self::Filter => 30_000,
        }
    }
}

/// What the request lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There is no path yet.
    NoPath,
    /// The path is none.
    Path(SyntaxError),
    /// There is no session yet.
    NoSession,
    /// The text is no session ID.
    Session,
    /// There is no filter yet.
    NoFilter,
    /// The filter cannot be read.
    Filter(SyntaxError),
    /// The text is no value of the type.
    Payload,
}

/// The request being made.
#[derive(Clone, Debug)]
pub struct Builder {
    /// Kind of target.
    pub to: To,
    /// Message path as typed.
    pub path: String,
    /// Session as typed.
    pub session: String,
    /// Session filter as typed.
    pub filter: String,
    /// The payload.
    pub draft: Draft,
    /// How long an answer is waited for; none for what is usual.
    pub wait_millis: Option<u64>,
    /// Name under which it was saved or came from.
    pub saved_as: Option<String>,
    /// Whether something was changed since it was sent.
    pub is_unsent: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            to: To::Handler,
            path: String::new(),
            session: String::new(),
            filter: String::new(),
            draft: Draft::blank(DataType::Json, 0),
            wait_millis: None,
            saved_as: None,
            is_unsent: false,
        }
    }
}

/// A request that is kept under a name, or as a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// Its name; empty for the draft.
    pub name: String,
    /// Kind of target.
    pub to: To,
    /// Message path.
    pub path: String,
    /// Session as typed.
    pub session: String,
    /// Session filter as typed.
    pub filter: String,
    /// Name of the payload's type.
    pub data_type: String,
    /// The payload as typed.
    pub text: String,
    /// How long an answer is waited for; none for what is usual.
    pub wait_millis: Option<u64>,
}

impl Builder {
    /// How long an answer is waited for, in milliseconds.
    #[must_use]
    pub fn wait_millis(&self) -> u64 {
        self.wait_millis.unwrap_or(self.to.usual_wait_millis())
    }

    /// Does what an intent says; false if that changed nothing.
    pub(super) fn edit(&mut self, intent: Intent, fx: &mut Effects) -> bool {
        match intent {
            Intent::Open { target } => self.aim(target),
            Intent::SetTo(to) => self.to = to,
            Intent::SetPath(path) => self.path = path,
            Intent::SetSession(session) => self.session = session,
            Intent::SetFilter(filter) => self.filter = filter,
            Intent::SetType(data_type) => self.draft.set_type(data_type),
            Intent::SetWait(millis) => {
                self.wait_millis = Some(millis.clamp(*WAIT_MILLIS.start(), *WAIT_MILLIS.end()));
            }
            Intent::Payload(edit) => return self.draft.edit(edit, fx),
            _ => return false,
        }
        true
    }

    fn aim(&mut self, target: Target) {
        match target {
            Target::Handler => self.to = To::Handler,
            Target::Session(session) => {
                self.to = To::Session;
                self.session = session.to_string();
            }
            Target::Filter(filter) => {
                self.to = To::Filter;
                self.filter = filter;
            }
        }
    }

    /// The message as it would be sent.
    ///
    /// # Errors
    /// The first thing that it lacks.
    pub fn message(&self) -> Result<Message, Lack> {
        if self.path.trim().is_empty() {
            return Err(Lack::NoPath);
        }
        let path = TopicPath::parse(self.path.trim()).map_err(Lack::Path)?;
        let target = match self.to {
            To::Handler => Target::Handler,
            To::Session if self.session.trim().is_empty() => return Err(Lack::NoSession),
            To::Session => Target::Session(self.session.trim().parse::<SessionId>().map_err(|_| Lack::Session)?),
            To::Filter if self.filter.trim().is_empty() => return Err(Lack::NoFilter),
            To::Filter => {
                SessionFilter::parse(&self.filter).map_err(Lack::Filter)?;
                Target::Filter(self.filter.clone())
            }
        };
        let bytes = self.draft.checked.clone().map_err(|_| Lack::Payload)?;
        Ok(Message {
            target,
            path: path.as_str().to_owned(),
            data_type: self.draft.data_type,
            payload: Payload::of(bytes),
            wait_millis: self.wait_millis(),
            principal: String::new(),
        })
    }

    /// Begins with the request of a message, as far as its payload was kept.
    pub(super) fn put(&mut self, message: &Message) {
        self.aim(message.target.clone());
        self.path.clone_from(&message.path);
        self.wait_millis = (message.wait_millis != self.to.usual_wait_millis()).then_some(message.wait_millis);
        self.saved_as = None;
        if let Payload::Kept(bytes) = &message.payload {
            self.draft.put_value(message.data_type, bytes);
        } else {
            self.draft.set_type(message.data_type);
        }
    }

    /// As it is kept. The content of a file is not.
    pub(in crate::model::messages) fn stored(&self, name: &str) -> Saved {
        Saved {
            name: name.to_owned(),
            to: self.to,
            path: self.path.clone(),
            session: self.session.clone(),
            filter: self.filter.clone(),
            data_type: self.draft.data_type.name().to_owned(),
            text: self.draft.text.clone(),
            wait_millis: self.wait_millis,
        }
    }

    /// Begins with what was kept.
    pub(in crate::model::messages) fn restore(&mut self, saved: &Saved) {
        self.to = saved.to;
        self.path.clone_from(&saved.path);
        self.session.clone_from(&saved.session);
        self.filter.clone_from(&saved.filter);
        self.wait_millis = saved.wait_millis.map(|millis| millis.clamp(*WAIT_MILLIS.start(), *WAIT_MILLIS.end()));
        self.saved_as = (!saved.name.is_empty()).then(|| saved.name.clone());
        self.draft.set_type(DataType::from_name(&saved.data_type).unwrap_or(DataType::Json));
        self.draft.put_text(saved.text.clone());
    }
}

impl Requests {
    /// Puts an entry's request into the builder; what was typed there and not sent becomes an entry of its own.
    pub(super) fn edit_again(&mut self, id: u64, fx: &mut Effects) {
        let Some(message) = self.entry(id).map(|entry| entry.message.clone()) else { return };
        self.keep_unsent(fx.now);
        self.pending = None;
        self.builder.put(&message);
        self.touched(fx.now);
        self.builder.is_unsent = false;
    }

    pub(super) fn save(&mut self, name: &str, fx: &mut Effects) {
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        let saved = self.builder.stored(name);
        match self.saved.iter().position(|one| one.name == name) {
            Some(place) => self.saved[place] = saved,
            None if self.saved.len() < MAX_SAVED => self.saved.push(saved),
            None => {
                let text = format!("{MAX_SAVED} requests are saved already; delete one first");
                return fx.notice(NewNotice::new(Tone::Info, text));
            }
        }
        self.builder.saved_as = Some(name.to_owned());
        fx.push(Effect::Save(StoredId::Messages));
    }

    pub(super) fn use_saved(&mut self, index: usize, fx: &mut Effects) {
        let Some(saved) = self.saved.get(index).cloned() else { return };
        self.keep_unsent(fx.now);
        self.pending = None;
        self.builder.restore(&saved);
        self.touched(fx.now);
        self.builder.is_unsent = false;
    }
}
