//! The filter against a naive one over all paths, in one go and in slices between changes of the tree.

use crate::data::{TopicSelector, TopicType};
use crate::model::topics::filter::{FilterRun, FilterView, Filtered, filter};
use crate::model::topics::query::Query;
use crate::model::topics::tree::{NodeId, Tree};
use proptest::prelude::*;
use std::collections::BTreeSet;

const JSON: TopicType = TopicType::Json;

fn tree_of(paths: &[&str]) -> Tree {
    let mut tree = Tree::default();
    tree.bulk_insert(paths.iter().map(|path| (path, JSON)));
    tree
}

fn path(tree: &Tree, id: NodeId) -> String {
    let mut out = String::new();
    tree.path_of(id, &mut out);
    out
}

/// Rows as paths, matches marked.
fn shown(tree: &Tree, out: &Filtered) -> Vec<String> {
    let rows: Vec<_> = out.rows_from(0).collect();
    assert_eq!(rows.len(), out.rows());
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(out.node_at_row(n), Some(row.node));
        assert_eq!(out.row_of(row.node), Some(n));
        assert_eq!(row.depth, tree.depth(row.node));
    }
    rows.iter()
        .map(|row| format!("{}{}", path(tree, row.node), if out.is_match(row.node) { "*" } else { "" }))
        .collect()
}

fn check(paths: &[&str], query: Query, expected: &[&str]) {
    let tree = tree_of(paths);
    let out = filter(&tree, query, &|| false).unwrap();
    assert_eq!(shown(&tree, &out), expected);
    assert_eq!(out.matches(), expected.iter().filter(|row| row.ends_with('*')).count());
}

const PATHS: [&str; 6] = ["fx/spot/EURUSD", "fx/spot/GBPUSD", "fx/swap/EURUSD", "fxfee", "Größe/Öl", "metals/spot"];

#[test]
fn a_word_is_found_in_any_part_and_keeps_the_branches_above() {
    check(&PATHS, Query::text("eur"), &["fx", "fx/spot", "fx/spot/EURUSD*", "fx/swap", "fx/swap/EURUSD*"]);
    check(&PATHS, Query::text("SPOT"), &["fx", "fx/spot*", "metals", "metals/spot*"]);
    check(&PATHS, Query::text("ÖL"), &["Größe", "Größe/Öl*"]);
    check(&PATHS, Query::text("nothing"), &[]);
}

#[test]
fn all_words_have_to_be_on_the_path() {
    check(&PATHS, Query::text("spot eur"), &["fx", "fx/spot", "fx/spot/EURUSD*"]);
    check(&PATHS, Query::text("eur spot"), &["fx", "fx/spot", "fx/spot/EURUSD*"]);
    check(&PATHS, Query::text("fx"), &["fx*", "fxfee*"]);
    let topics = ["fx", "fx/spot", "fx/spot/EURUSD*", "fx/spot/GBPUSD*", "fx/swap", "fx/swap/EURUSD*", "fxfee*"];
    check(&PATHS, Query::text("fx").topics_only(), &topics);
}

#[test]
fn a_word_with_slashes_looks_across_parts() {
    check(&PATHS, Query::text("pot/EU"), &["fx", "fx/spot", "fx/spot/EURUSD*"]);
    check(&PATHS, Query::text("x/spot/g"), &["fx", "fx/spot", "fx/spot/GBPUSD*"]);
    check(&PATHS, Query::text("x/spo/g"), &[]);
    check(&PATHS, Query::text("/fx"), &["fx*", "fxfee*"]);
    check(&PATHS, Query::text("swap/"), &["fx", "fx/swap", "fx/swap/EURUSD*"]);
}

#[test]
fn a_selector_selects_topics_not_branches() {
    let selector = |text| Query::selector(TopicSelector::parse(text).unwrap());
    check(&PATHS, selector("?fx/s.*/EUR.*"), &["fx", "fx/spot", "fx/spot/EURUSD*", "fx/swap", "fx/swap/EURUSD*"]);
    check(&PATHS, selector(">fxfee"), &["fxfee*"]);
    check(&PATHS, selector(">fx/spot"), &[]);
}

#[test]
fn a_selector_does_not_visit_branches_outside_its_prefix() {
    let tree = tree_of(&PATHS);
    let query = Query::selector(TopicSelector::parse(">metals/spot").unwrap());
    let mut run = FilterRun::new(&tree, query);
    assert!(run.step(&tree, usize::MAX));
    assert_eq!(run.visited(), 4 + 1, "the four at the top and the one topic");
}

#[test]
fn a_selector_that_takes_too_much_ends_the_run() {
    let paths: Vec<String> = (0..1000).map(|n| format!("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/{n}")).collect();
    let tree = tree_of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let run = |text: &str| {
        let mut run = FilterRun::new(&tree, Query::selector(TopicSelector::parse(text).unwrap()));
        let mut steps = 1;
        while !run.step(&tree, 4096) {
            steps += 1;
        }
        (run.is_exhausted(), steps)
    };
    assert_eq!(run(r"*(?!x)(((a|\d|/)*)*)*c"), (true, 1));
    assert!(!run("*.*7").0);
    let (exhausted, steps) = run("*(?!x).*7");
    assert!(!exhausted && steps > 1, "costly, so a frame does less of it: {steps}");
}

#[test]
fn types_narrow_the_answer() {
    let mut tree = tree_of(&PATHS);
    tree.insert_topic("fx/spot/series", TopicType::TimeSeries);
    let out = filter(&tree, Query::default().of_types([TopicType::TimeSeries]), &|| false).unwrap();
    assert_eq!(shown(&tree, &out), ["fx", "fx/spot", "fx/spot/series*"]);
}

#[test]
fn matches_are_counted_by_branch_and_branches_can_be_collapsed() {
    let tree = tree_of(&PATHS);
    let mut out = filter(&tree, Query::text("usd"), &|| false).unwrap();
    let id = |path| tree.find(path).unwrap();
    assert_eq!((out.matches_in(id("fx")), out.matches_in(id("fx/spot")), out.matches_in(id("fxfee"))), (3, 2, 0));
    out.set_open(id("fx/spot"), false);
    assert_eq!(shown(&tree, &out), ["fx", "fx/spot", "fx/swap", "fx/swap/EURUSD*"]);
    assert_eq!(out.row_of(id("fx/spot/EURUSD")), None);
    out.set_open(id("fx/spot"), true);
    assert_eq!(out.rows(), 6);
}

#[test]
fn what_is_collapsed_stays_so_while_rows_arrive() {
    let tree = tree_of(&PATHS);
    let mut run = FilterView::new(&tree, Query::text("usd"));
    run.step(&tree, 4);
    let spot = tree.find("fx/spot").unwrap();
    run.view_mut().unwrap().set_open(spot, false);
    while run.step(&tree, 1) {}
    assert_eq!(shown(&tree, run.view().unwrap()), ["fx", "fx/spot", "fx/swap", "fx/swap/EURUSD*"]);
}

#[test]
fn a_cancelled_filter_gives_nothing() {
    let mut tree = Tree::default();
    tree.bulk_insert((0..5000).map(|n| (format!("{n:04}"), JSON)));
    assert!(filter(&tree, Query::text("1"), &|| true).is_none());
}

#[test]
fn the_shown_answer_stays_until_the_next_is_complete() {
    let mut tree = tree_of(&PATHS);
    let mut run = FilterView::new(&tree, Query::text("usd"));
    while run.step(&tree, 2) {}
    assert!(!run.refresh(&tree), "nothing changed");
    tree.insert_topic("a/USD", JSON);
    assert!(run.refresh(&tree));
    assert!(run.step(&tree, 1));
    assert_eq!(run.view().unwrap().matches(), 3);
    while run.step(&tree, 1) {}
    assert_eq!(run.view().unwrap().matches(), 4);
}

#[test]
fn a_row_is_found_by_its_node_though_another_has_taken_the_slot() {
    let mut tree = tree_of(&["AA", "AB", "BA"]);
    let mut run = FilterView::new(&tree, Query::text("a"));
    run.step(&tree, 2);
    let gone = tree.find("AA").unwrap();
    tree.remove_topic("AA");
    tree.insert_topic("Ca", JSON);
    let new = tree.find("Ca").unwrap();
    assert_eq!(new.slot(), gone.slot(), "the case needs a slot used again");
    while run.step(&tree, 1) {}
    let seen = run.view().unwrap();
    assert_eq!((seen.row_of(gone), seen.row_of(new)), (Some(0), Some(3)));
    assert!(seen.is_match(gone) && seen.node_at_row(0) == Some(gone));
    run.refresh(&tree);
    while run.step(&tree, 1) {}
    assert_eq!(run.view().unwrap().row_of(gone), None);
    assert_eq!(shown(&tree, run.view().unwrap()), ["AB*", "BA*", "Ca*"]);
}

fn a_path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[abAB]{1,2}", 1..4).prop_map(|parts| parts.join("/"))
}

/// Nodes kept for words: by the paths alone.
fn naive(paths: &BTreeSet<String>, words: &[String]) -> Vec<String> {
    let mut nodes = BTreeSet::new();
    for path in paths {
        let parts: Vec<_> = path.split('/').map(str::to_owned).collect();
        nodes.extend((1..=parts.len()).map(|n| parts[..n].to_vec()));
    }
    let has = |part: &String, word: &String| part.to_lowercase().contains(&word.to_lowercase());
    let matches = |node: &Vec<String>| {
        words.iter().all(|word| node.iter().any(|part| has(part, word)))
            && words.iter().any(|word| node.last().is_some_and(|part| has(part, word)))
    };
    let matched: Vec<_> = nodes.iter().filter(|node| matches(node)).cloned().collect();
    nodes
        .iter()
        .filter(|node| matched.iter().any(|m| m.starts_with(node)))
        .map(|node| format!("{}{}", node.join("/"), if matched.contains(node) { "*" } else { "" }))
        .collect()
}

proptest! {
    #[test]
    fn slices_between_changes_end_in_the_whole_answer(
        paths in proptest::collection::btree_set(a_path(), 0..40),
        words in proptest::collection::vec("[abAB]{1,2}", 1..3),
        changes in proptest::collection::vec((a_path(), any::<bool>()), 0..20),
        budget in 1..7_usize,
    ) {
        let mut tree = Tree::default();
        tree.bulk_insert(paths.iter().map(|path| (path, JSON)));
        let query = Query::text(&words.join(" "));
        let out = filter(&tree, query.clone(), &|| false).unwrap();
        prop_assert_eq!(shown(&tree, &out), naive(&paths, &words));

        let mut run = FilterView::new(&tree, query);
        let mut now = paths;
        for (path, insert) in changes {
            run.step(&tree, budget);
            if insert { tree.insert_topic(&path, JSON); now.insert(path); } else { tree.remove_topic(&path); now.remove(&path); }
            let seen = run.view().unwrap();
            for row in seen.rows_from(0) {
                prop_assert_eq!(seen.row_of(row.node).and_then(|n| seen.node_at_row(n)), Some(row.node));
            }
        }
        while run.step(&tree, budget) {}
        run.refresh(&tree);
        while run.step(&tree, budget) {}
        prop_assert_eq!(shown(&tree, run.view().unwrap()), naive(&now, &words));
    }
}
