//! Tests of the list of sessions: what is asked of the server, what events do, and the rows that the table shows.

use super::groups::GroupBy;
use super::listen::Phase;
use super::rows::{Seen, State};
use super::view::{Field, Line, Side, View, Wanted};
use super::*;
use crate::client::api::{Call, Event, InboundRequest, RequestId, SessionEvent};
use crate::data::{CloseReason, session_property as property};
use crate::model::fixture::{ClientModel, NOW, live, session_facts};
use crate::wire::Service;
use crate::wire::services::session_fetch::{self, FetchedSession};
use crate::wire::services::session_properties_event::{self, PropertyChange, SessionChange, Update};
use crate::wire::services::{
    ListGlobalPermissions, SessionEventDeregistration, SessionEventRegistration, SessionFetch, SessionPropertiesEvent,
    SessionPropertiesRegistration, session_event_registration,
};
use std::sync::Arc;

/// All permissions.
const ALL: &[u8] = &[0, 1, 2, 3, 4, 5, 6];

fn id(session: u64) -> SessionId {
    SessionId { server: 1, session }
}

fn properties(session: u64, principal: &str, roles: &str) -> Vec<(String, String)> {
    let start = (NOW.0 / 1000 + session as i64).to_string();
    [
        (property::SESSION_ID, id(session).to_string()),
        (property::PRINCIPAL, principal.to_owned()),
        (property::ROLES, roles.to_owned()),
        (property::CLIENT_IP, format!("10.0.4.{session}")),
        (property::START_TIME, start),
        ("tier", if session.is_multiple_of(2) { "gold" } else { "silver" }.to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec()
}

fn opened(session: u64, principal: &str) -> (SessionId, SessionChange) {
    (id(session), SessionChange::Opened(properties(session, principal, "\"CLIENT\"")))
}

/// A connection whose server has told the permissions of its session.
fn client(permissions: &[u8]) -> ClientModel {
    let mut client = ClientModel::new();
    client.apply(live(2));
    let call = client.call_of(ListGlobalPermissions::ID);
    client.answer::<Vec<u8>>(&call, Ok(permissions.to_vec()));
    client
}

fn list(client: &ClientModel) -> &SessionList {
    &client.model.links[0].session_list
}

/// Whether a call is this request.
#[track_caller]
fn assert_asks<S: Service>(call: &Call, wanted: &S::Request) {
    assert_eq!(call.payload, Call::new::<S>(call.id, wanted).payload, "not {wanted:?}");
}

/// The request for the number of sessions.
fn count_request(filter: &str) -> session_fetch::Request {
    session_fetch::Request {
        filter: filter.into(),
        keys: Some(vec![]),
        from: None,
        to: None,
        limit: Some(1),
        maximum_result_size: listen::PAGE_BYTES,
        requires_start_time: false,
    }
}

/// The request for a page.
fn page_request(from: Option<i64>, limit: i32) -> session_fetch::Request {
    let keys = Some(vec!["*F".to_owned(), "*U".to_owned()]);
    session_fetch::Request { keys, from, limit: Some(limit), requires_start_time: true, ..count_request("all") }
}

/// The request to listen.
fn listen_request(filter: Option<&str>, listener: i64) -> session_event_registration::Request {
    session_event_registration::Request {
        cluster_aware: true,
        filter: filter.map(str::to_owned),
        keys: Some(vec!["*F".to_owned(), "*U".to_owned()]),
        start_time: Some(0),
        listener,
    }
}

fn counted(client: &mut ClientModel, filter: &str, total: i32) {
    let call = client.call_of(SessionFetch::ID);
    assert_asks::<SessionFetch>(&call, &count_request(filter));
    client.answer(&call, Ok(session_fetch::Response::Found { sessions: vec![], total_selected: total }));
}

fn tell(client: &mut ClientModel, listener: i64, events: Vec<(SessionId, SessionChange)>) {
    let request = Box::new(session_properties_event::Request { listener, events });
    let inbound = InboundRequest {
        id: RequestId(1),
        service: SessionPropertiesEvent::ID,
        request,
        at: client.model.now,
        until: None,
        size_bytes: 0,
    };
    client.apply(Event::Session(SessionEvent::Request(inbound)));
}

/// Listens to a server with these sessions.
fn listening(sessions: &[(u64, &str)]) -> ClientModel {
    let mut client = client(ALL);
    client.handle(Intent::Listen);
    counted(&mut client, "all", i32::try_from(sessions.len()).expect("few"));
    let call = client.call_of(SessionEventRegistration::ID);
    assert_asks::<SessionEventRegistration>(&call, &listen_request(None, 1));
    client.answer::<<SessionEventRegistration as Service>::Response>(&call, Ok(vec![]));
    tell(&mut client, 1, sessions.iter().map(|(session, principal)| opened(*session, principal)).collect());
    assert!(!list(&client).listening.is_reading(), "all are told");
    client
}

fn wanted(list: &SessionList) -> Wanted {
    Wanted {
        side: Side::Live,
        sort: (Field::Started, true),
        group: list.group.clone(),
        columns: vec![list.rows.key_id(property::PRINCIPAL).expect("known")],
        open: HashSet::new(),
    }
}

fn shown(view: &View) -> Vec<u64> {
    let session = |line: &Line| if let Line::Session(id) = line { Some(id.session) } else { None };
    view.lines().iter().filter_map(session).collect()
}

fn later(secs: f64) -> Timestamp {
    Timestamp(NOW.0 + (secs * 1e6) as i64)
}

#[test]
fn a_listener_is_registered_after_the_sessions_were_counted_and_its_events_are_rows() {
    let mut client = listening(&[(5, "control"), (6, "")]);
    let first = list(&client);
    assert_eq!((first.rows.len(), &first.listening.phase), (2, &Phase::Live));
    assert!(first.rows.iter().all(|row| row.opened.is_none()), "those that were there are not new");
    tell(&mut client, 1, vec![opened(7, "bot7")]);
    assert!(list(&client).rows.get(id(7)).expect("it is there").opened.is_some());
    let tier = PropertyChange::Changed { old: "silver".into(), new: "gold".into() };
    let mut changes: Vec<(String, PropertyChange)> = properties(7, "bot7", "\"CLIENT\"")
        .into_iter()
        .filter(|(key, _)| key != "tier")
        .map(|(key, value)| (key, PropertyChange::Same(value)))
        .collect();
    changes.push(("tier".into(), tier));
    let update = SessionChange::Updated { update: Update::Disconnected, changes };
    tell(&mut client, 1, vec![(id(7), update)]);
    let facts = list(&client);
    let row = facts.rows.get(id(7)).expect("it is there");
    assert_eq!(row.state, State::Disconnected(NOW));
    assert_eq!(facts.rows.value(row, "tier").map(|value| &**value), Some("gold"));
    let key = facts.rows.key_id("tier").expect("known");
    assert!(row.events.iter().any(|(_, seen)| *seen == Seen::Changed(key, Some("silver".into()), Some("gold".into()))));
    tell(&mut client, 7, vec![opened(9, "of another listener")]);
    assert_eq!(list(&client).rows.len(), 3);
}

#[test]
fn checks_and_choices_end_with_their_session_and_it_is_kept_with_its_reason() {
    let mut client = listening(&[(5, "a"), (6, "b"), (7, "c")]);
    client.handle(Intent::Select(Some(id(5))));
    assert_eq!(list(&client).chosen(), [id(5)]);
    client.handle(Intent::Check(vec![id(7), id(6), id(99)], true));
    assert_eq!(list(&client).chosen(), [id(6), id(7)]);
    let closed = SessionChange::Closed { reason: CloseReason::CONNECTION_LOST, properties: vec![] };
    tell(&mut client, 1, vec![(id(6), closed)]);
    let facts = list(&client);
    assert_eq!((facts.chosen(), facts.checked_closed), (vec![id(7)], 1));
    let gone = facts.closed.get(id(6)).expect("it is kept");
    assert_eq!(gone.end.and_then(|end| end.reason), Some(CloseReason::CONNECTION_LOST));
    assert_eq!(facts.rows.value(gone, property::PRINCIPAL).map(|value| &**value), Some("b"), "its last properties");
    assert_eq!(facts.last_minute(NOW), (0, 1));
}

#[test]
fn nothing_is_asked_that_is_known_to_be_refused() {
    let mut hidden = client(&[3]);
    hidden.handle(Intent::Listen);
    assert!(hidden.calls().is_empty() && hidden.model.links[0].sessions_are_hidden());
    let mut fetching = client(&[1]);
    fetching.handle(Intent::Listen);
    counted(&mut fetching, "all", 3);
    let call = fetching.call_of(SessionFetch::ID);
    assert_asks::<SessionFetch>(&call, &page_request(None, listen::PAGE));
    let found = |sessions: &[u64]| {
        let sessions = sessions.iter().map(|n| FetchedSession {
            start_time: Some(NOW.0 / 1000 + *n as i64),
            properties: properties(*n, "p", ""),
        });
        session_fetch::Response::Found { sessions: sessions.collect(), total_selected: 3 }
    };
    fetching.answer(&call, Ok(found(&[5, 6])));
    let call = fetching.call_of(SessionFetch::ID);
    assert_asks::<SessionFetch>(&call, &page_request(Some(NOW.0 / 1000 + 6), listen::PAGE));
    let last = session_fetch::Response::Found {
        sessions: vec![FetchedSession { start_time: Some(NOW.0 / 1000 + 7), properties: properties(7, "p", "") }],
        total_selected: 1,
    };
    fetching.answer(&call, Ok(last));
    let facts = list(&fetching);
    assert_eq!((facts.rows.len(), &facts.listening.phase), (3, &Phase::Fetched));
    assert!(facts.rows.iter().all(|row| row.state == State::Unknown));
    fetching.handle(Intent::Refresh);
    assert_eq!(fetching.calls_of(SessionFetch::ID).len(), 1, "fetched again");
}

#[test]
fn too_many_sessions_are_not_listened_to_without_a_filter() {
    let mut client = client(ALL);
    client.handle(Intent::Listen);
    counted(&mut client, "all", 212_408);
    assert_eq!(list(&client).listening.phase, Phase::TooMany);
    assert!(client.calls().is_empty());
    client.handle(Intent::ListenTo("tier is \"gold\"".into()));
    counted(&mut client, "tier is \"gold\"", 10);
    let call = client.call_of(SessionEventRegistration::ID);
    assert_asks::<SessionEventRegistration>(&call, &listen_request(Some("tier is \"gold\""), 1));
    client.handle(Intent::FetchNewest);
    let call = client.call_of(SessionFetch::ID);
    let newest = session_fetch::Request { filter: "tier is \"gold\"".into(), ..page_request(None, -listen::PAGE) };
    assert_asks::<SessionFetch>(&call, &newest);
}

#[test]
fn an_older_server_gets_the_older_listener() {
    let mut client = ClientModel::new();
    let facts = crate::client::api::SessionFacts { version: 25, ..session_facts(2) };
    client.apply(Event::Link(crate::client::api::LinkState::Connected(Arc::new(facts))));
    let call = client.call_of(ListGlobalPermissions::ID);
    client.answer::<Vec<u8>>(&call, Ok(ALL.to_vec()));
    client.handle(Intent::Listen);
    counted(&mut client, "all", 0);
    assert_eq!(client.calls_of(SessionPropertiesRegistration::ID).len(), 1);
}

#[test]
fn a_new_session_listens_again_and_what_is_not_told_again_is_gone() {
    let mut client = listening(&[(5, "a"), (6, "b")]);
    client.apply(live(3));
    let call = client.call_of(ListGlobalPermissions::ID);
    client.answer::<Vec<u8>>(&call, Ok(ALL.to_vec()));
    client.model.tick(NOW);
    counted(&mut client, "all", 1);
    let call = client.call_of(SessionEventRegistration::ID);
    assert_asks::<SessionEventRegistration>(&call, &listen_request(None, 2));
    client.answer::<<SessionEventRegistration as Service>::Response>(&call, Ok(vec![]));
    tell(&mut client, 2, vec![opened(6, "b")]);
    client.model.tick(later(3.0));
    let facts = list(&client);
    assert_eq!(facts.rows.len(), 1);
    assert_eq!(facts.closed.get(id(5)).and_then(|gone| gone.end).map(|end| end.reason), Some(None));
    client.handle(Intent::Stop);
    assert_eq!(client.calls_of(SessionEventDeregistration::ID).len(), 1);
    assert_eq!(list(&client).listening.phase, Phase::Stopped);
}

#[test]
fn rows_hold_still_until_they_are_let_in() {
    let mut client = listening(&[(5, "a"), (6, "b"), (7, "c")]);
    let mut view = View::default();
    let wants = wanted(list(&client));
    view.renew(list(&client), &wants, true, later(1.0));
    assert_eq!(shown(&view), [7, 6, 5], "newest first, at first drawing in any case");
    let revision = view.revision();
    let closed = SessionChange::Closed { reason: CloseReason::CLOSED_BY_CLIENT, properties: vec![] };
    tell(&mut client, 1, vec![opened(8, "d"), (id(6), closed)]);
    view.renew(list(&client), &wants, true, later(2.0));
    assert_eq!((shown(&view), view.held(), view.revision()), (vec![7, 6, 5], (1, 1), revision));
    assert_eq!(view.counts().all, 3, "counts go on");
    view.release();
    view.renew(list(&client), &wants, true, later(2.1));
    assert_eq!((shown(&view), view.held()), (vec![8, 7, 6, 5], (0, 0)), "the ended one stands struck through");
    client.handle(Intent::SetFilter("$Principal is 'a'".into()));
    view.renew(list(&client), &wants, true, later(2.2));
    assert_eq!(shown(&view), [5], "and leaves at once where the filter does not choose it");
    client.handle(Intent::SetFilter(String::new()));
    view.renew(list(&client), &wants, false, later(8.0));
    assert_eq!(shown(&view), [8, 7, 5]);
}

#[test]
fn filter_chips_and_order_are_worked_out_here() {
    let mut client = listening(&[(5, "bot10"), (6, "bot9"), (7, "")]);
    let mut view = View::default();
    let principal = list(&client).rows.key_id(property::PRINCIPAL).expect("known");
    let by_principal = Wanted { sort: (Field::Property(principal), false), ..wanted(list(&client)) };
    view.renew(list(&client), &by_principal, false, later(1.0));
    assert_eq!(shown(&view), [7, 6, 5], "with numbers by their size");
    for (text, reading, expected) in [
        ("BOT", Reading::Text, vec![6, 5]),
        ("anonymous", Reading::Text, vec![7]),
        ("$Principal is 'bot9'", Reading::Filter, vec![6]),
        ("$Principal is 'bot9", Reading::Filter, vec![6]),
        ("$Principal is bot9", Reading::Filter, vec![6]),
        ("tier is 'gold' or has none", Reading::Filter, vec![6]),
        ("", Reading::Text, vec![7, 6, 5]),
    ] {
        client.handle(Intent::SetFilter(text.into()));
        view.renew(list(&client), &by_principal, true, later(1.0));
        assert_eq!((shown(&view), list(&client).filter.reading()), (expected, reading), "{text}");
    }
    client.handle(Intent::SetFilter("$Principal is bot9".into()));
    let error = list(&client).filter.error().expect("quotes are missing");
    assert_eq!(error.reason, "`bot9` needs quotes");
    assert_eq!(error.suggestion.as_deref(), Some("$Principal is \"bot9\""));
    assert_eq!(list(&client).filter_text(), None);
    client.handle(Intent::SetFilter("principal is 'bot9'".into()));
    let warning = list(&client).filter.warning(&list(&client).rows);
    assert_eq!(warning.as_deref(), Some("No session here has `principal`. Did you mean `$Principal`?"));
    client.handle(Intent::ReadAs(Reading::Text));
    assert_eq!(list(&client).filter.reading(), Reading::Text);
    client.handle(Intent::SetFilter(String::new()));
    client.handle(Intent::Show(Chip::Disconnected));
    view.renew(list(&client), &by_principal, true, later(1.0));
    assert_eq!((shown(&view).len(), view.counts().connected), (0, 3));
}

#[test]
fn a_pattern_that_cannot_be_run_here_is_left_to_the_server() {
    let mut client = listening(&[(5, "a"), (6, "b")]);
    let text = r#"$Principal matches "\p{InGreek}a""#;
    client.handle(Intent::SetFilter(text.into()));
    let filter = &list(&client).filter;
    assert!(filter.for_server().is_some() && filter.error().is_none(), "{:?}", filter.error());
    assert_eq!(list(&client).filter_text(), Some(text), "the server reads it");
    client.handle(Intent::AskServer);
    let call = client.call_of(SessionFetch::ID);
    let keys = Some(vec![property::SESSION_ID.to_owned()]);
    let wanted = session_fetch::Request { keys, limit: Some(20_000), ..count_request(text) };
    assert_asks::<SessionFetch>(&call, &wanted);
    let properties = vec![(property::SESSION_ID.to_owned(), id(5).to_string())];
    let sessions = vec![FetchedSession { start_time: None, properties }];
    client.answer(&call, Ok(session_fetch::Response::Found { sessions, total_selected: 1 }));
    let mut view = View::default();
    view.renew(list(&client), &wanted_rows(&client), false, later(1.0));
    assert_eq!((shown(&view), list(&client).filter.listed_at()), (vec![5], Some(NOW)));
    client.handle(Intent::SetFilter("b".into()));
    assert_eq!(list(&client).filter.listed_at(), None);
}

fn wanted_rows(client: &ClientModel) -> Wanted {
    wanted(list(client))
}

#[test]
fn groups_have_counts_and_hold_their_sessions() {
    let mut client = listening(&[(5, "a"), (6, "b"), (7, "c")]);
    tell(&mut client, 1, vec![(id(8), SessionChange::Opened(properties(8, "d", "\"CLIENT\",\"OPERATOR\"")))]);
    client.handle(Intent::Group(Some(GroupBy::Role)));
    let mut view = View::default();
    let mut wants = wanted(list(&client));
    view.renew(list(&client), &wants, false, later(1.0));
    let labels: Vec<(Option<&str>, usize)> =
        view.groups().iter().map(|group| (group.label.as_deref(), group.counts[0])).collect();
    assert_eq!(labels, [(Some("CLIENT"), 4), (Some("OPERATOR"), 1)]);
    assert_eq!(view.lines(), [Line::Group(0), Line::Group(1)]);
    wants.open.insert(Some("OPERATOR".into()));
    view.renew(list(&client), &wants, true, later(1.0));
    assert_eq!(view.lines(), [Line::Group(0), Line::Group(1), Line::Session(id(8))]);
    assert_eq!(view.sessions().count(), 4, "each once, also those of groups that are not open");
    wants.group = Some(GroupBy::Property("tier".into()));
    view.renew(list(&client), &wants, true, later(1.0));
    let gold = view.groups().iter().find(|group| group.label.as_deref() == Some("gold"));
    assert_eq!(gold.map(|group| group.sessions.len()), Some(2));
}

#[test]
fn what_can_be_written_is_offered_with_counts() {
    let client = listening(&[(5, "a"), (6, "b\"c"), (8, "a")]);
    let rows = &list(&client).rows;
    let texts = |text: &str| -> Vec<(String, Option<u32>)> {
        let offers = filter::offers(rows, text, text.len()).1;
        offers.into_iter().map(|offer| (offer.text, offer.sessions)).collect()
    };
    assert_eq!(texts("$Pri"), [("$Principal".to_owned(), Some(3))]);
    assert_eq!(texts("$Principal i"), [("is".to_owned(), None), ("in".to_owned(), None)]);
    assert_eq!(texts("$Principal is "), [("\"a\"".to_owned(), Some(2)), ("\"b\\\"c\"".to_owned(), Some(1))]);
    assert_eq!(texts("hasRoles \"cl"), [("\"CLIENT\"".to_owned(), Some(3))]);
}

#[test]
fn kept_filters_are_stored_for_their_profile() {
    let mut client = listening(&[]);
    client.handle(Intent::SetFilter("tier is 'gold'".into()));
    client.handle(Intent::SaveFilter(" Gold ".into()));
    let stored = client.model.settings.session_filters.values().next().expect("stored").clone();
    assert_eq!((stored[0].name.as_str(), stored[0].text.as_str()), ("Gold", "tier is 'gold'"));
    client.handle(Intent::ForgetFilter("Gold".into()));
    assert!(list(&client).saved.is_empty());
}

#[test]
fn what_strangers_send_is_kept_within_bounds() {
    let mut client = listening(&[(5, "a")]);
    let many: Vec<(String, String)> = (0..5000).map(|n| (format!("key{n}"), String::new())).collect();
    tell(&mut client, 1, vec![(id(6), SessionChange::Opened(many))]);
    let facts = list(&client);
    assert!(facts.rows.properties_left_out > 900 && facts.rows.keys().count() <= 4096);
    let large = vec![("$Environment".to_owned(), "x".repeat(1 << 20))];
    for session in 10..30 {
        tell(&mut client, 1, vec![(id(session), SessionChange::Opened(large.clone()))]);
        let closed = SessionChange::Closed { reason: CloseReason(21), properties: vec![] };
        tell(&mut client, 1, vec![(id(session), closed)]);
    }
    let facts = list(&client);
    assert!(facts.closed.len() < 9 && facts.closed.get(id(29)).is_some() && facts.closed.get(id(10)).is_none());
    assert_eq!(facts.closed.since(), Some(NOW));
    let before = facts.rows.bytes();
    for session in 100..163 {
        tell(&mut client, 1, vec![(id(session), SessionChange::Opened(large.clone()))]);
    }
    assert_eq!(list(&client).listening.phase, Phase::Live);
    assert!(list(&client).rows.bytes() > before + (63 << 20), "shared texts are counted in full");
    for session in 163..170 {
        tell(&mut client, 1, vec![(id(session), SessionChange::Opened(large.clone()))]);
    }
    assert_eq!(list(&client).listening.phase, Phase::TooMany);
    assert_eq!(client.calls_of(SessionEventDeregistration::ID).len(), 1);
}
