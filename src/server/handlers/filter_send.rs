//! Requests to all sessions that a filter selects: counted first, then sent in slices, and answered one by one.

use super::messaging::{Sender, ask_session, message_path};
use super::scan::Scan;
use super::session_scan::{SessionWalk, read_filter};
use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{SessionId, cost};
use crate::server::client_calls::{Asking, Cause};
use crate::server::world::World;
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::session_listing::{ErrorReport, Selected};
use crate::wire::services::{FilterResponse, filter_response, messaging_filter_send, messaging_send};
use crate::wire::{Message, Service as _, encode};
use std::collections::VecDeque;

/// A request by filter on its way.
pub(super) struct FilterSending {
    sender: Sender,
    responses: i64,
    request: messaging_send::Request,
    step: Step,
}

enum Step {
    /// The filter cannot be read.
    Bad(Vec<ErrorReport>),
    /// Sessions are chosen.
    Choosing { walk: SessionWalk, chosen: VecDeque<SessionId> },
    /// Their number is told, and they are asked.
    Asking { chosen: VecDeque<SessionId> },
}

/// Begins to ask.
pub(super) fn send(
    cx: &mut RequestContext<'_>,
    request: messaging_filter_send::Request,
) -> Result<FilterSending, ServiceError> {
    cx.require(&request.path, PathPermissions::SEND_TO_SESSION)?;
    message_path(&request.path)?;
    let sender = Sender::of(cx)?;
    let step = match read_filter(&request.filter, cx.account) {
        Ok(filter) => Step::Choosing { walk: SessionWalk::new(filter), chosen: VecDeque::new() },
        Err(reports) => Step::Bad(reports),
    };
    let messaging_filter_send::Request { responses, path, value, .. } = request;
    Ok(FilterSending { sender, responses, request: messaging_send::Request { path, value }, step })
}

impl Scan for FilterSending {
    type Output = Selected;

    fn kept_bytes(&self) -> usize {
        let step = match &self.step {
            Step::Bad(_) => 0,
            Step::Choosing { walk, chosen } => walk.kept_bytes() + chosen.len() * size_of::<SessionId>(),
            Step::Asking { chosen } => chosen.len() * size_of::<SessionId>(),
        };
        self.request.path.len() + self.request.value.content.len() + step
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<Selected>, ServiceError> {
        if let Step::Bad(reports) = &mut self.step {
            return Ok(Some(Selected::BadFilter(std::mem::take(reports))));
        }
        let more = cx.slice(|cx| match &mut self.step {
            Step::Bad(_) => Ok(false),
            Step::Choosing { walk, chosen } => {
                if let Some(found) = walk.next(cx.world, cx.account)? {
                    let found = found.into_iter().filter_map(|key| cx.world.sessions.get(&key));
                    chosen.extend(found.map(|session| session.id));
                    return Ok(true);
                }
                let chosen = std::mem::take(chosen);
                // The number goes out before the first answer can come in: the Python client needs it first.
                cx.answer_now(&Selected::Sessions(i32::try_from(chosen.len()).unwrap_or(i32::MAX)));
                self.step = Step::Asking { chosen };
                Ok(true)
            }
            Step::Asking { chosen } => {
                let Some(id) = chosen.pop_front().filter(|_| self.sender.version(cx.world).is_some()) else {
                    return Ok(false);
                };
                cx.account.note(cost::CHANGE + cost::bytes_cost(self.request.value.content.len()));
                let (sender, responses) = (self.sender, self.responses);
                let asking = Asking { asker: cx.key, cause: Cause::FilterMessage };
                ask_session(cx.world, asking, id, &self.request, move |world, answer| {
                    respond(world, sender, responses, id, answer);
                });
                Ok(true)
            }
        })?;
        // The number has been answered already.
        Ok((!more).then_some(Selected::Sessions(0)))
    }
}

/// Tells the sender what a session has answered. Nobody waits for what the sender says to that.
fn respond(
    world: &mut World,
    sender: Sender,
    responses: i64,
    session: SessionId,
    answer: Result<TypedValue, ServiceError>,
) {
    let outcome = match answer {
        Ok(value) => filter_response::Outcome::Answered(value),
        Err(error) => filter_response::Outcome::Failed(error),
    };
    let request = filter_response::Request { responses, session, outcome };
    sender.send(world, |version| Message::Request {
        service: FilterResponse::ID,
        cid: 0,
        payload: encode(&request, version),
    });
}

#[cfg(test)]
mod tests;
