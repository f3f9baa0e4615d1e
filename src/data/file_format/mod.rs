//! Formats of files that this program reads and writes, built on the words of the domain.
//!
//! They are on this floor because the window's model, the command line and the tests share them, and reading and
//! writing text needs no file.

pub mod branch_file;
pub mod csv;
pub mod topic_list;
