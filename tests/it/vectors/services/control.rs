//! Messaging, and services about other sessions.

use super::notation::void;
use super::sessions::credentials_of;
use super::{Part, read};
use brownian::wire::services as s;
use brownian::wire::services::filter_response::Outcome;
use brownian::wire::services::message_value::TypedValue;
use brownian::wire::services::session_fetch::FetchedSession;
use brownian::wire::services::session_listing::{CountOrErrors, ErrorReport, OneSession, PropertyList, Selected};
use brownian::wire::services::session_properties_event::{PropertyChange, SessionChange};
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    messaging(id, part, &p, v).or_else(|| properties(id, part, &p, v)).or_else(|| acts(id, part, &p, v))
}

fn messaging(id: u32, part: Part, p: &Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    let p = p.clone();
    Some(match id {
        s::MessagingSend::ID => {
            read::<s::MessagingSend>(part, p, v, |r| json!({ "path": r.path, "value": value(&r.value) }), answer)
        }
        s::MessagingReceiverServer::ID => read::<s::MessagingReceiverServer>(
            part,
            p,
            v,
            |r| json!({ "sessionId": r.session.to_string(), "path": r.path, "value": value(&r.value) }),
            answer,
        ),
        s::MessagingReceiverClient::ID => {
            let request = |r: s::messaging_receiver_client::Request| {
                json!({
                    "handlerConversation": r.handler,
                    "senderSession": r.sender.to_string(),
                    "path": r.path,
                    "properties": map(&r.properties),
                    "value": value(&r.value),
                })
            };
            read::<s::MessagingReceiverClient>(part, p, v, request, answer)
        }
        s::MessagingReceiverControlRegistration::ID => {
            let request = |r: s::messaging_receiver_control_registration::Request| {
                json!({
                    "params": { "serviceId": r.service, "controlGroup": r.control_group },
                    "path": r.path,
                    "propertyKeys": r.property_keys,
                    "handlerConversation": r.handler,
                })
            };
            read::<s::MessagingReceiverControlRegistration>(part, p, v, request, void)
        }
        s::MessagingReceiverControlDeregistration::ID => {
            let request = |r: s::messaging_receiver_control_deregistration::Request| {
                json!({
                    "params": { "serviceId": r.service, "controlGroup": r.control_group },
                    "path": r.path,
                    "propertyKeys": r.property_keys,
                })
            };
            read::<s::MessagingReceiverControlDeregistration>(part, p, v, request, void)
        }
        s::MessagingFilterSend::ID => {
            let request = |r: s::messaging_filter_send::Request| {
                let value = value(&r.value);
                json!({ "responseConversation": r.responses, "filter": r.filter, "path": r.path, "value": value })
            };
            read::<s::MessagingFilterSend>(part, p, v, request, selected)
        }
        s::FilterResponse::ID => {
            let request = |r: s::filter_response::Request| {
                let outcome = match &r.outcome {
                    Outcome::Answered(answer) => json!({ "tag": 0, "value": value(answer) }),
                    Outcome::Failed(error) => {
                        json!({ "tag": 1, "error": { "code": error.code.0, "description": error.description } })
                    }
                };
                json!({ "responseConversation": r.responses, "sessionId": r.session.to_string(), "outcome": outcome })
            };
            read::<s::FilterResponse>(part, p, v, request, void)
        }
        _ => return None,
    })
}

fn properties(id: u32, part: Part, p: &Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    let p = p.clone();
    Some(match id {
        s::GetSessionProperties::ID => read::<s::GetSessionProperties>(
            part,
            p,
            v,
            |r| json!({ "sessionId": r.session.to_string(), "keys": r.keys }),
            |properties| json!({ "properties": properties.as_ref().map(map) }),
        ),
        s::GetOwnSessionProperties::ID => {
            let response = |properties: Option<PropertyList>| json!({ "properties": properties.as_ref().map(map) });
            read::<s::GetOwnSessionProperties>(part, p, v, void, response)
        }
        s::SetSessionProperties::ID => read::<s::SetSessionProperties>(
            part,
            p,
            v,
            |r| json!({ "sessionId": r.session.to_string(), "set": r.set.as_ref().map(map), "remove": r.remove }),
            |r| json!({ "previous": r.previous.as_ref().map(map), "added": r.added }),
        ),
        s::SetSessionPropertiesFilter::ID => read::<s::SetSessionPropertiesFilter>(
            part,
            p,
            v,
            |r| json!({ "filter": r.filter, "set": r.set.as_ref().map(map), "remove": r.remove }),
            count,
        ),
        s::SessionPropertiesRegistration::ID => {
            let request = |r: s::session_properties_registration::Request| {
                let keys = r.keys.map_or_else(|| json!({ "tag": 1 }), |keys| json!({ "tag": 0, "keys": keys }));
                json!({ "keys": keys, "listener": r.listener })
            };
            read::<s::SessionPropertiesRegistration>(part, p, v, request, void)
        }
        s::SessionPropertiesEvent::ID => {
            let request = |r: s::session_properties_event::Request| {
                let events = r.events.iter().map(|(session, change)| {
                    let event = session_change(change);
                    json!({ "sessionId": session.to_string(), "event": event })
                });
                json!({ "listener": r.listener, "events": events.collect::<Vec<_>>() })
            };
            read::<s::SessionPropertiesEvent>(part, p, v, request, void)
        }
        s::SessionEventRegistration::ID => read::<s::SessionEventRegistration>(
            part,
            p,
            v,
            |r| {
                json!({
                    "clusterAware": r.cluster_aware,
                    "filter": r.filter,
                    "keys": r.keys,
                    "startTime": r.start_time,
                    "listener": r.listener,
                })
            },
            |errors| json!({ "errors": reports(&errors) }),
        ),
        s::SessionEventDeregistration::ID => {
            let request = |r: s::session_event_deregistration::Request| json!({ "listener": r.listener });
            read::<s::SessionEventDeregistration>(part, p, v, request, void)
        }
        s::SessionFetch::ID => read::<s::SessionFetch>(
            part,
            p,
            v,
            |r| {
                json!({
                    "filter": r.filter,
                    "keys": r.keys,
                    "from": r.from,
                    "to": r.to,
                    "limit": r.limit,
                    "maximumResultSize": r.maximum_result_size,
                    "requiresStartTime": r.requires_start_time,
                })
            },
            |r| match r {
                s::session_fetch::Response::Found { sessions, total_selected } => {
                    let of = |one: &FetchedSession| json!({ "startTime": one.start_time, "properties": map(&one.properties) });
                    let sessions: Vec<_> = sessions.iter().map(of).collect();
                    json!({ "outcome": { "tag": 0, "sessions": sessions, "totalSelected": total_selected } })
                }
                s::session_fetch::Response::BadFilter(errors) => {
                    json!({ "outcome": { "tag": 1, "errors": reports(&errors) } })
                }
            },
        ),
        s::GetSelectors::ID => {
            let response = |scopes: Vec<(String, Vec<s::get_selectors::Selection>)>| {
                let scopes = scopes.into_iter().map(|(scope, selections)| {
                    let of =
                        |one: s::get_selectors::Selection| json!({ "selector": one.selector, "kind": one.kind as u8 });
                    (scope, selections.into_iter().map(of).collect::<Vec<_>>().into())
                });
                json!({ "scopes": Sample::Object(scopes.collect()) })
            };
            read::<s::GetSelectors>(part, p, v, one, response)
        }
        s::ListGlobalPermissions::ID => {
            read::<s::ListGlobalPermissions>(part, p, v, void, |permissions| json!({ "permissions": permissions }))
        }
        s::ListPathPermissions::ID => read::<s::ListPathPermissions>(
            part,
            p,
            v,
            |r| json!({ "path": r.path }),
            |permissions| json!({ "permissions": permissions }),
        ),
        _ => return None,
    })
}

fn acts(id: u32, part: Part, p: &Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    let p = p.clone();
    Some(match id {
        s::ReAuthenticate::ID => read::<s::ReAuthenticate>(
            part,
            p,
            v,
            |r| {
                json!({
                    "principal": r.principal,
                    "credentials": credentials_of(&r.credentials),
                    "proposedProperties": map(&r.properties),
                })
            },
            |accepted| json!({ "accepted": accepted }),
        ),
        s::RevokeAuthentication::ID => read::<s::RevokeAuthentication>(part, p, v, one, void),
        s::CloseClient::ID => read::<s::CloseClient>(part, p, v, one, void),
        s::CloseClientFilter::ID => read::<s::CloseClientFilter>(part, p, v, |r| json!({ "filter": r.filter }), count),
        s::SetClientConflation::ID => read::<s::SetClientConflation>(
            part,
            p,
            v,
            |r| json!({ "sessionId": r.session.to_string(), "conflate": r.conflate }),
            void,
        ),
        s::SetClientConflationFilter::ID => read::<s::SetClientConflationFilter>(
            part,
            p,
            v,
            |r| json!({ "filter": r.filter, "conflate": r.conflate }),
            count,
        ),
        s::ChangeAuthorisationRoles::ID => read::<s::ChangeAuthorisationRoles>(
            part,
            p,
            v,
            |r| json!({ "sessionId": r.session.to_string(), "remove": r.remove, "add": r.add }),
            void,
        ),
        s::ChangeAuthorisationRolesFilter::ID => read::<s::ChangeAuthorisationRolesFilter>(
            part,
            p,
            v,
            |r| json!({ "filter": r.filter, "remove": r.remove, "add": r.add }),
            count,
        ),
        s::SubscribeClient::ID => read::<s::SubscribeClient>(part, p, v, for_session, void),
        s::UnsubscribeClient::ID => read::<s::UnsubscribeClient>(part, p, v, for_session, void),
        s::FilterSubscribe::ID => read::<s::FilterSubscribe>(part, p, v, for_filter, selected),
        s::FilterUnsubscribe::ID => read::<s::FilterUnsubscribe>(part, p, v, for_filter, selected),
        s::UnsubscribeAllByFilter::ID => read::<s::UnsubscribeAllByFilter>(
            part,
            p,
            v,
            |r| json!({ "selector": r.selector, "filter": r.filter }),
            selected,
        ),
        s::UnsubscribeAllControl::ID => read::<s::UnsubscribeAllControl>(
            part,
            p,
            v,
            |r| json!({ "selector": r.selector, "sessionId": r.session.to_string() }),
            void,
        ),
        _ => return None,
    })
}

fn one(request: OneSession) -> Sample {
    json!({ "sessionId": request.session.to_string() })
}

fn for_session(request: s::subscribe_client::Request) -> Sample {
    let SelectionRequest { selector, scope } = request.selection;
    json!({ "sessionId": request.session.to_string(), "selector": selector, "scope": scope })
}

fn for_filter(request: s::filter_subscribe::Request) -> Sample {
    let SelectionRequest { selector, scope } = request.selection;
    json!({ "filter": request.filter, "selector": selector, "scope": scope })
}

fn value(value: &TypedValue) -> Sample {
    json!({ "dataType": value.data_type, "content": { "hex": hex::encode(&value.content) } })
}

fn answer(answer: TypedValue) -> Sample {
    json!({ "value": value(&answer) })
}

fn map(properties: &PropertyList) -> Sample {
    Sample::Object(properties.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect())
}

fn reports(errors: &[ErrorReport]) -> Vec<Sample> {
    errors.iter().map(|e| json!({ "message": e.message, "line": e.line, "column": e.column })).collect()
}

fn count(answer: CountOrErrors) -> Sample {
    json!({ "result": { "count": answer.count, "errors": reports(&answer.errors) } })
}

fn selected(answer: Selected) -> Sample {
    let outcome = match answer {
        Selected::Sessions(count) => json!({ "tag": 0, "count": count }),
        Selected::BadFilter(errors) => json!({ "tag": 1, "errors": reports(&errors) }),
    };
    json!({ "result": { "outcome": outcome } })
}

fn session_change(change: &SessionChange) -> Sample {
    match change {
        SessionChange::Opened(properties) => json!({ "tag": 0, "properties": map(properties) }),
        SessionChange::Updated { update, changes } => {
            let changes = changes.iter().map(|(key, change)| {
                let change = match change {
                    PropertyChange::Added(value) => json!({ "tag": 1, "value": value }),
                    PropertyChange::Changed { old, new } => json!({ "tag": 2, "old": old, "value": new }),
                    PropertyChange::Removed(old) => json!({ "tag": 3, "old": old }),
                    PropertyChange::Same(value) => json!({ "tag": 4, "value": value }),
                };
                json!({ "key": key, "change": change })
            });
            json!({ "tag": 1, "updateType": *update as u8, "changes": changes.collect::<Vec<_>>() })
        }
        SessionChange::Closed { reason, properties } => {
            json!({ "tag": 2, "closeReason": reason.0, "properties": map(properties) })
        }
    }
}

/// The answer to a filter that cannot be read, as the Python client declares it, and a session as the JavaScript client
/// does not write it.
#[test]
fn disputed_forms_are_read_too() {
    let bare: Bytes = b"\x01\x03bad\x01\x02".as_slice().into();
    let report = ErrorReport { message: "bad".into(), line: 1, column: 2 };
    assert_eq!(brownian::wire::decode(bare, 29), Ok(Selected::BadFilter(vec![report])));
    let declared: Bytes = b"\x02?a\x01\x05\x07".as_slice().into();
    let session = brownian::data::SessionId { server: 5, session: 7 };
    let read = s::unsubscribe_all_control::Request { selector: "?a".into(), session };
    assert_eq!(brownian::wire::decode(declared, 29), Ok(read));
}
