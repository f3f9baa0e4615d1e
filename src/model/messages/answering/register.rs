//! Registering handlers at the server, and taking them back.

use super::handler::{Handler, Scope, Standing};
use super::{Answering, MAX_HANDLERS, inbox};
use crate::data::Timestamp;
use crate::model::Connected;
use crate::model::effects::{Effect, Effects, Reply};
use crate::model::notices::{NewNotice, Tone};
use crate::model::stored::StoredId;
use crate::wire::Service as _;
use crate::wire::services::{
    MessagingReceiverClient, MessagingReceiverControlDeregistration, MessagingReceiverControlRegistration,
    messaging_receiver_control_deregistration, messaging_receiver_control_registration,
};

/// The service by which the server asks.
const SERVICE: i32 = MessagingReceiverClient::ID as i32;
/// Control group of handlers.
const CONTROL_GROUP: &str = "default";

impl Answering {
    /// Whether there is a handler already that would take what this one would.
    #[must_use]
    pub fn has(&self, scope: Scope, path: &str) -> bool {
        self.handlers.iter().any(|handler| handler.scope == scope && handler.path.as_str() == path)
    }

    /// Makes the handler of the form, and registers it.
    pub(super) fn register_form(&mut self, fx: &mut Effects) {
        let Some((path, form)) = self.form.as_ref().and_then(|form| Some((form.checked().ok()?, form))) else { return };
        if self.has(form.scope, path.as_str()) {
            return; // the form says so
        }
        if self.handlers.len() >= MAX_HANDLERS {
            let text = format!("There are {MAX_HANDLERS} handlers already; remove one first");
            return fx.notice(NewNotice::new(Tone::Info, text));
        }
        self.next_handler += 1;
        self.handlers.push(Handler::of(self.next_handler, path, form));
        self.form = None;
        self.register(self.next_handler, fx);
        fx.push(Effect::Save(StoredId::Messages));
    }

    /// Registers every handler that the session does not have.
    pub(super) fn register_all(&mut self, fx: &mut Effects) {
        let absent = |handler: &&Handler| !handler.is_here();
        let ids: Vec<i64> = self.handlers.iter().filter(absent).map(|handler| handler.id).collect();
        for id in ids {
            self.register(id, fx);
        }
    }

    pub(super) fn register(&mut self, id: i64, fx: &mut Effects) {
        let Some(handler) = self.handlers.iter_mut().find(|handler| handler.id == id) else { return };
        if handler.scope == Scope::ThisSession {
            handler.standing = Standing::Live(fx.now);
            return;
        }
        handler.standing = Standing::Asking;
        let request = messaging_receiver_control_registration::Request {
            service: SERVICE,
            control_group: CONTROL_GROUP.to_owned(),
            path: handler.path.as_str().to_owned(),
            property_keys: handler.keys.clone(),
            handler: id,
        };
        fx.call_outside_journal::<MessagingReceiverControlRegistration>(&request, move |at, fx, reply, _| {
            on_registered(at, fx, id, reply);
        });
    }

    /// Takes a handler back and removes it from the list.
    pub(super) fn remove(&mut self, id: i64, fx: &mut Effects) {
        let Some(place) = self.handlers.iter().position(|handler| handler.id == id) else { return };
        let handler = self.handlers.remove(place);
        self.withdraw(&handler, fx);
        fx.push(Effect::Save(StoredId::Messages));
    }

    /// Takes every handler back; they stay in the list.
    pub(super) fn withdraw_all(&mut self, fx: &mut Effects) {
        let live: Vec<Handler> = self.handlers.iter().filter(|handler| handler.is_here()).cloned().collect();
        for handler in &live {
            self.withdraw(handler, fx);
        }
        for handler in self.handlers.iter_mut().filter(|handler| handler.is_here()) {
            handler.standing = Standing::Withdrawn;
        }
        if !live.is_empty() {
            let words = crate::model::number::count_of(live.len() as u64, "handler is", "handlers are");
            fx.notice(NewNotice::new(Tone::Info, format!("{words} withdrawn")));
        }
    }

    /// Deregisters a handler, and rejects what waits at it.
    fn withdraw(&mut self, handler: &Handler, fx: &mut Effects) {
        self.reject_of(handler.id, inbox::WITHDRAWN, fx);
        if handler.scope == Scope::ThisSession || !handler.is_here() {
            return;
        }
        let request = messaging_receiver_control_deregistration::Request {
            service: SERVICE,
            control_group: CONTROL_GROUP.to_owned(),
            path: handler.path.as_str().to_owned(),
            property_keys: handler.keys.clone(),
        };
        let path = handler.path.clone();
        fx.call_outside_journal::<MessagingReceiverControlDeregistration>(&request, move |_, fx, reply, _| {
            if let Err(error) = reply {
                let text = format!("withdraw the handler of “{path}”");
                let failed = Some(crate::model::change::ChangeError::Call(error));
                fx.notice(NewNotice { failed, ..NewNotice::new(Tone::Bad, text) });
            }
        });
    }

    /// The session that had the handlers is gone.
    pub(super) fn forget_registrations(&mut self, now: Timestamp) {
        for handler in &mut self.handlers {
            if handler.is_here() && handler.scope == Scope::Path {
                handler.standing = Standing::NotRegistered;
            }
        }
        self.lose_waiting(now);
    }
}

fn on_registered(at: &mut Connected, fx: &mut Effects, id: i64, reply: Reply<MessagingReceiverControlRegistration>) {
    let asking = |handler: &&mut Handler| handler.id == id && handler.standing == Standing::Asking;
    let Some(handler) = at.answering.handlers.iter_mut().find(asking) else { return };
    handler.standing = match reply {
        Ok(()) => Standing::Live(fx.now),
        Err(error) => Standing::Failed(error),
    };
}
