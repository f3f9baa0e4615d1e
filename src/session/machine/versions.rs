//! What depends on the protocol version of the session: the answer that agrees on it, and requests as it says them.

use super::{Machine, RESPONSE_SIGN};
use crate::data::Timestamp;
use crate::session::calls::Request;
use crate::session::event::{CallFailure, Event, Failure, Opened};
use crate::session::offer::Offer;
use crate::session::scopes::Changes;
use crate::wire::handshake::{Acceptance, ConnectResponse, Rejection, Token};
use crate::wire::protocol::{NEWEST, NotAtVersion, Part};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::{self, Subscribe, Unsubscribe, UnsubscribeAll, unsubscribe_all};
use crate::wire::{Message, Service, decode, encode};
use bytes::Bytes;

impl Machine {
    /// The request as the session's version says it; none if it is answered already.
    pub(super) fn at_session_version(
        &mut self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Option<Bytes>, NotAtVersion> {
        let version = self.version();
        if version >= Part::Scopes.since() {
            return Ok(Some(request.payload.clone()));
        }
        let payload = request.payload.clone();
        match request.service {
            Subscribe::ID => {
                if let Ok(SelectionRequest { selector, scope }) = decode(payload.clone(), NEWEST) {
                    self.scopes.select(&scope, &selector);
                    return Ok(Some(encode(&in_default_scope(selector), version)));
                }
            }
            Unsubscribe::ID => {
                if let Ok(SelectionRequest { selector, scope }) = decode(payload.clone(), NEWEST) {
                    let changes = self.scopes.deselect(Some(&scope), &selector);
                    self.change_selections(request, changes, now);
                    return Ok(None);
                }
            }
            UnsubscribeAll::ID => {
                if let Ok(unsubscribe_all::Request { selector }) = decode(payload.clone(), NEWEST) {
                    let changes = self.scopes.deselect(None, &selector);
                    self.change_selections(request, changes, now);
                    return Ok(None);
                }
            }
            _ => {}
        }
        services::request_at(request.service, payload, version).map(Some)
    }

    /// Deselects and selects in a session without scopes. The first message is the call; where there is none, the call
    /// is answered here.
    fn change_selections(&mut self, request: &Request, changes: Changes, now: Timestamp) {
        let Changes { deselect, select } = changes;
        let deselect = deselect.into_iter().map(|selector| (Unsubscribe::ID, selector));
        let select = select.into_iter().map(|selector| (Subscribe::ID, selector));
        let mut call = Some(request);
        for (service, selector) in deselect.chain(select) {
            let cid = match call.take() {
                Some(request) => self.calls.begin(request, now),
                None => self.calls.next_cid(),
            };
            let payload = encode(&in_default_scope(selector), self.version());
            self.send(&Message::Request { service, cid, payload });
        }
        if call.is_some() {
            let result = (request.decoder)(Bytes::new(), self.version()).map_err(CallFailure::BadAnswer);
            self.events.push_back(Event::Answer { call: request.call, result, micros: 0 });
        }
    }
}

impl Machine {
    /// What a response means for the session that was there before it: a server that goes on with another session has
    /// given that one up, whatever it says.
    pub(super) fn judge(&mut self, opened: &Opened, acceptance: Acceptance) -> Acceptance {
        let former = self.opened.replace(*opened);
        match (former, acceptance) {
            (Some(former), _) if former.session != opened.session => {
                Acceptance::New { max_message_size: opened.max_message_size }
            }
            (Some(former), Acceptance::Recovered { sequence }) => {
                // This answer does not name the largest message.
                self.opened = Some(Opened { max_message_size: former.max_message_size, ..*opened });
                Acceptance::Recovered { sequence }
            }
            (_, acceptance) => acceptance,
        }
    }
}

/// A selection without scopes.
const fn in_default_scope(selector: String) -> SelectionRequest {
    SelectionRequest { selector, scope: String::new() }
}

/// Version and code are looked at before more than three bytes are expected, since a server of another version may
/// send fewer fields.
pub(super) fn read_response(
    bytes: Bytes,
    offer: &Offer,
    recovering: bool,
) -> Result<(Opened, Token, Acceptance), Failure> {
    let asked = offer.version();
    let no_such_version = |answered| Failure::Protocol { asked, oldest: asked, answered };
    match bytes[..] {
        [] => return Err(Failure::NotDiffusion("the first message is empty".into())),
        [sign, ..] if sign != RESPONSE_SIGN => {
            return Err(Failure::NotDiffusion(format!("the first message begins with byte {sign:#04x}")));
        }
        [_, version, ..] if !offer.takes(version, recovering) => return Err(no_such_version(Some(version))),
        _ => {}
    }
    match ConnectResponse::decode(bytes) {
        Ok(ConnectResponse::Accepted { version, acceptance, session, token, ping_period_millis }) => {
            let max_message_size = match acceptance {
                Acceptance::New { max_message_size } | Acceptance::Lossy { max_message_size } => max_message_size,
                Acceptance::Recovered { .. } => i32::MAX,
            };
            Ok((Opened { session, version, ping_period_millis, max_message_size }, token, acceptance))
        }
        // A refusal in another version is first of all about the version: at that one the server says what it means.
        Ok(ConnectResponse::Rejected { version, .. }) if version != asked => Err(no_such_version(Some(version))),
        Ok(ConnectResponse::Rejected { rejection: Rejection::PROTOCOL_VERSION, .. }) => Err(no_such_version(None)),
        Ok(ConnectResponse::Rejected { rejection, .. }) => Err(Failure::Rejected(rejection)),
        Err(error) => Err(Failure::BadMessage(error)),
    }
}
