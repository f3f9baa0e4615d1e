//! What 10,000 sessions with 25 properties cost: memory, the filter, groups, orders, and 1,000 events.
//!
//! Bytes are printed before the times. A frame has 16 ms; the filter may take 4 of them and an order 6.

use brownian::client::api::{Answer, AnyResponse, Command};
use brownian::client::api::{
    ConnectOptions, Event, InboundRequest, LinkId, LinkState, RequestId, SessionEvent, SessionFacts, Target,
};
use brownian::data::{Account, CloseReason, SessionId, Timestamp};
use brownian::model::connections::Environment;
use brownian::model::session_list::groups::{GroupBy, groups};
use brownian::model::session_list::rows::Session;
use brownian::model::session_list::view::{Field, Side, View, Wanted, sort};
use brownian::model::session_list::{Intent, SessionList};
use brownian::model::{Model, effects::Effect};
use brownian::wire::Service as _;
use brownian::wire::services::session_fetch::Response;
use brownian::wire::services::session_properties_event::{Request, SessionChange};
use brownian::wire::services::{ListGlobalPermissions, SessionEventRegistration, SessionFetch, SessionPropertiesEvent};
use divan::Bencher;
use std::sync::Arc;

const SESSIONS: u64 = 10_000;
const NOW: Timestamp = Timestamp(1_796_000_000_000_000);

fn main() {
    let model = listening();
    let list = list(&model);
    let kept = list.rows.bytes() as f64 / 1e6;
    println!("{} sessions with 25 properties: {kept:.1} MB with shared texts counted in full", list.rows.len());
    divan::main();
}

fn id(session: u64) -> SessionId {
    SessionId { server: 0xea74_0750_0945_dc9c, session }
}

/// 25 properties: fixed ones as a server has them, and ten user-defined ones.
fn properties(n: u64) -> Vec<(String, String)> {
    let principal = if n.is_multiple_of(7) { format!("terminal-{n}") } else { format!("bot{}", n % 300) };
    let fixed = [
        ("$SessionId", id(n).to_string()),
        ("$Principal", principal),
        ("$Roles", if n.is_multiple_of(5) { "\"CLIENT\",\"OPERATOR\"" } else { "\"CLIENT\"" }.to_owned()),
        ("$ClientType", ["PYTHON", "JAVA", "JAVASCRIPT_BROWSER"][n as usize % 3].to_owned()),
        ("$ClientIP", format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256)),
        ("$StartTime", (NOW.0 / 1000 - n as i64 * 137).to_string()),
        ("$ServerName", format!("fx-live-{}", n % 3)),
        ("$Transport", "WEBSOCKET".to_owned()),
        ("$Connector", "Client Connector".to_owned()),
        ("$Country", ["UK", "DE", "FR", "US"][n as usize % 4].to_owned()),
        ("$Language", "en".to_owned()),
        ("$Environment", "PYTHON_CPython_3.12".to_owned()),
        ("$Latitude", "NaN".to_owned()),
        ("$Longitude", "NaN".to_owned()),
        ("$ExpiryTime", (NOW.0 / 1000 + n as i64).to_string()),
    ];
    let mut list: Vec<(String, String)> = fixed.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    list.extend((0..10).map(|key| (format!("user{key}"), format!("value {}", n % (key + 2)))));
    list
}

/// A model that listens to the sessions of a server made up here.
fn listening() -> Model {
    let mut model = Model::default();
    model.now = NOW;
    let link = model.open("x".into(), "x".into(), Environment::Test, ConnectOptions::to(Target::Embedded));
    let facts = SessionFacts {
        id: id(0),
        principal: "admin".into(),
        version: 29,
        ping_period_millis: 0,
        transport: "in memory",
        certificate: None,
    };
    model.apply(link, Event::Link(LinkState::Connected(Arc::new(facts))), NOW);
    answer(&mut model, link);
    model.handle(Intent::Listen.into(), NOW);
    answer(&mut model, link);
    let opened = (0..SESSIONS).map(|n| (id(n), SessionChange::Opened(properties(n)))).collect();
    model.apply(link, told(opened), NOW);
    model
}

/// Answers what the list asks for.
fn answer(model: &mut Model, link: LinkId) {
    loop {
        let effects = model.take_effects();
        if effects.is_empty() {
            return;
        }
        for effect in effects {
            let Effect::Send(_, Command::Call(call), _) = effect else { continue };
            let answer: AnyResponse = match call.service {
                ListGlobalPermissions::ID => Box::new(vec![0_u8, 1, 2, 3]),
                SessionFetch::ID => Box::new(Response::Found { sessions: vec![], total_selected: SESSIONS as i32 }),
                SessionEventRegistration::ID => {
                    Box::new(Vec::<brownian::wire::services::session_listing::ErrorReport>::new())
                }
                _ => continue,
            };
            model.apply(link, Event::Answer(Answer { id: call.id, result: Ok(answer), micros: 1 }), NOW);
        }
    }
}

fn told(events: Vec<(SessionId, SessionChange)>) -> Event {
    Event::Session(SessionEvent::Request(InboundRequest {
        id: RequestId(1),
        service: SessionPropertiesEvent::ID,
        request: Box::new(Request { listener: 1, events }),
        size_bytes: 1,
        at: NOW,
        until: None,
    }))
}

fn list(model: &Model) -> &SessionList {
    &model.links[0].session_list
}

fn wanted(list: &SessionList, group: Option<GroupBy>) -> Wanted {
    let columns = ["$Principal", "$Roles", "$ClientType", "$ClientIP", "$ServerName", "user0"];
    Wanted {
        side: Side::Live,
        sort: (Field::Started, true),
        group,
        columns: columns.iter().filter_map(|key| list.rows.key_id(key)).collect(),
        open: hashbrown::HashSet::new(),
    }
}

const FILTERS: [&str; 6] = [
    "bot7",
    "terminal fx-live-1",
    "$Principal is \"bot7\"",
    "$Country in [\"UK\", \"DE\"] and not user3 is \"value 1\"",
    "hasRoles [\"OPERATOR\"]",
    "$Principal matches \"bot1.*\"",
];

/// Choosing by a filter alone, without an order.
#[divan::bench(args = FILTERS)]
fn filter(bencher: Bencher, text: &str) {
    let mut model = listening();
    model.handle(Intent::SetFilter(text.into()).into(), NOW);
    let list = list(&model);
    let columns = wanted(list, None).columns;
    bencher.bench_local(|| {
        let matcher = list.filter.matcher();
        let mut account = Account::of(u64::MAX);
        let mut chosen = |session: &&Session| matcher.chooses(&list.rows, session, &columns, &mut account) == Ok(true);
        list.rows.iter().filter(|session| chosen(session)).count()
    });
}

const FIELDS: [&str; 6] = ["state", "started", "id", "$Principal", "$ClientIP", "user5"];

#[divan::bench(args = FIELDS)]
fn order(bencher: Bencher, field: &str) {
    let model = listening();
    let list = list(&model);
    let field = match field {
        "state" => Field::State,
        "started" => Field::Started,
        "id" => Field::Id,
        key => Field::Property(list.rows.key_id(key).expect("a property of all")),
    };
    bencher.bench_local(|| {
        let mut sessions: Vec<_> = list.rows.iter().collect();
        sort(&mut sessions, (field, false));
        sessions.len()
    });
}

const GROUPS: [&str; 4] = ["$Country", "$Principal", "role", "state"];

#[divan::bench(args = GROUPS)]
fn group(bencher: Bencher, by: &str) {
    let model = listening();
    let list = list(&model);
    let by = match by {
        "role" => GroupBy::Role,
        "state" => GroupBy::State,
        key => GroupBy::Property(key.into()),
    };
    bencher.bench_local(|| groups(&list.rows, list.rows.iter(), &by, NOW).len());
}

/// Everything together, as after a change of the filter.
#[divan::bench]
fn whole_view(bencher: Bencher) {
    let mut model = listening();
    model.handle(Intent::SetFilter("bot".into()).into(), NOW);
    let list = list(&model);
    let wanted = wanted(list, None);
    bencher.bench_local(|| {
        let mut view = View::default();
        view.renew(list, &wanted, false, NOW);
        view.lines().len()
    });
}

/// Events of sessions that change; half of them close again.
#[divan::bench(sample_count = 20)]
fn a_thousand_events(bencher: Bencher) {
    bencher
        .with_inputs(|| {
            let opened = (0..500).map(|n| (id(SESSIONS + n), SessionChange::Opened(properties(SESSIONS + n))));
            let closed = (0..500).map(|n| {
                let change = SessionChange::Closed { reason: CloseReason::CONNECTION_LOST, properties: properties(n) };
                (id(n), change)
            });
            (listening(), told(opened.chain(closed).collect()))
        })
        .bench_local_values(|(mut model, event)| {
            let link = model.links[0].id;
            model.apply(link, event, NOW);
            model
        });
}
