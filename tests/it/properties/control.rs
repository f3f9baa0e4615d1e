//! Messaging and services about other sessions on the line: made-up ones survive.

use super::wire::{assert_service, bytes, text};
use brownian::data::{CloseReason, ErrorCode, SessionId};
use brownian::wire::frame::VERSION;
use brownian::wire::handshake::Credentials;
use brownian::wire::service::ServiceError;
use brownian::wire::services;
use brownian::wire::services::filter_response::{self, Outcome};
use brownian::wire::services::get_selectors::{Selection, SelectionKind};
use brownian::wire::services::message_value::TypedValue;
use brownian::wire::services::session_fetch::{self, FetchedSession};
use brownian::wire::services::session_listing::{CountOrErrors, ErrorReport, OneSession, PropertyList, Selected};
use brownian::wire::services::session_properties_event::{self, PropertyChange, SessionChange, Update};
use brownian::wire::services::shared::SelectionRequest;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

fn session() -> impl Strategy<Value = SessionId> {
    (any::<u64>(), any::<u64>()).prop_map(|(server, session)| SessionId { server, session })
}

fn value() -> impl Strategy<Value = TypedValue> {
    (text(), bytes()).prop_map(|(data_type, content)| TypedValue { data_type, content })
}

fn properties() -> impl Strategy<Value = PropertyList> {
    vec((text(), text()), 0..4)
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..4)
}

fn reports() -> impl Strategy<Value = Vec<ErrorReport>> {
    let report = (text(), any::<i32>(), any::<i32>());
    vec(report.prop_map(|(message, line, column)| ErrorReport { message, line, column }), 1..3)
}

fn selected() -> impl Strategy<Value = Selected> {
    prop_oneof![any::<i32>().prop_map(Selected::Sessions), reports().prop_map(Selected::BadFilter)]
}

fn count() -> impl Strategy<Value = CountOrErrors> {
    prop_oneof![
        any::<i32>().prop_map(|count| CountOrErrors { count, errors: Vec::new() }),
        reports().prop_map(|errors| CountOrErrors { count: 0, errors }),
    ]
}

fn property_change() -> impl Strategy<Value = PropertyChange> {
    prop_oneof![
        text().prop_map(PropertyChange::Added),
        (text(), text()).prop_map(|(old, new)| PropertyChange::Changed { old, new }),
        text().prop_map(PropertyChange::Removed),
        text().prop_map(PropertyChange::Same),
    ]
}

fn session_change() -> impl Strategy<Value = SessionChange> {
    prop_oneof![
        properties().prop_map(SessionChange::Opened),
        (select(Update::ALL), vec((text(), property_change()), 0..4))
            .prop_map(|(update, changes)| SessionChange::Updated { update, changes }),
        (any::<u8>(), properties())
            .prop_map(|(reason, properties)| SessionChange::Closed { reason: CloseReason(reason), properties }),
    ]
}

proptest! {
    #[test]
    fn messages_survive(
        (session, path, filter) in (session(), text(), text()),
        (question, answer) in (value(), value()),
        (properties, keys) in (properties(), texts()),
        number: i64,
        selected in selected(),
        failure in option::of((any::<i32>(), text())),
    ) {
        let (value, handler, service) = (question, number, 88);
        let to_path = services::messaging_send::Request { path: path.clone(), value: value.clone() };
        assert_service::<services::MessagingSend>(&to_path, &answer, VERSION);
        let to_one = services::messaging_receiver_server::Request { session, path: path.clone(), value: value.clone() };
        assert_service::<services::MessagingReceiverServer>(&to_one, &answer, VERSION);
        let delivered = services::messaging_receiver_client::Request {
            handler, sender: session, path: path.clone(), properties, value: value.clone(),
        };
        assert_service::<services::MessagingReceiverClient>(&delivered, &answer, VERSION);
        let (control_group, property_keys) = (filter.clone(), keys);
        let end = services::messaging_receiver_control_deregistration::Request {
            service, control_group: control_group.clone(), path: path.clone(), property_keys: property_keys.clone(),
        };
        assert_service::<services::MessagingReceiverControlDeregistration>(&end, &(), VERSION);
        let begin = services::messaging_receiver_control_registration::Request {
            service, control_group, path: path.clone(), property_keys, handler,
        };
        assert_service::<services::MessagingReceiverControlRegistration>(&begin, &(), VERSION);
        let to_many = services::messaging_filter_send::Request { responses: number, filter, path, value };
        assert_service::<services::MessagingFilterSend>(&to_many, &selected, VERSION);
        let outcome = match failure {
            Some((code, description)) => Outcome::Failed(ServiceError { code: ErrorCode(code), description }),
            None => Outcome::Answered(answer),
        };
        let response = filter_response::Request { responses: number, session, outcome };
        assert_service::<services::FilterResponse>(&response, &(), VERSION);
    }

    #[test]
    fn properties_and_listeners_survive(
        (session, filter, path) in (session(), text(), text()),
        (keys, more_keys) in (option::of(texts()), option::of(texts())),
        (set, found) in (option::of(properties()), option::of(properties())),
        (count, errors) in (count(), reports()),
        (from, to, limit, size) in (option::of(any::<i64>()), option::of(any::<i64>()), option::of(any::<i32>()), any::<i32>()),
        sessions in vec((option::of(any::<i64>()), properties()), 0..3),
        events in vec((session(), session_change()), 0..4),
        scopes in vec((text(), vec((text(), select(SelectionKind::ALL)), 0..3)), 0..3),
        permissions in vec(any::<u8>(), 0..20),
    ) {
        let asked = keys.clone().unwrap_or_default();
        let get = services::get_session_properties::Request { session, keys: asked };
        assert_service::<services::GetSessionProperties>(&get, &found, VERSION);
        assert_service::<services::GetOwnSessionProperties>(&(), &found, VERSION);
        let one = services::set_session_properties::Request { session, set: set.clone(), remove: keys.clone() };
        let was = services::set_session_properties::Response { previous: found, added: more_keys };
        assert_service::<services::SetSessionProperties>(&one, &was, VERSION);
        let many = services::set_session_properties_filter::Request { filter: filter.clone(), set, remove: keys.clone() };
        assert_service::<services::SetSessionPropertiesFilter>(&many, &count, VERSION);
        let listener = from.unwrap_or_default();
        let old = services::session_properties_registration::Request { keys: keys.clone(), listener };
        assert_service::<services::SessionPropertiesRegistration>(&old, &(), VERSION);
        let listen = services::session_event_registration::Request {
            cluster_aware: true, filter: Some(filter.clone()), keys: keys.clone(), start_time: to, listener,
        };
        assert_service::<services::SessionEventRegistration>(&listen, &errors, VERSION);
        let end = services::session_event_deregistration::Request { listener };
        assert_service::<services::SessionEventDeregistration>(&end, &(), VERSION);
        assert_service::<services::SessionPropertiesEvent>(&session_properties_event::Request { listener, events }, &(), VERSION);
        let fetch = session_fetch::Request {
            filter, keys, from, to, limit, maximum_result_size: size, requires_start_time: true,
        };
        let sessions =
            sessions.into_iter().map(|(start_time, properties)| FetchedSession { start_time, properties }).collect();
        let response = session_fetch::Response::Found { sessions, total_selected: size };
        assert_service::<services::SessionFetch>(&fetch, &response, VERSION);
        assert_service::<services::SessionFetch>(&fetch, &session_fetch::Response::BadFilter(errors), VERSION);
        let selection = |(selector, kind)| Selection { selector, kind };
        let scopes: Vec<(String, Vec<Selection>)> =
            scopes.into_iter().map(|(scope, of)| (scope, of.into_iter().map(selection).collect())).collect();
        assert_service::<services::GetSelectors>(&OneSession { session }, &scopes, VERSION);
        assert_service::<services::ListGlobalPermissions>(&(), &permissions, VERSION);
        assert_service::<services::ListPathPermissions>(&services::list_path_permissions::Request { path }, &permissions, VERSION);
    }

    #[test]
    fn acts_on_sessions_survive(
        (session, filter, selector, scope) in (session(), text(), text(), text()),
        (remove, add) in (texts(), texts()),
        (count, selected) in (count(), selected()),
        (properties, accepted) in (properties(), any::<bool>()),
        credentials in prop_oneof![Just(Credentials::None), bytes().prop_map(Credentials::Custom)],
    ) {
        let conflate = accepted;
        assert_service::<services::CloseClient>(&OneSession { session }, &(), VERSION);
        assert_service::<services::RevokeAuthentication>(&OneSession { session }, &(), VERSION);
        let close = services::close_client_filter::Request { filter: filter.clone() };
        assert_service::<services::CloseClientFilter>(&close, &count, VERSION);
        let one = services::set_client_conflation::Request { session, conflate };
        assert_service::<services::SetClientConflation>(&one, &(), VERSION);
        let many = services::set_client_conflation_filter::Request { filter: filter.clone(), conflate };
        assert_service::<services::SetClientConflationFilter>(&many, &count, VERSION);
        let one = services::change_authorisation_roles::Request { session, remove: remove.clone(), add: add.clone() };
        assert_service::<services::ChangeAuthorisationRoles>(&one, &(), VERSION);
        let many = services::change_authorisation_roles_filter::Request { filter: filter.clone(), remove, add };
        assert_service::<services::ChangeAuthorisationRolesFilter>(&many, &count, VERSION);
        let selection = SelectionRequest { selector: selector.clone(), scope };
        let one = services::subscribe_client::Request { session, selection: selection.clone() };
        assert_service::<services::SubscribeClient>(&one, &(), VERSION);
        assert_service::<services::UnsubscribeClient>(&one, &(), VERSION);
        let many = services::filter_subscribe::Request { filter: filter.clone(), selection };
        assert_service::<services::FilterSubscribe>(&many, &selected, VERSION);
        assert_service::<services::FilterUnsubscribe>(&many, &selected, VERSION);
        let everywhere = services::unsubscribe_all_by_filter::Request { selector: selector.clone(), filter: filter.clone() };
        assert_service::<services::UnsubscribeAllByFilter>(&everywhere, &selected, VERSION);
        let everywhere = services::unsubscribe_all_control::Request { selector, session };
        assert_service::<services::UnsubscribeAllControl>(&everywhere, &(), VERSION);
        let again = services::re_authenticate::Request { principal: filter, credentials, properties };
        assert_service::<services::ReAuthenticate>(&again, &accepted, VERSION);
    }
}
