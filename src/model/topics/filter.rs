//! The rows of the tree that a query leaves: matches with the branches above them, in display order.
//!
//! A run goes through the tree in display order, a bounded number of nodes at a time, so it can stand between two
//! frames on the thread that owns the tree: nothing is copied, nothing locked. Rows are only ever added at the end,
//! so what is on screen stays where it is while the run goes on. If the tree changes meanwhile, the run goes on from
//! the same node; its answer then tells an older version and [`FilterView::refresh`] starts another run behind it.

use super::children::Place;
use super::query::Query;
use super::rows::Row;
use super::tree::{NONE, NodeId, ROOT, Tree};
use crate::data::{Account, Exhausted};
use hashbrown::{HashMap, HashSet};

/// A row of the answer, collapsed away or not.
#[derive(Clone, Copy, Debug)]
struct Entry {
    node: NodeId,
    /// The entry of the branch above.
    parent: u32,
    /// The first entry that is not below; unknown while the run is below.
    end: u32,
    matches: u32,
    depth: u32,
    matched: bool,
}

/// What a query leaves of the tree, so far.
#[derive(Clone, Debug, Default)]
pub struct Filtered {
    entries: Vec<Entry>,
    /// By slot of the tree: the entry of the node.
    by_slot: Vec<u32>,
    /// Entries of nodes that went away during the run and whose slot another node of the answer has taken since.
    displaced: HashMap<NodeId, u32>,
    collapsed: HashSet<NodeId>,
    /// The entries with rows; none while nothing is collapsed.
    visible: Option<Vec<u32>>,
    matches: usize,
    version: u64,
    complete: bool,
}

impl Filtered {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.visible.as_ref().map_or(self.entries.len(), Vec::len)
    }

    /// The node in a row. It may be gone from the tree since.
    #[must_use]
    pub fn node_at_row(&self, row: usize) -> Option<NodeId> {
        self.entry_at(row).map(|entry| self.entries[entry].node)
    }

    /// The row of a node; none if it is filtered away or collapsed.
    #[must_use]
    pub fn row_of(&self, id: NodeId) -> Option<usize> {
        let entry = self.entry(id)?;
        match &self.visible {
            None => Some(entry),
            Some(visible) => visible.binary_search(&u32::try_from(entry).ok()?).ok(),
        }
    }

    /// The rows from one on.
    pub fn rows_from(&self, row: usize) -> impl Iterator<Item = Row> + '_ {
        (row..self.rows()).filter_map(|row| self.entry_at(row)).map(|at| {
            let entry = &self.entries[at];
            Row { node: entry.node, depth: entry.depth as usize }
        })
    }

    /// The visible node after this one.
    #[must_use]
    pub fn next_row(&self, id: NodeId) -> Option<NodeId> {
        self.row_of(id).and_then(|row| self.node_at_row(row + 1))
    }

    /// Whether the node matches, rather than being there for what is below it.
    #[must_use]
    pub fn is_match(&self, id: NodeId) -> bool {
        self.entry(id).is_some_and(|entry| self.entries[entry].matched)
    }

    /// Matches at and below a node. While the run is below the node, those of finished branches.
    #[must_use]
    pub fn matches_in(&self, id: NodeId) -> usize {
        self.entry(id).map_or(0, |entry| self.entries[entry].matches as usize)
    }

    /// All matches.
    #[must_use]
    pub fn matches(&self) -> usize {
        self.matches
    }

    /// Whether the whole tree was seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The version of the tree when the run began.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether a branch shows what is below it; all do at first.
    #[must_use]
    pub fn is_open(&self, id: NodeId) -> bool {
        !self.collapsed.contains(&id)
    }

    /// Collapses a branch of the answer or shows it again; the tree itself keeps its state.
    pub fn set_open(&mut self, id: NodeId, open: bool) {
        let changed = if open { self.collapsed.remove(&id) } else { self.collapsed.insert(id) };
        if changed {
            self.lay_out();
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + (self.by_slot.capacity() + self.visible.as_ref().map_or(0, Vec::capacity)) * size_of::<u32>()
            + self.displaced.capacity() * size_of::<(NodeId, u32)>()
            + self.collapsed.capacity() * size_of::<NodeId>()
    }

    fn entry_at(&self, row: usize) -> Option<usize> {
        match &self.visible {
            None => (row < self.entries.len()).then_some(row),
            Some(visible) => visible.get(row).map(|&entry| entry as usize),
        }
    }

    fn entry(&self, id: NodeId) -> Option<usize> {
        let entry = *self.by_slot.get(id.slot())? as usize;
        match self.entries.get(entry) {
            Some(e) if e.node == id => Some(entry),
            _ => self.displaced.get(&id).map(|&entry| entry as usize),
        }
    }

    fn lay_out(&mut self) {
        if self.collapsed.is_empty() {
            self.visible = None;
            return;
        }
        let mut visible = Vec::new();
        let mut at = 0;
        while let Some(entry) = self.entries.get(at) {
            visible.push(u32::try_from(at).expect("as many entries as nodes"));
            at = if self.collapsed.contains(&entry.node) {
                (entry.end as usize).min(self.entries.len())
            } else {
                at + 1
            };
        }
        self.visible = Some(visible);
    }

    fn push(&mut self, node: NodeId, parent: u32, depth: usize, matched: bool) -> u32 {
        let at = u32::try_from(self.entries.len()).expect("as many entries as nodes");
        let depth = u32::try_from(depth).expect("no deeper than there are nodes");
        self.entries.push(Entry { node, parent, end: NONE, matches: u32::from(matched), depth, matched });
        if self.by_slot.len() <= node.slot() {
            // In steps, since the slots of a run come in no order but mostly upwards.
            self.by_slot.resize((node.slot() + 1).max(self.by_slot.len() * 2), NONE);
        }
        let before = std::mem::replace(&mut self.by_slot[node.slot()], at);
        if let Some(gone) = self.entries.get(before as usize) {
            self.displaced.insert(gone.node, before);
        }
        self.matches += usize::from(matched);
        if let Some(visible) = &mut self.visible {
            let shown = self
                .entries
                .get(parent as usize)
                .is_none_or(|above| !self.collapsed.contains(&above.node) && visible.binary_search(&parent).is_ok());
            if shown {
                visible.push(at);
            }
        }
        at
    }

    /// Nothing comes below this entry any more.
    fn close(&mut self, at: u32) {
        let end = u32::try_from(self.entries.len()).expect("as many entries as nodes");
        let Entry { parent, matches, .. } = self.entries[at as usize];
        self.entries[at as usize].end = end;
        if let Some(above) = self.entries.get_mut(parent as usize) {
            above.matches += matches;
        }
    }
}

/// A branch that the run is in.
#[derive(Clone, Copy, Debug)]
struct Level {
    branch: NodeId,
    list: u32,
    /// The child to look at next.
    next: Option<Place>,
    /// Its id, so that it is found again if the tree has changed.
    next_id: Option<NodeId>,
    words: u32,
    /// Its entry, if it has one yet.
    entry: u32,
    path_len: usize,
}

/// Units of matching after which a run makes room for a frame; about 2 ms.
const STEP_UNITS: u64 = 200_000;

/// A filtering of the tree that is going on.
#[derive(Clone, Debug)]
pub struct FilterRun {
    query: Query,
    levels: Vec<Level>,
    /// How many of the levels have an entry; the root, which needs none, counts.
    entered: usize,
    path: String,
    known_names: Vec<u32>,
    seen_version: u64,
    order: super::Order,
    visited: usize,
    /// What matching may cost in the whole run.
    account: Account,
    exhausted: bool,
    out: Filtered,
}

impl FilterRun {
    /// Starts at the top of the tree.
    #[must_use]
    pub fn new(tree: &Tree, query: Query) -> Self {
        let mut run = Self {
            query,
            levels: Vec::new(),
            entered: 0,
            path: String::new(),
            known_names: Vec::new(),
            seen_version: tree.version(),
            order: tree.order(),
            visited: 0,
            account: Account::request(),
            exhausted: false,
            out: Filtered::default(),
        };
        run.restart(tree);
        run
    }

    fn restart(&mut self, tree: &Tree) {
        let collapsed = std::mem::take(&mut self.out.collapsed);
        self.out = Filtered { collapsed, version: tree.version(), ..Filtered::default() };
        self.out.lay_out();
        self.known_names.clear();
        self.account = Account::request();
        (self.seen_version, self.order, self.visited, self.entered) = (tree.version(), tree.order(), 0, 1);
        self.levels.clear();
        self.enter(tree, ROOT, 0, NONE, 0);
    }

    fn enter(&mut self, tree: &Tree, index: u32, words: u32, entry: u32, path_len: usize) {
        let list = tree.nodes[index as usize].list;
        let next = (list != NONE).then_some(Place { block: 0, at: 0 });
        self.levels.push(Level { branch: tree.id(index), list, next, next_id: None, words, entry, path_len });
    }

    /// What was found so far.
    #[must_use]
    pub fn filtered(&self) -> &Filtered {
        &self.out
    }

    /// Nodes looked at so far.
    #[must_use]
    pub fn visited(&self) -> usize {
        self.visited
    }

    /// Whether it ended because the selector takes too much.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Looks at no more than `budget` nodes, and at fewer where the selector is costly; true once the whole tree was
    /// seen, or if the selector takes too much.
    pub fn step(&mut self, tree: &Tree, budget: usize) -> bool {
        if self.out.complete {
            return true;
        }
        if self.seen_version != tree.version() && !self.find_back(tree) {
            self.restart(tree);
        }
        let mut left = budget;
        let until = self.account.spent() + STEP_UNITS;
        while let Some(level) = self.levels.last_mut() {
            let Some(place) = level.next else {
                self.leave();
                continue;
            };
            if left == 0 || self.account.spent() >= until {
                break;
            }
            left -= 1;
            let children = &tree.lists[level.list as usize];
            level.next = children.after(place);
            if let Some(index) = children.id(place) {
                self.exhausted = self.visit(tree, index).is_err();
                if self.exhausted {
                    self.levels.clear();
                }
            }
        }
        self.visited += budget - left;
        self.out.complete = self.levels.is_empty();
        for level in &mut self.levels {
            let next = level.next.and_then(|place| tree.lists[level.list as usize].id(place));
            level.next_id = next.map(|index| tree.id(index));
        }
        self.out.complete
    }

    fn visit(&mut self, tree: &Tree, index: u32) -> Result<(), Exhausted> {
        let Some(&level) = self.levels.last() else { return Ok(()) };
        let node = &tree.nodes[index as usize];
        let mut path_len = 0;
        if self.query.needs_path() {
            self.path.truncate(level.path_len);
            if !self.path.is_empty() {
                self.path.push('/');
            }
            self.path.push_str(tree.names.text(node.name));
            path_len = self.path.len();
            if !self.query.may_select_below(&self.path) {
                return Ok(());
            }
        }
        let at = self.query.words_at(tree, node, &mut self.known_names);
        let words = level.words | at;
        let mut entry = NONE;
        if self.query.matches(node, at, words, &self.path, &mut self.account)? {
            self.enter_branches();
            let parent = self.levels[self.levels.len() - 1].entry;
            entry = self.out.push(tree.id(index), parent, self.levels.len() - 1, true);
        }
        if node.list != NONE {
            self.entered += usize::from(entry != NONE);
            self.enter(tree, index, words, entry, path_len);
        } else if entry != NONE {
            self.out.close(entry);
        }
        Ok(())
    }

    /// Gives the branches above a match their rows.
    fn enter_branches(&mut self) {
        for at in self.entered..self.levels.len() {
            let parent = self.levels[at - 1].entry;
            self.levels[at].entry = self.out.push(self.levels[at].branch, parent, at - 1, false);
        }
        self.entered = self.levels.len();
    }

    fn leave(&mut self) {
        if let Some(level) = self.levels.pop()
            && level.entry != NONE
        {
            self.out.close(level.entry);
        }
        self.entered = self.entered.min(self.levels.len());
    }

    /// Finds the places again after a change of the tree; false if the way back is gone.
    fn find_back(&mut self, tree: &Tree) -> bool {
        // Names may have been given back and taken by others.
        self.known_names.clear();
        self.seen_version = tree.version();
        if tree.order() != self.order {
            return false;
        }
        for level in &mut self.levels {
            let Some(branch) = tree.index(level.branch) else { return false };
            level.list = tree.nodes[branch as usize].list;
            level.next = match level.next_id {
                None => None,
                Some(next) => match tree.index(next).and_then(|next| tree.place(next)) {
                    Some((_, place)) => Some(place),
                    None => return false,
                },
            };
        }
        true
    }
}

/// A query kept up to date over a tree that changes.
#[derive(Clone, Debug)]
pub struct FilterView {
    query: Query,
    run: Option<FilterRun>,
    shown: Option<Filtered>,
    exhausted: bool,
}

impl FilterView {
    /// Starts the first run.
    #[must_use]
    pub fn new(tree: &Tree, query: Query) -> Self {
        Self { run: Some(FilterRun::new(tree, query.clone())), query, shown: None, exhausted: false }
    }

    /// Goes on, looking at no more than `budget` nodes; true while there is more to do, so another frame is wanted.
    pub fn step(&mut self, tree: &Tree, budget: usize) -> bool {
        let Some(run) = &mut self.run else { return false };
        if !run.step(tree, budget) {
            return true;
        }
        self.exhausted = run.is_exhausted();
        if let Some(FilterRun { mut out, .. }) = self.run.take() {
            if let Some(before) = self.shown.take() {
                out.collapsed = before.collapsed;
                out.lay_out();
            }
            self.shown = Some(out);
        }
        false
    }

    /// Whether the selector takes too much for this tree.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Starts another run if the tree has changed since the last began; true if one is going on. Runs over a large
    /// tree are not free, so this is for a timer, not for each frame.
    pub fn refresh(&mut self, tree: &Tree) -> bool {
        let current = self.shown.as_ref().is_some_and(|shown| shown.version == tree.version());
        if self.run.is_none() && !current {
            self.run = Some(FilterRun::new(tree, self.query.clone()));
        }
        self.run.is_some()
    }

    /// The answer to show: the last complete one, or the first as far as it has come.
    #[must_use]
    pub fn view(&self) -> Option<&Filtered> {
        self.shown.as_ref().or_else(|| self.run.as_ref().map(FilterRun::filtered))
    }

    /// The same, to collapse branches.
    pub fn view_mut(&mut self) -> Option<&mut Filtered> {
        self.shown.as_mut().or_else(|| self.run.as_mut().map(|run| &mut run.out))
    }
}

/// Filters the whole tree at once; none if `cancel` said so.
pub fn filter(tree: &Tree, query: Query, cancel: &dyn Fn() -> bool) -> Option<Filtered> {
    let mut run = FilterRun::new(tree, query);
    while !run.step(tree, 4096) {
        if cancel() {
            return None;
        }
    }
    Some(run.out)
}

#[cfg(test)]
mod tests;
