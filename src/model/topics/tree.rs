//! The tree of known topics: a million nodes in one vector, with row and topic counts kept at every change.
//!
//! A node is 28 bytes, names are shared, only branches have a list of children. Counts are kept in two directions
//! only: upwards at a change, downwards at a look-up; nothing ever walks the whole tree because one topic came or
//! one branch was opened. Row numbers are in `rows.rs`.

use super::children::{Children, Place, plus};
use super::interner::Names;
use super::sort_order::Order;
use crate::data::{Timestamp, TopicType};
use hashbrown::HashMap;
use std::cmp::Ordering;
use std::collections::VecDeque;

/// Names a node; of a node that is gone it names nothing, never another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId {
    index: u32,
    stamp: u32,
}

impl NodeId {
    /// The slot of the tree; another node may have it later.
    pub(super) const fn slot(self) -> usize {
        self.index as usize
    }
}

/// What is known of a branch's descendants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Exploration {
    /// Nobody asked; there may be more than is shown.
    #[default]
    Unasked,
    /// There are descendants, not fetched yet.
    Unexplored,
    /// Fetched up to this path; there is more after it.
    MoreAfter(Box<str>),
    /// All children are shown.
    Complete,
}

pub(super) const NONE: u32 = u32::MAX;
pub(super) const ROOT: u32 = 0;

const OPEN: u8 = 1;
const FAVOURITE: u8 = 2;
const REMOVED: u8 = 4;
const UNEXPLORED: u8 = 8;
const PARTIAL: u8 = 16;
const COMPLETE: u8 = 32;
const EXPLORATION: u8 = UNEXPLORED | PARTIAL | COMPLETE;

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub parent: u32,
    pub name: u32,
    /// Index of the list of children.
    pub list: u32,
    /// Rows below this node if it is open.
    pub below: u32,
    /// Topics below this node.
    pub topics: u32,
    /// Counts how often the slot was given back.
    stamp: u32,
    flags: u8,
    /// Id of the topic type; 0 for a path without topic.
    kind: u8,
}

impl Node {
    pub(super) const fn open(&self) -> bool {
        self.flags & OPEN != 0
    }

    pub(super) fn topic_type(&self) -> Option<TopicType> {
        TopicType::from_id(self.kind)
    }

    pub(super) const fn favourite(&self) -> bool {
        self.flags & FAVOURITE != 0
    }

    pub(super) const fn struck(&self) -> bool {
        self.flags & REMOVED != 0
    }

    pub(super) const fn set_open(&mut self, open: bool) {
        self.flags = if open { self.flags | OPEN } else { self.flags & !OPEN };
    }

    /// Whether there are descendants that were not fetched.
    pub(super) const fn more_below(&self) -> bool {
        self.flags & (UNEXPLORED | PARTIAL) != 0
    }

    /// Rows it takes in its parent: its own and, if open, those below.
    pub(super) const fn weight(&self) -> u32 {
        1 + if self.open() { self.below } else { 0 }
    }
}

/// The known topics of a connection.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) free: Vec<u32>,
    pub(super) lists: Vec<Children>,
    free_lists: Vec<u32>,
    pub(super) names: Names,
    order: Order,
    version: u64,
    more_after: HashMap<u32, Box<str>>,
    struck: VecDeque<(Timestamp, NodeId)>,
    struck_at: HashMap<NodeId, Timestamp>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new(Order::default())
    }
}

/// A node on the way down to an insertion, with what is not yet added to its counts.
struct Level {
    node: u32,
    rows: u32,
    topics: u32,
}

impl Tree {
    /// An empty tree.
    #[must_use]
    pub fn new(order: Order) -> Self {
        let mut names = Names::default();
        let root = Node {
            parent: NONE,
            name: names.acquire(""),
            list: NONE,
            below: 0,
            topics: 0,
            stamp: 0,
            flags: OPEN,
            kind: 0,
        };
        Self {
            nodes: vec![root],
            free: Vec::new(),
            lists: Vec::new(),
            free_lists: Vec::new(),
            names,
            order,
            version: 0,
            more_after: HashMap::new(),
            struck: VecDeque::new(),
            struck_at: HashMap::new(),
        }
    }

    /// The node above all, which has no row and the empty path.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.id(ROOT)
    }

    /// Adds a topic, or changes the type of a known one; branches are made on the way.
    pub fn insert_topic(&mut self, path: &str, topic_type: TopicType) -> NodeId {
        self.insert(std::iter::once((path, Some(topic_type)))).1
    }

    /// Adds a path without topic; a topic that is there stays one.
    pub fn insert_branch(&mut self, path: &str) -> NodeId {
        self.insert(std::iter::once((path, None))).1
    }

    /// Adds many topics and tells how many are new. Paths in the order of the tree are fastest; any order is right.
    pub fn bulk_insert<P: AsRef<str>>(&mut self, topics: impl IntoIterator<Item = (P, TopicType)>) -> usize {
        self.insert(topics.into_iter().map(|(path, topic_type)| (path, Some(topic_type)))).0
    }

    fn insert<P: AsRef<str>>(&mut self, items: impl Iterator<Item = (P, Option<TopicType>)>) -> (usize, NodeId) {
        let mut levels = vec![Level { node: ROOT, rows: 0, topics: 0 }];
        let mut added = 0;
        for (path, kind) in items {
            let mut depth = 1;
            for part in path.as_ref().split('/').filter(|part| !part.is_empty()) {
                let shared =
                    levels.get(depth).is_some_and(|l| self.names.text(self.nodes[l.node as usize].name) == part);
                if !shared {
                    self.settle(&mut levels, depth);
                    let parent = levels[depth - 1].node;
                    let (node, new) = self.find_or_add(parent, part);
                    levels[depth - 1].rows += u32::from(new);
                    levels.push(Level { node, rows: 0, topics: 0 });
                }
                depth += 1;
            }
            self.settle(&mut levels, depth);
            let node = levels[depth - 1].node;
            // The root is no topic: the empty path names none.
            if let (Some(kind), true) = (kind, depth > 1) {
                let entry = &mut self.nodes[node as usize];
                if entry.kind == 0 {
                    levels[depth - 2].topics += 1;
                    added += 1;
                }
                if entry.kind != kind.id() || entry.flags & REMOVED != 0 {
                    self.version += 1;
                }
                entry.kind = kind.id();
            }
            if kind.is_some() && self.nodes[node as usize].flags & REMOVED != 0 {
                self.nodes[node as usize].flags &= !REMOVED;
                self.struck_at.remove(&self.id(node));
            }
        }
        let last = levels[levels.len() - 1].node;
        self.settle(&mut levels, 0);
        (added, self.id(last))
    }

    /// Adds what was counted at the levels from `depth` on to their nodes, deepest first.
    fn settle(&mut self, levels: &mut Vec<Level>, depth: usize) {
        while levels.len() > depth {
            let Some(level) = levels.pop() else { return };
            if level.rows == 0 && level.topics == 0 {
                continue;
            }
            let node = &mut self.nodes[level.node as usize];
            node.below += level.rows;
            node.topics += level.topics;
            let open = node.open();
            if let Some(above) = levels.last_mut() {
                above.topics += level.topics;
                if open && level.rows > 0 {
                    above.rows += level.rows;
                    self.reweigh(level.node, i64::from(level.rows));
                }
            }
        }
    }

    fn find_or_add(&mut self, parent: u32, name: &str) -> (u32, bool) {
        let mut list = self.nodes[parent as usize].list;
        if list == NONE {
            list = self.take_list();
            self.nodes[parent as usize].list = list;
        }
        let children = &self.lists[list as usize];
        let last = children.last().map(|id| self.order.compare(self.names.text(self.nodes[id as usize].name), name));
        let place = match last {
            None | Some(Ordering::Less) => children.end(),
            Some(_) => match self.search(children, name) {
                Ok(place) => return (children.id(place).expect("found"), false),
                Err(place) => place,
            },
        };
        let node = Node {
            parent,
            name: self.names.acquire(name),
            list: NONE,
            below: 0,
            topics: 0,
            stamp: 0,
            flags: 0,
            kind: 0,
        };
        let index = if let Some(index) = self.free.pop() {
            let stamp = self.nodes[index as usize].stamp;
            self.nodes[index as usize] = Node { stamp, ..node };
            index
        } else {
            self.nodes.push(node);
            u32::try_from(self.nodes.len() - 1).expect("memory ends before 2^32 nodes")
        };
        let nodes = &self.nodes;
        self.lists[list as usize].insert(place, index, |id| nodes[id as usize].weight());
        self.version += 1;
        (index, true)
    }

    fn take_list(&mut self) -> u32 {
        if let Some(list) = self.free_lists.pop() {
            return list;
        }
        self.lists.push(Children::new());
        u32::try_from(self.lists.len() - 1).expect("fewer lists than nodes")
    }

    pub(super) fn search(&self, children: &Children, name: &str) -> Result<Place, Place> {
        children.search(|id| self.order.compare(self.names.text(self.nodes[id as usize].name), name))
    }

    /// The list that holds a node, and its place there; none for the root.
    pub(super) fn place(&self, index: u32) -> Option<(u32, Place)> {
        let node = self.nodes[index as usize];
        let list = self.nodes.get(node.parent as usize)?.list;
        let children = &self.lists[list as usize];
        Some((list, self.search(children, self.names.text(node.name)).expect("a node stands in its parent's list")))
    }

    /// Tells the list that holds the node of a changed weight.
    pub(super) fn reweigh(&mut self, index: u32, delta: i64) {
        let parent = self.nodes[index as usize].parent;
        let Some(list) = self.nodes.get(parent as usize).map(|p| p.list) else { return };
        if self.lists[list as usize].has_sums()
            && let Some((list, place)) = self.place(index)
        {
            self.lists[list as usize].reweigh(place, delta);
        }
    }

    /// Adds to the rows below a node and, as far as they show, to those of its ancestors.
    pub(super) fn add_rows_below(&mut self, mut index: u32, delta: i64) {
        if delta == 0 {
            return;
        }
        loop {
            let node = &mut self.nodes[index as usize];
            node.below = plus(node.below, delta);
            if !node.open() || node.parent == NONE {
                return;
            }
            let parent = node.parent;
            self.reweigh(index, delta);
            index = parent;
        }
    }

    fn add_topics_above(&mut self, index: u32, delta: i64) {
        let mut above = self.nodes[index as usize].parent;
        while let Some(node) = self.nodes.get_mut(above as usize) {
            node.topics = plus(node.topics, delta);
            above = node.parent;
        }
    }

    /// Removes a topic; its node goes with it unless something is below, and so do branches left empty.
    pub fn remove_topic(&mut self, path: &str) -> bool {
        let Some(index) = self.find(path).and_then(|id| self.index(id)) else { return false };
        let was_topic = self.end_topic(index);
        if was_topic {
            self.drop_if_empty(index);
        }
        was_topic
    }

    /// Ends a topic but keeps its node, struck through, until [`Tree::drop_removed`].
    pub fn strike_topic(&mut self, path: &str, at: Timestamp) -> bool {
        let Some(index) = self.find(path).and_then(|id| self.index(id)) else { return false };
        let was_topic = self.end_topic(index);
        if was_topic {
            self.nodes[index as usize].flags |= REMOVED;
            self.struck.push_back((at, self.id(index)));
            self.struck_at.insert(self.id(index), at);
        }
        was_topic
    }

    /// Drops the nodes struck through at or before a time; tells how many.
    pub fn drop_removed(&mut self, until: Timestamp) -> usize {
        let mut dropped = 0;
        while let Some(&(at, id)) = self.struck.front()
            && at <= until
        {
            self.struck.pop_front();
            // A node struck, revived and struck again is in the queue twice; the later time counts.
            if self.struck_at.get(&id) != Some(&at) {
                continue;
            }
            self.struck_at.remove(&id);
            if let Some(index) = self.index(id) {
                self.nodes[index as usize].flags &= !REMOVED;
                self.drop_if_empty(index);
                dropped += 1;
            }
        }
        dropped
    }

    /// Removes a path with everything below it; branches left empty above go too.
    pub fn remove_branch(&mut self, path: &str) -> bool {
        let Some(index) = self.find(path).and_then(|id| self.index(id)) else { return false };
        self.clear_below(index);
        if index != ROOT {
            self.end_topic(index);
            self.nodes[index as usize].flags &= !(EXPLORATION | REMOVED);
            self.struck_at.remove(&self.id(index));
            self.more_after.remove(&index);
            self.drop_if_empty(index);
        }
        true
    }

    fn clear_below(&mut self, index: u32) {
        let node = self.nodes[index as usize];
        if node.list == NONE {
            return;
        }
        self.version += 1;
        self.add_rows_below(index, -i64::from(node.below));
        self.add_topics_above(index, -i64::from(node.topics));
        let mut lists = vec![node.list];
        let node = &mut self.nodes[index as usize];
        (node.list, node.topics) = (NONE, 0);
        while let Some(list) = lists.pop() {
            let children = std::mem::replace(&mut self.lists[list as usize], Children::new());
            self.free_lists.push(list);
            for child in children.iter() {
                let below = self.nodes[child as usize].list;
                if below != NONE {
                    lists.push(below);
                }
                self.free_node(child);
            }
        }
    }

    fn free_node(&mut self, index: u32) {
        self.names.release(self.nodes[index as usize].name);
        self.more_after.remove(&index);
        let node = &mut self.nodes[index as usize];
        // Parent, list and counts of a free slot are never read: its stamp fits no id that is out.
        node.stamp = node.stamp.wrapping_add(1);
        node.list = NONE;
        self.free.push(index);
    }

    /// Takes the topic off a node; false if there was none.
    fn end_topic(&mut self, index: u32) -> bool {
        if self.nodes[index as usize].kind == 0 {
            return false;
        }
        self.nodes[index as usize].kind = 0;
        self.version += 1;
        self.add_topics_above(index, -1);
        true
    }

    /// Drops a node that says nothing, then its ancestors that say nothing any more.
    fn drop_if_empty(&mut self, mut index: u32) {
        loop {
            let node = self.nodes[index as usize];
            let known_below = node.flags & (UNEXPLORED | PARTIAL | REMOVED) != 0;
            if index == ROOT || node.kind != 0 || node.list != NONE || known_below {
                return;
            }
            let Some((list, place)) = self.place(index) else { return };
            let nodes = &self.nodes;
            self.lists[list as usize].remove(place, |id| nodes[id as usize].weight());
            if self.lists[list as usize].len() == 0 {
                self.lists[list as usize] = Children::new();
                self.free_lists.push(list);
                self.nodes[node.parent as usize].list = NONE;
            }
            self.add_rows_below(node.parent, -1);
            self.free_node(index);
            self.version += 1;
            index = node.parent;
        }
    }

    /// Sorts all siblings anew.
    pub fn set_order(&mut self, order: Order) {
        if order == self.order {
            return;
        }
        self.order = order;
        self.version += 1;
        let (nodes, names) = (&self.nodes, &self.names);
        let text = |id: u32| names.text(nodes[id as usize].name);
        for list in &mut self.lists {
            list.sort(|a, b| order.compare(text(a), text(b)), |id| nodes[id as usize].weight());
        }
    }

    /// Marks a node as a favourite, or no longer.
    pub fn set_favourite(&mut self, id: NodeId, favourite: bool) {
        if let Some(index) = self.index(id) {
            let flags = &mut self.nodes[index as usize].flags;
            *flags = if favourite { *flags | FAVOURITE } else { *flags & !FAVOURITE };
        }
    }

    /// Says what is known of the descendants of a branch; the root is the whole tree.
    pub fn set_exploration(&mut self, id: NodeId, exploration: Exploration) {
        let Some(index) = self.index(id) else { return };
        self.more_after.remove(&index);
        let flag = match exploration {
            Exploration::Unasked => 0,
            Exploration::Unexplored => UNEXPLORED,
            Exploration::Complete => COMPLETE,
            Exploration::MoreAfter(path) => {
                self.more_after.insert(index, path);
                PARTIAL
            }
        };
        let node = &mut self.nodes[index as usize];
        node.flags = node.flags & !EXPLORATION | flag;
    }

    /// What is known of the descendants of a branch.
    #[must_use]
    pub fn exploration(&self, id: NodeId) -> Exploration {
        let Some(index) = self.index(id) else { return Exploration::Unasked };
        match self.nodes[index as usize].flags & EXPLORATION {
            UNEXPLORED => Exploration::Unexplored,
            COMPLETE => Exploration::Complete,
            PARTIAL => self.more_after.get(&index).cloned().map_or(Exploration::Unexplored, Exploration::MoreAfter),
            _ => Exploration::Unasked,
        }
    }

    /// Counts changes of nodes, types and order; opening and closing is none.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How siblings are sorted.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    pub(super) fn id(&self, index: u32) -> NodeId {
        NodeId { index, stamp: self.nodes[index as usize].stamp }
    }

    /// The slot of an id whose node is still there.
    pub(super) fn index(&self, id: NodeId) -> Option<u32> {
        self.nodes.get(id.index as usize).filter(|node| node.stamp == id.stamp).map(|_| id.index)
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index as usize).filter(|node| node.stamp == id.stamp)
    }

    pub(super) fn list(&self, index: u32) -> Option<&Children> {
        self.lists.get(self.nodes[index as usize].list as usize)
    }

    /// Bytes held, the names included; looks at every list, so not for every frame.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + (self.free.capacity() + self.free_lists.capacity()) * size_of::<u32>()
            + self.lists.capacity() * size_of::<Children>()
            + self.lists.iter().map(Children::heap_bytes).sum::<usize>()
            + self.names.memory_bytes()
            + self.more_after.capacity() * size_of::<(u32, Box<str>)>()
            + (self.struck.capacity() + self.struck_at.capacity()) * size_of::<(Timestamp, NodeId)>()
    }
}

#[cfg(test)]
mod tests;
