//! What can be asked of one node of the tree.

use super::children::Children;
use super::tree::{Node, NodeId, Tree};
use crate::data::TopicType;

impl Tree {
    /// Whether the node is still there.
    #[must_use]
    pub fn contains(&self, id: NodeId) -> bool {
        self.node(id).is_some()
    }

    /// The node of a path, topic or not; the root for the empty path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<NodeId> {
        let mut index = 0;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let children = self.list(index)?;
            let place = self.search(children, part).ok()?;
            index = children.id(place)?;
        }
        Some(self.id(index))
    }

    /// The last part of the path; empty for the root and for nodes that are gone.
    #[must_use]
    pub fn name(&self, id: NodeId) -> &str {
        self.node(id).map_or("", |node| self.names.text(node.name))
    }

    /// Writes the path into `out`, over what was there.
    pub fn path_of(&self, id: NodeId, out: &mut String) {
        out.clear();
        let mut parts = Vec::with_capacity(16);
        let mut at = self.node(id);
        while let Some(node) = at.filter(|node| self.nodes.get(node.parent as usize).is_some()) {
            parts.push(node.name);
            at = self.nodes.get(node.parent as usize);
        }
        for (n, &part) in parts.iter().rev().enumerate() {
            if n > 0 {
                out.push('/');
            }
            out.push_str(self.names.text(part));
        }
    }

    /// The branch it stands in; none for the root.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.node(id)?.parent;
        self.nodes.get(parent as usize).map(|_| self.id(parent))
    }

    /// Branches above it, the root not counted: 0 for a path of one part.
    #[must_use]
    pub fn depth(&self, id: NodeId) -> usize {
        let mut depth = 0;
        let mut at = self.parent(id).and_then(|id| self.node(id));
        while let Some(node) = at {
            at = self.nodes.get(node.parent as usize);
            depth += usize::from(at.is_some());
        }
        depth
    }

    /// The children in order.
    #[must_use]
    pub fn children(&self, id: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + '_ {
        let list = self.index(id).and_then(|index| self.list(index));
        list.into_iter().flat_map(Children::iter).map(|index| self.id(index))
    }

    /// How many children.
    #[must_use]
    pub fn child_count(&self, id: NodeId) -> usize {
        self.index(id).and_then(|index| self.list(index)).map_or(0, Children::len)
    }

    /// The type, if there is a topic.
    #[must_use]
    pub fn topic_type(&self, id: NodeId) -> Option<TopicType> {
        self.node(id).and_then(Node::topic_type)
    }

    /// Known topics below it, itself not counted.
    #[must_use]
    pub fn topics_below(&self, id: NodeId) -> usize {
        self.node(id).map_or(0, |node| node.topics as usize)
    }

    /// All known topics.
    #[must_use]
    pub fn topics(&self) -> usize {
        self.topics_below(self.root())
    }

    /// All nodes, topics or not, without the root.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len() - self.free.len() - 1
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(Node::open)
    }

    /// Whether it is marked as a favourite.
    #[must_use]
    pub fn is_favourite(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(Node::favourite)
    }

    /// Whether its topic was removed a moment ago.
    #[must_use]
    pub fn is_struck(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(Node::struck)
    }

    /// Whether there is something to open: children, or descendants not fetched yet.
    #[must_use]
    pub fn can_open(&self, id: NodeId) -> bool {
        self.child_count(id) > 0 || self.node(id).is_some_and(Node::more_below)
    }

    /// Bytes of the distinct names.
    #[must_use]
    pub fn name_bytes(&self) -> usize {
        self.names.text_bytes()
    }
}
