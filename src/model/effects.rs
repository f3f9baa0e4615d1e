//! What a reducer may ask for: calls, commands, storage, clipboard. The app performs effects after the model has settled.

use super::Connected;
use super::files::OpenFile;
use super::gate::{Gate, GatePass};
use super::journal::{self, Step};
use super::notices::NewNotice;
use super::settings;
use super::stored::StoredId;
use crate::client::api::{Answer, CallError, CallId, Command, ConnectOptions, LinkId, Part, protocol};
use crate::data::{Secret, Timestamp};
use crate::wire::Service;
use bytes::Bytes;

/// The outcome of a call of service `S`.
pub type Reply<S> = Result<<S as Service>::Response, CallError>;

/// Takes an answer to the place that asked.
pub type Handler = Box<dyn FnOnce(&mut Connected, &mut Effects, Answer) + Send>;

/// What work brought, and how it gets to the place that asked.
pub type Worked = Box<dyn FnOnce(&mut Connected, &mut Effects) + Send>;

/// Something that takes too long for the window's thread, and needs nothing but what it holds.
pub struct Work(Box<dyn FnOnce() -> Worked + Send>);

impl Work {
    /// Does it. The result goes to [`super::Model::on_work_done`].
    #[must_use]
    pub fn run(self) -> Worked {
        (self.0)()
    }
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Work")
    }
}

/// What the app does for the model.
#[derive(Debug)]
pub enum Effect {
    /// Open a session for this link.
    Open(LinkId, Box<ConnectOptions>),
    /// Hand a command to the link's actor; made by [`super::gate`] alone.
    Send(LinkId, Command, GatePass),
    /// Forget the link and everything that runs for it.
    Drop(LinkId),
    /// Try to connect step by step, reporting to the connection dialog.
    Test(Box<ConnectOptions>),
    /// Write what the model has of a stored thing now.
    Save(StoredId),
    /// Write it, and leave no copy of what was there before.
    Erase(StoredId),
    /// Write to the files of the journal.
    WriteJournal(journal::Write),
    /// Put a password into the keychain.
    StoreSecret {
        /// Profile key.
        key: String,
        /// The password.
        secret: Secret,
    },
    /// Read a password from the keychain; comes back through `Connections::secret_found`.
    FetchSecret {
        /// Profile key.
        key: String,
    },
    /// Remove a password from the keychain.
    DeleteSecret {
        /// Profile key.
        key: String,
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Ask where, then write bytes to a file.
    SaveFile {
        /// Suggested name.
        name: String,
        /// The bytes.
        bytes: Bytes,
    },
    /// Do this on another thread, then give what came of it to `Model::on_work_done`.
    Work(LinkId, Work),
    /// Ask which, then read a file; comes back through `Model::file_opened`, unless the user chooses none.
    OpenFile(OpenFile),
    /// What was typed in the window's own dialog for files; none if the user wants no file.
    PathTyped {
        /// The question.
        id: u64,
        /// The path as typed.
        path: Option<String>,
        /// Whether a file that is there may be replaced.
        replace: bool,
    },
}

/// Collects what the reducers ask for while one intent or event is handled.
#[derive(Default)]
pub struct Effects {
    /// Now; the same for everything that happens in one step.
    pub now: Timestamp,
    gate: Gate,
    /// Protocol version of the connection's session; the newest where there is none.
    pub(super) protocol: u8,
    pub(super) next_call: u64,
    answering: Option<CallId>,
    pub(super) notices: Vec<NewNotice>,
    pub(super) journal: Vec<Step>,
    pub(super) settings: Vec<settings::Intent>,
    pub(super) refused: Vec<CallId>,
    pub(super) out: Vec<Effect>,
    pub(super) handlers: Vec<(CallId, Handler)>,
}

impl Effects {
    /// For tests of reducers: now, and a link to call.
    #[must_use]
    pub fn at(now: Timestamp, link: LinkId) -> Self {
        Self::through(Gate::new(Some(link), false), now, 0)
    }

    /// Nothing asked for yet; what is sent goes through this gate, and ids go on after `next_call`.
    pub(super) fn through(gate: Gate, now: Timestamp, next_call: u64) -> Self {
        Self { now, gate, next_call, protocol: protocol::NEWEST, ..Self::default() }
    }

    /// Whether a service can be called in a session of the connection's protocol version.
    #[must_use]
    pub fn offers<S: Service>(&self) -> bool {
        protocol::check(S::ID, self.protocol).is_ok()
    }

    /// Whether the protocol version of the session has this part, so that a call may ask for it.
    #[must_use]
    pub const fn has(&self, part: Part) -> bool {
        self.protocol >= part.since()
    }

    /// The connection that calls go to, and whether it is read-only.
    #[must_use]
    pub const fn gate(&self) -> Gate {
        self.gate
    }

    /// Asks for anything but a command to the connection, which needs [`super::gate`].
    pub fn push(&mut self, effect: Effect) {
        self.out.push(effect);
    }

    /// Everything asked for so far, taken out.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.out)
    }

    /// Says something to the user.
    pub fn notice(&mut self, notice: NewNotice) {
        self.notices.push(notice);
    }

    /// Changes the settings, and stores them if they are not the same as before.
    pub fn change_settings(&mut self, intent: settings::Intent) {
        self.settings.push(intent);
    }

    /// Tells the journal.
    pub fn journal(&mut self, step: Step) {
        self.journal.push(step);
    }

    /// Has something worked out on another thread; the result goes to the function, and is named like an answer.
    pub fn work<T: Send + 'static>(
        &mut self,
        compute: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&mut Connected, &mut Self, T) + Send + 'static,
    ) -> CallId {
        let id = self.next_id();
        if let Some(link) = self.gate.link() {
            let work = move || -> Worked {
                let result = compute();
                Box::new(move |at, fx| {
                    fx.handle_answer_to(id);
                    then(at, fx, result);
                })
            };
            self.push(Effect::Work(link, Work(Box::new(work))));
        }
        id
    }

    /// An id that no call and no other thing of this run of the program has. It also names what takes several calls.
    pub fn next_id(&mut self) -> CallId {
        self.next_call += 1;
        CallId(self.next_call)
    }

    /// What is handled from now on is the answer to this call, or the result of this work.
    pub(super) fn handle_answer_to(&mut self, call: CallId) {
        self.answering = Some(call);
    }

    /// Whether what is being handled is the answer to this call, or the result of this work.
    #[must_use]
    pub fn is_answer_to(&self, call: Option<CallId>) -> bool {
        call.is_some() && self.answering == call
    }
}
