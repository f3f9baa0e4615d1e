//! Tests of the evaluation: the example of the protocol's description, its traces, and any store against a plain
//! reading of the rules.

use super::*;
use proptest::prelude::*;

type P = PathPermissions;

/// The example store of the protocol's description.
fn example() -> SecurityStore {
    let mut store = SecurityStore::default();
    let role = |default_path, includes: &[&str]| Role {
        default_path,
        includes: includes.iter().map(|&role| role.to_owned()).collect(),
        ..Role::default()
    };
    store.roles.insert("CLIENT".into(), role(P::READ_TOPIC.union(P::SELECT_TOPIC), &[]));
    store.roles.insert("BOSS".into(), role(P::MODIFY_TOPIC, &["CLIENT", "AUDIT"]));
    store.set_entry("a", "CLIENT", P::UPDATE_TOPIC);
    store.set_entry("/a/b/", "AUDIT", P::READ_TOPIC);
    store.set_entry("a/b/hidden", "CLIENT", P::NONE);
    store.set_entry("secret/log", "AUDIT", P::READ_TOPIC);
    store.isolated = ["secret".to_owned(), "a/iso".to_owned()].into();
    store
}

#[test]
fn the_nearest_level_with_an_entry_of_any_role_decides() {
    let store = example();
    let read_select = P::READ_TOPIC.union(P::SELECT_TOPIC);
    for (roles, path, permissions, rule) in [
        (&["CLIENT"][..], "x/y", read_select, Rule::Default),
        (&["CLIENT"], "a", P::UPDATE_TOPIC, Rule::Entries("a")),
        (&["CLIENT"], "a/c/d", P::UPDATE_TOPIC, Rule::Entries("a")),
        (&["CLIENT"], "a/b", P::UPDATE_TOPIC, Rule::Entries("a")),
        (&["AUDIT"], "a/b", P::READ_TOPIC, Rule::Entries("a/b")),
        (&["AUDIT"], "a/b/c", P::READ_TOPIC, Rule::Entries("a/b")),
        (&["AUDIT"], "a", P::NONE, Rule::Default),
        (&["CLIENT", "AUDIT"], "a/b", P::READ_TOPIC, Rule::Entries("a/b")),
        (&["BOSS"], "a/b", P::READ_TOPIC, Rule::Entries("a/b")),
        (&["BOSS"], "x", read_select.union(P::MODIFY_TOPIC), Rule::Default),
        (&["CLIENT"], "a/b/hidden/z", P::NONE, Rule::Entries("a/b/hidden")),
        (&["CLIENT"], "secret", P::NONE, Rule::Isolated("secret")),
        (&["CLIENT"], "secret/log", P::NONE, Rule::Isolated("secret")),
        (&["AUDIT"], "secret/log/1", P::READ_TOPIC, Rule::Entries("secret/log")),
        (&["CLIENT"], "a/iso/x", P::NONE, Rule::Isolated("a/iso")),
        (&["CLIENT"], "ab", read_select, Rule::Default),
        (&["CLIENT"], "/a/", P::UPDATE_TOPIC, Rule::Entries("a")),
        (&["CLIENT"], "", read_select, Rule::Default),
        (&["NOSUCH"], "a", P::NONE, Rule::Default),
        (&[], "x", P::NONE, Rule::Default),
    ] {
        let roles = store.effective_roles(roles.iter().copied());
        assert_eq!(store.at_path(&roles, path), Decision { permissions, rule }, "{roles:?} at {path}");
    }
}

#[test]
fn a_trace_says_what_decides_and_what_is_passed_over() {
    let store = example();
    let dora = store.effective_roles(["BOSS"]);
    let trace = store.trace(&dora, "a/b/c");
    let levels: Vec<(&str, Vec<&str>, bool)> = trace
        .levels
        .iter()
        .map(|level| (level.path, level.entries.iter().map(Grant::role).collect(), level.reached))
        .collect();
    assert_eq!(levels, [("a/b/c", vec![], true), ("a/b", vec!["AUDIT"], true), ("a", vec!["CLIENT"], false)]);
    assert!(matches!(trace.deciding(), [audit] if audit.way == ["BOSS", "AUDIT"] && audit.is_included()));
    let defaults: Vec<(&str, bool)> =
        trace.defaults.iter().map(|grant| (grant.role(), grant.permissions.contains(P::MODIFY_TOPIC))).collect();
    assert_eq!(defaults, [("BOSS", true), ("CLIENT", false)]);

    let alice = store.effective_roles(["CLIENT"]);
    let hidden = store.trace(&alice, "a/b/hidden/z");
    assert!(matches!(hidden.deciding(), [client] if client.permissions.is_empty() && !client.is_included()));
    let cut = store.trace(&alice, "secret/log");
    assert_eq!((cut.decision.rule, cut.deciding()), (Rule::Isolated("secret"), &[][..]));
    assert!(cut.levels[1].isolated && cut.levels[1].reached);
    assert_eq!(store.trace(&alice, "x").deciding().len(), 1);
    assert!(store.trace(&alice, "").levels.is_empty());
}

#[test]
fn global_permissions_are_those_of_every_role() {
    let mut store = example();
    let role = |global| Role { global, ..Role::default() };
    store.roles.insert("AUDIT".into(), role(GlobalPermissions::VIEW_SERVER));
    store.roles.insert("OTHER".into(), role(GlobalPermissions::CONTROL_SERVER));
    let boss = store.effective_roles(["BOSS"]);
    assert_eq!(store.global(&boss), GlobalPermissions::VIEW_SERVER);
    let grants = store.global_grants(&boss);
    assert!(matches!(&grants[..], [audit] if audit.way == ["BOSS", "AUDIT"]));
}

#[test]
fn the_way_to_a_role_is_the_shortest_and_circles_end() {
    let mut store = SecurityStore::default();
    for (name, includes) in [("A", &["B", "C"][..]), ("B", &["D"]), ("C", &["E"]), ("D", &["E"]), ("E", &["A"])] {
        let includes = includes.iter().map(|&role| role.to_owned()).collect();
        store.roles.insert(name.to_owned(), Role { includes, ..Role::default() });
    }
    let roles = store.effective_roles(["A"]);
    assert_eq!(roles.way_to("E"), ["A", "C", "E"]);
    assert_eq!(roles.way_to("A"), ["A"]);
    assert!(roles.way_to("X").is_empty() && roles.contains("D") && !roles.contains("X"));
}

#[test]
fn permissions_have_the_numbers_and_names_of_the_protocol() {
    let path: Vec<(u8, &str)> = PathPermission::ALL.iter().map(|one| (one.number(), one.name())).collect();
    assert_eq!((path[0], path[5], path[9]), ((0, "READ_TOPIC"), (5, "SELECT_TOPIC"), (9, "ACQUIRE_LOCK")));
    assert_eq!(path[10], (11, "EXPOSE_BRANCH"));
    let global: Vec<(u8, &str)> = GlobalPermission::ALL.iter().map(|one| (one.number(), one.name())).collect();
    assert_eq!((global[0], global[7]), ((0, "AUTHENTICATE"), (7, "MODIFY_SECURITY")));
    assert_eq!(global[9], (10, "MODIFY_TOPIC_VIEWS"));
    assert_eq!(P::OF_OWNER.to_string(), "READ_TOPIC UPDATE_TOPIC MODIFY_TOPIC");
    assert_eq!(format!("{:?}", P::NONE), "[]");
}

const ROLES: [&str; 4] = ["A", "B", "C", "D"];

fn store() -> impl Strategy<Value = SecurityStore> {
    let role = proptest::sample::select(&ROLES[..]);
    let permissions = (0u8..4).prop_map(|bits| {
        let read = if bits & 1 == 0 { P::NONE } else { P::READ_TOPIC };
        read.union(if bits & 2 == 0 { P::NONE } else { P::UPDATE_TOPIC })
    });
    let roles =
        proptest::collection::vec((role.clone(), permissions.clone(), proptest::option::of(role.clone())), 0..5);
    let entries = proptest::collection::vec(("[ab](/[ab]){0,2}", role, permissions), 0..6);
    (roles, entries, proptest::collection::btree_set("[ab](/[ab]){0,2}", 0..3)).prop_map(
        |(roles, entries, isolated)| {
            let mut store = SecurityStore { isolated, ..SecurityStore::default() };
            for (name, default_path, include) in roles {
                let includes = include.into_iter().map(str::to_owned).collect();
                store.roles.insert(name.to_owned(), Role { default_path, includes, ..Role::default() });
            }
            for (path, role, permissions) in entries {
                store.set_entry(&path, role, permissions);
            }
            store
        },
    )
}

/// The rules as they are written, one role and one level at a time.
fn plainly(store: &SecurityStore, roles: &[&str], path: &str) -> PathPermissions {
    let mut all: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
    while let Some(more) = all
        .iter()
        .filter_map(|role| store.roles.get(role))
        .flat_map(|role| &role.includes)
        .find(|inner| !all.contains(inner))
        .cloned()
    {
        all.push(more);
    }
    let parts: Vec<&str> = path.split('/').collect();
    for length in (1..=parts.len()).rev() {
        let level = parts[..length].join("/");
        let here: Vec<P> = all.iter().filter_map(|role| store.entries.get(&level)?.get(role)).copied().collect();
        if !here.is_empty() {
            return here.into_iter().collect();
        }
        if store.isolated.contains(&level) {
            return P::NONE;
        }
    }
    all.iter().filter_map(|role| store.roles.get(role)).map(|role| role.default_path).collect()
}

proptest! {
    #[test]
    fn the_evaluation_is_a_plain_reading_of_the_rules(
        store in store(),
        roles in proptest::collection::vec(proptest::sample::select(&ROLES[..]), 0..3),
        path in "[ab](/[ab]){0,3}",
    ) {
        let effective = store.effective_roles(roles.iter().copied());
        let trace = store.trace(&effective, &path);
        prop_assert_eq!(trace.decision.permissions, plainly(&store, &roles, &path));
        let sum: P = trace.deciding().iter().map(|grant| grant.permissions).collect();
        prop_assert_eq!(sum, trace.decision.permissions);
        let last = trace.levels.iter().rfind(|level| level.reached);
        let ends_there = last.is_some_and(|level| !level.entries.is_empty() || level.isolated);
        prop_assert_eq!(ends_there, trace.decision.rule != Rule::Default);
    }
}
