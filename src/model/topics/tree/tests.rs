//! The tree against a sorted map of paths, and what its look-ups cost in nodes read.

use crate::data::{Timestamp, TopicType};
use crate::model::topics::children::{BLOCK, touched_by};
use crate::model::topics::sort_order::Order;
use crate::model::topics::tree::{Exploration, NodeId, Tree};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const JSON: TopicType = TopicType::Json;

fn path(tree: &Tree, id: NodeId) -> String {
    let mut out = String::new();
    tree.path_of(id, &mut out);
    out
}

/// Visible paths, by the tree itself.
fn shown(tree: &Tree) -> Vec<String> {
    tree.rows_from(0).map(|row| path(tree, row.node)).collect()
}

/// What the tree should be: topics by path, the open branches, and every path that has a node.
#[derive(Default, Debug)]
struct Naive {
    topics: BTreeMap<Vec<String>, TopicType>,
    nodes: BTreeSet<Vec<String>>,
    open: BTreeSet<Vec<String>>,
}

fn parts(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

impl Naive {
    fn insert(&mut self, path: &str) {
        let parts = parts(path);
        self.topics.insert(parts.clone(), JSON);
        for n in 1..=parts.len() {
            self.nodes.insert(parts[..n].to_vec());
        }
    }

    fn remove(&mut self, path: &str) {
        if self.topics.remove(&parts(path)).is_some() {
            self.prune();
        }
    }

    fn prune(&mut self) {
        let topics: BTreeSet<_> = self.topics.keys().flat_map(|t| (1..=t.len()).map(|n| t[..n].to_vec())).collect();
        self.nodes = topics;
        self.open.retain(|path| self.nodes.contains(path));
    }

    fn rows(&self, order: Order) -> Vec<String> {
        let mut rows: Vec<_> =
            self.nodes.iter().filter(|n| (1..n.len()).all(|d| self.open.contains(&n[..d]))).cloned().collect();
        rows.sort_by(|a, b| {
            let parts = a.iter().zip(b).map(|(x, y)| order.compare(x, y)).find(|o| o.is_ne());
            parts.unwrap_or_else(|| a.len().cmp(&b.len()))
        });
        rows.iter().map(|r| r.join("/")).collect()
    }
}

fn agree(tree: &Tree, naive: &Naive) {
    let rows = naive.rows(tree.order());
    assert_eq!(shown(tree), rows);
    assert_eq!(tree.rows(), rows.len());
    assert_eq!(tree.topics(), naive.topics.len());
    assert_eq!(tree.node_count(), naive.nodes.len());
    let mut stepped = tree.node_at_row(0);
    for (n, row) in rows.iter().enumerate() {
        let id = tree.node_at_row(n).unwrap();
        assert_eq!(&path(tree, id), row);
        assert_eq!(tree.row_of(id), Some(n));
        assert_eq!(stepped, Some(id));
        assert_eq!(tree.rows_from(n).next().unwrap().depth, tree.depth(id));
        stepped = tree.next_row(id);
    }
    assert_eq!((stepped, tree.node_at_row(rows.len())), (None, None));
    for node in &naive.nodes {
        let id = tree.find(&node.join("/")).unwrap();
        let below = naive.topics.keys().filter(|t| t.len() > node.len() && t.starts_with(node)).count();
        assert_eq!(tree.topics_below(id), below);
        assert_eq!(tree.depth(id), node.len() - 1);
        assert_eq!(tree.topic_type(id), naive.topics.get(node).copied());
        assert_eq!(tree.row_of(id).is_some(), rows.contains(&node.join("/")));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(String),
    Bulk(Vec<String>),
    Remove(String),
    RemoveBranch(String),
    Open(String, bool),
    CloseAll,
    OpenAll,
    Sort(bool),
}

fn a_path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[ab]|[0-9]|1[0-9]", 1..5).prop_map(|parts| parts.join("/"))
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => a_path().prop_map(Step::Insert),
        2 => proptest::collection::vec(a_path(), 0..30).prop_map(Step::Bulk),
        3 => a_path().prop_map(Step::Remove),
        1 => a_path().prop_map(Step::RemoveBranch),
        6 => (a_path(), any::<bool>()).prop_map(|(path, open)| Step::Open(path, open)),
        1 => Just(Step::CloseAll),
        1 => Just(Step::OpenAll),
        1 => any::<bool>().prop_map(Step::Sort),
    ]
}

fn apply(tree: &mut Tree, naive: &mut Naive, step: Step) {
    match step {
        Step::Insert(path) => {
            tree.insert_topic(&path, JSON);
            naive.insert(&path);
        }
        Step::Bulk(paths) => {
            let before = naive.topics.len();
            for path in &paths {
                naive.insert(path);
            }
            let added = tree.bulk_insert(paths.into_iter().map(|path| (path, JSON)));
            assert_eq!(added, naive.topics.len() - before);
        }
        Step::Remove(path) => {
            assert_eq!(tree.remove_topic(&path), naive.topics.contains_key(&parts(&path)));
            naive.remove(&path);
        }
        Step::RemoveBranch(path) => {
            tree.remove_branch(&path);
            naive.topics.retain(|topic, _| !topic.starts_with(&parts(&path)));
            naive.prune();
        }
        Step::Open(path, open) => {
            if let Some(id) = tree.find(&path) {
                tree.set_open(id, open);
                if open {
                    naive.open.insert(parts(&path))
                } else {
                    naive.open.remove(&parts(&path))
                };
            }
        }
        Step::CloseAll => {
            tree.close_all();
            naive.open.clear();
        }
        Step::OpenAll => {
            tree.open_all_below(tree.root(), usize::MAX);
            let branches =
                naive.nodes.iter().filter(|n| naive.nodes.iter().any(|m| m.len() > n.len() && m.starts_with(n)));
            naive.open.extend(branches.cloned());
        }
        Step::Sort(natural) => tree.set_order(if natural { Order::Natural } else { Order::Bytes }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_tree_is_a_sorted_map_of_paths(steps in proptest::collection::vec(a_step(), 1..60)) {
        let (mut tree, mut naive) = (Tree::default(), Naive::default());
        for step in steps {
            apply(&mut tree, &mut naive, step);
            agree(&tree, &naive);
        }
    }
}

/// `count` topics in one branch, inserted in an order that is not sorted, with every tenth opened on one topic below.
fn wide(count: usize) -> Tree {
    let mut tree = Tree::default();
    tree.insert_branch("wide");
    for n in 0..count {
        // 7919 is prime to the count, so each number comes once.
        let n = n * 7919 % count;
        tree.insert_topic(&format!("wide/{n:07}"), JSON);
        if n.is_multiple_of(10) {
            let branch = tree.insert_topic(&format!("wide/{n:07}/below"), JSON);
            let parent = tree.parent(branch).unwrap();
            tree.set_open(parent, true);
        }
    }
    tree.reveal("wide/0000000");
    tree
}

#[test]
fn rows_of_a_wide_branch_are_exact_after_splits_and_removals() {
    let mut tree = wide(20_000);
    assert_eq!(tree.rows(), 1 + 20_000 + 2_000);
    for n in (0..20_000).filter(|n| n % 3 != 0) {
        assert!(tree.remove_branch(&format!("wide/{n:07}")));
    }
    let rows: Vec<_> = tree.rows_from(0).collect();
    assert_eq!(rows.len(), tree.rows());
    for (n, row) in rows.iter().enumerate().step_by(7) {
        assert_eq!(tree.node_at_row(n), Some(row.node));
        assert_eq!(tree.row_of(row.node), Some(n));
    }
}

#[test]
fn a_look_up_in_a_wide_branch_reads_sums_and_one_block() {
    let count = 200_000;
    let mut tree = Tree::default();
    tree.bulk_insert((0..count).map(|n| (format!("wide/{n:07}"), JSON)));
    tree.reveal("wide/0000000");
    let (id, read) = touched_by(|| tree.node_at_row(count).unwrap());
    assert_eq!(tree.name(id), "0199999");
    assert!(read <= count / BLOCK + BLOCK + 3, "{read} entries read");
    let (row, read) = touched_by(|| tree.row_of(id));
    assert_eq!(row, Some(count));
    assert!(read <= BLOCK + 64, "{read} entries read");
    let (stepped, read) = touched_by(|| tree.rows_from(count / 2).take(50).count());
    assert_eq!(stepped, 50);
    assert!(read <= count / BLOCK + BLOCK + 3, "{read} entries read for 50 rows");
    let parent = tree.find("wide").unwrap();
    let (_, read) = touched_by(|| tree.set_open(parent, false));
    assert!(read <= 8, "closing reads {read} entries");
}

#[test]
fn an_id_of_a_removed_node_names_nothing() {
    let mut tree = Tree::default();
    let old = tree.insert_topic("a/b", JSON);
    assert!(tree.remove_topic("a/b"));
    let new = tree.insert_topic("c", JSON);
    assert_ne!(old, new);
    assert!(!tree.contains(old));
    assert_eq!((tree.name(old), tree.row_of(old), tree.topic_type(old)), ("", None, None));
    assert_eq!(tree.find("a"), None, "the empty branch went too");
}

#[test]
fn struck_topics_keep_their_row_for_a_while() {
    let mut tree = Tree::default();
    tree.bulk_insert(["a/b", "a/c"].map(|path| (path, JSON)));
    tree.reveal("a/b");
    let at = |n| Timestamp::from_millis(n);
    assert!(tree.strike_topic("a/b", at(1)));
    assert!(!tree.strike_topic("a/b", at(1)));
    assert!(tree.strike_topic("a/c", at(2)));
    assert_eq!((tree.rows(), tree.topics()), (3, 0));
    let revived = tree.insert_topic("a/c", TopicType::String);
    assert!(!tree.is_struck(revived));
    assert!(tree.strike_topic("a/c", at(9)));
    assert_eq!(tree.drop_removed(at(5)), 1, "only the one struck by then: the other was revived since");
    assert_eq!(shown(&tree), ["a", "a/c"]);
    assert_eq!(tree.drop_removed(at(9)), 1);
    assert_eq!((tree.rows(), tree.node_count()), (0, 0));
}

#[test]
fn a_branch_with_unfetched_descendants_stays_when_its_known_topics_go() {
    let mut tree = Tree::default();
    tree.insert_topic("a/b/c", JSON);
    let b = tree.find("a/b").unwrap();
    tree.set_exploration(b, Exploration::MoreAfter("a/b/c".into()));
    assert!(tree.remove_topic("a/b/c"));
    assert_eq!(tree.exploration(b), Exploration::MoreAfter("a/b/c".into()));
    assert!(tree.can_open(b));
    tree.set_exploration(b, Exploration::Complete);
    tree.insert_topic("a/b/c", JSON);
    assert!(tree.remove_topic("a/b/c"));
    assert!(!tree.contains(b));
}

#[test]
fn opening_all_stops_near_the_wanted_number_of_rows() {
    let mut tree = Tree::default();
    tree.bulk_insert((0..1000).map(|n| (format!("{}/{}/{}", n / 100, n / 10 % 10, n % 10), JSON)));
    assert_eq!(tree.rows(), 10);
    let opened = tree.open_all_below(tree.root(), 200);
    assert_eq!((opened, tree.rows()), (10 + 9, 10 + 100 + 90));
    tree.close_all();
    assert_eq!(tree.rows(), 10);
    tree.open_all_below(tree.find("3").unwrap(), usize::MAX);
    assert_eq!(tree.rows(), 10 + 10 + 100);
}

#[test]
fn odd_paths_do_no_harm() {
    let mut tree = Tree::default();
    assert_eq!(tree.insert_topic("", JSON), tree.root());
    assert_eq!(tree.topics(), 0);
    let id = tree.insert_topic("//a///b/", JSON);
    assert_eq!(path(&tree, id), "a/b");
    assert!(!tree.remove_topic("a/b/c"));
    let deep = vec!["x"; 50_000].join("/");
    let id = tree.insert_topic(&deep, JSON);
    assert_eq!(tree.depth(id), 49_999);
    assert!(tree.remove_topic(&deep));
    assert_eq!(tree.topics(), 1);
    assert!(tree.remove_branch(""));
    assert_eq!((tree.rows(), tree.topics(), tree.node_count()), (0, 0, 0));
}
