//! What this program's client does alike at every protocol version, and what it says of a version that lacks something.

use super::stage::Stage;
use brownian::client::api::{CallError, Command, Event, LinkId, LinkState, NotAtVersion, Part, SessionEvent};
use brownian::data::{ErrorCode, TopicSpec, TopicType};
use brownian::wire::Service;
use brownian::wire::services::session_lock_acquire::LockScope;
use brownian::wire::services::shared::{
    AddAndSetRequest, Comparison, Constraint, ConstraintType, Operator, SelectionRequest,
};
use brownian::wire::services::{
    Fetch, JsonPatch, NotificationEvent, NotificationSelect, RangeQuery, SessionLockAcquire, SessionLockGet,
    SessionLockList, SessionLockRelease, Subscribe, TimeSeriesAppend, TimeSeriesEdit, TimeSeriesTimestampAppend,
    TopicAdd, TopicAddAndSet, TopicSet, Unsubscribe, UnsubscribeAll, fetch, json_patch, notification_event,
    notification_select, range_query, session_lock_acquire, session_lock_get, session_lock_release, time_series_append,
    time_series_edit, time_series_timestamp_append, topic_add, topic_set, unsubscribe_all,
};
use bytes::Bytes;
use std::collections::BTreeSet;

at_every_version!(
    scopes_that_overlap,
    one_scope_switches_from_topic_to_topic,
    values_and_guards,
    events,
    listeners_and_locks,
    a_lost_line_loses_nothing,
);

/// A call succeeds from a version on; before it, nothing is sent.
#[track_caller]
fn from<T: std::fmt::Debug>(since: u8, version: u8, part: Part, result: Result<T, CallError>) -> Option<T> {
    match result {
        Ok(answer) if version >= since => Some(answer),
        Err(CallError::NotAtVersion(NotAtVersion { part: of, since: first, version: at, .. })) if version < since => {
            assert_eq!((of, first, at), (part, since, version));
            None
        }
        other => panic!("at {version}: {other:?}"),
    }
}

impl Stage {
    fn select<S: Service<Request = SelectionRequest, Response = ()>>(&mut self, link: LinkId, what: &str, scope: &str) {
        self.call::<S>(link, &SelectionRequest { selector: what.into(), scope: scope.into() }).expect("done");
    }

    /// Adds to the paths that are subscribed, and takes away, what the connection was told by now.
    fn told(&mut self, link: LinkId, subscribed: &mut BTreeSet<String>) -> Vec<String> {
        self.call::<Fetch>(link, &fetch::Request::of("?none//")).expect("an answer comes after all that was before");
        self.seen.retain(|(of, event)| {
            match event {
                _ if *of != link => return true,
                Event::Session(SessionEvent::Subscribed { path, .. }) => {
                    subscribed.insert(path.as_str().to_owned());
                }
                Event::Session(SessionEvent::Unsubscribed { path, .. }) => {
                    subscribed.remove(path.as_str());
                }
                _ => return true,
            }
            false
        });
        subscribed.iter().cloned().collect()
    }

    fn add_and_set(&mut self, link: LinkId, path: &str, spec: TopicSpec, value: &'static [u8]) {
        let value = Bytes::from_static(value);
        let request = AddAndSetRequest { path: path.into(), spec, value, constraint: Constraint::Unconstrained };
        self.call::<TopicAddAndSet>(link, &request).expect("set");
    }

    fn set(&mut self, link: LinkId, path: &str, value: u8, constraint: Constraint) -> Result<(), CallError> {
        let (path, value) = (path.into(), vec![value].into());
        self.call::<TopicSet>(link, &topic_set::Request { path, topic_type: TopicType::Int64, value, constraint })
    }
}

fn scopes_that_overlap(version: u8) {
    let mut stage = Stage::at(version);
    let link = stage.connect("admin", false);
    for path in ["a/b", "a/c", "d"] {
        stage.add_and_set(link, path, TopicSpec::new(TopicType::Int64), &[1]);
    }
    let mut told = BTreeSet::new();
    stage.select::<Subscribe>(link, "?a//", "table");
    stage.select::<Subscribe>(link, ">a/b", "inspector");
    stage.select::<Subscribe>(link, ">d", "inspector");
    assert_eq!(stage.told(link, &mut told), ["a/b", "a/c", "d"]);
    stage.select::<Unsubscribe>(link, "?a//", "table");
    assert_eq!(stage.told(link, &mut told), ["a/b", "d"], "the inspector selects it too");
    stage.set(link, "a/b", 2, Constraint::Unconstrained).expect("set");
    stage.until(link, |event| match event {
        Event::Updates(updates) => {
            updates.iter().any(|u| u.path.as_str() == "a/b" && u.latest.value[..] == [2]).then_some(())
        }
        _ => None,
    });
    stage.select::<Subscribe>(link, "?a//", "table");
    stage.select::<Unsubscribe>(link, "?.*//", "inspector");
    assert_eq!(stage.told(link, &mut told), ["a/b", "a/c"], "the table selects it too");
    stage.select::<Subscribe>(link, ">d", "inspector");
    let all = unsubscribe_all::Request { selector: "?.*//".into() };
    stage.call::<UnsubscribeAll>(link, &all).expect("every scope is ended, by the client where the server has none");
    assert_eq!(stage.told(link, &mut told), [""; 0]);
}

/// As the inspector does while the table keeps its selection.
fn one_scope_switches_from_topic_to_topic(version: u8) {
    let mut stage = Stage::at(version);
    let link = stage.connect("admin", true);
    let paths: Vec<String> = (0..8).map(|n| format!("b/{n}")).collect();
    for path in &paths {
        stage.add_and_set(link, path, TopicSpec::new(TopicType::Int64), &[1]);
    }
    let mut told = BTreeSet::new();
    stage.select::<Subscribe>(link, ">b/3", "table");
    for path in &paths {
        stage.select::<Subscribe>(link, &format!(">{path}"), "inspector");
        let mut both = vec!["b/3".to_owned(), path.clone()];
        both.sort();
        both.dedup();
        assert_eq!(stage.told(link, &mut told), both);
        stage.select::<Unsubscribe>(link, "?.*//", "inspector");
        assert_eq!(stage.told(link, &mut told), ["b/3"]);
    }
}

fn values_and_guards(version: u8) {
    let mut stage = Stage::at(version);
    let link = stage.connect("admin", false);
    stage.add_and_set(link, "n", TopicSpec::new(TopicType::Int64), &[5]);
    let refused = |result: Result<(), CallError>| match result {
        Err(CallError::Service { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let is = |n: u8| Constraint::Value(Comparison::is(vec![n].into()));
    stage.set(link, "n", 6, is(5)).expect("it was 5");
    assert_eq!(refused(stage.set(link, "n", 7, is(5))), ErrorCode::UNSATISFIED_CONSTRAINT);
    // Two sides or a list of them, as the version has it.
    stage.set(link, "n", 7, Constraint::And(vec![is(6), Constraint::And(vec![is(6), is(6)])])).expect("it was 6");
    assert_eq!(
        refused(stage.set(link, "n", 8, Constraint::And(vec![is(7), is(6)]))),
        ErrorCode::UNSATISFIED_CONSTRAINT
    );
    let above = |n: u8| {
        let value = vec![n].into();
        Constraint::Value(Comparison { operator: Operator::Gt, value_type: ConstraintType::Int64, value })
    };
    from(26, version, Part::Operators, stage.set(link, "n", 8, above(4)));
    let either = Constraint::Or(Box::new(is(1)), Box::new(Constraint::Unconstrained));
    from(27, version, Part::Disjunction, stage.set(link, "n", 9, either));

    stage.add_and_set(link, "j", TopicSpec::new(TopicType::Json), &[0xa1, 0x61, b'a', 0x01]);
    let with = |n: u8| {
        let with = vec![("/a".to_owned(), Comparison::is(vec![n].into()))];
        Constraint::PartialJson { with, without: vec!["/b".into()] }
    };
    let patch = |constraint| {
        let patch = r#"[{"op":"replace","path":"/a","value":2}]"#.into();
        json_patch::Request { path: "j".into(), patch, constraint }
    };
    assert_eq!(stage.call::<JsonPatch>(link, &patch(with(1))), Ok(-1));
    let again = stage.call::<JsonPatch>(link, &patch(with(1))).map(|_| ());
    assert_eq!(refused(again), ErrorCode::UNSATISFIED_CONSTRAINT);

    let whole = stage.call::<Fetch>(link, &fetch::Request::whole("?.*//")).expect("topics");
    let last = match version {
        27.. => 9,
        26 => 8,
        _ => 7,
    };
    let values: Vec<_> = whole.results.iter().map(|topic| (topic.path.as_str(), topic.value.as_deref())).collect();
    // What a patch leaves is written anew, with definite lengths or without.
    assert_eq!((values[0].0, values[1]), ("j", ("n", Some(&[last][..]))));
    let changed = values[0].1.is_some_and(|value| value.contains(&0x02));
    assert!(changed, "{values:?}");
    let sizes = fetch::Request { with_sizes: true, ..fetch::Request::whole(">n") };
    from(28, version, Part::Sizes, stage.call::<Fetch>(link, &sizes));
}

fn events(version: u8) {
    let mut stage = Stage::at(version);
    let link = stage.connect("admin", true);
    let spec = TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", "int64");
    stage.call::<TopicAdd>(link, &topic_add::Request { path: "t".into(), spec }).expect("added");
    let (path, data_type) = ("t".to_owned(), "int64".to_owned());
    let first = time_series_timestamp_append::Request {
        path: path.clone(),
        data_type: data_type.clone(),
        value: vec![1].into(),
        timestamp_millis: 1000,
    };
    let appended = stage.call::<TimeSeriesTimestampAppend>(link, &first);
    if from(19, version, Part::Itself, appended).is_none() {
        let first =
            time_series_append::Request { path: path.clone(), data_type: data_type.clone(), value: vec![1].into() };
        stage.call::<TimeSeriesAppend>(link, &first).expect("appended");
    }
    let second =
        time_series_append::Request { path: path.clone(), data_type: data_type.clone(), value: vec![2].into() };
    assert_eq!(stage.call::<TimeSeriesAppend>(link, &second).expect("appended").sequence, 1);
    let edit = time_series_edit::Request { path, data_type, original_sequence: 0, value: vec![9].into() };
    assert_eq!(stage.call::<TimeSeriesEdit>(link, &edit).expect("edited").sequence, 2);
    let answer = stage.call::<RangeQuery>(link, &range_query::Request::of("t")).expect("events");
    let found: Vec<_> = answer.events().iter().map(|event| event.value[0]).collect();
    assert_eq!(found, [9, 2]);
}

fn listeners_and_locks(version: u8) {
    let mut stage = Stage::at(version);
    let link = stage.connect("admin", false);
    let select = notification_select::Request { listener: 5, selector: "?n//".into() };
    stage.call::<NotificationSelect>(link, &select).expect("listening");
    stage.add_and_set(link, "n/a", TopicSpec::new(TopicType::Json), &[0x01]);
    let event = stage.until(link, |event| match event {
        Event::Session(SessionEvent::Request(request)) if request.service == NotificationEvent::ID => {
            request.request.downcast_ref::<notification_event::Request>().cloned()
        }
        _ => None,
    });
    assert_eq!((event.listener, event.path.as_str(), event.spec.topic_type), (5, "n/a", TopicType::Json));

    let acquire = session_lock_acquire::Request { name: "l".into(), request: 1, scope: LockScope::Session };
    let held = stage.call::<SessionLockAcquire>(link, &acquire).expect("granted");
    let locked = |sequence| Constraint::Locked { name: "l".into(), sequence };
    stage.add_and_set(link, "l", TopicSpec::new(TopicType::Int64), &[1]);
    stage.set(link, "l", 2, locked(held.sequence)).expect("it is held");
    let listed = stage.call::<SessionLockList>(link, &());
    if let Some(listed) = from(29, version, Part::Itself, listed) {
        assert_eq!(listed.len(), 1);
    }
    let got = stage.call::<SessionLockGet>(link, &session_lock_get::Request { name: "l".into() });
    from(29, version, Part::Itself, got);
    let release = session_lock_release::Request { name: "l".into(), sequence: held.sequence, scope: held.scope };
    stage.call::<SessionLockRelease>(link, &release).expect("released");
    assert!(matches!(stage.set(link, "l", 3, locked(held.sequence)), Err(CallError::Service { .. })));
}

/// The line is dropped six times while a counter goes on; every value comes once, and the version stays.
fn a_lost_line_loses_nothing(version: u8) {
    let mut stage = Stage::at(version);
    let link = stage.connect("admin", false);
    let path = brownian::data::TopicPath::parse("c").expect("a path");
    stage.engine.send(link, Command::KeepHistoryOf(vec![path])).expect("room for a command");
    let publisher = stage.server.publisher();
    publisher.add("c", &TopicSpec::new(TopicType::Int64).with("CONFLATION", "off")).expect("added");
    stage.select::<Subscribe>(link, ">c", "");
    let mut sent = Vec::new();
    let mut count = |values: std::ops::Range<u8>| {
        for n in values {
            // Whole numbers up to 23 are one byte of CBOR, others two.
            let bytes = if n < 24 { vec![n] } else { vec![0x18, n] };
            publisher.set_bytes("c", bytes.clone()).expect("set");
            sent.push(Bytes::from(bytes));
        }
    };
    for cut in 0..6_u8 {
        count(cut * 30..cut * 30 + 15);
        stage.engine.send(link, Command::DropLine).expect("room for a command");
        count(cut * 30 + 15..cut * 30 + 30);
        let facts = stage.until(link, |event| match event {
            Event::Link(LinkState::Connected(facts)) => Some(std::sync::Arc::clone(facts)),
            _ => None,
        });
        assert_eq!(facts.version, version);
    }
    count(180..190);
    let last = sent.last().cloned();
    let mut came = Vec::new();
    while came.last() != last.as_ref() {
        let (values, dropped) = stage.until(link, |event| match event {
            Event::Updates(updates) => {
                let all = updates.iter().flat_map(|update| update.earlier.iter().chain([&update.latest]));
                let dropped: u64 = updates.iter().map(|update| u64::from(update.dropped)).sum();
                Some((all.map(|arrival| arrival.value.clone()).collect::<Vec<_>>(), dropped))
            }
            _ => None,
        });
        assert_eq!(dropped, 0);
        came.extend(values);
    }
    assert_eq!(came, sent);
}
