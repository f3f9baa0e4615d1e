//! Opening and closing branches: what that does to the counts of rows.

use super::tree::{NONE, NodeId, ROOT, Tree};

impl Tree {
    /// Opens or closes a branch; false if it was so already.
    pub fn set_open(&mut self, id: NodeId, open: bool) -> bool {
        let Some(index) = self.index(id).filter(|&index| index != ROOT) else { return false };
        let node = &mut self.nodes[index as usize];
        if node.open() == open {
            return false;
        }
        node.set_open(open);
        let (parent, below) = (node.parent, i64::from(node.below));
        let delta = if open { below } else { -below };
        if delta != 0 {
            self.reweigh(index, delta);
            self.add_rows_below(parent, delta);
        }
        true
    }

    /// Opens every ancestor of a path; the node of the path if it is known.
    pub fn reveal(&mut self, path: &str) -> Option<NodeId> {
        let id = self.find(path)?;
        let mut above = self.parent(id);
        while let Some(branch) = above {
            self.set_open(branch, true);
            above = self.parent(branch);
        }
        Some(id)
    }

    /// Opens a node and the branches below it, nearest first, until about `max` rows have come; how many were opened.
    pub fn open_all_below(&mut self, id: NodeId, max: usize) -> usize {
        let Some(index) = self.index(id) else { return 0 };
        let mut branches = vec![index];
        let (mut rows, mut next) = (0, 0);
        while let Some(&branch) = branches.get(next) {
            next += 1;
            let list = self.nodes[branch as usize].list;
            let Some(children) = self.lists.get(list as usize) else { continue };
            if rows + children.len() > max && next > 1 {
                branches.truncate(next - 1);
                break;
            }
            rows += children.len();
            branches.extend(children.iter().filter(|&id| self.nodes[id as usize].list != NONE));
        }
        // Deepest first: below a closed branch a change of rows goes one level up, not to the root.
        branches.into_iter().rev().filter(|&branch| self.set_open(self.id(branch), true)).count()
    }

    /// Closes every branch.
    pub fn close_all(&mut self) {
        for node in &mut self.nodes[1..] {
            node.set_open(false);
        }
        for index in 0..self.nodes.len() {
            let list = self.nodes[index].list;
            if let Some(children) = self.lists.get_mut(list as usize) {
                self.nodes[index].below = u32::try_from(children.len()).expect("fewer children than nodes");
                children.reweigh_all(|_| 1);
            }
        }
    }
}
