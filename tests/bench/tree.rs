//! What a million topics cost: memory, building, finding rows, stepping, opening and filtering.
//!
//! Two shapes: `deep` (regions, markets, instruments, fields: 1,000,000 topics in 111,110 branches) and `flat` (one
//! branch with 1,000,000 children). Bytes are printed before the times.

use brownian::data::{TopicSelector, TopicType};
use brownian::model::topics::filter::{FilterRun, filter};
use brownian::model::topics::{NodeId, Order, Query, Tree};
use divan::{Bencher, black_box};
use std::sync::LazyLock;

const TOPICS: usize = 1_000_000;
const SHAPES: [&str; 2] = ["deep", "flat"];

fn main() {
    for shape in SHAPES {
        let tree = tree(shape);
        let names = tree.name_bytes();
        let beyond = (tree.memory_bytes() - names) as f64 / tree.topics() as f64;
        println!(
            "{shape}: {} topics, {} nodes, {:.1} MB of which names {:.1} MB; {beyond:.0} bytes a topic beyond names",
            tree.topics(),
            tree.node_count(),
            tree.memory_bytes() as f64 / 1e6,
            names as f64 / 1e6,
        );
    }
    divan::main();
}

/// Paths in sorted order.
fn paths(shape: &str) -> Vec<String> {
    let path = |n: usize| match shape {
        "deep" => {
            let (region, market, instrument) = (n / 100_000, n / 1000 % 100, n / 10 % 100);
            format!("region-{region}/market-{market:02}/instrument-{instrument:02}/field-{}", n % 10)
        }
        _ => format!("sessions/{n:08}"),
    };
    (0..TOPICS).map(path).collect()
}

fn build(paths: &[String], order: Order) -> Tree {
    let mut tree = Tree::new(order);
    tree.bulk_insert(paths.iter().map(|path| (path, TopicType::Json)));
    tree
}

/// Everything open.
fn tree(shape: &str) -> &'static Tree {
    static DEEP: LazyLock<Tree> = LazyLock::new(|| opened("deep"));
    static FLAT: LazyLock<Tree> = LazyLock::new(|| opened("flat"));
    if shape == "deep" { &DEEP } else { &FLAT }
}

fn opened(shape: &str) -> Tree {
    let mut tree = build(&paths(shape), Order::Natural);
    tree.open_all_below(tree.root(), usize::MAX);
    tree
}

/// Rows spread over the tree, the last included.
fn some_rows(tree: &Tree) -> impl Iterator<Item = usize> + use<> {
    let rows = tree.rows();
    (1..=8).map(move |n| rows * n / 8 - 1).cycle()
}

#[divan::bench(args = SHAPES, sample_count = 5)]
fn build_sorted(bencher: Bencher, shape: &str) {
    let paths = paths(shape);
    bencher.bench_local(|| build(&paths, Order::Bytes));
}

#[divan::bench(args = SHAPES, sample_count = 3)]
fn build_one_by_one_unsorted(bencher: Bencher, shape: &str) {
    let paths = paths(shape);
    bencher.bench_local(|| {
        let mut tree = Tree::new(Order::Natural);
        for n in 0..TOPICS {
            // Prime to the count: each path comes once.
            tree.insert_topic(&paths[n * 700_001 % TOPICS], TopicType::Json);
        }
        tree
    });
}

#[divan::bench(args = SHAPES)]
fn first_row_in_view(bencher: Bencher, shape: &str) {
    let tree = tree(shape);
    let mut rows = some_rows(tree);
    bencher.bench_local(|| tree.node_at_row(rows.next().unwrap_or_default()));
}

#[divan::bench(args = SHAPES)]
fn row_of_node(bencher: Bencher, shape: &str) {
    let tree = tree(shape);
    let nodes: Vec<NodeId> = some_rows(tree).take(8).filter_map(|row| tree.node_at_row(row)).collect();
    let mut nodes = nodes.into_iter().cycle();
    bencher.bench_local(|| nodes.next().and_then(|node| tree.row_of(node)));
}

#[divan::bench(args = SHAPES)]
fn find_and_step_50_rows(bencher: Bencher, shape: &str) {
    let tree = tree(shape);
    let mut rows = some_rows(tree);
    bencher.bench_local(|| {
        let first = rows.next().unwrap_or_default().saturating_sub(50);
        tree.rows_from(first).take(50).map(|row| black_box(tree.name(row.node)).len()).sum::<usize>()
    });
}

#[divan::bench(args = SHAPES)]
fn find_a_path(bencher: Bencher, shape: &str) {
    let (tree, paths) = (tree(shape), paths(shape));
    let mut at = (0..TOPICS).map(|n| n * 700_001 % TOPICS).cycle();
    bencher.bench_local(|| tree.find(&paths[at.next().unwrap_or_default()]));
}

#[divan::bench(args = SHAPES)]
fn close_and_open_the_first_branch(bencher: Bencher, shape: &str) {
    let mut tree = tree(shape).clone();
    let first = tree.node_at_row(0).expect("there are rows");
    bencher.bench_local(|| {
        tree.set_open(first, false);
        tree.set_open(first, true);
    });
}

#[divan::bench(args = SHAPES, sample_count = 20)]
fn filter_few_matches(bencher: Bencher, shape: &str) {
    let text = if shape == "deep" { "instrument-77 field-7" } else { "77777" };
    bencher.bench_local(|| filter(tree(shape), Query::text(text), &|| false));
}

#[divan::bench(args = SHAPES, sample_count = 20)]
fn filter_all_match(bencher: Bencher, shape: &str) {
    let text = if shape == "deep" { "field" } else { "0" };
    bencher.bench_local(|| filter(tree(shape), Query::text(text), &|| false));
}

#[divan::bench(args = SHAPES, sample_count = 20)]
fn filter_slice_of_20_000_nodes(bencher: Bencher, shape: &str) {
    let text = if shape == "deep" { "field-7" } else { "77777" };
    bencher
        .with_inputs(|| FilterRun::new(tree(shape), Query::text(text)))
        .bench_local_values(|mut run| run.step(tree(shape), 20_000));
}

#[divan::bench(args = SHAPES, sample_count = 5)]
fn filter_by_selector(bencher: Bencher, shape: &str) {
    let text = if shape == "deep" { "?.*/.*7/.*/field-7" } else { "?sessions/.*77777" };
    let selector = TopicSelector::parse(text).expect("a selector");
    bencher.bench_local(|| filter(tree(shape), Query::selector(selector.clone()), &|| false));
}

#[divan::bench(args = SHAPES, sample_count = 3)]
fn sort_anew(bencher: Bencher, shape: &str) {
    bencher.with_inputs(|| tree(shape).clone()).bench_local_values(|mut tree| {
        tree.set_order(Order::Bytes);
        tree
    });
}
