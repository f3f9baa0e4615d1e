//! What listeners are told when they select and deselect, and of topics that come and go.

use super::*;
use crate::data::{TopicSpec, TopicType};
use crate::server::handlers::fixture::{VERSION, answer, session, taken, world};
use crate::server::world::World;
use crate::wire::services::{
    NotificationDescendant, NotificationDeselect, NotificationEvent, NotificationSelect, notification_descendant,
    notification_event,
};
use crate::wire::{Message, Service, decode};

const LISTENER: i64 = 5;

/// A world with topics, and one session with a listener.
struct Listening {
    world: World,
    key: u64,
}

impl Listening {
    fn new(topics: &[&str]) -> Self {
        let mut world = world();
        let key = session(&mut world, "admin");
        for path in topics {
            world.add(path, &TopicSpec::new(TopicType::Json), None).unwrap();
        }
        Self { world, key }
    }

    /// Events in words: a topic that is selected by its path, one that is below a selected path with `below`.
    fn told(&self) -> Vec<String> {
        let word = |message| {
            let Message::Request { service, payload, .. } = message else { panic!("{message:?}") };
            if service == NotificationEvent::ID {
                let event = decode::<notification_event::Request>(payload, VERSION).unwrap();
                assert_eq!((event.listener, event.spec.topic_type), (LISTENER, TopicType::Json));
                format!("{:?} {}", event.event, event.path)
            } else {
                assert_eq!(service, NotificationDescendant::ID);
                let event = decode::<notification_descendant::Request>(payload, VERSION).unwrap();
                format!("{:?} below {}", event.event, event.path)
            }
        };
        taken(&self.world, self.key).into_iter().map(word).collect()
    }

    fn request(selector: &str) -> notification_select::Request {
        notification_select::Request { listener: LISTENER, selector: selector.to_owned() }
    }

    fn select(&mut self, selector: &str) -> Vec<String> {
        answer::<NotificationSelect>(&mut self.world, self.key, &Self::request(selector)).unwrap();
        self.told()
    }

    fn deselect(&mut self, selector: &str) -> Vec<String> {
        answer::<NotificationDeselect>(&mut self.world, self.key, &Self::request(selector)).unwrap();
        self.told()
    }

    fn add(&mut self, path: &str) -> Vec<String> {
        self.world.add(path, &TopicSpec::new(TopicType::Json), None).unwrap();
        self.told()
    }

    fn remove(&mut self, path: &str) -> Vec<String> {
        assert!(self.world.remove(&crate::data::TopicPath::parse(path).unwrap()));
        self.told()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_deselect_counts_whichever_selector_selected_the_topic() {
    let mut at = Listening::new(&["a/b", "a/c", "a/d", "x"]);
    assert_eq!(at.select("?a/.*"), ["Selected a/b", "Selected a/c", "Selected a/d"]);
    assert_eq!(at.select(">a/b"), NOTHING, "it is selected already");
    assert_eq!(at.deselect(">x"), NOTHING, "it was never selected");
    assert_eq!(at.deselect("*a/[bc]"), ["Deselected a/b", "Deselected a/c"]);
    assert_eq!(at.deselect("*a/[bc]"), NOTHING);
    assert_eq!(at.remove("a/b"), NOTHING);
    assert_eq!(at.add("a/b"), NOTHING, "topics to come are deselected as well");
    assert_eq!(at.remove("a/d"), ["Removed a/d"]);
    assert_eq!(at.add("a/e"), ["Added a/e"]);
    assert_eq!(at.select(">a/b"), ["Selected a/b"], "the latest that matches decides");
    assert_eq!(at.remove("a/b"), ["Removed a/b"]);
    assert_eq!(at.deselect("?.*//"), ["Deselected a/e"]);
    assert_eq!(at.add("a/d"), NOTHING);
}

#[test]
fn a_deselected_branch_is_not_told_of_as_descendants_either() {
    let mut at = Listening::new(&["a", "a/b"]);
    assert_eq!(at.select(">a"), ["Selected a", "Selected below a/b"]);
    assert_eq!(at.deselect("?a/b//"), NOTHING, "it was not selected itself");
    assert_eq!(at.remove("a/b"), NOTHING);
    assert_eq!(at.add("a/c"), ["Added below a/c"]);
    assert_eq!(at.deselect(">a"), ["Deselected a"]);
    assert_eq!(at.remove("a/c"), NOTHING);
}

#[test]
fn an_unknown_listener_has_nothing_to_deselect() {
    let mut at = Listening::new(&["a"]);
    assert_eq!(at.deselect(">a"), NOTHING);
    assert_eq!(at.select(">a"), ["Selected a"]);
}
