//! Row numbers of the visible nodes, and back: those whose branches are all open, in display order.
//!
//! Look a row up once per frame and step from there; scrolling keeps a row and a fraction, not a pixel count.

use super::children::Place;
use super::tree::{NodeId, Tree};

/// A visible row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is shown in it.
    pub node: NodeId,
    /// Branches above it: the indent.
    pub depth: usize,
}

/// Visible rows from one on; made by [`Tree::rows_from`].
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    tree: &'a Tree,
    /// The list and the place in it at each level, down to the next row; empty at the end.
    path: Vec<(u32, Place)>,
}

impl Tree {
    /// How many rows are visible.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.nodes[0].below as usize
    }

    /// The node in a row.
    #[must_use]
    pub fn node_at_row(&self, row: usize) -> Option<NodeId> {
        self.rows_from(row).next().map(|row| row.node)
    }

    /// The row of a node; none while a branch above it is closed.
    #[must_use]
    pub fn row_of(&self, id: NodeId) -> Option<usize> {
        let mut index = self.index(id)?;
        let (mut list, mut place) = self.place(index)?;
        let mut row = 0;
        loop {
            row += self.lists[list as usize].rows_before(place, |id| self.nodes[id as usize].weight());
            index = self.nodes[index as usize].parent;
            if !self.nodes[index as usize].open() {
                return None;
            }
            match self.place(index) {
                Some(above) => (list, place) = above,
                None => return Some(row),
            }
            row += 1;
        }
    }

    /// The visible node after this one, which must be visible itself.
    #[must_use]
    pub fn next_row(&self, id: NodeId) -> Option<NodeId> {
        let mut index = self.index(id)?;
        if self.nodes[index as usize].open()
            && let Some(first) = self.list(index).and_then(|children| children.iter().next())
        {
            return Some(self.id(first));
        }
        while let Some((list, place)) = self.place(index) {
            let children = &self.lists[list as usize];
            if let Some(next) = children.after(place).and_then(|next| children.id(next)) {
                return Some(self.id(next));
            }
            index = self.nodes[index as usize].parent;
        }
        None
    }

    /// The rows from `row` on, each in a step that looks nothing up.
    #[must_use]
    pub fn rows_from(&self, row: usize) -> Rows<'_> {
        let mut path = Vec::with_capacity(16);
        let (mut index, mut row) = (0, row);
        while let Some(children) = self.list(index) {
            let Some((place, id, inside)) = children.at_row(row, |id| self.nodes[id as usize].weight()) else {
                path.clear();
                break;
            };
            path.push((self.nodes[index as usize].list, place));
            if inside == 0 {
                break;
            }
            (index, row) = (id, inside - 1);
        }
        Rows { tree: self, path }
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let tree = self.tree;
        let &(list, place) = self.path.last()?;
        let index = tree.lists[list as usize].id(place)?;
        let row = Row { node: tree.id(index), depth: self.path.len() - 1 };
        let node = &tree.nodes[index as usize];
        if node.open() && node.below > 0 {
            self.path.push((node.list, Place { block: 0, at: 0 }));
            return Some(row);
        }
        while let Some((list, place)) = self.path.pop() {
            if let Some(next) = tree.lists[list as usize].after(place) {
                self.path.push((list, next));
                break;
            }
        }
        Some(row)
    }
}
