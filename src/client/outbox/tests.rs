//! The queue keeps counts and order under every sequence of events.
