//! What is counted, what has to be typed, and that nothing is sent before.

use super::*;
use crate::client::api::{ConnectOptions, LinkId, LinkState, Target as Address};
use crate::data::TopicType;
use crate::model::fixture;
use crate::wire::services::fetch::{FetchedTopic, Response, Size};
use bytes::Bytes;

const NOW: Timestamp = Timestamp(1_000_000);

fn connected(environment: Environment) -> Connected {
    let options = ConnectOptions::to(Address::Url("ws://x".into()));
    let mut at = Connected::new(LinkId(1), "fx-live".into(), "k", environment, options, NOW);
    at.link = LinkState::Connected(Arc::new(fixture::session_facts(1)));
    at.safety.choose(crate::model::safety::Mode::Confirm, NOW);
    at
}

fn page(paths: impl IntoIterator<Item = String>, has_more: bool) -> Response {
    let topic = |path| FetchedTopic {
        path,
        topic_type: TopicType::Int64,
        value: Some(Bytes::from_static(&[7])),
        properties_index: 0,
        size: Size::None,
    };
    Response { properties: vec![], results: paths.into_iter().map(topic).collect(), has_more }
}

fn answer(at: &mut Connected, response: Response, fx: &mut Effects) {
    let sheet = at.remove_topics.sheet.as_ref().expect("a sheet");
    let (call, _) = sheet.count.loading.expect("being counted");
    fx.handle_answer_to(call);
    on_page(at, fx, (), Ok(response));
}

fn hold(at: &Connected) -> Option<Hold> {
    at.remove_topics.sheet.as_ref().expect("a sheet").hold(at, NOW)
}

fn sent(fx: &mut Effects) -> usize {
    fx.take().len()
}

#[test]
fn one_topic_needs_no_typing_and_can_be_put_back() {
    let (mut at, mut fx) = (connected(Environment::Test), Effects::at(NOW, LinkId(1)));
    at.handle(Intent::OpenPath(TopicPath::parse("a/b").expect("valid")), &mut fx);
    assert_eq!(hold(&at), Some(Hold::Counting));
    answer(&mut at, page(["a/b".to_owned()], false), &mut fx);
    assert_eq!(hold(&at), None);
    let before = at.remove_topics.sheet.as_ref().and_then(|s| s.count.ready()).expect("counted").before.clone();
    assert!(before.spec.is_some() && before.value.is_some());
    assert_eq!(sent(&mut fx), 2, "the count, and the topic views");
    at.handle(Intent::Remove, &mut fx);
    assert!(at.remove_topics.sheet.is_none());
    assert_eq!((sent(&mut fx), at.changes.under_way.len()), (1, 1));
}

#[test]
fn many_topics_are_counted_page_by_page_and_their_number_typed() {
    let (mut at, mut fx) = (connected(Environment::Test), Effects::at(NOW, LinkId(1)));
    at.handle(Intent::OpenSelector("?a//".into()), &mut fx);
    answer(&mut at, page((0..1000).map(|n| format!("a/{n:04}")), true), &mut fx);
    assert_eq!(hold(&at), Some(Hold::Counting));
    assert_eq!(at.remove_topics.sheet.as_ref().map(|s| s.so_far.topics), Some(1000));
    answer(&mut at, page((1000..1204).map(|n| format!("a/{n:04}")), false), &mut fx);
    let count = at.remove_topics.sheet.as_ref().and_then(|s| s.count.ready()).expect("counted");
    assert_eq!((count.topics, count.first.len()), (1204, LISTED));
    assert_eq!(sent(&mut fx), 3, "two pages, and the topic views");
    for (typed, wanted) in [("", Some(Hold::Number)), ("120", Some(Hold::Number)), ("1204", None), ("1,204", None)] {
        at.handle(Intent::Type(typed.into()), &mut fx);
        assert_eq!(hold(&at), wanted, "{typed}");
    }
    at.handle(Intent::Type("12".into()), &mut fx);
    at.handle(Intent::Remove, &mut fx);
    assert!(at.remove_topics.sheet.is_some(), "the sheet stays until the number is right");
    assert_eq!(sent(&mut fx), 0);
}

#[test]
fn a_server_that_repeats_itself_is_not_counted() {
    let (mut at, mut fx) = (connected(Environment::Test), Effects::at(NOW, LinkId(1)));
    at.handle(Intent::OpenSelector("?a//".into()), &mut fx);
    answer(&mut at, page(["a/1".to_owned(), "a/2".to_owned()], true), &mut fx);
    answer(&mut at, page(["a/1".to_owned(), "a/2".to_owned()], true), &mut fx);
    assert_eq!(hold(&at), Some(Hold::NotCounted));
    let error = at.remove_topics.sheet.as_ref().and_then(|sheet| sheet.count.error.clone());
    assert!(matches!(error, Some(CallError::Paging(_))), "{error:?}");
    assert_eq!(sent(&mut fx), 2, "no third page is asked for");
}

#[test]
fn an_answer_to_an_earlier_counting_is_ignored() {
    let (mut at, mut fx) = (connected(Environment::Test), Effects::at(NOW, LinkId(1)));
    at.handle(Intent::OpenSelector("?a//".into()), &mut fx);
    let (earlier, _) = at.remove_topics.sheet.as_ref().and_then(|sheet| sheet.count.loading).expect("being counted");
    at.handle(Intent::Count, &mut fx);
    fx.handle_answer_to(earlier);
    on_page(&mut at, &mut fx, (), Ok(page(["a/1".to_owned()], false)));
    assert_eq!(hold(&at), Some(Hold::Counting));
}

#[test]
fn a_selector_is_always_typed_and_production_has_its_name_typed_too() {
    let (mut at, mut fx) = (connected(Environment::Production), Effects::at(NOW, LinkId(1)));
    at.handle(Intent::OpenSelector("?a//".into()), &mut fx);
    answer(&mut at, page(["a/1".to_owned(), "a/2".to_owned()], false), &mut fx);
    assert_eq!(hold(&at), Some(Hold::Number));
    at.handle(Intent::Type("2".into()), &mut fx);
    assert_eq!(hold(&at), Some(Hold::Server));
    at.handle(Intent::TypeServer("fx-live".into()), &mut fx);
    assert_eq!(hold(&at), None);
    at.safety.lock();
    assert_eq!(hold(&at), Some(Hold::Blocked(BlockReason::ReadOnly)));
}

#[test]
fn another_scope_is_counted_anew() {
    let (mut at, mut fx) = (connected(Environment::Test), Effects::at(NOW, LinkId(1)));
    at.topics.tree.insert_topic("a", TopicType::Json);
    at.topics.tree.insert_topic("a/b", TopicType::Json);
    at.handle(Intent::OpenPath(TopicPath::parse("a").expect("valid")), &mut fx);
    let selector = |at: &Connected| at.remove_topics.sheet.as_ref().map(|s| s.target.selector());
    assert_eq!(selector(&at).as_deref(), Some("?a//"));
    answer(&mut at, page([], false), &mut fx);
    assert_eq!(hold(&at), Some(Hold::Nothing));
    at.handle(Intent::SetScope(Scope::Topic), &mut fx);
    assert_eq!(selector(&at).as_deref(), Some(">a"));
    assert_eq!(hold(&at), Some(Hold::Counting));
    assert_eq!(sent(&mut fx), 2);
}

#[test]
fn checked_rows_are_meant_exactly_and_typed_only_above_a_hundred() {
    use crate::model::topics::{Intent as Tree, multi_select::Act};
    let (mut at, mut fx) = (connected(Environment::Test), Effects::at(NOW, LinkId(1)));
    let path = |text: &str| TopicPath::parse(text).expect("valid");
    for topic in ["a/1", "a/2", "a/3"] {
        at.topics.tree.insert_topic(topic, TopicType::Json);
    }
    at.handle(Intent::OpenChecked, &mut fx);
    assert!(at.remove_topics.sheet.is_none(), "nothing is checked");
    let mut check = |at: &mut Connected, row: &str| {
        at.handle(Tree::Check(Act::Toggle(path(row))), &mut fx);
    };
    check(&mut at, "a/1");
    check(&mut at, "a/3");
    let mut fx = Effects::at(NOW, LinkId(1));
    at.handle(Intent::OpenChecked, &mut fx);
    let sheet = at.remove_topics.sheet.as_ref().expect("open");
    assert_eq!(
        sheet.target,
        Target::Checked { topics: 2, branches: 0, selector: "#>a/1////>a/3".into() },
        "a/2 is not meant"
    );
    answer(&mut at, page(["a/1".to_owned(), "a/3".to_owned()], false), &mut fx);
    assert_eq!(hold(&at), None, "two listed topics need no number");
    at.handle(Intent::Count, &mut fx);
    answer(&mut at, page((0..101).map(|n| format!("a/{n:03}")), false), &mut fx);
    assert_eq!(hold(&at), Some(Hold::Number));
}

#[test]
fn one_checked_topic_is_a_topic_that_can_be_put_back() {
    use crate::model::topics::{Intent as Tree, multi_select::Act};
    let (mut at, mut fx) = (connected(Environment::Test), Effects::at(NOW, LinkId(1)));
    at.topics.tree.insert_topic("a", TopicType::Json);
    at.topics.tree.insert_topic("a/b", TopicType::Json);
    let path = TopicPath::parse("a").expect("valid");
    let act = Act::Toggle(path.clone());
    at.handle(Tree::Check(act), &mut fx);
    at.handle(Intent::OpenChecked, &mut fx);
    let target = at.remove_topics.sheet.as_ref().map(|sheet| sheet.target.clone());
    assert_eq!(target, Some(Target::Path { path, scope: Scope::Topic, is_branch: true }));
}
