//! Each way in which opening a line can fail gives its own error.
