//! Acts on sessions: what is asked before, what is called, what became of each, and how it is taken back.

use super::report::{Done, Line, Report};
use super::runner::IN_FLIGHT;
use super::sheet::{Hold, Typing};
use super::*;
use crate::client::api::{Call, CallError};
use crate::data::ErrorCode;
use crate::model::change::{ChangeError, ChangeOutcome};
use crate::model::connections::Environment;
use crate::model::fixture::{ClientModel, NOW};
use crate::model::{journal, safety};
use crate::wire::Service as _;
use crate::wire::services::session_fetch::Response as Fetched;
use crate::wire::services::{
    ChangeAuthorisationRoles, CloseClient, CloseClientFilter, SetSessionProperties, session_listing,
    set_session_properties,
};
use act::Target;

const OWN: u64 = 1;

fn target(session: u64) -> Target {
    Target {
        session: SessionId { server: 1, session },
        principal: "bot7".into(),
        summary: String::new(),
        roles: Some(vec!["CLIENT".into()]),
        own: None,
    }
}

fn chosen(sessions: impl IntoIterator<Item = u64>) -> Chosen {
    Chosen { sessions: sessions.into_iter().map(target).collect(), filter: None }
}

fn matching(filter: &str, sessions: impl IntoIterator<Item = u64>) -> Chosen {
    Chosen { filter: Some(filter.into()), ..chosen(sessions) }
}

fn client() -> ClientModel {
    let mut client = ClientModel::new();
    client.handle(safety::Intent::SetMode(safety::Mode::Confirm));
    client.sent();
    client
}

fn sheet(client: &ClientModel) -> &Sheet {
    client.model.links[0].session_acts.sheet.as_ref().expect("a sheet is open")
}

fn run(client: &ClientModel) -> &Run {
    client.model.links[0].session_acts.run.as_ref().expect("an act has begun")
}

fn hold(client: &ClientModel) -> Option<Hold> {
    sheet(client).hold(&client.model.links[0], NOW)
}

fn counted(client: &mut ClientModel, count: i32) {
    let calls = client.calls_of(SessionFetch::ID);
    let call = calls.last().expect("the server is asked");
    client.answer(call, Ok(Fetched::Found { sessions: Vec::new(), total_selected: count }));
}

fn refused(code: ErrorCode) -> CallError {
    CallError::Service { code, description: "no".into() }
}

/// Begins to close these sessions; the calls that were made.
fn close(client: &mut ClientModel, sessions: std::ops::Range<u64>) -> Vec<Call> {
    let count = sessions.end - sessions.start;
    client.handle(Intent::Open(Kind::Close, chosen(sessions)));
    if count <= sheet::COUNTED_BY_ID as u64 {
        counted(client, i32::try_from(count).expect("few"));
    }
    client.handle(Intent::Type(count.to_string()));
    client.handle(Intent::Confirm);
    client.calls_of(CloseClient::ID)
}

#[test]
fn what_is_typed_is_in_proportion_to_the_act() {
    use Environment::{Production, Test};
    let number = |count| Some(Typing::Number(count));
    let name = Some(Typing::Principal("bot7".into()));
    let cases = [
        (Kind::Close, 1, false, Test, (name.clone(), false)),
        (Kind::Close, 2, false, Test, (number(2), false)),
        (Kind::Revoke, 1, false, Production, (name.clone(), true)),
        (Kind::Roles, 1, false, Test, (name, false)),
        (Kind::Roles, 101, false, Production, (number(101), true)),
        (Kind::Properties, 1, false, Production, (None, false)),
        (Kind::Properties, 100, false, Test, (None, false)),
        (Kind::Properties, 101, false, Test, (number(101), false)),
        (Kind::Conflation, 5, true, Test, (number(5), false)),
        (Kind::Subscribe, 5, true, Production, (number(5), true)),
    ];
    for (kind, count, on_arrival, environment, expected) in cases {
        let mut sheet = Sheet::new(Form::new(kind), matching("all", 10..10 + count), None, NOW);
        let fx = Effects::at(NOW, crate::client::api::LinkId(1));
        sheet.count.value = Some((count, fx.now));
        sheet.on_arrival = on_arrival;
        sheet.form.add_roles = "OPERATOR".into();
        sheet.form.properties[0].key = "tier".into();
        sheet.form.selector = "?a//".into();
        assert_eq!(sheet.typing(environment), expected, "{kind:?} {count} {environment:?}");
    }
    let mut anonymous = target(0x01f3);
    anonymous.principal.clear();
    let chosen = Chosen { sessions: vec![anonymous], filter: None };
    let sheet = Sheet::new(Form::new(Kind::Close), chosen, None, NOW);
    assert_eq!(sheet.typing(Test).0, Some(Typing::Principal("01f3".into())));
}

#[test]
fn a_wrong_number_keeps_the_button_off_with_its_reason() {
    let mut client = client();
    client.handle(Intent::Open(Kind::Close, matching("$Principal is 'bot7'", 10..24)));
    assert_eq!(hold(&client), Some(Hold::Counting));
    counted(&mut client, 14);
    for wrong in ["", "13", "14x", "-14"] {
        client.handle(Intent::Type(wrong.into()));
        assert_eq!(hold(&client).map(|hold| hold.sentence()).as_deref(), Some("Type 14 first"), "{wrong}");
        client.handle(Intent::Confirm);
        assert!(client.calls().is_empty());
    }
    client.handle(Intent::Type("14".into()));
    assert_eq!(hold(&client), None);
    client.model.links[0].environment = Environment::Production;
    assert_eq!(hold(&client), Some(Hold::Server("x".into())));
    client.handle(Intent::TypeServer("x".into()));
    assert_eq!(hold(&client), None);
    client.handle(safety::Intent::SetMode(safety::Mode::ReadOnly));
    assert!(matches!(hold(&client), Some(Hold::Blocked(_))), "the sheet stays open, its button is off");
}

#[test]
fn the_own_session_is_left_out_of_list_and_count_unless_it_is_included() {
    let mut client = client();
    client.handle(Intent::Open(Kind::Close, matching("$Principal is 'bot7'", [OWN, 10, 11])));
    assert_eq!((sheet(&client).number(), sheet(&client).own.is_some()), (Some(2), true));
    let filter = sheet(&client).filter_meant().expect("by filter");
    assert_eq!(filter, "($Principal is 'bot7') and not $SessionId is '0000000000000001-0000000000000001'");
    crate::data::SessionFilter::parse(&filter).expect("a filter");
    counted(&mut client, 2);
    client.handle(Intent::IncludeOwn(true));
    counted(&mut client, 3);
    assert_eq!(sheet(&client).filter_meant().as_deref(), Some("$Principal is 'bot7'"));
    let ids: Vec<u64> = sheet(&client).targets().iter().map(|target| target.session.session).collect();
    assert_eq!(ids, [10, 11, OWN], "the own session comes last");
    client.handle(Intent::Open(Kind::Close, chosen([OWN])));
    assert_eq!(hold(&client).map(|hold| hold.sentence()).as_deref(), Some("There is nothing to close"));
}

#[test]
fn sixteen_calls_wait_at_most_and_each_session_has_its_outcome() {
    let mut client = client();
    let mut calls = close(&mut client, 10..50);
    assert_eq!(calls.len(), IN_FLIGHT);
    let mut made = calls.len();
    while let Some(call) = calls.pop() {
        let result = match made % 4 {
            0 => Err(refused(ErrorCode::NO_SUCH_SESSION)),
            1 => Err(CallError::TimedOut { secs: 10 }),
            _ => Ok(()),
        };
        client.answer(&call, result);
        let more = client.calls_of(CloseClient::ID);
        made += more.len();
        calls.extend(more);
        assert!(calls.len() <= IN_FLIGHT);
    }
    let report = &run(&client).runner.report;
    assert_eq!((made, report.asked, report.lines.len()), (40, 40, 40));
    assert!(report.gone > 0 && report.unknown > 0 && report.done > 0 && report.not_asked() == 0, "{report:?}");
    let entry = &client.model.journal.entries[0];
    assert_eq!(entry.result, Some(Ok(ChangeOutcome::Sessions(Box::new(report.clone())))));
    assert_eq!(client.model.journal.entries.len(), 1, "one entry for the act");
    assert!(client.model.links[0].changes.under_way.is_empty());
}

#[test]
fn a_large_act_goes_at_fifty_a_second() {
    let mut client = client();
    let mut calls = close(&mut client, 10..130);
    assert_eq!((run(&client).runner.pace, calls.len()), (Pace::PerSecond(50), 1));
    let mut now = NOW;
    for made in 1..120 {
        let due = run(&client).runner.next_due().expect("more to do");
        assert_eq!(due.micros_since(NOW), made * 20_000);
        client.answer(&calls.remove(0), Ok(()));
        now = due;
        client.model.tick(now);
        calls.extend(client.calls_of(CloseClient::ID));
        assert_eq!(calls.len(), 1);
    }
    client.model.apply(
        client.link,
        crate::client::api::Event::Answer(crate::client::api::Answer {
            id: calls[0].id,
            result: Ok(Box::new(())),
            micros: 1,
        }),
        now,
    );
    assert_eq!(run(&client).runner.report.done, 120);
    assert!(!client.model.links[0].session_acts.is_running());
}

#[test]
fn a_missing_permission_stops_and_the_rest_can_be_tried() {
    let mut client = client();
    let mut calls = close(&mut client, 10..60);
    client.answer(&calls.remove(0), Ok(()));
    calls.extend(client.calls_of(CloseClient::ID));
    client.answer(&calls.remove(0), Err::<(), _>(refused(ErrorCode::ACCESS_DENIED)));
    assert!(client.calls().is_empty(), "nothing more is asked");
    assert!(client.model.links[0].session_acts.is_running(), "answers are still waited for");
    for call in calls {
        client.answer(&call, Ok(()));
    }
    let runner = &run(&client).runner;
    assert_eq!(runner.stopped.as_ref().map(|(why, _)| why), Some(&Stop::Denied));
    assert_eq!((runner.report.done, runner.report.refused, runner.report.not_asked()), (16, 1, 33));
    assert_eq!(runner.report.words("closed"), "16 closed · 1 refused · 33 not asked");
    client.handle(Intent::TryRest);
    assert_eq!(sheet(&client).number(), Some(34), "under the same guards");
}

#[test]
fn stopping_asks_for_no_more_and_a_lost_session_says_what_was_not_asked() {
    let mut client = client();
    let calls = close(&mut client, 10..60);
    client.handle(Intent::Stop);
    for call in &calls {
        client.answer(call, Ok(()));
    }
    assert_eq!((run(&client).runner.report.done, run(&client).runner.report.not_asked()), (16, 34));
    let calls = close(&mut client, 100..140);
    let cause = Box::new(LinkError::ClosedByServer);
    for call in &calls {
        client.answer(call, Err::<(), _>(CallError::LinkLost(cause.clone())));
    }
    let runner = &run(&client).runner;
    assert_eq!(runner.stopped.as_ref().map(|(why, _)| why), Some(&Stop::ConnectionLost));
    assert_eq!((runner.report.unknown, runner.report.not_asked()), (16, 24));
    assert!(matches!(runner.result(), Err(ChangeError::Sessions { .. })));
}

#[test]
fn an_event_settles_a_session_of_which_no_answer_came() {
    let mut client = client();
    let calls = close(&mut client, 10..12);
    client.answer(&calls[0], Err::<(), _>(CallError::TimedOut { secs: 10 }));
    client.answer(&calls[1], Ok(()));
    assert_eq!(run(&client).runner.report.unknown, 1);
    let acts = &mut client.model.links[0].session_acts;
    acts.session_closed(SessionId { server: 1, session: 10 });
    acts.session_closed(SessionId { server: 1, session: 10 });
    acts.session_closed(SessionId { server: 1, session: 77 });
    let report = &run(&client).runner.report;
    assert_eq!((report.unknown, report.done), (0, 2));
    assert!(run(&client).runner.rest().is_empty());
    assert!(client.model.links[0].session_acts.remembered(SessionId { server: 1, session: 11 }).ended_at.is_some());
}

#[test]
fn whoever_matches_on_arrival_is_one_call_and_a_number() {
    let mut client = client();
    client.handle(Intent::Open(Kind::Close, matching("$Principal is 'bot7'", 10..24)));
    client.handle(Intent::SetOnArrival(true));
    counted(&mut client, 131);
    client.handle(Intent::Type("131".into()));
    client.handle(Intent::Confirm);
    let call = client.call_of(CloseClientFilter::ID);
    client.answer(&call, Ok(session_listing::CountOrErrors { count: 130, errors: Vec::new() }));
    let entry = client.model.journal.entries[0].clone();
    let report = Report { asked: 130, done: 130, ..Report::default() };
    assert_eq!(entry.result, Some(Ok(ChangeOutcome::Sessions(Box::new(report)))));
    assert!(entry.undo().is_none(), "nobody knows whom it concerned");
}

/// Opens a sheet for two sessions, writes the form by these intents, and confirms.
fn act_on_two(client: &mut ClientModel, kind: Kind, intents: Vec<Intent>) {
    client.handle(Intent::Open(kind, chosen([10, 11])));
    counted(client, 2);
    for intent in intents {
        client.handle(intent);
    }
    client.handle(Intent::Confirm);
}

#[test]
fn former_values_of_properties_are_put_back_by_a_sheet() {
    let mut client = client();
    let write = |field, text: &str| Intent::Write(field, text.into());
    act_on_two(&mut client, Kind::Properties, vec![write(Field::Key(0), "tier"), write(Field::Value(0), "gold")]);
    let calls = client.calls_of(SetSessionProperties::ID);
    let changed =
        set_session_properties::Response { previous: Some(vec![("tier".into(), "silver".into())]), added: None };
    client.answer(&calls[0], Ok(changed));
    let new = set_session_properties::Response { previous: None, added: Some(vec!["tier".into()]) };
    client.answer(&calls[1], Ok(new));
    let entry = client.model.journal.entries[0].id;
    client.handle(journal::Intent::UndoLast);
    counted(&mut client, 2);
    let undo = sheet(&client).undo.clone().expect("it takes back").0;
    let owns: Vec<Act> = undo.sessions.iter().filter_map(|target| target.own.as_deref().cloned()).collect();
    let silver = vec![("tier".to_owned(), "silver".to_owned())];
    assert_eq!(
        owns,
        [
            Act::Properties { set: silver, remove: Vec::new() },
            Act::Properties { set: Vec::new(), remove: vec!["tier".into()] }
        ]
    );
    assert_eq!(hold(&client), None);
    client.handle(Intent::Confirm);
    for call in client.calls_of(SetSessionProperties::ID) {
        client.answer(&call, Ok(set_session_properties::Response { previous: None, added: None }));
    }
    let first = client.model.journal.entry(entry).expect("there");
    assert!(first.undone_by.is_some());
}

#[test]
fn former_roles_are_put_back_where_they_were_known() {
    let roles = |add: &[&str], remove: &[&str]| {
        let list = |of: &[&str]| of.iter().map(|role| (*role).to_owned()).collect();
        Act::Roles { add: list(add), remove: list(remove) }
    };
    let mut both = target(11);
    both.roles = Some(vec!["CLIENT".into(), "OPERATOR".into()]);
    let mut not_known = target(12);
    not_known.roles = None;
    let sessions = vec![target(10), both, not_known, target(13)];
    let change = SessionAct::each(roles(&["OPERATOR"], &["CLIENT"]), sessions, None);
    let line = |session, outcome| Line {
        session: SessionId { server: 1, session },
        principal: String::new(),
        outcome,
        micros: 1,
    };
    let done = || LineOutcome::Done(Done::default());
    let lines = vec![line(10, done()), line(11, done()), line(12, done()), line(13, LineOutcome::Gone)];
    let report = Report { asked: 4, done: 3, gone: 1, lines, ..Report::default() };
    let outcome = ChangeOutcome::Sessions(Box::new(report));
    let Some(Change::SessionAct(undo)) = Change::from(change).undo(&Snapshot::default(), &outcome) else {
        panic!("it can be taken back")
    };
    let owns: Vec<Act> = undo.sessions.iter().filter_map(|target| target.own.as_deref().cloned()).collect();
    assert_eq!(owns, [roles(&["CLIENT"], &["OPERATOR"]), roles(&["CLIENT"], &[])]);
    assert_eq!(Change::from(undo).undo_text(), "Puts back the roles of 2 of 4 sessions");
}

#[test]
fn a_role_changed_in_the_sheet_goes_to_each_session() {
    let mut client = client();
    let write = Intent::Write(Field::AddRoles, " OPERATOR , ".into());
    act_on_two(&mut client, Kind::Roles, vec![write, Intent::Type("2".into())]);
    assert_eq!(client.calls_of(ChangeAuthorisationRoles::ID).len(), 2);
}

#[test]
fn a_form_says_what_is_wrong_with_it() {
    let check = |kind, fields: &[(Field, &str)]| {
        let mut form = Form::new(kind);
        form.properties.push(PropertyRow::default());
        for (field, text) in fields {
            form.set(*field, (*text).to_owned());
        }
        form.act().expect_err("wrong")
    };
    assert_eq!(check(Kind::Roles, &[]), "Write a role to add or to take away first");
    let both = [(Field::AddRoles, "A,B"), (Field::RemoveRoles, "B")];
    assert_eq!(check(Kind::Roles, &both), "B cannot be both added and taken away");
    assert!(check(Kind::Properties, &[(Field::Key(0), "$Principal")]).starts_with("$Principal cannot be set; of"));
    let twice = [(Field::Key(0), "tier"), (Field::Key(1), " tier")];
    assert_eq!(check(Kind::Properties, &twice), "tier is there twice");
    let scope = [(Field::Selector, "?a//"), (Field::Scope, "$x")];
    assert_eq!(check(Kind::Subscribe, &scope), "A scope does not begin with $");
    assert_eq!(check(Kind::Unsubscribe, &[]), "Write a topic selector first");
}

#[test]
fn repeating_by_filter_lists_who_matches_now() {
    let mut client = client();
    let change = SessionAct::each(Act::Close, vec![target(10)], Some("$Principal is 'bot7'".into()));
    let (link, now) = (client.link, NOW);
    client.model.links[0].handle(Intent::Cancel, &mut Effects::at(now, link));
    let mut fx = Effects::at(now, link);
    ask(&mut client.model.links[0], change, None, &mut fx);
    let sheet = client.model.links[0].session_acts.sheet.as_mut().expect("open");
    assert!(sheet.sessions.is_empty() && sheet.listing.loading.is_some());
    let found = |session: u64| session_fetch_row(session);
    let mut find = sheet.find.clone().expect("lists");
    let more = find.take(Fetched::Found { sessions: vec![found(OWN), found(20)], total_selected: 2 });
    assert_eq!(more, Ok(false));
    sheet.listed(find.targets);
    assert_eq!((sheet.sessions.len(), sheet.own.is_some()), (1, true));
    assert_eq!(sheet.sessions[0].summary, "10.0.0.7");
}

fn session_fetch_row(session: u64) -> crate::wire::services::session_fetch::FetchedSession {
    let id = SessionId { server: 1, session }.to_string();
    let properties = vec![("$SessionId".into(), id), ("$ClientIP".into(), "10.0.0.7".into())];
    crate::wire::services::session_fetch::FetchedSession { start_time: Some(5), properties }
}

#[test]
fn a_server_that_repeats_its_page_ends_the_list() {
    let page = || Fetched::Found { sessions: (0..1000).map(session_fetch_row).collect(), total_selected: 5000 };
    let mut find = find::Find::new("all".into());
    assert_eq!(find.take(page()), Ok(true));
    assert_eq!(find.request().from, Some(5));
    assert_eq!(find.take(page()), Ok(false));
    assert_eq!(find.targets.len(), 1000);
}
