//! Every kind of change by its samples: words, call, stored form; and which services are called as a change.

use super::*;
use crate::client::api::{CallError, CallId};
use crate::data::ErrorCode;
use crate::model::error_text;
use crate::wire::service::Effect;
use crate::wire::services;
use std::collections::BTreeSet;

#[test]
fn each_kind_is_worded_for_every_place_where_it_is_shown() {
    for (change, outcome) in Change::samples() {
        let target = change.target().text;
        let infinitive = change.infinitive();
        assert!(infinitive.starts_with(char::is_lowercase) && infinitive.contains(target), "{infinitive}");
        for text in [change.done_text(&outcome), change.title()] {
            assert!(text.starts_with(char::is_uppercase) && text.contains(target) && !text.ends_with('.'), "{text}");
        }
        for text in [change.verb(), change.button().as_str()] {
            assert!(text.starts_with(char::is_uppercase) && !text.ends_with('.'), "{text}");
        }
        let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: "no".into() };
        let text = error_text::change_refused(&change, &ChangeError::Call(denied));
        assert_eq!(text.summary, format!("Cannot {infinitive}: a permission is missing"));
        let needed = format!("It needs {} at “{target}”. ", change.permission());
        assert!(text.remedy.starts_with(&needed) && needed.contains('_'), "{text:?}");
        let row = change.outcome_json(&outcome);
        assert_eq!(row[change.target().sort], target);
        assert!(row["outcome"].as_str().is_some_and(|word| word.starts_with(char::is_lowercase)), "{row}");
    }
}

#[test]
fn each_kind_calls_the_services_that_it_names() {
    let mut called = BTreeSet::new();
    for (change, _) in Change::samples() {
        let (call, _) = change.prepared().under(CallId(7));
        assert_eq!(call.id, CallId(7));
        let entry = services::ALL.iter().find(|entry| entry.id == call.service).expect("known");
        assert_eq!(entry.effect, Effect::ChangesServer, "{}", entry.name);
        called.insert(call.service);
    }
    let named: BTreeSet<u32> = Change::SERVICES.iter().copied().flatten().copied().collect();
    assert_eq!(called, named, "the samples use each service that a kind names, and no other");
}

/// Services that change the server and that no part of this program calls yet.
const NOT_CALLED: [&str; 2] = ["topic-view-create", "topic-view-remove"];

#[test]
fn a_service_that_changes_the_server_is_a_change_or_has_a_reason() {
    for entry in services::ALL.iter().filter(|entry| entry.effect == Effect::ChangesServer) {
        let is_change = Change::SERVICES.iter().any(|ids| ids.contains(&entry.id));
        let is_outside = outside::ALL.iter().any(|(id, _)| *id == entry.id);
        let is_unused = NOT_CALLED.contains(&entry.name);
        assert!(is_change || is_outside || is_unused, "{}: nothing can call it", entry.name);
        assert!(!is_unused || !(is_change || is_outside), "{}: it is called now", entry.name);
    }
    for (id, reason) in outside::ALL {
        assert!(reason.len() > 20, "{id:#x}: {reason}");
    }
}

#[test]
fn an_undo_is_a_change_that_says_what_it_does() {
    let before = Snapshot {
        spec: Some(Arc::new(TopicSpec::new(crate::data::TopicType::Int64))),
        value: Some(Bytes::from_static(&[0])),
    };
    let undone: Vec<String> = Change::samples()
        .into_iter()
        .filter_map(|(change, outcome)| change.undo(&before, &outcome))
        .map(|undo| undo.undo_text())
        .collect();
    assert!(undone.len() >= 6, "{undone:?}");
    assert!(undone.iter().all(|text| text.starts_with(char::is_uppercase)), "{undone:?}");
}

#[test]
fn no_field_of_a_kind_hides_a_field_of_its_stored_entry() {
    let entry_fields = [
        "id",
        "at_micros",
        "server",
        "identity",
        "server_id",
        "summary",
        "principal",
        "before_spec",
        "before_value",
        "result",
        "micros",
        "undone_by",
        "undoes",
    ];
    for (change, _) in Change::samples() {
        let stored = serde_json::to_value(&change).expect("JSON");
        let fields = stored.as_object().expect("an object");
        assert!(fields.contains_key("act") && fields.contains_key("target"), "{stored}");
        assert!(!entry_fields.iter().any(|field| fields.contains_key(*field)), "{stored}");
    }
}

#[test]
fn what_a_guard_means_is_said_when_it_is_not_met() {
    let unmet = || {
        ChangeError::Call(CallError::Service { code: ErrorCode::UNSATISFIED_CONSTRAINT, description: String::new() })
    };
    let mut texts = BTreeSet::new();
    for (mut change, _) in Change::samples().into_iter().filter(|(change, _)| change.path().is_some()).take(1) {
        for guard in [Guard::StillValue(Bytes::from_static(&[1])), Guard::NoValue, Guard::NoTopic] {
            change.set_guard(guard.clone());
            assert_eq!(change.guard(), Some(&guard));
            texts.insert(error_text::change_refused(&change, &unmet()).summary);
        }
    }
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts.iter().all(|text| text.starts_with("Did not set “a/b”: ")), "{texts:?}");
}
